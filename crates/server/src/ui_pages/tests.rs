//! Requests to the site of a small work.

use std::collections::BTreeSet;
use std::path::Path;

use base::LineCol;
use base::system::Command;
use base::testing::{MemorySystem, exited};
use base::{Cancellation, System as _, TextRange};
use diag::{Annotation, Diagnostic, Edit, Fix, PathNames, RuleRef, Safety, Severity};
use lint::{Resource, Weights};
use project::Workspace;
use project::inlining::Verdict;
use project::sources::{
    AnnotatedFile, AnnotatedFunction, Call, Fate, HeapValue, MeasuredLine, SourcesReport,
};
use serde_json::{Value, json};

use super::{Benchmarks, Leaks, UiSite, Work};
use crate::message::{Accept, Request};
use crate::serve::Site;

const TEXT: &str = "package a\n\nfunc f() *int {\n\tx := 1\n\treturn &x\n}\n";

fn bytes(n: i64) -> Weights {
    let mut weights = Weights::default();
    weights[Resource::AllocSpace] = n;
    weights
}

fn report() -> SourcesReport {
    let rule = RuleRef {
        id: "GP611",
        name: "heap-variable",
    };
    let at = Annotation::at("/w/a.go", 4, 2);
    let mut finding = Diagnostic::new(rule, Severity::Warning, "variable `x` is on the heap", at);
    finding.fix = Some(Fix {
        title: "return the value".to_owned(),
        safety: Safety::Safe,
        imports: Vec::new(),
        edits: vec![Edit {
            path: "/w/a.go".into(),
            range: TextRange::new(20, 24),
            text: "int".to_owned(),
        }],
    });
    let mut report = SourcesReport {
        own_folders: BTreeSet::from(["/w".into()]),
        ..SourcesReport::default()
    };
    // One in another place, which needs an import, and one that changes the same line as the first.
    let mut other = finding.clone();
    let edit = |start, end, text: &str| Edit {
        path: "/w/a.go".into(),
        range: TextRange::new(start, end),
        text: text.to_owned(),
    };
    other.fix = Some(Fix {
        title: "parse".to_owned(),
        safety: Safety::Unsafe,
        imports: vec!["math/bits".to_owned()],
        edits: vec![edit(33, 34, "bits.Len(1)")],
    });
    let mut overlapping = finding.clone();
    overlapping.fix = Some(Fix {
        edits: vec![edit(19, 24, "(int)")],
        ..finding.fix.clone().unwrap()
    });
    report.check.findings = vec![finding, other, overlapping];
    report.check.total = bytes(1000);
    report.files.push(AnnotatedFile {
        path: "/w/a.go".into(),
        import_path: "example.com/a".to_owned(),
        text: TEXT.to_owned(),
        lines: vec![MeasuredLine {
            line: 4,
            own: bytes(600),
            cum: bytes(700),
        }],
        functions: vec![AnnotatedFunction {
            name: "f".to_owned(),
            lines: (3, 6),
            verdict: Some(Verdict::TooComplex {
                cost: 90,
                budget: 80,
            }),
            own: bytes(600),
            cum: bytes(700),
        }],
        promises: Vec::new(),
        heap: vec![HeapValue {
            at: LineCol { line: 4, col: 2 },
            subject: "x".to_owned(),
            words: "variable `x` is on the heap".to_owned(),
            steps: Vec::new(),
            end: None,
        }],
        calls: vec![Call {
            start: LineCol { line: 5, col: 9 },
            end: LineCol { line: 5, col: 11 },
            callee: "g".to_owned(),
            fate: Fate::Inlined,
            cost: Some(7),
            why: None,
            target: None,
            here: None,
        }],
    });
    report
}

