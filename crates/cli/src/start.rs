//! From the process's arguments to a command and back to an exit code.

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;

use base::system::OsSystem;
use base::{Cancellation, Cancelled, System};
use clap::{CommandFactory as _, FromArgMatches as _};
use project::goroutines::SnapshotError;
use project::service::ServiceError;

use crate::args::{Cli, drop_in, go_spelling};
use crate::commands::{self, Context};
use crate::http::Client;
use crate::output::{self, Checked, Unchecked};
use crate::{ExitStatus, Output, answers};

/// Runs goperf as a process. All of it ends here, after a panic too: what was written is flushed and checked, processes
/// are killed and temporary folders removed.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let system = OsSystem::default();
    let client = Arc::new(Client::new(&system));
    let system = system.with_http(client);
    let cancel = Cancellation::default();
    // Without a handler Ctrl-C still ends the process, only less tidily.
    system.cancel_on_interrupt(&cancel).ok();
    let mut out = Checked::new(output::stdout());
    let mut err = Unchecked(io::stderr());
    let mut output = Output::of_process(&mut out, &mut err, &system);
    let run = || execute(args, &system, &cancel, &mut output);
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(run));
    let outcome = outcome.unwrap_or_else(|_| Err(anyhow::anyhow!(INTERNAL)));
    let outcome = if cancel.is_cancelled() {
        interrupted(outcome)
    } else {
        outcome
    };
    let status = conclude(outcome, out.finish(), &mut err);
    system.end_run();
    status.into()
}

/// A panic has said where by then.
const INTERNAL: &str =
    "internal error: this is a fault of goperf; please report it with the lines above";

/// Runs goperf with the given arguments (the first is the program's name).
pub fn run(args: Vec<OsString>, system: &dyn System, output: &mut Output) -> ExitStatus {
    let outcome = execute(args, system, &Cancellation::default(), output);
    conclude(outcome, Ok(()), output.err)
}

/// As [`run`], within a run that goes on: a signal to that one, or `cancel`, ends it.
pub(crate) fn run_within(
    args: Vec<OsString>,
    system: &dyn System,
    cancel: &Cancellation,
    output: &mut Output,
) -> ExitStatus {
    let run = || execute(args, system, cancel, output);
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(run));
    let outcome = outcome.unwrap_or_else(|_| Err(anyhow::anyhow!(INTERNAL)));
    conclude(outcome, Ok(()), output.err)
}

fn execute(
    args: Vec<OsString>,
    system: &dyn System,
    cancel: &Cancellation,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let mut definition = Cli::command();
    definition.build();
    let args = drop_in::protect(go_spelling::normalized(&definition, args));
    let parsed = definition.try_get_matches_from(&args);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return Ok(usage(&error, output)),
    };
    start_logging(cli.global.verbose);
    if cli.global.verbose > 0 {
        output.progress = false;
    }
    let run = |system: &dyn System, output: &mut Output| {
        let context = Context {
            system,
            cancel,
            global: &cli.global,
        };
        commands::run(&cli.command, &context, output)
    };
    if answers::can_repeat(&cli) {
        answers::answer(&args, system, cancel, output, run)
    } else {
        run(system, output)
    }
}

/// What a second signal ended first, a process or a folder, is missing to the work that still runs: its errors are no
/// answer. A command that ends well when it is interrupted has one.
fn interrupted(outcome: anyhow::Result<ExitStatus>) -> anyhow::Result<ExitStatus> {
    match outcome {
        Ok(ExitStatus::Error | ExitStatus::BrokenCode) | Err(_) => Err(Cancelled.into()),
        ended => ended,
    }
}

/// The exit status of a run, given whether its output could be written. A reader that wants no more is not an error.
fn conclude(
    outcome: anyhow::Result<ExitStatus>,
    written: io::Result<()>,
    err: &mut dyn Write,
) -> ExitStatus {
    match (outcome, written) {
        (Ok(status), Ok(())) => status,
        (Err(error), Ok(())) => report(&error, err),
        (outcome, Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            outcome.unwrap_or(ExitStatus::Success)
        }
        (_, Err(error)) => {
            let reason = base::io_reason(&error);
            writeln!(err, "goperf: failed to write the output: {reason}").ok();
            ExitStatus::Error
        }
    }
}

