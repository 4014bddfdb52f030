//! What can be tried: the fixes of findings, each with the functions that it changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::TextRange;
use diag::{Diagnostic, Edit, Fix, Safety};
use go_syntax::{DeclKind, File};
use lint::fixes;
use lint::{Coverage, Parameter, Rewrite};

use super::Proposal;
use super::scope::Scope;
use super::variant::Texts;
use crate::fix::Fixer;
use crate::structs::FixError;
use crate::workspace::Workspace;

/// A change to try.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// `GP301`; empty for a proposal.
    pub rule: String,
    /// What it does, from the fix.
    pub title: String,
    pub path: PathBuf,
    /// From 1.
    pub line: u32,
    /// Import path.
    pub package: String,
    /// The function that it is in, as the source names it.
    pub function: Option<String>,
    pub safety: Safety,
    /// As `check` ranks it, 0 to 100.
    pub score: f64,
    /// In which round it was found: those of later rounds stand on what was kept before.
    pub generation: usize,
    pub(super) fix: Fix,
    pub(super) regions: Vec<Region>,
}

/// Code that a candidate changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Region {
    /// As coverage profiles name it.
    file: String,
    /// Lines, from 1, both included; `None`: it is not in a function, so that every benchmark may see it.
    lines: Option<(u32, u32)>,
}

impl Candidate {
    pub(super) fn is_reached(&self, coverage: &Coverage) -> bool {
        coverage.is_empty()
            || (self.regions.iter()).any(|region| match region.lines {
                Some((first, last)) => coverage.reaches(&region.file, first, last),
                None => true,
            })
    }

    pub(super) fn packages<'a>(&self, scope: &'a Scope) -> std::collections::BTreeSet<&'a str> {
        let paths = self.fix.edits.iter().map(|edit| edit.path.as_path());
        paths.filter_map(|path| scope.package_of(path)).collect()
    }

    /// The variable that is given room, where that is what it does.
    fn sized(&self) -> Option<&str> {
        let is_about_room = self.title.contains("capacity") || self.title.contains("exact size");
        is_about_room
            .then(|| self.title.split('`').nth(1))
            .flatten()
    }

    /// Whether both change the same code, or give room to the same variable, so that only one of them can be made.
    pub(super) fn rivals(&self, other: &Self) -> bool {
        let same_room = self.path == other.path
            && self.function == other.function
            && self.sized().is_some()
            && self.sized() == other.sized();
        same_room
            || fixes::compatible(&[&self.fix, &other.fix]).len() < 2
            || self.fix.edits == other.fix.edits
    }
}

/// The candidates among the findings of one state of the sources, best first.
pub(super) fn of_findings(
    workspace: &Workspace,
    scope: &Scope,
    texts: &Texts,
    findings: &[Diagnostic],
    unsafe_too: bool,
    generation: usize,
) -> Vec<Candidate> {
    let mut files = Files {
        workspace,
        texts,
        parsed: BTreeMap::new(),
    };
    let mut all: Vec<Candidate> = Vec::new();
    for finding in findings {
        let Some(fix) = &finding.fix else { continue };
        if fix.safety == Safety::Unsafe && !unsafe_too {
            continue;
        }
        // Several findings may have one cause.
        if let Some(known) = all.iter_mut().find(|known| known.fix.edits == fix.edits) {
            known.score = known.score.max(finding.score);
            continue;
        }
        let path = &finding.primary.path;
        let Some(package) = scope.package_of(path) else {
            continue;
        };
        all.push(Candidate {
            rule: finding.rule.id.to_owned(),
            title: fix.title.clone(),
            line: finding.primary.start.line,
            package: package.to_owned(),
            function: files.function_at(path, finding.primary.start.line),
            safety: fix.safety,
            score: finding.score,
            generation,
            regions: files.regions(scope, fix),
            fix: fix.clone(),
            path: path.clone(),
        });
    }
    all.sort_by(|a, b| {
        (b.score.total_cmp(&a.score)).then_with(|| (&a.path, a.line).cmp(&(&b.path, b.line)))
    });
    all
}

