//! Which import paths are well-formed.

use super::super::paths::device;

/// What is wrong with an import path, in the go command's words.
pub(super) fn check(path: &str) -> Option<String> {
    let wrong = problem(path)?;
    Some(format!("malformed import path {path:?}: {wrong}"))
}

fn problem(path: &str) -> Option<String> {
    if path.is_empty() {
        return Some("empty string".to_owned());
    }
    if path.starts_with('-') {
        return Some("leading dash".to_owned());
    }
    if path.contains("//") {
        return Some("double slash".to_owned());
    }
    if path.ends_with('/') {
        return Some("trailing slash".to_owned());
    }
    path.split('/').find_map(element)
}

fn element(element: &str) -> Option<String> {
    if element.is_empty() {
        return Some("empty path element".to_owned());
    }
    if element.bytes().all(|b| b == b'.') {
        return Some(format!("invalid path element {element:?}"));
    }
    if element.ends_with('.') {
        return Some("trailing dot in path element".to_owned());
    }
    let is_good = |c: char| c.is_ascii_alphanumeric() || "-._~+".contains(c);
    if let Some(bad) = element.chars().find(|c| !is_good(*c)) {
        return Some(format!("invalid char {bad:?}"));
    }
    device(element).map(|stem| format!("{stem:?} disallowed as path element component"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_paths_are_told() {
        for good in ["a", "a.b/c-d/v2", "gopkg.in/yaml.v3", "x/_y", "a/.b", "g++"] {
            assert_eq!(check(good), None, "{good}");
        }
        let cases = [
            ("a b", "malformed import path \"a b\": invalid char ' '"),
            ("/a", "malformed import path \"/a\": empty path element"),
            (
                "a/../b",
                "malformed import path \"a/../b\": invalid path element \"..\"",
            ),
            (
                "a/Con.x",
                "malformed import path \"a/Con.x\": \"Con\" disallowed as path element component",
            ),
        ];
        for (path, message) in cases {
            assert_eq!(check(path).as_deref(), Some(message));
        }
    }
}
