//! Build ids: the linker's GNU note, Go's own.

use object::Object;

use super::{Binary, Format, text_of};

pub(super) fn gnu(binary: &Binary) -> Option<String> {
    let file = object::File::parse(binary.bytes()).ok()?;
    let id: Vec<u8> = match binary.format {
        Format::MachO => file.mach_uuid().ok()??.to_vec(),
        _ => file.build_id().ok()??.to_vec(),
    };
    Some(hex(&id))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
    bytes.iter().flat_map(digits).map(char::from).collect()
}

/// ELF has a note of type 4 and name `Go`. Elsewhere the id is text at the very start of the code,
/// between two marks that are no instructions. Source: cmd/internal/buildid.
pub(super) fn go(binary: &Binary) -> Option<String> {
    const START: &[u8] = b"\xff Go build ID: \"";
    const END: &[u8] = b"\"\n \xff";
    if let Some(section) = binary.section(".note.go.buildid") {
        let note = binary.section_bytes(section);
        let [name_len, id_len, kind] = [0, 4, 8].map(|at| binary.u32_at(note, at));
        if name_len? != 4 || kind? != 4 {
            return None;
        }
        let id = note.get(16..)?.get(..id_len? as usize)?;
        return Some(text_of(id).into_owned());
    }
    let (_, text) = binary.text()?;
    let head = text.get(..text.len().min(4096))?;
    let start = memchr::memmem::find(head, START)? + START.len();
    let id = head.get(start..)?;
    let end = memchr::memmem::find(id, END)?;
    Some(text_of(id.get(..end)?).into_owned())
}
