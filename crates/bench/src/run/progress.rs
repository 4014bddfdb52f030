//! A test binary's output, understood as it comes.

use std::collections::VecDeque;

use base::system::Exit;

use super::{Event, PackageRun, RunOutcome};
use crate::benchfmt::{self, Outcome, Recovered, Recovery};

/// How many lines that are no results are kept.
const MAX_OUTPUT_LINES: usize = 200;
/// No longer than this, each.
const MAX_LINE_BYTES: usize = 4 << 10;

pub(super) struct Progress<'a> {
    package: &'a str,
    stdout: Recovery,
    /// The line of stderr that has begun.
    stderr: Vec<u8>,
    /// Configuration lines so far, which hold for every result after them.
    header: String,
    output: VecDeque<String>,
    /// The benchmark that has begun and not ended.
    running: Option<String>,
    /// The first line that tells why the program died.
    death: Option<String>,
    run: PackageRun,
}

impl<'a> Progress<'a> {
    pub(super) fn new(package: &'a str) -> Self {
        Self {
            package,
            stdout: Recovery::default(),
            stderr: Vec::new(),
            header: String::new(),
            output: VecDeque::new(),
            running: None,
            death: None,
            run: PackageRun {
                package: package.to_owned(),
                ..PackageRun::default()
            },
        }
    }

    pub(super) fn stdout(&mut self, bytes: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        for piece in self.stdout.push(bytes) {
            self.piece(piece, on_event);
        }
    }

    pub(super) fn stderr(&mut self, bytes: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.stderr.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.stderr.len() > MAX_LINE_BYTES {
                self.end_stderr_line(on_event);
            }
        }
    }

    pub(super) fn finish(&mut self, on_event: &mut dyn FnMut(Event<'_>)) {
        for piece in self.stdout.finish() {
            self.piece(piece, on_event);
        }
        if !self.stderr.is_empty() {
            self.end_stderr_line(on_event);
        }
    }

    fn end_stderr_line(&mut self, on_event: &mut dyn FnMut(Event<'_>)) {
        let line = std::mem::take(&mut self.stderr);
        let line = String::from_utf8_lossy(&line);
        self.text(line.trim_end_matches(['\r', '\n']), on_event);
    }

    fn piece(&mut self, piece: Recovered, on_event: &mut dyn FnMut(Event<'_>)) {
        let package = self.package;
        match piece {
            Recovered::Started(benchmark) => {
                on_event(Event::Running {
                    package,
                    benchmark: &benchmark,
                });
                self.running = Some(benchmark);
            }
            Recovered::Line(line) => self.line(&line, on_event),
            Recovered::Outcome { outcome, name } => {
                let (word, names) = match outcome {
                    Outcome::Fail => ("FAIL", Some(&mut self.run.failed)),
                    Outcome::Skip => ("SKIP", Some(&mut self.run.skipped)),
                    Outcome::Bench => ("BENCH", None),
                };
                if let Some(names) = names.filter(|names| !names.contains(&name)) {
                    names.push(name.clone());
                }
                self.text(&format!("--- {word}: {name}"), on_event);
            }
            Recovered::Text(text) => self.text(&text, on_event),
        }
    }

    /// A line of the benchmark format.
    fn line(&mut self, line: &str, on_event: &mut dyn FnMut(Event<'_>)) {
        on_event(Event::Line {
            package: self.package,
            line,
        });
        self.run.text.push_str(line);
        self.run.text.push('\n');
        if !line.starts_with("Benchmark") {
            self.header.push_str(line);
            self.header.push('\n');
            return;
        }
        self.running = None;
        let text = format!("{}{line}\n", self.header);
        let (results, _) = benchfmt::read_all(text.as_bytes(), self.package);
        for result in results {
            on_event(Event::Result {
                package: self.package,
                result: &result,
            });
            self.run.results.push(result);
        }
    }

    fn text(&mut self, line: &str, on_event: &mut dyn FnMut(Event<'_>)) {
        if matches!(line, "PASS" | "FAIL") || line.starts_with("testing: warning: no tests") {
            return;
        }
        let mut end = line.len().min(MAX_LINE_BYTES);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        let line = &line[..end];
        if self.death.is_none() && is_death(line) {
            self.death = Some(line.to_owned());
        }
        on_event(Event::Output {
            package: self.package,
            line,
        });
        self.output.push_back(line.to_owned());
        if self.output.len() > MAX_OUTPUT_LINES && self.death.is_none() {
            self.output.pop_front();
        }
        // Of a trace the begin tells more than the end.
        self.output.truncate(2 * MAX_OUTPUT_LINES);
    }

    pub(super) fn into_run(self, exit: Exit) -> PackageRun {
        let nothing_ran = self.run.results.is_empty() && self.run.skipped.is_empty();
        let benchmark = self.running;
        let outcome = match (exit, self.death) {
            (Exit::TimedOut, _) => RunOutcome::TimedOut { benchmark },
            (Exit::Code(0), _) if !self.run.failed.is_empty() => failed(&self.run.failed),
            (Exit::Code(0), _) if nothing_ran => RunOutcome::NoBenchmarks,
            (Exit::Code(0), _) => RunOutcome::Passed,
            (_, Some(message)) => RunOutcome::Panicked { message, benchmark },
            (Exit::Signal(signal), None) => RunOutcome::Panicked {
                message: format!("killed by signal {signal}"),
                benchmark,
            },
            _ if !self.run.failed.is_empty() => failed(&self.run.failed),
            (Exit::Code(code), None) => RunOutcome::Failed {
                message: (self.output.front().cloned())
                    .unwrap_or_else(|| format!("exit status {code}")),
            },
            (Exit::Cancelled, None) => RunOutcome::Failed {
                message: "interrupted".to_owned(),
            },
        };
        PackageRun {
            outcome,
            output: self.output.into(),
            ..self.run
        }
    }
}

fn failed(benchmarks: &[String]) -> RunOutcome {
    RunOutcome::Failed {
        message: format!("{} failed", benchmarks.join(", ")),
    }
}

/// The line with which the runtime ends a program.
fn is_death(line: &str) -> bool {
    ["panic: ", "fatal error: ", "SIGSEGV: ", "SIGQUIT: "]
        .iter()
        .any(|start| line.starts_with(start))
}
