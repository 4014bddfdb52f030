//! The two sides of a comparison: their folders, their Go, their test binaries.

use std::path::{Path, PathBuf};

use bench::ab::Pair;
use go_tool::{GoTool, ListOptions, TestBinary};

use super::checkout::{self, Tree};
use super::edited::LocalPackages;
use super::identity::{same_code, same_files};
use super::{ComparisonError, Context, SideSpec, Sides};
use crate::events::Event;
use crate::workspace::Workspace;

/// One side.
pub(super) struct Side {
    pub(super) dir: PathBuf,
    /// For messages.
    pub(super) name: String,
    /// Build flags of this side alone.
    pub(super) flags: Vec<String>,
    /// A revision may ask for another toolchain.
    pub(super) go: GoTool,
    /// Keeps the checked-out files.
    tree: Option<Tree>,
}

impl Side {
    /// A revision's files, or the work tree.
    pub(super) fn open(ctx: &Context<'_>, spec: &SideSpec) -> Result<Self, ComparisonError> {
        let (system, cancel) = (ctx.system, ctx.cancel);
        let folder = &ctx.request.dir;
        let flags = spec.flags.clone();
        let checked_out = match &spec.revision {
            Some(name) => Some(checkout::check_out(ctx, name)?),
            None => None,
        };
        let mut name = match (&spec.revision, &checked_out) {
            (Some(name), Some(checked_out)) => format!("{name} ({})", checked_out.revision.commit),
            _ => "the work tree".to_owned(),
        };
        if !flags.is_empty() {
            name += &format!(" with {}", flags.join(" "));
        }
        let dir = checked_out
            .as_ref()
            .map_or_else(|| folder.clone(), |tree| tree.revision.dir());
        let go = ctx.request.go.as_deref();
        let go = Workspace::open(system, cancel, go, &dir, false)?.go;
        let flags = [ctx.request.flags.as_slice(), &flags].concat();
        Ok(Self {
            dir,
            name,
            flags,
            go,
            tree: checked_out,
        })
    }

    /// The packages that define benchmarks, and all packages of the modules that are worked on.
    fn packages(
        &self,
        ctx: &Context<'_>,
    ) -> Result<(Vec<TestBinary>, LocalPackages), ComparisonError> {
        let (system, cancel) = (ctx.system, ctx.cancel);
        let options = ListOptions {
            dir: self.dir.clone(),
            patterns: ctx.request.patterns.clone(),
            tags: ctx.request.tags.clone(),
            flags: self.flags.clone(),
            ..ListOptions::default()
        };
        let failed = |source| ComparisonError::List {
            side: self.name.clone(),
            missing: self.missing().to_vec(),
            source,
        };
        let listing = go_tool::list(&self.go, system, cancel, &options).map_err(failed)?;
        let with_benchmarks = bench::run::with_benchmarks(system, &listing, &listing.roots);
        let broken = listing.packages.iter().filter(|package| !package.dep_only);
        let broken = broken.filter_map(|package| package.error_text.as_deref());
        let broken: Vec<String> = broken
            .map(|text| format!("{}: {text}", self.name))
            .collect();
        if with_benchmarks.is_empty() && !broken.is_empty() {
            return Err(ComparisonError::NoBenchmarks(broken));
        }
        let package = |id| {
            let package: &go_tool::Package = &listing.packages[id];
            TestBinary {
                package: package.import_path.clone(),
                path: PathBuf::new(),
                dir: package.dir.clone(),
            }
        };
        let local = listing.packages.iter().filter(|package| {
            // Main modules, and those replaced by a folder.
            let module = package.module.as_ref();
            module.is_some_and(|module| module.version.is_none()) && package.for_test.is_none()
        });
        let local = local.map(|package| (package.import_path.clone(), package.dir.clone()));
        let local = local.collect();
        Ok((with_benchmarks.into_iter().map(package).collect(), local))
    }

