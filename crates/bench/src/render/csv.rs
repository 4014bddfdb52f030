//! Comma-separated values, and warnings that name spreadsheet cells.

use super::with_keys;
use crate::number::format_v;
use crate::table::{Table, Tables, evidence, percent};

/// A column takes two fields for center and interval, and all but the first two more for change and
/// evidence.
const CENTER: usize = 2;
const CHANGE: usize = 2;

fn start(column: usize) -> usize {
    match column {
        0 => 1,
        _ => 1 + CENTER + (column - 1) * (CENTER + CHANGE),
    }
}

/// Renders all tables: the text and the warnings.
pub fn csv(tables: &Tables) -> (String, String) {
    let mut sheet = Sheet::default();
    for (at, (keys, table)) in with_keys(tables).enumerate() {
        if at > 0 {
            sheet.end_row();
        }
        for (key, value) in keys {
            sheet.push(format!("{key}: {value}"));
            sheet.end_row();
        }
        print(table, tables.column_fields.len(), &mut sheet);
    }
    (sheet.out, sheet.warnings)
}

fn print(table: &Table, fields: usize, sheet: &mut Sheet) {
    let width = start(table.columns.len());
    for field in 0..fields {
        for (column, values) in table.columns.iter().enumerate() {
            sheet.skip_to(start(column));
            sheet.push(values[field].clone());
        }
        sheet.skip_to(width);
        sheet.end_row();
    }
    for column in 0..table.columns.len() {
        sheet.skip_to(start(column));
        sheet.push(table.unit.clone());
        sheet.push("CI".to_owned());
        if column > 0 {
            sheet.push("vs base".to_owned());
            sheet.push("P".to_owned());
        }
    }
    sheet.end_row();
    for row in &table.rows {
        sheet.push(row.label.clone());
        for cell in &row.cells {
            sheet.skip_to(start(cell.column));
            sheet.warn(&cell.warnings);
            sheet.warn(&cell.summary.warnings);
            sheet.push(format_v(cell.summary.center));
            sheet.push(cell.summary.range());
            if let Some((comparison, baseline)) = cell.comparison.as_ref().zip(row.baseline()) {
                sheet.warn(&comparison.warnings);
                sheet.push(cell.delta(comparison, baseline));
                sheet.push(evidence(comparison));
            }
        }
        sheet.end_row();
    }
    summaries(table, sheet);
}

fn summaries(table: &Table, sheet: &mut Sheet) {
    sheet.push("geomean".to_owned());
    for (column, summary) in table.summaries.iter().enumerate() {
        sheet.skip_to(start(column));
        sheet.warn(&summary.warnings);
        if let Some(geomean) = summary.geomean {
            sheet.push(format_v(geomean));
        }
        if column > 0 {
            sheet.skip_to(start(column) + CENTER);
            sheet.push(summary.ratio.map_or_else(|| "?".to_owned(), percent));
        }
    }
    sheet.skip_to(start(table.columns.len()));
    sheet.end_row();
}

#[derive(Debug, Default)]
struct Sheet {
    out: String,
    warnings: String,
    /// Fields of the row begun.
    row: Vec<String>,
    /// Rows ended.
    rows: usize,
}

impl Sheet {
    fn push(&mut self, field: String) {
        self.row.push(field);
    }

    fn skip_to(&mut self, column: usize) {
        if self.row.len() < column {
            self.row.resize(column, String::new());
        }
    }

    fn end_row(&mut self) {
        for (at, field) in self.row.drain(..).enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            quote(&field, &mut self.out);
        }
        self.out.push('\n');
        self.rows += 1;
    }

    /// Notes warnings of the next field.
    fn warn(&mut self, warnings: &[String]) {
        for warning in warnings {
            let (letters, row) = (letters(self.row.len()), (self.rows + 1).to_string());
            self.warnings.extend([&letters, &row, ": ", warning, "\n"]);
        }
    }
}

/// The name of a column as the reference spells it: digits to the base of 26. That is not how
/// spreadsheets count, where AA follows Z: from column 26 on the letters are wrong.
fn letters(mut column: usize) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        letters.push(char::from(b'A' + (column % 26) as u8));
        column /= 26;
    }
    if letters.is_empty() {
        letters.push('A');
    }
    letters.into_iter().rev().collect()
}

/// Quotes a field where Go's writer does.
fn quote(field: &str, out: &mut String) {
    let needed = field == r"\."
        || field.contains([',', '"', '\n', '\r'])
        || field.starts_with(char::is_whitespace);
    if !needed {
        out.push_str(field);
        return;
    }
    out.push('"');
    for rune in field.chars() {
        if rune == '"' {
            out.push('"');
        }
        out.push(rune);
    }
    out.push('"');
}
