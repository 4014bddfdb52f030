//! `cargo xtask dist --crates`: the crates as they would be published, under names that are ours alone.
//!
//! In the checkout a crate is called what it is (`base`, `leak`), which is nobody's name on crates.io. The copy in
//! `target/crates` has packages `goperf-base`, `goperf-leak`, …, and `goperf` for the binary, with versions where paths
//! are; names in code stay what they are.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use base::System as _;
use base::system::Command;

use crate::repo::Repo;

/// What is copied, as git names it.
const COPIED: &[&str] = &[
    "crates",
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// Makes the copy, checks that it compiles, and packs it. Nothing is uploaded.
pub(super) fn run(repo: &Repo, version: &str) -> anyhow::Result<()> {
    let out = repo.path("target/crates");
    if repo.system.is_dir(&out) {
        repo.system.remove_dir_all(&out)?;
    }
    let list = Command::new("git")
        .args(["ls-files", "-z", "--"])
        .args(COPIED)
        .current_dir(&repo.root);
    let list = repo.output(&list)?;
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        let mut content = repo.system.read(&repo.path(path))?;
        if let Some(manifest) = path.strip_suffix("Cargo.toml") {
            let text = String::from_utf8(content).context(path.to_owned())?;
            content = match Path::new(manifest).file_name() {
                Some(name) => member(&text, &name.to_string_lossy()),
                None => root(&text, version),
            }
            .with_context(|| path.to_owned())?
            .into_bytes();
        }
        write(repo, &out.join(path), &content)?;
    }
    // What a package shows on its page, and the licences that ask to be passed on.
    for name in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        let content = repo.system.read(&repo.path(name))?;
        write(repo, &out.join("crates/cli").join(name), &content)?;
    }
    let cargo = |args: &[&str]| {
        let target: PathBuf = repo.path("target/crates-target");
        (repo.cargo().args(args).current_dir(&out)).env("CARGO_TARGET_DIR", target)
    };
    repo.run(&cargo(&["check", "--quiet", "-p", "goperf"]))?;
    repo.run(&cargo(&[
        "package",
        "--quiet",
        "--workspace",
        "--no-verify",
        "--allow-dirty",
    ]))?;
    println!(
        "in {}: cargo publish --workspace uploads them",
        out.display()
    );
    Ok(())
}

fn write(repo: &Repo, path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        repo.system.create_dir_all(folder)?;
    }
    Ok(repo.system.write(path, content)?)
}

/// The name of a crate where names are everybody's.
fn public(name: &str) -> String {
    match name {
        "cli" => "goperf".to_owned(),
        _ => format!("goperf-{}", name.replace('_', "-")),
    }
}

/// The manifest of the workspace: crates by their public names with a version, without development tasks, and without
/// profiles, which name crates as the checkout does and do not count in a package.
fn root(text: &str, version: &str) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut is_profile = false;
    for line in text.lines() {
        if line.starts_with('[') {
            is_profile = line.starts_with("[profile.");
        }
        let line = line.replace(", \"xtask\"", "");
        if is_profile || line == "publish = false" {
            continue;
        }
        out += &match line.split_once(" = { path = \"crates/") {
            Some((name, rest)) => {
                let public = public(name);
                format!(
                    "{name} = {{ package = \"{public}\", version = \"{version}\", path = \"crates/{rest}"
                )
            }
            None => line,
        };
        out.push('\n');
    }
    ensure!(out.contains("package = \"goperf\""), "lists no `cli`");
    Ok(out)
}

/// The manifest of the crate that lies in the folder `name`.
fn member(text: &str, name: &str) -> anyhow::Result<String> {
    let own = format!("name = \"{name}\"\n");
    let public = public(name);
    ensure!(text.contains(&own), "is not called `{name}`");
    let mut out = text.replacen(&own, &format!("name = \"{public}\"\n"), 1);
    out = out.replace("publish.workspace = true\n", "");
    for (key, line) in [
        ("repository", "repository.workspace = true".to_owned()),
        (
            "description",
            format!("description = \"A part of goperf, performance tooling for Go: `{name}`.\""),
        ),
    ] {
        if !out.lines().any(|line| line.starts_with(key)) {
            out = out.replacen("[package]\n", &format!("[package]\n{line}\n"), 1);
        }
    }
    Ok(out + &format!("\n[lib]\nname = \"{name}\"\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_get_public_names() {
        let text = "[workspace]\nmembers = [\"crates/*\", \"xtask\"]\n\n[workspace.package]\npublish = false\n\n\
                    [workspace.dependencies]\ncli = { path = \"crates/cli\" }\ngo_ir = { path = \"crates/go_ir\" }\n\
                    serde = \"1\"\n\n[profile.dev]\ndebug = 1\n";
        assert_eq!(
            root(text, "1.2.3").unwrap(),
            "[workspace]\nmembers = [\"crates/*\"]\n\n[workspace.package]\n\n[workspace.dependencies]\n\
             cli = { package = \"goperf\", version = \"1.2.3\", path = \"crates/cli\" }\n\
             go_ir = { package = \"goperf-go-ir\", version = \"1.2.3\", path = \"crates/go_ir\" }\nserde = \"1\"\n\n"
        );
        let text =
            "[package]\nname = \"go_ir\"\npublish.workspace = true\nrepository.workspace = true\n";
        assert_eq!(
            member(text, "go_ir").unwrap(),
            "[package]\ndescription = \"A part of goperf, performance tooling for Go: `go_ir`.\"\n\
             name = \"goperf-go-ir\"\nrepository.workspace = true\n\n[lib]\nname = \"go_ir\"\n"
        );
        assert!(member(text, "gc").is_err());
    }
}
