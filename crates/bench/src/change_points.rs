//! Where a series of measurements changed for good.
//!
//! E-divisive: a point divides a piece best where the distances across it most exceed the distances
//! within its sides. As in Hunter and Otava a t-test, not random permutations, decides whether a
//! division stands, so that the same series always gives the same points; long series are looked at
//! in windows that overlap, and weak points are dropped from the union of all.
//!
//! Sources: Matteson and James 2014; Fleming and others 2023 (Hunter).

/// When a point counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ChangeOptions {
    /// Highest p.
    pub p: f64,
    /// Least relative change, the larger of both directions.
    pub magnitude: f64,
    /// The number of values that are looked at together, at least 4. Windows overlap by half.
    pub window: usize,
}

impl Default for ChangeOptions {
    fn default() -> Self {
        Self {
            p: 0.001,
            magnitude: 0.0,
            window: 50,
        }
    }
}

/// A change between neighbours of a series.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ChangePoint {
    /// The first value after the change.
    pub index: usize,
    /// Means of the stretches before and after, up to the next points.
    pub before: f64,
    pub after: f64,
    pub p: f64,
}

/// Finds the change points of a series, in order.
pub fn change_points(series: &[f64], options: &ChangeOptions) -> Vec<ChangePoint> {
    let window = options.window.max(4);
    let mut points: Vec<usize> = Vec::new();
    let mut start = 0;
    // To the end, though the last windows are short: a level that begins there stands out best in one.
    while start < series.len() {
        let end = (start + window).min(series.len());
        let found = divide(&series[start..end], first_pass_limit(options.p));
        points.extend(found.iter().map(|point| start + point));
        let half = start + window / 2;
        start = found.last().map_or(half, |last| half.max(start + last));
    }
    points.sort_unstable();
    points.dedup();
    drop_weak(series, points, options)
}

/// The first pass is generous: a point may prove itself once its neighbours are known.
fn first_pass_limit(p: f64) -> f64 {
    if p < 0.05 {
        10.0 * p
    } else if p < 0.5 {
        2.0 * p
    } else {
        p
    }
}

/// Divides a window again and again at the best candidate of all pieces, as long as it stands.
fn divide(window: &[f64], limit: f64) -> Vec<usize> {
    let mut points: Vec<usize> = Vec::new();
    loop {
        let edges: Vec<usize> = [0]
            .into_iter()
            .chain(points.iter().copied())
            .chain([window.len()])
            .collect();
        let mut best: Option<(f64, usize, usize, usize)> = None;
        for pair in edges.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            if let Some((score, at)) = candidate(&window[from..to])
                && best.is_none_or(|best| score > best.0)
            {
                best = Some((score, from, from + at, to));
            }
        }
        match best {
            Some((_, from, at, to)) if t_test(&window[from..at], &window[at..to]) <= limit => {
                points.push(at);
                points.sort_unstable();
            }
            _ => return points,
        }
    }
}

/// The highest score of a division within a piece and the place of it; the first on a tie.
fn candidate(piece: &[f64]) -> Option<(f64, usize)> {
    let len = piece.len();
    // `sums[i][j]`: distances of all pairs from the first i and the first j values.
    let width = len + 1;
    let mut sums = vec![0.0; width * width];
    for i in 0..len {
        for j in 0..len {
            sums[(i + 1) * width + j + 1] =
                (piece[i] - piece[j]).abs() + sums[i * width + j + 1] + sums[(i + 1) * width + j]
                    - sums[i * width + j];
        }
    }
    let block = |i: usize, j: usize| sums[i * width + j];
    let mut best: Option<(f64, usize)> = None;
    for at in 1..len {
        for end in at + 1..=len {
            let (n, m) = (at as f64, (end - at) as f64);
            let across = block(at, end) - block(at, at);
            let left = block(at, at) / 2.0;
            let right = 0.5 * (block(end, end) - 2.0 * block(at, end) + block(at, at));
            let within = |sum: f64, own: f64, other: f64| {
                if own > 1.0 {
                    2.0 * other / ((m + n) * (own - 1.0)) * sum
                } else {
                    0.0
                }
            };
            let score = 2.0 / (m + n) * across - within(left, n, m) - within(right, m, n);
            if best.is_none_or(|best| score > best.0) {
                best = Some((score, at));
            }
        }
    }
    best
}

/// Drops the least certain point while it is not certain enough, then the smallest while it is too
/// small; all others are looked at again after each.
fn drop_weak(series: &[f64], mut points: Vec<usize>, options: &ChangeOptions) -> Vec<ChangePoint> {
    loop {
        let found = describe(series, &points);
        let worst = (found.iter().enumerate())
            .max_by(|a, b| a.1.p.total_cmp(&b.1.p))
            .filter(|(_, point)| point.p >= options.p);
        let weakest = worst.or_else(|| {
            (found.iter().enumerate())
                .min_by(|a, b| magnitude(a.1).total_cmp(&magnitude(b.1)))
                .filter(|(_, point)| magnitude(point) <= options.magnitude)
        });
        match weakest {
            Some((at, _)) => points.remove(at),
            None => return found,
        };
    }
}

