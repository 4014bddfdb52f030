//! The go command, the packages of a request, and their compiled decisions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::{Cache, Cancellation, System};
use diag::{NamedDir, PathNames};
use go_tool::{CompileOptions, GoTool, ListOptions, Listing, PackageId, Products};

use crate::decision_source::{CompilerLog, DecisionSource};

/// Everything a command works with.
#[derive(Clone, Debug)]
pub struct Workspace<'a> {
    pub system: &'a dyn System,
    pub cancel: &'a Cancellation,
    pub go: GoTool,
    /// Where the go command runs.
    pub dir: PathBuf,
    pub cache: Cache,
    /// Of packages that were type-checked; `None`: all are checked from source.
    pub types: Option<Cache>,
    /// Names of files that cgo makes; `None` if nothing is to be kept.
    pub cgo: Option<Cache>,
    /// Of functions as `leak check` reads them; `None`: all are read from source.
    pub parts: Option<Cache>,
    /// What answers which decisions the compiler takes.
    pub(crate) source: &'static dyn DecisionSource,
}

/// Which packages, and how they are compiled.
#[expect(clippy::struct_excessive_bools, reason = "flags of the go command")]
#[derive(Clone, Debug, Default)]
pub struct PackageRequest {
    /// As `go list` takes them; none means the package in the folder.
    pub patterns: Vec<String>,
    pub tags: Option<String>,
    /// Further flags of the go command, such as `-overlay=FILE`.
    pub flags: Vec<String>,
    /// With their tests.
    pub tests: bool,
    /// With the race detector.
    pub race: bool,
    /// Without inlining (`-l`).
    pub no_inlining: bool,
    /// With this CPU profile; otherwise without any.
    pub pgo: Option<PathBuf>,
    /// Ask for the chains of inlined calls too, which takes the compiler to its end.
    pub inline_chains: bool,
}

/// The packages of a request.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub listing: Listing,
    /// The packages that were asked for and have Go files.
    pub roots: Vec<Root>,
    pub options: ListOptions,
}

/// A package that was asked for.
#[derive(Clone, Debug)]
pub struct Root {
    pub id: PackageId,
    /// Without the suffix of test variants.
    pub import_path: String,
    pub name: String,
    pub dir: PathBuf,
    /// Its sources, absolute.
    pub files: Vec<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Go(#[from] go_tool::Error),
    /// In the go command's words.
    #[error("{0}")]
    NotFound(String),
    #[error("no packages with Go files matched {0}")]
    NoGoFiles(String),
}

impl LoadError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Go(error) => error.hint().map(str::to_owned),
            Self::NotFound(_) | Self::NoGoFiles(_) => None,
        }
    }
}

/// The kind of the cache's entries: changes with the format of decisions.
const KIND: &str = "decisions-1";

impl<'a> Workspace<'a> {
    /// Finds the go command for `dir`; `go` is what the user named instead of the one on PATH.
    pub fn open(
        system: &'a dyn System,
        cancel: &'a Cancellation,
        go: Option<&Path>,
        dir: &Path,
        use_cache: bool,
    ) -> Result<Self, LoadError> {
        let open = |kind| use_cache.then(|| Cache::open(system, kind));
        let (types, cgo) = (open(go_load::KIND), open(go_load::CGO_KIND));
        let parts = open(crate::leaks::KIND);
        Ok(Self {
            system,
            cancel,
            go: go_load::find_go(system, cancel, go, dir)?,
            dir: dir.to_owned(),
            cache: open(KIND).unwrap_or_else(Cache::none),
            types,
            cgo,
            parts,
            source: &CompilerLog,
        })
    }

    /// How the sources of these packages are called: GOROOT and the module cache by their names.
    pub fn path_names(&self) -> PathNames {
        let env = &self.go.env;
        let named = [("$GOROOT", &env.goroot), ("$GOMODCACHE", &env.gomodcache)];
        PathNames {
            current_dir: self.system.current_dir().ok(),
            named: named
                .map(|(name, dir)| NamedDir {
                    name: name.to_owned(),
                    dir: dir.clone(),
                })
                .to_vec(),
        }
    }

    pub fn go_minor(&self) -> u32 {
        self.go.version.minor
    }

    /// Lists the packages of a request; their dependencies are built where that is needed.
    pub fn load(&self, request: &PackageRequest) -> Result<Loaded, LoadError> {
        self.load_with(request, Products::Export)
    }

