//! Changes between logs, with and without their sources.

use super::*;
use crate::expression::Expressions;
use crate::read_log;

const OLD: &str = "\
a.go:3:6: can inline f with cost 20 as: func() { }
a.go:9:6: cannot inline g: function too complex: cost 90 exceeds budget 80
a.go:20:6: can inline gone with cost 3 as: func() { }
a.go:30:6: can inline Keep[go.shape.int] with cost 9 as: func() { }
a.go:4:8: leaking param content: p
a.go:5:9: &T{...} escapes to heap
a.go:10:9: &T{...} does not escape
a.go:11:9: make([]int, .autotmp_3) escapes to heap
a.go:21:2: moved to heap: x
a.go:31:2: moved to heap: y
a.go:31:2: moved to heap: y
";

fn changes(new: &str) -> Vec<String> {
    let (old, _) = read_log(OLD.as_bytes(), &[]);
    let (new, _) = read_log(new.as_bytes(), &[]);
    let line = |side: &Decisions, id: Option<DecisionId>| {
        id.map_or("-".to_owned(), |id| side[id].position.line.to_string())
    };
    let calls = Calls::default();
    let of = |decisions| Compilation {
        decisions,
        calls: &calls,
    };
    diff(of(&old), of(&new))
        .iter()
        .map(|change| {
            let (before, after) = (line(&old, change.old), line(&new, change.new));
            format!(
                "{} {:?} {} {:?} {before}>{after}",
                change.function, change.kind, change.subject, change.function_is
            )
        })
        .collect()
}

#[test]
fn code_that_moves_does_not_change() {
    assert_eq!(changes(OLD), [""; 0]);
    let moved = OLD
        .replace("a.go:9", "a.go:109")
        .replace("a.go:10:", "a.go:110:")
        .replace(
            "a.go:11:9: make([]int, .autotmp_3)",
            "a.go:111:9: make([]int, .autotmp_7)",
        );
    assert_eq!(changes(&moved), [""; 0]);
}

#[test]
fn changes_are_found_by_function_and_subject() {
    let new = "\
a.go:3:6: cannot inline f: unhandled op DEFER
a.go:9:6: can inline g with cost 60 as: func() { }
a.go:15:6: can inline fresh with cost 3 as: func() { }
a.go:30:6: can inline Keep[go.shape.int] with cost 9 as: func() { }
a.go:30:6: can inline Keep[go.shape.string] with cost 12 as: func() { }
a.go:4:8: leaking param: p
a.go:5:9: &T{...} escapes to heap
a.go:6:9: &T{...} escapes to heap
a.go:10:9: &T{...} escapes to heap
a.go:16:2: moved to heap: x
a.go:31:2: moved to heap: y
";
    insta::assert_snapshot!(changes(new).join("\n"), @"
    Keep InlineCost { old: 9, new: 12 } Keep OnBothSides 30>30
    f NowEscapes &T{...} OnBothSides ->6
    f NowLeaks p OnBothSides 4>4
    f NoLongerInlinable f OnBothSides 3>3
    fresh NowEscapes x New ->16
    g NowEscapes &T{...} OnBothSides 10>10
    g NoLongerEscapes make([]int, ...) OnBothSides 11>-
    g NowInlinable g OnBothSides 9>9
    gone NoLongerEscapes x Gone 21>-
    ");
}

/// A file and the log that Go 1.27.3 prints about it.
struct Compiled {
    decisions: Decisions,
    calls: Calls,
}

impl Compiled {
    fn new(source: &str, log: &str) -> Self {
        let source = Expressions::new(source.as_bytes());
        let (mut decisions, problems) = read_log(log.as_bytes(), &[]);
        assert_eq!(problems, []);
        decisions.add_expressions(|path| (path == "a.go").then_some(&source));
        let mut calls = Calls::default();
        calls.add("a.go", &source);
        Self { decisions, calls }
    }

    fn of(&self) -> Compilation<'_> {
        Compilation {
            decisions: &self.decisions,
            calls: &self.calls,
        }
    }
}

fn lines(old: &Compiled, new: &Compiled) -> String {
    let lines: Vec<String> = (diff(old.of(), new.of()).iter())
        .map(|change| {
            let location = (change.location.as_ref()).map_or("-".to_owned(), |location| {
                let side = if location.is_old { "old" } else { "new" };
                format!("{side} {}:{}", location.at.line, location.at.col)
            });
            let owner = change.owner.as_deref().unwrap_or("-");
            format!(
                "{} {:?} {} of {owner} at {location}, {:?}",
                change.function, change.kind, change.subject, change.cause
            )
        })
        .collect();
    lines.join("\n")
}

const INLINED: &str = "package p

type L struct{ n int }

func (l *L) clone() *L {
\tc := *l
\treturn &c
}

func Named(l *L) *L {
\treturn l.clone()
}

func Local(l *L) int {
\treturn l.clone().n
}
";

const INLINED_LOG: &str = "\
a.go:5:6: can inline (*L).clone with cost 9 as: method(*L) func() *L { c := *l; return &c }
a.go:10:6: can inline Named with cost 12 as: func(*L) *L { return (*L).clone(l) }
a.go:14:6: can inline Local with cost 13 as: func(*L) int { return (*L).clone(l).n }
a.go:11:16: inlining call to (*L).clone
a.go:15:16: inlining call to (*L).clone
a.go:5:7: l does not escape
a.go:6:2: moved to heap: c
a.go:10:12: l does not escape
a.go:11:16: moved to heap: c
a.go:14:12: l does not escape
";

