//! Edges: the values of calls, summed per caller and callee.
//!
//! A large profile has far more calls than fit into the caches, so a table of all edges is slow:
//! each call would be looked up somewhere else in it. Instead the nodes of a *range* are divided into
//! *parts*, each of consecutive nodes and with so few edges that its table fits into the caches. A
//! call is written to the end of its part's list, and the calls of a list are summed together.

use std::ops::Range;

use base::Idx;
use profile::{Profile, SampleId};
use rayon::prelude::*;

use super::nodes::{NodeId, NodeTable};
use super::pairs::PairMap;
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
    /// Those to these nodes that weigh at least as much.
    Into(&'a [bool], i64),
    /// Those from or to these nodes.
    Touching(&'a [bool]),
}

/// The edges among the kept nodes that are wanted. Those to one node are consecutive, and so are
/// those from one node to others that are not wanted themselves.
pub(crate) fn collect_edges(calls: &Calls<'_>, wanted: Wanted<'_>) -> Vec<Edge> {
    let all = (0..calls.occurrences.len()).map(NodeId::from_index);
    let all = all.filter(|id| calls.occurs(*id));
    let of = |mask: &[bool]| {
        all.clone()
            .filter(|it| mask[it.index()])
            .collect::<Vec<_>>()
    };
    match wanted {
        Wanted::All => calls.collect(End::Callee, &all.collect::<Vec<_>>(), &|_| true),
        Wanted::Into(nodes, least) => {
            let is_heavy = |it: &Edge| it.weight.saturating_abs() >= least;
            calls.collect(End::Callee, &of(nodes), &is_heavy)
        }
        Wanted::Touching(nodes) => {
            let order = of(nodes);
            let mut edges = calls.collect(End::Callee, &order, &|_| true);
            let is_new = |it: &Edge| !nodes[it.target.index()];
            edges.extend(calls.collect(End::Caller, &order, &is_new));
            edges
        }
    }
}

/// The end of edges that they are grouped by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Caller,
    Callee,
}

/// Calls of a range, and more for profiles of more than 2^30 frames.
const MAX_CALLS: u64 = 16 << 20;
/// Calls of a part, unless one node has more: so many are some thousand edges, 200 KiB.
const PART_CALLS: u64 = 32 << 10;
/// Calls of a part that wait to be summed together: 12 KiB, 6 MiB for the parts of a range.
const MAX_WAITING: usize = 1 << 10;
/// Ranges of a profile with no more than 2^33 frames.
const MAX_RANGES: u64 = 64;

/// The calls of all samples among the nodes that are kept. A sample counts once per edge, and calls
/// of a node to itself not at all.
pub(crate) struct Calls<'a> {
    profile: &'a Profile,
    measure: Measure,
    /// How often each node occurs.
    occurrences: &'a [u64],
    kept: Option<&'a [bool]>,
    /// By location: its kept node, if it is one, and the flags below.
    heads: Vec<u32>,
    /// Where the nodes of locations with several start; one more than there are locations.
    starts: Vec<u32>,
    /// The kept nodes of such locations with the flags below, outermost first.
    nodes: Vec<u32>,
}

/// The bits of a node's number. 2^29 nodes would take 30 GB.
const NODE: u32 = (1 << 29) - 1;
/// The node is not the outermost of its location.
const INLINE: u32 = 1 << 29;
/// The node before it, in the same location, is not kept; in a location's head: nor is its
/// innermost.
const RESIDUAL: u32 = 1 << 30;
/// Of a location: it has several nodes, or nodes that are not kept.
const SEVERAL: u32 = 1 << 31;
/// No node is kept.
const NOTHING: u32 = RESIDUAL | NODE;
/// The node before the first of a stack.
const NOBODY: u32 = NODE;

/// A call of a node: the node's slot in the range, the other end with `INLINE` and `RESIDUAL`, and
/// the sample.
type Call = (u32, u32, u32);

impl<'a> Calls<'a> {
    /// The nodes of `kept` stay, or all.
    pub(crate) fn new(
        profile: &'a Profile,
        table: &NodeTable,
        measure: Measure,
        kept: Option<&'a [bool]>,
        occurrences: &'a [u64],
    ) -> Self {
        let n_locations = profile.locations.len();
        let mut calls = Self {
            profile,
            measure,
            occurrences,
            kept,
            heads: Vec::with_capacity(n_locations),
            starts: Vec::with_capacity(n_locations + 1),
            nodes: Vec::new(),
        };
        calls.starts.push(0);
        for location in profile.locations.ids() {
            let nodes = table.of(location);
            let first = calls.nodes.len();
            let mut residual = 0;
            for (position, node) in nodes.iter().enumerate().rev() {
                if kept.is_some_and(|kept| !kept[node.index()]) {
                    residual = RESIDUAL;
                    continue;
                }
                let inline = if position + 1 == nodes.len() {
                    0
                } else {
                    INLINE
                };
                calls
                    .nodes
                    .push(node.index() as u32 & NODE | inline | residual);
                residual = 0;
            }
            let head = match &calls.nodes[first..] {
                [] => NOTHING,
                &[node] if nodes.len() == 1 => {
                    calls.nodes.truncate(first);
                    node
                }
                _ => SEVERAL | residual,
            };
            calls.heads.push(head);
            calls.starts.push(calls.nodes.len() as u32);
        }
        calls
    }

