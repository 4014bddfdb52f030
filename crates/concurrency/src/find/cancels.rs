//! GL06: contexts whose cancel function is not called.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;

use super::inner::Inner;
use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::contracts::{Contract, contract};
use crate::ir::{At, Call, Callee, Event, EventKind, Exit, Fact, Func, FuncId, Op, Spot, Target};
use crate::nodes::{NodeId, NodeKey};
use crate::objects::{Kind, ObjId};
use crate::paths::{From, Leave, Walk, leave, reaches};
use crate::suspect::{Mistake, Role, Tier};

/// Classes of function values that are called or handed on somewhere; asked for by few programs.
type Called = OnceCell<FxHashSet<NodeId>>;

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    let called = Called::new();
    for id in analysis.func_ids() {
        if !analysis.is_asked(id) {
            continue;
        }
        for (spot, event) in analysis.func(id).events() {
            if let Some(call) = event.call().filter(|call| is_new_context(call)) {
                check(found, &called, id, (spot, event.at), call);
            }
        }
    }
}

fn is_new_context(call: &Call) -> bool {
    matches!(
        contract(call.name),
        Some(Contract::NewContext | Contract::NewTimeout)
    ) && call.name != "os/signal.NotifyContext"
}

fn check(
    found: &mut Found<'_, '_>,
    called: &Called,
    id: FuncId,
    (spot, at): (Spot, At),
    call: &Call,
) {
    let analysis = found.analysis;
    let ctx = call.results.first().copied().flatten();
    let waits = ctx.and_then(|ctx| waiter(analysis, ctx));
    let ends_itself = contract(call.name) == Some(Contract::NewTimeout);
    let tier = if waits.is_some() && !ends_itself {
        Tier::Error
    } else {
        Tier::Warn
    };
    let mut steps = vec![(at, Role::Made)];
    steps.extend(waits.map(|wait| (wait, Role::Blocks)));
    let mut report = |mistake: Mistake, tier: Tier, subject: String, more: Option<(At, Role)>| {
        let mut steps = steps.clone();
        steps.extend(more);
        let draft = Draft {
            mistake,
            tier,
            func: id,
            at,
            subject,
            other: String::new(),
            steps: &steps,
        };
        found.add(draft);
    };
    match call.targets.get(1) {
        Some(Target::Blank) => {
            report(Mistake::CancelDropped, tier, String::new(), None);
        }
        Some(Target::Var(var)) => {
            let name = analysis.program.name_of(*var).to_owned();
            if is_package_var(analysis, *var) {
                return;
            }
            if let Some(left) = not_called(analysis, id, spot, *var) {
                report(
                    Mistake::CancelNotOnPath,
                    tier,
                    name,
                    Some((left.at, Role::Leaves)),
                );
            } else if let Some((field, stored)) = stored_in(analysis, id, *var) {
                stored_cancel(found, called, id, spot, (field, stored), waits.is_some());
            }
        }
        Some(Target::Field(field)) => {
            stored_cancel(found, called, id, spot, (*field, at), waits.is_some());
        }
        _ => {}
    }
}

fn is_package_var(analysis: &Analysis<'_>, var: ObjId) -> bool {
    analysis.program.objects[var].kind == Kind::PackageVar
}

/// A goroutine that waits for the context.
fn waiter(analysis: &Analysis<'_>, ctx: NodeId) -> Option<At> {
    let elem = analysis.class(ctx).elem?;
    let root = analysis.program.nodes.root(elem);
    let uses = analysis.uses(root).iter();
    let found = uses
        .filter(|it| it.effect.op == Op::Recv)
        .find(|it| it.effect.spawned || super::counterparts::started(analysis, it).is_some());
    found.map(|it| it.effect.at)
}

/// How the function returns without calling the variable or handing it on.
fn not_called(analysis: &Analysis<'_>, id: FuncId, spot: Spot, var: ObjId) -> Option<Leave> {
    let inner = Inner::new(analysis, id, var, &|event| is_use(event, var));
    if is_in_stored_literal(analysis, id, &inner) {
        return None;
    }
    let func = analysis.func(id);
    let uses = |at: Spot, event: &Event| {
        uses_var(analysis, event, var, &inner) && at != spot || analysis.ends(event)
    };
    let walk = Walk {
        stops: &uses,
        closed: &|_, _| false,
        exits: &|exit| exit == Exit::Return,
        facts: &[Fact { var, zero: false }],
    };
    leave(func, From::After(spot), &walk)
}

/// Another literal that calls it is called by others, or goes where its calls are not known.
fn is_in_stored_literal(analysis: &Analysis<'_>, id: FuncId, inner: &Inner) -> bool {
    let literals = analysis.literals(analysis.outermost(id)).into_iter();
    (literals.filter(|literal| *literal != id))
        .any(|literal| inner.contains(literal) && !analysis.is_called_within(literal))
}

