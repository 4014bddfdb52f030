//! What `lsp` takes.

use clap::Args;

pub(super) const LSP_EXAMPLES: &str = "\
Examples:
  goperf lsp                      speak the language server protocol on standard input and output
  goperf -v lsp 2>lsp.log         the same, with what it does on standard error
  goperf --go go1.27.3 lsp        with another go command than the one on PATH
  goperf lsp --settings-schema    print the JSON schema of an editor's settings

An editor starts it beside gopls; docs/editors.md says how, for each.

Exit status: 0 ended as the protocol asks for, 1 the editor left without saying so.";

#[derive(Args, Debug)]
pub(crate) struct LspArgs {
    /// Take nothing from the cache and keep nothing in it
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Print the JSON schema of the settings and end
    #[arg(long)]
    pub(crate) settings_schema: bool,
    /// What editors add to every server's command line; there is nothing else than that
    #[arg(long, hide = true)]
    pub(crate) stdio: bool,
}
