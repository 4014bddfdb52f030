//! The effect of function layout on a benchmark.

use super::{Arm, Series};

/// The variation of a benchmark's time by the layout of the binary alone.
#[derive(Clone, PartialEq, Debug)]
pub struct LayoutEffect {
    pub package: String,
    pub name: String,
    /// Standard deviation between layouts, as a share of the time, freed of the noise within them.
    pub deviation: f64,
    pub layouts: usize,
}

/// The effects of the old side's layouts, where there are several with several rounds each.
pub fn layout_effects(series: &[Series]) -> Vec<LayoutEffect> {
    series.iter().filter_map(effect).collect()
}

/// Variance components of one factor: the mean squares between and within layouts.
fn effect(series: &Series) -> Option<LayoutEffect> {
    let layouts = series.rounds.iter().map(|round| round.layout + 1).max()?;
    let mut groups = vec![Vec::new(); layouts];
    for round in &series.rounds {
        let values: Vec<f64> = round.values(Arm::Old, "sec/op").map(f64::ln).collect();
        if !values.is_empty() {
            groups[round.layout].push(mean(&values));
        }
    }
    groups.retain(|group| group.len() >= 2);
    if groups.len() < 2 {
        return None;
    }
    let all: Vec<f64> = groups.concat();
    let center = mean(&all);
    let squares = |group: &[f64], center: f64| -> f64 {
        group.iter().map(|value| (value - center).powi(2)).sum()
    };
    let within: f64 = groups.iter().map(|group| squares(group, mean(group))).sum();
    let between: f64 = (groups.iter())
        .map(|group| group.len() as f64 * (mean(group) - center).powi(2))
        .sum();
    let (n, k) = (all.len() as f64, groups.len() as f64);
    let of_group: f64 = groups
        .iter()
        .map(|group| (group.len() as f64).powi(2))
        .sum();
    let size = (n - of_group / n) / (k - 1.0);
    let variance = (between / (k - 1.0) - within / (n - k)) / size;
    Some(LayoutEffect {
        package: series.package.clone(),
        name: series.name.clone(),
        deviation: variance.max(0.0).sqrt(),
        layouts: groups.len(),
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::super::{Contention, Round, Sample};
    use super::*;

    #[test]
    fn layouts_are_told_from_noise() {
        let series = |seconds: &[f64]| Series {
            rounds: (seconds.iter().enumerate())
                .map(|(at, &seconds)| Round {
                    layout: at % 2,
                    samples: vec![Sample {
                        arm: Arm::Old,
                        iterations: 1,
                        values: vec![("sec/op".to_owned(), seconds)],
                        contention: Contention::default(),
                    }],
                })
                .collect(),
            ..Series::default()
        };
        let found = layout_effects(&[
            series(&[1.0, 1.2, 1.0, 1.2]),
            series(&[1.0, 1.0, 1.2, 1.2]),
            series(&[1.0, 1.2]),
        ]);
        assert_eq!(found.len(), 2, "one round per layout is not enough");
        assert!((found[0].deviation - 0.129).abs() < 1e-3, "{found:?}");
        assert!(found[1].deviation == 0.0, "{found:?}");
    }
}
