//! Structs of Go source, better orders and what is in their way.

use std::path::Path;

use go_syntax::File;
use go_types::Sizes;
use go_types::fixture::{self, Fixture};
use layout::{Criterion, Declared, SourceFile, SourcePackage, advise, find_structs, reorder};

/// A package by path and text; its structs are wanted if the path is `m`.
type Source<'a> = (&'a str, &'a str);

/// Stand-ins for packages of the standard library, and one of another module.
const BINARY: Source<'_> = (
    "encoding/binary",
    "package binary\n\nfunc Write(w, order, data any) error { return nil }\n",
);
const JSON: Source<'_> = (
    "encoding/json",
    "package json

func Marshal(v any) ([]byte, error) { return nil, nil }
func Unmarshal(b []byte, v any) error { return nil }

type Encoder struct{}

func (e *Encoder) Encode(v any) error { return nil }
",
);
const FMT: Source<'_> = (
    "fmt",
    "package fmt\n\nfunc Println(a ...any) {}\nfunc Sprintf(f string, a ...any) string { return f }\n",
);
const REFLECT: Source<'_> = (
    "reflect",
    "package reflect

type Value struct{}

func ValueOf(v any) Value { return Value{} }
func (v Value) Elem() Value { return v }
func (v Value) Kind() uint { return 0 }
func (v Value) Field(i int) Value { return v }
func (v Value) Interface() any { return nil }
",
);
const SYNC: Source<'_> = (
    "sync",
    "package sync

type Map struct{}

func (m *Map) Store(k, v any) {}
func (m *Map) Load(k any) (any, bool) { return nil, false }
func (m *Map) Range(f func(k, v any) bool) {}
",
);
const OTHER: Source<'_> = (
    "example.com/orm",
    "package orm

type Saver interface { Save(v any) error }
type Row struct { Data any }
type Cache[T any] struct{}

func Insert(v any) error { return nil }
func Walk(w interface { Visit() }) {}
func (c *Cache[T]) Add(v T) {}
",
);
const ATOMIC: Source<'_> = (
    "sync/atomic",
    "package atomic\n\nfunc AddInt64(addr *int64, delta int64) int64 { return 0 }\n",
);
const STRUCTS: Source<'_> = ("structs", "package structs\n\ntype HostLayout struct{}\n");

