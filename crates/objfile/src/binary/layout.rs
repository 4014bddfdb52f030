//! Headers of the three formats, read into one shape.

use std::ops::Range;
use std::sync::OnceLock;

use object::{Architecture, Object, ObjectSection, ObjectSegment, SectionFlags, SegmentFlags};

use super::{Arch, Binary, Error, Format, text_of};

/// What the file is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Loaded where it was linked (ET_EXEC; every Mach-O and PE executable counts here).
    Exec,
    /// Position-independent: a PIE or a shared library.
    Dyn,
    /// Not yet linked: an object, a kernel module.
    Rel,
    Other,
}

/// A part of the file by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    pub name: String,
    /// Mach-O's segment (`__TEXT`), else empty.
    pub segment: String,
    /// Where it is linked to be; PE: with the image base added.
    pub address: u64,
    /// In memory.
    pub size: u64,
    /// Its bytes within [`Binary::bytes`].
    pub file: Range<usize>,
    /// Part of the running program.
    pub alloc: bool,
    pub writable: bool,
    pub executable: bool,
    /// nm's letter for a global symbol of this section: `T`, `R`, `D`, `B` or `?`.
    pub code: char,
}

/// A part of the file that is loaded as a whole: an ELF program header, a Mach-O segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    pub name: String,
    /// Where it is linked to be.
    pub address: u64,
    /// In memory.
    pub size: u64,
    /// As the header says; never 0.
    pub align: u64,
    /// As the header says, even if the file is shorter.
    pub file_offset: u64,
    pub file_size: u64,
    /// Its bytes within [`Binary::bytes`].
    pub file: Range<usize>,
    pub executable: bool,
}

pub(super) fn open(data: Vec<u8>, image: Range<usize>) -> Result<Binary, Error> {
    let bytes = data.get(image.clone()).unwrap_or_default();
    let format = match object::FileKind::parse(bytes) {
        Ok(object::FileKind::Elf32 | object::FileKind::Elf64) => Format::Elf,
        Ok(object::FileKind::MachO32 | object::FileKind::MachO64) => Format::MachO,
        Ok(object::FileKind::Pe32 | object::FileKind::Pe64) => Format::Pe,
        _ => return Err(Error::Unrecognized),
    };
    let file = object::File::parse(bytes).map_err(|error| Error::Malformed {
        format,
        reason: error.to_string(),
    })?;
    let len = bytes.len();
    let little_endian = file.is_little_endian();
    Ok(Binary {
        format,
        kind: kind(&file, bytes),
        arch: arch(file.architecture(), little_endian),
        little_endian,
        pointer_size: if file.is_64() { 8 } else { 4 },
        image_base: if format == Format::Pe {
            file.relative_address_base()
        } else {
            0
        },
        sections: file
            .sections()
            .map(|section| read_section(&section, len))
            .collect(),
        segments: match format {
            Format::Pe => Vec::new(),
            _ => file
                .segments()
                .map(|segment| read_segment(&segment, len))
                .collect(),
        },
        dynamic: dynamic(&file, len),
        symbols: OnceLock::new(),
        dynamic_symbols: OnceLock::new(),
        pclntab: OnceLock::new(),
        wrapper_id: OnceLock::new(),
        dwarf: OnceLock::new(),
        image,
        data,
    })
}

/// Where ELF tells the dynamic linker what to do; empty if there is nothing.
fn dynamic(file: &object::File<'_>, len: usize) -> Range<usize> {
    use object::elf::PT_DYNAMIC;
    use object::read::elf::ProgramHeader;
    let endian = file.endianness();
    let place = match file {
        object::File::Elf32(elf) => {
            let mut headers = elf.elf_program_headers().iter();
            headers
                .find(|header| header.p_type(endian) == PT_DYNAMIC)
                .map(|header| {
                    (
                        header.p_offset(endian).into(),
                        header.p_filesz(endian).into(),
                    )
                })
        }
        object::File::Elf64(elf) => {
            let mut headers = elf.elf_program_headers().iter();
            headers
                .find(|header| header.p_type(endian) == PT_DYNAMIC)
                .map(|header| (header.p_offset(endian), header.p_filesz(endian)))
        }
        _ => None,
    };
    place.map_or(0..0, |(offset, size)| clip(offset, size, len))
}

