//! The tables as one JSON object, for programs.

use serde::Serialize;

use crate::table::{Cell, ColumnSummary, Row, Table, Tables};

/// Renders all tables. Numbers that JSON has not (infinite bounds) are `null`.
pub fn json(tables: &Tables) -> String {
    let document = Document {
        version: 1,
        tables: tables
            .tables
            .iter()
            .map(|table| of_table(tables, table))
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Document<'a> {
    /// Of this layout.
    version: u32,
    tables: Vec<TableJson<'a>>,
}

#[derive(Serialize)]
struct TableJson<'a> {
    key: Vec<Pair<'a>>,
    unit: &'a str,
    exact: bool,
    columns: Vec<Vec<Pair<'a>>>,
    rows: Vec<RowJson<'a>>,
    /// By column.
    geomeans: Vec<GeomeanJson<'a>>,
}

#[derive(Serialize)]
struct Pair<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct RowJson<'a> {
    name: &'a str,
    cells: Vec<CellJson<'a>>,
}

#[derive(Serialize)]
struct CellJson<'a> {
    column: usize,
    n: usize,
    center: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    warnings: Vec<&'a str>,
    comparison: Option<ComparisonJson<'a>>,
}

#[derive(Serialize)]
struct ComparisonJson<'a> {
    /// New center over old one.
    ratio: Option<f64>,
    p: f64,
    alpha: f64,
    significant: bool,
    n_old: usize,
    n_new: usize,
    warnings: Vec<&'a str>,
}

#[derive(Serialize)]
struct GeomeanJson<'a> {
    geomean: Option<f64>,
    ratio: Option<f64>,
    warnings: Vec<&'a str>,
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn pairs<'a>(keys: &'a [String], values: &'a [String]) -> Vec<Pair<'a>> {
    keys.iter()
        .zip(values)
        .map(|(key, value)| Pair { key, value })
        .collect()
}

fn strs(warnings: &[String]) -> impl Iterator<Item = &str> {
    warnings.iter().map(String::as_str)
}

fn of_table<'a>(tables: &'a Tables, table: &'a Table) -> TableJson<'a> {
    TableJson {
        key: pairs(&tables.key_fields, &table.key),
        unit: &table.unit,
        exact: table.exact,
        columns: table
            .columns
            .iter()
            .map(|values| pairs(&tables.column_fields, values))
            .collect(),
        rows: table.rows.iter().map(of_row).collect(),
        geomeans: table.summaries.iter().map(of_summary).collect(),
    }
}

fn of_row(row: &Row) -> RowJson<'_> {
    let cells = row.cells.iter().map(|cell| of_cell(cell, row));
    RowJson {
        name: &row.label,
        cells: cells.collect(),
    }
}

fn of_cell<'a>(cell: &'a Cell, row: &Row) -> CellJson<'a> {
    let comparison = cell.comparison.as_ref().map(|found| ComparisonJson {
        ratio: row
            .baseline()
            .and_then(|baseline| finite(cell.summary.center / baseline.summary.center)),
        // The reference's p may exceed 1 under ties; a probability does not.
        p: found.p.min(1.0),
        alpha: found.alpha,
        significant: found.is_significant(),
        n_old: found.n.0,
        n_new: found.n.1,
        warnings: strs(&found.warnings).collect(),
    });
    CellJson {
        column: cell.column,
        n: cell.values.len(),
        center: finite(cell.summary.center),
        low: finite(cell.summary.low),
        high: finite(cell.summary.high),
        warnings: strs(&cell.warnings)
            .chain(strs(&cell.summary.warnings))
            .collect(),
        comparison,
    }
}

fn of_summary(summary: &ColumnSummary) -> GeomeanJson<'_> {
    GeomeanJson {
        geomean: summary.geomean,
        ratio: summary.ratio,
        warnings: strs(&summary.warnings).collect(),
    }
}
