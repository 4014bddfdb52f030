//! Markdown tables, for pull requests.

use super::{Footnotes, superscript, with_keys};
use crate::table::{Row, Table, Tables, evidence, percent};
use crate::unit::{UnitClass, class_of, common_scale, scale};

/// Renders all tables. What is significant is bold.
pub fn markdown(tables: &Tables) -> String {
    let mut out = String::new();
    for (at, (keys, table)) in with_keys(tables).enumerate() {
        if at > 0 {
            out.push('\n');
        }
        for (key, value) in &keys {
            out.extend([key, ": ", &escape(value), "  \n"]);
        }
        if !keys.is_empty() {
            out.push('\n');
        }
        print(table, &mut out);
    }
    out
}

fn print(table: &Table, out: &mut String) {
    let mut notes = Footnotes::default();
    let mut head = vec![escape(&table.unit)];
    let mut rule = vec!["---".to_owned()];
    for (column, values) in table.columns.iter().enumerate() {
        head.push(escape(&values.join(" ")));
        rule.push("---:".to_owned());
        if column > 0 {
            head.extend(["vs base".to_owned(), String::new()]);
            rule.extend(["---:".to_owned(), "---".to_owned()]);
        }
    }
    line(&head, out);
    line(&rule, out);
    let class = class_of(&table.unit);
    for row in &table.rows {
        line(&fields(row, table, class, &mut notes), out);
    }
    if table.rows.len() > 1 {
        line(&summary(table, class, &mut notes), out);
    }
    if !notes.notes.is_empty() {
        out.push('\n');
    }
    for (at, note) in notes.notes.iter().enumerate() {
        out.extend([&superscript(at + 1), " ", &escape(note), "  \n"]);
    }
}

fn fields(row: &Row, table: &Table, class: UnitClass, notes: &mut Footnotes) -> Vec<String> {
    let mut fields = vec![escape(&row.label)];
    let scaler = common_scale(row.cells.iter().map(|cell| cell.summary.center), class);
    for column in 0..table.columns.len() {
        let width = if column == 0 { 1 } else { 3 };
        let Some(cell) = row.cell(column) else {
            fields.extend(std::iter::repeat_n(String::new(), width));
            continue;
        };
        let marks = notes.marks(cell.warnings.iter().chain(&cell.summary.warnings));
        let center = scaler.format(cell.summary.center);
        fields.push(
            format!("{center} ± {} {marks}", cell.summary.range())
                .trim_end()
                .to_owned(),
        );
        if column == 0 {
            continue;
        }
        match cell.comparison.as_ref().zip(row.baseline()) {
            None => fields.extend([String::new(), String::new()]),
            Some((comparison, baseline)) => {
                let delta = cell.delta(comparison, baseline);
                let bold = comparison.is_significant() && delta != "0.00%";
                fields.push(if bold {
                    format!("**{delta}**")
                } else {
                    escape(&delta)
                });
                let marks = notes.marks(&comparison.warnings);
                fields.push(
                    format!("{} {marks}", evidence(comparison))
                        .trim_end()
                        .to_owned(),
                );
            }
        }
    }
    fields
}

fn summary(table: &Table, class: UnitClass, notes: &mut Footnotes) -> Vec<String> {
    let mut fields = vec!["geomean".to_owned()];
    for (column, summary) in table.summaries.iter().enumerate() {
        fields.push(
            summary
                .geomean
                .map_or_else(String::new, |value| scale(value, class)),
        );
        let marks = notes.marks(&summary.warnings);
        if column > 0 {
            fields.push(summary.ratio.map_or_else(|| "?".to_owned(), percent));
            fields.push(marks);
        } else if let Some(last) = fields.last_mut() {
            last.extend([" ", &marks]);
        }
    }
    fields
}

fn line(fields: &[String], out: &mut String) {
    out.extend(["| ", &fields.join(" | "), " |\n"]);
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for rune in text.chars() {
        if matches!(rune, '|' | '\\' | '*' | '_' | '`' | '<' | '~') {
            escaped.push('\\');
        }
        escaped.push(if rune == '\n' { ' ' } else { rune });
    }
    escaped
}
