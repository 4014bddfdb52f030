//! Floors, names and dependencies, as the manifests have them.

use std::collections::BTreeMap;

use anyhow::Context as _;
use base::System as _;
use serde_json::Value;

use super::Problem;
use crate::repo::Repo;

/// Outside crates that only some of ours may name.
const RESERVED: &[(&str, &[&str])] = &[
    ("annotate-snippets", &["diag"]),
    ("anyhow", &["cli", "xtask"]),
    ("axum", &["server"]),
    ("clap", &["cli", "xtask"]),
    ("ctrlc", &["base"]),
    ("rustls", &["cli"]),
    ("rmcp", &["mcp"]),
    ("tokio", &["mcp", "server"]),
    ("ureq", &["cli"]),
];

/// Ours that the command line does not import: what needs them is a verb of `project`, for every face.
const NOT_FOR_CLI: &[&str] = &["go_load", "go_syntax", "go_types"];

/// A workspace member, as far as tidiness goes.
struct Member {
    name: String,
    /// From the root.
    manifest: String,
    floor: Option<i64>,
    /// All kinds: normal, build, dev.
    dependencies: Vec<String>,
}

pub(super) fn problems(repo: &Repo) -> anyhow::Result<Vec<Problem>> {
    let members = members(repo)?;
    let architecture = repo.system.read_to_string(&repo.path("ARCHITECTURE.md"))?;
    let floors: BTreeMap<&str, Option<i64>> = (members.iter())
        .map(|member| (member.name.as_str(), member.floor))
        .collect();
    let mut problems = Vec::new();
    for member in &members {
        check_floors(member, &floors, &mut problems);
        check_reserved(member, &mut problems);
        check_name(member, &architecture, &mut problems);
        let text = repo.system.read_to_string(&repo.path(&member.manifest))?;
        check_manifest(&member.manifest, &text, &mut problems);
    }
    Ok(problems)
}

fn members(repo: &Repo) -> anyhow::Result<Vec<Member>> {
    let args = ["metadata", "--no-deps", "--offline", "--format-version=1"];
    let json = repo.output(&repo.cargo().args(args))?;
    let metadata: Value = serde_json::from_str(&json)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let mut members = Vec::new();
    for package in packages {
        let path = package["manifest_path"].as_str().context("no manifest")?;
        let manifest = (path.strip_prefix(&*repo.root.to_string_lossy()))
            .map_or(path, |below| below.trim_start_matches(['/', '\\']));
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        members.push(Member {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            manifest: manifest.replace('\\', "/"),
            floor: package["metadata"]["arch"]["floor"].as_i64(),
            dependencies: dependencies
                .filter_map(|dependency| Some(dependency["name"].as_str()?.to_owned()))
                .collect(),
        });
    }
    Ok(members)
}

fn check_floors(
    member: &Member,
    floors: &BTreeMap<&str, Option<i64>>,
    problems: &mut Vec<Problem>,
) {
    let Some(floor) = member.floor else {
        let text = "has no `floor` in `[package.metadata.arch]`";
        problems.push(Problem::new(&member.manifest, text));
        return;
    };
    for dependency in &member.dependencies {
        if let Some(Some(below)) = floors.get(dependency.as_str())
            && *below >= floor
        {
            let text =
                format!("floor {floor} imports `{dependency}` of floor {below}, not a lower one");
            problems.push(Problem::new(&member.manifest, text));
        }
    }
}

fn check_reserved(member: &Member, problems: &mut Vec<Problem>) {
    for (outside, ours) in RESERVED {
        let named = member.dependencies.iter().any(|name| name == outside);
        if named && !ours.contains(&member.name.as_str()) {
            let text = format!("names `{outside}`, which is for {} only", ours.join(", "));
            problems.push(Problem::new(&member.manifest, text));
        }
    }
    let engines = member.dependencies.iter();
    for engine in engines.filter(|name| NOT_FOR_CLI.contains(&name.as_str())) {
        if member.name == "cli" {
            let text = format!("imports `{engine}`: what needs it is a verb of `project`");
            problems.push(Problem::new(&member.manifest, text));
        }
    }
}

/// `ARCHITECTURE.md` has a section for the crate, which lies in a folder of its name.
fn check_name(member: &Member, architecture: &str, problems: &mut Vec<Problem>) {
    let folder = member.manifest.trim_end_matches("/Cargo.toml");
    if folder.rsplit('/').next() != Some(&member.name) {
        let text = format!("folder and package `{}` differ in name", member.name);
        problems.push(Problem::new(&member.manifest, text));
    }
    if !architecture.contains(&format!("### `{folder}` ")) {
        let text = format!("has no section for `{folder}`");
        problems.push(Problem::new("ARCHITECTURE.md", text));
    }
}

/// Lints are inherited, and so is every dependency.
fn check_manifest(manifest: &str, text: &str, problems: &mut Vec<Problem>) {
    let mut section = "";
    let mut inherits = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if section == "lints" {
            inherits |= line.replace(' ', "") == "workspace=true";
        } else if section.ends_with("dependencies")
            && line.contains('=')
            && !line.replace(' ', "").contains("workspace=true")
        {
            let text = "a dependency that the workspace does not list";
            problems.push(Problem::new(format!("{manifest}:{}", index + 1), text));
        }
    }
    if !inherits {
        problems.push(Problem::new(manifest, "does not inherit the lints"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, floor: i64, dependencies: &[&str]) -> Member {
        Member {
            name: name.to_owned(),
            manifest: format!("crates/{name}/Cargo.toml"),
            floor: Some(floor),
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn imports_go_strictly_down() {
        let floors = BTreeMap::from([("gc", Some(4)), ("leak", Some(4)), ("base", Some(0))]);
        let mut problems = Vec::new();
        check_floors(&member("leak", 4, &["base", "gc"]), &floors, &mut problems);
        let expected = "floor 4 imports `gc` of floor 4, not a lower one";
        assert_eq!(problems, [Problem::new("crates/leak/Cargo.toml", expected)]);
    }

    #[test]
    fn a_crate_has_its_section_and_keeps_to_its_dependencies() {
        let mut problems = Vec::new();
        let architecture = "### `crates/gc` · floor 4\n";
        check_name(&member("gc", 4, &[]), architecture, &mut problems);
        check_reserved(&member("cli", 8, &["clap"]), &mut problems);
        assert_eq!(problems, []);
        check_name(&member("leak", 4, &[]), architecture, &mut problems);
        check_reserved(&member("gc", 4, &["clap", "go_syntax"]), &mut problems);
        check_reserved(&member("cli", 8, &["project", "go_syntax"]), &mut problems);
        assert_eq!(problems.len(), 3);
    }

    #[test]
    fn manifests_inherit_lints_and_dependencies() {
        let mut problems = Vec::new();
        let good = "[dependencies]\nbase.workspace = true\nserde = { workspace = true }\n\n\
                    [lints]\nworkspace = true\n";
        check_manifest("a", good, &mut problems);
        assert_eq!(problems, []);
        check_manifest("b", "[dev-dependencies]\nserde = \"1\"\n", &mut problems);
        let places: Vec<&str> = problems
            .iter()
            .map(|problem| problem.place.as_str())
            .collect();
        assert_eq!(places, ["b:2", "b"]);
    }
}
