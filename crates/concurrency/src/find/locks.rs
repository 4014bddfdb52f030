//! GL07: locks that stay locked, and locks that are taken while they are held.
//!
//! A lock is a place: a variable with the fields selected from it. What is held is what was locked on every path
//! (intersection where paths meet), so a condition that decides over both lock and unlock is not a suspect. Of a called
//! function it is known which locks it takes before it releases them, which it leaves locked and which it releases.

mod held;

use rustc_hash::FxHashMap;

use self::held::Before;
pub(crate) use self::held::{Held, Lock, Locks, lock_of};
pub(super) use self::held::{mapped, own_place};
use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::ir::{
    At, BlockId, Call, Callee, Event, EventKind, Exit, FuncId, Mode, Op, PlaceId, Spot,
};
use crate::link::argument;
use crate::paths::{From, reaches};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    let (analysis, locks) = (found.analysis, found.locks);
    for (id, before) in &locks.before {
        if analysis.is_asked(*id) {
            check(found, locks, *id, before);
        }
    }
}

fn check(found: &mut Found<'_, '_>, locks: &Locks, id: FuncId, before: &Before) {
    let analysis = found.analysis;
    let func = analysis.func(id);
    // Where each lock is released for the last time, in the order of the source.
    let mut unlocks: FxHashMap<PlaceId, At> = FxHashMap::default();
    for (spot, event) in func.events() {
        if let EventKind::Op(Op::Unlock | Op::RUnlock, operand) = &event.kind
            && let Some(place) = operand.place.or_else(|| own_place(analysis, id, spot))
        {
            let last = unlocks.entry(place).or_insert(event.at);
            *last = (*last).max(event.at);
        }
    }
    for (block, before) in before.iter().enumerate() {
        let Some(before) = before else { continue };
        let block: BlockId = base::Idx::from_index(block);
        let mut held = before.clone();
        for (event, index) in func.blocks[block].events.iter().zip(0..) {
            let spot = Spot { block, index };
            at_event(found, locks, id, (spot, event), &held);
            locks.apply(analysis, id, spot, event, &mut held);
        }
        if let Some((Exit::Return, at)) = func.blocks[block].exit {
            at_return(found, locks, id, at, &held, &unlocks);
        }
    }
    next_turns(found, locks, id);
}

fn subject(analysis: &Analysis<'_>, place: PlaceId) -> String {
    let place = analysis.program.place_of(place);
    let mut text = analysis.program.name_of(place.root).to_owned();
    for field in &place.fields {
        text.push('.');
        text.push_str(analysis.program.name_of(*field));
    }
    text
}

fn report(
    found: &mut Found<'_, '_>,
    id: FuncId,
    mistake: Mistake,
    tier: Tier,
    at: At,
    place: PlaceId,
    steps: &[(At, Role)],
) {
    let subject = subject(found.analysis, place);
    found.add(Draft {
        mistake,
        tier,
        func: id,
        at,
        subject,
        other: String::new(),
        steps,
    });
}

fn at_return(
    found: &mut Found<'_, '_>,
    locks: &Locks,
    id: FuncId,
    at: At,
    held: &[Held],
    unlocks: &FxHashMap<PlaceId, At>,
) {
    for it in held {
        // A function that does not unlock any more hands the lock over.
        let is_later = unlocks.get(&it.place).is_some_and(|last| *last > at);
        let is_handed = locks
            .handed_over
            .contains(&lock_of(found.analysis, it.place));
        if it.spot.is_none() || !is_later || is_handed {
            continue;
        }
        let steps = [(it.at, Role::Locked), (at, Role::Leaves)];
        report(
            found,
            id,
            Mistake::ReturnsLocked,
            Tier::Error,
            at,
            it.place,
            &steps,
        );
    }
}

