//! Text for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use profile::goroutine::Frame;

use super::{Options, Place, created, what};
use crate::diff::Change;
use crate::dump::{Form, Snapshot};
use crate::group::{Group, Role, Verdict};

/// Totals per verdict and state, the groups worth a look, then what could not be read.
pub fn snapshot(snapshot: &Snapshot, options: &Options<'_>) -> String {
    let mut out = String::new();
    for cause in &snapshot.causes {
        line(&mut out, cause);
    }
    line(&mut out, &totals(snapshot));
    let mut hidden: BTreeMap<Verdict, u64> = BTreeMap::new();
    for group in &snapshot.groups {
        let stuck = matches!(group.verdict, Verdict::Proven | Verdict::Blocked);
        if stuck || group.role.is_some() || options.all {
            out.push('\n');
            write_group(&mut out, group, options);
            if group.role.is_some() {
                write_stack(&mut out, group, options);
            }
        } else {
            *hidden.entry(group.verdict).or_default() += group.count;
        }
    }
    if !hidden.is_empty() {
        let words: Vec<_> = hidden
            .iter()
            .map(|(verdict, count)| format!("{count} {}", verdict.name()))
            .collect();
        line(
            &mut out,
            &format!("\nnot shown: {} (`--all` shows them)", words.join(", ")),
        );
    }
    // A lock of one group is named there.
    for lock in snapshot.locks().iter().filter(|it| it.groups.len() > 1) {
        let (waiters, groups) = (lock.waiters, lock.groups.len());
        line(
            &mut out,
            &format!(
                "note: {waiters} goroutines in {groups} groups wait for the lock at {:#x}",
                lock.address
            ),
        );
    }
    if snapshot.form == Form::Counts && !snapshot.is_leak_profile {
        line(
            &mut out,
            "note: this form has no ids and no creators, and its states are inferred; debug=2 has them",
        );
    }
    if snapshot.races > 0 {
        line(
            &mut out,
            &format!("note: {} reports of the race detector", snapshot.races),
        );
    }
    for problem in &snapshot.problems {
        let more = if problem.count > 1 {
            format!(" ({} times)", problem.count)
        } else {
            String::new()
        };
        line(
            &mut out,
            &format!("note: line {}: {}{more}", problem.line, problem.kind),
        );
    }
    out
}

/// `14 goroutines: 10 PROVEN, 3 IDLE, 1 RUNNING`
pub fn totals(snapshot: &Snapshot) -> String {
    let mut by_verdict: BTreeMap<Verdict, u64> = BTreeMap::new();
    for group in &snapshot.groups {
        *by_verdict.entry(group.verdict).or_default() += group.count;
    }
    let words: Vec<_> = by_verdict
        .iter()
        .map(|(verdict, count)| format!("{count} {}", verdict.name()))
        .collect();
    let colon = if words.is_empty() { "" } else { ": " };
    format!(
        "{} goroutine{}{colon}{}",
        snapshot.total,
        plural(snapshot.total),
        words.join(", ")
    )
}

/// The total and one line per state, the most frequent first.
pub fn count(snapshot: &Snapshot) -> String {
    let mut out = String::new();
    line(&mut out, &totals(snapshot));
    let mut states: Vec<_> = snapshot.states.iter().collect();
    states.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), name.as_str()));
    for (name, count) in states {
        line(
            &mut out,
            &format!(
                "{count:>10}  {}",
                if name.is_empty() { "(none)" } else { name }
            ),
        );
    }
    out
}

