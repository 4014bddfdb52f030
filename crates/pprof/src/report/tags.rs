//! `tags`: how much each label's values stand for.

use std::collections::BTreeMap;
use std::fmt::Write;

use profile::{LabelValue, units};

use super::Report;
use crate::graph::{Tag, Values, sort_tags};

impl Report<'_> {
    pub(super) fn tags(&mut self) -> String {
        let mut rows: Vec<Vec<String>> = Vec::new();
        for (key, values) in self.label_sums() {
            let key_total = values.values().fold(0_i64, |sum, it| sum.wrapping_add(*it));
            let mut total = format!(
                " Total {} of {}",
                self.format_value(key_total),
                self.format_value(self.total)
            );
            if self.total > 0 {
                write!(total, " ({})", self.share(key_total)).ok();
            }
            rows.push(vec![format!("{key}:"), total]);
            let tag = |(name, flat): (String, i64)| Tag {
                name,
                unit: String::new(),
                value: 0,
                values: Values {
                    flat,
                    ..Values::default()
                },
            };
            let mut tags: Vec<Tag> = values.into_iter().map(tag).collect();
            sort_tags(&mut tags, true);
            for tag in tags {
                let mut value = self.format_value(tag.values.flat);
                if self.total > 0 {
                    write!(value, " ({})", self.share(tag.values.flat)).ok();
                }
                rows.push(vec![
                    " ".to_owned(),
                    format!("{value}:"),
                    format!(" {}", tag.name),
                ]);
            }
            rows.push(vec![String::new()]);
        }
        aligned_right(&rows)
    }

    /// The sum of the values of all samples per label and value.
    fn label_sums(&self) -> BTreeMap<String, BTreeMap<String, i64>> {
        let profile = &self.profile;
        let mut of_set = vec![(0_i64, false); profile.label_sets.len()];
        for sample in profile.samples.iter() {
            let sum = &mut of_set[base::Idx::index(sample.labels)];
            sum.0 = sum
                .0
                .wrapping_add(sample.values[self.options.measure.index]);
            sum.1 = true;
        }
        let mut sums: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        for (set, (value, used)) in profile.label_sets.ids().zip(of_set) {
            for label in profile.label_sets.get(set).iter().filter(|_| used) {
                let key = profile.strings.text(label.key).into_owned();
                let text = match label.value {
                    LabelValue::Str(text) => profile.strings.text(text).into_owned(),
                    LabelValue::Num { value, .. } => {
                        let unit = self.options.label_units.get(&key);
                        units::label(value, unit, &self.options.output_unit)
                    }
                };
                let sum = sums.entry(key).or_default().entry(text).or_default();
                *sum = sum.wrapping_add(value);
            }
        }
        sums
    }
}

/// Rows of cells; all but a row's last one are padded on the left to the width of their column,
/// which is that of the block of consecutive rows that have it, plus one.
fn aligned_right(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<Vec<usize>> = rows.iter().map(|row| vec![0; row.len() - 1]).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..columns {
        let mut start = 0;
        while start < rows.len() {
            if widths[start].len() <= column {
                start += 1;
                continue;
            }
            let block = widths[start..]
                .iter()
                .take_while(|it| it.len() > column)
                .count();
            let cells = rows[start..start + block]
                .iter()
                .map(|row| row[column].chars().count());
            let width = cells.max().unwrap_or(0);
            let width = if width == 0 { 0 } else { width + 1 };
            for row in &mut widths[start..start + block] {
                row[column] = width;
            }
            start += block;
        }
    }
    let mut out = String::new();
    for (row, widths) in rows.iter().zip(&widths) {
        for (cell, width) in row.iter().zip(widths) {
            write!(out, "{cell:>width$}").ok();
        }
        out.push_str(row.last().map_or("", String::as_str));
        out.push('\n');
    }
    out
}
