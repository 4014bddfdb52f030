//! From an address of a running process to one of the file.
//!
//! A mapping says: file bytes from `offset` on were at `start`..`limit` in memory. The *base* is
//! what to subtract (wrapping) from an address of the process to get the address the file was
//! linked with. [`base`] answers as google/pprof does, [`Binary::go_tool_base`] as `go tool pprof`.
//! Source: google/pprof internal/elfexec and internal/binutils, commit b9395ee1.

use crate::binary::{Binary, Format, Kind, Segment};

/// How a file was mapped in the profiled process. Fields as in profile.proto.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Mapping<'a> {
    /// First address, as the process sees it.
    pub start: u64,
    /// Address after the last one.
    pub limit: u64,
    /// Offset in the file of what is mapped at `start`, in bytes.
    pub offset: u64,
    /// `_text` or `_stext` where the mapping's name says so (`[kernel.kallsyms]_stext`).
    pub relocation_symbol: Option<&'a str>,
    /// The file is a kernel image by name (`vmlinux`): its symbols decide.
    pub kernel: bool,
}

/// Why a mapping has no base, in the words of google/pprof.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BaseError {
    #[error("specified address {0:x} is outside the mapping range [{1:x}, {2:x}]")]
    Outside(u64, u64, u64),
    #[error("no program header matches mapping info")]
    NoSegment,
    #[error("no program header matches file offset {0:x}")]
    NoSegmentAt(u64),
    #[error("more than one program header matches file offset {0:x}")]
    Ambiguous(u64),
    #[error(
        "don't know how to handle EXEC segment: start={start:#x} limit={limit:#x} offset={offset:#x}"
    )]
    Exec { start: u64, limit: u64, offset: u64 },
    #[error("don't know how to handle mapping.Offset")]
    RelOffset,
    #[error("don't know how to handle this type of ELF file")]
    ElfKind,
    #[error("could not identify base: no __TEXT segment")]
    NoText,
    #[error(
        "could not identify base: __TEXT segment address ({0:#x}) > mapping start address ({1:#x})"
    )]
    TextAfterStart(u64, u64),
}

const PAGE: u64 = 4096;
const UPPER_HALF: u64 = 1 << 63;

/// The base of a mapping. `address` is any sampled address in it: where several segments share the
/// mapping it decides which one is meant.
pub fn base(binary: &Binary, mapping: &Mapping<'_>, address: u64) -> Result<u64, BaseError> {
    match binary.format {
        Format::Pe if mapping.start == 0 => Ok(0),
        Format::Pe => Ok(mapping.start.wrapping_sub(binary.image_base)),
        Format::MachO => {
            let text = macho_text(binary).ok_or(BaseError::NoText)?;
            match mapping.start.checked_sub(text) {
                Some(base) => Ok(base),
                None => Err(BaseError::TextAfterStart(text, mapping.start)),
            }
        }
        Format::Elf => {
            if address < mapping.start || address >= mapping.limit {
                return Err(BaseError::Outside(address, mapping.start, mapping.limit));
            }
            let stext = kernel_symbol(binary, mapping);
            let segment = segment_of(binary, mapping, stext, address)?;
            elf_base(binary.kind, segment, stext, mapping)
        }
    }
}

impl Binary {
    /// Where the file asks to be loaded: the page of the first executable segment, `__TEXT`, or
    /// the image base.
    pub fn load_address(&self) -> Option<u64> {
        match self.format {
            Format::Pe => Some(self.image_base),
            Format::MachO => macho_text(self),
            Format::Elf => {
                let segment = self.segments.iter().find(|segment| segment.executable)?;
                Some(segment.address - segment.address % segment.align)
            }
        }
    }

    /// The base as `go tool pprof` computes it: from the mapping's start alone.
    pub fn go_tool_base(&self, start: u64) -> u64 {
        match self.load_address() {
            Some(load) if start != 0 => start.wrapping_sub(load),
            _ => 0,
        }
    }
}

