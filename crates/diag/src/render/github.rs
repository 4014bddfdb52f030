//! Workflow commands: GitHub Actions shows them beside the changed lines.
//! Source: docs.github.com, "Workflow commands for GitHub Actions".

use std::fmt::Write as _;

use super::{Context, evidence};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn render(ctx: &Context<'_>) -> String {
    let mut text = String::new();
    for diagnostic in ctx.report.diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info | Severity::Hint => "notice",
        };
        let properties = properties(ctx, diagnostic);
        let message = escape_data(&message(diagnostic));
        writeln!(text, "::{level} {properties}::{message}").ok();
    }
    text
}

fn properties(ctx: &Context<'_>, diagnostic: &Diagnostic) -> String {
    let primary = &diagnostic.primary;
    let mut text = format!("file={}", escape_property(&ctx.path(&primary.path)));
    let start = primary.start;
    if start.line > 0 {
        write!(text, ",line={}", start.line).ok();
        if start.col > 0 {
            write!(text, ",col={}", start.col).ok();
        }
        if let Some(end) = primary.end.filter(|end| *end > start) {
            write!(text, ",endLine={}", end.line).ok();
            // The service takes columns only for an annotation of one line.
            if start.line == end.line {
                write!(text, ",endColumn={}", end.col).ok();
            }
        }
    }
    let title = format!("{} {}", diagnostic.rule.id, diagnostic.rule.name);
    write!(text, ",title={}", escape_property(&title)).ok();
    text
}

fn message(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    if let Some(evidence) = evidence(diagnostic) {
        write!(text, "\nevidence: {evidence}").ok();
    }
    for note in &diagnostic.notes {
        write!(text, "\n{}: {}", note.kind.name(), note.text).ok();
    }
    text
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}
