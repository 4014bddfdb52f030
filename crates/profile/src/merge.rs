//! Several profiles as one.
//!
//! Source: google/pprof `profile/merge.go` and `internal/measurement` (`ScaleProfiles`).

use std::hash::{Hash, Hasher};

use base::Idx;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::{FxHashMap, FxHasher};

use crate::labels::{Label, LabelSetId, LabelValue};
use crate::model::{Function, Location, Mapping};
use crate::model::{FunctionId, Line, LocationId, MappingId, Profile, ValueType};
use crate::samples::{Sample, SampleId, Samples};
use crate::strings::StrId;
use crate::units;

/// Why profiles cannot be one. The texts are pprof's, with names where it prints addresses.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MergeError {
    #[error("no profiles to merge")]
    NoProfiles,
    #[error("incompatible period types {0} and {1}")]
    PeriodTypes(String, String),
    #[error("incompatible sample types {0} and {1}")]
    SampleTypes(String, String),
    #[error("profiles have empty common sample type list")]
    NothingInCommon,
    #[error("period type: incompatible types: {0} {1}")]
    PeriodUnits(String, String),
    #[error("sample types: incompatible types: {0} {1}")]
    SampleUnits(String, String),
}

/// A sample type that not all profiles have, so that it was removed from this one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DroppedType {
    /// Position in the list of profiles.
    pub profile: usize,
    /// Such as `alloc_space`.
    pub kind: String,
}

/// Most samples that room is made for beforehand.
const MAX_RESERVED: usize = 1 << 20;

/// Sums profiles of equal sample types and period types into a new one.
///
/// Samples of equal stack and labels become one; those whose values are all 0 vanish, and with
/// them whatever nothing refers to. Locations are equal if they have the same place in the same
/// binary, wherever that was loaded. The result has the earliest time, the summed durations, the
/// largest period, and the first profile's order of everything.
pub fn merge(profiles: &[&Profile]) -> Result<Profile, MergeError> {
    // Room for all samples, as finding them anew means hashing their stacks anew. Thousands of
    // profiles rarely have as many different ones.
    let n_samples: usize = profiles.iter().map(|it| it.samples.len()).sum();
    let mut merger = Merger {
        out: combined_head(profiles)?,
        samples: HashTable::with_capacity(n_samples.min(MAX_RESERVED)),
        ..Merger::default()
    };
    for profile in profiles {
        merger.add(profile);
    }
    let out = merger.out;
    if out.samples.iter().any(|it| is_zero(&it)) {
        // What only they refer to goes as well.
        return merge(&[&out]);
    }
    Ok(out)
}

/// Prepares profiles of different sample types and units for [`merge`], as pprof does on
/// fetching: what is not common to all is removed and reported, the order is the first one's,
/// and values are scaled to the finest unit among them.
pub fn make_compatible(profiles: &mut [Profile]) -> Result<Vec<DroppedType>, MergeError> {
    let dropped = keep_common_types(profiles)?;
    scale_to_finest(profiles)?;
    Ok(dropped)
}

impl Profile {
    /// The profile without what no sample refers to, and with equal samples summed.
    #[must_use]
    pub fn compact(&self) -> Self {
        // A profile is compatible with itself.
        merge(&[self]).unwrap_or_default()
    }

    /// Whether [`merge`] would take both.
    pub fn check_compatible(&self, other: &Self) -> Result<(), MergeError> {
        let period = |profile: &Self| TypeText::new(profile, profile.period_type);
        let (a, b) = (period(self), period(other));
        if a != b {
            let [a, b] = [a, b].map(|it| format!("&{}", it.message()));
            return Err(MergeError::PeriodTypes(a, b));
        }
        let names = |profile: &Self| {
            let types = profile.sample_types.iter();
            let types = types.map(|&it| TypeText::new(profile, it));
            let names: Vec<String> = types.map(|it| format!("{}/{}", it.kind, it.unit)).collect();
            format!("[{}]", names.join(" "))
        };
        let (a, b) = (names(self), names(other));
        if a != b || self.sample_types.len() != other.sample_types.len() {
            return Err(MergeError::SampleTypes(a, b));
        }
        Ok(())
    }
}

fn is_zero(sample: &Sample<'_>) -> bool {
    sample.values.iter().all(|&value| value == 0)
}

