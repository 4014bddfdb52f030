//! The DOT text that this crate writes, read back.

use std::collections::BTreeMap;

/// A box of the graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Box {
    pub(crate) lines: Vec<String>,
    pub(crate) font_size: f64,
    pub(crate) color: String,
    pub(crate) fill: String,
    pub(crate) tooltip: String,
}

/// A line of the graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// Positions of its ends in the boxes.
    pub(crate) ends: (usize, usize),
    pub(crate) label: String,
    pub(crate) width: f64,
    pub(crate) weight: f64,
    pub(crate) color: String,
    pub(crate) dotted: bool,
    pub(crate) tooltip: String,
}

/// A graph to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drawing {
    pub(crate) legend: Vec<String>,
    pub(crate) boxes: Vec<Box>,
    pub(crate) lines: Vec<Line>,
}

pub(crate) fn parse(dot: &str) -> Drawing {
    let mut drawing = Drawing::default();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for line in dot.lines() {
        let Some((head, rest)) = line.split_once(" [") else {
            continue;
        };
        let attributes = attributes(rest);
        let get = |name: &str| attributes.get(name).map_or("", String::as_str);
        let number = |name: &str, default: f64| get(name).parse().unwrap_or(default);
        if head.starts_with("subgraph cluster_L") {
            drawing.legend = text_lines(get("label"));
        } else if let Some((from, to)) = head.split_once(" -> ") {
            let (Some(&from), Some(&to)) = (names.get(from), names.get(to)) else {
                continue;
            };
            drawing.lines.push(Line {
                ends: (from, to),
                label: text_lines(get("label")).join("").trim().to_owned(),
                width: number("penwidth", 1.0),
                weight: number("weight", 1.0),
                color: or(get("color"), "#000000"),
                dotted: get("style") == "dotted",
                tooltip: text_lines(get("tooltip")).join(" "),
            });
        } else if head.starts_with('N') {
            names.insert(head, drawing.boxes.len());
            drawing.boxes.push(Box {
                lines: text_lines(get("label")),
                font_size: number("fontsize", 14.0),
                color: or(get("color"), "#000000"),
                fill: or(get("fillcolor"), "#f8f8f8"),
                tooltip: text_lines(get("tooltip")).join(" "),
            });
        }
    }
    drawing
}

fn or(text: &str, default: &str) -> String {
    (if text.is_empty() { default } else { text }).to_owned()
}

/// `name=value` and `name="value"` pairs up to the closing bracket; escapes stay.
fn attributes(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let value_end = if let Some(quoted) = after.strip_prefix('"') {
            let mut escaped = false;
            let end = quoted.find(|c| {
                let is_end = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                is_end
            });
            end.map_or(after.len(), |end| end + 2)
        } else {
            after.find([' ', ']']).unwrap_or(after.len())
        };
        let value = after[..value_end].trim_matches('"');
        found.insert(name.trim().to_owned(), value.to_owned());
        rest = &after[value_end..];
    }
    found
}

/// The lines of a label, its escapes undone.
fn text_lines(label: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut chars = label.chars();
    while let Some(c) = chars.next() {
        let c = if c == '\\' {
            match chars.next() {
                Some('n' | 'l') => {
                    lines.push(String::new());
                    continue;
                }
                Some(c) => c,
                None => break,
            }
        } else {
            c
        };
        if let Some(last) = lines.last_mut() {
            last.push(c);
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_lines_come_back() {
        let dot = r##"digraph "x" {
node [style=filled fillcolor="#f8f8f8"]
subgraph cluster_L { "File: x" [shape=box fontsize=16 label="File: x\lType: cpu\l" tooltip="x"] }
N1 [label="a\n\"b\"\n1s" id="node1" fontsize=24 shape=box tooltip="a (1s)" color="#b20000" fillcolor="#edd5d5"]
N2 [label="c" id="node2" fontsize=8 shape=box tooltip="c" color="#b20000" fillcolor="#edd5d5"]
N1 -> N2 [label=" 1s\n (inline)" weight=10 penwidth=2 color="#b20000" tooltip="a -> c" labeltooltip="a" style="dotted"]
}
"##;
        let drawing = parse(dot);
        assert_eq!(drawing.legend, ["File: x", "Type: cpu"]);
        assert_eq!(drawing.boxes[0].lines, ["a", "\"b\"", "1s"]);
        assert_eq!((drawing.boxes[1].font_size, drawing.boxes.len()), (8.0, 2));
        let line = &drawing.lines[0];
        assert_eq!((line.ends, line.width, line.dotted), ((0, 1), 2.0, true));
        assert_eq!(line.label, "1s (inline)");
    }
}
