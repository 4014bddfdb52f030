//! The check on modules whose benchmarks run: `resources/mdtest/evidence.md`. Needs a go command.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::path::Path;

use base::system::OsSystem;
use base::testing::skipped;
use base::{Cancellation, System};
use lint::{CheckOptions, Resource};
use project::{
    BenchRequest, CheckReport, CheckRequest, EvidenceRequest, PackageRequest, Workspace,
};

const CASES: &str = include_str!("../resources/mdtest/evidence.md");

/// A module: name and text of its files.
struct Case<'a> {
    title: &'a str,
    files: Vec<(&'a str, &'a str)>,
}

fn cases() -> Vec<Case<'static>> {
    let sections = CASES.split("\n## ").skip(1);
    sections
        .map(|section| {
            let (title, rest) = section.split_once('\n').unwrap();
            let blocks = rest.split("```go\n").skip(1);
            let files = blocks.map(|block| {
                let text = block.split("```").next().unwrap();
                let (first, text) = text.split_once('\n').unwrap();
                (first.strip_prefix("// file: ").unwrap(), text)
            });
            Case {
                title,
                files: files.collect(),
            }
        })
        .collect()
}

/// File, line, rule and a part of the message of what a case wants.
fn wanted<'a>(case: &Case<'a>) -> Vec<(&'a str, u32, &'a str, &'a str)> {
    let mut wanted = Vec::new();
    for (file, text) in &case.files {
        for (line, number) in text.lines().zip(1..) {
            for want in line.split("// want ").skip(1) {
                let (rule, part) = want.trim_end().split_once(' ').unwrap();
                let part = part
                    .strip_prefix('"')
                    .and_then(|part| part.strip_suffix('"'));
                wanted.push((*file, number, rule, part.unwrap()));
            }
        }
    }
    wanted
}

fn check(system: &OsSystem, dir: &Path, patterns: &[&str]) -> CheckReport {
    let cancel = Cancellation::default();
    let workspace = Workspace::open(system, &cancel, None, dir, false).unwrap();
    let request = CheckRequest {
        packages: PackageRequest {
            patterns: patterns.iter().map(ToString::to_string).collect(),
            ..PackageRequest::default()
        },
        evidence: EvidenceRequest {
            bench: Some(BenchRequest {
                pattern: ".".to_owned(),
                benchtime: "200x".to_owned(),
                count: 1,
                cpu: None,
                run: None,
                timeout: std::time::Duration::from_mins(1),
                mem_profile_rate: 1,
                cover: true,
                keep: None,
            }),
            ..EvidenceRequest::default()
        },
        options: CheckOptions {
            all: false,
            ..CheckOptions::default()
        },
    };
    project::check(&workspace, &request, &|_| {}).unwrap()
}

/// What is wrong with a case, for people.
fn problems(case: &Case, dir: &Path, report: &CheckReport) -> Vec<String> {
    let mut problems: Vec<String> = report
        .about_run
        .iter()
        .map(|finding| finding.message.clone())
        .collect();
    let mut wanted = wanted(case);
    // What the first run of a process allocates is not what the benchmark does.
    let least = 0.002;
    let found = (report.findings.iter()).filter(|finding| {
        finding
            .evidence
            .iter()
            .any(|it| it.source.starts_with("alloc") && it.share >= least)
    });
    for finding in found {
        let path = finding
            .primary
            .path
            .strip_prefix(dir)
            .unwrap_or(&finding.primary.path);
        let (line, rule) = (finding.primary.start.line, finding.rule.id);
        let position = wanted.iter().position(|(file, at, id, part)| {
            Path::new(file) == path && *at == line && *id == rule && finding.message.contains(part)
        });
        match position {
            Some(position) => drop(wanted.remove(position)),
            None => problems.push(format!(
                "found {}:{line} {rule} {}",
                path.display(),
                finding.message
            )),
        }
    }
    problems.extend(
        (wanted.iter())
            .map(|(file, line, rule, part)| format!("wants {file}:{line} {rule} {part}")),
    );
    let explained = report.attribution.share_explained(Resource::AllocSpace);
    if report.attribution.own[Resource::AllocSpace] > 100_000 && explained < 0.95 {
        problems.push(format!(
            "{} of the own bytes are in findings",
            lint::percent(explained)
        ));
    }
    problems
}

#[test]
fn evidence_lands_where_the_source_allocates() {
    let system = OsSystem::default();
    if let Err(error) = go_tool::GoTool::find(&system, None) {
        skipped(&format!("evidence: {error}"));
        return;
    }
    let mut failures = Vec::new();
    for case in cases() {
        let folder = system.temp_dir("goperf-evidence-").unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            system.create_dir_all(path.parent().unwrap()).unwrap();
            system.write(&path, text.as_bytes()).unwrap();
        };
        write("go.mod", "module m\n\ngo 1.24\n");
        for (name, text) in &case.files {
            write(name, text);
        }
        let in_folders = case.files.iter().any(|(name, _)| name.starts_with("app/"));
        let patterns: &[&str] = if in_folders { &["./app"] } else { &["."] };
        let report = check(&system, folder.path(), patterns);
        let problems = problems(&case, folder.path(), &report);
        if !problems.is_empty() {
            failures.push(format!("{}:\n  {}", case.title, problems.join("\n  ")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
