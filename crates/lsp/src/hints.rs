//! Inlay hints: what functions cost the inliner, how structs lie in memory, what is on the heap, what lines cost.

use base::LineCol;
use layout::StructLayout;
use lint::{Resource, Weights};
use lsp_types::{InlayHint, Label, MarkupContent, MarkupKind, Position, Range, Tooltip};
use project::inlining::Verdict;
use project::source_facts::SourceFunction;
use serde::Serialize;

use crate::settings::HeapHints;
use crate::view::{FileView, Source};

/// What a function may cost to be inlined.
const BUDGET: u32 = 80;
/// Lines that cost less are not worth a hint.
const LEAST_SHARE: f64 = 0.01;

/// The hints within a range, in the order of the text.
pub(crate) fn hints(view: &FileView<'_>, range: Range) -> Vec<InlayHint> {
    let mut hints = Vec::new();
    if view.settings.inlining_hints {
        hints.extend(view.functions().iter().filter_map(|it| inlining(view, it)));
    }
    if view.settings.struct_hints {
        hints.extend(structs(view));
    }
    if view.settings.offset_hints {
        hints.extend(offsets(view));
    }
    hints.extend(heap(view));
    if view.settings.heat_hints {
        hints.extend(heat(view));
    }
    hints.retain(|hint| range.start <= hint.position && hint.position <= range.end);
    hints.sort_by_key(|hint| hint.position);
    hints
}

fn hint(position: Position, label: String, tooltip: String) -> InlayHint {
    let content = MarkupContent {
        kind: MarkupKind::Markdown,
        value: tooltip,
    };
    InlayHint {
        position,
        label: Label::String(label),
        kind: None,
        text_edits: None,
        tooltip: Some(Tooltip::MarkupContent(content)),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}

/// Whether somebody asks about the inlining of a function: nobody calls tests and `main`.
fn is_called(view: &FileView<'_>, name: &str) -> bool {
    let of_testing = ["Test", "Benchmark", "Fuzz", "Example"];
    let is_test = view.path.to_string_lossy().ends_with("_test.go")
        && of_testing.iter().any(|prefix| name.starts_with(prefix));
    !is_test && name != "main" && name != "init" && name != "_"
}

fn inlining(view: &FileView<'_>, function: &SourceFunction) -> Option<InlayHint> {
    if !is_called(view, &function.name) {
        return None;
    }
    let (verdict, source) = view.verdict(function)?;
    let label = label(&verdict);
    let mut tooltip = verdict_words(&function.name, &verdict);
    tooltip += match source {
        Source::Model => "",
        Source::Compiler => "\n\nDecided by the compiler.",
        Source::Older => "\n\nOf an older text of the function: this one is not known.",
    };
    let label = match source {
        Source::Older => format!("{label} (older)"),
        _ => label,
    };
    let position = view
        .text
        .end_of_line(function.signature_line, view.encoding);
    Some(hint(position, label, tooltip))
}

/// A verdict in a few characters.
pub(crate) fn label(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Can { cost: Some(cost) } => format!("inlines {cost}/{BUDGET}"),
        Verdict::Can { cost: None } => "inlines".to_owned(),
        Verdict::TooComplex { cost, budget } => format!("too big {cost}/{budget}"),
        Verdict::Cannot { why } => format!("no inlining: {}", why.replace('`', "")),
    }
}

/// A verdict as a sentence.
pub(crate) fn verdict_words(name: &str, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Can { cost: Some(cost) } => {
            format!("Calls of `{name}` are inlined: it costs {cost} of {BUDGET}.")
        }
        Verdict::Can { cost: None } => format!("Calls of `{name}` are inlined."),
        Verdict::TooComplex { cost, budget } => format!(
            "Calls of `{name}` are not inlined: it costs {cost}, {} above the budget of {budget}.",
            cost.saturating_sub(*budget)
        ),
        Verdict::Cannot { why } => format!("Calls of `{name}` are not inlined: it {why}."),
    }
}

/// The layouts of structs of the file, each declaration once. Instances of a generic struct may differ: then there is
/// nothing to say.
fn layouts<'a>(view: &FileView<'a>) -> Vec<&'a StructLayout> {
    let mut own: Vec<&StructLayout> = Vec::new();
    let Some(typed) = view.typed else {
        return own;
    };
    for layout in &typed.structs {
        let Some(place) = layout.place.as_ref().filter(|it| it.path == view.path) else {
            continue;
        };
        match own.last() {
            Some(last) if last.place.as_ref() == Some(place) => {
                if last.size != layout.size || last.padding() != layout.padding() {
                    own.pop();
                }
            }
            _ => own.push(layout),
        }
    }
    own
}

fn structs(view: &FileView<'_>) -> Vec<InlayHint> {
    let layouts = layouts(view).into_iter().filter_map(|layout| {
        let place = layout.place.as_ref()?;
        let position = view.text.end_of_line(place.at.line, view.encoding);
        Some(hint(position, size(layout), table(layout)))
    });
    layouts.collect()
}

/// `24 B, 7 B padding`.
pub(crate) fn size(layout: &StructLayout) -> String {
    match layout.padding() {
        0 => format!("{} B", layout.size),
        padding => format!("{} B, {padding} B padding", layout.size),
    }
}

/// The fields with their places.
pub(crate) fn table(layout: &StructLayout) -> String {
    let mut text = "| offset | size | field |\n|---:|---:|---|\n".to_owned();
    for (index, field) in layout.fields.iter().enumerate() {
        let name = if field.embedded {
            field.typ.clone()
        } else {
            format!("{} {}", field.name, field.typ)
        };
        let name = name.replace('|', "\\|");
        text += &format!("| {} | {} | `{name}` |\n", field.offset, field.size);
        let padding = layout.padding_after(index);
        if padding > 0 {
            let end = field.offset + field.size;
            text += &format!("| {end} | {padding} | padding |\n");
        }
    }
    text
}

