//! The editor server: the language server protocol over the verbs of `project`.
//!
//! It stands beside gopls and shows what gopls does not: whether functions are inlined and what they cost, what is on
//! the heap, how structs lie in memory, what lines cost in a profile, findings of `goperf check` and their fixes.
//!
//! ```
//! use base::testing::MemorySystem;
//! use base::Cancellation;
//!
//! fn message(text: &str) -> String {
//!     format!("Content-Length: {}\r\n\r\n{text}", text.len())
//! }
//! let input = message(r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#)
//!     + &message(r#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#)
//!     + &message(r#"{"jsonrpc":"2.0","method":"exit"}"#);
//! let mut output = Vec::new();
//! let ended = lsp::run(
//!     &MemorySystem::default(),
//!     &Cancellation::default(),
//!     &lsp::Options::default(),
//!     Box::new(std::io::Cursor::new(input)),
//!     &mut output,
//! );
//! assert_eq!(ended, lsp::Ended::Orderly);
//! assert!(String::from_utf8(output).unwrap().contains("inlayHintProvider"));
//! ```

mod server;

mod client;
mod transport;
mod uri;

mod analyst;
mod jobs;
mod settings;

mod line_map;
mod text;
mod view;

mod actions;
mod commands;
mod diagnostics;
mod explanation;
mod hints;
mod hover;
mod lenses;

pub use server::{Ended, Options, run};
pub use settings::{SETTINGS, Setting, SettingKind, settings_schema};
