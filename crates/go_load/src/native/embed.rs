//! The files that `//go:embed` patterns mean.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base::system::EntryKind;

use super::disk::Disk;
use super::paths::{device, to_slash};

/// A pattern that cannot be embedded, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct EmbedError {
    pub(super) pattern: String,
    pub(super) message: String,
}

/// The files of all patterns, sorted, relative to the package's folder.
pub(super) fn resolve<'p>(
    disk: &Disk<'_>,
    dir: &Path,
    patterns: impl Iterator<Item = &'p String>,
) -> Result<Vec<String>, EmbedError> {
    let mut files = BTreeSet::new();
    for pattern in patterns {
        let found = of_pattern(disk, dir, pattern).map_err(|message| EmbedError {
            pattern: pattern.clone(),
            message,
        })?;
        files.extend(found);
    }
    Ok(files.into_iter().collect())
}

fn of_pattern(disk: &Disk<'_>, dir: &Path, pattern: &str) -> Result<BTreeSet<String>, String> {
    let (glob, hidden_too) = match pattern.strip_prefix("all:") {
        Some(glob) => (glob, true),
        None => (pattern, false),
    };
    if !is_valid(glob) {
        return Err("invalid pattern syntax".to_owned());
    }
    let mut files = BTreeSet::new();
    for path in matches(disk, dir, glob) {
        let relative = relative(dir, &path);
        let kind = disk.kind(&path);
        let what = if kind == Some(EntryKind::Dir) {
            "directory"
        } else {
            "file"
        };
        if let Some(why) = out_of_reach(disk, dir, &path) {
            return Err(format!("cannot embed {what} {relative}: {why}"));
        }
        match kind {
            Some(EntryKind::File) => {
                files.insert(relative);
            }
            Some(EntryKind::Dir) => {
                let n_before = files.len();
                let found = below(disk, dir, &path, hidden_too, &mut files)?;
                if !found && files.len() == n_before {
                    return Err(format!(
                        "cannot embed directory {relative}: contains no embeddable files"
                    ));
                }
            }
            _ => return Err(format!("cannot embed irregular file {relative}")),
        }
    }
    if files.is_empty() {
        return Err("no matching files found".to_owned());
    }
    Ok(files)
}

/// The path below a folder, with slashes.
fn relative(dir: &Path, path: &Path) -> String {
    path.strip_prefix(dir).map(to_slash).unwrap_or_default()
}

/// Why a file or folder will not be where the package is built: it is of another module, or has a
/// name that module archives do not hold.
fn out_of_reach(disk: &Disk<'_>, dir: &Path, path: &Path) -> Option<String> {
    let up = path.ancestors().take_while(|at| *at != dir);
    up.into_iter().find_map(|at| {
        if disk.kind(&at.join("go.mod")).is_some() {
            return Some("in different module".to_owned());
        }
        if at != path && disk.kind(at).is_some_and(|kind| kind != EntryKind::Dir) {
            return Some(format!("in non-directory {}", relative(dir, at)));
        }
        let name = at.file_name().unwrap_or_default().to_string_lossy();
        is_bad_name(&name).then(|| {
            if at == path {
                format!("invalid name {name}")
            } else {
                format!("in invalid directory {name}")
            }
        })
    })
}

/// Adds the files of a folder and those below it; returns whether there are any.
fn below(
    disk: &Disk<'_>,
    dir: &Path,
    folder: &Path,
    hidden_too: bool,
    files: &mut BTreeSet<String>,
) -> Result<bool, String> {
    let mut found = false;
    let entries = disk.list(folder);
    for entry in entries.iter().flat_map(|entries| entries.iter()) {
        let path = folder.join(&entry.name);
        let hidden = entry.name.starts_with(['.', '_']);
        let bad = is_bad_name(&entry.name);
        if bad || (hidden && !hidden_too) {
            if bad && !hidden && entry.kind != EntryKind::Dir {
                let relative = relative(dir, &path);
                return Err(format!(
                    "cannot embed file {relative}: invalid name {}",
                    entry.name
                ));
            }
            continue;
        }
        match entry.kind {
            EntryKind::Dir if disk.kind(&path.join("go.mod")).is_some() => {}
            EntryKind::Dir => found |= below(disk, dir, &path, hidden_too, files)?,
            EntryKind::File => {
                files.insert(relative(dir, &path));
                found = true;
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Is a pattern as `//go:embed` takes it: slashes between elements none of which is empty, `.` or `..`.
fn is_valid(glob: &str) -> bool {
    let is_element = |element: &str| !matches!(element, "" | "." | "..");
    glob.split('/').all(is_element) && glob.split('/').all(|element| syntax(element).is_some())
}

/// What exists and matches, element by element.
fn matches(disk: &Disk<'_>, dir: &Path, glob: &str) -> Vec<PathBuf> {
    let mut paths = vec![dir.to_owned()];
    for element in glob.split('/') {
        let Some(parts) = syntax(element) else {
            return Vec::new();
        };
        let literal: Option<String> = parts
            .iter()
            .map(|part| match part {
                Part::Char(c) => Some(*c),
                _ => None,
            })
            .collect();
        let mut next = Vec::new();
        for path in paths {
            if let Some(name) = &literal {
                let path = path.join(name);
                if disk.kind(&path).is_some() {
                    next.push(path);
                }
                continue;
            }
            let entries = disk.list(&path);
            let names = entries.iter().flat_map(|entries| entries.iter());
            let names = names.map(|entry| entry.name.as_str());
            next.extend(
                names
                    .filter(|name| is_match(&parts, name))
                    .map(|name| path.join(name)),
            );
        }
        paths = next;
    }
    paths
}

/// A part of a pattern's element.
enum Part {
    Char(char),
    /// `?`
    Any,
    /// `*`
    Run,
    /// `[a-z]`, `[^a-z]`
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

/// `None` if the element is malformed.
fn syntax(element: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut chars = element.chars().peekable();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '*' => Part::Run,
            '?' => Part::Any,
            '\\' => Part::Char(chars.next()?),
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    if !ranges.is_empty() && chars.next_if_eq(&']').is_some() {
                        break;
                    }
                    let low = class_char(&mut chars)?;
                    let high = match chars.next_if_eq(&'-') {
                        Some(_) => class_char(&mut chars)?,
                        None => low,
                    };
                    ranges.push((low, high));
                }
                Part::Class { negated, ranges }
            }
            _ => Part::Char(c),
        });
    }
    Some(parts)
}

