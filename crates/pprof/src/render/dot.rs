//! `dot`, and the drawing that pictures of the graph are made of.
//!
//! A [`Drawing`] has the texts, sizes and colors of all boxes and lines. Graphviz reads it as DOT
//! text; our own layout (`picture`) starts from the value.
//!
//! Source: google/pprof `internal/graph/dotgraph.go`.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::header::summary_lines;
use crate::path;
use crate::report::{CallGraph, Edge, LabelBox, Node};
use crate::short_name::short_name;

/// A graph with texts, sizes and colors.
#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) struct Drawing {
    /// Empty if it is not known.
    pub(crate) title: String,
    /// Lines of text above the graph.
    pub(crate) legend: Vec<String>,
    /// Nodes, each followed by the boxes of its labels.
    pub(crate) boxes: Vec<Box>,
    /// The lines to boxes of labels first.
    pub(crate) lines: Vec<Line>,
}

/// A box.
#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) struct Box {
    /// Its name in DOT.
    pub(crate) id: String,
    pub(crate) label: Vec<String>,
    pub(crate) kind: BoxKind,
    pub(crate) tooltip: String,
}

#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) enum BoxKind {
    /// A label of the node before it.
    #[default]
    Label,
    Node {
        /// Counted from 1.
        number: usize,
        font_size: i64,
        /// `#rrggbb`, as is `fill`.
        color: String,
        fill: String,
    },
}

/// A line between two boxes.
#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) struct Line {
    /// Positions of its ends in the boxes; `None`: an entry that does not show.
    pub(crate) ends: (usize, Option<usize>),
    pub(crate) label: Vec<String>,
    pub(crate) kind: LineKind,
    pub(crate) dotted: bool,
    pub(crate) tooltip: String,
}

#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) enum LineKind {
    /// To a label.
    #[default]
    Label,
    Call {
        /// How short and straight the line is to be, from 1 to 101.
        weight: i64,
        /// From 1 to 6.
        width: i64,
        /// `#rrggbb`; `None` if the total is 0.
        color: Option<String>,
        /// The line leaves room for the labels of the caller.
        long: bool,
    },
}

impl Drawing {
    pub(crate) fn new(graph: &CallGraph, time_zone: &TimeZone) -> Self {
        let mut drawing = Self {
            title: graph.title.clone(),
            legend: summary_lines(&graph.summary, true, time_zone),
            ..Self::default()
        };
        let flats = graph.shown().iter().map(|it| it.flat.saturating_abs());
        let max_flat = flats.max().unwrap_or(0);
        let mut positions = Vec::with_capacity(graph.n_shown);
        for (index, node) in graph.shown().iter().enumerate() {
            let position = drawing.boxes.len();
            positions.push(position);
            let number = index + 1;
            drawing.boxes.push(node_box(graph, node, number, max_flat));
            for label in graph.labels.get(index).into_iter().flatten() {
                drawing.push_label(graph, label, position, &format!("N{number}"));
            }
        }
        for edge in graph.edges.iter().filter(|it| it.caller < graph.n_shown) {
            let labels = graph.labels.get(edge.caller);
            let long = labels.is_some_and(|it| !it.is_empty());
            drawing.lines.push(call_line(graph, edge, &positions, long));
        }
        drawing
    }

    fn push_label(&mut self, graph: &CallGraph, label: &LabelBox, source: usize, source_id: &str) {
        let weight = graph.summary.scale.label(label.value);
        // The boxes of sizes have one `N` more in their names than what they hang from.
        let is_size = label.is_size;
        let prefix = if is_size { "N" } else { "" };
        let id = format!("{prefix}{source_id}_{}", label.position);
        let position = self.boxes.len();
        self.boxes.push(Box {
            id: id.clone(),
            label: label.lines.clone(),
            kind: BoxKind::Label,
            tooltip: weight.clone(),
        });
        self.lines.push(Line {
            ends: (source, Some(position)),
            label: vec![format!(" {weight}")],
            kind: LineKind::Label,
            dotted: label.is_cum,
            tooltip: weight,
        });
        for size in &label.sizes {
            self.push_label(graph, size, position, &id);
        }
    }
}

