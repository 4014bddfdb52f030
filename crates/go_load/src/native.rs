//! Listing packages without starting the go command.
//!
//! The steps are those of the go command, and the listing is equal to its own, in every field and in
//! order:
//!
//! 1. [`environment`]: variables, GOROOT, toolchain; [`flags`] and [`context`]: what a build depends on.
//! 2. [`modules`] (or [`gopath`]): the modules of `go.mod` or `go.work`.
//! 3. [`patterns`]: which packages are asked for.
//! 4. [`reach`]: all packages these lead to; each [`folder`] is read by the [`header`]s of its files,
//!    in parallel.
//! 5. [`packages`]: imports resolved and checked, [`test_variants`] and copies for [`profiles`] made.
//! 6. [`listing`].
//!
//! Where only the go command can answer (it may fetch modules, change `go.mod`, or words best what is
//! wrong with it), the answer is a refusal that says why.

mod cgo;
mod context;
mod disk;
mod embed;
mod environment;
mod error;
mod flags;
mod folder;
mod gopath;
mod header;
mod listing;
mod modules;
mod node;
mod packages;
mod paths;
mod patterns;
mod profiles;
mod reach;
mod resolve;
mod settings;
mod test_variants;
mod version;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Cancellation, System};
use go_tool::{Error, GoTool, ListOptions, Listing, Products};
use rustc_hash::FxHashMap;

use crate::load::LoadOptions;
use cgo::Generated;
pub(crate) use cgo::pack as pack_generated;
use context::Context;
use disk::Disk;
#[cfg(test)]
use disk::Overlay;
use environment::Environment;
pub(crate) use error::NativeError;
use error::refused;
use flags::Flags;
use folder::Folders;
use gopath::Gopath;
use modules::Modules;
use node::{Kind, NodeId};
use packages::Packages;
use patterns::{Match, Matcher, clean_patterns};
use reach::{Tests, reach};
use resolve::Resolver;

/// A listing, and the files that were read whole for it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) listing: Listing,
    pub(crate) contents: FxHashMap<PathBuf, Arc<[u8]>>,
}

/// The go command of `program` with its environment in `dir`, by reading what it would read.
pub(crate) fn find_go(
    system: &dyn System,
    program: &Path,
    dir: &Path,
) -> Result<GoTool, NativeError> {
    let dir = working_dir(system, dir)?;
    let environment = Environment::read(system, program, &dir, &[])?;
    settings::check(&environment)?;
    let mut go = environment.go_tool(program);
    if environment.get("GO111MODULE").as_deref() != Some("off") {
        let root = environment::find_above(system, &dir, "go.mod");
        go.env.gomod = root.map(|root| root.join("go.mod"));
        go.env.gowork = environment.find_gowork(&dir);
    }
    Ok(go)
}

/// Lists packages as `go_tool::list` does. With `keep`, files of packages are read whole and handed out.
pub(crate) fn list(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    load: &LoadOptions,
    keep: bool,
) -> Result<Answer, NativeError> {
    let options = &load.list;
    if system
        .env_var("GOPACKAGESDRIVER")
        .is_some_and(|driver| driver != "off")
    {
        return Err(refused("GOPACKAGESDRIVER is set"));
    }
    let dir = working_dir(system, &options.dir)?;
    let environment = Environment::read(system, &go.program, &dir, &options.env)?;
    settings::check(&environment)?;
    if environment.version != go.version {
        return Err(refused(format!(
            "{} is to be used here",
            environment.version
        )));
    }
    if environment
        .get("GOFIPS140")
        .is_some_and(|fips| fips != "off")
    {
        return Err(refused("GOFIPS140 is set"));
    }
    let target = environment.go_tool(&go.program);
    let flags = Flags::read(options, &target.env.goflags)?;
    if !flags.instruments.is_empty() && !target.env.cgo_enabled {
        return Err(refused("instrumentation needs cgo"));
    }
    let instruments = flags.instruments.iter().map(|name| (*name).to_owned());
    let context = Context::new(&target, flags.tags.iter().cloned().chain(instruments))?;
    let disk = Disk::new(system, &load.overlay, keep);
    let request = Request {
        cancel,
        environment: &environment,
        flags: &flags,
        context: &context,
        disk: &disk,
        dir: &dir,
        options,
    };
    let found = request.with_room();
    if let Some(link) = disk.dead_end() {
        return Err(refused(format!("`{}` links to nothing", link.display())));
    }
    let (mut packages, warnings) = found?;
    if packages.is_empty() {
        return Err(NativeError::Failed(Error::NoPackages {
            patterns: options.patterns.clone(),
        }));
    }
    if options.products != Products::Nothing {
        let generated = Generated {
            cache: load.cgo.as_ref(),
            disk: &disk,
            environment: &environment,
            target: &target,
            options,
        };
        generated.fill(&mut packages)?;
    }
    let listing = Listing::new(packages, &warnings, options, &target, system);
    Ok(Answer {
        listing,
        contents: disk.into_contents(),
    })
}

