//! `goperf inline --why`: the cost of functions, statement by statement.

use anyhow::bail;
use diag::PathNames;
use project::inlining::{FunctionInlining, Verdict};
use project::inlining_costs::{
    FunctionCosts, Remedy, RemedyKind, StatementCost, StatementCosts, Unknown, costs,
};
use serde_json::{Value as Json, json};

use crate::Output;
use crate::args::format::ListFormat;
use crate::commands::packages::Compiled;
use crate::style::Style;

/// More functions are not printed in full.
const SHOWN: usize = 20;
/// More statements that would be enough are not listed.
const REMEDIES: usize = 3;

pub(super) fn run(
    analysis: &Compiled,
    functions: Vec<FunctionInlining>,
    format: ListFormat,
    output: &mut Output,
) -> anyhow::Result<()> {
    if let Some(format) = format.of_findings() {
        bail!("--why has the formats text and json, not {}", format.name());
    }
    let all = costs(&analysis.workspace, &analysis.loaded, functions);
    if format == ListFormat::Json {
        let functions: Vec<Json> = all.iter().map(function_json).collect();
        let document = json!({"version": 1, "functions": functions});
        writeln!(output.out, "{}", serde_json::to_string_pretty(&document)?)?;
        return Ok(());
    }
    let names = analysis.workspace.path_names();
    for one in all.iter().take(SHOWN) {
        print(one, &names, output)?;
    }
    match all.len() {
        0 => writeln!(
            output.out,
            "no function of this name, or none that is too large"
        )?,
        n if n > SHOWN => writeln!(
            output.out,
            "{} more functions; --func REGEX selects",
            n - SHOWN
        )?,
        _ => {}
    }
    Ok(())
}

fn print(one: &FunctionCosts, names: &PathNames, output: &mut Output) -> anyhow::Result<()> {
    let style = Style::new(output.color);
    let function = &one.function;
    let place = format!("{}:{}", names.show(&function.path), function.line);
    writeln!(
        output.out,
        "{}  {}",
        style.bold(&function.name),
        style.dim(&place)
    )?;
    match &one.costs {
        Ok(costs) => print_costs(costs, &function.verdict, style, output)?,
        Err(unknown) => {
            if let Verdict::TooComplex { cost, budget } = &function.verdict {
                writeln!(output.out, "  cost {cost}, budget {budget}")?;
            }
            writeln!(output.out, "  {}", unknown_text(unknown))?;
        }
    }
    writeln!(output.out)?;
    Ok(())
}

fn print_costs(
    costs: &StatementCosts,
    verdict: &Verdict,
    style: Style,
    output: &mut Output,
) -> anyhow::Result<()> {
    let StatementCosts { cost, budget, .. } = *costs;
    let relation = match cost - budget {
        over if over > 0 => format!("{over} too much"),
        under => format!("{} left", -under),
    };
    writeln!(output.out, "  cost {cost}, budget {budget}: {relation}")?;
    if let Verdict::Cannot { why } = verdict {
        writeln!(output.out, "  at any cost not inlinable: {why}")?;
    }
    for (line, reason) in &costs.obstacles {
        writeln!(output.out, "  line {line} forbids inlining: {reason}")?;
    }
    for part in &costs.parts {
        print_part(part, 0, style, output)?;
    }
    for remedy in costs.remedies.iter().take(REMEDIES) {
        writeln!(output.out, "  {}", style.green(&remedy_text(*remedy)))?;
    }
    if costs.remedies.is_empty() && cost > budget {
        writeln!(output.out, "  no single statement is enough")?;
    }
    Ok(())
}

fn print_part(
    part: &StatementCost,
    depth: usize,
    style: Style,
    output: &mut Output,
) -> anyhow::Result<()> {
    let number = style.dim(&format!("{:>5}", part.line));
    let indent = "  ".repeat(depth);
    let text: String = part.text.chars().take(90).collect();
    writeln!(output.out, "  {number} {:>5}  {indent}{text}", part.cost)?;
    for inner in &part.parts {
        print_part(inner, depth + 1, style, output)?;
    }
    Ok(())
}

fn remedy_text(remedy: Remedy) -> String {
    let Remedy {
        line,
        saves,
        cost_after,
        kind,
    } = remedy;
    match kind {
        RemedyKind::Drop => {
            format!("without the statement on line {line} ({saves}): cost {cost_after}")
        }
        RemedyKind::Outline => format!(
            "with the statement on line {line} ({saves}) in a function of its own: cost {cost_after} or more"
        ),
    }
}

fn unknown_text(unknown: &Unknown) -> String {
    match unknown {
        Unknown::NotModelled(what) => format!("not known by statement: {what}"),
        Unknown::Disagrees { model, compiler } => format!(
            "not known by statement: goperf counts {model}, the compiler {compiler}; please report it"
        ),
        Unknown::NotFound => "not known by statement: no types of it are known".to_owned(),
    }
}

fn function_json(one: &FunctionCosts) -> Json {
    let function = &one.function;
    let mut json = json!({
        "name": function.name,
        "path": function.path,
        "line": function.line,
    });
    match &one.costs {
        Ok(costs) => {
            json["cost"] = json!(costs.cost);
            json["budget"] = json!(costs.budget);
            json["statements"] = costs.parts.iter().map(part_json).collect();
            json["obstacles"] = (costs.obstacles.iter())
                .map(|(line, reason)| json!({"line": line, "reason": reason}))
                .collect();
            json["remedies"] = (costs.remedies.iter())
                .map(|remedy| {
                    let kind = match remedy.kind {
                        RemedyKind::Drop => "drop",
                        RemedyKind::Outline => "outline",
                    };
                    json!({
                        "line": remedy.line,
                        "saves": remedy.saves,
                        "kind": kind,
                        "cost_after": remedy.cost_after,
                    })
                })
                .collect();
        }
        Err(unknown) => json["unknown"] = json!(unknown_text(unknown)),
    }
    json
}

fn part_json(part: &StatementCost) -> Json {
    json!({
        "line": part.line,
        "cost": part.cost,
        "text": part.text,
        "statements": part.parts.iter().map(part_json).collect::<Vec<_>>(),
    })
}
