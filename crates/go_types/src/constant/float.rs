//! Binary floats with a 512-bit mantissa, rounded to nearest even: what constants fall back to when
//! an exact fraction would grow too large.

use std::cmp::Ordering;

use dashu_base::{BitTest, Signed, UnsignedAbs};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

/// Bits of mantissa kept. The language asks for 256 at least; gc keeps 512.
pub(super) const PRECISION: usize = 512;

/// Greatest binary exponent (value in 0.5..1 times two to it); beyond it a constant is infinite.
const MAX_EXP: i64 = i32::MAX as i64;
/// Least binary exponent; below it a constant is zero.
const MIN_EXP: i64 = i32::MIN as i64;

/// `mant * 2^exp`. The mantissa is odd or zero and has at most the precision's bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Float {
    mant: IBig,
    exp: i64,
}

impl Float {
    /// `None` where the value is out of the exponent's range (infinite).
    fn new(mant: IBig, exp: i64, precision: usize) -> Option<Float> {
        Float::sticky(mant, exp, false, precision)
    }

    /// Rounds; `sticky` says that the exact value lies a little further from zero than `mant * 2^exp`.
    /// A sticky value must bring more bits than the precision.
    fn sticky(mant: IBig, exp: i64, sticky: bool, precision: usize) -> Option<Float> {
        let (sign, mut abs) = mant.into_parts();
        let mut exp = exp;
        let bits = abs.bit_len();
        if bits > precision {
            let drop = bits - precision;
            let half = abs.bit(drop - 1);
            let rest = sticky || abs.trailing_zeros().is_some_and(|zeros| zeros < drop - 1);
            abs >>= drop;
            exp = exp.saturating_add(drop as i64);
            if half && (rest || abs.bit(0)) {
                abs += UBig::ONE;
            }
        }
        let Some(zeros) = abs.trailing_zeros() else {
            return Some(Float::zero());
        };
        let top = exp.saturating_add(abs.bit_len() as i64);
        abs >>= zeros;
        if top > MAX_EXP {
            return None;
        }
        if top < MIN_EXP {
            return Some(Float::zero());
        }
        Some(Float {
            mant: IBig::from_parts(sign, abs),
            exp: exp + zeros as i64,
        })
    }

    /// Mantissa and exponent as [`Self::parts`] gives them; `None` if no float has them.
    pub(crate) fn from_parts(mant: IBig, exp: i64) -> Option<Float> {
        let parts = (mant.clone(), exp);
        Float::new(mant, exp, PRECISION).filter(|float| (&float.mant, float.exp) == (&parts.0, exp))
    }

    pub(super) fn zero() -> Float {
        Float {
            mant: IBig::ZERO,
            exp: 0,
        }
    }

    pub(super) fn from_int(int: &IBig) -> Option<Float> {
        Float::new(int.clone(), 0, PRECISION)
    }

    /// The nearest float to a fraction.
    pub(super) fn from_ratio(ratio: &RBig) -> Option<Float> {
        Float::from_ratio_at(ratio, PRECISION)
    }

    pub(super) fn from_ratio_at(ratio: &RBig, precision: usize) -> Option<Float> {
        Float::quotient(
            ratio.numerator(),
            &IBig::from(ratio.denominator().clone()),
            0,
            precision,
        )
    }

    /// `digits * 10^exp10 * 2^exp2`, with a few guard bits like Go's own reader of literals.
    pub(super) fn from_decimal(digits: &IBig, exp10: i64, exp2: i64) -> Option<Float> {
        const GUARDED: usize = PRECISION + 64;
        if *digits == IBig::ZERO {
            return Some(Float::zero());
        }
        // 10^e = 5^e * 2^e; five to the power by repeated squaring, rounded at each step.
        let mut power = Float {
            mant: IBig::ONE,
            exp: 0,
        };
        let mut square = Float {
            mant: IBig::from(5),
            exp: 0,
        };
        let mut rest = exp10.unsigned_abs();
        let out_of_range = |exp10: i64| if exp10 > 0 { None } else { Some(Float::zero()) };
        while rest > 0 {
            if rest & 1 == 1 {
                let Some(next) = power.mul_at(&square, GUARDED) else {
                    return out_of_range(exp10);
                };
                power = next;
            }
            rest >>= 1;
            if rest > 0 {
                let Some(next) = square.mul_at(&square, GUARDED) else {
                    return out_of_range(exp10);
                };
                square = next;
            }
        }
        let shift = exp10.checked_add(exp2)?;
        if exp10 >= 0 {
            Float::new(
                digits * &power.mant,
                power.exp.checked_add(shift)?,
                PRECISION,
            )
        } else {
            Float::quotient(
                digits,
                &power.mant,
                shift.checked_sub(power.exp)?,
                PRECISION,
            )
        }
    }

