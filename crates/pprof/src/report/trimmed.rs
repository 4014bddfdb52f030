//! The part of the graph worth showing.
//!
//! Nodes below the cut-off go first; then, if their number is limited, all but the first in the
//! report's order; last, light edges. Only values decide on nodes of text reports, so the
//! samples are read once more only for the edges.

use std::cell::RefCell;
use std::sync::Arc;

use base::Idx;
use profile::{StrId, Strings, units};
use rustc_hash::FxHashMap;

use super::labels::MAX_BOXES;
use super::{Node, Scale, Shown, Summary};
use crate::graph::{
    CallTree, Calls, Edge, Graph, GraphNode, NodeId, NodeInfo, NodeSums, NodeTable, NodeTags,
    PathChoice, TagTable, Values, Wanted, collect_edges, collect_tags, entropy_scores,
    inline_bounds, node_sums, sort_nodes, trim_edges,
};
use crate::number::to_integer;
use crate::settings::{Granularity, Sort};
use crate::view::View;

/// The kind of graph that a report shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// Entries by value, functions of different binaries together.
    Table,
    /// Entries by what they add to a picture, with labels.
    Picture,
    /// Entries of code: everything that tells functions apart does.
    Code,
}

/// The edges that a report uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum EdgeUse {
    None,
    /// Only whether calls were inlined.
    InlineMarks,
    /// Those of nodes that match the report's expression.
    OfMatches,
    All,
}

/// A trimmed graph.
#[derive(Debug)]
pub(crate) struct Trimmed {
    pub(crate) graph: Graph,
    /// Per node of `graph`, for reports that show labels.
    pub(crate) tags: Vec<NodeTags>,
    pub(crate) tag_table: Option<TagTable>,
    pub(crate) shown: Shown,
    pub(crate) table: NodeTable,
    /// In a call tree: what its nodes show.
    pub(crate) tree: Option<CallTree>,
    /// Of graphs without edges, to collect them later: how often the entries of the table occur, and
    /// which are left; `None`: all.
    pub(crate) occurrences: Vec<u64>,
    pub(crate) kept: Option<Vec<bool>>,
    /// With a unit that fits the nodes shown.
    pub(crate) scale: Scale,
}

impl Trimmed {
    /// Ids of nodes are below.
    pub(crate) fn n_ids(&self) -> usize {
        let table = self.table.len();
        self.tree.as_ref().map_or(table, CallTree::len)
    }

    /// The entry of the table that a node shows.
    pub(crate) fn shown_by(&self, id: NodeId) -> NodeId {
        self.tree.as_ref().map_or(id, |tree| tree.shows[id.index()])
    }

    pub(crate) fn texts(&self) -> Texts<'_> {
        Texts {
            trimmed: self,
            known: RefCell::default(),
        }
    }

    pub(crate) fn summary(&self, view: &View) -> Summary {
        Summary {
            header: view.header(),
            is_compact: view.settings.compact_labels,
            filters: view.active_filters.clone(),
            shown: self.shown,
            scale: self.scale.clone(),
            name_limit: self.table.name_limit,
        }
    }
}

/// The texts of nodes, each once.
pub(crate) struct Texts<'a> {
    trimmed: &'a Trimmed,
    known: RefCell<FxHashMap<StrId, Arc<str>>>,
}

impl Texts<'_> {
    pub(crate) fn node(&self, node: &GraphNode) -> Node {
        Node {
            flat: node.values.flat_value(),
            cum: node.values.cum_value(),
            ..self.entry(&node.info, Arc::clone(&node.name))
        }
    }

    /// A node that does not show, without values.
    pub(crate) fn hidden(&self, id: NodeId) -> Node {
        let shown = self.trimmed.shown_by(id);
        let info = &self.trimmed.table.infos[shown.index()];
        self.entry(info, self.trimmed.table.printable(shown).into())
    }

    fn entry(&self, info: &NodeInfo, name: Arc<str>) -> Node {
        Node {
            name,
            function: self.text(info.name),
            file: self.text(info.file),
            binary: self.text(info.objfile),
            line: info.line,
            column: info.column,
            address: info.address,
            flat: 0,
            cum: 0,
        }
    }

    fn text(&self, id: StrId) -> Arc<str> {
        let text = || self.trimmed.table.strings.text(id).into();
        Arc::clone(self.known.borrow_mut().entry(id).or_insert_with(text))
    }
}

