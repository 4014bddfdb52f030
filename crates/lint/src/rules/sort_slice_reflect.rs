//! GP704: a sort that swaps by reflection.

use diag::{Safety, Severity};
use go_syntax::{BinaryOp, ExprId, ExprKind, Node, StmtKind};
use go_types::{Basic, ObjId, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP704",
    name: "sort-slice-reflect",
    summary: "a sort.Slice, which swaps by reflection",
    since: Some(21),
    until: None,
    doc: include_str!("sort_slice_reflect.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.6,
        covers: &[&super::allocating_call::RULE],
        spent_in: &["sort.Slice", "internal/reflectlite.Swapper"],
    }),
};

/// A comparison function literal of `sort.Slice`.
struct Less {
    /// The parameters `i` and `j`.
    params: [ObjId; 2],
    /// What it returns, if that is all it does.
    result: Option<ExprId>,
}

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    if source.go < 21 {
        return;
    }
    for call in source.calls() {
        if source.called_name(call) == "Slice" {
            found.extend(finding(source, call));
        }
    }
}

fn finding(source: &Source<'_>, call: ExprId) -> Option<Found> {
    let ([slice, less], _) = source.args_of(call, "sort", "Slice")? else {
        return None;
    };
    let less = less_of(source, *less)?;
    let TypeKind::Slice(elem) = source.kind(*slice)? else {
        return None;
    };
    if !source.is_pure(*slice) || !compares_own(source, *slice, &less) {
        return None;
    }
    let text = source.text(*slice);
    let message = format!("`sort.Slice` of `{text}` swaps its elements by reflection");
    let found = Found::new(source, call, &message).label("swaps by reflection");
    let Some((x, y)) = less.result.and_then(|it| lesser(source, it)) else {
        return Some(found.help("use `slices.SortFunc`"));
    };
    let members = (
        member(source, x, *slice, less.params[0]),
        member(source, y, *slice, less.params[1]),
    );
    Some(match members {
        (Some(""), Some("")) => whole(source, call, *slice, elem, found),
        (Some(a), Some(b)) if a == b => by_member(source, call, *slice, elem, a, found),
        _ => found.help("use `slices.SortFunc`"),
    })
}

fn less_of(source: &Source<'_>, less: ExprId) -> Option<Less> {
    let ExprKind::FuncLit { ty, body } = source.inner(less) else {
        return None;
    };
    let signature = source.file.ast.func_type(ty)?;
    let names: Vec<ExprId> = (source.file.ast.list(signature.params).iter())
        .flat_map(|field| source.file.ast.list(source.file.ast.field(*field).names))
        .copied()
        .collect();
    let [i, j] = names.as_slice() else {
        return None;
    };
    let params = [source.variable(*i)?, source.variable(*j)?];
    let result = match source.file.ast.block(body) {
        [only] => match source.stmt(*only) {
            StmtKind::Return(results) => source.file.ast.list(results).first().copied(),
            _ => None,
        },
        _ => None,
    };
    Some(Less { params, result })
}

/// Whether all that the function indexes by its parameters is the slice itself, and it is indexed by both.
fn compares_own(source: &Source<'_>, slice: ExprId, less: &Less) -> bool {
    let mut seen = [false; 2];
    let is_own = less.params.iter().enumerate().all(|(at, param)| {
        source.mentions(*param).iter().skip(1).all(|ident| {
            let Some(Node::Expr(outer)) = source.parent(*ident) else {
                return false;
            };
            let ExprKind::Index { x, .. } = source.expr(outer) else {
                return false;
            };
            seen[at] = true;
            x != *ident && source.same(x, slice)
        })
    });
    is_own && seen == [true, true]
}

/// The operands of `x < y`.
fn lesser(source: &Source<'_>, result: ExprId) -> Option<(ExprId, ExprId)> {
    match source.inner(result) {
        ExprKind::Binary {
            op: BinaryOp::Lss,
            x,
            y,
        } => Some((x, y)),
        _ => None,
    }
}

/// What is selected of `slice[param]`: empty for the element itself, `.f.g` of its fields.
fn member<'a>(source: &Source<'a>, expr: ExprId, slice: ExprId, param: ObjId) -> Option<&'a str> {
    let mut base = source.file.ast.unparen(expr);
    while let ExprKind::Selector { x, .. } = source.expr(base) {
        if (source.info().selection(base))
            .is_none_or(|it| it.kind != go_types::SelectionKind::Field)
        {
            return None;
        }
        base = x;
    }
    let ExprKind::Index { x, indices } = source.expr(base) else {
        return None;
    };
    let [index] = source.file.ast.list(indices) else {
        return None;
    };
    let is_element = source.same(x, slice) && source.variable(*index) == Some(param);
    let rest = base::TextRange::new(source.range(base).end, source.range(expr).end);
    let is_whole = !matches!(source.expr(expr), ExprKind::Paren(_));
    (is_element && is_whole).then(|| source.file.text(rest))
}

/// `s[i] < s[j]`
fn whole(
    source: &Source<'_>,
    call: ExprId,
    slice: ExprId,
    elem: go_types::TypeId,
    found: Found,
) -> Found {
    let text = source.text(slice);
    let basic = match source.under(elem) {
        TypeKind::Basic(basic) => basic.canonical(),
        _ => return found.help("use `slices.SortFunc`"),
    };
    let is_total = basic == Basic::String || (Basic::Int..=Basic::Uintptr).contains(&basic);
    let safety = if is_total {
        Safety::Safe
    } else {
        Safety::Unsafe
    };
    let mut draft = Draft::new("sort with `slices.Sort`", safety);
    let slices = draft.package(source, "slices", call);
    draft.replace(source.range(call), format!("{slices}.Sort({text})"));
    let mut found = found.help(format!("use `slices.Sort({text})`"));
    if !is_total {
        found.help += ", which puts NaN first";
    }
    found.confidence = 1.0;
    found.fix(draft.finish(source))
}

/// `s[i].f < s[j].f`
fn by_member(
    source: &Source<'_>,
    call: ExprId,
    slice: ExprId,
    elem: go_types::TypeId,
    member: &str,
    found: Found,
) -> Found {
    let text = source.text(slice);
    let mut draft = Draft::new("sort with `slices.SortFunc`", Safety::Unsafe);
    let Some(typ) = source.spelled_type(elem, call) else {
        return found.help("use `slices.SortFunc` with `cmp.Compare`");
    };
    let slices = draft.package(source, "slices", call);
    let cmp = draft.package(source, "cmp", call);
    let better = format!(
        "{slices}.SortFunc({text}, func(a, b {typ}) int {{ return {cmp}.Compare(a{member}, b{member}) }})"
    );
    draft.replace(source.range(call), better.clone());
    found
        .help(format!(
            "use `{better}`; elements that compare equal may come in another order"
        ))
        .fix(draft.finish(source))
}
