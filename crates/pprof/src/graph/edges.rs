//! Edges: the values of calls, summed per caller and callee.
//!
//! A large profile has far more calls than fit into the caches, so a table of all edges is slow:
//! each call would be looked up somewhere else in it. Instead the calls of a *range* of nodes are
//! sorted by these nodes, which takes no comparisons as their numbers are known, and then summed one
//! node after the other.

use std::ops::Range;

use base::Idx;
use profile::{Profile, SampleId};
use rayon::prelude::*;

use super::nodes::{NodeId, NodeTable};
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
    let occurring = |id: &NodeId| calls.occurrences[id.index()] > 0;
    let all = (0..calls.occurrences.len()).map(NodeId::from_index);
    let all = all.filter(occurring);
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

/// Calls of a range: 32 MiB, and more for profiles of more than 2^28 frames.
const MAX_CALLS: u64 = 4 << 20;
/// Ranges that no profile passes unless its calls would take more than 256 MiB otherwise.
const MAX_RANGES: u64 = 64;

/// The calls of all samples among the nodes that are kept. A sample counts once per edge, and calls
/// of a node to itself not at all.
pub(crate) struct Calls<'a> {
    profile: &'a Profile,
    measure: Measure,
    /// How often each node occurs.
    occurrences: &'a [u64],
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

/// A call as an edge has it: the other end, with `INLINE` and `RESIDUAL`, and the sample.
#[derive(Clone, Copy)]
struct Call {
    other: u32,
    sample: u32,
}

impl<'a> Calls<'a> {
    /// The nodes of `kept` stay, or all.
    pub(crate) fn new(
        profile: &'a Profile,
        table: &NodeTable,
        measure: Measure,
        kept: Option<&[bool]>,
        occurrences: &'a [u64],
    ) -> Self {
        let n_locations = profile.locations.len();
        let mut calls = Self {
            profile,
            measure,
            occurrences,
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
        let counts = order[range.clone()].iter();
        let counts = counts.map(|it| self.occurrences[it.index()] as usize);
        let total: usize = counts.clone().sum();
        if total as u64 > 8 * MAX_CALLS {
            // One node with more calls than there is room for.
            return self.of_large_nodes(end, order, slots, range, each);
        }
        let mut next = Vec::with_capacity(range.len());
        let mut start = 0;
        for count in counts {
            next.push(start);
            start += count;
        }
        let starts = next.clone();
        // Pairs, as memory for these comes zeroed.
        let mut calls = vec![(0, 0); total];
        self.each_call(end, slots, range.clone(), |slot, call| {
            let at = &mut next[slot];
            calls[*at] = (call.other, call.sample);
            *at += 1;
        });
        let mut sums = EdgeSums::new(self);
        for (slot, &node) in order[range].iter().enumerate() {
            for &(other, sample) in &calls[starts[slot]..next[slot]] {
                sums.add(Call { other, sample });
            }
            if !each(sums.of(end, node)) {
                return false;
            }
            sums.clear();
        }
        true
    }

    fn of_large_nodes(
        &self,
        end: End,
        order: &[NodeId],
        slots: &[u32],
        range: Range<usize>,
        each: &mut dyn FnMut(&mut [Edge]) -> bool,
    ) -> bool {
        let mut sums = EdgeSums::new(self);
        for slot in range {
            self.each_call(end, slots, slot..slot + 1, |_, call| sums.add(call));
            if !each(sums.of(end, order[slot])) {
                return false;
            }
            sums.clear();
        }
        true
    }

    /// The calls of the nodes in a range of slots, with the position in it.
    #[inline]
    fn each_call(
        &self,
        end: End,
        slots: &[u32],
        range: Range<usize>,
        mut each: impl FnMut(usize, Call),
    ) {
        let (first, n_slots) = (range.start as u32, range.len() as u32);
        let is_valued = |sample: &SampleId| self.measure.of(self.profile, *sample) != (0, 0);
        for id in self.profile.samples.ids().filter(is_valued) {
            let sample = id.index() as u32;
            let mut put = |node: u32, other: u32| {
                let slot = slots[node as usize].wrapping_sub(first);
                if slot < n_slots {
                    each(slot as usize, Call { other, sample });
                }
            };
            match end {
                End::Caller => self.of(id, |caller, callee, flags| put(caller, callee | flags)),
                End::Callee => self.of(id, |caller, callee, flags| put(callee, caller | flags)),
            }
        }
    }
}

/// The edges of one node, by their other ends.
struct EdgeSums<'a> {
    calls: &'a Calls<'a>,
    /// By node at the other end: its position in `edges`, counted from `base`.
    positions: Vec<u32>,
    base: u32,
    edges: Vec<Edge>,
    /// By edge: the sample, counted from 1, that last added to it.
    seen: Vec<u32>,
}

impl<'a> EdgeSums<'a> {
    fn new(calls: &'a Calls<'a>) -> Self {
        Self {
            calls,
            positions: vec![0; calls.occurrences.len()],
            base: 1,
            edges: Vec::new(),
            seen: Vec::new(),
        }
    }

    #[inline]
    fn add(&mut self, Call { other, sample }: Call) {
        let position = &mut self.positions[(other & NODE) as usize];
        let mut at = position.wrapping_sub(self.base) as usize;
        if at >= self.edges.len() {
            at = self.edges.len();
            *position = self.base.wrapping_add(at as u32);
            // The node itself is filled in at the end.
            let other = NodeId::from_index((other & NODE) as usize);
            self.edges.push(Edge {
                source: other,
                target: other,
                weight: 0,
                divisor: 0,
                residual: false,
                inline: true,
            });
            self.seen.push(0);
        }
        if self.seen[at] == sample + 1 {
            return;
        }
        self.seen[at] = sample + 1;
        let measure = self.calls.measure;
        let sample = SampleId::from_index(sample as usize);
        let (value, divisor) = measure.of(self.calls.profile, sample);
        let edge = &mut self.edges[at];
        edge.weight = edge.weight.saturating_add(value);
        edge.divisor = edge.divisor.saturating_add(divisor);
        edge.residual |= other & RESIDUAL != 0;
        edge.inline &= other & INLINE != 0;
    }

    /// The edges, with the node at the end that they have in common.
    fn of(&mut self, end: End, node: NodeId) -> &mut [Edge] {
        for edge in &mut self.edges {
            match end {
                End::Caller => edge.source = node,
                End::Callee => edge.target = node,
            }
        }
        &mut self.edges
    }

    fn clear(&mut self) {
        // Positions below the base are of nodes before.
        self.base = self.base.wrapping_add(self.edges.len() as u32);
        self.edges.clear();
        self.seen.clear();
    }
}
