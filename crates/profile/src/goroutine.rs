//! Goroutine dumps and goroutine profiles as text: the one reader for every form Go prints.
//!
//! | form | where it comes from |
//! | --- | --- |
//! | debug=2 | `/debug/pprof/goroutine?debug=2`, `runtime.Stack`, panics, fatal errors, SIGQUIT |
//! | debug=1 | `/debug/pprof/goroutine?debug=1`, `goroutineleak?debug=1`: stacks with counts and labels |
//! | race report | `WARNING: DATA RACE` blocks of a `-race` build |
//!
//! All of them may stand anywhere in a log, be cut off or be mixed with other lines. One normalizer
//! comes before all forms:
//!
//! | layer | what it undoes |
//! | --- | --- |
//! | `text` | byte order marks, UTF-16, terminal escapes |
//! | `lines` | JSON lines (`go test -json`, container engines, journald), a dump in one JSON or logfmt string |
//! | `block` | the prefix and suffix of each line, learned from a header; lost or replaced tabs; doubled lines |
//!
//! [`read`] streams: it holds one line and one goroutine at a time, whatever the size of the log.
//! Proto (debug=0) is not text and is read by the proto codec.
//!
//! Grammar of a debug=2 block (go1.18 to go1.27):
//!
//! ```text
//! header  := "goroutine " ID [ptrs] " [" status suffix* attr* [labels126] "]" [labels127] ":"
//! suffix  := " (leaked)" | " (scan)" | " (durable)"
//! attr    := ", " (N " minutes" | "locked to thread" | "synctest bubble " N)
//! frame   := FUNC "(" args ")" LF TAB FILE ":" LINE [" +0x" HEX] …
//! elided  := "..." N " frames elided..."
//! created := "created by " FUNC [" in goroutine " ID] LF TAB FILE ":" LINE …
//! ancestor:= "[originating from goroutine " ID "]:" frames
//! ```
//! Source: runtime/traceback.go, runtime/pprof/pprof.go, go1.27.3.

mod block;
mod header;
mod lines;
mod model;
mod quote;
mod race;
mod read;
mod stack;
mod text;

pub use model::{
    Access, Ancestor, CreatedBy, Dump, Frame, Goroutine, Item, Labels, Problem, ProblemKind,
    RaceGoroutine, RaceReport, Stack,
};
pub use read::{parse, read};
pub use text::is_utf16;

/// The labels of a `debug=1` comment, whose opening brace was read already.
pub(crate) fn parse_labels(text: &str) -> Option<Labels<'_>> {
    quote::labels(text).map(|(labels, _)| labels)
}
