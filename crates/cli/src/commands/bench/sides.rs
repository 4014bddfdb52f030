//! The two sides of a comparison: their folders, their Go, their test binaries.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base::system::Command;
use bench::ab::Pair;
use go_tool::{GoTool, ListOptions, TestBinary};
use project::Workspace;
use project::revision::{self, Revision};

use crate::args::bench::AbArgs;
use crate::commands::Context;

/// One side.
pub(super) struct Side {
    pub(super) dir: PathBuf,
    /// For messages.
    pub(super) name: String,
    /// Build flags of this side alone.
    pub(super) flags: Vec<String>,
    /// A revision may ask for another toolchain.
    pub(super) go: GoTool,
    /// Keeps the files until all is done.
    _revision: Option<Revision>,
}

/// What tells a side from the other.
pub(super) struct SideSpec<'a> {
    pub(super) revision: Option<&'a str>,
    pub(super) flags: Option<&'a str>,
    pub(super) overlay: Option<&'a Path>,
}

impl Side {
    /// A revision's files, or the work tree.
    pub(super) fn open(
        spec: &SideSpec<'_>,
        folder: &Path,
        current: &Path,
        context: &Context,
    ) -> anyhow::Result<Self> {
        let (system, cancel) = (context.system, context.cancel);
        let mut flags: Vec<String> = (spec.flags.unwrap_or_default().split_whitespace())
            .map(str::to_owned)
            .collect();
        if let Some(overlay) = spec.overlay {
            flags.push(format!("-overlay={}", current.join(overlay).display()));
        }
        let checked_out = match spec.revision {
            Some(name) => Some(revision::check_out(system, cancel, folder, name)?),
            None => None,
        };
        let mut name = match (spec.revision, &checked_out) {
            (Some(name), Some(checked_out)) => format!("{name} ({})", checked_out.commit),
            _ => "the work tree".to_owned(),
        };
        if !flags.is_empty() {
            name += &format!(" with {}", flags.join(" "));
        }
        let dir = checked_out
            .as_ref()
            .map_or_else(|| folder.to_owned(), Revision::dir);
        let go = context.global.go.as_deref();
        let go = Workspace::open(system, cancel, go, &dir, false)?.go;
        Ok(Self {
            dir,
            name,
            flags,
            go,
            _revision: checked_out,
        })
    }

    /// The packages that define benchmarks.
    fn packages(&self, args: &AbArgs, context: &Context) -> anyhow::Result<Vec<TestBinary>> {
        let (system, cancel) = (context.system, context.cancel);
        let options = ListOptions {
            dir: self.dir.clone(),
            patterns: args.patterns.clone(),
            tags: args.benchmarks.tags.clone(),
            flags: self.flags.clone(),
            ..ListOptions::default()
        };
        let listing = go_tool::list(&self.go, system, cancel, &options)
            .with_context(|| format!("failed to list packages of {}", self.name))?;
        let with_benchmarks = bench::run::with_benchmarks(system, &listing, &listing.roots);
        let package = |id| {
            let package: &go_tool::Package = &listing.packages[id];
            TestBinary {
                package: package.import_path.clone(),
                path: PathBuf::new(),
                dir: package.dir.clone(),
            }
        };
        Ok(with_benchmarks.into_iter().map(package).collect())
    }

