use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use base::{LineCol, TextRange};

use super::*;
use crate::diagnostic::{Edit, Evidence, Fix, Note, NoteKind, RuleInfo, RuleRef, Safety, Severity};
use crate::paths::NamedDir;

const STORE: &str = "\
package store

func (s *Store) Put(order Order) {
\ts.mu.Lock()
\ts.log.Printf(\"größe %v\", order)
\ts.orders[order.ID] = order
}
";

const LOG: &str = "\
package log

func (l *Logger) Printf(format string, args ...any) {
\tl.out <- args
}
";

const BOXING: RuleRef = RuleRef {
    id: "GP601",
    name: "hot-boxing",
};

fn boxing() -> Diagnostic {
    let primary = Annotation::at("/m/store/store.go", 5, 29).message("escapes to the heap");
    let mut diagnostic = Diagnostic::new(
        BOXING,
        Severity::Warning,
        "`order` is boxed into an interface on a hot path",
        primary,
    );
    diagnostic.secondary = vec![
        Annotation::at("/m/store/store.go", 3, 21).message("of type `Order`, 96 bytes"),
        Annotation {
            end: Some(LineCol { line: 4, col: 15 }),
            ..Annotation::at("/m/log/log.go", 4, 2).message("sent on a channel here")
        },
        Annotation::at("/gone/x.go", 7, 3).message("and kept there"),
    ];
    diagnostic.notes = vec![
        Note {
            kind: NoteKind::Note,
            text: "each call allocates 96 bytes".into(),
        },
        Note {
            kind: NoteKind::Help,
            text: "pass `order.ID`, or guard the call".into(),
        },
    ];
    diagnostic.evidence = vec![
        Evidence {
            source: "alloc_space".into(),
            value: 125_829_120,
            unit: "bytes".into(),
            share: 0.342,
            text: "34 % of alloc_space (120 MB)".into(),
        },
        Evidence {
            source: "cpu".into(),
            value: 410_000_000,
            unit: "nanoseconds".into(),
            share: 0.06,
            text: "6 % of cpu (410 ms)".into(),
        },
    ];
    diagnostic.score = 23.5;
    diagnostic.function = Some("example.com/m/store.(*Store).Put".into());
    diagnostic.package = Some("example.com/m/store".into());
    diagnostic.data = BTreeMap::from([("size".to_owned(), 96.into())]);
    diagnostic.fix = Some(Fix {
        title: "pass the id".into(),
        safety: Safety::Unsafe,
        edits: vec![Edit {
            path: "/m/store/store.go".into(),
            range: TextRange::new(93, 98),
            text: "order.ID".into(),
        }],
        imports: Vec::new(),
    });
    diagnostic
}

/// Places that no text has: a line past the end, a column past the end, only a file, no file.
fn astray() -> Vec<Diagnostic> {
    let rule = RuleRef {
        id: "GP002",
        name: "stale-profile",
    };
    let places = [
        Annotation::at("/m/store/store.go", 99, 1),
        Annotation::at("/m/store/store.go", 1, 99),
        Annotation::at("/m/store/store.go", 0, 0).message("no line"),
        Annotation::at("gone.go", 3, 0),
        Annotation::at("/m/store/store.go", u32::MAX, u32::MAX),
    ];
    places
        .map(|primary| Diagnostic::new(rule, Severity::Error, "100 % is stale:\nreally", primary))
        .to_vec()
}

fn source(path: &Path) -> Option<String> {
    match path.to_str()? {
        "/m/store/store.go" => Some(STORE.to_owned()),
        "/m/log/log.go" => Some(LOG.to_owned()),
        _ => None,
    }
}

static NAMES: LazyLock<PathNames> = LazyLock::new(|| PathNames {
    current_dir: Some("/m".into()),
    named: vec![NamedDir {
        name: "$GOROOT".to_owned(),
        dir: "/usr/local/go".into(),
    }],
});

fn options() -> Options<'static> {
    Options {
        paths: &NAMES,
        ..Options::new(&source)
    }
}

fn show(format: Format, diagnostics: &[Diagnostic]) -> String {
    render(format, &Report::new(diagnostics), &options())
}

