//! Whether results stay within bounds of a baseline. Fails closed: what cannot be judged is not passed.

use base::go_regexp;
use regex::Regex;

use crate::benchfmt::{BenchmarkResult, UnitMetadata};
use crate::number::parse_float;
use crate::stats::{Comparer, two_sample_shift};
use crate::table::{Cell, Row, Tables};
use crate::unit::Better;

/// How much worse results may get.
#[derive(Clone, Debug)]
pub struct Thresholds {
    /// Later ones win.
    pub rules: Vec<ThresholdRule>,
    /// Share for units without a rule.
    pub default: f64,
}

/// A bound for a unit, and for some benchmarks only if there is an expression.
#[derive(Clone, Debug)]
pub struct ThresholdRule {
    pub benchmark: Option<Regex>,
    pub unit: String,
    /// 0.05 allows five percent.
    pub max: f64,
}

impl Thresholds {
    fn max(&self, benchmark: &str, unit: &str) -> f64 {
        let matches = |rule: &&ThresholdRule| {
            rule.unit == unit
                && rule
                    .benchmark
                    .as_ref()
                    .is_none_or(|regex| regex.is_match(benchmark))
        };
        self.rules
            .iter()
            .rev()
            .find(matches)
            .map_or(self.default, |rule| rule.max)
    }
}

/// Reads `UNIT=PERCENT`.
pub fn parse_max(text: &str) -> Result<ThresholdRule, String> {
    let parts = text.rsplit_once('=').filter(|(unit, _)| !unit.is_empty());
    let (unit, percent) =
        parts.ok_or_else(|| format!("`{text}` is not of the form UNIT=PERCENT"))?;
    rule(None, unit, percent)
}

/// Reads lines of `[/benchmark regexp/] UNIT PERCENT`; `#` starts a comment.
pub fn parse_thresholds(text: &str) -> Result<Vec<ThresholdRule>, String> {
    let mut rules = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let failed = |message: String| format!("line {}: {message}", at + 1);
        rules.push(parse_line(line).map_err(failed)?);
    }
    Ok(rules)
}

fn parse_line(line: &str) -> Result<ThresholdRule, String> {
    let shape = || "expected [/benchmark regexp/] UNIT PERCENT".to_owned();
    let (benchmark, rest) = match line.strip_prefix('/') {
        None => (None, line),
        Some(rest) => {
            let (expression, rest) = rest.rsplit_once('/').ok_or_else(shape)?;
            // The unit has a slash of its own: `/re/ sec/op 5`.
            let (expression, rest) = match expression.rsplit_once("/ ") {
                Some((expression, unit)) => (expression, format!("{unit}/{rest}")),
                None => (expression, rest.to_owned()),
            };
            let regex = go_regexp::compile(expression).map_err(|error| error.to_string())?;
            return match rest.split_whitespace().collect::<Vec<_>>()[..] {
                [unit, percent] => rule(Some(regex), unit, percent),
                _ => Err(shape()),
            };
        }
    };
    match rest.split_whitespace().collect::<Vec<_>>()[..] {
        [unit, percent] => rule(benchmark, unit, percent),
        _ => Err(shape()),
    }
}

fn rule(benchmark: Option<Regex>, unit: &str, percent: &str) -> Result<ThresholdRule, String> {
    let number = percent.strip_suffix('%').unwrap_or(percent);
    let max = parse_float(number.as_bytes())
        .ok()
        .filter(|max| *max >= 0.0);
    let max = max.ok_or_else(|| format!("`{percent}` is no percentage"))? / 100.0;
    let (unit, _) = crate::unit::tidy(unit);
    Ok(ThresholdRule {
        benchmark,
        unit: unit.into_owned(),
        max,
    })
}

/// What became of a benchmark in a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GateOutcome {
    Within,
    Regression,
    /// A regression can neither be shown nor excluded.
    Unclear,
    /// Measured before, not now.
    Missing,
}

/// A judged row.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    pub benchmark: String,
    pub unit: String,
    pub outcome: GateOutcome,
    pub old: f64,
    /// NaN if missing.
    pub new: f64,
    /// How much worse, as a share, and the worst that cannot be excluded.
    pub worse: f64,
    pub worst: f64,
    pub max: f64,
    pub p: f64,
}

/// Judges the second column of each table against the first. Units of which nobody knows which way is
/// better are left out.
pub fn judge(
    tables: &Tables,
    metadata: &UnitMetadata,
    thresholds: &Thresholds,
    alpha: f64,
) -> Vec<Judged> {
    let mut judged = Vec::new();
    let mut comparer = Comparer::default();
    for table in &tables.tables {
        let better = metadata.better(&table.unit);
        if better == Better::Unknown {
            continue;
        }
        for row in &table.rows {
            let Some(old) = row.baseline() else { continue };
            let new = row.cell(1);
            let label = label(&table.key, row);
            let max = thresholds.max(&label, &table.unit);
            let mut one = compare(old, new, better, alpha, max, &mut comparer);
            one.benchmark = label;
            one.unit.clone_from(&table.unit);
            judged.push(one);
        }
    }
    judged
}

fn label(key: &[String], row: &Row) -> String {
    let package = key.iter().find(|value| !value.is_empty());
    package.map_or_else(
        || row.label.clone(),
        |package| format!("{package}.{}", row.label),
    )
}

