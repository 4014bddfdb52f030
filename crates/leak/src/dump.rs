//! One dump of any form, read and grouped.

use std::collections::BTreeMap;
use std::io::{self, Read};

use profile::Limits;
use profile::goroutine::{self, Item, Problem};

use crate::counts::Prefixes;
use crate::frames::Ownership;
use crate::group::{self, Context, Group, Groups, Verdict};

/// Which form a dump had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Form {
    /// debug=2, or a log with goroutines in it.
    #[default]
    Text,
    /// debug=1: no ids, no states, no creators.
    Counts,
    /// debug=0.
    Proto,
}

/// What a dump says.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub form: Form,
    /// Of the goroutineleak profile: every goroutine in it is proven.
    pub is_leak_profile: bool,
    /// Goroutines.
    pub total: u64,
    /// Goroutines by state.
    pub states: BTreeMap<String, u64>,
    pub groups: Vec<Group>,
    /// Lines that say why the dump was written: panics, fatal errors, signals; at most eight.
    pub causes: Vec<String>,
    /// Id of the binary's build, which only debug=0 has.
    pub build: Option<String>,
    /// Reports of the race detector.
    pub races: u64,
    pub problems: Vec<Problem>,
}

/// A lock, wait group or condition that goroutines wait for.
#[derive(Debug, PartialEq, Eq)]
pub struct Lock {
    pub address: u64,
    /// Goroutines that wait for it.
    pub waiters: u64,
    /// Indices of their groups in [`Snapshot::groups`].
    pub groups: Vec<usize>,
}

impl Snapshot {
    /// What goroutines wait for, where the dump shows addresses; most waiters first.
    pub fn locks(&self) -> Vec<Lock> {
        let mut locks: BTreeMap<u64, Lock> = BTreeMap::new();
        for (idx, group) in self.groups.iter().enumerate() {
            for (address, count) in &group.locks {
                let lock = locks.entry(*address).or_insert_with(|| Lock {
                    address: *address,
                    waiters: 0,
                    groups: Vec::new(),
                });
                lock.waiters += count;
                lock.groups.push(idx);
            }
        }
        let mut locks: Vec<_> = locks.into_values().collect();
        locks.sort_by_key(|it| (std::cmp::Reverse(it.waiters), it.address));
        locks
    }
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("neither a goroutine dump nor a profile: {0}")]
    NotADump(String),
}

const MAX_CAUSES: usize = 8;
/// A proto profile larger than this is not a goroutine profile.
const MAX_PROTO: u64 = 256 << 20;

/// Reads a dump, profile or log, gzipped or not. Text is streamed, a proto profile is held.
pub fn read(input: &mut dyn Read, ownership: Ownership) -> Result<Snapshot, ReadError> {
    let (head, mut input) = peek(input)?;
    if head.starts_with(&[0x1f, 0x8b]) {
        let mut inflated = flate2::read::MultiGzDecoder::new(input);
        let (head, mut inflated) = peek(&mut inflated)?;
        return read_plain(&head, &mut inflated, ownership);
    }
    read_plain(&head, &mut input, ownership)
}

/// Several dumps as one: alike groups are added up.
pub fn merge(snapshots: Vec<Snapshot>) -> Snapshot {
    let mut snapshots = snapshots.into_iter();
    let Some(mut all) = snapshots.next() else {
        return Snapshot::default();
    };
    for mut other in snapshots {
        all.total += other.total;
        all.races += other.races;
        all.is_leak_profile &= other.is_leak_profile;
        all.causes.append(&mut other.causes);
        all.problems.append(&mut other.problems);
        for (state, count) in other.states {
            *all.states.entry(state).or_default() += count;
        }
        all.groups.append(&mut other.groups);
    }
    all.causes.truncate(MAX_CAUSES);
    all.groups = group::merge(all.groups);
    all
}

/// Marks what the goroutineleak profile of the same service has proven.
///
/// Both without ids: as many of a group are proven as the other profile counts.
pub fn with_proven(all: Snapshot, proven: Snapshot) -> Snapshot {
    let mut groups = all.groups;
    let by_key: BTreeMap<String, usize> = (groups.iter().enumerate())
        .map(|(idx, group)| (group.key(), idx))
        .collect();
    for leaked in proven.groups {
        let unproven = Group {
            verdict: Verdict::Blocked,
            ..leaked.clone()
        };
        if let Some(idx) = by_key.get(&unproven.key()) {
            groups[*idx].count = groups[*idx].count.saturating_sub(leaked.count);
        }
        groups.push(leaked);
    }
    groups.retain(|group| group.count > 0);
    Snapshot {
        groups: group::merge(groups),
        ..all
    }
}

