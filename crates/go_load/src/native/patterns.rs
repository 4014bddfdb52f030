//! What patterns match: folders, import paths, `...`, and the names for sets of packages.

use std::path::{Path, PathBuf};

use base::system::EntryKind;
use go_syntax::module::ModuleVersion;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::disk::Disk;
use super::error::{NativeError, refused};
use super::folder::{FolderError, Folders};
use super::gopath::Gopath;
use super::modules::{ModMode, Modules};
use super::paths::{
    clean, has_path_prefix, is_local_import, is_standard_import_path, join_import, shortest,
    to_slash,
};

/// A pattern with what it matches.
#[derive(Clone, Debug, Default)]
pub(super) struct Match {
    pub(super) pattern: String,
    /// Import paths, in order.
    pub(super) packages: Vec<String>,
    /// Why it matches nothing, or less than it could.
    pub(super) errors: Vec<MatchError>,
}

#[derive(Clone, Debug)]
pub(super) enum MatchError {
    /// The folder holds no Go files.
    NoGo(PathBuf),
    Told(String),
}

impl Match {
    fn new(pattern: &str) -> Self {
        Self {
            pattern: pattern.to_owned(),
            ..Self::default()
        }
    }

    /// Names one package or folder.
    pub(super) fn is_literal(&self) -> bool {
        !self.pattern.contains("...") && !is_meta(&self.pattern)
    }

    fn is_local(&self) -> bool {
        is_local_import(&self.pattern) || Path::new(&self.pattern).is_absolute()
    }
}

fn is_meta(pattern: &str) -> bool {
    matches!(pattern, "std" | "cmd" | "tool" | "work" | "all")
}

/// Patterns in their shortest form; none is the folder worked in.
pub(super) fn clean_patterns(patterns: &[String]) -> Vec<String> {
    if patterns.is_empty() {
        return vec![".".to_owned()];
    }
    let short = |pattern: &String| {
        let (path, version) = match pattern.find('@') {
            Some(at) if !is_local_import(pattern) && !Path::new(pattern).is_absolute() => {
                pattern.split_at(at)
            }
            _ => (pattern.as_str(), ""),
        };
        let cleaned = to_slash(&clean(Path::new(path)));
        let is_below = path.starts_with("./") && cleaned != ".";
        let dot = if is_below && cleaned != ".." && !cleaned.starts_with("../") {
            "./"
        } else {
            ""
        };
        format!("{dot}{cleaned}{version}")
    };
    patterns.iter().map(short).collect()
}

/// Matches patterns in one mode or the other.
pub(super) struct Matcher<'a> {
    pub(super) disk: &'a Disk<'a>,
    pub(super) folders: &'a Folders<'a>,
    pub(super) goroot_src: &'a Path,
    /// The folder worked in.
    pub(super) current: &'a Path,
    pub(super) cgo_enabled: bool,
}

