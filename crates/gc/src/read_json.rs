//! Reads what the compiler writes with `-json=0,file://DIR`: a file of lines of JSON per source file. It contains
//! less than the log (no function names, only escapes) and some things more: the calls an inlined body came through, and
//! what the back end does.
//!
//! ```text
//! {"version":0,"package":"p","goos":"linux","goarch":"amd64","gc_version":"go1.27.3","file":"/m/a.go"}
//! {"range":{"start":{"line":5,"character":12},…},"severity":3,"code":"escape","source":"go compiler",
//!  "message":"x escapes to heap","relatedInformation":[{"location":{"uri":"file:///m/b.go","range":…},
//!  "message":"inlineLoc"},{"location":…,"message":"escflow:    flow: {heap} ← &x:"},…]}
//! ```
//!
//! Lines and columns count from 1, as in the log.

use std::borrow::Cow;
use std::collections::VecDeque;

use base::{FileId, LineCol};
use memchr::memchr;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::TextId;
use crate::catalogue::{FORMS, Form};
use crate::decision::{Claim, Decision, DecisionId, Kind, Position, Step};
use crate::decisions::{Builder, Chain, Decisions};
use crate::read_log::explanation::{self, StepLine};
use crate::read_log::message::{Parsed, parse_json};
use crate::read_log::{PathPrefix, Sink};

/// A line of JSON that was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonProblem {
    /// Index of the file, from 0.
    pub file: usize,
    /// Line in it, from 1.
    pub line: u32,
    pub message: String,
}

/// Reads the files of one package. An escape is an [`Kind::EscapesToHeap`] whether a variable or an expression
/// escapes; leaks come once for each path. Functions, which the JSON does not name, have an empty subject.
pub fn read_json(files: &[&[u8]], prefixes: &[PathPrefix<'_>]) -> (Decisions, Vec<JsonProblem>) {
    let mut reader = Reader {
        sink: Sink {
            builder: Builder::default(),
            prefixes,
        },
        file: Decisions::NO_FILE,
    };
    let mut problems = Vec::new();
    for (file, mut left) in files.iter().copied().enumerate() {
        reader.file = Decisions::NO_FILE;
        let mut line = 0;
        while !left.is_empty() {
            line += 1;
            let end = memchr(b'\n', left).unwrap_or(left.len());
            if let Err(message) = reader.line(&left[..end]) {
                let message = message.to_string();
                problems.push(JsonProblem {
                    file,
                    line,
                    message,
                });
            }
            left = left.get(end + 1..).unwrap_or_default();
        }
    }
    (reader.sink.builder.finish(), problems)
}

/// Gives the decisions of a log the inline chains that the JSON of the same compilation has.
/// The two meet by path, position and subject, first come, first served. Returns how many got one.
pub fn join_inline_chains(log: &mut Decisions, json: &Decisions) -> usize {
    let mut waiting: FxHashMap<Key<'_>, VecDeque<DecisionId>> = FxHashMap::default();
    for (id, decision) in json.iter() {
        if decision.kind.is_escape() {
            let key = key(json, decision);
            waiting.entry(key).or_default().push_back(id);
        }
    }
    let mut chains = Vec::new();
    let mut positions = Vec::new();
    for (id, decision) in log.iter() {
        if !decision.kind.is_escape() {
            continue;
        }
        let Some(twin) = waiting
            .get_mut(&key(log, decision))
            .and_then(VecDeque::pop_front)
        else {
            continue;
        };
        let chain = json.inline_chain(twin);
        if !chain.is_empty() {
            chains.push((id, chain.len()));
            positions.extend(chain.iter().map(|at| (json.path(at.file), *at)));
        }
    }
    store_chains(log, &chains, &positions);
    chains.len()
}

type Key<'a> = (&'a str, u32, u32, &'a str);

fn key<'a>(decisions: &'a Decisions, decision: &Decision) -> Key<'a> {
    let Position { file, line, col } = decision.position;
    let mut subject = decisions.text(decision.subject);
    // The log's verdict on an append does not name the call, its explanation does.
    if subject.starts_with("append(") {
        subject = "append";
    }
    (decisions.path(file), line, col, subject)
}

