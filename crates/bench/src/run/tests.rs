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

/// The events of a run whose binary prints and ends like this, and how it is judged.
fn story(output: ProcessOutput) -> String {
    let system =
        MemorySystem::default().with_process(Box::new(move |_: &Command| Ok(output.clone())));
    let mut story = String::new();
    let mut note = |event: Event<'_>| {
        let _ = match event {
            Event::Started { package } => writeln!(story, "started {package}"),
            Event::Running { benchmark, .. } => writeln!(story, "running {benchmark}"),
            Event::Result { result, .. } => writeln!(
                story,
                "result {} {} {:.0?} ns",
                result.name,
                result.iterations,
                result.value("sec/op").map(|value| value * 1e9)
            ),
            // As in the text of the run.
            Event::Line { .. } => Ok(()),
            Event::Output { line, .. } => writeln!(story, "output {line}"),
            Event::Finished(run) => writeln!(story, "finished {:?}", run.outcome),
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
    story
}

#[test]
fn results_are_told_as_they_come() {
    let output = ProcessOutput {
        stderr: b"a warning".to_vec(),
        ..exited(
            0,
            "goos: linux\npkg: m/p\nBenchmarkA\nBenchmarkA-2   \t     100\t       50.0 ns/op\n\
             BenchmarkB\nhello\nBenchmarkB-2 \t 7\t 2 ns/op\nPASS\n",
        )
    };
    insta::assert_snapshot!(story(output), @r"
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
fn nothing_matching_is_told_apart_from_success() {
    insta::assert_snapshot!(story(exited(0, "PASS\n")), @r"
    started m/p
    finished NoBenchmarks
    ");
}

#[test]
fn failures_panics_and_hangs_are_data() {
    let failed = "BenchmarkA\n    a_test.go:3: no\n--- FAIL: BenchmarkA\nFAIL\n";
    insta::assert_snapshot!(story(exited(1, failed)), @r#"
    started m/p
    running BenchmarkA
    output     a_test.go:3: no
    output --- FAIL: BenchmarkA
    finished Failed { message: "BenchmarkA failed" }
    "#);
    let panicked = ProcessOutput {
        stderr: b"panic: boom\n\ngoroutine 1 [running]:\n".to_vec(),
        ..exited(2, "BenchmarkA\n")
    };
    insta::assert_snapshot!(story(panicked).lines().last().unwrap(), @r#"finished Panicked { message: "panic: boom", benchmark: Some("BenchmarkA") }"#);
    let killed = ProcessOutput {
        exit: Exit::TimedOut,
        ..exited(0, "BenchmarkA\n")
    };
    insta::assert_snapshot!(story(killed).lines().last().unwrap(), @r#"finished TimedOut { benchmark: Some("BenchmarkA") }"#);
    let refused = ProcessOutput {
        stderr: b"invalid value \"10\" for flag -test.benchtime\nUsage\n".to_vec(),
        ..exited(2, "")
    };
    insta::assert_snapshot!(story(refused).lines().last().unwrap(), @r#"finished Failed { message: "invalid value \"10\" for flag -test.benchtime" }"#);
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
        matches!(&runs[0].outcome, RunOutcome::Failed { message } if message.contains("p.test"))
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
    assert_eq!(failed.failed, ["BenchmarkFails"]);
    assert!(failed.output.iter().any(|line| line.contains("on purpose")));
    let panicked = one("Panics", None).outcome;
    assert!(matches!(panicked, RunOutcome::Panicked { message, .. } if message == "panic: boom"));
    let hanging = one("Hangs", Some(Duration::from_millis(300))).outcome;
    let benchmark = Some("BenchmarkHangs".to_owned());
    assert_eq!(hanging, RunOutcome::TimedOut { benchmark });
    let left = system.read_dir(dir.path()).unwrap();
    assert_eq!(left.len(), 2, "{left:?}");
}
