//! Why the native loader has no answer.

use go_tool::Error;

/// Why there is no listing.
#[derive(Debug)]
pub(crate) enum NativeError {
    /// The go command has to answer.
    Refused(String),
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
