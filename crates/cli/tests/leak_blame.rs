//! Tests that leave goroutines behind: each must be found, with its verdict, and blamed.
#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::path::{Path, PathBuf};

use base::system::{Command, OsSystem};
use base::testing::skipped;
use base::{Cancellation, System as _};
use cli::{ExitStatus, Output};
use serde_json::Value;

/// The module with one package per situation, and what each leaves behind.
fn blame() -> Option<(PathBuf, Value)> {
    let system = OsSystem::default();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here
        .ancestors()
        .map(|folder| folder.join("shared/conformance/leak/blame"))
        .find(|folder| folder.is_dir());
    let Some(folder) = folder else {
        skipped("leak blame: no shared/conformance beside the checkout");
        return None;
    };
    let expected = system
        .read_to_string(&folder.join("expected.json"))
        .unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let env = Command::new("go")
        .args(["env", "GOVERSION"])
        .current_dir(&folder);
    let answer = system.run(&env, &Cancellation::default()).ok();
    let version = answer
        .map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned())
        .unwrap_or_default();
    let wanted = expected["go"].as_str().unwrap().rsplit_once('.').unwrap().0;
    if !version.starts_with(&format!("go{wanted}")) {
        skipped(&format!(
            "leak blame: it needs Go {wanted}, here is `{version}`"
        ));
        return None;
    }
    Some((folder, expected))
}

/// `?` stands for one character.
fn matches(pattern: &str, text: &str) -> bool {
    let same = |(a, b): (char, char)| a == '?' || a == b;
    pattern.chars().count() == text.chars().count() && pattern.chars().zip(text.chars()).all(same)
}

fn is_group(wanted: &Value, got: &Value) -> bool {
    let fields = ["test", "verdict", "state", "function", "created_by"];
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let count = got["count"].as_u64().unwrap();
    let counts = match wanted["count"]
        .as_str()
        .and_then(|count| count.strip_suffix('+'))
    {
        Some(least) => count >= least.parse().unwrap(),
        None => wanted["count"] == count,
    };
    counts
        && fields
            .iter()
            .all(|field| matches(&text(wanted, field), &text(got, field)))
}

#[test]
fn every_leak_is_blamed_on_its_test() {
    let Some((folder, expected)) = blame() else {
        return;
    };
    let mut failures = Vec::new();
    for run in expected["runs"].as_array().unwrap() {
        let package = run["package"].as_str().unwrap();
        let mut args = vec!["goperf", "leak", "test", "--format", "json", "-C"];
        let path = format!("./{package}");
        args.extend([folder.to_str().unwrap(), &path]);
        args.extend(
            run["args"]
                .as_array()
                .unwrap()
                .iter()
                .map(|arg| arg.as_str().unwrap()),
        );
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let args = args.into_iter().map(Into::into).collect();
        let status = cli::run(
            args,
            &OsSystem::default(),
            &mut Output::plain(&mut out, &mut err),
        );
        let report: Value = serde_json::from_slice(&out).unwrap();
        let mut left = report["groups"].as_array().unwrap().clone();
        for wanted in run["groups"].as_array().unwrap() {
            match left.iter().position(|got| is_group(wanted, got)) {
                Some(idx) => drop(left.remove(idx)),
                None => failures.push(format!("{package}: no {wanted}")),
            }
        }
        failures.extend(left.iter().map(|got| format!("{package}: {got} too")));
        let wanted = if run["exit"] == 0 {
            ExitStatus::Success
        } else {
            ExitStatus::Findings
        };
        if status != wanted {
            failures.push(format!(
                "{package}: {status:?}\n{}",
                String::from_utf8_lossy(&err)
            ));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
