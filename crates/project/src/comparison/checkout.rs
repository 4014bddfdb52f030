//! What the files of a revision need beside them: submodules, folders that `replace` leads to, and a
//! `go.work` that is not part of the repository.
//!
//! All of it is written or linked next to the checked-out files; the user's repository is only read.

use std::path::{Component, Path, PathBuf};

use base::system::{Command, ProcessOutput};
use go_syntax::module::{self, ModFile};

use super::{ComparisonError, Context};
use crate::revision::{self, Revision, RevisionError};

/// The files of a revision, and what could not be completed.
pub(super) struct Tree {
    pub(super) revision: Revision,
    /// A sentence with its remedy for each part that is missing. Builds may not need them.
    pub(super) missing: Vec<String>,
}

/// Checks out a revision of the repository around the request's folder.
pub(super) fn check_out(ctx: &Context<'_>, name: &str) -> Result<Tree, ComparisonError> {
    let dir = &ctx.request.dir;
    let revision = match revision::check_out(ctx.system, ctx.cancel, dir, name) {
        Ok(revision) => revision,
        Err(RevisionError::NoRevision { .. }) if is_shallow(ctx) => {
            return Err(ComparisonError::Shallow {
                revision: name.to_owned(),
            });
        }
        Err(error) => return Err(error.into()),
    };
    let top = git(ctx, dir, &["rev-parse", "--show-toplevel"], None).unwrap_or_default();
    let mut tree = Tree {
        revision,
        missing: Vec::new(),
    };
    let root = tree.revision.root();
    let commit = tree.revision.commit.clone();
    let top = PathBuf::from(top);
    submodules(ctx, &top, &commit, &root, &mut tree.missing)?;
    workspace_file(ctx, &top, &mut tree);
    replaced_folders(ctx, &top, &mut tree);
    Ok(tree)
}

fn is_shallow(ctx: &Context<'_>) -> bool {
    let dir = &ctx.request.dir;
    git(ctx, dir, &["rev-parse", "--is-shallow-repository"], None).as_deref() == Some("true")
}

/// The Go files in a folder of the work tree that git ignores, mostly generated ones.
pub(super) fn ignored_go_files(ctx: &Context<'_>, dir: &Path) -> Vec<String> {
    let args = [
        "ls-files",
        "--others",
        "--ignored",
        "--exclude-standard",
        "--",
        "*.go",
    ];
    let listed = git(ctx, dir, &args, None).unwrap_or_default();
    let own = listed.lines().filter(|name| !name.contains('/'));
    own.take(5).map(str::to_owned).collect()
}

/// What git prints; `None` if it fails.
fn git(ctx: &Context<'_>, dir: &Path, args: &[&str], index: Option<&Path>) -> Option<String> {
    let mut command = Command::new("git")
        .args(args)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .current_dir(dir);
    if let Some(index) = index {
        command = command.env("GIT_INDEX_FILE", index.as_os_str());
    }
    let output = ctx.system.run(&command, ctx.cancel).ok();
    let output = output.filter(ProcessOutput::success)?;
    Some(
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned(),
    )
}

/// Checks out the submodules of a commit below `root`, as far as their repositories are there.
fn submodules(
    ctx: &Context<'_>,
    repository: &Path,
    commit: &str,
    root: &Path,
    missing: &mut Vec<String>,
) -> Result<(), ComparisonError> {
    let listed = git(ctx, repository, &["ls-tree", "-r", "-z", commit], None);
    for line in listed.unwrap_or_default().split('\0') {
        let Some((mode, rest)) = line.split_once(" commit ") else {
            continue;
        };
        let Some((sha, path)) = rest.split_once('\t').filter(|_| mode == "160000") else {
            continue;
        };
        ctx.cancel.check()?;
        let own = repository.join(path);
        let target = root.join(path);
        if is_repository(ctx, &own) && files_of(ctx, &own, sha, &target).is_some() {
            submodules(ctx, &own, sha, &target, missing)?;
        } else {
            missing.push(format!(
                "the files of submodule {path} are missing: run `git submodule update --init --recursive {path}`"
            ));
        }
    }
    Ok(())
}

/// A folder without a repository of its own belongs to the one around it.
fn is_repository(ctx: &Context<'_>, dir: &Path) -> bool {
    let top = git(ctx, dir, &["rev-parse", "--show-toplevel"], None);
    let canonical = |path: &Path| ctx.system.canonicalize(path).ok();
    top.is_some_and(|top| canonical(Path::new(&top)) == canonical(dir))
}

/// Writes a commit's files to a folder, through an index of its own.
fn files_of(ctx: &Context<'_>, repository: &Path, commit: &str, target: &Path) -> Option<()> {
    ctx.system.create_dir_all(target).ok()?;
    let scratch = ctx.system.temp_dir("goperf-index-").ok()?;
    let index = scratch.path().join("index");
    let prefix = format!("--prefix={}/", target.display());
    git(ctx, repository, &["read-tree", commit], Some(&index))?;
    git(
        ctx,
        repository,
        &["checkout-index", "--all", &prefix],
        Some(&index),
    )?;
    Some(())
}

