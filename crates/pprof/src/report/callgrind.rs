//! `callgrind`: the graph for KCachegrind.

use std::collections::BTreeMap;
use std::fmt::Write;

use profile::StrId;
use rustc_hash::FxHashMap;

use super::Report;
use super::trimmed::EdgeUse;
use crate::graph::{Edge, Graph, NodeId, NodeInfo, compare_edges};
use crate::number::to_integer;

impl Report<'_> {
    pub(super) fn callgrind(&mut self) -> String {
        self.options.node_fraction = 0.0;
        self.options.edge_fraction = 0.0;
        self.options.node_count = 0;
        let trimmed = self.trimmed_graph(EdgeUse::All);
        let graph = &trimmed.graph;
        let callee_names = self.distinct_names(graph);
        let mut out = "positions: instr line\n".to_owned();
        let (kind, unit) = (&self.options.sample_type, &self.options.output_unit);
        writeln!(out, "events: {kind}({unit})").ok();
        let [mut binaries, mut files, mut functions] =
            [Names::default(), Names::default(), Names::default()];
        let text = |id: StrId| self.profile.strings.text(id).into_owned();
        let mut previous: Option<NodeInfo> = None;
        for node in &graph.nodes {
            let info = node.info;
            let same_place = |it: &NodeInfo| {
                (it.objfile, it.file, it.name) == (info.objfile, info.file, info.name)
            };
            if !previous.as_ref().is_some_and(same_place) {
                writeln!(out, "\nob={}", binaries.short(&text(info.objfile))).ok();
                writeln!(out, "fl={}", files.short(&text(info.file))).ok();
                writeln!(out, "fn={}", functions.short(&text(info.name))).ok();
            }
            let flat = to_integer(self.scaled(node.values.flat_value()));
            let address = relative_address(previous.as_ref(), info.address);
            writeln!(out, "{address} {} {flat}", info.line).ok();
            let name = |id| trimmed.name_of(self, id);
            let mut edges: Vec<&Edge> = node.outgoing.iter().map(|&it| &graph.edges[it]).collect();
            edges.sort_by(|a, b| compare_edges(a, b, &name));
            for edge in edges {
                let weight = to_integer(self.scaled(edge.weight));
                let callee = trimmed.info_of(edge.target);
                writeln!(out, "cfl={}", files.short(&text(callee.file))).ok();
                let name = callee_names.get(&edge.target).map_or("", String::as_str);
                writeln!(out, "cfn={}", functions.short(name)).ok();
                let address = relative_address(previous.as_ref(), callee.address);
                writeln!(out, "calls=0 {address} {}\n* * {weight}", callee.line).ok();
            }
            previous = Some(info);
        }
        out
    }

    /// The names of nodes as callees: with a number where several functions of a file share one.
    fn distinct_names(&self, graph: &Graph) -> FxHashMap<NodeId, String> {
        let mut functions: BTreeMap<(StrId, StrId), Vec<(NodeId, u32)>> = BTreeMap::new();
        for node in &graph.nodes {
            let of_name = functions
                .entry((node.info.file, node.info.name))
                .or_default();
            if !of_name.contains(&node.function) {
                of_name.push(node.function);
            }
        }
        let name = |node: &crate::graph::GraphNode| {
            let name = self.profile.strings.text(node.info.name);
            let of_name = functions.get(&(node.info.file, node.info.name));
            let of_name = of_name.map_or(&[][..], Vec::as_slice);
            let name = match of_name.iter().position(|it| *it == node.function) {
                Some(at) if of_name.len() > 1 => format!("{name} [{}/{}]", at + 1, of_name.len()),
                _ => name.into_owned(),
            };
            (node.id, name)
        };
        graph.nodes.iter().map(name).collect()
    }
}

/// Names with the numbers that stand for them once they were written.
#[derive(Default)]
struct Names(FxHashMap<String, usize>);

impl Names {
    fn short(&mut self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        if let Some(id) = self.0.get(name) {
            return format!("({id})");
        }
        let id = self.0.len() + 1;
        self.0.insert(name.to_owned(), id);
        format!("({id}) {name}")
    }
}

/// An address, relative to that of the previous node where that is shorter.
fn relative_address(previous: Option<&NodeInfo>, address: u64) -> String {
    let absolute = if address == 0 {
        "0x0".to_owned()
    } else {
        format!("{address:#x}")
    };
    let Some(previous) = previous else {
        return absolute;
    };
    if previous.address == address {
        return "*".to_owned();
    }
    let relative = format!("{:+}", address.wrapping_sub(previous.address) as i64);
    if relative.len() < absolute.len() {
        relative
    } else {
        absolute
    }
}
