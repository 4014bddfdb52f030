//! The native inliner beside the compiler: what `go build -gcflags=-m=2` of Go 1.27.3 prints about
//! `resources/native/costs.go`, verdict by verdict, with costs, text and order.

mod common;
#[path = "common/lines.rs"]
mod lines;

use common::lowered;
use gc::native::{Costs, Verdict, breakdown, verdicts};
use go_ir::Printer;
use go_types::fixture::{self, Fixture};
use go_types::with_stack;
use lines::assert_lines;

const SOURCE: &str = include_str!("../resources/native/costs.go");
const COMPILER: &str = include_str!("../resources/native/costs.m2");

fn checked(source: &str) -> Fixture {
    fixture::checked(&[("p", "costs.go", source)])
}

fn lines(source: &str) -> Vec<String> {
    with_stack(|| {
        let mut checked = checked(source);
        let package = lowered(&mut checked.store, &checked.packages[0], None);
        let found = verdicts(&mut checked.store, &package, "amd64", &mut Costs::default());
        let printer = Printer {
            store: &checked.store,
            package: &package,
            local: checked.packages[0].id,
        };
        let line = |item: gc::native::FuncVerdict| {
            let func = &package.funcs[item.func];
            let position = checked.store.position(func.pos).unwrap_or_default();
            match item.verdict {
                Verdict::Inlinable { cost } => format!(
                    "{position}: can inline {} with cost {cost} as: {}",
                    func.name,
                    printer.func(item.func)
                ),
                Verdict::NotInlinable {
                    reason: Some(reason),
                } => format!("{position}: cannot inline {}: {reason}", func.name),
                other => format!("{position}: {}: {other:?}", func.name),
            }
        };
        found.into_iter().map(line).collect()
    })
}

#[test]
fn verdicts_costs_and_texts_are_the_compilers() {
    let ours = lines(SOURCE);
    assert_lines(&ours, COMPILER);
}

#[test]
fn what_is_not_modelled_has_no_verdict() {
    let found = lines(
        "package p\nfunc G[T any](x T) T { return x }\nfunc F() int { return G(1) }\nfunc H() int { return F() + 1 }\n",
    );
    assert_eq!(
        found,
        [
            "costs.go:3:6: F: Unknown(\"a generic function\")",
            "costs.go:4:6: H: Unknown(\"a generic function\")",
        ]
    );
}

#[test]
fn what_is_too_large_already_is_not_inlinable_whatever_the_rest_costs() {
    let source = "package p\nvar f func(int)\nfunc G[T any](x T) {}\nfunc F() { f(1); f(2); G(1) }\nfunc H() { F() }\n";
    assert_eq!(
        lines(source),
        [
            "costs.go:4:6: F: NotInlinable { reason: None }",
            "costs.go:5:6: can inline H with cost 59 as: func() { F() }",
        ]
    );
}

#[test]
fn costs_of_statements_add_up() {
    with_stack(|| {
        let mut checked = checked(SOURCE);
        let package = lowered(&mut checked.store, &checked.packages[0], None);
        let mut costs = Costs::default();
        let found = verdicts(&mut checked.store, &package, "amd64", &mut costs);
        let mut looked_at = 0;
        for item in found {
            let Verdict::Inlinable { cost } = item.verdict else {
                continue;
            };
            let costs = Costs::default();
            let parts = breakdown(&mut checked.store, &package, "amd64", &costs, item.func);
            let parts = parts.unwrap_or_else(|reason| panic!("{reason}"));
            assert_eq!(parts.cost, cost, "{}", package.funcs[item.func].name);
            looked_at += 1;
        }
        assert!(looked_at > 30);
    });
}
