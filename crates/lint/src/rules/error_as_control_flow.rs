//! GP305: an error that is formatted for a caller that drops it.

use diag::Severity;
use go_syntax::{BinaryOp, DeclKind, ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::ObjId;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Function, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP305",
    name: "error-as-control-flow",
    summary: "an error that is formatted for a loop that drops it",
    since: None,
    until: None,
    doc: include_str!("error_as_control_flow.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::hot_fmt::RULE, &super::allocating_call::RULE],
        spent_in: &["fmt.Errorf"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if let Some(formatted) = own_errors(source, call)
            && !source.loops_around(call).is_empty()
            && source.runs_again(call)
            && let Some(error) = error_of(source, call)
            && is_dropped(source, error)
        {
            for at in formatted {
                found.push(finding(source, at, call));
            }
        }
    }
    found.sort_by_key(|it| (it.file, it.range));
    found.dedup_by_key(|it| (it.file, it.range));
}

/// The calls of `fmt.Errorf` that a function of this file returns, if a call is of one.
fn own_errors(source: &Source<'_>, call: ExprId) -> Option<Vec<ExprId>> {
    let (fun, ..) = source.call(call)?;
    let obj = source.object(fun)?;
    let body = source.functions().find_map(|it| {
        let Function::Declared(decl) = it else {
            return None;
        };
        match source.file.ast.decl(decl).kind {
            DeclKind::Func(func) if source.object(func.name) == Some(obj) => func.body,
            _ => None,
        }
    })?;
    let formatted: Vec<ExprId> = (source.below_here(body).into_iter())
        .filter_map(|node| match node {
            Node::Expr(it) if source.args_of(it, "fmt", "Errorf").is_some() => Some(it),
            _ => None,
        })
        .filter(|it| matches!(source.parent(*it), Some(Node::Stmt(stmt)) if matches!(source.stmt(stmt), StmtKind::Return(_))))
        .collect();
    (!formatted.is_empty()).then_some(formatted)
}

/// The variable that takes a call's error.
fn error_of(source: &Source<'_>, call: ExprId) -> Option<ObjId> {
    let stmt = source.stmt_around(call)?;
    let StmtKind::Assign { lhs, rhs, .. } = source.stmt(stmt) else {
        return None;
    };
    if source.file.ast.list(rhs) != [call] {
        return None;
    }
    let last = *source.file.ast.list(lhs).last()?;
    let obj = source.variable(last)?;
    let is_error = source.is_named(source.type_of_object(obj), "", "error");
    (is_error && source.is_declaration(last)).then_some(obj)
}

/// Whether an error is compared with nil and not looked at otherwise.
fn is_dropped(source: &Source<'_>, error: ObjId) -> bool {
    let uses = source.mentions(error).get(1..).unwrap_or_default();
    !uses.is_empty() && uses.iter().all(|it| is_compared(source, *it))
}

fn is_compared(source: &Source<'_>, ident: ExprId) -> bool {
    let Some(Node::Expr(outer)) = source.parent(ident) else {
        return false;
    };
    let is_nil = match source.expr(outer) {
        ExprKind::Binary {
            op: BinaryOp::Neq | BinaryOp::Eql,
            x,
            y,
        } => source.is_nil(x) || source.is_nil(y),
        _ => false,
    };
    is_nil && condition_of(source, outer).is_some()
}

/// The `if` that an expression is the condition of.
fn condition_of(source: &Source<'_>, expr: ExprId) -> Option<StmtId> {
    match source.parent(expr)? {
        Node::Stmt(stmt) => matches!(source.stmt(stmt), StmtKind::If { .. }).then_some(stmt),
        _ => None,
    }
}

fn finding(source: &Source<'_>, at: ExprId, call: ExprId) -> Found {
    let fun = source.call(call).map_or("", |(fun, ..)| source.text(fun));
    let message = format!(
        "`{}` formats an error that the loop around `{fun}` drops",
        source.text(at)
    );
    let mut found = Found::new(source, at, &message)
        .label("formatted for nobody")
        .help("return a boolean, or an error that is a package variable")
        .also(source.range(call), "only compared with nil here");
    found.needs_evidence = true;
    found
}
