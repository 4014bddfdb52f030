//! The profiles that stand behind a check: of files, of running services, and those that benchmarks leave.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base::system::TempDir;
use base::{Cancellation, Cancelled, System, Url};
use bench::run::RunError;
use diag::Diagnostic;
use profile::{Limits, Profile};

use crate::benchmarks;
use crate::events::{Event, Events};
use crate::service::{self, Access, Endpoint, ServiceError, Target};
use crate::workspace::{Loaded, Workspace};

/// A profile under the name to use in messages.
pub type NamedProfile = (String, Profile);

/// Where evidence comes from.
#[derive(Clone, Debug, Default)]
pub struct EvidenceRequest {
    pub cpu_profiles: Vec<ProfileSource>,
    pub mem_profiles: Vec<ProfileSource>,
    pub block_profiles: Vec<ProfileSource>,
    pub mutex_profiles: Vec<ProfileSource>,
    /// Coverage profiles in count mode, relative to the folder of the workspace.
    pub cover_profiles: Vec<PathBuf>,
    /// How services are reached.
    pub access: Access,
    /// Run benchmarks and profile them.
    pub bench: Option<BenchRequest>,
}

/// Where one profile is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProfileSource {
    /// A path, relative to the folder of the workspace.
    File(PathBuf),
    /// The URL of an endpoint, or of a service.
    Service(String),
}

impl From<PathBuf> for ProfileSource {
    /// What contains `://` is a URL.
    fn from(path: PathBuf) -> Self {
        match path.to_str() {
            Some(url) if url.contains("://") => Self::Service(url.to_owned()),
            _ => Self::File(path),
        }
    }
}

/// What a profile has to measure.
#[derive(Clone, Copy)]
struct Wanted {
    /// As messages call it.
    name: &'static str,
    /// One of these sample types has to be there.
    types: &'static [&'static str],
    /// What a service is asked for that no endpoint is named of.
    endpoint: &'static str,
    /// Sample types that other kinds of profiles have too, and what they are called from here on.
    renamed: &'static [(&'static str, &'static str)],
}

const CPU: Wanted = Wanted {
    name: "CPU",
    types: &["cpu"],
    endpoint: "profile",
    renamed: &[],
};
const MEMORY: Wanted = Wanted {
    name: "memory",
    types: &["alloc_space", "inuse_space"],
    endpoint: "heap",
    renamed: &[],
};
const BLOCK: Wanted = Wanted {
    name: "block",
    types: &["delay"],
    endpoint: "block",
    renamed: &[("delay", "block_delay"), ("contentions", "block_count")],
};
const MUTEX: Wanted = Wanted {
    name: "mutex",
    types: &["delay"],
    endpoint: "mutex",
    renamed: &[("delay", "mutex_delay"), ("contentions", "mutex_count")],
};

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
    /// Count how often statements run, in a run of its own.
    pub cover: bool,
    /// Write the profiles to this folder.
    pub keep: Option<PathBuf>,
}

/// What was gathered.
#[derive(Debug, Default)]
pub struct Evidence {
    pub profiles: Vec<NamedProfile>,
    /// A summary of the benchmarks that were run.
    pub bench: Option<String>,
    /// Benchmarks that failed and the like.
    pub problems: Vec<Diagnostic>,
    /// Packages whose benchmarks were requested and not, or not all, measured.
    pub unmeasured: usize,
    /// Profiles written to files, with their sizes in bytes.
    pub written: Vec<(PathBuf, u64)>,
    /// The programs that benchmarks were run with, for as long as this is kept.
    pub(crate) binaries: Option<TempDir>,
    /// The benchmarks that were measured.
    pub(crate) timed: Vec<Timed>,
}

/// The benchmarks of a package that were measured.
#[derive(Debug)]
pub(crate) struct Timed {
    /// Import path.
    pub(crate) package: String,
    /// Names and seconds of an operation.
    pub(crate) benchmarks: Vec<(String, Option<f64>)>,
    /// Messages of what went wrong.
    pub(crate) problems: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error("failed to read {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("failed to read {name}")]
    Decode {
        name: String,
        source: profile::DecodeError,
    },
    #[error("{}: {problem}", path.display())]
    Coverage { path: PathBuf, problem: String },
    #[error("failed to fetch {url}")]
    Fetch {
        url: String,
        source: Box<ServiceError>,
    },
    #[error("{name} is not a {wanted} profile: it counts {found}")]
    WrongKind {
        name: String,
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

impl EvidenceError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Fetch { source, .. } => source.hint(),
            _ => None,
        }
    }
}

/// How often statements ran, by the coverage profiles that were named; `None` without any.
pub fn read_coverage(
    workspace: &Workspace,
    request: &EvidenceRequest,
) -> Result<Option<lint::Coverage>, EvidenceError> {
    let mut coverage = lint::Coverage::default();
    for path in &request.cover_profiles {
        let path = workspace.dir.join(path);
        let text = workspace.system.read_to_string(&path);
        let text = text.map_err(|source| EvidenceError::Read {
            path: path.clone(),
            source,
        })?;
        let added = coverage.add(&text);
        added.map_err(|problem| EvidenceError::Coverage { path, problem })?;
    }
    Ok((!coverage.is_empty()).then_some(coverage))
}

