//! GP506: objects that a counted loop allocates one by one.

use diag::Severity;
use go_syntax::{ExprId, ExprKind, StmtId, UnaryOp};
use go_types::{Builtin, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Counted, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP506",
    name: "slice-of-pointers",
    summary: "objects for a slice of pointers that a counted loop allocates one by one",
    since: None,
    until: None,
    doc: include_str!("slice_of_pointers.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.6,
        covers: &[&super::heap_allocation::RULE],
        spent_in: &[],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        if let Some(counted) = source.counted(stmt) {
            found.extend(allocated(source, &counted));
        }
    }
}

/// `s = append(s, &T{…})` or `s[i] = &T{…}` in each turn of a counted loop.
fn allocated(source: &Source<'_>, counted: &Counted) -> Option<Found> {
    if counted.bound.constant().is_some() {
        return None;
    }
    let list = source.file.ast.block(counted.body);
    let (at, literal) =
        (list.iter().enumerate()).find_map(|(at, it)| Some((at, stored(source, *it)?)))?;
    let is_each = list[..at].iter().all(|it| !source.leaves(*it));
    let ExprKind::Unary { x, .. } = source.inner(literal) else {
        return None;
    };
    let typ = source.type_of(x)?;
    if !is_each || !matches!(source.under(typ), TypeKind::Struct(_)) {
        return None;
    }
    let ExprKind::CompositeLit { ty: Some(ty), .. } = source.inner(x) else {
        return None;
    };
    let (name, bound) = (source.text(ty), source.bound_text(counted.bound, 1));
    let message = format!("each turn allocates a `{name}` of its own");
    let mut found = Found::new(source, literal, &message)
        .label("one object each turn")
        .help(format!(
            "make all at once, `all := make([]{name}, {bound})`, and take the address of `all[i]`: they then live as long \
             as one of them does. Or keep a slice of values"
        ));
    found.range.end = source.range(ty).end;
    found.needs_evidence = true;
    Some(found)
}

/// The `&T{…}` that a statement stores in a slice.
fn stored(source: &Source<'_>, stmt: StmtId) -> Option<ExprId> {
    let ([target], [value]) = source.assigned(stmt)? else {
        return None;
    };
    let stored = match source.builtin_args(*value, Builtin::Append) {
        Some(([_, one], false)) => *one,
        Some(_) => return None,
        None => match source.inner(*target) {
            ExprKind::Index { x, .. } if matches!(source.kind(x), Some(TypeKind::Slice(_))) => {
                *value
            }
            _ => return None,
        },
    };
    matches!(
        source.inner(stored),
        ExprKind::Unary {
            op: UnaryOp::And,
            ..
        }
    )
    .then_some(stored)
}
