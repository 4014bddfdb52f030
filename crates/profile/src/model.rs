//! The profile: tables of mappings, functions and locations, and samples that refer to them.

use std::borrow::Cow;

use base::{Idx, IndexVec, List};

use crate::labels::LabelSets;
use crate::samples::{SampleId, Samples};
use crate::strings::{StrId, Strings};

base::typed_id! {
    /// A mapping: a binary or library, and where it lay in memory.
    pub struct MappingId;
}
base::typed_id! {
    /// A function of the profiled program.
    pub struct FunctionId;
}
base::typed_id! {
    /// A location: one program counter, with all functions inlined there.
    pub struct LocationId;
}

/// The type of one column of values, such as `inuse_space` in `bytes`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ValueType {
    /// `type` in pprof's words: `cpu`, `alloc_objects`, …
    pub kind: StrId,
    pub unit: StrId,
}

impl Default for ValueType {
    fn default() -> Self {
        Self {
            kind: StrId::EMPTY,
            unit: StrId::EMPTY,
        }
    }
}

/// A profile, in memory. The fields are those of pprof's `profile.proto`, where they are
/// described at length; ids are dense indices into the tables here.
///
/// The strings of all fields lie in `strings`. Every id within a profile must belong to it.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub strings: Strings,
    /// One per value of a sample.
    pub sample_types: Vec<ValueType>,
    /// The kind of the sample type to show unless told otherwise; empty: the last one.
    pub default_sample_type: StrId,
    pub samples: Samples,
    pub label_sets: LabelSets,
    /// The first is the main binary.
    pub mappings: IndexVec<MappingId, Mapping>,
    pub locations: IndexVec<LocationId, Location>,
    /// The lines of all locations; see [`Profile::lines`].
    pub lines: Vec<Line>,
    pub functions: IndexVec<FunctionId, Function>,
    pub comments: Vec<StrId>,
    pub doc_url: StrId,
    /// Regular expression of the frames to drop, with all they call; not anchored. Empty: none.
    pub drop_frames: StrId,
    /// Exceptions to `drop_frames`.
    pub keep_frames: StrId,
    /// When the profile was taken, since the Unix epoch; 0: unknown.
    pub time_nanos: i64,
    /// For how long it was taken; 0: unknown or not applicable.
    pub duration_nanos: i64,
    pub period_type: ValueType,
    /// Events between two samples, in the unit of `period_type`.
    pub period: i64,
}

/// A part of an address space and the file that is mapped there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "profile.proto has them")]
pub struct Mapping {
    /// The id in the file, which reports print. Unique and not 0.
    pub id: u64,
    /// First address.
    pub start: u64,
    /// First address after.
    pub limit: u64,
    /// Offset of `start` in the file.
    pub offset: u64,
    pub file: StrId,
    pub build_id: StrId,
    /// Locations have names of functions; so that nothing looks them up again.
    pub has_functions: bool,
    pub has_filenames: bool,
    pub has_line_numbers: bool,
    pub has_inline_frames: bool,
}

/// A function as the profile names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Function {
    /// The id in the file. Unique and not 0.
    pub id: u64,
    /// The name to print: demangled where the profiler could.
    pub name: StrId,
    /// As the linker knows it.
    pub system_name: StrId,
    pub filename: StrId,
    /// Line of the declaration, from 1; 0: unknown.
    pub start_line: i64,
}

/// A program counter of a stack, with the calls that were inlined there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Location {
    /// The id in the file, which reports print. Unique and not 0.
    pub id: u64,
    /// The program counter; 0 where the profile has none.
    pub address: u64,
    pub mapping: Option<MappingId>,
    /// Its lines in [`Profile::lines`]: innermost inlined function first; empty when the
    /// address has no symbols.
    pub lines: List<Line>,
    /// Several functions share this address (identical code folding), so names are a guess.
    pub is_folded: bool,
}

/// A function and a line in it, at a location.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Line {
    pub function: FunctionId,
    /// From 1; 0: unknown.
    pub line: i64,
    /// From 1; 0: unknown.
    pub column: i64,
}

/// One function activation in a stack. A location with inlined calls has several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    pub location: LocationId,
    pub function: FunctionId,
    pub line: i64,
    pub column: i64,
    /// The function was inlined into that of the next frame.
    pub inlined: bool,
}

