//! `json`: what `top` and `tree` show, as data.

use std::io::{self, Write};

use base::Idx;
use serde::{Serialize, Serializer};

use super::Report;
use super::text::inline_mark;
use super::trimmed::{EdgeUse, Trimmed};
use crate::graph::{Edge, GraphNode};

/// The report. Fields of all objects here are in alphabetical order, which their readers see.
#[derive(Serialize)]
struct JsonReport<'a, N: Serialize, E: Serialize> {
    description: Vec<String>,
    dropped_nodes: usize,
    edges: E,
    filters: &'a [String],
    nodes: N,
    sample_type: &'a str,
    shown: i64,
    total: i64,
    unit: &'a str,
}

#[derive(Serialize)]
struct JsonNode<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<u64>,
    cum: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    flat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    /// Whether all or only some of the shown calls were inlined; absent if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    inlined: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<i64>,
    name: &'a str,
}

#[derive(Serialize)]
struct JsonEdge {
    inline: bool,
    residual: bool,
    source: usize,
    target: usize,
    weight: i64,
}

/// A list whose elements are made when they are written.
struct Listed<F>(F);

impl<F, I> Serialize for Listed<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

impl Report<'_> {
    /// One object; values are in `unit`, as the profile has them, means already taken.
    pub(super) fn write_json(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let trimmed = self.trimmed_graph(EdgeUse::All);
        let graph = &trimmed.graph;
        let mut positions: Vec<Option<usize>> = vec![None; trimmed.n_ids()];
        for (position, node) in graph.nodes.iter().enumerate() {
            positions[node.id.index()] = Some(position);
        }
        let ends = |edge: &Edge| {
            let [source, target] = [edge.source, edge.target].map(|it| positions[it.index()]);
            Some((source?, target?))
        };
        let mut edges: Vec<(&Edge, (usize, usize))> = graph
            .edges
            .iter()
            .filter_map(|edge| Some((edge, ends(edge)?)))
            .collect();
        edges.sort_by_key(|&(_, ends)| ends);
        let edge = |&(edge, (source, target)): &(&Edge, (usize, usize))| JsonEdge {
            inline: edge.inline,
            residual: edge.residual,
            source,
            target,
            weight: edge.weight_value(),
        };
        let report = JsonReport {
            description: self.profile_labels(),
            dropped_nodes: trimmed.shown.dropped_nodes,
            edges: Listed(|| edges.iter().map(edge)),
            filters: &self.options.active_filters,
            nodes: Listed(|| graph.nodes.iter().map(|it| self.json_node(&trimmed, it))),
            sample_type: &self.options.sample_type,
            shown: trimmed.shown.flat,
            total: self.total,
            unit: &self.options.sample_unit,
        };
        serde_json::to_writer_pretty(&mut *out, &report)?;
        out.write_all(b"\n")
    }

    fn json_node<'n>(&self, trimmed: &Trimmed, node: &'n GraphNode) -> JsonNode<'n> {
        let text = |id| self.profile.strings.text(id).into_owned();
        let info = node.info;
        JsonNode {
            address: (info.address != 0).then_some(info.address),
            cum: node.values.cum_value(),
            file: (!info.file.is_empty()).then(|| text(info.file)),
            flat: node.values.flat_value(),
            function: (!info.name.is_empty()).then(|| text(info.name)),
            inlined: match inline_mark(&trimmed.graph, node).trim() {
                "" => None,
                mark => Some(mark == "(inline)"),
            },
            line: (info.line != 0).then_some(info.line),
            name: &node.name,
        }
    }
}
