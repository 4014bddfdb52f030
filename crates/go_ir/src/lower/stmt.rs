//! Statements in sequence, assignments and declarations.

use go_syntax::{
    AssignOp, BranchKind, DeclKind, ExprId, ExprKind, List, Node, SpecKind, StmtId, StmtKind,
};
use go_types::constant::Value;
use go_types::{Def, ObjId, TypeId, TypeKind};

use super::expr::binary_op;
use super::range_plan::Edit;
use super::{Lowered, Lowerer};
use crate::func::{Class, VarId};
use crate::node::{BinaryOp, Kind, ListOp, NodeId, Nodes};

/// Left sides of an assignment, and those of them that it declares.
pub(super) struct Targets {
    pub(super) nodes: Vec<NodeId>,
    pub(super) declared: Vec<VarId>,
}

impl<'a> Lowerer<'a> {
    /// Statements in sequence, without those that cannot be reached.
    pub(super) fn stmts(&mut self, stmts: &[StmtId]) -> Vec<NodeId> {
        let mut out = Vec::new();
        self.stmts_into(stmts, &mut out);
        out
    }

    /// As [`Lowerer::stmts`]; whether control does not go on behind them.
    pub(super) fn stmts_into(&mut self, stmts: &[StmtId], out: &mut Vec<NodeId>) -> bool {
        let (reached, dead) = self.reached(stmts);
        for stmt in reached {
            let before = out.len();
            if let Err(reason) = self.stmt(stmt, out) {
                out.truncate(before);
                let offset = self.ast().stmt(stmt).pos;
                out.push(self.unsupported(reason, offset, stmt));
            }
        }
        dead
    }

    /// The statements that can be reached; whether control does not go on behind them.
    pub(super) fn reached(&mut self, stmts: &[StmtId]) -> (Vec<StmtId>, bool) {
        let ast = self.ast();
        let labeled = |stmt: StmtId| matches!(ast.stmt(stmt).kind, StmtKind::Labeled { .. });
        let last_label = stmts.iter().rposition(|stmt| labeled(*stmt));
        let last_label = last_label.map_or(0, |index| index + 1);
        let mut dead = false;
        let mut reached = Vec::with_capacity(stmts.len());
        for (index, stmt) in stmts.iter().enumerate() {
            if dead && index >= last_label && !labeled(*stmt) {
                continue;
            }
            reached.push(*stmt);
            dead = self.terminates(Some(*stmt));
        }
        (reached, dead)
    }

    /// Stands for a statement or value that cannot be lowered. The functions that it mentions are kept: the order in
    /// which functions are looked at depends on them.
    pub(super) fn unsupported(
        &mut self,
        reason: super::Unsupported,
        offset: u32,
        root: impl Into<Node>,
    ) -> NodeId {
        let func = self.frame().func;
        let known = &mut self.out.funcs[func].unsupported;
        *known = known.or(Some(reason));
        let mentioned = self.functions_in(root);
        let mentioned = self.with_those_of_generic(mentioned);
        let node = self.stmt_node(Kind::Unsupported, offset);
        self.out.mention(node, mentioned);
        node
    }

    pub(super) fn block(&mut self, block: StmtId) -> Vec<NodeId> {
        self.stmts(self.ast().block(block))
    }

    pub(super) fn nodes(&mut self, stmts: &[NodeId]) -> Nodes {
        self.out.add_list(stmts)
    }

