//! The verdict on a candidate, from what was found out about it.

use std::time::Duration;

use bench::ab::race::{Lap, Standing};

use super::counts::CountChange;

/// What one benchmark says of a change.
#[derive(Clone, Debug)]
pub struct BenchmarkChange {
    pub package: String,
    /// Without `Benchmark`.
    pub benchmark: String,
    /// `None` where counts were not taken.
    pub counts: Option<CountChange>,
    /// `None` where nothing was timed.
    pub time: Option<Standing>,
}

/// What a candidate is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Exact counts fell and none rose, and it is not proven slower.
    KeptAllocations,
    /// Faster by more than the least effect somewhere, slower nowhere.
    KeptTime,
    /// Within the least effect everywhere; kept only where that is asked for.
    Same { kept: bool },
    /// No gain left to hope for, though equality is not shown.
    NotFaster,
    /// Slower by more than the least effect somewhere.
    Slower,
    /// Allocates more somewhere.
    AllocatesMore,
    Broken {
        /// `does not build`, `does not vet`, `tests of p fail`.
        what: String,
        message: String,
    },
    /// The programs are the same, apart from line numbers.
    Nothing,
    /// Another candidate changes the same code and gains more: its position among the trials.
    Rival(usize),
    /// It is proven alone, but not together with the others.
    NotTogether,
    /// No benchmark reaches the code.
    Unreached,
    Undecided {
        /// About so many rounds more; `None`: it was not measured at all.
        more_rounds: Option<usize>,
    },
}

impl Verdict {
    pub fn is_kept(&self) -> bool {
        matches!(
            self,
            Self::KeptAllocations | Self::KeptTime | Self::Same { kept: true }
        )
    }
}

/// How a screened candidate is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judging {
    pub(super) keep_same: bool,
    /// The control lane was not found the same: nothing is claimed on time.
    pub(super) too_noisy: bool,
    pub(super) delta: f64,
    /// Rounds without which nothing can be decided.
    pub(super) rounds: usize,
}

/// The verdict on a candidate that builds and passes the tests.
pub(super) fn judge(changes: &[BenchmarkChange], how: Judging) -> Verdict {
    let counts = || changes.iter().filter_map(|change| change.counts.as_ref());
    let laps = || changes.iter().filter_map(|change| change.time.as_ref());
    if counts().any(CountChange::rose) {
        return Verdict::AllocatesMore;
    }
    if laps().any(|it| it.decision == Lap::Slower) {
        return Verdict::Slower;
    }
    if counts().any(CountChange::fell) {
        return Verdict::KeptAllocations;
    }
    if laps().any(|it| it.decision == Lap::Faster) && !how.too_noisy {
        return Verdict::KeptTime;
    }
    let measured = laps().next().is_some() && laps().all(|it| it.rounds > 5);
    if measured && laps().all(|it| it.decision == Lap::Same) {
        Verdict::Same {
            kept: how.keep_same,
        }
    } else if measured && laps().all(|it| it.low > 1.0 - how.delta) {
        Verdict::NotFaster
    } else {
        let rounds = laps().map(|it| it.rounds).min();
        Verdict::Undecided {
            more_rounds: rounds.map(|done| more_rounds(laps(), done, how)),
        }
    }
}

/// The rounds that are missing until the interval excludes an effect or no effect: it shrinks with their root.
fn more_rounds<'a>(laps: impl Iterator<Item = &'a Standing>, done: usize, how: Judging) -> usize {
    let widest = laps
        .map(|it| (it.high / it.low).ln() / 2.0)
        .filter(|width| width.is_finite())
        .fold(0.0_f64, f64::max);
    let by_width = done as f64 * (widest / how.delta).powi(2);
    (by_width.ceil() as usize)
        .clamp(how.rounds, 10_000)
        .saturating_sub(done)
        .max(1)
}

/// The geometric mean of time over the base's, of all that was timed; `None` without any.
pub(super) fn mean_time(changes: &[BenchmarkChange]) -> Option<f64> {
    geometric_mean(timed(changes).map(|it| it.ratio))
}

/// What was timed often enough for an interval.
pub(super) fn timed(changes: &[BenchmarkChange]) -> impl Iterator<Item = &Standing> {
    let laps = changes.iter().filter_map(|change| change.time.as_ref());
    laps.filter(|it| it.rounds > 5 && it.ratio.is_finite())
}

/// The geometric mean of `allocs/op` over the base's. Counts that are 0 have no ratio: as usual for such means, one is
/// added to all of them.
pub(super) fn mean_allocs(changes: &[BenchmarkChange]) -> Option<f64> {
    let counts = changes.iter().filter_map(|change| change.counts.as_ref());
    geometric_mean(
        counts.map(|it| (it.after.allocs.middle() + 1.0) / (it.before.allocs.middle() + 1.0)),
    )
}

