//! Branches: conditions and what they say of variables, switches, selects.

use base::List;
use go_syntax::{BinaryOp, BranchKind, ExprId, ExprKind, StmtId, StmtKind, UnaryOp};

use super::{Deferred, Jump, Lowerer, MAX_DEPTH, When};
use crate::ir::{BlockId, EventKind, Exit, Fact, Op, Operand};

impl Lowerer<'_, '_> {
    pub(super) fn if_stmt(
        &mut self,
        init: Option<StmtId>,
        cond: ExprId,
        then: StmtId,
        els: Option<StmtId>,
    ) {
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
        let fact = self.lasting_fact(cond);
        self.join_defers(of_then, then_ends, else_ends, fact);
        self.frame.current = Some(after);
        self.prune_dead(after);
    }

    /// What a condition says of a parameter: it holds to the end of the function, as parameters are hardly assigned.
    fn lasting_fact(&self, cond: ExprId) -> Option<Fact> {
        let fact = self.fact(self.ast.unparen(cond))?;
        let func = self.frame.func?;
        self.program.funcs[func]
            .params
            .contains(&fact.var)
            .then_some(fact)
    }

    /// Deferred calls behind a branch: those of `other`, where the fact holds, and those of the current branch.
    fn join_defers(
        &mut self,
        other: Vec<Deferred>,
        other_ends: bool,
        own_ends: bool,
        fact: Option<Fact>,
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
            .take_while(|(a, b)| a.at == b.at)
            .count();
        let mut joined = own[..common].to_vec();
        let sides = [(&other, fact), (&own, fact.map(Fact::negated))];
        for (side, fact) in sides {
            joined.extend(side[common..].iter().map(|it| Deferred {
                when: match it.when {
                    When::Always => When::Sometimes(fact),
                    When::Sometimes(_) => When::Sometimes(None),
                },
                ..it.clone()
            }));
        }
        self.frame.defers = joined;
    }

    /// Puts the deferred calls at the end of an arm with those of the arms before it; an arm that `ends` does not come
    /// to what follows.
    fn join_arm(&mut self, joined: &mut Option<Vec<Deferred>>, ends: bool) {
        if ends {
            return;
        }
        if let Some(other) = joined.take() {
            self.join_defers(other, false, false, None);
        }
        *joined = Some(self.frame.defers.clone());
    }

    /// A block that nothing leads to is behind a jump.
    pub(super) fn prune_dead(&mut self, block: BlockId) {
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
        let negated = fact.map(Fact::negated);
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
            self.is_var(var).then(|| self.obj(var))
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
                if self.is_nil(y) {
                    return Some(Fact {
                        var: var_of(x)?,
                        zero,
                    });
                }
                // `err == io.EOF` says that it is not nil.
                let var = var_of(x)?;
                let is_error = matches!(self.kind(self.ast.unparen(y)), ExprKind::Selector { .. })
                    && self.objects.get(var).name.starts_with("err");
                (is_error && zero).then_some(Fact { var, zero: false })
            }
            ExprKind::Call { args, .. } => {
                // errors.Is(err, …), and the like.
                let [first, ..] = self.ast.list(args) else {
                    return None;
                };
                let var = var_of(*first)?;
                let name = self.objects.get(var).name;
                name.starts_with("err")
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

    pub(super) fn switch(
        &mut self,
        clauses: List<StmtId>,
        is_conditions: bool,
        guard: Option<Operand>,
    ) {
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
        let mut joined = (otherwise == after).then(|| before.clone());
        for (number, clause) in clauses.iter().enumerate() {
            let StmtKind::Case { body, .. } = self.ast.stmt(*clause).kind else {
                continue;
            };
            if let (Some(guard), Some(var)) = (guard, self.info.implicit(*clause)) {
                if guard.node.is_some() {
                    let node = self.var_node(var);
                    self.flow(node, None, guard);
                } else {
                    self.unknown(var, false);
                }
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
            self.join_arm(&mut joined, ends);
        }
        self.frame.defers = joined.unwrap_or(before);
        self.frame.jumps.pop();
        self.frame.current = Some(after);
        self.prune_dead(after);
    }

    pub(super) fn select_stmt(&mut self, clauses: List<StmtId>, at: crate::ir::At) {
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
        let mut joined = None;
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
                    self.store_known(*target, *value, false);
                }
            }
            self.list(body);
            let ends = self.frame.current.is_none();
            self.jump(after);
            self.join_arm(&mut joined, ends);
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
}

/// An arm of a select.
struct ArmParts {
    op: Op,
    operand: Operand,
    stores: Vec<(ExprId, Operand)>,
    range: base::TextRange,
}