/// Writes a `go.work` for the revision if one is in force in the work tree that the revision lacks:
/// modules of the repository are the revision's, others are used where they are.
fn workspace_file(ctx: &Context<'_>, top: &Path, tree: &mut Tree) {
    let Some(path) = go_work(ctx) else {
        return;
    };
    let root = tree.revision.root();
    let (Some(dir), Some(folder)) = (path.parent(), root.parent()) else {
        return;
    };
    let target = match dir.strip_prefix(top) {
        Ok(below) => root.join(below).join("go.work"),
        // Above the repository: beside the checked-out files, where the go command looks as well.
        Err(_) => folder.join("go.work"),
    };
    let Ok(text) = ctx.system.read_to_string(&path) else {
        return;
    };
    if ctx.system.is_file(&target) {
        return;
    }
    let (file, _) = module::parse(&text);
    let moved = |own: &str| {
        let own = normal(&dir.join(own));
        // The go command does not find modules in a folder whose name ends with a slash.
        let inside = |below: &Path| normal(&root.join(below));
        (own.strip_prefix(top)).map_or_else(|_| own.clone(), inside)
    };
    let moved = moved_workspace(ctx, &file, &moved);
    if let Err(error) = ctx.system.write(&target, moved.as_bytes()) {
        tree.missing.push(format!(
            "{} could not be copied for the revision: {error}",
            path.display()
        ));
    }
    let sum = path.with_file_name("go.work.sum");
    if let Ok(text) = ctx.system.read(&sum) {
        ctx.system
            .write(&target.with_file_name("go.work.sum"), &text)
            .ok();
    }
}

/// The `go.work` that the go command uses in the request's folder, unless it is named by the
/// environment: that one is in force for both sides.
fn go_work(ctx: &Context<'_>) -> Option<PathBuf> {
    if ctx
        .system
        .env_var("GOWORK")
        .is_some_and(|set| !set.is_empty())
    {
        return None;
    }
    let mut folder = ctx.system.canonicalize(&ctx.request.dir).ok()?;
    loop {
        let path = folder.join("go.work");
        if ctx.system.is_file(&path) {
            return Some(path);
        }
        folder = folder.parent()?.to_owned();
    }
}

/// The text of a `go.work` whose folders are moved. Modules that the revision does not have are left out.
fn moved_workspace(ctx: &Context<'_>, file: &ModFile, moved: &dyn Fn(&str) -> PathBuf) -> String {
    let mut text = String::new();
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    for (word, value) in [("go", &file.go), ("toolchain", &file.toolchain)] {
        if let Some(value) = value {
            text += &format!("{word} {value}\n");
        }
    }
    for setting in &file.godebugs {
        text += &format!("godebug {setting}\n");
    }
    let uses = file.uses.iter().map(|own| moved(own));
    for dir in uses.filter(|dir| ctx.system.is_file(&dir.join("go.mod"))) {
        text += &format!("use {}\n", quoted(&dir));
    }
    for replace in &file.replaces {
        let version = |version: &Option<String>| {
            version
                .as_ref()
                .map_or_else(String::new, |version| format!(" {version}"))
        };
        let new = if is_folder(&replace.new.path) {
            quoted(&moved(&replace.new.path))
        } else {
            replace.new.path.clone() + &version(&replace.new.version)
        };
        let old = replace.old.path.clone() + &version(&replace.old.version);
        text += &format!("replace {old} => {new}\n");
    }
    text
}

/// Links the folders that `replace` lines of the revision's `go.mod` lead to and the revision lacks.
fn replaced_folders(ctx: &Context<'_>, top: &Path, tree: &mut Tree) {
    let root = tree.revision.root();
    let Some(folder) = root.parent().map(Path::to_owned) else {
        return;
    };
    let mut dir = tree.revision.dir();
    while !ctx.system.is_file(&dir.join("go.mod")) {
        match dir.parent() {
            Some(parent) if dir != root => dir = parent.to_owned(),
            _ => return,
        }
    }
    let Ok(text) = ctx.system.read_to_string(&dir.join("go.mod")) else {
        return;
    };
    let (file, _) = module::parse(&text);
    let original = dir
        .strip_prefix(&root)
        .map_or_else(|_| top.to_owned(), |below| top.join(below));
    let folders = file
        .replaces
        .iter()
        .map(|replace| replace.new.path.as_str());
    for path in folders.filter(|path| is_folder(path) && Path::new(path).is_relative()) {
        let (link, target) = (normal(&dir.join(path)), normal(&original.join(path)));
        if ctx.system.is_dir(&link) || !ctx.system.is_dir(&target) {
            continue;
        }
        let linked = link.starts_with(&folder)
            && (link.parent()).is_some_and(|parent| ctx.system.create_dir_all(parent).is_ok())
            && ctx.system.symlink(&target, &link).is_ok();
        if !linked {
            tree.missing.push(format!(
                "`replace … => {path}` in go.mod leads out of the repository: write {} there, or use a go.work",
                target.display()
            ));
        }
    }
}

/// A path in `replace` that is a folder, not a module.
fn is_folder(path: &str) -> bool {
    ["./", "../", "/", ".\\", "..\\"]
        .iter()
        .any(|start| path.starts_with(start))
        || matches!(path, "." | "..")
        || Path::new(path).is_absolute()
}

/// A path without `.` and `..`, by its words alone.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
