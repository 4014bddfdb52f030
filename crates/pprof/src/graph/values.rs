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
    /// The magnitudes of all samples together are beyond 2^63, so sums may be, too.
    pub(crate) may_overflow: bool,
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
        self.cum = self.cum.saturating_add(value);
        self.cum_divisor = self.cum_divisor.saturating_add(divisor);
    }

    #[inline]
    pub(crate) fn add_flat(&mut self, (value, divisor): (i64, i64)) {
        self.flat = self.flat.saturating_add(value);
        self.flat_divisor = self.flat_divisor.saturating_add(divisor);
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
        value.saturating_div(divisor)
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
    node_sums(profile, table, measure, keep).values
}

/// The sums of all nodes over some samples, and how often they occur in them.
pub(crate) fn node_sums(
    profile: &Profile,
    table: &NodeTable,
    measure: Measure,
    keep: &(dyn Fn(SampleId) -> bool + Sync),
) -> NodeSums {
    let parts = in_parts(profile, measure, |samples| {
        let mut sums = Sums::new(table.len(), measure.mean);
        for sample in samples {
            let value = measure.of(profile, sample);
            if value != (0, 0) && keep(sample) {
                sums.add(profile.samples.stack(sample), table, sample, value);
            }
        }
        sums
    });
    let mut all = NodeSums {
        values: vec![Values::default(); table.len()],
        occurrences: vec![0; table.len()],
    };
    for part in parts {
        part.add_to(&mut all);
    }
    all
}

/// The sums of all nodes.
#[derive(Debug)]
pub(crate) struct NodeSums {
    pub(crate) values: Vec<Values>,
    /// How often each node occurs in the stacks of the samples that were summed, recursion counted.
    pub(crate) occurrences: Vec<u64>,
}

/// By node: no edge to it whose calls were all inlined weighs more, in magnitude; 0 for nodes that
/// were never inlined, at least 1 for others.
pub(crate) fn inline_bounds(profile: &Profile, table: &NodeTable, measure: Measure) -> Vec<u64> {
    // Sums by location are cheap, and nearly all bounds are too small to matter.
    let parts = in_parts(profile, measure, |samples| {
        let mut weights = vec![0_u64; profile.locations.len()];
        for sample in samples {
            let (value, _) = measure.of(profile, sample);
            for location in profile.samples.stack(sample) {
                let weight = &mut weights[location.index()];
                *weight = weight.saturating_add(value.unsigned_abs());
            }
        }
        weights
    });
    let mut bounds = vec![0_u64; table.len()];
    for location in profile.locations.ids() {
        let [inner @ .., _] = table.of(location) else {
            continue;
        };
        let weights = parts.iter().map(|part| part[location.index()]);
        let weight = weights.fold(0, u64::saturating_add).max(1);
        for node in inner {
            let bound = &mut bounds[node.index()];
            *bound = bound.saturating_add(weight);
        }
    }
    bounds
}

/// The sums of a part of the samples.
///
/// Most of the time goes into reaching the nodes of a stack in memory, so what is needed for each of
/// them lies together and takes 16 bytes.
struct Sums {
    cums: Vec<Cum>,
    flats: Vec<i64>,
    /// For `cums` and `flats`; empty unless means are taken.
    divisors: Vec<(i64, i64)>,
}

#[derive(Clone, Copy, Default)]
struct Cum {
    sum: i64,
    /// The sample, counted from 1, that last added to `sum`.
    seen: u32,
    /// How often the node occurs.
    count: u32,
}

impl Sums {
    fn new(n_nodes: usize, mean: bool) -> Self {
        Self {
            cums: vec![Cum::default(); n_nodes],
            flats: vec![0; n_nodes],
            divisors: vec![(0, 0); if mean { n_nodes } else { 0 }],
        }
    }

    #[inline]
    fn add(
        &mut self,
        stack: &[LocationId],
        table: &NodeTable,
        sample: SampleId,
        (value, divisor): (i64, i64),
    ) {
        let mark = sample.index() as u32 + 1;
        for &location in stack {
            for node in table.of(location) {
                let cum = &mut self.cums[node.index()];
                cum.count = cum.count.saturating_add(1);
                // No branch: the processor cannot foresee which functions are recursive.
                let is_first = cum.seen != mark;
                cum.seen = mark;
                cum.sum = cum.sum.saturating_add(if is_first { value } else { 0 });
                if let Some((of_cum, _)) = self.divisors.get_mut(node.index())
                    && is_first
                {
                    *of_cum = of_cum.saturating_add(divisor);
                }
            }
        }
        if let Some(leaf) = stack.first().and_then(|&it| table.of(it).first()) {
            let flat = &mut self.flats[leaf.index()];
            *flat = flat.saturating_add(value);
            if let Some((_, of_flat)) = self.divisors.get_mut(leaf.index()) {
                *of_flat = of_flat.saturating_add(divisor);
            }
        }
    }

    fn add_to(&self, all: &mut NodeSums) {
        let NodeSums {
            values,
            occurrences,
        } = all;
        for (at, (sum, occurrences)) in values.iter_mut().zip(occurrences).enumerate() {
            let (of_cum, of_flat) = self.divisors.get(at).copied().unwrap_or_default();
            sum.add_cum((self.cums[at].sum, of_cum));
            sum.add_flat((self.flats[at], of_flat));
            *occurrences += u64::from(self.cums[at].count);
        }
    }
}
