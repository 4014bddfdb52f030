//! Which locks are held where, and what functions do to locks of their callers.

use base::{Cancellation, Cancelled, IndexVec};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::analysis::Analysis;
use crate::ir::{
    At, BlockId, Call, Callee, Event, EventKind, Exit, Func, FuncId, Mode, Op, PlaceId, Spot,
};
use crate::link::argument;
use crate::objects::{Form, Kind, ObjId};
use crate::order::{Callees, callees_first, until_stable};

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
pub(in crate::find) struct Summary {
    /// Locked before it is released, with the place of the operation; for reading; on every path.
    pub(in crate::find) takes: Vec<(PlaceId, At, bool)>,
    /// Held at every return.
    pub(in crate::find) leaves: Vec<Held>,
    /// Released though the function did not lock it.
    pub(in crate::find) releases: Vec<PlaceId>,
    /// Parameters that are called with locks held.
    pub(super) calls_under: Vec<(u32, PlaceId, bool, At)>,
}

/// What is held before each block of a function that is reached.
pub(crate) type Before = Vec<Option<Vec<Held>>>;

/// What is held before each block, and summaries of all functions.
pub(crate) struct Locks {
    /// In the order of the functions.
    pub(crate) before: Vec<(FuncId, Before)>,
    pub(super) summaries: IndexVec<FuncId, Option<Summary>>,
    /// Locks that some function releases which did not take them: another one hands them over.
    pub(super) handed_over: FxHashSet<Lock>,
}

/// The variable or field that a lock is, of whatever value; of an embedded one also the field that holds it.
pub(crate) type Lock = (Option<ObjId>, ObjId);

pub(crate) fn lock_of(analysis: &Analysis<'_>, place: PlaceId) -> Lock {
    let place = analysis.program.place_of(place);
    let Some((last, before)) = place.fields.split_last() else {
        return (None, place.root);
    };
    let is_embedded = matches!(analysis.program.name_of(*last), "Mutex" | "RWMutex");
    (before.last().copied().filter(|_| is_embedded), *last)
}

/// Calls within calls that take locks of their callers.
const MAX_ROUNDS: usize = 4;
const LOCKS: &[Op] = &[Op::Lock, Op::RLock, Op::Unlock, Op::RUnlock];

