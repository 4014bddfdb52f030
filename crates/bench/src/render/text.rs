//! The table people know.

use super::grid::{Align, Grid};
use super::{Footnotes, superscript, with_keys};
use crate::table::{Cell, ColumnSummary, Row, Table, Tables, evidence, percent};
use crate::unit::{UnitClass, class_of, common_scale, scale};

/// A column takes three of the grid for center, interval and marks, and all but the first three more
/// for change, evidence and marks.
const CENTER: usize = 3;
const CHANGE: usize = 3;

fn start(column: usize) -> usize {
    match column {
        0 => 1,
        _ => 1 + CENTER + (column - 1) * (CENTER + CHANGE),
    }
}

/// Renders all tables.
pub fn text(tables: &Tables) -> String {
    let mut out = String::new();
    for (at, (keys, table)) in with_keys(tables).enumerate() {
        if at > 0 {
            out.push('\n');
        }
        for (key, value) in keys {
            out.extend([key, ": ", value, "\n"]);
        }
        print(table, tables.column_fields.len(), &mut out);
    }
    out
}

fn print(table: &Table, column_fields: usize, out: &mut String) {
    let mut grid = Grid::default();
    let mut notes = Footnotes::default();
    header(table, column_fields, &mut grid);
    units(table, &mut grid);
    let class = class_of(&table.unit);
    for row in &table.rows {
        body(row, class, &mut grid, &mut notes);
    }
    if table.rows.len() > 1 {
        footer(&table.summaries, class, &mut grid, &mut notes);
    }
    grid.print(out);
    for (at, note) in notes.notes.iter().enumerate() {
        out.extend([&superscript(at + 1), " ", note, "\n"]);
    }
}

/// A line per column field. Equal neighbours merge within what merged above them.
fn header(table: &Table, fields: usize, grid: &mut Grid) {
    let right = start(table.columns.len() + 1);
    for level in 0..fields {
        grid.row();
        for group in table
            .columns
            .chunk_by(|a, b| a[..=level] == b[..=level])
            .scan(0, |at, group| {
                let first = *at;
                *at += group.len();
                Some((first, group))
            })
        {
            let (first, columns) = group;
            let (left, end) = (start(first), start(first + columns.len()));
            grid.column(left);
            grid.span(end - left, &columns[0][level], Align::Center, " │ ");
        }
        grid.column(right);
        grid.span(1, "", Align::Left, " │");
    }
}

fn units(table: &Table, grid: &mut Grid) {
    grid.row();
    for column in 0..table.columns.len() {
        let left = start(column);
        grid.column(left);
        grid.span(CENTER, &table.unit, Align::Center, " │ ");
        if column > 0 {
            grid.span(CHANGE, "vs base", Align::Left, "  ");
        }
        for inner in left + 1..grid.current_column() {
            grid.shrink(inner);
        }
    }
    grid.column(start(table.columns.len() + 1));
    grid.span(1, "", Align::Left, " │");
}

fn body(row: &Row, class: UnitClass, grid: &mut Grid, notes: &mut Footnotes) {
    grid.row();
    grid.cell(&row.label, Align::Left);
    let scaler = common_scale(row.cells.iter().map(|cell| cell.summary.center), class);
    for cell in &row.cells {
        grid.column(start(cell.column));
        grid.cell(&scaler.format(cell.summary.center), Align::Right);
        grid.span(1, &cell.summary.range(), Align::Right, " ± ");
        let marks = notes.marks(cell.warnings.iter().chain(&cell.summary.warnings));
        grid.cell(&marks, Align::Left);
        change(cell, row, grid, notes);
    }
}

fn change(cell: &Cell, row: &Row, grid: &mut Grid, notes: &mut Footnotes) {
    if let Some((comparison, baseline)) = cell.comparison.as_ref().zip(row.baseline()) {
        grid.cell(&cell.delta(comparison, baseline), Align::Right);
        grid.cell(&format!("({})", evidence(comparison)), Align::Left);
        let marks = notes.marks(&comparison.warnings);
        grid.cell(&marks, Align::Left);
    }
}

fn footer(summaries: &[ColumnSummary], class: UnitClass, grid: &mut Grid, notes: &mut Footnotes) {
    grid.row();
    grid.cell("geomean", Align::Left);
    for (column, summary) in summaries.iter().enumerate() {
        if let Some(geomean) = summary.geomean {
            grid.column(start(column));
            grid.cell(&scale(geomean, class), Align::Right);
        }
        if column > 0 {
            grid.column(start(column) + CENTER);
            match summary.ratio {
                Some(ratio) => grid.cell(&percent(ratio), Align::Right),
                None => grid.cell("?", Align::Left),
            }
        }
        grid.column(start(column + 1) - 1);
        let marks = notes.marks(&summary.warnings);
        grid.cell(&marks, Align::Left);
    }
}
