//! `goperf benchstat` and `goperf bench gate` as a caller sees them: streams and exit codes.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use base::testing::MemorySystem;

/// Ten results of two benchmarks; the first one takes `first` nanoseconds and a bit.
fn results(first: u32) -> String {
    (0..10)
        .map(|run| {
            let (first, second) = (first + run, 500 + run);
            format!("BenchmarkA 1 {first} ns/op\nBenchmarkB 1 {second} ns/op\n")
        })
        .collect::<Vec<_>>()
        .concat()
}

/// Results in a unit of the benchmark's own.
fn custom(widgets: u32) -> String {
    (0..10)
        .map(|run| format!("BenchmarkA 1 3 ns/op {widgets}.{run} widgets\n"))
        .collect::<Vec<_>>()
        .concat()
}

/// Exit code, standard output and standard error.
fn goperf(args: &str) -> (u8, String, String) {
    let system = MemorySystem::default()
        .with_file("old", results(100))
        .with_file("new", results(150))
        .with_file("nan", "BenchmarkA 1 NaN ns/op\nBenchmarkA 1 3 ns/op\n")
        .with_file("panicked", results(100) + "panic: boom\n")
        .with_file(
            "failed",
            results(100) + "BenchmarkC \t--- FAIL: BenchmarkC\n",
        )
        .with_file("custom-old", custom(100))
        .with_file("custom-new", custom(200))
        .with_file("json", as_test_json(&results(200)))
        .with_file(
            "zero",
            "BenchmarkA 1 0 ns/op\nBenchmarkB 1 0 ns/op\n".repeat(10),
        )
        .with_file(
            "tied-old",
            "BenchmarkGet-8 1 2 allocs/op\n".repeat(3) + &ONE.repeat(3),
        )
        .with_file("tied-new", ONE.repeat(10))
        .with_file("empty", "PASS\n")
        .with_file("few", "BenchmarkA 1 3 ns/op\n")
        .with_file("other", "BenchmarkC 1 3 ns/op\n");
    let args: Vec<&str> = args.split(' ').collect();
    goperf_in(&system, &args)
}

const ONE: &str = "BenchmarkGet-8 1 1 allocs/op\n";

/// As `go test -json` has it.
fn as_test_json(text: &str) -> String {
    let event = |line: &str| format!(r#"{{"Action":"output","Output":"{line}\n"}}"#) + "\n";
    text.lines().map(event).collect()
}

fn goperf_in(system: &MemorySystem, args: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = std::iter::once(&"goperf").chain(args);
    let args = args.map(Into::into).collect();
    let mut output = cli::Output::plain(&mut out, &mut err);
    let status = cli::run(args, system, &mut output);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(out), text(err))
}

#[test]
fn benchstat_prints_its_table() {
    let (code, out, err) = goperf("benchstat old new");
    assert_eq!((code, err.as_str()), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines,
        [
            "        │     old     │                 new                 │",
            "        │   sec/op    │   sec/op     vs base                │",
            "A         104.5n ± 3%   154.5n ± 2%  +47.85% (p=0.000 n=10)",
            "B         504.5n ± 1%   504.5n ± 1%        ~ (p=1.000 n=10)",
            "geomean   229.6n        279.2n       +21.59%",
        ]
    );
}

#[test]
fn benchstat_shows_only_what_changed() {
    let (code, out, _) = goperf("benchstat -changed -format=markdown old new");
    assert_eq!(code, 0);
    assert!(out.contains("| A |") && !out.contains("| B |"), "{out}");
    assert!(out.contains("**+47.85%**"), "{out}");
}

#[test]
fn benchstat_has_exit_codes() {
    for (args, code, message) in [
        (
            "benchstat nosuch",
            1,
            "benchstat: open nosuch: no such file or directory\n",
        ),
        (
            "benchstat -format yaml old",
            1,
            "benchstat: -format must be text or csv\n",
        ),
        (
            "benchstat -alpha 2 old",
            1,
            "benchstat: -alpha must be in range [0, 1]\n",
        ),
        (
            "benchstat nan",
            0,
            "nan:1: parsing measurement: not a number\n",
        ),
    ] {
        let (got, _, err) = goperf(args);
        assert_eq!((got, err.as_str()), (code, message), "{args}");
    }
    for (args, code) in [
        ("benchstat", 2),
        ("benchstat -nope old", 2),
        ("benchstat -h", 0),
    ] {
        let (got, out, err) = goperf(args);
        assert!(
            got == code && out.is_empty() && err.contains("Usage:"),
            "{args}"
        );
    }
}

#[test]
fn samples_of_two_values_are_no_difference_by_chance() {
    let (code, out, _) = goperf("benchstat tied-old tied-new");
    assert_eq!(code, 0);
    assert!(out.contains("~ (p=0.429 n=6+10)"), "{out}");
}

#[test]
fn the_gate_has_exit_codes() {
    for (args, code) in [
        ("bench gate old old", 0),
        ("bench gate old new", 1),
        ("bench gate old new --max sec/op=80", 0),
        ("bench gate old json", 1),
        ("bench gate json json", 0),
        ("bench gate zero zero", 0),
        ("bench gate old zero", 0),
        ("bench gate zero old", 1),
        ("bench gate old few", 2),
        ("bench gate old other", 2),
        ("bench gate old nan", 2),
        ("bench gate old nosuch", 2),
        ("bench gate old panicked", 2),
        ("bench gate old failed", 2),
        ("bench gate failed old", 0),
        ("bench gate custom-old custom-new", 2),
        ("bench gate custom-old custom-new --max widgets=5", 1),
        ("bench gate custom-old custom-new --lower widgets", 1),
        ("bench gate custom-old custom-new --higher widgets", 0),
        (
            "bench gate custom-old custom-new --filter -.unit:widgets",
            0,
        ),
        ("bench gate old old --max widgets=5", 2),
        ("bench gate old new --max sec/op", 2),
    ] {
        let (got, out, err) = goperf(args);
        assert_eq!(got, code, "{args}\n{out}{err}");
    }
}

#[test]
fn a_history_keeps_one_entry_per_commit_and_halvings_are_half() {
    let system = MemorySystem::default();
    let add = |time: u32, commit: &str| {
        let text = format!("BenchmarkA 1 {time} ns/op\n");
        base::System::write(&system, "r".as_ref(), text.as_bytes()).unwrap();
        goperf_in(
            &system,
            &["bench", "history", "add", "r", "--commit", commit],
        )
    };
    for at in 0..40 {
        let time = if at < 20 { 1000 } else { 500 };
        assert_eq!(add(time + at % 3, &format!("c{at}")).0, 0);
    }
    let (code, _, err) = add(1001, "c7");
    assert!(code == 0 && err.contains("replaced"), "{err}");
    let (code, out, _) = goperf_in(&system, &["bench", "history", "changes", "--window", "30"]);
    assert_eq!(
        (code, out.matches("-49.9%").count(), out.lines().count()),
        (1, 1, 1),
        "{out}"
    );
    let (code, _, err) = add(1, "c1\nBenchmarkEvil 1 1 ns/op");
    assert!(code == 2 && err.contains("one line"), "{err}");
}

#[test]
fn existing_results_are_diagnosed_without_a_run() {
    let (code, out, err) = goperf("bench run --diagnose few");
    assert!(
        code == 0 && out.starts_with("A: each run is a single operation"),
        "{out}{err}"
    );
    let (code, _, err) = goperf("bench run --diagnose empty");
    assert!(code == 2 && err.contains("holds no results"), "{err}");
}
