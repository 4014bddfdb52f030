//! `callgrind`: all entries and all calls.

use std::io;

use base::Idx;

use super::trimmed::{EdgeUse, Shape, Trimmed};
use super::{CallGraph, Node, Summary};
use crate::graph::{Calls, End, NodeId, printable_ranks};
use crate::view::View;

/// The graph with all that tells the entries of a program's code apart.
///
/// There can be as many different calls as frames in all stacks, which are most of a profile. So they
/// are summed when they are visited, one caller after the other.
#[derive(Debug)]
pub struct Callgrind {
    pub summary: Summary,
    /// First the entries to show, in order; then those that are only called.
    pub nodes: Vec<Node>,
    /// How many of them show.
    pub n_shown: usize,
    /// Numbers that nodes of one function share, in a call tree of one function below one caller;
    /// by node that shows.
    pub functions: Vec<(usize, u32)>,
    calls: Source,
}

/// Calls of an entry to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Callee {
    /// Position in [`Callgrind::nodes`].
    pub node: usize,
    /// Their weight, before means are taken.
    pub sum: i64,
}

#[derive(Debug)]
enum Source {
    Tree(Box<CallGraph>),
    Samples {
        view: Box<View>,
        trimmed: Box<Trimmed>,
        /// By entry of the table: position in [`Callgrind::nodes`], and in the order of names.
        positions: Vec<u32>,
        ranks: Vec<u32>,
    },
}

impl Callgrind {
    /// All entries that have a value.
    pub fn new(view: View) -> Self {
        if view.settings.call_tree {
            return Self::of_tree(&view);
        }
        let trimmed = view.trimmed_graph(Shape::Code, EdgeUse::None);
        let texts = trimmed.texts();
        let shown = &trimmed.graph.nodes;
        let mut nodes: Vec<Node> = shown.iter().map(|it| texts.node(it)).collect();
        let n_shown = nodes.len();
        let mut positions = vec![u32::MAX; trimmed.table.len()];
        for (position, node) in shown.iter().enumerate() {
            positions[node.id.index()] = position as u32;
        }
        for (id, position) in positions.iter_mut().enumerate() {
            let is_kept = trimmed.kept.as_ref().is_none_or(|it| it[id]);
            if *position == u32::MAX && is_kept && trimmed.occurrences[id] > 0 {
                *position = nodes.len() as u32;
                nodes.push(texts.hidden(NodeId::from_index(id)));
            }
        }
        drop(texts);
        let functions = shown
            .iter()
            .map(|it| (it.function.0.index(), it.function.1));
        Self {
            functions: functions.collect(),
            summary: trimmed.summary(&view),
            nodes,
            n_shown,
            calls: Source::Samples {
                ranks: printable_ranks(&trimmed.table),
                positions,
                trimmed: Box::new(trimmed),
                view: Box::new(view),
            },
        }
    }

    fn of_tree(view: &View) -> Self {
        let trimmed = view.trimmed_graph(Shape::Code, EdgeUse::All);
        let mut graph = CallGraph::of(view, trimmed);
        Self {
            summary: graph.summary.clone(),
            nodes: graph.nodes.clone(),
            n_shown: graph.n_shown,
            functions: std::mem::take(&mut graph.functions),
            calls: Source::Tree(Box::new(graph)),
        }
    }

    /// How many paths a call tree was cut to; `None` if it is whole, or no call tree.
    pub fn cut(&self) -> Option<usize> {
        match &self.calls {
            Source::Tree(graph) => graph.cut,
            Source::Samples { .. } => None,
        }
    }

    /// Calls `visit` with the position of each entry that shows, in order, and the calls that it
    /// makes, heaviest first. Ends at the first error.
    pub fn visit(
        &self,
        visit: &mut dyn FnMut(usize, &[Callee]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut callees = Vec::new();
        match &self.calls {
            Source::Tree(graph) => {
                for node in 0..self.n_shown {
                    callees.clear();
                    callees.extend(graph.outgoing(node).map(|it| Callee {
                        node: it.callee,
                        sum: it.sum,
                    }));
                    visit(node, &callees)?;
                }
                Ok(())
            }
            Source::Samples {
                view,
                trimmed,
                positions,
                ranks,
            } => {
                let calls = Calls::new(
                    &view.profile,
                    &trimmed.table,
                    view.measure,
                    trimmed.kept.as_deref(),
                    &trimmed.occurrences,
                );
                let order: Vec<NodeId> = trimmed.graph.nodes.iter().map(|it| it.id).collect();
                let (mut node, mut written) = (0, Ok(()));
                calls.each_node(End::Caller, &order, &mut |edges| {
                    edges.sort_unstable_by_key(|it| {
                        let weight = std::cmp::Reverse(it.weight.saturating_abs());
                        (weight, ranks[it.target.index()], it.target)
                    });
                    callees.clear();
                    callees.extend(edges.iter().map(|it| Callee {
                        node: positions[it.target.index()] as usize,
                        sum: it.weight,
                    }));
                    written = visit(node, &callees);
                    node += 1;
                    written.is_ok()
                });
                written
            }
        }
    }
}
