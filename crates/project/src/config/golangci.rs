//! What a `.golangci.yml` asks for, as settings of ours.
//! Source: golangci-lint's reference of versions 1 and 2 of its file.

use std::fmt::Write as _;

use saphyr::{LoadableYamlNode, Yaml};

use super::Config;

/// A linter or one of its checks, and the rules of ours that report the same.
const SAME: &[(&str, &[&str])] = &[
    ("prealloc", &["append-without-cap", "map-without-hint"]),
    ("makezero", &["append-after-make-len"]),
    (
        "perfsprint",
        &["fmt-for-strconv", "fmt-for-concat", "concat-in-loop"],
    ),
    ("mirror", &["converted-argument", "converted-write"]),
    ("maligned", &["struct-size-class"]),
    ("fieldalignment", &["struct-size-class"]),
    ("fatcontext", &["uncancelled-context"]),
    (
        "staticcheck",
        &["pool-of-values", "regexp-compile-in-loop", "rune-slice"],
    ),
    ("gosimple", &["fmt-for-strconv"]),
    (
        "modernize",
        &["concat-in-loop", "split-for-part", "sort-slice-reflect"],
    ),
    ("revive", &["defer-in-loop"]),
];

/// Checks of gocritic's performance tag.
const GOCRITIC: &[(&str, &[&str])] = &[
    ("deferInLoop", &["defer-in-loop"]),
    ("equalFold", &["folded-compare"]),
    ("indexAlloc", &["converted-argument"]),
    ("preferDecodeRune", &["rune-slice"]),
    ("preferFprint", &["formatted-write"]),
    ("preferStringWriter", &["converted-write"]),
    ("sliceClear", &["zeroing-loop"]),
    ("stringXbytes", &["converted-argument"]),
];

/// Linters that run without being named. Source: golangci-lint 2, "standard".
const STANDARD: &[&str] = &["staticcheck", "gosimple"];

/// Settings that were taken over.
#[derive(Debug, Default)]
pub struct Imported {
    pub config: Config,
    /// What was found and has no counterpart, one line each.
    pub left: Vec<String>,
}

/// The settings in the text of a `.golangci.yml`; `Err` says why it cannot be read.
pub fn import_golangci(text: &str) -> Result<Imported, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    let mut imported = Imported::default();
    let Some(root) = documents.first() else {
        return Ok(imported);
    };
    let names = linters(root);
    let mut rules: Vec<&str> = Vec::new();
    for name in &names {
        match SAME.iter().find(|(linter, _)| linter == name) {
            Some((_, same)) => rules.extend(*same),
            None if name == "gocritic" => rules.extend(gocritic(root)),
            None if name == "govet" && enables_fieldalignment(root) => {
                rules.push("struct-size-class");
            }
            None => imported
                .left
                .push(format!("linter {name}: nothing of ours reports the same")),
        }
    }
    rules.sort_unstable();
    rules.dedup();
    let known = rules
        .into_iter()
        .filter(|it| lint::rules::find(it).is_some());
    imported.config.select = known.map(str::to_owned).collect();
    imported.config.tests = get(root, &["run", "tests"]).and_then(Yaml::as_bool);
    let tags = texts(get(root, &["run", "build-tags"]));
    imported.config.tags = (!tags.is_empty()).then(|| tags.join(","));
    exclusions(root, &mut imported);
    Ok(imported)
}

/// The linters that the file turns on, by name.
fn linters(root: &Yaml<'_>) -> Vec<String> {
    let flag = |key: &str| get(root, &["linters", key]).and_then(Yaml::as_bool) == Some(true);
    let default = get(root, &["linters", "default"]).and_then(Yaml::as_str);
    let mut names: Vec<String> = match default {
        Some("none") => Vec::new(),
        Some("all") => all(),
        _ if flag("enable-all") => all(),
        _ if flag("disable-all") => Vec::new(),
        _ => STANDARD.iter().map(|it| (*it).to_owned()).collect(),
    };
    names.extend(texts(get(root, &["linters", "enable"])));
    let disabled = texts(get(root, &["linters", "disable"]));
    names.retain(|name| !disabled.contains(name));
    names.sort();
    names.dedup();
    names
}

/// The linters that have a counterpart.
fn all() -> Vec<String> {
    let named = SAME.iter().map(|(name, _)| (*name).to_owned());
    named.chain(["gocritic".to_owned()]).collect()
}

/// Settings of a linter, where either version of the file has them.
fn settings<'a, 'b>(root: &'a Yaml<'b>, linter: &str) -> Option<&'a Yaml<'b>> {
    get(root, &["linters", "settings", linter]).or_else(|| get(root, &["linters-settings", linter]))
}

