//! Comparing two builds by interleaved runs.
//!
//! What disturbs a machine changes slowly, so samples taken one side after the other differ even if the
//! code does not. Here every round runs each benchmark once forward and once backward through the arms
//! in random order (`old new control control new old`), so that a drift falls on all alike, and
//! statistics see only differences within a round. The control arm runs the old binary once more: what
//! "changes" there is false by construction, and shows what this machine can resolve.

pub mod attribution;
mod commands;
mod compare;
mod counts;
mod discover;
mod lane;
mod layout;
mod page;
pub mod race;
mod report;
mod run;
mod table;

pub use commands::{SideCommand, run_commands};
pub use compare::{Change, Decision, Verdict, compare};
pub use counts::{Counter, INSTRUCTIONS, count, count_alone, find_counter};
pub use discover::discover;
pub use discover::pieces;
pub use lane::{Control, control};
pub use layout::{LayoutEffect, layout_effects};
pub use page::html;
pub use report::{AbReport, Cause, json, markdown, notes, text, word};
pub use run::{AbEvent, Ended, Pair, exactly, run};
pub use table::{AbRow, AbTable, Tone, tables};

use std::time::Duration;

use crate::benchfmt::BenchmarkResult;
use crate::stats::median;

/// Which binary a sample comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Arm {
    Old,
    New,
    /// The old binary again.
    Control,
}

impl Arm {
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
            Self::Control => "control",
        }
    }
}

/// How to run and when to stop.
#[derive(Clone, Debug, PartialEq)]
pub struct AbOptions {
    /// As `-bench`.
    pub bench: String,
    /// Of one sample, as `-benchtime`. A duration is cut into short runs, of which the quickest counts:
    /// others that want the processor can only make a run slower, and seldom all of them.
    pub benchtime: String,
    pub cpu: Option<String>,
    /// Rounds before anything is decided, and the most there are.
    pub rounds: (usize, usize),
    /// The time for all rounds; the least number of rounds must fit.
    pub budget: Duration,
    /// Accepted share of false alarms.
    pub alpha: f64,
    /// Ratios within 1 ± this are the same for all purposes.
    pub delta: f64,
    /// Of the random orders.
    pub seed: u64,
    /// For each run of a benchmark.
    pub timeout: Duration,
    pub control: bool,
}

impl Default for AbOptions {
    fn default() -> Self {
        Self {
            bench: ".".to_owned(),
            benchtime: "100ms".to_owned(),
            cpu: None,
            rounds: (6, 20),
            budget: Duration::from_mins(10),
            alpha: 0.05,
            delta: 0.02,
            seed: 1,
            timeout: Duration::from_mins(5),
            control: true,
        }
    }
}

/// The samples of one benchmark.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Series {
    pub package: String,
    /// Without `Benchmark` and `-N`.
    pub name: String,
    /// `-benchtime` and `-count` of one sample.
    pub piece: String,
    pub pieces: u32,
    pub rounds: Vec<Round>,
    /// It failed on this side, with this message.
    pub failed: Option<(String, String)>,
    /// Both sides are the same code, so there is nothing to find.
    pub identical: bool,
}

/// One forward and backward pass.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Round {
    pub samples: Vec<Sample>,
    /// Which of the pair's layouts the old side ran in.
    pub layout: usize,
}

/// One process: some runs of a benchmark.
#[derive(Clone, PartialEq, Debug)]
pub struct Sample {
    pub arm: Arm,
    pub iterations: i64,
    /// Tidied unit and value: of times the best of the runs, of all else the median.
    pub values: Vec<(String, f64)>,
    pub contention: Contention,
}

/// The contention during a sample, as far as the system reports it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Contention {
    pub wall: Duration,
    /// Share of the time in which some task waited for a processor, 0 to 1.
    pub pressure: Option<f64>,
    /// Seconds the hypervisor took away meanwhile.
    pub stolen: Option<f64>,
    /// Involuntary context switches of the benchmark.
    pub switches: Option<u64>,
}

impl Contention {
    /// Others wanted the processor for a good part of the time.
    pub fn is_bad(&self) -> bool {
        let seconds = self.wall.as_secs_f64().max(1e-3);
        self.stolen.is_some_and(|stolen| stolen > 0.01 * seconds)
            || self.pressure.is_some_and(|pressure| pressure > 0.2)
            || (self.switches).is_some_and(|switches| switches as f64 > 100.0 * seconds)
    }
}

impl Sample {
    /// Results of one benchmark in one process. `None` if there are none.
    fn of(arm: Arm, results: &[&BenchmarkResult], contention: Contention) -> Option<Self> {
        let last = results.last()?;
        let values = last.values.iter().map(|value| {
            let unit = value.unit.as_str();
            let mut all: Vec<f64> = results.iter().filter_map(|one| one.value(unit)).collect();
            all.sort_by(f64::total_cmp);
            let best = match unit {
                "sec/op" => all[0],
                "B/s" => all[all.len() - 1],
                _ => median(&all),
            };
            (value.unit.clone(), best)
        });
        Some(Self {
            arm,
            iterations: last.iterations,
            values: values.collect(),
            contention,
        })
    }

    pub fn value(&self, unit: &str) -> Option<f64> {
        self.values
            .iter()
            .find(|(own, _)| own == unit)
            .map(|(_, value)| *value)
    }
}

impl Series {
    /// The median of all samples of an arm.
    pub fn center(&self, arm: Arm, unit: &str) -> Option<f64> {
        let rounds = self.rounds.iter();
        let mut values: Vec<f64> = rounds.flat_map(|round| round.values(arm, unit)).collect();
        values.sort_by(f64::total_cmp);
        (!values.is_empty()).then(|| median(&values))
    }

    /// All samples of an arm.
    pub fn values(&self, arm: Arm, unit: &str) -> Vec<f64> {
        let rounds = self.rounds.iter();
        rounds.flat_map(|round| round.values(arm, unit)).collect()
    }

    /// The means of the old and the new side in each round that has both.
    pub fn pairs(&self, unit: &str) -> Vec<(f64, f64)> {
        let pair = |round: &Round| {
            let mean = |arm| {
                let values: Vec<f64> = round.values(arm, unit).collect();
                (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
            };
            Some((mean(Arm::Old)?, mean(Arm::New)?))
        };
        self.rounds.iter().filter_map(pair).collect()
    }
}

impl Round {
    /// All values of an arm.
    fn values<'a>(&'a self, arm: Arm, unit: &'a str) -> impl Iterator<Item = f64> + 'a {
        (self.samples.iter())
            .filter(move |sample| sample.arm == arm)
            .filter_map(move |sample| sample.value(unit))
    }
}
