//! GL05: operations that block because of their own goroutine.

use super::counterparts::made;
use super::{Draft, Found};
use crate::analysis::{Analysis, Site, Use};
use crate::effects::Effect;
use crate::ir::{At, Callee, Event, EventKind, FuncId, Mode, Op, Spot};
use crate::link::argument;
use crate::nodes::NodeId;
use crate::paths::{From, comes_before, reaches};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    empty_selects(found);
    let analysis = found.analysis;
    for node in analysis.classes() {
        nil_channel(found, node);
        if let Some(owner) = analysis.sole_owner(node) {
            owned(found, node, owner);
        }
        slots(found, node);
        nested_slots(found, node);
    }
}

/// `select {}` in a goroutine: it can only end with the program.
fn empty_selects(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for id in analysis.func_ids() {
        if analysis.is_of_program(id) || !analysis.is_goroutine(id) {
            continue;
        }
        let empty = analysis
            .func(id)
            .events()
            .find_map(|(_, event)| match &event.kind {
                EventKind::Select {
                    arms,
                    default: false,
                } if arms.is_empty() => Some(event.at),
                _ => None,
            });
        let Some(at) = empty else { continue };
        let mut steps: Vec<(At, Role)> = analysis
            .starts(id)
            .first()
            .map(|(_, at)| (*at, Role::Started))
            .into_iter()
            .collect();
        steps.push((at, Role::Blocks));
        found.add(Draft {
            mistake: Mistake::EmptySelect,
            tier: Tier::Error,
            func: id,
            at,
            subject: "select {}".to_owned(),
            other: String::new(),
            steps: &steps,
        });
    }
}

/// Operations on a variable that never gets a channel.
fn nil_channel(found: &mut Found<'_, '_>, node: NodeId) {
    let analysis = found.analysis;
    let class = analysis.class(node);
    let is_variable = !class.vars.is_empty() && class.params.is_empty() && class.owner.is_none();
    let is_known = analysis.program.nodes.escape_of(node).is_none() && !class.foreign;
    let is_made = !class.makes.is_empty() || !class.results.is_empty();
    if !is_variable || !is_known || is_made || analysis.is_fixed(node) {
        return;
    }
    let from_call = analysis.result_of.contains_key(&node);
    if from_call {
        return;
    }
    let ops = [Op::Send, Op::Recv, Op::Range];
    let first = analysis
        .uses(node)
        .iter()
        .find(|it| ops.contains(&it.effect.op) && it.effect.plain && it.effect.depth == 0);
    let Some(first) = first.copied() else { return };
    let steps = [(first.effect.at, Role::Blocks)];
    found.add(Draft {
        mistake: Mistake::NilChannel,
        tier: Tier::Error,
        func: first.func,
        at: first.effect.at,
        subject: analysis.name(node),
        other: String::new(),
        steps: &steps,
    });
}

/// The owner waits for what only it, or what it starts later, would do.
fn owned(found: &mut Found<'_, '_>, node: NodeId, owner: FuncId) {
    let analysis = found.analysis;
    if analysis.capacity(node) != Some(0) {
        return;
    }
    let effects = analysis.on(owner, node);
    if !analysis.is_within(owner, node) {
        return;
    }
    let own = |op: Op| -> Vec<(Spot, Effect)> {
        effects
            .iter()
            .copied()
            .filter(|(_, it)| it.op == op && !it.spawned)
            .collect()
    };
    let answers = |ops: &[Op]| -> Vec<(Spot, Effect)> {
        effects
            .iter()
            .copied()
            .filter(|(_, it)| ops.contains(&it.op))
            .collect()
    };
    let mut first: Option<(Effect, Effect, Mistake)> = None;
    for (op, others) in [
        (Op::Send, &[Op::Recv, Op::Range] as &[Op]),
        (Op::Recv, &[Op::Send, Op::Close]),
    ] {
        let counter = answers(others);
        let Some((_, other)) = counter.first().copied() else {
            continue;
        };
        for (spot, effect) in own(op) {
            // A goroutine that was started before, or a close that came before.
            let is_answered = counter.iter().any(|(other, it)| {
                let may_run = it.spawned || it.op == Op::Close;
                may_run && comes_before(analysis.func(owner), *other, spot)
            });
            let is_this = |at: Spot, _: &Event| at == spot;
            let is_reached =
                || reaches(analysis.func(owner), From::Entry, &is_this, &|_, _| false).is_some();
            let is_certain = effect.plain && (effect.depth == 0 || effect.must) && is_reached();
            if is_answered || !is_certain {
                continue;
            }
            let mistake = if counter.iter().any(|(_, it)| it.spawned) {
                Mistake::SendBeforeReceiver
            } else {
                Mistake::OwnCounterpart
            };
            if first.is_none_or(|(known, ..)| effect.at < known.at) {
                first = Some((effect, other, mistake));
            }
        }
    }
    let Some((effect, other, mistake)) = first else {
        return;
    };
    let mut steps: Vec<(At, Role)> = made(analysis, node).into_iter().collect();
    steps.push((effect.at, Role::Blocks));
    steps.push((other.at, Role::Counterpart));
    found.add(Draft {
        mistake,
        tier: Tier::Error,
        func: owner,
        at: effect.at,
        subject: analysis.name(node),
        other: String::new(),
        steps: &steps,
    });
}

