//! `goperf.toml`: what a project has decided once about checks.
//!
//! The file lies in the folder one works in or above it, up to the one with `go.mod` or `.git`. Flags go before it.
//! A key that is not known is an error: a setting that silently does nothing is worse than none.

mod golangci;
mod schema;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base::{LineIndex, System};
use lint::{CheckOptions, Limit, Limits, PathRules, RuleSelection, rules};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use golangci::{Imported, import_golangci};
pub use schema::config_schema;

/// The name of the file.
pub const CONFIG_NAME: &str = "goperf.toml";

/// Settings of a project; what it does not say is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The file; paths in it are relative to its folder.
    pub path: Option<PathBuf>,
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    pub min_score: Option<f64>,
    pub top: Option<usize>,
    pub tests: Option<bool>,
    pub tags: Option<String>,
    /// Findings that are known.
    pub baseline: Option<PathBuf>,
    /// Files or URLs.
    pub cpu_profiles: Vec<String>,
    pub mem_profiles: Vec<String>,
    /// Files.
    pub cover_profiles: Vec<String>,
    /// Rules that are not wanted in the files that a pattern matches.
    pub by_path: Vec<(String, Vec<String>)>,
    pub limits: Limits,
}

/// A setting outside of the tables of rules and files.
struct Key {
    /// `evidence.cpu-profiles`.
    name: &'static str,
    kind: Kind,
    /// One sentence without full stop.
    doc: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Ids, names or prefixes of ids.
    Rules,
    Texts,
    Text,
    Bool,
    Number,
    Count,
}

const KEYS: &[Key] = &[
    Key {
        name: "select",
        kind: Kind::Rules,
        doc: "Only these rules: ids, names or prefixes of ids",
    },
    Key {
        name: "ignore",
        kind: Kind::Rules,
        doc: "Not these rules",
    },
    Key {
        name: "min-score",
        kind: Kind::Number,
        doc: "Leave out findings that score less (0 to 100)",
    },
    Key {
        name: "top",
        kind: Kind::Count,
        doc: "Show at most this many findings (0: no limit)",
    },
    Key {
        name: "tests",
        kind: Kind::Bool,
        doc: "Look at _test.go files as well",
    },
    Key {
        name: "tags",
        kind: Kind::Text,
        doc: "Build tags, separated by commas",
    },
    Key {
        name: "baseline",
        kind: Kind::Text,
        doc: "A file of known findings, made by `--write-baseline`",
    },
    Key {
        name: "evidence.cpu-profiles",
        kind: Kind::Texts,
        doc: "CPU profiles, as files or URLs",
    },
    Key {
        name: "evidence.mem-profiles",
        kind: Kind::Texts,
        doc: "Heap or allocs profiles, as files or URLs",
    },
    Key {
        name: "evidence.cover-profiles",
        kind: Kind::Texts,
        doc: "Coverage profiles in count mode",
    },
];

const EVIDENCE: &str = "evidence";
const RULES: &str = "rules";
const BY_PATH: &str = "per-file-ignores";

/// Why a file of settings cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("failed to read {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// One line for each problem, with its place.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
}

/// The settings that hold in a folder: of the file that is named, else of the nearest one.
pub fn find_config(
    system: &dyn System,
    dir: &Path,
    named: Option<&Path>,
) -> Result<Config, ConfigError> {
    if let Some(path) = named {
        return read_config(system, &dir.join(path));
    }
    for folder in dir.ancestors() {
        let path = folder.join(CONFIG_NAME);
        if system.is_file(&path) {
            return read_config(system, &path);
        }
        if system.is_file(&folder.join("go.mod")) || system.metadata(&folder.join(".git")).is_ok() {
            break;
        }
    }
    Ok(Config::default())
}

fn read_config(system: &dyn System, path: &Path) -> Result<Config, ConfigError> {
    let text = system.read_to_string(path);
    let text = text.map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    let (config, problems) = parse_config(path, &text);
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(ConfigError::Invalid(problems))
    }
}

/// The settings in a text, and what is wrong with it: `path:line:col: problem`.
pub fn parse_config(path: &Path, text: &str) -> (Config, Vec<String>) {
    let mut reader = Reader {
        path,
        lines: LineIndex::new(text.as_bytes()),
        config: Config {
            path: Some(path.to_owned()),
            ..Config::default()
        },
        problems: Vec::new(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().unwrap_or(0..0);
        reader.problem(at.start, error.message());
    }
    if reader.problems.is_empty() {
        reader.table(table.get_ref());
    }
    reader.problems()
}

struct Reader<'a> {
    path: &'a Path,
    lines: LineIndex,
    config: Config,
    /// With their offsets.
    problems: Vec<(usize, String)>,
}

type Entry<'a, 'b> = (
    &'b Spanned<std::borrow::Cow<'a, str>>,
    &'b Spanned<DeValue<'a>>,
);

