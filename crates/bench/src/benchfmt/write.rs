//! Printing the format.

use std::io::{self, Write};

use super::BenchmarkResult;
use crate::bytes;
use crate::number::format_v;

/// Prints results, and configuration lines where they change.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    config: Vec<(String, String)>,
    started: bool,
}

impl<W: Write> Writer<W> {
    pub fn new(out: W) -> Self {
        Self {
            out,
            config: Vec::new(),
            started: false,
        }
    }

    /// Prints a result in base units.
    pub fn write(&mut self, result: &BenchmarkResult) -> io::Result<()> {
        self.write_config(&result.config)?;
        let mut line = format!("Benchmark{} {}", result.name, result.iterations);
        for value in &result.values {
            line.extend([" ", &format_v(value.value), " ", &value.unit]);
        }
        line.push('\n');
        self.started = true;
        self.out.write_all(&bytes::encode(&line))
    }

    /// Deleted keys first, then new and changed ones, in a paragraph of their own.
    fn write_config(&mut self, config: &[(String, String)]) -> io::Result<()> {
        let mut lines = String::new();
        for (key, _) in &self.config {
            if !config.iter().any(|(other, _)| other == key) {
                lines.extend([key, ":\n"]);
            }
        }
        for entry in config.iter().filter(|entry| !self.config.contains(entry)) {
            lines.extend([&entry.0, ": ", &entry.1, "\n"]);
        }
        if lines.is_empty() {
            return Ok(());
        }
        config.clone_into(&mut self.config);
        let blank = if self.started { "\n" } else { "" };
        self.out
            .write_all(&bytes::encode(&format!("{blank}{lines}\n")))
    }

    pub fn into_inner(self) -> W {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use crate::benchfmt::{Writer, read_all};

    #[test]
    fn what_is_printed_reads_back_the_same() {
        let text =
            b"a: 1\nb: 2\nBenchmarkA-8 10 25 ns/op 7 B/op\na:\nb: 3\nBenchmarkB/x=1 1 1e-30 x\n";
        let (results, problems) = read_all(text, "f");
        assert!(problems.is_empty());
        let mut writer = Writer::new(Vec::new());
        for result in &results {
            writer.write(result).unwrap();
        }
        let printed = writer.into_inner();
        insta::assert_snapshot!(String::from_utf8_lossy(&printed), @r"
        a: 1
        b: 2

        BenchmarkA-8 10 2.5000000000000002e-08 sec/op 7 B/op

        a:
        b: 3

        BenchmarkB/x=1 1 1e-30 x
        ");
        assert_eq!(read_all(&printed, "f").0, results);
    }
}