/// A profile without tables, with the fields that describe all of `profiles`.
fn combined_head(profiles: &[&Profile]) -> Result<Profile, MergeError> {
    let (first, others) = profiles.split_first().ok_or(MergeError::NoProfiles)?;
    for other in others {
        first.check_compatible(other)?;
    }
    let mut head = Profile::default();
    let mut copy = |id| head.strings.intern(first.strings.get(id));
    let mut copy_type = |ValueType { kind, unit }| ValueType {
        kind: copy(kind),
        unit: copy(unit),
    };
    let sample_types = first.sample_types.iter().map(|&it| copy_type(it));
    head.sample_types = sample_types.collect();
    head.period_type = copy_type(first.period_type);
    head.drop_frames = copy(first.drop_frames);
    head.keep_frames = copy(first.keep_frames);
    head.samples = Samples::new(head.sample_types.len());
    for profile in profiles {
        let mut copy = |id| head.strings.intern(profile.strings.get(id));
        // pprof lets an unknown time win over a known one unless a later profile has one again.
        if head.time_nanos == 0 || profile.time_nanos < head.time_nanos {
            head.time_nanos = profile.time_nanos;
        }
        head.duration_nanos = head.duration_nanos.saturating_add(profile.duration_nanos);
        if head.period == 0 || head.period < profile.period {
            head.period = profile.period;
        }
        for &comment in &profile.comments {
            let comment = copy(comment);
            if !head.comments.contains(&comment) {
                head.comments.push(comment);
            }
        }
        if head.default_sample_type.is_empty() {
            head.default_sample_type = copy(profile.default_sample_type);
        }
        if head.doc_url.is_empty() {
            head.doc_url = copy(profile.doc_url);
        }
    }
    Ok(head)
}

/// The profile being made, and what is in it by content.
#[derive(Default)]
struct Merger {
    out: Profile,
    mappings: FxHashMap<(u64, u64, StrId), MappingId>,
    functions: FxHashMap<(i64, StrId, StrId, StrId), FunctionId>,
    locations: HashTable<LocationId>,
    samples: HashTable<SampleId>,
}

/// Where the entries of one source profile went.
struct Moved<'a> {
    source: &'a Profile,
    strings: Vec<Option<StrId>>,
    label_sets: Vec<Option<LabelSetId>>,
    /// With the distance the mapping's addresses moved.
    mappings: Vec<Option<(MappingId, u64)>>,
    functions: Vec<Option<FunctionId>>,
    locations: Vec<Option<LocationId>>,
}

impl Merger {
    fn add(&mut self, source: &Profile) {
        let mut moved = Moved {
            source,
            strings: vec![None; source.strings.len()],
            label_sets: vec![None; source.label_sets.len()],
            mappings: vec![None; source.mappings.len()],
            functions: vec![None; source.functions.len()],
            locations: vec![None; source.locations.len()],
        };
        // The first mapping is that of the main binary, and must come first again.
        if self.out.mappings.is_empty()
            && let Some(first) = source.mappings.ids().next()
        {
            self.mapping(first, &mut moved);
        }
        let mut stack = Vec::new();
        for sample in source.samples.iter().filter(|it| !is_zero(it)) {
            stack.clear();
            let locations = sample.stack.iter();
            stack.extend(locations.map(|&location| self.location(location, &mut moved)));
            let labels = self.labels(sample.labels, &mut moved);
            self.sample(&stack, labels, sample.values);
        }
    }

    fn sample(&mut self, stack: &[LocationId], labels: LabelSetId, values: &[i64]) {
        let out = &mut self.out.samples;
        let key = |id: SampleId, out: &Samples| hash(&(out.stack(id), out.labels(id)));
        let equal = |&id: &SampleId| out.labels(id) == labels && out.stack(id) == stack;
        let hash = hash(&(stack, labels));
        match self.samples.entry(hash, equal, |&id| key(id, out)) {
            Entry::Occupied(entry) => {
                let sums = out.values_mut(*entry.get());
                for (sum, &value) in sums.iter_mut().zip(values) {
                    *sum = sum.saturating_add(value);
                }
            }
            Entry::Vacant(entry) => {
                let id = SampleId::from_index(out.len());
                entry.insert(id);
                out.push(stack, values, labels);
            }
        }
    }

    fn string(&mut self, id: StrId, moved: &mut Moved<'_>) -> StrId {
        let text = moved.source.strings.get(id);
        *moved.strings[id.index()].get_or_insert_with(|| self.out.strings.intern(text))
    }

    fn labels(&mut self, id: LabelSetId, moved: &mut Moved<'_>) -> LabelSetId {
        if let Some(labels) = moved.label_sets[id.index()] {
            return labels;
        }
        // The order of a set depends on texts alone, so it is kept.
        let source = moved.source.label_sets.get(id);
        let mut labels = Vec::with_capacity(source.len());
        for label in source {
            let key = self.string(label.key, moved);
            labels.push(match label.value {
                LabelValue::Str(value) => Label::str(key, self.string(value, moved)),
                LabelValue::Num { value, unit } => Label::num(key, value, self.string(unit, moved)),
            });
        }
        let labels = self.out.label_sets.intern_sorted(&labels);
        moved.label_sets[id.index()] = Some(labels);
        labels
    }

