//! Benchmarks as JSON: two sides compared, and results over time.

use bench::ab::{self, AbOptions, Arm, Series, Tone};
use bench::change_points::ChangeOptions;
use bench::history::{self, HistorySeries};
use bench::unit::{class_of, scale};
use project::comparison::Comparison;
use serde_json::{Value, json};

/// What the page of benchmarks is made from.
#[derive(Default)]
pub struct Benchmarks {
    /// A comparison and how it was made.
    pub comparison: Option<(Comparison, AbOptions)>,
    /// Results over time, with the name of their store.
    pub history: Option<(String, Vec<HistorySeries>)>,
}

impl Benchmarks {
    pub(super) fn is_empty(&self) -> bool {
        self.comparison.is_none() && self.history.is_none()
    }
}

pub(super) fn page(benchmarks: &Benchmarks) -> Value {
    let history = benchmarks.history.as_ref().map(|(store, all)| {
        json!({ "store": store, "series": all.iter().map(series).collect::<Value>() })
    });
    json!({
        "comparison": benchmarks.comparison.as_ref().map(|(found, options)| comparison(found, options)),
        "history": history,
    })
}

fn comparison(found: &Comparison, options: &AbOptions) -> Value {
    let report = found.report(options);
    let tables: Vec<Value> = (ab::tables(&report).iter())
        .map(|table| {
            let rows: Vec<Value> = table.rows.iter().map(|it| row(it, table.unit)).collect();
            json!({ "unit": table.unit, "header": table.header, "rows": rows })
        })
        .collect();
    let notes: Vec<String> = (ab::notes(&report).into_iter())
        .filter(|note| !note.starts_with("why: "))
        .collect();
    let [old, new] = report.names;
    json!({ "old": old, "new": new, "tables": tables, "notes": notes })
}

fn row(row: &ab::AbRow<'_>, unit: &str) -> Value {
    let sides = [Arm::Old, Arm::New];
    let values = |arm| {
        let all = (row.series.into_iter()).flat_map(move |it: &Series| it.values(arm, unit));
        all.filter(|it| it.is_finite()).collect::<Vec<f64>>()
    };
    let samples = sides.map(values);
    let label = |value: &f64| scale(*value, class_of(unit));
    let labels: Vec<Vec<String>> = (samples.iter())
        .map(|side| side.iter().map(label).collect())
        .collect();
    let medians = sides.map(|arm| row.series.and_then(|it| it.center(arm, unit)));
    let rounds = row.series.map(|it| it.pairs(unit)).unwrap_or_default();
    json!({
        "package": row.verdict.package,
        "name": row.verdict.name,
        "fields": row.fields,
        "tone": tone(row.tone),
        "samples": samples,
        "labels": labels,
        "medians": medians,
        "rounds": rounds,
        "causes": row.causes,
    })
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Better => "better",
        Tone::Worse => "worse",
        Tone::Neutral => "",
    }
}

fn series(series: &HistorySeries) -> Value {
    let class = class_of(&series.unit);
    let points: Vec<Value> = (series.points.iter())
        .map(|it| json!([it.commit, it.recorded, it.value, scale(it.value, class)]))
        .collect();
    let changes: Vec<Value> = (history::changes(series, &ChangeOptions::default()).iter())
        .map(|it| {
            let tone = if history::is_worse(series, it) {
                "worse"
            } else {
                "better"
            };
            json!({ "index": it.index, "text": history::describe(series, it), "tone": tone })
        })
        .collect();
    let last = series.points.last().map(|it| scale(it.value, class));
    json!({
        "benchmark": series.benchmark,
        "unit": series.unit,
        "last": last,
        "points": points,
        "changes": changes,
    })
}
