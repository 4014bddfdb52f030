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
