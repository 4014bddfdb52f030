//! `goperf explain`: a rule's page, or everything known about a place.

use std::path::Path;

use anyhow::{Context as _, bail};
use gc::Kind;

use super::Context;
use super::packages::{self, At};
use crate::args::check::{ExplainArgs, PackageArgs};
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &ExplainArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let Some(what) = &args.what else {
        for rule in lint::rules::RULES {
            writeln!(
                output.out,
                "{}  {:20}  {}",
                rule.id, rule.name, rule.summary
            )?;
        }
        return Ok(ExitStatus::Success);
    };
    if let Some(rule) = lint::rules::find(what) {
        write!(output.out, "{}", rule.doc)?;
        return Ok(ExitStatus::Success);
    }
    let at = At::parse(what, &package_args(args), context)?;
    if !context.system.is_file(&at.path) {
        bail!(
            "`{what}` is neither a rule (`goperf explain` lists them) nor a file with a line (FILE:LINE[:COL])"
        );
    }
    place(args, &at, context, output)
}

fn package_args(args: &ExplainArgs) -> PackageArgs {
    PackageArgs {
        no_cache: args.no_cache,
        ..PackageArgs::default()
    }
}

fn place(
    args: &ExplainArgs,
    at: &At,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let source = context
        .system
        .read_to_string(&at.path)
        .with_context(|| format!("failed to read {}", at.path.display()))?;
    let Some(line) = at.line else {
        bail!("which line? write {}:LINE", at.path.display());
    };
    let Some(text) = source.lines().nth(line as usize - 1) else {
        bail!("{} has no line {line}", at.path.display());
    };
    let folder = at.path.parent().unwrap_or(Path::new(".")).to_owned();
    let is_test = at.path.to_string_lossy().ends_with("_test.go");
    let packages = PackageArgs {
        dir: Some(folder),
        tests: is_test,
        ..package_args(args)
    };
    let build = packages::Build {
        inline_chains: true,
        ..packages::Build::default()
    };
    let analysis = packages::analyse(&packages, &build, context, output)?;
    let names = analysis.workspace.path_names();
    let shown = names.show(&at.path);
    writeln!(output.out, "{shown}:{line}: {}", text.trim())?;
    let mut any = false;
    for one in analysis.packages() {
        let file = (one.package.files.iter()).position(|file| at.is_file(&file.path));
        if let Some((name, first)) = file.and_then(|file| one.package.function_around(file, line)) {
            writeln!(
                output.out,
                "in {} (line {first}) of {}",
                name, one.package.import_path
            )?;
        }
        let flows = gc::Flows::new(&one.decisions);
        for (id, decision) in one.decisions.iter() {
            let position = decision.position;
            let here = at.is_file(Path::new(one.decisions.path(position.file)))
                && position.line == line
                && at
                    .col
                    .is_none_or(|col| position.col == 0 || position.col == col);
            if !here {
                continue;
            }
            any = true;
            let col = if position.col == 0 {
                String::new()
            } else {
                format!("column {}: ", position.col)
            };
            writeln!(output.out, "  {col}{}", one.decisions.message(decision))?;
            for origin in one.decisions.inline_chain(id) {
                let path = Path::new(one.decisions.path(origin.file));
                let shown = names.show(path);
                writeln!(
                    output.out,
                    "      inlined from {shown}:{}:{}",
                    origin.line, origin.col
                )?;
            }
            if matches!(decision.kind, Kind::CanInline { .. }) {
                continue;
            }
            let flow = lint::flow(&flows, id);
            for step in &flow.steps {
                let path = one.decisions.path(step.at.file);
                let shown = names.show(Path::new(path));
                writeln!(
                    output.out,
                    "      {shown}:{}:{}: {}",
                    step.at.line, step.at.col, step.what
                )?;
            }
            if let Some(end) = flow.end {
                writeln!(output.out, "      {end}")?;
            }
        }
    }
    if !any {
        writeln!(output.out, "  the compiler decided nothing here")?;
    }
    profiles(args, at, line, &analysis, context, output)?;
    analysis.finish(output)
}

/// What the given profiles saw on the line.
fn profiles(
    args: &ExplainArgs,
    at: &At,
    line: u32,
    analysis: &packages::Compiled,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<()> {
    let request = project::EvidenceRequest {
        cpu_profiles: args.cpu_profile.clone(),
        mem_profiles: args.mem_profile.clone(),
        bench: None,
    };
    let dir = context.system.current_dir()?;
    let profiles = project::evidence::read_files(context.system, &dir, &request)?;
    if profiles.is_empty() {
        return Ok(());
    }
    let set = analysis.package_set();
    let heat = lint::Heat::new(&set, &profiles);
    let place = set.iter().find_map(|(id, package)| {
        let file = package
            .files
            .iter()
            .position(|file| at.is_file(&file.path))?;
        heat.line(id, file, line)
    });
    let Some(hot) = place else {
        writeln!(output.out, "  the profiles saw nothing here")?;
        return Ok(());
    };
    for evidence in lint::evidence_of(&hot.own(), &hot.own(), &heat.total) {
        writeln!(output.out, "  on the line itself: {}", evidence.text)?;
    }
    for evidence in lint::evidence_of(&hot.cum, &hot.cum, &heat.total) {
        writeln!(output.out, "  with all it calls: {}", evidence.text)?;
    }
    for callee in hot.callees.iter().take(5) {
        for evidence in lint::evidence_of(&callee.weights, &callee.weights, &heat.total)
            .into_iter()
            .take(1)
        {
            let inlined = if callee.inlined { " (inlined)" } else { "" };
            writeln!(
                output.out,
                "    in {}{inlined}: {}",
                callee.function, evidence.text
            )?;
        }
    }
    Ok(())
}
