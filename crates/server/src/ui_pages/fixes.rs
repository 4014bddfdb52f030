//! Fixes as a diff.

use std::path::Path;

use diag::Fix;
use lint::fixes;

/// Finds a file's text as it was checked.
pub(super) type Original<'o> = dyn Fn(&Path) -> Option<&'o str> + 'o;

/// The changed lines of a fix with two around them: a sign (` `, `-`, `+`) and the text.
pub(super) fn diff(fix: &Fix, original: &Original<'_>) -> Vec<(char, String)> {
    const AROUND: usize = 2;
    let mut lines = Vec::new();
    for (path, edits) in fixes::by_file(&[fix]) {
        let Some(before) = original(&path) else {
            continue;
        };
        let Some(after) = fixes::apply(before, &edits) else {
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

#[cfg(test)]
mod tests {
    use base::TextRange;
    use diag::{Edit, Safety};

    use super::*;

    const BEFORE: &str = "package a\n\nvar b = 1\nvar c = 2\nvar d = 3\nvar e = 4\n";

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
            edits: vec![edit(35, 40, "d = 4\nvar f = 5"), edit(25, 30, "c = 3")],
        }
    }

    #[test]
    fn a_diff_shows_what_changes() {
        let lines = diff(&fix(), &|_| Some(BEFORE));
        let text: Vec<String> = lines
            .iter()
            .map(|(sign, text)| format!("{sign}{text}"))
            .collect();
        assert_eq!(
            text.join(","),
            " , var b = 1,-var c = 2,-var d = 3,+var c = 3,+var d = 4,+var f = 5, var e = 4"
        );
    }
}
