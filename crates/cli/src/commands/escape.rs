//! `goperf escape`: stack or heap, and why.

use std::collections::BTreeMap;
use std::path::Path;

use project::changes::ChangeScope;
use project::escapes::{FunctionEscapes, PackageEscapes, Storage, Value};
use serde_json::{Value as Json, json};

use super::packages::{self, Compiled};
use super::{Context, diff, engines};
use crate::args::check::EscapeArgs;
use crate::args::format::{EngineChoice, ListFormat};
use crate::style::Style;
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &EscapeArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    packages::check_format(args.format, args.diff.is_some())?;
    let filter = Filter::new(args, context)?;
    let build = packages::Build {
        no_inlining: args.no_inlining,
        ..packages::Build::default()
    };
    if let Some(revision) = &args.diff {
        return diff::run(
            ChangeScope::Escape,
            &args.packages,
            &build,
            revision,
            args.format,
            context,
            output,
        );
    }
    if let Some(level) = args.log {
        let engine = (args.engine, level);
        return engines::print_log(&args.packages, &build, engine, context, output);
    }
    if args.engine == EngineChoice::Both {
        return engines::print_differences(&args.packages, &build, args.format, context, output);
    }
    let engine = (args.engine, if args.why { 2 } else { 1 });
    let (analysis, native) = engines::analyse(&args.packages, &build, engine, context, output)?;
    let mut listed = Vec::new();
    for one in analysis.packages() {
        let mut escapes = project::escapes::escapes(one.package, &one.decisions);
        filter.apply(&mut escapes);
        if !escapes.functions.is_empty() {
            listed.push(escapes);
        }
    }
    if args.format == ListFormat::Json {
        let packages: Vec<Json> = listed.iter().map(package_json).collect();
        packages::print_json(&packages, output)?;
    } else {
        print(&listed, args, &analysis, output)?;
    }
    engines::print_gaps(&native, output)?;
    analysis.finish(output)
}

/// Which values are shown.
struct Filter {
    function: Option<regex::Regex>,
    at: Option<packages::At>,
    heap: bool,
}

impl Filter {
    fn new(args: &EscapeArgs, context: &Context) -> anyhow::Result<Self> {
        Ok(Self {
            function: args
                .function
                .as_deref()
                .map(packages::function_regex)
                .transpose()?,
            at: args
                .at
                .as_deref()
                .map(|at| packages::At::parse(at, &args.packages, context))
                .transpose()?,
            heap: args.heap,
        })
    }

    fn apply(&self, escapes: &mut PackageEscapes) {
        let wanted = |function: &FunctionEscapes| {
            self.function
                .as_ref()
                .is_none_or(|regex| regex.is_match(&function.name))
                && self.at.as_ref().is_none_or(|at| at.is_file(&function.path))
        };
        escapes.functions.retain(wanted);
        for function in &mut escapes.functions {
            let line = |value: &Value| self.at.as_ref().is_none_or(|at| at.is_line(value.line));
            function
                .values
                .retain(|value| line(value) && (!self.heap || value.storage == Storage::Heap));
        }
        escapes
            .functions
            .retain(|function| !function.values.is_empty());
    }
}

fn print(
    listed: &[PackageEscapes],
    args: &EscapeArgs,
    analysis: &Compiled,
    output: &mut Output,
) -> anyhow::Result<()> {
    let names = analysis.workspace.path_names();
    let style = Style::new(output.color);
    let shown = |path: &Path| names.show(path);
    let mut counts: BTreeMap<Storage, usize> = BTreeMap::new();
    for package in listed {
        for function in &package.functions {
            let path = shown(&function.path);
            let name = if function.name.is_empty() {
                "package level"
            } else {
                &function.name
            };
            let place = if function.line == 0 {
                path.clone()
            } else {
                format!("{path}:{}", function.line)
            };
            writeln!(output.out, "{}  {}", style.bold(name), style.dim(&place))?;
            for value in &function.values {
                *counts.entry(value.storage).or_default() += 1;
                let at = match value.col {
                    0 => value.line.to_string(),
                    col => format!("{}:{col}", value.line),
                };
                let label = format!("{:13}", value.storage.name());
                let label = match value.storage {
                    Storage::Heap => style.red(&label),
                    Storage::Stack | Storage::Static => style.green(&label),
                    _ => style.yellow(&label),
                };
                let end = value.flow.end.as_deref().filter(|_| !args.why);
                let end = end
                    .map(|end| format!("  {}", style.dim(end)))
                    .unwrap_or_default();
                let from = (value.inlined_from.as_deref())
                    .map(|callee| format!(" of inlined {callee}"))
                    .unwrap_or_default();
                let from = style.dim(&from);
                writeln!(output.out, "  {label} {at:8} {}{from}{end}", value.subject)?;
                if args.why {
                    print_flow(value, &shown, output)?;
                }
            }
            writeln!(output.out)?;
        }
    }
    let counted: Vec<String> = (counts.iter())
        .map(|(place, count)| format!("{count} {}", place.name()))
        .collect();
    let packages = analysis.count();
    let counted = if counted.is_empty() {
        "nothing".to_owned()
    } else {
        counted.join(", ")
    };
    writeln!(
        output.out,
        "{counted} in {packages} package{}",
        if packages == 1 { "" } else { "s" }
    )?;
    Ok(())
}

fn print_flow(
    value: &Value,
    shown: &dyn Fn(&Path) -> String,
    output: &mut Output,
) -> anyhow::Result<()> {
    for (step, path) in value.flow.steps.iter().zip(&value.flow_paths) {
        let (line, col) = (step.at.line, step.at.col);
        writeln!(
            output.out,
            "      {}:{line}:{col}: {}",
            shown(path),
            step.what
        )?;
    }
    if let Some(end) = &value.flow.end {
        writeln!(output.out, "      {end}")?;
    }
    Ok(())
}

fn package_json(package: &PackageEscapes) -> Json {
    let value = |value: &Value| {
        let flow: Vec<Json> = (value.flow.steps.iter().zip(&value.flow_paths))
            .map(|(step, path)| {
                json!({"path": path, "line": step.at.line, "col": step.at.col, "what": step.what})
            })
            .collect();
        json!({
            "storage": value.storage.name(),
            "subject": value.subject,
            "inlined_from": value.inlined_from,
            "line": value.line,
            "col": value.col,
            "flow": flow,
            "end": value.flow.end,
        })
    };
    let functions: Vec<Json> = (package.functions.iter())
        .map(|function| {
            json!({
                "name": function.name,
                "path": function.path,
                "line": function.line,
                "values": function.values.iter().map(value).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({"package": package.import_path, "functions": functions})
}
