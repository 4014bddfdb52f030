//! `flame`: call paths, merged from the root.

use base::Idx;
use profile::{SampleId, walk_paths};
use rustc_hash::FxHashMap;

use super::diff::base_samples;
use super::trimmed::Shape;
use super::{Header, Scale};
use crate::graph::{NodeId, NodeTable};
use crate::view::View;

/// Most frames of a path. Go records 128 unless told otherwise, and 1,024 at most; stacks of other tools, and calls
/// inlined into a location, can be more.
const MAX_DEPTH: usize = 10_000;
/// Up to so many times the frames that are wanted are walked over and thinned out afterwards: another walk costs more.
const MANY: usize = 8;
/// Most bytes of a name.
const MAX_NAME: usize = 4096;

/// The level of detail of a flame graph.
#[derive(Clone, PartialEq, Debug)]
pub struct FlameDetail {
    /// The functions of a path from the root: only what lies below it is shown, and shares are of its value. Empty:
    /// everything.
    pub below: Vec<String>,
    /// Paths that take less of the total are left out.
    pub min_share: f64,
    /// Most frames altogether; of more, those that take least are left out.
    pub max_frames: usize,
}

impl FlameDetail {
    /// For a picture of 1,200 pixels that cannot be looked into: 0.4 of a pixel.
    pub const PICTURE: Self = Self {
        below: Vec::new(),
        min_share: 1.0 / 3000.0,
        max_frames: 100_000,
    };
}

