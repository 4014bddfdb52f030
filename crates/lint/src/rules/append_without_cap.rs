//! GP101: a slice that a counted loop fills, made without room for it.

use diag::{Safety, Severity};
use go_syntax::{ExprId, ExprKind, Node, StmtId};
use go_types::{Builtin, ObjId, TypeKind};

use crate::limits::Limit;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Bound, Counted, Declared, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP101",
    name: "append-without-cap",
    summary: "a slice that a counted loop fills, made without capacity",
    since: None,
    until: None,
    doc: include_str!("append_without_cap.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.6,
        covers: &[&super::growing_append::RULE],
        spent_in: &["runtime.growslice"],
    }),
};

/// Loops that turn less often gain nothing.
pub(super) const FEW: Limit = Limit {
    rule: "GP101",
    key: "max-ignored-len",
    default: 8,
    doc: "loops with a constant number of turns up to this are not reported",
};

/// An empty slice and the loop that fills it.
pub(super) struct Filled {
    pub(super) declaration: StmtId,
    pub(super) declared: Declared,
    pub(super) obj: ObjId,
    pub(super) counted: Counted,
    pub(super) append: StmtId,
    /// Elements that each turn appends.
    pub(super) times: usize,
}

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        for filled in filled_by(source, stmt) {
            let turns = source.turns(&filled.counted);
            let is_short = turns.is_some_and(|turns| turns <= source.limit(&FEW) as f64);
            if !is_short {
                let mut one = finding(source, &filled);
                one.data.extend(turns.map(|turns| ("turns", turns.into())));
                found.push(one);
            }
        }
    }
}

/// The slices that a statement, if it is a counted loop, fills from empty.
pub(super) fn filled_by(source: &Source<'_>, stmt: StmtId) -> Vec<Filled> {
    let Some(counted) = source.counted(stmt) else {
        return Vec::new();
    };
    let is_worth_it = source.is_pure(counted.bound.expr())
        && counted
            .bound
            .constant()
            .is_none_or(|bound| bound > source.limit(&FEW));
    let body = source.file.ast.block(counted.body);
    if !is_worth_it {
        return Vec::new();
    }
    let mut all = Vec::new();
    for append in body {
        if let Some((obj, times)) = plain_append(source, *append)
            && let Some((declaration, declared)) = empty_before(source, stmt, obj)
            // What is empty has no turns.
            && !source.mentions_in(counted.bound.expr(), obj)
            && is_only_append(source, obj, counted.body, *append)
        {
            all.push(Filled {
                declaration,
                declared,
                obj,
                counted,
                append: *append,
                times,
            });
        }
        if source.leaves(*append) {
            break;
        }
    }
    all
}

/// `s = append(s, e1, …)`: the variable and the number of elements.
pub(super) fn plain_append(source: &Source<'_>, stmt: StmtId) -> Option<(ObjId, usize)> {
    let (obj, args, spread) = append_to(source, stmt)?;
    let mentions_itself = (args[1..].iter()).any(|arg| source.mentions_in(*arg, obj));
    (!spread && args.len() > 1 && !mentions_itself).then_some((obj, args.len() - 1))
}

/// `s = append(s, …)`: the variable, the arguments, and whether the last one is spread.
pub(super) fn append_to<'a>(
    source: &Source<'a>,
    stmt: StmtId,
) -> Option<(ObjId, &'a [ExprId], bool)> {
    let ([target], [value]) = source.assigned(stmt)? else {
        return None;
    };
    let obj = source.variable(*target)?;
    let (args, spread) = source.builtin_args(*value, Builtin::Append)?;
    (source.variable(*args.first()?)? == obj).then_some((obj, args, spread))
}

/// The declaration of a local variable as an empty slice in the block of a loop, if nothing uses it in between.
pub(super) fn empty_before(
    source: &Source<'_>,
    stmt: StmtId,
    obj: ObjId,
) -> Option<(StmtId, Declared)> {
    let (declaration, declared) = source.fresh_before(stmt, obj)?;
    let is_slice = matches!(source.under(source.type_of_object(obj)), TypeKind::Slice(_));
    (is_slice && is_empty(source, &declared)).then_some((declaration, declared))
}

/// Whether a variable is declared as an empty slice without capacity.
fn is_empty(source: &Source<'_>, declared: &Declared) -> bool {
    declared.value.is_none_or(|value| {
        source.is_nil(value)
            || is_empty_literal(source, value)
            || is_empty_make(source, value)
            || source
                .conversion(value)
                .is_some_and(|(x, _)| source.is_nil(x))
    })
}

