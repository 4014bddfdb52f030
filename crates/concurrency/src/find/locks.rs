//! GL07: locks that stay locked, and locks that are taken while they are held.
//!
//! A lock is a place: a variable with the fields selected from it. What is held is what was locked on every path
//! (intersection where paths meet), so a condition that decides over both lock and unlock is no suspect. Of a called
//! function it is known which locks it takes before it releases them, which it leaves locked and which it releases.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::ir::{
    At, BlockId, Call, Callee, Event, EventKind, Exit, Func, FuncId, Mode, Op, PlaceId, Spot,
};
use crate::link::argument;
use crate::paths::{From, reaches};
use crate::suspect::{Mistake, Role, Tier};

/// A lock that is held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Held {
    pub(crate) place: PlaceId,
    /// For reading.
    pub(crate) read: bool,
    pub(crate) at: At,
    /// Where it was locked; `None` where a callee did it.
    pub(crate) spot: Option<Spot>,
}

/// What a function does to locks of its callers.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Summary {
    /// Locked before it is released, with the place of the operation; for reading; on every path.
    takes: Vec<(PlaceId, At, bool)>,
    /// Held at every return.
    leaves: Vec<Held>,
    /// Released though the function did not lock it.
    releases: Vec<PlaceId>,
    /// Parameters that are called with locks held.
    calls_under: Vec<(u32, PlaceId, bool, At)>,
}

/// What is held before each block, and summaries of all functions.
pub(crate) struct Locks {
    pub(crate) before: FxHashMap<FuncId, Vec<Option<Vec<Held>>>>,
    summaries: FxHashMap<FuncId, Summary>,
}

const LOCKS: &[Op] = &[Op::Lock, Op::RLock, Op::Unlock, Op::RUnlock];

pub(super) fn find(found: &mut Found<'_, '_>) {
    let (analysis, locks) = (found.analysis, found.locks);
    let mut funcs: Vec<FuncId> = locks.before.keys().copied().collect();
    funcs.sort_unstable();
    for id in funcs {
        if analysis.is_asked(id) {
            check(found, locks, id);
        }
    }
}

impl Locks {
    pub(crate) fn new(analysis: &Analysis<'_>) -> Self {
        let mut locks = Self {
            before: FxHashMap::default(),
            summaries: FxHashMap::default(),
        };
        let relevant: Vec<FuncId> = (analysis.func_ids())
            .filter(|id| {
                analysis.events[*id].iter().any(|(_, effects)| {
                    effects.iter().any(|it| {
                        LOCKS.contains(&it.op) && it.place.is_some() || it.op == Op::Invoke
                    })
                })
            })
            .collect();
        for _ in 0..4 {
            let mut changed = false;
            for id in relevant.iter().rev() {
                let before = locks.flow(analysis, *id);
                let summary = locks.summarize(analysis, *id, &before);
                changed |= locks.summaries.get(id) != Some(&summary);
                locks.summaries.insert(*id, summary);
                locks.before.insert(*id, before);
            }
            if !changed {
                break;
            }
        }
        locks
    }

    /// Locks held on every path, before each block that is reached.
    fn flow(&self, analysis: &Analysis<'_>, id: FuncId) -> Vec<Option<Vec<Held>>> {
        let func = analysis.func(id);
        let mut before: Vec<Option<Vec<Held>>> = vec![None; func.blocks.len()];
        if before.is_empty() {
            return before;
        }
        before[0] = Some(Vec::new());
        let mut pending = vec![Func::ENTRY];
        let mut steps = 0;
        while let Some(block) = pending.pop() {
            steps += 1;
            if steps > 50_000 {
                break;
            }
            let mut held = before[base::Idx::index(block)].clone().unwrap_or_default();
            let mut ends = false;
            for (event, index) in func.blocks[block].events.iter().zip(0..) {
                self.apply(analysis, id, Spot { block, index }, event, &mut held);
                ends |= analysis.ends(event);
            }
            if ends {
                continue;
            }
            for edge in &func.blocks[block].edges {
                let known = &mut before[base::Idx::index(edge.to)];
                let joined = match known {
                    None => held.clone(),
                    Some(known) => known
                        .iter()
                        .filter(|it| {
                            held.iter()
                                .any(|own| own.place == it.place && own.read == it.read)
                        })
                        .copied()
                        .collect(),
                };
                if known.as_ref() != Some(&joined) {
                    *known = Some(joined);
                    pending.push(edge.to);
                }
            }
        }
        before
    }

