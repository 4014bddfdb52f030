//! The rounds.

use std::path::Path;

use base::{Cancellation, System};
use go_tool::TestBinary;

use super::compare::is_settled;
use super::{AbOptions, Arm, Round, Sample, Series};
use crate::benchfmt::Name;
use crate::run::{self as bench_run, PackageRun, RunError, RunOptions, RunOutcome};

/// A package's two binaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub old: TestBinary,
    pub new: TestBinary,
    /// They hold the same code.
    pub identical: bool,
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

/// Names of the benchmarks both sides have, and series for those that only one has or that fail. Runs
/// each once.
pub fn discover(
    system: &dyn System,
    cancel: &Cancellation,
    pair: &Pair,
    options: &AbOptions,
) -> Result<Vec<Series>, RunError> {
    let (old, old_problem) = names(system, cancel, &pair.old, options)?;
    let (new, new_problem) = if pair.identical {
        (old.clone(), None)
    } else {
        names(system, cancel, &pair.new, options)?
    };
    let mut all = old.clone();
    all.extend(new.iter().filter(|name| !old.contains(name)).cloned());
    let missing = |side: &str, problem: &Option<String>| {
        let message = problem
            .clone()
            .unwrap_or_else(|| "no such benchmark".to_owned());
        Some((side.to_owned(), message))
    };
    let series = |name: String| Series {
        package: pair.old.package.clone(),
        failed: if !old.contains(&name) {
            missing("old", &old_problem)
        } else if !new.contains(&name) {
            missing("new", &new_problem)
        } else {
            None
        },
        identical: pair.identical,
        name,
        rounds: Vec::new(),
    };
    Ok(all.into_iter().map(series).collect())
}

fn names(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
    options: &AbOptions,
) -> Result<(Vec<String>, Option<String>), RunError> {
    let once = RunOptions {
        bench: options.bench.clone(),
        benchtime: Some("1x".to_owned()),
        cpu: options.cpu.clone(),
        timeout: Some(options.timeout),
        ..RunOptions::default()
    };
    let run = run_one(system, cancel, binary, &once)?;
    let mut names: Vec<String> = Vec::new();
    // The suffix is that of GOMAXPROCS if all have it.
    let suffixes: Vec<_> = run
        .results
        .iter()
        .map(|result| Name(&result.name).split_gomaxprocs().1)
        .collect();
    let common = suffixes
        .first()
        .copied()
        .flatten()
        .filter(|first| suffixes.iter().all(|own| *own == Some(first)));
    for result in &run.results {
        let name = common.and_then(|suffix| result.name.strip_suffix(suffix));
        let name = name.unwrap_or(&result.name).to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok((names, problem(&run)))
}

fn run_one(
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

fn problem(run: &PackageRun) -> Option<String> {
    match &run.outcome {
        RunOutcome::Passed => None,
        RunOutcome::NoBenchmarks => Some("no benchmark ran".to_owned()),
        RunOutcome::Failed { message } | RunOutcome::Panicked { message, .. } => {
            Some(message.clone())
        }
        RunOutcome::TimedOut { .. } => Some("timed out".to_owned()),
    }
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
            let Some(pair) = pairs.iter().find(|pair| pair.old.package == own.package) else {
                continue;
            };
            match pass(system, cancel, pair, &own.name, options, &mut random)? {
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
    name: &str,
    options: &AbOptions,
    random: &mut Random,
) -> Result<Result<Round, (String, String)>, RunError> {
    let mut arms = vec![Arm::Old, Arm::New];
    if options.control {
        arms.push(Arm::Control);
    }
    random.shuffle(&mut arms);
    let backward: Vec<Arm> = arms.iter().rev().copied().collect();
    arms.extend(backward);
    let run_options = RunOptions {
        bench: exactly(name),
        benchtime: Some(options.benchtime.clone()),
        count: Some(1),
        cpu: options.cpu.clone(),
        benchmem: true,
        timeout: Some(options.timeout),
        ..RunOptions::default()
    };
    let mut round = Round::default();
    for arm in arms {
        let binary = if arm == Arm::New {
            &pair.new
        } else {
            &pair.old
        };
        let before = Machine::now(system);
        let run = run_one(system, cancel, binary, &run_options)?;
        let after = Machine::now(system);
        let Some(result) = run.results.first() else {
            let message = problem(&run).unwrap_or_else(|| "no result".to_owned());
            return Ok(Err((arm.name().to_owned(), message)));
        };
        round.samples.push(Sample {
            arm,
            iterations: result.iterations,
            values: (result.values.iter())
                .map(|value| (value.unit.clone(), value.value))
                .collect(),
            pressure: before.pressure.zip(after.pressure).map(|(before, after)| {
                after.saturating_sub(before) as f64 / 1e6 / run.wall.as_secs_f64().max(1e-3)
            }),
            stolen: before.steal != after.steal,
        });
    }
    Ok(Ok(round))
}

/// The expression that selects one benchmark: an anchored one for each level of its name.
fn exactly(name: &str) -> String {
    let levels = format!("Benchmark{name}");
    let quoted = levels
        .split('/')
        .map(|level| format!("^{}$", regex::escape(level)));
    quoted.collect::<Vec<_>>().join("/")
}

/// What the kernel says of contention, where it does.
#[derive(Clone, Copy, Default)]
struct Machine {
    /// Microseconds in which some task waited for a processor.
    pressure: Option<u64>,
    /// Ticks a hypervisor took.
    steal: Option<u64>,
}

impl Machine {
    fn now(system: &dyn System) -> Self {
        let read = |path: &str| {
            let bytes = system.read(Path::new(path)).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let pressure = read("/proc/pressure/cpu").and_then(|text| {
            let some = text
                .lines()
                .next()?
                .rsplit_once("total=")?
                .1
                .trim()
                .parse()
                .ok()?;
            Some(some)
        });
        let steal = read("/proc/stat")
            .and_then(|text| text.lines().next()?.split_whitespace().nth(8)?.parse().ok());
        Self { pressure, steal }
    }
}

/// SplitMix64: small, and the same everywhere for a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = (self.next() % (at as u64 + 1)) as usize;
            items.swap(at, other);
        }
    }
}