    /// One statement; may be none or several nodes.
    pub(super) fn stmt(&mut self, stmt: StmtId, out: &mut Vec<NodeId>) -> Lowered<()> {
        let syntax = *self.ast().stmt(stmt);
        let offset = syntax.pos;
        match syntax.kind {
            StmtKind::Empty => {}
            StmtKind::Bad => return Err("a statement that is broken"),
            StmtKind::Decl(decl) => self.declaration(decl, out)?,
            StmtKind::Labeled { label, stmt } => {
                let label = self.ast().name(label);
                out.push(self.stmt_node(Kind::Label(label), offset));
                self.stmt(stmt, out)?;
            }
            StmtKind::Expr(x) => out.push(self.expr(x)?),
            StmtKind::Send { chan, value } => out.push(self.send(chan, value, offset)?),
            StmtKind::IncDec { x, inc } => out.push(self.inc_dec(x, inc, offset)?),
            StmtKind::Assign { lhs, op, rhs } => self.assignment(lhs, op, rhs, offset, out)?,
            StmtKind::Go(call) => out.push(self.go_defer(call, (true, false), offset)?),
            StmtKind::Defer(call) => {
                let in_loop = matches!(self.edit_of(stmt), Some(Edit::Defer));
                out.push(self.go_defer(call, (false, in_loop), offset)?);
            }
            StmtKind::Return(results) if self.edit_of(stmt).is_some() => {
                self.return_from_loop(results, offset, out)?;
            }
            StmtKind::Return(results) => out.push(self.return_stmt(results, offset)?),
            StmtKind::Branch { .. }
                if let Some(Edit::Leave { next, state, value }) = self.edit_of(stmt) =>
            {
                self.leave_loop((next, state, value), offset, out)?;
            }
            StmtKind::Branch { kind, label } => {
                let label = label.map(|label| self.ast().name(label));
                out.push(self.stmt_node(Kind::Branch { kind, label }, offset));
            }
            StmtKind::Block(stmts) => {
                let stmts = self.stmts(self.ast().list(stmts));
                out.extend(stmts);
            }
            StmtKind::If { .. } => self.if_stmt(stmt, out)?,
            StmtKind::Switch { .. } => out.push(self.switch(stmt)?),
            StmtKind::TypeSwitch { .. } => out.push(self.type_switch(stmt)?),
            StmtKind::Select { clauses, .. } => out.push(self.select(clauses, offset)?),
            StmtKind::For { .. } => self.for_stmt(stmt, out)?,
            StmtKind::Range { .. } if self.is_range_over_func(stmt) => {
                self.range_over_func(stmt, out)?;
            }
            StmtKind::Range { .. } => out.push(self.range(stmt)?),
            StmtKind::Case { .. } | StmtKind::Comm { .. } => {
                return Err("a clause outside of its statement");
            }
        }
        Ok(())
    }

    fn send(&mut self, chan: ExprId, value: ExprId, offset: u32) -> Lowered<NodeId> {
        let typ = self.typ(chan)?;
        let TypeKind::Chan { elem, .. } = self.core(typ) else {
            return Err("a send to what is not a channel");
        };
        let chan = self.expr(chan)?;
        let value = self.implicit(Some(elem), value)?;
        Ok(self.stmt_node(Kind::Send { chan, value }, offset))
    }

    fn inc_dec(&mut self, x: ExprId, inc: bool, offset: u32) -> Lowered<NodeId> {
        let x = self.expr(x)?;
        let typ = self.out.typ(x);
        let y = self.constant(Value::Int(1), typ, offset);
        let op = if inc { BinaryOp::Add } else { BinaryOp::Sub };
        let kind = Kind::AssignOp {
            op,
            x,
            y,
            inc_dec: true,
        };
        Ok(self.stmt_node(kind, offset))
    }

    fn return_stmt(&mut self, results: List<ExprId>, offset: u32) -> Lowered<NodeId> {
        let types = self.frame().results.clone();
        let dst = |_: &mut Lowerer<'a>, index: usize| types.get(index).copied();
        let values = self.values(self.ast().list(results), &dst, offset)?;
        let values = self.nodes(&values);
        Ok(self.stmt_node(Kind::Return(values), offset))
    }

    fn declaration(&mut self, decl: go_syntax::DeclId, out: &mut Vec<NodeId>) -> Lowered<()> {
        let DeclKind::Gen { specs, .. } = self.ast().decl(decl).kind else {
            return Ok(());
        };
        for spec in self.ast().list(specs) {
            let spec = *self.ast().spec(*spec);
            if let SpecKind::Type { .. } = spec.kind
                && self.env.is_some()
            {
                return Err("a type that a generic function declares");
            }
            if let SpecKind::Var { names, values, .. } = spec.kind {
                let names = self.ast().list(names);
                let values = self.ast().list(values);
                self.assign_all(names, values, spec.range.start, out)?;
            }
        }
        Ok(())
    }