/// As [`mean_allocs`], of benchmarks alone that allocate before and after, as benchstat has it.
pub(super) fn mean_allocs_above_zero(changes: &[BenchmarkChange]) -> Option<f64> {
    let counts = changes.iter().filter_map(|change| change.counts.as_ref());
    let ratios = counts.map(|it| it.after.allocs.middle() / it.before.allocs.middle());
    geometric_mean(ratios.filter(|ratio| ratio.is_finite() && *ratio > 0.0))
}

fn geometric_mean(ratios: impl Iterator<Item = f64>) -> Option<f64> {
    let logs: Vec<f64> = ratios.map(f64::ln).collect();
    (!logs.is_empty()).then(|| (logs.iter().sum::<f64>() / logs.len() as f64).exp())
}

/// `2m05s`.
pub(super) fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, 0) => format!("{minutes}m"),
        (minutes, seconds) => format!("{minutes}m{seconds:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::counts::{Counts, Span};
    use super::*;

    fn change(allocs: [f64; 2], bytes: [f64; 2], time: Option<(Lap, f64, f64)>) -> BenchmarkChange {
        let counts = |at: usize| Counts {
            allocs: Span::exactly(allocs[at]),
            bytes: Span::exactly(bytes[at]),
        };
        BenchmarkChange {
            package: "p".to_owned(),
            benchmark: "B".to_owned(),
            counts: Some(CountChange {
                before: counts(0),
                after: counts(1),
            }),
            time: time.map(|(decision, low, high)| Standing {
                track: 0,
                arm: 2,
                base: 1.0,
                time: 1.0,
                ratio: f64::midpoint(low, high),
                low,
                high,
                rounds: 12,
                p: 0.01,
                decision,
            }),
        }
    }

    #[test]
    fn verdicts_follow_the_counts_and_then_the_time() {
        let how = Judging {
            keep_same: false,
            too_noisy: false,
            delta: 0.01,
            rounds: 10,
        };
        let same = Some((Lap::Same, 0.995, 1.005));
        let faster = Some((Lap::Faster, 0.8, 0.9));
        let slower = Some((Lap::Slower, 1.1, 1.2));
        let open = Some((Lap::Open, 0.95, 1.05));
        let less = ([9.0, 4.0], [100.0, 50.0]);
        let more = ([9.0, 10.0], [100.0, 100.0]);
        let equal = ([9.0, 9.0], [100.0, 100.0]);
        let one = |(allocs, bytes), time| change(allocs, bytes, time);
        let judged = |changes: &[BenchmarkChange]| judge(changes, how);
        assert_eq!(judged(&[one(less, same)]), Verdict::KeptAllocations);
        assert_eq!(judged(&[one(less, open)]), Verdict::KeptAllocations);
        assert_eq!(judged(&[one(less, slower)]), Verdict::Slower);
        assert_eq!(
            judged(&[one(less, same), one(more, same)]),
            Verdict::AllocatesMore
        );
        assert_eq!(
            judged(&[one(equal, faster), one(equal, open)]),
            Verdict::KeptTime
        );
        assert_eq!(
            judged(&[one(equal, faster), one(equal, slower)]),
            Verdict::Slower
        );
        assert_eq!(judged(&[one(equal, same)]), Verdict::Same { kept: false });
        assert_eq!(
            judged(&[one(equal, Some((Lap::Open, 0.995, 1.3)))]),
            Verdict::NotFaster
        );
        assert!(matches!(
            judged(&[one(equal, open)]),
            Verdict::Undecided {
                more_rounds: Some(289)
            }
        ));
        let noisy = Judging {
            too_noisy: true,
            ..how
        };
        assert!(matches!(
            judge(&[one(equal, faster)], noisy),
            Verdict::Undecided { .. }
        ));
        // Fewer bytes, but one object more somewhere, is not a proof.
        assert_eq!(
            judged(&[one(([9.0, 10.0], [100.0, 20.0]), same)]),
            Verdict::AllocatesMore
        );
    }

    #[test]
    fn means_count_what_reaches_zero() {
        let all = [
            change([60.0, 0.0], [1.0, 1.0], None),
            change([3.0, 1.0], [1.0, 1.0], None),
        ];
        let mean = mean_allocs(&all).unwrap();
        assert!((mean - (1.0_f64 / 61.0 * 0.5).sqrt()).abs() < 1e-12);
        let above = mean_allocs_above_zero(&all).unwrap();
        assert!((above - 1.0 / 3.0).abs() < 1e-12);
    }
}
