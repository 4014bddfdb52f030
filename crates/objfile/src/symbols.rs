//! The symbol table, as nm lists it.

mod order;

use std::borrow::Cow;

use object::{Object, ObjectSymbol, SymbolFlags, SymbolSection};

use crate::binary::{Binary, Format, text_of};

/// A name for an address as linked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol<'a> {
    pub name: Cow<'a, str>,
    pub address: u64,
    /// ELF: as the table says. Mach-O and PE have no sizes: the distance to the next symbol.
    pub size: u64,
    /// nm's letter; lower case for local ones in ELF.
    pub code: char,
}

impl Symbol<'_> {
    /// Whether the address lies within the symbol.
    pub fn contains(&self, address: u64) -> bool {
        self.address <= address && address - self.address < self.size
    }
}

/// All symbols of a binary, by address; equal addresses in the order Go's tools have them.
#[derive(Clone, Copy, Debug)]
pub struct Symbols<'a> {
    bytes: &'a [u8],
    raw: &'a RawSymbols,
}

impl<'a> Symbols<'a> {
    pub(crate) fn new(bytes: &'a [u8], raw: &'a RawSymbols) -> Symbols<'a> {
        Symbols { bytes, raw }
    }

    /// False if the table is cut short: names of hostile length are not followed to the end.
    pub fn complete(self) -> bool {
        self.raw.complete
    }

    pub fn len(self) -> usize {
        self.raw.list.len()
    }

    pub fn is_empty(self) -> bool {
        self.raw.list.is_empty()
    }

    pub fn iter(self) -> impl DoubleEndedIterator<Item = Symbol<'a>> + ExactSizeIterator {
        self.raw.list.iter().map(move |raw| self.symbol(raw))
    }

    /// What `-list`, `-disasm` and `-weblist` look through: those that `accept`s and, unless
    /// `address` is 0, that contain it. Marks without place and size (file names in ELF) are left
    /// out. A symbol of size 0 is in, and contains no address.
    pub fn matching(self, address: u64, accept: &dyn Fn(&str) -> bool) -> Vec<Symbol<'a>> {
        let real = |symbol: &Symbol<'_>| symbol.address != 0 || symbol.size != 0;
        let here = |symbol: &Symbol<'_>| address == 0 || symbol.contains(address);
        self.iter()
            .filter(|s| real(s) && here(s) && accept(&s.name))
            .collect()
    }

    /// The last symbol that starts at or before the address, if it reaches over it.
    pub fn at(self, address: u64) -> Option<Symbol<'a>> {
        let symbol = self.up_to(address).next()?;
        (symbol.address != 0 && symbol.contains(address)).then_some(symbol)
    }

    /// The symbols that start at or before the address, the nearest first.
    pub fn up_to(self, address: u64) -> impl Iterator<Item = Symbol<'a>> {
        let after = self.raw.list.partition_point(|raw| raw.address <= address);
        self.raw
            .list
            .iter()
            .take(after)
            .rev()
            .map(move |raw| self.symbol(raw))
    }

    /// The first symbol of that name.
    pub fn named(self, name: &str) -> Option<Symbol<'a>> {
        let same = |raw: &&RawSymbol| self.name(raw) == name.as_bytes();
        self.raw.list.iter().find(same).map(|raw| self.symbol(raw))
    }

    fn name(self, raw: &RawSymbol) -> &'a [u8] {
        let end = raw.name_start.saturating_add(raw.name_len as usize);
        self.bytes.get(raw.name_start..end).unwrap_or_default()
    }

    fn symbol(self, raw: &RawSymbol) -> Symbol<'a> {
        let name = text_of(self.name(raw));
        Symbol {
            name,
            address: raw.address,
            size: raw.size,
            code: raw.code,
        }
    }
}

/// A symbol whose name is still a place in the file: names may overlap, so copies of them could
/// need far more memory than the file has bytes.
#[derive(Clone, Copy, Debug)]
struct RawSymbol {
    name_start: usize,
    name_len: u32,
    address: u64,
    size: u64,
    code: char,
}

#[derive(Debug, Default)]
pub(crate) struct RawSymbols {
    list: Vec<RawSymbol>,
    complete: bool,
}

impl RawSymbols {
    pub(crate) fn read(binary: &Binary) -> RawSymbols {
        match object::File::parse(binary.bytes()) {
            Ok(file) => Self::of(binary, &file, file.symbols()),
            Err(_) => RawSymbols::default(),
        }
    }

