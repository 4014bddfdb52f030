//! `dot`: the graph in Graphviz's language.
//!
//! Source: google/pprof `internal/graph/dotgraph.go`.

use std::fmt::Write;

use profile::units;
use rustc_hash::FxHashMap;

use super::Report;
use super::trimmed::{EdgeUse, Trimmed};
use crate::graph::{Edge, GraphNode, NodeId, Tag, Values, compare_edges, divide, sort_tags};
use crate::number::to_integer;
use crate::short_name::short_name;

/// Label boxes per node.
const MAX_NODELETS: usize = 4;

impl Report<'_> {
    pub(super) fn dot(&mut self) -> String {
        let trimmed = self.trimmed_graph(EdgeUse::All);
        let labels = self.report_labels(&trimmed.shown, true);
        let title = self.options.title.clone();
        let mut out = String::new();
        let name = if title.is_empty() { "unnamed" } else { &title };
        writeln!(
            out,
            "digraph \"{name}\" {{\nnode [style=filled fillcolor=\"#f8f8f8\"]"
        )
        .ok();
        push_legend(&mut out, &labels, &title);
        self.push_graph(&mut out, &trimmed);
        out.push_str("}\n");
        out
    }

    fn push_graph(&self, out: &mut String, trimmed: &Trimmed) {
        let nodes = &trimmed.graph.nodes;
        let flats = nodes.iter().map(|it| it.values.flat_value().wrapping_abs());
        let max_flat = flats.max().unwrap_or(0);
        let mut has_nodelets: FxHashMap<NodeId, bool> = FxHashMap::default();
        let mut numbers: FxHashMap<NodeId, usize> = FxHashMap::default();
        let mut edges: Vec<&Edge> = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let number = index + 1;
            numbers.insert(node.id, number);
            self.push_node(out, node, number, max_flat);
            has_nodelets.insert(node.id, self.push_nodelets(out, trimmed, index));
            edges.extend(node.outgoing.iter().map(|&it| &trimmed.graph.edges[it]));
        }
        let mut names: FxHashMap<NodeId, String> = FxHashMap::default();
        for id in edges.iter().flat_map(|it| [it.source, it.target]) {
            names.entry(id).or_insert_with(|| trimmed.name_of(self, id));
        }
        let name = |id: NodeId| names.get(&id).cloned().unwrap_or_default();
        edges.sort_by(|a, b| compare_edges(a, b, &name));
        for edge in edges {
            let number = |id: NodeId| numbers.get(&id).copied().unwrap_or(0);
            let ends = (number(edge.source), number(edge.target));
            let minlen = has_nodelets.get(&edge.source) == Some(&true);
            let names = (name(edge.source), name(edge.target));
            self.push_edge(out, edge, ends, &names, minlen);
        }
    }

    fn push_node(&self, out: &mut String, node: &GraphNode, number: usize, max_flat: i64) {
        let (flat, cum) = (node.values.flat_value(), node.values.cum_value());
        let mut label = self.multiline_name(node);
        let flat_text = self.format_value(flat);
        let mut cum_text = flat_text.clone();
        if flat == 0 {
            label.push('0');
        } else {
            write!(label, "{flat_text} ({})", self.share(flat).trim()).ok();
        }
        if cum != flat {
            label.push_str(if flat == 0 { " " } else { "\\n" });
            cum_text = self.format_value(cum);
            write!(label, "of {cum_text} ({})", self.share(cum).trim()).ok();
        }
        let mut font_size = 8;
        if max_flat != 0 && flat != 0 && flat.wrapping_abs() <= max_flat {
            let share = flat.wrapping_abs() as f64 / max_flat as f64;
            font_size += (16.0 * share.sqrt()).ceil() as i64;
        }
        let score = cum as f64 / self.total.wrapping_abs() as f64;
        let (color, fill) = (dot_color(score, false), dot_color(score, true));
        let tooltip = escape(&node.name);
        writeln!(
            out,
            "N{number} [label=\"{label}\" id=\"node{number}\" fontsize={font_size} shape=box \
             tooltip=\"{tooltip} ({cum_text})\" color=\"{color}\" fillcolor=\"{fill}\"]"
        )
        .ok();
    }

    /// The node's name in lines.
    fn multiline_name(&self, node: &GraphNode) -> String {
        let name = self.profile.strings.text(node.info.name);
        let name = escape(&short_name(&name)).replace("::", "\\n");
        // Go's stand-in for type arguments is no place to break a line.
        let name = name.replace("[...]", "[…]").replace('.', "\\n");
        let parts = node.info.components_named(&name, &self.profile.strings);
        parts.join("\\n") + "\\n"
    }

    /// Boxes for the node's labels; whether there are any.
    fn push_nodelets(&self, out: &mut String, trimmed: &Trimmed, index: usize) -> bool {
        let (Some(tags), Some(table)) = (trimmed.tags.get(index), &trimmed.tag_table) else {
            return false;
        };
        let before = out.len();
        let number = index + 1;
        // What leaves show includes what was left out below them.
        let flat_only = !trimmed.graph.nodes[index].outgoing.is_empty();
        let mut texts = tags.texts(table);
        sort_tags(&mut texts, flat_only);
        texts.truncate(MAX_NODELETS);
        for (position, tag) in texts.iter().enumerate() {
            let value = if flat_only {
                tag.values.flat_value()
            } else {
                tag.values.cum_value()
            };
            if value == 0 {
                continue;
            }
            let weight = self.format_value(value);
            let id = format!("N{number}_{position}");
            writeln!(
                out,
                "{id} [label = \"{}\" id=\"{id}\" fontsize=8 shape=box3d tooltip=\"{weight}\"]\n\
                 N{number} -> {id} [label=\" {weight}\" weight=100 tooltip=\"{weight}\" \
                 labeltooltip=\"{weight}\"]",
                tag.name
            )
            .ok();
            self.push_sizes(out, tags.sizes(table, &tag.name), flat_only, &id);
        }
        self.push_sizes(out, tags.sizes(table, ""), flat_only, &format!("N{number}"));
        out.len() > before
    }

    /// Boxes for object sizes, in at most four groups.
    fn push_sizes(&self, out: &mut String, sizes: Vec<Tag>, flat_only: bool, source: &str) {
        for (position, tag) in collapsed(sizes, flat_only).iter().enumerate() {
            let (flat, cum) = (tag.values.flat_value(), tag.values.cum_value());
            let (value, style) = if flat_only || flat == cum {
                (flat, "")
            } else {
                (cum, " style=\"dotted\"")
            };
            if value == 0 {
                continue;
            }
            let weight = self.format_value(value);
            let id = format!("N{source}_{position}");
            writeln!(
                out,
                "{id} [label = \"{}\" id=\"{id}\" fontsize=8 shape=box3d tooltip=\"{weight}\"]\n\
                 {source} -> {id} [label=\" {weight}\" weight=100 tooltip=\"{weight}\" \
                 labeltooltip=\"{weight}\"{style}]",
                tag.name
            )
            .ok();
        }
    }

    fn push_edge(
        &self,
        out: &mut String,
        edge: &Edge,
        (from, to): (usize, usize),
        (source, target): &(String, String),
        minlen: bool,
    ) {
        let value = edge.weight_value();
        let weight = self.format_value(value);
        let inline = if edge.inline { "\\n (inline)" } else { "" };
        let mut attributes = format!("label=\" {weight}{inline}\"");
        if self.total != 0 {
            let share = |parts: i64| {
                let scaled = value.wrapping_mul(parts).wrapping_div(self.total);
                1 + scaled.wrapping_abs().min(parts)
            };
            let (heavy, width) = (share(100), share(5));
            if heavy > 1 {
                write!(attributes, " weight={heavy}").ok();
            }
            if width > 1 {
                write!(attributes, " penwidth={width}").ok();
            }
            let score = value as f64 / self.total.wrapping_abs() as f64;
            write!(attributes, " color=\"{}\"", dot_color(score, false)).ok();
        }
        let arrow = if edge.residual { "..." } else { "->" };
        let tooltip = format!(
            "\"{} {arrow} {} ({weight})\"",
            escape(source),
            escape(target)
        );
        write!(attributes, " tooltip={tooltip} labeltooltip={tooltip}").ok();
        if edge.residual {
            attributes.push_str(" style=\"dotted\"");
        }
        if minlen {
            attributes.push_str(" minlen=2");
        }
        writeln!(out, "N{from} -> N{to} [{attributes}]").ok();
    }
}

