//! Loops: where their turns begin and end, and how many there are.

use go_syntax::{BinaryOp, ExprId, ExprKind, StmtId, StmtKind};
use go_types::{Mode as TypeMode, TypeKind};

use super::{Jump, Lowerer};
use crate::ir::{BlockId, Count, Loop, LoopKind, Op, Operand};

impl Lowerer<'_, '_> {
    pub(super) fn for_stmt(
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
            Some(_) if post.is_some() => LoopKind::Counted,
            Some(_) => LoopKind::While,
        };
        let count = self.clause_count(init, cond, post);
        let (head, after) = self.begin_loop(at, kind, count);
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

    /// Enters a loop; the blocks are where its turns begin and what follows it.
    fn begin_loop(
        &mut self,
        at: crate::ir::At,
        kind: LoopKind,
        count: Option<Count>,
    ) -> (BlockId, BlockId) {
        let number = self.frame.all_loops.len() as u32;
        let after = self.new_block();
        self.frame.loops.push(number);
        let head = self.new_block();
        self.frame.all_loops.push(Loop {
            at,
            kind,
            count,
            head,
            after,
        });
        (head, after)
    }

    pub(super) fn range_stmt(
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
        let (head, after) = self.begin_loop(at, kind, count);
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
                self.store_known(target, value, false);
            }
        }
        self.stmts_of(body);
        self.jump(head);
        self.frame.jumps.pop();
        self.frame.loops.pop();
        self.frame.current = Some(after);
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
        let text = crate::program::short(self.text(x));
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
            let text = crate::program::short(self.text(y));
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
