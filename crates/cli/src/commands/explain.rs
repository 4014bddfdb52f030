//! `goperf explain`: a rule's page, or everything known about a line.

use std::path::Path;

use anyhow::bail;
use diag::PathNames;
use project::explain::{ExplainReport, ExplainRequest, LineDecision, LineMeasured, Location};

use super::Context;
use super::packages::{self, At};
use crate::args::check::{ExplainArgs, PackageArgs};
use crate::{ExitStatus, Output, progress};

pub(crate) fn run(
    args: &ExplainArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let Some(what) = &args.what else {
        for topic in lint::TOPICS {
            writeln!(output.out, "{:12} {}", topic.name, topic.title())?;
        }
        writeln!(output.out)?;
        return list_rules("", output);
    };
    if let Some(topic) = lint::find_topic(what) {
        write!(output.out, "{}", topic.text)?;
        return Ok(ExitStatus::Success);
    }
    if let Some(rule) = lint::rules::find(what) {
        write!(output.out, "{}", rule.doc)?;
        return Ok(ExitStatus::Success);
    }
    let prefix = what.to_ascii_uppercase();
    if let Some(of_change) = (lint::CHANGE_RULES.iter())
        .find(|of_change| of_change.rule.id == prefix || of_change.rule.name == what)
    {
        let (rule, text) = (of_change.rule, of_change.text);
        writeln!(output.out, "# {} {}\n\n{text}", rule.id, rule.name)?;
        return Ok(ExitStatus::Success);
    }
    let is_group = (prefix.starts_with("GP") || prefix.starts_with("GL"))
        && (lint::rules::RULES.iter()).any(|rule| rule.id.starts_with(&prefix));
    if is_group {
        return list_rules(&prefix, output);
    }
    let packages = PackageArgs {
        no_cache: args.no_cache,
        ..PackageArgs::default()
    };
    let at = At::parse(what, &packages, context)?;
    if !context.system.is_file(&at.path) {
        bail!(
            "`{what}` is neither a rule or topic (`goperf explain` lists them) nor a file with a line (FILE:LINE[:COL])"
        );
    }
    line(args, &at, context, output)
}

/// The rules whose ids start with a prefix.
fn list_rules(prefix: &str, output: &mut Output) -> anyhow::Result<ExitStatus> {
    for rule in (lint::rules::RULES.iter()).filter(|rule| rule.id.starts_with(prefix)) {
        writeln!(
            output.out,
            "{}  {:20}  {}",
            rule.id, rule.name, rule.summary
        )?;
    }
    let of_changes = (lint::CHANGE_RULES.iter()).filter(|one| one.rule.id.starts_with(prefix));
    for one in of_changes {
        let (rule, summary) = (one.rule, one.summary);
        writeln!(output.out, "{}  {:20}  {summary}", rule.id, rule.name)?;
    }
    Ok(ExitStatus::Success)
}

fn line(
    args: &ExplainArgs,
    at: &At,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let Some(line) = at.line else {
        bail!("which line? write {}:LINE", at.path.display());
    };
    let request = ExplainRequest {
        path: at.path.clone(),
        line,
        col: at.col,
        profiles: args.profiles.evidence(&context.system.current_dir()?),
    };
    let packages = PackageArgs {
        dir: at.path.parent().map(Path::to_owned),
        no_cache: args.no_cache,
        ..PackageArgs::default()
    };
    let workspace = packages::workspace(&packages, context)?;
    let report = progress::with(output, |events| {
        project::explain::explain(&workspace, &request, events)
    })?;
    let names = workspace.path_names();
    writeln!(
        output.out,
        "{}:{line}: {}",
        names.show(&at.path),
        report.text
    )?;
    print(&report, &names, output)?;
    packages::report_broken(&report.broken, &names, output)
}

fn print(report: &ExplainReport, names: &PathNames, output: &mut Output) -> anyhow::Result<()> {
    if let Some(function) = &report.function {
        let (name, line) = (&function.name, function.line);
        writeln!(
            output.out,
            "in {name} (line {line}) of {}",
            function.package
        )?;
    }
    for decision in &report.decisions {
        print_decision(decision, names, output)?;
    }
    for value in &report.passing {
        let step = &value.step;
        writeln!(output.out, "  {step} here, which is why {}", value.words)?;
    }
    if !report.is_in_build && report.broken.is_empty() {
        writeln!(
            output.out,
            "  the file is not part of this build (GOOS, GOARCH or build tags exclude it)"
        )?;
    } else if report.decisions.is_empty() && report.passing.is_empty() {
        match &report.nearest {
            Some((line, words)) => {
                writeln!(
                    output.out,
                    "  nothing is decided on this line; the nearest is line {line}:"
                )?;
                for words in words {
                    writeln!(output.out, "      {words}")?;
                }
            }
            None if report.is_in_build => {
                writeln!(output.out, "  nothing is decided in this file")?;
            }
            None => {}
        }
    }
    report
        .measured
        .as_ref()
        .map_or(Ok(()), |measured| print_measured(measured, output))
}

fn print_decision(
    decision: &LineDecision,
    names: &PathNames,
    output: &mut Output,
) -> anyhow::Result<()> {
    let col = match decision.col {
        0 => String::new(),
        col => format!("column {col}: "),
    };
    writeln!(output.out, "  {col}{}", decision.words)?;
    let show = |location: &Location| {
        let path = names.show(&location.path);
        format!("{path}:{}:{}", location.line, location.col)
    };
    for origin in &decision.inlined_from {
        writeln!(output.out, "      inlined from {}", show(origin))?;
    }
    for (location, what) in &decision.steps {
        writeln!(output.out, "      {}: {what}", show(location))?;
    }
    if let Some(end) = &decision.end {
        writeln!(output.out, "      {end}")?;
    }
    Ok(())
}

fn print_measured(measured: &LineMeasured, output: &mut Output) -> anyhow::Result<()> {
    if measured.own.is_empty() && measured.with_callees.is_empty() {
        writeln!(output.out, "  the profiles have no sample of this line")?;
    }
    for evidence in &measured.own {
        writeln!(output.out, "  on the line itself: {}", evidence.text)?;
    }
    for evidence in &measured.with_callees {
        writeln!(output.out, "  with all it calls: {}", evidence.text)?;
    }
    for (function, inlined, evidence) in &measured.callees {
        let inlined = if *inlined { " (inlined)" } else { "" };
        writeln!(output.out, "    in {function}{inlined}: {}", evidence.text)?;
    }
    Ok(())
}
