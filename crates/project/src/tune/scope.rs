//! The packages that a run is about: those with the deciding benchmarks, and those of the module whose tests a change
//! has to pass.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use go_tool::{ListOptions, Listing, Package, PackageId, Products};

use super::variant::Texts;
use super::{TuneError, TuneRequest};
use crate::changed_files::is_own;
use crate::workspace::Workspace;

/// Packages by import path, without the suffix of variants.
pub(super) struct Scope {
    pub(super) listing: Listing,
    pub(super) options: ListOptions,
    /// Those that were named.
    pub(super) asked: BTreeSet<String>,
    /// Packages with tests or benchmarks: an entry of the listing each.
    pub(super) tested: BTreeMap<String, PackageId>,
    /// What the test program of a package is built of, as far as it is worked on.
    parts: BTreeMap<String, BTreeSet<String>>,
    /// Import paths by folder.
    by_dir: BTreeMap<PathBuf, String>,
    /// `example.com/m/...` of each module that is worked on; as named where there is no module.
    pub(super) all: Vec<String>,
}

impl Scope {
    pub(super) fn load(workspace: &Workspace, request: &TuneRequest) -> Result<Self, TuneError> {
        let named = workspace.load_sources(&request.packages)?;
        let asked: BTreeSet<String> = (named.roots.iter())
            .map(|root| root.import_path.clone())
            .collect();
        let mut all: BTreeSet<String> = BTreeSet::new();
        for root in &named.roots {
            let module = named.listing.packages[root.id].module.as_ref();
            match module.filter(|module| module.main) {
                Some(module) => all.insert(format!("{}/...", module.path)),
                None => all.insert(root.import_path.clone()),
            };
        }
        let all: Vec<String> = all.into_iter().collect();
        let options = ListOptions {
            products: Products::Generated,
            patterns: all.clone(),
            tests: true,
            ..named.options
        };
        let listing = go_tool::list(&workspace.go, workspace.system, workspace.cancel, &options)?;
        let mut scope = Self {
            options: ListOptions {
                tests: false,
                ..options
            },
            asked,
            tested: BTreeMap::new(),
            parts: BTreeMap::new(),
            by_dir: BTreeMap::new(),
            all,
            listing: Listing::default(),
        };
        scope.index(workspace, &listing);
        scope.listing = listing;
        Ok(scope)
    }

    fn index(&mut self, workspace: &Workspace, listing: &Listing) {
        for id in &listing.roots {
            let package = &listing.packages[*id];
            let path = under_test(package);
            if package.name == "main" && package.is_test_main() || !is_own(workspace, package) {
                continue;
            }
            if !package.import_path.contains("_test [") {
                self.by_dir.insert(package.dir.clone(), path.to_owned());
            }
            let tests = package
                .go_files
                .iter()
                .any(|file| file.ends_with("_test.go"));
            if tests || package.has_tests() {
                self.tested.entry(path.to_owned()).or_insert(*id);
            }
            let parts = self.parts.entry(path.to_owned()).or_default();
            reach(workspace, listing, *id, parts);
        }
    }

    /// The sources of the packages that are worked on.
    pub(super) fn texts(&self, workspace: &Workspace) -> Texts {
        let mut texts = Texts::new();
        for package in self
            .listing
            .packages
            .iter()
            .filter(|it| is_own(workspace, it))
        {
            for name in &package.go_files {
                let path = package.dir.join(name);
                if let Ok(text) = workspace.system.read(&path) {
                    texts.insert(path, text.into());
                }
            }
        }
        texts
    }

    /// The package of a source file.
    pub(super) fn package_of(&self, path: &Path) -> Option<&str> {
        self.by_dir.get(path.parent()?).map(String::as_str)
    }

    /// A source file as coverage profiles name it.
    pub(super) fn coverage_name(&self, path: &Path) -> Option<String> {
        let name = path.file_name()?.to_string_lossy();
        Some(format!("{}/{name}", self.package_of(path)?))
    }

    /// Packages with tests whose program has a part in these.
    pub(super) fn affected(&self, packages: &BTreeSet<&str>) -> Vec<&str> {
        let has_part = |path: &&str| {
            let parts = self.parts.get(*path);
            parts.is_some_and(|parts| packages.iter().any(|one| parts.contains(*one)))
        };
        self.tested
            .keys()
            .map(String::as_str)
            .filter(has_part)
            .collect()
    }
}

fn under_test(package: &Package) -> &str {
    package.for_test.as_deref().unwrap_or(package.plain_path())
}

/// Adds a package and what it imports of the modules that are worked on.
fn reach(workspace: &Workspace, listing: &Listing, from: PackageId, parts: &mut BTreeSet<String>) {
    let mut seen = BTreeSet::from([from]);
    let mut todo = vec![from];
    while let Some(id) = todo.pop() {
        let package = &listing.packages[id];
        if !is_own(workspace, package) {
            continue;
        }
        parts.insert(under_test(package).to_owned());
        parts.insert(package.plain_path().to_owned());
        let imports = package.imports.iter().filter_map(|path| listing.find(path));
        todo.extend(imports.filter(|id| seen.insert(*id)));
    }
}
