//! Files and folders with unsaved text laid over them, each looked at once.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base::System;
use base::system::{DirEntry, EntryKind};
use rustc_hash::FxHashMap;

use super::paths::extension;

/// Text that stands in place of the file on disk, by absolute path.
pub(crate) type Overlay = BTreeMap<PathBuf, Arc<[u8]>>;

/// A folder's entries, sorted by name; `None` if it cannot be read.
type Entries = Option<Arc<[DirEntry]>>;

/// The machine's files under an overlay. Folders are read once; threads may share it.
#[derive(Debug)]
pub(super) struct Disk<'a> {
    pub(super) system: &'a dyn System,
    overlay: &'a Overlay,
    folders: [Mutex<FxHashMap<PathBuf, Entries>>; SHARDS],
    /// Whole files that were read, for the next step; `None` if none needs them.
    contents: Option<Mutex<FxHashMap<PathBuf, Arc<[u8]>>>>,
    /// A Go file in a folder without others that is a link to nothing.
    dead_end: OnceLock<PathBuf>,
}

/// So that threads seldom wait for each other.
const SHARDS: usize = 8;

impl<'a> Disk<'a> {
    pub(super) fn new(system: &'a dyn System, overlay: &'a Overlay, keep: bool) -> Self {
        Self {
            system,
            overlay,
            folders: Default::default(),
            contents: keep.then(Mutex::default),
            dead_end: OnceLock::new(),
        }
    }

    /// The entries of a folder.
    pub(super) fn list(&self, dir: &Path) -> Entries {
        let shard = &self.folders[shard(dir)];
        let known = lock(shard).get(dir).cloned();
        known.unwrap_or_else(|| {
            let entries = self.read_folder(dir);
            lock(shard).insert(dir.to_owned(), entries.clone());
            entries
        })
    }

    fn read_folder(&self, dir: &Path) -> Entries {
        let on_disk = self.system.list_dir(dir).ok();
        let mut laid_over = (self.overlay.range(dir.to_owned()..))
            .map(|(path, _)| path)
            .take_while(|path| path.starts_with(dir))
            .filter_map(|path| entry_below(dir, path))
            .peekable();
        if laid_over.peek().is_none() {
            return on_disk.map(Arc::from);
        }
        let on_disk = on_disk.unwrap_or_default().into_iter();
        let mut entries: BTreeMap<String, DirEntry> =
            on_disk.map(|entry| (entry.name.clone(), entry)).collect();
        entries.extend(laid_over.map(|entry| (entry.name.clone(), entry)));
        Some(entries.into_values().collect())
    }

    /// What stands in a folder under a name; a link leads to what it is.
    fn entry(&self, path: &Path) -> Option<EntryKind> {
        let (dir, name) = (path.parent()?, path.file_name()?.to_str()?);
        let entries = self.list(dir)?;
        let at = (entries.binary_search_by(|entry| entry.name.as_str().cmp(name))).ok()?;
        match entries[at].kind {
            EntryKind::Symlink => self.behind_link(path),
            kind => Some(kind),
        }
    }

    fn behind_link(&self, path: &Path) -> Option<EntryKind> {
        let metadata = self.system.metadata(path).ok()?;
        Some(match (metadata.is_dir, metadata.is_file) {
            (true, _) => EntryKind::Dir,
            (_, true) => EntryKind::File,
            _ => EntryKind::Other,
        })
    }

    /// Is there something else than a folder at the path?
    pub(super) fn is_file(&self, path: &Path) -> bool {
        self.entry(path).is_some_and(|kind| kind != EntryKind::Dir)
    }

    pub(super) fn is_dir(&self, path: &Path) -> bool {
        self.list(path).is_some()
    }

    /// Does the folder hold a Go file of any kind?
    pub(super) fn has_go_files(&self, dir: &Path) -> bool {
        let Some(entries) = self.list(dir) else {
            return false;
        };
        let mut dead_end = None;
        for entry in entries.iter().filter(|it| extension(&it.name) == ".go") {
            match self.followed(dir, entry) {
                Some(EntryKind::File) => return true,
                None => dead_end = dead_end.or(Some(entry)),
                _ => {}
            }
        }
        if let Some(entry) = dead_end {
            self.dead_end.get_or_init(|| dir.join(&entry.name));
        }
        false
    }

    /// A link to nothing that decided whether a folder has Go files: the go command has an error for that.
    pub(super) fn dead_end(&self) -> Option<&Path> {
        self.dead_end.get().map(PathBuf::as_path)
    }

    /// The kind of an entry with links followed.
    pub(super) fn followed(&self, dir: &Path, entry: &DirEntry) -> Option<EntryKind> {
        match entry.kind {
            EntryKind::Symlink => self.behind_link(&dir.join(&entry.name)),
            kind => Some(kind),
        }
    }

