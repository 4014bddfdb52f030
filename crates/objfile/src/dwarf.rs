//! DWARF: code that is not Go's.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use gimli::{EndianArcSlice, Reader, RunTimeEndian};
use object::{CompressionFormat, Object, ObjectSection};

use crate::binary::Binary;
use crate::frames::Frame;

type Slice = EndianArcSlice<RunTimeEndian>;

/// The debug sections of one binary, with an index of their units.
pub(crate) struct DebugInfo {
    context: addr2line::Context<Slice>,
}

impl std::fmt::Debug for DebugInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DebugInfo")
    }
}

impl Binary {
    fn debug_info(&self) -> Option<&DebugInfo> {
        self.dwarf
            .get_or_init(|| load(self).map(Box::new))
            .as_deref()
    }

    /// All calls at an address, with inlined ones.
    pub(crate) fn dwarf_frames(&self, address: u64) -> Vec<Frame<'_>> {
        let Some(info) = self.debug_info() else {
            return Vec::new();
        };
        let Ok(mut found) = info.context.find_frames(address).skip_all_loads() else {
            return Vec::new();
        };
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = found.next() {
            let name = frame
                .function
                .as_ref()
                .and_then(|name| name.raw_name().ok());
            let location = frame.location.as_ref();
            let number = |number: Option<u32>| i64::from(number.unwrap_or(0));
            frames.push(Frame {
                function: Cow::Owned(name.map_or_else(String::new, Cow::into_owned)),
                file: Cow::Owned(
                    location
                        .and_then(|at| at.file)
                        .unwrap_or_default()
                        .to_owned(),
                ),
                line: number(location.and_then(|at| at.line)),
                column: number(location.and_then(|at| at.column)),
                start_line: 0,
                inlined: true,
            });
        }
        if let Some(outermost) = frames.last_mut() {
            outermost.inlined = false;
        }
        frames.retain(|frame| !frame.function.is_empty() || !frame.file.is_empty());
        frames
    }

    /// One frame: the plain name of the physical function, and the line of the innermost call.
    pub(crate) fn dwarf_frame_as_go_tool(&self, address: u64) -> Option<Frame<'_>> {
        let context = &self.debug_info()?.context;
        let location = context.find_location(address).ok()??;
        let file = location.file.unwrap_or_default().to_owned();
        let line = location.line.unwrap_or(0).into();
        let name = subprogram_name(context, address).unwrap_or_default();
        Some(Frame {
            function: name.into(),
            file: file.into(),
            line,
            ..Frame::default()
        })
    }
}

/// `DW_AT_name` of the first function of the unit that covers the address.
fn subprogram_name(context: &addr2line::Context<Slice>, address: u64) -> Option<String> {
    let unit = context.find_dwarf_and_unit(address).skip_all_loads()?;
    let mut entries = unit.entries();
    while let Ok(Some(entry)) = entries.next_dfs() {
        if entry.tag() != gimli::DW_TAG_subprogram {
            continue;
        }
        let mut ranges = unit.die_ranges(entry).ok()?;
        while let Ok(Some(range)) = ranges.next() {
            if range.begin <= address && address < range.end {
                let name = entry.attr_value(gimli::DW_AT_name)?;
                let name = unit.attr_string(name).ok()?;
                return name.to_string_lossy().ok().map(Cow::into_owned);
            }
        }
    }
    None
}

fn load(binary: &Binary) -> Option<DebugInfo> {
    let context = addr2line::Context::from_dwarf(sections(binary)?).ok()?;
    Some(DebugInfo { context })
}

fn sections(binary: &Binary) -> Option<gimli::Dwarf<Slice>> {
    let file = object::File::parse(binary.bytes()).ok()?;
    let endian = if binary.little_endian {
        RunTimeEndian::Little
    } else {
        RunTimeEndian::Big
    };
    let mut found = false;
    let load = |id: gimli::SectionId| -> Result<Slice, gimli::Error> {
        let bytes = debug_section(&file, id.name()).unwrap_or_default();
        found |= id == gimli::SectionId::DebugInfo && !bytes.is_empty();
        Ok(EndianArcSlice::new(Arc::from(bytes), endian))
    };
    let dwarf = gimli::Dwarf::load(load).ok()?;
    found.then_some(dwarf)
}

/// The bytes of one debug section, `.debug_info` in whatever format.
pub(crate) fn section_bytes<'a>(binary: &'a Binary, name: &str) -> Option<Cow<'a, [u8]>> {
    let file = object::File::parse(binary.bytes()).ok()?;
    debug_section(&file, name)
}

fn debug_section<'a>(file: &object::File<'a>, name: &str) -> Option<Cow<'a, [u8]>> {
    if let Some(section) = file.section_by_name(name) {
        return uncompressed(&section);
    }
    // Go's linker compresses PE's sections as ELF's once were, which `object` supports for ELF and Mach-O alone.
    let section = file.section_by_name(&format!(".z{}", name.strip_prefix('.')?))?;
    let data = section.data().ok()?.strip_prefix(b"ZLIB")?;
    let (size, data) = data.split_first_chunk::<8>()?;
    inflate(data, u64::from_be_bytes(*size))
}

/// The bytes of a section, inflated if need be.
fn uncompressed<'data>(section: &impl ObjectSection<'data>) -> Option<Cow<'data, [u8]>> {
    let data = section.compressed_data().ok()?;
    match data.format {
        CompressionFormat::None => Some(Cow::Borrowed(data.data)),
        CompressionFormat::Zlib => inflate(data.data, data.uncompressed_size),
        _ => None,
    }
}

/// The size that is claimed is compared with what deflate can reach at all, about a thousandfold.
fn inflate(data: &[u8], size: u64) -> Option<Cow<'static, [u8]>> {
    const MAX_RATIO: u64 = 1032;
    let limit = size.min((data.len() as u64).saturating_mul(MAX_RATIO));
    let mut bytes = Vec::new();
    flate2::read::ZlibDecoder::new(data)
        .take(limit)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(Cow::Owned(bytes))
}
