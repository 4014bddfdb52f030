//! Running the benchmarks of test binaries, one package after the other.
//!
//! A benchmark that fails, hangs or panics, a package without a matching one, a binary that cannot
//! start: all of it is data in the [`PackageRun`], and [`PackageRun::problem`] words it. Profiles are
//! written to a temporary folder and returned as bytes; no file is left behind.

mod flags;
mod problem;
mod progress;
mod rerun;

use std::path::{Path, PathBuf};
use std::time::Duration;

use base::system::{Command, Exit, Stream, System};
use base::{Cancellation, Cancelled};
use go_tool::{Listing, PackageId, TestBinary};

use crate::benchfmt::{BenchmarkResult, Name};
pub use flags::FlagError;
pub use problem::RunProblem;
use progress::Progress;

/// Which benchmarks to run and how, in the terms of `go test`.
#[expect(clippy::struct_excessive_bools, reason = "flags of go test")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// `-bench`: a regular expression for each level of name, separated by `/`.
    pub bench: String,
    /// `-benchtime`: `2s`, `100x`.
    pub benchtime: Option<String>,
    pub count: Option<u32>,
    /// `-cpu`: values of GOMAXPROCS, `1,2,4`.
    pub cpu: Option<String>,
    pub benchmem: bool,
    /// The limit for one package; its process is killed when it is exceeded.
    pub timeout: Option<Duration>,
    pub cpu_profile: bool,
    pub mem_profile: bool,
    /// Mean number of allocated bytes between two samples; 1 samples every allocation.
    pub memprofilerate: Option<u64>,
    pub count_instructions: bool,
    /// Environment variables that are set for the binary.
    pub env: Vec<(String, String)>,
    /// Further arguments of the binary.
    pub args: Vec<String>,
}

impl RunOptions {
    /// Checks the flags by the testing package's own rules, so that a mistyped one is reported before
    /// anything is built.
    pub fn check(&self) -> Result<(), FlagError> {
        flags::check_bench(&self.bench)?;
        self.benchtime
            .as_deref()
            .map_or(Ok(()), flags::check_benchtime)?;
        self.cpu.as_deref().map_or(Ok(()), flags::check_cpu)
    }
}

/// A report while benchmarks run.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    Started {
        package: &'a str,
    },
    /// A benchmark has begun.
    Running {
        package: &'a str,
        benchmark: &'a str,
    },
    Result {
        package: &'a str,
        result: &'a BenchmarkResult,
    },
    /// A line of the benchmark format, as in [`PackageRun::text`].
    Line {
        package: &'a str,
        line: &'a str,
    },
    /// A line that is not a result.
    Output {
        package: &'a str,
        line: &'a str,
    },
    Finished(&'a PackageRun),
}

/// The result of running one package's benchmarks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackageRun {
    pub package: String,
    /// The folder the binary ran in, which holds the package's sources.
    pub dir: PathBuf,
    pub outcome: RunOutcome,
    /// Those measured after a benchmark had ended the program are of another process.
    pub results: Vec<BenchmarkResult>,
    /// What went wrong in that process and in those after it.
    pub further_problems: Vec<RunProblem>,
    /// Benchmarks that failed, in order.
    pub failed: Vec<Logged>,
    /// Benchmarks that called `b.Skip`, in order.
    pub skipped: Vec<Logged>,
    /// The results in the benchmark format, repaired where the benchmark's own output broke lines.
    pub text: String,
    /// The last lines that are not results: logs of failures, the trace of a panic.
    pub output: Vec<String>,
    /// As the binary wrote it; `None` if it was not requested or the binary ended early.
    pub cpu_profile: Option<Vec<u8>>,
    /// As `cpu_profile`.
    pub mem_profile: Option<Vec<u8>>,
    pub wall: Duration,
    /// Involuntary context switches of the process, where the system counts them.
    pub involuntary_switches: Option<u64>,
    /// Instructions of the whole program, if they were requested and can be counted.
    pub instructions: Option<u64>,
}

/// A benchmark that did not produce a result, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logged {
    /// As the testing package prints it: `BenchmarkA/x-2`.
    pub benchmark: String,
    /// What it logged and printed, without the indentation of its first line.
    pub log: Vec<String>,
}

