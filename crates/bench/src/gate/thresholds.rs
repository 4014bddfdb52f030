//! The limits of a gate, and how they are written.

use std::collections::BTreeMap;

use base::go_regexp;
use regex::Regex;

use crate::benchfmt::UnitMetadata;
use crate::number::parse_float;
use crate::unit::{self, Better};

/// The limits of results, and the direction that is worse.
#[derive(Clone, Debug, Default)]
pub struct Thresholds {
    /// Later ones win.
    pub rules: Vec<ThresholdRule>,
    /// The share for units without a rule: 0.05 allows five percent.
    pub default: f64,
    /// Tidied units in which lower values are better, whatever the files say.
    pub lower: Vec<String>,
    /// Tidied units in which higher values are better.
    pub higher: Vec<String>,
    /// Shares by benchmark and unit, from how results varied in the past. They take the place of
    /// `default`, not of rules.
    pub varied: BTreeMap<(String, String), f64>,
}

/// A limit for a unit, and for some benchmarks only if there is an expression.
#[derive(Clone, Debug)]
pub struct ThresholdRule {
    pub benchmark: Option<Regex>,
    pub unit: String,
    /// 0.05 allows five percent.
    pub max: f64,
    /// From the command line: it is an error if no benchmark of both inputs has the unit.
    pub is_named: bool,
}

impl Thresholds {
    /// The rule for a benchmark in a unit.
    pub(super) fn rule(&self, benchmark: &str, unit: &str) -> Option<&ThresholdRule> {
        let matches = |rule: &&ThresholdRule| {
            let any = rule.benchmark.as_ref();
            rule.unit == unit && any.is_none_or(|regex| regex.is_match(benchmark))
        };
        self.rules.iter().rev().find(matches)
    }

    /// The share a benchmark may get worse in a unit.
    pub(super) fn max(&self, benchmark: &str, unit: &str) -> f64 {
        let varied = || {
            let key = (benchmark.to_owned(), unit.to_owned());
            self.varied.get(&key).copied()
        };
        let rule = self.rule(benchmark, unit).map(|rule| rule.max);
        rule.or_else(varied).unwrap_or(self.default)
    }

    /// The direction of a unit: the user's word, then the files', then the testing package's.
    pub(super) fn better(&self, unit: &str, metadata: &UnitMetadata) -> Better {
        let named = |units: &[String]| units.iter().any(|own| own == unit);
        if named(&self.lower) {
            Better::Lower
        } else if named(&self.higher) {
            Better::Higher
        } else {
            metadata.better(unit)
        }
    }
}

/// Reads `UNIT=PERCENT`.
pub fn parse_max(text: &str) -> Result<ThresholdRule, String> {
    let parts = text.rsplit_once('=').filter(|(unit, _)| !unit.is_empty());
    let (unit, percent) =
        parts.ok_or_else(|| format!("`{text}` is not of the form UNIT=PERCENT"))?;
    let rule = rule(None, unit, percent)?;
    Ok(ThresholdRule {
        is_named: true,
        ..rule
    })
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
    let max = max.ok_or_else(|| format!("`{percent}` is not a percentage"))? / 100.0;
    let (unit, _) = unit::tidy(unit);
    Ok(ThresholdRule {
        benchmark,
        unit: unit.into_owned(),
        max,
        is_named: false,
    })
}
