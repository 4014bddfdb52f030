//! `diff`: each entry before and now.

use base::Idx;
use profile::SampleId;

use super::trimmed::Shape;
use super::{Header, Scale};
use crate::comparison::Comparison;
use crate::graph::{NodeId, Values, node_values_of};
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
    /// Values are per second of each side.
    pub per_second: bool,
    /// All samples.
    pub total: DiffRow,
    pub rows: Vec<DiffRow>,
    /// Entries that have a value, before their number was limited.
    pub n_before_limit: usize,
    /// The sides, if both are known.
    pub comparison: Option<Comparison>,
    /// What makes the sides hard to compare.
    pub warnings: Vec<String>,
    /// What grew by more than the limit, if there is one: the total first.
    pub beyond: Vec<Beyond>,
}

/// Growth that is too much.
#[derive(Clone, PartialEq, Debug)]
pub struct Beyond {
    /// Of the entry, or `total`.
    pub name: String,
    /// In percent of the base's total; infinite if that is 0.
    pub growth: f64,
    pub limit: f64,
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
        self.new.saturating_sub(self.old)
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
        let per_second = view.settings.per_second;
        let sides = view.comparison.as_ref();
        let rates = sides.filter(|_| per_second).map(durations);
        let rates = rates.filter(|it| !it.contains(&0));
        let row_of = |name: String, old: i64, new: i64| match rates {
            Some([before, now]) => DiffRow {
                name,
                old: by_seconds(old, before),
                new: by_seconds(new, now),
            },
            None => DiffRow { name, old, new },
        };
        let (old, new) = (sums(true), sums(false));
        let value = |values: &Values| match view.settings.sort {
            Sort::Cum => values.cum_value(),
            Sort::Flat => values.flat_value(),
        };
        let row = |index: usize| {
            let (old, new) = (value(&old[index]).saturating_neg(), value(&new[index]));
            let name = || table.printable(NodeId::from_index(index));
            ((old, new) != (0, 0)).then(|| row_of(name(), old, new))
        };
        let mut rows: Vec<DiffRow> = (0..table.len()).filter_map(row).collect();
        if view.settings.drop_negative {
            rows.retain(|it| it.new >= it.old);
        }
        rows.sort_by(|a, b| {
            let magnitude = |it: &DiffRow| std::cmp::Reverse(it.delta().saturating_abs());
            magnitude(a)
                .cmp(&magnitude(b))
                .then_with(|| a.name.cmp(&b.name))
        });
        let (old, new) = totals(view, &of_base);
        let total = row_of("total".to_owned(), old, new);
        let beyond = beyond(&total, &rows, view.settings.fail_above);
        let n_before_limit = rows.len();
        if view.settings.node_count > 0 {
            rows.truncate(view.settings.node_count);
        }
        let mut scale = view.scale.clone();
        let magnitudes = rows.iter();
        let magnitudes = magnitudes.map(|it| it.new.saturating_abs().max(it.old.saturating_abs()));
        scale.fit(magnitudes.max().unwrap_or(0));
        Self {
            header: view.header(),
            filters: view.active_filters.clone(),
            scale,
            sort: view.settings.sort,
            per_second: rates.is_some(),
            total,
            rows,
            n_before_limit,
            comparison: view.comparison.clone(),
            warnings: sides.map_or(Vec::new(), |it| it.warnings(per_second)),
            beyond,
        }
    }
}

/// For how long each side was profiled, in nanoseconds; 0: unknown.
fn durations(sides: &Comparison) -> [i64; 2] {
    [&sides.old, &sides.new].map(|it| it.duration_nanos)
}

fn by_seconds(value: i64, nanos: i64) -> i64 {
    let scaled = i128::from(value) * 1_000_000_000 / i128::from(nanos);
    i64::try_from(scaled).unwrap_or(i64::MAX)
}

/// The sums of the base's samples and of all others.
fn totals(view: &View, of_base: &[bool]) -> (i64, i64) {
    let mut sums = [Values::default(); 2];
    for id in view.profile.samples.ids() {
        sums[usize::from(!of_base[id.index()])].add_flat(view.measure.of(&view.profile, id));
    }
    let [old, new] = sums.map(|it| it.flat_value());
    (old.saturating_neg(), new)
}

/// The total and the entries that grew by more than a limit, in percent of the base's total.
fn beyond(total: &DiffRow, rows: &[DiffRow], limit: Option<f64>) -> Vec<Beyond> {
    let Some(limit) = limit else {
        return Vec::new();
    };
    let growth = |row: &DiffRow| match row.delta() {
        delta if delta <= 0 => 0.0,
        delta => delta as f64 / total.old.unsigned_abs() as f64 * 100.0,
    };
    let all = std::iter::once(total).chain(rows);
    let too_much = all.filter(|&it| growth(it) > limit);
    let beyond = |row: &DiffRow| Beyond {
        name: row.name.clone(),
        growth: growth(row),
        limit,
    };
    too_much.map(beyond).collect()
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
