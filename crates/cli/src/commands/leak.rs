//! `goperf leak`: goroutines that cannot end, in source, dumps, live services and tests.

mod check;
mod dump;
mod reasons;
mod test;
mod watch;

use super::Context;
use crate::args::leak::{LeakArgs, LeakCommand};
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &LeakArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match &args.command {
        LeakCommand::Check(args) => check::run(args, context, output),
        LeakCommand::Dump(args) => dump::run(args, context, output),
        LeakCommand::Watch(args) => watch::run(args, context, output),
        LeakCommand::Test(args) => test::run(args, context, output),
    }
}
