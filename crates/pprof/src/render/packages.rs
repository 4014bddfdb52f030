//! `packages`.

use std::io::{self, Write};

use base::visible;
use jiff::tz::TimeZone;

use super::header::{filter_lines, header_lines};
use crate::report::Packages;

/// A line per package.
pub(super) fn write(
    packages: &Packages,
    time_zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    let scale = &packages.scale;
    for line in header_lines(&packages.header, scale, time_zone) {
        writeln!(out, "{line}")?;
    }
    if !packages.filters.is_empty() {
        writeln!(out, "Active filters:")?;
        for line in filter_lines(&packages.filters) {
            writeln!(out, "{line}")?;
        }
    }
    writeln!(
        out,
        "{:>10} {:>5}% {:>10} {:>5}%",
        "flat", "flat", "cum", "cum"
    )?;
    for row in &packages.rows {
        let path = if row.path.is_empty() {
            "(no Go package)".into()
        } else {
            visible(&row.path)
        };
        writeln!(
            out,
            "{:>10} {} {:>10} {}  {path}",
            scale.label(row.flat),
            scale.share(row.flat),
            scale.label(row.cum),
            scale.share(row.cum),
        )?;
    }
    Ok(())
}
