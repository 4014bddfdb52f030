//! Types from DWARF as Go's linker writes it.
//!
//! ```text
//! DW_TAG_structure_type  name byte_size go_kind=25      also strings (24) and slices (23, go_elem)
//!   DW_TAG_member        name data_member_location type go_embedded_field
//! DW_TAG_typedef         name type                      beside each declared struct, under its name
//! DW_TAG_typedef         name type go_kind              interfaces (20), maps (21, go_key go_elem), channels (18)
//! DW_TAG_array_type      name byte_size type go_kind=17
//!   DW_TAG_subrange_type count
//! DW_TAG_pointer_type, DW_TAG_subroutine_type, DW_TAG_base_type
//! ```
//!
//! All types of a program are children of the unit of package `runtime`, and say nothing of files and lines. Where
//! another tool has moved them, every unit is looked through. Entries refer to each other by offset, in any order.
//!
//! Source: cmd/link/internal/ld/dwarf.go `newtype`, cmd/internal/dwarf/dwarf.go, go1.16 to go1.27.3.

use std::borrow::Cow;

use base::{Idx as _, IndexVec};
use gimli::{
    AttributeSpecification, AttributeValue, DebugStrOffsetsBase, DwAt, DwTag, DwarfSections,
    EndianSlice, EntriesRaw, RunTimeEndian, Section as _, SectionId, UnitHeader,
};

use super::measure::measure;
use super::{Field, Kind, Type, TypeId, Types};
use crate::binary::Binary;
use crate::dwarf::section_bytes;

type Slice<'a> = EndianSlice<'a, RunTimeEndian>;
type Dwarf<'a> = gimli::Dwarf<Slice<'a>>;
type Header<'a> = UnitHeader<Slice<'a>>;

const DW_AT_GO_KIND: DwAt = DwAt(0x2900);
const DW_AT_GO_KEY: DwAt = DwAt(0x2901);
const DW_AT_GO_ELEM: DwAt = DwAt(0x2902);
const DW_AT_GO_EMBEDDED_FIELD: DwAt = DwAt(0x2903);

/// Names of types may be in a section they share; together they are at most this many times the sections' size.
const MAX_NAMES: usize = 2;
/// Typedefs of typedefs.
const MAX_TYPEDEFS: usize = 8;

pub(super) fn read(binary: &Binary) -> Option<Types> {
    let wanted = [
        SectionId::DebugInfo,
        SectionId::DebugAbbrev,
        SectionId::DebugStr,
        SectionId::DebugLineStr,
        SectionId::DebugStrOffsets,
    ];
    let sections: DwarfSections<Cow<'_, [u8]>> = DwarfSections::load(|id| {
        let bytes = wanted
            .contains(&id)
            .then(|| section_bytes(binary, id.name()));
        Ok::<_, gimli::Error>(bytes.flatten().unwrap_or_default())
    })
    .ok()?;
    let endian = if binary.little_endian {
        RunTimeEndian::Little
    } else {
        RunTimeEndian::Big
    };
    let dwarf = sections.borrow(|section| EndianSlice::new(section, endian));
    if dwarf.debug_info.reader().is_empty() {
        return None;
    }
    Some(read_dwarf(&dwarf, u64::from(binary.pointer_size)))
}

pub(super) fn read_dwarf(dwarf: &Dwarf<'_>, word: u64) -> Types {
    let sections = [dwarf.debug_info.reader(), dwarf.debug_str.reader()];
    let bytes: usize = sections.iter().map(|section| section.len()).sum();
    let mut reader = Reader {
        dwarf,
        entries: Vec::new(),
        names_left: bytes.saturating_mul(MAX_NAMES),
        cut_short: false,
    };
    let mut units = dwarf.debug_info.units();
    let mut others = Vec::new();
    loop {
        match units.next() {
            Ok(Some(unit)) if reader.is_of_runtime(&unit) => reader.unit(&unit),
            Ok(Some(unit)) => others.push(unit),
            Ok(None) => break,
            Err(_) => {
                reader.cut_short = true;
                break;
            }
        }
    }
    if !reader
        .entries
        .iter()
        .any(|entry| entry.kind == Kind::Struct as u64)
    {
        for unit in others {
            reader.unit(&unit);
        }
    }
    let mut types = resolve(reader.entries, word);
    measure(&mut types, word);
    Types {
        types,
        cut_short: reader.cut_short,
    }
}

/// A type as it is written. References are offsets in `.debug_info`.
struct Entry {
    offset: usize,
    tag: DwTag,
    name: Box<str>,
    /// 0 if not given.
    kind: u64,
    size: Option<u64>,
    typ: Option<usize>,
    elem: Option<usize>,
    key: Option<usize>,
    count: u64,
    members: Vec<Member>,
}

struct Member {
    name: Box<str>,
    typ: Option<usize>,
    offset: u64,
    embedded: bool,
}

struct Reader<'a> {
    dwarf: &'a Dwarf<'a>,
    /// By offset, if the units are read in order.
    entries: Vec<Entry>,
    /// Bytes that names may still take.
    names_left: usize,
    cut_short: bool,
}