    /// `num / den * 2^exp`, rounded once.
    fn quotient(num: &IBig, den: &IBig, exp: i64, precision: usize) -> Option<Float> {
        let (num_sign, num) = num.clone().into_parts();
        let (den_sign, den) = den.clone().into_parts();
        if den.is_zero() {
            return None;
        }
        let shift = (precision + 2 + den.bit_len()).saturating_sub(num.bit_len());
        let shifted = num << shift;
        let quotient = &shifted / &den;
        let exact = &quotient * &den == shifted;
        let quotient = IBig::from_parts(num_sign * den_sign, quotient);
        Float::sticky(
            quotient,
            exp.saturating_sub(shift as i64),
            !exact,
            precision,
        )
    }

    fn mul_at(&self, other: &Float, precision: usize) -> Option<Float> {
        Float::new(
            &self.mant * &other.mant,
            self.exp.saturating_add(other.exp),
            precision,
        )
    }

    pub(super) fn add(&self, other: &Float) -> Option<Float> {
        if self.is_zero() {
            return Some(other.clone());
        }
        if other.is_zero() {
            return Some(self.clone());
        }
        let (high, low) = if self.top() >= other.top() {
            (self, other)
        } else {
            (other, self)
        };
        // Far below the last bit the smaller one only breaks ties; one bit stands for all of it.
        let floor = high.top() - (PRECISION as i64) - 4;
        let low = if low.top() < floor {
            Float {
                mant: if low.mant.is_negative() {
                    IBig::NEG_ONE
                } else {
                    IBig::ONE
                },
                exp: floor - 1,
            }
        } else {
            low.clone()
        };
        let exp = high.exp.min(low.exp);
        let sum =
            (&high.mant << (high.exp - exp) as usize) + (low.mant << (low.exp - exp) as usize);
        Float::new(sum, exp, PRECISION)
    }

    pub(super) fn neg(&self) -> Float {
        Float {
            mant: -self.mant.clone(),
            exp: self.exp,
        }
    }

    pub(super) fn sub(&self, other: &Float) -> Option<Float> {
        self.add(&other.neg())
    }

    pub(super) fn mul(&self, other: &Float) -> Option<Float> {
        self.mul_at(other, PRECISION)
    }

    /// `None` for a division by zero too.
    pub(super) fn quo(&self, other: &Float) -> Option<Float> {
        Float::quotient(&self.mant, &other.mant, self.exp - other.exp, PRECISION)
    }

    pub(super) fn compare(&self, other: &Float) -> Ordering {
        self.signum().cmp(&other.signum()).then_with(|| {
            let tops = self.top().cmp(&other.top());
            let by_size = tops.then_with(|| {
                let exp = self.exp.min(other.exp);
                let left = self.mant.clone().unsigned_abs() << (self.exp - exp) as usize;
                left.cmp(&(other.mant.clone().unsigned_abs() << (other.exp - exp) as usize))
            });
            if self.mant.is_negative() {
                by_size.reverse()
            } else {
                by_size
            }
        })
    }

    pub(super) fn is_zero(&self) -> bool {
        self.mant == IBig::ZERO
    }

