//! Writing `profile.proto`, byte for byte as pprof does.

use std::io::{self, Write};

use base::Idx;

use crate::labels::{LabelSetId, LabelValue};
use crate::model::{Location, LocationId, Mapping, Profile, ValueType};
use crate::strings::{StrId, Strings};
use crate::wire::{
    put_bytes, put_header, put_int, put_nonzero, put_repeated, put_varint, take_varint,
};

/// The profile as an uncompressed message. Equal profiles give equal bytes, which are those
/// pprof writes: the string table is in the order of first use, labels are sorted by key.
pub fn encode(profile: &Profile) -> Vec<u8> {
    let mut out = Vec::new();
    let written = write(profile, &mut out);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    out
}

/// As [`encode`], compressed with gzip.
pub fn encode_gzip(profile: &Profile) -> Vec<u8> {
    let mut out = Vec::new();
    let written = write_gzip(profile, &mut out);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    out
}

/// Twice as fast as the default level, for files a few percent larger.
const LEVEL: u32 = 2;

/// As [`encode_gzip`], without holding the message or its compressed form in memory.
pub fn write_gzip(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    let encoder = flate2::write::GzEncoder::new(out, flate2::Compression::new(LEVEL));
    let mut buffer = io::BufWriter::with_capacity(1 << 16, encoder);
    write(profile, &mut buffer)?;
    let encoder = buffer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    encoder.finish().map(drop)
}

/// Writes the message, one field after the other.
fn write(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    let table = StringTable::of(profile);
    let mut message = Vec::new();
    let mut header = Vec::new();
    let mut put = |number, fill: &mut dyn FnMut(&mut Vec<u8>)| {
        message.clear();
        fill(&mut message);
        header.clear();
        put_header(&mut header, number, message.len());
        out.write_all(&header)?;
        out.write_all(&message)
    };

    for &value_type in &profile.sample_types {
        put(1, &mut |out| put_value_type(out, value_type, &table))?;
    }
    let labels = encoded_labels(profile, &table);
    let ids = PackedIds::of(profile);
    let mut packed = Vec::new();
    for sample in profile.samples.iter() {
        put(2, &mut |out| {
            ids.put(sample.stack, out, &mut packed);
            put_repeated(out, 2, sample.values.iter().map(|&value| value as u64));
            out.extend_from_slice(&labels[sample.labels.index()]);
        })?;
    }
    for mapping in &profile.mappings {
        put(3, &mut |out| put_mapping(out, mapping, &table))?;
    }
    let mut line = Vec::new();
    for location in &profile.locations {
        put(4, &mut |out| {
            put_location(out, location, profile, &mut line);
        })?;
    }
    for function in &profile.functions {
        put(5, &mut |out| {
            put_nonzero(out, 1, function.id);
            put_nonzero(out, 2, table.index(function.name));
            put_nonzero(out, 3, table.index(function.system_name));
            put_nonzero(out, 4, table.index(function.filename));
            put_nonzero(out, 5, function.start_line as u64);
        })?;
    }
    for &id in &table.order {
        put(6, &mut |out| out.extend_from_slice(profile.strings.get(id)))?;
    }
    message.clear();
    put_head(&mut message, profile, &table);
    out.write_all(&message)
}

fn put_mapping(out: &mut Vec<u8>, mapping: &Mapping, table: &StringTable) {
    put_nonzero(out, 1, mapping.id);
    put_nonzero(out, 2, mapping.start);
    put_nonzero(out, 3, mapping.limit);
    put_nonzero(out, 4, mapping.offset);
    put_nonzero(out, 5, table.index(mapping.file));
    put_nonzero(out, 6, table.index(mapping.build_id));
    put_nonzero(out, 7, mapping.has_functions.into());
    put_nonzero(out, 8, mapping.has_filenames.into());
    put_nonzero(out, 9, mapping.has_line_numbers.into());
    put_nonzero(out, 10, mapping.has_inline_frames.into());
}

fn put_head(out: &mut Vec<u8>, profile: &Profile, table: &StringTable) {
    put_nonzero(out, 7, table.index(profile.drop_frames));
    put_nonzero(out, 8, table.index(profile.keep_frames));
    put_nonzero(out, 9, profile.time_nanos as u64);
    put_nonzero(out, 10, profile.duration_nanos as u64);
    if profile.period_type != ValueType::default() {
        let mut message = Vec::new();
        put_value_type(&mut message, profile.period_type, table);
        put_bytes(out, 11, &message);
    }
    put_nonzero(out, 12, profile.period as u64);
    put_repeated(out, 13, profile.comments.iter().map(|&id| table.index(id)));
    put_int(out, 14, table.index(profile.default_sample_type));
    put_nonzero(out, 15, table.index(profile.doc_url));
}

fn put_value_type(out: &mut Vec<u8>, value_type: ValueType, table: &StringTable) {
    put_nonzero(out, 1, table.index(value_type.kind));
    put_nonzero(out, 2, table.index(value_type.unit));
}

fn put_location(out: &mut Vec<u8>, location: &Location, profile: &Profile, scratch: &mut Vec<u8>) {
    put_nonzero(out, 1, location.id);
    if let Some(mapping) = location.mapping {
        put_nonzero(out, 2, profile.mappings[mapping].id);
    }
    put_nonzero(out, 3, location.address);
    for line in &profile.lines[location.lines.range()] {
        scratch.clear();
        put_nonzero(scratch, 1, profile.functions[line.function].id);
        put_nonzero(scratch, 2, line.line as u64);
        put_nonzero(scratch, 3, line.column as u64);
        put_bytes(out, 4, scratch);
    }
    put_nonzero(out, 5, location.is_folded.into());
}

