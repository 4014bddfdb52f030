//! GP303: a formatted text that is converted to be written.

use diag::{Safety, Severity};
use go_syntax::{ExprId, ExprKind};
use go_types::TypeKind;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP303",
    name: "formatted-write",
    summary: "a formatted text that is converted to be written",
    since: None,
    until: None,
    doc: include_str!("formatted_write.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[&super::hot_fmt::RULE, &super::hot_conversion::RULE],
        spent_in: &[
            "fmt.Sprint",
            "fmt.Sprintf",
            "fmt.Sprintln",
            "runtime.stringtoslicebyte",
        ],
    }),
};

const TWINS: &[(&str, &str)] = &[
    ("Sprint", "Fprint"),
    ("Sprintf", "Fprintf"),
    ("Sprintln", "Fprintln"),
];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if source.called_name(call) == "Write" {
            found.extend(written(source, call));
        }
    }
}

/// `w.Write([]byte(fmt.Sprintf(…)))`
fn written(source: &Source<'_>, call: ExprId) -> Option<Found> {
    let (fun, args, _) = source.call(call)?;
    let [arg] = args else { return None };
    let (text, typ) = source.conversion(*arg)?;
    let name = source.called_name(text);
    let (_, twin) = TWINS.iter().find(|(own, _)| *own == name)?;
    let (values, spread) = source.args_of(text, "fmt", name)?;
    let ExprKind::Selector { x, .. } = source.inner(fun) else {
        return None;
    };
    let Some(Callee::Method { .. }) = source.callee(call) else {
        return None;
    };
    if !source.is_bytes_type(typ) || source.is_named(source.type_of(x)?, "strings", "Builder") {
        return None;
    }
    let mut draft = Draft::new("format into the writer", Safety::Safe);
    let fmt = draft.package(source, "fmt", call);
    let writer = writer(source, x)?;
    let mut list: Vec<&str> = vec![&writer];
    list.extend(values.iter().map(|it| source.text(*it)));
    let dots = if spread { "..." } else { "" };
    let better = format!("{fmt}.{twin}({}{dots})", list.join(", "));
    draft.replace(source.range(call), better.clone());
    let message = format!("`{}` makes a text that is only written", source.text(text));
    Some(
        Found::new(source, call, &message)
            .label("formatted, copied, then written")
            .help(format!(
                "`{better}` writes it from the formatter's own buffer"
            ))
            .also(source.range(text), "this text")
            .cost(source.range(text))
            .fix(draft.finish(source)),
    )
}

/// The operand as an `io.Writer`: its address where `Write` is a method of the pointer.
fn writer(source: &Source<'_>, x: ExprId) -> Option<String> {
    let typ = source.type_of(x)?;
    let text = source.text(x);
    let is_writer = match source.under(typ) {
        TypeKind::Pointer(_) => true,
        _ => source.with_store(|store| store.is_non_type_param_interface(typ)),
    };
    if is_writer {
        return Some(text.to_owned());
    }
    // A value whose method has a pointer receiver is a variable, so its address can be taken.
    let has_own = source.with_store(|store| {
        let name = store.names.find("Write")?;
        let found = store.lookup_field_or_method(typ, false, None, name);
        Some(found.found().is_some())
    });
    if has_own == Some(true) {
        return Some(text.to_owned());
    }
    Some(format!("&{text}"))
}
