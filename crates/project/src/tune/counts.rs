//! What a benchmark allocates per operation. The counts repeat, so that a few short runs are a proof; where they do not
//! (pools, hash seeds, goroutines), the range of all runs is compared.

use base::{Cancellation, System};
use bench::ab::exactly;
use bench::run::{RunError, RunOptions};
use go_tool::TestBinary;

/// The least and the most of what several runs counted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Span {
    pub least: f64,
    pub most: f64,
}

impl Span {
    #[cfg(test)]
    pub(super) fn exactly(value: f64) -> Self {
        Self {
            least: value,
            most: value,
        }
    }

    fn of(values: &[f64]) -> Option<Self> {
        let least = values.iter().copied().reduce(f64::min)?;
        let most = values.iter().copied().reduce(f64::max)?;
        Some(Self { least, most })
    }

    fn width(self) -> f64 {
        self.most - self.least
    }

    pub fn middle(self) -> f64 {
        f64::midpoint(self.least, self.most)
    }
}

/// Per operation.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Counts {
    pub allocs: Span,
    pub bytes: Span,
}

/// What a change does to the counts of one benchmark.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CountChange {
    pub before: Counts,
    pub after: Counts,
}

/// Bytes vary by what is rounded and amortized: a smaller part is not a change.
const BYTES_MARGIN: f64 = 0.01;

impl CountChange {
    /// Fewer objects, or as many of fewer bytes, in every run.
    pub fn fell(&self) -> bool {
        let (before, after) = (self.before, self.after);
        let less = after.bytes.most + self.bytes_noise()
            < before.bytes.least * (1.0 - BYTES_MARGIN)
            && after.allocs.most <= before.allocs.most;
        !self.rose() && (self.fewer() || less)
    }

    fn fewer(&self) -> bool {
        self.after.allocs.most + self.allocs_noise() < self.before.allocs.least
    }

    /// What varies from run to run varies more in runs that were not made: so much is added to the ranges.
    fn allocs_noise(&self) -> f64 {
        self.before.allocs.width().max(self.after.allocs.width())
    }

    fn bytes_noise(&self) -> f64 {
        2.0 * self.before.bytes.width().max(self.after.bytes.width())
    }

    /// More objects, or more bytes in not fewer objects, in every run.
    pub fn rose(&self) -> bool {
        let (before, after) = (self.before, self.after);
        let more = after.allocs.least > before.allocs.most + self.allocs_noise();
        // A few bytes above a small figure are one size class; a buffer that is made at once may be larger than those
        // before it, but not by half.
        let least = after.bytes.least - self.bytes_noise();
        let heavier = least > before.bytes.most * (1.0 + BYTES_MARGIN) + 8.0;
        let much_heavier = least > before.bytes.most * 1.5 + 64.0;
        more || heavier && !self.fewer() || much_heavier
    }
}

/// One run of a benchmark for its counts.
pub(super) struct CountRun<'a> {
    pub(super) system: &'a dyn System,
    pub(super) cancel: &'a Cancellation,
    pub(super) cpu: Option<&'a str>,
    pub(super) timeout: std::time::Duration,
}

/// Runs that are counted; each also starts with another seed of hashes.
const PROCESSES: usize = 2;
const RUNS: u32 = 3;

impl CountRun<'_> {
    /// The counts of a benchmark over so many operations; a message if it fails.
    pub(super) fn of(
        &self,
        binary: &TestBinary,
        benchmark: &str,
        operations: u64,
    ) -> Result<Result<Counts, String>, RunError> {
        let options = RunOptions {
            bench: exactly(benchmark),
            benchtime: Some(format!("{operations}x")),
            count: Some(RUNS),
            cpu: self.cpu.map(str::to_owned),
            benchmem: true,
            timeout: Some(self.timeout),
            ..RunOptions::default()
        };
        let (mut allocs, mut bytes) = (Vec::new(), Vec::new());
        for _ in 0..PROCESSES {
            let binaries = std::slice::from_ref(binary);
            let runs = bench::run::run(self.system, self.cancel, binaries, &options, &mut |_| {})?;
            for run in &runs {
                if let Some(problem) = run.problem() {
                    return Ok(Err(problem.message));
                }
                for result in &run.results {
                    allocs.extend(result.value("allocs/op"));
                    bytes.extend(result.value("B/op"));
                }
            }
        }
        let counts = Span::of(&allocs).zip(Span::of(&bytes));
        Ok(counts
            .map(|(allocs, bytes)| Counts { allocs, bytes })
            .ok_or_else(|| "it reports no allocations".to_owned()))
    }
}

/// Operations of a run that takes about a fiftieth of a second; the same number on all sides, as what is amortized
/// over them depends on it.
pub(super) fn operations(seconds_per_op: f64) -> u64 {
    let wanted = 0.02 / seconds_per_op.max(1e-9);
    (wanted.round() as u64).clamp(3, 20_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: [f64; 4], after: [f64; 4]) -> CountChange {
        let counts = |[least, most, fewest, largest]: [f64; 4]| Counts {
            allocs: Span { least, most },
            bytes: Span {
                least: fewest,
                most: largest,
            },
        };
        CountChange {
            before: counts(before),
            after: counts(after),
        }
    }

    #[test]
    fn counts_fall_or_rise_only_outside_of_their_ranges() {
        for (before, after, fell, rose) in [
            // What varies by itself has to change by more than that.
            (
                [261.0, 262.0, 3000.0, 3100.0],
                [263.0, 263.0, 3200.0, 3250.0],
                false,
                false,
            ),
            (
                [261.0, 262.0, 3000.0, 3100.0],
                [250.0, 251.0, 2000.0, 2100.0],
                true,
                false,
            ),
            (
                [9.0, 9.0, 100.0, 100.0],
                [8.0, 8.0, 90.0, 90.0],
                true,
                false,
            ),
            (
                [9.0, 10.0, 100.0, 110.0],
                [9.0, 9.0, 100.0, 105.0],
                false,
                false,
            ),
            (
                [9.0, 9.0, 100.0, 100.0],
                [10.0, 10.0, 100.0, 100.0],
                false,
                true,
            ),
            // One larger object instead of many small ones.
            (
                [9.0, 9.0, 1000.0, 1000.0],
                [1.0, 1.0, 1200.0, 1200.0],
                true,
                false,
            ),
            (
                [9.0, 9.0, 1000.0, 1000.0],
                [1.0, 1.0, 1700.0, 1700.0],
                false,
                true,
            ),
            (
                [1.0, 1.0, 1000.0, 1000.0],
                [1.0, 1.0, 600.0, 600.0],
                true,
                false,
            ),
            (
                [1.0, 1.0, 1000.0, 1000.0],
                [1.0, 1.0, 1100.0, 1100.0],
                false,
                true,
            ),
            (
                [1.0, 1.0, 1000.0, 1000.0],
                [1.0, 1.0, 1005.0, 1005.0],
                false,
                false,
            ),
        ] {
            let found = change(before, after);
            assert_eq!((found.fell(), found.rose()), (fell, rose), "{found:?}");
        }
    }

    #[test]
    fn short_benchmarks_run_often_and_long_ones_a_few_times() {
        assert_eq!(operations(1e-9), 20_000);
        assert_eq!(operations(1e-4), 200);
        assert_eq!(operations(3.0), 3);
    }
}
