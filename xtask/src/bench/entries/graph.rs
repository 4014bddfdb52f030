//! Large modules with all tests, listed, read and checked: memory beside go/types.

use base::System as _;
use base::system::Command;
use serde_json::Value;

use super::check;
use crate::bench::{Case, Limits, Setup, Unavailable};
use crate::toolchain::with_go;

/// A module of the Go module proxy, and the packages of it that are asked for.
#[derive(Clone, Copy)]
pub(super) struct Graph {
    /// `path@version`.
    pub(super) module: &'static str,
    pub(super) pattern: &'static str,
}

/// Path, folder, files and imports that mean another path, as [`check::peer`] takes them; last, whether nobody asked
/// for the package. The programs of tests are left out: their sources are made by the go command.
const TEMPLATE: &str = "{{if ne .Name \"main\"}}{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles \" \"}}\t\
    {{range $k, $v := .ImportMap}}{{$k}}={{$v}};{{end}}\t{{.DepOnly}}{{end}}";

/// `goperf layout` of the packages and their tests from source, beside go/types, which checks the bodies of the same
/// packages and of no others.
pub(super) fn layout(setup: &Setup<'_>, graph: Graph) -> anyhow::Result<Case> {
    let folder = source(setup, graph.module)?;
    let go = |command: Command| {
        let command = command.current_dir(&folder).env("CGO_ENABLED", "0");
        let command = command.env("GOWORK", "off").env("GOFLAGS", "-mod=mod");
        with_go(setup.repo, &setup.go, command)
    };
    let list = Command::new(&setup.go).args([
        "list",
        "-e",
        "-test",
        "-deps",
        "-f",
        TEMPLATE,
        graph.pattern,
    ]);
    let packages = (setup.repo.output(&go(list))).map_err(|error| unavailable(graph, &error))?;
    let path = setup.scratch.join("graph.txt");
    setup.repo.system.write(&path, packages.as_bytes())?;
    let ours = Command::new(&setup.goperf).args(["layout", "--no-cache", "--tests", graph.pattern]);
    Ok(Case {
        ours: go(ours),
        peer: Some(("go/types", Command::new(check::peer(setup)?).arg(path))),
        same_output: false,
        limits: Limits {
            memory_ratio: Some(1.2),
            ..Limits::default()
        },
    })
}

/// The module's folder in the module cache, which is fetched into where it is not there yet.
pub(super) fn source(setup: &Setup<'_>, module: &str) -> anyhow::Result<std::path::PathBuf> {
    let download = Command::new(&setup.go)
        .args(["mod", "download", "-json", module])
        .current_dir(&setup.scratch);
    let fetched = setup.repo.output(&with_go(setup.repo, &setup.go, download));
    let answer: Value = serde_json::from_str(&fetched.map_err(|error| Unavailable {
        what: module.to_owned(),
        reason: format!("{error:#}"),
    })?)?;
    let folder = answer["Dir"].as_str().unwrap_or_default();
    // The module cache is read-only, and go.sum may have to grow.
    let copy = setup.inputs.join(module.replace(['/', '@'], "-"));
    let system = &setup.repo.system;
    if !system.is_dir(&copy) {
        let copying = Command::new("cp").arg("-r").arg(folder).arg(&copy);
        setup.repo.run(&copying)?;
        let writable = Command::new("chmod").args(["-R", "u+w"]).arg(&copy);
        setup.repo.run(&writable)?;
        let go_mod = copy.join("go.mod");
        let text = system.read_to_string(&go_mod)?;
        let version = module.split("@v1").nth(1).unwrap_or_default();
        system.write(&go_mod, staged(&text, version).as_bytes())?;
    }
    Ok(copy)
}

/// The text of kubernetes' go.mod with its modules below `staging`, which are not in the module's archive, as they are
/// published: v0.X.Y beside v1.X.Y. Other files have none.
fn staged(go_mod: &str, version: &str) -> String {
    let line = |line: &str| match line.split_once("=> ./staging/src/") {
        Some((before, module)) => format!("{before}=> {module} v0{version}\n"),
        None => format!("{line}\n"),
    };
    go_mod.lines().map(line).collect()
}

fn unavailable(graph: Graph, error: &anyhow::Error) -> Unavailable {
    Unavailable {
        what: format!("what {} imports", graph.module),
        reason: format!("{error:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staged_modules_are_the_published_ones() {
        let go_mod = "module k8s.io/kubernetes\n\treplace k8s.io/api => ./staging/src/k8s.io/api\n";
        let want = "module k8s.io/kubernetes\n\treplace k8s.io/api => k8s.io/api v0.37.2\n";
        assert_eq!(staged(go_mod, ".37.2"), want);
    }
}