fn push_legend(out: &mut String, labels: &[String], title: &str) {
    let Some(first) = labels.first() else {
        return;
    };
    let escaped: Vec<String> = labels.iter().map(|it| escape(it)).collect();
    write!(
        out,
        "subgraph cluster_L {{ \"{}\" [shape=box fontsize=16 label=\"{}\\l\"",
        escape(first),
        escaped.join("\\l")
    )
    .ok();
    if !title.is_empty() {
        write!(out, " tooltip=\"{title}\"").ok();
    }
    out.push_str("] }\n");
}

/// Quotes and backslashes escaped, lines ended to the left.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\l")
}

/// Tags put together in at most [`MAX_NODELETS`] groups around the largest.
fn collapsed(mut tags: Vec<Tag>, flat_only: bool) -> Vec<Tag> {
    sort_tags(&mut tags, flat_only);
    if tags.len() <= MAX_NODELETS {
        return tags;
    }
    let others = tags.split_off(MAX_NODELETS);
    let mut groups: Vec<Vec<Tag>> = tags.into_iter().map(|tag| vec![tag]).collect();
    for tag in others {
        let distances = groups.iter().map(|group| distance(&tag, &group[0]));
        let mut nearest = (0, f64::INFINITY);
        for (index, distance) in distances.enumerate() {
            if distance < nearest.1 {
                nearest = (index, distance);
            }
        }
        groups[nearest.0].push(tag);
    }
    let mut tags: Vec<Tag> = groups.iter().map(|group| summed(group)).collect();
    sort_tags(&mut tags, flat_only);
    tags
}

