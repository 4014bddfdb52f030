//! `diff`.

use std::io::{self, Write};

use base::visible;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::header::{filter_lines, header_lines};
use crate::comparison::Side;
use crate::report::{Beyond, Diff, DiffRow};
use crate::settings::Sort;

/// A line per entry.
pub(super) fn write(diff: &Diff, time_zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let scale = &diff.scale;
    for line in header_lines(&diff.header, scale, time_zone) {
        writeln!(out, "{}", visible(&line))?;
    }
    for line in filter_lines(&diff.filters) {
        writeln!(out, "{line}")?;
    }
    if diff.rows.len() < diff.n_before_limit {
        let (shown, all) = (diff.rows.len(), diff.n_before_limit);
        writeln!(out, "Showing top {shown} nodes out of {all}")?;
    }
    let (old, new, delta, share) = if diff.per_second {
        ("old/s", "new/s", "delta/s", "delta%")
    } else {
        ("old", "new", "delta", "delta%")
    };
    let what = sort_name(diff.sort);
    writeln!(out, "{old:>12} {new:>12} {delta:>12} {share:>9}  {what}")?;
    for row in std::iter::once(&diff.total).chain(&diff.rows) {
        let delta = row.delta();
        writeln!(
            out,
            "{:>12} {:>12} {:>12} {:>9}  {}",
            scale.label(row.old),
            scale.label(row.new),
            signed(&scale.label(delta), delta),
            relative(row.old, delta),
            visible(&row.name)
        )?;
    }
    Ok(())
}

fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Cum => "cum",
        Sort::Flat => "flat",
    }
}

/// Growth beyond a limit, for people.
pub(super) fn beyond_text(beyond: &Beyond) -> String {
    let Beyond {
        name,
        growth,
        limit,
    } = beyond;
    let name = visible(name);
    format!("{name} grew by {growth:.2}% of the total of the base, more than {limit}%")
}

/// The table as one object. Fields are in alphabetical order; values are in `unit`, or in that
/// per second.
#[derive(Serialize)]
struct JsonDiff<'a> {
    /// What grew by more than the limit; the total first.
    beyond_limit: Vec<JsonBeyond<'a>>,
    description: Vec<String>,
    filters: &'a [String],
    /// Absent without `-diff_base`.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<JsonSide<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<JsonSide<'a>>,
    per_second: bool,
    rows: Vec<JsonRow<'a>>,
    sample_type: &'a str,
    schema_version: u32,
    /// `flat` or `cum`.
    sort: &'static str,
    total: JsonRow<'a>,
    unit: &'a str,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct JsonRow<'a> {
    delta: i64,
    name: &'a str,
    new: i64,
    old: i64,
}

#[derive(Serialize)]
struct JsonBeyond<'a> {
    /// In percent of the base's total; absent if that is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    growth_percent: Option<f64>,
    limit_percent: f64,
    name: &'a str,
}

#[derive(Serialize)]
struct JsonSide<'a> {
    build_id: &'a str,
    duration_nanos: i64,
    file: &'a str,
    period: i64,
}

/// Writes the table as JSON.
pub(super) fn write_json(diff: &Diff, time_zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let report = JsonDiff {
        beyond_limit: diff.beyond.iter().map(json_beyond).collect(),
        description: header_lines(&diff.header, &diff.scale, time_zone),
        filters: &diff.filters,
        new: diff.comparison.as_ref().map(|it| json_side(&it.new)),
        old: diff.comparison.as_ref().map(|it| json_side(&it.old)),
        per_second: diff.per_second,
        rows: diff.rows.iter().map(json_row).collect(),
        sample_type: &diff.header.sample_type,
        schema_version: 1,
        sort: sort_name(diff.sort),
        total: json_row(&diff.total),
        unit: &diff.scale.sample_unit,
        warnings: &diff.warnings,
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    out.write_all(b"\n")
}

fn json_row(row: &DiffRow) -> JsonRow<'_> {
    JsonRow {
        delta: row.delta(),
        name: &row.name,
        new: row.new,
        old: row.old,
    }
}

fn json_beyond(beyond: &Beyond) -> JsonBeyond<'_> {
    JsonBeyond {
        growth_percent: beyond.growth.is_finite().then_some(beyond.growth),
        limit_percent: beyond.limit,
        name: &beyond.name,
    }
}

fn json_side(side: &Side) -> JsonSide<'_> {
    JsonSide {
        build_id: &side.build_id,
        duration_nanos: side.duration_nanos,
        file: &side.file,
        period: side.period,
    }
}

fn signed(text: &str, value: i64) -> String {
    if value > 0 {
        format!("+{text}")
    } else {
        text.to_owned()
    }
}

/// The change as a share of the old value.
fn relative(old: i64, delta: i64) -> String {
    match (old, delta) {
        (_, 0) => "0%".to_owned(),
        (0, _) => "new".to_owned(),
        _ => format!("{:+.2}%", delta as f64 / (old as f64).abs() * 100.0),
    }
}
