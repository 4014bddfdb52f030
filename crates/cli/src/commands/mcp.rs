//! `goperf mcp`: the commands as tools for assistants.

use std::ffi::OsString;

use base::Cancellation;
use mcp::{Answer, Options};

use super::Context;
use crate::args::drop_in::DROP_INS;
use crate::args::mcp::McpArgs;
use crate::{ExitStatus, Output, start};

pub(crate) fn run(
    args: &McpArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if args.list {
        list(args, output)?;
        return Ok(ExitStatus::Success);
    }
    let options = Options {
        allow_write: args.allow_write,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    // Ending the conversation ends what still runs, which is not an interruption of ours.
    let conversation = context.cancel.child();
    let go = context.global.go.as_deref();
    let mut answer = |line: &[String], cancel: &Cancellation| {
        let mut args: Vec<OsString> = vec!["goperf".into()];
        args.extend(line.iter().map(OsString::from));
        let is_drop_in = line
            .first()
            .is_some_and(|command| DROP_INS.contains(&command.as_str()));
        // Drop-ins read their flags by their peers' rules, and ask no go command.
        if let Some(go) = go.filter(|_| !is_drop_in) {
            let mut flag = OsString::from("--go=");
            flag.push(go);
            args.insert(2, flag);
        }
        let mut answer = answered(args, context, cancel);
        // Their peers end with 1 where they cannot run.
        if is_drop_in && answer.status.0 == 1 && answer.out.is_empty() {
            answer.failed = true;
            answer.status.1 = meaning(ExitStatus::Error);
        }
        answer
    };
    mcp::serve(&options, &conversation, &mut answer)?;
    context.cancel.check()?;
    Ok(ExitStatus::Success)
}

fn answered(args: Vec<OsString>, context: &Context, cancel: &Cancellation) -> Answer {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut output = Output::plain(&mut out, &mut err);
    let status = start::run_within(args, context.system, cancel, &mut output);
    Answer {
        out: String::from_utf8_lossy(&out).into_owned(),
        err: String::from_utf8_lossy(&err).into_owned(),
        status: (status.code(), meaning(status)),
        failed: matches!(status, ExitStatus::Error | ExitStatus::Interrupted),
    }
}

fn meaning(status: ExitStatus) -> &'static str {
    match status {
        ExitStatus::Success => "done",
        ExitStatus::Findings => "there is something to see",
        ExitStatus::Error => "could not run or measure",
        ExitStatus::BrokenCode => "the Go code does not compile",
        ExitStatus::Inconclusive => "no verdict",
        ExitStatus::Interrupted => "interrupted",
    }
}

fn list(args: &McpArgs, output: &mut Output) -> std::io::Result<()> {
    for tool in mcp::tools() {
        if tool.writes && !args.allow_write {
            continue;
        }
        writeln!(output.out, "{}  {}", tool.name, tool.title)?;
        for param in tool.params {
            let needed = if param.required { " (needed)" } else { "" };
            writeln!(
                output.out,
                "    {}{needed}: {}",
                param.name, param.description
            )?;
        }
    }
    Ok(())
}
