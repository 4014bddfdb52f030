//! The texts that findings quote.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use base::{LineCol, LineIndex, TextRange};

/// Lends the text of source files.
///
/// Any `Fn(&Path) -> Option<String>` is one.
pub trait Sources {
    /// `None` if the file is missing or not text.
    fn text(&self, path: &Path) -> Option<String>;
}

impl<F: Fn(&Path) -> Option<String>> Sources for F {
    fn text(&self, path: &Path) -> Option<String> {
        self(path)
    }
}

/// A text with its lines.
pub(crate) struct SourceFile {
    text: String,
    lines: LineIndex,
}

impl SourceFile {
    fn new(text: String) -> Self {
        let lines = LineIndex::new(text.as_bytes());
        Self { text, lines }
    }

    /// Line `line` (from 1) without its line break.
    pub(crate) fn line(&self, line: u32) -> Option<&str> {
        let text = self.slice(self.lines.line_range(line)?)?;
        Some(text.strip_suffix('\r').unwrap_or(text))
    }

    /// Lines `first..=last` with the breaks between them.
    pub(crate) fn lines(&self, first: u32, last: u32) -> Option<&str> {
        let start = self.lines.line_range(first)?.start;
        let end = self.lines.line_range(last)?.end;
        self.slice(TextRange::new(start, end))
    }

    /// The line and column of a place in bytes.
    pub(crate) fn line_col(&self, offset: u32) -> LineCol {
        self.lines.line_col(offset)
    }

    /// Where line `line` starts, in bytes.
    pub(crate) fn line_start(&self, line: u32) -> Option<u32> {
        Some(self.lines.line_range(line)?.start)
    }

    /// The byte columns (from 0) that an annotation underlines in its first line: up to `end`, or
    /// the word at `start`. Always on character borders of the line; `None` if the text has no such
    /// place.
    pub(crate) fn columns(&self, start: LineCol, end: Option<LineCol>) -> Option<(usize, usize)> {
        let line = self.line(start.line)?;
        let from = (start.col as usize).max(1) - 1;
        if from > line.len() || !line.is_char_boundary(from) {
            return None;
        }
        let to = match end {
            Some(end) if end.line > start.line => line.len(),
            Some(end) if end > start => (end.col as usize - 1).min(line.len()),
            _ => from + word_len(&line[from..]),
        };
        let to = (to..line.len())
            .find(|at| line.is_char_boundary(*at))
            .unwrap_or(line.len());
        Some((from, to))
    }

    /// The column (from 1) in characters instead of bytes.
    pub(crate) fn char_col(&self, at: LineCol) -> Option<u32> {
        let before = self.line(at.line)?.get(..(at.col as usize).max(1) - 1)?;
        Some(before.chars().count() as u32 + 1)
    }

    fn slice(&self, range: TextRange) -> Option<&str> {
        self.text.get(range.start as usize..range.end as usize)
    }
}

/// Length of the identifier at the start of `text`, else of its first character. The name of what is
/// called counts as one word with what it is selected from: `fmt.Sprintf`.
fn word_len(text: &str) -> usize {
    let ident = |text: &str| {
        text.find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(text.len())
    };
    let first = ident(text);
    if first == 0 {
        return text.chars().next().map_or(0, char::len_utf8);
    }
    let mut end = first;
    while let Some(selected) = text[end..].strip_prefix('.') {
        let len = ident(selected);
        if len == 0 {
            break;
        }
        end += 1 + len;
    }
    if text[end..].starts_with('(') {
        end
    } else {
        first
    }
}

/// Each text fetched and indexed once per rendering.
pub(crate) struct SourceCache<'a> {
    sources: &'a dyn Sources,
    files: RefCell<BTreeMap<PathBuf, Option<Rc<SourceFile>>>>,
}

impl<'a> SourceCache<'a> {
    pub(crate) fn new(sources: &'a dyn Sources) -> Self {
        Self {
            sources,
            files: RefCell::default(),
        }
    }

    pub(crate) fn file(&self, path: &Path) -> Option<Rc<SourceFile>> {
        if let Some(file) = self.files.borrow().get(path) {
            return file.clone();
        }
        let file = (self.sources.text(path)).map(|text| Rc::new(SourceFile::new(text)));
        self.files
            .borrow_mut()
            .insert(path.to_owned(), file.clone());
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn underlined_columns_stay_inside_the_line() {
        let file = SourceFile::new("a := größe(x)\r\nb\nx.y.Print(p.q, r.)\n".into());
        let at = |line, col| LineCol { line, col };
        let cases = [
            (at(1, 1), None, Some((0, 1))),
            (at(1, 6), None, Some((5, 12))),
            (at(1, 13), None, Some((12, 13))),
            (at(1, 16), None, Some((15, 15))),
            (at(1, 17), None, None),
            // In the middle of a character.
            (at(1, 9), None, None),
            (at(1, 6), Some(at(1, 9)), Some((5, 9))),
            (at(1, 6), Some(at(2, 1)), Some((5, 15))),
            (at(1, 6), Some(at(1, 99)), Some((5, 15))),
            (at(1, 6), Some(at(1, 2)), Some((5, 12))),
            (at(2, 0), None, Some((0, 1))),
            (at(3, 1), None, Some((0, 9))),
            (at(3, 3), None, Some((2, 9))),
            (at(3, 11), None, Some((10, 11))),
            (at(0, 0), None, None),
            (at(9, 1), None, None),
        ];
        for (start, end, columns) in cases {
            assert_eq!(file.columns(start, end), columns, "{start:?} {end:?}");
        }
        assert_eq!(file.char_col(at(1, 13)), Some(11));
    }
}
