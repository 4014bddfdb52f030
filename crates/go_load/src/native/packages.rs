//! From roots to packages with their imports, as the go command builds them.
//!
//! Packages are entered depth first in the order of their imports, since what is wrong with one is
//! reported at the first import that leads to it. Folders have been read before.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::IndexVec;
use go_tool::Module;
use rustc_hash::FxHashMap;

use super::context::Context;
use super::disk::Disk;
use super::embed;
use super::flags::Flags;
use super::folder::{Folder, FolderError, Place};
use super::node::{Data, ErrorId, Node, NodeError, NodeId, Problem};
use super::paths::{has_path_prefix, is_local_import, is_standard_import_path, shortest};
use super::patterns::{Match, MatchError};
use super::resolve::Resolver;

/// Where something stands in a file of a folder.
#[derive(Clone, Copy)]
pub(super) struct At<'p> {
    pub(super) folder: &'p Folder,
    pub(super) place: &'p Place,
}

/// Packages as they are entered.
pub(super) struct Packages<'a> {
    pub(super) disk: &'a Disk<'a>,
    pub(super) context: &'a Context,
    pub(super) flags: &'a Flags,
    /// The folder worked in.
    pub(super) current: &'a Path,
    pub(super) goroot_src: PathBuf,
    pub(super) resolver: Resolver<'a>,
    pub(super) nodes: IndexVec<NodeId, Node>,
    pub(super) errors: IndexVec<ErrorId, NodeError>,
    pub(super) stack: Vec<String>,
    by_path: FxHashMap<String, NodeId>,
    /// Import paths in small letters, with how they were spelled first.
    folded: FxHashMap<String, String>,
    modules: FxHashMap<go_syntax::module::ModuleVersion, Arc<Module>>,
    /// Imports go deeper than anything real; the rest was left out.
    pub(super) too_deep: bool,
}

/// Far deeper than real imports, and what the thread's stack takes.
const MAX_DEPTH: usize = 10_000;

/// How an import is meant.
#[derive(Clone, Copy, Default)]
pub(super) struct Import<'p> {
    pub(super) parent: Option<NodeId>,
    pub(super) at: Option<At<'p>>,
    /// The path comes from a source file.
    pub(super) resolve: bool,
    /// One of the go command's own.
    pub(super) trusted: bool,
}

impl<'a> Packages<'a> {
    pub(super) fn new(
        disk: &'a Disk<'a>,
        context: &'a Context,
        flags: &'a Flags,
        current: &'a Path,
        goroot_src: PathBuf,
        resolver: Resolver<'a>,
    ) -> Self {
        Self {
            disk,
            context,
            flags,
            current,
            goroot_src,
            resolver,
            nodes: IndexVec::new(),
            errors: IndexVec::new(),
            stack: Vec::new(),
            by_path: FxHashMap::default(),
            folded: FxHashMap::default(),
            modules: FxHashMap::default(),
            too_deep: false,
        }
    }

    /// A package named by the user.
    pub(super) fn root(&mut self, path: &str) -> NodeId {
        let import = Import::default();
        self.import(path, self.current, import).0
    }

    /// Enters a package with all it imports, and says why `import.parent` must not import it.
    pub(super) fn import(
        &mut self,
        path: &str,
        from: &Path,
        import: Import<'_>,
    ) -> (NodeId, Option<ErrorId>) {
        let parent = import.parent.map(|parent| &self.nodes[parent]);
        let data = self
            .resolver
            .data(self.disk, self.context, path, from, parent, import.resolve);
        if let Some(message) = data.nothing {
            return (self.nonsense(path, message), None);
        }
        let id = if let Some(&id) = self.by_path.get(&data.path) {
            self.stack.push(path.to_owned());
            self.reuse(id);
            self.stack.pop();
            id
        } else {
            let id = self.nodes.push(Node {
                import_path: data.path.clone(),
                local: is_local_import(path),
                ..Node::default()
            });
            self.by_path.insert(data.path.clone(), id);
            self.enter(id, path, &data, import.at);
            id
        };
        let forbidden = self.forbidden(id, path, from, import);
        (id, forbidden)
    }

    /// A path that can mean nothing.
    fn nonsense(&mut self, path: &str, message: String) -> NodeId {
        let mut stack = self.stack.clone();
        stack.push(path.to_owned());
        let error = self.errors.push(NodeError {
            message,
            stack,
            ..NodeError::default()
        });
        self.nodes.push(Node {
            import_path: path.to_owned(),
            incomplete: true,
            error: Some(error),
            entered: true,
            ..Node::default()
        })
    }

