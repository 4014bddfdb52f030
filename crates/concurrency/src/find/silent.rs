//! GL04: the owner waits, and the goroutine can end without answering.

use super::counterparts::made;
use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::effects::{Effect, map_node};
use crate::ir::{
    At, BlockId, Call, Callee, Event, EventKind, Exit, Fact, FuncId, LoopKind, Mode, Op, Spot,
};
use crate::nodes::NodeId;
use crate::paths::{From, Leave, Walk, leave, reaches};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for (node, owner) in analysis.owned_classes() {
        owned(found, node, owner);
    }
}

fn owned(found: &mut Found<'_, '_>, node: NodeId, owner: FuncId) {
    let analysis = found.analysis;
    let effects = analysis.on(owner, node);
    if !analysis.is_within(owner, node) {
        return;
    }
    let waits: Vec<(Spot, Effect)> = (effects.iter().copied())
        .filter(|(_, it)| matches!(it.op, Op::Recv | Op::Range) && !it.spawned && it.plain)
        .collect();
    let Some((wait_spot, wait)) = waits.first().copied() else {
        return;
    };
    let answers: &[Op] = if wait.op == Op::Range {
        &[Op::Close]
    } else {
        &[Op::Send, Op::Close]
    };
    let given: Vec<(Spot, Effect)> = effects
        .iter()
        .copied()
        .filter(|(_, it)| answers.contains(&it.op))
        .collect();
    if given.is_empty() || given.iter().any(|(_, it)| !it.spawned) {
        return;
    }
    let mut starts: Vec<Spot> = given.iter().map(|(spot, _)| *spot).collect();
    starts.dedup();
    let [start] = starts.as_slice() else {
        // Several goroutines: one may answer for the other.
        return;
    };
    if turn_without_sending(found, node, owner, *start, (wait_spot, wait)) {
        return;
    }
    let many_starts = !analysis.func(owner).blocks[start.block].loops.is_empty();
    let many_waits = !analysis.func(owner).blocks[wait_spot.block]
        .loops
        .is_empty();
    if wait.op == Op::Recv && many_starts && !many_waits {
        return;
    }
    if wait.op == Op::Recv && given.iter().any(|(_, it)| it.depth > 0 && it.many) {
        return;
    }
    if let Some(left) = silent_end(analysis, owner, *start, node, answers) {
        let mistake = if wait.op == Op::Range {
            Mistake::EndsWithoutClosing
        } else {
            Mistake::EndsWithoutSending
        };
        report(found, node, owner, *start, wait, left, mistake);
    }
}

/// How the goroutine that the event starts ends without one of the operations.
fn silent_end(
    analysis: &Analysis<'_>,
    owner: FuncId,
    start: Spot,
    node: NodeId,
    answers: &[Op],
) -> Option<At> {
    let call = analysis
        .call_at(owner, start)
        .filter(|call| call.mode == Mode::Go)?;
    let callees = analysis.links.callees(&analysis.program, call);
    let [callee] = callees else {
        return None;
    };
    let left = ends_without(analysis, *callee, node, call, answers, 0).map(|left| left.at);
    left.or_else(|| aborted(analysis, *callee, node, call, answers))
}

