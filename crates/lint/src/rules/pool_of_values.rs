//! GP404: a `Put` that allocates.

use diag::Severity;
use go_syntax::{ExprId, ExprKind, Node, UnaryOp};
use go_types::{Basic, ObjId, TypeKind, VarKind};

use super::pools::pool_put;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule {
    id: "GP404",
    name: "pool-of-values",
    summary: "a sync.Pool whose Put allocates",
    since: None,
    until: None,
    doc: include_str!("pool_of_values.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[
            &super::hot_boxing::RULE,
            &super::heap_allocation::RULE,
            &super::moved_to_heap::RULE,
        ],
        spent_in: &["runtime.convT"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if source.called_name(call) == "Put"
            && let Some(arg) = pool_put(source, call)
        {
            found.extend(boxed(source, call, arg).or_else(|| readdressed(source, call, arg)));
        }
    }
}

/// A value that is copied to the heap to be put into an interface.
fn boxed(source: &Source<'_>, call: ExprId, arg: ExprId) -> Option<Found> {
    let typ = source.type_of(arg)?;
    let is_value = match source.under(typ) {
        TypeKind::Slice(_) => true,
        TypeKind::Struct(_) | TypeKind::Array { .. } => !is_pointer_shaped(source, typ),
        TypeKind::Basic(basic) => !matches!(
            basic,
            Basic::UnsafePointer | Basic::UntypedNil | Basic::Invalid
        ),
        _ => false,
    };
    if !is_value || source.is_type_param(typ) || source.size(typ) == Some(0) {
        return None;
    }
    let message = format!(
        "`{}` is copied to the heap with each `Put`",
        source.text(arg)
    );
    Some(
        Found::new(source, call, &message)
            .label("allocates what the pool is there to save")
            .help("keep pointers in the pool: `Get` a pointer, and `Put` the same one"),
    )
}

/// Whether an interface holds values of the type as they are: a single pointer inside.
fn is_pointer_shaped(source: &Source<'_>, typ: go_types::TypeId) -> bool {
    match source.under(typ) {
        TypeKind::Pointer(_)
        | TypeKind::Map { .. }
        | TypeKind::Chan { .. }
        | TypeKind::Signature(_) => true,
        TypeKind::Basic(basic) => basic == Basic::UnsafePointer,
        TypeKind::Array { elem, len } => len == 1 && is_pointer_shaped(source, elem),
        TypeKind::Struct(strukt) => {
            let fields = source.with_store(|store| {
                let fields = store.objs(strukt.fields).iter();
                fields.map(|it| store.obj_type(*it)).collect::<Vec<_>>()
            });
            matches!(fields.as_slice(), [only] if is_pointer_shaped(source, *only))
        }
        _ => false,
    }
}

/// `Put(&s)` of a variable that is a copy of what the pool's pointer points to, or a parameter.
fn readdressed(source: &Source<'_>, call: ExprId, arg: ExprId) -> Option<Found> {
    let ExprKind::Unary {
        op: UnaryOp::And,
        x,
    } = source.inner(arg)
    else {
        return None;
    };
    let obj = source.variable(x)?;
    let is_copy = match source.var_kind(obj)? {
        VarKind::Param => matches!(source.under(source.type_of_object(obj)), TypeKind::Slice(_)),
        VarKind::Local => is_copied(source, obj),
        _ => false,
    };
    if !is_copy {
        return None;
    }
    let message = format!(
        "`{}` is another variable each time, which each `Put` moves to the heap",
        source.text(arg)
    );
    Some(
        Found::new(source, call, &message)
            .label("allocates what the pool is there to save")
            .help(
                "put back the pointer that came from `Get`, after storing into what it points to",
            ),
    )
}

/// Whether a variable is declared as a copy of what some pointer points to.
fn is_copied(source: &Source<'_>, obj: ObjId) -> bool {
    let Some(first) = source.mentions(obj).first().copied() else {
        return false;
    };
    let Some(stmt) = source.stmt_around(first) else {
        return false;
    };
    let value = (source.declared(stmt).into_iter())
        .find(|it| it.name == first)
        .and_then(|it| it.value);
    value.is_some_and(|value| {
        source.below(value).into_iter().any(|node| {
            matches!(node, Node::Expr(id) if matches!(source.expr(id), ExprKind::Star(_))
                && source.info().type_of(id).is_some_and(|it| it.mode != go_types::Mode::Type))
        })
    })
}
