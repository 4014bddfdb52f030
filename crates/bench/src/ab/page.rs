//! A comparison as a page that stands alone: verdicts, the samples behind them, and their causes.

use super::table::{AbRow, Tone, tables};
use super::{AbReport, Arm, Series, notes};
use crate::render::escape;
use crate::unit::{class_of, scale};

const WIDTH: f64 = 260.0;
const HEIGHT: f64 = 56.0;
/// Room for dots at the border.
const PAD: f64 = 5.0;

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Benchmark comparison</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; color: #222; background: #fff; }
table { border-collapse: collapse; margin: 1em 0 1.5em; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .8em; text-align: right; white-space: nowrap; vertical-align: middle; }
th:first-child, td:first-child, td.verdict { text-align: left; }
thead { border-bottom: 1px solid #888; }
tbody tr + tr { border-top: 1px solid #ddd; }
.better { color: #06662a; font-weight: 600; }
.worse { color: #a3190b; font-weight: 600; }
.old { fill: #888; stroke: #888; }
.new { fill: #2a6fb5; stroke: #2a6fb5; }
.pair { stroke: #999; stroke-width: 1; }
.middle { stroke-width: 2; }
small, li { color: #555; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #181818; }
  tbody tr + tr { border-top-color: #333; }
  .better { color: #58c47d; }
  .worse { color: #ff8272; }
  .new { fill: #6fb0f0; stroke: #6fb0f0; }
  small, li { color: #aaa; }
}
</style>
</head>
<body>
";

/// The whole page. Nothing is loaded from elsewhere.
pub fn html(report: &AbReport<'_>) -> String {
    let [old, new] = report.names;
    let mut out = HEAD.to_owned();
    out += &format!(
        "<h1>Benchmark comparison</h1>\n<p><b class=\"new\">{}</b> against <b>{}</b></p>\n\
         <p><small>Samples: each dot is one process, the old side above, the new side below, the medians as bars. \
         Rounds: each line joins the two sides of one round.</small></p>\n",
        escape(new),
        escape(old)
    );
    for table in tables(report) {
        out.push_str("<table>\n<thead><tr>");
        for title in (table.header.iter().map(String::as_str)).chain(["samples", "rounds"]) {
            out.extend(["<th>", &escape(title), "</th>"]);
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for one in &table.rows {
            row(one, table.unit, &mut out);
        }
        out.push_str("</tbody>\n</table>\n");
    }
    let notes = notes(report);
    if !notes.is_empty() {
        out.push_str("<ul>\n");
        for note in notes.iter().filter(|note| !note.starts_with("why: ")) {
            out.extend(["<li>", &escape(note), "</li>\n"]);
        }
        out.push_str("</ul>\n");
    }
    out + "</body>\n</html>\n"
}

fn row(row: &AbRow<'_>, unit: &str, out: &mut String) {
    let class = match row.tone {
        Tone::Better => "better",
        Tone::Worse => "worse",
        Tone::Neutral => "",
    };
    out.push_str("<tr>");
    for (at, field) in row.fields.iter().enumerate() {
        let field = escape(field);
        if at == 0 {
            let causes = row.causes.iter().map(|text| escape(text));
            let causes: Vec<String> = causes
                .map(|text| format!("<br><small>{text}</small>"))
                .collect();
            *out += &format!("<td>{field}{}</td>", causes.concat());
        } else if at + 1 == row.fields.len() {
            *out += &format!("<td class=\"verdict {class}\">{field}</td>");
        } else {
            out.extend(["<td>", &field, "</td>"]);
        }
    }
    let pictures = (row.series).map_or([String::new(), String::new()], |series| {
        [samples(series, unit), rounds(series, unit)]
    });
    for picture in pictures {
        out.extend(["<td>", &picture, "</td>"]);
    }
    out.push_str("</tr>\n");
}

/// Places values between the borders of a picture.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>) -> Option<Self> {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite.fold(ends, |(low, high), value| (low.min(value), high.max(value)));
        (low <= high).then_some(Self { low, high })
    }

    fn place(&self, value: f64, length: f64) -> f64 {
        let share = if self.high > self.low {
            (value - self.low) / (self.high - self.low)
        } else {
            0.5
        };
        PAD + share * (length - 2.0 * PAD)
    }
}

/// The samples of both sides on one axis.
fn samples(series: &Series, unit: &str) -> String {
    let sides = [Arm::Old, Arm::New].map(|arm| series.values(arm, unit));
    let Some(axis) = Axis::over(sides.iter().flatten().copied()) else {
        return String::new();
    };
    let mut picture = String::new();
    for (arm, values) in [Arm::Old, Arm::New].into_iter().zip(&sides) {
        let name = arm.name();
        let y = HEIGHT * if arm == Arm::Old { 0.28 } else { 0.72 };
        for value in values.iter().filter(|value| value.is_finite()) {
            picture += &format!(
                "<circle class=\"{name}\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"2.2\" fill-opacity=\"0.5\"><title>{}</title></circle>",
                axis.place(*value, WIDTH),
                escape(&format!("{name} {} {unit}", scale(*value, class_of(unit))))
            );
        }
        if let Some(center) = series.center(arm, unit) {
            let x = axis.place(center, WIDTH);
            let (top, bottom) = (y - 9.0, y + 9.0);
            picture += &format!(
                "<line class=\"{name} middle\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>"
            );
        }
    }
    svg(
        WIDTH,
        &format!("samples of {} in {unit}", series.name),
        &picture,
    )
}

/// The mean of each side in each round, joined by a line.
fn rounds(series: &Series, unit: &str) -> String {
    let pairs = series.pairs(unit);
    let Some(axis) = Axis::over(pairs.iter().flat_map(|(old, new)| [*old, *new])) else {
        return String::new();
    };
    let width = 90.0;
    let mut picture = String::new();
    for (number, (old, new)) in pairs.iter().enumerate() {
        let (left, right) = (
            HEIGHT - axis.place(*old, HEIGHT),
            HEIGHT - axis.place(*new, HEIGHT),
        );
        let label = format!(
            "round {}: {} → {} {unit}",
            number + 1,
            scale(*old, class_of(unit)),
            scale(*new, class_of(unit))
        );
        picture += &format!(
            "<line class=\"pair\" x1=\"{PAD}\" x2=\"{:.1}\" y1=\"{left:.1}\" y2=\"{right:.1}\"><title>{}</title></line>",
            width - PAD,
            escape(&label)
        );
    }
    svg(
        width,
        &format!("rounds of {} in {unit}", series.name),
        &picture,
    )
}

fn svg(width: f64, label: &str, content: &str) -> String {
    format!(
        "<svg width=\"{width}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\">{content}</svg>",
        escape(label)
    )
}

#[cfg(test)]
mod tests {
    use super::super::{AbOptions, Cause, Contention, Control, Round, Sample, compare};
    use super::*;

    #[test]
    fn a_page_shows_every_sample_and_every_round() {
        let sample = |arm, value: f64| Sample {
            arm,
            iterations: 1,
            values: vec![("sec/op".to_owned(), value)],
            contention: Contention::default(),
        };
        let round = |at: u32| Round {
            layout: 0,
            samples: vec![
                sample(Arm::Old, 1e-6 * (1.0 + f64::from(at) / 100.0)),
                sample(Arm::New, 2e-6 * (1.0 + f64::from(at) / 100.0)),
            ],
        };
        let series = [Series {
            package: "p".to_owned(),
            name: "<X>".to_owned(),
            rounds: (0..8).map(round).collect(),
            ..Series::default()
        }];
        let options = AbOptions::default();
        let causes = [Cause {
            package: "p".to_owned(),
            benchmark: "<X>".to_owned(),
            text: "in p.F & below".to_owned(),
        }];
        let page = html(&AbReport {
            names: ["main", "the work tree"],
            verdicts: &compare(&series, &options),
            control: &Control::default(),
            series: &series,
            options: &options,
            causes: &causes,
            layout: &[],
            warnings: &[],
            notes: &["a note".to_owned()],
            interrupted: false,
        });
        assert_eq!(page.matches("<circle").count(), 16);
        assert_eq!(page.matches("class=\"pair\"").count(), 8);
        assert!(
            page.contains("<td class=\"verdict worse\">slower"),
            "{page}"
        );
        assert!(
            page.contains("in p.F &amp; below") && page.contains("&lt;X&gt;"),
            "{page}"
        );
        assert!(
            page.contains("<li>a note</li>") && !page.contains("<X>"),
            "{page}"
        );
    }
}