    /// As [`Workspace::load`], without building anything.
    pub(crate) fn load_sources(&self, request: &PackageRequest) -> Result<Loaded, LoadError> {
        let options = go_load::LoadOptions {
            list: self.list_options(request, Products::Generated),
            overlay: BTreeMap::clone(&self.system.unsaved()),
            cgo: self.cgo.clone(),
            ..go_load::LoadOptions::default()
        };
        let listed = go_load::list(&self.go, self.system, self.cancel, &options)?;
        let roots = found(&listed.listing, &request.patterns)?;
        Ok(Loaded {
            listing: listed.listing,
            roots,
            options: options.list,
        })
    }

    /// How the go command is asked for the packages of a request.
    pub(crate) fn list_options(&self, request: &PackageRequest, products: Products) -> ListOptions {
        ListOptions {
            products,
            dir: self.dir.clone(),
            patterns: request.patterns.clone(),
            tags: request.tags.clone(),
            tests: request.tests,
            race: request.race,
            flags: request.flags.clone(),
            pgo: Some(match &request.pgo {
                Some(path) => self.dir.join(path).display().to_string(),
                None => "off".to_owned(),
            }),
            ..ListOptions::default()
        }
    }

    fn load_with(&self, request: &PackageRequest, products: Products) -> Result<Loaded, LoadError> {
        let options = self.list_options(request, products);
        let unsaved = self.system.unsaved();
        let listing =
            go_tool::list_unsaved(&self.go, self.system, self.cancel, &options, &unsaved)?;
        let roots = found(&listing, &request.patterns)?;
        Ok(Loaded {
            listing,
            roots,
            options,
        })
    }
}

/// The packages that the patterns matched. `Err` if one matches nothing, or none has Go files.
pub(crate) fn found(listing: &Listing, patterns: &[String]) -> Result<Vec<Root>, LoadError> {
    // A pattern that matches nothing is listed as a package that is nowhere.
    let nowhere = |id: &&PackageId| listing.packages[**id].dir.as_os_str().is_empty();
    if let Some(id) = listing.roots.iter().find(nowhere) {
        let package = &listing.packages[*id];
        let error = package.errors.first().map(|error| error.message.clone());
        return Err(LoadError::NotFound(error.unwrap_or_else(|| {
            format!("no packages matched `{}`", package.import_path)
        })));
    }
    let roots: Vec<Root> = (listing.roots.iter())
        .filter_map(|id| root(listing, *id))
        .collect();
    let mut packages = roots.iter().map(|root| &listing.packages[root.id]);
    if let Some(first) = packages.next()
        && let Some(message) = has_no_files(first)
        && packages.all(|package| has_no_files(package).is_some())
    {
        return Err(LoadError::NotFound(message.to_owned()));
    }
    if roots.is_empty() {
        let patterns = if patterns.is_empty() {
            "the current folder".to_owned()
        } else {
            format!("`{}`", patterns.join("`, `"))
        };
        return Err(LoadError::NoGoFiles(patterns));
    }
    Ok(roots)
}

/// The go command's words for a folder without Go files, or without any for this system.
fn has_no_files(package: &go_tool::Package) -> Option<&str> {
    let message = package.errors.first()?.message.as_str();
    let says_so = |start: &&str| message.starts_with(start);
    ([
        "no Go files in ",
        "build constraints exclude all Go files in ",
    ]
    .iter())
    .any(says_so)
    .then_some(message)
}

/// A package with Go files, or with errors to report.
pub(crate) fn root(listing: &Listing, id: PackageId) -> Option<Root> {
    let package = &listing.packages[id];
    if package.go_files.is_empty() && package.cgo_files.is_empty() && package.errors.is_empty() {
        return None;
    }
    let mut files: Vec<PathBuf> = (package.go_files.iter().chain(&package.cgo_files))
        .map(|name| package.dir.join(name))
        .collect();
    files.sort();
    Some(Root {
        id,
        import_path: package.plain_path().to_owned(),
        name: package.name.clone(),
        dir: package.dir.clone(),
        files,
    })
}

/// How a package is compiled.
#[derive(Clone, Debug, Default)]
pub(crate) struct CompileRequest {
    pub(crate) options: CompileOptions,
}

impl CompileRequest {
    pub(crate) fn of(request: &PackageRequest) -> Self {
        Self {
            options: CompileOptions {
                m_level: 2,
                no_inline: request.no_inlining,
                race: request.race,
                json: request.inline_chains,
                ..CompileOptions::default()
            },
        }
    }
}