    /// Whether a node is in any stack, and kept.
    fn occurs(&self, node: NodeId) -> bool {
        self.occurrences[node.index()] > 0 && self.kept.is_none_or(|kept| kept[node.index()])
    }

    /// Calls `each` with caller, callee and the flags of every call of a sample, from the root.
    #[inline]
    fn of(&self, sample: SampleId, mut each: impl FnMut(u32, u32, u32)) {
        let mut parent = NOBODY;
        let mut residual = 0;
        for &location in self.profile.samples.stack(sample).iter().rev() {
            let at = location.index();
            let head = self.heads[at];
            if head == NOTHING {
                residual = RESIDUAL;
            } else if head & SEVERAL == 0 {
                if parent != head && parent != NOBODY {
                    each(parent, head, residual);
                }
                parent = head;
                residual = 0;
            } else {
                let range = self.starts[at] as usize..self.starts[at + 1] as usize;
                for &node in &self.nodes[range] {
                    let (node, flags) = (node & NODE, node & !NODE);
                    if parent != node && parent != NOBODY {
                        each(parent, node, flags | residual);
                    }
                    parent = node;
                    residual = 0;
                }
                residual = head & RESIDUAL;
            }
        }
    }

    /// The edges of these nodes, which they are grouped by, in the order of the nodes.
    fn collect(
        &self,
        end: End,
        order: &[NodeId],
        keep: &(dyn Fn(&Edge) -> bool + Sync),
    ) -> Vec<Edge> {
        let slots = self.slots(order);
        let ranges = self.ranges(order);
        let collect = |range: &Range<usize>| {
            let mut edges = Vec::new();
            self.of_range(end, order, &slots, range.clone(), &mut |of_node| {
                edges.extend(of_node.iter().filter(|it| keep(it)));
                true
            });
            edges
        };
        match &*ranges {
            [range] => collect(range),
            ranges => ranges.par_iter().flat_map_iter(collect).collect(),
        }
    }

    /// Calls `each` with the edges of these nodes, one after the other, in this order, as long as it
    /// returns true; with no edges where a node has none.
    pub(crate) fn each_node(
        &self,
        end: End,
        order: &[NodeId],
        each: &mut dyn FnMut(&mut [Edge]) -> bool,
    ) {
        let slots = self.slots(order);
        for range in self.ranges(order) {
            if !self.of_range(end, order, &slots, range, each) {
                return;
            }
        }
    }

    /// The position of each node in `order`; `u32::MAX` if it has none.
    fn slots(&self, order: &[NodeId]) -> Vec<u32> {
        let mut slots = vec![u32::MAX; self.occurrences.len()];
        for (slot, node) in order.iter().enumerate() {
            slots[node.index()] = slot as u32;
        }
        slots
    }

    /// Consecutive parts of `order` with at most `MAX_CALLS` calls each.
    fn ranges(&self, order: &[NodeId]) -> Vec<Range<usize>> {
        let counts = order.iter().map(|it| self.occurrences[it.index()]);
        let total = counts.clone().fold(0, u64::saturating_add);
        let limit = (total / MAX_RANGES).clamp(MAX_CALLS, 8 * MAX_CALLS);
        let (mut ranges, mut start, mut sum) = (Vec::new(), 0, 0_u64);
        for (slot, count) in counts.enumerate() {
            if sum > 0 && sum.saturating_add(count) > limit {
                ranges.push(start..slot);
                (start, sum) = (slot, 0);
            }
            sum = sum.saturating_add(count);
        }
        ranges.push(start..order.len());
        ranges
    }

    fn of_range(
        &self,
        end: End,
        order: &[NodeId],
        slots: &[u32],
        range: Range<usize>,
        each: &mut dyn FnMut(&mut [Edge]) -> bool,
    ) -> bool {
        let order_of_range = &order[range.clone()];
        let parts = Parts::new(order_of_range.iter().map(|it| self.occurrences[it.index()]));
        let part = |slots: &Range<usize>| PartSums {
            first: slots.start as u32,
            waiting: Vec::with_capacity(MAX_WAITING),
            sums: EdgeSums::new(self),
        };
        let mut sums: Vec<PartSums> = parts.slots.iter().map(part).collect();
        self.each_call(end, slots, range, |call| {
            let part = &mut sums[parts.of_slots[call.0 as usize] as usize];
            part.waiting.push(call);
            if part.waiting.len() == MAX_WAITING {
                part.add_waiting();
            }
        });
        // Each part's memory is free again when its edges were given.
        parts.slots.iter().zip(sums).all(|(slots, mut part)| {
            part.add_waiting();
            part.sums.give(end, &order_of_range[slots.clone()], each)
        })
    }

