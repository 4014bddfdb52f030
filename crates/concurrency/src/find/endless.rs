//! GL10 and GL11: goroutines that nothing ends, and goroutines without a bound on their number.

use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::ir::{At, Call, EventKind, Func, FuncId, LoopKind, Mode, Op, Spot};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for id in analysis.func_ids() {
        if !analysis.is_asked(id) || analysis.is_of_program(id) {
            continue;
        }
        for (spot, event) in analysis.func(id).events() {
            if let Some(call) = event.call().filter(|call| call.mode == Mode::Go) {
                endless(found, id, event.at, call);
                unbounded(found, id, spot, event.at, call);
            }
        }
    }
}

/// A goroutine that loops over a select for ever.
fn endless(found: &mut Found<'_, '_>, id: FuncId, at: At, call: &Call) {
    let analysis = found.analysis;
    let owner = analysis.func(id);
    let is_main = analysis.program.packages[owner.package as usize].is_main;
    if is_main || !is_constructor(analysis, id) {
        return;
    }
    let callees = analysis.links.callees(&analysis.program, call);
    let [callee] = callees else {
        return;
    };
    if !analysis.effects.never_returns(*callee) {
        return;
    }
    let func = analysis.func(*callee);
    let select = func.events().find_map(|(spot, event)| match &event.kind {
        EventKind::Select { arms, .. } if !arms.is_empty() => Some((spot, event.at)),
        EventKind::Op(Op::Recv, _) => Some((spot, event.at)),
        _ => None,
    });
    let Some((spot, select)) = select else { return };
    if func.blocks[spot.block].loops.is_empty() {
        return;
    }
    let closed = closed_arm(analysis, *callee);
    let mut steps = vec![(at, Role::Started), (select, Role::Blocks)];
    let (mistake, tier, place) = match closed {
        Some(arm) => {
            steps.push((arm, Role::Stops));
            (Mistake::BreakLeavesSelect, Tier::Error, arm)
        }
        None => (Mistake::NoExitArm, Tier::Hint, select),
    };
    found.add(Draft {
        mistake,
        tier,
        func: id,
        at: place,
        subject: String::new(),
        other: String::new(),
        steps: &steps,
    });
}

/// A function that makes a value: it returns a pointer or an interface, and has no receiver.
fn is_constructor(analysis: &Analysis<'_>, id: FuncId) -> bool {
    let func = analysis.func(id);
    let makes = (func.results.first()).is_some_and(|result| result.is_made);
    func.obj.is_some() && !func.has_recv && makes
}

/// An arm of a channel whose only purpose is to end: it is a `struct{}` whose sends or close others make.
fn closed_arm(analysis: &Analysis<'_>, id: FuncId) -> Option<At> {
    let func = analysis.func(id);
    func.events().find_map(|(spot, event)| {
        let EventKind::Arm(Op::Recv, operand) = &event.kind else {
            return None;
        };
        let node = analysis.program.nodes.root(operand.node?);
        let name = analysis.name(node).to_lowercase();
        let is_quit = ["quit", "stop", "done", "close", "exit", "shutdown"]
            .iter()
            .any(|word| name.contains(word));
        let ends = analysis.uses(node).iter().any(|it| {
            let closes = matches!(it.effect.op, Op::Close | Op::Send);
            closes && it.func != id
        });
        // The arm does nothing: there is no other event in its block.
        let is_empty = func.blocks[spot.block].events.len() == 1;
        (is_quit && ends && is_empty).then_some(event.at)
    })
}

/// A goroutine for each turn of a loop whose turns nothing bounds.
fn unbounded(found: &mut Found<'_, '_>, id: FuncId, spot: Spot, at: At, call: &Call) {
    let analysis = found.analysis;
    let func = analysis.func(id);
    let loops = &func.blocks[spot.block].loops;
    let Some(own) = loops.last().map(|number| &func.loops[*number as usize]) else {
        return;
    };
    let is_of_items = |number: &u32| {
        let it = &func.loops[*number as usize];
        let count = it.count.as_ref().and_then(|count| count.text.as_deref());
        it.kind == LoopKind::Counted && count.is_some_and(|text| text.starts_with("len("))
    };
    let reads = own.kind == LoopKind::Channel
        || own.kind == LoopKind::While && has_call(func, own.head, &["bufio.Scanner.Scan"]);
    let nested = loops.len() > 1 && loops.iter().all(is_of_items);
    let unawaited = loops.len() == 1
        && loops.iter().all(is_of_items)
        && is_counted(analysis, id)
        && !waits(analysis, id);
    if !(reads || nested || unawaited && sleeps(analysis, call)) {
        return;
    }
    if is_bounded(analysis, id, loops) {
        return;
    }
    let steps = [(own.at, Role::Made), (at, Role::Started)];
    found.add(Draft {
        mistake: Mistake::NoBound,
        tier: Tier::Hint,
        func: id,
        at,
        subject: String::new(),
        other: String::new(),
        steps: &steps[1..],
    });
}

fn has_call(func: &Func, block: crate::ir::BlockId, names: &[&str]) -> bool {
    func.blocks[block]
        .events
        .iter()
        .any(|event| matches!(&event.kind, EventKind::Call(call) if names.contains(&call.name)))
}

/// The goroutine waits for time to pass, so turns pile up.
fn sleeps(analysis: &Analysis<'_>, call: &Call) -> bool {
    let callees = analysis.links.callees(&analysis.program, call);
    callees.iter().any(|callee| {
        analysis.func(*callee).events().any(
            |(_, event)| matches!(&event.kind, EventKind::Call(call) if call.name == "time.Sleep"),
        )
    })
}

/// The goroutines are counted by a group that somebody else waits for.
fn is_counted(analysis: &Analysis<'_>, id: FuncId) -> bool {
    analysis.events[id].iter().any(|(_, effects)| {
        effects
            .iter()
            .any(|it| matches!(it.op, Op::Add(_)) && !it.spawned)
    })
}

/// The function waits for what it started.
fn waits(analysis: &Analysis<'_>, id: FuncId) -> bool {
    analysis.events[id].iter().any(|(_, effects)| {
        effects
            .iter()
            .any(|it| matches!(it.op, Op::Wait | Op::Recv | Op::Range) && !it.spawned)
    })
}

/// A turn takes a slot before it starts the goroutine, or waits, or the group has a limit.
fn is_bounded(analysis: &Analysis<'_>, id: FuncId, loops: &[u32]) -> bool {
    let func = analysis.func(id);
    let in_loop = |at: Spot| {
        let own = &func.blocks[at.block].loops;
        loops.iter().any(|number| own.contains(number))
    };
    let has_limit = func.events().any(|(_, event)| match &event.kind {
        EventKind::Call(call) => {
            let name = call.name.rsplit('.').next().unwrap_or_default();
            matches!(name, "SetLimit" | "Acquire" | "TryAcquire" | "Accept")
        }
        _ => false,
    });
    let slot = analysis.events[id].iter().any(|(at, effects)| {
        in_loop(*at)
            && effects.iter().any(|it| match it.op {
                // A receive from another channel than that of the loop, or a send.
                Op::Wait | Op::Send => !it.spawned,
                Op::Recv => !it.spawned && it.plain,
                _ => false,
            })
    });
    has_limit || slot
}
