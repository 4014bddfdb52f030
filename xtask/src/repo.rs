//! The checkout, and how a task runs programs in it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base::system::{Command, Exit, OsSystem, ProcessOutput, Stream};
use base::{Cancellation, System};

/// The checkout that this xtask was built from, on the real machine.
pub(crate) struct Repo {
    pub(crate) root: PathBuf,
    pub(crate) system: OsSystem,
    pub(crate) cancel: Cancellation,
}

impl Repo {
    /// Ctrl-C stops the task and every process it started.
    pub(crate) fn open() -> anyhow::Result<Self> {
        let repo = Self::unguarded();
        repo.system.cancel_on_interrupt(&repo.cancel)?;
        Ok(repo)
    }

    /// Without the handler of Ctrl-C, of which a process has only one.
    pub(crate) fn unguarded() -> Self {
        let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: manifest_dir.parent().unwrap_or(manifest_dir).to_owned(),
            system: OsSystem::default(),
            cancel: Cancellation::default(),
        }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The conformance packs, which lie beside the checkout or beside a folder around it; `None`
    /// where there are none.
    pub(crate) fn shared(&self, relative: &str) -> Option<PathBuf> {
        let around = self.root.ancestors().skip(1);
        around
            .map(|folder| folder.join("shared").join(relative))
            .find(|path| self.system.metadata(path).is_ok())
    }

    /// The goperf that cargo built with the profile of folder `profile`.
    pub(crate) fn built(&self, profile: &str) -> PathBuf {
        let target = (self.system.env_var("CARGO_TARGET_DIR"))
            .map_or_else(|| self.path("target"), PathBuf::from);
        target
            .join(profile)
            .join(format!("goperf{}", std::env::consts::EXE_SUFFIX))
    }

    pub(crate) fn build_goperf(&self) -> anyhow::Result<PathBuf> {
        self.run(&self.cargo().args(["build", "--release", "-p", "cli"]))?;
        Ok(self.built("release"))
    }

    /// The cargo that started us, in the root of the checkout.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = (self.system.env_var("CARGO")).unwrap_or_else(|| "cargo".to_owned());
        Command::new(cargo).current_dir(&self.root)
    }

    /// Runs to the end with the output shown as it comes; an exit code other than 0 is an error.
    pub(crate) fn run(&self, command: &Command) -> anyhow::Result<()> {
        self.run_showing(command, &mut |_| {})
    }

    /// As [`run`](Self::run); `see` gets all output too.
    pub(crate) fn run_showing(
        &self,
        command: &Command,
        see: &mut dyn FnMut(&[u8]),
    ) -> anyhow::Result<()> {
        println!("$ {}", command.line());
        check(command, &self.show(command, see)?)
    }

    /// Runs to the end, however it ends, with the output shown as it comes and handed to `see`.
    pub(crate) fn show(
        &self,
        command: &Command,
        see: &mut dyn FnMut(&[u8]),
    ) -> anyhow::Result<ProcessOutput> {
        let mut show = |stream: Stream, bytes: &[u8]| {
            see(bytes);
            // A closed terminal is no reason to stop.
            match stream {
                Stream::Stdout => std::io::stdout().write_all(bytes).ok(),
                Stream::Stderr => std::io::stderr().write_all(bytes).ok(),
            };
        };
        let output = (self.system)
            .run_streaming(command, &self.cancel, &mut show)
            .with_context(|| format!("could not start `{}`", command.line()))?;
        std::io::stdout().flush().ok();
        Ok(output)
    }

    /// The standard output of a process that must succeed.
    pub(crate) fn output(&self, command: &Command) -> anyhow::Result<String> {
        let output = (self.system)
            .run(command, &self.cancel)
            .with_context(|| format!("could not start `{}`", command.line()))?;
        check(command, &output)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn check(command: &Command, output: &ProcessOutput) -> anyhow::Result<()> {
    let line = command.line();
    let said = String::from_utf8_lossy(&output.stderr);
    match output.exit {
        Exit::Code(0) => Ok(()),
        Exit::Code(code) => bail!("`{line}` exited with {code}\n{said}"),
        Exit::Signal(signal) => bail!("`{line}` was ended by signal {signal}\n{said}"),
        Exit::TimedOut => bail!("`{line}` took too long"),
        Exit::Cancelled => bail!("interrupted"),
    }
}
