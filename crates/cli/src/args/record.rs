//! What `record` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::check::{BenchArgs, PackageArgs};
use super::service::ServiceArgs;

pub(super) const RECORD_EXAMPLES: &str = "\
Examples:
  goperf record bench ./... -bench .                CPU and memory profiles of the benchmarks
  goperf record localhost:6060 --seconds 10         all profiles of a service
  goperf record http://a:6060 http://b:6060 --profiles profile,heap
  goperf record -- ./store.test -test.bench=.       profiles of a test binary";

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RecordArgs {
    #[command(subcommand)]
    pub(crate) bench: Option<RecordCommand>,
    #[command(flatten)]
    pub(crate) run: RecordRunArgs,
}

#[derive(Subcommand, Debug)]
pub(crate) enum RecordCommand {
    /// From the benchmarks of packages
    Bench(RecordBenchArgs),
}

#[derive(Args, Debug)]
pub(crate) struct RecordBenchArgs {
    #[command(flatten)]
    pub(crate) packages: PackageArgs,
    #[command(flatten)]
    pub(crate) bench: BenchArgs,
    /// Write the profiles to this folder
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct RecordRunArgs {
    /// Running services (net/http/pprof): host:port, a base URL or one endpoint's URL
    #[arg(value_name = "URL")]
    pub(crate) targets: Vec<String>,
    /// Which profiles: profile (CPU), heap, allocs, goroutine, goroutineleak, block, mutex, threadcreate, trace
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) profiles: Vec<String>,
    /// Length of the CPU profile and the trace
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) seconds: u32,
    /// How long to wait for an answer, on top of --seconds; for a command, how long it may run
    #[arg(long, value_name = "T", value_parser = crate::duration::parse)]
    pub(crate) timeout: Option<std::time::Duration>,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
    /// Write the profiles to this folder
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    /// A test binary, or a program that writes profiles into the folder named by GOPERF_PROFILE_DIR
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<std::ffi::OsString>,
}
