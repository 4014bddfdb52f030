//! Reads a test binary's output while it runs.

use std::collections::VecDeque;

use base::system::Exit;

use super::{Event, Logged, PackageRun, RunOutcome};
use crate::benchfmt::{self, Outcome, Recovered, Recovery};

/// The number of lines kept that are not results.
const MAX_OUTPUT_LINES: usize = 200;
/// The length of each, the rest is cut.
const MAX_LINE_BYTES: usize = 4 << 10;
/// The number of lines kept of one benchmark's log.
const MAX_LOG_LINES: usize = 100;

pub(super) struct Progress<'a> {
    package: &'a str,
    stdout: Recovery,
    /// The unfinished line of stderr.
    stderr: Vec<u8>,
    /// Configuration lines so far, which hold for every result after them.
    header: String,
    output: VecDeque<String>,
    /// The benchmark that has begun and not ended.
    running: Option<String>,
    /// All that have begun, in order.
    begun: Vec<String>,
    /// What was printed on stdout since the last benchmark began or ended.
    log: VecDeque<String>,
    /// The benchmark whose outcome was printed last: indented lines that follow are its log too.
    ended: Option<Outcome>,
    death: Death,
    /// The first line with a result that cannot be read.
    unreadable: Option<String>,
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
            begun: Vec::new(),
            log: VecDeque::new(),
            ended: None,
            death: Death::default(),
            unreadable: None,
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
        let line = line.trim_end_matches(['\r', '\n']);
        self.death.line(line);
        self.text(line, on_event);
    }

    fn piece(&mut self, piece: Recovered, on_event: &mut dyn FnMut(Event<'_>)) {
        let package = self.package;
        match piece {
            Recovered::Started(benchmark) => {
                on_event(Event::Running {
                    package,
                    benchmark: &benchmark,
                });
                self.begun.push(benchmark.clone());
                self.running = Some(benchmark);
                self.log.clear();
                self.ended = None;
            }
            Recovered::Line(line) => self.line(&line, on_event),
            Recovered::Outcome { outcome, name } => {
                self.outcome(outcome, &name);
                let word = match outcome {
                    Outcome::Fail => "FAIL",
                    Outcome::Skip => "SKIP",
                    Outcome::Bench => "BENCH",
                };
                self.text(&format!("--- {word}: {name}"), on_event);
            }
            Recovered::Text(text) => {
                self.logged(&text);
                self.text(&text, on_event);
            }
        }
    }

    /// With `-test.v` a benchmark's log precedes the line of its outcome, without it follows.
    fn outcome(&mut self, outcome: Outcome, name: &str) {
        self.running = None;
        self.ended = Some(outcome);
        let log: Vec<String> = self.log.drain(..).collect();
        let Some(names) = self.of_outcome(outcome) else {
            return;
        };
        // With -count a benchmark may fail several times.
        if !names.iter().any(|own| own.benchmark == name) {
            names.push(Logged {
                benchmark: name.to_owned(),
                log,
            });
        }
    }

    fn of_outcome(&mut self, outcome: Outcome) -> Option<&mut Vec<Logged>> {
        match outcome {
            Outcome::Fail => Some(&mut self.run.failed),
            Outcome::Skip => Some(&mut self.run.skipped),
            Outcome::Bench => None,
        }
    }

    fn logged(&mut self, line: &str) {
        if matches!(line, "PASS" | "FAIL") {
            return;
        }
        let indented = line.strip_prefix("    ");
        let text = cut(indented.unwrap_or(line)).to_owned();
        if let (Some(outcome), Some(_)) = (self.ended, indented) {
            let last = self.of_outcome(outcome).and_then(|names| names.last_mut());
            if let Some(last) = last.filter(|last| last.log.len() < MAX_LOG_LINES) {
                last.log.push(text);
            }
            return;
        }
        self.ended = None;
        self.log.push_back(text);
        if self.log.len() > MAX_LOG_LINES {
            self.log.pop_front();
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
        self.log.clear();
        self.ended = None;
        let text = format!("{}{line}\n", self.header);
        let (results, _) = benchfmt::read_all(text.as_bytes(), self.package);
        if results.is_empty() && self.unreadable.is_none() {
            let words: Vec<&str> = line.split_whitespace().collect();
            self.unreadable = Some(words.join(" "));
        }
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
        let line = cut(line);
        on_event(Event::Output {
            package: self.package,
            line,
        });
        self.output.push_back(line.to_owned());
        if self.output.len() > MAX_OUTPUT_LINES && !self.death.is_certain() {
            self.output.pop_front();
        }
        // The first lines of a trace say more than the last.
        self.output.truncate(2 * MAX_OUTPUT_LINES);
    }

    /// Names of the benchmarks that began, in order.
    pub(super) fn take_begun(&mut self) -> Vec<String> {
        std::mem::take(&mut self.begun)
    }

    pub(super) fn into_run(self, exit: Exit) -> PackageRun {
        let nothing_ran = self.run.results.is_empty();
        let benchmark = self.running.clone();
        let death = self.death.message();
        let outcome = match (exit, death) {
            (Exit::TimedOut, _) => RunOutcome::TimedOut { benchmark },
            (Exit::Code(2) | Exit::Signal(_), Some(message)) => {
                RunOutcome::Panicked { message, benchmark }
            }
            (Exit::Signal(signal), None) => RunOutcome::Killed { signal, benchmark },
            _ if !self.run.failed.is_empty() => RunOutcome::BenchmarksFailed,
            // A benchmark that ends by `runtime.Goexit` reports NaN.
            (Exit::Code(0), _) if nothing_ran && self.unreadable.is_some() => RunOutcome::Failed {
                message: format!("`{}` is not a result", self.unreadable.unwrap_or_default()),
                benchmark: None,
            },
            (Exit::Code(0), _) if nothing_ran => RunOutcome::NoBenchmarks,
            (Exit::Code(0), _) => RunOutcome::Passed,
            (Exit::Code(code), _) => self.exited(code, benchmark),
            (Exit::Cancelled, _) => RunOutcome::Failed {
                message: "interrupted".to_owned(),
                benchmark,
            },
        };
        PackageRun {
            outcome,
            output: self.output.into(),
            ..self.run
        }
    }

    /// The program ended by itself: the testing package refused an argument, or `os.Exit` was called.
    fn exited(&self, code: i32, benchmark: Option<String>) -> RunOutcome {
        const REFUSALS: [&str; 3] = [
            "testing: ",
            "invalid value ",
            "flag provided but not defined",
        ];
        let refusal = self
            .output
            .front()
            .filter(|line| REFUSALS.iter().any(|start| line.starts_with(start)));
        if let (Some(refusal), None) = (refusal, &benchmark) {
            return RunOutcome::Failed {
                message: refusal.clone(),
                benchmark: None,
            };
        }
        let last = self
            .output
            .iter()
            .rev()
            .find(|line| !line.trim().is_empty());
        let last = last.map_or(String::new(), |line| format!(": {}", line.trim()));
        RunOutcome::Failed {
            message: format!("exit status {code}{last}"),
            benchmark,
        }
    }
}

fn cut(line: &str) -> &str {
    let mut end = line.len().min(MAX_LINE_BYTES);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

/// Recognizes the message with which the runtime ends a program, on stderr.
///
/// A benchmark may print "panic: " itself. The runtime's message is the one that stacks follow.
#[derive(Default)]
struct Death {
    /// The lines of the last message.
    lines: Vec<String>,
    state: DeathState,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum DeathState {
    #[default]
    None,
    /// Lines of the message follow.
    Message,
    /// The message ended with an empty line.
    Ended,
    /// Stacks followed.
    Certain,
}

impl Death {
    const STARTS: [&'static str; 5] = [
        "panic: ",
        "fatal error: ",
        "SIGSEGV: ",
        "SIGQUIT: ",
        "runtime: ",
    ];
    const MAX_LINES: usize = 20;

    fn line(&mut self, line: &str) {
        let starts = Self::STARTS.iter().any(|start| line.starts_with(start));
        let stack = line.starts_with("goroutine ") || line.starts_with("runtime stack:");
        self.state = match self.state {
            DeathState::Certain => return,
            DeathState::Message | DeathState::Ended if stack => DeathState::Certain,
            DeathState::None | DeathState::Ended if starts => {
                self.lines.clear();
                self.lines.push(cut(line).to_owned());
                DeathState::Message
            }
            DeathState::Message if line.is_empty() => DeathState::Ended,
            DeathState::Message => {
                if self.lines.len() < Self::MAX_LINES {
                    self.lines.push(cut(line).to_owned());
                }
                DeathState::Message
            }
            state => state,
        };
    }

    fn is_certain(&self) -> bool {
        self.state == DeathState::Certain
    }

    /// The message. Without stacks (`GOTRACEBACK=none`) it is the last that looks like one.
    fn message(&self) -> Option<String> {
        (!self.lines.is_empty()).then(|| self.lines.join("\n"))
    }
}
