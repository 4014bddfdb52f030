//! What is done to variables that hold whole structs and arrays.

use base::TextRange;
use go_syntax::{ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::{ObjId, SelectionKind, TypeKind};

use super::{Callee, Source};

impl Source<'_> {
    /// Whether an identifier is used for a field alone, which is read: `v.f`, `v.f.g`, `v.f[i]`; neither is its address
    /// taken nor a method called that takes it.
    pub(crate) fn is_field_read(&self, ident: ExprId) -> bool {
        let Some(Node::Expr(first)) = self.parent(ident) else {
            return false;
        };
        let is_field =
            |expr| (self.info().selection(expr)).is_some_and(|it| it.kind == SelectionKind::Field);
        matches!(self.expr(first), ExprKind::Selector { x, .. } if x == ident)
            && is_field(first)
            && self.is_read(first)
    }

    /// Whether a variable, field or element is read where it stands, and not changed in part or taken the address of.
    fn is_read(&self, place: ExprId) -> bool {
        // Behind a pointer, slice or map lies something else.
        let is_direct = matches!(
            self.kind(place),
            Some(TypeKind::Struct(_) | TypeKind::Array { .. })
        );
        if self.is_write(place) {
            return false;
        }
        let Some(Node::Expr(outer)) = self.parent(place) else {
            return true;
        };
        match self.expr(outer) {
            ExprKind::Paren(_) => self.is_read(outer),
            ExprKind::Slice { x, .. } if x == place => !is_direct,
            ExprKind::Index { x, .. } if x == place && is_direct => self.is_read(outer),
            ExprKind::Selector { x, .. } if x == place => match self.info().selection(outer) {
                Some(it) if it.kind == SelectionKind::Field => !is_direct || self.is_read(outer),
                Some(it) if it.kind == SelectionKind::Method => {
                    !self.has_pointer_receiver(it.obj) || self.is_pointer(place)
                }
                _ => true,
            },
            _ => true,
        }
    }

    fn has_pointer_receiver(&self, method: ObjId) -> bool {
        self.with_store(|store| {
            let Some(typ) = store.obj(method).typ else {
                return true;
            };
            let Some(recv) = store.as_signature(typ).and_then(|it| it.recv) else {
                return true;
            };
            let recv = store.obj_type(recv);
            matches!(store.unaliased(recv), TypeKind::Pointer(_))
        })
    }

    /// Whether a call runs code: it is not a conversion and none of the predeclared functions that are compiled in place.
    pub(crate) fn is_real_call(&self, call: ExprId) -> bool {
        use go_types::Builtin;
        matches!(self.expr(call), ExprKind::Call { .. })
            && match self.callee(call) {
                Some(Callee::Builtin(builtin)) => {
                    matches!(builtin, Builtin::Append | Builtin::Delete | Builtin::Print)
                }
                Some(Callee::Conversion(_)) | None => false,
                Some(_) => true,
            }
    }

    /// Whether what a statement does may reach anything but the plain variables that it names: it calls, or stores into a
    /// field, an element or behind a pointer.
    pub(crate) fn may_store(&self, stmt: StmtId) -> bool {
        let is_plain = |it: &ExprId| matches!(self.inner(*it), ExprKind::Ident(_));
        self.below(stmt).into_iter().any(|node| match node {
            Node::Expr(id) => self.is_real_call(id),
            Node::Stmt(id) => match self.stmt(id) {
                StmtKind::Assign { lhs, .. } => !self.file.ast.list(lhs).iter().all(is_plain),
                StmtKind::IncDec { x, .. } => !is_plain(&x),
                StmtKind::Send { .. } | StmtKind::Go(_) | StmtKind::Select { .. } => true,
                _ => false,
            },
            _ => false,
        })
    }

    /// Whether a range mentions a variable in any way but to read of it.
    pub(crate) fn is_changed_in(&self, obj: ObjId, range: TextRange) -> bool {
        (self.mentions(obj).iter())
            .any(|ident| range.covers(self.range(*ident)) && !self.is_read(*ident))
    }
}
