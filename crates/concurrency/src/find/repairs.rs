//! Changes of the source that end a mistake, where there is a plain one.

use base::TextRange;

use super::Draft;
use crate::analysis::Analysis;
use crate::ir::At;
use crate::suspect::{Mistake, Role};

/// Texts that replace ranges.
pub(super) type Edits = Vec<(At, String)>;

/// The change for a suspect; empty if there is none.
pub(super) fn of(analysis: &Analysis<'_>, draft: &Draft<'_>) -> Edits {
    let step = |role: Role| {
        draft
            .steps
            .iter()
            .find(|(_, it)| *it == role)
            .map(|it| it.0)
    };
    let edits = match draft.mistake {
        Mistake::ReturnsLocked => step(Role::Locked)
            .zip(step(Role::Leaves))
            .and_then(|(lock, leave)| unlock(analysis, lock, leave)),
        Mistake::CancelNotOnPath => defer_cancel(analysis, draft.at, &draft.subject),
        Mistake::AddInGoroutine => {
            step(Role::Started).and_then(|start| add_before(analysis, draft.at, start))
        }
        Mistake::WaitWithoutContext => select_done(analysis, draft),
        _ => None,
    };
    edits.unwrap_or_default()
}

/// Room for one value in the channel that is made there.
pub(super) fn buffer_one(analysis: &Analysis<'_>, make: At) -> Edits {
    let text = analysis.text(make);
    if !text.starts_with("make(") || !text.ends_with(')') {
        return Vec::new();
    }
    let last = make.range.end - 1;
    vec![(at(make, last, last), ", 1".to_owned())]
}

fn at(of: At, start: u32, end: u32) -> At {
    At {
        range: TextRange::new(start, end),
        ..of
    }
}

/// Unlocks in front of the return that leaves the lock.
fn unlock(analysis: &Analysis<'_>, lock: At, leave: At) -> Option<Edits> {
    let text = analysis.text(lock);
    let call = match text.strip_suffix(".RLock()") {
        Some(lock) => format!("{lock}.RUnlock()\n"),
        None => format!("{}.Unlock()\n", text.strip_suffix(".Lock()")?),
    };
    let start = leave.range.start;
    (lock.file == leave.file).then(|| vec![(at(leave, start, start), call)])
}

/// Defers the call of the cancel function behind the statement that makes it.
fn defer_cancel(analysis: &Analysis<'_>, call: At, cancel: &str) -> Option<Edits> {
    let end = call.range.end;
    let is_last = analysis.text(at(call, end, end + 1)) == "\n";
    is_last.then(|| vec![(at(call, end, end), format!("\ndefer {cancel}()"))])
}

/// Moves an `Add` from a goroutine to the statement that starts it.
fn add_before(analysis: &Analysis<'_>, add: At, start: At) -> Option<Edits> {
    let text = analysis.text(add);
    let before = start.range.start.checked_sub(3)?;
    if add.file != start.file || analysis.text(at(start, before, before + 3)) != "go " {
        return None;
    }
    // A comment behind the statement stays.
    let end = add.range.end;
    let is_line = analysis.text(at(add, end, end + 1)) == "\n";
    let statement = at(add, add.range.start, end + u32::from(is_line));
    Some(vec![
        (at(start, before, before), format!("{text}\n")),
        (statement, String::new()),
    ])
}

/// Waits for the end of the context as well.
fn select_done(analysis: &Analysis<'_>, draft: &Draft<'_>) -> Option<Edits> {
    let wait = draft.at;
    let text = analysis.text(wait);
    let (start, end) = (wait.range.start, wait.range.end);
    let line = analysis.text(at(wait, 0, start));
    let is_alone = line.rsplit('\n').next()?.trim().is_empty()
        && analysis.text(at(wait, end, end + 1)) == "\n";
    if !text.starts_with("<-") || !is_alone {
        return None;
    }
    let context = &draft.other;
    let leave = match analysis.func(draft.func).results.len() {
        0 => "return".to_owned(),
        1 => format!("return {context}.Err()"),
        _ => return None,
    };
    let select = format!("select {{\ncase {text}:\ncase <-{context}.Done():\n{leave}\n}}");
    Some(vec![(wait, select)])
}
