//! GP210: bytes of a constant text that each turn allocates.

use diag::Severity;
use go_syntax::{ExprId, Node, StmtKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP210",
    name: "repeated-literal-bytes",
    summary: "bytes of a constant text that each turn of a loop allocates",
    since: None,
    until: None,
    doc: include_str!("repeated_literal_bytes.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::hot_conversion::RULE],
        spent_in: &["runtime.stringtoslicebyte"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if let Some((text, typ)) = source.conversion(call)
            && source.is_bytes_type(typ)
            && source.const_text(text).is_some_and(|text| !text.is_empty())
            && !source.loops_around(call).is_empty()
            && source.goes_to_heap(call)
            && source.runs_again(call)
            && !waits(source, call)
        {
            found.push(finding(source, call, text));
        }
    }
}

/// Whether a turn gets there after it has waited in a `select`: how often is a matter of time.
fn waits(source: &Source<'_>, call: ExprId) -> bool {
    let around = source
        .loops_around(call)
        .first()
        .map(|it| source.range(*it));
    (source.ancestors(call))
        .take_while(|node| around.is_some_and(|it| it.covers(source.range(*node))))
        .any(|node| {
            matches!(node, Node::Stmt(id) if matches!(source.stmt(id), StmtKind::Comm { .. }))
        })
}

fn finding(source: &Source<'_>, call: ExprId, text: ExprId) -> Found {
    let message = format!("`{}` allocates the same bytes each turn", source.text(call));
    let help = match writer(source, call) {
        Some(writer) => format!(
            "make them once, as a package variable, or use `io.WriteString({writer}, {})`",
            source.text(text)
        ),
        None => "make them once, before the loop, if nobody changes them".to_owned(),
    };
    Found::new(source, call, &message)
        .label("copied to the heap")
        .help(help)
}

/// What the bytes are written to.
fn writer<'a>(source: &Source<'a>, call: ExprId) -> Option<&'a str> {
    let Some(Node::Expr(outer)) = source.parent(call) else {
        return None;
    };
    match source.callee(outer)? {
        // Implementations of `hash.Hash` take bytes only.
        Callee::Method {
            name: "Write", x, ..
        } if !is_hash(source, x) => Some(source.text(x)),
        _ => None,
    }
}

fn is_hash(source: &Source<'_>, x: ExprId) -> bool {
    (source.type_of(x).and_then(|typ| source.type_name(typ)))
        .is_some_and(|(path, _)| path == "hash")
}