    /// What a library offers to others, which also a stripped one has.
    pub(crate) fn read_dynamic(binary: &Binary) -> RawSymbols {
        match object::File::parse(binary.bytes()) {
            Ok(file) => Self::of(binary, &file, file.dynamic_symbols()),
            Err(_) => RawSymbols::default(),
        }
    }

    fn of<'data, 'file>(
        binary: &Binary,
        file: &'file object::File<'data>,
        symbols: object::SymbolIterator<'data, 'file>,
    ) -> RawSymbols {
        let bytes = binary.bytes();
        // Finding a name's end costs its length. Real names are a small part of the file.
        let mut budget = bytes.len().saturating_mul(4);
        let bss = if binary.format == Format::Pe {
            pe_bss(file)
        } else {
            None
        };
        let mut list = Vec::new();
        let mut complete = true;
        for symbol in symbols {
            let name = symbol.name_bytes().unwrap_or_default();
            let name = without_mark(binary.format, name);
            if name.len() > budget {
                complete = false;
                break;
            }
            budget -= name.len();
            let Some(code) = code(binary, &symbol, bss) else {
                continue;
            };
            list.push(RawSymbol {
                name_start: (name.as_ptr().addr()).wrapping_sub(bytes.as_ptr().addr()),
                name_len: u32::try_from(name.len()).unwrap_or(u32::MAX),
                address: symbol.address(),
                size: symbol.size(),
                code,
            });
        }
        order::sort(&mut list, |symbol| symbol.address);
        if binary.format != Format::Elf {
            infer_sizes(&mut list);
        }
        RawSymbols { list, complete }
    }
}

/// The C convention of macOS puts `_` before every name. Go's tools take it off again where the
/// name has a dot, so probably is Go's.
fn without_mark(format: Format, name: &[u8]) -> &[u8] {
    match name.strip_prefix(b"_") {
        Some(rest) if format == Format::MachO && rest.contains(&b'.') => rest,
        _ => name,
    }
}

/// The way to the next higher address; 0 for the last.
fn infer_sizes(list: &mut [RawSymbol]) {
    let mut next = None;
    for at in (0..list.len()).rev() {
        let address = list[at].address;
        let after = list.get(at + 1).map(|symbol| symbol.address);
        if after.is_some_and(|after| after > address) {
            next = after;
        }
        list[at].size = next.map_or(0, |next| next - address);
    }
}

/// Section index and address of `runtime.bss`: Go's own linker puts zeroed data at the end of
/// `.data`, so the section does not tell them apart.
fn pe_bss(file: &object::File<'_>) -> Option<(usize, u64)> {
    let bss = file
        .symbols()
        .find(|symbol| symbol.name_bytes() == Ok(b"runtime.bss"))?;
    Some((bss.section_index()?.0, bss.address()))
}

/// nm's letter; `None` for Mach-O's debugger entries, which are no symbols.
fn code(
    binary: &Binary,
    symbol: &object::Symbol<'_, '_>,
    pe_bss: Option<(usize, u64)>,
) -> Option<char> {
    const MACHO_STAB: u8 = 0xe0;
    if let SymbolFlags::MachO { n_type, .. } = symbol.flags()
        && n_type.0 & MACHO_STAB != 0
    {
        return None;
    }
    let code = match symbol.section() {
        SymbolSection::Undefined => 'U',
        SymbolSection::Common => 'B',
        SymbolSection::Absolute if binary.format == Format::Pe => 'C',
        SymbolSection::Section(index) => {
            let section = index
                .0
                .checked_sub(1)
                .and_then(|at| binary.sections.get(at));
            match (section, pe_bss) {
                (Some(section), Some((bss_section, bss)))
                    if section.code == 'D' && index.0 == bss_section && symbol.address() >= bss =>
                {
                    'B'
                }
                (Some(section), _)
                    if binary.format == Format::Pe
                        && section.code == 'D'
                        && symbol.address().saturating_sub(section.address)
                            >= section.file.len() as u64 =>
                {
                    'B'
                }
                (Some(section), _) => section.code,
                (None, _) => '?',
            }
        }
        _ => '?',
    };
    let local = binary.format == Format::Elf && symbol.is_local();
    // Go's own nm shifts every letter of a local symbol, so an unknown one becomes `_`.
    Some(match code {
        '?' if local => '_',
        code if local => code.to_ascii_lowercase(),
        code => code,
    })
}