#[test]
fn full_shows_source_reasons_evidence_and_help() {
    insta::assert_snapshot!(show(Format::Full, &[boxing()]), @r#"
    warning[GP601]: `order` is boxed into an interface on a hot path
     --> store/store.go:5:27
      |
    3 | func (s *Store) Put(order Order) {
      |                     ----- of type `Order`, 96 bytes
    4 |     s.mu.Lock()
    5 |     s.log.Printf("größe %v", order)
      |                              ^^^^^ escapes to the heap
      |
     ::: log/log.go:4:2
      |
    4 |     l.out <- args
      |     ------------- sent on a channel here
      |
      = note: /gone/x.go:7:3: and kept there
      = evidence: 34 % of alloc_space (120 MB), 6 % of cpu (410 ms)
      = note: each call allocates 96 bytes
      = help: pass `order.ID`, or guard the call
    "#);
}

#[test]
fn full_does_without_a_text_that_does_not_fit() {
    insta::assert_snapshot!(show(Format::Full, &astray()), @"
    error[GP002]: 100 % is stale:
                  really
    --> store/store.go:99:1

    error[GP002]: 100 % is stale:
                  really
    --> store/store.go:1:99

    error[GP002]: 100 % is stale:
                  really
    --> store/store.go
     = note: no line

    error[GP002]: 100 % is stale:
                  really
    --> gone.go:3

    error[GP002]: 100 % is stale:
                  really
    --> store/store.go:4294967295:4294967295
    ");
}

#[test]
fn full_splits_far_apart_places_and_cuts_long_lines() {
    let text = format!(
        "var a = 1{}\n// {} a\n",
        "\n".repeat(499),
        "long ".repeat(100)
    );
    let source = |_: &Path| Some(text.clone());
    let options = Options {
        width: 60,
        ..Options::new(&source)
    };
    let mut diagnostic = boxing();
    diagnostic.primary = Annotation::at("a.go", 501, 505).message("used");
    diagnostic.secondary = vec![Annotation::at("a.go", 1, 5).message("declared")];
    diagnostic.notes.clear();
    diagnostic.evidence.clear();
    let text = render(Format::Full, &Report::new(&[diagnostic]), &options);
    insta::assert_snapshot!(text, @"
    warning[GP601]: `order` is boxed into an interface on a hot path
       --> a.go:501:505
        |
    501 | ...long long long long  a
        |                         ^ used
        |
       ::: a.go:1:5
        |
      1 | var a = 1
        |     - declared
    ");
}

#[test]
fn folders_with_names_are_for_people_only() {
    let mut found = boxing();
    found.primary.path = "/usr/local/go/src/fmt/print.go".into();
    for format in Format::ALL {
        let text = show(format, &[found.clone()]);
        let short = text.contains("$GOROOT/src/fmt/print.go");
        let long = text.contains("/usr/local/go/src/fmt/print.go");
        let for_people = matches!(format, Format::Full | Format::Markdown);
        assert_eq!((short, long), (for_people, !for_people), "{text}");
    }
}

#[test]
fn colour_is_there_only_if_asked_for() {
    let colored = Options {
        color: true,
        ..options()
    };
    for format in Format::ALL {
        let found = [boxing()];
        let report = Report::new(&found);
        assert!(!render(format, &report, &options()).contains('\u{1b}'));
        let text = render(format, &report, &colored);
        assert_eq!(text.contains('\u{1b}'), format == Format::Full);
    }
}

#[test]
fn concise_is_one_line_each() {
    let found: Vec<Diagnostic> = [boxing()].into_iter().chain(astray()).collect();
    insta::assert_snapshot!(show(Format::Concise, &found), @"
    store/store.go:5:29: GP601 `order` is boxed into an interface on a hot path [34 % of alloc_space (120 MB), 6 % of cpu (410 ms)]
    store/store.go:99:1: GP002 100 % is stale: really
    store/store.go:1:99: GP002 100 % is stale: really
    store/store.go: GP002 100 % is stale: really
    gone.go:3: GP002 100 % is stale: really
    store/store.go:4294967295:4294967295: GP002 100 % is stale: really
    ");
}

#[test]
fn github_escapes_what_its_commands_would_read() {
    let mut odd = boxing();
    odd.primary.path = "/m/a,b:c%.go".into();
    odd.primary.end = Some(LineCol { line: 5, col: 34 });
    let found: Vec<Diagnostic> = [odd].into_iter().chain(astray()).collect();
    insta::assert_snapshot!(show(Format::Github, &found), @"
    ::warning file=a%2Cb%3Ac%25.go,line=5,col=29,endLine=5,endColumn=34,title=GP601 hot-boxing::`order` is boxed into an interface on a hot path%0Aevidence: 34 %25 of alloc_space (120 MB), 6 %25 of cpu (410 ms)%0Anote: each call allocates 96 bytes%0Ahelp: pass `order.ID`, or guard the call
    ::error file=store/store.go,line=99,col=1,title=GP002 stale-profile::100 %25 is stale:%0Areally
    ::error file=store/store.go,line=1,col=99,title=GP002 stale-profile::100 %25 is stale:%0Areally
    ::error file=store/store.go,title=GP002 stale-profile::100 %25 is stale:%0Areally
    ::error file=gone.go,line=3,title=GP002 stale-profile::100 %25 is stale:%0Areally
    ::error file=store/store.go,line=4294967295,col=4294967295,title=GP002 stale-profile::100 %25 is stale:%0Areally
    ");
}

#[test]
fn markdown_keeps_code_and_escapes_the_rest() {
    let mut odd = boxing();
    odd.message = "`map[K]*T` makes <b>*one* `unpaired".into();
    insta::assert_snapshot!(show(Format::Markdown, &[boxing(), odd]), @r#"
    ### 1. `order` is boxed into an interface on a hot path

    `store/store.go:5:29` · GP601 `hot-boxing` · 34 % of alloc\_space (120 MB), 6 % of cpu (410 ms)

    ```go
    s.log.Printf("größe %v", order)
    ```

    - escapes to the heap
    - `store/store.go:3:21`: of type `Order`, 96 bytes
    - `log/log.go:4:2`: sent on a channel here
    - `/gone/x.go:7:3`: and kept there
    - **note**: each call allocates 96 bytes
    - **help**: pass `order.ID`, or guard the call

    ### 2. `map[K]*T` makes \<b\>\*one\* \`unpaired

    `store/store.go:5:29` · GP601 `hot-boxing` · 34 % of alloc\_space (120 MB), 6 % of cpu (410 ms)

    ```go
    s.log.Printf("größe %v", order)
    ```

    - escapes to the heap
    - `store/store.go:3:21`: of type `Order`, 96 bytes
    - `log/log.go:4:2`: sent on a channel here
    - `/gone/x.go:7:3`: and kept there
    - **note**: each call allocates 96 bytes
    - **help**: pass `order.ID`, or guard the call
    "#);
}

#[test]
fn json_is_one_versioned_document() {
    let summary = BTreeMap::from([
        ("packages".to_owned(), Value::Int(3)),
        ("explained_share".to_owned(), Value::Float(0.97)),
    ]);
    let found = [boxing()];
    let report = Report {
        summary: Some(&summary),
        ..Report::new(&found)
    };
    let text = render(Format::Json, &report, &options());
    insta::assert_snapshot!(text, @r#"
    {
      "schema_version": 1,
      "tool": {
        "name": "goperf",
        "version": "0.1.0"
      },
      "diagnostics": [
        {
          "rule": {
            "id": "GP601",
            "name": "hot-boxing"
          },
          "severity": "warning",
          "message": "`order` is boxed into an interface on a hot path",
          "score": 23.5,
          "primary": {
            "path": "store/store.go",
            "start": {
              "line": 5,
              "column": 29
            },
            "end": null,
            "message": "escapes to the heap"
          },
          "secondary": [
            {
              "path": "store/store.go",
              "start": {
                "line": 3,
                "column": 21
              },
              "end": null,
              "message": "of type `Order`, 96 bytes"
            },
            {
              "path": "log/log.go",
              "start": {
                "line": 4,
                "column": 2
              },
              "end": {
                "line": 4,
                "column": 15
              },
              "message": "sent on a channel here"
            },
            {
              "path": "/gone/x.go",
              "start": {
                "line": 7,
                "column": 3
              },
              "end": null,
              "message": "and kept there"
            }
          ],
          "notes": [
            {
              "kind": "note",
              "text": "each call allocates 96 bytes"
            },
            {
              "kind": "help",
              "text": "pass `order.ID`, or guard the call"
            }
          ],
          "evidence": [
            {
              "source": "alloc_space",
              "value": 125829120,
              "unit": "bytes",
              "share": 0.342,
              "text": "34 % of alloc_space (120 MB)"
            },
            {
              "source": "cpu",
              "value": 410000000,
              "unit": "nanoseconds",
              "share": 0.06,
              "text": "6 % of cpu (410 ms)"
            }
          ],
          "function": "example.com/m/store.(*Store).Put",
          "package": "example.com/m/store",
          "data": {
            "size": 96
          },
          "fix": {
            "title": "pass the id",
            "safety": "unsafe",
            "edits": [
              {
                "path": "store/store.go",
                "start_offset": 93,
                "end_offset": 98,
                "text": "order.ID"
              }
            ]
          },
          "fingerprint": "48fe31e5dc3984d0e0bba8042f5a30eb"
        }
      ],
      "summary": {
        "explained_share": 0.97,
        "packages": 3
      }
    }
    "#);
}

#[test]
fn jsonl_is_an_object_a_line() {
    let summary = BTreeMap::from([("packages".to_owned(), Value::Int(3))]);
    let found = [boxing(), boxing()];
    let report = Report {
        summary: Some(&summary),
        ..Report::new(&found)
    };
    let text = render(Format::Jsonl, &report, &options());
    let heads: Vec<String> = (text.lines())
        .map(|line| {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            let print = &object["fingerprint"];
            format!("{} {} {print}", object["type"], object["schema_version"])
        })
        .collect();
    insta::assert_snapshot!(heads.join("\n"), @r#"
    "diagnostic" 1 "48fe31e5dc3984d0e0bba8042f5a30eb"
    "diagnostic" 1 "48f6be30d03984d0e0bba801e4823f7a"
    "summary" 1 null
    "#);
}

#[test]
fn numbers_that_json_has_not_become_zero() {
    let mut odd = boxing();
    odd.score = f64::NAN;
    odd.evidence[0].share = f64::INFINITY;
    let text = show(Format::Jsonl, &[odd]);
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object["score"], 0.0);
    assert_eq!(object["evidence"][0]["share"], 0.0);
}

#[test]
fn the_schema_names_every_member_that_is_written() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    let mut finding = boxing();
    if let Some(fix) = &mut finding.fix {
        fix.imports.push("strconv".to_owned());
    }
    let found = [finding];
    let summary = BTreeMap::new();
    let report = Report {
        summary: Some(&summary),
        ..Report::new(&found)
    };
    let document: serde_json::Value =
        serde_json::from_str(&render(Format::Json, &report, &options())).unwrap();
    check_members(&schema, &schema["$defs"]["document"], &document, "document");
}

/// Every object of `value` has the members that its schema names, and no others.
fn check_members(
    root: &serde_json::Value,
    schema: &serde_json::Value,
    value: &serde_json::Value,
    at: &str,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return check_members(root, &root["$defs"][name], value, name);
    }
    if let Some(first) = schema["oneOf"].get(0).filter(|_| !value.is_null()) {
        return check_members(root, first, value, at);
    }
    if let Some(items) = value.as_array() {
        for item in items {
            check_members(root, &schema["items"], item, at);
        }
    }
    if let (Some(members), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        let names: Vec<&String> = members.keys().collect();
        assert_eq!(names, known.keys().collect::<Vec<_>>(), "{at}");
        for (name, member) in members {
            check_members(root, &known[name], member, name);
        }
    }
}

#[test]
fn sarif_declares_silent_rules_and_points_with_characters() {
    let rules = [RuleInfo {
        rule: RuleRef {
            id: "GP101",
            name: "append-without-cap",
        },
        summary: "A slice grows by append though its length is known.".into(),
        severity: Severity::Hint,
        url: Some("https://example.com/GP101".into()),
    }];
    let found = [boxing()];
    let report = Report {
        rules: &rules,
        ..Report::new(&found)
    };
    let text = render(Format::Sarif, &report, &options());
    insta::assert_snapshot!(text, @r#"
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "runs": [
        {
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "fixes": [
                {
                  "artifactChanges": [
                    {
                      "artifactLocation": {
                        "uri": "store/store.go"
                      },
                      "replacements": [
                        {
                          "deletedRegion": {
                            "byteLength": 5,
                            "byteOffset": 93
                          },
                          "insertedContent": {
                            "text": "order.ID"
                          }
                        }
                      ]
                    }
                  ],
                  "description": {
                    "text": "pass the id"
                  }
                }
              ],
              "level": "warning",
              "locations": [
                {
                  "logicalLocations": [
                    {
                      "fullyQualifiedName": "example.com/m/store.(*Store).Put",
                      "kind": "function"
                    }
                  ],
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "store/store.go"
                    },
                    "region": {
                      "startColumn": 27,
                      "startLine": 5
                    }
                  }
                }
              ],
              "message": {
                "text": "`order` is boxed into an interface on a hot path. Evidence: 34 % of alloc_space (120 MB), 6 % of cpu (410 ms).\npass `order.ID`, or guard the call"
              },
              "partialFingerprints": {
                "goperf/v1": "48fe31e5dc3984d0e0bba8042f5a30eb"
              },
              "properties": {
                "evidence": [
                  {
                    "share": 0.342,
                    "source": "alloc_space",
                    "unit": "bytes",
                    "value": 125829120
                  },
                  {
                    "share": 0.06,
                    "source": "cpu",
                    "unit": "nanoseconds",
                    "value": 410000000
                  }
                ]
              },
              "rank": 23.5,
              "relatedLocations": [
                {
                  "id": 0,
                  "message": {
                    "text": "of type `Order`, 96 bytes"
                  },
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "store/store.go"
                    },
                    "region": {
                      "startColumn": 21,
                      "startLine": 3
                    }
                  }
                },
                {
                  "id": 1,
                  "message": {
                    "text": "sent on a channel here"
                  },
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "log/log.go"
                    },
                    "region": {
                      "endColumn": 15,
                      "endLine": 4,
                      "startColumn": 2,
                      "startLine": 4
                    }
                  }
                },
                {
                  "id": 2,
                  "message": {
                    "text": "and kept there"
                  },
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "file:///gone/x.go"
                    },
                    "region": {
                      "startColumn": 3,
                      "startLine": 7
                    }
                  }
                }
              ],
              "ruleId": "GP601",
              "ruleIndex": 1
            }
          ],
          "tool": {
            "driver": {
              "name": "goperf",
              "rules": [
                {
                  "defaultConfiguration": {
                    "level": "note"
                  },
                  "helpUri": "https://example.com/GP101",
                  "id": "GP101",
                  "name": "append-without-cap",
                  "shortDescription": {
                    "text": "A slice grows by append though its length is known."
                  }
                },
                {
                  "id": "GP601",
                  "name": "hot-boxing"
                }
              ],
              "version": "0.1.0"
            }
          }
        }
      ],
      "version": "2.1.0"
    }
    "#);
}

