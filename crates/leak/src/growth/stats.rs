//! The tests behind a finding, and how their errors add up.

/// How often a soak of a service without leaks may end with a finding, at most: over all of its
/// looks and groups.
pub const ERROR_RATE: f64 = 0.01;
/// Looks before anything is tested: fewer are not a trend, and a warm-up is not over.
pub const MIN_LOOKS: usize = 9;
/// The same without ids, where a wave of load looks like a leak until it turns.
pub const MIN_COUNTS: usize = 24;

/// The error rate of one test: of one of `candidates` groups, at look `look` counted from 1. Over
/// all looks from [`MIN_LOOKS`] on these sum up to [`ERROR_RATE`], since the sum of
/// `m / (n (n + 1))` over `n >= m` is 1.
pub(super) fn error_rate(look: usize, candidates: usize) -> f64 {
    let n = look as f64;
    ERROR_RATE * MIN_LOOKS as f64 / (n * (n + 1.0)) / candidates.max(1) as f64
}

/// Probability of `successes` or more out of `n` fair coins.
///
/// Goroutines that come and go independently of each other are as often gone as come.
pub(super) fn coins(successes: u64, n: u64) -> f64 {
    let (mut term, mut sum) = (0.0_f64, f64::NEG_INFINITY);
    // The logarithm of n over k, summed from k = n downwards.
    for k in (successes..=n).rev() {
        let larger = sum.max(term);
        sum = larger + ((sum - larger).exp() + (term - larger).exp()).ln();
        if k > 0 {
            term += (k as f64 / (n - k + 1) as f64).ln();
        }
    }
    (sum - n as f64 * std::f64::consts::LN_2).exp().min(1.0)
}

/// One-sided probability that so many more come than go where births and deaths are as likely.
///
/// Goroutines that end together, at a collection or when a job is done, are not as many coins: where
/// deaths scatter more than those of independent goroutines, so much less do they prove.
pub(super) fn excess(births: &[u32], deaths: &[u32]) -> f64 {
    let sum = |list: &[u32]| list.iter().map(|it| u64::from(*it)).sum::<u64>();
    let (came, gone) = (sum(births), sum(deaths));
    let mean = gone as f64 / deaths.len().max(1) as f64;
    let scatter: f64 = deaths
        .iter()
        .map(|count| (f64::from(*count) - mean).powi(2))
        .sum();
    let coins = coins(came, came + gone);
    let variance = came as f64 + scatter.max(gone as f64);
    if scatter <= gone as f64 || variance == 0.0 {
        return coins;
    }
    coins.max(normal_tail((came as f64 - gone as f64) / variance.sqrt()))
}

/// One-sided probability that a random walk with steps of these sizes, each as likely up as down,
/// gets as far up as `values` do. Counts that only scatter around a level get less far than that.
pub(super) fn walk(values: &[u64]) -> f64 {
    let steps = values
        .windows(2)
        .map(|pair| pair[1] as f64 - pair[0] as f64);
    let (sum, squares) = steps.fold((0.0, 0.0), |(sum, squares), step| {
        (sum + step, squares + step * step)
    });
    if squares == 0.0 {
        return 1.0;
    }
    normal_tail(sum / squares.sqrt())
}

/// Probability that a standard normal value is at least `z`: the bound of Mills' ratio, which is
/// too large by a few percent where it matters, never too small.
fn normal_tail(z: f64) -> f64 {
    if z <= 1.0 {
        return 1.0;
    }
    (-z * z / 2.0).exp() / (z * (2.0 * std::f64::consts::PI).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) -> bool {
        (got - want).abs() <= want * 1e-9
    }

    #[test]
    fn probabilities_are_those_of_the_tables() {
        assert!(close(coins(10, 10), 1.0 / 1024.0));
        assert!(close(coins(8, 10), 56.0 / 1024.0));
        assert!(close(coins(0, 10), 1.0));
        assert!(coins(1200, 2000) < 1e-15 && coins(1000, 2000) > 0.5);
        let rising: Vec<u64> = (0..26).collect();
        // Twenty-five steps upwards: 5 standard deviations, 2.87e-7.
        assert!(
            (2.8e-7..3.1e-7).contains(&walk(&rising)),
            "{}",
            walk(&rising)
        );
        let level: Vec<u64> = (0..26).map(|idx| 10 + idx % 2).collect();
        assert!(walk(&level) > 0.3 && walk(&[3, 3, 3]) > 0.3);
    }

    #[test]
    fn errors_of_all_looks_sum_up_to_the_rate() {
        let sum: f64 = (MIN_LOOKS..1_000_000).map(|look| error_rate(look, 1)).sum();
        assert!(sum <= ERROR_RATE && sum > 0.99 * ERROR_RATE);
    }
}
