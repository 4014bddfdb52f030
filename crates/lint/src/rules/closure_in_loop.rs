//! GP603: a closure that each turn makes alike.

use diag::Severity;
use go_syntax::{ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::{TypeKind, VarKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule {
    id: "GP603",
    name: "closure-in-loop",
    summary: "a closure that each turn of a loop allocates although it is the same",
    since: None,
    until: None,
    doc: include_str!("closure_in_loop.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::escaping_closure::RULE],
        spent_in: &[],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for literal in source.exprs() {
        if matches!(source.expr(literal), ExprKind::FuncLit { .. })
            && !is_called(source, literal)
            && let Some(around) = source.loops_around(literal).first().copied()
            && captures_outer_only(source, literal, around)
            && source.runs_again(literal)
        {
            found.push(finding(source, literal));
        }
    }
}

/// Whether a literal is called where it stands; also by `go` and `defer`, which cost more than the closure.
fn is_called(source: &Source<'_>, literal: ExprId) -> bool {
    let mut inner = literal;
    while let Some(Node::Expr(outer)) = source.parent(inner) {
        match source.expr(outer) {
            ExprKind::Paren(_) => inner = outer,
            ExprKind::Call { fun, .. } => return fun == inner,
            _ => return false,
        }
    }
    false
}

/// Whether a literal mentions variables of the function around it, and none that the loop declares or changes. Without
/// any it is not a closure: the compiler makes it once.
fn captures_outer_only(source: &Source<'_>, literal: ExprId, around: StmtId) -> bool {
    let (own, turn) = (source.range(literal), source.range(around));
    let mut captured = Vec::new();
    for node in source.below(literal) {
        if let Node::Expr(ident) = node
            && matches!(source.expr(ident), ExprKind::Ident(_))
            && let Some(obj) = source.object(ident)
            && let Some(kind) = source.var_kind(obj)
            && !matches!(kind, VarKind::Package | VarKind::Field)
            && !captured.contains(&obj)
        {
            let declared = source.mentions(obj).first().map(|it| source.range(*it));
            if declared.is_some_and(|it| own.covers(it)) {
                continue;
            }
            if declared.is_none_or(|it| turn.covers(it)) {
                return false;
            }
            captured.push(obj);
        }
    }
    !captured.is_empty() && !is_go_loop(source, around)
}

/// Whether a loop serves for ever, or what comes from a channel: what it makes for each is hardly its cost.
fn is_go_loop(source: &Source<'_>, around: StmtId) -> bool {
    match source.stmt(around) {
        StmtKind::For { cond: None, .. } => true,
        StmtKind::Range { x, .. } => matches!(source.kind(x), Some(TypeKind::Chan { .. })),
        _ => false,
    }
}

fn finding(source: &Source<'_>, literal: ExprId) -> Found {
    let mut found = Found::new(source, literal, "each turn allocates the same closure")
        .label("captures nothing of the loop")
        .help("make it once, before the loop");
    if let ExprKind::FuncLit { body, .. } = source.expr(literal) {
        found.range.end = source.range(body).start.min(found.range.end);
    }
    found.needs_escape = !source.goes_to_heap(literal);
    found
}
