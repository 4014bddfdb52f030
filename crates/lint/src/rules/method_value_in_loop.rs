//! GP604: a method value that each turn makes alike.

use diag::Severity;
use go_syntax::{ExprId, ExprKind, Node, StmtId};
use go_types::{SelectionKind, VarKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule {
    id: "GP604",
    name: "method-value-in-loop",
    summary: "a method value that each turn of a loop allocates although it is the same",
    since: None,
    until: None,
    doc: include_str!("method_value_in_loop.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::escaping_closure::RULE],
        spent_in: &[],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for selector in source.exprs() {
        if let Some(x) = method_value(source, selector)
            && let Some(around) = source.loops_around(selector).first().copied()
            && is_kept(source, x, around)
            && source.runs_again(selector)
        {
            found.push(finding(source, selector));
        }
    }
}

/// The operand of `x.M` that is not called.
fn method_value(source: &Source<'_>, selector: ExprId) -> Option<ExprId> {
    let ExprKind::Selector { x, .. } = source.expr(selector) else {
        return None;
    };
    if source.info().selection(selector)?.kind != SelectionKind::Method {
        return None;
    }
    let mut inner = selector;
    while let Some(Node::Expr(outer)) = source.parent(inner) {
        match source.expr(outer) {
            ExprKind::Paren(_) => inner = outer,
            ExprKind::Call { fun, .. } if fun == inner => return None,
            ExprKind::Index { x, .. } if x == inner => return None,
            _ => break,
        }
    }
    Some(x)
}

/// Whether an operand is the same in all turns.
fn is_kept(source: &Source<'_>, x: ExprId, around: StmtId) -> bool {
    let range = source.range(around);
    source.is_pure(x)
        && source.variables_in(x).iter().all(|obj| {
            let is_inside = source.var_kind(*obj) != Some(VarKind::Field)
                && (source.mentions(*obj).iter())
                    .any(|it| source.is_declaration(*it) && range.covers(source.range(*it)));
            !is_inside && !source.is_written_in(*obj, range)
        })
        && !source.variables_in(x).is_empty()
}

fn finding(source: &Source<'_>, selector: ExprId) -> Found {
    let text = source.text(selector);
    let message = format!("`{text}` allocates the same method value each turn");
    let mut found = Found::new(source, selector, &message)
        .label("a closure over its receiver")
        .help("bind it once, in a variable before the loop");
    found.needs_escape = !source.goes_to_heap(selector);
    found
}
