//! Source as nobody writes it: enormous constants, lines and types, bytes that are no text.

use go_syntax::parse;

use super::{check, problems};

#[test]
fn constants_have_the_limits_of_the_compiler() {
    let digits = "9".repeat(1_000_000);
    let squares = |n: usize| {
        let lines = (1..=n).map(|i| format!("const a{i} = a{} * a{}\n", i - 1, i - 1));
        format!("const a0 = 3\n{}", lines.collect::<String>())
    };
    for (source, want) in [
        (format!("const c = {digits}"), "2 InvalidConstVal"),
        (format!("const c = 0.{digits}"), "2 InvalidConstVal"),
        (format!("const c = 0x{digits}p1"), "2 InvalidConstVal"),
        (format!("const c = {digits}i"), "2 InvalidConstVal"),
        ("const c = 1e1000000000".to_owned(), "2 InvalidConstVal"),
        ("const c = 1e-1000000000".to_owned(), ""),
        ("const c float64 = 1e309".to_owned(), "2 NumericOverflow"),
        ("const c = 0x1p999999999999".to_owned(), "2 InvalidConstVal"),
        ("const c = 1 << 511".to_owned(), ""),
        ("const c = 1 << 513".to_owned(), "2 InvalidConstVal"),
        ("const c = 1 << 100000000".to_owned(), "2 InvalidShiftCount"),
        ("const c = 1 << 1e9".to_owned(), "2 InvalidShiftCount"),
        ("const c = 1 << -1".to_owned(), "2 InvalidShiftCount"),
        ("const c = 1.0 << 3 >> 1000".to_owned(), ""),
        (squares(8), ""),
        (squares(40), "11 InvalidConstVal"),
        (format!("const c = len(`{digits}`)"), ""),
        (format!("var {}_ int", "é".repeat(100_000)), ""),
    ] {
        let got = problems(&format!("package p\n{source}"));
        assert_eq!(got, want, "{}", source.chars().take(60).collect::<String>());
    }
}

#[test]
fn enormous_types_are_checked_or_reported() {
    for source in [
        "var a [1 << 62]int",
        "var a [1 << 40][1 << 40]int",
        "var a [1 << 63]int",
        "var a [1e100]int",
        "type T [1 << 31]struct { a, b T2 }; type T2 [1 << 31]int; var t T",
        "type T struct { a [1 << 60]int; b [1 << 60]int }; const c = len(T{}.a)",
        "var a = [...]int{1 << 40: 1}",
        "var a = []int{1 << 62: 1, 2}",
        "var a = [...]int{-1: 1}",
    ] {
        check(&format!("package p\n{source}"));
    }
}

/// A union of unions with more terms than are looked at, and a type that is in it.
#[test]
fn unions_are_limited_through_nesting() {
    let mut source = String::from("package p\n");
    for i in 0..6 {
        let terms: Vec<String> = (0..20).map(|j| format!("~[{}]int", i * 20 + j)).collect();
        source.push_str(&format!(
            "type u{i} interface {{ {} }}\n",
            terms.join(" | ")
        ));
    }
    source.push_str("type all interface { u0 | u1 | u2 | u3 | u4 | u5 }\n");
    source.push_str("func f[T all]() {}\nvar _ = f[[7]int]\n");
    assert_eq!(problems(&source), "8 InvalidUnion");
}

#[test]
fn members_are_found_however_deep_they_are_embedded() {
    let n = 3_000;
    let mut source =
        String::from("package p\ntype t0 struct { x int }\nfunc (t0) m() int { return 1 }\n");
    for i in 1..n {
        source.push_str(&format!("type t{i} struct {{ t{} }}\n", i - 1));
    }
    let last = n - 1;
    source.push_str(&format!(
        "var v t{last}\nvar _ = v.x + v.m()\nvar _ interface{{ m() int }} = v\n"
    ));
    assert_eq!(problems(&source), "");
}

#[test]
fn bytes_that_are_no_text_are_read() {
    for (bytes, want) in [
        (&b"\xef\xbb\xbfpackage p\n"[..], None),
        (b"package p\r\nvar x = `a\r\nb`\r\n", None),
        (b"package p\nvar x\x00 int\n", Some(15)),
        (b"package p\nvar x int // \x00\n", Some(20)),
        (b"package p\nvar x = \"\xff\"\n", Some(19)),
        (b"package p\nvar \xff int\n", Some(14)),
        (b"package p\nvar \xef\xbb\xbfx int\n", Some(14)),
        (b"package p\nvar x = \"\xed\xa0\x80\"\n", Some(19)),
        (b"\xff\xfep\x00a\x00c\x00k\x00a\x00g\x00e\x00", Some(0)),
        (b"", Some(0)),
    ] {
        let (file, problems) = parse(bytes);
        let first = problems.iter().map(|problem| problem.at).min();
        assert_eq!(first, want, "{} {problems:?}", file.src);
    }
}

#[test]
fn lines_of_megabytes_are_read_in_linear_time() {
    let n = 10_000_000;
    for (head, step, tail) in [
        ("// ", "x", "\n"),
        ("/* ", "x", " */"),
        ("var s = `", "x", "`"),
        ("var s = \"", "x", "\""),
        ("var ", "x", " int"),
        ("", ";", ""),
        ("", " ", ""),
        ("", "\n", ""),
        ("var a = []int{", "1,", "}"),
        ("/*", "/*", "*/"),
        ("", "//\n", ""),
        ("", "\u{feff}", ""),
        ("", "\0", ""),
        ("", "@", ""),
        ("", "\"", ""),
        ("", "'", ""),
        ("", "}", ""),
        ("", ")", ""),
        ("", "func ", ""),
        ("", "var x ", ""),
        ("func f() {", "}", ""),
        ("func f() {", "if ", ""),
        ("func f() {", "case ", ""),
    ] {
        let source = format!(
            "package p\n{head}{}{tail}\n",
            step.repeat(n / 10 / step.len())
        );
        parse(source.as_bytes());
    }
}
