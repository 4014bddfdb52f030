//! `cargo xtask dist`: everything a release carries, made from one binary: a tarball, a wheel, npm packages, a formula,
//! a bill of materials, checksums. Made twice from the same commit, each file is the same byte for byte.

mod archive;
mod crates;
mod licences;
mod npm;
mod sbom;
mod trial;
mod wheel;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::Command;
use sha2::{Digest as _, Sha256};

use self::archive::Entry;
use self::licences::Part;
use crate::repo::Repo;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The profile to build with; `dist` is what is shipped, `release` builds faster
    #[arg(long, default_value = "dist")]
    profile: String,
    /// Build for this target (`x86_64-unknown-linux-musl`) instead of this machine's
    #[arg(long)]
    target: Option<String>,
    /// Install what was made as a user would, in folders of its own, and run it
    #[arg(long = "try")]
    trial: bool,
    /// Make, check and pack the crates under the names they would be published by, and nothing else
    #[arg(long, conflicts_with_all = ["target", "trial"])]
    crates: bool,
}

/// What is released.
struct Release {
    version: String,
    platform: Platform,
    /// Of the commit, in seconds since 1970: the time of all files.
    time: u64,
    binary: Vec<u8>,
    /// The crates of others in the binary.
    parts: Vec<Part>,
    /// Their licences, as one text.
    licences: Vec<u8>,
    /// Scripts by file name.
    completions: Vec<Entry>,
    man_pages: Vec<Entry>,
}

/// A target in the words of those who name it.
#[derive(Clone, Copy)]
struct Platform {
    /// Go's names, which our tarballs bear.
    os: &'static str,
    arch: &'static str,
    /// Of npm.
    node_os: &'static str,
    node_arch: &'static str,
    /// Of wheels, as far as no library decides.
    wheel_arch: &'static str,
    is_musl: bool,
}

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    if args.crates {
        return crates::run(repo, &version(repo)?);
    }
    let binary = build(args, repo)?;
    let release = collect(args, repo, &binary)?;
    let out = repo.path("target/dist-files");
    if repo.system.is_dir(&out) {
        repo.system.remove_dir_all(&out)?;
    }
    repo.system.create_dir_all(&out)?;
    let mut files = vec![
        (format!("{}.tar.gz", release.name()), release.tarball(repo)?),
        release.wheel(repo)?,
        (
            format!("goperf-{}.cdx.json", release.version),
            sbom::bill(&release.version, &release.parts),
        ),
    ];
    files.extend(release.npm(repo)?);
    let mut sums = String::new();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, content) in &files {
        repo.system.write(&out.join(name), content)?;
        sums += &format!("{:x}  {name}\n", Sha256::digest(content));
    }
    repo.system
        .write(&out.join("SHA256SUMS"), sums.as_bytes())?;
    for (name, content) in &files {
        println!("{:>10}  {name}", content.len());
    }
    println!("in {}", out.display());
    if args.trial {
        trial::run(repo, &release, &out)?;
    }
    Ok(())
}

fn build(args: &Args, repo: &Repo) -> anyhow::Result<PathBuf> {
    let mut command = repo.cargo().args(["rustc", "--locked", "-p", "cli"]).args([
        "--bin",
        "goperf",
        "--profile",
        &args.profile,
    ]);
    if let Some(target) = &args.target {
        command = command.args(["--target", target]).arg("--");
        command = command.args(linker_args(repo, target)?);
    }
    repo.run(&command)?;
    let folder = if args.profile == "dev" {
        "debug"
    } else {
        &args.profile
    };
    Ok(match &args.target {
        Some(target) => repo.built(&format!("{target}/{folder}")),
        None => repo.built(folder),
    })
}

/// For a static binary, the linker that comes with Rust: it folds functions of equal code and writes relocations in their
/// short form.
fn linker_args(repo: &Repo, target: &str) -> anyhow::Result<Vec<String>> {
    if !target.ends_with("linux-musl") {
        return Ok(Vec::new());
    }
    let rustc = Command::new("rustc").current_dir(&repo.root);
    let sysroot = repo.output(&rustc.clone().args(["--print", "sysroot"]))?;
    let version = repo.output(&rustc.arg("-vV"))?;
    let host = (version.lines()).find_map(|line| line.strip_prefix("host: "));
    let tools = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(host.context("rustc names no host")?)
        .join("bin/gcc-ld");
    if !repo.system.is_dir(&tools) {
        println!("skipped: dist: Rust has no lld here, the binary is larger");
        return Ok(Vec::new());
    }
    let search = format!("-B{}", tools.display());
    let flags = [
        &search,
        "-fuse-ld=lld",
        "-Wl,--icf=all",
        "-Wl,-z,pack-relative-relocs",
    ];
    Ok((flags.iter())
        .flat_map(|flag| ["-C".to_owned(), format!("link-arg={flag}")])
        .collect())
}

