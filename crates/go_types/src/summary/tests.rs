//! Packages checked against sources and against summaries of them: nothing may differ.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base::{Idx, LineIndex};
use go_syntax::{ExprId, File, parse};
use rustc_hash::FxHashMap;

use super::{Links, Summary};
use crate::{
    Def, Info, Input, ObjKind, PkgId, Problem, Sizes, SourceFile, Store, TypeId, TypeKind,
    check_package,
};

/// Packages by path in import order, each of one file.
type Sources<'a> = &'a [(&'a str, &'a str)];

struct Checked {
    file: File,
    info: Info,
    problems: Vec<Problem>,
}

fn check(
    store: &mut Store,
    known: &BTreeMap<&str, PkgId>,
    path: &str,
    text: &str,
) -> (PkgId, Checked) {
    let (file, problems) = parse(text.as_bytes());
    assert!(problems.is_empty(), "{text}: {problems:?}");
    let name = store.names.intern(file.package_name().as_str());
    let pkg = store.new_package(path, name, 27);
    let id = store.files.push(SourceFile {
        base_name: format!("{path}.go").into(),
        lines: LineIndex::new(text.as_bytes()),
        pkg,
        go_version: 27,
    });
    store.packages[pkg].files.push(id);
    let imports: FxHashMap<String, PkgId> = known
        .iter()
        .map(|(path, pkg)| ((*path).to_owned(), *pkg))
        .collect();
    let files = [&file];
    let input = Input {
        files: &files,
        imports: &imports,
        sizes: Sizes::AMD64,
        ignore_func_bodies: false,
    };
    let (info, problems) = check_package(store, pkg, &input);
    (
        pkg,
        Checked {
            file,
            info,
            problems,
        },
    )
}

/// What is known of the last package, its dependencies checked from source.
fn from_source(sources: Sources<'_>) -> String {
    let (mut store, mut known) = (Store::default(), BTreeMap::new());
    let mut report = String::new();
    for (path, text) in sources {
        let (pkg, checked) = check(&mut store, &known, path, text);
        known.insert(*path, pkg);
        report = describe(&mut store, &checked);
    }
    report
}

/// Summaries of all packages but the last, each written with those of its imports read.
fn summaries(sources: Sources<'_>) -> Vec<Summary> {
    let mut summaries: Vec<Summary> = Vec::new();
    for index in 0..sources.len() - 1 {
        let (mut store, mut links, mut known) = read(sources, &summaries);
        let (path, text) = sources[index];
        let (pkg, checked) = check(&mut store, &known, path, text);
        assert!(
            checked.problems.is_empty(),
            "{path}: {:?}",
            checked.problems
        );
        known.insert(path, pkg);
        summaries.push(links.write(&mut store, pkg).unwrap());
    }
    summaries
}

fn read<'a>(
    sources: Sources<'a>,
    summaries: &[Summary],
) -> (Store, Links, BTreeMap<&'a str, PkgId>) {
    let (mut store, mut links, mut known) = (Store::default(), Links::default(), BTreeMap::new());
    for ((path, _), summary) in sources.iter().zip(summaries) {
        let imports: Vec<PkgId> = known.values().copied().collect();
        let parts = [&summary.shape[..], &summary.places];
        let pkg = links.read(&mut store, parts, &imports).unwrap();
        assert_eq!(store.names.text(store.packages[pkg].path), *path);
        known.insert(*path, pkg);
    }
    (store, links, known)
}

/// What is known of the last package, its dependencies read from summaries.
fn from_summaries(sources: Sources<'_>) -> String {
    let (mut store, _, known) = read(sources, &summaries(sources));
    let (path, text) = sources[sources.len() - 1];
    let (_, checked) = check(&mut store, &known, path, text);
    describe(&mut store, &checked)
}

