//! Children of nodes, in source order.

use super::ids::{DeclId, ExprId, FieldId, ListItem, SigId, SpecId, StmtId};
use super::{Ast, DeclKind, ExprKind, List, SpecKind, StmtKind};

/// A node of any kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Node {
    Decl(DeclId),
    Spec(SpecId),
    Stmt(StmtId),
    Field(FieldId),
    Expr(ExprId),
}

macro_rules! node_from {
    ($($variant:ident($id:ident),)*) => {$(
        impl From<$id> for Node {
            fn from(id: $id) -> Self {
                Self::$variant(id)
            }
        }
    )*};
}

node_from! { Decl(DeclId), Spec(SpecId), Stmt(StmtId), Field(FieldId), Expr(ExprId), }

impl Ast {
    /// Calls `visit` for the node and everything below it, parents first, in the order of go/ast's
    /// `Inspect`. Where `visit` says `false` it goes no deeper.
    ///
    /// Works without recursion, so trees of any depth do not hurt.
    pub fn walk(&self, root: impl Into<Node>, mut visit: impl FnMut(Node) -> bool) {
        let mut pending = vec![root.into()];
        while let Some(node) = pending.pop() {
            if visit(node) {
                let first = pending.len();
                self.push_children(node, &mut pending);
                pending[first..].reverse();
            }
        }
    }

    /// The direct children of a node, appended to `out` in source order.
    pub fn push_children(&self, node: Node, out: &mut Vec<Node>) {
        match node {
            Node::Decl(id) => self.decl_children(id, &mut Children { ast: self, out }),
            Node::Spec(id) => self.spec_children(id, &mut Children { ast: self, out }),
            Node::Stmt(id) => self.stmt_children(id, &mut Children { ast: self, out }),
            Node::Field(id) => {
                let field = self.field(id);
                let mut children = Children { ast: self, out };
                children.list(field.names).one(field.ty).maybe(field.tag);
            }
            Node::Expr(id) => self.expr_children(id, &mut Children { ast: self, out }),
        }
    }

    fn decl_children(&self, id: DeclId, out: &mut Children<'_>) {
        match self.decl(id).kind {
            DeclKind::Bad => {}
            DeclKind::Func(func) => {
                out.list(func.recv).one(func.name).one(func.ty);
                out.maybe(func.body);
            }
            DeclKind::Gen { specs, .. } => {
                out.list(specs);
            }
        }
    }

    fn spec_children(&self, id: SpecId, out: &mut Children<'_>) {
        match self.spec(id).kind {
            SpecKind::Import { name, path } => out.maybe(name).one(path),
            SpecKind::Const {
                names, ty, values, ..
            }
            | SpecKind::Var { names, ty, values } => out.list(names).maybe(ty).list(values),
            SpecKind::Type {
                name,
                type_params,
                ty,
                ..
            } => out.one(name).list(type_params).one(ty),
        };
    }

    fn stmt_children(&self, id: StmtId, out: &mut Children<'_>) {
        match self.stmt(id).kind {
            StmtKind::Bad | StmtKind::Empty => out,
            StmtKind::Decl(decl) => out.one(decl),
            StmtKind::Labeled { label, stmt } => out.one(label).one(stmt),
            StmtKind::Expr(x)
            | StmtKind::IncDec { x, .. }
            | StmtKind::Go(x)
            | StmtKind::Defer(x) => out.one(x),
            StmtKind::Send { chan, value } => out.one(chan).one(value),
            StmtKind::Assign { lhs, rhs, .. } => out.list(lhs).list(rhs),
            StmtKind::Return(results) => out.list(results),
            StmtKind::Branch { label, .. } => out.maybe(label),
            StmtKind::Block(stmts) => out.list(stmts),
            StmtKind::If {
                init,
                cond,
                then,
                els,
            } => out.maybe(init).one(cond).one(then).maybe(els),
            StmtKind::Switch {
                init, tag, clauses, ..
            } => out.maybe(init).maybe(tag).list(clauses),
            StmtKind::TypeSwitch {
                init,
                guard,
                clauses,
                ..
            } => out.maybe(init).one(guard).list(clauses),
            StmtKind::Select { clauses, .. } => out.list(clauses),
            StmtKind::Case { exprs, body, .. } => out.list(exprs).list(body),
            StmtKind::Comm { comm, body, .. } => out.maybe(comm).list(body),
            StmtKind::For {
                init,
                cond,
                post,
                body,
            } => out.maybe(init).maybe(cond).maybe(post).one(body),
            StmtKind::Range {
                key,
                value,
                x,
                body,
                ..
            } => out.maybe(key).maybe(value).one(x).one(body),
        };
    }

    fn expr_children(&self, id: ExprId, out: &mut Children<'_>) {
        match self.expr(id).kind {
            ExprKind::Bad | ExprKind::Ident(_) | ExprKind::BasicLit(_) => out,
            ExprKind::FuncLit { ty, body } => out.one(ty).one(body),
            ExprKind::CompositeLit { ty, elems } => out.maybe(ty).list(elems),
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Unary { x, .. } => out.one(x),
            ExprKind::Selector { x, sel } => out.one(x).one(sel),
            ExprKind::Index { x, indices } => out.one(x).list(indices),
            ExprKind::Slice { x, lo, hi, max, .. } => out.one(x).maybe(lo).maybe(hi).maybe(max),
            ExprKind::TypeAssert { x, ty } => out.one(x).maybe(ty),
            ExprKind::Call { fun, args, .. } => out.one(fun).list(args),
            ExprKind::Binary { x, y, .. } => out.one(x).one(y),
            ExprKind::KeyValue { key, value } | ExprKind::MapType { key, value } => {
                out.one(key).one(value)
            }
            ExprKind::Ellipsis(ty) => out.maybe(ty),
            ExprKind::ArrayType { len, elem } => out.maybe(len).one(elem),
            ExprKind::StructType(fields) | ExprKind::InterfaceType(fields) => out.list(fields),
            ExprKind::FuncType(signature) => out.signature(signature),
            ExprKind::ChanType { elem, .. } => out.one(elem),
        };
    }
}

struct Children<'a> {
    ast: &'a Ast,
    out: &'a mut Vec<Node>,
}

impl Children<'_> {
    fn one(&mut self, id: impl Into<Node>) -> &mut Self {
        self.out.push(id.into());
        self
    }

    fn maybe<T: Into<Node>>(&mut self, id: Option<T>) -> &mut Self {
        self.out.extend(id.map(Into::into));
        self
    }

    fn list<T: ListItem + Into<Node>>(&mut self, list: List<T>) -> &mut Self {
        let ids = self.ast.list(list);
        self.out.extend(ids.iter().map(|id| (*id).into()));
        self
    }

    fn signature(&mut self, id: SigId) -> &mut Self {
        let signature = *self.ast.signature(id);
        self.list(signature.type_params)
            .list(signature.params)
            .list(signature.results)
    }
}
