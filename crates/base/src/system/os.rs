//! The real machine.
#![expect(
    clippy::disallowed_methods,
    reason = "this module is what the lint points to"
)]

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::{
    Command, DirEntry, EntryKind, HttpClient, Metadata, ProcessOutput, ReplaceError, Replacement,
    Stamp, Stream, System, TempDir, not_regular, process, replace, run::Run,
};
use crate::Cancellation;

/// The machine goperf runs on.
#[derive(Clone, Debug)]
pub struct OsSystem {
    start: Instant,
    http: Option<Arc<dyn HttpClient>>,
    /// Shared by all clones: when the last one goes, the run has ended.
    run: Arc<Run>,
}

/// How long interrupted work may take to tidy up.
const PATIENCE: Duration = Duration::from_secs(3);

impl Default for OsSystem {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            http: None,
            run: Arc::default(),
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

    /// Kills the processes that run and removes temporary folders; nothing starts after that. If the thread that takes
    /// signals is about to do the same, this waits for it: the process must not end before.
    pub fn end_run(&self) {
        self.run.end();
    }

    /// Sets `cancel` on Ctrl-C, SIGTERM and SIGHUP. A second signal ends the process at once, and so does work that
    /// has not stopped after a while (it may wait for an answer from the network). Processes that run are killed and
    /// temporary folders removed in either case.
    pub fn cancel_on_interrupt(&self, cancel: &Cancellation) -> io::Result<()> {
        let cancel = cancel.clone();
        let run = Arc::downgrade(&self.run);
        let end = move || {
            if let Some(run) = run.upgrade() {
                run.end();
            }
            std::process::exit(130);
        };
        let handler = move || {
            if cancel.is_cancelled() {
                end();
            }
            cancel.cancel();
            let end = end.clone();
            std::thread::spawn(move || {
                std::thread::sleep(PATIENCE);
                end();
            });
        };
        ctrlc::set_handler(handler).map_err(io::Error::other)
    }
}

