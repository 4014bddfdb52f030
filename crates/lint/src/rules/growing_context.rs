//! GP707: a context that each turn wraps once more.

use diag::{Safety, Severity};
use go_syntax::{ExprId, StmtId};
use go_types::{ObjId, VarKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP707",
    name: "growing-context",
    summary: "a context that each turn of a loop wraps once more",
    since: None,
    until: None,
    doc: include_str!("growing_context.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[],
        spent_in: &["context."],
    }),
};

const WRAPPING: &[&str] = &[
    "WithCancel",
    "WithCancelCause",
    "WithDeadline",
    "WithDeadlineCause",
    "WithTimeout",
    "WithTimeoutCause",
    "WithValue",
];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        found.extend(wrapped(source, stmt));
    }
}

/// `ctx = context.WithValue(ctx, …)` in a loop that `ctx` is declared outside of.
fn wrapped(source: &Source<'_>, stmt: StmtId) -> Option<Found> {
    let (lhs, [call]) = source.assigned(stmt)? else {
        return None;
    };
    let name = source.called_name(*call);
    if !WRAPPING.contains(&name) {
        return None;
    }
    let (args, _) = source.args_of(*call, "context", name)?;
    let target = *lhs.first()?;
    let obj = source.variable(target)?;
    let is_own = source.variable(*args.first()?)? == obj;
    // The outermost loop that the variable is not declared in.
    let around =
        (source.loops_around(stmt).into_iter()).rfind(|it| source.is_declared_outside(obj, *it))?;
    let is_growing = is_own
        && source.runs_again(stmt)
        && !is_set_again(source, obj, around, stmt)
        && !is_used_after(source, obj, around)
        && source.var_kind(obj) != Some(VarKind::Package);
    if !is_growing {
        return None;
    }
    let text = source.text(target);
    let message = format!("each turn wraps `{text}` once more");
    let mut draft = Draft::new("declare the context of the turn", Safety::Unsafe);
    // Other variables of the assignment would be declared too.
    let is_alone = lhs.len() == 1;
    if is_alone && let Some(at) = assignment(source, target, *call) {
        draft.replace(at, ":=");
    }
    Some(
        Found::new(source, stmt, &message)
            .label("longer by one each turn")
            .help(format!("give the turn a context of its own: `{text} := …`"))
            .fix(draft.finish(source)),
    )
}

/// Where the `=` between two expressions stands.
fn assignment(source: &Source<'_>, target: ExprId, value: ExprId) -> Option<base::TextRange> {
    let between = base::TextRange::new(source.range(target).end, source.range(value).start);
    let at = source.file.text(between).find('=')? as u32 + between.start;
    Some(base::TextRange::new(at, at + 1))
}

/// Whether a loop also sets the variable to something else, as to the context that it began with.
fn is_set_again(source: &Source<'_>, obj: ObjId, around: StmtId, own: StmtId) -> bool {
    let (range, own) = (source.range(around), source.range(own));
    source.mentions(obj).iter().any(|it| {
        let at = source.range(*it);
        range.covers(at) && !own.covers(at) && source.is_write(*it)
    })
}

/// Whether what the loop has wrapped is used behind it, which may be its purpose.
fn is_used_after(source: &Source<'_>, obj: ObjId, around: StmtId) -> bool {
    let end = source.range(around).end;
    let function = source.function_of(around);
    let is_result = source.var_kind(obj) == Some(VarKind::Result);
    is_result
        || source.mentions(obj).iter().any(|it| {
            // A literal of another function runs at any time.
            source.range(*it).start >= end
                || source.function_of(*it) != function && source.is_write(*it)
        })
}
