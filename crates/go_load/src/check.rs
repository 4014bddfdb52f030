//! Type-checking what was loaded.

use base::IndexVec;
use go_syntax::{File, Node, SpecKind};
use go_tool::PackageId;
use go_types::{FileInfo, Info, Input, Name, PkgId, Problem, Sizes, Store, check_package};
use rustc_hash::FxHashMap;

use crate::load::{Loaded, PackageSources};

/// All packages of a listing, checked.
#[derive(Debug)]
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

impl CheckedPackage {
    pub fn file(&self, number: usize) -> Option<&FileInfo> {
        self.info.files.get(number)
    }
}

/// Checks the packages in the order of their imports. Function bodies are skipped where `wants_bodies` says
/// no: what other packages see does not depend on them.
pub fn check(loaded: &Loaded, wants_bodies: impl Fn(PackageId) -> bool) -> Checked {
    let mut checked = Checked {
        store: Store::default(),
        packages: IndexVec::new(),
    };
    for id in loaded.listing.packages.ids() {
        checked.add(loaded, id, wants_bodies(id));
    }
    checked
}

impl Checked {
    /// Checks the next package, whose imports are checked already.
    pub(crate) fn add(&mut self, loaded: &Loaded, id: PackageId, wants_bodies: bool) {
        let sources = &loaded.packages[id];
        let pkg = declare(&mut self.store, loaded, id, sources);
        let files: Vec<&File> = sources.files.iter().map(|source| &source.file).collect();
        let imports = imports(loaded, id, &files, &self.packages);
        let input = Input {
            files: &files,
            imports: &imports,
            sizes: Sizes::of_arch(&loaded.goarch),
            ignore_func_bodies: !wants_bodies,
        };
        let (info, problems) = check_package(&mut self.store, pkg, &input);
        self.packages.push(CheckedPackage {
            pkg,
            info,
            problems,
        });
    }
}

/// Types of a test variant `p [p.test]` are those of p.
pub(crate) fn types_path(import_path: &str) -> &str {
    import_path.split(" [").next().unwrap_or_default()
}

/// Enters the package and its files into the store.
fn declare(store: &mut Store, loaded: &Loaded, id: PackageId, sources: &PackageSources) -> PkgId {
    let listed = &loaded.listing.packages[id];
    if listed.import_path == "unsafe" {
        return PkgId::UNSAFE;
    }
    let path = types_path(&listed.import_path);
    let from_source = sources
        .files
        .first()
        .map(|source| source.file.package_name().as_str());
    let name = if listed.name.is_empty() {
        from_source.unwrap_or_default()
    } else {
        &listed.name
    };
    let name: Name = store.names.intern(name);
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
    checked: &IndexVec<PackageId, CheckedPackage>,
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
            let found = loaded.resolve(id, &path).and_then(|id| checked.get(id));
            if let Some(package) = found {
                imports.insert(path, package.pkg);
            }
        }
    }
    imports
}
