//! Values multiplied, and profiles marked as the base of a comparison.
//!
//! Source: google/pprof `profile/profile.go` (`ScaleN`), `profile/merge.go` (`Normalize`).

use crate::labels::{Label, LabelSetId, LabelValue};
use crate::merge::MergeError;
use crate::model::{Profile, ValueType};
use crate::strings::StrId;

/// The label by which pprof knows the samples of a `-diff_base`.
const BASE_LABEL: (&[u8], &[u8]) = (b"pprof::base", b"true");

impl Profile {
    /// Multiplies all values, rounding half away from zero, and removes the samples whose
    /// values all became 0.
    pub fn scale(&mut self, ratio: f64) {
        self.scale_values(&vec![ratio; self.sample_types.len()]);
    }

    /// Multiplies each column of values by its ratio, of which there is one per sample type.
    ///
    /// As in pprof, values of ratio 1 do not save a sample whose other values became 0.
    pub fn scale_values(&mut self, ratios: &[f64]) {
        debug_assert_eq!(ratios.len(), self.sample_types.len());
        #[expect(clippy::float_cmp, reason = "only exactly 1 changes nothing")]
        let is_one = |ratio: f64| ratio == 1.0;
        if ratios.iter().all(|&ratio| is_one(ratio)) {
            return;
        }
        for id in self.samples.ids() {
            for (value, &ratio) in self.samples.values_mut(id).iter_mut().zip(ratios) {
                if !is_one(ratio) {
                    *value = to_integer((*value as f64 * ratio).round());
                }
            }
        }
        self.samples.retain(|_, sample| {
            let mut values = sample.values.iter().zip(ratios);
            values.any(|(&value, &ratio)| value != 0 && !is_one(ratio))
        });
    }

    /// Keeps only the values at these positions, in this order, and their types.
    pub fn select_sample_types(&mut self, positions: &[usize]) {
        let n_types = self.sample_types.len();
        debug_assert!(positions.iter().all(|&it| it < n_types));
        self.samples.select_values(positions);
        let types = positions.iter().map(|&it| self.sample_types[it]);
        self.sample_types = types.collect();
        let is_default = |it: &ValueType| it.kind == self.default_sample_type;
        if !self.sample_types.iter().any(is_default) {
            self.default_sample_type = StrId::EMPTY;
        }
    }

    /// Scales every column so that its sum becomes that of `base`; a column without a sum
    /// becomes 0.
    pub fn normalize(&mut self, base: &Self) -> Result<(), MergeError> {
        self.check_compatible(base)?;
        let ratios: Vec<f64> = self
            .sums()
            .into_iter()
            .zip(base.sums())
            .map(|(own, base)| {
                if own == 0 {
                    0.0
                } else {
                    base as f64 / own as f64
                }
            })
            .collect();
        self.scale_values(&ratios);
        Ok(())
    }

    /// The sum of each column of values.
    pub fn sums(&self) -> Vec<i64> {
        let mut sums = vec![0_i64; self.sample_types.len()];
        for sample in self.samples.iter() {
            for (sum, &value) in sums.iter_mut().zip(sample.values) {
                *sum = sum.saturating_add(value);
            }
        }
        sums
    }

    /// Gives all samples this one value under the key, instead of any they had.
    pub fn set_label(&mut self, key: &[u8], value: &[u8]) {
        let key = self.strings.intern(key);
        let value = self.strings.intern(value);
        self.map_labels(|labels| {
            labels.retain(|it| it.key != key || it.is_num());
            labels.push(Label::str(key, value));
        });
    }

    /// Removes the text labels of that key from all samples.
    pub fn remove_label(&mut self, key: &[u8]) {
        if let Some(key) = self.strings.find(key) {
            self.map_labels(|labels| labels.retain(|it| it.key != key || it.is_num()));
        }
    }

