//! The JSON Schema of the `json` and `jsonl` formats, for the reference pages.

use serde_json::{Value, json};

use super::json::JSON_SCHEMA_VERSION;

/// Describes one document of `--format json`; `$defs.line` one line of `--format jsonl`.
/// Pretty-printed, with a newline at the end.
pub fn json_schema() -> String {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "goperf findings",
        "description": "What `goperf check --format json` prints. \
            Readers must accept members they do not know.",
        "$ref": "#/$defs/document",
        "$defs": {
            "document": document(),
            "line": line(),
            "diagnostic": diagnostic(),
            "annotation": annotation(),
            "position": position(),
            "evidence": evidence(),
            "fix": fix(),
        },
    });
    format!("{schema:#}\n")
}

/// An object of which every member but the optional ones is always there.
fn object(description: &str, properties: &Value, optional: &[&str]) -> Value {
    let names = properties.as_object().into_iter().flatten();
    let required: Vec<&String> = names
        .map(|(name, _)| name)
        .filter(|name| !optional.contains(&name.as_str()))
        .collect();
    json!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
    })
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string" })
}

fn whole(description: &str) -> Value {
    json!({ "description": description, "type": "integer", "minimum": 0 })
}

fn nullable_text(description: &str) -> Value {
    json!({ "description": description, "type": ["string", "null"] })
}

fn list(of: &str, description: &str) -> Value {
    json!({ "description": description, "type": "array", "items": reference(of) })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn version() -> Value {
    json!({
        "description": "Rises when a reader of the old shape could go wrong.",
        "const": JSON_SCHEMA_VERSION,
    })
}

fn document() -> Value {
    let tool = object(
        "Who wrote this.",
        &json!({ "name": text("Always `goperf`."), "version": text("Of the tool.") }),
        &[],
    );
    object(
        "One run.",
        &json!({
            "schema_version": version(),
            "tool": tool,
            "diagnostics": list("diagnostic", "Most expensive first."),
            "summary": summary(),
        }),
        &["summary"],
    )
}

fn summary() -> Value {
    json!({ "description": "Totals of the run, by name.", "type": "object" })
}

fn line() -> Value {
    let summary = object(
        "The last line.",
        &json!({
            "type": { "const": "summary" },
            "schema_version": version(),
            "summary": summary(),
        }),
        &[],
    );
    let diagnostic = json!({
        "allOf": [
            reference("diagnostic"),
            object(
                "A line for each finding.",
                &json!({ "type": { "const": "diagnostic" }, "schema_version": version() }),
                &[],
            ),
        ],
    });
    json!({ "oneOf": [diagnostic, summary] })
}

fn diagnostic() -> Value {
    let rule = object(
        "The rule that found it.",
        &json!({ "id": text("As in `GP601`."), "name": text("As in `hot-boxing`.") }),
        &[],
    );
    let note = object(
        "A remark.",
        &json!({ "kind": { "enum": ["note", "help"] }, "text": text("For people.") }),
        &[],
    );
    object(
        "One finding.",
        &json!({
            "rule": rule,
            "severity": { "enum": ["error", "warning", "info", "hint"] },
            "message": text("A sentence; code is in backticks."),
            "score": {
                "description": "Estimated gain; findings are sorted by it.",
                "type": "number", "minimum": 0, "maximum": 100,
            },
            "primary": reference("annotation"),
            "secondary": list("annotation", "Other places that explain it, in reading order."),
            "notes": {
                "description": "Background, and what to do.", "type": "array", "items": note,
            },
            "evidence": list("evidence", "What was measured; empty if nothing was."),
            "function": nullable_text("As a profile names it, with its import path."),
            "package": nullable_text("Import path."),
            "data": { "description": "Facts of the rule, by name.", "type": "object" },
            "fix": { "oneOf": [reference("fix"), { "type": "null" }] },
            "fingerprint": text("Stays the same while the code around the finding moves."),
        }),
        &[],
    )
}

fn annotation() -> Value {
    object(
        "A place in a source file.",
        &json!({
            "path": text("Relative to the working directory where that is shorter."),
            "start": reference("position"),
            "end": { "oneOf": [reference("position"), { "type": "null" }] },
            "message": text("May be empty."),
        }),
        &[],
    )
}

fn position() -> Value {
    object(
        "An end lies one past the last byte.",
        &json!({
            "line": whole("From 1; 0 if only the file is known."),
            "column": whole("From 1, in bytes; 0 if only the line is known."),
        }),
        &[],
    )
}

fn evidence() -> Value {
    object(
        "A measured quantity.",
        &json!({
            "source": text("`cpu`, `alloc_space`, `alloc_objects`, `inuse_space`, …"),
            "value": { "description": "In `unit`.", "type": "integer" },
            "unit": text("`bytes`, `count`, `nanoseconds`."),
            "share": {
                "description": "Part of the whole profile.",
                "type": "number", "minimum": 0, "maximum": 1,
            },
            "text": text("For people."),
        }),
        &[],
    )
}

fn fix() -> Value {
    let edit = object(
        "Replaces a range of bytes.",
        &json!({
            "path": text("As in `annotation`."),
            "start_offset": whole("In bytes, from 0."),
            "end_offset": whole("One past the last byte."),
            "text": text("The replacement."),
        }),
        &[],
    );
    object(
        "A change that removes the finding.",
        &json!({
            "title": text("What it does."),
            "safety": { "enum": ["safe", "unsafe"] },
            "edits": { "description": "Without overlap.", "type": "array", "items": edit },
            "imports": { "description": "Import paths that the edited files need.", "type": "array", "items": { "type": "string" } },
        }),
        &["imports"],
    )
}
