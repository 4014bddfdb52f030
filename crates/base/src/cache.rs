//! Artefacts by content, in the user's cache folder. Errors here never fail a run: an entry that cannot
//! be read is made again, one that cannot be written is skipped.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::System;

/// The hash of everything an artefact was made from.
pub type Key = [u8; 32];

/// Entries written longer ago are removed; what is still of use is made again then.
const MAX_AGE: Duration = Duration::from_hours(30 * 24);
/// How often old entries are looked for.
const PRUNE_EVERY: Duration = Duration::from_hours(24);

/// A folder of artefacts of one kind. Without a folder nothing is kept.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: Option<PathBuf>,
}

impl Cache {
    /// The cache for artefacts of `kind`, a name that changes with their format.
    pub fn open(system: &dyn System, kind: &str) -> Self {
        Self {
            dir: system.cache_dir().map(|dir| dir.join(kind)),
        }
    }

    /// The cache in this very folder.
    pub fn in_dir(dir: PathBuf) -> Self {
        Self { dir: Some(dir) }
    }

    /// Keeps nothing (`--no-cache`).
    pub fn none() -> Self {
        Self { dir: None }
    }

    pub fn get(&self, system: &dyn System, key: &Key) -> Option<Vec<u8>> {
        system.read(&self.path(key)?).ok()
    }

    /// Whether the artefact was kept: without a folder it is not. An error may be ignored.
    pub fn put(&self, system: &dyn System, key: &Key, artefact: &[u8]) -> io::Result<bool> {
        let Some(path) = self.path(key) else {
            return Ok(false);
        };
        if let Some(folder) = path.parent() {
            system.create_private_dir(folder)?;
        }
        system.write(&path, artefact)?;
        Ok(true)
    }

    /// Removes what was written long ago; at most once a day.
    pub fn prune(&self, system: &dyn System) {
        let Some(dir) = &self.dir else {
            return;
        };
        let stamp = dir.join("pruned");
        let age = |path: &PathBuf| system.age(path);
        if age(&stamp).is_some_and(|age| age < PRUNE_EVERY) || !system.is_dir(dir) {
            return;
        }
        // Another run may prune at the same time: a file that is gone is gone.
        system.write(&stamp, b"").ok();
        for folder in system.read_dir(dir).unwrap_or_default() {
            for path in system.read_dir(&folder).unwrap_or_default() {
                if age(&path).is_some_and(|age| age > MAX_AGE) {
                    system.remove_file(&path).ok();
                }
            }
        }
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        let dir = self.dir.as_ref()?;
        let mut hex = String::with_capacity(2 * key.len());
        for byte in key {
            hex += &format!("{byte:02x}");
        }
        Some(dir.join(&hex[..2]).join(&hex[2..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemorySystem;

    #[test]
    fn artefacts_come_back_by_key() {
        let system = MemorySystem::default();
        let cache = Cache::open(&system, "logs-1");
        assert_eq!(cache.get(&system, &[7; 32]), None);
        assert!(matches!(cache.put(&system, &[7; 32], b"log"), Ok(true)));
        assert_eq!(cache.get(&system, &[7; 32]).as_deref(), Some(&b"log"[..]));
        assert_eq!(cache.get(&system, &[8; 32]), None);
        cache.prune(&system);
        assert!(cache.get(&system, &[7; 32]).is_some(), "fresh entries stay");
        let none = Cache::none();
        assert!(matches!(none.put(&system, &[7; 32], b"log"), Ok(false)));
    }
}
