//! GP705: slices and maps of simple elements that reflection compares.

use diag::{Safety, Severity};
use go_syntax::ExprId;
use go_types::{Basic, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP705",
    name: "reflect-equal",
    summary: "a comparison by reflection of types that can be compared directly",
    since: None,
    until: None,
    doc: include_str!("reflect_equal.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[],
        spent_in: &["reflect.DeepEqual", "reflect.deepValueEqual"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if source.called_name(call) == "DeepEqual" {
            found.extend(compared(source, call));
        }
    }
}

fn compared(source: &Source<'_>, call: ExprId) -> Option<Found> {
    let (args, _) = source.args_of(call, "reflect", "DeepEqual")?;
    let [x, y] = args else { return None };
    let (a, b) = (source.type_of(*x)?, source.type_of(*y)?);
    if !source.with_store(|store| store.identical(a, b)) {
        return None;
    }
    let package = match source.under(a) {
        TypeKind::Slice(_) if source.is_bytes_type(a) => "bytes",
        TypeKind::Slice(elem) if is_simple(source, elem) && source.go >= 21 => "slices",
        TypeKind::Map { key, elem }
            if is_simple(source, key) && is_simple(source, elem) && source.go >= 21 =>
        {
            "maps"
        }
        _ => return None,
    };
    let mut draft = Draft::new(format!("compare with `{package}.Equal`"), Safety::Unsafe);
    let name = draft.package(source, package, call);
    let (x, y) = (source.text(*x), source.text(*y));
    let better = format!("{name}.Equal({x}, {y})");
    draft.replace(source.range(call), better.clone());
    let message = format!("`{}` compares by reflection", source.text(call));
    Some(
        Found::new(source, call, &message)
            .label("walks both values by reflection")
            .help(format!(
                "`{package}.Equal({x}, {y})` compares them directly; it takes nil and empty for equal"
            ))
            .fix(draft.finish(source)),
    )
}

/// Types that `==` compares as reflection does: not floats, where NaN is not a constant, and nothing with parts.
fn is_simple(source: &Source<'_>, typ: go_types::TypeId) -> bool {
    match source.under(typ) {
        TypeKind::Basic(basic) => {
            basic == Basic::Bool
                || basic == Basic::String
                || (Basic::Int..=Basic::Uintptr).contains(&basic)
        }
        _ => false,
    }
}