fn is_empty_literal(source: &Source<'_>, value: ExprId) -> bool {
    matches!(source.inner(value), ExprKind::CompositeLit { elems, .. } if elems.is_empty())
}

/// `make([]T, 0)`
pub(super) fn is_empty_make(source: &Source<'_>, value: ExprId) -> bool {
    source
        .builtin_args(value, Builtin::Make)
        .is_some_and(|(args, _)| {
            args.len() > 1 && (args[1..].iter()).all(|arg| source.const_int(*arg) == Some(0))
        })
}

/// Whether the loop's body does nothing else with the slice but read its length and elements.
pub(super) fn is_only_append(
    source: &Source<'_>,
    obj: ObjId,
    body: StmtId,
    append: StmtId,
) -> bool {
    let (body, append) = (source.range(body), source.range(append));
    let elsewhere = source.mentions(obj).iter().filter(|ident| {
        let range = source.range(**ident);
        body.covers(range) && !append.covers(range)
    });
    elsewhere
        .into_iter()
        .all(|ident| is_harmless(source, *ident))
}

/// Whether an identifier is only asked for its length or an element.
pub(super) fn is_harmless(source: &Source<'_>, ident: ExprId) -> bool {
    let Some(Node::Expr(outer)) = source.parent(ident) else {
        return false;
    };
    if let ExprKind::Index { x, .. } = source.expr(outer) {
        return x == ident && !source.is_write(outer);
    }
    source.builtin_args(outer, Builtin::Len).is_some()
}

fn finding(source: &Source<'_>, filled: &Filled) -> Found {
    let name = source.text(filled.declared.name);
    let bound = filled.counted.bound;
    let length = source.bound_text(bound, filled.times);
    let message = format!("`{name}` grows in a loop whose number of turns is known");
    let help = if matches!(bound, Bound::Runes(..)) {
        format!("make `{name}` with a capacity: at most `{length}` elements")
    } else {
        format!("make `{name}` with a capacity of `{length}`")
    };
    Found::new(source, filled.append, &message)
        .label("grows again and again")
        .help(help)
        .also(source.range(filled.declared.name), "made without capacity")
        .fix(fix(source, filled))
}

pub(super) fn fix(source: &Source<'_>, filled: &Filled) -> Option<diag::Fix> {
    let bound = filled.counted.bound;
    let safety = match bound {
        Bound::Runes(..) => return None,
        _ if bound.is_sure() => Safety::Safe,
        _ => Safety::Unsafe,
    };
    let mut length = source.bound_text(bound, filled.times);
    if safety == Safety::Unsafe {
        length = guarded(source, filled)?;
    }
    let name = source.text(filled.declared.name);
    let mut draft = Draft::new(format!("make `{name}` with a capacity"), safety);
    let can_move_up = source.can_move_up(filled.declaration, &filled.counted);
    let made = filled.declared.value.filter(|_| can_move_up);
    let type_text = made.and_then(|value| made_type(source, value));
    if let (Some(value), Some(typ)) = (made, type_text)
        && source.is_predeclared("make", filled.declaration)
    {
        draft.replace(source.range(value), format!("make({typ}, 0, {length})"));
        return draft.finish(source);
    }
    if source.go < 21 {
        return None;
    }
    let outer = source.labeled(filled.counted.stmt);
    if !source.begins_line(outer) {
        return None;
    }
    let slices = draft.package(source, "slices", outer);
    let indent = source.indent(outer);
    draft.insert(
        source.range(outer).start,
        format!("{name} = {slices}.Grow({name}, {length})\n{indent}"),
    );
    draft.finish(source)
}

/// A length that may be negative, made 0 then; the text converts it to an `int` where it is none.
fn guarded(source: &Source<'_>, filled: &Filled) -> Option<String> {
    let Bound::Count { n, .. } = filled.counted.bound else {
        return None;
    };
    if source.go < 21 || !source.is_predeclared("max", filled.counted.stmt) {
        return None;
    }
    let text = format!("max({}, 0)", source.text(n));
    Some(match filled.times {
        1 => text,
        times => format!("{times}*{text}"),
    })
}

/// The type that an empty slice is made of, as the source spells it.
pub(super) fn made_type<'a>(source: &Source<'a>, value: ExprId) -> Option<&'a str> {
    if let Some((args, _)) = source.builtin_args(value, Builtin::Make) {
        return Some(source.text(*args.first()?));
    }
    match source.inner(value) {
        ExprKind::CompositeLit { ty, .. } => Some(source.text(ty?)),
        _ => None,
    }
}
