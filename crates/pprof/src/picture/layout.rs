//! A layered layout: callers above callees.
//!
//! Edges that would close a cycle are turned; a box lies one layer below its lowest caller; edges
//! over several layers pass through points of their own; within a layer the order comes from the
//! mean position of neighbours, swept down and up, and the one with the fewest crossings is kept;
//! last, boxes move towards their neighbours as far as there is room. (The steps of Sugiyama, Tagawa
//! and Toda, 1981.) Edges bend only between layers, where there are no boxes to cross.

use super::labels::Labels;
use crate::render::dot::{Box, BoxKind, Drawing, Line, LineKind};

/// A graph with positions. Coordinates are in 1/72 inch from the top left.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) texts: Vec<Text>,
    pub(crate) boxes: Vec<Placed>,
    pub(crate) paths: Vec<Route>,
}

#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) x: f64,
    /// Of the baseline.
    pub(crate) y: f64,
    pub(crate) size: f64,
    pub(crate) content: String,
    /// `x` is its middle, not its start.
    pub(crate) centered: bool,
}

#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) color: String,
    pub(crate) fill: String,
    pub(crate) tooltip: String,
}

#[derive(Debug)]
pub(crate) struct Route {
    /// From caller to callee.
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) width: f64,
    pub(crate) color: String,
    pub(crate) dotted: bool,
    pub(crate) tooltip: String,
}

const MARGIN: f64 = 20.0;
const GAP_X: f64 = 18.0;
const GAP_Y: f64 = 46.0;
const PAD: f64 = 7.0;
const SWEEPS: usize = 12;
const LABEL_SIZE: f64 = 10.0;

/// Something in a layer: a box, or a point of an edge.
#[derive(Clone, Default)]
struct Item {
    width: f64,
    height: f64,
    layer: usize,
    /// Middle.
    x: f64,
    up: Vec<usize>,
    down: Vec<usize>,
}

/// Computes the positions of the boxes and lines of a drawing. Lines to entries without a box are
/// left out.
pub(crate) fn layout(drawing: &Drawing) -> Scene {
    let item = |it: &Box| {
        let (width, height) = size(&text_lines(&it.label), font_size(it));
        Item {
            width,
            height,
            ..Item::default()
        }
    };
    let mut items: Vec<Item> = drawing.boxes.iter().map(item).collect();
    let between = |it| Some((it, ends(it)?));
    let lines: Vec<(&Line, (usize, usize))> = drawing.lines.iter().filter_map(between).collect();
    let directed = without_cycles(drawing.boxes.len(), &lines);
    rank(&mut items, &directed);
    let chains = chains(&mut items, &directed);
    let mut layers = ordered(&mut items);
    place(&mut items, &mut layers);
    draw(drawing, &lines, &items, &layers, &chains)
}

fn ends(line: &Line) -> Option<(usize, usize)> {
    Some((line.ends.0, line.ends.1?))
}

