//! JUnit's XML, which test servers show: each finding is a failed case, and a run without findings one that passes.
//! Source: `testmoapp/junitxml`, the common denominator of its readers.

use std::fmt::Write as _;

use super::xml::escape;
use super::{Context, with_evidence};
use crate::diagnostic::Diagnostic;

pub(super) fn render(ctx: &Context<'_>) -> String {
    let found = ctx.report.diagnostics;
    let failures = found.len();
    let tests = failures.max(1);
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let counts = format!("name=\"goperf\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"");
    writeln!(text, "<testsuites {counts}>\n  <testsuite {counts}>").ok();
    if found.is_empty() {
        text.push_str("    <testcase name=\"no findings\" classname=\"goperf\"/>\n");
    }
    for finding in found {
        case(ctx, finding, &mut text);
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

fn case(ctx: &Context<'_>, finding: &Diagnostic, text: &mut String) {
    let place = escape(&ctx.place(&finding.primary));
    let path = escape(&ctx.path(&finding.primary.path));
    let rule = format!("{} {}", finding.rule.id, finding.rule.name);
    let message = escape(&with_evidence(finding));
    let body: Vec<String> = std::iter::once(place.clone())
        .chain((finding.notes.iter()).map(|note| {
            let words = format!("{}: {}", note.kind.name(), note.text);
            escape(&words)
        }))
        .collect();
    write!(
        text,
        "    <testcase name=\"{rule} {place}\" classname=\"{path}\" file=\"{path}\" line=\"{}\">\n      \
         <failure type=\"{}\" message=\"{message}\">{}</failure>\n    </testcase>\n",
        finding.primary.start.line,
        finding.severity.name(),
        body.join("&#10;"),
    )
    .ok();
}
