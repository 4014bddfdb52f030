//! Shared by all other crates: text positions, typed ids and lists of them, cancellation, URLs, texts of errors, Go's
//! durations and its dialect of regular expressions, [`System`] (files, environment, clock, processes and HTTP) and the [`Cache`] of
//! artefacts by content.
//!
//! `base` knows nothing of Go programs or profiles.
//!
//! ```
//! use base::{LineIndex, System, testing::MemorySystem};
//! use std::path::Path;
//!
//! let system = MemorySystem::default().with_file("/m/a.go", "package a\n\nvar x int\n");
//! let text = system.read_to_string(Path::new("/m/a.go")).unwrap();
//! let lines = LineIndex::new(text.as_bytes());
//! assert_eq!(lines.line_col(15), base::LineCol { line: 3, col: 5 });
//! ```

mod cache;
mod cancel;
mod files;
mod go_duration;
pub mod go_regexp;
mod ids;
mod list;
mod message;
mod stack;
pub mod system;
pub mod testing;
mod text;
mod url;
mod varint;
mod visible;

pub use cache::{Cache, Key};
pub use cancel::{Cancellation, Cancelled};
pub use files::{FileId, FileTable};
pub use go_duration::go_duration;
pub use ids::{Idx, IndexVec};
pub use list::List;
pub use message::{full_message, io_reason};
pub use stack::{on_stack, on_stacks};
pub use system::System;
pub use text::{LineCol, LineIndex, TextRange};
pub use url::{Url, has_scheme};
pub use varint::{put_varint, take_varint};
pub use visible::{acts, visible};
