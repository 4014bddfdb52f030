//! Calls as edges, and the sinks among what is called.

use go_syntax::{ExprId, ExprKind};
use go_types::{Builtin, ObjId, Signature, TypeFormat, TypeId, TypeKind};

use super::body::Body;
use super::{NodeKey, NodeNo, Origin, SigNo, Sink, sinks};
use crate::obstacle::Reason;
use crate::source::Finder;
use crate::source::reach::Reach;

/// What a call calls.
pub(super) enum Callee {
    Conversion(TypeId),
    Builtin(Builtin),
    /// A declared function or method; of instances the generic one.
    Func(ObjId),
    InterfaceMethod(ObjId),
    /// A function value of this type.
    Value(TypeId),
    /// Broken code.
    Unknown,
}

/// The arguments of a call.
#[derive(Clone, Copy)]
struct Args<'e> {
    call: ExprId,
    fun: ExprId,
    list: &'e [ExprId],
    /// The last one is followed by `...`.
    spread: bool,
}

impl<'a> Finder<'a> {
    pub(super) fn flow_call(
        &mut self,
        body: &mut Body<'a>,
        call: ExprId,
        fun: ExprId,
        list: &'a [ExprId],
        spread: bool,
    ) {
        let args = Args {
            call,
            fun,
            list,
            spread,
        };
        let callee = self.callee_of(body, fun);
        if !matches!(callee, Callee::Value(_) | Callee::Unknown) {
            mark_callee(body, fun);
        }
        match callee {
            Callee::Conversion(typ) => self.flow_conversion(body, args, typ),
            Callee::Builtin(builtin) => self.flow_builtin(body, args, builtin),
            Callee::Func(obj) => self.flow_call_func(body, args, obj),
            Callee::InterfaceMethod(obj) => self.flow_call_interface(body, args, obj),
            Callee::Value(typ) => {
                let sig = self.sig_no(typ);
                if let Some(signature) = self.signature_of(typ) {
                    self.pass(body, args, signature, &|finder, index| {
                        Some(finder.flow.node(NodeKey::SigParam(sig, index)))
                    });
                }
            }
            Callee::Unknown => {}
        }
    }

    fn flow_conversion(&mut self, body: &Body<'a>, args: Args<'_>, typ: TypeId) {
        let [x] = args.list else { return };
        let to = [self.flow.node(NodeKey::Expr(body.path, args.call))];
        self.assign(body, &to, typ, *x);
        if self.is_unsafe_pointer(typ) {
            let sink = Sink {
                reason: Reason::Unsafe,
                reach: Reach::NEAR,
            };
            for node in self.nodes_of(body, *x) {
                self.flow.sink(node, sink.clone());
            }
        }
        // expvar encodes what the function returns.
        if self.is_named(typ, "expvar", "Func") {
            let sig = self.sig_no(typ);
            let node = self.flow.node(NodeKey::SigResult(sig, 0));
            self.flow.sink(node, sinks::in_order("encoding/json"));
        }
    }

    fn is_named(&self, typ: TypeId, package: &str, name: &str) -> bool {
        self.store.as_named(typ).is_some_and(|id| {
            let object = self.store.obj(self.store.named(id).obj);
            self.store.names.text(object.name) == name
                && object
                    .pkg
                    .is_some_and(|pkg| self.package_path(pkg) == package)
        })
    }

    fn flow_builtin(&mut self, body: &Body<'a>, args: Args<'_>, builtin: Builtin) {
        let Some(typ) = body.type_of(args.call) else {
            return;
        };
        let own = NodeKey::Expr(body.path, args.call);
        match (builtin, args.list) {
            (Builtin::Append, [first, rest @ ..]) if self.hides(typ) => {
                let to = [self.flow.node(own)];
                self.assign(body, &to, typ, *first);
                let elem = match self.store.under_kind(typ) {
                    TypeKind::Slice(elem) if !args.spread => elem,
                    _ => typ,
                };
                for arg in rest {
                    self.assign(body, &to, elem, *arg);
                }
            }
            (Builtin::Copy, [to, from]) => {
                let to_nodes = self.nodes_of(body, *to);
                if let Some(typ) = body.type_of(*to) {
                    self.assign(body, &to_nodes, typ, *from);
                }
            }
            (Builtin::Max | Builtin::Min | Builtin::New, list) => {
                let to = [self.flow.node(own)];
                for arg in list {
                    self.assign(body, &to, typ, *arg);
                }
            }
            _ => {}
        }
    }

