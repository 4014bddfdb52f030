//! GP606: hot functions a little above the inlining budget, and what in their bodies costs most.
//!
//! Functions with `defer`, `go` or `recover` are not among them: the compiler does not print what they would cost
//! without, so nothing says that they would be inlined then.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use base::LineCol;
use diag::Value;
use gc::{Kind, Refusal};
use go_syntax::{ExprId, ExprKind, Node};

use crate::evidence::{Gain, percent, rank};
use crate::findings::{PackageFindings, TooBig, finding, help, note};
use crate::heat::HotFunction;
use crate::rule::{Look, Rule};
use crate::selection::CheckOptions;
use crate::view::View;
use crate::weights::{Resource, Weights};

pub const RULE: Rule = Rule {
    id: "GP606",
    name: "almost-inlinable",
    summary: "a hot function a little above the inlining budget",
    since: None,
    until: None,
    doc: include_str!("almost_inlinable.md"),
    look: Look::Package(check),
};

/// A call that is not inlined. Source: `inlineExtraCallCost`, cmd/compile/internal/inline/inl.go, go1.27.3.
const CALL_COST: u32 = 57;
/// Beyond this multiple of the budget no small change brings a function below it.
const NEAR: u32 = 2;
/// Functions below this share of CPU are not worth a thought about inlining.
const HOT: f64 = 0.005;

/// A function whose cost exceeds the budget.
struct Refused<'a> {
    name: &'a str,
    file: usize,
    at: LineCol,
    cost: u32,
    budget: u32,
}

fn check(view: &View, options: &CheckOptions, found: &mut PackageFindings) {
    let heat: HashMap<&str, &HotFunction> = (view.heat.into_iter())
        .flat_map(|heat| heat.functions.iter())
        .filter(|function| function.package == view.id)
        .map(|function| (function.name.as_str(), function))
        .collect();
    let total = view.total();
    for refused in refused(view) {
        let name = crate::fold_name(refused.name);
        let flat = heat
            .get(name.as_str())
            .map(|function| function.flat)
            .unwrap_or_default();
        let hot = flat.sure_share(Resource::Cpu, &total) >= HOT;
        let parts = parts(view, &refused);
        if refused.cost > NEAR * refused.budget || !can_fit(&refused, &parts) {
            if hot {
                found.too_big.push(TooBig {
                    function: name,
                    path: view.path(refused.file),
                    line: refused.at.line,
                    cost: refused.cost,
                    budget: refused.budget,
                    weights: flat.only(Resource::Cpu),
                });
            }
        } else if hot {
            report(view, &refused, &parts, &flat, found);
        } else if options.all {
            report(view, &refused, &parts, &Weights::default(), found);
        } else {
            *found.unbacked.entry(RULE.id).or_default() += 1;
        }
    }
}

fn refused<'a>(view: &View<'a>) -> Vec<Refused<'a>> {
    let decisions = view.decisions;
    let files = view.package.file_index();
    let mut by_place: BTreeMap<(usize, LineCol), Refused<'a>> = BTreeMap::new();
    for (_, decision) in decisions.iter() {
        let Kind::CannotInline {
            why: Refusal::TooComplex { cost, budget },
        } = decision.kind
        else {
            continue;
        };
        let path = Path::new(decisions.path(decision.position.file));
        let Some(&file) = files.get(path) else {
            continue;
        };
        let at = decision.position.line_col();
        // Instances of one generic function are one function to people.
        by_place.entry((file, at)).or_insert(Refused {
            name: decisions.text(decision.subject),
            file,
            at,
            cost,
            budget,
        });
    }
    by_place.into_values().collect()
}

fn report(
    view: &View,
    refused: &Refused,
    parts: &[Part],
    flat: &Weights,
    found: &mut PackageFindings,
) {
    let name = crate::fold_name(refused.name);
    let (cost, budget) = (refused.cost, refused.budget);
    let weights = flat.only(Resource::Cpu);
    let gain = Gain {
        reduction: 0.2,
        confidence: 0.7,
    };
    let ranked = rank(&weights, &weights, &view.total(), gain);
    let over = cost.saturating_sub(budget);
    let message =
        format!("`{name}` is not inlined: cost {cost} exceeds the budget of {budget} by {over}");
    let primary = view
        .declared_name(refused.file, refused.at.line)
        .unwrap_or_else(|| view.annotation(refused.file, refused.at))
        .message(format!("costs {cost} of {budget}"));
    let mut diagnostic = finding(view, &RULE, message, primary, ranked);
    (diagnostic.data).insert("cost".into(), Value::from(i64::from(cost)));
    (diagnostic.data).insert("budget".into(), Value::from(i64::from(budget)));
    breakdown(view, refused, parts, &mut diagnostic);
    diagnostic.notes.push(help(
        &RULE,
        "where a part of it runs seldom, move that into a function of its own, so that the rest fits",
    ));
    diagnostic.function = Some(name);
    found.findings.push(diagnostic);
}