fn read_plain(
    head: &[u8],
    input: &mut dyn Read,
    ownership: Ownership,
) -> Result<Snapshot, ReadError> {
    // No field of a profile has number 0, and what goes on for ever like that would be held.
    if head.first() == Some(&0) && !goroutine::is_utf16(head) {
        return Err(ReadError::NotADump("it is binary".to_owned()));
    }
    // Text holds no such bytes, unless it is UTF-16; the first fields of a profile do.
    let is_proto = head.iter().any(|byte| *byte < 9) && !goroutine::is_utf16(head);
    let snapshot = if is_proto {
        read_proto(input, ownership)?
    } else {
        read_text(input, ownership)?
    };
    if snapshot.total == 0 && snapshot.races == 0 && !snapshot.is_leak_profile {
        return Err(ReadError::NotADump(describe(head)));
    }
    Ok(snapshot)
}

/// What came instead of a dump.
fn describe(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    let first = text.trim_start().lines().next().unwrap_or_default();
    let lower = first.to_ascii_lowercase();
    if first.is_empty() {
        "it is empty".to_owned()
    } else if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        "it is an HTML page".to_owned()
    } else {
        let short: String = first.chars().take(60).collect();
        format!("it starts with `{}`", short.escape_debug())
    }
}

/// The first bytes, and the input with them put back.
fn peek<'a>(input: &'a mut (dyn Read + 'a)) -> io::Result<(Vec<u8>, impl Read + 'a)> {
    let mut head = Vec::new();
    input.take(512).read_to_end(&mut head)?;
    let all = io::Cursor::new(head.clone()).chain(input);
    Ok((head, all))
}

fn read_proto(input: &mut dyn Read, ownership: Ownership) -> Result<Snapshot, ReadError> {
    let mut bytes = Vec::new();
    input.take(MAX_PROTO).read_to_end(&mut bytes)?;
    let profile = profile::decode(&bytes, &Limits::default())
        .map_err(|error| ReadError::NotADump(error.to_string()))?;
    let kind = profile
        .sample_types
        .first()
        .map(|it| profile.strings.text(it.kind).into_owned());
    let is_leak_profile = kind.as_deref() == Some("goroutineleak");
    if !is_leak_profile && kind.as_deref() != Some("goroutine") {
        let kind = kind.unwrap_or_default();
        return Err(ReadError::NotADump(format!("it is a profile of `{kind}`")));
    }
    let mut groups = Groups::new(ownership);
    groups.add_profile(&profile, is_leak_profile);
    let main = profile.mappings.iter().next();
    let build = main.map(|it| profile.strings.text(it.build_id).into_owned());
    Ok(Snapshot {
        form: Form::Proto,
        build: build.filter(|id| !id.is_empty()),
        is_leak_profile,
        ..of_groups(groups)
    })
}

fn read_text(input: &mut dyn Read, ownership: Ownership) -> Result<Snapshot, ReadError> {
    let mut groups = Groups::new(ownership);
    let (mut form, mut is_leak_profile, mut races) = (Form::Text, false, 0);
    let mut causes = Causes::default();
    let mut prefixes = Prefixes::default();
    let problems = goroutine::read(input, &mut |item| match item {
        Item::Text(line) => causes.add(line),
        Item::Goroutine(goroutine) => groups.add_in(&goroutine, causes.of(&goroutine)),
        Item::Profile { name, .. } => {
            form = Form::Counts;
            is_leak_profile = name == "goroutineleak";
        }
        Item::Stack(stack) => {
            form = Form::Counts;
            groups.add_stack(&stack, &prefixes.add(&stack), is_leak_profile);
        }
        Item::Race(_) => races += 1,
    })?;
    groups.settle(&|state| prefixes.state(state));
    Ok(Snapshot {
        form,
        is_leak_profile,
        causes: causes.lines,
        races,
        problems,
        ..of_groups(groups)
    })
}

/// Lines that say why a dump was written, and what they mean for its goroutines.
#[derive(Default)]
struct Causes {
    lines: Vec<String>,
    latest: Option<Cause>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// Nothing is left to wake any goroutine.
    Deadlock,
    /// Nothing is left to wake any goroutine of a synctest bubble.
    BubbleDeadlock,
    /// The goroutine that follows has panicked or caused a fatal error.
    Fault,
    /// Somebody asked for the dump.
    Signal,
}

