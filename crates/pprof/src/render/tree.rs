//! `tree` and `peek`.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::header::summary_lines;
use crate::number::percentage;
use crate::report::{CallGraph, Edge, Tree};

const SEPARATOR: &str = "----------------------------------------------------------+-------------";
const LEGEND: &str = "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t ";

/// Each entry between its callers and callees.
pub(super) fn write(tree: &Tree, time_zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let graph = &tree.graph;
    let scale = &graph.summary.scale;
    let lines = summary_lines(&graph.summary, false, time_zone);
    writeln!(out, "{}\n{SEPARATOR}\n{LEGEND}", lines.join("\n"))?;
    let mut flat_sum = 0_i64;
    for &entry in &tree.entries {
        let node = &graph.nodes[entry];
        writeln!(out, "{SEPARATOR}")?;
        for edge in graph.incoming(entry) {
            write_edge(graph, edge, edge.caller, node.cum, out)?;
        }
        flat_sum = flat_sum.saturating_add(node.flat);
        writeln!(
            out,
            "{:>10} {} {} {:>10} {}                | {}",
            scale.label(node.flat),
            scale.share(node.flat),
            scale.share(flat_sum),
            scale.label(node.cum),
            scale.share(node.cum),
            node.name
        )?;
        for edge in graph.outgoing(entry) {
            write_edge(graph, edge, edge.callee, node.cum, out)?;
        }
    }
    if graph.n_shown > 0 {
        writeln!(out, "{SEPARATOR}")?;
    }
    Ok(())
}

/// A line for an edge of an entry, with the name of its other end. Means are not taken, as in
/// pprof.
fn write_edge(
    graph: &CallGraph,
    edge: &Edge,
    other: usize,
    cum: i64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let inline = if edge.inline { " (inline)" } else { "" };
    writeln!(
        out,
        "{:>50} {} |   {}{inline}",
        graph.summary.scale.label(edge.sum),
        percentage(edge.sum, cum),
        graph.nodes[other].name
    )
}
