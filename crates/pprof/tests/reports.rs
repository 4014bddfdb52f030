//! Reports on a small profile, in process. The conformance pack holds those of the original; what
//! stands here is the way through the crate, and what pprof does not have.

use base::testing::MemorySystem;
use pprof::{GivenFlag, Invocation, PlainLines, Session};
use profile::{FunctionId, Label, LabelSetId, Line, Profile};

/// `main` calls `work`, into which `inner` is inlined; `scale` multiplies the values.
fn cpu_profile(scale: i64) -> Profile {
    let mut profile = Profile::with_sample_types(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let file = profile.strings.intern(b"/src/app/main.go");
    let function = |profile: &mut Profile, name: &[u8], start| -> FunctionId {
        let name = profile.strings.intern(name);
        profile.add_function(name, file, start)
    };
    let main = function(&mut profile, b"main.main", 1);
    let work = function(&mut profile, b"main.(*T).work", 10);
    let inner = function(&mut profile, b"main.inner", 20);
    let line = |function, line| Line {
        function,
        line,
        column: 0,
    };
    let in_main = profile.add_location(0x100, None, &[line(main, 3)]);
    let in_work = profile.add_location(0x200, None, &[line(inner, 21), line(work, 12)]);
    let key = profile.strings.intern(b"worker");
    let value = profile.strings.intern(b"w1");
    let labels = profile
        .label_sets
        .intern(&mut [Label::str(key, value)], &profile.strings);
    let value = 10_000_000 * scale;
    profile
        .samples
        .push(&[in_work, in_main], &[3 * scale, 3 * value], labels);
    profile
        .samples
        .push(&[in_main], &[1, 10_000_000], LabelSetId::EMPTY);
    profile
}

/// Standard output and error of `args`, the sources `new.pb` and, as a base, `old.pb`.
fn run(args: &[(&str, &str)], input: &str) -> (String, String) {
    let system = MemorySystem::default()
        .with_file("new.pb", profile::encode(&cpu_profile(2)))
        .with_file("old.pb", profile::encode(&cpu_profile(1)))
        .with_file("/src/app/main.go", "package main\n".repeat(25));
    let flag = |(name, value): &(&str, &str)| GivenFlag {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let mut flags: Vec<GivenFlag> = args.iter().map(flag).collect();
    flags.push(flag(&("symbolize", "none")));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let sources = ["new.pb".to_owned()];
    let invocation = Invocation::new(&flags, &sources, &|_| false, &mut err);
    let mut session = Session::new(&system, &mut out, &mut err, false);
    let ran =
        invocation.and_then(|it| pprof::run(&it, &mut PlainLines(input.as_bytes()), &mut session));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("reports are text");
    let mut err = text(err);
    if let Err(error) = ran {
        err.push_str(&error.to_string());
    }
    (text(out), err)
}

fn out(args: &[(&str, &str)]) -> String {
    run(args, "").0
}

#[test]
fn top_marks_inlined_functions() {
    let expected = "\
Type: cpu
Showing nodes accounting for 70ms, 100% of 70ms total
      flat  flat%   sum%        cum   cum%
      60ms 85.71% 85.71%       60ms 85.71%  main.inner (inline)
      10ms 14.29%   100%       70ms   100%  main.main
         0     0%   100%       60ms 85.71%  main.(*T).work
";
    assert_eq!(out(&[("top", "true")]), expected);
}

#[test]
fn method_names_are_found_as_they_are_shown() {
    let peek = out(&[("peek", "main.(*T).work")]);
    assert!(
        peek.contains("60ms   100% |   main.inner (inline)"),
        "{peek}"
    );
    let (_, err) = run(&[("peek", "nothing")], "");
    assert_eq!(err, "no matches found for regexp: nothing");
}

#[test]
fn list_shows_lines_around() {
    let list = out(&[("list", "inner")]);
    assert!(list.contains("ROUTINE ======================== main.inner in /src/app/main.go"));
    assert!(
        list.contains("      60ms       60ms     21:package main"),
        "{list}"
    );
}

#[test]
fn diff_shows_both_sides() {
    let expected = "\
Type: cpu
         old          new        delta    delta%  flat
        30ms         60ms        +30ms  +100.00%  main.inner
        10ms         10ms            0        0%  main.main
";
    assert_eq!(out(&[("diff", "true"), ("diff_base", "old.pb")]), expected);
}

#[test]
fn pictures_need_no_graphviz() {
    let svg = out(&[("svg", "true")]);
    assert!(
        svg.starts_with("<svg ") && svg.contains(">main</text>"),
        "{svg}"
    );
    let flame = out(&[("flame", "true")]);
    assert!(
        flame.contains("<title>main.inner\n60ms (85.71%)</title>"),
        "{flame}"
    );
    assert_eq!(
        out(&[("folded", "true")]),
        "main.main 10000000\nmain.main;main.(*T).work;main.inner 60000000\n"
    );
}

#[test]
fn json_holds_nodes_and_edges() {
    let json: serde_json::Value = serde_json::from_str(&out(&[("json", "true")])).expect("json");
    assert_eq!(json["nodes"][0]["name"], "main.inner");
    assert_eq!(json["total"], 70_000_000);
    assert_eq!(json["edges"].as_array().map(Vec::len), Some(2));
}

#[test]
fn shell_keeps_options_and_goes_on_after_errors() {
    let (out, err) = run(&[], "lines\ntop1\nnope\nsamples\ntags >>t\ntags\n");
    assert_eq!(out.matches("(pprof) ").count(), 7);
    assert!(out.contains("60ms 85.71% 85.71%       60ms 85.71%  main.inner /src/app/main.go:21"));
    assert!(out.contains("worker: Total 6 of 7 (85.71%)"), "{out}");
    assert!(err.contains("unrecognized command: \"nope\""), "{err}");
    assert!(err.contains("Adding report to t"), "{err}");
}
