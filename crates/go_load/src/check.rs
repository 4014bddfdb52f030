//! Type-checking what was loaded.

use std::sync::Arc;

use base::IndexVec;
use go_syntax::{File, Node, SpecKind};
use go_tool::PackageId;
use go_types::{
    Declared, FileInfo, Info, Input, Name, PkgId, Problem, Sizes, Store, declare_package,
    with_stack,
};
use rustc_hash::FxHashMap;

use crate::load::{Loaded, PackageSources};

/// All packages of a listing, checked.
#[derive(Debug, Default)]
pub struct Checked {
    pub store: Store,
    /// By the ids of the listing.
    pub packages: IndexVec<PackageId, CheckedPackage>,
}

/// What is known of one package. Files are in the order of its sources.
#[derive(Debug)]
pub struct CheckedPackage {
    pub pkg: PkgId,
    pub info: Info,
    pub problems: Vec<Problem>,
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
    /// Of which nothing is known; it stands in the place of one that nobody asks.
    pub(crate) fn empty() -> Self {
        Self::interface(PkgId::UNSAFE)
    }

    /// Of which no more is known than the store has.
    pub(crate) fn interface(pkg: PkgId) -> Self {
        Self {
            pkg,
            info: Info::default(),
            problems: Vec::new(),
        }
    }

    /// What is known of a file, by its number in the package's sources.
    pub fn file(&self, number: usize) -> Option<&FileInfo> {
        self.info.files.get(number)
    }
}

/// Checks the packages in the order of their imports. Function bodies are skipped where `wants_bodies` says
/// no: what other packages see does not depend on them.
pub fn check(loaded: &Loaded, wants_bodies: impl Fn(PackageId) -> bool + Send) -> Checked {
    with_stack(|| check_all(loaded, wants_bodies))
}

fn check_all(loaded: &Loaded, wants_bodies: impl Fn(PackageId) -> bool) -> Checked {
    let mut checked = Checked::default();
    for id in loaded.listing.packages.ids() {
        let pkg_of = |id: PackageId| Some(checked.packages.get(id)?.pkg);
        let (_, package) = check_package(&mut checked.store, loaded, id, wants_bodies(id), &pkg_of);
        checked.packages.push(package);
    }
    checked
}

impl Checked {
    /// Checks the next package, whose imports are checked already.
    pub(crate) fn add(&mut self, loaded: &Loaded, id: PackageId, wants_bodies: bool) {
        let (store, packages) = (&mut self.store, &self.packages);
        let checked = with_stack(|| {
            let pkg_of = |id: PackageId| Some(packages.get(id)?.pkg);
            let (_, package) = check_package(store, loaded, id, wants_bodies, &pkg_of);
            Some(package)
        });
        if let Some(package) = checked {
            self.packages.push(package);
        }
    }
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
    bodies: bool,
    pkg_of: &dyn Fn(PackageId) -> Option<PkgId>,
) -> (Declared, CheckedPackage) {
    let sources = &loaded.packages[id];
    let pkg = declare(store, loaded, id, sources);
    let files: Vec<&File> = sources.files.iter().map(|source| &source.file).collect();
    let imports = imports(loaded, id, &files, pkg_of);
    let input = Input {
        files: &files,
        imports: &imports,
        sizes: Sizes::of_arch(&loaded.goarch),
        ignore_func_bodies: !bodies,
    };
    let mut declared = declare_package(store, pkg, &input);
    if bodies {
        declared.check_bodies(store, &files);
    }
    let problems = declared.conclude(store, &files);
    let info = std::mem::take(&mut declared.info);
    let checked = CheckedPackage {
        pkg,
        info,
        problems,
    };
    (declared, checked)
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
