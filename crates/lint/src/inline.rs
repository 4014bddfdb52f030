//! Hot functions that the compiler does not inline, and what in their bodies costs most.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use base::LineCol;
use diag::{Annotation, Value};
use gc::{Kind, Refusal};

use crate::evidence::{Gain, percent, rank};
use crate::finding::{finding, help, note};
use crate::heat::HotFunction;
use crate::package::{CheckOptions, PackageFindings, View};
use crate::rules;
use crate::scan::Call;
use crate::weights::{Resource, Weights};

/// A call that is not inlined. Source: `inlineExtraCallCost`, cmd/compile/internal/inline/inl.go, go1.27.3.
const CALL_COST: u32 = 57;
/// Beyond this multiple of the budget nobody will bring a function below it by small changes.
const NEAR: u32 = 2;
/// Functions below this share of CPU are not worth a thought about inlining.
const HOT: f64 = 0.005;

/// A function the compiler refuses to inline.
struct Refused<'a> {
    name: &'a str,
    file: usize,
    at: LineCol,
    why: Refusal,
}

pub(crate) fn check(view: &View, options: &CheckOptions, found: &mut PackageFindings) {
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
        match refused.why {
            Refusal::TooComplex { cost, budget } if cost > NEAR * budget => {
                found.too_big += usize::from(hot);
            }
            Refusal::Other(why) if !is_avoidable(view.decisions.text(why)) => {}
            _ if hot => report(view, &refused, &flat, found),
            _ if options.all => report(view, &refused, &Weights::default(), found),
            _ => {
                *found
                    .unbacked
                    .entry(rules::ALMOST_INLINABLE.id)
                    .or_default() += 1;
            }
        }
    }
}

fn refused<'a>(view: &View<'a>) -> Vec<Refused<'a>> {
    let decisions = view.decisions;
    let mut by_place: BTreeMap<(usize, LineCol), Refused<'a>> = BTreeMap::new();
    for (_, decision) in decisions.iter() {
        let Kind::CannotInline { why } = decision.kind else {
            continue;
        };
        let Some(file) = view.file(Path::new(decisions.path(decision.position.file))) else {
            continue;
        };
        let at = decision.position.line_col();
        // Instances of one generic function are one function to people.
        by_place.entry((file, at)).or_insert(Refused {
            name: decisions.text(decision.subject),
            file,
            at,
            why,
        });
    }
    by_place.into_values().collect()
}

/// Refusals that a change of the body can lift.
fn is_avoidable(why: &str) -> bool {
    ["unhandled op DEFER", "unhandled op GO", "call to recover"]
        .iter()
        .any(|known| why.starts_with(known))
}

fn report(view: &View, refused: &Refused, flat: &Weights, found: &mut PackageFindings) {
    let name = crate::fold_name(refused.name);
    let weights = flat.only(Resource::Cpu);
    let gain = Gain {
        reduction: 0.2,
        confidence: 0.7,
    };
    let ranked = rank(&weights, &view.total(), gain);
    let (reason, label) = match refused.why {
        Refusal::TooComplex { cost, budget } => (
            format!(
                "cost {cost} exceeds the budget of {budget} by {}",
                cost.saturating_sub(budget)
            ),
            format!("costs {cost} of {budget}"),
        ),
        Refusal::Other(why) => {
            let why = words(view.decisions.text(why));
            (why.to_owned(), why.to_owned())
        }
    };
    let message = format!("`{name}` is not inlined: {reason}");
    let primary =
        Annotation::at(view.path(refused.file), refused.at.line, refused.at.col).message(label);
    let mut diagnostic = finding(view, &rules::ALMOST_INLINABLE, message, primary, ranked);
    if let Refusal::TooComplex { cost, budget } = refused.why {
        diagnostic
            .data
            .insert("cost".into(), Value::from(i64::from(cost)));
        diagnostic
            .data
            .insert("budget".into(), Value::from(i64::from(budget)));
        breakdown(view, refused, cost, &mut diagnostic);
    }
    if let Refusal::Other(_) = refused.why {
        diagnostic.notes.push(note(
            "the compiler does not tell its cost then: without it the function may still exceed the budget of 80".into(),
        ));
    }
    diagnostic.notes.push(help(match refused.why {
        Refusal::TooComplex { .. } => {
            "move the rare path into a function of its own, so that the rest fits (`goperf explain GP606`)".into()
        }
        Refusal::Other(_) => "end the function without it where the hot path allows that (`goperf explain GP606`)".into(),
    }));
    diagnostic.function = Some(name);
    found.findings.push(diagnostic);
}

fn words(why: &str) -> &'static str {
    match why {
        w if w.starts_with("unhandled op DEFER") => "`defer` prevents inlining",
        w if w.starts_with("unhandled op GO") => "`go` prevents inlining",
        _ => "`recover` prevents inlining",
    }
}

/// Which calls make up the cost: those inlined cost their bodies, all others a fixed price.
fn breakdown(view: &View, refused: &Refused, cost: u32, diagnostic: &mut diag::Diagnostic) {
    let Some(tokens) = view.tokens(refused.file) else {
        return;
    };
    let Some(extent) = tokens.function_at(refused.at.line) else {
        return;
    };
    let costs = costs(view);
    let inlined = inlined_calls(view, refused.file);
    let body = LineCol {
        line: refused.at.line,
        col: u32::MAX,
    };
    let mut parts: Vec<(u32, Call, bool)> = Vec::new();
    let calls = tokens.calls(extent).into_iter();
    for call in calls.filter(|call| call.paren > body || extent.first == extent.last) {
        match inlined.get(&call.paren) {
            Some(callee) => {
                let cost = costs.get(callee).copied().unwrap_or(0);
                parts.push((cost, call, true));
            }
            None => parts.push((CALL_COST, call, false)),
        }
    }
    parts.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.paren.cmp(&b.1.paren)));
    for (part, call, inlined) in parts.iter().take(3).filter(|part| part.0 > 0) {
        let how = if *inlined {
            "inlined, costs"
        } else {
            "not inlined, costs"
        };
        let col = call
            .paren
            .col
            .saturating_sub(call.callee.len() as u32)
            .max(1);
        let annotation = Annotation::at(view.path(refused.file), call.paren.line, col);
        diagnostic
            .secondary
            .push(annotation.message(format!("{how} {part}")));
    }
    let of_calls: u32 = parts.iter().map(|part| part.0).sum();
    if of_calls > 0 && of_calls <= cost {
        let share = percent(f64::from(of_calls) / f64::from(cost));
        diagnostic.notes.push(note(format!(
            "calls make up {of_calls} of its cost of {cost} ({share})"
        )));
    }
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
