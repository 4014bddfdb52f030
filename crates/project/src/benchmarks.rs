//! The benchmarks of the packages under analysis as evidence.

use bench::run::{Event as RunEvent, PackageRun, RunOptions, RunOutcome};
use diag::{Annotation, Diagnostic, Severity};
use go_tool::{TestBinary, TestBuild};
use profile::Limits;

use crate::events::{Event, Events};
use crate::evidence::{BenchRequest, Evidence, EvidenceError};
use crate::workspace::{Loaded, Workspace};

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
    let options = RunOptions {
        bench: request.pattern.clone(),
        benchtime: Some(request.benchtime.clone()),
        count: Some(request.count),
        benchmem: true,
        timeout: Some(request.timeout),
        cpu_profile: true,
        mem_profile: true,
        memprofilerate: Some(u64::from(request.mem_profile_rate)),
        ..RunOptions::default()
    };
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
        evidence.problems.extend(problem_of(run, request));
        add_profiles(workspace, run, request, evidence)?;
    }
    let results: usize = runs.iter().map(|run| run.results.len()).sum();
    let failed = runs.iter().any(|run| is_failure(&run.outcome));
    if results == 0 && !failed && evidence.problems.is_empty() {
        return Err(EvidenceError::NoBenchmarks(request.pattern.clone()));
    }
    let packages = runs.iter().filter(|run| !run.results.is_empty()).count();
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    evidence.bench = Some(format!(
        "{results} benchmark result{} of {packages} package{}",
        plural(results),
        plural(packages)
    ));
    Ok(())
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
                let message = errors
                    .first()
                    .map_or("no reason given", |error| error.message.as_str());
                let message = format!("its tests do not compile: {message}");
                evidence.problems.push(problem(&package, &message));
            }
        }
    }
    Ok(binaries)
}

fn is_failure(outcome: &RunOutcome) -> bool {
    !matches!(outcome, RunOutcome::Passed | RunOutcome::NoBenchmarks)
}

fn problem_of(run: &PackageRun, request: &BenchRequest) -> Option<Diagnostic> {
    let in_benchmark = |benchmark: &Option<String>| {
        benchmark
            .as_ref()
            .map(|name| format!(" in {name}"))
            .unwrap_or_default()
    };
    let message = match &run.outcome {
        RunOutcome::Passed | RunOutcome::NoBenchmarks => return None,
        RunOutcome::Failed { message } if run.failed.is_empty() => message.clone(),
        RunOutcome::Failed { .. } => {
            let last = run.output.iter().rev().find(|line| !line.trim().is_empty());
            let said = last
                .map(|line| format!(": {}", line.trim()))
                .unwrap_or_default();
            format!("{} failed{said}", run.failed.join(", "))
        }
        RunOutcome::Panicked { message, benchmark } => {
            format!("panicked{}: {message}", in_benchmark(benchmark))
        }
        RunOutcome::TimedOut { benchmark } => {
            let seconds = request.timeout.as_secs_f64();
            format!(
                "stopped{} after {seconds} s (`--timeout`)",
                in_benchmark(benchmark)
            )
        }
    };
    Some(problem(&run.package, &message))
}

fn problem(package: &str, message: &str) -> Diagnostic {
    let rule = lint::rule_ref(&lint::rules::BENCHMARK_FAILED);
    let primary = Annotation::at(package, 0, 0);
    let mut diagnostic = Diagnostic::new(
        rule,
        Severity::Error,
        format!("benchmarks of `{package}`: {message}"),
        primary,
    );
    diagnostic.package = Some(package.to_owned());
    diagnostic
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
                let message = format!("the {kind} profile cannot be read: {error}");
                evidence.problems.push(problem(&run.package, &message));
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
