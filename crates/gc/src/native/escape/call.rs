//! Calls.
//!
//! Source: cmd/compile/internal/escape/call.go, go1.27.3.

use go_ir::{BinaryOp, BuiltinOp, Callee, ConvOp, FuncId, Kind, LitOp, NodeId, UnaryOp, VarId};
use go_syntax::Pragmas;
use go_types::{Basic, ObjId, TypeId, TypeKind};

use super::batch::{Batch, Side};
use super::graph::{Graph, Hole, Location};
use super::leaks::{Leaks, N_RESULTS};
use super::oracle::is_receiver;
use super::tags::FuncTags;
use crate::native::verdict::symbol;

/// Which parameter of a function.
#[derive(Clone, Copy)]
enum Param {
    Receiver,
    Number(usize),
}

impl Batch<'_> {
    /// A call, also of a builtin; `holes` are where its results go, `None` if nobody asks for them.
    pub(super) fn call(&mut self, holes: Option<&[Hole]>, id: NodeId) {
        let first = holes.map_or(Hole::to(Graph::BLANK), |holes| holes[0]);
        match self.package.kind(id) {
            Kind::Call { fun, .. } => self.function_call(holes, id, fun),
            Kind::Builtin { op, args, spread } => {
                let package = self.package;
                let args = package.list(args);
                match op {
                    BuiltinOp::Append => self.append(first, id, args, spread),
                    BuiltinOp::Min | BuiltinOp::Max => {
                        for arg in args {
                            self.argument(first, *arg, id);
                        }
                    }
                    _ => args.iter().for_each(|arg| self.discard(*arg)),
                }
            }
            Kind::Binary { op, x, y } => match op {
                BinaryOp::Copy => {
                    self.argument(Hole::to(Graph::MUTATOR), x, id);
                    let hole = self.contents(y, id, "copied slice");
                    self.argument(hole, y, id);
                }
                BinaryOp::UnsafeAdd | BinaryOp::UnsafeSlice | BinaryOp::UnsafeString => {
                    self.argument(first, x, id);
                    self.discard(y);
                }
                _ => {
                    self.discard(x);
                    self.discard(y);
                }
            },
            Kind::Unary { op, x } => match op {
                UnaryOp::Panic => self.argument(Hole::to(Graph::HEAP), x, id),
                UnaryOp::Clear => self.argument(Hole::to(Graph::MUTATOR), x, id),
                UnaryOp::StringData | UnaryOp::SliceData => self.argument(first, x, id),
                _ => self.discard(x),
            },
            Kind::InlinedCall { body, results } => {
                self.stmts(body);
                let package = self.package;
                for (index, result) in package.list(results).iter().enumerate() {
                    let hole = holes.map_or(Hole::to(Graph::BLANK), |holes| holes[index]);
                    self.expr(hole, *result);
                }
            }
            _ => self.gap("a call that escape analysis does not model"),
        }
    }

    fn argument(&mut self, hole: Hole, arg: NodeId, call: NodeId) {
        let hole = self.step(hole, call, "call parameter");
        self.expr(hole, arg);
    }

    /// Where the elements of a slice that is copied go.
    fn contents(&mut self, slice: NodeId, call: NodeId, why: &'static str) -> Hole {
        let TypeKind::Slice(elem) = self.store.under_kind(self.package.typ(slice)) else {
            return Hole::to(Graph::BLANK);
        };
        if self.has_pointers(elem) {
            self.step(Hole::to(Graph::HEAP).shift(1), call, why)
        } else {
            Hole::to(Graph::BLANK)
        }
    }

    /// The slice may be the result, or its elements may go to a new one on the heap.
    fn append(&mut self, result: Hole, id: NodeId, args: &[NodeId], spread: bool) {
        let mut hole = self.tee(&[result, Hole::to(Graph::MUTATOR)]);
        let elem = match self.store.under_kind(self.package.typ(args[0])) {
            TypeKind::Slice(elem) => elem,
            _ => TypeId::INVALID,
        };
        if self.has_pointers(elem) {
            let heap = self.step(Hole::to(Graph::HEAP).shift(1), id, "appendee slice");
            hole = self.tee(&[hole, heap]);
        }
        self.argument(hole, args[0], id);
        if spread {
            let hole = self.contents(args[1], id, "appended slice...");
            self.argument(hole, args[1], id);
        } else {
            for arg in &args[1..] {
                self.argument(Hole::to(Graph::HEAP), *arg, id);
            }
        }
        let backing = self.spill(result, id);
        self.graph.locations[backing.to].loop_depth = 0;
    }

    fn function_call(&mut self, holes: Option<&[Hole]>, id: NodeId, fun: NodeId) {
        let Kind::Call { args, .. } = self.package.kind(id) else {
            return;
        };
        let package = self.package;
        let mut args = package.list(args);
        let mut receiver = None;
        let callees = if let Kind::DotInter { x, .. } = package.kind(fun) {
            receiver = Some(x);
            Vec::new()
        } else {
            let known = self
                .context
                .oracle
                .callees(self.store, package, self.func, fun);
            known
                .filter(|known| known.len() == 1 || !self.keeps_alive(known))
                .unwrap_or_default()
        };
        let uncertain = self.is_call_uncertain(id, &callees);
        self.inexact |= uncertain;
        self.uncertain_call = uncertain;
        let least = uncertain && self.side == Side::Least;
        if !least {
            self.results_of_members(holes, &callees);
        }
        if receiver.is_none() {
            let followed = |holes: &[Hole]| holes.iter().any(|hole| hole.to != Graph::BLANK);
            let hole = if callees.is_empty() && !least && holes.is_some_and(followed) {
                self.step(Hole::to(Graph::CALLEE), id, "callee operand")
            } else {
                Hole::to(Graph::BLANK)
            };
            self.expr(hole, fun);
            if let [Callee::Declared(obj)] = callees[..]
                && self.has_receiver(obj)
                && let Some((first, rest)) = args.split_first()
            {
                receiver = Some(*first);
                args = rest;
            }
        }
        if let Some(hole) = self.non_string_hole(&callees) {
            for arg in args {
                self.argument(hole, *arg, id);
            }
            return;
        }
        let pragmas = self.pragmas(&callees);
        if let Some(receiver) = receiver {
            self.rewrite_argument(receiver, pragmas);
            self.uncertain_call = uncertain;
            let hole = self.parameter_hole(holes, &callees, None, args.len());
            self.argument(hole, receiver, id);
        }
        for (index, arg) in args.iter().enumerate() {
            self.rewrite_argument(*arg, pragmas);
            self.uncertain_call = uncertain;
            let hole = self.parameter_hole(holes, &callees, Some(index), args.len());
            self.argument(hole, *arg, id);
        }
    }

    /// Where arguments of `abi.EscapeNonString` go: to the heap if they hold other pointers than strings.
    fn non_string_hole(&mut self, callees: &[Callee]) -> Option<Hole> {
        let [Callee::Declared(obj)] = callees[..] else {
            return None;
        };
        let (path, name) = symbol(self.store, obj);
        if path != "internal/abi" || name != "EscapeNonString" {
            return None;
        }
        let signature = self.store.as_signature(self.store.obj_type(obj))?;
        let param = *self.store.objs(signature.params).get(1)?;
        let typ = self.store.obj_type(param);
        let heap = self.has_non_string_pointers(typ);
        Some(Hole::to(if heap { Graph::HEAP } else { Graph::BLANK }))
    }

    fn has_non_string_pointers(&mut self, typ: TypeId) -> bool {
        if !self.has_pointers(typ) {
            return false;
        }
        match self.store.under_kind(typ) {
            TypeKind::Basic(basic) => basic.canonical() != Basic::String,
            TypeKind::Struct(strukt) => {
                let fields = self.store.objs(strukt.fields).to_vec();
                fields.into_iter().any(|field| {
                    let typ = self.store.obj_type(field);
                    self.has_non_string_pointers(typ)
                })
            }
            TypeKind::Array { elem, .. } => self.has_non_string_pointers(elem),
            _ => true,
        }
    }

    /// Whether the call may be inlined, or may be one of a known function if others are.
    fn is_call_uncertain(&self, call: NodeId, callees: &[Callee]) -> bool {
        self.package.uncertain(call).is_some()
            || (callees.is_empty() && self.context.doubts.reason(self.func).is_some())
    }

    /// Results of functions of this batch flow to where the call's results go.
    fn results_of_members(&mut self, holes: Option<&[Hole]>, callees: &[Callee]) {
        let Some(holes) = holes else {
            return;
        };
        for callee in callees {
            if let Some(func) = self.member(*callee) {
                let package = self.package;
                for (result, hole) in package.funcs[func].results.iter().zip(holes) {
                    self.var(*hole, *result);
                }
            }
        }
    }

    /// The receiver of a method value goes where a call of the method would take it, with results that nobody
    /// follows.
    pub(super) fn method_value(&mut self, hole: Hole, id: NodeId, x: NodeId, method: ObjId) {
        let closure = self.spill(hole, id);
        let typ = self.package.typ(x);
        let receiver = if is_receiver(self.store, typ, method) {
            let heap = [Hole::to(Graph::HEAP); N_RESULTS];
            self.tag_hole(Some(&heap), Callee::Declared(method), Param::Receiver)
        } else {
            Hole::to(Graph::HEAP)
        };
        let hole = self.tee(&[receiver, closure]);
        self.expr(hole, x);
    }

    /// The hole of an argument: of the receiver, or of the numbered parameter.
    fn parameter_hole(
        &mut self,
        holes: Option<&[Hole]>,
        callees: &[Callee],
        index: Option<usize>,
        n_params: usize,
    ) -> Hole {
        if self.uncertain_call && self.side == Side::Least {
            return Hole::to(Graph::BLANK);
        }
        if callees.is_empty() {
            return Hole::to(Graph::HEAP);
        }
        let mut all = Vec::with_capacity(callees.len());
        for callee in callees {
            let param = match index {
                None => Param::Receiver,
                // A method expression held by a variable takes its receiver as first argument.
                Some(index) => match index.checked_sub(n_params - self.n_params(*callee)) {
                    Some(index) => Param::Number(index),
                    None => Param::Receiver,
                },
            };
            all.push(self.tag_hole(holes, *callee, param));
        }
        self.tee(&all)
    }

    /// The hole of an argument of a known function: its parameter, or what its tag says.
    fn tag_hole(&mut self, holes: Option<&[Hole]>, callee: Callee, param: Param) -> Hole {
        if let Some(func) = self.member(callee) {
            let func = &self.package.funcs[func];
            let var = match param {
                Param::Receiver => func.recv,
                Param::Number(index) => func.params.get(index).copied(),
            };
            return match var {
                Some(var) if self.package.vars[var].name != "_" => {
                    Hole::to(self.location_of(var).unwrap_or(Graph::BLANK))
                }
                _ => Hole::to(Graph::BLANK),
            };
        }
        let leaks = self.leaks(callee, param);
        let mut all = Vec::new();
        let slots = [
            (leaks.heap(), Graph::HEAP),
            (leaks.mutator(), Graph::MUTATOR),
            (leaks.callee(), Graph::CALLEE),
        ];
        for (derefs, to) in slots {
            all.extend(derefs.map(|derefs| Hole::to(to).shift(derefs)));
        }
        for (index, hole) in holes.unwrap_or_default().iter().take(N_RESULTS).enumerate() {
            all.extend(leaks.result(index).map(|derefs| hole.shift(derefs)));
        }
        self.tee(&all)
    }

    /// What is known of a parameter of a function that was analyzed before.
    fn leaks(&mut self, callee: Callee, param: Param) -> Leaks {
        let shift = match callee {
            Callee::Declared(obj) if self.has_receiver(obj) => 1,
            _ => 0,
        };
        let index = match param {
            Param::Receiver => 0,
            Param::Number(index) => index + shift,
        };
        let bounds = self
            .tags_of(callee)
            .and_then(|tags| tags.params.get(index).copied());
        let Some([least, most]) = bounds else {
            self.inexact = true;
            return match self.side {
                Side::Least => Leaks::NONE,
                Side::Most => Leaks::worst(),
            };
        };
        self.inexact |= least != most;
        match self.side {
            Side::Least => least,
            Side::Most => most,
        }
    }

    fn tags_of(&self, callee: Callee) -> Option<&FuncTags> {
        match callee {
            Callee::Closure(func) => self.context.local_tags.get(&func),
            Callee::Declared(obj) => match self.context.by_object.get(&obj) {
                Some(func) => self.context.local_tags.get(func),
                None => self.context.imported.get(obj),
            },
        }
    }

    /// The function, if it belongs to this batch.
    fn member(&self, callee: Callee) -> Option<FuncId> {
        let func = match callee {
            Callee::Closure(func) => func,
            Callee::Declared(obj) => *self.context.by_object.get(&obj)?,
        };
        self.members.contains(&func).then_some(func)
    }

    fn has_receiver(&self, obj: ObjId) -> bool {
        let signature = self.store.as_signature(self.store.obj_type(obj));
        signature.is_some_and(|signature| signature.recv.is_some())
    }

    fn n_params(&self, callee: Callee) -> usize {
        let typ = match callee {
            Callee::Closure(func) => self.package.funcs[func].typ,
            Callee::Declared(obj) => self.store.obj_type(obj),
        };
        let signature = self.store.as_signature(typ);
        signature.map_or(0, |signature| signature.params.len())
    }

    /// Pragmas of the callees that say what `uintptr` arguments mean.
    fn pragmas(&self, callees: &[Callee]) -> Pragmas {
        callees.iter().fold(Pragmas::NONE, |all, callee| {
            let of_member = self.member(*callee).map(|func| {
                let func = &self.package.funcs[func];
                func.pragmas
            });
            let pragmas = of_member.or_else(|| Some(self.tags_of(*callee)?.pragmas));
            all.with(pragmas.unwrap_or(Pragmas::NONE))
        })
    }

    fn keeps_alive(&self, callees: &[Callee]) -> bool {
        is_uintptr_pragma(self.pragmas(callees))
    }

    /// Arguments `uintptr(p)` of functions that ask for it are kept alive through a temporary.
    fn rewrite_argument(&mut self, arg: NodeId, pragmas: Pragmas) {
        if !is_uintptr_pragma(pragmas) {
            return;
        }
        let package = self.package;
        if let Kind::CompLit {
            op: LitOp::Slice | LitOp::Dots,
            elems,
        } = package.kind(arg)
        {
            for elem in package.list(elems) {
                let elem = match package.kind(*elem) {
                    Kind::Key { value, .. } => value,
                    _ => *elem,
                };
                self.keep_alive(elem, pragmas);
            }
        } else {
            self.keep_alive(arg, pragmas);
        }
    }

    fn keep_alive(&mut self, arg: NodeId, pragmas: Pragmas) {
        let Kind::Conv {
            op: ConvOp::Nop, x, ..
        } = self.package.kind(arg)
        else {
            return;
        };
        let (to, from) = (self.package.typ(arg), self.package.typ(x));
        if self.basic(to) != Some(Basic::Uintptr) || self.basic(from) != Some(Basic::UnsafePointer)
        {
            return;
        }
        let temporary = self.new_location(None, true);
        let hole = self.step(Hole::to(temporary), arg, "assign");
        self.expr(hole, x);
        self.kept_alive.insert(arg);
        self.graph.locations[temporary].reassigned = true;
        let hole = if pragmas.contains(Pragmas::UINTPTRESCAPES) {
            self.step(Hole::to(Graph::HEAP), arg, "//go:uintptrescapes")
        } else {
            Hole::to(Graph::MUTATOR)
        };
        self.graph.flow(hole, temporary);
    }

    /// One hole for several: what flows into it flows into them all.
    pub(super) fn tee(&mut self, holes: &[Hole]) -> Hole {
        match holes {
            [] => Hole::to(Graph::BLANK),
            [one] => *one,
            _ => {
                let temporary = self.new_location(None, false);
                for hole in holes {
                    self.graph.flow(*hole, temporary);
                }
                Hole::to(temporary)
            }
        }
    }

    /// A location for what the expression allocates; its address flows into the hole. Gives the hole of what
    /// is stored there.
    pub(super) fn spill(&mut self, hole: Hole, id: NodeId) -> Hole {
        let location = self.new_location(Some(super::graph::Subject::Node(id)), false);
        let hole = self.step(hole.shift(-1), id, "spill");
        self.graph.flow(hole, location);
        Hole::to(location)
    }

    pub(super) fn new_location(
        &mut self,
        subject: Option<super::graph::Subject>,
        persists: bool,
    ) -> super::graph::LocationId {
        self.graph.locations.push(Location {
            subject,
            func: Some(self.func),
            loop_depth: self.loop_depth,
            attrs: if persists {
                super::graph::Attrs::PERSISTS
            } else {
                super::graph::Attrs::NONE
            },
            ..Location::default()
        })
    }

    /// The location of a variable, of a captured one that of the variable it stands for.
    pub(super) fn location_of(&self, var: VarId) -> Option<super::graph::LocationId> {
        let var = self.package.canonical(var);
        self.graph.by_var.get(&var).copied()
    }
}

fn is_uintptr_pragma(pragmas: Pragmas) -> bool {
    pragmas.contains(Pragmas::UINTPTRKEEPALIVE) || pragmas.contains(Pragmas::UINTPTRESCAPES)
}
