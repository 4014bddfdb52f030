//! Which module has a package.

use std::path::{Path, PathBuf};

use go_syntax::module::ModuleVersion;
use go_tool::Module;

use super::super::paths::{
    clean, has_path_prefix, is_local_import, is_standard_import_path, to_slash,
};
use super::super::version::{compare_go_versions, compare_versions};
use super::cache;
use super::graph::plain;
use super::import_path;
use super::main_modules::{Actual, MainModule, ModMode, Modules, dir_of, go_of};

/// Where a package is, or why it is nowhere.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Found {
    pub(in super::super) dir: Option<PathBuf>,
    /// `None` for the standard library.
    pub(in super::super) module: Option<ModuleVersion>,
    pub(in super::super) missing: Option<Missing>,
}

#[derive(Clone, Debug)]
pub(in super::super) enum Missing {
    /// No module that is required has it; [`Modules::nowhere`] words it.
    Nowhere,
    /// `go.sum` does not vouch for these modules, which may have it; `found`: another one has.
    NoSum {
        modules: Vec<ModuleVersion>,
        found: bool,
    },
    /// Worded already.
    Told(String),
    /// The go command has to find out.
    Refused(String),
}

/// A module's folder.
struct Fetched {
    root: PathBuf,
    /// Not of the module cache, so other modules may be nested in it.
    local: bool,
}

enum NotFetched {
    /// `go.sum` does not vouch for it.
    NoSum,
    Told(String),
}

impl Found {
    fn missing(missing: Missing) -> Self {
        Self {
            missing: Some(missing),
            ..Self::default()
        }
    }

    fn told(message: impl Into<String>) -> Self {
        Self::missing(Missing::Told(message.into()))
    }
}

