//! `goperf pprof`: the drop-in for `go tool pprof`.

use std::ffi::OsString;
use std::io::{self, BufReader, IsTerminal};
use std::path::Path;

use base::System;
use pprof::{Error, FlagKind, GivenFlag, Invocation, LineSource, Outcome, PlainLines, Session};
use server::pprof_pages::PagesError;

use super::Context;
use crate::args::drop_in::DropInArgs;
use crate::go_flags::{self, FlagError, FlagSpec, Parsed};
use crate::line_editor::LineEditor;
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &DropInArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let text = |arg: &OsString| arg.to_string_lossy().into_owned();
    let args: Vec<String> = args.args.iter().map(text).collect();
    let parsed = match parse(&args, context.system) {
        Ok(parsed) => parsed,
        Err(FlagError::Help) => {
            write!(output.err, "{}", pprof::usage())?;
            return Ok(ExitStatus::Success);
        }
        Err(error) => {
            write!(output.err, "{error}\n{}", pprof::usage())?;
            return Ok(ExitStatus::Error);
        }
    };
    if parsed.rest.is_empty() {
        write!(output.err, "{}", pprof::usage())?;
    }
    let flags: Vec<GivenFlag> = parsed
        .flags
        .into_iter()
        .map(|flag| GivenFlag {
            name: flag.name.to_owned(),
            value: flag.value,
        })
        .collect();
    let is_terminal = output.out_is_terminal;
    let mut session = Session::new(context.system, output.out, output.err, is_terminal);
    match answer(&flags, &parsed.rest, context, &mut session) {
        Ok(Outcome::Within) => Ok(ExitStatus::Success),
        Ok(Outcome::Beyond) => Ok(ExitStatus::Findings),
        Err(Error::Io(error)) => Err(error.into()),
        Err(error) => {
            writeln!(session.err, "{error}")?;
            Ok(ExitStatus::Error)
        }
    }
}

/// The flags and sources. Go stops at the first source; here flags may also follow, unless they
/// are names of files.
fn parse(args: &[String], system: &dyn System) -> Result<Parsed, FlagError> {
    let specs = specs();
    let mut all = Parsed::default();
    let mut rest = args.to_vec();
    let ends_flags = args.iter().any(|it| it == "--");
    loop {
        let parsed = go_flags::parse(&specs, &rest)?;
        all.flags.extend(parsed.flags);
        let is_flag =
            |it: &String| it.len() > 1 && it.starts_with('-') && !system.is_file(Path::new(it));
        let next = parsed.rest.iter().position(is_flag).filter(|_| !ends_flags);
        let n_sources = next.unwrap_or(parsed.rest.len());
        all.rest.extend_from_slice(&parsed.rest[..n_sources]);
        if next.is_none() {
            return Ok(all);
        }
        rest = parsed.rest[n_sources..].to_vec();
    }
}

fn answer(
    flags: &[GivenFlag],
    rest: &[String],
    context: &Context,
    session: &mut Session,
) -> Result<Outcome, Error> {
    let system = context.system;
    let invocation = {
        let mut remarks = Vec::new();
        let is_binary = |path: &str| session.is_binary(path);
        let invocation = Invocation::new(flags, rest, &is_binary, &mut remarks);
        session.err.write_all(&remarks)?;
        invocation?
    };
    if !invocation.http.is_empty() {
        let served = server::pprof_pages::run(&invocation, session, context.cancel);
        return served
            .map(|()| Outcome::Within)
            .map_err(|error| match error {
                PagesError::Pprof(error) => error,
                PagesError::Serve(error) => Error::Report(error.to_string()),
            });
    }
    let at_terminal = session.out_is_terminal && io::stdin().is_terminal();
    let editor = at_terminal.then(|| LineEditor::new(system)).flatten();
    let mut lines: Box<dyn LineSource> = match editor {
        Some(editor) => Box::new(editor),
        None => Box::new(PlainLines(BufReader::new(system.stdin()))),
    };
    pprof::run(&invocation, &mut *lines, session)
}

pub(super) fn specs() -> Vec<FlagSpec> {
    let kind = |kind| match kind {
        FlagKind::Bool => go_flags::FlagKind::Bool,
        FlagKind::Int => go_flags::FlagKind::Int,
        FlagKind::Float => go_flags::FlagKind::Float,
        FlagKind::Text => go_flags::FlagKind::String,
    };
    let spec = |flag: pprof::Flag| FlagSpec {
        name: flag.name,
        kind: kind(flag.kind),
    };
    pprof::flags().into_iter().map(spec).collect()
}