    fn flow_call_func(&mut self, body: &Body<'a>, args: Args<'_>, obj: ObjId) {
        let Some(signature) = self.store.as_signature(self.store.obj_type(obj)) else {
            return;
        };
        self.flow_instance(body, args.fun, obj, signature);
        match self.origin_of(self.store.obj(obj).pkg) {
            Origin::Source => {
                let params = self.store.objs(signature.params).to_vec();
                self.pass(body, args, signature, &|finder, index| {
                    finder.object_node(*params.get(index as usize)?)
                });
                if let (Some(recv), Some(x)) = (signature.recv, receiver(body, args.fun))
                    && let typ = self.store.obj_type(recv)
                    && self.hides(typ)
                    && let Some(to) = self.object_node(recv)
                {
                    self.assign(body, &[to], typ, x);
                }
            }
            Origin::Std => self.flow_call_std(body, args, obj, signature),
            Origin::Foreign => self.flow_call_foreign(body, args, obj, signature),
        }
    }

    /// The type arguments of a generic function enter its type parameters.
    fn flow_instance(&mut self, body: &Body<'a>, fun: ExprId, obj: ObjId, signature: Signature) {
        if signature.tparams.is_empty() {
            return;
        }
        if let Some(ident) = named_ident(body, fun)
            && let Some(instance) = body.info.instance(ident)
        {
            let at = Some(body.at(fun));
            self.flow_type_args(obj, signature.tparams, instance.targs, at);
        }
    }

    /// The standard library hands on values of any type that it gets: to its results, the receiver, functions and
    /// interfaces among the arguments. Some functions depend on the order of fields.
    fn flow_call_std(&mut self, body: &Body<'a>, args: Args<'_>, obj: ObjId, signature: Signature) {
        let own = self.flow.node(NodeKey::Expr(body.path, args.call));
        let object = *self.store.obj(obj);
        let package = (object.pkg)
            .map_or("", |pkg| self.package_path(pkg))
            .to_owned();
        let name = self.store.names.text(object.name).to_owned();
        let keeps_all = keeps_interfaces(&package);
        self.pass(body, args, signature, &|finder, index| {
            let typ = finder.param_type(signature, index)?;
            (keeps_all || finder.is_open(typ)).then_some(own)
        });
        let mut is_about_receiver = false;
        if let Some(x) = receiver(body, args.fun) {
            let of_receiver = self.nodes_of(body, x);
            self.edges(&of_receiver, &[own]);
            // A value of package reflect is changed by its setters alone.
            is_about_receiver = package == "reflect";
            if !is_about_receiver || name.starts_with("Set") || name == "Send" {
                self.edges(&[own], &of_receiver);
            }
        }
        for typ in self.types_given(body, args.fun) {
            if self.can_enter(typ) {
                self.flow.enter(typ, own, None);
            }
        }
        self.flow_callbacks(body, args, own);
        self.flow_called_methods(signature, own);
        if let Some(sink) = sinks::of_func(&package, &name) {
            if is_about_receiver && let Some(x) = receiver(body, args.fun) {
                for node in self.nodes_of(body, x) {
                    self.flow.sink(node, sink.clone());
                }
            } else {
                self.sink_open(body, args, signature, own, &sink);
            }
        }
    }

    /// The arguments that can be of any type reach the sink; others (an `io.Writer`, a context) do not.
    fn sink_open(
        &mut self,
        body: &Body<'a>,
        args: Args<'_>,
        signature: Signature,
        own: NodeNo,
        sink: &Sink,
    ) {
        // A node of the open arguments alone: its index cannot be one of a call's result.
        let key = NodeKey::Result(body.path, body.ast.range(args.call).end, u32::MAX);
        let node = self.flow.node(key);
        self.pass(body, args, signature, &|finder, index| {
            let typ = finder.param_type(signature, index)?;
            finder.is_open(typ).then_some(node)
        });
        self.flow.edge(node, own);
        self.flow.sink(node, sink.clone());
    }

    fn param_type(&self, signature: Signature, index: u32) -> Option<TypeId> {
        let param = self.store.objs(signature.params).get(index as usize)?;
        Some(self.store.obj_type(*param))
    }

