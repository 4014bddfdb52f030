//! Names that only some files may mention: ids of rules, and libraries that belong to one crate.

use std::collections::BTreeSet;

use super::Problem;

const RULES: &str = "crates/lint/src/rules/";

/// A name in code, and the crates that may mention it.
const OWNERS: &[(&str, &[&str])] = &[
    ("clap::", &["crates/cli/", "xtask/"]),
    ("anyhow::", &["crates/cli/", "xtask/"]),
    ("ureq::", &["crates/cli/"]),
    ("annotate_snippets::", &["crates/diag/"]),
    (
        "go_load::Session",
        &["crates/go_load/", "crates/project/", "xtask/"],
    ),
    ("SubjectClass::of(", &["crates/gc/"]),
];

/// Checks a source file of a crate.
pub(super) fn check(path: &str, text: &str, problems: &mut Vec<Problem>) {
    let is_source =
        (path.starts_with("crates/") && path.contains("/src/")) || path.starts_with("xtask/src/");
    if !is_source
        || path.ends_with("tests.rs")
        || path.contains("/tests/")
        || path.ends_with("tidy/structure.rs")
    {
        return;
    }
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    for (line, number) in code.lines().zip(1..) {
        if line.trim_start().starts_with("//") {
            continue;
        }
        if names_rule(line) && !line.trim_start().starts_with("id: ") && !path.starts_with(RULES) {
            let text = "names a rule by its id; ask `lint::rules`, or move it to the rule's file";
            problems.push(Problem::new(format!("{path}:{number}"), text));
        }
        if path.starts_with("crates/cli/src/args") && line.trim().ends_with("format: String,") {
            let text = "the values of `--format` are an enum (`args/format.rs`)";
            problems.push(Problem::new(format!("{path}:{number}"), text));
        }
        for (name, owners) in OWNERS {
            let is_owner = owners.iter().any(|owner| path.starts_with(owner));
            if line.contains(name) && !is_owner {
                let text = format!("`{name}` belongs to {}", owners.join(", "));
                problems.push(Problem::new(format!("{path}:{number}"), text));
            }
        }
    }
}

/// Whether a line has the id of a rule as a text: `"GP120"`.
fn names_rule(line: &str) -> bool {
    line.match_indices("\"GP").any(|(at, _)| {
        let rest = &line.as_bytes()[at + 3..];
        rest.len() > 3 && rest[..3].iter().all(u8::is_ascii_digit) && rest[3] == b'"'
    })
}

/// Code that several rules share; it has no page.
const SHARED: &[&str] = &[
    "format_segments",
    "format_verbs",
    "leaks",
    "pools",
    "pools/alias",
    "pools/contents",
];

/// Rules without a page, and pages without a rule.
pub(super) fn pages(paths: &[&str], problems: &mut Vec<Problem>) {
    let stems = |extension: &str| -> BTreeSet<&str> {
        let in_folder = paths.iter().filter_map(|path| path.strip_prefix(RULES));
        in_folder
            .filter_map(|name| name.strip_suffix(extension))
            .collect()
    };
    let (code, pages) = (stems(".rs"), stems(".md"));
    let without = code.symmetric_difference(&pages);
    for name in without.filter(|name| !SHARED.contains(name)) {
        let missing = if code.contains(name) { "page" } else { "code" };
        problems.push(Problem::new(
            format!("{RULES}{name}"),
            format!("has no {missing} beside it"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        let mut problems = Vec::new();
        check(path, text, &mut problems);
        problems.len()
    }

    #[test]
    fn ids_of_rules_stay_in_their_files() {
        let line = "    match id { \"GP120\" => {} _ => {} }\n";
        assert_eq!(found("crates/lint/src/findings.rs", line), 1);
        assert_eq!(found("crates/lint/src/rules/growing_append.rs", line), 0);
        assert_eq!(
            found(
                "crates/lint/src/findings.rs",
                &format!("#[cfg(test)]\n{line}")
            ),
            0
        );
        assert_eq!(
            found("crates/lint/src/findings.rs", "// as \"GP120\" does\n"),
            0
        );
    }

    #[test]
    fn libraries_stay_in_their_crates() {
        assert_eq!(found("crates/bench/src/run.rs", "use clap::Args;\n"), 1);
        assert_eq!(found("crates/cli/src/args.rs", "use clap::Args;\n"), 0);
    }

    #[test]
    fn formats_are_enums() {
        let path = "crates/cli/src/args/check.rs";
        assert_eq!(found(path, "    pub(crate) format: String,\n"), 1);
        assert_eq!(found(path, "    pub(crate) format: ListFormat,\n"), 0);
    }

    #[test]
    fn a_rule_has_a_page_and_the_reverse() {
        let mut problems = Vec::new();
        let paths = ["a.rs", "a.md", "b.rs", "c.md"].map(|name| format!("{RULES}{name}"));
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        pages(&paths, &mut problems);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }
}
