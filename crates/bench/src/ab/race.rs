//! Many variants of one program, timed in the same rounds.
//!
//! Arm 0 is the program as it is, arm 1 the same program once more: the control lane. All others are
//! variants. A round runs each benchmark once forward and once backward through its open arms in random
//! order, so that a drift falls on all of them alike. After each block of rounds the arms that cannot
//! reach the least effect any more are dropped (successive halving, Jamieson and Talwalkar 2016), and
//! time goes to those that are open.
//!
//! Nothing here runs a process or reads a clock: both are arguments, so that a simulation can stand in.

use std::time::Duration;

use super::run::Random;
use crate::stats::{holm, median, shift, signed_rank};

/// The program as it is.
pub const BASE: usize = 0;
/// The program as it is, once more.
pub const CONTROL: usize = 1;

/// How to run, and when something is decided.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RaceOptions {
    /// The most rounds.
    pub rounds: usize,
    /// The time for all rounds.
    pub budget: Duration,
    /// Accepted probability of any false claim.
    pub alpha: f64,
    /// The least effect that is worth a claim: 0.01 is one percent.
    pub delta: f64,
    /// Of the random orders.
    pub seed: u64,
}

/// What has to be shown of a variant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// That it is faster somewhere, and slower nowhere.
    Faster,
    /// That it is not slower: it is better in another way.
    NotSlower,
}

/// One benchmark and the variants that may change it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RaceTrack {
    /// The variants to compare with the base, without base and control.
    pub arms: Vec<usize>,
    pub rounds: Vec<RaceRound>,
    /// The message of a benchmark that failed in the base.
    pub failed: Option<String>,
}

/// Arms with the seconds per operation of a sample, two for each arm that ran.
pub type RaceRound = Vec<(usize, f64)>;

/// What is known of one variant on one benchmark.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Standing {
    /// Position among the tracks.
    pub track: usize,
    pub arm: usize,
    /// Medians, in seconds per operation.
    pub base: f64,
    pub time: f64,
    /// Time over the base's, with its interval at the level 1 − alpha.
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
    pub rounds: usize,
    /// That the ratio lies beyond the least effect on its side, adjusted (Holm) for all comparisons.
    pub p: f64,
    pub decision: Lap,
}

/// The decision on one variant on one benchmark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lap {
    /// Faster by more than the least effect.
    Faster,
    /// Slower by more than the least effect.
    Slower,
    /// Within the least effect.
    Same,
    Open,
}

/// How a race ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RaceEnd {
    /// Nothing is open, or all rounds are done.
    Done,
    Budget,
}

/// What one sample came to.
#[derive(Clone, PartialEq, Debug)]
pub enum RaceSample {
    /// Seconds per operation.
    Time(f64),
    Failed(String),
}

/// Runs rounds until everything is decided, the rounds are through or the time is over. `sample` runs one arm of a
/// track, `now` is the time, `on_round` is told after each round how many comparisons are open. An error of `sample`
/// ends the race; what was measured stays in the tracks.
pub fn race<E>(
    tracks: &mut [RaceTrack],
    goals: &[(usize, Goal)],
    options: &RaceOptions,
    sample: &mut dyn FnMut(usize, usize) -> Result<RaceSample, E>,
    now: &dyn Fn() -> Duration,
    on_round: &mut dyn FnMut(&[RaceTrack], usize),
) -> Result<RaceEnd, E> {
    let mut random = Random(options.seed);
    let start = now();
    let mut longest = Duration::ZERO;
    for round in 0..options.rounds {
        let open = open_arms(tracks, goals, options);
        let n_open: usize = open.iter().map(Vec::len).sum();
        if n_open == 0 {
            return Ok(RaceEnd::Done);
        }
        let began = now();
        // Another round that ends within the budget, give or take half a round.
        if round > 0 && began.saturating_sub(start) + longest / 2 > options.budget {
            return Ok(RaceEnd::Budget);
        }
        let mut order: Vec<usize> = (0..tracks.len())
            .filter(|at| !open[*at].is_empty())
            .collect();
        random.shuffle(&mut order);
        for at in order {
            let mut arms = vec![BASE, CONTROL];
            arms.extend(&open[at]);
            match lap(at, &arms, &mut random, sample)? {
                Ok(laps) => tracks[at].rounds.push(laps),
                Err(failed) => tracks[at].failed = Some(failed),
            }
            // A round that is far too long is cut off.
            if now().saturating_sub(start) > options.budget.mul_f64(1.05) {
                return Ok(RaceEnd::Budget);
            }
        }
        longest = longest.max(now().saturating_sub(began));
        on_round(tracks, n_open);
    }
    Ok(RaceEnd::Done)
}

