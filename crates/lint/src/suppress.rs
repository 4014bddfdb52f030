//! Comments that silence findings: `//goperf:ignore GP101 reason`, `//nolint:goperf`, `//nolint:GP101` and staticcheck's
//! `//lint:ignore GP101 reason` and `//lint:file-ignore GP101 reason`.
//!
//! A comment holds for its line; one that stands alone holds for the line below, or for the whole declaration if that
//! begins there.

use base::TextRange;
use diag::{Annotation, Diagnostic};
use go_syntax::{Comment, File};

use crate::packages::{CheckedPackage, Trees};
use crate::rules::unused_suppression;
use crate::selection::CheckOptions;
use crate::{Rule, rules};

/// A comment that silences findings.
struct Suppression {
    comment: TextRange,
    /// Lines from and to, from 1.
    lines: (u32, u32),
    /// Ids; empty: all rules.
    rules: Vec<String>,
    used: bool,
}

/// Takes out the findings that comments of their files silence; adds one for each comment that silences nothing, where
/// all findings of its rules are looked for.
pub fn suppress(
    package: &CheckedPackage,
    trees: &Trees,
    options: &CheckOptions,
    findings: &mut Vec<Diagnostic>,
) {
    findings.retain(|it| !(options.select).ignores_in(&it.primary.path, it.rule));
    for (file, tree) in package.files.iter().zip(trees) {
        let Some(syntax) = tree.as_deref() else {
            continue;
        };
        let mut all = suppressions(syntax);
        if all.is_empty() {
            continue;
        }
        findings.retain(|finding| {
            let line = finding.primary.start.line;
            let mut is_silenced = false;
            for one in &mut all {
                let is_of = one.rules.is_empty()
                    || (one.rules.iter()).any(|id| {
                        id.eq_ignore_ascii_case(finding.rule.id) || id == finding.rule.name
                    });
                let is_here = (one.lines.0..=one.lines.1).contains(&line);
                if is_of && is_here && finding.primary.path == file.path {
                    one.used = true;
                    is_silenced = true;
                }
            }
            !is_silenced
        });
        let unused = all.iter().filter(|it| is_unused(it, options));
        findings.extend(unused.map(|one| {
            let at = syntax.lines.line_col(one.comment.start);
            let place = Annotation::at(file.path.clone(), at.line, at.col);
            unused_suppression::finding(place, syntax.text(one.comment))
        }));
    }
}

/// Whether it is known that a comment silences nothing: all findings of all its rules were looked for.
fn is_unused(one: &Suppression, options: &CheckOptions) -> bool {
    let is_looked_for = |id: &String| {
        let rule = rules::find(id);
        rule.is_some_and(|rule: &Rule| rule.is_pattern() && options.select.contains(rule))
    };
    !one.used
        && options.all
        && options.select.contains(&unused_suppression::RULE)
        && !one.rules.is_empty()
        && one.rules.iter().all(is_looked_for)
}

fn suppressions(file: &File) -> Vec<Suppression> {
    let all = file.comments.iter().filter_map(|comment| {
        let (rules, is_of_file) = silenced(file.text(comment.range))?;
        Some(Suppression {
            comment: comment.range,
            lines: if is_of_file {
                (0, u32::MAX)
            } else {
                lines(file, *comment)
            },
            rules,
            used: false,
        })
    });
    all.collect()
}

/// The rules that a comment silences, and whether in the whole file.
fn silenced(text: &str) -> Option<(Vec<String>, bool)> {
    let text = text.strip_prefix("//")?.trim_start();
    let ids = |list: &str| -> Vec<String> {
        (list.split(',').map(str::trim))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let first = |rest: &str| {
        rest.split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    if let Some(rest) = text.strip_prefix("goperf:ignore") {
        return (rest.is_empty() || rest.starts_with(' ')).then(|| (ids(&first(rest)), false));
    }
    for (prefix, is_of_file) in [("lint:ignore ", false), ("lint:file-ignore ", true)] {
        if let Some(rest) = text.strip_prefix(prefix) {
            let ours = only_ours(ids(&first(rest)));
            return (!ours.is_empty()).then_some((ours, is_of_file));
        }
    }
    let list = text.strip_prefix("nolint:")?;
    let words = ids(&first(list));
    if words.iter().any(|word| word == "goperf") {
        return Some((Vec::new(), false));
    }
    let ours = only_ours(words);
    (!ours.is_empty()).then_some((ours, false))
}

/// Those of the names that are rules of ours.
fn only_ours(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| rules::find(name).is_some());
    names
}

/// The lines that a comment is about.
fn lines(file: &File, comment: Comment) -> (u32, u32) {
    let line = file.lines.line_col(comment.range.start).line;
    let before = (file.lines.line_range(line))
        .map(|whole| file.text(TextRange::new(whole.start, comment.range.start)));
    if before.is_some_and(|text| !text.trim().is_empty()) {
        return (line, line);
    }
    // Below further comments.
    let mut next = line + 1;
    while file
        .lines
        .line_range(next)
        .is_some_and(|range| file.text(range).trim_start().starts_with("//"))
    {
        next += 1;
    }
    let declared = file.decls.iter().map(|decl| file.ast.range(*decl));
    let around = declared
        .into_iter()
        .find(|range| file.lines.line_col(range.start).line == next);
    match around {
        Some(range) => (line, file.lines.line_col(range.end).line),
        None => (line, next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_name_the_rules_they_silence() {
        let of = |text: &str| silenced(text).map(|(rules, file)| (rules.join(" "), file));
        let some = |rules: &str, file| Some((rules.to_owned(), file));
        assert_eq!(of("//goperf:ignore GP101 read once"), some("GP101", false));
        assert_eq!(
            of("//goperf:ignore GP101,GP103 both"),
            some("GP101 GP103", false)
        );
        assert_eq!(of("//goperf:ignore"), some("", false));
        assert_eq!(of("//nolint:goperf"), some("", false));
        assert_eq!(of("//nolint:GP101 // why"), some("GP101", false));
        assert_eq!(of("// nolint:GP101,errcheck"), some("GP101", false));
        assert_eq!(of("//nolint:errcheck"), None);
        assert_eq!(of("//lint:ignore GP101 why"), some("GP101", false));
        assert_eq!(of("//lint:file-ignore GP101 why"), some("GP101", true));
        assert_eq!(of("//lint:ignore SA1000 why"), None);
        assert_eq!(of("//goperf:ignored GP101"), None);
    }

    #[test]
    fn a_comment_holds_for_its_line_the_next_or_a_declaration() {
        let text = "package p\n\nfunc f() {\n\tx() //goperf:ignore GP101\n\t//goperf:ignore GP101\n\ty()\n}\n\n\
                    // g does.\n//goperf:ignore GP101 cold\nfunc g() {\n\tx()\n}\n";
        let (file, _) = go_syntax::parse(text.as_bytes());
        let lines: Vec<(u32, u32)> = suppressions(&file).iter().map(|it| it.lines).collect();
        assert_eq!(lines, [(4, 4), (5, 6), (10, 13)]);
    }
}
