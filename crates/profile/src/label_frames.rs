//! Labels as frames: pprof's `-tagroot` and `-tagleaf`.
//!
//! Source: google/pprof `internal/driver/tagroot.go`.

use base::Idx;
use rustc_hash::FxHashMap;

use crate::labels::{LabelSetId, LabelValue};
use crate::model::{Function, Line, LocationId, Profile};
use crate::samples::Samples;
use crate::strings::StrId;
use crate::units;

impl Profile {
    /// Adds to every stack a frame per key: those of `root_keys` above it, the first outermost;
    /// those of `leaf_keys` below it, the last innermost.
    ///
    /// The frame's function is named after the label's values, joined by commas and empty if
    /// there are none; its file is the key. Numeric values with a unit are shown in
    /// `output_unit`. Returns whether any sample had a label of each list.
    pub fn add_label_frames(
        &mut self,
        root_keys: &[&str],
        leaf_keys: &[&str],
        output_unit: &str,
    ) -> (bool, bool) {
        if root_keys.is_empty() && leaf_keys.is_empty() {
            return (false, false);
        }
        let mut frames = Frames::new(self);
        let mut of_set: Vec<Option<[LabelFrames; 2]>> = vec![None; self.label_sets.len()];
        let mut matched = (false, false);
        let mut samples = Samples::new(self.samples.n_values());
        let mut stack = Vec::new();
        let old_samples = std::mem::take(&mut self.samples);
        for sample in old_samples.iter() {
            let [roots, leaves] = of_set[sample.labels.index()].get_or_insert_with(|| {
                [root_keys, leaf_keys]
                    .map(|keys| frames.of_labels(self, sample.labels, keys, output_unit))
            });
            matched = (matched.0 || roots.matched, matched.1 || leaves.matched);
            stack.clear();
            stack.extend_from_slice(&leaves.locations);
            stack.extend_from_slice(sample.stack);
            stack.extend_from_slice(&roots.locations);
            samples.push(&stack, sample.values, sample.labels);
        }
        self.samples = samples;
        matched
    }

    /// The values of a label as texts: first texts, then numbers.
    fn label_texts(&self, labels: LabelSetId, key: StrId, output_unit: &str) -> Vec<String> {
        let labels = self.label_sets.get(labels);
        let labels = labels.iter().filter(|label| label.key == key);
        let has_units = labels.clone().any(|label| match label.value {
            LabelValue::Num { unit, .. } => !unit.is_empty(),
            LabelValue::Str(_) => false,
        });
        let text = |value| match value {
            LabelValue::Str(value) => self.strings.text(value).into_owned(),
            LabelValue::Num { value, unit } if has_units => {
                units::label(value, &self.strings.text(unit), output_unit)
            }
            LabelValue::Num { value, .. } => units::label(value, "", ""),
        };
        labels.map(|label| text(label.value)).collect()
    }
}

/// The frames of one label set at one end of the stack.
#[derive(Clone)]
struct LabelFrames {
    /// Innermost first.
    locations: Vec<LocationId>,
    /// Any of the keys has a value.
    matched: bool,
}

/// The frames made so far.
struct Frames {
    next_function_id: u64,
    next_location_id: u64,
    by_name: FxHashMap<(StrId, StrId), LocationId>,
}

impl Frames {
    fn new(profile: &Profile) -> Self {
        let functions = profile.functions.iter().map(|it| it.id);
        let locations = profile.locations.iter().map(|it| it.id);
        Self {
            next_function_id: functions.max().unwrap_or(0).wrapping_add(1),
            next_location_id: locations.max().unwrap_or(0).wrapping_add(1),
            by_name: FxHashMap::default(),
        }
    }

    fn of_labels(
        &mut self,
        profile: &mut Profile,
        labels: LabelSetId,
        keys: &[&str],
        output_unit: &str,
    ) -> LabelFrames {
        let mut matched = false;
        let location = |key: &&str| {
            let key = profile.strings.intern(key.as_bytes());
            let values = profile.label_texts(labels, key, output_unit);
            matched |= !values.is_empty();
            let name = profile.strings.intern(values.join(",").as_bytes());
            self.location(profile, name, key)
        };
        let locations = keys.iter().rev().map(location).collect();
        LabelFrames { locations, matched }
    }

    fn location(&mut self, profile: &mut Profile, name: StrId, file: StrId) -> LocationId {
        *self.by_name.entry((name, file)).or_insert_with(|| {
            let function = profile.functions.push(Function {
                id: self.next_function_id,
                name,
                system_name: StrId::EMPTY,
                filename: file,
                start_line: 0,
            });
            self.next_function_id = self.next_function_id.wrapping_add(1);
            let (line, column) = (0, 0);
            let line = Line {
                function,
                line,
                column,
            };
            let location = profile.add_location(0, None, &[line]);
            profile.locations[location].id = self.next_location_id;
            self.next_location_id = self.next_location_id.wrapping_add(1);
            location
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode_folded;
    use crate::labels::Label;

    #[test]
    fn values_become_frames_at_both_ends() {
        let mut profile = Profile::with_sample_types(&[("samples", "count")]);
        let [user, x, y, bytes, size] =
            ["user", "x", "y", "bytes", "size"].map(|it| profile.strings.intern(it.as_bytes()));
        let location = profile.add_location(0x10, None, &[]);
        let mut labels = [
            Label::str(user, x),
            Label::str(user, y),
            Label::num(size, 2048, bytes),
        ];
        let labels = profile.label_sets.intern(&mut labels, &profile.strings);
        for labels in [labels, LabelSetId::EMPTY] {
            profile.samples.push(&[location], &[1], labels);
        }
        let matched = profile.add_label_frames(&["user", "none"], &["size"], "kB");
        assert_eq!(matched, (true, true));
        let text = String::from_utf8(encode_folded(&profile, 0)).unwrap();
        assert_eq!(text, ";;0x10; 1\nx,y;;0x10;2kB 1\n");
    }
}
