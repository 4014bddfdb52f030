//! SARIF 2.1.0, which code hosts show beside the code and compare across commits.
//!
//! Not a `diag` diagnostic: what identifies a leak across commits is its stack, not the text of a
//! line, and most leaks have two places of equal weight.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.

use serde_json::{Value, json};

use super::Options;
use super::test_run::{Run, headline};
use crate::testing::{TestLeak, TestVerdict};

/// A rule per verdict that fails or warns.
const RULES: &[(&str, &str)] = &[
    ("goroutine-hung", "A test does not return."),
    (
        "goroutine-leak-proven",
        "The runtime has proven that the goroutine can never run again.",
    ),
    (
        "goroutine-left-over",
        "A goroutine is left when the tests are over.",
    ),
];

/// One result per leak, at the `go` statement where it is below `base`, else where it waits.
pub fn test_run(run: &Run, base: &str, options: &Options<'_>) -> Value {
    let results: Vec<Value> = run
        .leaks
        .iter()
        .map(|leak| result(leak, run.proven_only, base, options))
        .collect();
    let rules = RULES
        .iter()
        .map(|(id, text)| json!({"id": id, "shortDescription": {"text": text}}));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "goperf leak", "rules": rules.collect::<Value>()}},
            "results": results,
        }],
    })
}

fn result(leak: &TestLeak, proven_only: bool, base: &str, options: &Options<'_>) -> Value {
    let rule = match leak.verdict {
        TestVerdict::Hung => "goroutine-hung",
        TestVerdict::Proven => "goroutine-leak-proven",
        TestVerdict::LeftOver(_) => "goroutine-left-over",
    };
    let level = if leak.verdict.fails(proven_only) {
        "error"
    } else {
        "warning"
    };
    let test = leak.test.as_deref().unwrap_or("(no test)");
    let by = leak.group.created_by.as_ref().map(|by| &by.frame);
    let frame = by
        .filter(|by| by.file.starts_with(base))
        .or_else(|| leak.group.place());
    let location = frame.map(|frame| {
        let file = frame.file.strip_prefix(base).unwrap_or(&frame.file);
        json!({"physicalLocation": {
            "artifactLocation": {"uri": file.trim_start_matches('/')},
            "region": {"startLine": frame.line.max(1)},
        }})
    });
    json!({
        "ruleId": rule,
        "level": level,
        "message": {"text": format!("{test}: {}", headline(leak, options))},
        "locations": location.into_iter().collect::<Vec<_>>(),
        "partialFingerprints": {"goroutineGroup/v1": leak.group.fingerprint()},
        "properties": {"package": leak.package, "test": leak.test, "count": leak.group.count},
    })
}
