//! Functions of packages as earlier runs have read them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base::{Cache, IndexVec, Key};
use concurrency::Part;
use go_load::Sources;
use go_tool::PackageId;
use rustc_hash::FxHashMap;

use crate::workspace::Workspace;

/// The kind of the cache's entries: changes with how they are packed.
pub(crate) const KIND: &str = "leaks-1";

/// The parts that the cache has, and where others are put. A part depends on all sources below its package, and on which
/// packages are read at all: all of that is in its key.
pub(super) struct Parts<'a> {
    workspace: &'a Workspace<'a>,
    cache: Option<&'a Cache>,
    keys: IndexVec<PackageId, Option<Key>>,
    paths: FxHashMap<PackageId, Vec<PathBuf>>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(
        workspace: &'a Workspace<'a>,
        sources: &Sources,
        read: &BTreeSet<PackageId>,
    ) -> Self {
        let cache = workspace.parts.as_ref();
        let paths = |id| {
            let paths = sources.paths(id).filter(|path| is_source(path));
            paths.map(Path::to_owned).collect()
        };
        Self {
            workspace,
            paths: read.iter().map(|id| (*id, paths(*id))).collect(),
            keys: match cache {
                Some(_) => go_load::content_keys(sources, |id| read.contains(&id)),
                None => IndexVec::new(),
            },
            cache,
        }
    }

    /// Paths of the files that a package's part is of.
    pub(super) fn take_paths(&mut self, id: PackageId) -> Vec<PathBuf> {
        self.paths.remove(&id).unwrap_or_default()
    }

    /// The part of a package, if the cache has it.
    pub(super) fn get(&self, id: PackageId) -> Option<Part> {
        let bytes = self.cache?.get(self.workspace.system, &self.key(id)?)?;
        Part::from_bytes(go_load::without_checksum(&bytes)?)
    }

    /// Keeps a part for later runs.
    pub(super) fn keep(&self, id: PackageId, part: &Part) {
        if let (Some(cache), Some(key)) = (self.cache, self.key(id)) {
            let artefact = go_load::with_checksum(part.to_bytes());
            // What cannot be kept is made again.
            let _ = cache.put(self.workspace.system, &key, &artefact);
        }
    }

    fn key(&self, id: PackageId) -> Option<Key> {
        let own = self.keys.get(id).copied().flatten()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(KIND.as_bytes());
        hasher.update(Part::VERSION.as_bytes());
        hasher.update(&own);
        Some(*hasher.finalize().as_bytes())
    }
}

/// Files that cgo made are in nobody's source.
pub(super) fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "go")
}
