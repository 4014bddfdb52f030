//! Types as the runtime knows them: descriptors that garbage collection, interfaces and reflection need, and which no
//! linker flag strips. A type that is never allocated, put into an interface or printed may have none.
//!
//! ```text
//! moduledata   … types, etypes                        or since Go 1.27: types, a length, etypes
//! descriptor   size, bytes up to the last pointer: words; hash: 4; flags, align, field align, kind: 1 each;
//!              equal, pointer mask: words; offset of the name from `types`, offset of the pointer type: 4 each
//!   array      elem, slice, length                    chan: elem, direction      pointer, slice: elem
//!   map        key, elem, group …                     struct: package, fields, number, capacity
//!   (named)    offset of the package's path: 4, methods …
//! field        name, type, offset: words
//! name         flags: 1 (8: embedded), length: varint, text
//! ```
//!
//! Descriptors lie side by side, in an order and with sizes that versions differ in. So the whole range is scanned for
//! what reads as one; a name in its place, a known kind and a size that fits the alignment leave no doubt.
//!
//! Source: internal/abi/type.go, runtime/symtab.go `moduledata`, go1.20 to go1.27.3.

use base::IndexVec;

use super::{Field, Kind, Type, TypeId, Types};
use crate::binary::Binary;
use crate::pclntab::locate;

/// Words of `moduledata` before `types`; the same since Go 1.20.
const TYPES_WORD: usize = 37;

const FLAG_UNCOMMON: u8 = 1;
const FLAG_EXTRA_STAR: u8 = 2;
const FLAG_NAMED: u8 = 4;
const NAME_EMBEDDED: u8 = 8;
/// Of the kind, in versions that have flags in it.
const KIND_MASK: u8 = 31;

/// Names are shorter, and structs have fewer fields.
const MAX_NAME: u64 = 1 << 16;
const MAX_FIELDS: u64 = 1 << 16;
/// Types within types whose names are put together. Of a map there are two, so work doubles at each step.
const MAX_DEPTH: u32 = 8;

pub(super) fn read(binary: &Binary) -> Option<Types> {
    let module = locate::module(binary)?;
    let start = module.word(binary, TYPES_WORD)?;
    let next = module.word(binary, TYPES_WORD + 1)?;
    let end = if next > start {
        next
    } else {
        module.word(binary, TYPES_WORD + 2)?
    };
    let memory = Memory::new(binary);
    let len = usize::try_from(end.checked_sub(start)?).ok()?;
    let range = binary.bytes_at(start)?;
    let range = range.get(..len.min(range.len()))?;
    let mut reader = Reader {
        memory,
        types: start,
        range,
        found: Vec::new(),
        names_left: binary.bytes().len(),
        fields_left: binary.bytes().len() / 8,
        cut_short: false,
    };
    reader.scan();
    Some(reader.finish())
}

/// Pointers in a binary, also where the dynamic linker sets them.
struct Memory<'a> {
    binary: &'a Binary,
    word: usize,
    /// Address and value, by address.
    relocated: Vec<(u64, u64)>,
}

impl<'a> Memory<'a> {
    fn new(binary: &'a Binary) -> Self {
        Self {
            binary,
            word: usize::from(binary.pointer_size),
            relocated: locate::all_relocations(binary),
        }
    }

    fn pointer(&self, address: u64) -> Option<u64> {
        let found = (self.relocated).binary_search_by_key(&address, |(address, _)| *address);
        if let Ok(index) = found {
            return Some(self.relocated[index].1);
        }
        let value = self.number(address)?;
        Some(locate::pointer(self.binary, value))
    }

    fn number(&self, address: u64) -> Option<u64> {
        self.binary.pointer_at(self.binary.bytes_at(address)?, 0)
    }

    /// Flags and text of a name.
    fn name(&self, address: u64) -> Option<(u8, &'a str)> {
        let bytes = self.binary.bytes_at(address)?;
        let (mut len, mut at) = (0_u64, 1);
        loop {
            let byte = *bytes.get(at)?;
            len |= u64::from(byte & 0x7f) << (7 * (at - 1));
            at += 1;
            if byte & 0x80 == 0 {
                break;
            }
            if at > 3 {
                return None;
            }
        }
        if len > MAX_NAME {
            return None;
        }
        let text = bytes.get(at..at.checked_add(usize::try_from(len).ok()?)?)?;
        Some((*bytes.first()?, std::str::from_utf8(text).ok()?))
    }
}

