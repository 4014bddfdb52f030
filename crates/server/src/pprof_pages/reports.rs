//! The reports of pprof's pages as JSON.

use std::collections::BTreeMap;
use std::io::Write;

use pprof::report::{
    Assembly, CallGraph, Flame, FlameDetail, Header, Inlined, Node, PageCode, Scale, SourcePage,
    Summary, Tags, Top, Tree,
};
use pprof::{Config, Error, Pages, View};
use serde_json::{Value, json};

use crate::message::Request;

/// Most files or functions of a page.
const MAX_PARTS: usize = 50;
/// Most values of a label.
const MAX_VALUES: usize = 100;
/// Rows of the table unless the options say.
const TOP_ROWS: i64 = 500;

/// A page that shows a report.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// The command of the same report, and whether it takes the expression `f`.
    command: &'static str,
    takes_expression: bool,
}

const KINDS: &[Kind] = &[
    kind("flamegraph", "folded", false),
    kind("top", "top", false),
    kind("graph", "tree", false),
    kind("labels", "tags", false),
    kind("peek", "peek", true),
    kind("source", "list", true),
    kind("disasm", "disasm", true),
];

const fn kind(name: &'static str, command: &'static str, takes_expression: bool) -> Kind {
    Kind {
        name,
        command,
        takes_expression,
    }
}

pub(super) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|it| it.name == name)
}

impl Kind {
    /// The command that prints the same report, with its expression.
    pub(super) fn command<'r>(&self, request: &'r Request) -> (&'static str, Option<&'r str>) {
        (
            self.command,
            self.takes_expression.then(|| request.parameter("f")),
        )
    }

    /// The options as the page has them.
    pub(super) fn settle(&self, config: &Config) -> Config {
        let mut config = config.clone();
        match self.name {
            "top" if config.nodecount == -1 => config.nodecount = TOP_ROWS,
            "peek" if config.granularity.is_empty() => "lines".clone_into(&mut config.granularity),
            "flamegraph" => {
                config.trim = false;
                if config.granularity.is_empty() {
                    "filefunctions".clone_into(&mut config.granularity);
                }
            }
            _ => {}
        }
        config
    }
}

/// The data of a page. Remarks go to `err`.
pub(super) fn data(
    kind: &Kind,
    pages: Pages<'_>,
    config: &Config,
    request: &Request,
    err: &mut dyn Write,
) -> Result<Value, Error> {
    let config = kind.settle(config);
    let expression = kind.command(request).1;
    let command = match kind.name {
        "flamegraph" => "flame",
        "graph" => "dot",
        "source" => "weblist",
        "labels" => "tags",
        other => other,
    };
    let mut view = View::new(&pages.loaded.profile, command, expression, &config, err)?;
    view.comparison.clone_from(&pages.loaded.comparison);
    Ok(match kind.name {
        "flamegraph" => flame(&Flame::with_detail(&view, &detail(request)), pages),
        "top" => top(&Top::new(&view), pages),
        "graph" => graph(&CallGraph::to_draw(&view), pages),
        "labels" => labels(&Tags::new(&view), &view.header(), pages),
        "peek" => tree(&or_literal(view, Tree::new)?, pages),
        "source" => source(
            &or_literal(view, |view| SourcePage::new(view, pages.machine()))?,
            pages,
        ),
        _ => {
            let header = view.header();
            let assembly = or_literal(view, |view| Assembly::new(view, pages.machine()))?;
            assembly_value(&assembly, &header, pages)
        }
    })
}

/// The report of a view; where its expression matches nothing, of the view with it taken literally.
fn or_literal<T>(mut view: View, make: impl Fn(&View) -> Result<T, Error>) -> Result<T, Error> {
    make(&view).or_else(|error| {
        if view.take_literally() {
            make(&view).map_err(|_| error)
        } else {
            Err(error)
        }
    })
}

/// Frames that take less of the picture are left out.
const MIN_SHARE: f64 = 1.0 / 15_000.0;

/// A page of 2,560 pixels shows a sixth of one; a frame that is zoomed into is asked for anew.
fn detail(request: &Request) -> FlameDetail {
    let below = request
        .parameter("below")
        .split('\n')
        .filter(|it| !it.is_empty());
    FlameDetail {
        below: below.map(str::to_owned).collect(),
        min_share: MIN_SHARE,
        max_frames: 100_000,
    }
}

fn header(header: &Header, scale: &Scale, pages: Pages<'_>) -> Value {
    json!({
        "file": header.file,
        "type": header.sample_type,
        "doc": header.doc_url,
        "lines": pages.description(header, scale),
    })
}

