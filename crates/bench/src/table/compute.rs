//! From cells of measurements to tables.
//!
//! Cells are computed in parallel: the exact test is most of the work of the whole command.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::builder::{CellData, TableBuilder, TableOptions};
use super::{Cell, ColumnSummary, Row, Table, Tables};
use crate::benchfmt::UnitMetadata;
use crate::projection::{KeyId, Projection};
use crate::stats::{Comparer, MedianInterval, geomean, summarize_exact, summarize_median};

/// A table's cells before anything is computed.
struct Raw {
    key: KeyId,
    rows: FxHashMap<KeyId, Vec<(KeyId, CellData)>>,
}

pub(super) fn tables(
    mut builder: TableBuilder,
    options: &TableOptions,
    metadata: &UnitMetadata,
) -> Tables {
    let mut raw: Vec<Raw> = Vec::new();
    let mut at: FxHashMap<KeyId, usize> = FxHashMap::default();
    let cells = std::mem::take(&mut builder.cells);
    for (place, cell) in std::mem::take(&mut builder.places).into_iter().zip(cells) {
        let index = *at.entry(place.table).or_insert_with(|| {
            raw.push(Raw {
                key: place.table,
                rows: FxHashMap::default(),
            });
            raw.len() - 1
        });
        raw[index]
            .rows
            .entry(place.row)
            .or_default()
            .push((place.column, cell));
    }
    let mut order: Vec<KeyId> = raw.iter().map(|raw| raw.key).collect();
    builder.grouping.table.sort(&mut order);
    let place: FxHashMap<KeyId, usize> = order.iter().copied().zip(0..).collect();
    raw.sort_by_key(|raw| place.get(&raw.key).copied());

    let strings = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let mut key_fields = strings(builder.grouping.table.field_names());
    key_fields.pop();
    Tables {
        key_fields,
        column_fields: strings(builder.grouping.column.field_names()),
        tables: raw
            .into_iter()
            .map(|raw| table(raw, &builder, options, metadata))
            .collect(),
    }
}

fn table(
    raw: Raw,
    builder: &TableBuilder,
    options: &TableOptions,
    metadata: &UnitMetadata,
) -> Table {
    let grouping = &builder.grouping;
    let strings = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let mut key = strings(grouping.table.values(raw.key));
    let unit = key.pop().unwrap_or_default();
    let exact = metadata.is_exact(&unit);

    let mut columns: Vec<KeyId> = raw
        .rows
        .values()
        .flatten()
        .map(|(column, _)| *column)
        .collect();
    columns.sort_unstable();
    columns.dedup();
    grouping.column.sort(&mut columns);
    let column_at: FxHashMap<KeyId, usize> = columns.iter().copied().zip(0..).collect();

    let mut row_keys: Vec<KeyId> = raw.rows.keys().copied().collect();
    grouping.row.sort(&mut row_keys);
    let mut by_key = raw.rows;
    let rows: Vec<(KeyId, Vec<(usize, CellData)>)> = (row_keys.into_iter())
        .map(|key| {
            let cells = by_key.remove(&key).unwrap_or_default();
            let mut cells: Vec<_> = (cells.into_iter())
                .map(|(column, cell)| (column_at.get(&column).copied().unwrap_or(0), cell))
                .collect();
            cells.sort_by_key(|(column, _)| *column);
            (key, cells)
        })
        .collect();

    let residue = builder.residue();
    let rows: Vec<Row> = (rows.into_par_iter().with_min_len(16))
        .map_init(Scratch::default, |scratch, (key, cells)| Row {
            label: grouping.row.label(key),
            cells: scratch.row(cells, exact, options, residue),
        })
        .collect();
    let summaries = (0..columns.len())
        .map(|column| summarize(&rows, column))
        .collect();
    let columns = columns
        .into_iter()
        .map(|key| strings(grouping.column.values(key)))
        .collect();
    Table {
        key,
        unit,
        exact,
        columns,
        rows,
        summaries,
    }
}

/// What one worker keeps between rows.
#[derive(Default)]
struct Scratch {
    comparer: Comparer,
    intervals: FxHashMap<usize, MedianInterval>,
}

impl Scratch {
    fn row(
        &mut self,
        cells: Vec<(usize, CellData)>,
        exact: bool,
        options: &TableOptions,
        residue: &Projection,
    ) -> Vec<Cell> {
        let mut row: Vec<Cell> = Vec::with_capacity(cells.len());
        for (column, mut data) in cells {
            data.values.shrink_to_fit();
            data.values
                .sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
            let summary = if exact {
                summarize_exact(&data.values)
            } else {
                let n = data.values.len();
                let interval = *(self.intervals.entry(n))
                    .or_insert_with(|| MedianInterval::new(n, options.confidence));
                summarize_median(&data.values, interval, options.confidence)
            };
            let baseline = row.first().filter(|cell| cell.column == 0);
            let comparison = baseline.map(|baseline| {
                if exact {
                    Comparer::compare_exact(&baseline.values, &data.values)
                } else {
                    self.comparer
                        .compare(&baseline.values, &data.values, options.alpha)
                }
            });
            let varying = residue.varying(&data.residues);
            let warnings = if varying.is_empty() {
                Vec::new()
            } else {
                vec![format!("benchmarks vary in {}", varying.join(", "))]
            };
            row.push(Cell {
                column,
                values: data.values,
                warnings,
                summary,
                comparison,
            });
        }
        row
    }
}

/// The geometric means of a column. The ratio's is that of the rows' ratios, not the ratio of the
/// means: that keeps its meaning when rows are missing.
fn summarize(rows: &[Row], column: usize) -> ColumnSummary {
    let (mut centers, mut ratios, mut bad_ratio) = (Vec::new(), Vec::new(), false);
    for row in rows {
        let Some(cell) = row.cell(column) else {
            continue;
        };
        centers.push(cell.summary.center);
        if let Some(baseline) = row.baseline().filter(|_| column != 0) {
            let (new, old) = (cell.summary.center, baseline.summary.center);
            #[expect(clippy::float_cmp, reason = "0/0 counts as no change")]
            if new == old {
                ratios.push(1.0);
            } else if old == 0.0 {
                bad_ratio = true;
                ratios.push(0.0);
            } else {
                ratios.push(new / old);
            }
        }
    }
    let mut summary = ColumnSummary::default();
    let baselines = rows.iter().filter(|row| row.baseline().is_some()).count();
    let mut warn = |text: &str| summary.warnings.push(text.to_owned());
    if column != 0 && baselines != ratios.len() {
        warn("benchmark set differs from baseline; geomeans may not be comparable");
    }
    summary.geomean = geomean(centers);
    if summary.geomean.is_none() {
        warn("summaries must be >0 to compute geomean");
    }
    if column != 0 && !bad_ratio {
        summary.ratio = geomean(ratios);
        if summary.ratio.is_none() {
            warn("ratios must be >0 to compute geomean");
        }
    }
    summary
}
