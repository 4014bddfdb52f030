//! From the process's arguments to a command and back to an exit code.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use base::system::OsSystem;
use base::{Cancellation, Cancelled, System};
use clap::Parser;

use crate::args::{Cli, drop_in};
use crate::commands::{self, Context};
use crate::http::UreqClient;
use crate::{ExitStatus, Output};

/// Runs goperf as the process it is.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let system = OsSystem::default().with_http(Arc::new(UreqClient));
    let cancel = Cancellation::default();
    // Without a handler Ctrl-C still ends the process, only less tidily.
    system.cancel_on_interrupt(&cancel).ok();
    let (mut out, mut err) = (io::BufWriter::new(io::stdout()), io::stderr());
    let mut output = Output::of_process(&mut out, &mut err, &system);
    let status = run_with(args, &system, &cancel, &mut output);
    // Nobody reads any more: that is the reader's right.
    out.flush().ok();
    status.into()
}

/// Runs goperf with the given arguments (the first is the program's name).
pub fn run(args: Vec<OsString>, system: &dyn System, output: &mut Output) -> ExitStatus {
    run_with(args, system, &Cancellation::default(), output)
}

fn run_with(
    args: Vec<OsString>,
    system: &dyn System,
    cancel: &Cancellation,
    output: &mut Output,
) -> ExitStatus {
    let cli = match Cli::try_parse_from(drop_in::protect(args)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, output),
    };
    start_logging(cli.global.verbose);
    if cli.global.verbose > 0 {
        output.progress = false;
    }
    let context = Context {
        system,
        cancel,
        global: &cli.global,
    };
    match commands::run(&cli.command, &context, output) {
        Ok(status) => status,
        Err(error) => report(&error, output),
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

/// One message: what failed and why, outermost first. A broken pipe is success.
fn report(error: &anyhow::Error, output: &mut Output) -> ExitStatus {
    let pipe = |cause: &(dyn std::error::Error + 'static)| {
        (cause.downcast_ref::<io::Error>())
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(pipe) {
        return ExitStatus::Success;
    }
    if error.root_cause().is::<Cancelled>() {
        writeln!(output.err, "goperf: interrupted").ok();
        return ExitStatus::Interrupted;
    }
    writeln!(output.err, "goperf: {}", base::full_message(error.as_ref())).ok();
    if let Some(hint) = error.chain().find_map(hint) {
        writeln!(output.err, "hint: {hint}").ok();
    }
    ExitStatus::Error
}

/// What to do about an error, where it knows.
fn hint(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    let load = cause.downcast_ref::<project::LoadError>();
    let check = cause.downcast_ref::<project::CheckError>();
    let changes = cause.downcast_ref::<project::changes::ChangesError>();
    let explain = cause.downcast_ref::<project::explain::ExplainError>();
    (load.and_then(project::LoadError::hint))
        .or_else(|| check.and_then(project::CheckError::hint))
        .or_else(|| changes.and_then(project::changes::ChangesError::hint))
        .or_else(|| explain.and_then(project::explain::ExplainError::hint))
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
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let error = error.context("while at work");
            let status = report(&error, &mut Output::plain(&mut out, &mut err));
            assert_eq!(status, ExitStatus::Interrupted, "{error:?}");
            assert_eq!(err, b"goperf: interrupted\n");
        }
    }
}
