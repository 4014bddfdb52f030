//! Tables as text, CSV, JSON, Markdown and HTML. One file per format.

mod csv;
mod grid;
mod html;
mod json;
mod markdown;
mod text;

pub use csv::csv;
pub(crate) use html::escape;
pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use text::text;

use crate::table::{Table, Tables};

/// Notes of a table, numbered in order of first use.
#[derive(Debug, Default)]
struct Footnotes {
    notes: Vec<String>,
}

impl Footnotes {
    /// The number of a note, from 1.
    fn number(&mut self, note: &str) -> usize {
        let known = self.notes.iter().position(|known| known == note);
        known.unwrap_or_else(|| {
            self.notes.push(note.to_owned());
            self.notes.len() - 1
        }) + 1
    }

    /// Marks of notes, blank-separated: `¹ ²`.
    fn marks<'a>(&mut self, notes: impl IntoIterator<Item = &'a String>) -> String {
        let marks: Vec<_> = notes
            .into_iter()
            .map(|note| superscript(self.number(note)))
            .collect();
        marks.join(" ")
    }
}

fn superscript(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = number.to_string();
    digits
        .bytes()
        .map(|byte| DIGITS[usize::from(byte - b'0') % 10])
        .collect()
}

/// The `key: value` pairs that differ from the table before.
fn changed_keys<'a>(
    tables: &'a Tables,
    previous: Option<&Table>,
    table: &'a Table,
) -> Vec<(&'a str, &'a str)> {
    let fields = tables.key_fields.iter().zip(&table.key).enumerate();
    fields
        .filter(|(at, (_, value))| {
            previous.is_none_or(|previous| previous.key.get(*at) != Some(*value))
        })
        .map(|(_, (field, value))| (field.as_str(), value.as_str()))
        .collect()
}

/// Tables with the keys that changed before each.
fn with_keys(tables: &Tables) -> impl Iterator<Item = (Vec<(&str, &str)>, &Table)> {
    let previous = std::iter::once(None).chain(tables.tables.iter().map(Some));
    (tables.tables.iter().zip(previous))
        .map(|(table, previous)| (changed_keys(tables, previous, table), table))
}
