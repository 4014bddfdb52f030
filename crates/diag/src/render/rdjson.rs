//! reviewdog's diagnostics, with the fixes that are one edit as suggestions.
//! Source: `reviewdog/reviewdog`, `proto/rdf/reviewdog.proto`; lines and columns from 1, columns in bytes.

use base::LineCol;
use serde_json::{Value, json};

use super::{Context, with_evidence};
use crate::diagnostic::{Annotation, Diagnostic, Severity};

pub(super) fn render(ctx: &Context<'_>) -> String {
    let all: Vec<Value> = (ctx.report.diagnostics.iter())
        .map(|finding| diagnostic(ctx, finding))
        .collect();
    let report = json!({ "source": { "name": "goperf" }, "diagnostics": all });
    format!("{report:#}\n")
}

fn diagnostic(ctx: &Context<'_>, finding: &Diagnostic) -> Value {
    let severity = match finding.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Info | Severity::Hint => "INFO",
    };
    let mut code = json!({ "value": finding.rule.id });
    let info = (ctx.report.rules.iter()).find(|info| info.rule == finding.rule);
    if let Some(url) = info.and_then(|info| info.url.as_ref()) {
        code["url"] = json!(url);
    }
    let mut message = with_evidence(finding);
    for note in &finding.notes {
        message += &format!("\n{}: {}", note.kind.name(), note.text);
    }
    let mut one = json!({
        "message": message,
        "severity": severity,
        "code": code,
        "location": location(ctx, &finding.primary),
    });
    if let Some(suggestion) = suggestion(ctx, finding) {
        one["suggestions"] = json!([suggestion]);
    }
    one
}

fn location(ctx: &Context<'_>, place: &Annotation) -> Value {
    let mut location = json!({ "path": ctx.path(&place.path) });
    if place.start.line > 0 {
        location["range"] = match place.end.filter(|end| *end > place.start) {
            Some(end) => json!({ "start": position(place.start), "end": position(end) }),
            None => json!({ "start": position(place.start) }),
        };
    }
    location
}

fn position(at: LineCol) -> Value {
    if at.col == 0 {
        json!({ "line": at.line })
    } else {
        json!({ "line": at.line, "column": at.col })
    }
}

/// A fix of one edit in the finding's own file, without further imports: suggestions are taken one by one, and each
/// has to compile.
fn suggestion(ctx: &Context<'_>, finding: &Diagnostic) -> Option<Value> {
    let fix = finding.fix.as_ref().filter(|fix| fix.imports.is_empty())?;
    let [edit] = fix.edits.as_slice() else {
        return None;
    };
    let file = ctx.sources.file(&edit.path)?;
    (edit.path == finding.primary.path).then(|| {
        let range = json!({
            "start": position(file.line_col(edit.range.start)),
            "end": position(file.line_col(edit.range.end)),
        });
        json!({ "range": range, "text": edit.text })
    })
}
