//! Two commands that print results, run interleaved.

use std::path::PathBuf;

use base::system::{Command, Exit};
use base::{Cancellation, System};

use super::compare::is_settled;
use super::run::{Ended, Machine, Planner, Random, forward_and_backward};
use super::{AbEvent, AbOptions, Arm, Contention, Round, Sample, Series};
use crate::benchfmt::{BenchmarkResult, read_all};
use crate::run::RunError;

/// One side: a line for the shell, and where it runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SideCommand {
    pub line: String,
    pub dir: PathBuf,
}

/// Runs both commands interleaved until all benchmarks they print are settled, the rounds are through or
/// the time is over. Returns the results of the first two runs, for what they say of their origin.
///
/// A command that fails on its first run is an error in its own words; later on the round is lost.
pub fn run_commands(
    system: &dyn System,
    cancel: &Cancellation,
    sides: [&SideCommand; 2],
    series: &mut Vec<Series>,
    options: &AbOptions,
    on_event: &mut dyn FnMut(AbEvent<'_>),
) -> Result<([Vec<BenchmarkResult>; 2], Ended), RunError> {
    let mut planner = Planner::new(system.monotonic(), 1, options);
    let mut random = Random(options.seed);
    let mut first: [Vec<BenchmarkResult>; 2] = [Vec::new(), Vec::new()];
    for round in 1..=options.rounds.1 {
        let settled = |series: &Series| {
            series.failed.is_some()
                || series.rounds.len() >= options.rounds.0 && is_settled(series, options)
        };
        if round > 1 && series.iter().all(settled) {
            break;
        }
        let mut runs: Vec<(Arm, Vec<BenchmarkResult>, Contention)> = Vec::new();
        for arm in forward_and_backward(options.control, &mut random) {
            let side = sides[usize::from(arm == Arm::New)];
            let before = Machine::now(system);
            let (results, mut contention) = once(system, cancel, side, options)?;
            contention =
                before.contention(&Machine::now(system), contention.wall, contention.switches);
            let kept = &mut first[usize::from(arm == Arm::New)];
            if kept.is_empty() {
                kept.clone_from(&results);
            }
            runs.push((arm, results, contention));
        }
        if round == 1 {
            *series = names(&first);
        }
        for series in series.iter_mut().filter(|series| series.failed.is_none()) {
            series.rounds.extend(round_of(series, &runs));
        }
        let open = series.iter().filter(|series| !settled(series)).count();
        on_event(AbEvent::Round { round, open });
        if let Some(ended) = planner.after_pass(round, system.monotonic()) {
            return Ok((first, ended));
        }
    }
    Ok((first, Ended::Done))
}

/// One run of a side's command.
fn once(
    system: &dyn System,
    cancel: &Cancellation,
    side: &SideCommand,
    options: &AbOptions,
) -> Result<(Vec<BenchmarkResult>, Contention), RunError> {
    let shell = if cfg!(windows) {
        ["cmd", "/C"]
    } else {
        ["/bin/sh", "-c"]
    };
    let command = Command::new(shell[0])
        .arg(shell[1])
        .arg(&side.line)
        .current_dir(&side.dir)
        .timeout(Some(options.timeout));
    let failed = |message: String| RunError::Command {
        line: side.line.clone(),
        message,
    };
    let output = (system.run(&command, cancel)).map_err(|error| failed(base::io_reason(&error)))?;
    if output.exit == Exit::Cancelled {
        return Err(base::Cancelled.into());
    }
    let (results, _) = read_all(&output.stdout, &side.line);
    if results.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim_end().lines().next_back().unwrap_or_default();
        let how = match output.exit {
            Exit::Code(0) => "printed no results".to_owned(),
            Exit::Code(code) => format!("exit status {code}"),
            Exit::Signal(signal) => format!("killed by signal {signal}"),
            Exit::TimedOut | Exit::Cancelled => "ran out of time".to_owned(),
        };
        let gap = if said.is_empty() { "" } else { ": " };
        return Err(failed(format!("{how}{gap}{said}")));
    }
    let contention = Contention {
        wall: output.usage.wall,
        switches: output.usage.involuntary_switches,
        ..Contention::default()
    };
    Ok((results, contention))
}

