//! Samples as columns: values, stacks and labels side by side.

use std::sync::Arc;

use base::{Idx, List};

use crate::labels::LabelSetId;
use crate::model::LocationId;

base::typed_id! {
    /// A sample, counted in the order of the file.
    pub struct SampleId;
}

/// One sample, borrowed from [`Samples`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample<'a> {
    /// One value per sample type.
    pub values: &'a [i64],
    /// The call stack, leaf first.
    pub stack: &'a [LocationId],
    pub labels: LabelSetId,
}

/// All samples of a profile.
///
/// Each has as many values as the profile has sample types, a stack that is a slice of one
/// shared array (so that cutting it costs nothing), and the id of its labels. Clones share that
/// array, which is most of a profile, and the values, until one of them changes these.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    n_values: usize,
    values: Arc<Vec<i64>>,
    stacks: Vec<List<LocationId>>,
    locations: Arc<Vec<LocationId>>,
    labels: Vec<LabelSetId>,
}

impl Samples {
    /// No samples yet, of `n_values` values each.
    pub fn new(n_values: usize) -> Self {
        Self {
            n_values,
            ..Self::default()
        }
    }

    pub fn len(&self) -> usize {
        self.stacks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty()
    }

    /// Values per sample.
    pub fn n_values(&self) -> usize {
        self.n_values
    }

    pub fn ids(&self) -> impl ExactSizeIterator<Item = SampleId> + use<> {
        (0..self.stacks.len()).map(SampleId::from_index)
    }

