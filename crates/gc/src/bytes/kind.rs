//! The kind of a decision in bytes: its number, then its fields.

use base::LineCol;

use super::{Reader, Writer};
use crate::TextId;
use crate::decision::{CaptureBy, Kind, PgoCall, Refusal, Shaped};

pub(super) fn write(out: &mut Writer, kind: Kind) {
    match kind {
        Kind::CanInline { cost: None, body } => {
            out.number(0);
            out.maybe_text(body);
        }
        Kind::CanInline {
            cost: Some(cost),
            body,
        } => {
            out.number(1);
            out.number(cost);
            out.maybe_text(body);
        }
        Kind::CannotInline {
            why: Refusal::TooComplex { cost, budget },
        } => {
            out.number(2);
            out.number(cost);
            out.number(budget);
        }
        Kind::CannotInline {
            why: Refusal::Other(reason),
        } => {
            out.number(3);
            out.text(reason);
        }
        Kind::InliningCall { score: None } => out.number(4),
        Kind::InliningCall { score: Some(score) } => {
            out.number(5);
            out.signed(score);
        }
        Kind::RecursiveCycle => out.number(6),
        Kind::BigFunction => out.number(7),
        Kind::Devirtualizing { partially, to } => {
            out.number(8);
            out.flag(partially);
            out.text(to);
        }
        Kind::CannotDevirtualize { shaped, ty } => {
            out.number(9);
            out.flag(shaped == Shaped::Interface);
            out.text(ty);
        }
        Kind::PgoDevirtualizing { call, to } => {
            out.number(10);
            out.flag(call == PgoCall::Function);
            out.text(to);
        }
        Kind::ShouldNotPgoDevirtualize { reason } => {
            out.number(11);
            out.text(reason);
        }
        Kind::ImpreciseInterfaceCall => out.number(12),
        Kind::KeptAlive => out.number(13),
        Kind::UnknownToBloop => out.number(14),
        Kind::UnknownAssignmentToBloop => out.number(15),
        Kind::MovedToHeap => out.number(16),
        Kind::EscapesToHeap => out.number(17),
        Kind::DoesNotEscape => out.number(18),
        Kind::NotAllowedInRuntime => out.number(19),
        Kind::LeakingParam => out.number(20),
        Kind::LeakingParamContent => out.number(21),
        Kind::LeakingParamToResult { result, level } => {
            out.number(22);
            out.text(result);
            out.number(level);
        }
        Kind::AssumingUnsafeUintptr => out.number(23),
        Kind::MarkingEscapingUintptr { variadic } => {
            out.number(24);
            out.flag(variadic);
        }
        Kind::ZeroCopyConversion => out.number(25),
        Kind::SelfAssignment => out.number(26),
        Kind::Capturing {
            by,
            addr,
            assign,
            width,
        } => {
            out.number(27);
            out.flag(by == CaptureBy::Value);
            out.flag(addr);
            out.flag(assign);
            out.number(width);
        }
        Kind::BoundsCheckElided => out.number(28),
        Kind::LoopVariable { heap, inlined_into } => {
            out.number(29);
            out.flag(heap);
            out.position(inlined_into);
        }
        Kind::LoopModified {
            range,
            end,
            inlined_into,
        } => {
            out.number(30);
            out.flag(range);
            out.number(end.line);
            out.number(end.col);
            out.position(inlined_into);
        }
        Kind::CallNotInlined { reason } => {
            out.number(31);
            out.text(reason);
        }
        Kind::BoundsCheck => out.number(32),
        Kind::SliceBoundsCheck => out.number(33),
        Kind::NilCheck => out.number(34),
        Kind::Copy { bytes } => {
            out.number(35);
            out.number(bytes);
        }
        Kind::SkipsInliningInLoop => out.number(36),
    }
}

pub(super) fn read(input: &mut Reader<'_>) -> Option<Kind> {
    Some(match input.number()? {
        0 => Kind::CanInline {
            cost: None,
            body: TextId::from_raw(input.raw_text()?),
        },
        1 => Kind::CanInline {
            cost: Some(input.number()?),
            body: TextId::from_raw(input.raw_text()?),
        },
        2 => Kind::CannotInline {
            why: Refusal::TooComplex {
                cost: input.number()?,
                budget: input.number()?,
            },
        },
        3 => Kind::CannotInline {
            why: Refusal::Other(input.text()?),
        },
        4 => Kind::InliningCall { score: None },
        5 => Kind::InliningCall {
            score: Some(input.signed()?),
        },
        6 => Kind::RecursiveCycle,
        7 => Kind::BigFunction,
        8 => Kind::Devirtualizing {
            partially: input.flag()?,
            to: input.text()?,
        },
        9 => Kind::CannotDevirtualize {
            shaped: if input.flag()? {
                Shaped::Interface
            } else {
                Shaped::Receiver
            },
            ty: input.text()?,
        },
        10 => Kind::PgoDevirtualizing {
            call: if input.flag()? {
                PgoCall::Function
            } else {
                PgoCall::Interface
            },
            to: input.text()?,
        },
        11 => Kind::ShouldNotPgoDevirtualize {
            reason: input.text()?,
        },
        12 => Kind::ImpreciseInterfaceCall,
        13 => Kind::KeptAlive,
        14 => Kind::UnknownToBloop,
        15 => Kind::UnknownAssignmentToBloop,
        16 => Kind::MovedToHeap,
        17 => Kind::EscapesToHeap,
        18 => Kind::DoesNotEscape,
        19 => Kind::NotAllowedInRuntime,
        20 => Kind::LeakingParam,
        21 => Kind::LeakingParamContent,
        22 => Kind::LeakingParamToResult {
            result: input.text()?,
            level: input.number()?,
        },
        23 => Kind::AssumingUnsafeUintptr,
        24 => Kind::MarkingEscapingUintptr {
            variadic: input.flag()?,
        },
        25 => Kind::ZeroCopyConversion,
        26 => Kind::SelfAssignment,
        27 => Kind::Capturing {
            by: if input.flag()? {
                CaptureBy::Value
            } else {
                CaptureBy::Ref
            },
            addr: input.flag()?,
            assign: input.flag()?,
            width: input.number()?,
        },
        28 => Kind::BoundsCheckElided,
        29 => Kind::LoopVariable {
            heap: input.flag()?,
            inlined_into: input.position()?,
        },
        30 => Kind::LoopModified {
            range: input.flag()?,
            end: LineCol {
                line: input.number()?,
                col: input.number()?,
            },
            inlined_into: input.position()?,
        },
        31 => Kind::CallNotInlined {
            reason: input.text()?,
        },
        32 => Kind::BoundsCheck,
        33 => Kind::SliceBoundsCheck,
        34 => Kind::NilCheck,
        35 => Kind::Copy {
            bytes: input.number()?,
        },
        36 => Kind::SkipsInliningInLoop,
        _ => return None,
    })
}
