//! Between kinds of constants, and to hardware floats.

use std::sync::Arc;

use dashu_base::BitTest;
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::float::{FLOAT32, FLOAT64, Format, PRECISION, round_ratio, round_to_format};
use super::{Float, Kind, MAX_EXP, Value};

impl Value {
    /// The same number as an integer; unknown if it is none.
    #[must_use]
    pub fn to_int(&self) -> Value {
        match self {
            Value::Int(_) | Value::Big(_) => self.clone(),
            Value::Ratio(ratio) if *ratio.denominator() == UBig::ONE => {
                Value::from_big(ratio.numerator().clone())
            }
            Value::Float(float) => {
                // A float may have missed an integer by a rounding; a few bits less, and it is one.
                let exact = float.to_int(MAX_EXP);
                let nearby = || {
                    float
                        .nearby_ints(PRECISION - 4, MAX_EXP)
                        .into_iter()
                        .flatten()
                        .next()
                };
                exact
                    .or_else(nearby)
                    .map_or(Value::Unknown, Value::from_big)
            }
            Value::Complex(_) => match self.to_float() {
                re if re.kind() == Kind::Float => re.to_int(),
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    /// The same number as a float; unknown if it has an imaginary part or is not a number.
    #[must_use]
    pub fn to_float(&self) -> Value {
        match self {
            Value::Int(int) => Value::Ratio(Arc::new(RBig::from(*int))),
            Value::Big(int) if (int.bit_len() as i64) < MAX_EXP => {
                Value::Ratio(Arc::new(RBig::from((**int).clone())))
            }
            Value::Big(int) => Value::from_float(Float::from_int(int)),
            Value::Ratio(_) | Value::Float(_) => self.clone(),
            Value::Complex(parts) if parts.1.signum() == 0 => parts.0.to_float(),
            _ => Value::Unknown,
        }
    }

    /// The same number as a complex one; unknown if it is not a number.
    #[must_use]
    pub fn to_complex(&self) -> Value {
        match self {
            Value::Complex(_) => self.clone(),
            _ => match self.kind() {
                Kind::Int | Kind::Float => Value::complex(self.clone(), Value::Int(0)),
                _ => Value::Unknown,
            },
        }
    }

    /// Rounded to float32, to nearest even; `None` if infinite or no number.
    pub fn round_float32(&self) -> Option<Value> {
        self.round(FLOAT32)
    }

    /// Rounded to float64, to nearest even; `None` if infinite or no number.
    pub fn round_float64(&self) -> Option<Value> {
        self.round(FLOAT64)
    }

    fn round(&self, format: Format) -> Option<Value> {
        let (mant, exp) = match self {
            Value::Int(int) => round_to_format(&IBig::from(*int), 0, false, format)?,
            Value::Big(int) => round_to_format(int, 0, false, format)?,
            Value::Ratio(ratio) => round_ratio(ratio, format)?,
            Value::Float(float) => {
                let (mant, exp) = float.parts();
                round_to_format(mant, exp, false, format)?
            }
            _ => return None,
        };
        Some(Value::exact_ratio(power_of_two_ratio(mant, exp)))
    }

    /// The nearest float64; infinite beyond it; `None` if no real number.
    pub fn as_f64(&self) -> Option<f64> {
        let value = self.to_float();
        if value.kind() != Kind::Float {
            return None;
        }
        let Some(Value::Ratio(ratio)) = value.round_float64() else {
            return Some(f64::INFINITY * f64::from(value.signum()));
        };
        let num =
            i64::try_from(ratio.numerator().clone()).map_or_else(|_| f64::NAN, |num| num as f64);
        let scale = ratio.denominator().trailing_zeros().unwrap_or(0) as i32;
        if num.is_nan() {
            // An integer beyond i64: its odd part has 53 bits at most.
            let zeros = ratio.numerator().trailing_zeros().unwrap_or(0);
            let odd = i64::try_from(ratio.numerator() >> zeros).unwrap_or(0);
            return Some(odd as f64 * 2f64.powi(zeros as i32));
        }
        // In two steps, since 2^-1074 is out of powi's reach.
        Some(num * 2f64.powi(-(scale / 2)) * 2f64.powi(-(scale - scale / 2)))
    }
}

/// `mant * 2^exp`, the exponent bounded by a hardware format.
fn power_of_two_ratio(mant: i64, exp: i64) -> RBig {
    let power = UBig::ONE << exp.unsigned_abs() as usize;
    if exp >= 0 {
        RBig::from(IBig::from(mant) * IBig::from(power))
    } else {
        RBig::from_parts(IBig::from(mant), power)
    }
}
