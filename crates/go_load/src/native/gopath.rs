//! Packages without modules: GOROOT and the entries of GOPATH, with vendor folders on the way up.

use std::path::{Path, PathBuf};

use go_tool::is_major_version;

use super::disk::Disk;
use super::folder::Folders;
use super::node::{Data, Node, Problem};
use super::paths::{clean, is_in_testdata, is_local_import, to_slash};

/// Where packages are looked for, in turn.
#[derive(Debug)]
pub(super) struct Gopath<'a> {
    disk: &'a Disk<'a>,
    folders: &'a Folders<'a>,
    goroot: PathBuf,
    entries: Vec<PathBuf>,
}

impl<'a> Gopath<'a> {
    pub(super) fn new(
        disk: &'a Disk<'a>,
        folders: &'a Folders<'a>,
        goroot: PathBuf,
        entries: Vec<PathBuf>,
    ) -> Self {
        Self {
            disk,
            folders,
            goroot,
            entries,
        }
    }

    /// GOROOT first, as a place of packages.
    pub(super) fn roots(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.goroot).chain(&self.entries)
    }

    pub(super) fn data(
        &self,
        path: &str,
        from: &Path,
        parent: Option<&Node>,
        resolve: bool,
    ) -> Data {
        let mut data = if is_local_import(path) {
            self.local(path, from)
        } else {
            let parent = parent.filter(|parent| resolve && !parent.root.as_os_str().is_empty());
            let vendored = parent.and_then(|parent| self.vendored(path, parent));
            let vendoring = resolve && vendored.is_none();
            let found = vendored.or_else(|| self.unversioned(path, parent?));
            self.by_path(found.as_deref().unwrap_or(path), from, vendoring)
        };
        if let Some(dir) = &data.dir {
            data.folder = self.folders.read(dir);
            let error = data.folder.as_ref().and_then(|folder| folder.error.clone());
            data.problem = error.map(Problem::Folder);
            if data.folder.is_none() {
                let message = format!("cannot find package {:?} in:\n\t{}", ".", dir.display());
                data.problem = Some(Problem::Told(message));
                data.dir = None;
            }
        }
        data
    }

    /// A folder, whose import path is made up.
    fn local(&self, path: &str, from: &Path) -> Data {
        let dir = clean(&from.join(path));
        Data {
            path: format!("_{}", valid(&to_slash(&dir))),
            goroot: dir.starts_with(self.goroot.join("src"))
                && !is_in_testdata(&dir, &self.goroot.join("src")),
            root: self.root_of(&dir).cloned().unwrap_or_default(),
            dir: Some(dir),
            ..Data::default()
        }
    }

    fn root_of(&self, dir: &Path) -> Option<&PathBuf> {
        self.roots().find(|root| dir.starts_with(root.join("src")))
    }

    /// The import path with the closest vendor folder that has the package.
    fn vendored(&self, path: &str, parent: &Node) -> Option<String> {
        let source = parent.root.join("src");
        for dir in up_to(&parent.dir, &source) {
            let vendor = dir.join("vendor");
            if !self.disk.is_dir(&vendor) || !self.disk.has_go_files(&vendor.join(path)) {
                continue;
            }
            let above = to_slash(dir.strip_prefix(&source).ok()?);
            return Some(match above.as_str() {
                "" => format!("vendor/{path}"),
                _ => format!("{above}/vendor/{path}"),
            });
        }
        None
    }

    /// The path `x/z` for `x/v2/z`, where the `go.mod` of the folder `x` says `module x/v2`.
    ///
    /// Only code that has a `go.mod` itself may import by such paths. Source: cmd/go/internal/load/pkg.go
    /// `moduleImportPath`, go1.27.3.
    fn unversioned(&self, path: &str, parent: &Node) -> Option<String> {
        version_elements(path).next()?;
        let source = parent.root.join("src");
        let has_module = up_to(&parent.dir, &source).any(|dir| self.module_of(dir).is_some());
        if !has_module || self.dir_of(path).is_some() {
            return None;
        }
        // An element may look like a version and be none: `x/v2/api/v1/z`.
        let (module, (before, with_version)) =
            version_elements(path).find_map(|(before, with)| {
                let module = self.module_of(&self.dir_of(before)?)?;
                Some((module, (before, with)))
            })?;
        let after = path.strip_prefix(with_version)?;
        (module == with_version).then(|| format!("{before}{after}"))
    }

    /// The folder that an import path means without vendoring.
    fn dir_of(&self, path: &str) -> Option<PathBuf> {
        self.roots()
            .map(|root| root.join("src").join(path))
            .find(|dir| self.disk.is_dir(dir))
    }

    /// The module path in the `go.mod` of a folder.
    fn module_of(&self, dir: &Path) -> Option<String> {
        let file = dir.join("go.mod");
        if !self.disk.is_file(&file) {
            return None;
        }
        let (file, _) = go_syntax::module::parse(&self.disk.read_text(&file).ok()?);
        file.module.filter(|module| !module.is_empty())
    }

    fn by_path(&self, path: &str, from: &Path, vendoring: bool) -> Data {
        let mut data = Data {
            path: path.to_owned(),
            ..Data::default()
        };
        if path.starts_with('/') {
            let message = format!("import {path:?}: cannot import absolute path");
            data.problem = Some(Problem::Told(message));
            return data;
        }
        // What is vendored at the top belongs to GOROOT for GOROOT alone.
        let goroot_first = !path.starts_with("vendor/") || from.starts_with(&self.goroot);
        let goroot = std::iter::once(&self.goroot);
        let order: Vec<&PathBuf> = if goroot_first {
            goroot.chain(&self.entries).collect()
        } else {
            self.entries.iter().chain(goroot).collect()
        };
        let found = order
            .into_iter()
            .find(|root| self.disk.is_dir(&root.join("src").join(path)));
        match found {
            Some(root) => {
                data.dir = Some(root.join("src").join(path));
                data.goroot = *root == self.goroot;
                data.root.clone_from(root);
            }
            None => data.problem = Some(Problem::Told(self.nowhere(path, from, vendoring))),
        }
        data
    }

    fn nowhere(&self, path: &str, from: &Path, vendoring: bool) -> String {
        let mut tried: Vec<String> = Vec::new();
        let mut add = |dirs: Vec<PathBuf>, what: &str| {
            for (number, dir) in dirs.into_iter().enumerate() {
                let what = if number == 0 { what } else { "" };
                tried.push(format!("\t{}{what}", dir.display()));
            }
        };
        if vendoring {
            let up = self.roots().flat_map(|root| {
                let source = root.join("src");
                let up: Vec<&Path> = from
                    .ancestors()
                    .take_while(|dir| dir.starts_with(&source))
                    .collect();
                up
            });
            let vendors = up.map(|dir| dir.join("vendor"));
            let vendors = vendors.filter(|vendor| self.disk.is_dir(vendor));
            add(
                vendors.map(|vendor| vendor.join(path)).collect(),
                " (vendor tree)",
            );
        }
        let in_root = |root: &PathBuf| root.join("src").join(path);
        add(vec![in_root(&self.goroot)], " (from $GOROOT)");
        add(
            self.entries.iter().map(in_root).collect(),
            " (from $GOPATH)",
        );
        if self.entries.is_empty() {
            tried.push("\t($GOPATH not set. For more details see: 'go help gopath')".to_owned());
        }
        format!(
            "cannot find package {path:?} in any of:\n{}",
            tried.join("\n")
        )
    }

    /// The import path of a folder, if looking for that would find the folder.
    pub(super) fn path_of_dir(&self, dir: &Path) -> Option<String> {
        for (number, root) in self.roots().enumerate() {
            let Ok(sub) = dir.strip_prefix(root.join("src")) else {
                continue;
            };
            let is_test_data = sub.components().any(|part| part.as_os_str() == "testdata");
            if is_test_data || sub.as_os_str().is_empty() {
                continue;
            }
            let earlier = |root: &PathBuf| self.disk.is_dir(&root.join("src").join(sub));
            if self.roots().take(number).any(earlier) {
                return None;
            }
            return Some(to_slash(sub));
        }
        None
    }
}

/// The folder and those above it, `root` the last.
fn up_to<'p>(dir: &'p Path, root: &Path) -> impl Iterator<Item = &'p Path> {
    dir.ancestors().take_while(move |dir| dir.starts_with(root))
}

/// What stands before each element like `v2`, without and with it; the last first.
fn version_elements(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let slashes = path.match_indices('/').rev();
    slashes.filter_map(|(slash, _)| {
        let element = path[slash + 1..].split('/').next()?;
        let end = slash + 1 + element.len();
        is_major_version(element).then(|| (&path[..slash], &path[..end]))
    })
}

/// A path with everything replaced that an import path must not hold.
fn valid(path: &str) -> String {
    let is_bad = |c: char| {
        c.is_whitespace() || c.is_control() || "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{fffd}".contains(c)
    };
    path.chars()
        .map(|c| if is_bad(c) { '_' } else { c })
        .collect()
}
