//! Calls.

use go_syntax::{ExprId, ExprKind};
use go_types::{Builtin, Mode as TypeMode, ObjId, ObjKind, SelectionKind, Store, TypeId, TypeKind};

use super::Lowerer;
use crate::contracts::{Contract, contract};
use crate::ir::{Call, Callee, EventKind, Exit, Mode, Op, Operand, Target};
use crate::nodes::{Capacity, Escape, Make};
use crate::objects::text;
use crate::program::Interface;
use crate::types::{Shape, type_name};

/// A call before it becomes an event.
struct Parts {
    callee: Callee,
    /// Name of the function, where it has one: `time.After`, `sync.Mutex.Lock`.
    name: String,
    args: Vec<Operand>,
}

impl Lowerer<'_, '_> {
    /// Evaluates a call; the values are its results.
    pub(super) fn call(&mut self, id: ExprId, mode: Mode, targets: &[Target]) -> Vec<Operand> {
        let at = self.at_expr(id);
        let ExprKind::Call { fun, args, .. } = self.kind(id) else {
            return Vec::new();
        };
        let args = self.ast.list(args).to_vec();
        let known = self.info.type_of(self.ast.unparen(fun));
        match known.map(|it| it.mode) {
            Some(TypeMode::Type) => {
                let value = args.first().map(|arg| self.expr(*arg)).unwrap_or_default();
                self.leaks(value, at);
                let hides = self
                    .type_of(id)
                    .is_some_and(|typ| self.shape_of_type(typ) == Shape::Interface);
                if let Some(node) = value.node.filter(|_| hides) {
                    self.program.nodes.escape(node, Escape::Interface, Some(at));
                }
                return vec![Operand {
                    node: value.node,
                    ..Operand::default()
                }];
            }
            Some(TypeMode::Builtin) => return self.builtin(id, fun, &args, mode),
            _ => {}
        }
        let is_spread = matches!(self.kind(id), ExprKind::Call { spread: true, .. });
        let Some(parts) = self.parts(fun, &args, is_spread) else {
            return Vec::new();
        };
        if let Some(values) = self.sync_call(&parts, mode, id) {
            return values;
        }
        self.plain_call(parts, mode, targets, id)
    }

    /// The call of a `defer` statement; its arguments are evaluated now.
    pub(super) fn call_for_defer(&mut self, id: ExprId) -> Option<Call> {
        let id = self.ast.unparen(id);
        let at = self.at_expr(id);
        self.call_or_value(id, Mode::Defer, &[]);
        // The event is moved from where it stands to where it happens.
        let block = self.here();
        let events = &mut self.frame.blocks[block].events;
        let found = events.iter().rposition(|event| {
            event.at == at
                && matches!(&event.kind, EventKind::Call(call) if call.mode == Mode::Defer)
        });
        let event = events.remove(found?);
        match event.kind {
            EventKind::Call(call) => {
                if self.recovers(&call.callee) {
                    self.frame.recovers = true;
                }
                Some(*call)
            }
            _ => None,
        }
    }

    /// Whether a deferred function recovers. Of functions further down in the source it is not known yet.
    fn recovers(&self, callee: &Callee) -> bool {
        match callee {
            Callee::Literal(func) => self.program.funcs[*func].calls_recover,
            Callee::Object(obj) => {
                let own = self
                    .program
                    .of_obj
                    .get(obj)
                    .map(|id| &self.program.funcs[*id]);
                let func = own.or_else(|| self.rest.declared(self.objects.get(*obj).key));
                func.is_some_and(|func| func.calls_recover)
            }
            _ => false,
        }
    }

