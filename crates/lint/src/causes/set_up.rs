//! Calls that are one act: one among the arguments of another, and an encoder with its buffer and settings.

use go_syntax::{ExprId, ExprKind, File, Node, SpecKind, StmtKind};
use go_types::ObjId;

use super::{CallCause, SiteCause};
use crate::allocs::{Alloc, Holder};
use crate::functions::FunctionId;
use crate::sites::Site;
use crate::view::View;

/// Attaches calls to the calls and variables that they go with; returns the others.
pub(super) fn attach<'a>(
    view: &View,
    calls: Vec<CallCause<'a>>,
    sites: &mut [SiteCause<'a>],
) -> Vec<CallCause<'a>> {
    let calls = nested(view, calls);
    let calls = settings(view, calls);
    buffers(view, calls, sites)
}

/// `r.WithContext(context.WithValue(…))`: the lighter call goes with the heavier. Calls on one line are one expression;
/// on several lines those that are arguments belong to their call.
fn nested<'a>(view: &View, calls: Vec<CallCause<'a>>) -> Vec<CallCause<'a>> {
    let mut kept: Vec<CallCause> = Vec::new();
    for call in calls {
        let range = |call: &CallCause| {
            let syntax = view.syntax(call.file)?;
            Some(syntax.ast.range(call.call?))
        };
        let of_call = range(&call);
        let other = kept.iter_mut().find(|other| {
            let (Some(a), Some(b)) = (range(other), of_call) else {
                return false;
            };
            let is_on_line = other.line == call.line;
            other.file == call.file
                && a != b
                && ((a.covers(b) && (is_on_line || is_argument(view, other, &call)))
                    || (b.covers(a) && (is_on_line || is_argument(view, &call, other))))
        });
        match other {
            Some(other) if other.allocating.heaviness() < call.allocating.heaviness() => {
                let lighter = std::mem::replace(other, call);
                other.attach(lighter);
            }
            Some(other) => other.attach(call),
            None => kept.push(call),
        }
    }
    kept
}

/// Whether a call is made to compute an argument of another.
fn is_argument(view: &View, outer: &CallCause, inner: &CallCause) -> bool {
    let find = || {
        let syntax = view.syntax(outer.file)?;
        let ExprKind::Call { args, .. } = syntax.ast.expr(outer.call?).kind else {
            return None;
        };
        let mut is_found = false;
        for arg in syntax.ast.list(args) {
            syntax.ast.walk(*arg, |node| {
                let Node::Expr(expr) = node else { return false };
                is_found |= Some(expr) == inner.call;
                // The body of a function literal runs at another time.
                !matches!(syntax.ast.expr(expr).kind, ExprKind::FuncLit { .. })
            });
        }
        Some(is_found)
    };
    find().unwrap_or(false)
}

/// `e := json.NewEncoder(w)` with `e.SetEscapeHTML(false)`.
fn settings<'a>(view: &View, calls: Vec<CallCause<'a>>) -> Vec<CallCause<'a>> {
    let made: Vec<Option<(FunctionId, ObjId)>> = (calls.iter())
        .map(|call| Some((function_of(view, call)?, result(view, call)?)))
        .collect();
    let homes: Vec<Option<usize>> = (calls.iter())
        .map(|call| {
            let name = call.function.rsplit('.').next()?;
            if !name.starts_with("Set") {
                return None;
            }
            let of = Some((function_of(view, call)?, receiver(view, call)?));
            made.iter().position(|made| *made == of)
        })
        .collect();
    let mut slots: Vec<Option<CallCause>> = calls.into_iter().map(Some).collect();
    for (index, home) in homes.iter().enumerate() {
        if let Some(home) = home.filter(|home| *home != index)
            && let Some(call) = slots[index].take()
        {
            match &mut slots[home] {
                Some(home) => home.attach(call),
                None => slots[index] = Some(call),
            }
        }
    }
    slots.into_iter().flatten().collect()
}

/// `var buf bytes.Buffer` with the encoder that writes to it, and what it grows by where it is written to through an
/// interface: all is made for one use.
fn buffers<'a>(
    view: &View,
    calls: Vec<CallCause<'a>>,
    sites: &mut [SiteCause<'a>],
) -> Vec<CallCause<'a>> {
    let mut others = Vec::new();
    for call in calls {
        let home = sites.iter_mut().find(|cause| {
            let site = cause.main();
            let Some(Holder::Object(variable)) = site.target.as_ref() else {
                return false;
            };
            site.alloc == Alloc::Variable
                && ((site.file == call.file && is_encoder_of(view, &call, *variable))
                    || is_growth_of(view, &call, site))
        });
        match home {
            Some(home) => {
                home.weights += call.weights;
                home.lines += call.lines;
                home.calls.push(call);
            }
            None => others.push(call),
        }
    }
    others
}