/// A descriptor.
struct Found {
    address: u64,
    /// As it is written: with the short names of packages.
    text: Box<str>,
    /// Import path of a named type.
    package: Box<str>,
    named: bool,
    kind: Kind,
    size: u64,
    align: u64,
    ptrdata: u64,
    elem: Option<u64>,
    key: Option<u64>,
    len: u64,
    fields: Vec<(Box<str>, u64, u64, bool)>,
}

struct Reader<'a> {
    memory: Memory<'a>,
    /// Where the range starts, and what name offsets count from.
    types: u64,
    range: &'a [u8],
    /// By address.
    found: Vec<Found>,
    /// Bytes and fields that may still be kept: broken files may refer to the same ones over and over.
    names_left: usize,
    fields_left: usize,
    cut_short: bool,
}

impl Reader<'_> {
    fn scan(&mut self) {
        let word = self.memory.word;
        let size = 4 * word + 16;
        let mut at = 0;
        while at + size <= self.range.len() && !self.cut_short {
            match self.descriptor(at) {
                Some(found) => {
                    self.found.push(found);
                    at += size;
                }
                None => at += word,
            }
        }
    }

    fn descriptor(&mut self, at: usize) -> Option<Found> {
        let word = self.memory.word;
        let bytes = self.range.get(at..)?;
        let binary = self.memory.binary;
        let [size, ptrdata] = [0, word].map(|at| binary.pointer_at(bytes, at));
        let (size, ptrdata) = (size?, ptrdata?);
        let [flags, align, field_align, kind] = *bytes.get(2 * word + 4..)?.first_chunk::<4>()?;
        let kind = Kind::of(u64::from(kind & KIND_MASK));
        let align = u64::from(align);
        let plausible = kind != Kind::Invalid
            && flags < 64
            && u64::from(field_align) == align
            && matches!(align, 1 | 2 | 4 | 8 | 16)
            && size % align == 0
            && ptrdata <= size
            && ptrdata % word as u64 == 0;
        if !plausible {
            return None;
        }
        let name = binary.u32_at(bytes, 4 * word + 8)?;
        let (_, text) = self.memory.name(self.types.checked_add(name.into())?)?;
        let text = if flags & FLAG_EXTRA_STAR == 0 {
            text
        } else {
            text.strip_prefix('*')?
        };
        let is_text = !text.is_empty() && !text.chars().any(char::is_control);
        if !is_text {
            return None;
        }
        let address = self.types.checked_add(at as u64)?;
        let mut found = Found {
            address,
            text: self.keep(text),
            package: Box::default(),
            named: flags & FLAG_NAMED != 0,
            kind,
            size,
            align,
            ptrdata,
            elem: None,
            key: None,
            len: 0,
            fields: Vec::new(),
        };
        let own = self.parts(&mut found)?;
        if found.named
            && flags & FLAG_UNCOMMON != 0
            && let Some(own) = own
        {
            let offset = binary.u32_at(bytes, 4 * word + 16 + own)?;
            let (_, package) = self.memory.name(self.types.checked_add(offset.into())?)?;
            found.package = self.keep(package);
        }
        Some(found)
    }

    /// Reads what kinds have of their own; how many bytes that is, if it is known.
    #[expect(
        clippy::option_option,
        reason = "no type at all, or one of unknown length"
    )]
    fn parts(&mut self, found: &mut Found) -> Option<Option<usize>> {
        let word = self.memory.word;
        let start = found.address.checked_add(4 * word as u64 + 16)?;
        let at = |n: usize| start.checked_add((n * word) as u64);
        let words = match found.kind {
            Kind::Array => {
                found.elem = Some(self.memory.pointer(at(0)?)?);
                found.len = self.memory.number(at(2)?)?;
                3
            }
            Kind::Chan => {
                found.elem = Some(self.memory.pointer(at(0)?)?);
                2
            }
            Kind::Pointer | Kind::Slice => {
                found.elem = Some(self.memory.pointer(at(0)?)?);
                1
            }
            Kind::Map => {
                found.key = Some(self.memory.pointer(at(0)?)?);
                found.elem = Some(self.memory.pointer(at(1)?)?);
                return Some(None);
            }
            Kind::Func => 1,
            Kind::Interface => 4,
            Kind::Struct => {
                let fields = self.memory.pointer(at(1)?)?;
                let number = self.memory.number(at(2)?)?;
                self.fields(found, fields, number)?;
                4
            }
            _ => 0,
        };
        Some(Some(words * word))
    }

    fn fields(&mut self, found: &mut Found, start: u64, number: u64) -> Option<()> {
        if number > MAX_FIELDS || number as usize > self.fields_left {
            return None;
        }
        let word = self.memory.word as u64;
        let mut last = 0;
        for index in 0..number {
            let field = start.checked_add(index * 3 * word)?;
            let (flags, name) = self.memory.name(self.memory.pointer(field)?)?;
            let typ = self.memory.pointer(field.checked_add(word)?)?;
            let offset = self.memory.number(field.checked_add(2 * word)?)?;
            if offset < last || offset > found.size {
                return None;
            }
            last = offset;
            let name = self.keep(name);
            let embedded = flags & NAME_EMBEDDED != 0;
            found.fields.push((name, typ, offset, embedded));
        }
        self.fields_left -= number as usize;
        Some(())
    }

    fn keep(&mut self, name: &str) -> Box<str> {
        let Some(left) = self.names_left.checked_sub(name.len()) else {
            self.cut_short = true;
            return Box::default();
        };
        self.names_left = left;
        name.into()
    }

    fn finish(self) -> Types {
        use base::Idx as _;
        let find = |address: u64| {
            let found = self.found.binary_search_by_key(&address, |it| it.address);
            found.ok().map(TypeId::from_index)
        };
        let mut types = IndexVec::new();
        // As with names, those put together take no more than twice the file.
        let mut left = self.names_left;
        for found in &self.found {
            let mut name = String::new();
            self.write_name(&mut name, found, 0);
            if name.len() > left {
                name = found.text.to_string();
            }
            left = left.saturating_sub(name.len());
            let field = |(name, typ, offset, embedded): &(Box<str>, u64, u64, bool)| Field {
                name: name.clone(),
                typ: find(*typ),
                offset: *offset,
                embedded: *embedded,
            };
            types.push(Type {
                name: name.into(),
                kind: found.kind,
                size: found.size,
                align: found.align,
                ptrdata: found.ptrdata,
                elem: found.elem.and_then(find),
                key: found.key.and_then(find),
                len: found.len,
                fields: found.fields.iter().map(field).collect(),
            });
        }
        Types {
            types,
            cut_short: self.cut_short,
        }
    }

    /// The linker's name: whole paths of packages, as far as what a type is made of is known.
    fn write_name(&self, out: &mut String, found: &Found, depth: u32) {
        let of = |address: Option<u64>| {
            let index = self.found.binary_search_by_key(&address?, |it| it.address);
            index.ok().map(|index| &self.found[index])
        };
        if found.named {
            match found.text.split_once('.') {
                Some((_, name)) if !found.package.is_empty() => {
                    out.push_str(&found.package);
                    out.push('.');
                    out.push_str(name);
                }
                _ => out.push_str(&found.text),
            }
            return;
        }
        match (found.kind, of(found.key), of(found.elem)) {
            _ if depth > MAX_DEPTH => out.push_str(&found.text),
            (Kind::Pointer, _, Some(elem)) => {
                out.push('*');
                self.write_name(out, elem, depth + 1);
            }
            (Kind::Slice, _, Some(elem)) => {
                out.push_str("[]");
                self.write_name(out, elem, depth + 1);
            }
            (Kind::Array, _, Some(elem)) => {
                out.push_str(&format!("[{}]", found.len));
                self.write_name(out, elem, depth + 1);
            }
            (Kind::Map, Some(key), Some(elem)) => {
                out.push_str("map[");
                self.write_name(out, key, depth + 1);
                out.push(']');
                self.write_name(out, elem, depth + 1);
            }
            _ => out.push_str(&found.text),
        }
    }
}
