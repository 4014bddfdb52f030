//! The rounds.

use std::path::Path;
use std::time::Duration;

use base::{Cancellation, System};
use go_tool::TestBinary;

use super::compare::is_settled;
use super::{AbOptions, Arm, Round, Sample, Series, Weather};
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

/// What happens meanwhile.
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

/// Runs rounds until all is settled, the rounds are through, the time is over, or someone interrupts:
/// then the series hold what there is, and the answer says so.
pub fn run(
    system: &dyn System,
    cancel: &Cancellation,
    pairs: &[Pair],
    series: &mut [Series],
    options: &AbOptions,
    on_event: &mut dyn FnMut(AbEvent<'_>),
) -> Result<(), RunError> {
    let start = system.monotonic();
    let mut random = Random(options.seed);
    for round in 1..=options.rounds.1 {
        let open = |series: &Series| {
            let settled = series.rounds.len() >= options.rounds.0 && is_settled(series, options);
            series.failed.is_none() && !settled
        };
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
            // The first rounds are worth finishing: without them nothing can be said.
            let over = system.monotonic().saturating_sub(start) > options.budget;
            if over && round > options.rounds.0.min(2) {
                return Ok(());
            }
            let own = &mut series[at];
            let Some(pair) = pairs.iter().find(|pair| pair.package == own.package) else {
                continue;
            };
            match pass(system, cancel, pair, own, options, &mut random)? {
                Ok(round) => own.rounds.push(round),
                Err(failed) => own.failed = Some(failed),
            }
            on_event(AbEvent::Benchmark { series: own });
        }
    }
    Ok(())
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
        let weather = before.weather(&Machine::now(system), run.wall, run.involuntary_switches);
        let results: Vec<&BenchmarkResult> = run.results.iter().collect();
        let Some(sample) = Sample::of(arm, &results, weather) else {
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

/// What the kernel says of contention, where it does.
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
            let bytes = system.read(Path::new(path)).ok()?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Some(text.lines().next()?.to_owned())
        };
        let pressure = first_line("/proc/pressure/cpu")
            .and_then(|line| line.rsplit_once("total=")?.1.trim().parse().ok());
        let steal =
            first_line("/proc/stat").and_then(|line| line.split_whitespace().nth(8)?.parse().ok());
        Self { pressure, steal }
    }

    /// What happened from here to `after`.
    pub(super) fn weather(self, after: &Self, wall: Duration, switches: Option<u64>) -> Weather {
        let between =
            |before: Option<u64>, after: Option<u64>| Some(after?.saturating_sub(before?) as f64);
        let seconds = wall.as_secs_f64().max(1e-3);
        Weather {
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