    pub(super) fn signum(&self) -> i32 {
        match (self.is_zero(), self.mant.is_negative()) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Binary exponent with the mantissa in 0.5..1.
    pub(super) fn top(&self) -> i64 {
        self.exp + self.mant.clone().unsigned_abs().bit_len() as i64
    }

    /// The integer this is exactly; `None` for a fraction and for integers of more than `max_bits`.
    pub(super) fn to_int(&self, max_bits: i64) -> Option<IBig> {
        if self.is_zero() {
            return Some(IBig::ZERO);
        }
        (self.exp >= 0 && self.top() <= max_bits).then(|| &self.mant << self.exp as usize)
    }

    /// The two integers this is after dropping all but `precision` bits, towards and away from zero.
    pub(super) fn nearby_ints(&self, precision: usize, max_bits: i64) -> [Option<IBig>; 2] {
        let (sign, abs) = self.mant.clone().into_parts();
        let drop = abs.bit_len().saturating_sub(precision);
        let down = abs >> drop;
        let up = &down + if drop > 0 { UBig::ONE } else { UBig::ZERO };
        [down, up].map(|abs| {
            let mant = IBig::from_parts(sign, abs);
            Float::new(mant, self.exp + drop as i64, precision)?.to_int(max_bits)
        })
    }

    /// Numerator and denominator as integers times powers of two: `(mant, exp)`.
    pub(crate) fn parts(&self) -> (&IBig, i64) {
        (&self.mant, self.exp)
    }

    /// The mantissa rounded to `bits`: `(odd mantissa, exponent)`.
    pub(super) fn rounded(&self, bits: usize) -> Float {
        Float::new(self.mant.clone(), self.exp, bits).unwrap_or_else(Float::zero)
    }
}

/// A hardware float format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    /// Mantissa bits with the hidden one.
    mant_bits: i64,
    /// Exponent of the last bit of the least denormal.
    min_exp: i64,
    /// Binary exponent (mantissa in 0.5..1) of the greatest finite value.
    max_top: i64,
}

pub(super) const FLOAT32: Format = Format {
    mant_bits: 24,
    min_exp: -149,
    max_top: 128,
};
pub(super) const FLOAT64: Format = Format {
    mant_bits: 53,
    min_exp: -1074,
    max_top: 1024,
};

/// `mant * 2^exp` rounded to nearest even in `format`; `None` if that is infinite.
pub(super) fn round_to_format(
    mant: &IBig,
    exp: i64,
    sticky: bool,
    format: Format,
) -> Option<(i64, i64)> {
    let (sign, abs) = mant.clone().into_parts();
    if abs.is_zero() {
        return Some((0, 0));
    }
    let top = exp + abs.bit_len() as i64;
    if top > format.max_top + 1 {
        return None;
    }
    let last = (top - format.mant_bits).max(format.min_exp);
    if top < last {
        return Some((0, 0)); // below half of the least denormal
    }
    let (mut kept, mut last_exp) = (abs.clone(), exp);
    if exp < last {
        let drop = (last - exp) as usize;
        let half = abs.bit(drop - 1);
        let rest = sticky || abs.trailing_zeros().is_some_and(|zeros| zeros < drop - 1);
        kept = abs >> drop;
        last_exp = last;
        if half && (rest || kept.bit(0)) {
            kept += UBig::ONE;
        }
    }
    if kept.is_zero() {
        return Some((0, 0));
    }
    if last_exp + kept.bit_len() as i64 > format.max_top {
        return None;
    }
    let zeros = kept.trailing_zeros().unwrap_or(0);
    let odd = i64::try_from(IBig::from_parts(sign, kept >> zeros)).ok()?;
    Some((odd, last_exp + zeros as i64))
}

/// A fraction rounded to nearest even in `format`, as `(odd mantissa, exponent)`; `None` if infinite.
pub(super) fn round_ratio(ratio: &RBig, format: Format) -> Option<(i64, i64)> {
    let (num, den) = (ratio.numerator(), ratio.denominator());
    let shift = (den.bit_len() + 70).saturating_sub(num.bit_len());
    let (sign, abs) = num.clone().into_parts();
    let shifted = abs << shift;
    let quotient = &shifted / den;
    let sticky = &quotient * den != shifted;
    round_to_format(
        &IBig::from_parts(sign, quotient),
        -(shift as i64),
        sticky,
        format,
    )
}
