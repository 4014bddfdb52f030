//! Escape analysis beside the compiler: what `go build` of Go 1.27.3 prints about `resources/native/escape.go` with
//! `-gcflags='-l -m=1'`, `-gcflags=-m=1` and `-gcflags=-m=2`, line by line and in order.
//! About `resources/native/range_func.go`, which ranges over functions, the same with `-gcflags=-m`.
//! About `resources/native/wrappers.go` both say the same, about `resources/native/bounds.go` and
//! `resources/native/instances.go`, which uses generic functions, in some order.

#[path = "common/lines.rs"]
mod lines;

use gc::native::Engine;
use go_ir::Source;
use go_types::fixture;
use go_types::with_stack;
use lines::assert_lines;

const SOURCE: &str = include_str!("../resources/native/escape.go");
const WITHOUT_INLINING: &str = include_str!("../resources/native/escape.l.m1");
const WITH_INLINING: &str = include_str!("../resources/native/escape.m1");
const EXPLAINED: &str = include_str!("../resources/native/escape.m2");
const BOUNDS: &str = include_str!("../resources/native/bounds.go");
const WITH_BOUNDS: &str = include_str!("../resources/native/bounds.m1");
const WRAPPERS: &str = include_str!("../resources/native/wrappers.go");
const WITH_WRAPPERS: &str = include_str!("../resources/native/wrappers.m1");
const INSTANCES: &str = include_str!("../resources/native/instances.go");
const WITH_INSTANCES: &str = include_str!("../resources/native/instances.m1");
const CURRIED: &str = include_str!("../resources/native/curried.go");
const WITH_CURRIED: &str = include_str!("../resources/native/curried.m1");
const CURRIED_EXPLAINED: &str = include_str!("../resources/native/curried.m2");
const DICTIONARIES: &str = include_str!("../resources/native/dictionaries.go");
const WITH_DICTIONARIES: &str = include_str!("../resources/native/dictionaries.m2");
const GENERIC_METHODS: &str = include_str!("../resources/native/generic_methods.go");
const WITH_GENERIC_METHODS: &str = include_str!("../resources/native/generic_methods.m2");
const DYNAMIC: &str = include_str!("../resources/native/dynamic.go");
const WITH_DYNAMIC: &str = include_str!("../resources/native/dynamic.m1");
const RANGE_FUNC: &str = include_str!("../resources/native/range_func.go");
const WITH_RANGE_FUNC: &str = include_str!("../resources/native/range_func.m1");
const LINE_DIRECTIVES: &str = include_str!("../resources/native/line_directives.go");
const WITH_LINE_DIRECTIVES: &str = include_str!("../resources/native/line_directives.m1");

/// What is said about a package, and of which functions nothing or not all.
fn lines(source: &str, inline: bool) -> (Vec<String>, Vec<String>) {
    lines_of_file("escape.go", source, inline, 1)
}

fn lines_of_file(name: &str, source: &str, inline: bool, level: u8) -> (Vec<String>, Vec<String>) {
    with_stack(|| {
        let mut checked = fixture::checked(&[("p", name, source)]);
        let package = &checked.packages[0];
        let source = Source {
            pkg: package.id,
            files: vec![&package.file],
            info: &package.info,
        };
        let answer = Engine::new("amd64", inline, level).package(&mut checked.store, &source);
        let lines = (answer.lines.iter()).map(|line| line.text(&checked.store, |_| None));
        let gaps = (answer.gaps.iter()).map(|gap| format!("{}: {}", gap.func, gap.reason));
        (lines.collect(), gaps.collect())
    })
}

