//! Edges: calls between nodes with their weights.

use base::Idx;
use profile::{Profile, SampleId};

use super::nodes::{NodeId, NodeTable};
use super::pairs::{Entry, PairMap, hash_pair};
use super::parts::in_parts;
use super::values::{Measure, divide};

/// A call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Edge {
    /// The caller.
    pub(crate) source: NodeId,
    /// The callee.
    pub(crate) target: NodeId,
    pub(crate) weight: i64,
    pub(crate) divisor: i64,
    /// It stands for a path through nodes that are left out.
    pub(crate) residual: bool,
    /// All its calls were inlined.
    pub(crate) inline: bool,
}

impl Edge {
    /// The weight, or its mean.
    pub(crate) fn weight_value(&self) -> i64 {
        divide(self.weight, self.divisor)
    }
}

/// The edges to collect.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    All,
    /// Those to these nodes.
    Into(&'a [bool]),
    /// Those from or to these nodes.
    Touching(&'a [bool]),
}

/// The edges among the nodes of `kept`; `None` keeps all. A sample counts once per edge, and calls
/// of a node to itself not at all. They come in the order in which the samples show them.
pub(crate) fn collect_edges(
    profile: &Profile,
    table: &NodeTable,
    measure: Measure,
    kept: Option<&[bool]>,
    wanted: Wanted<'_>,
) -> Vec<Edge> {
    let calls = Calls::new(profile, table, measure, kept, wanted);
    sum_edges(&calls, &|_| true)
}

/// As [`collect_edges`], but without some or all of the edges whose weight is below `cutoff`.
///
/// A large profile has far more edges than fit into the caches, and few that are heavy. So a first
/// pass adds up the magnitudes of all edges that share a bucket; what is in a light bucket is
/// light.
pub(crate) fn collect_heavy_edges(
    profile: &Profile,
    table: &NodeTable,
    measure: Measure,
    kept: Option<&[bool]>,
    wanted: Wanted<'_>,
    cutoff: i64,
) -> Vec<Edge> {
    let calls = Calls::new(profile, table, measure, kept, wanted);
    let cutoff = cutoff.unsigned_abs();
    if profile.samples.len() < MIN_SAMPLES_TO_WEIGH || calls.mean_bucket() >= cutoff {
        return sum_edges(&calls, &|_| true);
    }
    let heavy = heavy_buckets(&calls, cutoff);
    sum_edges(&calls, &|key| heavy[bucket_of(key)])
}

/// The stacks as the nodes that are kept.
///
/// Whether a node is kept and whether its edges are wanted looks random to the processor when it
/// goes through the stacks. So both are settled here, once per location.
struct Calls<'a> {
    profile: &'a Profile,
    measure: Measure,
    /// Where each location's nodes start; one more than there are locations.
    starts: Vec<u32>,
    /// The kept nodes of all locations, outermost first.
    nodes: Vec<u32>,
    /// Of each of them.
    flags: Vec<u8>,
    /// By location: the innermost node is not kept.
    ends_residual: Vec<bool>,
}

/// The node is not the outermost of its location.
const INLINE: u8 = 1;
/// The node before it, in the same location, is not kept.
const RESIDUAL: u8 = 2;
/// Calls to it are wanted.
const INTO: u8 = 4;
/// Calls from it are wanted.
const FROM: u8 = 8;

/// A call in the stack of a sample.
struct Call {
    /// Caller and callee.
    key: (u32, u32),
    is_wanted: bool,
    residual: bool,
    inline: bool,
}

impl<'a> Calls<'a> {
    fn new(
        profile: &'a Profile,
        table: &NodeTable,
        measure: Measure,
        kept: Option<&[bool]>,
        wanted: Wanted<'_>,
    ) -> Self {
        let mut calls = Self {
            profile,
            measure,
            starts: vec![0],
            nodes: Vec::new(),
            flags: Vec::new(),
            ends_residual: Vec::new(),
        };
        for location in profile.locations.ids() {
            let nodes = table.of(location);
            let mut residual = false;
            for (position, &node) in nodes.iter().enumerate().rev() {
                if kept.is_some_and(|kept| !kept[node.index()]) {
                    residual = true;
                    continue;
                }
                let (into, from) = match wanted {
                    Wanted::All => (true, false),
                    Wanted::Into(nodes) => (nodes[node.index()], false),
                    Wanted::Touching(nodes) => (nodes[node.index()], nodes[node.index()]),
                };
                let inline = position + 1 != nodes.len();
                let flag = |flag: u8, is_set: bool| if is_set { flag } else { 0 };
                calls.nodes.push(node.index() as u32);
                calls.flags.push(
                    flag(INLINE, inline)
                        | flag(RESIDUAL, residual)
                        | flag(INTO, into)
                        | flag(FROM, from),
                );
                residual = false;
            }
            calls.starts.push(calls.nodes.len() as u32);
            calls.ends_residual.push(residual);
        }
        calls
    }

