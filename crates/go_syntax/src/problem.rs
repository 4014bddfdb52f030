//! What is wrong with the text of a file.

/// A syntax error. The file is read on behind it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Byte offset.
    pub at: u32,
    /// `unexpected newline, expected name`; a fragment without full stop.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(at: u32, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}
