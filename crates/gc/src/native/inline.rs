//! Calls replaced by bodies, interleaved with devirtualization, and the order in which gc says so.
//!
//! First all functions get their verdicts. Then the call sites of all of them are looked up and the use of
//! callees counted. Then, callees first, each group of functions is worked on until nothing changes: calls in
//! the order in which a walk leaves them, what an expansion brings along behind them. New calls are looked up
//! together before the first of them is tried, so that two calls of one closure are both counted.
//!
//! Source: cmd/compile/internal/inline/interleaved/interleaved.go and inline/inl.go, go1.27.3.

use std::sync::Arc;

use base::Idx as _;
use go_ir::{
    Body, Callee, FuncId, Generics, InlineId, Kind, MethodWrapper, NodeId, Package, Stencil,
    TypesRead, bottom_up, is_method_of_instance, lower_instance,
};
use go_types::{ObjId, PkgId, Store};
use rustc_hash::{FxHashMap, FxHashSet};

use super::cost::{MAX_CALLEE, MAX_CALLEE_IN_BIG, is_big, is_receiver};
use super::devirtualize::{Devirtualized, Devirtualizer};
use super::intrinsics::is_intrinsic;
use super::message::Message;
use super::static_value::captures_from_afar;
use super::verdict::{CLOSURE_BUDGET, Costs, Examiner, NOT_LOOKED_AT, State, Verdict, symbol};
use super::wrappers::{is_of_interface, jumps, of_method_values, wrappers};

/// Bodies of inlinable declared functions of the packages looked at so far.
#[derive(Debug, Default)]
pub struct Bodies {
    by_object: FxHashMap<ObjId, Arc<Body>>,
}

impl Bodies {
    /// Of an inlinable function.
    pub fn get(&self, func: ObjId) -> Option<&Arc<Body>> {
        self.by_object.get(&func)
    }
}

/// What a package is compiled for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub goarch: &'a str,
    /// Makes method wrappers into which nothing is inlined, too: `-m=2` explains what they do.
    pub all_wrappers: bool,
}

/// Inlines into all functions of a package, as gc does, and returns what it prints, in its order. `costs` and
/// `bodies` have those of all packages that this one imports; those of its own functions are entered.
///
/// Calls of which it is not known whether they are inlined are marked ([`Package::uncertain`]).
pub fn inline_calls(
    store: &mut Store,
    package: &mut Package,
    local: PkgId,
    target: Target<'_>,
    costs: &mut Costs,
    bodies: &mut Bodies,
    generics: &mut Generics,
) -> Vec<Message> {
    let state = State::new(package, target.goarch);
    let mut examiner = Examiner {
        store,
        package,
        imported: costs,
        state,
    };
    examiner.examine_all();
    let state = examiner.state;
    costs.enter(package, &state);
    for func in state.inlinable() {
        let owner = package.funcs[func].owner.unwrap_or(local);
        let body = package.keep_body(func, owner);
        if let Some(obj) = package.funcs[func].obj {
            bodies.by_object.insert(obj, body);
        }
    }
    let known = (&*costs, &*bodies, &mut *generics);
    let mut inliner = Inliner::new(store, package, local, state, known);
    inliner.inlines = true;
    inliner.lacks_code = (inliner.package.funcs.iter()).any(|func| func.unsupported.is_some());
    inliner.imprecise_since(0);
    inliner.take_verdicts();
    let method_values = of_method_values(inliner.store, inliner.package);
    let mut read = TypesRead::new(inliner.store, inliner.package, local, inliner.generics);
    inliner.run();
    read.inlined(inliner.store, inliner.package, inliner.generics);
    let mut wrappers = wrappers(inliner.store, &read, inliner.generics);
    wrappers.extend(method_values);
    inliner.wrappers(wrappers, target.all_wrappers);
    inliner.forget_silent();
    let messages = inliner.messages;
    let inlined = messages.iter().filter_map(|message| match message {
        Message::Inlining {
            callee: Callee::Declared(func),
            ..
        } => Some(*func),
        _ => None,
    });
    (costs.exports).enter(store, package, (local, inlined), bodies, generics);
    messages
}

