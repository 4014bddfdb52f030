//! Bodies of one package at a time.

use std::sync::Arc;

use go_syntax::File;
use go_tool::PackageId;
use go_types::{Declared, Store, with_stack};
use rustc_hash::FxHashMap;

use crate::check::{CheckedPackage, Program, check_bodies_of};
use crate::load::SourceFile;
use crate::sources::Sources;

/// Packages whose declarations are checked. What is in a body is known only while somebody asks about its package:
/// trees and facts of all bodies are several times as large as what importers see.
#[derive(Debug)]
pub struct Declarations {
    sources: Sources,
    program: Program,
    waiting: FxHashMap<PackageId, Declared>,
}

/// A package with its bodies.
#[derive(Debug)]
pub struct WholePackage {
    /// In the order of the package's facts.
    pub files: Vec<Arc<SourceFile>>,
    /// Facts and problems.
    pub package: CheckedPackage,
    /// What the ids in the facts mean; a view of the declarations' store.
    pub store: Store,
}

impl Declarations {
    pub(crate) fn new(
        sources: Sources,
        program: Program,
        waiting: Vec<(PackageId, Declared)>,
    ) -> Self {
        Self {
            sources,
            program,
            waiting: waiting.into_iter().collect(),
        }
    }

    /// The architecture the packages are built for: `amd64`.
    pub fn goarch(&self) -> &str {
        &self.sources.goarch
    }

    /// Checks the bodies of a package; `None` if they were not wanted. Threads may ask side by side. Asked again, it
    /// checks again.
    pub fn with_bodies(&self, id: PackageId) -> Option<WholePackage> {
        let mut declared = self.waiting.get(&id)?.clone();
        let files = self.sources.parsed(id);
        self.sources.forget(id);
        let mut store = self.program.view();
        let package = with_stack(|| {
            let trees: Vec<&File> = files.iter().map(|source| &source.file).collect();
            Some(check_bodies_of(&mut store, &trees, &mut declared))
        })?;
        Some(WholePackage {
            files,
            package,
            store,
        })
    }
}
