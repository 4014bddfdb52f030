//! All packages that some lead to, in module mode: where each is, and what its folder holds.
//!
//! This is where folders are read, in parallel; what follows is done in memory.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use go_syntax::module::ModuleVersion;
use rayon::Scope;
use rustc_hash::{FxHashMap, FxHashSet};

use super::disk::Disk;
use super::folder::{Folder, Folders, Places};
use super::modules::{Found, Missing, Modules, no_sum};
use super::paths::{has_path_prefix, is_standard_import_path};
use super::version::compare_go_versions;

/// Packages by import path.
#[derive(Debug, Default)]
pub(super) struct Reached {
    pub(super) packages: FxHashMap<String, Arc<Reach>>,
    /// As they were asked for.
    roots: Vec<String>,
}

/// One package.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub(super) found: Found,
    /// `None` if the folder cannot be read, or there is none.
    pub(super) folder: Option<Arc<Folder>>,
    /// Of the standard library, whose imports may be vendored there.
    in_std: bool,
    /// What the imports mean.
    imports: Vec<String>,
    /// What the imports of its tests mean, if these count.
    test_imports: Vec<String>,
}

/// The packages whose tests count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tests {
    /// The roots'.
    pub(super) of_roots: bool,
    /// The main modules': they belong to `all`.
    pub(super) of_mains: bool,
    /// Those of all others too: before go 1.16 these belonged to `all`.
    pub(super) of_all: bool,
}

struct Reader<'a> {
    disk: &'a Disk<'a>,
    modules: &'a Modules<'a>,
    folders: &'a Folders<'a>,
    roots: FxHashSet<&'a str>,
    tests: Tests,
    reached: Mutex<FxHashMap<String, Option<Arc<Reach>>>>,
}

/// Reads the roots and all they lead to.
pub(super) fn reach(
    disk: &Disk<'_>,
    modules: &Modules<'_>,
    folders: &Folders<'_>,
    roots: &[String],
    tests: Tests,
) -> Reached {
    let reader = Reader {
        disk,
        modules,
        folders,
        roots: roots.iter().map(String::as_str).collect(),
        tests,
        reached: Mutex::default(),
    };
    rayon::scope(|scope| {
        for root in roots {
            reader.visit(scope, root);
        }
    });
    let reached = reader
        .reached
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let packages = reached.into_iter();
    Reached {
        packages: packages
            .filter_map(|(path, reach)| Some((path, reach?)))
            .collect(),
        roots: roots.to_vec(),
    }
}

impl Reader<'_> {
    fn visit<'s>(&'s self, scope: &Scope<'s>, path: &str) {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if reached.contains_key(path) {
            return;
        }
        reached.insert(path.to_owned(), None);
        drop(reached);
        let path = path.to_owned();
        scope.spawn(move |scope| {
            let reach = self.read(&path);
            for import in reach.imports.iter().chain(&reach.test_imports) {
                self.visit(scope, import);
            }
            let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
            reached.insert(path, Some(Arc::new(reach)));
        });
    }

    fn read(&self, path: &str) -> Reach {
        let found = self.modules.find(path);
        let mut reach = Reach {
            found,
            ..Reach::default()
        };
        let Some(dir) = &reach.found.dir else {
            return reach;
        };
        let goroot_src = self.modules.goroot_src();
        reach.in_std = is_standard_import_path(path) && dir.starts_with(goroot_src);
        let Some(folder) = self.folders.read(dir) else {
            return reach;
        };
        let means = |places: &Places| -> Vec<String> {
            let imports = places.keys().filter(|import| counts(import));
            let means = imports.map(|import| {
                if reach.in_std {
                    std_import(self.disk, goroot_src, path, import)
                } else {
                    import.clone()
                }
            });
            means.collect()
        };
        reach.imports = means(&folder.imports);
        let of_main = || {
            let module = reach.found.module.as_ref();
            module.is_some_and(|module| self.modules.main(&module.path).is_some())
        };
        if (self.tests.of_roots && self.roots.contains(path))
            || (self.tests.of_mains && of_main())
            || self.tests.of_all
        {
            reach.test_imports = means(&folder.test_imports);
            reach.test_imports.extend(means(&folder.xtest_imports));
        }
        reach.folder = Some(folder);
        reach
    }
}

/// Import paths that are looked for: `C` stands for cgo, and those of App Engine were never found.
fn counts(import: &str) -> bool {
    let app_engine = ["appengine", "appengine_internal"];
    import != "C" && !app_engine.iter().any(|path| has_path_prefix(import, path))
}

/// What an import means in a package of the standard library: what is vendored there comes first.
pub(super) fn std_import(disk: &Disk<'_>, goroot_src: &Path, parent: &str, path: &str) -> String {
    if is_standard_import_path(path) {
        return path.to_owned();
    }
    let vendor = if has_path_prefix(parent, "cmd") {
        "cmd/vendor"
    } else {
        "vendor"
    };
    let vendored = format!("{vendor}/{path}");
    if disk.is_dir(&goroot_src.join(&vendored)) {
        vendored
    } else {
        path.to_owned()
    }
}

impl Reached {
    /// Import paths that the pattern `all` means: the packages of the main modules and tools, and
    /// what they and their tests import.
    pub(super) fn all(&self, modules: &Modules<'_>) -> Vec<String> {
        let mut all: Vec<String> = self
            .in_all(modules)
            .into_iter()
            .map(str::to_owned)
            .collect();
        all.retain(|path| {
            // Malformed paths are reported where they are imported.
            !self.packages[path].found.is_malformed()
        });
        all.sort();
        all
    }

