//! Reading the compiler's log and writing it back.

use std::fmt::Write as _;

use gc::{Decisions, Kind, LogProblemKind, Position, read_log};

/// One line of every kind, as the compilers from Go 1.24 to 1.27 print them.
const CATALOGUE: &str = include_str!("data/catalogue.log");

fn read(log: &str) -> Decisions {
    let (decisions, problems) = read_log(log.as_bytes(), &[]);
    assert_eq!(problems, [], "{log}");
    decisions
}

#[test]
fn every_kind_is_read_and_written_back() {
    let decisions = read(CATALOGUE);
    assert_eq!(String::from_utf8(decisions.write_log()).unwrap(), CATALOGUE);
    let mut kinds = String::new();
    for (_, decision) in decisions.iter() {
        let kind = format!("{:?}", decision.kind);
        let name = kind.split(' ').next().unwrap_or_default();
        let subject = decisions.text(decision.subject);
        writeln!(kinds, "{name}: {subject}").unwrap();
    }
    insta::assert_snapshot!(kinds, @r#"
    CanInline: add
    CanInline: add
    CannotInline: slow
    CannotInline: guarded
    CannotInline: Keep[go.shape.struct { X int "json: x" }]
    InliningCall: add
    InliningCall: add
    RecursiveCycle: ping
    BigFunction: huge
    Devirtualizing: w.Write
    Devirtualizing: w.Write
    CannotDevirtualize: r.Read(p)
    CannotDevirtualize: r.Read(p)
    PgoDevirtualizing: w.Write
    PgoDevirtualizing: f
    ShouldNotPgoDevirtualize: add
    ImpreciseInterfaceCall: 
    KeptAlive: x
    KeptAlive: function result
    KeptAlive: function results
    KeptAlive: function arg
    KeptAlive: dereference
    UnknownToBloop: 
    UnknownAssignmentToBloop: 
    SkipsInliningInLoop: for loop
    MovedToHeap: x
    MovedToHeap: #next
    EscapesToHeap: &T{...}
    DoesNotEscape: "a: b" + s
    NotAllowedInRuntime: p
    LeakingParam: p
    LeakingParamContent: p
    LeakingParamToResult: p
    AssumingUnsafeUintptr: p
    MarkingEscapingUintptr: p
    MarkingEscapingUintptr: p
    ZeroCopyConversion: 
    SelfAssignment: t.buf = t.buf[1:]
    Capturing: n
    Capturing: n
    BoundsCheckElided: 
    LoopVariable: i
    LoopVariable: i
    LoopModified: 
    LoopModified:
    "#);
}

#[test]
fn lines_that_are_not_understood_are_reported_and_kept() {
    let log = "a.go:1:6: can inline f\nsomething new\n# p\na.go:2:3:   flow: x ← y:\n\na.go:4:5: moved to heap: x";
    let (decisions, problems) = read_log(log.as_bytes(), &[]);
    let problems: Vec<_> = problems
        .iter()
        .map(|problem| (problem.line, problem.kind, problem.text.as_str()))
        .collect();
    assert_eq!(
        problems,
        [
            (2, LogProblemKind::UnknownMessage, "something new"),
            (3, LogProblemKind::UnknownMessage, "# p"),
            (4, LogProblemKind::StrayStep, "a.go:2:3:   flow: x ← y:"),
            (5, LogProblemKind::UnknownMessage, ""),
        ]
    );
    assert_eq!(decisions.len(), 2);
    assert_eq!(decisions.write_log(), log.as_bytes());
}

#[test]
fn bytes_that_are_no_text_are_kept() {
    let log = b"a.go:1:6: can inline f\n\xff\xfe: moved to heap: x\n";
    let (decisions, problems) = read_log(log, &[]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].kind, LogProblemKind::InvalidUtf8);
    assert_eq!(decisions.write_log(), log);
}

