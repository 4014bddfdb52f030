//! The parsed and type-checked packages of a listing, loaded once and shared by all that a run asks of them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use go_load::{CheckedPackage, Declarations, Listed, LoadOptions, SourceFile, Sources, Wanted};
use go_tool::{Listing, PackageId};
use go_types::{Sizes, Store};
use lint::TypedPackage;
use rustc_hash::FxHashMap;

use crate::analysis::Broken;
use crate::structs::package_errors;
use crate::workspace::Workspace;

/// Parsed and type-checked packages, frozen: readers take views of their own.
#[derive(Clone, Debug)]
pub struct Program {
    loaded: Arc<go_load::Loaded>,
    checked: go_load::Program,
}

impl Program {
    /// Checks packages: those of `asked` in full. Others are seen as their importers see them, unless they are
    /// variants of those, whose files they share.
    pub fn load(workspace: &Workspace, sources: &Sources, asked: &BTreeSet<PackageId>) -> Self {
        let packages = &sources.listing.packages;
        let dirs: BTreeSet<&Path> = asked.iter().map(|id| &*packages[*id].dir).collect();
        let wants = |_: &go_load::Loaded, id: PackageId| {
            if asked.contains(&id) {
                Wanted::Bodies
            } else if dirs.contains(&*packages[id].dir) {
                Wanted::Syntax
            } else {
                Wanted::Interface
            }
        };
        let cache = workspace.types.as_ref();
        let (loaded, checked) = go_load::check_cached(sources, workspace.system, cache, wants);
        if let Some(cache) = cache {
            cache.prune(workspace.system);
        }
        Self::new(loaded, checked.freeze())
    }

    /// Of packages that are checked, with their files.
    pub(crate) fn new(loaded: go_load::Loaded, checked: go_load::Program) -> Self {
        Self {
            loaded: Arc::new(loaded),
            checked,
        }
    }

    /// As [`Program::load`], of packages that the go command has listed already.
    pub fn listed(workspace: &Workspace, listing: &Listing, asked: &BTreeSet<PackageId>) -> Self {
        Self::load(workspace, &sources(workspace, listing), asked)
    }

    /// The listing and the parsed files. Packages that came from the cache have none.
    pub fn loaded(&self) -> &go_load::Loaded {
        &self.loaded
    }

    /// What the check found out about a package, by an id of the listing.
    pub fn package(&self, id: PackageId) -> &CheckedPackage {
        self.checked.package(id)
    }

    /// A store to ask what may bring types about.
    pub fn view(&self) -> Store {
        self.checked.view()
    }

    /// What is known of a package, all of it if its bodies were checked.
    pub(crate) fn known(&self, id: PackageId) -> KnownPackage<'_> {
        KnownPackage {
            listed: &self.loaded.listing.packages[id],
            goarch: &self.loaded.goarch,
            files: &self.loaded.packages[id].files,
            package: self.package(id),
            store: self.view(),
        }
    }
}

/// What is known of a package whose bodies were checked.
#[derive(Debug)]
pub(crate) struct KnownPackage<'a> {
    pub(crate) listed: &'a go_tool::Package,
    goarch: &'a str,
    /// In the order of the package's facts.
    pub(crate) files: &'a [Arc<SourceFile>],
    pub(crate) package: &'a CheckedPackage,
    /// What the ids in the facts mean.
    pub(crate) store: Store,
}

impl<'a> KnownPackage<'a> {
    /// What is wrong with it.
    pub(crate) fn errors(&self) -> Vec<Broken> {
        package_errors(self.listed, self.files, self.package, &self.store)
    }

    /// As rules look at it. Files that cgo rewrites have no types.
    pub(crate) fn typed(self, package: &lint::CheckedPackage, go_minor: u32) -> TypedPackage<'a> {
        let by_path: FxHashMap<&Path, usize> = (self.files.iter().enumerate())
            .map(|(number, source)| (source.path.as_path(), number))
            .collect();
        let facts = self.package;
        TypedPackage {
            files: (package.files.iter())
                .map(|file| facts.file(*by_path.get(file.path.as_path())?))
                .collect(),
            store: RefCell::new(self.store),
            sizes: Sizes::of_arch(self.goarch),
            go_minor,
        }
    }
}

/// Types in the bodies of packages.
#[derive(Debug)]
pub(crate) enum BodyTypes {
    /// Known of all packages at once.
    Whole(Program),
    /// Found out when a package is asked about, and forgotten then.
    OnRequest(Box<Declarations>),
}

impl BodyTypes {
    /// Of packages that the go command has listed; nobody will ask about two packages at once.
    pub(crate) fn on_request(workspace: &Workspace, listing: &Listing) -> Self {
        let cache = workspace.types.as_ref();
        let sources = sources(workspace, listing);
        let declarations = go_load::declare_cached(sources, workspace.system, cache);
        if let Some(cache) = cache {
            cache.prune(workspace.system);
        }
        Self::OnRequest(Box::new(declarations))
    }

    /// All packages, where they are known at once.
    pub(crate) fn whole(&self) -> Option<&Program> {
        match self {
            Self::Whole(program) => Some(program),
            Self::OnRequest(_) => None,
        }
    }

    /// Asks with what is known of a package.
    pub(crate) fn with<R>(
        &self,
        id: PackageId,
        ask: impl FnOnce(Option<KnownPackage<'_>>) -> R,
    ) -> R {
        match self {
            Self::Whole(program) => ask(Some(program.known(id))),
            Self::OnRequest(declarations) => {
                let Some(whole) = declarations.with_bodies(id) else {
                    return ask(None);
                };
                let loaded = declarations.loaded();
                ask(Some(KnownPackage {
                    listed: &loaded.listing.packages[id],
                    goarch: &loaded.goarch,
                    files: &whole.files,
                    package: &whole.package,
                    store: whole.store,
                }))
            }
        }
    }
}

/// The files of packages that the go command has listed.
pub(crate) fn sources(workspace: &Workspace, listing: &Listing) -> Sources {
    let listed = Listed {
        listing: listing.clone(),
        contents: FxHashMap::default(),
        refusal: None,
    };
    let options = LoadOptions::default();
    go_load::read_listed(&workspace.go, workspace.system, &options, listed)
}
