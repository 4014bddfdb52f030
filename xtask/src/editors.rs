//! `cargo xtask editors`: walks through an editor that talks with `goperf lsp`, alone and beside gopls.

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
    /// The gopls to run beside it
    #[arg(long, default_value = "gopls")]
    gopls: String,
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
    journey(args, repo, &go, None)?;
    let version = Command::new(&args.gopls).arg("version");
    let Ok(version) = repo.output(&toolchain::with_go(repo, &go, version)) else {
        println!("skipped: the journey beside gopls: gopls is not installed");
        return Ok(());
    };
    println!("\nbeside {}", version.trim().replace('\n', ""));
    journey(args, repo, &go, Some(&args.gopls))
}

fn journey(
    args: &Args,
    repo: &Repo,
    go: &std::path::Path,
    gopls: Option<&str>,
) -> anyhow::Result<()> {
    let folder = repo.system.temp_dir("editors")?;
    let copy = folder.path().join("orders");
    copy_dir(repo, &repo.path("examples/orders"), &copy)?;
    let script = repo.path("crates/lsp/tests/editors/neovim.lua");
    let mut journey = Command::new(&args.nvim)
        .args(["--headless", "-n", "-u", "NONE", "-i", "NONE", "-c"])
        .arg(format!("luafile {}", script.display()))
        .env("GOPERF", repo.built("debug"))
        .env("GOPERF_CACHE", folder.path().join("cache"))
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .timeout(Some(std::time::Duration::from_mins(5)))
        .current_dir(&copy);
    if let Some(gopls) = gopls {
        journey = journey.env("GOPLS", gopls);
    }
    let output = repo.show(&toolchain::with_go(repo, go, journey), &mut |_| {})?;
    println!();
    if output.exit != Exit::Code(0) {
        bail!("the journey ended with {:?}", output.exit);
    }
    // The fixed code is code.
    let vet = Command::new("go").args(["vet", "./..."]).current_dir(&copy);
    repo.run(&toolchain::with_go(repo, go, vet))
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
