//! GL14 and GL15: timers made in each turn of a loop, and contexts that are available and not used.

use crate::objects::{Form, ObjId};

use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::contracts::{Contract, contract};
use crate::ir::{
    At, Call, Event, EventKind, Fact, FuncId, LoopKind, Mode, Op, Operand, Spot, Target,
};
use crate::nodes::{NodeId, NodeKey};
use crate::paths::{From, Walk, passes, reaches};
use crate::suspect::{Mistake, Role, Tier};

/// Timers that nothing refers to are collected from this version on.
const TIMERS_COLLECTED: u16 = 23;

/// Calls without a context that have a variant with one.
const WITHOUT_CONTEXT: &[&str] = &[
    "database/sql.DB.Begin",
    "database/sql.DB.Exec",
    "database/sql.DB.Ping",
    "database/sql.DB.Prepare",
    "database/sql.DB.Query",
    "database/sql.DB.QueryRow",
    "database/sql.Tx.Exec",
    "database/sql.Tx.Query",
    "database/sql.Tx.QueryRow",
    "net/http.NewRequest",
    "net/http.Get",
    "net/http.Head",
    "net/http.Post",
    "net/http.PostForm",
    "os/exec.Command",
];

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for id in analysis.func_ids() {
        if !analysis.is_asked(id) {
            continue;
        }
        let minor = analysis.program.packages[analysis.func(id).package as usize].go_minor;
        if minor < TIMERS_COLLECTED {
            timers(found, id);
        }
        if let Some((ctx, name)) = context_of(analysis, id) {
            roots(found, id, ctx, &name);
            waits(found, id, ctx, &name);
            selects(found, id, ctx, &name);
        }
    }
}