/// What changed, the largest growth first.
pub fn changes(changes: &[Change<'_>], options: &Options<'_>) -> String {
    let mut out = String::new();
    if changes.is_empty() {
        line(&mut out, "no group changed");
    }
    for change in changes {
        let growth = change.growth();
        let stuck = match change.stuck {
            0 => String::new(),
            n => format!(", {n} stuck in both"),
        };
        line(
            &mut out,
            &format!("{growth:+} ({} to {}{stuck})", change.before, change.after),
        );
        write_group(&mut out, change.group, options);
        out.push('\n');
    }
    out
}

/// One group with its evidence, indented below its first line.
pub fn write_group(out: &mut String, group: &Group, options: &Options<'_>) {
    let head = paint(group.verdict.name(), group.verdict, options.color);
    let minutes = match group.minutes {
        0 => String::new(),
        n => format!(", {n}+ minutes"),
    };
    let role = match group.role {
        Some(Role::Faulting) => "the faulting goroutine: ",
        Some(Role::Main) => "the main goroutine: ",
        None => "",
    };
    line(
        out,
        &format!(
            "{head} {} × [{}{minutes}] {role}{}",
            group.count,
            group.state,
            what(group, options.path)
        ),
    );
    write_evidence(out, group, options);
}

/// The group's stack, one frame a line.
pub(crate) fn write_stack(out: &mut String, group: &Group, options: &Options<'_>) {
    for frame in &group.frames {
        let place = if frame.file.is_empty() {
            String::new()
        } else {
            format!(" {}:{}", (options.path)(&frame.file), frame.line)
        };
        line(out, &format!("      {}{place}", frame.function));
    }
}

/// The lines below a group's first.
pub fn write_evidence(out: &mut String, group: &Group, options: &Options<'_>) {
    let source = |frame: &Frame<'_>| (options.source)(&Place::of(frame)).map(|it| short(&it));
    if let Some(text) = group.place().and_then(source) {
        line(out, &format!("    > {text}"));
    }
    if let Some(created) = created(group, options.path) {
        line(out, &format!("    {created}"));
        let by = group.created_by.as_ref().map(|by| &by.frame);
        // A goroutine that waits on the line of its own `go` statement shows it once.
        let place = group.place().map(|it| (&it.file, it.line));
        let by = by.filter(|it| place != Some((&it.file, it.line)));
        if let Some(text) = by.and_then(source) {
            line(out, &format!("    > {text}"));
        }
    }
    if let Some(reason) = (options.reason)(group) {
        let near = if reason.is_here {
            "in source"
        } else {
            "nearby in source"
        };
        let (rule, message) = (&reason.rule, &reason.message);
        let file = (options.path)(&reason.file);
        line(
            out,
            &format!("    {near}: {rule} {message} ({file}:{})", reason.line),
        );
    }
    if let Some(known) = group.known {
        line(out, &format!("    hint: {}", known.hint));
    }
    let mut locks: Vec<_> = group.locks.iter().collect();
    locks.sort_by_key(|(address, count)| (std::cmp::Reverse(**count), **address));
    for (address, count) in locks.into_iter().filter(|(_, count)| **count > 1).take(3) {
        line(
            out,
            &format!("    lock: {count} of them wait for {address:#x}"),
        );
    }
    if !group.labels.is_empty() {
        line(
            out,
            &format!("    labels: {}", labels(group, options.label_values)),
        );
    }
}

/// A line of source, as much as is needed to recognize it.
fn short(text: &str) -> String {
    const MAX: usize = 100;
    let text = text.trim();
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn labels(group: &Group, values: bool) -> String {
    if values {
        let shown = group
            .labels
            .iter()
            .map(|((key, value), count)| format!("{key}={value:?} ({count})"));
        return shown.collect::<Vec<_>>().join(", ");
    }
    let mut keys: BTreeMap<&str, u64> = BTreeMap::new();
    for ((key, _), count) in &group.labels {
        *keys.entry(key).or_default() += count;
    }
    let shown = keys.iter().map(|(key, count)| format!("{key} ({count})"));
    format!(
        "{}; `--labels` shows their values",
        shown.collect::<Vec<_>>().join(", ")
    )
}

fn paint(text: &str, verdict: Verdict, color: bool) -> String {
    let code = match verdict {
        Verdict::Proven => "1;31",
        Verdict::Blocked => "33",
        Verdict::Idle | Verdict::Running => "2",
    };
    if color {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

pub(crate) fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

pub(crate) fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
