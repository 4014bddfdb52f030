//! The tree: one arena per kind of node and file, ids instead of pointers.
//!
//! Nodes are small and `Copy`; lists of children are [`List`]s that the [`Ast`] resolves. The
//! kinds follow go/ast, so that what is known about its nodes holds here; types are expressions.
//! Every occurrence of an identifier (names that are declared, fields, labels, selectors, keys,
//! parameters, receivers, the package name) is an expression of its own with an [`ExprId`].

mod decl;
mod expr;
mod ids;
mod stmt;
mod walk;

use base::{IndexVec, TextRange};

pub use base::List;
pub use decl::{Decl, DeclKind, Field, FuncDecl, GenKind, Signature, Spec, SpecKind};
pub use expr::{ChanDir, Expr, ExprKind, LitKind};
pub use ids::{DeclId, ExprId, FieldId, ListItem, SigId, SpecId, StmtId};
pub use stmt::{AssignOp, BranchKind, Stmt, StmtKind, TypeGuard};
pub use walk::Node;

use crate::symbol::Symbol;
use crate::token::UnaryOp;

/// All nodes of one file.
#[derive(Clone, Debug, Default)]
pub struct Ast {
    exprs: IndexVec<ExprId, Expr>,
    stmts: IndexVec<StmtId, Stmt>,
    decls: IndexVec<DeclId, Decl>,
    specs: IndexVec<SpecId, Spec>,
    fields: IndexVec<FieldId, Field>,
    signatures: IndexVec<SigId, Signature>,
    lists: ids::Lists,
}

impl Ast {
    /// The expression, type or identifier.
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id]
    }

    /// The statement or clause.
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id]
    }

    /// The declaration.
    pub fn decl(&self, id: DeclId) -> &Decl {
        &self.decls[id]
    }

    /// The spec of a declaration.
    pub fn spec(&self, id: SpecId) -> &Spec {
        &self.specs[id]
    }

    /// The field, parameter or element.
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id]
    }

    /// The parameters and results.
    pub fn signature(&self, id: SigId) -> &Signature {
        &self.signatures[id]
    }

    /// The ids a list stands for.
    pub fn list<T: ListItem>(&self, list: List<T>) -> &[T] {
        T::of(&self.lists, list)
    }

    /// Number of expressions: tables by [`ExprId`] have this length.
    pub fn n_exprs(&self) -> usize {
        self.exprs.len()
    }

    /// Number of statements: tables by [`StmtId`] have this length.
    pub fn n_stmts(&self) -> usize {
        self.stmts.len()
    }

    /// Number of declarations, those in functions included.
    pub fn n_decls(&self) -> usize {
        self.decls.len()
    }

    /// Number of specs.
    pub fn n_specs(&self) -> usize {
        self.specs.len()
    }

    /// Number of fields.
    pub fn n_fields(&self) -> usize {
        self.fields.len()
    }

    /// The name, if the expression is an identifier.
    pub fn ident(&self, id: ExprId) -> Option<Symbol> {
        match self.exprs[id].kind {
            ExprKind::Ident(name) => Some(name),
            _ => None,
        }
    }

    /// The name of a declared identifier; the empty name if it is missing in broken code.
    pub fn name(&self, id: ExprId) -> Symbol {
        self.ident(id).unwrap_or(Symbol::EMPTY)
    }

    /// The expression without the parentheses around it.
    pub fn unparen(&self, mut id: ExprId) -> ExprId {
        while let ExprKind::Paren(inner) = self.exprs[id].kind {
            id = inner;
        }
        id
    }

    /// Whether the expression can only be a type: an element of a constraint and no array length.
    pub fn is_type_element(&self, id: ExprId) -> bool {
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            match self.exprs[id].kind {
                ExprKind::ArrayType { .. }
                | ExprKind::StructType(_)
                | ExprKind::FuncType(_)
                | ExprKind::InterfaceType(_)
                | ExprKind::MapType { .. }
                | ExprKind::ChanType { .. }
                | ExprKind::Unary {
                    op: UnaryOp::Tilde, ..
                } => return true,
                ExprKind::Binary { x, y, .. } => pending.extend([x, y]),
                ExprKind::Paren(x) => pending.push(x),
                _ => {}
            }
        }
        false
    }

    /// The signature of a function type expression; `None` for other expressions.
    pub fn func_type(&self, id: ExprId) -> Option<&Signature> {
        match self.exprs[id].kind {
            ExprKind::FuncType(signature) => Some(&self.signatures[signature]),
            _ => None,
        }
    }

    /// The statements of a block; none for other statements.
    pub fn block(&self, id: StmtId) -> &[StmtId] {
        match self.stmts[id].kind {
            StmtKind::Block(stmts) => self.list(stmts),
            _ => &[],
        }
    }

    /// The parts of the guard of a type switch: of `x := y.(type)` or `y.(type)`.
    pub fn type_guard(&self, guard: StmtId) -> Option<TypeGuard> {
        let (bind, assert) = match self.stmts[guard].kind {
            StmtKind::Assign { lhs, rhs, .. } => (self.list(lhs).first(), self.list(rhs).first()?),
            StmtKind::Expr(ref x) => (None, x),
            _ => return None,
        };
        match self.exprs[*assert].kind {
            ExprKind::TypeAssert { x, ty: None } => Some(TypeGuard {
                bind: bind.copied(),
                assert: *assert,
                x,
            }),
            _ => None,
        }
    }

    /// From the first to behind the last byte of a node: go/ast's `Pos` and `End`.
    pub fn range(&self, node: impl Into<Node>) -> TextRange {
        match node.into() {
            Node::Expr(id) => self.exprs[id].range,
            Node::Stmt(id) => self.stmts[id].range,
            Node::Decl(id) => self.decls[id].range,
            Node::Spec(id) => self.specs[id].range,
            Node::Field(id) => self.fields[id].range,
        }
    }
}

