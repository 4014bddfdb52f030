//! Call trees: a node per call path.

use base::Idx;
use profile::{Group, Profile, SampleId, walk_paths};

use super::edges::Edge;
use super::nodes::{NodeId, NodeTable};
use super::pairs::PairMap;
use super::tags::{NodeTags, TagTable};
use super::values::{Measure, Values};

const NONE: u32 = u32::MAX;
/// The first parent of what hangs below a node that is not in the tree.
const UNKNOWN: u32 = u32::MAX - 1;

/// The paths of all samples from their roots, merged. Ids of tree nodes are [`NodeId`]s counted
/// anew; callers come before what they call.
///
/// Nearly all paths of a large profile are too light to be shown. They are only counted.
#[derive(Debug, Default)]
pub(crate) struct CallTree {
    /// What each tree node shows: an id of the [`NodeTable`].
    pub(crate) shows: Vec<NodeId>,
    pub(crate) values: Vec<Values>,
    /// How many paths there are that show anything, in the tree or not.
    pub(crate) n_paths: usize,
    /// The caller in the full tree; [`NONE`] at roots, [`UNKNOWN`] if it was left out.
    first_parents: Vec<u32>,
    /// The caller among the nodes that are left; [`NONE`] if there is none.
    parents: Vec<u32>,
    residual: Vec<bool>,
    inline: Vec<bool>,
    /// There are more heavy paths than there is room for.
    pub(crate) is_cut: bool,
}

/// Most paths of a tree, about a kilobyte each in a picture. A small file can stand for far more:
/// locations with thousands of inlined calls, again and again in a stack.
const MAX_PATHS: usize = 1 << 19;

/// The factor by which the cut-off rises until the tree has room.
const CUTOFF_FACTOR: u64 = 16;

/// The samples to count and the nodes of their paths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathChoice<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) table: &'a NodeTable,
    pub(crate) measure: Measure,
    pub(crate) drop_negative: bool,
}

/// The position of a path in the tree.
#[derive(Clone, Copy)]
struct Place {
    /// The innermost node of the path that is in the tree.
    parent: u32,
    /// Whether others follow it, and were all of them inlined.
    skipped: bool,
    inline: bool,
}

impl CallTree {
    /// The tree without what weighs less than `cutoff` and calls nothing that does not. What
    /// shows nothing stays, as it may stand between nodes that are left.
    ///
    /// Where there is no room for all, the lightest paths go first.
    pub(crate) fn new(choice: PathChoice<'_>, cutoff: i64) -> Self {
        let mut cutoff = cutoff.unsigned_abs();
        let mut tree = Self::heavier(choice, cutoff);
        if !tree.is_cut {
            return tree;
        }
        let mass = choice.samples().fold(0_u64, |mass, (_, (value, _))| {
            mass.saturating_add(value.unsigned_abs())
        });
        cutoff = cutoff.max(mass / MAX_PATHS as u64);
        while tree.is_cut && cutoff < mass {
            cutoff = cutoff.saturating_mul(CUTOFF_FACTOR).max(1).min(mass);
            tree = Self::heavier(choice, cutoff);
        }
        tree.is_cut = true;
        tree
    }

    /// As much of the tree as there is room for.
    fn heavier(choice: PathChoice<'_>, cutoff: u64) -> Self {
        let mut tree = Self::default();
        let root = Place {
            parent: NONE,
            skipped: false,
            inline: true,
        };
        choice.walk(root, |place, group| {
            if tree.len() >= MAX_PATHS {
                tree.is_cut = true;
                return None;
            }
            let (values, mass) = choice.sums(&group);
            let shows = values.shows(choice.drop_negative);
            tree.n_paths += usize::from(shows);
            let inline = group.members.iter().all(|it| it.inlined);
            if mass >= cutoff || !shows {
                return Some(tree.push(place, group.symbol, values, inline));
            }
            if let [member] = group.members {
                // Whatever follows has the same value.
                let symbols = &choice.table.of_locations;
                tree.n_paths += member.n_following(&choice.profile.samples, symbols);
                return None;
            }
            Some(Place {
                parent: place.parent,
                skipped: true,
                inline: place.inline && inline,
            })
        });
        tree
    }