/// A call in a body: its cost, and whether it is inlined.
type Part = (u32, ExprId, bool);

/// Which calls make up the cost, the most expensive first: those inlined cost their bodies, all others a fixed price.
fn parts(view: &View, refused: &Refused) -> Vec<Part> {
    let costs = costs(view);
    let inlined = inlined_calls(view, refused.file);
    let mut parts: Vec<Part> = (calls(view, refused).into_iter())
        .map(|(call, at)| match inlined.get(&at) {
            Some(callee) => (costs.get(callee).copied().unwrap_or(0), call, true),
            None => (CALL_COST, call, false),
        })
        .collect();
    parts.sort_by_key(|(cost, call, _)| (std::cmp::Reverse(*cost), *call));
    parts
}

/// Whether the rest fits into the budget once what is called is moved into one function of its own.
fn can_fit(refused: &Refused, parts: &[Part]) -> bool {
    let of_calls: u32 = parts.iter().map(|part| part.0).sum();
    refused.cost.saturating_sub(of_calls) + CALL_COST <= refused.budget
}

/// Shows the most expensive calls.
fn breakdown(view: &View, refused: &Refused, parts: &[Part], diagnostic: &mut diag::Diagnostic) {
    let Some(syntax) = view.syntax(refused.file) else {
        return;
    };
    for (part, call, inlined) in parts.iter().take(3).filter(|part| part.0 > 0) {
        let how = if *inlined {
            "inlined, costs"
        } else {
            "not inlined, costs"
        };
        let callee = match syntax.ast.expr(*call).kind {
            ExprKind::Call { fun, .. } => Node::Expr(fun),
            _ => Node::Expr(*call),
        };
        let annotation = view.annotate(refused.file, callee);
        diagnostic
            .secondary
            .push(annotation.message(format!("{how} {part}")));
    }
    let of_calls: u32 = parts.iter().map(|part| part.0).sum();
    if of_calls > 0 && of_calls <= refused.cost {
        let share = percent(f64::from(of_calls) / f64::from(refused.cost));
        diagnostic.notes.push(note(format!(
            "calls make up {of_calls} of its cost of {} ({share})",
            refused.cost
        )));
    }
}

/// The calls in a function's own body, conversions and builtins left out, with gc's positions.
fn calls(view: &View, refused: &Refused) -> Vec<(ExprId, LineCol)> {
    let functions = &view.package.functions;
    let function = functions.starting_at(refused.file, refused.at.line).next();
    let (Some(function), Some(syntax)) = (function, view.syntax(refused.file)) else {
        return Vec::new();
    };
    let Some(body) = functions.get(function).body else {
        return Vec::new();
    };
    let mut calls = Vec::new();
    syntax.ast.walk(body, |node| {
        if let Node::Expr(id) = node
            && let ExprKind::Call { fun, .. } = syntax.ast.expr(id).kind
            && view.is_function(refused.file, fun)
        {
            calls.push((id, syntax.lines.line_col(syntax.ast.expr(id).pos)));
        }
        true
    });
    calls
}

/// The cost of every inlinable function the log names.
fn costs<'a>(view: &View<'a>) -> HashMap<&'a str, u32> {
    let decisions = view.decisions;
    let cost = |decision: &gc::Decision| match decision.kind {
        Kind::CanInline {
            cost: Some(cost), ..
        } => Some((decisions.text(decision.subject), cost)),
        _ => None,
    };
    decisions
        .iter()
        .filter_map(|(_, decision)| cost(decision))
        .collect()
}

/// The inlined calls of a file by the place of their parenthesis.
fn inlined_calls<'a>(view: &View<'a>, file: usize) -> HashMap<LineCol, &'a str> {
    let decisions = view.decisions;
    let path = view.path(file);
    (decisions.iter())
        .filter(|(_, decision)| {
            matches!(decision.kind, Kind::InliningCall { .. })
                && Path::new(decisions.path(decision.position.file)) == path
        })
        .map(|(_, decision)| {
            (
                decision.position.line_col(),
                decisions.text(decision.subject),
            )
        })
        .collect()
}
