//! Statements.

use base::List;
use go_syntax::{BranchKind, DeclKind, ExprId, ExprKind, SpecId, SpecKind, StmtId, StmtKind};

use super::{Deferred, Lowerer, MAX_DEPTH, When};
use crate::ir::{BlockId, EventKind, Exit, Mode, Op, Operand, Target};
use crate::nodes::NodeKey;
use crate::types::Shape;

impl Lowerer<'_, '_> {
    /// The statements of a block.
    pub(super) fn stmts_of(&mut self, block: StmtId) {
        for stmt in self.ast.block(block) {
            self.stmt(*stmt);
        }
    }

    pub(super) fn list(&mut self, stmts: List<StmtId>) {
        for stmt in self.ast.list(stmts) {
            self.stmt(*stmt);
        }
    }

    pub(super) fn stmt(&mut self, id: StmtId) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        self.stmt_inner(id);
        self.depth -= 1;
    }

    fn stmt_inner(&mut self, id: StmtId) {
        let at = self.at(self.ast.range(id));
        match self.ast.stmt(id).kind {
            StmtKind::Bad | StmtKind::Empty => {}
            StmtKind::Decl(decl) => {
                if let DeclKind::Gen { specs, .. } = self.ast.decl(decl).kind {
                    for spec in self.ast.list(specs) {
                        self.var_spec(*spec);
                    }
                }
            }
            StmtKind::Labeled { label, stmt } => self.labeled(label, stmt),
            StmtKind::Expr(x) => {
                self.call_or_value(x, Mode::Here, &[]);
            }
            StmtKind::Send { chan, value } => {
                let chan = self.expr(chan);
                let sent = self.expr(value);
                self.send(chan, sent, value);
                self.op(Op::Send, chan, at);
            }
            StmtKind::IncDec { x, .. } => {
                self.expr(x);
                self.changed(x);
            }
            StmtKind::Assign { lhs, rhs, .. } => {
                let (lhs, rhs) = (self.ast.list(lhs).to_vec(), self.ast.list(rhs).to_vec());
                self.assign(&lhs, &rhs);
            }
            StmtKind::Go(call) => {
                self.call_or_value(call, Mode::Go, &[]);
            }
            StmtKind::Defer(call) => self.defer(call),
            StmtKind::Return(results) => self.return_stmt(results, at),
            StmtKind::Branch { kind, label } => self.branch(kind, label),
            StmtKind::Block(stmts) => self.list(stmts),
            StmtKind::If {
                init,
                cond,
                then,
                els,
            } => self.if_stmt(init, cond, then, els),
            StmtKind::Switch {
                init, tag, clauses, ..
            } => {
                if let Some(init) = init {
                    self.stmt(init);
                }
                if let Some(tag) = tag {
                    self.expr(tag);
                }
                self.switch(clauses, tag.is_none(), None);
            }
            StmtKind::TypeSwitch {
                init,
                guard,
                clauses,
                ..
            } => {
                if let Some(init) = init {
                    self.stmt(init);
                }
                let value = self.ast.type_guard(guard).map(|guard| self.expr(guard.x));
                self.switch(clauses, false, value);
            }
            StmtKind::Select { clauses, .. } => self.select_stmt(clauses, at),
            StmtKind::Case { body, .. } | StmtKind::Comm { body, .. } => self.list(body),
            StmtKind::For {
                init,
                cond,
                post,
                body,
            } => {
                self.for_stmt(init, cond, post, body, at);
            }
            StmtKind::Range {
                key,
                value,
                x,
                body,
                ..
            } => {
                self.range_stmt([key, value], x, body, at);
            }
        }
    }

    fn labeled(&mut self, label: ExprId, stmt: StmtId) {
        let name = self.ast.name(label);
        let block = self.label_block(name);
        self.jump(block);
        self.frame.current = Some(block);
        self.frame.label = Some(name);
        self.stmt(stmt);
        self.frame.label = None;
    }

    pub(super) fn label_block(&mut self, name: go_syntax::Symbol) -> BlockId {
        if let Some(block) = self.frame.labels.get(&name) {
            return *block;
        }
        let block = self.new_block();
        self.frame.labels.insert(name, block);
        block
    }

    pub(super) fn var_spec(&mut self, spec: SpecId) {
        if let SpecKind::Var { names, values, .. } = self.ast.spec(spec).kind {
            let (names, values) = (
                self.ast.list(names).to_vec(),
                self.ast.list(values).to_vec(),
            );
            self.assign(&names, &values);
        }
    }

    /// `lhs = rhs`, also of a declaration, where `rhs` may be missing.
    fn assign(&mut self, lhs: &[ExprId], rhs: &[ExprId]) {
        if let [single] = rhs {
            let targets: Vec<Target> = lhs.iter().map(|it| self.target(*it)).collect();
            let values = self.call_or_value(*single, Mode::Here, &targets);
            for (index, target) in lhs.iter().enumerate() {
                let value = values.get(index).copied().unwrap_or_default();
                self.store_known(*target, value, self.is_nil(*single));
            }
            return;
        }
        let values: Vec<Operand> = (rhs.iter().zip(lhs))
            .map(|(value, target)| {
                let target = self.target(*target);
                let values = self.call_or_value(*value, Mode::Here, &[target]);
                values.first().copied().unwrap_or_default()
            })
            .collect();
        for (index, target) in lhs.iter().enumerate() {
            match values.get(index) {
                Some(value) => self.store_known(*target, *value, self.is_nil(rhs[index])),
                None => self.changed(*target),
            }
        }
    }

    fn target(&mut self, lhs: ExprId) -> Target {
        let lhs = self.ast.unparen(lhs);
        match self.kind(lhs) {
            ExprKind::Ident(name) if name.as_str() == "_" => Target::Blank,
            ExprKind::Ident(_) => match self.ident_obj(lhs) {
                Some(obj) => Target::Var(self.obj(obj)),
                None => Target::Blank,
            },
            ExprKind::Selector { .. } => match self.info.selection(lhs) {
                Some(selection) => Target::Field(self.obj(self.origin(selection.obj))),
                None => Target::Other,
            },
            _ => Target::Other,
        }
    }

    /// A variable has another value from here on.
    fn changed(&mut self, lhs: ExprId) {
        let lhs = self.ast.unparen(lhs);
        if let ExprKind::Ident(_) = self.kind(lhs)
            && let Some(var) = self.ident_obj(lhs)
            && self.is_var(var)
        {
            let at = self.at_expr(lhs);
            self.event(EventKind::Assign(self.obj(var)), at);
        }
    }

    pub(super) fn is_nil(&self, expr: ExprId) -> bool {
        (self.ast.ident(self.ast.unparen(expr))).is_some_and(|name| name.as_str() == "nil")
    }

    /// [`Self::store_value`]; a value that is not followed comes from outside, unless it is nil.
    pub(super) fn store_known(&mut self, lhs: ExprId, value: Operand, is_nil: bool) {
        if value.node.is_none() && !is_nil {
            let lhs = self.ast.unparen(lhs);
            let (target, is_field) = match self.kind(lhs) {
                ExprKind::Ident(_) => (self.ident_obj(lhs), false),
                ExprKind::Selector { .. } => {
                    let field = self.info.selection(lhs).map(|it| self.origin(it.obj));
                    (field, true)
                }
                _ => (None, false),
            };
            if let Some(obj) = target.filter(|obj| self.is_var(*obj)) {
                self.unknown(obj, is_field);
            }
        }
        self.store_value(lhs, value);
    }

    /// A variable or field gets a value that is not followed.
    pub(super) fn unknown(&mut self, obj: go_types::ObjId, is_field: bool) {
        let typ = self.store.obj_type(obj);
        let shape = self.types.shape(self.store, typ);
        if !matches!(shape, Shape::Chan | Shape::Func | Shape::Container) {
            return;
        }
        let node = if is_field {
            self.field_node(obj)
        } else {
            self.var_node(obj)
        };
        self.program.nodes.class_mut(node).foreign = true;
    }

    pub(super) fn store_value(&mut self, lhs: ExprId, value: Operand) {
        let lhs = self.ast.unparen(lhs);
        if let ExprKind::Ident(name) = self.kind(lhs) {
            if name.as_str() == "_" {
                return;
            }
            if let Some(var) = self.ident_obj(lhs)
                && self.is_var(var)
            {
                let typ = self.store.obj_type(var);
                if self.carries(typ) || value.node.is_some() {
                    let node = self.var_node(var);
                    self.flow(node, Some(typ), value);
                }
            }
        } else {
            let typ = self.type_of(lhs);
            let to = self.expr(lhs);
            if let Some(node) = to.node {
                self.flow(node, typ, value);
            } else if let Some(node) = value.node
                && typ.is_none_or(|typ| self.types.shape(self.store, typ) == Shape::Interface)
            {
                let at = Some(self.at_expr(lhs));
                self.program
                    .nodes
                    .escape(node, crate::nodes::Escape::Interface, at);
            }
        }
        let at = self.at_expr(lhs);
        self.leaks(value, at);
        self.changed(lhs);
    }

    pub(super) fn send(&mut self, chan: Operand, value: Operand, expr: ExprId) {
        if let (Some(chan), Some(_)) = (chan.node, value.node) {
            let elem = self.program.nodes.elem(chan);
            let typ = self.type_of(expr);
            self.flow(elem, typ, value);
        }
        let at = self.at_expr(expr);
        self.leaks(value, at);
    }

    fn defer(&mut self, call: ExprId) {
        let at = self.at_expr(call);
        let Some(deferred) = self.call_for_defer(call) else {
            return;
        };
        self.event(EventKind::Call(Box::new(deferred.clone())), at);
        let when = if self.frame.loops.is_empty() {
            When::Always
        } else {
            When::Sometimes(None)
        };
        self.frame.defers.push(Deferred {
            call: deferred,
            at,
            when,
        });
    }

    fn return_stmt(&mut self, results: List<ExprId>, at: crate::ir::At) {
        let exprs = self.ast.list(results).to_vec();
        let Some(func) = self.frame.func else { return };
        let mut values = Vec::new();
        if let ([single], true) = (exprs.as_slice(), self.frame.n_results > 1) {
            values = self.call_or_value(*single, Mode::Here, &[Target::Other]);
        } else {
            for expr in &exprs {
                let value = self.call_or_value(*expr, Mode::Here, &[Target::Other]);
                values.push(value.first().copied().unwrap_or_default());
            }
        }
        if exprs.is_empty() {
            // Named results.
            for result in self.frame.results.clone() {
                let typ = self.store.obj_type(result);
                let node = self.carries(typ).then(|| self.var_node(result));
                values.push(Operand {
                    node,
                    ..Operand::default()
                });
            }
        }
        for (index, value) in values.into_iter().enumerate() {
            if let Some(result) = self.frame.results.get(index).copied()
                && value.node.is_some()
            {
                let node = self.program.nodes.of(NodeKey::Result(func, index as u32));
                let typ = self.store.obj_type(result);
                self.flow(node, Some(typ), value);
            }
            self.leaks(value, at);
        }
        self.exit(Exit::Return, at);
    }

    fn branch(&mut self, kind: BranchKind, label: Option<ExprId>) {
        let label = label.map(|label| self.ast.name(label));
        let jumps = self.frame.jumps.iter().rev();
        let mut jumps = jumps.filter(|jump| label.is_none() || jump.label == label);
        let to = match kind {
            BranchKind::Break => jumps.next().map(|jump| jump.to_break),
            BranchKind::Continue => jumps.find_map(|jump| jump.to_continue),
            BranchKind::Goto => label.map(|label| self.label_block(label)),
            // The switch looks after it.
            BranchKind::Fallthrough => return,
        };
        match to {
            Some(to) => self.jump(to),
            None => self.frame.current = None,
        }
    }

    /// What a channel or container holds.
    pub(super) fn received(&mut self, over: Operand) -> Operand {
        let node = over.node.map(|node| self.program.nodes.elem(node));
        Operand {
            node,
            ..Operand::default()
        }
    }
}