fn macho_text(binary: &Binary) -> Option<u64> {
    let segment = binary
        .segments
        .iter()
        .find(|segment| segment.name == "__TEXT")?;
    Some(segment.address)
}

/// The address of the symbol the kernel's mapping starts at. It is looked for only where the
/// numbers are not those of an ordinary mapping.
fn kernel_symbol(binary: &Binary, mapping: &Mapping<'_>) -> Option<u64> {
    let Mapping {
        start,
        limit,
        offset,
        ..
    } = *mapping;
    let aligned = [start, limit, offset]
        .iter()
        .all(|number| number.is_multiple_of(PAGE));
    if aligned && !mapping.kernel {
        return None;
    }
    let name = mapping
        .relocation_symbol
        .filter(|name| !name.is_empty())
        .unwrap_or("_stext");
    binary.symbols().named(name).map(|symbol| symbol.address)
}

/// The segment a mapping shows at `address`; `None` where the file has no segments to choose from.
fn segment_of<'a>(
    binary: &'a Binary,
    mapping: &Mapping<'_>,
    stext: Option<u64>,
    address: u64,
) -> Result<Option<&'a Segment>, BaseError> {
    let Mapping {
        start,
        limit,
        offset,
        ..
    } = *mapping;
    if stext.is_some() || start >= limit || limit >= UPPER_HALF {
        return Ok(text_segment(binary));
    }
    if binary.segments.is_empty() {
        return Ok(None);
    }
    let candidates = segments_for_mapping(&binary.segments, offset, limit - start);
    match candidates[..] {
        [] => Err(BaseError::NoSegment),
        [only] => Ok(Some(only)),
        _ => segment_at(&candidates, (address - start).wrapping_add(offset)).map(Some),
    }
}

fn text_segment(binary: &Binary) -> Option<&Segment> {
    let text = binary.section(".text")?.address;
    let holds = |segment: &&Segment| {
        segment.executable && text >= segment.address && text - segment.address < segment.size
    };
    binary.segments.iter().find(holds)
}

/// Segments a mapping of `size` bytes from file offset `offset` on can come from. Not those that
/// start only after the mapping's first page, nor those of which the mapping sees less than a last
/// page while it goes on well past them. Segments without bytes in the file are passed over: their
/// offsets mean nothing.
pub fn segments_for_mapping(segments: &[Segment], offset: u64, size: u64) -> Vec<&Segment> {
    let end = offset.saturating_add(size);
    let fits = |segment: &&Segment| {
        let start = segment.file_offset;
        let segment_end = start.saturating_add(segment.size);
        if segment.file_size == 0 || offset >= segment_end || start >= end {
            return false;
        }
        let aligned_start = start.saturating_sub(segment.address & (segment.align - 1));
        let only_its_tail = offset > start
            && segment_end < offset.saturating_add(PAGE)
            && end >= segment_end.saturating_add(PAGE);
        offset >= aligned_start && !only_its_tail
    };
    segments.iter().filter(fits).collect()
}

/// The one segment that holds the file offset.
fn segment_at<'a>(segments: &[&'a Segment], offset: u64) -> Result<&'a Segment, BaseError> {
    let mut holding = segments.iter().filter(|segment| {
        offset >= segment.file_offset && offset - segment.file_offset < segment.size
    });
    match (holding.next(), holding.next()) {
        (Some(segment), None) => Ok(segment),
        (None, _) => Err(BaseError::NoSegmentAt(offset)),
        (Some(_), Some(_)) => Err(BaseError::Ambiguous(offset)),
    }
}

