//! The error type of this crate.

use base::go_regexp::GoRegexpError;

use crate::go_regexp::GoRegexp;

/// A command that failed. The texts are pprof's own where it has one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line contradicts itself or the profile.
    #[error("{0}")]
    Usage(String),
    /// The usage text is asked for, not an answer.
    #[error("help requested")]
    Help,
    /// The sources gave no profile.
    #[error("{0}")]
    Fetch(String),
    /// A regular expression Go would refuse, too.
    #[error("parsing {what}: {reason}")]
    Regexp {
        /// Which one.
        what: String,
        /// Part of the text, since pprof prints it so; not a `source`.
        reason: GoRegexpError,
    },
    /// The profile has nothing the report could show.
    #[error("{0}")]
    Report(String),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Error {
    /// An expression that matches no function.
    pub(crate) fn no_match(symbol: &GoRegexp) -> Self {
        Self::Report(format!("no matches found for regexp: {}", symbol.as_str()))
    }
}
