//! From rounds to verdicts.

use super::{AbOptions, Arm, Series};
use crate::stats::{median, q_values, shift, signed_rank};

/// The verdict on a benchmark in one unit.
#[derive(Clone, PartialEq, Debug)]
pub enum Decision {
    /// The value went down or up; the unit decides whether that is good.
    Lower,
    Higher,
    /// Surely within ± δ.
    Same,
    /// About this many more rounds could decide it; `None` if more than a thousand.
    Inconclusive {
        more_rounds: Option<usize>,
    },
}

/// A benchmark in one unit.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    pub package: String,
    pub name: String,
    pub unit: String,
    pub change: Change,
    /// Share of false alarms among all that are called at this level.
    pub q: f64,
    pub decision: Decision,
}

/// Evidence for a change.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Medians.
    pub old: f64,
    pub new: f64,
    /// New over old, with its interval. Not finite if old is 0.
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
    pub p: f64,
    pub rounds: usize,
    /// Neither side varies at all.
    pub exact: bool,
    /// Rounds with a sample during which others wanted the processor.
    pub contaminated: usize,
}

/// Compares all series. The correction for many comparisons is made unit by unit, since each is a
/// question of its own.
pub fn compare(series: &[Series], options: &AbOptions) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for series in series
        .iter()
        .filter(|series| series.failed.is_none() && !series.identical)
    {
        for unit in units(series) {
            let Some(change) = change(series, &unit, Arm::New, options) else {
                continue;
            };
            verdicts.push(Verdict {
                package: series.package.clone(),
                name: series.name.clone(),
                unit,
                change,
                q: 1.0,
                decision: Decision::Same,
            });
        }
    }
    // Stable: benchmarks stay in their order within a unit.
    verdicts.sort_by_key(|verdict| unit_rank(&verdict.unit));
    verdicts.sort_by(|a, b| {
        unit_rank(&a.unit)
            .cmp(&unit_rank(&b.unit))
            .then(a.unit.cmp(&b.unit))
    });
    for group in verdicts.chunk_by_mut(|a, b| a.unit == b.unit) {
        let p_values: Vec<f64> = group.iter().map(|verdict| verdict.change.p).collect();
        for (verdict, q) in group.iter_mut().zip(q_values(&p_values)) {
            verdict.q = q;
            verdict.decision = decide(&verdict.change, q, options);
        }
    }
    verdicts
}

/// Time first, then memory, then what benchmarks report themselves.
fn unit_rank(unit: &str) -> usize {
    let known = ["sec/op", "B/s", "B/op", "allocs/op"];
    known
        .iter()
        .position(|known| *known == unit)
        .unwrap_or(known.len())
}

/// The units all rounds have.
fn units(series: &Series) -> Vec<String> {
    let first = series
        .rounds
        .first()
        .and_then(|round| round.samples.first());
    first.map_or_else(Vec::new, |sample| {
        sample.values.iter().map(|(unit, _)| unit.clone()).collect()
    })
}

