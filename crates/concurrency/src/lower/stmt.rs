//! Statements.

use base::List;
use go_syntax::{
    BinaryOp, BranchKind, DeclKind, ExprId, ExprKind, SpecId, SpecKind, StmtId, StmtKind, UnaryOp,
};
use go_types::{Mode as TypeMode, TypeKind};

use super::{Jump, Lowerer, MAX_DEPTH};
use crate::ir::{BlockId, Count, EventKind, Exit, Fact, Loop, LoopKind, Mode, Op, Operand, Target};
use crate::nodes::NodeKey;
use crate::types::Shape;

impl Lowerer<'_, '_> {
    /// The statements of a block.
    pub(super) fn stmts_of(&mut self, block: StmtId) {
        for stmt in self.ast.block(block) {
            self.stmt(*stmt);
        }
    }

    fn list(&mut self, stmts: List<StmtId>) {
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

    fn label_block(&mut self, name: go_syntax::Symbol) -> BlockId {
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
            if lhs.len() == 1 {
                self.store_value(lhs[0], values.first().copied().unwrap_or_default());
            } else {
                for (index, target) in lhs.iter().enumerate() {
                    let value = values.get(index).copied().unwrap_or_default();
                    self.store_value(*target, value);
                }
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
                Some(value) => self.store_value(*target, *value),
                None => self.changed(*target),
            }
        }
    }

