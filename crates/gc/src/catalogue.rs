//! The catalogue of the compiler's messages: one row for each form of a [`Kind`], which the log reader, the JSON
//! reader, the writer and the stored form share.
//!
//! A row has a number, the kind with names for its fields, and the parts of the message in order. A number identifies
//! the form in stored decisions; the version of the stored form changes with it.

use base::LineCol;

use crate::TextId;
use crate::decision::{CaptureBy, Kind, PgoCall, Position, Refusal, Shaped};
use crate::decisions::Decisions;
use crate::phrases;

/// A part of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// Fixed words, and where they are looked for behind a field.
    Words(&'static str, Find),
    Subject,
    /// A subject that is a selector, which distinguishes `devirtualizing w.Write to T` from a variable of that name.
    Selector,
    Function,
    /// The next field of the kind.
    Field(FieldType),
    /// The next field of the kind, which the message does not show.
    Hidden(FieldType),
}

/// Which occurrence of words ends the field before them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Find {
    First,
    Last,
    /// The first one outside of type arguments, which may contain struct tags.
    OutsideBrackets,
}

/// Type of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FieldType {
    Text,
    Number,
    Signed,
    Flag,
    /// Nothing, or ` (loop inlined into FILE:LINE)`. Ends a message.
    Position,
}

/// The value of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    /// A source of decisions does not give this field.
    None,
    Text(TextId),
    Number(u32),
    Signed(i32),
    Flag(bool),
    Position(Position),
}

/// The most fields a kind has.
pub(crate) const MAX_FIELDS: usize = 3;

/// The fields of a kind in the order of its form.
pub(crate) type Values = [Value; MAX_FIELDS];

/// A row of the catalogue without its kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// The message as the log has it, and as it is shown for kinds that only the JSON has.
    pub(crate) parts: &'static [Part],
    /// The log can contain it.
    pub(crate) is_logged: bool,
    /// Code of a JSON record and the form of its message.
    pub(crate) json: Option<(&'static str, &'static [Part])>,
}

impl Form {
    const fn log(parts: &'static [Part]) -> Self {
        Self {
            parts,
            is_logged: true,
            json: None,
        }
    }

    /// Without a line of its own in the log.
    const fn unlogged(parts: &'static [Part]) -> Self {
        Self {
            parts,
            is_logged: false,
            json: None,
        }
    }

    const fn json(self, code: &'static str, parts: &'static [Part]) -> Self {
        Self {
            json: Some((code, parts)),
            ..self
        }
    }

    /// The types of the kind's fields in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = FieldType> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(ty) | Part::Hidden(ty) => Some(*ty),
            _ => None,
        })
    }
}

const fn w(words: &'static str) -> Part {
    Part::Words(words, Find::First)
}

const fn last(words: &'static str) -> Part {
    Part::Words(words, Find::Last)
}

const fn outside(words: &'static str) -> Part {
    Part::Words(words, Find::OutsideBrackets)
}

const S: Part = Part::Subject;
const CALL: Part = Part::Selector;
const IN: Part = Part::Function;
const T: Part = Part::Field(FieldType::Text);
const N: Part = Part::Field(FieldType::Number);
const I: Part = Part::Field(FieldType::Signed);
const F: Part = Part::Field(FieldType::Flag);
const P: Part = Part::Field(FieldType::Position);

macro_rules! catalogue {
    ($($code:literal: $kind:ident $({ $($pattern:tt)* })? [$($field:ident),*] $form:expr;)*) => {
        /// The forms by their numbers. Of forms that fit a message the first one counts.
        pub(crate) const FORMS: &[Form] = &[$($form),*];

        /// The number of a kind's form, and its fields.
        pub(crate) fn form_of(kind: Kind) -> (usize, Values) {
            match kind {
                $(Kind::$kind $({ $($pattern)* })? => ($code, values(&[$(Value::from($field)),*])),)*
            }
        }

        /// The kind of a form with these fields; None if the values do not fit it.
        pub(crate) fn kind_of(form: usize, values: &Values) -> Option<Kind> {
            let mut values = values.iter().copied();
            Some(match form {
                $($code => {
                    $(let $field = FromValue::from_value(values.next()?)?;)*
                    Kind::$kind $({ $($pattern)* })?
                })*
                _ => return None,
            })
        }
    };
}

