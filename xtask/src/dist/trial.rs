//! What was made, installed as a user would, in folders of its own. What cannot be tried here is said.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use base::System as _;
use base::system::Command;

use super::Release;
use crate::repo::Repo;

pub(super) fn run(repo: &Repo, release: &Release, out: &Path) -> anyhow::Result<()> {
    let scratch = repo.system.temp_dir("goperf-trial-")?;
    let trial = Trial {
        repo,
        release,
        out,
        scratch: scratch.path(),
    };
    trial.checksums()?;
    trial.tarball()?;
    trial.script()?;
    trial.shells()?;
    trial.man_pages()?;
    trial.wheel()?;
    trial.npm()
}

struct Trial<'a> {
    repo: &'a Repo,
    release: &'a Release,
    out: &'a Path,
    scratch: &'a Path,
}

impl Trial<'_> {
    fn has(&self, program: &str, arg: &str) -> bool {
        let there = self.repo.output(&Command::new(program).args([arg])).is_ok();
        if !there {
            println!("skipped: dist: {program} is not installed");
        }
        there
    }

    /// A goperf that was installed answers with its version.
    fn answers(&self, program: &Path) -> anyhow::Result<()> {
        let said = self
            .repo
            .output(&Command::new(program).args(["--version"]))?;
        let wanted = format!("goperf {}", self.release.version);
        ensure!(said.trim() == wanted, "{}: {said}", program.display());
        Ok(())
    }

    fn checksums(&self) -> anyhow::Result<()> {
        if self.has("sha256sum", "--version") {
            let check = Command::new("sha256sum")
                .args(["--check", "--quiet", "SHA256SUMS"])
                .current_dir(self.out);
            self.repo.output(&check)?;
        }
        Ok(())
    }

    fn tarball(&self) -> anyhow::Result<()> {
        let name = self.release.name();
        let file = self.out.join(format!("{name}.tar.gz"));
        let args: [OsString; 4] = ["-xzf".into(), file.into(), "-C".into(), self.scratch.into()];
        self.repo.output(&Command::new("tar").args(args))?;
        self.answers(&self.scratch.join(&name).join(self.release.program()))?;
        println!("tarball: unpacked, runs");
        Ok(())
    }

    /// The script installs from the folder, and nothing if a byte is wrong.
    fn script(&self) -> anyhow::Result<()> {
        if cfg!(windows) || !self.has("sha256sum", "--version") {
            return Ok(());
        }
        let system = &self.repo.system;
        let install = |files: &Path, prefix: &Path| {
            let script = self.repo.path("packaging/install.sh");
            Command::new("sh")
                .args([script.as_os_str(), self.release.version.as_ref()])
                .env("GOPERF_RELEASES", files.as_os_str())
                .env("PREFIX", prefix.as_os_str())
        };
        let prefix = self.scratch.join("prefix");
        self.repo.output(&install(self.out, &prefix))?;
        self.answers(&prefix.join("bin/goperf"))?;
        ensure!(system.is_file(&prefix.join("share/man/man1/goperf-check.1")));
        let broken = self.scratch.join("broken");
        system.create_dir_all(&broken)?;
        let name = format!("{}.tar.gz", self.release.name());
        for name in ["SHA256SUMS", &name] {
            system.write(&broken.join(name), &system.read(&self.out.join(name))?)?;
        }
        system.append(&broken.join(&name), b"x")?;
        let prefix = self.scratch.join("nothing");
        let refused = self.repo.output(&install(&broken, &prefix));
        let refused = refused.err().context("a wrong checksum was installed")?;
        ensure!(
            format!("{refused:#}").contains("the checksum of"),
            "{refused:#}"
        );
        ensure!(!system.is_dir(&prefix), "something was installed");
        println!("script: installs, and refuses what is broken");
        Ok(())
    }

    fn unpacked(&self, path: &str) -> OsString {
        self.scratch.join(self.release.name()).join(path).into()
    }

    /// Each shell reads its script and then knows a command of ours.
    fn shells(&self) -> anyhow::Result<()> {
        if self.has("bash", "--version") {
            let script = "source \"$1\"; COMP_WORDS=(goperf ch); COMP_CWORD=1; _goperf goperf ch goperf; echo \"${COMPREPLY[@]}\"";
            let args = [
                "-c".into(),
                script.into(),
                "-".into(),
                self.unpacked("completions/goperf.bash"),
            ];
            let said = self.repo.output(&Command::new("bash").args(args))?;
            ensure!(said.trim() == "check", "bash completes `{said}`");
            println!("bash: completes");
        }
        if self.has("zsh", "--version") {
            let script = "autoload -U compinit; compinit -D; source \"$1\"; whence -w _goperf";
            let args = [
                "-f".into(),
                "-c".into(),
                script.into(),
                "-".into(),
                self.unpacked("completions/_goperf"),
            ];
            let said = self.repo.output(&Command::new("zsh").args(args))?;
            ensure!(said.contains("_goperf: function"), "zsh: {said}");
            println!("zsh: reads its script");
        }
        if self.has("fish", "--version") {
            let args = [
                "--no-config".into(),
                "-c".into(),
                "source $argv[1]; complete -C 'goperf ch'".into(),
                self.unpacked("completions/goperf.fish"),
            ];
            let said = self.repo.output(&Command::new("fish").args(args))?;
            ensure!(said.starts_with("check"), "fish completes `{said}`");
            println!("fish: completes");
        }
        Ok(())
    }

    fn man_pages(&self) -> anyhow::Result<()> {
        if !self.has("man", "--version") {
            return Ok(());
        }
        let args = [
            OsString::from("-l"),
            self.unpacked("man/man1/goperf-check.1"),
        ];
        let page = self
            .repo
            .output(&Command::new("man").args(args).env("MANPAGER", "cat"))?;
        ensure!(page.contains("--mem-profile"), "man shows {page:?}");
        println!("man: shows its pages");
        Ok(())
    }

    fn wheel(&self) -> anyhow::Result<()> {
        if !self.has("python3", "--version") {
            return Ok(());
        }
        let venv = self.scratch.join("venv");
        let args: [OsString; 3] = ["-m".into(), "venv".into(), venv.clone().into()];
        if self
            .repo
            .output(&Command::new("python3").args(args))
            .is_err()
        {
            println!("skipped: dist: python3 has no module venv");
            return Ok(());
        }
        let wheel = (self.repo.system.read_dir(self.out)?.into_iter())
            .find(|path| path.extension().is_some_and(|it| it == "whl"))
            .context("no wheel")?;
        let args: [OsString; 4] = [
            "install".into(),
            "--no-index".into(),
            "--quiet".into(),
            wheel.into(),
        ];
        self.repo
            .output(&Command::new(venv.join("bin/pip")).args(args))?;
        self.answers(&venv.join("bin").join(self.release.program()))?;
        println!("wheel: installed by pip, runs");
        Ok(())
    }

    fn npm(&self) -> anyhow::Result<()> {
        if !self.has("npm", "--version") {
            return Ok(());
        }
        let folder = self.scratch.join("npm");
        self.repo.system.create_dir_all(&folder)?;
        let version = &self.release.version;
        let platform = self.release.platform;
        let packages = [
            format!(
                "goperf-{}-{}-{version}.tgz",
                platform.node_os, platform.node_arch
            ),
            format!("goperf-{version}.tgz"),
        ];
        let mut args: Vec<OsString> = ["install", "--offline", "--no-audit", "--no-fund"]
            .map(OsString::from)
            .to_vec();
        args.extend(packages.map(|name| self.out.join(name).into()));
        let install = Command::new("npm").args(args).current_dir(&folder);
        self.repo.output(&install)?;
        let program = folder.join("node_modules/.bin/goperf");
        self.answers(&program)?;
        // The exit status of the binary comes through.
        let wrong = Command::new(&program).args(["no-such-command"]);
        let output = self.repo.system.run(&wrong, &self.repo.cancel)?;
        if output.exit != base::system::Exit::Code(2) {
            bail!("npm's goperf ends with {:?}", output.exit);
        }
        println!("npm: installed, runs");
        Ok(())
    }
}
