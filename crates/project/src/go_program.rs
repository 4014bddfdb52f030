//! The parsed and type-checked packages of a listing, loaded once and shared by all that a run asks of them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use go_load::{Listed, LoadOptions, Wanted};
use go_tool::{Listing, PackageId};
use go_types::Sizes;
use lint::{CheckedPackage, TypedPackage};
use rustc_hash::FxHashMap;

use crate::workspace::Workspace;

/// Type-checked packages, frozen.
#[derive(Debug)]
pub(crate) struct GoProgram {
    loaded: go_load::Loaded,
    program: go_load::Program,
}

impl GoProgram {
    /// Checks the packages of a listing: those of `bodies` in full, others as their importers see them.
    pub(crate) fn load(
        workspace: &Workspace,
        listing: &Listing,
        bodies: &BTreeSet<PackageId>,
    ) -> Self {
        let listed = Listed {
            listing: listing.clone(),
            contents: FxHashMap::default(),
            refusal: None,
        };
        let options = LoadOptions::default();
        let sources = go_load::read_listed(&workspace.go, workspace.system, &options, listed);
        let wants = |_: &go_load::Loaded, id: PackageId| {
            if bodies.contains(&id) {
                Wanted::Bodies
            } else {
                Wanted::Interface
            }
        };
        let cache = workspace.types.as_ref();
        let (loaded, checked) = go_load::check_cached(&sources, workspace.system, cache, wants);
        if let Some(cache) = cache {
            cache.prune(workspace.system);
        }
        Self {
            loaded,
            program: checked.freeze(),
        }
    }

    /// What is known of a package whose bodies were checked, file by file as `package` has them. Files that cgo
    /// rewrites have no types.
    pub(crate) fn typed(
        &self,
        id: PackageId,
        package: &CheckedPackage,
        go_minor: u32,
    ) -> TypedPackage<'_> {
        let sources = &self.loaded.packages[id].files;
        let by_path: FxHashMap<&Path, usize> = (sources.iter().enumerate())
            .map(|(number, source)| (source.path.as_path(), number))
            .collect();
        let checked = self.program.package(id);
        let files = (package.files.iter())
            .map(|file| checked.file(*by_path.get(file.path.as_path())?))
            .collect();
        TypedPackage {
            store: RefCell::new(self.program.view()),
            files,
            sizes: Sizes::of_arch(&self.loaded.goarch),
            go_minor,
        }
    }
}
