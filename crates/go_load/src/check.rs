//! Type-checking what was loaded.

use std::sync::{Arc, Mutex, PoisonError};

use base::IndexVec;
use go_syntax::{File, Node, SpecKind};
use go_tool::PackageId;
use go_types::{Declared, FileInfo, Info, Input, Name, PkgId, Problem, Sizes, Store, with_stack};
use rustc_hash::FxHashMap;

use crate::load::{Loaded, PackageSources};

/// All packages of a listing, checked.
#[derive(Debug, Default)]
pub struct Checked {
    /// Types and objects of all packages.
    pub store: Store,
    /// By the ids of the listing.
    pub packages: IndexVec<PackageId, CheckedPackage>,
}

/// What is known of one package. Files are in the order of its sources.
#[derive(Debug)]
pub struct CheckedPackage {
    /// The package in the store.
    pub pkg: PkgId,
    /// Facts about the syntax; without those of bodies that were not wanted.
    pub info: Info,
    /// Type errors, in the order they were found.
    pub problems: Vec<Problem>,
    /// Read from its summary in the cache.
    pub from_cache: bool,
}

/// Checked packages, frozen: cheap to clone and shared between threads.
#[derive(Clone, Debug)]
pub struct Program {
    store: Arc<Store>,
    packages: IndexVec<PackageId, Arc<CheckedPackage>>,
}

impl Checked {
    /// Ends the time of changes.
    pub fn freeze(self) -> Program {
        let mut store = self.store;
        store.freeze();
        let packages = self.packages.into_iter().map(Arc::new);
        Program::new(store, packages.collect())
    }
}

impl Program {
    /// The store must be frozen.
    pub(crate) fn new(store: Store, packages: IndexVec<PackageId, Arc<CheckedPackage>>) -> Self {
        Self {
            store: Arc::new(store),
            packages,
        }
    }

    /// Types and objects of all packages.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A start for further checks.
    pub(crate) fn thaw(&self) -> (Store, IndexVec<PackageId, Arc<CheckedPackage>>) {
        (self.view(), self.packages.clone())
    }

    /// By an id of the listing.
    pub fn package(&self, id: PackageId) -> &CheckedPackage {
        &self.packages[id]
    }

    /// A store to ask what may bring types about. They stay in the view.
    pub fn view(&self) -> Store {
        self.store.view()
    }
}

impl CheckedPackage {
    /// Of which nothing is known; it stands in the place of a package that is not used.
    pub(crate) fn empty() -> Self {
        Self::interface(PkgId::UNSAFE)
    }

    /// Of which no more is known than the store has.
    pub(crate) fn interface(pkg: PkgId) -> Self {
        Self {
            pkg,
            info: Info::default(),
            problems: Vec::new(),
            from_cache: false,
        }
    }

    /// What is known of a file, by its number in the package's sources.
    pub fn file(&self, number: usize) -> Option<&FileInfo> {
        self.info.files.get(number)
    }
}

/// Checks the packages in the order of their imports, then function bodies, of many packages side by side.
/// Bodies are skipped where `wants_bodies` says no: what other packages see does not depend on them.
pub fn check(loaded: &Loaded, wants_bodies: impl Fn(PackageId) -> bool + Send) -> Checked {
    with_stack(move || {
        let mut checking = Checking::default();
        for id in loaded.listing.packages.ids() {
            checking.declare(loaded, id, wants_bodies(id));
        }
        checking.finish(loaded)
    })
}

/// Packages being checked.
#[derive(Debug, Default)]
pub(crate) struct Checking {
    pub(crate) store: Store,
    pub(crate) packages: IndexVec<PackageId, CheckedPackage>,
    /// Packages whose bodies are still to be checked.
    waiting: Vec<(PackageId, Declared)>,
}

impl Checking {
    /// As [`Checking::declare`], on a stack for checks.
    pub(crate) fn add(&mut self, loaded: &Loaded, id: PackageId, wants_bodies: bool) {
        with_stack(|| self.declare(loaded, id, wants_bodies));
    }

