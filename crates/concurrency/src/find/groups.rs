//! GL09: wait groups whose Add and Done do not match.

use super::{Draft, Found};
use crate::analysis::{Analysis, Use};
use crate::effects::Effect;
use crate::ir::{At, Event, EventKind, Exit, Fact, FuncId, Mode, Op, Spot};
use crate::nodes::{NodeId, NodeKey};
use crate::objects::Form;
use crate::paths::{From, Walk, leave, reaches};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for node in analysis.classes() {
        let uses: Vec<Use> = analysis.uses(node).to_vec();
        if !uses
            .iter()
            .any(|it| matches!(it.effect.op, Op::Done | Op::Add(_)))
        {
            continue;
        }
        if analysis.program.nodes.escape_of(node).is_some() {
            continue;
        }
        done_skipped(found, node, &uses);
        wait_in_worker(found, node, &uses);
        add_without_start(found, node, &uses);
        in_owner(found, node, &uses);
    }
    copies(found);
}

fn is_add(op: Op) -> bool {
    matches!(op, Op::Add(_))
}

fn report(
    found: &mut Found<'_, '_>,
    node: NodeId,
    func: FuncId,
    mistake: Mistake,
    tier: Tier,
    at: At,
    steps: &[(At, Role)],
) {
    let subject = found.analysis.name(node);
    found.add(Draft {
        mistake,
        tier,
        func,
        at,
        subject,
        other: String::new(),
        steps,
    });
}

/// Goroutines that can end without `Done`.
fn done_skipped(found: &mut Found<'_, '_>, node: NodeId, uses: &[Use]) {
    let analysis = found.analysis;
    let dones: Vec<&Use> = uses
        .iter()
        .filter(|it| it.effect.op == Op::Done && it.effect.depth == 0)
        .collect();
    for start in goroutines(analysis, node) {
        let (owner, spot, callee) = start;
        if counts_turns(analysis, start, node) {
            continue;
        }
        let is_done = |at: Spot, event: &Event| {
            // A callee that does it on some path does it where that matters: for a group that is there.
            let effects = analysis.effects_at(callee, at).iter();
            let mut own = effects.filter(|it| maps_to(analysis, owner, spot, callee, it, node));
            own.any(|it| matches!(it.op, Op::Done | Op::Wait)) || analysis.ends(event)
        };
        let func = analysis.func(callee);
        let call = analysis.call_at(owner, spot);
        let given = call.and_then(|call| analysis.given_param(call, callee, node));
        let walk = Walk {
            stops: &is_done,
            closed: &|_, _| false,
            exits: &|exit| exit == Exit::Return,
            facts: &given
                .map(|var| vec![Fact { var, zero: false }])
                .unwrap_or_default(),
        };
        let start_at = analysis.at(owner, spot);
        if let Some(left) = leave(func, From::Entry, &walk) {
            let done = dones.first().map_or(left.at, |it| it.effect.at);
            let wait = uses.iter().find(|it| it.effect.op == Op::Wait);
            let mut steps = vec![(start_at, Role::Started), (left.at, Role::Leaves)];
            steps.extend(wait.map(|it| (it.effect.at, Role::Blocks)));
            let at = if left.at.range.len() > 1 {
                left.at
            } else {
                done
            };
            report(
                found,
                node,
                callee,
                Mistake::DoneSkipped,
                Tier::Error,
                at,
                &steps,
            );
            return;
        }
        if func.recovers
            && let Some((call, done)) = panic_skips(analysis, callee, node)
        {
            let steps = [
                (start_at, Role::Started),
                (call, Role::Leaves),
                (done, Role::Counterpart),
            ];
            report(
                found,
                node,
                callee,
                Mistake::PanicSkipsDone,
                Tier::Hint,
                call,
                &steps,
            );
        }
    }
}

