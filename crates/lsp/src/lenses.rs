//! Code lenses: what functions cost in the attached profiles, benchmarks to run, structs to reorder.

use lsp_types::{CodeLens, Command, Position, Range};
use serde_json::json;

use crate::commands;
use crate::hints::costs;
use crate::uri::uri_of;
use crate::view::FileView;

/// Functions that cost less have no lens.
const LEAST_SHARE: f64 = 0.005;

pub(crate) fn lenses(view: &FileView<'_>) -> Vec<CodeLens> {
    if !view.settings.code_lens {
        return Vec::new();
    }
    let uri = uri_of(view.path);
    let mut lenses = Vec::new();
    let total = view.total();
    let is_test = view.path.to_string_lossy().ends_with("_test.go");
    for function in view.functions() {
        let line = function.lines.0;
        if is_test && is_benchmark(&function.name) {
            let arguments = vec![json!(uri), json!(function.name)];
            let run = ("run and profile".to_owned(), commands::BENCHMARK, arguments);
            lenses.push(lens(line, run));
            let title = format!("compare with {}", view.settings.compare_with);
            let arguments = vec![json!(uri), json!(function.name)];
            lenses.push(lens(line, (title, commands::COMPARE, arguments)));
        }
        let compiled = view.compiled_function(&function);
        if let Some(text) = compiled.and_then(|(it, _)| costs(&it.cum, &total, LEAST_SHARE)) {
            let arguments = vec![json!(uri), json!(line)];
            lenses.push(lens(line, (text, commands::EXPLAIN, arguments)));
        }
    }
    for (line, entry, _) in view.reorders() {
        let Some(advice) = &entry.advice else {
            continue;
        };
        let mut title = match entry.layout.size - advice.better.size {
            0 => "reorder (fewer bytes for the garbage collector)".to_owned(),
            saved => format!("reorder (saves {saved} B"),
        };
        if title.starts_with("reorder (saves") {
            let live = entry.live_savings();
            if live >= 1024.0 {
                title += &format!(", {} live", lint::bytes(live as i64));
            }
            title.push(')');
        }
        let arguments = vec![json!(uri), json!(line)];
        lenses.push(lens(line, (title, commands::REORDER, arguments)));
    }
    lenses.sort_by_key(|lens| lens.range.start);
    lenses
}

/// Whether the testing package takes a function for a benchmark.
fn is_benchmark(name: &str) -> bool {
    let rest = name.strip_prefix("Benchmark");
    rest.is_some_and(|rest| !rest.starts_with(char::is_lowercase))
}

fn lens(
    line: u32,
    (title, command, arguments): (String, &str, Vec<serde_json::Value>),
) -> CodeLens {
    let at = Position::new(line.max(1) - 1, 0);
    CodeLens {
        range: Range::new(at, at),
        command: Some(Command {
            title,
            tooltip: None,
            command: command.to_owned(),
            arguments: Some(arguments),
        }),
        data: None,
    }
}
