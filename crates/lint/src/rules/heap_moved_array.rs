//! GP507: an array that is too large for the stack.

use diag::Severity;
use go_syntax::{ExprKind, Node, StmtKind, UnaryOp};
use go_types::{ObjId, TypeKind, VarKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule {
    id: "GP507",
    name: "heap-moved-array",
    summary: "a variable that is too large for the stack, allocated each call",
    since: None,
    until: None,
    doc: include_str!("heap_moved_array.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::moved_to_heap::RULE],
        spent_in: &[],
    }),
};

/// Variables that are larger are on the heap. Source: cmd/compile/internal/ir/cfg.go `MaxStackVarSize`, go1.27.3.
const MAX_STACK: i64 = 128 << 10;

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        if !matches!(
            source.stmt(stmt),
            StmtKind::Decl(_) | StmtKind::Assign { .. }
        ) {
            continue;
        }
        for declared in source.declared(stmt) {
            let Some(obj) = source.variable(declared.name) else {
                continue;
            };
            let typ = source.type_of_object(obj);
            let is_large = source.var_kind(obj) == Some(VarKind::Local)
                && matches!(source.expr(declared.name), ExprKind::Ident(_))
                && matches!(
                    source.under(typ),
                    TypeKind::Array { .. } | TypeKind::Struct(_)
                )
                && !source.is_type_param(typ);
            let runs_often = (source.function_of(stmt)).is_some_and(|it| !source.runs_once(it));
            if is_large
                && runs_often
                && source.is_declaration(declared.name)
                && !is_given_away(source, obj)
                && let Some(bytes) = source.size(typ).filter(|it| *it > MAX_STACK)
            {
                let name = source.text(declared.name);
                let message = format!(
                    "`{name}` is too large for the stack: each call allocates and clears {bytes} bytes"
                );
                found.push(
                    Found::new(source, declared.name, &message)
                        .label("on the heap")
                        .help(
                            "make it smaller (variables of up to 128 KB stay on the stack), let the caller hand in a buffer, or keep \
                             buffers in a `sync.Pool`",
                        ),
                );
            }
        }
    }
}

/// Whether the address of a variable is taken: it may be on the heap whatever its size, as what the function returns.
fn is_given_away(source: &Source<'_>, obj: ObjId) -> bool {
    source.mentions(obj).iter().any(|ident| {
        matches!(source.parent(*ident), Some(Node::Expr(outer))
            if matches!(source.expr(outer), ExprKind::Unary { op: UnaryOp::And, .. }))
    })
}
