//! What `tune` takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::check::PackageArgs;

pub(super) const TUNE_EXAMPLES: &str = "\
Examples:
  goperf tune ./...                     try the safe fixes, print what is proven, write tune.patch
  goperf tune ./... --plan              what would be tried, and about how long that takes
  goperf tune ./store --unsafe-fixes --bench 'List|Get' --budget 3m
  goperf tune ./... --apply             make the changes that are proven
  goperf tune ./... --commit            one commit for each of them, with its proof as message
  goperf tune ./... --try mine.json     prove a change of your own: JSON as `go build -overlay` takes it
  goperf tune ./... --format markdown > pr.md

Every change is made on a copy, built, vetted and tested; what it allocates is counted, and what it takes is timed \
in turn with the code as it is. Your files are not touched before --apply or --commit.

Exit status: 0 something is kept, 1 nothing is, 2 could not run, 3 the Go code does not compile, 130 interrupted.";

#[expect(clippy::struct_excessive_bools, reason = "flags")]
#[derive(Args, Debug)]
pub(crate) struct TuneArgs {
    #[command(flatten)]
    pub(crate) packages: PackageArgs,
    /// The benchmarks that decide
    #[arg(
        long,
        value_name = "REGEX",
        default_value = ".",
        help_heading = "Benchmarks"
    )]
    pub(crate) bench: String,
    /// Time of one sample
    #[arg(
        long,
        value_name = "T",
        default_value = "30ms",
        help_heading = "Benchmarks"
    )]
    pub(crate) benchtime: String,
    /// Values of GOMAXPROCS, separated by commas
    #[arg(long, value_name = "N,M", help_heading = "Benchmarks")]
    pub(crate) cpu: Option<String>,
    /// Flags of the test programs instead of -test.short; separated by blanks
    #[arg(
        long,
        value_name = "FLAGS",
        allow_hyphen_values = true,
        help_heading = "Benchmarks"
    )]
    pub(crate) test_flags: Option<String>,
    /// Rules to take fixes from: ids or their prefixes, separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Rules to leave out
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Try fixes too that may change behavior
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,
    /// Try the fixes of rules alone, not changes that only a measurement can justify; implied by --select
    #[arg(long)]
    pub(crate) no_rewrites: bool,
    /// Try this change too: JSON as `go build -overlay` takes it; may be given several times
    #[arg(long = "try", value_name = "FILE")]
    pub(crate) proposals: Vec<PathBuf>,
    /// The time for everything, such as 90s or 10m
    #[arg(long, value_name = "T", default_value = "10m", value_parser = crate::duration::parse)]
    pub(crate) budget: Duration,
    /// The least change of time that counts, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub(crate) min_effect: f64,
    /// Accepted probability of a false claim on time
    #[arg(long, value_name = "P", default_value_t = 0.05)]
    pub(crate) alpha: f64,
    /// Keep changes too that make no difference
    #[arg(long)]
    pub(crate) keep_same: bool,
    /// Print what would be tried and stop
    #[arg(long)]
    pub(crate) plan: bool,
    /// Write the changes that are proven into the files
    #[arg(long, conflicts_with = "plan")]
    pub(crate) apply: bool,
    /// As --apply, with one git commit for each change
    #[arg(long, conflicts_with_all = ["plan", "apply"])]
    pub(crate) commit: bool,
    /// Where to write the patch (`-`: to standard output, after the report)
    #[arg(short, long, value_name = "FILE", default_value = "tune.patch")]
    pub(crate) output: PathBuf,
    /// How to print the report
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TuneFormat::Text)]
    pub(crate) format: TuneFormat,
    /// Of the random orders
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TuneFormat {
    Text,
    Json,
    Markdown,
}
