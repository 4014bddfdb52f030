//! Dumps and tests that users have, each with the answer it must get.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use base::System as _;
use base::system::OsSystem;
use base::testing::skipped;
use cli::{ExitStatus, Output};
use serde_json::Value;

fn folder() -> Option<PathBuf> {
    let system = OsSystem::default();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here
        .ancestors()
        .map(|folder| folder.join("shared/cases/leak"))
        .find(|folder| system.is_dir(folder));
    if found.is_none() {
        skipped("leak cases: no shared/cases beside the checkout");
    }
    found
}

/// Runs `goperf leak test --format json` on a module; `None` without a Go that can.
fn leak_test(module: &Path) -> Option<(ExitStatus, Value)> {
    if go_tool::GoTool::find(&OsSystem::default(), None).is_err() {
        skipped("leak cases: no Go 1.24 or later");
        return None;
    }
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = ["goperf", "leak", "test", "--format", "json", "-C"];
    let args = args.iter().map(OsString::from);
    let status = cli::run(
        args.chain([module.into(), ".".into()]).collect(),
        &OsSystem::default(),
        &mut Output::plain(&mut out, &mut err),
    );
    if status == ExitStatus::BrokenCode {
        // An older Go than the module asks for, or its dependencies are not here.
        skipped(&format!("leak cases: {} does not build", module.display()));
        return None;
    }
    let report = serde_json::from_slice(&out);
    let report = report.unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&err));
    });
    Some((status, report))
}

/// Verdict, state and function of each group that fails.
fn failures(report: &Value) -> Vec<String> {
    let groups = report["groups"].as_array().into_iter().flatten();
    let text = |group: &Value| {
        let field = |name: &str| group[name].as_str().unwrap_or_default().to_owned();
        format!(
            "{} [{}] {}",
            field("verdict"),
            field("state"),
            field("function")
        )
    };
    groups.filter(|it| it["fails"] == true).map(text).collect()
}

/// A straggler that sleeps and waits by turns.
#[test]
fn eight_runs_give_eight_equal_verdicts() {
    let Some(folder) = folder() else { return };
    for run in 1..=8 {
        let Some((status, report)) = leak_test(&folder.join("alternating")) else {
            return;
        };
        assert_eq!(status, ExitStatus::Findings, "run {run}");
        let want = ["LEFT OVER/blocked-reachable [select] r.leak.func1"];
        assert_eq!(failures(&report), want, "run {run}");
    }
}

#[test]
fn tests_see_nothing_of_the_instrumentation() {
    let Some(folder) = folder() else { return };
    // On a busy machine a test of the case that counts allocations may fail by itself; what is seen of us is always seen.
    let mut runs = Vec::new();
    for _ in 0..3 {
        let Some((status, report)) = leak_test(&folder.join("labels")) else {
            return;
        };
        runs.push((status, failures(&report)));
        if runs.last() == Some(&(ExitStatus::Success, Vec::new())) {
            return;
        }
    }
    panic!("{runs:#?}");
}

#[test]
fn a_handler_that_hangs_is_left_over() {
    let Some(folder) = folder() else { return };
    let Some((status, report)) = leak_test(&folder.join("handler-test")) else {
        return;
    };
    assert_eq!(status, ExitStatus::Findings);
    let failures = failures(&report);
    assert!(
        failures.iter().any(|it| it.contains("[chan receive] r.")),
        "{failures:#?}"
    );
}

fn dump(file: &Path) -> (ExitStatus, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = vec!["goperf".into(), "leak".into(), "dump".into(), file.into()];
    let status = cli::run(
        args,
        &OsSystem::default(),
        &mut Output::plain(&mut out, &mut err),
    );
    out.extend(err);
    (status, String::from_utf8_lossy(&out).into_owned())
}

#[test]
fn every_dump_gets_the_right_answer() {
    let Some(folder) = folder() else { return };
    let cases: [(&str, ExitStatus, &[&str]); 7] = [
        (
            "handler-stuck.txt",
            ExitStatus::Success,
            &[
                "2 goroutines: 2 BLOCKED",
                "BLOCKED 1 × [chan receive, 45+ minutes] main.(*Orders).get",
                "BLOCKED 1 × [sync.Mutex.Lock, 45+ minutes] main.(*Orders).put",
            ],
        ),
        (
            "deadlock-main.txt",
            ExitStatus::Findings,
            &["PROVEN 1 × [sync.WaitGroup.Wait] the main goroutine: main.main"],
        ),
        (
            "panic.txt",
            ExitStatus::Success,
            &[
                "\n\nRUNNING 1 × [running] the faulting goroutine: main.load runs at /app/load.go:12\n",
            ],
        ),
        (
            "tabs-lost.txt",
            ExitStatus::Success,
            &[
                "at /app/worker.go:88\n",
                "at /app/worker.go:90\n",
                "at /app/main.go:42\n",
            ],
        ),
        (
            "debug1-spaces.txt",
            ExitStatus::Success,
            &[
                "7 goroutines: 5 BLOCKED, 2 IDLE",
                "main.worker selects at /app/worker.go:64\n",
            ],
        ),
        (
            "debug1-tabs.txt",
            ExitStatus::Success,
            &[
                "7 goroutines: 5 BLOCKED, 2 IDLE",
                "main.worker selects at /app/worker.go:64\n",
            ],
        ),
        (
            "goleak-report.txt",
            ExitStatus::Success,
            &[
                "1 goroutine: 1 BLOCKED",
                "[select] example.com/stats.(*worker).start",
            ],
        ),
    ];
    for (name, status, wanted) in cases {
        let (got, text) = dump(&folder.join(name));
        assert_eq!(got, status, "{name}\n{text}");
        for wanted in wanted {
            assert!(text.contains(wanted), "{name}: no {wanted:?} in\n{text}");
        }
    }
}
