//! Prefixes and decimals: values to about four significant digits.

use super::UnitClass;
use crate::number::format_f;

/// How to print values: divide, round, append.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scaler {
    /// Digits after the decimal point.
    pub decimals: usize,
    /// The value of one prefixed unit: 1000 for `k`.
    pub factor: f64,
    pub prefix: &'static str,
}

impl Scaler {
    pub fn format(&self, value: f64) -> String {
        format_f(value / self.factor, self.decimals) + self.prefix
    }
}

/// A prefix and the smallest values that show as 100.0, 10.00 and 1.000 of it.
struct Prefix {
    factor: f64,
    name: &'static str,
    hundreds: f64,
    tens: f64,
    ones: f64,
}

const fn prefix(name: &'static str, factor: f64, [hundreds, tens, ones]: [f64; 3]) -> Prefix {
    Prefix {
        factor,
        name,
        hundreds,
        tens,
        ones,
    }
}

/// The thresholds are the doubles nearest to the decimals at which printing rounds up.
const DECIMAL: [Prefix; 8] = [
    prefix("T", 1e12, [99.995e12, 9.9995e12, 0.99995e12]),
    prefix("G", 1e9, [99.995e9, 9.9995e9, 0.99995e9]),
    prefix("M", 1e6, [99.995e6, 9.9995e6, 0.99995e6]),
    prefix("k", 1e3, [99.995e3, 9.9995e3, 0.99995e3]),
    prefix("", 1.0, [99.995, 9.9995, 0.99995]),
    prefix("m", 1e-3, [99.995e-3, 9.9995e-3, 0.99995e-3]),
    prefix("µ", 1e-6, [99.995e-6, 9.9995e-6, 0.99995e-6]),
    prefix("n", 1e-9, [99.995e-9, 9.9995e-9, 0.99995e-9]),
];

const fn binary(name: &'static str, exponent: u64) -> Prefix {
    let factor = f64::from_bits((1023 + exponent) << 52);
    prefix(
        name,
        factor,
        [99.995 * factor, 9.9995 * factor, 0.99995 * factor],
    )
}

/// Scaling by a power of two is exact, so the thresholds are those of the plain unit, scaled.
const BINARY: [Prefix; 5] = [
    binary("Ti", 40),
    binary("Gi", 30),
    binary("Mi", 20),
    binary("Ki", 10),
    binary("", 0),
];

/// Below the smallest prefix more decimals are shown: 3 from the first of these, and so on.
const SMALL: [f64; 8] = [
    9.9995e-1, 9.9995e-2, 9.9995e-3, 9.9995e-4, 9.9995e-5, 9.9995e-6, 9.9995e-7, 9.9995e-8,
];

/// One scale for several values, led by the non-zero one closest to zero.
pub fn common_scale(values: impl IntoIterator<Item = f64>, class: UnitClass) -> Scaler {
    let mut least = 0.0;
    for value in values.into_iter().map(f64::abs) {
        if value != 0.0 && (least == 0.0 || value < least) {
            least = value;
        }
    }
    if least == 0.0 {
        return Scaler {
            decimals: 3,
            factor: 1.0,
            prefix: "",
        };
    }
    let prefixes: &[Prefix] = match class {
        UnitClass::Decimal => &DECIMAL,
        UnitClass::Binary => &BINARY,
    };
    for prefix in prefixes {
        let decimals = if least >= prefix.hundreds {
            1
        } else if least >= prefix.tens {
            2
        } else if least >= prefix.ones {
            3
        } else {
            continue;
        };
        return Scaler {
            decimals,
            factor: prefix.factor,
            prefix: prefix.name,
        };
    }
    let (factor, name) = match class {
        UnitClass::Decimal => (1e-9, "n"),
        UnitClass::Binary => (1.0, ""),
    };
    let steps = SMALL
        .iter()
        .position(|&threshold| least / factor >= threshold);
    Scaler {
        decimals: 3 + steps.unwrap_or(SMALL.len() - 1),
        factor,
        prefix: name,
    }
}

/// One value in its own scale.
pub fn scale(value: f64, class: UnitClass) -> String {
    common_scale([value], class).format(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_switch_prefix_where_rounding_does() {
        for (value, class, want) in [
            (0.0, UnitClass::Decimal, "0.000"),
            (0.99995, UnitClass::Decimal, "1.000"),
            (0.999_949_999, UnitClass::Decimal, "999.9m"),
            (99.995, UnitClass::Decimal, "100.0"),
            (99.994_999, UnitClass::Decimal, "99.99"),
            (1.718e-6, UnitClass::Decimal, "1.718µ"),
            (1e-12, UnitClass::Decimal, "0.001000n"),
            (-2e15, UnitClass::Decimal, "-2000.0T"),
            (1020.0 * 1024.0, UnitClass::Binary, "1020.0Ki"),
            (1024.0, UnitClass::Binary, "1.000Ki"),
            (0.001, UnitClass::Binary, "0.001000"),
        ] {
            assert_eq!(scale(value, class), want);
        }
    }

    #[test]
    fn binary_thresholds_are_the_documented_doubles() {
        let unit = &BINARY[4];
        assert_eq!(unit.hundreds.to_bits(), 0x4058_ffae_147a_e148);
        assert_eq!(unit.tens.to_bits(), 0x4023_ffbe_76c8_b439);
        assert_eq!(unit.ones.to_bits(), 0x3fef_ff97_2474_538f);
    }
}
