//! Reports on a small profile, in process. The conformance pack holds those of the original; what
//! stands here is the way through the crate, and what pprof does not have.

use base::testing::MemorySystem;
use pprof::{GivenFlag, Invocation, Outcome, PlainLines, Session};
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
    run_on(&system, "new.pb", args, input)
}

/// As [`run`], with a machine of its own.
fn run_on(
    system: &MemorySystem,
    source: &str,
    args: &[(&str, &str)],
    input: &str,
) -> (String, String) {
    let flag = |(name, value): &(&str, &str)| GivenFlag {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let mut flags: Vec<GivenFlag> = args.iter().map(flag).collect();
    flags.push(flag(&("symbolize", "none")));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let sources = [source.to_owned()];
    let invocation = Invocation::new(&flags, &sources, &|_| false, &mut err);
    let mut session = Session::new(system, &mut out, &mut err, false);
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
        40ms         70ms        +30ms   +75.00%  total
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

/// Output and errors of `-top` of one file.
fn top_of(content: impl Into<Vec<u8>>) -> (String, String) {
    let system = MemorySystem::default().with_file("p", content.into());
    run_on(&system, "p", &[("top", "true")], "")
}

/// A profile of stacks, root first, with the values of each.
fn profile_of(types: &[(&str, &str)], stacks: &[(&[&str], &[i64])]) -> Profile {
    let mut profile = Profile::with_sample_types(types);
    let file = profile.strings.intern(b"f.go");
    for (names, values) in stacks {
        let location = |name: &&str| {
            let name = profile.strings.intern(name.as_bytes());
            let function = profile.add_function(name, file, 1);
            let line = Line {
                function,
                line: 10,
                column: 0,
            };
            profile.add_location(0, None, &[line])
        };
        let stack: Vec<_> = names.iter().rev().map(location).collect();
        profile.samples.push(&stack, values, LabelSetId::EMPTY);
    }
    profile
}

#[test]
fn text_that_is_no_profile_is_refused() {
    let unrecognized = "p: parsing profile: unrecognized profile format\n";
    for text in ["HTTP error 500\n", "a 1\nb 2\n"] {
        let (out, err) = top_of(text);
        assert_eq!(out, "");
        assert_eq!(
            err,
            format!("{unrecognized}failed to fetch any source profiles"),
            "{text}"
        );
    }
    let hints = [
        ("go 1.26 trace\0\0\0\x01", "`go tool trace`"),
        ("<!DOCTYPE html><title>Sign in</title>", "an HTML page"),
        ("mode: set\na.go:1.1,2.2 1 0\n", "`go tool cover`"),
    ];
    for (text, hint) in hints {
        let (_, err) = top_of(text);
        assert!(err.starts_with(&format!("{unrecognized}hint: ")), "{err}");
        assert!(err.contains(hint), "{err}");
    }
}

#[test]
fn lines_that_are_no_folded_stacks_are_counted() {
    let (out, err) = top_of("main (w.py:8);hot (w.py:2) 41\n 1\nmain (w.py:8) 2\n");
    assert!(
        out.contains("41 95.35% 95.35%         41 95.35%  hot (w.py:2)"),
        "{out}"
    );
    assert!(
        err.starts_with("p: left out 1 line that is not a folded stack, the first is line 2\n"),
        "{err}"
    );
}

#[test]
fn a_profile_behind_its_symbols_has_names() {
    let text = "--- symbol\nbinary=/opt/app\n0x3e9 main\n0x3ea work\n---\n--- heap\n\
        heap profile: 1: 1024 [2: 3072] @ heapprofile\n1: 1024 [2: 3072] @ 0x3ea 0x3e9\n";
    let (out, _) = top_of(text);
    assert!(out.starts_with("File: app\nType: inuse_space\n"), "{out}");
    assert!(
        out.contains("1kB   100%   100%        1kB   100%  work"),
        "{out}"
    );
}

#[test]
fn the_difference_of_two_heap_profiles_is_called_one() {
    let types = [
        ("alloc_objects", "count"),
        ("alloc_space", "bytes"),
        ("inuse_objects", "count"),
        ("inuse_space", "bytes"),
    ];
    let delta = |in_use: i64| {
        let values = [10, 1000, in_use, in_use * 100];
        top_of(profile::encode(&profile_of(
            &types,
            &[(&["main", "f"], &values)],
        )))
    };
    let (out, err) = delta(-5);
    assert!(
        out.contains("-500B   100%   100%      -500B   100%  f"),
        "{out}"
    );
    assert!(err.contains("difference of two heap profiles"), "{err}");
    let (_, err) = delta(5);
    assert!(!err.contains("difference"), "{err}");
}

#[test]
fn names_of_generic_functions_are_found_as_they_are_shown() {
    let profile = profile_of(&[("samples", "count")], &[(&["main.Map[...]"], &[3])]);
    let system = MemorySystem::default().with_file("p", profile::encode(&profile));
    let (out, err) = run_on(&system, "p", &[("peek", "main.Map[...]")], "");
    assert!(out.contains("| main.Map[...]"), "{out}{err}");
    let (_, err) = run_on(&system, "p", &[("peek", "main.Set[...]")], "");
    assert!(
        err.ends_with("no matches found for regexp: main.Set[...]"),
        "{err}"
    );
}

#[test]
fn totals_do_not_wrap_around() {
    let half = i64::MAX / 2 + 7;
    let stacks: [(&[&str], &[i64]); 2] = [(&["f"], &[half]), (&["g"], &[half])];
    let (out, _) = top_of(profile::encode(&profile_of(
        &[("samples", "count")],
        &stacks,
    )));
    let largest = "9223372036854775808";
    let line = format!("accounting for {largest}, 100% of {largest} total");
    assert!(out.contains(&line), "{out}");
}

#[test]
fn sums_of_entries_and_calls_do_not_wrap_around() {
    let half = i64::MAX / 2 + 7;
    let (stack, values) = (["main", "f"], [half]);
    let profile = profile_of(&[("samples", "count")], &[(&stack[..], &values[..]); 3]);
    let system = MemorySystem::default().with_file("p", profile::encode(&profile));
    let largest = "9223372036854775808";
    for report in [
        "top",
        "tree",
        "dot",
        "callgrind",
        "json",
        "diff",
        "markdown",
        "packages",
        "traces",
    ] {
        let (out, _) = run_on(&system, "p", &[(report, "true")], "");
        let has_sums = report == "traces"
            || out.contains(largest)
            || out.contains("e+18")
            || out.contains("9223372036854775807");
        assert!(has_sums, "{report}: {out}");
        assert!(
            !out.contains("-9") && !out.contains("-4"),
            "{report}: {out}"
        );
    }
    let (out, _) = run_on(&system, "p", &[("top", "true")], "");
    let row = format!("         0     0%   100% {largest}   100%  main");
    assert!(out.contains(&row), "{out}");
}

#[test]
fn names_that_are_too_long_together_are_cut() {
    let mut profile = Profile::with_sample_types(&[("samples", "count")]);
    let name = profile.strings.intern(&vec![b'f'; 1 << 20]);
    let file = profile.strings.intern(b"f.go");
    let function = profile.add_function(name, file, 1);
    for line in 1..=100 {
        let line = Line {
            function,
            line,
            column: 0,
        };
        let location = profile.add_location(0, None, &[line]);
        profile.samples.push(&[location], &[1], LabelSetId::EMPTY);
    }
    let system = MemorySystem::default().with_file("p", profile::encode(&profile));
    let flags = [("top", "true"), ("lines", "true")];
    let (out, err) = run_on(&system, "p", &flags, "");
    assert!(err.contains("the names are too long together"), "{err}");
    assert!(out.len() < 80 << 20, "{}", out.len());
}

#[test]
fn labels_of_any_text_are_valid_dot() {
    let mut profile = profile_of(&[("samples", "count")], &[(&["a\"b\\c"], &[3])]);
    let [key, value] = [&b"q"[..], b"x\"\\\n{y}"].map(|it| profile.strings.intern(it));
    let labels = &mut [Label::str(key, value)];
    let labels = profile.label_sets.intern(labels, &profile.strings);
    let sample = profile.samples.ids().next().expect("a sample");
    profile.samples.set_labels(sample, labels);
    let system = MemorySystem::default().with_file("p", profile::encode(&profile));
    let (out, _) = run_on(&system, "p", &[("dot", "true")], "");
    assert!(
        out.contains(r#"[label = "q:x\"\\\l{y}" id="N1_0""#),
        "{out}"
    );
    for line in out.lines() {
        let mut quotes = 0;
        let mut escaped = false;
        for c in line.chars() {
            quotes += usize::from(c == '"' && !escaped);
            escaped = c == '\\' && !escaped;
        }
        assert_eq!(quotes % 2, 0, "{line}");
    }
}

#[test]
fn devices_are_no_source_files() {
    let mut profile = profile_of(&[("samples", "count")], &[(&["main.f"], &[3])]);
    let device = profile.strings.intern(b"/dev/zero");
    let function = profile.functions.ids().next().expect("a function");
    profile.functions[function].filename = device;
    let system = MemorySystem::default().with_file("p", profile::encode(&profile));
    let (out, _) = run_on(&system, "p", &[("list", "f")], "");
    assert!(out.contains(" Error: open /dev/zero: "), "{out}");
}

/// The base took a second, the profile two.
fn two_sides() -> MemorySystem {
    const SECOND: i64 = 1_000_000_000;
    let cpu = [("cpu", "nanoseconds")];
    let mut old = profile_of(
        &cpu,
        &[(&["main", "hot"], &[SECOND]), (&["main"], &[SECOND])],
    );
    let mut new = profile_of(
        &cpu,
        &[
            (&["main", "hot"], &[3 * SECOND]),
            (&["main"], &[2 * SECOND]),
        ],
    );
    (old.duration_nanos, new.duration_nanos) = (SECOND, 2 * SECOND);
    MemorySystem::default()
        .with_file("old", profile::encode(&old))
        .with_file("new", profile::encode(&new))
}

#[test]
fn profiles_of_different_length_are_compared_per_second() {
    let system = two_sides();
    let flags = [("diff", "true"), ("diff_base", "old")];
    let (_, err) = run_on(&system, "new", &flags, "");
    let warning = "the base was taken for 1s and the profile for 2s: -per_second divides";
    assert!(err.contains(warning), "{err}");
    let flags = [flags[0], flags[1], ("per_second", "true")];
    let (out, err) = run_on(&system, "new", &flags, "");
    assert!(!err.contains("the base"), "{err}");
    let table = "\
       old/s        new/s      delta/s    delta%  flat
          2s        2.50s       +0.50s   +25.00%  total
          1s        1.50s       +0.50s   +50.00%  hot
          1s           1s            0        0%  main
";
    assert!(out.ends_with(table), "{out}");
}

#[test]
fn growth_beyond_a_limit_is_named_and_ends_the_run_so() {
    let system = two_sides();
    let outcome = |limit: &str| {
        let flag = |name: &str, value: &str| GivenFlag {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let flags = [
            flag("diff_json", "true"),
            flag("diff_base", "old"),
            flag("per_second", "true"),
            flag("fail_above", limit),
        ];
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let sources = ["new".to_owned()];
        let invocation = Invocation::new(&flags, &sources, &|_| false, &mut err).unwrap();
        let mut session = Session::new(&system, &mut out, &mut err, false);
        let lines = &mut PlainLines(std::io::empty());
        let outcome = pprof::run(&invocation, lines, &mut session).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let names: Vec<String> = (json["beyond_limit"].as_array().unwrap().iter())
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(json["total"]["new"], 2_500_000_000_i64);
        (outcome, names.join(" "))
    };
    assert_eq!(outcome("26"), (Outcome::Within, String::new()));
    assert_eq!(outcome("20"), (Outcome::Beyond, "total hot".to_owned()));
}

#[test]
fn a_page_shows_what_is_heaviest() {
    let expected = "\
# Profile: cpu

- Type: cpu
- Total: 70ms

## Functions by their own value (flat)

| flat | flat% | cum | cum% | function |
| ---: | ---: | ---: | ---: | --- |
| 60ms | 85.71% | 60ms | 85.71% | `main.inner` |
| 10ms | 14.29% | 70ms | 100% | `main.main` |

## Functions by their value and that of all they call (cum)

| flat | flat% | cum | cum% | function |
| ---: | ---: | ---: | ---: | --- |
| 10ms | 14.29% | 70ms | 100% | `main.main` |
| 0 | 0% | 60ms | 85.71% | `main.(*T).work` |
| 60ms | 85.71% | 60ms | 85.71% | `main.inner` |

## Call paths

1. 60ms (85.71%): `main.main` → `main.(*T).work` → `main.inner`
2. 10ms (14.29%): `main.main`

## Lines by their own value

| flat | flat% | cum | cum% | line |
| ---: | ---: | ---: | ---: | --- |
| 60ms | 85.71% | 60ms | 85.71% | `main.inner /src/app/main.go:21` |
| 10ms | 14.29% | 70ms | 100% | `main.main /src/app/main.go:3` |

## Notes

- only 7 samples were taken, so small shares are chance
";
    assert_eq!(out(&[("markdown", "true")]), expected);
}

#[test]
fn packages_count_a_sample_once() {
    let text = "main.main;example.com/a/v2.F[go.shape.[]b/c.T];gopkg.in/yaml%2ev3.(*d).x;example.com/a/v2.g 3\n\
                main.main;main.f 2\n\
                main.main;memeqbody 1\n";
    let system = MemorySystem::default().with_file("/p", text);
    let (out, _) = run_on(&system, "/p", &[("packages", "true")], "");
    let expected = "\
Type: samples
      flat  flat%        cum   cum%
         3 50.00%          3 50.00%  example.com/a/v2
         2 33.33%          6   100%  main
         1 16.67%          1 16.67%  (no Go package)
         0     0%          3 50.00%  gopkg.in/yaml.v3
";
    assert_eq!(out, expected);
    let (out, _) = run_on(
        &system,
        "/p",
        &[("packages", "true"), ("sort", "cum"), ("focus", "yaml")],
        "",
    );
    let rows: Vec<&str> = out.lines().skip(4).collect();
    let expected = [
        "         3 50.00%          3 50.00%  example.com/a/v2",
        "         0     0%          3 50.00%  gopkg.in/yaml.v3",
        "         0     0%          3 50.00%  main",
    ];
    assert_eq!(rows, expected, "{out}");
}

/// The profile that `-pgo` writes, and what it says.
fn pgo(source: &Profile, sources: &[&str], flags: &[(&str, &str)]) -> (Option<Profile>, String) {
    let system = MemorySystem::default()
        .with_file("p", profile::encode(source))
        .with_file("/app/f.go", "package main\n\nfunc kept() {\n}\n");
    let flag = |(name, value): &(&str, &str)| GivenFlag {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let mut all: Vec<GivenFlag> = flags.iter().map(flag).collect();
    all.extend([flag(&("pgo", "true")), flag(&("symbolize", "none"))]);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let sources: Vec<String> = sources.iter().map(|&it| it.to_owned()).collect();
    let invocation = Invocation::new(&all, &sources, &|_| false, &mut err);
    let mut session = Session::new(&system, &mut out, &mut err, false);
    let lines = &mut PlainLines(std::io::empty());
    let ran = invocation.and_then(|it| pprof::run(&it, lines, &mut session));
    let mut err = String::from_utf8(err).expect("text");
    if let Err(error) = ran {
        err.push_str(&error.to_string());
    }
    (profile::decode(&out, &profile::Limits::default()).ok(), err)
}

#[test]
fn a_profile_for_the_compiler_holds_what_it_reads() {
    let types = [("samples", "count"), ("cpu", "nanoseconds")];
    let stacks: [(&[&str], &[i64]); 3] = [
        (&["main.main", "main.kept"], &[700, 7]),
        (&["main.main", "main.gone"], &[300, 3]),
        (&["main.main", "main.gone.func1"], &[200, 2]),
    ];
    let mut source = profile_of(&types, &stacks);
    let file = source.strings.intern(b"/app/f.go");
    for id in source.functions.ids() {
        source.functions[id].filename = file;
    }
    let (made, err) = pgo(&source, &["p", "p"], &[("weights", "2,1")]);
    let made = made.expect("a profile");
    let sums = (
        made.sample_types.len(),
        made.samples.ids().len(),
        made.sums(),
    );
    assert_eq!(sums, (1, 3, vec![3600]));
    assert!(
        made.functions
            .iter()
            .all(|it| it.filename.is_empty() && it.start_line == 1)
    );
    assert_eq!(made.mappings.len(), 0);
    let note = "functions with 25.00% of the samples are no longer declared in their files: \
                main.gone";
    assert!(err.contains(note), "{err}");
    for id in source.functions.ids() {
        source.functions[id].start_line = 0;
    }
    let (made, err) = pgo(&source, &["p"], &[]);
    assert!(
        made.is_none() && err.contains("no function has a start line"),
        "{err}"
    );
    let (_, err) = pgo(&source, &["p"], &[("weights", "1,2")]);
    assert!(
        err.contains("must be a positive number for each of 1 source"),
        "{err}"
    );
}

#[test]
fn descriptions_in_markdown_are_no_markup() {
    let mut profile = profile_of(&[("<b>&", "count")], &[(&["main"], &[3])]);
    let comment = profile.strings.intern(b"<script>alert(1)</script>");
    profile.comments.push(comment);
    let system = MemorySystem::default().with_file("p", profile::encode(&profile));
    let (out, _) = run_on(&system, "p", &[("markdown", "true")], "");
    assert!(out.starts_with("# Profile: &lt;b>&amp;\n"), "{out}");
    assert!(out.contains("- &lt;script>alert(1)&lt;/script>\n"), "{out}");
}

#[test]
fn control_characters_do_not_reach_the_terminal_from_reports_of_ours() {
    let name = "\x1b]0;x\x07\x1b[31mRED\u{9b}2J\u{202e}rtl\n<b>&\"";
    let profile = profile_of(&[("samples", "count")], &[(&["main", name], &[3])]);
    let system = MemorySystem::default().with_file("p", profile::encode(&profile));
    for report in [
        "diff",
        "diff_json",
        "markdown",
        "json",
        "folded",
        "flame",
        "svg",
    ] {
        let (out, _) = run_on(&system, "p", &[(report, "true")], "");
        let acts = |c: &char| c.is_control() && !matches!(c, '\n' | '\u{9b}');
        assert_eq!(out.chars().find(acts), None, "{report}");
        assert!(out.contains("RED"), "{report}: {out}");
    }
}

/// A stack of one location, `n_times` consecutively, at which `n_lines` calls are inlined.
fn inlined(n_lines: usize, n_times: usize) -> Profile {
    let mut profile = Profile::with_sample_types(&[("samples", "count")]);
    let [name, file] = [&b"main.f"[..], b"f.go"].map(|it| profile.strings.intern(it));
    let function = profile.add_function(name, file, 1);
    let line = Line {
        function,
        line: 1,
        column: 0,
    };
    let location = profile.add_location(8, None, &vec![line; n_lines]);
    profile
        .samples
        .push(&vec![location; n_times], &[1], LabelSetId::EMPTY);
    profile
}

#[test]
fn small_profiles_of_huge_trees_are_cut() {
    let report = |profile: &Profile, flags: &[(&str, &str)]| {
        let system = MemorySystem::default().with_file("p", profile::encode(profile));
        run_on(&system, "p", flags, "")
    };
    let deep = inlined(20_000, 1);
    let (out, err) = report(&deep, &[("flame", "true")]);
    assert!(err.contains("cut to 10000 levels"), "{err}");
    assert!(
        out.contains("cut to 10000 levels") && out.len() < 8 << 20,
        "{}",
        out.len()
    );
    let (out, err) = report(&deep, &[("weblist", "f")]);
    assert!(
        err.contains("calls inlined very deep were left out"),
        "{err}"
    );
    assert!(out.len() < 1 << 20, "{}", out.len());
    let (out, err) = report(
        &inlined(60_000, 20),
        &[("dot", "true"), ("call_tree", "true")],
    );
    assert!(
        err.contains("the call tree was cut to 524288 paths"),
        "{err}"
    );
    assert!(
        out.contains("Showing top 80 nodes out of 524288"),
        "{}",
        &out[..600]
    );
    let (_, err) = report(&inlined(100, 20), &[("flame", "true")]);
    assert!(!err.contains("cut"), "{err}");
}
