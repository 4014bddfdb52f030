//! The value of a sample that a report shows, and its sums per node.

use base::Idx;
use profile::{LocationId, Profile, SampleId};

use super::nodes::NodeTable;
use super::parts::in_parts;

/// The value of each sample that is summed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Measure {
    /// Position of the value.
    pub(crate) index: usize,
    /// Divide sums by those of the first value.
    pub(crate) mean: bool,
}

impl Measure {
    /// A sample's value and divisor; without `mean` the latter is 0.
    #[inline]
    pub(crate) fn of(self, profile: &Profile, sample: SampleId) -> (i64, i64) {
        let values = profile.samples.values(sample);
        let divisor = if self.mean { values[0] } else { 0 };
        (values[self.index], divisor)
    }
}

/// Sums of one node.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Values {
    pub(crate) flat: i64,
    pub(crate) flat_divisor: i64,
    pub(crate) cum: i64,
    pub(crate) cum_divisor: i64,
}

impl Values {
    /// `flat`, or its mean.
    pub(crate) fn flat_value(&self) -> i64 {
        divide(self.flat, self.flat_divisor)
    }

    /// `cum`, or its mean.
    pub(crate) fn cum_value(&self) -> i64 {
        divide(self.cum, self.cum_divisor)
    }

    #[inline]
    pub(crate) fn add_cum(&mut self, (value, divisor): (i64, i64)) {
        self.cum = self.cum.wrapping_add(value);
        self.cum_divisor = self.cum_divisor.wrapping_add(divisor);
    }

    #[inline]
    pub(crate) fn add_flat(&mut self, (value, divisor): (i64, i64)) {
        self.flat = self.flat.wrapping_add(value);
        self.flat_divisor = self.flat_divisor.wrapping_add(divisor);
    }

    /// Whether a node of these values shows at all.
    pub(crate) fn shows(&self, drop_negative: bool) -> bool {
        let negative = self.flat < 0 || (self.flat == 0 && self.cum < 0);
        (self.cum != 0 || self.flat != 0) && !(drop_negative && negative)
    }
}

/// A sum by its divisor; 0 divides by nothing.
pub(crate) fn divide(value: i64, divisor: i64) -> i64 {
    if divisor == 0 {
        value
    } else {
        value.wrapping_div(divisor)
    }
}

/// The sums of all nodes over all samples.
pub(crate) fn node_values(profile: &Profile, table: &NodeTable, measure: Measure) -> Vec<Values> {
    node_values_of(profile, table, measure, &|_| true)
}

/// The sums of all nodes over some samples.
pub(crate) fn node_values_of(
    profile: &Profile,
    table: &NodeTable,
    measure: Measure,
    keep: &(dyn Fn(SampleId) -> bool + Sync),
) -> Vec<Values> {
    let parts = in_parts(profile, |samples| {
        let mut sums = Sums {
            values: vec![Values::default(); table.len()],
            seen: vec![0; table.len()],
        };
        for sample in samples {
            let value = measure.of(profile, sample);
            if value != (0, 0) && keep(sample) {
                sums.add(profile.samples.stack(sample), table, sample, value);
            }
        }
        sums.values
    });
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    for part in parts {
        for (sum, values) in all.iter_mut().zip(&part) {
            sum.add_cum((values.cum, values.cum_divisor));
            sum.add_flat((values.flat, values.flat_divisor));
        }
    }
    all
}

struct Sums {
    values: Vec<Values>,
    /// The sample, counted from 1, that last added to a node's cum.
    seen: Vec<u32>,
}

impl Sums {
    fn add(
        &mut self,
        stack: &[LocationId],
        table: &NodeTable,
        sample: SampleId,
        value: (i64, i64),
    ) {
        let mark = sample.index() as u32 + 1;
        for &location in stack {
            for node in table.of(location) {
                let at = node.index();
                if self.seen[at] != mark {
                    self.seen[at] = mark;
                    self.values[at].add_cum(value);
                }
            }
        }
        if let Some(leaf) = stack.first().and_then(|&it| table.of(it).first()) {
            self.values[leaf.index()].add_flat(value);
        }
    }
}
