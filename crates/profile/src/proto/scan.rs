//! One pass over the message.

use std::hash::{Hash, Hasher};

use base::{Idx, List};
use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHasher};

use crate::labels::{Label, LabelSetId};
use crate::model::{Function, FunctionId, Line, Location, LocationId, Mapping, MappingId};
use crate::model::{Profile, ValueType};
use crate::strings::{StrId, Strings};
use crate::wire::{Field, Value, WireError, fields, take_field};

/// Why a message is not a profile.
#[derive(Debug)]
pub(crate) enum Broken {
    /// Not this format; it may be another.
    Syntax,
    Empty,
    /// Two profiles in one file.
    Concatenated,
    /// This format, but in contradiction to itself.
    Invalid(String),
    /// The tables take more memory than is allowed.
    TooLarge,
}

impl From<WireError> for Broken {
    fn from(_: WireError) -> Self {
        Self::Syntax
    }
}

/// Far more than any profile has; a table of them could take more memory than the file.
const MAX_SAMPLE_TYPES: usize = 1 << 16;

/// What has been read so far.
///
/// Until [`finish`](Self::finish), a `StrId` holds the file's string index (`u32::MAX` if that is
/// absurd), and the ids of locations, functions and mappings hold the file's ids in the form of
/// [`FileIds`].
#[derive(Default)]
pub(super) struct Tables {
    /// `strings`, and the fields of one value each.
    pub(super) head: Profile,
    /// By index in the file.
    pub(super) file_strings: Vec<StrId>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) locations: Vec<Location>,
    pub(super) functions: Vec<Function>,
    pub(super) mapping_ids: FileIds,
    pub(super) location_ids: FileIds,
    pub(super) function_ids: FileIds,
    pub(super) label_sets: RawLabelSets,

    pub(super) n_values: usize,
    pub(super) values: Vec<i64>,
    pub(super) stacks: Vec<List<LocationId>>,
    pub(super) stack_locations: Vec<LocationId>,
    pub(super) sample_labels: Vec<LabelSetId>,
    /// The first sample with another number of values than its predecessors, and that number.
    /// Such a profile is refused, so no later sample is kept.
    pub(super) uneven: Option<(usize, usize)>,
}

/// Reads a message handed over in pieces.
pub(crate) struct Scan {
    /// Bytes that the tables may take.
    limit: u64,
    tables: Tables,
    labels: Vec<RawLabel>,
    any: bool,
}

