//! The modules the user works on: that of `go.mod`, or those of `go.work`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use go_syntax::module::{ModFile, ModuleVersion};
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::disk::Disk;
use super::super::paths::has_path_prefix;
use super::super::version::compare_go_versions;
use super::cache::Summary;
use super::graph::Graph;

/// `-mod`, which has a default.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum ModMode {
    Readonly,
    Vendor,
}

/// All there is to know about modules for one listing.
#[derive(Debug)]
pub(in super::super) struct Modules<'a> {
    pub(super) disk: &'a Disk<'a>,
    /// None outside of any module; several in a workspace.
    pub(in super::super) mains: Vec<MainModule>,
    pub(in super::super) work: Option<Workspace>,
    pub(in super::super) mode: ModMode,
    /// `-mod` was given.
    pub(super) mode_explicit: bool,
    /// Why vendored modules are used, or not.
    pub(super) mode_reason: &'static str,
    pub(super) goroot_src: PathBuf,
    pub(super) gomodcache: PathBuf,
    /// Of the toolchain, without `go`.
    pub(super) local_version: String,
    /// The module around the folder worked in.
    pub(super) current: Option<PathBuf>,
    /// Modules required by the main module at the highest version it names.
    pub(super) roots: FxHashMap<String, String>,
    /// `go.sum`, where it has to vouch for modules: path and version, the latter with `/go.mod` for
    /// the file alone.
    pub(super) sums: Option<FxHashSet<(String, String)>>,
    pub(super) vendor: Vendor,
    /// What the user should know, though it is not an error.
    pub(super) warnings: Mutex<BTreeSet<String>>,
    pub(super) graph: OnceLock<Result<Graph, String>>,
    pub(super) summaries: Mutex<FxHashMap<Actual, std::sync::Arc<Result<Summary, String>>>>,
}

#[derive(Debug)]
pub(in super::super) struct Workspace {
    pub(super) dir: PathBuf,
    pub(super) file: ModFile,
}

/// A module the user works on.
#[derive(Debug)]
pub(in super::super) struct MainModule {
    pub(in super::super) path: String,
    pub(in super::super) root: PathBuf,
    /// What import paths of its packages start with: its path, nothing for `std` in GOROOT.
    pub(in super::super) prefix: String,
    pub(in super::super) file: ModFile,
    pub(in super::super) in_goroot: bool,
}

/// Where a module's files really come from.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Actual {
    /// A version in the module cache: the module's own, or that which replaces it.
    Version { path: String, version: String },
    /// A folder, and how the replacement spells it.
    Folder { dir: PathBuf, spelled: String },
}

/// `vendor/modules.txt`.
#[derive(Debug, Default)]
pub(super) struct Vendor {
    /// The module of each package.
    pub(super) packages: FxHashMap<String, ModuleVersion>,
    pub(super) go_versions: FxHashMap<ModuleVersion, String>,
}

impl Modules<'_> {
    pub(in super::super) fn warn(&self, warning: String) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.insert(warning);
    }

    /// A line each.
    pub(in super::super) fn warnings(&self) -> String {
        let warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for warning in warnings.iter() {
            text += warning;
            text.push('\n');
        }
        text
    }

    pub(in super::super) fn vendor_dir(&self) -> PathBuf {
        match (&self.work, self.mains.first()) {
            (Some(work), _) => work.dir.join("vendor"),
            (None, Some(main)) => main.root.join("vendor"),
            (None, None) => PathBuf::new(),
        }
    }

    pub(in super::super) fn is_workspace(&self) -> bool {
        self.work.is_some()
    }

    /// The main module of that path.
    pub(in super::super) fn main(&self, path: &str) -> Option<&MainModule> {
        self.mains.iter().find(|main| main.path == path)
    }

    pub(in super::super) fn is_readonly(&self) -> bool {
        self.mode == ModMode::Readonly
    }

    pub(in super::super) fn goroot_src(&self) -> &Path {
        &self.goroot_src
    }

    /// The version of Go that the main module or workspace is for.
    pub(in super::super) fn go_version(&self) -> &str {
        match (&self.work, self.mains.first()) {
            (Some(work), _) => work.file.go.as_deref().unwrap_or("1.18"),
            (None, Some(main)) => go_of(&main.file),
            (None, None) => &self.local_version,
        }
    }

    /// Does the module graph leave out what dependencies need but packages of the main module do not?
    pub(super) fn is_pruned(&self) -> bool {
        compare_go_versions(self.go_version(), "1.17").is_ge()
    }

    /// The main module whose `go.mod` lies closest to the folder worked in.
    pub(super) fn current_main(&self) -> Option<&MainModule> {
        let current = self.current.as_ref()?;
        self.mains.iter().find(|main| main.root == *current)
    }

    /// Import paths of tools that the main modules name.
    pub(in super::super) fn tools(&self) -> Vec<String> {
        let tools = self
            .mains
            .iter()
            .flat_map(|main| main.file.tools.iter().cloned());
        let mut tools: Vec<String> = tools.collect();
        tools.sort();
        tools.dedup();
        tools
    }
}

impl MainModule {
    /// Where the package would be, if its path is one of this module.
    pub(super) fn package_dir(&self, path: &str) -> Option<PathBuf> {
        dir_of(path, &self.prefix, &self.root)
    }
}

/// The folder of a package in a module of path `prefix` at `root`, by its import path alone.
pub(super) fn dir_of(path: &str, prefix: &str, root: &Path) -> Option<PathBuf> {
    if !has_path_prefix(path, prefix) {
        return None;
    }
    match path[prefix.len()..].trim_start_matches('/') {
        "" => Some(root.to_owned()),
        rest => Some(root.join(rest)),
    }
}

/// The go line, 1.16 where there is none.
pub(super) fn go_of(file: &ModFile) -> &str {
    file.go.as_deref().unwrap_or("1.16")
}