impl Matcher<'_> {
    /// By modules. `all` matches the packages of the main modules for now: what they import is not
    /// known yet.
    pub(super) fn in_modules(
        &self,
        modules: &Modules<'_>,
        pattern: &str,
    ) -> Result<Match, NativeError> {
        let mut matched = Match::new(pattern);
        if matched.is_local() {
            self.local_in_modules(modules, &mut matched)?;
        } else if matched.is_literal() {
            matched.packages = vec![pattern.to_owned()];
        } else if pattern.contains("...") {
            let list = match modules.mode {
                ModMode::Vendor => Vec::new(),
                ModMode::Readonly => modules.graph().map_err(refused)?.build_list(),
            };
            self.packages_in_modules(modules, &mut matched, &list, true)?;
        } else {
            match pattern {
                "std" | "cmd" => self.in_goroot(&mut matched),
                "tool" => matched.packages = modules.tools(),
                _ => {
                    self.packages_in_modules(modules, &mut matched, &[], false)?;
                    if pattern == "all" {
                        matched.packages.extend(modules.tools());
                    }
                }
            }
        }
        Ok(matched)
    }

    /// By GOPATH.
    pub(super) fn in_gopath(
        &self,
        gopath: &Gopath<'_>,
        pattern: &str,
    ) -> Result<Match, NativeError> {
        let mut matched = Match::new(pattern);
        if matched.is_local() {
            let dirs = if matched.is_literal() {
                vec![pattern.to_owned()]
            } else {
                self.local_dirs(
                    &matched.pattern,
                    &self.absolute(prefix_dir(pattern)),
                    &[],
                    false,
                )
            };
            let path_of = |dir: String| {
                let path = gopath.path_of_dir(&self.absolute(&dir));
                path.unwrap_or(dir)
            };
            matched.packages = dirs.into_iter().map(path_of).collect();
        } else if matched.is_literal() {
            matched.packages = vec![pattern.to_owned()];
        } else if matches!(pattern, "std" | "cmd") {
            self.in_goroot(&mut matched);
        } else if pattern == "all" || pattern.contains("...") {
            let mut seen: FxHashSet<String> = self.hidden();
            for root in gopath.roots() {
                let found = self.walk_gopath(&root.join("src"), pattern, &mut seen);
                matched.packages.extend(found);
            }
        } else {
            return Err(refused(format!(
                "`{pattern}` means nothing without modules"
            )));
        }
        Ok(matched)
    }

    fn absolute(&self, dir: impl AsRef<Path>) -> PathBuf {
        clean(&self.current.join(dir))
    }

    /// Packages that no wildcard matches.
    fn hidden(&self) -> FxHashSet<String> {
        let cgo = (!self.cgo_enabled).then(|| "runtime/cgo".to_owned());
        std::iter::once("builtin".to_owned()).chain(cgo).collect()
    }

    fn local_in_modules(
        &self,
        modules: &Modules<'_>,
        matched: &mut Match,
    ) -> Result<(), NativeError> {
        let dirs = if matched.is_literal() {
            vec![matched.pattern.clone()]
        } else {
            let start = self.absolute(prefix_dir(&matched.pattern));
            let root = super::environment::find_above(self.disk.system, &start, "go.mod");
            let main = modules
                .mains
                .iter()
                .find(|main| Some(&main.root) == root.as_ref());
            let known = main.is_some()
                || start.starts_with(self.goroot_src)
                || modules.path_in_modules(&start).is_some();
            if !known {
                let scope = if modules.is_workspace() {
                    "modules listed in go.work or their selected dependencies"
                } else {
                    "main module or its selected dependencies"
                };
                let start = shortest(&start, self.current);
                let message = format!("directory prefix {start} does not contain {scope}");
                matched.errors.push(MatchError::Told(message));
                return Ok(());
            }
            // Those of the module's own file, whatever `-modfile` says.
            let file = main.and_then(|main| self.disk.read_text(&main.root.join("go.mod")).ok());
            let ignores =
                file.map_or_else(Vec::new, |text| go_syntax::module::parse(&text).0.ignores);
            let root = main.map_or(start.clone(), |main| main.root.clone());
            let ignore = Ignores::new(&root, &ignores);
            let dirs = self.local_dirs(&matched.pattern, &start, &[ignore], true);
            if main.is_none() && !modules.mains.is_empty() {
                return Err(refused("a folder outside of the main module is walked"));
            }
            dirs
        };
        for dir in dirs {
            match self.path_of_dir(modules, &dir)? {
                Ok(path) => matched.packages.push(path),
                // No wildcard means these.
                Err(Local::Builtin | Local::GorootSrc) if !matched.is_literal() => {}
                Err(_) if modules.mains.is_empty() => {
                    return Err(refused("there is no main module"));
                }
                Err(Local::Error(error)) => matched.errors.push(error),
                Err(Local::GorootSrc) => {
                    let message = "GOROOT/src is not an importable package".to_owned();
                    matched.errors.push(MatchError::Told(message));
                }
                Err(Local::Builtin) => {
                    let message = "\"builtin\" is a pseudo-package, not an importable package";
                    matched.errors.push(MatchError::Told(message.to_owned()));
                }
            }
        }
        Ok(())
    }

    /// The import path of a folder.
    fn path_of_dir(
        &self,
        modules: &Modules<'_>,
        dir: &str,
    ) -> Result<Result<String, Local>, NativeError> {
        let told = |message: String| Ok(Err(Local::Error(MatchError::Told(message))));
        let dir = self.absolute(dir);
        let folder = self.folders.read(&dir);
        let Some(folder) = folder else {
            return told(if self.disk.is_file(&dir) {
                return Err(refused(format!("`{}` is not a folder", dir.display())));
            } else {
                format!("stat {}: directory not found", dir.display())
            });
        };
        if folder.error == Some(FolderError::NoGo) && folder.ignored_go_files.is_empty() {
            return Ok(Err(Local::Error(MatchError::NoGo(dir))));
        }
        if let Some(main) = modules.mains.iter().find(|main| main.root == dir) {
            return Ok(match main.prefix.as_str() {
                "" => Err(Local::GorootSrc),
                prefix => Ok(prefix.to_owned()),
            });
        }
        match modules.path_in_mains(&dir) {
            Some(Ok(path)) if path == "builtin" => return Ok(Err(Local::Builtin)),
            Some(Ok(path)) => return Ok(Ok(path)),
            Some(Err(message)) => return told(message),
            None => {}
        }
        if let Ok(sub) = dir.strip_prefix(self.goroot_src) {
            let sub = to_slash(sub);
            if sub == "builtin" {
                return Ok(Err(Local::Builtin));
            }
            if !sub.is_empty() && !sub.contains('@') {
                return Ok(Ok(sub));
            }
        }
        if let Some(path) = modules.path_in_modules(&dir) {
            return Ok(Ok(path));
        }
        if modules.is_workspace() {
            return Err(refused("a folder is in no module of the workspace"));
        }
        let name = match shortest(&dir, self.current).as_str() {
            "." => "current directory".to_owned(),
            short => format!("directory {short}"),
        };
        told(format!(
            "{name} outside main module or its selected dependencies"
        ))
    }

    /// Folders that match `./x/...`, spelled as the pattern is.
    fn local_dirs(
        &self,
        pattern: &str,
        start: &Path,
        ignores: &[Ignores],
        stop_at_modules: bool,
    ) -> Vec<String> {
        let cleaned = to_slash(&clean(Path::new(pattern)));
        let dot = if pattern.starts_with("./") && cleaned != "." {
            "./"
        } else {
            ""
        };
        let pattern = format!("{dot}{cleaned}");
        let shown = prefix_dir(&cleaned);
        let mut dirs = Vec::new();
        let mut see = |dir: &Path, is_top: bool| {
            // The folder where the walk starts counts as the pattern spells it: not by its name for `./...`.
            let name = if is_top { Path::new(shown) } else { dir };
            if is_hidden(name) || ignores.iter().any(|ignores| ignores.hold(dir)) {
                return false;
            }
            if !is_top && stop_at_modules && self.disk.is_file(&dir.join("go.mod")) {
                return false;
            }
            let below = to_slash(dir.strip_prefix(start).unwrap_or(dir));
            let spelled = to_slash(&clean(&Path::new(shown).join(below)));
            let name = format!("{dot}{spelled}");
            if matches_pattern(&pattern, &name) {
                dirs.push((dir.to_owned(), name));
            }
            true
        };
        self.walk(start, true, &mut see);
        self.with_go(dirs, |folder| {
            folder.error != Some(FolderError::NoGo) || !folder.invalid_go_files.is_empty()
        })
    }

    /// Those whose folder is one that `wanted` wants; all folders are read.
    fn with_go(
        &self,
        dirs: Vec<(PathBuf, String)>,
        wanted: impl Fn(&super::folder::Folder) -> bool + Sync,
    ) -> Vec<String> {
        let has_go = |(dir, _): &(PathBuf, String)| {
            self.folders.read(dir).is_some_and(|folder| wanted(&folder))
        };
        dirs.into_par_iter()
            .filter(has_go)
            .map(|(_, name)| name)
            .collect()
    }

    /// Visits folders in order of their names, each before those in it; `see` returns whether to enter it.
    fn walk(&self, dir: &Path, is_top: bool, see: &mut dyn FnMut(&Path, bool) -> bool) {
        if !see(dir, is_top) {
            return;
        }
        let entries = self.disk.list(dir);
        for entry in entries.iter().flat_map(|entries| entries.iter()) {
            if entry.kind == EntryKind::Dir {
                self.walk(&dir.join(&entry.name), false, see);
            }
        }
    }

    /// `std` or `cmd`
    fn in_goroot(&self, matched: &mut Match) {
        let start = match matched.pattern.as_str() {
            "cmd" => self.goroot_src.join("cmd"),
            _ => self.goroot_src.to_owned(),
        };
        let hidden = self.hidden();
        let is_std = matched.pattern == "std";
        let mut dirs = Vec::new();
        self.walk(&start, true, &mut |dir, _| {
            let name = to_slash(dir.strip_prefix(self.goroot_src).unwrap_or(dir));
            if name.is_empty() {
                return true;
            }
            if is_hidden(dir) || (is_std && (!is_standard_import_path(&name) || name == "cmd")) {
                return false;
            }
            if !hidden.contains(&name) {
                dirs.push((dir.to_owned(), name));
            }
            true
        });
        matched.packages = self.with_go(dirs, |folder| {
            // A command among the vendored packages is none of the toolchain's.
            let is_vendored_command =
                folder.name == "main" && folder.dir.starts_with(self.goroot_src.join("cmd/vendor"));
            !folder.has_nothing() && (is_std || !is_vendored_command)
        });
    }

    fn walk_gopath(
        &self,
        source: &Path,
        pattern: &str,
        seen: &mut FxHashSet<String>,
    ) -> Vec<String> {
        let mut dirs = Vec::new();
        self.walk(source, true, &mut |dir, is_top| {
            let name = to_slash(dir.strip_prefix(source).unwrap_or(dir));
            if is_top {
                return true;
            }
            if is_hidden(dir) || (pattern != "all" && !tree_can_match(pattern, &name)) {
                return false;
            }
            if !seen.insert(name.clone()) {
                return true;
            }
            if pattern == "all" || matches_pattern(pattern, &name) {
                dirs.push((dir.to_owned(), name));
            }
            true
        });
        self.with_go(dirs, |folder| !folder.has_nothing())
    }

    /// Import paths that match in the given modules and the main ones; and in the standard library.
    fn packages_in_modules(
        &self,
        modules: &Modules<'_>,
        matched: &mut Match,
        list: &[ModuleVersion],
        with_std: bool,
    ) -> Result<(), NativeError> {
        let mut trees: Vec<Tree> = Vec::new();
        if with_std {
            trees.push(Tree::new(self.goroot_src, "", false, true));
            trees.push(Tree::new(&self.goroot_src.join("cmd"), "cmd", false, true));
        }
        for main in &modules.mains {
            let mut tree = Tree::new(&main.root, &main.prefix, true, true);
            tree.ignores = Ignores::new(&main.root, &main.file.ignores);
            trees.push(tree);
        }
        if modules.mode == ModMode::Vendor && !modules.mains.is_empty() {
            trees.push(Tree::new(&modules.vendor_dir(), "", true, false));
        }
        let pattern = matched.pattern.as_str();
        let can_match = |path: &str| is_meta(pattern) || tree_can_match(pattern, path);
        for module in list.iter().filter(|module| can_match(&module.path)) {
            let (root, local) = modules.root(module).map_err(refused)?;
            let mut tree = Tree::new(&root, &module.path, true, local);
            tree.ignores = Ignores::new(&root, &modules.ignores(module));
            trees.push(tree);
        }
        let mut seen = self.hidden();
        let mut dirs = Vec::new();
        for tree in trees.iter().filter(|tree| can_match(&tree.prefix)) {
            self.walk_tree(tree, pattern, &mut seen, &mut dirs);
        }
        matched.packages = self.with_go(dirs, |folder| !folder.has_nothing());
        matched.packages.sort();
        Ok(())
    }

    fn walk_tree(
        &self,
        tree: &Tree,
        pattern: &str,
        seen: &mut FxHashSet<String>,
        dirs: &mut Vec<(PathBuf, String)>,
    ) {
        let skipped_vendor = |dir: &Path| {
            let above = dir.parent().filter(|above| above.starts_with(&tree.root));
            tree.skip_vendor
                && above.is_some_and(|above| above.ends_with("vendor") && *above != tree.root)
        };
        self.walk(&tree.root, true, &mut |dir, is_top| {
            let below = dir.strip_prefix(&tree.root).unwrap_or(dir);
            let name = join_import(&tree.prefix, below);
            if is_top && tree.prefix.is_empty() {
                return true;
            }
            let hidden = !is_top && (is_hidden(dir) || tree.ignores.hold(dir));
            if hidden
                || skipped_vendor(dir)
                || (!is_meta(pattern) && !tree_can_match(pattern, &name))
            {
                return false;
            }
            if !is_top && tree.stop_at_modules && self.disk.is_file(&dir.join("go.mod")) {
                return false;
            }
            if seen.insert(name.clone()) && (is_meta(pattern) || matches_pattern(pattern, &name)) {
                dirs.push((dir.to_owned(), name));
            }
            true
        });
    }
}

