//! Packages of a listing in the making, and what was found of them.

use std::path::PathBuf;
use std::sync::Arc;

use go_syntax::module::ModuleVersion;
use go_tool::Module;

use super::folder::{Folder, FolderError};

base::typed_id! {
    /// A package of a listing in the making.
    pub(super) struct NodeId;
}

base::typed_id! {
    /// What is wrong with packages; copies of a package share it.
    pub(super) struct ErrorId;
}

/// A package, or a copy of one for tests or for a profile.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, as the go command has them"
)]
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) import_path: String,
    pub(super) name: String,
    pub(super) dir: PathBuf,
    /// In GOPATH mode, the entry of GOPATH or the GOROOT it is in.
    pub(super) root: PathBuf,
    pub(super) goroot: bool,
    pub(super) standard: bool,
    pub(super) module: Option<Arc<Module>>,
    pub(super) for_test: Option<String>,
    pub(super) for_main: Option<String>,
    /// What was found in its folder; `None` if nothing was.
    pub(super) folder: Option<Arc<Folder>>,
    /// Where it differs from that of the folder.
    pub(super) go_files: Option<Vec<String>>,
    pub(super) kind: Kind,
    pub(super) embed_files: Vec<String>,
    /// As the source has them.
    pub(super) raw_imports: Vec<String>,
    /// What they mean; then those that cgo and the like add, see `n_imports`.
    pub(super) imports: Vec<String>,
    /// What the compiler imports besides.
    pub(super) compiled_imports: Vec<String>,
    /// The imports, those added for compiler and linker among them.
    pub(super) deps: Vec<NodeId>,
    pub(super) error: Option<ErrorId>,
    pub(super) incomplete: bool,
    /// Its imports are all entered.
    pub(super) entered: bool,
    /// Named by a relative path in GOPATH mode, or by its files.
    pub(super) local: bool,
    /// Given as a list of files.
    pub(super) of_files: bool,
    /// The default profile of a command it is built with.
    pub(super) has_profile: bool,
}

/// What a node is, besides a package.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Kind {
    #[default]
    Package,
    /// The package of external tests, which has no more than files and imports.
    ExternalTest,
    /// The command that runs tests.
    TestMain,
}

#[derive(Clone, Debug, Default)]
pub(super) struct NodeError {
    /// `file:line:column`, relative to the folder worked in where that is shorter; may be empty.
    pub(super) position: String,
    pub(super) message: String,
    /// Import paths from a root to where it happened.
    pub(super) stack: Vec<String>,
    pub(super) is_cycle: bool,
}

/// A package that was looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Data {
    /// The import path it goes by.
    pub(super) path: String,
    pub(super) dir: Option<PathBuf>,
    pub(super) folder: Option<Arc<Folder>>,
    pub(super) module: Option<ModuleVersion>,
    /// Lies in GOROOT.
    pub(super) goroot: bool,
    /// In GOPATH mode, the entry of GOPATH or the GOROOT it is in.
    pub(super) root: PathBuf,
    pub(super) problem: Option<Problem>,
    /// The path can mean nothing at all.
    pub(super) nothing: Option<String>,
}

/// What was wrong with finding or reading a package.
#[derive(Clone, Debug)]
pub(super) enum Problem {
    Folder(FolderError),
    Told(String),
}
