//! Listing and parsing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Cache, Cancellation, IndexVec, System};
use go_syntax::{File, GoVersion, Problem};
use go_tool::{Error, GoTool, ListOptions, Listing, PackageId};

use crate::loader::Loader;
use crate::sources::read;

/// What to load.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Patterns, target, tags, tests.
    pub list: ListOptions,
    /// How the packages are listed.
    pub loader: Loader,
    /// Text that stands in place of the file on disk, or where there is none, by absolute path.
    pub overlay: BTreeMap<PathBuf, Arc<[u8]>>,
    /// Where the names of files that cgo makes are kept ([`CGO_KIND`](crate::CGO_KIND)); without it only the go command
    /// lists packages that use cgo with what the compiler is given.
    pub cgo: Option<Cache>,
}

/// Packages with their files, dependencies first.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The packages, dependencies first.
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
    /// As parsed; empty if it could not be read.
    pub file: File,
    /// What is wrong with the syntax.
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
    let sources = read(go, system, cancel, options)?;
    let ids: Vec<PackageId> = sources.listing.packages.ids().collect();
    sources.parse(&ids);
    let mut loaded = sources.unparsed();
    for id in ids {
        loaded.packages[id].files = sources.parsed(id);
    }
    Ok(loaded)
}

impl PackageSources {
    /// Bytes of source.
    pub(crate) fn size(&self) -> usize {
        self.files.iter().map(|file| file.file.src.len()).sum()
    }

    pub(crate) fn trees(&self) -> Vec<&File> {
        self.files.iter().map(|source| &source.file).collect()
    }
}

impl SourceFile {
    /// The file with this text, or without any for the reason given.
    pub(crate) fn parse(path: &Path, text: Result<&[u8], &String>) -> Self {
        let (file, mut problems) = go_syntax::parse(text.unwrap_or_default());
        if text.is_err() {
            problems.clear();
        }
        Self {
            name: name_of(path, &file.src),
            path: path.to_owned(),
            file,
            problems,
            read_error: text.err().cloned(),
        }
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