fn gocritic(root: &Yaml<'_>) -> Vec<&'static str> {
    let Some(settings) = settings(root, "gocritic") else {
        return Vec::new();
    };
    let checks = texts(settings.as_mapping_get("enabled-checks"));
    let tags = texts(settings.as_mapping_get("enabled-tags"));
    let has_all = tags.iter().any(|tag| tag == "performance");
    let wanted = GOCRITIC
        .iter()
        .filter(|(check, _)| has_all || checks.iter().any(|it| it == check));
    wanted
        .flat_map(|(_, rules)| rules.iter().copied())
        .collect()
}

fn enables_fieldalignment(root: &Yaml<'_>) -> bool {
    let Some(settings) = settings(root, "govet") else {
        return false;
    };
    let all = settings
        .as_mapping_get("enable-all")
        .and_then(Yaml::as_bool);
    let named = |key| {
        let checks = texts(settings.as_mapping_get(key));
        checks.iter().any(|it| it == "fieldalignment")
    };
    (all == Some(true) || named("enable")) && !named("disable")
}

/// Paths and rules for paths; those that a pattern of ours can express.
fn exclusions(root: &Yaml<'_>, imported: &mut Imported) {
    let lists: [&[&str]; 4] = [
        &["run", "skip-dirs"],
        &["issues", "exclude-dirs"],
        &["issues", "exclude-files"],
        &["linters", "exclusions", "paths"],
    ];
    for path in lists.into_iter().flat_map(|keys| texts(get(root, keys))) {
        exclude(&path, vec!["GP".to_owned()], imported);
    }
    let rules = get(root, &["linters", "exclusions", "rules"])
        .or_else(|| get(root, &["issues", "exclude-rules"]));
    for rule in rules.and_then(Yaml::as_sequence).into_iter().flatten() {
        let Some(path) = rule.as_mapping_get("path").and_then(Yaml::as_str) else {
            continue;
        };
        let of = texts(rule.as_mapping_get("linters"));
        let ours: Vec<String> = (SAME.iter())
            .filter(|(linter, _)| of.iter().any(|it| it == linter))
            .flat_map(|(_, rules)| rules.iter().map(|it| (*it).to_owned()))
            .collect();
        if !ours.is_empty() {
            exclude(path, ours, imported);
        }
    }
}

fn exclude(path: &str, rules: Vec<String>, imported: &mut Imported) {
    match glob(path) {
        Some(pattern) => imported.config.by_path.push((pattern, rules)),
        None => imported
            .left
            .push(format!("path `{path}`: write it as a pattern by hand")),
    }
}

/// A pattern for a regular expression that is a plain path or the end of a name.
fn glob(regex: &str) -> Option<String> {
    let end = regex.strip_suffix('$').unwrap_or(regex);
    let (start, is_start) = match end.strip_prefix('^') {
        Some(rest) => (rest, true),
        None => (end, false),
    };
    let mut plain = String::new();
    let mut chars = start.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.push(chars.next()?),
            '(' | ')' | '[' | ']' | '{' | '}' | '*' | '+' | '?' | '|' | '^' | '$' => return None,
            // An unescaped dot is nearly always meant as one.
            c => plain.push(c),
        }
    }
    let plain = plain.trim_end_matches('/');
    let before = if is_start { "" } else { "**/" };
    Some(if plain.strip_suffix(".go").is_some() {
        let name = if is_start || plain.contains('/') {
            plain.to_owned()
        } else {
            format!("*{plain}")
        };
        format!("{before}{name}")
    } else {
        format!("{before}{plain}/**")
    })
}

fn get<'a, 'b>(node: &'a Yaml<'b>, keys: &[&str]) -> Option<&'a Yaml<'b>> {
    keys.iter()
        .try_fold(node, |node, key| node.as_mapping_get(key))
}

fn texts(node: Option<&Yaml<'_>>) -> Vec<String> {
    let list = node.and_then(Yaml::as_sequence).into_iter().flatten();
    list.filter_map(Yaml::as_str).map(str::to_owned).collect()
}

impl Imported {
    /// The file, with what was left as comments.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for line in &self.left {
            writeln!(text, "# not taken over: {line}").ok();
        }
        text + &self.config.to_toml()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linters_and_paths_are_taken_over() {
        let v2 = "version: \"2\"\nlinters:\n  default: none\n  enable: [prealloc, gocritic, errcheck, govet]\n  \
                  settings:\n    gocritic:\n      enabled-tags: [performance]\n    govet:\n      enable: [fieldalignment]\n  \
                  exclusions:\n    paths: [third_party$, \"examples/(a|b)\"]\n    rules:\n      - path: _test\\.go\n        \
                  linters: [prealloc]\nrun:\n  tests: false\n  build-tags: [a, b]\n";
        let imported = import_golangci(v2).unwrap();
        insta::assert_snapshot!(imported.config.select.join(" "), @"append-without-cap converted-argument converted-write defer-in-loop folded-compare formatted-write map-without-hint rune-slice struct-size-class zeroing-loop");
        insta::assert_snapshot!(imported.left.join("\n"), @"
        linter errcheck: nothing of ours reports the same
        path `examples/(a|b)`: write it as a pattern by hand
        ");
        assert_eq!(imported.config.tests, Some(false));
        assert_eq!(imported.config.tags.as_deref(), Some("a,b"));
        let paths: Vec<&str> = imported
            .config
            .by_path
            .iter()
            .map(|it| it.0.as_str())
            .collect();
        assert_eq!(paths, ["**/third_party/**", "**/*_test.go"]);
        let v1 = "linters:\n  disable-all: true\n  enable:\n    - perfsprint\nissues:\n  exclude-dirs:\n    - vendor\n";
        let imported = import_golangci(v1).unwrap();
        assert_eq!(
            imported.config.select,
            ["concat-in-loop", "fmt-for-concat", "fmt-for-strconv"]
        );
        assert_eq!(imported.config.by_path[0].0, "**/vendor/**");
        assert!(import_golangci("a: [").is_err());
        assert!(import_golangci("").unwrap().config.select.is_empty());
    }
}
