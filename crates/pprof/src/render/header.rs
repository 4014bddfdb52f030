//! Headers of reports.

use jiff::{Timestamp, tz::TimeZone};
use profile::units;

use crate::number::{percentage, to_integer};
use crate::report::{Header, Scale, Shown, Summary};

/// The description of the profile, one text per line.
pub(crate) fn header_lines(header: &Header, scale: &Scale, time_zone: &TimeZone) -> Vec<String> {
    let mut lines = Vec::new();
    if !header.file.is_empty() {
        lines.push(format!("File: {}", header.file));
    }
    if !header.build_id.is_empty() {
        lines.push(format!("Build ID: {}", header.build_id));
    }
    lines.extend(header.comments.iter().cloned());
    if !header.sample_type.is_empty() {
        lines.push(format!("Type: {}", header.sample_type));
    }
    if !header.doc_url.is_empty() {
        lines.push(format!("Doc: {}", header.doc_url));
    }
    if header.time_nanos != 0 {
        let time = format_time(header.time_nanos, "%Y-%m-%d %H:%M:%S %Z", time_zone);
        lines.push(format!("Time: {time}"));
    }
    if header.duration_nanos != 0 {
        lines.push(duration_line(header.duration_nanos, scale));
    }
    lines
}

fn duration_line(nanos: i64, scale: &Scale) -> String {
    let duration = units::label(nanos, "nanoseconds", "auto");
    let (total, unit) = units::scale(scale.total, &scale.sample_unit, "nanoseconds");
    let ratio = if unit == "ns" && total != 0.0 {
        format!("({})", percentage(to_integer(total), nanos))
    } else {
        String::new()
    };
    let total = scale.label(scale.total);
    format!("Duration: {duration}, Total samples = {total} {ratio}")
}

/// A time since the Unix epoch in a time zone. `format` is of `strftime`.
pub(super) fn format_time(nanos: i64, format: &str, time_zone: &TimeZone) -> String {
    match Timestamp::from_nanosecond(i128::from(nanos)) {
        Ok(time) => time
            .to_zoned(time_zone.clone())
            .strftime(format)
            .to_string(),
        Err(_) => nanos.to_string(),
    }
}

/// The head of a report on a part of the graph. With `full_headers` the profile is always
/// described.
pub(super) fn summary_lines(
    summary: &Summary,
    full_headers: bool,
    time_zone: &TimeZone,
) -> Vec<String> {
    let (shown, scale) = (&summary.shown, &summary.scale);
    let mut lines = if full_headers || !summary.is_compact {
        header_lines(&summary.header, scale, time_zone)
    } else {
        Vec::new()
    };
    if !summary.filters.is_empty() {
        lines.push("Active filters:".to_owned());
        lines.extend(filter_lines(&summary.filters));
    }
    lines.push(format!(
        "Showing nodes accounting for {}, {} of {} total",
        scale.label(shown.flat),
        scale.share(shown.flat).trim(),
        scale.label(scale.total)
    ));
    if scale.total != 0 {
        lines.extend(dropped_lines(shown, scale));
    }
    if full_headers {
        lines.push("\nSee https://git.io/JfYMW for how to read the graph".to_owned());
    }
    lines
}

/// The filters that are set, indented.
pub(super) fn filter_lines(filters: &[String]) -> impl Iterator<Item = String> {
    filters.iter().map(|it| format!("   {}", shortened(it)))
}

fn dropped_lines(shown: &Shown, scale: &Scale) -> Vec<String> {
    let mut lines = Vec::new();
    let mut dropped = |n: usize, what: &str, by: &str, fraction: f64| {
        if n > 0 {
            let cutoff = to_integer(scale.total as f64 * fraction).saturating_abs();
            let plural = if n > 1 { "s" } else { "" };
            let cutoff = scale.label(cutoff);
            lines.push(format!("Dropped {n} {what}{plural} ({by} <= {cutoff})"));
        }
    };
    dropped(shown.dropped_nodes, "node", "cum", shown.node_fraction);
    dropped(shown.dropped_edges, "edge", "freq", shown.edge_fraction);
    if shown.n_nodes > 0 && shown.n_nodes < shown.n_before_limit {
        lines.push(format!(
            "Showing top {} nodes out of {}",
            shown.n_nodes, shown.n_before_limit
        ));
    }
    lines
}

/// The first 80 bytes of a long text, and an ellipsis.
fn shortened(text: &str) -> String {
    if text.len() <= 80 {
        return text.to_owned();
    }
    let end = (0..=80).rev().find(|&at| text.is_char_boundary(at));
    format!("{}…", &text[..end.unwrap_or(0)])
}
