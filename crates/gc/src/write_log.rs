//! Decisions in the compiler's own words: the inverse of [`read_log`](crate::read_log).

use std::fmt::{self, Display, Write};

use crate::TextId;
use crate::decision::{
    CaptureBy, Claim, Decision, Explanation, Kind, PgoCall, Position, Refusal, Shaped, Step,
};
use crate::decisions::{Decisions, Entry};
use crate::phrases;

impl Decisions {
    /// The log these decisions were read from, byte for byte.
    pub fn write_log(&self) -> Vec<u8> {
        let mut log = Vec::with_capacity(self.steps.len() * 96 + self.entries.len() * 128);
        let mut text = String::new();
        for entry in &self.entries {
            text.clear();
            match *entry {
                Entry::Unread(index) => log.extend_from_slice(self.unread(index)),
                Entry::Decision(id) => {
                    let decision = &self.items[id];
                    write_to(&mut text, &self.line(decision));
                }
                Entry::Explanation(id) => {
                    let explanation = &self.explanations[id];
                    write_to(&mut text, &self.lines(explanation));
                }
            }
            log.extend_from_slice(text.as_bytes());
            log.push(b'\n');
        }
        if !self.notation.final_newline {
            log.pop();
        }
        log
    }

    /// A decision as the compiler prints it: `POSITION: MESSAGE`.
    pub fn line<'a>(&'a self, decision: &'a Decision) -> impl Display + 'a {
        fmt::from_fn(move |f| {
            self.prefix(f, decision.position)?;
            self.write_message(f, decision)
        })
    }

    /// The message alone, such as `moved to heap: x`.
    pub fn message<'a>(&'a self, decision: &'a Decision) -> impl Display + 'a {
        fmt::from_fn(move |f| self.write_message(f, decision))
    }

    /// The head and the steps of an explanation, several lines without the last newline.
    pub fn lines<'a>(&'a self, explanation: &'a Explanation) -> impl Display + 'a {
        fmt::from_fn(move |f| {
            self.prefix(f, explanation.position)?;
            self.write_head(f, explanation)?;
            self.steps(explanation).try_for_each(|step| {
                f.write_char('\n')?;
                self.prefix(f, explanation.position)?;
                self.write_step(f, step)
            })
        })
    }

    /// `FILE:LINE:COL`, as the log spells it; nothing where there is no position.
    fn position(&self, f: &mut fmt::Formatter<'_>, position: Position) -> fmt::Result {
        let Some(file) = self.files.get(position.file) else {
            return Ok(());
        };
        f.write_str(self.text(file.spelled))?;
        if position.line != 0 {
            write!(f, ":{}", position.line)?;
        }
        if position.col != 0 {
            write!(f, ":{}", position.col)?;
        }
        Ok(())
    }

    fn prefix(&self, f: &mut fmt::Formatter<'_>, position: Position) -> fmt::Result {
        if position.file == Self::NO_FILE {
            return Ok(());
        }
        self.position(f, position)?;
        f.write_str(": ")
    }

    fn write_head(&self, f: &mut fmt::Formatter<'_>, explanation: &Explanation) -> fmt::Result {
        let subject = self.text(explanation.subject);
        match (explanation.claim, explanation.function) {
            (Claim::Escapes, None) => write!(f, "{subject} escapes to heap:"),
            (Claim::Escapes, Some(function)) => {
                write!(f, "{subject} escapes to heap in {}:", self.text(function))
            }
            (Claim::Leaks { to, derefs }, function) => {
                write!(f, "parameter {subject} leaks to {}", self.text(to))?;
                if let Some(function) = function {
                    write!(f, " for {}", self.text(function))?;
                }
                write!(f, " with derefs={derefs}:")
            }
        }
    }

    fn write_step(&self, f: &mut fmt::Formatter<'_>, step: Step) -> fmt::Result {
        match step {
            Step::Flow { to, derefs, from } => {
                let arrow = if self.notation.arrow { "←" } else { "=" };
                write!(f, "  flow: {} {arrow} ", self.text(to))?;
                match derefs {
                    -1 => f.write_char('&')?,
                    _ => (0..derefs).try_for_each(|_| f.write_char('*'))?,
                }
                write!(f, "{}:", self.text(from))
            }
            Step::From { node, why, at } => {
                let (node, why) = (self.text(node), self.text(why));
                write!(f, "    from {node} ({why}) at ")?;
                self.position(f, at)
            }
            Step::Truncated => f.write_str(phrases::TRUNCATED),
        }
    }

