//! Benchmarks that are left when one ends the program: they are run in another process, without it.

use std::collections::BTreeSet;

use super::{PackageRun, RunOutcome};

/// More processes than this are not started for the benchmarks of one package.
pub(super) const MAX_PROCESSES: usize = 20;

/// What `-test.skip` leaves out of the next process: all that has run, and the benchmark that ended this one. `None` if
/// the program did not end early, or without having run anything.
///
/// `begun` are the names of the benchmarks that began, in order, as the testing package prints them.
pub(super) fn skip_pattern(run: &PackageRun, begun: &[String]) -> Option<String> {
    let running = match &run.outcome {
        RunOutcome::Panicked { benchmark, .. }
        | RunOutcome::Failed { benchmark, .. }
        | RunOutcome::Killed { benchmark, .. } => benchmark.as_deref(),
        _ => return None,
    };
    // Between two sub-benchmarks it is the code around them that ended the program.
    let last = begun.last()?;
    let culprit = running.unwrap_or_else(|| last.split('/').next().unwrap_or(last));
    let has_parts = |name: &str| {
        let parts = format!("{name}/");
        begun.iter().any(|other| other.starts_with(&parts))
    };
    let leaves = begun.iter().map(String::as_str);
    let leaves = leaves.filter(|name| !has_parts(name));
    let names: BTreeSet<&str> = leaves.chain([culprit]).collect();
    let patterns = names.into_iter().map(|name| {
        let parts = name.split('/');
        let parts = parts.map(|part| format!("^{}$", regex::escape(part)));
        parts.collect::<Vec<_>>().join("/")
    });
    Some(patterns.collect::<Vec<_>>().join("|"))
}

impl PackageRun {
    /// Takes in what another process measured of the same package. What ended the first one remains the outcome.
    pub(super) fn add(&mut self, next: Self) {
        self.further_problems.extend(next.problem());
        self.results.extend(next.results);
        self.failed.extend(next.failed);
        self.skipped.extend(next.skipped);
        self.text += &next.text;
        // A process that was ended writes none.
        self.cpu_profile = next.cpu_profile.or(self.cpu_profile.take());
        self.mem_profile = next.mem_profile.or(self.mem_profile.take());
        self.wall += next.wall;
        let sum = |a: Option<u64>, b: Option<u64>| a.zip(b).map(|(a, b)| a + b);
        self.involuntary_switches = sum(self.involuntary_switches, next.involuntary_switches);
        self.instructions = sum(self.instructions, next.instructions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_run_is_left_out_and_what_ended_the_program() {
        let skipped = |benchmark: Option<&str>, begun: &[&str]| {
            let begun: Vec<String> = begun.iter().map(|&name| name.to_owned()).collect();
            let run = PackageRun {
                outcome: RunOutcome::Panicked {
                    message: "panic: boom".to_owned(),
                    benchmark: benchmark.map(str::to_owned),
                },
                ..PackageRun::default()
            };
            skip_pattern(&run, &begun).unwrap_or_default()
        };
        for (benchmark, begun, want) in [
            (Some("A"), &["A"][..], "^A$"),
            (Some("B"), &["A", "B"], "^A$|^B$"),
            // Other sub-benchmarks of A may follow.
            (Some("A/x.1"), &["A", "A/x.1"], r"^A$/^x\.1$"),
            (Some("A/y"), &["A", "A/x", "A/y"], "^A$/^x$|^A$/^y$"),
            (None, &["A", "A/x"], "^A$|^A$/^x$"),
            (None, &[], ""),
        ] {
            assert_eq!(skipped(benchmark, begun), want);
        }
    }
}