    /// What is called back gets what the standard library got, and gives it what it returns.
    fn flow_callbacks(&mut self, body: &Body<'a>, args: Args<'_>, own: NodeNo) {
        for arg in args.list {
            let Some(typ) = body.type_of(*arg) else {
                continue;
            };
            let Some(signature) = self.signature_of(typ) else {
                continue;
            };
            let sig = self.sig_no(typ);
            for index in 0..signature.params.len() as u32 {
                let to = self.flow.node(NodeKey::SigParam(sig, index));
                self.flow.edge(own, to);
            }
            for index in 0..signature.results.len() as u32 {
                let from = self.flow.node(NodeKey::SigResult(sig, index));
                self.flow.edge(from, own);
            }
        }
    }

    /// What has methods that are called back does as well: `heap.Pop` returns what the heap's own `Pop` returns.
    fn flow_called_methods(&mut self, signature: Signature, own: NodeNo) {
        for param in self.store.objs(signature.params).to_vec() {
            let typ = self.store.obj_type(param);
            if self.store.as_type_param(typ).is_some() {
                continue;
            }
            let Some(interface) = self.store.under_interface(typ) else {
                continue;
            };
            let methods = self.store.type_set(interface).methods;
            for method in self.store.objs(methods).to_vec() {
                let name = self.store.obj(method).name;
                let Some(called) = self.store.as_signature(self.store.obj_type(method)) else {
                    continue;
                };
                for index in 0..called.params.len() as u32 {
                    if self
                        .param_type(called, index)
                        .is_some_and(|typ| self.is_open(typ))
                    {
                        let to = self.flow.node(NodeKey::MethodParam(name, index));
                        self.flow.edge(own, to);
                    }
                }
                let results = self.store.objs(called.results).to_vec();
                for (index, result) in results.into_iter().enumerate() {
                    if self.is_open(self.store.obj_type(result)) {
                        let from = (self.flow).node(NodeKey::MethodResult(name, index as u32));
                        self.flow.edge(from, own);
                    }
                }
            }
        }
    }

    /// Whether a result of a function of the standard library can be what the function got.
    pub(super) fn hands_on(&mut self, obj: ObjId, index: u32) -> bool {
        let pkg = self.store.obj(obj).pkg;
        if keeps_interfaces(pkg.map_or("", |pkg| self.package_path(pkg))) {
            return true;
        }
        let signature = self.store.as_signature(self.store.obj_type(obj));
        let result = signature.and_then(|signature| {
            self.store
                .objs(signature.results)
                .get(index as usize)
                .copied()
        });
        result.is_some_and(|result| self.is_open(self.store.obj_type(result)))
    }

    /// Code that is not looked at may encode whatever it gets.
    fn flow_call_foreign(
        &mut self,
        body: &Body<'a>,
        args: Args<'_>,
        obj: ObjId,
        signature: Signature,
    ) {
        let node = self.flow.node(NodeKey::Expr(body.path, args.call));
        let sink = self.unknown_code(obj);
        self.pass(body, args, signature, &|finder, index| {
            let typ = finder.param_type(signature, index)?;
            finder.is_open(typ).then_some(node)
        });
        self.flow.sink(node, sink.clone());
        for arg in args.list {
            let Some(typ) = body.type_of(*arg) else {
                continue;
            };
            let Some(signature) = self.signature_of(typ) else {
                continue;
            };
            self.sink_results(typ, signature, &sink);
        }
    }

    /// What a function value returns to code that is not looked at.
    fn sink_results(&mut self, typ: TypeId, signature: Signature, sink: &Sink) {
        let sig = self.sig_no(typ);
        let results = self.store.objs(signature.results).to_vec();
        for (index, result) in results.into_iter().enumerate() {
            if self.is_open(self.store.obj_type(result)) {
                let node = self.flow.node(NodeKey::SigResult(sig, index as u32));
                self.flow.sink(node, sink.clone());
            }
        }
    }