fn scale_value(scale: &Scale) -> Value {
    json!({
        "unit": scale.sample_unit,
        "to": scale.output_unit,
        "ratio": scale.ratio,
        "total": scale.total,
    })
}

/// A flame graph as columns, in the order in which a walk from the root meets frames: `n` the name, twice its
/// position and 1 more for an inlined frame; `d` how many levels lie between the frame before and its caller; `v` and `s` total and
/// own value, `ov` and `os` the base's; `f` the file of each name. Values are divided by `by`.
fn flame(flame: &Flame, pages: Pages<'_>) -> Value {
    let by = (flame.frames.iter())
        .flat_map(|it| [it.old, it.new, it.own.0, it.own.1])
        .fold(0, gcd)
        .max(1);
    let mut columns: [Vec<i64>; 6] = Default::default();
    let mut open = vec![(0_usize, 0_i64)];
    let mut last = -1;
    while let Some((at, depth)) = open.pop() {
        let frame = &flame.frames[at];
        let row = [
            frame.name as i64 * 2 + i64::from(frame.inlined),
            last + 1 - depth,
            frame.new / by,
            frame.own.1 / by,
            frame.old / by,
            frame.own.0 / by,
        ];
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
        last = depth;
        let mut children = frame.children.clone();
        // Sorting is stable: callees of one weight stay in the order of their names.
        children.sort_by_key(|&child| std::cmp::Reverse(flame.frames[child].weight()));
        open.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
    }
    let mut files: Vec<&str> = Vec::new();
    let mut known = BTreeMap::new();
    let mut file_of = Vec::with_capacity(flame.files.len());
    for file in &flame.files {
        let at = *known.entry(file.as_str()).or_insert_with(|| {
            files.push(file);
            files.len() - 1
        });
        file_of.push(at);
    }
    let [n, d, v, s, ov, os] = columns;
    let mut value = json!({
        "header": header(&flame.header, &flame.scale, pages),
        "scale": scale_value(&flame.scale),
        "names": flame.functions,
        "files": files,
        "f": file_of,
        "by": by,
        "n": n, "d": d, "v": v, "s": s,
        "isCut": flame.left_out || flame.cut.is_some(),
        "leastShare": MIN_SHARE.max(flame.cut.map_or(0.0, |it| it.1)),
    });
    if flame.is_diff {
        value["ov"] = ov.into();
        value["os"] = os.into();
    }
    value
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.saturating_abs(), b.saturating_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn summary_value(summary: &Summary, pages: Pages<'_>) -> Value {
    json!({
        "header": header(&summary.header, &summary.scale, pages),
        "scale": scale_value(&summary.scale),
        "filters": summary.filters,
        "shown": {
            "flat": summary.shown.flat,
            "nodes": summary.shown.n_nodes,
            "before": summary.shown.n_before_limit,
            "dropped": summary.shown.dropped_nodes,
        },
    })
}

/// A value with its label and its share, as reports print them.
fn labelled(scale: &Scale, value: i64) -> Value {
    json!([value, scale.label_or_dot(value), scale.share(value).trim()])
}

fn node(node: &Node, scale: &Scale) -> Value {
    json!({
        "name": &*node.name,
        "function": &*node.function,
        "file": &*node.file,
        "line": node.line,
        "flat": labelled(scale, node.flat),
        "cum": labelled(scale, node.cum),
    })
}

fn top(top: &Top, pages: Pages<'_>) -> Value {
    let scale = &top.summary.scale;
    let rows: Vec<Value> = (top.rows.iter())
        .map(|row| {
            let mut value = node(&row.node, scale);
            value["inlined"] = inlined(row.inlined).into();
            value
        })
        .collect();
    let mut value = summary_value(&top.summary, pages);
    value["rows"] = rows.into();
    value
}

fn inlined(inlined: Inlined) -> &'static str {
    match inlined {
        Inlined::No => "",
        Inlined::Partly => "partly inlined",
        Inlined::All => "inlined",
    }
}

fn graph(graph: &CallGraph, pages: Pages<'_>) -> Value {
    let mut value = summary_value(&graph.summary, pages);
    let scale = &graph.summary.scale;
    let nodes: Vec<Value> = graph.shown().iter().map(|it| node(it, scale)).collect();
    value["nodes"] = nodes.into();
    value["svg"] = pages.svg(graph).into();
    value
}

/// How much the values of each label stand for.
fn labels(tags: &Tags, head: &Header, pages: Pages<'_>) -> Value {
    let scale = &tags.scale;
    let keys: Vec<Value> = (tags.keys.iter())
        .map(|key| {
            let values = key.values.iter().take(MAX_VALUES);
            let values = values.map(|it| json!([it.name, labelled(scale, it.value)]));
            json!({
                "key": key.key,
                "total": labelled(scale, key.total),
                "values": values.collect::<Vec<_>>(),
                "more": key.values.len().saturating_sub(MAX_VALUES),
            })
        })
        .collect();
    json!({ "header": header(head, scale, pages), "scale": scale_value(scale), "keys": keys })
}

