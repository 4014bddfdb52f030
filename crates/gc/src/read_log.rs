//! Reads what the compiler prints at `-m` and `-m=2`, for Go 1.24 to 1.27.
//!
//! Every line is `POSITION: MESSAGE`, or the message alone where the compiler knows no position. Explanations are
//! a head and indented steps, all with the position of the value they explain:
//!
//! ```text
//! a.go:7:9: &T{...} escapes to heap in F:
//! a.go:7:9:   flow: ~r0 ← &{storage for &T{...}}:
//! a.go:7:9:     from &T{...} (spill) at a.go:7:9
//! a.go:7:9:     from return &T{...} (return) at a.go:7:2
//! ```

pub(crate) mod explanation;
pub(crate) mod message;
pub(crate) mod position;
mod split;

use base::FileId;
use memchr::memchr;

use crate::TextId;
use crate::decision::{Claim, Decision, Position, Step};
use crate::decisions::{Builder, Decisions};

use explanation::{Head, StepLine};
use position::Spelled;

/// A shortened prefix of file names and its replacement, for example `("$GOROOT/",
/// "/usr/local/go/")`. The longest prefix that fits counts.
pub type PathPrefix<'a> = (&'a str, &'a str);

/// A line the reader could not make sense of. [`Decisions`] keeps it all the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogProblem {
    /// Line of the log, from 1.
    pub line: u32,
    pub kind: LogProblemKind,
    /// The line, cut after some 200 characters.
    pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LogProblemKind {
    /// Nothing of the catalogue: a newer compiler, a further debug flag, or a compile error.
    #[error("unknown message")]
    UnknownMessage,
    #[error("step of an explanation without its head")]
    StrayStep,
    #[error("invalid UTF-8")]
    InvalidUtf8,
    /// The rest of the log was not read.
    #[error("log of more than 4 GiB")]
    TooLarge,
}

