//! The lines below a header: frames, elisions, creator, ancestors; and the entries of debug=1.

use std::borrow::Cow;

use super::header::number;
use super::quote;
use super::{Ancestor, CreatedBy, Frame, Goroutine, Problem, ProblemKind, Stack};
use crate::goroutine::lines::Lines;

/// What a line of a stack is, by its form alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Without its arguments.
    Function(&'a str),
    Location(&'a str, u32),
    CreatedBy(&'a str, Option<u64>),
    Elided(u32),
    /// `[originating from goroutine N]:`
    Originating(u64),
    /// Indented, but no location: `goroutine running on other thread; stack unavailable`.
    Remark,
    Foreign,
}

pub(super) fn classify(line: &str) -> Line<'_> {
    match line.as_bytes().first() {
        Some(b'\t' | b' ') => location(line.trim_start())
            .map_or(Line::Remark, |(file, number)| Line::Location(file, number)),
        Some(b'.') => elided(line).map_or(Line::Foreign, Line::Elided),
        Some(b'[') => line
            .strip_prefix("[originating from goroutine ")
            .and_then(number)
            .filter(|(_, rest)| rest.starts_with(']'))
            .map_or(Line::Foreign, |(id, _)| Line::Originating(id)),
        Some(b'c') if line.starts_with("created by ") => {
            let text = &line["created by ".len()..];
            let (function, parent) = creator(text.trim_end());
            Line::CreatedBy(function, parent)
        }
        Some(b'n') if line.starts_with("non-Go function") => Line::Function("non-Go function"),
        Some(_) => function(line).map_or(Line::Foreign, Line::Function),
        None => Line::Foreign,
    }
}

/// `main.(*T).f({0x1, 0x2}, ...)` is `main.(*T).f`: arguments hold no parentheses.
fn function(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let open = memchr::memrchr(b'(', line.strip_suffix(')')?.as_bytes())?;
    let name = &line[..open];
    let plain = !name.is_empty() && memchr::memchr2(b' ', b'\t', name.as_bytes()).is_none();
    plain.then_some(name)
}

/// `main.f in goroutine 7`, or `main.f` alone.
fn creator(text: &str) -> (&str, Option<u64>) {
    let with_parent = || {
        let blank = memchr::memrchr(b' ', text.as_bytes())?;
        let function = text[..blank].strip_suffix(" in goroutine")?;
        Some((function.trim_end(), number(&text[blank + 1..])?.0))
    };
    with_parent().map_or((text, None), |(function, id)| (function, Some(id)))
}

/// `C:/x y/a.go:12 +0x1d fp=0x… sp=0x… pc=0x…`; the line ends at the last colon's number.
fn location(text: &str) -> Option<(&str, u32)> {
    let colon = memchr::memrchr(b':', text.as_bytes())?;
    let (line, rest) = number(&text[colon + 1..])?;
    let ends = rest.is_empty() || rest.starts_with(' ') || rest.starts_with('\r');
    (ends && colon > 0).then(|| (&text[..colon], line.try_into().unwrap_or(u32::MAX)))
}

/// `...61 frames elided...`, and `...additional frames elided...`, which counts as one.
fn elided(line: &str) -> Option<u32> {
    let text = line.strip_prefix("...")?;
    text.starts_with("additional frames elided")
        .then_some(1)
        .or_else(|| {
            let (count, rest) = number(text)?;
            rest.starts_with(" frames elided")
                .then(|| count.try_into().unwrap_or(u32::MAX))
        })
}

/// Reads what follows a debug=2 header. Line numbers in `problems` count from 1 at the header.
pub(super) fn body<'a>(text: &'a str, goroutine: &mut Goroutine<'a>, problems: &mut Vec<Problem>) {
    let mut builder = Builder::default();
    // Most stacks are short, and the count is exact for those.
    builder.stack.frames.reserve(text.len() / 96);
    for (idx, line) in Lines::new(text).enumerate() {
        if let Some(kind) = builder.line(classify(line)) {
            problems.push(Problem {
                kind,
                line: idx as u64 + 2,
                count: 1,
            });
        }
    }
    let lines = || text.bytes().filter(|byte| *byte == b'\n').count() as u64;
    if builder.pending() {
        problems.push(Problem {
            kind: ProblemKind::IncompleteFrame,
            line: lines() + 1,
            count: 1,
        });
    }
    builder.finish(goroutine);
}