/// The text of each cause; the first that a line has counts.
const CAUSES: &[(&str, Cause)] = &[
    (
        "fatal error: all goroutines are asleep - deadlock!",
        Cause::Deadlock,
    ),
    ("panic: deadlock: ", Cause::BubbleDeadlock),
    ("fatal error: ", Cause::Fault),
    ("panic: ", Cause::Fault),
    ("http: panic serving ", Cause::Fault),
    ("unexpected fault address ", Cause::Fault),
    ("[signal ", Cause::Fault),
    ("SIGQUIT: ", Cause::Signal),
    ("SIGABRT: ", Cause::Signal),
];
/// A longer prefix is not that of a log.
const MAX_LOG_PREFIX: usize = 200;

impl Causes {
    fn add(&mut self, line: &str) {
        let found = CAUSES.iter().find_map(|(text, cause)| {
            let at = line.find(text)?;
            let before = line[..at].chars().next_back();
            let is_prefix = before.is_none_or(|it| it.is_whitespace() || "\"'|>:]".contains(it));
            (is_prefix && at <= MAX_LOG_PREFIX).then_some((&line[at..], *cause))
        });
        let Some((line, cause)) = found else { return };
        // `[signal …]` and a nested panic add to the cause before them.
        self.latest = Some(cause);
        if self.lines.len() < MAX_CAUSES {
            self.lines.push(line.chars().take(300).collect());
        }
    }

    /// What the lines so far say about the next goroutine.
    fn of(&mut self, goroutine: &goroutine::Goroutine<'_>) -> Context {
        let deadlocked = match self.latest {
            Some(Cause::Deadlock) => true,
            Some(Cause::BubbleDeadlock) => goroutine.bubble.is_some(),
            _ => false,
        };
        // Goroutine 0 is a thread's own stack.
        let faulting = self.latest == Some(Cause::Fault) && goroutine.id != 0;
        if faulting {
            self.latest = None;
        }
        Context {
            faulting,
            deadlocked,
        }
    }
}