    fn parts(&mut self, fun: ExprId, args: &[ExprId], is_spread: bool) -> Option<Parts> {
        let fun = self.ast.unparen(fun);
        let mut operands = Vec::new();
        let mut name = String::new();
        let callee = match self.kind(fun) {
            ExprKind::FuncLit { body, .. } => Callee::Literal(self.literal(fun, body)),
            ExprKind::Index { x, .. } if self.func_obj(x).is_some() => {
                return self.parts(x, args, is_spread);
            }
            ExprKind::Ident(_) if self.func_obj(fun).is_some() => {
                let obj = self.origin(self.func_obj(fun)?);
                name = self.name_of(obj);
                Callee::Object(self.obj(obj))
            }
            ExprKind::Selector { x, sel } => match self.info.selection(fun).cloned() {
                Some(selection) if selection.kind == SelectionKind::Method => {
                    let base = self.expr(x);
                    let (_, path) = selection.index.split_last()?;
                    let mut recv = self.fields(base, selection.recv, path);
                    recv.range = recv.range.or(Some(self.ast.range(x)));
                    operands.push(recv);
                    let obj = self.origin(selection.obj);
                    name = self.name_of(obj);
                    if self.is_interface_method(obj) {
                        if let Some(typ) = type_name(self.store, selection.recv) {
                            let method = name.rsplit('.').next().unwrap_or_default();
                            name = format!("{typ}.{method}");
                        }
                        Callee::Interface(self.interface(obj, selection.recv))
                    } else {
                        Callee::Object(self.obj(obj))
                    }
                }
                None if self.func_obj(sel).is_some() => {
                    let obj = self.origin(self.func_obj(sel)?);
                    name = self.name_of(obj);
                    Callee::Object(self.obj(obj))
                }
                _ => Callee::Value(self.expr(fun)),
            },
            _ => Callee::Value(self.expr(fun)),
        };
        let n_before = operands.len();
        for arg in args {
            operands.push(self.expr(*arg));
        }
        if !is_spread {
            self.bundle(fun, n_before, &mut operands);
        }
        Some(Parts {
            callee,
            name,
            args: operands,
        })
    }

    /// Arguments of a variadic parameter are elements of one slice, which stands before them.
    fn bundle(&mut self, fun: ExprId, n_before: usize, operands: &mut Vec<Operand>) {
        let Some(typ) = self.type_of(fun) else { return };
        let TypeKind::Signature(id) = self.store.under_kind(typ) else {
            return;
        };
        let signature = self.store.sig(id);
        let first = n_before + self.store.objs(signature.params).len().saturating_sub(1);
        let rest: Vec<crate::nodes::NodeId> = (operands.iter().skip(first))
            .filter_map(|operand| operand.node)
            .collect();
        if !signature.variadic || rest.is_empty() {
            return;
        }
        let slice = self.program.nodes.fresh();
        let elem = self.program.nodes.elem(slice);
        for node in rest {
            self.program.nodes.unite(elem, node);
        }
        let operand = Operand {
            node: Some(slice),
            ..Operand::default()
        };
        operands.insert(first, operand);
    }

    fn func_obj(&self, ident: ExprId) -> Option<ObjId> {
        let ident = match self.kind(ident) {
            ExprKind::Selector { sel, .. } if self.info.selection(ident).is_none() => sel,
            _ => ident,
        };
        let obj = self.info.use_of(ident)?;
        matches!(self.store.obj(obj).kind, ObjKind::Func { .. }).then_some(obj)
    }

    fn is_interface_method(&mut self, obj: ObjId) -> bool {
        let typ = self.store.obj_type(obj);
        let recv = self.store.as_signature(typ).and_then(|it| it.recv);
        match recv {
            None => true,
            Some(recv) => {
                let typ = self.store.obj_type(recv);
                matches!(self.store.under_kind(typ), TypeKind::Interface(_))
            }
        }
    }

    /// Enters the interface of a method that is called.
    fn interface(&mut self, method: ObjId, typ: TypeId) -> crate::objects::ObjId {
        let id = self.obj(method);
        if self.program.interfaces.contains_key(&id) {
            return id;
        }
        let mut found = Interface {
            is_open: true,
            methods: Vec::new(),
            n_params: 0,
            n_results: 0,
        };
        if !is_open_interface(self.store, typ)
            && let TypeKind::Interface(interface) = self.store.under_kind(typ)
        {
            let set = self.store.type_set(interface).methods;
            let methods = self.store.objs(set).iter();
            found.methods = methods.map(|it| text(self.store.name(*it))).collect();
            let signature = self.store.as_signature(self.store.obj_type(method));
            let signature = signature.unwrap_or_default();
            found.is_open = false;
            found.n_params = self.store.objs(signature.params).len();
            found.n_results = self.store.objs(signature.results).len();
        }
        self.program.interfaces.insert(id, found);
        id
    }

