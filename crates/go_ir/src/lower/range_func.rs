//! Range over functions: the loop's body becomes a closure, which the iterator calls.
//!
//! ```go
//! {
//!     var #next int              // of the outermost loop, where something leaves a body
//!     #defers := runtime.deferrangefunc()
//!     #state1 := 1
//!     #yield1 := func(x T) (#r bool) {
//!         #tmpState := #state1
//!         #state1 = 2
//!         if #tmpState != 1 { runtime.panicrangestate(#tmpState) }
//!         …
//!         #state1 = 1
//!         return true
//!     }
//!     iterator(#yield1)
//!     if #state1 == 2 { runtime.panicrangestate(4) }
//!     #state1 = 3
//!     if #next == … { … }
//! }
//! ```
//!
//! What is written where the loop begins stands at its `for`, the rest at the end of its body; `#next`, `#defers`,
//! `#yieldN` and `#tmpState` are declared nowhere.

use go_syntax::{ExprId, List, StmtId, StmtKind};
use go_types::constant::Value;
use go_types::{
    DeclState, Def, ObjId, ObjKind, Object, PkgId, Pos, Signature, TypeId, TypeKind, VarKind,
};

use super::range_plan::{Check, Edit, Loop, Outer, Plan, State, Then, plan};
use super::{ClosureKind, Lowered, Lowerer};
use crate::func::FuncId;
use crate::node::{BinaryOp, Kind, NodeId, RuntimeFunc};

/// A function whose loops are rewritten.
pub(super) struct Rewrite {
    plan: Plan,
    /// The function's results.
    results: Vec<ObjId>,
    /// Variables `#stateN` of the loops that are lowered.
    states: Vec<ObjId>,
    next: Option<ObjId>,
    defers: Option<ObjId>,
}

