//! Lines as Go's `bufio.Scanner` gives them.

use super::{LegacyError, Result};

/// Longer lines are an error in pprof, and no profile has them.
const MAX_LEN: usize = 64 << 10;

/// The lines of a text, without their ends.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    /// The line read last; empty before the first and after the last one.
    pub(super) line: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            rest: text,
            line: b"",
        }
    }

    /// Moves to the next line; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool> {
        self.line = b"";
        if self.rest.is_empty() {
            return Ok(false);
        }
        let len = memchr::memchr(b'\n', self.rest);
        let (line, rest) = self.rest.split_at(len.unwrap_or(self.rest.len()));
        if line.len() >= MAX_LEN {
            let message = "bufio.Scanner: token too long".to_owned();
            return Err(LegacyError::Broken(message));
        }
        self.line = line.strip_suffix(b"\r").unwrap_or(line);
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(true)
    }

    /// Moves to the first line at or after the next one that is neither blank nor a comment.
    pub(super) fn skip_comments(&mut self) -> Result<()> {
        while self.advance()? && is_blank_or_comment(self.line) {}
        Ok(())
    }
}

/// Without blanks at both ends.
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    while let [first, rest @ ..] = text
        && is_blank(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(last)
    {
        text = rest;
    }
    text
}

pub(super) fn is_blank_or_comment(line: &[u8]) -> bool {
    matches!(trim(line).first(), None | Some(b'#'))
}

pub(super) fn contains(line: &[u8], part: &str) -> bool {
    memchr::memmem::find(line, part.as_bytes()).is_some()
}

/// Both sides of the first `=`, without blanks around them.
pub(super) fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = memchr::memchr(b'=', line)?;
    Some((trim(&line[..equals]), trim(&line[equals + 1..])))
}
