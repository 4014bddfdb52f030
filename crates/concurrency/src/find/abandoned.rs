//! GL02: goroutines that send when the receiver has left.

use super::counterparts::made;
use super::repairs::buffer_one;
use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::effects::Effect;
use crate::ir::{At, BlockId, EventKind, Exit, FuncId, LoopKind, Mode, Op, Spot};
use crate::nodes::NodeId;
use crate::paths::{From, Leave, Walk, leave};
use crate::suspect::{Mistake, Role, Tier};

/// Sends of one channel that are looked at; each is followed through the owner.
const MAX_SENDS: usize = 100;

const RECEIVES: &[Op] = &[Op::Recv, Op::Range];

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for node in analysis.classes() {
        if !analysis.is_closed(node) {
            continue;
        }
        match analysis.owner(node) {
            Some(owner) => owned(found, node, owner),
            None if analysis.is_fixed(node) => shared(found, node),
            None => {}
        }
    }
    endless_senders(found);
}

/// A channel of one function: its goroutines send, it receives.
fn owned(found: &mut Found<'_, '_>, node: NodeId, owner: FuncId) {
    let analysis = found.analysis;
    if analysis.is_program(owner) {
        return;
    }
    let effects = analysis.on(owner, node);
    let sends: Vec<(Spot, Effect)> = (effects.iter().copied())
        .filter(|(_, it)| it.op == Op::Send && it.spawned && it.plain)
        .collect();
    let Some(capacity) = analysis.capacity(node) else {
        return;
    };
    let has_receiver = effects
        .iter()
        .any(|(_, it)| RECEIVES.contains(&it.op) && !it.spawned);
    if sends.is_empty() || !has_receiver || !analysis.is_within(owner, node) {
        return;
    }
    let in_loop = |spot: Spot| !analysis.loops_outside(owner, spot, node).is_empty();
    let total: u32 = sends.iter().map(|(_, it)| it.times).sum();
    let is_many = sends.iter().any(|(spot, it)| it.many || in_loop(*spot));
    if capacity > 0 && (!is_many && i64::from(total) <= capacity) {
        return;
    }
    for (spot, send) in sends.iter().take(MAX_SENDS) {
        let answered = |spot: Spot, event: &crate::ir::Event| {
            analysis.does(owner, spot, node, RECEIVES) || analysis.ends(event)
        };
        // Where several goroutines run, a buffer takes what the first ones send.
        let left = if capacity == 0 {
            leaves(analysis, owner, (*spot, node), &answered)
        } else {
            None
        };
        if let Some(left) = left {
            report(
                found,
                node,
                owner,
                (*spot, *send),
                left,
                Mistake::OwnerLeaves,
                !is_many && total == 1,
            );
            return;
        }
    }
    if !is_many {
        return;
    }
    let (spot, send) = sends[0];
    for (at, receive) in effects
        .iter()
        .filter(|(_, it)| RECEIVES.contains(&it.op) && !it.spawned)
    {
        if receive.depth > 0 && receive.many {
            continue;
        }
        let left = stops_early(analysis, owner, node, *at, send.many);
        if let Some(left) = left {
            report(
                found,
                node,
                owner,
                (spot, send),
                left,
                Mistake::ReceiverStopsEarly,
                false,
            );
            return;
        }
    }
}

fn leaves(
    analysis: &Analysis<'_>,
    id: FuncId,
    (spot, node): (Spot, NodeId),
    stops: &dyn Fn(Spot, &crate::ir::Event) -> bool,
) -> Option<Leave> {
    let func = analysis.func(id);
    // A counted loop that receives has as many turns as there is to receive.
    let receiving: Vec<(BlockId, BlockId)> = (func.loops.iter().enumerate())
        .filter(|(number, it)| {
            it.kind == LoopKind::Counted
                && analysis.on(id, node).iter().any(|(at, effect)| {
                    RECEIVES.contains(&effect.op)
                        && !effect.spawned
                        && func.blocks[at.block].loops.contains(&(*number as u32))
                })
        })
        .map(|(_, it)| (it.head, it.after))
        .collect();
    let walk = Walk {
        stops,
        closed: &|from, to| receiving.contains(&(from, to)),
        exits: &|exit| exit == Exit::Return,
        facts: &[],
    };
    leave(func, From::After(spot), &walk)
}

/// Whether a receiver leaves its loop before the loop's own end, or receives once of many.
fn stops_early(
    analysis: &Analysis<'_>,
    owner: FuncId,
    node: NodeId,
    at: Spot,
    many: bool,
) -> Option<Leave> {
    let func = analysis.func(owner);
    let block = &func.blocks[at.block];
    let own_loop = block
        .loops
        .last()
        .map(|number| &func.loops[*number as usize]);
    let (head, after) = match own_loop {
        Some(it) => (it.head, it.after),
        None if many => (at.block, at.block),
        // As many receives as sends, perhaps: that is a matter of counting.
        None => return None,
    };
    let is_endless = own_loop.is_some_and(|it| it.kind == LoopKind::Endless);
    if is_endless {
        return None;
    }
    let stops = |spot: Spot, event: &crate::ir::Event| {
        analysis.does(owner, spot, node, RECEIVES) || analysis.ends(event)
    };
    let closed = |from, to| own_loop.is_some() && from == head && to == after;
    let walk = Walk {
        stops: &stops,
        closed: &closed,
        exits: &|exit| exit == Exit::Return,
        facts: &[],
    };
    leave(func, From::After(at), &walk)
}

