//! Whether a package is the same on both sides: its code, and the files its tests can read.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use base::System;
use base::system::{Command, DirEntry, EntryKind};
use go_tool::TestBinary;

use super::{ComparisonError, Context};

/// Reports whether both binaries run the same instructions on the same data. Lines may differ: a comment
/// changes the line table and the build ID alone.
pub(super) fn same_code(
    ctx: &Context<'_>,
    old: &TestBinary,
    new: &TestBinary,
) -> Result<bool, ComparisonError> {
    same_program(ctx.system, &old.path, &new.path).map_err(|source| ComparisonError::Io {
        doing: "read a test binary",
        source,
    })
}

/// As [`same_code`], of two executables.
pub(crate) fn same_program(system: &dyn System, old: &Path, new: &Path) -> io::Result<bool> {
    let (old, new) = (system.read(old)?, system.read(new)?);
    if old == new {
        return Ok(true);
    }
    let (Ok(old), Ok(new)) = (objfile::Binary::open(old), objfile::Binary::open(new)) else {
        return Ok(false);
    };
    let (old, new) = (sections(&old), sections(&new));
    Ok(old.is_some() && old == new)
}

/// The sections that a running program sees. `None` without a code section: nothing can be said then.
fn sections(binary: &objfile::Binary) -> Option<Vec<(String, Vec<u8>)>> {
    const UNSEEN: [&str; 8] = [
        "gopclntab",
        "note",
        "debug",
        "zdebug",
        "symtab",
        "strtab",
        "shstrtab",
        "go.buildinfo",
    ];
    binary.text()?;
    let counts = |section: &&objfile::Section| {
        let name = section.name.trim_start_matches(['.', '_']);
        !UNSEEN.iter().any(|other| name.starts_with(other))
    };
    let of = |section: &objfile::Section| {
        let bytes = binary.section_bytes(section).to_vec();
        (section.name.clone(), bytes)
    };
    Some(binary.sections.iter().filter(counts).map(of).collect())
}

/// The most files of a package that are compared; with more its sides count as different.
const MAX_FILES: usize = 20_000;

/// Reports whether the files are equal that a package's tests can read: all below its folder that are
/// not Go files of a package, and the `testdata` folders above it. False where that is not known.
///
/// Pages about a module (see [`Pages`]) are left aside where no test can be seen to read them.
pub(super) fn same_files(ctx: &Context<'_>, old: &TestBinary, new: &TestBinary) -> bool {
    if old.dir == new.dir {
        return true;
    }
    let dirs = [&old.dir, &new.dir];
    let (Some(old), Some(new)) = (readable(ctx, &old.dir), readable(ctx, &new.dir)) else {
        return false;
    };
    let same = |path: &PathBuf| {
        let (Some(old), Some(new)) = (old.get(path), new.get(path)) else {
            return false;
        };
        let read = |path: &Path| ctx.system.read(path).ok();
        let size = |path: &Path| ctx.system.metadata(path).ok().map(|it| it.len);
        size(old) == size(new) && read(old).is_some_and(|bytes| Some(bytes) == read(new))
    };
    let all: BTreeSet<&PathBuf> = old.keys().chain(new.keys()).collect();
    let changed: Vec<&PathBuf> = all.into_iter().filter(|path| !same(path)).collect();
    changed.is_empty()
        || changed.iter().all(|path| is_page(path))
            && dirs.iter().all(|dir| {
                let pages = Pages::new(ctx.system, dir);
                pages.is_some_and(|pages| !changed.iter().any(|path| pages.may_be_read(path)))
            })
}

/// Reports whether a path below a module's folder is that of a Markdown or licence file in the folder itself or below
/// its `docs`.
fn is_page(path: &Path) -> bool {
    let mut folders = path.parent().into_iter().flat_map(Path::components);
    let is_place = folders
        .next()
        .is_none_or(|first| ["docs", "doc"].iter().any(|it| first.as_os_str() == *it));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split(['.', '-']).next().unwrap_or_default();
    let is_licence = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS"].contains(&stem);
    let is_markdown = path.extension().is_some_and(|extension| extension == "md");
    is_place && !path.iter().any(|it| it == "testdata") && (is_licence || is_markdown)
}

/// What tells whether tests of a module's root package read its Markdown and licence files: the Go sources of the
/// module, and whether those of the package open files whose names cannot be seen.
struct Pages {
    sources: Vec<String>,
    reads_folders: bool,
}