    /// What an event changes of what is held.
    fn apply(
        &self,
        analysis: &Analysis<'_>,
        id: FuncId,
        spot: Spot,
        event: &Event,
        held: &mut Vec<Held>,
    ) {
        match &event.kind {
            EventKind::Op(op, operand) => {
                let Some(place) = operand.place.or_else(|| own_place(analysis, id, spot)) else {
                    return;
                };
                match op {
                    Op::Lock | Op::RLock => {
                        held.retain(|it| it.place != place);
                        let read = *op == Op::RLock;
                        held.push(Held {
                            place,
                            read,
                            at: event.at,
                            spot: Some(spot),
                        });
                        held.sort_unstable();
                    }
                    Op::Unlock | Op::RUnlock => held.retain(|it| it.place != place),
                    _ => {}
                }
            }
            EventKind::Assign(var) => {
                // The places behind the variable are others now.
                held.retain(|it| analysis.program.place_of(it.place).root != *var);
            }
            EventKind::Call(call) if matches!(call.mode, Mode::Here | Mode::Deferred) => {
                for (callee, summary) in self.summaries_of(analysis, call) {
                    for place in &summary.releases {
                        if let Some(place) = mapped(analysis, call, callee, *place) {
                            held.retain(|it| it.place != place);
                        }
                    }
                    for one in &summary.leaves {
                        if let Some(place) = mapped(analysis, call, callee, one.place) {
                            held.push(Held {
                                place,
                                spot: None,
                                at: event.at,
                                ..*one
                            });
                            held.sort_unstable();
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn summaries_of<'s>(
        &'s self,
        analysis: &Analysis<'_>,
        call: &Call,
    ) -> Vec<(FuncId, &'s Summary)> {
        let callees = analysis.links.callees(&analysis.program, call);
        if callees.len() != 1 {
            return Vec::new();
        }
        callees
            .into_iter()
            .filter_map(|callee| Some((callee, self.summaries.get(&callee)?)))
            .collect()
    }

    /// What is held before an event.
    pub(crate) fn held_at(&self, analysis: &Analysis<'_>, id: FuncId, spot: Spot) -> Vec<Held> {
        let Some(before) = self.before.get(&id) else {
            return Vec::new();
        };
        let Some(Some(held)) = before.get(base::Idx::index(spot.block)) else {
            return Vec::new();
        };
        let mut held = held.clone();
        let events = &analysis.func(id).blocks[spot.block].events;
        for (event, index) in events.iter().zip(0..spot.index) {
            self.apply(
                analysis,
                id,
                Spot {
                    block: spot.block,
                    index,
                },
                event,
                &mut held,
            );
        }
        held
    }

    fn summarize(
        &self,
        analysis: &Analysis<'_>,
        id: FuncId,
        before: &[Option<Vec<Held>>],
    ) -> Summary {
        let func = analysis.func(id);
        let mut summary = Summary::default();
        let mut left: Option<Vec<Held>> = None;
        let mut touched: FxHashSet<PlaceId> = FxHashSet::default();
        for (block, held) in before.iter().enumerate() {
            let Some(held) = held else { continue };
            let block: BlockId = base::Idx::from_index(block);
            let mut held = held.clone();
            for (event, index) in func.blocks[block].events.iter().zip(0..) {
                let spot = Spot { block, index };
                self.note(
                    analysis,
                    id,
                    (spot, event),
                    &held,
                    &mut summary,
                    &mut touched,
                );
                self.apply(analysis, id, spot, event, &mut held);
            }
            if matches!(func.blocks[block].exit, Some((Exit::Return, _))) {
                left = Some(match left {
                    None => held,
                    Some(known) => known
                        .into_iter()
                        .filter(|it| held.iter().any(|own| own.place == it.place))
                        .collect(),
                });
            }
        }
        summary.leaves = left.unwrap_or_default();
        summary.takes.sort_unstable();
        summary.takes.dedup_by_key(|it| it.0);
        summary.releases.sort_unstable();
        summary.releases.dedup();
        summary
    }

    /// What an event says about locks of the caller.
    fn note(
        &self,
        analysis: &Analysis<'_>,
        id: FuncId,
        (spot, event): (Spot, &Event),
        held: &[Held],
        summary: &mut Summary,
        touched: &mut FxHashSet<PlaceId>,
    ) {
        match &event.kind {
            EventKind::Op(op, operand) => {
                let place = operand.place.or_else(|| own_place(analysis, id, spot));
                let Some(place) = place else { return };
                let is_held = held.iter().any(|it| it.place == place);
                match op {
                    Op::Lock | Op::RLock if touched.insert(place) => {
                        summary.takes.push((place, event.at, *op == Op::RLock));
                    }
                    Op::Unlock | Op::RUnlock => {
                        touched.insert(place);
                        if !is_held {
                            summary.releases.push(place);
                            summary.takes.retain(|it| it.0 != place);
                        }
                    }
                    _ => {}
                }
            }
            EventKind::Call(call) if matches!(call.mode, Mode::Here | Mode::Deferred) => {
                for (callee, inner) in self.summaries_of(analysis, call) {
                    for (place, at, read) in &inner.takes {
                        if let Some(place) = mapped(analysis, call, callee, *place)
                            && touched.insert(place)
                        {
                            summary.takes.push((place, *at, *read));
                        }
                    }
                    for place in &inner.releases {
                        if let Some(place) = mapped(analysis, call, callee, *place)
                            && !held.iter().any(|it| it.place == place)
                        {
                            touched.insert(place);
                            summary.releases.push(place);
                        }
                    }
                }
                if let Callee::Value(value) = call.callee {
                    Self::note_callback(analysis, id, value, held, event.at, summary);
                }
            }
            _ => {}
        }
    }

    fn note_callback(
        analysis: &Analysis<'_>,
        id: FuncId,
        value: crate::ir::Operand,
        held: &[Held],
        at: At,
        summary: &mut Summary,
    ) {
        let Some(node) = value.node else { return };
        for (func, param) in &analysis.class(node).params {
            // The parameter of the function itself, or of the one around a literal.
            if *func == id {
                for it in held {
                    let one = (*param, it.place, it.read, at);
                    if !summary.calls_under.contains(&one) {
                        summary.calls_under.push(one);
                    }
                }
            }
        }
    }
}

/// A lock that is a variable by itself.
fn own_place(analysis: &Analysis<'_>, id: FuncId, spot: Spot) -> Option<PlaceId> {
    let EventKind::Op(_, operand) = &analysis.func(id).event(spot).kind else {
        return None;
    };
    analysis.program.var_place(operand.var?)
}

/// The caller's place for one of the callee.
fn mapped(analysis: &Analysis<'_>, call: &Call, callee: FuncId, id: PlaceId) -> Option<PlaceId> {
    let program = &analysis.program;
    let place = program.place_of(id);
    let func = &program.funcs[callee];
    let Some(index) = func.params.iter().position(|param| *param == place.root) else {
        return (func.obj.is_none() || is_package_level(analysis, place.root)).then_some(id);
    };
    let arg = argument(program, call, callee, index as u32)?;
    let mut base = match (arg.place, arg.var) {
        (Some(base), _) => program.place_of(base).clone(),
        (None, Some(root)) => crate::program::Place {
            root,
            fields: Vec::new(),
        },
        (None, None) => return None,
    };
    base.fields.extend(place.fields.iter().copied());
    program.known_place(&base)
}

fn is_package_level(analysis: &Analysis<'_>, obj: go_types::ObjId) -> bool {
    matches!(
        analysis.store.obj(obj).kind,
        go_types::ObjKind::Var {
            kind: go_types::VarKind::Package,
            ..
        }
    )
}

fn check(found: &mut Found<'_, '_>, locks: &Locks, id: FuncId) {
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
    for (block, before) in locks.before[&id].iter().enumerate() {
        let Some(before) = before else { continue };
        let block: BlockId = base::Idx::from_index(block);
        let mut held = before.clone();
        for (event, index) in func.blocks[block].events.iter().zip(0..) {
            let spot = Spot { block, index };
            at_event(found, locks, id, (spot, event), &held);
            locks.apply(analysis, id, spot, event, &mut held);
        }
        if let Some((Exit::Return, at)) = func.blocks[block].exit {
            at_return(found, id, at, &held, &unlocks);
        }
    }
    next_turns(found, locks, id);
}

fn subject(analysis: &Analysis<'_>, place: PlaceId) -> String {
    let place = analysis.program.place_of(place);
    let mut text = analysis.store.name(place.root).to_owned();
    for field in &place.fields {
        text.push('.');
        text.push_str(analysis.store.name(*field));
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
    id: FuncId,
    at: At,
    held: &[Held],
    unlocks: &FxHashMap<PlaceId, At>,
) {
    for it in held {
        // A function that does not unlock any more hands the lock over.
        let is_later = unlocks.get(&it.place).is_some_and(|last| *last > at);
        if it.spot.is_none() || !is_later {
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
            let steps = [(known.at, Role::Locked), (event.at, Role::LockedAgain)];
            match op {
                Op::Lock | Op::RLock if is_deferred(analysis, id, event) => {
                    let steps = [(known.at, Role::Locked), (event.at, Role::Blocks)];
                    report(
                        found,
                        id,
                        Mistake::DeferredLock,
                        Tier::Error,
                        event.at,
                        place,
                        &steps,
                    );
                }
                Op::Lock => {
                    report(
                        found,
                        id,
                        Mistake::LocksAgain,
                        Tier::Error,
                        event.at,
                        place,
                        &steps,
                    );
                }
                Op::RLock if !known.read => {
                    report(
                        found,
                        id,
                        Mistake::LocksAgain,
                        Tier::Error,
                        event.at,
                        place,
                        &steps,
                    );
                }
                Op::RLock if has_writer(analysis, place) => {
                    report(
                        found,
                        id,
                        Mistake::ReadLockTwice,
                        Tier::Warn,
                        event.at,
                        place,
                        &steps,
                    );
                }
                Op::Unlock if known.read => {
                    report(
                        found,
                        id,
                        Mistake::WrongUnlock,
                        Tier::Error,
                        event.at,
                        place,
                        &steps,
                    );
                }
                Op::RUnlock if !known.read => {
                    report(
                        found,
                        id,
                        Mistake::WrongUnlock,
                        Tier::Error,
                        event.at,
                        place,
                        &steps,
                    );
                }
                _ => {}
            }
        }
        EventKind::Call(call) if matches!(call.mode, Mode::Here | Mode::Deferred) => {
            at_call(found, locks, id, event.at, call, held);
            unknown_call(found, id, event.at, call, held);
        }
        _ => {}
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
    for (callee, summary) in locks.summaries_of(analysis, call) {
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
    for func in &analysis.class(node).funcs {
        let Some(own) = locks.summaries.get(func) else {
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
    let [of] = makers.as_slice() else { return };
    for literal in &analysis.class(node).funcs {
        let Some(summary) = locks.summaries.get(literal) else {
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
            .summaries_of(analysis, call)
            .into_iter()
            .any(|(callee, summary)| {
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
        for (block, before) in locks.before[&id].iter().enumerate() {
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
                if own && again.is_some() && !one.read && !is_new {
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
