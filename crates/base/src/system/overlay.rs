//! A machine on which some files have text that is not saved.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{
    Command, DirEntry, EntryKind, HttpClient, Metadata, ProcessOutput, Stamp, Stream, System,
    TempDir,
};
use crate::Cancellation;

/// Text that stands in the place of files, or where there is none, by absolute path.
pub type Unsaved = BTreeMap<PathBuf, Arc<[u8]>>;

/// Another system under a fixed set of unsaved texts. Only this process sees them: what starts others gives them
/// copies, which [`System::unsaved`] is for.
#[derive(Clone, Debug)]
pub struct Overlay<'a> {
    below: &'a dyn System,
    texts: Arc<Unsaved>,
}

impl<'a> Overlay<'a> {
    pub fn new(below: &'a dyn System, texts: Arc<Unsaved>) -> Self {
        Self { below, texts }
    }

    /// Unsaved files directly in a folder.
    fn in_folder(&self, path: &Path) -> impl Iterator<Item = &PathBuf> {
        let files = self.texts.keys();
        files.filter(move |file| file.parent() == Some(path))
    }
}

impl System for Overlay<'_> {
    fn unsaved(&self) -> Arc<Unsaved> {
        Arc::clone(&self.texts)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(text) => Ok(text.to_vec()),
            None => self.below.read(path),
        }
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        match self.texts.get(path) {
            Some(text) => Ok(Box::new(io::Cursor::new(Arc::clone(text)))),
            None => self.below.open(path),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        match self.texts.get(path) {
            Some(text) => Ok(Metadata {
                is_dir: false,
                is_file: true,
                len: text.len() as u64,
                modified: None,
            }),
            None => self.below.metadata(path),
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let mut paths = self.below.read_dir(path)?;
        paths.extend(self.in_folder(path).cloned());
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    fn list_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut entries = self.below.list_dir(path)?;
        for file in self.in_folder(path) {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            match entries.binary_search_by(|entry| entry.name.as_str().cmp(&name)) {
                Ok(_) => {}
                Err(at) => entries.insert(
                    at,
                    DirEntry {
                        name: name.into_owned(),
                        kind: EntryKind::File,
                    },
                ),
            }
        }
        Ok(entries)
    }

    fn entry_kind(&self, path: &Path) -> io::Result<EntryKind> {
        match self.below.entry_kind(path) {
            Err(_) if self.texts.contains_key(path) => Ok(EntryKind::File),
            kind => kind,
        }
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        match self.below.canonicalize(path) {
            Err(_) if self.texts.contains_key(path) => Ok(path.to_owned()),
            resolved => resolved,
        }
    }

    fn stamp(&self, path: &Path) -> io::Result<Option<Stamp>> {
        if self.texts.contains_key(path) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.below.stamp(path)
    }

    fn takes_notes(&self) -> bool {
        self.below.takes_notes()
    }

    fn depends_on(&self, path: &Path) {
        self.below.depends_on(path);
    }

    fn named_by_content(&self, folder: &Path) {
        self.below.named_by_content(folder);
    }

    fn cannot_repeat(&self, why: &str) {
        self.below.cannot_repeat(why);
    }

    fn age(&self, path: &Path) -> Option<Duration> {
        self.below.age(path)
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.below.environment()
    }

    fn program(&self) -> Option<PathBuf> {
        self.below.program()
    }

    fn read_kernel(&self, path: &str) -> Option<String> {
        self.below.read_kernel(path)
    }

    fn stdin(&self) -> Box<dyn io::Read + Send> {
        self.below.stdin()
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.below.write(path, content)
    }

    fn write_with(
        &self,
        path: &Path,
        produce: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.below.write_with(path, produce)
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.below.append(path, content)
    }

    fn write_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.below.write_private(path, content)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.below.create_dir_all(path)
    }

    fn create_private_dir(&self, path: &Path) -> io::Result<()> {
        self.below.create_private_dir(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.below.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.below.remove_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.below.rename(from, to)
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        self.below.symlink(target, link)
    }

    fn run_dir(&self, base: Option<&Path>) -> io::Result<PathBuf> {
        self.below.run_dir(base)
    }

    fn temp_dir(&self, prefix: &str) -> io::Result<TempDir> {
        self.below.temp_dir(prefix)
    }

    fn env_var(&self, name: &str) -> Option<String> {
        self.below.env_var(name)
    }

    fn current_dir(&self) -> io::Result<PathBuf> {
        self.below.current_dir()
    }

    fn cache_dir(&self) -> Option<PathBuf> {
        self.below.cache_dir()
    }

    fn now(&self) -> SystemTime {
        self.below.now()
    }

    fn monotonic(&self) -> Duration {
        self.below.monotonic()
    }

    fn parallelism(&self) -> usize {
        self.below.parallelism()
    }

    fn run_streaming(
        &self,
        command: &Command,
        cancel: &Cancellation,
        on_output: &mut dyn FnMut(Stream, &[u8]),
    ) -> io::Result<ProcessOutput> {
        self.below.run_streaming(command, cancel, on_output)
    }

    fn http(&self) -> Option<&dyn HttpClient> {
        self.below.http()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemorySystem;

    #[test]
    fn unsaved_text_is_read_in_place_of_the_file() {
        let below = MemorySystem::default()
            .with_file("/m/a.go", "saved")
            .with_file("/m/c.go", "saved");
        let texts: Unsaved = ["/m/a.go", "/m/b.go"]
            .map(|path| (path.into(), Arc::from(b"typed".as_slice())))
            .into();
        let system = Overlay::new(&below, Arc::new(texts));
        let read = |path: &str| system.read_to_string(path.as_ref()).unwrap();
        assert_eq!(read("/m/a.go"), "typed");
        assert_eq!(read("/m/b.go"), "typed");
        assert_eq!(read("/m/c.go"), "saved");
        assert!(system.is_file("/m/b.go".as_ref()));
        let names: Vec<String> = (system.list_dir("/m".as_ref()).unwrap().into_iter())
            .map(|entry| entry.name)
            .collect();
        assert_eq!(names, ["a.go", "b.go", "c.go"]);
        assert_eq!(system.read_dir("/m".as_ref()).unwrap().len(), 3);
        assert_eq!(below.read("/m/a.go".as_ref()).unwrap(), b"saved");
    }
}