/// A call of code that is not known, before any of the operations, which is given a function that ends the goroutine.
/// Only what is deferred comes after that.
fn aborted(
    analysis: &Analysis<'_>,
    callee: FuncId,
    node: NodeId,
    call: &Call,
    answers: &[Op],
) -> Option<At> {
    let func = analysis.func(callee);
    let answered = |spot: Spot, _: &Event| {
        (analysis.effects_at(callee, spot).iter()).any(|it| {
            let mapped = |own| map_node(&analysis.program, call, callee, own);
            answers.contains(&it.op) && it.node.and_then(mapped) == Some(node)
        })
    };
    let deferred: Vec<At> = (func.events())
        .filter(|(_, event)| event.call().is_some_and(|call| call.mode == Mode::Defer))
        .map(|(_, event)| event.at)
        .collect();
    let is_deferred = |event: &Event| {
        deferred.contains(&event.at) || event.call().is_some_and(|call| call.mode == Mode::Deferred)
    };
    let has_deferred =
        (func.events()).any(|(spot, event)| is_deferred(event) && answered(spot, event));
    if has_deferred {
        return None;
    }
    let aborts = |_: Spot, event: &Event| {
        event.call().is_some_and(|call| {
            let is_unknown = call.mode == Mode::Here
                && matches!(call.callee, Callee::Value(_))
                && analysis
                    .links
                    .sole_callee(&analysis.program, call)
                    .is_none();
            let mut given = call.args.iter().filter_map(|arg| arg.node);
            is_unknown && given.any(|given| ends_goroutine(analysis, given))
        })
    };
    let spot = reaches(func, From::Entry, &aborts, &answered)?;
    Some(analysis.at(callee, spot))
}

/// The value is a function of which each way ends the goroutine.
fn ends_goroutine(analysis: &Analysis<'_>, value: NodeId) -> bool {
    let [func] = analysis.class(value).funcs.as_slice() else {
        return false;
    };
    let blocks = &analysis.func(*func).blocks;
    let has_goexit = (blocks.iter()).any(|block| matches!(block.exit, Some((Exit::Goexit, _))));
    has_goexit && analysis.effects.never_returns(*func)
}

/// How a function returns without one of the operations on what is the caller's class `node`.
fn ends_without(
    analysis: &Analysis<'_>,
    callee: FuncId,
    node: NodeId,
    call: &Call,
    answers: &[Op],
    depth: u32,
) -> Option<Leave> {
    let func = analysis.func(callee);
    let is_node = |effect: &Effect| {
        effect.node.is_some_and(|own| {
            // Literals share the class with the function around them, which may be a callee itself.
            let mapped = map_node(&analysis.program, call, callee, own);
            let outer = map_node(&analysis.program, call, analysis.outermost(callee), own);
            mapped == Some(node) || outer == Some(node)
        })
    };
    // A literal that is called or deferred answers if it cannot end without.
    let inner = |event: &Event| {
        let EventKind::Call(inner) = &event.kind else {
            return false;
        };
        let is_own = matches!(inner.mode, Mode::Here | Mode::Deferred);
        match analysis.links.callees(&analysis.program, inner) {
            [literal] if is_own && depth < 3 && analysis.func(*literal).obj.is_none() => {
                ends_without(analysis, *literal, node, call, answers, depth + 1).is_none()
            }
            _ => false,
        }
    };
    let answered = |spot: Spot, event: &Event| {
        let effects = analysis.effects_at(callee, spot);
        let does = effects
            .iter()
            .any(|it| answers.contains(&it.op) && is_node(it));
        let is_direct = !matches!(event.kind, EventKind::Call(_));
        let is_certain = does
            && (is_direct
                || effects
                    .iter()
                    .any(|it| answers.contains(&it.op) && is_node(it) && it.must));
        let starts_itself = event.call().is_some_and(|call| {
            (analysis.links.callees(&analysis.program, call)).contains(&callee)
        });
        is_certain || starts_itself || analysis.ends(event) || is_countdown(event) || inner(event)
    };
    // The channel that is waited for is not nil.
    let given = analysis.given_param(call, callee, node);
    let facts: Vec<Fact> = (given.into_iter())
        .map(|var| Fact { var, zero: false })
        .collect();
    let walk = Walk {
        stops: &answered,
        closed: &|_, _| false,
        exits: &|exit| exit == Exit::Return,
        facts: &facts,
    };
    leave(func, From::Entry, &walk)
}

/// `left.Add(-1) == 0`: the last one answers for all.
fn is_countdown(event: &Event) -> bool {
    matches!(&event.kind, EventKind::Call(call)
        if call.name.starts_with("sync/atomic.") && call.name.contains("Add"))
}