/// How a package's run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RunOutcome {
    #[default]
    Passed,
    /// Without an error, but no benchmark matched, or all that matched were skipped.
    NoBenchmarks,
    /// Benchmarks failed: see [`PackageRun::failed`].
    BenchmarksFailed,
    /// The binary refused its arguments, could not start, or ended by itself with an error.
    Failed {
        message: String,
        /// The benchmark that was running.
        benchmark: Option<String>,
    },
    /// The runtime ended the program.
    Panicked {
        /// The runtime's own words: `panic: boom`, possibly several lines.
        message: String,
        /// The benchmark that was running.
        benchmark: Option<String>,
    },
    /// A signal ended the program without a word from the runtime.
    Killed {
        signal: i32,
        /// The benchmark that was running.
        benchmark: Option<String>,
    },
    /// The limit [`RunOptions::timeout`] was exceeded.
    TimedOut {
        /// The benchmark that was running.
        benchmark: Option<String>,
    },
}

/// Benchmarks could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("failed to write profiles")]
    Temporary(#[source] std::io::Error),
    #[error(transparent)]
    Flag(#[from] FlagError),
    #[error("`{line}`: {message}")]
    Command { line: String, message: String },
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

/// The packages whose test files define a benchmark; the others need not be built.
pub fn with_benchmarks(
    system: &dyn System,
    listing: &Listing,
    packages: &[PackageId],
) -> Vec<PackageId> {
    let defines = |path: &Path| {
        let source = system.read(path).unwrap_or_default();
        memchr::memmem::find(&source, b"func Benchmark").is_some()
    };
    (packages.iter().copied())
        .filter(|id| {
            let package = &listing.packages[*id];
            let files = package.test_go_files.iter().chain(&package.xtest_go_files);
            let own = package
                .go_files
                .iter()
                .filter(|file| file.ends_with("_test.go"));
            files
                .chain(own)
                .any(|file| defines(&package.dir.join(file)))
        })
        .collect()
}

/// The number of top-level benchmarks that `-bench` selects in a binary; 0 if the binary cannot be run.
pub fn count_selected(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
    bench: &str,
) -> usize {
    let command = Command::new(&binary.path)
        .arg(format!("-test.list={}", flags::top_level(bench)))
        .current_dir(&binary.dir)
        .timeout(Some(Duration::from_secs(10)));
    let said = system.run(&command, cancel).map(|output| output.stdout);
    let said = said.unwrap_or_default();
    let lines = said.split(|byte| *byte == b'\n');
    lines.filter(|line| line.starts_with(b"Benchmark")).count()
}

/// Each benchmark once, by its name without `Benchmark` and the suffix of GOMAXPROCS, with the seconds of an operation if
/// it reports them.
pub fn seconds_per_op(results: &[BenchmarkResult]) -> Vec<(String, Option<f64>)> {
    // The suffix is that of GOMAXPROCS if all have it.
    let suffix =
        |result: &BenchmarkResult| Name(&result.name).split_gomaxprocs().1.map(str::to_owned);
    let common = (results.first().and_then(suffix))
        .filter(|first| results.iter().all(|it| suffix(it).as_ref() == Some(first)));
    let mut all: Vec<(String, Option<f64>)> = Vec::new();
    for result in results {
        let name = (common.as_deref()).and_then(|suffix| result.name.strip_suffix(suffix));
        let name = name.unwrap_or(&result.name);
        if !all.iter().any(|(known, _)| known == name) {
            all.push((name.to_owned(), result.value("sec/op")));
        }
    }
    all
}

/// Runs the benchmarks of each binary in its package's folder and reports as it goes. If a benchmark ends the program,
/// those after it are run without it.
pub fn run(
    system: &dyn System,
    cancel: &Cancellation,
    binaries: &[TestBinary],
    options: &RunOptions,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Vec<PackageRun>, RunError> {
    let mut runs = Vec::new();
    for binary in binaries {
        cancel.check()?;
        on_event(Event::Started {
            package: &binary.package,
        });
        let run = run_package(system, cancel, binary, options, on_event)?;
        on_event(Event::Finished(&run));
        runs.push(run);
    }
    Ok(runs)
}

fn run_package(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
    options: &RunOptions,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<PackageRun, RunError> {
    let (mut run, mut begun) = run_process(system, cancel, binary, options, None, on_event)?;
    let mut skip = rerun::skip_pattern(&run, &begun);
    for _ in 1..rerun::MAX_PROCESSES {
        let Some(pattern) = &skip else { break };
        cancel.check()?;
        let (next, begun_then) =
            run_process(system, cancel, binary, options, Some(pattern), on_event)?;
        // Nothing is left, or the binary is of a Go before 1.20 and cannot leave anything out.
        if begun_then.iter().all(|name| begun.contains(name)) {
            break;
        }
        begun.extend(begun_then);
        skip = rerun::skip_pattern(&next, &begun);
        run.add(next);
    }
    Ok(run)
}

/// Runs the benchmarks of a binary that `skip` does not match, and says which began.
fn run_process(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
    options: &RunOptions,
    skip: Option<&str>,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<(PackageRun, Vec<String>), RunError> {
    let temp = system
        .temp_dir("goperf-bench-")
        .map_err(RunError::Temporary)?;
    let mut command = command(binary, options, temp.path());
    if let Some(skip) = skip {
        command = command.arg(format!("-test.skip={skip}"));
    }
    let mut progress = Progress::new(&binary.package);
    let ran = system.run_streaming(&command, cancel, &mut |stream, bytes| match stream {
        Stream::Stdout => progress.stdout(bytes, on_event),
        Stream::Stderr => progress.stderr(bytes, on_event),
    });
    progress.finish(on_event);
    let profile = |name: &str| {
        let bytes = system.read(&temp.path().join(name)).ok();
        bytes.filter(|bytes| !bytes.is_empty())
    };
    let begun = progress.take_begun();
    let run = match ran {
        Ok(output) if output.exit == Exit::Cancelled => return Err(Cancelled.into()),
        Ok(output) => PackageRun {
            dir: binary.dir.clone(),
            cpu_profile: profile(CPU_PROFILE),
            mem_profile: profile(MEM_PROFILE),
            wall: output.usage.wall,
            involuntary_switches: output.usage.involuntary_switches,
            instructions: output.usage.instructions,
            ..progress.into_run(output.exit)
        },
        Err(error) => PackageRun {
            package: binary.package.clone(),
            dir: binary.dir.clone(),
            outcome: RunOutcome::Failed {
                message: format!(
                    "failed to run `{}`: {}",
                    binary.path.display(),
                    base::io_reason(&error)
                ),
                benchmark: None,
            },
            ..PackageRun::default()
        },
    };
    Ok((run, begun))
}

const CPU_PROFILE: &str = "cpu.pprof";
const MEM_PROFILE: &str = "mem.pprof";

fn command(binary: &TestBinary, options: &RunOptions, folder: &Path) -> Command {
    let mut command = Command::new(&binary.path)
        .current_dir(&binary.dir)
        .args(["-test.run=^$", "-test.paniconexit0"])
        // Name and numbers of a result then come together, after the run.
        .arg("-test.v")
        .arg(format!("-test.bench={}", options.bench));
    let profile =
        |wanted: bool, name: &str| wanted.then(|| folder.join(name).display().to_string());
    let flags = [
        ("benchtime", options.benchtime.clone()),
        ("count", options.count.map(|count| count.to_string())),
        ("cpu", options.cpu.clone()),
        ("benchmem", options.benchmem.then(|| "true".to_owned())),
        ("cpuprofile", profile(options.cpu_profile, CPU_PROFILE)),
        ("memprofile", profile(options.mem_profile, MEM_PROFILE)),
        (
            "memprofilerate",
            options.memprofilerate.map(|rate| rate.to_string()),
        ),
    ];
    for (name, value) in flags {
        if let Some(value) = value {
            command = command.arg(format!("-test.{name}={value}"));
        }
    }
    for (name, value) in &options.env {
        command = command.env(name, value);
    }
    command.count_instructions = options.count_instructions;
    // Not `-test.timeout`: the testing package stops that timer before it runs benchmarks.
    command.args(&options.args).timeout(options.timeout)
}

#[cfg(test)]
mod tests;
