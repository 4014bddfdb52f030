//! Which values are sure to be on the heap, as far as one function shows it.

use go_syntax::{AssignOp, ExprId, ExprKind, Node, StmtKind, UnaryOp};
use go_types::{Builtin, TypeKind, VarKind};

use super::{Callee, Source};

/// Methods of concrete types whose first argument leaves them.
const LEAKING: &[(&str, &str, &str)] = &[
    ("bufio", "Writer", "Write"),
    ("net", "TCPConn", "Write"),
    ("os", "File", "Write"),
];

impl Source<'_> {
    /// Whether a value is stored where it outlives its function: through a pointer, in an element of a slice or map, in a
    /// package variable, behind what a slice holds, in a channel, or with a method of an interface. What the value refers
    /// to is then allocated.
    pub(crate) fn goes_to_heap(&self, expr: ExprId) -> bool {
        match self.parent(expr) {
            Some(Node::Expr(outer)) => match self.expr(outer) {
                ExprKind::Paren(_)
                | ExprKind::KeyValue { .. }
                | ExprKind::CompositeLit { .. }
                | ExprKind::Unary {
                    op: UnaryOp::And, ..
                } => self.goes_to_heap(outer),
                ExprKind::Call { .. } => self.leaks_into(outer, expr),
                _ => false,
            },
            Some(Node::Stmt(stmt)) => match self.stmt(stmt) {
                StmtKind::Send { value, .. } => value == expr,
                StmtKind::Assign {
                    lhs,
                    op: AssignOp::Assign,
                    rhs,
                } => {
                    let (lhs, rhs) = (self.file.ast.list(lhs), self.file.ast.list(rhs));
                    let at = rhs.iter().position(|it| *it == expr);
                    let target = at.and_then(|at| lhs.get(at));
                    lhs.len() == rhs.len() && target.is_some_and(|it| self.is_on_heap(*it))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether an argument of a call leaves it.
    fn leaks_into(&self, call: ExprId, arg: ExprId) -> bool {
        let Some((fun, args, spread)) = self.call(call) else {
            return false;
        };
        if fun == arg {
            return false;
        }
        match self.callee(call) {
            Some(Callee::Builtin(Builtin::Append)) => !spread && args.first() != Some(&arg),
            Some(Callee::Conversion(_)) => self.goes_to_heap(call),
            Some(Callee::Method {
                path,
                typ,
                name,
                x,
                is_interface,
            }) => {
                let is_param = self.type_of(x).is_some_and(|typ| self.is_type_param(typ));
                let is_known = LEAKING.iter().any(|it| *it == (&*path, &*typ, name));
                is_interface && !is_param && !self.may_be_known(x)
                    || is_known && args.first() == Some(&arg)
            }
            _ => false,
        }
    }

    /// Whether the compiler may know the type of the value in an interface: it is a variable that the function sets to the
    /// result of a call or to a literal, and calls of its methods are direct then.
    fn may_be_known(&self, x: ExprId) -> bool {
        let Some(obj) = self.variable(x) else {
            return false;
        };
        if self.var_kind(obj) != Some(VarKind::Local) {
            return false;
        }
        let first = self.mentions(obj).first();
        match first
            .and_then(|it| self.stmt_around(*it))
            .map(|it| self.stmt(it))
        {
            Some(StmtKind::Range { .. }) => false,
            Some(StmtKind::Assign { rhs, .. }) => {
                let rhs = self.file.ast.list(rhs);
                !(rhs.iter()).all(|it| matches!(self.inner(*it), ExprKind::TypeAssert { .. }))
            }
            _ => true,
        }
    }

    /// Whether a place that is assigned to is not in the function's own frame.
    fn is_on_heap(&self, target: ExprId) -> bool {
        let target = self.file.ast.unparen(target);
        match self.expr(target) {
            ExprKind::Ident(_) => {
                let obj = self.object(target);
                obj.and_then(|obj| self.var_kind(obj)) == Some(VarKind::Package)
            }
            ExprKind::Star(_) => true,
            ExprKind::Selector { x, .. } => match self.info().selection(target) {
                Some(selection) => selection.indirect || self.is_pointer(x) || self.is_on_heap(x),
                // A variable of another package.
                None => true,
            },
            ExprKind::Index { x, .. } => match self.kind(x) {
                Some(TypeKind::Array { .. }) => self.is_on_heap(x),
                Some(TypeKind::Slice(_) | TypeKind::Map { .. } | TypeKind::Pointer(_)) => true,
                _ => false,
            },
            _ => false,
        }
    }

    pub(crate) fn is_pointer(&self, expr: ExprId) -> bool {
        matches!(self.kind(expr), Some(TypeKind::Pointer(_)))
    }
}