impl Reader<'_> {
    fn problem(&mut self, at: usize, text: &str) {
        self.problems.push((at, text.to_owned()));
    }

    /// What is wrong, by place.
    fn problems(mut self) -> (Config, Vec<String>) {
        self.problems.sort();
        let path = self.path.display();
        let lines = &self.lines;
        let texts = self.problems.iter().map(|(at, text)| {
            let at = lines.line_col(u32::try_from(*at).unwrap_or(u32::MAX));
            format!("{path}:{}:{}: {text}", at.line, at.col)
        });
        let texts = texts.collect();
        (self.config, texts)
    }

    fn unknown<'k>(
        &mut self,
        at: usize,
        what: &str,
        key: &str,
        known: impl Iterator<Item = &'k str>,
    ) {
        let known: Vec<&str> = known.collect();
        let mut text = format!("unknown {what} `{key}`");
        match nearest(key, &known) {
            Some(near) => write!(text, "; did you mean `{near}`?").ok(),
            None if known.is_empty() => None,
            None => write!(text, "; known are `{}`", known.join("`, `")).ok(),
        };
        self.problem(at, &text);
    }

    fn table(&mut self, table: &DeTable<'_>) {
        for entry in table {
            let (key, value) = entry;
            match (&**key.get_ref(), value.get_ref()) {
                (EVIDENCE, DeValue::Table(inner)) => {
                    for entry in inner {
                        self.setting(&format!("{EVIDENCE}."), entry);
                    }
                }
                (RULES, DeValue::Table(inner)) => inner.iter().for_each(|it| self.rule(it)),
                (BY_PATH, DeValue::Table(inner)) => {
                    for (pattern, value) in inner {
                        let rules = self.rules(value);
                        let pattern = pattern.get_ref().clone().into_owned();
                        self.config.by_path.push((pattern, rules));
                    }
                }
                (EVIDENCE | RULES | BY_PATH, _) => {
                    let name = &**key.get_ref();
                    self.problem(
                        value.span().start,
                        &format!("`{name}` is a table: `[{name}]`"),
                    );
                }
                _ => self.setting("", entry),
            }
        }
    }

    fn setting(&mut self, prefix: &str, (key, value): Entry<'_, '_>) {
        let name = format!("{prefix}{}", key.get_ref());
        let Some(known) = KEYS.iter().find(|known| known.name == name) else {
            let tables = [EVIDENCE, RULES, BY_PATH];
            let beside = KEYS.iter().filter_map(|known| {
                let rest = known.name.strip_prefix(prefix)?;
                (!rest.contains('.')).then_some(rest)
            });
            let tables = tables.into_iter().filter(|_| prefix.is_empty());
            let names: Vec<&str> = beside.chain(tables).collect();
            self.unknown(key.span().start, "key", key.get_ref(), names.into_iter());
            return;
        };
        match known.kind {
            Kind::Rules => {
                let rules = self.rules(value);
                if known.name == "select" {
                    self.config.select = rules;
                } else {
                    self.config.ignore = rules;
                }
            }
            Kind::Texts => {
                let texts = self.texts(value);
                match known.name {
                    "evidence.cpu-profiles" => self.config.cpu_profiles = texts,
                    "evidence.mem-profiles" => self.config.mem_profiles = texts,
                    _ => self.config.cover_profiles = texts,
                }
            }
            Kind::Text => match value.get_ref().as_str() {
                Some(text) if known.name == "tags" => self.config.tags = Some(text.to_owned()),
                Some(text) => self.config.baseline = Some(PathBuf::from(text)),
                None => self.problem(value.span().start, &format!("`{name}` is a text")),
            },
            Kind::Bool => match value.get_ref().as_bool() {
                Some(tests) => self.config.tests = Some(tests),
                None => self.problem(value.span().start, &format!("`{name}` is true or false")),
            },
            Kind::Number => match number(value.get_ref()).filter(|it| (0.0..=100.0).contains(it)) {
                Some(score) => self.config.min_score = Some(score),
                None => self.problem(
                    value.span().start,
                    &format!("`{name}` is a number from 0 to 100"),
                ),
            },
            Kind::Count => match integer(value.get_ref()).and_then(|n| usize::try_from(n).ok()) {
                Some(top) => self.config.top = Some(top),
                None => self.problem(value.span().start, &format!("`{name}` is a number from 0")),
            },
        }
    }

    fn texts(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let Some(list) = value.get_ref().as_array() else {
            self.problem(
                value.span().start,
                "a list of texts is wanted here: `[\"…\"]`",
            );
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in list {
            match item.get_ref().as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.problem(item.span().start, "a text is wanted here"),
            }
        }
        texts
    }

    /// A list of words that name rules.
    fn rules(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let words = self.texts(value);
        let selection = RuleSelection {
            select: words.clone(),
            ..RuleSelection::default()
        };
        for word in selection.unknown() {
            let names = rules::RULES.iter().flat_map(|rule| [rule.id, rule.name]);
            let mut text = format!("no rule `{word}`");
            if let Some(near) = nearest(word, &names.collect::<Vec<_>>()) {
                write!(text, "; did you mean `{near}`?").ok();
            }
            self.problem(value.span().start, &text);
        }
        words
    }

    /// `[rules.NAME]` with its numbers.
    fn rule(&mut self, (key, value): Entry<'_, '_>) {
        let word = &**key.get_ref();
        let Some(rule) = rules::find(word) else {
            let with_limits = rules::LIMITS.iter().map(|limit| limit.rule);
            let names: Vec<&str> = with_limits.collect();
            self.unknown(key.span().start, "rule", word, names.into_iter());
            return;
        };
        let Some(table) = value.get_ref().as_table() else {
            let text = format!("`rules.{word}` is a table: `[rules.{word}]`");
            self.problem(value.span().start, &text);
            return;
        };
        for (key, value) in table {
            let of_rule: Vec<&Limit> = (rules::LIMITS.iter().copied())
                .filter(|limit| limit.rule == rule.id)
                .collect();
            let Some(limit) = of_rule.iter().find(|limit| limit.key == &**key.get_ref()) else {
                let what = format!("key of {}", rule.id);
                let known = of_rule.iter().map(|limit| limit.key);
                self.unknown(key.span().start, &what, key.get_ref(), known);
                continue;
            };
            match integer(value.get_ref()).filter(|n| *n >= 0) {
                Some(n) => self.config.limits.set(limit, n),
                None => self.problem(
                    value.span().start,
                    &format!("`{}` is a number from 0", limit.key),
                ),
            }
        }
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    if let Some(number) = value.as_float() {
        return number.as_str().parse().ok();
    }
    integer(value).map(|n| n as f64)
}