    fn mapping(&mut self, id: MappingId, moved: &mut Moved<'_>) -> (MappingId, u64) {
        if let Some(found) = moved.mappings[id.index()] {
            return found;
        }
        let source = moved.source.mappings[id];
        let mapping = Mapping {
            file: self.string(source.file, moved),
            build_id: self.string(source.build_id, moved),
            ..source
        };
        let key = mapping_key(&mapping);
        let found = if let Some(&same) = self.mappings.get(&key) {
            let start = self.out.mappings[same].start;
            (same, start.wrapping_sub(source.start))
        } else {
            let new = self.out.add_mapping(mapping);
            self.mappings.insert(key, new);
            (new, 0)
        };
        moved.mappings[id.index()] = Some(found);
        found
    }

    fn function(&mut self, id: FunctionId, moved: &mut Moved<'_>) -> FunctionId {
        if let Some(function) = moved.functions[id.index()] {
            return function;
        }
        let source = moved.source.functions[id];
        let name = self.string(source.name, moved);
        let system_name = self.string(source.system_name, moved);
        let filename = self.string(source.filename, moved);
        let out = &mut self.out;
        let key = (source.start_line, name, system_name, filename);
        let function = *self.functions.entry(key).or_insert_with(|| {
            out.functions.push(Function {
                id: out.functions.len() as u64 + 1,
                name,
                system_name,
                filename,
                start_line: source.start_line,
            })
        });
        moved.functions[id.index()] = Some(function);
        function
    }

    fn location(&mut self, id: LocationId, moved: &mut Moved<'_>) -> LocationId {
        if let Some(location) = moved.locations[id.index()] {
            return location;
        }
        let source = moved.source.locations[id];
        let mapping = source.mapping.map(|mapping| self.mapping(mapping, moved));
        let lines: Vec<Line> = moved.source.lines[source.lines.range()]
            .iter()
            .map(|line| Line {
                function: self.function(line.function, moved),
                ..*line
            })
            .collect();
        let distance = mapping.map_or(0, |(_, distance)| distance);
        let location = Location {
            address: source.address.wrapping_add(distance),
            mapping: mapping.map(|(mapping, _)| mapping),
            ..source
        };
        let location = self.intern_location(&location, &lines);
        moved.locations[id.index()] = Some(location);
        location
    }

    fn intern_location(&mut self, location: &Location, lines: &[Line]) -> LocationId {
        let Self { out, locations, .. } = self;
        let key = LocationKey::new(location, lines, out);
        let stored = |id: LocationId| LocationKey::new(&out.locations[id], out.lines(id), out);
        let found = locations.entry(hash(&key), |&id| stored(id) == key, |&id| hash(&stored(id)));
        match found {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id = LocationId::from_index(out.locations.len());
                entry.insert(id);
                out.add_location(location.address, location.mapping, lines);
                out.locations[id].is_folded = location.is_folded;
                id
            }
        }
    }
}

/// Binaries are the same if they have the same build id or, without one, name, and about the
/// same size: mappings of one binary may differ by less than a page.
fn mapping_key(mapping: &Mapping) -> (u64, u64, StrId) {
    const PAGE: u64 = 0x1000;
    let size = mapping.limit.wrapping_sub(mapping.start);
    let size = size.wrapping_add(PAGE - 1);
    let name = match mapping.build_id {
        StrId::EMPTY => mapping.file,
        build_id => build_id,
    };
    (size - size % PAGE, mapping.offset, name)
}

/// What makes locations the same, with the address relative to the mapping.
///
/// Of several lines only the last one's column counts: pprof's own key loses the others, and
/// its merged profiles are what ours are compared with.
struct LocationKey<'a> {
    address: u64,
    mapping: Option<MappingId>,
    is_folded: bool,
    lines: &'a [Line],
}

impl<'a> LocationKey<'a> {
    fn new(location: &Location, lines: &'a [Line], out: &Profile) -> Self {
        let start = location.mapping.map_or(0, |id| out.mappings[id].start);
        Self {
            address: location.address.wrapping_sub(start),
            mapping: location.mapping,
            is_folded: location.is_folded,
            lines,
        }
    }
}

