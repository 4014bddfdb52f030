//! Where a binary keeps its pclntab, the start of its text, and its inline trees.
//!
//! With section names and symbols this is a lookup. Stripped files have neither: then the table is
//! found by its magic. Text start and `go:func.*` are found through the linker's `moduledata`, the
//! one place that begins with the table's address followed by that of its first part. In a PIE
//! those pointers may exist only as relocations.

use super::{Header, InlineTrees, InlinedCall, Pclntab, Version};
use crate::binary::{Binary, Format};

/// What was found, as addresses and places in the file, so that it can be kept beside the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Offset and length in [`Binary::bytes`].
    start: usize,
    len: usize,
    header: Header,
    text_start: u64,
    /// Address of `go:func.*`.
    gofunc: Option<u64>,
}

impl Place {
    pub(crate) fn open<'a>(&self, binary: &'a Binary) -> Option<Pclntab<'a>> {
        let table = binary.bytes().get(self.start..)?.get(..self.len)?;
        let inline_trees = if self.header.version >= Version::Go118 {
            let from = self.gofunc.and_then(|gofunc| binary.bytes_at(gofunc));
            from.map_or(InlineTrees::Unknown, InlineTrees::FromGofunc)
        } else {
            let data = rodata(binary).or_else(|| segment_with(binary, self.start));
            data.map_or(InlineTrees::Unknown, |(at, bytes)| {
                InlineTrees::At(at, bytes)
            })
        };
        let (header, text_start) = (self.header, self.text_start);
        Some(Pclntab {
            table,
            header,
            text_start,
            inline_trees,
        })
    }
}

/// Words of `moduledata` that hold the text's start: pcHeader, six slices, findfunctab, minpc,
/// maxpc come first. The same in all versions since 1.16.
const TEXT_WORD: usize = 22;
/// `gofunc` comes after the section bounds; its place moved in 1.18, 1.20 and 1.27.
const GOFUNC_WORDS: std::ops::Range<usize> = 36..52;

pub(crate) fn find(binary: &Binary) -> Option<Place> {
    let (address, table) = by_name(binary).or_else(|| by_magic(binary))?;
    let header = Header::read(table)?;
    let start = table
        .as_ptr()
        .addr()
        .checked_sub(binary.bytes().as_ptr().addr())?;
    let module = Module::find(binary, address, &header);
    let word = |n| module.as_ref().and_then(|module| module.word(binary, n));
    let symbol = |name: &str| binary.symbols().named(name).map(|symbol| symbol.address);
    let text_start = symbol("runtime.text")
        .or_else(|| word(TEXT_WORD))
        .or_else(|| Some(header.text_start).filter(|start| *start != 0))
        .or_else(|| binary.text().map(|(start, _)| start))?;
    let mut place = Place {
        start,
        len: table.len(),
        header,
        text_start,
        gofunc: None,
    };
    if header.version >= Version::Go118 {
        let named = symbol("go:func.*").or_else(|| symbol("go.func.*"));
        let candidates = named.into_iter().chain(GOFUNC_WORDS.filter_map(word));
        place.gofunc = candidates.into_iter().find(|gofunc| {
            let guess = Place {
                gofunc: Some(*gofunc),
                ..place
            };
            guess.open(binary).is_some_and(plausible)
        });
    }
    Some(place)
}

/// The linker's `moduledata`, if the binary has a pclntab.
pub(crate) fn module(binary: &Binary) -> Option<Module> {
    let (address, table) = by_name(binary).or_else(|| by_magic(binary))?;
    Module::find(binary, address, &Header::read(table)?)
}

/// The table's address and bytes, by section name or by symbols.
fn by_name(binary: &Binary) -> Option<(u64, &[u8])> {
    const NAMES: [&str; 3] = [".gopclntab", ".data.rel.ro.gopclntab", "__gopclntab"];
    let named = NAMES.iter().find_map(|name| binary.section(name));
    if let Some(section) = named {
        let bytes = binary.section_bytes(section);
        if Header::read(bytes).is_some() {
            return Some((section.address, bytes));
        }
    }
    let start = binary.symbols().named("runtime.pclntab")?.address;
    let end = binary.symbols().named("runtime.epclntab")?.address;
    let bytes = binary.bytes_at(start)?;
    let len = usize::try_from(end.checked_sub(start)?).ok()?;
    let bytes = bytes.get(..len)?;
    Header::read(bytes).map(|_| (start, bytes))
}