/// Types, values, objects and problems of a file.
fn describe(store: &mut Store, checked: &Checked) -> String {
    let (ast, info) = (&checked.file.ast, &checked.info.files[0]);
    let mut out = String::new();
    for expr in (0..ast.n_exprs()).map(ExprId::from_index) {
        let range = ast.range(expr);
        let text = &checked.file.src[range.start as usize..range.end as usize];
        if let Some(typed) = info.type_of(expr) {
            let value = typed.value.map(|value| store.value(value).exact_text());
            let under = store.under(typed.typ);
            let typ = store.type_string(typed.typ) + " " + &store.type_string(under);
            let _ = writeln!(out, "{text}: {:?} {typ} {value:?}", typed.mode);
        }
        let def = match info.def(expr) {
            Some(Def::Object(obj)) => Some(obj),
            _ => None,
        };
        for obj in def.into_iter().chain(info.use_of(expr)) {
            let _ = writeln!(out, "{text}: {}", store.object_string(obj));
            if matches!(store.obj(obj).kind, ObjKind::TypeName) {
                let typ = store.obj_type(obj);
                let _ = writeln!(out, "  {}", members(store, typ));
            }
        }
        if let Some(selection) = info.selection(expr) {
            let _ = writeln!(out, "{text}: {:?}", selection.index);
        }
    }
    for problem in &checked.problems {
        let _ = writeln!(out, "wrong {} {:?}", problem.pos.offset, problem.code);
    }
    out
}

/// Underlying type and method sets.
fn members(store: &mut Store, typ: TypeId) -> String {
    let under = store.under(typ);
    let mut out = store.type_string(under);
    let pointer = store.pointer(typ);
    for typ in [typ, pointer] {
        for method in store.method_set(typ) {
            store.expand_method(method.obj);
            let signature = store.type_string(store.obj_type(method.obj));
            let object = store.object_string(method.obj);
            let _ = write!(out, "; {object} {:?} {signature}", method.index);
        }
    }
    if !matches!(store.kind(under), TypeKind::TypeParam(_))
        && let Ok(layout) = Sizes::AMD64.layout(store, typ)
    {
        let _ = write!(out, " {layout:?}");
    }
    out
}

