//! Paths by number, so that positions are small and comparable.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::IndexVec;

crate::typed_id! {
    /// A file named somewhere in the run: source, profile or log.
    pub struct FileId;
}

impl FileId {
    /// The id of the first file of a table.
    pub const FIRST: Self = Self(0);
}

/// All files named in a run. Paths are kept as the caller gives them, absolute or not.
#[derive(Clone, Debug, Default)]
pub struct FileTable {
    paths: IndexVec<FileId, PathBuf>,
    ids: HashMap<PathBuf, FileId>,
}

impl FileTable {
    pub fn intern(&mut self, path: &Path) -> FileId {
        if let Some(id) = self.ids.get(path) {
            return *id;
        }
        let id = self.paths.push(path.to_owned());
        self.ids.insert(path.to_owned(), id);
        id
    }

    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.ids.get(path).copied()
    }

    pub fn path(&self, id: FileId) -> &Path {
        &self.paths[id]
    }

    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Path)> {
        self.paths
            .iter_enumerated()
            .map(|(id, path)| (id, path.as_path()))
    }
}
