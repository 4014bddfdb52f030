//! Modules as text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::System as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::repo::Repo;

/// Commands and files.
#[derive(Default)]
pub(super) struct Fixture {
    pub(super) commands: Vec<String>,
    files: Vec<(String, String)>,
}

/// What the module cache says an archive's hash is. It is never computed again.
const ARCHIVE_HASH: &str = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

const UNSAVED: &str = "unsaved/";

impl Fixture {
    pub(super) fn parse(text: &str) -> Self {
        let mut fixture = Self::default();
        for line in text.lines() {
            let name = line
                .strip_prefix("-- ")
                .and_then(|line| line.strip_suffix(" --"));
            if let Some(name) = name {
                fixture.files.push((name.to_owned(), String::new()));
            } else if let Some((_, content)) = fixture.files.last_mut() {
                content.push_str(line);
                content.push('\n');
            } else if let Some(command) = line.strip_prefix("$ ") {
                fixture.commands.push(command.to_owned());
            }
        }
        fixture
    }

    /// Writes the files below `root`, and the module cache beside them.
    pub(super) fn write(&self, repo: &Repo, root: &Path) -> anyhow::Result<()> {
        let cache = root.join("modcache");
        // Path and version, with the text of go.mod.
        let mut modules: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for (name, content) in &self.files {
            if name.starts_with(UNSAVED) {
                continue;
            }
            if let Some((link, target)) = name.split_once(" -> ") {
                let link = root.join(link);
                if let Some(folder) = link.parent() {
                    repo.system.create_dir_all(folder)?;
                }
                repo.system.symlink(Path::new(target), &link)?;
                continue;
            }
            let path = match name.strip_prefix("mod/") {
                Some(below) => {
                    if let Some((module, "go.mod")) = split_module(below) {
                        modules.insert(module, content);
                    }
                    cache.join(below)
                }
                None => root.join(name),
            };
            put(repo, &path, content)?;
        }
        let mut sums = BTreeMap::new();
        for (&(path, version), text) in &modules {
            let download = cache.join("cache/download").join(path).join("@v");
            put(repo, &download.join(format!("{version}.mod")), text)?;
            let info = format!("{{\"Version\":\"{version}\"}}");
            put(repo, &download.join(format!("{version}.info")), &info)?;
            put(
                repo,
                &download.join(format!("{version}.ziphash")),
                ARCHIVE_HASH,
            )?;
            sums.insert(format!("{path} {version}"), ARCHIVE_HASH.to_owned());
            sums.insert(format!("{path} {version}/go.mod"), mod_hash(text));
        }
        let lines: Vec<String> = sums
            .iter()
            .map(|(what, hash)| format!("{what} {hash}\n"))
            .collect();
        let vouching = lines.concat();
        for (name, content) in &self.files {
            let Some(folder) = name
                .strip_suffix("go.mod")
                .filter(|_| !name.starts_with("mod/") && !name.starts_with(UNSAVED))
            else {
                continue;
            };
            let own = self
                .files
                .iter()
                .find(|(name, _)| *name == format!("{folder}go.sum"));
            let text = match own {
                // The file has no hashes, only what they are of.
                Some((_, own)) => {
                    let hash = |what: &str| sums.get(what).map_or("", String::as_str);
                    let lines: Vec<String> = (own.lines())
                        .map(|what| format!("{what} {}\n", hash(what)))
                        .collect();
                    lines.concat()
                }
                None => vouching.clone(),
            };
            debug_assert!(!content.is_empty(), "{name}");
            put(repo, &root.join(folder).join("go.sum"), &text)?;
        }
        put(repo, &root.join("alt.sum"), &vouching)
    }

    /// The text of files below `root` that are not written.
    pub(super) fn unsaved(&self, root: &Path) -> BTreeMap<PathBuf, Arc<[u8]>> {
        let below = |(name, text): &(String, String)| {
            let path = root.join(name.strip_prefix(UNSAVED)?);
            Some((path, Arc::from(text.as_bytes())))
        };
        self.files.iter().filter_map(below).collect()
    }

    /// The environment in which nothing outside of `root` counts.
    pub(super) fn settings(root: &Path, env: &mut Vec<(String, String)>) {
        let path = |name: &str| root.join(name).display().to_string();
        let settings = [
            ("GOMODCACHE", path("modcache")),
            ("GOPATH", path("gopath")),
            ("GOPROXY", "off".to_owned()),
            ("GOSUMDB", "off".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        env.splice(0..0, settings);
    }
}

/// `path@version/file`
fn split_module(below: &str) -> Option<((&str, &str), &str)> {
    let (path, rest) = below.split_once('@')?;
    let (version, file) = rest.split_once('/')?;
    Some(((path, version), file))
}

fn put(repo: &Repo, path: &Path, content: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        repo.system.create_dir_all(folder)?;
    }
    Ok(repo.system.write(path, content.as_bytes())?)
}

/// The hash of a `go.mod` as `go.sum` has it: that of the line `hash  go.mod`.
fn mod_hash(text: &str) -> String {
    let line = format!("{:x}  go.mod\n", Sha256::digest(text.as_bytes()));
    format!("h1:{}", STANDARD.encode(Sha256::digest(line.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_commands_and_files() {
        let fixture = Fixture::parse("# What\n$ ./...\n-- a/b.go --\npackage b\n-- empty --\n");
        assert_eq!(fixture.commands, ["./..."]);
        assert_eq!(
            fixture.files[0],
            ("a/b.go".to_owned(), "package b\n".to_owned())
        );
        assert_eq!(fixture.files[1].1, "");
    }

    #[test]
    fn hashes_are_those_of_go_sum() {
        assert_eq!(STANDARD.encode(b"go"), "Z28=");
        assert_eq!(STANDARD.encode(b"list"), "bGlzdA==");
        // As golang.org/x/sys v0.1.0/go.mod has it.
        let text = "module golang.org/x/sys\n\ngo 1.17\n";
        assert_eq!(
            mod_hash(text),
            "h1:oPkhp1MJrh7nUepCBck5+mAzfO9JrbApNNgaTdGDITg="
        );
    }
}
