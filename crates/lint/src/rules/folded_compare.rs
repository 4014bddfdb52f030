//! GP207: texts that are changed to one case to be compared.

use diag::{Safety, Severity};
use go_syntax::{BinaryOp, ExprId, ExprKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP207",
    name: "folded-compare",
    summary: "strings that are changed to one case to be compared",
    since: None,
    until: None,
    doc: include_str!("folded_compare.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[],
        spent_in: &["strings.ToLower", "strings.ToUpper"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for expr in source.exprs() {
        if let ExprKind::Binary {
            op: op @ (BinaryOp::Eql | BinaryOp::Neq),
            x,
            y,
        } = source.expr(expr)
        {
            found.extend(compared(source, expr, op, x, y));
        }
    }
}

fn compared(
    source: &Source<'_>,
    expr: ExprId,
    op: BinaryOp,
    x: ExprId,
    y: ExprId,
) -> Option<Found> {
    let (left, right) = match (folded(source, x), folded(source, y)) {
        (Some((name, a)), Some((other, b))) if name == other => (a, b),
        (Some((name, a)), None) if is_in_case(source, y, name) => (a, y),
        (None, Some((name, b))) if is_in_case(source, x, name) => (x, b),
        _ => return None,
    };
    let mut draft = Draft::new("compare without case", Safety::Unsafe);
    let strings = draft.package(source, "strings", expr);
    let not = if op == BinaryOp::Neq { "!" } else { "" };
    let (left, right) = (source.text(left), source.text(right));
    let better = format!("{not}{strings}.EqualFold({left}, {right})");
    draft.replace(source.range(expr), better.clone());
    let message = format!("`{}` makes copies to compare them", source.text(expr));
    Some(
        Found::new(source, expr, &message)
            .label("copies what is not yet in that case")
            .help(format!(
                "`{better}`; for some letters beyond ASCII the two disagree"
            ))
            .fix(draft.finish(source)),
    )
}

/// The function and operand of `strings.ToLower(x)` or `strings.ToUpper(x)`.
fn folded(source: &Source<'_>, expr: ExprId) -> Option<(&'static str, ExprId)> {
    let call = source.file.ast.unparen(expr);
    let name = source.called_name(call);
    if !matches!(name, "ToLower" | "ToUpper") {
        return None;
    }
    let (args, _) = source.args_of(call, "strings", name)?;
    Some((name, *args.first()?))
}

/// Whether an expression is a constant that the function leaves as it is; another one is never equal.
fn is_in_case(source: &Source<'_>, expr: ExprId, function: &str) -> bool {
    source.const_text(expr).is_some_and(|text| match function {
        "ToLower" => text.to_lowercase() == text,
        _ => text.to_uppercase() == text,
    })
}