    /// The kind of what stands at a path, a link there not followed.
    pub(super) fn kind(&self, path: &Path) -> Option<EntryKind> {
        if self.overlay.contains_key(path) {
            return Some(EntryKind::File);
        }
        (self.system.entry_kind(path).ok()).or_else(|| self.is_dir(path).then_some(EntryKind::Dir))
    }

    pub(super) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.overlay.get(path) {
            Some(text) => Ok(text.to_vec()),
            None => self.system.read(path),
        }
    }

    pub(super) fn read_text(&self, path: &Path) -> io::Result<String> {
        let bytes = self.read(path)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Hands the start of a file to `see`, more and more of it until `see` is content: it gets the
    /// bytes so far and whether they are all, and gives `None` if it needs more.
    ///
    /// `wanted` files are read whole where contents are kept.
    pub(super) fn read_start<T>(
        &self,
        path: &Path,
        wanted: bool,
        see: &mut dyn FnMut(&[u8], bool) -> Option<T>,
    ) -> io::Result<T> {
        let unseen = || io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends too soon");
        if let Some(text) = self.overlay.get(path) {
            return see(text, true).ok_or_else(unseen);
        }
        if let Some(contents) = self.contents.as_ref().filter(|_| wanted) {
            let text: Arc<[u8]> = self.system.read(path)?.into();
            lock(contents).insert(path.to_owned(), Arc::clone(&text));
            return see(&text, true).ok_or_else(unseen);
        }
        let mut file = self.system.open(path)?;
        let mut bytes = Vec::with_capacity(FIRST_READ);
        loop {
            let room = bytes.capacity() as u64 - bytes.len() as u64;
            let read = file.by_ref().take(room).read_to_end(&mut bytes)?;
            let all = (read as u64) < room;
            if let Some(seen) = see(&bytes, all) {
                return Ok(seen);
            }
            if all {
                return Err(unseen());
            }
            bytes.reserve_exact(bytes.len() * 3);
        }
    }

    /// The files that were read whole.
    pub(super) fn into_contents(self) -> FxHashMap<PathBuf, Arc<[u8]>> {
        let contents = self.contents.map(Mutex::into_inner);
        contents.map_or_else(FxHashMap::default, |contents| {
            contents.unwrap_or_else(PoisonError::into_inner)
        })
    }
}

/// Most headers are shorter.
const FIRST_READ: usize = 4096;

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shard(path: &Path) -> usize {
    let bytes = path.as_os_str().as_encoded_bytes();
    let sum = (bytes.iter().rev().take(16)).fold(bytes.len(), |sum, b| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*b))
    });
    sum % SHARDS
}

/// The entry of `dir` that an overlaid file is, or lies in.
fn entry_below(dir: &Path, path: &Path) -> Option<DirEntry> {
    let mut rest = path.strip_prefix(dir).ok()?.components();
    let name = rest.next()?.as_os_str().to_str()?.to_owned();
    let kind = if rest.next().is_some() {
        EntryKind::Dir
    } else {
        EntryKind::File
    };
    Some(DirEntry { name, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::testing::MemorySystem;

    #[test]
    fn unsaved_files_and_their_folders_are_there() {
        let system = MemorySystem::default().with_file("/m/a.go", "package a");
        let text: Arc<[u8]> = Arc::from(*b"package new");
        let overlay: Overlay = ["/m/a.go", "/m/new/x/x.go"]
            .map(|path| (PathBuf::from(path), Arc::clone(&text)))
            .into();
        let disk = Disk::new(&system, &overlay, false);
        let names = |dir: &str| -> Vec<String> {
            let entries = disk.list(Path::new(dir)).unwrap();
            entries.iter().map(|entry| entry.name.clone()).collect()
        };
        assert_eq!(names("/m"), ["a.go", "new"]);
        assert!(disk.is_dir(Path::new("/m/new")) && !disk.is_dir(Path::new("/m/old")));
        assert!(
            disk.has_go_files(Path::new("/m/new/x")) && !disk.has_go_files(Path::new("/m/new"))
        );
        assert_eq!(disk.read(Path::new("/m/a.go")).unwrap(), b"package new");
    }

    #[test]
    fn more_of_a_file_is_read_until_it_is_enough() {
        let long = "x".repeat(10_000);
        let system = MemorySystem::default().with_file("/f", long.as_str());
        let overlay = Overlay::new();
        let disk = Disk::new(&system, &overlay, false);
        let mut sizes = Vec::new();
        let seen = disk.read_start(Path::new("/f"), false, &mut |bytes, all| {
            sizes.push((bytes.len(), all));
            all.then_some(bytes.len())
        });
        assert_eq!(seen.unwrap(), 10_000);
        assert_eq!(sizes, [(4096, false), (10_000, true)]);
    }
}
