//! GP107: a loop that sets the elements of a slice to zero by index.

use diag::{Safety, Severity};
use go_syntax::{ExprId, ExprKind, StmtId, StmtKind};
use go_types::{Builtin, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Bound, Counted, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP107",
    name: "zeroing-loop",
    summary: "a counted loop that sets a slice to zero",
    since: Some(21),
    until: None,
    doc: include_str!("zeroing_loop.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.8,
        covers: &[],
        spent_in: &[],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    if source.go < 21 {
        return;
    }
    let loops = source.stmts().filter_map(|stmt| source.counted(stmt));
    for counted in loops {
        found.extend(zeroed(source, &counted));
    }
}

/// `for i := 0; i < len(s); i++ { s[i] = 0 }`. The compiler sees `range` loops itself.
fn zeroed(source: &Source<'_>, counted: &Counted) -> Option<Found> {
    let StmtKind::For {
        init: Some(init), ..
    } = source.stmt(counted.stmt)
    else {
        return None;
    };
    let first = source.declared(init).first()?.value?;
    let Bound::Count { n, .. } = counted.bound else {
        return None;
    };
    let ([of], _) = source.builtin_args(n, Builtin::Len)? else {
        return None;
    };
    let [only] = source.file.ast.block(counted.body) else {
        return None;
    };
    let target = zero_store(source, *only)?;
    let ExprKind::Index { x, indices } = source.inner(target) else {
        return None;
    };
    let [index] = source.file.ast.list(indices) else {
        return None;
    };
    let counter = source.variable(counted.vars[0]?)?;
    let is_all = source.const_int(first) == Some(0)
        && source.variable(*index) == Some(counter)
        && source.same(x, *of)
        && source.is_pure(x)
        && matches!(source.kind(x), Some(TypeKind::Slice(_)));
    if !is_all {
        return None;
    }
    let text = source.text(x);
    let message = format!("`{text}` is set to zero one element a turn");
    let mut draft = Draft::new(format!("clear `{text}`"), Safety::Safe);
    if !source.is_predeclared("clear", counted.stmt) || source.labeled(counted.stmt) != counted.stmt
    {
        draft.fail();
    }
    draft.replace(source.range(counted.stmt), format!("clear({text})"));
    Some(
        Found::new(source, counted.stmt, &message)
            .label("one element a turn")
            .help(format!("`clear({text})` sets all of it at once"))
            .cost(source.range(*only))
            .fix(draft.finish(source)),
    )
}

/// The element that a statement sets to the zero value of its type.
fn zero_store(source: &Source<'_>, stmt: StmtId) -> Option<ExprId> {
    let ([target], [value]) = source.assigned(stmt)? else {
        return None;
    };
    let typ = source.type_of(*target)?;
    let is_zero = match source.under(typ) {
        TypeKind::Basic(_) => {
            source.const_int(*value) == Some(0)
                || source.const_text(*value).as_deref() == Some("")
                || source.text(*value) == "false" && source.is_const(*value)
        }
        TypeKind::Struct(_) | TypeKind::Array { .. } => {
            matches!(source.inner(*value), ExprKind::CompositeLit { elems, .. } if elems.is_empty())
        }
        _ => source.is_nil(*value),
    };
    (is_zero && !source.is_type_param(typ)).then_some(*target)
}