    /// Builds a package's test binary. With -trimpath, so that equal code gives equal binaries wherever
    /// it lies.
    fn build(
        &self,
        package: &TestBinary,
        path: PathBuf,
        layout: Option<u64>,
        ctx: &Context<'_>,
    ) -> Result<TestBinary, ComparisonError> {
        let mut command = (self.go.command(ctx.system))
            .args(["test", "-c", "-trimpath", "-vet=off", "-buildvcs=false"])
            .arg("-o")
            .arg(&path)
            .current_dir(&self.dir);
        if let Some(tags) = &ctx.request.tags {
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
        let failed = |source| ComparisonError::Io {
            doing: "run the go command",
            source,
        };
        let output = ctx.system.run(&command, ctx.cancel).map_err(failed)?;
        ctx.cancel.check()?;
        if !output.success() {
            return Err(ComparisonError::Build {
                package: package.package.clone(),
                side: self.name.clone(),
                message: self.build_message(&output.stderr, package, ctx),
            });
        }
        Ok(TestBinary {
            path,
            ..package.clone()
        })
    }

    /// What the files of this side lack, with remedies.
    fn missing(&self) -> &[String] {
        self.tree.as_ref().map_or(&[], |tree| &tree.missing)
    }

    /// The go command's words, and what a revision's files lack beside the work tree's.
    fn build_message(&self, stderr: &[u8], package: &TestBinary, ctx: &Context<'_>) -> String {
        let mut message = String::from_utf8_lossy(stderr).trim_end().to_owned();
        for line in self.missing() {
            message += &format!("\nnote: {line}");
        }
        let below = package.dir.strip_prefix(&self.dir).ok();
        let ignored = below
            .filter(|_| self.tree.is_some())
            .map(|below| checkout::ignored_go_files(ctx, &ctx.request.dir.join(below)))
            .unwrap_or_default();
        if !ignored.is_empty() {
            message += &format!(
                "\nnote: the revision lacks files that git ignores in the work tree ({}): add them with \
                 --old-overlay, or commit them",
                ignored.join(", ")
            );
        }
        message
    }

    /// A package's test binary in each layout.
    fn build_layouts(
        &self,
        package: &TestBinary,
        stem: &Path,
        ctx: &Context<'_>,
    ) -> Result<Vec<TestBinary>, ComparisonError> {
        if ctx.request.layouts <= 1 {
            let path = stem.with_extension("test");
            return Ok(vec![self.build(package, path, None, ctx)?]);
        }
        (0..ctx.request.layouts as u64)
            .map(|layout| {
                let path = stem.with_extension(format!("{layout}.test"));
                // The linker's seeds are small numbers; 0 turns randomization off.
                let seed = (ctx.request.options.seed.wrapping_mul(1009) + layout) % (1 << 31) + 1;
                self.build(package, path, Some(seed), ctx)
            })
            .collect()
    }
}

/// The binaries of both sides.
pub(super) struct Built {
    pub(super) pairs: Vec<Pair>,
    /// A message for each package that one side alone has.
    pub(super) single: Vec<String>,
    pub(super) local: [LocalPackages; 2],
}

/// Builds both sides and joins them by import path.
pub(super) fn pairs(
    ctx: &Context<'_>,
    [old_side, new_side]: [&Side; 2],
    folder: &Path,
) -> Result<Built, ComparisonError> {
    let itself = ctx.request.sides == Sides::Itself;
    let (old_packages, old_local) = old_side.packages(ctx)?;
    let (new_packages, new_local) = if itself {
        (old_packages.clone(), old_local.clone())
    } else {
        new_side.packages(ctx)?
    };
    (ctx.events)(Event::Begin {
        stage: "building",
        total: old_packages.len(),
    });
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
        (ctx.events)(Event::Step {
            what: &package.package,
        });
        let stem = |side: &str| folder.join(format!("{side}{number}"));
        let old = old_side.build_layouts(package, &stem("old"), ctx)?;
        let new = if itself {
            old.clone()
        } else {
            new_side.build_layouts(on_new, &stem("new"), ctx)?
        };
        let identical =
            itself || same_code(ctx, &old[0], &new[0])? && same_files(ctx, &old[0], &new[0]);
        pairs.push(Pair {
            package: package.package.clone(),
            old,
            new,
            identical,
        });
    }
    let known = |new: &&TestBinary| old_packages.iter().any(|old| old.package == new.package);
    single.extend((new_packages.iter().filter(|new| !known(new))).map(|new| only(new, new_side)));
    Ok(Built {
        pairs,
        single,
        local: [old_local, new_local],
    })
}