impl Modules<'_> {
    /// Finds the package of an import path, all replacements of the path done.
    pub(in super::super) fn find(&self, path: &str) -> Found {
        if let Some(message) = not_importable(path) {
            return Found::told(message);
        }
        if path == "C" {
            return Found::default();
        }
        if let Some(message) = import_path::check(path) {
            return Found::told(message);
        }
        let std = self.std_dir(path);
        if std.is_some() {
            let of_main = self
                .mains
                .iter()
                .filter(|main| main.in_goroot)
                .find_map(|main| {
                    let dir = self.local_package(path, &main.prefix, &main.root)?;
                    Some((dir, main))
                });
            if let Some((dir, main)) = of_main {
                return Found {
                    dir: Some(dir),
                    module: Some(plain(&main.path)),
                    missing: None,
                };
            }
        }
        if self.mode == ModMode::Vendor {
            self.find_vendored(path, std)
        } else {
            self.find_selected(path, std)
        }
    }

    /// The folder of a package of the standard library.
    fn std_dir(&self, path: &str) -> Option<PathBuf> {
        let dir = self.goroot_src.join(path);
        (is_standard_import_path(path) && self.disk.has_go_files(&dir)).then_some(dir)
    }

    /// Is it the path of a package of the standard library?
    pub(in super::super) fn is_std(&self, path: &str) -> bool {
        self.std_dir(path).is_some()
    }

    /// The folder of a package in a tree that other modules may be nested in.
    fn local_package(&self, path: &str, prefix: &str, root: &Path) -> Option<PathBuf> {
        let dir = dir_of(path, prefix, root)?;
        let between = dir.ancestors().take_while(|dir| *dir != root);
        let is_nested = between
            .into_iter()
            .any(|dir| self.disk.is_file(&dir.join("go.mod")));
        (!is_nested && self.disk.has_go_files(&dir)).then_some(dir)
    }

    fn find_vendored(&self, path: &str, std: Option<PathBuf>) -> Found {
        let mut candidates: Vec<(PathBuf, Option<ModuleVersion>)> =
            std.into_iter().map(|dir| (dir, None)).collect();
        for main in &self.mains {
            let dir = self.local_package(path, &main.prefix, &main.root);
            candidates.extend(dir.map(|dir| (dir, Some(plain(&main.path)))));
        }
        let dir = self.vendor_dir().join(path);
        if !self.mains.is_empty() && self.disk.has_go_files(&dir) {
            let module = self.vendor.packages.get(path).cloned();
            let unlisted = compare_go_versions(self.go_version(), "1.23").is_lt();
            if module.is_some() || unlisted {
                candidates.push((dir, module));
            } else {
                let command = if self.is_workspace() { "work" } else { "mod" };
                self.warn(format!(
                    "go: ignoring package {path} which exists in the vendor directory but is missing \
                     from vendor/modules.txt. To sync the vendor directory run go {command} vendor."
                ));
            }
        }
        if candidates.len() > 1 {
            let dirs = candidates
                .iter()
                .map(|(dir, _)| format!("\n\t{}", dir.display()));
            return Found::told(format!(
                "ambiguous import: found package {path} in multiple directories:{}",
                dirs.collect::<String>()
            ));
        }
        match candidates.pop() {
            Some((dir, module)) => Found {
                dir: Some(dir),
                module,
                missing: None,
            },
            None => Found::missing(Missing::Nowhere),
        }
    }

    /// Looks in the main modules and those they require; then in the whole graph.
    fn find_selected(&self, path: &str, std: Option<PathBuf>) -> Found {
        if self.is_workspace() || self.is_pruned() {
            let of_root = |path: &str| self.roots.get(path).cloned();
            if let Some(found) = self.find_at(path, std.clone(), &of_root) {
                return found;
            }
        }
        let graph = match self.graph() {
            Ok(graph) => graph,
            Err(message) => return Found::missing(Missing::Refused(message)),
        };
        let selected = |path: &str| graph.selected(path).map(str::to_owned);
        self.find_at(path, std, &selected)
            .unwrap_or_else(|| Found::missing(Missing::Nowhere))
    }

    /// Looks in the modules whose path the import path starts with, at the versions that `version_of`
    /// tells. `None`: none of them has the package.
    fn find_at(
        &self,
        path: &str,
        std: Option<PathBuf>,
        version_of: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Found> {
        let mut found: Vec<(PathBuf, Option<ModuleVersion>)> = Vec::new();
        let mut unsure: Vec<ModuleVersion> = Vec::new();
        for prefix in prefixes(path) {
            let module = if self.main(prefix).is_some() {
                plain(prefix)
            } else {
                let Some(version) = version_of(prefix) else {
                    continue;
                };
                ModuleVersion {
                    path: prefix.to_owned(),
                    version: Some(version),
                }
            };
            let fetched = match self.fetch(&module) {
                Ok(fetched) => fetched,
                Err(NotFetched::NoSum) => {
                    unsure.push(module);
                    continue;
                }
                Err(NotFetched::Told(message)) => return Some(Found::told(message)),
            };
            let dir = if fetched.local {
                self.local_package(path, prefix, &fetched.root)
            } else {
                let dir = dir_of(path, prefix, &fetched.root);
                dir.filter(|dir| self.disk.has_go_files(dir))
            };
            found.extend(dir.map(|dir| (dir, Some(module))));
        }
        // From the shortest module path to the longest, the standard library first.
        found.extend(std.map(|dir| (dir, None)));
        found.reverse();
        if found.len() > 1 {
            return Some(Found::told(ambiguous(path, &found)));
        }
        if !unsure.is_empty() {
            unsure.reverse();
            return Some(Found::missing(Missing::NoSum {
                modules: unsure,
                found: !found.is_empty(),
            }));
        }
        let (dir, module) = found.pop()?;
        let unknown_go = module
            .as_ref()
            .filter(|module| self.main(&module.path).is_none())
            .and_then(|module| match self.checked_summary(module) {
                Err(message) => Some(Missing::Told(message)),
                Ok(summary) => (summary.as_ref().as_ref().err())
                    .map(|message| Missing::Refused(message.clone())),
            });
        Some(match unknown_go {
            Some(missing) => Found::missing(missing),
            None => Found {
                dir: Some(dir),
                module,
                missing: None,
            },
        })
    }

    fn fetch(&self, module: &ModuleVersion) -> Result<Fetched, NotFetched> {
        if let Some(main) = self.main(&module.path) {
            return Ok(Fetched {
                root: main.root.clone(),
                local: true,
            });
        }
        match self.actual(module).0 {
            Actual::Folder { dir, spelled } if !self.disk.is_dir(&dir) => {
                Err(NotFetched::Told(format!(
                    "{}: replacement directory {spelled} does not exist",
                    at_version(module)
                )))
            }
            Actual::Folder { dir, .. } => Ok(Fetched {
                root: dir,
                local: true,
            }),
            Actual::Version { path, version } => {
                let sums = self.sums.as_ref();
                if sums.is_some_and(|sums| !sums.contains(&(path.clone(), version.clone()))) {
                    return Err(NotFetched::NoSum);
                }
                let root = cache::folder(&self.gomodcache, &path, &version);
                if !self.disk.is_dir(&root) {
                    return Err(NotFetched::Told(format!(
                        "{path}@{version}: the module is not in the module cache; to get it:\n\t\
                         go mod download {path}"
                    )));
                }
                Ok(Fetched { root, local: false })
            }
        }
    }

    /// The root folder of a module, and whether other modules may be nested in it; `Err` says why it
    /// is not there.
    pub(in super::super) fn root(&self, module: &ModuleVersion) -> Result<(PathBuf, bool), String> {
        match self.fetch(module) {
            Ok(fetched) => Ok((fetched.root, fetched.local)),
            Err(NotFetched::Told(message)) => Err(message),
            Err(NotFetched::NoSum) => Err(format!("{}: missing go.sum entry", at_version(module))),
        }
    }

    /// Why no module provides the package. `importer` is the main module whose package leads to it.
    pub(in super::super) fn nowhere(&self, path: &str, importer: Option<&MainModule>) -> String {
        if is_standard_import_path(path) {
            let dir = self.goroot_src.join(path);
            let replaced = self.provided_by_replacement(path);
            return replaced
                .unwrap_or_else(|| format!("package {path} is not in std ({})", dir.display()));
        }
        if self.mains.is_empty() {
            return format!(
                "no required module provides package {path}: go.mod file not found in current \
                 directory or any parent directory; see 'go help modules'"
            );
        }
        if let Some(message) = self.provided_by_replacement(path) {
            return message;
        }
        let mode = match self.mode {
            ModMode::Vendor => "vendor",
            ModMode::Readonly => "readonly",
        };
        let disabled =
            format!("cannot find module providing package {path}: import lookup disabled");
        if self.mode_explicit {
            return format!("{disabled} by -mod={mode}");
        }
        if !self.mode_reason.is_empty() {
            return format!("{disabled} by -mod={mode}\n\t({})", self.mode_reason);
        }
        let current = self.current_main().map(|main| &main.path);
        match importer.filter(|main| Some(&main.path) != current) {
            Some(main) => format!(
                "no required module provides package {path}; to add it:\n\tcd {}\n\tgo get {path}",
                main.root.display()
            ),
            None => {
                format!("no required module provides package {path}; to add it:\n\tgo get {path}")
            }
        }
    }

    /// A module that is replaced, though not required, may have the package.
    fn provided_by_replacement(&self, path: &str) -> Option<String> {
        if self.mode == ModMode::Vendor {
            return None;
        }
        let mut candidates = self.replaced_modules();
        candidates.retain(|module| has_path_prefix(path, &module.path));
        candidates.sort_by_key(|module| std::cmp::Reverse(module.path.len()));
        let graph = self.graph().ok()?;
        candidates.into_iter().find_map(|module| {
            let version = module.version.as_deref();
            let unused = match (graph.selected(&module.path), version) {
                (None, _) => true,
                (Some(selected), Some(version)) => compare_versions(selected, version).is_lt(),
                (Some(_), None) => false,
            };
            if !unused {
                return None;
            }
            let fetched = self.fetch(&module).ok()?;
            let dir = dir_of(path, &module.path, &fetched.root)?;
            self.disk.has_go_files(&dir).then(|| {
                format!(
                    "module {} provides package {path} and is replaced but not required; to add \
                     it:\n\tgo get {}",
                    module.path,
                    at_version(&module)
                )
            })
        })
    }

    /// The import path of a folder in a module of the graph, if it is in one.
    pub(in super::super) fn path_in_modules(&self, dir: &Path) -> Option<String> {
        let in_module = |module: &ModuleVersion| {
            let root = match self.actual(module).0 {
                Actual::Folder { dir, .. } => dir,
                Actual::Version { path, version } => {
                    let root = cache::folder(&self.gomodcache, &path, &version);
                    Some(root).filter(|root| self.disk.is_dir(root))?
                }
            };
            let sub = to_slash(dir.strip_prefix(&root).ok()?);
            let hidden =
                sub.contains("/vendor/") || sub.starts_with("vendor/") || sub.contains('@');
            let path = if sub.is_empty() {
                module.path.clone()
            } else {
                format!("{}/{sub}", module.path)
            };
            (!hidden).then_some(path)
        };
        if self.mode == ModMode::Vendor {
            return None;
        }
        if self.is_pruned() && !self.is_workspace() {
            let mut roots: Vec<ModuleVersion> = (self.roots.iter())
                .map(|(path, version)| ModuleVersion {
                    path: path.clone(),
                    version: Some(version.clone()),
                })
                .collect();
            roots.sort();
            if let Some(path) = roots.iter().find_map(in_module) {
                return Some(path);
            }
        }
        self.graph().ok()?.build_list().iter().find_map(in_module)
    }

    /// Is the module one that the main module names at this version?
    pub(in super::super) fn is_root(&self, module: &ModuleVersion) -> bool {
        self.main(&module.path).is_some() || self.roots.get(&module.path) == module.version.as_ref()
    }

    /// Does a main module of the workspace lead to the module's requirements?
    pub(in super::super) fn is_followed(&self, module: &ModuleVersion) -> bool {
        self.graph()
            .is_ok_and(|graph| graph.has_requirements_of(module))
    }

    /// What the go command reports about a module.
    pub(in super::super) fn info(&self, module: &ModuleVersion) -> Module {
        if let Some(main) = self.main(&module.path).filter(|_| module.version.is_none()) {
            let go = if self.is_workspace() {
                main.file.go.clone()
            } else {
                Some(go_of(&main.file).to_owned())
            };
            return Module {
                path: main.path.clone(),
                version: None,
                dir: Some(main.root.clone()),
                go_version: go,
                main: true,
            };
        }
        let mut info = Module {
            path: module.path.clone(),
            version: module.version.clone(),
            ..Module::default()
        };
        if self.mode == ModMode::Vendor {
            info.go_version = self.vendor.go_versions.get(module).cloned();
            return info;
        }
        let (actual, _) = self.actual(module);
        info.dir = Some(match &actual {
            Actual::Folder { dir, .. } => dir.clone(),
            Actual::Version { path, version } => cache::folder(&self.gomodcache, path, version),
        });
        let summary = self.summary(actual);
        info.go_version = summary
            .as_ref()
            .as_ref()
            .ok()
            .and_then(|summary| summary.go.clone());
        info
    }

    /// Folders that patterns skip in a module's tree.
    pub(in super::super) fn ignores(&self, module: &ModuleVersion) -> Vec<String> {
        if let Some(main) = self.main(&module.path) {
            return main.file.ignores.clone();
        }
        let summary = self.summary(self.actual(module).0);
        let summary = summary.as_ref().as_ref().ok();
        summary.map_or_else(Vec::new, |summary| summary.ignores.clone())
    }

    /// The folder in the main modules' trees as an import path: of the first module that has it.
    pub(in super::super) fn path_in_mains(&self, dir: &Path) -> Option<Result<String, String>> {
        let mut longest: Option<(&MainModule, String)> = None;
        for main in &self.mains {
            let Ok(sub) = dir.strip_prefix(&main.root) else {
                continue;
            };
            let sub = to_slash(sub);
            if sub.contains('@') {
                continue;
            }
            if let Some(package) = sub.strip_prefix("vendor/") {
                return Some(self.vendored_folder(dir, package));
            }
            if main.prefix.is_empty() {
                return Some(Ok(sub));
            }
            let path = match sub.as_str() {
                "" => main.prefix.clone(),
                _ => format!("{}/{sub}", main.prefix),
            };
            if main.package_dir(&path).is_some()
                && self
                    .local_package(&path, &main.prefix, &main.root)
                    .is_some()
            {
                return Some(Ok(path));
            }
            let is_longer =
                |(other, _): &(&MainModule, String)| main.prefix.len() > other.prefix.len();
            if longest.as_ref().is_none_or(is_longer) {
                longest = Some((main, path));
            }
        }
        longest.map(|(main, path)| {
            Err(format!(
                "main module ({}) does not contain package {path}",
                main.path
            ))
        })
    }

    fn vendored_folder(&self, dir: &Path, package: &str) -> Result<String, String> {
        let dir = clean(dir);
        if self.mode != ModMode::Vendor {
            let message = "has no package path";
            return Err(format!(
                "without -mod=vendor, directory {} {message}",
                dir.display()
            ));
        }
        if self.vendor.packages.contains_key(package) {
            Ok(package.to_owned())
        } else {
            Err(format!(
                "directory {} is not a package listed in vendor/modules.txt",
                dir.display()
            ))
        }
    }
}

