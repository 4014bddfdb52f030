//! Verdicts as text, Markdown and JSON.

use serde_json::{Value as Json, json};

use super::{AbOptions, Control, Decision, INSTRUCTIONS, LayoutEffect, Series, Verdict};
use crate::number::format_signed;
use crate::unit::{Better, better_by_default, class_of, common_scale};

/// A comparison in the form its renderers take.
#[derive(Clone, Debug)]
pub struct AbReport<'a> {
    /// The names of the old and the new side.
    pub names: [&'a str; 2],
    pub verdicts: &'a [Verdict],
    pub control: &'a Control,
    pub series: &'a [Series],
    pub options: &'a AbOptions,
    /// Lines by package and benchmark that say why a change came about.
    pub causes: &'a [Cause],
    pub layout: &'a [LayoutEffect],
    /// Differences that make the sides hard to compare.
    pub warnings: &'a [String],
    /// What was left out of the comparison, and why.
    pub notes: &'a [String],
    /// The run was cut short.
    pub interrupted: bool,
}

/// The cause of a benchmark's change, as far as it is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    pub package: String,
    /// Empty if it may concern any benchmark of the package.
    pub benchmark: String,
    pub text: String,
}

/// The word for a decision in a unit.
pub fn word(verdict: &Verdict) -> String {
    let time = matches!(verdict.unit.as_str(), "sec/op" | "B/s");
    match (&verdict.decision, better_by_default(&verdict.unit)) {
        (Decision::Lower, Better::Lower) | (Decision::Higher, Better::Higher) if time => {
            "faster".to_owned()
        }
        (Decision::Higher, Better::Lower) | (Decision::Lower, Better::Higher) if time => {
            "slower".to_owned()
        }
        (Decision::Lower, _) => "less".to_owned(),
        (Decision::Higher, _) => "more".to_owned(),
        (Decision::Same, _) => "same".to_owned(),
        (
            Decision::Inconclusive {
                more_rounds: Some(more),
            },
            _,
        ) => {
            format!("inconclusive (about {more} more rounds)")
        }
        (Decision::Inconclusive { more_rounds: None }, _) => "inconclusive".to_owned(),
    }
}

/// Fixed-width text: a table per unit, then what the control lane says.
pub fn text(report: &AbReport<'_>) -> String {
    let mut out = String::new();
    for (unit, group) in groups(report) {
        let mut table = vec![header(unit)];
        table.extend(group.iter().map(|verdict| fields(verdict, report.verdicts)));
        lay_out(&table, &mut out);
        out.push('\n');
    }
    for line in notes(report) {
        out.extend([&line, "\n"]);
    }
    out
}

/// A table per unit, for pull requests.
pub fn markdown(report: &AbReport<'_>) -> String {
    let mut out = String::new();
    for (unit, group) in groups(report) {
        let mut line = |fields: &[String]| {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| field.replace('|', "\\|"))
                .collect();
            out.extend(["| ", &fields.join(" | "), " |\n"]);
        };
        line(&header(unit));
        line(&["---", "---:", "---:", "---:", "---", "---", "---"].map(str::to_owned));
        for verdict in group {
            line(&fields(verdict, report.verdicts));
        }
        out.push('\n');
    }
    for line in notes(report) {
        out.extend([&line, "  \n"]);
    }
    out
}

/// The verdicts by unit, without rows that are 0 on both sides.
pub(super) fn groups<'a>(report: &AbReport<'a>) -> Vec<(&'a str, Vec<&'a Verdict>)> {
    let units = report.verdicts.chunk_by(|a, b| a.unit == b.unit);
    let group = units.map(|group| {
        let shown = group.iter().filter(|verdict| !is_zero(verdict));
        (group[0].unit.as_str(), shown.collect::<Vec<_>>())
    });
    group.filter(|(_, group)| !group.is_empty()).collect()
}

/// Nothing is counted on either side.
fn is_zero(verdict: &Verdict) -> bool {
    verdict.change.old == 0.0 && verdict.change.new == 0.0 && verdict.change.exact
}

/// The rows that [`groups`] leaves out.
fn zero_note(report: &AbReport<'_>) -> Option<String> {
    let units = report.verdicts.chunk_by(|a, b| a.unit == b.unit);
    let counts = units.filter_map(|group| {
        let zeros = group.iter().filter(|verdict| is_zero(verdict)).count();
        (zeros > 0).then(|| format!("{} of {}", group[0].unit, plural(zeros, "benchmark")))
    });
    let counts: Vec<String> = counts.collect();
    (!counts.is_empty()).then(|| format!("0 on both sides: {}", counts.join(", ")))
}