    /// About what a bucket weighs: hardly any is light if that is more than the cut-off, as where
    /// a difference is small beside what it is the difference of.
    fn mean_bucket(&self) -> u64 {
        let samples = &self.profile.samples;
        let mass = samples.ids().fold(0_u64, |mass, sample| {
            let (weight, _) = self.measure.of(self.profile, sample);
            let depth = samples.stack(sample).len() as u64;
            mass.saturating_add(weight.unsigned_abs().saturating_mul(depth))
        });
        mass / N_BUCKETS as u64
    }

    /// The samples that have a value, with value and divisor.
    fn valued<'s>(
        &'s self,
        samples: &'s mut dyn Iterator<Item = SampleId>,
    ) -> impl Iterator<Item = (SampleId, (i64, i64))> + 's {
        let value = |sample| (sample, self.measure.of(self.profile, sample));
        samples.map(value).filter(|(_, value)| *value != (0, 0))
    }

    /// The calls of a sample, from the root.
    #[inline]
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "no branches: none of this can be foreseen by the processor"
    )]
    fn of(&self, sample: SampleId, mut each: impl FnMut(Call)) {
        // No node's, and there is no call from it.
        let mut parent = u32::MAX;
        let mut from = false;
        let mut residual = false;
        for &location in self.profile.samples.stack(sample).iter().rev() {
            let at = location.index();
            let range = self.starts[at] as usize..self.starts[at + 1] as usize;
            for (&node, &flags) in self.nodes[range.clone()].iter().zip(&self.flags[range]) {
                let is_call = (parent != u32::MAX) & (parent != node);
                each(Call {
                    key: (parent, node),
                    is_wanted: is_call & (from | (flags & INTO != 0)),
                    residual: residual | (flags & RESIDUAL != 0),
                    inline: flags & INLINE != 0,
                });
                parent = node;
                from = flags & FROM != 0;
                residual = false;
            }
            residual |= self.ends_residual[at];
        }
    }
}

/// The sums of an edge.
#[derive(Clone, Copy)]
struct Sums {
    weight: i64,
    divisor: i64,
    /// The sample, counted from 1, that last added to it.
    seen: u32,
    residual: bool,
    inline: bool,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            weight: 0,
            divisor: 0,
            seen: 0,
            residual: false,
            inline: true,
        }
    }
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.weight = self.weight.wrapping_add(other.weight);
        self.divisor = self.divisor.wrapping_add(other.divisor);
        self.residual |= other.residual;
        self.inline &= other.inline;
    }
}

fn sum_edges(calls: &Calls<'_>, keep: &(impl Fn((u32, u32)) -> bool + Sync)) -> Vec<Edge> {
    let parts = in_parts(calls.profile, |samples| {
        let mut edges: PairMap<Sums> = PairMap::default();
        for (sample, (weight, divisor)) in calls.valued(samples) {
            let seen = sample.index() as u32 + 1;
            calls.of(sample, |call| {
                if !(call.is_wanted & keep(call.key)) {
                    return;
                }
                let sums = edges.or_insert_with(call.key, Sums::default);
                if sums.seen != seen {
                    sums.seen = seen;
                    sums.add(&Sums {
                        weight,
                        divisor,
                        seen,
                        residual: call.residual,
                        inline: call.inline,
                    });
                }
            });
        }
        edges
    });
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    for entry in parts.flat_map(|it| it.entries) {
        let sums = all.or_insert_with(entry.key, Sums::default);
        sums.add(&entry.value);
    }
    let edge = |Entry { key, value }: Entry<Sums>| Edge {
        source: NodeId::from_index(key.0 as usize),
        target: NodeId::from_index(key.1 as usize),
        weight: value.weight,
        divisor: value.divisor,
        residual: value.residual,
        inline: value.inline,
    };
    all.entries.into_iter().map(edge).collect()
}

/// Below this, an edge costs so little that a pass to avoid it costs more.
const MIN_SAMPLES_TO_WEIGH: usize = 10_000;

/// As many as fit into a second-level cache.
const N_BUCKETS: usize = 1 << 17;

fn bucket_of(key: (u32, u32)) -> usize {
    (hash_pair(key) >> (64 - N_BUCKETS.trailing_zeros())) as usize
}

/// The buckets whose edges may together weigh as much as the cut-off, which is not 0.
fn heavy_buckets(calls: &Calls<'_>, cutoff: u64) -> Vec<bool> {
    // In steps that small that rounding up to a whole one changes little.
    let step = (cutoff >> 16).max(1);
    let parts = in_parts(calls.profile, |samples| {
        let mut sums = vec![0_u32; N_BUCKETS];
        for (sample, (weight, _)) in calls.valued(samples) {
            let n_steps = weight.unsigned_abs().div_ceil(step);
            let n_steps = u32::try_from(n_steps).unwrap_or(u32::MAX);
            calls.of(sample, |call| {
                let sum = &mut sums[bucket_of(call.key)];
                *sum = sum.saturating_add(n_steps * u32::from(call.is_wanted));
            });
        }
        sums
    });
    let sum = |bucket: usize| {
        parts
            .iter()
            .map(|sums| u64::from(sums[bucket]))
            .sum::<u64>()
    };
    let cutoff = cutoff.div_ceil(step).min(u64::from(u32::MAX));
    (0..N_BUCKETS).map(|bucket| sum(bucket) >= cutoff).collect()
}