/// What can be no import path at all.
fn not_importable(path: &str) -> Option<String> {
    if path.contains('@') {
        return Some(format!("import path {path:?} should not have @version"));
    }
    if is_local_import(path) {
        return Some(format!(
            "{path:?} is relative, but relative import paths are not supported in module mode"
        ));
    }
    if Path::new(path).is_absolute() {
        return Some(format!(
            "{path:?} is not a package path; see 'go help packages'"
        ));
    }
    let is_meta = matches!(path, "std" | "cmd" | "tool" | "work" | "all");
    is_meta.then(|| format!("{path:?} is not an importable package; see 'go help packages'"))
}

/// The path and what it starts with, from the longest to the shortest. The modules `go` and
/// `toolchain` are none: they stand for versions.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at);
    let mut ends: Vec<usize> = ends.chain([path.len()]).collect();
    ends.reverse();
    (ends.into_iter().map(move |end| &path[..end]))
        .filter(|prefix| !matches!(*prefix, "go" | "toolchain"))
}

fn at_version(module: &ModuleVersion) -> String {
    match &module.version {
        Some(version) => format!("{}@{version}", module.path),
        None => module.path.clone(),
    }
}

fn ambiguous(path: &str, found: &[(PathBuf, Option<ModuleVersion>)]) -> String {
    let places = found.iter().map(|(dir, module)| {
        let name = match module {
            Some(ModuleVersion {
                path,
                version: Some(version),
            }) => format!("{path} {version}"),
            Some(module) => module.path.clone(),
            None => String::new(),
        };
        format!("\n\t{name} ({})", dir.display())
    });
    let places: String = places.collect();
    format!("ambiguous import: found package {path} in multiple modules:{places}")
}

