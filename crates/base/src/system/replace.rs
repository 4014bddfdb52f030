//! New content for files of the user: all of them or none, and everything else about them stays.
#![expect(clippy::disallowed_methods, reason = "part of the real machine")]

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::System;

/// A file of the user that gets new content.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'a> {
    pub path: &'a Path,
    /// What the new content was made of. Nothing is written if the file holds something else by now.
    pub before: &'a [u8],
    pub after: &'a [u8],
}

/// Why files were not replaced.
#[derive(Debug, thiserror::Error)]
#[error("failed to write {}: {reason}; {}", .path.display(), remains(.left))]
pub struct ReplaceError {
    pub path: PathBuf,
    pub reason: ReplaceReason,
    /// Files that keep their new content because the old one could not be written back either.
    pub left: Vec<PathBuf>,
}

fn remains(left: &[PathBuf]) -> String {
    match left {
        [] => "no file is changed".to_owned(),
        left => {
            let names = left.iter().map(|path| path.display().to_string());
            format!("changed already: {}", names.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What is wrong with one of the files.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceReason {
    #[error("it was changed meanwhile")]
    Changed,
    #[error("it leads to {}, which is outside of the module", .0.display())]
    Outside(PathBuf),
    #[error("another of the files is the same file")]
    Twice,
    #[error("the system refuses it")]
    Io(#[source] io::Error),
}

impl From<io::Error> for ReplaceReason {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Where the content of each file is, links followed. `Err` if one leads out of all `roots`, or if it is not what the
/// new content was made of.
pub(super) fn targets<S: System + ?Sized>(
    system: &S,
    files: &[Replacement<'_>],
    roots: &[PathBuf],
) -> Result<Vec<PathBuf>, ReplaceError> {
    let roots = roots
        .iter()
        .filter_map(|root| system.canonicalize(root).ok());
    let roots: Vec<PathBuf> = roots.collect();
    let mut seen = BTreeSet::new();
    let mut target = |file: &Replacement<'_>| {
        let target = system.canonicalize(file.path)?;
        if !roots.iter().any(|root| target.starts_with(root)) {
            return Err(ReplaceReason::Outside(target));
        }
        if !seen.insert(target.clone()) {
            return Err(ReplaceReason::Twice);
        }
        if system.read_source(&target)? != file.before {
            return Err(ReplaceReason::Changed);
        }
        Ok(target)
    };
    let target = |file| target(file).map_err(|reason| failed(file, reason, Vec::new()));
    files.iter().map(target).collect()
}

pub(super) fn failed(
    file: &Replacement<'_>,
    reason: ReplaceReason,
    left: Vec<PathBuf>,
) -> ReplaceError {
    ReplaceError {
        path: file.path.to_owned(),
        reason,
        left,
    }
}

/// Replaces the content of files. New content is written beside all of them first; the files then take it one by one,
/// and those that have it are put back if one cannot.
pub(super) fn replace(files: &[Replacement<'_>], targets: &[PathBuf]) -> Result<(), ReplaceError> {
    let prepared: Vec<Prepared> = (files.iter().zip(targets))
        .map(|(file, target)| {
            Prepared::new(target, file.after)
                .map_err(|error| failed(file, error.into(), Vec::new()))
        })
        .collect::<Result<_, _>>()?;
    commit(prepared, files, targets)
}

fn commit(
    prepared: Vec<Prepared>,
    files: &[Replacement<'_>],
    targets: &[PathBuf],
) -> Result<(), ReplaceError> {
    for (n, (prepared, file)) in prepared.into_iter().zip(files).enumerate() {
        if let Err(error) = prepared.commit(&targets[n], file.after) {
            let done = targets.iter().zip(files).take(n + 1);
            let lost = done.filter(|(target, file)| put_back(target, file).is_err());
            let left = lost.map(|(target, _)| target.clone()).collect();
            return Err(failed(file, error.into(), left));
        }
    }
    Ok(())
}

fn put_back(target: &Path, file: &Replacement<'_>) -> io::Result<()> {
    if std::fs::read(target)? == file.before {
        return Ok(());
    }
    std::fs::write(target, file.before)
}

/// How a file gets its new content.
enum Prepared {
    /// By a new file that takes its place: a reader sees the old content or the new.
    Replaced(NewFile),
    /// As it has other names, or an owner whom only it can keep.
    InPlace(File),
}

impl Prepared {
    fn new(target: &Path, content: &[u8]) -> io::Result<Self> {
        // Also tells whether the user may write to it, which the folder does not.
        let old = File::options().write(true).open(target)?;
        let metadata = old.metadata()?;
        if has_other_names(&metadata) {
            return Ok(Self::InPlace(old));
        }
        let folder = target.parent().unwrap_or(Path::new("/"));
        let mut new = match NewFile::in_folder(folder) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Ok(Self::InPlace(old));
            }
            new => new?,
        };
        if !keep_owner(new.file(), &metadata)? {
            return Ok(Self::InPlace(old));
        }
        new.file().set_permissions(metadata.permissions())?;
        new.file().write_all(content)?;
        Ok(Self::Replaced(new))
    }

    fn commit(self, target: &Path, content: &[u8]) -> io::Result<()> {
        match self {
            Self::Replaced(new) => new.rename_to(target),
            Self::InPlace(mut file) => {
                file.write_all(content)?;
                file.set_len(content.len() as u64)
            }
        }
    }
}

/// A file that has no name yet, or one that is removed when it is dropped.
enum NewFile {
    /// Ends with the process, however that ends.
    #[cfg(target_os = "linux")]
    Unnamed {
        file: File,
        folder: PathBuf,
    },
    Named(tempfile::NamedTempFile),
}

impl NewFile {
    fn in_folder(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Ok(file) = unnamed(folder) {
            let folder = folder.to_owned();
            return Ok(Self::Unnamed { file, folder });
        }
        Ok(Self::Named(builder().tempfile_in(folder)?))
    }

    fn file(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed { file, .. } => file,
            Self::Named(file) => file.as_file_mut(),
        }
    }

    fn rename_to(self, target: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed { file, folder } => {
                let named = builder().make_in(folder, |path| name(&file, path))?;
                Ok(named.into_temp_path().persist(target)?)
            }
            Self::Named(file) => {
                file.persist(target)?;
                Ok(())
            }
        }
    }
}

/// Names begin with a dot, so that no go command takes them for source.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".goperf-").suffix(".tmp");
    builder
}

#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR)?;
    Ok(file.into())
}

/// Gives a file without name one that nothing has.
#[cfg(target_os = "linux")]
fn name(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd as _;
    // Linking by the descriptor alone takes a privilege, by its name in /proc none.
    let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
    linkat(CWD, descriptor, CWD, path, AtFlags::SYMLINK_FOLLOW)?;
    Ok(())
}

#[cfg(unix)]
fn has_other_names(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

/// Gives a new file the owner and group of an old one; `false` if this user may not.
#[cfg(unix)]
fn keep_owner(new: &File, old: &Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let own = new.metadata()?;
    if (own.uid(), own.gid()) == (old.uid(), old.gid()) {
        return Ok(true);
    }
    Ok(std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid())).is_ok())
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::{OsSystem, TempDir};

    struct Tree {
        system: OsSystem,
        folder: TempDir,
    }

    impl Tree {
        /// Files `a` and `b`, both `old`, in the folder `m`.
        fn new() -> Self {
            let system = OsSystem::default();
            let folder = system.temp_dir("goperf-test-").unwrap();
            let tree = Self { system, folder };
            tree.system.create_dir_all(&tree.path("m")).unwrap();
            for name in ["m/a", "m/b"] {
                std::fs::write(tree.path(name), "old").unwrap();
            }
            tree
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// The first line of what went wrong, without the folder's name.
        fn replace(&self, names: &[&str]) -> Result<(), String> {
            let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
            let files: Vec<Replacement<'_>> = (paths.iter())
                .map(|path| Replacement {
                    path,
                    before: b"old",
                    after: b"newer",
                })
                .collect();
            let replaced = self.system.replace_files(&files, &[self.path("m")]);
            let folder = format!("{}/", self.folder.path().display());
            replaced.map_err(|error| error.to_string().replace(&folder, ""))
        }

        fn text(&self, name: &str) -> String {
            self.system.read_to_string(&self.path(name)).unwrap()
        }

        /// Names in `m`, hidden ones too.
        fn names(&self) -> String {
            let entries = self.system.list_dir(&self.path("m")).unwrap();
            let names = entries.into_iter().map(|entry| entry.name);
            names.collect::<Vec<_>>().join(" ")
        }
    }

    #[test]
    fn all_files_are_replaced_or_none() {
        let tree = Tree::new();
        std::fs::write(tree.path("m/c"), "edited").unwrap();
        let error = tree.replace(&["m/a", "m/b", "m/c"]).unwrap_err();
        let changed = "failed to write m/c: it was changed meanwhile; no file is changed";
        assert_eq!(error, changed);
        assert_eq!(
            (tree.text("m/a"), tree.text("m/b")),
            ("old".into(), "old".into())
        );
        tree.replace(&["m/a", "m/b"]).unwrap();
        assert_eq!(
            (tree.text("m/a"), tree.text("m/b")),
            ("newer".into(), "newer".into())
        );
        assert_eq!(tree.names(), "a b c");
    }

    /// The folder that takes the place of `m/b` makes the second of three renames fail.
    #[test]
    fn files_are_put_back_when_one_cannot_be_written() {
        let tree = Tree::new();
        std::fs::write(tree.path("m/c"), "old").unwrap();
        let targets = ["m/a", "m/b", "m/c"].map(|name| tree.path(name));
        let file = |path| Replacement {
            path,
            before: b"old",
            after: b"newer",
        };
        let files: Vec<Replacement<'_>> = targets.iter().map(|path| file(path)).collect();
        let prepared = |target: &PathBuf| Prepared::new(target, b"newer").unwrap();
        let prepared: Vec<Prepared> = targets.iter().map(prepared).collect();
        std::fs::remove_file(&targets[1]).unwrap();
        std::fs::create_dir(&targets[1]).unwrap();
        let error = commit(prepared, &files, &targets).unwrap_err();
        assert_eq!(error.path, targets[1]);
        assert_eq!(error.left, [targets[1].clone()]);
        assert_eq!(
            (tree.text("m/a"), tree.text("m/c")),
            ("old".into(), "old".into())
        );
        assert_eq!(tree.names(), "a b c");
    }

    #[cfg(unix)]
    #[test]
    fn mode_and_links_stay() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
        let tree = Tree::new();
        std::fs::hard_link(tree.path("m/b"), tree.path("other")).unwrap();
        symlink("a", tree.path("m/link")).unwrap();
        let mode = |bits| std::fs::Permissions::from_mode(bits);
        std::fs::set_permissions(tree.path("m/a"), mode(0o640)).unwrap();
        tree.replace(&["m/link", "m/b"]).unwrap();
        for name in ["m/a", "m/link", "m/b", "other"] {
            assert_eq!(tree.text(name), "newer", "{name}");
        }
        let metadata = std::fs::metadata(tree.path("m/a")).unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o640);
        assert!(tree.path("m/link").is_symlink());
        assert_eq!(tree.names(), "a b link");
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out() {
        use std::os::unix::fs::symlink;
        let tree = Tree::new();
        std::fs::write(tree.path("outside"), "old").unwrap();
        symlink("../outside", tree.path("m/link")).unwrap();
        let error = tree.replace(&["m/a", "m/link"]).unwrap_err();
        assert_eq!(
            error,
            "failed to write m/link: it leads to outside, which is outside of the module; no file is changed"
        );
        symlink("a", tree.path("m/again")).unwrap();
        let error = tree.replace(&["m/a", "m/again"]).unwrap_err();
        let twice =
            "failed to write m/again: another of the files is the same file; no file is changed";
        assert_eq!(error, twice);
        assert_eq!(
            (tree.text("m/a"), tree.text("outside")),
            ("old".into(), "old".into())
        );
    }
}