fn assert_equal(compiler: &str, inline: bool) {
    let (ours, gaps) = lines(SOURCE, inline);
    assert_lines(&ours, compiler);
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[track_caller]
fn assert_lines_in_some_order(mut ours: Vec<String>, compiler: &str) {
    let mut compiler: Vec<&str> = compiler.lines().collect();
    ours.sort();
    compiler.sort_unstable();
    assert_eq!(ours, compiler);
}

#[test]
fn without_inlining_all_lines_are_the_compilers() {
    assert_equal(WITHOUT_INLINING, false);
}

#[test]
fn with_inlining_all_lines_are_the_compilers() {
    assert_equal(WITH_INLINING, true);
}

#[test]
fn explanations_are_the_compilers() {
    let (ours, gaps) = lines_of_file("escape.go", SOURCE, true, 2);
    assert!(gaps.is_empty(), "{gaps:?}");
    // Not modelled: what stands for a variable that static data replaces.
    let explained = EXPLAINED.lines().collect::<Vec<_>>();
    let named = explained
        .iter()
        .position(|line| line.contains("p..stmp_7@0"));
    let end = named.map_or(0, |line| line + 1);
    let compiler = [&explained[..end - 4], &explained[end..]].concat();
    assert_lines(&ours, &compiler.join("\n"));
}

#[test]
fn bounds_checks_are_elided_where_the_compiler_says() {
    let (mut ours, gaps) = lines_of_file("bounds.go", BOUNDS, true, 1);
    assert!(gaps.is_empty(), "{gaps:?}");
    // Whether an assignment before it affects the index of the second is not looked at.
    ours.push("bounds.go:54:19: index bounds check elided".to_owned());
    assert_lines_in_some_order(ours, WITH_BOUNDS);
}

#[test]
fn only_what_does_not_depend_on_a_function_that_is_not_modelled_is_said() {
    let (lines, gaps) = lines(
        "package p\nfunc G[P any](x P) P { type t struct{ x P }; return t{x}.x }\n\
         func F(p *int) *int { return G(p) }\nfunc H(p, q *int) *int { return F(p) }\n",
        false,
    );
    assert_eq!(lines, ["escape.go:4:11: q does not escape"]);
    assert_eq!(
        gaps,
        [
            "G[go.shape.*uint8]: a type that a generic function declares",
            "F: a call of a function that is not modelled",
            "H: a call of a function that is not modelled"
        ]
    );
}

/// `resources/native/range_func.go`: nested loops, all ways out of them, deferred calls, literals, instances.
#[test]
fn ranges_over_functions_have_the_compilers_lines() {
    let (ours, gaps) = lines_of_file("range_func.go", RANGE_FUNC, true, 1);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_lines(&ours, WITH_RANGE_FUNC);
}

#[test]
fn lines_stand_where_line_directives_say() {
    let (ours, gaps) = lines_of_file("line_directives.go", LINE_DIRECTIVES, true, 1);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_lines(&ours, WITH_LINE_DIRECTIVES);
}

/// In some order.
#[test]
fn instances_have_the_compilers_lines() {
    let (ours, gaps) = lines_of_file("instances.go", INSTANCES, true, 1);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_lines_in_some_order(ours, WITH_INSTANCES);
}

/// `resources/native/curried.go`: instances and methods as values where only a run knows the dictionary, calls of methods
/// of type parameters, types that functions declare as type arguments, initializers that are static in part.
#[test]
fn values_that_pass_a_dictionary_have_the_compilers_lines() {
    let (ours, gaps) = lines_of_file("curried.go", CURRIED, true, 1);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_lines(&ours, WITH_CURRIED);
    let (ours, _) = lines_of_file("curried.go", CURRIED, true, 2);
    assert_lines(&ours, CURRIED_EXPLAINED);
}

/// `resources/native/dictionaries.go`: what a dictionary has a word for, and which word is which.
#[test]
fn words_of_dictionaries_have_the_compilers_numbers() {
    let (ours, gaps) = lines_of_file("dictionaries.go", DICTIONARIES, true, 2);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_lines(&ours, WITH_DICTIONARIES);
}

/// `resources/native/generic_methods.go`: methods with type parameters of their own.
#[test]
fn generic_methods_have_the_compilers_lines() {
    let (ours, gaps) = lines_of_file("generic_methods.go", GENERIC_METHODS, true, 2);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_lines(&ours, WITH_GENERIC_METHODS);
}

/// `resources/native/dynamic.go`: types that the dictionary tells, in some order.
#[test]
fn what_asks_for_types_at_a_run_has_the_compilers_lines() {
    let (ours, gaps) = lines_of_file("dynamic.go", DYNAMIC, true, 1);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_lines_in_some_order(ours, WITH_DYNAMIC);
}

/// The compiler calls the copy of the closure `cut.func1#` and a hash of where it is inlined, in this message alone.
#[test]
fn self_assignments_in_copied_closures_are_not_said() {
    let source = "package p\n\ntype S struct{ m []int }\n\n\
                  func cut(n int) func(*S) { return func(s *S) { s.m = s.m[:n] } }\n\n\
                  func use() func(*S) { return cut(1) }\n";
    let (ours, _) = lines(source, true);
    let said = ours.iter().filter(|line| line.contains("self-assignment"));
    let said: Vec<&String> = said.collect();
    assert_eq!(
        said,
        ["escape.go:5:52: cut.func1 ignoring self-assignment in s.m = s.m[:n]"]
    );
}

#[test]
fn wrappers_of_methods_have_the_compilers_lines() {
    let (ours, gaps) = lines_of_file("wrappers.go", WRAPPERS, true, 1);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_lines(&ours, WITH_WRAPPERS);
}
