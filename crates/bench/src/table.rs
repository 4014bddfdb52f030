//! Results in tables: a row per benchmark, a column per file, a table per unit.
//!
//! [`TableBuilder`] sorts measurements into cells; [`TableBuilder::finish`] computes every cell, the
//! comparisons with the first column and the geometric means, and returns plain [`Tables`].
//!
//! Source: golang.org/x/perf/cmd/benchstat/internal/benchtab.

mod builder;
mod compute;
mod select;

pub use builder::{Grouping, GroupingError, TableBuilder, TableOptions};
pub use select::{SortBy, SortKey, keep_changed, sort_rows};

use crate::number::format_signed;
use crate::stats::{Comparison, Summary};

/// All tables, in order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tables {
    /// Names of the fields that distinguish tables, without the unit.
    pub key_fields: Vec<String>,
    /// Names of the fields that distinguish columns.
    pub column_fields: Vec<String>,
    pub tables: Vec<Table>,
}

/// A table of one unit.
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// Values of [`Tables::key_fields`].
    pub key: Vec<String>,
    pub unit: String,
    /// `assume=exact`: values do not vary.
    pub exact: bool,
    /// Values of [`Tables::column_fields`]; the first column is the baseline.
    pub columns: Vec<Vec<String>>,
    pub rows: Vec<Row>,
    /// As long as `columns`.
    pub summaries: Vec<ColumnSummary>,
}

/// A benchmark.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    pub label: String,
    /// In column order; columns without measurements are left out.
    pub cells: Vec<Cell>,
}

impl Row {
    pub fn cell(&self, column: usize) -> Option<&Cell> {
        let at = self
            .cells
            .binary_search_by_key(&column, |cell| cell.column)
            .ok()?;
        self.cells.get(at)
    }

    /// The baseline of comparisons: the cell in the first column.
    pub fn baseline(&self) -> Option<&Cell> {
        self.cells.first().filter(|cell| cell.column == 0)
    }
}

/// A sample.
#[derive(Clone, PartialEq, Debug)]
pub struct Cell {
    pub column: usize,
    /// Sorted.
    pub values: Vec<f64>,
    /// Of the sample itself: what it mixes.
    pub warnings: Vec<String>,
    pub summary: Summary,
    /// With the baseline of the row, unless this is it.
    pub comparison: Option<Comparison>,
}

impl Cell {
    /// The change against the baseline: `-3.14%`, or `~` if it is not significant.
    pub fn delta(&self, comparison: &Comparison, baseline: &Self) -> String {
        let (old, new) = (baseline.summary.center, self.summary.center);
        #[expect(clippy::float_cmp, reason = "equal centers show no sign")]
        if !comparison.is_significant() {
            "~".to_owned()
        } else if old == new {
            "0.00%".to_owned()
        } else if old == 0.0 {
            "?".to_owned()
        } else {
            percent(new / old)
        }
    }
}

/// The evidence for a comparison: `p=0.002 n=10`.
pub fn evidence(comparison: &Comparison) -> String {
    let p = if comparison.p == 0.0 {
        String::new()
    } else {
        format!("p={} ", crate::number::format_f(comparison.p, 3))
    };
    match comparison.n {
        (old, new) if old == new => format!("{p}n={old}"),
        (old, new) => format!("{p}n={old}+{new}"),
    }
}

/// A ratio as a change: `+2.00%` for 1.02.
pub fn percent(ratio: f64) -> String {
    format_signed((ratio - 1.0) * 100.0, 2) + "%"
}

/// The last line of a table in one column.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ColumnSummary {
    /// Geometric mean of the centers.
    pub geomean: Option<f64>,
    /// Geometric mean of the ratios to the baseline.
    pub ratio: Option<f64>,
    pub warnings: Vec<String>,
}