impl Scan {
    /// Nothing was read yet. The tables may take about `limit` bytes.
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            tables: Tables::default(),
            labels: Vec::new(),
            any: false,
        }
    }

    /// Reads the complete fields at the start of `window` and returns their length. What is left
    /// must be handed over again with more behind it.
    pub(crate) fn feed(&mut self, window: &[u8]) -> Result<usize, Broken> {
        let mut rest = window;
        while !rest.is_empty() {
            self.any = true;
            match take_field(&mut rest) {
                Ok(field) => {
                    self.profile_field(field)?;
                    if self.tables.size() > self.limit {
                        return Err(Broken::TooLarge);
                    }
                }
                Err(WireError::Truncated) => break,
                Err(WireError::Invalid) => return Err(Broken::Syntax),
            }
        }
        Ok(window.len() - rest.len())
    }

    pub(crate) fn finish(self) -> Result<Profile, Broken> {
        if !self.any {
            return Err(Broken::Empty);
        }
        super::resolve::resolve(self.tables)
    }

    fn profile_field(&mut self, field: Field<'_>) -> Result<(), Broken> {
        let tables = &mut self.tables;
        let (head, value) = (&mut tables.head, field.value);
        match field.number {
            1 if head.sample_types.len() == MAX_SAMPLE_TYPES => {
                let message = format!("more than {MAX_SAMPLE_TYPES} sample types");
                return Err(Broken::Invalid(message));
            }
            1 => head.sample_types.push(value_type(value.bytes()?)?),
            2 => self.sample(value.bytes()?)?,
            3 => tables.mapping(value.bytes()?)?,
            4 => tables.location(value.bytes()?)?,
            5 => tables.function(value.bytes()?)?,
            6 => tables.string(value.bytes()?)?,
            7 => head.drop_frames = string_index(value.varint()?),
            8 => head.keep_frames = string_index(value.varint()?),
            9 if head.time_nanos != 0 => return Err(Broken::Concatenated),
            9 => head.time_nanos = value.varint()? as i64,
            10 => head.duration_nanos = value.varint()? as i64,
            11 => head.period_type = value_type(value.bytes()?)?,
            12 => head.period = value.varint()? as i64,
            13 => value.repeated(|it| head.comments.push(string_index(it)))?,
            14 => head.default_sample_type = string_index(value.varint()?),
            15 => head.doc_url = string_index(value.varint()?),
            _ => {}
        }
        Ok(())
    }

    fn sample(&mut self, message: &[u8]) -> Result<(), Broken> {
        let Self { tables, labels, .. } = self;
        labels.clear();
        let (values_start, stack_start) = (tables.values.len(), tables.stack_locations.len());
        fields(message, |field| {
            match field.number {
                1 => {
                    let Tables {
                        stack_locations: stack,
                        location_ids: ids,
                        ..
                    } = tables;
                    if let Value::Bytes(packed) = field.value {
                        stack.reserve(packed.len());
                    }
                    field.value.repeated(|id| stack.push(ids.squeeze(id)))?;
                }
                2 => field.value.repeated(|it| tables.values.push(it as i64))?,
                3 => labels.push(raw_label(field.value.bytes()?)?),
                _ => {}
            }
            Ok::<_, Broken>(())
        })?;

        let n_values = tables.values.len() - values_start;
        if tables.stacks.is_empty() {
            tables.n_values = n_values;
        } else if n_values != tables.n_values && tables.uneven.is_none() {
            tables.uneven = Some((tables.stacks.len(), n_values));
        }
        if tables.uneven.is_some() {
            tables.values.truncate(values_start);
            tables.stack_locations.truncate(stack_start);
            return Ok(());
        }
        let stack = list(stack_start, tables.stack_locations.len())?;
        tables.stacks.push(stack);
        tables.sample_labels.push(tables.label_sets.intern(labels)?);
        Ok(())
    }
}

impl Tables {
    /// About how many bytes the tables take, with the copies that reports make.
    fn size(&self) -> u64 {
        let columns = [
            (self.values.len(), 8),
            (self.stack_locations.len(), 4),
            (self.stacks.len(), 32),
            (self.locations.len(), 96),
            (self.head.lines.len(), 48),
            (self.functions.len(), 64),
            (self.mappings.len(), 64),
            (self.head.comments.len(), 4),
            (self.file_strings.len(), 24),
            (self.label_sets.sets.len(), 32),
            (self.label_sets.labels.len(), 48),
        ];
        let size = |(len, bytes): (usize, u64)| len as u64 * bytes;
        columns.into_iter().map(size).sum()
    }

    fn mapping(&mut self, message: &[u8]) -> Result<(), Broken> {
        let mut mapping = Mapping::default();
        fields(message, |Field { number, value }| {
            match number {
                1 => mapping.id = value.varint()?,
                2 => mapping.start = value.varint()?,
                3 => mapping.limit = value.varint()?,
                4 => mapping.offset = value.varint()?,
                5 => mapping.file = string_index(value.varint()?),
                6 => mapping.build_id = string_index(value.varint()?),
                7 => mapping.has_functions = value.varint()? != 0,
                8 => mapping.has_filenames = value.varint()? != 0,
                9 => mapping.has_line_numbers = value.varint()? != 0,
                10 => mapping.has_inline_frames = value.varint()? != 0,
                _ => {}
            }
            Ok::<_, WireError>(())
        })?;
        if self.mapping_ids.keeps(mapping.id) {
            self.mappings.push(mapping);
        }
        Ok(())
    }

