//! Objects that a function makes together and keeps: one change takes care of all of them.
//!
//! ```text
//! func newReader(n int) *reader {      the literal and both slices are made once for each reader:
//!     r := &reader{buf: make([]byte, n)}   one cause, whichever of them is heaviest
//!     r.index = make([]int, n)
//!     return r
//! }
//! ```
//!
//! What a function makes for one caller alone, which keeps it, belongs to what that caller makes.

use std::collections::{BTreeMap, BTreeSet};

use base::TextRange;
use gc::{End, Verb};
use go_syntax::{AssignOp, ExprId, ExprKind, File, Node, SpecKind, StmtKind, UnaryOp};
use go_types::{ObjId, TypeId, TypeKind};

use crate::allocs::{Alloc, Holder};
use crate::callers::callers_of;
use crate::causes::{Family, Key, SiteCause};
use crate::context::{Kept, guard, kept, loop_around, loop_around_range};
use crate::functions::FunctionId;
use crate::sites::{Site, Verdict};
use crate::view::View;

/// What makes objects that are kept: a function, or the turns of one of its loops.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Maker {
    pub(crate) function: FunctionId,
    /// Where the innermost loop around the objects starts.
    pub(crate) in_loop: Option<u32>,
}

/// The maker of a site's object, if that is kept: returned, stored in a field, or made part of something that is.
pub(crate) fn maker(view: &View, site: &Site) -> Option<Maker> {
    (is_object(site) && is_kept(view, site)).then_some(())?;
    maker_around(view, site)
}

/// Whether a site makes an object of its own; maps belong to their growth.
fn is_object(site: &Site) -> bool {
    let is_map = site.alloc == Alloc::Literal && site.holder.is_some();
    !is_map
        && matches!(
            site.alloc,
            Alloc::Make | Alloc::MakeChan | Alloc::Literal | Alloc::New | Alloc::Variable
        )
}

fn maker_around(view: &View, site: &Site) -> Option<Maker> {
    Some(Maker {
        function: view.function_of(site)?,
        in_loop: loop_around(view, site),
    })
}

fn is_kept(view: &View, site: &Site) -> bool {
    if is_stored(view, site) {
        return true;
    }
    // What is an element of a literal is kept where that is.
    if let Some(outer) = outermost_literal(view, site) {
        return is_kept_value(view, site.file, outer, None);
    }
    match kept(view, site) {
        Kept::Field { .. } => return true,
        // Package variables are not parts of one object.
        Kept::Package { .. } => return false,
        _ => {}
    }
    let (Some(syntax), Some(node)) = (view.syntax(site.file), site.node) else {
        return false;
    };
    let range = syntax.ast.range(node);
    is_kept_value(view, site.file, range, target(site))
}

/// The variable that holds a site's object, and whether it is the object itself, so that only its address counts.
fn target(site: &Site) -> Option<(ObjId, bool)> {
    match site.target.as_ref()? {
        Holder::Object(obj) => Some((*obj, site.alloc == Alloc::Variable)),
        Holder::Text(_) => None,
    }
}

/// Variables that hold a value; `true` for one that is the value itself.
type Holders = BTreeMap<ObjId, bool>;

/// The outermost literal that the value of a site is an element of, itself if it has elements that are allocated.
pub(crate) fn literal_around(view: &View, site: &Site) -> Option<u32> {
    is_object(site).then_some(())?;
    let outer = outermost_literal(view, site)?;
    let range = view.syntax(site.file)?.ast.range(site.node?);
    let has_parts = || {
        (view.allocs(site.file).iter())
            .any(|alloc| outer.covers(alloc.range) && alloc.range != outer)
    };
    (outer != range || has_parts()).then_some(outer.start)
}

/// The outermost literal around a site's expression, not looking through calls and function literals.
fn outermost_literal(view: &View, site: &Site) -> Option<TextRange> {
    let syntax = view.syntax(site.file)?;
    let range = syntax.ast.range(site.node?);
    let body = body_around(view, site.file, range)?;
    let mut outermost = None;
    syntax.ast.walk(body, |node| {
        let around = syntax.ast.range(node);
        if !around.covers(range) {
            return false;
        }
        if let Node::Expr(id) = node {
            match syntax.ast.expr(id).kind {
                ExprKind::CompositeLit { .. } => {
                    outermost.get_or_insert(around);
                }
                ExprKind::Unary { x, .. }
                    if matches!(
                        syntax.ast.expr(syntax.ast.unparen(x)).kind,
                        ExprKind::CompositeLit { .. }
                    ) =>
                {
                    outermost.get_or_insert(around);
                }
                ExprKind::Call { .. } | ExprKind::FuncLit { .. } if around != range => {
                    outermost = None;
                }
                _ => {}
            }
        }
        true
    });
    outermost
}