/// Why a folder has no import path.
enum Local {
    Builtin,
    GorootSrc,
    Error(MatchError),
}

/// A tree of packages.
struct Tree {
    root: PathBuf,
    /// What import paths start with.
    prefix: String,
    skip_vendor: bool,
    /// Other modules nested in it are none of its packages.
    stop_at_modules: bool,
    ignores: Ignores,
}

impl Tree {
    fn new(root: &Path, prefix: &str, skip_vendor: bool, stop_at_modules: bool) -> Self {
        Self {
            root: root.to_owned(),
            prefix: prefix.to_owned(),
            skip_vendor,
            stop_at_modules,
            ignores: Ignores::new(root, &[]),
        }
    }
}

/// `ignore` lines of a module: `./x` is that folder, `x` any folder of that name.
struct Ignores {
    root: PathBuf,
    here: Vec<String>,
    anywhere: Vec<String>,
}

impl Ignores {
    fn new(root: &Path, ignores: &[String]) -> Self {
        let slashed = |path: &str| format!("/{}/", path.trim_matches('/'));
        let here = ignores
            .iter()
            .filter_map(|ignore| ignore.strip_prefix("./"));
        let anywhere = ignores.iter().filter(|ignore| !ignore.starts_with("./"));
        Self {
            root: root.to_owned(),
            here: here.map(slashed).collect(),
            anywhere: anywhere.map(|ignore| slashed(ignore)).collect(),
        }
    }

