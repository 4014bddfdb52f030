//! `goperf leak`: goroutines that cannot end, in dumps, live services and tests.

mod dump;
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
        LeakCommand::Dump(args) => dump::run(args, context, output),
        LeakCommand::Watch(args) => watch::run(args, context, output),
        LeakCommand::Test(args) => test::run(args, context, output),
    }
}
