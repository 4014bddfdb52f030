//! Assignments of all kinds as edges.

use go_syntax::{Ast, DeclKind, ExprId, ExprKind, Node, SpecKind, StmtId, StmtKind, UnaryOp};
use go_types::{Builtin, Def, FileInfo, Mode, ObjId, SelectionKind, TypeId, TypeKind};
use rustc_hash::FxHashSet;

use super::call::Callee;
use super::{At, NodeKey, NodeNo, Origin};
use crate::source::Finder;

/// The file whose code is read, and what was read of it.
pub(super) struct Body<'a> {
    pub(super) package: usize,
    pub(super) file: usize,
    pub(super) ast: &'a Ast,
    pub(super) info: &'a FileInfo,
    /// Number of its path.
    pub(super) path: u32,
    /// Expressions that name what is called, and names in selectors that were read: no values of their own.
    pub(super) done: FxHashSet<ExprId>,
}

/// A function whose body is read.
#[derive(Clone)]
struct Func {
    /// Offset of its name, or of the literal.
    offset: u32,
    results: Vec<TypeId>,
}

impl Body<'_> {
    pub(super) fn at(&self, expr: ExprId) -> At {
        At {
            package: self.package as u32,
            file: self.file as u32,
            offset: self.ast.range(expr).start,
        }
    }

    pub(super) fn type_of(&self, expr: ExprId) -> Option<TypeId> {
        self.info.type_of(expr).map(|it| it.typ)
    }
}

impl<'a> Finder<'a> {
    /// Reads a file unless a variant of its package was read with it.
    pub(super) fn flow_file(&mut self, package: usize, file: usize) {
        let source = &self.packages[package].files[file];
        let id = (self.store.packages[self.packages[package].pkg]
            .files
            .get(file))
        .copied();
        let path = id.and_then(|id| self.path_of.get(&id).copied());
        let (Some(info), Some(path)) = (source.info, path) else {
            return;
        };
        if !self.flow.read.insert(path) {
            return;
        }
        let mut body = Body {
            package,
            file,
            ast: &source.file.ast,
            info,
            path,
            done: FxHashSet::default(),
        };
        for decl in &source.file.decls {
            match body.ast.decl(*decl).kind {
                DeclKind::Func(func) => self.flow_func(&mut body, &func),
                DeclKind::Gen { .. } => self.flow_nodes(&mut body, Node::Decl(*decl), None),
                DeclKind::Bad => {}
            }
        }
    }

    fn flow_func(&mut self, body: &mut Body<'a>, func: &go_syntax::FuncDecl) {
        let Some(Def::Object(obj)) = body.info.def(func.name) else {
            return;
        };
        let Some(signature) = self.store.as_signature(self.store.obj_type(obj)) else {
            return;
        };
        let offset = body.ast.range(func.name).start;
        self.flow_receiver(signature);
        self.flow_results(body.path, offset, signature);
        if self.store.obj(obj).pos.is_known() && signature.recv.is_some() {
            self.flow_method(obj, signature);
        }
        if let Some(block) = func.body {
            let results = self.result_types(signature);
            let func = Func { offset, results };
            self.flow_nodes(body, Node::Stmt(block), Some(func));
        }
    }

    /// The type parameters that a receiver declares are those of its type.
    fn flow_receiver(&mut self, signature: go_types::Signature) {
        let Some(recv) = signature.recv else {
            return;
        };
        let (base, _) = self.store.deref(self.store.obj_type(recv));
        let Some(id) = self.store.as_named(base) else {
            return;
        };
        let declared = self.store.named(self.store.origin(id)).tparams;
        let pairs: Vec<(TypeId, TypeId)> = (self.store.types(signature.rparams).iter().copied())
            .zip(self.store.types(declared).iter().copied())
            .collect();
        for (own, declared) in pairs {
            if let (Some(own), Some(declared)) =
                (self.type_param_node(own), self.type_param_node(declared))
            {
                self.flow.edge(declared, own);
            }
        }
    }

    /// Named results are returned.
    fn flow_results(&mut self, path: u32, offset: u32, signature: go_types::Signature) {
        let results = self.store.objs(signature.results).to_vec();
        for (index, result) in results.into_iter().enumerate() {
            if self.hides(self.store.obj_type(result))
                && let Some(from) = self.object_node(result)
            {
                let to = (self.flow).node(NodeKey::Result(path, offset, index as u32));
                self.flow.edge(from, to);
            }
        }
    }

