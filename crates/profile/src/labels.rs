//! Sample labels, each distinct set of them once.

use std::hash::{Hash, Hasher};

use base::{Idx, List};
use hashbrown::HashTable;
use rustc_hash::FxHasher;

use crate::strings::{StrId, Strings};

base::typed_id! {
    /// The labels of one or many samples. Equal ids of one profile mean equal labels and the
    /// reverse.
    pub struct LabelSetId;
}

impl LabelSetId {
    /// No labels at all.
    pub const EMPTY: Self = Self(0);
}

/// One key and one value. A key may occur more than once in a set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Label {
    pub key: StrId,
    pub value: LabelValue,
}

/// The value of a label: a text, or a number with its unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LabelValue {
    Str(StrId),
    /// `unit` is [`StrId::EMPTY`] where the profile names none.
    Num {
        value: i64,
        unit: StrId,
    },
}

impl Label {
    pub fn str(key: StrId, value: StrId) -> Self {
        let value = LabelValue::Str(value);
        Self { key, value }
    }

    pub fn num(key: StrId, value: i64, unit: StrId) -> Self {
        let value = LabelValue::Num { value, unit };
        Self { key, value }
    }

    /// Whether the value is a number.
    pub fn is_num(&self) -> bool {
        matches!(self.value, LabelValue::Num { .. })
    }
}

/// The distinct label sets of a profile.
///
/// A set is ordered: text labels before numeric ones, each by key, values of one key in the order
/// of the file. So filters and reports can work per set, of which there are few, instead of per
/// sample.
#[derive(Clone, Debug)]
pub struct LabelSets {
    sets: Vec<List<Label>>,
    labels: Vec<Label>,
    index: HashTable<LabelSetId>,
}

impl Default for LabelSets {
    fn default() -> Self {
        Self {
            sets: vec![List::EMPTY],
            labels: Vec::new(),
            index: HashTable::new(),
        }
    }
}

impl LabelSets {
    pub fn get(&self, id: LabelSetId) -> &[Label] {
        &self.labels[self.sets[id.index()].range()]
    }

    /// How many sets there are, the empty one included.
    #[expect(
        clippy::len_without_is_empty,
        reason = "never empty: it holds the empty set"
    )]
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    pub fn ids(&self) -> impl Iterator<Item = LabelSetId> + use<> {
        (0..self.sets.len()).map(LabelSetId::from_index)
    }

    /// The id of these labels, which may come in any order of keys.
    pub fn intern(&mut self, labels: &mut [Label], strings: &Strings) -> LabelSetId {
        labels.sort_by(|a, b| {
            (a.is_num(), strings.get(a.key)).cmp(&(b.is_num(), strings.get(b.key)))
        });
        self.intern_sorted(labels)
    }

    /// The id of labels that are in the order of a set already.
    pub(crate) fn intern_sorted(&mut self, labels: &[Label]) -> LabelSetId {
        if labels.is_empty() {
            return LabelSetId::EMPTY;
        }
        let Self {
            sets,
            labels: all,
            index,
        } = self;
        let entry = index.entry(
            hash(labels),
            |&id| all[sets[id.index()].range()] == *labels,
            |&id| hash(&all[sets[id.index()].range()]),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(entry) => *entry.get(),
            hashbrown::hash_table::Entry::Vacant(entry) => {
                let start = all.len();
                all.extend_from_slice(labels);
                let id = LabelSetId::from_index(sets.len());
                sets.push(List::between(start, all.len()));
                entry.insert(id);
                id
            }
        }
    }
}

fn hash(labels: &[Label]) -> u64 {
    let mut hasher = FxHasher::default();
    labels.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_keys_does_not_matter_order_of_values_does() {
        let mut strings = Strings::default();
        let [a, b] = [b"a", b"b"].map(|text| strings.intern(text));
        let mut sets = LabelSets::default();
        let mut intern = |labels: &[Label]| sets.intern(&mut labels.to_vec(), &strings);
        let num = Label::num(a, 1, StrId::EMPTY);
        let first = intern(&[Label::str(b, a), num, Label::str(a, b)]);
        assert_eq!(intern(&[num, Label::str(a, b), Label::str(b, a)]), first);
        assert_ne!(
            intern(&[Label::str(a, a), Label::str(a, b)]),
            intern(&[Label::str(a, b), Label::str(a, a)])
        );
        assert_eq!(intern(&[]), LabelSetId::EMPTY);
        assert_eq!(sets.get(first), [Label::str(a, b), Label::str(b, a), num]);
    }
}
