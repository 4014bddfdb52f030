//! Fixes that are made one by one and may be taken back, as on a page: files hold what they held when they were
//! checked, with the chosen fixes made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::system::{Command, Input, ProcessOutput, ReplaceError};
use diag::Fix;
use lint::fixes::{self, FileEdits};

use crate::Workspace;
use crate::changed_files::ChangedFiles;

/// The fixes that were chosen of those of one check.
#[derive(Debug, Default)]
pub struct ChosenFixes {
    /// By the finding's position in its report.
    fixes: BTreeMap<usize, Fix>,
    /// Folders that may be written to.
    folders: BTreeSet<PathBuf>,
}

/// Finds a file's text as it was checked.
pub type CheckedText<'t> = dyn Fn(&Path) -> Option<&'t str> + 't;

/// Why a fix is not made or not taken back. Files are as they were.
#[derive(Debug, thiserror::Error)]
pub enum ChosenFixError {
    #[error("made already")]
    Made,
    #[error("not made")]
    NotMade,
    #[error("it changes lines that a fix made before has changed: take that back first")]
    Overlaps,
    #[error("{} is not a file of the packages one works on", .0.display())]
    Foreign(PathBuf),
    #[error("{} would not parse any longer", .0.display())]
    Broken(PathBuf),
    #[error(transparent)]
    Write(#[from] ReplaceError),
}

impl ChosenFixes {
    /// None chosen yet; only files below these folders are written.
    pub fn new(folders: BTreeSet<PathBuf>) -> Self {
        Self {
            fixes: BTreeMap::new(),
            folders,
        }
    }

    pub fn contains(&self, finding: usize) -> bool {
        self.fixes.contains_key(&finding)
    }

    /// Makes a fix and writes the files that it changes. `checked` is a file's text as it was checked; a file that is
    /// not that with the fixes made so far has been changed by somebody else, and none is written.
    pub fn make(
        &mut self,
        workspace: &Workspace,
        finding: usize,
        fix: &Fix,
        checked: &CheckedText<'_>,
    ) -> Result<(), ChosenFixError> {
        if self.contains(finding) {
            return Err(ChosenFixError::Made);
        }
        let mut with = self.fixes.clone();
        with.insert(finding, fix.clone());
        let all: Vec<&Fix> = with.values().collect();
        if fixes::compatible(&all).len() < all.len() {
            return Err(ChosenFixError::Overlaps);
        }
        self.write(workspace, fix, with, checked)
    }

    /// Takes a fix back, and leaves the others made.
    pub fn take_back(
        &mut self,
        workspace: &Workspace,
        finding: usize,
        checked: &CheckedText<'_>,
    ) -> Result<(), ChosenFixError> {
        let mut without = self.fixes.clone();
        let Some(fix) = without.remove(&finding) else {
            return Err(ChosenFixError::NotMade);
        };
        self.write(workspace, &fix, without, checked)
    }

    /// Writes the files of a fix as they are with another choice.
    fn write(
        &mut self,
        workspace: &Workspace,
        fix: &Fix,
        chosen: BTreeMap<usize, Fix>,
        checked: &CheckedText<'_>,
    ) -> Result<(), ChosenFixError> {
        let mut files = ChangedFiles {
            roots: self.folders.clone(),
            ..ChangedFiles::default()
        };
        let paths: BTreeSet<&Path> = fix.edits.iter().map(|it| it.path.as_path()).collect();
        for path in paths {
            let own = self.folders.iter().any(|folder| path.starts_with(folder));
            let text = checked(path).filter(|_| own);
            let text = text.ok_or_else(|| ChosenFixError::Foreign(path.to_owned()))?;
            let of = |fixes: &BTreeMap<usize, Fix>| -> Result<Arc<[u8]>, ChosenFixError> {
                let text = text_with(workspace, path, text, fixes);
                let text = text.ok_or_else(|| ChosenFixError::Broken(path.to_owned()))?;
                Ok(Arc::from(text.into_bytes()))
            };
            files.set(path, of(&self.fixes)?, &of(&chosen)?);
        }
        files.write(workspace)?;
        self.fixes = chosen;
        Ok(())
    }
}

/// A file's text with all edits that fixes make in it; `None` if it would not parse.
fn text_with(
    workspace: &Workspace,
    path: &Path,
    text: &str,
    chosen: &BTreeMap<usize, Fix>,
) -> Option<String> {
    let all: Vec<&Fix> = chosen.values().collect();
    match fixes::by_file(&all).get(path) {
        Some(edits) => edited(workspace, text, edits),
        None => Some(text.to_owned()),
    }
}

/// The text of a file with edits made, in gofmt's form if it was in that before; `None` if it would not parse.
pub(crate) fn edited(workspace: &Workspace, before: &str, edits: &FileEdits<'_>) -> Option<String> {
    let after = fixes::apply(before, edits)?;
    let is_formatted = gofmt(workspace, before).is_some_and(|text| text == before);
    Some(match gofmt(workspace, &after) {
        Some(text) if is_formatted => text,
        _ => after,
    })
}

/// What the toolchain's gofmt makes of a text; `None` without one.
fn gofmt(workspace: &Workspace, text: &str) -> Option<String> {
    let name = if cfg!(windows) { "gofmt.exe" } else { "gofmt" };
    let program = workspace.go.env.goroot.join("bin").join(name);
    let mut command = Command::new(program);
    command.stdin = Input::Bytes(text.as_bytes().to_vec());
    let output = workspace.system.run(&command, workspace.cancel);
    let output = output.ok().filter(ProcessOutput::success)?;
    String::from_utf8(output.stdout).ok()
}
