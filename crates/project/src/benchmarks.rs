//! The benchmarks of the packages under analysis as evidence.

use bench::run::{Event as RunEvent, PackageRun, RunOptions, RunOutcome, RunProblem};
use go_tool::{SourceError, TestBinary, TestBuild};
use lint::rules::benchmark_failed;
use profile::Limits;

use crate::events::{Event, Events};
use crate::evidence::{BenchRequest, Evidence, EvidenceError};
use crate::workspace::{Loaded, Workspace};

/// The options of a requested run.
pub(crate) fn options(request: &BenchRequest) -> RunOptions {
    RunOptions {
        bench: request.pattern.clone(),
        benchtime: Some(request.benchtime.clone()),
        count: Some(request.count),
        cpu: request.cpu.clone(),
        args: (request.run.iter())
            .map(|tests| format!("-test.run={tests}"))
            .collect(),
        benchmem: true,
        timeout: Some(request.timeout),
        cpu_profile: true,
        mem_profile: true,
        memprofilerate: Some(u64::from(request.mem_profile_rate)),
        ..RunOptions::default()
    }
}

/// Builds each package's test binary once, runs the benchmarks that match, and adds their profiles to `evidence`.
pub(crate) fn run(
    workspace: &Workspace,
    loaded: &Loaded,
    request: &BenchRequest,
    evidence: &mut Evidence,
    events: Events,
) -> Result<(), EvidenceError> {
    let folder = (workspace.system.temp_dir("goperf-tests-")).map_err(EvidenceError::Temp)?;
    let binaries = build(workspace, loaded, folder.path(), evidence, events)?;
    let options = options(request);
    events(Event::Begin {
        stage: "benchmarks",
        total: binaries.len(),
    });
    let runs = bench::run::run(
        workspace.system,
        workspace.cancel,
        &binaries,
        &options,
        &mut |event| match event {
            RunEvent::Started { package } => events(Event::Doing { what: package }),
            RunEvent::Running { benchmark, .. } => events(Event::Doing { what: benchmark }),
            RunEvent::Finished(run) => events(Event::Step { what: &run.package }),
            RunEvent::Result { .. } | RunEvent::Line { .. } | RunEvent::Output { .. } => {}
        },
    )?;
    for run in &runs {
        if let Some(found) = run.problem() {
            let found = if matches!(run.outcome, RunOutcome::TimedOut { .. }) {
                over_time(found, request)
            } else {
                found
            };
            evidence.not_measured(&run.package, &found);
        }
        for found in &run.further_problems {
            evidence.not_measured(&run.package, found);
        }
        add_profiles(workspace, run, request, evidence)?;
    }
    let results: usize = runs.iter().map(|run| run.results.len()).sum();
    if results == 0 && evidence.unmeasured == 0 {
        let pattern = &request.pattern;
        let none = RunProblem {
            message: format!("no benchmark matched `{pattern}`"),
            details: Vec::new(),
            location: None,
        };
        let packages: Vec<&str> = (loaded.roots.iter())
            .map(|root| loaded.listing.packages[root.id].import_path.as_str())
            .collect();
        evidence.not_measured(&common_name(&packages), &none);
    }
    let packages = runs.iter().filter(|run| !run.results.is_empty()).count();
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let mut summary = format!(
        "{results} benchmark result{} of {packages} package{}",
        plural(results),
        plural(packages)
    );
    if evidence.unmeasured > 0 {
        let n = evidence.unmeasured;
        summary += &format!(
            "; benchmarks of {n} package{} failed or did not run",
            plural(n)
        );
    }
    evidence.bench = Some(summary);
    Ok(())
}

/// The name of the packages a message is about: the only one, or the number of them.
fn common_name(packages: &[&str]) -> String {
    match packages {
        [one] => (*one).to_owned(),
        many => format!("{} packages", many.len()),
    }
}

fn over_time(found: RunProblem, request: &BenchRequest) -> RunProblem {
    let seconds = request.timeout.as_secs_f64();
    RunProblem {
        message: format!("{} of {seconds} s (`--timeout`)", found.message),
        ..found
    }
}

fn build(
    workspace: &Workspace,
    loaded: &Loaded,
    folder: &std::path::Path,
    evidence: &mut Evidence,
    events: Events,
) -> Result<Vec<TestBinary>, EvidenceError> {
    let ids: Vec<_> = loaded.roots.iter().map(|root| root.id).collect();
    let ids = bench::run::with_benchmarks(workspace.system, &loaded.listing, &ids);
    events(Event::Begin {
        stage: "building",
        total: 0,
    });
    events(Event::Doing {
        what: "test binaries",
    });
    let builds = go_tool::build_tests(
        &workspace.go,
        workspace.system,
        workspace.cancel,
        &loaded.options,
        &loaded.listing,
        &ids,
        folder,
    )?;
    let mut binaries = Vec::new();
    for build in builds {
        match build {
            TestBuild::Binary(binary) => binaries.push(binary),
            TestBuild::NoTests { .. } => {}
            TestBuild::Broken { package, errors } => {
                evidence.not_measured(&package, &broken_tests(&errors));
            }
        }
    }
    Ok(binaries)
}

fn broken_tests(errors: &[SourceError]) -> RunProblem {
    let line = |error: &SourceError| match &error.file {
        Some(file) => format!("{}:{}: {}", file.display(), error.line, error.message),
        None => error.message.clone(),
    };
    let first = errors.first();
    let message = first.map_or("no reason given", |error| error.message.as_str());
    RunProblem {
        message: format!("the tests do not compile: {message}"),
        details: errors.iter().skip(1).map(line).collect(),
        location: first.and_then(|error| Some((error.file.clone()?, error.line))),
    }
}

impl Evidence {
    /// Adds that a package's benchmarks were not measured, or not all of them.
    fn not_measured(&mut self, package: &str, found: &RunProblem) {
        self.unmeasured += 1;
        self.problems
            .push(benchmark_failed::finding(&benchmark_failed::Failure {
                package,
                message: &found.message,
                details: &found.details,
                location: found
                    .location
                    .as_ref()
                    .map(|(file, line)| (file.as_path(), *line)),
            }));
    }
}

/// The profiles of a run whose benchmarks showed something.
fn add_profiles(
    workspace: &Workspace,
    run: &PackageRun,
    request: &BenchRequest,
    evidence: &mut Evidence,
) -> Result<(), EvidenceError> {
    if run.results.is_empty() {
        return Ok(());
    }
    let profiles = [("cpu", &run.cpu_profile), ("mem", &run.mem_profile)];
    for (kind, bytes) in profiles {
        let Some(bytes) = bytes else {
            continue;
        };
        // A binary that was killed leaves half a profile.
        let decoded = profile::decode(bytes, &Limits::default());
        let profile = match decoded {
            Ok(profile) => profile,
            Err(error) => {
                let found = RunProblem {
                    message: format!("the {kind} profile cannot be read: {error}"),
                    details: Vec::new(),
                    location: None,
                };
                evidence.not_measured(&run.package, &found);
                continue;
            }
        };
        if let Some(folder) = &request.keep {
            let file = folder.join(format!("{}.{kind}.pb.gz", run.package.replace('/', "_")));
            let write = || {
                workspace.system.create_dir_all(folder)?;
                workspace.system.write(&file, bytes)
            };
            write().map_err(|source| EvidenceError::Write {
                path: file.clone(),
                source,
            })?;
            evidence.written.push((file, bytes.len() as u64));
        }
        evidence
            .profiles
            .push((format!("{kind} profile of {}", run.package), profile));
    }
    Ok(())
}
