//! GL03: more sends than receives and room.

use super::counterparts::made;
use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::effects::{Effect, most_on_a_path};
use crate::ir::{At, FuncId, LoopKind, Op, Spot};
use crate::nodes::{Capacity, NodeId};
use crate::suspect::{Mistake, Role, Tier};

/// A number that is known, or a multiple of one that the source names.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Number {
    Const(i64),
    /// `text - minus`
    Text(String, i64),
}

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for (node, owner) in analysis.owned_classes() {
        owned(found, node, owner);
    }
}

fn owned(found: &mut Found<'_, '_>, node: NodeId, owner: FuncId) {
    let analysis = found.analysis;
    if analysis.is_program(owner) {
        return;
    }
    let effects = analysis.on(owner, node);
    let of = |op: Op, spawned: bool| -> Vec<(Spot, Effect)> {
        let effects = effects.iter().copied();
        effects
            .filter(|(_, it)| it.op == op && it.spawned == spawned)
            .collect()
    };
    let sends = of(Op::Send, true);
    let receives = of(Op::Recv, false);
    let other_uses = effects.iter().any(|(_, it)| {
        let own_send = it.op == Op::Send && !it.spawned;
        let drains = it.op == Op::Range || it.op == Op::Recv && it.spawned;
        own_send || drains
    });
    if sends.is_empty()
        || receives.is_empty()
        || other_uses
        || sends.iter().any(|(_, it)| !it.plain)
    {
        return;
    }
    let repeats = sends.iter().any(|(spot, _)| {
        let call = analysis.call_at(owner, *spot);
        call.is_some_and(|call| {
            let mut callees = analysis.links.callees(&analysis.program, call).iter();
            callees.any(|callee| analysis.is_recursive(*callee))
        })
    });
    if repeats {
        return;
    }
    // A turn of a loop with all of it counts for itself.
    let shared = common_loop(analysis, owner, effects.iter().map(|(spot, _)| *spot));
    if !analysis.is_within(owner, node) {
        return;
    }
    let Some(sent) = sum(analysis, (owner, node), &sends, &shared) else {
        return;
    };
    let Some(received) = sum(analysis, (owner, node), &receives, &shared) else {
        return;
    };
    let room = match analysis.class(node).makes.as_slice() {
        [make] => match &make.cap {
            Capacity::Const(n) => Number::Const(*n),
            Capacity::Text(_) => return,
        },
        _ => return,
    };
    let Number::Const(room) = room else { return };
    let is_short = match (&sent, &received) {
        (Number::Const(sent), Number::Const(received)) => *sent > received + room,
        (Number::Text(_, minus), Number::Const(received)) => *minus <= 0 && *received + room <= 2,
        (Number::Text(a, less_a), Number::Text(b, less_b)) => a == b && less_b - less_a > room,
        (Number::Const(_), Number::Text(..)) => false,
    };
    if !is_short {
        return;
    }
    let (spot, send) = sends[sends.len() - 1];
    let mut steps: Vec<(At, Role)> = made(analysis, node).into_iter().collect();
    steps.push((analysis.at(owner, spot), Role::Started));
    steps.push((send.at, Role::Blocks));
    steps.extend(receives.iter().map(|(_, it)| (it.at, Role::Counterpart)));
    let is_certain = sends.iter().all(|(_, it)| it.must);
    found.add(Draft {
        mistake: Mistake::MoreSendsThanReceives,
        tier: if is_certain { Tier::Error } else { Tier::Warn },
        func: owner,
        at: send.at,
        subject: analysis.name(node),
        other: String::new(),
        steps: &steps,
    });
}

/// The loops that all spots share.
fn common_loop(
    analysis: &Analysis<'_>,
    func: FuncId,
    spots: impl Iterator<Item = Spot>,
) -> Vec<u32> {
    let blocks = &analysis.func(func).blocks;
    let mut common: Option<Vec<u32>> = None;
    for spot in spots {
        let loops = &blocks[spot.block].loops;
        common = Some(match common {
            None => loops.clone(),
            Some(known) => {
                let same = known.iter().zip(loops).take_while(|(a, b)| a == b).count();
                known[..same].to_vec()
            }
        });
    }
    common.unwrap_or_default()
}

/// How often at most on one path; `None` if that cannot be said.
fn sum(
    analysis: &Analysis<'_>,
    (owner, node): (FuncId, NodeId),
    effects: &[(Spot, Effect)],
    shared: &[u32],
) -> Option<Number> {
    let func = analysis.func(owner);
    let mut single: Vec<(Spot, u32)> = Vec::new();
    let mut looped: Option<Number> = None;
    for (spot, effect) in effects {
        // A loop that makes the channel anew in each turn does not count.
        let mut loops = analysis.loops_outside(owner, *spot, node);
        loops.retain(|number| !shared.contains(number));
        if effect.depth > 0 && effect.many {
            return None;
        }
        match loops.as_slice() {
            [] => single.push((*spot, effect.times)),
            [number] => {
                let it = &func.loops[*number as usize];
                let count = it.count.as_ref().filter(|_| it.kind == LoopKind::Counted)?;
                let times = i64::from(effect.times);
                let number = match &count.text {
                    None => Number::Const(-count.minus * times),
                    Some(text) if times == 1 => Number::Text(text.clone(), count.minus),
                    Some(_) => return None,
                };
                match &looped {
                    None => looped = Some(number),
                    Some(known) if *known == number => {
                        // Two in one loop: both in each turn, or one of them.
                        return None;
                    }
                    Some(_) => return None,
                }
            }
            _ => return None,
        }
    }
    let once = i64::from(most_on_a_path(func, &single));
    match looped {
        None => Some(Number::Const(once)),
        Some(Number::Const(n)) => Some(Number::Const(n + once)),
        Some(Number::Text(text, minus)) => Some(Number::Text(text, minus - once)),
    }
}
