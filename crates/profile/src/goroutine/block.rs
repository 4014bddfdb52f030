//! Groups lines into goroutines, entries and reports: the state between two lines of the input, for
//! each process that writes into it.

use std::borrow::Cow;

use super::lines::{self, Prefix, unwrap_json};
use super::stack::Line;
use super::text::without_escapes;
use super::{Item, Problem, ProblemKind, header, race, stack};

/// No stack Go prints comes near it: 100 frames and as many for each of its ancestors.
const MAX_BLOCK: usize = 8 << 20;
/// A goroutine ends after so many consecutive lines of something else.
const MAX_FOREIGN: u32 = 50;
/// A longer prefix would be a sentence that happens to mention a goroutine.
pub(super) const MAX_PREFIX: usize = 200;
/// How many processes may write into one log at the same time.
const MAX_STREAMS: usize = 32;
/// How often a line may be wrapped: a JSON log line inside one of a container engine.
const MAX_DEPTH: u32 = 3;
const HEADER: &[u8] = b"goroutine ";
/// As goleak prints it.
const REPORT_HEADER: &[u8] = b"Goroutine ";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Outside,
    Goroutine,
    Entry,
    Race,
    /// The stack of a thread, `runtime stack:`, which is not a goroutine's.
    Thread,
}

/// The lines with one prefix. Collectors mix the lines of several processes, each with a prefix of
/// its own.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent marks of a stream"
)]
struct Stream {
    prefix: Prefix,
    /// What stands behind each line, such as a closing quote; mostly empty.
    suffix: Vec<u8>,
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
    /// The last line may be a call whose location is due.
    after_call: bool,
    /// Each line of the entry comes twice.
    doubled: bool,
}

/// Collects the lines of one goroutine, entry or report and hands it over when it is complete.
pub(super) struct Blocks<'s> {
    on_item: &'s mut dyn FnMut(Item<'_>),
    finder: memchr::memmem::Finder<'static>,
    /// The first has no prefix.
    streams: Vec<Stream>,
    /// The one the current line belongs to.
    current: usize,
    line: u64,
    /// The input is an export of journald's.
    is_export: bool,
    pub(super) problems: Vec<Problem>,
    /// Whether the current lines may have escape sequences of a terminal, and backslashes.
    pub(super) unusual: (bool, bool),
}

/// A line without carriage returns and blanks at its end, which copies through windows and consoles
/// leave there.
fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !b"\r ".contains(byte));
    &line[..end.map_or(0, |last| last + 1)]
}