    fn target(&mut self, lhs: ExprId) -> Target {
        let lhs = self.ast.unparen(lhs);
        match self.kind(lhs) {
            ExprKind::Ident(name) if name.as_str() == "_" => Target::Blank,
            ExprKind::Ident(_) => match self.ident_obj(lhs) {
                Some(obj) => Target::Var(obj),
                None => Target::Blank,
            },
            ExprKind::Selector { .. } => match self.info.selection(lhs) {
                Some(selection) => Target::Field(self.origin(selection.obj)),
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
            self.event(EventKind::Assign(var), at);
        }
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
        let certain = self.frame.loops.is_empty();
        self.frame.defers.push((deferred, at, certain));
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

    fn if_stmt(&mut self, init: Option<StmtId>, cond: ExprId, then: StmtId, els: Option<StmtId>) {
        if let Some(init) = init {
            self.stmt(init);
        }
        let (yes, after) = (self.new_block(), self.new_block());
        let no = if els.is_some() {
            self.new_block()
        } else {
            after
        };
        self.cond(cond, yes, no);
        let before = self.frame.defers.clone();
        self.frame.current = Some(yes);
        self.stmts_of(then);
        let then_ends = self.frame.current.is_none();
        self.jump(after);
        let of_then = std::mem::replace(&mut self.frame.defers, before);
        let mut else_ends = false;
        if let Some(els) = els {
            self.frame.current = Some(no);
            self.stmt(els);
            else_ends = self.frame.current.is_none();
            self.jump(after);
        }
        self.join_defers(of_then, then_ends, else_ends);
        self.frame.current = Some(after);
        self.prune_dead(after);
    }

    /// Deferred calls behind a branch: those of `other` and those of the current branch.
    fn join_defers(
        &mut self,
        other: Vec<(crate::ir::Call, crate::ir::At, bool)>,
        other_ends: bool,
        own_ends: bool,
    ) {
        if other_ends {
            return;
        }
        if own_ends {
            self.frame.defers = other;
            return;
        }
        let own = std::mem::take(&mut self.frame.defers);
        let common = (own.iter().zip(&other))
            .take_while(|(a, b)| a.1 == b.1)
            .count();
        let mut joined = own[..common].to_vec();
        for (call, at, _) in other[common..].iter().chain(&own[common..]) {
            joined.push((call.clone(), *at, false));
        }
        self.frame.defers = joined;
    }

    /// A block that nothing leads to is behind a jump.
    fn prune_dead(&mut self, block: BlockId) {
        if !self.frame.reached.contains(&block) {
            self.frame.current = None;
        }
    }

    /// Goes to one of two blocks.
    pub(super) fn cond(&mut self, cond: ExprId, yes: BlockId, no: BlockId) {
        let cond = self.ast.unparen(cond);
        match self.kind(cond) {
            ExprKind::Unary {
                op: UnaryOp::Not,
                x,
            } => return self.cond(x, no, yes),
            ExprKind::Binary {
                op: op @ (BinaryOp::LAnd | BinaryOp::LOr),
                x,
                y,
            } if self.depth < MAX_DEPTH => {
                let second = self.new_block();
                self.depth += 1;
                if op == BinaryOp::LAnd {
                    self.cond(x, second, no);
                } else {
                    self.cond(x, yes, second);
                }
                self.frame.current = Some(second);
                self.cond(y, yes, no);
                self.depth -= 1;
                return;
            }
            _ => {}
        }
        self.expr(cond);
        let constant = self.info.type_of(cond).and_then(|it| it.value);
        let constant = constant.and_then(|value| self.store.value(value).as_bool());
        let fact = self.fact(cond);
        let from = self.here();
        let negated = fact.map(|fact| Fact {
            zero: !fact.zero,
            ..fact
        });
        if constant != Some(false) {
            self.edge(from, yes, fact);
        }
        if constant != Some(true) {
            self.edge(from, no, negated);
        }
        self.frame.current = None;
    }

    /// What holds if the condition does.
    fn fact(&self, cond: ExprId) -> Option<Fact> {
        let var_of = |expr: ExprId| {
            let expr = self.ast.unparen(expr);
            let var = matches!(self.kind(expr), ExprKind::Ident(_))
                .then(|| self.ident_obj(expr))
                .flatten()?;
            self.is_var(var).then_some(var)
        };
        match self.kind(cond) {
            ExprKind::Ident(_) => Some(Fact {
                var: var_of(cond)?,
                zero: false,
            }),
            ExprKind::Binary { op, x, y } => {
                let zero = match op {
                    BinaryOp::Eql => true,
                    BinaryOp::Neq => false,
                    _ => return None,
                };
                let is_nil = |expr: ExprId| {
                    self.ast
                        .ident(self.ast.unparen(expr))
                        .is_some_and(|name| name.as_str() == "nil")
                };
                if is_nil(y) {
                    return Some(Fact {
                        var: var_of(x)?,
                        zero,
                    });
                }
                // `err == io.EOF` says that it is not nil.
                let var = var_of(x)?;
                let is_error = matches!(self.kind(self.ast.unparen(y)), ExprKind::Selector { .. })
                    && self.store.name(var).starts_with("err");
                (is_error && zero).then_some(Fact { var, zero: false })
            }
            ExprKind::Call { args, .. } => {
                // errors.Is(err, …), and the like.
                let [first, ..] = self.ast.list(args) else {
                    return None;
                };
                let var = var_of(*first)?;
                self.store
                    .name(var)
                    .starts_with("err")
                    .then_some(Fact { var, zero: false })
                    .filter(|_| self.is_errors_call(cond))
            }
            _ => None,
        }
    }

    fn is_errors_call(&self, call: ExprId) -> bool {
        let ExprKind::Call { fun, .. } = self.kind(call) else {
            return false;
        };
        let ExprKind::Selector { x, .. } = self.kind(self.ast.unparen(fun)) else {
            return false;
        };
        self.ast
            .ident(x)
            .is_some_and(|name| name.as_str() == "errors")
    }

    fn switch(&mut self, clauses: List<StmtId>, is_conditions: bool, guard: Option<Operand>) {
        let label = self.frame.label.take();
        let after = self.new_block();
        let clauses = self.ast.list(clauses).to_vec();
        let bodies: Vec<BlockId> = clauses.iter().map(|_| self.new_block()).collect();
        let mut otherwise = after;
        for (clause, body) in clauses.iter().zip(&bodies) {
            let StmtKind::Case { exprs, default, .. } = self.ast.stmt(*clause).kind else {
                continue;
            };
            if default {
                otherwise = *body;
            }
            for expr in self.ast.list(exprs).to_vec() {
                let next = self.new_block();
                if is_conditions {
                    self.cond(expr, *body, next);
                } else {
                    self.expr(expr);
                    let from = self.here();
                    self.edge(from, *body, None);
                    self.edge(from, next, None);
                }
                self.frame.current = Some(next);
            }
        }
        self.jump(otherwise);
        self.frame.jumps.push(Jump {
            label,
            to_break: after,
            to_continue: None,
        });
        let before = self.frame.defers.clone();
        let mut joined: Option<Vec<_>> = (otherwise == after).then(|| before.clone());
        for (number, clause) in clauses.iter().enumerate() {
            let StmtKind::Case { body, .. } = self.ast.stmt(*clause).kind else {
                continue;
            };
            if let (Some(guard), Some(var)) = (guard, self.info.implicit(*clause))
                && guard.node.is_some()
            {
                let node = self.var_node(var);
                self.flow(node, None, guard);
            }
            self.frame.defers.clone_from(&before);
            self.frame.current = Some(bodies[number]);
            self.list(body);
            let falls = self.ast.list(body).last().is_some_and(|last| {
                matches!(
                    self.ast.stmt(*last).kind,
                    StmtKind::Branch {
                        kind: BranchKind::Fallthrough,
                        ..
                    }
                )
            });
            let ends = self.frame.current.is_none();
            self.jump(
                bodies
                    .get(number + 1)
                    .copied()
                    .filter(|_| falls)
                    .unwrap_or(after),
            );
            if !ends {
                if let Some(other) = joined.take() {
                    self.join_defers(other, false, false);
                }
                joined = Some(self.frame.defers.clone());
            }
        }
        self.frame.defers = joined.unwrap_or(before);
        self.frame.jumps.pop();
        self.frame.current = Some(after);
        self.prune_dead(after);
    }

    fn select_stmt(&mut self, clauses: List<StmtId>, at: crate::ir::At) {
        let label = self.frame.label.take();
        let clauses = self.ast.list(clauses).to_vec();
        let mut arms = Vec::new();
        let mut has_default = false;
        for clause in &clauses {
            let StmtKind::Comm { comm, .. } = self.ast.stmt(*clause).kind else {
                continue;
            };
            match comm {
                None => has_default = true,
                Some(comm) => arms.push((*clause, self.arm(comm))),
            }
        }
        let word = crate::ir::At {
            range: base::TextRange::new(at.range.start, at.range.start + 6),
            ..at
        };
        // A select of one arm is that operation.
        let is_plain = arms.len() == 1 && !has_default;
        if !is_plain {
            let ops = arms.iter().map(|(_, arm)| (arm.op, arm.operand)).collect();
            self.event(
                EventKind::Select {
                    arms: ops,
                    default: has_default,
                },
                word,
            );
        }
        if clauses.is_empty() {
            self.exit(Exit::Never, word);
            return;
        }
        let from = self.here();
        let after = self.new_block();
        self.frame.jumps.push(Jump {
            label,
            to_break: after,
            to_continue: None,
        });
        let before = self.frame.defers.clone();
        let mut joined: Option<Vec<_>> = None;
        for clause in &clauses {
            let StmtKind::Comm { body, .. } = self.ast.stmt(*clause).kind else {
                continue;
            };
            let block = self.new_block();
            self.edge(from, block, None);
            self.frame.current = Some(block);
            self.frame.defers.clone_from(&before);
            if let Some((_, arm)) = arms.iter().find(|(own, _)| own == clause) {
                let arm_at = self.at(arm.range);
                let kind = if is_plain {
                    EventKind::Op(arm.op, arm.operand)
                } else {
                    EventKind::Arm(arm.op, arm.operand)
                };
                self.event(kind, arm_at);
                for (target, value) in &arm.stores {
                    self.store_value(*target, *value);
                }
            }
            self.list(body);
            let ends = self.frame.current.is_none();
            self.jump(after);
            if !ends {
                if let Some(other) = joined.take() {
                    self.join_defers(other, false, false);
                }
                joined = Some(self.frame.defers.clone());
            }
        }
        self.frame.defers = joined.unwrap_or(before);
        self.frame.jumps.pop();
        self.frame.current = Some(after);
        self.prune_dead(after);
    }

    /// What an arm waits for; its operands are evaluated before the select.
    fn arm(&mut self, comm: StmtId) -> ArmParts {
        let range = self.ast.range(comm);
        let recv = |lowerer: &mut Self, expr: ExprId| {
            let expr = lowerer.ast.unparen(expr);
            match lowerer.kind(expr) {
                ExprKind::Unary {
                    op: UnaryOp::Arrow,
                    x,
                } => lowerer.expr(x),
                _ => Operand::default(),
            }
        };
        match self.ast.stmt(comm).kind {
            StmtKind::Send { chan, value } => {
                let operand = self.expr(chan);
                let sent = self.expr(value);
                self.send(operand, sent, value);
                ArmParts {
                    op: Op::Send,
                    operand,
                    stores: Vec::new(),
                    range,
                }
            }
            StmtKind::Assign { lhs, rhs, .. } => {
                let rhs = self.ast.list(rhs).first().copied();
                let operand = rhs.map(|rhs| recv(self, rhs)).unwrap_or_default();
                let value = self.received(operand);
                let values = [value, Operand::default()];
                ArmParts {
                    op: Op::Recv,
                    operand,
                    stores: self.ast.list(lhs).iter().copied().zip(values).collect(),
                    range,
                }
            }
            StmtKind::Expr(x) => {
                let operand = recv(self, x);
                ArmParts {
                    op: Op::Recv,
                    operand,
                    stores: Vec::new(),
                    range,
                }
            }
            _ => ArmParts {
                op: Op::Recv,
                operand: Operand::default(),
                stores: Vec::new(),
                range,
            },
        }
    }

    fn for_stmt(
        &mut self,
        init: Option<StmtId>,
        cond: Option<ExprId>,
        post: Option<StmtId>,
        body: StmtId,
        at: crate::ir::At,
    ) {
        let label = self.frame.label.take();
        if let Some(init) = init {
            self.stmt(init);
        }
        let constant = cond.and_then(|cond| self.info.type_of(cond)?.value);
        let is_true = constant.and_then(|value| self.store.value(value).as_bool()) == Some(true);
        let kind = match cond {
            None => LoopKind::Endless,
            Some(_) if is_true => LoopKind::Endless,
            Some(_) if init.is_some() && post.is_some() => LoopKind::Counted,
            Some(_) => LoopKind::While,
        };
        let count = self.clause_count(init, cond, post);
        let after = self.new_block();
        let head = self.begin_loop(Loop {
            at,
            kind,
            count,
            head: after,
            after,
        });
        let start = self.new_block();
        let step = self.new_block();
        self.jump(head);
        self.frame.current = Some(head);
        match cond {
            Some(cond) => self.cond(cond, start, after),
            None => self.jump(start),
        }
        self.frame.jumps.push(Jump {
            label,
            to_break: after,
            to_continue: Some(step),
        });
        self.frame.current = Some(start);
        self.stmts_of(body);
        self.jump(step);
        self.frame.current = Some(step);
        if let Some(post) = post {
            self.stmt(post);
        }
        self.jump(head);
        self.frame.jumps.pop();
        self.frame.loops.pop();
        self.frame.current = Some(after);
        self.prune_dead(after);
    }

    /// Enters a loop; the block is where its turns begin.
    fn begin_loop(&mut self, of: Loop) -> BlockId {
        let number = self.frame.all_loops.len() as u32;
        self.frame.loops.push(number);
        let head = self.new_block();
        self.frame.all_loops.push(Loop { head, ..of });
        head
    }

    fn range_stmt(
        &mut self,
        [key, value]: [Option<ExprId>; 2],
        x: ExprId,
        body: StmtId,
        at: crate::ir::At,
    ) {
        let label = self.frame.label.take();
        let over = self.expr(x);
        let typ = self.type_of(x);
        let under = typ.map(|typ| self.store.under_kind(typ));
        let kind = match under {
            Some(TypeKind::Chan { .. }) => LoopKind::Channel,
            Some(TypeKind::Signature(_)) => LoopKind::Iterator,
            _ => LoopKind::Counted,
        };
        let count = (kind == LoopKind::Counted)
            .then(|| self.range_count(x, under))
            .flatten();
        let after = self.new_block();
        let head = self.begin_loop(Loop {
            at,
            kind,
            count,
            head: after,
            after,
        });
        let start = self.new_block();
        self.jump(head);
        self.frame.current = Some(head);
        let at_x = self.at_expr(x);
        match kind {
            LoopKind::Channel => self.op(Op::Range, over, at_x),
            LoopKind::Iterator => self.iterate(over, at_x),
            _ => {}
        }
        let from = self.here();
        self.edge(from, start, None);
        self.edge(from, after, None);
        self.frame.jumps.push(Jump {
            label,
            to_break: after,
            to_continue: Some(head),
        });
        self.frame.current = Some(start);
        let elem = self.received(over);
        let (first, second) = match kind {
            LoopKind::Channel => (elem, Operand::default()),
            _ => (elem_of_key(under, elem), elem),
        };
        for (target, value) in [(key, first), (value, second)] {
            if let Some(target) = target {
                self.store_value(target, value);
            }
        }
        self.stmts_of(body);
        self.jump(head);
        self.frame.jumps.pop();
        self.frame.loops.pop();
        self.frame.current = Some(after);
    }

    /// What a channel or container holds.
    pub(super) fn received(&mut self, over: Operand) -> Operand {
        let node = over.node.map(|node| self.program.nodes.elem(node));
        Operand {
            node,
            ..Operand::default()
        }
    }

    fn range_count(&self, x: ExprId, under: Option<TypeKind>) -> Option<Count> {
        let known = self.info.type_of(x)?;
        let constant = known
            .value
            .and_then(|value| self.store.value(value).as_i64());
        if let Some(n) = constant {
            return Some(Count {
                text: None,
                minus: -n,
            });
        }
        let text = crate::program::short(self.program.text(self.at_expr(x)));
        match under? {
            TypeKind::Array { len, .. } => Some(Count {
                text: None,
                minus: -len,
            }),
            TypeKind::Basic(_) if known.mode != TypeMode::Const => Some(Count {
                text: Some(text),
                minus: 0,
            }),
            TypeKind::Slice(_) | TypeKind::Map { .. } => Some(Count {
                text: Some(format!("len({text})")),
                minus: 0,
            }),
            _ => None,
        }
    }

    /// `for i := 1; i < n; i++`
    fn clause_count(
        &self,
        init: Option<StmtId>,
        cond: Option<ExprId>,
        post: Option<StmtId>,
    ) -> Option<Count> {
        let StmtKind::Assign { lhs, rhs, .. } = self.ast.stmt(init?).kind else {
            return None;
        };
        let ([var], [start]) = (self.ast.list(lhs), self.ast.list(rhs)) else {
            return None;
        };
        let ExprKind::Binary { op, x, y } = self.kind(cond?) else {
            return None;
        };
        let StmtKind::IncDec {
            x: stepped,
            inc: true,
        } = self.ast.stmt(post?).kind
        else {
            return None;
        };
        let name = self.ast.ident(*var)?;
        if self.ast.ident(x) != Some(name) || self.ast.ident(stepped) != Some(name) {
            return None;
        }
        let more = match op {
            BinaryOp::Lss => 0,
            BinaryOp::Leq => 1,
            _ => return None,
        };
        let number = |expr: ExprId| {
            let value = self.info.type_of(expr)?.value?;
            self.store.value(value).as_i64()
        };
        let minus = number(*start)? - more;
        Some(if let Some(n) = number(y) {
            Count {
                text: None,
                minus: minus - n,
            }
        } else {
            let text = crate::program::short(self.program.text(self.at_expr(y)));
            Count {
                text: Some(text),
                minus,
            }
        })
    }
}

/// The keys of a map may carry primitives as its elements do: they share a node.
fn elem_of_key(under: Option<TypeKind>, elem: Operand) -> Operand {
    match under {
        Some(TypeKind::Map { .. }) => elem,
        _ => Operand::default(),
    }
}

/// An arm of a select.
struct ArmParts {
    op: Op,
    operand: Operand,
    stores: Vec<(ExprId, Operand)>,
    range: base::TextRange,
}
