//! `leak check` on the packages of `resources/mdtest/leaks.md`, all in one module.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base::system::OsSystem;
use base::testing::skipped;
use base::{Cache, Cancellation, System};
use lint::{CheckOptions, RuleSelection};
use project::leaks::{self, LeakRequest};
use project::{CheckRequest, EvidenceRequest, PackageRequest, Workspace};

const PAGE: &str = include_str!("../resources/mdtest/leaks.md");

/// A section of the page.
struct Case {
    name: &'static str,
    /// With its package clause.
    source: String,
    fixed: Option<String>,
}

fn cases() -> Vec<Case> {
    let sections = PAGE.split("\n## ").skip(1);
    let case = |section: &'static str| {
        let blocks: Vec<&str> = (section.split("```go\n").skip(1))
            .filter_map(|block| block.split("```").next())
            .collect();
        let with_clause = |block: &&str| format!("package p\n\n{block}");
        Case {
            name: section.lines().next().unwrap_or_default(),
            source: blocks.first().map(with_clause).unwrap_or_default(),
            fixed: blocks.get(1).map(with_clause),
        }
    };
    sections.map(case).collect()
}

/// Rules and lines that a source wants.
fn wanted(source: &str) -> Vec<(String, u32)> {
    let lines = source.lines().zip(1..);
    let want = lines.filter_map(|(line, number)| Some((line.split_once("// want ")?.1, number)));
    want.map(|(rule, number)| (rule.to_owned(), number))
        .collect()
}

fn packages() -> PackageRequest {
    PackageRequest {
        patterns: vec!["./...".to_owned()],
        ..PackageRequest::default()
    }
}

#[test]
fn every_section_has_what_it_wants_and_nothing_else() {
    let system = OsSystem::default();
    let cancel = Cancellation::default();
    if let Err(error) = go_tool::GoTool::find(&system, None) {
        return skipped(&format!("leaks: {error}"));
    }
    let cases = cases();
    let folder = system.temp_dir("goperf-leaks-").unwrap();
    let root = system.canonicalize(folder.path()).unwrap();
    system
        .write(&root.join("go.mod"), b"module page\n\ngo 1.26\n")
        .unwrap();
    let path = |index: usize| -> PathBuf { root.join(format!("p{index}")).join("p.go") };
    for (index, case) in cases.iter().enumerate() {
        system
            .create_dir_all(path(index).parent().unwrap())
            .unwrap();
        system.write(&path(index), case.source.as_bytes()).unwrap();
    }
    let workspace = Workspace::open(&system, &cancel, None, &root, false).unwrap();

    let request = LeakRequest {
        packages: packages(),
        ..LeakRequest::default()
    };
    let report = leaks::leaks(&workspace, &request).unwrap();
    assert!(report.broken.is_empty(), "{:?}", report.broken);
    let mut found: BTreeMap<PathBuf, Vec<(String, u32)>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|it| leaks::counts(it)) {
        let line = finding.primary.start.line;
        let of_file = found.entry(finding.primary.path.clone()).or_default();
        of_file.push((finding.rule.id.to_owned(), line));
    }
    for (index, case) in cases.iter().enumerate() {
        let found = found.remove(&path(index)).unwrap_or_default();
        assert_eq!(found, wanted(&case.source), "{}", case.name);
    }

    let request = CheckRequest {
        packages: packages(),
        evidence: EvidenceRequest::default(),
        options: CheckOptions {
            all: true,
            select: RuleSelection {
                select: vec!["GL".to_owned()],
                ..RuleSelection::default()
            },
            ..CheckOptions::default()
        },
    };
    let fixed = project::fix(&workspace, &request, true, &|_| {}).unwrap();
    for (index, case) in cases.iter().enumerate() {
        let change = fixed.files.by_path.get(&path(index));
        let text = change.map(|file| String::from_utf8_lossy(&file.after).into_owned());
        assert_eq!(text, case.fixed, "{}", case.name);
    }
}

#[test]
fn what_earlier_runs_have_kept_changes_nothing() {
    let system = OsSystem::default();
    let cancel = Cancellation::default();
    if let Err(error) = go_tool::GoTool::find(&system, None) {
        return skipped(&format!("leaks: {error}"));
    }
    let folder = system.temp_dir("goperf-leaks-").unwrap();
    let root = system.canonicalize(folder.path()).unwrap();
    let release = |body: &str| {
        format!("package a\n\nimport \"sync\"\n\nfunc Release(mu *sync.Mutex) {{ {body} }}\n")
    };
    let user = "package b\n\nimport (\n\t\"page/a\"\n\t\"sync\"\n)\n\nfunc F(mu *sync.Mutex, bad bool) {\n\t\
                mu.Lock()\n\tif bad {\n\t\ta.Release(mu)\n\t\treturn\n\t}\n\tmu.Unlock()\n}\n";
    let write = |name: &str, text: &str| {
        let path = root.join(name);
        system.create_dir_all(path.parent().unwrap()).unwrap();
        system.write(&path, text.as_bytes()).unwrap();
    };
    write("go.mod", "module page\n\ngo 1.26\n");
    write("b/b.go", user);
    let mut workspace = Workspace::open(&system, &cancel, None, &root, false).unwrap();
    workspace.types = Some(Cache::in_dir(root.join("types")));
    workspace.parts = Some(Cache::in_dir(root.join("parts")));
    let request = LeakRequest {
        packages: packages(),
        ..LeakRequest::default()
    };
    let rules = || -> Vec<&str> {
        let report = leaks::leaks(&workspace, &request).unwrap();
        assert!(report.broken.is_empty(), "{:?}", report.broken);
        assert_eq!(
            report.functions, 4,
            "two, and what initializes each package"
        );
        report.findings.iter().map(|it| it.rule.id).collect()
    };
    let with_comment = format!("// A comment moves all.\n\n{}", release(""));
    let steps: [(&str, &[&str]); 4] = [
        (&release("mu.Unlock()"), &[]),
        (&release(""), &["GL07"]),
        (&with_comment, &["GL07"]),
        (&release("mu.Unlock()"), &[]),
    ];
    for (text, wanted) in steps {
        write("a/a.go", text);
        for run in ["first", "again"] {
            assert_eq!(rules(), wanted, "{run}: {text}");
        }
    }
    // What does not type-check is said in each run.
    write("a/a.go", &release("mu.Unlock(1)"));
    for _ in 0..2 {
        let report = leaks::leaks(&workspace, &request).unwrap();
        assert_eq!(report.broken.len(), 1);
    }
}