/// Once forward, once backward. A variant that fails is left out; a base that fails ends the track.
fn lap<E>(
    track: usize,
    arms: &[usize],
    random: &mut Random,
    sample: &mut dyn FnMut(usize, usize) -> Result<RaceSample, E>,
) -> Result<Result<RaceRound, String>, E> {
    let mut order = arms.to_vec();
    random.shuffle(&mut order);
    let backward: Vec<usize> = order.iter().rev().copied().collect();
    order.extend(backward);
    let mut laps = RaceRound::new();
    for arm in order {
        match sample(track, arm)? {
            RaceSample::Time(seconds) => laps.push((arm, seconds)),
            RaceSample::Failed(message) if arm == BASE => return Ok(Err(message)),
            RaceSample::Failed(_) => {}
        }
    }
    Ok(Ok(laps))
}

/// The arms of each track that another round could decide.
fn open_arms(
    tracks: &[RaceTrack],
    goals: &[(usize, Goal)],
    options: &RaceOptions,
) -> Vec<Vec<usize>> {
    let standings = standings(tracks, options);
    let of = |arm: usize| standings.iter().filter(move |it| it.arm == arm);
    let dropped = |arm: usize, goal: Goal| {
        let slower = of(arm).any(|it| it.decision == Lap::Slower);
        let measured = of(arm).all(|it| it.rounds >= LEAST);
        // What seems to be slower goes on until that is proven.
        let hopeless = measured
            && of(arm).all(|it| it.low > 1.0 - options.delta && it.low <= 1.0 + options.delta);
        let harmless = measured && of(arm).all(|it| it.high < 1.0 + options.delta);
        slower
            || match goal {
                Goal::Faster => hopeless,
                Goal::NotSlower => harmless,
            }
    };
    let gone: Vec<usize> = (goals.iter())
        .filter(|(arm, goal)| dropped(*arm, *goal))
        .map(|(arm, _)| *arm)
        .collect();
    (tracks.iter().enumerate())
        .map(|(at, track)| {
            let is_open = |arm: &usize| {
                let own = standings.iter().find(|it| it.track == at && it.arm == *arm);
                !gone.contains(arm)
                    && own.is_none_or(|it| it.decision == Lap::Open || !beyond_doubt(it, options))
            };
            let arms = track.arms.iter().copied().filter(is_open);
            if track.failed.is_some() {
                Vec::new()
            } else {
                arms.collect()
            }
        })
        .collect()
}

/// Fewer rounds have no interval at 95 %.
const LEAST: usize = 6;

/// Whether a decision may end the rounds of a pair: looking early costs certainty, so a difference must be clearer
/// than at the end. To find arms equal raises no false alarm.
fn beyond_doubt(standing: &Standing, options: &RaceOptions) -> bool {
    standing.decision == Lap::Same || standing.p <= options.alpha / 4.0
}

/// What is known of all arms on all tracks. The correction is for all of them, those without rounds included.
pub fn standings(tracks: &[RaceTrack], options: &RaceOptions) -> Vec<Standing> {
    let mut all = Vec::new();
    for (at, track) in tracks.iter().enumerate() {
        for &arm in &track.arms {
            all.push(standing(at, track, arm, options));
        }
    }
    let p_values: Vec<f64> = all.iter().map(|it| it.p).collect();
    for (standing, p) in all.iter_mut().zip(holm(&p_values)) {
        standing.p = p;
        standing.decision = decide(standing, options);
    }
    all
}