fn store_chains(
    log: &mut Decisions,
    chains: &[(DecisionId, usize)],
    positions: &[(&str, Position)],
) {
    log.chains.clear();
    log.chain_positions.clear();
    let mut known: FxHashMap<&str, FileId> = FxHashMap::default();
    let ours: Vec<(FileId, String)> = log
        .files()
        .map(|(id, path)| (id, path.to_owned()))
        .collect();
    for (id, path) in &ours {
        known.entry(path).or_insert(*id);
    }
    for (path, position) in positions {
        let file = *known.entry(path).or_insert_with(|| log.add_file(path));
        log.chain_positions.push(Position { file, ..*position });
    }
    let mut first = 0;
    for (decision, count) in chains {
        let count = *count as u32;
        log.chains.push(Chain {
            decision: *decision,
            first,
            count,
        });
        first += count;
    }
}

struct Reader<'a> {
    sink: Sink<'a>,
    file: FileId,
}

/// Any line: the header has `version`, `file` and no `code`.
#[derive(Deserialize)]
struct Record<'a> {
    version: Option<u32>,
    #[serde(borrow, default)]
    file: Cow<'a, str>,
    range: Option<Range>,
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(borrow, default)]
    message: Cow<'a, str>,
    #[serde(borrow, default, rename = "relatedInformation")]
    related: Vec<Related<'a>>,
}

#[derive(Deserialize)]
struct Related<'a> {
    #[serde(borrow)]
    location: Location<'a>,
    #[serde(borrow)]
    message: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Location<'a> {
    #[serde(borrow)]
    uri: Cow<'a, str>,
    range: Range,
}

#[derive(Clone, Copy, Deserialize)]
struct Range {
    start: Point,
    end: Point,
}

#[derive(Clone, Copy, Deserialize)]
struct Point {
    line: u32,
    character: u32,
}

impl Point {
    /// The compiler keeps 8 bits of the column; the log prints none where they do not suffice.
    fn line_col(self) -> LineCol {
        LineCol {
            line: self.line,
            col: if self.character < 255 {
                self.character
            } else {
                0
            },
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("version {0} of the format is not known")]
    Version(u32),
    #[error("record before the header")]
    NoHeader,
    #[error("code `{0}` is not known")]
    Code(String),
    #[error("`{0}` cannot be read")]
    Message(String),
}

impl Reader<'_> {
    fn line(&mut self, line: &[u8]) -> Result<(), LineError> {
        let record: Record<'_> = serde_json::from_slice(line)?;
        if let Some(version) = record.version {
            if version != 0 {
                return Err(LineError::Version(version));
            }
            self.file = self.named(&record.file);
            return Ok(());
        }
        let range = record.range.ok_or(LineError::NoHeader)?;
        if self.file == Decisions::NO_FILE && record.file.is_empty() && range.start.line != 0 {
            return Err(LineError::NoHeader);
        }
        self.record(&record, range)
    }

    /// `__unnamed__` is not a file.
    fn named(&mut self, path: &str) -> FileId {
        match path {
            "__unnamed__" => Decisions::NO_FILE,
            path => self.sink.file(path),
        }
    }

    fn record(&mut self, record: &Record<'_>, range: Range) -> Result<(), LineError> {
        let message = &*record.message;
        let position = self.position(self.file, range);
        let parsed = match &*record.code {
            // It comes twice: with the explanation, and where escape analysis ends.
            "escape" if message.is_empty() => return Ok(()),
            "leak" => return self.leak(record, position),
            code if code.ends_with("should not PGO devirtualize function") => {
                let reason = self.sink.text(message);
                Parsed {
                    kind: Kind::ShouldNotPgoDevirtualize { reason },
                    subject: "",
                    function: None,
                }
            }
            code => self.parsed(code, message)?,
        };
        let (mut kind, subject) = (parsed.kind, parsed.subject);
        if let Kind::LoopModified { end, .. } = &mut kind {
            *end = range.end.line_col();
        }
        self.decide(kind, position, subject, record);
        if kind == Kind::EscapesToHeap {
            let subject = self.sink.text(subject);
            self.explain(Claim::Escapes, position, subject, record);
        }
        Ok(())
    }

