//! Why the native loader has no answer.

use base::Key;
use go_tool::Error;

/// Why there is no listing.
#[derive(Debug)]
pub(crate) enum NativeError {
    /// The go command has to answer.
    Refused(String),
    /// The go command has to answer because files that cgo makes are not known for these packages; the keys are those to
    /// keep its answers under.
    LacksGenerated(Vec<(String, Key)>),
    /// There cannot be one.
    Failed(Error),
}

impl From<Error> for NativeError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<base::Cancelled> for NativeError {
    fn from(cancelled: base::Cancelled) -> Self {
        Self::Failed(cancelled.into())
    }
}

/// The go command has to answer, for this reason.
pub(super) fn refused(reason: impl Into<String>) -> NativeError {
    NativeError::Refused(reason.into())
}
