//! Source that nests deeply or goes on for long: legal code is checked whole, more than is allowed is one
//! problem.

use std::fmt::Write as _;

use go_syntax::print_file;

use super::{check, parse};

/// `head`, `n` times `open`, `core`, `n` times `close`, `tail`.
fn nest(n: usize, [head, open, core, close, tail]: [&str; 5]) -> String {
    format!(
        "package p\n{head}{}{core}{}{tail}\n",
        open.repeat(n),
        close.repeat(n)
    )
}

/// Constructs that hold themselves.
const NESTS: &[[&str; 5]] = &[
    ["var x = ", "(", "1", ")", ""],
    ["var x = ", "- ", "1", "", ""],
    ["var x = ", "!", "true", "", ""],
    ["var x = ", "1+(", "1", ")", ""],
    ["var x = ", "1*(2+", "1", ")", ""],
    ["func f(int) int; var x = ", "f(", "1", ")", ""],
    ["func f(...int) int; var x = ", "f(1, ", "1", ")", ""],
    ["type T int; var x = ", "T(", "1", ")", ""],
    ["var a [1]int; var x = ", "a[", "0", "]", ""],
    ["var a []int; var x = ", "a[a[", "0", "]:][0]", ""],
    ["var x = ", "[]any{", "1", "}", ""],
    ["type T []T; var x = T", "{", "", "}", ""],
    ["type T struct{ t *T }; var x = ", "&T{t: ", "nil", "}", ""],
    ["type T map[int]T; var x = T", "{1: ", "nil", "}", ""],
    ["var x any = ", "func() any { return ", "1", "}", ""],
    ["var x any; var y = ", "any(", "x", ").(any)", ""],
    ["var x ", "[]", "int", "", ""],
    ["var x ", "[1]", "struct{}", "", ""],
    ["var x ", "*", "int", "", ""],
    ["var x ", "(", "int", ")", ""],
    ["var x ", "chan ", "int", "", ""],
    ["var x ", "<-chan ", "int", "", ""],
    ["var x ", "map[int]", "int", "", ""],
    ["var x ", "func(", "", ")", ""],
    ["var x ", "func() ", "", "", ""],
    ["var x ", "func(a int, b ", "int", ")", ""],
    ["var x ", "struct{ a ", "int", "}", ""],
    ["var x ", "interface{ m(", "", ") }", ""],
    ["func f[P ", "interface{ ", "int", "}", "]() {}"],
    ["func f[P ", "interface{ m(", "", ")}", "]() {}"],
    ["func f() { ", "{", "", "}", "}"],
    ["func f(x bool) { ", "if x {", "", "}", "}"],
    ["func f() { ", "if x := 1; x > 0 {", "", "}", "}"],
    ["func f() { ", "for {", "", "}", "}"],
    ["func f() { ", "for i := range 3 { _ = i; ", "", "}", "}"],
    [
        "func f(x any) { ",
        "switch x := x.(type) { case int: _ = x; default: _ = x; ",
        "",
        "}",
        "}",
    ],
    ["func f(x chan int) { ", "select { case <-x: ", "", "}", "}"],
    ["func f() { ", "func() { ", "", "}()", "}"],
    ["func f() { ", "go func() { ", "", "}()", "}"],
    [
        "func f() int { ",
        "for { if true { return 1 }; ",
        "",
        "}",
        "}",
    ],
];

/// Chains that grow to one side, and how they begin and end.
const CHAINS: &[[&str; 5]] = &[
    ["var a int; var x = a", " + a", "", "", ""],
    ["var x = 1", " + 1", "", "", ""],
    ["var x = `s`", " + `t`", "", "", ""],
    ["var s string; var x = `s`", " + s + `t`", "", "", ""],
    ["var b bool; var x = b", " && b", "", "", ""],
    ["var a int; var x = a == 1", " || a == 1", "", "", ""],
    ["var a float64; var x = 1", " + 1", " + a", "", ""],
    ["var s uint; var x int = 1<<s", " + 1<<s", "", "", ""],
    [
        "type T struct{ t *T }; var a T; var x = a",
        ".t",
        "",
        "",
        "",
    ],
    [
        "type T struct{}; func (t T) m() T { return t }; var a T; var x = a",
        ".m()",
        "",
        "",
        "",
    ],
    ["type T []T; var a T; var x = a", "[0]", "", "", ""],
    ["type T []T; var a T; var x = a", "[:]", "", "", ""],
    ["type T func() T; var a T; var x = a", "()", "", "", ""],
    ["var a any; var x = a", ".(any)", "", "", ""],
    ["func f(x int) {", "if x == 1 {} else ", "{}", "", "}"],
    [
        "func f(x int) int {",
        "if x == 1 { return 1 } else ",
        "{ return 2 }",
        "",
        "}",
    ],
];

fn accepted(source: &str, what: &str) {
    let checked = check(source);
    assert!(
        checked.problems.is_empty(),
        "{what}: {:?}",
        &checked.problems[..checked.problems.len().min(3)]
    );
    let printed = print_file(&checked.file);
    let (again, problems) = parse(printed.as_bytes());
    assert!(problems.is_empty(), "{what}, printed: {problems:?}");
    assert_eq!(again.ast.n_exprs(), checked.file.ast.n_exprs(), "{what}");
}

