//! JSON for programs.
//!
//! Fields are only ever added. Every group has `verdict`, `state`, `count`, `function`, `file`,
//! `line`, `entry` (the outermost function of the user's), `created_by` (a function), `created_at`
//! (`file:line`), `frames`, `labels`, `hint`, `reason` (the finding in source, or null), `role`
//! (`main`, `faulting` or null) and `fingerprint`, which stays the same across commits and dumps.

use profile::goroutine::{Ancestor, CreatedBy, Dump, Frame, Goroutine, Labels, Stack};
use serde_json::{Map, Value, json};

use super::{Options, Place, Reason};
use crate::diff::Change;
use crate::dump::{Form, Lock, Snapshot};
use crate::group::{Group, Role};

/// Ids shown of each group.
const MAX_IDS: usize = 20;

pub fn snapshot(snapshot: &Snapshot, options: &Options<'_>) -> Value {
    let mut verdicts = Map::new();
    for group in &snapshot.groups {
        let known = verdicts
            .get(group.verdict.name())
            .and_then(Value::as_u64)
            .unwrap_or(0);
        verdicts.insert(group.verdict.name().to_owned(), json!(known + group.count));
    }
    let problems = snapshot
        .problems
        .iter()
        .map(|it| json!({"line": it.line, "count": it.count, "problem": it.kind.to_string()}));
    json!({
        "form": form(snapshot.form),
        "total": snapshot.total,
        "states": snapshot.states,
        "verdicts": verdicts,
        "causes": snapshot.causes,
        "races": snapshot.races,
        "groups": snapshot.groups.iter().map(|it| group(it, options)).collect::<Value>(),
        "locks": locks(snapshot),
        "problems": problems.collect::<Value>(),
    })
}

fn locks(snapshot: &Snapshot) -> Value {
    let locks = snapshot.locks();
    let lock = |it: &Lock| {
        let groups = it
            .groups
            .iter()
            .map(|idx| snapshot.groups[*idx].fingerprint());
        json!({
            "address": format!("{:#x}", it.address),
            "waiters": it.waiters,
            "groups": groups.collect::<Value>(),
        })
    };
    locks.iter().map(lock).collect()
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Text => "debug=2",
        Form::Counts => "debug=1",
        Form::Proto => "debug=0",
    }
}

pub fn changes(changes: &[Change<'_>], options: &Options<'_>) -> Value {
    let change = |it: &Change<'_>| {
        let growth = it.growth();
        json!({
            "before": it.before, "after": it.after, "growth": growth, "stuck": it.stuck,
            "group": group(it.group, options),
        })
    };
    json!({"changes": changes.iter().map(change).collect::<Value>()})
}

pub fn group(group: &Group, options: &Options<'_>) -> Value {
    let place = group.place();
    let by = group.created_by.as_ref().map(|by| &by.frame);
    let label = |((key, value), count): (&(String, String), &u64)| {
        let value = if options.label_values {
            value.as_str()
        } else {
            "(hidden)"
        };
        json!({"key": key, "value": value, "count": count})
    };
    let lock = |(address, count): (&u64, &u64)| json!({"address": format!("{address:#x}"), "waiters": count});
    json!({
        "fingerprint": group.fingerprint(),
        "role": group.role.map(Role::name),
        "verdict": group.verdict.name(),
        "state": group.state,
        "count": group.count,
        "function": place.map(|it| it.function.as_ref()),
        "file": place.map(|it| it.file.as_ref()),
        "line": place.map(|it| it.line),
        "entry": group.entry().map(|it| it.function.as_ref()),
        "source": place.and_then(|it| (options.source)(&Place::of(it))),
        "created_by": by.map(|it| it.function.as_ref()),
        "created_at": by.map(|it| format!("{}:{}", it.file, it.line)),
        "minutes": group.minutes,
        "ids": group.ids.iter().take(MAX_IDS).collect::<Vec<_>>(),
        "frames": frames(&group.frames),
        "labels": group.labels.iter().map(label).collect::<Value>(),
        "hint": group.known.map(|known| known.hint),
        "reason": (options.reason)(group).as_ref().map(reason),
        "locks": group.locks.iter().map(lock).collect::<Value>(),
    })
}

fn reason(it: &Reason) -> Value {
    json!({
        "rule": it.rule, "message": it.message, "file": it.file, "line": it.line, "here": it.is_here,
    })
}

fn frames(frames: &[Frame<'_>]) -> Value {
    let frame = |it: &Frame<'_>| json!({"function": it.function, "file": it.file, "line": it.line});
    frames.iter().map(frame).collect()
}

/// The dump itself, goroutine by goroutine, nothing grouped and nothing hidden.
pub fn raw(name: &str, dump: &Dump) -> Value {
    match &dump.profile {
        Some((profile, total)) => json!({
            "dump": name, "profile": profile, "total": total,
            "stacks": dump.stacks.iter().map(raw_stack).collect::<Value>(),
        }),
        None => json!({
            "dump": name, "preamble": dump.preamble,
            "goroutines": dump.goroutines.iter().map(raw_goroutine).collect::<Value>(),
        }),
    }
}

fn raw_stack(it: &Stack<'_>) -> Value {
    json!({"count": it.count, "labels": labels(&it.labels), "frames": frames(&it.frames)})
}

fn raw_goroutine(it: &Goroutine<'_>) -> Value {
    let ancestor = |it: &Ancestor<'_>| json!({"id": it.id, "frames": frames(&it.frames)});
    json!({
        "id": it.id, "status": it.status, "leaked": it.leaked, "durable": it.durable,
        "scan": it.scan, "minutes": it.minutes, "locked": it.locked, "bubble": it.bubble,
        "labels": labels(&it.labels), "frames": frames(&it.frames), "elided": it.elided,
        "created_by": it.created_by.as_ref().map(raw_created_by),
        "ancestors": it.ancestors.iter().map(ancestor).collect::<Value>(),
    })
}

fn raw_created_by(by: &CreatedBy<'_>) -> Value {
    let frame = &by.frame;
    json!({"function": frame.function, "file": frame.file, "line": frame.line, "parent": by.parent})
}

fn labels(labels: &Labels<'_>) -> Value {
    let pairs = labels
        .iter()
        .map(|(key, value)| (key.to_string(), json!(value)));
    Value::Object(pairs.collect())
}
