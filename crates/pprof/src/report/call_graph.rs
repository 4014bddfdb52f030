//! `dot`, `callgrind`, `json`, `tree` and `peek`: entries and the calls between them.

use base::Idx;
use rustc_hash::FxHashMap;

use super::labels::{LabelBox, label_boxes};
use super::trimmed::{EdgeUse, Shape, Trimmed};
use super::{Inlined, Node, Summary};
use crate::error::Error;
use crate::graph::{NameRanks, NodeId};
use crate::view::View;

/// The part of the graph worth showing.
#[derive(Clone, PartialEq, Debug)]
pub struct CallGraph {
    pub summary: Summary,
    /// Base name of the main binary; empty if it is not known.
    pub title: String,
    /// First the entries to show, in order; then those that are only ends of edges.
    pub nodes: Vec<Node>,
    /// How many of them show.
    pub n_shown: usize,
    /// Heaviest first.
    pub edges: Vec<Edge>,
    /// How many paths a call tree was cut to; `None` if it is whole, or no call tree.
    pub cut: Option<usize>,
    /// The labels below each node that shows; empty unless the graph is to be drawn.
    pub labels: Vec<Vec<LabelBox>>,
    /// Numbers that nodes of one function share, in a call tree of one function below one caller;
    /// by node that shows.
    pub functions: Vec<(usize, u32)>,
    /// Edges by the node they come from and go to, heaviest first.
    outgoing: Lists,
    incoming: Lists,
}

/// Calls between two entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    /// Positions in [`CallGraph::nodes`].
    pub caller: usize,
    pub callee: usize,
    pub weight: i64,
    /// The weight before a mean is taken, by which edges are sorted.
    pub sum: i64,
    /// It stands for a path through entries that are left out.
    pub residual: bool,
    /// All calls were inlined.
    pub inline: bool,
}

/// Lists of edges by node, in one array.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Lists {
    /// Where each node's list starts; one more than there are nodes.
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl Lists {
    fn new(edges: &[Edge], n_nodes: usize, end: impl Fn(&Edge) -> usize) -> Self {
        let mut starts = vec![0_u32; n_nodes + 1];
        for edge in edges {
            starts[end(edge) + 1] += 1;
        }
        for node in 0..n_nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; edges.len()];
        for (index, edge) in edges.iter().enumerate() {
            let at = &mut next[end(edge)];
            sorted[*at as usize] = index as u32;
            *at += 1;
        }
        Self {
            starts,
            edges: sorted,
        }
    }

    fn of(&self, node: usize) -> &[u32] {
        &self.edges[self.starts[node] as usize..self.starts[node + 1] as usize]
    }
}

impl CallGraph {
    /// The graph as a table of entries and edges.
    pub fn new(view: &View) -> Self {
        Self::of(view, view.trimmed_graph(Shape::Table, EdgeUse::All))
    }

    /// The graph as a picture shows it: the entries that add most to it, with labels.
    pub fn to_draw(view: &View) -> Self {
        let trimmed = view.trimmed_graph(Shape::Picture, EdgeUse::All);
        let nodes = 0..trimmed.graph.nodes.len();
        let labels = nodes.map(|it| label_boxes(&trimmed, it)).collect();
        Self {
            labels,
            ..Self::of(view, trimmed)
        }
    }

    pub(super) fn of(view: &View, mut trimmed: Trimmed) -> Self {
        let mut edges = std::mem::take(&mut trimmed.graph.edges);
        let infos = &trimmed.table.infos;
        let name = |id: NodeId| trimmed.table.printable(id);
        let ranks = NameRanks::new(&edges, infos.len(), |id| trimmed.shown_by(id), name);
        edges.sort_unstable_by(|a, b| ranks.compare(a, b));
        let texts = trimmed.texts();
        let shown = &trimmed.graph.nodes;
        let mut nodes: Vec<Node> = shown.iter().map(|it| texts.node(it)).collect();
        let n_shown = nodes.len();
        let mut positions: Vec<Option<usize>> = vec![None; trimmed.n_ids()];
        for (position, node) in shown.iter().enumerate() {
            positions[node.id.index()] = Some(position);
        }
        let mut position = |id: NodeId| {
            *positions[id.index()].get_or_insert_with(|| {
                nodes.push(texts.hidden(id));
                nodes.len() - 1
            })
        };
        let edge = |it: crate::graph::Edge| Edge {
            caller: position(it.source),
            callee: position(it.target),
            weight: it.weight_value(),
            sum: it.weight,
            residual: it.residual,
            inline: it.inline,
        };
        let edges: Vec<Edge> = edges.into_iter().map(edge).collect();
        let mut numbers = FxHashMap::default();
        let functions = shown.iter().map(|it| {
            let next = numbers.len();
            let function = *numbers.entry(it.function.0).or_insert(next);
            (function, it.function.1)
        });
        Self {
            functions: functions.collect(),
            summary: trimmed.summary(view),
            title: view.title(),
            labels: Vec::new(),
            cut: (trimmed.tree.as_ref()).and_then(|it| it.is_cut.then(|| it.len())),
            outgoing: Lists::new(&edges, nodes.len(), |it| it.caller),
            incoming: Lists::new(&edges, nodes.len(), |it| it.callee),
            n_shown,
            nodes,
            edges,
        }
    }

    /// The entries to show.
    pub fn shown(&self) -> &[Node] {
        &self.nodes[..self.n_shown]
    }

    /// The calls that a node makes, heaviest first.
    pub fn outgoing(&self, node: usize) -> impl Iterator<Item = &Edge> {
        let edges = self.outgoing.of(node).iter();
        edges.map(|&it| &self.edges[it as usize])
    }

    /// The calls to a node, heaviest first.
    pub fn incoming(&self, node: usize) -> impl Iterator<Item = &Edge> {
        let edges = self.incoming.of(node).iter();
        edges.map(|&it| &self.edges[it as usize])
    }

    /// How many of the calls to a node were inlined.
    pub fn inlined(&self, node: usize) -> Inlined {
        Inlined::of(self.incoming(node).map(|it| it.inline))
    }
}

/// Entries between those that call them and those they call.
#[derive(Clone, PartialEq, Debug)]
pub struct Tree {
    pub graph: CallGraph,
    /// Positions of the entries to list among those that show; with an expression (`peek`), of
    /// those that match it.
    pub entries: Vec<usize>,
}

impl Tree {
    /// All entries, or those that the view's expression matches. It is an error if it matches
    /// none.
    pub fn new(view: &View) -> Result<Self, Error> {
        let edge_use = if view.symbol.is_some() {
            EdgeUse::OfMatches
        } else {
            EdgeUse::All
        };
        let graph = CallGraph::of(view, view.trimmed_graph(Shape::Table, edge_use));
        let is_match = |it: &usize| {
            let name = &graph.nodes[*it].name;
            view.symbol.as_ref().is_none_or(|it| it.is_match(name))
        };
        let entries: Vec<usize> = (0..graph.n_shown).filter(is_match).collect();
        match &view.symbol {
            Some(symbol) if entries.is_empty() => Err(Error::no_match(symbol)),
            _ => Ok(Self { graph, entries }),
        }
    }
}