struct HeavyNodes {
    nodes: Vec<GraphNode>,
    /// Others were too light.
    is_part: bool,
    cutoffs: Cutoffs,
}

struct Cutoffs {
    node: i64,
    edge: i64,
}

impl View {
    /// The nodes of all locations, file names trimmed and cleaned.
    pub(crate) fn node_table(&self, shape: Shape) -> NodeTable {
        let paths = [&self.settings.trim_path, &self.settings.source_path];
        let by_file = self.settings.granularity == Granularity::Files;
        let paths = paths.map(String::as_str);
        NodeTable::new(&self.profile, shape == Shape::Code, by_file, Some(paths))
    }

    /// The graph trimmed as the settings say.
    pub(crate) fn trimmed_graph(&self, shape: Shape, edge_use: EdgeUse) -> Trimmed {
        let table = self.node_table(shape);
        let mut trimmed = if self.settings.call_tree && shape != Shape::Table {
            self.trimmed_tree(table, shape == Shape::Picture)
        } else if shape == Shape::Picture {
            self.trimmed_picture(table)
        } else {
            self.trimmed_text(table, edge_use)
        };
        let nodes = &trimmed.graph.nodes;
        trimmed.shown.n_nodes = nodes.len();
        let flats = nodes.iter().map(|it| it.values.flat_value());
        trimmed.shown.flat = flats.fold(0, i64::saturating_add);
        trimmed.shown.node_fraction = self.settings.node_fraction;
        trimmed.shown.edge_fraction = self.settings.edge_fraction;
        trimmed.scale.output_unit = self.output_unit(nodes, shape);
        trimmed
    }

    /// `total` is the flat sum of all nodes that show.
    fn cutoffs(&self, total: i64) -> Cutoffs {
        let cutoff = |fraction: f64| to_integer(total as f64 * fraction).saturating_abs();
        Cutoffs {
            node: cutoff(self.settings.node_fraction),
            edge: cutoff(self.settings.edge_fraction),
        }
    }

    /// The nodes heavy enough to be shown.
    fn heavy_nodes(&self, table: &NodeTable, values: &[Values], shown: &mut Shown) -> HeavyNodes {
        let shows = |id: &NodeId| values[id.index()].shows(self.settings.drop_negative);
        let all = (0..table.len()).map(NodeId::from_index);
        let mut ids: Vec<NodeId> = all.filter(shows).collect();
        let flats = ids.iter().map(|id| values[id.index()].flat);
        let cutoffs = self.cutoffs(flats.fold(0, i64::saturating_add));
        let is_part = keep_heavy(&mut ids, values, cutoffs.node, shown);
        let node = |id: NodeId| {
            let name: Arc<str> = table.printable(id).into();
            graph_node(id, table, values[id.index()], &name)
        };
        HeavyNodes {
            nodes: ids.into_iter().map(node).collect(),
            is_part,
            cutoffs,
        }
    }

    fn trimmed_text(&self, table: NodeTable, edge_use: EdgeUse) -> Trimmed {
        let sums = node_sums(&self.profile, &table, self.measure, &|_| true);
        let mut shown = Shown::default();
        let HeavyNodes {
            mut nodes,
            mut is_part,
            cutoffs,
        } = self.heavy_nodes(&table, &sums.values, &mut shown);
        self.sort(&mut nodes, &table.strings);
        if self.settings.node_count > 0 && self.settings.node_count < nodes.len() {
            nodes.truncate(self.settings.node_count);
            is_part = true;
        }
        let kept = is_part.then(|| mask(&nodes, table.len()));
        let edges = match edge_use {
            EdgeUse::None => Vec::new(),
            edge_use => {
                let calls = self.calls(&table, kept.as_deref(), &sums);
                self.edges(&table, &nodes, &calls, edge_use, cutoffs.edge)
            }
        };
        let mut graph = Graph::new(nodes, edges, table.len());
        // Text reports do not say how many.
        graph.trim_edges(cutoffs.edge, table.len());
        Trimmed {
            graph,
            tags: Vec::new(),
            tag_table: None,
            shown,
            table,
            tree: None,
            occurrences: sums.occurrences,
            kept,
            scale: self.scale.clone(),
        }
    }

