//! GOROOT by another name.
//!
//! The go command refuses overlays of files in its module cache, where downloaded toolchains lie, so
//! those are used through a link. Tests must not notice: their environment and their output have the
//! real name.

use std::path::Path;

use leak::Group;

/// The link's name of GOROOT and the real one.
pub(super) struct Link {
    pub(super) link: String,
    real: String,
}

impl Link {
    /// `None` if GOROOT is used by its own name.
    pub(super) fn of(used: &Path, real: &Path) -> Option<Self> {
        (used != real).then(|| Self {
            link: used.to_string_lossy().into_owned(),
            real: real.to_string_lossy().into_owned(),
        })
    }

    /// The flag of `go test` that runs test binaries with the environment they would have.
    pub(super) fn exec(&self, toolchain: Option<&str>) -> String {
        let toolchain = match toolchain {
            Some(value) => quoted(&format!("GOTOOLCHAIN={value}")),
            None => "-u GOTOOLCHAIN".to_owned(),
        };
        // Options of `env` come first.
        let goroot = quoted(&format!("GOROOT={}", self.real));
        format!("-exec=env {toolchain} {goroot}")
    }

    /// Output with the real name. A name that is cut in two by the end of `bytes` stays: the go
    /// command writes whole lines.
    pub(super) fn undo(&self, bytes: &[u8]) -> Vec<u8> {
        let (link, real) = (self.link.as_bytes(), self.real.as_bytes());
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(at) = find(rest, link) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(real);
            rest = &rest[at + link.len()..];
        }
        out.extend_from_slice(rest);
        out
    }

    /// The real name in the files of a group.
    pub(super) fn undo_in(&self, group: &mut Group) {
        let by = group.created_by.iter_mut().map(|by| &mut by.frame);
        for frame in group.frames.iter_mut().chain(by) {
            if let Some(rest) = frame.file.strip_prefix(self.link.as_str()) {
                frame.file = format!("{}{rest}", self.real).into();
            }
        }
    }
}

/// As the go command splits the value of a flag.
fn quoted(word: &str) -> String {
    if word.contains(char::is_whitespace) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len().max(1))
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_and_environment_have_the_real_name() {
        let link = Link::of(Path::new("/c/goroot"), Path::new("/m/go 1")).unwrap();
        let text = b"\t/c/goroot/src/a.go:1\n\t/c/goroot/src/b.go:2\n/c/x";
        assert_eq!(
            link.undo(text),
            b"\t/m/go 1/src/a.go:1\n\t/m/go 1/src/b.go:2\n/c/x"
        );
        assert_eq!(link.exec(None), "-exec=env -u GOTOOLCHAIN 'GOROOT=/m/go 1'");
        assert!(Link::of(Path::new("/go"), Path::new("/go")).is_none());
    }
}
