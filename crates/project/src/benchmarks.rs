//! Running the benchmarks of packages under CPU and memory profiles.

use std::path::Path;

use base::system::{Command, Exit, Stream};
use diag::{Annotation, Diagnostic, Severity};
use go_tool::{TestBinary, TestBuild};
use profile::Limits;

use crate::events::{Event, Events};
use crate::evidence::{BenchRequest, Evidence, EvidenceError, NamedProfile};
use crate::workspace::{Loaded, Workspace};

/// Builds each package's test binary once, runs the benchmarks that match, and adds their profiles to `evidence`.
pub(crate) fn run(
    workspace: &Workspace,
    loaded: &Loaded,
    request: &BenchRequest,
    evidence: &mut Evidence,
    events: Events,
) -> Result<(), EvidenceError> {
    let folder = workspace
        .system
        .temp_dir("goperf-bench-")
        .map_err(EvidenceError::Temp)?;
    events(Event::Begin {
        stage: "building",
        total: 0,
    });
    let ids: Vec<_> = loaded.roots.iter().map(|root| root.id).collect();
    let builds = go_tool::build_tests(
        &workspace.go,
        workspace.system,
        workspace.cancel,
        &loaded.options,
        &loaded.listing,
        &ids,
        folder.path(),
    )?;
    let mut binaries = Vec::new();
    for build in builds {
        match build {
            TestBuild::Binary(binary) => binaries.push(binary),
            TestBuild::NoTests { .. } => {}
            TestBuild::Broken { package, errors } => {
                let message = errors
                    .first()
                    .map_or("its tests do not compile", |error| &error.message);
                evidence.problems.push(problem(&package, message));
            }
        }
    }
    events(Event::Begin {
        stage: "benchmarks",
        total: binaries.len(),
    });
    let mut ran = 0;
    for (index, binary) in binaries.iter().enumerate() {
        events(Event::Doing {
            what: &binary.package,
        });
        let dir = folder.path().join(index.to_string());
        ran += run_one(workspace, binary, request, &dir, evidence, events)?;
        events(Event::Step {
            what: &binary.package,
        });
    }
    if ran == 0 {
        return Err(EvidenceError::NoBenchmarks(request.pattern.clone()));
    }
    evidence.bench = Some(format!(
        "{ran} benchmark results of {} packages",
        binaries.len()
    ));
    Ok(())
}

fn run_one(
    workspace: &Workspace,
    binary: &TestBinary,
    request: &BenchRequest,
    dir: &Path,
    evidence: &mut Evidence,
    events: Events,
) -> Result<usize, EvidenceError> {
    let system = workspace.system;
    system.create_dir_all(dir).map_err(EvidenceError::Temp)?;
    let (cpu, mem) = (dir.join("cpu.pb.gz"), dir.join("mem.pb.gz"));
    let command = Command::new(&binary.path)
        .args([
            "-test.run=^$",
            "-test.benchmem",
            "-test.v=false",
            "-test.timeout=0",
        ])
        .arg(format!("-test.bench={}", request.pattern))
        .arg(format!("-test.benchtime={}", request.benchtime))
        .arg(format!("-test.count={}", request.count))
        .arg(format!("-test.cpuprofile={}", cpu.display()))
        .arg(format!("-test.memprofile={}", mem.display()))
        .arg(format!("-test.memprofilerate={}", request.mem_profile_rate))
        .current_dir(&binary.dir)
        .timeout(Some(request.timeout));
    let mut out = Vec::new();
    let output = system
        .run_streaming(&command, workspace.cancel, &mut |stream, bytes| {
            if stream == Stream::Stdout {
                out.extend_from_slice(bytes);
                if let Some(name) = last_benchmark(&out) {
                    events(Event::Doing { what: name });
                }
            }
        })
        .map_err(EvidenceError::Temp)?;
    workspace.cancel.check()?;
    let text = String::from_utf8_lossy(&out);
    let results = text
        .lines()
        .filter(|line| line.starts_with("Benchmark") && line.contains("ns/op"))
        .count();
    match output.exit {
        Exit::Code(0) => {}
        Exit::TimedOut => {
            let message = format!(
                "its benchmarks were stopped after {:?} (`--timeout`)",
                request.timeout
            );
            evidence.problems.push(problem(&binary.package, &message));
        }
        exit => {
            let message = format!("its benchmarks failed ({exit:?}): {}", failure(&text));
            evidence.problems.push(problem(&binary.package, &message));
        }
    }
    if results > 0 {
        for path in [cpu, mem] {
            add_profile(workspace, binary, request, &path, evidence)?;
        }
    }
    Ok(results)
}

fn last_benchmark(out: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(out).ok()?;
    let at = text.rfind("Benchmark")?;
    text[at..].split_whitespace().next()
}

fn failure(text: &str) -> String {
    let line = text
        .lines()
        .find(|line| line.contains("--- FAIL") || line.starts_with("panic:"));
    line.unwrap_or("no reason given").trim().to_owned()
}

fn add_profile(
    workspace: &Workspace,
    binary: &TestBinary,
    request: &BenchRequest,
    path: &Path,
    evidence: &mut Evidence,
) -> Result<(), EvidenceError> {
    let Ok(bytes) = workspace.system.read(path) else {
        return Ok(());
    };
    let profile =
        profile::decode(&bytes, &Limits::default()).map_err(|source| EvidenceError::Decode {
            path: path.to_owned(),
            source,
        })?;
    let kind = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    if let Some(folder) = &request.keep {
        let file = folder.join(format!("{}.{kind}", binary.package.replace('/', "_")));
        let write = || {
            workspace.system.create_dir_all(folder)?;
            workspace.system.write(&file, &bytes)
        };
        write().map_err(|source| EvidenceError::Write {
            path: file.clone(),
            source,
        })?;
        evidence.written.push((file, bytes.len() as u64));
    }
    let named: NamedProfile = (
        format!("benchmarks of {} ({kind})", binary.package),
        profile,
    );
    evidence.profiles.push(named);
    Ok(())
}

fn problem(package: &str, message: &str) -> Diagnostic {
    let rule = lint::rule_ref(&lint::rules::BENCHMARK_FAILED);
    let primary = Annotation::at(package, 0, 0);
    Diagnostic::new(
        rule,
        Severity::Error,
        format!("{package}: {message}"),
        primary,
    )
}
