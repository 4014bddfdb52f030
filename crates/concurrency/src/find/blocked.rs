//! GL08: waits with a lock held that the other side needs, and locks that are taken in both orders.

use rustc_hash::FxHashMap;

use super::locks::{Held, Lock, Locks, lock_of};
use super::{Draft, Found};
use crate::analysis::{Analysis, Use};
use crate::effects::Effect;
use crate::ir::{At, Event, EventKind, FuncId, Op, Spot};
use crate::nodes::NodeId;
use crate::paths::{From, comes_before, reaches};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    let (analysis, locks) = (found.analysis, found.locks);
    let mut funcs: Vec<FuncId> = locks.before.keys().copied().collect();
    funcs.sort_unstable();
    let mut orders: FxHashMap<(Lock, Lock), (FuncId, At, At)> = FxHashMap::default();
    for id in funcs {
        for (spot, effects) in &analysis.events[id] {
            let waits: Vec<&Effect> = effects.iter().filter(|it| is_wait(it)).collect();
            let takes = effects.iter().any(|it| it.op == Op::Lock && !it.spawned);
            if waits.is_empty() && !takes {
                continue;
            }
            let held = locks.held_at(analysis, id, *spot);
            for wait in waits {
                check(found, id, *spot, wait, &held);
            }
            for take in effects.iter().filter(|it| it.op == Op::Lock && !it.spawned) {
                note_order(analysis, id, take, &held, &mut orders);
            }
        }
    }
    report_orders(found, &orders);
}

fn is_wait(effect: &Effect) -> bool {
    let waits = matches!(
        effect.op,
        Op::Send | Op::Recv | Op::Range | Op::Wait | Op::CondWait
    );
    waits && effect.plain && !effect.spawned && (effect.depth == 0 || effect.must)
}

fn check(found: &mut Found<'_, '_>, id: FuncId, spot: Spot, wait: &Effect, held: &[Held]) {
    let analysis = found.analysis;
    let Some(node) = wait.node else { return };
    let mut held: Vec<&Held> = held.iter().collect();
    if wait.op == Op::CondWait {
        // The innermost lock is the condition's, which it releases.
        held.sort_by_key(|it| it.at);
        held.pop();
    }
    let is_channel = matches!(wait.op, Op::Send | Op::Recv | Op::Range);
    let is_known =
        analysis.program.nodes.escape_of(node).is_none() && !analysis.class(node).foreign;
    if held.is_empty() || !is_known || is_channel && analysis.class(node).makes.is_empty() {
        return;
    }
    let answers: &[Op] = match wait.op {
        Op::Send => &[Op::Recv, Op::Range],
        Op::Recv => &[Op::Send, Op::Close],
        Op::Range => &[Op::Close],
        Op::Wait => &[Op::Done],
        _ => &[Op::Signal],
    };
    let others: Vec<Use> = (analysis.uses(node).iter())
        .filter(|it| answers.contains(&it.effect.op))
        .copied()
        .collect();
    if others.is_empty() {
        return;
    }
    for lock in held {
        if has_room(analysis, id, spot, wait, (node, lock.at)) {
            continue;
        }
        let of = lock_of(analysis, lock.place);
        let needs = others.iter().all(|it| {
            let is_after = it.func == id
                && it.effect.depth == 0
                && !it.effect.spawned
                && comes_before(analysis.func(id), spot, it.spot);
            is_after || needs_lock(analysis, found.locks, it, of, lock.read)
        });
        let other = others.iter().find(|it| it.func != id);
        let (true, Some(other)) = (needs, other) else {
            continue;
        };
        let steps = [
            (lock.at, Role::Locked),
            (wait.at, Role::Blocks),
            (other.effect.at, Role::NeedsLock),
        ];
        let name = analysis.program.name_of(of.1).to_owned();
        found.add(Draft {
            mistake: Mistake::WaitsUnderLock,
            tier: Tier::Warn,
            func: id,
            at: analysis.at(id, spot),
            subject: analysis.name(node),
            other: name,
            steps: &steps,
        });
        return;
    }
}

/// Whether a buffer may take or have what the operation is about, so that it does not wait for the other side. The lock
/// was taken at `locked`.
fn has_room(
    analysis: &Analysis<'_>,
    id: FuncId,
    spot: Spot,
    wait: &Effect,
    (node, locked): (NodeId, At),
) -> bool {
    let capacity = analysis.capacity(node);
    if capacity == Some(0) {
        return false;
    }
    match wait.op {
        // Turns of a loop with the lock held fill a buffer of fixed size.
        Op::Send => {
            capacity.is_none_or(|capacity| !fills(analysis, id, spot, wait, (capacity, locked)))
        }
        // A buffer that was made with the lock held has nothing yet.
        Op::Recv => {
            let [make] = analysis.class(node).makes.as_slice() else {
                return true;
            };
            let is_between = locked < make.at && make.at < wait.at;
            make.func != id || wait.depth > 0 || !is_between
        }
        _ => false,
    }
}

