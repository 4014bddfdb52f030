//! How groups are shown: to people, and as JSON.

pub mod json;
pub mod test_run;
pub mod text;

use crate::group::Group;
use crate::state;

/// What can be shown of the program's source: the text of a file's line, if it is at hand.
pub type SourceLine<'a> = &'a dyn Fn(&str, u32) -> Option<String>;

/// Options of every report.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub source: SourceLine<'a>,
    /// Labels may carry secrets: their values are shown only on demand.
    pub label_values: bool,
    /// Idle and running groups too.
    pub all: bool,
    /// Mark verdicts with terminal colours.
    pub color: bool,
}

/// `main.worker sends on a channel at worker.go:48`
pub fn what(group: &Group) -> String {
    let does = state::words(&group.state);
    match group.place() {
        Some(frame) if frame.file.is_empty() => format!("{} {does}", frame.function),
        Some(frame) => format!("{} {does} at {}:{}", frame.function, frame.file, frame.line),
        None => format!("a goroutine without a stack {does}"),
    }
}

/// `created by main.start at main.go:31`
pub fn created(group: &Group) -> Option<String> {
    let by = &group.created_by.as_ref()?.frame;
    Some(if by.file.is_empty() {
        format!("created by {}", by.function)
    } else {
        format!("created by {} at {}:{}", by.function, by.file, by.line)
    })
}