/// The goroutine calls `Done` in turns of a loop only: it is not counted itself.
fn counts_turns(
    analysis: &Analysis<'_>,
    (owner, spot, callee): (FuncId, Spot, FuncId),
    node: NodeId,
) -> bool {
    let blocks = &analysis.func(callee).blocks;
    let mut dones = analysis.events[callee].iter().filter(|(_, effects)| {
        let mut effects = effects.iter();
        effects.any(|it| it.op == Op::Done && maps_to(analysis, owner, spot, callee, it, node))
    });
    dones.all(|(at, _)| !blocks[at.block].loops.is_empty())
}

/// An effect of a goroutine is on the class of its owner.
fn maps_to(
    analysis: &Analysis<'_>,
    owner: FuncId,
    spot: Spot,
    callee: FuncId,
    effect: &Effect,
    node: NodeId,
) -> bool {
    let Some(call) = analysis.call_at(owner, spot) else {
        return false;
    };
    effect.node.is_some_and(|own| {
        crate::effects::map_node(&analysis.program, call, callee, own) == Some(node)
    })
}

/// Goroutines of one class that are looked at; each is followed through the function that starts it.
const MAX_STARTS: usize = 100;

/// Goroutines that have a `Done` of the class.
fn goroutines(analysis: &Analysis<'_>, node: NodeId) -> Vec<(FuncId, Spot, FuncId)> {
    let mut all = Vec::new();
    for owner in analysis.funcs_on(node) {
        let owner = *owner;
        for (spot, effect) in analysis.on(owner, node) {
            let has = effect.op == Op::Done && effect.spawned;
            let Some(call) = analysis.call_at(owner, *spot) else {
                continue;
            };
            if !has || call.mode != Mode::Go || call.group.is_some() {
                continue;
            }
            let callees = analysis.links.callees(&analysis.program, call);
            if let [callee] = callees
                && is_counted(analysis, node, owner, *spot, *callee)
            {
                all.push((owner, *spot, *callee));
            }
            if all.len() >= MAX_STARTS {
                return all;
            }
        }
    }
    all.dedup();
    all
}

/// The group counts the goroutine: its owner adds before, and the goroutine itself has a `Done`, but no `Add`.
fn is_counted(
    analysis: &Analysis<'_>,
    node: NodeId,
    owner: FuncId,
    start: Spot,
    callee: FuncId,
) -> bool {
    let adds = |spot: Spot| {
        let mut effects = analysis.effects_at(owner, spot).iter();
        effects.any(|it| it.node == Some(node) && is_add(it.op) && !it.spawned)
    };
    let is_start = |spot: Spot, _: &Event| spot == start;
    let is_added = (analysis.on(owner, node).iter()).any(|(spot, _)| {
        adds(*spot)
            && reaches(
                analysis.func(owner),
                From::After(*spot),
                &is_start,
                &|_, _| false,
            )
            .is_some()
    });
    let mut own = (analysis.events[callee].iter())
        .flat_map(|(_, effects)| effects)
        .filter(|it| !it.spawned && maps_to(analysis, owner, start, callee, it, node));
    let mut does = false;
    is_added
        && own.all(|it| {
            does |= it.op == Op::Done;
            !is_add(it.op)
        })
        && does
}

/// A call of unknown code before a `Done` that is not deferred, in a goroutine that recovers.
fn panic_skips(analysis: &Analysis<'_>, id: FuncId, node: NodeId) -> Option<(At, At)> {
    let func = analysis.func(id);
    let deferred: Vec<At> = (func.events())
        .filter_map(|(_, event)| match &event.kind {
            EventKind::Call(call) if call.mode == Mode::Defer => Some(event.at),
            _ => None,
        })
        .collect();
    let (done, at) = func.events().find_map(|(spot, event)| {
        let is_own = matches!(event.kind, EventKind::Op(Op::Done, _))
            && analysis.does(id, spot, node, &[Op::Done])
            && !deferred.contains(&event.at);
        is_own.then_some((spot, event.at))
    })?;
    let call = func.events().find_map(|(spot, event)| {
        let EventKind::Call(call) = &event.kind else {
            return None;
        };
        let unknown = call.mode == Mode::Here
            && matches!(call.callee, crate::ir::Callee::Value(_))
            && analysis.links.callees(&analysis.program, call).is_empty();
        let before = unknown && {
            let is_done = |at: Spot, _: &Event| at == done;
            reaches(func, From::After(spot), &is_done, &|_, _| false).is_some()
        };
        before.then_some(event.at)
    })?;
    Some((call, at))
}

