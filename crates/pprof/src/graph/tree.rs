//! Call trees: a node per call path.

use base::Idx;
use profile::Profile;
use rustc_hash::FxHashMap;

use super::edges::Edge;
use super::nodes::{NodeId, NodeTable};
use super::tags::{NodeTags, TagTable};
use super::values::{Measure, Values};

const NONE: u32 = u32::MAX;

/// The paths of all samples from their roots, merged. Ids of tree nodes are [`NodeId`]s counted
/// anew.
#[derive(Debug)]
pub(crate) struct CallTree {
    /// What each tree node shows: an id of the [`NodeTable`].
    pub(crate) shows: Vec<NodeId>,
    pub(crate) values: Vec<Values>,
    /// The caller in the full tree; [`NONE`] at roots.
    first_parents: Vec<u32>,
    /// The caller among the nodes that are left; [`NONE`] if there is none.
    parents: Vec<u32>,
    residual: Vec<bool>,
    inline: Vec<bool>,
}

impl CallTree {
    pub(crate) fn new(profile: &Profile, table: &NodeTable, measure: Measure) -> Self {
        let mut tree = Self {
            shows: Vec::new(),
            values: Vec::new(),
            first_parents: Vec::new(),
            parents: Vec::new(),
            residual: Vec::new(),
            inline: Vec::new(),
        };
        let mut ids: FxHashMap<(u32, NodeId), u32> = FxHashMap::default();
        for sample in profile.samples.ids() {
            let value = measure.of(profile, sample);
            if value == (0, 0) {
                continue;
            }
            let mut parent = NONE;
            for &location in profile.samples.stack(sample).iter().rev() {
                let nodes = table.of(location);
                for (position, &node) in nodes.iter().enumerate().rev() {
                    let id = *ids.entry((parent, node)).or_insert_with(|| {
                        tree.shows.push(node);
                        tree.values.push(Values::default());
                        tree.parents.push(parent);
                        tree.residual.push(false);
                        tree.inline.push(true);
                        tree.shows.len() as u32 - 1
                    });
                    tree.values[id as usize].add_cum(value);
                    tree.inline[id as usize] &= position + 1 != nodes.len();
                    parent = id;
                }
            }
            if parent != NONE {
                tree.values[parent as usize].add_flat(value);
            }
        }
        tree.first_parents.clone_from(&tree.parents);
        tree
    }

    pub(crate) fn len(&self) -> usize {
        self.shows.len()
    }

    /// A number that nodes of one function below one caller share.
    pub(crate) fn place(&self, id: NodeId) -> u32 {
        self.first_parents[id.index()]
    }

    /// Takes out the nodes for which `removed` holds; what they called is called by the next
    /// caller that is left.
    pub(crate) fn remove(&mut self, removed: &[bool]) {
        for id in 0..self.len() {
            if removed[id] {
                continue;
            }
            let mut parent = self.parents[id];
            while parent != NONE && removed[parent as usize] {
                self.residual[id] = true;
                self.inline[id] &= self.inline[parent as usize];
                parent = self.parents[parent as usize];
            }
            self.parents[id] = parent;
        }
    }

    /// Cuts calls lighter than `cutoff` to these nodes; how many.
    pub(crate) fn trim_edges(&mut self, nodes: &[NodeId], cutoff: i64) -> usize {
        let mut removed = 0;
        for id in nodes {
            let light = self.values[id.index()].cum.wrapping_abs() < cutoff;
            if light && self.parents[id.index()] != NONE {
                self.parents[id.index()] = NONE;
                removed += 1;
            }
        }
        removed
    }

    /// The calls among the nodes that are left.
    pub(crate) fn edges(&self, removed: &[bool]) -> Vec<Edge> {
        let left = (0..self.len()).filter(|&id| !removed[id] && self.parents[id] != NONE);
        let edge = |id: usize| Edge {
            source: NodeId::from_index(self.parents[id] as usize),
            target: NodeId::from_index(id),
            weight: self.values[id].cum,
            divisor: self.values[id].cum_divisor,
            residual: self.residual[id],
            inline: self.inline[id],
        };
        left.map(edge).collect()
    }

    /// The tags of the nodes with a position.
    pub(crate) fn tags(
        &self,
        profile: &Profile,
        table: &NodeTable,
        measure: Measure,
        positions: &[Option<usize>],
        n_positions: usize,
        tags: &TagTable,
    ) -> Vec<NodeTags> {
        let mut ids: FxHashMap<(u32, NodeId), u32> = FxHashMap::default();
        for id in 0..self.len() {
            ids.insert((self.first_parents[id], self.shows[id]), id as u32);
        }
        let mut found = vec![NodeTags::default(); n_positions];
        for sample in profile.samples.ids() {
            let value = measure.of(profile, sample);
            if value == (0, 0) {
                continue;
            }
            let set = profile.samples.labels(sample).index();
            let mut parent = NONE;
            let mut last = None;
            for &location in profile.samples.stack(sample).iter().rev() {
                for &node in table.of(location).iter().rev() {
                    let Some(&id) = ids.get(&(parent, node)) else {
                        continue;
                    };
                    last = positions[id as usize];
                    if let Some(at) = last {
                        found[at].add_cum(tags, set, value);
                    }
                    parent = id;
                }
            }
            if let Some(at) = last {
                found[at].add_flat(tags, set, value);
            }
        }
        found
    }
}