/// Whether a loop sends more than a buffer takes, after the lock was taken at `locked`.
fn fills(
    analysis: &Analysis<'_>,
    id: FuncId,
    spot: Spot,
    wait: &Effect,
    (capacity, locked): (i64, At),
) -> bool {
    let func = analysis.func(id);
    let place = (wait.place).map(|place| analysis.program.place_of(place).root);
    let root = place.or_else(|| match &func.event(spot).kind {
        EventKind::Op(_, operand) => operand.var,
        _ => None,
    });
    // Each turn may have a channel of its own.
    let changes = |number: u32| {
        let of_loop = func.blocks.iter().filter(|it| it.loops.contains(&number));
        let mut events = of_loop.flat_map(|it| &it.events);
        events.any(|event| matches!(event.kind, EventKind::Assign(var) if Some(var) == root))
    };
    let fills_it = |number: &u32| {
        let it = &func.loops[*number as usize];
        let is_outside = it.at.file == locked.file && it.at.range.covers(locked.range);
        let turns = it.count.as_ref().filter(|count| count.text.is_none());
        let is_more = turns.is_none_or(|count| -count.minus > capacity);
        !is_outside && is_more && !changes(*number)
    };
    func.blocks[spot.block].loops.iter().any(fills_it) || wait.depth > 0 && wait.many
}

/// Whether the other side has to take the lock before it gets there, or between two times.
fn needs_lock(analysis: &Analysis<'_>, locks: &Locks, one: &Use, lock: Lock, read: bool) -> bool {
    if one.effect.spawned || one.effect.depth > 0 && !one.effect.must {
        return spawned_needs_lock(analysis, one, lock, read);
    }
    let held = locks.held_at(analysis, one.func, one.spot);
    let conflicts = |own_read: bool| !(read && own_read);
    if held
        .iter()
        .any(|it| lock_of(analysis, it.place) == lock && conflicts(it.read))
    {
        return true;
    }
    let takes = |spot: Spot, _: &Event| {
        analysis.effects_at(one.func, spot).iter().any(|it| {
            let is_lock = it.op == Op::Lock || it.op == Op::RLock && conflicts(true);
            is_lock
                && it.must
                && !it.spawned
                && it
                    .place
                    .is_some_and(|place| lock_of(analysis, place) == lock)
        })
    };
    let is_use = |spot: Spot, _: &Event| spot == one.spot;
    let func = analysis.func(one.func);
    let first = reaches(func, From::Entry, &is_use, &takes).is_none();
    let in_loop = !func.blocks[one.spot.block].loops.is_empty();
    let between = in_loop && reaches(func, From::After(one.spot), &is_use, &takes).is_none();
    first || between && one.effect.op != Op::Done
}

/// A goroutine that is started there and has the effect: it locks on every path, before.
fn spawned_needs_lock(analysis: &Analysis<'_>, one: &Use, lock: Lock, read: bool) -> bool {
    let effects = analysis.effects_at(one.func, one.spot);
    effects.iter().any(|it| {
        let is_lock = it.op == Op::Lock || it.op == Op::RLock && !read;
        is_lock
            && it.must
            && it.spawned
            && it
                .place
                .is_some_and(|place| lock_of(analysis, place) == lock)
    })
}

/// Which lock is taken with which held.
fn note_order(
    analysis: &Analysis<'_>,
    id: FuncId,
    take: &Effect,
    held: &[Held],
    orders: &mut FxHashMap<(Lock, Lock), (FuncId, At, At)>,
) {
    let Some(place) = take.place else { return };
    let second = lock_of(analysis, place);
    for first in held {
        let first_lock = lock_of(analysis, first.place);
        if first_lock != second && !first.read {
            orders
                .entry((first_lock, second))
                .or_insert((id, first.at, take.at));
        }
    }
}

fn report_orders(found: &mut Found<'_, '_>, orders: &FxHashMap<(Lock, Lock), (FuncId, At, At)>) {
    let analysis = found.analysis;
    let mut pairs: Vec<_> = orders.iter().collect();
    pairs.sort_unstable();
    for ((a, b), (id, first, second)) in pairs {
        if a > b {
            continue;
        }
        let Some((_, other_first, other_second)) = orders.get(&(*b, *a)) else {
            continue;
        };
        let steps = [
            (*first, Role::Locked),
            (*second, Role::Blocks),
            (*other_first, Role::NeedsLock),
            (*other_second, Role::Counterpart),
        ];
        found.add(Draft {
            mistake: Mistake::LockOrder,
            tier: Tier::Warn,
            func: *id,
            at: *second,
            subject: analysis.program.name_of(b.1).to_owned(),
            other: analysis.program.name_of(a.1).to_owned(),
            steps: &steps,
        });
    }
}
