//! `markdown`: the heaviest entries of a profile on one page.

use std::cmp::Reverse;

use base::Idx;

use super::flame::Flame;
use super::trimmed::Shape;
use super::{Header, Scale};
use crate::graph::{NodeId, Values, node_values};
use crate::settings::Sort;
use crate::view::View;

/// Entries of each table.
const N_ROWS: usize = 15;
/// Call paths that are shown.
const N_PATHS: usize = 5;
/// Fewer samples than this say little about small shares.
const FEW_SAMPLES: i64 = 100;

/// The heaviest functions, call paths and lines.
#[derive(Clone, PartialEq, Debug)]
pub struct Digest {
    pub header: Header,
    /// `name=value` of the filters that are set.
    pub filters: Vec<String>,
    pub scale: Scale,
    /// Functions by their own value.
    pub flat: Vec<DigestRow>,
    /// Functions by their value and that of all they call.
    pub cum: Vec<DigestRow>,
    /// Call paths by the value of their last frame.
    pub paths: Vec<HotPath>,
    /// Source lines by their own value; none if the profile has no lines.
    pub lines: Vec<DigestRow>,
    /// Reasons for care in reading the values.
    pub notes: Vec<String>,
}

/// An entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DigestRow {
    /// As reports print it.
    pub name: String,
    pub flat: i64,
    pub cum: i64,
}

/// A call path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HotPath {
    /// Names from the root.
    pub frames: Vec<String>,
    /// The value of the last frame itself, and of what it calls if that is too light to show.
    pub value: i64,
}

impl Digest {
    /// `lines` is the same profile by source lines.
    pub fn new(view: &View, lines: &View) -> Self {
        let (flat, cum) = heaviest(view);
        let (by_line, _) = heaviest(lines);
        let mut scale = view.scale.clone();
        let largest = cum.iter().chain(&flat);
        let largest = largest.map(|it| it.cum.saturating_abs().max(it.flat.saturating_abs()));
        scale.fit(largest.max().unwrap_or(0));
        Self {
            header: view.header(),
            filters: view.active_filters.clone(),
            scale,
            flat,
            cum,
            paths: hot_paths(view),
            lines: by_line
                .into_iter()
                .filter(|it| it.name.contains(':'))
                .collect(),
            notes: notes(view),
        }
    }
}

/// The entries with the largest own values, and those with the largest values altogether.
fn heaviest(view: &View) -> (Vec<DigestRow>, Vec<DigestRow>) {
    let table = view.node_table(Shape::Table);
    let values = node_values(&view.profile, &table, view.measure);
    let shows = |values: &Values| values.shows(view.settings.drop_negative);
    let by = |sort: Sort| {
        let value = |it: &Values| match sort {
            Sort::Flat => it.flat,
            Sort::Cum => it.cum,
        };
        let all = values.iter().enumerate();
        let all = all.filter(|(_, it)| shows(it) && value(it) != 0);
        let mut ids: Vec<usize> = all.map(|it| it.0).collect();
        ids.sort_by_key(|&id| (Reverse(value(&values[id]).unsigned_abs()), id));
        // Names decide among equals, but need not be made of all entries.
        ids.truncate(N_ROWS * 8);
        let row = |id: usize| DigestRow {
            name: table.printable(NodeId::from_index(id)),
            flat: values[id].flat_value(),
            cum: values[id].cum_value(),
        };
        let mut rows: Vec<DigestRow> = ids.into_iter().map(row).collect();
        rows.sort_by_cached_key(|it| {
            let value = match sort {
                Sort::Flat => it.flat,
                Sort::Cum => it.cum,
            };
            (Reverse(value.unsigned_abs()), it.name.clone())
        });
        rows.truncate(N_ROWS);
        rows
    };
    (by(Sort::Flat), by(Sort::Cum))
}

fn hot_paths(view: &View) -> Vec<HotPath> {
    let flame = Flame::new(view);
    let mut parents = vec![0; flame.frames.len()];
    let mut own = Vec::with_capacity(flame.frames.len());
    for (index, frame) in flame.frames.iter().enumerate() {
        let value = |at: usize| {
            let frame = &flame.frames[at];
            frame.new.saturating_sub(frame.old)
        };
        let below = frame
            .children
            .iter()
            .fold(0_i64, |sum, &it| sum.saturating_add(value(it)));
        own.push((value(index).saturating_sub(below), index));
        for &child in &frame.children {
            parents[child] = index;
        }
    }
    own.retain(|&(value, index)| index > 0 && value != 0);
    own.sort_by_key(|&(value, index)| (Reverse(value.unsigned_abs()), index));
    let path = |(value, last): (i64, usize)| {
        let mut frames = Vec::new();
        let mut at = last;
        while at > 0 {
            frames.push(flame.names[flame.frames[at].name].clone());
            at = parents[at];
        }
        frames.reverse();
        HotPath { frames, value }
    };
    own.into_iter().take(N_PATHS).map(path).collect()
}

fn notes(view: &View) -> Vec<String> {
    let mut notes = view
        .comparison
        .as_ref()
        .map_or(Vec::new(), |it| it.warnings(false));
    if view.comparison.is_some() {
        notes.push("values are the profile's less those of its base".to_owned());
    }
    let kind = |at: usize| {
        view.profile
            .strings
            .text(view.profile.sample_types[at].kind)
    };
    if view.measure.index > 0 && kind(0) == "samples" {
        let counts = view.profile.samples.ids();
        let counts = counts.map(|id| view.profile.samples.values(id)[0].saturating_abs());
        let n_samples = counts.fold(0_i64, i64::saturating_add);
        if n_samples < FEW_SAMPLES {
            notes.push(format!(
                "only {n_samples} samples were taken, so small shares are chance"
            ));
        }
    }
    if view
        .profile
        .locations
        .ids()
        .all(|id| view.profile.lines(id).is_empty())
    {
        notes.push("the profile has no names of functions".to_owned());
    }
    notes
}
