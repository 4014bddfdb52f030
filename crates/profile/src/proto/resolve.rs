//! From the file's ids to ours, with all checks pprof makes, in its order.

use base::{Idx, IndexVec};
use rustc_hash::{FxHashMap, FxHashSet};

use super::scan::{Broken, FileIds, Tables};
use crate::labels::{Label, LabelSetId, LabelSets};
use crate::model::{FunctionId, MappingId, Profile, ValueType, index_of};
use crate::samples::Samples;
use crate::strings::StrId;

pub(super) fn resolve(mut tables: Tables) -> Result<Profile, Broken> {
    resolve_strings(&mut tables)?;
    let (label_sets, set_of_raw) = resolve_labels(&tables)?;
    for id in &mut tables.sample_labels {
        *id = set_of_raw[id.index()];
    }
    drop(set_of_raw);
    resolve_samples(&mut tables)?;
    check_ids("mappings", tables.mappings.iter().map(|it| it.id))?;
    check_ids("functions", tables.functions.iter().map(|it| it.id))?;
    resolve_locations(&mut tables)?;

    let Tables {
        head,
        mappings,
        locations,
        functions,
        values,
        stacks,
        stack_locations,
        sample_labels,
        ..
    } = tables;
    let n_values = head.sample_types.len();
    Ok(Profile {
        label_sets,
        mappings: IndexVec::from(mappings),
        locations: IndexVec::from(locations),
        functions: IndexVec::from(functions),
        samples: Samples::from_columns(n_values, values, stacks, stack_locations, sample_labels),
        ..head
    })
}

fn resolve_strings(tables: &mut Tables) -> Result<(), Broken> {
    let file_strings = &tables.file_strings;
    let resolve = |place: &mut StrId| {
        *place = file_string(file_strings, *place)?;
        Ok(())
    };
    let head = &mut tables.head;
    for ValueType { kind, unit } in &mut head.sample_types {
        resolve(kind)?;
        resolve(unit)?;
    }
    head.comments.iter_mut().try_for_each(resolve)?;
    let mappings = tables.mappings.iter_mut();
    let functions = tables.functions.iter_mut();
    let tables = mappings
        .flat_map(|it| [&mut it.file, &mut it.build_id])
        .chain(functions.flat_map(|it| [&mut it.name, &mut it.system_name, &mut it.filename]));
    tables
        .chain([
            &mut head.period_type.kind,
            &mut head.period_type.unit,
            &mut head.drop_frames,
            &mut head.keep_frames,
            &mut head.default_sample_type,
            &mut head.doc_url,
        ])
        .try_for_each(resolve)
}

fn file_string(file_strings: &[StrId], index: StrId) -> Result<StrId, Broken> {
    file_strings
        .get(index.index())
        .copied()
        .ok_or(Broken::Syntax)
}

/// The label sets, and which of them each raw set became.
fn resolve_labels(tables: &Tables) -> Result<(LabelSets, Vec<LabelSetId>), Broken> {
    let mut label_sets = LabelSets::default();
    let mut set_of_raw = Vec::with_capacity(tables.label_sets.sets.len());
    let mut labels = Vec::new();
    for set in &tables.label_sets.sets {
        labels.clear();
        for raw in &tables.label_sets.labels[set.range()] {
            let string = |index| file_string(&tables.file_strings, index);
            let key = string(raw.key)?;
            if !raw.str.is_empty() {
                labels.push(Label::str(key, string(raw.str)?));
            } else if raw.num != 0 || !raw.unit.is_empty() {
                labels.push(Label::num(key, raw.num, string(raw.unit)?));
            }
        }
        set_of_raw.push(label_sets.intern(&mut labels, &tables.head.strings));
    }
    Ok((label_sets, set_of_raw))
}