    fn result_types(&self, signature: go_types::Signature) -> Vec<TypeId> {
        let results = self.store.objs(signature.results).iter();
        results.map(|result| self.store.obj_type(*result)).collect()
    }

    /// A method may be what a call through an interface calls.
    fn flow_method(&mut self, obj: ObjId, signature: go_types::Signature) {
        let name = self.store.obj(obj).name;
        let params = self.store.objs(signature.params).to_vec();
        for (index, param) in params.into_iter().enumerate() {
            if self.hides(self.store.obj_type(param))
                && let Some(to) = self.object_node(param)
            {
                let from = (self.flow).node(NodeKey::MethodParam(name, index as u32));
                self.flow.edge(from, to);
            }
        }
        for index in 0..signature.results.len() as u32 {
            let Some(from) = self.result_node(obj, index) else {
                continue;
            };
            let to = self.flow.node(NodeKey::MethodResult(name, index));
            self.flow.edge(from, to);
            // Encoders of other packages ask a value what to encode in its place.
            let result = self.store.objs(signature.results)[index as usize];
            if self.store.names.text(name).starts_with("Marshal")
                && self.is_open(self.store.obj_type(result))
            {
                let sink = self.unknown_code(obj);
                self.flow.sink(to, sink);
            }
        }
    }

    /// Reads all nodes below `root`, which is not a function literal's body unless it is that of `func`; then the
    /// literals in it.
    fn flow_nodes(&mut self, body: &mut Body<'a>, root: Node, func: Option<Func>) {
        let ast = body.ast;
        let mut pending = vec![(root, func)];
        while let Some((root, func)) = pending.pop() {
            let mut literals = Vec::new();
            ast.walk(root, |node| {
                match node {
                    Node::Expr(expr) => {
                        if let ExprKind::FuncLit { body: block, .. } = ast.expr(expr).kind {
                            literals.push((expr, block));
                            return false;
                        }
                        self.flow_expr(body, expr);
                    }
                    Node::Stmt(stmt) => self.flow_stmt(body, stmt, func.as_ref()),
                    Node::Spec(spec) => {
                        if let SpecKind::Var { names, values, .. } = ast.spec(spec).kind {
                            self.flow_assign(body, ast.list(names), ast.list(values));
                        }
                    }
                    Node::Decl(_) | Node::Field(_) => {}
                }
                true
            });
            for (literal, block) in literals {
                let func = self.flow_literal(body, literal);
                pending.push((Node::Stmt(block), func));
            }
        }
    }

    /// A function literal is a function value.
    fn flow_literal(&mut self, body: &Body<'a>, literal: ExprId) -> Option<Func> {
        let signature = self.store.as_signature(body.type_of(literal)?)?;
        let offset = body.ast.range(literal).start;
        self.flow_results(body.path, offset, signature);
        let params = self.store.objs(signature.params).to_vec();
        let sig = self.sig_no(body.type_of(literal)?);
        for (index, param) in params.into_iter().enumerate() {
            if self.hides(self.store.obj_type(param))
                && let Some(to) = self.object_node(param)
            {
                let from = self.flow.node(NodeKey::SigParam(sig, index as u32));
                self.flow.edge(from, to);
            }
        }
        for index in 0..signature.results.len() as u32 {
            let from = (self.flow).node(NodeKey::Result(body.path, offset, index));
            let to = self.flow.node(NodeKey::SigResult(sig, index));
            self.flow.edge(from, to);
        }
        let results = self.result_types(signature);
        Some(Func { offset, results })
    }

    fn flow_stmt(&mut self, body: &mut Body<'a>, stmt: StmtId, func: Option<&Func>) {
        let ast = body.ast;
        match ast.stmt(stmt).kind {
            StmtKind::Assign { lhs, rhs, .. } => {
                self.flow_assign(body, ast.list(lhs), ast.list(rhs));
            }
            StmtKind::Range { key, value, x, .. } => self.flow_range(body, key, value, x),
            StmtKind::Return(results) => {
                if let Some(func) = func {
                    self.flow_return(body, ast.list(results), func);
                }
            }
            StmtKind::Send { chan, value } => {
                let to = self.nodes_of(body, chan);
                if let Some(TypeKind::Chan { elem, .. }) =
                    body.type_of(chan).map(|typ| self.store.under_kind(typ))
                {
                    self.assign(body, &to, elem, value);
                }
            }
            StmtKind::TypeSwitch { guard, clauses, .. } => {
                let Some(guard) = ast.type_guard(guard) else {
                    return;
                };
                let from = self.nodes_of(body, guard.x);
                for clause in ast.list(clauses) {
                    if let Some(obj) = body.info.implicit(*clause)
                        && let Some(to) = self.object_node(obj)
                    {
                        self.edges(&from, &[to]);
                    }
                }
            }
            _ => {}
        }
    }

