//! GP405: a buffer of any size that goes back into its pool.

use diag::{Fix, Safety, Severity};
use go_syntax::{ExprId, ExprKind, Node, StmtKind};
use go_types::{Builtin, ObjId, VarKind};

use super::pools::pool_put;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP405",
    name: "oversized-put",
    summary: "a buffer that goes back into its pool however large it grew",
    since: None,
    until: None,
    doc: include_str!("oversized_put.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.3,
        covers: &[],
        spent_in: &[],
    }),
};

/// What the standard library keeps at most: `fmt`'s printers, for one. Source: fmt/print.go, go1.27.3, `(*pp).free`.
const KEPT: &str = "64<<10";

/// Methods of `bytes.Buffer` by which it grows without a bound that is seen here.
const GROWING: &[&str] = &["ReadFrom", "Write", "WriteString"];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if source.called_name(call) == "Put"
            && let Some(arg) = pool_put(source, call)
            && let Some(obj) = source.variable(arg)
            && is_buffer(source, obj)
            && source.is_local(obj)
            && grows(source, obj)
            && !is_guarded(source, obj)
        {
            found.push(finding(source, call, arg));
        }
    }
}

/// Whether a variable of the function is a `*bytes.Buffer`.
fn is_buffer(source: &Source<'_>, obj: ObjId) -> bool {
    source.var_kind(obj) == Some(VarKind::Local)
        && source.is_named(source.type_of_object(obj), "bytes", "Buffer")
}

/// Whether a buffer is written to without a bound: it is passed on as a writer, or given text that is not a constant.
fn grows(source: &Source<'_>, obj: ObjId) -> bool {
    source.mentions(obj).iter().any(|ident| {
        let Some(Node::Expr(outer)) = source.parent(*ident) else {
            return false;
        };
        match source.expr(outer) {
            ExprKind::Selector { x, sel } if x == *ident => {
                let is_growing = GROWING.contains(&source.text(sel));
                let call = source.parent(outer);
                is_growing
                    && matches!(call, Some(Node::Expr(call)) if source.call(call)
                        .is_some_and(|(_, args, _)| args.iter().any(|arg| !source.is_const(*arg))))
            }
            ExprKind::Call { .. } => match source.callee(outer) {
                Some(Callee::Func { .. } | Callee::Value) => true,
                Some(Callee::Method { .. }) => pool_put(source, outer).is_none(),
                _ => false,
            },
            _ => false,
        }
    })
}

/// Whether the function asks for the capacity.
fn is_guarded(source: &Source<'_>, obj: ObjId) -> bool {
    source.mentions(obj).iter().any(|ident| {
        let Some(Node::Expr(outer)) = source.parent(*ident) else {
            return false;
        };
        match source.expr(outer) {
            ExprKind::Selector { sel, .. } => {
                matches!(source.text(sel), "Cap" | "Len" | "Available" | "Truncate")
            }
            _ => source.builtin_args(outer, Builtin::Cap).is_some(),
        }
    })
}

fn finding(source: &Source<'_>, call: ExprId, arg: ExprId) -> Found {
    let name = source.text(arg);
    let message = format!("`{name}` goes back into the pool however large it grew");
    let mut found = Found::new(source, call, &message)
        .label("one large text keeps its memory for all later ones")
        .help(format!(
            "put it back only up to a size: `if {name}.Cap() <= {KEPT}`"
        ))
        .fix(guarded(source, call, name));
    found.confidence = 0.4;
    found
}

/// `Put` under a condition, where it is a statement of its own.
fn guarded(source: &Source<'_>, call: ExprId, name: &str) -> Option<Fix> {
    let Some(Node::Stmt(stmt)) = source.parent(call) else {
        return None;
    };
    if !matches!(source.stmt(stmt), StmtKind::Expr(_)) || !source.begins_line(stmt) {
        return None;
    }
    let mut draft = Draft::new("put back only buffers up to a size", Safety::Unsafe);
    let (indent, text) = (source.indent(stmt), source.text(stmt));
    draft.replace(
        source.range(stmt),
        format!("if {name}.Cap() <= {KEPT} {{\n{indent}\t{text}\n{indent}}}"),
    );
    draft.finish(source)
}
