//! What every other crate stands on: text positions, typed ids and lists of them, cancellation, [`System`], the one
//! door to files, environment, clock, processes and HTTP, and the [`Cache`] of artefacts by content.
//!
//! `base` knows no Go and no profile.
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
pub mod go_regexp;
mod ids;
mod list;
mod message;
mod stack;
pub mod system;
pub mod testing;
mod text;

pub use cache::{Cache, Key};
pub use cancel::{Cancellation, Cancelled};
pub use files::{FileId, FileTable};
pub use ids::{Idx, IndexVec};
pub use list::List;
pub use message::{full_message, io_reason};
pub use stack::{on_stack, on_stacks};
pub use system::System;
pub use text::{LineCol, LineIndex, TextRange};