    /// The calls of the nodes in a range of slots, which are counted from its start.
    #[inline]
    fn each_call(&self, end: End, slots: &[u32], range: Range<usize>, mut each: impl FnMut(Call)) {
        let (first, n_slots) = (range.start as u32, range.len() as u32);
        let is_valued = |sample: &SampleId| self.measure.of(self.profile, *sample) != (0, 0);
        for id in self.profile.samples.ids().filter(is_valued) {
            let sample = id.index() as u32;
            let mut put = |node: u32, other: u32| {
                let slot = slots[node as usize].wrapping_sub(first);
                if slot < n_slots {
                    each((slot, other, sample));
                }
            };
            match end {
                End::Caller => self.of(id, |caller, callee, flags| put(caller, callee | flags)),
                End::Callee => self.of(id, |caller, callee, flags| put(callee, caller | flags)),
            }
        }
    }
}

/// Consecutive slots of a range, divided such that their calls are few.
struct Parts {
    /// By slot: its part.
    of_slots: Vec<u32>,
    /// By part: its slots.
    slots: Vec<Range<usize>>,
}

impl Parts {
    /// Of slots with at most so many calls each.
    fn new(counts: impl Iterator<Item = u64>) -> Self {
        let mut parts = Self {
            of_slots: Vec::new(),
            slots: Vec::new(),
        };
        let mut total = 0_u64;
        for (slot, count) in counts.enumerate() {
            total = total.saturating_add(count);
            match parts.slots.last_mut() {
                Some(slots) if total <= PART_CALLS => slots.end = slot + 1,
                _ => {
                    parts.slots.push(slot..slot + 1);
                    total = count;
                }
            }
            parts.of_slots.push(parts.slots.len() as u32 - 1);
        }
        parts
    }
}

/// The sums of a part, with calls that are not in them yet.
struct PartSums<'a> {
    /// The part's first slot.
    first: u32,
    /// At most `MAX_WAITING`.
    waiting: Vec<Call>,
    sums: EdgeSums<'a>,
}

impl PartSums<'_> {
    fn add_waiting(&mut self) {
        for &(slot, other, sample) in &self.waiting {
            self.sums.add((slot - self.first, other, sample));
        }
        self.waiting.clear();
    }
}

/// The sums of the edges of some nodes, by slot of the node and other end.
struct EdgeSums<'a> {
    calls: &'a Calls<'a>,
    sums: PairMap<EdgeSum>,
    /// Edges of the nodes given last.
    edges: Vec<Edge>,
}

#[derive(Clone, Copy)]
struct EdgeSum {
    weight: i64,
    divisor: i64,
    /// The sample, counted from 1, that was added last.
    seen: u32,
    /// `RESIDUAL` if any call was, `INLINE` if all were.
    flags: u32,
}

impl<'a> EdgeSums<'a> {
    fn new(calls: &'a Calls<'a>) -> Self {
        Self {
            calls,
            sums: PairMap::default(),
            edges: Vec::new(),
        }
    }

    #[inline]
    fn add(&mut self, (slot, other, sample): Call) {
        let new = || EdgeSum {
            weight: 0,
            divisor: 0,
            seen: 0,
            flags: INLINE,
        };
        let sum = self.sums.or_insert_with((slot, other & NODE), new);
        if sum.seen == sample + 1 {
            return;
        }
        sum.seen = sample + 1;
        let measure = self.calls.measure;
        let sample = SampleId::from_index(sample as usize);
        let (value, divisor) = measure.of(self.calls.profile, sample);
        sum.weight = sum.weight.saturating_add(value);
        sum.divisor = sum.divisor.saturating_add(divisor);
        sum.flags = (sum.flags & (other | !INLINE)) | (other & RESIDUAL);
    }

    /// Calls `each` with the edges of each of these nodes, as [`Calls::each_node`] does, and forgets
    /// them.
    fn give(
        &mut self,
        end: End,
        nodes: &[NodeId],
        each: &mut dyn FnMut(&mut [Edge]) -> bool,
    ) -> bool {
        let mut next = vec![0; nodes.len() + 1];
        for entry in &self.sums.entries {
            next[entry.key.0 as usize + 1] += 1;
        }
        for slot in 1..next.len() {
            next[slot] += next[slot - 1];
        }
        let blank = Edge {
            source: NodeId::from_index(0),
            target: NodeId::from_index(0),
            weight: 0,
            divisor: 0,
            residual: false,
            inline: false,
        };
        self.edges.clear();
        self.edges.resize(self.sums.entries.len(), blank);
        for entry in &self.sums.entries {
            let (slot, other) = (
                entry.key.0 as usize,
                NodeId::from_index(entry.key.1 as usize),
            );
            let (source, target) = match end {
                End::Caller => (nodes[slot], other),
                End::Callee => (other, nodes[slot]),
            };
            let EdgeSum {
                weight,
                divisor,
                flags,
                ..
            } = entry.value;
            self.edges[next[slot]] = Edge {
                source,
                target,
                weight,
                divisor,
                residual: flags & RESIDUAL != 0,
                inline: flags & INLINE != 0,
            };
            next[slot] += 1;
        }
        self.sums.clear();
        let mut start = 0;
        // Now each is the end of its slot.
        next[..nodes.len()].iter().all(|&end| {
            let of_node = &mut self.edges[start..end];
            start = end;
            each(of_node)
        })
    }
}
