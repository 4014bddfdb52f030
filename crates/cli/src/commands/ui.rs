//! `goperf ui`: sources with their costs, findings and profiles in the browser.

use lint::CheckOptions;
use project::CheckRequest;
use project::service::without_credentials;
use server::Address;
use server::ui_pages::{self, Work};

use super::{Context, packages};
use crate::args::ui::UiArgs;
use crate::{ExitStatus, Output, progress};

pub(crate) fn run(
    args: &UiArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    // An address that cannot be had should not be found out after a minute of benchmarks.
    let address = Address::listen(&args.http)?;
    let workspace = packages::workspace(&args.packages, context)?;
    let request = CheckRequest {
        packages: packages::request(&args.packages, &packages::Build::default()),
        evidence: args.evidence.request(),
        options: CheckOptions {
            all: args.all,
            ..CheckOptions::default()
        },
    };
    let mut report = progress::with(output, |events| {
        project::sources::sources(&workspace, &request, events)
    })?;
    let names = workspace.path_names();
    let profiles = std::mem::take(&mut report.profiles).into_iter();
    let work = Work {
        title: title(&report, args),
        about: about(&report, args),
        profiles: profiles.map(pprof::Loaded::from).collect(),
        report,
        workspace: &workspace,
        names: &names,
    };
    let err = &mut *output.err;
    let mut said = |url: &str| {
        writeln!(err, "Serving on {url} (Ctrl-C ends it)").ok();
    };
    ui_pages::run(address, work, !args.no_browser, context.cancel, &mut said)?;
    Ok(ExitStatus::Success)
}

/// What is looked at, in a few words.
fn title(report: &project::sources::SourcesReport, args: &UiArgs) -> String {
    let patterns = match args.packages.patterns.as_slice() {
        [] => ".".to_owned(),
        patterns => patterns.join(" "),
    };
    match report.check.packages {
        1 => patterns,
        n => format!("{patterns} · {n} packages"),
    }
}

fn about(report: &project::sources::SourcesReport, args: &UiArgs) -> Vec<String> {
    let mut about: Vec<String> = report.check.bench.iter().cloned().collect();
    let profiles = &args.evidence.profiles;
    let sources = profiles.cpu_profile.iter().chain(&profiles.mem_profile);
    about.extend(sources.map(|it| without_credentials(&it.to_string_lossy())));
    about
}
