//! `top` and `text`.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::header::summary_lines;
use crate::report::Top;

/// A line per entry.
pub(super) fn write(top: &Top, time_zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let scale = &top.summary.scale;
    let lines = summary_lines(&top.summary, false, time_zone);
    writeln!(out, "{}", lines.join("\n"))?;
    let (flat, sum, cum) = ("flat", "sum", "cum");
    writeln!(out, "{flat:>10} {flat:>5}% {sum:>5}% {cum:>10} {cum:>5}%")?;
    let mut flat_sum = 0_i64;
    for row in &top.rows {
        let (flat, cum) = (row.node.flat, row.node.cum);
        flat_sum = flat_sum.saturating_add(flat);
        writeln!(
            out,
            "{:>10} {} {} {:>10} {}  {}{}",
            scale.label(flat),
            scale.share(flat),
            scale.share(flat_sum),
            scale.label(cum),
            scale.share(cum),
            row.node.name,
            row.inlined.mark(),
        )?;
    }
    Ok(())
}
