//! Safe fixes keep what the code does: the examples of the rules' pages and further code, before and after, called with
//! the same arguments. Needs a go command.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::fmt::Write as _;

use base::Cancellation;
use base::system::System;
use go_tool::testing::Folder;
use lint::{CheckOptions, RuleSelection};
use project::{CheckRequest, EvidenceRequest, PackageRequest, Workspace};

const CASES: &str = include_str!("../resources/fix_behaviour.md");
const HARNESS: &str = include_str!("../resources/fix_behaviour.go");

/// Folder and source of each piece of code.
fn sources() -> Vec<(String, String)> {
    let block = |text: &str| -> Option<String> {
        let code = text.split("```go\n").nth(1)?.split("```").next()?;
        Some(format!("package page\n\n{code}"))
    };
    let pages = lint::rules::RULES.iter().filter_map(|rule| {
        let section = rule.doc.split("## Example\n").nth(1)?;
        let section = section.split("\n## ").next()?;
        Some((rule.id.to_lowercase(), block(section)?))
    });
    let cases = (CASES.split("\n## ").skip(1).enumerate())
        .filter_map(|(at, section)| Some((format!("case{at}"), block(section)?)));
    pages.chain(cases).collect()
}

/// Functions that other packages can call, without type parameters.
fn functions(source: &str) -> Vec<&str> {
    (source.lines())
        .filter_map(|line| line.strip_prefix("func ")?.split('(').next())
        .filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('['))
        .filter(|name| !name.starts_with("Benchmark"))
        .collect()
}

/// Makes the safe fixes below a folder of the module; how many.
fn fix(folder: &Folder) -> usize {
    let cancel = Cancellation::default();
    let workspace = Workspace::open(&folder.system, &cancel, None, folder.dir(), false).unwrap();
    let request = CheckRequest {
        packages: PackageRequest {
            patterns: vec!["./after/...".to_owned()],
            ..PackageRequest::default()
        },
        evidence: EvidenceRequest::default(),
        options: CheckOptions {
            all: true,
            select: RuleSelection {
                select: vec!["GP".to_owned()],
                ..RuleSelection::default()
            },
            ..CheckOptions::default()
        },
    };
    let fixed = project::fix(&workspace, &request, false, &|_| {}).unwrap();
    fixed.files.write(&workspace).unwrap();
    fixed.fixed.len()
}

#[test]
fn safe_fixes_keep_what_code_does() {
    let Some(folder) = Folder::new("behaviour of fixes", &[("go.mod", "module m\n\ngo 1.26\n")])
    else {
        return;
    };
    let sources = sources();
    for (name, source) in &sources {
        folder.write(&format!("before/{name}/page.go"), source);
        folder.write(&format!("after/{name}/page.go"), source);
    }
    let n_fixed = fix(&folder);
    assert!(n_fixed >= 20, "{n_fixed} fixes");
    let (mut imports, mut pairs) = (String::new(), String::new());
    for (name, source) in &sources {
        let read = |side: &str| {
            let path = folder.dir().join(format!("{side}/{name}/page.go"));
            folder.system.read_to_string(&path).unwrap()
        };
        let functions = functions(source);
        if read("before") == read("after") || functions.is_empty() {
            continue;
        }
        for side in ["before", "after"] {
            writeln!(imports, "import {side}{name} \"m/{side}/{name}\"").unwrap();
        }
        for function in functions {
            let (before, after) = (
                format!("before{name}.{function}"),
                format!("after{name}.{function}"),
            );
            writeln!(pairs, "\t{{\"{name}.{function}\", {before}, {after}}},").unwrap();
        }
    }
    assert!(pairs.lines().count() >= 30, "too few functions:\n{pairs}");
    folder.write("behaviour_test.go", HARNESS);
    let list = format!("package behaviour\n\n{imports}\nvar pairs = []pair{{\n{pairs}}}\n");
    folder.write("pairs_test.go", &list);
    let go = go_tool::GoTool::find(&folder.system, None).unwrap();
    let command = (go.command(&folder.system))
        .args(["test", "-v", "-timeout", "300s", "."])
        .current_dir(folder.dir());
    let output = (folder.system)
        .run(&command, &Cancellation::default())
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.success(), "{text}\n{errors}");
}
