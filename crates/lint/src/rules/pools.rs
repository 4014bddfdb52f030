//! What happens to objects of a `sync.Pool` between `Get` and `Put`: the flow that rules about pools share.
//!
//! Each `Get` is followed through its function. The state at a statement is the set of variables that may hold memory of
//! the object, whether it may be back in the pool, whether a deferred `Put` is sure to come, and whether it was reset.
//! Functions of the package that only wrap `Get` or `Put` count as those.

mod alias;
mod contents;

use std::collections::{BTreeSet, HashMap, VecDeque};

use base::TextRange;
use go_syntax::{ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::{ObjId, VarKind};

use crate::source::{Callee, Flow, Function, Source};

/// Functions of a package that hand out pooled objects, or take them back.
#[derive(Debug, Default)]
pub(super) struct Wrappers {
    /// Function to its pool and whether what it returns was reset.
    getters: HashMap<ObjId, (Option<ObjId>, bool)>,
    /// Function to the number of the parameter that it puts.
    putters: HashMap<ObjId, usize>,
}

/// Where a pooled object comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// `Get`, or a function that wraps it.
    Call(ExprId),
    /// A parameter of a function that puts it.
    Param(ObjId),
}

/// What happened to one object.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// Statement and expression by which memory leaves although the object is put.
    pub(super) escapes: Vec<(TextRange, Option<ExprId>)>,
    /// First uses after a `Put`.
    pub(super) late_uses: Vec<TextRange>,
    /// The first write to what an earlier user may have left.
    pub(super) dirty_write: Option<TextRange>,
    /// Each `Put`, and whether the object is reset before it.
    pub(super) puts: Vec<(Option<ObjId>, bool)>,
    /// Returned, without a `Put`: whether it was reset.
    returned: Option<bool>,
}

/// What is known before a statement.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that hold or do not, each on its own"
)]
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct State {
    /// Variables that may hold memory of the object.
    aliases: BTreeSet<ObjId>,
    /// Variables in whose fields or elements it may have been stored.
    containers: BTreeSet<ObjId>,
    /// The object was got on some way here.
    live: bool,
    /// It may be back in the pool.
    put: bool,
    /// It is back in the pool on every way here.
    surely_put: bool,
    /// A deferred `Put` is sure to run.
    deferred: bool,
    /// It was reset since `Get` on every way.
    reset: bool,
    /// It was reset since the last write on every way.
    clean: bool,
    /// A deferred call is sure to reset it.
    deferred_reset: bool,
    /// Something else may have changed it.
    unknown: bool,
}

impl State {
    fn holds(&self, obj: ObjId) -> bool {
        self.aliases.contains(&obj) || self.containers.contains(&obj)
    }

    fn join(&mut self, other: &Self) {
        if !other.live {
            return;
        }
        if !self.live {
            *self = other.clone();
            return;
        }
        self.aliases.extend(&other.aliases);
        self.containers.extend(&other.containers);
        self.put |= other.put;
        self.surely_put &= other.surely_put;
        self.deferred &= other.deferred;
        self.deferred_reset &= other.deferred_reset;
        self.reset &= other.reset;
        self.clean &= other.clean;
        self.unknown |= other.unknown;
    }
}