/// The control lane against the base on one track, as if it were a variant alone.
pub fn control_standing(at: usize, track: &RaceTrack, options: &RaceOptions) -> Standing {
    let mut found = standing(at, track, CONTROL, options);
    found.decision = decide(&found, options);
    found
}

fn decide(standing: &Standing, options: &RaceOptions) -> Lap {
    if standing.rounds < LEAST {
        Lap::Open
    } else if standing.low > 1.0 - options.delta && standing.high < 1.0 + options.delta {
        Lap::Same
    } else if standing.p <= options.alpha && standing.ratio < 1.0 {
        Lap::Faster
    } else if standing.p <= options.alpha {
        Lap::Slower
    } else {
        Lap::Open
    }
}

fn standing(at: usize, track: &RaceTrack, arm: usize, options: &RaceOptions) -> Standing {
    let values = |round: &RaceRound, arm: usize| -> Vec<f64> {
        let own = round
            .iter()
            .filter(|(own, seconds)| *own == arm && *seconds > 0.0);
        own.map(|(_, seconds)| *seconds).collect()
    };
    let mut both: Vec<[Vec<f64>; 2]> = (track.rounds.iter())
        .map(|round| [values(round, BASE), values(round, arm)])
        .collect();
    both.retain(|[base, arm]| !base.is_empty() && !arm.is_empty());
    let mean_ln = |all: &[f64]| all.iter().map(|it| it.ln()).sum::<f64>() / all.len() as f64;
    let differences: Vec<f64> = both
        .iter()
        .map(|[base, arm]| mean_ln(arm) - mean_ln(base))
        .collect();
    let center = |side: usize| {
        let mut all: Vec<f64> = both.iter().flat_map(|pair| pair[side].clone()).collect();
        all.sort_by(f64::total_cmp);
        if all.is_empty() {
            f64::NAN
        } else {
            median(&all)
        }
    };
    let found = shift(&differences, 1.0 - options.alpha);
    let margin = if found.estimate < 0.0 {
        (1.0 - options.delta).ln()
    } else {
        (1.0 + options.delta).ln()
    };
    let is_beyond = found.estimate.abs() > margin.abs();
    let beyond: Vec<f64> = differences.iter().map(|it| it - margin).collect();
    Standing {
        track: at,
        arm,
        base: center(0),
        time: center(1),
        ratio: found.estimate.exp(),
        low: found.low.exp(),
        high: found.high.exp(),
        rounds: differences.len(),
        p: if is_beyond { signed_rank(&beyond) } else { 1.0 },
        decision: Lap::Open,
    }
}