/// One object with everything, for programs.
pub fn json(report: &AbReport<'_>) -> Json {
    let finite = |value: f64| value.is_finite().then_some(value);
    let verdict = |verdict: &Verdict| {
        let change = &verdict.change;
        json!({
            "package": verdict.package,
            "benchmark": verdict.name,
            "unit": verdict.unit,
            "old": change.old,
            "new": change.new,
            "ratio": finite(change.ratio),
            "low": finite(change.low),
            "high": finite(change.high),
            "p": change.p,
            "q": verdict.q,
            "rounds": change.rounds,
            "contaminated_rounds": change.contaminated,
            "exact": change.exact,
            "verdict": word(verdict).split(" (").next(),
            "more_rounds": match verdict.decision {
                Decision::Inconclusive { more_rounds } => more_rounds,
                _ => None,
            },
        })
    };
    let cause = |cause: &Cause| {
        json!({
            "package": cause.package, "benchmark": cause.benchmark, "text": cause.text
        })
    };
    let failed = |series: &Series| {
        let (side, message) = series.failed.as_ref()?;
        Some(json!({
            "package": series.package, "benchmark": series.name, "side": side, "message": message
        }))
    };
    let layout = |effect: &LayoutEffect| {
        json!({
            "package": effect.package, "benchmark": effect.name,
            "deviation": effect.deviation, "layouts": effect.layouts,
        })
    };
    let control = report.control;
    json!({
        "old": report.names[0],
        "new": report.names[1],
        "verdicts": report.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        "causes": report.causes.iter().map(cause).collect::<Vec<_>>(),
        "not_compared": report.series.iter().filter_map(failed).collect::<Vec<_>>(),
        "identical": report.series.iter().filter(|series| series.identical).count(),
        "layout": report.layout.iter().map(layout).collect::<Vec<_>>(),
        "control": {
            "comparisons": control.comparisons,
            "false_alarms": control.false_alarms,
            "detectable": control.detectable,
            "samples": control.samples,
            "contaminated_samples": control.contaminated,
        },
        "alpha": report.options.alpha,
        "delta": report.options.delta,
        "warnings": report.warnings,
        "notes": report.notes,
        "interrupted": report.interrupted,
    })
}

pub(super) fn header(unit: &str) -> [String; 7] {
    [
        unit, "old", "new", "change", "interval", "evidence", "verdict",
    ]
    .map(str::to_owned)
}

pub(super) fn fields(verdict: &Verdict, all: &[Verdict]) -> [String; 7] {
    let change = &verdict.change;
    let scaler = common_scale([change.old, change.new], class_of(&verdict.unit));
    let percent = |ratio: f64| match ratio {
        _ if !ratio.is_finite() => "?".to_owned(),
        _ => format_signed((ratio - 1.0) * 100.0, 1) + "%",
    };
    let interval = if change.exact {
        "exact".to_owned()
    } else {
        format!("[{}, {}]", percent(change.low), percent(change.high))
    };
    let several = all.iter().any(|other| other.package != verdict.package);
    let name = if several {
        format!("{}.{}", verdict.package, verdict.name)
    } else {
        verdict.name.clone()
    };
    [
        name,
        scaler.format(change.old),
        scaler.format(change.new),
        percent(change.ratio),
        interval,
        if verdict.unit == INSTRUCTIONS {
            format!("range n={}", change.rounds)
        } else {
            format!("q={:.3} n={}", verdict.q, change.rounds)
        },
        word(verdict),
    ]
}

/// Columns are not made wider than this for one long name.
const WIDEST: usize = 120;

fn lay_out(table: &[[String; 7]], out: &mut String) {
    let width = |column: usize| {
        table
            .iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
            .min(WIDEST)
    };
    let widths: Vec<usize> = (0..7).map(width).collect();
    for row in table {
        let mut line = String::new();
        for (column, (field, &width)) in row.iter().zip(&widths).enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            let padded = if (1..4).contains(&column) {
                format!("{gap}{field:>width$}")
            } else {
                format!("{gap}{field:<width$}")
            };
            line.push_str(&padded);
        }
        out.extend([line.trim_end(), "\n"]);
    }
}

/// What holds for the comparison as a whole, and the causes of changes, as lines.
pub fn notes(report: &AbReport<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    for cause in report.causes {
        let dot = if cause.benchmark.is_empty() { "" } else { "." };
        let Cause {
            package,
            benchmark,
            text,
        } = cause;
        notes.push(format!("why: {package}{dot}{benchmark}: {text}"));
    }
    notes.extend(
        report
            .warnings
            .iter()
            .map(|warning| format!("warning: {warning}")),
    );
    notes.extend(report.notes.iter().cloned());
    notes.extend(zero_note(report));
    for series in report.series {
        if let Some((side, message)) = &series.failed {
            notes.push(format!(
                "not compared: {}.{} ({side}: {message})",
                series.package, series.name
            ));
        }
    }
    let identical = report
        .series
        .iter()
        .filter(|series| series.identical)
        .count();
    if identical > 0 {
        notes.push(format!(
            "identical code on both sides, used as control: {}",
            plural(identical, "benchmark")
        ));
    }
    let control = report.control;
    if control.comparisons > 0 {
        let level = report.options.alpha * 100.0;
        let mut line = format!(
            "control: {} of {} significant at {level}% where nothing changed",
            control.false_alarms,
            plural(control.comparisons, "comparison"),
        );
        if let Some(detectable) = control.detectable {
            line += &format!(
                "; half of them would have shown a change of {:.1}%",
                detectable * 100.0
            );
        }
        notes.push(line);
    }
    notes.extend(layout_note(report.layout));
    if control.contaminated > 0 {
        notes.push(format!(
            "machine: others wanted the processor during {} of {}",
            control.contaminated,
            plural(control.samples, "sample"),
        ));
    }
    if report.interrupted {
        notes.push("interrupted: what was measured so far".to_owned());
    }
    notes
}

fn layout_note(effects: &[LayoutEffect]) -> Option<String> {
    let mut sorted: Vec<&LayoutEffect> = effects.iter().collect();
    sorted.sort_by(|a, b| a.deviation.total_cmp(&b.deviation));
    let (middle, most) = (sorted.get(sorted.len() / 2)?, sorted.last()?);
    Some(format!(
        "layout: where functions lie moves a benchmark by ±{:.1}% (median of {}; {}: ±{:.1}%)",
        middle.deviation * 100.0,
        plural(sorted.len(), "benchmark"),
        most.name,
        most.deviation * 100.0,
    ))
}

fn plural(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}
