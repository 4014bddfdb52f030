//! `goperf check --bench` where benchmarks do not measure, as a user runs it. Needs a go command.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use cli::{ExitStatus, Output};
use go_tool::testing::Folder;

const CODE: &str = "package p\n\nfunc F() *int { return new(int) }\n";
const GOOD: &str = "package p\n\nimport \"testing\"\n\nvar sink *int\n\n\
    func BenchmarkGood(b *testing.B) {\n\tfor range b.N {\n\t\tsink = F()\n\t}\n}\n";

/// All benchmarks, with enough operations to be ranked, and every allocation sampled.
const EVERY_ALLOCATION: [&str; 6] = [
    "--bench",
    ".",
    "--benchtime",
    "20000x",
    "--mem-profile-rate",
    "1",
];

/// Status, standard output and standard error of `goperf check` in a module with a package `p` whose
/// tests hold this benchmark. `None`, with a visible line, where there is no go command.
fn check(benchmark: &str, args: &[&str]) -> Option<(ExitStatus, String, String)> {
    let test = format!("package p\n\nimport \"testing\"\n\n{benchmark}\n");
    let files = [
        ("go.mod", "module shop/p\n\ngo 1.24\n"),
        ("p.go", CODE),
        ("good_test.go", GOOD),
        ("bad_test.go", &test),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    check_files(&files, args)
}

/// As [`check`], of a module with these files.
fn check_files(files: &[(String, String)], args: &[&str]) -> Option<(ExitStatus, String, String)> {
    let files: Vec<(&str, &str)> = (files.iter())
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let folder = Folder::new("goperf check --bench", &files)?;
    let dir = folder.dir().to_string_lossy().into_owned();
    let all = [&["check", "-C", &dir, "--no-cache"], args].concat();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut words = vec!["goperf".into()];
    words.extend(all.iter().map(std::ffi::OsString::from));
    let status = cli::run(
        words,
        &folder.system,
        &mut Output::plain(&mut out, &mut err),
    );
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Some((status, text(out), text(err)))
}

const PANICS: &str = "func BenchmarkBad(b *testing.B) { panic(\"boom: 100%\") }";
const FAILS: &str =
    "func BenchmarkBad(b *testing.B) {\n\tb.Log(\"first\")\n\tb.Fatal(\"no luck\")\n}";

#[test]
fn a_panic_is_reported_in_every_format_and_is_not_a_clean_run() {
    for format in [
        "full", "concise", "json", "jsonl", "sarif", "github", "markdown",
    ] {
        let args = ["--bench", "Bad", "--benchtime", "10x", "--format", format];
        let Some((status, out, err)) = check(PANICS, &args) else {
            return;
        };
        assert_eq!(status, ExitStatus::Error, "{format}: {out}{err}");
        let escaped = out.replace("%25", "%");
        assert!(escaped.contains("panic: boom: 100%"), "{format}: {out}");
        assert!(out.contains("bad_test.go"), "{format}: {out}");
    }
}

#[test]
fn findings_of_other_benchmarks_decide_the_exit_code() {
    let args = EVERY_ALLOCATION;
    let Some((status, out, err)) = check(FAILS, &args) else {
        return;
    };
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    assert!(
        out.contains("BenchmarkBad failed: bad_test.go:7: no luck"),
        "{out}"
    );
    assert!(out.contains("--- FAIL: BenchmarkBad"), "{out}");
    assert!(out.contains("bad_test.go:6: first"), "{out}");
    assert!(out.contains("`new(int)`"), "{out}");
}

#[test]
fn a_run_that_measures_nothing_is_not_a_clean_run() {
    let broken = "func BenchmarkBad(b *testing.B) { b.NoSuchMethod() }";
    let skips = "func BenchmarkBad(b *testing.B) { b.Skip(\"no database\") }";
    for (benchmark, args, message) in [
        (
            FAILS,
            &["--bench", "Bad"][..],
            "BenchmarkBad failed: bad_test.go:7: no luck",
        ),
        (
            skips,
            &["--bench", "Bad"],
            "BenchmarkBad was skipped: bad_test.go:5: no database",
        ),
        (broken, &["--bench", "."], "b.NoSuchMethod undefined"),
        (
            skips,
            &["--bench", "Nothing"],
            "no benchmark matched `Nothing`",
        ),
        (skips, &["--bench", "Good/("], "missing closing ): `(`"),
        (
            skips,
            &["--bench", ".", "--benchtime", "10"],
            "invalid value `10` for `--benchtime`",
        ),
    ] {
        let Some((status, out, err)) = check(benchmark, args) else {
            return;
        };
        assert_eq!(status, ExitStatus::Error, "{args:?}: {out}{err}");
        assert!(
            format!("{out}{err}").contains(message),
            "{args:?}: {out}{err}"
        );
    }
}

/// A loop in which most turns append, and a branch that never runs.
const FILTER: &str = "var values, kept = make([]int, 200), []int(nil)\n\n\
    func init() {\n\tfor i := range values {\n\t\tvalues[i] = i + 1\n\t}\n}\n\n\
    func positive(values []int) []int {\n\tvar positive []int\n\
    \tfor _, v := range values {\n\t\tif v > 50 {\n\t\t\tpositive = append(positive, v)\n\t\t}\n\t}\n\
    \tif len(positive) == 0 {\n\t\tnone = append(none, new(int))\n\t}\n\treturn positive\n}\n\n\
    var none []*int\n\nfunc Filter() { kept = positive(values) }\n";

#[test]
fn what_fails_when_it_is_measured_is_not_said_again_when_it_is_counted() {
    let args = EVERY_ALLOCATION;
    let Some((status, out, err)) = check(FAILS, &args) else {
        return;
    };
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    assert_eq!(out.matches("[GP004]").count(), 1, "{out}");
    assert!(out.contains("statements counted"), "{out}");
    assert!(!out.contains("counting"), "{out}");
}

/// A module with `FILTER`, and a benchmark of it that begins with this.
fn filter(begin: &str) -> [(String, String); 3] {
    let benchmark = format!(
        "func BenchmarkFilter(b *testing.B) {{\n{begin}\tfor range b.N {{\n\t\tFilter()\n\t}}\n}}"
    );
    let test = format!("package p\n\nimport \"testing\"\n\n{benchmark}\n");
    [
        ("go.mod".to_owned(), "module shop/p\n\ngo 1.24\n".to_owned()),
        ("p.go".to_owned(), format!("package p\n\n{FILTER}")),
        ("p_test.go".to_owned(), test),
    ]
}

#[test]
fn a_fix_that_needs_counts_takes_those_of_the_benchmarks() {
    let plain = filter("");
    let made = "+\tpositive = slices.Grow(positive, len(values))";
    let with = |args: &[&str]| check_files(&plain, &[&["--unsafe-fixes", "--diff"], args].concat());
    let Some((status, out, err)) = with(&["--bench", ".", "--benchtime", "200x"]) else {
        return;
    };
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    assert!(out.contains(made), "{out}");
    assert!(
        err.contains("statements counted over 18 operations"),
        "{err}"
    );

    let Some((status, out, err)) = with(&[]) else {
        return;
    };
    assert_eq!(status, ExitStatus::Success, "{out}{err}");
    assert!(!out.contains(made), "{out}");

    let Some((status, out, err)) = with(&["--bench", ".", "--no-cover"]) else {
        return;
    };
    assert_eq!(status, ExitStatus::Error, "{out}{err}");

    let fails = filter("\tb.Fatal(\"no luck\")\n");
    let args = [
        "--unsafe-fixes",
        "--diff",
        "--bench",
        ".",
        "--benchtime",
        "200x",
    ];
    let Some((status, out, err)) = check_files(&fails, &args) else {
        return;
    };
    assert_eq!(status, ExitStatus::Error, "{out}{err}");
    assert!(err.contains("GP004") && err.contains("no luck"), "{err}");
}

#[test]
fn benchmarks_are_counted_in_a_run_of_their_own() {
    let args = [&EVERY_ALLOCATION[..], &["--all"]].concat();
    let plain = filter("");
    let Some((status, out, err)) = check_files(&plain, &args) else {
        return;
    };
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    // 18 operations of 200 turns, of which 150 append.
    assert!(out.contains("GP102"), "{out}");
    assert!(
        out.contains("ran 2.7k times (its loop turns 200 times, its condition holds in 75%)"),
        "{out}"
    );
    assert!(out.contains("note: never ran"), "{out}");
    assert!(
        out.contains("1 package; statements counted over 18 operations of each\n"),
        "{out}"
    );

    let Some((_, out, _)) = check_files(&plain, &[&args[..], &["--no-cover"]].concat()) else {
        return;
    };
    assert!(!out.contains("GP102"), "{out}");
    assert!(!out.contains(" ran ") && !out.contains("counted"), "{out}");

    // The run that counts fails; the one that is profiled does not.
    let fails = "\tif testing.CoverMode() != \"\" {\n\t\tb.Fatal(\"not counted\")\n\t}\n";
    let Some((status, out, err)) = check_files(&filter(fails), &args) else {
        return;
    };
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    assert!(out.contains("warning[GP004]"), "{out}");
    assert!(
        out.contains(
            "counting statements failed: BenchmarkFilter failed: p_test.go:7: not counted"
        ),
        "{out}"
    );
    assert!(out.contains("counting failed in 1 package"), "{out}");
}
