//! A report for people, as GitHub-flavoured Markdown.

use std::fmt::Write as _;

use super::{Context, evidence};
use crate::diagnostic::Diagnostic;

pub(super) fn render(ctx: &Context<'_>) -> String {
    let mut text = String::new();
    for (index, diagnostic) in ctx.report.diagnostics.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        finding(ctx, index + 1, diagnostic, &mut text);
    }
    text
}

fn finding(ctx: &Context<'_>, number: usize, diagnostic: &Diagnostic, text: &mut String) {
    let place = code(&ctx.place(&diagnostic.primary));
    let message = prose(&diagnostic.message);
    let rule = diagnostic.rule;
    writeln!(text, "### {number}. {message}\n").ok();
    write!(text, "{place} · {} `{}`", rule.id, rule.name).ok();
    if let Some(evidence) = evidence(diagnostic) {
        write!(text, " · {}", prose(&evidence)).ok();
    }
    text.push('\n');
    let line = (ctx.sources.file(&diagnostic.primary.path)).and_then(|file| {
        let line = file.line(diagnostic.primary.start.line)?;
        Some(line.trim().to_owned())
    });
    if let Some(line) = line.filter(|line| !line.is_empty()) {
        let fence = "`".repeat(3.max(longest_tick_run(&line) + 1));
        write!(text, "\n{fence}go\n{line}\n{fence}\n").ok();
    }
    let label = prose(&diagnostic.primary.message);
    let mut items = Vec::new();
    if !label.is_empty() {
        items.push(label);
    }
    for annotation in &diagnostic.secondary {
        let place = code(&ctx.place(annotation));
        items.push(format!("{place}: {}", prose(&annotation.message)));
    }
    for note in &diagnostic.notes {
        items.push(format!("**{}**: {}", note.kind.name(), prose(&note.text)));
    }
    if !items.is_empty() {
        text.push('\n');
    }
    for item in items {
        writeln!(text, "- {item}").ok();
    }
}

/// A code span that may itself hold backticks.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_tick_run(text) + 1);
    if fence.len() == 1 {
        format!("`{text}`")
    } else {
        format!("{fence} {text} {fence}")
    }
}

fn longest_tick_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// One paragraph: the code spans of our messages stay, everything else that Markdown would read as
/// markup is escaped.
fn prose(text: &str) -> String {
    // An unpaired backtick opens nothing.
    let spans = text.matches('`').count() / 2;
    let mut ticks = 0;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let in_code = ticks % 2 == 1;
        match c {
            '`' if ticks < spans * 2 => ticks += 1,
            '\n' | '\r' => {
                out.push(' ');
                continue;
            }
            '`' | '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' if !in_code => {
                out.push('\\');
            }
            _ => {}
        }
        out.push(c);
    }
    out
}
