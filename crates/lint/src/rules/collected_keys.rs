//! GP111: keys or values of a map that are collected without room for them.

use diag::{Safety, Severity};
use go_syntax::ExprId;
use go_types::TypeKind;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP111",
    name: "collected-keys",
    summary: "keys or values of a map that are collected into a slice that grows",
    since: Some(23),
    until: None,
    doc: include_str!("collected_keys.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[&super::growing_append::RULE, &super::allocating_call::RULE],
        spent_in: &["slices.Collect", "slices.AppendSeq", "runtime.growslice"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if source.called_name(call) == "Collect" {
            found.extend(collected(source, call));
        }
    }
}

/// `slices.Collect(maps.Keys(m))`; of little use where few keys are collected seldom, so evidence decides.
fn collected(source: &Source<'_>, call: ExprId) -> Option<Found> {
    let ([sequence], false) = source.args_of(call, "slices", "Collect")? else {
        return None;
    };
    let name = source.called_name(*sequence);
    if !matches!(name, "Keys" | "Values") {
        return None;
    }
    let ([map], false) = source.args_of(*sequence, "maps", name)? else {
        return None;
    };
    let TypeKind::Map { key, elem } = source.kind(*map)? else {
        return None;
    };
    let element = if name == "Keys" { key } else { elem };
    let mut draft = Draft::new("collect into a slice with room for all", Safety::Unsafe);
    let typ = source.spelled_type(element, call);
    let text = source.text(*map);
    let shown = typ.as_deref().unwrap_or("T");
    let slices = draft.package(source, "slices", call);
    let better = format!(
        "{slices}.AppendSeq(make([]{shown}, 0, len({text})), {})",
        source.text(*sequence)
    );
    let is_plain = source.is_pure(*map)
        && source.is_predeclared("make", call)
        && source.is_predeclared("len", call);
    if typ.is_none() || !is_plain {
        draft.fail();
    }
    draft.replace(source.range(call), better.clone());
    let message = format!(
        "`{}` grows its slice though the map knows its length",
        source.text(call)
    );
    let mut found = Found::new(source, call, &message)
        .label("grows again and again")
        .help(format!("`{better}`; of an empty map it is empty, not nil"))
        .fix(draft.finish(source));
    found.needs_evidence = true;
    Some(found)
}
