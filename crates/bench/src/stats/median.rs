//! The median and its confidence interval by order statistics.

use super::choose::choose;
use super::go_math;

/// The median by Hyndman and Fan's definition 8.
pub fn median(sorted: &[f64]) -> f64 {
    let position = 1.0 / 3.0 + 0.5 * (sorted.len() as f64 + 1.0 / 3.0);
    let (whole, fraction) = (position.floor() as usize, position.fract());
    match sorted {
        [] => f64::NAN,
        [first, ..] if whole == 0 => *first,
        [.., last] if whole >= sorted.len() => *last,
        _ => sorted[whole - 1] + fraction * (sorted[whole] - sorted[whole - 1]),
    }
}

/// The order statistics between which the median of the population lies: from 1; 0 means −∞ and
/// n + 1 for +∞.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MedianInterval {
    pub low: usize,
    pub high: usize,
}

impl MedianInterval {
    /// The interval for samples of `n` values. Up to 30 it comes from the binomial distribution,
    /// above from its normal approximation.
    pub fn new(n: usize, confidence: f64) -> Self {
        let (low, high) = if confidence >= 1.0 {
            (0, n as i64 + 1)
        } else if n <= 30 {
            binomial(n as u32, confidence)
        } else {
            normal(n as f64, confidence)
        };
        Self {
            low: low.max(0) as usize,
            high: high.min(n as i64 + 1) as usize,
        }
    }

    pub fn bounds(self, sorted: &[f64]) -> (f64, f64) {
        let at = |order: usize| order.checked_sub(1).and_then(|at| sorted.get(at)).copied();
        (
            at(self.low).unwrap_or(f64::NEG_INFINITY),
            at(self.high).unwrap_or(f64::INFINITY),
        )
    }
}

/// Adds up probabilities around the mode, the larger neighbour first, the left one on ties.
///
/// Above n = 20 the rounding of [`choose`] breaks the symmetry: at n = 24 the right neighbour comes
/// out larger, and the reference has [8, 18] where counting exactly would give [7, 17].
fn binomial(n: u32, confidence: f64) -> (i64, i64) {
    let probability = |k: i64| {
        let k = u32::try_from(k).ok().filter(|&k| k <= n);
        k.map_or(0.0, |k| choose(n, k) * 0.5f64.powi(n as i32))
    };
    let mode = i64::from((n + 1).div_ceil(2)) - 1;
    let (mut low, mut high) = (mode, mode + 1);
    let mut sum = probability(mode);
    let (mut left, mut right) = (probability(low - 1), probability(high));
    while sum < confidence && (left > 0.0 || right > 0.0) {
        if left >= right {
            sum += left;
            low -= 1;
            left = probability(low - 1);
        } else {
            sum += right;
            high += 1;
            right = probability(high);
        }
    }
    (low, high)
}

fn normal(n: f64, confidence: f64) -> (i64, i64) {
    let (mean, deviation) = (n / 2.0, (n * 0.5 * 0.5).sqrt());
    let left = inverse_normal((1.0 - confidence) / 2.0) * deviation + mean;
    let right = 2.0 * mean - left;
    let low = ((left - 0.5).floor() + 0.5).floor() as i64 + 1;
    let high = ((right - 0.5).ceil() + 0.5).floor() as i64 + 1;
    let cumulative = |x: f64| normal_cdf((x - mean) / deviation);
    let mass = |high: i64| cumulative(high as f64 - 0.5) - cumulative(low as f64 - 0.5);
    let shorter = mass(high - 1);
    if shorter >= confidence && shorter < mass(high) {
        (low, high - 1)
    } else {
        (low, high)
    }
}

/// Cumulative probability of the standard normal distribution.
pub(super) fn normal_cdf(z: f64) -> f64 {
    libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

/// Quantile of the standard normal distribution: Acklam's rational approximation and one step of
/// Halley's method.
pub(super) fn inverse_normal(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    const TAIL: f64 = 0.02425;
    let horner = |coefficients: &[f64], x: f64| {
        coefficients
            .iter()
            .fold(0.0, |sum, coefficient| sum * x + coefficient)
    };
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
    }
    let tail = |p: f64| {
        let q = (-2.0 * go_math::ln(p)).sqrt();
        horner(&C, q) / (horner(&D, q) * q + 1.0)
    };
    let x = if p < TAIL {
        tail(p)
    } else if p > 1.0 - TAIL {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        horner(&A, r) * q / (horner(&B, r) * r + 1.0)
    };
    let error = 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2) - p;
    let step = error * (2.0 * std::f64::consts::PI).sqrt() * go_math::exp(x * x / 2.0);
    x - step / (1.0 + x * step / 2.0)
}

/// The number of samples that a finite interval needs: `>= n`, or `> 50` if none up to that is enough.
pub fn samples_for_interval(confidence: f64) -> (&'static str, usize) {
    const LIMIT: usize = 50;
    (2..=LIMIT)
        .find(|&n| {
            let interval = MedianInterval::new(n, confidence);
            interval.low > 0 && interval.high <= n
        })
        .map_or((">", LIMIT), |n| (">=", n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_at_95_percent() {
        let known = [
            (6, 1, 6),
            (7, 1, 7),
            (8, 1, 7),
            (9, 2, 8),
            (10, 2, 9),
            (11, 2, 9),
            (12, 3, 10),
            (13, 3, 11),
            (14, 3, 11),
            (15, 4, 12),
            (16, 4, 12),
            (17, 5, 13),
            (18, 5, 14),
            (19, 5, 14),
            (20, 6, 15),
            (21, 6, 16),
            (22, 6, 16),
            (23, 7, 17),
            (24, 8, 18),
            (25, 8, 18),
            (26, 8, 19),
            (27, 8, 19),
            (28, 9, 20),
            (29, 9, 20),
            (30, 10, 21),
        ];
        for (n, low, high) in known {
            assert_eq!(
                MedianInterval::new(n, 0.95),
                MedianInterval { low, high },
                "{n}"
            );
        }
        for n in 1..6 {
            let interval = MedianInterval::new(n, 0.95);
            assert!(interval.low == 0 || interval.high > n, "{n}");
        }
        assert_eq!(samples_for_interval(0.95), (">=", 6));
        assert_eq!(samples_for_interval(0.99), (">=", 8));
        assert_eq!(samples_for_interval(1.0), (">", 50));
    }

    #[test]
    fn medians_interpolate() {
        assert!((median(&[1.0]) - 1.0).abs() < 1e-15);
        assert!((median(&[1.0, 2.0]) - 1.5).abs() < 1e-15);
        assert!((median(&[1.0, 2.0, 9.0]) - 2.0).abs() < 1e-12);
        assert!(median(&[]).is_nan());
    }
}
