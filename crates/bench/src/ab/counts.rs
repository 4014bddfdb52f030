//! Instructions per operation: a cost that does not depend on what else the machine does.
//!
//! A program that runs `3n` operations executes more instructions than one that runs `n`; the difference
//! by `2n` is free of what starting up takes. Perf events count natively where kernel and processor allow
//! it; else valgrind's cachegrind does, some fifty times slower. One processor and no garbage collection,
//! whose pace would be noise.

use std::time::Duration;

use base::system::{Command, Exit};
use base::{Cancellation, Cancelled, System};
use go_tool::TestBinary;

use super::run::exactly;
use super::{AbOptions, Arm, Change, Decision, Pair, Series, Verdict};
use crate::stats::median;

/// The unit of the verdicts.
pub const INSTRUCTIONS: &str = "instructions/op";

/// What counts instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counter {
    PerfEvents,
    Cachegrind,
}

impl Counter {
    pub fn name(self) -> &'static str {
        match self {
            Self::PerfEvents => "perf events",
            Self::Cachegrind => "cachegrind",
        }
    }
}

/// Slopes on either side.
const SLOPES: usize = 3;
/// `n` operations take about this long natively.
const SECONDS: f64 = 5e-3;

/// The counter of this machine; `None` if it has none.
pub fn find_counter(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
) -> Result<Option<Counter>, Cancelled> {
    let idle = Command::new(&binary.path)
        .args(["-test.run=^$", "-test.bench=^$"])
        .current_dir(&binary.dir)
        .count_instructions();
    let counts = system.run(&idle, cancel);
    if counts.is_ok_and(|output| output.usage.instructions.is_some_and(|count| count > 0)) {
        return Ok(Some(Counter::PerfEvents));
    }
    cancel.check()?;
    let version = Command::new("valgrind").arg("--version");
    let there = system.run(&version, cancel);
    let there = there.is_ok_and(|output| output.success());
    Ok(there.then_some(Counter::Cachegrind))
}

/// Compares instructions per operation. `None` if a side cannot be counted.
pub fn count(
    system: &dyn System,
    cancel: &Cancellation,
    counter: Counter,
    pair: &Pair,
    series: &Series,
    options: &AbOptions,
) -> Result<Option<Verdict>, Cancelled> {
    let (Some(old), Some(new)) = (pair.old.first(), pair.new.first()) else {
        return Ok(None);
    };
    let seconds = [Arm::Old, Arm::New].map(|arm| series.center(arm, "sec/op").unwrap_or_default());
    let job = Job {
        counter,
        name: &series.name,
        operations: operations(seconds[0].max(seconds[1])),
        timeout: options.timeout,
    };
    let mut slopes = [Vec::new(), Vec::new()];
    for round in 0..SLOPES {
        let mut order = [(0, old), (1, new)];
        if round % 2 == 1 {
            order.reverse();
        }
        for (side, binary) in order {
            let Some(slope) = slope(system, cancel, binary, &job)? else {
                return Ok(None);
            };
            slopes[side].push(slope);
        }
    }
    let [mut old, mut new] = slopes;
    old.sort_by(f64::total_cmp);
    new.sort_by(f64::total_cmp);
    Ok(verdict(series, &old, &new, options))
}

/// Counts the instructions per operation of one benchmark, three times; `None` if it cannot be counted.
/// `seconds` is the time of an operation, roughly.
pub fn count_alone(
    system: &dyn System,
    cancel: &Cancellation,
    counter: Counter,
    binary: &TestBinary,
    name: &str,
    seconds: f64,
    timeout: Duration,
) -> Result<Option<Vec<f64>>, Cancelled> {
    let job = Job {
        counter,
        name,
        operations: operations(seconds),
        timeout,
    };
    let mut slopes = Vec::new();
    for _ in 0..SLOPES {
        let Some(slope) = slope(system, cancel, binary, &job)? else {
            return Ok(None);
        };
        slopes.push(slope);
    }
    Ok(Some(slopes))
}

/// A benchmark to count.
struct Job<'a> {
    counter: Counter,
    name: &'a str,
    /// The smaller number of operations.
    operations: u64,
    timeout: Duration,
}

fn operations(seconds: f64) -> u64 {
    (SECONDS / seconds.max(1e-9)).round().clamp(1.0, 1e7) as u64
}

/// Instructions per operation, free of what starting the program takes.
fn slope(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
    job: &Job<'_>,
) -> Result<Option<f64>, Cancelled> {
    let few = instructions(system, cancel, binary, job, job.operations)?;
    let many = instructions(system, cancel, binary, job, 3 * job.operations)?;
    let difference = few.zip(many).map(|(few, many)| many.saturating_sub(few));
    Ok(difference.map(|difference| difference as f64 / (2 * job.operations) as f64))
}

