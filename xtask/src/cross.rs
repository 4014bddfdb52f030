//! `cargo xtask cross`: whether what we write compiles for the systems that this one is not.

use base::system::Command;

use crate::repo::Repo;

/// One for each system; their processors differ too.
const TARGETS: &[&str] = &["x86_64-pc-windows-gnu", "aarch64-apple-darwin"];

pub(crate) fn run(repo: &Repo) -> anyhow::Result<()> {
    for target in TARGETS {
        let add = Command::new("rustup").args(["target", "add", target]);
        if repo.output(&add).is_err() {
            println!("skipped: cross: Rust's library for {target} cannot be had");
            continue;
        }
        // Nothing is linked, so the C of two crates need not be compiled, for which there is no compiler here.
        let suffix = target.replace('-', "_");
        let check = repo
            .cargo()
            .args([
                "check",
                "--workspace",
                "--exclude",
                "xtask",
                "--target",
                target,
            ])
            .env(format!("CC_{suffix}"), "true")
            .env(format!("AR_{suffix}"), "true")
            .env("RUSTFLAGS", "-D warnings");
        repo.run(&check)?;
    }
    Ok(())
}
