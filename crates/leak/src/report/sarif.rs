//! SARIF 2.1.0, which code hosts show beside the code and compare across commits.
//!
//! Not a `diag` diagnostic: what identifies a leak across commits is its stack, not the text of a
//! line, and most leaks have two places of equal weight.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.

use serde_json::{Value, json};

use super::test_run::{Run, headline};
use super::{Options, annotated, below};
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
    let location = annotated(&leak.group, base).map(|frame| {
        json!({"physicalLocation": {
            "artifactLocation": {"uri": uri(&frame.file, base)},
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

/// A relative reference for a file below `base`, else what an absolute `file:` URI is.
fn uri(file: &str, base: &str) -> String {
    // RFC 3986, unreserved characters and the slash.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded = |text: &str| {
        let byte = |byte: u8| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    match below(file, base) {
        Some(file) => encoded(file),
        None if file.starts_with('/') => format!("file://{}", encoded(file)),
        None => encoded(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_run::tests::{dump, options, run_of};

    #[test]
    fn results_have_rule_level_place_and_fingerprint() {
        let log = test_run(&run_of(&dump()), "/w", &options());
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let rules: Vec<_> = run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["id"])
            .collect();
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 2);
        assert!(results.iter().all(|it| rules.contains(&&it["ruleId"])));
        insta::assert_snapshot!(format!("{:#}", results[0]), @r#"
        {
          "level": "error",
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "p_test.go"
                },
                "region": {
                  "startLine": 9
                }
              }
            }
          ],
          "message": {
            "text": "TestA: PROVEN 1 × [chan send] ex.com/p.a sends on a channel at /w/p.go:4"
          },
          "partialFingerprints": {
            "goroutineGroup/v1": "d90975a8d486d1cb"
          },
          "properties": {
            "count": 1,
            "package": "ex.com/p",
            "test": "TestA"
          },
          "ruleId": "goroutine-leak-proven"
        }
        "#);
        assert_eq!(results[1]["level"], "warning");
    }

    #[test]
    fn fingerprints_survive_edits_that_move_lines() {
        let prints = |dump: &str| -> Vec<String> {
            let log = test_run(&run_of(dump), "/w", &options());
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            let print = |it: &Value| it["partialFingerprints"]["goroutineGroup/v1"].to_string();
            results.iter().map(print).collect()
        };
        let moved = dump()
            .replace("p.go:4", "p.go:40")
            .replace("p_test.go:9", "p_test.go:19")
            .replace("/w/", "/elsewhere/w/")
            .replace("goroutine 20 ", "goroutine 71 ")
            .replace("<ann>", "bob");
        let (before, after) = (prints(&dump()), prints(&moved));
        assert_eq!(before, after);
        assert_ne!(before[0], before[1]);
        let renamed = dump().replace("ex.com/p.a", "ex.com/p.b");
        assert_ne!(prints(&renamed)[0], before[0]);
    }

    #[test]
    fn files_elsewhere_are_absolute() {
        for (file, want) in [
            ("/w/a b/p.go", "a%20b/p.go"),
            ("/wide/p.go", "file:///wide/p.go"),
            ("mod@v1.2.3/p.go", "mod%40v1.2.3/p.go"),
        ] {
            assert_eq!(uri(file, "/w"), want);
        }
    }
}