/// Asks the site of the report, and hands over the system for a look at its files.
fn with_site(asks: impl FnOnce(&UiSite<'_>, &MemorySystem)) {
    let env = r#"{"GOVERSION": "go1.27.3", "GOROOT": "/go"}"#;
    let system = MemorySystem::default()
        .with_process(Box::new(move |_: &Command| Ok(exited(0, env))))
        .with_file("/w/a.go", TEXT);
    let cancel = Cancellation::default();
    let workspace = Workspace::open(&system, &cancel, None, Path::new("/w"), false).unwrap();
    let names = PathNames::relative_to(Path::new("/w"));
    let work = Work {
        report: report(),
        workspace: Some(&workspace),
        title: "./...".to_owned(),
        ..Work::of_nothing(&system, &names)
    };
    asks(&UiSite::new(work), &system);
}

fn data(site: &UiSite<'_>, address: &str) -> Value {
    let request = Request {
        accept: Accept::Json,
        ..Request::get(address)
    };
    serde_json::from_slice(&site.answer(&request).body).unwrap()
}

#[test]
fn a_file_comes_with_all_that_is_known_of_its_lines() {
    with_site(|site, _| {
        // Without a name the hottest one.
        let page = data(site, "/ui/code");
        assert_eq!(page, data(site, "/ui/code?file=a.go"));
        let (resources, file) = (&page["data"]["resources"], &page["data"]["file"]);
        assert_eq!(resources[0]["type"], "alloc_space");
        assert_eq!(file["text"], TEXT);
        assert_eq!(file["lines"], json!([[4, [600], [700]]]));
        assert_eq!(
            file["functions"][0]["verdict"],
            json!({ "cost": 90, "budget": 80 })
        );
        assert_eq!(file["heap"][0]["line"], 4);
        assert_eq!(file["calls"][0]["fate"], "inlined");
        assert_eq!(file["findings"][0]["rule"], "GP611");
        assert_eq!(
            data(site, "/ui/code?file=b.go")["error"],
            "b.go is not a file of the packages that were checked"
        );
    });
}

#[test]
fn only_the_page_itself_may_apply_a_fix() {
    with_site(|site, system| {
        let token = data(site, "/ui/findings")["token"]
            .as_str()
            .unwrap()
            .to_owned();
        let ask = |address: &str, is_post, token: &str| {
            let request = Request {
                is_post,
                token: token.to_owned(),
                ..Request::get(address)
            };
            site.answer(&request).status
        };
        let text = || system.read_to_string(Path::new("/w/a.go")).unwrap();
        assert_eq!(ask("/ui/apply?finding=0", true, ""), 403);
        assert_eq!(
            ask(
                "/ui/apply?finding=0",
                true,
                "0123456789abcdef0123456789abcdef"
            ),
            403
        );
        assert_eq!(ask("/ui/apply?finding=0", false, &token), 403);
        assert_eq!(ask("/ui/apply?finding=7", true, &token), 404);
        assert_eq!(ask("/ui/undo?finding=0", true, &token), 409);
        assert_eq!(text(), TEXT);
        assert_eq!(ask("/ui/apply?finding=0", true, &token), 200);
        assert!(text().contains("func f() int {"), "{}", text());
        assert_eq!(
            data(site, "/ui/findings")["data"]["findings"][0]["fix"]["applied"],
            true
        );
        assert_eq!(ask("/ui/apply?finding=0", true, &token), 409);
        assert_eq!(ask("/ui/apply?finding=2", true, &token), 409, "overlaps");
        assert_eq!(ask("/ui/apply?finding=1", true, &token), 200);
        let both = "package a\n\nimport \"math/bits\"\n\nfunc f() int {\n\tx := bits.Len(1)\n\treturn &x\n}\n";
        assert_eq!(text(), both);
        assert_eq!(ask("/ui/undo?finding=0", true, &token), 200);
        assert!(text().contains("func f() *int {") && text().contains("bits.Len"));
        system
            .write(Path::new("/w/a.go"), b"package a // mine\n")
            .unwrap();
        assert_eq!(ask("/ui/undo?finding=1", true, &token), 409, "changed");
        assert_eq!(text(), "package a // mine\n");
    });
}

#[test]
fn pages_of_profiles_say_that_there_is_none() {
    with_site(|site, _| {
        assert_eq!(site.answer(&Request::get("/ui/flamegraph")).status, 404);
        assert_eq!(site.answer(&Request::get("/ui/assets/app.js")).status, 200);
        assert_eq!(site.answer(&Request::get("/")).status, 307);
    });
}

#[test]
fn goroutines_that_were_seen_have_a_page() {
    let dump = "goroutine 7 [chan send, 3 minutes]:\nmain.f()\n\t/src/a.go:5 +0x1\ncreated by main.main in goroutine 1\n\t/src/a.go:2 +0x1\n\n";
    let snapshot = leak::dump::read(&mut dump.as_bytes(), leak::Ownership::default()).unwrap();
    let (system, names) = (MemorySystem::default(), PathNames::default());
    let work = Work {
        leaks: Leaks {
            seen: vec![("d.txt".to_owned(), snapshot.into())],
            ..Leaks::default()
        },
        ..Work::of_nothing(&system, &names)
    };
    let site = UiSite::new(work);
    let page = data(&site, "/ui/leaks");
    assert_eq!(page["views"], json!(["leaks"]));
    let group = &page["data"]["seen"][0]["groups"][0];
    assert_eq!(group["what"], "main.f sends on a channel at src/a.go:5");
    assert_eq!(group["minutes"], 3);
    assert_eq!(page["data"]["seen"][0]["states"], json!({ "chan send": 1 }));
    assert_eq!(page["data"]["check"], Value::Null);
    assert_eq!(site.answer(&Request::get("/ui/")).headers[0].1, "/ui/leaks");
}

#[test]
fn benchmarks_over_time_have_a_page() {
    let point = |at: usize| bench::history::HistoryPoint {
        commit: format!("c{at}"),
        recorded: String::new(),
        value: if at < 12 { 1e-6 } else { 2e-6 } * (1.0 + 0.001 * (at % 3) as f64),
    };
    let series = bench::history::HistorySeries {
        benchmark: "p.X".to_owned(),
        unit: "sec/op".to_owned(),
        points: (0..24).map(point).collect(),
    };
    let (system, names) = (MemorySystem::default(), PathNames::default());
    let work = Work {
        benchmarks: Benchmarks {
            comparison: None,
            history: Some(("b.txt".to_owned(), vec![series])),
        },
        ..Work::of_nothing(&system, &names)
    };
    let page = data(&UiSite::new(work), "/ui/benchmarks");
    let series = &page["data"]["history"]["series"][0];
    assert_eq!(series["points"].as_array().unwrap().len(), 24);
    assert_eq!(series["changes"][0]["index"], 12);
    assert_eq!(series["changes"][0]["tone"], "worse");
}