/// ELF's type is read from the header itself: whether a file is a PIE or a library does not matter
/// here, whether it is linked to fixed addresses does.
fn kind(file: &object::File<'_>, bytes: &[u8]) -> Kind {
    if !matches!(file, object::File::Elf32(_) | object::File::Elf64(_)) {
        return match file.kind() {
            object::ObjectKind::Executable => Kind::Exec,
            object::ObjectKind::Dynamic => Kind::Dyn,
            object::ObjectKind::Relocatable => Kind::Rel,
            _ => Kind::Other,
        };
    }
    let e_type = bytes.get(16..18).map_or(0, |word| {
        let word = [word[0], word[1]];
        if file.is_little_endian() {
            u16::from_le_bytes(word)
        } else {
            u16::from_be_bytes(word)
        }
    });
    match e_type {
        1 => Kind::Rel,
        2 => Kind::Exec,
        3 => Kind::Dyn,
        _ => Kind::Other,
    }
}

pub(super) fn arch(arch: Architecture, little_endian: bool) -> Arch {
    match arch {
        Architecture::I386 => Arch::X86,
        Architecture::X86_64 => Arch::Amd64,
        Architecture::Arm => Arch::Arm,
        Architecture::Aarch64 => Arch::Arm64,
        Architecture::LoongArch64 => Arch::Loong64,
        Architecture::PowerPc64 if little_endian => Arch::Ppc64le,
        Architecture::PowerPc64 => Arch::Ppc64,
        Architecture::Riscv64 => Arch::Riscv64,
        Architecture::S390x => Arch::S390x,
        _ => Arch::Other,
    }
}

fn read_section<'data>(section: &impl ObjectSection<'data>, len: usize) -> Section {
    let name = text_of(section.name_bytes().unwrap_or_default()).into_owned();
    let segment = section.segment_name_bytes().ok().flatten();
    let segment = segment
        .map(|name| text_of(name).into_owned())
        .unwrap_or_default();
    let file = section
        .file_range()
        .map_or(0..0, |(offset, size)| clip(offset, size, len));
    let (alloc, writable, executable, code) = match section.flags() {
        SectionFlags::Elf { sh_type, sh_flags } => elf_flags(sh_type.0, sh_flags.0),
        SectionFlags::Coff { characteristics } => coff_flags(characteristics.0),
        _ => macho_flags(&segment, &name),
    };
    Section {
        address: section.address(),
        size: section.size(),
        name,
        segment,
        file,
        alloc,
        writable,
        executable,
        code,
    }
}

fn elf_flags(sh_type: u32, sh_flags: u64) -> (bool, bool, bool, char) {
    const NOBITS: u32 = 8;
    let [write, alloc, exec] = [1, 2, 4].map(|bit| sh_flags & bit != 0);
    let code = match (alloc, write, exec) {
        (true, false, true) => 'T',
        (true, false, false) => 'R',
        (true, true, false) if sh_type == NOBITS => 'B',
        (true, true, false) => 'D',
        _ => '?',
    };
    (alloc, write, exec, code)
}

/// The `D` of a PE section may become `B` per symbol: past `runtime.bss`, or past its file size.
fn coff_flags(characteristics: u32) -> (bool, bool, bool, char) {
    let [text, data, bss, write] =
        [0x20, 0x40, 0x80, 0x8000_0000_u32].map(|bit| characteristics & bit != 0);
    let code = match () {
        () if text => 'T',
        () if data && !write => 'R',
        () if data => 'D',
        () if bss => 'B',
        () => '?',
    };
    (true, write, text, code)
}

fn macho_flags(segment: &str, name: &str) -> (bool, bool, bool, char) {
    let code = match (segment, name) {
        ("__TEXT", "__text") => 'T',
        ("__DATA", "__bss" | "__noptrbss") => 'B',
        ("__TEXT" | "__DATA_CONST", _) => 'R',
        ("__DATA", _) => 'D',
        _ => '?',
    };
    (segment != "__DWARF", segment == "__DATA", code == 'T', code)
}

fn read_segment<'data>(segment: &impl ObjectSegment<'data>, len: usize) -> Segment {
    let (file_offset, file_size) = segment.file_range();
    let name = segment.name_bytes().ok().flatten().unwrap_or_default();
    let executable = match segment.flags() {
        SegmentFlags::Elf { p_flags, .. } => p_flags.0 & 1 != 0,
        SegmentFlags::MachO { initprot, .. } => initprot.0 & 4 != 0,
        _ => false,
    };
    Segment {
        name: text_of(name).into_owned(),
        address: segment.address(),
        size: segment.size(),
        align: segment.align().max(1),
        file_offset,
        file_size,
        file: clip(file_offset, file_size, len),
        executable,
    }
}

/// A range of the file, cut where the file ends.
fn clip(offset: u64, size: u64, len: usize) -> Range<usize> {
    let start = usize::try_from(offset).unwrap_or(len).min(len);
    let size = usize::try_from(size).unwrap_or(len);
    start..start.saturating_add(size).min(len)
}