    /// Builds a package's test binary. With -trimpath, so that equal code gives equal binaries wherever
    /// it lies.
    fn build(
        &self,
        package: &TestBinary,
        path: PathBuf,
        layout: Option<u64>,
        args: &AbArgs,
        context: &Context,
    ) -> anyhow::Result<TestBinary> {
        let mut command = Command::new(&self.go.program)
            .args(["test", "-c", "-trimpath", "-vet=off", "-buildvcs=false"])
            .arg("-o")
            .arg(&path)
            .current_dir(&self.dir);
        if let Some(tags) = &args.benchmarks.tags {
            command = command.arg(format!("-tags={tags}"));
        }
        command = command.args(&self.flags);
        if let Some(seed) = layout {
            let own = self.flags.iter().rev();
            let mut own =
                own.filter_map(|flag| flag.trim_start_matches('-').strip_prefix("ldflags="));
            let own = own.next().unwrap_or_default();
            command = command.arg(format!("-ldflags={own} -randlayout={seed}"));
        }
        let command = command.arg(&package.package);
        let output = context.system.run(&command, context.cancel)?;
        context.cancel.check()?;
        if !output.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "the tests of {} do not build at {}:\n{}",
                package.package,
                self.name,
                said.trim_end()
            );
        }
        Ok(TestBinary {
            path,
            ..package.clone()
        })
    }

    /// A package's test binary in each layout.
    fn build_layouts(
        &self,
        package: &TestBinary,
        stem: &Path,
        args: &AbArgs,
        context: &Context,
    ) -> anyhow::Result<Vec<TestBinary>> {
        if args.randlayout <= 1 {
            let path = stem.with_extension("test");
            return Ok(vec![self.build(package, path, None, args, context)?]);
        }
        (0..args.randlayout as u64)
            .map(|layout| {
                let path = stem.with_extension(format!("{layout}.test"));
                // The linker's seeds are small numbers; 0 stands for no randomisation.
                let seed = (args.seed.wrapping_mul(1009) + layout) % (1 << 31) + 1;
                self.build(package, path, Some(seed), args, context)
            })
            .collect()
    }
}

/// Builds both sides and joins them by import path. Packages of one side alone are named in the second
/// answer.
pub(super) fn pairs(
    sides: [&Side; 2],
    args: &AbArgs,
    folder: &Path,
    context: &Context,
    on_build: &mut dyn FnMut(&str),
) -> anyhow::Result<(Vec<Pair>, Vec<String>)> {
    let [old_side, new_side] = sides;
    let old_packages = old_side.packages(args, context)?;
    let new_packages = if args.sides.itself {
        old_packages.clone()
    } else {
        new_side.packages(args, context)?
    };
    let only = |package: &TestBinary, side: &Side| {
        format!("{} has benchmarks at {} only", package.package, side.name)
    };
    let (mut pairs, mut single) = (Vec::new(), Vec::new());
    for (number, package) in old_packages.iter().enumerate() {
        let Some(on_new) = new_packages
            .iter()
            .find(|new| new.package == package.package)
        else {
            single.push(only(package, old_side));
            continue;
        };
        on_build(&package.package);
        let stem = |side: &str| folder.join(format!("{side}{number}"));
        let old = old_side.build_layouts(package, &stem("old"), args, context)?;
        let new = if args.sides.itself {
            old.clone()
        } else {
            new_side.build_layouts(on_new, &stem("new"), args, context)?
        };
        let identical = args.sides.itself || same_code(&old[0], &new[0], context)?;
        pairs.push(Pair {
            package: package.package.clone(),
            old,
            new,
            identical,
        });
    }
    let known = |new: &&TestBinary| old_packages.iter().any(|old| old.package == new.package);
    single.extend((new_packages.iter().filter(|new| !known(new))).map(|new| only(new, new_side)));
    Ok((pairs, single))
}

/// Whether both binaries run the same instructions on the same data. Lines may differ: a comment changes
/// the line table and the build ID alone.
fn same_code(old: &TestBinary, new: &TestBinary, context: &Context) -> anyhow::Result<bool> {
    let read = |binary: &TestBinary| context.system.read(&binary.path);
    let (old, new) = (read(old)?, read(new)?);
    if old == new {
        return Ok(true);
    }
    let (Ok(old), Ok(new)) = (objfile::Binary::open(old), objfile::Binary::open(new)) else {
        return Ok(false);
    };
    // Without a code section there is nothing to go by.
    let sections = |binary: &objfile::Binary| -> Option<Vec<(String, Vec<u8>)>> {
        binary.text()?;
        let counts = |section: &&objfile::Section| {
            let name = section.name.trim_start_matches(['.', '_']);
            ![
                "gopclntab",
                "note",
                "debug",
                "zdebug",
                "symtab",
                "strtab",
                "shstrtab",
                "go.buildinfo",
            ]
            .iter()
            .any(|other| name.starts_with(other))
        };
        let of = |section: &objfile::Section| {
            (section.name.clone(), binary.section_bytes(section).to_vec())
        };
        Some(binary.sections.iter().filter(counts).map(of).collect())
    };
    let (old, new) = (sections(&old), sections(&new));
    Ok(old.is_some() && old == new)
}