/// Lines of text, without line ends in them and empty ones at their end.
fn text_lines(label: &[String]) -> Vec<String> {
    let lines = label.iter().flat_map(|it| it.split('\n'));
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn font_size(placed: &Box) -> f64 {
    match placed.kind {
        BoxKind::Label => 8.0,
        BoxKind::Node { font_size, .. } => font_size as f64,
    }
}

/// Colors of a box's border and of its inside.
fn colors(placed: &Box) -> (String, String) {
    match &placed.kind {
        BoxKind::Label => ("#000000".to_owned(), "#f8f8f8".to_owned()),
        BoxKind::Node { color, fill, .. } => (color.clone(), fill.clone()),
    }
}

/// Width and color of a line.
fn stroke(line: &Line) -> (f64, String) {
    match &line.kind {
        LineKind::Call {
            width,
            color: Some(color),
            ..
        } => (*width as f64, color.clone()),
        _ => (1.0, "#000000".to_owned()),
    }
}

/// Room for lines of text.
fn size(lines: &[String], font_size: f64) -> (f64, f64) {
    let columns = lines.iter().map(|it| it.chars().count()).max().unwrap_or(0);
    let width = columns as f64 * font_size * 0.56 + 2.0 * PAD;
    (width, lines.len() as f64 * font_size * 1.2 + 2.0 * PAD)
}

/// The edges with those turned that close a cycle; ends and whether it was turned.
fn without_cycles(n_boxes: usize, lines: &[(&Line, (usize, usize))]) -> Vec<(usize, usize)> {
    let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); n_boxes];
    let mut has_caller = vec![false; n_boxes];
    for &(_, (from, to)) in lines {
        outgoing[from].push(to);
        has_caller[to] = true;
    }
    // When the depth-first search left a box; edges to boxes left later close a cycle.
    let mut finished = vec![0_usize; n_boxes];
    let mut entered = vec![false; n_boxes];
    let mut clock = 0;
    let roots = (0..n_boxes).filter(|&it| !has_caller[it]).chain(0..n_boxes);
    for root in roots {
        let mut stack = vec![(root, 0)];
        if std::mem::replace(&mut entered[root], true) {
            continue;
        }
        while let Some((node, next)) = stack.last_mut() {
            if let Some(&target) = outgoing[*node].get(*next) {
                *next += 1;
                if !std::mem::replace(&mut entered[target], true) {
                    stack.push((target, 0));
                }
            } else {
                clock += 1;
                finished[*node] = clock;
                stack.pop();
            }
        }
    }
    let turn = |&(_, (from, to)): &(&Line, (usize, usize))| {
        if finished[from] < finished[to] {
            (to, from)
        } else {
            (from, to)
        }
    };
    lines.iter().map(turn).collect()
}

/// Layers by the longest path from above.
fn rank(items: &mut [Item], edges: &[(usize, usize)]) {
    let mut n_callers = vec![0; items.len()];
    let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    for &(from, to) in edges.iter().filter(|it| it.0 != it.1) {
        n_callers[to] += 1;
        outgoing[from].push(to);
    }
    let n_incoming = n_callers.clone();
    let mut ready: Vec<usize> = (0..items.len()).filter(|&it| n_callers[it] == 0).collect();
    let mut callers_first = Vec::with_capacity(items.len());
    while let Some(node) = ready.pop() {
        callers_first.push(node);
        for &target in &outgoing[node] {
            items[target].layer = items[target].layer.max(items[node].layer + 1);
            n_callers[target] -= 1;
            if n_callers[target] == 0 {
                ready.push(target);
            }
        }
    }
    // Down again to its callees goes what has more of them than callers: its edges get shorter.
    for &node in callers_first.iter().rev() {
        let lowest = outgoing[node].iter().map(|&it| items[it].layer).min();
        if let Some(lowest) = lowest.filter(|_| outgoing[node].len() > n_incoming[node]) {
            items[node].layer = lowest.saturating_sub(1);
        }
    }
}

/// Points where edges cross layers; per edge the items it passes, from top to bottom.
fn chains(items: &mut Vec<Item>, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut chains = Vec::with_capacity(edges.len());
    for &(top, bottom) in edges {
        let mut chain = vec![top];
        if top != bottom {
            for layer in items[top].layer + 1..items[bottom].layer {
                items.push(Item {
                    width: 4.0,
                    layer,
                    ..Item::default()
                });
                chain.push(items.len() - 1);
            }
            chain.push(bottom);
        }
        for pair in chain.windows(2) {
            items[pair[0]].down.push(pair[1]);
            items[pair[1]].up.push(pair[0]);
        }
        chains.push(chain);
    }
    chains
}

