//! Questions about expressions: constants, purity, sameness.

use go_syntax::{BinaryOp, ExprId, ExprKind, Node, UnaryOp};
use go_types::{Basic, Builtin, ObjId, TypeKind};

use super::{Callee, Source};

impl Source<'_> {
    pub(crate) fn is_const(&self, expr: ExprId) -> bool {
        (self.info().type_of(expr)).is_some_and(|found| found.value.is_some())
    }

    pub(crate) fn const_int(&self, expr: ExprId) -> Option<i64> {
        let value = self.info().type_of(expr)?.value?;
        self.with_store(|store| store.value(value).to_int().as_i64())
    }

    pub(crate) fn const_text(&self, expr: ExprId) -> Option<String> {
        let value = self.info().type_of(expr)?.value?;
        let bytes = self.with_store(|store| store.value(value).as_bytes())?;
        String::from_utf8(bytes).ok()
    }

    pub(crate) fn is_nil(&self, expr: ExprId) -> bool {
        self.basic(expr) == Some(Basic::UntypedNil)
    }

    /// Whether an expression may be evaluated elsewhere and again: names, selections of fields, constants, `len` and
    /// `cap`, indices, conversions of numbers, and sums of those. It may panic where its parts do.
    pub(crate) fn is_pure(&self, expr: ExprId) -> bool {
        if self.is_const(expr) {
            return true;
        }
        match self.expr(expr) {
            ExprKind::Ident(_) | ExprKind::BasicLit(_) => true,
            ExprKind::Paren(x) | ExprKind::Star(x) => self.is_pure(x),
            ExprKind::Selector { x, .. } => {
                let is_method = (self.info().selection(expr))
                    .is_some_and(|it| it.kind != go_types::SelectionKind::Field);
                !is_method && (self.info().selection(expr).is_none() || self.is_pure(x))
            }
            ExprKind::Index { x, indices } => {
                self.is_pure(x)
                    && (self.file.ast.list(indices).iter()).all(|index| self.is_pure(*index))
            }
            ExprKind::Binary { op, x, y } => {
                let divides = matches!(op, BinaryOp::Quo | BinaryOp::Rem);
                let shifts = op.is_shift() && !self.is_const(y);
                !divides && !shifts && self.is_pure(x) && self.is_pure(y)
            }
            ExprKind::Unary { op, x } => {
                matches!(op, UnaryOp::Sub | UnaryOp::Add | UnaryOp::Xor) && self.is_pure(x)
            }
            ExprKind::Call { args, .. } => {
                let args = self.file.ast.list(args);
                match self.callee(expr) {
                    Some(Callee::Builtin(Builtin::Len | Builtin::Cap)) => {
                        args.iter().all(|arg| self.is_pure(*arg))
                    }
                    Some(Callee::Conversion(typ)) => {
                        matches!(self.under(typ), TypeKind::Basic(basic) if basic != Basic::String)
                            && args.iter().all(|arg| self.is_pure(*arg))
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Whether two expressions are spelled alike and mean the same objects.
    pub(crate) fn same(&self, a: ExprId, b: ExprId) -> bool {
        let (a, b) = (self.file.ast.unparen(a), self.file.ast.unparen(b));
        let (a, b) = (self.below(a), self.below(b));
        a.len() == b.len()
            && a.iter().zip(&b).all(|(a, b)| match (*a, *b) {
                (Node::Expr(a), Node::Expr(b)) => self.same_node(a, b),
                _ => false,
            })
    }

    fn same_node(&self, a: ExprId, b: ExprId) -> bool {
        match (self.expr(a), self.expr(b)) {
            (ExprKind::Ident(x), ExprKind::Ident(y)) => {
                x == y && self.info().use_of(a) == self.info().use_of(b)
            }
            (ExprKind::BasicLit(_), ExprKind::BasicLit(_)) => self.text(a) == self.text(b),
            (ExprKind::Unary { op: x, .. }, ExprKind::Unary { op: y, .. }) => x == y,
            (ExprKind::Binary { op: x, .. }, ExprKind::Binary { op: y, .. }) => x == y,
            (a, b) => a.name() == b.name(),
        }
    }

    /// The variables that an expression mentions, fields among them.
    pub(crate) fn variables_in(&self, expr: ExprId) -> Vec<ObjId> {
        let mut found = Vec::new();
        for node in self.below(expr) {
            if let Node::Expr(id) = node
                && matches!(self.expr(id), ExprKind::Ident(_))
                && let Some(obj) = self.object(id)
                && self.var_kind(obj).is_some()
                && !found.contains(&obj)
            {
                found.push(obj);
            }
        }
        found
    }

    /// Whether an expression calls anything but conversions, `len` and `cap`, or receives from a channel.
    pub(crate) fn has_calls(&self, expr: ExprId) -> bool {
        self.below(expr).into_iter().any(|node| match node {
            Node::Expr(id) => match self.expr(id) {
                ExprKind::Call { .. } => !matches!(
                    self.callee(id),
                    Some(
                        Callee::Conversion(_)
                            | Callee::Builtin(
                                Builtin::Len
                                    | Builtin::Cap
                                    | Builtin::Min
                                    | Builtin::Max
                                    | Builtin::Real
                                    | Builtin::Imag
                                    | Builtin::Complex
                            )
                    )
                ),
                ExprKind::Unary { op, .. } => op == UnaryOp::Arrow,
                _ => false,
            },
            _ => false,
        })
    }

    /// The local variable that an expression reads through selections, indices, slices, dereferences.
    pub(crate) fn base_variable(&self, expr: ExprId) -> Option<ObjId> {
        let mut expr = self.file.ast.unparen(expr);
        loop {
            expr = match self.expr(expr) {
                ExprKind::Paren(x)
                | ExprKind::Star(x)
                | ExprKind::Selector { x, .. }
                | ExprKind::Index { x, .. }
                | ExprKind::Slice { x, .. }
                | ExprKind::TypeAssert { x, .. }
                | ExprKind::Unary {
                    op: UnaryOp::And,
                    x,
                } => x,
                ExprKind::Ident(_) => return self.variable(expr),
                _ => return None,
            };
        }
    }
}

impl Source<'_> {
    /// Whether an object is a field or method.
    pub(crate) fn is_member(&self, obj: ObjId) -> bool {
        self.with_store(|store| {
            store.is_method(obj)
                || matches!(
                    store.obj(obj).kind,
                    go_types::ObjKind::Var {
                        kind: go_types::VarKind::Field,
                        ..
                    }
                )
        })
    }

    /// Whether an object is `path.name`.
    pub(crate) fn is_of_package(&self, obj: ObjId, path: &str, name: &str) -> bool {
        self.with_store(|store| {
            let object = store.obj(obj);
            object.pkg.is_some_and(|pkg| {
                store.names.text(store.packages[pkg].path) == path
                    && store.names.text(object.name) == name
            })
        })
    }

    /// Whether an object is declared outside of a statement.
    pub(crate) fn is_declared_outside(&self, obj: ObjId, stmt: go_syntax::StmtId) -> bool {
        let range = self.range(stmt);
        (self.mentions(obj).iter())
            .all(|ident| !(self.is_declaration(*ident) && range.covers(self.range(*ident))))
    }

    /// How a type is spelled in this file: basic types, and types of this package that nothing hides; pointers and
    /// slices of those.
    pub(crate) fn spelled_type(&self, typ: go_types::TypeId, at: ExprId) -> Option<String> {
        match self.with_store(|store| store.unaliased(typ)) {
            TypeKind::Basic(basic) => {
                (self.is_predeclared(basic.name(), at)).then(|| basic.name().to_owned())
            }
            TypeKind::Pointer(base) => Some(format!("*{}", self.spelled_type(base, at)?)),
            TypeKind::Slice(elem) => Some(format!("[]{}", self.spelled_type(elem, at)?)),
            TypeKind::Named(id) => {
                let scope = self.scope_at(at.into())?;
                let offset = self.range(at).start;
                self.with_store(|store| {
                    let named = store.named(id);
                    if named.instance.is_some() {
                        return None;
                    }
                    let obj = named.obj;
                    let name = store.obj(obj).name;
                    let (_, visible) = store.lookup_parent(scope, name, Some(offset))?;
                    (visible == obj).then(|| store.names.text(name).to_owned())
                })
            }
            _ => None,
        }
    }
}
