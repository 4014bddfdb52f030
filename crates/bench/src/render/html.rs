//! A page that stands alone.

use super::{Footnotes, superscript, with_keys};
use crate::table::{Cell, Row, Table, Tables, evidence, percent};
use crate::unit::{UnitClass, class_of, common_scale, scale};

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<title>Benchmarks</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; color: #222; background: #fff; }
table { border-collapse: collapse; margin: 1em 0 .3em; font-variant-numeric: tabular-nums; }
th, td { padding: .15em .8em; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, td.evidence { text-align: left; }
thead { border-bottom: 1px solid #888; }
tbody tr:nth-child(even) { background: #f5f5f5; }
tr.geomean { border-top: 1px solid #888; }
td.less { color: #06662a; font-weight: 600; }
td.more { color: #a3190b; font-weight: 600; }
td.evidence, td.same, p.note { color: #666; }
p.note { margin: 0; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #181818; }
  tbody tr:nth-child(even) { background: #222; }
  td.less { color: #58c47d; }
  td.more { color: #ff8272; }
  td.evidence, td.same, p.note { color: #999; }
}
</style>
</head>
<body>
";

/// Renders all tables. Significant changes are coloured by direction.
pub fn html(tables: &Tables) -> String {
    let mut out = HEAD.to_owned();
    for (keys, table) in with_keys(tables) {
        for (key, value) in keys {
            out.extend(["<div>", &escape(key), ": ", &escape(value), "</div>\n"]);
        }
        print(table, tables.column_fields.len(), &mut out);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn print(table: &Table, column_fields: usize, out: &mut String) {
    let mut notes = Footnotes::default();
    let class = class_of(&table.unit);
    out.push_str("<table>\n<thead>\n");
    for field in 0..column_fields {
        out.push_str("<tr><th></th>");
        for (column, values) in table.columns.iter().enumerate() {
            let span = if column == 0 { "1" } else { "3" };
            out.extend([
                "<th colspan=\"",
                span,
                "\">",
                &escape(&values[field]),
                "</th>",
            ]);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("<tr><th></th>");
    for column in 0..table.columns.len() {
        out.extend(["<th>", &escape(&table.unit), "</th>"]);
        if column > 0 {
            out.push_str("<th>vs base</th><th></th>");
        }
    }
    out.push_str("</tr>\n</thead>\n<tbody>\n");
    for row in &table.rows {
        body(row, table, class, &mut notes, out);
    }
    if table.rows.len() > 1 {
        footer(table, class, &mut notes, out);
    }
    out.push_str("</tbody>\n</table>\n");
    for (at, note) in notes.notes.iter().enumerate() {
        out.extend([
            "<p class=\"note\">",
            &superscript(at + 1),
            " ",
            &escape(note),
            "</p>\n",
        ]);
    }
}

fn body(row: &Row, table: &Table, class: UnitClass, notes: &mut Footnotes, out: &mut String) {
    out.extend(["<tr><td>", &escape(&row.label), "</td>"]);
    let scaler = common_scale(row.cells.iter().map(|cell| cell.summary.center), class);
    for column in 0..table.columns.len() {
        match row.cell(column) {
            None if column == 0 => out.push_str("<td></td>"),
            None => out.push_str("<td></td><td></td><td></td>"),
            Some(cell) => {
                let marks = notes.marks(cell.warnings.iter().chain(&cell.summary.warnings));
                let center = scaler.format(cell.summary.center);
                out.extend([
                    "<td>",
                    &center,
                    " ± ",
                    &cell.summary.range(),
                    " ",
                    &marks,
                    "</td>",
                ]);
                if column > 0 {
                    change(cell, row, notes, out);
                }
            }
        }
    }
    out.push_str("</tr>\n");
}

fn change(cell: &Cell, row: &Row, notes: &mut Footnotes, out: &mut String) {
    let Some((comparison, baseline)) = cell.comparison.as_ref().zip(row.baseline()) else {
        out.push_str("<td></td><td></td>");
        return;
    };
    let (old, new) = (baseline.summary.center, cell.summary.center);
    let direction = match new.partial_cmp(&old) {
        Some(std::cmp::Ordering::Less) if comparison.is_significant() => "less",
        Some(std::cmp::Ordering::Greater) if comparison.is_significant() => "more",
        _ => "same",
    };
    let delta = cell.delta(comparison, baseline);
    let marks = notes.marks(&comparison.warnings);
    out.extend(["<td class=\"", direction, "\">", &delta, "</td>"]);
    out.extend([
        "<td class=\"evidence\">",
        &evidence(comparison),
        " ",
        &marks,
        "</td>",
    ]);
}

fn footer(table: &Table, class: UnitClass, notes: &mut Footnotes, out: &mut String) {
    out.push_str("<tr class=\"geomean\"><td>geomean</td>");
    for (column, summary) in table.summaries.iter().enumerate() {
        let geomean = summary
            .geomean
            .map_or_else(String::new, |value| scale(value, class));
        let marks = notes.marks(&summary.warnings);
        if column == 0 {
            out.extend(["<td>", &geomean, " ", &marks, "</td>"]);
        } else {
            let ratio = summary.ratio.map_or_else(|| "?".to_owned(), percent);
            out.extend(["<td>", &geomean, "</td><td>", &ratio, "</td>"]);
            out.extend(["<td class=\"evidence\">", &marks, "</td>"]);
        }
    }
    out.push_str("</tr>\n");
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for rune in text.chars() {
        match rune {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(rune),
        }
    }
    escaped
}