    fn flow_call_interface(&mut self, body: &Body<'a>, args: Args<'_>, obj: ObjId) {
        let Some(signature) = self.store.as_signature(self.store.obj_type(obj)) else {
            return;
        };
        let name = self.store.obj(obj).name;
        match self.origin_of(self.store.obj(obj).pkg) {
            Origin::Source => {
                self.pass(body, args, signature, &|finder, index| {
                    Some(finder.flow.node(NodeKey::MethodParam(name, index)))
                });
                if let Some(sink) = sinks::of_interface_method(self.store.names.text(name)) {
                    let own = self.flow.node(NodeKey::Expr(body.path, args.call));
                    self.sink_open(body, args, signature, own, &sink);
                }
            }
            Origin::Std => self.flow_call_std(body, args, obj, signature),
            Origin::Foreign => self.flow_call_foreign(body, args, obj, signature),
        }
    }

    /// A function or method that is named but not called is a value.
    pub(super) fn flow_func_value(&mut self, body: &Body<'a>, expr: ExprId, ident: ExprId) {
        let Some(obj) = body.info.use_of(ident) else {
            return;
        };
        if !self.store.obj(obj).is_func() {
            return;
        }
        let Some(typ) = body.type_of(expr) else {
            return;
        };
        let obj = self.store.origin_obj(obj);
        let Some(signature) = self.store.as_signature(self.store.obj_type(obj)) else {
            return;
        };
        self.flow_instance(body, expr, obj, signature);
        let object = *self.store.obj(obj);
        let origin = self.origin_of(object.pkg);
        let of_interface = signature.recv.is_none() && self.store.is_method(obj);
        let sink = match origin {
            Origin::Source => None,
            Origin::Std => {
                let package = (object.pkg).map_or("", |pkg| self.package_path(pkg));
                sinks::of_func(package, self.store.names.text(object.name))
            }
            Origin::Foreign => Some(self.unknown_code(obj)),
        };
        let sig = self.sig_no(typ);
        let params = self.store.objs(signature.params).to_vec();
        for (index, param) in params.into_iter().enumerate() {
            let of_param = self.store.obj_type(param);
            if !self.hides(of_param) {
                continue;
            }
            let index = index as u32;
            let from = self.flow.node(NodeKey::SigParam(sig, index));
            if let Some(sink) = &sink
                && self.is_open(of_param)
            {
                self.flow.sink(from, sink.clone());
            }
            let to = if of_interface {
                Some(self.flow.node(NodeKey::MethodParam(object.name, index)))
            } else {
                self.object_node(param)
            };
            if let Some(to) = to {
                self.flow.edge(from, to);
            }
        }
        for index in 0..signature.results.len() as u32 {
            let from = if of_interface {
                Some(self.flow.node(NodeKey::MethodResult(object.name, index)))
            } else {
                self.result_node(obj, index)
            };
            let to = self.flow.node(NodeKey::SigResult(sig, index));
            if let Some(from) = from {
                self.flow.edge(from, to);
            }
        }
    }

    /// A type becomes an interface with methods. Where one of the two is of code that is not looked at, so may be what
    /// the methods do with what they get, or what is done with what they return.
    pub(super) fn flow_to_interface(&mut self, from: TypeId, to: TypeId) {
        let Some(interface) = self.store.under_interface(to) else {
            return;
        };
        if self.store.as_type_param(to).is_some() {
            return;
        }
        let methods = self.store.type_set(interface).methods;
        let methods = self.store.objs(methods).to_vec();
        for method in methods {
            let by_caller = self.origin_of(self.store.obj(method).pkg) == Origin::Foreign;
            let by_callee = self.is_foreign(from);
            let Some(signature) = self.store.as_signature(self.store.obj_type(method)) else {
                continue;
            };
            let name = self.store.obj(method).name;
            let sink = self.unknown_code(method);
            for index in 0..signature.params.len() as u32 {
                let typ = self.param_type(signature, index);
                if by_callee && typ.is_some_and(|typ| self.is_open(typ)) {
                    let node = self.flow.node(NodeKey::MethodParam(name, index));
                    self.flow.sink(node, sink.clone());
                }
            }
            let results = self.store.objs(signature.results).to_vec();
            for (index, result) in results.into_iter().enumerate() {
                if by_caller && self.is_open(self.store.obj_type(result)) {
                    let node = self.flow.node(NodeKey::MethodResult(name, index as u32));
                    self.flow.sink(node, sink.clone());
                }
            }
        }
    }

    fn is_foreign(&self, typ: TypeId) -> bool {
        let (base, _) = self.store.deref(typ);
        self.store.as_named(base).is_some_and(|id| {
            let obj = self.store.named(id).obj;
            self.origin_of(self.store.obj(obj).pkg) == Origin::Foreign
        })
    }

