//! The record that one test process writes when its tests are over.
//!
//! Lines of a key and a value, names in hex; then dumps, each behind its length in bytes:
//!
//! ```text
//! goperf leak record 2
//! pid 17 … package 6578… clean false
//! baseline 1
//! test 7 546573744f6e65
//! stacks 1234
//! goroutine 1 [running]: …
//! sample 1234
//! goroutine 1 [running]: …
//! counts 567
//! goroutine profile: total 3 …
//! ```

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use profile::goroutine::{self, Goroutine, Stack};

use super::assess::tier;

/// One process's record.
#[derive(Debug, Default)]
pub struct Record {
    pub pid: u64,
    pub ppid: u64,
    /// As `runtime.Version` gives it.
    pub go: String,
    /// Import path of the package under test.
    pub package: String,
    /// The goroutine that wrote the record.
    pub writer: u64,
    /// The goroutine that ran the tests.
    pub main: u64,
    /// The runtime of this process can prove leaks.
    pub proof: bool,
    /// Nothing was left behind; there are no dumps then.
    pub clean: bool,
    /// The tests' time was up before they were done.
    pub hung: bool,
    /// Tests that were running.
    pub running: Vec<String>,
    /// Goroutines that were there before the first test.
    pub baseline: BTreeSet<u64>,
    /// Goroutines that ran a test.
    pub tests: BTreeMap<u64, String>,
    /// Goroutines of the last dump, marked as leaked if any dump said so, each as the sample shows
    /// it in which it was blocked most: a loop may run or sleep at the moment of one dump.
    pub goroutines: Vec<Goroutine<'static>>,
    /// The last dump's goroutines by stack and labels.
    pub stacks: Vec<Stack<'static>>,
}

/// Why the record of a test run cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error("not a record of this goperf")]
    Version,
    #[error("line `{0}` of a record cannot be read")]
    Line(String),
    #[error("a record is cut off")]
    Truncated,
}

const FIRST_LINE: &str = "goperf leak record 2";

impl Record {
    /// Reads a record that the instrumented test wrote. `Err` if it is cut off, or of another goperf.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut record = Self::default();
        let mut rest = bytes;
        if next_line(&mut rest) != FIRST_LINE {
            return Err(RecordError::Version);
        }
        let mut leaked = BTreeSet::new();
        let mut samples = BTreeMap::new();
        while !rest.is_empty() {
            let line = next_line(&mut rest);
            let (key, value) = line.split_once(' ').unwrap_or((&line, ""));
            if matches!(key, "stacks" | "counts" | "sample") {
                let len: usize = value.parse().map_err(|_| RecordError::Line(line.clone()))?;
                let (text, after) = rest.split_at_checked(len).ok_or(RecordError::Truncated)?;
                rest = after;
                let (dump, _) = goroutine::parse(text);
                if key == "counts" {
                    record.stacks = dump.stacks;
                } else if key == "sample" {
                    keep_blocked(&mut samples, dump.goroutines);
                } else {
                    leaked.extend(
                        dump.goroutines
                            .iter()
                            .filter(|it| it.leaked)
                            .map(|it| it.id),
                    );
                    record.goroutines = dump.goroutines;
                }
            } else if record.field(key, value).is_none() {
                return Err(RecordError::Line(line));
            }
        }
        for goroutine in &mut record.goroutines {
            goroutine.leaked |= leaked.contains(&goroutine.id);
            let sample = samples.remove(&goroutine.id);
            if let Some(sample) = sample.filter(|it| tier(it) < tier(goroutine)) {
                goroutine.status = sample.status;
                goroutine.frames = sample.frames;
                goroutine.lock = sample.lock;
            }
        }
        Ok(record)
    }

    fn field(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "pid" => self.pid = value.parse().ok()?,
            "ppid" => self.ppid = value.parse().ok()?,
            "go" => value.clone_into(&mut self.go),
            "package" => self.package = unhex(value)?,
            "self" => self.writer = value.parse().ok()?,
            "main" => self.main = value.parse().ok()?,
            "proof" => self.proof = value == "true",
            "clean" => self.clean = value == "true",
            "hung" => self.hung = value == "true",
            "running" => self.running.push(unhex(value)?),
            "baseline" => {
                self.baseline.insert(value.parse().ok()?);
            }
            "test" => {
                let (id, name) = value.split_once(' ')?;
                self.tests.insert(id.parse().ok()?, unhex(name)?);
            }
            _ => return None,
        }
        Some(())
    }
}

