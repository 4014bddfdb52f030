//! Binomial coefficients.

use super::go_math::{exp, ln_gamma};

/// `n` over `k`: exact up to n = 20, above it through logarithms, with the reference's rounding.
pub(super) fn choose(n: u32, k: u32) -> f64 {
    if k == 0 || k == n {
        1.0
    } else if k > n {
        0.0
    } else if n <= 20 {
        let above: u64 = (n - k + 1..=n).map(u64::from).product();
        let below: u64 = (1..=k).map(u64::from).product();
        (above / below) as f64
    } else {
        exp(ln_gamma(n + 1) - ln_gamma(k + 1) - ln_gamma(n - k + 1))
    }
}

/// `n` over `k`, exact; for n ≤ 50 each stays below 2^53.
pub(super) fn choose_exact(n: u32, k: u32) -> f64 {
    let mut value = 1u64;
    for i in 0..k.min(n.saturating_sub(k)) {
        value = value * u64::from(n - i) / u64::from(i + 1);
    }
    if k > n { 0.0 } else { value as f64 }
}
