//! The parser beside go/parser.

use base::System as _;
use base::system::Command;

use super::example;
use crate::bench::{Case, Limits, Setup};
use crate::toolchain::with_go;

const PEER: &str = include_str!("parse.go");

/// Parses all files of net/http and what it imports.
pub(super) fn parse(setup: &Setup<'_>) -> anyhow::Result<Case> {
    let list = setup.inputs.join("net-http-files.txt");
    let template = "{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}\n{{end}}";
    let files = Command::new(&setup.go)
        .args(["list", "-deps", "-f", template, "net/http"])
        .current_dir(&setup.scratch)
        .env("CGO_ENABLED", "0");
    let files = setup.repo.output(&with_go(setup.repo, &setup.go, files))?;
    let lines: Vec<&str> = files.lines().filter(|line| !line.is_empty()).collect();
    setup
        .repo
        .system
        .write(&list, (lines.join("\n") + "\n").as_bytes())?;

    let source = setup.scratch.join("parse.go");
    setup.repo.system.write(&source, PEER.as_bytes())?;
    let program = setup.scratch.join("goparse");
    let build = Command::new(&setup.go)
        .args(["build", "-o"])
        .args([&program, &source])
        .current_dir(&setup.scratch);
    setup.repo.run(&with_go(setup.repo, &setup.go, build))?;
    Ok(Case {
        ours: Command::new(example(setup, "go_syntax", "parse")?).arg(&list),
        peer: Some(("go/parser", Command::new(program).arg(&list))),
        same_output: false,
        limits: Limits {
            cpu_ratio: Some(0.8),
            cpu_seconds: Some(0.3),
            ..Limits::default()
        },
    })
}
