//! The benchmarks of both sides, and the length of one run of each.

use base::{Cancellation, System};
use go_tool::TestBinary;

use super::run::{problem, run_one};
use super::{AbOptions, Pair, Series};
use crate::run::{RunError, RunOptions, seconds_per_op};

/// Names of the benchmarks both sides have, and series for those that only one has or that fail. Runs
/// each once.
pub fn discover(
    system: &dyn System,
    cancel: &Cancellation,
    pair: &Pair,
    options: &AbOptions,
) -> Result<Vec<Series>, RunError> {
    let (Some(old), Some(new)) = (pair.old.first(), pair.new.first()) else {
        return Ok(Vec::new());
    };
    let (old, old_problem) = found(system, cancel, old, options)?;
    let (new, new_problem) = if pair.identical {
        (old.clone(), None)
    } else {
        found(system, cancel, new, options)?
    };
    let has = |side: &[Found], name: &str| side.iter().any(|found| found.name == name);
    let mut all = old.clone();
    all.extend(new.iter().filter(|one| !has(&old, &one.name)).cloned());
    let missing = |side: &str, problem: &Option<String>| {
        let message = problem
            .clone()
            .unwrap_or_else(|| "no such benchmark".to_owned());
        Some((side.to_owned(), message))
    };
    let series = |found: Found| {
        let Found { name, seconds } = found;
        // As many operations on both sides: the slower one sets the number.
        let other = new.iter().find(|found| found.name == name);
        let seconds = other.map_or(seconds, |other| other.seconds.max(seconds));
        let (piece, pieces) = pieces(&options.benchtime, seconds);
        Series {
            package: pair.package.clone(),
            piece,
            pieces,
            failed: if !has(&old, &name) {
                missing("old", &old_problem)
            } else if !has(&new, &name) {
                missing("new", &new_problem)
            } else {
                None
            },
            identical: pair.identical,
            name,
            rounds: Vec::new(),
        }
    };
    Ok(all.into_iter().map(series).collect())
}

/// A benchmark of one side.
#[derive(Clone)]
struct Found {
    name: String,
    /// Of one operation, roughly.
    seconds: f64,
}

fn found(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
    options: &AbOptions,
) -> Result<(Vec<Found>, Option<String>), RunError> {
    let once = RunOptions {
        bench: options.bench.clone(),
        benchtime: Some(format!("{}ms", LEAST * 1e3)),
        cpu: options.cpu.clone(),
        timeout: Some(options.timeout),
        ..RunOptions::default()
    };
    let run = run_one(system, cancel, binary, &once)?;
    let all = seconds_per_op(&run.results).into_iter();
    let all = all
        .map(|(name, seconds)| Found {
            name,
            seconds: seconds.unwrap_or_default(),
        })
        .collect();
    Ok((all, problem(&run)))
}

/// The most runs a sample is cut into, and the least time one of them should take, in seconds.
const MOST: f64 = 20.0;
const LEAST: f64 = 1e-3;

/// `-benchtime` and `-count` of a sample. The number of operations is fixed: a run that has to find it
/// takes several attempts, each of which begins with a garbage collection. What is not a duration (`100x`)
/// is left to the testing package, and so is what reports no time.
pub fn pieces(benchtime: &str, seconds_per_op: f64) -> (String, u32) {
    let Some(total) = seconds(benchtime).filter(|_| seconds_per_op > 0.0) else {
        return (benchtime.to_owned(), 1);
    };
    // A run cannot take less than one operation.
    let piece = (total / MOST).max(LEAST).max(seconds_per_op);
    let count = (total / piece).clamp(1.0, MOST).floor();
    let operations = (total / count / seconds_per_op).round().clamp(1.0, 1e9);
    (format!("{operations}x"), count as u32)
}

/// A duration as Go writes the plain ones: `1.5s`, `100ms`.
fn seconds(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    let seconds = number.parse::<f64>().ok()? * unit;
    (seconds > 0.0 && seconds < 1e6).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_cut_into_runs_no_shorter_than_an_operation() {
        for (benchtime, op, piece, count) in [
            ("100ms", 1e-9, "5000000x", 20),
            ("100ms", 0.011, "1x", 9),
            ("100ms", 2.0, "1x", 1),
            ("1.5s", 1e-3, "75x", 20),
            ("5ms", 1e-6, "1000x", 5),
            ("100ms", 0.0, "100ms", 1),
            ("100x", 1e-9, "100x", 1),
            ("1h", 1e-9, "1h", 1),
        ] {
            assert_eq!(
                pieces(benchtime, op),
                (piece.to_owned(), count),
                "{benchtime} {op}"
            );
        }
    }
}