/// Devirtualizes calls in all functions of a package, as gc does with `-l`, too, and returns what it prints.
pub(super) fn devirtualize_calls(
    store: &mut Store,
    package: &mut Package,
    local: PkgId,
    goarch: &str,
    known: (&Costs, &Bodies, &mut Generics),
) -> Vec<Message> {
    let state = State::new(package, goarch);
    let mut inliner = Inliner::new(store, package, local, state, known);
    inliner.imprecise_since(0);
    inliner.run();
    let messages = inliner.messages.into_iter();
    // Which functions are big is asked for inlining alone.
    messages
        .filter(|message| !matches!(message, Message::Big { .. }))
        .collect()
}

/// Calls that `go` and `defer` statements make.
fn go_defer_calls(package: &Package) -> FxHashSet<NodeId> {
    let mut calls = FxHashSet::default();
    for func in &package.funcs {
        for root in package.list(func.body) {
            package.walk(*root, &mut |id| {
                if let Kind::Go(call) | Kind::Defer { call, .. } = package.kind(id) {
                    calls.insert(call);
                }
                true
            });
        }
    }
    calls
}

/// The call sites of a function.
#[derive(Debug, Default)]
struct CallSites {
    big: bool,
    /// In the order in which they are tried.
    sites: Vec<NodeId>,
    marked: FxHashSet<NodeId>,
    /// By site what is called, once that is known.
    resolved: Vec<Option<Callee>>,
}

struct Inliner<'a> {
    store: &'a mut Store,
    package: &'a mut Package,
    local: PkgId,
    costs: &'a Costs,
    bodies: &'a Bodies,
    generics: &'a mut Generics,
    /// Something in the package was not lowered, and may need instances that are not there.
    lacks_code: bool,
    inlines: bool,
    state: State,
    devirtualizer: Devirtualizer,
    go_defer: FxHashSet<NodeId>,
    /// By function; closures that came with inlined bodies have none.
    functions: Vec<CallSites>,
    /// How many sites call a function, in the whole package.
    uses: FxHashMap<Callee, u32>,
    messages: Vec<Message>,
}

impl<'a> Inliner<'a> {
    /// One that devirtualizes only.
    fn new(
        store: &'a mut Store,
        package: &'a mut Package,
        local: PkgId,
        state: State,
        (costs, bodies, generics): (&'a Costs, &'a Bodies, &'a mut Generics),
    ) -> Self {
        Self {
            go_defer: go_defer_calls(package),
            store,
            package,
            local,
            costs,
            bodies,
            generics,
            lacks_code: false,
            inlines: false,
            state,
            devirtualizer: Devirtualizer::default(),
            functions: Vec::new(),
            uses: FxHashMap::default(),
            messages: Vec::new(),
        }
    }
}

impl Inliner<'_> {
    fn run(&mut self) {
        for func in self.package.funcs.ids() {
            let mut calls = CallSites {
                big: is_big(self.package, func),
                ..CallSites::default()
            };
            if calls.big {
                self.messages.push(Message::Big { func });
            }
            for root in self.package.list(self.package.funcs[func].body) {
                mark(self.package, *root, &mut calls);
            }
            for site in 0..calls.sites.len() {
                self.resolve(func, &mut calls, site);
            }
            self.functions.push(calls);
        }
        for group in bottom_up(self.package) {
            while self.pass(&group) {}
        }
    }

    /// Tries all calls of a group of functions once; whether something changed.
    fn pass(&mut self, group: &[FuncId]) -> bool {
        let mut changed = false;
        for func in group {
            let Some(calls) = self.functions.get_mut(func.index()) else {
                continue;
            };
            let mut calls = std::mem::take(calls);
            changed |= self.try_all(*func, &mut calls);
            self.functions[func.index()] = calls;
        }
        changed
    }

    /// Tries all calls of a function once; whether something changed.
    fn try_all(&mut self, func: FuncId, calls: &mut CallSites) -> bool {
        let mut changed = false;
        let mut tried = 0;
        let mut end = calls.sites.len();
        while tried < end {
            for site in tried..end {
                changed |= self.edit(func, calls, site);
            }
            (tried, end) = (end, calls.sites.len());
            for site in tried..end {
                self.resolve(func, calls, site);
            }
        }
        changed
    }

