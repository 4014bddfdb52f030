//! GP703: a timer for each turn of a loop.

use diag::{Fix, Safety, Severity};
use go_syntax::{ExprId, Node, StmtId, StmtKind};
use go_types::VarKind;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP703",
    name: "time-after-loop",
    summary: "a hot loop that makes a timer each turn",
    since: Some(23),
    until: None,
    doc: include_str!("time_after_loop.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::allocating_call::RULE],
        spent_in: &["time.After", "time.NewTimer"],
    }),
};

/// The language version from which on timers that nothing refers to are collected; before it is a leak.
const COLLECTED: u32 = 23;

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    if source.go < COLLECTED {
        return;
    }
    for call in source.calls() {
        if source.called_name(call) == "After"
            && let Some(([wait], _)) = source.args_of(call, "time", "After")
            && let Some(around) = source.loops_around(call).first().copied()
            && is_made_again(source, call)
        {
            found.push(finding(source, call, *wait, around));
        }
    }
}

/// Whether a call runs in later turns. What a `select` waits for is evaluated in all turns that some clause leads back to.
fn is_made_again(source: &Source<'_>, call: ExprId) -> bool {
    let Some(select) = select_of(source, call) else {
        return source.runs_again(call);
    };
    let StmtKind::Select { clauses, .. } = source.stmt(select) else {
        return false;
    };
    source.file.ast.list(clauses).iter().any(|clause| {
        let StmtKind::Comm { comm, body, .. } = source.stmt(*clause) else {
            return false;
        };
        let first = comm.or_else(|| source.file.ast.list(body).first().copied());
        first.is_some_and(|stmt| source.runs_again(stmt))
    })
}

/// The `select` that a call is waited for in.
fn select_of(source: &Source<'_>, call: ExprId) -> Option<StmtId> {
    source.ancestors(call).find_map(|node| match node {
        Node::Stmt(id) if matches!(source.stmt(id), StmtKind::Select { .. }) => Some(id),
        _ => None,
    })
}

fn finding(source: &Source<'_>, call: ExprId, wait: ExprId, around: StmtId) -> Found {
    let message = format!(
        "`{}` makes a timer and a channel each turn",
        source.text(call)
    );
    let mut found = Found::new(source, call, &message)
        .label("a timer each turn")
        .help("make one timer before the loop, and `Reset` it each turn")
        .fix(kept(source, call, wait, around));
    found.needs_evidence = true;
    found
}

/// One timer for all turns, where the `select` is a statement of the loop's body and the wait is known before the loop.
fn kept(source: &Source<'_>, call: ExprId, wait: ExprId, around: StmtId) -> Option<Fix> {
    const NAME: &str = "timer";
    let select = select_of(source, call)?;
    let (StmtKind::For { body, .. } | StmtKind::Range { body, .. }) = source.stmt(around) else {
        return None;
    };
    let first = source.labeled(around);
    let is_known = source.is_pure(wait)
        && source.variables_in(wait).iter().all(|obj| {
            source.var_kind(*obj) == Some(VarKind::Field)
                || source.is_declared_outside(*obj, around)
        });
    let is_direct = source.parent(select) == Some(Node::Stmt(body))
        && source.begins_line(first)
        && source.siblings(first).is_some()
        && source.begins_line(select);
    if !is_known || !is_direct || !source.is_unused_name(NAME, around) {
        return None;
    }
    let (wait, text) = (source.text(wait), source.text(call));
    let time = text.split(".After").next()?;
    let mut draft = Draft::new("reset one timer each turn", Safety::Unsafe);
    let indent = source.indent(first);
    draft.insert(
        source.range(first).start,
        format!("{NAME} := {time}.NewTimer({wait})\n{indent}"),
    );
    let indent = source.indent(select);
    draft.insert(
        source.range(select).start,
        format!("{NAME}.Reset({wait})\n{indent}"),
    );
    draft.replace(source.range(call), format!("{NAME}.C"));
    draft.finish(source)
}
