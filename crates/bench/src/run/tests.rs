use std::fmt::Write as _;
use std::path::PathBuf;

use super::*;
use base::system::{OsSystem, ProcessOutput};
use base::testing::{MemorySystem, exited};
use go_tool::{GoTool, ListOptions, TestBuild};

fn binary() -> TestBinary {
    TestBinary {
        package: "m/p".to_owned(),
        path: "/t/p.test".into(),
        dir: "/m/p".into(),
    }
}

/// A machine on which the binary prints and ends like this, and has nothing left after that.
fn machine(output: ProcessOutput) -> MemorySystem {
    MemorySystem::default().with_process(Box::new(move |command: &Command| {
        let leaves_out =
            |arg: &std::ffi::OsString| arg.to_string_lossy().starts_with("-test.skip=");
        if command.args.iter().any(leaves_out) {
            return Ok(exited(0, "PASS\n"));
        }
        Ok(output.clone())
    }))
}

/// The events of a run whose binary prints and ends like this.
fn events_of(output: ProcessOutput) -> String {
    let system = machine(output);
    let mut events = String::new();
    let mut note = |event: Event<'_>| {
        let _ = match event {
            Event::Started { package } => writeln!(events, "started {package}"),
            Event::Running { benchmark, .. } => writeln!(events, "running {benchmark}"),
            Event::Result { result, .. } => writeln!(
                events,
                "result {} {} {:.0?} ns",
                result.name,
                result.iterations,
                result.value("sec/op").map(|value| value * 1e9)
            ),
            // As in the text of the run.
            Event::Line { .. } => Ok(()),
            Event::Output { line, .. } => writeln!(events, "output {line}"),
            Event::Finished(run) => writeln!(events, "finished {:?}", run.outcome),
        };
    };
    run(
        &system,
        &Cancellation::default(),
        &[binary()],
        &RunOptions::default(),
        &mut note,
    )
    .unwrap();
    events
}

