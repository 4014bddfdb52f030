//! Dumps of whole servers: which of their goroutines are stuck, in every form.
#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::collections::BTreeMap;
use std::path::Path;

use base::System as _;
use base::system::OsSystem;
use leak::dump::{self, Snapshot};
use leak::{Ownership, Verdict};

const FORMS: [&str; 3] = ["0.pb.gz", "1.txt", "2.txt"];

fn snapshot(name: &str, form: &str) -> Snapshot {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dumps");
    let bytes = OsSystem::default()
        .read(&folder.join(format!("{name}.{form}")))
        .unwrap();
    dump::read(&mut bytes.as_slice(), Ownership::default()).unwrap()
}

/// Goroutines by the function they wait in, as the user sees it, of one verdict.
fn by_function(snapshot: &Snapshot, verdict: Verdict) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for group in snapshot.groups.iter().filter(|it| it.verdict == verdict) {
        let function = group.place().unwrap().function.to_string();
        *counts.entry(function).or_default() += group.count;
    }
    counts
}

fn check(name: &str, blocked: &[(&str, u64)], idle: u64) {
    for form in FORMS {
        let snapshot = snapshot(name, form);
        let want = blocked
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        assert_eq!(
            by_function(&snapshot, Verdict::Blocked),
            want.collect(),
            "{name} {form}"
        );
        let counts = by_function(&snapshot, Verdict::Idle);
        assert_eq!(
            counts.values().sum::<u64>(),
            idle,
            "{name} {form}: {counts:#?}"
        );
        // The one that writes the dump.
        let running = by_function(&snapshot, Verdict::Running);
        assert_eq!(running.values().sum::<u64>(), 1, "{name} {form}");
    }
}

#[test]
fn handlers_workers_and_unread_bodies_of_a_web_server_are_blocked() {
    check(
        "web",
        &[
            ("main.(*orders).put", 1),
            ("main.(*orders).wait", 1),
            ("main.(*orders).worker", 4),
            ("main.main.func1", 2),
            ("main.refresh", 1),
            ("net/http.(*persistConn).readLoop", 1),
        ],
        15,
    );
}

#[test]
fn handlers_and_callers_of_a_grpc_server_are_blocked() {
    let transport = "google.golang.org/grpc/internal/transport";
    check(
        "rpc",
        &[
            ("google.golang.org/grpc.newClientStreamWithParams.func4", 2),
            (&format!("{transport}.(*Stream).waitOnHeader"), 2),
            (
                &format!("{transport}.(*recvBufferReader).readHeaderClient"),
                2,
            ),
            ("main.(*stuck).Check", 2),
        ],
        19,
    );
}

#[test]
fn waiters_for_a_connection_and_open_rows_of_a_pool_are_blocked() {
    check(
        "db",
        &[
            ("database/sql.(*Rows).awaitDone", 1),
            ("database/sql.(*Tx).awaitDone", 1),
            ("main.report", 3),
        ],
        1,
    );
}

/// A debug=1 profile prints no states; where its addresses show them, they are those of debug=2.
#[test]
fn states_of_counts_are_those_of_stacks() {
    for name in ["web", "rpc", "db"] {
        let (counts, stacks) = (snapshot(name, "1.txt"), snapshot(name, "2.txt"));
        for group in &counts.groups {
            let place = group.place().unwrap();
            let same = |it: &&leak::Group| {
                let other = it.place().unwrap();
                (&other.function, other.line) == (&place.function, place.line)
            };
            let states: Vec<_> = stacks
                .groups
                .iter()
                .filter(same)
                .map(|it| &it.state)
                .collect();
            let open = group.state == "chan send or receive";
            assert!(
                open || states.contains(&&group.state),
                "{name} {}",
                group.key()
            );
        }
    }
    // Both forms of a receive are in it, so none of its channel operations is in doubt.
    let web = snapshot("web", "1.txt");
    assert!(
        web.groups
            .iter()
            .all(|it| it.state != "chan send or receive")
    );
}