const CASES: &[Sources<'static>] = &[
    // Aliases keep their spelling, with and without parameters.
    &[
        (
            "a",
            "package a\ntype T struct{ x int; Y string `json:\"y\"` }\ntype A = *T\n\
             type L[P any] = []P\ntype M[K comparable, V any] = map[K]L[V]\n\
             type S = M[string, any]\nvar V S\nfunc F(A, byte, rune) (any, interface{}) { return nil, nil }\n",
        ),
        (
            "b",
            "package b\nimport \"a\"\nvar x a.A\nvar y = x.Y\nvar m a.M[int, a.A]\nvar s = a.V\n\
             var f, _ = a.F(nil, 1, 'x')\ntype T a.T\nvar g = a.F\ntype E struct{ *a.T; a.S }\n",
        ),
    ],
    // Generic types and functions, methods with type parameters of their own, bounds that mention themselves.
    &[
        (
            "a",
            "package a\ntype List[T any] struct{ next *List[T]; Val T }\n\
             func (l *List[T]) Push(v T) *List[T] { return l }\n\
             func (l List[E]) Map[R any](f func(E) R) List[R] { panic(0) }\n\
             type Node[N interface{ Next() N }] struct{ N N }\n\
             type Num interface{ ~int | ~float64; String() string }\n\
             func Sum[T ~[]E, E Num](xs T) (e E) { return }\n\
             type Bare[T int | string] struct{ t T }\nfunc One[T int](t T) T { return t }\n\
             type Pair[A, B any] struct{ A A; B B; l *List[Pair[B, A]] }\n\
             var P Pair[int, string]\nvar Q = P.l\ntype Ints = List[int]\n",
        ),
        (
            "b",
            "package b\nimport \"a\"\nvar l a.List[string]\nvar p = l.Push(\"x\")\n\
             var m = l.Map(func(s string) int { return 1 })\ntype n struct{}\nfunc (*n) Next() *n { return nil }\n\
             var no a.Node[*n]\ntype F float64\nfunc (F) String() string { return \"\" }\n\
             var s = a.Sum([]F{1})\nvar q = a.P.B\nvar i a.Ints\nvar v = i.Val\nvar o = a.One(3)\n\
             var r = a.Q.Val.A\ntype G[T any] struct{ a.List[T] }\nvar g = (&G[a.Ints]{}).Push\n\
             type H[T a.Num] a.List[T]\nvar ba a.Bare[string]\n",
        ),
    ],
    // Interfaces: embedded, with unexported methods, in source order.
    &[
        (
            "a",
            "package a\ntype R interface{ Read([]byte) (int, error); hidden() }\n\
             type W interface{ Write(p []byte) (n int, err error) }\n\
             type RW interface{ W; R; Close() error; comparable }\ntype E struct{ R; w W }\n\
             func (E) Own() {}\nfunc (*E) ptr() {}\nvar Impl interface{ error; R }\n\
             type Fn func(Fn) interface{ M(Fn) }\n",
        ),
        (
            "b",
            "package b\nimport \"a\"\ntype T struct{ a.E; e *a.E }\ntype C[T a.RW] struct{ t T }\n\
             var x = T{}.Own\nvar y, z = a.Impl.Error, T{}.Read\nvar r a.R = a.Impl\nvar f a.Fn\n\
             var g = f(nil).M\ntype I interface{ a.W; a.R }\n",
        ),
    ],
    // Constants.
    &[
        (
            "a",
            "package a\ntype Weekday uint8\nconst (\n\tSun Weekday = iota\n\tMon\n\t_\n\tWed\n)\n\
             const (\n\tHuge = 1 << 400\n\tThird = 1.0 / 3\n\tTiny = 1e-5000\n\tZ = 1.5 - 2i\n\tS = \"a\\xff\\x00\"\n\
             \tNeg = -1 << 80\n\tB = S == \"x\"\n\tR = 'x'\n\tF32 float32 = 0.1\n)\n",
        ),
        (
            "b",
            "package b\nimport . \"a\"\nconst x = Huge >> 390\nconst y = Third * 3\nconst z = Tiny * 1e5000\n\
             var a [Wed]int\nconst c = Z * Z\nconst s = S + S\nconst n = Neg >> 70\nconst b = !B\nconst r = R + 1\n\
             const f = F32 * 3\nconst m = Mon\n",
        ),
    ],
    // Things of a package reached through another one, which may not even be imported.
    &[
        (
            "a",
            "package a\ntype T struct{ F func() struct{ x, Y int } }\nfunc (*T) M() {}\n\
             type G[P any] struct{ H H[P]; I interface{ Get() P } }\ntype H[P any] struct{ V P; s struct{ P P; Q int } }\n\
             func (h H[P]) S() struct{ P P; Q int } { return h.s }\nvar V G[int]\nconst C = 7\n",
        ),
        (
            "b",
            "package b\nimport \"a\"\ntype T = a.T\nvar V struct{ T; *a.G[string] }\nvar X = V.H\n\
             var Y = V.F\nvar Z = X.S\nvar I = a.V.I\nvar W = a.V.H.S()\nconst C = a.C\nvar A [C]T\n",
        ),
        (
            "c",
            "package c\nimport \"b\"\ntype T struct{ b.T }\nvar t T\nvar m = t.M\nvar v = b.X.V\nvar s = b.X.S().P\n\
             var y = b.Y().Y\nvar z = b.Z()\nvar i = b.I.Get\nvar h = b.V.H.V\nvar l = len(b.A)\nvar w = b.W.P\n\
             func f() { t := b.A[0]; t.M(); _ = t.F }\n",
        ),
    ],
    // Types that lead to each other.
    &[
        (
            "a",
            "package a\ntype A struct{ b *B; f func(C) D }\ntype B struct{ a [2]A; c chan<- C }\n\
             type C interface{ D() D; E(E) }\ntype D map[*C][]D\ntype E = *F\ntype F struct{ E E; next F2 }\n\
             type F2 = func(E) *F2s\ntype F2s []F2\nvar X, Y = A{}, E(nil)\nfunc Fn(e E) (a A, b *B) { return }\n",
        ),
        (
            "b",
            "package b\nimport \"a\"\nvar y, z = a.Fn(nil)\nvar x = a.X\nvar f a.F\nvar e = f.E\nvar d a.D\n\
             type T struct{ a.A; a.C }\nvar m = T{}.D\n",
        ),
    ],
];

