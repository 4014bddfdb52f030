//! What an import path means: by modules, or by GOPATH.

use std::path::Path;

use go_syntax::module::ModuleVersion;
use go_tool::Module;

use super::context::Context;
use super::disk::Disk;
use super::folder::Folders;
use super::gopath::Gopath;
use super::modules::Modules;
use super::node::{Data, Node, Problem};
use super::paths::{is_in_testdata, to_slash};
use super::reach::{Reached, std_import};

/// Knows where packages are.
#[derive(Debug)]
pub(super) enum Resolver<'a> {
    Modules {
        modules: &'a Modules<'a>,
        reached: Reached,
        folders: &'a Folders<'a>,
    },
    Gopath(Gopath<'a>),
}

impl Resolver<'_> {
    /// Finds a package; `resolve`: the path stands in a source file of `parent` in `from`.
    pub(super) fn data(
        &self,
        disk: &Disk<'_>,
        _context: &Context,
        path: &str,
        from: &Path,
        parent: Option<&Node>,
        resolve: bool,
    ) -> Data {
        if let Some(message) = nothing(path) {
            return Data {
                nothing: Some(message),
                ..Data::default()
            };
        }
        match self {
            Self::Gopath(gopath) => gopath.data(path, from, parent, resolve),
            Self::Modules {
                modules,
                reached,
                folders,
            } => {
                let path = match parent.filter(|parent| parent.standard) {
                    Some(parent) => {
                        std_import(disk, modules.goroot_src(), &parent.import_path, path)
                    }
                    None => path.to_owned(),
                };
                in_modules(modules, reached, folders, path)
            }
        }
    }

    pub(super) fn module_info(&self, module: &ModuleVersion) -> Module {
        match self {
            Self::Modules { modules, .. } => modules.info(module),
            Self::Gopath(_) => Module::default(),
        }
    }

    /// The import path that a folder of a main module has; `.` for any other.
    pub(super) fn path_of_dir(&self, dir: &Path) -> String {
        let Self::Modules { modules, .. } = self else {
            return ".".to_owned();
        };
        let path = modules.mains.iter().find_map(|main| {
            let sub = to_slash(dir.strip_prefix(&main.root).ok()?);
            Some(match sub.as_str() {
                "" => main.prefix.clone(),
                _ if main.prefix.is_empty() => sub,
                _ => format!("{}/{sub}", main.prefix),
            })
        });
        path.unwrap_or_else(|| ".".to_owned())
    }
}

fn nothing(path: &str) -> Option<String> {
    if path.starts_with("mod/") {
        return Some(format!("disallowed import path {path:?}"));
    }
    path.contains('@').then(|| {
        "can only use path@version syntax with 'go get' and 'go install' in module-aware mode"
            .to_owned()
    })
}

fn in_modules(
    modules: &Modules<'_>,
    reached: &Reached,
    folders: &Folders<'_>,
    path: String,
) -> Data {
    let goroot_src = modules.goroot_src();
    let mut data = Data::default();
    let problem = if let Some(reach) = reached.packages.get(&path) {
        data.dir.clone_from(&reach.found.dir);
        data.folder.clone_from(&reach.folder);
        let std = modules.is_std(&path);
        data.module = reach.found.module.clone().filter(|_| !std);
        reached.problem(modules, &path)
    } else {
        data.dir = modules.is_std(&path).then(|| goroot_src.join(&path));
        let missing = data.dir.is_none();
        missing.then(|| "cannot find package".to_owned())
    };
    if let Some(dir) = &data.dir {
        data.goroot = dir.starts_with(goroot_src) && !is_in_testdata(dir, goroot_src);
        if data.folder.is_none() {
            data.folder = folders.read(dir);
        }
    }
    let of_folder = data.folder.as_ref().and_then(|folder| folder.error.clone());
    data.problem = match (of_folder, problem) {
        (Some(error), _) => Some(Problem::Folder(error)),
        (None, Some(message)) => Some(Problem::Told(message)),
        (None, None) if data.folder.is_none() => Some(Problem::Told(match &data.dir {
            Some(dir) => format!("open {}: no such file or directory", dir.display()),
            None => format!(
                "unknown import path {path:?}: internal error: module loader did not resolve import"
            ),
        })),
        (None, None) => None,
    };
    data.path = path;
    data
}
