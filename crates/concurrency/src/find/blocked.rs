//! GL08: waits with a lock held that the other side needs, and locks that are taken in both orders.

use rustc_hash::FxHashMap;

use super::locks::{Held, Lock, Locks, lock_of, mapped, own_place};
use super::{Draft, Found};
use crate::analysis::{Analysis, Use};
use crate::effects::Effect;
use crate::ir::{At, Event, EventKind, FuncId, Mode, Op, PlaceId, Spot};
use crate::nodes::NodeId;
use crate::paths::{From, comes_before, reaches};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    let (analysis, locks) = (found.analysis, found.locks);
    let mut orders = Orders::default();
    for id in locks.before.iter().map(|(id, _)| *id) {
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
            if takes {
                note_order(found, id, *spot, &held, &mut orders);
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

/// A lock that is taken with another one held.
struct Order {
    func: FuncId,
    first: At,
    second: At,
    /// What else is held.
    others: Vec<Lock>,
}

/// The first lock with the second.
type Orders = FxHashMap<(Lock, Lock), Vec<Order>>;

/// So many places with the same order are compared with those of the other order.
const MAX_ORDERS: usize = 8;

/// Which locks are taken with which held. Of a call only the locks that the called function takes by itself count, and one of
/// its caller that it releases and takes back. Where several functions may be called, which locks are taken is a guess.
fn note_order(found: &Found<'_, '_>, id: FuncId, spot: Spot, held: &[Held], orders: &mut Orders) {
    let (analysis, locks) = (found.analysis, found.locks);
    let event = analysis.func(id).event(spot);
    let mut note = |place: PlaceId, at: At, released: &dyn Fn(PlaceId) -> bool| {
        let second = lock_of(analysis, place);
        for first in held.iter().filter(|it| !it.read && !released(it.place)) {
            let first_lock = lock_of(analysis, first.place);
            let all = orders.entry((first_lock, second)).or_default();
            if first_lock == second || all.len() >= MAX_ORDERS {
                continue;
            }
            let others = held.iter().map(|it| lock_of(analysis, it.place));
            all.push(Order {
                func: id,
                first: first.at,
                second: at,
                others: others.filter(|it| *it != first_lock).collect(),
            });
        }
    };
    match &event.kind {
        EventKind::Op(Op::Lock, operand) => {
            if let Some(place) = operand.place.or_else(|| own_place(analysis, id, spot)) {
                note(place, event.at, &|_| false);
            }
        }
        EventKind::Call(call) if matches!(call.mode, Mode::Here | Mode::Deferred) => {
            let Some((callee, summary)) = locks.summary_of(analysis, call) else {
                return;
            };
            let own = |place: PlaceId| mapped(analysis, call, callee, place);
            let released =
                |place: PlaceId| summary.releases.iter().any(|it| own(*it) == Some(place));
            for (place, at, _) in summary.takes.iter().filter(|(_, _, read)| !read) {
                if let Some(place) = own(*place) {
                    note(place, *at, &released);
                }
            }
            // A lock that the caller holds, and that the function takes back with the others held.
            for left in summary.leaves.iter().filter(|it| !it.read) {
                if let Some(place) = own(left.place).filter(|place| released(*place))
                    && held.iter().any(|it| it.place == place)
                {
                    note(place, left.at, &released);
                }
            }
        }
        _ => {}
    }
}

fn report_orders(found: &mut Found<'_, '_>, orders: &Orders) {
    let analysis = found.analysis;
    let mut pairs: Vec<_> = orders.iter().collect();
    pairs.sort_unstable_by_key(|(pair, _)| **pair);
    for ((a, b), ones) in pairs.into_iter().filter(|((a, b), _)| a < b) {
        let Some((one, other)) = meeting(ones, orders.get(&(*b, *a))) else {
            continue;
        };
        let steps = [
            (one.first, Role::Locked),
            (one.second, Role::Blocks),
            (other.first, Role::NeedsLock),
            (other.second, Role::Counterpart),
        ];
        found.add(Draft {
            mistake: Mistake::LockOrder,
            tier: Tier::Warn,
            func: one.func,
            at: one.second,
            subject: analysis.program.name_of(b.1).to_owned(),
            other: analysis.program.name_of(a.1).to_owned(),
            steps: &steps,
        });
    }
}

/// Two places with both orders which no third lock keeps apart.
fn meeting<'o>(
    ones: &'o [Order],
    others: Option<&'o Vec<Order>>,
) -> Option<(&'o Order, &'o Order)> {
    let pairs = (ones.iter()).flat_map(|one| others.into_iter().flatten().map(move |it| (one, it)));
    pairs.into_iter().find(|(one, other)| {
        let is_common = |lock: &Lock| other.others.contains(lock);
        !one.others.iter().any(is_common)
    })
}
