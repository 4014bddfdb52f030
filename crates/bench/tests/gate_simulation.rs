//! How often the gate fails unchanged code, and how often it finds a regression: both sides are drawn
//! from one seeded source of noise.

use bench::benchfmt::UnitMetadata;
use bench::gate::{GateVerdict, Thresholds, judge};
use bench::stats::{Summary, median};
use bench::table::{Cell, Row, Table, Tables};
use rayon::prelude::*;

const ROWS: usize = 200;
/// Gates of one combination of limit, noise and sample size.
const TRIALS: u64 = 25;

/// SplitMix64.
struct Random(u64);

impl Random {
    /// Uniform between 0 and 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Times with relative noise, of which one in twenty is disturbed: only ever slower.
    fn sample(&mut self, n: usize, center: f64, noise: f64) -> Vec<f64> {
        let mut values: Vec<f64> = (0..n)
            .map(|_| {
                let disturbed = if self.uniform() < 0.05 {
                    1.0 + 3.0 * noise * self.uniform()
                } else {
                    1.0
                };
                center * (noise * self.normal()).exp() * disturbed
            })
            .collect();
        values.sort_by(f64::total_cmp);
        values
    }
}

fn cell(column: usize, values: Vec<f64>) -> Cell {
    let summary = Summary {
        center: median(&values),
        low: values[0],
        high: values[values.len() - 1],
        warnings: Vec::new(),
    };
    Cell {
        column,
        values,
        warnings: Vec::new(),
        summary,
        comparison: None,
    }
}

/// The verdict on benchmarks of which the first `n_slower` take `ratio` times as long.
fn gate(
    random: &mut Random,
    n: usize,
    noise: f64,
    limit: f64,
    slower: (usize, f64),
) -> GateVerdict {
    let mut rows = Vec::new();
    for at in 0..ROWS {
        let center = 1e-9 * 10f64.powi((at % 6) as i32);
        let ratio = if at < slower.0 { slower.1 } else { 1.0 };
        let old = random.sample(n, center, noise);
        let new = random.sample(n, center * ratio, noise);
        rows.push(Row {
            label: format!("B{at}"),
            cells: vec![cell(0, old), cell(1, new)],
        });
    }
    let tables = Tables {
        tables: vec![Table {
            key: Vec::new(),
            unit: "sec/op".to_owned(),
            exact: false,
            columns: Vec::new(),
            rows,
            summaries: Vec::new(),
        }],
        ..Tables::default()
    };
    let thresholds = Thresholds {
        default: limit,
        ..Thresholds::default()
    };
    judge(&tables, &UnitMetadata::default(), &thresholds, 0.05).verdict()
}

/// The share of gates that fail.
fn share_failed(seed: u64, n: usize, noise: f64, limit: f64, slower: (usize, f64)) -> f64 {
    let failed = (0..TRIALS).into_par_iter().filter(|trial| {
        let mut random = Random(seed.wrapping_mul(0x1000_0001).wrapping_add(*trial) << 16);
        gate(&mut random, n, noise, limit, slower) == GateVerdict::Failed
    });
    failed.count() as f64 / TRIALS as f64
}

#[test]
fn unchanged_code_fails_in_less_than_five_percent() {
    let (mut sum, mut count) = (0.0, 0.0);
    for limit in [0.01, 0.02, 0.05] {
        for noise in [0.01, 0.03, 0.1] {
            for n in [8, 10] {
                let seed = (limit * 1e4 + noise * 1e6) as u64 + n as u64;
                let share = share_failed(seed, n, noise, limit, (0, 1.0));
                println!("limit {limit}, noise {noise}, n={n}: {share}");
                sum += share;
                count += 1.0;
                assert!(share < 0.15, "limit {limit}, noise {noise}, n={n}: {share}");
            }
        }
    }
    assert!(sum / count < 0.05, "{}", sum / count);
}

#[test]
fn a_regression_beyond_the_limit_fails() {
    for (noise, ratio) in [(0.01, 1.08), (0.03, 1.2), (0.1, 1.6)] {
        let share = share_failed(7, 10, noise, 0.05, (1, ratio));
        println!("noise {noise}, ratio {ratio}: {share}");
        assert!(share > 0.6, "noise {noise}, ratio {ratio}: {share}");
    }
}