const CALLED_LOG: &str = "\
a.go:5:6: cannot inline (*L).clone: unhandled op DEFER
a.go:11:6: can inline Named with cost 60 as: func(*L) *L { return (*L).clone(l) }
a.go:15:6: can inline Local with cost 61 as: func(*L) int { return (*L).clone(l).n }
a.go:6:8: can inline (*L).clone.func1 with cost 2 as: func() {  }
a.go:5:7: l does not escape
a.go:7:2: moved to heap: c
a.go:6:8: func literal does not escape
a.go:11:12: l does not escape
a.go:15:12: l does not escape
";

/// A value is the same one whether the function that makes it is inlined or called.
#[test]
fn a_site_is_the_same_at_every_depth_of_inlining() {
    let old = Compiled::new(INLINED, INLINED_LOG);
    let called = INLINED.replace("\tc := *l", "\tdefer func() {}()\n\tc := *l");
    let new = Compiled::new(&called, CALLED_LOG);
    insta::assert_snapshot!(lines(&old, &new), @r#"
    (*L).clone NoLongerInlinable (*L).clone of - at new 5:6, None
    Local NowEscapes c of (*L).clone at new 16:16, Some(NoLongerInlined("(*L).clone"))
    Local CallNoLongerInlined (*L).clone of - at new 16:16, None
    Local InlineCost { old: 13, new: 61 } Local of - at new 15:6, None
    Named StillEscapes c of (*L).clone at new 12:16, Some(NoLongerInlined("(*L).clone"))
    Named CallNoLongerInlined (*L).clone of - at new 12:16, None
    Named InlineCost { old: 12, new: 60 } Named of - at new 11:6, None
    "#);
    insta::assert_snapshot!(lines(&new, &old), @r#"
    (*L).clone NowInlinable (*L).clone of - at new 5:6, None
    Local NoLongerEscapes c of (*L).clone at new 15:16, Some(NowInlined("(*L).clone"))
    Local CallNowInlined (*L).clone of - at new 15:16, None
    Local InlineCost { old: 61, new: 13 } Local of - at new 14:6, None
    Named StillEscapes c of (*L).clone at new 11:16, Some(NowInlined("(*L).clone"))
    Named CallNowInlined (*L).clone of - at new 11:16, None
    Named InlineCost { old: 60, new: 12 } Named of - at new 10:6, None
    "#);
}

#[test]
fn edited_expressions_are_no_changes() {
    let compiled = |size: &str, name: &str| {
        let source = format!(
            "package p\n\nfunc F(n int) []int {{\n\t{name} := make([]int, {size})\n\treturn {name}\n}}\n"
        );
        let log = format!(
            "a.go:3:6: can inline F with cost 9 as: func() {{ }}\na.go:4:11: make([]int, {size}) escapes to heap\n"
        );
        Compiled::new(&source, &log)
    };
    assert_eq!(lines(&compiled("n", "xs"), &compiled("n + 1", "ys")), "");
}

#[test]
fn a_parameter_that_leaks_now_is_a_cause() {
    let source = |body: &str| {
        format!(
            "package p\n\nvar kept *int\n\n//go:noinline\nfunc keep(p *int) {{\n\t{body}\n}}\n\nfunc F() {{\n\tn := 1\n\tkeep(&n)\n}}\n"
        )
    };
    let verdicts = "a.go:6:6: cannot inline keep: marked go:noinline\na.go:10:6: can inline F with cost 68 as: func() { n := 1; keep(&n) }\n";
    let old = Compiled::new(
        &source("*p = 1"),
        &format!("{verdicts}a.go:6:11: p does not escape\n"),
    );
    let log = format!(
        "{verdicts}\
a.go:6:11: parameter p leaks to {{heap}} for keep with derefs=0:
a.go:6:11:   flow: {{heap}} ← p:
a.go:6:11:     from kept = p (assign) at a.go:7:7
a.go:6:11: leaking param: p
a.go:11:2: n escapes to heap in F:
a.go:11:2:   flow: {{heap}} ← &n:
a.go:11:2:     from &n (address-of) at a.go:12:7
a.go:11:2:     from keep(&n) (call parameter) at a.go:12:6
a.go:11:2: moved to heap: n
"
    );
    let new = Compiled::new(&source("kept = p"), &log);
    insta::assert_snapshot!(lines(&old, &new), @r#"
    F NowEscapes n of - at new 11:2, Some(NowLeaks("keep"))
    keep NowLeaks p of - at new 6:11, None
    "#);
    insta::assert_snapshot!(lines(&new, &old), @r#"
    F NoLongerEscapes n of - at new 10:6, Some(NoLongerLeaks("keep"))
    keep NoLongerLeaks p of - at new 6:11, None
    "#);
}

#[test]
fn a_renamed_function_is_the_same_one() {
    let compiled = |name: &str, receiver: &str| {
        let source = format!(
            "package p\n\ntype T struct{{}}\n\nfunc ({receiver}) {name}() *int {{\n\treturn new(int)\n}}\n"
        );
        let spelled = match receiver.strip_prefix('*') {
            Some(_) => format!("(*T).{name}"),
            None => format!("T.{name}"),
        };
        let log = format!(
            "a.go:5:9: can inline {spelled} with cost 4 as: method() {{ }}\na.go:6:12: new(int) escapes to heap\n"
        );
        Compiled::new(&source, &log)
    };
    let old = compiled("make", "T");
    assert_eq!(lines(&old, &compiled("Make", "T")), "");
    assert_eq!(lines(&old, &compiled("make", "*T")), "");
    assert_ne!(lines(&old, &compiled("build", "T")), "");
}
