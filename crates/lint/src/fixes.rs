//! Applying fixes to the text of files: which of them go together, what they make of a text, and its imports.
//!
//! A fix is made whole or not at all. Of fixes that overlap the first is made; the others are found again, if they
//! still hold, when the changed text is checked again.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base::TextRange;
use diag::{Edit, Fix};

pub use imports::settle_imports;

/// The fixes that can be made together, by their positions among `fixes`: without overlap, in the order of their
/// places. Equal fixes count as one and are all among them.
pub fn compatible(fixes: &[&Fix]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..fixes.len()).collect();
    order.sort_by_key(|at| {
        let first = fixes[*at].edits.first();
        first.map(|edit| (edit.path.clone(), edit.range, *at))
    });
    let mut taken: BTreeMap<&Path, Vec<TextRange>> = BTreeMap::new();
    let mut chosen: Vec<usize> = Vec::new();
    for at in order {
        let fix = fixes[at];
        let is_again = chosen.iter().any(|other| fixes[*other].edits == fix.edits);
        let is_free = (fix.edits.iter()).all(|edit| {
            let others = taken.get(edit.path.as_path());
            others.is_none_or(|others| others.iter().all(|other| !collide(*other, edit.range)))
        });
        if !fix.edits.is_empty() && (is_again || is_free) {
            for edit in fix.edits.iter().filter(|_| !is_again) {
                taken.entry(&edit.path).or_default().push(edit.range);
            }
            chosen.push(at);
        }
    }
    chosen
}

/// Whether two edits cannot be made together: they share bytes, or one inserts where the other begins or ends.
fn collide(a: TextRange, b: TextRange) -> bool {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => false,
        (false, false) => a.start < b.end && b.start < a.end,
        _ => a.start <= b.end && b.start <= a.end,
    }
}

/// Edits of one file each, and the imports it then needs.
#[derive(Clone, Debug, Default)]
pub struct FileEdits<'a> {
    pub edits: Vec<&'a Edit>,
    pub imports: BTreeSet<&'a str>,
}

/// The edits of fixes by file; those that occur twice once.
pub fn by_file<'a>(fixes: &[&'a Fix]) -> BTreeMap<PathBuf, FileEdits<'a>> {
    let mut files: BTreeMap<PathBuf, FileEdits<'a>> = BTreeMap::new();
    let mut done: Vec<&[Edit]> = Vec::new();
    for fix in fixes {
        if done.contains(&fix.edits.as_slice()) {
            continue;
        }
        done.push(&fix.edits);
        for edit in &fix.edits {
            let file = files.entry(edit.path.clone()).or_default();
            file.edits.push(edit);
            file.imports.extend(fix.imports.iter().map(String::as_str));
        }
    }
    for file in files.values_mut() {
        file.edits.sort_by_key(|edit| edit.range);
    }
    files
}

/// The text with its edits made; `None` if one is out of place. Edits are sorted and do not overlap.
pub fn apply_edits(text: &str, edits: &[&Edit]) -> Option<String> {
    let mut after = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let (start, end) = (edit.range.start as usize, edit.range.end as usize);
        after.push_str(text.get(done..start)?);
        after.push_str(&edit.text);
        done = end;
    }
    after.push_str(text.get(done..)?);
    Some(after)
}

/// The text of a file with its edits made and its imports completed; `None` if it does not parse any longer.
pub fn apply(text: &str, file: &FileEdits<'_>) -> Option<String> {
    let edited = apply_edits(text, &file.edits)?;
    let before = go_syntax::parse(text.as_bytes()).0;
    let settled = settle_imports(&before, &edited, &file.imports);
    go_syntax::parse(settled.as_bytes())
        .1
        .is_empty()
        .then_some(settled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diag::Safety;

    fn fix(edits: &[(u32, u32, &str)]) -> Fix {
        let edit = |(start, end, text): &(u32, u32, &str)| Edit {
            path: PathBuf::from("a.go"),
            range: TextRange::new(*start, *end),
            text: (*text).to_owned(),
        };
        Fix {
            title: String::new(),
            safety: Safety::Safe,
            edits: edits.iter().map(edit).collect(),
            imports: Vec::new(),
        }
    }

    fn applied(text: &str, fixes: &[Fix]) -> String {
        let all: Vec<&Fix> = fixes.iter().collect();
        let chosen: Vec<&Fix> = compatible(&all).into_iter().map(|at| all[at]).collect();
        let files = by_file(&chosen);
        apply_edits(text, &files[Path::new("a.go")].edits).unwrap()
    }

    #[test]
    fn fixes_are_made_whole_and_without_overlap() {
        let cases: &[(&[Fix], &str)] = &[
            (&[fix(&[(1, 2, "B")]), fix(&[(3, 4, "D")])], "aBcDef"),
            // The second edit of the second fix overlaps, so none of it is made.
            (
                &[fix(&[(1, 3, "X")]), fix(&[(2, 4, "Y"), (5, 6, "Z")])],
                "aXdef",
            ),
            (&[fix(&[(1, 2, "B")]), fix(&[(1, 2, "B")])], "aBcdef"),
            (&[fix(&[(2, 2, "1")]), fix(&[(2, 2, "2")])], "ab12cdef"),
            (&[fix(&[(2, 2, "1")]), fix(&[(2, 3, "C")])], "ab1cdef"),
        ];
        for (fixes, want) in cases {
            assert_eq!(applied("abcdef", fixes), *want);
        }
    }
}
