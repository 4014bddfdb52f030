//! `path:line:col: GP601 message [evidence]`, for editors and grep.

use std::fmt::Write as _;

use super::{Context, evidence};

pub(super) fn render(ctx: &Context<'_>) -> String {
    let mut text = String::new();
    for diagnostic in ctx.report.diagnostics {
        let place = ctx.place(&diagnostic.primary);
        let message = diagnostic.message.replace(['\n', '\r'], " ");
        let rule = diagnostic.rule.id;
        let evidence = evidence(diagnostic).map_or(String::new(), |text| format!(" [{text}]"));
        writeln!(text, "{place}: {rule} {message}{evidence}").ok();
    }
    text
}