fn describe(series: &[f64], points: &[usize]) -> Vec<ChangePoint> {
    let edges: Vec<usize> = [0]
        .into_iter()
        .chain(points.iter().copied())
        .chain([series.len()])
        .collect();
    (edges.windows(3))
        .map(|edges| {
            let (left, right) = (&series[edges[0]..edges[1]], &series[edges[1]..edges[2]]);
            ChangePoint {
                index: edges[1],
                before: mean(left),
                after: mean(right),
                p: t_test(left, right),
            }
        })
        .collect()
}

/// The change relative to the older level: -0.5 for a halving.
pub fn relative_change(point: &ChangePoint) -> f64 {
    point.after / point.before - 1.0
}

/// The relative change, the larger of both directions.
pub fn magnitude(point: &ChangePoint) -> f64 {
    let (before, after) = (point.before, point.after);
    (after / before - 1.0)
        .abs()
        .max((before / after - 1.0).abs())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Student's t-test with pooled variance, of population standard deviations: two-sided p.
fn t_test(left: &[f64], right: &[f64]) -> f64 {
    let (n, m) = (left.len() as f64, right.len() as f64);
    let freedom = n + m - 2.0;
    if freedom <= 0.0 {
        return 1.0;
    }
    let variance = |values: &[f64]| {
        let mean = mean(values);
        values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / values.len() as f64
    };
    let pooled = ((n - 1.0) * variance(left) + (m - 1.0) * variance(right)) / freedom;
    let difference = mean(left) - mean(right);
    if difference == 0.0 {
        return 1.0;
    }
    if pooled == 0.0 {
        return 0.0;
    }
    let t_squared = difference * difference / (pooled * (1.0 / n + 1.0 / m));
    incomplete_beta(freedom / (freedom + t_squared), freedom / 2.0, 0.5)
}

/// The regularized incomplete beta function by its continued fraction.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front =
        (libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (1.0 - x).ln())
            .exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

/// Lentz's method.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut numerator = 1.0;
    let mut denominator = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = denominator;
    for step in 1..300 {
        let step = f64::from(step);
        let even = step * (b - step) * x / ((a + 2.0 * step - 1.0) * (a + 2.0 * step));
        let odd = -(a + step) * (a + b + step) * x / ((a + 2.0 * step) * (a + 2.0 * step + 1.0));
        let mut last = 1.0;
        for term in [even, odd] {
            denominator = 1.0 / guard(1.0 + term * denominator);
            numerator = guard(1.0 + term / numerator);
            last = numerator * denominator;
            fraction *= last;
        }
        if (last - 1.0f64).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level with a small deterministic wobble.
    fn level(value: f64, len: usize) -> impl Iterator<Item = f64> {
        (0..len).map(move |at| value * (1.0 + 0.01 * f64::from((at * 7 % 5) as u32)))
    }

    fn indices(series: &[f64]) -> Vec<usize> {
        let points = change_points(series, &ChangeOptions::default());
        points.iter().map(|point| point.index).collect()
    }

    #[test]
    fn steps_are_found_where_they_are() {
        let series: Vec<f64> = level(10.0, 30)
            .chain(level(12.0, 30))
            .chain(level(9.0, 60))
            .collect();
        assert_eq!(indices(&series), [30, 60]);
    }

    #[test]
    fn a_level_has_no_steps() {
        assert!(indices(&level(10.0, 200).collect::<Vec<_>>()).is_empty());
        assert!(indices(&[]).is_empty());
        assert!(indices(&[1.0]).is_empty());
        assert!(indices(&[3.0; 20]).is_empty());
    }

    #[test]
    fn the_window_can_be_chosen() {
        let series: Vec<f64> = level(10.0, 30).chain(level(12.0, 30)).collect();
        for window in [0, 20, 50, 1000] {
            let options = ChangeOptions {
                window,
                ..ChangeOptions::default()
            };
            let points = change_points(&series, &options);
            let indices: Vec<usize> = points.iter().map(|point| point.index).collect();
            assert_eq!(indices, [30], "{window}");
        }
    }

    #[test]
    fn small_steps_can_be_left_out() {
        let series: Vec<f64> = level(10.0, 30).chain(level(11.0, 30)).collect();
        let options = ChangeOptions {
            magnitude: 0.2,
            ..ChangeOptions::default()
        };
        assert_eq!(indices(&series), [30]);
        assert!(change_points(&series, &options).is_empty());
    }

    #[test]
    fn t_has_its_known_tail() {
        // t = 2.228 with 10 degrees of freedom: p = 0.05.
        let p = incomplete_beta(10.0 / (10.0 + 2.228_138_852f64.powi(2)), 5.0, 0.5);
        assert!((p - 0.05).abs() < 1e-6, "{p}");
    }
}
