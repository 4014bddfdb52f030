//! Parentheses and flags.

use super::{GoRegexpError, Group, MAX_DEPTH, Translation, error};

impl Translation<'_> {
    pub(super) fn open_group(&mut self) -> Result<(), GoRegexpError> {
        if self.groups.len() > MAX_DEPTH {
            return Err(error("expression nests too deeply", self.whole));
        }
        let name_start = if self.rest.starts_with("(?P<") && self.rest.len() > 4 {
            Some(4)
        } else if self.rest.starts_with("(?<") && self.rest.len() > 3 {
            Some(3)
        } else {
            None
        };
        match name_start {
            Some(start) => self.named_group(start),
            None if self.rest.starts_with("(?") => self.flags(),
            None => {
                self.enter(1, "(");
                Ok(())
            }
        }
    }

    pub(super) fn close_group(&mut self) -> Result<(), GoRegexpError> {
        if self.groups.len() < 2 {
            return Err(error("unexpected )", self.whole));
        }
        let inner = self.groups.pop().unwrap_or_default();
        self.take(1, ")");
        let outer = self.group();
        // The piece began where the group was opened.
        let start = outer.piece.map_or(0, |(start, _)| start);
        outer.piece = Some((start, inner.repeat.max(1)));
        outer.repeat = outer.repeat.max(inner.repeat);
        Ok(())
    }

    /// Reads `len` bytes that open a group, written as `text`.
    fn enter(&mut self, len: usize, text: &str) {
        let start = self.out.len();
        self.take(len, text);
        self.group().piece = Some((start, 1));
        self.groups.push(Group::default());
    }

    /// `(?P<name>` and `(?<name>`. The name is dropped: nobody asks for it, and Go allows what the
    /// crate does not, such as a leading digit.
    fn named_group(&mut self, start: usize) -> Result<(), GoRegexpError> {
        let Some(end) = self.rest.find('>') else {
            return Err(error("invalid named capture", self.rest));
        };
        let name = self.rest.get(start..end).unwrap_or_default();
        let valid = |rune: char| rune == '_' || rune.is_ascii_alphanumeric();
        if name.is_empty() || !name.chars().all(valid) {
            return Err(error("invalid named capture", &self.rest[..=end]));
        }
        self.enter(end + 1, "(");
        Ok(())
    }

    /// `(?flags)` and `(?flags:`.
    fn flags(&mut self) -> Result<(), GoRegexpError> {
        let (mut negative, mut seen) = (false, false);
        let mut end = self.rest.len();
        for (at, rune) in self.rest.char_indices().skip(2) {
            end = at + rune.len_utf8();
            match rune {
                'i' | 'm' | 's' | 'U' => seen = true,
                '-' if !negative => (negative, seen) = (true, false),
                ':' | ')' if !negative || seen => {
                    let text = &self.rest[..end];
                    if rune == ':' {
                        self.enter(end, text);
                    } else if text == "(?)" {
                        self.take(end, "");
                    } else {
                        self.take(end, text);
                    }
                    return Ok(());
                }
                _ => break,
            }
        }
        Err(error(
            "invalid or unsupported Perl syntax",
            &self.rest[..end],
        ))
    }
}
