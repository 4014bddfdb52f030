//! `cargo xtask editors`: walks through an editor that talks with `goperf lsp`.

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::{Command, Exit};

use crate::repo::Repo;
use crate::toolchain;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The Neovim to use
    #[arg(long, default_value = "nvim")]
    nvim: String,
}

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    let version = Command::new(&args.nvim).args(["--version"]);
    let Ok(version) = repo.output(&version) else {
        println!("skipped: the journey through Neovim: nvim is not installed");
        return Ok(());
    };
    println!("{}", version.lines().next().unwrap_or_default());
    repo.run(&repo.cargo().args(["build", "-p", "cli"]))?;
    let go = toolchain::find(repo, toolchain::PINNED)?;
    let folder = repo.system.temp_dir("editors")?;
    let copy = folder.path().join("orders");
    copy_dir(repo, &repo.path("examples/orders"), &copy)?;
    let script = repo.path("crates/lsp/tests/editors/neovim.lua");
    let journey = Command::new(&args.nvim)
        .args(["--headless", "-n", "-u", "NONE", "-i", "NONE", "-c"])
        .arg(format!("luafile {}", script.display()))
        .env("GOPERF", repo.built("debug"))
        .env("GOPERF_CACHE", folder.path().join("cache"))
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .timeout(Some(std::time::Duration::from_mins(5)))
        .current_dir(&copy);
    let output = repo.show(&toolchain::with_go(repo, &go, journey), &mut |_| {})?;
    println!();
    if output.exit != Exit::Code(0) {
        bail!("the journey ended with {:?}", output.exit);
    }
    // The fixed code is code.
    let vet = Command::new("go").args(["vet", "./..."]).current_dir(&copy);
    repo.run(&toolchain::with_go(repo, &go, vet))
        .context("after the fixes of the journey")
}

fn copy_dir(repo: &Repo, from: &std::path::Path, to: &std::path::Path) -> anyhow::Result<()> {
    repo.system.create_dir_all(to)?;
    for path in repo.system.read_dir(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        if repo.system.is_dir(&path) {
            copy_dir(repo, &path, &target)?;
        } else {
            repo.system.write(&target, &repo.system.read(&path)?)?;
        }
    }
    Ok(())
}