/// The first place in the file's loaded data that reads as a table.
fn by_magic(binary: &Binary) -> Option<(u64, &[u8])> {
    // The end of a little-endian magic, or the start of a big-endian one, and the two zeros.
    let sections = binary
        .sections
        .iter()
        .filter(|s| s.alloc)
        .map(|s| (s.address, &s.file));
    let segments = binary.segments.iter().map(|s| (s.address, &s.file));
    for (address, range) in sections.chain(segments) {
        let bytes = binary.bytes().get(range.clone()).unwrap_or_default();
        for at in memchr::memmem::find_iter(bytes, b"\xff\xff\xff") {
            for start in [at.checked_sub(1), Some(at)].into_iter().flatten() {
                let table = &bytes[start..];
                if Header::read(table).is_some_and(|header| reads_as_table(table, &header)) {
                    return Some((address.wrapping_add(start as u64), table));
                }
            }
        }
    }
    None
}

/// Whether the first functions have names, in order of address.
fn reads_as_table(table: &[u8], header: &Header) -> bool {
    let (header, text_start) = (*header, 1 << 12);
    let tab = Pclntab {
        table,
        header,
        text_start,
        inline_trees: InlineTrees::Unknown,
    };
    let mut count = 0;
    let mut last = 0;
    for n in 0..tab.len().min(16) {
        match tab.function(n) {
            Some(func) if func.entry >= last && func.entry <= func.end && !func.name.is_empty() => {
                last = func.entry;
                count += 1;
            }
            _ => return false,
        }
    }
    count > 0
}

/// Whether inline trees read through this guess of `go:func.*` make sense: names that start where
/// names start, parents inside of their function.
fn plausible(tab: Pclntab<'_>) -> bool {
    const ENOUGH: usize = 64;
    let mut seen = 0;
    for func in tab.functions() {
        if tab.funcdata(&func, super::FUNCDATA_INL_TREE).is_none() {
            continue;
        }
        let good = tab
            .inline_tree(&func)
            .and_then(|tree| tab.inlined_call(tree, 0))
            .is_some_and(
                |InlinedCall {
                     name, parent_pc, ..
                 }| {
                    !name.is_empty()
                        && tab.starts_name(name)
                        && u64::from(parent_pc) < func.end.wrapping_sub(func.entry)
                },
            );
        if !good {
            return false;
        }
        seen += 1;
        if seen == ENOUGH {
            break;
        }
    }
    seen > 0
}

impl Pclntab<'_> {
    /// Whether the byte before this name ends another one.
    fn starts_name(&self, name: &[u8]) -> bool {
        let at = name
            .as_ptr()
            .addr()
            .wrapping_sub(self.table.as_ptr().addr());
        at == self.header.funcname
            || at.checked_sub(1).and_then(|at| self.table.get(at)) == Some(&0)
    }
}

/// Where Go up to 1.17 keeps what funcdata points at.
fn rodata(binary: &Binary) -> Option<(u64, &[u8])> {
    let names = [
        ".rodata",
        "__rodata",
        ".rdata",
        ".data.rel.ro",
        ".text",
        "__text",
    ];
    let symbol = binary
        .symbols()
        .named("go.func.*")
        .map(|symbol| symbol.address);
    if let Some(bytes) = symbol.and_then(|address| binary.bytes_at(address)) {
        return Some((symbol?, bytes));
    }
    let section = names.iter().find_map(|name| binary.section(name))?;
    Some((section.address, binary.section_bytes(section)))
}

/// Without section names: the segment that has the table has the rest of the read-only data, too.
fn segment_with(binary: &Binary, offset: usize) -> Option<(u64, &[u8])> {
    let segment = binary
        .segments
        .iter()
        .find(|segment| segment.file.contains(&offset))?;
    Some((segment.address, binary.bytes().get(segment.file.clone())?))
}

/// The linker's `moduledata`.
pub(crate) struct Module {
    address: u64,
    /// Address and value of the pointers that are relocations here; empty if the file has values.
    relocated: Vec<(u64, u64)>,
}

impl Module {
    fn find(binary: &Binary, pclntab: u64, header: &Header) -> Option<Module> {
        let first_part = pclntab.checked_add(header.funcname as u64)?;
        in_data(binary, pclntab, first_part)
            .map(|address| Module {
                address,
                relocated: Vec::new(),
            })
            .or_else(|| in_relocations(binary, pclntab, first_part))
    }