fn at_event(
    found: &mut Found<'_, '_>,
    locks: &Locks,
    id: FuncId,
    (spot, event): (Spot, &Event),
    held: &[Held],
) {
    let analysis = found.analysis;
    match &event.kind {
        EventKind::Op(op, operand) => {
            let Some(place) = operand.place.or_else(|| own_place(analysis, id, spot)) else {
                return;
            };
            let Some(known) = held.iter().find(|it| it.place == place) else {
                return;
            };
            let Some((mistake, tier)) = conflict(analysis, id, event, *op, known) else {
                return;
            };
            if mistake == Mistake::LocksAgain && locks.is_signal(analysis, place) {
                return;
            }
            let role = match mistake {
                Mistake::DeferredLock => Role::Blocks,
                _ => Role::LockedAgain,
            };
            let steps = [(known.at, Role::Locked), (event.at, role)];
            report(found, id, mistake, tier, event.at, place, &steps);
        }
        EventKind::Call(call) if matches!(call.mode, Mode::Here | Mode::Deferred) => {
            at_call(found, locks, id, event.at, call, held);
            unknown_call(found, id, event.at, call, held);
        }
        _ => {}
    }
}

/// What is wrong with an operation on a lock that is held.
fn conflict(
    analysis: &Analysis<'_>,
    id: FuncId,
    event: &Event,
    op: Op,
    known: &Held,
) -> Option<(Mistake, Tier)> {
    let is_lock = matches!(op, Op::Lock | Op::RLock);
    match op {
        _ if is_lock && is_deferred(analysis, id, event) => {
            Some((Mistake::DeferredLock, Tier::Error))
        }
        Op::Lock => Some((Mistake::LocksAgain, Tier::Error)),
        Op::RLock if !known.read => Some((Mistake::LocksAgain, Tier::Error)),
        Op::RLock if has_writer(analysis, known.place) => {
            Some((Mistake::ReadLockTwice, Tier::Warn))
        }
        Op::Unlock if known.read => Some((Mistake::WrongUnlock, Tier::Error)),
        Op::RUnlock if !known.read => Some((Mistake::WrongUnlock, Tier::Error)),
        _ => None,
    }
}

fn is_deferred(analysis: &Analysis<'_>, id: FuncId, event: &Event) -> bool {
    analysis.func(id).events().any(|(_, it)| {
        it.at == event.at && matches!(&it.kind, EventKind::Call(call) if call.mode == Mode::Defer)
    })
}

/// Somebody locks the same field for writing.
fn has_writer(analysis: &Analysis<'_>, place: PlaceId) -> bool {
    let place = analysis.program.place_of(place);
    let Some(last) = place.fields.last() else {
        return true;
    };
    let node = analysis
        .program
        .nodes
        .find(crate::nodes::NodeKey::Field(*last));
    node.is_some_and(|node| {
        let root = analysis.program.nodes.root(node);
        analysis
            .uses(root)
            .iter()
            .any(|it| it.effect.op == Op::Lock)
    })
}

fn at_call(
    found: &mut Found<'_, '_>,
    locks: &Locks,
    id: FuncId,
    at: At,
    call: &Call,
    held: &[Held],
) {
    let analysis = found.analysis;
    if let Some((callee, summary)) = locks.summary_of(analysis, call) {
        for (place, inner, read) in &summary.takes {
            let Some(place) = mapped(analysis, call, callee, *place) else {
                continue;
            };
            let Some(known) = held.iter().find(|it| it.place == place) else {
                continue;
            };
            let both_read = known.read && *read;
            if both_read && !has_writer(analysis, place) {
                continue;
            }
            let mistake = if both_read {
                Mistake::ReadLockTwice
            } else {
                Mistake::LocksAgain
            };
            let tier = if both_read { Tier::Warn } else { Tier::Error };
            let steps = [
                (known.at, Role::Locked),
                (at, Role::Counterpart),
                (*inner, Role::LockedAgain),
            ];
            report(found, id, mistake, tier, at, place, &steps);
        }
        for (param, place, read, under) in &summary.calls_under {
            let Some(place) = mapped(analysis, call, callee, *place) else {
                continue;
            };
            let Some(arg) = argument(&analysis.program, call, callee, *param) else {
                continue;
            };
            callback(found, locks, id, at, arg, (place, *read, *under));
        }
    }
    iterator(found, locks, id, at, call);
}

