//! The distribution of U without ties.

use rustc_hash::FxHashMap;

/// Cumulative distributions by sample sizes, computed when first needed.
#[derive(Debug, Default)]
pub(super) struct Untied {
    tables: FxHashMap<(usize, usize), Vec<f64>>,
}

impl Untied {
    /// P(U ≤ `u`), for `u` below half of n1·n2.
    pub(super) fn cdf(&mut self, n1: usize, n2: usize, u: usize) -> f64 {
        let key = (n1.min(n2), n1.max(n2));
        let table = self
            .tables
            .entry(key)
            .or_insert_with(|| cumulative(key.0, key.1));
        table.get(u).copied().unwrap_or(1.0)
    }
}

/// Mann and Whitney's recurrence, p(n, m, u) = (n·p(n−1, m, u−m) + m·p(n, m−1, u)) / (n+m), summed
/// from 0. The order of operations is the reference's, as the last bit decides at `p = alpha`.
fn cumulative(n_max: usize, m_max: usize) -> Vec<f64> {
    let top = n_max * m_max / 2;
    // Row n holds p(n, m, ·) for the current m; p(n, m) = p(m, n) serves above the diagonal.
    let mut rows = vec![vec![0.0; top + 1]; n_max + 1];
    for m in 0..=m_max {
        rows[0][0] = 1.0;
        for n in 1..=n_max.min(m) {
            let before = if n < m { n } else { m - 1 };
            let (lower, upper) = rows.split_at_mut(n);
            let lower_n = &lower[n - 1];
            let (weight_n, weight_m, sum) = (n as f64, m as f64, (n + m) as f64);
            for u in (0..=top.min(n * m)).rev() {
                let left = if u >= m {
                    weight_n * lower_n[u - m]
                } else {
                    0.0
                };
                let old = if before == n {
                    upper[0][u]
                } else {
                    lower[before][u]
                };
                upper[0][u] = (left + weight_m * old) / sum;
            }
        }
    }
    let mut sum = 0.0;
    let last = rows.pop().unwrap_or_default();
    last.into_iter()
        .map(|probability| {
            sum += probability;
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_counting() {
        // Orders of 3 and 3 values with U = 0, 1, 2, 3, 4: 1, 1, 2, 3, 3 of 20.
        let mut untied = Untied::default();
        for (u, ways) in [(0, 1.0), (1, 2.0), (2, 4.0), (3, 7.0), (4, 10.0)] {
            assert!((untied.cdf(3, 3, u) - ways / 20.0).abs() < 1e-15);
        }
        assert!((untied.cdf(2, 5, 0) - 1.0 / 21.0).abs() < 1e-15);
        assert!((untied.cdf(5, 2, 0) - 1.0 / 21.0).abs() < 1e-15);
    }
}
