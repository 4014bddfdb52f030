//! Byte ranges and lines. Offsets are bytes from 0, lines and columns count from 1, columns in bytes,
//! as the Go compiler counts them.

/// A half-open byte range `start..end` of one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TextRange {
    pub start: u32,
    pub end: u32,
}

impl TextRange {
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    pub const fn empty(at: u32) -> Self {
        Self { start: at, end: at }
    }

    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub const fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// Whether every byte of `other` is in `self`.
    pub const fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Line and column, both from 1, the column in bytes. 0 means unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LineCol {
    pub line: u32,
    pub col: u32,
}

/// Where each line of a text starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineIndex {
    /// Offset of the first byte of each line; the first is 0.
    starts: Vec<u32>,
    len: u32,
}

impl LineIndex {
    pub fn new(text: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(
            text.iter()
                .enumerate()
                .filter(|(_, b)| **b == b'\n')
                .map(|(i, _)| i as u32 + 1),
        );
        Self {
            starts,
            len: text.len() as u32,
        }
    }

    /// The index of a text of `len` bytes whose lines start there: the first at 0, each after the one before.
    /// `None` if they cannot.
    pub fn from_starts(starts: Vec<u32>, len: u32) -> Option<Self> {
        let in_order = starts.is_sorted_by(|a, b| a < b);
        let bounded = starts.first() == Some(&0) && starts.last().is_some_and(|last| *last <= len);
        (in_order && bounded).then_some(Self { starts, len })
    }

    /// Offsets of the first byte of each line; the first is 0.
    pub fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// Length of the text in bytes.
    pub fn text_len(&self) -> u32 {
        self.len
    }

    /// Number of lines; a text that ends in a newline has a last, empty line.
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    pub fn line_col(&self, offset: u32) -> LineCol {
        let line = self.starts.partition_point(|start| *start <= offset);
        LineCol {
            line: line as u32,
            col: offset - self.starts[line - 1] + 1,
        }
    }

    /// The bytes of line `line` (from 1) without its newline; `None` if there is no such line.
    pub fn line_range(&self, line: u32) -> Option<TextRange> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.len, |next| next - 1);
        Some(TextRange::new(start, end))
    }

    /// The offset of a line and column; the column may point one past the line's last byte.
    pub fn offset(&self, at: LineCol) -> Option<u32> {
        let range = self.line_range(at.line)?;
        let offset = range.start + at.col.saturating_sub(1);
        (offset <= range.end).then_some(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_offsets_are_inverse() {
        let text = b"ab\n\nc";
        let lines = LineIndex::new(text);
        assert_eq!(lines.line_count(), 3);
        for offset in 0..=text.len() as u32 {
            assert_eq!(lines.offset(lines.line_col(offset)), Some(offset));
        }
        assert_eq!(lines.line_range(1), Some(TextRange::new(0, 2)));
        assert_eq!(lines.line_range(2), Some(TextRange::empty(3)));
        assert_eq!(lines.line_range(3), Some(TextRange::new(4, 5)));
        assert_eq!(lines.line_range(4), None);
        assert_eq!(lines.offset(LineCol { line: 1, col: 4 }), None);
        let again = LineIndex::from_starts(lines.starts().to_vec(), lines.text_len());
        assert_eq!(again.as_ref(), Some(&lines));
        for (starts, len) in [
            (vec![], 0),
            (vec![1], 3),
            (vec![0, 2, 2], 3),
            (vec![0, 4], 3),
        ] {
            assert_eq!(LineIndex::from_starts(starts, len), None);
        }
    }
}
