//! GP004: wording.

use std::path::Path;

use diag::{Annotation, Diagnostic, Severity};

use crate::findings::note;
use crate::rule::{Look, Rule};
use crate::rule_ref;

pub const RULE: Rule = Rule {
    id: "GP004",
    name: "benchmark-failed",
    summary: "a package whose benchmarks fail",
    since: None,
    until: None,
    doc: include_str!("benchmark_failed.md"),
    look: Look::Facts,
};

/// Benchmarks of a package that could not be measured.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// Import path.
    pub package: &'a str,
    /// The panic's or failure's own message.
    pub message: &'a str,
    /// Further lines of the output.
    pub details: &'a [String],
    pub location: Option<(&'a Path, u32)>,
}

/// The finding for a package whose benchmarks could not be measured.
pub fn finding(failure: &Failure) -> Diagnostic {
    let Failure {
        package, message, ..
    } = failure;
    let primary = match failure.location {
        Some((file, line)) => Annotation::at(file, line, 0),
        None => Annotation::at(*package, 0, 0),
    };
    let message = format!("benchmarks of `{package}`: {message}");
    let mut diagnostic = Diagnostic::new(rule_ref(&RULE), Severity::Error, message, primary);
    if !failure.details.is_empty() {
        diagnostic.notes.push(note(failure.details.join("\n")));
    }
    diagnostic.package = Some((*package).to_owned());
    diagnostic
}
