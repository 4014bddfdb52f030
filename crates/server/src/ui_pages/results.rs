//! Files of results that were brought to the page of benchmarks, and two of them compared as `benchstat` does it.

use std::sync::{Arc, Mutex, PoisonError};

use bench::benchfmt::{Dialect, Reader, Record};
use bench::table::{
    Cell, ColumnSummary, Grouping, Row, Table, TableBuilder, TableOptions, Tables, evidence,
    percent,
};
use bench::unit::{Better, UnitClass, better_by_default, class_of, scale};
use serde_json::{Value, json};

/// Most files that are kept; the oldest goes first.
const MAX_KEPT: usize = 16;
/// Most problems of a file that are listed.
const MAX_PROBLEMS: usize = 5;

/// The files, which addresses name by number.
#[derive(Default)]
pub(super) struct Results {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    files: Vec<ResultFile>,
    last_id: u64,
}

#[derive(Clone)]
struct ResultFile {
    /// From 1, never used twice.
    id: u64,
    name: String,
    bytes: Arc<[u8]>,
    results: usize,
}

impl Results {
    /// Keeps a file; its number. `Err` in words if it has no results.
    pub(super) fn add(&self, name: &str, bytes: &[u8]) -> Result<u64, String> {
        let (found, problems) = bench::benchfmt::read_all(bytes, name);
        if found.is_empty() {
            let first = problems.first().map(|it| format!(" ({it})"));
            return Err(format!(
                "{name} has no benchmark results: a file is what `go test -bench` prints{}",
                first.unwrap_or_default()
            ));
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last_id += 1;
        let id = state.last_id;
        if state.files.len() == MAX_KEPT {
            state.files.remove(0);
        }
        state.files.push(ResultFile {
            id,
            name: name.to_owned(),
            bytes: bytes.into(),
            results: found.len(),
        });
        Ok(id)
    }

    /// What there is to choose from, oldest first.
    pub(super) fn list(&self) -> Value {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let entry =
            |it: &ResultFile| json!({ "id": it.id, "name": it.name, "results": it.results });
        state.files.iter().map(entry).collect()
    }

    fn find(&self, number: &str) -> Result<ResultFile, String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let found = (number.parse().ok())
            .and_then(|id: u64| state.files.iter().find(|it| it.id == id).cloned());
        found.ok_or_else(|| {
            format!(
                "file {number} is not kept: goperf was started anew, or {MAX_KEPT} others came since"
            )
        })
    }

    /// Two files compared.
    pub(super) fn compare(&self, old: &str, new: &str) -> Result<Value, String> {
        let sides = [self.find(old)?, self.find(new)?];
        let grouping = Grouping::new("*", "pkg", ".fullname", ".file", "");
        let mut builder = TableBuilder::new(grouping.map_err(|error| error.to_string())?);
        let mut reader = Reader::new(Dialect::NATIVE);
        let mut notes = Vec::new();
        for (label, side) in ["old", "new"].into_iter().zip(&sides) {
            let mut problems = Vec::new();
            let end = reader.read(
                &mut &*side.bytes,
                &side.name,
                label,
                &mut |record| match record {
                    Record::Result(line) => builder.add(line),
                    Record::Problem(problem) => problems.push(problem.to_string()),
                },
            );
            problems.extend(end.err().map(|error| error.to_string()));
            let more = problems.len().saturating_sub(MAX_PROBLEMS);
            problems.truncate(MAX_PROBLEMS);
            notes.extend(problems);
            if more > 0 {
                notes.push(format!("{more} more lines of {} cannot be read", side.name));
            }
        }
        let found = builder.finish(&TableOptions::default(), reader.metadata());
        let tables: Vec<Value> = found.tables.iter().map(|it| table(&found, it)).collect();
        notes.extend(found.tables.iter().filter_map(|it| geomean(&found, it)));
        let [old, new] = sides;
        Ok(json!({
            "old": old.name,
            "new": new.name,
            "isOfFiles": true,
            "tables": tables,
            "notes": notes,
        }))
    }
}

fn package<'t>(tables: &Tables, table: &'t Table) -> &'t str {
    let at = tables.key_fields.iter().position(|it| it == "pkg");
    at.and_then(|at| table.key.get(at))
        .map_or("", String::as_str)
}

