//! Which files each `//go:embed` pattern means, for the compiler.

use std::collections::BTreeMap;

use crate::list::Package;

/// The JSON that `-embedcfg` names: patterns to files, files to paths.
///
/// `go list` has already found the files; here they are only assigned to patterns. A pattern may
/// get a hidden file that only another pattern of the package reaches, which changes no decision.
pub(super) fn config(package: &Package) -> Vec<u8> {
    let patterns: BTreeMap<&String, Vec<&String>> = (package.embed_patterns.iter())
        .map(|pattern| {
            let files = package.embed_files.iter();
            (
                pattern,
                files.filter(|file| embeds(pattern, file)).collect(),
            )
        })
        .collect();
    let files: BTreeMap<&String, String> = (package.embed_files.iter())
        .map(|file| (file, package.dir.join(file).display().to_string()))
        .collect();
    let config = serde_json::json!({ "Patterns": patterns, "Files": files });
    config.to_string().into_bytes()
}

/// Does the pattern match the file, or a folder it is in?
fn embeds(pattern: &str, file: &str) -> bool {
    let pattern: Vec<&str> = pattern
        .strip_prefix("all:")
        .unwrap_or(pattern)
        .split('/')
        .collect();
    let file: Vec<&str> = file.split('/').collect();
    if pattern == ["."] {
        return true;
    }
    pattern.len() <= file.len()
        && pattern.iter().zip(&file).all(|(pattern, name)| {
            let pattern: Vec<char> = pattern.chars().collect();
            let name: Vec<char> = name.chars().collect();
            matches(&pattern, &name)
        })
}

/// Shell matching within one path element: `*`, `?`, `[a-z]`, `[^a-z]`, `\` before any character.
fn matches(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', rest @ ..] => (0..=name.len()).any(|skipped| matches(rest, &name[skipped..])),
        ['?', rest @ ..] => !name.is_empty() && matches(rest, &name[1..]),
        ['[', class @ ..] => match (name, class_of(class)) {
            ([first, name @ ..], Some((class, rest))) => {
                class_has(class, *first) && matches(rest, name)
            }
            _ => false,
        },
        ['\\', literal, rest @ ..] | [literal, rest @ ..] => {
            name.first() == Some(literal) && matches(rest, &name[1..])
        }
    }
}

/// Splits after the bracket that closes the class.
fn class_of(class: &[char]) -> Option<(&[char], &[char])> {
    let mut at = 0;
    while at < class.len() {
        match class[at] {
            '\\' => at += 2,
            ']' if at > 0 => return Some((&class[..at], &class[at + 1..])),
            _ => at += 1,
        }
    }
    None
}

fn class_has(class: &[char], c: char) -> bool {
    let (negated, mut class) = match class {
        ['^', rest @ ..] => (true, rest),
        class => (false, class),
    };
    let mut found = false;
    while let [first, rest @ ..] = class {
        let (low, rest) = match (first, rest) {
            ('\\', [escaped, rest @ ..]) => (*escaped, rest),
            _ => (*first, rest),
        };
        let (high, rest) = match rest {
            ['-', '\\', high, rest @ ..] | ['-', high, rest @ ..] => (*high, rest),
            _ => (low, rest),
        };
        found |= (low..=high).contains(&c);
        class = rest;
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_files_and_folders() {
        let cases = [
            ("a.txt", "a.txt", true),
            ("a.txt", "b.txt", false),
            ("static", "static/css/x.css", true),
            ("all:static", "static/.hidden", true),
            ("*.txt", "a.txt", true),
            ("*.txt", "d/a.txt", false),
            ("d/*.txt", "d/a.txt", true),
            ("d/*", "d/sub/a.txt", true),
            ("v[0-9]?", "v1x", true),
            ("v[^0-9]*", "v1x", false),
            ("v[^0-9]*", "vax", true),
            (r"\*", "*", true),
            (r"\*", "a", false),
            ("[", "[", false),
            (".", "anything/at.all", true),
        ];
        for (pattern, file, expected) in cases {
            assert_eq!(embeds(pattern, file), expected, "{pattern} on {file}");
        }
    }

    #[test]
    fn the_configuration_names_every_file_once() {
        let package = Package {
            dir: "/m".into(),
            embed_patterns: vec!["*.txt".into(), "d".into()],
            embed_files: vec!["a.txt".into(), "d/b.txt".into()],
            ..Package::default()
        };
        let config = String::from_utf8(config(&package)).unwrap();
        insta::assert_snapshot!(config, @r#"{"Files":{"a.txt":"/m/a.txt","d/b.txt":"/m/d/b.txt"},"Patterns":{"*.txt":["a.txt"],"d":["d/b.txt"]}}"#);
    }
}
