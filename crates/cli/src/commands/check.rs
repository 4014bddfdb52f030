//! `goperf check`: find and rank what costs time and memory.

pub(super) mod baseline;
mod fix;
mod settings;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use diag::{Format, Options, PathNames, Report, RuleInfo, Severity, Value};
use lint::{Resource, bytes, duration, percent};
use project::sources::{self, SourcesReport};
use project::{
    Baseline, CheckDiff, CheckReport, CheckRequest, Config, ProfileSource, Scope, SourceRoots,
    Workspace,
};

use super::ui::Door;
use super::{Context, packages, ui};
use crate::args::check::CheckArgs;
use crate::{ExitStatus, Output, progress};

pub(crate) fn run(
    args: &CheckArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if args.config_schema {
        write!(output.out, "{}", project::config_schema())?;
        return Ok(ExitStatus::Success);
    }
    if let Some(path) = &args.import_config {
        return settings::import(path, context, output);
    }
    let config = settings::of(args, context)?;
    let options = config.options(args.all);
    if let Some(word) = options.select.unknown().next() {
        bail!("no rule `{word}`; `goperf explain` lists them");
    }
    if args.show_config {
        return settings::show(&config, output);
    }
    if args.pages.is_wanted() && args.wants_fixes() {
        bail!("--ui and --html show findings: leave out the flags that make or show fixes");
    }
    let door = Door::of(&args.pages)?;
    let workspace = packages::workspace(&args.packages, context)?;
    let mut of_packages = packages::request(&args.packages, &packages::Build::default());
    (of_packages.patterns).extend(args.pattern_of_diff().map(str::to_owned));
    of_packages.tests = config.tests.unwrap_or_default();
    of_packages.tags.clone_from(&config.tags);
    let request = CheckRequest {
        packages: of_packages,
        evidence: settings::evidence(args, &config),
        options,
    };
    if args.wants_fixes() {
        return fix::run(args, &workspace, &request, context, output);
    }
    let (mut report, sources) = checked(args, &workspace, &request, context, output)?;
    let names = workspace.path_names();
    let roots = SourceRoots::of(&workspace);
    if settle(args, &config, &mut report, &roots, context, output)? {
        return Ok(if report.broken > 0 {
            ExitStatus::BrokenCode
        } else {
            // A run that could not look at everything says so, though it wrote what it found.
            ExitStatus::Success
        });
    }
    let limits = Shown {
        all: args.all,
        is_named: !args.select.is_empty(),
        min_score: config.min_score.unwrap_or(MIN_SCORE),
        top: config.top.unwrap_or(TOP),
    };
    show(args, &limits, &report, &names, &roots, context, output)?;
    let status = status(args, &limits, &report);
    if let Some(mut sources) = sources {
        sources.check = report;
        let work = ui::work(sources, &args.packages, &args.evidence, &workspace, &names);
        door.open(work, context, output)?;
    }
    Ok(status)
}