/// Frames without locations yet, and where the finished parts go.
#[derive(Default)]
struct Builder<'a> {
    /// The part being read: the goroutine's own, then each ancestor's.
    stack: Ancestor<'a>,
    own: Option<Ancestor<'a>>,
    ancestors: Vec<Ancestor<'a>>,
    /// Function whose location is due.
    function: Option<&'a str>,
    /// Creator whose location is due.
    creator: Option<(&'a str, Option<u64>)>,
}

impl<'a> Builder<'a> {
    fn pending(&self) -> bool {
        self.creator.is_some() || self.function.is_some_and(|name| name != "non-Go function")
    }

    fn line(&mut self, line: Line<'a>) -> Option<ProblemKind> {
        match line {
            Line::Function(name) => {
                let problem = self.flush();
                self.function = Some(name);
                return problem;
            }
            Line::CreatedBy(name, parent) => {
                let problem = self.flush();
                self.creator = Some((name, parent));
                return problem;
            }
            Line::Location(file, line) => return self.locate(file, line),
            Line::Elided(count) => {
                let problem = self.flush();
                self.stack.elided = self.stack.elided.saturating_add(count);
                return problem;
            }
            Line::Originating(id) => {
                let problem = self.flush();
                self.next_part();
                self.stack.id = id;
                return problem;
            }
            // The `pc=` line of a non-Go function among others.
            Line::Remark => {}
            Line::Foreign => return Some(ProblemKind::ForeignLine),
        }
        None
    }

    fn locate(&mut self, file: &'a str, line: u32) -> Option<ProblemKind> {
        let at = |function: &'a str| Frame {
            function: Cow::Borrowed(function),
            file: Cow::Borrowed(file),
            line,
        };
        if let Some(function) = self.function.take() {
            self.stack.frames.push(at(function));
        } else if let Some((function, parent)) = self.creator.take() {
            // With ancestors there are several; the first of each part is its own.
            let created_by = CreatedBy {
                frame: at(function),
                parent,
            };
            self.stack.created_by.get_or_insert(created_by);
        } else {
            return Some(ProblemKind::IncompleteFrame);
        }
        None
    }

    /// Keeps what is due as it is, without a location.
    fn flush(&mut self) -> Option<ProblemKind> {
        let incomplete = self.pending();
        let at = |function: &'a str| Frame {
            function: Cow::Borrowed(function),
            ..Frame::default()
        };
        if let Some(function) = self.function.take() {
            self.stack.frames.push(at(function));
        }
        if let Some((function, parent)) = self.creator.take() {
            let created_by = CreatedBy {
                frame: at(function),
                parent,
            };
            self.stack.created_by.get_or_insert(created_by);
        }
        incomplete.then_some(ProblemKind::IncompleteFrame)
    }

    fn next_part(&mut self) {
        let part = std::mem::take(&mut self.stack);
        if self.own.is_none() {
            self.own = Some(part);
        } else {
            self.ancestors.push(part);
        }
    }

    fn finish(mut self, goroutine: &mut Goroutine<'a>) {
        self.flush();
        self.next_part();
        let own = self.own.unwrap_or_default();
        goroutine.frames = own.frames;
        goroutine.elided = own.elided;
        goroutine.created_by = own.created_by;
        goroutine.ancestors = self.ancestors;
    }
}

/// `COUNT @ 0xPC…`: the first line of a debug=1 entry.
pub(super) fn count(line: &str) -> Option<(u64, &str)> {
    let (count, rest) = number(line)?;
    let addresses = rest.strip_prefix(" @")?;
    (addresses.is_empty() || addresses.starts_with(" 0x")).then_some((count, addresses))
}

/// Reads one debug=1 entry with its first line; `None` if that line is no count.
pub(super) fn entry(text: &str) -> Option<Stack<'_>> {
    let mut lines = Lines::new(text);
    let (count, addresses) = count(lines.next()?)?;
    let mut stack = Stack {
        count,
        ..Stack::default()
    };
    stack.addresses = addresses.split(' ').filter_map(hex).collect();
    for line in lines {
        if let Some(labels) = line.strip_prefix("# labels: {") {
            if let Some((labels, _)) = quote::labels(labels) {
                stack.labels = labels;
            }
        } else if let Some(frame) = line.strip_prefix("#\t").and_then(entry_frame) {
            stack.frames.push(frame);
        }
    }
    Some(stack)
}

