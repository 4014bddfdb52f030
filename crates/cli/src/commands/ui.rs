//! `goperf ui`: sources with their costs, findings and profiles in the browser.

use std::path::Path;

use anyhow::Context as _;
use bench::history::HistorySeries;
use lint::CheckOptions;
use project::CheckRequest;
use project::leaks::{self, LeakRequest};
use project::service::without_credentials;
use project::sources::SourcesReport;
use server::Address;
use server::ui_pages::{Benchmarks, Leaks, UiSite, Work};

use super::packages::Build;
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
        packages: packages::request(&args.packages, &Build::default()),
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
    let mut work = work(report, &args.packages, &args.evidence, &workspace, &names);
    for source in &args.seen {
        let seen = progress::with(output, |events| {
            leaks::seen(context.system, context.cancel, source, events)
        })?;
        work.leaks.seen.push((without_credentials(source), seen));
    }
    work.benchmarks.history = history(args.history.as_deref(), context, output)?;
    door.open(work, context, output)?;
    Ok(ExitStatus::Success)
}

/// The default store of `bench history`.
const STORE: &str = "benchmarks.txt";

/// The series of a store of `bench history`; of the default one only if it is there.
pub(super) fn history(
    named: Option<&Path>,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Option<(String, Vec<HistorySeries>)>> {
    let path = named.unwrap_or(Path::new(STORE));
    if named.is_none() && !context.system.is_file(path) {
        return Ok(None);
    }
    let name = path.display().to_string();
    let store = (context.system.read(path)).with_context(|| format!("failed to read {name}"))?;
    let (series, problems) = bench::history::series(&store, &name);
    if problems > 0 {
        writeln!(
            output.err,
            "warning: {problems} lines of {name} cannot be read"
        )
        .ok();
    }
    Ok((named.is_some() || !series.is_empty()).then_some((name, series)))
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

pub(super) fn listen(args: &ServeArgs) -> anyhow::Result<Address> {
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
        leaks: Leaks {
            request: Some(LeakRequest {
                packages: self::packages::request(packages, &Build::default()),
                ..LeakRequest::default()
            }),
            ..Leaks::default()
        },
        benchmarks: Benchmarks::default(),
        system: workspace.system,
        report,
        workspace: Some(workspace),
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
    let sources = [
        &profiles.cpu_profile,
        &profiles.mem_profile,
        &profiles.block_profile,
        &profiles.mutex_profile,
    ];
    about.extend(
        sources
            .into_iter()
            .flatten()
            .map(|it| without_credentials(&it.to_string_lossy())),
    );
    about
}
