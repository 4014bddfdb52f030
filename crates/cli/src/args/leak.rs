//! `goperf leak`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Args, Debug)]
pub(crate) struct LeakArgs {
    #[command(subcommand)]
    pub(crate) command: LeakCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum LeakCommand {
    /// Group the goroutines of a dump, a log or a live service
    Dump(DumpArgs),
    /// Follow the goroutines of live services and report what grows
    ///
    /// Asks each service for its goroutines by stack (debug=0), which stops it for a few
    /// milliseconds at most. Below 10 000 goroutines it asks for the goroutineleak profile too,
    /// where the service has it, which costs one garbage collection, and on demand for stacks
    /// with ids. Exits with 1 if a group of goroutines grows or is proven to be leaked.
    Watch(WatchArgs),
    /// Run tests and report the goroutines each one leaves behind
    ///
    /// Takes what `go test` takes: packages, build flags, test flags. Nothing in the source, in
    /// go.mod or in the Go installation changes: the tests are built with an instrumented copy of
    /// package testing through `go test -overlay`.
    Test(TestArgs),
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
pub(crate) struct DumpArgs {
    /// Dumps, profiles or logs, gzipped or not; `-` for standard input; or a service's URL
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
pub(crate) struct WatchArgs {
    /// Services with `net/http/pprof`: `http://host:6060`
    #[arg(required = true, value_name = "URL")]
    pub(crate) targets: Vec<String>,
    /// Time between two looks, such as 500ms, 10s, 1m
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) interval: Duration,
    /// Stop after this long
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(crate) duration: Option<Duration>,
    /// How many goroutines a group may grow by
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) max_growth: u64,
    /// Ask for stacks with ids, which tells goroutines that stay from those that come and go
    #[arg(long)]
    pub(crate) stacks: bool,
    /// Do not ask for proofs
    #[arg(long)]
    pub(crate) no_proof: bool,
    /// How to print; json is one value a line and look
    #[arg(long, value_enum, default_value_t = WatchFormat::Text)]
    pub(crate) format: WatchFormat,
    #[command(flatten)]
    pub(crate) fetch: FetchArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WatchFormat {
    Text,
    Json,
}

/// `500ms`, `10s`, `1.5m`, `2h`; a plain number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let end = text
        .find(|c: char| c != '.' && !c.is_ascii_digit())
        .unwrap_or(text.len());
    let unit = match &text[end..] {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        other => return Err(format!("`{other}` is no unit of time: ms, s, m and h are")),
    };
    let number: f64 = text[..end]
        .parse()
        .map_err(|_| format!("`{text}` is no duration"))?;
    Duration::try_from_secs_f64(number * unit).map_err(|error| error.to_string())
}

/// How to reach a live service.
#[derive(Args, Debug)]
pub(crate) struct FetchArgs {
    /// A header to send to the service, `Name: value`; may be repeated
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// Seconds to wait for the service's whole answer
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) fetch_timeout: u64,
    /// Certificate authorities of the service (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// Certificate to show to the service (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
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
pub(crate) struct TestOptions {
    /// How to print the leaks; the output of `go test` moves to standard error for json and junit
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
}
