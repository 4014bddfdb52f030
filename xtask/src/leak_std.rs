//! `goperf leak test` on packages of the standard library, compared with what they are known to leave.
//!
//! `xtask/scoreboards/leak-std.txt` lists the packages, and below each what its tests leave behind
//! and why. A leak that is not listed is either a false report of ours or news of theirs: both fail.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::{Command, Exit};
use serde_json::Value;

use crate::repo::Repo;
use crate::toolchain;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these packages of the list [default: all]
    packages: Vec<String>,
    /// The Go whose standard library is tested
    #[arg(long, value_name = "VERSION", default_value = toolchain::PINNED)]
    go: String,
    /// Runs of each package; a leak that depends on timing shows in some only
    #[arg(long, value_name = "N", default_value_t = 1)]
    runs: u32,
}

const LIST: &str = "xtask/scoreboards/leak-std.txt";

/// A package and what is known of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Package {
    path: String,
    known: Vec<Known>,
}

/// A leak that is there, whether each run shows it or not.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    /// With its subtests; `-` where no test can be blamed.
    test: String,
    function: String,
}

/// What one run of a package's tests found.
#[derive(Debug, Default)]
struct Found {
    /// `TEST VERDICT FUNCTION`, of what fails a run and is not known.
    new: Vec<String>,
    /// How many of the known ones were seen.
    known: usize,
    warnings: usize,
    notes: Vec<String>,
    tests_fail: bool,
}

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    let list = parse(&repo.system.read_to_string(&repo.path(LIST))?)
        .with_context(|| format!("failed to read {LIST}"))?;
    if let Some(other) =
        (args.packages.iter()).find(|path| !list.iter().any(|package| package.path == **path))
    {
        bail!("{LIST} has no package `{other}`");
    }
    let wanted =
        |package: &&Package| args.packages.is_empty() || args.packages.contains(&package.path);
    let go = toolchain::find(repo, &args.go)?;
    let goperf = repo.build_goperf()?;
    let folder = repo.system.temp_dir("leak-std-")?;
    let (mut packages, mut new, mut known) = (0, 0, 0);
    for package in list.iter().filter(wanted) {
        packages += 1;
        for _ in 0..args.runs.max(1) {
            let command = Command::new(&goperf)
                .args(["leak", "test", "--format", "json", "-short", "-p=1"])
                .arg(&package.path)
                .current_dir(folder.path());
            let output = repo
                .system
                .run(&toolchain::with_go(repo, &go, command), &repo.cancel)?;
            if matches!(output.exit, Exit::Cancelled) {
                bail!("interrupted");
            }
            let report: Value = serde_json::from_slice(&output.stdout).with_context(|| {
                let said = String::from_utf8_lossy(&output.stderr);
                format!("`goperf leak test {}` gave no report\n{said}", package.path)
            })?;
            let said = String::from_utf8_lossy(&output.stderr);
            let found = judge(package, &report, &said);
            print!("{}", shown(package, &found));
            new += found.new.len();
            known += found.known;
        }
    }
    println!(
        "{packages} packages with Go {}: {new} unknown leaks, {known} known ones",
        args.go
    );
    if new > 0 {
        bail!("{new} leaks are not in {LIST}");
    }
    Ok(())
}

/// `said` is what `go test` printed.
fn judge(package: &Package, report: &Value, said: &str) -> Found {
    let mut found = Found {
        tests_fail: said
            .lines()
            .any(|line| line.starts_with("FAIL\t") || line.starts_with("--- FAIL")),
        ..Found::default()
    };
    for group in report["groups"].as_array().into_iter().flatten() {
        let text = |field: &str| group[field].as_str().unwrap_or("-");
        let (test, function) = (text("test"), text("function"));
        if group["fails"] != true {
            found.warnings += 1;
            continue;
        }
        let top = test.split('/').next().unwrap_or(test);
        let is_known =
            (package.known.iter()).any(|known| known.test == top && known.function == function);
        if is_known {
            found.known += 1;
        } else {
            found.new.push(format!(
                "{test} {} {function} (created by {})",
                text("verdict"),
                text("created_by")
            ));
        }
    }
    let notes = report["notes"].as_array().into_iter().flatten();
    found
        .notes
        .extend(notes.filter_map(Value::as_str).map(str::to_owned));
    found
}

fn shown(package: &Package, found: &Found) -> String {
    let mut words = Vec::new();
    let mut count = |n: usize, what: &str| {
        if n > 0 {
            words.push(format!("{n} {what}"));
        }
    };
    count(found.new.len(), "UNKNOWN");
    count(found.known, "known");
    count(found.warnings, "warnings");
    if found.tests_fail {
        words.push("tests fail".to_owned());
    }
    let words = if words.is_empty() {
        "clean".to_owned()
    } else {
        words.join(", ")
    };
    let mut out = format!("{:<24} {words}\n", package.path);
    for line in found.new.iter().chain(&found.notes) {
        // Writing to a string cannot fail.
        writeln!(out, "    {line}").ok();
    }
    out
}

/// A package a line; below it, indented, `TEST FUNCTION` of what it is known to leave behind.
/// A `#` begins a comment.
fn parse(text: &str) -> anyhow::Result<Vec<Package>> {
    let mut packages: Vec<Package> = Vec::new();
    for (idx, line) in text.lines().enumerate() {
        let content = line.split_once('#').map_or(line, |(content, _)| content);
        let words: Vec<&str> = content.split_whitespace().collect();
        let indented = line.starts_with([' ', '\t']);
        match (words.as_slice(), indented, packages.last_mut()) {
            ([], ..) => {}
            ([path], false, _) => packages.push(Package {
                path: (*path).to_owned(),
                ..Package::default()
            }),
            ([test, function], true, Some(package)) => package.known.push(Known {
                test: (*test).to_owned(),
                function: (*function).to_owned(),
            }),
            _ => bail!("line {} is neither a package nor a leak of one", idx + 1),
        }
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn leaks_are_held_against_the_list() {
        let list =
            parse("# head\nbytes\nnet/rpc\n  TestA net/rpc.f  # why\n  TestB net/rpc.g\n").unwrap();
        assert_eq!((list.len(), list[1].known.len()), (2, 2));
        let group = |test: &str, function: &str, fails: bool| json!({"test": test, "function": function, "fails": fails, "verdict": "PROVEN", "created_by": "x"});
        let report = json!({"groups": [
            group("TestA", "net/rpc.f", true),
            group("TestB", "net/rpc.f", true),
            group("TestB/sub", "net/rpc.g", true),
            group("TestB", "net/rpc.h", false),
        ], "notes": ["a note"]});
        let found = judge(&list[1], &report, "FAIL\tnet/rpc\t1s\n");
        assert_eq!(
            shown(&list[1], &found),
            "net/rpc                  1 UNKNOWN, 2 known, 1 warnings, tests fail\n    \
             TestB PROVEN net/rpc.f (created by x)\n    a note\n"
        );
    }

    #[test]
    fn a_list_that_cannot_be_read_names_its_line() {
        for text in ["  TestA f", "bytes extra", "bytes\n  TestA f more"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