fn class_char(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        c => Some(c),
    }
}

/// Matches a whole name. Runs are tried from the last one back, so that the time is at most the
/// product of both lengths.
fn is_match(parts: &[Part], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut part, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < name.len() || part < parts.len() {
        let fits = match parts.get(part) {
            Some(Part::Run) => {
                retry = Some((part, at + 1));
                part += 1;
                continue;
            }
            Some(one) => name.get(at).is_some_and(|c| fits(one, *c)),
            None => false,
        };
        if fits {
            part += 1;
            at += 1;
        } else {
            match retry {
                Some((run, start)) if start <= name.len() => {
                    part = run;
                    at = start;
                }
                _ => return false,
            }
        }
    }
    true
}

fn fits(part: &Part, c: char) -> bool {
    match part {
        Part::Char(expected) => *expected == c,
        Part::Any => true,
        Part::Run => false,
        Part::Class { negated, ranges } => {
            ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
        }
    }
}

/// Names that module archives do not hold, and folders of version control.
fn is_bad_name(name: &str) -> bool {
    let is_good = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&()+,-.=@[]^_{}~ ".contains(c)
            || (!c.is_ascii() && c.is_alphabetic())
    };
    name.is_empty()
        || !name.chars().all(is_good)
        || name.ends_with('.')
        || device(name).is_some()
        || matches!(name, ".bzr" | ".hg" | ".git" | ".svn")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::disk::Overlay;
    use base::testing::MemorySystem;

    #[test]
    fn names_match_patterns() {
        let cases = [
            ("*.txt", "a.txt", true),
            ("*.txt", "a.txt.bak", false),
            ("a*b*c", "aXbYbZc", true),
            ("a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("\\*", "*", true),
            ("*", "", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(
                is_match(&syntax(pattern).unwrap(), name),
                expected,
                "{pattern} {name}"
            );
        }
        for bad in ["[", "[]", "[a", "[a-]", "\\", "a/../b", "", "/a", "a/"] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert!(!is_match(
            &syntax(&"*a".repeat(50)).unwrap(),
            &"a".repeat(49)
        ));
    }

    #[test]
    fn files_of_patterns_or_why_there_are_none() {
        let mut system = MemorySystem::default();
        for file in [
            "a.txt",
            "d/x",
            "d/.hid",
            "d/e/_y",
            "d/e/z",
            "sub/go.mod",
            "sub/f",
            "e/.only",
        ] {
            system = system.with_file(format!("/p/{file}"), "");
        }
        let overlay = Overlay::new();
        let show = |pattern: &str| {
            let disk = Disk::new(&system, &overlay, false);
            match resolve(&disk, Path::new("/p"), [pattern.to_owned()].iter()) {
                Ok(files) => files.join(" "),
                Err(error) => error.message,
            }
        };
        let cases = [
            ("*.txt", "a.txt"),
            ("d", "d/e/z d/x"),
            ("all:d", "d/.hid d/e/_y d/e/z d/x"),
            ("d/*", "d/.hid d/e/z d/x"),
            ("none", "no matching files found"),
            ("sub/f", "cannot embed file sub/f: in different module"),
            (
                "e",
                "cannot embed directory e: contains no embeddable files",
            ),
            ("../x", "invalid pattern syntax"),
            ("[", "invalid pattern syntax"),
        ];
        for (pattern, expected) in cases {
            assert_eq!(show(pattern), expected, "{pattern}");
        }
    }
}
