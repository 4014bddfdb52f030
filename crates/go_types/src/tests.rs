//! The checker on small sources: problems by line, types and values of what stands before `/*?*/`.

mod deep;
mod odd;

use base::{Idx, LineIndex};
use go_syntax::{ExprId, ExprKind, File, parse};
use rustc_hash::FxHashMap;

use crate::{Info, Input, Mode, PkgId, Problem, Sizes, SourceFile, Store, check_package};

struct Checked {
    store: Store,
    file: File,
    info: Info,
    problems: Vec<Problem>,
}

fn check(source: &str) -> Checked {
    let (file, problems) = parse(source.as_bytes());
    assert!(problems.is_empty(), "{source}: {problems:?}");
    let mut store = Store::default();
    let name = store.names.intern("p");
    let pkg = store.new_package("p", name, 27);
    let id = store.files.push(SourceFile {
        base_name: "p.go".into(),
        lines: LineIndex::new(source.as_bytes()),
        pkg,
        go_version: 27,
    });
    store.packages[pkg].files.push(id);
    let files = [&file];
    let imports = FxHashMap::<String, PkgId>::default();
    let input = Input {
        files: &files,
        imports: &imports,
        sizes: Sizes::AMD64,
        ignore_func_bodies: false,
    };
    let (info, problems) = check_package(&mut store, pkg, &input);
    Checked {
        store,
        file,
        info,
        problems,
    }
}

/// Problems as `line Code`.
pub(crate) fn problems(source: &str) -> String {
    let checked = check(source);
    let lines = checked.problems.iter().map(|problem| {
        let at = checked.file.lines.line_col(problem.pos.offset);
        format!("{} {:?}", at.line, problem.code)
    });
    lines.collect::<Vec<_>>().join(", ")
}

/// Types of the outermost expressions that end where `/*?*/` stands, with values of constants.
fn types(source: &str) -> String {
    let checked = check(source);
    assert!(
        checked.problems.is_empty(),
        "{source}: {:?}",
        checked.problems
    );
    let ends: Vec<u32> = source
        .match_indices("/*?*/")
        .map(|(at, _)| at as u32)
        .collect();
    let show = |end: &u32| {
        let ast = &checked.file.ast;
        let ids = (0..ast.n_exprs()).map(ExprId::from_index);
        let known = ids.filter_map(|id| Some((ast.range(id), checked.info.files[0].type_of(id)?)));
        let outer = known
            .filter(|(range, _)| range.end == *end)
            .min_by_key(|(range, _)| range.start);
        let (_, typed) = outer.expect("an expression ends here");
        let typ = checked.store.type_string(typed.typ);
        match typed.value.filter(|_| typed.mode == Mode::Const) {
            Some(value) => {
                let value = checked.store.value(value);
                let text = match value.as_bytes() {
                    Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                    None => value
                        .as_bool()
                        .map_or_else(|| value.float_text(), |value| value.to_string()),
                };
                format!("{typ} = {text}")
            }
            None => typ,
        }
    };
    ends.iter().map(show).collect::<Vec<_>>().join(", ")
}

#[test]
fn untyped_expressions_take_their_type_from_context() {
    for (body, want) in [
        ("var _ float64 = 1/*?*/", "float64 = 0x1p0"),
        ("const c = 1/*?*/ << 3", "untyped int = 0x1p0"),
        ("var s uint; var _ int32 = 1/*?*/ << s", "int32 = 0x1p0"),
        ("var _ any = 'a'/*?*/", "rune = 0x61p0"),
        ("x := 2.0/*?*/; _ = x", "float64 = 0x1p1"),
        ("var a []int; _ = a[1.0/*?*/]", "int = 0x1p0"),
        ("b := 1 < 2/*?*/; _ = b", "bool = true"),
        ("var p *int; _ = nil/*?*/ == p", "untyped nil"),
        ("_ = real(2i)/*?*/", "float64 = 0x0p0"),
    ] {
        assert_eq!(
            types(&format!("package p\nfunc _() {{ {body} }}")),
            want,
            "{body}"
        );
    }
}

#[test]
fn builtins_have_a_signature_made_for_the_call() {
    for (body, want) in [
        ("_ = len/*?*/([]int{})", "func([]int) int"),
        (
            "var b []byte; _ = append/*?*/(b, \"x\"...)",
            "func([]byte, ...untyped string) []byte",
        ),
        ("_ = new/*?*/(3)", "func(int) *int"),
        ("_ = min(1, 2.5)/*?*/", "float64 = 0x1p0"),
        ("_ = len([3]int{})/*?*/", "int = 0x3p0"),
        ("var c chan [3]int; _ = len(<-c)/*?*/", "int"),
    ] {
        let want = want.replace("...untyped string", "...string");
        assert_eq!(
            types(&format!("package p\nfunc _() {{ {body} }}")),
            want,
            "{body}"
        );
    }
}

