//! GP106: a loop that copies one element each turn.

use diag::{Fix, Safety, Severity};
use go_syntax::{ExprId, ExprKind, StmtId, StmtKind};
use go_types::{Builtin, TypeKind};

use super::append_without_cap::{append_to, filled_by};
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP106",
    name: "element-copy-loop",
    summary: "a loop that copies a slice element by element",
    since: None,
    until: None,
    doc: include_str!("element_copy_loop.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[&super::growing_append::RULE],
        spent_in: &[],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        let StmtKind::Range {
            key,
            value,
            x,
            body,
            ..
        } = source.stmt(stmt)
        else {
            continue;
        };
        let [only] = source.file.ast.block(body) else {
            continue;
        };
        let is_slice = matches!(source.kind(x), Some(TypeKind::Slice(_)));
        if !is_slice || !source.is_pure(x) {
            continue;
        }
        let turn = Turn {
            stmt,
            key,
            value,
            from: x,
        };
        found.extend(copied(source, &turn, *only).or_else(|| appended(source, &turn, *only)));
    }
}

/// A loop over the elements of a slice.
struct Turn {
    stmt: StmtId,
    key: Option<ExprId>,
    value: Option<ExprId>,
    from: ExprId,
}

impl Turn {
    /// Whether an expression is the element of the turn: its variable, or the slice indexed by its key.
    fn is_element(&self, source: &Source<'_>, expr: ExprId) -> bool {
        let is_value = (self.value.and_then(|it| source.variable(it)))
            .is_some_and(|obj| source.variable(expr) == Some(obj));
        let is_indexed = || match source.inner(expr) {
            ExprKind::Index { x, indices } => {
                source.same(x, self.from) && self.is_key(source, source.file.ast.list(indices))
            }
            _ => false,
        };
        is_value || is_indexed()
    }

    fn is_key(&self, source: &Source<'_>, indices: &[ExprId]) -> bool {
        let key = self.key.and_then(|it| source.variable(it));
        matches!(indices, [index] if key.is_some() && source.variable(*index) == key)
    }
}

/// `dst[i] = v`
fn copied(source: &Source<'_>, turn: &Turn, stmt: StmtId) -> Option<Found> {
    let ([target], [value]) = source.assigned(stmt)? else {
        return None;
    };
    let ExprKind::Index { x: to, indices } = source.inner(*target) else {
        return None;
    };
    let is_copy = turn.is_key(source, source.file.ast.list(indices))
        && turn.is_element(source, *value)
        && source.is_pure(to)
        && !source.same(to, turn.from)
        && same_elements(source, to, turn.from);
    if !is_copy {
        return None;
    }
    let (into, from) = (source.text(to), source.text(turn.from));
    let is_fresh = made_as_long(source, turn, to);
    let safety = if is_fresh {
        Safety::Safe
    } else {
        Safety::Unsafe
    };
    let message = format!("`{from}` is copied to `{into}` one element a turn");
    let mut help = format!("`copy({into}, {from})` moves them at once");
    if !is_fresh {
        help += &format!("; it stops without a panic where `{into}` is shorter");
    }
    let fix = replaced(
        source,
        turn,
        "copy",
        safety,
        format!("copy({into}, {from})"),
    );
    Some(
        Found::new(source, turn.stmt, &message)
            .label("one element a turn")
            .help(help)
            .cost(source.range(stmt))
            .fix(fix),
    )
}

/// `dst = append(dst, v)`, where no slice is filled from empty: that is the same cause with another remedy.
fn appended(source: &Source<'_>, turn: &Turn, stmt: StmtId) -> Option<Found> {
    let (obj, args, spread) = append_to(source, stmt)?;
    let [to, value] = args else { return None };
    let is_other = !source.mentions_in(turn.from, obj);
    if spread
        || !is_other
        || !turn.is_element(source, *value)
        || !same_elements(source, *to, turn.from)
        || filled_by(source, turn.stmt).iter().any(|it| it.obj == obj)
    {
        return None;
    }
    let (into, from) = (source.text(*to), source.text(turn.from));
    let better = format!("{into} = append({into}, {from}...)");
    let message = format!("`{into}` is appended one element a turn");
    let fix = replaced(source, turn, "append", Safety::Unsafe, better.clone());
    Some(
        Found::new(source, turn.stmt, &message)
            .label("one element a turn")
            .help(format!(
                "`{better}` grows once and moves them at once; the capacity may differ"
            ))
            .cost(source.range(stmt))
            .fix(fix),
    )
}

/// Whether two slices have elements of the same type.
fn same_elements(source: &Source<'_>, a: ExprId, b: ExprId) -> bool {
    match (source.kind(a), source.kind(b)) {
        (Some(TypeKind::Slice(a)), Some(TypeKind::Slice(b))) => {
            source.with_store(|store| store.identical(a, b))
        }
        _ => false,
    }
}

/// Whether the target is a variable that was made with the length of the source, in the statement before the loop.
fn made_as_long(source: &Source<'_>, turn: &Turn, to: ExprId) -> bool {
    let outer = source.labeled(turn.stmt);
    let Some((list, at)) = source.siblings(outer) else {
        return false;
    };
    let Some(before) = at.checked_sub(1).and_then(|at| list.get(at)) else {
        return false;
    };
    let Some(obj) = source.variable(to) else {
        return false;
    };
    source.declared(*before).into_iter().any(|declared| {
        let made = declared
            .value
            .and_then(|value| source.builtin_args(value, Builtin::Make));
        let length = made.and_then(|(args, _)| args.get(1).copied());
        let of = length.and_then(|length| source.builtin_args(length, Builtin::Len));
        source.variable(declared.name) == Some(obj)
            && matches!(of, Some(([of], _)) if source.same(*of, turn.from))
    })
}

/// The loop replaced by a statement, if its variables are its own.
fn replaced(
    source: &Source<'_>,
    turn: &Turn,
    builtin: &str,
    safety: Safety,
    text: String,
) -> Option<Fix> {
    let vars = [turn.key, turn.value].into_iter().flatten();
    let mut named = vars.filter(|it| source.text(*it) != "_");
    let is_own = named.all(|it| source.is_declaration(it));
    let is_labeled = source.labeled(turn.stmt) != turn.stmt;
    if !is_own || is_labeled || !source.is_predeclared(builtin, turn.stmt) {
        return None;
    }
    let mut draft = Draft::new(format!("let `{builtin}` move the elements"), safety);
    draft.replace(source.range(turn.stmt), text);
    draft.finish(source)
}
