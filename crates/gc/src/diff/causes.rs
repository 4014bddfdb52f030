//! Causes: a value's flow leads through calls, and one of these is inlined on one side only or leaks on one side only.

use super::side::Side;
use super::{Cause, Change, ChangeKind};
use crate::calls::last_name;
use crate::decision::DecisionId;
use crate::flow::Verb;

/// Why a value escapes on the new side that did not on the old one. `leaks` are the changes of parameters.
pub(super) fn cause_of_escape(
    old: &Side,
    new: &Side,
    change: &Change,
    leaks: &[Change],
) -> Option<Cause> {
    callees(new, change.new?).find_map(|callee| {
        if only_in(old, new, change, &callee) {
            return Some(Cause::NoLongerInlined(callee));
        }
        leaking(leaks, ChangeKind::NowLeaks, &callee).map(Cause::NowLeaks)
    })
}

/// Why a value stays on the new side that escaped on the old one.
pub(super) fn cause_of_stay(
    old: &Side,
    new: &Side,
    change: &Change,
    leaks: &[Change],
) -> Option<Cause> {
    callees(old, change.old?).find_map(|callee| {
        if only_in(new, old, change, &callee) {
            return Some(Cause::NowInlined(callee));
        }
        leaking(leaks, ChangeKind::NoLongerLeaks, &callee).map(Cause::NoLongerLeaks)
    })
}

/// The functions that a value is passed to on its flow to the heap.
fn callees(side: &Side, id: DecisionId) -> impl Iterator<Item = String> {
    let steps = side.flows.flow(id).map(|flow| flow.steps);
    (steps.unwrap_or_default().into_iter())
        .filter(|step| {
            matches!(
                step.verb,
                Verb::PassedTo | Verb::PassedToInlined | Verb::ReturnedBy
            )
        })
        .map(|step| step.object.to_string())
}

/// The call is inlined on one side only.
fn only_in(with: &Side, without: &Side, change: &Change, callee: &str) -> bool {
    let inlined = |side: &Side| {
        let function = &change.function;
        (side.inlined.keys())
            .any(|(caller, name)| caller == function && last_name(name) == last_name(callee))
    };
    inlined(with) && !inlined(without)
}

/// The function of that name whose parameter leaks on one side only.
fn leaking(leaks: &[Change], kind: ChangeKind, callee: &str) -> Option<String> {
    (leaks.iter())
        .find(|change| change.kind == kind && last_name(&change.function) == last_name(callee))
        .map(|change| change.function.clone())
}
