//! Replaced and devirtualized calls beside the compiler: what `go build -gcflags=-m=2` of Go 1.27.3 prints about
//! `resources/native/inlining.go`, in its order.

mod common;

use common::assert_lines;
use gc::native::{Bodies, Context, Costs, inline_calls};
use go_ir::Kind;
use go_types::fixture;
use go_types::with_stack;

const SOURCE: &str = include_str!("../resources/native/inlining.go");
const COMPILER: &str = include_str!("../resources/native/inlining.m2");

/// What is said about the packages in turn; the later ones import the earlier ones.
fn lines(packages: &[(&str, &str, &str)]) -> Vec<String> {
    with_stack(|| {
        let mut checked = fixture::checked(packages);
        let (mut costs, mut bodies) = (Costs::default(), Bodies::default());
        let mut lines = Vec::new();
        for package in &checked.packages {
            let store = &mut checked.store;
            let mut lowered = common::lowered(store, package);
            let messages = inline_calls(
                store,
                &mut lowered,
                package.id,
                "amd64",
                &mut costs,
                &mut bodies,
            );
            let context = Context {
                store,
                package: &lowered,
                local: package.id,
                bodies: &bodies,
            };
            lines.extend(messages.iter().map(|message| {
                let position = store.position(message.position(&lowered));
                let position = position.unwrap_or_default();
                format!("{position}: {}", message.text(&context, 2))
            }));
        }
        lines
    })
}

#[test]
fn calls_are_replaced_and_devirtualized_in_the_compilers_order() {
    let ours = lines(&[("p", "inlining.go", SOURCE)]);
    assert_lines(&ours, COMPILER);
}

#[test]
fn functions_of_other_packages_bring_their_names_along() {
    let q =
        "package q\ntype T struct{}\nfunc (t *T) M() {}\nfunc F() func() { return func() {} }\n";
    let p = "package p\nimport \"q\"\nfunc G(t *q.T) { t.M(); q.F()() }\n";
    let ours = lines(&[("q", "q.go", q), ("p", "p.go", p)]);
    let said: Vec<&str> = (ours.iter())
        .filter(|line| line.starts_with("p.go") || line.contains("q.F.func1"))
        .map(String::as_str)
        .collect();
    assert_eq!(
        said,
        [
            "p.go:3:6: cannot inline G: function too complex: cost 84 exceeds budget 80",
            "p.go:3:21: inlining call to q.(*T).M",
            "p.go:3:28: inlining call to q.F",
            "q.go:4:26: can inline q.F.func1 with cost 0 as: func() {  }",
            "p.go:3:30: inlining call to q.F.func1",
        ]
    );
}

#[test]
fn a_body_of_a_package_that_is_not_imported_is_seen_where_an_import_inlined_it() {
    let a = "package a\ntype V []int\nfunc (v V) Len() int { return len(v) }\nfunc (v V) First() int { return v[0] }\n";
    let b = "package b\nimport \"a\"\ntype T struct { v a.V }\nfunc (t *T) Vs() a.V { return t.v }\n\
             func (t *T) Sum() (s int) { for range 10 { s += t.v.First() }; return s }\n";
    let c =
        "package c\nimport \"b\"\nfunc F(t *b.T) int { return t.Vs().Len() + t.Vs().First() }\n";
    let text = "func(*b.T) int { return a.V.Len((*b.T).Vs(t)) + a.V.First((*b.T).Vs(t)) }";
    let said = |b: &str| {
        let mut lines = lines(&[("a", "a.go", a), ("b", "b.go", b), ("c", "c.go", c)]);
        lines.retain(|line| line.starts_with("c.go"));
        lines
    };
    assert_eq!(
        said(b),
        [
            &format!("c.go:3:6: can inline F with cost 75 as: {text}"),
            "c.go:3:33: inlining call to b.(*T).Vs",
            "c.go:3:48: inlining call to b.(*T).Vs",
            "c.go:3:56: inlining call to a.V.First",
        ]
    );
    assert_eq!(
        said(&format!("{b}func init() {{ println(a.V(nil).Len()) }}\n")),
        [
            &format!("c.go:3:6: can inline F with cost 21 as: {text}"),
            "c.go:3:33: inlining call to b.(*T).Vs",
            "c.go:3:39: inlining call to a.V.Len",
            "c.go:3:48: inlining call to b.(*T).Vs",
            "c.go:3:56: inlining call to a.V.First",
        ]
    );
}

#[test]
fn arguments_go_to_fresh_variables_and_returns_to_a_label() {
    with_stack(|| {
        let source = "package p\nfunc two(a, _ int) (int, bool) { if a > 0 { return a, true }; return 0, false }\n\
                      func F() (int, bool) { return two(1, 2) }\n";
        let mut checked = fixture::checked(&[("p", "p.go", source)]);
        let package = &checked.packages[0];
        let store = &mut checked.store;
        let mut lowered = common::lowered(store, package);
        let (mut costs, mut bodies) = (Costs::default(), Bodies::default());
        inline_calls(
            store,
            &mut lowered,
            package.id,
            "amd64",
            &mut costs,
            &mut bodies,
        );
        let printer = go_ir::Printer {
            store,
            package: &lowered,
            local: package.id,
        };
        let func = lowered.funcs.iter().find(|func| func.name == "F");
        let mut text = Vec::new();
        for stmt in func.map_or(&[][..], |func| lowered.list(func.body)) {
            lowered.walk(*stmt, &mut |id| {
                if let Kind::InlinedCall { body, .. } = lowered.kind(id) {
                    text.extend(lowered.init(id).iter().map(|id| printer.node(*id)));
                    text.extend(lowered.list(body).iter().map(|id| printer.node(*id)));
                }
                true
            });
        }
        assert_eq!(
            text,
            [
                "a, _ := 1, 2",
                "var ~r0 int",
                "~r0 = <nil>",
                "var ~r1 bool",
                "~r1 = <nil>",
                "<node>",
                "if a > 0 { ~r0, ~r1 = a, true; goto .i1 }",
                "~r0, ~r1 = 0, false; goto .i1",
                ".i1: ",
            ]
        );
    });
}
