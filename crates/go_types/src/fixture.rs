//! Packages that are parsed and checked from texts, for the tests of the crates above.

use go_syntax::File;
use rustc_hash::FxHashMap;

use crate::{Info, Input, PkgId, Sizes, SourceFile, Store, check_package};

/// What was checked.
#[derive(Debug)]
pub struct Fixture {
    pub store: Store,
    /// In the order of their sources.
    pub packages: Vec<FixturePackage>,
}

/// A package of one file.
#[derive(Debug)]
pub struct FixturePackage {
    /// Import path.
    pub path: String,
    pub id: PkgId,
    pub file: File,
    pub info: Info,
}

/// Checks packages of one file each for amd64 and Go 1.27: import path, base name of the file, text. Each can import
/// those before it, and package unsafe.
///
/// # Panics
///
/// Where a text does not parse or type-check.
pub fn checked(sources: &[(&str, &str, &str)]) -> Fixture {
    let mut store = Store::default();
    let mut imports: FxHashMap<String, PkgId> = FxHashMap::default();
    imports.insert("unsafe".to_owned(), PkgId::UNSAFE);
    let mut packages = Vec::new();
    for (path, base_name, text) in sources {
        let (file, problems) = go_syntax::parse(text.as_bytes());
        assert!(problems.is_empty(), "{path}: {problems:?}");
        let name = store.names.intern(file.package_name().as_str());
        let id = store.new_package(path, name, 27);
        let source = store.files.push(SourceFile {
            base_name: (*base_name).into(),
            lines: file.lines.clone(),
            pkg: id,
            go_version: 27,
        });
        store.packages[id].files.push(source);
        let input = Input {
            files: &[&file],
            imports: &imports,
            sizes: Sizes::AMD64,
            ignore_func_bodies: false,
        };
        let (info, problems) = check_package(&mut store, id, &input);
        assert!(problems.is_empty(), "{path}: {problems:?}");
        imports.insert((*path).to_owned(), id);
        packages.push(FixturePackage {
            path: (*path).to_owned(),
            id,
            file,
            info,
        });
    }
    Fixture { store, packages }
}
