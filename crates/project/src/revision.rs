//! The files of a git revision, in a folder of our own.
//!
//! `git worktree add` would leave its mark in the user's repository and `git stash` in the user's
//! tree; a separate index and `checkout-index` touch neither.

use std::path::{Path, PathBuf};

use base::system::TempDir;
use base::{Cancellation, Cancelled, System};

/// Why the files of a revision are not available.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    #[error("failed to run git")]
    Git(#[source] std::io::Error),
    #[error("not in a git repository: {0}")]
    NoRepository(String),
    #[error("no revision `{revision}` in this repository: {message}")]
    NoRevision { revision: String, message: String },
    #[error("git failed to write the files of `{revision}`: {message}")]
    Checkout { revision: String, message: String },
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

/// A checked-out revision; its folder goes when this is dropped.
#[derive(Debug)]
pub struct Revision {
    folder: TempDir,
    /// Where the caller's folder lies in the repository.
    below: PathBuf,
    /// The root of the repository's work tree.
    pub repository: PathBuf,
    /// Abbreviated commit id.
    pub commit: String,
}

impl Revision {
    /// The folder that corresponds to the caller's.
    pub fn dir(&self) -> PathBuf {
        self.root().join(&self.below)
    }

    /// The root of the checked-out files.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("tree")
    }
}

/// Writes the files of `revision` of the repository around `dir` to a temporary folder.
pub fn check_out(
    system: &dyn System,
    cancel: &Cancellation,
    dir: &Path,
    revision: &str,
) -> Result<Revision, RevisionError> {
    let plain = base::system::git(system, cancel, dir);
    let git =
        |args: &[&str], env: &[(&str, &Path)]| -> Result<Result<String, String>, RevisionError> {
            let mut command = plain.clone().args(args);
            for (name, value) in env {
                command = command.env(*name, value.as_os_str());
            }
            let output = system.run(&command, cancel).map_err(RevisionError::Git)?;
            cancel.check()?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
            Ok(if output.success() {
                Ok(text(&output.stdout))
            } else {
                Err(text(&output.stderr))
            })
        };
    let below = git(&["rev-parse", "--show-prefix"], &[])?.map_err(RevisionError::NoRepository)?;
    let top = git(&["rev-parse", "--show-toplevel"], &[])?.map_err(RevisionError::NoRepository)?;
    let no_revision = |message| RevisionError::NoRevision {
        revision: revision.to_owned(),
        message,
    };
    // `--end-of-options` keeps a revision from being taken for a flag.
    let commit_of = format!("{revision}^{{commit}}");
    let commit = git(
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--short",
            "--end-of-options",
            &commit_of,
        ],
        &[],
    )?
    .map_err(no_revision)?;
    let failed = |message| RevisionError::Checkout {
        revision: revision.to_owned(),
        message,
    };
    let folder = system
        .temp_dir("goperf-rev-")
        .map_err(|error| failed(base::io_reason(&error)))?;
    let index = folder.path().join("index");
    let index_env: [(&str, &Path); 1] = [("GIT_INDEX_FILE", &index)];
    let prefix = format!("--prefix={}/", folder.path().join("tree").display());
    git(&["read-tree", &commit], &index_env)?.map_err(failed)?;
    // Relative paths of checkout-index start at the top, wherever it is called.
    git(
        &["-C", &top, "checkout-index", "--all", &prefix],
        &index_env,
    )?
    .map_err(failed)?;
    Ok(Revision {
        folder,
        below: PathBuf::from(below),
        repository: PathBuf::from(top),
        commit,
    })
}
