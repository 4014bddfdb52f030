//! The JSON schema of `goperf.toml`, for editors.

use lint::rules;
use serde_json::{Map, Value, json};

use super::{BY_PATH, EVIDENCE, KEYS, Kind, RULES};

/// The schema as JSON text.
pub fn config_schema() -> String {
    let mut top = Map::new();
    let mut evidence = Map::new();
    for key in KEYS {
        let mut schema = of_kind(key.kind);
        schema["description"] = json!(key.doc);
        match key.name.strip_prefix(EVIDENCE) {
            Some(rest) => evidence.insert(rest.trim_start_matches('.').to_owned(), schema),
            None => top.insert(key.name.to_owned(), schema),
        };
    }
    let mut by_rule: Map<String, Value> = Map::new();
    for limit in rules::LIMITS {
        let name = rules::find(limit.rule).map_or("", |rule| rule.name);
        let schema = by_rule.entry(limit.rule).or_insert_with(|| closed(name));
        schema["properties"][limit.key] = json!({
            "type": "integer",
            "minimum": 0,
            "default": limit.default,
            "description": limit.doc,
        });
    }
    // A rule may also be called by its name.
    let by_name: Vec<(String, Value)> = (by_rule.iter())
        .filter_map(|(id, schema)| Some((rules::find(id)?.name.to_owned(), schema.clone())))
        .collect();
    by_rule.extend(by_name);
    top.insert(EVIDENCE.to_owned(), object("What was measured", evidence));
    top.insert(RULES.to_owned(), object("Numbers of rules", by_rule));
    top.insert(
        BY_PATH.to_owned(),
        json!({
            "type": "object",
            "description": "Rules that are not wanted in the files that a pattern matches",
            "additionalProperties": of_kind(Kind::Rules),
        }),
    );
    let mut schema = object("Settings of goperf check", top);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("goperf.toml");
    format!("{schema:#}\n")
}

fn object(doc: &str, properties: Map<String, Value>) -> Value {
    let mut object = closed(doc);
    object["properties"] = Value::Object(properties);
    object
}

fn closed(doc: &str) -> Value {
    json!({ "type": "object", "description": doc, "additionalProperties": false, "properties": {} })
}

fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Rules => json!({
            "type": "array",
            "items": { "type": "string", "examples": ["GP1", "append-without-cap"] },
        }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Number => json!({ "type": "number", "minimum": 0, "maximum": 100 }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
    }
}