impl Profile {
    /// An empty profile whose samples will have these types.
    pub fn with_sample_types(types: &[(&str, &str)]) -> Self {
        let mut profile = Self::default();
        for &(kind, unit) in types {
            let value_type = profile.value_type(kind, unit);
            profile.sample_types.push(value_type);
        }
        profile.samples = Samples::new(types.len());
        profile
    }

    /// Interns both names.
    pub fn value_type(&mut self, kind: &str, unit: &str) -> ValueType {
        ValueType {
            kind: self.strings.intern(kind.as_bytes()),
            unit: self.strings.intern(unit.as_bytes()),
        }
    }

    /// The lines of a location, innermost inlined function first.
    pub fn lines(&self, location: LocationId) -> &[Line] {
        &self.lines[self.locations[location].lines.range()]
    }

    /// The frames of a location, innermost first; none when it has no symbols.
    pub fn location_frames(&self, location: LocationId) -> impl Iterator<Item = Frame> + '_ {
        let lines = self.lines(location);
        lines.iter().enumerate().map(move |(index, line)| Frame {
            location,
            function: line.function,
            line: line.line,
            column: line.column,
            inlined: index + 1 < lines.len(),
        })
    }

    /// The frames of a sample's stack, leaf first. Locations without symbols yield none.
    pub fn frames(&self, sample: SampleId) -> impl Iterator<Item = Frame> + '_ {
        let stack = self.samples.stack(sample).iter();
        stack.flat_map(|&location| self.location_frames(location))
    }

    /// The name of a function, as text.
    pub fn function_name(&self, function: FunctionId) -> Cow<'_, str> {
        self.strings.text(self.functions[function].name)
    }

    /// The source file of a function as the profile records it, as text.
    pub fn function_file(&self, function: FunctionId) -> Cow<'_, str> {
        self.strings.text(self.functions[function].filename)
    }

    /// The position of the value to show unless told otherwise: that of `default_sample_type`,
    /// else the last. `None` when the profile has no sample types.
    pub fn default_sample_index(&self) -> Option<usize> {
        let last = self.sample_types.len().checked_sub(1)?;
        if self.default_sample_type.is_empty() {
            return Some(last);
        }
        let default = |it: &ValueType| it.kind == self.default_sample_type;
        Some(self.sample_types.iter().position(default).unwrap_or(last))
    }

    /// The position of the sample type of that kind, such as `alloc_space`.
    pub fn sample_index(&self, kind: &str) -> Option<usize> {
        let kind = self.strings.find(kind.as_bytes())?;
        self.sample_types.iter().position(|it| it.kind == kind)
    }

    /// Adds a mapping under the next free id, which is its position plus 1 in profiles built
    /// this way.
    pub fn add_mapping(&mut self, mapping: Mapping) -> MappingId {
        let id = self.mappings.len() as u64 + 1;
        self.mappings.push(Mapping { id, ..mapping })
    }

    /// Adds a function; see [`add_mapping`](Self::add_mapping) about ids.
    pub fn add_function(&mut self, name: StrId, filename: StrId, start_line: i64) -> FunctionId {
        self.functions.push(Function {
            id: self.functions.len() as u64 + 1,
            name,
            system_name: name,
            filename,
            start_line,
        })
    }

    /// Adds a location with its lines, innermost first; see [`add_mapping`](Self::add_mapping)
    /// about ids.
    pub fn add_location(
        &mut self,
        address: u64,
        mapping: Option<MappingId>,
        lines: &[Line],
    ) -> LocationId {
        let start = self.lines.len();
        self.lines.extend_from_slice(lines);
        self.locations.push(Location {
            id: self.locations.len() as u64 + 1,
            address,
            mapping,
            lines: List::between(start, self.lines.len()),
            is_folded: false,
        })
    }
}

impl Default for StrId {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            id: 0,
            start: 0,
            limit: 0,
            offset: 0,
            file: StrId::EMPTY,
            build_id: StrId::EMPTY,
            has_functions: false,
            has_filenames: false,
            has_line_numbers: false,
            has_inline_frames: false,
        }
    }
}

impl Mapping {
    /// The relocation symbol (`_text`, `_stext`) that Linux perf appends to the name of the
    /// kernel's mapping; empty for all others.
    pub fn kernel_relocation_symbol<'a>(&self, strings: &'a Strings) -> &'a [u8] {
        let file = strings.get(self.file);
        file.strip_prefix(b"[kernel.kallsyms]").unwrap_or_default()
    }
}

/// The position of an id's entry, which all typed ids share.
pub(crate) fn index_of(id: impl Idx) -> u32 {
    id.index() as u32
}
