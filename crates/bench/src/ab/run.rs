//! The rounds.

use std::time::Duration;

use base::{Cancellation, System};
use go_tool::TestBinary;

use super::compare::is_settled;
use super::{AbOptions, Arm, Contention, Round, Sample, Series};
use crate::benchfmt::BenchmarkResult;
use crate::run::{self as bench_run, PackageRun, RunError, RunOptions, RunOutcome};

/// A package's binaries on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub package: String,
    /// One for each layout, at least one; as many on both sides.
    pub old: Vec<TestBinary>,
    pub new: Vec<TestBinary>,
    /// They hold the same code.
    pub identical: bool,
}

impl Pair {
    /// The binary an arm runs. Only the old arm keeps to the round's layout: what layout does to a
    /// benchmark then shows as noise in both comparisons, and weighs on neither side.
    fn binary(&self, arm: Arm, layout: usize) -> Option<&TestBinary> {
        let (binaries, at) = match arm {
            Arm::Old => (&self.old, layout),
            Arm::New => (&self.new, layout + 1),
            Arm::Control => (&self.old, layout + 1),
        };
        binaries.get(at % binaries.len().max(1))
    }
}

/// A report while benchmarks are compared.
#[derive(Clone, Copy, Debug)]
pub enum AbEvent<'a> {
    /// A benchmark of a round is done.
    Benchmark {
        series: &'a Series,
    },
    Round {
        round: usize,
        open: usize,
    },
}

pub(super) fn run_one(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
    options: &RunOptions,
) -> Result<PackageRun, RunError> {
    let runs = bench_run::run(
        system,
        cancel,
        std::slice::from_ref(binary),
        options,
        &mut |_| {},
    )?;
    Ok(runs.into_iter().next().unwrap_or_default())
}

pub(super) fn problem(run: &PackageRun) -> Option<String> {
    let none = || (run.outcome == RunOutcome::NoBenchmarks).then(|| "no benchmark ran".to_owned());
    (run.problem().map(|problem| problem.message)).or_else(none)
}

/// How the rounds ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// All benchmarks are decided, or all rounds are done.
    Done,
    /// The budget is spent.
    Budget,
    /// The budget cannot pay for the least number of rounds, which takes about this long. Nothing more
    /// was run, as nothing could have been decided.
    TooSmall { needed: Duration },
}

/// Keeps to the budget: the first rounds are all run, as without them nothing can be decided, unless
/// the time of the first shows that they will not fit.
pub(super) struct Planner {
    start: Duration,
    /// Passes of the first round.
    passes: usize,
    /// Those of them that are done.
    done: usize,
    least: usize,
    budget: Duration,
}

impl Planner {
    pub(super) fn new(start: Duration, passes: usize, options: &AbOptions) -> Self {
        Self {
            start,
            passes,
            done: 0,
            least: options.rounds.0,
            budget: options.budget,
        }
    }

    /// Whether to stop after a pass of a round, at this time.
    pub(super) fn after_pass(&mut self, round: usize, now: Duration) -> Option<Ended> {
        let spent = now.saturating_sub(self.start);
        if round > self.least {
            return (spent > self.budget).then_some(Ended::Budget);
        }
        if round > 1 {
            // The estimate was wrong; still there is an end.
            return (spent > 2 * self.budget).then_some(Ended::Budget);
        }
        self.done += 1;
        // A quarter of a round is enough for an estimate, or a sixth of the budget if it is spent before.
        let early = 4 * self.done < self.passes && spent * (self.least as u32) < self.budget;
        let share = self.passes as f64 / self.done as f64 * self.least as f64;
        let needed = spent.mul_f64(share);
        (!early && needed > self.budget.mul_f64(1.1)).then_some(Ended::TooSmall { needed })
    }
}

