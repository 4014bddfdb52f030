//! GP103: a map that a counted loop fills, made without a hint of its size.

use diag::{Safety, Severity};
use go_syntax::{ExprId, ExprKind, Node, StmtId};
use go_types::{Builtin, ObjId, TypeKind};

use crate::limits::Limit;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Bound, Callee, Counted, Declared, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP103",
    name: "map-without-hint",
    summary: "a map that a counted loop fills, made without a size hint",
    since: None,
    until: None,
    doc: include_str!("map_without_hint.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[&super::growing_map::RULE],
        spent_in: &["runtime.mapassign", "internal/runtime/maps."],
    }),
};

/// A group of a map holds as many.
pub(super) const FEW: Limit = Limit {
    rule: "GP103",
    key: "max-ignored-len",
    default: 8,
    doc: "loops with a constant number of turns up to this are not reported",
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    let mut done = Vec::new();
    for stmt in source.stmts() {
        let Some(counted) = source.counted(stmt) else {
            continue;
        };
        let is_worth_it = source.is_pure(counted.bound.expr())
            && counted
                .bound
                .constant()
                .is_none_or(|bound| bound > source.limit(&FEW))
            && !matches!(counted.bound, Bound::Runes(..));
        if !is_worth_it {
            continue;
        }
        for store in source.file.ast.block(counted.body) {
            if let Some((obj, is_sure)) = plain_store(source, *store, &counted)
                && !done.contains(&obj)
                // What is empty has no turns.
                && !source.mentions_in(counted.bound.expr(), obj)
                && let Some((declaration, declared)) = empty_before(source, stmt, obj)
            {
                done.push(obj);
                found.push(finding(
                    source,
                    declaration,
                    &declared,
                    &counted,
                    *store,
                    is_sure,
                ));
            }
            if source.leaves(*store) {
                break;
            }
        }
    }
}

/// `m[k] = v` with a key that each turn makes anew: the map, and whether the keys are sure to differ.
fn plain_store(source: &Source<'_>, stmt: StmtId, counted: &Counted) -> Option<(ObjId, bool)> {
    let ([target], [_]) = source.assigned(stmt)? else {
        return None;
    };
    let ExprKind::Index { x, indices } = source.inner(*target) else {
        return None;
    };
    let [key] = source.file.ast.list(indices) else {
        return None;
    };
    let obj = source.variable(x)?;
    let vars: Vec<ObjId> = (counted.vars.iter().flatten())
        .filter_map(|var| source.variable(*var))
        .collect();
    let is_of_turn = is_made_of(source, *key)
        && vars.iter().any(|var| source.mentions_in(*key, *var))
        && !vars.contains(&obj);
    let is_sure = counted.vars[0]
        .and_then(|var| source.variable(var))
        .is_some_and(|var| source.variable(*key) == Some(var));
    is_of_turn.then_some((obj, is_sure))
}

/// Whether a key is made of variables by fields, indices, conversions, concatenation and composite literals alone.
fn is_made_of(source: &Source<'_>, key: ExprId) -> bool {
    source.below(key).into_iter().all(|node| {
        let Node::Expr(id) = node else { return false };
        match source.expr(id) {
            ExprKind::Ident(_)
            | ExprKind::BasicLit(_)
            | ExprKind::Paren(_)
            | ExprKind::Selector { .. }
            | ExprKind::Index { .. }
            | ExprKind::Star(_)
            | ExprKind::KeyValue { .. }
            | ExprKind::CompositeLit { .. }
            | ExprKind::ArrayType { .. } => true,
            ExprKind::Binary { op, .. } => op == go_syntax::BinaryOp::Add,
            ExprKind::Call { .. } => matches!(source.callee(id), Some(Callee::Conversion(_))),
            _ => false,
        }
    })
}

/// The declaration of a local variable as an empty map in the block of a loop, if nothing uses it in between.
fn empty_before(source: &Source<'_>, stmt: StmtId, obj: ObjId) -> Option<(StmtId, Declared)> {
    let (declaration, declared) = source.fresh_before(stmt, obj)?;
    let typ = source.type_of_object(obj);
    let is_map = matches!(source.under(typ), TypeKind::Map { .. });
    let value = declared.value?;
    (is_map && made_type(source, value).is_some()).then_some((declaration, declared))
}

/// The type of an empty map that is made without hint, as the source spells it.
fn made_type<'a>(source: &Source<'a>, value: ExprId) -> Option<&'a str> {
    if let Some((args, _)) = source.builtin_args(value, Builtin::Make) {
        let is_plain = args.len() == 1 || args.len() == 2 && source.const_int(args[1]) == Some(0);
        return is_plain.then(|| source.text(args[0]));
    }
    match source.inner(value) {
        ExprKind::CompositeLit { ty, elems } if elems.is_empty() => Some(source.text(ty?)),
        _ => None,
    }
}

fn finding(
    source: &Source<'_>,
    declaration: StmtId,
    declared: &Declared,
    counted: &Counted,
    store: StmtId,
    is_sure: bool,
) -> Found {
    let value = declared.value.unwrap_or(declared.name);
    let name = source.text(declared.name);
    let length = source.bound_text(counted.bound, 1);
    let message = format!("`{name}` grows in a loop whose number of turns is known");
    let mut found = Found::new(source, value, &message)
        .label("made without a hint")
        .help(format!("give `make` the number of entries: `{length}`"))
        .also(source.range(store), "filled here")
        .cost(source.range(store))
        .fix(fix(source, declaration, declared, counted));
    found.confidence = if is_sure { 1.0 } else { 0.7 };
    found
}

fn fix(
    source: &Source<'_>,
    declaration: StmtId,
    declared: &Declared,
    counted: &Counted,
) -> Option<diag::Fix> {
    let value = declared.value?;
    let typ = made_type(source, value)?;
    if !source.is_predeclared("make", declaration) || !source.can_move_up(declaration, counted) {
        return None;
    }
    let length = source.bound_text(counted.bound, 1);
    let mut draft = Draft::new("give the map a size hint", Safety::Safe);
    draft.replace(source.range(value), format!("make({typ}, {length})"));
    draft.finish(source)
}
