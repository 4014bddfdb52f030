//! Whether two samples differ: the Mann–Whitney U test.

use super::choose::choose;
use super::median::{inverse_normal, normal_cdf};
use super::ranks::Ranks;
use super::tied::Tied;
use super::untied::Untied;

/// Above these sizes of either sample the normal approximation is used.
const EXACT_UNTIED: usize = 50;
const EXACT_TIED: usize = 25;

/// Outcome of the test.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum MannWhitney {
    /// Two-sided, as the reference computes it: under ties it may exceed 1.
    P(f64),
    /// All values are equal, there is nothing to test.
    AllEqual,
}

/// A comparison of a sample with its baseline.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// 0 means an exact result.
    pub p: f64,
    pub alpha: f64,
    /// Sizes of the baseline and of the sample.
    pub n: (usize, usize),
    pub warnings: Vec<String>,
}

impl Comparison {
    pub fn is_significant(&self) -> bool {
        self.p <= self.alpha
    }
}

/// Compares samples; keeps tables and buffers between comparisons.
#[derive(Debug, Default)]
pub struct Comparer {
    ranks: Ranks,
    tied: Tied,
    untied: Untied,
}

impl Comparer {
    /// Tests whether two sorted samples come from one distribution.
    pub fn mann_whitney(&mut self, first: &[f64], second: &[f64]) -> MannWhitney {
        let (n1, n2) = (first.len(), second.len());
        self.ranks.rank(first, second);
        let u1 = self.ranks.first - (n1 * (n1 + 1)) as f64 / 2.0;
        let u2 = (n1 * n2) as f64 - u1;
        let ties = self.ranks.has_ties();
        let limit = if ties { EXACT_TIED } else { EXACT_UNTIED };
        if n1 > limit || n2 > limit {
            return self.approximate(n1, n2, u1);
        }
        if self.ranks.groups.len() == 1 {
            return MannWhitney::AllEqual;
        }
        // U and 2·U are whole numbers, so the comparison is exact.
        #[expect(clippy::float_cmp, reason = "halves of whole numbers")]
        if u1 == u2 {
            return MannWhitney::P(1.0);
        }
        // The distribution is that of U1 even where U2 is the smaller. Under ties it is not
        // symmetric, so this is not quite right; the reference does it, and so must we.
        let small = u1.min(u2);
        let cumulative = if ties {
            let limit = (2.0 * small) as usize;
            let ways = match self.ranks.groups[..] {
                [low, high] => two_values(low, high, n1, limit),
                _ => self.tied.ways(&self.ranks.groups, n1, limit),
            };
            ways / choose((n1 + n2) as u32, n1 as u32)
        } else {
            self.untied.cdf(n1, n2, small as usize)
        };
        MannWhitney::P(cumulative * 2.0)
    }

    /// The probability that the values of `second` rank as high above those of `first` as they do, or
    /// higher, if both come from one distribution. One-sided; exact for small samples, also under ties.
    pub fn p_above(&mut self, first: &[f64], second: &[f64]) -> f64 {
        let (n1, n2) = (first.len(), second.len());
        if n1 == 0 || n2 == 0 {
            return 1.0;
        }
        self.ranks.rank(first, second);
        // The wins of the first sample: few, if the second ranks high.
        let wins = self.ranks.first - (n1 * (n1 + 1)) as f64 / 2.0;
        let ties = self.ranks.has_ties();
        let limit = if ties { EXACT_TIED } else { EXACT_UNTIED };
        if n1 > limit || n2 > limit {
            return self.approximate_below(n1, n2, wins);
        }
        if ties {
            let ways = self
                .tied
                .ways(&self.ranks.groups, n1, (2.0 * wins) as usize);
            return ways / choose((n1 + n2) as u32, n1 as u32);
        }
        let (wins, most) = (wins as usize, n1 * n2);
        if 2 * wins < most {
            self.untied.cdf(n1, n2, wins)
        } else if wins >= most {
            1.0
        } else {
            // Symmetric: as many losses at least.
            1.0 - self.untied.cdf(n1, n2, most - wins - 1)
        }
    }

    /// The normal approximation of the probability of at most so many wins.
    fn approximate_below(&self, n1: usize, n2: usize, wins: f64) -> f64 {
        let deviation = self.deviation(n1, n2);
        if deviation == 0.0 {
            return 1.0;
        }
        normal_cdf((wins - (n1 * n2) as f64 / 2.0 + 0.5) / deviation)
    }

    /// The standard deviation of U, corrected for ties.
    fn deviation(&self, n1: usize, n2: usize) -> f64 {
        let (product, total) = ((n1 * n2) as f64, (n1 + n2) as f64);
        let cubes = self
            .ranks
            .groups
            .iter()
            .map(|&t| u64::from(t).pow(3) - u64::from(t));
        let ties = cubes.sum::<u64>() as f64;
        (product * ((total + 1.0) - ties / (total * (total - 1.0))) / 12.0).sqrt()
    }

    /// The number of sorted pairwise ratios outside of an interval on each side; `None` if even their
    /// range is too narrow.
    pub(super) fn outside(&mut self, n1: usize, n2: usize, tail: f64) -> Option<usize> {
        if n1 > EXACT_UNTIED || n2 > EXACT_UNTIED {
            let (product, total) = ((n1 * n2) as f64, (n1 + n2) as f64);
            let deviation = (product * (total + 1.0) / 12.0).sqrt();
            let skip = product / 2.0 + inverse_normal(tail) * deviation;
            return Some(skip.floor().max(0.0) as usize);
        }
        let fits = (0..n1 * n2 / 2).take_while(|&u| self.untied.cdf(n1, n2, u) <= tail);
        fits.count().checked_sub(1)
    }