impl Locks {
    pub(crate) fn new(analysis: &Analysis<'_>, cancel: &Cancellation) -> Result<Self, Cancelled> {
        let mut locks = Self {
            before: Vec::new(),
            summaries: analysis.func_ids().map(|_| None).collect(),
            handed_over: FxHashSet::default(),
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
        let callees = callees(analysis, &relevant);
        // What relevant functions call may be irrelevant; the order is one of all functions.
        let is_relevant: FxHashSet<FuncId> = relevant.iter().copied().collect();
        let mut order = callees_first(&callees);
        order.retain(|id| is_relevant.contains(id));
        let mut all: FxHashMap<FuncId, Before> = FxHashMap::default();
        until_stable(&order, &callees, MAX_ROUNDS, cancel, |id| {
            let before = locks.flow(analysis, id);
            let summary = locks.summarize(analysis, id, &before);
            let is_new = locks.summaries[id].as_ref() != Some(&summary);
            locks.summaries[id] = Some(summary);
            all.insert(id, before);
            is_new
        })?;
        locks.before = all.into_iter().collect();
        locks.before.sort_unstable_by_key(|(id, _)| *id);
        for id in &relevant {
            let is_known = analysis.func(*id).obj.is_none()
                && analysis.is_called_within(*id)
                && !analysis.is_goroutine(*id);
            let Some(summary) = locks.summaries[*id].as_ref().filter(|_| !is_known) else {
                continue;
            };
            let takes_again = |place: &PlaceId| summary.leaves.iter().any(|it| it.place == *place);
            let freed = summary.releases.iter().filter(|place| !takes_again(place));
            locks
                .handed_over
                .extend(freed.map(|place| lock_of(analysis, *place)));
        }
        Ok(locks)
    }

    /// A local lock that is a signal: who takes it waits until another goroutine releases it.
    pub(super) fn is_signal(&self, analysis: &Analysis<'_>, place: PlaceId) -> bool {
        let is_variable = analysis.program.place_of(place).fields.is_empty();
        is_variable && self.handed_over.contains(&lock_of(analysis, place))
    }

    /// Locks held on every path, before each block that is reached.
    fn flow(&self, analysis: &Analysis<'_>, id: FuncId) -> Before {
        let func = analysis.func(id);
        let mut before: Before = vec![None; func.blocks.len()];
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
    pub(super) fn apply(
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
                if let Some((callee, summary)) = self.summary_of(analysis, call) {
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

    /// What the one function that a call calls does to locks.
    pub(in crate::find) fn summary_of<'s>(
        &'s self,
        analysis: &Analysis<'_>,
        call: &Call,
    ) -> Option<(FuncId, &'s Summary)> {
        let callee = analysis.links.sole_callee(&analysis.program, call);
        callee.and_then(|callee| Some((callee, self.summaries[callee].as_ref()?)))
    }

    /// What is held before each block of a function; nothing of a function that has nothing to do with locks.
    pub(super) fn before(&self, id: FuncId) -> &[Option<Vec<Held>>] {
        let found = self.before.binary_search_by_key(&id, |(id, _)| *id);
        found.map_or(&[], |index| &self.before[index].1)
    }

    /// What is held before an event.
    pub(crate) fn held_at(&self, analysis: &Analysis<'_>, id: FuncId, spot: Spot) -> Vec<Held> {
        let Some(Some(held)) = self.before(id).get(base::Idx::index(spot.block)) else {
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
        let asked = asked_for(analysis, func);
        let mut summary = Summary::default();
        let mut left: Option<Vec<Held>> = None;
        let mut touched: FxHashSet<PlaceId> = FxHashSet::default();
        for (block, held) in before.iter().enumerate() {
            let Some(held) = held else { continue };
            let block: BlockId = base::Idx::from_index(block);
            let mut held = held.clone();
            for (event, index) in func.blocks[block].events.iter().zip(0..) {
                let spot = Spot { block, index };
                if !(asked.contains(&block) && is_lock(event)) {
                    self.note(
                        analysis,
                        id,
                        (spot, event),
                        &held,
                        &mut summary,
                        &mut touched,
                    );
                }
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
                if let Some((callee, inner)) = self.summary_of(analysis, call) {
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

/// The one function that each call of the relevant functions calls.
fn callees(analysis: &Analysis<'_>, relevant: &[FuncId]) -> Callees {
    let mut all: Callees = analysis.func_ids().map(|_| Vec::new()).collect();
    for id in relevant {
        let calls = (analysis.func(*id).events()).filter_map(|(_, event)| event.call());
        let own = &mut all[*id];
        own.extend(calls.filter_map(|call| analysis.links.sole_callee(&analysis.program, call)));
        own.sort_unstable();
        own.dedup();
    }
    all
}

/// Blocks that only a flag leads to: which calls take their locks is up to the callers.
fn asked_for(analysis: &Analysis<'_>, func: &Func) -> FxHashSet<BlockId> {
    let mut by_flag: FxHashSet<BlockId> = FxHashSet::default();
    let mut otherwise: FxHashSet<BlockId> = FxHashSet::default();
    for edge in func.blocks.iter().flat_map(|block| &block.edges) {
        let is_flag = edge
            .fact
            .is_some_and(|fact| analysis.program.objects[fact.var].form == Form::Basic);
        if is_flag {
            by_flag.insert(edge.to);
        } else {
            otherwise.insert(edge.to);
        }
    }
    by_flag.retain(|block| !otherwise.contains(block));
    by_flag
}

fn is_lock(event: &Event) -> bool {
    matches!(event.kind, EventKind::Op(Op::Lock | Op::RLock, _))
}

/// A lock that is a variable by itself.
pub(in crate::find) fn own_place(
    analysis: &Analysis<'_>,
    id: FuncId,
    spot: Spot,
) -> Option<PlaceId> {
    let EventKind::Op(_, operand) = &analysis.func(id).event(spot).kind else {
        return None;
    };
    analysis.program.var_place(operand.var?)
}

/// The caller's place for one of the callee.
pub(in crate::find) fn mapped(
    analysis: &Analysis<'_>,
    call: &Call,
    callee: FuncId,
    id: PlaceId,
) -> Option<PlaceId> {
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

fn is_package_level(analysis: &Analysis<'_>, obj: ObjId) -> bool {
    analysis.program.objects[obj].kind == Kind::PackageVar
}