/// Building a tree: children first. For the parser, and for callers that build nodes by hand.
impl Ast {
    /// Adds an expression.
    pub fn add_expr(&mut self, expr: Expr) -> ExprId {
        self.exprs.push(expr)
    }

    /// Adds a statement.
    pub fn add_stmt(&mut self, stmt: Stmt) -> StmtId {
        self.stmts.push(stmt)
    }

    /// Adds a declaration.
    pub fn add_decl(&mut self, decl: Decl) -> DeclId {
        self.decls.push(decl)
    }

    /// Adds a spec.
    pub fn add_spec(&mut self, spec: Spec) -> SpecId {
        self.specs.push(spec)
    }

    /// Adds a field.
    pub fn add_field(&mut self, field: Field) -> FieldId {
        self.fields.push(field)
    }

    /// Adds parameters and results.
    pub fn add_signature(&mut self, signature: Signature) -> SigId {
        self.signatures.push(signature)
    }

    /// Room for the nodes of a text of `len` bytes.
    pub(crate) fn with_capacity_for(len: usize) -> Self {
        let mut ast = Self::default();
        ast.exprs.reserve(len / 8);
        ast.stmts.reserve(len / 40);
        ast
    }

    /// Makes another node of an expression, once it is known what it is.
    pub(crate) fn replace_expr(
        &mut self,
        id: ExprId,
        kind: ExprKind,
        start: u32,
        end: u32,
        pos: u32,
    ) {
        let range = TextRange::new(start, end);
        self.exprs[id] = Expr { kind, range, pos };
    }

    /// Widens ranges until each covers its children, which a hole may stand outside of.
    pub(crate) fn widen_ranges(&mut self, decls: &[DeclId]) {
        let mut nodes = Vec::new();
        for decl in decls {
            self.walk(*decl, |node| {
                nodes.push(node);
                true
            });
        }
        let mut children = Vec::new();
        for node in nodes.into_iter().rev() {
            self.push_children(node, &mut children);
            let mut range = self.range(node);
            for child in children.drain(..) {
                let inner = self.range(child);
                range.start = range.start.min(inner.start);
                range.end = range.end.max(inner.end);
            }
            match node {
                Node::Expr(id) => self.exprs[id].range = range,
                Node::Stmt(id) => self.stmts[id].range = range,
                Node::Decl(id) => self.decls[id].range = range,
                Node::Spec(id) => self.specs[id].range = range,
                Node::Field(id) => self.fields[id].range = range,
            }
        }
    }

    pub(crate) fn replace_decl(&mut self, id: DeclId, decl: Decl) {
        self.decls[id] = decl;
    }

    /// Adds a list of nodes.
    pub fn add_list<T: ListItem>(&mut self, items: &[T]) -> List<T> {
        T::add(&mut self.lists, items)
    }
}
