//! `diff`: each node before and now.

use std::fmt::Write;

use base::Idx;
use profile::SampleId;

use super::{Report, shortened};
use crate::graph::{NodeInfo, Values, node_values_of};

/// A node with both values.
struct Row {
    name: String,
    old: i64,
    new: i64,
}

impl Report<'_> {
    /// The table, largest change first. The base is what `-diff_base` brought; without it, what is
    /// negative.
    pub(super) fn diff(&mut self) -> String {
        let table = self.node_table();
        let of_base = self.base_samples();
        let sums = |base: bool| {
            let keep = |id: SampleId| of_base[id.index()] == base;
            node_values_of(&self.profile, &table, self.options.measure, &keep)
        };
        let (old, new) = (sums(true), sums(false));
        let value = |values: &Values| {
            if self.options.cum_sort {
                values.cum_value()
            } else {
                values.flat_value()
            }
        };
        let row = |(index, info): (usize, &NodeInfo)| Row {
            name: info.printable(&self.profile.strings),
            old: value(&old[index]).wrapping_neg(),
            new: value(&new[index]),
        };
        let mut rows: Vec<Row> = table.infos.iter().enumerate().map(row).collect();
        rows.retain(|it| (it.old, it.new) != (0, 0));
        if self.options.drop_negative {
            rows.retain(|it| it.new >= it.old);
        }
        let change = |it: &Row| it.new.wrapping_sub(it.old);
        rows.sort_by(|a, b| {
            let magnitude = |it: &Row| std::cmp::Reverse(change(it).wrapping_abs());
            magnitude(a)
                .cmp(&magnitude(b))
                .then_with(|| a.name.cmp(&b.name))
        });
        let n_all = rows.len();
        if self.options.node_count > 0 {
            rows.truncate(self.options.node_count);
        }
        self.fit_unit(&rows);
        let mut out = self.profile_labels().join("\n");
        out.push('\n');
        for filter in &self.options.active_filters {
            writeln!(out, "   {}", shortened(filter)).ok();
        }
        if rows.len() < n_all {
            writeln!(out, "Showing top {} nodes out of {n_all}", rows.len()).ok();
        }
        let what = if self.options.cum_sort { "cum" } else { "flat" };
        writeln!(
            out,
            "{:>12} {:>12} {:>12} {:>9}  {what}",
            "old", "new", "delta", "delta%"
        )
        .ok();
        for row in &rows {
            let delta = change(row);
            writeln!(
                out,
                "{:>12} {:>12} {:>12} {:>9}  {}",
                self.format_value(row.old),
                self.format_value(row.new),
                signed(&self.format_value(delta), delta),
                relative(row.old, delta),
                row.name
            )
            .ok();
        }
        out
    }

    /// Whether each sample is of the base.
    pub(super) fn base_samples(&self) -> Vec<bool> {
        let profile = &self.profile;
        let is_base: Vec<bool> = profile
            .label_sets
            .ids()
            .map(|set| profile.is_diff_base(set))
            .collect();
        let labelled = |id: SampleId| is_base[profile.samples.labels(id).index()];
        let any = profile.samples.ids().any(labelled);
        let negative = |id: SampleId| self.options.measure.of(profile, id).0 < 0;
        profile
            .samples
            .ids()
            .map(|id| if any { labelled(id) } else { negative(id) })
            .collect()
    }

    fn fit_unit(&mut self, rows: &[Row]) {
        if self.options.output_unit != "minimum" {
            return;
        }
        let largest = rows
            .iter()
            .map(|it| it.new.wrapping_abs().max(it.old.wrapping_abs()))
            .max();
        let unit = &self.options.sample_unit;
        let (_, fitted) = profile::units::scale(largest.unwrap_or(0), unit, "auto");
        self.options.output_unit = if fitted.is_empty() {
            unit.clone()
        } else {
            fitted.to_owned()
        };
    }
}

fn signed(text: &str, value: i64) -> String {
    if value > 0 {
        format!("+{text}")
    } else {
        text.to_owned()
    }
}

/// The change as a share of the old value.
fn relative(old: i64, delta: i64) -> String {
    match (old, delta) {
        (_, 0) => "0%".to_owned(),
        (0, _) => "new".to_owned(),
        _ => format!("{:+.2}%", delta as f64 / (old as f64).abs() * 100.0),
    }
}
