//! Benchmark output as it comes from a test binary, back in lines.
//!
//! The testing package prints name and tab before it runs a benchmark and the numbers after it
//! (with `-test.v` both after it), on the stream the benchmark itself may print to. So a result line
//! may be split, `BenchmarkX \tuser text\n     100\t 114 ns/op`, or glued to user text that lacks its
//! newline, `partialBenchmarkX-2 \t 100\t 114 ns/op`. [`Recovery`] puts results together again and
//! hands the rest over as what it is.

use crate::bytes::{is_ascii_space, split_field, trim_start};
use crate::number::{parse_float, parse_int};

/// A piece of output.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recovered {
    /// A line of the benchmark format: a result, a `key: value`, a `Unit` line.
    Line(String),
    /// `--- FAIL: name` and the like.
    Outcome { outcome: Outcome, name: String },
    /// A name before its benchmark runs (`-test.v`).
    Started(String),
    /// Other output of the benchmark or the testing package.
    Text(String),
}

/// How a test or benchmark ended, where it is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Its log follows.
    Bench,
    Fail,
    Skip,
}

/// Feed it the output as it comes; ask [`finish`](Self::finish) for what is left at the end.
#[derive(Debug, Default)]
pub struct Recovery {
    /// The line begun.
    partial: Vec<u8>,
    /// A name that still waits for its numbers.
    pending: Option<String>,
}

/// A line without an end is cut here, so that a benchmark that prints without end costs no memory.
const LONGEST_LINE: usize = 1 << 20;

impl Recovery {
    /// Takes output in arbitrary pieces.
    pub fn push(&mut self, output: &[u8]) -> Vec<Recovered> {
        let mut found = Vec::new();
        for line in output.split_inclusive(|&byte| byte == b'\n') {
            self.partial.extend_from_slice(line);
            let whole = line.ends_with(b"\n");
            if whole || self.partial.len() > LONGEST_LINE {
                let line = std::mem::take(&mut self.partial);
                self.line(without_newline(&line), &mut found);
            }
        }
        found
    }

    /// The rest, when the output is over.
    pub fn finish(&mut self) -> Vec<Recovered> {
        let mut found = Vec::new();
        if !self.partial.is_empty() {
            let line = std::mem::take(&mut self.partial);
            self.line(without_newline(&line), &mut found);
        }
        self.pending = None;
        found
    }

    fn line(&mut self, line: &[u8], found: &mut Vec<Recovered>) {
        // `-test.v=test2json` marks the testing package's own lines with ^V.
        let text = String::from_utf8_lossy(line).replace('\u{16}', "");
        if let Some((outcome, name)) = outcome(text.trim_start()) {
            self.pending = None;
            found.push(Recovered::Outcome {
                outcome,
                name: name.to_owned(),
            });
        } else if let Some(at) = result_start(&text) {
            self.pending = None;
            found.extend(user_text(&text[..at]));
            found.push(Recovered::Line(text[at..].to_owned()));
        } else if let Some((name, rest)) = started(&text) {
            self.pending = Some(name.to_owned());
            if rest.is_empty() {
                found.push(Recovered::Started(name.to_owned()));
            } else {
                self.behind_name(rest, found);
            }
        } else if !self.join(&text, found) {
            found.push(if is_format_line(&text) {
                Recovered::Line(text)
            } else {
                Recovered::Text(text)
            });
        }
    }

    /// What follows a name on its line.
    fn behind_name(&mut self, rest: &str, found: &mut Vec<Recovered>) {
        if let Some((before, outcome, failed)) = glued_outcome(rest) {
            self.pending = None;
            found.extend(user_text(before));
            found.push(Recovered::Outcome {
                outcome,
                name: failed.to_owned(),
            });
        } else if !self.join(rest, found) {
            found.extend(user_text(rest));
        }
    }

    /// Joins numbers to the name that waits for them.
    fn join(&mut self, text: &str, found: &mut Vec<Recovered>) -> bool {
        let Some((name, at)) = self.pending.as_ref().zip(numbers_start(text)) else {
            return false;
        };
        let result = format!("{name}\t{}", &text[at..]);
        self.pending = None;
        found.extend(user_text(&text[..at]));
        found.push(Recovered::Line(result));
        true
    }
}

fn without_newline(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// What is left of user text once the padding the testing package sets around it is off.
fn user_text(text: &str) -> Option<Recovered> {
    let text = text.trim_start_matches(' ');
    let text = text.strip_prefix('\t').unwrap_or(text).trim_end();
    (!text.is_empty()).then(|| Recovered::Text(text.to_owned()))
}

/// Where a whole result begins: the first `Benchmark` from which the rest of the line is one.
fn result_start(text: &str) -> Option<usize> {
    (text.match_indices("Benchmark"))
        .map(|(at, _)| at)
        .find(|&at| {
            let (name, rest) = split_field(&text.as_bytes()[at..]);
            name.len() + rest.len() < text.len() - at && is_numbers(rest)
        })
}

/// Where the numbers of a split line begin: the first count from which the rest is a result. The
/// testing package sets it in blanks, but user text without newline may touch it.
fn numbers_start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    text.match_indices('\t').find_map(|(tab, _)| {
        let digits = count_back(&bytes[..tab], |byte| byte.is_ascii_digit());
        let at = tab - digits;
        // The count is printed right-aligned in 8 places.
        let blanks = count_back(&bytes[..at], |byte| byte == b' ');
        let aligned = blanks + digits >= 8 || blanks == at;
        (digits > 0 && aligned && is_numbers(&bytes[at..])).then_some(at)
    })
}

