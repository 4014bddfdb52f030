//! Unified diffs.

use std::fmt::Write as _;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// What happens to a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Keep,
    Remove,
    Add,
}

/// The change of one file, as `diff -u` prints it; empty if there is none.
pub(crate) fn unified(path: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (
        before.split_inclusive('\n').collect(),
        after.split_inclusive('\n').collect(),
    );
    let ops = ops(&old, &new);
    let mut out = String::new();
    let changed: Vec<usize> = (0..ops.len()).filter(|at| ops[*at].0 != Op::Keep).collect();
    let mut at = 0;
    while at < changed.len() {
        let mut last = at;
        while last + 1 < changed.len() && changed[last + 1] - changed[last] <= 2 * CONTEXT + 1 {
            last += 1;
        }
        let start = changed[at].saturating_sub(CONTEXT);
        let end = (changed[last] + CONTEXT + 1).min(ops.len());
        if out.is_empty() {
            let _ = write!(out, "--- a/{path}\n+++ b/{path}\n");
        }
        hunk(&mut out, &ops, start, end);
        at = last + 1;
    }
    out
}

fn hunk(out: &mut String, ops: &[(Op, &str)], start: usize, end: usize) {
    let count = |range: &[(Op, &str)], not: Op| range.iter().filter(|(op, _)| *op != not).count();
    let (before, inside) = (&ops[..start], &ops[start..end]);
    let (old_start, new_start) = (count(before, Op::Add), count(before, Op::Remove));
    let _ = writeln!(
        out,
        "@@ -{},{} +{},{} @@",
        old_start + 1,
        count(inside, Op::Add),
        new_start + 1,
        count(inside, Op::Remove)
    );
    for (op, line) in inside {
        out.push(match op {
            Op::Keep => ' ',
            Op::Remove => '-',
            Op::Add => '+',
        });
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// More pairs of lines than this are not compared one by one.
const MAX_PAIRS: usize = 16_000_000;

/// The lines of both texts in order, each kept, removed or added.
fn ops<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Op, &'a str)> {
    let same = |(a, b): &(&&str, &&str)| a == b;
    let prefix = old.iter().zip(new).take_while(same).count();
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let suffix = (old_rest.iter().rev().zip(new_rest.iter().rev()))
        .take_while(same)
        .count();
    let old_middle = &old_rest[..old_rest.len() - suffix];
    let new_middle = &new_rest[..new_rest.len() - suffix];
    let keep = |lines: &[&'a str]| {
        lines
            .iter()
            .map(|line| (Op::Keep, *line))
            .collect::<Vec<_>>()
    };
    let mut ops = keep(&old[..prefix]);
    middle(old_middle, new_middle, &mut ops);
    ops.extend(keep(&old[old.len() - suffix..]));
    ops
}

/// By the longest common subsequence.
fn middle<'a>(old: &[&'a str], new: &[&'a str], ops: &mut Vec<(Op, &'a str)>) {
    let width = new.len() + 1;
    if old.len().saturating_mul(width) > MAX_PAIRS {
        ops.extend(old.iter().map(|line| (Op::Remove, *line)));
        ops.extend(new.iter().map(|line| (Op::Add, *line)));
        return;
    }
    // Length of the longest common subsequence of what is left of both.
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i * width + j] = if old[i] == new[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            ops.push((Op::Keep, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len()
            && (j == new.len() || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])
        {
            ops.push((Op::Remove, old[i]));
            i += 1;
        } else {
            ops.push((Op::Add, new[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_stand_in_hunks_with_context() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n";
        let after = before.replace("2\n3\n", "3\n2\n").replace("15\n", "");
        insta::assert_snapshot!(unified("a.go", before, &after), @r"
        --- a/a.go
        +++ b/a.go
        @@ -1,6 +1,6 @@
         1
        -2
         3
        +2
         4
         5
         6
        @@ -12,4 +12,3 @@
         12
         13
         14
        -15
        ");
        assert_eq!(unified("a.go", before, before), "");
    }
}
