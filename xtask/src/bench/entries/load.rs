//! Packages from the cache beside the same from source.

use base::system::Command;

use super::example;
use crate::bench::{Case, Limits, Setup};
use crate::toolchain::with_go;

/// net/http and what it imports, listing included: nobody wants bodies.
pub(super) fn warm(setup: &Setup<'_>) -> anyhow::Result<Case> {
    let limits = Limits {
        cpu_ratio: Some(0.25),
        wall_seconds: Some(0.12),
        memory_mib: Some(64.0),
        ..Limits::default()
    };
    case(setup, "none", limits)
}

/// The same with net/http itself checked from source, bodies and all.
pub(super) fn warm_root(setup: &Setup<'_>) -> anyhow::Result<Case> {
    let limits = Limits {
        cpu_ratio: Some(0.5),
        ..Limits::default()
    };
    case(setup, "roots", limits)
}

/// The packages of a pattern, with all they import, listed natively and by `go list`.
pub(super) fn list(setup: &Setup<'_>, pattern: &str, wall_seconds: f64) -> anyhow::Result<Case> {
    const FIELDS: &str = "-json=Dir,ImportPath,Name,Standard,Module,DepOnly,ForTest,GoFiles,CgoFiles,\
        SFiles,CFiles,TestGoFiles,XTestGoFiles,EmbedPatterns,EmbedFiles,Imports,ImportMap,Error,\
        DepsErrors";
    let ours = Command::new(example(setup, "go_load", "list")?).args(["-time", pattern]);
    let theirs = Command::new(&setup.go).args(["list", "-e", "-deps", FIELDS, pattern]);
    let run = |command: Command| {
        let command = command.current_dir(&setup.scratch).env("CGO_ENABLED", "0");
        with_go(setup.repo, &setup.go, command)
    };
    Ok(Case {
        ours: run(ours),
        peer: Some(("go list", run(theirs))),
        same_output: false,
        limits: Limits {
            cpu_ratio: Some(0.4),
            wall_seconds: Some(wall_seconds),
            ..Limits::default()
        },
    })
}

fn case(setup: &Setup<'_>, bodies: &str, limits: Limits) -> anyhow::Result<Case> {
    let program = example(setup, "go_load", "warm")?;
    let cache = setup.scratch.join("types-cache");
    let run = |cache: &str| {
        let command = Command::new(&program)
            .args([cache, "native", bodies, "1", "net/http"])
            .current_dir(&setup.scratch);
        with_go(setup.repo, &setup.go, command)
    };
    Ok(Case {
        ours: run(&cache.to_string_lossy()),
        peer: Some(("from source", run("-"))),
        same_output: false,
        limits,
    })
}
