//! The machine as a value: files, environment, clock, processes, HTTP.
//!
//! Everything that has an effect takes a `&dyn System`. [`OsSystem`] is the real machine; tests use
//! [`MemorySystem`](crate::testing::MemorySystem). Only this module calls `std::fs`, `std::env` and
//! `std::process` (clippy's `disallowed-methods` holds the rest to it).

mod git;
mod http;
mod os;
mod overlay;
mod process;
mod replace;
mod run;
mod stdout;
mod witness;

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use git::git;
pub use http::{HttpBody, HttpClient, HttpRequest, HttpResponse};
pub use os::OsSystem;
pub use overlay::{Overlay, Unsaved};
pub use process::{Command, Exit, Input, ProcessOutput, Stream, Usage};
pub use replace::{ReplaceError, ReplaceReason, Replacement};
pub use stdout::has_stdout;
pub use witness::{Seen, Witness};

use crate::Cancellation;

/// What is known of a path without opening it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Metadata {
    pub is_dir: bool,
    /// A plain file: not a folder, pipe or device.
    pub is_file: bool,
    /// In bytes.
    pub len: u64,
    /// Last change of the content; `None` where the file system has no such time.
    pub modified: Option<SystemTime>,
}

/// What tells one content of a path from another without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    pub is_dir: bool,
    pub is_file: bool,
    /// In bytes.
    pub len: u64,
    /// Last change of the content, in nanoseconds since 1970.
    pub modified: i128,
    /// Last change of anything, which cannot be set back; that of the content where the file system has no such time.
    pub changed: i128,
    /// 0 where files have no numbers.
    pub inode: u64,
}

impl Stamp {
    /// Since when it is so.
    pub fn since(&self) -> SystemTime {
        let nanos = u64::try_from(self.changed).unwrap_or(0);
        SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
    }
}

/// What an entry of a folder is, links not followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    Dir,
    File,
    Symlink,
    /// A pipe, socket or device.
    Other,
}

/// An entry of a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirEntry {
    /// Bytes that are no UTF-8 are replaced.
    pub name: String,
    pub kind: EntryKind,
}

/// A larger file is not source.
pub const MAX_SOURCE: u64 = 64 << 20;

/// Files, environment, clock, processes and HTTP of the machine.
pub trait System: Send + Sync + Debug {
    /// The content of a regular file, or of a pipe that the process was started with (`/dev/stdin`, `/dev/fd/N`).
    /// Devices, named pipes, sockets and files that the kernel makes up (`/proc`, `/sys`) are refused: they may block
    /// or have no end.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// A source file: a regular file of at most [`MAX_SOURCE`] bytes. Paths that profiles, logs and line directives
    /// name are read with this.
    fn read_source(&self, path: &Path) -> io::Result<Vec<u8>> {
        let metadata = self.metadata(path)?;
        if !metadata.is_file {
            return Err(not_regular());
        }
        if metadata.len > MAX_SOURCE {
            let text = format!(
                "larger than {} MB, the limit for source files",
                MAX_SOURCE >> 20
            );
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        self.read(path)
    }

    /// What the kernel says in a file of `/proc` or `/sys`; `None` where it does not.
    fn read_kernel(&self, path: &str) -> Option<String> {
        self.read_to_string(Path::new(path)).ok()
    }

    /// The text of a UTF-8 file.
    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read(path)?)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// A reader for what does not fit into memory (dumps, logs), of what [`read`](Self::read) reads. `-` has no
    /// meaning here.
    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read + Send>>;

    fn stdin(&self) -> Box<dyn io::Read + Send>;

    /// Follows symbolic links.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;

