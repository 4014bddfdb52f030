//! `flame`: call paths, merged from the root.

use base::Idx;
use profile::{SampleId, walk_paths};
use rustc_hash::FxHashMap;

use super::diff::base_samples;
use super::trimmed::Shape;
use super::{Header, Scale};
use crate::graph::{NodeId, NodeTable};
use crate::view::View;

/// Paths that take less of the total are left out: 0.4 of 1,200 pixels.
const MIN_SHARE: f64 = 1.0 / 3000.0;
/// Most frames of a path. Go records 128 unless told otherwise, and 1,024 at most.
const MAX_DEPTH: usize = 4096;
/// Most frames altogether; of more, those that take least are left out.
const MAX_FRAMES: usize = 100_000;
/// Most bytes of a name.
const MAX_NAME: usize = 4096;

/// Call paths from the root of all stacks.
#[derive(Clone, PartialEq, Debug)]
pub struct Flame {
    pub header: Header,
    pub scale: Scale,
    /// Callers before callees; the first is the root of all.
    pub frames: Vec<FlameFrame>,
    /// What frames are called.
    pub names: Vec<String>,
    /// There is a base to compare with.
    pub is_diff: bool,
    /// Frames were left out because their paths are too deep, or there are too many: how many
    /// levels there are at most, and the least share of the total of a frame.
    pub cut: Option<(usize, f64)>,
}

/// A call path, by its last frame.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FlameFrame {
    /// Position in [`Flame::names`].
    pub name: usize,
    /// Magnitude of the base's samples.
    pub old: i64,
    /// Magnitude of all other samples.
    pub new: i64,
    /// Positions in [`Flame::frames`], sorted by name.
    pub children: Vec<usize>,
}

impl FlameFrame {
    /// Old and new value together, which is what the frame is as wide as.
    pub fn weight(&self) -> i64 {
        self.old.saturating_add(self.new)
    }
}

impl Flame {
    /// The paths heavy enough to be seen.
    pub fn new(view: &View) -> Self {
        let table = view.node_table(Shape::Table);
        let of_base = base_samples(view);
        let mut share = MIN_SHARE;
        let mut cut = None;
        loop {
            let mut paths = Paths::new(view, &table, &of_base, share);
            if paths.frames.len() > MAX_FRAMES {
                share *= 2.0;
                cut = Some((MAX_DEPTH, share));
                continue;
            }
            paths.sort_children();
            if paths.is_cut {
                cut = Some((MAX_DEPTH, share));
            }
            return Self {
                header: view.header(),
                scale: view.scale.clone(),
                frames: paths.frames,
                names: paths.names,
                is_diff: of_base.contains(&true),
                cut,
            };
        }
    }
}

struct Paths<'a> {
    table: &'a NodeTable,
    frames: Vec<FlameFrame>,
    /// What each frame shows.
    shows: Vec<NodeId>,
    names: Vec<String>,
    known: FxHashMap<NodeId, usize>,
    /// Paths were longer than is shown.
    is_cut: bool,
}

impl<'a> Paths<'a> {
    /// The paths that take at least a share of the total.
    fn new(view: &View, table: &'a NodeTable, of_base: &[bool], share: f64) -> Self {
        let profile = &view.profile;
        let weigh = |samples: &mut dyn Iterator<Item = SampleId>| {
            let mut frame = FlameFrame::default();
            for id in samples {
                let is_base = of_base[id.index()];
                let sum = if is_base {
                    &mut frame.old
                } else {
                    &mut frame.new
                };
                *sum = sum.saturating_add(view.measure.of(profile, id).0.saturating_abs());
            }
            frame
        };
        let root = weigh(&mut profile.samples.ids());
        let total = root.weight() as f64;
        let mut paths = Self {
            table,
            frames: vec![root],
            shows: vec![NodeId::from_index(0)],
            names: vec!["root".to_owned()],
            known: FxHashMap::default(),
            is_cut: false,
        };
        let locations = &table.of_locations;
        let samples = &profile.samples;
        walk_paths(
            samples,
            locations,
            samples.ids(),
            (0, 0),
            |(parent, depth), group| {
                let frame = weigh(&mut group.members.iter().map(|it| it.sample));
                if (frame.weight() as f64) < total * share || paths.frames.len() > MAX_FRAMES {
                    return None;
                }
                if depth == MAX_DEPTH {
                    paths.is_cut = true;
                    return None;
                }
                Some((paths.push(parent, group.symbol, frame), depth + 1))
            },
        );
        paths
    }

    fn push(&mut self, parent: usize, shows: NodeId, frame: FlameFrame) -> usize {
        let id = self.frames.len();
        let name = *self.known.entry(shows).or_insert_with(|| {
            let info = &self.table.infos[shows.index()];
            self.names
                .push(shortened(info.printable(&self.table.strings)));
            self.names.len() - 1
        });
        self.frames.push(FlameFrame { name, ..frame });
        self.shows.push(shows);
        self.frames[parent].children.push(id);
        id
    }

    fn sort_children(&mut self) {
        let keys: Vec<(usize, NodeId)> = (self.frames.iter().zip(&self.shows))
            .map(|(frame, &shows)| (frame.name, shows))
            .collect();
        let names = &self.names;
        for frame in &mut self.frames {
            frame.children.sort_by(|&a, &b| {
                let (a, b) = (keys[a], keys[b]);
                names[a.0].cmp(&names[b.0]).then(a.1.cmp(&b.1))
            });
        }
    }
}

/// A name, cut if it is far too long to be read.
fn shortened(mut name: String) -> String {
    if name.len() > MAX_NAME {
        let end = (0..=MAX_NAME).rev().find(|&it| name.is_char_boundary(it));
        name.truncate(end.unwrap_or(0));
        name.push('…');
    }
    name
}
