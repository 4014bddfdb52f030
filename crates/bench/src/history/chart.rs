//! Series as pictures: one SVG file, or a page with a table and a picture each. Nothing is loaded from
//! elsewhere, and both follow the reader's light or dark scheme.

use super::{HistorySeries, changes};
use crate::change_points::{ChangeOptions, ChangePoint, relative_change};
use crate::number::format_signed;
use crate::render::escape;
use crate::unit::{class_of, scale};

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 72.0;
/// Room for dots at the border.
const PAD: f64 = 5.0;
/// For the name above each picture of the SVG file.
const TITLE: f64 = 18.0;

const STYLE: &str = "\
text, body { font: 13px/1.5 system-ui, sans-serif; }
text { fill: #222; }
.line { fill: none; stroke: #2a6fb5; stroke-width: 1.5; }
.dot { fill: #2a6fb5; }
.worse { fill: #a3190b; stroke: #a3190b; }
.better { fill: #06662a; stroke: #06662a; }
.mark { stroke-dasharray: 3 3; stroke-width: 1; }
.level { stroke: #888; stroke-width: 1; }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd; }
  .line { stroke: #6fb0f0; }
  .dot { fill: #6fb0f0; }
  .worse { fill: #ff8272; stroke: #ff8272; }
  .better { fill: #58c47d; stroke: #58c47d; }
}
";

const PAGE_STYLE: &str = "\
body { margin: 2em; color: #222; background: #fff; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3em .9em; text-align: left; vertical-align: middle; }
tr + tr { border-top: 1px solid #ccc; }
p, small { color: #666; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #181818; }
  tr + tr { border-top-color: #444; }
  p, small { color: #999; }
}
";

/// All series below each other, in one SVG file.
pub fn svg(all: &[HistorySeries], options: &ChangeOptions) -> String {
    let row = HEIGHT + TITLE;
    let height = row * all.len() as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\">\n<style>\n{STYLE}</style>\n"
    );
    for (number, series) in all.iter().enumerate() {
        let top = row * number as f64;
        out += &format!(
            "<g transform=\"translate(0 {top})\">\n<text x=\"{PAD}\" y=\"13\">{}</text>\n",
            escape(&title(series))
        );
        out += &format!(
            "<g transform=\"translate(0 {TITLE})\">\n{}</g>\n</g>\n",
            picture(series, options)
        );
    }
    out + "</svg>\n"
}

/// A page with a row for each series.
pub fn html(all: &[HistorySeries], options: &ChangeOptions) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Benchmarks over time</title>\n\
         <style>\n{STYLE}{PAGE_STYLE}</style>\n</head>\n<body>\n<h1>Benchmarks over time</h1>\n\
         <p>A dashed line marks a change that stayed; it is red where it got worse.</p>\n<table>\n"
    );
    for series in all {
        let class = class_of(&series.unit);
        let last = series.points.last().map_or(0.0, |point| point.value);
        out += &format!(
            "<tr><th>{}<br><small>{} {}</small></th><td><svg width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             role=\"img\" aria-label=\"{}\">\n{}</svg></td><td>",
            escape(&series.benchmark),
            escape(&scale(last, class)),
            escape(&series.unit),
            escape(&title(series)),
            picture(series, options)
        );
        for change in changes(series, options) {
            out += &format!(
                "<div class=\"change\">{}</div>",
                escape(&describe(series, &change))
            );
        }
        out += "</td></tr>\n";
    }
    out + "</table>\n</body>\n</html>\n"
}

fn title(series: &HistorySeries) -> String {
    let last = series.points.last().map_or(0.0, |point| point.value);
    let last = scale(last, class_of(&series.unit));
    format!(
        "{}: {last} {} after {} entries",
        series.benchmark,
        series.unit,
        series.points.len()
    )
}

/// `1.000µ → 1.200µ (+20.0%) at 3f2a1c (2026-06-10T12:00:00Z)`.
pub fn describe(series: &HistorySeries, change: &ChangePoint) -> String {
    let class = class_of(&series.unit);
    let at = &series.points[change.index];
    format!(
        "{} → {} ({}%) at {} ({})",
        scale(change.before, class),
        scale(change.after, class),
        format_signed(relative_change(change) * 100.0, 1),
        at.commit,
        at.recorded
    )
}

/// Whether a change is for the worse, as far as the unit tells.
pub fn is_worse(series: &HistorySeries, change: &ChangePoint) -> bool {
    let higher_is_better =
        crate::unit::better_by_default(&series.unit) == crate::unit::Better::Higher;
    (change.after > change.before) != higher_is_better
}

/// The values as a line with a dot for each entry, labeled with its commit, and the change points.
fn picture(series: &HistorySeries, options: &ChangeOptions) -> String {
    let values: Vec<f64> = series.points.iter().map(|point| point.value).collect();
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (
        finite().fold(f64::INFINITY, f64::min),
        finite().fold(f64::NEG_INFINITY, f64::max),
    );
    let x = |at: f64| PAD + at * (WIDTH - 2.0 * PAD) / (values.len().max(2) - 1) as f64;
    let y = |value: f64| {
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.5
        };
        HEIGHT - PAD - share.clamp(0.0, 1.0) * (HEIGHT - 2.0 * PAD)
    };
    let mut out = String::new();
    for change in changes(series, options) {
        let worse = is_worse(series, &change);
        let at = x(change.index as f64 - 0.5);
        out += &format!(
            "<line class=\"mark {}\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"0\" y2=\"{HEIGHT}\"><title>{}</title></line>\n",
            if worse { "worse" } else { "better" },
            escape(&describe(series, &change))
        );
    }
    let places: Vec<(usize, f64, f64)> = (values.iter().enumerate())
        .filter(|(_, value)| value.is_finite())
        .map(|(at, value)| (at, x(at as f64), y(*value)))
        .collect();
    let line: Vec<String> = places
        .iter()
        .map(|(_, x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    out += &format!("<polyline class=\"line\" points=\"{}\"/>\n", line.join(" "));
    for (at, x, y) in places {
        let point = &series.points[at];
        let said = format!(
            "{} {} at {} ({})",
            scale(point.value, class_of(&series.unit)),
            series.unit,
            point.commit,
            point.recorded
        );
        out += &format!(
            "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"><title>{}</title></circle>\n",
            escape(&said)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::HistoryPoint;
    use super::*;

    fn step() -> HistorySeries {
        let point = |at: usize| HistoryPoint {
            commit: format!("c{at}"),
            recorded: "2026-01-01T00:00:00Z".to_owned(),
            value: if at < 10 { 1e-6 } else { 2e-6 } * (1.0 + 0.001 * (at % 3) as f64),
        };
        HistorySeries {
            benchmark: "p.<X>".to_owned(),
            unit: "sec/op".to_owned(),
            points: (0..20).map(point).collect(),
        }
    }

    #[test]
    fn a_change_is_marked_where_it_began() {
        let page = html(&[step()], &ChangeOptions::default());
        assert!(page.contains("class=\"mark worse\" x1=\"210.0\""), "{page}");
        assert!(page.contains("1.001µ → 2.002µ (+100.0%) at c10"), "{page}");
        assert_eq!(page.matches("<circle").count(), 20);
        assert!(page.contains("p.&lt;X&gt;") && !page.contains("<X>"));
    }

    #[test]
    fn pictures_need_nothing_from_elsewhere() {
        for text in [
            html(&[step()], &ChangeOptions::default()),
            svg(&[step()], &ChangeOptions::default()),
        ] {
            let links = text.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !links.contains("http") && !links.contains("<script"),
                "{text}"
            );
            assert!(text.contains("prefers-color-scheme: dark"));
        }
    }

    #[test]
    fn a_single_value_and_none_at_all_can_be_drawn() {
        let mut series = step();
        series.points.truncate(1);
        assert!(svg(&[series.clone()], &ChangeOptions::default()).contains("cy=\"36.0\""));
        series.points.clear();
        assert!(!html(&[series], &ChangeOptions::default()).contains("NaN"));
    }
}
