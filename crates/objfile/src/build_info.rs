//! What the Go linker notes of a program's origin: its Go version and modules, as `go version -m` shows them.
//!
//! ```text
//! 0   "\xff Go buildinf:" pointer size, flags (2: the texts follow here)
//! 32  varint length, Go version
//!     varint length, 16 bytes, lines of key TAB value…, 16 bytes
//! ```
//!
//! Before Go 1.18 the texts lay elsewhere; such binaries are not read. Source: debug/buildinfo, go1.27.3.

use crate::binary::{Binary, text_of};

const MAGIC: &[u8] = b"\xff Go buildinf:";
const TEXTS: usize = 32;
const FLAGS: usize = 15;
const INLINE_TEXTS: u8 = 2;
/// Marks around the lines.
const MARK: usize = 16;

/// Where a program comes from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BuildInfo {
    /// `go1.27.3`, possibly with experiments behind it.
    pub go_version: String,
    /// Import path of the main package; empty if not noted.
    pub path: String,
    /// Path of the main module; empty outside of modules.
    pub module: String,
}

impl Binary {
    /// `None` if this is not a Go program, or one of Go before 1.18.
    pub fn build_info(&self) -> Option<BuildInfo> {
        let named = [".go.buildinfo", "__go_buildinfo"];
        let section = named.iter().find_map(|name| self.section(name));
        let bytes = match section {
            Some(section) => self.section_bytes(section),
            None => self.bytes(),
        };
        memchr::memmem::find_iter(bytes, MAGIC).find_map(|at| read(&bytes[at..]))
    }
}

fn read(bytes: &[u8]) -> Option<BuildInfo> {
    if bytes.get(FLAGS)? & INLINE_TEXTS == 0 {
        return None;
    }
    let (go_version, rest) = text(bytes.get(TEXTS..)?)?;
    let mut info = BuildInfo {
        go_version: text_of(go_version).into_owned(),
        ..BuildInfo::default()
    };
    let lines = text(rest).map(|(lines, _)| lines).unwrap_or_default();
    let lines = lines.get(MARK..lines.len().saturating_sub(MARK));
    for line in text_of(lines.unwrap_or_default()).lines() {
        let mut words = line.split('\t');
        match (words.next(), words.next()) {
            (Some("path"), Some(path)) => path.clone_into(&mut info.path),
            (Some("mod"), Some(module)) => module.clone_into(&mut info.module),
            _ => {}
        }
    }
    Some(info)
}

/// A text with its length before it, and what follows.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut len = 0_u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        len |= u64::from(byte & 0x7f).checked_shl(7 * index as u32)?;
        if byte & 0x80 == 0 {
            let rest = &bytes[index + 1..];
            return rest.split_at_checked(usize::try_from(len).ok()?);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_modules_are_read() {
        let lines = "path\texample.org/m/cmd/x\nmod\texample.org/m\tv1.2.3\th1:=\ndep\tother\tv1\n";
        let lines = format!("{0}{lines}{0}", "0123456789abcdef");
        let mut bytes = MAGIC.to_vec();
        bytes.extend([8, INLINE_TEXTS]);
        bytes.resize(TEXTS, 0);
        bytes.extend(b"\x08go1.27.3");
        bytes.push(lines.len() as u8);
        bytes.extend(lines.as_bytes());
        let info = BuildInfo {
            go_version: "go1.27.3".to_owned(),
            path: "example.org/m/cmd/x".to_owned(),
            module: "example.org/m".to_owned(),
        };
        assert_eq!(read(&bytes), Some(info));
        for len in 0..bytes.len() {
            read(&bytes[..len]);
        }
    }
}
