//! `top` and `text`: an entry per row.

use super::trimmed::{EdgeUse, Shape};
use super::{Inlined, Node, Summary};
use crate::view::View;

/// The entries with the largest values.
#[derive(Clone, PartialEq, Debug)]
pub struct Top {
    pub summary: Summary,
    pub rows: Vec<TopRow>,
}

/// An entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopRow {
    pub node: Node,
    pub inlined: Inlined,
}

impl Top {
    /// The entries, sorted and trimmed as the view's settings say.
    pub fn new(view: &View) -> Self {
        let trimmed = view.trimmed_graph(Shape::Table, EdgeUse::InlineMarks);
        let texts = trimmed.texts();
        let graph = &trimmed.graph;
        let row = |node: &crate::graph::GraphNode| TopRow {
            node: texts.node(node),
            inlined: Inlined::of(node.incoming.iter().map(|&it| graph.edges[it].inline)),
        };
        Self {
            rows: graph.nodes.iter().map(row).collect(),
            summary: trimmed.summary(view),
        }
    }
}
