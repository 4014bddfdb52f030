//! Rules about patterns beside golangci-lint with the linters that look for the same.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use base::System as _;
use base::system::Command;

use super::graph;
use crate::bench::{Case, Limits, Setup, Unavailable};
use crate::toolchain::with_go;

/// The module and version that the peer is built from.
const PEER: &str = "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0";

/// The linters that look for what [`RULES`] look for: prealloc (GP101), makezero (GP105), perfsprint (GP201, GP301,
/// GP302), the performance checks of gocritic (GP107, GP204, GP205, GP207, GP303, GP504, GP505), fieldalignment (GP501),
/// and SA6 of staticcheck (GP203, GP206, GP404, GP701).
const CONFIG: &str = r#"version: "2"
run:
  tests: false
  timeout: 0s
linters:
  default: none
  enable: [prealloc, makezero, perfsprint, gocritic, govet, staticcheck]
  settings:
    gocritic:
      disable-all: true
      enabled-tags: [performance]
    govet:
      disable-all: true
      enable: [fieldalignment]
    staticcheck:
      checks: ["SA6*"]
issues:
  max-issues-per-linter: 0
  max-same-issues: 0
"#;

const RULES: &str = "GP101,GP105,GP107,GP201,GP203,GP204,GP205,GP206,GP207,GP301,GP302,GP303,GP404,GP501,GP504,GP505,GP701";

const CPU_EMPTY: f64 = 0.1;
const CPU_BUILT: f64 = 0.5;
const CPU_FULL: f64 = 0.05;
const MEMORY: f64 = 1.5;

/// What is linted.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    Std,
    /// `path@version`, all packages of it.
    Module(&'static str),
}

/// What both sides know before they begin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cache {
    /// Nothing: the go command's build cache is empty too, as on a new machine. Ours needs none.
    Empty,
    /// What is imported was built before.
    Built,
    /// All from the run before, with nothing changed.
    Full,
}

pub(super) fn lint(setup: &Setup<'_>, subject: Subject, cache: Cache) -> anyhow::Result<Case> {
    let peer = peer(setup, "golangci-lint", PEER)?;
    let config = setup.scratch.join("golangci.yml");
    setup.repo.system.write(&config, CONFIG.as_bytes())?;
    let ours = [
        setup.goperf.as_os_str().to_owned(),
        "check".into(),
        "--no-config".into(),
        "--all".into(),
        "--select".into(),
        RULES.into(),
        "--format".into(),
        "concise".into(),
        "./...".into(),
    ];
    let theirs = [
        peer.into_os_string(),
        "run".into(),
        "--config".into(),
        config.into_os_string(),
        "--allow-parallel-runners".into(),
        "./...".into(),
    ];
    let caches = [
        ("GOPERF_CACHE", ours.to_vec()),
        ("GOLANGCI_LINT_CACHE", theirs.to_vec()),
    ];
    let [ours, theirs] = with_caches(setup, subject, cache, caches)?;
    // The first round, which is not counted, fills caches; it also fetches what a module imports.
    Ok(Case {
        ours,
        peer: Some(("golangci-lint", theirs)),
        same_output: false,
        // What was reached on Go 1.27.3, with room for a busy machine; see docs/rules-speed.md.
        limits: Limits {
            cpu_ratio: Some(match cache {
                Cache::Empty => CPU_EMPTY,
                Cache::Built => CPU_BUILT,
                Cache::Full => CPU_FULL,
            }),
            memory_ratio: (cache != Cache::Full).then_some(MEMORY),
            ..Limits::default()
        },
    })
}

/// Commands on a subject, each with the variable that names the folder of its own cache.
pub(super) fn with_caches<const N: usize>(
    setup: &Setup<'_>,
    subject: Subject,
    cache: Cache,
    commands: [(&str, Vec<OsString>); N],
) -> anyhow::Result<[Command; N]> {
    let folder = match subject {
        Subject::Std => {
            let root = Command::new(&setup.go).args(["env", "GOROOT"]);
            let root = setup.repo.output(&with_go(setup.repo, &setup.go, root))?;
            Path::new(root.trim()).join("src")
        }
        Subject::Module(module) => graph::source(setup, module)?,
    };
    Ok(commands.map(|(variable, command)| {
        let kept = setup.scratch.join(variable);
        // Emptying them takes a few milliseconds, on both sides.
        let script = match cache {
            Cache::Empty => "rm -rf \"$0\" \"$GOCACHE\" && exec \"$@\"",
            Cache::Built => "rm -rf \"$0\" && exec \"$@\"",
            Cache::Full => "exec \"$@\"",
        };
        let command = Command::new("sh")
            .args(["-c", script])
            .arg(&kept)
            .args(command);
        let command = command
            .current_dir(&folder)
            .env(variable, &kept)
            .env("CGO_ENABLED", "0")
            .env("GOWORK", "off");
        let command = match cache {
            Cache::Empty => command.env("GOCACHE", setup.scratch.join("gocache")),
            Cache::Built | Cache::Full => command,
        };
        let command = match subject {
            Subject::Std => command,
            Subject::Module(_) => command.env("GOFLAGS", "-mod=mod"),
        };
        with_go(setup.repo, &setup.go, command)
    }))
}

/// A peer's program, which is built once from `module@version` and kept.
pub(super) fn peer(setup: &Setup<'_>, name: &str, module: &str) -> anyhow::Result<PathBuf> {
    let version = module.rsplit('@').next().unwrap_or_default();
    let folder = setup.inputs.join(format!("{name}-{version}"));
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !setup.repo.system.is_file(&program) {
        println!("  building {name} {version}, which takes some minutes");
        let install = Command::new(&setup.go)
            .args(["install", module])
            .current_dir(&setup.scratch)
            .env("GOBIN", folder.display().to_string())
            .env("GOFLAGS", "-mod=mod");
        let install = with_go(setup.repo, &setup.go, install);
        setup.repo.output(&install).map_err(|error| Unavailable {
            what: module.to_owned(),
            reason: format!("{error:#}"),
        })?;
    }
    Ok(program)
}
