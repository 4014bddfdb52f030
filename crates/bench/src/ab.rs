//! Comparing two builds by running them in turns.
//!
//! What disturbs a machine changes slowly, so samples taken one side after the other differ even if the
//! code does not. Here every round runs each benchmark once forward and once backward through the arms
//! in random order (`old new control control new old`), so that a drift falls on all alike, and
//! statistics see only differences within a round. The control arm runs the old binary once more: what
//! "changes" there is false by construction, and tells what this machine can resolve right now.

mod compare;
mod lane;
mod report;
mod run;

pub use compare::{Change, Decision, Verdict, compare};
pub use lane::{Control, control};
pub use report::{AbReport, Cause, markdown, text, word};
pub use run::{AbEvent, Pair, discover, run};

use std::time::Duration;

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
    pub benchtime: String,
    pub cpu: Option<String>,
    /// Rounds before anything is decided, and the most there are.
    pub rounds: (usize, usize),
    /// No round starts after this long.
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
}

/// One run of a benchmark.
#[derive(Clone, PartialEq, Debug)]
pub struct Sample {
    pub arm: Arm,
    pub iterations: i64,
    /// Tidied unit and value.
    pub values: Vec<(String, f64)>,
    /// Share of the sample's time in which some task waited for a processor, 0 to 1.
    pub pressure: Option<f64>,
    /// Whether the hypervisor took time away meanwhile.
    pub stolen: bool,
}

impl Sample {
    /// Others wanted the processor for a good part of the time.
    pub fn is_contaminated(&self) -> bool {
        self.stolen || self.pressure.is_some_and(|pressure| pressure > 0.2)
    }

    pub fn value(&self, unit: &str) -> Option<f64> {
        self.values
            .iter()
            .find(|(own, _)| own == unit)
            .map(|(_, value)| *value)
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
