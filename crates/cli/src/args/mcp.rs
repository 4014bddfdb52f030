//! What `mcp` takes.

use clap::Args;

pub(super) const MCP_EXAMPLES: &str = "\
Examples:
  goperf mcp                                 as an assistant starts it: see docs/assistants.md
  goperf mcp --allow-write                   also with the tools that change files
  goperf mcp --list                          the tools, for people

Speaks on standard input and output until they are closed. Every answer of a tool ends with the command that gives it \
in a shell.

Exit status: 0 the assistant hung up, 2 could not run, 130 interrupted.";

#[derive(Args, Debug)]
pub(crate) struct McpArgs {
    /// Also offer the tools that change files
    #[arg(long)]
    pub(crate) allow_write: bool,
    /// Print the tools and stop
    #[arg(long)]
    pub(crate) list: bool,
}
