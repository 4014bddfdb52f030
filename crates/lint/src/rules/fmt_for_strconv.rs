//! GP301: a single value that `fmt` formats.

use diag::{Safety, Severity};
use go_syntax::ExprId;

use super::format_verbs::{Piece, formatted, is_used, pieces, sprintf};
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP301",
    name: "fmt-for-strconv",
    summary: "a single value that fmt formats",
    since: None,
    until: None,
    doc: include_str!("fmt_for_strconv.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[&super::hot_fmt::RULE],
        spent_in: &["fmt.Sprint"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        found.extend(finding(source, call));
    }
}

/// The one value that is formatted, and how.
fn single(source: &Source<'_>, call: ExprId) -> Option<(ExprId, char)> {
    match source.called_name(call) {
        "Sprintf" => {
            let (format, _, args) = sprintf(source, call)?;
            match (pieces(&format)?.as_slice(), args) {
                ([Piece::Verb(verb)], [arg]) => Some((*arg, *verb)),
                _ => None,
            }
        }
        "Sprint" => match source.args_of(call, "fmt", "Sprint")? {
            ([arg], false) => Some((*arg, 'v')),
            _ => None,
        },
        _ => None,
    }
}

fn finding(source: &Source<'_>, call: ExprId) -> Option<Found> {
    let (arg, verb) = single(source, call)?;
    if !is_used(source, call) {
        return None;
    }
    let mut draft = Draft::new("format it without `fmt`", Safety::Safe);
    let (better, precedence) = formatted(source, arg, verb, &mut draft)?;
    let help = if better.is_empty() || better.starts_with('.') {
        "format it with `strconv`".to_owned()
    } else {
        format!("use `{better}`")
    };
    draft.replace(
        source.range(call),
        source.in_place(call, better, precedence),
    );
    let message = format!("`{}` formats a single value", source.text(call));
    Some(
        Found::new(source, call, &message)
            .label("through an interface and a format")
            .help(help)
            .fix(draft.finish(source)),
    )
}
