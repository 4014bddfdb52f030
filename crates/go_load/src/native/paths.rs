//! Paths as the go command handles them: by their text.

use std::path::{Component, Path, PathBuf};

/// Without `.`, `..` and double slashes, without a look at the disk.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match cleaned.components().next_back() {
                Some(Component::Normal(_)) => {
                    cleaned.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => cleaned.push(".."),
            },
            _ => cleaned.push(component),
        }
    }
    if cleaned.as_os_str().is_empty() {
        cleaned.push(".");
    }
    cleaned
}

/// Names that Windows keeps for devices.
const DEVICES: &[&str] = &[
    "CON", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "NUL", "PRN", "AUX",
];

/// The part of a file's name that means a device on Windows, if it does.
pub(super) fn device(name: &str) -> Option<&str> {
    let stem = name.split('.').next().unwrap_or(name);
    DEVICES
        .iter()
        .any(|device| device.eq_ignore_ascii_case(stem))
        .then_some(stem)
}

/// The folder and all above it.
pub(super) fn parents(dir: &Path) -> impl Iterator<Item = &Path> {
    dir.ancestors()
}

/// The import path that a relative path is below `prefix`, with slashes; empty for the same folder.
pub(super) fn join_import(prefix: &str, relative: &Path) -> String {
    let relative = to_slash(relative);
    match (prefix, relative.as_str()) {
        ("", _) => relative,
        (_, "" | ".") => prefix.to_owned(),
        _ => format!("{prefix}/{relative}"),
    }
}

pub(super) fn to_slash(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    }
}

/// Is `path` the import path `prefix`, or below it?
pub(super) fn has_path_prefix(path: &str, prefix: &str) -> bool {
    match path.strip_prefix(prefix) {
        Some(rest) => prefix.is_empty() || rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

/// The path relative to the current folder, where that is shorter: as positions are printed.
pub(super) fn shortest(path: &Path, current: &Path) -> String {
    let full = path.display().to_string();
    match relative(path, current) {
        Some(short) if short.len() < full.len() => short,
        _ => full,
    }
}

/// `path` as seen from the folder `base`, both absolute.
fn relative(path: &Path, base: &Path) -> Option<String> {
    if !path.is_absolute() || !base.is_absolute() {
        return None;
    }
    let shared = (path.components().zip(base.components()))
        .take_while(|(a, b)| a == b)
        .count();
    let ups = base.components().count() - shared;
    let mut text = vec!["..".to_owned(); ups];
    let rest = path.components().skip(shared);
    text.extend(rest.map(|part| part.as_os_str().to_string_lossy().into_owned()));
    if text.is_empty() {
        text.push(".".to_owned());
    }
    Some(text.join(std::path::MAIN_SEPARATOR_STR))
}

/// Import paths of the standard library have no dot in their first element.
pub(super) fn is_standard_import_path(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or(path);
    !first.contains('.')
}

/// `.`, `..`, and what starts with `./` or `../`.
pub(super) fn is_local_import(path: &str) -> bool {
    path == "." || path == ".." || path.starts_with("./") || path.starts_with("../")
}

/// From the last dot on.
pub(super) fn extension(name: &str) -> &str {
    name.rfind('.').map_or("", |at| &name[at..])
}

/// Test data of the standard library is not part of it.
pub(super) fn is_in_testdata(dir: &Path, goroot_src: &Path) -> bool {
    let below = dir.strip_prefix(goroot_src).unwrap_or(dir);
    below
        .components()
        .any(|part| part.as_os_str() == "testdata")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_and_shortening() {
        let cases = [
            ("/a/./b/../c", "/a/c"),
            ("a/..", "."),
            ("../../x", "../../x"),
            ("/..", "/"),
            ("", "."),
        ];
        for (path, cleaned) in cases {
            assert_eq!(clean(Path::new(path)), Path::new(cleaned), "{path}");
        }
        let short = |path| shortest(Path::new(path), Path::new("/home/me/m"));
        assert_eq!(short("/home/me/m/a/b.go"), "a/b.go");
        assert_eq!(short("/home/me/other.go"), "../other.go");
        assert_eq!(short("/usr/x.go"), "/usr/x.go");
    }
}
