//! Operations on constants.

use std::cmp::Ordering;
use std::sync::Arc;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::{Float, Value};

/// Operators of one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unary {
    Plus,
    Minus,
    /// `^`: all bits but those of the operand; within `bits` for unsigned types.
    BitNot {
        bits: Option<u32>,
    },
    Not,
}

/// Operators of two operands of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    /// Exact division: integers give a fraction.
    Quo,
    /// Division of integers, cut towards zero.
    IntQuo,
    Rem,
    And,
    Or,
    Xor,
    AndNot,
    LogicalAnd,
    LogicalOr,
}

/// A comparison operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Compare {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Compare::Eq => ordering.is_eq(),
            Compare::Ne => ordering.is_ne(),
            Compare::Lt => ordering.is_lt(),
            Compare::Le => ordering.is_le(),
            Compare::Gt => ordering.is_gt(),
            Compare::Ge => ordering.is_ge(),
        }
    }
}

/// Two operands brought to the larger of their shapes.
enum Pair {
    Bools(bool, bool),
    Strings(super::Str, super::Str),
    Ints(i64, i64),
    Bigs(Arc<IBig>, Arc<IBig>),
    Ratios(Arc<RBig>, Arc<RBig>),
    Floats(Arc<Float>, Arc<Float>),
    Complexes(Arc<(Value, Value)>, Arc<(Value, Value)>),
}

fn rank(value: &Value) -> Option<u8> {
    Some(match value {
        Value::Int(_) => 0,
        Value::Big(_) => 1,
        Value::Ratio(_) => 2,
        Value::Float(_) => 3,
        Value::Complex(_) => 4,
        _ => return None,
    })
}

fn as_big(value: &Value) -> Option<Arc<IBig>> {
    match value {
        Value::Int(int) => Some(Arc::new(IBig::from(*int))),
        Value::Big(int) => Some(int.clone()),
        _ => None,
    }
}

fn as_ratio(value: &Value) -> Option<Arc<RBig>> {
    match value {
        Value::Ratio(ratio) => Some(ratio.clone()),
        _ => as_big(value).map(|int| Arc::new(RBig::from((*int).clone()))),
    }
}

fn as_float(value: &Value) -> Option<Arc<Float>> {
    match value {
        Value::Float(float) => Some(float.clone()),
        Value::Ratio(ratio) => Float::from_ratio(ratio).map(Arc::new),
        _ => as_big(value)
            .and_then(|int| Float::from_int(&int))
            .map(Arc::new),
    }
}

fn as_complex(value: &Value) -> Arc<(Value, Value)> {
    match value {
        Value::Complex(parts) => parts.clone(),
        _ => Arc::new((value.clone(), Value::Int(0))),
    }
}

fn pair(left: &Value, right: &Value) -> Option<Pair> {
    Some(match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Pair::Bools(*left, *right),
        (Value::Str(left), Value::Str(right)) => Pair::Strings(left.clone(), right.clone()),
        (Value::Int(left), Value::Int(right)) => Pair::Ints(*left, *right),
        _ => match rank(left)?.max(rank(right)?) {
            0 | 1 => Pair::Bigs(as_big(left)?, as_big(right)?),
            2 => Pair::Ratios(as_ratio(left)?, as_ratio(right)?),
            3 => Pair::Floats(as_float(left)?, as_float(right)?),
            _ => Pair::Complexes(as_complex(left), as_complex(right)),
        },
    })
}

impl Value {
    /// The result of `+x`, `-x`, `^x` or `!x`; unknown for an operand of the wrong kind.
    #[must_use]
    pub fn unary(&self, op: Unary) -> Value {
        match (op, self) {
            (
                Unary::Plus,
                Value::Int(_)
                | Value::Big(_)
                | Value::Ratio(_)
                | Value::Float(_)
                | Value::Complex(_),
            ) => self.clone(),
            (Unary::Minus, Value::Int(int)) => match int.checked_neg() {
                Some(int) => Value::Int(int),
                None => Value::from_big(-IBig::from(*int)),
            },
            (Unary::Minus, Value::Big(int)) => Value::from_big(-(**int).clone()),
            (Unary::Minus, Value::Ratio(ratio)) => Value::ratio(-(**ratio).clone()),
            (Unary::Minus, Value::Float(float)) => Value::from_float(Some(float.neg())),
            (Unary::Minus, Value::Complex(parts)) => {
                Value::complex(parts.0.unary(op), parts.1.unary(op))
            }
            (Unary::BitNot { bits }, Value::Int(_) | Value::Big(_)) => {
                let Some(int) = as_big(self) else {
                    return Value::Unknown;
                };
                let flipped = -((*int).clone()) - IBig::ONE;
                Value::from_big(match bits {
                    Some(bits) => flipped & IBig::from((UBig::ONE << bits as usize) - UBig::ONE),
                    None => flipped,
                })
            }
            (Unary::Not, Value::Bool(value)) => Value::Bool(!value),
            _ => Value::Unknown,
        }
    }

