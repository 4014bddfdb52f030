//! GP505: an array that a range copies before it begins.

use diag::{Safety, Severity};
use go_syntax::{ExprId, ExprKind, StmtId, StmtKind};
use go_types::{TypeKind, VarKind};

use crate::limits::Limit;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule, THE_LINE};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP505",
    name: "range-array-copy",
    summary: "a range over an array, which copies all of it first",
    since: None,
    until: None,
    doc: include_str!("range_array_copy.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.3,
        covers: &[],
        spent_in: &[THE_LINE, "runtime.memmove", "runtime.duffcopy"],
    }),
};

pub(super) const LARGE: Limit = Limit {
    rule: "GP505",
    key: "min-bytes",
    default: 512,
    doc: "arrays of so many bytes are reported",
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        found.extend(copied(source, stmt));
    }
}

fn copied(source: &Source<'_>, stmt: StmtId) -> Option<Found> {
    let StmtKind::Range {
        value: Some(value),
        x,
        body,
        ..
    } = source.stmt(stmt)
    else {
        return None;
    };
    let typ = source.type_of(x)?;
    let bytes = source.size(typ).filter(|it| *it >= source.limit(&LARGE))?;
    let is_array = matches!(source.kind(x), Some(TypeKind::Array { .. }))
        && !source.is_type_param(typ)
        && source.text(value) != "_"
        && has_address(source, x);
    if !is_array {
        return None;
    }
    let text = source.text(x);
    let safety = if is_kept(source, x, body) {
        Safety::Safe
    } else {
        Safety::Unsafe
    };
    let mut draft = Draft::new("range over the array where it is", safety);
    draft.insert(source.range(x).start, "&");
    let message = format!("the loop copies `{text}`, {bytes} bytes, before its first turn");
    Some(
        Found::new(source, x, &message)
            .label("copied as a whole")
            .help(format!("range over its address: `range &{text}`"))
            .fix(draft.finish(source)),
    )
}

/// Whether `&x` is possible: variables, their fields and elements, what a pointer refers to.
fn has_address(source: &Source<'_>, x: ExprId) -> bool {
    match source.expr(x) {
        ExprKind::Ident(_) => source.variable(x).is_some(),
        ExprKind::Star(_) => true,
        ExprKind::Selector { x: of, .. } => match source.info().selection(x) {
            Some(it) => {
                it.kind == go_types::SelectionKind::Field
                    && (it.indirect || source.is_pointer(of) || has_address(source, of))
            }
            None => source
                .object(x)
                .is_some_and(|obj| source.var_kind(obj).is_some()),
        },
        ExprKind::Index { x: of, .. } => match source.kind(of) {
            Some(TypeKind::Slice(_) | TypeKind::Pointer(_)) => true,
            Some(TypeKind::Array { .. }) => has_address(source, of),
            _ => false,
        },
        _ => false,
    }
}

/// Whether nothing can change the array while the loop runs.
fn is_kept(source: &Source<'_>, x: ExprId, body: StmtId) -> bool {
    let range = source.range(body);
    let is_own = || {
        source.variable(x).is_some_and(|obj| {
            source.var_kind(obj) != Some(VarKind::Package)
                && source.is_local(obj)
                && !source.is_addressed(obj)
                && !source.is_changed_in(obj, range)
        })
    };
    !source.may_store(body) || is_own()
}