/// A call of code that may panic, with a lock that nothing deferred releases, where the panic is recovered.
fn unknown_call(found: &mut Found<'_, '_>, id: FuncId, at: At, call: &Call, held: &[Held]) {
    let analysis = found.analysis;
    let is_unknown = matches!(call.callee, Callee::Value(_))
        && analysis.links.callees(&analysis.program, call).is_empty();
    if !is_unknown || !analysis.func(id).recovers {
        return;
    }
    let func = analysis.func(id);
    let is_released = |place: PlaceId| {
        func.events().any(|(spot, event)| {
            let is_at_exit = match &event.kind {
                EventKind::Call(call) => call.mode == Mode::Deferred,
                _ => is_deferred(analysis, id, event),
            };
            is_at_exit
                && (analysis.effects_at(id, spot).iter())
                    .any(|it| matches!(it.op, Op::Unlock | Op::RUnlock) && it.place == Some(place))
        })
    };
    let kept = (held.iter()).find(|it| it.spot.is_some() && !is_released(it.place));
    if let Some(kept) = kept.copied() {
        let steps = [(kept.at, Role::Locked), (at, Role::Leaves)];
        report(
            found,
            id,
            Mistake::PanicKeepsLock,
            Tier::Hint,
            at,
            kept.place,
            &steps,
        );
    }
}

/// A function that is called with a lock held takes the lock.
fn callback(
    found: &mut Found<'_, '_>,
    locks: &Locks,
    id: FuncId,
    at: At,
    arg: crate::ir::Operand,
    (place, read, under): (PlaceId, bool, At),
) {
    let analysis = found.analysis;
    let Some(node) = arg.node else { return };
    let class = analysis.class(node);
    if class.foreign || analysis.program.nodes.escape_of(node).is_some() || class.funcs.len() > 1 {
        return;
    }
    for func in &class.funcs {
        let Some(own) = locks.summaries[*func].as_ref() else {
            continue;
        };
        let is_literal = analysis.func(*func).obj.is_none();
        for (inner, inner_at, inner_read) in &own.takes {
            if is_literal && *inner == place && !(read && *inner_read) {
                let steps = [
                    (at, Role::Started),
                    (under, Role::Locked),
                    (*inner_at, Role::LockedAgain),
                ];
                report(
                    found,
                    id,
                    Mistake::LocksAgain,
                    Tier::Error,
                    at,
                    place,
                    &steps,
                );
            }
        }
    }
}

/// A loop over a function that calls its body with a lock held.
fn iterator(found: &mut Found<'_, '_>, locks: &Locks, id: FuncId, at: At, call: &Call) {
    let analysis = found.analysis;
    let Callee::Value(value) = call.callee else {
        return;
    };
    let func = analysis.func(id);
    let Some(head) = func
        .loops
        .iter()
        .find(|it| it.kind == crate::ir::LoopKind::Iterator && it.at.range.covers(at.range))
    else {
        return;
    };
    // The function comes from a call just before: its parameters are known there.
    let maker = func.events().find_map(|(_, event)| match &event.kind {
        EventKind::Call(maker)
            if maker.results.first().copied().flatten() == value.node && value.node.is_some() =>
        {
            Some(maker)
        }
        _ => None,
    });
    let (Some(maker), Some(node)) = (maker, value.node) else {
        return;
    };
    let makers = analysis.links.callees(&analysis.program, maker);
    let [of] = makers else { return };
    for literal in &analysis.class(node).funcs {
        let Some(summary) = locks.summaries[*literal].as_ref() else {
            continue;
        };
        for (_, place, read, under) in &summary.calls_under {
            let Some(place) = mapped(analysis, maker, *of, *place) else {
                continue;
            };
            let (start, after) = (head.head, head.after);
            let takes = |spot: Spot, event: &Event| {
                spot.block != after
                    && func.blocks[spot.block]
                        .loops
                        .iter()
                        .any(|number| func.loops[*number as usize].head == start)
                    && takes_place(analysis, locks, id, (spot, event), place, *read)
            };
            let stops = |spot: Spot, _: &Event| spot.block == after;
            if let Some(spot) = reaches(func, From::Block(start), &takes, &stops) {
                let inner = analysis.at(id, spot);
                let steps = [
                    (at, Role::Started),
                    (*under, Role::Locked),
                    (inner, Role::LockedAgain),
                ];
                report(
                    found,
                    id,
                    Mistake::LocksAgain,
                    Tier::Error,
                    inner,
                    place,
                    &steps,
                );
            }
        }
    }
}

