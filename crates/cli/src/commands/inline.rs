//! `goperf inline`: what is inlined, what is not, cost against budget.

mod why;

use diag::PathNames;
use project::changes::ChangeScope;
use project::inlining::{FunctionInlining, PackageInlining, Verdict};
use serde_json::{Value as Json, json};

use super::packages;
use super::{Context, diff, engines};
use crate::args::check::InlineArgs;
use crate::args::format::{EngineChoice, ListFormat};
use crate::style::Style;
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &InlineArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    packages::check_format(args.format, args.diff.is_some())?;
    let regex = args
        .function
        .as_deref()
        .map(packages::function_regex)
        .transpose()?;
    let build = packages::Build {
        no_inlining: args.no_inlining,
        ..packages::Build::default()
    };
    if let Some(revision) = &args.diff {
        return diff::run(
            ChangeScope::Inline,
            &args.packages,
            &build,
            revision,
            args.format,
            context,
            output,
        );
    }
    if args.engine == EngineChoice::Both {
        return engines::print_differences(&args.packages, &build, args.format, context, output);
    }
    let engine = (args.engine, 2);
    let (analysis, native) = engines::analyse(&args.packages, &build, engine, context, output)?;
    // Asked why of nothing by name, all that is too large answers.
    let not = args.not || (args.why && args.function.is_none());
    let mut listed = Vec::new();
    for one in analysis.packages() {
        let mut inlining = project::inlining::inlining(one.package, &one.decisions);
        inlining.functions.retain(|function| {
            regex
                .as_ref()
                .is_none_or(|regex| regex.is_match(&function.name))
                && (!not || !matches!(function.verdict, Verdict::Can { .. }))
        });
        if not {
            inlining
                .functions
                .sort_by_key(|function| function.verdict.distance());
        }
        listed.push(inlining);
    }
    if args.why {
        let functions = listed.into_iter().flat_map(|package| package.functions);
        why::run(&analysis, functions.collect(), args.format, output)?;
        return analysis.finish(output);
    }
    if args.format == ListFormat::Json {
        let packages: Vec<Json> = listed.iter().map(package_json).collect();
        packages::print_json(&packages, output)?;
    } else {
        print(&listed, &analysis.workspace.path_names(), output)?;
        if args.no_inlining {
            writeln!(
                output.err,
                "with -l the compiler inlines nothing and judges no function"
            )?;
        }
    }
    engines::print_gaps(&native, output)?;
    analysis.finish(output)
}

fn print(listed: &[PackageInlining], names: &PathNames, output: &mut Output) -> anyhow::Result<()> {
    let style = Style::new(output.color);
    let (mut can, mut cannot) = (0_usize, 0_usize);
    for package in listed
        .iter()
        .filter(|package| !package.functions.is_empty())
    {
        writeln!(output.out, "{}", style.bold(&package.import_path))?;
        for function in &package.functions {
            let label = match &function.verdict {
                Verdict::Can { .. } => style.green("inlinable    "),
                _ => style.red("not inlinable"),
            };
            match function.verdict {
                Verdict::Can { .. } => can += 1,
                _ => cannot += 1,
            }
            let path = names.show(&function.path);
            let place = style.dim(&format!("{path}:{}", function.line));
            writeln!(
                output.out,
                "  {label} {:30} {}  {place}",
                function.name,
                verdict(function)
            )?;
        }
        writeln!(output.out)?;
    }
    writeln!(output.out, "{can} inlinable, {cannot} not")?;
    Ok(())
}

fn verdict(function: &FunctionInlining) -> String {
    let used = match function.inlined_at.len() {
        0 => String::new(),
        1 => ", inlined at 1 call".to_owned(),
        n => format!(", inlined at {n} calls"),
    };
    match &function.verdict {
        Verdict::Can { cost: Some(cost) } => format!("cost {cost}{used}"),
        Verdict::Can { cost: None } => format!("cost unknown{used}"),
        Verdict::TooComplex { cost, budget } => format!("cost {cost} of {budget}"),
        Verdict::Cannot { why } => why.clone(),
    }
}

fn package_json(package: &PackageInlining) -> Json {
    let function = |function: &FunctionInlining| {
        let (inlinable, cost, budget, why) = match &function.verdict {
            Verdict::Can { cost } => (true, *cost, None, None),
            Verdict::TooComplex { cost, budget } => (false, Some(*cost), Some(*budget), None),
            Verdict::Cannot { why } => (false, None, None, Some(why)),
        };
        let sites: Vec<Json> = (function.inlined_at.iter())
            .map(|(path, line, col)| json!({"path": path, "line": line, "col": col}))
            .collect();
        json!({
            "name": function.name,
            "path": function.path,
            "line": function.line,
            "col": function.col,
            "inlinable": inlinable,
            "cost": cost,
            "budget": budget,
            "why": why,
            "inlined_at": sites,
            "calls_inlined": function.calls_inlined,
        })
    };
    json!({
        "package": package.import_path,
        "functions": package.functions.iter().map(function).collect::<Vec<_>>(),
    })
}