fn key(result: &BenchmarkResult) -> (&str, &str) {
    (result.config("pkg").unwrap_or_default(), &result.name)
}

/// The benchmarks of both sides, those that only one prints as failed on the other.
fn names(first: &[Vec<BenchmarkResult>; 2]) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for (side, results) in ["old", "new"].into_iter().zip(first) {
        let other = usize::from(side == "old");
        for result in results {
            let (package, name) = key(result);
            if all
                .iter()
                .any(|series| series.package == package && series.name == name)
            {
                continue;
            }
            let missing = !first[other].iter().any(|own| key(own) == (package, name));
            let other = if side == "old" { "new" } else { "old" };
            all.push(Series {
                package: package.to_owned(),
                name: name.to_owned(),
                failed: missing.then(|| (other.to_owned(), "no such benchmark".to_owned())),
                ..Series::default()
            });
        }
    }
    all
}

/// A series' part of one round; none where a run lacks it.
fn round_of(series: &Series, runs: &[(Arm, Vec<BenchmarkResult>, Contention)]) -> Option<Round> {
    let samples: Option<Vec<Sample>> = (runs.iter())
        .map(|(arm, results, contention)| {
            let own: Vec<&BenchmarkResult> = (results.iter())
                .filter(|result| key(result) == (&series.package, &series.name))
                .collect();
            Sample::of(*arm, &own, *contention)
        })
        .collect();
    samples.map(|samples| Round { samples, layout: 0 })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use base::testing::{MemorySystem, exited};

    use super::*;
    use crate::ab::{Decision, compare};

    fn side(line: &str) -> SideCommand {
        SideCommand {
            line: line.to_owned(),
            dir: "/".into(),
        }
    }

    #[test]
    fn two_commands_are_compared_interleaved() {
        let runs = AtomicU32::new(0);
        let system = MemorySystem::default().with_process(Box::new(move |command| {
            let run = runs.fetch_add(1, Ordering::Relaxed);
            // Everything gets slower and slower; one side is slower on top.
            let time = (100 + run)
                * if command.line().ends_with("new") {
                    2
                } else {
                    1
                };
            Ok(exited(
                0,
                &format!("pkg: p\nBenchmarkA 1 {time} ns/op\nBenchmarkA 1 999 ns/op\n"),
            ))
        }));
        let mut series = Vec::new();
        let options = AbOptions::default();
        let cancel = Cancellation::default();
        let (old, new) = (side("old"), side("new"));
        run_commands(
            &system,
            &cancel,
            [&old, &new],
            &mut series,
            &options,
            &mut |_| {},
        )
        .unwrap();
        assert_eq!((series.len(), series[0].name.as_str()), (1, "A"));
        let verdicts = compare(&series, &options);
        assert_eq!(verdicts[0].decision, Decision::Higher);
        assert!(
            (verdicts[0].change.ratio - 2.0).abs() < 0.01,
            "{verdicts:?}"
        );
    }

    #[test]
    fn a_command_without_results_is_an_error_in_its_own_words() {
        let system = MemorySystem::default().with_process(Box::new(|_| {
            let mut output = exited(3, "");
            output.stderr = b"oh\nno such thing\n".to_vec();
            Ok(output)
        }));
        let (mut series, cancel) = (Vec::new(), Cancellation::default());
        let (old, new) = (side("old"), side("new"));
        let options = AbOptions::default();
        let error = run_commands(
            &system,
            &cancel,
            [&old, &new],
            &mut series,
            &options,
            &mut |_| {},
        );
        let text = error.unwrap_err().to_string();
        assert!(text.ends_with("exit status 3: no such thing"), "{text}");
    }
}
