//! Which findings are asked for.

use std::path::{Path, PathBuf};

use crate::limits::Limits;
use crate::{Rule, rules};

/// What is left out.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// Also what no profile saw.
    pub all: bool,
    pub select: RuleSelection,
    pub limits: Limits,
}

/// Rules by id, name or prefix of their ids.
#[derive(Clone, Debug, Default)]
pub struct RuleSelection {
    /// Empty: all.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    /// Rules that are not wanted in some files.
    pub by_path: Vec<PathRules>,
}

/// Rules that are not wanted in files that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRules {
    /// The folder that the pattern is relative to.
    pub root: PathBuf,
    /// With `*` and `?` within a name and `**` for any folders; a pattern without `/` matches names in any folder.
    pub pattern: String,
    pub ignore: Vec<String>,
}

impl RuleSelection {
    pub fn contains(&self, rule: &Rule) -> bool {
        (self.select.is_empty() || names(&self.select, rule.id, rule.name))
            && !names(&self.ignore, rule.id, rule.name)
    }

    /// Whether findings of a rule are not wanted in a file.
    pub fn ignores_in(&self, path: &Path, rule: diag::RuleRef) -> bool {
        self.by_path
            .iter()
            .any(|it| names(&it.ignore, rule.id, rule.name) && it.matches(path))
    }

    /// Words that name no rule.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let known = |word: &&String| {
            let upper = word.to_ascii_uppercase();
            !upper.is_empty()
                && (rules::RULES.iter())
                    .any(|rule| rule.id.starts_with(&upper) || rule.name == *word)
        };
        let by_path = self.by_path.iter().flat_map(|it| &it.ignore);
        (self.select.iter().chain(&self.ignore).chain(by_path))
            .filter(move |word| !known(word))
            .map(String::as_str)
    }
}

/// Whether some of the words name a rule: its id, a prefix of it, or its name.
fn names(words: &[String], id: &str, name: &str) -> bool {
    words.iter().any(|word| {
        let upper = word.to_ascii_uppercase();
        id.starts_with(&upper) || name == word
    })
}

impl PathRules {
    fn matches(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.root) else {
            return false;
        };
        let elements: Vec<String> = (below.iter())
            .map(|element| element.to_string_lossy().into_owned())
            .collect();
        let elements: Vec<&str> = elements.iter().map(String::as_str).collect();
        let pattern = self.pattern.trim_start_matches("./");
        let pattern: Vec<&str> = match pattern.strip_suffix('/') {
            Some(folder) => folder.split('/').chain(["**"]).collect(),
            None if !pattern.contains('/') => vec!["**", pattern],
            None => pattern.split('/').collect(),
        };
        matches_path(&pattern, &elements)
    }
}

/// Whether elements of a path match those of a pattern; `**` stands for any number of them.
fn matches_path(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            rest.is_empty() || (0..=path.len()).any(|skipped| matches_path(rest, &path[skipped..]))
        }
        (Some((first, rest)), Some((name, below))) => {
            matches_name(first.as_bytes(), name.as_bytes()) && matches_path(rest, below)
        }
        _ => false,
    }
}

fn matches_name(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            (0..=name.len()).any(|skipped| matches_name(rest, &name[skipped..]))
        }
        (Some((b'?', rest)), Some((_, after))) => matches_name(rest, after),
        (Some((a, rest)), Some((b, after))) => a == b && matches_name(rest, after),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_paths_below_their_root() {
        let cases = [
            ("*_test.go", "a/b/x_test.go", true),
            ("*_test.go", "a/b/x.go", false),
            ("gen/**", "gen/a/x.go", true),
            ("gen/", "gen/a/x.go", true),
            ("gen/**", "other/gen/x.go", false),
            ("**/gen/*.go", "a/gen/x.go", true),
            ("**/gen/*.go", "gen/x.go", true),
            ("**/gen/*.go", "gen/b/x.go", false),
            ("./a/?.go", "a/x.go", true),
            ("a/?.go", "a/xy.go", false),
        ];
        for (pattern, path, want) in cases {
            let rules = PathRules {
                root: "/m".into(),
                pattern: pattern.to_owned(),
                ignore: vec!["GP1".to_owned()],
            };
            assert_eq!(
                rules.matches(&Path::new("/m").join(path)),
                want,
                "{pattern} {path}"
            );
            assert!(!rules.matches(Path::new("/other/x_test.go")), "{pattern}");
        }
    }
}
