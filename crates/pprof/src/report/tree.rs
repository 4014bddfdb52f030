//! `tree` and `peek`: each node between its callers and callees.

use std::fmt::Write;

use super::Report;
use super::trimmed::{EdgeUse, Trimmed};
use crate::error::Error;
use crate::graph::{Edge, NodeId, compare_edges};
use crate::number::percentage;

const SEPARATOR: &str = "----------------------------------------------------------+-------------";
const LEGEND: &str = "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t ";

impl Report<'_> {
    pub(super) fn tree(&mut self) -> Result<Vec<u8>, Error> {
        let edge_use = if self.options.symbol.is_some() {
            EdgeUse::OfMatches
        } else {
            EdgeUse::All
        };
        let trimmed = self.trimmed_graph(edge_use);
        let mut out = self.report_labels(&trimmed.shown, false).join("\n");
        write!(out, "\n{SEPARATOR}\n{LEGEND}\n").ok();
        let mut flat_sum = 0_i64;
        let mut matched = false;
        for node in &trimmed.graph.nodes {
            if self
                .options
                .symbol
                .as_ref()
                .is_some_and(|it| !it.is_match(&node.name))
            {
                continue;
            }
            matched = true;
            let (flat, cum) = (node.values.flat_value(), node.values.cum_value());
            writeln!(out, "{SEPARATOR}").ok();
            self.push_edges(&mut out, &trimmed, &node.incoming, cum, |it| it.source);
            flat_sum = flat_sum.wrapping_add(flat);
            writeln!(
                out,
                "{:>10} {} {} {:>10} {}                | {}",
                self.format_value(flat),
                self.share(flat),
                self.share(flat_sum),
                self.format_value(cum),
                self.share(cum),
                node.name
            )
            .ok();
            self.push_edges(&mut out, &trimmed, &node.outgoing, cum, |it| it.target);
        }
        if !trimmed.graph.nodes.is_empty() {
            writeln!(out, "{SEPARATOR}").ok();
        }
        match &self.options.symbol {
            Some(symbol) if !matched => Err(Error::Report(format!(
                "no matches found for regexp: {}",
                symbol.as_str()
            ))),
            _ => Ok(out.into_bytes()),
        }
    }

    /// Lines for edges, with the name of one of their ends.
    fn push_edges(
        &self,
        out: &mut String,
        trimmed: &Trimmed,
        edges: &[usize],
        cum: i64,
        end: impl Fn(&Edge) -> NodeId,
    ) {
        let name = |id| trimmed.name_of(self, id);
        let mut edges: Vec<&Edge> = edges.iter().map(|&it| &trimmed.graph.edges[it]).collect();
        edges.sort_by(|a, b| compare_edges(a, b, &name));
        for edge in edges {
            let inline = if edge.inline { " (inline)" } else { "" };
            writeln!(
                out,
                "{:>50} {} |   {}{inline}",
                self.format_value(edge.weight),
                percentage(edge.weight, cum),
                name(end(edge))
            )
            .ok();
        }
    }
}
