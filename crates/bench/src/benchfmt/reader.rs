//! The streaming reader.

use std::io::{self, Read};

use memchr::memchr;

use super::line::{key_value, unit_line};
use super::{Configuration, Measurement, TestOutput, UnitMetadata, Units};
use crate::bytes::{self, split_field};
use crate::number::{parse_float, parse_int};

/// A result as written in its line; borrowed from the reader.
#[derive(Debug)]
pub struct ResultLine<'a> {
    pub config: &'a Configuration,
    /// Without the word `Benchmark`.
    pub name: &'a [u8],
    pub iterations: i64,
    /// Never empty.
    pub values: &'a [Measurement],
    pub units: &'a Units,
}

/// A line that tried to be a result or metadata.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct SyntaxError {
    /// The path, not the label.
    pub file: String,
    /// From 1.
    pub line: usize,
    pub message: String,
}

/// What a file holds.
#[derive(Debug)]
pub enum Record<'a> {
    Result(&'a ResultLine<'a>),
    Problem(SyntaxError),
}

/// Why reading a file ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("{file}:{line}: failed to read {file}")]
    Io {
        file: String,
        /// Lines read before.
        line: usize,
        source: io::Error,
    },
    /// In the words of the scanner that stops there.
    #[error("{file}:{line}: bufio.Scanner: token too long")]
    LongLine { file: String, line: usize },
}

impl ReadError {
    pub fn line(&self) -> usize {
        match self {
            Self::Io { line, .. } | Self::LongLine { line, .. } => *line,
        }
    }
}

/// What is read, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dialect {
    /// Longest line, in bytes with its end.
    pub line: usize,
    /// Values that are the same in every unit, 0 and infinities, keep the unit as written (`0 ns/op` beside `sec/op`).
    pub zero_keeps_unit: bool,
    /// The output of `go test -json` is read too.
    pub test_json: bool,
}

impl Dialect {
    /// As the reference reads.
    pub const REFERENCE: Self = Self {
        line: 64 * 1024,
        zero_keeps_unit: true,
        test_json: false,
    };
    /// A line may be far longer than any real one, but garbage cannot fill the memory.
    pub const NATIVE: Self = Self {
        line: 16 * 1024 * 1024,
        zero_keeps_unit: false,
        test_json: true,
    };
}

/// Reads file after file. Unit metadata carries over; configuration starts empty in each file.
#[derive(Debug)]
pub struct Reader {
    dialect: Dialect,
    config: Configuration,
    units: Units,
    metadata: UnitMetadata,
    values: Vec<Measurement>,
    /// Per place in a line, which unit was there last.
    hints: Vec<u32>,
}