/// A goroutine of the group that waits for the group.
fn wait_in_worker(found: &mut Found<'_, '_>, node: NodeId, uses: &[Use]) {
    let analysis = found.analysis;
    for wait in uses
        .iter()
        .filter(|it| it.effect.op == Op::Wait && it.effect.depth == 0)
    {
        let id = wait.func;
        let func = analysis.func(id);
        let is_counted = goroutines(analysis, node)
            .iter()
            .any(|(_, _, callee)| *callee == id);
        if !is_counted {
            continue;
        }
        let is_wait = |spot: Spot, _: &Event| spot == wait.spot;
        let is_done = |spot: Spot, _: &Event| analysis.does(id, spot, node, &[Op::Done]);
        if reaches(func, From::Entry, &is_wait, &is_done).is_some()
            && reaches(func, From::After(wait.spot), &is_done, &|_, _| false).is_some()
        {
            let steps = [(wait.effect.at, Role::Blocks)];
            report(
                found,
                node,
                id,
                Mistake::WaitInWorker,
                Tier::Error,
                wait.effect.at,
                &steps,
            );
        }
    }
}

/// A path that adds and returns, where another one starts what calls `Done`.
fn add_without_start(found: &mut Found<'_, '_>, node: NodeId, uses: &[Use]) {
    let analysis = found.analysis;
    for add in uses
        .iter()
        .filter(|it| is_add(it.effect.op) && it.effect.depth == 0)
    {
        let id = add.func;
        let func = analysis.func(id);
        let starts = |spot: Spot, _: &Event| {
            let effects = analysis.effects_at(id, spot).iter();
            let mut own = effects.filter(|it| it.node == Some(node) && it.op == Op::Done);
            own.any(|it| it.spawned && it.must) || hands_on(analysis, id, spot, node)
        };
        let answers = |spot: Spot, event: &Event| {
            analysis.does(id, spot, node, &[Op::Done, Op::Wait])
                || analysis.ends(event)
                || starts(spot, event)
                || matches!(event.kind, EventKind::Leaks(var) if has_done(analysis, NodeKey::Var(var), node))
        };
        // Where nothing behind it starts a goroutine, others are to call `Done`.
        if add.effect.op != Op::Add(Some(1))
            || reaches(func, From::After(add.spot), &starts, &|_, _| false).is_none()
        {
            continue;
        }
        if !analysis.is_fixed(node) {
            continue;
        }
        let walk = Walk {
            stops: &answers,
            closed: &|_, _| false,
            exits: &|exit| exit == Exit::Return,
            facts: &[],
        };
        if let Some(left) = leave(func, From::After(add.spot), &walk) {
            let steps = [(add.effect.at, Role::Acquired), (left.at, Role::Leaves)];
            report(
                found,
                node,
                id,
                Mistake::AddWithoutStart,
                Tier::Warn,
                left.at,
                &steps,
            );
        }
    }
}

/// The value is a function that calls `Done`.
fn has_done(analysis: &Analysis<'_>, value: NodeKey, node: NodeId) -> bool {
    let value = analysis.program.nodes.find(value);
    value.is_some_and(|value| {
        analysis.class(value).funcs.iter().any(|func| {
            let mut effects = analysis.effects.of(*func).iter();
            effects.any(|it| it.op == Op::Done && it.node == Some(node))
        })
    })
}

/// The group, or a function that knows it, goes elsewhere.
fn hands_on(analysis: &Analysis<'_>, id: FuncId, spot: Spot, node: NodeId) -> bool {
    let Some(call) = analysis.call_at(id, spot) else {
        return false;
    };
    call.args.iter().any(|arg| {
        arg.node.is_some_and(|own| {
            let root = analysis.program.nodes.root(own);
            let class = analysis.class(root);
            root == node
                || class.funcs.iter().any(|func| {
                    analysis
                        .effects
                        .of(*func)
                        .iter()
                        .any(|it| it.op == Op::Done && it.node == Some(node))
                })
        })
    })
}