fn collect(args: &Args, repo: &Repo, binary: &Path) -> anyhow::Result<Release> {
    let version = version(repo)?;
    let time = repo.output(
        &Command::new("git")
            .args(["log", "-1", "--format=%ct"])
            .current_dir(&repo.root),
    )?;
    let mut completions = Vec::new();
    for (shell, name) in SHELLS {
        let script = repo.output(&Command::new(binary).args(["completions", shell]))?;
        completions.push(Entry::file(format!("completions/{name}"), script));
    }
    let pages = repo.system.temp_dir("goperf-man-")?;
    let man = Command::new(binary).args(["man".as_ref(), pages.path().as_os_str()]);
    repo.output(&man)?;
    let mut man_pages = Vec::new();
    for path in repo.system.read_dir(pages.path())? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("man/man1/{name}");
        man_pages.push(Entry::file(name, repo.system.read(&path)?));
    }
    let parts = licences::parts(repo)?;
    Ok(Release {
        version,
        platform: platform(args.target.as_deref())?,
        time: time.trim().parse().context("the time of the commit")?,
        binary: repo.system.read(binary)?,
        licences: licences::all(repo, &parts)?,
        parts,
        completions,
        man_pages,
    })
}

fn version(repo: &Repo) -> anyhow::Result<String> {
    let metadata = repo
        .cargo()
        .args(["metadata", "--no-deps", "--format-version=1"]);
    let metadata: serde_json::Value = serde_json::from_str(&repo.output(&metadata)?)?;
    let version = metadata["packages"][0]["version"].as_str();
    Ok(version.context("no version")?.to_owned())
}

/// Shells, and what each calls its script.
const SHELLS: [(&str, &str); 5] = [
    ("bash", "goperf.bash"),
    ("zsh", "_goperf"),
    ("fish", "goperf.fish"),
    ("powershell", "_goperf.ps1"),
    ("elvish", "goperf.elv"),
];

fn platform(target: Option<&str>) -> anyhow::Result<Platform> {
    let (os, arch) = match target {
        None => (std::env::consts::OS, std::env::consts::ARCH),
        Some(target) => {
            let arch = target.split('-').next().unwrap_or_default();
            let os = ["linux", "windows", "darwin"]
                .into_iter()
                .find(|os| target.contains(os));
            (os.unwrap_or_default(), arch)
        }
    };
    let (os, node_os) = match os {
        "linux" => ("linux", "linux"),
        "macos" | "darwin" => ("darwin", "darwin"),
        "windows" => ("windows", "win32"),
        other => bail!("no packages for `{other}`"),
    };
    let (arch, node_arch, wheel_arch) = match (arch, os) {
        ("x86_64", "windows") => ("amd64", "x64", "amd64"),
        ("x86_64", _) => ("amd64", "x64", "x86_64"),
        ("aarch64", "linux") => ("arm64", "arm64", "aarch64"),
        ("aarch64", _) => ("arm64", "arm64", "arm64"),
        (other, _) => bail!("no packages for `{other}`"),
    };
    Ok(Platform {
        os,
        arch,
        node_os,
        node_arch,
        wheel_arch,
        is_musl: target.is_some_and(|target| target.ends_with("musl")),
    })
}

impl Release {
    fn name(&self) -> String {
        let Platform { os, arch, .. } = self.platform;
        format!("goperf-{}-{os}-{arch}", self.version)
    }

    fn program(&self) -> &'static str {
        if self.platform.os == "windows" {
            "goperf.exe"
        } else {
            "goperf"
        }
    }

    /// Our licences and those of what we are built from.
    fn licence_files(&self, repo: &Repo) -> anyhow::Result<Vec<Entry>> {
        let mut files = Vec::new();
        for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
            files.push(Entry::file(name, repo.system.read(&repo.path(name))?));
        }
        files.push(Entry::file(
            "THIRD-PARTY-LICENSES.txt",
            self.licences.clone(),
        ));
        Ok(files)
    }

    fn tarball(&self, repo: &Repo) -> anyhow::Result<Vec<u8>> {
        let mut entries = self.licence_files(repo)?;
        entries.push(Entry::program(self.program(), self.binary.clone()));
        entries.push(Entry::file(
            "README.md",
            repo.system.read(&repo.path("README.md"))?,
        ));
        entries.extend(self.completions.iter().cloned());
        entries.extend(self.man_pages.iter().cloned());
        archive::tar_gz(&self.name(), entries, self.time)
    }
}
