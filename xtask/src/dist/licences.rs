//! The licences of the crates that a binary is built from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use base::System as _;
use serde_json::Value;

use crate::repo::Repo;

/// A crate that goes into the binary.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: String,
    pub(super) repository: Option<String>,
    manifest: String,
}

/// The crates of others that `cli` is built from, by name.
pub(super) fn parts(repo: &Repo) -> anyhow::Result<Vec<Part>> {
    let metadata = repo
        .cargo()
        .args(["metadata", "--locked", "--format-version=1"]);
    let metadata: Value = serde_json::from_str(&repo.output(&metadata)?)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    // What is built, and not only named for other targets or for tests.
    let tree = repo.cargo().args([
        "tree", "--locked", "-p", "cli", "-e", "normal", "--prefix", "none", "--format", "{p}",
    ]);
    let tree = repo.output(&tree)?;
    let built: BTreeSet<(&str, &str)> = (tree.lines())
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?.strip_prefix('v')?))
        })
        .collect();
    let mut parts: Vec<Part> = (packages.iter())
        .filter(|package| !package["source"].is_null())
        .filter_map(|package| {
            let text = |key: &str| package[key].as_str().map(str::to_owned);
            let part = Part {
                name: text("name")?,
                version: text("version")?,
                licence: text("license").unwrap_or_default(),
                repository: text("repository"),
                manifest: text("manifest_path")?,
            };
            built
                .contains(&(part.name.as_str(), part.version.as_str()))
                .then_some(part)
        })
        .collect();
    parts.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(parts)
}

/// One text with all licences; a text that several crates share stands once.
pub(super) fn all(repo: &Repo, parts: &[Part]) -> anyhow::Result<Vec<u8>> {
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in parts {
        let folder = Path::new(&part.manifest).parent().unwrap_or(Path::new(""));
        let mut texts = Vec::new();
        for path in repo.system.read_dir(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.to_uppercase();
            let is_licence = ["LICENSE", "LICENCE", "COPYING", "NOTICE"]
                .iter()
                .any(|start| name.starts_with(start));
            if is_licence && repo.system.is_file(&path) {
                texts.push(repo.system.read_to_string(&path)?);
            }
        }
        if texts.is_empty() {
            texts.push(format!("{}\n(the crate carries no text)\n", part.licence));
        }
        let name = format!("{} {} ({})", part.name, part.version, part.licence);
        for text in texts {
            by_text.entry(text).or_default().push(name.clone());
        }
    }
    let mut sections: Vec<(Vec<String>, String)> = (by_text.into_iter())
        .map(|(text, names)| (names, text))
        .collect();
    sections.sort();
    let mut all = String::from("goperf is built from these crates, under these licences.\n");
    for (names, text) in sections {
        let rule = "-".repeat(80);
        all += &format!(
            "\n{rule}\n{}\n{rule}\n\n{}\n",
            names.join("\n"),
            text.trim_end()
        );
    }
    Ok(all.into_bytes())
}
