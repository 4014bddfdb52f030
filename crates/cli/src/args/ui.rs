//! What `ui` takes.

use clap::Args;

use super::check::{EvidenceArgs, PackageArgs};

pub(super) const UI_EXAMPLES: &str = "\
Examples:
  goperf ui ./... --bench .                                   run the benchmarks, then show what they cost
  goperf ui ./... --cpu-profile cpu.pb.gz --mem-profile mem.pb.gz
  goperf ui ./store                                           what the compiler decided; nothing is measured

Ends with Ctrl-C. Only this machine can open the page, unless --http names an address of the network.

Exit status: 0 ended by Ctrl-C, 2 could not run.";

#[derive(Args, Debug)]
pub(crate) struct UiArgs {
    #[command(flatten)]
    pub(crate) packages: PackageArgs,
    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,
    /// Where to serve the page; port 0: a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:0")]
    pub(crate) http: String,
    /// Print the address and open no browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Also list findings that no profile saw
    #[arg(long)]
    pub(crate) all: bool,
}