impl System for OsSystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let (mut file, len) = open(path)?;
        let mut content = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
        file.read_to_end(&mut content)?;
        Ok(content)
    }

    fn read_kernel(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(open(path)?.0))
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

    fn stamp(&self, path: &Path) -> io::Result<Option<Stamp>> {
        match std::fs::metadata(path) {
            Ok(metadata) => Ok(Some(stamp_of(&metadata))),
            Err(error) if is_nothing(&error) => Ok(None),
            Err(error) => Err(error),
        }
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

    #[cfg(unix)]
    fn write_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut options = std::fs::OpenOptions::new();
        // Made private before it has content; one that exists keeps its permissions.
        match options.write(true).create_new(true).mode(0o600).open(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.write(path, content),
        }
    }

    fn replace_files(
        &self,
        files: &[Replacement<'_>],
        roots: &[PathBuf],
    ) -> Result<(), ReplaceError> {
        let targets = replace::targets(self, files, roots)?;
        let Some(file) = files.first() else {
            return Ok(());
        };
        let held = self.run.hold();
        let held = held.map_err(|error| replace::failed(file, error.into(), Vec::new()))?;
        let replaced = replace::replace(files, &targets);
        drop(held);
        replaced
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

    #[cfg(unix)]
    fn create_private_dir(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(path)
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

    fn run_dir(&self, base: Option<&Path>) -> io::Result<PathBuf> {
        self.run.folder(base.unwrap_or(&std::env::temp_dir()))
    }

    fn temp_dir(&self, prefix: &str) -> io::Result<TempDir> {
        let folder = self.run_dir(None)?;
        let guard = tempfile::Builder::new().prefix(prefix).tempdir_in(folder)?;
        Ok(TempDir {
            path: guard.path().to_owned(),
            _guard: Some(guard),
        })
    }

    fn env_var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn environment(&self) -> Vec<(String, String)> {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    fn program(&self) -> Option<PathBuf> {
        std::env::current_exe().ok()
    }

    fn current_dir(&self) -> io::Result<PathBuf> {
        let real = std::env::current_dir()?;
        let shell = self.env_var("PWD").map(PathBuf::from);
        let is_it = |path: &PathBuf| {
            path.is_absolute() && self.canonicalize(path).is_ok_and(|path| path == real)
        };
        Ok(shell.filter(is_it).unwrap_or(real))
    }

    fn cache_dir(&self) -> Option<PathBuf> {
        // The XDG specification: relative paths are invalid and to be ignored. So is a cache in whatever folder one is.
        let absolute = |name: &str| {
            let path = self.env_var(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        if let Some(dir) = absolute("GOPERF_CACHE") {
            return Some(dir);
        }
        let home = || absolute("HOME");
        let base = if cfg!(windows) {
            absolute("LocalAppData")
        } else if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library/Caches"))
        } else {
            absolute("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(".cache")))
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
        process::run_streaming(&self.run, command, cancel, on_output)
    }

    fn http(&self) -> Option<&dyn HttpClient> {
        self.http.as_deref()
    }
}

/// Opens what [`System::read`] may read, with its length as far as it is known.
fn open(path: &Path) -> io::Result<(File, u64)> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    let may_be_pipe = is_own_descriptor(path);
    // Opening a named pipe that nobody writes to would wait for ever.
    #[cfg(unix)]
    if !may_be_pipe {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !may_be_pipe && (!metadata.is_file() || metadata.len() == 0 && is_of_kernel(&file)) {
        return Err(not_regular());
    }
    Ok((file, metadata.len()))
}

/// A name for one of the files that the process was started with, as shells make it for `<(…)`.
fn is_own_descriptor(path: &Path) -> bool {
    ["/dev/fd", "/proc/self/fd"]
        .iter()
        .any(|folder| path.parent() == Some(Path::new(folder)))
        || path == Path::new("/dev/stdin")
}

/// Whether the kernel makes up what is in the file, whose length it then does not know.
#[cfg(target_os = "linux")]
fn is_of_kernel(file: &File) -> bool {
    const MADE_UP: &[rustix::fs::FsWord] = &[
        0x9fa0,      // proc
        0x6265_6572, // sysfs
        0x6462_6720, // debugfs
        0x7472_6163, // tracefs
    ];
    rustix::fs::fstatfs(file).is_ok_and(|it| MADE_UP.contains(&it.f_type))
}

#[cfg(not(target_os = "linux"))]
fn is_of_kernel(_: &File) -> bool {
    false
}

/// Whether there is nothing at a path, rather than something that cannot be looked at.
fn is_nothing(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

fn stamp_of(metadata: &std::fs::Metadata) -> Stamp {
    let modified = (metadata.modified().ok())
        .and_then(|it| it.duration_since(SystemTime::UNIX_EPOCH).ok())
        .map_or(0, |it| it.as_nanos() as i128);
    #[cfg(unix)]
    let (changed, inode) = {
        use std::os::unix::fs::MetadataExt as _;
        let seconds = i128::from(metadata.ctime()) * 1_000_000_000;
        (seconds + i128::from(metadata.ctime_nsec()), metadata.ino())
    };
    #[cfg(not(unix))]
    let (changed, inode) = (modified, 0);
    Stamp {
        is_dir: metadata.is_dir(),
        is_file: metadata.is_file(),
        len: metadata.len(),
        modified,
        changed,
        inode,
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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn refused(system: &OsSystem, path: &str) -> String {
        let read = system.read(Path::new(path)).map(|_| ());
        let open = system.open(Path::new(path)).map(|_| ());
        let (read, open) = (read.unwrap_err().to_string(), open.unwrap_err().to_string());
        assert_eq!(read, open);
        read
    }

    #[test]
    fn devices_pipes_and_what_the_kernel_makes_up_are_not_read() {
        let system = OsSystem::default();
        let folder = system.temp_dir("goperf-test-").unwrap();
        let pipe = folder.path().join("pipe");
        let make = Command::new("mkfifo").arg(&pipe);
        system.run(&make, &Cancellation::default()).unwrap();
        // Nobody writes to the pipe: waiting for it would have no end.
        for path in ["/dev/zero", &*pipe.to_string_lossy()] {
            assert_eq!(refused(&system, path), "not a regular file", "{path}");
            assert!(system.read_source(Path::new(path)).is_err());
        }
        if cfg!(target_os = "linux") {
            assert_eq!(refused(&system, "/proc/version"), "not a regular file");
            assert!(system.read_kernel("/proc/version").is_some());
        }
        let empty = folder.path().join("empty");
        system.write(&empty, b"").unwrap();
        assert_eq!(system.read(&empty).unwrap(), b"");
    }

    #[test]
    fn private_files_and_folders_are_for_their_user() {
        use std::os::unix::fs::PermissionsExt as _;
        let system = OsSystem::default();
        let folder = system.temp_dir("goperf-test-").unwrap();
        let (dir, file) = (folder.path().join("a/b"), folder.path().join("a/b/c"));
        system.create_private_dir(&dir).unwrap();
        system.write_private(&file, b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&file)), (0o700, 0o600));
        assert_eq!(mode(dir.parent().unwrap()), 0o700);
        assert_eq!(system.read(&file).unwrap(), b"x");
    }
}