/// Whether the compiler says that the function returns the value, or stores it in a field or element.
fn is_stored(view: &View, site: &Site) -> bool {
    let decision = site.decision.filter(|_| site.verdict == Verdict::Escapes);
    let Some(flow) = decision.and_then(|decision| view.flows().flow(decision)) else {
        return false;
    };
    let does = |verbs: &[Verb]| flow.steps.iter().any(|step| verbs.contains(&step.verb));
    let is_handed_on = does(&[
        Verb::PassedTo,
        Verb::CapturedByReference,
        Verb::CapturedByValue,
        Verb::SentOn,
        Verb::PackedIntoVariadicArguments,
    ]);
    let is_stored = does(&[
        Verb::StoredInField,
        Verb::StoredInElement,
        Verb::StoredThroughPointer,
        Verb::Returned,
    ]);
    !is_handed_on && (is_stored || matches!(flow.end, End::Result(_)))
}

/// Whether the value of an expression is returned, stored in a field or element, part of a literal that is, or
/// assigned to a variable of which that holds.
fn is_kept_value(
    view: &View,
    file: usize,
    range: TextRange,
    target: Option<(ObjId, bool)>,
) -> bool {
    /// A variable that is assigned to another one is looked for under both names.
    const STEPS: usize = 3;
    let Some(syntax) = view.syntax(file) else {
        return false;
    };
    let Some(body) = body_around(view, file, range) else {
        return false;
    };
    let mut holders: Holders = target.into_iter().collect();
    for _ in 0..STEPS {
        let n_holders = holders.len();
        let mut is_kept = false;
        syntax.ast.walk(body, |node| {
            is_kept |= keeps(view, file, syntax, node, range, &mut holders);
            !is_kept
        });
        if is_kept || holders.len() == n_holders {
            return is_kept;
        }
    }
    false
}

fn body_around(view: &View, file: usize, range: TextRange) -> Option<go_syntax::StmtId> {
    let functions = &view.package.functions;
    let function = functions.around_offset(file, range.start)?;
    functions.get(functions.outermost(function)).body
}

/// Whether a statement keeps the expression at `range` or one of the variables; notes what they are assigned to.
fn keeps(
    view: &View,
    file: usize,
    syntax: &File,
    node: Node,
    range: TextRange,
    holders: &mut Holders,
) -> bool {
    let Node::Stmt(id) = node else { return false };
    let object = |expr: ExprId| view.typed(file)?.object_of(syntax, expr);
    match syntax.ast.stmt(id).kind {
        StmtKind::Return(results) => (syntax.ast.list(results).iter())
            .any(|result| is_part(syntax, *result, range, &|expr| held(object(expr), holders))),
        StmtKind::Assign {
            lhs,
            op: AssignOp::Assign | AssignOp::Define,
            rhs,
        } => {
            let (lhs, rhs) = (syntax.ast.list(lhs), syntax.ast.list(rhs));
            for (index, to) in lhs.iter().enumerate() {
                // `x, err := f()`
                let Some(from) = rhs.get(index).or(rhs.first().filter(|_| rhs.len() == 1)) else {
                    continue;
                };
                if !is_part(syntax, *from, range, &|expr| held(object(expr), holders)) {
                    continue;
                }
                let to = syntax.ast.unparen(*to);
                match syntax.ast.expr(to).kind {
                    ExprKind::Selector { .. } | ExprKind::Index { .. } | ExprKind::Star(_) => {
                        return true;
                    }
                    _ if index == 0 || rhs.len() > 1 => note(holders, object(to)),
                    _ => {}
                }
            }
            false
        }
        StmtKind::Decl(decl) => {
            syntax.ast.walk(decl, |node| {
                if let Node::Spec(id) = node
                    && let SpecKind::Var { names, values, .. } = syntax.ast.spec(id).kind
                {
                    let pairs = syntax.ast.list(names).iter().zip(syntax.ast.list(values));
                    for (name, value) in pairs {
                        if is_part(syntax, *value, range, &|expr| held(object(expr), holders)) {
                            note(holders, object(*name));
                        }
                    }
                }
                true
            });
            false
        }
        _ => false,
    }
}

fn held(object: Option<ObjId>, holders: &Holders) -> Option<bool> {
    holders.get(&object?).copied()
}

fn note(holders: &mut Holders, object: Option<ObjId>) {
    if let Some(object) = object {
        holders.entry(object).or_insert(false);
    }
}