impl Pages {
    /// `None` if the package is not a module's root, or the module has too many files to look at.
    fn new(system: &dyn System, dir: &Path) -> Option<Self> {
        if !system.is_file(&dir.join("go.mod")) {
            return None;
        }
        let (mut sources, mut reads_folders) = (Vec::new(), false);
        let mut folders = vec![dir.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in system.list_dir(&folder).ok()? {
                let path = folder.join(&entry.name);
                let is_hidden = entry.name.starts_with('.');
                match entry.kind {
                    EntryKind::Dir if !is_hidden => folders.push(path),
                    EntryKind::File if path.extension().is_some_and(|it| it == "go") => {
                        let source = system.read_source(&path).ok()?;
                        let source = String::from_utf8_lossy(&source).into_owned();
                        reads_folders |= folder == dir && lists_folders(&source);
                        sources.push(source);
                    }
                    _ => {}
                }
            }
            if sources.len() > MAX_FILES || folders.len() > MAX_FILES {
                return None;
            }
        }
        Some(Self {
            sources,
            reads_folders,
        })
    }

    /// Whether a source mentions the file's name, what stands before or behind the dot, or its folder.
    fn may_be_read(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut texts = vec![name.clone().into_owned()];
        if path.extension().is_some_and(|it| it == "md") {
            texts.push(".md\"".to_owned());
            texts.push(".md`".to_owned());
        }
        if let Some(folder) = path.iter().next().filter(|_| path.components().count() > 1) {
            let folder = folder.to_string_lossy();
            texts.extend(["\"", "/", "`"].map(|end| format!("{folder}{end}")));
        }
        let is_named = |source: &String| texts.iter().any(|text| source.contains(text));
        self.reads_folders || self.sources.iter().any(is_named)
    }
}

/// Whether a source opens files by what it finds in a folder.
fn lists_folders(source: &str) -> bool {
    const READERS: [&str; 8] = [
        "ReadDir",
        "WalkDir",
        "filepath.Walk",
        "Glob(",
        "DirFS",
        "os.Getwd",
        ".Readdir",
        "go:embed",
    ];
    READERS.iter().any(|reader| source.contains(reader))
}

/// The files of a package by the path under which its tests open them; `None` if there are too many.
fn readable(ctx: &Context<'_>, dir: &Path) -> Option<BTreeMap<PathBuf, PathBuf>> {
    let mut walk = Walk {
        ctx,
        known: known_to_git(ctx, dir),
        found: BTreeMap::new(),
    };
    walk.folder(dir, Path::new(""), false)?;
    let mut above = PathBuf::new();
    let mut folder = dir;
    // Up to the folder of the module.
    while !ctx.system.is_file(&folder.join("go.mod")) {
        folder = folder.parent()?;
        above.push("..");
        let data = folder.join("testdata");
        if ctx.system.is_dir(&data) {
            walk.folder(&data, &above.join("testdata"), true)?;
        }
    }
    Some(walk.found)
}

/// The files of a work tree that git tracks or would track: what it ignores (outputs, caches) is not
/// part of a revision. `None` outside of a repository, as in the files of a revision: all count.
fn known_to_git(ctx: &Context<'_>, dir: &Path) -> Option<BTreeSet<PathBuf>> {
    let command = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .env("GIT_OPTIONAL_LOCKS", "0")
        .current_dir(dir);
    let output = ctx.system.run(&command, ctx.cancel).ok()?;
    let names = output.stdout.split(|byte| *byte == 0);
    let path = |name: &[u8]| dir.join(String::from_utf8_lossy(name).as_ref());
    output
        .success()
        .then(|| names.filter(|name| !name.is_empty()).map(path).collect())
}

struct Walk<'a> {
    ctx: &'a Context<'a>,
    known: Option<BTreeSet<PathBuf>>,
    /// By the path below the package's folder.
    found: BTreeMap<PathBuf, PathBuf>,
}

impl Walk<'_> {
    /// Adds the files of a folder. `data`: below a `testdata` folder, where everything counts.
    fn folder(&mut self, dir: &Path, below: &Path, data: bool) -> Option<()> {
        const DEEPEST: usize = 64;
        if below.components().count() > DEEPEST {
            return None;
        }
        let entries = self.ctx.system.list_dir(dir).unwrap_or_default();
        let is_go = |entry: &DirEntry| {
            let extension = Path::new(&entry.name).extension();
            extension.is_some_and(|extension| extension == "go")
        };
        if !data && !below.as_os_str().is_empty() && entries.iter().any(is_go) {
            // Another package: its files are its own.
            return Some(());
        }
        for entry in entries {
            let (path, inner) = (dir.join(&entry.name), below.join(&entry.name));
            match entry.kind {
                EntryKind::Dir => {
                    let data = data || entry.name == "testdata";
                    if data || !entry.name.starts_with('.') {
                        self.folder(&path, &inner, data)?;
                    }
                }
                // Links to folders may lead in circles.
                EntryKind::File | EntryKind::Symlink if self.ctx.system.is_file(&path) => {
                    let known = self
                        .known
                        .as_ref()
                        .is_none_or(|known| known.contains(&path));
                    if data || known && !is_go(&entry) {
                        self.found.insert(inner, path);
                    }
                }
                EntryKind::File | EntryKind::Symlink | EntryKind::Other => {}
            }
            if self.found.len() > MAX_FILES {
                return None;
            }
        }
        Some(())
    }
}