/// Evidence that `arm` differs from the old binary.
pub(super) fn change(series: &Series, unit: &str, arm: Arm, options: &AbOptions) -> Option<Change> {
    let all = |arm| {
        let mut values: Vec<f64> = series
            .rounds
            .iter()
            .flat_map(|round| round.values(arm, unit))
            .collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let (old, new) = (all(Arm::Old), all(arm));
    let (old_first, new_first) = (*old.first()?, *new.first()?);
    let constant = |values: &[f64]| values.first() == values.last();
    let exact = constant(&old) && constant(&new);
    let mut change = Change {
        old: median(&old),
        new: median(&new),
        ratio: 1.0,
        low: 1.0,
        high: 1.0,
        p: 1.0,
        rounds: series.rounds.len(),
        exact,
        contaminated: (series.rounds.iter())
            .filter(|round| {
                round
                    .samples
                    .iter()
                    .any(|sample| sample.contention.is_bad())
            })
            .count(),
    };
    #[expect(clippy::float_cmp, reason = "measurements that never vary")]
    if exact {
        if old_first != new_first {
            change.p = 0.0;
            change.ratio = new_first / old_first;
            (change.low, change.high) = (change.ratio, change.ratio);
        }
        return Some(change);
    }
    // Ratios need values above 0; counts that touch it are compared as they are.
    let logarithmic = old_first > 0.0 && new_first > 0.0;
    let differences: Vec<f64> = (series.rounds.iter())
        .filter_map(|round| {
            let mean = |arm| {
                let values: Vec<f64> = (round.values(arm, unit))
                    .map(|value| if logarithmic { value.ln() } else { value })
                    .collect();
                (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
            };
            Some(mean(arm)? - mean(Arm::Old)?)
        })
        .collect();
    change.p = signed_rank(&differences);
    let found = shift(&differences, 1.0 - options.alpha);
    let ratio = |difference: f64| {
        if logarithmic {
            difference.exp()
        } else {
            1.0 + difference / change.old
        }
    };
    (change.ratio, change.low, change.high) =
        (ratio(found.estimate), ratio(found.low), ratio(found.high));
    Some(change)
}

/// A change inside ± δ is none, however certain.
pub(super) fn decide(change: &Change, q: f64, options: &AbOptions) -> Decision {
    let margin = 1.0 + options.delta;
    if change.low >= 1.0 / margin && change.high <= margin {
        Decision::Same
    } else if q <= options.alpha {
        if change.new < change.old || change.ratio < 1.0 {
            Decision::Lower
        } else {
            Decision::Higher
        }
    } else {
        Decision::Inconclusive {
            more_rounds: if change.low > 1.0 || change.high < 1.0 {
                rounds_to_show(change, q, options.alpha)
            } else {
                more_rounds(change, margin)
            },
        }
    }
}

/// The rounds that are missing where all of them agree, but are too few for so many comparisons: the
/// smallest p of `n` rounds is 2 / 2^n.
fn rounds_to_show(change: &Change, q: f64, alpha: f64) -> Option<usize> {
    let comparisons = (q / change.p).max(1.0);
    let needed = (1.0 + (comparisons / alpha).log2()).ceil();
    let more = (needed as usize).saturating_sub(change.rounds).max(1);
    (more <= 1000).then_some(more)
}

/// The interval shrinks with the root of the rounds; it has to fit the margin.
fn more_rounds(change: &Change, margin: f64) -> Option<usize> {
    let width = (change.high / change.low).ln() / 2.0;
    if !width.is_finite() || width <= 0.0 {
        return None;
    }
    let needed = (change.rounds as f64 * (width / margin.ln()).powi(2)).ceil();
    let more = (needed as usize).saturating_sub(change.rounds).max(1);
    (more <= 1000).then_some(more)
}

/// Whether more rounds would change what is said. Looking early costs certainty, so a difference ends
/// the rounds only if it is beyond doubt; finding the sides equal raises no false alarm.
pub(super) fn is_settled(series: &Series, options: &AbOptions) -> bool {
    const BEYOND_DOUBT: f64 = 0.001;
    units(series).iter().all(|unit| {
        change(series, unit, Arm::New, options).is_none_or(|change| {
            change.p <= BEYOND_DOUBT || decide(&change, 1.0, options) == Decision::Same
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Round, Sample};
    use super::*;

    /// Rounds of `old` and `new` times, taken forward and backward.
    fn series(name: &str, rounds: &[(f64, f64)]) -> Series {
        let sample = |arm, value: f64| Sample {
            arm,
            iterations: 1,
            values: vec![("sec/op".to_owned(), value)],
            contention: super::super::Contention::default(),
        };
        let round = |&(old, new): &(f64, f64)| Round {
            layout: 0,
            samples: vec![
                sample(Arm::Old, old),
                sample(Arm::New, new),
                sample(Arm::New, new * 1.001),
                sample(Arm::Old, old * 1.001),
            ],
        };
        Series {
            name: name.to_owned(),
            rounds: rounds.iter().map(round).collect(),
            ..Series::default()
        }
    }

    #[test]
    fn few_rounds_of_many_benchmarks_need_one_more_not_a_hundred() {
        let six = |ratio: f64| -> Vec<(f64, f64)> {
            (1..=6).map(f64::from).map(|t| (t, t * ratio)).collect()
        };
        let mut same = six(1.0003);
        same[0].1 = 0.9999;
        let all = [series("slower", &six(6.0)), series("same", &same)];
        let decision = compare(&all, &AbOptions::default())[0].decision.clone();
        let more_rounds = Some(1);
        assert_eq!(decision, Decision::Inconclusive { more_rounds });
    }

    #[test]
    fn there_are_four_verdicts() {
        // Drift dwarfs the change, but falls on both sides of a round.
        let drift = |ratio: f64| -> Vec<(f64, f64)> {
            (1..=10)
                .map(|n| f64::from(n) * (1.0 + 0.001 * f64::from(n % 3)))
                .map(|t| (t, t * ratio))
                .collect()
        };
        let noise: Vec<(f64, f64)> = (0..10)
            .map(|n| (1.0, 1.0 + 0.1 * f64::from(n % 3 - 1)))
            .collect();
        let all = [
            series("faster", &drift(0.9)),
            series("slower", &drift(1.1)),
            series("same", &drift(1.0005)),
            series("unclear", &noise),
        ];
        let options = AbOptions::default();
        let decisions: Vec<_> = compare(&all, &options)
            .into_iter()
            .map(|verdict| verdict.decision)
            .collect();
        assert_eq!(
            decisions[..3],
            [Decision::Lower, Decision::Higher, Decision::Same]
        );
        assert!(matches!(
            decisions[3],
            Decision::Inconclusive {
                more_rounds: Some(_)
            }
        ));
        assert!(is_settled(&all[2], &options) && !is_settled(&all[3], &options));
    }
}