    fn in_all(&self, modules: &Modules<'_>) -> FxHashSet<&str> {
        let tools: FxHashSet<String> = modules.tools().into_iter().collect();
        let is_start = |(path, reach): &(&String, &Arc<Reach>)| {
            let module = reach.found.module.as_ref();
            module.is_some_and(|module| modules.main(&module.path).is_some())
                || tools.contains(*path)
        };
        let mut all: FxHashSet<&str> = FxHashSet::default();
        let starts = self.packages.iter().filter(is_start);
        let mut pending: Vec<&str> = starts.map(|(path, _)| path.as_str()).collect();
        while let Some(path) = pending.pop() {
            if let Some(reach) = self.packages.get(path).filter(|_| all.insert(path)) {
                let imports = reach.imports.iter().chain(&reach.test_imports);
                pending.extend(imports.map(String::as_str));
            }
        }
        all
    }

    /// Why the go command has to answer, if it has to: a module is not available, or `go.mod` has to
    /// be updated.
    pub(super) fn refusal(&self, modules: &Modules<'_>) -> Option<String> {
        let mut paths: Vec<&String> = self.packages.keys().collect();
        paths.sort();
        let refused = paths
            .iter()
            .find_map(|path| match &self.packages[*path].found.missing {
                Some(Missing::Refused(message)) => Some(message.clone()),
                _ => None,
            });
        if refused.is_some() || modules.is_workspace() || !modules.is_readonly() {
            return refused;
        }
        // From go 1.17 on the main module must name every module that its packages need.
        if compare_go_versions(modules.go_version(), "1.17").is_lt() {
            return None;
        }
        let all = self.in_all(modules);
        let roots: FxHashSet<&str> = self.roots.iter().map(String::as_str).collect();
        let mut used: FxHashSet<&ModuleVersion> = FxHashSet::default();
        for path in paths {
            let Some(module) = &self.packages[path].found.module else {
                continue;
            };
            let path = path.as_str();
            if modules.main(&module.path).is_some() || !(all.contains(path) || roots.contains(path))
            {
                continue;
            }
            if modules.is_root(module) {
                used.insert(module);
            } else {
                return Some(format!(
                    "go.mod has to be updated: it does not name {}",
                    module.path
                ));
            }
        }
        modules.outdated(used)
    }

    /// Why the package cannot be used, in words.
    pub(super) fn problem(&self, modules: &Modules<'_>, path: &str) -> Option<String> {
        let reach = self.packages.get(path)?;
        match &reach.found.missing {
            Some(Missing::Told(message) | Missing::Refused(message)) => Some(message.clone()),
            Some(Missing::Nowhere) => {
                let main = if modules.is_workspace() {
                    self.importing_main(modules, path)
                } else {
                    None
                };
                let main = main.and_then(|main| modules.main(&main.path));
                Some(modules.nowhere(path, main))
            }
            Some(Missing::NoSum { modules, found }) => {
                let importer = self.importer(path);
                let importer = importer.map(|(importer, is_test)| {
                    let module = self.packages[importer].found.module.as_ref();
                    (importer, module, is_test)
                });
                Some(no_sum(path, modules, *found, importer))
            }
            None => self.implicit(modules, path, reach),
        }
    }

    /// A package of a main module imports one of a module that `go.mod` does not name.
    fn implicit(&self, modules: &Modules<'_>, path: &str, reach: &Reach) -> Option<String> {
        let module = reach.found.module.as_ref()?;
        modules.main(&module.path)?;
        if !modules.is_readonly() {
            return None;
        }
        let mut implicit = reach.imports.iter().filter_map(|import| {
            let module = self.packages.get(import)?.found.module.as_ref()?;
            let known = if modules.is_workspace() {
                modules.main(&module.path).is_some() || modules.is_followed(module)
            } else {
                modules.is_root(module)
            };
            (!known).then_some((import, module))
        });
        // In a workspace the last one stays.
        let (import, module) = if modules.is_workspace() {
            implicit.last()?
        } else {
            implicit.next()?
        };
        let version = module.version.as_deref().unwrap_or_default();
        Some(format!(
            "package {path} imports {import} from implicitly required module; to add missing \
             requirements, run:\n\tgo get {}@{version}",
            module.path
        ))
    }

    /// The package through which this one is reached first, and whether by its tests.
    fn importer(&self, path: &str) -> Option<(&str, bool)> {
        self.stack(path).into_iter().next()
    }

    /// The main module that leads to a package.
    fn importing_main(&self, modules: &Modules<'_>, path: &str) -> Option<ModuleVersion> {
        let stack = self.stack(path);

        stack.into_iter().find_map(|(path, _)| {
            let module = self.packages.get(path)?.found.module.clone()?;
            modules.main(&module.path).map(|_| module)
        })
    }

    /// The shortest way from a root to the package, backwards and without it; `true` where the tests
    /// of a package are on the way.
    fn stack(&self, path: &str) -> Vec<(&str, bool)> {
        let mut from: FxHashMap<&str, Option<(&str, bool)>> = FxHashMap::default();
        let mut queue: std::collections::VecDeque<&str> = std::collections::VecDeque::new();
        for root in &self.roots {
            if from.insert(root, None).is_none() {
                queue.push_back(root);
            }
        }
        while let Some(at) = queue.pop_front() {
            let Some(reach) = self.packages.get(at) else {
                continue;
            };
            let imports = reach.imports.iter().map(|import| (import, false));
            let tests = reach.test_imports.iter().map(|import| (import, true));
            for (import, is_test) in imports.chain(tests) {
                if !from.contains_key(import.as_str()) {
                    from.insert(import, Some((at, is_test)));
                    queue.push_back(import);
                }
            }
        }
        let mut stack = Vec::new();
        let mut at = path;
        while let Some(Some(step)) = from.get(at) {
            stack.push(*step);
            at = step.0;
        }
        stack
    }
}