fn node_box(graph: &CallGraph, node: &Node, number: usize, max_flat: i64) -> Box {
    let scale = &graph.summary.scale;
    let mut label = name_lines(node);
    let flat_text = scale.label(node.flat);
    let mut cum_text = flat_text.clone();
    let mut values = if node.flat == 0 {
        "0".to_owned()
    } else {
        format!("{flat_text} ({})", scale.share(node.flat).trim())
    };
    if node.cum != node.flat {
        cum_text = scale.label(node.cum);
        let cum = format!("of {cum_text} ({})", scale.share(node.cum).trim());
        if node.flat == 0 {
            values = format!("{values} {cum}");
        } else {
            label.push(std::mem::replace(&mut values, cum));
        }
    }
    label.push(values);
    let mut font_size = 8;
    if max_flat != 0 && node.flat != 0 && node.flat.saturating_abs() <= max_flat {
        let share = node.flat.saturating_abs() as f64 / max_flat as f64;
        font_size += (16.0 * share.sqrt()).ceil() as i64;
    }
    let score = node.cum as f64 / scale.total.saturating_abs() as f64;
    Box {
        id: format!("N{number}"),
        label,
        kind: BoxKind::Node {
            number,
            font_size,
            color: color(score, false),
            fill: color(score, true),
        },
        tooltip: format!("{} ({cum_text})", node.name),
    }
}

/// The node's name in lines.
fn name_lines(node: &Node) -> Vec<String> {
    let mut lines = Vec::new();
    if node.address != 0 {
        lines.push(format!("{:016x}", node.address));
    }
    if !node.function.is_empty() {
        // Lines are not broken within Go's placeholder for type arguments.
        let name = short_name(&node.function).replace("[...]", "[…]");
        let parts = name.split("::").flat_map(|it| it.split('.'));
        lines.extend(parts.map(str::to_owned));
    }
    let file = if node.file.is_empty() {
        ""
    } else {
        path::base(&node.file)
    };
    if node.line != 0 {
        let column = match node.column {
            0 => String::new(),
            column => format!(":{column}"),
        };
        lines.push(format!("{file}:{}{column}", node.line));
    } else if !file.is_empty() {
        lines.push(file.to_owned());
    } else if node.function.is_empty() {
        lines.push(if node.binary.is_empty() {
            "<unknown>".to_owned()
        } else {
            format!("[{}]", path::base(&node.binary))
        });
    }
    lines
}

fn call_line(graph: &CallGraph, edge: &Edge, positions: &[usize], long: bool) -> Line {
    let scale = &graph.summary.scale;
    let value = edge.weight;
    let weight = scale.label(value);
    let mut label = vec![format!(" {weight}")];
    if edge.inline {
        label.push(" (inline)".to_owned());
    }
    let share = |parts: i64| {
        if scale.total == 0 {
            return 1;
        }
        let scaled = i128::from(value) * i128::from(parts) / i128::from(scale.total);
        1 + i64::try_from(scaled.unsigned_abs()).map_or(parts, |it| it.min(parts))
    };
    let arrow = if edge.residual { "..." } else { "->" };
    let name = |node: usize| &graph.nodes[node].name;
    let score = value as f64 / scale.total.saturating_abs() as f64;
    Line {
        ends: (positions[edge.caller], positions.get(edge.callee).copied()),
        label,
        kind: LineKind::Call {
            weight: share(100),
            width: share(5),
            color: (scale.total != 0).then(|| color(score, false)),
            long,
        },
        dotted: edge.residual,
        tooltip: format!(
            "{} {arrow} {} ({weight})",
            name(edge.caller),
            name(edge.callee)
        ),
    }
}

