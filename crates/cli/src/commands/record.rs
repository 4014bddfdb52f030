//! `goperf record`: capture profiles to files.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use base::system::{Exit, Stream};
use project::record::{self, Captured, RecordError, RecordOptions};
use project::service::{ENDPOINTS, Endpoint, ServiceError};
use project::{BenchRequest, EvidenceRequest};

use super::{Context, packages};
use crate::args::record::{RecordArgs, RecordBenchArgs, RecordCommand, RecordRunArgs};
use crate::{ExitStatus, Output, progress};

pub(crate) fn run(
    args: &RecordArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match &args.bench {
        Some(RecordCommand::Bench(args)) => bench(args, context, output),
        None if !args.run.command.is_empty() => command(&args.run, context, output),
        None if !args.run.targets.is_empty() => urls(&args.run, context, output),
        None => bail!("nothing to record: name a service, `bench`, or `-- COMMAND`"),
    }
}

fn bench(
    args: &RecordBenchArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let workspace = packages::workspace(&args.packages, context)?;
    let request = packages::request(&args.packages, &packages::Build::default());
    let Some(bench) = args.bench.request() else {
        bail!("which benchmarks? `-bench .` runs them all");
    };
    let evidence = EvidenceRequest {
        bench: Some(BenchRequest {
            keep: Some(context.system.current_dir()?.join(&args.out)),
            ..bench
        }),
        ..EvidenceRequest::default()
    };
    let loaded = workspace.load(&request)?;
    let gathered = progress::with(output, |events| {
        project::evidence::gather(&workspace, &loaded, &evidence, Vec::new(), events)
    })?;
    for problem in &gathered.problems {
        writeln!(output.err, "goperf: {}", problem.message)?;
    }
    for (path, len) in &gathered.written {
        writeln!(
            output.out,
            "{}  {}",
            path.display(),
            lint::bytes(*len as i64)
        )?;
    }
    if let Some(bench) = gathered.bench {
        writeln!(output.err, "{bench}")?;
    }
    Ok(if gathered.written.is_empty() {
        ExitStatus::Error
    } else {
        ExitStatus::Success
    })
}

fn urls(
    args: &RecordRunArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let options = RecordOptions {
        seconds: args.seconds,
        endpoints: endpoints(&args.profiles)?,
        access: (args.service).access(args.timeout.unwrap_or(Duration::from_secs(30))),
        out_dir: args.out.clone(),
    };
    let targets = (args.targets.iter())
        .map(|target| record::plan(target, &options))
        .collect::<Result<Vec<_>, _>>()?;
    let total = targets.iter().map(Vec::len).sum();
    let ended: Mutex<Vec<Captured>> = Mutex::new(Vec::new());
    progress::with(output, |events| {
        events(project::Event::Begin {
            stage: "recording",
            total,
        });
        record::record(
            context.system,
            context.cancel,
            targets,
            &options,
            &mut |captured| {
                events(project::Event::Step {
                    what: captured.capture.endpoint.name,
                });
                ended
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(captured);
            },
        )
    })?;
    let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    ended.sort_by(|a, b| a.capture.file.cmp(&b.capture.file));
    report(&ended, !args.profiles.is_empty(), output)
}

/// Endpoints that a service of an older Go does not have are no failure, unless they were asked for by name.
fn report(ended: &[Captured], by_name: bool, output: &mut Output) -> anyhow::Result<ExitStatus> {
    let mut failed = false;
    for captured in ended {
        let capture = &captured.capture;
        match &captured.result {
            Ok(len) => writeln!(
                output.out,
                "{}  {}",
                capture.file.display(),
                lint::bytes(*len as i64)
            )?,
            Err(RecordError::Service(ServiceError::Missing)) if !by_name => {
                writeln!(output.err, "{}: not there", capture.url)?;
            }
            Err(error) => {
                failed = true;
                let reason = base::full_message(error);
                writeln!(output.err, "goperf: {}: {reason}", capture.url)?;
            }
        }
    }
    let none = ended.iter().all(|captured| captured.result.is_err());
    Ok(if failed || none {
        ExitStatus::Error
    } else {
        ExitStatus::Success
    })
}

fn endpoints(names: &[String]) -> anyhow::Result<Vec<Endpoint>> {
    if names.is_empty() {
        return Ok(record::default_endpoints());
    }
    let find = |name: &String| {
        let known = (ENDPOINTS.iter()).find(|endpoint| endpoint.name == name);
        known.copied().with_context(|| {
            let names: Vec<&str> = ENDPOINTS.iter().map(|it| it.name).collect();
            format!("no profile `{name}`; known are {}", names.join(", "))
        })
    };
    names.iter().map(find).collect()
}

fn command(
    args: &RecordRunArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if !args.targets.is_empty() {
        bail!("either services or a command, not both");
    }
    let run = {
        let (out, err) = (&mut output.out, &mut output.err);
        project::program::run_program(
            context.system,
            context.cancel,
            &args.command,
            Path::new(&args.out),
            args.timeout,
            &mut |stream, bytes| {
                // What the program says passes through at once; that nobody listens is not its fault.
                match stream {
                    Stream::Stdout => out.write_all(bytes).and_then(|()| out.flush()).ok(),
                    Stream::Stderr => err.write_all(bytes).ok(),
                };
            },
        )
        .with_context(|| format!("failed to run {}", args.command[0].to_string_lossy()))?
    };
    context.cancel.check()?;
    for path in &run.profiles {
        writeln!(output.err, "recorded {}", path.display())?;
    }
    match run.output.exit {
        Exit::Code(0) => {}
        exit => writeln!(output.err, "goperf: the command ended with {exit:?}")?,
    }
    if run.profiles.is_empty() {
        bail!(
            "the command wrote no profile; a program finds the folder to write to in {}",
            project::program::PROFILE_DIR
        );
    }
    Ok(if run.output.success() {
        ExitStatus::Success
    } else {
        ExitStatus::Error
    })
}
