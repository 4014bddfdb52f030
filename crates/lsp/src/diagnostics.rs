//! Findings as the protocol has them.

use diag::{NoteKind, Severity};
use lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location,
    Message, Range, Uri,
};

use crate::uri::uri_of;
use crate::view::FileView;

/// The findings of a file.
pub(crate) fn diagnostics(view: &FileView<'_>) -> Vec<Diagnostic> {
    if !view.settings.diagnostics {
        return Vec::new();
    }
    let findings = view.findings();
    findings.iter().map(|it| diagnostic(view, it)).collect()
}

pub(crate) fn diagnostic(view: &FileView<'_>, finding: &diag::Diagnostic) -> Diagnostic {
    let mut message = finding.message.clone();
    if !finding.evidence.is_empty() {
        let evidence: Vec<&str> = finding.evidence.iter().map(|it| it.text.as_str()).collect();
        message += &format!("\nevidence: {}", evidence.join(", "));
    }
    for note in finding.notes.iter().filter(|it| it.kind == NoteKind::Help) {
        message += &format!("\nhelp: {}", note.text);
    }
    let related: Vec<DiagnosticRelatedInformation> = (finding.secondary.iter())
        .filter(|place| !place.message.is_empty() && place.path == view.path)
        .map(|place| DiagnosticRelatedInformation {
            location: Location {
                uri: uri_of(&place.path),
                range: view.text.range_of(place, view.encoding),
            },
            message: place.message.clone(),
        })
        .collect();
    Diagnostic {
        range: view.text.range_of(&finding.primary, view.encoding),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
            Severity::Info => DiagnosticSeverity::Information,
            Severity::Hint => DiagnosticSeverity::Hint,
        }),
        code: Some(Code::String(finding.rule.id.to_owned())),
        code_description: page_of(finding.rule.id).map(|href| CodeDescription { href }),
        source: Some("goperf".to_owned()),
        message: Message::String(message),
        tags: None,
        related_information: (!related.is_empty()).then_some(related),
        data: None,
    }
}

/// The reference of all rules, with a heading for each.
const RULES: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/blob/main/docs/reference/rules.md"
);

/// The address of a rule's page; `None` for what is no rule, such as code that does not compile.
fn page_of(id: &str) -> Option<Uri> {
    let rule = lint::rules::find(id)?;
    let heading = format!("{}-{}", rule.id, rule.name).to_lowercase();
    Some(Uri::from(format!("{RULES}#{heading}")))
}

/// Whether two ranges have a position in common.
pub(crate) fn touch(a: Range, b: Range) -> bool {
    a.start <= b.end && b.start <= a.end
}