/// A channel in a field: the one function that receives from it in a loop can leave the loop early.
fn shared(found: &mut Found<'_, '_>, node: NodeId) {
    let analysis = found.analysis;
    if analysis.capacity(node) != Some(0) {
        return;
    }
    let uses = analysis.uses(node);
    let receives: Vec<_> = uses
        .iter()
        .filter(|it| RECEIVES.contains(&it.effect.op))
        .collect();
    let sends: Vec<_> = uses.iter().filter(|it| it.effect.op == Op::Send).collect();
    let ([receive], [send]) = (receives.as_slice(), sends.as_slice()) else {
        return;
    };
    let goes = analysis.is_goroutine(send.func);
    if !goes || !send.effect.plain || !receive.effect.plain || analysis.is_goroutine(receive.func) {
        return;
    }
    if uses.iter().any(|it| it.effect.op == Op::Close) {
        return;
    }
    let in_loop = !analysis.func(receive.func).blocks[receive.spot.block]
        .loops
        .is_empty();
    if !in_loop {
        return;
    }
    if let Some(left) = stops_early(analysis, receive.func, node, receive.spot, false) {
        let steps = [
            (send.effect.at, Role::Blocks),
            (receive.effect.at, Role::Counterpart),
            (left.at, Role::Leaves),
        ];
        found.add(Draft {
            mistake: Mistake::ReceiverStopsEarly,
            tier: Tier::Error,
            func: send.func,
            at: send.effect.at,
            subject: analysis.name(node),
            other: String::new(),
            steps: &steps,
        });
    }
}

fn report(
    found: &mut Found<'_, '_>,
    node: NodeId,
    owner: FuncId,
    (spot, send): (Spot, Effect),
    left: Leave,
    mistake: Mistake,
    is_one: bool,
) {
    let analysis = found.analysis;
    let make = made(analysis, node).filter(|_| is_one);
    let edits = make.map(|(make, _)| buffer_one(analysis, make));
    let mut steps: Vec<(At, Role)> = made(analysis, node).into_iter().collect();
    steps.push((analysis.at(owner, spot), Role::Started));
    steps.push((send.at, Role::Blocks));
    steps.push((left.at, Role::Leaves));
    let draft = Draft {
        mistake,
        tier: Tier::Error,
        func: owner,
        at: send.at,
        subject: analysis.name(node),
        other: String::new(),
        steps: &steps,
    };
    found.add_with(draft, edits.unwrap_or_default());
}

/// Goroutines that send for ever to receivers that do not receive for ever.
fn endless_senders(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for id in analysis.func_ids() {
        if analysis.is_of_program(id) || is_called_by_program(analysis, id) {
            continue;
        }
        let events: Vec<_> = analysis.func(id).events().collect();
        for (_, event) in events {
            let EventKind::Call(call) = &event.kind else {
                continue;
            };
            if call.mode != Mode::Go {
                continue;
            }
            for callee in analysis.links.callees(&analysis.program, call) {
                if analysis.effects.never_returns(*callee) {
                    endless_sender(found, id, *callee, event.at);
                }
            }
        }
    }
}

/// Only `main`, `init` and package variables call it: what it starts is to live as long as the program.
fn is_called_by_program(analysis: &Analysis<'_>, id: FuncId) -> bool {
    analysis
        .callers
        .get(&id)
        .is_some_and(|sites| sites.iter().all(|site| analysis.is_of_program(site.func)))
}

fn endless_sender(found: &mut Found<'_, '_>, owner: FuncId, callee: FuncId, start: At) {
    let analysis = found.analysis;
    for (spot, effects) in &analysis.events[callee] {
        for send in effects
            .iter()
            .filter(|it| it.op == Op::Send && it.plain && !it.spawned)
        {
            let Some(node) = send.node else { continue };
            let class = analysis.class(node);
            let is_local = !analysis.is_fixed(node) && !class.foreign && !class.makes.is_empty();
            let is_open = !matches!(
                analysis.program.nodes.escape_of(node),
                None | Some((crate::nodes::Escape::UnknownCaller, _))
            );
            let in_loop = !analysis.func(callee).blocks[spot.block].loops.is_empty();
            if !is_local || is_open || !in_loop {
                continue;
            }
            let receives: Vec<_> = (analysis.uses(node).iter())
                .filter(|it| RECEIVES.contains(&it.effect.op))
                .collect();
            let is_endless = |func: FuncId| analysis.effects.never_returns(func);
            let is_returned = !class.results.is_empty();
            if receives.is_empty() && !is_returned || receives.iter().any(|it| is_endless(it.func))
            {
                continue;
            }
            let steps = [(start, Role::Started), (send.at, Role::Blocks)];
            found.add(Draft {
                mistake: Mistake::EndlessSender,
                tier: if is_returned { Tier::Warn } else { Tier::Error },
                func: owner,
                at: send.at,
                subject: analysis.name(node),
                other: String::new(),
                steps: &steps,
            });
        }
    }
}
