//! The kind of a decision in bytes: the number of its form in the catalogue, then its fields.

use super::{Reader, Writer};
use crate::catalogue::{self, FORMS, FieldType, MAX_FIELDS, Value, Values};
use crate::decision::Kind;

pub(super) fn write(out: &mut Writer, kind: Kind) {
    let (form, values) = catalogue::form_of(kind);
    out.number(form as u32);
    for value in values {
        match value {
            Value::None => {}
            Value::Text(text) => out.text(text),
            Value::Number(number) => out.number(number),
            Value::Signed(number) => out.signed(number),
            Value::Flag(flag) => out.flag(flag),
            Value::Position(position) => out.position(position),
        }
    }
}

pub(super) fn read(input: &mut Reader<'_>) -> Option<Kind> {
    let number = input.number()? as usize;
    let form = FORMS.get(number)?;
    let mut values: Values = [Value::None; MAX_FIELDS];
    for (value, ty) in values.iter_mut().zip(form.fields()) {
        *value = match ty {
            FieldType::Text => Value::Text(input.text()?),
            FieldType::Number => Value::Number(input.number()?),
            FieldType::Signed => Value::Signed(input.signed()?),
            FieldType::Flag => Value::Flag(input.flag()?),
            FieldType::Position => Value::Position(input.position()?),
        };
    }
    catalogue::kind_of(number, &values)
}
