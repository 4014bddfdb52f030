//! What is printed parses to the same tree, and gofmt leaves it alone.

use std::path::Path;

use base::system::{Command, Exit, Input, OsSystem};
use base::{Cancellation, System};
use go_syntax::testing::shape;
use go_syntax::{parse, print_file};

const EVERYTHING: &str = include_str!("data/everything.go");

fn check_round_trip(name: &str, src: &[u8]) -> String {
    let (file, problems) = parse(src);
    assert!(problems.is_empty(), "{name}: {problems:?}");
    let printed = print_file(&file);
    let (again, problems) = parse(printed.as_bytes());
    assert!(problems.is_empty(), "{name}: {problems:?}\n{printed}");
    let (was, is) = (shape(&file), shape(&again));
    if let Some(at) = was.iter().zip(&is).position(|(was, is)| was != is) {
        panic!("{name}: {:?} became {:?}", &was[at..], &is[at..]);
    }
    assert_eq!(was.len(), is.len(), "{name}");
    assert_eq!(
        print_file(&again),
        printed,
        "{name}: printing twice differs"
    );
    printed
}

/// What gofmt makes of a text; `None` if there is none that reads it.
fn gofmt(system: &OsSystem, text: &str) -> Option<String> {
    let goroot = Command::new("go").args(["env", "GOROOT"]);
    let goroot = system.run(&goroot, &Cancellation::default()).ok()?.stdout;
    let goroot = String::from_utf8(goroot).ok()?;
    let mut command = Command::new(Path::new(goroot.trim()).join("bin/gofmt"));
    command.stdin = Input::Bytes(text.as_bytes().to_vec());
    let output = system.run(&command, &Cancellation::default()).ok()?;
    if output.exit != Exit::Code(0) {
        return None; // before 1.27 it does not know generic methods
    }
    String::from_utf8(output.stdout).ok()
}

#[test]
fn every_construct_keeps_its_tree_and_suits_gofmt() {
    let printed = check_round_trip("everything.go", EVERYTHING.as_bytes());
    match gofmt(&OsSystem::default(), &printed) {
        Some(formatted) => assert_eq!(printed, formatted),
        None => println!("skipped gofmt: there is none of Go 1.27"),
    }
}

#[test]
fn a_blank_line_between_imports_is_kept_and_none_is_made() {
    let src = "package p\n\nimport \"a\"\n\nimport ( \"b\"\n\n\"c\"\n\"d\"; \"e\"\n)\n";
    let printed = check_round_trip("imports", src.as_bytes());
    let want = "package p\n\nimport \"a\"\n\nimport (\n\t\"b\"\n\n\t\"c\"\n\t\"d\"\n\t\"e\"\n)\n";
    assert_eq!(printed, want);
}

#[test]
fn bodies_tags_and_results_are_where_gofmt_has_them() {
    let name = "a".repeat(87);
    let src = format!(
        "package p

func {name}(p int) {{}}

func {name}s(p int) {{
}}

func f(p struct {{
\ta, b int
}}) {{
}}

type T struct {{
\ta   int `x`
\tbbb struct {{
\t\tc, d int
\t}} `y`
\tcc string `z`
}}

type I interface {{
\tID() (mib MIB, other string)
}}

type J interface{{ ID() (mi MIB, other string) }}

func g() (func(), func()) {{
\treturn func() {{
\t\t\tf()
\t\t}}, func() {{
\t\t\tf()
\t\t}}
}}
"
    );
    assert_eq!(check_round_trip("layout", src.as_bytes()), src);
}

#[test]
fn blanks_around_operators_follow_gofmt() {
    let exprs = [
        "a + b*c",
        "f(a+b, c)",
        "f(a + b)",
        "a[i+1]",
        "a[i+1 : j]",
        "a[:i+1]",
        "x == y && z",
        "a*(b+c) + d",
        "a - -b",
        "a / *p",
        "f(*g(a + b), a+b)",
        "a & ^b",
        "1<<s | 2",
        "x.f(a*b+c, func() {})",
        "-x * +y",
        "m[k][a+b]",
        "a && !(b || c)",
        "T{a + b, c: d * e}",
        "<-c",
        "*p.x",
        "[]byte(s)[1:]",
    ];
    let src = exprs.join("\n\t_ = ");
    let src = format!("package p\n\nfunc f() {{\n\t_ = {src}\n}}\n");
    assert_eq!(check_round_trip("exprs", src.as_bytes()), src);
    if let Some(formatted) = gofmt(&OsSystem::default(), &src) {
        assert_eq!(src, formatted);
    }
}

#[test]
fn the_standard_library_keeps_its_trees() {
    let system = OsSystem::default();
    let goroot = Command::new("go").args(["env", "GOROOT"]);
    let Ok(goroot) = system.run(&goroot, &Cancellation::default()) else {
        println!("skipped: no go command");
        return;
    };
    let goroot = String::from_utf8_lossy(&goroot.stdout).into_owned();
    for package in [
        "fmt",
        "reflect",
        "net/http",
        "go/types",
        "runtime",
        "slices",
        "text/template",
    ] {
        let dir = Path::new(goroot.trim()).join("src").join(package);
        for path in system.read_dir(&dir).into_iter().flatten() {
            if path.extension().is_some_and(|extension| extension == "go") {
                let src = system.read(&path).expect("a file that is listed");
                check_round_trip(&path.display().to_string(), &src);
            }
        }
    }
}
