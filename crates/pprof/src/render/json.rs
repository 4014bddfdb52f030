//! `json`: what `top` and `tree` show, as data.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use super::header::header_lines;
use crate::report::{CallGraph, Edge, Inlined};

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
    file: Option<&'a str>,
    flat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'a str>,
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
pub(super) struct Listed<F>(pub(super) F);

impl<F, I> Serialize for Listed<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// One object; values are in `unit`, as the profile has them, means already taken.
pub(super) fn write(
    graph: &CallGraph,
    time_zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    let summary = &graph.summary;
    let is_shown = |it: &&Edge| it.caller.max(it.callee) < graph.n_shown;
    let mut edges: Vec<&Edge> = graph.edges.iter().filter(is_shown).collect();
    edges.sort_by_key(|it| (it.caller, it.callee));
    let edge = |it: &&Edge| JsonEdge {
        inline: it.inline,
        residual: it.residual,
        source: it.caller,
        target: it.callee,
        weight: it.weight,
    };
    let report = JsonReport {
        description: header_lines(&summary.header, &summary.scale, time_zone),
        dropped_nodes: summary.shown.dropped_nodes,
        edges: Listed(|| edges.iter().map(edge)),
        filters: &summary.filters,
        nodes: Listed(|| (0..graph.n_shown).map(|it| node(graph, it))),
        sample_type: &summary.header.sample_type,
        shown: summary.shown.flat,
        total: summary.scale.total,
        unit: &summary.scale.sample_unit,
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    out.write_all(b"\n")
}

fn node(graph: &CallGraph, index: usize) -> JsonNode<'_> {
    let node = &graph.nodes[index];
    JsonNode {
        address: (node.address != 0).then_some(node.address),
        cum: node.cum,
        file: (!node.file.is_empty()).then_some(&*node.file),
        flat: node.flat,
        function: (!node.function.is_empty()).then_some(&*node.function),
        inlined: match graph.inlined(index) {
            Inlined::No => None,
            Inlined::Partly => Some(false),
            Inlined::All => Some(true),
        },
        line: (node.line != 0).then_some(node.line),
        name: &node.name,
    }
}
