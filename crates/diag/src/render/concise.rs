//! `path:line:col: GP601 message [evidence]`, for editors and grep.

use std::fmt::Write as _;

use super::{Context, with_evidence};

pub(super) fn render(ctx: &Context<'_>) -> String {
    let mut text = String::new();
    for diagnostic in ctx.report.diagnostics {
        let place = ctx.place(&diagnostic.primary);
        let message = with_evidence(diagnostic).replace(['\n', '\r'], " ");
        let rule = diagnostic.rule.id;
        writeln!(text, "{place}: {rule} {message}").ok();
    }
    text
}