/// A goroutine that answers in each turn of a loop, but not in all turns.
fn turn_without_sending(
    found: &mut Found<'_, '_>,
    node: NodeId,
    owner: FuncId,
    start: Spot,
    (wait_spot, wait): (Spot, Effect),
) -> bool {
    let analysis = found.analysis;
    let own = analysis.func(owner);
    let wait_loop = own.blocks[wait_spot.block].loops.last();
    let Some(waits) = wait_loop.map(|number| &own.loops[*number as usize]) else {
        return false;
    };
    let (LoopKind::Counted, Some(count)) = (waits.kind, &waits.count) else {
        return false;
    };
    let Some(call) = analysis.call_at(owner, start) else {
        return false;
    };
    let callees = analysis.links.callees(&analysis.program, call);
    let [callee] = callees else {
        return false;
    };
    let func = analysis.func(*callee);
    for (number, it) in func.loops.iter().enumerate() {
        if it.count.as_ref() != Some(count) || count.text.is_none() {
            continue;
        }
        let Some(first) = body_of(func, it.head, it.after) else {
            continue;
        };
        let sends = |spot: Spot, _: &Event| analysis.does(*callee, spot, node, &[Op::Send]);
        let in_loop = (func.events()).any(|(spot, event)| {
            sends(spot, event) && func.blocks[spot.block].loops.contains(&(number as u32))
        });
        if !in_loop {
            continue;
        }
        // The head has no event of its own, so the turn's end is asked for by block.
        let Some(skip) = turn_end(func, first, it.head, &sends) else {
            continue;
        };
        report(
            found,
            node,
            owner,
            start,
            wait,
            skip,
            Mistake::TurnWithoutSending,
        );
        return true;
    }
    false
}

fn body_of(func: &crate::ir::Func, head: BlockId, after: BlockId) -> Option<BlockId> {
    let edges = &func.blocks[head].edges;
    edges.iter().map(|edge| edge.to).find(|to| *to != after)
}

/// The last event of a turn that passes none of the events.
fn turn_end(
    func: &crate::ir::Func,
    first: BlockId,
    head: BlockId,
    sends: &dyn Fn(Spot, &Event) -> bool,
) -> Option<At> {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut pending = vec![(first, None)];
    'blocks: while let Some((id, last)) = pending.pop() {
        if !seen.insert(id) {
            continue;
        }
        let block = &func.blocks[id];
        let mut last: Option<At> = last;
        for (event, index) in block.events.iter().zip(0..) {
            if sends(Spot { block: id, index }, event) {
                continue 'blocks;
            }
            last = Some(event.at);
        }
        for edge in &block.edges {
            if edge.to == head {
                return last;
            }
            pending.push((edge.to, last));
        }
    }
    None
}

fn report(
    found: &mut Found<'_, '_>,
    node: NodeId,
    owner: FuncId,
    start: Spot,
    wait: Effect,
    left: At,
    mistake: Mistake,
) {
    let analysis = found.analysis;
    if !can_wait(analysis, owner, start, wait) {
        return;
    }
    let mut steps: Vec<(At, Role)> = made(analysis, node).into_iter().collect();
    steps.push((analysis.at(owner, start), Role::Started));
    steps.push((left, Role::Leaves));
    steps.push((wait.at, Role::Blocks));
    found.add(Draft {
        mistake,
        tier: Tier::Error,
        func: owner,
        at: wait.at,
        subject: analysis.name(node),
        other: String::new(),
        steps: &steps,
    });
}

/// The wait comes behind the start.
fn can_wait(analysis: &Analysis<'_>, owner: FuncId, start: Spot, wait: Effect) -> bool {
    let func = analysis.func(owner);
    let is_wait = |spot: Spot, _: &Event| {
        analysis
            .effects_at(owner, spot)
            .iter()
            .any(|it| it.at == wait.at && !it.spawned)
    };
    reaches(func, From::After(start), &is_wait, &|_, _| false).is_some()
}