#[test]
fn no_findings_are_no_text_or_an_empty_document() {
    let texts = Format::ALL.map(|format| (format.name(), show(format, &[])));
    for (name, text) in texts {
        match name {
            "json" | "sarif" | "rdjson" => assert!(text.ends_with("}\n"), "{name}"),
            "gitlab" => assert_eq!(text, "[]\n"),
            "checkstyle" | "junit" => assert!(text.starts_with("<?xml"), "{name}"),
            _ => assert_eq!(text, "", "{name}"),
        }
    }
    assert_eq!("sarif".parse(), Ok(Format::Sarif));
    insta::assert_snapshot!("xml".parse::<Format>().unwrap_err(), @"unknown format `xml`; known are full, concise, json, jsonl, sarif, github, markdown, gitlab, checkstyle, junit, teamcity, rdjson, agent");
}

/// A finding with a fix of one edit, at a place with characters that formats have to escape, and one without a line.
fn odd() -> Vec<Diagnostic> {
    let mut odd = boxing();
    odd.message = "`m['k']` | [x] <&> \"größe\"".into();
    odd.evidence.truncate(1);
    odd.notes.remove(0);
    let mut bare = astray().remove(2);
    bare.severity = Severity::Hint;
    vec![odd, bare]
}

#[test]
fn gitlab_has_a_fingerprint_and_a_line() {
    insta::assert_snapshot!(show(Format::Gitlab, &odd()), @r#"
    [
      {
        "check_name": "GP601 hot-boxing",
        "description": "`m['k']` | [x] <&> \"größe\" [34 % of alloc_space (120 MB)]",
        "fingerprint": "48fe31e5dc3984d0e0bba8042f5a30eb",
        "location": {
          "lines": {
            "begin": 5
          },
          "path": "store/store.go"
        },
        "severity": "major"
      },
      {
        "check_name": "GP002 stale-profile",
        "description": "100 % is stale:\nreally",
        "fingerprint": "e2424af5e1ef5d43d6802c1db2fb4589",
        "location": {
          "lines": {
            "begin": 1
          },
          "path": "store/store.go"
        },
        "severity": "info"
      }
    ]
    "#);
    assert_eq!(show(Format::Gitlab, &[]), "[]\n");
}

#[test]
fn checkstyle_groups_by_file() {
    insta::assert_snapshot!(show(Format::Checkstyle, &odd()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <checkstyle version="5.0">
      <file name="store/store.go">
        <error line="5" column="29" severity="warning" message="`m[&apos;k&apos;]` | [x] &lt;&amp;&gt; &quot;größe&quot; [34 % of alloc_space (120 MB)]" source="goperf.GP601"/>
        <error line="0" severity="info" message="100 % is stale:&#10;really" source="goperf.GP002"/>
      </file>
    </checkstyle>
    "#);
}

#[test]
fn junit_fails_a_case_for_each_finding_and_passes_without() {
    insta::assert_snapshot!(show(Format::Junit, &odd()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="goperf" tests="2" failures="2" errors="0">
      <testsuite name="goperf" tests="2" failures="2" errors="0">
        <testcase name="GP601 hot-boxing store/store.go:5:29" classname="store/store.go" file="store/store.go" line="5">
          <failure type="warning" message="`m[&apos;k&apos;]` | [x] &lt;&amp;&gt; &quot;größe&quot; [34 % of alloc_space (120 MB)]">store/store.go:5:29&#10;help: pass `order.ID`, or guard the call</failure>
        </testcase>
        <testcase name="GP002 stale-profile store/store.go" classname="store/store.go" file="store/store.go" line="0">
          <failure type="hint" message="100 % is stale:&#10;really">store/store.go</failure>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    insta::assert_snapshot!(show(Format::Junit, &[]), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="goperf" tests="1" failures="0" errors="0">
      <testsuite name="goperf" tests="1" failures="0" errors="0">
        <testcase name="no findings" classname="goperf"/>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn teamcity_declares_types_first() {
    insta::assert_snapshot!(show(Format::Teamcity, &odd()), @r#"
    ##teamcity[inspectionType id='GP002' name='stale-profile' category='goperf' description='stale-profile']
    ##teamcity[inspectionType id='GP601' name='hot-boxing' category='goperf' description='hot-boxing']
    ##teamcity[inspection typeId='GP601' message='`m|[|'k|'|]` || |[x|] <&> "gr|0x00f6|0x00dfe" |[34 % of alloc_space (120 MB)|]' file='store/store.go' line='5' SEVERITY='WARNING']
    ##teamcity[inspection typeId='GP002' message='100 % is stale:|nreally' file='store/store.go' line='0' SEVERITY='WEAK WARNING']
    "#);
}

#[test]
fn rdjson_suggests_fixes_of_one_edit() {
    insta::assert_snapshot!(show(Format::Rdjson, &odd()), @r#"
    {
      "diagnostics": [
        {
          "code": {
            "value": "GP601"
          },
          "location": {
            "path": "store/store.go",
            "range": {
              "start": {
                "column": 29,
                "line": 5
              }
            }
          },
          "message": "`m['k']` | [x] <&> \"größe\" [34 % of alloc_space (120 MB)]\nhelp: pass `order.ID`, or guard the call",
          "severity": "WARNING",
          "suggestions": [
            {
              "range": {
                "end": {
                  "column": 1,
                  "line": 6
                },
                "start": {
                  "column": 31,
                  "line": 5
                }
              },
              "text": "order.ID"
            }
          ]
        },
        {
          "code": {
            "value": "GP002"
          },
          "location": {
            "path": "store/store.go"
          },
          "message": "100 % is stale:\nreally",
          "severity": "INFO"
        }
      ],
      "source": {
        "name": "goperf"
      }
    }
    "#);
}

#[test]
fn agent_is_one_line_with_advice() {
    insta::assert_snapshot!(show(Format::Agent, &odd()), @r#"
    store/store.go:5:29: GP601 `m['k']` | [x] <&> "größe" [34 % of alloc_space (120 MB)] | help: pass `order.ID`, or guard the call | fix: unsafe
    store/store.go: GP002 100 % is stale: really
    "#);
}