fn resolve_samples(tables: &mut Tables) -> Result<(), Broken> {
    let n_types = tables.head.sample_types.len();
    if tables.stacks.is_empty() {
        return Ok(());
    }
    if n_types == 0 {
        return Err(invalid("missing sample type information"));
    }
    let mismatch = |n_values| {
        let message = format!("mismatch: sample has {n_values} values vs. {n_types} types");
        Err(Broken::Invalid(message))
    };
    if tables.n_values != n_types {
        return mismatch(tables.n_values);
    }
    let ids = tables.locations.iter().map(|it| it.id);
    let positions = Positions::new(ids, &tables.location_ids);
    for location in &mut tables.stack_locations {
        match positions.get(index_of(*location)) {
            Some(position) => *location = position,
            None if tables.location_ids.is_broken => {}
            None => return Err(invalid("sample has nil location")),
        }
    }
    match tables.uneven {
        Some((_, n_values)) => mismatch(n_values),
        None => Ok(()),
    }
}

fn resolve_locations(tables: &mut Tables) -> Result<(), Broken> {
    let mappings: Positions<MappingId> =
        Positions::new(tables.mappings.iter().map(|it| it.id), &tables.mapping_ids);
    let functions: Positions<FunctionId> = Positions::new(
        tables.functions.iter().map(|it| it.id),
        &tables.function_ids,
    );
    let mut seen = SeenIds::new("location", tables.locations.len());
    for location in &mut tables.locations {
        seen.check(location.id)?;
        location.mapping = location.mapping.and_then(|id| mappings.get(index_of(id)));
        for line in &mut tables.head.lines[location.lines.range()] {
            line.function = functions.get(index_of(line.function)).ok_or_else(|| {
                let id = location.id;
                Broken::Invalid(format!("location id: {id} has a line with nil function"))
            })?;
        }
    }
    Ok(())
}

fn check_ids(kind: &'static str, ids: impl ExactSizeIterator<Item = u64>) -> Result<(), Broken> {
    let mut seen = SeenIds::new(kind, ids.len());
    for id in ids {
        seen.check(id)?;
    }
    Ok(())
}

/// Refuses id 0 and repeated ids of one kind of entry.
struct SeenIds {
    /// Plural, but for locations, where pprof's two messages differ.
    kind: &'static str,
    small: Vec<bool>,
    large: FxHashSet<u64>,
}

impl SeenIds {
    fn new(kind: &'static str, n_entries: usize) -> Self {
        Self {
            kind,
            small: vec![false; n_entries + 1],
            large: FxHashSet::default(),
        }
    }

    fn check(&mut self, id: u64) -> Result<(), Broken> {
        if id == 0 {
            let message = match self.kind {
                "location" => "found location with reserved id=0".to_owned(),
                kind => format!("found {} with reserved ID=0", kind.trim_end_matches('s')),
            };
            return Err(Broken::Invalid(message));
        }
        let small = usize::try_from(id)
            .ok()
            .and_then(|id| self.small.get_mut(id));
        let fresh = match small {
            Some(seen) => !std::mem::replace(seen, true),
            None => self.large.insert(id),
        };
        if fresh {
            return Ok(());
        }
        let kind = self.kind.trim_end_matches('s');
        Err(Broken::Invalid(format!(
            "multiple {kind}s with same id: {id}"
        )))
    }
}

/// Where the entry of each file id stands in its table.
struct Positions<I> {
    dense: Vec<Option<I>>,
    sparse: FxHashMap<u32, I>,
}

impl<I: Idx> Positions<I> {
    fn new(ids: impl ExactSizeIterator<Item = u64>, file_ids: &FileIds) -> Self {
        // Ids mostly count from 1; filtered profiles have gaps.
        let n_dense = ids.len() * 2 + 1024;
        let mut dense = vec![None; n_dense];
        let mut sparse = FxHashMap::default();
        for (position, id) in ids.enumerate() {
            let Some(squeezed) = file_ids.squeezed(id) else {
                continue; // Nothing refers to it.
            };
            match dense.get_mut(squeezed as usize) {
                Some(entry) => *entry = Some(I::from_index(position)),
                None => drop(sparse.insert(squeezed, I::from_index(position))),
            }
        }
        Self { dense, sparse }
    }

    #[inline]
    fn get(&self, squeezed: u32) -> Option<I> {
        match self.dense.get(squeezed as usize) {
            Some(entry) => *entry,
            None => self.sparse.get(&squeezed).copied(),
        }
    }
}

fn invalid(message: &str) -> Broken {
    Broken::Invalid(message.to_owned())
}