impl Reader {
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            config: Configuration::default(),
            units: Units::new(dialect.zero_keeps_unit),
            metadata: UnitMetadata::default(),
            values: Vec::new(),
            hints: Vec::new(),
        }
    }

    pub fn metadata(&self) -> &UnitMetadata {
        &self.metadata
    }

    pub fn units(&self) -> &Units {
        &self.units
    }

    /// Reads one file to its end. `path` names it in problems; `label`, unless empty, becomes the
    /// internal configuration `.file`.
    pub fn read(
        &mut self,
        input: &mut dyn Read,
        path: &str,
        label: &str,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> Result<(), ReadError> {
        self.config.clear();
        self.config.set(".file", label, false);
        let mut position = Position { path, line: 0 };
        let mut json;
        let input: &mut dyn Read = if self.dialect.test_json {
            json = TestOutput::new(input);
            &mut json
        } else {
            input
        };
        let mut lines = Lines::new(input, self.dialect.line);
        loop {
            match lines.next_line() {
                Ok(Some(line)) => {
                    position.line += 1;
                    self.read_line(line, &position, on_record);
                }
                Ok(None) => return Ok(()),
                Err(LineError::Long) => {
                    return Err(ReadError::LongLine {
                        file: path.to_owned(),
                        line: position.line,
                    });
                }
                Err(LineError::Io(source)) => {
                    return Err(ReadError::Io {
                        file: path.to_owned(),
                        line: position.line,
                        source,
                    });
                }
            }
        }
    }

    fn read_line(
        &mut self,
        line: &[u8],
        position: &Position<'_>,
        on_record: &mut dyn FnMut(Record<'_>),
    ) {
        if let Some(rest) = line.strip_prefix(b"Benchmark") {
            match self.read_result(rest) {
                Ok(Some((name, iterations))) => on_record(Record::Result(&ResultLine {
                    config: &self.config,
                    name,
                    iterations,
                    values: &self.values,
                    units: &self.units,
                })),
                Ok(None) => {}
                Err(message) => on_record(Record::Problem(position.problem(message))),
            }
        } else if let Some(rest) = unit_line(line).filter(|_| line.starts_with(b"U")) {
            self.read_metadata(rest, position, on_record);
        } else if let Some((key, value)) = key_value(line) {
            self.config
                .set(&bytes::decode(key), &bytes::decode(value), true);
        }
    }

    /// Name and iterations of what follows `Benchmark`; the measurements are left in `values`.
    /// `None` is a name alone, as `go test -v` prints when a benchmark starts.
    fn read_result<'a>(&mut self, line: &'a [u8]) -> Result<Option<(&'a [u8], i64)>, String> {
        let (name, rest) = split_field(line);
        if name.len() == line.len() {
            return Ok(None);
        }
        let (count, mut rest) = split_field(rest);
        if count.is_empty() {
            return Err("missing iteration count".to_owned());
        }
        let iterations =
            parse_int(count).map_err(|error| format!("parsing iteration count: {error}"))?;
        self.values.clear();
        while !rest.is_empty() {
            let (number, after) = split_field(rest);
            let (unit, after) = split_field(after);
            let value =
                parse_float(number).map_err(|error| format!("parsing measurement: {error}"))?;
            if value.is_nan() {
                return Err("parsing measurement: not a number".to_owned());
            }
            if unit.is_empty() {
                return Err("missing units".to_owned());
            }
            let place = self.values.len();
            if place == self.hints.len() {
                self.hints.push(0);
            }
            let measurement = self.units.measurement(value, unit, &mut self.hints[place]);
            self.values.push(measurement);
            rest = after;
        }
        if self.values.is_empty() {
            return Err("missing measurements".to_owned());
        }
        Ok(Some((name, iterations)))
    }

    fn read_metadata(
        &mut self,
        line: &[u8],
        position: &Position<'_>,
        on_record: &mut dyn FnMut(Record<'_>),
    ) {
        let (unit, mut rest) = split_field(line);
        if unit.is_empty() {
            on_record(Record::Problem(position.problem("missing unit".to_owned())));
        }
        let unit = bytes::decode(unit);
        while !rest.is_empty() {
            let (field, after) = split_field(rest);
            rest = after;
            let field = bytes::decode(field);
            let message = match field.split_once('=') {
                None | Some(("", _)) => "expected key=value".to_owned(),
                Some((key, value)) => match self.metadata.add(&unit, key, value) {
                    Ok(()) => continue,
                    Err(other) => format!("metadata {key} of unit {unit} already set to {other}"),
                },
            };
            on_record(Record::Problem(position.problem(message)));
        }
    }
}

struct Position<'a> {
    path: &'a str,
    line: usize,
}

impl Position<'_> {
    fn problem(&self, message: String) -> SyntaxError {
        SyntaxError {
            file: self.path.to_owned(),
            line: self.line,
            message,
        }
    }
}

enum LineError {
    Long,
    Io(io::Error),
}

/// Cuts a stream at newlines. A line loses its `\n` and one `\r` before it.
struct Lines<'a> {
    input: &'a mut dyn Read,
    limit: usize,
    buffer: Vec<u8>,
    /// The part of the buffer that is read but not handed out.
    start: usize,
    end: usize,
    finished: bool,
}

const CHUNK: usize = 128 * 1024;

impl<'a> Lines<'a> {
    fn new(input: &'a mut dyn Read, limit: usize) -> Self {
        Self {
            input,
            limit,
            buffer: vec![0; CHUNK],
            start: 0,
            end: 0,
            finished: false,
        }
    }