    fn flow_assign(&mut self, body: &Body<'a>, lhs: &[ExprId], rhs: &[ExprId]) {
        if let ([_, _, ..], [rhs]) = (lhs, rhs) {
            for (index, lhs) in lhs.iter().enumerate() {
                let Some((to, typ)) = self.target(body, *lhs) else {
                    continue;
                };
                self.assign_part(body, &to, typ, *rhs, index as u32);
            }
            return;
        }
        for (lhs, rhs) in lhs.iter().zip(rhs) {
            if let Some((to, typ)) = self.target(body, *lhs) {
                self.assign(body, &to, typ, *rhs);
            }
        }
    }

    /// What an expression on the left side stores to, and its type.
    fn target(&mut self, body: &Body<'a>, lhs: ExprId) -> Option<(Vec<NodeNo>, TypeId)> {
        let typ = match body.info.def(lhs) {
            Some(Def::Object(obj)) => self.store.obj_type(obj),
            _ => body.type_of(lhs).or_else(|| {
                let used = body.info.use_of(lhs)?;
                Some(self.store.obj_type(used))
            })?,
        };
        if !self.hides(typ) {
            return None;
        }
        Some((self.nodes_of(body, lhs), typ))
    }

    fn flow_range(
        &mut self,
        body: &Body<'a>,
        key: Option<ExprId>,
        value: Option<ExprId>,
        x: ExprId,
    ) {
        let Some(of_x) = body.type_of(x) else {
            return;
        };
        let parts = [key, value];
        for (index, part) in parts.into_iter().enumerate() {
            let Some((to, _)) = part.and_then(|part| self.target(body, part)) else {
                continue;
            };
            let mut from = self.nodes_of(body, x);
            if let Some(signature) = self.signature_of(of_x)
                && let [yields] = self.store.objs(signature.params)
            {
                let sig = self.sig_no(self.store.obj_type(*yields));
                from.push(self.flow.node(NodeKey::SigParam(sig, index as u32)));
            }
            self.edges(&from, &to);
        }
    }

    fn flow_return(&mut self, body: &Body<'a>, results: &[ExprId], func: &Func) {
        for (index, typ) in func.results.clone().into_iter().enumerate() {
            if !self.hides(typ) {
                continue;
            }
            let key = NodeKey::Result(body.path, func.offset, index as u32);
            let to = [self.flow.node(key)];
            match results {
                [one] if func.results.len() > 1 => {
                    self.assign_part(body, &to, typ, *one, index as u32);
                }
                _ => {
                    if let Some(result) = results.get(index) {
                        self.assign(body, &to, typ, *result);
                    }
                }
            }
        }
    }

    fn flow_expr(&mut self, body: &mut Body<'a>, expr: ExprId) {
        let ast = body.ast;
        match ast.expr(expr).kind {
            ExprKind::CompositeLit { elems, .. } => {
                self.flow_composite(body, expr, ast.list(elems));
            }
            ExprKind::Call {
                fun, args, spread, ..
            } => self.flow_call(body, expr, fun, ast.list(args), spread),
            ExprKind::Selector { sel, .. } => {
                let is_called = body.done.contains(&expr);
                body.done.insert(sel);
                if !is_called {
                    self.flow_func_value(body, expr, sel);
                }
            }
            ExprKind::Ident(_) if !body.done.contains(&expr) => {
                self.flow_func_value(body, expr, expr);
            }
            _ => {}
        }
    }

