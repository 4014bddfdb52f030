//! Why a run did not measure all it was to measure, in the words of the program that ran.

use std::path::{Path, PathBuf};

use super::{Logged, PackageRun, RunOutcome};

/// What kept a package's benchmarks from being measured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunProblem {
    /// One line: `BenchmarkA failed: a_test.go:5: boom`.
    pub message: String,
    /// All the program said of it, as it said it.
    pub details: Vec<String>,
    /// The file and line of the package that failed, where the program names them.
    pub location: Option<(PathBuf, u32)>,
}

/// The most lines of a trace or log that [`RunProblem::details`] holds.
const MAX_DETAILS: usize = 30;

impl PackageRun {
    /// The problem of a run that failed, panicked, was stopped or skipped everything; `None` if it
    /// measured what matched, also if nothing did.
    pub fn problem(&self) -> Option<RunProblem> {
        match &self.outcome {
            RunOutcome::Passed => None,
            RunOutcome::NoBenchmarks => self.all_skipped(),
            RunOutcome::BenchmarksFailed => Some(self.benchmarks_failed()),
            RunOutcome::Failed { message, benchmark } => Some(RunProblem {
                message: match benchmark {
                    Some(benchmark) => format!("{benchmark} ended the program: {message}"),
                    None => message.clone(),
                },
                // A refused argument is followed by the list of all arguments.
                details: if self.output.first() == Some(message) {
                    Vec::new()
                } else {
                    self.last_output()
                },
                location: None,
            }),
            RunOutcome::Panicked { message, benchmark } => {
                Some(self.panicked(message, benchmark.as_deref()))
            }
            RunOutcome::Killed { signal, benchmark } => Some(RunProblem {
                message: format!(
                    "{} was killed by signal {signal}",
                    named(benchmark.as_deref())
                ),
                details: self.last_output(),
                location: None,
            }),
            RunOutcome::TimedOut { benchmark } => Some(RunProblem {
                message: format!(
                    "{} did not end within the time limit",
                    named(benchmark.as_deref())
                ),
                details: self.last_output(),
                location: None,
            }),
        }
    }

    fn last_output(&self) -> Vec<String> {
        let from = self.output.len().saturating_sub(MAX_DETAILS);
        self.output[from..].to_vec()
    }

    fn all_skipped(&self) -> Option<RunProblem> {
        let first = self.skipped.first()?;
        let message = if self.skipped.len() == 1 {
            format!("{} was skipped{}", first.benchmark, reason(&first.log))
        } else {
            format!(
                "all benchmarks that matched were skipped{}",
                reason(&first.log)
            )
        };
        Some(RunProblem {
            message,
            details: outcome_lines("SKIP", &self.skipped),
            location: None,
        })
    }

    fn benchmarks_failed(&self) -> RunProblem {
        // A benchmark fails with its sub-benchmarks and then has nothing to say itself.
        let by_itself = |own: &&Logged| {
            let below = format!("{}/", own.benchmark);
            let of_sub = |other: &Logged| other.benchmark.starts_with(&below);
            !own.log.is_empty() || !self.failed.iter().any(of_sub)
        };
        let failed: Vec<Logged> = self.failed.iter().filter(by_itself).cloned().collect();
        let message = match &failed[..] {
            [one] => format!("{} failed{}", one.benchmark, reason(&one.log)),
            many => {
                let names: Vec<&str> = many.iter().map(|own| own.benchmark.as_str()).collect();
                let first = many.first().map_or(String::new(), |own| reason(&own.log));
                format!("{} failed{first}", names.join(", "))
            }
        };
        let mut logs = failed.iter().flat_map(|own| own.log.iter().rev());
        let location = logs.find_map(|line| position(line));
        RunProblem {
            message,
            details: outcome_lines("FAIL", &failed),
            location: location.map(|(file, line)| (self.dir.join(file), line)),
        }
    }

    fn panicked(&self, message: &str, benchmark: Option<&str>) -> RunProblem {
        let first = message.lines().next().unwrap_or(message);
        let begin = self.output.iter().position(|line| line == first);
        let trace = &self.output[begin.unwrap_or(self.output.len())..];
        RunProblem {
            message: match benchmark {
                Some(benchmark) => format!("{benchmark} ended with {first}"),
                None => first.to_owned(),
            },
            details: if trace.is_empty() {
                vec![message.to_owned()]
            } else {
                // The frames of the testing package are the same in every trace.
                (trace
                    .iter()
                    .take_while(|line| !line.starts_with("testing.")))
                .take(MAX_DETAILS)
                .cloned()
                .collect()
            },
            location: trace.iter().find_map(|line| frame_in(line, &self.dir)),
        }
    }
}

fn named(benchmark: Option<&str>) -> &str {
    benchmark.unwrap_or("the program")
}

/// `: ` and the line of a log that says why: the last with a position, else the last.
fn reason(log: &[String]) -> String {
    let spoken = || log.iter().rev().filter(|line| !line.trim().is_empty());
    let line = spoken()
        .find(|line| position(line).is_some())
        .or_else(|| spoken().next());
    line.map_or(String::new(), |line| format!(": {}", line.trim()))
}

/// The lines `go test` prints without `-v`.
fn outcome_lines(word: &str, all: &[Logged]) -> Vec<String> {
    let mut lines = Vec::new();
    for one in all {
        lines.push(format!("--- {word}: {}", one.benchmark));
        let from = one.log.len().saturating_sub(MAX_DETAILS);
        lines.extend(one.log[from..].iter().map(|line| format!("    {line}")));
    }
    lines.truncate(2 * MAX_DETAILS);
    lines
}

/// The file and line of `a_test.go:5: boom`, as `b.Log` prints it.
fn position(line: &str) -> Option<(&str, u32)> {
    let (file, rest) = line.trim_start().split_once(':')?;
    let (number, _) = rest.split_once(": ").or_else(|| rest.split_once(':'))?;
    // Only names of files that lie in the package's folder are printed without a path; those of the
    // testing package itself are too.
    let name = file.strip_suffix(".go")?;
    let own = !name.contains(['/', '\\', ' ']) && name != "benchmark";
    own.then(|| Some((file, number.parse().ok()?))).flatten()
}

/// The file and line of a frame of a trace, `\t/m/p/a_test.go:8 +0x25`, if the file lies in `dir`.
fn frame_in(line: &str, dir: &Path) -> Option<(PathBuf, u32)> {
    let frame = line.strip_prefix('\t')?;
    let (place, _) = frame.rsplit_once(" +0x").unwrap_or((frame, ""));
    let (file, number) = place.rsplit_once(':')?;
    let file = Path::new(file);
    (file.parent() == Some(dir)).then_some(())?;
    Some((file.to_owned(), number.parse().ok()?))
}
