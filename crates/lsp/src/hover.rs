//! What is known about a place: what the compiler decided there, what it cost, and the pages of the rules that found
//! something. What gopls says of a name is not repeated.

use base::LineCol;
use lsp_types::{Contents, Hover, MarkupContent, MarkupKind, Position};
use project::sources::{Call, Fate, HeapValue};

use crate::diagnostics::touch;
use crate::hints::{evidence, size, table, verdict_words};
use crate::view::{CompiledView, FileView};

/// The hover at a position; `None` if nothing is known there.
pub(crate) fn hover(view: &FileView<'_>, position: Position) -> Option<Hover> {
    let at = view.text.line_col(position, view.encoding);
    let mut parts: Vec<String> = Vec::new();
    parts.extend(function(view, at));
    parts.extend(strukt(view, at));
    if let Some(compiled) = &view.compiled {
        let values = compiled.file.heap.iter();
        let here = values.filter(|value| covers(view, compiled, value, at));
        parts.extend(here.map(|value| heap(view, compiled, value)));
        let calls = compiled.file.calls.iter();
        let here = calls.filter(|it| {
            let line = compiled.map.new_line(it.start.line);
            line == Some(at.line) && it.start.col <= at.col && at.col < it.end.col
        });
        parts.extend(here.map(call));
    }
    for finding in view.findings() {
        let range = view.text.range_of(&finding.primary, view.encoding);
        let is_here = touch(range, lsp_types::Range::new(position, position));
        if let Some(rule) = lint::rules::find(finding.rule.id).filter(|_| is_here) {
            parts.push(format!(
                "{} `{}`\n\n{}",
                rule.id,
                rule.name,
                first_part(rule.doc)
            ));
        }
    }
    // The heat alone would show on every word of a hot line.
    if let Some(hot) = view.hot_lines().get(&at.line)
        && (!parts.is_empty() || is_behind_text(view, at))
    {
        parts.push(evidence(&hot.own, &hot.cum, &view.total()));
    }
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() {
        return None;
    }
    let content = MarkupContent {
        kind: MarkupKind::Markdown,
        value: format!("**goperf**\n\n{}", parts.join("\n\n---\n\n")),
    };
    Some(Hover {
        contents: Contents::MarkupContent(content),
        range: None,
    })
}

fn is_behind_text(view: &FileView<'_>, at: LineCol) -> bool {
    let line = view.text.line(at.line).unwrap_or_default();
    at.col as usize > line.trim_end().len()
}

/// The verdict, on the line of `func`.
fn function(view: &FileView<'_>, at: LineCol) -> Option<String> {
    let functions = view.functions();
    let function = functions.iter().find(|it| it.lines.0 == at.line)?;
    let (verdict, _) = view.verdict(function)?;
    let mut text = verdict_words(&function.name, &verdict);
    if let Some((compiled, _)) = view.compiled_function(function) {
        let costs = evidence(&compiled.own, &compiled.cum, &view.total());
        if !costs.is_empty() {
            text += &format!("\n\n{costs}");
        }
    }
    Some(text)
}

fn strukt(view: &FileView<'_>, at: LineCol) -> Option<String> {
    let mut structs = view.typed?.structs.iter();
    let layout = structs.find(|layout| {
        let place = layout.place.as_ref();
        place.is_some_and(|place| place.path == view.path && place.at.line == at.line)
    })?;
    Some(format!("{}\n\n{}", size(layout), table(layout)))
}

/// Whether a position is on a value.
fn covers(
    view: &FileView<'_>,
    compiled: &CompiledView<'_>,
    value: &HeapValue,
    at: LineCol,
) -> bool {
    if compiled.map.new_line(value.at.line) != Some(at.line) {
        return false;
    }
    let start = LineCol {
        line: at.line,
        col: value.at.col,
    };
    let end = view.text.end_of_expression(start, &value.subject).col;
    let length = value.subject.len() as u32;
    let first = start.col.min(end.saturating_sub(length).max(1));
    (first..=end).contains(&at.col)
}

fn heap(view: &FileView<'_>, compiled: &CompiledView<'_>, value: &HeapValue) -> String {
    let mut text = value.words.clone();
    if !value.steps.is_empty() {
        text += ":\n";
    }
    for (place, step) in &value.steps {
        let (line, is_here) = if place.path == view.path {
            (compiled.map.new_line(place.line), true)
        } else {
            (Some(place.line), false)
        };
        let name = place.path.file_name().unwrap_or_default().to_string_lossy();
        let line = line.map_or_else(String::new, |line| {
            let uri = crate::uri::uri_of(&place.path);
            if is_here {
                format!("[line {line}]({uri}#L{line}): ")
            } else {
                format!("[{name}:{line}]({uri}#L{line}): ")
            }
        });
        text += &format!("\n1. {line}{step}");
    }
    if let Some(end) = &value.end {
        text += &format!("\n\n{end}");
    }
    text
}

fn call(call: &Call) -> String {
    let name = &call.callee;
    let mut text = match &call.fate {
        Fate::Inlined => format!("`{name}` is inlined here"),
        Fate::Devirtualized { to } => format!("the callee is known: `{to}`"),
        Fate::Static => format!("`{name}` is called"),
        Fate::Dynamic => format!("`{name}` is called through a variable"),
    };
    if let Some(cost) = call.cost {
        text += &format!("; it costs {cost} of 80");
    }
    if let Some(why) = &call.why {
        text += &format!("; it is not inlined: it {why}");
    }
    text
}

/// The first two sections of a rule's page.
fn first_part(doc: &str) -> String {
    let mut sections = 0;
    let mut text = String::new();
    for line in doc.lines() {
        if line.starts_with("# ") {
            continue;
        }
        if line.starts_with("## ") {
            sections += 1;
            if sections > 2 {
                break;
            }
        }
        text += line;
        text.push('\n');
    }
    text.trim().to_owned()
}
