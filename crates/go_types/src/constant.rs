//! Exact constants, with gc's limits.
//!
//! Integers are exact. Floats are fractions while numerator and denominator have fewer than 4,096 bits,
//! beyond that binary floats with a 512-bit mantissa; once a float, always a float. Complex constants are two
//! of these. An operation that makes no sense or leaves all bounds answers [`Value::Unknown`], which is
//! contagious and silent: the checker has reported the cause.

mod convert;
mod float;
pub mod literal;
mod ops;
mod string;
mod text;

use std::sync::Arc;

use dashu_base::{BitTest, UnsignedAbs};
use dashu_int::IBig;
use dashu_ratio::RBig;

pub use float::Float;
pub use ops::{Binary, Compare, Unary};
pub use string::Str;
pub use text::quote_ascii;

/// Fractions whose parts have more bits become floats.
const MAX_EXP: i64 = 4 << 10;

/// A constant's value. Cheap to clone.
///
/// Several shapes may stand for one number (`1`, `1.0`, `1+0i`); [`Value::to_int`] and its like bring them
/// into one. `Big` is never within `i64`.
#[derive(Clone, Debug, Default)]
pub enum Value {
    #[default]
    Unknown,
    Bool(bool),
    Str(Str),
    Int(i64),
    Big(Arc<IBig>),
    Ratio(Arc<RBig>),
    Float(Arc<Float>),
    /// Real and imaginary part, each an integer, a fraction or a float.
    Complex(Arc<(Value, Value)>),
}

/// The kind of a value's shape.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Unknown,
    Bool,
    String,
    Int,
    Float,
    Complex,
}

impl Value {
    /// What kind of value it is; unknown where an operation had no result.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Unknown => Kind::Unknown,
            Value::Bool(_) => Kind::Bool,
            Value::Str(_) => Kind::String,
            Value::Int(_) | Value::Big(_) => Kind::Int,
            Value::Ratio(_) | Value::Float(_) => Kind::Float,
            Value::Complex(_) => Kind::Complex,
        }
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown)
    }

    /// A string of any bytes.
    pub fn string(bytes: &[u8]) -> Value {
        Value::Str(Str::new(bytes))
    }

    pub fn from_u64(value: u64) -> Value {
        Value::from_big(IBig::from(value))
    }

    pub(crate) fn from_big(int: IBig) -> Value {
        i64::try_from(&int).map_or_else(|_| Value::Big(Arc::new(int)), Value::Int)
    }

    fn ratio(ratio: RBig) -> Value {
        let small = |bits: usize| (bits as i64) < MAX_EXP;
        if small(ratio.numerator().bit_len()) && small(ratio.denominator().bit_len()) {
            Value::Ratio(Arc::new(ratio))
        } else {
            Value::from_float(Float::from_ratio(&ratio))
        }
    }

    /// A fraction whatever its size: of a literal or a hardware float, whose exponents are bounded.
    fn exact_ratio(ratio: RBig) -> Value {
        Value::Ratio(Arc::new(ratio))
    }

    fn from_float(float: Option<Float>) -> Value {
        float.map_or(Value::Unknown, |float| Value::Float(Arc::new(float)))
    }

    fn complex(re: Value, im: Value) -> Value {
        if re.is_unknown() || im.is_unknown() {
            Value::Unknown
        } else {
            Value::Complex(Arc::new((re, im)))
        }
    }

    /// A number on the imaginary axis.
    pub fn imaginary(im: Value) -> Value {
        match im.kind() {
            Kind::Int | Kind::Float => Value::complex(Value::Int(0), im),
            _ => Value::Unknown,
        }
    }

    /// Real part of a number; unknown of anything else.
    #[must_use]
    pub fn real_part(&self) -> Value {
        match self {
            Value::Int(_) | Value::Big(_) | Value::Ratio(_) | Value::Float(_) => self.clone(),
            Value::Complex(parts) => parts.0.clone(),
            _ => Value::Unknown,
        }
    }

    /// Imaginary part of a number; unknown of anything else.
    #[must_use]
    pub fn imaginary_part(&self) -> Value {
        match self {
            Value::Int(_) | Value::Big(_) | Value::Ratio(_) | Value::Float(_) => Value::Int(0),
            Value::Complex(parts) => parts.1.clone(),
            _ => Value::Unknown,
        }
    }

    /// -1, 0, 1; for complex numbers 0 only if both parts are; 1 for what is not a number.
    pub fn signum(&self) -> i32 {
        match self {
            Value::Int(int) => int.signum() as i32,
            Value::Big(int) if **int < IBig::ZERO => -1,
            Value::Ratio(ratio) => match ratio.numerator() {
                num if *num == IBig::ZERO => 0,
                num if *num < IBig::ZERO => -1,
                _ => 1,
            },
            Value::Float(float) => float.signum(),
            Value::Complex(parts) => parts.0.signum() | parts.1.signum(),
            _ => 1,
        }
    }

    /// The integer, if this is one in shape and fits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Value::Int(int) = self {
            Some(*int)
        } else {
            None
        }
    }

    /// The integer, if this is one in shape and fits.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Int(int) => u64::try_from(*int).ok(),
            Value::Big(int) => u64::try_from(&**int).ok(),
            _ => None,
        }
    }

    /// `None` if it is not a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The bytes of a string constant, which need not be UTF-8.
    pub fn as_bytes(&self) -> Option<Vec<u8>> {
        if let Value::Str(text) = self {
            Some(text.to_vec())
        } else {
            None
        }
    }

    /// Length in bytes of a string constant.
    pub fn string_len(&self) -> Option<u64> {
        if let Value::Str(text) = self {
            Some(text.len())
        } else {
            None
        }
    }

    /// Bits of an integer's absolute value; 0 for anything else.
    pub fn bit_len(&self) -> usize {
        match self {
            Value::Int(int) => (u64::BITS - int.unsigned_abs().leading_zeros()) as usize,
            Value::Big(int) => (**int).clone().unsigned_abs().bit_len(),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests;
