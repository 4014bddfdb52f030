//! GP209: a text that is formatted into a string to be appended.

use diag::{Safety, Severity};
use go_syntax::{ExprId, ExprKind};
use go_types::Builtin;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP209",
    name: "append-formatted",
    summary: "a string that is formatted only to be appended to bytes",
    since: None,
    until: None,
    doc: include_str!("append_formatted.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.7,
        covers: &[&super::hot_fmt::RULE, &super::allocating_call::RULE],
        spent_in: &["fmt.Sprint", "strconv."],
    }),
};

/// Functions with a twin that appends: their names in package and the twin's.
const TWINS: &[(&str, &str, &str)] = &[
    ("fmt", "Sprint", "Append"),
    ("fmt", "Sprintf", "Appendf"),
    ("fmt", "Sprintln", "Appendln"),
    ("strconv", "FormatBool", "AppendBool"),
    ("strconv", "FormatFloat", "AppendFloat"),
    ("strconv", "FormatInt", "AppendInt"),
    ("strconv", "FormatUint", "AppendUint"),
    ("strconv", "Itoa", "AppendInt"),
    ("strconv", "Quote", "AppendQuote"),
    ("strconv", "QuoteRune", "AppendQuoteRune"),
    ("strconv", "QuoteToASCII", "AppendQuoteToASCII"),
];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if source.called_name(call) == "append" {
            found.extend(finding(source, call));
        }
    }
}

fn finding(source: &Source<'_>, call: ExprId) -> Option<Found> {
    let ([buffer, formatted], true) = source.builtin_args(call, Builtin::Append)? else {
        return None;
    };
    let (fun, args, spread) = source.call(*formatted)?;
    if !source.is_bytes(*buffer) || !is_untouched(source, *buffer, args) {
        return None;
    }
    let better = twin(source, *formatted, fun, args, spread, source.text(*buffer))?;
    let mut draft = Draft::new("append without the string", Safety::Safe);
    let is_new = source.text(fun).starts_with("fmt.") && source.go < 19;
    if is_new {
        draft.fail();
    }
    draft.replace(source.range(call), better.clone());
    let message = format!(
        "`{}` makes a string only to append it",
        source.text(*formatted)
    );
    Some(
        Found::new(source, call, &message)
            .label("a string between")
            .help(format!("append directly: `{better}`"))
            .cost(source.range(*formatted))
            .fix(draft.finish(source)),
    )
}

/// Whether evaluating the arguments after the buffer, as the twin does, is the same.
fn is_untouched(source: &Source<'_>, buffer: ExprId, args: &[ExprId]) -> bool {
    let is_plain_buffer = source.is_pure(buffer)
        || source
            .conversion(buffer)
            .is_some_and(|(x, _)| source.is_nil(x))
        || is_prefix(source, buffer);
    let may_call = args.iter().any(|arg| source.has_calls(*arg));
    let is_safe_variable = source
        .variable(buffer)
        .is_some_and(|obj| source.is_local(obj) && !source.is_addressed(obj));
    let mentions = source
        .base_variable(buffer)
        .is_some_and(|obj| args.iter().any(|arg| source.mentions_in(*arg, obj)));
    // A field of what is printed, or the printed value's own buffer.
    is_plain_buffer
        && (!may_call || is_safe_variable)
        && (!mentions || is_scalar_only(source, args))
}

/// `b[:0]`, `b[:n]`
fn is_prefix(source: &Source<'_>, expr: ExprId) -> bool {
    matches!(source.inner(expr), ExprKind::Slice { x, lo: None, hi, .. }
        if source.is_pure(x) && hi.is_none_or(|hi| source.is_pure(hi)))
}

/// Whether arguments are numbers, booleans and strings: they cannot share memory with the buffer.
fn is_scalar_only(source: &Source<'_>, args: &[ExprId]) -> bool {
    args.iter().all(|arg| {
        matches!(source.kind(*arg), Some(go_types::TypeKind::Basic(_))) && !source.has_calls(*arg)
    })
}

/// The call of the function's twin.
fn twin(
    source: &Source<'_>,
    formatted: ExprId,
    fun: ExprId,
    args: &[ExprId],
    spread: bool,
    buffer: &str,
) -> Option<String> {
    let mut texts: Vec<String> = args
        .iter()
        .map(|arg| source.text(*arg).to_owned())
        .collect();
    if spread && let Some(last) = texts.last_mut() {
        last.push_str("...");
    }
    match source.callee(formatted)? {
        Callee::Func { path, name } => {
            let (.., twin) = (TWINS.iter()).find(|(of, it, _)| *of == path && *it == name)?;
            let ExprKind::Selector { x, .. } = source.inner(fun) else {
                return None;
            };
            if name == "Itoa" {
                texts = vec![format!("int64({})", texts.first()?), "10".to_owned()];
            }
            texts.insert(0, buffer.to_owned());
            Some(format!("{}.{twin}({})", source.text(x), texts.join(", ")))
        }
        callee if callee.is_method("time", "Time", "Format") => {
            let ExprKind::Selector { x, .. } = source.inner(fun) else {
                return None;
            };
            let of = source.type_of(x)?;
            // Not of a type that has its own `AppendFormat`.
            source.is_named(of, "time", "Time").then(|| {
                format!(
                    "{}.AppendFormat({buffer}, {})",
                    source.text(x),
                    texts.join(", ")
                )
            })
        }
        _ => None,
    }
}
