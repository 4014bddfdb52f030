//! Listing and parsing.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Cancellation, IndexVec, System};
use go_syntax::{File, GoVersion, Problem};
use go_tool::{Error, GoTool, ListOptions, Listing, Package, PackageId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::language::package_version;
use crate::loader::{Loader, list};

/// What to load.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Patterns, target, tags, tests.
    pub list: ListOptions,
    /// Who lists the packages.
    pub loader: Loader,
    /// Text that stands in place of the file on disk, by absolute path.
    pub overlay: BTreeMap<PathBuf, Arc<[u8]>>,
}

/// Packages with their files, dependencies first.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub listing: Listing,
    /// By the ids of `listing.packages`.
    pub packages: IndexVec<PackageId, PackageSources>,
    /// The architecture the packages are built for: `amd64`.
    pub goarch: String,
}

/// The files of one package.
#[derive(Clone, Debug)]
pub struct PackageSources {
    /// In the order in which the go command hands them to the compiler. Test variants share the
    /// files of their package.
    pub files: Vec<Arc<SourceFile>>,
    /// Language version of the package; that of a file may differ by its build constraint.
    pub lang: GoVersion,
}

/// A parsed file.
#[derive(Debug)]
pub struct SourceFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// What it is called in positions: the base name of the path. Files that cgo made are in the
    /// build cache under a hash and have the name cgo gave them, or that of the file they were made
    /// from.
    pub name: String,
    pub file: File,
    pub problems: Vec<Problem>,
    /// Why there is no text; the file then is empty.
    pub read_error: Option<String>,
}

impl Loaded {
    /// The package that `importer` means by `path` in its source.
    pub fn resolve(&self, importer: PackageId, path: &str) -> Option<PackageId> {
        let import_map = &self.listing.packages[importer].import_map;
        let path = import_map.get(path).map_or(path, String::as_str);
        self.listing.find(path)
    }
}

/// Lists the packages, and reads and parses the files of all of them, dependencies included.
///
/// Files that cannot be read or parsed are data; `Err` is for a go command that cannot answer.
pub fn load(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    options: &LoadOptions,
) -> Result<Loaded, Error> {
    let mut listed = list(go, system, cancel, options)?;
    let contents = std::mem::take(&mut listed.contents);
    let packages = parse_known(go, system, options, &listed.listing, &contents);
    let chosen = options.list.env.iter().find(|(name, _)| name == "GOARCH");
    let goarch = chosen.map_or(&go.env.goarch, |(_, goarch)| goarch).clone();
    Ok(Loaded {
        listing: listed.listing,
        packages,
        goarch,
    })
}

/// Reads and parses the files of a listing.
pub fn parse(
    go: &GoTool,
    system: &dyn System,
    options: &LoadOptions,
    listing: &Listing,
) -> IndexVec<PackageId, PackageSources> {
    parse_known(go, system, options, listing, &Contents::default())
}

/// Files that have been read, by absolute path.
type Contents = FxHashMap<PathBuf, Arc<[u8]>>;

fn parse_known(
    go: &GoTool,
    system: &dyn System,
    options: &LoadOptions,
    listing: &Listing,
    contents: &Contents,
) -> IndexVec<PackageId, PackageSources> {
    let paths: IndexVec<PackageId, Vec<PathBuf>> = listing.packages.iter().map(sources).collect();
    let mut numbers: HashMap<&Path, usize> = HashMap::new();
    let mut unique: Vec<&Path> = Vec::new();
    for path in paths.iter().flatten() {
        numbers.entry(path).or_insert_with(|| {
            unique.push(path);
            unique.len() - 1
        });
    }
    let files: Vec<Arc<SourceFile>> = (unique.par_iter())
        .map(|path| Arc::new(read(system, &options.overlay, contents, path)))
        .collect();
    let of_package = |(id, package): (PackageId, &Package)| PackageSources {
        files: (paths[id].iter())
            .map(|path| Arc::clone(&files[numbers[path.as_path()]]))
            .collect(),
        lang: package_version(go, package),
    };
    listing.packages.iter_enumerated().map(of_package).collect()
}

/// Absolute paths of what the compiler is given, Go assembly apart.
fn sources(package: &Package) -> Vec<PathBuf> {
    let has_generated = package.uses_cgo() && !package.compiled_go_files.is_empty();
    let names = if has_generated {
        &package.compiled_go_files
    } else {
        &package.go_files
    };
    let names = names.iter().map(Path::new);
    let is_assembly = |name: &Path| name.extension().is_some_and(|e| e == "s" || e == "S");
    names
        .filter(|name| !is_assembly(name))
        .map(|name| package.dir.join(name))
        .collect()
}

fn read(
    system: &dyn System,
    overlay: &BTreeMap<PathBuf, Arc<[u8]>>,
    contents: &Contents,
    path: &Path,
) -> SourceFile {
    let (text, read_error) = match overlay.get(path).or_else(|| contents.get(path)) {
        Some(text) => (Arc::clone(text), None),
        None => match system.read(path) {
            Ok(text) => (Arc::from(text), None),
            Err(error) => (Arc::from([]), Some(error.to_string())),
        },
    };
    let (file, mut problems) = go_syntax::parse(&text);
    if read_error.is_some() {
        problems.clear();
    }
    SourceFile {
        name: name_of(path, &file.src),
        path: path.to_owned(),
        file,
        problems,
        read_error,
    }
}

/// The name of a file; of one that cgo made, by its content.
fn name_of(path: &Path, text: &str) -> String {
    let base_name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    if path.extension().is_some_and(|extension| extension == "go") {
        return base_name(path);
    }
    if text.contains("\nfunc _Cgo_ptr(") {
        return "_cgo_gotypes.go".to_owned();
    }
    let mut head = text
        .lines()
        .take_while(|line| !line.starts_with("package "));
    match head.find_map(|line| line.strip_prefix("//line ")) {
        Some(rest) => base_name(Path::new(rest.split(':').next().unwrap_or(rest))),
        None => "_cgo_import.go".to_owned(),
    }
}
