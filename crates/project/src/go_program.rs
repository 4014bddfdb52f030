//! The parsed and type-checked packages of a listing, loaded once and shared by all that a run asks of them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use go_load::{CheckedPackage, Listed, LoadOptions, Sources, Wanted};
use go_tool::{Listing, PackageId};
use go_types::{Sizes, Store};
use lint::TypedPackage;
use rustc_hash::FxHashMap;

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

    /// What is known of a package whose bodies were checked, file by file as `package` has them. Files that cgo
    /// rewrites have no types.
    pub(crate) fn typed(
        &self,
        id: PackageId,
        package: &lint::CheckedPackage,
        go_minor: u32,
    ) -> TypedPackage<'_> {
        let sources = &self.loaded.packages[id].files;
        let by_path: FxHashMap<&Path, usize> = (sources.iter().enumerate())
            .map(|(number, source)| (source.path.as_path(), number))
            .collect();
        let checked = self.package(id);
        let files = (package.files.iter())
            .map(|file| checked.file(*by_path.get(file.path.as_path())?))
            .collect();
        TypedPackage {
            store: RefCell::new(self.view()),
            files,
            sizes: Sizes::of_arch(&self.loaded.goarch),
            go_minor,
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