fn of_groups(groups: Groups) -> Snapshot {
    let groups = groups.finish();
    let mut states = BTreeMap::new();
    for group in &groups {
        *states.entry(group.state.clone()).or_default() += group.count;
    }
    Snapshot {
        total: groups.iter().map(|group| group.count).sum(),
        states,
        groups,
        ..Snapshot::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> String {
        let mut input = bytes;
        read(&mut input, Ownership::default())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_no_dump_says_what_it_is() {
        let cases: [(&[u8], &str); 5] = [
            (
                b"\0\0\0",
                "neither a goroutine dump nor a profile: it is binary",
            ),
            (b"", "neither a goroutine dump nor a profile: it is empty"),
            (
                b"<!DOCTYPE html>\n<p>",
                "neither a goroutine dump nor a profile: it is an HTML page",
            ),
            (
                b"404 page not found\n",
                "neither a goroutine dump nor a profile: it starts with `404 page not found`",
            ),
            (
                b"\x0a\x00\x08\x01",
                "neither a goroutine dump nor a profile: parsing profile: unrecognized profile format",
            ),
        ];
        for (bytes, want) in cases {
            assert_eq!(error(bytes), want);
        }
    }

    #[test]
    fn an_empty_leak_profile_is_a_clean_answer() {
        let mut input: &[u8] = b"goroutineleak profile: total 0\n";
        let snapshot = read(&mut input, Ownership::default()).unwrap();
        assert!(snapshot.is_leak_profile && snapshot.groups.is_empty());
    }

    fn shown(text: &str) -> Vec<String> {
        let snapshot = read(&mut text.as_bytes(), Ownership::default()).unwrap();
        let shown = snapshot.groups.iter().map(|group| {
            let role = group.role.map_or("-", crate::Role::name);
            let place = group.place().map_or("?", |it| it.function.as_ref());
            format!("{} {role} [{}] {place}", group.verdict.name(), group.state)
        });
        shown.collect()
    }

    #[test]
    fn a_deadlock_is_proven_by_the_runtime() {
        let goroutines = "goroutine 1 [sync.WaitGroup.Wait]:\nmain.main()\n\tm.go:8\n\n\
            goroutine 7 [semacquire]:\nsync.runtime_Semacquire()\n\ts.go:1\nsync.(*WaitGroup).Wait(0xc1)\n\ts.go:2\nmain.f()\n\tm.go:9\n";
        let fatal = "app | fatal error: all goroutines are asleep - deadlock!\n\n";
        assert_eq!(
            shown(&format!("{fatal}{goroutines}")),
            [
                "PROVEN - [sync.WaitGroup.Wait] main.f",
                "PROVEN main [sync.WaitGroup.Wait] main.main"
            ]
        );
        // The text of another cause ends what the first one said.
        assert_eq!(
            shown(&format!("{fatal}SIGQUIT: quit\n\n{goroutines}"))[0],
            "BLOCKED - [sync.WaitGroup.Wait] main.f"
        );
    }

    #[test]
    fn in_a_bubble_only_its_goroutines_are_proven() {
        let text = "panic: deadlock: main bubble goroutine has exited but blocked goroutines remain\n\n\
            goroutine 7 [chan receive (durable), synctest bubble 1]:\nmain.f()\n\tm.go:9\n\n\
            goroutine 8 [chan receive]:\nmain.g()\n\tm.go:9\n";
        assert_eq!(
            shown(text),
            [
                "PROVEN - [chan receive] main.f",
                "BLOCKED - [chan receive] main.g"
            ]
        );
    }

    #[test]
    fn the_goroutine_that_panicked_comes_first() {
        let text = "goroutine 9 [select]:\nmain.g()\n\tm.go:9\n\n\
            panic: runtime error: index out of range\n[signal SIGSEGV: x]\n\n\
            goroutine 1 [running]:\nmain.main()\n\tm.go:9\n\n\
            goroutine 8 [running]:\nmain.h()\n\tm.go:9\n\n\
            2026/01/02 http: panic serving 127.0.0.1:1: boom\ngoroutine 30 [running]:\npanic(0x1)\n\tp.go:1\nmain.k()\n\tm.go:9\n";
        assert_eq!(
            shown(text),
            [
                "RUNNING faulting [running] main.k",
                "RUNNING faulting [running] main.main",
                "BLOCKED - [select] main.g",
                "RUNNING - [running] main.h",
            ]
        );
    }

    #[test]
    fn the_main_goroutine_is_blocked_once_it_waits_for_minutes_in_user_code() {
        let cases = [
            ("chan receive", "main.run()\n\tm.go:3\n", "IDLE"),
            (
                "chan receive, 9 minutes",
                "main.run()\n\tm.go:3\n",
                "BLOCKED",
            ),
            ("select (no cases), 9 minutes", "", "IDLE"),
            (
                "sync.WaitGroup.Wait, 9 minutes",
                "sync.(*WaitGroup).Wait(0xc1)\n\ts.go:3\n",
                "BLOCKED",
            ),
            (
                "IO wait, 9 minutes",
                "net/http.(*Server).Serve()\n\ts.go:3\n",
                "IDLE",
            ),
            (
                "chan receive, 9 minutes",
                "testing.(*T).Run()\n\ts.go:3\n",
                "IDLE",
            ),
        ];
        for (status, inner, want) in cases {
            let text = format!("goroutine 1 [{status}]:\n{inner}main.main()\n\tm.go:9\n");
            assert!(
                shown(&text)[0].starts_with(&format!("{want} main ")),
                "{text}"
            );
        }
    }

    #[test]
    fn waiters_are_joined_by_their_lock() {
        let text = "goroutine 7 [sync.Mutex.Lock]:\nsync.(*Mutex).lockSlow(0xc08)\n\ts.go:1\nmain.f()\n\tm.go:9\n\n\
            goroutine 8 [sync.RWMutex.RLock]:\nsync.(*RWMutex).RLock(0xc08?)\n\ts.go:1\nmain.g()\n\tm.go:9\n\n\
            goroutine 9 [sync.Cond.Wait]:\nsync.(*Cond).Wait(0xc10)\n\ts.go:1\nmain.h()\n\tm.go:9\n";
        let snapshot = read(&mut text.as_bytes(), Ownership::default()).unwrap();
        let locks: Vec<_> = snapshot
            .locks()
            .iter()
            .map(|it| (it.address, it.waiters, it.groups.len()))
            .collect();
        assert_eq!(locks, [(0xc08, 2, 2), (0xc10, 1, 1)]);
    }

    #[test]
    fn a_fingerprint_ignores_lines_counts_and_ids() {
        let of = |text: &str| {
            let snapshot = read(&mut text.as_bytes(), Ownership::default()).unwrap();
            snapshot.groups[0].fingerprint()
        };
        let dump = "goroutine 7 [chan send]:\nmain.f(0x1)\n\tm.go:3\ncreated by main.g in goroutine 1\n\tm.go:9\n";
        let moved = dump
            .replace("m.go:3", "n.go:30")
            .replace("goroutine 7", "goroutine 70");
        assert_eq!(of(dump), of(&moved));
        assert_eq!(of(dump), "ba7370d7cd0d9bc0");
        assert_ne!(of(dump), of(&dump.replace("main.g", "main.h")));
    }
}
