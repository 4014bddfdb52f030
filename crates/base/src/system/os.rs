//! The real machine.
#![expect(
    clippy::disallowed_methods,
    reason = "this module is what the lint points to"
)]

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::{
    Command, DirEntry, EntryKind, HttpClient, Metadata, ProcessOutput, Stream, System, TempDir,
    process,
};
use crate::Cancellation;

/// The machine goperf runs on.
#[derive(Clone, Debug)]
pub struct OsSystem {
    start: Instant,
    http: Option<Arc<dyn HttpClient>>,
}

/// How long interrupted work may take to tidy up.
const PATIENCE: Duration = Duration::from_secs(3);

impl Default for OsSystem {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            http: None,
        }
    }
}

impl OsSystem {
    #[must_use]
    pub fn with_http(self, http: Arc<dyn HttpClient>) -> Self {
        Self {
            http: Some(http),
            ..self
        }
    }

    /// Sets `cancel` on Ctrl-C, SIGTERM and SIGHUP. A second signal ends the process at once, and so does work that
    /// has not stopped after a while (it may wait for an answer from the network).
    pub fn cancel_on_interrupt(&self, cancel: &Cancellation) -> io::Result<()> {
        let cancel = cancel.clone();
        let handler = move || {
            if cancel.is_cancelled() {
                std::process::exit(130);
            }
            cancel.cancel();
            std::thread::spawn(|| {
                std::thread::sleep(PATIENCE);
                std::process::exit(130);
            });
        };
        ctrlc::set_handler(handler).map_err(io::Error::other)
    }
}

impl System for OsSystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(std::fs::File::open(path)?))
    }

    fn stdin(&self) -> Box<dyn io::Read + Send> {
        Box::new(io::stdin())
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let metadata = std::fs::metadata(path)?;
        Ok(Metadata {
            is_dir: metadata.is_dir(),
            is_file: metadata.is_file(),
            len: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let mut paths = std::fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    }

    fn list_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let entry = |entry: io::Result<std::fs::DirEntry>| {
            let entry = entry?;
            Ok(DirEntry {
                name: entry.file_name().to_string_lossy().into_owned(),
                kind: kind_of(entry.file_type()?),
            })
        };
        let mut entries = std::fs::read_dir(path)?
            .map(entry)
            .collect::<io::Result<Vec<_>>>()?;
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn entry_kind(&self, path: &Path) -> io::Result<EntryKind> {
        Ok(kind_of(std::fs::symlink_metadata(path)?.file_type()))
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.write_with(path, &mut |out| out.write_all(content))
    }

    fn write_with(
        &self,
        path: &Path,
        produce: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut fill = |file: &mut std::fs::File| {
            let mut buffer = io::BufWriter::with_capacity(1 << 16, file);
            produce(&mut buffer)?;
            buffer.flush()
        };
        // A device, pipe or link is written through, never replaced by a plain file.
        let plain = std::fs::symlink_metadata(path).map_or(true, |metadata| metadata.is_file());
        if !plain {
            return fill(&mut std::fs::File::create(path)?);
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".goperf-");
        #[cfg(unix)]
        builder.permissions(permissions_for(path));
        let mut file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
        fill(file.as_file_mut())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)?
            .write_all(content)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    #[cfg(unix)]
    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, link)
    }

    fn temp_dir(&self, prefix: &str) -> io::Result<TempDir> {
        let guard = tempfile::Builder::new().prefix(prefix).tempdir()?;
        Ok(TempDir {
            path: guard.path().to_owned(),
            _guard: Some(guard),
        })
    }

    fn env_var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn current_dir(&self) -> io::Result<PathBuf> {
        std::env::current_dir()
    }

    fn cache_dir(&self) -> Option<PathBuf> {
        if let Some(dir) = self.env_var("GOPERF_CACHE") {
            return Some(PathBuf::from(dir));
        }
        let home = || self.env_var("HOME").map(PathBuf::from);
        let base = if cfg!(windows) {
            self.env_var("LocalAppData").map(PathBuf::from)
        } else if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library/Caches"))
        } else {
            self.env_var("XDG_CACHE_HOME")
                .map(PathBuf::from)
                .or_else(|| home().map(|home| home.join(".cache")))
        };
        base.map(|base| base.join("goperf"))
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn parallelism(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    fn run_streaming(
        &self,
        command: &Command,
        cancel: &Cancellation,
        on_output: &mut dyn FnMut(Stream, &[u8]),
    ) -> io::Result<ProcessOutput> {
        process::run_streaming(command, cancel, on_output)
    }

    fn http(&self) -> Option<&dyn HttpClient> {
        self.http.as_deref()
    }
}

fn kind_of(file_type: std::fs::FileType) -> EntryKind {
    if file_type.is_symlink() {
        EntryKind::Symlink
    } else if file_type.is_dir() {
        EntryKind::Dir
    } else if file_type.is_file() {
        EntryKind::File
    } else {
        EntryKind::Other
    }
}

/// Those of the file that is replaced, else what a newly created file gets by custom.
#[cfg(unix)]
fn permissions_for(path: &Path) -> std::fs::Permissions {
    let custom = || std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::metadata(path).map_or_else(|_| custom(), |metadata| metadata.permissions())
}