    /// Makes the wrappers of methods that can be inlined, or of all, and inlines into each by itself.
    fn wrappers(&mut self, wrappers: Vec<MethodWrapper>, all: bool) {
        for wrapper in wrappers {
            let callee = Callee::Declared(wrapper.method);
            let cost = self.cost(callee);
            let inlines = matches!(cost, Ok(Some(_))) && self.body(callee).is_some();
            let unknown = cost.is_err() && !is_of_interface(self.store, wrapper.method);
            if !inlines && (!all || unknown) {
                continue;
            }
            let tail = jumps(self.store, &wrapper, inlines);
            let (store, package) = (&mut *self.store, &mut *self.package);
            let Some(func) = package.add_method_wrapper(store, wrapper, tail, self.local) else {
                continue;
            };
            if !inlines {
                continue;
            }
            self.state.assignments.note_function(self.package, func);
            self.uses.clear();
            let mut calls = CallSites::default();
            for root in self.package.list(self.package.funcs[func].body) {
                mark(self.package, *root, &mut calls);
            }
            for site in 0..calls.sites.len() {
                self.resolve(func, &mut calls, site);
            }
            while self.try_all(func, &mut calls) {}
        }
    }

    /// What is called at a site, and at how many sites it is.
    fn resolve(
        &mut self,
        caller: FuncId,
        calls: &mut CallSites,
        site: usize,
    ) -> Option<(Callee, u32)> {
        if let Some(Some(callee)) = calls.resolved.get(site) {
            return Some((*callee, self.uses[callee]));
        }
        let call = calls.sites[site];
        if !matches!(self.package.kind(call), Kind::Call { .. }) || self.go_defer.contains(&call) {
            return None;
        }
        let context = (&mut *self.store, &mut *self.package, self.local);
        match (self.devirtualizer).static_call(context, self.generics, call) {
            Devirtualized::Said(message) => self.messages.push(message),
            Devirtualized::Unknown(reason) => self.package.mark_uncertain(call, reason),
            Devirtualized::No => {}
        }
        let callee = self.target(caller, call)?;
        if calls.resolved.len() <= site {
            calls.resolved.resize(site + 1, None);
        }
        calls.resolved[site] = Some(callee);
        let uses = self.uses.entry(callee).or_default();
        *uses += 1;
        Some((callee, *uses))
    }

    /// The function that a call is known to call; none if it is never inlined.
    fn target(&self, caller: FuncId, call: NodeId) -> Option<Callee> {
        let Kind::Call { fun, .. } = self.package.kind(call) else {
            return None;
        };
        if let Kind::Func(obj) | Kind::MethodExpr { method: obj, .. } = self.package.kind(fun)
            && !is_method_of_instance(self.store, obj)
        {
            let (path, name) = symbol(self.store, obj);
            let intrinsic = is_intrinsic(&path, &name) && !self.generics.is_instance(obj);
            if intrinsic
                || (path == "runtime" && name == "getg")
                || (path == "internal/abi" && name == "EscapeNonString")
            {
                return None;
            }
        }
        let value = self.state.assignments.static_value(self.package, fun);
        match self.package.kind(value) {
            Kind::Func(obj) | Kind::Inst(obj) => Some(Callee::Declared(obj)),
            Kind::MethodExpr { x, method }
                if is_method_of_instance(self.store, method)
                    || is_receiver(self.store, self.package.typ(x), method) =>
            {
                Some(Callee::Declared(method))
            }
            Kind::Closure(func) if !captures_from_afar(self.package, func, caller) => {
                Some(Callee::Closure(func))
            }
            _ => None,
        }
    }

