//! The goperf binary as a library, so that tests can run it in process: arguments, commands,
//! printer, exit codes.
//!
//! A command fetches, computes and shows; all effects arrive as arguments.
//!
//! ```
//! use base::testing::MemorySystem;
//!
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let mut output = cli::Output::plain(&mut out, &mut err);
//! let status = cli::run(vec!["goperf".into(), "--version".into()], &MemorySystem::default(), &mut output);
//! assert_eq!(status, cli::ExitStatus::Success);
//! assert!(out.starts_with(b"goperf "));
//! ```

mod answers;
mod args;
mod commands;
mod duration;
mod exit;
mod go_flags;
mod http;
mod keys;
mod line_editor;
mod output;
mod progress;
mod start;
mod style;

pub use exit::ExitStatus;
pub use output::Output;
pub use start::{main, run};