    fn is_file(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|metadata| metadata.is_file)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|metadata| metadata.is_dir)
    }

    /// Absolute, with symbolic links resolved.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;

    /// Full paths of a folder's entries, sorted.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<PathBuf>>;

    /// A folder's entries with what they are, sorted by name. Opens none of them.
    fn list_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let entry = |path: &PathBuf| DirEntry {
            name: (path.file_name().unwrap_or_default().to_string_lossy()).into_owned(),
            kind: if self.is_dir(path) {
                EntryKind::Dir
            } else {
                EntryKind::File
            },
        };
        Ok(self.read_dir(path)?.iter().map(entry).collect())
    }

    /// What stands at a path, a link there not followed.
    fn entry_kind(&self, path: &Path) -> io::Result<EntryKind> {
        let metadata = self.metadata(path)?;
        Ok(match (metadata.is_dir, metadata.is_file) {
            (true, _) => EntryKind::Dir,
            (_, true) => EntryKind::File,
            _ => EntryKind::Other,
        })
    }

    /// What changes when the content of a file or the names in a folder do; `None` if there is nothing. Follows links.
    fn stamp(&self, path: &Path) -> io::Result<Option<Stamp>> {
        let text = format!("{}: its changes cannot be noticed", path.display());
        Err(io::Error::new(io::ErrorKind::Unsupported, text))
    }

    /// Whether it matters what [`depends_on`](Self::depends_on) is told: finding that out takes time.
    fn takes_notes(&self) -> bool {
        false
    }

    /// A process that was run ([`Command::inputs_told`]) read this file or folder, or would have.
    fn depends_on(&self, _path: &Path) {}

    /// Files below have names that are hashes of their content: one that is there is the right one.
    fn named_by_content(&self, _folder: &Path) {}

    /// The same run may have another answer, although all that it read is unchanged.
    fn cannot_repeat(&self, _why: &str) {}

    /// Time since the content of a path changed.
    fn age(&self, path: &Path) -> Option<Duration> {
        let modified = self.metadata(path).ok()?.modified?;
        Some(self.now().duration_since(modified).unwrap_or_default())
    }

    /// Replaces the whole file at once: readers see the old content or the new, never a part.
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()>;

    /// As [`write`](Self::write), for content that is made piece by piece: `produce` is called
    /// once, and nothing of what it writes need be held in memory.
    fn write_with(
        &self,
        path: &Path,
        produce: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut content = Vec::new();
        produce(&mut content)?;
        self.write(path, &content)
    }

    /// Gives files of the user new content: all of them, or none if one cannot have it. Mode, owner and links stay.
    /// Links are followed as long as they lead to a place in one of the folders `roots`. Nothing else is left behind,
    /// and no signal comes between.
    fn replace_files(
        &self,
        files: &[Replacement<'_>],
        roots: &[PathBuf],
    ) -> Result<(), ReplaceError> {
        let targets = replace::targets(self, files, roots)?;
        for (target, file) in targets.iter().zip(files) {
            let written = self.write(target, file.after);
            written.map_err(|error| replace::failed(file, error.into(), Vec::new()))?;
        }
        Ok(())
    }

    /// Adds to the end of the file, which is created if need be.
    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()>;

    /// As [`write_with`](Self::write_with); a file that is new can be read by this user alone.
    fn write_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.write(path, content)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()>;

    /// As [`create_dir_all`](Self::create_dir_all); folders that are new are for this user alone.
    fn create_private_dir(&self, path: &Path) -> io::Result<()> {
        self.create_dir_all(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()>;

    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes `link` lead to `target`. `Err` where there are no symbolic links.
    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        let text = format!("no link from {} to {}", link.display(), target.display());
        Err(io::Error::new(io::ErrorKind::Unsupported, text))
    }

    /// The folder of this run below `base` (without one, below that for temporary files). It is removed with its
    /// content when the run ends, however it ends.
    fn run_dir(&self, base: Option<&Path>) -> io::Result<PathBuf>;

    /// A fresh folder in [`run_dir`](Self::run_dir), removed with its content when the value is dropped.
    fn temp_dir(&self, prefix: &str) -> io::Result<TempDir>;

    /// An environment variable that is set, not empty and valid UTF-8.
    fn env_var(&self, name: &str) -> Option<String>;

    /// All environment variables that are valid UTF-8, in no order.
    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The file of the program that runs.
    fn program(&self) -> Option<PathBuf> {
        None
    }

    /// As the shell calls it, where that is the same folder: so the go command names what lies in it.
    fn current_dir(&self) -> io::Result<PathBuf>;

    /// Where goperf keeps what it can make again; `None` if the user has no home.
    /// `GOPERF_CACHE`, else `goperf` in the platform's cache folder. Never a relative path.
    fn cache_dir(&self) -> Option<PathBuf>;

    fn now(&self) -> SystemTime;

    /// Time since a fixed point in the past; never goes back.
    fn monotonic(&self) -> Duration;

    /// Number of processors this process may use, at least 1.
    fn parallelism(&self) -> usize;

    /// Runs a process to its end and collects its output.
    fn run(&self, command: &Command, cancel: &Cancellation) -> io::Result<ProcessOutput> {
        let mut stdout = Vec::new();
        let mut stderr = Vec::new();
        let mut output =
            self.run_streaming(command, cancel, &mut |stream, bytes| match stream {
                Stream::Stdout => stdout.extend_from_slice(bytes),
                Stream::Stderr => stderr.extend_from_slice(bytes),
            })?;
        output.stdout = stdout;
        output.stderr = stderr;
        Ok(output)
    }

    /// Runs a process to its end and hands its output over as it comes, in arbitrary pieces;
    /// `stdout` and `stderr` of the result stay empty.
    ///
    /// The process gets a group of its own. The whole group is killed when `cancel` is set or the
    /// command's timeout is over, so no grandchild is left behind.
    fn run_streaming(
        &self,
        command: &Command,
        cancel: &Cancellation,
        on_output: &mut dyn FnMut(Stream, &[u8]),
    ) -> io::Result<ProcessOutput>;

    /// The texts that stand in the place of files for this process alone. What starts another process gives it copies.
    fn unsaved(&self) -> Arc<Unsaved> {
        Arc::default()
    }

    /// The HTTP client; `None` means no network.
    fn http(&self) -> Option<&dyn HttpClient> {
        None
    }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}

/// A temporary folder; dropping it removes it.
#[derive(Debug)]
pub struct TempDir {
    path: PathBuf,
    /// `None` in a memory system.
    _guard: Option<tempfile::TempDir>,
}

impl TempDir {
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn in_memory(path: PathBuf) -> Self {
        Self { path, _guard: None }
    }
}