/// The base by ELF's rules, from numbers alone. `stext` is the address of the kernel's relocation
/// symbol where it is known.
pub fn elf_base(
    kind: Kind,
    segment: Option<&Segment>,
    stext: Option<u64>,
    mapping: &Mapping<'_>,
) -> Result<u64, BaseError> {
    let Mapping {
        start,
        limit,
        offset,
        ..
    } = *mapping;
    // A stand-in that covers everything: addresses are the file's already.
    if start == 0 && offset == 0 && (limit == 0 || limit == u64::MAX) {
        return Ok(0);
    }
    // An address x is at file offset x - start + offset; the segment says which link address that
    // file offset has.
    let by_file_offset = |segment: &Segment| {
        let in_file = start.wrapping_sub(offset);
        in_file
            .wrapping_add(segment.file_offset)
            .wrapping_sub(segment.address)
    };
    match (kind, segment) {
        (Kind::Exec, None) => Ok(0),
        (Kind::Exec, Some(segment)) => {
            if stext.is_none() && start > 0 && start < UPPER_HALF {
                return Ok(by_file_offset(segment));
            }
            if let Some(base) = kernel_base(segment, stext, mapping) {
                return Ok(base);
            }
            if start == 0 && limit != 0 && stext.is_none() {
                return Ok(start.wrapping_sub(segment.address));
            }
            Err(BaseError::Exec {
                start,
                limit,
                offset,
            })
        }
        (Kind::Rel, _) if offset != 0 => Err(BaseError::RelOffset),
        (Kind::Rel, _) => Ok(start),
        (Kind::Dyn, None) => Ok(start.wrapping_sub(offset)),
        (Kind::Dyn, Some(segment)) => {
            Ok(kernel_base(segment, stext, mapping).unwrap_or_else(|| by_file_offset(segment)))
        }
        (Kind::Other, _) => Err(BaseError::ElfKind),
    }
}