    pub(crate) fn word(&self, binary: &Binary, n: usize) -> Option<u64> {
        let address = self
            .address
            .checked_add((n * usize::from(binary.pointer_size)) as u64)?;
        if let Ok(at) = self
            .relocated
            .binary_search_by_key(&address, |(address, _)| *address)
        {
            return Some(self.relocated[at].1);
        }
        let value = binary.pointer_at(binary.bytes_at(address)?, 0)?;
        Some(pointer(binary, value)).filter(|value| *value != 0)
    }
}

/// A pointer as stored. Where the dynamic linker of macOS will move it, it is an offset with flags
/// and a link to the next one above it (chained fixups).
pub(crate) fn pointer(binary: &Binary, value: u64) -> u64 {
    const CHAINED_TARGET: u64 = (1 << 36) - 1;
    if binary.format != Format::MachO || value >> 36 == 0 {
        return value;
    }
    let base = binary.load_address().unwrap_or(0);
    let target = value & CHAINED_TARGET;
    if target < base {
        base.wrapping_add(target)
    } else {
        target
    }
}

/// Scans data for the two pointers side by side.
fn in_data(binary: &Binary, pclntab: u64, first_part: u64) -> Option<u64> {
    let size = usize::from(binary.pointer_size);
    let sections = binary.sections.iter().filter(|s| s.alloc && !s.executable);
    let places = sections.map(|s| (s.address, &s.file));
    let segments = binary.segments.iter().map(|s| (s.address, &s.file));
    for (address, range) in places.chain(segments) {
        let bytes = binary.bytes().get(range.clone()).unwrap_or_default();
        let mut at = 0;
        while let Some(value) = binary.pointer_at(bytes, at) {
            if pointer(binary, value) == pclntab {
                let next = binary.pointer_at(bytes, at + size);
                if next.is_some_and(|next| pointer(binary, next) == first_part) {
                    return address.checked_add(at as u64);
                }
            }
            at += size;
        }
    }
    None
}

/// The same among relocations with addends.
fn in_relocations(binary: &Binary, pclntab: u64, first_part: u64) -> Option<Module> {
    let size = u64::from(binary.pointer_size);
    let all = relocations(binary)?;
    let relative = || {
        all.chunks_exact(size as usize * 3)
            .filter_map(|entry| relative(binary, entry))
    };
    let places = |wanted| {
        relative()
            .filter(move |(_, value)| *value == wanted)
            .map(|(at, _)| at)
    };
    let seconds: Vec<u64> = places(first_part).collect();
    let address = places(pclntab).find(|at| seconds.contains(&at.wrapping_add(size)))?;
    let end = address.checked_add(size * 64)?;
    let mut relocated: Vec<(u64, u64)> = relative()
        .filter(|(at, _)| (address..end).contains(at))
        .collect();
    relocated.sort_unstable();
    Some(Module { address, relocated })
}

/// Address and value of all pointers that are relocations, by address; none where the file has values.
pub(crate) fn all_relocations(binary: &Binary) -> Vec<(u64, u64)> {
    let size = usize::from(binary.pointer_size);
    let entries = relocations(binary).unwrap_or_default();
    let entries = entries.chunks_exact(size * 3);
    let mut all: Vec<_> = entries
        .filter_map(|entry| relative(binary, entry))
        .collect();
    all.sort_unstable();
    all
}

/// ELF's table of relocations with addends, through the dynamic segment: sections may be gone.
fn relocations(binary: &Binary) -> Option<&[u8]> {
    const RELA: u64 = 7;
    const RELA_SIZE: u64 = 8;
    let size = usize::from(binary.pointer_size);
    let dynamic = binary.bytes().get(binary.dynamic.clone())?;
    let tag = |wanted| {
        let mut entries = dynamic.chunks_exact(size * 2);
        let entry = entries.find(|entry| binary.pointer_at(entry, 0) == Some(wanted))?;
        binary.pointer_at(entry, size)
    };
    let len = usize::try_from(tag(RELA_SIZE)?).ok()?;
    let bytes = binary.bytes_at(tag(RELA)?)?;
    bytes.get(..len.min(bytes.len()))
}

/// Address and value of a relocation without a symbol.
fn relative(binary: &Binary, entry: &[u8]) -> Option<(u64, u64)> {
    let size = usize::from(binary.pointer_size);
    let [address, info, addend] = [0, 1, 2].map(|n| binary.pointer_at(entry, n * size));
    let symbol = if size == 8 { info? >> 32 } else { info? >> 8 };
    (symbol == 0).then_some((address?, addend?))
}
