//! Work that takes longer than a keystroke, each on a thread of its own: asking the compiler, costs of imported
//! packages, profiles, benchmarks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base::system::{Overlay, Unsaved};
use base::{Cancellation, System};
use diag::Diagnostic;
use lint::CheckOptions;
use project::comparison::{BenchmarkRequest, compare_benchmark};
use project::evidence::{self, NamedProfile};
use project::explain::{ExplainReport, ExplainRequest};
use project::sources::{SourcesReport, sources_of};
use project::structs::{StructReportEntry, StructRequest, structs};
use project::{
    BenchRequest, CheckRequest, EvidenceError, EvidenceRequest, KnownCosts, PackageRequest,
    ProfileSource, Workspace, known_costs,
};

use crate::server::Options;

/// Where a job works: the machine with the texts of the editor.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    pub(crate) system: &'a dyn System,
    pub(crate) options: &'a Options,
    pub(crate) dir: PathBuf,
    pub(crate) unsaved: Arc<Unsaved>,
    pub(crate) request: PackageRequest,
    pub(crate) cancel: Cancellation,
}

/// What the compiler and profiles say of the packages of a folder.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) report: SourcesReport,
    pub(crate) structs: Vec<StructReportEntry>,
    /// Why the compiler says nothing.
    pub(crate) broken: Option<Diagnostic>,
}

/// Profiles that are attached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attached {
    pub(crate) profiles: Arc<[NamedProfile]>,
    /// When the oldest was written, where that is known.
    pub(crate) written: Option<SystemTime>,
}

impl Place<'_> {
    fn with<R>(&self, work: impl FnOnce(&Workspace<'_>) -> Result<R, String>) -> Result<R, String> {
        let overlay = Overlay::new(self.system, Arc::clone(&self.unsaved));
        let (go, use_cache) = (self.options.go.as_deref(), self.options.use_cache);
        let workspace = Workspace::open(&overlay, &self.cancel, go, &self.dir, use_cache);
        let workspace = workspace.map_err(|error| base::full_message(&error))?;
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&workspace)));
        result.unwrap_or_else(|_| Err("internal error".to_owned()))
    }

    /// Asks the compiler about the packages of the folder.
    pub(crate) fn compile(&self, profiles: &Arc<[NamedProfile]>) -> Result<Compiled, String> {
        self.with(|workspace| {
            let request = CheckRequest {
                packages: self.request.clone(),
                evidence: EvidenceRequest::default(),
                options: CheckOptions::default(),
            };
            let report = sources_of(workspace, &request, profiles, &|_| {});
            let report = report.map_err(|error| base::full_message(&error))?;
            let request = StructRequest {
                tags: self.request.tags.clone(),
                without_tests: !self.request.tests,
                heap_profiles: Arc::clone(profiles),
                ..StructRequest::default()
            };
            let structs = structs(workspace, &request).map(|report| report.structs);
            let first = report.check.about_run.first().cloned();
            Ok(Compiled {
                structs: structs.unwrap_or_default(),
                broken: first.filter(|_| report.check.broken > 0),
                report,
            })
        })
    }

    /// What functions of imported packages cost.
    pub(crate) fn costs(&self) -> Result<KnownCosts, String> {
        self.with(|workspace| {
            known_costs(workspace, &self.request).map_err(|error| base::full_message(&error))
        })
    }

    /// Everything known about a line.
    pub(crate) fn explain(&self, path: &Path, line: u32) -> Result<ExplainReport, String> {
        self.with(|workspace| {
            let request = ExplainRequest {
                path: path.to_owned(),
                line,
                col: None,
                profiles: EvidenceRequest::default(),
            };
            let report = project::explain::explain(workspace, &request, &|_| {});
            report.map_err(|error| base::full_message(&error))
        })
    }

    /// Reads profiles, of files or services. Each is read as what it is: of CPU time or of memory.
    pub(crate) fn attach(&self, cpu: &[String], mem: &[String]) -> Result<Attached, String> {
        self.with(|workspace| {
            let mut all = Vec::new();
            let mut written: Option<SystemTime> = None;
            for (name, is_cpu) in
                (cpu.iter().map(|it| (it, true))).chain(mem.iter().map(|it| (it, false)))
            {
                let source = ProfileSource::from(PathBuf::from(name));
                if let ProfileSource::File(path) = &source {
                    let metadata = self.system.metadata(&self.dir.join(path));
                    let modified = metadata.ok().and_then(|it| it.modified);
                    written = written.into_iter().chain(modified).min();
                }
                all.extend(read(workspace, &source, is_cpu)?);
            }
            Ok(Attached {
                profiles: all.into(),
                written,
            })
        })
    }

    /// Runs a benchmark with profiles; returns them and a summary.
    pub(crate) fn benchmark(
        &self,
        name: &str,
        benchtime: &str,
    ) -> Result<(Attached, String), String> {
        self.with(|workspace| {
            let request = EvidenceRequest {
                bench: Some(BenchRequest {
                    pattern: format!("^{name}$"),
                    benchtime: benchtime.to_owned(),
                    count: 1,
                    cpu: None,
                    run: None,
                    timeout: Duration::from_mins(10),
                    mem_profile_rate: 4096,
                    cover: false,
                    keep: None,
                }),
                ..EvidenceRequest::default()
            };
            let loaded = workspace.load(&self.request);
            let loaded = loaded.map_err(|error| base::full_message(&error))?;
            let gathered = evidence::gather(workspace, &loaded, &request, Vec::new(), &|_| {});
            let gathered = gathered.map_err(|error| base::full_message(&error))?;
            if gathered.profiles.is_empty() {
                let problem = gathered.problems.first().map(|it| it.message.clone());
                return Err(problem.unwrap_or_else(|| format!("{name} left no profiles")));
            }
            let attached = Attached {
                profiles: gathered.profiles.into(),
                written: Some(self.system.now()),
            };
            Ok((attached, gathered.bench.unwrap_or_default()))
        })
    }

    /// Compares a benchmark with a revision; the result as text.
    pub(crate) fn compare(&self, name: &str, revision: &str) -> Result<String, String> {
        let request = BenchmarkRequest {
            dir: self.dir.clone(),
            go: self.options.go.clone(),
            tags: self.request.tags.clone(),
            name: name.to_owned(),
            revision: revision.to_owned(),
        };
        let work = || compare_benchmark(self.system, &self.cancel, &request, &|_| {});
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let result = result.map_err(|_| "internal error".to_owned())?;
        result.map_err(|error| base::full_message(&error))
    }
}

/// Reads one profile; where it is of the other kind than it was named as, as that.
fn read(
    workspace: &Workspace<'_>,
    source: &ProfileSource,
    is_cpu: bool,
) -> Result<Vec<NamedProfile>, String> {
    let request = |is_cpu: bool| {
        let (mut cpu_profiles, mut mem_profiles) = (Vec::new(), Vec::new());
        if is_cpu {
            cpu_profiles.push(source.clone());
        } else {
            mem_profiles.push(source.clone());
        }
        EvidenceRequest {
            cpu_profiles,
            mem_profiles,
            ..EvidenceRequest::default()
        }
    };
    let read = |is_cpu| evidence::read_profiles(workspace, &request(is_cpu), &|_| {});
    let result = match read(is_cpu) {
        Err(EvidenceError::WrongKind { .. }) => read(!is_cpu),
        result => result,
    };
    result.map_err(|error| base::full_message(&error))
}
