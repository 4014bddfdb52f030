//! Broken text: nothing panics, and most of the declarations are still read.

use std::collections::BTreeSet;

use base::TextRange;
use go_syntax::testing::{self, Mutation};
use go_syntax::{File, parse};

/// Real code of some length, and one file with a bit of everything.
const FIXTURES: [&str; 2] = [
    include_str!("data/everything.go"),
    include_str!("../../../examples/orders/internal/httpapi/httpapi.go"),
];

fn declared(file: &File) -> BTreeSet<String> {
    testing::declared(file).into_iter().collect()
}

#[test]
fn a_token_less_or_more_costs_one_declaration() {
    for src in FIXTURES {
        let (whole, problems) = parse(src.as_bytes());
        assert!(problems.is_empty(), "{problems:?}");
        let names = declared(&whole);
        let (mut n_mutants, mut n_kept, mut worst) = (0, 0, (names.len(), String::new()));
        let tokens: Vec<TextRange> = (testing::tokens(src).iter())
            .map(|lexeme| lexeme.range)
            .filter(|range| !range.is_empty())
            .collect();
        for (number, &token) in tokens.iter().enumerate() {
            let next = tokens.get(number + 1).copied().unwrap_or(token);
            for mutation in [Mutation::Delete, Mutation::Double] {
                let mutant = mutation.apply(src, token, next);
                let (file, _) = parse(mutant.as_bytes());
                check_tree(&file);
                let kept = declared(&file).intersection(&names).count();
                n_mutants += 1;
                n_kept += kept;
                if kept < worst.0 {
                    let at = whole.lines.line_col(token.start);
                    worst = (
                        kept,
                        format!("{} at {}:{}", whole.text(token), at.line, at.col),
                    );
                }
            }
        }
        let share = n_kept as f64 / (n_mutants * names.len()) as f64;
        println!(
            "{n_mutants} mutants keep {:.2} % of {} declarations; the worst keeps {} ({})",
            share * 100.0,
            names.len(),
            worst.0,
            worst.1
        );
        assert!(share >= 0.99, "only {share:.3} kept");
        assert!(
            worst.0 * 100 >= names.len() * 90,
            "`{}` keeps only {}",
            worst.1,
            worst.0
        );
    }
}

fn check_tree(file: &File) {
    assert_eq!(testing::misplaced(file, true), None, "{}", file.src);
}

#[test]
fn nesting_without_end_is_a_problem_and_no_overflow() {
    let n = 100_000;
    let cases = [
        ("var x = ", "(", "1", ")"),
        ("var x = ", "-", "1", ""),
        ("var x = ", "*", "p", ""),
        ("var x = ", "f(", "1", ")"),
        ("var x = ", "a[", "1", "]"),
        ("var x = ", "T{", "1", "}"),
        ("var x = T", "{", "1", "}"),
        ("var x = ", "[]", "int{}", ""),
        ("var x = ", "func() { return ", "1", "}"),
        ("var x ", "[", "1", "]int"),
        ("var x ", "chan ", "int", ""),
        ("var x ", "<-chan ", "int", ""),
        ("var x ", "map[int]", "int", ""),
        ("var x ", "func(", "", ")"),
        ("var x ", "struct { a ", "int", "}"),
        ("var x ", "interface { m(", "", ")}"),
        ("var x ", "T[", "int", "]"),
        ("type T[P ", "interface{~", "int", "}"),
        ("func f() ", "{", "", "}"),
        ("func f() { ", "if x {", "", "}"),
        ("func f() { ", "for {", "", "}"),
        ("func f() { ", "switch { case ", "x:", "}"),
        ("func f() { ", "switch { default: ", "", "}"),
        ("func f() { ", "L: ", "x()", ""),
        ("func f() { ", "go func() { ", "", "}()"),
        ("func f() { ", "type T [", "1", "]int"),
        ("func f() { ", "type T[P *func() { ", "", "} ] int"),
    ];
    for (head, open, core, close) in cases {
        let src = format!(
            "package p\n{head}{}{core}{}\nvar y int\n",
            open.repeat(n),
            close.repeat(n)
        );
        let (file, problems) = parse(src.as_bytes());
        assert!(!problems.is_empty(), "{head}{open}");
        let names = declared(&file);
        assert!(names.contains("value y"), "{head}{open}: {names:?}");
    }
}

#[test]
fn long_chains_are_read_whole() {
    let n = 50_000;
    let cases = [
        ("var x = a", " + a", ""),
        ("var x = a", ".b", ""),
        ("var x = a", "()", ""),
        ("var x = a", "[0]", ""),
        ("func f() {", "if a {} else ", "{} }"),
        ("type T[P *A", " | B", "] int"),
        ("type T[P *A", " | B", ",] int"),
        ("type T[P interface{ A", " | B", "}] int"),
    ];
    for (head, step, tail) in cases {
        let src = format!("package p\n{head}{}{tail}\n", step.repeat(n));
        let (file, problems) = parse(src.as_bytes());
        assert!(problems.is_empty(), "{step}: {problems:?}");
        assert!(file.ast.n_exprs() > n);
    }
}

#[test]
fn any_bytes_are_read() {
    let mut state: u32 = 1;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let pieces = [
        "package",
        "func",
        "type",
        "var",
        "const",
        "import",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ":",
        ":=",
        "=",
        ".",
        "...",
        "<-",
        "*",
        "~",
        "|",
        "x",
        "T",
        "1",
        "\"s\"",
        "`r",
        "'c'",
        "\n",
        "if",
        "for",
        "range",
        "switch",
        "case",
        "select",
        "interface",
        "struct",
        "map",
        "chan",
        "//go:noinline\n",
        "/*",
        "\u{feff}",
        "\0",
        "é",
        "return",
        "else",
        "default",
        "go",
    ];
    for _ in 0..3000 {
        let n = random() % 60;
        let mut src = String::from(if random() % 2 == 0 { "package p\n" } else { "" });
        for _ in 0..n {
            src.push_str(pieces[random() as usize % pieces.len()]);
            src.push_str(if random() % 3 == 0 { "\n" } else { " " });
        }
        let mut bytes = src.into_bytes();
        if random() % 4 == 0 {
            bytes.push(0xff);
        }
        let (file, _) = parse(&bytes);
        check_tree(&file);
    }
}