/// A channel of one slot that is taken again before it is given back.
fn slots(found: &mut Found<'_, '_>, node: NodeId) {
    let analysis = found.analysis;
    if !analysis.is_closed(node) || analysis.capacity(node) != Some(1) {
        return;
    }
    // As a lock: the sender also receives.
    let uses = analysis.uses(node);
    let gives_back = |func: FuncId| {
        let effects = analysis.on(func, node);
        effects
            .iter()
            .any(|(_, it)| it.op == Op::Recv && !it.spawned)
    };
    let own_sends: Vec<_> = (uses.iter())
        .filter(|it| it.effect.op == Op::Send && it.effect.depth == 0)
        .copied()
        .collect();
    let is_slot = !own_sends.is_empty()
        && own_sends
            .iter()
            .all(|it| it.effect.plain && gives_back(it.func) && !analysis.is_goroutine(it.func));
    if !is_slot {
        return;
    }
    for take in own_sends {
        let place = match &analysis.func(take.func).event(take.spot).kind {
            EventKind::Op(_, operand) => operand.place,
            _ => None,
        };
        let again = |spot: Spot, _: &Event| {
            spot != take.spot
                && analysis.effects_at(take.func, spot).iter().any(|it| {
                    it.node == Some(node)
                        && it.op == Op::Send
                        && !it.spawned
                        && it.place == place
                        && place.is_some()
                })
        };
        let given = |spot: Spot, _: &Event| {
            let effects = analysis.effects_at(take.func, spot);
            effects
                .iter()
                .any(|it| it.node == Some(node) && it.op == Op::Recv)
                && !effects
                    .iter()
                    .any(|it| it.node == Some(node) && it.op == Op::Send)
        };
        let func = analysis.func(take.func);
        let Some(spot) = reaches(func, From::After(take.spot), &again, &given) else {
            continue;
        };
        let second = analysis
            .effects_at(take.func, spot)
            .iter()
            .find(|it| it.node == Some(node) && it.op == Op::Send);
        let second = second.map_or(analysis.at(take.func, spot), |it| it.at);
        let steps = [
            (take.effect.at, Role::Acquired),
            (analysis.at(take.func, spot), Role::Counterpart),
            (second, Role::Blocks),
        ];
        found.add(Draft {
            mistake: Mistake::SlotTakenTwice,
            tier: Tier::Error,
            func: take.func,
            at: second,
            subject: analysis.name(node),
            other: String::new(),
            steps: &steps,
        });
        return;
    }
}

/// A function that takes a slot, starts a goroutine which runs its argument and then gives the slot back, and an argument
/// that takes a slot of the same channel: as many of them as there are slots wait for each other.
fn nested_slots(found: &mut Found<'_, '_>, node: NodeId) {
    let analysis = found.analysis;
    if !analysis.is_closed(node) || analysis.capacity(node) == Some(0) {
        return;
    }
    let takes: Vec<Use> = (analysis.uses(node).iter())
        .filter(|it| it.effect.op == Op::Send && it.effect.depth == 0 && it.effect.plain)
        .copied()
        .collect();
    for take in takes {
        let Some((start, param)) = runs_in_slot(analysis, &take, node) else {
            continue;
        };
        for site in analysis.callers.get(&take.func).into_iter().flatten() {
            let Some(inner) = takes_again(analysis, *site, (take.func, param), node) else {
                continue;
            };
            let steps = [
                (take.effect.at, Role::Acquired),
                (start, Role::Started),
                (inner, Role::Blocks),
            ];
            found.add(Draft {
                mistake: Mistake::SlotTakenInside,
                tier: match analysis.capacity(node) {
                    Some(1) => Tier::Error,
                    _ => Tier::Warn,
                },
                func: site.func,
                at: inner,
                subject: analysis.name(node),
                other: String::new(),
                steps: &steps,
            });
        }
    }
}

/// The goroutine that a function starts behind `take`, and the number of the parameter that it runs before it gives the
/// slot back.
fn runs_in_slot(analysis: &Analysis<'_>, take: &Use, node: NodeId) -> Option<(At, u32)> {
    let func = analysis.func(take.func);
    func.events().find_map(|(spot, event)| {
        let call = event.call().filter(|call| call.mode == Mode::Go)?;
        let [literal] = analysis.links.callees(&analysis.program, call) else {
            return None;
        };
        if !comes_before(analysis.func(take.func), take.spot, spot) {
            return None;
        }
        let gives_back = |at: Spot, _: &Event| {
            let mut effects = analysis.effects_at(*literal, at).iter();
            effects.any(|it| it.op == Op::Recv && it.node == Some(node) && !it.spawned)
        };
        let body = analysis.func(*literal);
        body.events().find_map(|(at, event)| {
            let Callee::Value(value) = event.call()?.callee else {
                return None;
            };
            let params = &analysis.class(value.node?).params;
            let (_, param) = params.iter().find(|(of, _)| *of == take.func)?;
            let stays = reaches(body, From::After(at), &gives_back, &|_, _| false).is_some();
            stays.then_some((analysis.at(take.func, spot), *param))
        })
    })
}

/// Where the literal that a call gives for a parameter takes a slot of the same channel.
fn takes_again(
    analysis: &Analysis<'_>,
    site: Site,
    (callee, param): (FuncId, u32),
    node: NodeId,
) -> Option<At> {
    let is_take =
        |it: &&Effect| it.op == Op::Send && it.node == Some(node) && it.plain && !it.spawned;
    let outer = analysis
        .effects_at(site.func, site.spot)
        .iter()
        .find(is_take)?;
    let call = analysis.call_at(site.func, site.spot)?;
    let arg = argument(&analysis.program, call, callee, param)?;
    let [literal] = analysis.class(arg.node?).funcs.as_slice() else {
        return None;
    };
    let mut events = analysis.events[*literal].iter();
    events.find_map(|(spot, effects)| {
        let inner = effects.iter().find(is_take)?;
        let is_same = inner.place.is_some() && inner.place == outer.place;
        is_same.then(|| analysis.at(*literal, *spot))
    })
}