/// The columns of both sides; the second is missing where all results are of one file.
fn columns(table: &Table) -> [Option<usize>; 2] {
    ["old", "new"].map(|side| {
        (table.columns.iter()).position(|it| it.first().is_some_and(|name| name == side))
    })
}

fn table(tables: &Tables, table: &Table) -> Value {
    let header = ["", "old", "new", "vs base", "evidence", "remarks", ""];
    let rows: Vec<Value> = (table.rows.iter())
        .map(|it| row(it, table, package(tables, table)))
        .collect();
    json!({ "unit": table.unit, "header": header, "rows": rows })
}

fn row(row: &Row, table: &Table, package: &str) -> Value {
    let class = class_of(&table.unit);
    let cells = columns(table).map(|at| at.and_then(|at| row.cell(at)));
    let text = |cell: Option<&Cell>| match cell {
        Some(cell) => format!(
            "{} ± {}",
            scale(cell.summary.center, class),
            cell.summary.range()
        ),
        None => "–".to_owned(),
    };
    let mut change = (String::new(), String::new(), "", "");
    if let [Some(old), Some(new)] = cells
        && let Some(comparison) = &new.comparison
    {
        let delta = new.delta(comparison, old);
        let (word, tone) = if comparison.is_significant() {
            verdict(old.summary.center, new.summary.center, &table.unit)
        } else {
            ("no change seen", "")
        };
        change = (delta, evidence(comparison), word, tone);
    } else {
        change.2 = if cells[0].is_some() {
            "only old"
        } else {
            "only new"
        };
    }
    let (delta, evidence, word, tone) = change;
    let mut remarks: Vec<&str> = Vec::new();
    for cell in cells.into_iter().flatten() {
        let comparison = cell.comparison.iter().flat_map(|it| &it.warnings);
        for text in cell
            .warnings
            .iter()
            .chain(&cell.summary.warnings)
            .chain(comparison)
        {
            if !remarks.contains(&text.as_str()) {
                remarks.push(text);
            }
        }
    }
    let values = |cell: Option<&Cell>| cell.map_or(&[][..], |it| &it.values).to_vec();
    let labels = |cell: Option<&Cell>| labels(cell, class);
    let center = |cell: Option<&Cell>| cell.map(|it| it.summary.center);
    json!({
        "package": package,
        "name": row.label,
        "fields": [row.label, text(cells[0]), text(cells[1]), delta, evidence, remarks.join("; "), word],
        "tone": tone,
        "samples": cells.map(values),
        "labels": cells.map(labels),
        "medians": cells.map(center),
        "rounds": [],
        "causes": [],
    })
}

fn labels(cell: Option<&Cell>, class: UnitClass) -> Vec<String> {
    let values = cell.into_iter().flat_map(|it| &it.values);
    values.map(|value| scale(*value, class)).collect()
}

/// What became of a value, in a word, and whether that is good.
fn verdict(old: f64, new: f64, unit: &str) -> (&'static str, &'static str) {
    let is_more = new > old;
    match better_by_default(unit) {
        Better::Lower if is_more => ("worse", "worse"),
        Better::Lower => ("better", "better"),
        Better::Higher if is_more => ("better", "better"),
        Better::Higher => ("worse", "worse"),
        Better::Unknown if is_more => ("more", ""),
        Better::Unknown => ("less", ""),
    }
}

/// The geometric means of a table as a sentence.
fn geomean(tables: &Tables, table: &Table) -> Option<String> {
    let [Some(old), Some(new)] = columns(table) else {
        return None;
    };
    let of = |column: usize| table.summaries.get(column);
    let mean = |it: &ColumnSummary| it.geomean.map(|it| scale(it, class_of(&table.unit)));
    let (old, new) = (of(old)?, of(new)?);
    let package = match package(tables, table) {
        "" => String::new(),
        package => format!(" of {package}"),
    };
    let change = new.ratio.map(|it| format!(" ({})", percent(it)));
    Some(format!(
        "geometric mean of {}{package}: {} → {}{}",
        table.unit,
        mean(old)?,
        mean(new)?,
        change.unwrap_or_default()
    ))
}
