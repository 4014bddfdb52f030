//! `top` and `text`: a line per node.

use std::fmt::Write;

use super::Report;
use super::trimmed::EdgeUse;
use crate::graph::{Graph, GraphNode};

impl Report<'_> {
    pub(super) fn text(&mut self) -> String {
        let trimmed = self.trimmed_graph(EdgeUse::InlineMarks);
        let mut out = self.report_labels(&trimmed.shown, false).join("\n");
        out.push('\n');
        let (flat, sum, cum) = ("flat", "sum", "cum");
        writeln!(out, "{flat:>10} {flat:>5}% {sum:>5}% {cum:>10} {cum:>5}%").ok();
        let mut flat_sum = 0_i64;
        for node in &trimmed.graph.nodes {
            let (flat, cum) = (node.values.flat_value(), node.values.cum_value());
            flat_sum = flat_sum.wrapping_add(flat);
            writeln!(
                out,
                "{:>10} {} {} {:>10} {}  {}{}",
                self.format_value(flat),
                self.share(flat),
                self.share(flat_sum),
                self.format_value(cum),
                self.share(cum),
                node.name,
                inline_mark(&trimmed.graph, node),
            )
            .ok();
        }
        out
    }
}

/// Whether all or some of the shown calls to a node were inlined.
pub(super) fn inline_mark(graph: &Graph, node: &GraphNode) -> &'static str {
    let inline = node
        .incoming
        .iter()
        .filter(|&&it| graph.edges[it].inline)
        .count();
    if inline == 0 {
        ""
    } else if inline == node.incoming.len() {
        " (inline)"
    } else {
        " (partial-inline)"
    }
}