/// Why `go.sum` stands in the way. `importer` is the package that imports this one, and whether only
/// its tests do.
pub(in super::super) fn no_sum(
    path: &str,
    modules: &[ModuleVersion],
    found: bool,
    importer: Option<(&str, Option<&ModuleVersion>, bool)>,
) -> String {
    let by = importer.map_or(String::new(), |(importer, ..)| {
        format!(" (imported by {importer})")
    });
    let message = if found {
        format!(
            "missing go.sum entry needed to verify package {path}{by} is provided by exactly one module"
        )
    } else {
        format!("missing go.sum entry for module providing package {path}{by}")
    };
    let remedy = match importer {
        None => {
            let names = modules.iter().map(|module| format!(" {}", module.path));
            format!("go mod download{}", names.collect::<String>())
        }
        Some((importer, module, is_test)) => {
            let flag = if is_test { " -t" } else { "" };
            let version = module.and_then(|module| module.version.as_ref());
            let version = version.map_or(String::new(), |version| format!("@{version}"));
            format!("go get{flag} {importer}{version}")
        }
    };
    format!("{message}; to add:\n\t{remedy}")
}

impl Found {
    /// Is the import path itself wrong?
    pub(in super::super) fn is_malformed(&self) -> bool {
        matches!(&self.missing, Some(Missing::Told(message)) if message.starts_with("malformed import path"))
    }
}
