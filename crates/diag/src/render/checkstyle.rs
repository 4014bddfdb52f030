//! Checkstyle's XML, which build servers read: findings by file.
//! Source: `checkstyle/checkstyle`, `XMLLogger`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::xml::escape;
use super::{Context, with_evidence};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn render(ctx: &Context<'_>) -> String {
    let mut by_file: BTreeMap<String, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in ctx.report.diagnostics {
        let path = ctx.path(&diagnostic.primary.path);
        by_file.entry(path).or_default().push(diagnostic);
    }
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"5.0\">\n".to_owned();
    for (path, findings) in by_file {
        writeln!(text, "  <file name=\"{}\">", escape(&path)).ok();
        for finding in findings {
            error(finding, &mut text);
        }
        text.push_str("  </file>\n");
    }
    text.push_str("</checkstyle>\n");
    text
}

fn error(finding: &Diagnostic, text: &mut String) {
    let start = finding.primary.start;
    write!(text, "    <error line=\"{}\"", start.line).ok();
    if start.col > 0 {
        write!(text, " column=\"{}\"", start.col).ok();
    }
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Hint => "info",
    };
    let message = escape(&with_evidence(finding));
    let source = escape(&format!("goperf.{}", finding.rule.id));
    writeln!(
        text,
        " severity=\"{severity}\" message=\"{message}\" source=\"{source}\"/>"
    )
    .ok();
}
