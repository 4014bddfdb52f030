//! Texts with their lines, and positions in them as a client counts.

use std::sync::Arc;

use base::{LineCol, LineIndex};
use lsp_types::{Position, Range};

/// What a client counts in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Encoding {
    Utf8,
    /// Every client can do that.
    #[default]
    Utf16,
}

/// A text with its lines.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) src: Arc<str>,
    pub(crate) lines: LineIndex,
}

impl Text {
    pub(crate) fn new(src: impl Into<Arc<str>>) -> Self {
        let src = src.into();
        let lines = LineIndex::new(src.as_bytes());
        Self { src, lines }
    }

    /// Line `line` (from 1) without its line break.
    pub(crate) fn line(&self, line: u32) -> Option<&str> {
        let range = self.lines.line_range(line)?;
        let text = self.src.get(range.start as usize..range.end as usize)?;
        Some(text.strip_suffix('\r').unwrap_or(text))
    }

    /// The byte at a client's position. Positions behind the end of a line are its end, lines behind the last are the
    /// end of the text, and within a character is its start.
    pub(crate) fn offset(&self, at: Position, encoding: Encoding) -> usize {
        let number = at.line.saturating_add(1);
        let Some(range) = self.lines.line_range(number) else {
            return self.src.len();
        };
        let line = self.line(number).unwrap_or_default();
        let start = range.start as usize;
        let wanted = at.character as usize;
        let mut counted = 0;
        for (offset, char) in line.char_indices() {
            let next = counted
                + match encoding {
                    Encoding::Utf8 => char.len_utf8(),
                    Encoding::Utf16 => char.len_utf16(),
                };
            if next > wanted {
                return start + offset;
            }
            counted = next;
        }
        start + line.len()
    }

    /// The client's position of a byte.
    pub(crate) fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let offset = offset.min(self.src.len());
        let at = self.lines.line_col(offset as u32);
        self.at(at, encoding)
    }

    /// The client's position of a line and column; columns behind the end are the end.
    pub(crate) fn at(&self, at: LineCol, encoding: Encoding) -> Position {
        let line = at.line.max(1);
        let text = self.line(line).unwrap_or_default();
        let mut col = (at.col.max(1) as usize - 1).min(text.len());
        while !text.is_char_boundary(col) {
            col -= 1;
        }
        let character = match encoding {
            Encoding::Utf8 => col,
            Encoding::Utf16 => text[..col].encode_utf16().count(),
        };
        Position::new(line - 1, character as u32)
    }

    pub(crate) fn line_col(&self, at: Position, encoding: Encoding) -> LineCol {
        self.lines.line_col(self.offset(at, encoding) as u32)
    }

    /// The position behind the last character of a line that is no space.
    pub(crate) fn end_of_line(&self, line: u32, encoding: Encoding) -> Position {
        let text = self.line(line).unwrap_or_default().trim_end();
        let col = text.len() as u32 + 1;
        self.at(LineCol { line, col }, encoding)
    }

    /// All of it.
    pub(crate) fn range(&self, encoding: Encoding) -> Range {
        let end = self.position(self.src.len(), encoding);
        Range::new(Position::new(0, 0), end)
    }

    /// With a range replaced.
    pub(crate) fn edited(&self, range: Range, new: &str, encoding: Encoding) -> Self {
        let start = self.offset(range.start, encoding);
        let end = self.offset(range.end, encoding).max(start);
        let mut src = String::with_capacity(self.src.len() + new.len());
        src += &self.src[..start];
        src += new;
        src += &self.src[end..];
        Self::new(src)
    }

    /// Where an expression ends that the compiler names: it covers the column, or is the word there.
    pub(crate) fn end_of_expression(&self, at: LineCol, written: &str) -> LineCol {
        let line = self.line(at.line).unwrap_or_default();
        let col = at.col.max(1) as usize - 1;
        let covering = line.match_indices(written).find_map(|(start, found)| {
            let end = start + found.len();
            (!written.is_empty() && start <= col && col < end).then_some(end)
        });
        let end = covering.unwrap_or_else(|| {
            let rest = line.get(col..).unwrap_or_default();
            let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let word = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            if word == 0 {
                line.trim_end().len()
            } else {
                col + word
            }
        });
        LineCol {
            line: at.line,
            col: end as u32 + 1,
        }
    }

    /// The range of a finding's place: to its end, or the word there.
    pub(crate) fn range_of(&self, place: &diag::Annotation, encoding: Encoding) -> Range {
        let start = LineCol {
            line: place.start.line.max(1),
            col: place.start.col.max(1),
        };
        let end = match place.end {
            Some(end) if end > start => end,
            _ => self.end_of_expression(start, ""),
        };
        Range::new(self.at(start, encoding), self.at(end, encoding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_counted_as_the_client_does() {
        let text = Text::new("a\nß😀x\r\nlast");
        let position = |line, character| Position::new(line, character);
        for (encoding, line, character, offset) in [
            (Encoding::Utf8, 0, 0, 0),
            (Encoding::Utf8, 1, 6, 8),
            (Encoding::Utf16, 1, 3, 8),
            (Encoding::Utf16, 1, 4, 9),
            (Encoding::Utf16, 2, 4, 15),
        ] {
            let at = position(line, character);
            assert_eq!(text.offset(at, encoding), offset, "{encoding:?} {at:?}");
            assert_eq!(text.position(offset, encoding), at, "{encoding:?} {offset}");
        }
        for (encoding, line, character, offset) in [
            // Within a character, behind the line, behind the text.
            (Encoding::Utf8, 1, 1, 2),
            (Encoding::Utf16, 1, 2, 4),
            (Encoding::Utf16, 1, 99, 9),
            (Encoding::Utf16, 99, 0, 15),
            (Encoding::Utf16, u32::MAX, u32::MAX, 15),
        ] {
            assert_eq!(text.offset(position(line, character), encoding), offset);
        }
    }

    #[test]
    fn edits_replace_ranges() {
        let text = Text::new("ab\ncd\n");
        let edit = |from: (u32, u32), to: (u32, u32), new: &str| {
            let range = Range::new(Position::new(from.0, from.1), Position::new(to.0, to.1));
            text.edited(range, new, Encoding::Utf16).src.to_string()
        };
        assert_eq!(edit((0, 1), (1, 1), "-"), "a-d\n");
        assert_eq!(edit((9, 9), (9, 9), "end"), "ab\ncd\nend");
        // From its end to its start.
        assert_eq!(edit((1, 1), (0, 1), "x"), "ab\ncxd\n");
    }

    #[test]
    fn the_end_of_an_expression_is_found_in_its_line() {
        let text = Text::new("x := append(y, f(&z)...)\n");
        let end = |col, written| {
            text.end_of_expression(LineCol { line: 1, col }, written)
                .col
        };
        assert_eq!(end(18, "&z"), 20);
        assert_eq!(end(6, "append(y, f(&z)...)"), 25);
        assert_eq!(end(6, "append(…)"), 12);
        assert_eq!(end(18, "gone"), 25);
    }
}
