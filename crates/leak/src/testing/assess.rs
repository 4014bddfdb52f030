//! What the goroutines of a record mean.

use std::collections::BTreeMap;

use profile::goroutine::{self, Frame, Goroutine, Item};

use super::blame::Blame;
use super::frameworks;
use super::record::Record;
use crate::frames::Ownership;
use crate::group::{Group, Groups};
use crate::idle;
use crate::state::{self, Class};

/// What a goroutine that is not proven to be leaked waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// On a primitive of the program that something living can still reach, or that the runtime
    /// cannot judge.
    BlockedReachable,
    /// A server, poller or pooled connection.
    Io,
    Sleep,
    Syscall,
    /// Running or ready to.
    Alive,
}

/// What is said of a goroutine that a test left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TestVerdict {
    /// The test itself did not return.
    Hung,
    /// The runtime has proven that it can never run again.
    Proven,
    LeftOver(Tier),
}

impl TestVerdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Hung => "HUNG",
            Self::Proven => "PROVEN",
            Self::LeftOver(Tier::BlockedReachable) => "LEFT OVER/blocked-reachable",
            Self::LeftOver(Tier::Io) => "LEFT OVER/io",
            Self::LeftOver(Tier::Sleep) => "LEFT OVER/sleep",
            Self::LeftOver(Tier::Syscall) => "LEFT OVER/syscall",
            Self::LeftOver(Tier::Alive) => "LEFT OVER/alive",
        }
    }

    /// Whether it fails a run; the rest are warnings.
    pub fn fails(self, proven_only: bool) -> bool {
        match self {
            Self::Hung | Self::Proven => true,
            Self::LeftOver(tier) => tier == Tier::BlockedReachable && !proven_only,
        }
    }
}

/// Goroutines that one test left behind at one place.
#[derive(Debug)]
pub struct TestLeak {
    pub package: String,
    /// Full name; `None` if no test can be blamed.
    pub test: Option<String>,
    pub verdict: TestVerdict,
    pub group: Group,
}

/// What a run's records say, in the order of packages, tests and verdicts.
#[derive(Debug, Default)]
pub struct Assessment {
    pub leaks: Vec<TestLeak>,
}

/// Judges one process's record.
pub fn assess(record: &Record) -> Assessment {
    let ownership = Ownership {
        own: vec![record.package.clone()],
    };
    let blame = Blame::new(record, &ownership);
    let mut collected = Collected::default();
    for goroutine in &record.goroutines {
        let test = blame.test(goroutine);
        let Some(verdict) = judge(record, goroutine, test) else {
            continue;
        };
        let test = match hung_example(record, goroutine) {
            Some(name) => Some(name),
            None => test,
        };
        collected.add(&record.package, test, verdict, goroutine, &ownership);
    }
    collected.finish()
}

/// `None` for goroutines that are not leaks.
fn judge(record: &Record, goroutine: &Goroutine<'_>, test: Option<&str>) -> Option<TestVerdict> {
    if hung_example(record, goroutine).is_some() {
        return Some(TestVerdict::Hung);
    }
    let creator = goroutine
        .created_by
        .as_ref()
        .map(|by| by.frame.function.as_ref());
    let entry = goroutine.frames.last().map(|it| it.function.as_ref());
    let lasting = goroutine.id == record.writer
        || frameworks::reason(entry, creator).is_some()
        || record.baseline.contains(&goroutine.id)
        || idle::is_singleton(&goroutine.frames, creator)
        || is_runner(&goroutine.frames, creator);
    if lasting {
        return None;
    }
    if record.tests.contains_key(&goroutine.id) {
        // A test that waits for its subtests, or to be released, does what it should.
        return (!waits_in_testing(&goroutine.frames)).then_some(TestVerdict::Hung);
    }
    if goroutine.leaked {
        return Some(TestVerdict::Proven);
    }
    // When time is up, what running tests have started is still at work.
    if record.hung && test.is_none_or(|test| is_running(record, test)) {
        return None;
    }
    Some(TestVerdict::LeftOver(tier(goroutine)))
}

/// The example the main goroutine was in when time was up.
fn hung_example<'r>(record: &'r Record, goroutine: &Goroutine<'_>) -> Option<&'r str> {
    let in_example = record.hung
        && goroutine.id == record.main
        && goroutine
            .frames
            .iter()
            .any(|frame| frame.function == "testing.runExample");
    in_example
        .then(|| record.tests.get(&record.main))
        .flatten()
        .map(String::as_str)
}

