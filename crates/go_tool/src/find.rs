//! The installed go command and its environment.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use base::system::{Command, Exit, ProcessOutput, System};
use base::{Cancellation, Cancelled};

use crate::error::Error;
use crate::version::{GoVersion, OLDEST};

/// An installed go command, with the settings it works under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoTool {
    /// What is run for `go …`: as given, or `go` to be looked up on PATH.
    pub program: PathBuf,
    /// Of the toolchain that `GOTOOLCHAIN` and `go.mod` select.
    pub version: GoVersion,
    pub env: GoEnv,
}

/// The part of `go env` that matters here.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct GoEnv {
    pub goroot: PathBuf,
    /// Where `compile` and `asm` are; run from there, they are of this very toolchain whatever
    /// `GOTOOLCHAIN` says.
    pub gotooldir: PathBuf,
    pub gomodcache: PathBuf,
    /// The folders of GOPATH.
    pub gopath: Vec<PathBuf>,
    pub gocache: PathBuf,
    pub goos: String,
    pub goarch: String,
    /// `GOFLAGS`, flags separated by spaces.
    pub goflags: String,
    /// `GOEXPERIMENT`: what differs from the defaults of the toolchain, separated by commas.
    pub goexperiment: String,
    /// `CGO_ENABLED`, of which the defaults depend on the target and on a C compiler.
    pub cgo_enabled: bool,
    /// Where the go command makes its temporary folders; `None`: where the system does.
    pub gotmpdir: Option<PathBuf>,
    /// The `go.mod` in force; `None` outside of a module.
    pub gomod: Option<PathBuf>,
    /// The `go.work` in force.
    pub gowork: Option<PathBuf>,
    /// Settings of the architecture that are set: `GOAMD64` → `v1`, …
    pub arch: BTreeMap<String, String>,
}

const NAMES: &[&str] = &[
    "GOVERSION",
    "GOROOT",
    "GOTOOLDIR",
    "GOMODCACHE",
    "GOPATH",
    "GOCACHE",
    "GOOS",
    "GOARCH",
    "GOFLAGS",
    "GOEXPERIMENT",
    "CGO_ENABLED",
    "GOMOD",
    "GOWORK",
    "GOTMPDIR",
];

const ARCH_NAMES: &[&str] = &[
    "GO386",
    "GOAMD64",
    "GOARM",
    "GOARM64",
    "GOMIPS",
    "GOMIPS64",
    "GOPPC64",
    "GORISCV64",
    "GOWASM",
];

impl GoTool {
    /// The go command to use in the current folder: `explicit` (what the user named), else
    /// `GOPERF_GO`, else `go` on PATH. It must be Go 1.24 or later.
    pub fn find(system: &dyn System, explicit: Option<&Path>) -> Result<Self, Error> {
        Self::ask(system, &Cancellation::default(), explicit, None)
    }

    /// The go command to use in `dir`, whose `go.mod` may choose the toolchain.
    pub fn find_in(
        system: &dyn System,
        cancel: &Cancellation,
        explicit: Option<&Path>,
        dir: &Path,
    ) -> Result<Self, Error> {
        if !system.is_dir(dir) {
            let source = io::Error::new(io::ErrorKind::NotFound, "no such folder");
            let doing = format!("work in `{}`", dir.display());
            return Err(Error::Io { doing, source });
        }
        Self::ask(system, cancel, explicit, Some(dir))
    }

    fn ask(
        system: &dyn System,
        cancel: &Cancellation,
        explicit: Option<&Path>,
        dir: Option<&Path>,
    ) -> Result<Self, Error> {
        let asked = (explicit.map(Path::to_owned))
            .or_else(|| system.env_var("GOPERF_GO").map(PathBuf::from));
        let program = asked.clone().unwrap_or_else(|| PathBuf::from("go"));
        let mut command = Command::new(&program)
            .args(["env", "-json"])
            .args(NAMES.iter().chain(ARCH_NAMES));
        command.current_dir = dir.map(Path::to_owned);
        let output = match run(system, cancel, &command) {
            Err(Error::Start { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NotFound { asked });
            }
            output => succeeded(&command, output?)?,
        };
        let go = Self::from_env_json(program, &output.stdout).ok_or_else(|| Error::Go {
            command: short(&command),
            message: "its answer is not that of a go command".to_owned(),
        })?;
        if go.version.at_least(OLDEST.0, OLDEST.1) {
            Ok(go)
        } else {
            Err(Error::TooOld {
                program: go.program,
                version: go.version,
            })
        }
    }

    fn from_env_json(program: PathBuf, json: &[u8]) -> Option<Self> {
        let mut env: BTreeMap<String, String> = serde_json::from_slice(json).ok()?;
        let mut take = |name: &str| env.remove(name).unwrap_or_default();
        let version = GoVersion::parse(&take("GOVERSION"))?;
        // In module mode without a module GOMOD is the null device.
        let real = |path: String| {
            (!path.is_empty() && path != "/dev/null" && path != "NUL" && path != "off")
                .then(|| PathBuf::from(path))
        };
        let gopath = take("GOPATH");
        let separator = if cfg!(windows) { ';' } else { ':' };
        Some(Self {
            program,
            version,
            env: GoEnv {
                goroot: take("GOROOT").into(),
                gotooldir: take("GOTOOLDIR").into(),
                gomodcache: take("GOMODCACHE").into(),
                gopath: gopath.split(separator).map(PathBuf::from).collect(),
                gocache: take("GOCACHE").into(),
                goos: take("GOOS"),
                goarch: take("GOARCH"),
                goflags: take("GOFLAGS"),
                goexperiment: take("GOEXPERIMENT"),
                cgo_enabled: take("CGO_ENABLED") == "1",
                gotmpdir: real(take("GOTMPDIR")),
                gomod: real(take("GOMOD")),
                gowork: real(take("GOWORK")),
                arch: (ARCH_NAMES.iter())
                    .map(|name| ((*name).to_owned(), take(name)))
                    .filter(|(_, value)| !value.is_empty())
                    .collect(),
            },
        })
    }

