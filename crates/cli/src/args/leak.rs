//! `goperf leak`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use project::service::Access;

use super::check::PackageArgs;
use super::format::finding_format;
use super::service::ServiceArgs;
use super::ui::ServeArgs;

const CHECK_EXAMPLES: &str = "\
Examples:
  goperf leak check ./...                            everything, errors first
  goperf leak check ./... --select GL07,GL08         locks only
  goperf leak check ./... --ignore GL11 --tests      also what tests leave behind
  goperf leak check ./... --seen dump.txt            with the goroutines of a dump as evidence
  goperf leak check ./... --seen tests.json          with what tests left (`leak test --record tests.json`)
  goperf leak check ./... --write-baseline           accept what is there; later runs with --baseline FILE
  goperf leak check ./... --format sarif > leaks.sarif

Exit status: 0 nothing found, 1 errors or warnings, 2 could not run, 3 the Go code does not compile.";

const DUMP_EXAMPLES: &str = "\
Examples:
  goperf leak dump localhost:6060                    a running service
  goperf leak dump --count localhost:6060            its totals by state, which cost it little
  kubectl logs pod-x | goperf leak dump -            a panic or SIGQUIT dump in a log
  goperf leak dump --diff before.txt after.txt       what came, and who is still there";

const WATCH_EXAMPLES: &str = "\
Examples:
  goperf leak watch localhost:6060                   until Ctrl-C or q; arrow keys scroll the table
  goperf leak watch localhost:6060 --ui              a chart for each place in the browser
  goperf leak watch a:6060 b:6060 --for 10m --max-growth 20
                                                     a soak test: exits with 1 if goroutines leak
  goperf leak watch https://a/debug/pprof -H 'Authorization: Bearer …' --format json";

const TEST_EXAMPLES: &str = "\
Examples:
  goperf leak test ./...                             as `go test ./...`
  goperf leak test -race -run TestServer ./server    flags of `go test` may stand anywhere
  goperf leak test --stress 100 ./queue              leaks that depend on timing
  goperf leak test --ignore 'package go.opencensus.io/stats/view' ./...
  goperf leak test --format github ./...             annotations beside the code; also json, junit, sarif";