    /// The sink of a function, method or field of a package that is not looked at.
    pub(super) fn unknown_code(&self, obj: ObjId) -> Sink {
        let object = self.store.obj(obj);
        let package = object.pkg.map(|pkg| self.store.packages[pkg].name);
        let name = self.store.names.text(object.name);
        Sink {
            reason: Reason::Unknown(match package {
                Some(package) => format!("{}.{name}", self.store.names.text(package)),
                None => name.to_owned(),
            }),
            reach: Reach::DEEP,
        }
    }

    /// The arguments flow to the parameters' nodes, where there are any.
    fn pass(
        &mut self,
        body: &Body<'a>,
        args: Args<'_>,
        signature: Signature,
        node: &dyn Fn(&mut Self, u32) -> Option<NodeNo>,
    ) {
        let n_params = signature.params.len();
        if let [one] = args.list
            && n_params > 1
            && let Some(TypeKind::Tuple(_)) = body.type_of(*one).map(|typ| self.store.kind(typ))
        {
            for index in 0..n_params as u32 {
                let Some(typ) = self.param_type(signature, index) else {
                    continue;
                };
                let to: Vec<NodeNo> = node(self, index).into_iter().collect();
                self.assign_part(body, &to, typ, *one, index);
            }
            return;
        }
        for (position, arg) in args.list.iter().enumerate() {
            let index = position.min(n_params.saturating_sub(1)) as u32;
            let Some(mut typ) = self.param_type(signature, index) else {
                continue;
            };
            if signature.variadic
                && !args.spread
                && index as usize == n_params - 1
                && let TypeKind::Slice(elem) = self.store.under_kind(typ)
            {
                typ = elem;
            }
            if self.hides(typ) {
                let to: Vec<NodeNo> = node(self, index).into_iter().collect();
                self.assign(body, &to, typ, *arg);
            }
        }
    }

    /// The type arguments that a call gives or infers.
    fn types_given(&self, body: &Body<'a>, fun: ExprId) -> Vec<TypeId> {
        let ident = named_ident(body, fun);
        let instance = ident.and_then(|ident| body.info.instance(ident));
        instance.map_or_else(Vec::new, |instance| {
            self.store.types(instance.targs).to_vec()
        })
    }

    /// The signature of a function value; `None` for other types.
    pub(super) fn signature_of(&mut self, typ: TypeId) -> Option<Signature> {
        let under = self.store.under(typ);
        self.store.as_signature(under)
    }

    /// The number of a function type's signature, the same for all types with its parameters and results.
    pub(super) fn sig_no(&mut self, typ: TypeId) -> SigNo {
        let under = self.store.under(typ);
        let text = self.store.type_text(under, TypeFormat { unalias: true });
        self.flow.signature(text)
    }
}

/// Whether values of interfaces with methods hold others in a package: a context those that it was made with.
fn keeps_interfaces(package: &str) -> bool {
    matches!(package, "context" | "reflect")
}

/// The operand of a method call; `None` for functions, qualified ones too.
fn receiver(body: &Body<'_>, fun: ExprId) -> Option<ExprId> {
    let fun = body.ast.unparen(fun);
    match body.ast.expr(fun).kind {
        ExprKind::Selector { x, .. } => body.info.selection(fun).map(|_| x),
        ExprKind::Index { x, .. } => receiver(body, x),
        _ => None,
    }
}

/// The identifier that names a function: of `pkg.F[int]` it is `F`.
fn named_ident(body: &Body<'_>, fun: ExprId) -> Option<ExprId> {
    let fun = body.ast.unparen(fun);
    match body.ast.expr(fun).kind {
        ExprKind::Ident(_) => Some(fun),
        ExprKind::Selector { sel, .. } => Some(sel),
        ExprKind::Index { x, .. } => named_ident(body, x),
        _ => None,
    }
}

/// The names of what is called are no values.
fn mark_callee(body: &mut Body<'_>, fun: ExprId) {
    let mut fun = body.ast.unparen(fun);
    loop {
        body.done.insert(fun);
        fun = match body.ast.expr(fun).kind {
            ExprKind::Index { x, .. } => body.ast.unparen(x),
            ExprKind::Selector { sel, .. } => {
                body.done.insert(sel);
                return;
            }
            _ => return,
        };
    }
}
