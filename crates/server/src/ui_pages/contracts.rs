//! Promises in comments as JSON: which there are, and which are broken.

use lint::rules::broken_contract;
use serde_json::{Value, json};

use super::UiSite;

/// All promises by file and line, with the findings that break them.
pub(super) fn page(site: &UiSite<'_>) -> Value {
    let report = &site.work.report;
    let broken: Vec<_> = (report.check.findings.iter().enumerate())
        .filter(|(_, it)| it.rule.id == broken_contract::RULE.id)
        .collect();
    let mut promises: Vec<Value> = Vec::new();
    for file in &report.files {
        for promise in &file.promises {
            let breaks = broken.iter().filter(|(_, finding)| {
                let mut places = std::iter::once(&finding.primary).chain(&finding.secondary);
                places.any(|at| {
                    let (first, last) = promise.lines;
                    at.path == file.path && (first..=last).contains(&at.start.line)
                })
            });
            let breaks: Vec<Value> = breaks
                .map(|(index, it)| {
                    json!({
                        "index": index,
                        "message": it.message,
                        "path": site.display(&it.primary.path),
                        "line": it.primary.start.line,
                    })
                })
                .collect();
            promises.push(json!({
                "path": site.display(&file.path),
                "line": promise.lines.0,
                "subject": promise.subject,
                "text": promise.text,
                "isExcuse": promise.is_excuse,
                "broken": breaks,
            }));
        }
    }
    json!({ "promises": promises })
}