    fn write_message(&self, f: &mut fmt::Formatter<'_>, decision: &Decision) -> fmt::Result {
        let subject = self.text(decision.subject);
        let function = self.text(decision.function.unwrap_or(TextId::EMPTY));
        match decision.kind {
            Kind::CanInline { cost, body } => {
                write!(f, "can inline {subject}")?;
                match (cost, body) {
                    (Some(cost), Some(body)) => {
                        write!(f, " with cost {cost} as: {}", self.text(body))
                    }
                    _ => Ok(()),
                }
            }
            Kind::CannotInline { why } => match why {
                Refusal::TooComplex { cost, budget } => write!(
                    f,
                    "cannot inline {subject}: function too complex: cost {cost} exceeds budget {budget}"
                ),
                Refusal::Other(reason) => {
                    write!(f, "cannot inline {subject}: {}", self.text(reason))
                }
            },
            Kind::InliningCall { score } => {
                write!(f, "inlining call to {subject}")?;
                score.map_or(Ok(()), |score| write!(f, " with score {score}"))
            }
            Kind::RecursiveCycle => {
                write!(
                    f,
                    "cannot inline {subject} into {function}: repeated recursive cycle"
                )
            }
            Kind::BigFunction => write!(f, "function {subject}{}", phrases::CONSIDERED_BIG),
            Kind::Devirtualizing { partially, to } => {
                let partially = if partially { "partially " } else { "" };
                write!(
                    f,
                    "{partially}devirtualizing {subject} to {}",
                    self.text(to)
                )
            }
            Kind::CannotDevirtualize { shaped, ty } => {
                let shaped = match shaped {
                    Shaped::Receiver => "receiver",
                    Shaped::Interface => "interface",
                };
                let ty = self.text(ty);
                write!(f, "cannot devirtualize {subject}: shaped {shaped} {ty}")
            }
            Kind::PgoDevirtualizing { call, to } => {
                let call = match call {
                    PgoCall::Interface => "interface",
                    PgoCall::Function => "function",
                };
                let to = self.text(to);
                write!(f, "PGO devirtualizing {call} call {subject} to {to}")
            }
            Kind::ShouldNotPgoDevirtualize { reason } => {
                let reason = self.text(reason);
                write!(f, "should not PGO devirtualize {subject}: {reason}")
            }
            Kind::ImpreciseInterfaceCall => f.write_str(phrases::IMPRECISE_INTERFACE_CALL),
            Kind::KeptAlive => write!(f, "{subject} will be kept alive"),
            Kind::UnknownToBloop => f.write_str(phrases::UNKNOWN_TO_BLOOP),
            Kind::UnknownAssignmentToBloop => f.write_str(phrases::UNKNOWN_ASSIGNMENT_TO_BLOOP),
            Kind::SkipsInliningInLoop => {
                write!(f, "skip inlining within testing.B.loop for {subject}")
            }
            Kind::MovedToHeap => write!(f, "moved to heap: {subject}"),
            Kind::EscapesToHeap => write!(f, "{subject} escapes to heap"),
            Kind::DoesNotEscape => write!(f, "{subject} does not escape"),
            Kind::NotAllowedInRuntime => {
                write!(f, "{subject} escapes to heap, not allowed in runtime")
            }
            Kind::LeakingParam => write!(f, "leaking param: {subject}"),
            Kind::LeakingParamContent => write!(f, "leaking param content: {subject}"),
            Kind::LeakingParamToResult { result, level } => {
                let result = self.text(result);
                write!(
                    f,
                    "leaking param: {subject} to result {result} level={level}"
                )
            }
            Kind::AssumingUnsafeUintptr => write!(f, "assuming {subject} is unsafe uintptr"),
            Kind::MarkingEscapingUintptr { variadic } => {
                let dots = if variadic { "..." } else { "" };
                write!(f, "marking {subject} as escaping {dots}uintptr")
            }
            Kind::ZeroCopyConversion => f.write_str(phrases::ZERO_COPY_CONVERSION),
            Kind::SelfAssignment => write!(f, "{function} ignoring self-assignment in {subject}"),
            Kind::Capturing {
                by,
                addr,
                assign,
                width,
            } => {
                let by = match by {
                    CaptureBy::Ref => "ref",
                    CaptureBy::Value => "value",
                };
                write!(f, "{function} capturing by {by}: {subject} ")?;
                write!(f, "(addr={addr} assign={assign} width={width})")
            }
            Kind::BoundsCheckElided => f.write_str(phrases::BOUNDS_CHECK_ELIDED),
            Kind::LoopVariable { heap, inlined_into } => {
                let place = if heap { "heap" } else { "stack" };
                write!(
                    f,
                    "loop variable {subject} now per-iteration, {place}-allocated"
                )?;
                self.inlined_into(f, inlined_into)
            }
            Kind::LoopModified {
                range,
                end,
                inlined_into,
            } => {
                let word = if range { "range" } else { "for" };
                let (line, col) = (end.line, end.col);
                write!(f, "{word} loop ending at {line}:{col} was modified")?;
                self.inlined_into(f, inlined_into)
            }
            Kind::CallNotInlined { reason } => {
                write!(f, "cannotInlineCall: {}", self.text(reason))
            }
            Kind::BoundsCheck => f.write_str("isInBounds"),
            Kind::SliceBoundsCheck => f.write_str("isSliceInBounds"),
            Kind::NilCheck => f.write_str("nilcheck"),
            Kind::Copy { bytes } => write!(f, "copy: {bytes} bytes"),
        }
    }

    fn inlined_into(&self, f: &mut fmt::Formatter<'_>, position: Position) -> fmt::Result {
        if position.file == Self::NO_FILE {
            return Ok(());
        }
        f.write_str(" (loop inlined into ")?;
        self.position(f, position)?;
        f.write_char(')')
    }
}

fn write_to(text: &mut String, what: &dyn Display) {
    // Writing to a `String` cannot fail.
    let _ = write!(text, "{what}");
}
