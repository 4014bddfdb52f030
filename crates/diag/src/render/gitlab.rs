//! The report that GitLab shows beside a merge request.
//! Source: docs.gitlab.com, "Code Quality", "Code Quality report format".

use serde_json::{Value, json};

use super::{Context, with_evidence};
use crate::diagnostic::Severity;
use crate::fingerprint;

pub(super) fn render(ctx: &Context<'_>) -> String {
    let found = ctx.report.diagnostics;
    let prints = fingerprint::of(found, &ctx.sources, ctx.current_dir());
    let all: Vec<Value> = (found.iter().zip(prints))
        .map(|(finding, print)| {
            let severity = match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Info => "minor",
                Severity::Hint => "info",
            };
            json!({
                "description": with_evidence(finding),
                "check_name": format!("{} {}", finding.rule.id, finding.rule.name),
                "fingerprint": print.to_string(),
                "severity": severity,
                "location": {
                    "path": ctx.path(&finding.primary.path),
                    // The service refuses a place without a line.
                    "lines": { "begin": finding.primary.start.line.max(1) },
                },
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(all))
}
