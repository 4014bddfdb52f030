//! `goperf bench`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::build::BuildArgs;
use super::ui::PagesArgs;
use crate::duration;

#[derive(Args, Debug)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    pub(crate) command: BenchCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum BenchCommand {
    /// Run benchmarks and print their results in the benchmark format
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Compare two revisions by interleaved runs of their benchmarks
    #[command(after_help = AB_EXAMPLES)]
    Ab(Box<AbArgs>),
    /// Fail if results are worse than a baseline allows
    #[command(after_help = GATE_EXAMPLES)]
    Gate(GateArgs),
    /// Keep results over time: add, show, find changes
    #[command(after_help = HISTORY_EXAMPLES)]
    History(HistoryArgs),
}

const RUN_EXAMPLES: &str = "\
Examples:
  goperf bench run ./...                            all benchmarks of the module
  goperf bench run ./store -bench Put -count 10 > new.txt
  goperf bench run ./... --out new.txt --diagnose   and what to look at, on standard error
  go test -bench . | goperf bench run --diagnose -  the same for existing results, without a run
  goperf bench run ./store --profile cpu,mem --profile-dir profiles
  goperf bench run ./... --counts --out new.txt     instructions too, for a gate on a shared machine

Exit status: 0 all ran, 2 a benchmark failed or nothing ran, 3 the Go code does not compile.";

const AB_EXAMPLES: &str = "\
Examples:
  goperf bench ab main                              the work tree against main
  goperf bench ab v1.4 v1.5 --pkg ./store -bench Put
  goperf bench ab main --budget 5m --delta 3 --format markdown
  goperf bench ab main --ui                         and every sample in the browser
  goperf bench ab --new-flags=-pgo=cpu.pprof        what a profile gives the compiler
  goperf bench ab --new-overlay o.json --pkg strings  a standard package, patched
  goperf bench ab --old-cmd './old.sh' --new-cmd './new.sh'
  goperf bench ab main --counts --randlayout 5      instructions too; function layout as noise
  goperf bench ab --self                            false alarms and smallest visible change here

Exit status: 0 nothing is slower, 1 something is, 2 a benchmark failed or nothing could be run, 3 the Go
code does not compile, 4 nothing could be decided.";

const GATE_EXAMPLES: &str = "\
Examples:
  goperf bench gate old.txt new.txt                 nothing may be 5 % worse
  goperf bench gate old.txt new.txt --max sec/op=10 --max allocs/op=0
  goperf bench gate old.txt new.txt --thresholds bench.conf --format github
  goperf bench gate old.txt new.txt --higher req/s --lower p99-ns --filter '-.unit:note'

Every unit in both files is judged. Of one that is not the testing package's, say which way is better:
by --lower or --higher, or by a line `Unit widgets better=lower` in the results.

Exit status: 0 within the limits, 1 a regression, 2 bad input, a failed or missing benchmark or a unit
that cannot be judged, 4 too noisy to tell.";

const HISTORY_EXAMPLES: &str = "\
Examples:
  goperf bench run ./... | goperf bench history add -
  goperf bench history show -bench Put
  goperf bench history show --format html > benchmarks.html
  goperf bench history changes --unit allocs/op

The store is a text file in the benchmark format. Adding a commit again replaces its entry.
Exit status: 0 done (`changes`: none found), 1 `changes` found some, 2 could not run.";

