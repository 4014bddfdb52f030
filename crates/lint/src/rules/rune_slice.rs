//! GP206: runes of a string that are collected into a slice to be looked at once.

use diag::{Safety, Severity};
use go_syntax::{AssignOp, ExprId, ExprKind, Node, StmtKind};
use go_types::{Basic, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP206",
    name: "rune-slice",
    summary: "a []rune of a string that is only ranged over",
    since: None,
    until: None,
    doc: include_str!("rune_slice.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::hot_conversion::RULE],
        spent_in: &["runtime.stringtoslicerune"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        if let StmtKind::Range { key, x, .. } = source.stmt(stmt)
            && let Some(text) = runes_of(source, x)
            && key.is_none_or(|key| source.text(key) == "_")
        {
            let mut draft = Draft::new("range over the string", Safety::Safe);
            draft.replace(source.range(x), source.text(text));
            let message = format!("`{}` makes a slice of runes to range over", source.text(x));
            let mut one = Found::new(source, x, &message)
                .label("a string can be ranged over by runes")
                .help(format!("range over `{}`", source.text(text)))
                .fix(draft.finish(source));
            one.confidence = 1.0;
            found.push(one);
        }
    }
    for expr in source.exprs() {
        found.extend(first_rune(source, expr));
    }
}

/// The string of `[]rune(s)`.
fn runes_of(source: &Source<'_>, expr: ExprId) -> Option<ExprId> {
    let (text, typ) = source.conversion(source.file.ast.unparen(expr))?;
    let is_runes = match source.with_store(|store| store.unaliased(typ)) {
        TypeKind::Slice(elem) => source.exactly(elem) == Some(Basic::Int32),
        _ => false,
    };
    let is_string = matches!(
        source.kind(text)?,
        TypeKind::Basic(Basic::String | Basic::UntypedString)
    );
    let is_param = source
        .type_of(text)
        .is_some_and(|typ| source.is_type_param(typ));
    (is_runes && is_string && !is_param).then_some(text)
}

/// `[]rune(s)[0]`
fn first_rune(source: &Source<'_>, expr: ExprId) -> Option<Found> {
    let ExprKind::Index { x, indices } = source.expr(expr) else {
        return None;
    };
    let [index] = source.file.ast.list(indices) else {
        return None;
    };
    let text = runes_of(source, x).filter(|_| source.const_int(*index) == Some(0))?;
    let mut draft = Draft::new("decode the first rune", Safety::Unsafe);
    let name = alone(source, expr);
    let utf8 = draft.package(source, "unicode/utf8", expr);
    let better = format!("{utf8}.DecodeRuneInString({})", source.text(text));
    match name {
        Some(name) => {
            let end = source.range(name).end;
            draft.insert(end, ", _");
            draft.replace(source.range(expr), better.clone());
        }
        None => draft.fail(),
    }
    let message = format!(
        "`{}` makes a slice of runes for one of them",
        source.text(expr)
    );
    Some(
        Found::new(source, expr, &message)
            .label("all runes are decoded")
            .help(format!(
                "decode the first rune: `{better}`; of an empty string it is `utf8.RuneError` instead of a panic"
            ))
            .fix(draft.finish(source)),
    )
}

/// The variable that an expression alone is assigned to.
fn alone(source: &Source<'_>, expr: ExprId) -> Option<ExprId> {
    let Some(Node::Stmt(stmt)) = source.parent(expr) else {
        return None;
    };
    let StmtKind::Assign {
        lhs,
        op: AssignOp::Assign | AssignOp::Define,
        rhs,
    } = source.stmt(stmt)
    else {
        return None;
    };
    match (source.file.ast.list(lhs), source.file.ast.list(rhs)) {
        ([name], [_]) => Some(*name),
        _ => None,
    }
}
