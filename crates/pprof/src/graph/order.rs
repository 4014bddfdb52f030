//! Orders of nodes and edges. All are total; where pprof leaves ties to chance, node ids decide.

use std::cmp::{Ordering, Reverse};

use base::Idx;
use profile::Strings;

use super::GraphNode;
use super::edges::Edge;
use super::nodes::{NodeId, NodeTable};
use super::values::Values;

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
            .then_with(|| a.info.compare(&b.info, strings))
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

/// The positions of all nodes of a table in the order of what reports print; equal texts share one.
pub(crate) fn printable_ranks(table: &NodeTable) -> Vec<u32> {
    let compare = |a: NodeId, b: NodeId| {
        let [first, second] = [a, b].map(|it| table.infos[it.index()].address);
        if first != 0 && second != 0 && first != second {
            // Both texts begin with it, in digits of equal number.
            return first.cmp(&second);
        }
        table.printable(a).cmp(&table.printable(b))
    };
    let mut ids: Vec<NodeId> = (0..table.len()).map(NodeId::from_index).collect();
    ids.sort_unstable_by(|&a, &b| compare(a, b));
    let mut ranks = vec![0; ids.len()];
    let mut rank = 0;
    for (position, &id) in ids.iter().enumerate() {
        if position > 0 && compare(ids[position - 1], id).is_ne() {
            rank += 1;
        }
        ranks[id.index()] = rank;
    }
    ranks
}

/// The scores of nodes in a picture, by id: high for large values and for several callers or callees.
/// The nodes are those that are kept, and the edges those among them, in any order.
pub(crate) fn entropy_scores(nodes: &[GraphNode], edges: &[Edge], n_ids: usize) -> Vec<i64> {
    let mut callers = vec![Side::default(); n_ids];
    let mut callees = vec![Side::default(); n_ids];
    for node in nodes {
        // What a node does itself counts as another callee.
        callees[node.id.index()].total = node.values.flat;
    }
    for edge in edges {
        callers[edge.target.index()].add_to_total(edge.weight);
        callees[edge.source.index()].add_to_total(edge.weight);
    }
    for edge in edges {
        callers[edge.target.index()].add_term(edge.weight);
        callees[edge.source.index()].add_term(edge.weight);
    }
    let mut scores = vec![0; n_ids];
    for node in nodes {
        let Values { flat, cum, .. } = node.values;
        let at = node.id.index();
        // Scores that are no numbers become the least integer, which wraps, in pprof's order too.
        let score = callers[at].entropy(0) + callees[at].entropy(flat);
        scores[at] = crate::number::to_integer(score * cum as f64).wrapping_add(flat);
    }
    scores
}

/// The edges at one side of a node.
#[derive(Clone, Copy, Default)]
struct Side {
    any: bool,
    /// The sum of the positive weights.
    total: i64,
    entropy: f64,
}

impl Side {
    fn add_to_total(&mut self, weight: i64) {
        self.any = true;
        self.total = self.total.saturating_add(weight.max(0));
    }

    /// Once the total is complete.
    fn add_term(&mut self, weight: i64) {
        if self.total != 0 {
            let fraction = weight.wrapping_abs() as f64 / self.total as f64;
            self.entropy -= fraction * log2(fraction);
        }
    }

    fn entropy(mut self, own: i64) -> f64 {
        if !self.any {
            return 1.0;
        }
        if own > 0 {
            self.add_term(own);
        }
        self.entropy
    }
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
