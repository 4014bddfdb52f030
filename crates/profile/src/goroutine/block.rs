//! Which lines belong together: the state between two lines of the input.

use super::lines::{Prefix, unwrap_json};
use super::stack::Line;
use super::{Item, Problem, ProblemKind, header, race, stack};

/// No stack Go prints comes near it: 100 frames and as many for each of its ancestors.
const MAX_BLOCK: usize = 8 << 20;
/// So many lines of somebody else in a row, and the goroutine is over.
const MAX_FOREIGN: u32 = 50;
/// A longer prefix would be a sentence that happens to mention a goroutine.
const MAX_PREFIX: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Outside,
    Goroutine,
    Entry,
    Race,
}

/// Collects the lines of one goroutine, entry or report and hands it over when it is complete.
pub(super) struct Blocks<'s> {
    on_item: &'s mut dyn FnMut(Item<'_>),
    finder: memchr::memmem::Finder<'static>,
    prefix: Prefix,
    kind: Kind,
    /// Lines of the block, each with its line end, prefixes stripped.
    block: Vec<u8>,
    /// Number of the block's first line.
    block_line: u64,
    foreign: u32,
    overflow: bool,
    line: u64,
    pub(super) problems: Vec<Problem>,
}

impl<'s> Blocks<'s> {
    pub(super) fn new(on_item: &'s mut dyn FnMut(Item<'_>)) -> Self {
        Self {
            on_item,
            finder: memchr::memmem::Finder::new("goroutine "),
            prefix: Prefix::default(),
            kind: Kind::Outside,
            block: Vec::new(),
            block_line: 0,
            foreign: 0,
            overflow: false,
            line: 0,
            problems: Vec::new(),
        }
    }

    pub(super) fn problem(&mut self, kind: ProblemKind) {
        self.add(Problem {
            kind,
            line: self.line,
            count: 1,
        });
    }

    fn add(&mut self, problem: Problem) {
        match self.problems.iter_mut().find(|it| it.kind == problem.kind) {
            Some(known) => known.count += problem.count,
            None => self.problems.push(problem),
        }
    }

    /// Takes the next line, without its line end.
    pub(super) fn line(&mut self, raw: &[u8]) {
        self.line += 1;
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        if raw.first() == Some(&b'{')
            && let Some(text) = unwrap_json(raw)
        {
            let text = text.strip_suffix(b"\n").unwrap_or(&text);
            text.split(|byte| *byte == b'\n')
                .for_each(|line| self.content(line));
        } else {
            self.content(raw);
        }
    }

    fn content(&mut self, raw: &[u8]) {
        let line = self.prefix.strip(raw);
        if self.opens_goroutine(line) {
            return;
        }
        match self.kind {
            Kind::Outside => self.outside(line),
            Kind::Goroutine => self.in_goroutine(line),
            Kind::Entry => self.in_entry(line),
            Kind::Race => self.in_race(line),
        }
    }

    /// Starts a goroutine if the line is a header, learning the prefix before it.
    fn opens_goroutine(&mut self, line: &[u8]) -> bool {
        if line.starts_with(b"goroutine ") {
            if !is_header(line) {
                return false;
            }
            self.start(Kind::Goroutine, line);
            return true;
        }
        // A header further right: only where no stack is expected to hold such text.
        if matches!(line.first(), None | Some(b'\t')) || line.last() != Some(&b':') {
            return false;
        }
        let Some(at) = self.finder.find(line) else {
            return false;
        };
        if at > MAX_PREFIX || line[at - 1].is_ascii_alphanumeric() || !is_header(&line[at..]) {
            return false;
        }
        self.prefix = Prefix::learn(&line[..at]);
        self.start(Kind::Goroutine, &line[at..]);
        true
    }

    fn start(&mut self, kind: Kind, line: &[u8]) {
        self.finish();
        self.kind = kind;
        self.block_line = self.line;
        self.push(line);
    }

    fn push(&mut self, line: &[u8]) {
        self.foreign = 0;
        if self.block.len() + line.len() < MAX_BLOCK {
            self.block.extend_from_slice(line);
            self.block.push(b'\n');
        } else if !self.overflow {
            self.overflow = true;
            self.problem(ProblemKind::StackTooLong);
        }
    }

    fn outside(&mut self, line: &[u8]) {
        let first = line.first().copied().unwrap_or(b'\n');
        if first.is_ascii_digit()
            && let Ok(text) = std::str::from_utf8(line)
            && stack::count(text).is_some()
        {
            self.start(Kind::Entry, line);
        } else if line.ends_with(race::OPENING.as_bytes()) {
            let prefix = &line[..line.len() - race::OPENING.len()];
            if !prefix.is_empty() {
                self.prefix = Prefix::learn(prefix);
            }
            self.kind = Kind::Race;
            self.block_line = self.line;
        } else if !line.iter().all(u8::is_ascii_whitespace) {
            let text = String::from_utf8_lossy(line);
            let counted = line.last().is_some_and(u8::is_ascii_digit);
            match counted.then(|| header::profile(&text)).flatten() {
                Some((name, total)) => (self.on_item)(Item::Profile { name, total }),
                None => (self.on_item)(Item::Text(&text)),
            }
        }
    }

    fn in_goroutine(&mut self, line: &[u8]) {
        if line.iter().all(u8::is_ascii_whitespace) || line == b"-----" {
            self.finish();
            return;
        }
        // What collectors make of a tab.
        let untabbed = line
            .strip_prefix(b"#011")
            .or_else(|| line.strip_prefix(b"\\t"));
        if let Some(rest) = untabbed {
            let line: Vec<u8> = [b"\t", rest].concat();
            self.push(&line);
        } else if belongs(line) {
            self.push(line);
        } else {
            self.foreign += 1;
            let text = String::from_utf8_lossy(line).into_owned();
            if self.foreign > MAX_FOREIGN {
                self.finish();
            } else {
                self.problem(ProblemKind::ForeignLine);
            }
            if self.kind == Kind::Outside {
                self.outside(line);
            } else {
                (self.on_item)(Item::Text(&text));
            }
        }
    }

    fn in_entry(&mut self, line: &[u8]) {
        if line.first() == Some(&b'#') {
            self.push(line);
        } else {
            self.finish();
            self.outside(line);
        }
    }

    fn in_race(&mut self, line: &[u8]) {
        if line == race::RULER.as_bytes() {
            self.finish();
        } else {
            self.push(line);
        }
    }

    /// Hands over what was collected.
    pub(super) fn finish(&mut self) {
        let kind = std::mem::replace(&mut self.kind, Kind::Outside);
        let block = std::mem::take(&mut self.block);
        let text = String::from_utf8_lossy(&block);
        match kind {
            Kind::Outside => {}
            Kind::Goroutine => self.goroutine(&text),
            Kind::Entry => {
                if let Some(entry) = stack::entry(&text) {
                    (self.on_item)(Item::Stack(entry));
                }
            }
            Kind::Race => (self.on_item)(Item::Race(race::report(&text))),
        }
        drop(text);
        self.block = block;
        self.block.clear();
        self.overflow = false;
        self.foreign = 0;
    }

    fn goroutine(&mut self, text: &str) {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let Some(mut goroutine) = header::goroutine(first) else {
            return;
        };
        let mut problems = Vec::new();
        stack::body(rest, &mut goroutine, &mut problems);
        for mut problem in problems {
            problem.line += self.block_line - 1;
            self.add(problem);
        }
        (self.on_item)(Item::Goroutine(goroutine));
    }

    /// The end of the input. Inside a stack without its last line it was cut.
    pub(super) fn end(mut self, cut: bool) -> Vec<Problem> {
        let inside = self.kind == Kind::Goroutine;
        let incomplete = |problems: &[Problem]| {
            let of = |it: &&Problem| it.kind == ProblemKind::IncompleteFrame;
            problems.iter().find(of).map_or(0, |it| it.count)
        };
        let before = incomplete(&self.problems);
        self.finish();
        if cut || (inside && incomplete(&self.problems) > before) {
            self.problem(ProblemKind::Truncated);
        }
        self.problems
            .sort_by_key(|problem| (problem.line, problem.kind));
        self.problems
    }
}

fn is_header(line: &[u8]) -> bool {
    // Bytes that are no UTF-8 can only stand in labels, which the lossy reading keeps readable.
    header::goroutine(&String::from_utf8_lossy(line)).is_some()
}

/// Whether a line can be part of a stack, by what is quick to see; the parser looks closer.
fn belongs(line: &[u8]) -> bool {
    match (line[0], line[line.len() - 1]) {
        (b'\t' | b' ', _) | (_, b')') => true,
        (b'.' | b'[' | b'c' | b'n', _) => {
            std::str::from_utf8(line).is_ok_and(|text| stack::classify(text) != Line::Foreign)
        }
        _ => false,
    }
}
