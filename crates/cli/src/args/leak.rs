//! `goperf leak`.

use std::path::PathBuf;

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