fn compare(
    old: &Cell,
    new: Option<&Cell>,
    better: Better,
    alpha: f64,
    max: f64,
    comparer: &mut Comparer,
) -> Judged {
    let mut judged = Judged {
        benchmark: String::new(),
        unit: String::new(),
        outcome: GateOutcome::Missing,
        old: old.summary.center,
        new: f64::NAN,
        worse: f64::NAN,
        worst: f64::NAN,
        max,
        p: 1.0,
    };
    let Some(new) = new else { return judged };
    judged.new = new.summary.center;
    let constant = |values: &[f64]| values.first() == values.last();
    let sure =
        constant(&old.values) && constant(&new.values) && old.values.len() + new.values.len() > 2;
    // From a change to how much worse it is.
    let worse = |ratio: f64| {
        if better == Better::Higher {
            1.0 / ratio - 1.0
        } else {
            ratio - 1.0
        }
    };
    let ratio = if judged.old == 0.0 {
        if judged.new == 0.0 {
            1.0
        } else {
            f64::INFINITY
        }
    } else {
        judged.new / judged.old
    };
    if sure {
        (judged.worse, judged.worst, judged.p) = (worse(ratio), worse(ratio), 0.0);
    } else {
        let shift = two_sample_shift(&old.values, &new.values, 1.0 - alpha, comparer);
        let (low, high) = match better {
            Better::Higher => (shift.high, shift.low),
            Better::Lower | Better::Unknown => (shift.low, shift.high),
        };
        judged.worse = worse(shift.estimate);
        judged.worst = worse(high);
        judged.p = comparer.compare(&old.values, &new.values, alpha).p.min(1.0);
        // Nothing is known of a ratio to zero.
        if !low.is_finite() && !judged.worst.is_finite() {
            judged.worst = f64::INFINITY;
        }
    }
    judged.outcome = if judged.worse > max && judged.p <= alpha {
        GateOutcome::Regression
    } else if judged.worst <= max {
        GateOutcome::Within
    } else {
        GateOutcome::Unclear
    };
    judged
}

/// In what the origins of two sets of results differ so that comparing them says little: machine and Go.
pub fn differences(old: &[BenchmarkResult], new: &[BenchmarkResult]) -> Vec<String> {
    let values = |results: &[BenchmarkResult], key: &str| -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for value in results.iter().filter_map(|result| result.config(key)) {
            if !value.is_empty() && !values.iter().any(|known| known == value) {
                values.push(value.to_owned());
            }
        }
        values
    };
    (ORIGIN_KEYS.iter())
        .filter_map(|key| differs(key, &values(old, key), &values(new, key)))
        .collect()
}

/// Configuration of which a comparison's sides must have the same values.
pub const ORIGIN_KEYS: [&str; 4] = ["goos", "goarch", "cpu", "goversion"];

/// What to say where a key's values differ; where one side says nothing, neither do we.
pub fn differs(key: &str, old: &[String], new: &[String]) -> Option<String> {
    let told = old != new && !old.is_empty() && !new.is_empty();
    told.then(|| {
        format!(
            "{key} differs: {} before, {} now",
            old.join(", "),
            new.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchfmt::{Limits, Reader, Record};
    use crate::table::{Grouping, TableBuilder, TableOptions};

    fn outcomes(old: &str, new: &str, rules: &str) -> Vec<(String, GateOutcome)> {
        let grouping = Grouping::new("*", "pkg", ".fullname", ".file", "").unwrap();
        let mut builder = TableBuilder::new(grouping);
        let mut reader = Reader::new(Limits::NATIVE);
        for (label, values) in [("old", old), ("new", new)] {
            let lines: Vec<_> = values
                .split(' ')
                .map(|value| format!("BenchmarkX 1 {value} ns/op 3 allocs/op\n"))
                .collect();
            let text = lines.concat();
            let read = reader.read(&mut text.as_bytes(), label, label, &mut |record| {
                if let Record::Result(line) = record {
                    builder.add(line);
                }
            });
            read.unwrap();
        }
        let tables = builder.finish(&TableOptions::default(), reader.metadata());
        let thresholds = Thresholds {
            rules: parse_thresholds(rules).unwrap(),
            default: 0.05,
        };
        (judge(&tables, reader.metadata(), &thresholds, 0.05).into_iter())
            .map(|judged| (judged.unit, judged.outcome))
            .collect()
    }

    #[test]
    fn the_gate_fails_closed() {
        let old = "100 101 102 103 104 105 106 107";
        let worse = "120 121 122 123 124 125 126 127";
        let noisy = "80 150 70 160 90 140 60 130";
        let time = |new, rules| outcomes(old, new, rules)[0].1;
        assert_eq!(time(old, "sec/op 10"), GateOutcome::Within);
        assert_eq!(time(worse, ""), GateOutcome::Regression);
        assert_eq!(time(worse, "sec/op 30"), GateOutcome::Within);
        assert_eq!(
            time(worse, "ns/op 30 # of all\n/^Y/ sec/op 1"),
            GateOutcome::Within
        );
        assert_eq!(
            time(worse, "sec/op 30\n/^X$/ sec/op 1"),
            GateOutcome::Regression
        );
        assert_eq!(time(noisy, ""), GateOutcome::Unclear);
        assert_eq!(time("100", ""), GateOutcome::Unclear);
        assert_eq!(
            outcomes(old, old, "")[1],
            ("allocs/op".to_owned(), GateOutcome::Within)
        );
    }
}
