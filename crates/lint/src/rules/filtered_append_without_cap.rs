//! GP102: a slice that a counted loop fills in most turns, made without room for it.

use diag::{Safety, Severity, Value};
use go_syntax::{StmtId, StmtKind};

use super::append_without_cap::{FEW, Filled, empty_before, fix, is_only_append, plain_append};
use crate::evidence::percent;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule {
    id: "GP102",
    name: "filtered-append-without-cap",
    summary: "a slice that most turns of a counted loop fill, made without capacity",
    since: None,
    until: None,
    doc: include_str!("filtered_append_without_cap.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.4,
        covers: &[&super::growing_append::RULE],
        spent_in: &["runtime.growslice"],
    }),
};

/// Below this part of turns that append, room for all costs more than it saves.
const MOST: f64 = 0.5;

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        found.extend(filtered(source, stmt));
    }
}

/// A loop in which an `append` stands in an `if`, and the counts say that most turns reach it.
fn filtered(source: &Source<'_>, stmt: StmtId) -> Option<Found> {
    let counted = source.counted(stmt)?;
    let turns = source.turns(&counted)?;
    if !source.is_pure(counted.bound.expr()) || turns <= source.limit(&FEW) as f64 {
        return None;
    }
    let body = source.file.ast.block(counted.body);
    let conditional = body.iter().find_map(|stmt| match source.stmt(*stmt) {
        StmtKind::If { then, .. } => (source.file.ast.block(then).iter())
            .find(|inner| plain_append(source, **inner).is_some())
            .copied(),
        _ => None,
    })?;
    let (obj, times) = plain_append(source, conditional)?;
    let (declaration, declared) = empty_before(source, stmt, obj)?;
    let kept = source.runs(conditional)? as f64 / source.runs(*body.first()?)? as f64;
    if kept < MOST || !is_only_append(source, obj, counted.body, conditional) {
        return None;
    }
    let filled = Filled {
        declaration,
        declared,
        obj,
        counted,
        append: conditional,
        times,
    };
    let name = source.text(declared.name);
    let length = source.bound_text(counted.bound, times);
    let message = format!(
        "`{name}` grows in a loop of which {} of the turns append",
        percent(kept)
    );
    let fix = fix(source, &filled).map(|fix| diag::Fix {
        safety: Safety::Unsafe,
        ..fix
    });
    let mut one = Found::new(source, conditional, &message)
        .label("grows again and again")
        .help(format!(
            "make `{name}` with room for all: `{length}` elements, most of which are used"
        ))
        .also(source.range(declared.name), "made without capacity")
        .fix(fix);
    one.data.push(("kept", Value::from(kept)));
    one.data.push(("turns", Value::from(turns)));
    Some(one)
}
