//! The message of a decision: words of the catalogue around a subject.

use base::LineCol;

use super::Sink;
use super::position::number;
use super::split::{rsplit, split};
use crate::decision::{CaptureBy, Kind, PgoCall, Position, Refusal, Shaped};
use crate::decisions::Decisions;
use crate::phrases;

/// A decision whose own texts are not interned yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Parsed<'a> {
    pub(super) kind: Kind,
    pub(super) subject: &'a str,
    pub(super) function: Option<&'a str>,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it ends functions that may find nothing"
)]
fn about(kind: Kind, subject: &str) -> Option<Parsed<'_>> {
    Some(Parsed {
        kind,
        subject,
        function: None,
    })
}

/// `None` for words that are in no catalogue.
pub(super) fn parse<'a>(message: &'a str, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    // A variable may be named like the first word of another message, so each of these may give way to the
    // verdicts of escape analysis, which begin with their subject.
    let by_first_words = match message.as_bytes().first()? {
        b'i' | b'z' | b'e' | b'u' => fixed(message),
        b'c' => can(message, sink),
        b'f' => big_function(message).or_else(|| loop_modified(message, sink)),
        b'm' | b'a' => moved_or_marked(message),
        b'l' => leaking(message, sink).or_else(|| loop_variable(message, sink)),
        b'r' => loop_modified(message, sink),
        b'p' | b'P' | b'd' | b's' => devirtualizing(message, sink),
        _ => None,
    };
    by_first_words.or_else(|| by_last_words(message))
}

fn fixed(message: &str) -> Option<Parsed<'_>> {
    if let Some(callee) = message.strip_prefix("inlining call to ") {
        return inlining_call(callee);
    }
    let kind = match message {
        phrases::BOUNDS_CHECK_ELIDED => Kind::BoundsCheckElided,
        phrases::IMPRECISE_INTERFACE_CALL => Kind::ImpreciseInterfaceCall,
        phrases::ZERO_COPY_CONVERSION => Kind::ZeroCopyConversion,
        phrases::UNKNOWN_TO_BLOOP => Kind::UnknownToBloop,
        phrases::UNKNOWN_ASSIGNMENT_TO_BLOOP => Kind::UnknownAssignmentToBloop,
        _ => return None,
    };
    about(kind, "")
}

fn inlining_call(callee: &str) -> Option<Parsed<'_>> {
    if let Some((name, score)) = rsplit(callee, " with score ") {
        let negative = score.strip_prefix('-');
        let value = number(negative.unwrap_or(score)).and_then(|value| i32::try_from(value).ok());
        // The compiler prints no negative zero.
        if let Some(value) = value.filter(|value| negative.is_none() || *value != 0) {
            let score = if negative.is_some() { -value } else { value };
            return about(Kind::InliningCall { score: Some(score) }, name);
        }
    }
    about(Kind::InliningCall { score: None }, callee)
}

fn can<'a>(message: &'a str, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    if let Some(text) = message.strip_prefix("can inline ") {
        if let Some((subject, rest)) = split(text, " with cost ")
            && let Some((cost, body)) = split(rest, " as: ")
            && let Some(cost) = number(cost)
        {
            let kind = Kind::CanInline {
                cost: Some(cost),
                body: Some(sink.text(body)),
            };
            return about(kind, subject);
        }
        let kind = Kind::CanInline {
            cost: None,
            body: None,
        };
        return about(kind, text);
    }
    if let Some(text) = message.strip_prefix("cannot inline ") {
        return cannot_inline(text, sink);
    }
    let text = message.strip_prefix("cannot devirtualize ")?;
    let (shaped, (call, ty)) = match rsplit(text, ": shaped receiver ") {
        Some(parts) => (Shaped::Receiver, parts),
        None => (Shaped::Interface, rsplit(text, ": shaped interface ")?),
    };
    let ty = sink.text(ty);
    about(Kind::CannotDevirtualize { shaped, ty }, call)
}

fn cannot_inline<'a>(text: &'a str, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    if let Some(text) = text.strip_suffix(": repeated recursive cycle")
        && let Some((callee, function)) = split(text, " into ")
    {
        return Some(Parsed {
            kind: Kind::RecursiveCycle,
            subject: callee,
            function: Some(function),
        });
    }
    if let Some((name, numbers)) = split(text, ": function too complex: cost ")
        && let Some((cost, budget)) = split(numbers, " exceeds budget ")
        && let (Some(cost), Some(budget)) = (number(cost), number(budget))
    {
        let why = Refusal::TooComplex { cost, budget };
        return about(Kind::CannotInline { why }, name);
    }
    let (name, reason) = split_outside_brackets(text)?;
    let why = Refusal::Other(sink.text(reason));
    about(Kind::CannotInline { why }, name)
}

/// At the first `: ` that is in no type argument: those may hold struct tags.
fn split_outside_brackets(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && text[at + 1..].starts_with(' ') => {
                return Some((&text[..at], &text[at + 2..]));
            }
            _ => {}
        }
    }
    text.split_once(": ")
}

fn big_function(message: &str) -> Option<Parsed<'_>> {
    let subject = message
        .strip_prefix("function ")?
        .strip_suffix(phrases::CONSIDERED_BIG)?;
    about(Kind::BigFunction, subject)
}

fn moved_or_marked(message: &str) -> Option<Parsed<'_>> {
    if let Some(variable) = message.strip_prefix("moved to heap: ") {
        return about(Kind::MovedToHeap, variable);
    }
    if let Some(text) = message.strip_prefix("assuming ") {
        let subject = text.strip_suffix(" is unsafe uintptr")?;
        return about(Kind::AssumingUnsafeUintptr, subject);
    }
    let text = message.strip_prefix("marking ")?;
    let (variadic, subject) = match text.strip_suffix(" as escaping uintptr") {
        Some(subject) => (false, subject),
        None => (true, text.strip_suffix(" as escaping ...uintptr")?),
    };
    about(Kind::MarkingEscapingUintptr { variadic }, subject)
}