    fn hold(&self, dir: &Path) -> bool {
        if self.here.is_empty() && self.anywhere.is_empty() {
            return false;
        }
        let below = dir
            .strip_prefix(&self.root)
            .map(to_slash)
            .unwrap_or_default();
        if below.is_empty() {
            return false;
        }
        let below = format!("/{below}/");
        self.here.iter().any(|ignore| below.starts_with(ignore))
            || self.anywhere.iter().any(|ignore| below.contains(ignore))
    }
}

/// Trees that wildcards skip.
fn is_hidden(dir: &Path) -> bool {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(['.', '_']) || name == "testdata"
}

/// The folder that a walk for a local pattern starts in.
fn prefix_dir(pattern: &str) -> &str {
    let head = pattern.split("...").next().unwrap_or(pattern);
    match head.rfind('/') {
        Some(0) => "/",
        Some(at) => &head[..at],
        None => ".",
    }
}

/// Can anything at or below the path match?
fn tree_can_match(pattern: &str, name: &str) -> bool {
    let (head, is_wild) = match pattern.find("...") {
        Some(at) => (&pattern[..at], true),
        None => (pattern, false),
    };
    (name.len() <= head.len() && has_path_prefix(head, name)) || (is_wild && name.starts_with(head))
}

/// `...` stands for any text, but not for one with a vendor folder on the way; `/...` at the end for
/// nothing too.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    const VENDOR: &str = "\0";
    let mark = |path: &str| -> String {
        let mut elements: Vec<&str> = path.split('/').collect();
        let last = elements.len() - 1;
        for element in &mut elements[..last] {
            if *element == "vendor" {
                *element = VENDOR;
            }
        }
        elements.join("/")
    };
    let (pattern, name) = (mark(pattern), mark(name));
    if let Some(head) = pattern.strip_suffix("/\0/...") {
        return matches_glob(&format!("{head}/vendor"), &name) || matches_glob(&pattern, &name);
    }
    let whole = pattern.strip_suffix("/...");
    whole.is_some_and(|head| matches_glob(head, &name)) || matches_glob(&pattern, &name)
}

