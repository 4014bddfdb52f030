//! One folder as a package: which files belong to the build, what they import, what is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base::LineIndex;
use base::system::{DirEntry, EntryKind};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::context::Context;
use super::disk::Disk;
use super::header::{self, Header};
use super::paths::extension;

/// The files of a folder by their part in the build, each list sorted by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folder {
    pub(crate) dir: PathBuf,
    /// Of the first file that counts; empty if none does.
    pub(crate) name: String,
    pub(crate) go_files: Vec<String>,
    pub(crate) cgo_files: Vec<String>,
    pub(crate) test_go_files: Vec<String>,
    pub(crate) xtest_go_files: Vec<String>,
    /// Go files that constraints leave out.
    pub(crate) ignored_go_files: Vec<String>,
    /// Go files that cannot be read, or are of another package.
    pub(crate) invalid_go_files: Vec<String>,
    pub(crate) s_files: Vec<String>,
    pub(crate) foreign: Foreign,
    pub(crate) imports: Places,
    pub(crate) test_imports: Places,
    pub(crate) xtest_imports: Places,
    pub(crate) embeds: Places,
    pub(crate) test_embeds: Places,
    pub(crate) xtest_embeds: Places,
    pub(crate) error: Option<FolderError>,
    /// The file that gave the package its name.
    first_file: String,
}

/// Files in other languages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Foreign {
    pub(crate) c: Vec<String>,
    pub(crate) cxx: Vec<String>,
    pub(crate) m: Vec<String>,
    pub(crate) h: Vec<String>,
    pub(crate) f: Vec<String>,
    pub(crate) swig: Vec<String>,
    pub(crate) swig_cxx: Vec<String>,
    pub(crate) syso: Vec<String>,
}

/// Import paths or patterns in order, each with where it stands first.
pub(crate) type Places = BTreeMap<String, Place>;

/// A position that is computed only where it is reported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// Name in the folder.
    pub(crate) file: String,
    /// Byte offset.
    pub(crate) at: u32,
}

/// Why a folder is no good package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FolderError {
    /// No file of the folder is in the build.
    NoGo,
    /// A file's head is not Go.
    Syntax { place: Place, message: String },
    /// Anything else.
    Other(String),
}

impl Folder {
    /// Whether no file of it is in the build, and none is broken.
    pub(super) fn has_nothing(&self) -> bool {
        self.error == Some(FolderError::NoGo)
    }
}

/// What became of one file.
enum Found {
    /// Not in the build, and not worth a word.
    Skipped,
    /// A Go file that constraints leave out.
    Ignored,
    /// A Go file that cannot be used.
    Bad(String),
    Go(Header),
    Other,
}

/// Reads a folder. `None` if it cannot be read at all.
pub(crate) fn read(disk: &Disk<'_>, context: &Context, dir: &Path) -> Option<Folder> {
    let entries = disk.list(dir)?;
    Some(read_entries(disk, context, dir, &entries))
}

/// Reads the given files of a folder only.
pub(crate) fn read_entries(
    disk: &Disk<'_>,
    context: &Context,
    dir: &Path,
    entries: &[DirEntry],
) -> Folder {
    let look = |entry: &DirEntry| look(disk, context, dir, entry);
    let found: Vec<Found> = if entries.len() > 64 {
        entries.par_iter().with_min_len(16).map(look).collect()
    } else {
        entries.iter().map(look).collect()
    };
    let mut folder = Folder {
        dir: dir.to_owned(),
        ..Folder::default()
    };
    let mut upper_s = Vec::new();
    for (entry, found) in entries.iter().zip(found) {
        let name = &entry.name;
        match found {
            Found::Skipped => {}
            Found::Ignored => folder.ignored_go_files.push(name.clone()),
            Found::Bad(message) => folder.bad(name, FolderError::Other(message)),
            Found::Go(header) => folder.add_go(context, name, header),
            Found::Other => folder.add_other(name, &mut upper_s),
        }
    }
    // What a C compiler preprocesses counts only together with cgo.
    if !folder.cgo_files.is_empty() {
        folder.s_files.append(&mut upper_s);
        folder.s_files.sort();
    }
    let n_files = folder.go_files.len()
        + folder.cgo_files.len()
        + folder.test_go_files.len()
        + folder.xtest_go_files.len();
    if folder.error.is_none() && n_files == 0 {
        folder.error = Some(FolderError::NoGo);
    }
    folder
}

