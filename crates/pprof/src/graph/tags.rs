//! Labels of samples as sums per node.

use std::collections::{BTreeMap, BTreeSet};

use base::Idx;
use profile::{LabelValue, LocationSymbols, Profile, Strings, units};
use rustc_hash::FxHashMap;

use super::nodes::{NodeId, NodeTable};
use super::values::{Measure, Values};

/// The unit of each numeric label.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelUnits {
    units: BTreeMap<String, String>,
    /// Units that values of a key have besides the one that is used for it.
    pub(crate) ignored: BTreeMap<String, BTreeSet<String>>,
}

impl LabelUnits {
    /// The first unit any value of a key has; for keys without, a guess from the key.
    pub(crate) fn of(profile: &Profile) -> Self {
        let mut seen = vec![false; profile.label_sets.len()];
        let mut found = Self::default();
        let mut keys = BTreeSet::new();
        for sample in profile.samples.iter() {
            if std::mem::replace(&mut seen[sample.labels.index()], true) {
                continue;
            }
            for label in profile.label_sets.get(sample.labels) {
                let LabelValue::Num { unit, .. } = label.value else {
                    continue;
                };
                let key = profile.strings.text(label.key).into_owned();
                keys.insert(key.clone());
                if unit.is_empty() {
                    continue;
                }
                let unit = profile.strings.text(unit).into_owned();
                let used = found
                    .units
                    .entry(key.clone())
                    .or_insert_with(|| unit.clone());
                if *used != unit {
                    found.ignored.entry(key).or_default().insert(unit);
                }
            }
        }
        for key in keys {
            let guess = match key.as_str() {
                "alignment" | "request" => "bytes",
                key => key,
            };
            found
                .units
                .entry(key.clone())
                .or_insert_with(|| guess.to_owned());
        }
        found
    }

    pub(crate) fn get(&self, key: &str) -> &str {
        self.units.get(key).map_or("", String::as_str)
    }
}

/// A label's sums at one node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    /// For numeric tags.
    pub(crate) unit: String,
    pub(crate) value: i64,
    pub(crate) values: Values,
}

/// The labels that graphs show: per label set its text labels as one text, and its object sizes.
#[derive(Debug)]
pub(crate) struct TagTable {
    /// `key:value` of each distinct combination, joined by `\n`, which is how pprof sorts them;
    /// the first is empty.
    texts: Vec<String>,
    /// The same, a text per label.
    lines: FxHashMap<String, Vec<String>>,
    /// Printed form of each distinct size.
    sizes: Vec<String>,
    unit: String,
    of_set: Vec<(u32, Vec<(u32, i64)>)>,
}

impl TagTable {
    pub(crate) fn new(profile: &Profile, units: &LabelUnits, output_unit: &str) -> Self {
        let unit = units.get("bytes").to_owned();
        let mut table = Self {
            texts: vec![String::new()],
            lines: FxHashMap::default(),
            sizes: Vec::new(),
            of_set: Vec::with_capacity(profile.label_sets.len()),
            unit,
        };
        let mut text_ids: FxHashMap<String, u32> = FxHashMap::default();
        text_ids.insert(String::new(), 0);
        let mut size_ids: FxHashMap<String, u32> = FxHashMap::default();
        for set in profile.label_sets.ids() {
            let labels = profile.label_sets.get(set);
            let lines = label_lines(labels, &profile.strings);
            let text = *text_ids
                .entry(lines.join("\\n"))
                .or_insert_with_key(|text| {
                    table.texts.push(text.clone());
                    table.lines.insert(text.clone(), lines);
                    table.texts.len() as u32 - 1
                });
            let mut sizes = Vec::new();
            for label in labels {
                let LabelValue::Num { value, .. } = label.value else {
                    continue;
                };
                if profile.strings.get(label.key) == b"bytes" {
                    let printed = units::label(value, &table.unit, output_unit);
                    let id = *size_ids.entry(printed).or_insert_with_key(|printed| {
                        table.sizes.push(printed.clone());
                        table.sizes.len() as u32 - 1
                    });
                    sizes.push((id, value));
                }
            }
            table.of_set.push((text, sizes));
        }
        table
    }

    /// Whether samples with these labels show none.
    fn is_empty(&self, set: usize) -> bool {
        let (text, sizes) = &self.of_set[set];
        *text == 0 && sizes.is_empty()
    }

    /// The labels of a combination, a text each.
    pub(crate) fn lines(&self, text: &str) -> &[String] {
        self.lines.get(text).map_or(&[], Vec::as_slice)
    }
}

/// `key:value` of the text labels, sorted.
fn label_lines(labels: &[profile::Label], strings: &Strings) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for label in labels {
        if let LabelValue::Str(value) = label.value
            && strings.get(label.key) != b"pprof::base"
        {
            texts.push(format!(
                "{}:{}",
                strings.text(label.key),
                strings.text(value)
            ));
        }
    }
    texts.sort();
    texts
}