/// The candidates among rewrites; a parameter becomes what the benchmarks saw, the median and the 95th percentile.
pub(super) fn of_rewrites(
    workspace: &Workspace,
    scope: &Scope,
    texts: &Texts,
    rewrites: &[Rewrite],
    coverages: &[&Coverage],
    unsafe_too: bool,
    generation: usize,
) -> Vec<Candidate> {
    let mut files = Files {
        workspace,
        texts,
        parsed: BTreeMap::new(),
    };
    let mut all = Vec::new();
    for rewrite in rewrites {
        if rewrite.fix.safety == Safety::Unsafe && !unsafe_too {
            continue;
        }
        let fixes = match rewrite.parameter {
            None => vec![rewrite.fix.clone()],
            Some(parameter) => measured(scope, rewrite, parameter, coverages),
        };
        for fix in fixes {
            let Some(package) = scope.package_of(&rewrite.path) else {
                continue;
            };
            all.push(Candidate {
                rule: rewrite.name.to_owned(),
                title: fix.title.clone(),
                line: rewrite.line,
                package: package.to_owned(),
                function: files.function_at(&rewrite.path, rewrite.line),
                safety: fix.safety,
                score: 0.0,
                generation,
                regions: files.regions(scope, &fix),
                fix,
                path: rewrite.path.clone(),
            });
        }
    }
    all
}

/// The fix with each value of its parameter.
fn measured(
    scope: &Scope,
    rewrite: &Rewrite,
    parameter: Parameter,
    coverages: &[&Coverage],
) -> Vec<Fix> {
    let Some(file) = scope.coverage_name(&rewrite.path) else {
        return Vec::new();
    };
    let mut seen: Vec<u64> = (coverages.iter())
        .filter_map(|coverage| {
            let made = coverage
                .count_at(&file, parameter.made_at)
                .filter(|count| *count > 0)?;
            let added = coverage.count_at(&file, parameter.added_at)?;
            Some(added.div_ceil(made))
        })
        .collect();
    seen.sort_unstable();
    let mut values = percentiles(&seen);
    // What is never filled needs no room, and a program is not made for more than a benchmark's peak.
    values.retain(|value| (2..=1 << 20).contains(value));
    let with = |value: u64| {
        let text = value.to_string();
        let mut fix = rewrite.fix.clone();
        fix.title = fix.title.replace(lint::PLACEHOLDER, &text);
        for edit in &mut fix.edits {
            edit.text = edit.text.replace(lint::PLACEHOLDER, &text);
        }
        fix
    };
    values.into_iter().map(with).collect()
}

/// Median and 95th percentile of sorted values; one if they are the same.
fn percentiles(sorted: &[u64]) -> Vec<u64> {
    let at = |share: f64| {
        let last = sorted.len().checked_sub(1)?;
        sorted.get((last as f64 * share).ceil() as usize).copied()
    };
    let mut all: Vec<u64> = [at(0.5), at(0.95)].into_iter().flatten().collect();
    all.dedup();
    all
}

/// Candidates of whole texts that the caller proposes.
pub(super) fn of_proposals(
    workspace: &Workspace,
    scope: &Scope,
    proposals: &[Proposal],
) -> Vec<Candidate> {
    let texts = Texts::new();
    let mut files = Files {
        workspace,
        texts: &texts,
        parsed: BTreeMap::new(),
    };
    (proposals.iter())
        .filter_map(|proposal| {
            let edits: Vec<Edit> = (proposal.texts.iter())
                .filter_map(|(path, text)| {
                    let before = workspace.system.read(path).ok()?;
                    let (before, after) = (
                        String::from_utf8(before).ok()?,
                        std::str::from_utf8(text).ok()?,
                    );
                    Some(difference(path, &before, after))
                })
                .collect();
            let first = edits.first()?.clone();
            let fix = Fix {
                title: proposal.title.clone(),
                safety: Safety::Unsafe,
                edits,
                imports: Vec::new(),
            };
            let line = files
                .parse(&first.path)?
                .lines
                .line_col(first.range.start)
                .line;
            Some(Candidate {
                rule: String::new(),
                title: proposal.title.clone(),
                line,
                package: scope.package_of(&first.path)?.to_owned(),
                function: files.function_at(&first.path, line),
                safety: Safety::Unsafe,
                score: 0.0,
                generation: 0,
                regions: files.regions(scope, &fix),
                fix,
                path: first.path,
            })
        })
        .collect()
}

/// The change of a text as one edit.
fn difference(path: &Path, before: &str, after: &str) -> Edit {
    let (old, new) = (before.as_bytes(), after.as_bytes());
    let mut start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    while !before.is_char_boundary(start) || !after.is_char_boundary(start) {
        start -= 1;
    }
    let rest = old.len().min(new.len()) - start;
    let mut end = (old.iter().rev().zip(new.iter().rev()))
        .take(rest)
        .take_while(|(a, b)| a == b)
        .count();
    while !before.is_char_boundary(old.len() - end) || !after.is_char_boundary(new.len() - end) {
        end -= 1;
    }
    Edit {
        path: path.to_owned(),
        range: TextRange::new(start as u32, (old.len() - end) as u32),
        text: after[start..new.len() - end].to_owned(),
    }
}

