//! GP803: a buffer of 4 KB for each turn or call.

use diag::Severity;
use go_syntax::{ExprId, ExprKind, Node, StmtKind};
use go_types::ObjId;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP803",
    name: "bufio-per-call",
    summary: "a bufio.Reader or Writer that is made for each turn or call",
    since: None,
    until: None,
    doc: include_str!("bufio_per_call.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::allocating_call::RULE],
        spent_in: &["bufio.NewReader", "bufio.NewWriter"],
    }),
};

const MAKING: &[&str] = &["NewReader", "NewReaderSize", "NewWriter", "NewWriterSize"];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        let name = source.called_name(call);
        if MAKING.contains(&name)
            && source.args_of(call, "bufio", name).is_some()
            && let Some(obj) = holder(source, call)
            && (source.mentions(obj).iter().skip(1)).all(|it| ends_here(source, *it))
        {
            found.push(finding(source, call, name));
        }
    }
}

/// The variable of the function that a call's result is assigned to where it is declared.
fn holder(source: &Source<'_>, call: ExprId) -> Option<ObjId> {
    let stmt = source.stmt_around(call)?;
    let declared = (source.declared(stmt).into_iter()).find(|it| it.value == Some(call))?;
    let obj = source.variable(declared.name)?;
    (source.is_local(obj) && !source.is_addressed(obj)).then_some(obj)
}

/// Whether a use does not keep the buffer: a method is called, or it is an argument of a call that is not begun by `go`.
fn ends_here(source: &Source<'_>, ident: ExprId) -> bool {
    let Some(Node::Expr(outer)) = source.parent(ident) else {
        return false;
    };
    let call = match source.expr(outer) {
        ExprKind::Selector { x, .. } if x == ident => match source.parent(outer) {
            Some(Node::Expr(call)) => call,
            _ => return false,
        },
        ExprKind::Call { fun, .. } if fun != ident => outer,
        _ => return false,
    };
    let is_kept = match source.callee(call) {
        // What makes something of a reader keeps it: `NewDecoder`, `newConn`.
        Some(Callee::Func { name, .. } | Callee::Method { name, .. }) => {
            let lower = name.to_ascii_lowercase();
            lower.starts_with("new") || lower.starts_with("make") || lower.contains("multi")
        }
        Some(Callee::Builtin(_) | Callee::Conversion(_)) => true,
        _ => false,
    };
    let is_begun = matches!(source.parent(call), Some(Node::Stmt(stmt))
        if matches!(source.stmt(stmt), StmtKind::Go(_)));
    !is_kept && !is_begun
}

fn finding(source: &Source<'_>, call: ExprId, name: &str) -> Found {
    let is_looped = !source.loops_around(call).is_empty() && source.runs_again(call);
    let text = source.text(call);
    let (when, help) = if is_looped {
        ("turn", "make one before the loop, and `Reset` it each turn")
    } else {
        ("call", "keep one in a `sync.Pool`, and `Reset` it")
    };
    let message = format!("`{text}` allocates its buffer each {when}");
    let mut found = Found::new(source, call, &message)
        .label("a new buffer")
        .help(help);
    found.needs_evidence = !is_looped;
    if is_looped && name.starts_with("NewReader") && is_same_input(source, call) {
        found.label = "drops what an earlier one has read ahead";
        found.message = format!(
            "`{text}` makes a new reader each turn: what the one before has read ahead is lost"
        );
        "make it once, before the loop".clone_into(&mut found.help);
    }
    found
}

/// Whether all turns read from the same variable.
fn is_same_input(source: &Source<'_>, call: ExprId) -> bool {
    let from = source
        .call(call)
        .and_then(|(_, args, _)| args.first().copied());
    let Some(around) = source.loops_around(call).first().copied() else {
        return false;
    };
    from.and_then(|from| source.variable(from))
        .is_some_and(|obj| {
            source.is_declared_outside(obj, around)
                && !source.is_written_in(obj, source.range(around))
                && !source.is_addressed(obj)
                && !is_moved(source, obj, around)
        })
}

/// Whether the loop sets a reader to other input: `Reset`, `Seek`.
fn is_moved(source: &Source<'_>, obj: ObjId, around: go_syntax::StmtId) -> bool {
    let range = source.range(around);
    source.mentions(obj).iter().any(|ident| {
        let method = match source.parent(*ident) {
            Some(Node::Expr(outer)) => match source.expr(outer) {
                ExprKind::Selector { sel, .. } => source.text(sel),
                _ => "",
            },
            _ => "",
        };
        range.covers(source.range(*ident)) && (method.starts_with("Reset") || method == "Seek")
    })
}
