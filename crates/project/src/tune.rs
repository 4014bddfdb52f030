//! From advice to proof: which changes of the source pay, shown by tests, exact counts and interleaved timing on
//! copies, and the patch of those that do.
//!
//! The sources are never touched: every variant is a set of texts that the go command is given through `-overlay`.
//! What is kept is decided in three steps, cheapest first: `screen` (build, vet, tests, counts), `timing` (all
//! survivors interleaved with the base and a control lane), `stack` (all kept ones together, against the base). What
//! was kept can bring new findings about, so that the steps are repeated on the patched sources while time is left.

mod candidates;
mod commits;
mod counts;
mod memo;
mod report;
mod run;
mod scope;
mod screen;
mod stack;
mod timing;
mod variant;
mod verdict;

use std::path::PathBuf;
use std::time::Duration;

use base::Cancelled;
use bench::run::RunError;
use lint::RuleSelection;

use crate::changed_files::ChangedFiles;
use crate::check::CheckError;
use crate::structs::FixError;
use crate::workspace::{LoadError, PackageRequest};

pub use candidates::Candidate;
pub use commits::{CommitError, commit};
pub use counts::{CountChange, Counts};
pub use report::{json, markdown, text};
pub use run::tune;
pub use verdict::{BenchmarkChange, Verdict};

/// What to try, and how long.
#[expect(clippy::struct_excessive_bools, reason = "choices of the caller")]
#[derive(Clone, Debug)]
pub struct TuneRequest {
    pub packages: PackageRequest,
    pub select: RuleSelection,
    /// Try fixes too that may change behavior.
    pub unsafe_fixes: bool,
    /// Try changes too that no rule proposes.
    pub rewrites: bool,
    /// Which benchmarks decide, as `go test -bench` takes it.
    pub bench: String,
    /// Of one sample, as `-benchtime`.
    pub benchtime: String,
    /// Values of GOMAXPROCS, as `go test -cpu` takes them.
    pub cpu: Option<String>,
    /// The time for everything.
    pub budget: Duration,
    /// The least change of time that is worth a claim: 0.01 is one percent.
    pub min_effect: f64,
    /// Accepted probability of any false claim on time.
    pub alpha: f64,
    /// Keep what is neither faster nor slower.
    pub keep_same: bool,
    /// Stop after the plan.
    pub plan_only: bool,
    /// Flags of the test binaries; none means `-test.short`.
    pub test_flags: Vec<String>,
    pub seed: u64,
    /// Variants that a caller proposes beside the fixes, by their whole texts.
    pub proposals: Vec<Proposal>,
}

/// A change from outside, tried like a fix.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub title: String,
    /// Whole texts, by absolute path.
    pub texts: Vec<(PathBuf, Vec<u8>)>,
}

/// What is to be done, and about how long it takes.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub findings: usize,
    pub candidates: usize,
    /// Fixes that no benchmark reaches.
    pub unreached: usize,
    pub benchmarks: usize,
    /// Packages whose tests have to pass.
    pub tested: usize,
    /// Comparisons on time, if everything survives the screening.
    pub comparisons: usize,
    /// Rounds without which so many cannot be decided.
    pub rounds: usize,
    pub screening: Duration,
    pub timing: Duration,
    pub budget: Duration,
}

/// A candidate with its verdict.
#[derive(Clone, Debug)]
pub struct Trial {
    pub candidate: Candidate,
    pub verdict: Verdict,
    /// Benchmarks that it reaches, with what changed.
    pub changes: Vec<BenchmarkChange>,
}

/// All kept changes against the sources as they are.
#[derive(Clone, Debug, Default)]
pub struct Together {
    pub changes: Vec<BenchmarkChange>,
    /// Packages whose tests passed.
    pub tested: usize,
}

/// The base compared with itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct ControlLane {
    pub comparisons: usize,
    /// Comparisons in which the same program was "proven" to differ by more than the least effect.
    pub alarms: usize,
    /// Median half width of the intervals, as a share.
    pub resolution: Option<f64>,
}

/// What was tried, and what is proven.
#[derive(Debug, Default)]
pub struct TuneReport {
    pub plan: Plan,
    /// In the order of rank.
    pub trials: Vec<Trial>,
    pub control: ControlLane,
    pub together: Option<Together>,
    /// The sources with all kept changes.
    pub files: ChangedFiles,
    /// The steps of that: each kept change with the texts after it, in order.
    pub steps: Vec<Step>,
    pub notes: Vec<String>,
    /// Stopped after the plan.
    pub planned_only: bool,
    pub interrupted: bool,
    pub spent: Duration,
}

/// The sources after one kept change, on top of those before it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Position among the trials.
    pub trial: usize,
    pub texts: Vec<(PathBuf, std::sync::Arc<[u8]>)>,
}

impl TuneReport {
    pub fn kept(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|trial| trial.verdict.is_kept())
    }
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Fix(#[from] FixError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Go(#[from] go_tool::Error),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(
        "no benchmark in these packages matches `{pattern}`, so nothing can be shown to pay{elsewhere}"
    )]
    NoBenchmarks { pattern: String, elsewhere: String },
    #[error("the code does not compile: {0}")]
    Broken(String),
    #[error("failed to {doing}")]
    Io {
        doing: &'static str,
        source: std::io::Error,
    },
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

impl TuneError {
    /// The Go code does not compile.
    pub fn is_broken_code(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}