/// The folder as the go command sees it: by its real path, or as the shell calls it.
fn working_dir(system: &dyn System, dir: &Path) -> Result<PathBuf, NativeError> {
    let current = system.current_dir().unwrap_or_default();
    let real = system
        .canonicalize(&current.join(dir))
        .map_err(|source| Error::Io {
            doing: format!("work in `{}`", dir.display()),
            source,
        })?;
    let shell = system.env_var("PWD").map(PathBuf::from);
    let same = shell.filter(|shell| system.canonicalize(shell).is_ok_and(|shell| shell == real));
    Ok(same.unwrap_or(real))
}

/// One listing.
struct Request<'a> {
    cancel: &'a Cancellation,
    environment: &'a Environment<'a>,
    flags: &'a Flags,
    context: &'a Context,
    disk: &'a Disk<'a>,
    dir: &'a Path,
    options: &'a ListOptions,
}

/// Imports are followed as deep as they go.
const STACK_BYTES: usize = 256 << 20;

impl Request<'_> {
    /// Runs on a thread with a stack for deep imports.
    fn with_room(&self) -> Result<(Vec<go_tool::Package>, String), NativeError> {
        std::thread::scope(|scope| {
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
            let thread = builder
                .spawn_scoped(scope, || self.run())
                .map_err(|error| refused(format!("there is no thread to work in: {error}")))?;
            thread
                .join()
                .unwrap_or_else(|_| Err(refused("the native loader failed")))
        })
    }

    fn run(&self) -> Result<(Vec<go_tool::Package>, String), NativeError> {
        let folders = Folders::new(self.disk, self.context);
        let goroot_src = self.environment.goroot.join("src");
        let matcher = Matcher {
            disk: self.disk,
            folders: &folders,
            goroot_src: &goroot_src,
            current: self.dir,
            cgo_enabled: self.context.cgo_enabled,
        };
        if !self.uses_modules() {
            return self.in_gopath(&folders, &matcher);
        }
        let modules = Modules::open(self.disk, self.environment, self.flags, self.dir)?;
        self.cancel.check()?;
        if let Some(files) = self.file_list() {
            return self.files(&modules, &folders, &files);
        }
        let patterns = clean_patterns(&self.options.patterns);
        let mut matches = (patterns.iter())
            .map(|pattern| matcher.in_modules(&modules, pattern))
            .collect::<Result<Vec<Match>, _>>()?;
        let mut roots: Vec<String> = Vec::new();
        let mut seen = rustc_hash::FxHashSet::default();
        for path in matches.iter().flat_map(|matched| &matched.packages) {
            if seen.insert(path) {
                roots.push(path.clone());
            }
        }
        let all = patterns.iter().any(|pattern| pattern == "all");
        let tests = Tests {
            of_roots: self.options.tests,
            of_mains: all,
            of_all: all && version::compare_go_versions(modules.go_version(), "1.16").is_lt(),
        };
        let reached = reach(self.disk, &modules, &folders, &roots, tests);
        self.cancel.check()?;
        if let Some(reason) = reached.refusal(&modules) {
            return Err(NativeError::Refused(reason));
        }
        for matched in matches
            .iter_mut()
            .filter(|matched| matched.pattern == "all")
        {
            matched.packages = reached.all(&modules);
        }
        let resolver = Resolver::Modules {
            modules: &modules,
            reached,
            folders: &folders,
        };
        let (packages, warnings) = self.finish(self.packages(resolver), &matches)?;
        Ok((packages, modules.warnings() + &warnings))
    }

    fn uses_modules(&self) -> bool {
        match self.environment.get("GO111MODULE").as_deref() {
            Some("off") => false,
            Some("auto") => {
                self.environment.find_gowork(self.dir).is_some()
                    || environment::find_above(self.disk.system, self.dir, "go.mod").is_some()
            }
            _ => true,
        }
    }

    fn packages<'p>(&'p self, resolver: Resolver<'p>) -> Packages<'p> {
        Packages::new(
            self.disk,
            self.context,
            self.flags,
            self.dir,
            self.environment.goroot.join("src"),
            resolver,
        )
    }

    fn in_gopath(
        &self,
        folders: &Folders<'_>,
        matcher: &Matcher<'_>,
    ) -> Result<(Vec<go_tool::Package>, String), NativeError> {
        if self.file_list().is_some() {
            return Err(refused("files are listed without modules"));
        }
        let goroot = self.environment.goroot.clone();
        let gopath = self.environment.gopath.clone();
        let gopath = Gopath::new(self.disk, folders, goroot, gopath);
        let patterns = clean_patterns(&self.options.patterns);
        let matches = (patterns.iter())
            .map(|pattern| matcher.in_gopath(&gopath, pattern))
            .collect::<Result<Vec<Match>, _>>()?;
        self.finish(self.packages(Resolver::Gopath(gopath)), &matches)
    }

    /// The patterns, if they are files.
    fn file_list(&self) -> Option<Vec<PathBuf>> {
        let is_file = |pattern: &String| {
            paths::extension(pattern) == ".go" && self.disk.is_file(&self.dir.join(pattern))
        };
        let patterns = &self.options.patterns;
        let files = patterns
            .iter()
            .map(|pattern| paths::clean(&self.dir.join(pattern)));
        patterns.iter().any(is_file).then(|| files.collect())
    }

    /// A package of the files that are named.
    fn files(
        &self,
        modules: &Modules<'_>,
        folders: &Folders<'_>,
        files: &[PathBuf],
    ) -> Result<(Vec<go_tool::Package>, String), NativeError> {
        let dir = files[0].parent().unwrap_or(self.dir);
        let is_good = |file: &PathBuf| {
            file.extension().is_some_and(|extension| extension == "go")
                && file.parent() == Some(dir)
                && self.disk.is_file(file)
        };
        if !files.iter().all(is_good) {
            return Err(refused("the files make no package"));
        }
        let entries: Vec<_> = files
            .iter()
            .map(|file| base::system::DirEntry {
                name: file
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                kind: base::system::EntryKind::File,
            })
            .collect();
        let mut context = self.context.clone();
        context.all_files = true;
        let folder = folder::read_entries(self.disk, &context, dir, &entries);
        let imports = folder.imports.keys().chain(folder.test_imports.keys());
        let mut roots: Vec<String> = imports
            .chain(folder.xtest_imports.keys())
            .cloned()
            .collect();
        roots.retain(|path| path != "C");
        let reached = reach(self.disk, modules, folders, &roots, Tests::default());
        if let Some(reason) = reached.refusal(modules) {
            return Err(NativeError::Refused(reason));
        }
        let mut packages = self.packages(Resolver::Modules {
            modules,
            reached,
            folders,
        });
        let root = packages.of_files(folder);
        let (packages, warnings) = self.finish_roots(packages, vec![root], String::new())?;
        Ok((packages, modules.warnings() + &warnings))
    }

    fn finish(
        &self,
        mut packages: Packages<'_>,
        matches: &[Match],
    ) -> Result<(Vec<go_tool::Package>, String), NativeError> {
        let mut roots: Vec<NodeId> = Vec::new();
        let mut warnings = String::new();
        for matched in matches {
            for path in &matched.packages {
                let id = packages.root(path);
                if !roots.contains(&id) {
                    roots.push(id);
                }
            }
            if let Some(error) = matched.errors.first() {
                roots.push(packages.of_pattern(matched, error));
            }
            if matched.packages.is_empty() && matched.errors.is_empty() {
                warnings += &format!("go: warning: {:?} matched no packages\n", matched.pattern);
            }
        }
        self.finish_roots(packages, roots, warnings)
    }

    fn finish_roots(
        &self,
        mut packages: Packages<'_>,
        mut roots: Vec<NodeId>,
        warnings: String,
    ) -> Result<(Vec<go_tool::Package>, String), NativeError> {
        self.cancel.check()?;
        packages.split_by_profile(&roots);
        if self.options.tests {
            let mut made = Vec::new();
            for &id in &roots {
                let has_tests = (packages.nodes[id].folder.as_ref()).is_some_and(|folder| {
                    !folder.test_go_files.is_empty() || !folder.xtest_go_files.is_empty()
                });
                if packages.nodes[id].kind == Kind::Package && has_tests {
                    made.extend(packages.test_variants(id).map(|variants| (id, variants)));
                }
            }
            for (id, variants) in made {
                roots.push(variants.main);
                roots.extend((variants.test != id).then_some(variants.test));
                roots.extend(variants.external);
            }
        }
        if packages.too_deep {
            return Err(refused("imports go too deep"));
        }
        let variants = self.options.tests || (self.flags.auto_pgo && roots.len() > 1);
        let products = self.options.products;
        Ok((
            listing::packages(&mut packages, &roots, products, variants),
            warnings,
        ))
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod testing {
    //! Shared by the tests of this module.

    use go_tool::{GoEnv, GoTool, GoVersion};

    /// Go 1.27.3 for a target.
    pub(super) fn go(goos: &str, goarch: &str) -> GoTool {
        let defaults = super::environment::ARCH_DEFAULTS.iter();
        GoTool {
            program: "go".into(),
            version: GoVersion::parse("go1.27.3").unwrap(),
            env: GoEnv {
                goos: goos.to_owned(),
                goarch: goarch.to_owned(),
                arch: defaults
                    .map(|(_, name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
                ..GoEnv::default()
            },
        }
    }
}
