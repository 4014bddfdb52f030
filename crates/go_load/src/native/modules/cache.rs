//! The module cache, read only.

use std::path::{Path, PathBuf};

use go_syntax::module::{ModFile, ModuleVersion};

/// A path or version as the cache writes it on file systems that fold case: `!` before each capital,
/// which is made small.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

/// The folder with a module's files.
pub(super) fn folder(cache: &Path, path: &str, version: &str) -> PathBuf {
    cache.join(format!("{}@{}", escape(path), escape(version)))
}

/// The module's `go.mod`, kept beside its archive.
pub(super) fn mod_file(cache: &Path, path: &str, version: &str) -> PathBuf {
    let (path, version) = (escape(path), escape(version));
    cache.join(format!("cache/download/{path}/@v/{version}.mod"))
}

/// What counts of the `go.mod` of a module that is not a main one.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) go: Option<String>,
    pub(super) requires: Vec<ModuleVersion>,
    pub(super) ignores: Vec<String>,
}

impl From<ModFile> for Summary {
    fn from(file: ModFile) -> Self {
        let requires = file.requires.into_iter();
        Self {
            go: file.go,
            requires: requires.map(|require| require.module).collect(),
            ignores: file.ignores,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_escaped() {
        let cache = Path::new("/c");
        let folder = folder(cache, "github.com/Azure/Go", "v1.0.0-RC1");
        assert_eq!(folder, Path::new("/c/github.com/!azure/!go@v1.0.0-!r!c1"));
        let file = mod_file(cache, "a/B", "v1.0.0");
        assert_eq!(file, Path::new("/c/cache/download/a/!b/@v/v1.0.0.mod"));
    }
}
