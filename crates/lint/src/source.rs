//! A typed file as rules about source see it: what an expression means, where a variable is mentioned, what stands
//! around a node, and what may be inserted.
//!
//! These rules need types, but neither the compiler's log nor a profile. They are the patterns that cost on every run;
//! the profile says how much.

mod calls;
mod edits;
mod expr;
mod flow;
mod heap;
mod loops;
mod names;
mod reads;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::PathBuf;

use base::TextRange;
use go_syntax::{
    AssignOp, DeclId, DeclKind, ExprId, ExprKind, File, Node, SpecKind, StmtId, StmtKind,
};
use go_types::{Basic, Def, FileInfo, ObjId, ObjKind, PkgId, Store, TypeId, TypeKind, VarKind};
use rustc_hash::FxHashMap;

use crate::allocs::TypedFile;
use crate::coverage::Coverage;
use crate::limits::{Limit, Limits};

pub(crate) use calls::Callee;
pub(crate) use edits::{Draft, operand_text};
pub(crate) use flow::Flow;
pub(crate) use loops::{Bound, Counted};
pub(crate) use names::name_of_words;

/// A typed file.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a File,
    /// Position in the package's files.
    pub(crate) index: usize,
    pub(crate) path: PathBuf,
    /// Minor version of Go that the file is written for.
    pub(crate) go: u32,
    limits: Limits,
    coverage: Option<(&'a Coverage, String)>,
    typed: TypedFile<'a, 'a>,
    pkg: Option<PkgId>,
    /// All nodes, parents before children, in source order.
    nodes: Vec<Node>,
    parents: FxHashMap<Node, Node>,
    /// The identifiers that declare or use an object, in source order.
    mentions: FxHashMap<ObjId, Vec<ExprId>>,
    /// Of each function that was asked for.
    flows: OnceCell<HashMap<Function, Flow>>,
}

/// A function with a body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Function {
    Declared(DeclId),
    Literal(ExprId),
}

impl<'a> Source<'a> {
    pub(crate) fn new(
        file: &'a File,
        index: usize,
        path: PathBuf,
        typed: TypedFile<'a, 'a>,
        newest: u32,
        limits: &Limits,
    ) -> Self {
        let mut nodes = Vec::new();
        let mut parents = FxHashMap::default();
        let mut children = Vec::new();
        for &decl in &file.decls {
            file.ast.walk(decl, |node| {
                nodes.push(node);
                file.ast.push_children(node, &mut children);
                for child in children.drain(..) {
                    parents.insert(child, node);
                }
                true
            });
        }
        let mut source = Self {
            file,
            index,
            path,
            go: newest,
            limits: limits.clone(),
            coverage: None,
            typed,
            pkg: None,
            nodes,
            parents,
            mentions: FxHashMap::default(),
            flows: OnceCell::new(),
        };
        source.find_mentions();
        source.find_version(newest);
        source
    }

    /// With what is known of how often its statements ran; `package` is the import path.
    pub(crate) fn counted_by(mut self, coverage: Option<&'a Coverage>, package: &str) -> Self {
        self.coverage = coverage.map(|it| (it, package.to_owned()));
        self
    }

    /// How often a statement ran.
    pub(crate) fn runs(&self, stmt: StmtId) -> Option<u64> {
        let (coverage, package) = self.coverage.as_ref()?;
        let at = self.file.lines.line_col(self.range(stmt).start);
        coverage.count(package, self.path.file_name()?.to_str()?, at)
    }

    /// How often a loop turned each time it ran.
    pub(crate) fn turns(&self, counted: &Counted) -> Option<f64> {
        let first = self.file.ast.block(counted.body).first()?;
        let (turns, runs) = (self.runs(*first)?, self.runs(counted.stmt)?);
        (runs > 0).then(|| turns as f64 / runs as f64)
    }

    fn find_mentions(&mut self) {
        for node in &self.nodes {
            let Node::Expr(ident) = *node else { continue };
            if !matches!(self.file.ast.expr(ident).kind, ExprKind::Ident(_)) {
                continue;
            }
            if let Some(obj) = self.typed.object_of(self.file, ident) {
                self.mentions.entry(obj).or_default().push(ident);
            }
        }
    }

