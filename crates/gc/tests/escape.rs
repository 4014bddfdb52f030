//! Escape analysis beside the compiler: what `go build -gcflags='-l -m=1'` of Go 1.27.3 prints about
//! `resources/native/escape.go`, line by line and in order.

use gc::native::{Tags, escapes};
use go_ir::{Printer, Source, lower};
use go_types::fixture;
use go_types::with_stack;

const SOURCE: &str = include_str!("../resources/native/escape.go");
const COMPILER: &str = include_str!("../resources/native/escape.l.m1");

/// What is said about a package, and of which functions nothing or not all.
fn lines(source: &str) -> (Vec<String>, Vec<String>) {
    with_stack(|| {
        let mut checked = fixture::checked(&[("p", "escape.go", source)]);
        let package = &checked.packages[0];
        let source = Source {
            pkg: package.id,
            files: vec![&package.file],
            info: &package.info,
        };
        let mut lowered = lower(&mut checked.store, &source);
        let mut tags = Tags::default();
        let found = escapes(&mut checked.store, &mut lowered, "amd64", &mut tags);
        let printer = Printer {
            store: &checked.store,
            package: &lowered,
            local: checked.packages[0].id,
        };
        let lines = found.findings.iter().map(|finding| {
            let position = checked.store.position(finding.pos(&lowered));
            let position = position.unwrap_or_default();
            format!("{position}: {}", finding.message(&printer))
        });
        let gaps = (found.gaps.iter())
            .map(|(func, reason)| format!("{}: {reason}", lowered.funcs[*func].name));
        (lines.collect(), gaps.collect())
    })
}

#[test]
fn without_inlining_all_lines_are_the_compilers() {
    let (ours, gaps) = lines(SOURCE);
    let theirs: Vec<&str> = COMPILER.lines().collect();
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[test]
fn only_what_does_not_depend_on_a_function_that_is_not_modelled_is_said() {
    let (lines, gaps) = lines(
        "package p\nfunc G[T any](x T) T { return x }\nfunc F(p *int) *int { return G(p) }\n\
         func H(p, q *int) *int { return F(p) }\n",
    );
    assert_eq!(lines, ["escape.go:4:11: q does not escape"]);
    assert_eq!(
        gaps,
        [
            "F: a generic function as a value",
            "H: a call of a function that is not modelled"
        ]
    );
}
