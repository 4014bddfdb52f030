//! Conditions, loops and switches.

use go_syntax::{BinaryOp as Token, UnaryOp as Prefix};
use go_syntax::{BranchKind, ExprId, ExprKind, StmtId, StmtKind};
use go_types::constant::Compare;
use go_types::{ObjId, TypeId, TypeKind};

use super::{Lowered, Lowerer};
use crate::func::{Class, VarId};
use crate::node::{Kind, NodeId};

impl Lowerer<'_> {
    /// What a condition is known to be. Operands of `&&` and `||` that decide nothing are left out of it from
    /// here on, inner ones too ([`Lowerer::rest`]).
    pub(super) fn static_bool(&mut self, cond: ExprId) -> Option<bool> {
        let cond = self.rest(cond);
        if let Some(value) = self.constant_bool(cond) {
            return Some(value);
        }
        match self.ast().expr(cond).kind {
            ExprKind::Unary {
                op: Prefix::Not, x, ..
            } => self.static_bool(x).map(|value| !value),
            ExprKind::Binary {
                op: op @ (Token::LAnd | Token::LOr),
                x,
                y,
            } => {
                // What the left side must be for the right one not to matter.
                let decides = op == Token::LOr;
                let left = self.static_bool(x);
                if left == Some(decides) {
                    self.replaced.insert((self.file_id, cond), x);
                    return left;
                }
                let right = self.static_bool(y);
                if left.is_some() || right == Some(decides) {
                    if self.constant_bool(self.rest(x)).is_some() {
                        self.replaced.insert((self.file_id, cond), y);
                    }
                    return right;
                }
                None
            }
            _ => None,
        }
    }

    /// What is left of a condition.
    pub(super) fn rest(&self, mut cond: ExprId) -> ExprId {
        while let Some(rest) = self.replaced.get(&(self.file_id, cond)) {
            cond = *rest;
        }
        cond
    }

    fn constant_bool(&self, cond: ExprId) -> Option<bool> {
        let value = self.info().type_of(cond)?.value?;
        self.store.value(value).as_bool()
    }

    pub(super) fn if_stmt(&mut self, stmt: StmtId, out: &mut Vec<NodeId>) -> Lowered<()> {
        let StmtKind::If {
            init,
            cond,
            then,
            els,
        } = self.ast().stmt(stmt).kind
        else {
            return Ok(());
        };
        let offset = self.ast().stmt(stmt).pos;
        let mut before = Vec::new();
        if let Some(init) = init {
            self.stmt(init, &mut before)?;
        }
        let known = self.static_bool(cond);
        let cond = self.expr(cond)?;
        let mut branches = [Vec::new(), Vec::new()];
        if known != Some(false) {
            branches[0] = self.block(then);
        }
        if known != Some(true)
            && let Some(els) = els
        {
            match self.ast().stmt(els).kind {
                StmtKind::Block(_) => branches[1] = self.block(els),
                _ => self.stmt(els, &mut branches[1])?,
            }
        }
        let [then, els] = branches;
        if known.is_some() {
            if !matches!(self.out.kind(cond), Kind::Literal(_)) {
                let x = self.stmt_node(Kind::Blank, offset);
                let kind = Kind::Assign {
                    x,
                    y: Some(cond),
                    define: false,
                };
                before.push(self.stmt_node(kind, offset));
            }
            before.extend(then);
            before.extend(els);
            if let Some(block) = self.one(&before) {
                out.push(block);
            }
            return Ok(());
        }
        let (then, els) = (self.nodes(&then), self.nodes(&els));
        let node = self.stmt_node(Kind::If { cond, then, els }, offset);
        self.out.prepend_init(node, &before);
        out.push(node);
        Ok(())
    }

    /// Statements as one: a block of several.
    pub(super) fn one(&mut self, stmts: &[NodeId]) -> Option<NodeId> {
        match *stmts {
            [] => None,
            [one] => Some(one),
            [first, ..] => {
                let pos = self.out.node(first).pos;
                let list = self.nodes(stmts);
                Some(self.out.add(Kind::Block(list), TypeId::INVALID, pos))
            }
        }
    }

    /// A statement in a place that holds one.
    fn one_stmt(&mut self, stmt: Option<StmtId>) -> Lowered<Option<NodeId>> {
        let mut stmts = Vec::new();
        if let Some(stmt) = stmt {
            self.stmt(stmt, &mut stmts)?;
        }
        Ok(self.one(&stmts))
    }

    pub(super) fn for_stmt(&mut self, stmt: StmtId, out: &mut Vec<NodeId>) -> Lowered<()> {
        let StmtKind::For {
            init,
            cond,
            post,
            body,
        } = self.ast().stmt(stmt).kind
        else {
            return Ok(());
        };
        let offset = self.ast().stmt(stmt).pos;
        let known = cond.and_then(|cond| self.static_bool(cond));
        let init = self.one_stmt(init)?;
        let cond = self.optional(cond)?;
        let (mut after, mut list) = (None, Vec::new());
        if known != Some(false) {
            after = self.one_stmt(post)?;
            list = self.block(body);
        }
        let never = cond.and_then(|cond| self.out.literal_of(cond)?.as_bool()) == Some(false);
        if never {
            out.extend(init);
            return Ok(());
        }
        let body = self.nodes(&list);
        let kind = Kind::For {
            cond,
            post: after,
            body,
        };
        let node = self.stmt_node(kind, offset);
        self.out.prepend_init(node, init.as_slice());
        out.push(node);
        Ok(())
    }

    pub(super) fn range(&mut self, stmt: StmtId) -> Lowered<NodeId> {
        let StmtKind::Range {
            key,
            value,
            x,
            body,
            range_pos,
            ..
        } = self.ast().stmt(stmt).kind
        else {
            return Err("no range");
        };
        let typ = self.typ(x)?;
        if self.is_signature(typ) {
            return Err("a range over a function");
        }
        let lhs: Vec<ExprId> = [key, value].into_iter().flatten().collect();
        let targets = self.targets(&lhs)?;
        let mut nodes = targets.nodes.iter().copied();
        let key = key.and_then(|_| nodes.next());
        let value = value.and_then(|_| nodes.next());
        let x = match value {
            Some(_) => self.expr(x)?,
            None => self.ranged_by_key(x, typ)?,
        };
        let body = self.block(body);
        let body = self.nodes(&body);
        let kind = Kind::Range {
            x,
            key,
            value,
            body,
        };
        let node = self.stmt_node(kind, range_pos);
        if !targets.declared.is_empty() {
            self.define(node, &targets.declared);
        }
        Ok(node)
    }

    /// Of an array whose elements are not asked for only the length counts, unless finding it calls something.
    fn ranged_by_key(&mut self, x: ExprId, typ: TypeId) -> Lowered<NodeId> {
        let array = self.pointee(typ).unwrap_or(typ);
        let node = self.expr(x)?;
        match self.core(array) {
            TypeKind::Array { len, .. } if !self.has_call(node) => {
                let offset = self.ast().expr(self.ast().unparen(x)).pos;
                let len = go_types::constant::Value::Int(len);
                Ok(self.constant(len, TypeId::INT, offset))
            }
            _ => Ok(node),
        }
    }

    /// Whether a function is called or a channel received from.
    fn has_call(&self, root: NodeId) -> bool {
        self.out.any(root, |id| {
            matches!(
                self.out.kind(id),
                Kind::Call { .. }
                    | Kind::Builtin { .. }
                    | Kind::Unary {
                        op: crate::UnaryOp::Recv,
                        ..
                    }
            )
        })
    }

    pub(super) fn switch(&mut self, stmt: StmtId) -> Lowered<NodeId> {
        let StmtKind::Switch {
            init, tag, clauses, ..
        } = self.ast().stmt(stmt).kind
        else {
            return Err("no switch");
        };
        let offset = self.ast().stmt(stmt).pos;
        let init = self.one_stmt(init)?;
        let clauses = self.ast().list(clauses);
        let chosen = self.chosen_clause(tag, clauses);
        let (tag, clauses) = match &chosen {
            Some(chosen) => (None, chosen.as_slice()),
            None => (tag, clauses),
        };
        let tag_type = match tag {
            Some(tag) => self.typ(tag)?,
            None => TypeId::BOOL,
        };
        let conversion = match chosen {
            Some(_) => None,
            None => self.case_type(tag_type, clauses)?,
        };
        let tag = match tag {
            Some(tag) => Some(self.implicit(conversion.or(Some(tag_type)), tag)?),
            None => None,
        };
        let mut nodes = Vec::new();
        for clause in clauses {
            let StmtKind::Case { exprs, body, .. } = self.ast().stmt(*clause).kind else {
                continue;
            };
            let offset = self.ast().stmt(*clause).pos;
            let mut cases = Vec::new();
            if chosen.is_none() {
                for case in self.ast().list(exprs) {
                    cases.push(self.implicit(conversion, *case)?);
                }
            }
            let exprs = self.nodes(&cases);
            let body = self.stmts(self.ast().list(body));
            let body = self.nodes(&body);
            let kind = Kind::Case {
                var: None,
                exprs,
                body,
            };
            nodes.push(self.stmt_node(kind, offset));
        }
        Ok(self.switch_node(tag, &nodes, init, offset))
    }

    fn switch_node(
        &mut self,
        tag: Option<NodeId>,
        clauses: &[NodeId],
        init: Option<NodeId>,
        offset: u32,
    ) -> NodeId {
        let clauses = self.nodes(clauses);
        let node = self.stmt_node(Kind::Switch { tag, clauses }, offset);
        self.out.prepend_init(node, init.as_slice());
        node
    }

    /// The clause that a constant switch takes, if all that come before it are constant: none or one.
    pub(super) fn chosen_clause(
        &self,
        tag: Option<ExprId>,
        clauses: &[StmtId],
    ) -> Option<Vec<StmtId>> {
        let constant = |expr: ExprId| {
            let value = self.info().type_of(expr)?.value?;
            Some(self.store.value(value).clone())
        };
        let tag = match tag {
            Some(tag) => constant(tag)?,
            None => go_types::constant::Value::Bool(true),
        };
        let mut target = None;
        'clauses: for clause in clauses {
            let StmtKind::Case { exprs, default, .. } = self.ast().stmt(*clause).kind else {
                continue;
            };
            if default {
                target = Some(*clause);
            }
            for case in self.ast().list(exprs) {
                if tag.compare(Compare::Eq, &constant(*case)?) {
                    target = Some(*clause);
                    break 'clauses;
                }
            }
        }
        let Some(target) = target else {
            return Some(Vec::new());
        };
        (!self.falls_through(target)).then(|| vec![target])
    }

    fn falls_through(&self, clause: StmtId) -> bool {
        let StmtKind::Case { body, .. } = self.ast().stmt(clause).kind else {
            return false;
        };
        let stmts = self.ast().list(body).iter().rev();
        let mut stmts =
            stmts.filter(|stmt| !matches!(self.ast().stmt(**stmt).kind, StmtKind::Empty));
        let Some(mut last) = stmts.next().copied() else {
            return false;
        };
        while let StmtKind::Labeled { stmt, .. } = self.ast().stmt(last).kind {
            last = stmt;
        }
        matches!(
            self.ast().stmt(last).kind,
            StmtKind::Branch {
                kind: BranchKind::Fallthrough,
                ..
            }
        )
    }

    /// What cases are converted to: the type of the tag, or `any` where an interface and another type meet
    /// that may not be assigned to the tag; nothing where the tag is a channel.
    pub(super) fn case_type(&mut self, tag: TypeId, clauses: &[StmtId]) -> Lowered<Option<TypeId>> {
        let kind = self.store.under_kind(tag);
        if matches!(kind, TypeKind::Chan { .. }) {
            return Ok(None);
        }
        let tag_is_interface = self.is_interface(tag);
        for clause in clauses {
            let StmtKind::Case { exprs, .. } = self.ast().stmt(*clause).kind else {
                continue;
            };
            for case in self.ast().list(exprs) {
                let typ = self.typ(*case)?;
                let interfaces = self.is_interface(typ) || tag_is_interface;
                if interfaces && !self.is_nil(*case) && !self.case_assignable(typ, tag) {
                    return Ok(Some(self.store.universe.any));
                }
            }
        }
        Ok(Some(tag))
    }

    fn case_assignable(&mut self, typ: TypeId, tag: TypeId) -> bool {
        if self.store.identical(typ, tag) || self.store.is_untyped(typ) {
            return true;
        }
        if !self.is_interface(tag) {
            return false;
        }
        if !self.is_interface(typ) {
            // It may be compared, so it has the methods.
            return true;
        }
        let count = |lowerer: &mut Self, typ| {
            let id = lowerer.store.under_interface(typ);
            id.map_or(0, |id| lowerer.store.type_set(id).methods.len())
        };
        count(self, typ) >= count(self, tag)
    }

    pub(super) fn type_switch(&mut self, stmt: StmtId) -> Lowered<NodeId> {
        let StmtKind::TypeSwitch {
            init,
            guard,
            clauses,
            ..
        } = self.ast().stmt(stmt).kind
        else {
            return Err("no type switch");
        };
        let offset = self.ast().stmt(stmt).pos;
        let init = self.one_stmt(init)?;
        let parts = self.ast().type_guard(guard).ok_or("a broken type switch")?;
        let bind = parts.bind.map(|bind| self.ast().name(bind));
        let x = self.expr(parts.x)?;
        let guard_offset = self.ast().stmt(guard).pos;
        let tag = self.stmt_node(Kind::TypeGuard { bind, x }, guard_offset);
        let mut nodes = Vec::new();
        for clause in self.ast().list(clauses) {
            let StmtKind::Case { exprs, body, .. } = self.ast().stmt(*clause).kind else {
                continue;
            };
            let offset = self.ast().stmt(*clause).pos;
            let mut cases = Vec::new();
            for case in self.ast().list(exprs) {
                let at = self.ast().expr(*case).pos;
                cases.push(if self.is_nil(*case) {
                    self.node(Kind::Nil, TypeId::UNTYPED_NIL, at)
                } else {
                    let typ = self.typ(*case)?;
                    self.type_node(*case, typ)?
                });
            }
            let var = (self.info().implicit(*clause)).map(|obj| self.clause_var(obj, tag, *clause));
            let exprs = self.nodes(&cases);
            let body = self.stmts(self.ast().list(body));
            let body = self.nodes(&body);
            nodes.push(self.stmt_node(Kind::Case { var, exprs, body }, offset));
        }
        Ok(self.switch_node(Some(tag), &nodes, init, offset))
    }

    fn clause_var(&mut self, obj: ObjId, tag: NodeId, clause: StmtId) -> VarId {
        let object = *self.store.obj(obj);
        let name = self.store.names.text(object.name).to_owned();
        let typ = self.obj_type(obj);
        let offset = match self.ast().stmt(clause).kind {
            StmtKind::Case { exprs, .. } => self.ast().list(exprs).last(),
            _ => None,
        };
        let offset = offset.map_or(self.ast().stmt(clause).pos, |last| self.type_end(*last));
        let pos = self.pos(offset);
        let var = self.variable(name, typ, pos, Class::Local);
        self.out.vars[var].definition = Some(tag);
        self.bind(obj, var);
        var
    }

    /// Where gc's parser was after the type, roughly: at its last name.
    /// Source: cmd/compile/internal/noder/quirks.go, `typeExprEndPos`, go1.27.3.
    fn type_end(&self, typ: ExprId) -> u32 {
        let mut typ = typ;
        loop {
            let expr = self.ast().expr(typ);
            typ = match expr.kind {
                ExprKind::Selector { x, .. } => return self.ast().expr(x).pos,
                ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Ellipsis(Some(x)) => x,
                ExprKind::ArrayType { elem, .. }
                | ExprKind::ChanType { elem, .. }
                | ExprKind::MapType { value: elem, .. } => elem,
                ExprKind::Index { indices, .. } => match self.ast().list(indices).last() {
                    Some(last) => *last,
                    None => return expr.pos,
                },
                ExprKind::FuncType(signature) => {
                    let signature = self.ast().signature(signature);
                    let fields = (self.ast().list(signature.results).last())
                        .or(self.ast().list(signature.params).last());
                    match fields {
                        Some(field) => self.ast().field(*field).ty,
                        None => return expr.pos,
                    }
                }
                ExprKind::InterfaceType(methods) => match self.ast().list(methods).last() {
                    Some(method) => self.ast().field(*method).ty,
                    None => return expr.pos,
                },
                _ => return expr.pos,
            };
        }
    }
}
