//! GP001: wording.

use diag::{Annotation, Diagnostic, Severity};

use crate::rule::{Look, Rule};
use crate::rule_ref;

pub const RULE: Rule = Rule {
    id: "GP001",
    name: "unused-suppression",
    summary: "a comment that silences nothing",
    since: None,
    until: None,
    doc: include_str!("unused_suppression.md"),
    look: Look::Facts,
};

/// The finding for a comment that silences no finding.
pub fn finding(place: Annotation, comment: &str) -> Diagnostic {
    let message = format!("`{comment}` silences nothing");
    Diagnostic::new(rule_ref(&RULE), Severity::Hint, message, place)
}