    /// Replaces the call of a site, if it may be; whether it was.
    fn edit(&mut self, caller: FuncId, calls: &mut CallSites, site: usize) -> bool {
        let call = calls.sites[site];
        if !matches!(self.package.kind(call), Kind::Call { .. }) {
            return false;
        }
        let Some((callee, uses)) = self.resolve(caller, calls, site) else {
            return false;
        };
        let cost = match self.cost(callee) {
            Ok(Some(cost)) => cost,
            Ok(None) => return false,
            Err(reason) => {
                self.package.mark_uncertain(call, reason);
                return false;
            }
        };
        let Some((body, func)) = self.body(callee) else {
            let reason = "a function whose body is not known";
            self.package.mark_uncertain(call, reason);
            return false;
        };
        if cost > limit(callee, calls.big, uses) {
            return false;
        }
        if cost > limit(callee, calls.big, 2) && self.is_passed_on(caller, func) {
            let reason = "a closure that is passed to a function that is not modelled";
            self.package.mark_uncertain(call, reason);
            return false;
        }
        if !self.is_first(call, callee, caller) {
            return false;
        }
        self.messages.push(Message::Inlining { call, callee });
        let read = self.package.imprecise.len();
        let expansion = (self.package).expand(self.local, call, caller, callee, &body, func);
        self.imprecise_since(read);
        self.state
            .assignments
            .note_expansion(self.package, call, &expansion.closures);
        let mut children = Vec::new();
        self.package.children(call, |child| children.push(child));
        for child in children {
            mark(self.package, child, calls);
        }
        self.devirtualizer
            .inlined(self.store, self.package, caller, call);
        true
    }

    /// Says what was read of the calls that a dictionary makes of interfaces' methods.
    fn imprecise_since(&mut self, read: usize) {
        let calls = self.package.imprecise[read..].iter();
        self.messages
            .extend(calls.map(|fun| Message::Imprecise { fun: *fun }));
    }

    /// Whether a closure is an argument of a call that may be inlined, which would give it other sites.
    fn is_passed_on(&mut self, caller: FuncId, closure: FuncId) -> bool {
        let outermost = self.package.outermost(caller);
        let mut calls = Vec::new();
        for (id, func) in self.package.funcs.iter_enumerated() {
            if self.package.outermost(id) != outermost {
                continue;
            }
            for root in self.package.list(func.body) {
                self.package.walk(*root, &mut |id| {
                    if let Kind::Call { args, .. } = self.package.kind(id) {
                        calls.push((id, args));
                    }
                    true
                });
            }
        }
        calls.into_iter().any(|(call, args)| {
            let passed = self.package.list(args).iter().any(|arg| {
                let value = self.state.assignments.static_value(self.package, *arg);
                self.package.kind(value) == Kind::Closure(closure)
            });
            passed
                && self
                    .target(caller, call)
                    .is_none_or(|callee| self.cost(callee).is_err())
        })
    }