fn leaking<'a>(message: &'a str, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    if let Some(subject) = message.strip_prefix("leaking param content: ") {
        return about(Kind::LeakingParamContent, subject);
    }
    let text = message.strip_prefix("leaking param: ")?;
    if let Some((subject, rest)) = split(text, " to result ")
        && let Some((result, level)) = rsplit(rest, " level=")
        && let Some(level) = number(level)
    {
        let result = sink.text(result);
        return about(Kind::LeakingParamToResult { result, level }, subject);
    }
    about(Kind::LeakingParam, text)
}

fn devirtualizing<'a>(message: &'a str, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    if let Some(text) = message.strip_prefix("devirtualizing ") {
        return devirtualized(text, false, sink);
    }
    if let Some(text) = message.strip_prefix("partially devirtualizing ") {
        return devirtualized(text, true, sink);
    }
    if let Some(statement) = message.strip_prefix("skip inlining within testing.B.loop for ") {
        return about(Kind::SkipsInliningInLoop, statement);
    }
    if let Some(text) = message.strip_prefix("should not PGO devirtualize ") {
        let (subject, reason) = split_outside_brackets(text)?;
        let reason = sink.text(reason);
        return about(Kind::ShouldNotPgoDevirtualize { reason }, subject);
    }
    let text = message.strip_prefix("PGO devirtualizing ")?;
    let (call, text) = match text.strip_prefix("interface call ") {
        Some(text) => (PgoCall::Interface, text),
        None => (PgoCall::Function, text.strip_prefix("function call ")?),
    };
    let (subject, to) = rsplit(text, " to ")?;
    let to = sink.text(to);
    about(Kind::PgoDevirtualizing { call, to }, subject)
}

fn devirtualized<'a>(text: &'a str, partially: bool, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    // It is always a selector: `devirtualizing escapes to heap` is about a variable.
    let (subject, to) = rsplit(text, " to ").filter(|(call, _)| call.contains('.'))?;
    let to = sink.text(to);
    about(Kind::Devirtualizing { partially, to }, subject)
}

/// The verdicts that begin with their subject.
fn by_last_words(message: &str) -> Option<Parsed<'_>> {
    if let Some(subject) = message.strip_suffix(" does not escape") {
        return about(Kind::DoesNotEscape, subject);
    }
    if let Some(subject) = message.strip_suffix(" escapes to heap") {
        return about(Kind::EscapesToHeap, subject);
    }
    if let Some(subject) = message.strip_suffix(" will be kept alive") {
        return about(Kind::KeptAlive, subject);
    }
    if let Some(subject) = message.strip_suffix(" escapes to heap, not allowed in runtime") {
        return about(Kind::NotAllowedInRuntime, subject);
    }
    if let Some((function, rest)) = split(message, " capturing by ")
        && let Some((kind, subject)) = capturing(rest)
    {
        return Some(Parsed {
            kind,
            subject,
            function: Some(function),
        });
    }
    let (function, statement) = split(message, " ignoring self-assignment in ")?;
    Some(Parsed {
        kind: Kind::SelfAssignment,
        subject: statement,
        function: Some(function),
    })
}

/// `ref: S (addr=ADDR assign=ASSIGN width=WIDTH)`.
fn capturing(text: &str) -> Option<(Kind, &str)> {
    let (by, text) = match text.strip_prefix("ref: ") {
        Some(text) => (CaptureBy::Ref, text),
        None => (CaptureBy::Value, text.strip_prefix("value: ")?),
    };
    let (subject, flags) = rsplit(text.strip_suffix(')')?, " (addr=")?;
    let (addr, flags) = flags.split_once(" assign=")?;
    let (assign, width) = flags.split_once(" width=")?;
    let kind = Kind::Capturing {
        by,
        addr: addr.parse().ok()?,
        assign: assign.parse().ok()?,
        width: number(width)?,
    };
    Some((kind, subject))
}

fn loop_variable<'a>(message: &'a str, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    let text = message.strip_prefix("loop variable ")?;
    let (subject, rest) = split(text, " now per-iteration, ")?;
    let (heap, rest) = match rest.strip_prefix("heap-allocated") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix("stack-allocated")?),
    };
    let inlined_into = inlined_into(rest, sink)?;
    about(Kind::LoopVariable { heap, inlined_into }, subject)
}

fn loop_modified<'a>(message: &'a str, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    let (range, text) = match message.strip_prefix("for loop ending at ") {
        Some(text) => (false, text),
        None => (true, message.strip_prefix("range loop ending at ")?),
    };
    let (end, rest) = split(text, " was modified")?;
    let (line, col) = end.split_once(':')?;
    let end = LineCol {
        line: number(line)?,
        col: number(col)?,
    };
    let inlined_into = inlined_into(rest, sink)?;
    let kind = Kind::LoopModified {
        range,
        end,
        inlined_into,
    };
    about(kind, "")
}

/// Nothing, or ` (loop inlined into FILE:LINE)`.
fn inlined_into(text: &str, sink: &mut Sink<'_>) -> Option<Position> {
    if text.is_empty() {
        return Some(Decisions::NO_POSITION);
    }
    let text = text
        .strip_prefix(" (loop inlined into ")?
        .strip_suffix(')')?;
    let (file, line) = rsplit(text, ":")?;
    let line = number(line).filter(|line| *line != 0 && !file.is_empty())?;
    let file = sink.file(file);
    Some(Position { file, line, col: 0 })
}
