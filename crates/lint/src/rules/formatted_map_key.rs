//! GP110: keys of a map that are formatted for each look-up.

use diag::Severity;
use go_syntax::{ExprId, ExprKind, Node};
use go_types::{ObjId, TypeKind, VarKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule {
    id: "GP110",
    name: "formatted-map-key",
    summary: "a map whose keys are formatted of several values",
    since: None,
    until: None,
    doc: include_str!("formatted_map_key.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::Package(check),
        severity: Severity::Hint,
        reduction: 0.8,
        covers: &[
            &super::hot_fmt::RULE,
            &super::allocating_call::RULE,
            &super::fmt_for_concat::RULE,
        ],
        spent_in: &["fmt.Sprint"],
    }),
};

fn check(sources: &[Source<'_>], found: &mut Vec<Found>) {
    for source in sources {
        for index in source.exprs() {
            if let Some((map, obj)) = looked_up(source, index)
                && let ExprKind::Index { indices, .. } = source.expr(index)
                && let [key] = source.file.ast.list(indices)
                && let Some(call) = formatted(source, *key)
                && is_private(source, obj)
                && has_only_such_keys(sources, obj)
            {
                let one = finding(source, call, map);
                // A key with a name may be looked up more than once.
                if !(found.iter()).any(|it| (it.file, it.range) == (one.file, one.range)) {
                    found.push(one);
                }
            }
        }
    }
}

/// The map of an index, and the variable or field that it is.
fn looked_up(source: &Source<'_>, index: ExprId) -> Option<(ExprId, ObjId)> {
    let ExprKind::Index { x, .. } = source.expr(index) else {
        return None;
    };
    let TypeKind::Map { key, .. } = source.kind(x)? else {
        return None;
    };
    let is_string = source.exactly(key) == Some(go_types::Basic::String);
    let obj = object_of(source, x)?;
    is_string.then_some((x, obj))
}

fn object_of(source: &Source<'_>, map: ExprId) -> Option<ObjId> {
    match source.inner(map) {
        ExprKind::Ident(_) => source.variable(map),
        ExprKind::Selector { .. } => {
            let selection = source.info().selection(source.file.ast.unparen(map))?;
            (selection.kind == go_types::SelectionKind::Field).then_some(selection.obj)
        }
        _ => None,
    }
}

/// A call of `fmt.Sprintf` or `Sprint` that a key is: of several values, or one and some text. Of a variable, the call
/// that it is declared with, if it is used as nothing but a key.
fn formatted(source: &Source<'_>, key: ExprId) -> Option<ExprId> {
    if let Some(call) = call_of(source, key) {
        return Some(call);
    }
    let obj = source.variable(key)?;
    let (first, uses) = source.mentions(obj).split_first()?;
    let stmt = source.stmt_around(*first)?;
    let declared = (source.declared(stmt).into_iter()).find(|it| it.name == *first)?;
    let is_key = |ident: &ExprId| {
        let Some(Node::Expr(outer)) = source.parent(*ident) else {
            return false;
        };
        match source.expr(outer) {
            ExprKind::Index { x, .. } => {
                x != *ident && matches!(source.kind(x), Some(TypeKind::Map { .. }))
            }
            _ => (source.builtin_args(outer, go_types::Builtin::Delete))
                .is_some_and(|(args, _)| args.get(1) == Some(ident)),
        }
    };
    let call = call_of(source, declared.value?)?;
    (source.is_local(obj) && uses.iter().all(is_key)).then_some(call)
}

fn call_of(source: &Source<'_>, key: ExprId) -> Option<ExprId> {
    let key = source.file.ast.unparen(key);
    let name = source.called_name(key);
    if !matches!(name, "Sprintf" | "Sprint") {
        return None;
    }
    let (args, false) = source.args_of(key, "fmt", name)? else {
        return None;
    };
    let values: Vec<&ExprId> = (args.iter())
        .filter(|arg| !source.is_const(**arg))
        .collect();
    let is_simple = |arg: &&ExprId| {
        let basic = matches!(source.kind(**arg), Some(TypeKind::Basic(_)));
        basic
            && source
                .type_of(**arg)
                .is_some_and(|typ| !source.has_method(typ, &["String", "Error", "Format"]))
    };
    let has_plain_verbs = name == "Sprint"
        || args
            .first()
            .and_then(|it| source.const_text(*it))
            .is_some_and(|format| {
                let verbs: Vec<&str> = format.split('%').skip(1).collect();
                verbs.len() == values.len()
                    && verbs
                        .iter()
                        .all(|it| it.starts_with(['s', 'd', 'v', 'q', 't', 'x']))
            });
    (values.len() >= 2 && values.iter().all(is_simple) && has_plain_verbs).then_some(key)
}

/// Whether others cannot see the map: a local variable, a package variable or field with a lower-case name.
fn is_private(source: &Source<'_>, obj: ObjId) -> bool {
    let is_lower = source.with_store(|store| {
        let name = store.names.text(store.obj(obj).name);
        name.chars()
            .next()
            .is_some_and(|c| c.is_lowercase() || c == '_')
    });
    match source.var_kind(obj) {
        Some(VarKind::Local) => true,
        Some(VarKind::Package | VarKind::Field) => is_lower,
        _ => false,
    }
}

/// Whether every use of a map in the package indexes it by a formatted key, or makes, clears or counts it.
fn has_only_such_keys(sources: &[Source<'_>], obj: ObjId) -> bool {
    sources
        .iter()
        .all(|source| (source.mentions(obj).iter()).all(|ident| is_such_use(source, *ident)))
}

fn is_such_use(source: &Source<'_>, ident: ExprId) -> bool {
    use go_types::Builtin;
    let mut map = ident;
    if let Some(Node::Expr(outer)) = source.parent(map)
        && matches!(source.expr(outer), ExprKind::Selector { sel, .. } if sel == map)
    {
        map = outer;
    }
    match source.parent(map) {
        Some(Node::Expr(outer)) => match source.expr(outer) {
            ExprKind::Index { x, indices } if x == map => {
                let [key] = source.file.ast.list(indices) else {
                    return false;
                };
                formatted(source, *key).is_some()
            }
            ExprKind::KeyValue { key, value } if key == map => is_new_map(source, value),
            ExprKind::Call { .. } => match source.callee(outer) {
                Some(crate::source::Callee::Builtin(Builtin::Len | Builtin::Clear)) => true,
                Some(crate::source::Callee::Builtin(Builtin::Delete)) => (source.call(outer))
                    .is_some_and(|(_, args, _)| {
                        args.get(1)
                            .is_some_and(|key| formatted(source, *key).is_some())
                    }),
                _ => false,
            },
            ExprKind::Binary { x, y, .. } => source.is_nil(x) || source.is_nil(y),
            _ => false,
        },
        Some(Node::Stmt(stmt)) => match source.stmt(stmt) {
            go_syntax::StmtKind::Assign { lhs, rhs, .. } => {
                let (lhs, rhs) = (source.file.ast.list(lhs), source.file.ast.list(rhs));
                let at = lhs.iter().position(|it| *it == map);
                lhs.len() == rhs.len() && at.is_some_and(|at| is_new_map(source, rhs[at]))
            }
            // The values of all entries, without their keys.
            go_syntax::StmtKind::Range { key, x, .. } => {
                x == map && key.is_none_or(|key| source.text(key) == "_")
            }
            _ => false,
        },
        // A declaration.
        Some(Node::Spec(_) | Node::Field(_)) => true,
        _ => false,
    }
}

fn is_new_map(source: &Source<'_>, value: ExprId) -> bool {
    matches!(source.inner(value), ExprKind::CompositeLit { elems, .. } if elems.is_empty())
        || source
            .builtin_args(value, go_types::Builtin::Make)
            .is_some()
        || source.is_nil(value)
}

fn finding(source: &Source<'_>, call: ExprId, map: ExprId) -> Found {
    let (call_text, map) = (source.text(call), source.text(map));
    let message = format!("`{call_text}` makes a text only to look it up in `{map}`");
    Found::new(source, call, &message)
        .label("formatted for a look-up")
        .help(format!(
            "let the key of `{map}` be a struct or array of the values: it is compared and hashed without a text"
        ))
}
