//! The main job on the example, from nothing but cargo.

use base::system::{Command, Exit};

use crate::repo::Repo;
use crate::toolchain;

pub(crate) fn run(repo: &Repo) -> anyhow::Result<()> {
    let go = toolchain::find(repo, toolchain::PINNED)?;
    let goperf = repo.build_goperf()?;
    let check = Command::new(&goperf)
        .args(["check", "./...", "--bench", ".", "--benchtime", "100ms"])
        .current_dir(repo.path("examples/orders"));
    println!("\n$ cd examples/orders\n$ goperf check ./... --bench . --benchtime 100ms\n");
    let output = repo.show(&toolchain::with_go(repo, &go, check), &mut |_| {})?;
    // Findings are what the demo is about.
    anyhow::ensure!(
        matches!(output.exit, Exit::Code(0 | 1)),
        "goperf ended with {:?}",
        output.exit
    );
    println!(
        "\nThe same with why, page by page: {} explain RULE",
        goperf.display()
    );
    let patch = repo.path("target/tune.patch");
    let tune = Command::new(&goperf)
        .args(["tune", "./...", "--unsafe-fixes", "--budget", "90s", "-o"])
        .arg(&patch)
        .current_dir(repo.path("examples/orders"));
    println!("\n$ goperf tune ./... --unsafe-fixes --budget 90s\n");
    // On a slow machine nothing may be decided in so short a time.
    let output = repo.show(&toolchain::with_go(repo, &go, tune), &mut |_| {})?;
    anyhow::ensure!(
        matches!(output.exit, Exit::Code(0 | 1 | 4)),
        "goperf tune ended with {:?}",
        output.exit
    );
    Ok(())
}
