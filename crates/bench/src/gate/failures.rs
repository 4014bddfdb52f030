//! Lines that say a run failed, in the output of benchmarks.

use std::io::{self, Read};

/// A line that says so: `--- FAIL: BenchmarkX`, `panic: boom`, `FAIL`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailureLine {
    /// From 1.
    pub line: usize,
    pub text: String,
}

/// Passes its input on and collects the lines that say a run failed.
///
/// The benchmark format ignores such lines, so results of a run that panicked half-way look complete.
#[derive(Debug)]
pub struct FailureScan<R> {
    input: R,
    line: usize,
    /// The start of the unfinished line.
    start: Vec<u8>,
    found: Vec<FailureLine>,
}

/// The first lines say what failed.
const MAX_FAILURES: usize = 20;
/// The length of a line's start that is looked at.
const START: usize = 1024;

impl<R: Read> FailureScan<R> {
    pub fn new(input: R) -> Self {
        Self {
            input,
            line: 1,
            start: Vec::new(),
            found: Vec::new(),
        }
    }

    /// The failures of all that was read.
    pub fn into_failures(mut self) -> Vec<FailureLine> {
        self.end_line();
        self.found
    }

    fn end_line(&mut self) {
        let text = String::from_utf8_lossy(&self.start);
        if self.found.len() < MAX_FAILURES && is_failure(&text) {
            self.found.push(FailureLine {
                line: self.line,
                text: text.trim().to_owned(),
            });
        }
        self.start.clear();
    }
}

impl<R: Read> Read for FailureScan<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        for piece in buffer[..read].split_inclusive(|byte| *byte == b'\n') {
            let room = START.saturating_sub(self.start.len());
            self.start
                .extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.end_line();
                self.line += 1;
            }
        }
        Ok(read)
    }
}

fn is_failure(line: &str) -> bool {
    let line = line.trim_end().trim_start_matches('\u{16}');
    let starts = ["panic: ", "fatal error: ", "FAIL\t"];
    line == "FAIL"
        || starts.iter().any(|start| line.starts_with(start))
        || line.trim_start().starts_with("--- FAIL: ")
        // Behind a name that was printed before the benchmark ran.
        || line.starts_with("Benchmark") && line.contains("--- FAIL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_found_wherever_the_input_is_cut() {
        let text = "pkg: p\nBenchmarkA 1 3 ns/op\n--- FAIL: BenchmarkB\n    b_test.go:3: no\n\
            BenchmarkC-2   \t--- FAIL: BenchmarkC-2\nnote: FAIL is a word\npanic: boom\nFAIL\tp\t1s\nFAIL";
        for size in [1, 7, 1000] {
            let mut scan = FailureScan::new(text.as_bytes());
            let mut buffer = vec![0; size];
            while scan.read(&mut buffer).unwrap() > 0 {}
            let found: Vec<String> = (scan.into_failures().iter())
                .map(|found| format!("{}: {}", found.line, found.text))
                .collect();
            assert_eq!(
                found,
                [
                    "3: --- FAIL: BenchmarkB",
                    "5: BenchmarkC-2   \t--- FAIL: BenchmarkC-2",
                    "7: panic: boom",
                    "8: FAIL\tp\t1s",
                    "9: FAIL"
                ]
            );
        }
    }
}
