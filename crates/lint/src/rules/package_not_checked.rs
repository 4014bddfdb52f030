//! GP003: wording.

use std::path::Path;

use diag::{Annotation, Diagnostic, Severity};

use crate::rule::{Look, Rule};
use crate::rule_ref;

pub const RULE: Rule = Rule {
    id: "GP003",
    name: "package-not-checked",
    summary: "a package that does not compile",
    since: None,
    until: None,
    doc: include_str!("package_not_checked.md"),
    look: Look::Facts,
};

/// The finding for a package that does not compile. Line and column are 0 where the error has no place in a file.
pub fn finding(import_path: &str, path: &Path, line: u32, col: u32, message: &str) -> Diagnostic {
    let message = format!("package `{import_path}` does not compile: {message}");
    let primary = Annotation::at(path, line, col);
    let mut diagnostic = Diagnostic::new(rule_ref(&RULE), Severity::Error, message, primary);
    diagnostic.package = Some(import_path.to_owned());
    diagnostic
}
