//! `b.WriteString(x + y)` and `b.WriteString(fmt.Sprintf(…))` into a builder, piece by piece: no string in between.

use diag::Safety;
use go_syntax::{BinaryOp, ExprId, ExprKind, StmtKind};
use go_types::Basic;

use super::Rewrite;
use crate::rules::format_segments::{Segment, segments};
use crate::source::{Callee, Draft, Source, operand_text};

/// More pieces read badly.
const MOST: usize = 8;

pub(super) fn find(source: &Source<'_>, all: &mut Vec<Rewrite>) {
    for stmt in source.stmts() {
        let StmtKind::Expr(call) = source.stmt(stmt) else {
            continue;
        };
        let Some(target) = builder_of(source, call) else {
            continue;
        };
        let Some((_, [text], false)) = source.call(call) else {
            continue;
        };
        let mut draft = Draft::new(
            format!("write to `{}` piece by piece", source.text(target)),
            Safety::Safe,
        );
        let Some(lines) = pieces(source, target, *text, &mut draft) else {
            continue;
        };
        if lines.len() > MOST || !source.begins_line(stmt) {
            continue;
        }
        let indent = source.indent(stmt);
        draft.replace(source.range(stmt), lines.join(&format!("\n{indent}")));
        all.extend(Rewrite::new("builder-pieces", source, stmt, draft));
    }
}

/// The builder or buffer, a variable, whose `WriteString` is called.
fn builder_of(source: &Source<'_>, call: ExprId) -> Option<ExprId> {
    let Callee::Method {
        path, typ, name, x, ..
    } = source.callee(call)?
    else {
        return None;
    };
    let is_builder = matches!(
        (path.as_str(), typ.as_str()),
        ("strings", "Builder") | ("bytes", "Buffer")
    );
    let obj = source.variable(x)?;
    (is_builder && name == "WriteString" && source.is_local(obj)).then_some(x)
}

/// The statements that write the parts of a text; `None` if it is already one part.
fn pieces(
    source: &Source<'_>,
    target: ExprId,
    text: ExprId,
    draft: &mut Draft,
) -> Option<Vec<String>> {
    let builder = source.text(target);
    if let Some((args, false)) = source.args_of(text, "fmt", "Sprintf") {
        let (format, rest) = args.split_first()?;
        return formatted(source, target, *format, rest, draft);
    }
    let mut operands = Vec::new();
    sum(source, text, &mut operands);
    let is_fit = operands.len() > 1
        && !source.is_const(text)
        && operands
            .iter()
            .all(|it| !source.has_calls(*it) && is_text(source, *it));
    is_fit.then(|| {
        let write = |it: &ExprId| format!("{builder}.WriteString({})", source.text(*it));
        operands.iter().map(write).collect()
    })
}

fn is_text(source: &Source<'_>, expr: ExprId) -> bool {
    let exact = source.type_of(expr).and_then(|typ| source.exactly(typ));
    matches!(exact, Some(Basic::String | Basic::UntypedString))
}

fn sum(source: &Source<'_>, expr: ExprId, operands: &mut Vec<ExprId>) {
    match source.expr(expr) {
        ExprKind::Binary {
            op: BinaryOp::Add,
            x,
            y,
        } if !source.is_const(expr) => {
            sum(source, x, operands);
            sum(source, y, operands);
        }
        _ => operands.push(expr),
    }
}

/// Strings are written as they are; what lies between them goes through one format.
fn formatted(
    source: &Source<'_>,
    target: ExprId,
    format: ExprId,
    args: &[ExprId],
    draft: &mut Draft,
) -> Option<Vec<String>> {
    let builder = source.text(target);
    let segments = segments(&source.const_text(format)?)?;
    let verbs = segments.iter().filter(|it| it.verb.is_some()).count();
    let is_plain = verbs == args.len() && args.iter().all(|it| !source.has_calls(*it));
    if !is_plain {
        return None;
    }
    let fmt = draft.package(source, "fmt", format);
    let mut lines = Vec::new();
    let (mut open, mut operands) = (String::new(), Vec::new());
    let flush = |open: &mut String, operands: &mut Vec<String>, lines: &mut Vec<String>| {
        if operands.is_empty() && !open.is_empty() {
            let text = open.replace("%%", "%");
            lines.push(format!(
                "{builder}.WriteString({})",
                crate::rules::format_verbs::quoted(&text)
            ));
        } else if !operands.is_empty() {
            lines.push(format!(
                "{fmt}.Fprintf(&{builder}, {}, {})",
                crate::rules::format_verbs::quoted(open),
                operands.join(", ")
            ));
        }
        open.clear();
        operands.clear();
    };
    let mut args = args.iter();
    for Segment { text, verb } in &segments {
        let next = args.as_slice().first();
        let is_next_text = next.is_some_and(|it| is_text(source, *it));
        match verb {
            None => open += text,
            Some('s') if text == "%s" && is_next_text => {
                flush(&mut open, &mut operands, &mut lines);
                let arg = args.next()?;
                lines.push(format!("{builder}.WriteString({})", source.text(*arg)));
            }
            Some(_) => {
                open += text;
                operands.push(operand_text(source, *args.next()?));
            }
        }
    }
    flush(&mut open, &mut operands, &mut lines);
    Some(lines)
}