/// The report, and the sources without it where pages are asked for.
fn checked(
    args: &CheckArgs,
    workspace: &Workspace<'_>,
    request: &CheckRequest,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<(CheckReport, Option<SourcesReport>)> {
    let wants_pages = args.pages.is_wanted();
    let Some(revision) = args.since() else {
        return Ok(progress::with(output, |events| {
            if wants_pages {
                let mut sources = sources::sources(workspace, request, events)?;
                return Ok((std::mem::take(&mut sources.check), Some(sources)));
            }
            project::check(workspace, request, events).map(|it| (it, None))
        })?);
    };
    let baseline = Baseline {
        revision: revision.to_owned(),
        go: context.global.go.clone(),
        use_cache: !args.packages.no_cache,
    };
    let (diff, sources) = progress::with(output, |events| {
        if wants_pages {
            let (diff, sources) = sources::sources_since(workspace, request, &baseline, events)?;
            return Ok((diff, Some(sources)));
        }
        project::check_diff(workspace, request, &baseline, events).map(|it| (it, None))
    })?;
    writeln!(output.err, "{}", since(&diff)).ok();
    Ok((diff.report, sources))
}

/// Findings that score less are left out.
const MIN_SCORE: f64 = 0.2;
/// So many findings are shown.
const TOP: usize = 25;

/// Which findings are shown, and which make the run fail.
struct Shown {
    all: bool,
    /// Rules were asked for by name.
    is_named: bool,
    min_score: f64,
    /// 0: no limit.
    top: usize,
}

/// Does what is asked for with the baseline; whether that was all.
fn settle(
    args: &CheckArgs,
    config: &Config,
    report: &mut CheckReport,
    roots: &SourceRoots,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<bool> {
    let wanted = baseline::Wanted {
        file: config.baseline.as_deref(),
        write: args.write_baseline.as_deref(),
        prune: args.prune_baseline,
    };
    let options = config.options(args.all);
    let packages = std::mem::take(&mut report.import_paths);
    let scope = Scope {
        options: &options,
        packages: &packages,
    };
    baseline::settle(wanted, &mut report.findings, &scope, roots, context, output)
}

/// A profile that the settings name.
fn profile(root: &Path, name: &str) -> ProfileSource {
    match ProfileSource::from(Path::new(name).to_owned()) {
        ProfileSource::File(path) => ProfileSource::File(root.join(path)),
        url @ ProfileSource::Service(_) => url,
    }
}

/// What a diff leaves out.
fn since(diff: &CheckDiff) -> String {
    let known = match diff.known {
        1 => "1 finding".to_owned(),
        known => format!("{known} findings"),
    };
    format!(
        "compared with {}: {known} known before",
        diff.changes.commit
    )
}

fn status(args: &CheckArgs, limits: &Shown, report: &CheckReport) -> ExitStatus {
    let backed = |finding: &diag::Diagnostic| {
        project::is_wrong(finding)
            || !finding.evidence.is_empty() && finding.score >= limits.min_score
    };
    if report.broken > 0 {
        ExitStatus::BrokenCode
    } else if !args.exit_zero
        && (!report.changed.is_empty()
            || report.findings.iter().any(backed)
            || report.leaks.iter().any(project::leaks::counts))
    {
        ExitStatus::Findings
    } else if report.unmeasured > 0 {
        ExitStatus::Error
    } else {
        ExitStatus::Success
    }
}

/// The findings to show: those about the run, then the others down to the limits.
fn shown(limits: &Shown, report: &CheckReport) -> Vec<diag::Diagnostic> {
    let mut shown = report.about_run.clone();
    shown.extend(report.changed.iter().cloned());
    shown.extend(report.leaks.iter().cloned());
    let top = if limits.top == 0 {
        usize::MAX
    } else {
        limits.top
    };
    let worth = (report.findings.iter())
        .filter(|finding| {
            let is_named = limits.is_named && finding.evidence.is_empty();
            let is_worth_it = finding.score >= limits.min_score;
            limits.all || is_named || project::is_wrong(finding) || is_worth_it
        })
        .take(if limits.all { usize::MAX } else { top });
    shown.extend(worth.cloned());
    shown
}

fn show(
    args: &CheckArgs,
    limits: &Shown,
    report: &CheckReport,
    names: &PathNames,
    roots: &SourceRoots,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<()> {
    let shown = shown(limits, report);
    let sources = |path: &Path| roots.read(context.system, path);
    let rules: Vec<RuleInfo> = lint::rules::RULES
        .iter()
        .map(|rule| rule_info(rule))
        .collect();
    let summary = summary(report, shown.len());
    let findings = Report {
        diagnostics: &shown,
        rules: &rules,
        summary: Some(&summary),
    };
    let options = |color| Options {
        sources: &sources,
        paths: names,
        color,
        width: 120,
    };
    for file in &args.output {
        let text = diag::render(file.format, &findings, &options(false));
        let path = packages::folder(None, context)?.join(&file.path);
        (context.system.write(&path, text.as_bytes()))
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    let format = args.format;
    let text = diag::render(format, &findings, &options(output.color));
    write!(output.out, "{text}")?;
    let lines = summary_lines(args, report, &shown, names);
    match format {
        Format::Full | Format::Concise => {
            for line in lines {
                writeln!(output.out, "{line}")?;
            }
        }
        _ => {
            // The answer is for a program; people still want to know how it went.
            for line in lines {
                writeln!(output.err, "{line}").ok();
            }
        }
    }
    Ok(())
}

pub(super) fn rule_info(rule: &lint::Rule) -> RuleInfo {
    RuleInfo {
        rule: lint::rule_ref(rule),
        summary: rule.summary.to_owned(),
        severity: Severity::Warning,
        url: None,
    }
}

/// Totals for programs.
fn summary(report: &CheckReport, shown: usize) -> BTreeMap<String, Value> {
    let mut summary = BTreeMap::new();
    let mut put = |name: &str, value: Value| summary.insert(name.to_owned(), value);
    let count = |n: usize| Value::Int(n as i64);
    put("packages", count(report.packages));
    put("packages_not_checked", count(report.broken));
    put("packages_not_measured", count(report.unmeasured));
    put("findings", count(report.findings.len()));
    put("findings_shown", count(shown));
    put("without_evidence", count(report.unbacked.values().sum()));
    put(
        "hot_functions_too_big_to_inline",
        count(report.too_big.len()),
    );
    for resource in report.measured() {
        let name = resource.sample_type();
        put(&format!("total_{name}"), Value::Int(report.total[resource]));
        put(
            &format!("own_{name}"),
            Value::Int(report.attribution.own[resource]),
        );
        put(
            &format!("explained_share_{name}"),
            Value::Float(report.attribution.share_explained(resource)),
        );
    }
    summary
}

fn summary_lines(
    args: &CheckArgs,
    report: &CheckReport,
    shown: &[diag::Diagnostic],
    names: &PathNames,
) -> Vec<String> {
    let mut lines = Vec::new();
    let findings = shown.len() - report.about_run.len() - report.changed.len() - report.leaks.len();
    let hidden = report.findings.len() - findings;
    let mut first = format!(
        "{} in {}",
        plural(findings, "finding"),
        plural(report.packages, "package")
    );
    if hidden > 0 {
        first += &format!(", {hidden} lower-ranked hidden (`--all` shows them)");
    }
    lines.push(first);
    if !report.leaks.is_empty() {
        lines.push(plural(report.leaks.len(), "suspect of a leak"));
    }
    if let Some(bench) = &report.bench {
        lines.push(format!("evidence: {bench}"));
    }
    for resource in [Resource::AllocSpace, Resource::InuseSpace, Resource::Cpu] {
        let total = report.total[resource];
        // What a benchmark happened to keep says nothing.
        if resource == Resource::InuseSpace && report.bench.is_some() {
            continue;
        }
        if total > 0 && resource != Resource::Cpu {
            lines.push(allocation_line(report, resource));
        } else if total > 0 {
            let own = report.own_cpu;
            lines.push(format!(
                "CPU: {} in all, {} of it in or below these packages",
                duration(total),
                percent(own as f64 / total as f64)
            ));
        }
    }
    lines.extend(unexplained_line(args, report, names));
    if !report.elsewhere.is_empty() {
        let list: Vec<String> = (report.elsewhere.iter().take(4))
            .map(|(package, share)| format!("{package} {}", percent(*share)))
            .collect();
        lines.push(format!("spent in other packages: {}", list.join(", ")));
    }
    lines.extend(too_big_lines(args, report, names));
    let unbacked: usize = report.unbacked.values().sum();
    if unbacked > 0 {
        let hint = if report.measured().next().is_some() {
            "no profile saw them"
        } else if report.bench.is_some() {
            "nothing was measured"
        } else {
            "run with `-bench .` or `--mem-profile FILE` to rank them"
        };
        lines.push(format!(
            "{} may cost too, without evidence: {hint} (`--all` shows them)",
            plural(unbacked, "more place")
        ));
    }
    if report.broken > 0 {
        lines.push(format!(
            "{} could not be checked",
            plural(report.broken, "package")
        ));
    }
    lines
}

fn plural(n: usize, word: &str) -> String {
    if n == 1 {
        format!("1 {word}")
    } else {
        format!("{n} {word}s")
    }
}

/// The resource of which the weights are the largest share: of what was allocated, else of what is live.
fn largest(weights: &lint::Weights, report: &CheckReport) -> Resource {
    let share = |resource: Resource| weights.share(resource, &report.total);
    if report.total[Resource::AllocSpace] == 0 {
        Resource::InuseSpace
    } else if share(Resource::AllocObjects) > share(Resource::AllocSpace) {
        Resource::AllocObjects
    } else {
        Resource::AllocSpace
    }
}

/// What no finding names, largest first.
fn unexplained_line(args: &CheckArgs, report: &CheckReport, names: &PathNames) -> Option<String> {
    let (shown, least) = if args.all { (20, 0.001) } else { (3, 0.01) };
    let mut rest: Vec<(f64, String)> = (report.unexplained.iter())
        .map(|it| {
            let resource = largest(&it.weights, report);
            let share = it.weights.share(resource, &report.total);
            let amount = match resource {
                Resource::AllocObjects => format!("{} objects", lint::count(it.weights[resource])),
                _ => bytes(it.weights[resource]),
            };
            let callee = (it.callee.as_ref())
                .map(|callee| format!(" below `{callee}`"))
                .unwrap_or_default();
            let path = names.show(&it.path);
            (
                share,
                format!("{path}:{}{callee} {} ({amount})", it.line, percent(share)),
            )
        })
        .filter(|(share, _)| *share >= least)
        .collect();
    rest.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let rest: Vec<String> = rest.into_iter().take(shown).map(|(_, text)| text).collect();
    (!rest.is_empty()).then(|| format!("in no finding: {}", rest.join(", ")))
}

/// Hot functions far above the inlining budget: by name where all is asked for.
fn too_big_lines(args: &CheckArgs, report: &CheckReport, names: &PathNames) -> Vec<String> {
    let n = report.too_big.len();
    if n == 0 {
        return Vec::new();
    }
    let mut first = format!(
        "{} far above the inlining budget",
        plural(n, "hot function")
    );
    if !args.all {
        first += " (`--all` names them)";
        return vec![first];
    }
    let each = report.too_big.iter().map(|it| {
        format!(
            "  {} ({}:{}) costs {} of {}, {} of CPU",
            it.function,
            names.show(&it.path),
            it.line,
            it.cost,
            it.budget,
            percent(it.weights.share(Resource::Cpu, &report.total)),
        )
    });
    std::iter::once(first + ":").chain(each).collect()
}

fn allocation_line(report: &CheckReport, resource: Resource) -> String {
    let total = report.total[resource];
    let part = |weights: &lint::Weights| percent(weights.share(resource, &report.total));
    let what = if resource == Resource::AllocSpace {
        "allocated"
    } else {
        "live"
    };
    let own = &report.attribution.own;
    let mut line = format!(
        "{what}: {} in all, {} by these packages and below their calls",
        bytes(total),
        part(own)
    );
    if own[resource] > 0 {
        let explained = report.attribution.share_explained(resource);
        line += &format!(" ({} of that is in the findings)", percent(explained));
    }
    for (weights, name) in [
        (&report.tests, "test code"),
        (&report.setup, "the set-up of benchmarks"),
        (&report.harness, "the test harness"),
    ] {
        if weights.share(resource, &report.total) >= 0.0005 {
            line += &format!(", {} by {name}", part(weights));
        }
    }
    line
}
