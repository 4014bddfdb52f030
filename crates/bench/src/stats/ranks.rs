//! Two samples in one order.

/// Ranks of the first of two samples.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    /// Sizes of the groups of equal values, in ascending order of value.
    pub(super) groups: Vec<u32>,
    /// Sum of the first sample's ranks, ties at the middle of theirs.
    pub(super) first: f64,
}

impl Ranks {
    /// Ranks two sorted samples; keeps the buffer.
    pub(super) fn rank(&mut self, first: &[f64], second: &[f64]) {
        self.groups.clear();
        self.first = 0.0;
        let (mut i, mut j) = (0, 0);
        while i < first.len() || j < second.len() {
            let value = match (first.get(i), second.get(j)) {
                (Some(a), Some(b)) => a.min(*b),
                (Some(only), None) | (None, Some(only)) => *only,
                (None, None) => break,
            };
            let below = i + j;
            let ours = count_equal(&first[i..], value);
            let group = ours + count_equal(&second[j..], value);
            i += ours;
            j += group - ours;
            let rank = (below + 1 + below + group) as f64 / 2.0;
            self.first += rank * ours as f64;
            // NaN equals nothing; callers keep it out, and here it must not stop the walk.
            if group == 0 {
                break;
            }
            self.groups.push(group as u32);
        }
    }

    pub(super) fn has_ties(&self) -> bool {
        self.groups.iter().any(|&group| group > 1)
    }
}

#[expect(clippy::float_cmp, reason = "ties are equal measurements")]
fn count_equal(sorted: &[f64], value: f64) -> usize {
    sorted.iter().take_while(|other| **other == value).count()
}
