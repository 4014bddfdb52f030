//! SARIF 2.1.0, which code scanning services read.
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Context, evidence};
use crate::diagnostic::{Annotation, Diagnostic, Edit, Fix, NoteKind, RuleInfo, RuleRef, Severity};
use crate::fingerprint::{self, Fingerprint};
use crate::paths::display_path;

pub(super) fn render(ctx: &Context<'_>) -> String {
    let rules = rules(ctx);
    let prints = fingerprint::of(ctx.report.diagnostics, &ctx.sources, ctx.current_dir());
    let results: Vec<Value> = (ctx.report.diagnostics.iter().zip(prints))
        .map(|(diagnostic, print)| result(ctx, &rules, diagnostic, print))
        .collect();
    let driver = json!({
        "name": "goperf",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(Declared::json).collect::<Vec<_>>(),
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// A rule as the log declares it: with its description if there is one, else by its names alone.
struct Declared<'a> {
    rule: RuleRef,
    info: Option<&'a RuleInfo>,
}

/// All declared rules and those of the findings, by id.
fn rules<'a>(ctx: &Context<'a>) -> Vec<Declared<'a>> {
    let known = ctx.report.rules.iter().map(|info| Declared {
        rule: info.rule,
        info: Some(info),
    });
    let found = (ctx.report.diagnostics.iter()).map(|diagnostic| Declared {
        rule: diagnostic.rule,
        info: None,
    });
    let mut rules: Vec<Declared<'a>> = known.chain(found).collect();
    // Stable: of equal ids the one with information stays.
    rules.sort_by_key(|declared| declared.rule.id);
    rules.dedup_by_key(|declared| declared.rule.id);
    rules
}

impl Declared<'_> {
    fn json(&self) -> Value {
        let mut rule = json!({ "id": self.rule.id, "name": self.rule.name });
        if let Some(info) = self.info {
            rule["shortDescription"] = json!({ "text": info.summary });
            rule["defaultConfiguration"] = json!({ "level": level(info.severity) });
            if let Some(url) = &info.url {
                rule["helpUri"] = json!(url);
            }
        }
        rule
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Hint => "note",
    }
}

fn result(
    ctx: &Context<'_>,
    rules: &[Declared<'_>],
    diagnostic: &Diagnostic,
    print: Fingerprint,
) -> Value {
    let id = diagnostic.rule.id;
    let mut result = json!({
        "ruleId": id,
        "ruleIndex": rules.binary_search_by_key(&id, |declared| declared.rule.id).ok(),
        "level": level(diagnostic.severity),
        "rank": diagnostic.score.clamp(0.0, 100.0),
        "message": { "text": message(diagnostic) },
        "locations": [primary_location(ctx, diagnostic)],
        "partialFingerprints": { "goperf/v1": print.to_string() },
    });
    if !diagnostic.secondary.is_empty() {
        let related = diagnostic.secondary.iter().enumerate();
        result["relatedLocations"] = related
            .map(|(index, annotation)| related_location(ctx, index, annotation))
            .collect();
    }
    if let Some(fix) = &diagnostic.fix {
        result["fixes"] = json!([fix_json(ctx, fix)]);
    }
    if !diagnostic.evidence.is_empty() {
        let evidence: Vec<Value> = (diagnostic.evidence.iter())
            .map(|evidence| {
                json!({
                    "source": evidence.source,
                    "value": evidence.value,
                    "unit": evidence.unit,
                    "share": evidence.share,
                })
            })
            .collect();
        result["properties"] = json!({ "evidence": evidence });
    }
    result
}

/// A sentence with full stop, since viewers show it as prose; then the evidence and the advice.
fn message(diagnostic: &Diagnostic) -> String {
    let mut text = format!("{}.", diagnostic.message);
    if let Some(evidence) = evidence(diagnostic) {
        write!(text, " Evidence: {evidence}.").ok();
    }
    for note in &diagnostic.notes {
        if note.kind == NoteKind::Help {
            write!(text, "\n{}", note.text).ok();
        }
    }
    text
}

fn primary_location(ctx: &Context<'_>, diagnostic: &Diagnostic) -> Value {
    let mut location = json!({ "physicalLocation": physical(ctx, &diagnostic.primary) });
    if let Some(function) = &diagnostic.function {
        location["logicalLocations"] =
            json!([{ "fullyQualifiedName": function, "kind": "function" }]);
    }
    location
}

fn related_location(ctx: &Context<'_>, index: usize, annotation: &Annotation) -> Value {
    json!({
        "id": index,
        "message": { "text": annotation.message },
        "physicalLocation": physical(ctx, annotation),
    })
}

fn physical(ctx: &Context<'_>, annotation: &Annotation) -> Value {
    let mut location = json!({ "artifactLocation": { "uri": uri(ctx, &annotation.path) } });
    if annotation.start.line > 0 {
        location["region"] = Value::Object(region(ctx, annotation));
    }
    location
}

/// Columns in characters where the text is available, else as they are given.
fn region(ctx: &Context<'_>, annotation: &Annotation) -> Map<String, Value> {
    let file = ctx.sources.file(&annotation.path);
    let column = |at: base::LineCol| (file.as_ref()?.char_col(at)).or(Some(at.col));
    let start = annotation.start;
    let mut region = Map::new();
    region.insert("startLine".into(), start.line.into());
    if start.col > 0 {
        let col = column(start).unwrap_or(start.col);
        region.insert("startColumn".into(), col.into());
        if let Some(end) = annotation.end.filter(|end| *end > start) {
            region.insert("endLine".into(), end.line.into());
            let col = column(end).unwrap_or(end.col);
            region.insert("endColumn".into(), col.into());
        }
    }
    region
}

fn fix_json(ctx: &Context<'_>, fix: &Fix) -> Value {
    let mut paths: Vec<&Path> = fix.edits.iter().map(|edit| edit.path.as_path()).collect();
    paths.sort();
    paths.dedup();
    let changes: Vec<Value> = (paths.into_iter())
        .map(|path| {
            let edits = fix.edits.iter().filter(|edit| edit.path == path);
            json!({
                "artifactLocation": { "uri": uri(ctx, path) },
                "replacements": edits.map(replacement).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

fn replacement(edit: &Edit) -> Value {
    json!({
        "deletedRegion": { "byteOffset": edit.range.start, "byteLength": edit.range.len() },
        "insertedContent": { "text": edit.text },
    })
}

/// A relative reference below the working directory, else an absolute `file:` URI.
fn uri(ctx: &Context<'_>, path: &Path) -> String {
    let shown = match ctx.current_dir().map(|dir| path.strip_prefix(dir)) {
        Some(Ok(below)) => display_path(below, None),
        _ => display_path(path, None),
    };
    let encoded = percent_encode(&shown.replace('\\', "/"));
    if path.is_absolute() && encoded.starts_with('/') {
        format!("file://{encoded}")
    } else {
        encoded
    }
}

/// All but the characters that a URI's path takes as they are (RFC 3986, `pchar` and `/`).
fn percent_encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").ok();
        }
    }
    out
}
