//! GP105: an append behind elements that nobody set.

use diag::{Safety, Severity};
use go_types::{Builtin, TypeKind};

use super::append_without_cap::append_to;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Declared, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP105",
    name: "append-after-make-len",
    summary: "an append to a slice that was made with its full length",
    since: None,
    until: None,
    doc: include_str!("append_after_make_len.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Warning,
        reduction: 0.6,
        covers: &[&super::growing_append::RULE],
        spent_in: &[],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        for declared in source.declared(stmt) {
            found.extend(finding(source, &declared));
        }
    }
}

fn finding(source: &Source<'_>, declared: &Declared) -> Option<Found> {
    let value = declared.value?;
    let (args, _) = source.builtin_args(value, Builtin::Make)?;
    let [typ, length] = args else { return None };
    let obj = source.variable(declared.name)?;
    let is_slice = matches!(source.kind(*typ), Some(TypeKind::Slice(_)));
    if !is_slice || source.const_int(*length) == Some(0) || !source.is_local(obj) {
        return None;
    }
    // The target of the assignment comes before the argument.
    let first = *source.mentions(obj).get(1)?;
    let append = source.stmt_around(first)?;
    let (of, args, _) = append_to(source, append)?;
    let is_first = of == obj && source.is_write(first);
    let mentions_itself = (args[1..].iter()).any(|arg| source.mentions_in(*arg, obj));
    if !is_first || mentions_itself {
        return None;
    }
    let name = source.text(declared.name);
    let (typ, length) = (source.text(*typ), source.text(*length));
    let mut draft = Draft::new("make it empty, with this capacity", Safety::Unsafe);
    draft.replace(source.range(value), format!("make({typ}, 0, {length})"));
    let message =
        format!("`{name}` has `{length}` zero elements already; the append puts more behind them");
    Some(
        Found::new(source, append, &message)
            .label("appended behind the zero elements")
            .help(format!(
                "make it empty, with the capacity: `make({typ}, 0, {length})`"
            ))
            .also(source.range(value), "made with its full length")
            .fix(draft.finish(source)),
    )
}
