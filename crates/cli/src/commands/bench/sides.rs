//! The two sides of a comparison: their folders and their test binaries.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base::system::Command;
use bench::ab::Pair;
use go_tool::{GoTool, ListOptions, TestBinary};
use project::revision::{self, Revision};

use crate::args::bench::AbArgs;
use crate::commands::Context;

/// One side.
pub(super) struct Side {
    pub(super) dir: PathBuf,
    /// For messages.
    pub(super) name: String,
    /// Keeps the files until all is done.
    _revision: Option<Revision>,
}

impl Side {
    /// A revision's files, or the work tree.
    pub(super) fn open(
        revision: Option<&str>,
        folder: &Path,
        context: &Context,
    ) -> anyhow::Result<Self> {
        let Some(name) = revision else {
            return Ok(Self {
                dir: folder.to_owned(),
                name: "the work tree".to_owned(),
                _revision: None,
            });
        };
        let checked_out = revision::check_out(context.system, context.cancel, folder, name)?;
        Ok(Self {
            dir: checked_out.dir(),
            name: format!("{name} ({})", checked_out.commit),
            _revision: Some(checked_out),
        })
    }

    /// The test binaries of the packages that define benchmarks.
    fn binaries(
        &self,
        go: &GoTool,
        args: &AbArgs,
        folder: &Path,
        context: &Context,
    ) -> anyhow::Result<Vec<TestBinary>> {
        let (system, cancel) = (context.system, context.cancel);
        let options = ListOptions {
            dir: self.dir.clone(),
            patterns: args.patterns.clone(),
            tags: args.benchmarks.tags.clone(),
            ..ListOptions::default()
        };
        let listing = go_tool::list(go, system, cancel, &options)
            .with_context(|| format!("failed to list packages of {}", self.name))?;
        system.create_dir_all(folder)?;
        let mut binaries = Vec::new();
        for id in bench::run::with_benchmarks(system, &listing, &listing.roots) {
            let package = &listing.packages[id];
            let path = folder.join(format!("{}.test", binaries.len()));
            self.build(go, &package.import_path, args, &path, context)?;
            binaries.push(TestBinary {
                package: package.import_path.clone(),
                path,
                dir: package.dir.clone(),
            });
        }
        Ok(binaries)
    }

    /// With -trimpath, so that equal code gives equal binaries wherever it lies.
    fn build(
        &self,
        go: &GoTool,
        package: &str,
        args: &AbArgs,
        path: &Path,
        context: &Context,
    ) -> anyhow::Result<()> {
        let mut command = Command::new(&go.program)
            .args([
                "test",
                "-c",
                "-trimpath",
                "-vet=off",
                "-buildvcs=false",
                "-o",
            ])
            .arg(path)
            .current_dir(&self.dir);
        if let Some(tags) = &args.benchmarks.tags {
            command = command.arg(format!("-tags={tags}"));
        }
        let output = context.system.run(&command.arg(package), context.cancel)?;
        context.cancel.check()?;
        if !output.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "the tests of {package} do not build at {}:\n{}",
                self.name,
                said.trim_end()
            );
        }
        Ok(())
    }
}

/// Builds both sides and joins them by import path. Packages of one side alone are named in the second
/// answer.
pub(super) fn pairs(
    sides: [&Side; 2],
    go: &GoTool,
    args: &AbArgs,
    folder: &Path,
    context: &Context,
) -> anyhow::Result<(Vec<Pair>, Vec<String>)> {
    let [old_side, new_side] = sides;
    let old = old_side.binaries(go, args, &folder.join("old"), context)?;
    let mut new = new_side.binaries(go, args, &folder.join("new"), context)?;
    let (mut pairs, mut single) = (Vec::new(), Vec::new());
    for old in old {
        match new.iter().position(|new| new.package == old.package) {
            Some(at) => {
                let new = new.remove(at);
                let identical =
                    context.system.read(&old.path)? == context.system.read(&new.path)?;
                pairs.push(Pair {
                    old,
                    new,
                    identical,
                });
            }
            None => single.push(format!(
                "{} has benchmarks at {} only",
                old.package, old_side.name
            )),
        }
    }
    let only_new =
        |new: TestBinary| format!("{} has benchmarks at {} only", new.package, new_side.name);
    single.extend(new.into_iter().map(only_new));
    Ok((pairs, single))
}