    /// Adds the next package, whose imports are there already, with the problems of its declarations.
    fn declare(&mut self, loaded: &Loaded, id: PackageId, wants_bodies: bool) {
        let packages = &self.packages;
        let pkg_of = |id: PackageId| Some(packages.get(id)?.pkg);
        let sources = &loaded.packages[id];
        let mut declared = declare_package(&mut self.store, loaded, id, sources, &pkg_of);
        if !wants_bodies {
            let package = conclude(&mut self.store, &loaded.packages[id].trees(), &mut declared);
            self.packages.push(package);
            return;
        }
        self.packages.push(CheckedPackage {
            problems: declared.problems().to_vec(),
            ..CheckedPackage::interface(declared.pkg)
        });
        self.waiting.push((id, declared));
    }

    /// Bytes of source of the packages whose bodies are still to be checked.
    pub(crate) fn waits_for(&self, loaded: &Loaded) -> usize {
        let waiting = self.waiting.iter();
        waiting.map(|(id, _)| loaded.packages[*id].size()).sum()
    }

    /// Checks the bodies of the packages that wait for it; in the order of their imports.
    pub(crate) fn check_waiting(&mut self, loaded: &Loaded) -> Vec<PackageId> {
        let waiting = std::mem::take(&mut self.waiting);
        let ids = waiting.iter().map(|(id, _)| *id).collect();
        for (id, _, package) in check_bodies(&mut self.store, loaded, waiting) {
            self.packages[id] = package;
        }
        ids
    }

    /// Checks the bodies that were asked for.
    pub(crate) fn finish(mut self, loaded: &Loaded) -> Checked {
        self.check_waiting(loaded);
        Checked {
            store: self.store,
            packages: self.packages,
        }
    }
}

/// Checks the bodies of declared packages, side by side where there are several, in no order.
pub(crate) fn check_bodies(
    store: &mut Store,
    loaded: &Loaded,
    declared: Vec<(PackageId, Declared)>,
) -> Vec<(PackageId, Declared, CheckedPackage)> {
    let mut waiting = declared;
    // The largest are last, where they are taken from.
    waiting.sort_by_cached_key(|(id, _)| loaded.packages[*id].size());
    let threads = rayon::current_num_threads().min(waiting.len());
    let waiting = Mutex::new(waiting);
    let work = |store: &mut Store| {
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut done = Vec::new();
        while let Some((id, mut declared)) = next() {
            let package = check_bodies_of(store, &loaded.packages[id].trees(), &mut declared);
            done.push((id, declared, package));
        }
        done
    };
    if threads < 2 {
        return with_stack(|| work(store));
    }
    store
        .side_by_side(threads, work)
        .into_iter()
        .flatten()
        .collect()
}

/// Checks the bodies of one package, on a stack for checks.
pub(crate) fn check_bodies_of(
    store: &mut Store,
    files: &[&File],
    declared: &mut Declared,
) -> CheckedPackage {
    declared.check_bodies(store, files);
    conclude(store, files, declared)
}

/// Types of a test variant `p [p.test]` are those of p.
pub(crate) fn types_path(import_path: &str) -> &str {
    import_path.split(" [").next().unwrap_or_default()
}

/// Checks one package, and gives what is needed to check its bodies again. `pkg_of` knows the packages
/// before it.
pub(crate) fn check_package(
    store: &mut Store,
    loaded: &Loaded,
    id: PackageId,
    sources: &PackageSources,
    bodies: bool,
    pkg_of: &dyn Fn(PackageId) -> Option<PkgId>,
) -> (Declared, CheckedPackage) {
    let mut declared = declare_package(store, loaded, id, sources, pkg_of);
    let files = sources.trees();
    let checked = if bodies {
        check_bodies_of(store, &files, &mut declared)
    } else {
        conclude(store, &files, &mut declared)
    };
    (declared, checked)
}