/// The texts with changes made, on top of others; `None` if they do not parse or not fit together.
pub(super) fn apply(
    fixer: &Fixer<'_>,
    texts: &Texts,
    candidates: &[&Candidate],
) -> Result<Option<Texts>, FixError> {
    let all: Vec<&Fix> = candidates.iter().map(|it| &it.fix).collect();
    if fixes::compatible(&all).len() < all.len() {
        return Ok(None);
    }
    let mut after = texts.clone();
    for (path, edits) in fixes::by_file(&all) {
        let Some(text) = fixer.changed(&path, &edits)? else {
            return Ok(None);
        };
        after.insert(path, Arc::from(text.into_bytes()));
    }
    Ok(Some(after))
}

/// Files that were parsed.
struct Files<'a> {
    workspace: &'a Workspace<'a>,
    texts: &'a Texts,
    parsed: BTreeMap<PathBuf, Option<File>>,
}

impl Files<'_> {
    fn parse(&mut self, path: &Path) -> Option<&File> {
        let (workspace, texts) = (self.workspace, self.texts);
        let parsed = self.parsed.entry(path.to_owned()).or_insert_with(|| {
            let text = match texts.get(path) {
                Some(text) => text.to_vec(),
                None => workspace.system.read(path).ok()?,
            };
            Some(go_syntax::parse(&text).0)
        });
        parsed.as_ref()
    }

    fn function_at(&mut self, path: &Path, line: u32) -> Option<String> {
        let file = self.parse(path)?;
        file.decls.iter().find_map(|decl| {
            let decl = *file.ast.decl(*decl);
            let DeclKind::Func(func) = decl.kind else {
                return None;
            };
            let lines = lines_of(file, decl.range);
            (lines.0 <= line && line <= lines.1)
                .then(|| file.ast.name(func.name).as_str().to_owned())
        })
    }

    /// The functions that a fix changes. What it adds beside them, imports and variables, is theirs.
    fn regions(&mut self, scope: &Scope, fix: &Fix) -> Vec<Region> {
        let mut regions: Vec<Region> = Vec::new();
        let mut elsewhere = Vec::new();
        for edit in &fix.edits {
            let Some(name) = scope.coverage_name(&edit.path) else {
                continue;
            };
            let Some(file) = self.parse(&edit.path) else {
                continue;
            };
            let around = file.decls.iter().find_map(|decl| {
                let decl = *file.ast.decl(*decl);
                let is_function = matches!(decl.kind, DeclKind::Func(_));
                let touches =
                    decl.range.start <= edit.range.end && edit.range.start <= decl.range.end;
                (is_function && touches).then(|| lines_of(file, decl.range))
            });
            let region = Region {
                file: name,
                lines: around,
            };
            if around.is_none() {
                elsewhere.push(region);
            } else if !regions.contains(&region) {
                regions.push(region);
            }
        }
        if regions.is_empty() {
            regions = elsewhere;
        }
        regions
    }
}

fn lines_of(file: &File, range: TextRange) -> (u32, u32) {
    let line = |offset: u32| file.lines.line_col(offset).line;
    (line(range.start), line(range.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_text_is_one_edit() {
        let of = |before: &str, after: &str| {
            let edit = difference(Path::new("a.go"), before, after);
            let (start, end) = (edit.range.start as usize, edit.range.end as usize);
            assert_eq!(
                [&before[..start], &edit.text, &before[end..]].concat(),
                after
            );
            (edit.range.start, edit.range.end, edit.text)
        };
        assert_eq!(of("abcd", "abXd"), (2, 3, "X".to_owned()));
        assert_eq!(of("aa", "aaa"), (2, 2, "a".to_owned()));
        assert_eq!(of("é", "è"), (0, 2, "è".to_owned()));
        assert_eq!(of("ab", "ab"), (2, 2, String::new()));
    }

    #[test]
    fn parameters_are_the_median_and_the_95th_percentile() {
        assert!(percentiles(&[]).is_empty());
        assert_eq!(percentiles(&[7]), [7]);
        assert_eq!(percentiles(&[1, 2, 3, 4, 100]), [3, 100]);
        assert_eq!(percentiles(&[5, 5, 5]), [5]);
    }
}
