//! Whether results stay within limits of a baseline. Fails closed: what cannot be judged is not passed.
//!
//! A row is a benchmark in a unit. For each row the question is whether it is worse than its *limit*, not
//! whether it changed: a one-sided U test of the new values against the old ones moved by the limit. Of
//! many rows some look worse by chance, so p-values are adjusted by Holm's method over all rows: the
//! chance that unchanged code fails the gate at all is at most `alpha`, however many rows there are.

mod failures;
mod thresholds;

pub use failures::{FailureLine, FailureScan};
pub use thresholds::{ThresholdRule, Thresholds, parse_max, parse_thresholds};

use std::collections::BTreeSet;

use crate::benchfmt::{BenchmarkResult, UnitMetadata};
use crate::stats::{Comparer, holm, two_sample_shift};
use crate::table::{Cell, Row, Tables};
use crate::unit::Better;

/// The outcome for a benchmark in a unit.
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
    /// The centers; `new` is NaN if missing.
    pub old: f64,
    pub new: f64,
    /// The estimate of how much worse `new` is, as a share.
    pub worse: f64,
    /// The upper end of its interval.
    pub worst: f64,
    /// The limit, as a share.
    pub max: f64,
    /// Of the test against the limit, adjusted for the number of rows.
    pub p: f64,
    /// The same, not adjusted.
    pub p_alone: f64,
    /// Sizes of the samples.
    pub n: (usize, usize),
    /// Which way is better is not known: either direction counts as worse.
    pub either: bool,
    /// The values vary, so the row was tested; otherwise its values decide it.
    pub is_tested: bool,
}

/// All rows, and what could not be judged.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct GateReport {
    pub rows: Vec<Judged>,
    /// Units in both inputs without a known direction and without a limit of their own.
    pub unjudged: Vec<String>,
    /// Units with a limit of their own that the inputs do not both have.
    pub unmatched: Vec<String>,
    /// Failures in the new input.
    pub failures: Vec<FailureLine>,
    /// The number of rows that were tested, for which p-values are adjusted.
    pub n_tested: usize,
}

/// The outcome of a gate; each has an exit code of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GateVerdict {
    Passed,
    /// At least one row is worse than its limit.
    Failed,
    /// Something failed, is missing or could not be judged.
    Incomplete,
    /// At least one row is too noisy to decide.
    Unclear,
}

impl GateReport {
    pub fn verdict(&self) -> GateVerdict {
        let any = |outcome| self.rows.iter().any(|row| row.outcome == outcome);
        let complete = self.unjudged.is_empty() && self.unmatched.is_empty();
        if any(GateOutcome::Regression) {
            GateVerdict::Failed
        } else if !complete || !self.failures.is_empty() || any(GateOutcome::Missing) {
            GateVerdict::Incomplete
        } else if any(GateOutcome::Unclear) {
            GateVerdict::Unclear
        } else {
            GateVerdict::Passed
        }
    }
}

/// Judges the second column of each table against the first.
pub fn judge(
    tables: &Tables,
    metadata: &UnitMetadata,
    thresholds: &Thresholds,
    alpha: f64,
) -> GateReport {
    let mut report = GateReport::default();
    let mut comparer = Comparer::default();
    let (mut unjudged, mut both) = (BTreeSet::new(), BTreeSet::new());
    for table in &tables.tables {
        let better = thresholds.better(&table.unit, metadata);
        for row in &table.rows {
            let Some(old) = row.baseline() else { continue };
            let new = row.cell(1);
            let benchmark = label(&table.key, row);
            if new.is_some() {
                both.insert(table.unit.as_str());
            }
            let named = thresholds.rule(&benchmark, &table.unit).is_some();
            if better == Better::Unknown && !named && new.is_some() {
                unjudged.insert(table.unit.clone());
                continue;
            }
            let test = RowTest {
                better,
                alpha,
                max: thresholds.max(&benchmark, &table.unit),
                is_count: table.exact || is_count(&table.unit),
            };
            let mut judged = test.run(old, new, &mut comparer);
            judged.benchmark = benchmark;
            judged.unit.clone_from(&table.unit);
            report.rows.push(judged);
        }
    }
    report.unjudged = unjudged.into_iter().collect();
    let unmatched = thresholds.rules.iter().filter(|rule| rule.is_named);
    let unmatched = unmatched.filter(|rule| !both.contains(rule.unit.as_str()));
    report.unmatched = unmatched.map(|rule| rule.unit.clone()).collect();
    report.n_tested = decide(&mut report.rows, alpha);
    report
}

/// Units of which a machine's load does not change the values: their ranges are compared, and no test
/// is needed.
fn is_count(unit: &str) -> bool {
    unit == crate::ab::INSTRUCTIONS
}

/// Decides the rows that were tested, by p-values adjusted for their number, and returns that number.
///
/// The number includes rows that are clearly within their limits: leaving them out because of their
/// values would void the bound on false alarms.
fn decide(rows: &mut [Judged], alpha: f64) -> usize {
    let mut tested: Vec<&mut Judged> = rows.iter_mut().filter(|row| row.is_tested).collect();
    let p_values: Vec<f64> = tested.iter().map(|row| row.p_alone).collect();
    for (row, p) in tested.iter_mut().zip(holm(&p_values)) {
        row.p = p;
        row.outcome = if p <= alpha {
            GateOutcome::Regression
        } else if row.worst <= row.max {
            GateOutcome::Within
        } else {
            GateOutcome::Unclear
        };
    }
    tested.len()
}