    fn location(&mut self, message: &[u8]) -> Result<(), Broken> {
        let lines_start = self.head.lines.len();
        let mut location = Location {
            id: 0,
            address: 0,
            mapping: None,
            lines: List::EMPTY,
            is_folded: false,
        };
        fields(message, |Field { number, value }| {
            match number {
                1 => location.id = value.varint()?,
                2 => {
                    let id = value.varint()?;
                    location.mapping = Some(self.mapping_ids.squeeze::<MappingId>(id));
                }
                3 => location.address = value.varint()?,
                4 => {
                    let line = line(value.bytes()?, &mut self.function_ids)?;
                    self.head.lines.push(line);
                }
                5 => location.is_folded = value.varint()? != 0,
                _ => {}
            }
            Ok::<_, WireError>(())
        })?;
        if self.location_ids.keeps(location.id) {
            location.lines = list(lines_start, self.head.lines.len())?;
            self.locations.push(location);
        } else {
            self.head.lines.truncate(lines_start);
        }
        Ok(())
    }

    fn function(&mut self, message: &[u8]) -> Result<(), Broken> {
        let mut function = Function {
            id: 0,
            name: StrId::EMPTY,
            system_name: StrId::EMPTY,
            filename: StrId::EMPTY,
            start_line: 0,
        };
        fields(message, |Field { number, value }| {
            match number {
                1 => function.id = value.varint()?,
                2 => function.name = string_index(value.varint()?),
                3 => function.system_name = string_index(value.varint()?),
                4 => function.filename = string_index(value.varint()?),
                5 => function.start_line = value.varint()? as i64,
                _ => {}
            }
            Ok::<_, WireError>(())
        })?;
        if self.function_ids.keeps(function.id) {
            self.functions.push(function);
        }
        Ok(())
    }

    fn string(&mut self, text: &[u8]) -> Result<(), Broken> {
        let strings: &mut Strings = &mut self.head.strings;
        if self.file_strings.is_empty() && !text.is_empty() {
            return Err(Broken::Syntax);
        }
        if !strings.fits(text.len()) {
            return Err(too_many("bytes of strings"));
        }
        self.file_strings.push(strings.intern(text));
        Ok(())
    }
}

fn value_type(message: &[u8]) -> Result<ValueType, WireError> {
    let mut value_type = ValueType::default();
    fields(message, |Field { number, value }| {
        match number {
            1 => value_type.kind = string_index(value.varint()?),
            2 => value_type.unit = string_index(value.varint()?),
            _ => {}
        }
        Ok::<_, WireError>(())
    })?;
    Ok(value_type)
}

fn line(message: &[u8], function_ids: &mut FileIds) -> Result<Line, WireError> {
    let (mut function, mut line, mut column) = (0, 0, 0);
    fields(message, |Field { number, value }| {
        match number {
            1 => function = value.varint()?,
            2 => line = value.varint()? as i64,
            3 => column = value.varint()? as i64,
            _ => {}
        }
        Ok::<_, WireError>(())
    })?;
    Ok(Line {
        function: function_ids.squeeze::<FunctionId>(function),
        line,
        column,
    })
}

/// A label with the file's string indices, 0 where it has none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RawLabel {
    pub(super) key: StrId,
    pub(super) str: StrId,
    pub(super) num: i64,
    pub(super) unit: StrId,
}

fn raw_label(message: &[u8]) -> Result<RawLabel, WireError> {
    let mut label = RawLabel {
        key: StrId::EMPTY,
        str: StrId::EMPTY,
        num: 0,
        unit: StrId::EMPTY,
    };
    fields(message, |Field { number, value }| {
        match number {
            1 => label.key = string_index(value.varint()?),
            2 => label.str = string_index(value.varint()?),
            3 => label.num = value.varint()? as i64,
            4 => label.unit = string_index(value.varint()?),
            _ => {}
        }
        Ok::<_, WireError>(())
    })?;
    Ok(label)
}

