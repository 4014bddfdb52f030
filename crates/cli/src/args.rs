//! What the user may type.

pub(crate) mod leak;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

/// The performance toolkit for Go programs: where time and memory go, why, and what to change.
#[derive(Parser, Debug)]
#[command(
    name = "goperf",
    version,
    max_term_width = 100,
    propagate_version = false
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Debug)]
pub(crate) struct GlobalArgs {
    /// The go command to use instead of the one on PATH (Go 1.24 or later)
    #[arg(long, global = true, value_name = "PATH", env = "GOPERF_GO")]
    pub(crate) go: Option<PathBuf>,
    /// Say more on standard error (-vv: even more)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Show a rule's page, or list the rules
    Explain(ExplainArgs),
    /// Find goroutines that cannot end: in dumps, live services, tests
    Leak(leak::LeakArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// A rule's id or name (GP607, dynamic-make); without it all rules are listed
    pub(crate) what: Option<String>,
}
