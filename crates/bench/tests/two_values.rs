//! The U test of samples with two distinct values, beside benchstat's answers.

use bench::stats::{Comparer, MannWhitney};

const ANSWERS: &str = include_str!("data/two_values.txt");

/// As the table shows it.
fn p(comparer: &mut Comparer, [n1, n2, x, y]: [usize; 4]) -> String {
    let sample = |n: usize, high: usize| -> Vec<f64> {
        (0..n)
            .map(|at| if at < n - high { 1.0 } else { 2.0 })
            .collect()
    };
    match comparer.mann_whitney(&sample(n1, x), &sample(n2, y)) {
        MannWhitney::AllEqual => "=".to_owned(),
        MannWhitney::P(0.0) => "-".to_owned(),
        MannWhitney::P(p) => {
            let text = format!("{p:.3}");
            text.strip_prefix('0').unwrap_or(&text).to_owned()
        }
    }
}

#[test]
fn two_distinct_values_give_the_references_p() {
    let mut comparer = Comparer::default();
    let mut checked = 0;
    for line in ANSWERS.lines().filter(|line| !line.starts_with('#')) {
        let number = |text: &str| -> usize { text.parse().unwrap() };
        // One row of answers, or one answer behind its `y`.
        let cut = line.split_once(": ").or_else(|| line.rsplit_once(' '));
        let (sizes, answers) = cut.unwrap();
        let sizes: Vec<usize> = sizes.split(' ').map(number).collect();
        let answers = answers.split(' ');
        for (at, answer) in answers.enumerate() {
            let y = sizes.get(3).copied().unwrap_or(at);
            let case = [sizes[0], sizes[1], sizes[2], y];
            assert_eq!(p(&mut comparer, case), answer, "{case:?}");
            checked += 1;
        }
    }
    // The sum of (n1 + 1)(n2 + 1) up to 12, and the random ones.
    assert_eq!(checked, 90 * 90 + 400);
}