fn matches_glob(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split("...");
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        let at = match pieces.peek() {
            Some(_) => rest.find(piece),
            None => rest
                .len()
                .checked_sub(piece.len())
                .filter(|_| rest.ends_with(piece)),
        };
        let Some(at) = at else {
            return false;
        };
        if rest[..at].contains('\0') {
            return false;
        }
        rest = &rest[at + piece.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        let cases = [
            ("net/...", "net", true),
            ("net/...", "net/http", true),
            ("net/...", "netchan", false),
            ("net...", "netchan", true),
            (".../http", "net/http", true),
            ("a...b...c", "aXbYc", true),
            ("a...b...c", "aXcYb", false),
            ("./...", "./a/vendor/b", false),
            ("./...", "./a/vendor", true),
            ("./vendor/...", "./vendor/b", true),
            ("./vendor/...", "./vendor", true),
            ("...", "a/b", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(matches_pattern(pattern, name), expected, "{pattern} {name}");
        }
        assert!(tree_can_match("a/b...", "a") && tree_can_match("a/b...", "a/bc/d"));
        assert!(!tree_can_match("a/b...", "b") && !tree_can_match("a/b", "a/b/c"));
    }

    #[test]
    fn patterns_are_shortened() {
        let cases = [
            ("./a/", "./a"),
            ("./.", "."),
            ("./../x", "../x"),
            ("net/http/", "net/http"),
            ("/a//b", "/a/b"),
            ("./...", "./..."),
            ("a/b@v1.0.0", "a/b@v1.0.0"),
        ];
        for (pattern, short) in cases {
            assert_eq!(clean_patterns(&[pattern.to_owned()]), [short], "{pattern}");
        }
        assert_eq!(clean_patterns(&[]), ["."]);
    }

    #[test]
    fn ignored_folders() {
        let ignores = Ignores::new(
            Path::new("/m"),
            &["./a/b".to_owned(), "node_modules".to_owned()],
        );
        let cases = [
            ("/m", false),
            ("/m/a", false),
            ("/m/a/b", true),
            ("/m/a/b/c", true),
            ("/m/x/a/b", false),
            ("/m/x/node_modules/y", true),
        ];
        for (dir, expected) in cases {
            assert_eq!(ignores.hold(Path::new(dir)), expected, "{dir}");
        }
    }
}
