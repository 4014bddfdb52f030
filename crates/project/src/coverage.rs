//! How often benchmarks run statements: a few operations in a test program that was built to count.

use std::time::Duration;

use bench::run::{PackageRun, RunError, RunOptions, RunProblem};
use go_tool::TestBinary;
use lint::Coverage;

use crate::workspace::Workspace;

/// Operations of the two runs whose difference counts. The testing package runs a benchmark of `b.N` once more before
/// them, with its set-up, and one of `b.Loop` not: both cancel out, as the set-up does.
const FEW: u32 = 2;
const MANY: u32 = 20;
/// So many operations are counted.
pub(crate) const OPERATIONS: u32 = MANY - FEW;
/// In seconds: benchmarks whose operations take longer are not run so often.
pub(crate) const SLOW: f64 = 0.1;

/// Flags of `go test` that build a program which counts the statements of these packages.
pub(crate) fn build_flags(packages: &[&str]) -> [String; 3] {
    [
        "-cover".to_owned(),
        "-covermode=count".to_owned(),
        format!("-coverpkg={}", packages.join(",")),
    ]
}

/// What to run in a program that counts.
#[derive(Clone, Default)]
pub(crate) struct Benchmarks {
    /// As `-bench` takes it.
    pub(crate) pattern: String,
    /// As `-skip` takes it.
    pub(crate) skip: Option<String>,
    /// Of each of the two runs.
    pub(crate) timeout: Duration,
}

/// What was counted, and what went wrong.
#[derive(Default)]
pub(crate) struct Counted {
    /// `None` if the program left no profile.
    pub(crate) coverage: Option<Coverage>,
    pub(crate) problem: Option<RunProblem>,
}

/// The statements of [`OPERATIONS`] of each benchmark, without what runs once.
pub(crate) fn of_operations(
    workspace: &Workspace,
    binary: &TestBinary,
    benchmarks: &Benchmarks,
) -> Result<Counted, RunError> {
    let few = run(workspace, binary, benchmarks, FEW)?;
    let Some(fewer) = few.coverage else {
        return Ok(few);
    };
    let many = run(workspace, binary, benchmarks, MANY)?;
    Ok(Counted {
        coverage: many.coverage.map(|many| many.since(&fewer)),
        problem: few.problem.or(many.problem),
    })
}

/// The statements of one operation of each benchmark, with all that runs before it.
pub(crate) fn of_one(
    workspace: &Workspace,
    binary: &TestBinary,
    benchmarks: &Benchmarks,
) -> Result<Counted, RunError> {
    run(workspace, binary, benchmarks, 1)
}

fn run(
    workspace: &Workspace,
    binary: &TestBinary,
    benchmarks: &Benchmarks,
    operations: u32,
) -> Result<Counted, RunError> {
    let folder = (workspace.system)
        .temp_dir("goperf-cover-")
        .map_err(RunError::Temporary)?;
    let file = folder.path().join("cover");
    let skip = (benchmarks.skip.iter()).map(|skip| format!("-test.skip={skip}"));
    let options = RunOptions {
        bench: benchmarks.pattern.clone(),
        benchtime: Some(format!("{operations}x")),
        timeout: Some(benchmarks.timeout),
        args: std::iter::once(format!("-test.coverprofile={}", file.display()))
            .chain(skip)
            .collect(),
        ..RunOptions::default()
    };
    let (system, cancel) = (workspace.system, workspace.cancel);
    let binaries = std::slice::from_ref(binary);
    let runs = bench::run::run(system, cancel, binaries, &options, &mut |_| {})?;
    let problem = runs.iter().find_map(PackageRun::problem);
    let mut coverage = Coverage::default();
    let read = (system.read_to_string(&file))
        .map_err(|error| format!("it left no coverage profile: {}", base::io_reason(&error)));
    let unread = |message| RunProblem {
        message,
        details: Vec::new(),
        location: None,
    };
    Ok(match read.and_then(|text| coverage.add(&text)) {
        Ok(()) => Counted {
            coverage: Some(coverage),
            problem,
        },
        Err(message) => Counted {
            coverage: None,
            problem: problem.or_else(|| Some(unread(message))),
        },
    })
}