fn look(disk: &Disk<'_>, context: &Context, dir: &Path, entry: &DirEntry) -> Found {
    let name = entry.name.as_str();
    let extension = extension(name);
    if entry.kind == EntryKind::Dir
        || name.starts_with(['_', '.'])
        || !(extension == ".go" || is_known(extension))
    {
        return Found::Skipped;
    }
    let is_go = extension == ".go";
    if entry.kind == EntryKind::Symlink && disk.followed(dir, entry) == Some(EntryKind::Dir) {
        return Found::Skipped;
    }
    if !context.good_name(name) {
        return if is_go {
            Found::Ignored
        } else {
            Found::Skipped
        };
    }
    if extension == ".syso" {
        return Found::Other;
    }
    let path = dir.join(name);
    let wanted = is_go && !name.ends_with("_test.go");
    let mut see = |start: &[u8], all: bool| see(context, &path, start, all, is_go);
    match disk.read_start(&path, wanted, &mut see) {
        Ok(found) => found,
        Err(error) if is_go => Found::Bad(format!(
            "open {}: {}",
            path.display(),
            base::io_reason(&error)
        )),
        Err(_) => Found::Other,
    }
}

/// What the start of a file makes of it; `None` if more of it is needed.
fn see(context: &Context, path: &Path, start: &[u8], all: bool, is_go: bool) -> Option<Found> {
    let holds = |constraint: &_| context.holds(constraint);
    if !is_go {
        if !all && !header::has_all_comments(start) {
            return None;
        }
        return Some(match header::should_build(start, &holds) {
            Ok(false) if !context.all_files => Found::Skipped,
            _ => Found::Other,
        });
    }
    let header = header::read(start, all)?;
    if header.error.is_some() && start.contains(&0) {
        return Some(Found::Bad(format!(
            "read {}: unexpected NUL in input",
            path.display()
        )));
    }
    Some(match header::should_build(start, &holds) {
        Err(message) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Found::Bad(format!("{name}: {message}"))
        }
        Ok(false) if !context.all_files => Found::Ignored,
        Ok(_) => Found::Go(told_whole(path, start, header)),
    })
}

/// An invalid import path is reported together with its position.
fn told_whole(path: &Path, start: &[u8], mut header: Header) -> Header {
    if let Some(error) = header.error.as_mut().filter(|error| error.is_whole()) {
        let position = LineIndex::new(start).line_col(error.at);
        let (line, column) = (position.line, position.col);
        error.message = format!("{}:{line}:{column}: {}", path.display(), error.message);
    }
    header
}

impl Folder {
    fn bad(&mut self, name: &str, error: FolderError) {
        self.error.get_or_insert(error);
        if self.invalid_go_files.last().is_none_or(|last| last != name) {
            self.invalid_go_files.push(name.to_owned());
        }
    }

    fn add_go(&mut self, context: &Context, name: &str, header: Header) {
        if let Some(error) = &header.error {
            let place = Place {
                file: name.to_owned(),
                at: error.at,
            };
            let message = error.message.clone();
            let error = if error.is_whole() {
                FolderError::Other(message)
            } else {
                FolderError::Syntax { place, message }
            };
            self.bad(name, error);
        }
        let mut package = header.package.as_str();
        if package == "documentation" {
            self.ignored_go_files.push(name.to_owned());
            return;
        }
        let is_test = name.ends_with("_test.go");
        let tested = package.strip_suffix("_test");
        let external = tested.filter(|_| is_test && self.name != package);
        package = external.unwrap_or(package);
        if self.name.is_empty() {
            package.clone_into(&mut self.name);
            name.clone_into(&mut self.first_file);
        } else if package != self.name {
            let message = format!(
                "found packages {} ({}) and {package} ({name}) in {}",
                self.name,
                self.first_file,
                self.dir.display()
            );
            self.bad(name, FolderError::Other(message));
        }
        let is_cgo = header.imports.iter().any(|(path, _)| path == "C");
        if is_cgo {
            if is_test {
                let message = format!("use of cgo in test {name} not supported");
                self.bad(name, FolderError::Other(message));
            } else if let Some(message) = header.cgo_lines.iter().find_map(|line| cgo_line(line)) {
                let message = format!("{name}: {message}");
                self.bad(name, FolderError::Other(message));
            }
        }
        let (files, places) = if is_cgo && !is_test {
            if !context.cgo_enabled {
                self.ignored_go_files.push(name.to_owned());
                return;
            }
            (&mut self.cgo_files, [&mut self.imports, &mut self.embeds])
        } else if external.is_some() {
            let places = [&mut self.xtest_imports, &mut self.xtest_embeds];
            (&mut self.xtest_go_files, places)
        } else if is_test {
            let places = [&mut self.test_imports, &mut self.test_embeds];
            (&mut self.test_go_files, places)
        } else {
            (&mut self.go_files, [&mut self.imports, &mut self.embeds])
        };
        files.push(name.to_owned());
        let [imports, embeds] = places;
        for (places, found) in [(imports, header.imports), (embeds, header.embeds)] {
            for (path, at) in found {
                places.entry(path).or_insert_with(|| Place {
                    file: name.to_owned(),
                    at,
                });
            }
        }
    }

