//! Paired measurements: the signed-rank test, its estimate and interval, and many tests at once.
//!
//! Unlike the rest of [`stats`](super) this follows no peer: p-values are exact and at most 1.

/// The Hodges–Lehmann estimate of a shift and its interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shift {
    /// Median of all averages of two differences.
    pub estimate: f64,
    /// Infinite where there are too few differences for the level.
    pub low: f64,
    pub high: f64,
}

/// Above this many differences the normal approximation is used.
const EXACT: usize = 60;

/// Wilcoxon's signed-rank test that differences center on 0: two-sided p. Zeros say nothing and are
/// left out; ties get middle ranks.
pub fn signed_rank(differences: &[f64]) -> f64 {
    let mut differences: Vec<f64> = differences
        .iter()
        .copied()
        .filter(|difference| *difference != 0.0)
        .collect();
    differences.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    // Twice the rank, so that middle ranks are whole.
    let mut ranks: Vec<usize> = Vec::with_capacity(differences.len());
    for group in differences.chunk_by(|a, b| a.abs().total_cmp(&b.abs()).is_eq()) {
        let below = ranks.len();
        ranks.extend(std::iter::repeat_n(
            2 * below + 1 + group.len(),
            group.len(),
        ));
    }
    let positive: usize = (differences.iter().zip(&ranks))
        .filter(|(difference, _)| **difference > 0.0)
        .map(|(_, rank)| rank)
        .sum();
    let total: usize = ranks.iter().sum();
    let small = positive.min(total - positive);
    if ranks.len() > EXACT {
        let variance: f64 = ranks.iter().map(|&rank| (rank * rank) as f64).sum::<f64>() / 4.0;
        let z = ((total as f64 / 2.0 - small as f64) - 1.0).max(0.0) / variance.sqrt();
        return (2.0 * super::median::normal_cdf(-z)).min(1.0);
    }
    // Share of the sign patterns whose positive ranks sum to this.
    let mut share = vec![0.0; small + 1];
    share[0] = 1.0;
    for &rank in &ranks {
        for sum in (0..=small).rev() {
            let with = if sum >= rank { share[sum - rank] } else { 0.0 };
            share[sum] = f64::midpoint(share[sum], with);
        }
    }
    (2.0 * share.iter().sum::<f64>()).min(1.0)
}

/// Estimate and interval that belong to the signed-rank test.
pub fn shift(differences: &[f64], confidence: f64) -> Shift {
    let mut averages = Vec::with_capacity(differences.len() * (differences.len() + 1) / 2);
    for (at, first) in differences.iter().enumerate() {
        averages.extend(
            differences[at..]
                .iter()
                .map(|second| f64::midpoint(*first, *second)),
        );
    }
    averages.sort_by(f64::total_cmp);
    let skip = averages_below(differences.len(), (1.0 - confidence) / 2.0);
    middle_and_bounds(&averages, skip, f64::NEG_INFINITY)
}

