//! Lengths of files, and residue that does not belong into a checkout.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::Context as _;
use base::System as _;
use base::system::Command;

use super::Problem;
use crate::repo::Repo;

/// Source files above it hold a second concept. Tests, tables and generated files are exempt.
const MAX_LINES: usize = 1000;

/// File names of notes and left-overs.
const RESIDUE: &[&str] = &[
    ".bak",
    ".orig",
    ".rej",
    ".tmp",
    "~",
    "SUMMARY.md",
    "NOTES.md",
];

/// Words of unfinished work, and where they are no such thing. Split, so as not to find themselves.
const UNFINISHED: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("TO", "DO"),
    concat!("#[ign", "ore"),
    concat!("#[should", "_panic"),
];

pub(super) fn problems(repo: &Repo) -> anyhow::Result<Vec<Problem>> {
    let list = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(&repo.root);
    let list = repo.output(&list)?;
    let mut problems = Vec::new();
    let paths: Vec<&str> = list.split('\0').filter(|path| !path.is_empty()).collect();
    super::structure::pages(&paths, &mut problems);
    let repository = repository(repo)?;
    for path in paths {
        if RESIDUE.iter().any(|end| path.ends_with(end)) {
            problems.push(Problem::new(path, "does not belong into the checkout"));
        }
        if let Ok(text) = repo.system.read_to_string(&repo.path(path)) {
            check_text(path, &text, &mut problems);
            check_addresses(path, &text, &repository, &mut problems);
        }
    }
    Ok(problems)
}

/// The address of the project, as the root manifest has it.
fn repository(repo: &Repo) -> anyhow::Result<String> {
    let manifest = repo.system.read_to_string(&repo.path("Cargo.toml"))?;
    let value = (manifest.lines()).find_map(|line| line.strip_prefix("repository = "));
    let value = value.context("`Cargo.toml` has no `repository`")?;
    Ok(value.trim_matches('"').to_owned())
}

/// Files that cannot ask Cargo name the same address of the project.
fn check_addresses(path: &str, text: &str, repository: &str, problems: &mut Vec<Problem>) {
    let Some((host, name)) = repository
        .trim_start_matches("https://")
        .split_once('/')
        .and_then(|(host, path)| Some((host, path.rsplit('/').next()?)))
    else {
        return;
    };
    let host = format!("https://{host}/");
    for (index, line) in text.lines().enumerate() {
        for (at, _) in line.match_indices(&host) {
            let address = &line[at..];
            let mut parts = address[host.len()..].splitn(2, '/');
            let project = parts.nth(1).unwrap_or_default();
            let is_ours = project
                .strip_prefix(name)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'));
            if is_ours && !address.starts_with(repository) {
                let text = format!("the project is at {repository}");
                problems.push(Problem::new(format!("{path}:{}", index + 1), text));
            }
        }
    }
}

fn check_text(path: &str, text: &str, problems: &mut Vec<Problem>) {
    let is_rust = Path::new(path).extension() == Some(OsStr::new("rs"));
    let lines = text.lines().count();
    if is_rust && lines > MAX_LINES && !is_exempt(path) {
        let text = format!("has {lines} lines; look for the second concept");
        problems.push(Problem::new(path, text));
    }
    // Recorded inputs may say what they like.
    if path
        .split('/')
        .any(|part| matches!(part, "data" | "testdata" | "seeds" | "resources"))
    {
        return;
    }
    if is_rust && path.starts_with("crates/") && !path.contains("/tests") {
        super::errors::check(path, text, problems);
        super::structure::check(path, text, problems);
    }
    for (index, line) in text.lines().enumerate() {
        let place = || format!("{path}:{}", index + 1);
        // `context.TODO` is a function of Go.
        let own = line.replace("context.TODO", "");
        if is_rust && let Some(word) = UNFINISHED.iter().find(|word| own.contains(**word)) {
            problems.push(Problem::new(
                place(),
                format!("`{word}`: finish it or leave it out"),
            ));
        }
        if let Some(home) = machine_path(line) {
            problems.push(Problem::new(
                place(),
                format!("`{home}` is a path of one machine"),
            ));
        }
    }
}

fn is_exempt(path: &str) -> bool {
    let stem = path.trim_end_matches(".rs");
    (path.split('/')).any(|part| matches!(part, "tests" | "generated" | "tables"))
        || ["tests", "generated", "table", "tables"]
            .iter()
            .any(|end| stem.ends_with(end))
}

/// The home folder of root or the folder of a workplace, if the line has one.
fn machine_path(line: &str) -> Option<&'static str> {
    const HOMES: &[&str] = &[concat!("/ro", "ot/"), concat!("/wo", "rk/")];
    HOMES.iter().copied().find(|home| {
        line.match_indices(home).any(|(at, _)| {
            // In `a/root/b` or `$X/root/` it is a folder like any other.
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || "_.-})*".contains(c))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        check_text(path, text, &mut problems);
        problems.into_iter().map(|problem| problem.place).collect()
    }

    #[test]
    fn long_files_are_found_but_tables_may_be_long() {
        let long = "//\n".repeat(MAX_LINES + 1);
        assert_eq!(found("crates/a/src/b.rs", &long), ["crates/a/src/b.rs"]);
        for path in [
            "a/tests/b.rs",
            "a/src/tests.rs",
            "a/src/unicode_tables.rs",
            "docs/a.md",
        ] {
            assert!(found(path, &long).is_empty(), "{path}");
        }
    }

    #[test]
    fn another_address_of_the_project_is_found() {
        let mut problems = Vec::new();
        let address = concat!("https://gith", "ub.com/a/goperf");
        let other = concat!("https://gith", "ub.com/b/goperf");
        let text = format!("{address}.git\n{other}/issues {address}\n{other}-x\n");
        check_addresses("README.md", &text, address, &mut problems);
        let places: Vec<&str> = problems.iter().map(|it| it.place.as_str()).collect();
        assert_eq!(places, ["README.md:2"]);
    }

    #[test]
    fn unfinished_work_and_machine_paths_are_found() {
        let text = format!(
            "fine\n{}\n\"{}\"\na/root/b\n",
            UNFINISHED[2],
            concat!("/ro", "ot/x")
        );
        assert_eq!(found("a.rs", &text), ["a.rs:2", "a.rs:3"]);
        assert!(found("crates/a/resources/b.rs", &text).is_empty());
    }
}