/// Whether the value of `expr` is, points to or has among its elements the expression at `range` or a variable.
fn is_part(
    syntax: &File,
    expr: ExprId,
    range: TextRange,
    held: &dyn Fn(ExprId) -> Option<bool>,
) -> bool {
    let mut pending = vec![(expr, false)];
    while let Some((expr, is_address)) = pending.pop() {
        let expr = syntax.ast.unparen(expr);
        if syntax.ast.range(expr) == range {
            return true;
        }
        match syntax.ast.expr(expr).kind {
            ExprKind::Ident(_) if held(expr).is_some_and(|itself| !itself || is_address) => {
                return true;
            }
            // A part of a variable: `&w.d`, `a[:]`.
            ExprKind::Selector { x, .. } if is_address => pending.push((x, true)),
            ExprKind::Unary {
                op: UnaryOp::And,
                x,
            }
            | ExprKind::Slice { x, .. } => pending.push((x, true)),
            ExprKind::CompositeLit { elems, .. } => {
                pending.extend(syntax.ast.list(elems).iter().map(|elem| (*elem, false)));
            }
            ExprKind::KeyValue { value, .. } => pending.push((value, false)),
            ExprKind::Call { fun, args, .. }
                if matches!(syntax.ast.name(fun).as_str(), "append") =>
            {
                pending.extend(syntax.ast.list(args).iter().map(|arg| (*arg, false)));
            }
            _ => {}
        }
    }
    false
}

/// Moves maps that do not grow to what is made with them.
pub(crate) fn join_maps(view: &View, groups: &mut BTreeMap<Key, SiteCause>) {
    let maps: Vec<Key> = (groups.iter())
        .filter(|(key, _)| matches!(key, Key::Holder(_, _, Family::Map)))
        .filter(|(_, cause)| cause.sites().all(|site| site.alloc != Alloc::MapStore))
        .map(|(key, _)| key.clone())
        .collect();
    for key in maps {
        let site = groups[&key].main();
        let Some(maker) = maker_around(view, site).filter(|_| is_kept(view, site)) else {
            continue;
        };
        let to = Key::Made(maker);
        if groups.contains_key(&to)
            && let Some(cause) = groups.remove(&key)
            && let Some(other) = groups.get_mut(&to)
        {
            other.absorb(cause);
        }
    }
}

/// Joins slices in fields that one function makes anew where they are too small: they are parts of one value.
pub(crate) fn join_fields(view: &View, groups: &mut BTreeMap<Key, SiteCause>) {
    let mut firsts: BTreeMap<FunctionId, Key> = BTreeMap::new();
    let fields: Vec<Key> = (groups.keys())
        .filter(|key| matches!(key, Key::Holder(None, _, Family::Slice)))
        .cloned()
        .collect();
    for key in fields {
        let functions: BTreeSet<FunctionId> = (groups[&key].sites())
            .filter(|site| site.alloc == Alloc::Make && guard(view, site).is_some())
            .filter_map(|site| view.function_of(site))
            .collect();
        let first = (functions.iter()).find_map(|function| firsts.get(function));
        let first = first.cloned().unwrap_or_else(|| key.clone());
        for function in functions {
            firsts.entry(function).or_insert_with(|| first.clone());
        }
        if first != key
            && let Some(cause) = groups.remove(&key)
            && let Some(other) = groups.get_mut(&first)
        {
            other.absorb(cause);
        }
    }
}

/// Moves closures that a function returns to the closure that its only caller passes to it.
pub(crate) fn join_closures(view: &View, groups: &mut BTreeMap<Key, SiteCause>) {
    let find = |cause: &SiteCause| {
        let site = cause.main();
        let is_returned = site.alloc == Alloc::Closure && view.is_returned(site);
        let function = view.function_of(site).filter(|_| is_returned)?;
        let (file, call) = only_call(view, function, cause)?;
        let syntax = view.syntax(file)?;
        let call = syntax.ast.range(call);
        (groups.iter())
            .find(|(_, other)| {
                let other = other.main();
                other.alloc == Alloc::Closure
                    && other.file == file
                    && (other.node).is_some_and(|node| call.covers(syntax.ast.range(node)))
            })
            .map(|(key, _)| key.clone())
    };
    let moves: Vec<(Key, Key)> = (groups.iter())
        .filter_map(|(key, cause)| Some((key.clone(), find(cause)?)))
        .collect();
    for (from, to) in moves {
        if from != to
            && let Some(cause) = groups.remove(&from)
        {
            match groups.get_mut(&to) {
                Some(other) => other.absorb(cause),
                None => drop(groups.insert(from, cause)),
            }
        }
    }
}

