//! GL01: operations that nobody answers.

use super::{Draft, Found};
use crate::analysis::{Analysis, Use};
use crate::ir::{At, EventKind, Op, Operand, Spot};
use crate::nodes::NodeId;
use crate::paths::{From, Walk, leave};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    selects(found);
    for node in analysis.classes() {
        conditions(found, node);
        tickers(found, node);
        let is_owned = analysis.is_fixed(node) || analysis.owner(node).is_some();
        if !analysis.is_closed(node) || !is_owned {
            continue;
        }
        let having = |ops: &[Op]| -> Vec<Use> {
            let uses = analysis.uses(node).iter();
            uses.filter(|it| ops.contains(&it.effect.op))
                .copied()
                .collect()
        };
        let (sends, receives) = (having(&[Op::Send]), having(&[Op::Recv, Op::Range]));
        let (ranges, closes) = (having(&[Op::Range]), having(&[Op::Close]));
        if sends.is_empty() && closes.is_empty() {
            no_sender(found, node, &receives);
        } else if receives.is_empty() {
            no_receiver(found, node, &sends);
        } else if closes.is_empty() {
            never_closed(found, node, &ranges, &sends);
        }
    }
}

/// Where the goroutine of a use starts, if the use is in one.
pub(super) fn started(analysis: &Analysis<'_>, one: &Use) -> Option<(At, Role)> {
    if one.effect.spawned {
        return Some((analysis.at(one.func, one.spot), Role::Started));
    }
    let mut func = one.func;
    loop {
        if let Some((_, at)) = analysis.starts(func).first() {
            return Some((*at, Role::Started));
        }
        func = analysis.func(func).parent?;
    }
}

pub(super) fn made(analysis: &Analysis<'_>, node: NodeId) -> Option<(At, Role)> {
    let make = analysis.class(node).makes.first()?;
    Some((make.at, Role::Made))
}

fn no_sender(found: &mut Found<'_, '_>, node: NodeId, receives: &[Use]) {
    let analysis = found.analysis;
    let Some(wait) = receives.iter().find(|it| it.effect.plain) else {
        return;
    };
    if analysis.is_program(wait.func) {
        return;
    }
    report(found, node, wait, Mistake::NoSender, Tier::Error, None);
}

fn no_receiver(found: &mut Found<'_, '_>, node: NodeId, sends: &[Use]) {
    let analysis = found.analysis;
    let Some(send) = sends.iter().find(|it| it.effect.plain) else {
        return;
    };
    let plain = sends.iter().filter(|it| it.effect.plain);
    let total: u32 = plain.clone().map(|it| it.effect.times).sum();
    let has_room = analysis.capacity(node).is_none_or(|n| {
        let in_loop = plain
            .clone()
            .any(|it| it.effect.many || !analysis.loops_outside(it.func, it.spot, node).is_empty());
        n > 0 && !in_loop && i64::from(total) <= n
    });
    if !has_room {
        report(found, node, send, Mistake::NoReceiver, Tier::Error, None);
    }
}

fn never_closed(found: &mut Found<'_, '_>, node: NodeId, ranges: &[Use], sends: &[Use]) {
    let analysis = found.analysis;
    let endless = ranges.iter().find(|range| {
        let is_own = range.effect.depth == 0;
        is_own && !can_be_left(analysis, range) && !analysis.is_of_program(range.func)
    });
    if let Some(range) = endless {
        let is_variable = !analysis.class(node).vars.is_empty();
        let tier = match (analysis.is_fixed(node), is_variable) {
            (false, _) => Tier::Error,
            (true, false) => Tier::Warn,
            // Workers of a package's queue are often meant to stay.
            (true, true) => Tier::Hint,
        };
        report(
            found,
            node,
            range,
            Mistake::NeverClosed,
            tier,
            sends.first(),
        );
    }
}

/// A select without `default` of which no arm is ever answered.
fn selects(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for id in analysis.func_ids() {
        if analysis.is_program(id) {
            continue;
        }
        for (_, event) in analysis.func(id).events() {
            let EventKind::Select {
                arms,
                default: false,
            } = &event.kind
            else {
                continue;
            };
            let is_silent = |(op, operand): &(Op, Operand)| {
                (operand.node).is_some_and(|node| {
                    is_unanswered(analysis, analysis.program.nodes.root(node), *op)
                })
            };
            if arms.is_empty() || !arms.iter().all(is_silent) {
                continue;
            }
            let start = analysis
                .starts(id)
                .first()
                .map(|(_, at)| (*at, Role::Started));
            let mut steps: Vec<(At, Role)> = start.into_iter().collect();
            steps.push((event.at, Role::Blocks));
            found.add(Draft {
                mistake: Mistake::NoArm,
                tier: Tier::Error,
                func: id,
                at: event.at,
                subject: "select".to_owned(),
                other: String::new(),
                steps: &steps,
            });
        }
    }
}

