//! How often the code of findings ran, beside what it cost: turns of the loop, selectivity of the condition, and code
//! that never ran. Shown with every finding, whether or not it ranks.

use base::TextRange;
use diag::{Diagnostic, Evidence};
use go_syntax::{File, StmtId, StmtKind};

use crate::context::statements_around_range;
use crate::evidence::{count, percent};
use crate::findings::note;
use crate::view::View;

/// The source of evidence that coverage gave.
pub(crate) const COVERAGE: &str = "coverage";

/// What was counted at a place.
struct Counts {
    runs: u64,
    /// The largest count of the package.
    most: u64,
    /// Of the innermost loop around it, each time that it runs.
    turns: Option<f64>,
    /// The part of cases in which the innermost condition around it, inside that loop, lets it run.
    kept: Option<f64>,
}

/// Adds to findings how often their code ran: as evidence to those that have some, as a note to the others.
pub(crate) fn show(view: &View, findings: &mut [Diagnostic]) {
    if !view.is_counted() {
        return;
    }
    let files = view.package.file_index();
    for finding in findings {
        let at = &finding.primary;
        let counts = (files.get(at.path.as_path())).and_then(|file| {
            let offset = view.syntax(*file)?.lines.offset(at.start)?;
            counts(view, *file, offset).or_else(|| of_function(view, *file, at.start.line))
        });
        let Some(counts) = counts else { continue };
        let data = [("turns", counts.turns), ("kept", counts.kept)];
        for (key, value) in data {
            if let Some(value) = value {
                (finding.data.entry(key.into())).or_insert_with(|| value.into());
            }
        }
        if finding.evidence.is_empty() {
            finding.notes.push(note(text(&counts)));
            continue;
        }
        match (finding.evidence.iter_mut()).find(|it| it.source == COVERAGE) {
            Some(known) => known.text += &around(&counts),
            None => finding.evidence.push(evidence(&counts)),
        }
    }
}

/// How often a pattern ran, as evidence.
pub(crate) fn ran(runs: u64, most: u64) -> Evidence {
    evidence(&Counts {
        runs,
        most,
        turns: None,
        kept: None,
    })
}

fn evidence(counts: &Counts) -> Evidence {
    Evidence {
        source: COVERAGE.to_owned(),
        value: i64::try_from(counts.runs).unwrap_or(i64::MAX),
        unit: "count".to_owned(),
        share: counts.runs as f64 / counts.most.max(1) as f64,
        text: text(counts),
    }
}

fn text(counts: &Counts) -> String {
    let times = match counts.runs {
        0 => return "never ran".to_owned(),
        1 => "ran once".to_owned(),
        runs => format!(
            "ran {} times",
            count(i64::try_from(runs).unwrap_or(i64::MAX))
        ),
    };
    times + &around(counts)
}

/// ` (its loop turns 200 times, its condition holds in 12%)`
fn around(counts: &Counts) -> String {
    let turns = counts.turns.map(|turns| {
        let turns = if turns < 9.95 {
            format!("{turns:.1}")
        } else {
            count(turns.round() as i64)
        };
        let turns = turns.strip_suffix(".0").unwrap_or(&turns);
        let times = if turns == "1" { "time" } else { "times" };
        format!("its loop turns {turns} {times}")
    });
    // What always holds is not worth a word.
    let kept = counts.kept.map(percent).filter(|kept| kept != "100%");
    let kept = kept.map(|kept| format!("its condition holds in {kept}"));
    let parts: Vec<String> = turns.into_iter().chain(kept).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

fn counts(view: &View, file: usize, offset: u32) -> Option<Counts> {
    let (runs, most) = view.runs(file, offset)?;
    let mut counts = Counts {
        runs,
        most,
        turns: None,
        kept: None,
    };
    let here = TextRange::new(offset, offset);
    let Some((syntax, statements)) = statements_around_range(view, file, here) else {
        return Some(counts);
    };
    let runs_at = |id: StmtId| view.runs(file, syntax.ast.range(id).start).map(|it| it.0);
    let part = |part: Option<StmtId>, whole: StmtId| {
        let (part, whole) = (runs_at(part?)?, runs_at(whole)?);
        (whole > 0).then(|| part as f64 / whole as f64)
    };
    for id in statements.into_iter().rev() {
        match syntax.ast.stmt(id).kind {
            StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                counts.turns = part(syntax.ast.block(body).first().copied(), id);
                break;
            }
            _ if counts.kept.is_some() => {}
            StmtKind::If { then, els, .. } => {
                let mut branches = std::iter::once(then).chain(els);
                let branch = branches.find(|it| syntax.ast.range(*it).contains(offset));
                let first = branch.and_then(|it| syntax.ast.block(it).first().copied());
                counts.kept = part(first, id);
            }
            StmtKind::Switch { clauses, .. } | StmtKind::TypeSwitch { clauses, .. } => {
                let clauses = syntax.ast.list(clauses);
                let clause = (clauses.iter()).find(|it| syntax.ast.range(**it).contains(offset));
                counts.kept = part(clause.and_then(|it| first_of_case(syntax, *it)), id);
            }
            _ => {}
        }
    }
    Some(counts)
}

/// Of a function's head, what its body ran.
fn of_function(view: &View, file: usize, line: u32) -> Option<Counts> {
    let function = view.package.functions.around(file, line)?;
    let syntax = view.syntax(file)?;
    let body = view.package.functions.get(function).body?;
    let first = *syntax.ast.block(body).first()?;
    counts(view, file, syntax.ast.range(first).start)
}

fn first_of_case(syntax: &File, clause: StmtId) -> Option<StmtId> {
    match syntax.ast.stmt(clause).kind {
        StmtKind::Case { body, .. } => syntax.ast.list(body).first().copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_worded() {
        let words = |runs, turns, kept| {
            text(&Counts {
                runs,
                most: 1,
                turns,
                kept,
            })
        };
        for (text, want) in [
            (words(0, Some(4.0), None), "never ran"),
            (words(1, None, None), "ran once"),
            (
                words(3600, Some(200.0), None),
                "ran 3.6k times (its loop turns 200 times)",
            ),
            (
                words(18, Some(1.0), Some(0.12)),
                "ran 18 times (its loop turns 1 time, its condition holds in 12%)",
            ),
            (
                words(18, Some(2.54), None),
                "ran 18 times (its loop turns 2.5 times)",
            ),
        ] {
            assert_eq!(text, want);
        }
    }
}