/// Calls but for `defer` statements, with their places.
fn calls<'a>(
    analysis: &'a Analysis<'_>,
    id: FuncId,
) -> impl Iterator<Item = (Spot, At, &'a Call)> + use<'a> {
    (analysis.func(id).events())
        .filter_map(|(spot, event)| Some((spot, event.at, event.call()?)))
        .filter(|(_, _, call)| call.mode != Mode::Defer)
}

fn report(
    found: &mut Found<'_, '_>,
    id: FuncId,
    (mistake, tier): (Mistake, Tier),
    at: At,
    subject: String,
    other: &str,
) {
    let other = other.to_owned();
    let steps = [(at, Role::Blocks)];
    let steps = if mistake == Mistake::WaitWithoutContext {
        &steps[..]
    } else {
        &[]
    };
    found.add(Draft {
        mistake,
        tier,
        func: id,
        at,
        subject,
        other,
        steps,
    });
}

fn timers(found: &mut Found<'_, '_>, id: FuncId) {
    let analysis = found.analysis;
    for (spot, at, call) in calls(analysis, id) {
        let func = analysis.func(id);
        let loops = &func.blocks[spot.block].loops;
        let is_after = call.name == "time.After";
        let helper = !is_after && {
            let callees = analysis.links.callees(&analysis.program, call);
            callees.iter().any(|callee| makes_timer(analysis, *callee))
        };
        let repeats = loops.iter().any(|number| {
            let it = &func.loops[*number as usize];

            !matches!(&it.count, Some(count) if count.text.is_none())
        });
        if repeats && (is_after || helper) {
            report(
                found,
                id,
                (Mistake::TimerPerTurn, Tier::Hint),
                at,
                String::new(),
                "",
            );
        }
    }
}

/// A function of the package waits with a timer of its own.
fn makes_timer(analysis: &Analysis<'_>, id: FuncId) -> bool {
    let func = analysis.func(id);
    func.events()
        .any(|(_, event)| matches!(&event.kind, EventKind::Call(call) if call.name == "time.After"))
        && func
            .events()
            .any(|(_, event)| matches!(event.kind, EventKind::Select { .. }))
}

/// A context parameter of the function, or of one around it, and how the source calls the context.
fn context_of(analysis: &Analysis<'_>, id: FuncId) -> Option<(ObjId, String)> {
    let mut func = analysis.func(id);
    loop {
        let named = func.context_params.iter().find(|param| {
            let name = analysis.program.name_of(**param);
            !name.is_empty() && name != "_"
        });
        if let Some(param) = named {
            return Some((*param, analysis.program.name_of(*param).to_owned()));
        }
        // Methods of a request have it as their receiver.
        let mut others = func.params.iter().skip(usize::from(func.has_recv));
        let request =
            others.find(|param| analysis.program.objects[**param].typ == "net/http.Request");
        if let Some(param) = request {
            let name = analysis.program.name_of(*param);
            if !name.is_empty() && name != "_" {
                return Some((*param, format!("{name}.Context()")));
            }
        }
        func = analysis.func(func.parent?);
    }
}

/// The class of the channel that `Done` returns.
fn done_of(analysis: &Analysis<'_>, ctx: ObjId) -> Option<NodeId> {
    let node = analysis.program.nodes.find(NodeKey::Var(ctx))?;
    let elem = analysis.class(node).elem?;
    Some(analysis.program.nodes.root(elem))
}

fn roots(found: &mut Found<'_, '_>, id: FuncId, ctx: ObjId, name: &str) {
    let analysis = found.analysis;
    for (spot, at, call) in calls(analysis, id) {
        let is_root = matches!(call.name, "context.Background" | "context.TODO");
        let is_own = call.targets.first() == Some(&Target::Var(ctx));
        if is_own
            || is_over(analysis, id, spot, ctx)
            || is_in_defer(analysis, id, at)
            || makes_context(analysis, id)
        {
            continue;
        }
        let text = crate::program::short(&analysis.text(at));
        if is_root {
            let Some(is_passed) = receiver_of(analysis, id, at) else {
                continue;
            };
            let tier = if analysis.func(id).obj.is_some()
                && is_passed
                && !is_nil_at(analysis, id, spot, ctx)
            {
                Tier::Warn
            } else {
                Tier::Hint
            };
            report(found, id, (Mistake::RootContext, tier), at, text, name);
        } else if WITHOUT_CONTEXT.contains(&call.name)
            && !gets_context(analysis, id, call)
            && !is_of_package(analysis, id, call)
        {
            let what = call.name.rsplit('/').next().unwrap_or_default().to_owned();
            let tier = if call.name != "os/exec.Command" || waits_for(analysis, id, at, call) {
                Tier::Warn
            } else {
                Tier::Hint
            };
            report(
                found,
                id,
                (Mistake::CallWithoutContext, tier),
                at,
                what,
                name,
            );
        }
    }
}

/// Whether the root context is an argument of a call that can report its end; `None` where it is not a value at all, but
/// compared. A context that is derived from it, a call that reports nothing, or one whose result outlives the function, is
/// what its author wanted.
fn receiver_of(analysis: &Analysis<'_>, id: FuncId, at: At) -> Option<bool> {
    let text = analysis.text(At {
        range: base::TextRange::new(at.range.start.saturating_sub(3), at.range.start),
        ..at
    });
    if matches!(&*text, "== " | "!= ") {
        return None;
    }
    let calls = || (analysis.func(id).events()).filter_map(|(_, event)| event.call());
    let mut around = calls().filter(|call| {
        let mut ranges = call.args.iter().filter_map(|arg| arg.range);
        ranges.any(|range| range.covers(at.range))
    });
    if around.any(|call| makes_context_of(analysis, call)) {
        return Some(false);
    }
    let takes = |call: &&Call| call.args.iter().any(|arg| arg.range == Some(at.range));
    Some(
        calls()
            .find(takes)
            .is_none_or(|call| reports(analysis, call) && !outlives(analysis, id, call)),
    )
}

/// The call returns a context that it derives from its argument.
fn makes_context_of(analysis: &Analysis<'_>, call: &Call) -> bool {
    let is_context = |target: &Target| matches!(target, Target::Var(var) if analysis.program.objects[*var].typ == "context.Context");
    matches!(
        contract(call.name),
        Some(Contract::NewContext | Contract::NewTimeout | Contract::SameContext)
    ) || call.targets.iter().any(is_context)
}

/// The call returns an error, as far as is known, and somebody looks at it.
fn reports(analysis: &Analysis<'_>, call: &Call) -> bool {
    let callee = analysis.links.sole_callee(&analysis.program, call);
    let known = callee.map(|callee| analysis.func(callee).results.last());
    let is_error = known.is_none_or(|last| last.is_some_and(|it| it.is_made && it.name.is_empty()));
    is_error
        && match call.targets.last() {
            None => false,
            Some(Target::Var(var)) => is_error_variable(analysis, *var),
            Some(Target::Blank | Target::Field(_) | Target::Other) => true,
        }
}

/// A variable of the only type with a name that no package declares.
fn is_error_variable(analysis: &Analysis<'_>, var: ObjId) -> bool {
    let object = &analysis.program.objects[var];
    object.form == Form::Named && object.typ.is_empty()
}

/// What the call returns is returned, stored, or used by a goroutine.
fn outlives(analysis: &Analysis<'_>, id: FuncId, call: &Call) -> bool {
    call.targets.iter().any(|target| match target {
        Target::Field(_) => true,
        Target::Var(var) if !is_error_variable(analysis, *var) => {
            let leaks = |(_, event): (Spot, &Event)| matches!(event.kind, EventKind::Leaks(own) if own == *var);
            let mentions = |func: FuncId| {
                let mut events = analysis.func(func).events();
                events.any(|(_, event)| mentions(analysis, event, *var))
            };
            let mut goroutines = (analysis.literals(id).into_iter())
                .filter(|literal| analysis.is_goroutine(*literal));
            analysis.func(id).events().any(leaks) || goroutines.any(mentions)
        }
        Target::Var(_) | Target::Blank | Target::Other => false,
    })
}

/// The event is about the variable, or something in it.
fn mentions(analysis: &Analysis<'_>, event: &Event, var: ObjId) -> bool {
    let is_it = |operand: &Operand| {
        let place = operand
            .place
            .map(|place| analysis.program.place_of(place).root);
        operand.var == Some(var) || place == Some(var)
    };
    match &event.kind {
        EventKind::Op(_, operand) | EventKind::Arm(_, operand) => is_it(operand),
        EventKind::Call(call) => call.args.iter().any(is_it),
        EventKind::Leaks(own) | EventKind::Assign(own) => *own == var,
        EventKind::Select { .. } => false,
    }
}

/// The function makes contexts for others: it returns one.
fn makes_context(analysis: &Analysis<'_>, id: FuncId) -> bool {
    let func = analysis.func(id);
    let mut results = func.results.iter();
    func.obj.is_some() && results.any(|result| result.name == "context.Context")
}

/// The event is reached only where the context is nil.
fn is_nil_at(analysis: &Analysis<'_>, id: FuncId, spot: Spot, ctx: ObjId) -> bool {
    let is_here = |at: Spot, _: &Event| at == spot;
    let walk = Walk {
        stops: &|_, _| false,
        closed: &|_, _| false,
        exits: &|_| false,
        facts: &[Fact {
            var: ctx,
            zero: false,
        }],
    };
    !passes(analysis.func(id), From::Entry, &walk, &is_here)
}

/// The function waits for the end of the command that the call makes: one that is started only, or returned, may go on.
fn waits_for(analysis: &Analysis<'_>, id: FuncId, at: At, command: &Call) -> bool {
    const WAITS: &[&str] = &[
        "os/exec.Cmd.CombinedOutput",
        "os/exec.Cmd.Output",
        "os/exec.Cmd.Run",
        "os/exec.Cmd.Wait",
    ];
    let calls = (analysis.func(id).events()).filter_map(|(_, event)| event.call());
    let mut receivers =
        (calls.filter(|call| WAITS.contains(&call.name))).filter_map(|call| call.args.first());
    receivers.any(|recv| {
        let is_chained = recv.range.is_some_and(|range| range.covers(at.range));
        let is_kept = (recv.var).is_some_and(|var| command.targets.contains(&Target::Var(var)));
        is_chained || is_kept
    })
}

/// A request that gets its context afterwards.
fn gets_context(analysis: &Analysis<'_>, id: FuncId, call: &Call) -> bool {
    call.name == "net/http.NewRequest"
        && (analysis.func(id).events())
            .filter_map(|(_, event)| event.call())
            .any(|it| {
                matches!(
                    it.name,
                    "net/http.Request.WithContext" | "net/http.Request.Clone"
                )
            })
}

/// The function that is called is of the same package: this one may be its variant with a context.
fn is_of_package(analysis: &Analysis<'_>, id: FuncId, call: &Call) -> bool {
    let own = &analysis.program.packages[analysis.func(id).package as usize].import_path;
    call.name
        .rsplit_once('.')
        .is_some_and(|(path, _)| path == own)
}

/// The context has ended before.
fn is_over(analysis: &Analysis<'_>, id: FuncId, spot: Spot, ctx: ObjId) -> bool {
    let Some(done) = done_of(analysis, ctx) else {
        return false;
    };
    let func = analysis.func(id);
    let is_here = |at: Spot, _: &Event| at == spot;
    (func.events()).any(|(at, _)| {
        analysis.does(id, at, done, &[Op::Recv])
            && reaches(func, From::After(at), &is_here, &|_, _| false).is_some()
    })
}

/// What is deferred is to happen also when the context has ended.
fn is_in_defer(analysis: &Analysis<'_>, id: FuncId, at: At) -> bool {
    let is_argument = (analysis.func(id).events()).any(|(_, event)| {
        event.call().is_some_and(|call| call.mode == Mode::Defer) && event.at.range.covers(at.range)
    });
    if is_argument {
        return true;
    }
    let sites = analysis
        .callers
        .get(&id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    analysis.func(id).obj.is_none()
        && sites.iter().any(|site| {
            analysis
                .call_at(site.func, site.spot)
                .is_some_and(|call| call.mode == Mode::Deferred)
        })
}

/// Waits for time alone, in a loop; where each turn asks for the context, they only end late.
fn waits(found: &mut Found<'_, '_>, id: FuncId, ctx: ObjId, name: &str) {
    let analysis = found.analysis;
    let func = analysis.func(id);
    for (spot, event) in func.events() {
        let EventKind::Op(Op::Recv, operand) = &event.kind else {
            continue;
        };
        let in_loop = !func.blocks[spot.block].loops.is_empty();
        let Some(node) = operand.node else { continue };
        let class = analysis.class(node);
        let is_timer = is_timer(analysis, node);
        let is_after = class.foreign && {
            let text = operand
                .range
                .map(|range| analysis.text(At { range, ..event.at }));
            text.is_some_and(|text| text.starts_with("time.After("))
        };
        if in_loop && (is_timer || is_after) {
            let (at, id) = (event.at, id);
            let loops = &func.blocks[spot.block].loops;
            // A timer that was stopped never fires.
            let is_late =
                is_after && (asks(analysis, id, loops, ctx) || receives(analysis, id, loops, ctx));
            let tier = if is_late { Tier::Hint } else { Tier::Warn };
            report(
                found,
                id,
                (Mistake::WaitWithoutContext, tier),
                at,
                String::new(),
                name,
            );
        }
    }
}

/// The channel of a timer or ticker.
fn is_timer(analysis: &Analysis<'_>, node: NodeId) -> bool {
    let mut fields = analysis.class(node).fields.iter();
    fields.any(|field| analysis.program.objects[*field].package == "time")
}

/// One of the loops asks for the context's error.
fn asks(analysis: &Analysis<'_>, id: FuncId, numbers: &[u32], ctx: ObjId) -> bool {
    let func = analysis.func(id);
    func.events().any(|(spot, event)| {
        let own = &func.blocks[spot.block].loops;
        let same = own.iter().any(|number| numbers.contains(number));
        same && event.call().is_some_and(|call| {
            call.name == "context.Context.Err"
                && call.args.first().is_some_and(|arg| arg.var == Some(ctx))
        })
    })
}

/// One of the loops looks at the context's channel; the arm itself may leave the loop.
fn receives(analysis: &Analysis<'_>, id: FuncId, numbers: &[u32], ctx: ObjId) -> bool {
    let func = analysis.func(id);
    let done = done_of(analysis, ctx);
    let is_done = |operand: &Operand| {
        done.is_some() && operand.node.map(|node| analysis.program.nodes.root(node)) == done
    };
    func.events().any(|(spot, event)| {
        let own = &func.blocks[spot.block].loops;
        let is_here = own.iter().any(|number| numbers.contains(number));
        is_here
            && match &event.kind {
                EventKind::Select { arms, .. } => arms.iter().any(|(_, operand)| is_done(operand)),
                EventKind::Op(Op::Recv, operand) => is_done(operand),
                _ => false,
            }
    })
}

/// Selects in a loop that asks for the context's error, but not in the select.
fn selects(found: &mut Found<'_, '_>, id: FuncId, ctx: ObjId, name: &str) {
    let analysis = found.analysis;
    let func = analysis.func(id);
    let done = done_of(analysis, ctx);
    let has_done = |arms: &[(Op, crate::ir::Operand)]| {
        arms.iter().any(|(op, operand)| {
            *op == Op::Recv
                && operand.node.is_some_and(|node| {
                    let root = analysis.program.nodes.root(node);
                    Some(root) == done || is_context_done(analysis, root)
                })
        })
    };
    let mut all = Vec::new();
    for (spot, event) in func.events() {
        let EventKind::Select {
            arms,
            default: false,
        } = &event.kind
        else {
            continue;
        };
        let numbers = &func.blocks[spot.block].loops;
        let in_loop = numbers
            .iter()
            .any(|number| func.loops[*number as usize].kind != LoopKind::Channel);
        let sends = arms.iter().any(|(op, _)| *op == Op::Send);
        if in_loop && sends && arms.len() > 1 && !has_done(arms) && asks(analysis, id, numbers, ctx)
        {
            all.push(event.at);
        }
    }
    for at in all {
        report(
            found,
            id,
            (Mistake::WaitWithoutContext, Tier::Warn),
            at,
            String::new(),
            name,
        );
    }
}

/// The channel of some context.
fn is_context_done(analysis: &Analysis<'_>, root: NodeId) -> bool {
    let Some(owner) = analysis.class(root).owner else {
        return false;
    };
    analysis
        .program
        .contexts
        .iter()
        .any(|it| analysis.program.nodes.root(*it) == analysis.program.nodes.root(owner))
}