/// How often the benchmarks run statements, if that is to be counted. Profiles that were named stand: counts of other
/// runs are not added to them.
pub(crate) fn count(
    workspace: &Workspace,
    loaded: &Loaded,
    request: &EvidenceRequest,
    evidence: &mut Evidence,
    events: Events,
) -> Result<Option<lint::Coverage>, EvidenceError> {
    let bench = request.bench.as_ref().filter(|bench| bench.cover);
    let Some(bench) = bench.filter(|_| request.cover_profiles.is_empty()) else {
        return Ok(None);
    };
    let coverage = benchmarks::count(workspace, loaded, bench, evidence, events)?;
    Ok((!coverage.is_empty()).then_some(coverage))
}

/// Reads the profiles that were named, asks services for theirs, and checks the flags of the benchmarks to run, so that
/// a mistyped one is reported before anything is compiled.
pub fn read_profiles(
    workspace: &Workspace,
    request: &EvidenceRequest,
    events: Events,
) -> Result<Vec<NamedProfile>, EvidenceError> {
    if let Some(bench) = &request.bench {
        benchmarks::options(bench).check().map_err(RunError::from)?;
    }
    let cpu = request.cpu_profiles.iter().map(|source| (source, CPU));
    let memory = request.mem_profiles.iter().map(|source| (source, MEMORY));
    let block = request.block_profiles.iter().map(|source| (source, BLOCK));
    let mutex = request.mutex_profiles.iter().map(|source| (source, MUTEX));
    let sources: Vec<_> = cpu.chain(memory).chain(block).chain(mutex).collect();
    if (sources.iter()).any(|(source, _)| matches!(source, ProfileSource::Service(_))) {
        events(Event::Begin {
            stage: "profiles",
            total: sources.len(),
        });
    }
    let reader = Reader {
        system: workspace.system,
        cancel: workspace.cancel,
        dir: &workspace.dir,
        access: &request.access,
    };
    (sources.into_iter())
        .map(|(source, wanted)| reader.read(source, wanted, events))
        .collect()
}

/// Reads a heap profile, of a program that need not be Go source in a workspace.
pub fn heap_profile(
    system: &dyn System,
    cancel: &Cancellation,
    dir: &Path,
    access: &Access,
    source: &ProfileSource,
) -> Result<NamedProfile, EvidenceError> {
    let reader = Reader {
        system,
        cancel,
        dir,
        access,
    };
    reader.read(source, MEMORY, &|_| ())
}

/// What profiles are read with.
struct Reader<'a> {
    system: &'a dyn System,
    cancel: &'a Cancellation,
    dir: &'a Path,
    access: &'a Access,
}

impl Reader<'_> {
    fn read(
        &self,
        source: &ProfileSource,
        wanted: Wanted,
        events: Events,
    ) -> Result<NamedProfile, EvidenceError> {
        match source {
            ProfileSource::File(path) => {
                let read = |source| EvidenceError::Read {
                    path: path.clone(),
                    source,
                };
                let bytes = self.system.read(&self.dir.join(path)).map_err(read)?;
                decode(path.display().to_string(), &bytes, wanted)
            }
            ProfileSource::Service(url) => {
                let name = service::without_credentials(url);
                events(Event::Doing { what: &name });
                let fetched = self.fetch(url, wanted);
                self.cancel.check()?;
                let bytes = fetched.map_err(|error| EvidenceError::Fetch {
                    url: name.clone(),
                    source: Box::new(error),
                })?;
                events(Event::Step { what: &name });
                decode(name, &bytes, wanted)
            }
        }
    }

    /// The profile of an endpoint: the one that is named, with its query, else the one that measures what is wanted.
    fn fetch(&self, url: &str, wanted: Wanted) -> Result<Vec<u8>, ServiceError> {
        let target = Target::parse(url)?;
        let query = Url::parse(url).map(|url| url.query).unwrap_or_default();
        let (endpoint, query) = match target.endpoint {
            Some(endpoint) if !query.is_empty() => (endpoint, query),
            Some(endpoint) => (endpoint, endpoint.default_query()),
            None => {
                let endpoint = Endpoint::named(wanted.endpoint).ok_or(ServiceError::Missing)?;
                (endpoint, endpoint.default_query())
            }
        };
        let access = self.access.for_seconds(endpoint.seconds_of(&query));
        let url = target.url(endpoint.name, &query);
        service::download(self.system, self.cancel, &access, &url)
    }
}

/// Decodes a profile and checks that it measures what it was given for.
fn decode(name: String, bytes: &[u8], wanted: Wanted) -> Result<NamedProfile, EvidenceError> {
    let mut profile = match profile::decode(bytes, &Limits::default()) {
        Ok(profile) => profile,
        Err(source) => return Err(EvidenceError::Decode { name, source }),
    };
    let mut types = wanted.types.iter();
    if types.any(|name| profile.sample_index(name).is_some()) {
        rename(&mut profile, wanted);
        return Ok((name, profile));
    }
    let found: Vec<String> = (profile.sample_types.iter())
        .map(|it| profile.strings.text(it.kind).into_owned())
        .collect();
    Err(EvidenceError::WrongKind {
        name,
        wanted: wanted.name,
        found: found.join(", "),
    })
}

/// Gives sample types the names that tell the kinds of profiles apart.
fn rename(profile: &mut Profile, wanted: Wanted) {
    for (old, new) in wanted.renamed {
        let Some(index) = profile.sample_index(old) else {
            continue;
        };
        let is_default = profile.default_sample_type == profile.sample_types[index].kind;
        let kind = profile.strings.intern(new.as_bytes());
        profile.sample_types[index].kind = kind;
        if is_default {
            profile.default_sample_type = kind;
        }
    }
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