/// Checks the declarations of one package.
pub(crate) fn declare_package(
    store: &mut Store,
    loaded: &Loaded,
    id: PackageId,
    sources: &PackageSources,
    pkg_of: &dyn Fn(PackageId) -> Option<PkgId>,
) -> Declared {
    let pkg = declare(store, loaded, id, sources);
    let files = sources.trees();
    let imports = imports(loaded, id, &files, pkg_of);
    let input = Input {
        files: &files,
        imports: &imports,
        sizes: Sizes::of_arch(&loaded.goarch),
        ignore_func_bodies: true,
    };
    go_types::declare_package(store, pkg, &input)
}

fn conclude(store: &mut Store, files: &[&File], declared: &mut Declared) -> CheckedPackage {
    let problems = declared.conclude(store, files);
    CheckedPackage {
        pkg: declared.pkg,
        info: std::mem::take(&mut declared.info),
        problems,
        from_cache: false,
    }
}

/// Enters the package and its files into the store.
fn declare(store: &mut Store, loaded: &Loaded, id: PackageId, sources: &PackageSources) -> PkgId {
    let listed = &loaded.listing.packages[id];
    if listed.import_path == "unsafe" {
        return PkgId::UNSAFE;
    }
    let path = types_path(&listed.import_path);
    // A package of which nothing is built here (cgo alone) has no name for go/types, and cannot be imported.
    let from_source = sources
        .files
        .first()
        .map(|source| source.file.package_name().as_str());
    let name: Name = store.names.intern(from_source.unwrap_or_default());
    let pkg = store.new_package(path, name, sources.lang.minor);
    for source in &sources.files {
        let version = sources.lang.of_file(source.file.directives.go_version);
        let file = store.files.push(go_types::SourceFile {
            base_name: source.name.as_str().into(),
            lines: source.file.lines.clone(),
            pkg,
            go_version: version.minor,
        });
        store.packages[pkg].files.push(file);
    }
    pkg
}

/// The packages that import paths in the files mean.
fn imports(
    loaded: &Loaded,
    id: PackageId,
    files: &[&File],
    pkg_of: &dyn Fn(PackageId) -> Option<PkgId>,
) -> FxHashMap<String, PkgId> {
    let mut imports = FxHashMap::default();
    for file in files {
        for &spec in &file.imports {
            debug_assert!(
                matches!(file.ast.spec(spec).kind, SpecKind::Import { .. }),
                "{:?}",
                Node::Spec(spec)
            );
            let Some(path) = file.import_path(spec) else {
                continue;
            };
            let found = loaded.resolve(id, &path).and_then(pkg_of);
            if let Some(pkg) = found {
                imports.insert(path, pkg);
            }
        }
    }
    imports
}

#[cfg(test)]
mod tests {
    use go_types::{Lookup, TypeId};

    use super::*;
    use crate::testing::load;

    #[test]
    fn readers_of_a_program_keep_what_they_make() {
        let loaded = load(&[
            (
                "a",
                &[],
                &[(
                    "a.go",
                    "package a; type List[T any] struct { next *List[T]; elem T }",
                )],
            ),
            (
                "b",
                &["a"],
                &[("b.go", "package b; import \"a\"; func F(l a.List[int]) {}")],
            ),
        ]);
        let program = check(&loaded, |_| true).freeze();
        let b = program.package(loaded.listing.find("b").unwrap());
        assert_eq!(b.problems, []);
        let n_types = program.store().type_count();
        let elem = || {
            let mut view = program.view();
            let name = view.names.find("F").unwrap();
            let func = view.scopes[view.packages[b.pkg].scope].get(name).unwrap();
            let sig = view.as_signature(view.obj_type(func)).unwrap();
            let list = view.obj_type(view.objs(sig.params)[0]);
            let elem = view.names.find("elem").unwrap();
            let a = view.packages[b.pkg].imports[0];
            let Lookup::Found(found) = view.lookup_field_or_method(list, true, Some(a), elem)
            else {
                return TypeId::INVALID;
            };
            let n_types = view.type_count();
            view.array(list, 7);
            assert!(view.type_count() > n_types);
            view.obj_type(found.obj)
        };
        let types = std::thread::scope(|scope| {
            let threads = [scope.spawn(elem), scope.spawn(elem)];
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(types, [TypeId::INT; 2]);
        assert_eq!(program.store().type_count(), n_types);
    }
}