/// The known word that is most like one, if it is like it at all.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_ascii_lowercase().replace('_', "-");
    let near = (known.iter())
        .map(|it| (distance(&word, &it.to_ascii_lowercase()), *it))
        .min()?;
    (near.0 <= word.len().div_ceil(3)).then_some(near.1)
}

/// Characters to insert, delete or replace to get from one text to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

impl Config {
    /// The folder that the file's paths are relative to.
    pub fn root(&self) -> PathBuf {
        let folder = self.path.as_deref().and_then(Path::parent);
        folder.map(Path::to_owned).unwrap_or_default()
    }

    /// These settings with those of a command line in their place, where it has some.
    #[must_use]
    pub fn overridden(self, flags: Self) -> Self {
        // A rule that a flag asks for is not left out by the file.
        let (select, ignore) = if flags.select.is_empty() {
            (self.select, [self.ignore, flags.ignore].concat())
        } else {
            (flags.select, flags.ignore)
        };
        let or = |flag: Vec<String>, own: Vec<String>| if flag.is_empty() { own } else { flag };
        Self {
            path: self.path,
            select,
            ignore,
            min_score: flags.min_score.or(self.min_score),
            top: flags.top.or(self.top),
            tests: flags.tests.or(self.tests),
            tags: flags.tags.or(self.tags),
            baseline: flags.baseline.or(self.baseline),
            cpu_profiles: or(flags.cpu_profiles, self.cpu_profiles),
            mem_profiles: or(flags.mem_profiles, self.mem_profiles),
            cover_profiles: or(flags.cover_profiles, self.cover_profiles),
            by_path: self.by_path,
            limits: self.limits,
        }
    }

    /// Which findings are asked for.
    pub fn options(&self, all: bool) -> CheckOptions {
        let root = self.root();
        let by_path = self.by_path.iter().map(|(pattern, ignore)| PathRules {
            root: root.clone(),
            pattern: pattern.clone(),
            ignore: ignore.clone(),
        });
        CheckOptions {
            all,
            select: RuleSelection {
                select: self.select.clone(),
                ignore: self.ignore.clone(),
                by_path: by_path.collect(),
            },
            limits: self.limits.clone(),
        }
    }