fn usage(error: &clap::Error, output: &mut Output) -> ExitStatus {
    let rendered = error.render();
    let text = if output.color {
        rendered.ansi().to_string()
    } else {
        rendered.to_string()
    };
    let (stream, status): (&mut dyn Write, _) = if error.use_stderr() {
        (output.err, ExitStatus::Error)
    } else {
        (output.out, ExitStatus::Success)
    };
    stream.write_all(text.as_bytes()).ok();
    status
}

/// One message: what failed and why, outermost first.
fn report(error: &anyhow::Error, err: &mut dyn Write) -> ExitStatus {
    if error.root_cause().is::<Cancelled>() {
        writeln!(err, "goperf: interrupted").ok();
        return ExitStatus::Interrupted;
    }
    let message = base::full_message(error.as_ref());
    writeln!(err, "goperf: {message}").ok();
    if let Some(hint) = error.chain().find_map(hint) {
        writeln!(err, "hint: {hint}").ok();
    }
    ExitStatus::Error
}

/// What to do about an error, where it knows.
fn hint(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    let load = cause.downcast_ref::<project::LoadError>();
    let check = cause.downcast_ref::<project::CheckError>();
    let service = cause.downcast_ref::<ServiceError>();
    let changes = cause.downcast_ref::<project::changes::ChangesError>();
    let check_diff = cause.downcast_ref::<project::CheckDiffError>();
    let snapshot = cause.downcast_ref::<SnapshotError>();
    let explain = cause.downcast_ref::<project::explain::ExplainError>();
    (load.and_then(project::LoadError::hint))
        .or_else(|| check.and_then(project::CheckError::hint))
        .or_else(|| service.and_then(ServiceError::hint))
        .or_else(|| changes.and_then(project::changes::ChangesError::hint))
        .or_else(|| explain.and_then(project::explain::ExplainError::hint))
        .or_else(|| check_diff.and_then(project::CheckDiffError::hint))
        .or_else(|| snapshot.and_then(SnapshotError::hint))
}

fn start_logging(verbose: u8) {
    let level = match verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    // A second run in one process (tests) keeps the first one's subscriber.
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .without_time()
        .try_init()
        .ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_run_says_so_whoever_noticed() {
        let from_go = || go_tool::Error::from(Cancelled);
        let errors = [
            anyhow::Error::from(Cancelled),
            from_go().into(),
            project::LoadError::from(from_go()).into(),
            project::CheckError::from(Cancelled).into(),
            project::CheckError::from(project::LoadError::from(from_go())).into(),
            project::EvidenceError::from(Cancelled).into(),
            project::revision::RevisionError::from(Cancelled).into(),
            bench::run::RunError::from(Cancelled).into(),
        ];
        for error in errors {
            let mut err = Vec::new();
            let error = error.context("while at work");
            let status = report(&error, &mut err);
            assert_eq!(status, ExitStatus::Interrupted, "{error:?}");
            assert_eq!(err, b"goperf: interrupted\n");
        }
    }

    #[test]
    fn output_that_cannot_be_written_is_an_error_unless_its_reader_left() {
        let ended = |outcome, kind: io::ErrorKind| {
            let mut err = Vec::new();
            let status = conclude(outcome, Err(kind.into()), &mut err);
            (status, String::from_utf8(err).unwrap())
        };
        let full = ended(Ok(ExitStatus::Findings), io::ErrorKind::StorageFull);
        let message = "goperf: failed to write the output: no storage space\n";
        assert_eq!(full, (ExitStatus::Error, message.to_owned()));
        let pipe = io::ErrorKind::BrokenPipe;
        let findings = ended(Ok(ExitStatus::Findings), pipe);
        assert_eq!(findings, (ExitStatus::Findings, String::new()));
        let stopped = ended(Err(anyhow::anyhow!("broken pipe")), pipe);
        assert_eq!(stopped, (ExitStatus::Success, String::new()));
    }
}
