//! `diff`: each entry before and now.

use base::Idx;
use profile::SampleId;

use super::trimmed::Shape;
use super::{Header, Scale};
use crate::graph::{NodeInfo, Values, node_values_of};
use crate::settings::Sort;
use crate::view::View;

/// Entries with their value in the base and now, largest change first.
#[derive(Clone, PartialEq, Debug)]
pub struct Diff {
    pub header: Header,
    /// `name=value` of the filters that are set.
    pub filters: Vec<String>,
    pub scale: Scale,
    /// Which value of the entries is compared.
    pub sort: Sort,
    pub rows: Vec<DiffRow>,
    /// Entries that have a value, before their number was limited.
    pub n_before_limit: usize,
}

/// An entry with both values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DiffRow {
    /// As reports print it.
    pub name: String,
    pub old: i64,
    pub new: i64,
}

impl DiffRow {
    /// How much more it is now.
    pub fn delta(&self) -> i64 {
        self.new.wrapping_sub(self.old)
    }
}

impl Diff {
    /// The base is what `-diff_base` brought; without it, what is negative.
    pub fn new(view: &View) -> Self {
        let table = view.node_table(Shape::Table);
        let of_base = base_samples(view);
        let sums = |base: bool| {
            let keep = |id: SampleId| of_base[id.index()] == base;
            node_values_of(&view.profile, &table, view.measure, &keep)
        };
        let (old, new) = (sums(true), sums(false));
        let value = |values: &Values| match view.settings.sort {
            Sort::Cum => values.cum_value(),
            Sort::Flat => values.flat_value(),
        };
        let row = |(index, info): (usize, &NodeInfo)| {
            let (old, new) = (value(&old[index]).wrapping_neg(), value(&new[index]));
            let name = || info.printable(&table.strings);
            ((old, new) != (0, 0)).then(|| DiffRow {
                name: name(),
                old,
                new,
            })
        };
        let mut rows: Vec<DiffRow> = table.infos.iter().enumerate().filter_map(row).collect();
        if view.settings.drop_negative {
            rows.retain(|it| it.new >= it.old);
        }
        rows.sort_by(|a, b| {
            let magnitude = |it: &DiffRow| std::cmp::Reverse(it.delta().wrapping_abs());
            magnitude(a)
                .cmp(&magnitude(b))
                .then_with(|| a.name.cmp(&b.name))
        });
        let n_before_limit = rows.len();
        if view.settings.node_count > 0 {
            rows.truncate(view.settings.node_count);
        }
        let mut scale = view.scale.clone();
        let magnitudes = rows
            .iter()
            .map(|it| it.new.wrapping_abs().max(it.old.wrapping_abs()));
        scale.fit(magnitudes.max().unwrap_or(0));
        Self {
            header: view.header(),
            filters: view.active_filters.clone(),
            scale,
            sort: view.settings.sort,
            rows,
            n_before_limit,
        }
    }
}

/// Whether each sample is of the base.
pub(super) fn base_samples(view: &View) -> Vec<bool> {
    let profile = &view.profile;
    let sets = profile.label_sets.ids();
    let is_base: Vec<bool> = sets.map(|set| profile.is_diff_base(set)).collect();
    let labelled = |id: SampleId| is_base[profile.samples.labels(id).index()];
    let any = profile.samples.ids().any(labelled);
    let negative = |id: SampleId| view.measure.of(profile, id).0 < 0;
    let samples = profile.samples.ids();
    samples
        .map(|id| if any { labelled(id) } else { negative(id) })
        .collect()
}