    /// The go command. Its temporary folders lie in that of this run: a go command that is killed leaves them.
    pub fn command(&self, system: &dyn System) -> Command {
        let command = Command::new(&self.program);
        match system.run_dir(self.env.gotmpdir.as_deref()) {
            Ok(folder) => command.env("GOTMPDIR", folder),
            // It says itself that it cannot work there.
            Err(_) => command,
        }
    }

    /// The file of a command of the toolchain itself.
    pub(crate) fn tool_path(&self, name: &str) -> PathBuf {
        (self.env.gotooldir).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// A command of the toolchain itself (`compile`, `asm`), with the settings of `go env` made
    /// explicit: they may come from `go env -w`, which the tools do not read. What they read was listed.
    pub(crate) fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(self.tool_path(name))
            .inputs_told()
            .env("GOROOT", self.env.goroot.as_os_str())
            .env("GOOS", &self.env.goos)
            .env("GOARCH", &self.env.goarch)
            .env("GOEXPERIMENT", &self.env.goexperiment);
        for (name, value) in &self.env.arch {
            command = command.env(name, value);
        }
        command
    }

    /// Is the boolean flag `name` (`-race`) set in GOFLAGS?
    pub(crate) fn goflag(&self, name: &str) -> bool {
        (self.env.goflags.split_whitespace())
            .map(|flag| flag.trim_start_matches('-'))
            .any(|flag| {
                flag == name || flag == format!("{name}=true") || flag == format!("{name}=1")
            })
    }
}

/// Runs a command to its end; being stopped is an error, a failing command is not.
pub(crate) fn run(
    system: &dyn System,
    cancel: &Cancellation,
    command: &Command,
) -> Result<ProcessOutput, Error> {
    cancel.check()?;
    let output = system.run(command, cancel).map_err(|source| Error::Start {
        program: command.program.clone(),
        source,
    })?;
    match output.exit {
        Exit::Cancelled => Err(Cancelled.into()),
        _ => Ok(output),
    }
}

/// A command that fails becomes an error in its own words.
pub(crate) fn succeeded(command: &Command, output: ProcessOutput) -> Result<ProcessOutput, Error> {
    if output.success() {
        return Ok(output);
    }
    let text = if output.stderr.trim_ascii().is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    let text = String::from_utf8_lossy(text);
    let message = match (text.trim(), output.exit) {
        ("", Exit::Code(code)) => format!("exit status {code}"),
        ("", exit) => format!("{exit:?}"),
        (text, _) => text.to_owned(),
    };
    Err(Error::Go {
        command: short(command),
        message,
    })
}

/// `go list …` names dozens of fields: two words say which command it was.
fn short(command: &Command) -> String {
    let program = command.program.file_stem().unwrap_or_default();
    let first = command.args.first().map(|arg| arg.to_string_lossy());
    format!(
        "{} {}",
        program.to_string_lossy(),
        first.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::testing::{MemorySystem, exited};

    fn found(stdout: &'static str) -> Result<GoTool, Error> {
        let system = MemorySystem::default()
            .with_process(Box::new(move |_: &Command| Ok(exited(0, stdout))));
        GoTool::find(&system, None)
    }

    #[test]
    fn the_environment_is_read() {
        let go = found(
            r#"{"GOVERSION": "go1.27.3", "GOROOT": "/go", "GOTOOLDIR": "/go/pkg/tool/linux_amd64",
                "GOPATH": "/home/me/go:/more", "GOOS": "linux", "GOARCH": "amd64", "GOAMD64": "v3",
                "GOARM": "", "GOFLAGS": "-race -tags=a", "CGO_ENABLED": "1", "GOMOD": "/dev/null",
                "GOWORK": "/w/go.work"}"#,
        )
        .unwrap();
        assert_eq!((go.version.minor, go.version.patch), (27, 3));
        assert_eq!(go.env.gopath.len(), 2);
        assert_eq!(go.env.gomod, None);
        assert_eq!(go.env.gowork, Some(PathBuf::from("/w/go.work")));
        assert_eq!(go.env.arch.len(), 1);
        assert!(go.env.cgo_enabled && go.goflag("race") && !go.goflag("msan"));
        assert_eq!(
            go.tool("compile").program,
            PathBuf::from("/go/pkg/tool/linux_amd64/compile")
        );
    }

    #[test]
    fn old_and_foreign_commands_are_refused() {
        let message = |stdout| found(stdout).unwrap_err().to_string();
        assert_eq!(
            message(r#"{"GOVERSION": "go1.23.9"}"#),
            "`go` is go1.23.9, but go1.24 is the oldest supported"
        );
        assert_eq!(
            message("Go is a board game."),
            "`go env` failed: its answer is not that of a go command"
        );
    }

    #[test]
    fn without_go_one_message_says_how_to_get_one() {
        let error = GoTool::find(&MemorySystem::default(), None).unwrap_err();
        assert_eq!(error.to_string(), "no go command found");
        assert!(error.hint().unwrap().contains("https://go.dev/dl/"));
        let system = MemorySystem::default().with_env("GOPERF_GO", "/opt/go");
        let error = GoTool::find(&system, None).unwrap_err();
        assert_eq!(error.to_string(), "no go command found at `/opt/go`");
    }
}
