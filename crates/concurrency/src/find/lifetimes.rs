//! GL12: values with a goroutine that their creator does not stop.

use crate::objects::{Kind, ObjId};
use rustc_hash::FxHashMap;

use super::releases::must_fail;
use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::effects::Effect;
use crate::ir::{At, Call, Callee, Event, EventKind, Exit, Fact, FuncId, Mode, Op, Spot, Target};
use crate::nodes::NodeId;
use crate::paths::{From, Walk, leave};
use crate::suspect::{Mistake, Role, Tier};

/// A function that returns a value whose goroutine waits on a channel.
#[derive(Clone, Debug)]
struct Maker {
    /// The class that ends the goroutine.
    node: NodeId,
    start: At,
    /// The method that ends it, or `None` for a returned function.
    stop: Option<FuncId>,
    /// Which result is the function that ends it.
    result: u32,
}

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    let stops = stops(analysis);
    let mut makers: FxHashMap<FuncId, Maker> = FxHashMap::default();
    for id in analysis.func_ids() {
        if let Some(maker) = maker(analysis, id, &stops) {
            makers.insert(id, maker);
        }
    }
    for id in analysis.func_ids() {
        if !analysis.is_asked(id) || analysis.is_program(id) {
            continue;
        }
        for (spot, event) in analysis.func(id).events() {
            if let Some(call) = event.call().filter(|call| call.mode == Mode::Here)
                && let Callee::Object(_) = call.callee
                && let [callee] = analysis.links.callees(&analysis.program, call)
                && let Some(maker) = makers.get(callee)
            {
                check(found, id, spot, event.at, call, maker);
            }
        }
    }
}

/// What methods that end a value are called: with this at the start or end of their name.
const ENDS: &[&str] = &[
    "abort",
    "cancel",
    "close",
    "destroy",
    "dispose",
    "drain",
    "end",
    "exit",
    "finish",
    "halt",
    "kill",
    "quit",
    "release",
    "shutdown",
    "stop",
    "teardown",
    "terminate",
];

/// Whether a method's name says that it ends the value.
fn is_end(name: &str) -> bool {
    let method = name.rsplit('.').next().unwrap_or_default();
    let method = method.to_ascii_lowercase();
    // `Send` ends in `end`, too.
    let has = |word: &&str| *word != "end" && (method.starts_with(word) || method.ends_with(word));
    ENDS.iter().any(|word| method == *word || has(word))
}

/// Methods that close a field's channel, by its class.
fn stops(analysis: &Analysis<'_>) -> FxHashMap<NodeId, FuncId> {
    let mut all = FxHashMap::default();
    for id in analysis.func_ids() {
        // A goroutine that says that it has ended is not what ends it.
        let func = analysis.func(id);
        if !func.has_recv || !is_end(&func.name) || analysis.is_goroutine(id) {
            continue;
        }
        for (_, effects) in &analysis.events[id] {
            for effect in effects
                .iter()
                .filter(|it| it.op == Op::Close && !it.spawned)
            {
                let Some(node) = effect.node else { continue };
                // Of several the one that others call.
                let known = all.entry(node).or_insert(id);
                if !analysis.func(*known).exported {
                    *known = id;
                }
            }
        }
    }
    all
}

fn maker(analysis: &Analysis<'_>, id: FuncId, stops: &FxHashMap<NodeId, FuncId>) -> Option<Maker> {
    let func = analysis.func(id);
    if func.obj.is_none() || func.results.is_empty() || func.is_entry {
        return None;
    }
    for (spot, event) in func.events() {
        let EventKind::Call(call) = &event.kind else {
            continue;
        };
        if call.mode != Mode::Go {
            continue;
        }
        if ends_otherwise(analysis, id) {
            return None;
        }
        let effects = analysis.effects_at(id, spot);
        let waits = |it: &&Effect| it.spawned && matches!(it.op, Op::Recv | Op::Range);
        for wait in effects.iter().filter(waits) {
            let Some(node) = wait.node else { continue };
            if let Some(stop) = stops.get(&node)
                && analysis.is_fixed(node)
                && makes_receiver(analysis, id, *stop)
                && !other_exits(analysis, effects, node)
            {
                return Some(Maker {
                    node,
                    start: event.at,
                    stop: Some(*stop),
                    result: 0,
                });
            }
            if let Some(result) = stop_result(analysis, id, node) {
                return Some(Maker {
                    node,
                    start: event.at,
                    stop: None,
                    result,
                });
            }
        }
    }
    None
}

/// The goroutine's end is arranged where it starts: a context ends it, or the test.
fn ends_otherwise(analysis: &Analysis<'_>, id: FuncId) -> bool {
    const ARRANGES: &[&str] = &["context.AfterFunc", "testing.common.Cleanup"];
    let mut calls = (analysis.func(id).events()).filter_map(|(_, event)| event.call());
    calls.any(|call| ARRANGES.contains(&call.name))
}

/// The goroutine waits for a context too.
fn other_exits(analysis: &Analysis<'_>, effects: &[Effect], node: NodeId) -> bool {
    effects.iter().any(|it| {
        let is_wait = it.spawned && it.op == Op::Recv && it.node != Some(node);
        is_wait
            && it.node.is_some_and(|other| {
                let owner = analysis.class(other).owner;
                owner.is_some_and(|owner| {
                    let class = analysis.class(owner);
                    let is_context =
                        |obj: &ObjId| analysis.program.objects[*obj].typ == "context.Context";
                    class.vars.iter().any(is_context) || class.fields.iter().any(is_context)
                })
            })
    })
}

