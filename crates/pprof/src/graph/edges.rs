//! Edges: who calls whom, and what that costs.

use base::Idx;
use profile::Profile;
use rustc_hash::FxHashMap;

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

/// Which edges are worth collecting.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    All,
    /// Those to these nodes.
    Into(&'a [bool]),
    /// Those from or to these nodes.
    Touching(&'a [bool]),
}

impl Wanted<'_> {
    #[inline]
    fn has(self, source: NodeId, target: NodeId) -> bool {
        match self {
            Self::All => true,
            Self::Into(nodes) => nodes[target.index()],
            Self::Touching(nodes) => nodes[target.index()] || nodes[source.index()],
        }
    }
}

/// The edges among the nodes of `kept`; `None` keeps all. A sample counts once per edge, and calls
/// of a node to itself not at all.
pub(crate) fn collect_edges(
    profile: &Profile,
    table: &NodeTable,
    measure: Measure,
    kept: Option<&[bool]>,
    wanted: Wanted<'_>,
) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    // The sample, counted from 1, that last added to an edge.
    let mut seen: Vec<u32> = Vec::new();
    let mut ids: FxHashMap<(NodeId, NodeId), u32> = FxHashMap::default();
    for sample in profile.samples.ids() {
        let (value, divisor) = measure.of(profile, sample);
        if (value, divisor) == (0, 0) {
            continue;
        }
        let mark = sample.index() as u32 + 1;
        let mut parent: Option<NodeId> = None;
        let mut residual = false;
        for &location in profile.samples.stack(sample).iter().rev() {
            let nodes = table.of(location);
            for (position, &node) in nodes.iter().enumerate().rev() {
                if kept.is_some_and(|kept| !kept[node.index()]) {
                    residual = true;
                    continue;
                }
                if let Some(parent) = parent
                    && parent != node
                    && wanted.has(parent, node)
                {
                    let inline = position + 1 != nodes.len();
                    let id = *ids.entry((parent, node)).or_insert_with(|| {
                        edges.push(Edge {
                            source: parent,
                            target: node,
                            weight: 0,
                            divisor: 0,
                            residual: false,
                            inline: true,
                        });
                        seen.push(0);
                        edges.len() as u32 - 1
                    }) as usize;
                    if seen[id] != mark {
                        seen[id] = mark;
                        let edge = &mut edges[id];
                        edge.weight = edge.weight.wrapping_add(value);
                        edge.divisor = edge.divisor.wrapping_add(divisor);
                        edge.residual |= residual;
                        edge.inline &= inline;
                    }
                }
                parent = Some(node);
                residual = false;
            }
        }
    }
    edges
}