/// Runs rounds until all is settled, the rounds are through, the time is over, or the run is cancelled:
/// the series hold what was measured in each case.
pub fn run(
    system: &dyn System,
    cancel: &Cancellation,
    pairs: &[Pair],
    series: &mut [Series],
    options: &AbOptions,
    on_event: &mut dyn FnMut(AbEvent<'_>),
) -> Result<Ended, RunError> {
    let mut random = Random(options.seed);
    let open = |series: &Series| {
        let settled = series.rounds.len() >= options.rounds.0 && is_settled(series, options);
        series.failed.is_none() && !settled
    };
    let passes = series.iter().filter(|series| open(series)).count();
    let mut planner = Planner::new(system.monotonic(), passes, options);
    for round in 1..=options.rounds.1 {
        let mut todo: Vec<usize> = (0..series.len()).filter(|&at| open(&series[at])).collect();
        if todo.is_empty() {
            break;
        }
        random.shuffle(&mut todo);
        on_event(AbEvent::Round {
            round,
            open: todo.len(),
        });
        for at in todo {
            let own = &mut series[at];
            let Some(pair) = pairs.iter().find(|pair| pair.package == own.package) else {
                continue;
            };
            match pass(system, cancel, pair, own, options, &mut random)? {
                Ok(round) => own.rounds.push(round),
                Err(failed) => own.failed = Some(failed),
            }
            on_event(AbEvent::Benchmark { series: own });
            if let Some(ended) = planner.after_pass(round, system.monotonic()) {
                return Ok(ended);
            }
        }
    }
    Ok(Ended::Done)
}

/// Once forward, once backward.
fn pass(
    system: &dyn System,
    cancel: &Cancellation,
    pair: &Pair,
    series: &Series,
    options: &AbOptions,
    random: &mut Random,
) -> Result<Result<Round, (String, String)>, RunError> {
    let run_options = RunOptions {
        bench: exactly(&series.name),
        benchtime: Some(series.piece.clone()),
        count: Some(series.pieces),
        cpu: options.cpu.clone(),
        benchmem: true,
        timeout: Some(options.timeout),
        ..RunOptions::default()
    };
    let mut round = Round {
        layout: series.rounds.len() % pair.old.len().max(1),
        ..Round::default()
    };
    for arm in forward_and_backward(options.control, random) {
        let Some(binary) = pair.binary(arm, round.layout) else {
            return Ok(Err((arm.name().to_owned(), "no binary".to_owned())));
        };
        let before = Machine::now(system);
        let run = run_one(system, cancel, binary, &run_options)?;
        let contention =
            before.contention(&Machine::now(system), run.wall, run.involuntary_switches);
        let results: Vec<&BenchmarkResult> = run.results.iter().collect();
        let Some(sample) = Sample::of(arm, &results, contention) else {
            let message = problem(&run).unwrap_or_else(|| "no result".to_owned());
            return Ok(Err((arm.name().to_owned(), message)));
        };
        round.samples.push(sample);
    }
    Ok(Ok(round))
}

/// The arms in random order, then the same backward.
pub(super) fn forward_and_backward(control: bool, random: &mut Random) -> Vec<Arm> {
    let mut arms = vec![Arm::Old, Arm::New];
    if control {
        arms.push(Arm::Control);
    }
    random.shuffle(&mut arms);
    let backward: Vec<Arm> = arms.iter().rev().copied().collect();
    arms.extend(backward);
    arms
}

/// The expression that selects one benchmark: an anchored one for each level of its name.
pub fn exactly(name: &str) -> String {
    let levels = format!("Benchmark{name}");
    let quoted = levels
        .split('/')
        .map(|level| format!("^{}$", regex::escape(level)));
    quoted.collect::<Vec<_>>().join("/")
}

/// The kernel's counters of contention, where it has them.
#[derive(Clone, Copy, Default)]
pub(super) struct Machine {
    /// Microseconds in which some task waited for a processor.
    pressure: Option<u64>,
    /// Hundredths of a second a hypervisor took.
    steal: Option<u64>,
}

impl Machine {
    pub(super) fn now(system: &dyn System) -> Self {
        let first_line = |path: &str| {
            let text = system.read_kernel(path)?;
            Some(text.lines().next()?.to_owned())
        };
        let pressure = first_line("/proc/pressure/cpu")
            .and_then(|line| line.rsplit_once("total=")?.1.trim().parse().ok());
        let steal =
            first_line("/proc/stat").and_then(|line| line.split_whitespace().nth(8)?.parse().ok());
        Self { pressure, steal }
    }

    /// What happened from here to `after`.
    pub(super) fn contention(
        self,
        after: &Self,
        wall: Duration,
        switches: Option<u64>,
    ) -> Contention {
        let between =
            |before: Option<u64>, after: Option<u64>| Some(after?.saturating_sub(before?) as f64);
        let seconds = wall.as_secs_f64().max(1e-3);
        Contention {
            wall,
            pressure: between(self.pressure, after.pressure)
                .map(|waited| (waited / 1e6 / seconds).min(1.0)),
            stolen: between(self.steal, after.steal).map(|ticks| ticks / 100.0),
            switches,
        }
    }
}

/// SplitMix64: small, and the same everywhere for a seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = (self.next() % (at as u64 + 1)) as usize;
            items.swap(at, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_planner_runs_six_rounds_or_names_the_budget() {
        let seconds = Duration::from_secs;
        let options = AbOptions {
            budget: seconds(60),
            ..AbOptions::default()
        };
        // Ten benchmarks of half a second: 30 seconds for six rounds.
        let mut fits = Planner::new(seconds(100), 10, &options);
        for pass in 1..=10 {
            let now = seconds(100) + Duration::from_millis(500) * pass;
            assert_eq!(fits.after_pass(1, now), None);
        }
        assert_eq!(fits.after_pass(6, seconds(165)), None);
        assert_eq!(fits.after_pass(7, seconds(165)), Some(Ended::Budget));
        assert_eq!(fits.after_pass(3, seconds(225)), Some(Ended::Budget));
        // Ten of three seconds: 180 seconds. Said after a quarter of the round.
        let mut too_small = Planner::new(seconds(0), 10, &options);
        assert_eq!(too_small.after_pass(1, seconds(3)), None);
        assert_eq!(too_small.after_pass(1, seconds(6)), None);
        let needed = seconds(180);
        assert_eq!(
            too_small.after_pass(1, seconds(9)),
            Some(Ended::TooSmall { needed })
        );
    }
}