impl<'s> Blocks<'s> {
    pub(super) fn new(on_item: &'s mut dyn FnMut(Item<'_>)) -> Self {
        Self {
            on_item,
            finder: memchr::memmem::Finder::new("oroutine "),
            streams: vec![Stream::default()],
            current: 0,
            line: 0,
            is_export: false,
            problems: Vec::new(),
            unusual: (false, false),
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
        // An entry of journald's export format: a field a line.
        self.is_export |= raw.starts_with(b"__CURSOR=");
        let raw = match (self.is_export, raw.strip_prefix(b"MESSAGE=")) {
            (false, _) => raw,
            (true, Some(message)) => message,
            (true, None) => return,
        };
        if self.unusual.0 && memchr::memchr(0x1b, raw).is_some() {
            self.unwrap(&without_escapes(raw), MAX_DEPTH);
        } else {
            self.unwrap(raw, MAX_DEPTH);
        }
    }

    /// Takes the text out of what wraps the line.
    fn unwrap(&mut self, raw: &[u8], depth: u32) {
        let raw = trim_end(raw);
        if depth > 0
            && self.unusual.1
            && memchr::memchr(b'\\', raw).is_some()
            && let Some(text) = lines::embedded(raw)
        {
            // The string is a whole text: what it begins, it ends.
            self.finish_all();
            self.current = 0;
            text.split(|byte| *byte == b'\n')
                .for_each(|line| self.content(trim_end(line)));
            self.finish_all();
            return;
        }
        if depth > 0
            && raw.last() == Some(&b'}')
            && let Some((prefix, text)) = unwrap_json(raw)
        {
            let text = text.strip_suffix(b"\n").unwrap_or(&text);
            for line in text.split(|byte| *byte == b'\n') {
                // What stands before the object tells several logs apart.
                let line = [prefix, &without_escapes(line)].concat();
                self.unwrap(&line, depth - 1);
            }
        } else {
            self.content(raw);
        }
    }

    fn finish_all(&mut self) {
        for idx in 0..self.streams.len() {
            self.current = idx;
            self.finish();
        }
    }

    fn content(&mut self, raw: &[u8]) {
        let line = self.select(raw);
        if self.opens_goroutine(line) || self.opens_profile(line) {
            return;
        }
        let line = self.without_suffix(line);
        match self.stream().kind {
            Kind::Outside => self.outside(line),
            Kind::Goroutine => self.in_goroutine(line),
            Kind::Entry => self.in_entry(line),
            Kind::Race => self.in_race(line),
            Kind::Thread => self.in_thread(line),
        }
    }

    fn without_suffix<'l>(&mut self, line: &'l [u8]) -> &'l [u8] {
        let suffix = &self.stream().suffix;
        if suffix.is_empty() {
            return line;
        }
        line.strip_suffix(suffix.as_slice()).unwrap_or(line)
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

    /// Starts a goroutine if the line is a header, learning what stands before and behind it.
    fn opens_goroutine(&mut self, line: &[u8]) -> bool {
        if line.starts_with(HEADER) && is_header(line) {
            self.start(Kind::Goroutine, line);
            return true;
        }
        // A header further right, or with something behind it.
        let Some(suffix) = lines::suffix(line) else {
            return false;
        };
        let found = self.finder.find(line).and_then(|at| at.checked_sub(1));
        let Some(at) = found.filter(|at| *at <= MAX_PREFIX) else {
            return false;
        };
        let follows_word = at > 0 && line[at - 1].is_ascii_alphanumeric();
        let header = &line[at..line.len() - suffix.len()];
        if follows_word || !is_header(header) {
            return false;
        }
        let suffix = suffix.to_owned();
        // goleak indents its report, and puts a bracket before the first goroutine only.
        let indented = line[..at].iter().all(|byte| b"\t [".contains(byte));
        if at > 0 && !(indented && header.starts_with(REPORT_HEADER)) {
            self.enter(&line[..at]);
        }
        self.start(Kind::Goroutine, header);
        self.stream().suffix = suffix;
        true
    }

    /// Announces a profile whose first line has something before or behind it, and learns what.
    fn opens_profile(&mut self, line: &[u8]) -> bool {
        const MARK: &[u8] = b" profile: total ";
        if self.stream().kind != Kind::Outside || line.len() < MARK.len() {
            return false;
        }
        let Some(mark) = memchr::memmem::find(line, MARK) else {
            return false;
        };
        let name = |byte: &u8| byte.is_ascii_alphanumeric();
        let start = line[..mark].iter().rposition(|byte| !name(byte));
        let start = start.map_or(0, |at| at + 1);
        let digits = line[mark + MARK.len()..].iter();
        let end = mark + MARK.len() + digits.take_while(|byte| byte.is_ascii_digit()).count();
        let is_plain = start == 0 && end == line.len();
        let text = text_of(&line[start..end]);
        let Some((name, total)) = header::profile(&text) else {
            return false;
        };
        let is_prefix = start <= MAX_PREFIX && line.len() - end <= 3;
        if is_plain || !is_prefix {
            return false;
        }
        if start > 0 {
            self.enter(&line[..start]);
        }
        self.finish();
        line[end..].clone_into(&mut self.stream().suffix);
        (self.on_item)(Item::Profile { name, total });
        true
    }

    fn start(&mut self, kind: Kind, line: &[u8]) {
        // Each line comes twice.
        if self.stream().kind == kind
            && self.is_last(line)
            && self.stream().block.len() == line.len() + 1
        {
            return;
        }
        self.finish();
        let number = self.line;
        let stream = self.stream();
        stream.kind = kind;
        stream.block_line = number;
        self.push(line);
    }

    /// Whether the last line of the block is the same.
    fn is_last(&mut self, line: &[u8]) -> bool {
        let block = &self.stream().block;
        let Some(start) = block.len().checked_sub(line.len() + 1) else {
            return false;
        };
        block[start..block.len() - 1] == *line && (start == 0 || block[start - 1] == b'\n')
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
        if is_after_dump(line) {
            self.finish();
            self.outside(line);
            return;
        }
        let is_quick = line[0] == b'\t' || line[0].is_ascii_alphabetic();
        if !is_quick && let Some(line) = lines::with_tabs(line) {
            self.push_once(&line);
        } else if belongs(line) {
            self.push_once(line);
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

    /// In a stack no line follows itself, unless a log has each line twice.
    fn push_once(&mut self, line: &[u8]) {
        if !self.is_last(line) {
            self.push(line);
        }
    }

    fn in_entry(&mut self, line: &[u8]) {
        let is_first = self.stream().block.len() == line.len() + 1;
        if line.first() == Some(&b'#') {
            let tabs = match line.get(1) {
                Some(b'\t' | b' ') => None,
                _ => lines::with_tabs(line),
            };
            let line = tabs.as_deref().unwrap_or(line);
            // Recursion repeats a frame.
            if self.stream().doubled {
                self.push_once(line);
            } else {
                self.push(line);
            }
        } else if is_first && self.is_last(line) {
            self.stream().doubled = true;
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
        stream.doubled = false;
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
    // Bytes that are not UTF-8 can only stand in labels, which the lossy reading keeps readable.
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
        (_, b'0'..=b'9' | b'a'..=b'f' | b' ') => is_location(line),
        _ => false,
    }
}

/// What follows the last stack without an empty line: `go run` and `go test` say how the program
/// ended, a report of goleak closes its list.
fn is_after_dump(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line == b"]"
        || [&b"exit status "[..], b"FAIL", b"--- FAIL: "]
            .iter()
            .any(|it| line.starts_with(it))
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
    fn processes_that_write_at_the_same_time_are_separated() {
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
    fn a_report_of_goleak_is_read() {
        let (goroutines, problems) = read(
            "    m_test.go:23: found unexpected goroutines:\n\
             \x20       [Goroutine 19 in state select, with ex.com/p.(*worker).start on top of the stack:\n\
             \x20       ex.com/p.(*worker).start(0x1)\n\
             \x20       \t/p/worker.go:292 +0x9f\n\
             \x20       created by ex.com/p.init.0 in goroutine 1\n\
             \x20       \t/p/worker.go:34 +0x8d\n\
             \x20        Goroutine 20 in state IO wait, with ex.com/p.poll on top of the stack:\n\
             \x20       ex.com/p.poll(...)\n\
             \x20       \t/p/poll.go:3 +0x9f\n\
             \x20       ]\n--- FAIL: TestX (0.44s)\n",
        );
        assert_eq!(
            goroutines,
            ["19 ex.com/p.(*worker).start:292", "20 ex.com/p.poll:3"]
        );
        assert_eq!(problems, []);
    }

    #[test]
    fn a_stack_in_the_log_of_a_test_is_indented() {
        let (goroutines, problems) = read(
            "    m_test.go:9: goroutine 7 [running]:\n        main.f(0x1)\n        \tf.go:1 +0x1\n\
             \x20       created by main.g in goroutine 1\n        \tf.go:2 +0x2\n",
        );
        assert_eq!(
            (goroutines, problems),
            (vec!["7 main.f:1".to_owned()], vec![])
        );
    }

    #[test]
    fn profiles_and_races_behind_a_prefix_are_read() {
        let (dump, _) = parse(
            b"web | goroutine profile: total 2\nweb | 2 @ 0x1 0x2\nweb | #\t0x1\tmain.f+0x1\t/f.go:3\nweb |\n\
              web | ==================\nweb | WARNING: DATA RACE\nweb | Write at 0x1 by goroutine 7:\nweb |   main.g()\n\
              web |       /g.go:4 +0x1\nweb | ==================\n",
        );
        assert_eq!(dump.profile, Some(("goroutine".to_owned(), 2)));
        assert_eq!(dump.stacks[0].frames[0].line, 3);
        assert_eq!(dump.races[0].accesses[0].frames[0].line, 4);
    }

    #[test]
    fn lines_that_cannot_be_separated_are_reported() {
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
            (
                "goroutine 1 [running]:\nmain.f()\n\tf.go:1\nexit status 2\nFAIL\tex.com/p\t0.1s\n",
                vec![],
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
