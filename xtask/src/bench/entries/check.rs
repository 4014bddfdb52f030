//! The type checker beside go/types.

use std::path::PathBuf;

use base::System as _;
use base::system::Command;

use super::example;
use crate::bench::{Case, Limits, Setup};
use crate::toolchain::with_go;

const PEER: &str = include_str!("check.go");

/// Parses and checks packages and all they import, function bodies too. Ours lists them besides; the peer has a
/// list.
pub(super) fn check(setup: &Setup<'_>, pattern: &str, limits: Limits) -> anyhow::Result<Case> {
    let template = "{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles \" \"}}\t{{range $k, $v := .ImportMap}}{{$k}}={{$v}};{{end}}";
    let list = Command::new(&setup.go)
        .args(["list", "-deps", "-f", template, pattern])
        .current_dir(&setup.scratch)
        .env("CGO_ENABLED", "0");
    let packages = setup.repo.output(&with_go(setup.repo, &setup.go, list))?;
    let path = (setup.inputs).join(format!("{}-packages.txt", pattern.replace('/', "-")));
    setup.repo.system.write(&path, packages.as_bytes())?;

    let program = peer(setup)?;
    Ok(Case {
        ours: ours(setup, &["CGO_ENABLED=0", pattern])?,
        peer: Some(("go/types", Command::new(program).arg(path))),
        same_output: true,
        limits,
    })
}

/// A program that checks the packages of a list with go/types.
pub(super) fn peer(setup: &Setup<'_>) -> anyhow::Result<PathBuf> {
    let source = setup.scratch.join("check.go");
    setup.repo.system.write(&source, PEER.as_bytes())?;
    let program = setup.scratch.join("gocheck");
    let build = Command::new(&setup.go)
        .args(["build", "-o"])
        .args([&program, &source])
        .current_dir(&setup.scratch);
    setup.repo.run(&with_go(setup.repo, &setup.go, build))?;
    Ok(program)
}

/// Edits a function body of net/http again and again.
pub(super) fn recheck(setup: &Setup<'_>) -> anyhow::Result<Case> {
    Ok(Case {
        ours: ours(setup, &["-repeat", "101", "CGO_ENABLED=0", "net/http"])?,
        peer: None,
        same_output: false,
        limits: Limits {
            printed: Some(20.0),
            ..Limits::default()
        },
    })
}

fn ours(setup: &Setup<'_>, args: &[&str]) -> anyhow::Result<Command> {
    let command = Command::new(example(setup, "go_load", "check")?).args(args);
    let command = command.current_dir(&setup.scratch);
    Ok(with_go(setup.repo, &setup.go, command))
}