/// The event calls the function in the variable, or lets others have it.
fn is_use(event: &Event, var: ObjId) -> bool {
    match &event.kind {
        EventKind::Leaks(own) => *own == var,
        EventKind::Call(call) => {
            let own = matches!(call.callee, Callee::Value(value) if value.var == Some(var));
            own || call.args.iter().any(|arg| arg.var == Some(var))
        }
        _ => false,
    }
}

/// [`is_use`], also through literals: one that certainly uses it, is handed on, or is stored.
fn uses_var(analysis: &Analysis<'_>, event: &Event, var: ObjId, inner: &Inner) -> bool {
    is_use(event, var)
        || event.call().is_some_and(|call| {
            inner.certain(analysis, call)
                || inner.hands(analysis, call)
                || inner.later(analysis, call)
        })
}

/// The field that the variable's value is stored in.
fn stored_in(analysis: &Analysis<'_>, id: FuncId, var: ObjId) -> Option<(ObjId, At)> {
    let node = analysis.program.nodes.find(NodeKey::Var(var))?;
    let class = analysis.class(node);
    let field = *class.fields.first()?;
    let at = analysis
        .func(id)
        .events()
        .find_map(|(_, event)| match event.kind {
            EventKind::Leaks(own) if own == var => Some(event.at),
            _ => None,
        })?;
    Some((field, at))
}

/// A cancel function in a field: somebody has to call it, also before it is overwritten.
fn stored_cancel(
    found: &mut Found<'_, '_>,
    called: &Called,
    id: FuncId,
    spot: Spot,
    (field, at): (ObjId, At),
    waits: bool,
) {
    let analysis = found.analysis;
    let Some(node) = analysis.program.nodes.find(NodeKey::Field(field)) else {
        return;
    };
    let root = analysis.program.nodes.root(node);
    let class = analysis.class(root);
    if analysis.program.nodes.escape_of(root).is_some()
        || class
            .results
            .iter()
            .any(|(func, _)| analysis.func(*func).obj.is_some())
    {
        return;
    }
    let invoked = |event: &Event| called_roots(analysis, event).any(|own| own == root);
    let all = || {
        let funcs = analysis.func_ids().map(|func| analysis.func(func));
        let events = funcs.flat_map(Func::events);
        events
            .flat_map(|(_, event)| called_roots(analysis, event))
            .collect()
    };
    let mentions = called.get_or_init(all).contains(&root);
    let name = analysis.program.name_of(field).to_owned();
    if !mentions {
        let tier = if waits { Tier::Error } else { Tier::Warn };
        let steps = [(at, Role::Acquired)];
        let mistake = Mistake::CancelNeverCalled;
        let draft = Draft {
            mistake,
            tier,
            func: id,
            at,
            subject: name,
            other: String::new(),
            steps: &steps,
        };
        found.add(draft);
        return;
    }
    // A method that runs again for the same value: its constructor calls it, and others can.
    let func = analysis.func(id);
    let called_before = {
        let calls = |_: Spot, event: &Event| invoked(event);
        let here = |at: Spot, _: &Event| at == spot;
        reaches(func, From::Entry, &here, &calls).is_none() || is_guarded(analysis, id, field)
    };
    let by_constructor = analysis.callers.get(&id).is_some_and(|sites| {
        sites.iter().any(|site| {
            let maker = analysis.func(site.func);
            !maker.has_recv && !maker.results.is_empty()
        })
    });
    if func.has_recv && func.exported && by_constructor && !called_before {
        let steps = [(at, Role::Acquired)];
        found.add(Draft {
            mistake: Mistake::CancelOverwritten,
            // Such methods mostly run once.
            tier: Tier::Hint,
            func: id,
            at,
            subject: name,
            other: String::new(),
            steps: &steps,
        });
    }
}

/// Classes of values that an event calls, or hands on to be called.
fn called_roots<'e>(
    analysis: &'e Analysis<'_>,
    event: &'e Event,
) -> impl Iterator<Item = NodeId> + use<'e> {
    let call = event.call();
    let value = call.and_then(|call| match call.callee {
        Callee::Value(value) => value.node,
        _ => None,
    });
    let args = call.into_iter().flat_map(|call| &call.args);
    let nodes = value.into_iter().chain(args.filter_map(|arg| arg.node));
    nodes.map(|node| analysis.program.nodes.root(node))
}

/// Some call of the stored function comes before, on a condition of its own.
fn is_guarded(analysis: &Analysis<'_>, id: FuncId, field: ObjId) -> bool {
    analysis.func(id).events().any(|(_, event)| {
        let EventKind::Call(call) = &event.kind else {
            return false;
        };
        let Callee::Value(value) = call.callee else {
            return false;
        };
        value
            .place
            .is_some_and(|place| analysis.program.place_of(place).fields.last() == Some(&field))
    })
}
