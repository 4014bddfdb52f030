//! The Go benchmark format: results, configuration lines, unit metadata.
//!
//! [`Reader`] streams and copies nothing; [`read_all`] collects owned [`BenchmarkResult`]s;
//! [`Recovery`] cleans what a running benchmark prints before either reads it; [`Writer`] prints the
//! format again.
//!
//! Source: golang.org/design/14313-benchmark-format as golang.org/x/perf/benchfmt reads it.

mod config;
mod files;
mod line;
mod metadata;
mod name;
mod reader;
mod recovery;
mod test_json;
mod units;
mod write;

pub use config::{ConfigEntry, Configuration};
pub use files::{InputFile, input_files};
pub use metadata::UnitMetadata;
pub use name::Name;
pub use reader::{Dialect, ReadError, Reader, Record, ResultLine, SyntaxError};
pub use recovery::{Outcome, Recovered, Recovery};
pub use test_json::TestOutput;
pub use units::{Measurement, UnitId, UnitName, Units};
pub use write::Writer;

use crate::bytes;

/// One result, on its own feet.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct BenchmarkResult {
    /// File configuration in force at the result, in order.
    pub config: Vec<(String, String)>,
    /// Without the word `Benchmark`, with sub-benchmarks and `-N`.
    pub name: String,
    pub iterations: i64,
    /// In base units.
    pub values: Vec<Value>,
}

/// A measurement with its unit.
#[derive(Clone, PartialEq, Debug)]
pub struct Value {
    pub value: f64,
    /// Tidied: `sec/op`.
    pub unit: String,
}

impl BenchmarkResult {
    /// The measurement in a tidied unit.
    pub fn value(&self, unit: &str) -> Option<f64> {
        (self.values.iter())
            .find(|value| value.unit == unit)
            .map(|value| value.value)
    }

    pub fn config(&self, key: &str) -> Option<&str> {
        (self.config.iter())
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    fn of_line(line: &ResultLine<'_>) -> Self {
        let entries = line.config.entries().iter().filter(|entry| entry.file);
        Self {
            config: entries
                .map(|entry| (entry.key.clone(), entry.value.clone()))
                .collect(),
            name: bytes::decode(line.name).into_owned(),
            iterations: line.iterations,
            values: (line.values.iter())
                .map(|measured| {
                    let name = line.units.name(measured.unit);
                    let (unit, value) = name.tidied(measured.value);
                    Value {
                        value,
                        unit: unit.to_owned(),
                    }
                })
                .collect(),
        }
    }
}

/// Reads a whole text. `file` names it in problems.
pub fn read_all(text: &[u8], file: &str) -> (Vec<BenchmarkResult>, Vec<SyntaxError>) {
    let (mut results, mut problems) = (Vec::new(), Vec::new());
    let mut reader = Reader::new(Dialect::NATIVE);
    let mut input = text;
    // A slice has no read errors, and a line above the limit is not a result.
    let end = reader.read(&mut input, file, "", &mut |record| match record {
        Record::Result(line) => results.push(BenchmarkResult::of_line(line)),
        Record::Problem(problem) => problems.push(problem),
    });
    if let Err(error) = end {
        problems.push(SyntaxError {
            file: file.to_owned(),
            line: error.line(),
            message: "line too long".to_owned(),
        });
    }
    (results, problems)
}