/// Call paths from the root of all stacks.
#[derive(Clone, PartialEq, Debug)]
pub struct Flame {
    pub header: Header,
    pub scale: Scale,
    /// Callers before callees; the first is the root of all.
    pub frames: Vec<FlameFrame>,
    /// What frames are called, as reports print it.
    pub names: Vec<String>,
    /// The same without the file, where that is all that stands behind the function.
    pub functions: Vec<String>,
    /// The file of each name; empty where it is not known, or not told apart at the granularity of the view.
    pub files: Vec<String>,
    /// There is a base to compare with.
    pub is_diff: bool,
    /// Paths were left out since they take too little.
    pub left_out: bool,
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
    /// The parts of `old` and `new` that end in this frame: no callee has them.
    pub own: (i64, i64),
    /// All calls of the path's last function were inlined.
    pub inlined: bool,
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
        Self::with_detail(view, &FlameDetail::PICTURE)
    }

    /// The paths that a level of detail asks for.
    pub fn with_detail(view: &View, detail: &FlameDetail) -> Self {
        let table = view.node_table(Shape::Table);
        let of_base = base_samples(view);
        let mut share = detail.min_share;
        let mut cut = None;
        loop {
            let mut paths = Paths::new(view, &table, &of_base, detail, share);
            if paths.frames.len() > detail.max_frames.saturating_mul(MANY) {
                share *= 2.0;
                cut = Some((MAX_DEPTH, share));
                continue;
            }
            while paths.count(share) > detail.max_frames {
                share *= 2.0;
                cut = Some((MAX_DEPTH, share));
            }
            if paths.count(share) < paths.frames.len() {
                paths = paths.pruned(share);
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
                functions: paths.functions,
                files: paths.files,
                is_diff: of_base.contains(&true),
                left_out: paths.left_out,
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
    functions: Vec<String>,
    files: Vec<String>,
    known: FxHashMap<NodeId, usize>,
    /// Paths were longer than is shown.
    is_cut: bool,
    /// Paths were too light.
    left_out: bool,
    /// What shares are of.
    total: f64,
}

impl<'a> Paths<'a> {
    /// The paths that take at least a share of the total.
    fn new(
        view: &View,
        table: &'a NodeTable,
        of_base: &[bool],
        detail: &FlameDetail,
        share: f64,
    ) -> Self {
        let profile = &view.profile;
        let add = |sums: &mut (i64, i64), id: SampleId| {
            let sum = if of_base[id.index()] {
                &mut sums.0
            } else {
                &mut sums.1
            };
            *sum = sum.saturating_add(view.measure.of(profile, id).0.saturating_abs());
        };
        let mut all = (0, 0);
        for id in profile.samples.ids() {
            add(&mut all, id);
        }
        let root = FlameFrame {
            old: all.0,
            new: all.1,
            ..FlameFrame::default()
        };
        // Of what is looked at: everything, and from the end of the path on what it takes.
        let mut total = root.weight() as f64;
        let mut paths = Self {
            table,
            frames: vec![root],
            shows: vec![NodeId::from_index(0)],
            names: vec!["root".to_owned()],
            functions: vec!["root".to_owned()],
            files: vec![String::new()],
            known: FxHashMap::default(),
            is_cut: false,
            left_out: false,
            total,
        };
        let most = detail.max_frames.saturating_mul(MANY);
        let locations = &table.of_locations;
        let samples = &profile.samples;
        walk_paths(
            samples,
            locations,
            samples.ids(),
            (0, 0),
            |(parent, depth), group| {
                let (mut sums, mut own) = ((0, 0), (0, 0));
                for member in group.members {
                    add(&mut sums, member.sample);
                    if member.is_at_leaf() {
                        add(&mut own, member.sample);
                    }
                }
                let frame = FlameFrame {
                    old: sums.0,
                    new: sums.1,
                    own,
                    inlined: group.members.iter().all(|it| it.inlined),
                    ..FlameFrame::default()
                };
                if let Some(wanted) = detail.below.get(depth) {
                    if table.infos[group.symbol.index()].bare(&table.strings) != *wanted {
                        return None;
                    }
                    if depth + 1 == detail.below.len() {
                        total = frame.weight() as f64;
                    }
                    return Some((paths.push(parent, group.symbol, frame), depth + 1));
                }
                let is_light = (frame.weight() as f64) < total * share;
                if is_light || paths.frames.len() > most {
                    paths.left_out = true;
                    return None;
                }
                if depth == MAX_DEPTH {
                    paths.is_cut = true;
                    return None;
                }
                Some((paths.push(parent, group.symbol, frame), depth + 1))
            },
        );
        paths.total = total;
        paths
    }

    /// How many frames take at least a share.
    fn count(&self, share: f64) -> usize {
        let least = self.total * share;
        let others = self.frames.iter().skip(1);
        1 + others.filter(|it| it.weight() as f64 >= least).count()
    }

    /// The frames that take at least a share, as a walk for that share finds them: no callee takes more than its
    /// caller.
    fn pruned(self, share: f64) -> Self {
        let least = self.total * share;
        let stays = |at: usize, frame: &FlameFrame| at == 0 || frame.weight() as f64 >= least;
        let mut place = vec![None; self.frames.len()];
        let mut n = 0;
        for (at, frame) in self.frames.iter().enumerate() {
            if stays(at, frame) {
                place[at] = Some(n);
                n += 1;
            }
        }
        let mut pruned = Self {
            frames: Vec::with_capacity(n),
            shows: Vec::with_capacity(n),
            names: Vec::new(),
            functions: Vec::new(),
            files: Vec::new(),
            known: FxHashMap::default(),
            left_out: true,
            ..self
        };
        // Names in the order in which frames have them.
        let mut renamed = vec![None; self.names.len()];
        for (at, (frame, shows)) in self.frames.into_iter().zip(self.shows).enumerate() {
            if place[at].is_none() {
                continue;
            }
            let name = *renamed[frame.name].get_or_insert_with(|| {
                pruned.names.push(self.names[frame.name].clone());
                pruned.functions.push(self.functions[frame.name].clone());
                pruned.files.push(self.files[frame.name].clone());
                pruned.names.len() - 1
            });
            let children = frame.children.iter().filter_map(|&it| place[it]).collect();
            pruned.frames.push(FlameFrame {
                name,
                children,
                ..frame
            });
            pruned.shows.push(shows);
        }
        pruned
    }

    fn push(&mut self, parent: usize, shows: NodeId, frame: FlameFrame) -> usize {
        let id = self.frames.len();
        let name = *self.known.entry(shows).or_insert_with(|| {
            let (info, strings) = (&self.table.infos[shows.index()], &self.table.strings);
            self.names.push(shortened(info.printable(strings)));
            self.functions.push(shortened(info.bare(strings)));
            self.files.push(strings.text(info.file).into_owned());
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