    /// A package that is imported again: if it is still being entered, imports run in a circle.
    fn reuse(&mut self, id: NodeId) {
        let node = &mut self.nodes[id];
        if !node.entered {
            match node.error {
                None => {
                    node.error = Some(self.errors.push(NodeError {
                        message: "import cycle not allowed".to_owned(),
                        stack: self.stack.clone(),
                        is_cycle: true,
                        ..NodeError::default()
                    }));
                }
                Some(error) => self.errors[error].is_cycle = true,
            }
            node.incomplete = true;
        }
        if let Some(error) = node.error {
            let error = &mut self.errors[error];
            let is_shorter = (self.stack.len(), &self.stack) < (error.stack.len(), &error.stack);
            if !error.stack.is_empty() && !error.is_cycle && is_shorter {
                error.stack.clone_from(&self.stack);
            }
        }
    }

    /// Fills in a package from what was found.
    pub(super) fn enter(&mut self, id: NodeId, path: &str, data: &Data, at: Option<At<'_>>) {
        self.copy(id, data);
        if let Some(problem) = &data.problem {
            self.set_problem(id, path, problem, at);
        }
        let paths = self.with_implicit_imports(id);
        if let Err(message) = paths {
            self.set_error_at(id, path, message, at);
            return;
        }
        let paths = paths.unwrap_or_default();
        if let Some(message) = self.bad_path(id) {
            self.set_error_at(id, path, message, at);
            return;
        }
        self.stack.push(path.to_owned());
        self.fill(id, data, &paths);
        self.stack.pop();
    }

    /// What comes of the package itself; its path is on the stack.
    fn fill(&mut self, id: NodeId, data: &Data, paths: &[String]) {
        if let Some(module) = &data.module {
            let known = self.modules.get(module).cloned();
            let info = known.unwrap_or_else(|| {
                let info = Arc::new(self.resolver.module_info(module));
                self.modules.insert(module.clone(), Arc::clone(&info));
                info
            });
            self.nodes[id].module = Some(info);
        }
        if let Some(folder) = &data.folder {
            match embed::resolve(self.disk, &folder.dir, folder.embeds.keys()) {
                Ok(files) => self.nodes[id].embed_files = files,
                Err(error) => {
                    self.nodes[id].incomplete = true;
                    let position = self.position(At {
                        folder,
                        place: &folder.embeds[&error.pattern],
                    });
                    let message = format!("pattern {}: {}", error.pattern, error.message);
                    let set = self.set_error(id, message);
                    if set && let Some(error) = self.nodes[id].error {
                        self.errors[error].position = position;
                    }
                }
            }
            if let Some(message) = bad_files(&self.nodes[id], folder) {
                self.set_error(id, message);
                return;
            }
        }
        self.import_all(id, data.folder.as_deref(), paths);
        if let Some(message) = data
            .folder
            .as_ref()
            .and_then(|folder| self.foreign_files(folder))
        {
            self.set_error(id, message);
        }
    }

    fn import_all(&mut self, id: NodeId, folder: Option<&Folder>, paths: &[String]) {
        let dir = self.nodes[id].dir.clone();
        let mut deps = Vec::with_capacity(paths.len());
        let n_imports = self.nodes[id].imports.len();
        if self.stack.len() > MAX_DEPTH {
            self.too_deep = true;
        }
        for (number, path) in paths.iter().enumerate() {
            if path == "C" || self.too_deep {
                continue;
            }
            let place = folder.and_then(|folder| {
                let place = folder.imports.get(path)?;
                Some(At { folder, place })
            });
            let (dep, error) = self.import(
                path,
                &dir,
                Import {
                    parent: Some(id),
                    at: place,
                    resolve: true,
                    trusted: path == SIMD_BRIDGE,
                },
            );
            if self.nodes[id].error.is_none() && error.is_some() {
                self.nodes[id].error = error;
                self.nodes[id].incomplete = true;
            }
            if number < n_imports {
                let meant = self.nodes[dep].import_path.clone();
                self.nodes[id].imports[number] = meant;
            }
            if self.nodes[dep].incomplete {
                self.nodes[id].incomplete = true;
            }
            deps.push(dep);
        }
        self.nodes[id].deps = deps;
        self.nodes[id].entered = true;
    }

    fn copy(&mut self, id: NodeId, data: &Data) {
        let goroot = data.goroot;
        let node = &mut self.nodes[id];
        node.goroot = goroot;
        node.root.clone_from(&data.root);
        node.dir = data.dir.clone().unwrap_or_default();
        node.standard = goroot && is_standard_import_path(&node.import_path);
        if let Some(folder) = &data.folder {
            node.name.clone_from(&folder.name);
            node.raw_imports = folder.imports.keys().cloned().collect();
            node.imports.clone_from(&node.raw_imports);
            node.folder = Some(Arc::clone(folder));
        }
    }