/// Writes the drawing as DOT text.
pub(crate) fn write(drawing: &Drawing, out: &mut dyn Write) -> io::Result<()> {
    let title = if drawing.title.is_empty() {
        "unnamed"
    } else {
        &drawing.title
    };
    writeln!(
        out,
        "digraph \"{}\" {{\nnode [style=filled fillcolor=\"#f8f8f8\"]",
        escape(title)
    )?;
    write_legend(drawing, out)?;
    let mut lines = drawing.lines.iter().peekable();
    for (position, placed) in drawing.boxes.iter().enumerate() {
        write_box(placed, out)?;
        // The line to a label follows its box.
        let leads_here = |it: &&Line| it.kind == LineKind::Label && it.ends.1 == Some(position);
        if let Some(line) = lines.next_if(leads_here) {
            write_line(drawing, line, out)?;
        }
    }
    for line in lines {
        write_line(drawing, line, out)?;
    }
    writeln!(out, "}}")
}

fn write_legend(drawing: &Drawing, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = drawing.legend.first() else {
        return Ok(());
    };
    let escaped: Vec<String> = drawing.legend.iter().map(|it| escape(it)).collect();
    write!(
        out,
        "subgraph cluster_L {{ \"{}\" [shape=box fontsize=16 label=\"{}\\l\"",
        escape(first),
        escaped.join("\\l")
    )?;
    if !drawing.title.is_empty() {
        write!(out, " tooltip=\"{}\"", escape(&drawing.title))?;
    }
    writeln!(out, "] }}")
}

fn write_box(placed: &Box, out: &mut dyn Write) -> io::Result<()> {
    let (id, label) = (&placed.id, escape_lines(&placed.label));
    let tooltip = escape(&placed.tooltip);
    match &placed.kind {
        BoxKind::Label => writeln!(
            out,
            "{id} [label = \"{label}\" id=\"{id}\" fontsize=8 shape=box3d tooltip=\"{tooltip}\"]"
        ),
        BoxKind::Node {
            number,
            font_size,
            color,
            fill,
        } => writeln!(
            out,
            "{id} [label=\"{label}\" id=\"node{number}\" fontsize={font_size} shape=box \
             tooltip=\"{tooltip}\" color=\"{color}\" fillcolor=\"{fill}\"]"
        ),
    }
}

fn write_line(drawing: &Drawing, line: &Line, out: &mut dyn Write) -> io::Result<()> {
    let id = |position: usize| drawing.boxes[position].id.as_str();
    // Entries that are not shown have no box; pprof numbers them 0.
    let target = line.ends.1.map_or("N0", id);
    write!(out, "{} -> {target} [", id(line.ends.0))?;
    let (label, tooltip) = (escape_lines(&line.label), escape(&line.tooltip));
    write!(out, "label=\"{label}\"")?;
    let dotted = if line.dotted { " style=\"dotted\"" } else { "" };
    match &line.kind {
        LineKind::Label => writeln!(
            out,
            " weight=100 tooltip=\"{tooltip}\" labeltooltip=\"{tooltip}\"{dotted}]"
        ),
        LineKind::Call {
            weight,
            width,
            color,
            long,
        } => {
            if *weight > 1 {
                write!(out, " weight={weight}")?;
            }
            if *width > 1 {
                write!(out, " penwidth={width}")?;
            }
            if let Some(color) = color {
                write!(out, " color=\"{color}\"")?;
            }
            let long = if *long { " minlen=2" } else { "" };
            writeln!(
                out,
                " tooltip=\"{tooltip}\" labeltooltip=\"{tooltip}\"{dotted}{long}]"
            )
        }
    }
}

fn escape_lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|it| escape(it)).collect();
    lines.join("\\n")
}

/// Quotes and backslashes escaped, lines ended to the left.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\l")
}

/// From green (-1) over grey (0) to red (1); backgrounds are pale.
fn color(score: f64, is_background: bool) -> String {
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
