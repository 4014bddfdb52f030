//! GL09: a group that is waited for before the channel is drained on which its goroutines send.

use super::counterparts::made;
use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::effects::{Effect, map_node};
use crate::ir::{At, Call, Event, FuncId, Mode, Op, Spot};
use crate::nodes::NodeId;
use crate::paths::{From, comes_before, reaches};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for (node, owner) in analysis.owned_classes() {
        owned(found, node, owner);
    }
}

/// The owner of a channel starts goroutines that send and are counted, waits for them, and receives afterwards.
fn owned(found: &mut Found<'_, '_>, node: NodeId, owner: FuncId) {
    let analysis = found.analysis;
    let effects = analysis.on(owner, node);
    let receives: Vec<Spot> = (effects.iter())
        .filter(|(_, it)| matches!(it.op, Op::Recv | Op::Range))
        .map(|(spot, _)| *spot)
        .collect();
    let Some(capacity) = analysis.capacity(node).filter(|_| !receives.is_empty()) else {
        return;
    };
    if !analysis.is_within(owner, node) {
        return;
    }
    for (start, send) in effects {
        let in_loop = send.many || !analysis.loops_outside(owner, *start, node).is_empty();
        let is_full =
            capacity == 0 || in_loop && send.must && is_uncounted(analysis, owner, *start);
        if send.op != Op::Send || !send.spawned || !send.plain || !is_full {
            continue;
        }
        let Some(wait) = waits_first(analysis, owner, (*start, node), &receives) else {
            continue;
        };
        report(found, node, owner, (*start, send), &wait);
        return;
    }
}

/// A loop around the start has turns whose number the source does not give.
fn is_uncounted(analysis: &Analysis<'_>, owner: FuncId, start: Spot) -> bool {
    let func = analysis.func(owner);
    let mut loops = func.blocks[start.block].loops.iter();
    loops.any(|number| {
        let count = func.loops[*number as usize].count.as_ref();
        count.is_none_or(|count| count.text.is_some())
    })
}

/// A wait for the goroutine's group that comes before anything is received.
fn waits_first(
    analysis: &Analysis<'_>,
    owner: FuncId,
    (start, node): (Spot, NodeId),
    receives: &[Spot],
) -> Option<(Effect, NodeId)> {
    let call = analysis.call_at(owner, start)?;
    if call.mode != Mode::Go {
        return None;
    }
    let [callee] = analysis.links.callees(&analysis.program, call) else {
        return None;
    };
    let counted = (analysis.effects_at(owner, start).iter())
        .filter(|it| it.op == Op::Done && it.spawned)
        .filter_map(|it| it.node);
    counted.into_iter().find_map(|group| {
        let sends_first =
            call.group.is_some() || sends_before_done(analysis, call, *callee, node, group);
        let (spot, wait) = (analysis.on(owner, group).iter())
            .find(|(_, it)| it.op == Op::Wait && !it.spawned && (it.depth == 0 || it.must))?;
        let is_behind = comes_before(analysis.func(owner), start, *spot);
        let mut before = receives.iter();
        let is_drained = before.any(|it| comes_before(analysis.func(owner), *it, *spot));
        (sends_first && is_behind && !is_drained).then_some((*wait, group))
    })
}

/// Whether the goroutine gets to its send without `Done`, which comes later, or is deferred.
fn sends_before_done(
    analysis: &Analysis<'_>,
    call: &Call,
    callee: FuncId,
    node: NodeId,
    group: NodeId,
) -> bool {
    let does = |spot: Spot, op: Op, of: NodeId| {
        (analysis.effects_at(callee, spot).iter()).any(|it| {
            let mapped = |own| map_node(&analysis.program, call, callee, own);
            it.op == op && it.node.and_then(mapped) == Some(of)
        })
    };
    let sends = |spot: Spot, _: &Event| does(spot, Op::Send, node);
    let is_done = |spot: Spot, _: &Event| does(spot, Op::Done, group);
    reaches(analysis.func(callee), From::Entry, &sends, &is_done).is_some()
}

fn report(
    found: &mut Found<'_, '_>,
    node: NodeId,
    owner: FuncId,
    (start, send): (Spot, &Effect),
    (wait, group): &(Effect, NodeId),
) {
    let analysis = found.analysis;
    let mut steps: Vec<(At, Role)> = made(analysis, node).into_iter().collect();
    steps.push((analysis.at(owner, start), Role::Started));
    steps.push((send.at, Role::Counterpart));
    steps.push((wait.at, Role::Blocks));
    found.add(Draft {
        mistake: Mistake::WaitBeforeReceive,
        tier: if send.must { Tier::Error } else { Tier::Warn },
        func: owner,
        at: wait.at,
        subject: analysis.name(*group),
        other: analysis.name(node),
        steps: &steps,
    });
}