    /// The imports, with those that cgo, SWIG and the linker add.
    fn with_implicit_imports(&mut self, id: NodeId) -> Result<Vec<String>, String> {
        let node = &self.nodes[id];
        let mut paths = node.imports.clone();
        let mut compiled: Vec<String> = Vec::new();
        let mut for_compiler = |path: &str| {
            if !paths.iter().any(|other| other == path) {
                paths.push(path.to_owned());
                compiled.push(path.to_owned());
            }
        };
        if self.uses_simd(&node.imports) {
            for_compiler(SIMD_BRIDGE);
        }
        let folder = node.folder.as_deref();
        let is_std = |names: &[&str]| node.standard && names.contains(&node.import_path.as_str());
        if folder.is_some_and(|folder| !folder.cgo_files.is_empty()) {
            for_compiler("unsafe");
            if !is_std(&["runtime/cgo"]) {
                for_compiler("runtime/cgo");
            }
            let low = [
                "runtime/cgo",
                "runtime/race",
                "runtime/msan",
                "runtime/asan",
            ];
            if !is_std(&low) {
                for_compiler("syscall");
            }
        }
        if folder.is_some_and(Folder::uses_swig) {
            ["unsafe", "runtime/cgo", "syscall", "sync"]
                .into_iter()
                .for_each(for_compiler);
        }
        if node.name == "main" {
            for path in self.linker_imports()? {
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
        }
        self.nodes[id].compiled_imports = compiled;
        Ok(paths)
    }

    /// Does the compiler rewrite the package for vector instructions?
    pub(super) fn uses_simd(&self, imports: &[String]) -> bool {
        let arch = self.context.goarch.as_str();
        ["wasm", "amd64", "arm64"].contains(&arch)
            && imports.iter().any(|path| path == "simd")
            && self.disk.is_dir(&self.goroot_src.join(SIMD_BRIDGE))
    }

    /// What every command is linked with.
    pub(super) fn linker_imports(&self) -> Result<Vec<String>, String> {
        let mut paths = vec!["runtime".to_owned()];
        let (goos, goarch) = (self.context.goos.as_str(), self.context.goarch.as_str());
        let reason = match (goos, goarch) {
            ("android", arch) if arch != "arm64" => Some(format!("{goos}/{goarch}")),
            ("ios", "arm64") => Some(format!("{goos}/{goarch}")),
            ("ios", _) => Some("default PIE binary".to_owned()),
            _ => None,
        };
        if let Some(reason) = reason {
            if !self.context.cgo_enabled {
                return Err(format!(
                    "{reason} requires external (cgo) linking, but cgo is not enabled"
                ));
            }
            paths.push("runtime/cgo".to_owned());
        }
        if goarch == "arm" {
            paths.push("math".to_owned());
        }
        let instruments = self.flags.instruments.iter();
        paths.extend(instruments.map(|instrument| format!("runtime/{instrument}")));
        Ok(paths)
    }

    /// Paths that differ in case alone, or could be taken for a flag.
    fn bad_path(&mut self, id: NodeId) -> Option<String> {
        let path = &self.nodes[id].import_path;
        let folded = path.to_lowercase();
        match self.folded.get(&folded) {
            None => {
                self.folded.insert(folded, path.clone());
            }
            Some(other) if other != path => {
                return Some(format!(
                    "case-insensitive import collision: {path:?} and {other:?}"
                ));
            }
            Some(_) => {}
        }
        (!is_safe(path)).then(|| format!("invalid import path {path:?}"))
    }

    fn foreign_files(&self, folder: &Folder) -> Option<String> {
        if !folder.cgo_files.is_empty() || folder.uses_swig() {
            return None;
        }
        let foreign = &folder.foreign;
        let none = Vec::new();
        let with_cgo = |list| {
            if self.context.cgo_enabled {
                list
            } else {
                &none
            }
        };
        let kinds = [
            ("C", with_cgo(&foreign.c)),
            ("C++", with_cgo(&foreign.cxx)),
            ("Objective-C", with_cgo(&foreign.m)),
            ("Fortran", &foreign.f),
        ];
        let (what, files) = kinds.into_iter().find(|(_, files)| !files.is_empty())?;
        let files = files.join(" ");
        Some(format!(
            "{what} source files not allowed when not using cgo or SWIG: {files}"
        ))
    }

    /// Records the first problem of a package; returns whether it is the first.
    pub(super) fn set_error(&mut self, id: NodeId, message: String) -> bool {
        if self.nodes[id].error.is_some() {
            return false;
        }
        let error = self.errors.push(NodeError {
            message,
            stack: self.stack.clone(),
            ..NodeError::default()
        });
        self.nodes[id].error = Some(error);
        self.nodes[id].incomplete = true;
        true
    }

    /// As [`set_error`](Self::set_error), reported at the import: the package itself is correct.
    fn set_error_at(&mut self, id: NodeId, path: &str, message: String, at: Option<At<'_>>) {
        let foreign = self.stack.last().is_some_and(|top| top != path);
        if self.set_error(id, message)
            && let (true, Some(at), Some(error)) = (foreign, at, self.nodes[id].error)
        {
            self.errors[error].position = self.position(at);
        }
    }

    /// Notes what was wrong with finding or reading a package.
    fn set_problem(&mut self, id: NodeId, path: &str, problem: &Problem, at: Option<At<'_>>) {
        self.nodes[id].incomplete = true;
        let (message, position, own) = match problem {
            Problem::Folder(FolderError::NoGo) => (no_go(&self.nodes[id]), String::new(), true),
            Problem::Folder(FolderError::Syntax { place, message }) => {
                let folder = self.nodes[id].folder.clone();
                let position = folder.map(|folder| {
                    self.position(At {
                        folder: &folder,
                        place,
                    })
                });
                (message.clone(), position.unwrap_or_default(), true)
            }
            Problem::Folder(FolderError::Other(message)) | Problem::Told(message) => {
                (message.clone(), String::new(), false)
            }
        };
        let mut error = NodeError {
            position,
            message,
            stack: self.stack.clone(),
            is_cycle: false,
        };
        if own {
            error.stack.push(path.to_owned());
        } else if self.stack.last().is_some_and(|top| top != path)
            && let Some(at) = at
        {
            error.position = self.position(at);
        }
        self.nodes[id].error = Some(self.errors.push(error));
    }

    pub(super) fn position(&self, at: At<'_>) -> String {
        let (path, line, column) = at.folder.position(self.disk, at.place);
        format!("{}:{line}:{column}", shortest(&path, self.current))
    }

    /// Why the parent must not import the package.
    fn forbidden(
        &mut self,
        id: NodeId,
        path: &str,
        from: &Path,
        import: Import<'_>,
    ) -> Option<ErrorId> {
        let parent = import.parent.map(|parent| &self.nodes[parent])?;
        let node = &self.nodes[id];
        let message =
            if !import.trusted && node.error.is_none() && self.is_internal(node, parent, from) {
                format!("use of internal package {} not allowed", node.import_path)
            } else if let Some(message) = self
                .is_vendored(node, path, from)
                .filter(|_| import.resolve)
            {
                message
            } else if node.name == "main" && parent.dir != node.dir {
                format!("import {path:?} is a program, not an importable package")
            } else if node.local && !parent.local {
                match path {
                    "." => format!("{path}: cannot import current directory"),
                    _ => format!("local import {path:?} in non-local package"),
                }
            } else {
                return None;
            };
        let position = import.at.map(|at| self.position(at));
        Some(self.errors.push(NodeError {
            position: position.unwrap_or_default(),
            message,
            stack: self.stack.clone(),
            is_cycle: false,
        }))
    }

    /// Is the package internal to a tree that the parent is not in?
    fn is_internal(&self, node: &Node, parent: &Node, from: &Path) -> bool {
        let path = &node.import_path;
        let Some(at) = last_element(path, "internal") else {
            return false;
        };
        let importer = parent.import_path.as_str();
        let fips = "crypto/internal/fips140";
        if has_path_prefix(importer, "crypto") && has_path_prefix(path, fips) {
            return false;
        }
        if has_path_prefix(importer, fips) {
            return !has_path_prefix(path, "crypto/internal");
        }
        let at = at.saturating_sub(1);
        if node.module.is_none() {
            return !self.is_below(from, &node.dir, path.len() - at);
        }
        let of_files = parent
            .of_files
            .then(|| self.resolver.path_of_dir(&parent.dir));
        !has_path_prefix(of_files.as_deref().unwrap_or(importer), &path[..at])
    }

    /// Is `from` below the folder that is left of `dir` without its last `n_cut` bytes?
    fn is_below(&self, from: &Path, dir: &Path, n_cut: usize) -> bool {
        let text = dir.to_string_lossy();
        let Some(root) = text
            .len()
            .checked_sub(n_cut)
            .and_then(|end| text.get(..end))
        else {
            return true;
        };
        let root = Path::new(root);
        let real = |path: &Path| self.disk.system.canonicalize(path).ok();
        from.starts_with(root)
            || real(from).is_some_and(|from| real(root).is_some_and(|root| from.starts_with(root)))
    }

    fn is_vendored(&self, node: &Node, path: &str, from: &Path) -> Option<String> {
        if let Some(at) = last_vendor(&node.import_path) {
            let n_cut = node.import_path.len() - at.saturating_sub(1);
            if !self.is_below(from, &node.dir, n_cut) {
                return Some("use of vendored package not allowed".to_owned());
            }
        }
        let at = last_vendor(path)?;
        Some(format!(
            "{path} must be imported as {}",
            &path[at + "vendor/".len()..]
        ))
    }
}

pub(super) const SIMD_BRIDGE: &str = "simd/internal/bridge";

/// Why no Go file of a folder is in the build.
fn no_go(node: &Node) -> String {
    let dir = node.dir.display();
    let folder = node.folder.as_deref();
    let ignored = folder.is_some_and(|folder| !folder.ignored_go_files.is_empty());
    let tests = folder.is_some_and(|folder| {
        !folder.test_go_files.is_empty() || !folder.xtest_go_files.is_empty()
    });
    match (ignored, tests) {
        (true, _) => format!("build constraints exclude all Go files in {dir}"),
        (false, true) => format!("no non-test Go files in {dir}"),
        (false, false) => format!("no Go files in {dir}"),
    }
}

/// Names that the tools would trip over.
fn bad_files(node: &Node, folder: &Folder) -> Option<String> {
    let files = folder.all_files();
    let mut seen: FxHashMap<String, &str> = FxHashMap::default();
    for file in files
        .iter()
        .chain(&node.embed_files)
        .filter(|file| !file.contains('/'))
    {
        if let Some(other) = seen.insert(file.to_lowercase(), file)
            && other != file
        {
            return Some(format!(
                "case-insensitive file name collision: {other:?} and {file:?}"
            ));
        }
    }
    let is_bad = |file: &&String| !is_safe(file) || file.starts_with("_cgo_");
    if let Some(file) = files.iter().find(is_bad) {
        return Some(format!("invalid input file name {file:?}"));
    }
    let name = node.import_path.rsplit('/').next().unwrap_or_default();
    if !is_safe(name) {
        return Some(format!("invalid input directory name {name:?}"));
    }
    None
}

/// Cannot be taken for a flag.
fn is_safe(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphanumeric() || "._/".contains(c) || !c.is_ascii())
}