/// The result has the method.
fn makes_receiver(analysis: &Analysis<'_>, id: FuncId, stop: FuncId) -> bool {
    let Some(recv) = analysis.func(stop).params.first() else {
        return false;
    };
    let func = analysis.func(id);
    let first = func.results.first().filter(|_| func.obj.is_some());
    let recv = analysis.program.objects[*recv].typ;
    first.is_some_and(|result| !result.name.is_empty() && result.name == recv)
}

/// The result that is a function which closes the channel.
fn stop_result(analysis: &Analysis<'_>, id: FuncId, node: NodeId) -> Option<u32> {
    let func = analysis.func(id);
    (0..func.results.len() as u32).find(|index| {
        let key = crate::nodes::NodeKey::Result(id, *index);
        let Some(result) = analysis.program.nodes.find(key) else {
            return false;
        };
        analysis.class(result).funcs.iter().any(|literal| {
            let effects = analysis.effects.of(*literal);
            effects
                .iter()
                .any(|it| it.op == Op::Close && it.node == Some(node))
        })
    })
}

fn check(found: &mut Found<'_, '_>, id: FuncId, spot: Spot, at: At, call: &Call, maker: &Maker) {
    let analysis = found.analysis;
    let stop = maker
        .stop
        .map(|stop| analysis.func(stop).name.clone())
        .unwrap_or_default();
    let short = stop.rsplit('.').next().unwrap_or_default().to_owned();
    let callee = call.name.rsplit('.').next().unwrap_or_default().to_owned();
    let mut report = |mistake: Mistake, subject: String, more: Option<(At, Role)>| {
        let mut steps = vec![(at, Role::Acquired), (maker.start, Role::Started)];
        steps.extend(more);
        // A function that ends it is called by its own name.
        let other = if short.is_empty() { &subject } else { &short };
        found.add(Draft {
            mistake,
            tier: Tier::Warn,
            func: id,
            at,
            other: other.clone(),
            subject,
            steps: &steps,
        });
    };
    let missing = if maker.stop.is_some() {
        Mistake::NeverStopped
    } else {
        Mistake::StopIgnored
    };
    let error = call.targets.iter().skip(1).find_map(|target| match target {
        Target::Var(error) => Some(*error),
        _ => None,
    });
    let var = match call.targets.get(maker.result as usize) {
        None if call.targets.is_empty() => return report(missing, callee, None),
        Some(Target::Blank) if error.is_some_and(|it| must_fail(analysis, id, spot, it)) => return,
        Some(Target::Blank) => return report(missing, callee, None),
        Some(Target::Var(var)) => *var,
        _ => return,
    };
    let is_local = analysis.program.objects[var].kind == Kind::Local;
    if !is_local || is_captured_and_used(analysis, id, var, maker) {
        return;
    }
    let func = analysis.func(id);
    let stops = |at: Spot, event: &Event| {
        at != spot && ends_use(analysis, id, (at, event), var, maker) || analysis.ends(event)
    };
    let facts: Vec<Fact> = (error.into_iter())
        .map(|var| Fact { var, zero: true })
        .chain([Fact { var, zero: false }])
        .collect();
    let walk = Walk {
        stops: &stops,
        closed: &|_, _| false,
        exits: &|exit| exit == Exit::Return,
        facts: &facts,
    };
    let Some(left) = leave(func, From::After(spot), &walk) else {
        return;
    };
    let ever = func
        .events()
        .any(|(at, event)| at != spot && ends_use(analysis, id, (at, event), var, maker));
    let name = analysis.program.name_of(var).to_owned();
    let mistake = if ever {
        Mistake::StopNotOnPath
    } else {
        missing
    };
    report(mistake, name, Some((left.at, Role::Leaves)));
}

/// The event ends the goroutine, or lets others have the value.
fn ends_use(
    analysis: &Analysis<'_>,
    id: FuncId,
    (at, event): (Spot, &Event),
    var: ObjId,
    maker: &Maker,
) -> bool {
    if analysis.does(id, at, maker.node, &[Op::Close]) {
        return true;
    }
    match &event.kind {
        EventKind::Leaks(own) => *own == var,
        EventKind::Call(call) => {
            // What is deferred will happen, also where a loop defers it.
            let defers = call.mode == Mode::Defer
                && analysis
                    .links
                    .callees(&analysis.program, call)
                    .iter()
                    .any(|callee| {
                        let effects = analysis.effects.of(*callee).iter();
                        effects
                            .filter(|it| it.op == Op::Close)
                            .any(|it| it.node == Some(maker.node))
                    });
            if defers {
                return true;
            }
            let own = matches!(call.callee, Callee::Value(value) if value.var == Some(var));
            let skip = usize::from(is_method(analysis, call));
            own || call.args.iter().skip(skip).any(|arg| arg.var == Some(var))
                // Methods that are not seen may stop it.
                || skip == 1
                    && call.args.first().is_some_and(|arg| arg.var == Some(var))
                    && analysis.links.callees(&analysis.program, call).is_empty()
        }
        _ => false,
    }
}

fn is_method(analysis: &Analysis<'_>, call: &Call) -> bool {
    match call.callee {
        Callee::Interface(_) => true,
        Callee::Object(obj) => analysis.program.objects[obj].kind == Kind::Method,
        _ => false,
    }
}

/// A literal of the function ends it or hands it on.
fn is_captured_and_used(analysis: &Analysis<'_>, id: FuncId, var: ObjId, maker: &Maker) -> bool {
    let outer = analysis.outermost(id);
    analysis.literals(outer).into_iter().any(|other| {
        other != id
            && analysis
                .func(other)
                .events()
                .any(|(spot, event)| ends_use(analysis, other, (spot, event), var, maker))
    })
}
