//! GP406: a return that keeps a pooled object which other paths put back.

use diag::Severity;
use go_syntax::{ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::{ObjId, VarKind};

use super::pools::{Wrappers, has_pools};
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Flow, Function, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP406",
    name: "missing-put",
    summary: "a return that drops a pooled object which other paths put back",
    since: None,
    until: None,
    doc: include_str!("missing_put.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::Package(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[],
        spent_in: &["sync.(*Pool).Get"],
    }),
};

fn check(sources: &[Source<'_>], found: &mut Vec<Found>) {
    let wrappers = Wrappers::of(sources);
    for source in sources {
        if !has_pools(source) && wrappers.is_empty() {
            continue;
        }
        for function in source.functions() {
            let Some(body) = source.body(function) else {
                continue;
            };
            for node in source.below_here(body) {
                if let Node::Expr(get) = node
                    && wrappers.is_get(source, get)
                {
                    found.extend(dropped(source, function, get, &wrappers));
                }
            }
        }
    }
}

/// A return that is reached from a `Get` without a `Put`, where other returns are reached with one.
fn dropped(
    source: &Source<'_>,
    function: Function,
    get: ExprId,
    wrappers: &Wrappers,
) -> Option<Found> {
    let (obj, stmt) = holder(source, get)?;
    let mut puts = Vec::new();
    for ident in source.mentions(obj).iter().skip(1) {
        match use_of(source, *ident, wrappers) {
            Use::Put(call) => puts.push(call),
            Use::Within => {}
            Use::Kept => return None,
        }
    }
    let flow = source.flow(function)?;
    let is_plain = |call: &ExprId| matches!(source.parent(*call), Some(Node::Stmt(it)) if matches!(source.stmt(it), StmtKind::Expr(_)));
    if puts.is_empty() || !puts.iter().all(is_plain) {
        return None;
    }
    let put_atoms: Vec<usize> = (puts.iter())
        .filter_map(|call| flow.atom_around(source, *call))
        .collect();
    let start = flow.atom_around(source, stmt)?;
    let (last, path) = path_without(flow, start, &put_atoms)?;
    // A choice that looks at the object: it is dropped on purpose.
    let is_choice = path.iter().any(|at| {
        let node = flow.atoms[*at].node;
        matches!(node, Some(Node::Expr(cond)) if source.mentions_in(cond, obj))
    });
    let Some(Node::Stmt(leaving)) = flow.atoms[last].node else {
        return None;
    };
    let is_return = matches!(source.stmt(leaving), StmtKind::Return(_));
    let is_put_elsewhere = put_atoms.iter().all(|at| flow.reaches(start, *at));
    if is_choice || !is_return || !is_put_elsewhere {
        return None;
    }
    Some(finding(source, obj, leaving, get, puts[0]))
}

/// The variable that a pooled object is declared as, and the statement.
fn holder(source: &Source<'_>, get: ExprId) -> Option<(ObjId, StmtId)> {
    let mut value = get;
    while let Some(Node::Expr(outer)) = source.parent(value) {
        match source.expr(outer) {
            ExprKind::TypeAssert { .. } | ExprKind::Paren(_) => value = outer,
            _ => return None,
        }
    }
    let stmt = source.stmt_around(get)?;
    let declared = (source.declared(stmt).into_iter()).find(|it| it.value == Some(value))?;
    let obj = source.variable(declared.name)?;
    let is_own = source.is_local(obj)
        && source.var_kind(obj) == Some(VarKind::Local)
        && !source.is_addressed(obj);
    is_own.then_some((obj, stmt))
}

enum Use {
    Put(ExprId),
    /// What is done with it ends before the statement does.
    Within,
    /// It may be somewhere else afterwards.
    Kept,
}

fn use_of(source: &Source<'_>, ident: ExprId, wrappers: &Wrappers) -> Use {
    let Some(Node::Expr(outer)) = source.parent(ident) else {
        return Use::Kept;
    };
    match source.expr(outer) {
        // A method is called or a field is used; results that lie in the object are looked at by GP401.
        ExprKind::Selector { x, .. } if x == ident => match source.parent(outer) {
            Some(Node::Expr(call)) if matches!(source.expr(call), ExprKind::Call { fun, .. } if fun == outer) => {
                match source.callee(call) {
                    Some(Callee::Method { path, .. }) if is_known(&path) => Use::Within,
                    _ => Use::Kept,
                }
            }
            _ => Use::Within,
        },
        ExprKind::Call { fun, .. } if fun != ident => {
            if wrappers.put(source, outer) == Some(ident) {
                return Use::Put(outer);
            }
            match source.callee(outer) {
                Some(Callee::Func { path, .. }) if is_known(&path) => Use::Within,
                _ => Use::Kept,
            }
        }
        ExprKind::Index { x, .. } | ExprKind::Star(x) if x == ident => Use::Within,
        _ => Use::Kept,
    }
}

/// Packages whose functions put nothing into a pool of others, and keep nothing that they are given for a call.
fn is_known(path: &str) -> bool {
    matches!(
        path,
        "bytes"
            | "strings"
            | "fmt"
            | "encoding/json"
            | "encoding/binary"
            | "strconv"
            | "io"
            | "text/template"
    )
}

/// The atoms of a way from `start` to the exit around all `puts`, and the last of them.
fn path_without(flow: &Flow, start: usize, puts: &[usize]) -> Option<(usize, Vec<usize>)> {
    let mut from = vec![None; flow.atoms.len()];
    let mut pending = vec![start];
    let mut seen = vec![false; flow.atoms.len()];
    seen[start] = true;
    while let Some(at) = pending.pop() {
        for next in &flow.atoms[at].next {
            if *next == Flow::EXIT {
                let mut path = vec![at];
                while let Some(before) = from[path[path.len() - 1]] {
                    path.push(before);
                }
                return Some((at, path));
            }
            if !puts.contains(next) && !std::mem::replace(&mut seen[*next], true) {
                from[*next] = Some(at);
                pending.push(*next);
            }
        }
    }
    None
}

fn finding(source: &Source<'_>, obj: ObjId, leaving: StmtId, get: ExprId, put: ExprId) -> Found {
    let name = source
        .mentions(obj)
        .first()
        .map_or("", |it| source.text(*it));
    let message = format!("`{name}` is not put back into its pool on this way out");
    Found::new(source, leaving, &message)
        .label("leaves the object to the collector")
        .help(format!(
            "put it back here as well, or `defer` it behind `{}`",
            source.text(get)
        ))
        .also(source.range(get), "from the pool")
        .also(source.range(put), "put back on another way")
}