#[test]
fn results_are_reported_while_the_binary_runs() {
    let output = ProcessOutput {
        stderr: b"a warning".to_vec(),
        ..exited(
            0,
            "goos: linux\npkg: m/p\nBenchmarkA\nBenchmarkA-2   \t     100\t       50.0 ns/op\n\
             BenchmarkB\nhello\nBenchmarkB-2 \t 7\t 2 ns/op\nPASS\n",
        )
    };
    insta::assert_snapshot!(events_of(output), @r"
    started m/p
    running BenchmarkA
    result A-2 100 Some(50) ns
    running BenchmarkB
    output hello
    result B-2 7 Some(2) ns
    output a warning
    finished Passed
    ");
}

#[test]
fn nothing_matching_differs_from_success() {
    insta::assert_snapshot!(events_of(exited(0, "PASS\n")), @r"
    started m/p
    finished NoBenchmarks
    ");
}

/// The run of a binary that prints this on its two streams and ends like this.
fn run_of(stdout: &str, stderr: &str, exit: Exit) -> PackageRun {
    let output = ProcessOutput {
        stderr: stderr.as_bytes().to_vec(),
        exit,
        ..exited(0, stdout)
    };
    let system = machine(output);
    let options = RunOptions::default();
    let cancel = Cancellation::default();
    let mut runs = run(&system, &cancel, &[binary()], &options, &mut |_| {}).unwrap();
    runs.remove(0)
}

/// Message, location and details of the problem of such a run.
fn problem_of(stdout: &str, stderr: &str, exit: Exit) -> String {
    let Some(problem) = run_of(stdout, stderr, exit).problem() else {
        return "none".to_owned();
    };
    let location = (problem.location).map_or(String::new(), |(file, line)| {
        format!(" at {}:{line}", file.display())
    });
    let details: Vec<String> = (problem.details.iter())
        .map(|line| format!("\n  {line}").trim_end().to_owned())
        .collect();
    format!("{}{location}{}", problem.message, details.concat())
}

#[test]
fn a_failure_is_explained_by_its_own_log() {
    let failed = "BenchmarkA\n    a_test.go:3: first\n    a_test.go:4: no\n        second line\n\
        --- FAIL: BenchmarkA\nBenchmarkB\n    a_test.go:9: no database\n--- SKIP: BenchmarkB\nFAIL\n";
    insta::assert_snapshot!(problem_of(failed, "", Exit::Code(1)), @r"
    BenchmarkA failed: a_test.go:4: no at /m/p/a_test.go:4
      --- FAIL: BenchmarkA
          a_test.go:3: first
          a_test.go:4: no
              second line
    ");
    let without_v = "BenchmarkA  \t--- FAIL: BenchmarkA\n    a_test.go:3: no\nFAIL\n";
    insta::assert_snapshot!(problem_of(without_v, "", Exit::Code(1)), @r"
    BenchmarkA failed: a_test.go:3: no at /m/p/a_test.go:3
      --- FAIL: BenchmarkA
          a_test.go:3: no
    ");
    // The parent of a failed benchmark fails without a word of its own.
    let sub = "BenchmarkA\nBenchmarkA/x\n    a_test.go:3: no\n--- FAIL: BenchmarkA/x\nBenchmarkA/y\n\
        BenchmarkA/y-2 \t 100\t 9 ns/op\n--- FAIL: BenchmarkA\nFAIL\n";
    insta::assert_snapshot!(problem_of(sub, "", Exit::Code(1)), @r"
    BenchmarkA/x failed: a_test.go:3: no at /m/p/a_test.go:3
      --- FAIL: BenchmarkA/x
          a_test.go:3: no
    ");
}

#[test]
fn a_panic_is_explained_by_its_own_words() {
    let trace = "a warning\npanic: boom [recovered]\n\tpanic: again\n\ngoroutine 7 [running]:\n\
        m/q.F()\n\t/m/q/q.go:3 +0x1\nm/p.BenchmarkA(0x1)\n\t/m/p/a_test.go:8 +0x25\n";
    insta::assert_snapshot!(problem_of("BenchmarkA\n", trace, Exit::Code(2)), @r"
    BenchmarkA ended with panic: boom [recovered] at /m/p/a_test.go:8
      panic: boom [recovered]
      	panic: again
      goroutine 7 [running]:
      m/q.F()
      	/m/q/q.go:3 +0x1
      m/p.BenchmarkA(0x1)
      	/m/p/a_test.go:8 +0x25
    ");
    // The benchmark's own words are not the runtime's.
    let printed = "BenchmarkA\n    a_test.go:3: no\n--- FAIL: BenchmarkA\nFAIL\n";
    let run = run_of(printed, "panic: not really\n", Exit::Code(1));
    assert_eq!(run.outcome, RunOutcome::BenchmarksFailed);
    let killed = problem_of("BenchmarkA\n", "", Exit::Signal(9));
    assert_eq!(killed, "BenchmarkA was killed by signal 9");
}

#[test]
fn what_else_ends_a_run_is_explained() {
    insta::assert_snapshot!(problem_of("BenchmarkA\n", "", Exit::TimedOut), @"BenchmarkA did not end within the time limit");
    insta::assert_snapshot!(
        problem_of("BenchmarkA\nbye\n", "no database\n", Exit::Code(3)),
        @r"
    BenchmarkA ended the program: exit status 3: no database
      bye
      no database
    "
    );
    insta::assert_snapshot!(
        problem_of("", "invalid value \"10\" for flag -test.count: x\nUsage\n", Exit::Code(2)),
        @r#"invalid value "10" for flag -test.count: x"#
    );
    insta::assert_snapshot!(
        problem_of("BenchmarkA\n    a_test.go:3: no db\n--- SKIP: BenchmarkA\nPASS\n", "", Exit::Code(0)),
        @r"
    BenchmarkA was skipped: a_test.go:3: no db
      --- SKIP: BenchmarkA
          a_test.go:3: no db
    "
    );
    insta::assert_snapshot!(
        problem_of("BenchmarkA\nBenchmarkA-2 \t 0\t NaN ns/op\nPASS\n", "", Exit::Code(0)),
        @"`BenchmarkA-2 0 NaN ns/op` is not a result"
    );
}

#[test]
fn a_binary_that_cannot_start_is_data() {
    let events = &mut |_: Event<'_>| {};
    let system = MemorySystem::default();
    let cancel = Cancellation::default();
    let runs = run(
        &system,
        &cancel,
        &[binary()],
        &RunOptions::default(),
        events,
    )
    .unwrap();
    assert!(
        matches!(&runs[0].outcome, RunOutcome::Failed { message, .. } if message.contains("p.test"))
    );
    cancel.cancel();
    assert!(matches!(
        run(
            &system,
            &cancel,
            &[binary()],
            &RunOptions::default(),
            events
        ),
        Err(RunError::Cancelled(_))
    ));
}

#[test]
fn options_become_flags() {
    let options = RunOptions {
        bench: "A/b".to_owned(),
        benchtime: Some("10x".to_owned()),
        count: Some(3),
        cpu: Some("1,2".to_owned()),
        benchmem: true,
        timeout: Some(Duration::from_millis(1500)),
        cpu_profile: true,
        mem_profile: true,
        memprofilerate: Some(1),
        count_instructions: false,
        env: Vec::new(),
        args: vec!["-test.short".to_owned()],
    };
    let command = command(&binary(), &options, Path::new("/tmp/x"));
    insta::assert_snapshot!(command.line(), @"/t/p.test -test.run=^$ -test.paniconexit0 -test.v -test.bench=A/b -test.benchtime=10x -test.count=3 -test.cpu=1,2 -test.benchmem=true -test.cpuprofile=/tmp/x/cpu.pprof -test.memprofile=/tmp/x/mem.pprof -test.memprofilerate=1 -test.short");
    assert_eq!(command.current_dir, Some(PathBuf::from("/m/p")));
    assert_eq!(command.timeout, options.timeout);
}

const BENCHMARKS: &str = r#"package p

import (
	"fmt"
	"os"
	"testing"
)

var sink []byte

func BenchmarkAlloc(b *testing.B) {
	for b.Loop() {
		sink = make([]byte, 100)
	}
}

func BenchmarkPrint(b *testing.B) {
	for b.Loop() {
		fmt.Print("no newline")
		fmt.Fprintln(os.Stderr, "to stderr")
	}
}

func BenchmarkFails(b *testing.B) { b.Fatal("on purpose") }

func BenchmarkPanics(b *testing.B) { panic("boom") }

func BenchmarkHangs(b *testing.B) { select {} }

func BenchmarkParts(b *testing.B) {
	b.Run("good", BenchmarkAlloc)
	b.Run("bad.1", BenchmarkPanics)
	b.Run("last", BenchmarkAlloc)
	os.Exit(7)
}

func BenchmarkZ(b *testing.B) { BenchmarkAlloc(b) }
"#;

#[test]
fn real_benchmarks_run_with_profiles() {
    let system = OsSystem::default();
    let go = match GoTool::find(&system, None) {
        Ok(go) => go,
        Err(error) => return base::testing::skipped(&format!("running benchmarks: {error}")),
    };
    let dir = system.temp_dir("goperf-test-").unwrap();
    let write = |name: &str, text: &str| {
        system
            .write(&dir.path().join(name), text.as_bytes())
            .unwrap();
    };
    write("go.mod", "module example.com/p\n\ngo 1.24\n");
    write("p_test.go", BENCHMARKS);
    let cancel = Cancellation::default();
    let list = ListOptions {
        dir: dir.path().to_owned(),
        ..ListOptions::default()
    };
    let listing = go_tool::list(&go, &system, &cancel, &list).unwrap();
    let packages = with_benchmarks(&system, &listing, &listing.roots);
    let out = system.temp_dir("goperf-test-").unwrap();
    let built = go_tool::build_tests(
        &go,
        &system,
        &cancel,
        &list,
        &listing,
        &packages,
        out.path(),
    );
    let Some(TestBuild::Binary(binary)) = built.unwrap().pop() else {
        panic!("not built");
    };
    let one = |bench: &str, timeout| {
        let options = RunOptions {
            bench: bench.to_owned(),
            benchtime: Some("20x".to_owned()),
            count: Some(2),
            benchmem: true,
            cpu_profile: true,
            mem_profile: true,
            memprofilerate: Some(1),
            timeout,
            ..RunOptions::default()
        };
        let binaries = std::slice::from_ref(&binary);
        run(&system, &cancel, binaries, &options, &mut |_| {})
            .unwrap()
            .remove(0)
    };
    let good = one("Alloc|Print", None);
    assert_eq!(good.outcome, RunOutcome::Passed, "{good:?}");
    let names: Vec<&str> = (good.results.iter())
        .map(|result| result.name.split('-').next().unwrap())
        .collect();
    assert_eq!(names, ["Alloc", "Alloc", "Print", "Print"]);
    assert_eq!(good.results[0].value("allocs/op"), Some(1.0));
    assert_eq!(good.results[0].config("pkg"), Some("example.com/p"));
    // Both are gzip.
    for profile in [&good.cpu_profile, &good.mem_profile] {
        assert_eq!(profile.as_ref().unwrap()[..2], [0x1f, 0x8b]);
    }
    assert_eq!(one("Nothing", None).outcome, RunOutcome::NoBenchmarks);
    let failed = one("Fails", None);
    let found = failed.problem().unwrap();
    assert_eq!(
        found.message,
        "BenchmarkFails failed: p_test.go:24: on purpose"
    );
    assert_eq!(found.location, Some((dir.path().join("p_test.go"), 24)));
    let panicked = one("Panics", None).problem().unwrap();
    assert_eq!(panicked.message, "BenchmarkPanics ended with panic: boom");
    assert_eq!(panicked.location, Some((dir.path().join("p_test.go"), 26)));
    let rest = one("Alloc|Panics|Parts|Z", None);
    let names: Vec<&str> = (rest.results.iter())
        .map(|result| result.name.split('-').next().unwrap())
        .collect();
    let twice = [
        "Alloc",
        "Alloc",
        "Parts/good",
        "Parts/good",
        "Parts/last",
        "Parts/last",
        "Z",
        "Z",
    ];
    assert_eq!(names, twice);
    assert_eq!(rest.problem().unwrap().message, panicked.message);
    let further: Vec<&str> = (rest.further_problems.iter())
        .map(|problem| problem.message.as_str())
        .collect();
    let bad = "BenchmarkParts/bad.1 ended with panic: boom";
    assert_eq!(further, [bad, "exit status 7"]);
    assert!(rest.mem_profile.is_some());
    let hanging = one("Hangs", Some(Duration::from_millis(300))).outcome;
    let benchmark = Some("BenchmarkHangs".to_owned());
    assert_eq!(hanging, RunOutcome::TimedOut { benchmark });
    let left = system.read_dir(dir.path()).unwrap();
    assert_eq!(left.len(), 2, "{left:?}");
}
