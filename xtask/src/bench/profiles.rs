//! Profiles to measure with: synthetic, the same on every machine, made once.

use std::path::PathBuf;

use anyhow::Context as _;
use base::System as _;
use base::system::Command;

use super::Setup;
use crate::toolchain::with_go;

/// A profile that the generator makes.
#[derive(Clone, Copy)]
pub(super) struct Input {
    /// Of the file, without `.pb.gz`.
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    kind: &'static str,
    pub(super) n_samples: &'static str,
    n_functions: &'static str,
    seed: &'static str,
}

const fn input(
    name: &'static str,
    what: &'static str,
    [kind, n_samples, n_functions, seed]: [&'static str; 4],
) -> Input {
    Input {
        name,
        what,
        kind,
        n_samples,
        n_functions,
        seed,
    }
}

pub(super) const MID: Input = input(
    "mid",
    "20,000 CPU stacks of 41 frames, 8,000 functions, 2 MB gzip",
    ["cpu", "20000", "8000", "6"],
);
pub(super) const PART: Input = input(
    "part",
    "50,000 CPU stacks of 39 frames, 20,000 functions, 5 MB gzip",
    ["cpu", "50000", "20000", "1"],
);
pub(super) const BIG: Input = input(
    "big",
    "200,000 CPU stacks of 39 frames, 20,000 functions, labels on every third, 18 MB gzip",
    ["cpu", "200000", "20000", "1"],
);
/// Another one of the same kind, to compare with.
pub(super) const BIG2: Input = input(
    "big2",
    "as `big`, of another seed",
    ["cpu", "200000", "20000", "2"],
);
pub(super) const HEAP: Input = input(
    "big.heap",
    "200,000 heap stacks of 39 frames, four values and a size each, 18 MB gzip",
    ["heap", "200000", "20000", "1"],
);
pub(super) const HUGE: Input = input(
    "huge",
    "a million CPU stacks of 39 frames, 20,000 functions, 85 MB gzip",
    ["cpu", "1000000", "20000", "1"],
);

/// The profile's file, made if it is not there yet.
pub(super) fn make(setup: &Setup<'_>, input: Input) -> anyhow::Result<PathBuf> {
    let file = setup.inputs.join(format!("{}.pb.gz", input.name));
    if setup.repo.system.is_file(&file) {
        return Ok(file);
    }
    let generator = (setup.repo.shared("conformance/pprof/gen/bigprofile"))
        .context("conformance/pprof/gen does not lie beside the checkout")?;
    let make = Command::new(&setup.go)
        .args(["run", ".", "-kind", input.kind, "-depth", "50"])
        .args(["-samples", input.n_samples, "-funcs", input.n_functions])
        .args(["-seed", input.seed, "-o"])
        .arg(&file)
        .current_dir(generator);
    setup.repo.run(&with_go(setup.repo, &setup.go, make))?;
    Ok(file)
}