/// The ids of all locations as they are written, ready to be copied into the stacks.
struct PackedIds {
    /// By location: up to four bytes, the first in the lowest bits, and their number.
    short: Vec<(u32, u8)>,
    /// By location; empty if four bytes are enough for each.
    long: Vec<u64>,
}

impl PackedIds {
    const WIDTH: usize = size_of::<u32>();

    fn of(profile: &Profile) -> Self {
        let ids = || profile.locations.iter().map(|it| it.id);
        if ids().any(|id| id >= 1 << (7 * Self::WIDTH)) {
            let (short, long) = (Vec::new(), ids().collect());
            return Self { short, long };
        }
        let mut bytes = Vec::new();
        let mut short = |id| {
            bytes.clear();
            put_varint(&mut bytes, id);
            let len = bytes.len();
            bytes.resize(Self::WIDTH, 0);
            let bytes = bytes
                .iter()
                .rev()
                .fold(0, |all, &it| all << 8 | u32::from(it));
            (bytes, len as u8)
        };
        Self {
            short: ids().map(&mut short).collect(),
            long: Vec::new(),
        }
    }

    /// Writes a stack as field 1. `packed` is scratch space.
    fn put(&self, stack: &[LocationId], out: &mut Vec<u8>, packed: &mut Vec<u8>) {
        if stack.len() <= 2 || !self.long.is_empty() {
            let id = |location: &LocationId| match self.long.get(location.index()) {
                Some(&id) => id,
                None => self.short_id(*location),
            };
            return put_repeated(out, 1, stack.iter().map(id));
        }
        packed.clear();
        packed.resize(stack.len() * Self::WIDTH, 0);
        let mut len = 0;
        for location in stack {
            let (bytes, n_bytes) = self.short[location.index()];
            // All four, of which the next overwrites what is too much: cheaper than a loop.
            packed[len..len + Self::WIDTH].copy_from_slice(&bytes.to_le_bytes());
            len += usize::from(n_bytes);
        }
        put_bytes(out, 1, &packed[..len]);
    }

    fn short_id(&self, location: LocationId) -> u64 {
        let (bytes, n_bytes) = self.short[location.index()];
        let bytes = bytes.to_le_bytes();
        take_varint(&mut &bytes[..usize::from(n_bytes)]).unwrap_or_default()
    }
}

/// The fields of each label set, ready to be copied into its samples.
fn encoded_labels(profile: &Profile, table: &StringTable) -> Vec<Vec<u8>> {
    let mut message = Vec::new();
    let mut encode = |id: LabelSetId| {
        let mut out = Vec::new();
        for label in profile.label_sets.get(id) {
            message.clear();
            put_nonzero(&mut message, 1, table.index(label.key));
            match label.value {
                LabelValue::Str(value) => put_nonzero(&mut message, 2, table.index(value)),
                LabelValue::Num { value, unit } => {
                    put_nonzero(&mut message, 3, value as u64);
                    put_nonzero(&mut message, 4, table.index(unit));
                }
            }
            put_bytes(&mut out, 3, &message);
        }
        out
    };
    profile.label_sets.ids().map(&mut encode).collect()
}

/// The strings in use, in the order in which pprof meets them.
struct StringTable {
    order: Vec<StrId>,
    /// By id; `u32::MAX` for strings not in use.
    index: Vec<u32>,
}

impl StringTable {
    fn of(profile: &Profile) -> Self {
        let mut table = Self::new(&profile.strings);
        for value_type in &profile.sample_types {
            table.add_all([value_type.kind, value_type.unit]);
        }
        let mut seen = vec![false; profile.label_sets.len()];
        for sample in profile.samples.iter() {
            if !std::mem::replace(&mut seen[sample.labels.index()], true) {
                table.add_labels(profile, sample.labels);
            }
        }
        for mapping in &profile.mappings {
            table.add_all([mapping.file, mapping.build_id]);
        }
        for function in &profile.functions {
            table.add_all([function.name, function.system_name, function.filename]);
        }
        table.add_all([profile.drop_frames, profile.keep_frames]);
        table.add_all([profile.period_type.kind, profile.period_type.unit]);
        table.add_all(profile.comments.iter().copied());
        table.add_all([profile.default_sample_type, profile.doc_url]);
        table
    }

    fn new(strings: &Strings) -> Self {
        let mut table = Self {
            order: Vec::new(),
            index: vec![u32::MAX; strings.len()],
        };
        table.add_all([StrId::EMPTY]);
        table
    }

    fn add_all(&mut self, ids: impl IntoIterator<Item = StrId>) {
        for id in ids {
            let index = &mut self.index[id.index()];
            if *index == u32::MAX {
                *index = self.order.len() as u32;
                self.order.push(id);
            }
        }
    }

    fn add_labels(&mut self, profile: &Profile, labels: LabelSetId) {
        for label in profile.label_sets.get(labels) {
            self.add_all([label.key]);
            match label.value {
                LabelValue::Str(value) => self.add_all([value]),
                LabelValue::Num { unit, .. } => self.add_all([unit]),
            }
        }
    }

    fn index(&self, id: StrId) -> u64 {
        self.index[id.index()].into()
    }
}