    fn flow_composite(&mut self, body: &Body<'a>, literal: ExprId, elems: &[ExprId]) {
        let Some(typ) = body.type_of(literal) else {
            return;
        };
        let typ = self.deref(typ);
        let (key_type, elem_type) = match self.store.under_kind(typ) {
            TypeKind::Struct(strukt) => {
                let fields = self.store.objs(strukt.fields).to_vec();
                return self.flow_fields(body, &fields, elems);
            }
            TypeKind::Slice(elem) | TypeKind::Array { elem, .. } => (None, elem),
            TypeKind::Map { key, elem } => (Some(key), elem),
            _ => return,
        };
        if !self.hides(typ) {
            return;
        }
        let to = [self.flow.node(NodeKey::Expr(body.path, literal))];
        for elem in elems {
            let mut value = *elem;
            if let ExprKind::KeyValue { key, value: of_key } = body.ast.expr(*elem).kind {
                value = of_key;
                if let Some(key_type) = key_type {
                    self.assign(body, &to, key_type, key);
                }
            }
            self.assign(body, &to, elem_type, value);
        }
    }

    fn flow_fields(&mut self, body: &Body<'a>, fields: &[ObjId], elems: &[ExprId]) {
        for (index, elem) in elems.iter().enumerate() {
            let (field, value) = match body.ast.expr(*elem).kind {
                ExprKind::KeyValue { key, value } => (body.info.use_of(key), value),
                _ => (fields.get(index).copied(), *elem),
            };
            let Some(field) = field else { continue };
            let typ = self.store.obj_type(field);
            if self.hides(typ)
                && let Some(to) = self.field_node(field)
            {
                self.assign(body, &[to], typ, value);
            }
        }
    }

    /// The node of a field. What other code can read from a field of its own is unknown.
    fn field_node(&mut self, field: ObjId) -> Option<NodeNo> {
        let node = self.object_node(field)?;
        if self.origin_of(self.store.obj(field).pkg) == Origin::Foreign
            && self.is_open(self.store.obj_type(field))
        {
            let sink = self.unknown_code(field);
            self.flow.sink(node, sink);
        }
        Some(node)
    }

    /// The value of an expression flows to nodes of a type.
    pub(super) fn assign(&mut self, body: &Body<'a>, to: &[NodeNo], typ: TypeId, value: ExprId) {
        if to.is_empty() || !self.hides(typ) {
            return;
        }
        let from = self.nodes_of(body, value);
        self.edges(&from, to);
        if let Some(of_value) = body.type_of(value)
            && of_value != typ
            && self.can_enter(of_value)
        {
            self.enter(of_value, to, body.at(value));
            self.flow_to_interface(of_value, typ);
        }
    }

    /// One of several values of an expression flows to nodes of a type: a result of a call, the first of a comma-ok
    /// form.
    pub(super) fn assign_part(
        &mut self,
        body: &Body<'a>,
        to: &[NodeNo],
        typ: TypeId,
        value: ExprId,
        index: u32,
    ) {
        if to.is_empty() || !self.hides(typ) {
            return;
        }
        let is_call = matches!(
            body.ast.expr(body.ast.unparen(value)).kind,
            ExprKind::Call { .. }
        );
        let from = match (is_call, index) {
            (true, _) => self.results_of(body, body.ast.unparen(value), index),
            (false, 0) => self.nodes_of(body, value),
            (false, _) => return,
        };
        self.edges(&from, to);
        let Some(TypeKind::Tuple(parts)) = body.type_of(value).map(|typ| self.store.kind(typ))
        else {
            return;
        };
        let part = self.store.objs(parts).get(index as usize).copied();
        if let Some(part) = part.map(|part| self.store.obj_type(part))
            && part != typ
            && self.can_enter(part)
        {
            self.enter(part, to, body.at(value));
            self.flow_to_interface(part, typ);
        }
    }

    pub(super) fn edges(&mut self, from: &[NodeNo], to: &[NodeNo]) {
        for from in from {
            for to in to {
                self.flow.edge(*from, *to);
            }
        }
    }

    fn enter(&mut self, typ: TypeId, to: &[NodeNo], at: At) {
        for to in to {
            self.flow.enter(typ, *to, Some(at));
        }
    }

