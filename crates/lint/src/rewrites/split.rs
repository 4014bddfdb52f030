//! `strings.Split` into a few fields that stay in the function: into an array on the stack.

use diag::Safety;
use go_syntax::{ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::Builtin;

use super::Rewrite;
use crate::source::{Draft, Source};

/// Fields beyond this many are seldom there.
const MOST: i64 = 8;

pub(super) fn find(source: &Source<'_>, all: &mut Vec<Rewrite>) {
    for stmt in source.stmts() {
        all.extend(rewrite(source, stmt));
    }
}

/// `fields := strings.Split(s, sep)`
fn rewrite(source: &Source<'_>, stmt: StmtId) -> Option<Rewrite> {
    let declared = source.declared(stmt);
    let [one] = declared.as_slice() else {
        return None;
    };
    let (args, false) = source.args_of(one.value?, "strings", "Split")? else {
        return None;
    };
    let [text, separator] = args else { return None };
    let obj = source.variable(one.name)?;
    let mut most = 0;
    for ident in source.mentions(obj).iter().skip(1) {
        most = most.max(needed(source, *ident)?);
    }
    let fits = (1..=MOST).contains(&most)
        && source.go >= 24
        && matches!(source.stmt(stmt), StmtKind::Assign { .. })
        && source.begins_line(stmt)
        && source.siblings(stmt).is_some()
        && source.is_predeclared("string", stmt);
    if !fits {
        return None;
    }
    let name = source.text(one.name);
    let array = format!("{name}Array");
    if source.file.src.contains(&array) || name == "field" {
        return None;
    }
    let mut draft = Draft::new(
        format!("split into an array of {} on the stack", most + 1),
        Safety::Safe,
    );
    let strings = draft.package(source, "strings", stmt);
    let indent = source.indent(stmt);
    draft.replace(
        source.range(stmt),
        format!(
            "var {array} [{}]string\n{indent}{name} := {array}[:0]\n{indent}for field := range \
             {strings}.SplitSeq({}, {}) {{\n{indent}\t{name} = append({name}, field)\n{indent}}}",
            most + 1,
            source.text(*text),
            source.text(*separator),
        ),
    );
    Rewrite::new("split-on-stack", source, stmt, draft)
}

/// The number of fields that a use asks for: `fields[1]`, `len(fields) != 2`. `None` if the slice itself goes on.
fn needed(source: &Source<'_>, ident: ExprId) -> Option<i64> {
    let Some(Node::Expr(outer)) = source.parent(ident) else {
        return None;
    };
    if let ExprKind::Index { x, indices } = source.expr(outer) {
        let [index] = source.file.ast.list(indices) else {
            return None;
        };
        let reads = x == ident && !source.is_write(outer) && !is_addressed(source, outer);
        return reads
            .then(|| source.const_int(*index))
            .flatten()
            .map(|it| it + 1);
    }
    source.builtin_args(outer, Builtin::Len)?;
    let bound = match source.parent(outer) {
        Some(Node::Expr(comparison)) => match source.expr(comparison) {
            ExprKind::Binary { x, y, .. } => {
                let other = if x == outer { y } else { x };
                source.const_int(other)
            }
            _ => None,
        },
        _ => None,
    };
    Some(bound.unwrap_or(0))
}

fn is_addressed(source: &Source<'_>, expr: ExprId) -> bool {
    matches!(source.parent(expr), Some(Node::Expr(outer))
        if matches!(source.expr(outer), ExprKind::Unary { op: go_syntax::UnaryOp::And, .. }))
}