fn program(sources: &[Source<'_>]) -> Fixture {
    let files: Vec<(&str, &str, &str)> = (sources.iter())
        .map(|(path, text)| (*path, "m.go", *text))
        .collect();
    fixture::checked(&files)
}

fn structs(program: &mut Fixture, other: Option<&File>) -> Vec<Declared> {
    let packages: Vec<SourcePackage<'_>> = (program.packages.iter())
        .map(|package| (package.path.as_str(), package))
        .map(|(path, package)| SourcePackage {
            import_path: path,
            name: package.file.package_name().as_str(),
            pkg: package.id,
            files: vec![SourceFile {
                path: Path::new(if path == "m" { "/m/m.go" } else { path }),
                file: &package.file,
                info: package.info.files.first(),
                rewritten: false,
            }],
            asked: path == "m",
            reasons: Vec::new(),
            importers_known: false,
            standard: path != "m" && !path.contains('.'),
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
    let sources = [BINARY, ATOMIC, JSON, FMT, REFLECT, SYNC, OTHER];
    let mut program = program(&[&sources[..], &[("m", &text)]].concat());
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

/// What is in the way of `t` if code imports these packages and does this with it.
fn in_the_way_of(imports: &str, code: &str) -> String {
    let imports = imports
        .split(' ')
        .map(|path| format!("import \"{path}\"\n"));
    in_the_way(&(imports.collect::<String>() + code))
}

const ENCODED: &str = "encoded by `encoding/binary` in this order";
const IN_ORDER: &str = "`encoding/json` writes its fields in this order";

#[test]
fn values_are_followed_to_encoders() {
    let cases = [
        (
            "a helper",
            "func put(v any) { binary.Write(nil, nil, v) }
             func f(x *t) { put(x) }",
        ),
        (
            "two helpers and a variable",
            "func put(v any) { w := v; put2(1, w) }
             func put2(n int, vs ...any) { for _, v := range vs { binary.Write(nil, nil, v) } }
             func f(x t) { put(&x) }",
        ),
        (
            "a generic helper",
            "func put[T any](v T) { binary.Write(nil, nil, v) }
             func f(x t) { put(x) }",
        ),
        (
            "a generic helper's pointer",
            "func get[T any]() T { var v T; binary.Write(nil, nil, &v); return v }
             func f() t { return get[t]() }",
        ),
        (
            "a generic type",
            "type codec[T any] struct { v T }
             func (c *codec[E]) put() { binary.Write(nil, nil, c.v) }
             var c codec[[]t]",
        ),
        (
            "a field",
            "type message struct { body any }
             func (m *message) put() { binary.Write(nil, nil, m.body) }
             func f(x *t) { (&message{body: x}).put() }",
        ),
        (
            "a map",
            "var kept = map[string]any{}
             func f(x *t) { kept[\"x\"] = x; binary.Write(nil, nil, kept[\"y\"]) }",
        ),
        (
            "a channel and a closure",
            "func f(x *t) {
                 c := make(chan any)
                 go func() { c <- x }()
                 binary.Write(nil, nil, <-c)
             }",
        ),
        (
            "a result",
            "func make1(x *t) (v any, err error) { v = x; return }
             func f(x *t) { v, _ := make1(x); binary.Write(nil, nil, v) }",
        ),
        (
            "a function value",
            "var put = func(v any) error { return binary.Write(nil, nil, v) }
             func f(x *t) { put(x) }",
        ),
        (
            "the encoder as a value",
            "type writer struct { put func(a, b, c any) error }
             var w = writer{put: binary.Write}
             func f(x *t) { w.put(nil, nil, x) }",
        ),
        (
            "an interface's method",
            "type putter interface { put(v any) }
             type binaryPutter struct{}
             func (binaryPutter) put(v any) { binary.Write(nil, nil, v) }
             func f(p putter, x *t) { p.put(x) }",
        ),
        (
            "a type switch",
            "func f(v any) { switch v := v.(type) { case *t, *int: binary.Write(nil, nil, v) } }
             func g(x *t) { f(x) }",
        ),
        (
            "an element of what is held",
            "type outer struct { rows []any }
             func f(x *t) { binary.Write(nil, nil, &outer{rows: append([]any(nil), x)}) }",
        ),
        (
            "several results as arguments",
            "func two(x *t) (int, any) { return 1, x }
             func put(n int, v any) { binary.Write(nil, nil, v) }
             func f(x *t) { put(two(x)) }",
        ),
    ];
    for (name, code) in cases {
        assert_eq!(in_the_way_of("encoding/binary", code), ENCODED, "{name}");
    }
}

#[test]
fn the_standard_library_hands_values_on() {
    let cases = [
        "var m sync.Map
         func f(x *t) { m.Store(1, x); v, _ := m.Load(1); binary.Write(nil, nil, v) }",
        "type s struct { m sync.Map }
         func (s *s) f(x *t) { s.m.Store(1, x) }
         func (s *s) g() { s.m.Range(func(k, v any) bool { binary.Write(nil, nil, v); return true }) }",
    ];
    for code in cases {
        assert_eq!(
            in_the_way_of("encoding/binary sync", code),
            ENCODED,
            "{code}"
        );
    }
}

#[test]
fn order_that_shows_is_kept() {
    let printed = "`fmt` prints its fields in this order";
    let reflected = "its fields are reached by number through `reflect`";
    let cases = [
        ("encoding/json", "func f(x t) { json.Marshal(x) }", IN_ORDER),
        (
            "encoding/json",
            "func f(x t) { json.Marshal([]any{1, &x}) }",
            IN_ORDER,
        ),
        (
            "encoding/json",
            "func f(e *json.Encoder, x t) { e.Encode(map[string]any{\"x\": struct{ X t }{x}}) }",
            IN_ORDER,
        ),
        (
            "encoding/json",
            "func f(x t) { json.Unmarshal(nil, &x) }",
            "",
        ),
        (
            "encoding/json",
            "func (x t) MarshalJSON() ([]byte, error) { return nil, nil }
             func f(x t) { json.Marshal(x) }",
            "",
        ),
        (
            // A value of it is encoded by its fields.
            "encoding/json",
            "func (x *t) MarshalJSON() ([]byte, error) { return nil, nil }
             func f(x t) { json.Marshal(x) }",
            IN_ORDER,
        ),
        ("fmt", "func f(x *t) { fmt.Println(\"x\", x) }", printed),
        (
            "fmt",
            "func (x *t) Error() string { return \"\" }
             func g() error { return &t{} }
             func f() { fmt.Println(g()) }",
            "",
        ),
        ("fmt", "func f(x *t) { fmt.Println(x.a, x.b) }", ""),
        (
            "fmt",
            "func log(f string, v ...any) { fmt.Sprintf(f, v...) }
             func f(x t) { log(\"\", 1, x) }",
            printed,
        ),
        (
            "fmt",
            "type u struct { ts []t; any any }\nfunc f(x u) { fmt.Println(&x) }",
            printed,
        ),
        (
            "fmt",
            "type u struct { t *t; ts []*t; any any }\nfunc f(x u) { x.any = x.t; fmt.Println(&x) }",
            "",
        ),
        (
            "reflect",
            "func f(x *t) { v := reflect.ValueOf(x).Elem(); v.Field(0).Interface() }",
            reflected,
        ),
        ("reflect", "func f(x *t) { reflect.ValueOf(x).Kind() }", ""),
        (
            "unsafe",
            "func bytes[T any](v *T) *byte { return (*byte)(unsafe.Pointer(v)) }
             func f(x *t) { bytes(x) }",
            "reached through `unsafe.Pointer`",
        ),
        (
            "unsafe",
            "func data(v any) *byte { return (*[2]*byte)(unsafe.Pointer(&v))[1] }
             func f(x *t) { data(x) }",
            "reached through `unsafe.Pointer`",
        ),
        (
            "unsafe",
            "func size[T any]() uintptr { var v T; return unsafe.Sizeof(v) }
             var n = size[t]()",
            "`unsafe.Sizeof` or `unsafe.Alignof`",
        ),
    ];
    for (imports, code, expected) in cases {
        assert_eq!(in_the_way_of(imports, code), expected, "{code}");
    }
}

#[test]
fn unknown_code_may_depend_on_the_order() {
    let unknown =
        |name: &str| format!("passed to `{name}`, which may depend on the order of fields");
    let cases = [
        ("func f(x *t) { orm.Insert(x) }", unknown("orm.Insert")),
        (
            "func f(x *t) { orm.Insert(orm.Row{Data: 1}); var r orm.Row; r.Data = x }",
            unknown("orm.Data"),
        ),
        (
            "func f(s orm.Saver, x *t) { s.Save(x) }",
            unknown("orm.Save"),
        ),
        (
            "func f(x t) { var c orm.Cache[t]; c.Add(x) }",
            unknown("orm.Add"),
        ),
        (
            "var save = orm.Insert\nfunc f(x t) { save(x) }",
            unknown("orm.Insert"),
        ),
        (
            "func (x *t) Visit() {}\nfunc f(x *t) { orm.Walk(x) }",
            String::new(),
        ),
    ];
    for (code, expected) in cases {
        assert_eq!(in_the_way_of("example.com/orm", code), expected, "{code}");
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
fn comments_of_linters_keep_a_struct() {
    let text = "package m

type a struct { a bool; b int } //nolint:govet
type b struct { a bool; b int } //nolint:errcheck
//nolint:errcheck, govet // the order is read from outside
type c struct { a bool; b int }
type d struct { a bool; b int } // nolint
type e struct { a bool; b int } // nolinting is another word

//goperf:keep
type (
	f struct { a bool; b int }
	g struct {
		a bool // offset 0
		b int
	}
)
";
    insta::assert_snapshot!(found(&[("m", text)]), @"
    m.a: 16 [marked to be kept (line 3)]
    m.b: 16 []
    m.c: 16 [marked to be kept (line 5)]
    m.d: 16 [marked to be kept (line 7)]
    m.e: 16 []
    m.f: 16 [marked to be kept (line 10)]
    m.g: 16 [marked to be kept (line 10); a comment says “offset 0” (line 14)]
    ");
    let text = "//nolint:all\n\npackage m\n\ntype a struct { a bool; b int }\n";
    insta::assert_snapshot!(found(&[("m", text)]), @"
    m.a: 16 [marked to be kept (line 1)]
    ");
}

#[test]
fn what_lies_in_a_struct_of_the_host_is_kept() {
    let text = "package m

import \"structs\"

type in struct { a bool; b int }
type arr struct { a bool; b int }
type far struct { a bool; b int }
type host struct { _ structs.HostLayout; in in; arr [2]arr; far *far }
";
    insta::assert_snapshot!(found(&[STRUCTS, ("m", text)]), @"
    m.in: 16 [has the layout of the host (`structs.HostLayout`) (line 8)]
    m.arr: 16 [has the layout of the host (`structs.HostLayout`) (line 8)]
    m.far: 16 []
    m.host: 56 [has the layout of the host (`structs.HostLayout`); field `_` is there for its place]
    ");
}

#[test]
fn linknames_bind_what_they_pass() {
    assert_eq!(
        in_the_way("import _ \"unsafe\"\n//go:linkname v other.v\nvar v *t"),
        "passed to a function that is made elsewhere"
    );
    assert_eq!(
        in_the_way("import _ \"unsafe\"\n//go:linkname f other.f\nfunc f(x t) {}"),
        "passed to a function that is made elsewhere"
    );
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
    let other = "package m

import (
	enc \"encoding/binary\"
	\"fmt\"
	\"unsafe\"
)

var _ = []t{{true, 1}}
var _ = []u{{a: true}}
var _ = list{{true, 1}}

func view(p *byte) *seen { return (*seen)(unsafe.Pointer(p)) }

func of(x *outer) *byte { return (*byte)(unsafe.Pointer(&x.inner.b)) }

func global() *byte { return (*byte)(unsafe.Pointer(&kept)) }

func send(x *sent) { enc.Write(nil, nil, x) }

func asm(x *passed)

func convert(x *from) *to { return (*to)(x) }

func print(x *u) { fmt.Println(x.a) }
";
    let (other, problems) = go_syntax::parse(other.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let text = "package m

type t struct { a bool; b int }
type u struct { a bool; b int; u int }
type item struct { a bool; b int; i int }
type list []item
type seen struct { a bool; b int; s int }
type inner struct { a bool; b int; n int }
type outer struct { inner inner; far *far }
type far struct { far *nearly }
type nearly struct { a bool; b int; y int }
type global1 struct { a bool; b int; g int }
type sent struct { a bool; b int; e int }
type passed struct { a bool; b int; p int }
type from struct { a bool; b int; c bool }
type to struct { a bool; b int; c bool }

var kept []global1
";
    let mut program = program(&[BINARY, FMT, ("m", text)]);
    let found = structs(&mut program, Some(&other));
    let lines: String = found.iter().map(line).collect();
    insta::assert_snapshot!(lines, @"
    m.t: 16 [a literal without field names, in a file of another build (line 9)]
    m.u: 24 []
    m.item: 24 [a literal without field names, in a file of another build (line 11)]
    m.seen: 24 [reached through `unsafe.Pointer` (line 13)]
    m.inner: 24 [reached through `unsafe.Pointer` (line 15)]
    m.outer: 32 [reached through `unsafe.Pointer` (line 15)]
    m.far: 8 [reached through `unsafe.Pointer` (line 15)]
    m.nearly: 24 []
    m.global1: 24 [reached through `unsafe.Pointer` (line 17)]
    m.sent: 24 [encoded by `encoding/binary` in this order (line 19)]
    m.passed: 24 [passed to a function that is made elsewhere (line 21)]
    m.from: 24 → 16 [converted to or from `m.to` (line 23)]
    m.to: 24 → 16 [converted to or from `m.from` (line 23)]
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
    let file = &program.packages[0].file;
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