#[test]
fn shortened_paths_are_written_out() {
    let log = "./a.go:1:6: can inline f\n$R/b/c.go:2:3: moved to heap: x\n$R/b.go:2:3: moved to heap: y\n";
    let (decisions, _) = read_log(
        log.as_bytes(),
        &[("./", "/m/"), ("$R/", "/go/src/"), ("$R/b/", "/other/")],
    );
    let paths: Vec<&str> = decisions.files().map(|(_, path)| path).collect();
    assert_eq!(paths, ["/m/a.go", "/other/c.go", "/go/src/b.go"]);
    assert_eq!(decisions.write_log(), log.as_bytes());
}

#[test]
fn explanations_meet_their_decisions() {
    let log = "\
a.go:3:8: p escapes to heap in f:
a.go:3:8:   flow: {heap} ← &p:
a.go:9:12: append(xs, x) escapes to heap in f:
a.go:3:8: parameter q leaks to {heap} for f with derefs=1:
a.go:3:8: parameter q leaks to ~r0 for f with derefs=0:
a.go:5:7: func literal escapes to heap in f:
a.go:3:8: leaking param content: q
a.go:3:8: leaking param: q to result ~r0 level=0
a.go:3:8: moved to heap: p
a.go:9:12: append escapes to heap
a.go:9:12: append escapes to heap
";
    let decisions = read(log);
    let mut attached = String::new();
    for (id, decision) in decisions.iter() {
        writeln!(attached, "{}", decisions.message(decision)).unwrap();
        for explanation in decisions.why(id) {
            let lines = decisions.lines(explanation).to_string();
            writeln!(attached, "    {}", lines.lines().next().unwrap_or_default()).unwrap();
        }
    }
    insta::assert_snapshot!(attached, @"
    leaking param content: q
        a.go:3:8: parameter q leaks to {heap} for f with derefs=1:
    leaking param: q to result ~r0 level=0
        a.go:3:8: parameter q leaks to ~r0 for f with derefs=0:
    moved to heap: p
        a.go:3:8: p escapes to heap in f:
    append escapes to heap
        a.go:9:12: append(xs, x) escapes to heap in f:
    append escapes to heap
    ");
}

#[test]
fn positions_unknown_to_the_compiler_are_zero() {
    let log = "a.go:300: moved to heap: x\n<autogenerated>:1: inlining call to f\nmoved to heap: #next\n<unknown line number>: can inline g\n";
    let decisions = read(log);
    let positions: Vec<(&str, u32, u32)> = decisions
        .iter()
        .map(|(_, decision)| {
            let Position { file, line, col } = decision.position;
            (decisions.path(file), line, col)
        })
        .collect();
    assert_eq!(
        positions,
        [
            ("a.go", 300, 0),
            ("<autogenerated>", 1, 0),
            ("", 0, 0),
            ("<unknown line number>", 0, 0),
        ]
    );
    assert_eq!(decisions.write_log(), log.as_bytes());
}

#[test]
fn variables_named_like_words_of_the_catalogue_are_variables() {
    for name in [
        "parameter",
        "function",
        "marking",
        "assuming",
        "leaking",
        "devirtualizing",
        "range",
        "for",
        "inlining",
        "cannot",
        "dereference",
        "expr",
    ] {
        let log = format!("a.go:1:1: {name} escapes to heap\na.go:1:1: {name} does not escape\n");
        let decisions = read(&log);
        let kinds: Vec<Kind> = decisions
            .iter()
            .map(|(_, decision)| decision.kind)
            .collect();
        assert_eq!(kinds, [Kind::EscapesToHeap, Kind::DoesNotEscape]);
    }
}

#[test]
fn a_log_of_several_packages_is_split_at_its_headers() {
    let log = b"x\n# a/b\n1\n2\n# c\n# d\n3";
    let packages: Vec<(&str, &[u8])> = gc::split_packages(log);
    assert_eq!(
        packages,
        [
            ("", &b"x\n"[..]),
            ("a/b", &b"1\n2\n"[..]),
            ("c", &b""[..]),
            ("d", &b"3"[..]),
        ]
    );
}
