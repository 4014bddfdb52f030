//! One line a finding with everything needed to act on it, for programs that edit code:
//! `path:line:col: GP101 message [evidence] | help: … | fix: safe`.

use std::fmt::Write as _;

use super::{Context, with_evidence};
use crate::diagnostic::{Diagnostic, NoteKind};

pub(super) fn render(ctx: &Context<'_>) -> String {
    let mut text = String::new();
    for finding in ctx.report.diagnostics {
        let place = ctx.place(&finding.primary);
        let message = one_line(&with_evidence(finding));
        write!(text, "{place}: {} {message}", finding.rule.id).ok();
        for note in finding.notes.iter().filter(|it| it.kind == NoteKind::Help) {
            write!(text, " | help: {}", one_line(&note.text)).ok();
        }
        if let Some(fix) = fix(finding) {
            write!(text, " | fix: {fix}").ok();
        }
        text.push('\n');
    }
    text
}

fn fix(finding: &Diagnostic) -> Option<&'static str> {
    finding.fix.as_ref().map(|fix| fix.safety.name())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