/// Behind each field its offset. Fields are looked for in the lines of the struct, in their order.
fn offsets(view: &FileView<'_>) -> Vec<InlayHint> {
    let mut hints = Vec::new();
    for layout in layouts(view) {
        let Some(place) = &layout.place else {
            continue;
        };
        let mut line = place.at.line;
        for (index, field) in layout.fields.iter().enumerate() {
            if field.joined {
                continue;
            }
            let first_word = |text: &str| -> Option<String> {
                let text = text.trim_start().trim_start_matches('*');
                let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
                let word = &text[..end.unwrap_or(text.len())];
                Some(word.rsplit('.').next()?.to_owned())
            };
            let found = (line + 1..=view.text.lines.line_count())
                .take(200)
                .find(|at| {
                    let text = view.text.line(*at).unwrap_or_default();
                    first_word(text).as_deref() == Some(&field.name)
                });
            let Some(found) = found else {
                break;
            };
            line = found;
            let label = match layout.padding_after(index) {
                0 => format!("@{}", field.offset),
                padding => format!("@{}, then {padding} B padding", field.offset),
            };
            let position = view.text.end_of_line(line, view.encoding);
            hints.push(hint(position, label, format!("{} bytes", field.size)));
        }
    }
    hints
}

fn heap(view: &FileView<'_>) -> Vec<InlayHint> {
    let Some(compiled) = &view.compiled else {
        return Vec::new();
    };
    let hot = view.hot_lines();
    let is_wanted = |line: u32| match view.settings.heap_hints {
        HeapHints::Off => false,
        HeapHints::All => true,
        HeapHints::Hot => hot.contains_key(&line) || view.is_changed(line),
    };
    let mut hints: Vec<InlayHint> = Vec::new();
    for value in &compiled.file.heap {
        let Some(line) = compiled
            .map
            .new_line(value.at.line)
            .filter(|it| is_wanted(*it))
        else {
            continue;
        };
        let at = LineCol {
            line,
            col: value.at.col,
        };
        let end = view.text.end_of_expression(at, &value.subject);
        let position = view.text.at(end, view.encoding);
        let mut tooltip = capitalized(&value.words);
        for (place, step) in &value.steps {
            tooltip += &format!("\n- line {}: {step}", place.line);
        }
        if let Some(end) = &value.end {
            tooltip += &format!("\n\n{end}");
        }
        let is_known = |it: &&InlayHint| it.position == position;
        if hints.iter().find(is_known).is_none() {
            hints.push(hint(position, "heap".to_owned(), tooltip));
        }
    }
    hints
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

fn heat(view: &FileView<'_>) -> Vec<InlayHint> {
    let total = view.total();
    let hot = view.hot_lines().into_iter().filter_map(|(line, hot)| {
        let label = costs(&hot.cum, &total, LEAST_SHARE)?;
        let position = view.text.end_of_line(line, view.encoding);
        Some(hint(position, label, evidence(&hot.own, &hot.cum, &total)))
    });
    hot.collect()
}

/// A line as clients draw its heat.
#[derive(Serialize, Debug)]
pub(crate) struct HeatLine {
    /// From 0.
    line: u32,
    /// Of the resource that the line, with its callees, takes most of; from 0 to 1.
    share: f64,
    label: String,
    /// Markdown.
    tooltip: String,
}

/// What the lines of a file cost, as far as it is worth saying.
pub(crate) fn heat_lines(view: &FileView<'_>) -> Vec<HeatLine> {
    let total = view.total();
    let hot = view.hot_lines().into_iter().filter_map(|(line, hot)| {
        let label = costs(&hot.cum, &total, LEAST_SHARE)?;
        let shares = [Resource::Cpu, Resource::AllocSpace, Resource::InuseSpace]
            .map(|resource| hot.cum.share(resource, &total));
        Some(HeatLine {
            line: line.max(1) - 1,
            share: shares.into_iter().fold(0.0, f64::max).min(1.0),
            label,
            tooltip: evidence(&hot.own, &hot.cum, &total),
        })
    });
    hot.collect()
}

/// `12% CPU · 3.1 MB`; `None` if every share is below `least`.
pub(crate) fn costs(weights: &Weights, total: &Weights, least: f64) -> Option<String> {
    let share = |resource| weights.share(resource, total);
    let is_worth_it = |resource: &Resource| share(*resource) >= least && weights[*resource] > 0;
    let mut parts = Vec::new();
    if is_worth_it(&Resource::Cpu) {
        parts.push(format!("{} CPU", lint::percent(share(Resource::Cpu))));
    }
    // Bytes that were allocated say more than those that are live.
    if is_worth_it(&Resource::AllocSpace) {
        parts.push(lint::bytes(weights[Resource::AllocSpace]));
    } else if is_worth_it(&Resource::InuseSpace) {
        parts.push(format!(
            "{} live",
            lint::bytes(weights[Resource::InuseSpace])
        ));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// What was measured, in words.
pub(crate) fn evidence(own: &Weights, cum: &Weights, total: &Weights) -> String {
    let mut text = String::new();
    for (title, weights) in [("with callees", cum), ("the line itself", own)] {
        let evidence = lint::evidence_of(weights, total);
        if evidence.is_empty() {
            continue;
        }
        let list: Vec<String> = evidence.into_iter().map(|it| it.text).collect();
        text += &format!("- {title}: {}\n", list.join(", "));
    }
    text
}