    /// The language version is that of the file of some object that is declared here.
    fn find_version(&mut self, newest: u32) {
        let store = self.typed.store().borrow();
        let declared = self.nodes.iter().find_map(|node| match *node {
            Node::Expr(ident) => match self.typed.info().def(ident) {
                Some(Def::Object(obj)) => Some(obj),
                _ => None,
            },
            _ => None,
        });
        let Some(obj) = declared else { return };
        let object = store.obj(obj);
        let version = store
            .files
            .get(object.pos.file)
            .map_or(0, |file| file.go_version);
        self.pkg = object.pkg;
        drop(store);
        if version > 0 {
            self.go = newest.min(u32::from(version));
        }
    }

    /// A number of a rule, as the project has it.
    pub(crate) fn limit(&self, limit: &Limit) -> i64 {
        self.limits.get(limit)
    }

    pub(crate) fn info(&self) -> &'a FileInfo {
        self.typed.info()
    }

    pub(crate) fn with_store<R>(&self, ask: impl FnOnce(&mut Store) -> R) -> R {
        ask(&mut self.typed.store().borrow_mut())
    }

    pub(crate) fn range(&self, node: impl Into<Node>) -> TextRange {
        self.file.ast.range(node)
    }

    pub(crate) fn text(&self, node: impl Into<Node>) -> &'a str {
        self.file.text(self.file.ast.range(node))
    }

    pub(crate) fn expr(&self, id: ExprId) -> ExprKind {
        self.file.ast.expr(id).kind
    }

    /// The kind of an expression without parentheses.
    pub(crate) fn inner(&self, id: ExprId) -> ExprKind {
        self.file.ast.expr(self.file.ast.unparen(id)).kind
    }

    pub(crate) fn stmt(&self, id: StmtId) -> StmtKind {
        self.file.ast.stmt(id).kind
    }

    /// Both sides of a plain assignment, `x = y`.
    pub(crate) fn assigned(&self, stmt: StmtId) -> Option<(&'a [ExprId], &'a [ExprId])> {
        let StmtKind::Assign {
            lhs,
            op: AssignOp::Assign,
            rhs,
        } = self.stmt(stmt)
        else {
            return None;
        };
        Some((self.file.ast.list(lhs), self.file.ast.list(rhs)))
    }

    pub(crate) fn parent(&self, node: impl Into<Node>) -> Option<Node> {
        self.parents.get(&node.into()).copied()
    }

    /// What stands around a node, the innermost first.
    pub(crate) fn ancestors(&self, node: impl Into<Node>) -> impl Iterator<Item = Node> + '_ {
        std::iter::successors(self.parent(node), |node| self.parent(*node))
    }

    /// All expressions, in source order of their beginnings.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = ExprId> + '_ {
        self.nodes.iter().filter_map(|node| match node {
            Node::Expr(id) => Some(*id),
            _ => None,
        })
    }

    pub(crate) fn stmts(&self) -> impl Iterator<Item = StmtId> + '_ {
        self.nodes.iter().filter_map(|node| match node {
            Node::Stmt(id) => Some(*id),
            _ => None,
        })
    }

    /// All calls and conversions.
    pub(crate) fn calls(&self) -> impl Iterator<Item = ExprId> + '_ {
        self.exprs()
            .filter(|id| matches!(self.expr(*id), ExprKind::Call { .. }))
    }

    /// All statements and expressions below a node, itself included.
    pub(crate) fn below(&self, node: impl Into<Node>) -> Vec<Node> {
        let mut below = Vec::new();
        self.file.ast.walk(node, |node| {
            below.push(node);
            true
        });
        below
    }

    /// As [`Source::below`], without the bodies of function literals.
    pub(crate) fn below_here(&self, node: impl Into<Node>) -> Vec<Node> {
        let root = node.into();
        let mut below = Vec::new();
        self.file.ast.walk(root, |node| {
            below.push(node);
            node == root || !self.is_literal(node)
        });
        below
    }

    fn is_literal(&self, node: Node) -> bool {
        matches!(node, Node::Expr(id) if matches!(self.expr(id), ExprKind::FuncLit { .. }))
    }

    /// The innermost function around a node.
    pub(crate) fn function_of(&self, node: impl Into<Node>) -> Option<Function> {
        self.ancestors(node)
            .find_map(|ancestor| self.as_function(ancestor))
    }

    fn as_function(&self, node: Node) -> Option<Function> {
        match node {
            Node::Decl(id) => match self.file.ast.decl(id).kind {
                DeclKind::Func(func) if func.body.is_some() => Some(Function::Declared(id)),
                _ => None,
            },
            Node::Expr(id) if self.is_literal(node) => Some(Function::Literal(id)),
            _ => None,
        }
    }

    /// All functions with bodies, outer ones first.
    pub(crate) fn functions(&self) -> impl Iterator<Item = Function> + '_ {
        self.nodes.iter().filter_map(|node| self.as_function(*node))
    }

    pub(crate) fn body(&self, function: Function) -> Option<StmtId> {
        match function {
            Function::Declared(id) => match self.file.ast.decl(id).kind {
                DeclKind::Func(func) => func.body,
                _ => None,
            },
            Function::Literal(id) => match self.expr(id) {
                ExprKind::FuncLit { body, .. } => Some(body),
                _ => None,
            },
        }
    }

    /// The type expression of a function.
    pub(crate) fn signature(&self, function: Function) -> Option<ExprId> {
        match function {
            Function::Declared(id) => match self.file.ast.decl(id).kind {
                DeclKind::Func(func) => Some(func.ty),
                _ => None,
            },
            Function::Literal(id) => match self.expr(id) {
                ExprKind::FuncLit { ty, .. } => Some(ty),
                _ => None,
            },
        }
    }

    /// The name of a declared function.
    pub(crate) fn function_name(&self, function: Function) -> &'a str {
        match function {
            Function::Declared(id) => match self.file.ast.decl(id).kind {
                DeclKind::Func(func) => self.file.ast.name(func.name).as_str(),
                _ => "",
            },
            Function::Literal(_) => "",
        }
    }

    /// How control goes through a function.
    pub(crate) fn flow(&self, function: Function) -> Option<&Flow> {
        let flows = self.flows.get_or_init(|| {
            (self.functions())
                .filter_map(|it| Some((it, Flow::new(self, self.body(it)?))))
                .collect()
        });
        flows.get(&function)
    }

    /// Whether a statement or expression can run twice in one call of its function.
    pub(crate) fn runs_again(&self, node: impl Into<Node>) -> bool {
        let node = node.into();
        let flow = self.function_of(node).and_then(|it| self.flow(it));
        flow.is_some_and(|flow| {
            flow.atom_around(self, node)
                .is_some_and(|atom| flow.reaches(atom, atom))
        })
    }

    /// The statements that a statement is one of, and its place among them.
    pub(crate) fn siblings(&self, stmt: StmtId) -> Option<(&'a [StmtId], usize)> {
        let Some(Node::Stmt(parent)) = self.parent(stmt) else {
            return None;
        };
        let list = match self.stmt(parent) {
            StmtKind::Block(list)
            | StmtKind::Case { body: list, .. }
            | StmtKind::Comm { body: list, .. } => self.file.ast.list(list),
            _ => return None,
        };
        let at = list.iter().position(|it| *it == stmt)?;
        Some((list, at))
    }

    /// The statement that is the node or stands around it.
    pub(crate) fn stmt_around(&self, node: impl Into<Node>) -> Option<StmtId> {
        let node = node.into();
        std::iter::once(node)
            .chain(self.ancestors(node))
            .find_map(|node| match node {
                Node::Stmt(id) => Some(id),
                _ => None,
            })
    }

    /// The object that an identifier or selector names.
    pub(crate) fn object(&self, expr: ExprId) -> Option<ObjId> {
        self.typed.object_of(self.file, self.file.ast.unparen(expr))
    }

    /// The variable that an identifier names.
    pub(crate) fn variable(&self, expr: ExprId) -> Option<ObjId> {
        let expr = self.file.ast.unparen(expr);
        matches!(self.expr(expr), ExprKind::Ident(_))
            .then(|| self.object(expr))
            .flatten()
            .filter(|obj| self.typed.var_kind(*obj).is_some())
    }

    pub(crate) fn var_kind(&self, obj: ObjId) -> Option<VarKind> {
        self.typed.var_kind(obj)
    }

    /// The identifiers of this file that declare or use an object, in source order.
    pub(crate) fn mentions(&self, obj: ObjId) -> &[ExprId] {
        self.mentions.get(&obj).map_or(&[], Vec::as_slice)
    }

    /// Whether an identifier declares an object.
    pub(crate) fn is_declaration(&self, ident: ExprId) -> bool {
        matches!(self.info().def(ident), Some(Def::Object(_)))
    }

    /// Whether a node mentions an object.
    pub(crate) fn mentions_in(&self, node: impl Into<Node>, obj: ObjId) -> bool {
        let range = self.range(node);
        self.mentions(obj)
            .iter()
            .any(|ident| range.covers(self.range(*ident)))
    }

    /// Whether a variable is declared in a function and no function literal inside of that one mentions it.
    pub(crate) fn is_local(&self, obj: ObjId) -> bool {
        if self.var_kind(obj) != Some(VarKind::Local) {
            return false;
        }
        let mut functions = self.mentions(obj).iter().map(|it| self.function_of(*it));
        let Some(first) = functions.next() else {
            return false;
        };
        first.is_some() && functions.all(|it| it == first)
    }

    /// Whether an identifier is written to at its place: assigned, counted up or down, taken the address of.
    pub(crate) fn is_write(&self, ident: ExprId) -> bool {
        let mut node = Node::Expr(ident);
        let mut parent = self.parent(node);
        while let Some(Node::Expr(outer)) = parent
            && matches!(self.expr(outer), ExprKind::Paren(_))
        {
            node = Node::Expr(outer);
            parent = self.parent(outer);
        }
        let Node::Expr(written) = node else {
            return false;
        };
        match parent {
            Some(Node::Stmt(stmt)) => match self.stmt(stmt) {
                StmtKind::Assign { lhs, .. } => self.file.ast.list(lhs).contains(&written),
                StmtKind::IncDec { .. } => true,
                StmtKind::Range { key, value, .. } => {
                    key == Some(written) || value == Some(written)
                }
                _ => false,
            },
            Some(Node::Expr(outer)) => matches!(
                self.expr(outer),
                ExprKind::Unary {
                    op: go_syntax::UnaryOp::And,
                    ..
                }
            ),
            _ => false,
        }
    }

    /// Whether a variable is written to in a range, other than where it is declared.
    pub(crate) fn is_written_in(&self, obj: ObjId, range: TextRange) -> bool {
        self.mentions(obj).iter().any(|ident| {
            range.covers(self.range(*ident))
                && self.is_write(*ident)
                && !self.is_declaration(*ident)
        })
    }

    /// Whether the address of a variable is taken somewhere.
    pub(crate) fn is_addressed(&self, obj: ObjId) -> bool {
        self.mentions(obj).iter().any(|ident| {
            let root = self.root_expr(*ident);
            let Some(Node::Expr(outer)) = self.parent(root) else {
                return false;
            };
            let is_address = matches!(
                self.expr(outer),
                ExprKind::Unary {
                    op: go_syntax::UnaryOp::And,
                    ..
                }
            );
            is_address || matches!(self.expr(outer), ExprKind::Slice { .. }) && self.is_array(root)
        })
    }

    fn is_array(&self, expr: ExprId) -> bool {
        matches!(self.kind(expr), Some(TypeKind::Array { .. }))
    }

    /// The largest expression of which an identifier is the base: `x.f` of `x`.
    fn root_expr(&self, ident: ExprId) -> ExprId {
        let mut expr = ident;
        while let Some(Node::Expr(outer)) = self.parent(expr) {
            match self.expr(outer) {
                ExprKind::Selector { x, .. } if x == expr => expr = outer,
                ExprKind::Paren(_) => expr = outer,
                _ => break,
            }
        }
        expr
    }

    pub(crate) fn type_of(&self, expr: ExprId) -> Option<TypeId> {
        self.typed.type_of(expr)
    }

    pub(crate) fn type_of_object(&self, obj: ObjId) -> TypeId {
        self.typed.type_of_object(obj)
    }

    /// The underlying type of an expression.
    pub(crate) fn kind(&self, expr: ExprId) -> Option<TypeKind> {
        Some(self.typed.under_kind(self.type_of(expr)?))
    }

    pub(crate) fn under(&self, typ: TypeId) -> TypeKind {
        self.typed.under_kind(typ)
    }

    /// The predeclared type that a type is, not one that is defined as it. Untyped constants have that of their default.
    pub(crate) fn exactly(&self, typ: TypeId) -> Option<Basic> {
        self.with_store(|store| match store.unaliased(store.default_type(typ)) {
            TypeKind::Basic(basic) => Some(basic.canonical()),
            _ => None,
        })
    }

    /// As [`Source::exactly`], of an expression.
    pub(crate) fn basic(&self, expr: ExprId) -> Option<Basic> {
        self.exactly(self.type_of(expr)?)
    }

    pub(crate) fn is_string(&self, expr: ExprId) -> bool {
        self.basic(expr) == Some(Basic::String)
    }

    /// Whether the type of an expression is `[]byte`, not a type defined as it.
    pub(crate) fn is_bytes(&self, expr: ExprId) -> bool {
        self.type_of(expr)
            .is_some_and(|typ| self.is_bytes_type(typ))
    }

    pub(crate) fn is_bytes_type(&self, typ: TypeId) -> bool {
        match self.with_store(|store| store.unaliased(typ)) {
            TypeKind::Slice(elem) => self.exactly(elem) == Some(Basic::Uint8),
            _ => false,
        }
    }

    /// Whether a type is a type parameter or has one in its place.
    pub(crate) fn is_type_param(&self, typ: TypeId) -> bool {
        self.with_store(|store| store.is_type_param(typ))
    }

    /// Bytes that a type takes.
    pub(crate) fn size(&self, typ: TypeId) -> Option<i64> {
        self.typed.size(typ)
    }

    /// The package's path and name of the defined type that a type is or points to.
    pub(crate) fn type_name(&self, typ: TypeId) -> Option<(String, String)> {
        self.with_store(|store| {
            let (base, _) = store.deref(typ);
            let named = store.as_named(base)?;
            let obj = *store.obj(store.named(named).obj);
            let path = obj.pkg.map_or(String::new(), |pkg| {
                store.names.text(store.packages[pkg].path).to_owned()
            });
            Some((path, store.names.text(obj.name).to_owned()))
        })
    }

    /// Whether a type is `path.name` or a pointer to it.
    pub(crate) fn is_named(&self, typ: TypeId, path: &str, name: &str) -> bool {
        (self.type_name(typ)).is_some_and(|(of, its)| of == path && its == name)
    }

    /// Whether a type or a pointer to it has a method of one of these names.
    pub(crate) fn has_method(&self, typ: TypeId, names: &[&str]) -> bool {
        self.with_store(|store| {
            names.iter().any(|name| {
                let Some(name) = store.names.find(name) else {
                    return false;
                };
                let found = store.lookup_field_or_method(typ, true, self.pkg, name);
                found
                    .found()
                    .is_some_and(|it| matches!(store.obj(it.obj).kind, ObjKind::Func { .. }))
            })
        })
    }

    /// Whether the file says that a tool made it. Source: `cmd/go help generate`, go1.27.3.
    pub(crate) fn is_generated(&self) -> bool {
        is_generated(self.file)
    }

    /// The variables that a statement declares.
    pub(crate) fn declared(&self, stmt: StmtId) -> Vec<Declared> {
        match self.stmt(stmt) {
            StmtKind::Assign {
                lhs,
                op: go_syntax::AssignOp::Define,
                rhs,
            } => {
                let (lhs, rhs) = (self.file.ast.list(lhs), self.file.ast.list(rhs));
                if lhs.len() != rhs.len() {
                    return Vec::new();
                }
                let each = lhs.iter().zip(rhs);
                each.map(|(name, value)| Declared {
                    name: *name,
                    value: Some(*value),
                    is_alone: lhs.len() == 1,
                })
                .collect()
            }
            StmtKind::Decl(decl) => self.declared_vars(decl),
            _ => Vec::new(),
        }
    }

    fn declared_vars(&self, decl: DeclId) -> Vec<Declared> {
        let DeclKind::Gen { specs, .. } = self.file.ast.decl(decl).kind else {
            return Vec::new();
        };
        let mut all = Vec::new();
        let specs = self.file.ast.list(specs);
        for spec in specs {
            let SpecKind::Var { names, values, .. } = self.file.ast.spec(*spec).kind else {
                continue;
            };
            let (names, values) = (self.file.ast.list(names), self.file.ast.list(values));
            if !values.is_empty() && values.len() != names.len() {
                continue;
            }
            for (at, name) in names.iter().enumerate() {
                all.push(Declared {
                    name: *name,
                    value: values.get(at).copied(),
                    is_alone: names.len() == 1,
                });
            }
        }
        all
    }
}

/// A variable that a statement declares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared {
    pub(crate) name: ExprId,
    pub(crate) value: Option<ExprId>,
    /// No other name shares its spec.
    pub(crate) is_alone: bool,
}

/// Whether a file says that a tool made it. Source: `cmd/go help generate`, go1.27.3.
pub(crate) fn is_generated(file: &File) -> bool {
    (file.comments.iter())
        .take_while(|comment| comment.range.start < file.package_pos)
        .any(|comment| {
            let text = file.text(comment.range).trim_end();
            text.starts_with("// Code generated ") && text.ends_with(" DO NOT EDIT.")
        })
}
