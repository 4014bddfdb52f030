//! The format for programs: one versioned shape, as one document or one object a line.
//!
//! The types here are a promise. Within a schema version members may be added, never renamed,
//! removed or given another meaning. [`json_schema`](super::json_schema) describes them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Context;
use crate::diagnostic::{Annotation, Diagnostic, Edit, Evidence, Fix, Note, RuleRef, Value};
use crate::fingerprint::{self, Fingerprint};
use base::LineCol;

/// Rises when a reader of the old shape could go wrong.
pub const JSON_SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    diagnostics: Vec<WireDiagnostic<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<WireMap<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// One line of the line format.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Diagnostic {
        schema_version: u32,
        #[serde(flatten)]
        diagnostic: Box<WireDiagnostic<'a>>,
    },
    Summary {
        schema_version: u32,
        summary: WireMap<'a>,
    },
}

#[derive(Serialize)]
struct WireDiagnostic<'a> {
    rule: WireRule<'a>,
    severity: &'static str,
    message: &'a str,
    score: f64,
    primary: WireAnnotation<'a>,
    secondary: Vec<WireAnnotation<'a>>,
    notes: Vec<WireNote<'a>>,
    evidence: Vec<WireEvidence<'a>>,
    function: Option<&'a str>,
    package: Option<&'a str>,
    data: WireMap<'a>,
    fix: Option<WireFix<'a>>,
    fingerprint: String,
}

#[derive(Serialize)]
struct WireRule<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct WireAnnotation<'a> {
    path: String,
    start: WireLineCol,
    end: Option<WireLineCol>,
    message: &'a str,
}

#[derive(Serialize)]
struct WireLineCol {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct WireNote<'a> {
    kind: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct WireEvidence<'a> {
    source: &'a str,
    value: i64,
    unit: &'a str,
    share: f64,
    text: &'a str,
}

#[derive(Serialize)]
struct WireFix<'a> {
    title: &'a str,
    safety: &'static str,
    edits: Vec<WireEdit<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    imports: &'a [String],
}

#[derive(Serialize)]
struct WireEdit<'a> {
    path: String,
    start_offset: u32,
    end_offset: u32,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(transparent)]
struct WireMap<'a>(BTreeMap<&'a str, WireValue<'a>>);

#[derive(Serialize)]
#[serde(untagged)]
enum WireValue<'a> {
    Text(&'a str),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<WireValue<'a>>),
    Map(WireMap<'a>),
}

pub(super) fn document(ctx: &Context<'_>) -> String {
    let document = Document {
        schema_version: JSON_SCHEMA_VERSION,
        tool: Tool {
            name: "goperf",
            version: env!("CARGO_PKG_VERSION"),
        },
        diagnostics: diagnostics(ctx).collect(),
        summary: ctx.report.summary.map(wire_map),
    };
    to_text(serde_json::to_string_pretty(&document))
}

pub(super) fn lines(ctx: &Context<'_>) -> String {
    let mut text = String::new();
    let found = diagnostics(ctx).map(|diagnostic| Line::Diagnostic {
        schema_version: JSON_SCHEMA_VERSION,
        diagnostic: Box::new(diagnostic),
    });
    let summary = ctx.report.summary.map(|summary| Line::Summary {
        schema_version: JSON_SCHEMA_VERSION,
        summary: wire_map(summary),
    });
    for line in found.chain(summary) {
        text.push_str(&to_text(serde_json::to_string(&line)));
    }
    text
}

/// JSON has no other numbers, and readers expect one here.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// The types above hold nothing that JSON cannot express, so writing them cannot fail.
fn to_text(json: serde_json::Result<String>) -> String {
    debug_assert!(json.is_ok(), "{json:?}");
    json.map(|json| json + "\n").unwrap_or_default()
}

fn diagnostics<'a>(ctx: &'a Context<'_>) -> impl Iterator<Item = WireDiagnostic<'a>> {
    let found = ctx.report.diagnostics;
    let prints = fingerprint::of(found, &ctx.sources, ctx.current_dir());
    (found.iter().zip(prints)).map(|(diagnostic, print)| wire_diagnostic(ctx, diagnostic, print))
}

fn wire_diagnostic<'a>(
    ctx: &Context<'_>,
    diagnostic: &'a Diagnostic,
    fingerprint: Fingerprint,
) -> WireDiagnostic<'a> {
    let RuleRef { id, name } = diagnostic.rule;
    WireDiagnostic {
        rule: WireRule { id, name },
        severity: diagnostic.severity.name(),
        message: &diagnostic.message,
        score: finite(diagnostic.score),
        primary: wire_annotation(ctx, &diagnostic.primary),
        secondary: (diagnostic.secondary.iter())
            .map(|annotation| wire_annotation(ctx, annotation))
            .collect(),
        notes: diagnostic.notes.iter().map(wire_note).collect(),
        evidence: diagnostic.evidence.iter().map(wire_evidence).collect(),
        function: diagnostic.function.as_deref(),
        package: diagnostic.package.as_deref(),
        data: wire_map(&diagnostic.data),
        fix: diagnostic.fix.as_ref().map(|fix| wire_fix(ctx, fix)),
        fingerprint: fingerprint.to_string(),
    }
}

fn wire_annotation<'a>(ctx: &Context<'_>, annotation: &'a Annotation) -> WireAnnotation<'a> {
    WireAnnotation {
        path: ctx.path(&annotation.path),
        start: wire_line_col(annotation.start),
        end: annotation.end.map(wire_line_col),
        message: &annotation.message,
    }
}

fn wire_line_col(at: LineCol) -> WireLineCol {
    WireLineCol {
        line: at.line,
        column: at.col,
    }
}

fn wire_note(note: &Note) -> WireNote<'_> {
    WireNote {
        kind: note.kind.name(),
        text: &note.text,
    }
}

fn wire_evidence(evidence: &Evidence) -> WireEvidence<'_> {
    WireEvidence {
        source: &evidence.source,
        value: evidence.value,
        unit: &evidence.unit,
        share: finite(evidence.share),
        text: &evidence.text,
    }
}

fn wire_fix<'a>(ctx: &Context<'_>, fix: &'a Fix) -> WireFix<'a> {
    WireFix {
        title: &fix.title,
        safety: fix.safety.name(),
        edits: (fix.edits.iter())
            .map(|Edit { path, range, text }| WireEdit {
                path: ctx.path(path),
                start_offset: range.start,
                end_offset: range.end,
                text,
            })
            .collect(),
        imports: &fix.imports,
    }
}

fn wire_map(map: &BTreeMap<String, Value>) -> WireMap<'_> {
    let entries = map.iter();
    WireMap(
        entries
            .map(|(key, value)| (key.as_str(), wire_value(value)))
            .collect(),
    )
}

fn wire_value(value: &Value) -> WireValue<'_> {
    match value {
        Value::Text(text) => WireValue::Text(text),
        Value::Int(value) => WireValue::Int(*value),
        Value::Float(value) => WireValue::Float(*value),
        Value::Bool(value) => WireValue::Bool(*value),
        Value::List(values) => WireValue::List(values.iter().map(wire_value).collect()),
        Value::Map(values) => WireValue::Map(wire_map(values)),
    }
}
