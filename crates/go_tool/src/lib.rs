//! The installed go command: find it, list packages, ask its compiler, build test binaries.
//!
//! Nothing here is written into the user's tree or build outputs, and the compiler never writes to
//! a device. Broken Go code is data ([`SourceError`]); an [`Error`] means there is no answer at all.
//!
//! ```
//! use base::{Cancellation, testing::{MemorySystem, exited}};
//! use go_tool::{CompileOptions, GoTool, ListOptions};
//!
//! // A machine whose go command knows one package. `OsSystem` is the real one.
//! let system = MemorySystem::default().with_process(Box::new(|command| {
//!     let line = command.line();
//!     Ok(exited(0, if line.starts_with("go env") {
//!         r#"{"GOVERSION": "go1.27.3", "GOTOOLDIR": "/go/pkg/tool", "GOOS": "linux"}"#
//!     } else if line.starts_with("go list") {
//!         r#"{"ImportPath": "m", "Name": "m", "Dir": "/m", "CompiledGoFiles": ["m.go"]}"#
//!     } else {
//!         "m.go:3:6: can inline F\n"
//!     }))
//! }));
//! let cancel = Cancellation::default();
//! let go = GoTool::find(&system, None)?;
//! let listing = go_tool::list(&go, &system, &cancel, &ListOptions::default())?;
//! let options = CompileOptions { m_level: 1, ..CompileOptions::default() };
//! let said = go_tool::compile(&go, &system, &cancel, &listing, listing.roots[0], &options)?;
//! assert_eq!(said.log, b"m.go:3:6: can inline F\n");
//! assert_eq!(said.paths.resolve("m.go"), Some("/m/m.go".into()));
//! # Ok::<(), go_tool::Error>(())
//! ```

mod find;
mod version;

mod cache_key;
mod compile;
mod error;
mod import_path;
mod list;
mod source_error;
mod test_binary;
pub mod testing;

pub use cache_key::cache_key;
pub use compile::{CGO_TYPES, CompileLog, CompileOptions, PathMap, compile};
pub use error::Error;
pub use find::{GoEnv, GoTool};
pub use import_path::{is_major_version, last_element};
pub use list::{
    ListOptions, Listing, Module, Package, PackageId, Products, list, list_unsaved, overlay_flag,
};
pub use source_error::SourceError;
pub use test_binary::{TestBinary, TestBuild, build_tests};
pub use version::{GoVersion, OLDEST, Pre};