/// The tags of one node.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeTags {
    /// By position in [`TagTable::texts`]; never 0.
    texts: BTreeMap<u32, Values>,
    /// By the text labels they come with, and position of their printed form; with the first
    /// exact value.
    sizes: BTreeMap<(u32, u32), (i64, Values)>,
}

impl NodeTags {
    /// The text labels.
    pub(crate) fn texts(&self, table: &TagTable) -> Vec<Tag> {
        let tag = |(&text, &values): (&u32, &Values)| Tag {
            name: table.texts[text as usize].clone(),
            unit: String::new(),
            value: 0,
            values,
        };
        self.texts.iter().map(tag).collect()
    }

    /// The sizes that come with a combination of text labels.
    pub(crate) fn sizes(&self, table: &TagTable, text: &str) -> Vec<Tag> {
        let with_text = |((of, _), _): &(&(u32, u32), _)| table.texts[*of as usize] == text;
        let tag = |(&(_, size), &(value, values)): (&(u32, u32), &(i64, Values))| Tag {
            name: table.sizes[size as usize].clone(),
            unit: table.unit.clone(),
            value,
            values,
        };
        self.sizes.iter().filter(with_text).map(tag).collect()
    }

    /// How many have a value of their own.
    pub(crate) fn count_flat(&self) -> usize {
        let texts = self.texts.values().filter(|it| it.flat != 0).count();
        texts + self.sizes.values().filter(|it| it.1.flat != 0).count()
    }

    /// Removes those with less than the cut-off both by themselves and with callees.
    pub(crate) fn trim(&mut self, cutoff: i64) {
        let heavy =
            |it: &Values| it.flat.saturating_abs() >= cutoff || it.cum.saturating_abs() >= cutoff;
        self.texts.retain(|_, values| heavy(values));
        self.sizes.retain(|_, (_, values)| heavy(values));
    }

    fn add(&mut self, labels: &(u32, Vec<(u32, i64)>), add: impl Fn(&mut Values)) {
        if labels.0 != 0 {
            add(self.texts.entry(labels.0).or_default());
        }
        for &(size, value) in &labels.1 {
            let entry = self.sizes.entry((labels.0, size));
            add(&mut entry.or_insert((value, Values::default())).1);
        }
    }

    /// Adds a sample of these labels.
    pub(crate) fn add_cum(&mut self, table: &TagTable, set: usize, value: (i64, i64)) {
        self.add(&table.of_set[set], |it| it.add_cum(value));
    }

    pub(crate) fn add_flat(&mut self, table: &TagTable, set: usize, value: (i64, i64)) {
        self.add(&table.of_set[set], |it| it.add_flat(value));
    }
}

/// The tags of the nodes with a position; those are consecutive, from 0.
pub(crate) fn collect_tags(
    profile: &Profile,
    table: &NodeTable,
    measure: Measure,
    positions: &dyn Fn(NodeId) -> Option<usize>,
    n_positions: usize,
    tags: &TagTable,
) -> Vec<NodeTags> {
    let positions: Vec<Option<usize>> = (0..table.len())
        .map(|it| positions(NodeId::from_index(it)))
        .collect();
    // Few nodes have a position, so most locations have none.
    let mut of_locations: LocationSymbols<usize> = LocationSymbols::default();
    for location in profile.locations.ids() {
        let nodes = table.of(location).iter();
        of_locations.push(nodes.filter_map(|node| positions[node.index()]));
    }
    let mut found = vec![NodeTags::default(); n_positions];
    let mut seen = vec![0_u32; n_positions];
    for sample in profile.samples.ids() {
        let value = measure.of(profile, sample);
        let set = profile.samples.labels(sample).index();
        if value == (0, 0) || tags.is_empty(set) {
            continue;
        }
        let mark = sample.index() as u32 + 1;
        let stack = profile.samples.stack(sample);
        for &location in stack {
            for &at in of_locations.of(location) {
                if seen[at] != mark {
                    seen[at] = mark;
                    found[at].add_cum(tags, set, value);
                }
            }
        }
        let leaf = stack.first().and_then(|&it| table.of(it).first());
        if let Some(at) = leaf.and_then(|it| positions[it.index()]) {
            found[at].add_flat(tags, set, value);
        }
    }
    found
}

/// Largest first: by cum unless `flat`, then by flat, then by name.
pub(crate) fn sort_tags(tags: &mut [Tag], flat: bool) {
    let magnitude = |value: i64| std::cmp::Reverse(value.saturating_abs());
    tags.sort_by(|a, b| {
        let by_cum = if flat {
            std::cmp::Ordering::Equal
        } else {
            magnitude(a.values.cum).cmp(&magnitude(b.values.cum))
        };
        by_cum
            .then_with(|| magnitude(a.values.flat).cmp(&magnitude(b.values.flat)))
            .then_with(|| a.name.cmp(&b.name))
    });
}