    /// Marks all samples as the base of a comparison; see
    /// [`is_diff_base`](Self::is_diff_base).
    pub fn mark_diff_base(&mut self) {
        self.set_label(BASE_LABEL.0, BASE_LABEL.1);
    }

    /// Whether samples with these labels belong to the base of a comparison.
    pub fn is_diff_base(&self, labels: LabelSetId) -> bool {
        let find = |text| self.strings.find(text);
        let (Some(key), Some(value)) = (find(BASE_LABEL.0), find(BASE_LABEL.1)) else {
            return false;
        };
        self.label_sets
            .get(labels)
            .contains(&Label::str(key, value))
    }

    /// The values of a text label in a label set.
    pub fn label_values(&self, labels: LabelSetId, key: StrId) -> impl Iterator<Item = StrId> {
        let labels = self.label_sets.get(labels).iter();
        labels.filter_map(move |label| match label.value {
            LabelValue::Str(value) if label.key == key => Some(value),
            LabelValue::Str(_) | LabelValue::Num { .. } => None,
        })
    }

    /// Changes the labels of all samples, each distinct set once.
    pub(crate) fn map_labels(&mut self, mut change: impl FnMut(&mut Vec<Label>)) {
        let mut new = Vec::with_capacity(self.label_sets.len());
        for id in self.label_sets.ids() {
            let mut labels = self.label_sets.get(id).to_vec();
            change(&mut labels);
            new.push(self.label_sets.intern(&mut labels, &self.strings));
        }
        for id in self.samples.ids() {
            let old = base::Idx::index(self.samples.labels(id));
            self.samples.set_labels(id, new[old]);
        }
    }
}

/// To an integer as Go does on amd64, where whatever does not fit becomes the smallest one.
pub(crate) fn to_integer(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(rows: &[[i64; 2]]) -> Profile {
        let mut profile = Profile::with_sample_types(&[("samples", "count"), ("cpu", "ns")]);
        for row in rows {
            profile.samples.push(&[], row, LabelSetId::EMPTY);
        }
        profile
    }

    fn rows(profile: &Profile) -> Vec<Vec<i64>> {
        profile
            .samples
            .iter()
            .map(|it| it.values.to_vec())
            .collect()
    }

    #[test]
    fn scaling_rounds_half_away_from_zero_and_drops_what_became_zero() {
        let mut scaled = profile(&[[1, 5], [-1, -5], [0, 0]]);
        scaled.scale(0.5);
        assert_eq!(rows(&scaled), [[1, 3], [-1, -3]]);
        let mut by_column = profile(&[[1, 5], [7, 0]]);
        by_column.scale_values(&[1.0, -1.0]);
        assert_eq!(rows(&by_column), [[1, -5]]);
    }

    #[test]
    fn normalizing_gives_the_sums_of_the_base() {
        let mut source = profile(&[[1, 0], [3, 0]]);
        source.normalize(&profile(&[[8, 9]])).unwrap();
        assert_eq!(rows(&source), [[2, 0], [6, 0]]);
    }

    #[test]
    fn values_can_be_selected() {
        let mut selected = profile(&[[1, 5], [2, 0]]);
        selected.default_sample_type = selected.sample_types[0].kind;
        selected.select_sample_types(&[1]);
        assert_eq!(rows(&selected), [[5], [0]]);
        assert_eq!(
            (selected.sample_types.len(), selected.default_sample_index()),
            (1, Some(0))
        );
    }

    #[test]
    fn base_samples_are_known_by_their_label() {
        let mut marked = profile(&[[1, 1]]);
        assert!(!marked.is_diff_base(LabelSetId::EMPTY));
        marked.mark_diff_base();
        let id = marked.samples.ids().next().unwrap();
        assert!(marked.is_diff_base(marked.samples.labels(id)));
        assert!(!marked.is_diff_base(LabelSetId::EMPTY));
        marked.remove_label(b"pprof::base");
        assert_eq!(marked.samples.labels(id), LabelSetId::EMPTY);
    }
}