impl<'a> Reader<'a> {
    /// Whether the unit is Go's package runtime.
    fn is_of_runtime(&self, unit: &Header<'a>) -> bool {
        let name = || -> gimli::Result<Option<Slice<'a>>> {
            let abbreviations = unit.abbreviations(&self.dwarf.debug_abbrev)?;
            let mut entries = unit.entries_raw(&abbreviations, None)?;
            let Some(root) = entries.read_abbreviation()? else {
                return Ok(None);
            };
            let mut name = None;
            for attribute in root.attributes() {
                let value = entries.read_attribute(*attribute)?.value();
                if attribute.name() == gimli::DW_AT_name {
                    name = self.text(unit, value);
                }
            }
            Ok(name)
        };
        name().is_ok_and(|name| name.is_some_and(|name| name.slice() == b"runtime"))
    }

    fn unit(&mut self, unit: &Header<'a>) {
        if self.read_unit(unit).is_err() {
            self.cut_short = true;
        }
    }

    fn read_unit(&mut self, unit: &Header<'a>) -> gimli::Result<()> {
        let abbreviations = unit.abbreviations(&self.dwarf.debug_abbrev)?;
        let mut entries = unit.entries_raw(&abbreviations, None)?;
        // Whether members at depth 2 belong to the last entry.
        let mut open = false;
        while !entries.is_empty() && !self.cut_short {
            let offset = unit.offset().0.saturating_add(entries.next_offset().0);
            let depth = entries.next_depth();
            let Some(abbreviation) = entries.read_abbreviation()? else {
                continue;
            };
            let (tag, attributes) = (abbreviation.tag(), abbreviation.attributes());
            if depth == 1 {
                open = is_type(tag);
            }
            match tag {
                _ if !open || depth > 2 => entries.skip_attributes(attributes)?,
                tag if depth == 1 => self.entry(unit, offset, tag, &mut entries, attributes)?,
                gimli::DW_TAG_member => self.member(unit, &mut entries, attributes)?,
                gimli::DW_TAG_subrange_type => self.subrange(&mut entries, attributes)?,
                _ => entries.skip_attributes(attributes)?,
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        unit: &Header<'a>,
        offset: usize,
        tag: DwTag,
        entries: &mut EntriesRaw<'_, Slice<'a>>,
        attributes: &[AttributeSpecification],
    ) -> gimli::Result<()> {
        let mut entry = Entry {
            offset,
            tag,
            name: Box::default(),
            kind: 0,
            size: None,
            typ: None,
            elem: None,
            key: None,
            count: 0,
            members: Vec::new(),
        };
        for attribute in attributes {
            let attribute = entries.read_attribute(*attribute)?;
            let value = attribute.value();
            match attribute.name() {
                gimli::DW_AT_name => entry.name = self.name(unit, value),
                gimli::DW_AT_byte_size => entry.size = attribute.udata_value(),
                gimli::DW_AT_type => entry.typ = reference(unit, &value),
                DW_AT_GO_KIND => entry.kind = attribute.udata_value().unwrap_or(0),
                DW_AT_GO_KEY => entry.key = reference(unit, &value),
                DW_AT_GO_ELEM => entry.elem = reference(unit, &value),
                _ => {}
            }
        }
        self.entries.push(entry);
        Ok(())
    }

    fn member(
        &mut self,
        unit: &Header<'a>,
        entries: &mut EntriesRaw<'_, Slice<'a>>,
        attributes: &[AttributeSpecification],
    ) -> gimli::Result<()> {
        let mut member = Member {
            name: Box::default(),
            typ: None,
            offset: 0,
            embedded: false,
        };
        for attribute in attributes {
            let attribute = entries.read_attribute(*attribute)?;
            let value = attribute.value();
            match attribute.name() {
                gimli::DW_AT_name => member.name = self.name(unit, value),
                gimli::DW_AT_type => member.typ = reference(unit, &value),
                gimli::DW_AT_data_member_location => {
                    member.offset = attribute.udata_value().unwrap_or(0);
                }
                DW_AT_GO_EMBEDDED_FIELD => {
                    member.embedded =
                        value == AttributeValue::Flag(true) || attribute.udata_value() == Some(1);
                }
                _ => {}
            }
        }
        if let Some(entry) = self.entries.last_mut() {
            entry.members.push(member);
        }
        Ok(())
    }

    fn subrange(
        &mut self,
        entries: &mut EntriesRaw<'_, Slice<'a>>,
        attributes: &[AttributeSpecification],
    ) -> gimli::Result<()> {
        for attribute in attributes {
            let attribute = entries.read_attribute(*attribute)?;
            if let (gimli::DW_AT_count, Some(entry)) = (attribute.name(), self.entries.last_mut()) {
                entry.count = attribute.udata_value().unwrap_or(0);
            }
        }
        Ok(())
    }

    /// A name to keep. Reading stops when names take too much.
    fn name(&mut self, unit: &Header<'a>, value: AttributeValue<Slice<'a>>) -> Box<str> {
        let Some(text) = self.text(unit, value) else {
            return Box::default();
        };
        let Some(left) = self.names_left.checked_sub(text.len()) else {
            self.cut_short = true;
            return Box::default();
        };
        self.names_left = left;
        unescape(&text.to_string_lossy()).into()
    }

    fn text(&self, unit: &Header<'a>, value: AttributeValue<Slice<'a>>) -> Option<Slice<'a>> {
        match value {
            AttributeValue::String(text) => Some(text),
            AttributeValue::DebugStrRef(offset) => self.dwarf.string(offset).ok(),
            AttributeValue::DebugLineStrRef(offset) => self.dwarf.line_string(offset).ok(),
            AttributeValue::DebugStrOffsetsIndex(index) => {
                // Behind the section's header: one table for all units, as dsymutil writes it.
                let base = DebugStrOffsetsBase(usize::from(unit.format().word_size()) * 2);
                let offsets = &self.dwarf.debug_str_offsets;
                let offset = offsets.get_str_offset(unit.format(), base, index).ok()?;
                self.dwarf.string(offset).ok()
            }
            _ => None,
        }
    }
}