/// The benchmarks to run, and their time limit.
#[derive(Args, Debug)]
pub(crate) struct BenchmarkArgs {
    /// Work as if started in this folder
    #[arg(short = 'C', long = "dir", value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Only benchmarks that match, as `go test -bench` takes it
    #[arg(long, value_name = "REGEX", default_value = ".")]
    pub(crate) bench: String,
    /// Values of GOMAXPROCS, separated by commas
    #[arg(long, value_name = "N,M")]
    pub(crate) cpu: Option<String>,
    /// Also run the tests that match; without it none
    #[arg(long, value_name = "REGEX")]
    pub(crate) run: Option<String>,
    /// Memory is always measured
    #[arg(long, hide = true)]
    pub(crate) benchmem: bool,
    /// Build tags, separated by commas
    #[arg(long, value_name = "TAGS")]
    pub(crate) tags: Option<String>,
    #[command(flatten)]
    pub(crate) build: BuildArgs,
    /// Stop what runs longer than this: a package (`run`), one benchmark (`ab`)
    #[arg(long, value_name = "T", default_value = "10m", value_parser = duration::parse)]
    pub(crate) timeout: Duration,
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// Package patterns as `go list` takes them; without any, the package in the current folder
    #[arg(value_name = "PKG")]
    pub(crate) patterns: Vec<String>,
    #[command(flatten)]
    pub(crate) benchmarks: BenchmarkArgs,
    /// Time or number of iterations for each benchmark, such as 2s or 100x
    #[arg(long, value_name = "T", default_value = "1s")]
    pub(crate) benchtime: String,
    /// Run each benchmark that often
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) count: u32,
    /// Write the results to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Say what to look at in the results, on standard error; with `--profile cpu` also what they are
    /// bound by. With a file of results (`-`: standard input) nothing is run
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "")]
    pub(crate) diagnose: Option<PathBuf>,
    /// Also count instructions per operation: by perf events, else by valgrind. They hardly vary with the
    /// load of the machine, which makes them fit for `gate`
    #[arg(long)]
    pub(crate) counts: bool,
    /// Run each benchmark once more for a profile of its own, which leaves the results undisturbed
    #[arg(long, value_name = "KIND,…", value_enum, value_delimiter = ',')]
    pub(crate) profile: Vec<ProfileKind>,
    /// Where profiles go: `PACKAGE.BENCHMARK.KIND.pprof`
    #[arg(long, value_name = "DIR", default_value = "profiles")]
    pub(crate) profile_dir: PathBuf,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ProfileKind {
    Cpu,
    Mem,
}

#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
#[derive(Args, Debug)]
pub(crate) struct AbArgs {
    /// The git revision to compare with; without it, the work tree (see --new-flags, --new-cmd, --self)
    pub(crate) old: Option<String>,
    /// The other revision; without it, the work tree
    pub(crate) new: Option<String>,
    /// Package pattern as `go list` takes it; may be given several times
    #[arg(long = "pkg", value_name = "PKG")]
    pub(crate) patterns: Vec<String>,
    #[command(flatten)]
    pub(crate) benchmarks: BenchmarkArgs,
    /// Time for each sample, cut into short runs of which the quickest counts; or a number of iterations
    #[arg(long, value_name = "T", default_value = "100ms")]
    pub(crate) benchtime: String,
    /// The most rounds; each takes two samples of either side
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) rounds: usize,
    /// Time for all rounds; if six rounds do not fit, nothing is decided
    #[arg(long, value_name = "T", default_value = "10m", value_parser = duration::parse)]
    pub(crate) budget: Duration,
    /// Changes within this many percent are none
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0)]
    pub(crate) delta: f64,
    /// Accepted share of false alarms
    #[arg(long, value_name = "LEVEL", default_value_t = 0.05)]
    pub(crate) alpha: f64,
    #[command(flatten)]
    pub(crate) sides: SideArgs,
    /// Do not run the old side a second time as a control
    #[arg(long)]
    pub(crate) no_control: bool,
    /// Link each side in this many random orders of its functions and change between them, so that
    /// where code lies weighs on neither side
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) randlayout: usize,
    /// Also compare instructions per operation: by perf events, else by valgrind
    #[arg(long)]
    pub(crate) counts: bool,
    /// Of the random order of runs
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Do not look for causes of changes: compiler decisions, allocations, CPU profiles
    #[arg(long)]
    pub(crate) no_why: bool,
    /// Refuse sides that are hard to compare: other Go, other machine, `b.N` against `b.Loop`
    #[arg(long)]
    pub(crate) strict: bool,
    /// Also write all samples to this file, in the benchmark format
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = AbFormat::Text)]
    pub(crate) format: AbFormat,
    #[command(flatten)]
    pub(crate) pages: PagesArgs,
}