/// The layers, each in the order from left to right.
fn ordered(items: &mut [Item]) -> Vec<Vec<usize>> {
    let n_layers = items.iter().map(|it| it.layer + 1).max().unwrap_or(0);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); n_layers];
    for (index, item) in items.iter().enumerate() {
        layers[item.layer].push(index);
    }
    for layer in &layers {
        for (position, &item) in layer.iter().enumerate() {
            items[item].x = position as f64;
        }
    }
    let mut best = (crossings(items, &layers), layers.clone());
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        for step in 0..n_layers {
            let at = if down { step } else { n_layers - 1 - step };
            let key = |&it: &usize| {
                let near = if down { &items[it].up } else { &items[it].down };
                mean(near.iter().map(|&it| items[it].x)).unwrap_or(items[it].x)
            };
            let mut keyed: Vec<(f64, usize)> = layers[at].iter().map(|it| (key(it), *it)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            layers[at] = keyed.iter().map(|it| it.1).collect();
            for (position, &item) in layers[at].iter().enumerate() {
                items[item].x = position as f64;
            }
        }
        let crossings = crossings(items, &layers);
        if crossings < best.0 {
            best = (crossings, layers.clone());
        }
    }
    best.1
}

/// How often edges between neighbouring layers cross, with `x` as the position in the layer.
fn crossings(items: &[Item], layers: &[Vec<usize>]) -> usize {
    let mut sum = 0;
    for layer in layers {
        // Ends below, by where the edge begins and then ends: what is out of order crosses.
        let mut seen: Vec<f64> = Vec::new();
        for &item in layer {
            let mut ends: Vec<f64> = items[item].down.iter().map(|&it| items[it].x).collect();
            ends.sort_by(f64::total_cmp);
            for &end in &ends {
                sum += seen.len() - seen.partition_point(|&it| it <= end);
            }
            for end in ends {
                seen.insert(seen.partition_point(|&it| it <= end), end);
            }
        }
    }
    sum
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / f64::from(count))
}

/// Places from left to right without overlap, then towards the neighbours.
fn place(items: &mut [Item], layers: &mut [Vec<usize>]) {
    for layer in layers.iter() {
        let mut left = 0.0;
        for &item in layer {
            items[item].x = left + items[item].width / 2.0;
            left += items[item].width + GAP_X;
        }
    }
    for sweep in 0..SWEEPS * 2 {
        let down = sweep % 2 == 0;
        let n_layers = layers.len();
        for step in 0..n_layers {
            let layer = &layers[if down { step } else { n_layers - 1 - step }];
            let wanted: Vec<f64> = layer
                .iter()
                .map(|&it| {
                    let near = if down { &items[it].up } else { &items[it].down };
                    mean(near.iter().map(|&it| items[it].x)).unwrap_or(items[it].x)
                })
                .collect();
            settle(items, layer, &wanted);
        }
    }
}

/// Moves the items of a layer to where they want to be; groups that would overlap share the mean.
fn settle(items: &mut [Item], layer: &[usize], wanted: &[f64]) {
    // Of each group: first item, its number of items, sum of wishes for the group's start.
    let mut groups: Vec<(usize, usize, f64)> = Vec::new();
    let mut offsets = vec![0.0; layer.len()];
    let width = |at: usize| items[layer[at]].width;
    for at in 1..layer.len() {
        offsets[at] = offsets[at - 1] + f64::midpoint(width(at - 1), width(at)) + GAP_X;
    }
    for at in 0..layer.len() {
        groups.push((at, 1, wanted[at] - offsets[at]));
        while let [.., before, last] = groups.as_slice() {
            let start = |it: &(usize, usize, f64)| it.2 / it.1 as f64;
            if start(before) <= start(last) {
                break;
            }
            let joined = (before.0, before.1 + last.1, before.2 + last.2);
            groups.truncate(groups.len() - 2);
            groups.push(joined);
        }
    }
    for (first, count, sum) in groups {
        let start = sum / count as f64;
        for at in first..first + count {
            items[layer[at]].x = start + offsets[at];
        }
    }
}

