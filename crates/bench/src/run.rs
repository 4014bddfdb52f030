//! Running the benchmarks of test binaries, one package after the other.
//!
//! A benchmark that fails, hangs or panics, a package without a matching one, a binary that cannot
//! start: all of it is data in the [`PackageRun`]. Profiles are written to a temporary folder and
//! come back as bytes; nothing is left behind.

mod progress;

use std::path::Path;
use std::time::Duration;

use base::system::{Command, Exit, Stream, System};
use base::{Cancellation, Cancelled};
use go_tool::{Listing, PackageId, TestBinary};

use crate::benchfmt::BenchmarkResult;
use progress::Progress;

/// What to run, as one would tell `go test`.
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
    /// For each package; it is killed then.
    pub timeout: Option<Duration>,
    pub cpu_profile: bool,
    pub mem_profile: bool,
    /// Bytes allocated for each one that is sampled; 1 samples all.
    pub memprofilerate: Option<u64>,
    pub count_instructions: bool,
    /// Set for the binary.
    pub env: Vec<(String, String)>,
    /// Passed on to the binary.
    pub args: Vec<String>,
}

/// What happens while benchmarks run.
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
    /// A line of the benchmark format, as it stands in [`PackageRun::text`].
    Line {
        package: &'a str,
        line: &'a str,
    },
    /// A line that is no result.
    Output {
        package: &'a str,
        line: &'a str,
    },
    Finished(&'a PackageRun),
}

/// What came of one package.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackageRun {
    pub package: String,
    pub outcome: RunOutcome,
    pub results: Vec<BenchmarkResult>,
    /// Benchmarks that failed, in the order they did.
    pub failed: Vec<String>,
    pub skipped: Vec<String>,
    /// The results in the benchmark format, repaired where the benchmark's own output broke lines.
    pub text: String,
    /// The last lines that are no results: logs of failures, the trace of a panic.
    pub output: Vec<String>,
    /// As the binary wrote them, unless it was asked for none or ended before it could.
    pub cpu_profile: Option<Vec<u8>>,
    pub mem_profile: Option<Vec<u8>>,
    pub wall: Duration,
    /// How often the program had to give up a processor, where the system tells.
    pub involuntary_switches: Option<u64>,
    /// Instructions of the whole program, if they were asked for and can be counted.
    pub instructions: Option<u64>,
}

/// How a package's run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RunOutcome {
    #[default]
    Passed,
    /// All is well, but no benchmark matched.
    NoBenchmarks,
    /// Benchmarks failed, or the binary refused its arguments or could not start.
    Failed {
        message: String,
    },
    /// The program died of it: the line that says so, and what was running.
    Panicked {
        message: String,
        benchmark: Option<String>,
    },
    TimedOut {
        benchmark: Option<String>,
    },
}

/// Benchmarks could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot write profiles: {0}")]
    Temporary(std::io::Error),
    #[error("`{line}`: {message}")]
    Command { line: String, message: String },
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

/// The packages whose test files define a benchmark at all, which saves building the others.
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

/// How many top-level benchmarks `-bench` selects in a binary; 0 where it cannot be asked.
pub fn count_selected(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
    bench: &str,
) -> usize {
    // The list knows top-level names only.
    let first = bench.split('/').next().unwrap_or(bench);
    let command = Command::new(&binary.path)
        .arg(format!("-test.list={first}"))
        .current_dir(&binary.dir)
        .timeout(Some(Duration::from_secs(10)));
    let said = system.run(&command, cancel).map(|output| output.stdout);
    let said = said.unwrap_or_default();
    let lines = said.split(|byte| *byte == b'\n');
    lines.filter(|line| line.starts_with(b"Benchmark")).count()
}

/// Runs the benchmarks of each binary in its package's folder and reports as it goes.
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
    let temp = system
        .temp_dir("goperf-bench-")
        .map_err(RunError::Temporary)?;
    let command = command(binary, options, temp.path());
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
    match ran {
        Ok(output) if output.exit == Exit::Cancelled => Err(Cancelled.into()),
        Ok(output) => Ok(PackageRun {
            cpu_profile: profile(CPU_PROFILE),
            mem_profile: profile(MEM_PROFILE),
            wall: output.usage.wall,
            involuntary_switches: output.usage.involuntary_switches,
            instructions: output.usage.instructions,
            ..progress.into_run(output.exit)
        }),
        Err(error) => Ok(PackageRun {
            package: binary.package.clone(),
            outcome: RunOutcome::Failed {
                message: format!("cannot run `{}`: {error}", binary.path.display()),
            },
            ..PackageRun::default()
        }),
    }
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
