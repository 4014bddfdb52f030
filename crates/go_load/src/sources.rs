//! The texts of a listing, each read once and parsed when first needed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use base::{Cancellation, IndexVec, Key, System};
use go_syntax::GoVersion;
use go_tool::{Error, GoTool, Listing, Package, PackageId};
use rayon::prelude::*;

use crate::language::package_version;
use crate::load::{LoadOptions, Loaded, PackageSources, SourceFile};
use crate::loader::{Listed, list_for};

/// A listing with the texts of its files. Hashes stay; trees stay until the check of their package is done with them.
#[derive(Debug)]
pub struct Sources {
    /// The packages whose files are read.
    pub listing: Listing,
    /// The architecture the packages are built for: `amd64`.
    pub goarch: String,
    langs: IndexVec<PackageId, GoVersion>,
    files: Vec<Text>,
    /// Indices of `files`.
    of_package: IndexVec<PackageId, Vec<usize>>,
}

#[derive(Debug)]
struct Text {
    path: PathBuf,
    /// Or why there is none.
    content: Result<Arc<[u8]>, String>,
    hash: OnceLock<Key>,
    parsed: RwLock<Option<Arc<SourceFile>>>,
}

/// Lists the packages and reads the files of all of them, dependencies included.
///
/// Files that cannot be read are data; `Err` is for a go command that cannot answer.
pub fn read(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    options: &LoadOptions,
) -> Result<Sources, Error> {
    let listed = list_for(go, system, cancel, options, true)?;
    Ok(read_listed(go, system, options, listed))
}

/// Reads the files of a listing.
pub fn read_listed(
    go: &GoTool,
    system: &dyn System,
    options: &LoadOptions,
    listed: Listed,
) -> Sources {
    let listing = listed.listing;
    let mut numbers: HashMap<PathBuf, usize> = HashMap::new();
    let mut unique: Vec<PathBuf> = Vec::new();
    let mut number = |path: PathBuf| {
        *numbers.entry(path).or_insert_with_key(|path| {
            unique.push(path.clone());
            unique.len() - 1
        })
    };
    let of_package = (listing.packages.iter())
        .map(|package| paths_of(package).into_iter().map(&mut number).collect())
        .collect();
    let files = (unique.into_par_iter())
        .map(|path| {
            let known = options
                .overlay
                .get(&path)
                .or_else(|| listed.contents.get(&path));
            let content = match known {
                Some(text) => Ok(Arc::clone(text)),
                None => match system.read(&path) {
                    Ok(text) => Ok(Arc::from(text)),
                    Err(error) => Err(base::io_reason(&error)),
                },
            };
            Text {
                path,
                content,
                hash: OnceLock::new(),
                parsed: RwLock::default(),
            }
        })
        .collect();
    let chosen = options.list.env.iter().find(|(name, _)| name == "GOARCH");
    Sources {
        langs: (listing.packages.iter())
            .map(|package: &Package| package_version(go, package))
            .collect(),
        goarch: chosen.map_or(&go.env.goarch, |(_, goarch)| goarch).clone(),
        listing,
        files,
        of_package,
    }
}

/// Absolute paths of what the compiler is given, Go assembly apart.
fn paths_of(package: &Package) -> Vec<PathBuf> {
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

impl Text {
    /// `None` if there is no text.
    fn hash(&self) -> Option<&Key> {
        let text = self.content.as_ref().ok()?;
        Some(self.hash.get_or_init(|| *blake3::hash(text).as_bytes()))
    }

    fn parsed(&self) -> Arc<SourceFile> {
        if let Some(parsed) = self.known() {
            return parsed;
        }
        let text = self.content.as_ref().map(|text| &**text);
        let parsed = Arc::new(SourceFile::parse(&self.path, text));
        let mut slot = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster.
        Arc::clone(slot.get_or_insert(parsed))
    }

    fn known(&self) -> Option<Arc<SourceFile>> {
        let slot = self.parsed.read().unwrap_or_else(PoisonError::into_inner);
        slot.clone()
    }
}

impl Sources {
    /// The listing alone: texts and trees are let go of.
    pub fn into_listing(self) -> Listing {
        self.listing
    }

    /// All packages, none of them parsed.
    pub(crate) fn unparsed(&self) -> Loaded {
        let packages = self.langs.iter().map(|lang| PackageSources {
            files: Vec::new(),
            lang: *lang,
        });
        Loaded {
            packages: packages.collect(),
            listing: self.listing.clone(),
            goarch: self.goarch.clone(),
        }
    }

    /// The files of a package, parsed.
    pub fn parsed(&self, id: PackageId) -> Vec<Arc<SourceFile>> {
        self.parse(&[id]);
        let texts = self.of_package[id].iter();
        texts.map(|text| self.files[*text].parsed()).collect()
    }

    /// Parses the files of these packages in parallel.
    pub(crate) fn parse(&self, ids: &[PackageId]) {
        let texts = ids.par_iter().flat_map(|id| &self.of_package[*id]);
        texts.for_each(|text| {
            self.files[*text].parsed();
        });
    }

    /// Whether the files of the package are parsed already.
    pub(crate) fn is_parsed(&self, id: PackageId) -> bool {
        let mut texts = self.of_package[id].iter();
        texts.all(|text| self.files[*text].known().is_some())
    }

    /// Drops the trees of a package unless someone holds them; they are parsed again when asked for.
    pub(crate) fn forget(&self, id: PackageId) {
        for text in &self.of_package[id] {
            let slot = self.files[*text].parsed.write();
            *slot.unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    pub(crate) fn lang(&self, id: PackageId) -> GoVersion {
        self.langs[id]
    }

    /// Hashes all files in parallel.
    pub(crate) fn hash(&self) {
        self.files.par_iter().for_each(|text| {
            text.hash();
        });
    }

    /// Paths of the files of a package.
    pub fn paths(&self, id: PackageId) -> impl Iterator<Item = &Path> {
        let texts = self.of_package[id].iter().map(|text| &self.files[*text]);
        texts.map(|text| &*text.path)
    }

    /// Paths and hashes of the files of a package; `None` if one of them could not be read.
    pub(crate) fn hashes(&self, id: PackageId) -> Option<Vec<(&Path, &Key)>> {
        let texts = self.of_package[id].iter().map(|text| &self.files[*text]);
        texts
            .map(|text| Some((&*text.path, text.hash()?)))
            .collect()
    }
}