/// Keeps each goroutine as it was blocked most.
fn keep_blocked(samples: &mut BTreeMap<u64, Goroutine<'static>>, dump: Vec<Goroutine<'static>>) {
    for goroutine in dump {
        match samples.entry(goroutine.id) {
            Entry::Vacant(entry) => {
                entry.insert(goroutine);
            }
            Entry::Occupied(mut entry) => {
                if tier(&goroutine) < tier(entry.get()) {
                    entry.insert(goroutine);
                }
            }
        }
    }
}

/// The next line without its end, and `rest` moved behind it.
fn next_line(rest: &mut &[u8]) -> String {
    let end = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len());
    let line = String::from_utf8_lossy(&rest[..end]).into_owned();
    *rest = rest.get(end + 1..).unwrap_or_default();
    line
}

fn unhex(text: &str) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?))
        .collect();
    Some(String::from_utf8_lossy(&bytes?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_all_dumps_come_together() {
        let first = "goroutine 7 [chan send (leaked)]:\nmain.f()\n\tm.go:1\n\n";
        let last = "goroutine 7 [chan send]:\nmain.f()\n\tm.go:1\n\ngoroutine 8 [select]:\nmain.g()\n\tm.go:2\n\n";
        let text = format!(
            "{FIRST_LINE}\npid 3\npackage 612f62\nclean false\ntest 7 54657374c3a9\nstacks {}\n{first}stacks {}\n{last}counts 0\n",
            first.len(),
            last.len()
        );
        let record = Record::parse(text.as_bytes()).unwrap();
        assert_eq!((record.pid, record.package.as_str()), (3, "a/b"));
        assert_eq!(record.tests[&7], "Testé");
        let marks: Vec<_> = record
            .goroutines
            .iter()
            .map(|it| (it.id, it.leaked))
            .collect();
        assert_eq!(marks, [(7, true), (8, false)]);
    }

    #[test]
    fn a_goroutine_is_kept_as_it_was_blocked_most() {
        let states = |states: [&str; 2]| -> String {
            let block = |(idx, state): (usize, &&str)| {
                format!("goroutine {} [{state}]:\nmain.f()\n\tm.go:1\n\n", idx + 7)
            };
            states.iter().enumerate().map(block).collect()
        };
        let last = states(["sleep", "select"]);
        let samples = [
            ["runnable", "sleep"],
            ["select", "IO wait"],
            ["sleep", "running"],
        ]
        .map(states);
        let sections = samples.map(|it| format!("sample {}\n{it}", it.len()));
        let text = format!(
            "{FIRST_LINE}\nstacks {}\n{last}{}",
            last.len(),
            sections.concat()
        );
        let record = Record::parse(text.as_bytes()).unwrap();
        let states: Vec<_> = record
            .goroutines
            .iter()
            .map(|it| it.status.as_ref())
            .collect();
        assert_eq!(states, ["select", "select"]);
    }

    #[test]
    fn broken_records_are_errors() {
        let cases = [
            ("", RecordError::Version),
            ("goperf leak record 2\nstacks 9\nx", RecordError::Truncated),
            (
                "goperf leak record 2\ntest 1 5",
                RecordError::Line("test 1 5".into()),
            ),
        ];
        for (text, want) in cases {
            assert_eq!(Record::parse(text.as_bytes()).unwrap_err(), want, "{text}");
        }
    }
}
