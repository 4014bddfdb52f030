//! A compiled file, opened from its bytes: what it is, where its code and data lie.

mod build_id;
mod fat;
mod layout;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

pub use layout::{Kind, Section, Segment};

use crate::dwarf::DebugInfo;
use crate::pclntab::{Pclntab, Place, locate};
use crate::symbols::{RawSymbols, Symbols};

/// Why bytes cannot be opened as a binary.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    #[error("unrecognized object file")]
    Unrecognized,
    #[error("malformed {format}: {reason}")]
    Malformed { format: Format, reason: String },
    #[error("no {wanted} in the fat file, only {}", found.join(", "))]
    NoArch { wanted: String, found: Vec<String> },
}

/// The format of an object file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Elf,
    MachO,
    Pe,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Format::Elf => "ELF",
            Format::MachO => "Mach-O",
            Format::Pe => "PE",
        })
    }
}

/// The processor, by Go's name where Go has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    X86,
    Amd64,
    Arm,
    Arm64,
    Loong64,
    Ppc64,
    Ppc64le,
    Riscv64,
    S390x,
    Other,
}

impl Arch {
    /// GOARCH, or the empty string.
    pub fn goarch(self) -> &'static str {
        match self {
            Arch::X86 => "386",
            Arch::Amd64 => "amd64",
            Arch::Arm => "arm",
            Arch::Arm64 => "arm64",
            Arch::Loong64 => "loong64",
            Arch::Ppc64 => "ppc64",
            Arch::Ppc64le => "ppc64le",
            Arch::Riscv64 => "riscv64",
            Arch::S390x => "s390x",
            Arch::Other => "",
        }
    }
}

/// An executable, shared library, or relocatable object. Symbols, pclntab and DWARF are read when
/// first asked for and kept.
#[derive(Debug)]
pub struct Binary {
    data: Vec<u8>,
    /// The part of `data` that is the object: all of it, or one slice of a fat Mach-O.
    image: Range<usize>,
    pub format: Format,
    pub kind: Kind,
    pub arch: Arch,
    pub little_endian: bool,
    /// 4 or 8.
    pub pointer_size: u8,
    /// PE's preferred load address; 0 elsewhere.
    pub image_base: u64,
    /// In file order. The index is the object's section index less one.
    pub sections: Vec<Section>,
    /// Loadable segments in file order: PT_LOAD, LC_SEGMENT; none in PE.
    pub segments: Vec<Segment>,
    /// ELF's dynamic section within [`Binary::bytes`].
    pub(crate) dynamic: Range<usize>,
    symbols: OnceLock<RawSymbols>,
    dynamic_symbols: OnceLock<RawSymbols>,
    pclntab: OnceLock<Option<Place>>,
    /// See [`Pclntab::wrapper_id`].
    wrapper_id: OnceLock<Option<u8>>,
    pub(crate) dwarf: OnceLock<Option<Box<DebugInfo>>>,
}

impl Binary {
    /// Opens the bytes of a whole file. Of a fat Mach-O the slice for this machine's processor is
    /// taken, else the first one; see [`Binary::open_arch`].
    pub fn open(data: Vec<u8>) -> Result<Binary, Error> {
        let image = fat::slice(&data, None)?;
        layout::open(data, image)
    }

    /// As [`Binary::open`], with the wanted GOARCH if the file is fat.
    pub fn open_arch(data: Vec<u8>, goarch: &str) -> Result<Binary, Error> {
        let image = fat::slice(&data, Some(goarch))?;
        layout::open(data, image)
    }

    /// The bytes of the object; of a fat file only its own slice.
    pub fn bytes(&self) -> &[u8] {
        self.data.get(self.image.clone()).unwrap_or_default()
    }

    /// The first section of that name; Mach-O names are without their segment (`__text`).
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The bytes a section has in the file: none for `.bss`, compressed ones as they are.
    pub fn section_bytes(&self, section: &Section) -> &[u8] {
        self.bytes().get(section.file.clone()).unwrap_or_default()
    }

    /// The main code section with its address.
    pub fn text(&self) -> Option<(u64, &[u8])> {
        let name = if self.format == Format::MachO {
            "__text"
        } else {
            ".text"
        };
        let section = self.section(name)?;
        Some((section.address, self.section_bytes(section)))
    }

    /// The file's bytes from an address on, up to the end of its section or segment.
    pub fn bytes_at(&self, address: u64) -> Option<&[u8]> {
        let in_file = |start: u64, file: &Range<usize>| {
            let skip = usize::try_from(address.checked_sub(start)?).ok()?;
            (skip < file.len()).then(|| self.bytes().get(file.start + skip..file.end))?
        };
        let in_section = |s: &Section| s.alloc.then(|| in_file(s.address, &s.file)).flatten();
        let in_segment = |s: &Segment| in_file(s.address, &s.file);
        (self.sections.iter().find_map(in_section))
            .or_else(|| self.segments.iter().find_map(in_segment))
    }

    /// The GNU build id as lower-case hex; of Mach-O the UUID. pprof compares it with a mapping's.
    pub fn gnu_build_id(&self) -> Option<String> {
        build_id::gnu(self)
    }

    /// The id the Go linker wrote (`a/b/c/d`).
    pub fn go_build_id(&self) -> Option<String> {
        build_id::go(self)
    }

    /// All symbols, by address.
    pub fn symbols(&self) -> Symbols<'_> {
        let raw = self.symbols.get_or_init(|| RawSymbols::read(self));
        Symbols::new(self.bytes(), raw)
    }

    /// What the dynamic linker knows about, by address: of a stripped library all there is.
    pub(crate) fn dynamic_symbols(&self) -> Symbols<'_> {
        let read = || RawSymbols::read_dynamic(self);
        Symbols::new(self.bytes(), self.dynamic_symbols.get_or_init(read))
    }

    /// Go's table of functions and lines; `None` if this is not a Go program.
    pub fn pclntab(&self) -> Option<Pclntab<'_>> {
        let place = self.pclntab.get_or_init(|| locate::find(self)).as_ref()?;
        place.open(self)
    }

    pub(crate) fn wrapper_id(&self) -> Option<u8> {
        (self.wrapper_id)
            .get_or_init(|| self.pclntab().and_then(Pclntab::wrapper_id))
            .to_owned()
    }

    pub(crate) fn u32_at(&self, bytes: &[u8], offset: usize) -> Option<u32> {
        let word = bytes.get(offset..)?.first_chunk::<4>()?;
        Some(if self.little_endian {
            u32::from_le_bytes(*word)
        } else {
            u32::from_be_bytes(*word)
        })
    }

    /// A word of the pointer's size.
    pub(crate) fn pointer_at(&self, bytes: &[u8], offset: usize) -> Option<u64> {
        if self.pointer_size == 4 {
            return self.u32_at(bytes, offset).map(u64::from);
        }
        let word = bytes.get(offset..)?.first_chunk::<8>()?;
        Some(if self.little_endian {
            u64::from_le_bytes(*word)
        } else {
            u64::from_be_bytes(*word)
        })
    }
}

/// Text as the file has it; what is not UTF-8 becomes U+FFFD.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