/// Counts hardly vary, so the whole range of ratios has to lie on one side: stricter than any interval
/// of so few samples.
fn verdict(series: &Series, old: &[f64], new: &[f64], options: &AbOptions) -> Option<Verdict> {
    let (old_low, old_high) = (*old.first()?, *old.last()?);
    let (new_low, new_high) = (*new.first()?, *new.last()?);
    if old_low <= 0.0 || new_low <= 0.0 {
        return None;
    }
    let change = Change {
        old: median(old),
        new: median(new),
        ratio: median(new) / median(old),
        low: new_low / old_high,
        high: new_high / old_low,
        // Of two samples of three that do not overlap.
        p: if new_low > old_high || new_high < old_low {
            0.1
        } else {
            1.0
        },
        rounds: old.len(),
        exact: old_low.total_cmp(&old_high).is_eq() && new_low.total_cmp(&new_high).is_eq(),
        contaminated: 0,
    };
    let margin = 1.0 + options.delta;
    let decision = if change.low > margin {
        Decision::Higher
    } else if change.high < 1.0 / margin {
        Decision::Lower
    } else if change.low >= 1.0 / margin && change.high <= margin {
        Decision::Same
    } else {
        Decision::Inconclusive { more_rounds: None }
    };
    Some(Verdict {
        package: series.package.clone(),
        name: series.name.clone(),
        unit: INSTRUCTIONS.to_owned(),
        q: change.p,
        change,
        decision,
    })
}

/// Instructions of a whole run of `operations`.
fn instructions(
    system: &dyn System,
    cancel: &Cancellation,
    binary: &TestBinary,
    job: &Job<'_>,
    operations: u64,
) -> Result<Option<u64>, Cancelled> {
    let command = match job.counter {
        Counter::PerfEvents => Command::new(&binary.path).count_instructions(),
        Counter::Cachegrind => Command::new("valgrind")
            .args([
                "--tool=cachegrind",
                "--cache-sim=no",
                "--cachegrind-out-file=/dev/null",
            ])
            .arg(&binary.path),
    };
    let command = command
        .args(["-test.run=^$", "-test.cpu=1", "-test.count=1"])
        .arg(format!("-test.bench={}", exactly(job.name)))
        .arg(format!("-test.benchtime={operations}x"))
        .env("GOGC", "off")
        .env("GOMEMLIMIT", "1GiB")
        .current_dir(&binary.dir)
        .timeout(Some(job.timeout));
    let output = system.run(&command, cancel);
    cancel.check()?;
    let Some(output) = output.ok().filter(|output| output.exit == Exit::Code(0)) else {
        return Ok(None);
    };
    Ok(match job.counter {
        Counter::PerfEvents => output.usage.instructions,
        Counter::Cachegrind => refs(&String::from_utf8_lossy(&output.stderr)),
    })
}

/// `==7== I refs:  1,234,567`, with one blank or several after the I.
fn refs(said: &str) -> Option<u64> {
    said.lines().find_map(|line| {
        let (before, count) = line.split_once("refs:")?;
        before.trim_end().ends_with("== I").then_some(())?;
        count.trim().replace(',', "").parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use base::testing::{MemorySystem, exited};

    use super::*;

    #[test]
    fn instructions_per_operation_are_a_slope() {
        // Start-up takes a million, an operation 50 on the old side and 60 on the new.
        let system = MemorySystem::default().with_process(Box::new(|command| {
            let line = command.line();
            let flag = line.split("-test.benchtime=").nth(1);
            let n: u64 = flag
                .and_then(|n| n.trim_end_matches('x').parse().ok())
                .unwrap_or(0);
            let each = if line.contains("new.test") { 60 } else { 50 };
            let mut output = exited(0, "PASS\n");
            let count = 1_000_000 + each * n;
            output.stderr = format!(
                "==7== I   refs:      {},{:03}\n",
                count / 1000,
                count % 1000
            )
            .into();
            Ok(output)
        }));
        let binary = |name: &str| TestBinary {
            package: "p".to_owned(),
            path: name.into(),
            dir: "/".into(),
        };
        let pair = Pair {
            package: "p".to_owned(),
            old: vec![binary("old.test")],
            new: vec![binary("new.test")],
            identical: false,
        };
        let (cancel, options) = (Cancellation::default(), AbOptions::default());
        let found = find_counter(&system, &cancel, &pair.old[0]).unwrap();
        assert_eq!(found, Some(Counter::Cachegrind));
        let series = Series {
            name: "A".to_owned(),
            ..Series::default()
        };
        let verdict = count(
            &system,
            &cancel,
            Counter::Cachegrind,
            &pair,
            &series,
            &options,
        );
        let verdict = verdict.unwrap().unwrap();
        assert_eq!(verdict.decision, Decision::Higher);
        assert_eq!(
            format!("{} → {}", verdict.change.old, verdict.change.new),
            "50 → 60"
        );
    }

    #[test]
    fn counts_that_overlap_tell_nothing() {
        let options = AbOptions::default();
        let decide = |old: &[f64], new: &[f64]| {
            verdict(&Series::default(), old, new, &options)
                .unwrap()
                .decision
        };
        assert_eq!(decide(&[100.0, 100.5], &[100.2, 101.0]), Decision::Same);
        let unclear = Decision::Inconclusive { more_rounds: None };
        assert_eq!(decide(&[100.0, 110.0], &[105.0, 120.0]), unclear);
        assert_eq!(decide(&[100.0, 101.0], &[90.0, 91.0]), Decision::Lower);
    }
}
