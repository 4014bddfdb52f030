//! Flags as the peer spells them, with one dash or two.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use go_load::Loader;

use super::writer::Kind;

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the peer")]
pub(crate) struct Flags {
    /// The go command to list with; else the one on PATH.
    pub(crate) go: Option<PathBuf>,
    pub(super) test: bool,
    pub(super) hash: bool,
    pub(super) deps: bool,
    pub(super) cgo: bool,
    /// Print what aliases stand for.
    pub(super) unalias: bool,
    pub(super) goos: Option<String>,
    pub(super) goarch: Option<String>,
    pub(super) tags: Option<String>,
    pub(super) dir: Option<PathBuf>,
    /// `None`: all.
    pub(super) kinds: Option<Vec<Kind>>,
    pub(super) out: Option<PathBuf>,
    /// Who lists the packages: a flag of ours.
    pub(super) loader: Loader,
    /// Folder of a cache that dependencies are taken from: a flag of ours.
    pub(crate) cache: Option<PathBuf>,
    pub(super) patterns: Vec<String>,
}

impl Flags {
    pub(crate) fn parse(words: &[String]) -> anyhow::Result<Self> {
        let mut flags = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
                flags.patterns.push(word.clone());
                flags.patterns.extend(words.cloned());
                break;
            };
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (flag, None),
            };
            if let Some(switch) = flags.switch(name) {
                *switch = value.is_none_or(|value| value == "true");
                continue;
            }
            let value = match value {
                Some(value) => value,
                None => words
                    .next()
                    .cloned()
                    .with_context(|| format!("-{name} needs a value"))?,
            };
            flags.set(name, value)?;
        }
        if flags.patterns.is_empty() {
            bail!("no packages named");
        }
        Ok(flags)
    }

    fn switch(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "test" => &mut self.test,
            "hash" => &mut self.hash,
            "deps" => &mut self.deps,
            "cgo" => &mut self.cgo,
            "unalias" => &mut self.unalias,
            _ => return None,
        })
    }

    fn set(&mut self, name: &str, value: String) -> anyhow::Result<()> {
        match name {
            "goos" => self.goos = Some(value),
            "goarch" => self.goarch = Some(value),
            "tags" => self.tags = Some(value),
            "loader" => self.loader = value.parse().map_err(anyhow::Error::msg)?,
            "C" => self.dir = Some(value.into()),
            "o" => self.out = Some(value.into()),
            "cache" => self.cache = Some(value.into()),
            "kinds" => {
                let kind = |name| {
                    Kind::named(name).with_context(|| format!("there is no record kind `{name}`"))
                };
                self.kinds = Some(value.split(',').map(kind).collect::<anyhow::Result<_>>()?);
            }
            _ => bail!("there is no flag -{name}"),
        }
        Ok(())
    }
}
