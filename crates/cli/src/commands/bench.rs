//! `goperf bench`: run, compare, gate.

mod ab;
mod gate;
mod history;
mod run;

use crate::args::bench::{BenchArgs, BenchCommand};
use crate::commands::Context;
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &BenchArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match &args.command {
        BenchCommand::Run(args) => run::run(args, context, output),
        BenchCommand::Ab(args) => ab::run(args, context, output),
        BenchCommand::Gate(args) => gate::run(args, context, output),
        BenchCommand::History(args) => history::run(args, context, output),
    }
}
