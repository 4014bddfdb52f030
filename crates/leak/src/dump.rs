//! One dump of any form, read and grouped.

use std::collections::BTreeMap;
use std::io::{self, Read};

use profile::Limits;
use profile::goroutine::{self, Item, Problem};

use crate::frames::Ownership;
use crate::group::{self, Group, Groups, Verdict};

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
    /// Reports of the race detector.
    pub races: u64,
    pub problems: Vec<Problem>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("neither a goroutine dump nor a profile: {0}")]
    NotADump(String),
}

const MAX_CAUSES: usize = 8;
/// A proto profile larger than this is no goroutine profile.
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
    if head.first() == Some(&0) {
        return Err(ReadError::NotADump("it is binary".to_owned()));
    }
    // Text holds no such bytes; the first fields of a profile do.
    let is_proto = head.iter().any(|byte| *byte < 9);
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
    Ok(Snapshot {
        form: Form::Proto,
        is_leak_profile,
        ..of_groups(groups)
    })
}

fn read_text(input: &mut dyn Read, ownership: Ownership) -> Result<Snapshot, ReadError> {
    let mut groups = Groups::new(ownership);
    let (mut form, mut is_leak_profile, mut races) = (Form::Text, false, 0);
    let mut causes: Vec<String> = Vec::new();
    let problems = goroutine::read(input, &mut |item| match item {
        Item::Text(line) => {
            if causes.len() < MAX_CAUSES && is_cause(line) {
                causes.push(line.chars().take(300).collect());
            }
        }
        Item::Goroutine(goroutine) => groups.add_goroutine(&goroutine),
        Item::Profile { name, .. } => {
            form = Form::Counts;
            is_leak_profile = name == "goroutineleak";
        }
        Item::Stack(stack) => {
            form = Form::Counts;
            groups.add_stack(&stack, is_leak_profile);
        }
        Item::Race(_) => races += 1,
    })?;
    Ok(Snapshot {
        form,
        is_leak_profile,
        causes,
        races,
        problems,
        ..of_groups(groups)
    })
}

fn is_cause(line: &str) -> bool {
    [
        "panic: ",
        "fatal error: ",
        "SIGQUIT: ",
        "SIGABRT: ",
        "[signal ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
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
}
