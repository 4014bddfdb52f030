//! Orders of nodes and edges. All are total; where pprof leaves ties to chance, node ids decide.

use std::cmp::{Ordering, Reverse};

use base::Idx;
use profile::Strings;

use super::edges::Edge;
use super::nodes::NodeId;
use super::{Graph, GraphNode};

/// Sorts nodes by a score, largest magnitude first; then by name, by `second`, and by all that
/// tells them apart.
pub(crate) fn sort_nodes(
    nodes: &mut [GraphNode],
    strings: &Strings,
    score: impl Fn(&GraphNode) -> i64,
    second: impl Fn(&GraphNode) -> i64,
) {
    nodes.sort_by(|a, b| {
        Reverse(score(a).wrapping_abs())
            .cmp(&Reverse(score(b).wrapping_abs()))
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| Reverse(second(a).wrapping_abs()).cmp(&Reverse(second(b).wrapping_abs())))
            .then_with(|| a.info.sort_key(strings).cmp(&b.info.sort_key(strings)))
            .then(a.id.cmp(&b.id))
    });
}

/// The positions of nodes in the order of their names; equal names share one.
pub(crate) struct NameRanks<S> {
    /// By what nodes show.
    ranks: Vec<u32>,
    shows: S,
}

impl<S: Fn(NodeId) -> NodeId> NameRanks<S> {
    /// Those of the ends of edges. In a call tree many nodes show the same, an id below `n_ids`,
    /// whose name is made once.
    pub(crate) fn new(
        edges: &[Edge],
        n_ids: usize,
        shows: S,
        name: impl Fn(NodeId) -> String,
    ) -> Self {
        const UNKNOWN: u32 = u32::MAX;
        let mut ranks = vec![UNKNOWN; n_ids];
        let mut names: Vec<(String, NodeId)> = Vec::new();
        for id in edges.iter().flat_map(|it| [it.source, it.target]) {
            let id = shows(id);
            if std::mem::replace(&mut ranks[id.index()], 0) == UNKNOWN {
                names.push((name(id), id));
            }
        }
        names.sort_unstable();
        let mut rank = 0;
        for (position, (name, id)) in names.iter().enumerate() {
            if position > 0 && *name != names[position - 1].0 {
                rank += 1;
            }
            ranks[id.index()] = rank;
        }
        Self { ranks, shows }
    }

    /// The order of edges: heaviest first, then by the names of their ends.
    pub(crate) fn compare(&self, a: &Edge, b: &Edge) -> Ordering {
        let rank = |id: NodeId| self.ranks[(self.shows)(id).index()];
        (b.weight.wrapping_abs().cmp(&a.weight.wrapping_abs()))
            .then_with(|| rank(a.source).cmp(&rank(b.source)))
            .then_with(|| rank(a.target).cmp(&rank(b.target)))
            .then_with(|| (a.source, a.target).cmp(&(b.source, b.target)))
    }
}

/// The score of a node in a picture: high for large values and for several callers or callees.
pub(crate) fn entropy_score(graph: &Graph, node: &GraphNode) -> i64 {
    let side = |edges: &[usize], own: i64| {
        if edges.is_empty() {
            1.0
        } else {
            edge_entropy(edges.iter().map(|&it| graph.edges[it].weight), own)
        }
    };
    let score = side(&node.incoming, 0) + side(&node.outgoing, node.values.flat);
    crate::number::to_integer(score * node.values.cum as f64).wrapping_add(node.values.flat)
}

fn edge_entropy(weights: impl Iterator<Item = i64> + Clone, own: i64) -> f64 {
    let positive = weights.clone().filter(|&it| it > 0);
    let total = positive.fold(own, i64::wrapping_add);
    if total == 0 {
        return 0.0;
    }
    let term = |weight: i64| {
        let fraction = weight.wrapping_abs() as f64 / total as f64;
        -fraction * log2(fraction)
    };
    let mut score = 0.0;
    for weight in weights {
        score += term(weight);
    }
    if own > 0 {
        score += term(own);
    }
    score
}

/// The binary logarithm the way Go computes it, so that scores round alike.
fn log2(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return value.log2();
    }
    let mut exponent = value.log2().floor() as i32 + 1;
    let mut fraction = value / 2_f64.powi(exponent);
    if fraction >= 1.0 {
        fraction /= 2.0;
        exponent += 1;
    } else if fraction < 0.5 {
        fraction *= 2.0;
        exponent -= 1;
    }
    #[expect(clippy::float_cmp, reason = "powers of two are exact")]
    if fraction == 0.5 {
        return f64::from(exponent - 1);
    }
    fraction.ln() * std::f64::consts::LOG2_E + f64::from(exponent)
}
