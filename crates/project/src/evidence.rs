//! The profiles that stand behind a check: files, and what benchmarks left.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base::{Cancellation, Cancelled, System};
use bench::run::RunError;
use diag::Diagnostic;
use profile::{Limits, Profile};

use crate::benchmarks;
use crate::events::Events;
use crate::service::{self, Access, ServiceError, Target};
use crate::workspace::{Loaded, Workspace};

/// A profile under the name to use in messages.
pub type NamedProfile = (String, Profile);

/// Where evidence comes from.
#[derive(Clone, Debug, Default)]
pub struct EvidenceRequest {
    pub cpu_profiles: Vec<PathBuf>,
    pub mem_profiles: Vec<PathBuf>,
    /// Run benchmarks and profile them.
    pub bench: Option<BenchRequest>,
}

/// Which benchmarks to run, and how.
#[derive(Clone, Debug)]
pub struct BenchRequest {
    /// As `go test -bench` takes it.
    pub pattern: String,
    pub benchtime: String,
    pub count: u32,
    /// Values of GOMAXPROCS, as `go test -cpu` takes them.
    pub cpu: Option<String>,
    /// Tests to run too, as `go test -run` takes them.
    pub run: Option<String>,
    /// Of each package's run.
    pub timeout: Duration,
    /// In bytes.
    pub mem_profile_rate: u32,
    /// Write the profiles to this folder.
    pub keep: Option<PathBuf>,
}

/// What was gathered.
#[derive(Debug, Default)]
pub struct Evidence {
    pub profiles: Vec<NamedProfile>,
    /// The benchmarks that were run, in words.
    pub bench: Option<String>,
    /// Benchmarks that failed and the like.
    pub problems: Vec<Diagnostic>,
    /// Packages whose benchmarks were requested and not, or not all, measured.
    pub unmeasured: usize,
    /// Profiles written to files, with their sizes in bytes.
    pub written: Vec<(PathBuf, u64)>,
}

#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error("failed to read {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("failed to read {}", path.display())]
    Decode {
        path: PathBuf,
        source: profile::DecodeError,
    },
    #[error("failed to fetch {url}")]
    Fetch {
        url: String,
        source: Box<ServiceError>,
    },
    #[error("{} is not a {wanted} profile: it counts {found}", path.display())]
    WrongKind {
        path: PathBuf,
        wanted: &'static str,
        found: String,
    },
    #[error("failed to write {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("failed to run the benchmarks")]
    Temp(#[source] std::io::Error),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Go(#[from] go_tool::Error),
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

impl EvidenceRequest {
    /// The same request from another folder: paths that are relative to `dir` become absolute.
    pub(crate) fn below(&self, dir: &Path) -> Self {
        let join = |paths: &[PathBuf]| paths.iter().map(|path| dir.join(path)).collect();
        Self {
            cpu_profiles: join(&self.cpu_profiles),
            mem_profiles: join(&self.mem_profiles),
            bench: self.bench.clone(),
        }
    }
}

/// Reads the profiles that were named (paths are relative to `dir`) and checks the flags of the
/// benchmarks to run, so that a mistyped one is reported before anything is compiled.
pub fn read_files(
    system: &dyn System,
    dir: &Path,
    request: &EvidenceRequest,
) -> Result<Vec<NamedProfile>, EvidenceError> {
    if let Some(bench) = &request.bench {
        benchmarks::options(bench).check().map_err(RunError::from)?;
    }
    let cpu = request
        .cpu_profiles
        .iter()
        .map(|path| (path, ("CPU", &["cpu"][..])));
    let memory = ("memory", &["alloc_space", "inuse_space"][..]);
    let memory = request.mem_profiles.iter().map(|path| (path, memory));
    (cpu.chain(memory))
        .map(|(path, (wanted, types))| read_profile(system, dir, path, wanted, types))
        .collect()
}

/// Reads a heap profile from a file, or from a service: the URL of an endpoint, or of the service itself.
pub fn heap_profile(
    system: &dyn System,
    cancel: &Cancellation,
    dir: &Path,
    access: &Access,
    source: &str,
) -> Result<NamedProfile, EvidenceError> {
    let wanted = ("memory", &["inuse_space", "alloc_space"][..]);
    if !source.contains("://") {
        return read_profile(system, dir, Path::new(source), wanted.0, wanted.1);
    }
    let shown = service::without_credentials(source);
    let fetch = |error| EvidenceError::Fetch {
        url: shown.clone(),
        source: Box::new(error),
    };
    let target = Target::parse(source).map_err(fetch)?;
    let name = target.endpoint.map_or("heap", |endpoint| endpoint.name);
    let bytes = service::download(system, cancel, access, &target.url(name, "")).map_err(fetch)?;
    decode(Path::new(&shown), &bytes, wanted.0, wanted.1)
}

/// Reads a profile and checks that it measures what it was given for: one of `types`.
fn read_profile(
    system: &dyn System,
    dir: &Path,
    path: &Path,
    wanted: &'static str,
    types: &[&str],
) -> Result<NamedProfile, EvidenceError> {
    let read = |source| EvidenceError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = system.read(&dir.join(path)).map_err(read)?;
    decode(path, &bytes, wanted, types)
}

fn decode(
    path: &Path,
    bytes: &[u8],
    wanted: &'static str,
    types: &[&str],
) -> Result<NamedProfile, EvidenceError> {
    let decode = |source| EvidenceError::Decode {
        path: path.to_owned(),
        source,
    };
    let profile = profile::decode(bytes, &Limits::default()).map_err(decode)?;
    if types
        .iter()
        .any(|name| profile.sample_index(name).is_some())
    {
        return Ok((path.display().to_string(), profile));
    }
    let found: Vec<String> = (profile.sample_types.iter())
        .map(|it| profile.strings.text(it.kind).into_owned())
        .collect();
    Err(EvidenceError::WrongKind {
        path: path.to_owned(),
        wanted,
        found: found.join(", "),
    })
}

/// Adds what benchmarks leave to the profiles that were read from files.
pub fn gather(
    workspace: &Workspace,
    loaded: &Loaded,
    request: &EvidenceRequest,
    files: Vec<NamedProfile>,
    events: Events,
) -> Result<Evidence, EvidenceError> {
    let mut evidence = Evidence {
        profiles: files,
        ..Evidence::default()
    };
    if let Some(bench) = &request.bench {
        benchmarks::run(workspace, loaded, bench, &mut evidence, events)?;
    }
    Ok(evidence)
}