/// Differences between the sides other than their revisions.
#[derive(Args, Debug)]
pub(crate) struct SideArgs {
    /// Build flags of the old side alone, separated by blanks
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub(crate) old_flags: Option<String>,
    /// Build flags of the new side alone, such as "-pgo=cpu.pprof"
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub(crate) new_flags: Option<String>,
    /// Files that replace others on the old side, as `go build -overlay` takes them
    #[arg(long, value_name = "FILE")]
    pub(crate) old_overlay: Option<PathBuf>,
    /// Files that replace others on the new side
    #[arg(long, value_name = "FILE")]
    pub(crate) new_overlay: Option<PathBuf>,
    /// A shell command that prints results of the old side, interleaved with --new-cmd
    #[arg(long, value_name = "CMD", requires = "new_cmd", conflicts_with_all = ["old", "old_flags", "new_flags", "old_overlay", "new_overlay", "itself"])]
    pub(crate) old_cmd: Option<String>,
    /// A shell command that prints results of the new side
    #[arg(long, value_name = "CMD", requires = "old_cmd")]
    pub(crate) new_cmd: Option<String>,
    /// Compare the work tree with itself, which shows the resolution of this machine
    #[arg(long = "self", conflicts_with_all = ["old", "old_flags", "new_flags", "old_overlay", "new_overlay"])]
    pub(crate) itself: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AbFormat {
    Text,
    Markdown,
    /// A page with all samples, the pairs of each round, and the causes
    Html,
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct GateArgs {
    /// Results to compare with
    pub(crate) old: PathBuf,
    /// Results to judge
    pub(crate) new: PathBuf,
    /// A unit may get this many percent worse; may be given several times. Of a unit whose direction is
    /// not known, any change counts
    #[arg(long = "max", value_name = "UNIT=PERCENT")]
    pub(crate) max: Vec<String>,
    /// For all other units
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
    pub(crate) default_max: f64,
    /// Lower values of this unit are better; may be given several times
    #[arg(long, value_name = "UNIT")]
    pub(crate) lower: Vec<String>,
    /// Higher values of this unit are better; may be given several times
    #[arg(long, value_name = "UNIT")]
    pub(crate) higher: Vec<String>,
    /// In the place of the default, allow what each benchmark varied by in this store of `bench history`
    #[arg(long, value_name = "FILE")]
    pub(crate) max_from_history: Option<PathBuf>,
    /// Lines of `[/benchmark regexp/] UNIT PERCENT`; the last one that matches holds
    #[arg(long, value_name = "FILE")]
    pub(crate) thresholds: Option<PathBuf>,
    /// Only results that match this filter of benchstat
    #[arg(
        long,
        value_name = "QUERY",
        default_value = "*",
        allow_hyphen_values = true
    )]
    pub(crate) filter: String,
    /// Accepted probability that unchanged code fails, over all rows
    #[arg(long, value_name = "LEVEL", default_value_t = 0.05)]
    pub(crate) alpha: f64,
    /// Refuse results of different machines or Go versions
    #[arg(long)]
    pub(crate) strict: bool,
    #[arg(long, value_enum, default_value_t = GateFormat::Text)]
    pub(crate) format: GateFormat,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum GateFormat {
    Text,
    Markdown,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Args, Debug)]
pub(crate) struct HistoryArgs {
    /// Where entries are kept
    #[arg(
        long,
        value_name = "FILE",
        default_value = "benchmarks.txt",
        global = true
    )]
    pub(crate) store: PathBuf,
    #[command(subcommand)]
    pub(crate) command: HistoryCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum HistoryCommand {
    /// Add results (`-`: standard input) as an entry
    Add {
        file: PathBuf,
        /// The commit they belong to; without it, that of the repository around
        #[arg(long)]
        commit: Option<String>,
    },
    /// Show each benchmark over time
    Show {
        #[command(flatten)]
        series: SeriesArgs,
        /// Bars in the terminal, a picture, or a page
        #[arg(long, value_enum, default_value_t = HistoryFormat::Text)]
        format: HistoryFormat,
    },
    /// Find where benchmarks changed for good
    Changes {
        #[command(flatten)]
        series: SeriesArgs,
        /// Highest p of a change
        #[arg(long, value_name = "P", default_value_t = 0.001)]
        p: f64,
        /// Least change, in percent
        #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
        magnitude: f64,
    },
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum HistoryFormat {
    Text,
    Svg,
    Html,
    Json,
}

/// Which benchmarks of a store.
#[derive(Args, Debug)]
pub(crate) struct SeriesArgs {
    /// Only benchmarks that match
    #[arg(long, value_name = "REGEX", default_value = "")]
    pub(crate) bench: String,
    #[arg(long, default_value = "sec/op")]
    pub(crate) unit: String,
    /// Entries that are looked at together for changes, at least 4
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) window: usize,
}