fn takes_place(
    analysis: &Analysis<'_>,
    locks: &Locks,
    id: FuncId,
    (spot, event): (Spot, &Event),
    place: PlaceId,
    read: bool,
) -> bool {
    match &event.kind {
        EventKind::Op(op @ (Op::Lock | Op::RLock), operand) => {
            let own = operand.place.or_else(|| own_place(analysis, id, spot));
            own == Some(place) && !(read && *op == Op::RLock)
        }
        EventKind::Call(call) if call.mode == Mode::Here => locks
            .summary_of(analysis, call)
            .is_some_and(|(callee, summary)| {
                summary.takes.iter().any(|(inner, _, inner_read)| {
                    mapped(analysis, call, callee, *inner) == Some(place) && !(read && *inner_read)
                })
            }),
        _ => false,
    }
}

/// A turn of a loop that ends with a lock held, which the next one takes again.
fn next_turns(found: &mut Found<'_, '_>, locks: &Locks, id: FuncId) {
    let analysis = found.analysis;
    let func = analysis.func(id);
    for it in &func.loops {
        for (block, before) in locks.before(id).iter().enumerate() {
            let Some(before) = before else { continue };
            let block: BlockId = base::Idx::from_index(block);
            let leads_back = func.blocks[block]
                .edges
                .iter()
                .any(|edge| edge.to == it.head);
            let in_loop = func.blocks[block]
                .loops
                .iter()
                .any(|number| func.loops[*number as usize].head == it.head);
            if !leads_back || !in_loop {
                continue;
            }
            let mut held = before.clone();
            for (event, index) in func.blocks[block].events.iter().zip(0..) {
                locks.apply(analysis, id, Spot { block, index }, event, &mut held);
            }
            for one in &held {
                let Some(spot) = one.spot else { continue };
                let own = func.blocks[spot.block]
                    .loops
                    .iter()
                    .any(|number| func.loops[*number as usize].head == it.head);
                let unlocks = |at: Spot, event: &Event| {
                    matches!(&event.kind, EventKind::Op(Op::Unlock | Op::RUnlock, operand)
                        if operand.place.or_else(|| own_place(analysis, id, at)) == Some(one.place))
                };
                let relocks = |at: Spot, _: &Event| at == spot;
                let again = reaches(func, From::Block(it.head), &relocks, &unlocks);
                let is_new = is_new_each_turn(analysis, id, one.place, it.head);
                let is_signal = locks.is_signal(analysis, one.place);
                if own && again.is_some() && !one.read && !is_new && !is_signal {
                    let steps = [(one.at, Role::Locked)];
                    report(
                        found,
                        id,
                        Mistake::LocksAgainNextTurn,
                        Tier::Error,
                        one.at,
                        one.place,
                        &steps,
                    );
                }
            }
        }
    }
}

/// The lock's variable is assigned in the loop: each turn has another one.
fn is_new_each_turn(analysis: &Analysis<'_>, id: FuncId, place: PlaceId, head: BlockId) -> bool {
    let func = analysis.func(id);
    let root = analysis.program.place_of(place).root;
    func.events().any(|(spot, event)| {
        let in_loop = func.blocks[spot.block]
            .loops
            .iter()
            .any(|number| func.loops[*number as usize].head == head);
        in_loop && matches!(event.kind, EventKind::Assign(var) if var == root)
    })
}
