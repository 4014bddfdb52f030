//! Tests that leave goroutines behind: each must be found, with its verdict, and blamed.
#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::path::{Path, PathBuf};

use base::System as _;
use base::system::{OsSystem, TempDir};
use base::testing::skipped;
use cli::{ExitStatus, Output};
use serde_json::Value;

struct Blame {
    /// The module with one package per situation.
    folder: PathBuf,
    /// What each leaves behind.
    expected: Value,
    /// This Go's runtime proves leaks.
    proof: bool,
    /// Where a copy for an older Go is.
    _copy: Option<TempDir>,
}

fn blame() -> Option<Blame> {
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
    // Outside of the module, whose go.mod would choose a newer one.
    let Ok(go) = go_tool::GoTool::find(&system, None) else {
        skipped("leak blame: no Go 1.24 or later");
        return None;
    };
    let proof = go.version.at_least(1, 27);
    let copy = (!proof).then(|| copy_for(&go.version.lang(), &folder, &system));
    Some(Blame {
        folder: copy.as_ref().map_or(folder, |it| it.path().to_owned()),
        expected,
        proof,
        _copy: copy,
    })
}

/// The module for an older language version, `go1.24`.
fn copy_for(lang: &str, folder: &Path, system: &OsSystem) -> TempDir {
    let copy = system.temp_dir("goperf-blame-").unwrap();
    let packages = system.read_dir(folder).unwrap();
    for package in packages.iter().filter(|path| system.is_dir(path)) {
        let to = copy.path().join(package.file_name().unwrap());
        system.create_dir_all(&to).unwrap();
        for file in system.read_dir(package).unwrap() {
            let text = system.read(&file).unwrap();
            system
                .write(&to.join(file.file_name().unwrap()), &text)
                .unwrap();
        }
    }
    let go_mod = system.read_to_string(&folder.join("go.mod")).unwrap();
    let line = go_mod.lines().find(|line| line.starts_with("go ")).unwrap();
    let go_mod = go_mod.replace(line, &format!("go {}", lang.trim_start_matches("go")));
    system
        .write(&copy.path().join("go.mod"), go_mod.as_bytes())
        .unwrap();
    copy
}

/// `?` stands for one character.
fn matches(pattern: &str, text: &str) -> bool {
    let same = |(a, b): (char, char)| a == '?' || a == b;
    pattern.chars().count() == text.chars().count() && pattern.chars().zip(text.chars()).all(same)
}

fn is_group(wanted: &Value, got: &Value, proof: bool) -> bool {
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
    let alike = |field: &&str| {
        let mut pattern = text(wanted, field);
        // Without proofs the same goroutines are left over.
        if !proof && pattern == "PROVEN" {
            pattern = "LEFT OVER/blocked-reachable".into();
        }
        matches(&pattern, &text(got, field))
    };
    counts && fields.iter().all(alike)
}

#[test]
fn every_leak_is_blamed_on_its_test() {
    let Some(blame) = blame() else { return };
    let mut failures = Vec::new();
    for run in blame.expected["runs"].as_array().unwrap() {
        let package = run["package"].as_str().unwrap();
        let mut args = vec!["goperf", "leak", "test", "--format", "json", "-C"];
        let path = format!("./{package}");
        args.extend([blame.folder.to_str().unwrap(), &path]);
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
        if status == ExitStatus::BrokenCode && !blame.proof {
            skipped(&format!("leak blame: {package} needs a newer Go"));
            continue;
        }
        let report: Value = serde_json::from_slice(&out).unwrap();
        let mut left = report["groups"].as_array().unwrap().clone();
        for wanted in run["groups"].as_array().unwrap() {
            match left
                .iter()
                .position(|got| is_group(wanted, got, blame.proof))
            {
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