fn label(key: &[String], row: &Row) -> String {
    let package = key.iter().find(|value| !value.is_empty());
    package.map_or_else(
        || row.label.clone(),
        |package| format!("{package}.{}", row.label),
    )
}

/// The test of one row.
struct RowTest {
    better: Better,
    alpha: f64,
    max: f64,
    is_count: bool,
}

impl RowTest {
    fn run(&self, old: &Cell, new: Option<&Cell>, comparer: &mut Comparer) -> Judged {
        let mut judged = Judged {
            benchmark: String::new(),
            unit: String::new(),
            outcome: GateOutcome::Missing,
            old: old.summary.center,
            new: f64::NAN,
            worse: f64::NAN,
            worst: f64::NAN,
            max: self.max,
            p: 1.0,
            p_alone: 1.0,
            n: (old.values.len(), 0),
            either: self.better == Better::Unknown,
            is_tested: false,
        };
        let Some(new) = new else { return judged };
        judged.new = new.summary.center;
        judged.n.1 = new.values.len();
        let constant = |values: &[f64]| values.first() == values.last();
        let sure = constant(&old.values)
            && constant(&new.values)
            && old.values.len() + new.values.len() > 2;
        if sure || self.is_count {
            self.compare_ranges(&mut judged, &old.values, &new.values);
        } else {
            self.test(&mut judged, &old.values, &new.values, comparer);
        }
        judged
    }

    /// The share by which a ratio of new to old is worse.
    fn worse(&self, ratio: f64) -> f64 {
        match self.better {
            Better::Lower => ratio - 1.0,
            Better::Higher => 1.0 / ratio - 1.0,
            Better::Unknown => (ratio - 1.0).max(1.0 / ratio - 1.0),
        }
    }

    /// Values that do not vary, or hardly: all of the new ones must lie on one side of the limit.
    fn compare_ranges(&self, judged: &mut Judged, old: &[f64], new: &[f64]) {
        let (least, most) = ratios(old, new);
        let ends = [self.worse(least), self.worse(most)];
        judged.worse = self.worse(ratio(judged.old, judged.new));
        judged.worst = ends[0].max(ends[1]);
        let best = if self.better == Better::Unknown && least <= 1.0 && most >= 1.0 {
            0.0
        } else {
            ends[0].min(ends[1])
        };
        judged.outcome = if best > self.max {
            judged.p = 0.0;
            judged.p_alone = 0.0;
            GateOutcome::Regression
        } else if judged.worst <= self.max {
            GateOutcome::Within
        } else {
            GateOutcome::Unclear
        };
    }

    /// Tests whether the new values are worse than the limit.
    fn test(&self, judged: &mut Judged, old: &[f64], new: &[f64], comparer: &mut Comparer) {
        let shift = two_sample_shift(old, new, 1.0 - self.alpha, comparer);
        judged.worse = self.worse(shift.estimate);
        judged.worst = self.worse(shift.low).max(self.worse(shift.high));
        if judged.worst.is_nan() {
            judged.worst = f64::INFINITY;
        }
        let limit = 1.0 + self.max;
        let moved = |factor: f64| -> Vec<f64> { old.iter().map(|value| value * factor).collect() };
        let mut above = || comparer.p_above(&moved(limit), new);
        let p = match self.better {
            Better::Lower => above(),
            Better::Higher => comparer.p_above(new, &moved(1.0 / limit)),
            Better::Unknown => {
                let above = above();
                2.0 * above.min(comparer.p_above(new, &moved(1.0 / limit)))
            }
        };
        judged.p_alone = p.min(1.0);
        judged.is_tested = true;
    }
}

/// New over old; what stays 0 has not changed.
fn ratio(old: f64, new: f64) -> f64 {
    if old == 0.0 && new == 0.0 {
        1.0
    } else {
        new / old
    }
}

/// The smallest and the largest ratio between values of sorted samples.
fn ratios(old: &[f64], new: &[f64]) -> (f64, f64) {
    let end = |values: &[f64]| {
        let first = values.first().copied().unwrap_or(f64::NAN);
        (first, values.last().copied().unwrap_or(f64::NAN))
    };
    let ((old_low, old_high), (new_low, new_high)) = (end(old), end(new));
    (ratio(old_high, new_low), ratio(old_low, new_high))
}

/// The number of values per side with which a regression can be shown among so many rows.
pub fn samples_needed(n_tested: usize, alpha: f64) -> usize {
    let level = alpha / n_tested.max(1) as f64;
    // The smallest p of n against n values is 1 over the number of ways to choose n of 2n.
    let mut ways = 1.0;
    for n in 1..50 {
        let n_f = n as f64;
        ways = ways * (2.0 * n_f) * (2.0 * n_f - 1.0) / (n_f * n_f);
        if 1.0 / ways <= level {
            return n;
        }
    }
    50
}

/// The differences in origin (machine and Go version) for which a comparison of two sets of results says
/// little.
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

/// The configuration keys that both sides of a comparison must have equal values of.
pub const ORIGIN_KEYS: [&str; 4] = ["goos", "goarch", "cpu", "goversion"];

/// A message if a key's values differ; `None` if one side has no value.
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
mod tests;
