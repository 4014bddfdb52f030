//! Escape analysis beside the compiler: what `go build` of Go 1.27.3 prints about `resources/native/escape.go` with
//! `-gcflags='-l -m=1'` and `-gcflags=-m=1`, line by line and in order. The latter without bounds checks and wrappers.
//! About `resources/native/instances.go`, which uses generic functions, nothing wrong is said.

mod common;

use common::assert_lines;
use gc::native::{Bodies, Context, Costs, Tags, escapes, inline_calls};
use go_ir::Printer;
use go_types::fixture;
use go_types::with_stack;

const SOURCE: &str = include_str!("../resources/native/escape.go");
const WITHOUT_INLINING: &str = include_str!("../resources/native/escape.l.m1");
const WITH_INLINING: &str = include_str!("../resources/native/escape.m1");
const INSTANCES: &str = include_str!("../resources/native/instances.go");
const WITH_INSTANCES: &str = include_str!("../resources/native/instances.m1");
const MISSING: &str = include_str!("../resources/native/instances.missing");

/// What is said about a package, and of which functions nothing or not all.
fn lines(source: &str, inline: bool) -> (Vec<String>, Vec<String>) {
    lines_of_file("escape.go", source, inline)
}

fn lines_of_file(name: &str, source: &str, inline: bool) -> (Vec<String>, Vec<String>) {
    with_stack(|| {
        let mut checked = fixture::checked(&[("p", name, source)]);
        let package = &checked.packages[0];
        let mut lowered = common::lowered(&mut checked.store, package);
        let (mut costs, mut bodies) = (Costs::default(), Bodies::default());
        let messages = if inline {
            let store = &mut checked.store;
            inline_calls(
                store,
                &mut lowered,
                package.id,
                "amd64",
                &mut costs,
                &mut bodies,
            )
        } else {
            Vec::new()
        };
        let mut tags = Tags::default();
        let found = escapes(
            &mut checked.store,
            &mut lowered,
            package.id,
            "amd64",
            &mut tags,
        );
        let printer = Printer {
            store: &checked.store,
            package: &lowered,
            local: checked.packages[0].id,
        };
        let context = Context {
            store: &checked.store,
            package: &lowered,
            local: checked.packages[0].id,
            bodies: &bodies,
        };
        let line = |pos, text: String| {
            let position = checked.store.position(pos).unwrap_or_default();
            format!("{position}: {text}")
        };
        let messages = messages.iter().filter(|message| message.level() == 1);
        let mut lines: Vec<String> = messages
            .map(|message| line(message.position(&lowered), message.text(&context, 1)))
            .collect();
        let findings = found.findings.iter();
        lines
            .extend(findings.map(|finding| line(finding.pos(&lowered), finding.message(&printer))));
        let gaps = (found.gaps.iter())
            .map(|(func, reason)| format!("{}: {reason}", lowered.funcs[*func].name));
        (lines, gaps.collect())
    })
}

fn assert_equal(compiler: &str, inline: bool) {
    let (ours, gaps) = lines(SOURCE, inline);
    assert_lines(&ours, compiler);
    assert!(gaps.is_empty(), "{gaps:?}");
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
fn only_what_does_not_depend_on_a_function_that_is_not_modelled_is_said() {
    let (lines, gaps) = lines(
        "package p\nfunc G[T any](x T) T { return x }\nfunc F(p *int) *int { return G(p) }\n\
         func H(p, q *int) *int { return F(p) }\n",
        false,
    );
    assert_eq!(lines, ["escape.go:4:11: q does not escape"]);
    assert_eq!(
        gaps,
        [
            "F: a call of a function that is not modelled",
            "H: a call of a function that is not modelled"
        ]
    );
}

#[test]
fn lines_that_depend_on_instances_of_generic_functions_are_missing_and_none_is_wrong() {
    let (ours, _) = lines_of_file("instances.go", INSTANCES, true);
    let mut missing: Vec<&str> = WITH_INSTANCES.lines().collect();
    for line in &ours {
        let index = missing.iter().position(|theirs| theirs == line);
        missing.remove(index.unwrap_or_else(|| panic!("the compiler does not say: {line}")));
    }
    assert_eq!(missing, MISSING.lines().collect::<Vec<_>>());
}
