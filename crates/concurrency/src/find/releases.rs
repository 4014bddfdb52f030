//! GL13: resources that are not released.

use crate::objects::{Kind, ObjId};

use super::inner::Inner;
use super::{Draft, Found};
use crate::analysis::Analysis;
use crate::contracts::{Contract, Resource, contract};
use crate::ir::{
    At, BlockId, Call, Callee, Event, EventKind, Exit, Fact, FuncId, Mode, Operand, Spot, Target,
};
use crate::paths::{From, Walk, leave};
use crate::suspect::{Mistake, Role, Tier};

pub(super) fn find(found: &mut Found<'_, '_>) {
    let analysis = found.analysis;
    for id in analysis.func_ids() {
        if !analysis.is_asked(id) || analysis.is_program(id) {
            continue;
        }
        for (spot, event) in analysis.func(id).events() {
            if let Some(call) = event.call().filter(|call| call.mode == Mode::Here)
                && let Some(Contract::Acquires(resource)) = contract(call.name)
            {
                check(found, id, spot, event.at, call, resource);
            }
        }
    }
}

fn check(
    found: &mut Found<'_, '_>,
    id: FuncId,
    spot: Spot,
    at: At,
    call: &Call,
    resource: &'static Resource,
) {
    let analysis = found.analysis;
    let mut report = |mistake: Mistake, more: Option<(At, Role)>| {
        let mut steps = vec![(at, Role::Acquired)];
        steps.extend(more);
        found.add(Draft {
            mistake,
            tier: Tier::Error,
            func: id,
            at,
            subject: resource.name.to_owned(),
            other: resource.holds.to_owned(),
            steps: &steps,
        });
    };
    let error_var = (resource.error).and_then(|index| match call.targets.get(index) {
        Some(Target::Var(error)) => Some(*error),
        _ => None,
    });
    let var = match call.targets.get(resource.result) {
        None if call.targets.is_empty() => return report(Mistake::NeverReleased, None),
        Some(Target::Blank) if error_var.is_some_and(|it| must_fail(analysis, id, spot, it)) => {
            return;
        }
        Some(Target::Blank) => return report(Mistake::NeverReleased, None),
        Some(Target::Var(var)) => *var,
        _ => return,
    };
    if !is_local(analysis, var) {
        return;
    }
    let func = analysis.func(id);
    let inner = Inner::new(analysis, id, var, &|event| {
        ends_use(analysis, event, var, resource)
    });
    let ends = |at: Spot, event: &Event| {
        let through = |call| literal_ends(analysis, call, resource, &inner);
        at != spot
            && (ends_use(analysis, event, var, resource) || event.call().is_some_and(through))
    };
    let releases = |at: Spot, event: &Event| {
        ends(at, event) || analysis.ends(event) || fails_test(event, error_var)
    };
    let error = error_var.map(|var| Fact { var, zero: true });
    let facts: Vec<Fact> = error
        .into_iter()
        .chain([Fact { var, zero: false }])
        .collect();
    let closed = |from: BlockId, to: BlockId| is_read_to_end(analysis, id, from, to, var);
    let walk = Walk {
        stops: &releases,
        closed: &closed,
        exits: &|exit| exit == Exit::Return,
        facts: &facts,
    };
    let Some(left) = leave(func, From::After(spot), &walk) else {
        return;
    };
    let ever = func.events().any(|(at, event)| ends(at, event));
    let mistake = if ever {
        Mistake::ReleaseNotOnPath
    } else {
        Mistake::NeverReleased
    };
    report(mistake, Some((left.at, Role::Leaves)));
}

/// The call is there to fail: without an error, the function does not go on, or its test fails.
pub(super) fn must_fail(analysis: &Analysis<'_>, id: FuncId, spot: Spot, error: ObjId) -> bool {
    let fails = |_: Spot, event: &Event| analysis.ends(event) || fails_test(event, Some(error));
    let walk = Walk {
        stops: &fails,
        closed: &|_, _| false,
        exits: &|exit| exit == Exit::Return,
        facts: &[Fact {
            var: error,
            zero: true,
        }],
    };
    leave(analysis.func(id), From::After(spot), &walk).is_none()
}

