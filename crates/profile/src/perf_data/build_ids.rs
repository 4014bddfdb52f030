//! The build ids of binaries, which perf writes behind the records when it ends.

use rustc_hash::FxHashMap;

use super::records::Cursor;

/// Place of the feature bits in the header, after three sections and two words.
const FEATURES: usize = 72;
/// The feature that holds build ids.
const BUILD_ID: u32 = 2;
/// `misc` of an entry: it says how long its id is.
const HAS_SIZE: u16 = 1 << 15;

/// In hexadecimal, by the file's path; empty if the file has none or is damaged.
pub(super) fn read<'a>(file: &'a [u8], is_big_endian: bool) -> FxHashMap<&'a [u8], String> {
    let mut ids = FxHashMap::default();
    let cursor = |bytes: &'a [u8]| Cursor {
        bytes,
        is_big_endian,
    };
    let section = || {
        let bits = cursor(file.get(FEATURES..)?).u64()?;
        if bits & (1 << BUILD_ID) == 0 {
            return None;
        }
        // Behind the records lies a table with an entry per feature, by their number.
        let mut data = cursor(file.get(40..)?);
        let end = data.u64()?.checked_add(data.u64()?)?;
        let before = (bits & ((1 << BUILD_ID) - 1)).count_ones();
        let entry = usize::try_from(end)
            .ok()?
            .checked_add(before as usize * 16)?;
        cursor(file.get(entry..)?).section(file)
    };
    let mut section = cursor(section().unwrap_or_default());
    while let Some((path, id)) = entry(&mut section) {
        ids.insert(path, id);
    }
    ids
}

/// A header, the process, 20 bytes of id with their number, and the path.
fn entry<'a>(section: &mut Cursor<'a>) -> Option<(&'a [u8], String)> {
    let (_kind, misc, size) = (section.u32()?, section.u16()?, section.u16()?);
    let mut body = Cursor {
        bytes: section.take(usize::from(size).checked_sub(8)?)?,
        ..*section
    };
    body.take(4)?;
    let id = body.take(24)?;
    let len = if misc & HAS_SIZE != 0 {
        usize::from(id[20]).min(20)
    } else {
        20
    };
    Some((body.text(), hex(&id[..len])))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