    pub fn get(&self, id: SampleId) -> Sample<'_> {
        Sample {
            values: self.values(id),
            stack: self.stack(id),
            labels: self.labels(id),
        }
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = Sample<'_>> {
        self.ids().map(|id| self.get(id))
    }

    /// One value for each of [`Profile::sample_types`](crate::Profile::sample_types), in its unit.
    pub fn values(&self, id: SampleId) -> &[i64] {
        &self.values[id.index() * self.n_values..][..self.n_values]
    }

    pub fn values_mut(&mut self, id: SampleId) -> &mut [i64] {
        let n_values = self.n_values;
        &mut Arc::make_mut(&mut self.values)[id.index() * n_values..][..n_values]
    }

    /// The call stack, leaf first.
    pub fn stack(&self, id: SampleId) -> &[LocationId] {
        &self.locations[self.stacks[id.index()].range()]
    }

    /// The labels of a sample, shared by all samples that have the same.
    pub fn labels(&self, id: SampleId) -> LabelSetId {
        self.labels[id.index()]
    }

    pub fn set_labels(&mut self, id: SampleId, labels: LabelSetId) {
        self.labels[id.index()] = labels;
    }

    /// Adds a sample. Missing values count as 0, extra ones are ignored.
    pub fn push(&mut self, stack: &[LocationId], values: &[i64], labels: LabelSetId) -> SampleId {
        debug_assert_eq!(values.len(), self.n_values);
        let id = SampleId::from_index(self.stacks.len());
        let locations = Arc::make_mut(&mut self.locations);
        let start = locations.len();
        locations.extend_from_slice(stack);
        self.stacks.push(List::between(start, locations.len()));
        let all = Arc::make_mut(&mut self.values);
        all.extend(values.iter().take(self.n_values));
        all.resize(self.stacks.len() * self.n_values, 0);
        self.labels.push(labels);
        id
    }

    /// Keeps only `kept`, a range of positions in the sample's stack; 0 is the leaf.
    pub fn trim_stack(&mut self, id: SampleId, kept: std::ops::Range<usize>) {
        let stack = &mut self.stacks[id.index()];
        *stack = stack.slice(kept);
    }

    /// Removes one location from a stack; 0 is the leaf.
    pub(crate) fn remove_from_stack(&mut self, id: SampleId, position: usize) {
        let stack = self.stacks[id.index()];
        let range = stack.slice(position..usize::MAX).range();
        if !range.is_empty() {
            Arc::make_mut(&mut self.locations)[range].rotate_left(1);
            self.stacks[id.index()] = stack.slice(0..stack.len() - 1);
        }
    }

    /// Removes from every stack the locations for which `keep` is false.
    pub fn retain_locations(&mut self, keep: impl Fn(LocationId) -> bool) {
        let locations = Arc::make_mut(&mut self.locations);
        for stack in &mut self.stacks {
            let range = stack.range();
            let mut end = range.start;
            for position in range.clone() {
                let location = locations[position];
                if keep(location) {
                    locations[end] = location;
                    end += 1;
                }
            }
            *stack = List::between(range.start, end);
        }
    }

    /// Removes the samples for which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(SampleId, Sample<'_>) -> bool) {
        let mut kept = 0;
        for index in 0..self.stacks.len() {
            let id = SampleId::from_index(index);
            if !keep(id, self.get(id)) {
                continue;
            }
            self.stacks[kept] = self.stacks[index];
            self.labels[kept] = self.labels[index];
            if kept < index {
                let from = index * self.n_values;
                Arc::make_mut(&mut self.values)
                    .copy_within(from..from + self.n_values, kept * self.n_values);
            }
            kept += 1;
        }
        self.stacks.truncate(kept);
        self.labels.truncate(kept);
        if kept * self.n_values < self.values.len() {
            Arc::make_mut(&mut self.values).truncate(kept * self.n_values);
        }
    }

    /// Gives every sample the values at these positions, in this order.
    pub(crate) fn select_values(&mut self, positions: &[usize]) {
        let mut values = Vec::with_capacity(self.len() * positions.len());
        for id in self.ids() {
            let old = self.values(id);
            values.extend(positions.iter().map(|&position| old[position]));
        }
        self.values = Arc::new(values);
        self.n_values = positions.len();
    }

    /// The columns as the decoder fills them: `stacks` must lie within `locations`, and `values`
    /// hold `n_values` for each of them.
    pub(crate) fn from_columns(
        n_values: usize,
        values: Vec<i64>,
        stacks: Vec<List<LocationId>>,
        locations: Vec<LocationId>,
        labels: Vec<LabelSetId>,
    ) -> Self {
        debug_assert_eq!(values.len(), stacks.len() * n_values);
        debug_assert_eq!(labels.len(), stacks.len());
        Self {
            n_values,
            values: Arc::new(values),
            stacks,
            locations: Arc::new(locations),
            labels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Samples {
        let location = LocationId::from_index;
        let mut samples = Samples::new(2);
        samples.push(&[location(0), location(1)], &[1, 10], LabelSetId::EMPTY);
        samples.push(&[location(2)], &[2, 20], LabelSetId::EMPTY);
        samples.push(
            &[location(1), location(0), location(1)],
            &[3, 30],
            LabelSetId::EMPTY,
        );
        samples
    }

    fn stacks(samples: &Samples) -> Vec<Vec<usize>> {
        let stack = |id| samples.stack(id).iter().map(|it| it.index()).collect();
        samples.ids().map(stack).collect()
    }

    #[test]
    fn retain_moves_all_columns() {
        let mut samples = three();
        samples.retain(|_, sample| sample.values[0] != 2);
        assert_eq!(stacks(&samples), [vec![0, 1], vec![1, 0, 1]]);
        assert_eq!(samples.values(SampleId::from_index(1)), [3, 30]);
        assert_eq!(samples.len(), 2);
    }

    #[test]
    fn stacks_can_lose_locations_and_ends() {
        let mut samples = three();
        samples.retain_locations(|location| location.index() != 0);
        assert_eq!(stacks(&samples), [vec![1], vec![2], vec![1, 1]]);
        samples.trim_stack(SampleId::from_index(2), 1..9);
        samples.trim_stack(SampleId::from_index(0), 1..1);
        assert_eq!(stacks(&samples), [vec![], vec![2], vec![1]]);
    }

    #[test]
    fn values_can_be_reordered() {
        let mut samples = three();
        samples.select_values(&[1]);
        assert_eq!(samples.values(SampleId::from_index(2)), [30]);
    }
}
