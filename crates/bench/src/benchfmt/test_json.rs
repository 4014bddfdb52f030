//! `go test -json`, back in the text that `go test` prints.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use serde::Deserialize;

/// An event of test2json; other keys say nothing about results.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TestEvent {
    /// `output`, `start`, `run`, `fail`, …
    action: String,
    #[serde(default)]
    package: String,
    /// A piece of output, mostly a whole line: that of one result comes in two events.
    #[serde(default)]
    output: String,
}

/// Passes text on as it is, and of `go test -json` the output in it.
///
/// Each line of JSON gives one line of text, empty if the event completes none, so that numbers of lines are those of
/// the input. Output of packages that were tested side by side is told apart by `pkg:` lines.
pub struct TestOutput<R> {
    input: BufReader<R>,
    form: Form,
    /// Text that was not asked for yet, and how much of it was.
    ready: Vec<u8>,
    taken: usize,
    /// Output of each package that lacks the end of its line.
    begun: BTreeMap<String, String>,
    /// The package that the last line was of.
    package: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Unknown,
    Text,
    Json,
}

/// A longer line is passed on in pieces; none of those is an event then.
const LONGEST_LINE: u64 = 16 << 20;

impl<R: Read> TestOutput<R> {
    pub fn new(input: R) -> Self {
        Self {
            input: BufReader::new(input),
            form: Form::Unknown,
            ready: Vec::new(),
            taken: 0,
            begun: BTreeMap::new(),
            package: String::new(),
        }
    }

    /// Text of the next line of JSON; `false` at the end.
    fn next_line(&mut self) -> io::Result<bool> {
        let mut line = Vec::new();
        let mut limited = self.input.by_ref().take(LONGEST_LINE);
        if limited.read_until(b'\n', &mut line)? == 0 {
            let rest = std::mem::take(&mut self.begun);
            for (package, text) in rest {
                self.line_of(&package, &text);
            }
            return Ok(!self.ready.is_empty());
        }
        match serde_json::from_slice::<TestEvent>(&line) {
            Ok(event) => self.event(&event),
            // The go command's own messages are between the events.
            Err(_) => self.ready.extend(line),
        }
        Ok(true)
    }

    fn event(&mut self, event: &TestEvent) {
        if event.action != "output" {
            // Takes the place of a line that would be empty.
            if event.action == "start" && self.package != event.package {
                self.package.clone_from(&event.package);
                self.ready.extend(b"pkg: ");
                self.ready.extend(event.package.bytes());
            }
            self.ready.push(b'\n');
            return;
        }
        let begun = self.begun.remove(&event.package).unwrap_or_default();
        let text = begun + &event.output;
        if text.ends_with('\n') || text.len() as u64 >= LONGEST_LINE {
            self.line_of(&event.package, &text);
        } else {
            self.begun.insert(event.package.clone(), text);
            self.ready.push(b'\n');
        }
    }

    fn line_of(&mut self, package: &str, text: &str) {
        if self.package != package {
            package.clone_into(&mut self.package);
            self.ready.extend(format!("pkg: {package}\n").bytes());
        }
        self.ready.extend(text.bytes());
        if !text.ends_with('\n') {
            self.ready.push(b'\n');
        }
    }
}

impl<R: Read> Read for TestOutput<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.form == Form::Unknown {
            let begin = self.input.fill_buf()?.trim_ascii_start();
            self.form = if begin.starts_with(b"{") {
                Form::Json
            } else {
                Form::Text
            };
        }
        if self.form == Form::Text {
            return self.input.read(buffer);
        }
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            if !self.next_line()? {
                return Ok(0);
            }
        }
        let rest = &self.ready[self.taken..];
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.taken += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(input: &str) -> String {
        let mut text = String::new();
        let mut output = TestOutput::new(input.as_bytes());
        output.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn events_become_the_lines_they_are_of() {
        let json = r#"{"Action":"start","Package":"m/a"}
{"Action":"output","Package":"m/a","Output":"pkg: m/a\n"}
{"Action":"output","Package":"m/a","Test":"BenchmarkX","Output":"BenchmarkX-2 \t"}
{"Action":"output","Package":"m/a","Test":"BenchmarkX","Output":"     100\t 114.5 ns/op\n"}
# m/b
{"Action":"output","Package":"m/b","Output":"BenchmarkY 1 2 ns/op"}
{"Action":"output","Package":"m/a","Output":"FAIL\tm/a\t1s\n"}
"#;
        insta::assert_snapshot!(text(json), @r"
        pkg: m/a
        pkg: m/a

        BenchmarkX-2 	     100	 114.5 ns/op
        # m/b

        FAIL	m/a	1s
        pkg: m/b
        BenchmarkY 1 2 ns/op
        ");
    }

    #[test]
    fn text_stays_as_it_is() {
        for input in ["", "BenchmarkX 1 2 ns/op\n{\n", "\n \nPASS", "x{"] {
            assert_eq!(text(input), input);
        }
        assert_eq!(
            text("{ no event\nBenchmarkX 1 2 x"),
            "{ no event\nBenchmarkX 1 2 x"
        );
    }
}