/// The distinct lists of labels, each in the order of the file.
#[derive(Default)]
pub(super) struct RawLabelSets {
    pub(super) sets: Vec<List<Label>>,
    pub(super) labels: Vec<RawLabel>,
    index: HashTable<LabelSetId>,
    /// The set that was asked for last.
    last: Option<LabelSetId>,
}

impl RawLabelSets {
    fn intern(&mut self, labels: &[RawLabel]) -> Result<LabelSetId, Broken> {
        let Self {
            sets,
            labels: all,
            index,
            last,
        } = self;
        // Neighbours often have the same labels, or none.
        if let Some(last) = *last
            && all[sets[last.index()].range()] == *labels
        {
            return Ok(last);
        }
        let hash = |labels: &[RawLabel]| {
            let mut hasher = FxHasher::default();
            labels.hash(&mut hasher);
            hasher.finish()
        };
        let entry = index.entry(
            hash(labels),
            |&id| all[sets[id.index()].range()] == *labels,
            |&id| hash(&all[sets[id.index()].range()]),
        );
        let id = match entry {
            hashbrown::hash_table::Entry::Occupied(entry) => *entry.get(),
            hashbrown::hash_table::Entry::Vacant(entry) => {
                let set = list(all.len(), all.len() + labels.len())?;
                let id = LabelSetId::from_index(sets.len());
                sets.push(set);
                all.extend_from_slice(labels);
                entry.insert(id);
                id
            }
        };
        *last = Some(id);
        Ok(id)
    }
}

/// The ids of one kind of entry as 32 bits: those from 2^31 on are numbered anew.
#[derive(Default)]
pub(super) struct FileIds {
    wide: Vec<u64>,
    index: FxHashMap<u64, u32>,
    /// Whether an entry of that id was kept, for ids about as small as the number of entries.
    kept: Vec<bool>,
    n_kept: usize,
    /// An id came twice: the file will be refused, and what followed was not kept.
    pub(super) is_broken: bool,
}

impl FileIds {
    pub(super) const FIRST_WIDE: u64 = 1 << 31;

    #[inline]
    pub(super) fn squeeze<I: Idx>(&mut self, id: u64) -> I {
        if id < Self::FIRST_WIDE {
            return I::from_index(id as usize);
        }
        let Self { wide, index, .. } = self;
        let squeezed = *index.entry(id).or_insert_with(|| {
            // At most 2^31 different ones fit into a file within the limits of a span.
            wide.push(id);
            (Self::FIRST_WIDE + wide.len() as u64 - 1) as u32
        });
        I::from_index(squeezed as usize)
    }

    /// The squeezed form of an id, if it was ever squeezed or is small.
    pub(super) fn squeezed(&self, id: u64) -> Option<u32> {
        if id < Self::FIRST_WIDE {
            Some(id as u32)
        } else {
            self.index.get(&id).copied()
        }
    }

    /// Whether to keep an entry of that id.
    ///
    /// The first with the reserved id 0, and the first two of any other id, are kept to be
    /// complained about; more of them would only let a hostile file take memory.
    fn keeps(&mut self, id: u64) -> bool {
        let dense = self.n_kept * 2 + 1024;
        if id < dense as u64 {
            let id = id as usize;
            if id >= self.kept.len() {
                self.kept.resize(dense, false);
            }
            if std::mem::replace(&mut self.kept[id], true) {
                // The second one of an id is one too many, and so is all that follows.
                return id != 0 && !std::mem::replace(&mut self.is_broken, true);
            }
        }
        self.n_kept += usize::from(!self.is_broken);
        !self.is_broken
    }
}

fn string_index(index: u64) -> StrId {
    StrId::from_index(u32::try_from(index).unwrap_or(u32::MAX) as usize)
}

fn list<T>(start: usize, end: usize) -> Result<List<T>, Broken> {
    if u32::try_from(end).is_err() {
        return Err(too_many("entries"));
    }
    Ok(List::between(start, end))
}

fn too_many(what: &str) -> Broken {
    Broken::Invalid(format!("more than {} {what}", u32::MAX))
}
