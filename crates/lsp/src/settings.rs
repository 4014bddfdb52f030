//! What a client sets, in the section `goperf`.

use serde_json::Value;

/// Where hints about values on the heap are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum HeapHints {
    Off,
    /// On lines that an attached profile has samples of, and on lines that were changed since their file was opened.
    #[default]
    Hot,
    All,
}

/// The settings of a client.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Settings {
    pub(crate) inlining_hints: bool,
    pub(crate) struct_hints: bool,
    pub(crate) offset_hints: bool,
    pub(crate) heap_hints: HeapHints,
    pub(crate) heat_hints: bool,
    pub(crate) code_lens: bool,
    pub(crate) diagnostics: bool,
    /// Findings that nothing was measured of.
    pub(crate) unmeasured: bool,
    pub(crate) on_save: bool,
    pub(crate) tags: Option<String>,
    pub(crate) cpu_profiles: Vec<String>,
    pub(crate) mem_profiles: Vec<String>,
    pub(crate) benchtime: String,
    /// A git revision.
    pub(crate) compare_with: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self::of(&Value::Null)
    }
}

/// A setting as clients see it.
pub struct Setting {
    /// Below `goperf`, with dots.
    pub name: &'static str,
    pub kind: SettingKind,
    /// One sentence without full stop.
    pub doc: &'static str,
}

/// What a setting is set to.
pub enum SettingKind {
    /// On or off, with what it is unless it is set.
    Switch(bool),
    /// One of these words, of which the first holds unless it is set.
    Choice(&'static [&'static str]),
    /// A text, with what it is unless it is set.
    Text(&'static str),
    /// A list of texts.
    Texts,
}

use SettingKind::{Choice, Switch, Text, Texts};

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "hints.inlining",
        kind: Switch(true),
        doc: "Whether a function is inlined and what it costs, behind its signature",
    },
    Setting {
        name: "hints.structs",
        kind: Switch(true),
        doc: "Size and padding behind the first line of a struct",
    },
    Setting {
        name: "hints.offsets",
        kind: Switch(false),
        doc: "The offset of each field",
    },
    Setting {
        name: "hints.heap",
        kind: Choice(&["hot", "all", "off"]),
        doc: "Values on the heap: on lines that are hot or were changed, on all lines, or nowhere",
    },
    Setting {
        name: "hints.heat",
        kind: Switch(true),
        doc: "What lines cost in the attached profiles",
    },
    Setting {
        name: "codeLens",
        kind: Switch(true),
        doc: "Costs above functions, and commands above benchmarks and structs",
    },
    Setting {
        name: "diagnostics",
        kind: Switch(true),
        doc: "Findings of `goperf check`",
    },
    Setting {
        name: "unmeasured",
        kind: Switch(true),
        doc: "Also findings that no profile has seen, as hints",
    },
    Setting {
        name: "compileOnSave",
        kind: Switch(true),
        doc: "Ask the compiler when a file is opened and saved: values on the heap, calls, findings with evidence",
    },
    Setting {
        name: "tags",
        kind: Text(""),
        doc: "Build tags, separated by commas",
    },
    Setting {
        name: "cpuProfiles",
        kind: Texts,
        doc: "CPU profiles to attach, as files (relative to the workspace folder) or URLs",
    },
    Setting {
        name: "memProfiles",
        kind: Texts,
        doc: "Heap or allocs profiles to attach, as files or URLs",
    },
    Setting {
        name: "benchtime",
        kind: Text("1s"),
        doc: "How long the command that runs a benchmark runs it, as `go test -benchtime` takes it",
    },
    Setting {
        name: "compareWith",
        kind: Text("main"),
        doc: "The git revision that the code lens of a benchmark compares it with",
    },
];