/// Where the last element of that name starts in an import path.
fn last_element(path: &str, element: &str) -> Option<usize> {
    let mut at = path.len();
    for part in path.rsplit('/') {
        at -= part.len();
        if part == element {
            return Some(at);
        }
        at = at.saturating_sub(1);
    }
    None
}

/// Where the last `vendor/` starts in an import path.
fn last_vendor(path: &str) -> Option<usize> {
    match path.rfind("/vendor/") {
        Some(at) => Some(at + 1),
        None => path.starts_with("vendor/").then_some(0),
    }
}

impl Packages<'_> {
    /// What stands for a pattern that cannot be matched.
    pub(super) fn of_pattern(&mut self, matched: &Match, error: &MatchError) -> NodeId {
        let (dir, message) = match error {
            MatchError::NoGo(dir) => {
                let message = format!("no Go files in {}", dir.display());
                (dir.clone(), message)
            }
            MatchError::Told(message) => (PathBuf::new(), message.clone()),
        };
        let message = if matched.is_literal() {
            message
        } else {
            format!("pattern {}: {message}", matched.pattern)
        };
        let error = self.errors.push(NodeError {
            message,
            ..NodeError::default()
        });
        self.nodes.push(Node {
            import_path: matched.pattern.clone(),
            dir,
            error: Some(error),
            incomplete: true,
            entered: true,
            ..Node::default()
        })
    }

    /// The package of files that were named one by one.
    pub(super) fn of_files(&mut self, folder: Folder) -> NodeId {
        const PATH: &str = "command-line-arguments";
        let id = self.nodes.push(Node {
            import_path: PATH.to_owned(),
            local: true,
            of_files: true,
            ..Node::default()
        });
        let data = Data {
            path: PATH.to_owned(),
            dir: Some(folder.dir.clone()),
            goroot: folder.dir.starts_with(&self.goroot_src),
            problem: folder.error.clone().map(Problem::Folder),
            folder: Some(Arc::new(folder)),
            ..Data::default()
        };
        self.enter(id, PATH, &data, None);
        self.nodes[id].standard = false;
        id
    }
}
