//! GP304: an error of constant text that a hot path makes anew.

use std::collections::BTreeSet;

use diag::{Fix, Safety, Severity};
use go_syntax::ExprId;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source, name_of_words};

pub(super) const RULE: Rule = Rule {
    id: "GP304",
    name: "hot-error",
    summary: "an error of constant text that a hot path makes anew each time",
    since: None,
    until: None,
    doc: include_str!("hot_error.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::Package(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::allocating_call::RULE, &super::hot_fmt::RULE],
        spent_in: &["errors.New", "fmt.Errorf"],
    }),
};

fn check(sources: &[Source<'_>], found: &mut Vec<Found>) {
    // Two errors of one package do not get the same name.
    let mut names = BTreeSet::new();
    for source in sources {
        for call in source.calls() {
            if let Some(text) = constant_text(source, call)
                && (source.function_of(call)).is_some_and(|it| !source.runs_once(it))
            {
                found.push(finding(source, call, &text, &mut names));
            }
        }
    }
}

/// The text of `errors.New("…")`, or of `fmt.Errorf("…")` without verbs.
fn constant_text(source: &Source<'_>, call: ExprId) -> Option<String> {
    let args = match source.called_name(call) {
        "New" => source.args_of(call, "errors", "New")?.0,
        "Errorf" => source.args_of(call, "fmt", "Errorf")?.0,
        _ => return None,
    };
    let [text] = args else { return None };
    source.const_text(*text).filter(|text| !text.contains('%'))
}

fn finding(source: &Source<'_>, call: ExprId, text: &str, names: &mut BTreeSet<String>) -> Found {
    let message = format!("`{}` makes the same error each time", source.text(call));
    let mut found = Found::new(source, call, &message)
        .label("one object each time")
        .help("declare it once, as a variable of the package")
        .fix(declared(source, call, text, names));
    found.needs_evidence = true;
    found
}

fn declared(
    source: &Source<'_>,
    call: ExprId,
    text: &str,
    names: &mut BTreeSet<String>,
) -> Option<Fix> {
    let stem = name_of_words("err", text);
    let name = (1..=9)
        .map(|n| {
            if n == 1 {
                stem.clone()
            } else {
                format!("{stem}{n}")
            }
        })
        .find(|name| !names.contains(name) && source.is_unused_name(name, call))
        .filter(|name| name != "err")?;
    let mut draft = Draft::new(
        format!("declare `{name}`, the same object each time"),
        Safety::Unsafe,
    );
    draft.declare(source, call, &name, source.text(call));
    draft.replace(source.range(call), name.clone());
    names.insert(name);
    draft.finish(source)
}
