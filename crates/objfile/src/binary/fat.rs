//! Fat Mach-O files: several objects, one per processor, behind one table.

use std::ops::Range;

use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};

use super::{Arch, Error, Format, layout};

/// The part of `data` to open: all of it unless it is fat.
pub(super) fn slice(data: &[u8], goarch: Option<&str>) -> Result<Range<usize>, Error> {
    let arches = match data.first_chunk::<4>() {
        Some([0xca, 0xfe, 0xba, 0xbe]) => match MachOFatFile32::parse(data) {
            Ok(file) => arches(file.arches(), data.len()),
            Err(error) => return Err(malformed(&error)),
        },
        Some([0xca, 0xfe, 0xba, 0xbf]) => match MachOFatFile64::parse(data) {
            Ok(file) => arches(file.arches(), data.len()),
            Err(error) => return Err(malformed(&error)),
        },
        _ => return Ok(0..data.len()),
    };
    let named = |wanted: &str| arches.iter().find(|(arch, _)| arch.goarch() == wanted);
    let chosen = match goarch {
        Some(wanted) => named(wanted),
        None => named(host()).or_else(|| arches.first()),
    };
    match chosen {
        Some((_, range)) => Ok(range.clone()),
        None => Err(Error::NoArch {
            wanted: goarch.unwrap_or("object").to_owned(),
            found: arches
                .iter()
                .map(|(arch, _)| arch.goarch().to_owned())
                .collect(),
        }),
    }
}

fn host() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    }
}

fn malformed(error: &object::Error) -> Error {
    Error::Malformed {
        format: Format::MachO,
        reason: error.to_string(),
    }
}

fn arches<F: FatArch>(arches: &[F], len: usize) -> Vec<(Arch, Range<usize>)> {
    let range = |arch: &F| {
        let (offset, size) = arch.file_range();
        let start = usize::try_from(offset).ok()?;
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        (end <= len).then_some((layout::arch(arch.architecture(), true), start..end))
    };
    arches.iter().filter_map(range).collect()
}
