//! What `ui` takes.

use std::path::PathBuf;

use clap::Args;

use super::check::{EvidenceArgs, PackageArgs};

pub(super) const UI_EXAMPLES: &str = "\
Examples:
  goperf ui ./... --bench .                                   run the benchmarks, then show what they cost
  goperf ui ./... --cpu-profile cpu.pb.gz --mem-profile mem.pb.gz
  goperf ui ./store                                           what the compiler decided; nothing is measured
  goperf ui ./... --seen localhost:6060                       leaks, with the goroutines of a service
  goperf ui ./... --bench . --html report.html                all pages as one file

Ends with Ctrl-C. Only this machine can open the page, unless --http names an address of the network.

Exit status: 0 ended by Ctrl-C, 2 could not run.";

/// Where pages are served.
#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// Where to serve the page; port 0: a free one
    #[arg(
        long,
        value_name = "HOST:PORT",
        default_value = "localhost:0",
        help_heading = "Page"
    )]
    pub(crate) http: String,
    /// Print the address and open no browser
    #[arg(long, help_heading = "Page")]
    pub(crate) no_browser: bool,
}

/// The pages of a command that prints its answer too.
#[derive(Args, Debug)]
pub(crate) struct PagesArgs {
    /// Then show the answer in the browser, until Ctrl-C
    #[arg(long, help_heading = "Page")]
    pub(crate) ui: bool,
    /// Also write the pages to this file, which needs neither a server nor a network
    #[arg(long, value_name = "FILE", help_heading = "Page")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

impl PagesArgs {
    pub(crate) fn is_wanted(&self) -> bool {
        self.ui || self.html.is_some()
    }
}

#[derive(Args, Debug)]
pub(crate) struct UiArgs {
    #[command(flatten)]
    pub(crate) packages: PackageArgs,
    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,
    /// Write all pages to this file, which needs neither a server nor a network, and serve nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["http", "no_browser"])]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
    /// Goroutines that were seen: a dump, a goroutineleak profile or a running service; the page of leaks shows them
    /// beside what it finds in source. May be given several times
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) seen: Vec<String>,
    /// The store of `bench history` to show [default: benchmarks.txt, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Also list findings that no profile saw
    #[arg(long)]
    pub(crate) all: bool,
}