impl PartialEq for LocationKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        let place = |key: &Self| (key.address, key.mapping, key.is_folded);
        let line = |line: &Line| (line.function, line.line);
        let column = |lines: &[Line]| lines.last().map(|line| line.column);
        place(self) == place(other)
            && self.lines.iter().map(line).eq(other.lines.iter().map(line))
            && column(self.lines) == column(other.lines)
    }
}

impl Hash for LocationKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.address, self.mapping, self.is_folded).hash(state);
        for line in self.lines {
            (line.function, line.line).hash(state);
        }
    }
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

fn keep_common_types(profiles: &mut [Profile]) -> Result<Vec<DroppedType>, MergeError> {
    let first = profiles.first().ok_or(MergeError::NoProfiles)?;
    let kinds = |profile: &Profile| -> Vec<Vec<u8>> {
        let types = profile.sample_types.iter();
        types
            .map(|it| profile.strings.get(it.kind).to_vec())
            .collect()
    };
    let mut count: FxHashMap<Vec<u8>, usize> = FxHashMap::default();
    for kind in profiles.iter().flat_map(kinds) {
        *count.entry(kind).or_default() += 1;
    }
    let mut common = kinds(first);
    common.retain(|kind| count[kind] == profiles.len());
    if common.is_empty() {
        return Err(MergeError::NothingInCommon);
    }
    let mut dropped = Vec::new();
    for (index, profile) in profiles.iter_mut().enumerate() {
        for kind in kinds(profile) {
            if !common.contains(&kind) {
                let kind = String::from_utf8_lossy(&kind).into_owned();
                dropped.push(DroppedType {
                    profile: index,
                    kind,
                });
            }
        }
        keep_types(profile, &common);
    }
    Ok(dropped)
}

/// Reduces a profile to the types of these kinds, which it must have, in this order.
fn keep_types(profile: &mut Profile, kinds: &[Vec<u8>]) {
    let position = |kind: &Vec<u8>| {
        let types = &profile.sample_types;
        types
            .iter()
            .position(|it| profile.strings.get(it.kind) == *kind)
    };
    let positions: Vec<usize> = kinds.iter().filter_map(position).collect();
    if positions.iter().copied().eq(0..profile.sample_types.len()) {
        return;
    }
    let types = positions.iter().map(|&it| profile.sample_types[it]);
    profile.sample_types = types.collect();
    let default = profile.default_sample_type;
    if !profile.sample_types.iter().any(|it| it.kind == default) {
        profile.default_sample_type = profile.sample_types[0].kind;
    }
    profile.samples.select_values(&positions);
}