    /// Normal approximation with corrections for ties and continuity.
    fn approximate(&self, n1: usize, n2: usize, u1: f64) -> MannWhitney {
        let product = (n1 * n2) as f64;
        let deviation = self.deviation(n1, n2);
        if deviation == 0.0 {
            return MannWhitney::AllEqual;
        }
        let off = u1 - product / 2.0;
        let towards_zero = if off == 0.0 {
            0.0
        } else {
            0.5f64.copysign(off)
        };
        let below = normal_cdf((off - towards_zero) / deviation);
        MannWhitney::P(2.0 * below.min(1.0 - below))
    }

    /// Compares by the U test, with a warning if the samples are too small.
    pub fn compare(&mut self, baseline: &[f64], sample: &[f64], alpha: f64) -> Comparison {
        let n = (baseline.len(), sample.len());
        let p = match self.mann_whitney(baseline, sample) {
            MannWhitney::P(p) => p,
            MannWhitney::AllEqual => {
                let warnings = vec!["all samples are equal".to_owned()];
                return Comparison {
                    p: 1.0,
                    alpha,
                    n,
                    warnings,
                };
            }
        };
        let mut warnings = Vec::new();
        if p > alpha {
            let (relation, needed) = samples_for_difference(alpha);
            if n.0 < needed && n.1 < needed {
                warnings.push(format!(
                    "need {relation} {needed} samples to detect a difference at alpha level {}",
                    crate::number::format_v(alpha)
                ));
            }
        }
        Comparison {
            p,
            alpha,
            n,
            warnings,
        }
    }

    /// Compares what does not vary: any difference is one.
    pub fn compare_exact(baseline: &[f64], sample: &[f64]) -> Comparison {
        Comparison {
            p: 0.0,
            alpha: 0.0,
            n: (baseline.len(), sample.len()),
            warnings: Vec::new(),
        }
    }
}

/// The number of ways in which `n1` of `low` + `high` places give 2·U1 ≤ `limit`, where there are two distinct
/// values. The reference counts these without its table and rounds the most places in the upper group
/// towards zero, so that a limit that cannot be reached may still count one; it does it, and so must we.
///
/// Source: github.com/aclements/go-moremath/stats/udist.go `makeUmemo`, f10218a3.
fn two_values(low: u32, high: u32, n1: usize, limit: usize) -> f64 {
    let (n1, places) = (n1 as i64, i64::from(low + high));
    let most = (limit as i64 - n1 * (i64::from(low) - n1)) / places;
    let least = (n1 - i64::from(low)).max(0);
    let ways = |upper: i64| {
        let lower = n1 - upper;
        if lower < 0 {
            return 0.0;
        }
        choose(low, lower as u32) * choose(high, upper as u32)
    };
    (least..=most).map(ways).sum()
}

/// The smallest p that two samples of the same size can reach, from size 1.
const SMALLEST_P: [f64; 9] = [
    1.0,
    0.333_333_333_333_333_3,
    0.1,
    0.028_571_428_571_428_57,
    0.007_936_507_936_507_936,
    0.002_164_502_164_502_164_5,
    0.000_582_750_582_750_582_8,
    0.000_155_400_155_400_155_4,
    4.113_533_525_298_231e-5,
];

fn samples_for_difference(alpha: f64) -> (&'static str, usize) {
    (SMALLEST_P.iter().position(|&p| p <= alpha))
        .map_or((">", SMALLEST_P.len() + 1), |at| (">=", at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(first: &[f64], second: &[f64]) -> String {
        match Comparer::default().mann_whitney(first, second) {
            MannWhitney::P(p) => format!("{p:.3}"),
            MannWhitney::AllEqual => "equal".to_owned(),
        }
    }

    #[test]
    fn small_samples_are_tested_exactly() {
        assert_eq!(p(&[1.0], &[1.0, 2.0]), "1.333");
        assert_eq!(p(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), "0.100");
        assert_eq!(p(&[1.0, 4.0], &[2.0, 3.0]), "1.000");
        assert_eq!(p(&[1.0, 1.0], &[1.0]), "equal");
        assert_eq!(p(&[0.0], &[-0.0]), "equal");
    }

    #[test]
    fn one_sided_tests_are_exact() {
        let mut comparer = Comparer::default();
        let mut p =
            |first: &[f64], second: &[f64]| format!("{:.4}", comparer.p_above(first, second));
        assert_eq!(p(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), "0.0500");
        assert_eq!(p(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0]), "1.0000");
        // One win or none in 2 of the 20 orders; 8 wins or less in all but one.
        assert_eq!(p(&[1.0, 2.0, 4.0], &[3.0, 5.0, 6.0]), "0.1000");
        assert_eq!(p(&[3.0, 5.0, 6.0], &[1.0, 2.0, 4.0]), "0.9500");
        // Of the 6 choices of 2 of {1, 1, 2, 2}, one has no win.
        assert_eq!(p(&[1.0, 1.0], &[2.0, 2.0]), "0.1667");
        assert_eq!(p(&[1.0, 1.0], &[1.0, 1.0]), "1.0000");
        assert_eq!(p(&[], &[1.0]), "1.0000");
        let low: Vec<f64> = (0..60).map(f64::from).collect();
        let high: Vec<f64> = (5..65).map(f64::from).collect();
        assert_eq!(p(&low, &high), "0.0660");
    }

    #[test]
    fn large_samples_are_approximated() {
        let low: Vec<f64> = (0..60).map(f64::from).collect();
        let high: Vec<f64> = (5..65).map(f64::from).collect();
        assert_eq!(p(&low, &high), "0.132");
        assert_eq!(p(&[1.0; 60], &[1.0; 60]), "equal");
    }
}
