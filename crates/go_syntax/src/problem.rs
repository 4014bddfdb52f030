//! What is wrong with the text of a file.

/// So many problems of a text are kept, those nearest to its start. What is not Go at all has one in
/// every other byte.
pub const MAX_PROBLEMS: usize = 1_000;

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

/// Adds a problem unless there are enough.
pub(crate) fn add(problems: &mut Vec<Problem>, at: u32, message: impl Into<String>) {
    if problems.len() < MAX_PROBLEMS {
        problems.push(Problem::new(at, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn what_is_no_go_at_all_has_a_bounded_number_of_problems() {
        let lines = |line: &[u8]| line.repeat(100_000);
        for text in [
            lines(b"a\xffb\x01\n"),
            lines(b"\"\n"),
            lines(b"f(x){[(;'\n"),
        ] {
            let (_, problems) = parse(&[b"package p\n", text.as_slice()].concat());
            assert!(!problems.is_empty() && problems.len() <= MAX_PROBLEMS);
            assert!(problems.is_sorted_by_key(|problem| problem.at));
        }
    }
}