/// Undoes what the linker does to paths of packages: `gopkg.in/yaml%2ev3`. Elsewhere in names no `%` is followed by
/// two hexadecimal digits, but maybe in the tags of anonymous structs, which then differ from the source.
///
/// Source: cmd/internal/objabi/path.go `PathToPrefix`.
fn unescape(name: &str) -> Cow<'_, str> {
    let mut parts = name.split('%');
    let mut out = match parts.next() {
        Some(first) if first.len() < name.len() => first.as_bytes().to_vec(),
        _ => return Cow::Borrowed(name),
    };
    for part in parts {
        let code = part
            .get(..2)
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if let Some(code) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            out.push(code);
            out.extend_from_slice(&part.as_bytes()[2..]);
        } else {
            out.push(b'%');
            out.extend_from_slice(part.as_bytes());
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn is_type(tag: DwTag) -> bool {
    matches!(
        tag,
        gimli::DW_TAG_structure_type
            | gimli::DW_TAG_typedef
            | gimli::DW_TAG_pointer_type
            | gimli::DW_TAG_base_type
            | gimli::DW_TAG_array_type
            | gimli::DW_TAG_subroutine_type
    )
}

/// The offset in `.debug_info` of the entry referred to.
fn reference(unit: &Header<'_>, value: &AttributeValue<Slice<'_>>) -> Option<usize> {
    match value {
        AttributeValue::UnitRef(offset) => unit.offset().0.checked_add(offset.0),
        AttributeValue::DebugInfoRef(offset) => Some(offset.0),
        _ => None,
    }
}

/// Entries to types. Plain typedefs disappear: what refers to them refers to what they name.
fn resolve(mut entries: Vec<Entry>, word: u64) -> IndexVec<TypeId, Type> {
    entries.sort_by_key(|entry| entry.offset);
    let is_typedef = |entry: &Entry| entry.tag == gimli::DW_TAG_typedef && entry.kind == 0;
    let mut ids = Vec::with_capacity(entries.len());
    let mut count = 0;
    for entry in &entries {
        ids.push(TypeId::from_index(count));
        count += usize::from(!is_typedef(entry));
    }
    let find = |reference: Option<usize>| -> Option<TypeId> {
        let mut reference = reference?;
        for _ in 0..MAX_TYPEDEFS {
            let index = entries
                .binary_search_by_key(&reference, |entry| entry.offset)
                .ok()?;
            if !is_typedef(&entries[index]) {
                return Some(ids[index]);
            }
            reference = entries[index].typ?;
        }
        None
    };
    let mut types = IndexVec::new();
    for entry in entries.iter().filter(|entry| !is_typedef(entry)) {
        types.push(Type {
            // Refers to the elements of pointers and arrays, to the runtime's own types elsewhere.
            elem: find(match entry.tag {
                gimli::DW_TAG_pointer_type | gimli::DW_TAG_array_type => entry.typ,
                _ => entry.elem,
            }),
            key: find(entry.key),
            kind: kind(entry),
            size: size(entry, word),
            align: 1,
            ptrdata: 0,
            len: entry.count,
            fields: (entry.members.iter())
                .map(|member| Field {
                    name: member.name.clone(),
                    typ: find(member.typ),
                    offset: member.offset,
                    embedded: member.embedded,
                })
                .collect(),
            name: entry.name.clone(),
        });
    }
    types
}

fn kind(entry: &Entry) -> Kind {
    match (Kind::of(entry.kind), entry.tag) {
        (Kind::Invalid, gimli::DW_TAG_pointer_type) => Kind::Pointer,
        (kind, _) => kind,
    }
}

fn size(entry: &Entry, word: u64) -> u64 {
    entry.size.unwrap_or(match kind(entry) {
        Kind::Interface => 2 * word,
        Kind::Chan | Kind::Func | Kind::Map | Kind::Pointer | Kind::UnsafePointer => word,
        _ => 0,
    })
}
