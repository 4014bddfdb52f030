//! Which lines belong together: the state between two lines of the input, for each process that
//! writes into it.

use std::borrow::Cow;

use super::lines::{Prefix, unwrap_json};
use super::stack::Line;
use super::{Item, Problem, ProblemKind, header, race, stack};

/// No stack Go prints comes near it: 100 frames and as many for each of its ancestors.
const MAX_BLOCK: usize = 8 << 20;
/// So many lines of somebody else in a row, and the goroutine is over.
const MAX_FOREIGN: u32 = 50;
/// A longer prefix would be a sentence that happens to mention a goroutine.
const MAX_PREFIX: usize = 200;
/// So many processes may write into one log at the same time.
const MAX_STREAMS: usize = 32;
const HEADER: &[u8] = b"goroutine ";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Outside,
    Goroutine,
    Entry,
    Race,
    /// The stack of a thread, `runtime stack:`, which is nobody's goroutine.
    Thread,
}

/// What comes behind one prefix. Collectors mix the lines of several processes, each with a
/// prefix of its own.
#[derive(Debug, Default)]
struct Stream {
    prefix: Prefix,
    /// A line behind the header had the prefix too. Until then the prefix may be that of a log
    /// entry with a stack in it, whose further lines have none.
    confirmed: bool,
    kind: Kind,
    /// Lines of the block, each with its line end, prefixes stripped.
    block: Vec<u8>,
    /// Number of the block's first line.
    block_line: u64,
    /// Number of its last line.
    last_line: u64,
    foreign: u32,
    overflow: bool,
    /// The last line may be a call whose place is due.
    after_call: bool,
}

/// Collects the lines of one goroutine, entry or report and hands it over when it is complete.
pub(super) struct Blocks<'s> {
    on_item: &'s mut dyn FnMut(Item<'_>),
    finder: memchr::memmem::Finder<'static>,
    /// The first has no prefix.
    streams: Vec<Stream>,
    /// The one the line at hand belongs to.
    current: usize,
    line: u64,
    pub(super) problems: Vec<Problem>,
}

