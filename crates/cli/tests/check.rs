//! `check`, `escape` and `inline` on small modules, as a user runs them. Needs a go command.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use base::System as _;
use cli::{ExitStatus, Output};
use go_tool::testing::Folder;

const STORE: &str = r#"package store

import "fmt"

type Item struct{ ID, Price int }

type Store struct{ items map[int]*Item }

func New() *Store { return &Store{items: make(map[int]*Item)} }

func (s *Store) Put(id, price int) *Item {
	item := &Item{ID: id, Price: price}
	s.items[id%8] = item
	return item
}

func Label(id int) string {
	return fmt.Sprintf("item-%d", id)
}

func Sum(n int) int {
	buf := make([]int, n)
	total := 0
	for i := range buf {
		buf[i] = i
		total += buf[i]
	}
	return total
}
"#;

const BENCH: &str = r#"package store

import "testing"

var sink any
var size = 1000

func BenchmarkPut(b *testing.B) {
	s := New()
	for i := 0; i < b.N; i++ {
		sink = s.Put(i, i)
	}
}

func BenchmarkLabel(b *testing.B) {
	for i := 0; i < b.N; i++ {
		sink = Label(i)
	}
}

func BenchmarkSum(b *testing.B) {
	n := 0
	for i := 0; i < b.N; i++ {
		n += Sum(size)
	}
	sink = n
}

func BenchmarkBroken(b *testing.B) { b.Fatal("broken on purpose") }
"#;

/// A module on disk, and goperf run in it.
struct Module(Folder);

impl Module {
    fn new(files: &[(&str, &str)]) -> Option<Self> {
        let folder = Folder::new("goperf check", files)?;
        folder.write("go.mod", "module shop\n\ngo 1.24\n");
        Some(Self(folder))
    }

    /// Exit status, standard output, standard error; `-C` and `--no-cache` are added.
    fn goperf(&self, args: &[&str]) -> (ExitStatus, String, String) {
        let dir = self.dir().to_string_lossy().into_owned();
        self.run(&[args, &["-C", &dir, "--no-cache"]].concat())
    }

    fn run(&self, args: &[&str]) -> (ExitStatus, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut words = vec!["goperf".into()];
        words.extend(args.iter().map(std::ffi::OsString::from));
        let status = cli::run(words, &self.system, &mut Output::plain(&mut out, &mut err));
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status, text(out), text(err))
    }
}