/// All that happens to the channel is known, and nothing of it answers the operation.
fn is_unanswered(analysis: &Analysis<'_>, node: NodeId, op: Op) -> bool {
    let answers: &[Op] = match op {
        Op::Send if analysis.capacity(node) == Some(0) => &[Op::Recv, Op::Range],
        Op::Recv => &[Op::Send, Op::Close],
        _ => return false,
    };
    let is_owned = analysis.is_fixed(node) || analysis.owner(node).is_some();
    let is_answered = (analysis.uses(node).iter()).any(|it| answers.contains(&it.effect.op));
    is_owned && analysis.is_closed(node) && !is_answered
}

fn report(
    found: &mut Found<'_, '_>,
    node: NodeId,
    wait: &Use,
    mistake: Mistake,
    tier: Tier,
    other: Option<&Use>,
) {
    let analysis = found.analysis;
    let mut steps: Vec<(At, Role)> = made(analysis, node).into_iter().collect();
    steps.extend(started(analysis, wait));
    steps.push((wait.effect.at, Role::Blocks));
    steps.extend(other.map(|other| (other.effect.at, Role::Counterpart)));
    found.add(Draft {
        mistake,
        tier,
        func: wait.func,
        at: wait.effect.at,
        subject: analysis.name(node),
        other: String::new(),
        steps: &steps,
    });
}

/// Whether the body of a range leaves the loop by itself.
pub(super) fn can_be_left(analysis: &Analysis<'_>, range: &Use) -> bool {
    let func = analysis.func(range.func);
    let edges = &func.blocks[range.spot.block].edges;
    let Some(done) = edges.get(1).map(|edge| edge.to) else {
        return false;
    };
    let walk = Walk {
        stops: &|spot: Spot, _| spot == range.spot,
        closed: &|from, to| from == range.spot.block && to == done,
        exits: &|_| true,
        facts: &[],
    };
    leave(func, From::After(range.spot), &walk).is_some()
}

/// Waits on a condition that nobody signals.
fn conditions(found: &mut Found<'_, '_>, node: NodeId) {
    let analysis = found.analysis;
    let uses = analysis.uses(node);
    let own = |it: &&Use| it.effect.op == Op::CondWait && it.effect.depth == 0;
    let Some(wait) = uses.iter().find(own).copied() else {
        return;
    };
    let is_signalled = uses.iter().any(|it| it.effect.op == Op::Signal);
    let is_open = analysis.program.nodes.escape_of(node).is_some();
    if is_signalled || is_open || analysis.class(node).foreign {
        return;
    }
    report(
        found,
        node,
        &wait,
        Mistake::NeverSignalled,
        Tier::Error,
        None,
    );
}

/// Ranges over a ticker's channel: stopping the ticker does not close it.
fn tickers(found: &mut Found<'_, '_>, node: NodeId) {
    let analysis = found.analysis;
    let is_ticker = analysis.class(node).fields.iter().any(|field| {
        analysis.program.objects[*field].package == "time"
            && analysis.program.name_of(*field) == "C"
    });
    if !is_ticker {
        return;
    }
    for range in analysis.uses(node).to_vec() {
        let is_own = range.effect.op == Op::Range && range.effect.depth == 0;
        if !is_own || can_be_left(analysis, &range) || analysis.is_of_program(range.func) {
            continue;
        }
        let Some(stop) = stop_elsewhere(analysis, &range) else {
            continue;
        };
        let mut steps: Vec<(At, Role)> = started(analysis, &range).into_iter().collect();
        steps.push((range.effect.at, Role::Blocks));
        steps.push((stop, Role::Stops));
        found.add(Draft {
            mistake: Mistake::RangeOverTicker,
            tier: Tier::Error,
            func: range.func,
            at: range.effect.at,
            subject: crate::program::short(&analysis.text(range.effect.at)),
            other: String::new(),
            steps: &steps,
        });
    }
}

/// A call of the ticker's `Stop` in another function: somebody takes the loop to be over then.
fn stop_elsewhere(analysis: &Analysis<'_>, range: &Use) -> Option<At> {
    let EventKind::Op(_, operand) = &analysis.func(range.func).event(range.spot).kind else {
        return None;
    };
    let place = analysis.program.place_of(operand.place?);
    let (_, owner) = place.fields.split_last()?;
    let ticker = owner.last().copied().unwrap_or(place.root);
    let others = analysis.func_ids().filter(|id| *id != range.func);
    others.into_iter().find_map(|id| {
        analysis.func(id).events().find_map(|(_, event)| {
            let EventKind::Call(call) = &event.kind else {
                return None;
            };
            let recv = call
                .args
                .first()
                .filter(|_| call.name == "time.Ticker.Stop")?;
            let of = match (recv.place, recv.var) {
                (Some(place), _) => {
                    let place = analysis.program.place_of(place);
                    place.fields.last().copied().unwrap_or(place.root)
                }
                (None, var) => var?,
            };
            (of == ticker).then_some(event.at)
        })
    })
}