    /// The cost of an inlinable function, `None` of others; why that is not known. A closure is examined if it was not
    /// before.
    fn cost(&mut self, callee: Callee) -> Result<Option<i32>, &'static str> {
        if !self.inlines {
            return Ok(None);
        }
        if let Callee::Declared(obj) = callee
            && self.generics.is_instance(obj)
            && !self.state.by_object.contains_key(&obj)
        {
            if self.lacks_code {
                return Err("an instance that another function may need");
            }
            self.silent_instance(obj);
        }
        let verdict = match callee {
            Callee::Closure(func) => {
                self.examine(func);
                self.state.of(func).cloned()
            }
            Callee::Declared(obj) => match self.state.by_object.get(&obj) {
                Some(func) => self.state.of(*func).cloned(),
                None => self.costs.declared(self.store, self.local, obj),
            },
        };
        match verdict {
            Some(Verdict::Inlinable { cost }) => Ok(Some(cost)),
            Some(Verdict::NotInlinable { .. }) => Ok(None),
            Some(Verdict::Unknown(reason)) => Err(reason),
            None => Err(NOT_LOOKED_AT),
        }
    }

    /// Of instances that came with inlined bodies only the costs are known to gc from here on.
    fn forget_silent(&mut self) {
        for func in self.package.funcs.ids() {
            let outermost = self.package.outermost(func);
            if self.package.funcs[outermost].stencil == Stencil::Silent {
                let func = &mut self.package.funcs[func];
                func.body = go_ir::Nodes::EMPTY;
                func.has_body = false;
                func.unsupported = None;
            }
        }
    }

    /// Finds the verdicts on an instance that came with an inlined body, and on those that it needs.
    fn silent_instance(&mut self, instance: ObjId) {
        let known = self.package.funcs.len();
        lower_instance(
            self.store,
            self.package,
            self.local,
            self.generics,
            instance,
        );
        for index in known..self.package.funcs.len() {
            let func = FuncId::from_index(index);
            self.state
                .by_object
                .extend(self.package.funcs[func].obj.map(|obj| (obj, func)));
            self.state.assignments.note_function(self.package, func);
        }
        for group in bottom_up(self.package) {
            for func in group {
                if func.index() >= known {
                    self.examine(func);
                }
            }
        }
        for index in known..self.package.funcs.len() {
            let func = FuncId::from_index(index);
            if let Some(Verdict::Inlinable { .. }) = self.state.of(func) {
                let owner = self.package.funcs[func].owner.unwrap_or(self.local);
                self.package.keep_body(func, owner);
            }
        }
    }

    fn examine(&mut self, func: FuncId) {
        let state = self.state.take();
        let mut examiner = Examiner {
            store: self.store,
            package: self.package,
            imported: self.costs,
            state,
        };
        examiner.examine(func);
        self.state = examiner.state;
        self.take_verdicts();
    }

    /// What was found out about functions is said.
    fn take_verdicts(&mut self) {
        for found in std::mem::take(&mut self.state.found) {
            let func = found.func;
            let outermost = self.package.outermost(func);
            if self.package.funcs[outermost].stencil == Stencil::Silent {
                continue;
            }
            self.messages.extend(match found.verdict {
                Verdict::Inlinable { cost } => Some(Message::CanInline { func, cost }),
                Verdict::NotInlinable { reason } => {
                    reason.map(|reason| Message::CannotInline { func, reason })
                }
                Verdict::Unknown(_) => None,
            });
        }
    }

    /// The body of an inlinable function, and which function of it that is.
    fn body(&self, callee: Callee) -> Option<(Arc<Body>, FuncId)> {
        let local = match callee {
            Callee::Closure(func) => Some(func),
            Callee::Declared(obj) => self.state.by_object.get(&obj).copied(),
        };
        match (local, callee) {
            (Some(func), _) => self.package.funcs[func].pristine.clone(),
            (None, Callee::Declared(obj)) => {
                let body = self.bodies.get(obj).cloned();
                body.map(|body| (body, Body::root()))
            }
            (None, Callee::Closure(_)) => None,
        }
    }

    /// Whether the call is not one that its own replacement brought along, and its callee was not inlined
    /// around it.
    fn is_first(&mut self, call: NodeId, callee: Callee, caller: FuncId) -> bool {
        let node = *self.package.node(call);
        let around = |package: &Package, inline: Option<InlineId>| {
            let call = &package.inlined[inline?];
            Some((call.parent, call.pos, call.callee))
        };
        let mut inline = node.inline;
        while let Some((parent, pos, _)) = around(self.package, inline) {
            if pos == node.pos {
                return false;
            }
            inline = parent;
        }
        let mut inline = node.inline;
        while let Some((parent, _, inlined)) = around(self.package, inline) {
            if inlined == callee {
                self.messages.push(Message::RecursiveCycle {
                    call,
                    callee,
                    caller,
                });
                return false;
            }
            inline = parent;
        }
        true
    }
}

/// What a callee may cost at a site; the only site of a closure may cost much.
fn limit(callee: Callee, big: bool, uses: u32) -> i32 {
    let limit = if big { MAX_CALLEE_IN_BIG } else { MAX_CALLEE };
    match callee {
        Callee::Declared(_) => limit,
        Callee::Closure(_) if uses == 1 => CLOSURE_BUDGET.max(2 * limit),
        Callee::Closure(_) => 2 * limit,
    }
}

/// Adds the calls from the node down that are no sites yet, inner ones first.
fn mark(package: &Package, id: NodeId, calls: &mut CallSites) {
    if calls.marked.contains(&id) {
        return;
    }
    let mut children = Vec::new();
    package.children(id, |child| children.push(child));
    for child in children {
        mark(package, child, calls);
    }
    if matches!(package.kind(id), Kind::Call { .. }) {
        calls.marked.insert(id);
        calls.sites.push(id);
    }
}
