//! A Go whose package testing is not known: the tests run, and what their dumps show is reported.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::path::Path;

use base::Cancellation;
use base::System as _;
use base::system::{Command, OsSystem};
use base::testing::skipped;
use cli::{ExitStatus, Output};

/// A go command that says it is of another version with another package testing, and otherwise is
/// the installed one. `None` where there is none.
fn disguised(folder: &Path, version: &str, system: &OsSystem) -> Option<()> {
    let env = Command::new("go").args(["env", "-json", "GOVERSION"]);
    let Ok(answer) = system.run(&env, &Cancellation::default()) else {
        skipped("leak test with an unknown Go: no go command");
        return None;
    };
    assert!(answer.success());
    let goroot = folder.join("goroot/src/testing");
    system.create_dir_all(&goroot).unwrap();
    let changed = "package testing\n\nfunc tRunner() {\n\tfn(t, more)\n}\n";
    system
        .write(&goroot.join("testing.go"), changed.as_bytes())
        .unwrap();
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = env ]; then\n  \
         echo '{{\"GOVERSION\": \"{version}\", \"GOROOT\": \"{}\"}}'\nelse\n  exec go \"$@\"\nfi\n",
        folder.join("goroot").display()
    );
    let go = folder.join("go");
    system.write(&go, script.as_bytes()).unwrap();
    let chmod = Command::new("chmod").arg("+x").arg(&go);
    assert!(
        system
            .run(&chmod, &Cancellation::default())
            .unwrap()
            .success()
    );
    Some(())
}

const MODULE: &[(&str, &str)] = &[
    ("go.mod", "module ex.com/p\n\ngo 1.24\n"),
    (
        "p_test.go",
        "package p\n\nimport \"testing\"\n\nfunc TestFine(t *testing.T) {}\n\n\
         func TestStuck(t *testing.T) {\n\t<-make(chan int)\n}\n",
    ),
];

#[test]
fn the_tests_run_and_their_dumps_are_read() {
    let system = OsSystem::default();
    let folder = system.temp_dir("goperf-unknown-go-").unwrap();
    for (file, text) in MODULE {
        system
            .write(&folder.path().join(file), text.as_bytes())
            .unwrap();
    }
    let cases = [
        (
            "go1.99.0",
            "-timeout=0",
            "package testing of go1.99.0 is not known: testing/testing.go has 0 lines `fn(t)`, not one",
        ),
        (
            "go1.23.4",
            "-timeout=1s",
            "go1.23.4 is too old: its package testing has no contexts; Go 1.24 or later is needed",
        ),
    ];
    for (version, timeout, why) in cases {
        let Some(()) = disguised(folder.path(), version, &system) else {
            return;
        };
        let go = folder.path().join("go");
        let args = ["goperf", "--go", go.to_str().unwrap(), "leak", "test", "-C"];
        // Without the alarm of -timeout the runtime sees the deadlock.
        let args = (args.into_iter()).chain([folder.path().to_str().unwrap(), timeout]);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = cli::run(
            args.map(Into::into).collect(),
            &system,
            &mut Output::plain(&mut out, &mut err),
        );
        let out = String::from_utf8_lossy(&out);
        assert_eq!(status, ExitStatus::Findings, "{out}");
        assert!(
            out.contains("--- LEAK: TestStuck (ex.com/p)\n  HUNG 1 × [chan receive]"),
            "{out}"
        );
        let note = format!(
            "note: leaks after tests are not looked for, only those in dumps the tests print: {why}"
        );
        assert!(out.contains(&note), "{out}");
    }
}