fn tree(tree: &Tree, pages: Pages<'_>) -> Value {
    let graph = &tree.graph;
    let scale = &graph.summary.scale;
    let neighbour = |at: usize, edge: &pprof::report::Edge| {
        let share = pprof_share(edge.weight, graph.nodes[at].cum);
        json!({
            "weight": labelled(scale, edge.weight),
            "share": share,
            "inlined": edge.inline,
        })
    };
    let entry = |&at: &usize| {
        let mut value = node(&graph.nodes[at], scale);
        let callers: Vec<Value> = (graph.incoming(at))
            .map(|edge| {
                let mut it = neighbour(at, edge);
                it["name"] = (*graph.nodes[edge.caller].name).into();
                it
            })
            .collect();
        let callees: Vec<Value> = (graph.outgoing(at))
            .map(|edge| {
                let mut it = neighbour(at, edge);
                it["name"] = (*graph.nodes[edge.callee].name).into();
                it
            })
            .collect();
        value["callers"] = callers.into();
        value["callees"] = callees.into();
        value
    };
    let mut value = summary_value(&graph.summary, pages);
    let entries: Vec<Value> = tree.entries.iter().take(500).map(entry).collect();
    value["entries"] = entries.into();
    value["more"] = tree.entries.len().saturating_sub(500).into();
    value
}

fn pprof_share(part: i64, whole: i64) -> String {
    pprof::percentage(part, whole).trim().to_owned()
}

/// A line below a source line: an instruction, or where it was inlined from.
pub(crate) fn code_value(code: &PageCode, scale: &Scale) -> Value {
    match code {
        PageCode::Gap => json!({ "gap": true }),
        PageCode::Inlined {
            depth,
            text,
            file,
            line,
        } => json!({ "depth": depth, "inlined": text, "place": format!("{file}:{line}") }),
        PageCode::Instruction {
            depth,
            address,
            text,
            place,
            flat,
            cum,
        } => json!({
            "depth": depth,
            "address": format!("{address:x}"),
            "text": text,
            "place": place,
            "flat": scale.label_or_dot(*flat),
            "cum": scale.label_or_dot(*cum),
        }),
    }
}

fn source(page: &SourcePage, pages: Pages<'_>) -> Value {
    let scale = &page.scale;
    let mut n_parts = 0;
    let mut files = Vec::new();
    for file in &page.files {
        let mut functions = Vec::new();
        for function in &file.functions {
            n_parts += 1;
            if n_parts > MAX_PARTS {
                continue;
            }
            let lines: Vec<Value> = (function.lines.iter())
                .map(|line| {
                    json!({
                        "n": line.number,
                        "text": line.text,
                        "flat": labelled(scale, line.flat),
                        "cum": labelled(scale, line.cum),
                        "code": line.code.iter().map(|it| code_value(it, scale)).collect::<Vec<_>>(),
                    })
                })
                .collect();
            functions.push(json!({
                "name": function.name,
                "flat": labelled(scale, function.flat),
                "cum": labelled(scale, function.cum),
                "lines": lines,
            }));
        }
        files.push(json!({ "path": file.path, "functions": functions }));
    }
    json!({
        "header": header(&page.header, scale, pages),
        "scale": scale_value(scale),
        "files": files,
        "more": n_parts.saturating_sub(MAX_PARTS),
    })
}

fn assembly_value(assembly: &Assembly, head: &Header, pages: Pages<'_>) -> Value {
    let scale = &assembly.scale;
    let routines: Vec<Value> = (assembly.routines.iter().take(MAX_PARTS))
        .map(|routine| {
            let lines: Vec<Value> = (routine.lines.iter())
                .map(|line| {
                    json!({
                        "address": format!("{:x}", line.address),
                        "text": line.text,
                        "place": match (line.file.is_empty(), line.line) {
                            (true, _) => String::new(),
                            (false, number) => format!("{}:{number}", line.file),
                        },
                        "flat": labelled(scale, line.flat),
                        "cum": labelled(scale, line.cum),
                    })
                })
                .collect();
            json!({
                "name": routine.name,
                "flat": labelled(scale, routine.flat),
                "cum": labelled(scale, routine.cum),
                "lines": lines,
            })
        })
        .collect();
    json!({
        "header": header(head, scale, pages),
        "scale": scale_value(scale),
        "problems": assembly.problems,
        "routines": routines,
        "more": assembly.routines.len().saturating_sub(MAX_PARTS),
    })
}
