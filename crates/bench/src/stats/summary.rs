//! A sample in a few numbers.

use super::go_math::{exp, ln};
use super::median::{MedianInterval, median, samples_for_interval};
use crate::number::format_v;

/// The center of a sample and an interval around it.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    pub center: f64,
    pub low: f64,
    pub high: f64,
    pub warnings: Vec<String>,
}

impl Summary {
    /// The interval's larger side in percent of the center: `3%`, `∞`, or `?` where the signs
    /// differ.
    pub fn range(&self) -> String {
        if self.low.is_infinite() || self.high.is_infinite() {
            return "∞".to_owned();
        }
        let side = |x: f64| x.partial_cmp(&0.0);
        let center = side(self.center);
        if center.is_none() || center != side(self.low) || center != side(self.high) {
            return "?".to_owned();
        }
        if self.center == 0.0 {
            return "0%".to_owned();
        }
        let share = (self.high / self.center - 1.0).max(1.0 - self.low / self.center);
        format!("{}%", crate::number::format_f(100.0 * share, 0))
    }
}

/// Median and confidence interval of a sorted sample.
pub fn summarize_median(sorted: &[f64], interval: MedianInterval, confidence: f64) -> Summary {
    let (low, high) = interval.bounds(sorted);
    let mut warnings = Vec::new();
    if low.is_infinite() || high.is_infinite() {
        let (relation, needed) = samples_for_interval(confidence);
        warnings.push(format!(
            "need {relation} {needed} samples for confidence interval at level {}",
            format_v(confidence)
        ));
    }
    Summary {
        center: median(sorted),
        low,
        high,
        warnings,
    }
}

/// The most frequent value (the first such) and the range of a sorted sample that should not vary.
#[expect(clippy::float_cmp, reason = "runs of equal measurements")]
pub fn summarize_exact(sorted: &[f64]) -> Summary {
    let runs = sorted.chunk_by(|a, b| a == b);
    // `max_by_key` would take the last of the longest.
    let longest = runs.fold(&sorted[..0], |longest, run| {
        if run.len() > longest.len() {
            run
        } else {
            longest
        }
    });
    let value = |slice: &[f64], at: usize| slice.get(at).copied().unwrap_or(f64::NAN);
    let (low, high) = (
        value(sorted, 0),
        value(sorted, sorted.len().saturating_sub(1)),
    );
    let mut warnings = Vec::new();
    if longest.len() != sorted.len() {
        warnings.push(format!(
            "exact distribution expected, but values range from {} to {}",
            format_v(low),
            format_v(high)
        ));
    }
    Summary {
        center: value(longest, 0),
        low,
        high,
        warnings,
    }
}

/// Geometric mean; `None` if a value is not above zero, or there is none.
pub fn geomean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut mean, mut count) = (f64::NAN, 0.0);
    for value in values {
        if value <= 0.0 {
            return None;
        }
        if count == 0.0 {
            mean = 0.0;
        }
        count += 1.0;
        mean += (ln(value) - mean) / count;
    }
    Some(exp(mean)).filter(|mean| !mean.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_show_the_larger_side() {
        let summary = |center, low, high| {
            Summary {
                center,
                low,
                high,
                warnings: vec![],
            }
            .range()
        };
        assert_eq!(summary(100.0, 98.0, 101.0), "2%");
        assert_eq!(summary(-100.0, -120.0, -83.0), "-17%");
        assert_eq!(summary(0.0, 0.0, 0.0), "0%");
        assert_eq!(summary(1.0, 0.0, 1.0), "?");
        assert_eq!(summary(1.0, f64::NEG_INFINITY, 1.0), "∞");
    }

    #[test]
    fn the_first_longest_run_is_the_mode() {
        let summary = summarize_exact(&[1.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!((summary.center, summary.low, summary.high), (2.0, 1.0, 3.0));
        insta::assert_snapshot!(
            summary.warnings[0],
            @"exact distribution expected, but values range from 1 to 3"
        );
    }
}