fn is_running(record: &Record, test: &str) -> bool {
    // A parent's goroutines live on while its subtests run.
    let covers = |running: &String| {
        running == test
            || running
                .strip_prefix(test)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    record.running.iter().any(covers)
}

/// What a goroutine waits for; the least is blocked most.
pub(super) fn tier(goroutine: &Goroutine<'_>) -> Tier {
    let frames = &goroutine.frames;
    let functions = frames.iter().map(|frame| frame.function.as_ref());
    let state = state::refine(&goroutine.status, functions);
    let user = Ownership::default().first_user(frames);
    let known = idle::find(frames, user, state);
    match state::class(state) {
        _ if known.is_some_and(|known| known.meaning == idle::Meaning::Idle) => Tier::Io,
        Class::Provable | Class::Blocked => Tier::BlockedReachable,
        Class::Io => Tier::Io,
        Class::Sleep => Tier::Sleep,
        Class::Syscall => Tier::Syscall,
        Class::Alive | Class::Runtime => Tier::Alive,
    }
}

fn package_of<'a>(frame: &'a Frame<'_>) -> &'a str {
    crate::frames::package(&frame.function)
}

/// A helper of package testing with nothing of the user's in it.
fn is_runner(frames: &[Frame<'_>], creator: Option<&str>) -> bool {
    let by_testing = creator.is_some_and(|creator| crate::frames::package(creator) == "testing");
    let std = Ownership::default();
    by_testing
        && frames.iter().any(|frame| package_of(frame) == "testing")
        && !frames.iter().any(|frame| std.is_user(&frame.function))
        && !frames.iter().any(|frame| {
            matches!(
                frame.function.as_ref(),
                "testing.tRunner" | "testing.fRunner"
            )
        })
}

/// The innermost frame that is not the runtime's or sync's is package testing's.
fn waits_in_testing(frames: &[Frame<'_>]) -> bool {
    let below =
        |frame: &&Frame<'_>| !matches!(package_of(frame), "runtime" | "sync" | "internal/sync");
    frames
        .iter()
        .find(below)
        .is_none_or(|frame| package_of(frame) == "testing")
}

/// Why a test process printed a dump.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// Nothing is left to wake anything: seen by the runtime, or in a synctest bubble.
    Deadlock,
    /// `-timeout` was over.
    TimedOut,
}

impl Cause {
    /// Of a line of output, behind whatever the test printed without a line end.
    fn of(line: &str) -> Option<Self> {
        const LINES: &[(&str, Cause)] = &[
            (
                "fatal error: all goroutines are asleep - deadlock!",
                Cause::Deadlock,
            ),
            ("panic: deadlock:", Cause::Deadlock),
            ("panic: test timed out after ", Cause::TimedOut),
        ];
        let known = LINES.iter().find(|(text, _)| line.contains(text));
        known.map(|(_, cause)| *cause)
    }
}

/// Judges the dump that a test process printed when it ended without a record: because of a
/// deadlock, or when its time was up and nothing of ours was in it.
///
/// `package` is the import path of the package, `output` what it printed.
pub fn assess_output(package: &str, output: &[u8]) -> Assessment {
    let Some((cause, goroutines)) = last_dump(output) else {
        return Assessment::default();
    };
    let record = Record {
        goroutines,
        package: package.to_owned(),
        ..Record::default()
    };
    let ownership = Ownership {
        own: vec![package.to_owned()],
    };
    let blame = Blame::new(&record, &ownership);
    let mut collected = Collected::default();
    for goroutine in &record.goroutines {
        let frames = &goroutine.frames;
        let calls = |function: &str| frames.iter().any(|frame| frame.function == function);
        let runs_test = calls("testing.tRunner") || calls("testing.runExample");
        let is_user = (frames.iter()).any(|frame| ownership.is_user(&frame.function));
        let blocked = matches!(
            state::class(&goroutine.status),
            Class::Provable | Class::Blocked
        );
        let stuck = match cause {
            Cause::Deadlock => blocked,
            // What running tests have started is still at work.
            Cause::TimedOut => runs_test || goroutine.leaked,
        };
        if stuck && is_user && !waits_in_testing(frames) {
            let verdict = if runs_test {
                TestVerdict::Hung
            } else {
                TestVerdict::Proven
            };
            let test = blame.test(goroutine);
            collected.add(package, test, verdict, goroutine, &ownership);
        }
    }
    collected.finish()
}

/// The goroutines behind the last line that gives a cause; what a test prints before is its own.
fn last_dump(output: &[u8]) -> Option<(Cause, Vec<Goroutine<'static>>)> {
    let mut last = None;
    let mut goroutines = Vec::new();
    let read = goroutine::read(&mut &*output, &mut |item| match item {
        Item::Text(line) => {
            if let Some(cause) = Cause::of(line) {
                last = Some(cause);
                goroutines.clear();
            }
        }
        Item::Goroutine(goroutine) if last.is_some() => goroutines.push(goroutine.into_owned()),
        _ => {}
    });
    // A slice never fails.
    debug_assert!(read.is_ok());
    Some((last?, goroutines))
}

#[derive(Default)]
struct Collected {
    groups: BTreeMap<(String, Option<String>, TestVerdict), Groups>,
}

impl Collected {
    fn add(
        &mut self,
        package: &str,
        test: Option<&str>,
        verdict: TestVerdict,
        goroutine: &Goroutine<'static>,
        ownership: &Ownership,
    ) {
        let key = (package.to_owned(), test.map(str::to_owned), verdict);
        let groups = self
            .groups
            .entry(key)
            .or_insert_with(|| Groups::by_function(ownership.clone()));
        groups.add_goroutine(goroutine);
    }

    fn finish(self) -> Assessment {
        let mut leaks = Vec::new();
        for ((package, test, verdict), groups) in self.groups {
            for mut group in groups.finish() {
                // Ours, not the program's.
                group.labels.retain(|(key, _), _| key != "goperf.test");
                leaks.push(TestLeak {
                    package: package.clone(),
                    test: test.clone(),
                    verdict,
                    group,
                });
            }
        }
        Assessment { leaks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(dump: &str, hung: bool) -> Record {
        let (dump, _) = goroutine::parse(dump.as_bytes());
        Record {
            package: "ex.com/p".into(),
            main: 1,
            writer: 99,
            hung,
            running: if hung {
                vec!["TestStuck".into()]
            } else {
                vec![]
            },
            baseline: [1, 5].into(),
            tests: [
                (7, "TestA".to_owned()),
                (8, "TestStuck".to_owned()),
                (1, "ExampleX".to_owned()),
            ]
            .into(),
            goroutines: dump.goroutines,
            ..Record::default()
        }
    }

    fn shown(record: &Record) -> Vec<String> {
        let leaks = assess(record).leaks;
        let shown = leaks.iter().map(|leak| {
            let test = leak.test.as_deref().unwrap_or("?");
            format!(
                "{test} {} {} {}",
                leak.verdict.name(),
                leak.group.count,
                leak.group.place().unwrap().function
            )
        });
        shown.collect()
    }

    #[test]
    fn blame_goes_by_label_then_parent_then_name() {
        let left = record(
            "goroutine 20 [select] {goperf.test: TestB/x}:\nex.com/p.a()\n\tp.go:1\ncreated by ex.com/p.z in goroutine 7\n\tp.go:9\n\n\
             goroutine 21 [select]:\nex.com/p.b()\n\tp.go:1\ncreated by ex.com/p.z in goroutine 7\n\tp.go:9\n\n\
             goroutine 22 [chan send (leaked)]:\nex.com/p.c()\n\tp.go:1\ncreated by ex.com/p.z in goroutine 21\n\tp.go:9\n\n\
             goroutine 23 [sleep]:\nex.com/p.d()\n\tp.go:1\ncreated by ex.com/p_test.ExampleY.func1 in goroutine 50\n\tp.go:9\n\n\
             goroutine 24 [IO wait]:\nex.com/p.e()\n\tp.go:1\ncreated by time.goFunc\n\tt.go:9\n\n\
             goroutine 5 [select]:\nex.com/p.base()\n\tp.go:1\n\n\
             goroutine 25 [syscall]:\nos/signal.signal_recv()\n\ts.go:1\ncreated by os/signal.Notify.func1.1 in goroutine 7\n\ts.go:1\n\n\
             goroutine 99 [running]:\nex.com/p.self()\n\tp.go:1\n\n",
            false,
        );
        assert_eq!(
            shown(&left),
            [
                "? LEFT OVER/io 1 ex.com/p.e",
                "ExampleY LEFT OVER/sleep 1 ex.com/p.d",
                "TestA PROVEN 1 ex.com/p.c",
                "TestA LEFT OVER/blocked-reachable 1 ex.com/p.b",
                "TestB/x LEFT OVER/blocked-reachable 1 ex.com/p.a",
            ]
        );
    }

    #[test]
    fn of_a_hung_run_only_the_stuck_and_the_proven_are_reported() {
        let left = record(
            "goroutine 8 [chan receive (leaked)]:\nex.com/p.TestStuck()\n\tp.go:1\ntesting.tRunner()\n\tt.go:1\ncreated by testing.(*T).Run in goroutine 1\n\tt.go:9\n\n\
             goroutine 7 [chan receive]:\ntesting.(*T).Run()\n\tt.go:1\nex.com/p.TestA()\n\tp.go:1\ntesting.tRunner()\n\tt.go:1\n\n\
             goroutine 30 [select] {goperf.test: TestStuck}:\nex.com/p.busy()\n\tp.go:1\n\n\
             goroutine 31 [select] {goperf.test: TestA}:\nex.com/p.left()\n\tp.go:1\n\n",
            true,
        );
        assert_eq!(
            shown(&left),
            [
                "TestA LEFT OVER/blocked-reachable 1 ex.com/p.left",
                "TestStuck HUNG 1 ex.com/p.TestStuck",
            ]
        );
    }

    #[test]
    fn a_hung_example_is_seen_on_the_main_goroutine() {
        let left = record(
            "goroutine 1 [chan receive]:\nex.com/p_test.ExampleX()\n\tp.go:1\ntesting.runExample()\n\tt.go:1\nmain.main()\n\tm.go:1\n\n",
            true,
        );
        assert_eq!(shown(&left), ["ExampleX HUNG 1 ex.com/p_test.ExampleX"]);
    }

    #[test]
    fn a_synctest_deadlock_is_read_from_the_output() {
        let output = "--- FAIL: TestStuckBubble (0.00s)\npanic: deadlock: main bubble goroutine has exited but blocked goroutines remain\n\n\
            goroutine 21 [running]:\npanic({0x1})\n\tp.go:1\nex.com/p.TestStuckBubble()\n\tp.go:9\ntesting.tRunner()\n\tt.go:1\n\n\
            goroutine 25 [chan receive (durable), synctest bubble 1]:\nex.com/p.TestStuckBubble.func1.2()\n\tp.go:15\ncreated by ex.com/p.TestStuckBubble.func1 in goroutine 23\n\tp.go:12\n";
        let leaks = assess_output("ex.com/p", output.as_bytes()).leaks;
        assert_eq!(leaks.len(), 1);
        assert_eq!(leaks[0].test.as_deref(), Some("TestStuckBubble"));
    }
    #[test]
    fn a_dump_is_found_behind_any_output() {
        let noise =
            "goroutine 3 [running]:\nex.com/p.printed()\n\tp.go:1\n\nnoise\n".repeat(20_000);
        let stuck = "goroutine 7 [chan receive]:\nex.com/p.TestStuck(0x1)\n\tp.go:3\ntesting.tRunner(0x1)\n\tt.go:1\ncreated by testing.(*T).Run in goroutine 1\n\tt.go:9\n\n\
            goroutine 8 [select]:\nex.com/p.atWork()\n\tp.go:5\ncreated by ex.com/p.TestStuck in goroutine 7\n\tp.go:2\n\n";
        let cases = [
            ("fatal error: all goroutines are asleep - deadlock!", 2),
            ("half a linepanic: test timed out after 1s", 1),
            ("panic: a bug", 0),
        ];
        for (cause, want) in cases {
            let output = format!("{noise}{cause}\n\trunning tests:\n\n{stuck}exit status 2\n");
            let leaks = assess_output("ex.com/p", output.as_bytes()).leaks;
            assert_eq!(leaks.len(), want, "{cause}");
            let blamed = |leak: &TestLeak| leak.test.as_deref() == Some("TestStuck");
            assert!(leaks.iter().all(blamed), "{cause}");
        }
    }
}