    fn add_other(&mut self, name: &str, upper_s: &mut Vec<String>) {
        let foreign = &mut self.foreign;
        let list = match extension(name) {
            ".c" => &mut foreign.c,
            ".cc" | ".cpp" | ".cxx" => &mut foreign.cxx,
            ".m" => &mut foreign.m,
            ".h" | ".hh" | ".hpp" | ".hxx" => &mut foreign.h,
            ".f" | ".F" | ".for" | ".f90" => &mut foreign.f,
            ".swig" => &mut foreign.swig,
            ".swigcxx" => &mut foreign.swig_cxx,
            ".syso" => &mut foreign.syso,
            ".s" => &mut self.s_files,
            _ => upper_s,
        };
        list.push(name.to_owned());
    }

    pub(crate) fn uses_swig(&self) -> bool {
        !self.foreign.swig.is_empty() || !self.foreign.swig_cxx.is_empty()
    }

    /// Files of all kinds, those left out among them.
    pub(crate) fn all_files(&self) -> Vec<String> {
        let foreign = &self.foreign;
        let lists = [
            &self.go_files,
            &self.cgo_files,
            &self.ignored_go_files,
            &foreign.c,
            &foreign.cxx,
            &foreign.m,
            &foreign.h,
            &foreign.f,
            &self.s_files,
            &foreign.swig,
            &foreign.swig_cxx,
            &foreign.syso,
            &self.test_go_files,
            &self.xtest_go_files,
        ];
        lists.into_iter().flatten().cloned().collect()
    }

    /// Line and column of a place, by reading the file again.
    pub(crate) fn position(&self, disk: &Disk<'_>, place: &Place) -> (PathBuf, u32, u32) {
        let path = self.dir.join(&place.file);
        let text = disk.read(&path).unwrap_or_default();
        let position = LineIndex::new(&text).line_col(place.at);
        (path, position.line, position.col)
    }
}

fn is_known(extension: &str) -> bool {
    const KNOWN: &[&str] = &[
        ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90",
        ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso",
    ];
    KNOWN.contains(&extension)
}

/// What is wrong with a `#cgo` line.
fn cgo_line(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if matches!(words[..], [_, "nocallback" | "noescape", _]) {
        return None;
    }
    let head = line.split_once(':').map(|(head, _)| head);
    let verb = head.and_then(|head| head.split_whitespace().skip(1).last());
    match verb {
        None => Some(format!("invalid #cgo line: {line}")),
        Some("CFLAGS" | "CPPFLAGS" | "CXXFLAGS" | "FFLAGS" | "LDFLAGS" | "pkg-config") => None,
        Some(_) => Some(format!("invalid #cgo verb: {line}")),
    }
}

/// Folders, each read once; threads may share them.
#[derive(Debug)]
pub(crate) struct Folders<'a> {
    disk: &'a Disk<'a>,
    context: &'a Context,
    known: Mutex<FxHashMap<PathBuf, Option<Arc<Folder>>>>,
}

impl<'a> Folders<'a> {
    pub(crate) fn new(disk: &'a Disk<'a>, context: &'a Context) -> Self {
        Self {
            disk,
            context,
            known: Mutex::default(),
        }
    }

    /// `None` if the folder cannot be read.
    pub(crate) fn read(&self, dir: &Path) -> Option<Arc<Folder>> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(dir) {
            return known.clone();
        }
        let folder = read(self.disk, self.context, dir).map(Arc::new);
        lock().insert(dir.to_owned(), folder.clone());
        folder
    }
}