fn draw(
    drawing: &Drawing,
    lines: &[(&Line, (usize, usize))],
    items: &[Item],
    layers: &[Vec<usize>],
    chains: &[Vec<usize>],
) -> Scene {
    let mut scene = Scene::default();
    let mut y = MARGIN;
    let legend = text_lines(&drawing.legend);
    let legend_columns = legend.iter().map(|it| it.chars().count()).max();
    let legend_columns = legend_columns.unwrap_or(0);
    for content in legend {
        y += LABEL_SIZE * 1.25;
        scene.texts.push(Text {
            x: MARGIN,
            y,
            size: LABEL_SIZE,
            content,
            centered: false,
        });
    }
    y += GAP_Y / 2.0;
    let left = items
        .iter()
        .map(|it| it.x - it.width / 2.0)
        .fold(f64::INFINITY, f64::min);
    let shift = if left.is_finite() { MARGIN - left } else { 0.0 };
    let mut bands = Vec::with_capacity(layers.len());
    for layer in layers {
        let height = layer.iter().map(|&it| items[it].height).fold(0.0, f64::max);
        bands.push((y, y + height));
        y += height + gap_below(items, layer);
    }
    let right = items
        .iter()
        .map(|it| it.x + it.width / 2.0 + shift)
        .fold(0.0, f64::max);
    let bottom = bands.last().map_or(y, |band| band.1);
    scene.width = right.max(legend_columns as f64 * LABEL_SIZE * 0.56 + MARGIN) + MARGIN;
    scene.height = bottom + MARGIN;
    for (source, item) in drawing.boxes.iter().zip(items) {
        let x = item.x + shift - item.width / 2.0;
        let (from, to) = bands[item.layer];
        let top = f64::midpoint(from, to) - item.height / 2.0;
        let (color, fill) = colors(source);
        scene.boxes.push(Placed {
            x,
            y: top,
            width: item.width,
            height: item.height,
            color,
            fill,
            tooltip: source.tooltip.replace('\n', " "),
        });
        let size = font_size(source);
        for (index, content) in text_lines(&source.label).into_iter().enumerate() {
            scene.texts.push(Text {
                x: item.x + shift,
                y: top + PAD + (index as f64 + 0.85) * size * 1.2,
                size,
                content,
                centered: true,
            });
        }
    }
    let mut labels = Labels::new(&scene.boxes);
    for (&(line, (from, _)), chain) in lines.iter().zip(chains) {
        let mut points = route(chain, items, &bands, shift);
        if chain[0] != from {
            points.reverse();
        }
        if points.len() < 2 {
            continue;
        }
        scene
            .texts
            .extend(labels.place(line.label.join("").trim(), LABEL_SIZE, &points));
        let (width, color) = stroke(line);
        scene.paths.push(Route {
            points,
            width,
            color,
            dotted: line.dotted,
            tooltip: line.tooltip.replace('\n', " "),
        });
    }
    scene
}

/// Room below a layer: more where edges go far to the side.
fn gap_below(items: &[Item], layer: &[usize]) -> f64 {
    let reach = |&it: &usize| {
        let below = items[it].down.iter();
        below.map(move |&below| (items[below].x - items[it].x).abs())
    };
    let reach = layer.iter().flat_map(reach).fold(0.0, f64::max);
    GAP_Y + (reach * 0.06).min(GAP_Y)
}

/// The points of an edge from top to bottom. `bands`: first and last `y` of each layer.
fn route(chain: &[usize], items: &[Item], bands: &[(f64, f64)], shift: f64) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::with_capacity(chain.len() * 2);
    for (at, &id) in chain.iter().enumerate() {
        let item = &items[id];
        let (top, bottom) = bands[item.layer];
        let middle = f64::midpoint(top, bottom);
        let (x, half) = (item.x + shift, item.height / 2.0);
        let ends = match at {
            0 => [middle + half, bottom],
            at if at + 1 == chain.len() => [top, middle - half],
            _ => [top, bottom],
        };
        for y in ends {
            if points.last().is_none_or(|last| last.1 < y) {
                points.push((x, y));
            }
        }
    }
    points
}
