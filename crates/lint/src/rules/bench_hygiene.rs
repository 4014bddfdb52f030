//! GP708: benchmarks that do not time what they seem to.

use diag::Severity;
use go_syntax::{DeclId, DeclKind, ExprId, ExprKind, Node};
use go_types::ObjId;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Function, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP708",
    name: "bench-hygiene",
    summary: "a benchmark that stops its timer each turn, or has no loop",
    since: None,
    until: None,
    doc: include_str!("bench_hygiene.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[],
        spent_in: &[],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if source.called_name(call) == "StopTimer"
            && is_method_of_b(source, call)
            && !source.loops_around(call).is_empty()
            && source.runs_again(call)
            && starts_in_turn(source, call)
        {
            found.push(stopped(source, call));
        }
    }
    for function in source.functions() {
        if let Function::Declared(decl) = function
            && let Some((name, b)) = benchmark(source, decl)
            && !source
                .mentions(b)
                .iter()
                .skip(1)
                .any(|it| counts(source, *it))
        {
            found.push(without_loop(source, name));
        }
    }
}

fn is_method_of_b(source: &Source<'_>, call: ExprId) -> bool {
    let name = source.called_name(call);
    source
        .callee(call)
        .is_some_and(|it| it.is_method("testing", "B", name))
}

/// Whether the same loop also starts the timer again.
fn starts_in_turn(source: &Source<'_>, stop: ExprId) -> bool {
    let Some(around) = source.loops_around(stop).first().copied() else {
        return false;
    };
    source.below_here(around).into_iter().any(|node| {
        matches!(node, Node::Expr(call)
            if source.called_name(call) == "StartTimer" && is_method_of_b(source, call))
    })
}

fn stopped(source: &Source<'_>, call: ExprId) -> Found {
    Found::new(source, call, "each turn stops the timer, which takes longer than most operations")
        .label("reads the memory statistics: stops the world")
        .help(
            "prepare all turns before the loop, or time the preparation as well and subtract what it takes alone",
        )
}

/// The name and parameter of `func BenchmarkX(b *testing.B)`.
fn benchmark(source: &Source<'_>, decl: DeclId) -> Option<(ExprId, ObjId)> {
    let DeclKind::Func(func) = source.file.ast.decl(decl).kind else {
        return None;
    };
    if func.recv_range.is_some() || !source.text(func.name).starts_with("Benchmark") {
        return None;
    }
    let signature = source.file.ast.func_type(func.ty)?;
    let [field] = source.file.ast.list(signature.params) else {
        return None;
    };
    let [param] = source.file.ast.list(source.file.ast.field(*field).names) else {
        return None;
    };
    let obj = source.variable(*param)?;
    source
        .is_named(source.type_of_object(obj), "testing", "B")
        .then_some((func.name, obj))
}

/// Whether a use of `b` may be the loop, or gives the benchmark up: all but reports and the timer.
fn counts(source: &Source<'_>, ident: ExprId) -> bool {
    const OTHERS: &[&str] = &[
        "Cleanup",
        "Error",
        "Errorf",
        "Fatal",
        "Fatalf",
        "Helper",
        "Log",
        "Logf",
        "ReportAllocs",
        "ReportMetric",
        "ResetTimer",
        "SetBytes",
        "Setenv",
        "StartTimer",
        "StopTimer",
        "TempDir",
    ];
    let Some(Node::Expr(outer)) = source.parent(ident) else {
        return true;
    };
    match source.expr(outer) {
        ExprKind::Selector { x, sel } if x == ident => !OTHERS.contains(&source.text(sel)),
        _ => true,
    }
}

fn without_loop(source: &Source<'_>, name: ExprId) -> Found {
    let text = source.text(name);
    let message = format!("`{text}` does its work once, however often it is to run");
    Found::new(source, name, &message)
        .label("no loop over `b.N` or `b.Loop()`")
        .help("repeat what is to be timed: `for b.Loop() { … }`")
}
