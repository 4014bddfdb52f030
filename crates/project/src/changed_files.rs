//! Source files with edits made, and how they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::system::{ReplaceError, Replacement};
use go_tool::Package;
use lint::PackageSet;

use crate::Workspace;

/// The text of a file.
#[derive(Debug)]
pub struct ChangedFile {
    pub before: Arc<[u8]>,
    pub after: Arc<[u8]>,
}

/// Files of the user with their old and new text, in memory.
#[derive(Debug, Default)]
pub struct ChangedFiles {
    pub by_path: BTreeMap<PathBuf, ChangedFile>,
    /// Folders that may be written to: those of the modules one works on.
    pub(crate) roots: BTreeSet<PathBuf>,
}

impl ChangedFiles {
    /// Gives a file new text. What it held when it was first changed is what it has to hold when it is written.
    pub(crate) fn set(&mut self, path: &Path, before: Arc<[u8]>, after: &Arc<[u8]>) {
        let file = self.by_path.entry(path.to_owned());
        let file = file.or_insert_with(|| ChangedFile {
            before,
            after: Arc::clone(after),
        });
        file.after = Arc::clone(after);
    }

    /// Writes all files or none: not if one was changed meanwhile, or is a link that leads out of the modules.
    pub fn write(&self, workspace: &Workspace) -> Result<(), ReplaceError> {
        self.replace(workspace, |file| (&file.before, &file.after))
    }

    /// Undoes [`ChangedFiles::write`].
    pub fn restore(&self, workspace: &Workspace) -> Result<(), ReplaceError> {
        self.replace(workspace, |file| (&file.after, &file.before))
    }

    fn replace(
        &self,
        workspace: &Workspace,
        texts: impl Fn(&ChangedFile) -> (&Arc<[u8]>, &Arc<[u8]>),
    ) -> Result<(), ReplaceError> {
        let files = self.by_path.iter().map(|(path, file)| {
            let (before, after) = texts(file);
            Replacement {
                path,
                before,
                after,
            }
        });
        let files: Vec<Replacement<'_>> = files.collect();
        let roots: Vec<PathBuf> = self.roots.iter().cloned().collect();
        workspace.system.replace_files(&files, &roots)
    }
}

/// The folder in which files of a package may be changed; `None` if one does not work on it.
pub(crate) fn own_folder<'a>(workspace: &Workspace, package: &'a Package) -> Option<&'a Path> {
    let module = package.module.as_ref();
    let folder = module.and_then(|module| module.dir.as_deref());
    is_own(workspace, package).then(|| folder.unwrap_or(&package.dir))
}

/// The folders of those packages that one works on, identified by where they are: not those that profiles led to in the
/// module cache or, from outside, in the standard library.
pub(crate) fn own_dirs(workspace: &Workspace, packages: &PackageSet) -> BTreeSet<PathBuf> {
    let env = &workspace.go.env;
    let goroot = env.goroot.join("src");
    let foreign = |dir: &Path| {
        dir.starts_with(&env.gomodcache)
            || (dir.starts_with(&goroot) && !workspace.dir.starts_with(&goroot))
    };
    let dirs = packages.iter().map(|(_, package)| &package.dir);
    dirs.filter(|dir| !foreign(dir)).cloned().collect()
}

/// Whether one works on a package: it is of a main module, or of the standard library one stands in.
pub(crate) fn is_own(workspace: &Workspace, package: &Package) -> bool {
    let in_goroot = || {
        workspace
            .dir
            .starts_with(workspace.go.env.goroot.join("src"))
    };
    // Without a module there are files by name, and packages below GOPATH.
    (package.module.as_ref()).map_or_else(|| !package.standard || in_goroot(), |module| module.main)
}
