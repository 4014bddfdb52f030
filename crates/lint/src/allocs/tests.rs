use super::*;

fn sites(body: &str) -> Vec<(Alloc, u32, String)> {
    let text = format!("package p\nfunc f() {{\n{body}\n}}\n");
    let (file, problems) = go_syntax::parse(text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    find_allocs(&file, 0, None)
        .into_iter()
        .map(|site| {
            (
                site.alloc,
                site.at.line,
                crate::source_text::shown(&file, site.node),
            )
        })
        .collect()
}

#[test]
fn syntax_alone_finds_the_kinds_it_shows() {
    let cases: &[(&str, Alloc, &str)] = &[
        (
            "c = make(chan int, 4)",
            Alloc::MakeChan,
            "make(chan int, 4)",
        ),
        (
            "m := make(map[string]int)",
            Alloc::MakeMap,
            "make(map[string]int)",
        ),
        ("b := make([]byte, n)", Alloc::Make, "make([]byte, n)"),
        ("p := new(T)", Alloc::New, "new(T)"),
        ("p := &T{a: 1}", Alloc::Literal, "&T{…}"),
        ("s := []int{1, 2}", Alloc::Literal, "[]int{…}"),
        ("s = append(s, x)", Alloc::Append, "append(s, x)"),
        ("g := func() {}", Alloc::Closure, "func literal"),
        ("s := string(b)", Alloc::Conversion, "string(b)"),
        ("b := []byte(s)", Alloc::Conversion, "[]byte(s)"),
        ("t := a + \"-\" + b", Alloc::Concat, "a + \"-\" + b"),
        ("m[k] = v", Alloc::MapStore, "m[k]"),
        ("m[k]++", Alloc::MapStore, "m[k]"),
        ("go run(x)", Alloc::Go, "go run(…)"),
        ("go func() {}()", Alloc::Go, "go func(…) {…}()"),
        ("for {\ndefer f()\n}", Alloc::Defer, "defer f()"),
    ];
    for (body, alloc, text) in cases {
        let found = sites(body);
        assert_eq!(found.len(), 1, "{body}: {found:?}");
        assert_eq!((found[0].0, found[0].2.as_str()), (*alloc, *text), "{body}");
    }
}

#[test]
fn what_does_not_allocate_is_no_site() {
    for body in [
        "x := T{}",
        "s := s[:0]",
        "defer f()",
        "for { func() { defer f() }() }",
        "x := a + 1",
        "var s []int",
        "s := []int{}",
        "x = m[k]",
        "y := append(s)",
    ] {
        let found: Vec<_> = sites(body)
            .into_iter()
            .filter(|site| site.0 != Alloc::Closure)
            .collect();
        assert_eq!(found, [], "{body}");
    }
}
