//! Samples summed up per program location: the graph every report shows a part of.
//!
//! A *node* is whatever the granularity makes of a line of a location; lines that look the same
//! share a node, so nodes have dense ids ([`NodeTable`]). `flat` is the value of the samples a
//! node is the leaf of, `cum` that of the samples it occurs in, each sample once. An *edge* goes
//! from caller to callee. Passes over the samples only index arrays with these ids; edges and
//! labels cost more and are collected only where a report shows them.
//!
//! Source: google/pprof `internal/graph/graph.go`.

mod edges;
mod nodes;
mod order;
mod pairs;
mod parts;
mod tags;
mod tree;
mod values;

use std::sync::Arc;

use base::Idx;

pub(crate) use edges::{Calls, Edge, End, Wanted, collect_edges};
pub(crate) use nodes::{NodeId, NodeInfo, NodeTable};
pub(crate) use order::{NameRanks, entropy_scores, printable_ranks, sort_nodes};
pub(crate) use tags::{LabelUnits, NodeTags, Tag, TagTable, collect_tags, sort_tags};
pub(crate) use tree::{CallTree, PathChoice};
pub(crate) use values::{
    Measure, NodeSums, Values, divide, inline_bounds, node_sums, node_values, node_values_of,
};

/// Nodes to show, in order, with the edges among them.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<GraphNode>,
    pub(crate) edges: Vec<Edge>,
}

/// A node to show.
#[derive(Debug)]
pub(crate) struct GraphNode {
    pub(crate) id: NodeId,
    pub(crate) info: NodeInfo,
    /// As reports print it.
    pub(crate) name: Arc<str>,
    pub(crate) values: Values,
    /// Edges from callers and to callees: positions in [`Graph::edges`].
    pub(crate) incoming: Vec<usize>,
    pub(crate) outgoing: Vec<usize>,
    /// The function the node is a part of: equal for all nodes of one function. In a call tree
    /// also of one place in the tree.
    pub(crate) function: (NodeId, u32),
}

/// Removes edges lighter than `cutoff` into these nodes; how many.
pub(crate) fn trim_edges(
    nodes: &[GraphNode],
    edges: &mut Vec<Edge>,
    cutoff: i64,
    n_ids: usize,
) -> usize {
    let mut shown = vec![false; n_ids];
    for node in nodes {
        shown[node.id.index()] = true;
    }
    let before = edges.len();
    edges.retain(|it| !shown[it.target.index()] || it.weight.saturating_abs() >= cutoff);
    before - edges.len()
}

impl Graph {
    /// Nodes and edges put together. Edges to nodes that are not shown stay in the lists of those
    /// that are.
    pub(crate) fn new(nodes: Vec<GraphNode>, edges: Vec<Edge>, n_ids: usize) -> Self {
        let mut graph = Self { nodes, edges };
        graph.reconnect(n_ids);
        graph
    }

    /// Brings the lists of edges in line after nodes were sorted or edges removed.
    pub(crate) fn reconnect(&mut self, n_ids: usize) {
        const NONE: u32 = u32::MAX;
        let mut position = vec![NONE; n_ids];
        for (index, node) in self.nodes.iter_mut().enumerate() {
            position[node.id.index()] = index as u32;
            node.incoming.clear();
            node.outgoing.clear();
        }
        for (index, edge) in self.edges.iter().enumerate() {
            let at = |id: NodeId| position[id.index()];
            if let Some(source) = self.nodes.get_mut(at(edge.source) as usize) {
                source.outgoing.push(index);
            }
            if let Some(target) = self.nodes.get_mut(at(edge.target) as usize) {
                target.incoming.push(index);
            }
        }
    }

    /// As [`trim_edges`].
    pub(crate) fn trim_edges(&mut self, cutoff: i64, n_ids: usize) -> usize {
        let removed = trim_edges(&self.nodes, &mut self.edges, cutoff, n_ids);
        if removed > 0 {
            self.reconnect(n_ids);
        }
        removed
    }

    /// Removes residual edges whose target can be reached on another way, lightest first and
    /// none heavier than an edge that is not residual.
    pub(crate) fn remove_redundant_edges(&mut self, n_ids: usize, name: &dyn Fn(NodeId) -> String) {
        if !self.edges.iter().any(|edge| edge.residual) {
            return;
        }
        let ranks = NameRanks::new(&self.edges, n_ids, |id| id, name);
        let mut callers: Vec<Vec<usize>> = vec![Vec::new(); n_ids];
        for (index, edge) in self.edges.iter().enumerate() {
            callers[edge.target.index()].push(index);
        }
        let mut removed = vec![false; self.edges.len()];
        for node in self.nodes.iter().rev() {
            let mut incoming = node.incoming.clone();
            incoming.sort_by(|&a, &b| ranks.compare(&self.edges[a], &self.edges[b]));
            for &index in incoming.iter().rev() {
                if !self.edges[index].residual {
                    break;
                }
                if self.is_redundant(index, &callers, &removed, n_ids) {
                    removed[index] = true;
                }
            }
        }
        let mut index = 0;
        self.edges.retain(|_| {
            index += 1;
            !removed[index - 1]
        });
        self.reconnect(n_ids);
    }

    /// Whether the edge's source reaches its target without it.
    fn is_redundant(
        &self,
        index: usize,
        callers: &[Vec<usize>],
        removed: &[bool],
        n_ids: usize,
    ) -> bool {
        let Edge { source, target, .. } = self.edges[index];
        let mut seen = vec![false; n_ids];
        seen[target.index()] = true;
        let mut queue = vec![target];
        while let Some(node) = queue.pop() {
            for &other in &callers[node.index()] {
                let caller = self.edges[other].source;
                if other == index || removed[other] || seen[caller.index()] {
                    continue;
                }
                if caller == source {
                    return true;
                }
                seen[caller.index()] = true;
                queue.push(caller);
            }
        }
        false
    }
}