    /// `package.Func`, `package.Type.Method`.
    fn name_of(&self, obj: ObjId) -> String {
        let object = self.store.obj(obj);
        let name = self.store.names.text(object.name);
        let recv = self
            .store
            .as_signature(self.store.obj_type(obj))
            .and_then(|it| it.recv);
        if let Some(typ) = recv.and_then(|recv| type_name(self.store, self.store.obj_type(recv))) {
            return format!("{typ}.{name}");
        }
        let package = object
            .pkg
            .map(|pkg| self.store.names.text(self.store.packages[pkg].path));
        format!("{}.{name}", package.unwrap_or_default())
    }

    /// Methods of locks, wait groups and conditions; `ctx.Done()`.
    fn sync_call(&mut self, parts: &Parts, mode: Mode, id: ExprId) -> Option<Vec<Operand>> {
        let mut recv = parts.args.first().copied().unwrap_or_default();
        let method = parts.name.strip_prefix("sync.");
        if let (Some(_), None, Some(root)) = (method, recv.place, recv.var) {
            let place = crate::program::Place {
                root,
                fields: Vec::new(),
            };
            recv.place = Some(self.program.place(place));
        }
        let op = match method {
            Some("Mutex.Lock" | "RWMutex.Lock") => Op::Lock,
            Some("Mutex.Unlock" | "RWMutex.Unlock") => Op::Unlock,
            Some("RWMutex.RLock") => Op::RLock,
            Some("RWMutex.RUnlock") => Op::RUnlock,
            Some("Mutex.TryLock" | "RWMutex.TryLock" | "RWMutex.TryRLock") => Op::TryLock,
            Some("WaitGroup.Add") => {
                Op::Add(self.constant_arg(id).and_then(|n| i32::try_from(n).ok()))
            }
            Some("WaitGroup.Done") => Op::Done,
            Some("WaitGroup.Wait") => Op::Wait,
            Some("Cond.Wait") => Op::CondWait,
            Some("Cond.Signal" | "Cond.Broadcast") => Op::Signal,
            Some("NewCond") => {
                let node = self.program.nodes.fresh();
                let at = self.at_expr(id);
                let func = self.frame.func?;
                let make = Make {
                    at,
                    func,
                    cap: Capacity::Const(0),
                };
                self.program.nodes.class_mut(node).makes.push(make);
                return Some(vec![Operand {
                    node: Some(node),
                    place: recv.place,
                    ..Operand::default()
                }]);
            }
            _ if parts.name == "context.Context.Done" => {
                return Some(vec![self.received(recv)]);
            }
            _ => return None,
        };
        let op = match op {
            Op::Add(Some(-1)) => Op::Done,
            op => op,
        };
        let at = self.at_expr(id);
        if mode == Mode::Here {
            self.op(op, recv, at);
        } else {
            let call = Call::of(mode, Callee::Op(op, recv));
            self.event(EventKind::Call(Box::new(call)), at);
        }
        Some(Vec::new())
    }

    fn constant_arg(&self, call: ExprId) -> Option<i64> {
        let ExprKind::Call { args, .. } = self.kind(call) else {
            return None;
        };
        let value = self.info.type_of(*self.ast.list(args).first()?)?.value?;
        self.store.value(value).as_i64()
    }

