//! `goperf leak check`: goroutines that cannot end, in source.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use diag::{Format, Options, Report, RuleInfo, Severity, Value};
use leak::Verdict;
use lint::{CheckOptions, Group, RuleSelection};
use project::leaks::{self, LeakReport, LeakRequest};
use project::{Scope, SourceRoots, Workspace};

use super::super::check::baseline::{self, Wanted};
use super::super::packages::Build;
use super::super::{Context, check, packages};
use crate::args::leak::LeakCheckArgs;
use crate::{ExitStatus, Output, progress};

pub(super) fn run(
    args: &LeakCheckArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let select = RuleSelection {
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        ..RuleSelection::default()
    };
    if let Some(word) = select.unknown().next() {
        bail!("no rule `{word}`; `goperf explain GL` lists them");
    }
    let format = args.format;
    let workspace = packages::workspace(&args.packages, context)?;
    let request = LeakRequest {
        packages: packages::request(&args.packages, &Build::default()),
        select: select.clone(),
        ..LeakRequest::default()
    };
    let mut report = leaks::leaks(&workspace, &request)?;
    for source in &args.seen {
        join(&mut report, source, context, output)?;
    }
    let roots = SourceRoots::of(&workspace);
    if settle(args, select, &mut report, &roots, context, output)? {
        return packages::report_broken(&report.broken, &workspace.path_names(), output);
    }
    show(format, &report, &workspace, &roots, context, output)?;
    let broken = packages::report_broken(&report.broken, &workspace.path_names(), output)?;
    if broken != ExitStatus::Success {
        return Ok(broken);
    }
    let fails = !args.exit_zero && report.findings.iter().any(leaks::counts);
    Ok(if fails {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    })
}

/// Does what is asked for with the baseline; whether that was all.
fn settle(
    args: &LeakCheckArgs,
    select: RuleSelection,
    report: &mut LeakReport,
    roots: &SourceRoots,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<bool> {
    let folder = packages::folder(None, context)?;
    let file = args.baseline.as_ref().map(|file| folder.join(file));
    let wanted = Wanted {
        file: file.as_deref(),
        write: args.write_baseline.as_deref(),
        prune: args.prune_baseline,
    };
    let options = CheckOptions {
        select,
        all: true,
        ..CheckOptions::default()
    };
    let scope = Scope {
        options: &options,
        packages: &report.import_paths,
    };
    baseline::settle(wanted, &mut report.findings, &scope, roots, context, output)
}

/// Adds the goroutines of a dump or service to the findings, and names leaked ones that no finding explains.
fn join(
    report: &mut LeakReport,
    source: &str,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<()> {
    let seen = progress::with(output, |events| {
        leaks::seen(context.system, context.cancel, source, events)
    })?;
    for one in leaks::join(&mut report.findings, &seen.sightings, source) {
        let group = &one.group;
        let Some(place) = group.place().filter(|_| group.verdict == Verdict::Proven) else {
            continue;
        };
        writeln!(
            output.err,
            "{}: no finding explains {} leaked in `{}` [{}], {}:{}",
            base::visible(source),
            group.count,
            base::visible(&place.function),
            base::visible(&group.state),
            base::visible(&place.file),
            place.line
        )
        .ok();
    }
    Ok(())
}

fn show(
    format: Format,
    report: &LeakReport,
    workspace: &Workspace,
    roots: &SourceRoots,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<()> {
    let sources = |path: &Path| roots.read(context.system, path);
    let rules: Vec<RuleInfo> = (lint::rules::RULES.iter())
        .filter(|rule| rule.group() == Group::Leaks)
        .map(|rule| check::rule_info(rule))
        .collect();
    let summary = summary(report);
    let text = diag::render(
        format,
        &Report {
            diagnostics: &report.findings,
            rules: &rules,
            summary: Some(&summary),
        },
        &Options {
            sources: &sources,
            paths: &workspace.path_names(),
            color: output.color,
            width: 120,
        },
    );
    write!(output.out, "{text}")?;
    let line = summary_line(report);
    if matches!(format, Format::Full | Format::Concise) {
        writeln!(output.out, "{line}")?;
    } else {
        // The answer is for a program; people still want to know how it went.
        writeln!(output.err, "{line}").ok();
    }
    Ok(())
}

fn count(report: &LeakReport, severity: Severity) -> usize {
    let findings = report.findings.iter();
    findings
        .filter(|finding| finding.severity == severity)
        .count()
}

/// Totals for programs.
fn summary(report: &LeakReport) -> BTreeMap<String, Value> {
    let numbers = [
        ("packages", report.packages),
        ("functions", report.functions),
        ("functions_cut_off", report.cut),
        ("errors", count(report, Severity::Error)),
        ("warnings", count(report, Severity::Warning)),
        ("hints", count(report, Severity::Hint)),
    ];
    let value = |(name, n): (&str, usize)| (name.to_owned(), Value::Int(n as i64));
    numbers.into_iter().map(value).collect()
}

fn summary_line(report: &LeakReport) -> String {
    let plural = |n: usize, what: &str| {
        let s = if n == 1 { "" } else { "s" };
        format!("{n} {what}{s}")
    };
    let mut line = format!(
        "{}, {}, {} in {}",
        plural(count(report, Severity::Error), "error"),
        plural(count(report, Severity::Warning), "warning"),
        plural(count(report, Severity::Hint), "hint"),
        plural(report.packages, "package"),
    );
    if report.cut > 0 {
        line += &format!(
            "; {} too large to be read to the end",
            plural(report.cut, "function")
        );
    }
    line
}