/// The cases in which a mapping is a kernel's: perf starts it at `_stext`, ChromeOS moves it to
/// page 0, and a kernel at a random address has offset = start.
fn kernel_base(segment: &Segment, stext: Option<u64>, mapping: &Mapping<'_>) -> Option<u64> {
    const PAGE_OFFSET_PPC64: u64 = 0xc000_0000_0000_0000;
    let Mapping {
        start,
        limit,
        offset,
        ..
    } = *mapping;
    let same_place_in_page = stext.filter(|stext| stext % PAGE == start % PAGE);
    if segment.address == start.wrapping_sub(offset) {
        return Some(offset);
    }
    if let Some(stext) = stext
        && start == 0
        && limit != 0
    {
        return Some(start.wrapping_sub(stext));
    }
    let usual_offset = offset == 0 || offset == PAGE_OFFSET_PPC64 || offset == start;
    if start >= UPPER_HALF && limit > start && usual_offset {
        return Some(start.wrapping_sub(same_place_in_page.unwrap_or(segment.address)));
    }
    match same_place_in_page {
        Some(stext) if start % PAGE != 0 => Some(start.wrapping_sub(stext)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(address: u64, file_offset: u64, size: u64) -> Segment {
        Segment {
            name: String::new(),
            address,
            size,
            align: 0x1000,
            file_offset,
            file_size: size,
            file: 0..0,
            executable: true,
        }
    }

    fn mapping(start: u64, limit: u64, offset: u64) -> Mapping<'static> {
        Mapping {
            start,
            limit,
            offset,
            ..Mapping::default()
        }
    }

    /// Kind, segment, `_stext`, (start, limit, offset), and the base.
    type Case<'a> = (
        Kind,
        Option<&'a Segment>,
        Option<u64>,
        (u64, u64, u64),
        Option<u64>,
    );

    #[test]
    fn elf_base_of_every_kind_of_mapping() {
        let user = segment(0x40_0000, 0, 0x10_0000);
        let vmlinux = segment(0xffff_ffff_8000_0000, 0x20_0000, 0x100_0000);
        let lower = segment(0x40_0000, 0x20_0000, 0x100_0000);
        let k = |low: u64| Some(0xffff_ffff_8000_0000 + low);
        let cases: &[Case<'_>] = &[
            // An executable at its own address, then one moved by ASLR tools.
            (
                Kind::Exec,
                Some(&user),
                None,
                (0x40_0000, 0x50_0000, 0),
                Some(0),
            ),
            (
                Kind::Exec,
                Some(&lower),
                None,
                (0x200_0000, 0x300_0000, 0x20_0000),
                Some(0x1c0_0000),
            ),
            (Kind::Exec, None, None, (0x40_0000, 0x50_0000, 0), Some(0)),
            // The stand-in mapping.
            (Kind::Dyn, Some(&user), None, (0, u64::MAX, 0), Some(0)),
            (Kind::Exec, Some(&user), None, (0, 0, 0), Some(0)),
            // A kernel where it was linked, at a random address, moved to 0.
            (
                Kind::Exec,
                Some(&vmlinux),
                k(0x198),
                (0xffff_ffff_8320_0198, u64::MAX, 0),
                Some(0x320_0000),
            ),
            (
                Kind::Exec,
                Some(&vmlinux),
                None,
                (0xffff_ffff_8320_0000, u64::MAX, 0),
                Some(0x320_0000),
            ),
            (
                Kind::Exec,
                Some(&vmlinux),
                k(0x198),
                (0, 0x1000_0000, 0),
                Some(0_u64.wrapping_sub(0xffff_ffff_8000_0198)),
            ),
            (
                Kind::Exec,
                Some(&vmlinux),
                None,
                (0, 0x1000_0000, 0),
                Some(0_u64.wrapping_sub(0xffff_ffff_8000_0000)),
            ),
            (
                Kind::Exec,
                Some(&vmlinux),
                k(0x198),
                (0x198, 0x2f9f_ffff, 0),
                Some(0x198_u64.wrapping_sub(0xffff_ffff_8000_0198)),
            ),
            // A PIE: with its segment, and with none to be found.
            (
                Kind::Dyn,
                Some(&segment(0x1000, 0x1000, 0x5000)),
                None,
                (0x5555_0000_1000, 0x5555_0000_6000, 0x1000),
                Some(0x5555_0000_0000),
            ),
            (
                Kind::Dyn,
                Some(&segment(0x3000, 0x1000, 0x5000)),
                None,
                (0x5555_0000_3000, 0x5555_0000_6000, 0x1000),
                Some(0x5555_0000_0000),
            ),
            (
                Kind::Dyn,
                None,
                None,
                (0x7f00_0000, 0x7f10_0000, 0x2000),
                Some(0x7eff_e000),
            ),
            // Objects.
            (
                Kind::Rel,
                None,
                None,
                (0x200_0000, 0x300_0000, 0),
                Some(0x200_0000),
            ),
            (Kind::Rel, None, None, (0x200_0000, 0x300_0000, 0x100), None),
            (Kind::Other, None, None, (0x200_0000, 0x300_0000, 0), None),
        ];
        for (kind, segment, stext, (start, limit, offset), want) in cases {
            let got = elf_base(*kind, *segment, *stext, &mapping(*start, *limit, *offset));
            assert_eq!(
                got.ok(),
                *want,
                "{kind:?} {start:#x}-{limit:#x}+{offset:#x} {stext:x?}"
            );
        }
    }

    #[test]
    fn several_segments_are_told_apart_by_file_offset() {
        let segments = [
            segment(0, 0, 0xc80),
            segment(0x1c80, 0xc80, 0x1f0),
            segment(0x5000, 0x4000, 0x9000),
        ];
        let found = |offset, size| -> Vec<u64> {
            let found = segments_for_mapping(&segments, offset, size);
            found.iter().map(|segment| segment.address).collect()
        };
        // One page of the file, mapped once per segment that has bytes in it.
        assert_eq!(found(0, 0x1000), [0, 0x1c80]);
        assert_eq!(found(0x4000, 0x9000), [0x5000]);
        assert_eq!(found(0x20_0000, 0x1000), [] as [u64; 0]);
        let all: Vec<&Segment> = segments.iter().collect();
        assert_eq!(
            segment_at(&all, 0xd00).map(|segment| segment.address),
            Ok(0x1c80)
        );
        assert_eq!(
            segment_at(&all, 0x3000),
            Err(BaseError::NoSegmentAt(0x3000))
        );
    }
}
