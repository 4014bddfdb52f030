//! How groups are shown: to people, and as JSON.

pub mod json;
pub mod sarif;
pub mod test_run;
pub mod text;

use profile::goroutine::Frame;

use crate::group::Group;
use crate::state;

/// The text of a line of the program's source. `None` where the file is not known to be the one
/// the program was built from.
pub type SourceLine<'a> = &'a dyn Fn(&Place<'_>) -> Option<String>;

/// A line of the program's source, with what shows whether a file is the right one.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// As the program prints it.
    pub file: &'a str,
    /// From 1.
    pub line: u32,
    /// The function the line belongs to.
    pub function: &'a str,
}

impl<'a> Place<'a> {
    pub(crate) fn of(frame: &'a Frame<'_>) -> Self {
        Self {
            file: &frame.file,
            line: frame.line,
            function: &frame.function,
        }
    }
}

/// What is wrong in the source where goroutines wait, in the words of a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// `GL02`
    pub rule: String,
    pub message: String,
    pub file: String,
    /// From 1.
    pub line: u32,
    /// The finding stands where they wait; else nearby, in a function that they are in or that started them.
    pub is_here: bool,
}

/// Options of every report.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub source: SourceLine<'a>,
    /// Why goroutines wait, where the source says it.
    pub reason: &'a dyn Fn(&Group) -> Option<Reason>,
    /// How text reports print a file's name; JSON has it as it is.
    pub path: &'a dyn Fn(&str) -> String,
    /// Labels may carry secrets: their values are shown only on demand.
    pub label_values: bool,
    /// Idle and running groups too.
    pub all: bool,
    /// Mark verdicts with terminal colors.
    pub color: bool,
}

/// `p/p.go` of `/src/p/p.go` below `/src`; `None` for a file elsewhere.
pub(crate) fn below<'f>(file: &'f str, base: &str) -> Option<&'f str> {
    let rest = file.strip_prefix(base.trim_end_matches('/'))?;
    rest.strip_prefix('/')
}

/// Where a leak is annotated: at its `go` statement if that is below `base`, else where it waits,
/// which may be in a library.
pub(crate) fn annotated<'g>(group: &'g Group, base: &str) -> Option<&'g Frame<'static>> {
    let by = group.created_by.as_ref().map(|by| &by.frame);
    by.filter(|by| below(&by.file, base).is_some())
        .or_else(|| group.place())
}

/// `main.worker sends on a channel at worker.go:48`
pub fn what(group: &Group, path: &dyn Fn(&str) -> String) -> String {
    let does = state::words(&group.state);
    match group.place() {
        Some(frame) if frame.file.is_empty() => format!("{} {does}", frame.function),
        Some(frame) => {
            let file = path(&frame.file);
            format!("{} {does} at {file}:{}", frame.function, frame.line)
        }
        None => format!("a goroutine without a stack {does}"),
    }
}

/// `created by main.start at main.go:31`
pub fn created(group: &Group, path: &dyn Fn(&str) -> String) -> Option<String> {
    let by = &group.created_by.as_ref()?.frame;
    Some(if by.file.is_empty() {
        format!("created by {}", by.function)
    } else {
        let file = path(&by.file);
        format!("created by {} at {file}:{}", by.function, by.line)
    })
}