    fn sort(&self, nodes: &mut [GraphNode], strings: &Strings) {
        match self.settings.sort {
            Sort::Cum => sort_nodes(nodes, strings, |it| it.values.cum, |it| it.values.flat),
            Sort::Flat => sort_nodes(nodes, strings, |it| it.values.flat, |it| it.values.cum),
        }
    }

    fn calls<'a>(
        &'a self,
        table: &NodeTable,
        kept: Option<&'a [bool]>,
        sums: &'a NodeSums,
    ) -> Calls<'a> {
        Calls::new(&self.profile, table, self.measure, kept, &sums.occurrences)
    }

    fn edges(
        &self,
        table: &NodeTable,
        nodes: &[GraphNode],
        calls: &Calls<'_>,
        edge_use: EdgeUse,
        cutoff: i64,
    ) -> Vec<Edge> {
        match edge_use {
            EdgeUse::None => Vec::new(),
            EdgeUse::All => collect_edges(calls, Wanted::All),
            EdgeUse::OfMatches => {
                let mut wanted = vec![false; table.len()];
                for node in nodes {
                    let symbol = self.symbol.as_ref();
                    wanted[node.id.index()] = symbol.is_none_or(|it| it.is_match(&node.name));
                }
                collect_edges(calls, Wanted::Touching(&wanted))
            }
            EdgeUse::InlineMarks => {
                let bounds = inline_bounds(&self.profile, table, self.measure);
                let least = cutoff.unsigned_abs().max(1);
                let mut wanted = vec![false; table.len()];
                let mut any = false;
                for node in nodes {
                    wanted[node.id.index()] = bounds[node.id.index()] >= least;
                    any |= bounds[node.id.index()] >= least;
                }
                if any {
                    collect_edges(calls, Wanted::Into(&wanted, cutoff))
                } else {
                    Vec::new()
                }
            }
        }
    }

    fn trimmed_picture(&self, table: NodeTable) -> Trimmed {
        let measure = self.measure;
        let sums = node_sums(&self.profile, &table, measure, &|_| true);
        let mut shown = Shown::default();
        let HeavyNodes {
            nodes,
            is_part,
            cutoffs,
        } = self.heavy_nodes(&table, &sums.values, &mut shown);
        let kept = is_part.then(|| mask(&nodes, table.len()));
        let tag_table = TagTable::new(&self.profile, &self.label_units, &self.scale.output_unit);
        let edges_of =
            |kept: Option<&[bool]>| collect_edges(&self.calls(&table, kept, &sums), Wanted::All);
        let tags_of = |nodes: &[GraphNode]| {
            let mut positions = vec![None; table.len()];
            for (at, node) in nodes.iter().enumerate() {
                positions[node.id.index()] = Some(at);
            }
            let position = |id: NodeId| positions[id.index()];
            collect_tags(
                &self.profile,
                &table,
                measure,
                &position,
                nodes.len(),
                &tag_table,
            )
        };

        let (mut nodes, mut edges) = (nodes, edges_of(kept.as_deref()));
        sort_by_entropy(&mut nodes, &edges, &table.strings, table.len());
        let mut tags = tags_of(self.countable(&nodes));
        trim_tags(&mut tags, cutoffs.node);
        let count = self.node_limit(&nodes, &tags);
        if count < nodes.len() {
            nodes.truncate(count);
            edges = edges_of(Some(&mask(&nodes, table.len())[..]));
            sort_by_entropy(&mut nodes, &edges, &table.strings, table.len());
            tags = tags_of(&nodes);
            trim_tags(&mut tags, cutoffs.node);
        } else if self.settings.node_count > 0 {
            // These are not among those that were dropped.
            trim_edges(&nodes, &mut edges, cutoffs.edge, table.len());
        }
        let mut graph = Graph::new(nodes, edges, table.len());
        shown.dropped_edges = graph.trim_edges(cutoffs.edge, table.len());
        let name = |id: NodeId| table.printable(id);
        graph.remove_redundant_edges(table.len(), &name);
        let tag_table = Some(tag_table);
        Trimmed {
            graph,
            tags,
            tag_table,
            shown,
            table,
            tree: None,
            occurrences: Vec::new(),
            kept: None,
            scale: self.scale.clone(),
        }
    }

    /// The nodes whose labels can matter for how many nodes are shown: each node counts itself.
    fn countable<'n>(&self, nodes: &'n [GraphNode]) -> &'n [GraphNode] {
        match self.settings.node_count {
            0 => nodes,
            limit => &nodes[..limit.min(nodes.len())],
        }
    }

    /// How many nodes to show; with labels counted, in pictures.
    fn node_limit(&self, nodes: &[GraphNode], tags: &[NodeTags]) -> usize {
        let limit = self.settings.node_count;
        if limit == 0 {
            return nodes.len();
        }
        let mut count = 0;
        for (index, tags) in tags.iter().enumerate() {
            count += tags.count_flat().min(MAX_BOXES) + 1;
            if count >= limit {
                return index + 1;
            }
        }
        limit.min(nodes.len())
    }

    fn trimmed_tree(&self, table: NodeTable, is_picture: bool) -> Trimmed {
        let choice = PathChoice {
            profile: &self.profile,
            table: &table,
            measure: self.measure,
            drop_negative: self.settings.drop_negative,
        };
        let cutoffs = self.cutoffs(choice.total_flat());
        let mut tree = CallTree::new(choice, cutoffs.node);
        let n_ids = tree.len();
        let all: Vec<NodeId> = (0..n_ids)
            .filter(|&id| tree.values[id].shows(self.settings.drop_negative))
            .map(NodeId::from_index)
            .collect();
        let mut heavy = all.clone();
        let mut shown = Shown::default();
        let is_part = keep_heavy(&mut heavy, &tree.values, cutoffs.node, &mut shown);
        shown.dropped_nodes = tree.n_paths - heavy.len();
        let mut names: Vec<Option<Arc<str>>> = vec![None; table.len()];
        let node = |&id: &NodeId| {
            let shown = tree.shows[id.index()];
            let name = names[shown.index()].get_or_insert_with(|| table.printable(shown).into());
            GraphNode {
                id,
                function: (table.function(shown), tree.place(id)),
                ..graph_node(shown, &table, tree.values[id.index()], name)
            }
        };
        let nodes: Vec<GraphNode> = heavy.iter().map(node).collect();
        // Nodes that do not show stay where they are and only pass calls on.
        let mut removed = vec![false; n_ids];
        let remove_others = |removed: &mut [bool], all: &[NodeId], left: &[GraphNode]| {
            let left = mask(left, n_ids);
            for id in all {
                removed[id.index()] = !left[id.index()];
            }
        };
        let ids = |nodes: &[GraphNode]| nodes.iter().map(|it| it.id).collect::<Vec<_>>();
        if is_part {
            remove_others(&mut removed, &all, &nodes);
            tree.remove(&removed);
        }
        let tag_table = TagTable::new(&self.profile, &self.label_units, &self.scale.output_unit);
        let tags_of = |tree: &CallTree, nodes: &[GraphNode]| {
            if !is_picture {
                return Vec::new();
            }
            let mut positions = vec![None; n_ids];
            for (at, node) in nodes.iter().enumerate() {
                positions[node.id.index()] = Some(at);
            }
            tree.tags(choice, &positions, nodes.len(), &tag_table)
        };
        let mut graph = Graph::new(nodes, tree.edges(&removed), n_ids);
        self.sort_tree(&mut graph, is_picture, &table.strings, n_ids);
        let mut tags = tags_of(&tree, self.countable(&graph.nodes));
        trim_tags(&mut tags, cutoffs.node);
        if self.settings.node_count > 0 {
            let all = ids(&graph.nodes);
            tree.trim_edges(&all, cutoffs.edge);
            let limit = if is_picture {
                self.node_limit(&graph.nodes, &tags)
            } else {
                self.settings.node_count.min(graph.nodes.len())
            };
            let mut nodes = std::mem::take(&mut graph.nodes);
            let is_part = limit < nodes.len();
            nodes.truncate(limit);
            if is_part {
                remove_others(&mut removed, &all, &nodes);
                tree.remove(&removed);
            }
            graph = Graph::new(nodes, tree.edges(&removed), n_ids);
            if is_part {
                self.sort_tree(&mut graph, is_picture, &table.strings, n_ids);
            }
            tags = tags_of(&tree, &graph.nodes);
            trim_tags(&mut tags, cutoffs.node);
        }
        let ids = ids(&graph.nodes);
        shown.dropped_edges = tree.trim_edges(&ids, cutoffs.edge);
        let nodes = std::mem::take(&mut graph.nodes);
        graph = Graph::new(nodes, tree.edges(&removed), n_ids);
        let tag_table = is_picture.then_some(tag_table);
        Trimmed {
            graph,
            tags,
            tag_table,
            shown,
            table,
            tree: Some(tree),
            occurrences: Vec::new(),
            kept: None,
            scale: self.scale.clone(),
        }
    }

    fn sort_tree(&self, graph: &mut Graph, is_picture: bool, strings: &Strings, n_ids: usize) {
        if is_picture {
            sort_by_entropy(&mut graph.nodes, &graph.edges, strings, n_ids);
        } else {
            self.sort(&mut graph.nodes, strings);
        }
        graph.reconnect(n_ids);
    }

    /// The output unit, fitted to the smallest value shown if it is `minimum`.
    fn output_unit(&self, nodes: &[GraphNode], shape: Shape) -> String {
        let scale = &self.scale;
        if scale.output_unit != "minimum" || nodes.is_empty() {
            return scale.output_unit.clone();
        }
        let smallest = |node: &GraphNode| match node.values.flat_value().saturating_abs() {
            0 => node.values.cum_value().saturating_abs(),
            flat => flat,
        };
        let values = nodes.iter().map(smallest).filter(|&it| it > 0);
        let minimum = scale.by_ratio(values.min().unwrap_or(scale.total));
        let maximum = scale.by_ratio(scale.total);
        let sample_unit = scale.sample_unit.as_str();
        let unit_of = |value: i64| units::scale(value, sample_unit, "minimum").1;
        let (min_unit, max_unit) = (unit_of(minimum), unit_of(maximum));
        let far_apart = min_unit != max_unit && minimum.saturating_mul(100) < maximum;
        let unit = if far_apart && shape != Shape::Code {
            unit_of(minimum.saturating_mul(100))
        } else {
            min_unit
        };
        let unit = if unit.is_empty() { sample_unit } else { unit };
        unit.to_owned()
    }
}