impl<'s> Blocks<'s> {
    pub(super) fn new(on_item: &'s mut dyn FnMut(Item<'_>)) -> Self {
        Self {
            on_item,
            finder: memchr::memmem::Finder::new("goroutine "),
            streams: vec![Stream::default()],
            current: 0,
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
            Some(known) => {
                known.count += problem.count;
                known.line = known.line.min(problem.line);
            }
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
        let line = self.select(raw);
        if self.opens_goroutine(line) {
            return;
        }
        match self.stream().kind {
            Kind::Outside => self.outside(line),
            Kind::Goroutine => self.in_goroutine(line),
            Kind::Entry => self.in_entry(line),
            Kind::Race => self.in_race(line),
            Kind::Thread => self.in_thread(line),
        }
    }

    fn stream(&mut self) -> &mut Stream {
        &mut self.streams[self.current]
    }

    /// Makes the stream that a line belongs to the current one and takes its prefix off the line.
    fn select<'l>(&mut self, line: &'l [u8]) -> &'l [u8] {
        if self.streams.len() == 1 {
            return line;
        }
        // Most lines follow one of their own.
        let others = (1..self.streams.len()).filter(|idx| *idx != self.current);
        let first = Some(self.current).filter(|idx| *idx != 0);
        for idx in first.into_iter().chain(others) {
            let stream = &mut self.streams[idx];
            if let Some(len) = stream.prefix.matched(line) {
                stream.confirmed = true;
                stream.last_line = self.line;
                self.current = idx;
                return &line[len..];
            }
        }
        let stays = !self.stream().confirmed && !line.starts_with(HEADER);
        if !stays {
            if !self.stream().confirmed {
                self.finish();
            }
            self.current = 0;
        }
        line
    }

    /// The stream behind `prefix` from now on.
    fn enter(&mut self, prefix: &[u8]) {
        let known = |stream: &Stream| stream.prefix.matched(prefix) == Some(prefix.len());
        if let Some(idx) = self.streams.iter().skip(1).position(known) {
            self.current = idx + 1;
        } else if self.streams.len() < MAX_STREAMS {
            self.streams.push(Stream::default());
            self.current = self.streams.len() - 1;
        } else {
            let oldest = (1..self.streams.len()).min_by_key(|idx| self.streams[*idx].last_line);
            self.current = oldest.unwrap_or(0);
            self.finish();
        }
        let line = self.line;
        let stream = self.stream();
        stream.prefix = Prefix::learn(prefix);
        stream.confirmed = false;
        stream.last_line = line;
    }

    /// Starts a goroutine if the line is a header, learning the prefix before it.
    fn opens_goroutine(&mut self, line: &[u8]) -> bool {
        if line.starts_with(HEADER) {
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
        self.enter(&line[..at]);
        self.start(Kind::Goroutine, &line[at..]);
        true
    }

    fn start(&mut self, kind: Kind, line: &[u8]) {
        self.finish();
        let number = self.line;
        let stream = self.stream();
        stream.kind = kind;
        stream.block_line = number;
        self.push(line);
    }

    fn push(&mut self, line: &[u8]) {
        let stream = self.stream();
        stream.foreign = 0;
        if stream.block.len() + line.len() < MAX_BLOCK {
            stream.block.extend_from_slice(line);
            stream.block.push(b'\n');
        } else if !stream.overflow {
            stream.overflow = true;
            self.problem(ProblemKind::StackTooLong);
        }
    }

    fn outside(&mut self, line: &[u8]) {
        let after_call = std::mem::replace(&mut self.stream().after_call, line.ends_with(b")"));
        let first = line.first().copied().unwrap_or(b'\n');
        if first.is_ascii_digit()
            && let Ok(text) = std::str::from_utf8(line)
            && stack::count(text).is_some()
        {
            self.start(Kind::Entry, line);
        } else if line.ends_with(race::OPENING.as_bytes()) {
            let prefix = &line[..line.len() - race::OPENING.len()];
            if !prefix.is_empty() {
                self.enter(prefix);
            }
            self.finish();
            let number = self.line;
            let stream = self.stream();
            stream.kind = Kind::Race;
            stream.block_line = number;
        } else if !line.iter().all(u8::is_ascii_whitespace) {
            if line == b"runtime stack:" {
                self.stream().kind = Kind::Thread;
            } else if after_call && first == b'\t' && is_location(line) {
                self.problem(ProblemKind::OrphanFrame);
            }
            let text = text_of(line);
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
            self.stream().foreign += 1;
            if self.stream().foreign > MAX_FOREIGN {
                self.finish();
            } else {
                self.problem(ProblemKind::ForeignLine);
            }
            if self.stream().kind == Kind::Outside {
                self.outside(line);
            } else {
                (self.on_item)(Item::Text(&text_of(line)));
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

    fn in_thread(&mut self, line: &[u8]) {
        if line.iter().all(u8::is_ascii_whitespace) {
            self.finish();
        } else {
            (self.on_item)(Item::Text(&text_of(line)));
        }
    }

    /// Hands over what was collected of the current stream.
    pub(super) fn finish(&mut self) {
        let stream = self.stream();
        let kind = std::mem::take(&mut stream.kind);
        let block = std::mem::take(&mut stream.block);
        stream.overflow = false;
        stream.foreign = 0;
        stream.after_call = false;
        let text = text_of(&block);
        match kind {
            Kind::Outside | Kind::Thread => {}
            Kind::Goroutine => self.goroutine(&text),
            Kind::Entry => {
                if let Some(entry) = stack::entry(&text) {
                    (self.on_item)(Item::Stack(entry));
                }
            }
            Kind::Race => (self.on_item)(Item::Race(race::report(&text))),
        }
        drop(text);
        let stream = self.stream();
        stream.block = block;
        stream.block.clear();
    }

    fn goroutine(&mut self, text: &str) {
        let end = memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
        let (first, rest) = (&text[..end], text.get(end + 1..).unwrap_or_default());
        let Some(mut goroutine) = header::goroutine(first) else {
            return;
        };
        let mut problems = Vec::new();
        stack::body(rest, &mut goroutine, &mut problems);
        for mut problem in problems {
            problem.line += self.stream().block_line - 1;
            self.add(problem);
        }
        (self.on_item)(Item::Goroutine(goroutine));
    }

    /// The end of the input. Inside a stack without its last line it was cut.
    pub(super) fn end(mut self, cut: bool) -> Vec<Problem> {
        let incomplete = |problems: &[Problem]| {
            let of = |it: &&Problem| it.kind == ProblemKind::IncompleteFrame;
            problems.iter().find(of).map_or(0, |it| it.count)
        };
        let mut cut = cut;
        for idx in 0..self.streams.len() {
            self.current = idx;
            let inside = self.stream().kind == Kind::Goroutine;
            let before = incomplete(&self.problems);
            self.finish();
            cut |= inside && incomplete(&self.problems) > before;
        }
        if cut {
            self.problem(ProblemKind::Truncated);
        }
        self.problems
            .sort_by_key(|problem| (problem.line, problem.kind));
        self.problems
    }
}

fn is_header(line: &[u8]) -> bool {
    // Bytes that are no UTF-8 can only stand in labels, which the lossy reading keeps readable.
    header::goroutine(&text_of(line)).is_some()
}

/// As `String::from_utf8_lossy`, which is slow on what is valid: nearly everything.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

fn is_location(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(|text| matches!(stack::classify(text), Line::Location(..)))
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

#[cfg(test)]
mod tests {
    use super::ProblemKind::{ForeignLine, IncompleteFrame, OrphanFrame};
    use crate::goroutine::{ProblemKind, parse};

    /// `ID FRAMES…` of each goroutine, and what was wrong.
    fn read(log: &str) -> (Vec<String>, Vec<ProblemKind>) {
        let (dump, problems) = parse(log.as_bytes());
        let shown = dump.goroutines.iter().map(|it| {
            let frames = it.frames.iter();
            let frames = frames.map(|frame| format!(" {}:{}", frame.function, frame.line));
            format!("{}{}", it.id, frames.collect::<String>())
        });
        (
            shown.collect(),
            problems.iter().map(|problem| problem.kind).collect(),
        )
    }

    #[test]
    fn processes_that_write_at_the_same_time_are_told_apart() {
        let (goroutines, problems) = read(
            "a-1 | goroutine 1 [running]:\n\
             b-22 | goroutine 7 [select]:\n\
             a-1 | main.f()\n\
             b-22 | main.g()\n\
             2026 another line\n\
             b-22 | \tg.go:2\n\
             a-1 | \tf.go:1\n\
             b-22 |\n\
             a-1 |\n\
             b-22 | goroutine 8 [select]:\n\
             a-1 | goroutine 2 [running]:\n\
             b-22 | main.h()\n\
             a-1 | main.f()\n\
             a-1 | \tf.go:3\n\
             b-22 | \th.go:4\n",
        );
        assert_eq!(
            goroutines,
            ["7 main.g:2", "1 main.f:1", "2 main.f:3", "8 main.h:4"]
        );
        assert_eq!(problems, []);
    }

    #[test]
    fn a_stack_inside_a_log_entry_needs_no_prefix() {
        let (goroutines, problems) = read(
            "2026/01/02 03:04:05 caught: goroutine 7 [running]:\nmain.f()\n\tf.go:1\n\n\
             goroutine 8 [select]:\nmain.g()\n\tg.go:2\n\n2026/01/02 03:04:06 served\n",
        );
        assert_eq!(goroutines, ["7 main.f:1", "8 main.g:2"]);
        assert_eq!(problems, []);
    }

    #[test]
    fn lines_that_cannot_be_told_apart_are_reported() {
        let cases = [
            // The second dump's first line comes between the first one's.
            (
                "goroutine 1 [running]:\nmain.f()\ngoroutine 7 [select]:\n\tf.go:1\nmain.g()\n\tg.go:2\n\n\nmain.h()\n\th.go:3\n",
                vec![IncompleteFrame, OrphanFrame],
            ),
            // The beginning is missing.
            (
                "main.f()\n\tf.go:1\nmain.g()\n\tg.go:2\n",
                vec![OrphanFrame],
            ),
            (
                "goroutine 1 [running]:\nmain.f()\nserved\n\tf.go:1\n",
                vec![ForeignLine],
            ),
            // Not a goroutine's, and not meant to be.
            (
                "fatal error: x\n\nruntime stack:\nruntime.throw(...)\n\tp.go:1 +0x4\n\n",
                vec![],
            ),
            ("an error (wrapped)\n\tat some place\n", vec![]),
        ];
        for (log, want) in cases {
            assert_eq!(read(log).1, want, "{log}");
        }
    }
}
