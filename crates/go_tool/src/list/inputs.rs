//! What an answer of `go list` depends on, for those who keep answers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base::System;
use base::system::EntryKind;

use super::{ListOptions, Package};
use crate::find::GoTool;

/// Tells the system what the go command has read, or would have read, to list packages. The environment is not among it,
/// nor are the headers of C libraries, which the go command's own cache overlooks, too.
pub(super) fn tell(go: &GoTool, system: &dyn System, options: &ListOptions, packages: &[Package]) {
    let broken = (packages.iter()).find(|it| !it.errors.is_empty() || !it.dep_errors.is_empty());
    if let Some(broken) = broken {
        // What is missing may be found elsewhere next time: in the network, in another cache.
        let text = format!("the go command finds faults in {}", broken.import_path);
        system.cannot_repeat(&text);
        return;
    }
    toolchain(go, system);
    if !go.env.gocache.as_os_str().is_empty() {
        // The go command also touches what it uses there.
        system.named_by_content(&go.env.gocache);
    }
    modules(go, system, options, packages);
    for folder in walked(go, options, packages) {
        walk(system, &folder, true);
    }
    let folders: BTreeSet<&Path> = packages.iter().map(|it| &*it.dir).collect();
    let with_c: BTreeSet<&Path> = (packages.iter())
        .filter(|it| it.uses_cgo() || it.n_foreign_files > 0)
        .map(|it| &*it.dir)
        .collect();
    for folder in folders {
        // The go command takes the files of its module cache for unchangeable, too.
        if is_below(folder, &go.env.gomodcache) {
            system.depends_on(folder);
        } else {
            files(system, folder, with_c.contains(folder));
        }
    }
}

fn is_below(path: &Path, folder: &Path) -> bool {
    !folder.as_os_str().is_empty() && path.starts_with(folder)
}

fn toolchain(go: &GoTool, system: &dyn System) {
    system.depends_on(&go.env.goroot.join("VERSION"));
    system.depends_on(&go.tool_path("compile"));
}

/// The files that say which modules there are.
fn modules(go: &GoTool, system: &dyn System, options: &ListOptions, packages: &[Package]) {
    for folder in options.dir.ancestors() {
        for name in ["go.mod", "go.work"] {
            system.depends_on(&folder.join(name));
        }
    }
    let named = [&go.env.gomod, &go.env.gowork, &options.modfile];
    let mut files: BTreeSet<PathBuf> = named.into_iter().flatten().cloned().collect();
    let dirs = packages.iter().filter_map(|package| {
        let module = package.module.as_ref()?;
        (module.dir.as_deref()).filter(|dir| !is_below(dir, &go.env.gomodcache))
    });
    files.extend(dirs.map(|dir| dir.join("go.mod")));
    for file in files {
        system.depends_on(&file);
        system.depends_on(&file.with_extension("sum"));
        system.depends_on(&file.with_extension("work.sum"));
        system.depends_on(&file.with_file_name("vendor").join("modules.txt"));
    }
}

/// Folders below which packages were looked for.
fn walked(go: &GoTool, options: &ListOptions, packages: &[Package]) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for pattern in &options.patterns {
        let is_path = pattern.starts_with('.') || Path::new(pattern).is_absolute();
        if let Some((head, _)) = pattern.split_once("...").filter(|_| is_path) {
            let head = head.rsplit_once(['/', '\\']).map_or(".", |(head, _)| head);
            folders.insert(options.dir.join(head));
        } else if pattern.contains("...") || ["std", "cmd", "all"].contains(&pattern.as_str()) {
            folders.insert(go.env.goroot.join("src"));
            let main = packages.iter().filter_map(|it| it.module.as_ref());
            let dirs = main.filter(|it| it.main).filter_map(|it| it.dir.clone());
            folders.extend(dirs);
        }
    }
    folders
}

/// The folders in which the go command looks for packages.
fn walk(system: &dyn System, folder: &Path, is_first: bool) {
    let Ok(entries) = system.list_dir(folder) else {
        return;
    };
    // Another module.
    if !is_first && entries.iter().any(|it| it.name == "go.mod") {
        return;
    }
    for entry in entries.iter().filter(|it| it.kind == EntryKind::Dir) {
        let name = &entry.name;
        if !name.starts_with(['.', '_']) && name != "testdata" {
            walk(system, &folder.join(name), false);
        }
    }
}

/// Files whose text says whether they belong to a package, and what it imports.
fn files(system: &dyn System, folder: &Path, all: bool) {
    for entry in system.list_dir(folder).unwrap_or_default() {
        let is_go = Path::new(&entry.name)
            .extension()
            .is_some_and(|it| it == "go");
        if entry.kind != EntryKind::Dir && (all || is_go) {
            system.depends_on(&folder.join(&entry.name));
        }
    }
}
