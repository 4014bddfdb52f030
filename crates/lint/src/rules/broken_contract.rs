//! GP630: wording.

use base::TextRange;
use diag::{Annotation, Diagnostic, Severity};

use crate::contracts::{AllocPlace, CallPlace};
use crate::findings::{help, note};
use crate::rule::{Look, Rule};
use crate::rule_ref;
use crate::source::Source;
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP630",
    name: "broken-contract",
    summary: "a promise in a comment that does not hold",
    since: None,
    until: None,
    doc: include_str!("broken_contract.md"),
    look: Look::Contracts,
};

/// A broken promise that is shown at its comment.
pub(crate) fn finding(
    view: &View,
    source: &Source<'_>,
    comment: TextRange,
    message: &str,
) -> Diagnostic {
    at(view, view.annotate_range(source.index, comment), message)
}

/// The place of a promise beside what breaks it.
pub(crate) fn place(view: &View, source: &Source<'_>, comment: TextRange) -> Annotation {
    view.annotate_range(source.index, comment)
        .message("promised here")
}

pub(crate) fn at(view: &View, place: Annotation, message: &str) -> Diagnostic {
    let mut broken = Diagnostic::new(rule_ref(&RULE), Severity::Error, message, place);
    broken.package = Some(view.package.import_path.clone());
    broken
}

/// A function that promises not to allocate does, itself or by what it calls.
pub(crate) fn allocates(
    promised: &str,
    allocating: &str,
    promise: &Annotation,
    path: &[&CallPlace],
    site: &AllocPlace,
) -> Diagnostic {
    let mut broken = site.finding.clone();
    let what = &site.finding.message;
    broken.message = match path {
        [] => format!("`{promised}` promises not to allocate: {what}"),
        [_] => format!("`{promised}` promises not to allocate, and calls `{allocating}`: {what}"),
        path => format!(
            "`{promised}` promises not to allocate, and `{allocating}`, {} calls below, does: {what}",
            path.len()
        ),
    };
    let calls = path
        .iter()
        .map(|call| call.at.clone().message("called here"));
    let first: Vec<Annotation> = std::iter::once(promise.clone()).chain(calls).collect();
    broken.secondary.splice(0..0, first);
    if path.len() > 1 {
        let names: Vec<&str> = path.iter().map(|call| short(&call.symbol)).collect();
        broken
            .notes
            .push(note(format!("calls: {promised} → {}", names.join(" → "))));
    }
    let text = "let the caller bring the memory, or say why it may: `//goperf:alloc-ok REASON`";
    broken.notes.push(help(&RULE, text));
    broken
}

/// `T.M` of `example.com/m/store.T.M`.
fn short(symbol: &str) -> &str {
    let (_, name) = profile::split_symbol(symbol);
    name
}