    fn next_line(&mut self) -> Result<Option<&[u8]>, LineError> {
        let mut searched = 0;
        loop {
            let pending = &self.buffer[self.start..self.end];
            if let Some(at) = memchr(b'\n', &pending[searched..]) {
                let len = searched + at;
                if len >= self.limit {
                    return Err(LineError::Long);
                }
                let line = &self.buffer[self.start..self.start + len];
                self.start += len + 1;
                return Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)));
            }
            searched = pending.len();
            if searched >= self.limit {
                return Err(LineError::Long);
            }
            if self.finished {
                let line = &self.buffer[self.start..self.end];
                self.start = self.end;
                let line = (!line.is_empty()).then_some(line);
                return Ok(line.map(|line| line.strip_suffix(b"\r").unwrap_or(line)));
            }
            self.fill().map_err(LineError::Io)?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let n = loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.end += n;
        self.finished = n == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results as `name count value unit…`, problems as their message.
    fn read(text: &str) -> Vec<String> {
        let mut seen = Vec::new();
        let mut reader = Reader::new(Dialect::REFERENCE);
        let end = reader.read(&mut text.as_bytes(), "f", "", &mut |record| {
            seen.push(match record {
                Record::Problem(problem) => problem.to_string(),
                Record::Result(line) => {
                    let mut words = vec![
                        bytes::decode(line.name).into_owned(),
                        line.iterations.to_string(),
                    ];
                    for value in line.values {
                        words.push(value.value.to_string());
                        words.push(line.units.name(value.unit).unit.clone());
                    }
                    words.join(" ")
                }
            });
        });
        seen.extend(end.err().map(|error| error.to_string()));
        seen
    }

    #[test]
    fn result_lines_follow_the_grammar() {
        for (line, want) in [
            ("BenchmarkF 1 2 ns/op", "F 1 0.000000002 sec/op"),
            ("Benchmark 1 2 B/op", " 1 2 B/op"),
            ("BenchmarkF\u{a0}1\t2 x 3 y", "F 1 2 x 3 y"),
            ("BenchmarkF 1 0 ns/op", "F 1 0 ns/op"),
            ("BenchmarkF ", "f:1: missing iteration count"),
            (
                "BenchmarkF x",
                "f:1: parsing iteration count: invalid syntax",
            ),
            (
                "BenchmarkF 9223372036854775808",
                "f:1: parsing iteration count: value out of range",
            ),
            ("BenchmarkF 1", "f:1: missing measurements"),
            ("BenchmarkF 1 2", "f:1: missing units"),
            (
                "BenchmarkF 1 x y",
                "f:1: parsing measurement: invalid syntax",
            ),
            (
                "BenchmarkF 1 1e999 y",
                "f:1: parsing measurement: value out of range",
            ),
            (
                "BenchmarkF 1 NaN y",
                "f:1: parsing measurement: not a number",
            ),
        ] {
            assert_eq!(read(line), [want], "{line:?}");
        }
        assert!(read("BenchmarkF\n BenchmarkF 1 2 x\nPASS\n").is_empty());
    }

    #[test]
    fn a_value_of_0_has_the_unit_of_the_others_unless_as_the_reference_reads() {
        let (results, _) = super::super::read_all(b"BenchmarkF 1 0 ns/op\n", "f");
        assert_eq!(results[0].value("sec/op"), Some(0.0));
        let mut reader = Reader::new(Dialect::NATIVE);
        let mut units = Vec::new();
        let text = "BenchmarkF 1 0 ns/op\nBenchmarkF 1 2 ns/op\nBenchmarkF 1 +Inf MB/s\n";
        let read = reader.read(&mut text.as_bytes(), "f", "", &mut |record| {
            if let Record::Result(line) = record {
                units.push(line.units.name(line.values[0].unit).unit.clone());
            }
        });
        assert!(read.is_ok());
        assert_eq!(units, ["sec/op", "sec/op", "B/s"]);
    }

    #[test]
    fn metadata_conflicts_name_the_unit_as_written() {
        assert_eq!(
            read("Unit ns/op a=b\nUnit sec/op a=b a=c =x y\nUnit\nUnits x\n"),
            [
                "f:2: metadata a of unit sec/op already set to b",
                "f:2: expected key=value",
                "f:2: expected key=value",
                "f:3: missing unit",
            ]
        );
    }

    #[test]
    fn a_line_of_64_kib_ends_the_reading() {
        let fits = "x".repeat(65_535);
        assert!(read(&fits).is_empty());
        assert!(read(&format!("{fits}\nBenchmarkF 1 2 x")).len() == 1);
        assert_eq!(
            read(&format!("a\n{fits}x\nBenchmarkF 1 2 x")),
            ["f:1: bufio.Scanner: token too long"]
        );
    }
}