impl Lowerer<'_> {
    /// Starts a function that has a body: as [`Lowerer::enter`].
    pub(super) fn enter_body(&mut self, func: FuncId, typ: TypeId, body: Option<StmtId>) {
        let rewrite = body.and_then(|body| self.planned(typ, body));
        self.rewrites.push(rewrite);
        self.enter(func, typ);
    }

    /// Ends what [`Lowerer::enter_body`] started.
    pub(super) fn leave_body(&mut self) {
        self.frames.pop();
        self.rewrites.pop();
    }

    pub(super) fn planned(&mut self, typ: TypeId, body: StmtId) -> Option<Rewrite> {
        let ast = self.ast;
        let plan = plan(ast, body, |stmt| match ast.stmt(stmt).kind {
            StmtKind::Range { x, .. } => {
                let typ = self.declared_type(x);
                typ.is_ok_and(|typ| matches!(self.core(typ), TypeKind::Signature(_)))
            }
            _ => false,
        })?;
        let signature = self.store.as_signature(typ).unwrap_or_default();
        Some(Rewrite {
            plan,
            results: self.store.objs(signature.results).to_vec(),
            states: Vec::new(),
            next: None,
            defers: None,
        })
    }

    fn rewrite(&self) -> Option<&Rewrite> {
        self.rewrites.last()?.as_ref()
    }

    fn rewrite_mut(&mut self) -> Option<&mut Rewrite> {
        self.rewrites.last_mut()?.as_mut()
    }

    /// Whether results without names get some.
    pub(super) fn names_results(&self) -> bool {
        self.rewrite().is_some_and(|it| it.plan.names_results)
    }

    /// What replaces the statement.
    pub(super) fn edit_of(&self, stmt: StmtId) -> Option<Edit> {
        self.rewrite()?.plan.edits.get(&stmt).copied()
    }

    pub(super) fn is_range_over_func(&self, stmt: StmtId) -> bool {
        self.rewrite()
            .is_some_and(|it| it.plan.loops.contains_key(&stmt))
    }

    /// A loop over a function.
    pub(super) fn range_over_func(&mut self, stmt: StmtId, out: &mut Vec<NodeId>) -> Lowered<()> {
        let rewrite = self.rewrite_mut().ok_or("a loop without plan")?;
        let planned = rewrite.plan.loops.get(&stmt).cloned();
        let planned = planned.ok_or("a loop without plan")?;
        let depth = rewrite.states.len();
        let lowered = self.loop_over_func(stmt, &planned, out);
        if let Some(rewrite) = self.rewrite_mut() {
            rewrite.states.truncate(depth);
        }
        lowered
    }

    fn loop_over_func(
        &mut self,
        stmt: StmtId,
        planned: &Loop,
        out: &mut Vec<NodeId>,
    ) -> Lowered<()> {
        let StmtKind::Range { x, body, .. } = self.ast().stmt(stmt).kind else {
            return Err("no range");
        };
        let start = self.ast().stmt(stmt).pos;
        let end = self.ast().stmt(body).range.end.saturating_sub(1);
        for outer in &planned.outer {
            out.push(self.outer_variable(*outer, start));
        }
        let name = format!("#state{}", planned.state);
        let state = self.made(&name, TypeId::INT, self.pos(start));
        let ready = self.number(State::Ready as i64, start);
        out.push(self.declared_as(state, ready, self.pos(start)));
        if let Some(rewrite) = self.rewrite_mut() {
            rewrite.states.push(state);
        }
        let (closure, typ) = self.loop_body(stmt, start, end)?;
        let name = format!("#yield{}", planned.closure);
        let body = self.made(&name, typ, Pos::none());
        out.push(self.declared_as(body, closure, self.pos(start)));
        out.push(self.iterator_call(x, body, start)?);
        let panics = self.runtime_panic(|it| it.number(State::MissingPanic as i64, start), start);
        out.push(self.test(state, BinaryOp::Eq, State::Panic as i64, &[panics], end)?);
        out.push(self.set(state, State::Exhausted as i64, end)?);
        for check in &planned.checks {
            out.push(self.check(check, end)?);
        }
        Ok(())
    }

    fn outer_variable(&mut self, outer: Outer, start: u32) -> NodeId {
        match outer {
            Outer::Next => {
                let next = self.made("#next", TypeId::INT, Pos::none());
                let var = self.local_var(next);
                if let Some(rewrite) = self.rewrite_mut() {
                    rewrite.next = Some(next);
                }
                let x = self.var_node(var, start);
                self.declare_zero(x, var, start)
            }
            Outer::Defers => {
                let any = self.store.universe.any;
                let defers = self.made("#defers", any, Pos::none());
                if let Some(rewrite) = self.rewrite_mut() {
                    rewrite.defers = Some(defers);
                }
                let fun = Kind::Runtime(RuntimeFunc::DeferRangeFunc);
                let fun = self.node(fun, TypeId::INVALID, start);
                let kind = Kind::Call {
                    fun,
                    args: crate::Nodes::EMPTY,
                    spread: false,
                };
                let call = self.node(kind, any, start);
                self.declared_as(defers, call, self.pos(start))
            }
        }
    }

    /// The closure, and its type in terms of type parameters.
    fn loop_body(&mut self, stmt: StmtId, start: u32, end: u32) -> Lowered<(NodeId, TypeId)> {
        let StmtKind::Range {
            key,
            value,
            define,
            x,
            body,
            ..
        } = self.ast().stmt(stmt).kind
        else {
            return Err("no range");
        };
        let targets: Vec<ExprId> = [key, value].into_iter().flatten().collect();
        let mut params = Vec::new();
        let (types, variadic) = self.yielded(x)?;
        for (index, typ) in types.into_iter().enumerate() {
            let target = targets.get(index).filter(|_| define);
            let declared = match target.map(|target| self.info().def(*target)) {
                Some(Some(Def::Object(obj))) => obj,
                Some(_) => return Err("a variable that was not declared"),
                None => self.made(&format!("#p{}", index + 1), typ, self.pos(start)),
            };
            params.push(declared);
        }
        let result = self.made("#r", TypeId::BOOL, self.pos(start));
        let signature = Signature {
            params: self.store.obj_list(&params),
            results: self.store.obj_list(&[result]),
            variadic,
            ..Signature::default()
        };
        let declared = self.store.signature(signature);
        let typ = self.subst(declared);
        let func = self.closure(typ, start, ClosureKind::Range);
        self.enter(func, declared);
        let mut stmts = Vec::new();
        if !define {
            for (target, param) in targets.iter().zip(&params) {
                self.part(*target, &mut stmts, |it| it.assign_yielded(*target, *param));
            }
        }
        self.part(stmt, &mut stmts, |it| it.enter_state(start));
        let dead = self.stmts_into(self.ast().block(body), &mut stmts);
        if !dead {
            self.part(stmt, &mut stmts, |it| it.leave(State::Ready, true, end));
        }
        self.out.funcs[func].body = self.nodes(&stmts);
        self.capture_dictionary(func, start);
        self.frames.pop();
        Ok((self.node(Kind::Closure(func), typ, start), declared))
    }

    /// Appends statements, or marks the function.
    fn part(
        &mut self,
        root: impl Into<go_syntax::Node>,
        out: &mut Vec<NodeId>,
        lower: impl FnOnce(&mut Self) -> Lowered<Vec<NodeId>>,
    ) {
        match lower(self) {
            Ok(stmts) => out.extend(stmts),
            Err(reason) => {
                let node = self.unsupported(reason, 0, root);
                out.push(node);
            }
        }
    }

    /// Types of what the iterator passes on, in terms of type parameters; whether the last is variadic.
    fn yielded(&mut self, iterator: ExprId) -> Lowered<(Vec<TypeId>, bool)> {
        let iterator = self.declared_type(iterator)?;
        match self.parameter_types(iterator)?.0[..] {
            [yields] => self.parameter_types(yields),
            _ => Err("an iterator with other than one parameter"),
        }
    }

    fn parameter_types(&mut self, typ: TypeId) -> Lowered<(Vec<TypeId>, bool)> {
        let TypeKind::Signature(id) = self.core(typ) else {
            return Err("an iterator that is not a function");
        };
        let signature = self.store.sig(id);
        let params = self.store.objs(signature.params).iter();
        let types = params.map(|it| self.store.obj_type(*it)).collect();
        Ok((types, signature.variadic))
    }

    fn assign_yielded(&mut self, target: ExprId, param: ObjId) -> Lowered<Vec<NodeId>> {
        let offset = self.ast().expr(self.ast().unparen(target)).pos;
        let typ = self.target_type(target)?;
        let x = self.targets(&[target])?.nodes[0];
        let var = self.local(param, offset)?;
        let y = self.var_node(var, offset);
        let y = self.implicit_node(typ, y, offset);
        let kind = Kind::Assign {
            x,
            y: Some(y),
            define: false,
        };
        Ok(vec![self.stmt_node(kind, offset)])
    }

    /// Whether the body may run.
    fn enter_state(&mut self, start: u32) -> Lowered<Vec<NodeId>> {
        let state = self.state(0)?;
        let was = self.made("#tmpState", TypeId::INT, Pos::none());
        let var = self.local(state, start)?;
        let value = self.var_node(var, start);
        let kept = self.declared_as(was, value, Pos::none());
        let runs = self.set(state, State::Panic as i64, start)?;
        let var = self.local(was, start)?;
        let panics = self.runtime_panic(|it| it.var_node(var, start), start);
        let test = self.test(was, BinaryOp::Ne, State::Ready as i64, &[panics], start)?;
        Ok(vec![kept, runs, test])
    }

    /// Returns from the body.
    fn leave(&mut self, state: State, value: bool, offset: u32) -> Lowered<Vec<NodeId>> {
        let variable = self.state(0)?;
        let set = self.set(variable, state as i64, offset)?;
        Ok(vec![set, self.returns(value, offset)])
    }

    fn returns(&mut self, value: bool, offset: u32) -> NodeId {
        let literal = self.out.add_literal(Value::Bool(value));
        let value = self.node(Kind::Literal(literal), TypeId::BOOL, offset);
        let values = self.nodes(&[value]);
        self.stmt_node(Kind::Return(values), offset)
    }

    /// The variable that holds the state of the innermost loop, or of one further out.
    fn state(&self, outwards: usize) -> Lowered<ObjId> {
        let states = self.rewrite().map(|it| &it.states);
        let state = states.and_then(|all| all.iter().rev().nth(outwards));
        state.copied().ok_or("a loop without plan")
    }

    fn next(&self) -> Lowered<ObjId> {
        self.rewrite()
            .and_then(|it| it.next)
            .ok_or("a loop without plan")
    }

    /// What `defer` in a loop takes.
    pub(super) fn defers(&mut self, offset: u32) -> Lowered<NodeId> {
        let defers = self.rewrite().and_then(|it| it.defers);
        let var = self.local(defers.ok_or("a loop without plan")?, offset)?;
        Ok(self.var_node(var, offset))
    }

    /// `break`, `continue` or `goto` that ends the closure.
    pub(super) fn leave_loop(
        &mut self,
        (next, state, value): (Option<i64>, State, bool),
        offset: u32,
        out: &mut Vec<NodeId>,
    ) -> Lowered<()> {
        if let Some(number) = next {
            let next = self.next()?;
            out.push(self.set(next, number, offset)?);
        }
        out.extend(self.leave(state, value, offset)?);
        Ok(())
    }

    /// `return` in a loop: values go to the results of the function around.
    pub(super) fn return_from_loop(
        &mut self,
        values: List<ExprId>,
        offset: u32,
        out: &mut Vec<NodeId>,
    ) -> Lowered<()> {
        if !values.is_empty() {
            let results = self.rewrite().map(|it| it.results.clone());
            let results = results.unwrap_or_default();
            let mut types = Vec::with_capacity(results.len());
            let mut targets = Vec::with_capacity(results.len());
            for result in results {
                types.push(self.obj_type(result));
                let var = self.local(result, offset)?;
                targets.push(self.var_node(var, offset));
            }
            let dst = |_: &mut Lowerer<'_>, index: usize| types.get(index).copied();
            let values = self.values(self.ast().list(values), &dst, offset)?;
            out.push(self.assign_each(&targets, &values, false, offset));
        }
        self.leave_loop((Some(-1), State::Done, false), offset, out)
    }

    fn check(&mut self, check: &Check, end: u32) -> Lowered<NodeId> {
        let next = self.next()?;
        let var = self.local(next, end)?;
        let cond = self.compared(var, check.op, check.value, end);
        let mut then = Vec::new();
        if check.zero {
            then.push(self.set(next, 0, end)?);
        }
        match check.then {
            Then::Branch(kind, label) => {
                let label = Some(label);
                then.push(self.stmt_node(Kind::Branch { kind, label }, end));
            }
            Then::Return => {
                let values = self.nodes(&[]);
                then.push(self.stmt_node(Kind::Return(values), end));
            }
            Then::Leave { state, value } => {
                let around = self.state(1)?;
                then.push(self.set(around, state as i64, end)?);
                then.push(self.returns(value, end));
            }
            Then::Panic => {
                then.push(self.runtime_panic(|it| it.number(State::Done as i64, end), end));
            }
        }
        Ok(self.if_node(cond, &then, end))
    }

    /// `iterator(#yieldN)`
    fn iterator_call(&mut self, iterator: ExprId, body: ObjId, start: u32) -> Lowered<NodeId> {
        let fun = self.ast().unparen(iterator);
        let typ = self.typ(fun)?;
        let TypeKind::Signature(id) = self.core(typ) else {
            return Err("an iterator that is not a function");
        };
        let params = self.store.sig(id).params;
        let param = self.store.objs(params).first().copied();
        let (callee, mut args) = self.callee(fun)?;
        let var = self.local(body, start)?;
        let arg = self.var_node(var, start);
        let dst = param.map(|param| self.store.obj_type(param));
        args.push(self.implicit_node(dst, arg, start));
        let mut init = Vec::new();
        let callee = self.without_calls(callee, start, &mut init);
        let args = self.nodes(&args);
        let kind = Kind::Call {
            fun: callee,
            args,
            spread: false,
        };
        let call = self.stmt_node(kind, start);
        self.out.prepend_init(call, &init);
        Ok(call)
    }

    /// The value as one of the type.
    fn implicit_node(&mut self, dst: Option<TypeId>, x: NodeId, offset: u32) -> NodeId {
        match dst {
            Some(dst) if !self.is_same(self.out.typ(x), dst) => {
                self.converted(dst, x, offset, true)
            }
            _ => x,
        }
    }

    /// An object that no source declares.
    fn made(&mut self, name: &str, typ: TypeId, pos: Pos) -> ObjId {
        let pkg: Option<PkgId> = Some(self.pkg);
        let name = self.name_of(name);
        self.store.new_obj(Object {
            kind: ObjKind::Var {
                kind: VarKind::Local,
                embedded: false,
                origin: None,
            },
            name,
            pkg,
            typ: Some(typ),
            parent: None,
            pos,
            scope_pos: 0,
            order: 0,
            state: DeclState::Done,
        })
    }

    /// `obj := value`
    fn declared_as(&mut self, obj: ObjId, value: NodeId, pos: Pos) -> NodeId {
        let var = self.local_var(obj);
        let typ = self.out.vars[var].typ;
        let x = self.out.add(Kind::Var(var), typ, pos);
        let kind = Kind::Assign {
            x,
            y: Some(value),
            define: true,
        };
        let node = self.out.add(kind, TypeId::INVALID, pos);
        self.define(node, &[var]);
        node
    }

    fn number(&mut self, value: i64, offset: u32) -> NodeId {
        self.constant(Value::Int(value), TypeId::INT, offset)
    }

    /// `obj = value`
    fn set(&mut self, obj: ObjId, value: i64, offset: u32) -> Lowered<NodeId> {
        let var = self.local(obj, offset)?;
        let x = self.var_node(var, offset);
        let y = Some(self.number(value, offset));
        let define = false;
        Ok(self.stmt_node(Kind::Assign { x, y, define }, offset))
    }

    fn compared(&mut self, var: crate::VarId, op: BinaryOp, value: i64, offset: u32) -> NodeId {
        let x = self.var_node(var, offset);
        let y = self.number(value, offset);
        self.node(Kind::Binary { op, x, y }, TypeId::BOOL, offset)
    }

    fn if_node(&mut self, cond: NodeId, then: &[NodeId], offset: u32) -> NodeId {
        let (then, els) = (self.nodes(then), self.nodes(&[]));
        self.stmt_node(Kind::If { cond, then, els }, offset)
    }

    /// `if obj OP value { … }`
    fn test(
        &mut self,
        obj: ObjId,
        op: BinaryOp,
        value: i64,
        then: &[NodeId],
        offset: u32,
    ) -> Lowered<NodeId> {
        let var = self.local(obj, offset)?;
        let cond = self.compared(var, op, value, offset);
        Ok(self.if_node(cond, then, offset))
    }

    /// `runtime.panicrangestate(state)`
    fn runtime_panic(&mut self, state: impl FnOnce(&mut Self) -> NodeId, offset: u32) -> NodeId {
        let fun = Kind::Runtime(RuntimeFunc::PanicRangeState);
        let fun = self.node(fun, TypeId::INVALID, offset);
        let state = state(self);
        let args = self.nodes(&[state]);
        let kind = Kind::Call {
            fun,
            args,
            spread: false,
        };
        self.stmt_node(kind, offset)
    }
}
