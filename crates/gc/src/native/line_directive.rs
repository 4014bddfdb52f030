//! `//line` and `/*line … */`: where messages say that code stands which was made of other files.
//!
//! A directive holds for all that follows it in its file, up to the next one. One without column leaves columns unknown;
//! one with a column counts from there on its own line alone. Without file name it keeps the one that held before, if it
//! has a column.
//!
//! Source: `updateBase` of cmd/compile/internal/syntax/parser.go and `RelCol` of pos.go, go1.27.3.

use base::FileId;
use go_ir::Source;
use go_syntax::File;
use go_types::{Pos, Store};
use rustc_hash::FxHashMap;

/// Directives of the files looked at so far that have any.
#[derive(Debug, Default)]
pub(super) struct LineDirectives {
    by_file: FxHashMap<FileId, Vec<Base>>,
}

/// From where on positions are others.
#[derive(Clone, Debug)]
struct Base {
    offset: u32,
    /// As written; of the file itself `None`.
    name: Option<String>,
    line: u32,
    /// `None` if columns are unknown.
    col: Option<u32>,
}

/// A position that a directive gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Directed {
    /// Of the file; `None` of the one that has the directive.
    pub(super) name: Option<String>,
    pub(super) line: u32,
    pub(super) col: Option<u32>,
}

impl LineDirectives {
    /// Enters the files of a package.
    pub(super) fn add(&mut self, store: &Store, source: &Source<'_>) {
        let ids = &store.packages[source.pkg].files;
        for (file, id) in source.files.iter().zip(ids) {
            let bases = bases(store, file, *id);
            if !bases.is_empty() {
                self.by_file.insert(*id, bases);
            }
        }
    }

    /// Where the place is said to be; `None` if no directive holds there.
    pub(super) fn at(&self, store: &Store, pos: Pos) -> Option<Directed> {
        let bases = self.by_file.get(&pos.file)?;
        let count = bases.partition_point(|base| base.offset <= pos.offset);
        let base = bases[..count].last()?;
        let file = store.files.get(pos.file)?;
        let (from, at) = (file.line_col(base.offset), file.line_col(pos.offset));
        let col = base.col.map(|col| {
            if at.line == from.line {
                col + (at.col - from.col)
            } else {
                at.col
            }
        });
        Some(Directed {
            name: base.name.clone(),
            line: base.line + (at.line - from.line),
            col,
        })
    }
}

fn bases(store: &Store, file: &File, id: FileId) -> Vec<Base> {
    let mut bases: Vec<Base> = Vec::new();
    let lines = file.directives.others.iter().filter(|it| it.name == "line");
    for directive in lines {
        let Some(text) = store.files.get(id) else {
            continue;
        };
        let (start, end) = (directive.range.start, directive.range.end);
        let (from, to) = (text.line_col(start), text.line_col(end));
        let general = file.text(directive.range).starts_with("/*");
        // The newline is part of the other kind.
        let offset = if general { end } else { end + 1 };
        if (!general && from.col != 1) || from.line != to.line {
            continue;
        }
        let Some((name, line, col)) = parsed(&directive.text) else {
            continue;
        };
        let name = match (name, col) {
            ("", Some(_)) => bases.last().and_then(|base| base.name.clone()),
            (name, _) => Some(name.to_owned()),
        };
        bases.push(Base {
            offset,
            name,
            line,
            col,
        });
    }
    bases
}

/// `name:line` or `name:line:col`.
fn parsed(text: &str) -> Option<(&str, u32, Option<u32>)> {
    let (rest, last) = number(text)?;
    match number(rest) {
        Some((name, line)) => Some((name, line, Some(last))),
        None => Some((rest, last, None)),
    }
}

/// What is before the last colon, and the number behind it.
fn number(text: &str) -> Option<(&str, u32)> {
    /// Lines and columns that gc knows.
    const MAX: u32 = 1 << 30;
    let (rest, digits) = text.rsplit_once(':')?;
    let number = digits.parse().ok()?;
    (1..=MAX).contains(&number).then_some((rest, number))
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn names_may_have_colons() {
        assert_eq!(parsed("a.y:10"), Some(("a.y", 10, None)));
        assert_eq!(parsed(":20:1"), Some(("", 20, Some(1))));
        assert_eq!(parsed("c:/a.y:3:4"), Some(("c:/a.y", 3, Some(4))));
        assert_eq!(parsed("a.y"), None);
        assert_eq!(parsed("a.y:0"), None);
        assert_eq!(parsed("a.y:x"), None);
    }
}