    fn assignment(
        &mut self,
        lhs: List<ExprId>,
        op: AssignOp,
        rhs: List<ExprId>,
        offset: u32,
        out: &mut Vec<NodeId>,
    ) -> Lowered<()> {
        let (lhs, rhs) = (self.ast().list(lhs), self.ast().list(rhs));
        let AssignOp::Op(token) = op else {
            return self.assign_all(lhs, rhs, offset, out);
        };
        let (&[x], &[y]) = (lhs, rhs) else {
            return Err("an operation on several variables");
        };
        let op = binary_op(token).ok_or("an unknown operator")?;
        let target = match op {
            BinaryOp::Shl | BinaryOp::Shr => None,
            _ => Some(self.typ(x)?),
        };
        let x = self.expr(x)?;
        let y = self.implicit(target, y)?;
        let kind = Kind::AssignOp {
            op,
            x,
            y,
            inc_dec: false,
        };
        out.push(self.stmt_node(kind, offset));
        Ok(())
    }

    /// `lhs = rhs` and `lhs := rhs`, also of `var`, where there may be no values.
    fn assign_all(
        &mut self,
        lhs: &[ExprId],
        rhs: &[ExprId],
        offset: u32,
        out: &mut Vec<NodeId>,
    ) -> Lowered<()> {
        let types = lhs
            .iter()
            .map(|target| self.target_type(*target))
            .collect::<Lowered<Vec<_>>>()?;
        // Right sides come after the left ones, but do not see what these declare.
        let targets = self.targets(lhs)?;
        let dst = |_: &mut Lowerer<'a>, index: usize| types.get(index).copied().flatten();
        let values = self.values(rhs, &dst, offset)?;
        if values.is_empty() {
            for (x, var) in targets.nodes.iter().zip(&targets.declared) {
                out.push(self.declare_zero(*x, *var, offset));
            }
            return Ok(());
        }
        let define = !targets.declared.is_empty();
        let node = self.assign_each(&targets.nodes, &values, define, offset);
        self.define(node, &targets.declared);
        out.push(node);
        Ok(())
    }

    pub(super) fn declare_zero(&mut self, x: NodeId, var: VarId, offset: u32) -> NodeId {
        let kind = Kind::Assign {
            x,
            y: None,
            define: false,
        };
        let node = self.stmt_node(kind, offset);
        let declaration = self.stmt_node(Kind::Declare(var), offset);
        self.out.prepend_init(node, &[declaration]);
        node
    }

    /// The statement declares the variables.
    pub(super) fn define(&mut self, stmt: NodeId, vars: &[VarId]) {
        let mut declarations = Vec::with_capacity(vars.len());
        for var in vars {
            self.out.vars[*var].definition = Some(stmt);
            let pos = self.out.vars[*var].pos;
            declarations.push(self.out.add(Kind::Declare(*var), TypeId::INVALID, pos));
        }
        self.out.prepend_init(stmt, &declarations);
    }

    /// The type that a value assigned to the target is converted to; none for `_`.
    pub(super) fn target_type(&mut self, target: ExprId) -> Lowered<Option<TypeId>> {
        let target = self.ast().unparen(target);
        if let ExprKind::Ident(name) = self.ast().expr(target).kind {
            if name.as_str() == "_" {
                return Ok(None);
            }
            let obj = self
                .object(target)
                .ok_or("a name that stands for nothing")?;
            return Ok(Some(self.obj_type(obj)));
        }
        self.typ(target).map(Some)
    }

