//! `cargo xtask ui`: builds the bundle of the web pages and compares it with the one that is checked in.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::Command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use crate::repo::Repo;
use crate::toolchain;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if what is checked in differs
    #[arg(long)]
    check: bool,
    /// Walk through the pages in a browser instead
    #[arg(long)]
    journeys: bool,
    /// Take pictures of all pages instead, in both themes and three widths, into target/screens; those of the README
    /// go to docs/images
    #[arg(long)]
    screens: bool,
}

const FILES: &[&str] = &["app.js", "app.css"];
/// Most bytes of the compressed bundle.
const MAX_BUNDLE: usize = 150 << 10;

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    if args.journeys {
        return journeys(repo);
    }
    if args.screens {
        return screens(repo);
    }
    if repo
        .output(&Command::new("npm").args(["--version"]))
        .is_err()
    {
        println!("skipped: xtask ui: npm is not installed");
        return Ok(());
    }
    let ui = repo.path("ui");
    if !install(repo)? {
        println!("skipped: xtask ui: the npm registry is not reachable");
        return Ok(());
    }
    for step in [&["run", "check"][..], &["test"], &["run", "build"]] {
        let output = repo.output(&Command::new("npm").args(step).current_dir(&ui));
        output.with_context(|| format!("npm {}", step.join(" ")))?;
    }
    let mut all = Vec::new();
    let mut sha256 = String::new();
    let mut n_bytes = 0;
    for name in FILES {
        let built = repo.system.read(&ui.join("dist").join(name))?;
        let path = repo.path("crates/server/assets").join(format!("{name}.gz"));
        let mut known = Vec::new();
        if let Ok(file) = repo.system.read(&path) {
            GzDecoder::new(&*file).read_to_end(&mut known).ok();
        }
        if built
            .windows(8)
            .any(|it| it.eq_ignore_ascii_case(b"</script"))
        {
            bail!("{name} holds `</script`, which would end it in an exported page");
        }
        if known != built {
            if args.check {
                bail!(
                    "{} is not what ui/ makes: run `cargo xtask ui`",
                    path.display()
                );
            }
            let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
            gzip.write_all(&built)?;
            repo.system.write(&path, &gzip.finish()?)?;
        }
        n_bytes += repo.system.read(&path)?.len();
        sha256 += &format!("{}\n", STANDARD.encode(Sha256::digest(&built)));
        all.extend(built);
    }
    let hashes = repo.path("crates/server/assets/hashes.txt");
    let version = repo.path("crates/server/assets/version.txt");
    let hash = format!("{:x}", Sha256::digest(&all));
    let hash = format!("{}\n", &hash[..12]);
    if repo.system.read_to_string(&version).ok().as_deref() != Some(hash.as_str()) {
        if args.check {
            bail!(
                "{} is not that of ui/: run `cargo xtask ui`",
                version.display()
            );
        }
        repo.system.write(&version, hash.as_bytes())?;
    }
    if repo.system.read_to_string(&hashes).ok().as_deref() != Some(sha256.as_str()) {
        if args.check {
            bail!(
                "{} are not those of ui/: run `cargo xtask ui`",
                hashes.display()
            );
        }
        repo.system.write(&hashes, sha256.as_bytes())?;
    }
    if n_bytes > MAX_BUNDLE {
        bail!("the bundle has {n_bytes} bytes, more than {MAX_BUNDLE}");
    }
    println!("bundle: {n_bytes} bytes compressed");
    Ok(())
}

/// Installs what the lock file names; `false` without a network.
pub(crate) fn install(repo: &Repo) -> anyhow::Result<bool> {
    let command = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(repo.path("ui"));
    let Err(error) = repo.output(&command) else {
        return Ok(true);
    };
    let text = format!("{error:#}");
    let codes = [
        "ENOTFOUND",
        "EAI_AGAIN",
        "ECONNREFUSED",
        "ECONNRESET",
        "ETIMEDOUT",
    ];
    if codes.iter().any(|code| text.contains(code)) {
        return Ok(false);
    }
    Err(error.context("npm ci"))
}

/// Walks through the pages in Chromium; the script says what it skips.
fn journeys(repo: &Repo) -> anyhow::Result<()> {
    let Some(data) = repo.shared("conformance/pprof/data") else {
        println!("skipped: journeys through the web pages: no conformance pack");
        return Ok(());
    };
    let mut args = vec![data];
    args.extend(repo.shared("cases/hostile/html.pb"));
    in_browser(repo, "journeys.mjs", args)
}

/// Takes pictures of all pages.
fn screens(repo: &Repo) -> anyhow::Result<()> {
    let args = vec![repo.path("target/screens"), repo.path("docs/images")];
    in_browser(repo, "screens.mjs", args)
}

/// Runs a script over the pages of a fresh build.
fn in_browser(repo: &Repo, script: &str, rest: Vec<PathBuf>) -> anyhow::Result<()> {
    let skipped = |why: &str| println!("skipped: {script} over the web pages: {why}");
    if repo
        .output(&Command::new("node").args(["--version"]))
        .is_err()
    {
        skipped("node is not installed");
        return Ok(());
    }
    repo.run(&repo.cargo().args(["build", "-p", "cli"]))?;
    if !install(repo)? {
        skipped("the npm registry is not reachable");
        return Ok(());
    }
    let mut args = vec![repo.path("ui/e2e").join(script), repo.built("debug")];
    args.extend(rest);
    let walk = Command::new("node").args(args);
    repo.run(&match toolchain::find(repo, toolchain::PINNED) {
        Ok(go) => toolchain::with_go(repo, &go, walk),
        Err(_) => walk,
    })
}