fn distance(tag: &Tag, other: &Tag) -> f64 {
    (tag.value as f64 - units::scale(other.value, &other.unit, &tag.unit).0).abs()
}

/// A group as one tag, named after its range.
fn summed(group: &[Tag]) -> Tag {
    let label = |tag: &Tag| units::label(tag.value, &tag.unit, "auto");
    let first = &group[0];
    if group.len() == 1 {
        let values = Values {
            flat: first.values.flat_value(),
            cum: first.values.cum_value(),
            ..Values::default()
        };
        return Tag {
            name: label(first),
            unit: String::new(),
            value: 0,
            values,
        };
    }
    let (mut min, mut max) = (first, first);
    let mut sums = first.values;
    for tag in &group[1..] {
        let in_unit_of = |of: &Tag| to_integer(units::scale(tag.value, &tag.unit, &of.unit).0);
        if in_unit_of(min) < min.value {
            min = tag;
        }
        if in_unit_of(max) > max.value {
            max = tag;
        }
        sums.add_flat((tag.values.flat, tag.values.flat_divisor));
        sums.add_cum((tag.values.cum, tag.values.cum_divisor));
    }
    let values = Values {
        flat: divide(sums.flat, sums.flat_divisor),
        cum: divide(sums.cum, sums.cum_divisor),
        ..Values::default()
    };
    let name = format!("{}..{}", label(min), label(max));
    Tag {
        name,
        unit: String::new(),
        value: 0,
        values,
    }
}

/// From green (-1) over grey (0) to red (1); backgrounds are pale.
fn dot_color(score: f64, is_background: bool) -> String {
    /// How far values near 0 are moved away from grey.
    const SHIFT: f64 = 0.7;
    let (mut saturation, value) = if is_background {
        (0.1, 0.93)
    } else {
        (1.0, 0.7)
    };
    let score = if score.is_nan() {
        score
    } else {
        score.clamp(-1.0, 1.0)
    };
    if score.abs() < 0.2 {
        saturation *= score.abs() / 0.2;
    }
    let shifted = if score > 0.0 {
        score.powf(1.0 - SHIFT)
    } else if score < 0.0 {
        -(-score).powf(1.0 - SHIFT)
    } else {
        score
    };
    let (red, green) = if shifted < 0.0 {
        (value * (1.0 + saturation * shifted), value)
    } else {
        (value, value * (1.0 - saturation * shifted))
    };
    let blue = value * (1.0 - saturation);
    let byte = |part: f64| (part * 255.0) as u8;
    format!("#{:02x}{:02x}{:02x}", byte(red), byte(green), byte(blue))
}