    pub(super) fn targets(&mut self, lhs: &[ExprId]) -> Lowered<Targets> {
        let mut targets = Targets {
            nodes: Vec::with_capacity(lhs.len()),
            declared: Vec::new(),
        };
        for target in lhs {
            let target = self.ast().unparen(*target);
            let offset = self.ast().expr(target).pos;
            let node = match self.ast().expr(target).kind {
                ExprKind::Ident(name) if name.as_str() == "_" => {
                    self.stmt_node(Kind::Blank, offset)
                }
                ExprKind::Ident(_) if let Some(Def::Object(obj)) = self.info().def(target) => {
                    let var = self.local_var(obj);
                    targets.declared.push(var);
                    self.var_node(var, offset)
                }
                _ => self.expr(target)?,
            };
            targets.nodes.push(node);
        }
        Ok(targets)
    }

    /// A variable that the body declares.
    pub(super) fn local_var(&mut self, obj: ObjId) -> VarId {
        let object = *self.store.obj(obj);
        let name = self.store.names.text(object.name).to_owned();
        let typ = self.obj_type(obj);
        let var = self.variable(name, typ, object.pos, Class::Local);
        self.bind(obj, var);
        var
    }

    /// `lhs = rhs` of package level.
    pub(super) fn initializer(&mut self, lhs: &[ObjId], rhs: ExprId) -> Lowered<NodeId> {
        let types: Vec<Option<TypeId>> = (lhs.iter())
            .map(|obj| match self.store.name(*obj) {
                "_" => None,
                _ => self.store.obj(*obj).typ,
            })
            .collect();
        let offset = lhs.first().map_or(0, |obj| self.store.obj(*obj).pos.offset);
        let mut targets = Vec::new();
        for obj in lhs {
            let typ = self.store.obj(*obj).typ.unwrap_or(TypeId::INVALID);
            let kind = match self.store.name(*obj) {
                "_" => Kind::Blank,
                _ => Kind::Global(*obj),
            };
            targets.push(self.node(kind, typ, offset));
        }
        let dst = |_: &mut Lowerer<'a>, index: usize| types.get(index).copied().flatten();
        let values = self.values(&[rhs], &dst, offset)?;
        Ok(self.assign_each(&targets, &values, false, offset))
    }

    /// An assignment of values to as many targets.
    pub(super) fn assign_each(
        &mut self,
        targets: &[NodeId],
        values: &[NodeId],
        define: bool,
        offset: u32,
    ) -> NodeId {
        let kind = match (targets, values) {
            (&[x], &[y]) => Kind::Assign {
                x,
                y: Some(y),
                define,
            },
            (lhs, rhs) => Kind::AssignList {
                op: ListOp::Each,
                lhs: self.nodes(lhs),
                rhs: self.nodes(rhs),
                define,
            },
        };
        self.stmt_node(kind, offset)
    }

    /// Whether control does not go on behind the statement, as far as gc looks.
    pub(super) fn terminates(&mut self, stmt: Option<StmtId>) -> bool {
        let Some(stmt) = stmt else {
            return false;
        };
        match self.ast().stmt(stmt).kind {
            StmtKind::Branch { kind, .. } => {
                kind == BranchKind::Goto || self.edit_of(stmt).is_some()
            }
            StmtKind::Return(_) => true,
            StmtKind::Expr(x) => self.is_panic(x),
            StmtKind::If {
                cond, then, els, ..
            } => {
                let cond = self.static_bool(cond);
                (cond == Some(false) || self.terminates(Some(then)))
                    && (cond == Some(true) || self.terminates(els))
            }
            StmtKind::Block(stmts) => {
                let stmts = self.ast().list(stmts).iter().rev();
                let mut stmts =
                    stmts.filter(|stmt| !matches!(self.ast().stmt(**stmt).kind, StmtKind::Empty));
                let last = stmts.next().copied();
                self.terminates(last)
            }
            _ => false,
        }
    }

    fn is_panic(&self, x: ExprId) -> bool {
        let ExprKind::Call { fun, .. } = self.ast().expr(self.ast().unparen(x)).kind else {
            return false;
        };
        self.object(fun).is_some_and(|obj| {
            self.store.obj(obj).kind == go_types::ObjKind::Builtin(go_types::Builtin::Panic)
        })
    }
}