/// Reads the log of one package. Never fails: what is not understood is reported and kept, so that
/// [`Decisions::write_log`] gives back every byte.
pub fn read_log(log: &[u8], prefixes: &[PathPrefix<'_>]) -> (Decisions, Vec<LogProblem>) {
    let mut reader = Reader {
        sink: Sink {
            builder: Builder::default(),
            prefixes,
        },
        problems: Vec::new(),
        line: 0,
        last: LastPosition {
            prefix: "",
            position: Decisions::NO_POSITION,
        },
        files: [("", Decisions::NO_FILE); 2],
        open: None,
        notation_known: false,
    };
    let (read, rest) = log.split_at(log.len().min(u32::MAX as usize));
    let text = std::str::from_utf8(read).ok();
    let mut start = 0;
    while start < read.len() {
        let end = memchr(b'\n', &read[start..]).map_or(read.len(), |len| start + len);
        let line = &read[start..end];
        reader.line = reader.line.saturating_add(1);
        match text.map_or_else(
            || std::str::from_utf8(line).ok(),
            |text| text.get(start..end),
        ) {
            Some(line) => reader.line(line),
            None => reader.problem(LogProblemKind::InvalidUtf8, line),
        }
        start = end + 1;
    }
    reader.sink.builder.notation.final_newline = read.is_empty() || read.ends_with(b"\n");
    if !rest.is_empty() {
        reader.problem(LogProblemKind::TooLarge, rest);
    }
    (reader.sink.builder.finish(), reader.problems)
}

/// The packages of a log as `go build -gcflags=-m=2` prints it: each a line `# PATH` and what follows.
/// Lines before the first header belong to a package with an empty path.
pub fn split_packages(log: &[u8]) -> Vec<(&str, &[u8])> {
    let mut packages = Vec::new();
    let mut path = "";
    let mut start = 0;
    let mut at = 0;
    while at < log.len() {
        let end = memchr(b'\n', &log[at..]).map_or(log.len(), |end| at + end + 1);
        if let Some(header) = log[at..end].strip_prefix(b"# ")
            && let Ok(header) = std::str::from_utf8(header)
        {
            if start < at || !path.is_empty() {
                packages.push((path, &log[start..at]));
            }
            path = header.trim_end_matches('\n');
            start = end;
        }
        at = end;
    }
    if start < at || !path.is_empty() {
        packages.push((path, &log[start..at]));
    }
    packages
}

struct Reader<'a> {
    sink: Sink<'a>,
    problems: Vec<LogProblem>,
    /// Lines read so far.
    line: u32,
    last: LastPosition<'a>,
    /// The files seen last: at the start of lines, and after `at`.
    files: [(&'a str, FileId); 2],
    /// The position of the explanation whose steps may follow.
    open: Option<Position>,
    notation_known: bool,
}

/// Consecutive lines often have one position, so it is read once.
struct LastPosition<'a> {
    /// The line up to the message.
    prefix: &'a str,
    position: Position,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str) {
        let bytes = line.as_bytes();
        let message = self.position(line);
        let position = self.last.position;
        if message.starts_with("  ")
            && let Some(step) = explanation::step(message)
        {
            if self.open != Some(position) || !self.fits_notation(step) {
                return self.problem(LogProblemKind::StrayStep, bytes);
            }
            return self.step(step);
        }
        self.open = None;
        if let Some(head) = explanation::head(message) {
            self.open = Some(position);
            return self.head(head, position);
        }
        let Some(parsed) = message::parse(message, &mut self.sink) else {
            return self.problem(LogProblemKind::UnknownMessage, bytes);
        };
        let builder = &mut self.sink.builder;
        let subject = builder.subject(parsed.kind, parsed.subject);
        let function = parsed.function.map(|function| builder.text(function));
        builder.decide(Decision {
            kind: parsed.kind,
            position,
            subject,
            function,
        });
    }

    /// Reads the position into `last` and returns the message.
    fn position(&mut self, line: &'a str) -> &'a str {
        let prefix = self.last.prefix;
        if !prefix.is_empty() && line.as_bytes().starts_with(prefix.as_bytes()) {
            return &line[prefix.len()..];
        }
        let (spelled, message) = position::split(line);
        self.last = LastPosition {
            prefix: &line[..line.len() - message.len()],
            position: self.resolve(spelled, 0),
        };
        message
    }

    fn resolve(&mut self, spelled: Spelled<'a>, slot: usize) -> Position {
        if self.files[slot].0 != spelled.file {
            let file = self.sink.file(spelled.file);
            self.files[slot] = (spelled.file, file);
        }
        Position {
            file: self.files[slot].1,
            line: spelled.line,
            col: spelled.col,
        }
    }

    fn head(&mut self, head: Head<'a>, position: Position) {
        let builder = &mut self.sink.builder;
        let claim = match head.leaks {
            None => Claim::Escapes,
            Some((to, derefs)) => Claim::Leaks {
                to: builder.text(to),
                derefs,
            },
        };
        let subject = builder.text(head.subject);
        let function = head.function.map(|function| builder.text(function));
        builder.explain(claim, position, subject, function);
    }

    /// A log is written by one compiler: the first flow shows its notation.
    fn fits_notation(&mut self, step: StepLine<'a>) -> bool {
        let StepLine::Flow { arrow, .. } = step else {
            return true;
        };
        if !self.notation_known {
            self.notation_known = true;
            self.sink.builder.notation.arrow = arrow;
        }
        self.sink.builder.notation.arrow == arrow
    }

    fn step(&mut self, step: StepLine<'a>) {
        let step = match step {
            StepLine::Flow {
                to, derefs, from, ..
            } => Step::Flow {
                to: self.sink.builder.text(to),
                derefs,
                from: self.sink.builder.text(from),
            },
            StepLine::From { node, why, at } => Step::From {
                node: self.sink.builder.text(node),
                why: self.sink.builder.text(why),
                at: self.resolve(at, 1),
            },
            StepLine::Truncated => Step::Truncated,
        };
        self.sink.builder.step(step);
    }

    fn problem(&mut self, kind: LogProblemKind, line: &[u8]) {
        self.open = None;
        if kind != LogProblemKind::TooLarge {
            self.sink.builder.unread(line);
        }
        let start = &line[..line.len().min(200)];
        self.problems.push(LogProblem {
            line: self.line,
            kind,
            text: String::from_utf8_lossy(start).into_owned(),
        });
    }
}

/// Where names go.
pub(crate) struct Sink<'a> {
    pub(crate) builder: Builder,
    pub(crate) prefixes: &'a [PathPrefix<'a>],
}

impl Sink<'_> {
    pub(crate) fn text(&mut self, text: &str) -> TextId {
        self.builder.text(text)
    }

    pub(crate) fn file(&mut self, spelled: &str) -> FileId {
        let longest = self
            .prefixes
            .iter()
            .filter(|(short, _)| spelled.starts_with(short))
            .max_by_key(|(short, _)| short.len());
        match longest {
            Some((short, full)) => {
                let path = format!("{full}{}", &spelled[short.len()..]);
                self.builder.file(spelled, &path)
            }
            None => self.builder.file(spelled, spelled),
        }
    }
}