    fn parsed<'m>(&mut self, code: &str, message: &'m str) -> Result<Parsed<'m>, LineError> {
        let form_code = if code == "escapes" { "escape" } else { code };
        let has_code = |form: &Form| form.json.is_some_and(|(known, _)| known == form_code);
        if !FORMS.iter().any(has_code) {
            return Err(LineError::Code(code.to_owned()));
        }
        parse_json(form_code, message, &mut self.sink)
            .ok_or_else(|| LineError::Message(message.to_owned()))
    }

    /// `parameter P leaks to TO with derefs=N`.
    fn leak(&mut self, record: &Record<'_>, position: Position) -> Result<(), LineError> {
        let message = format!("{}:", record.message);
        let Some((subject, (to, derefs))) =
            explanation::head(&message).and_then(|head| Some((head.subject, head.leaks?)))
        else {
            return Err(LineError::Message(record.message.clone().into_owned()));
        };
        let result = self.sink.text(to);
        let kind = match (to, derefs) {
            ("{heap}", 0) => Kind::LeakingParam,
            ("{heap}", _) => Kind::LeakingParamContent,
            (_, level) => Kind::LeakingParamToResult { result, level },
        };
        self.decide(kind, position, subject, record);
        let subject = self.sink.text(subject);
        let claim = Claim::Leaks { to: result, derefs };
        self.explain(claim, position, subject, record);
        Ok(())
    }

    fn decide(&mut self, kind: Kind, position: Position, subject: &str, record: &Record<'_>) {
        let subject = self.sink.builder.subject(kind, subject);
        self.sink.builder.decide(Decision {
            kind,
            position,
            subject,
            function: None,
        });
        let inlined = record.related.iter();
        for at in inlined.take_while(|related| related.message == "inlineLoc") {
            let position = self.location(&at.location);
            self.sink.builder.inlined_at(position);
        }
    }

    /// Gives the decision added last the flow of its record.
    fn explain(&mut self, claim: Claim, position: Position, subject: TextId, record: &Record<'_>) {
        let builder = &mut self.sink.builder;
        builder.explain(claim, position, subject, None);
        builder.explains_last();
        for related in &record.related {
            let step = related
                .message
                .strip_prefix("escflow:  ")
                .and_then(explanation::step_without_position);
            let step = match step {
                Some(StepLine::Flow {
                    to, derefs, from, ..
                }) => Step::Flow {
                    to: self.sink.text(to),
                    derefs,
                    from: self.sink.text(from),
                },
                Some(StepLine::From { node, why, .. }) => Step::From {
                    node: self.sink.text(node),
                    why: self.sink.text(why),
                    at: self.location(&related.location),
                },
                Some(StepLine::Truncated) => Step::Truncated,
                None => continue,
            };
            self.sink.builder.step(step);
        }
    }

    fn location(&mut self, location: &Location<'_>) -> Position {
        let path = path_of(&location.uri);
        let file = self.named(&path);
        self.position(file, location.range)
    }

    #[expect(
        clippy::unused_self,
        reason = "reads beside the other parts of a record"
    )]
    fn position(&self, file: FileId, range: Range) -> Position {
        let LineCol { line, col } = range.start.line_col();
        if line == 0 {
            return Decisions::NO_POSITION;
        }
        Position { file, line, col }
    }
}

/// The path of a `file` URI, escapes undone.
fn path_of(uri: &str) -> Cow<'_, str> {
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| std::str::from_utf8(after.get(..2)?).ok())
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}
