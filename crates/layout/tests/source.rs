//! Structs of Go source, better orders and what is in their way.

use std::path::Path;

use go_syntax::File;
use go_types::{Info, Input, PkgId, Sizes, Store, check_package};
use layout::{Criterion, Declared, SourceFile, SourcePackage, advise, find_structs, reorder};
use rustc_hash::FxHashMap;

/// A package by path and text; its structs are wanted if the path is `m`.
type Source<'a> = (&'a str, &'a str);

/// Stand-ins for packages of the standard library.
const BINARY: Source<'_> = (
    "encoding/binary",
    "package binary\n\nfunc Write(w, order, data any) error { return nil }\n",
);
const ATOMIC: Source<'_> = (
    "sync/atomic",
    "package atomic\n\nfunc AddInt64(addr *int64, delta int64) int64 { return 0 }\n",
);
const STRUCTS: Source<'_> = ("structs", "package structs\n\ntype HostLayout struct{}\n");

struct Program {
    store: Store,
    packages: Vec<(String, PkgId, File, Info)>,
}

fn program(sources: &[Source<'_>]) -> Program {
    let mut store = Store::default();
    let mut packages: Vec<(String, PkgId, File, Info)> = Vec::new();
    for (path, text) in sources {
        let (file, problems) = go_syntax::parse(text.as_bytes());
        assert!(problems.is_empty(), "{path}: {problems:?}");
        let name = store.names.intern(file.package_name().as_str());
        let pkg = store.new_package(path, name, 27);
        let id = store.files.push(go_types::SourceFile {
            base_name: "m.go".into(),
            lines: file.lines.clone(),
            pkg,
            go_version: 27,
        });
        store.packages[pkg].files.push(id);
        let mut imports: FxHashMap<String, PkgId> = (packages.iter())
            .map(|(path, pkg, ..)| (path.clone(), *pkg))
            .collect();
        imports.insert("unsafe".to_owned(), PkgId::UNSAFE);
        let input = Input {
            files: &[&file],
            imports: &imports,
            sizes: Sizes::AMD64,
            ignore_func_bodies: false,
        };
        let (info, problems) = check_package(&mut store, pkg, &input);
        assert!(problems.is_empty(), "{path}: {problems:?}");
        packages.push(((*path).to_owned(), pkg, file, info));
    }
    Program { store, packages }
}

fn structs(program: &mut Program, other: Option<&File>) -> Vec<Declared> {
    let packages: Vec<SourcePackage<'_>> = (program.packages.iter())
        .map(|(path, pkg, file, info)| SourcePackage {
            import_path: path,
            name: file.package_name().as_str(),
            pkg: *pkg,
            files: vec![SourceFile {
                path: Path::new(if path == "m" { "/m/m.go" } else { path }),
                file,
                info: info.files.first(),
                rewritten: false,
            }],
            asked: path == "m",
            reasons: Vec::new(),
            importers_known: false,
            others: (other.iter())
                .filter(|_| path == "m")
                .map(|file| (Path::new("/m/other.go"), *file))
                .collect(),
        })
        .collect();
    find_structs(&mut program.store, Sizes::AMD64, &packages)
}

/// A line for each struct: its name, sizes now and in a better order, and what is in the way.
fn found(sources: &[Source<'_>]) -> String {
    let mut program = program(sources);
    let mut out = String::new();
    for one in structs(&mut program, None) {
        out += &line(&one);
    }
    out
}

fn line(one: &Declared) -> String {
    let advice = advise(&one.layout, one.in_rows, Criterion::Size, Sizes::AMD64);
    let better = advice.map_or_else(String::new, |it| format!(" → {}", it.better.size));
    let reasons: Vec<String> = (one.obstacles.iter())
        .map(|it| match &it.place {
            Some(place) => format!("{} (line {})", it.reason, place.at.line),
            None => it.reason.to_string(),
        })
        .collect();
    let (name, size) = (&one.layout.name, one.layout.size);
    format!("{name}: {size}{better} [{}]\n", reasons.join("; "))
}

/// What is in the way of `t`, a struct with a hole, in a package with further `code`.
fn in_the_way(code: &str) -> String {
    let text =
        format!("package m\n\n{code}\n\ntype t struct {{\n\ta bool\n\tb int\n\tc bool\n}}\n");
    let mut program = program(&[BINARY, ATOMIC, ("m", &text)]);
    let found = structs(&mut program, None);
    let ours = found.iter().filter(|one| one.layout.name == "m.t");
    let reasons = ours
        .flat_map(|one| &one.obstacles)
        .map(|it| it.reason.to_string());
    reasons.collect::<Vec<_>>().join("; ")
}

#[test]
fn all_kinds_of_structs_are_found() {
    let text = "package m

type A struct { a bool; b int; c bool; d struct { e, f uint8 } }

type list[T any] struct { head bool; item T; tail bool }

var _ list[int]
var _ = new(list[string])

func f() { type local struct { x, y int8; z int16 } }
";
    insta::assert_snapshot!(found(&[("m", text)]), @"
    m.A: 24 → 16 []
    struct@m.go:3:42: 2 [not a type of its own]
    m.list[int]: 24 → 16 [generic]
    m.list[string]: 32 → 24 [generic]
    m.local@m.go:10:17: 4 []
    ");
}

#[test]
fn uses_that_know_the_order_are_in_the_way() {
    let cases = [
        ("var _ = t{a: true}", ""),
        ("var _ = t{true, 1, false}", "a literal without field names"),
        (
            "var _ = []*t{{true, 1, false}}",
            "a literal without field names",
        ),
        (
            "type u t\nvar _ = u{true, 1, false}",
            "a literal without field names",
        ),
        (
            "import \"unsafe\"\nconst _ = unsafe.Offsetof(t{}.b)",
            "`unsafe.Offsetof`",
        ),
        (
            "import \"unsafe\"\nvar x struct { t [2]t }\nvar _ = unsafe.Sizeof(x)",
            "`unsafe.Sizeof` or `unsafe.Alignof`",
        ),
        (
            "import \"unsafe\"\nfunc f(x *[]t) unsafe.Pointer { return unsafe.Pointer(x) }",
            "reached through `unsafe.Pointer`",
        ),
        (
            "import \"unsafe\"\nfunc f(x t) unsafe.Pointer { return unsafe.Pointer(&x.b) }",
            "reached through `unsafe.Pointer`",
        ),
        (
            "import \"unsafe\"\nfunc f(p unsafe.Pointer) bool { return (*t)(p).a }",
            "reached through `unsafe.Pointer`",
        ),
        (
            "type u struct { a bool; b int; c bool }\nfunc f(x *u) *t { return (*t)(x) }",
            "converted to or from `m.u`",
        ),
        (
            "var u struct { a bool; b int; c bool }\nvar _ t = u",
            "an unnamed struct type is identical",
        ),
        (
            "func f(x *t)",
            "passed to a function that is made elsewhere",
        ),
        (
            "import \"encoding/binary\"\nvar _ = binary.Write(nil, nil, &t{})",
            "encoded by `encoding/binary` in this order",
        ),
        (
            "import \"sync/atomic\"\ntype in struct { n int64 }\ntype u struct { in }\nfunc f(x *u) { atomic.AddInt64(&x.n, 1) }",
            "",
        ),
    ];
    for (code, expected) in cases {
        assert_eq!(in_the_way(code), expected, "{code}");
    }
}

#[test]
fn a_struct_itself_tells_that_it_is_to_be_kept() {
    let text = "package m

import \"structs\"

type host struct { _ structs.HostLayout; a bool; b int }
type padded struct { a bool; pad [56]byte; b bool }
type marked struct { a bool; _ [0]func(); b bool }
type Open struct { A bool; B int }
type Closed struct { A bool; b int }
type tagged struct { a bool `json:\"a\"` }

//goperf:keep
type kept struct { a bool }

// n must be first.
type said struct { n int }

type grouped struct {
	a bool

	b int
}

type commented struct {
	a /* here */ bool
	b int
}
";
    insta::assert_snapshot!(found(&[STRUCTS, ("m", text)]), @"
    m.host: 16 [has the layout of the host (`structs.HostLayout`); field `_` is there for its place]
    m.padded: 58 [field `pad` is there for its place]
    m.marked: 16 → 8 [field `_` is there for its place]
    m.Open: 16 [exported: other packages may write literals without field names]
    m.Closed: 16 []
    m.tagged: 1 [`json` tags: encoders write fields in this order]
    m.kept: 1 [marked to be kept (line 12)]
    m.said: 8 [a comment says “must be first” (line 15)]
    m.grouped: 16 [its fields are grouped]
    m.commented: 16 [fields that cannot be moved as lines]
    ");
}

#[test]
fn atomic_use_binds_what_holds_the_struct() {
    let text = "package m

import \"sync/atomic\"

type in struct { a bool; n int64 }
type out struct { a bool; in in }
type free struct { in *in }

func f(x *in) { atomic.AddInt64(&x.n, 1) }
";
    insta::assert_snapshot!(found(&[ATOMIC, ("m", text)]), @"
    m.in: 16 [a 64-bit field is used atomically (line 9)]
    m.out: 24 [a 64-bit field is used atomically (line 9)]
    m.free: 8 []
    ");
}

#[test]
fn files_of_other_builds_are_looked_at_by_name() {
    let (other, _) = go_syntax::parse(b"package m\n\nvar _ = []t{{true, 1}}\nvar _ = u{a: 1}\n");
    let text = "package m\n\ntype t struct { a bool; b int }\ntype u struct { a bool; b int }\n";
    let mut program = program(&[("m", text)]);
    let found = structs(&mut program, Some(&other));
    let lines: String = found.iter().map(line).collect();
    insta::assert_snapshot!(lines, @"
    m.t: 16 [a literal without field names, in a file of another build (line 3)]
    m.u: 16 []
    ");
}

#[test]
fn lines_end_as_they_did() {
    let windows = |text: &str| text.replace('\n', "\r\n");
    for text in [
        "type t struct {\n\ta bool // first\n\n\t// second\n\tb int\n\tc func(\n\t\tint,\n\t)\n\td bool\n}\n",
        "type t struct { a bool; b int; c bool }\n",
    ] {
        let (plain, ours) = (reordered(text), reordered(&windows(text)));
        assert_eq!(ours.replace("\r\n", "\n"), plain);
        let ends = ours.matches("\r\n").count();
        // Three are of the lines around the text.
        assert_eq!(ends + 3, plain.matches('\n').count(), "{ours:?}");
        assert!(ends > 4, "{plain}");
    }
    let mixed = "type t struct {\r\n\ta bool\n\tb int\r\n\tc bool\r\n}\r\n";
    assert_eq!(reordered(mixed), "nothing moves");
}

/// The file with its first struct in the order that takes less.
fn reordered(text: &str) -> String {
    let text = format!("package m\n\n{text}\n");
    let mut program = program(&[("m", &text)]);
    let one = structs(&mut program, None).swap_remove(0);
    let better = layout::better_order(&one.layout, Criterion::Size);
    let file = &program.packages[0].2;
    let splice = better.and_then(|better| reorder(file, one.strukt, &better.order));
    let Some(splice) = splice else {
        return "nothing moves".to_owned();
    };
    let (start, end) = (splice.range.start as usize, splice.range.end as usize);
    format!("{}{}{}", &text[..start], splice.text, &text[end..])
}

#[test]
fn fields_move_with_their_comments_and_are_aligned_anew() {
    let text = "type t struct { // head
	closed bool // whether it is

	// conn is the connection.
	// It has two lines.
	conn *int
	x, yy int32 `json:\"x\"` // both

	// detached

	f func(
		a int,
	) error // f
	b bool
	// the end
}";
    insta::assert_snapshot!(reordered(text), @r#"
    package m

    type t struct { // head
    	closed bool // whether it is

    	b bool

    	// conn is the connection.
    	// It has two lines.
    	conn  *int
    	x, yy int32 `json:"x"` // both

    	// detached

    	f func(
    		a int,
    	) error // f
    	// the end
    }
    "#);
}

#[test]
fn structs_may_be_nested_ten_thousand_deep() {
    let n = 10_000;
    let text = format!(
        "package m\n\ntype t {}int{}\n",
        "struct { a ".repeat(n),
        " }".repeat(n)
    );
    let declared = structs(&mut program(&[("m", &text)]), None);
    assert!(!declared.is_empty());
}
