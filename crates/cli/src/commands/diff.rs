//! `--diff REV` of `escape` and `inline`: what changed between a git revision and the work tree.

use std::path::Path;

use diag::{Format, Options, PathNames, Report};
use gc::{ChangeKind, Existence};
use project::changes::{
    ChangeLocation, ChangeScope, ChangesReport, ChangesRequest, PackageChange, changes,
};
use serde_json::{Value as Json, json};

use super::Context;
use super::packages::{self, Build};
use crate::args::check::PackageArgs;
use crate::args::format::ListFormat;
use crate::style::Style;
use crate::{ExitStatus, Output, progress};

/// Version of the JSON object.
const JSON_VERSION: u32 = 1;

pub(crate) fn run(
    scope: ChangeScope,
    args: &PackageArgs,
    build: &Build,
    revision: &str,
    format: ListFormat,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let workspace = packages::workspace(args, context)?;
    let request = ChangesRequest {
        packages: packages::request(args, build),
        revision: revision.to_owned(),
        scope,
        go: context.global.go.clone(),
        use_cache: !args.no_cache,
    };
    let report = progress::with(output, |events| changes(&workspace, &request, events))?;
    let names = workspace.path_names();
    match format.of_findings() {
        Some(format) => render(format, &report, context, output)?,
        None if format == ListFormat::Json => {
            let document = document(&report);
            writeln!(output.out, "{}", serde_json::to_string_pretty(&document)?)?;
        }
        None => print(&report, &names, output)?,
    }
    packages::report_broken(&report.broken_before, &names, output)?;
    match packages::report_broken(&report.broken, &names, output)? {
        ExitStatus::Success if report.worse().next().is_some() => Ok(ExitStatus::Findings),
        status => Ok(status),
    }
}

/// The formats of findings. Their paths are relative to the repository, as whatever reads them expects.
fn render(
    format: Format,
    report: &ChangesReport,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<()> {
    let sources = |path: &Path| context.system.read_to_string(path).ok();
    let text = diag::render(
        format,
        &Report::new(&report.findings()),
        &Options {
            paths: &PathNames::relative_to(&report.repository),
            ..Options::new(&sources)
        },
    );
    write!(output.out, "{text}")?;
    writeln!(output.err, "{}", summary(report)).ok();
    Ok(())
}

fn print(report: &ChangesReport, names: &PathNames, output: &mut Output) -> anyhow::Result<()> {
    let style = Style::new(output.color);
    let mut last = None;
    for found in &report.changes {
        let function = (&found.package, &found.change.function);
        if last != Some(function) {
            if last.is_some() {
                writeln!(output.out)?;
            }
            print_function(found, style, output)?;
            last = Some(function);
        }
        let mark = match found.words.direction {
            lint::Direction::Worse => style.red("worse "),
            lint::Direction::Better => style.green("better"),
            lint::Direction::Neutral => style.dim("same  "),
        };
        let location = (found.location.as_ref())
            .map(|location| format!("{}: ", show(location, &report.commit, names)))
            .unwrap_or_default();
        writeln!(output.out, "  {mark} {location}{}", found.words.effect)?;
        if let Some(cause) = &found.words.cause {
            writeln!(output.out, "         {}", style.dim(cause))?;
        }
    }
    if last.is_some() {
        writeln!(output.out)?;
    }
    writeln!(output.out, "{}", summary(report))?;
    Ok(())
}

fn print_function(found: &PackageChange, style: Style, output: &mut Output) -> anyhow::Result<()> {
    let change = &found.change;
    let function = match change.function.as_str() {
        "" => "package level",
        name => name,
    };
    let existence = match change.function_is {
        Existence::New => " (new function)",
        Existence::OnBothSides | Existence::Gone => "",
    };
    let package = style.dim(&found.package);
    writeln!(output.out, "{}{existence}  {package}", style.bold(function))?;
    Ok(())
}

fn show(location: &ChangeLocation, commit: &str, names: &PathNames) -> String {
    let path = names.show(&location.path);
    let col = match location.col {
        0 => String::new(),
        col => format!(":{col}"),
    };
    let revision = if location.in_revision {
        format!(" at {commit}")
    } else {
        String::new()
    };
    format!("{path}:{}{col}{revision}", location.line)
}

fn summary(report: &ChangesReport) -> String {
    let neutral = (report.changes.iter())
        .filter(|change| change.words.direction == lint::Direction::Neutral)
        .count();
    let count = report.changes.len() - neutral;
    let plural = if count == 1 { "" } else { "s" };
    let worse = report.worse().count();
    format!(
        "{count} change{plural} against {}, {worse} for the worse",
        report.commit
    )
}

fn document(report: &ChangesReport) -> Json {
    json!({
        "version": JSON_VERSION,
        "revision": report.commit,
        "repository": report.repository,
        "changes": report.changes.iter().map(change_json).collect::<Vec<_>>(),
        "worse": report.worse().count(),
    })
}

fn change_json(found: &PackageChange) -> Json {
    let change = &found.change;
    let location = (found.location.as_ref()).map(|location| {
        json!({
            "path": location.path,
            "line": location.line,
            "col": location.col,
            "in_revision": location.in_revision,
        })
    });
    let direction = match found.words.direction {
        lint::Direction::Worse => "worse",
        lint::Direction::Better => "better",
        lint::Direction::Neutral => "neutral",
    };
    let mut value = json!({
        "package": found.package,
        "function": change.function,
        "function_is_new": change.function_is == Existence::New,
        "kind": change.kind.name(),
        "subject": change.subject,
        "owner": change.owner,
        "direction": direction,
        "effect": found.words.effect,
        "cause": found.words.cause,
        "location": location,
    });
    if let ChangeKind::InlineCost { old, new } = change.kind {
        value["old_cost"] = old.into();
        value["new_cost"] = new.into();
    }
    value
}
