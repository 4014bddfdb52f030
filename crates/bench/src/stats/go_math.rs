//! Logarithm and exponential with the bits Go gives on amd64 with FMA.
//!
//! The platform's own differ in the last place, which the CSV output would show.

/// Parts of ln 2: their sum is good to 100 bits, and multiples of the first are exact.
const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// The minimax polynomial of FreeBSD's `log`.
const L: [f64; 7] = [
    6.666_666_666_666_735e-1,
    3.999_999_999_940_942e-1,
    2.857_142_874_366_239e-1,
    2.222_219_843_214_978_4e-1,
    1.818_357_216_161_805e-1,
    1.531_383_769_920_937_3e-1,
    1.479_819_860_511_658_6e-1,
];

/// Natural logarithm.
pub fn ln(x: f64) -> f64 {
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x <= 0.0 {
        return if x < 0.0 { f64::NAN } else { f64::NEG_INFINITY };
    }
    let (mut fraction, mut exponent) = split(x);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let (f, k) = (fraction - 1.0, f64::from(exponent));
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let even = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let half_square = 0.5 * f * f;
    k * LN2_HI - ((half_square - (s * (half_square + (odd + even)) + k * LN2_LO)) - f)
}

/// `x` as fraction in [½, 1) and exponent of 2; `x` is positive and finite.
fn split(x: f64) -> (f64, i32) {
    if x < f64::MIN_POSITIVE {
        let (fraction, exponent) = split(x * 2f64.powi(60));
        return (fraction, exponent - 60);
    }
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i32 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent)
}

/// Parts of ln 2 for the argument reduction.
const LN2_U: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
const LN2_L: f64 = 2.823_529_056_303_157_7e-13;

/// 1/8!, 1/7!, … 1/2!, 1.
const TAYLOR: [f64; 8] = [
    2.480_158_730_158_73e-5,
    1.984_126_984_126_984e-4,
    1.388_888_888_888_889e-3,
    8.333_333_333_333_333e-3,
    4.166_666_666_666_666_4e-2,
    1.666_666_666_666_666_6e-1,
    0.5,
    1.0,
];

/// e to the power of `x`.
pub fn exp(x: f64) -> f64 {
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x > 709.782_712_893_384 {
        return f64::INFINITY;
    }
    if x < -745.2 {
        return 0.0;
    }
    let k = (x * std::f64::consts::LOG2_E).round_ties_even();
    let reduced = (-k).mul_add(LN2_L, (-k).mul_add(LN2_U, x)) * 0.0625;
    let mut series = TAYLOR[0];
    for coefficient in &TAYLOR[1..] {
        series = series.mul_add(reduced, *coefficient);
    }
    // e^r − 1, squared up four times: (1 + y)² − 1 = (y + 2)·y.
    let mut y = reduced * series;
    for _ in 0..3 {
        y *= y + 2.0;
    }
    let fraction = (y + 2.0).mul_add(y, 1.0);
    scale(fraction, k as i32)
}

/// `x · 2^exponent`, also where the power alone is out of range.
fn scale(x: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    x * 2f64.powi(half) * 2f64.powi(exponent - half)
}

/// Logarithm of (n − 1)! for a whole `n` ≥ 1.
pub fn ln_gamma(n: u32) -> f64 {
    const W: [f64; 7] = [
        4.189_385_332_046_727e-1,
        8.333_333_333_333_297e-2,
        -2.777_777_777_287_755_4e-3,
        7.936_505_586_430_196e-4,
        -5.951_875_574_503_4e-4,
        8.363_399_189_962_821e-4,
        -1.630_929_340_965_752_7e-3,
    ];
    if n <= 2 {
        return 0.0;
    }
    if n < 8 {
        return ln((2..n).map(f64::from).product());
    }
    let x = f64::from(n);
    let z = 1.0 / x;
    let y = z * z;
    let series = W[0] + z * (W[1] + y * (W[2] + y * (W[3] + y * (W[4] + y * (W[5] + y * W[6])))));
    (x - 0.5) * (ln(x) - 1.0) + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_go() {
        // Recorded from math.Log and math.Exp, go1.27.3, amd64 with FMA.
        for (x, log, exponential) in [
            (1.0, 0, 0x4005_bf0a_8b14_5769),
            (2.0, 0x3fe6_2e42_fefa_39ef, 0x401d_8e64_b8d4_ddae),
            (0.5, 0xbfe6_2e42_fefa_39ef, 0x3ffa_6129_8e1e_069c),
            (1.718e-6, 0xc02a_8c77_9181_d8fa, 0x3ff0_0001_cd2c_2996),
            (3.066e-6, 0xc029_63e8_f7bb_5832, 0x3ff0_0003_3706_3d19),
            (123_456.789, 0x4027_7281_cad8_a844, 0x7ff0_0000_0000_0000),
            (0.001, 0xc01b_a18a_998f_ffa0, 0x3ff0_0419_19b7_ee34),
            (7.25, 0x3fff_b22e_98a1_c24e, 0x4096_006b_5d53_e8d9),
            (700.0, 0x401a_344e_6741_ebab, 0x7f0d_945d_f4f8_ec8e),
            (0.69, 0xbfd7_bf81_e213_a5af, 0x3fff_e642_424c_e65b),
            (1e-300, 0xc085_9634_47f8_7fb5, 0x3ff0_0000_0000_0000),
            (12.75, 0x4004_5d3f_7fd3_e408, 0x4115_079f_95a5_2756),
        ] {
            assert_eq!(ln(x).to_bits(), log, "ln {x}");
            assert_eq!(exp(x).to_bits(), exponential, "exp {x}");
        }
        assert_eq!(exp(-20.5).to_bits(), 0x3e15_7a3a_feed_00ab);
        for (n, log) in [
            (8, 0x4021_0ce1_f32d_cc2f),
            (19, 0x4042_329d_f2d5_ee52),
            (30, 0x4051_d073_5391_7231),
            (52, 0x4063_0d1b_61e8_6336),
        ] {
            assert_eq!(ln_gamma(n).to_bits(), log, "ln_gamma {n}");
        }
    }

    #[test]
    fn factorials_have_their_logarithms() {
        let mut factorial = 1.0f64;
        for n in 1..60 {
            assert!((ln_gamma(n) - factorial.ln()).abs() < 1e-12 * factorial.ln().max(1.0));
            factorial *= f64::from(n);
        }
    }
}
