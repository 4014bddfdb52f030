//! Expressions. Blanks around binary operators depend on what is around the expression: `a*b + c`,
//! `f(a*b+c, d)`.

use super::Printer;
use super::stmt::LONGEST_LIT_HEAD;
use crate::ast::{ExprId, ExprKind};
use crate::token::{BinaryOp, UnaryOp};

/// Operators bind closest above all binary ones.
const UNARY_PRECEDENCE: u8 = 6;

/// What binary operators a chain has, and whether blanks must keep tokens apart in it.
#[derive(Clone, Copy, Default)]
struct Chain {
    has_sum: bool,
    has_product: bool,
    /// Precedence of the operator that would run together with the operand behind it.
    problem: u8,
}

impl Printer<'_> {
    pub(super) fn expr(&mut self, id: ExprId) {
        self.expr_at(id, 1);
    }

    /// At nesting `depth`, from 1: deeper means tighter.
    pub(super) fn expr_at(&mut self, id: ExprId, depth: u32) {
        self.deeper(id, |p| p.expr_of_kind(id, depth));
    }

    fn expr_of_kind(&mut self, id: ExprId, depth: u32) {
        match self.ast.expr(id).kind {
            ExprKind::Bad => {}
            ExprKind::Ident(name) => self.put(name.as_str()),
            ExprKind::BasicLit(_) => {
                let text = self.file.expr_text(id);
                self.put(text);
            }
            ExprKind::FuncLit { ty, body } => {
                let head = self.out.len();
                self.expr_at(ty, depth);
                self.func_body(body, head, LONGEST_LIT_HEAD);
            }
            ExprKind::CompositeLit { ty, elems } => {
                if let Some(ty) = ty {
                    self.expr_at(ty, depth);
                }
                self.put("{");
                self.comma_list(self.ast.list(elems), |p, x| p.expr_at(x, 1));
                self.put("}");
            }
            ExprKind::Paren(x) => {
                self.put("(");
                self.expr_at(x, depth.saturating_sub(1).max(1));
                self.put(")");
            }
            ExprKind::Selector { x, sel } => {
                self.expr_at(x, depth);
                self.put(".");
                self.name(sel);
            }
            ExprKind::Index { x, indices } => {
                self.expr_at(x, depth);
                self.put("[");
                self.comma_list(self.ast.list(indices), |p, x| p.expr_at(x, depth + 1));
                self.put("]");
            }
            ExprKind::Slice {
                x,
                lo,
                hi,
                max,
                three,
            } => {
                let mut bounds = vec![lo, hi];
                bounds.extend(three.then_some(max));
                self.slice(x, &bounds, depth);
            }
            ExprKind::TypeAssert { x, ty } => {
                self.expr_at(x, depth);
                self.put(".(");
                match ty {
                    Some(ty) => self.expr(ty),
                    None => self.put("type"),
                }
                self.put(")");
            }
            ExprKind::Call { fun, args, spread } => {
                let args = self.ast.list(args);
                let depth = depth + u32::from(args.len() > 1);
                self.expr_at(fun, depth);
                self.put("(");
                self.comma_list(args, |p, x| p.expr_at(x, depth));
                self.put(if spread { "...)" } else { ")" });
            }
            ExprKind::Star(x) => {
                self.put("*");
                self.expr(x);
            }
            ExprKind::Unary { op, x } => {
                self.put(op.text());
                self.expr_at(x, depth);
            }
            ExprKind::Binary { op, x, y } => self.binary(id, op, (x, y), depth),
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.put(": ");
                self.expr(value);
            }
            _ => self.type_expr(id),
        }
    }

    /// Two bounds, or three if there are two colons.
    fn slice(&mut self, x: ExprId, bounds: &[Option<ExprId>], depth: u32) {
        self.expr_at(x, depth);
        self.put("[");
        let given = bounds.iter().flatten();
        let is_binary = |id: &ExprId| matches!(self.ast.expr(*id).kind, ExprKind::Binary { .. });
        let blanks = depth <= 1 && given.clone().count() > 1 && given.clone().any(is_binary);
        for (number, bound) in bounds.iter().enumerate() {
            if number > 0 {
                if blanks && bounds[number - 1].is_some() {
                    self.put(" ");
                }
                self.put(":");
                if blanks && bound.is_some() {
                    self.put(" ");
                }
            }
            if let Some(bound) = bound {
                self.expr_at(*bound, depth + 1);
            }
        }
        self.put("]");
    }

    /// The chain down the left side is printed in a loop, since it may be long.
    fn binary(&mut self, id: ExprId, op: BinaryOp, operands: (ExprId, ExprId), depth: u32) {
        let cutoff = self.cutoff(id, depth);
        let mut links = vec![(op, operands.1, cutoff, depth)];
        let (mut left, mut depth, mut precedence) = (operands.0, depth, op.precedence());
        while let ExprKind::Binary { op, x, y } = self.ast.expr(left).kind {
            // A chain of one precedence is judged once, by its top.
            depth += u32::from(op.precedence() != precedence);
            precedence = op.precedence();
            links.push((op, y, self.cutoff(left, depth), depth));
            left = x;
        }
        self.expr_at(left, depth + 1);
        for (op, right, cutoff, depth) in links.into_iter().rev() {
            let blanks = op.precedence() < cutoff;
            if blanks {
                self.out.push(' ');
            }
            self.put(op.text());
            if blanks {
                self.out.push(' ');
            }
            self.expr_at(right, depth + 1);
        }
    }

    /// Operators of lower precedence than this have blanks around them.
    fn cutoff(&self, id: ExprId, depth: u32) -> u8 {
        let chain = self.chain(id);
        match depth {
            _ if chain.problem > 0 => chain.problem + 1,
            1 if chain.has_sum && chain.has_product => 5,
            1 => UNARY_PRECEDENCE,
            _ => 4,
        }
    }

    fn chain(&self, id: ExprId) -> Chain {
        let mut chain = Chain::default();
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            let ExprKind::Binary { op, x, y } = self.ast.expr(id).kind else {
                continue;
            };
            let precedence = op.precedence();
            chain.has_sum |= precedence == 4;
            chain.has_product |= precedence == 5;
            if let ExprKind::Binary { op: left, .. } = self.ast.expr(x).kind
                && left.precedence() >= precedence
            {
                pending.push(x);
            }
            match self.ast.expr(y).kind {
                ExprKind::Binary { op: right, .. } if right.precedence() > precedence => {
                    pending.push(y);
                }
                ExprKind::Star(_) if op == BinaryOp::Quo => chain.problem = 5,
                ExprKind::Unary { op: unary, .. } => {
                    let problem = match (op, unary) {
                        (BinaryOp::And, UnaryOp::And | UnaryOp::Xor) => 5,
                        (BinaryOp::Add, UnaryOp::Add) | (BinaryOp::Sub, UnaryOp::Sub) => 4,
                        _ => 0,
                    };
                    chain.problem = chain.problem.max(problem);
                }
                _ => {}
            }
        }
        chain
    }
}
