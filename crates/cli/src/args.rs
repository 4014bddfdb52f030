//! The command line: commands and their flags.

pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod drop_in;
pub(crate) mod format;
pub(crate) mod go_spelling;
pub(crate) mod layout;
pub(crate) mod leak;
pub(crate) mod lsp;
pub(crate) mod mcp;
pub(crate) mod record;
pub(crate) mod service;
pub(crate) mod tune;
pub(crate) mod ui;

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
    /// Find and rank what costs time and memory
    #[command(after_help = check::CHECK_EXAMPLES)]
    Check(Box<check::CheckArgs>),
    /// Try the fixes on copies, and keep what is proven to pay
    #[command(after_help = tune::TUNE_EXAMPLES)]
    Tune(tune::TuneArgs),
    /// Stack or heap, and why
    #[command(after_help = check::ESCAPE_EXAMPLES)]
    Escape(check::EscapeArgs),
    /// What is inlined, what is not, cost against budget
    #[command(after_help = check::INLINE_EXAMPLES)]
    Inline(check::InlineArgs),
    /// Sizes of structs, and the order of fields that takes less
    #[command(after_help = layout::LAYOUT_EXAMPLES)]
    Layout(layout::LayoutArgs),
    /// A rule's page, or everything known about a line
    #[command(after_help = check::EXPLAIN_EXAMPLES)]
    Explain(check::ExplainArgs),
    /// Run benchmarks, compare revisions, gate changes
    Bench(bench::BenchArgs),
    /// Summarize and compare benchmark results; takes the flags of benchstat
    Benchstat(drop_in::DropInArgs),
    /// Capture profiles to files
    #[command(after_help = record::RECORD_EXAMPLES)]
    Record(record::RecordArgs),
    /// Find goroutines that cannot end: in dumps, live services, tests
    Leak(leak::LeakArgs),
    /// Show profiles: the drop-in for `go tool pprof`, with its flags
    Pprof(drop_in::DropInArgs),
    /// Sources with their costs, findings and profiles in the browser
    #[command(after_help = ui::UI_EXAMPLES)]
    Ui(ui::UiArgs),
    /// Serve an editor: hints, findings and fixes in the code
    #[command(after_help = lsp::LSP_EXAMPLES)]
    Lsp(lsp::LspArgs),
    /// Serve these commands as tools to assistants, by the Model Context Protocol
    #[command(after_help = mcp::MCP_EXAMPLES)]
    Mcp(mcp::McpArgs),
    /// What works on this machine, what does not, and what to do about it
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor(DoctorArgs),
    /// The version of goperf, and the go command it uses
    Version,
    /// Print a script that completes commands and flags in a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Write the manual pages, one per command
    #[command(after_help = MAN_EXAMPLES)]
    Man(ManArgs),
}

const DOCTOR_EXAMPLES: &str = "\
Examples:
  goperf doctor                 go, caches, git, counters, noise, network, editors
  goperf doctor --format json

Exit status: 0 Go code can be read, 2 it cannot.";

#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// How to print
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = DoctorFormat::Text)]
    pub(crate) format: DoctorFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DoctorFormat {
    Text,
    Json,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  goperf completions bash > /etc/bash_completion.d/goperf
  goperf completions zsh > ~/.zfunc/_goperf
  goperf completions fish > ~/.config/fish/completions/goperf.fish
  goperf completions powershell >> $PROFILE";

const MAN_EXAMPLES: &str = "\
Examples:
  goperf man /usr/local/share/man/man1     goperf.1, goperf-check.1, goperf-bench-ab.1, …";

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// The folder to write to; it is made if need be
    pub(crate) dir: PathBuf,
}
