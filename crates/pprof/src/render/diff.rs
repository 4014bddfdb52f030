//! `diff`.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::header::{filter_lines, header_lines};
use crate::report::Diff;
use crate::settings::Sort;

/// A line per entry.
pub(super) fn write(diff: &Diff, time_zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let scale = &diff.scale;
    let lines = header_lines(&diff.header, scale, time_zone);
    writeln!(out, "{}", lines.join("\n"))?;
    for line in filter_lines(&diff.filters) {
        writeln!(out, "{line}")?;
    }
    if diff.rows.len() < diff.n_before_limit {
        let (shown, all) = (diff.rows.len(), diff.n_before_limit);
        writeln!(out, "Showing top {shown} nodes out of {all}")?;
    }
    let what = match diff.sort {
        Sort::Cum => "cum",
        Sort::Flat => "flat",
    };
    let (old, new, delta, share) = ("old", "new", "delta", "delta%");
    writeln!(out, "{old:>12} {new:>12} {delta:>12} {share:>9}  {what}")?;
    for row in &diff.rows {
        let delta = row.delta();
        writeln!(
            out,
            "{:>12} {:>12} {:>12} {:>9}  {}",
            scale.label(row.old),
            scale.label(row.new),
            signed(&scale.label(delta), delta),
            relative(row.old, delta),
            row.name
        )?;
    }
    Ok(())
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