    fn plain_call(
        &mut self,
        parts: Parts,
        mode: Mode,
        targets: &[Target],
        id: ExprId,
    ) -> Vec<Operand> {
        let at = self.at_expr(id);
        let Parts {
            mut callee,
            name,
            args,
        } = parts;
        let known = contract(&name);
        let types = self.result_types(id);
        let mut results: Vec<Option<crate::nodes::NodeId>> = (types.iter())
            .map(|typ| self.carries(*typ).then(|| self.program.nodes.fresh()))
            .collect();
        let is_external = matches!(&callee, Callee::Object(obj) if !self.is_known(*obj));
        if is_external {
            for result in results.iter().flatten() {
                self.program.nodes.class_mut(*result).foreign = true;
            }
        }
        let (mut mode, mut group) = (mode, None);
        let mut args = args;
        match known {
            Some(Contract::Runs(index, how)) => {
                if let Some(func) = args.get(index).copied() {
                    callee = Callee::Value(func);
                    if mode == Mode::Here {
                        mode = how;
                    }
                    args.clear();
                }
            }
            Some(Contract::GroupGo) => {
                group = args.first().copied();
                if let (Some(func), Mode::Here) = (args.get(1).copied(), mode) {
                    self.op(Op::Add(Some(1)), args[0], at);
                    callee = Callee::Value(func);
                    mode = Mode::Go;
                    args.clear();
                }
            }
            Some(Contract::Wraps(index)) => {
                if let Some(func) = args.get(index) {
                    results = vec![func.node];
                }
            }
            Some(Contract::NewContext | Contract::NewTimeout) => {
                if let [Some(ctx), ..] = results[..] {
                    self.program.contexts.push(ctx);
                }
            }
            Some(Contract::SameContext) => {
                if let Some(node) = args.iter().find_map(|arg| arg.node) {
                    let at = results.iter().position(Option::is_some);
                    if let Some(result) = at.and_then(|at| results.get_mut(at)) {
                        *result = Some(node);
                    }
                }
            }
            Some(Contract::SendsOn(index)) => {
                if let Some(node) = args.get(index).and_then(|arg| arg.node) {
                    self.program.nodes.class_mut(node).foreign = true;
                    // Where it is a parameter, the arguments are sent on as well.
                    self.program
                        .nodes
                        .escape(node, Escape::UnknownCallee, Some(at));
                }
            }
            _ if is_external => self.given_away(&args, at),
            _ => {}
        }
        let values: Vec<Operand> = (results.iter())
            .map(|node| Operand {
                node: *node,
                ..Operand::default()
            })
            .collect();
        let call = Call {
            mode,
            callee,
            name: text(&name),
            args,
            results,
            targets: targets.to_vec(),
            group,
        };
        self.event(EventKind::Call(Box::new(call)), at);
        if mode == Mode::Here {
            match known {
                Some(Contract::Exits) => self.exit(Exit::Never, at),
                Some(Contract::Goexit) => self.exit(Exit::Goexit, at),
                Some(Contract::Panics) => self.exit(Exit::Panic, at),
                _ => {}
            }
        }
        values
    }

    /// Arguments of code that is not analysed: it may call functions, and do anything with channels.
    fn given_away(&mut self, args: &[Operand], at: crate::ir::At) {
        for arg in args {
            let Some(node) = arg.node else { continue };
            let class = self.program.nodes.class(node);
            if class.funcs.is_empty() && class.imported.is_empty() {
                self.program
                    .nodes
                    .escape(node, Escape::UnknownCallee, Some(at));
                continue;
            }
            let call = Call::of(Mode::Maybe, Callee::Value(*arg));
            self.event(EventKind::Call(Box::new(call)), at);
        }
    }

    /// The turns of a loop over a function.
    pub(super) fn iterate(&mut self, over: Operand, at: crate::ir::At) {
        let call = Call::of(Mode::Here, Callee::Value(over));
        self.event(EventKind::Call(Box::new(call)), at);
    }

    fn result_types(&self, call: ExprId) -> Vec<TypeId> {
        let Some(known) = self.info.type_of(call) else {
            return Vec::new();
        };
        match self.store.kind(known.typ) {
            TypeKind::Tuple(vars) => {
                let vars = self.store.objs(vars).iter();
                vars.map(|var| self.store.obj_type(*var)).collect()
            }
            _ => vec![known.typ],
        }
    }

