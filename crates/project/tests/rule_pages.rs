//! Every rule's page is its test: its examples compile, and what they say they want is found in them.

use base::system::OsSystem;
use base::testing::skipped;
use base::{Cancellation, System};
use lint::{CheckOptions, RuleSelection};
use project::{CheckRequest, EvidenceRequest, PackageRequest, Workspace};

/// The first Go block below a heading.
fn example<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let section = page.split(&format!("## {heading}\n")).nth(1)?;
    let section = section.split("\n## ").next()?;
    section.split("```go\n").nth(1)?.split("```").next()
}

/// Lines that say `// want ID`, from 1, in the file that is written for an example.
fn wanted(source: &str, id: &str) -> Vec<u32> {
    (source.lines().zip(1..))
        .filter(|(line, _)| line.contains(&format!("// want {id}")))
        .map(|(_, number)| number)
        .collect()
}

/// Lines of the rule's findings in a package made of `source`; the compiler's message if it is broken.
fn found(source: &str, id: &str) -> Result<Vec<u32>, String> {
    let system = OsSystem::default();
    let cancel = Cancellation::default();
    let folder = system
        .temp_dir("goperf-page-")
        .map_err(|error| error.to_string())?;
    let write = |name: &str, text: &str| system.write(&folder.path().join(name), text.as_bytes());
    // Timers are collected from 1.23 on.
    let go = if id == "GL14" { "1.22" } else { "1.26" };
    write("go.mod", &format!("module page\n\ngo {go}\n")).map_err(|error| error.to_string())?;
    write("page.go", source).map_err(|error| error.to_string())?;
    let workspace = Workspace::open(&system, &cancel, None, folder.path(), false)
        .map_err(|error| error.to_string())?;
    let request = CheckRequest {
        packages: PackageRequest::default(),
        evidence: EvidenceRequest::default(),
        options: CheckOptions {
            all: true,
            select: RuleSelection {
                select: vec![id.to_owned()],
                ..RuleSelection::default()
            },
            ..CheckOptions::default()
        },
    };
    let report =
        project::check(&workspace, &request, &|_| {}).map_err(|error| error.to_string())?;
    if let Some(problem) = report.about_run.first() {
        return Err(problem.message.clone());
    }
    let mut lines: Vec<u32> = (report.findings.iter())
        .chain(&report.leaks)
        .map(|finding| finding.primary.start.line)
        .collect();
    lines.sort_unstable();
    Ok(lines)
}

fn go_is_there() -> bool {
    let system = OsSystem::default();
    match go_tool::GoTool::find(&system, None) {
        Ok(_) => true,
        Err(error) => {
            skipped(&format!("rule pages: {error}"));
            false
        }
    }
}

#[test]
fn examples_hold_what_they_want_and_remedies_compile() {
    if !go_is_there() {
        return;
    }
    for rule in lint::rules::RULES {
        let Some(bad) = example(rule.doc, "Example") else {
            continue;
        };
        let source = format!("package page\n\n{bad}");
        let wants = wanted(&source, rule.id);
        let found_lines =
            found(&source, rule.id).unwrap_or_else(|error| panic!("{}: {error}", rule.id));
        for line in &wants {
            assert!(
                found_lines.contains(line),
                "{}: nothing on line {line} of its example: {found_lines:?}",
                rule.id
            );
        }
        assert!(
            found_lines.len() == wants.len(),
            "{}: wants {wants:?}, found {found_lines:?}",
            rule.id
        );
        if let Some(good) = example(rule.doc, "Use instead") {
            let source = format!("package page\n\n{good}");
            let left = found(&source, rule.id)
                .unwrap_or_else(|error| panic!("{}, remedy: {error}", rule.id));
            let is_leak = rule.group() == lint::Group::Leaks;
            assert!(!is_leak || left.is_empty(), "{}, remedy: {left:?}", rule.id);
        }
    }
}

#[test]
fn a_page_without_examples_has_none_to_run() {
    assert_eq!(
        example("## Example\n```go\nx\n```\n", "Example"),
        Some("x\n")
    );
    assert_eq!(example("## Other\n```go\nx\n```\n", "Example"), None);
}
