//! Showing less, or in another order.

use super::{Row, Table, Tables};
use crate::stats::Comparison;

/// What rows are sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SortKey {
    Name,
    /// Change of the last column that has one, by size of the signed ratio; rows without a
    /// significant change in between, in their own order.
    Delta,
    /// p-value of that comparison.
    P,
}

/// A key and its direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SortBy {
    pub key: SortKey,
    pub descending: bool,
}

impl SortBy {
    /// Reads `name`, `delta` or `p`, with a minus for the other way round.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let key = match name {
            "name" => SortKey::Name,
            "delta" => SortKey::Delta,
            "p" => SortKey::P,
            _ => return None,
        };
        Some(Self { key, descending })
    }
}

/// Sorts the rows of every table; rows that tie keep their order.
pub fn sort_rows(tables: &mut Tables, by: SortBy) {
    for table in &mut tables.tables {
        table.rows.sort_by(|a, b| {
            let order = match by.key {
                SortKey::Name => a.label.cmp(&b.label),
                SortKey::Delta => change(a).total_cmp(&change(b)),
                SortKey::P => p_value(a).total_cmp(&p_value(b)),
            };
            if by.descending {
                order.reverse()
            } else {
                order
            }
        });
    }
}

/// Drops rows in which no comparison is significant, and tables without rows. Geometric means stay
/// those of all rows.
pub fn keep_changed(tables: &mut Tables) {
    for table in &mut tables.tables {
        table.rows.retain(has_changed);
    }
    tables.tables.retain(|table: &Table| !table.rows.is_empty());
}

#[expect(clippy::float_cmp, reason = "equal centers are no change")]
fn has_changed(row: &Row) -> bool {
    let Some(baseline) = row.baseline() else {
        return false;
    };
    row.cells.iter().any(|cell| {
        let significant = cell
            .comparison
            .as_ref()
            .is_some_and(Comparison::is_significant);
        significant && cell.summary.center != baseline.summary.center
    })
}

fn change(row: &Row) -> f64 {
    let Some((baseline, last)) = row.baseline().zip(row.cells.last()) else {
        return 0.0;
    };
    match &last.comparison {
        Some(found) if found.is_significant() => {
            last.summary.center / baseline.summary.center - 1.0
        }
        _ => 0.0,
    }
}

fn p_value(row: &Row) -> f64 {
    let comparison = row.cells.last().and_then(|cell| cell.comparison.as_ref());
    comparison.map_or(f64::INFINITY, |found| found.p)
}