#[test]
fn ten_thousand_levels_are_checked() {
    for parts in NESTS {
        println!("{parts:?}");
        accepted(&nest(10_000, *parts), parts[1]);
    }
}

#[test]
fn long_chains_are_checked_whole() {
    for parts in CHAINS {
        println!("{parts:?}");
        let n = if parts[1].starts_with("if") {
            100_000
        } else {
            20_000
        };
        accepted(&nest(n, *parts), parts[1]);
    }
}

#[test]
fn declarations_may_lead_from_one_to_the_next() {
    // `a#` is declared by means of `a@`, the next one; what the last one is declared by.
    let kinds = [
        ("const a# = a@", "1"),
        ("const a# = a@ + 1", "1"),
        ("const a# = `s` + a@", "`t`"),
        ("var a# = a@", "1"),
        ("var a# = f#(); func f#() int { return a@ }", "1"),
        ("type a# a@", "int"),
        ("type a# = a@", "int"),
        ("type a# = *a@", "int"),
        ("type a# []a@", "int"),
        ("type a# struct{ f a@ }", "int"),
        ("type a# struct{ a@ }", "int"),
        ("type a# [1]a@", "int"),
        ("type a# interface{ m(a@) }", "int"),
        ("type a# interface{ a@ }", "any"),
        ("func a#() { a@() }", "print"),
    ];
    for (kind, end) in kinds {
        println!("{kind}");
        let is_value = kind.starts_with("const") || kind.starts_with("var");
        let n = if is_value && !kind.contains("func") {
            20_000
        } else {
            10_000
        };
        let line = |i: usize| {
            let next = i + 1;
            let next = if next < n {
                format!("a{next}")
            } else {
                end.to_owned()
            };
            kind.replace('#', &i.to_string()).replace("a@", &next)
        };
        let lines: Vec<String> = (0..n).map(line).collect();
        let backwards: Vec<&str> = lines.iter().rev().map(String::as_str).collect();
        accepted(&format!("package p\n{}\n", lines.join("\n")), kind);
        accepted(&format!("package p\n{}\n", backwards.join("\n")), kind);
    }
}

#[test]
fn more_than_is_allowed_is_one_problem() {
    for parts in NESTS {
        let source = nest(50_000, *parts);
        let (_, problems) = parse(source.as_bytes());
        let texts: Vec<&str> = problems.iter().map(|problem| &*problem.message).collect();
        assert_eq!(texts, ["nesting is too deep"], "{parts:?}");
    }
}

#[test]
fn long_lists_are_read_in_linear_time() {
    let n = 100_000;
    let mut ints = String::from("package p\nvar x = [...]int{");
    let mut keys = String::from("package p\nvar x = map[string]int{");
    let mut cases = String::from("package p\nfunc f(x int) { switch x {\n");
    let mut fields = String::from("package p\ntype T struct {\n");
    let mut consts = String::from("package p\nconst (\n\ta0 = iota\n");
    for i in 0..n {
        write!(ints, "{i},").ok();
        write!(keys, "\"{i}\":{i},").ok();
        writeln!(cases, "case {i}: f({i})").ok();
        writeln!(fields, "\tf{i} int").ok();
        writeln!(consts, "\ta{}", i + 1).ok();
    }
    ints.push('}');
    keys.push('}');
    cases.push_str("}}");
    fields.push('}');
    consts.push(')');
    for source in [ints, keys, cases, fields, consts] {
        accepted(&source, &source[..40]);
    }
}

#[test]
fn generic_types_may_hold_the_next_one_twice() {
    let n = 30;
    let mut source = String::from("package p\nvar x T0[int]\n");
    for i in 0..n {
        let next = i + 1;
        writeln!(
            source,
            "type T{i}[P any] struct {{ a T{next}[P]; b T{next}[[2]P] }}"
        )
        .ok();
    }
    writeln!(source, "type T{n}[P any] struct {{ p P }}").ok();
    accepted(&source, "a billion parts");
}

#[test]
fn functions_may_call_each_other_densely() {
    let n = 3_000;
    let mut text = String::from("package p\nvar x = f0()\n");
    for i in 0..n {
        let (a, b, y) = ((i * 7 + 1) % n, (i * 13 + 5) % n, i % 50);
        writeln!(text, "func f{i}() int {{ return f{a}() + f{b}() + y{y} }}").ok();
    }
    for i in 0..50 {
        writeln!(text, "var y{i} = {i}").ok();
    }
    let checked = check(&text);
    assert_eq!(checked.problems, []);
    let order = &checked.info.init_order;
    let last = order.last().unwrap();
    assert_eq!(checked.store.name(last.lhs[0]), "x");
    assert_eq!(order.len(), 51);
}

#[test]
fn what_waits_for_the_least_breaks_a_cycle() {
    let checked = check(
        "package p
var a = f()
func f() int { return g() + b + c + d }
func g() int { return f() }
var b = h()
func h() int { return a }
var c = 1
var d = b
",
    );
    let texts: Vec<&str> = (checked.problems.iter())
        .map(|problem| &*problem.message)
        .collect();
    assert_eq!(texts, ["initialization cycle for b"]);
}