/// The rounds without which so many comparisons cannot be decided: the smallest p of `n` rounds is 2 / 2^n.
pub fn rounds_to_decide(comparisons: usize, alpha: f64) -> usize {
    let needed = 1.0 + (comparisons.max(1) as f64 / alpha).log2();
    (needed.ceil() as usize).max(LEAST)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    fn options() -> RaceOptions {
        RaceOptions {
            rounds: 40,
            budget: Duration::from_secs(1000),
            alpha: 0.05,
            delta: 0.01,
            seed: 7,
        }
    }

    /// Races simulated arms: `times` by track and arm, with noise and a drift far larger than the effects. Returns
    /// the standings, and how many samples each arm took.
    fn simulated(
        times: &[&[f64]],
        goal: Goal,
        options: &RaceOptions,
    ) -> (Vec<Standing>, Vec<usize>, RaceEnd) {
        let n_arms = times[0].len();
        let mut tracks: Vec<RaceTrack> = (times.iter())
            .map(|_| RaceTrack {
                arms: (2..n_arms).collect(),
                ..RaceTrack::default()
            })
            .collect();
        let goals: Vec<(usize, Goal)> = (2..n_arms).map(|arm| (arm, goal)).collect();
        let clock = Cell::new(0_u64);
        let counts = RefCell::new(vec![0; n_arms]);
        let mut random = Random(3);
        let end = race::<()>(
            &mut tracks,
            &goals,
            options,
            &mut |track, arm| {
                counts.borrow_mut()[arm] += 1;
                clock.set(clock.get() + 1);
                let mut noise = [-2, -1, 0, 1, 2];
                random.shuffle(&mut noise);
                let drift = 1.0 + clock.get() as f64 / 500.0;
                Ok(RaceSample::Time(
                    times[track][arm] * drift * (1.0 + f64::from(noise[0]) * 0.001),
                ))
            },
            &|| Duration::from_secs(clock.get()),
            &mut |_, _| {},
        );
        let counts = counts.borrow().clone();
        (standings(&tracks, options), counts, end.unwrap())
    }

    #[test]
    fn arms_are_told_apart_and_the_control_is_the_same() {
        let (found, _, _) = simulated(
            &[&[1.0, 1.0, 0.8, 1.06, 1.0], &[2.0, 2.0, 2.0, 2.0, 2.0]],
            Goal::Faster,
            &options(),
        );
        let of = |track, arm| {
            let one = found.iter().find(|it| it.track == track && it.arm == arm);
            one.unwrap().decision
        };
        assert_eq!(of(0, 2), Lap::Faster);
        assert_eq!(of(0, 3), Lap::Slower);
        assert_eq!(of(0, 4), Lap::Same);
        assert_eq!(of(1, 2), Lap::Same);
    }

    #[test]
    fn arms_without_hope_are_dropped_so_that_time_goes_where_it_decides() {
        let (_, counts, _) =
            simulated(&[&[1.0, 1.0, 0.7, 1.0, 1.3, 1.0]], Goal::Faster, &options());
        assert!(counts[3] < 2 * 12 && counts[4] <= 2 * 12, "{counts:?}");
        assert!(counts.iter().all(|n| *n <= counts[0]), "{counts:?}");
    }

    #[test]
    fn what_is_better_in_another_way_need_not_be_faster() {
        let (found, counts, end) = simulated(&[&[1.0, 1.0, 1.0]], Goal::NotSlower, &options());
        assert_eq!((found[0].decision, end), (Lap::Same, RaceEnd::Done));
        assert!(counts[2] <= 2 * 10, "{counts:?}");
    }

    #[test]
    fn the_budget_ends_the_rounds() {
        let short = RaceOptions {
            budget: Duration::from_mins(1),
            ..options()
        };
        // Close to the least effect: it takes long.
        let (_, counts, end) = simulated(&[&[1.0, 1.0, 0.9885, 0.9895]], Goal::Faster, &short);
        let spent: usize = counts.iter().sum();
        assert_eq!(end, RaceEnd::Budget);
        assert!((54..=66).contains(&spent), "{spent}");
    }

    #[test]
    fn many_comparisons_need_more_rounds() {
        let cases = [(1, 6), (10, 9), (45, 11), (300, 14)];
        for (comparisons, rounds) in cases {
            assert_eq!(rounds_to_decide(comparisons, 0.05), rounds, "{comparisons}");
        }
    }

    #[test]
    fn a_base_that_fails_ends_the_track_and_a_variant_that_fails_is_left_out() {
        for failing in [BASE, 2] {
            let mut tracks = [RaceTrack {
                arms: vec![2],
                ..RaceTrack::default()
            }];
            let few = RaceOptions {
                rounds: 8,
                ..options()
            };
            race::<()>(
                &mut tracks,
                &[(2, Goal::Faster)],
                &few,
                &mut |_, arm| {
                    Ok(if arm == failing {
                        RaceSample::Failed("boom".to_owned())
                    } else {
                        RaceSample::Time(1.0)
                    })
                },
                &|| Duration::ZERO,
                &mut |_, _| {},
            )
            .unwrap();
            assert_eq!(tracks[0].failed.is_some(), failing == BASE);
            assert_eq!(standings(&tracks, &few)[0].decision, Lap::Open);
        }
    }
}
