//! GP203: a key that is converted to a variable before several look-ups.

use base::TextRange;
use diag::{Fix, Safety, Severity};
use go_syntax::{ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::{Basic, ObjId, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Declared, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP203",
    name: "hoisted-bytes-key",
    summary: "bytes that are converted to a string for several look-ups",
    since: None,
    until: None,
    doc: include_str!("hoisted_bytes_key.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::hot_conversion::RULE],
        spent_in: &["runtime.slicebytetostring"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        for declared in source.declared(stmt) {
            found.extend(hoisted(source, stmt, &declared));
        }
    }
}

/// `k := string(b)` whose every use is `m[k]`; the compiler makes no copy of one use, and of none in place.
fn hoisted(source: &Source<'_>, stmt: StmtId, declared: &Declared) -> Option<Found> {
    let value = declared.value?;
    let (bytes, typ) = source.conversion(value)?;
    let obj = source.variable(declared.name)?;
    let is_key = source.is_bytes(bytes)
        && source.exactly(typ) == Some(Basic::String)
        && source.variable(bytes).is_some()
        && source.is_local(obj);
    let uses = source.mentions(obj).get(1..)?;
    if !is_key || uses.len() < 2 || !uses.iter().all(|it| is_lookup(source, *it)) {
        return None;
    }
    let (key, text) = (source.text(declared.name), source.text(value));
    let message = format!("`{key}` is copied for look-ups that need no copy");
    Some(
        Found::new(source, value, &message)
            .label("copies the bytes")
            .help(format!(
                "index with `{text}` in place: a look-up makes no copy"
            ))
            .fix(in_place(source, stmt, declared, obj, bytes)),
    )
}

/// Whether an identifier is the index of a map that is read.
fn is_lookup(source: &Source<'_>, ident: ExprId) -> bool {
    let Some(Node::Expr(outer)) = source.parent(ident) else {
        return false;
    };
    let ExprKind::Index { x, .. } = source.expr(outer) else {
        return false;
    };
    let is_map = matches!(source.kind(x), Some(TypeKind::Map { .. }));
    x != ident && is_map && !source.is_write(outer)
}

/// The conversion at each use, if the bytes are sure to be the same there.
fn in_place(
    source: &Source<'_>,
    stmt: StmtId,
    declared: &Declared,
    obj: ObjId,
    bytes: ExprId,
) -> Option<Fix> {
    let uses = source.mentions(obj).get(1..)?;
    let last = uses.iter().map(|it| source.range(*it).end).max()?;
    let between = TextRange::new(source.range(stmt).end, last);
    let name = source.variable(bytes)?;
    let body = source.function_of(stmt).and_then(|it| source.body(it))?;
    let is_kept = source.below(body).into_iter().all(|node| {
        let is_between =
            between.start < source.range(node).end && source.range(node).start < between.end;
        match node {
            // Another variable of that name.
            Node::Expr(id) if source.text(id) == source.text(bytes) => {
                !matches!(source.expr(id), ExprKind::Ident(_)) || source.object(id) == Some(name)
            }
            Node::Expr(id) if is_between => {
                !matches!(source.expr(id), ExprKind::Call { .. }) || !source.has_calls(id)
            }
            Node::Stmt(id) if is_between => !writes_bytes(source, id, name),
            _ => true,
        }
    });
    let lines = source.lines_of(stmt)?;
    if !is_kept || !declared.is_alone || source.siblings(stmt).is_none() {
        return None;
    }
    let mut draft = Draft::new("convert the key in place", Safety::Safe);
    draft.replace(lines, "");
    let text = source.text(declared.value?);
    for ident in uses {
        draft.replace(source.range(*ident), text);
    }
    draft.finish(source)
}

/// Whether a statement may change the variable or an element of some bytes.
fn writes_bytes(source: &Source<'_>, stmt: StmtId, name: ObjId) -> bool {
    let targets: Vec<ExprId> = match source.stmt(stmt) {
        StmtKind::Assign { lhs, .. } => source.file.ast.list(lhs).to_vec(),
        StmtKind::IncDec { x, .. } => vec![x],
        StmtKind::Range { key, value, .. } => [key, value].into_iter().flatten().collect(),
        StmtKind::Go(_) | StmtKind::Defer(_) | StmtKind::Send { .. } => return true,
        _ => return false,
    };
    targets.into_iter().any(|target| {
        let is_byte = matches!(
            source.expr(target),
            ExprKind::Index { .. } | ExprKind::Star(_)
        ) && source.basic(target) == Some(Basic::Uint8);
        source.variable(target) == Some(name) || is_byte
    })
}
