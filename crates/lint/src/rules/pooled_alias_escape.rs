//! GP401: memory of a pooled object that outlives its `Put`.

use diag::{Fix, Safety, Severity};
use go_syntax::{ExprId, ExprKind, UnaryOp};
use go_types::TypeKind;

use super::pools::{Wrappers, follow, has_pools, origins};
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP401",
    name: "pooled-alias-escape",
    summary: "memory of a pooled object that is still used after the object is put back",
    since: None,
    until: None,
    doc: include_str!("pooled_alias_escape.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::Package(check),
        severity: Severity::Error,
        reduction: 0.0,
        covers: &[],
        spent_in: &[],
    }),
};

fn check(sources: &[Source<'_>], found: &mut Vec<Found>) {
    let wrappers = Wrappers::of(sources);
    for source in sources {
        if !has_pools(source) && wrappers.is_empty() {
            continue;
        }
        for function in source.functions() {
            for origin in origins(source, function, &wrappers) {
                for (at, expr) in follow(source, function, origin, &wrappers).escapes {
                    let mut one = finding(source, at, expr);
                    one.range = at;
                    found.push(one);
                }
            }
        }
    }
    found.sort_by_key(|it| (it.file, it.range));
    found.dedup_by_key(|it| (it.file, it.range));
}

fn finding(source: &Source<'_>, at: base::TextRange, expr: Option<ExprId>) -> Found {
    let text = expr.map_or_else(|| source.file.text(at), |expr| source.text(expr));
    let text = text.lines().next().unwrap_or_default();
    let message = format!(
        "`{text}` is memory of a pooled object, which is put back while this is still in use"
    );
    let mut found = Found {
        file: source.index,
        range: at,
        message,
        label: "the next user of the pool overwrites it",
        help: "return or keep a copy, or put the object back when its memory is no longer used"
            .to_owned(),
        secondary: Vec::new(),
        costs: Vec::new(),
        fix: expr.and_then(|expr| copied(source, expr)),
        confidence: 1.0,
        data: Vec::new(),
        needs_evidence: false,
        needs_escape: false,
    };
    if found.fix.is_some() {
        "keep a copy".clone_into(&mut found.help);
    }
    found
}

/// A copy in place of what escapes, where it is a slice.
fn copied(source: &Source<'_>, expr: ExprId) -> Option<Fix> {
    let leaf = leaf(source, expr)?;
    let typ = source.type_of(leaf)?;
    let TypeKind::Slice(_) = source.under(typ) else {
        return None;
    };
    let mut draft = Draft::new("keep a copy", Safety::Unsafe);
    let package = if source.is_bytes(leaf) && source.go >= 20 {
        draft.package(source, "bytes", leaf)
    } else if source.go >= 21 {
        draft.package(source, "slices", leaf)
    } else {
        return None;
    };
    draft.replace(
        source.range(leaf),
        format!("{package}.Clone({})", source.text(leaf)),
    );
    draft.finish(source)
}

/// The slice in a literal that is returned whole.
fn leaf(source: &Source<'_>, expr: ExprId) -> Option<ExprId> {
    match source.inner(expr) {
        ExprKind::Unary {
            op: UnaryOp::And,
            x,
        } => leaf(source, x),
        ExprKind::KeyValue { value, .. } => leaf(source, value),
        ExprKind::CompositeLit { elems, .. } => {
            let elems = source.file.ast.list(elems);
            let mut slices = elems.iter().filter_map(|elem| leaf(source, *elem));
            slices.next().filter(|_| slices.next().is_none())
        }
        ExprKind::FuncLit { .. } => None,
        _ => matches!(source.kind(expr), Some(TypeKind::Slice(_))).then_some(expr),
    }
}
