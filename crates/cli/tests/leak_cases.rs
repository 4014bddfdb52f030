//! Dumps that users have, each with the answer it must get.

use std::path::{Path, PathBuf};

use base::System as _;
use base::system::OsSystem;
use base::testing::skipped;
use cli::{ExitStatus, Output};

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