/// The ratio of two samples' values with its interval: the median of all ratios between them, and the
/// order statistics that belong to the U test. Infinite bounds where there are too few values.
#[expect(clippy::float_cmp, reason = "0/0 counts as no change")]
pub fn two_sample_shift(
    old: &[f64],
    new: &[f64],
    confidence: f64,
    comparer: &mut super::Comparer,
) -> Shift {
    let mut ratios: Vec<f64> = (new.iter())
        .flat_map(|new| {
            old.iter()
                .map(move |old| if new == old { 1.0 } else { new / old })
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let skip = comparer.outside(old.len(), new.len(), (1.0 - confidence) / 2.0);
    middle_and_bounds(&ratios, skip, 0.0)
}

/// The median of sorted values, and those that leave `skip` outside on each side; without them from
/// `least` to infinity.
fn middle_and_bounds(sorted: &[f64], skip: Option<usize>, least: f64) -> Shift {
    let bounds = skip.and_then(|skip| {
        let high = sorted.len().checked_sub(1 + skip)?;
        Some((*sorted.get(skip)?, *sorted.get(high)?))
    });
    let (low, high) = bounds.unwrap_or((least, f64::INFINITY));
    let middle = sorted.len() / 2;
    let estimate = match sorted.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    };
    Shift {
        estimate,
        low,
        high,
    }
}

/// The number of sorted averages outside on each side; `None` if even the range is too narrow.
fn averages_below(n: usize, tail: f64) -> Option<usize> {
    if n > EXACT {
        let n = n as f64;
        let (mean, variance) = (n * (n + 1.0) / 4.0, n * (n + 1.0) * (2.0 * n + 1.0) / 24.0);
        let skip = mean + super::median::inverse_normal(tail) * variance.sqrt();
        return Some(skip.floor().max(0.0) as usize);
    }
    let mut share = vec![0.0; n * (n + 1) / 2 + 1];
    share[0] = 1.0;
    for rank in 1..=n {
        for sum in (0..share.len()).rev() {
            let with = if sum >= rank { share[sum - rank] } else { 0.0 };
            share[sum] = f64::midpoint(share[sum], with);
        }
    }
    let mut sum = 0.0;
    let fits = share.iter().take_while(|share| {
        sum += **share;
        sum <= tail
    });
    fits.count().checked_sub(1)
}

/// Benjamini and Hochberg's q-values: the share of false alarms one accepts by calling everything
/// up to this one significant.
pub fn q_values(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[b].total_cmp(&p_values[a]));
    let mut q_values = vec![1.0; p_values.len()];
    let mut least = 1.0f64;
    for (place, &at) in order.iter().enumerate() {
        let rank = p_values.len() - place;
        least = least.min(p_values[at] * p_values.len() as f64 / rank as f64);
        q_values[at] = least;
    }
    q_values
}

/// Holm's adjusted p-values: calling all up to a level significant raises a false alarm anywhere with at
/// most that probability.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut most = 0.0f64;
    for (place, &at) in order.iter().enumerate() {
        let left = (p_values.len() - place) as f64;
        most = most.max((p_values[at] * left).min(1.0));
        adjusted[at] = most;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_ranks_are_counted_exactly() {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(
            signed_rank(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            2.0 / 64.0
        ));
        assert!(close(
            signed_rank(&[-1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            4.0 / 64.0
        ));
        assert!(close(signed_rank(&[1.0, -1.0]), 1.0));
        assert!(close(signed_rank(&[]), 1.0));
        assert!(close(signed_rank(&[0.0, 0.0, 3.0]), 1.0));
        let many: Vec<f64> = (1..100).map(f64::from).collect();
        assert!(signed_rank(&many) < 1e-12);
    }

    #[test]
    fn intervals_need_six_differences_at_95_percent() {
        let five = shift(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95);
        assert!(five.low.is_infinite() && (five.estimate - 3.0).abs() < 1e-12);
        let six = shift(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 0.95);
        assert_eq!((six.low, six.high), (1.0, 6.0));
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        let ten = shift(&ten, 0.95);
        assert!(ten.low > 2.0 && ten.high < 9.0, "{ten:?}");
    }

    #[test]
    fn holm_multiplies_by_the_tests_that_are_left() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.5]);
        let want = [0.04, 0.09, 0.09, 0.5];
        for (got, want) in adjusted.iter().zip(want) {
            assert!((got - want).abs() < 1e-12, "{adjusted:?}");
        }
    }

    #[test]
    fn q_values_grow_with_the_number_of_tests() {
        let q = q_values(&[0.01, 0.04, 0.03, 0.5]);
        let want = [0.04, 0.04 * 4.0 / 3.0, 0.04 * 4.0 / 3.0, 0.5];
        for (got, want) in q.iter().zip(want) {
            assert!((got - want).abs() < 1e-12, "{q:?}");
        }
    }
}