/// `0xPC\tfunction+0xOFFSET\t\tfile:line`; `None` where the symbol is unknown.
fn entry_frame(text: &str) -> Option<Frame<'_>> {
    let after_tab = |text: &str| memchr::memchr(b'\t', text.as_bytes());
    let rest = text[after_tab(text)?..].trim_start_matches('\t');
    let (symbol, place) = rest.split_at(after_tab(rest)?);
    let plus = memchr::memrchr(b'+', symbol.as_bytes());
    let function = plus
        .filter(|at| symbol[*at..].starts_with("+0x"))
        .map_or(symbol, |at| &symbol[..at]);
    let (file, line) = location(place.trim_start_matches('\t'))?;
    Some(Frame {
        function: function.into(),
        file: file.into(),
        line,
    })
}

/// `0x446231`; `None` for anything else, and beyond 64 bits.
fn hex(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x")?.bytes();
    if !(1..=16).contains(&digits.len()) {
        return None;
    }
    let mut value = 0;
    for byte in digits {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        value = value << 4 | u64::from(digit);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::ProblemKind::{ForeignLine, IncompleteFrame};
    use super::*;

    fn shown(text: &str) -> (String, Vec<ProblemKind>) {
        let mut goroutine = Goroutine::default();
        let mut problems = Vec::new();
        body(text, &mut goroutine, &mut problems);
        let mut out = String::new();
        let mut put = |frames: &[Frame<'_>], elided: u32, created: &Option<CreatedBy<'_>>| {
            for frame in frames {
                writeln!(out, "{} {}:{}", frame.function, frame.file, frame.line).unwrap();
            }
            if elided > 0 {
                writeln!(out, "~{elided}").unwrap();
            }
            if let Some(by) = created {
                writeln!(
                    out,
                    "by {} {}:{} {:?}",
                    by.frame.function, by.frame.file, by.frame.line, by.parent
                )
                .unwrap();
            }
        };
        put(&goroutine.frames, goroutine.elided, &goroutine.created_by);
        for ancestor in &goroutine.ancestors {
            put(&[], ancestor.id as u32, &None);
            put(&ancestor.frames, ancestor.elided, &ancestor.created_by);
        }
        (out, problems.iter().map(|problem| problem.kind).collect())
    }

    #[test]
    fn frames_of_every_form_are_read() {
        let (out, problems) = shown(
            "runtime.gopark(0x0?, {0x1, ...}, _)\n\truntime/proc.go:474 +0xca fp=0x1 sp=0x2 pc=0x3\n\
             main.(*box[...]).take(...)\n\tC:/x y/main.go:15\n\
             non-Go function\n\tpc=0x7f00\n\
             ...61 frames elided...\n\
             f-range1({})\n\t<autogenerated>:1\n\
             created by main.start in goroutine 1\n\tmain.go:84 +0x45\n\
             [originating from goroutine 1]:\nmain.start(...)\n\tmain.go:85\n...additional frames elided...\n\
             created by main.init.0\n\tmain.go:3\n",
        );
        insta::assert_snapshot!(out, @r"
        runtime.gopark runtime/proc.go:474
        main.(*box[...]).take C:/x y/main.go:15
        non-Go function :0
        f-range1 <autogenerated>:1
        ~61
        by main.start main.go:84 Some(1)
        ~1
        main.start main.go:85
        ~1
        by main.init.0 main.go:3 None
        ");
        assert_eq!(problems, []);
    }

    #[test]
    fn damaged_stacks_keep_what_is_readable() {
        let (out, problems) = shown(
            "main.a()\nmain.b()\n2026/01/02 a request was served (200)\n\tb.go:2 +0x1\n\tlost.go:3\ncreated by main.c in goroutine 9\n",
        );
        insta::assert_snapshot!(out, @r"
        main.a :0
        main.b b.go:2
        by main.c :0 Some(9)
        ");
        assert_eq!(
            problems,
            [
                IncompleteFrame,
                ForeignLine,
                IncompleteFrame,
                IncompleteFrame
            ]
        );
    }

    #[test]
    fn a_debug_1_entry_has_count_labels_and_frames() {
        let stack = entry(
            "12 @ 0x446231 0x485c3d\n# labels: {\"k\":\"v\\x01\", \"b\":\"\"}\n#\t0x524a6f\tmain.main+0x22f\t\t\tC:/m.go:100\n#\t0x48d481\n",
        )
        .unwrap();
        insta::assert_compact_debug_snapshot!(stack, @r#"Stack { count: 12, addresses: [4481585, 4742205], labels: [("k", "v\u{1}"), ("b", "")], frames: [Frame { function: "main.main", file: "C:/m.go", line: 100 }] }"#);
        assert_eq!(entry("12 apples"), None);
    }
}
