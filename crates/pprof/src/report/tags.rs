//! `tags`: how much each label's values stand for.

use std::collections::BTreeMap;

use base::Idx;
use profile::{LabelValue, units};

use super::Scale;
use crate::graph::{Tag, Values, sort_tags};
use crate::view::View;

/// All labels, by key.
#[derive(Clone, PartialEq, Debug)]
pub struct Tags {
    pub scale: Scale,
    pub keys: Vec<TagKey>,
}

/// A key of labels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TagKey {
    pub key: String,
    /// The sum over its values; a sample that has several counts several times.
    pub total: i64,
    /// Largest first.
    pub values: Vec<TagValue>,
}

/// A label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TagValue {
    /// The label's value, numbers with their unit.
    pub name: String,
    /// The sum of all samples with the label.
    pub value: i64,
}

impl Tags {
    pub fn new(view: &View) -> Self {
        let key = |(key, values): (String, BTreeMap<String, i64>)| {
            let total = values
                .values()
                .fold(0_i64, |sum, it| sum.saturating_add(*it));
            let tag = |(name, flat): (String, i64)| Tag {
                name,
                unit: String::new(),
                value: 0,
                values: Values {
                    flat,
                    ..Values::default()
                },
            };
            let mut tags: Vec<Tag> = values.into_iter().map(tag).collect();
            sort_tags(&mut tags, true);
            let value = |tag: Tag| TagValue {
                name: tag.name,
                value: tag.values.flat,
            };
            TagKey {
                key,
                total,
                values: tags.into_iter().map(value).collect(),
            }
        };
        Self {
            scale: view.scale.clone(),
            keys: label_sums(view).into_iter().map(key).collect(),
        }
    }
}

/// The sum of the values of all samples per label and value.
fn label_sums(view: &View) -> BTreeMap<String, BTreeMap<String, i64>> {
    let profile = &view.profile;
    let mut of_set = vec![(0_i64, false); profile.label_sets.len()];
    for sample in profile.samples.iter() {
        let sum = &mut of_set[sample.labels.index()];
        sum.0 = sum.0.saturating_add(sample.values[view.measure.index]);
        sum.1 = true;
    }
    let mut sums: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for (set, (value, used)) in profile.label_sets.ids().zip(of_set) {
        for label in profile.label_sets.get(set).iter().filter(|_| used) {
            let key = profile.strings.text(label.key).into_owned();
            let text = match label.value {
                LabelValue::Str(text) => profile.strings.text(text).into_owned(),
                LabelValue::Num { value, .. } => {
                    let unit = view.label_units.get(&key);
                    units::label(value, unit, &view.scale.output_unit)
                }
            };
            let sum = sums.entry(key).or_default().entry(text).or_default();
            *sum = sum.saturating_add(value);
        }
    }
    sums
}
