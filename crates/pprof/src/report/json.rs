//! `json`: what `top` and `tree` show, as data.

use serde_json::{Value, json};

use super::Report;
use super::text::inline_mark;
use super::trimmed::{EdgeUse, Trimmed};
use crate::graph::{Edge, GraphNode, NodeId};

impl Report<'_> {
    /// One object; values are in `unit`, as the profile has them, means already taken.
    pub(super) fn json(&mut self) -> String {
        let trimmed = self.trimmed_graph(EdgeUse::All);
        let positions: rustc_hash::FxHashMap<NodeId, usize> = trimmed
            .graph
            .nodes
            .iter()
            .enumerate()
            .map(|(at, node)| (node.id, at))
            .collect();
        let nodes: Vec<Value> = trimmed
            .graph
            .nodes
            .iter()
            .map(|it| self.json_node(&trimmed, it))
            .collect();
        let shown = |edge: &&Edge| {
            positions.contains_key(&edge.source) && positions.contains_key(&edge.target)
        };
        let edge = |edge: &Edge| {
            json!({
                "source": positions[&edge.source],
                "target": positions[&edge.target],
                "weight": edge.weight_value(),
                "residual": edge.residual,
                "inline": edge.inline,
            })
        };
        let mut edges: Vec<&Edge> = trimmed.graph.edges.iter().filter(shown).collect();
        edges.sort_by_key(|it| (positions[&it.source], positions[&it.target]));
        let edges: Vec<Value> = edges.into_iter().map(edge).collect();
        let report = json!({
            "description": self.profile_labels(),
            "filters": self.options.active_filters,
            "sample_type": self.options.sample_type,
            "unit": self.options.sample_unit,
            "total": self.total,
            "shown": trimmed.shown.flat,
            "dropped_nodes": trimmed.shown.dropped_nodes,
            "nodes": nodes,
            "edges": edges,
        });
        format!("{report:#}\n")
    }

    fn json_node(&self, trimmed: &Trimmed, node: &GraphNode) -> Value {
        let text = |id| self.profile.strings.text(id);
        let mut value = json!({
            "name": &*node.name,
            "flat": node.values.flat_value(),
            "cum": node.values.cum_value(),
        });
        let mut set = |key: &str, field: Value| value[key] = field;
        if !node.info.name.is_empty() {
            set("function", json!(text(node.info.name)));
        }
        if !node.info.file.is_empty() {
            set("file", json!(text(node.info.file)));
        }
        if node.info.line != 0 {
            set("line", json!(node.info.line));
        }
        if node.info.address != 0 {
            set("address", json!(node.info.address));
        }
        match inline_mark(&trimmed.graph, node).trim() {
            "" => {}
            mark => set("inlined", json!(mark == "(inline)")),
        }
        value
    }
}
