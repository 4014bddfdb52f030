//! From the arguments of a call to a command line.

use std::path::Path;

use rmcp::model::JsonObject;
use serde_json::{Map, Value, json};

use crate::{Kind, Param, Place, Tool};

/// The parameter that asks for a further page; every tool has it.
pub(crate) const PAGE: &str = "page";

/// The JSON schema of a tool's arguments.
pub(crate) fn schema(tool: &Tool) -> JsonObject {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for param in tool.params {
        let mut property = match param.kind {
            Kind::Text => json!({"type": "string"}),
            Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
            Kind::Number => json!({"type": "number"}),
            Kind::Flag => json!({"type": "boolean"}),
            Kind::Choice(values) => json!({"type": "string", "enum": values}),
        };
        property["description"] = param.description.into();
        properties.insert(param.name.to_owned(), property);
        if param.required {
            required.push(param.name);
        }
    }
    let page = json!({
        "type": "integer",
        "minimum": 1,
        "description": "Which page of a long answer; its first page says how many there are",
    });
    properties.insert(PAGE.to_owned(), page);
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// The page that a call asks for, from 1.
pub(crate) fn page(arguments: &JsonObject) -> Result<usize, String> {
    match arguments.get(PAGE) {
        None | Some(Value::Null) => Ok(1),
        Some(value) => (value.as_u64())
            .and_then(|page| usize::try_from(page).ok())
            .filter(|page| *page > 0)
            .ok_or_else(|| format!("`{PAGE}` is a number from 1, not {value}")),
    }
}

/// The command line of a call, without the program's name. `Err` says what is wrong with the arguments.
///
/// Values never become flags of their own: each stands behind its flag's `=`, and positional ones may not begin with a
/// dash. So a tool that writes nothing cannot be made to write.
pub(crate) fn command_line(tool: &Tool, arguments: &JsonObject) -> Result<Vec<String>, String> {
    for name in arguments.keys() {
        if name != PAGE && !tool.params.iter().any(|param| param.name == name) {
            let known: Vec<&str> = tool.params.iter().map(|param| param.name).collect();
            return Err(format!(
                "`{}` has no parameter `{name}`; it takes {}",
                tool.name,
                known.join(", ")
            ));
        }
    }
    let mut args: Vec<String> = tool.command.iter().map(|&part| part.to_owned()).collect();
    let mut flags = Vec::new();
    let mut positional = Vec::new();
    let mut folder = None;
    for param in tool.params {
        let values = match arguments.get(param.name) {
            None | Some(Value::Null) if param.required => {
                return Err(format!("`{}` needs `{}`", tool.name, param.name));
            }
            None | Some(Value::Null) => continue,
            Some(value) => values(param, value)?,
        };
        match param.place {
            Place::Flag(flag) if param.kind == Kind::Flag => {
                flags.extend(values.iter().map(|_| flag.to_owned()));
            }
            Place::Flag(flag) => flags.extend(values.iter().map(|it| format!("{flag}={it}"))),
            Place::Dashed => args.extend(values.iter().map(|it| format!("-{it}"))),
            Place::Positional => {
                if let Some(value) = values.iter().find(|it| it.starts_with('-')) {
                    return Err(format!(
                        "`{}` must not begin with a dash: `{value}`",
                        param.name
                    ));
                }
                positional.extend(values);
            }
            Place::Folder => folder = values.into_iter().next(),
        }
    }
    if let Some(folder) = folder {
        for value in &mut positional {
            if is_file(value) {
                *value = Path::new(&folder).join(&*value).display().to_string();
            }
        }
    }
    args.extend(flags);
    args.extend(positional);
    Ok(args)
}

/// Whether a positional parameter names a file: topics and rules have no dot and no slash.
fn is_file(value: &str) -> bool {
    value.contains(['.', '/']) && !value.contains("://")
}

fn values(param: &Param, value: &Value) -> Result<Vec<String>, String> {
    let wrong = |what: &str| format!("`{}` is {what}, not {value}", param.name);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match param.kind {
        Kind::Text => match text(value) {
            Some(text) => Ok(vec![text]),
            None => Err(wrong("a text")),
        },
        // One text where a list is wanted is plain enough.
        Kind::Texts => match (text(value), value.as_array()) {
            (Some(text), _) => Ok(vec![text]),
            (None, Some(all)) => (all.iter().map(text).collect::<Option<Vec<_>>>())
                .ok_or_else(|| wrong("a list of texts")),
            (None, None) => Err(wrong("a list of texts")),
        },
        Kind::Number => match value {
            Value::Number(number) => Ok(vec![number.to_string()]),
            _ => Err(wrong("a number")),
        },
        Kind::Flag => match value {
            Value::Bool(true) => Ok(vec![String::new()]),
            Value::Bool(false) => Ok(Vec::new()),
            _ => Err(wrong("true or false")),
        },
        Kind::Choice(choices) => match text(value) {
            Some(text) if choices.contains(&text.as_str()) => Ok(vec![text]),
            _ => Err(wrong(&format!("one of {}", choices.join(", ")))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools;

    fn line(tool: &str, arguments: Value) -> Result<String, String> {
        let tool = tools().iter().find(|it| it.name == tool).unwrap();
        let Value::Object(arguments) = arguments else {
            panic!("no object")
        };
        command_line(tool, &arguments).map(|args| args.join(" "))
    }

    #[test]
    fn arguments_become_flags_with_their_values() {
        let check = json!({"packages": ["./...", "./cmd/api"], "bench": "-all", "top": 5, "all": true, "dir": "/m"});
        assert_eq!(
            line("check", check).unwrap(),
            "check --format=agent --dir=/m --bench=-all --all --top=5 ./... ./cmd/api"
        );
        let explain = json!({"what": "store/store.go:42", "dir": "/m"});
        assert_eq!(
            line("explain", explain).unwrap(),
            "explain /m/store/store.go:42"
        );
        let topic = json!({"what": "GP607", "dir": "/m"});
        assert_eq!(line("explain", topic).unwrap(), "explain GP607");
        let profile =
            json!({"profile": "cpu.pb.gz", "report": "tree", "focus": "List", "count": 10});
        assert_eq!(
            line("profile", profile).unwrap(),
            "pprof -tree -focus=List -nodecount=10 cpu.pb.gz"
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            ("check", json!({"packages": ["--fix"]})),
            ("check", json!({"pakages": ["./..."]})),
            ("check", json!({"top": "five"})),
            ("check", json!({"all": 1})),
            ("profile", json!({"report": "top"})),
            ("profile", json!({"profile": "c"})),
            ("profile", json!({"profile": "c", "report": "output=x"})),
            ("profile", json!({"profile": ["a", 1]})),
        ];
        let said: Vec<String> = cases
            .into_iter()
            .map(|(tool, arguments)| line(tool, arguments).unwrap_err())
            .map(|said| said.chars().take(60).collect())
            .collect();
        assert_eq!(
            said,
            [
                "`packages` must not begin with a dash: `--fix`",
                "`check` has no parameter `pakages`; it takes packages, dir, ",
                "`top` is a number, not \"five\"",
                "`all` is true or false, not 1",
                "`profile` needs `profile`",
                "`profile` needs `report`",
                "`report` is one of markdown, top, tree, traces, tags, diff, ",
                "`profile` is a list of texts, not [\"a\",1]",
            ]
        );
    }

    #[test]
    fn schemas_say_what_is_taken() {
        for tool in tools() {
            let schema = schema(tool);
            let properties = schema["properties"].as_object().unwrap();
            assert_eq!(properties.len(), tool.params.len() + 1, "{}", tool.name);
            assert!(!tool.description.is_empty());
            for param in tool.params {
                let description = properties[param.name]["description"].as_str().unwrap();
                assert!(!description.is_empty(), "{} {}", tool.name, param.name);
            }
        }
    }
}