impl std::ops::Deref for Module {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

/// `line: rule` of every finding of a concise report.
fn findings(out: &str) -> Vec<String> {
    let finding = |line: &str| {
        let mut parts = line.splitn(4, ':');
        let (_, number, rest) = (parts.next()?, parts.next()?, parts.nth(1)?);
        let rule = rest
            .split_whitespace()
            .next()
            .filter(|word| word.starts_with("GP"))?;
        Some(format!("{number}: {rule}"))
    };
    out.lines().filter_map(finding).collect()
}

#[test]
fn benchmarks_rank_the_findings() {
    let Some(module) = Module::new(&[("store.go", STORE), ("store_test.go", BENCH)]) else {
        return;
    };
    let args = [
        "check",
        "./...",
        "--bench",
        "Put|Label|Sum",
        "--benchtime",
        "2000x",
        "--mem-profile-rate",
        "1",
        "--format",
        "concise",
    ];
    let (status, out, err) = module.goperf(&args);
    assert_eq!(status, ExitStatus::Findings, "{err}");
    let found = findings(&out);
    for wanted in ["12: GP610", "18: GP302", "22: GP607"] {
        assert!(
            found.contains(&wanted.to_owned()),
            "{wanted} not in {found:?}\n{out}"
        );
    }
    // 8 kB an iteration outweigh all else.
    assert_eq!(found[0], "22: GP607", "{out}");
    let evidence =
        "3 benchmark results of 1 package; statements counted over 18 operations of each\n";
    assert!(out.contains(evidence), "{out}");
}

#[test]
fn without_evidence_places_are_counted_and_shown_on_demand() {
    let Some(module) = Module::new(&[("store.go", STORE)]) else {
        return;
    };
    let (status, out, _) = module.goperf(&["check"]);
    assert_eq!(status, ExitStatus::Success);
    assert!(out.contains("without evidence"), "{out}");
    let (_, out, _) = module.goperf(&["check", "--select", "GP610"]);
    assert!(out.contains("3 more places may cost too"), "{out}");
    let (status, out, _) =
        module.goperf(&["check", "--all", "--format", "concise", "--select", "GP610"]);
    assert_eq!(status, ExitStatus::Success);
    assert_eq!(
        findings(&out),
        ["9: GP610", "9: GP610", "12: GP610"],
        "{out}"
    );
}

#[test]
fn a_call_that_formats_is_one_finding_with_what_it_puts_into_interfaces() {
    let Some(module) = Module::new(&[("store.go", STORE)]) else {
        return;
    };
    let all = |rules| {
        let args = ["check", "--all", "--format", "concise", "--select", rules];
        findings(&module.goperf(&args).1)
    };
    assert_eq!(all("GP302,GP601"), ["18: GP302"]);
    assert_eq!(all("GP601"), ["18: GP601"]);
}

#[test]
fn what_cannot_run_says_so_with_its_exit_code() {
    let Some(module) = Module::new(&[
        ("store.go", STORE),
        ("store_test.go", BENCH),
        (
            "bad/bad.go",
            "package bad\n\nfunc f() int { return \"x\" }\n",
        ),
        ("junk.pb.gz", "not a profile"),
    ]) else {
        return;
    };
    let run = |args: &[&str]| {
        let (status, out, err) = module.goperf(args);
        (status, out + &err)
    };
    let (status, text) = run(&["check", "./..."]);
    assert_eq!(status, ExitStatus::BrokenCode, "{text}");
    assert!(
        text.contains("GP003") && text.contains("bad.go:3"),
        "{text}"
    );
    for (args, message) in [
        (&["check", "./nowhere/..."][..], "nowhere"),
        (
            &["check", "--bench", "NoSuchBenchmark", "--benchtime", "1x"][..],
            "no benchmark matched `NoSuchBenchmark`",
        ),
        (&["check", "--mem-profile", "junk.pb.gz"][..], "junk.pb.gz"),
        (
            &["check", "--cpu-profile", "absent.pb.gz"][..],
            "absent.pb.gz",
        ),
        (&["check", "--select", "GP9"][..], "no rule `GP9`"),
    ] {
        let (status, text) = run(args);
        assert_eq!(status, ExitStatus::Error, "{args:?}: {text}");
        assert!(text.contains(message), "{args:?}: {text}");
    }
    module.write("docs/readme.txt", "no code");
    module.write("win/w_windows.go", "package win\n");
    for command in ["check", "escape", "inline", "layout"] {
        for (package, message) in [
            ("./docs", "no Go files in "),
            ("./win", "build constraints exclude all Go files in "),
        ] {
            let (status, text) = run(&[command, package]);
            assert_eq!(status, ExitStatus::Error, "{command}: {text}");
            assert!(text.starts_with(&format!("goperf: {message}")), "{text}");
        }
    }
    let (status, text) = run(&["check", "--go", "/no/such/go"]);
    assert_eq!(status, ExitStatus::Error);
    assert!(
        text.contains("no go command found") && text.contains("hint: install"),
        "{text}"
    );
    let (_, text) = run(&["check", "--bench", "Broken|Put", "--benchtime", "10x"]);
    assert!(text.contains("GP004"), "{text}");
}

#[test]
fn places_and_costs_are_listed() {
    let Some(module) = Module::new(&[("store.go", STORE)]) else {
        return;
    };
    let (status, out, err) = module.goperf(&["escape", "--func", "Put|Sum"]);
    assert_eq!(status, ExitStatus::Success, "{err}");
    assert!(
        out.contains("heap          12:10    &Item{ID: id, Price: price}"),
        "{out}"
    );
    assert!(
        out.contains("stack         22:13    make([]int, n)"),
        "{out}"
    );
    // What a constant in an interface points to is read-only data.
    module.write(
        "p/p.go",
        "package p\n\nfunc F(n int) {\n\tif n < 0 {\n\t\tpanic(\"negative\")\n\t}\n\tpanic(n)\n}\n",
    );
    let (_, out, err) = module.goperf(&["escape", "./p"]);
    assert!(
        out.contains("static        5:9      \"negative\"\n"),
        "{out}{err}"
    );
    let (_, out, err) = module.goperf(&["escape", "./p", "--heap"]);
    assert!(out.ends_with("\n1 heap in 1 package\n"), "{out}{err}");
    let (status, out, err) = module.goperf(&["inline", "--format", "json"]);
    assert_eq!(status, ExitStatus::Success, "{err}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["version"], 1);
    let functions = json["packages"][0]["functions"].as_array().unwrap();
    let new = functions
        .iter()
        .find(|function| function["name"] == "New")
        .unwrap();
    assert_eq!(new["inlinable"], true);
}

#[test]
fn inline_why_gives_the_cost_of_each_statement_and_what_would_be_enough() {
    let source = "package m\n\nvar hook func(int)\n\nfunc F(xs []int) {\n\tfor _, x := range xs {\n\t\thook(x)\n\t}\n\t\
                  if len(xs) > 3 {\n\t\thook(len(xs))\n\t}\n}\n";
    let Some(module) = Module::new(&[("m.go", source)]) else {
        return;
    };
    let (status, out, err) = module.goperf(&["inline", "--why", "--func", "^F$"]);
    assert_eq!(status, ExitStatus::Success, "{err}");
    let (head, rest) = out.split_once('\n').unwrap();
    assert!(
        head.starts_with("F  ") && head.ends_with("m.go:5"),
        "{head}"
    );
    let expected = "  cost 132, budget 80: 52 too much
      6    66  for _, x := range xs {
      7    60    hook(x)
      9    66  if len(xs) > 3 {
     10    61    hook(len(xs))
  without the statement on line 7 (60): cost 72
  without the statement on line 10 (61): cost 71

";
    assert_eq!(rest, expected);
    let (_, out, err) = module.goperf(&["inline", "--why", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect(&err);
    assert_eq!(json["functions"][0]["cost"], 132, "{out}");
    assert_eq!(json["functions"][0]["remedies"][0]["line"], 7, "{out}");
}

#[test]
fn a_diff_names_what_is_new_on_the_heap() {
    let Some(module) = Module::new(&[("store.go", STORE)]) else {
        return;
    };
    module.git(&["init", "-q", "."]);
    module.git(&["add", "."]);
    module.git(&["commit", "-q", "-m", "one"]);
    let (status, out, err) = module.goperf(&["escape", "--diff", "HEAD"]);
    assert_eq!(status, ExitStatus::Success, "{out}{err}");
    // Lines move and one value starts to escape.
    let changed = STORE
        .replace("func Sum", "var kept []int\n\nfunc Sum")
        .replace("return total", "kept = buf\n\treturn total");
    module.write("store.go", &changed);
    let (status, out, err) = module.goperf(&["escape", "--diff", "HEAD"]);
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    assert!(out.contains("`make([]int, n)` is now on the heap"), "{out}");
    assert!(
        out.contains("1 change against") && out.contains("1 for the worse"),
        "{out}"
    );
    let (_, out, err) = module.goperf(&["escape", "--diff", "HEAD", "--format", "github"]);
    assert!(
        out.starts_with("::warning file=store.go,line=24,col=13,title=GP690 new-heap-value::`Sum`: `make([]int, n)`"),
        "{out}{err}"
    );
    let (status, _, err) = module.goperf(&["escape", "--format", "github"]);
    assert_eq!(status, ExitStatus::Error);
    assert!(err.contains("needs `--diff REV`"), "{err}");
    let (status, _, err) = module.goperf(&["escape", "--diff", "nosuchrevision"]);
    assert_eq!(status, ExitStatus::Error);
    assert!(err.contains("nosuchrevision"), "{err}");
}

/// A function that is no longer inlined allocates where its caller did it before.
#[test]
fn a_diff_names_changes_of_inlining_as_the_cause() {
    let source = "package p\n\ntype L struct{ n int }\n\nfunc (l *L) clone() *L {\n\tc := *l\n\treturn &c\n}\n\nfunc Named(l *L) *L {\n\treturn l.clone()\n}\n\nfunc Local(l *L) int {\n\treturn l.clone().n\n}\n";
    let Some(module) = Module::new(&[("sub/p.go", source)]) else {
        return;
    };
    module.git(&["init", "-q", "."]);
    module.git(&["add", "."]);
    module.git(&["commit", "-q", "-m", "one"]);
    let changed = source.replace("\tc :=", "\tdefer func() { _ = l.n }()\n\tc :=");
    module.write("sub/p.go", &changed);
    module.write(
        "new/q.go",
        "package q\n\nfunc New() *int { return new(int) }\n",
    );
    let (status, out, err) = module.goperf(&["escape", "./...", "--diff", "HEAD"]);
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    assert!(!out.contains("goperf-rev-"), "{out}");
    for wanted in [
        "sub/p.go:16:16: `c` of `(*L).clone` is now on the heap\n         the call of `(*L).clone` is no longer inlined: it contains `defer`",
        "sub/p.go:12:16: `c` of `(*L).clone` is still on the heap\n",
        "new/q.go:3:29: `new(int)` is now on the heap",
        "2 changes against",
    ] {
        assert!(out.contains(wanted), "{wanted} not in {out}");
    }
    let (status, out, err) =
        module.goperf(&["inline", "./sub", "--diff", "HEAD", "--format", "json"]);
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["version"], 1);
    let first = &json["changes"][0];
    assert_eq!(first["kind"], "no_longer_inlinable");
    assert_eq!(first["location"]["line"], 5);
    module.write("sub/p.go", source);
    let (status, out, _) = module.goperf(&["escape", "./sub", "./new", "--diff", "HEAD"]);
    assert_eq!(status, ExitStatus::Findings);
    assert!(out.contains("1 change against"), "{out}");
}

#[test]
fn sources_of_the_standard_library_have_short_names_that_are_understood() {
    let Some(module) = Module::new(&[]) else {
        return;
    };
    let (status, out, err) = module.goperf(&["escape", "errors", "--func", "^New$"]);
    assert_eq!(status, ExitStatus::Success, "{err}");
    let place = out.split_whitespace().nth(1).unwrap();
    assert!(place.starts_with("$GOROOT/src/errors/errors.go:"), "{out}");
    let (status, out, err) = module.run(&["explain", place, "--no-cache"]);
    assert_eq!(status, ExitStatus::Success, "{err}");
    let first = format!("{place}: func New(text string) error {{\nin New ");
    assert!(out.starts_with(&first), "{out}");
}

#[test]
fn a_place_is_explained_with_the_calls_it_was_inlined_through() {
    let source = "package p\n\nvar sink *int\n\nfunc mk() *int {\n\tn := 1\n\treturn &n\n}\n\nfunc F() {\n\tsink = mk()\n}\n";
    let Some(module) = Module::new(&[("p.go", source)]) else {
        return;
    };
    let place = format!("{}:11", module.dir().join("p.go").display());
    let (status, out, err) = module.run(&["explain", &place, "--no-cache"]);
    assert_eq!(status, ExitStatus::Success, "{err}");
    assert!(out.contains("in F (line 10) of shop"), "{out}");
    assert!(out.contains("the call of `mk` is inlined"), "{out}");
    assert!(
        out.contains("variable `n` of inlined `mk` is on the heap") && out.contains("p.go:6:2\n"),
        "{out}"
    );
}

#[test]
fn every_line_is_explained() {
    let source = "package p\n\ntype L struct{ n int }\n\nfunc (l *L) clone() *L {\n\tc := *l\n\n\treturn &c\n}\n\nfunc NewT[K comparable]() *map[K]int {\n\treturn &map[K]int{}\n}\n\nvar T = NewT[string]()\n";
    let Some(module) = Module::new(&[
        ("p.go", source),
        ("p_windows.go", "package p\n\nvar W = 1\n"),
    ]) else {
        return;
    };
    let explain = |place: &str| {
        let place = module
            .dir()
            .join("sub/..")
            .join(place)
            .display()
            .to_string();
        let (status, out, err) = module.run(&["explain", &place, "--no-cache"]);
        assert_eq!(status, ExitStatus::Success, "{out}{err}");
        out
    };
    let returned = explain("p.go:8");
    assert!(
        returned.contains("returned here, which is why variable `c` (line 6) is on the heap"),
        "{returned}"
    );
    let empty = explain("p.go:7");
    assert!(
        empty.contains("nothing is decided on this line; the nearest is line 6:\n      variable `c` is on the heap"),
        "{empty}"
    );
    let generic = explain("p.go:12");
    assert!(
        generic.contains("`&map[K]int{}` is on the heap"),
        "{generic}"
    );
    for out in [
        returned,
        empty,
        generic,
        explain("p.go:11"),
        explain("p.go:15"),
    ] {
        assert!(!out.contains("go.shape") && !out.contains("~r"), "{out}");
    }
    assert!(explain("p_windows.go:3").contains("not part of this build"));
    let (status, out, _) = module.run(&["explain", "gp61"]);
    assert_eq!(status, ExitStatus::Success);
    let ids: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(ids, ["GP610", "GP611", "GP612"]);
    let (status, out, _) = module.run(&["explain", "GP690"]);
    assert_eq!(status, ExitStatus::Success);
    assert!(out.starts_with("# GP690 new-heap-value\n"), "{out}");
}

/// A gate: what was found before is silent, what is new fails.
#[test]
fn a_check_against_a_revision_reports_only_what_is_new() {
    let Some(module) = Module::new(&[("store.go", STORE)]) else {
        return;
    };
    module.git(&["init", "-q", "."]);
    module.git(&["add", "."]);
    module.git(&["commit", "-q", "-m", "one"]);
    let diff = |module: &Module| {
        let args = ["check", "--diff", "HEAD", "--all", "--format", "concise"];
        module.goperf(&args)
    };
    module.write(
        "store.go",
        &STORE.replace("func Sum", "// Sum adds.\nfunc Sum"),
    );
    let (status, out, err) = diff(&module);
    assert_eq!(status, ExitStatus::Success, "{out}{err}");
    assert_eq!(findings(&out), [""; 0], "{out}");
    assert!(err.contains("findings known before"), "{err}");
    let worse = STORE.to_owned() + "\nvar kept *Item\n\nfunc Keep() { kept = &Item{ID: 1} }\n";
    module.write("store.go", &worse);
    let (status, out, err) = diff(&module);
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    assert_eq!(findings(&out), ["33: GP690"], "{out}");
}

/// Settings of the module decide what is looked for; a key that is not known is an error.
#[test]
fn settings_of_the_module_hold_unless_flags_say_otherwise() {
    let Some(module) = Module::new(&[("store.go", STORE)]) else {
        return;
    };
    module.write("goperf.toml", "ignore = [\"GP302\"]\ntop = 3\n");
    let (status, out, err) = module.goperf(&["check", "--all", "--format", "concise"]);
    assert_eq!(status, ExitStatus::Success, "{err}");
    assert!(out.contains("GP607") && !out.contains("GP302"), "{out}");
    let named = ["check", "--select", "GP302", "--format", "concise"];
    assert!(module.goperf(&named).1.contains("GP302"));
    let (_, shown, _) = module.goperf(&["check", "--show-config", "--min-score", "2"]);
    assert!(
        shown.contains("\ntop = 3\n") && shown.contains("\nmin-score = 2.0\n"),
        "{shown}"
    );
    module.write(
        "goperf.toml",
        "[per-file-ignores]\n\"store.go\" = [\"GP\"]\n",
    );
    let (_, out, _) = module.goperf(&["check", "--all", "--format", "concise"]);
    assert!(out.starts_with("0 findings"), "{out}");
    module.write("goperf.toml", "ingore = []\n");
    let (status, _, err) = module.goperf(&["check"]);
    assert_eq!(status, ExitStatus::Error);
    assert!(
        err.contains("goperf.toml:1:1: unknown key `ingore`; did you mean `ignore`?"),
        "{err}"
    );
    assert_eq!(
        module.goperf(&["check", "--no-config"]).0,
        ExitStatus::Success
    );
}

/// A baseline hides what is known, wherever it moves, and is pruned of what was looked for and is gone.
#[test]
fn a_baseline_hides_what_is_known() {
    let Some(module) = Module::new(&[("store.go", STORE)]) else {
        return;
    };
    let path = module
        .dir()
        .join("known.json")
        .to_string_lossy()
        .into_owned();
    let write = format!("--write-baseline={path}");
    let (status, out, err) = module.goperf(&["check", "--all", &write]);
    assert_eq!(status, ExitStatus::Success, "{err}");
    assert!(out.starts_with("wrote "), "{out}");
    let moved = STORE.replace("type Item", "// An item.\n\ntype Item");
    let more =
        format!("{moved}\nfunc More(n int) string {{\n\treturn fmt.Sprintf(\"more-%d\", n)\n}}\n");
    module.write("store.go", &more);
    let report = module
        .dir()
        .join("agent.txt")
        .to_string_lossy()
        .into_owned();
    let args = ["check", "--all", "--format", "concise", "--baseline", &path];
    let output = format!("agent={report}");
    let (_, out, _) = module.goperf(&[&args[..], &["--output", &output]].concat());
    assert!(
        out.contains("more-%d") && out.contains("1 finding in"),
        "{out}"
    );
    let agent = module.system.read_to_string(report.as_ref()).unwrap();
    assert!(
        agent.contains("| help: ") && agent.contains("| fix: safe\n"),
        "{agent}"
    );
    module.write("store.go", "package store\n");
    let prune = ["check", "--baseline", &path, "--prune-baseline"];
    let (_, out, _) = module.goperf(&[&prune[..], &["--select", "GP302", "--all"]].concat());
    assert!(out.starts_with("took 1 finding out of "), "{out}");
}
