//! The wheel: no Python in it, only the binary among its scripts.

use base::System as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::archive::{Entry, zip};
use super::{Platform, Release};
use crate::repo::Repo;

impl Release {
    /// Name and content.
    pub(super) fn wheel(&self, repo: &Repo) -> anyhow::Result<(String, Vec<u8>)> {
        let version = &self.version;
        let tag = format!("py3-none-{}", self.wheel_platform());
        let info = format!("goperf-{version}.dist-info");
        let readme = repo.system.read_to_string(&repo.path("README.md"))?;
        let mut entries = vec![Entry::program(
            format!("goperf-{version}.data/scripts/{}", self.program()),
            self.binary.clone(),
        )];
        for file in self.licence_files(repo)? {
            entries.push(Entry {
                path: format!("{info}/licenses/{}", file.path),
                ..file
            });
        }
        let metadata = format!(
            "Metadata-Version: 2.4\nName: goperf\nVersion: {version}\nSummary: The performance toolkit for Go programs\n\
             License-Expression: Apache-2.0 OR MIT\nRequires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n{readme}"
        );
        entries.push(Entry::file(format!("{info}/METADATA"), metadata));
        let wheel = format!(
            "Wheel-Version: 1.0\nGenerator: goperf-xtask {version}\nRoot-Is-Purelib: false\nTag: {tag}\n"
        );
        entries.push(Entry::file(format!("{info}/WHEEL"), wheel));
        let mut record = String::new();
        for entry in &entries {
            let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&entry.content));
            record += &format!("{},sha256={hash},{}\n", entry.path, entry.content.len());
        }
        record += &format!("{info}/RECORD,,\n");
        entries.push(Entry::file(format!("{info}/RECORD"), record));
        Ok((format!("goperf-{version}-{tag}.whl"), zip(&entries)?))
    }

    /// Which systems the binary runs on, in the words of wheels.
    fn wheel_platform(&self) -> String {
        let Platform {
            os,
            wheel_arch,
            is_musl,
            ..
        } = self.platform;
        match os {
            // Static: it runs with either C library.
            "linux" if is_musl => {
                format!(
                    "manylinux_2_17_{wheel_arch}.manylinux2014_{wheel_arch}.musllinux_1_1_{wheel_arch}"
                )
            }
            "linux" => {
                let (major, minor) = newest_glibc(&self.binary).unwrap_or((2, 17)).max((2, 17));
                format!("manylinux_{major}_{minor}_{wheel_arch}")
            }
            "darwin" => format!("macosx_11_0_{wheel_arch}"),
            _ => format!("win_{wheel_arch}"),
        }
    }
}

/// The newest version of the C library that a binary asks for.
fn newest_glibc(binary: &[u8]) -> Option<(u32, u32)> {
    const MARK: &[u8] = b"GLIBC_";
    let mut newest = None;
    let mut rest = binary;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        rest = &rest[at + MARK.len()..];
        let end = rest
            .iter()
            .position(|byte| !byte.is_ascii_digit() && *byte != b'.')
            .unwrap_or(rest.len());
        let text = String::from_utf8_lossy(&rest[..end]);
        let mut numbers = text.split('.').filter_map(|part| part.parse().ok());
        if let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) {
            newest = newest.max(Some((major, minor)));
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_of_the_c_library_counts() {
        let binary = b"..GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_PRIVATE\0GLIBC_2.9\0";
        assert_eq!(newest_glibc(binary), Some((2, 34)));
        assert_eq!(newest_glibc(b"static"), None);
    }

    #[test]
    fn hashes_are_written_as_wheels_want_them() {
        assert_eq!(URL_SAFE_NO_PAD.encode([0xfb, 0xff]), "-_8");
        assert_eq!(URL_SAFE_NO_PAD.encode(b"abc"), "YWJj");
    }
}