    fn push(&mut self, place: Place, shows: NodeId, values: Values, inline: bool) -> Place {
        let id = self.len() as u32;
        self.shows.push(shows);
        self.values.push(values);
        let first_parent = if place.skipped { UNKNOWN } else { place.parent };
        self.first_parents.push(first_parent);
        self.parents.push(place.parent);
        self.residual.push(place.skipped);
        self.inline.push(inline && place.inline);
        Place {
            parent: id,
            skipped: false,
            inline: true,
        }
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
            let light = self.values[id.index()].cum.saturating_abs() < cutoff;
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
        choice: PathChoice<'_>,
        positions: &[Option<usize>],
        n_positions: usize,
        tags: &TagTable,
    ) -> Vec<NodeTags> {
        let mut ids = PairMap::default();
        for id in 0..self.len() {
            let key = (self.first_parents[id], self.shows[id].index() as u32);
            ids.or_insert_with(key, || id);
        }
        let mut found = vec![NodeTags::default(); n_positions];
        for (sample, value) in choice.samples() {
            let set = choice.profile.samples.labels(sample).index();
            let mut parent = NONE;
            let mut last = None;
            let stack = choice.profile.samples.stack(sample).iter().rev();
            for node in stack.flat_map(|&it| choice.table.of(it).iter().rev()) {
                let Some(id) = ids.get((parent, node.index() as u32)) else {
                    last = None;
                    break;
                };
                last = positions[*id];
                if let Some(at) = last {
                    found[at].add_cum(tags, set, value);
                }
                parent = *id as u32;
            }
            if let Some(at) = last {
                found[at].add_flat(tags, set, value);
            }
        }
        found
    }
}

impl PathChoice<'_> {
    /// The samples that count, with value and divisor.
    fn samples(&self) -> impl Iterator<Item = (SampleId, (i64, i64))> + use<'_> {
        let samples = self.profile.samples.ids();
        let valued = samples.map(|it| (it, self.measure.of(self.profile, it)));
        valued.filter(|(_, value)| *value != (0, 0))
    }

    fn walk<P: Copy>(&self, root: P, enter: impl FnMut(P, Group<'_, NodeId>) -> Option<P>) {
        let samples = &self.profile.samples;
        let starting = self.samples().map(|(sample, _)| sample);
        walk_paths(samples, &self.table.of_locations, starting, root, enter);
    }

    /// The sums of a group, and that of all magnitudes: nothing below weighs more.
    fn sums(&self, group: &Group<'_, NodeId>) -> (Values, u64) {
        let mut values = Values::default();
        let mut mass = 0_u64;
        for member in group.members {
            let value = self.measure.of(self.profile, member.sample);
            values.add_cum(value);
            if member.is_at_leaf() {
                values.add_flat(value);
            }
            mass = mass.saturating_add(value.0.unsigned_abs());
        }
        (values, mass)
    }

    /// The sum of the flat values of all paths that show.
    pub(crate) fn total_flat(&self) -> i64 {
        let mut total = 0_i64;
        let mut add = |value: i64| total = total.saturating_add(value);
        if !self.drop_negative {
            let empty = |sample| self.profile.samples.stack(sample).is_empty();
            let counted = self.samples().filter(|(sample, _)| !empty(*sample));
            counted.for_each(|(_, (value, _))| add(value));
            return total;
        }
        self.walk((), |(), group| {
            let (values, _) = self.sums(&group);
            if let [member] = group.members {
                let (value, _) = self.measure.of(self.profile, member.sample);
                add(value.max(0));
                return None;
            }
            add(values.flat.max(0));
            Some(())
        });
        total
    }
}