/// Whether a call makes an encoder, or the like, that writes to a variable, or is a method of it.
fn is_encoder_of(view: &View, call: &CallCause, variable: ObjId) -> bool {
    let find = || {
        let syntax = view.syntax(call.file)?;
        let made = match receiver(view, call) {
            Some(encoder) => assigned_call(view, call, encoder)?,
            None => call.call?,
        };
        let ExprKind::Call { fun, .. } = syntax.ast.expr(made).kind else {
            return None;
        };
        let is_new = syntax.expr_text(fun).rsplit('.').next()?.starts_with("New");
        Some(is_new && takes_address(view, call.file, made, variable))
    };
    find().unwrap_or(false)
}

/// Whether a buffer grows below a call on an interface, and the only buffer of that type is the variable of a site.
fn is_growth_of(view: &View, call: &CallCause, site: &Site) -> bool {
    let find = || {
        let (package, name) = profile::split_symbol(&call.function);
        let receiver = name.rsplit_once('.')?.0.trim_matches(['(', ')', '*']);
        let package = package.rsplit('/').next()?;
        let typ = format!("{package}.{receiver}");
        let is_buffer = matches!(typ.as_str(), "bytes.Buffer" | "strings.Builder");
        let line = view.line_text(site.file, site.at.line)?;
        Some(is_buffer && view.is_interface_call(call.file, call.call?) && line.contains(&typ))
    };
    find().unwrap_or(false)
}

fn function_of(view: &View, call: &CallCause) -> Option<FunctionId> {
    let functions = &view.package.functions;
    functions.around_offset(
        call.file,
        view.syntax(call.file)?.ast.range(call.call?).start,
    )
}

/// The variable that a call's result is assigned to.
pub(super) fn result(view: &View, call: &CallCause) -> Option<ObjId> {
    let (syntax, typed) = (view.syntax(call.file)?, view.typed(call.file)?);
    let of = call.call?;
    let (to, _) = assignment(view, call, &|_, from| syntax.ast.unparen(from) == of)?;
    typed.object_of(syntax, to)
}

/// The call whose result is assigned to a variable, in the function of `call`.
fn assigned_call(view: &View, call: &CallCause, variable: ObjId) -> Option<ExprId> {
    let (syntax, typed) = (view.syntax(call.file)?, view.typed(call.file)?);
    let (_, from) = assignment(view, call, &|to, _| {
        typed.object_of(syntax, to) == Some(variable)
    })?;
    Some(syntax.ast.unparen(from))
}

/// The first assignment in the function of a call that is wanted: what is assigned to, and what.
fn assignment(
    view: &View,
    call: &CallCause,
    is_wanted: &dyn Fn(ExprId, ExprId) -> bool,
) -> Option<(ExprId, ExprId)> {
    let syntax = view.syntax(call.file)?;
    let body = view.package.functions.get(function_of(view, call)?).body?;
    let mut found = None;
    syntax.ast.walk(body, |node| {
        let to = match node {
            Node::Stmt(id) => match syntax.ast.stmt(id).kind {
                StmtKind::Assign { lhs, rhs, .. } => first_pair(syntax, lhs, rhs),
                _ => None,
            },
            Node::Spec(id) => match syntax.ast.spec(id).kind {
                SpecKind::Var { names, values, .. } => first_pair(syntax, names, values),
                _ => None,
            },
            _ => None,
        };
        if found.is_none() {
            found = to.filter(|(to, from)| is_wanted(*to, *from));
        }
        found.is_none()
    });
    found
}

fn first_pair(
    syntax: &File,
    lhs: go_syntax::List<ExprId>,
    rhs: go_syntax::List<ExprId>,
) -> Option<(ExprId, ExprId)> {
    let to = syntax.ast.list(lhs).first()?;
    let from = syntax.ast.list(rhs).first()?;
    Some((*to, *from))
}

/// The variable that a method is called on.
pub(super) fn receiver(view: &View, call: &CallCause) -> Option<ObjId> {
    let (syntax, typed) = (view.syntax(call.file)?, view.typed(call.file)?);
    let ExprKind::Call { fun, .. } = syntax.ast.expr(call.call?).kind else {
        return None;
    };
    match syntax.ast.expr(syntax.ast.unparen(fun)).kind {
        ExprKind::Selector { x, .. } => typed.object_of(syntax, syntax.ast.unparen(x)),
        _ => None,
    }
}

/// Whether `&v` is among the arguments of a call.
fn takes_address(view: &View, file: usize, call: ExprId, variable: ObjId) -> bool {
    let (Some(syntax), Some(typed)) = (view.syntax(file), view.typed(file)) else {
        return false;
    };
    let ExprKind::Call { args, .. } = syntax.ast.expr(call).kind else {
        return false;
    };
    (syntax.ast.list(args).iter()).any(|arg| match syntax.ast.expr(syntax.ast.unparen(*arg)).kind {
        ExprKind::Unary { x, .. } => typed.object_of(syntax, x) == Some(variable),
        _ => false,
    })
}
