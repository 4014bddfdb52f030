//! One file per command. Each takes what the user typed, the [`Context`] and the [`Output`].

mod bench;
mod benchstat;
mod check;
mod diff;
mod doctor;
mod engines;
mod escape;
mod explain;
mod inline;
mod layout;
mod leak;
mod lsp;
mod mcp;
mod packages;
mod packaging;
mod patch;
mod pprof;
mod record;
mod tune;
mod ui;

use base::{Cancellation, System};

use crate::args::{Command, GlobalArgs};
use crate::{ExitStatus, Output};

/// What every command gets.
pub(crate) struct Context<'a> {
    pub(crate) system: &'a dyn System,
    /// Set on Ctrl-C.
    pub(crate) cancel: &'a Cancellation,
    pub(crate) global: &'a GlobalArgs,
}

pub(crate) fn run(
    command: &Command,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match command {
        Command::Bench(args) => bench::run(args, context, output),
        Command::Benchstat(args) => benchstat::run(args, context, output),
        Command::Check(args) => check::run(args, context, output),
        Command::Escape(args) => escape::run(args, context, output),
        Command::Inline(args) => inline::run(args, context, output),
        Command::Layout(args) => layout::run(args, context, output),
        Command::Explain(args) => explain::run(args, context, output),
        Command::Record(args) => record::run(args, context, output),
        Command::Leak(args) => leak::run(args, context, output),
        Command::Lsp(args) => lsp::run(args, context, output),
        Command::Pprof(args) => pprof::run(args, context, output),
        Command::Tune(args) => tune::run(args, context, output),
        Command::Ui(args) => ui::run(args, context, output),
        Command::Mcp(args) => mcp::run(args, context, output),
        Command::Doctor(args) => doctor::run(args, context, output),
        Command::Version => packaging::version(context, output),
        Command::Completions(args) => packaging::completions(args, output),
        Command::Man(args) => packaging::man(args, context, output),
    }
}