/// A test is marked as failed, or fails where there is no error; or the error is asked for its text.
fn fails_test(event: &Event, error: Option<ObjId>) -> bool {
    let Some(call) = event.call() else {
        return false;
    };
    let is_of_error = call
        .args
        .first()
        .is_some_and(|arg| arg.var.is_some() && arg.var == error);
    if is_of_error && matches!(call.callee, Callee::Interface(_)) {
        return true;
    }
    let (package, name) = call.name.rsplit_once('/').unwrap_or(("", call.name));
    match name {
        "testing.common.Error"
        | "testing.common.Errorf"
        | "testing.common.Fail"
        | "testing.TB.Error"
        | "testing.TB.Errorf" => true,
        _ => {
            let (module, function) = name.split_once('.').unwrap_or_default();
            let asks = [
                "Error",
                "Errorf",
                "ErrorIs",
                "ErrorAs",
                "ErrorContains",
                "EqualError",
            ];
            let mut args = call.args.iter().filter_map(|arg| arg.var);
            package.ends_with("testify")
                && matches!(module, "require" | "assert")
                && asks.contains(&function)
                && args.any(|it| Some(it) == error)
        }
    }
}

fn is_local(analysis: &Analysis<'_>, var: ObjId) -> bool {
    let kind = analysis.program.objects[var].kind;
    matches!(kind, Kind::Local | Kind::Result)
}

/// `Next` has returned false: the rows have closed themselves.
fn is_read_to_end(
    analysis: &Analysis<'_>,
    id: FuncId,
    from: BlockId,
    to: BlockId,
    var: ObjId,
) -> bool {
    let block = &analysis.func(id).blocks[from];
    let asks = block.events.last().is_some_and(|event| {
        matches!(&event.kind, EventKind::Call(call)
            if call.name == "database/sql.Rows.Next"
                && call.args.first().is_some_and(|arg| arg.var == Some(var)))
    });
    asks && block.edges.get(1).is_some_and(|edge| edge.to == to)
}

/// Whether the event releases the resource, or lets others do it.
fn ends_use(analysis: &Analysis<'_>, event: &Event, var: ObjId, resource: &Resource) -> bool {
    match &event.kind {
        EventKind::Leaks(own) => *own == var,
        // What is deferred will happen, also where a loop defers it.
        EventKind::Call(call) => call_ends(analysis, call, var, resource),
        _ => false,
    }
}

fn call_ends(analysis: &Analysis<'_>, call: &Call, var: ObjId, resource: &Resource) -> bool {
    let is_method = is_method_call(analysis, call);
    let releases_by = |recv: &Operand| {
        let name = call.name.rsplit('.').next().unwrap_or_default();
        let by_name = resource.release.contains(&name);
        by_name && mentions(analysis, recv, var, resource)
    };
    if is_method && call.args.first().is_some_and(releases_by) {
        return true;
    }
    // A function that is the resource itself: an iterator's `stop`.
    if matches!(call.callee, Callee::Value(value) if value.var == Some(var)) {
        return true;
    }
    let plain = if is_method {
        call.args.get(1..).unwrap_or_default()
    } else {
        &call.args[..]
    };
    let passed = plain
        .iter()
        .any(|arg| mentions(analysis, arg, var, resource));
    passed && !(only_uses(analysis, call) && keeps_to_reading(resource))
}

/// A literal that the call runs or hands on ends the use. Where one method alone releases, it is called on purpose.
fn literal_ends(analysis: &Analysis<'_>, call: &Call, resource: &Resource, inner: &Inner) -> bool {
    if call.mode == Mode::Maybe || resource.release.len() == 1 {
        return inner.runs(analysis, call) || inner.hands(analysis, call);
    }
    inner.certain(analysis, call) || inner.hands_certain(analysis, call)
}

fn is_method_call(analysis: &Analysis<'_>, call: &Call) -> bool {
    match call.callee {
        Callee::Interface(_) => true,
        Callee::Object(obj) => analysis.program.objects[obj].kind == Kind::Method,
        _ => false,
    }
}

/// The operand is the variable, or the field of it that is released.
fn mentions(analysis: &Analysis<'_>, operand: &Operand, var: ObjId, resource: &Resource) -> bool {
    if operand.var == Some(var) {
        return true;
    }
    let Some(place) = operand.place else {
        return false;
    };
    let place = analysis.program.place_of(place);
    let field = place
        .fields
        .first()
        .map(|field| analysis.program.name_of(*field));
    place.root == var && resource.field.is_some() && field == resource.field
}

/// Functions of the standard library read from what they are given, and leave it open.
fn only_uses(analysis: &Analysis<'_>, call: &Call) -> bool {
    let Callee::Object(obj) = call.callee else {
        return false;
    };
    let path = analysis.program.objects[obj].package;
    let is_std = !path.split('/').next().unwrap_or_default().contains('.');
    is_std && !analysis.program.of_obj.contains_key(&obj)
}

fn keeps_to_reading(resource: &Resource) -> bool {
    resource.field.is_some() || resource.release.contains(&"CloseWithError")
}
