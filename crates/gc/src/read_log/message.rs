//! The message of a decision, read by the forms of the [catalogue](crate::catalogue).

use super::Sink;
use super::position::number;
use super::split::{rsplit, split};
use crate::catalogue::{
    CANDIDATES, FORMS, FieldType, Find, Form, MAX_FIELDS, Part, Value, Values, kind_of,
};
use crate::decision::{Kind, Position};
use crate::decisions::Decisions;

/// A decision whose own texts are not interned yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Parsed<'a> {
    pub(crate) kind: Kind,
    pub(crate) subject: &'a str,
    pub(crate) function: Option<&'a str>,
}

/// The texts of a message's fields.
#[derive(Clone, Copy, Default)]
struct Fields<'a> {
    subject: &'a str,
    function: Option<&'a str>,
    texts: [&'a str; MAX_FIELDS],
    types: [Option<FieldType>; MAX_FIELDS],
    count: usize,
}

/// `None` for a message of no form.
///
/// A variable may be named like the first word of another message, so forms that begin with their subject come after
/// all others.
pub(super) fn parse<'a>(message: &'a str, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    let first = *message.as_bytes().first()?;
    let mut candidates = CANDIDATES[usize::from(first)];
    while candidates != 0 {
        let number = candidates.trailing_zeros() as usize;
        if let Some(fields) = fields(message, FORMS[number].parts)
            && let Some(parsed) = intern(number, &fields, sink)
        {
            return Some(parsed);
        }
        candidates &= candidates - 1;
    }
    None
}

/// A message of a JSON record; `None` if no form has its code and fits it.
pub(crate) fn parse_json<'a>(
    code: &str,
    message: &'a str,
    sink: &mut Sink<'_>,
) -> Option<Parsed<'a>> {
    let of_code = |form: &Form| form.json.filter(|json| json.0 == code);
    FORMS.iter().enumerate().find_map(|(number, form)| {
        let (_, parts) = of_code(form)?;
        // The message of a record without fields is ignored.
        let message = if parts.is_empty() { "" } else { message };
        intern(number, &fields(message, parts)?, sink)
    })
}

/// Splits a message into the fields of a form.
fn fields<'a>(message: &'a str, parts: &[Part]) -> Option<Fields<'a>> {
    let mut fields = Fields::default();
    let mut rest = message;
    let mut parts = parts;
    while let Some((part, after)) = parts.split_first() {
        parts = after;
        if let Part::Words(words, _) = part {
            rest = rest.strip_prefix(words)?;
            continue;
        }
        let text;
        (text, rest, parts) = match after {
            [Part::Words(words, _)] => (rest.strip_suffix(words)?, "", &[][..]),
            [Part::Words(words, find), after @ ..] => {
                let (text, rest) = split_at(rest, words, *find)?;
                (text, rest, after)
            }
            after => (rest, "", after),
        };
        fields.add(*part, text)?;
    }
    rest.is_empty().then_some(fields)
}

fn split_at<'a>(text: &'a str, words: &str, find: Find) -> Option<(&'a str, &'a str)> {
    match find {
        Find::First => split(text, words),
        Find::Last => rsplit(text, words),
        Find::OutsideBrackets => split_outside_brackets(text),
    }
}

/// At the first `: ` outside of type arguments, which may contain struct tags.
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

impl<'a> Fields<'a> {
    /// `None` for a text that the part cannot be.
    fn add(&mut self, part: Part, text: &'a str) -> Option<()> {
        match part {
            Part::Words(..) | Part::Hidden(_) => {}
            Part::Subject => self.subject = text,
            Part::Selector => self.subject = Some(text).filter(|text| text.contains('.'))?,
            Part::Function => self.function = Some(text),
            Part::Field(ty) => {
                *self.texts.get_mut(self.count)? = text;
                *self.types.get_mut(self.count)? = Some(ty);
                self.count += 1;
                is_valid(ty, text).then_some(())?;
            }
        }
        Some(())
    }
}

/// Whether a field can be read, before anything of the message is interned.
fn is_valid(ty: FieldType, text: &str) -> bool {
    match ty {
        FieldType::Text => true,
        FieldType::Number => number(text).is_some(),
        FieldType::Signed => signed(text).is_some(),
        FieldType::Flag => text.parse::<bool>().is_ok(),
        FieldType::Position => text.is_empty() || inlined_into(text).is_some(),
    }
}

fn intern<'a>(form: usize, fields: &Fields<'a>, sink: &mut Sink<'_>) -> Option<Parsed<'a>> {
    let mut values: Values = [Value::None; MAX_FIELDS];
    for ((value, text), ty) in values.iter_mut().zip(fields.texts).zip(fields.types) {
        *value = match ty {
            None => Value::None,
            Some(FieldType::Text) => Value::Text(sink.text(text)),
            Some(FieldType::Number) => Value::Number(number(text)?),
            Some(FieldType::Signed) => Value::Signed(signed(text)?),
            Some(FieldType::Flag) => Value::Flag(text.parse().ok()?),
            Some(FieldType::Position) => Value::Position(match inlined_into(text) {
                None => Decisions::NO_POSITION,
                Some((file, line)) => Position {
                    file: sink.file(file),
                    line,
                    col: 0,
                },
            }),
        };
    }
    Some(Parsed {
        kind: kind_of(form, &values)?,
        subject: fields.subject,
        function: fields.function,
    })
}

/// A number that may be negative. The compiler prints no negative zero.
fn signed(text: &str) -> Option<i32> {
    let negative = text.strip_prefix('-');
    let value = i32::try_from(number(negative.unwrap_or(text))?).ok()?;
    match negative {
        Some(_) => (value != 0).then_some(-value),
        None => Some(value),
    }
}

/// ` (loop inlined into FILE:LINE)`.
fn inlined_into(text: &str) -> Option<(&str, u32)> {
    let text = text
        .strip_prefix(" (loop inlined into ")?
        .strip_suffix(')')?;
    let (file, line) = rsplit(text, ":")?;
    let line = number(line).filter(|line| *line != 0 && !file.is_empty())?;
    Some((file, line))
}
