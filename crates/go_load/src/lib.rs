//! From package patterns to parsed packages in import order.
//!
//! Packages are listed natively, without starting a process, or by the go command, which also answers
//! where only it can ([`Loader`]): modules, workspaces, vendoring, GOPATH, build tags. The files are read
//! through [`System`](base::System), or taken from an overlay of unsaved text, and parsed in parallel,
//! each once, however many test variants it is in.
//!
//! [`check`] checks what was loaded; [`check_cached`] takes packages whose bodies are not wanted from a cache;
//! [`declare_cached`] leaves bodies to callers that ask about one package at a time; a [`Session`] follows edits.
//!
//! ```
//! use base::testing::{MemorySystem, exited};
//! use base::Cancellation;
//! use go_load::LoadOptions;
//! use go_tool::GoTool;
//!
//! let system = MemorySystem::default()
//!     .with_file("/m/m.go", "package m\n\nfunc F() {}\n")
//!     .with_process(Box::new(|command| {
//!         Ok(exited(0, if command.line().starts_with("go env") {
//!             r#"{"GOVERSION": "go1.27.3", "GOARCH": "amd64", "GOTOOLDIR": "/go/pkg/tool"}"#
//!         } else {
//!             r#"{"ImportPath": "m", "Name": "m", "Dir": "/m", "GoFiles": ["m.go"]}"#
//!         }))
//!     }));
//! let cancel = Cancellation::default();
//! let go = GoTool::find(&system, None)?;
//! let loaded = go_load::load(&go, &system, &cancel, &LoadOptions::default())?;
//! let package = &loaded.packages[loaded.listing.roots[0]];
//! assert_eq!(package.files[0].file.package_name().as_str(), "m");
//! assert_eq!(package.lang.to_string(), "go1.27");
//! # Ok::<(), go_tool::Error>(())
//! ```

mod artefact;
mod cached;
mod check;
mod compare;
mod declarations;
mod language;
mod load;
mod loader;
mod native;
mod session;
mod sources;
#[cfg(test)]
mod testing;

pub use artefact::{KIND, content_keys, with_checksum, without_checksum};
pub use cached::{Wanted, check_cached, check_in_turn, declare_cached, load_checked};
pub use check::{Checked, CheckedPackage, Program, check};
pub use compare::differences;
pub use declarations::{Declarations, WholePackage};
pub use language::package_version;
pub use load::{LoadOptions, Loaded, PackageSources, SourceFile, load};
pub use loader::{CGO_KIND, Listed, Loader, find_go, list};
pub use session::{Rechecked, Session};
pub use sources::{Sources, read, read_listed};