impl Settings {
    /// What a client has set; what cannot be understood is as if it were not set.
    pub(crate) fn of(section: &Value) -> Self {
        let find = |name: &str| {
            let mut value = section;
            for part in name.split('.') {
                value = value.get(part)?;
            }
            Some(value)
        };
        let known = |name: &str| SETTINGS.iter().find(|it| it.name == name);
        let switch = |name: &str| {
            find(name)
                .and_then(Value::as_bool)
                .unwrap_or_else(|| known(name).is_some_and(|it| matches!(it.kind, Switch(true))))
        };
        let text = |name: &str| match find(name).and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => known(name).map_or_else(String::new, |it| match it.kind {
                Text(default) => default.to_owned(),
                Choice(words) => words.first().map(|it| (*it).to_owned()).unwrap_or_default(),
                Switch(_) | Texts => String::new(),
            }),
        };
        let texts = |name: &str| -> Vec<String> {
            let list = find(name).and_then(Value::as_array);
            let items = list.into_iter().flatten().filter_map(Value::as_str);
            items.map(str::to_owned).collect()
        };
        Self {
            inlining_hints: switch("hints.inlining"),
            struct_hints: switch("hints.structs"),
            offset_hints: switch("hints.offsets"),
            heap_hints: match text("hints.heap").as_str() {
                "all" => HeapHints::All,
                "off" => HeapHints::Off,
                _ => HeapHints::Hot,
            },
            heat_hints: switch("hints.heat"),
            code_lens: switch("codeLens"),
            diagnostics: switch("diagnostics"),
            unmeasured: switch("unmeasured"),
            on_save: switch("compileOnSave"),
            tags: Some(text("tags")).filter(|tags| !tags.is_empty()),
            cpu_profiles: texts("cpuProfiles"),
            mem_profiles: texts("memProfiles"),
            benchtime: text("benchtime"),
            compare_with: text("compareWith"),
        }
    }
}

/// The JSON schema of the section, for editors.
pub fn settings_schema() -> String {
    let mut properties = serde_json::Map::new();
    for setting in SETTINGS {
        let mut schema = match setting.kind {
            Switch(default) => serde_json::json!({ "type": "boolean", "default": default }),
            Choice(words) => {
                serde_json::json!({ "enum": words, "default": words.first() })
            }
            Text(default) => serde_json::json!({ "type": "string", "default": default }),
            Texts => serde_json::json!({
                "type": "array", "items": { "type": "string" }, "default": [],
            }),
        };
        schema["description"] = setting.doc.into();
        let at = match setting.name.split_once('.') {
            None => &mut properties,
            Some((group, _)) => {
                let group = properties.entry(group).or_insert_with(|| {
                    serde_json::json!({
                        "type": "object", "additionalProperties": false, "properties": {},
                    })
                });
                match group["properties"].as_object_mut() {
                    Some(properties) => properties,
                    None => continue,
                }
            }
        };
        let key = setting.name.rsplit('.').next().unwrap_or_default();
        at.insert(key.to_owned(), schema);
    }
    let schema = serde_json::json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The section `goperf` of an editor's settings",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_or_not_understood_is_the_default() {
        let default = Settings::default();
        assert!(default.inlining_hints && !default.offset_hints && default.unmeasured);
        assert_eq!(
            (default.heap_hints, &*default.benchtime),
            (HeapHints::Hot, "1s")
        );
        for nonsense in [
            serde_json::json!([]),
            serde_json::json!({ "hints": 1, "tags": [], "cpuProfiles": "x", "codeLens": "yes" }),
            serde_json::json!({ "hints": { "heap": "some", "inlining": null } }),
        ] {
            assert_eq!(Settings::of(&nonsense), default, "{nonsense}");
        }
        let set = Settings::of(&serde_json::json!({
            "hints": { "heap": "all", "inlining": false, "offsets": true },
            "tags": "x,y", "cpuProfiles": ["a", 1, "b"], "benchtime": "10x",
        }));
        assert_eq!(set.heap_hints, HeapHints::All);
        assert!(!set.inlining_hints && set.offset_hints && set.struct_hints);
        assert_eq!(set.tags.as_deref(), Some("x,y"));
        assert_eq!(set.cpu_profiles, ["a", "b"]);
        assert_eq!(set.benchtime, "10x");
    }

    #[test]
    fn the_docs_have_all_settings_and_commands() {
        let docs = include_str!("../../../docs/editors.md");
        let settings = SETTINGS.iter().map(|it| it.name);
        for name in settings.chain(crate::commands::COMMANDS.iter().copied()) {
            assert!(docs.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn the_schema_has_all_settings() {
        let schema: Value = serde_json::from_str(&settings_schema()).unwrap();
        for setting in SETTINGS {
            let path = setting.name.replace('.', "/properties/");
            let found = schema.pointer(&format!("/properties/{path}/description"));
            assert_eq!(found.and_then(Value::as_str), Some(setting.doc));
        }
    }
}