    fn builtin(&mut self, id: ExprId, fun: ExprId, args: &[ExprId], mode: Mode) -> Vec<Operand> {
        let at = self.at_expr(id);
        let ident = match self.kind(self.ast.unparen(fun)) {
            ExprKind::Selector { sel, .. } => sel,
            _ => self.ast.unparen(fun),
        };
        let builtin = self
            .info
            .use_of(ident)
            .and_then(|obj| match self.store.obj(obj).kind {
                ObjKind::Builtin(builtin) => Some(builtin),
                _ => None,
            });
        match (builtin, args) {
            (Some(Builtin::Make), [_, sizes @ ..]) => self.make(id, sizes),
            (Some(Builtin::Close), [chan]) => {
                let chan = self.expr(*chan);
                if mode == Mode::Here {
                    self.op(Op::Close, chan, at);
                } else {
                    let call = Call::of(mode, Callee::Op(Op::Close, chan));
                    self.event(EventKind::Call(Box::new(call)), at);
                }
                Vec::new()
            }
            (Some(Builtin::Append), [first, rest @ ..]) => self.append(*first, rest, id),
            (Some(Builtin::Panic), [value]) => {
                self.expr(*value);
                if mode == Mode::Here {
                    self.exit(Exit::Panic, at);
                }
                Vec::new()
            }
            (Some(Builtin::Recover), _) => {
                self.frame.calls_recover = true;
                Vec::new()
            }
            (Some(Builtin::Copy), [to, from]) => {
                let (to, from) = (self.expr(*to), self.expr(*from));
                if let (Some(to), Some(from)) = (to.node, from.node) {
                    self.program.nodes.unite(to, from);
                }
                Vec::new()
            }
            (_, args) => {
                for arg in args {
                    self.expr(*arg);
                }
                vec![Operand::default()]
            }
        }
    }

    fn make(&mut self, id: ExprId, sizes: &[ExprId]) -> Vec<Operand> {
        for size in sizes {
            self.expr(*size);
        }
        let Some(typ) = self.type_of(id) else {
            return Vec::new();
        };
        if !self.carries(typ) {
            return vec![Operand::default()];
        }
        let node = self.program.nodes.fresh();
        if let (TypeKind::Chan { .. }, Some(func)) = (self.store.under_kind(typ), self.frame.func) {
            let cap = match sizes.first() {
                None => Capacity::Const(0),
                Some(size) => {
                    let value = self.info.type_of(*size).and_then(|it| it.value);
                    match value.and_then(|value| self.store.value(value).as_i64()) {
                        Some(n) => Capacity::Const(n),
                        None => Capacity::Text(crate::program::short(self.text(*size))),
                    }
                }
            };
            let at = self.at_expr(id);
            self.program
                .nodes
                .class_mut(node)
                .makes
                .push(Make { at, func, cap });
        }
        vec![Operand {
            node: Some(node),
            ..Operand::default()
        }]
    }

    fn append(&mut self, first: ExprId, rest: &[ExprId], id: ExprId) -> Vec<Operand> {
        let slice = self.expr(first);
        let typ = self.type_of(id);
        let carries = typ.is_some_and(|typ| self.carries(typ));
        let node = slice
            .node
            .or_else(|| carries.then(|| self.program.nodes.fresh()));
        let is_spread = matches!(self.kind(id), ExprKind::Call { spread: true, .. });
        let elem_type = typ.and_then(|typ| match self.store.under_kind(typ) {
            TypeKind::Slice(elem) => Some(elem),
            _ => None,
        });
        for arg in rest {
            let value = self.expr(*arg);
            self.leaks(value, self.at_expr(*arg));
            match node {
                Some(node) if is_spread => self.flow(node, typ, value),
                Some(node) => {
                    let elem = self.program.nodes.elem(node);
                    self.flow(elem, elem_type, value);
                }
                None => {
                    if let Some(hidden) = value.node {
                        self.program.nodes.escape(hidden, Escape::Interface, None);
                    }
                }
            }
        }
        vec![Operand {
            node,
            ..Operand::default()
        }]
    }
}

/// Code that is not analysed can implement the interface.
fn is_open_interface(store: &Store, typ: TypeId) -> bool {
    let Some(named) = store.as_named(typ) else {
        return false;
    };
    let object = store.obj(store.named(named).obj);
    let Some(pkg) = object.pkg else {
        return true;
    };
    let name = store.names.text(object.name);
    let is_exported = name.chars().next().is_some_and(char::is_uppercase);
    is_exported && store.names.text(store.packages[pkg].name) != "main"
}
