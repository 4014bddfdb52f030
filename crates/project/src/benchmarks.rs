//! The benchmarks of the packages under analysis as evidence.

use std::collections::BTreeSet;
use std::path::Path;

use bench::run::{Event as RunEvent, PackageRun, RunOptions, RunOutcome, RunProblem};
use diag::Severity;
use go_tool::{ListOptions, PackageId, SourceError, TestBinary, TestBuild};
use lint::Coverage;
use lint::rules::benchmark_failed;
use profile::Limits;

use crate::coverage::{self, Counted};
use crate::events::{Event, Events};
use crate::evidence::{BenchRequest, Evidence, EvidenceError, Timed};
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
        if !run.results.is_empty() {
            evidence.timed.push(Timed {
                package: run.package.clone(),
                benchmarks: bench::run::seconds_per_op(&run.results),
                problems: (run.problem().iter().chain(&run.further_problems))
                    .map(|found| found.message.clone())
                    .collect(),
            });
        }
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
    evidence.binaries = Some(folder);
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
    folder: &Path,
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
    let builds = build_all(workspace, loaded, &loaded.options, &ids, folder)?;
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

fn build_all(
    workspace: &Workspace,
    loaded: &Loaded,
    options: &ListOptions,
    packages: &[PackageId],
    folder: &Path,
) -> Result<Vec<TestBuild>, go_tool::Error> {
    go_tool::build_tests(
        &workspace.go,
        workspace.system,
        workspace.cancel,
        options,
        &loaded.listing,
        packages,
        folder,
    )
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

/// Counts how often the benchmarks that were measured run the statements of the packages under analysis, in programs
/// built for that alone. Counts are those of as many operations of each benchmark, so that they have one denominator;
/// benchmarks whose operations take long are left out. What fails here is said and changes nothing else.
pub(crate) fn count(
    workspace: &Workspace,
    loaded: &Loaded,
    request: &BenchRequest,
    evidence: &mut Evidence,
    events: Events,
) -> Result<Coverage, EvidenceError> {
    let mut all = Coverage::default();
    let timed = std::mem::take(&mut evidence.timed);
    let measured: BTreeSet<&str> = timed.iter().map(|it| it.package.as_str()).collect();
    let path_of = |id: PackageId| loaded.listing.packages[id].plain_path();
    let ids: Vec<PackageId> = (loaded.roots.iter())
        .map(|root| root.id)
        .filter(|id| measured.contains(path_of(*id)))
        .collect();
    if ids.is_empty() {
        return Ok(all);
    }
    // External tests are no packages that could be named.
    let covered: BTreeSet<&str> = (loaded.roots.iter())
        .filter(|root| !root.name.ends_with("_test"))
        .map(|root| path_of(root.id))
        .collect();
    let covered: Vec<&str> = covered.into_iter().collect();
    let mut options = loaded.options.clone();
    options.flags.extend(coverage::build_flags(&covered));
    events(Event::Begin {
        stage: "coverage",
        total: ids.len(),
    });
    events(Event::Doing {
        what: "building test binaries that count",
    });
    let folder = (workspace.system.temp_dir("goperf-tests-")).map_err(EvidenceError::Temp)?;
    let builds = build_all(workspace, loaded, &options, &ids, folder.path())?;
    let mut counted = Tally::default();
    for build in builds {
        let package = build.package().to_owned();
        let (of_package, n_slow) = match build {
            TestBuild::Binary(binary) => {
                events(Event::Doing { what: &package });
                let own = timed.iter().find(|it| it.package == package);
                let benchmarks = own.map_or(&[][..], |it| &it.benchmarks);
                count_package(workspace, &binary, request, benchmarks)?
            }
            TestBuild::NoTests { .. } => (Counted::default(), 0),
            TestBuild::Broken { errors, .. } => {
                let problem = Some(broken_tests(&errors));
                (
                    Counted {
                        coverage: None,
                        problem,
                    },
                    0,
                )
            }
        };
        counted.slow += n_slow;
        // What failed when it was measured was said then.
        let is_known = |problem: &&RunProblem| {
            (timed.iter()).any(|it| it.package == package && it.problems.contains(&problem.message))
        };
        if let Some(problem) = of_package.problem.as_ref().filter(|it| !is_known(it)) {
            counted.problems += 1;
            evidence.not_counted(&package, problem);
        }
        if let Some(coverage) = &of_package.coverage {
            counted.packages += 1;
            all.merge(coverage);
        }
        events(Event::Step { what: &package });
    }
    all.is_profiled = true;
    if let Some(summary) = &mut evidence.bench {
        *summary += &counted.summary();
    }
    Ok(all)
}

/// What could be counted.
#[derive(Default)]
struct Tally {
    packages: usize,
    /// Benchmarks whose operations take too long.
    slow: usize,
    problems: usize,
}

impl Tally {
    /// What the summary of the benchmarks goes on with.
    fn summary(&self) -> String {
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let mut text = String::new();
        if self.packages > 0 {
            let operations = coverage::OPERATIONS;
            text += &format!("; statements counted over {operations} operations of each");
        }
        if self.slow > 0 {
            let (n, s) = (self.slow, plural(self.slow));
            text += &format!("; {n} benchmark{s} slower than 100 ms an operation not counted");
        }
        if self.problems > 0 {
            let (n, s) = (self.problems, plural(self.problems));
            text += &format!("; counting failed in {n} package{s}");
        }
        text
    }
}

/// What a package's benchmarks run, but for the slow ones; with the number of these.
fn count_package(
    workspace: &Workspace,
    binary: &TestBinary,
    request: &BenchRequest,
    timed: &[(String, Option<f64>)],
) -> Result<(Counted, usize), EvidenceError> {
    let is_slow = |seconds: Option<f64>| seconds.is_some_and(|it| it > coverage::SLOW);
    let slow: Vec<String> = (timed.iter())
        .filter(|(_, seconds)| is_slow(*seconds))
        .map(|(name, _)| bench::ab::exactly(name))
        .collect();
    if slow.len() == timed.len() {
        return Ok((Counted::default(), slow.len()));
    }
    let benchmarks = coverage::Benchmarks {
        pattern: request.pattern.clone(),
        skip: (!slow.is_empty()).then(|| slow.join("|")),
        timeout: request.timeout,
    };
    let counted = coverage::of_operations(workspace, binary, &benchmarks)?;
    Ok((counted, slow.len()))
}

impl Evidence {
    /// Adds that a package's statements were not counted, or not all of them.
    fn not_counted(&mut self, package: &str, found: &RunProblem) {
        let problem = RunProblem {
            message: format!("counting statements failed: {}", found.message),
            ..found.clone()
        };
        let mut finding = benchmark_failed::finding(&failure(package, &problem));
        finding.severity = Severity::Warning;
        self.problems.push(finding);
    }

    /// Adds that a package's benchmarks were not measured, or not all of them.
    fn not_measured(&mut self, package: &str, found: &RunProblem) {
        self.unmeasured += 1;
        self.problems
            .push(benchmark_failed::finding(&failure(package, found)));
    }
}

fn failure<'a>(package: &'a str, found: &'a RunProblem) -> benchmark_failed::Failure<'a> {
    benchmark_failed::Failure {
        package,
        message: &found.message,
        details: &found.details,
        location: (found.location.as_ref()).map(|(file, line)| (file.as_path(), *line)),
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