#[test]
fn generic_functions_are_inferred() {
    let decls = "package p\nfunc m[S ~[]E, E, R any](s S, f func(E) R) []R { return nil }\ntype L []string\nfunc id[T any](x T) T { return x }\n";
    for (body, want) in [
        ("_ = m(L{}, func(s string) int { return 0 })/*?*/", "[]int"),
        ("_ = id/*?*/(1.5)", "func(float64) float64"),
        ("var f func(int) int = id/*?*/; _ = f", "func(int) int"),
        ("_ = m(L{}, id[string]/*?*/)", "func(string) string"),
        ("_ = m(L{}, id/*?*/)", "func(string) string"),
    ] {
        assert_eq!(
            types(&format!("{decls}func _() {{ {body} }}")),
            want,
            "{body}"
        );
    }
}

#[test]
fn local_aliases_of_one_name_and_meaning_share_instances() {
    let source = "package p\nfunc f[T any]() (x T) { return }\nfunc _() { type t = []int; _ = f[t]() }\nfunc _() { type t = []int; _ = f[t]()/*?*/ }";
    assert_eq!(types(source), "p.t@p.go:3:17");
}

#[test]
fn what_is_built_on_the_unknown_is_checked_further() {
    for (source, want) in [
        (
            "func f[T any](T, int) {}\nfunc _() { f(no{}, 1) }",
            "func(invalid, int)",
        ),
        ("type T struct { a no }\nvar t T\nvar _ = t.a", "invalid"),
        ("type T struct { a no }\nvar t T\nvar _ = int(t.a)", ""),
    ] {
        let checked = check(&format!("package p\n{source}"));
        assert_eq!(
            checked.problems.len(),
            1,
            "{source}: {:?}",
            checked.problems
        );
        let ast = &checked.file.ast;
        let mut ids = (0..ast.n_exprs()).map(ExprId::from_index).filter(|id| {
            let wants_callee = want.starts_with("func");
            match ast.expr(*id).kind {
                ExprKind::Call { .. } => want.is_empty(),
                ExprKind::Selector { .. } => want == "invalid",
                ExprKind::Ident(name) => wants_callee && name.as_str() == "f",
                _ => false,
            }
        });
        let typed = ids
            .next_back()
            .and_then(|id| checked.info.files[0].type_of(id));
        let text = typed.map(|typed| checked.store.type_string(typed.typ));
        assert_eq!(text.unwrap_or_default(), want, "{source}");
    }
}

#[test]
fn constants_repeat_with_their_own_iota() {
    let source = "package p\nconst (\n\ta, b = iota, 1 << iota\n\tc, d\n\t_, _\n\te, f\n)\nvar _, _ = e/*?*/, f/*?*/";
    assert_eq!(types(source), "int = 0x3p0, int = 0x1p3");
}

#[test]
fn wrong_code_is_reported_where_it_is() {
    for (source, want) in [
        ("var x int = \"a\"", "2 IncompatibleAssign"),
        ("var x = y", "2 UndeclaredName"),
        ("func f() int { }", "2 MissingReturn"),
        ("func f() { x := 1 }", "2 UnusedVar"),
        ("func f() { return 1 }", "2 WrongResultCount"),
        ("type T struct { t T }", "2 InvalidDeclCycle"),
        ("type A B\ntype B A", "2 InvalidDeclCycle"),
        ("var a = b\nvar b = a", "2 InvalidInitCycle"),
        ("const c int8 = 200", "2 NumericOverflow"),
        ("const c = 1 << 600", "2 InvalidConstVal"),
        ("var _ = 1 / 0", "2 DivByZero"),
        (
            "type I interface { M() }\nvar _ I = 3",
            "3 InvalidIfaceAssign",
        ),
        (
            "func f[T int | string](T) {}\nvar _ = f[bool]",
            "3 InvalidTypeArg",
        ),
        (
            "func f() { L: for { continue M } }",
            "2 UnusedLabel, 2 MisplacedLabel",
        ),
        ("type S struct { a int; a int }", "2 DuplicateDecl"),
        (
            "func f() { for i, j := range 10 { _ = i } }",
            "2 InvalidIterVar",
        ),
        ("import \"nowhere\"", "2 BrokenImport"),
        ("var m map[[]int]int", "2 IncomparableMapKey"),
        ("func (x int) m() {}", "2 InvalidRecv"),
        (
            "func f() { f := f; f() }\nfunc g() { break }",
            "3 MisplacedBreak",
        ),
    ] {
        assert_eq!(problems(&format!("package p\n{source}")), want, "{source}");
    }
}

#[test]
fn variables_are_initialised_by_their_dependencies() {
    let source = "package p\nvar a = c + f()\nvar b, d = g()\nvar c = 1\nfunc f() int { return b }\nfunc g() (int, int) { return c, c }\nvar e = func() int { return a }()";
    let checked = check(source);
    let order: Vec<String> = (checked.info.init_order.iter())
        .map(|init| {
            init.lhs
                .iter()
                .map(|obj| checked.store.name(*obj))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(order, ["c", "b d", "a", "e"]);
}

#[test]
fn each_type_is_looked_into_once() {
    // Sixty types that hold the next one twice: 2^60 ways to the last.
    let types: Vec<String> = (0..60)
        .map(|n| format!("type T{n} struct{{ a, b T{} }}", n + 1))
        .collect();
    let source = format!(
        "package p\n{}\ntype T60 struct{{ p *T0 }}\n",
        types.join("\n")
    );
    assert_eq!(problems(&source), "");
}
