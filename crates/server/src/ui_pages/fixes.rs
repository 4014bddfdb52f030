//! Fixes: as a diff, and written into the files.

use std::path::{Path, PathBuf};

use base::System;
use diag::{Edit, Fix};

/// Finds a file's text as it was checked.
pub(super) type Original<'o> = dyn Fn(&Path) -> Option<&'o str> + 'o;

/// The changed lines of a fix with two around them: a sign (` `, `-`, `+`) and the text.
pub(super) fn diff(fix: &Fix, original: &Original<'_>) -> Vec<(char, String)> {
    const AROUND: usize = 2;
    let mut lines = Vec::new();
    for path in paths(fix) {
        let (Some(before), Some(after)) = (original(&path), changed(fix, &path, original)) else {
            continue;
        };
        let (old, new): (Vec<&str>, Vec<&str>) =
            (before.lines().collect(), after.lines().collect());
        let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let rest = old.len().min(new.len()) - head;
        let tail = (old.iter().rev().zip(new.iter().rev()))
            .take(rest)
            .take_while(|(a, b)| a == b)
            .count();
        let mut add = |sign: char, part: &[&str]| {
            lines.extend(part.iter().map(|&text| (sign, text.to_owned())));
        };
        add(' ', &old[head.saturating_sub(AROUND)..head]);
        add('-', &old[head..old.len() - tail]);
        add('+', &new[head..new.len() - tail]);
        let end = old.len() - tail;
        add(' ', &old[end..(end + AROUND).min(old.len())]);
    }
    lines
}

/// Writes a fix into its files, or what was there before. A file that has changed since is left alone, and then
/// none is written.
pub(super) fn write(
    system: &dyn System,
    fix: &Fix,
    original: &Original<'_>,
    undo: bool,
) -> Result<(), String> {
    let mut files = Vec::new();
    for path in paths(fix) {
        let shown = path.display();
        let (Some(before), Some(after)) = (original(&path), changed(fix, &path, original)) else {
            return Err(format!("{shown} is not a file of this run"));
        };
        let (is, shall) = if undo {
            (after.as_str(), before)
        } else {
            (before, after.as_str())
        };
        let now = system.read_source(&path);
        let now =
            now.map_err(|error| format!("failed to read {shown}: {}", base::io_reason(&error)))?;
        if now != is.as_bytes() {
            return Err(format!(
                "{shown} has changed since it was checked: run goperf ui again"
            ));
        }
        files.push((path.clone(), shall.to_owned()));
    }
    for (path, text) in files {
        let written = system.write(&path, text.as_bytes());
        written.map_err(|error| {
            format!(
                "failed to write {}: {}",
                path.display(),
                base::io_reason(&error)
            )
        })?;
    }
    Ok(())
}

fn paths(fix: &Fix) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fix.edits.iter().map(|it| it.path.clone()).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// A file's text after the edits of a fix; `None` if one lies outside of it.
fn changed(fix: &Fix, path: &Path, original: &Original<'_>) -> Option<String> {
    let mut text = original(path)?.to_owned();
    let mut edits: Vec<&Edit> = fix.edits.iter().filter(|it| it.path == path).collect();
    edits.sort_by_key(|it| it.range.start);
    for edit in edits.into_iter().rev() {
        let range = edit.range.start as usize..edit.range.end as usize;
        text.get(range.clone())?;
        text.replace_range(range, &edit.text);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use base::TextRange;
    use base::testing::MemorySystem;
    use diag::Safety;

    use super::*;

    const BEFORE: &str = "a\nb\nc\nd\ne\n";

    fn fix() -> Fix {
        let edit = |start, end, text: &str| Edit {
            path: "/x.go".into(),
            range: TextRange::new(start, end),
            text: text.to_owned(),
        };
        Fix {
            title: String::new(),
            safety: Safety::Safe,
            imports: Vec::new(),
            edits: vec![edit(6, 7, "D\nD2"), edit(4, 5, "C")],
        }
    }

    #[test]
    fn a_diff_shows_what_changes() {
        let lines = diff(&fix(), &|_| Some(BEFORE));
        let text: Vec<String> = lines
            .iter()
            .map(|(sign, text)| format!("{sign}{text}"))
            .collect();
        assert_eq!(text.join(","), " a, b,-c,-d,+C,+D,+D2, e");
    }

    #[test]
    fn a_fix_is_written_and_taken_back_unless_the_file_changed() {
        let system = MemorySystem::default().with_file("/x.go", BEFORE);
        let read = || system.read_to_string(Path::new("/x.go")).unwrap();
        write(&system, &fix(), &|_| Some(BEFORE), false).unwrap();
        assert_eq!(read(), "a\nb\nC\nD\nD2\ne\n");
        let twice = write(&system, &fix(), &|_| Some(BEFORE), false).unwrap_err();
        assert!(twice.contains("has changed"), "{twice}");
        write(&system, &fix(), &|_| Some(BEFORE), true).unwrap();
        assert_eq!(read(), BEFORE);
    }
}