/// A group that is a variable of one function.
fn in_owner(found: &mut Found<'_, '_>, node: NodeId, uses: &[Use]) {
    let analysis = found.analysis;
    let class = analysis.class(node);
    let is_local = !analysis.is_fixed(node) && class.params.is_empty() && !class.vars.is_empty();
    let waits: Vec<&Use> = uses.iter().filter(|it| it.effect.op == Op::Wait).collect();
    let [wait] = waits.as_slice() else { return };
    if !is_local || wait.effect.spawned {
        return;
    }
    let owner = wait.func;
    let func = analysis.func(owner);
    let effects = analysis.on(owner, node);
    let adds: Vec<&(Spot, Effect)> = effects.iter().filter(|(_, it)| is_add(it.op)).collect();
    let own: Vec<&&(Spot, Effect)> = adds.iter().filter(|(_, it)| !it.spawned).collect();
    if own.is_empty() {
        let inner = uses.iter().find(|it| {
            is_add(it.effect.op) && it.effect.depth == 0 && analysis.is_goroutine(it.func)
        });
        if let Some(add) = inner
            && !adds.is_empty()
        {
            let mut steps: Vec<(At, Role)> = analysis
                .starts(add.func)
                .first()
                .map(|(_, at)| (*at, Role::Started))
                .into_iter()
                .collect();
            steps.push((add.effect.at, Role::Acquired));
            steps.push((wait.effect.at, Role::Blocks));
            report(
                found,
                node,
                add.func,
                Mistake::AddInGoroutine,
                Tier::Error,
                add.effect.at,
                &steps,
            );
        }
        return;
    }
    let in_loop = |spot: &Spot| !func.blocks[spot.block].loops.is_empty();
    let mut added = 0;
    for (spot, effect) in &adds {
        match effect.op {
            Op::Add(Some(n)) if !in_loop(spot) && !effect.many && effect.depth == 0 => {
                added += i64::from(n);
            }
            _ => return,
        }
    }
    let mut done = 0;
    for (spot, effect) in effects.iter().filter(|(_, it)| it.op == Op::Done) {
        if in_loop(spot) || effect.many {
            return;
        }
        done += i64::from(effect.times);
    }
    // What the owner does not start itself may call it as well.
    let known: Vec<At> = effects.iter().map(|(_, it)| it.at).collect();
    let elsewhere = uses
        .iter()
        .any(|it| it.effect.op == Op::Done && !known.contains(&it.effect.at));
    let (_, add) = adds[0];
    let steps = [(add.at, Role::Acquired), (wait.effect.at, Role::Blocks)];
    if added > 0 && done == 0 && !elsewhere && wait.effect.depth == 0 {
        report(
            found,
            node,
            owner,
            Mistake::NoDone,
            Tier::Error,
            wait.effect.at,
            &steps,
        );
    }
    if added > done && done > 0 && !elsewhere {
        report(
            found,
            node,
            owner,
            Mistake::AddTooMany,
            Tier::Error,
            add.at,
            &steps,
        );
    }
}

/// Parameters that are groups, not pointers to them.
fn copies(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for id in analysis.func_ids() {
        for param in &analysis.func(id).params {
            let object = analysis.program.objects[*param];
            let is_group = object.form == Form::Named && object.typ == "sync.WaitGroup";
            let node = analysis.program.nodes.find(NodeKey::Var(*param));
            let (true, Some(node)) = (is_group, node) else {
                continue;
            };
            let root = analysis.program.nodes.root(node);
            let own = analysis
                .uses(root)
                .iter()
                .find(|it| it.effect.op == Op::Done)
                .copied();
            if let Some(done) = own {
                let steps = [(done.effect.at, Role::Counterpart)];
                report(
                    found,
                    root,
                    id,
                    Mistake::GroupCopied,
                    Tier::Error,
                    done.effect.at,
                    &steps,
                );
            }
        }
    }
}
