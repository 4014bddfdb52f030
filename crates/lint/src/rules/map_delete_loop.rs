//! GP108: a loop that deletes all entries of a map, one by one.

use diag::{Safety, Severity};
use go_syntax::{StmtId, StmtKind};
use go_types::{Basic, Builtin, TypeId, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP108",
    name: "map-delete-loop",
    summary: "a loop that deletes the entries of a map with float or interface keys",
    since: Some(21),
    until: None,
    doc: include_str!("map_delete_loop.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.6,
        covers: &[],
        spent_in: &["runtime.mapdelete", "internal/runtime/maps."],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    if source.go < 21 {
        return;
    }
    for stmt in source.stmts() {
        found.extend(deleted(source, stmt));
    }
}

/// `for k := range m { delete(m, k) }` that the compiler does not turn into `clear(m)` itself: a key may not equal itself.
/// Source: cmd/compile/internal/walk/range.go `isMapClear`, go1.27.3.
fn deleted(source: &Source<'_>, stmt: StmtId) -> Option<Found> {
    let StmtKind::Range {
        key: Some(key),
        value,
        define: true,
        x,
        body,
        ..
    } = source.stmt(stmt)
    else {
        return None;
    };
    let TypeKind::Map { key: typ, .. } = source.kind(x)? else {
        return None;
    };
    let [only] = source.file.ast.block(body) else {
        return None;
    };
    let StmtKind::Expr(call) = source.stmt(*only) else {
        return None;
    };
    let ([map, deleted], _) = source.builtin_args(call, Builtin::Delete)? else {
        return None;
    };
    let is_all = source.same(*map, x)
        && source.is_pure(x)
        && source.variable(*deleted)? == source.variable(key)?
        && value.is_none_or(|it| source.text(it) == "_");
    if !is_all || is_reflexive(source, typ, 0) {
        return None;
    }
    let text = source.text(x);
    let mut draft = Draft::new(format!("clear `{text}`"), Safety::Unsafe);
    if !source.is_predeclared("clear", stmt) || source.labeled(stmt) != stmt {
        draft.fail();
    }
    draft.replace(source.range(stmt), format!("clear({text})"));
    let message = format!("`{text}` is emptied one entry a turn, and keys that are NaN stay in it");
    let mut found = Found::new(source, stmt, &message)
        .label("one entry a turn")
        .help(format!("`clear({text})` removes all at once"))
        .fix(draft.finish(source));
    found.range.end = source.range(x).end;
    Some(found)
}

/// Whether every value of a type equals itself: not floats, nor what may hold one.
fn is_reflexive(source: &Source<'_>, typ: TypeId, depth: u32) -> bool {
    const MAX_DEPTH: u32 = 8;
    if depth > MAX_DEPTH || source.is_type_param(typ) {
        return true;
    }
    match source.under(typ) {
        TypeKind::Basic(basic) => !matches!(
            basic,
            Basic::Float32 | Basic::Float64 | Basic::Complex64 | Basic::Complex128
        ),
        TypeKind::Interface(_) => false,
        TypeKind::Array { elem, .. } => is_reflexive(source, elem, depth + 1),
        _ => true,
    }
}