catalogue! {
    0: CanInline { cost: Some(cost), body: Some(body) } [cost, body]
        Form::log(&[w("can inline "), S, w(" with cost "), N, w(" as: "), T]);
    1: CanInline { cost: None, body: None } [] Form::log(&[w("can inline "), S]);
    2: CanInline { cost: Some(cost), body: None } [cost]
        Form::unlogged(&[w("can inline "), S, Part::Hidden(FieldType::Number)]).json("canInlineFunction", &[w("cost: "), N]);
    3: CanInline { cost: None, body: Some(body) } [body]
        Form::unlogged(&[w("can inline "), S, Part::Hidden(FieldType::Text)]);
    4: RecursiveCycle [] Form::log(&[w("cannot inline "), S, w(" into "), IN, w(": repeated recursive cycle")]);
    5: CannotInline { why: Refusal::TooComplex { cost, budget } } [cost, budget]
        Form::log(&[w("cannot inline "), S, w(": function too complex: cost "), N, w(" exceeds budget "), N])
            .json("cannotInlineFunction", &[w("function too complex: cost "), N, w(" exceeds budget "), N]);
    6: CannotInline { why: Refusal::Other(reason) } [reason]
        Form::log(&[w("cannot inline "), S, outside(": "), T]).json("cannotInlineFunction", &[T]);
    7: InliningCall { score: Some(score) } [score]
        Form::log(&[w("inlining call to "), S, last(" with score "), I]);
    8: InliningCall { score: None } [] Form::log(&[w("inlining call to "), S]);
    9: BigFunction [] Form::log(&[w("function "), S, w(phrases::CONSIDERED_BIG)]);
    10: Devirtualizing { partially: false, to } [to] Form::log(&[w("devirtualizing "), CALL, last(" to "), T]);
    11: Devirtualizing { partially: true, to } [to]
        Form::log(&[w("partially devirtualizing "), CALL, last(" to "), T]);
    12: CannotDevirtualize { shaped: Shaped::Receiver, ty } [ty]
        Form::log(&[w("cannot devirtualize "), S, last(": shaped receiver "), T]);
    13: CannotDevirtualize { shaped: Shaped::Interface, ty } [ty]
        Form::log(&[w("cannot devirtualize "), S, last(": shaped interface "), T]);
    14: PgoDevirtualizing { call: PgoCall::Interface, to } [to]
        Form::log(&[w("PGO devirtualizing interface call "), S, last(" to "), T]);
    15: PgoDevirtualizing { call: PgoCall::Function, to } [to]
        Form::log(&[w("PGO devirtualizing function call "), S, last(" to "), T]);
    16: ShouldNotPgoDevirtualize { reason } [reason]
        Form::log(&[w("should not PGO devirtualize "), S, outside(": "), T]);
    17: ImpreciseInterfaceCall [] Form::log(&[w(phrases::IMPRECISE_INTERFACE_CALL)]);
    18: UnknownToBloop [] Form::log(&[w(phrases::UNKNOWN_TO_BLOOP)]);
    19: UnknownAssignmentToBloop [] Form::log(&[w(phrases::UNKNOWN_ASSIGNMENT_TO_BLOOP)]);
    20: SkipsInliningInLoop [] Form::log(&[w("skip inlining within testing.B.loop for "), S]);
    21: MovedToHeap [] Form::log(&[w("moved to heap: "), S]);
    22: LeakingParamContent [] Form::log(&[w("leaking param content: "), S]);
    23: LeakingParamToResult { result, level } [result, level]
        Form::log(&[w("leaking param: "), S, w(" to result "), T, last(" level="), N]);
    24: LeakingParam [] Form::log(&[w("leaking param: "), S]);
    25: AssumingUnsafeUintptr [] Form::log(&[w("assuming "), S, w(" is unsafe uintptr")]);
    26: MarkingEscapingUintptr { variadic: false } [] Form::log(&[w("marking "), S, w(" as escaping uintptr")]);
    27: MarkingEscapingUintptr { variadic: true } [] Form::log(&[w("marking "), S, w(" as escaping ...uintptr")]);
    28: ZeroCopyConversion [] Form::log(&[w(phrases::ZERO_COPY_CONVERSION)]);
    29: BoundsCheckElided [] Form::log(&[w(phrases::BOUNDS_CHECK_ELIDED)]);
    30: LoopVariable { heap: true, inlined_into } [inlined_into]
        Form::log(&[w("loop variable "), S, w(" now per-iteration, heap-allocated"), P])
            .json("iteration-variable-to-heap", &[S]);
    31: LoopVariable { heap: false, inlined_into } [inlined_into]
        Form::log(&[w("loop variable "), S, w(" now per-iteration, stack-allocated"), P])
            .json("iteration-variable-to-stack", &[S]);
    32: LoopModified { range: false, end: LineCol { line, col }, inlined_into } [line, col, inlined_into]
        Form::log(&[w("for loop ending at "), N, w(":"), N, w(" was modified"), P])
            .json("loop-modified-for", &[]);
    33: LoopModified { range: true, end: LineCol { line, col }, inlined_into } [line, col, inlined_into]
        Form::log(&[w("range loop ending at "), N, w(":"), N, w(" was modified"), P])
            .json("loop-modified-range", &[]);
    34: DoesNotEscape [] Form::log(&[S, w(" does not escape")]);
    35: EscapesToHeap [] Form::log(&[S, w(" escapes to heap")]).json("escape", &[S, w(" escapes to heap")]);
    36: KeptAlive [] Form::log(&[S, w(" will be kept alive")]);
    37: NotAllowedInRuntime [] Form::log(&[S, w(" escapes to heap, not allowed in runtime")]);
    38: Capturing { by: CaptureBy::Ref, addr, assign, width } [addr, assign, width]
        Form::log(&[IN, w(" capturing by ref: "), S, last(" (addr="), F, w(" assign="), F, w(" width="), N, w(")")]);
    39: Capturing { by: CaptureBy::Value, addr, assign, width } [addr, assign, width]
        Form::log(&[IN, w(" capturing by value: "), S, last(" (addr="), F, w(" assign="), F, w(" width="), N, w(")")]);
    40: SelfAssignment [] Form::log(&[IN, w(" ignoring self-assignment in "), S]);
    41: CallNotInlined { reason } [reason]
        Form::unlogged(&[w("cannotInlineCall: "), T]).json("cannotInlineCall", &[T]);
    42: BoundsCheck [] Form::log(&[w("Found IsInBounds")]).json("isInBounds", &[]);
    43: SliceBoundsCheck [] Form::log(&[w("Found IsSliceInBounds")]).json("isSliceInBounds", &[]);
    44: NilCheck [] Form::unlogged(&[w("nilcheck")]).json("nilcheck", &[]);
    45: Copy { bytes } [bytes]
        Form::unlogged(&[w("copy: "), N, w(" bytes")]).json("copy", &[N, w(" bytes")]);
}