    /// The nodes that an expression's hidden values come from, and for one that can be assigned to, go to.
    pub(super) fn nodes_of(&mut self, body: &Body<'a>, expr: ExprId) -> Vec<NodeNo> {
        let mut nodes = Vec::new();
        let mut pending = vec![expr];
        while let Some(expr) = pending.pop() {
            match body.ast.expr(expr).kind {
                ExprKind::Ident(_) => {
                    let obj = match body.info.def(expr) {
                        Some(Def::Object(obj)) => Some(obj),
                        _ => body.info.use_of(expr),
                    };
                    nodes.extend(obj.and_then(|obj| self.variable_node(obj)));
                }
                ExprKind::Selector { x, sel } => match body.info.selection(expr) {
                    Some(selection) if selection.kind == SelectionKind::Field => {
                        let field = selection.obj;
                        nodes.extend(self.field_node(field));
                        if self.origin_of(self.store.obj(field).pkg) != Origin::Source {
                            pending.push(x);
                        }
                    }
                    Some(_) => {}
                    None => pending.push(sel),
                },
                ExprKind::Paren(x)
                | ExprKind::Star(x)
                | ExprKind::Unary {
                    op: UnaryOp::And | UnaryOp::Arrow,
                    x,
                }
                | ExprKind::Index { x, .. }
                | ExprKind::Slice { x, .. }
                | ExprKind::TypeAssert { x, .. } => pending.push(x),
                ExprKind::Call { .. } => nodes.extend(self.results_of(body, expr, 0)),
                ExprKind::CompositeLit { .. } => {
                    nodes.push(self.flow.node(NodeKey::Expr(body.path, expr)));
                }
                _ => {}
            }
        }
        nodes
    }

    fn variable_node(&mut self, obj: ObjId) -> Option<NodeNo> {
        let is_variable = matches!(self.store.obj(obj).kind, go_types::ObjKind::Var { .. });
        is_variable.then(|| self.object_node(obj)).flatten()
    }

    /// The node of a call's result.
    pub(super) fn results_of(&mut self, body: &Body<'a>, call: ExprId, index: u32) -> Vec<NodeNo> {
        let ExprKind::Call { fun, .. } = body.ast.expr(call).kind else {
            return Vec::new();
        };
        let own = NodeKey::Expr(body.path, call);
        let key = match self.callee_of(body, fun) {
            Callee::Builtin(Builtin::Append | Builtin::Max | Builtin::Min | Builtin::New)
            | Callee::Conversion(_) => own,
            Callee::Builtin(_) | Callee::Unknown => return Vec::new(),
            Callee::Func(obj) => match self.origin_of(self.store.obj(obj).pkg) {
                Origin::Source => return self.result_node(obj, index).into_iter().collect(),
                Origin::Std if self.hands_on(obj, index) => own,
                Origin::Std | Origin::Foreign => return Vec::new(),
            },
            Callee::InterfaceMethod(obj) => {
                let object = *self.store.obj(obj);
                match self.origin_of(object.pkg) {
                    Origin::Source => NodeKey::MethodResult(object.name, index),
                    Origin::Std if self.hands_on(obj, index) => own,
                    Origin::Std | Origin::Foreign => return Vec::new(),
                }
            }
            Callee::Value(signature) => NodeKey::SigResult(self.sig_no(signature), index),
        };
        vec![self.flow.node(key)]
    }

    /// The node of a declared function's result.
    pub(super) fn result_node(&mut self, func: ObjId, index: u32) -> Option<NodeNo> {
        let (file, offset) = self.file_key(self.store.obj(func).pos)?;
        Some(self.flow.node(NodeKey::Result(file, offset, index)))
    }

    /// What a call calls.
    pub(super) fn callee_of(&mut self, body: &Body<'a>, fun: ExprId) -> Callee {
        let Some(of_fun) = body.info.type_of(fun) else {
            return Callee::Unknown;
        };
        if of_fun.mode == Mode::Type {
            return Callee::Conversion(of_fun.typ);
        }
        if let Some(obj) = crate::source::uses::callee(body.ast, body.info, fun) {
            match self.store.obj(obj).kind {
                go_types::ObjKind::Builtin(builtin) => return Callee::Builtin(builtin),
                go_types::ObjKind::Func { method, .. } => {
                    let obj = self.store.origin_obj(obj);
                    let signature = self.store.as_signature(self.store.obj_type(obj));
                    let of_interface =
                        method && signature.is_some_and(|signature| signature.recv.is_none());
                    return if of_interface {
                        Callee::InterfaceMethod(obj)
                    } else {
                        Callee::Func(obj)
                    };
                }
                _ => {}
            }
        }
        Callee::Value(of_fun.typ)
    }
}