fn sort_by_entropy(nodes: &mut [GraphNode], edges: &[Edge], strings: &Strings, n_ids: usize) {
    let scores = entropy_scores(nodes, edges, n_ids);
    let score = |node: &GraphNode| scores[node.id.index()];
    sort_nodes(nodes, strings, score, |it| it.values.flat);
}

fn graph_node(id: NodeId, table: &NodeTable, values: Values, name: &Arc<str>) -> GraphNode {
    GraphNode {
        id,
        info: table.infos[id.index()],
        name: Arc::clone(name),
        values,
        incoming: Vec::new(),
        outgoing: Vec::new(),
        function: (table.function(id), 0),
    }
}

/// Drops the nodes whose cum is below the cut-off; whether there were any.
fn keep_heavy(ids: &mut Vec<NodeId>, values: &[Values], cutoff: i64, shown: &mut Shown) -> bool {
    let before = ids.len();
    if cutoff > 0 {
        ids.retain(|id| values[id.index()].cum.saturating_abs() >= cutoff);
    }
    shown.dropped_nodes = before - ids.len();
    shown.n_before_limit = ids.len();
    shown.dropped_nodes > 0
}

fn mask(nodes: &[GraphNode], n_ids: usize) -> Vec<bool> {
    let mut mask = vec![false; n_ids];
    for node in nodes {
        mask[node.id.index()] = true;
    }
    mask
}

fn trim_tags(tags: &mut [NodeTags], cutoff: i64) {
    for tags in tags {
        tags.trim(cutoff);
    }
}
