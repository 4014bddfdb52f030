//! Which files may be shown as source.

use std::path::{Path, PathBuf};

use base::System;

use crate::Workspace;

/// The folders that the sources of a workspace lie in: its modules, GOROOT, the module cache, GOPATH and what the go
/// command generates.
///
/// A position may name any file, since `//line` directives make it up. A snippet is shown of files in these folders
/// only, symbolic links resolved.
#[derive(Clone, Debug)]
pub struct SourceRoots {
    roots: Vec<PathBuf>,
}

impl SourceRoots {
    /// Those of a workspace. Relative paths of `go.work` and `go.mod` are followed to the modules they name.
    pub fn of(workspace: &Workspace) -> Self {
        let (system, env) = (workspace.system, &workspace.go.env);
        let mut roots = vec![workspace.dir.clone(), env.goroot.clone()];
        roots.extend([env.gomodcache.clone(), env.gocache.clone()]);
        roots.extend(env.gopath.iter().map(|path| path.join("src")));
        for file in [&env.gowork, &env.gomod].into_iter().flatten() {
            let folder = file.parent().unwrap_or(Path::new("/"));
            let text = system.read_source(file).unwrap_or_default();
            let (module, _) = go_syntax::module::parse(&String::from_utf8_lossy(&text));
            let replaced = module.replaces.iter().map(|replace| &replace.new);
            let replaced = replaced.filter(|new| new.version.is_none());
            let elsewhere = module.uses.iter().chain(replaced.map(|new| &new.path));
            roots.extend(elsewhere.map(|path| folder.join(path)));
            roots.push(folder.to_owned());
        }
        let canonical = |root: PathBuf| system.canonicalize(&root).ok();
        let roots = roots.into_iter().filter(|root| root.is_absolute());
        Self {
            roots: roots.filter_map(canonical).collect(),
        }
    }

    /// The text of a source file, if it lies in one of the folders.
    pub fn read(&self, system: &dyn System, path: &Path) -> Option<String> {
        let canonical = system.canonicalize(path).ok()?;
        if !self.roots.iter().any(|root| canonical.starts_with(root)) {
            return None;
        }
        String::from_utf8(system.read_source(&canonical).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use base::Cancellation;
    use base::system::Command;
    use base::testing::{MemorySystem, exited};

    use super::*;

    #[test]
    fn a_line_directive_does_not_lead_out_of_the_modules() {
        let env = r#"{"GOVERSION": "go1.27.3", "GOROOT": "/go", "GOMOD": "/m/go.mod", "GOWORK": "/m/go.work"}"#;
        let system = MemorySystem::default()
            .with_process(Box::new(move |_: &Command| Ok(exited(0, env))))
            .with_file("/m/go.mod", "module m\nreplace x.org/r => ../r\n")
            .with_file("/m/go.work", "go 1.27\nuse (\n\t.\n\t../w\n)\n")
            .with_file("/m/a.go", "package a")
            .with_file("/r/a.go", "package r")
            .with_file("/w/a.go", "package w")
            .with_file("/go/src/fmt/print.go", "package fmt")
            .with_file("/etc/passwd", "secret");
        let cancel = Cancellation::default();
        let go = go_tool::GoTool::find(&system, None).unwrap();
        let workspace = Workspace {
            system: &system,
            cancel: &cancel,
            go,
            dir: "/m".into(),
            cache: base::Cache::none(),
            types: None,
            cgo: None,
            parts: None,
            source: &crate::decision_source::CompilerLog,
        };
        let roots = SourceRoots::of(&workspace);
        let read = |path: &str| roots.read(&system, Path::new(path));
        for path in ["/m/a.go", "/go/src/fmt/print.go"] {
            assert!(read(path).is_some(), "{path}");
        }
        assert_eq!(read("/etc/passwd"), None);
    }
}