fn scale_to_finest(profiles: &mut [Profile]) -> Result<(), MergeError> {
    let period_types = profiles.iter().map(|it| TypeText::new(it, it.period_type));
    let finest = finest_unit(&period_types.collect::<Vec<_>>())
        .map_err(|(a, b)| MergeError::PeriodUnits(a, b))?;
    let Some(period_unit) = finest else {
        return Ok(());
    };
    let n_types = profiles[0].sample_types.len();
    let mut units = Vec::with_capacity(n_types);
    for index in 0..n_types {
        let types = profiles
            .iter()
            .map(|it| TypeText::new(it, it.sample_types[index]));
        let finest = finest_unit(&types.collect::<Vec<_>>())
            .map_err(|(a, b)| MergeError::SampleUnits(a, b))?;
        units.extend(finest);
    }
    for profile in profiles {
        let from = profile.strings.text(profile.period_type.unit).into_owned();
        let (period, _) = units::scale(profile.period, &from, &period_unit);
        profile.period = crate::scale::to_integer(period);
        profile.period_type.unit = profile.strings.intern(period_unit.as_bytes());
        let mut ratios = Vec::with_capacity(n_types);
        for (value_type, unit) in profile.sample_types.iter_mut().zip(&units) {
            let from = profile.strings.text(value_type.unit).into_owned();
            ratios.push(units::scale(1, &from, unit).0);
            value_type.unit = profile.strings.intern(unit.as_bytes());
        }
        profile.scale_values(&ratios);
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
struct TypeText {
    kind: String,
    unit: String,
}

impl TypeText {
    fn new(profile: &Profile, value_type: ValueType) -> Self {
        let text = |id| profile.strings.text(id).into_owned();
        Self {
            kind: text(value_type.kind),
            unit: text(value_type.unit),
        }
    }

    /// A plural is as good as the singular.
    fn is_compatible(&self, other: &Self) -> bool {
        let singular = |kind: &str| kind.strip_suffix('s').unwrap_or(kind).to_owned();
        singular(&self.kind) == singular(&other.kind) && units::convertible(&self.unit, &other.unit)
    }

    /// As Go prints the struct that pprof has for it.
    fn message(&self) -> String {
        format!("{{{} {} 0 0}}", self.kind, self.unit)
    }
}

/// The finest unit of compatible types, `None` if there is one only; else the two that are not
/// compatible.
fn finest_unit(types: &[TypeText]) -> Result<Option<String>, (String, String)> {
    let [first, others @ ..] = types else {
        return Ok(None);
    };
    if others.is_empty() {
        return Ok(None);
    }
    let mut finest = first;
    for other in others {
        if !finest.is_compatible(other) {
            return Err((finest.message(), other.message()));
        }
        if units::scale(1, &other.unit, &finest.unit).0 < 1.0 {
            finest = other;
        }
    }
    Ok(Some(finest.unit.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decode_folded, encode, encode_folded};

    fn folded(profile: &Profile) -> String {
        String::from_utf8(encode_folded(profile, 0)).unwrap()
    }

    #[test]
    fn equal_stacks_are_summed_and_zeros_vanish() {
        let mut a = decode_folded(b"main;a 1\nmain;b 2").unwrap();
        let mut b = decode_folded(b"main;b -2\nmain;c 3").unwrap();
        (a.time_nanos, b.time_nanos) = (20, 10);
        (a.duration_nanos, b.duration_nanos) = (5, 6);
        (a.period, b.period) = (7, 8);
        let merged = merge(&[&a, &b]).unwrap();
        assert_eq!(folded(&merged), "main;a 1\nmain;c 3\n");
        assert_eq!(
            (merged.time_nanos, merged.duration_nanos, merged.period),
            (10, 11, 8)
        );
        assert_eq!(merged.functions.len(), 3, "b is gone with its samples");
        assert_eq!(merge(&[]).unwrap_err(), MergeError::NoProfiles);
    }

    #[test]
    fn a_binary_loaded_elsewhere_is_the_same() {
        let load = |start: u64| {
            let mut profile = Profile::with_sample_types(&[("samples", "count")]);
            let file = profile.strings.intern(b"/bin/app");
            let mapping = profile.add_mapping(Mapping {
                start,
                limit: start + 0x1100,
                file,
                ..Mapping::default()
            });
            let location = profile.add_location(start + 0x10, Some(mapping), &[]);
            profile.samples.push(&[location], &[1], LabelSetId::EMPTY);
            profile
        };
        let merged = merge(&[&load(0x40_0000), &load(0x7f_0000)]).unwrap();
        assert_eq!(folded(&merged), "0x400010 2\n");
    }

    #[test]
    fn types_and_units_are_made_equal() {
        let mut a = Profile::with_sample_types(&[("samples", "count"), ("cpu", "milliseconds")]);
        a.samples.push(&[], &[1, 2], LabelSetId::EMPTY);
        let mut b = Profile::with_sample_types(&[("cpu", "ns"), ("wall", "ns")]);
        b.samples.push(&[], &[5, 6], LabelSetId::EMPTY);
        let mut profiles = [a, b];
        assert!(merge(&[&profiles[0], &profiles[1]]).is_err());
        let dropped = make_compatible(&mut profiles).unwrap();
        let dropped: Vec<_> = dropped
            .iter()
            .map(|it| (it.profile, &it.kind[..]))
            .collect();
        assert_eq!(dropped, [(0, "samples"), (1, "wall")]);
        let merged = merge(&[&profiles[0], &profiles[1]]).unwrap();
        assert_eq!(merged.sums(), [2_000_005]);
        assert_eq!(merged.sample_index("cpu"), Some(0));
    }

    #[test]
    fn what_cannot_be_summed_is_said() {
        let typed = |kind, unit| Profile::with_sample_types(&[(kind, unit)]);
        let error = |a, b| make_compatible(&mut [a, b]).unwrap_err().to_string();
        assert_eq!(
            error(typed("cpu", "ns"), typed("space", "bytes")),
            "profiles have empty common sample type list"
        );
        assert_eq!(
            error(typed("cpu", "ns"), typed("cpu", "bytes")),
            "sample types: incompatible types: {cpu ns 0 0} {cpu bytes 0 0}"
        );
        let mut heap = typed("cpu", "ns");
        heap.period_type = heap.value_type("space", "bytes");
        assert_eq!(
            error(typed("cpu", "ns"), heap),
            "period type: incompatible types: {  0 0} {space bytes 0 0}"
        );
    }

    #[test]
    fn merging_one_profile_changes_nothing_in_a_compact_one() {
        let profile = decode_folded(b"main;a 1\nmain;b 2").unwrap();
        assert_eq!(encode(&merge(&[&profile]).unwrap()), encode(&profile));
    }
}