/// The forms that a message with this first byte can have, one bit each.
pub(crate) static CANDIDATES: [u64; 256] = candidates();

const fn candidates() -> [u64; 256] {
    assert!(FORMS.len() <= 64);
    let mut masks = [0; 256];
    let mut byte = 0;
    while byte < masks.len() {
        let mut form = 0;
        while form < FORMS.len() {
            let may_start = match FORMS[form].parts[0] {
                Part::Words(words, _) => words.as_bytes()[0] as usize == byte,
                _ => true,
            };
            if FORMS[form].is_logged && may_start {
                masks[byte] |= 1 << form;
            }
            form += 1;
        }
        byte += 1;
    }
    masks
}

fn values(of: &[Value]) -> Values {
    let mut values = [Value::None; MAX_FIELDS];
    for (value, of) in values.iter_mut().zip(of) {
        *value = *of;
    }
    values
}

/// A field that a value can be.
trait FromValue: Sized {
    /// None for a value of another type.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! field {
    ($ty:ty, $variant:ident, $missing:expr) => {
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                Self::$variant(value)
            }
        }

        impl FromValue for $ty {
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(value),
                    Value::None => $missing,
                    _ => None,
                }
            }
        }
    };
}

field!(TextId, Text, None);
// Line and column of a loop's end, which the JSON has beside the message.
field!(u32, Number, Some(0));
field!(i32, Signed, None);
field!(bool, Flag, None);
field!(Position, Position, Some(Decisions::NO_POSITION));

#[cfg(test)]
mod tests {
    use super::*;

    /// The number, the kind and the parts of every row agree.
    #[test]
    fn every_form_gives_back_its_kind() {
        for (number, form) in FORMS.iter().enumerate() {
            let mut fields = [Value::None; MAX_FIELDS];
            for (value, ty) in fields.iter_mut().zip(form.fields()) {
                *value = match ty {
                    FieldType::Text => Value::Text(TextId::EMPTY),
                    FieldType::Number => Value::Number(7),
                    FieldType::Signed => Value::Signed(-7),
                    FieldType::Flag => Value::Flag(true),
                    FieldType::Position => Value::Position(Decisions::NO_POSITION),
                };
            }
            let kind = kind_of(number, &fields);
            assert_eq!(kind.map(form_of), Some((number, fields)), "{number}");
        }
        assert_eq!(kind_of(FORMS.len(), &[Value::None; MAX_FIELDS]), None);
    }
}