    /// The file that says the same, with all settings.
    pub fn to_toml(&self) -> String {
        let texts = |texts: &[String]| {
            let quoted: Vec<String> = texts.iter().map(|it| quoted(it)).collect();
            format!("[{}]", quoted.join(", "))
        };
        let optional = |value: Option<String>, key: &str, default: &str| match value {
            Some(value) => format!("{key} = {value}\n"),
            None => format!("# {key} = {default}\n"),
        };
        let mut text = format!(
            "select = {}\nignore = {}\n",
            texts(&self.select),
            texts(&self.ignore)
        );
        text += &optional(
            self.min_score.map(|it| format!("{it:?}")),
            "min-score",
            "0.2",
        );
        text += &optional(self.top.map(|it| it.to_string()), "top", "25");
        text += &optional(self.tests.map(|it| it.to_string()), "tests", "false");
        text += &optional(self.tags.as_deref().map(quoted), "tags", "\"\"");
        let baseline = self
            .baseline
            .as_ref()
            .map(|it| quoted(&it.to_string_lossy()));
        text += &optional(baseline, "baseline", "\"goperf-baseline.json\"");
        write!(
            text,
            "\n[{EVIDENCE}]\ncpu-profiles = {}\nmem-profiles = {}\ncover-profiles = {}\n",
            texts(&self.cpu_profiles),
            texts(&self.mem_profiles),
            texts(&self.cover_profiles)
        )
        .ok();
        let mut rule = "";
        for limit in rules::LIMITS {
            if limit.rule != rule {
                rule = limit.rule;
                write!(text, "\n[{RULES}.{rule}]\n").ok();
            }
            writeln!(
                text,
                "{} = {} # {}",
                limit.key,
                self.limits.get(limit),
                limit.doc
            )
            .ok();
        }
        write!(text, "\n[{BY_PATH}]\n").ok();
        for (pattern, rules) in &self.by_path {
            writeln!(text, "{} = {}", quoted(pattern), texts(rules)).ok();
        }
        text
    }
}

/// A text as TOML spells it.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                write!(out, "\\u{:04X}", u32::from(c)).ok();
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Config, Vec<String>) {
        parse_config(Path::new("goperf.toml"), text)
    }

    #[test]
    fn a_file_is_read_and_printed_alike() {
        let text = r#"
            select = ["GP1", "hot-boxing"]
            ignore = ["GP302"]
            min-score = 1
            top = 10
            tests = true
            tags = "integration"
            baseline = "known.json"
            [evidence]
            cpu-profiles = ["cpu.pb.gz"]
            [rules.GP101]
            max-ignored-len = 16
            [per-file-ignores]
            "gen/**" = ["GP"]
        "#;
        let (config, problems) = parsed(text);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(config.min_score, Some(1.0));
        let limit = rules::LIMITS[0];
        assert_eq!(config.limits.get(limit), 16);
        let (again, problems) = parsed(&config.to_toml());
        assert_eq!(problems, Vec::<String>::new());
        let mut plain = again.clone();
        // Printing names the limits that are not set too.
        plain.limits = config.limits.clone();
        assert_eq!(plain, config);
        assert_eq!(again.to_toml(), config.to_toml());
    }

    #[test]
    fn what_is_not_known_is_an_error_with_a_suggestion() {
        let text = "min_score = 1\nselect = [\"GP999\"]\nrule = 1\n[rules.GP101]\nmax-len = 3\n\
                    [evidence]\ncpu-profile = []\n[per-file-ignores]\n\"x\" = [\"GPX\"]\n";
        insta::assert_snapshot!(parsed(text).1.join("\n"), @"
        goperf.toml:1:1: unknown key `min_score`; did you mean `min-score`?
        goperf.toml:2:10: no rule `GP999`; did you mean `GP109`?
        goperf.toml:3:1: unknown key `rule`; did you mean `rules`?
        goperf.toml:5:1: unknown key of GP101 `max-len`; known are `max-ignored-len`
        goperf.toml:7:1: unknown key `cpu-profile`; did you mean `cpu-profiles`?
        goperf.toml:9:7: no rule `GPX`
        ");
        insta::assert_snapshot!(parsed("top = -1\ntests = 1\nselect = 1\nevidence = 2\n").1.join("\n"), @r#"
        goperf.toml:1:7: `top` is a number from 0
        goperf.toml:2:9: `tests` is true or false
        goperf.toml:3:10: a list of texts is wanted here: `["…"]`
        goperf.toml:4:12: `evidence` is a table: `[evidence]`
        "#);
        insta::assert_snapshot!(parsed("top = = 1\n").1.join("\n"), @"
        goperf.toml:1:7: extra `=`, expected nothing
        goperf.toml:1:9: unexpected key or value, expected newline, `#`
        ");
    }

    #[test]
    fn flags_go_before_the_file() {
        let (config, _) = parsed("select = [\"GP1\"]\nignore = [\"GP103\"]\n");
        let flags = |select: &str, ignore: &str| {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
            let flags = Config {
                select: words(select),
                ignore: words(ignore),
                top: Some(3),
                ..Config::default()
            };
            config.clone().overridden(flags)
        };
        let kept = flags("", "GP104");
        assert_eq!((kept.select, kept.top), (vec!["GP1".to_owned()], Some(3)));
        assert_eq!(kept.ignore, ["GP103", "GP104"]);
        let named = flags("GP103", "");
        assert_eq!(named.select, ["GP103"]);
        assert!(named.ignore.is_empty());
    }
}