/// The pools that a file's own calls of `Get` and `Put` name, found through wrappers.
impl Wrappers {
    pub(super) fn of(sources: &[Source<'_>]) -> Self {
        let mut wrappers = Self::default();
        for source in sources.iter().filter(|source| has_pools(source)) {
            for function in source.functions() {
                wrappers.add_putter(source, function);
            }
        }
        let mut getters = HashMap::new();
        for source in sources.iter().filter(|source| has_pools(source)) {
            for function in source.functions() {
                let Some(name) = declared_object(source, function) else {
                    continue;
                };
                for origin in origins(source, function, &wrappers) {
                    let story = follow(source, function, origin, &wrappers);
                    if let (Origin::Call(call), Some(clean)) = (origin, story.returned) {
                        getters.insert(name, (pool_of(source, call), clean));
                    }
                }
            }
        }
        wrappers.getters = getters;
        wrappers
    }

    fn add_putter(&mut self, source: &Source<'_>, function: Function) {
        let (Some(name), Some(body)) = (declared_object(source, function), source.body(function))
        else {
            return;
        };
        let params = params(source, function);
        for node in source.below_here(body) {
            if let Node::Expr(call) = node
                && let Some(arg) = pool_put(source, call)
                && is_whole(source, arg)
                && let Some(obj) = source.base_variable(arg)
                && let Some(at) = params.iter().position(|param| *param == obj)
            {
                self.putters.insert(name, at);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.getters.is_empty() && self.putters.is_empty()
    }

    /// Whether a call gets an object, by `Get` or a wrapper.
    pub(super) fn is_get(&self, source: &Source<'_>, call: ExprId) -> bool {
        is_pool_method(source, call, "Get")
            || called_object(source, call).is_some_and(|obj| self.getters.contains_key(&obj))
    }

    /// What a call puts back, by `Put` or a wrapper.
    pub(super) fn put(&self, source: &Source<'_>, call: ExprId) -> Option<ExprId> {
        if let Some(arg) = pool_put(source, call) {
            return Some(arg);
        }
        let at = *self.putters.get(&called_object(source, call)?)?;
        let (_, args, _) = source.call(call)?;
        args.get(at).copied()
    }

    /// The pool that a call gets from, and whether a wrapper has reset the object.
    pub(super) fn pool(&self, source: &Source<'_>, call: ExprId) -> (Option<ObjId>, bool) {
        if is_pool_method(source, call, "Get") {
            return (pool_of(source, call), false);
        }
        (called_object(source, call))
            .and_then(|obj| self.getters.get(&obj).copied())
            .unwrap_or_default()
    }
}

/// Whether a file mentions pools at all: most do not, and need not be followed.
pub(super) fn has_pools(source: &Source<'_>) -> bool {
    source.file.src.contains(".Put(") || source.file.src.contains(".Get(")
}

fn is_pool_method(source: &Source<'_>, call: ExprId, name: &str) -> bool {
    source.called_name(call) == name
        && (source.callee(call)).is_some_and(|it| it.is_method("sync", "Pool", name))
}

/// The argument of `pool.Put(x)`.
pub(super) fn pool_put(source: &Source<'_>, call: ExprId) -> Option<ExprId> {
    if !is_pool_method(source, call, "Put") {
        return None;
    }
    source.call(call)?.1.first().copied()
}

/// Whether what is put is a variable itself, dereferenced, cut or addressed, not a field.
fn is_whole(source: &Source<'_>, arg: ExprId) -> bool {
    match source.inner(arg) {
        ExprKind::Ident(_) | ExprKind::Call { .. } => true,
        ExprKind::Star(x)
        | ExprKind::Slice { x, .. }
        | ExprKind::TypeAssert { x, .. }
        | ExprKind::Unary { x, .. } => is_whole(source, x),
        _ => false,
    }
}

/// The variable or field that holds the pool of a call of its methods.
fn pool_of(source: &Source<'_>, call: ExprId) -> Option<ObjId> {
    match source.callee(call)? {
        Callee::Method { x, .. } => source.object(x),
        _ => None,
    }
}

/// The object of a declared function that a call names.
fn called_object(source: &Source<'_>, call: ExprId) -> Option<ObjId> {
    let (fun, ..) = source.call(call)?;
    source.object(fun)
}

fn declared_object(source: &Source<'_>, function: Function) -> Option<ObjId> {
    let Function::Declared(id) = function else {
        return None;
    };
    match source.file.ast.decl(id).kind {
        go_syntax::DeclKind::Func(func) => source.object(func.name),
        _ => None,
    }
}

/// The parameters of a function, without its receiver.
fn params(source: &Source<'_>, function: Function) -> Vec<ObjId> {
    fields(source, function, false)
}

/// The named results of a function.
fn results(source: &Source<'_>, function: Function) -> Vec<ObjId> {
    fields(source, function, true)
}

fn fields(source: &Source<'_>, function: Function, of_results: bool) -> Vec<ObjId> {
    let Some(signature) = (source.signature(function)).and_then(|ty| source.file.ast.func_type(ty))
    else {
        return Vec::new();
    };
    let list = if of_results {
        signature.results
    } else {
        signature.params
    };
    (source.file.ast.list(list).iter())
        .flat_map(|field| source.file.ast.list(source.file.ast.field(*field).names))
        .filter_map(|name| source.object(*name))
        .collect()
}

/// The objects that a function gets itself, and the parameters that it puts.
pub(super) fn origins(source: &Source<'_>, function: Function, wrappers: &Wrappers) -> Vec<Origin> {
    let Some(body) = source.body(function) else {
        return Vec::new();
    };
    let mut origins: Vec<Origin> = (source.below_here(body).into_iter())
        .filter_map(|node| match node {
            Node::Expr(call) if wrappers.is_get(source, call) => Some(Origin::Call(call)),
            _ => None,
        })
        .collect();
    if let Some(name) = declared_object(source, function)
        && let Some(at) = wrappers.putters.get(&name)
    {
        origins.extend(
            params(source, function)
                .get(*at)
                .map(|it| Origin::Param(*it)),
        );
    }
    origins
}

/// Follows an object through its function.
pub(super) fn follow(
    source: &Source<'_>,
    function: Function,
    origin: Origin,
    wrappers: &Wrappers,
) -> Story {
    let Some(flow) = source.flow(function) else {
        return Story::default();
    };
    let walk = Walk {
        source,
        function,
        origin,
        wrappers,
        results: results(source, function),
    };
    let states = walk.states(flow);
    let puts: Vec<bool> = (flow.atoms.iter().zip(&states))
        .map(|(atom, state)| atom.node.is_some_and(|node| walk.puts(node, state)))
        .collect();
    let is_put_later = flow.must_pass(|at| puts[at]);
    let mut story = Story::default();
    for (at, (atom, state)) in flow.atoms.iter().zip(&states).enumerate() {
        if let Some(node) = atom.node {
            let mut state = state.clone();
            let is_sure = atom.next.iter().all(|next| is_put_later[*next]) && !atom.next.is_empty();
            walk.step(node, &mut state, Some((&mut story, is_sure || puts[at])));
        }
    }
    let exit = &states[Flow::EXIT];
    if exit.live && exit.deferred {
        story.puts.push((None, exit.clean || exit.deferred_reset));
    }
    story.late_uses.sort();
    story.late_uses.dedup();
    story
}

/// What an object is followed with.
struct Walk<'a, 'b> {
    source: &'a Source<'b>,
    function: Function,
    origin: Origin,
    wrappers: &'a Wrappers,
    /// Named results.
    results: Vec<ObjId>,
}

/// Where a step writes down what it sees, and whether the object is sure to be put after the step.
type Log<'s> = Option<(&'s mut Story, bool)>;

impl Walk<'_, '_> {
    /// The state before each atom.
    fn states(&self, flow: &Flow) -> Vec<State> {
        let mut states = vec![State::default(); flow.atoms.len()];
        if let Origin::Param(param) = self.origin {
            states[Flow::ENTRY] = State {
                aliases: BTreeSet::from([param]),
                live: true,
                ..State::default()
            };
        }
        let mut pending: VecDeque<usize> = (0..flow.atoms.len()).collect();
        // Each state only grows; the number of steps is bounded all the same.
        let mut left = 64 * flow.atoms.len();
        while let Some(at) = pending.pop_front() {
            if left == 0 {
                break;
            }
            left -= 1;
            let mut state = states[at].clone();
            if let Some(node) = flow.atoms[at].node {
                self.step(node, &mut state, None);
            }
            for next in &flow.atoms[at].next {
                let mut joined = states[*next].clone();
                joined.join(&state);
                if joined != states[*next] {
                    states[*next] = joined;
                    pending.push_back(*next);
                }
            }
        }
        states
    }

    /// What of an atom is evaluated at its place: of a `range` its variables alone.
    fn parts(&self, node: Node) -> Vec<Node> {
        if let Node::Stmt(id) = node
            && let StmtKind::Range { key, value, .. } = self.source.stmt(id)
        {
            return key.into_iter().chain(value).map(Node::Expr).collect();
        }
        vec![node]
    }

    fn step(&self, node: Node, state: &mut State, mut log: Log<'_>) {
        let is_origin = matches!(self.origin, Origin::Call(call) if self.holds(node, call));
        if is_origin {
            *state = State {
                live: true,
                clean: self.is_clean_origin(),
                reset: self.is_clean_origin(),
                ..State::default()
            };
        }
        if !state.live {
            return;
        }
        if state.put
            && let Some(at) = self.late_use(node, state)
        {
            if let Some((story, _)) = &mut log
                && (state.surely_put || self.is_independent(node, state))
            {
                story.late_uses.push(at);
            }
            state.put = false;
            state.surely_put = false;
        }
        self.contents(node, state, &mut log);
        self.leave(node, state, &mut log);
        self.put_back(node, state, &mut log);
        self.assign(node, state, &mut log);
    }

    fn is_clean_origin(&self) -> bool {
        matches!(self.origin, Origin::Call(call) if self.wrappers.pool(self.source, call).1)
    }

    /// Whether an expression is part of an atom, outside of function literals.
    fn holds(&self, node: Node, expr: ExprId) -> bool {
        (self.parts(node).into_iter())
            .any(|part| self.source.below_here(part).contains(&Node::Expr(expr)))
    }

    /// Where a node uses the object, other than to assign another one.
    fn late_use(&self, node: Node, state: &State) -> Option<TextRange> {
        let source = self.source;
        for part in self.parts(node) {
            for below in source.below(part) {
                let Node::Expr(ident) = below else { continue };
                let is_alias = matches!(source.expr(ident), ExprKind::Ident(_))
                    && source
                        .object(ident)
                        .is_some_and(|it| state.aliases.contains(&it));
                if is_alias && !self.is_target(ident) {
                    return Some(source.range(ident));
                }
            }
        }
        None
    }

    /// Whether a use after a `Put` on some ways does not depend on which way was taken: it stands under no condition that
    /// the object was not got under, and no variable of the object is compared with nil or set to it.
    fn is_independent(&self, node: Node, state: &State) -> bool {
        let source = self.source;
        let is_condition = |node: &Node| {
            matches!(node, Node::Stmt(id) if matches!(
                source.stmt(*id),
                StmtKind::If { .. } | StmtKind::Case { .. } | StmtKind::Comm { .. }
            ))
        };
        let origin: Vec<Node> = match self.origin {
            Origin::Call(call) => source.ancestors(call).filter(is_condition).collect(),
            Origin::Param(_) => Vec::new(),
        };
        let is_guarded = state.aliases.iter().any(|obj| self.is_nil_tested(*obj));
        let mut conditions = source.ancestors(node).filter(is_condition);
        !is_guarded && conditions.all(|it| origin.contains(&it))
    }

    /// Whether a variable is compared with nil or set to it: nil then says that there is no object.
    fn is_nil_tested(&self, obj: ObjId) -> bool {
        let source = self.source;
        source
            .mentions(obj)
            .iter()
            .any(|ident| match source.parent(*ident) {
                Some(Node::Expr(outer)) => match source.expr(outer) {
                    ExprKind::Binary { x, y, .. } => source.is_nil(x) || source.is_nil(y),
                    _ => false,
                },
                Some(Node::Stmt(stmt)) => match source.stmt(stmt) {
                    StmtKind::Assign { rhs, .. } => source
                        .file
                        .ast
                        .list(rhs)
                        .iter()
                        .any(|it| source.is_nil(*it)),
                    _ => false,
                },
                _ => false,
            })
    }

    /// Whether an identifier alone is assigned to.
    fn is_target(&self, ident: ExprId) -> bool {
        matches!(self.source.parent(ident), Some(Node::Stmt(stmt))
            if matches!(self.source.stmt(stmt), StmtKind::Assign { lhs, .. }
                if self.source.file.ast.list(lhs).contains(&ident)))
    }

    /// Whether a node puts the object, now or deferred.
    fn puts(&self, node: Node, state: &State) -> bool {
        self.calls(node, true)
            .into_iter()
            .any(|call| self.is_put_of(call, state))
    }

    /// Whether a call puts the object itself, not one that it holds.
    fn is_put_of(&self, call: ExprId, state: &State) -> bool {
        (self.wrappers.put(self.source, call))
            .is_some_and(|arg| is_whole(self.source, arg) && self.is_alias(arg, state))
    }

    /// The calls of a node; with those of a deferred function literal if asked for.
    fn calls(&self, node: Node, with_deferred: bool) -> Vec<ExprId> {
        let source = self.source;
        let is_defer =
            matches!(node, Node::Stmt(id) if matches!(source.stmt(id), StmtKind::Defer(_)));
        let mut calls = Vec::new();
        for part in self.parts(node) {
            let below = if is_defer && with_deferred {
                source.below(part)
            } else {
                source.below_here(part)
            };
            calls.extend(below.into_iter().filter_map(|node| match node {
                Node::Expr(id) if matches!(source.expr(id), ExprKind::Call { .. }) => Some(id),
                _ => None,
            }));
        }
        calls
    }

    fn put_back(&self, node: Node, state: &mut State, log: &mut Log<'_>) {
        let is_defer =
            matches!(node, Node::Stmt(id) if matches!(self.source.stmt(id), StmtKind::Defer(_)));
        let is_go =
            matches!(node, Node::Stmt(id) if matches!(self.source.stmt(id), StmtKind::Go(_)));
        if is_go {
            return;
        }
        for call in self.calls(node, true) {
            if !self.is_put_of(call, state) {
                continue;
            }
            if is_defer {
                state.deferred = true;
                continue;
            }
            if let Some((story, _)) = log {
                // A wrapper's own `Put` is looked at where it is.
                if pool_put(self.source, call).is_some() {
                    story.puts.push((pool_of(self.source, call), state.clean));
                }
                if state.deferred {
                    story.late_uses.push(self.source.range(call));
                }
            }
            state.put = !state.deferred;
            state.surely_put = state.put;
        }
    }

    /// What a `return`, send or `go` takes out of the function.
    fn leave(&self, node: Node, state: &mut State, log: &mut Log<'_>) {
        let Node::Stmt(stmt) = node else { return };
        let source = self.source;
        match source.stmt(stmt) {
            StmtKind::Return(list) => {
                let list = source.file.ast.list(list);
                let returned: Vec<Option<ExprId>> = if list.is_empty() {
                    let held = self.results.iter().filter(|it| state.aliases.contains(it));
                    held.map(|_| None).take(1).collect()
                } else {
                    let held = list.iter().filter(|it| self.is_alias(**it, state));
                    held.map(|it| Some(*it)).collect()
                };
                let Some((story, _)) = log else { return };
                for expr in returned {
                    if state.deferred {
                        story.escapes.push((source.range(stmt), expr));
                    } else if !state.put {
                        let clean = state.reset && story.returned.unwrap_or(true);
                        story.returned = Some(clean);
                    }
                }
            }
            StmtKind::Send { value, .. }
                if self.is_alias(value, state) && !self.is_awaited(node) =>
            {
                Self::escape(source.range(stmt), Some(value), state, log);
            }
            StmtKind::Go(call) if !self.is_awaited(node) => {
                let Some((fun, args, _)) = source.call(call) else {
                    return;
                };
                if let Some(arg) = args.iter().find(|arg| self.is_alias(**arg, state)) {
                    Self::escape(source.range(stmt), Some(*arg), state, log);
                } else if matches!(source.inner(fun), ExprKind::FuncLit { .. })
                    && let Some(at) = self.late_use(fun.into(), state)
                {
                    Self::escape(at, None, state, log);
                }
            }
            _ => {}
        }
    }

    /// Whether the function waits for something after a node: the receiver of the object may have said that it is done.
    fn is_awaited(&self, node: Node) -> bool {
        let source = self.source;
        let end = source.range(node).end;
        let Some(body) = source.body(self.function) else {
            return false;
        };
        source.below_here(body).into_iter().any(|below| {
            let Node::Expr(id) = below else { return false };
            let is_wait = match source.expr(id) {
                ExprKind::Unary { op, .. } => op == go_syntax::UnaryOp::Arrow,
                ExprKind::Call { .. } => source.called_name(id) == "Wait",
                _ => false,
            };
            is_wait && source.range(id).start >= end
        })
    }

    fn escape(at: TextRange, expr: Option<ExprId>, state: &State, log: &mut Log<'_>) {
        if let Some((story, is_put_later)) = log
            && (state.deferred || *is_put_later)
        {
            story.escapes.push((at, expr));
        }
    }

    /// What assignments and declarations do to the variables that hold the object.
    fn assign(&self, node: Node, state: &mut State, log: &mut Log<'_>) {
        let Node::Stmt(stmt) = node else { return };
        let source = self.source;
        let (targets, values): (Vec<ExprId>, Vec<ExprId>) = match source.stmt(stmt) {
            StmtKind::Assign { lhs, rhs, .. } => (
                source.file.ast.list(lhs).to_vec(),
                source.file.ast.list(rhs).to_vec(),
            ),
            StmtKind::Decl(_) => (source.declared(stmt).into_iter())
                .filter_map(|it| Some((it.name, it.value?)))
                .unzip(),
            _ => return,
        };
        let held: Vec<bool> = values.iter().map(|it| self.is_alias(*it, state)).collect();
        for (at, target) in targets.iter().enumerate() {
            let (value, is_held) = if values.len() == targets.len() {
                (values.get(at), held.get(at).copied().unwrap_or(false))
            } else {
                let is_held = held.first().copied().unwrap_or(false);
                (values.first(), is_held && self.carries_expr(*target))
            };
            self.assign_one(stmt, *target, value.copied(), is_held, state, log);
        }
    }

    fn assign_one(
        &self,
        stmt: StmtId,
        target: ExprId,
        value: Option<ExprId>,
        is_held: bool,
        state: &mut State,
        log: &mut Log<'_>,
    ) {
        let source = self.source;
        let target = source.file.ast.unparen(target);
        if matches!(source.expr(target), ExprKind::Ident(_)) {
            let Some(obj) = source.object(target) else {
                return;
            };
            if !is_held {
                state.aliases.remove(&obj);
                state.containers.remove(&obj);
            } else if self.is_own(obj) {
                state.aliases.insert(obj);
            } else {
                Self::escape(source.range(stmt), value, state, log);
            }
            return;
        }
        let Some(base) = source.base_variable(target).filter(|_| is_held) else {
            return;
        };
        if state.aliases.contains(&base) {
            return;
        }
        if self.is_own(base) && source.var_kind(base) == Some(VarKind::Local) {
            state.containers.insert(base);
        } else {
            Self::escape(source.range(stmt), value, state, log);
        }
    }

    /// Whether a variable is declared in this very function.
    fn is_own(&self, obj: ObjId) -> bool {
        let kind = self.source.var_kind(obj);
        if kind == Some(VarKind::Package) || kind.is_none() {
            return false;
        }
        let declared =
            (self.source.mentions(obj).iter()).find(|ident| self.source.is_declaration(**ident));
        declared.is_some_and(|ident| self.source.function_of(*ident) == Some(self.function))
    }
}