/// Moves what functions make for one caller alone to what that caller makes.
pub(crate) fn join_makers(view: &View, groups: &mut BTreeMap<Key, SiteCause>) {
    let mut parents: BTreeMap<Maker, Maker> = BTreeMap::new();
    for (key, cause) in groups.iter() {
        if let Key::Made(maker) = key
            // The turns of a loop make more than one for what the function is called for.
            && maker.in_loop.is_none()
            && let Some(parent) = parent(view, maker.function, cause)
        {
            parents.insert(*maker, parent);
        }
    }
    let root = |maker: Maker| {
        const MOST: usize = 8;
        let mut maker = maker;
        for _ in 0..MOST {
            match parents.get(&maker) {
                Some(parent) => maker = *parent,
                None => break,
            }
        }
        maker
    };
    let keys: Vec<Key> = groups.keys().cloned().collect();
    for key in keys {
        let Key::Made(maker) = key else { continue };
        let to = Key::Made(root(maker));
        if to == key {
            continue;
        }
        let Some(cause) = groups.remove(&key) else {
            continue;
        };
        match groups.get_mut(&to) {
            Some(other) => other.absorb(cause),
            None => drop(groups.insert(to, cause)),
        }
    }
}

/// The function, or its loop, that alone calls the maker of a cause, and keeps what it makes.
fn parent(view: &View, function: FunctionId, cause: &SiteCause) -> Option<Maker> {
    let (file, call) = only_call(view, function, cause)?;
    let functions = &view.package.functions;
    let range = view.syntax(file)?.ast.range(call);
    let parent = functions.outermost(functions.around_offset(file, range.start)?);
    let is_taken = parent != function && is_kept_call(view, file, call, cause);
    is_taken.then(|| Maker {
        function: parent,
        in_loop: loop_around_range(view, file, range),
    })
}

/// Joins what several functions make that return new objects of one type: what keeps the objects, or makes fewer, does
/// so for all of them. Returns the makers that are left.
pub(crate) fn join_constructors(
    view: &View,
    groups: &mut BTreeMap<Key, SiteCause>,
) -> BTreeSet<Maker> {
    let mut firsts: BTreeMap<TypeId, Maker> = BTreeMap::new();
    let mut several = BTreeSet::new();
    let keys: Vec<Key> = groups.keys().cloned().collect();
    for key in keys {
        let Key::Made(maker) = key else { continue };
        let Some(typ) = returned_type(view, &groups[&key]) else {
            continue;
        };
        let first = *firsts.entry(typ).or_insert(maker);
        if first != maker
            && let Some(cause) = groups.remove(&key)
            && let Some(other) = groups.get_mut(&Key::Made(first))
        {
            other.absorb(cause);
            several.insert(first);
        }
    }
    several
}

/// The type of the new object that the maker of a cause returns.
fn returned_type(view: &View, cause: &SiteCause) -> Option<TypeId> {
    let is_object =
        |site: &&Site| matches!(site.alloc, Alloc::Literal | Alloc::New) && view.is_returned(site);
    let site = cause.sites().find(is_object)?;
    let Node::Expr(expr) = site.node? else {
        return None;
    };
    let typed = view.typed(site.file)?;
    match typed.under_kind(typed.type_of(expr)?) {
        TypeKind::Pointer(to) => Some(to),
        _ => None,
    }
}

/// The call of a function, in this package, from which nearly all of what it makes comes: its file and expression.
fn only_call(view: &View, function: FunctionId, cause: &SiteCause) -> Option<(usize, ExprId)> {
    const ALONE: f64 = 0.8;
    let callers = callers_of(view, &cause.places());
    let (share, caller) = callers.shares.first()?;
    let line = &view.heat?.lines[caller.line?];
    if *share < ALONE || callers.is_for_pool || line.package != view.id {
        return None;
    }
    let functions = &view.package.functions;
    let name = match caller.via {
        Some(via) => view.heat?.functions[via].name.clone(),
        None => functions.get(function).name.clone(),
    };
    Some((line.file, view.call_of(line.file, line.line, &name)?))
}

fn is_kept_call(view: &View, file: usize, call: ExprId, cause: &SiteCause) -> bool {
    let Some(syntax) = view.syntax(file) else {
        return false;
    };
    let range = syntax.ast.range(call);
    let is_method = matches!(
        syntax.ast.expr(call).kind,
        ExprKind::Call { fun, .. }
            if matches!(syntax.ast.expr(syntax.ast.unparen(fun)).kind, ExprKind::Selector { .. })
    );
    // A method that fills fields of its receiver.
    let fills = matches!(kept(view, cause.main()), Kept::Field { .. }) && is_method;
    fills || is_kept_value(view, file, range, None)
}