fn count_back(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    bytes.iter().rev().take_while(|&&byte| wanted(byte)).count()
}

/// `count value unit [value unit]…`, to the end.
fn is_numbers(text: &[u8]) -> bool {
    let (count, mut rest) = split_field(text);
    if parse_int(count).is_err() || rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let (value, after) = split_field(rest);
        let (unit, after) = split_field(after);
        if parse_float(value).is_err() || unit.is_empty() {
            return false;
        }
        rest = after;
    }
    true
}

/// A line that begins with a benchmark's name: the name and what follows.
fn started(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = split_field(text.strip_prefix("Benchmark")?.as_bytes());
    let end = "Benchmark".len() + name.len();
    let upper = text["Benchmark".len()..]
        .chars()
        .next()
        .is_none_or(|rune| !rune.is_lowercase());
    let own = rest.is_empty()
        || text
            .as_bytes()
            .get(end)
            .is_some_and(|&byte| is_ascii_space(byte));
    (upper && own).then(|| (&text[..end], &text[end..]))
}

fn outcome(text: &str) -> Option<(Outcome, &str)> {
    let (kind, rest) = text.strip_prefix("--- ")?.split_once(':')?;
    let outcome = match kind {
        "BENCH" => Outcome::Bench,
        "FAIL" => Outcome::Fail,
        "SKIP" => Outcome::Skip,
        _ => return None,
    };
    let name = rest.split_whitespace().next()?;
    Some((outcome, name))
}

/// `BenchmarkX \t--- FAIL: BenchmarkX`: an outcome behind a name that was printed already.
fn glued_outcome(rest: &str) -> Option<(&str, Outcome, &str)> {
    let at = rest.find("--- ")?;
    let (outcome, name) = outcome(&rest[at..])?;
    Some((&rest[..at], outcome, name))
}

/// Configuration as the testing package prints it, and `Unit` lines.
fn is_format_line(text: &str) -> bool {
    let known = ["goos: ", "goarch: ", "pkg: ", "cpu: "];
    known.iter().any(|key| text.starts_with(key))
        || text.starts_with("Unit") && {
            let (first, rest) = split_field(text.as_bytes());
            first == b"Unit" && !trim_start(rest).is_empty()
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recover(text: &str) -> String {
        let mut recovery = Recovery::default();
        // In small pieces, as a pipe may bring them.
        let mut found: Vec<_> = text
            .as_bytes()
            .chunks(7)
            .flat_map(|chunk| recovery.push(chunk))
            .collect();
        found.extend(recovery.finish());
        let show = |piece| match piece {
            Recovered::Line(line) => format!("line {line}\n"),
            Recovered::Outcome { outcome, name } => format!("{outcome:?} {name}\n"),
            Recovered::Started(name) => format!("started {name}\n"),
            Recovered::Text(text) => format!("text {text}\n"),
        };
        found.into_iter().map(show).collect()
    }

    #[test]
    fn clean_output_passes() {
        insta::assert_snapshot!(recover(
            "goos: linux\npkg: a\nBenchmarkA-2   \t     100\t       114.5 ns/op\nPASS\n"
        ), @r"
        line goos: linux
        line pkg: a
        line BenchmarkA-2   	     100	       114.5 ns/op
        text PASS
        ");
    }

    #[test]
    fn a_line_split_by_user_output_is_joined() {
        insta::assert_snapshot!(recover(
            "BenchmarkPrint \tstdout line\nstderr line\n     100\t 114.5 ns/op\n"
        ), @r"
        text stdout line
        text stderr line
        line BenchmarkPrint	100	 114.5 ns/op
        ");
        insta::assert_snapshot!(recover(
            "BenchmarkPrint-4 \tno newline     100\t 114.5 ns/op\t 5 B/op\n"
        ), @r"
        text no newline
        line BenchmarkPrint-4	100	 114.5 ns/op	 5 B/op
        ");
    }

    #[test]
    fn a_line_glued_to_user_output_is_cut_loose() {
        insta::assert_snapshot!(recover(
            "BenchmarkX\npartialpartialBenchmarkX-2 \t100\t 5 ns/op\n"
        ), @r"
        started BenchmarkX
        text partialpartial
        line BenchmarkX-2 	100	 5 ns/op
        ");
    }

    #[test]
    fn outcomes_are_told() {
        insta::assert_snapshot!(recover(
            "BenchmarkF\n\u{16}--- FAIL: BenchmarkF\n    f_test.go:3: no\nBenchmarkG   \t--- FAIL: BenchmarkG\n--- SKIP: BenchmarkH\n--- BENCH: BenchmarkI-2\n"
        ), @r"
        started BenchmarkF
        Fail BenchmarkF
        text     f_test.go:3: no
        Fail BenchmarkG
        Skip BenchmarkH
        Bench BenchmarkI-2
        ");
    }

    #[test]
    fn prose_about_benchmarks_is_no_result() {
        insta::assert_snapshot!(recover("Benchmarking is hard\nsee BenchmarkX 5 times\nnote: x\n"), @r"
        text Benchmarking is hard
        text see BenchmarkX 5 times
        text note: x
        ");
    }
}
