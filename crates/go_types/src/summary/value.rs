//! Constants as bytes, exactly.

use std::sync::Arc;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::wire::{Corrupt, In, Out};
use crate::constant::{Float, Value};

mod shape {
    pub(super) const UNKNOWN: u64 = 0;
    pub(super) const FALSE: u64 = 1;
    pub(super) const TRUE: u64 = 2;
    pub(super) const STR: u64 = 3;
    pub(super) const INT: u64 = 4;
    pub(super) const BIG: u64 = 5;
    pub(super) const RATIO: u64 = 6;
    pub(super) const FLOAT: u64 = 7;
    pub(super) const COMPLEX: u64 = 8;
}

/// Longer strings are not kept, nor the package that exports one.
const MAX_STRING: u64 = 1 << 24;

/// `false` if the value is too large to be kept.
pub(super) fn write(out: &mut Out, value: &Value) -> bool {
    match value {
        Value::Unknown => out.num(shape::UNKNOWN),
        Value::Bool(false) => out.num(shape::FALSE),
        Value::Bool(true) => out.num(shape::TRUE),
        Value::Str(text) => {
            if text.len() > MAX_STRING {
                return false;
            }
            out.num(shape::STR);
            out.bytes(&text.to_vec());
        }
        Value::Int(int) => {
            out.num(shape::INT);
            out.signed(*int);
        }
        Value::Big(int) => {
            out.num(shape::BIG);
            out.bytes(&int.to_le_bytes());
        }
        Value::Ratio(ratio) => {
            out.num(shape::RATIO);
            out.bytes(&ratio.numerator().to_le_bytes());
            out.bytes(&ratio.denominator().to_le_bytes());
        }
        Value::Float(float) => {
            let (mant, exp) = float.parts();
            out.num(shape::FLOAT);
            out.bytes(&mant.to_le_bytes());
            out.signed(exp);
        }
        Value::Complex(parts) => {
            out.num(shape::COMPLEX);
            return write(out, &parts.0) && write(out, &parts.1);
        }
    }
    true
}

pub(super) fn read(input: &mut In<'_>) -> Result<Value, Corrupt> {
    read_within(input, true)
}

fn read_within(input: &mut In<'_>, complex: bool) -> Result<Value, Corrupt> {
    Ok(match input.num()? {
        shape::UNKNOWN => Value::Unknown,
        shape::FALSE => Value::Bool(false),
        shape::TRUE => Value::Bool(true),
        shape::STR => Value::string(input.bytes()?),
        shape::INT => Value::Int(input.signed()?),
        shape::BIG => Value::from_big(IBig::from_le_bytes(input.bytes()?)),
        shape::RATIO => {
            let num = IBig::from_le_bytes(input.bytes()?);
            let den = UBig::from_le_bytes(input.bytes()?);
            if den == UBig::ZERO {
                return Err(Corrupt);
            }
            Value::Ratio(Arc::new(RBig::from_parts(num, den)))
        }
        shape::FLOAT => {
            let mant = IBig::from_le_bytes(input.bytes()?);
            let float = Float::from_parts(mant, input.signed()?).ok_or(Corrupt)?;
            Value::Float(Arc::new(float))
        }
        shape::COMPLEX if complex => {
            let re = read_within(input, false)?;
            Value::Complex(Arc::new((re, read_within(input, false)?)))
        }
        _ => return Err(Corrupt),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constant::literal;

    #[test]
    fn constants_come_back_exactly() {
        let ints = ["0", "0x7fffffffffffffff", "0xffffffffffffffffffffffffffff"];
        let floats = ["0.1", "1e-400", "0x1p-2000", "1e100000"];
        let imaginary = ["2.5i", "1e100000i"];
        let values = (ints.map(literal::int).into_iter())
            .chain([Value::Int(-1), Value::from_big(-(IBig::ONE << 100))])
            .chain(floats.map(literal::float))
            .chain(imaginary.map(literal::imaginary));
        let others = [Value::Unknown, Value::Bool(true), Value::Bool(false)];
        let strings = [Value::string(b""), Value::string(b"a\xff\0")];
        for value in values.chain(others).chain(strings) {
            let mut out = Out::default();
            assert!(write(&mut out, &value));
            let mut input = In::new(&out.bytes);
            let read = read(&mut input).unwrap();
            assert_eq!(input.end(), Ok(()));
            assert_eq!(format!("{read:?}"), format!("{value:?}"));
        }
    }

    #[test]
    fn bytes_that_are_no_constant_are_refused() {
        for bytes in [&[][..], &[9], &[6, 1, 1, 0], &[8, 8, 0, 0, 0], &[3, 5, 1]] {
            assert!(read(&mut In::new(bytes)).is_err(), "{bytes:?}");
        }
    }
}