#[test]
fn a_package_is_the_same_whether_its_imports_are_checked_or_read() {
    for sources in CASES {
        let (checked, read) = (from_source(sources), from_summaries(sources));
        let wrong = checked.lines().find(|line| line.starts_with("wrong "));
        assert_eq!(wrong, None, "{sources:?}");
        let pairs = checked.lines().zip(read.lines());
        for (checked, read) in pairs {
            assert_eq!(checked, read, "{sources:?}");
        }
        assert_eq!(checked.lines().count(), read.lines().count());
    }
}

#[test]
fn wrong_code_of_the_importer_is_told_the_same() {
    let a = "package a\ntype t int\nfunc hidden() t { return 0 }\nvar X t\n";
    let b = "package b\nimport \"a\"\nvar x = a.hidden()\nvar y = a.Missing\nvar z string = a.X\nvar t a.t\n";
    let sources = [("a", a), ("b", b)];
    let problems = |report: String| {
        let lines = report.lines().map(str::to_owned);
        let is_problem = |line: &String| line.starts_with("wrong ");
        lines.filter(is_problem).collect::<Vec<_>>()
    };
    let [checked, read] = [from_source(&sources), from_summaries(&sources)].map(problems);
    assert_eq!(checked.len(), 4);
    assert_eq!(checked, read);
}

#[test]
fn a_summary_read_and_written_again_has_the_same_shape() {
    for sources in CASES {
        let summaries = summaries(sources);
        for last in 0..summaries.len() {
            let (mut store, mut links, known) = read(sources, &summaries[..last]);
            let imports: Vec<PkgId> = known.values().copied().collect();
            let parts = [&summaries[last].shape[..], &summaries[last].places];
            let pkg = links.read(&mut store, parts, &imports).unwrap();
            links.forget(pkg);
            assert_eq!(links.write(&mut store, pkg), Ok(summaries[last].clone()));
        }
    }
}

fn summary(text: &str) -> Summary {
    let sources = [("a", text), ("b", "package b\n")];
    summaries(&sources).remove(0)
}

#[test]
fn only_what_importers_see_is_in_the_shape() {
    let base = "package a\n\nfunc F() int { return 1 }\n\ntype T struct{ a int }\n\nfunc g() {}\n";
    let first = summary(base);
    let same = [
        base.replace("return 1", "x := 2; return x"),
        base.replace("func g() {}", "func g(x int) string { return \"\" }"),
        base.replace("\n\n", "\n\n// Words.\n\n"),
        "package a\ntype T struct{ a int }\nfunc F() int { return 0 }\n".to_owned(),
    ];
    for text in same {
        let other = summary(&text);
        assert_eq!(other.shape, first.shape, "{text}");
        assert_ne!(other.places, first.places, "{text}");
    }
    for (from, to) in [("a int", "b int"), ("F() int", "F() uint"), ("F()", "G()")] {
        assert_ne!(summary(&base.replace(from, to)).shape, first.shape);
    }
}

#[test]
fn cut_and_changed_bytes_are_answered_with_an_error_or_a_package() {
    let sources = CASES[1];
    let summary = summaries(sources).remove(0);
    let read = |shape: &[u8], places: &[u8]| {
        let mut store = Store::default();
        let pkg = Links::default().read(&mut store, [shape, places], &[])?;
        for (_, obj) in store.scopes[store.packages[pkg].scope].elems().to_vec() {
            if store.obj(obj).is_type_name() {
                let typ = store.obj_type(obj);
                store.method_set(typ);
            }
        }
        Ok::<(), super::Corrupt>(())
    };
    assert_eq!(read(&summary.shape, &summary.places), Ok(()));
    for end in 0..summary.shape.len() {
        assert!(read(&summary.shape[..end], &summary.places).is_err());
    }
    for end in 0..summary.places.len() {
        assert!(read(&summary.shape, &summary.places[..end]).is_err());
    }
    for at in 0..summary.shape.len() {
        let mut shape = summary.shape.clone();
        for value in [0, 1, 0x7f, 0xff, shape[at].wrapping_add(1)] {
            shape[at] = value;
            let _ = read(&shape, &summary.places);
        }
    }
}
