//! GP109: a map that is searched twice for one key.

use base::TextRange;
use diag::{Fix, Safety, Severity};
use go_syntax::{AssignOp, ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::TypeKind;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP109",
    name: "double-map-access",
    summary: "a map that is searched twice for one key",
    since: None,
    until: None,
    doc: include_str!("double_map_access.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.4,
        covers: &[],
        spent_in: &[
            "runtime.mapaccess",
            "runtime.mapassign",
            "internal/runtime/maps.",
        ],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        let one = match source.stmt(stmt) {
            StmtKind::If { .. } => check_then_get(source, stmt),
            StmtKind::Assign { .. } => updated(source, stmt).or_else(|| appended(source, stmt)),
            _ => None,
        };
        found.extend(one);
    }
}

/// `m[k]` of a map, both without effects: the map and the key.
fn entry(source: &Source<'_>, expr: ExprId) -> Option<(ExprId, ExprId)> {
    let ExprKind::Index { x, indices } = source.inner(expr) else {
        return None;
    };
    let [key] = source.file.ast.list(indices) else {
        return None;
    };
    let is_map = matches!(source.kind(x), Some(TypeKind::Map { .. }))
        && !source
            .type_of(x)
            .is_some_and(|typ| source.is_type_param(typ));
    (is_map && source.is_pure(x) && source.is_pure(*key)).then_some((x, *key))
}

fn assignment<'a>(
    source: &Source<'a>,
    stmt: StmtId,
) -> Option<(&'a [ExprId], AssignOp, &'a [ExprId])> {
    match source.stmt(stmt) {
        StmtKind::Assign { lhs, op, rhs } => {
            Some((source.file.ast.list(lhs), op, source.file.ast.list(rhs)))
        }
        _ => None,
    }
}

fn found(
    source: &Source<'_>,
    at: ExprId,
    again: TextRange,
    fix: Option<Fix>,
    help: String,
) -> Found {
    let text = source.text(at);
    Found::new(
        source,
        at,
        &format!("the map is searched twice for `{text}`"),
    )
    .label("searched here")
    .help(help)
    .also(again, "and again")
    .cost(again)
    .fix(fix)
}

/// `if _, ok := m[k]; ok { v := m[k] … }`
fn check_then_get(source: &Source<'_>, stmt: StmtId) -> Option<Found> {
    let StmtKind::If {
        init: Some(init),
        cond,
        then,
        ..
    } = source.stmt(stmt)
    else {
        return None;
    };
    let ([blank, ok], AssignOp::Define, [first]) = assignment(source, init)? else {
        return None;
    };
    let is_blank = source.text(*blank) == "_";
    let checks = source.variable(cond).is_some() && source.variable(cond) == source.variable(*ok);
    let first_stmt = *source.file.ast.block(then).first()?;
    let ([name], AssignOp::Define, [second]) = assignment(source, first_stmt)? else {
        return None;
    };
    entry(source, *first)?;
    let is_same = is_blank && checks && source.same(*first, *second);
    if !is_same || source.text(*name) == "_" {
        return None;
    }
    let name_text = source.text(*name);
    let mut draft = Draft::new("take the value with the check", Safety::Safe);
    // The name comes into a wider scope: the `else` branch and the condition see it too.
    let is_unused_around =
        !mentions_name(source, stmt, then, name_text) && name_text != source.text(*ok);
    match source.lines_of(first_stmt) {
        Some(lines) if is_unused_around => {
            draft.replace(source.range(*blank), name_text);
            draft.replace(lines, "");
        }
        _ => draft.fail(),
    }
    let help = format!(
        "take the value with the check: `if {name_text}, {} := {}; …`",
        source.text(*ok),
        source.text(*first)
    );
    Some(found(
        source,
        *first,
        source.range(*second),
        draft.finish(source),
        help,
    ))
}

/// Whether an `if` mentions a name outside of its first branch.
fn mentions_name(source: &Source<'_>, stmt: StmtId, then: StmtId, name: &str) -> bool {
    let inside = source.range(then);
    source.below(stmt).into_iter().any(|node| {
        matches!(node, Node::Expr(id) if matches!(source.expr(id), ExprKind::Ident(_))
            && source.text(id) == name
            && !inside.covers(source.range(id)))
    })
}

/// `m[k] = m[k] op e`
fn updated(source: &Source<'_>, stmt: StmtId) -> Option<Found> {
    let ([target], AssignOp::Assign, [value]) = assignment(source, stmt)? else {
        return None;
    };
    entry(source, *target)?;
    let ExprKind::Binary { op, x, y } = source.inner(*value) else {
        return None;
    };
    let is_operator = op.precedence() >= 4;
    if !is_operator || !source.same(*target, x) {
        return None;
    }
    // A call could change the map between the two searches.
    if source.has_calls(y) {
        return None;
    }
    let mut draft = Draft::new("update the entry in place", Safety::Safe);
    let between = TextRange::new(source.range(*target).end, source.range(y).start);
    draft.replace(between, format!(" {}= ", op.text()));
    if matches!(source.expr(*value), ExprKind::Paren(_)) {
        draft.fail();
    }
    let help = format!(
        "update it in place: `{} {}= {}`",
        source.text(*target),
        op.text(),
        source.text(y)
    );
    Some(found(
        source,
        *target,
        source.range(x),
        draft.finish(source),
        help,
    ))
}

/// `s := m[k]; s = append(s, …); m[k] = s` with `s` unused afterwards.
fn appended(source: &Source<'_>, stmt: StmtId) -> Option<Found> {
    let ([name], AssignOp::Define, [first]) = assignment(source, stmt)? else {
        return None;
    };
    let (map, key) = entry(source, *first)?;
    let obj = source.variable(*name)?;
    let (list, at) = source.siblings(stmt)?;
    let (append, store) = (*list.get(at + 1)?, *list.get(at + 2)?);
    let (of, args, spread) = super::append_without_cap::append_to(source, append)?;
    let ([target], AssignOp::Assign, [stored]) = assignment(source, store)? else {
        return None;
    };
    let is_whole = of == obj
        && source.variable(*stored) == Some(obj)
        && source.same(*target, *first)
        && source.is_local(obj)
        && source.mentions(obj).len() == 4;
    let rest_is_plain = args[1..].iter().all(|arg| {
        !source.has_calls(*arg)
            && !(source
                .variables_in(map)
                .iter()
                .chain(&source.variables_in(key)))
            .any(|it| source.is_addressed(*it))
    });
    if !is_whole || !rest_is_plain {
        return None;
    }
    let entry = source.text(*first);
    let rest: Vec<&str> = args[1..].iter().map(|arg| source.text(*arg)).collect();
    let dots = if spread { "..." } else { "" };
    let appended = format!("{entry} = append({entry}, {}{dots})", rest.join(", "));
    let mut draft = Draft::new("append to the entry", Safety::Safe);
    match (source.lines_of(append), source.lines_of(store)) {
        (Some(append), Some(store)) => {
            draft.replace(source.range(stmt), appended.clone());
            draft.replace(append, "");
            draft.replace(store, "");
        }
        _ => draft.fail(),
    }
    let help = format!("append to the entry: `{appended}`");
    Some(found(
        source,
        *first,
        source.range(*target),
        draft.finish(source),
        help,
    ))
}