    /// Unknown for a division by zero.
    #[must_use]
    pub fn binary(&self, op: Binary, right: &Value) -> Value {
        let Some(operands) = pair(self, right) else {
            return Value::Unknown;
        };
        match operands {
            Pair::Bools(left, right) => match op {
                Binary::LogicalAnd => Value::Bool(left && right),
                Binary::LogicalOr => Value::Bool(left || right),
                _ => Value::Unknown,
            },
            Pair::Strings(left, right) if op == Binary::Add => Value::Str(left.concat(&right)),
            Pair::Strings(..) => Value::Unknown,
            Pair::Ints(left, right) => small_binary(left, op, right)
                .unwrap_or_else(|| big_binary(&IBig::from(left), op, &IBig::from(right))),
            Pair::Bigs(left, right) => big_binary(&left, op, &right),
            Pair::Ratios(left, right) => match op {
                Binary::Add => Value::ratio(&*left + &*right),
                Binary::Sub => Value::ratio(&*left - &*right),
                Binary::Mul => Value::ratio(&*left * &*right),
                Binary::Quo if *right.numerator() != IBig::ZERO => Value::ratio(&*left / &*right),
                _ => Value::Unknown,
            },
            Pair::Floats(left, right) => Value::from_float(match op {
                Binary::Add => left.add(&right),
                Binary::Sub => left.sub(&right),
                Binary::Mul => left.mul(&right),
                Binary::Quo => left.quo(&right),
                _ => None,
            }),
            Pair::Complexes(left, right) => complex_binary(&left, op, &right),
        }
    }

    /// `self << count`. The count is the caller's to bound.
    #[must_use]
    pub fn shl(&self, count: u32) -> Value {
        match as_big(self) {
            Some(int) => Value::from_big((*int).clone() << count as usize),
            None => Value::Unknown,
        }
    }

    /// `self >> count`, rounding to minus infinity.
    #[must_use]
    pub fn shr(&self, count: u32) -> Value {
        match self {
            Value::Int(int) => Value::Int(int >> count.min(63)),
            Value::Big(int) => Value::from_big((**int).clone() >> count as usize),
            _ => Value::Unknown,
        }
    }

    /// False if either is unknown or they cannot be compared so.
    pub fn compare(&self, op: Compare, right: &Value) -> bool {
        let equality = |equal: bool| match op {
            Compare::Eq => equal,
            Compare::Ne => !equal,
            _ => false,
        };
        match pair(self, right) {
            None => false,
            Some(Pair::Bools(left, right)) => equality(left == right),
            Some(Pair::Strings(left, right)) => op.holds(left.to_vec().cmp(&right.to_vec())),
            Some(Pair::Ints(left, right)) => op.holds(left.cmp(&right)),
            Some(Pair::Bigs(left, right)) => op.holds(left.cmp(&right)),
            Some(Pair::Ratios(left, right)) => op.holds(left.cmp(&right)),
            Some(Pair::Floats(left, right)) => op.holds(left.compare(&right)),
            Some(Pair::Complexes(left, right)) => equality(
                left.0.compare(Compare::Eq, &right.0) && left.1.compare(Compare::Eq, &right.1),
            ),
        }
    }
}

/// `None` where 64 bits do not suffice.
fn small_binary(left: i64, op: Binary, right: i64) -> Option<Value> {
    let int = match op {
        Binary::Add => left.checked_add(right)?,
        Binary::Sub => left.checked_sub(right)?,
        Binary::Mul => left.checked_mul(right)?,
        Binary::IntQuo => left.checked_div(right)?,
        Binary::Rem => left.checked_rem(right)?,
        Binary::And => left & right,
        Binary::Or => left | right,
        Binary::Xor => left ^ right,
        Binary::AndNot => left & !right,
        Binary::Quo | Binary::LogicalAnd | Binary::LogicalOr => return None,
    };
    Some(Value::Int(int))
}

fn big_binary(left: &IBig, op: Binary, right: &IBig) -> Value {
    let zero = *right == IBig::ZERO;
    Value::from_big(match op {
        Binary::Add => left + right,
        Binary::Sub => left - right,
        Binary::Mul => left * right,
        Binary::Quo if !zero => {
            let (sign, den) = right.clone().into_parts();
            let num = left.clone() * IBig::from_parts(sign, UBig::ONE);
            return Value::ratio(RBig::from_parts(num, den));
        }
        Binary::IntQuo if !zero => left / right,
        Binary::Rem if !zero => left % right,
        Binary::And => left & right,
        Binary::Or => left | right,
        Binary::Xor => left ^ right,
        Binary::AndNot => left & &(-right.clone() - IBig::ONE),
        _ => return Value::Unknown,
    })
}

fn complex_binary(left: &(Value, Value), op: Binary, right: &(Value, Value)) -> Value {
    let (add, sub, mul) = (Binary::Add, Binary::Sub, Binary::Mul);
    let ((a, b), (c, d)) = (left, right);
    match op {
        Binary::Add | Binary::Sub => Value::complex(a.binary(op, c), b.binary(op, d)),
        Binary::Mul => {
            let re = a.binary(mul, c).binary(sub, &b.binary(mul, d));
            let im = b.binary(mul, c).binary(add, &a.binary(mul, d));
            Value::complex(re, im)
        }
        Binary::Quo => {
            let norm = c.binary(mul, c).binary(add, &d.binary(mul, d));
            let re = a.binary(mul, c).binary(add, &b.binary(mul, d));
            let im = b.binary(mul, c).binary(sub, &a.binary(mul, d));
            Value::complex(re.binary(Binary::Quo, &norm), im.binary(Binary::Quo, &norm))
        }
        _ => Value::Unknown,
    }
}