#[derive(Args, Debug)]
pub(crate) struct LeakArgs {
    #[command(subcommand)]
    pub(crate) command: LeakCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum LeakCommand {
    /// Find goroutines that cannot end and locks that are not released, in source
    ///
    /// Runs nothing. An error is proven as far as the source goes: every use of the channel, lock or context is known,
    /// and the path is shown. Warnings and hints say what would refute them.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(LeakCheckArgs),
    /// Group the goroutines of a dump, a log or a live service
    ///
    /// Exits with 1 if a goroutine is proven to be leaked, or with `--diff` if more goroutines are
    /// blocked than before.
    #[command(after_help = DUMP_EXAMPLES)]
    Dump(DumpArgs),
    /// Follow the goroutines of live services and report what grows
    ///
    /// Asks each service for its goroutines by stack (debug=0), which stops it for a few
    /// milliseconds at most. Below 10 000 goroutines it asks for the goroutineleak profile too,
    /// where the service has it, which costs one garbage collection, and below 2 000 for stacks with
    /// ids. Exits with 1 if at any look goroutines of one place were seen to grow or were proven to
    /// be leaked, if a service was restarted, or if it does not answer in the end.
    #[command(after_help = WATCH_EXAMPLES)]
    Watch(WatchArgs),
    /// Run tests and report the goroutines each one leaves behind
    ///
    /// Takes what `go test` takes: packages, build flags, test flags. Nothing in the source, in
    /// go.mod or in the Go installation changes: the tests are built with instrumented copies of
    /// packages testing and runtime/pprof through `go test -overlay`. Exits with 1 if a goroutine is left behind or a
    /// test fails, with 3 if the packages do not build.
    #[command(after_help = TEST_EXAMPLES)]
    Test(TestArgs),
}

#[derive(Args, Debug)]
pub(crate) struct LeakCheckArgs {
    #[command(flatten)]
    pub(crate) packages: PackageArgs,
    /// How to print the findings
    #[arg(long, value_name = "FORMAT", value_parser = finding_format(), default_value = "full")]
    pub(crate) format: diag::Format,
    /// Only these rules: ids, names or prefixes of ids (GL0)
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Not these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Goroutines that were seen: a dump, a goroutineleak profile, a running service, or what `leak test --record` wrote.
    /// Findings where some of them wait get them as evidence, and are errors where they are proven to be leaked
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) seen: Vec<String>,
    /// Leave out the findings that this file knows
    #[arg(long, value_name = "FILE", help_heading = "Baseline")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write what is found now as known [default: goperf-baseline.json]
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "", help_heading = "Baseline")]
    pub(crate) write_baseline: Option<String>,
    /// Take out of the baseline what is no longer found
    #[arg(long, requires = "baseline", help_heading = "Baseline")]
    pub(crate) prune_baseline: bool,
    /// Exit with 0 even if there are findings
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
pub(crate) struct DumpArgs {
    /// Dumps, profiles or logs, gzipped or not; `-` for standard input; running services
    /// (net/http/pprof): host:port, a base URL or one profile's URL
    #[arg(required = true, value_name = "FILE|-|URL")]
    pub(crate) sources: Vec<String>,
    /// Show what changed since this older dump
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) diff: Option<String>,
    /// Show only the totals, per verdict and state
    #[arg(long, conflicts_with = "diff")]
    pub(crate) count: bool,
    /// Show idle and running goroutines too
    #[arg(long)]
    pub(crate) all: bool,
    /// Show the values of labels, which may carry secrets
    #[arg(long)]
    pub(crate) labels: bool,
    /// How to print; `raw` is every goroutine as it was read, as JSON
    #[arg(long, value_enum, default_value_t = DumpFormat::Text)]
    pub(crate) format: DumpFormat,
    /// Do not ask the service for proofs, which costs it a garbage collection
    #[arg(long)]
    pub(crate) no_proof: bool,
    #[command(flatten)]
    pub(crate) fetch: FetchArgs,
    /// Do not look in the source for the reason why goroutines wait
    #[arg(long)]
    pub(crate) no_reasons: bool,
    /// Folder with the program's source, for dumps with trimmed paths [default: .]
    #[arg(long, value_name = "DIR")]
    pub(crate) source_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DumpFormat {
    Text,
    Json,
    Raw,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
pub(crate) struct WatchArgs {
    /// Running services (net/http/pprof): host:port or a base URL
    #[arg(required = true, value_name = "URL")]
    pub(crate) targets: Vec<String>,
    /// Time between two looks, such as 500ms, 10s, 1m
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = crate::duration::parse)]
    pub(crate) interval: Duration,
    /// Stop after this long
    #[arg(long = "for", value_name = "DURATION", value_parser = crate::duration::parse)]
    pub(crate) duration: Option<Duration>,
    /// How many goroutines a group may grow by
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) max_growth: u64,
    /// Ask for stacks with ids up to 10 000 goroutines, not 2 000: they separate goroutines that stay
    /// from those that come and go
    #[arg(long)]
    pub(crate) stacks: bool,
    /// Fail if a service was restarted meanwhile
    #[arg(
        long,
        value_name = "BOOL",
        default_value_t = true,
        action = clap::ArgAction::Set,
        num_args = 0..=1,
        default_missing_value = "true",
        require_equals = true
    )]
    pub(crate) fail_on_restart: bool,
    /// Do not ask for proofs
    #[arg(long)]
    pub(crate) no_proof: bool,
    /// How to print; json is one value a line and look
    #[arg(long, value_enum, default_value_t = WatchFormat::Text)]
    pub(crate) format: WatchFormat,
    /// Follow the watch in the browser too; the page stays until Ctrl-C
    #[arg(long, help_heading = "Page")]
    pub(crate) ui: bool,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
    #[command(flatten)]
    pub(crate) fetch: FetchArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WatchFormat {
    Text,
    Json,
}

/// How to reach a live service.
#[derive(Args, Debug)]
pub(crate) struct FetchArgs {
    /// How long to wait for a service's whole answer
    #[arg(long, value_name = "T", default_value = "60s", value_parser = crate::duration::parse, help_heading = "Services")]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
}

impl FetchArgs {
    pub(crate) fn access(&self) -> Access {
        self.service.access(self.timeout)
    }
}

#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) options: TestOptions,
    /// Packages and flags of `go test`; the options above may stand among them
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "PKG|GO TEST FLAG"
    )]
    pub(crate) go_args: Vec<String>,
}

#[derive(Args, Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
pub(crate) struct TestOptions {
    /// How to print the leaks; the output of `go test` moves to standard error for json, junit and sarif
    #[arg(long, value_enum)]
    pub(crate) format: Option<TestFormat>,
    /// Fail only for leaks the runtime has proven and for hung tests
    #[arg(long)]
    pub(crate) proven_only: bool,
    /// Ignore goroutines: `[top|any|package|created-by|test] NAME`, or goleak's spelling
    #[arg(long, value_name = "ENTRY")]
    pub(crate) ignore: Vec<String>,
    /// File of such entries, one a line, each with its reason behind a `#`
    #[arg(long, value_name = "FILE")]
    pub(crate) ignore_file: Option<PathBuf>,
    /// Report only what is worse than this list of known leaks
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the list of known leaks
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Write the leaks as JSON too, for `leak check --seen`
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Do not look in the source for the reason of each leak
    #[arg(long)]
    pub(crate) no_reasons: bool,
    /// How long to wait for stragglers after the last one has ended [default: 1s]
    #[arg(long, value_name = "DURATION")]
    pub(crate) settle: Option<String>,
    /// Run every test N times, with 1, 2, 4 and 8 processors
    #[arg(long, value_name = "N")]
    pub(crate) stress: Option<u32>,
    /// Show whole stacks
    #[arg(long)]
    pub(crate) all: bool,
    /// Show the values of labels, which may carry secrets
    #[arg(long)]
    pub(crate) labels: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    Text,
    Json,
    Github,
    Junit,
    Sarif,
}
