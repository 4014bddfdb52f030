//! `goperf ui`: sources with their costs, findings and profiles in the browser.

use std::path::Path;

use anyhow::Context as _;
use lint::CheckOptions;
use project::CheckRequest;
use project::service::without_credentials;
use project::sources::SourcesReport;
use server::Address;
use server::ui_pages::{UiSite, Work};

use super::{Context, packages};
use crate::args::check::{EvidenceArgs, PackageArgs};
use crate::args::ui::{PagesArgs, ServeArgs, UiArgs};
use crate::{ExitStatus, Output, progress};

pub(crate) fn run(
    args: &UiArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let door = Door {
        address: match &args.html {
            None => Some(listen(&args.serve)?),
            Some(_) => None,
        },
        html: args.html.as_deref(),
        opens_browser: !args.serve.no_browser,
    };
    let workspace = packages::workspace(&args.packages, context)?;
    let request = CheckRequest {
        packages: packages::request(&args.packages, &packages::Build::default()),
        evidence: args.evidence.request(),
        options: CheckOptions {
            all: args.all,
            ..CheckOptions::default()
        },
    };
    let report = progress::with(output, |events| {
        project::sources::sources(&workspace, &request, events)
    })?;
    let names = workspace.path_names();
    let work = work(report, &args.packages, &args.evidence, &workspace, &names);
    door.open(work, context, output)?;
    Ok(ExitStatus::Success)
}

/// How pages leave: to a browser, into a file, or both.
pub(super) struct Door<'a> {
    address: Option<Address>,
    html: Option<&'a Path>,
    opens_browser: bool,
}

impl<'a> Door<'a> {
    /// Of a command that has `--ui` and `--html`. Called before the work, as an address that cannot be had should not be
    /// found out after a minute of benchmarks.
    pub(super) fn of(args: &'a PagesArgs) -> anyhow::Result<Self> {
        Ok(Self {
            address: args.ui.then(|| listen(&args.serve)).transpose()?,
            html: args.html.as_deref(),
            opens_browser: !args.serve.no_browser,
        })
    }

    /// Writes the file and serves the pages, as asked for; returns when the run is cancelled or nothing is served.
    pub(super) fn open(
        self,
        work: Work<'_>,
        context: &Context,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let site = UiSite::new(work);
        if let Some(path) = self.html {
            let file = packages::folder(None, context)?.join(path);
            (context.system.write(&file, site.html().as_bytes()))
                .with_context(|| format!("failed to write {}", path.display()))?;
            writeln!(output.err, "wrote {}", path.display()).ok();
        }
        let Some(address) = self.address else {
            return Ok(());
        };
        output.out.flush()?;
        let err = &mut *output.err;
        let mut said = |url: &str| {
            writeln!(err, "Serving on {url} (Ctrl-C ends it)").ok();
        };
        site.serve(address, self.opens_browser, context.cancel, &mut said)?;
        Ok(())
    }
}

fn listen(args: &ServeArgs) -> anyhow::Result<Address> {
    Ok(Address::listen(&args.http)?)
}

/// What is shown of a check.
pub(super) fn work<'a>(
    mut report: SourcesReport,
    packages: &PackageArgs,
    evidence: &EvidenceArgs,
    workspace: &'a project::Workspace<'a>,
    names: &'a diag::PathNames,
) -> Work<'a> {
    let profiles = std::mem::take(&mut report.profiles).into_iter();
    // The pages rank all findings together.
    let changed = std::mem::take(&mut report.check.changed);
    report.check.findings.splice(0..0, changed);
    Work {
        title: title(&report, packages),
        about: about(&report, evidence),
        profiles: profiles.map(pprof::Loaded::from).collect(),
        report,
        workspace,
        names,
    }
}

/// What is looked at, in a few words.
fn title(report: &SourcesReport, packages: &PackageArgs) -> String {
    let patterns = match packages.patterns.as_slice() {
        [] => ".".to_owned(),
        patterns => patterns.join(" "),
    };
    match report.check.packages {
        1 => patterns,
        n => format!("{patterns} · {n} packages"),
    }
}

fn about(report: &SourcesReport, evidence: &EvidenceArgs) -> Vec<String> {
    let mut about: Vec<String> = report.check.bench.iter().cloned().collect();
    let profiles = &evidence.profiles;
    let sources = profiles.cpu_profile.iter().chain(&profiles.mem_profile);
    about.extend(sources.map(|it| without_credentials(&it.to_string_lossy())));
    about
}
