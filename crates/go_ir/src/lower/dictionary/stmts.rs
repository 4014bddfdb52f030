//! Functions and statements of a dictionary's walk.

use go_syntax::{AssignOp, BinaryOp as Token, DeclKind, ExprId, ExprKind, SigId, SpecKind};
use go_syntax::{StmtId, StmtKind};
use go_types::{Def, ObjId, Object, Signature, TypeId, TypeKind};

use super::{Identity, Walk};

/// The types that the values of a list go to.
type Destination<'d, 'l, 'a> = &'d dyn Fn(&mut Walk<'l, 'a>, usize) -> Option<Identity>;

impl<'l, 'a> Walk<'l, 'a> {
    /// A generic function or method.
    pub(super) fn function(&mut self, func: ObjId) {
        let Some(declared) = self.lowerer.declared.get(&func).copied() else {
            return;
        };
        let kept = &self.lowerer.kept[declared.source];
        self.lowerer.ast = &kept.files[declared.file].ast;
        self.lowerer.info = &kept.info.files[declared.file];
        self.lowerer.file_id = kept.file_ids.get(declared.file).copied();
        self.func = func;
        let typ = self.lowerer.store.obj_type(func);
        self.body(typ, declared.decl.ty, declared.decl.body);
    }

    pub(super) fn literal(&mut self, expr: ExprId, ty: ExprId, body: StmtId) {
        let typ = self.lowerer.declared_type(expr);
        self.body(typ.unwrap_or(TypeId::INVALID), ty, Some(body));
    }

    fn body(&mut self, typ: TypeId, ty: ExprId, body: Option<StmtId>) {
        let signature = self.lowerer.store.as_signature(typ).unwrap_or_default();
        if let ExprKind::FuncType(fields) = self.lowerer.ast().expr(ty).kind {
            self.parameters(signature, fields);
        }
        if let Some(body) = body {
            let rewrite = self.lowerer.planned(typ, body);
            self.lowerer.rewrites.push(rewrite);
            let results = self.lowerer.store.objs(signature.results).to_vec();
            self.results.push(results);
            let stmts = self.lowerer.ast().block(body);
            self.stmts(stmts);
            self.results.pop();
            self.lowerer.rewrites.pop();
        }
    }

    fn parameters(&mut self, signature: Signature, fields: SigId) {
        let params = self.lowerer.store.objs(signature.params).to_vec();
        let results = self.lowerer.store.objs(signature.results).to_vec();
        self.share(&params, fields, false);
        self.share(&results, fields, true);
        for obj in signature.recv.into_iter().chain(params).chain(results) {
            self.declared(obj);
        }
    }

    fn stmts(&mut self, stmts: &[StmtId]) {
        let (reached, _) = self.lowerer.reached(stmts);
        for stmt in reached {
            self.stmt(stmt);
        }
    }

    fn optional(&mut self, stmt: Option<StmtId>) {
        if let Some(stmt) = stmt {
            self.stmt(stmt);
        }
    }

    fn block(&mut self, block: StmtId) {
        let stmts = self.lowerer.ast().block(block);
        self.stmts(stmts);
    }

    fn stmt(&mut self, stmt: StmtId) {
        let ast = self.lowerer.ast();
        match ast.stmt(stmt).kind {
            StmtKind::Decl(decl) => self.declaration(decl),
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Expr(x)
            | StmtKind::Go(x)
            | StmtKind::Defer(x)
            | StmtKind::IncDec { x, .. } => self.expr(x),
            StmtKind::Send { chan, value } => {
                let of = self.of_value(chan);
                let elem = self.elem(of);
                self.expr(chan);
                self.implicit(Some(elem), value);
            }
            StmtKind::Assign { lhs, op, rhs } => {
                let (lhs, rhs) = (ast.list(lhs), ast.list(rhs));
                match (op, lhs, rhs) {
                    (AssignOp::Op(op), &[x], &[y]) => {
                        let shift = matches!(op, Token::Shl | Token::Shr);
                        let dst = (!shift).then(|| self.of_value(x));
                        self.expr(x);
                        self.implicit(dst, y);
                    }
                    _ => self.assign(lhs, rhs),
                }
            }
            StmtKind::Return(results) => {
                let types = self.results.last().cloned().unwrap_or_default();
                let destination = |walk: &mut Self, index: usize| {
                    types.get(index).map(|result| walk.of_variable(*result))
                };
                self.values(ast.list(results), &destination);
            }
            StmtKind::Block(stmts) => self.stmts(ast.list(stmts)),
            StmtKind::If {
                init,
                cond,
                then,
                els,
            } => {
                self.optional(init);
                let known = self.lowerer.static_bool(cond);
                self.expr(cond);
                if known != Some(false) {
                    self.block(then);
                }
                if known != Some(true) {
                    self.optional(els);
                }
            }
            StmtKind::For {
                init,
                cond,
                post,
                body,
            } => {
                let known = cond.and_then(|cond| self.lowerer.static_bool(cond));
                self.optional(init);
                if let Some(cond) = cond {
                    self.expr(cond);
                }
                if known != Some(false) {
                    self.optional(post);
                    self.block(body);
                }
            }
            StmtKind::Range { .. } => self.range(stmt),
            StmtKind::Switch { .. } => self.switch(stmt),
            StmtKind::TypeSwitch { .. } => self.type_switch(stmt),
            StmtKind::Select { clauses, .. } => {
                for clause in ast.list(clauses) {
                    if let StmtKind::Comm { comm, body, .. } = ast.stmt(*clause).kind {
                        self.optional(comm);
                        self.stmts(ast.list(body));
                    }
                }
            }
            _ => {}
        }
    }

    fn declaration(&mut self, decl: go_syntax::DeclId) {
        let ast = self.lowerer.ast();
        let DeclKind::Gen { specs, .. } = ast.decl(decl).kind else {
            return;
        };
        for spec in ast.list(specs) {
            if let SpecKind::Var { names, values, ty } = ast.spec(*spec).kind {
                let (names, values) = (ast.list(names), ast.list(values));
                if ty.is_none() {
                    self.types_of_values(names, values);
                }
                self.assign_values(names, values);
            }
        }
    }

    fn assign(&mut self, lhs: &[ExprId], rhs: &[ExprId]) {
        self.types_of_values(lhs, rhs);
        self.assign_values(lhs, rhs);
    }

    /// Variables that are declared without a type have those of their values.
    fn types_of_values(&mut self, lhs: &[ExprId], rhs: &[ExprId]) {
        let types = match rhs {
            [one] if lhs.len() > 1 => self.of_several(*one),
            _ => rhs.iter().map(|value| self.of_value(*value)).collect(),
        };
        for (target, typ) in lhs.iter().zip(types) {
            if let Some(obj) = self.defined(*target)
                && self.lowerer.store.obj(obj).typ == Some(typ.typ)
            {
                self.set_variable(obj, typ);
            }
        }
    }

    fn defined(&self, target: ExprId) -> Option<ObjId> {
        let target = self.lowerer.ast().unparen(target);
        match self.lowerer.info().def(target) {
            Some(Def::Object(obj)) => Some(obj),
            _ => None,
        }
    }

    fn assign_values(&mut self, lhs: &[ExprId], rhs: &[ExprId]) {
        for target in lhs {
            self.target(*target);
        }
        let destination = |walk: &mut Self, index: usize| walk.destination(*lhs.get(index)?);
        self.values(rhs, &destination);
    }

    /// The type of what is assigned to; none of `_`.
    fn destination(&mut self, target: ExprId) -> Option<Identity> {
        let target = self.lowerer.ast().unparen(target);
        if self.is_blank(target) {
            return None;
        }
        Some(match self.lowerer.object(target) {
            Some(obj) => self.of_variable(obj),
            None => self.of_value(target),
        })
    }

    fn is_blank(&self, target: ExprId) -> bool {
        let ast = self.lowerer.ast();
        matches!(ast.expr(ast.unparen(target)).kind, ExprKind::Ident(name) if name.as_str() == "_")
    }

    fn target(&mut self, target: ExprId) {
        if self.is_blank(target) {
            return;
        }
        match self.defined(target) {
            Some(obj) => self.declared(obj),
            None => self.expr(target),
        }
    }

    pub(super) fn is_several(&self, expr: ExprId) -> bool {
        let typ = self.lowerer.declared_type(expr);
        typ.is_ok_and(|typ| self.lowerer.tuple(typ).is_some_and(|types| types.len() > 1))
    }

    /// Values that go to as many places, or one with as many results.
    pub(super) fn values(&mut self, exprs: &[ExprId], destination: Destination<'_, 'l, 'a>) {
        if let [one] = exprs
            && self.is_several(*one)
        {
            self.expr(*one);
            for (index, src) in self.of_several(*one).into_iter().enumerate() {
                let dst = destination(self, index);
                self.converted(src, dst);
            }
            return;
        }
        for (index, expr) in exprs.iter().enumerate() {
            let dst = destination(self, index);
            self.implicit(dst, *expr);
        }
    }

    fn range(&mut self, stmt: StmtId) {
        let StmtKind::Range {
            key,
            value,
            define,
            x,
            body,
            ..
        } = self.lowerer.ast().stmt(stmt).kind
        else {
            return;
        };
        let of = self.of_value(x);
        let core = self.lowerer.core(of.typ);
        let types = self.ranged(of, core);
        let lhs: Vec<ExprId> = [key, value].into_iter().flatten().collect();
        if define {
            for (target, typ) in lhs.iter().zip(&types) {
                if let Some(obj) = self.defined(*target)
                    && self.lowerer.store.obj(obj).typ == Some(typ.typ)
                {
                    self.set_variable(obj, *typ);
                }
            }
        }
        if let TypeKind::Signature(_) = core {
            // The body is a function with what is yielded as parameters.
            self.yielded(&types);
            for typ in &types {
                self.typ(*typ, None);
            }
            if !define {
                for (target, src) in lhs.iter().zip(&types) {
                    self.target(*target);
                    let dst = self.destination(*target);
                    self.converted(*src, dst);
                }
            }
            self.block(body);
            self.expr(x);
            return;
        }
        for target in &lhs {
            self.target(*target);
        }
        self.expr(x);
        if let TypeKind::Map { .. } = core {
            self.typ(of, None);
        }
        for (target, src) in lhs.iter().zip(&types) {
            if let Some(dst) = self.destination(*target) {
                // Both sides count even where they are the same.
                self.itab(*src, dst, None);
            }
        }
        self.block(body);
    }

    /// The variable that holds the function made of a loop's body.
    fn yielded(&mut self, params: &[Identity]) {
        let store = &mut *self.lowerer.store;
        let like = *store.obj(self.func);
        let params: Vec<ObjId> = (params.iter())
            .map(|param| {
                store.new_obj(Object {
                    typ: Some(param.typ),
                    ..like
                })
            })
            .collect();
        let params = store.obj_list(&params);
        let typ = store.signature(Signature {
            params,
            ..Signature::default()
        });
        let typ = Identity::own(typ);
        self.typ(typ, None);
    }

    /// Types of keys and values.
    fn ranged(&mut self, of: Identity, core: TypeKind) -> Vec<Identity> {
        match core {
            TypeKind::Map { .. } => {
                let (key, elem) = (self.key(of), self.elem(of));
                key.into_iter().chain([elem]).collect()
            }
            TypeKind::Chan { .. } => vec![self.elem(of)],
            TypeKind::Slice(_) | TypeKind::Array { .. } | TypeKind::Pointer(_) => {
                vec![Identity::own(TypeId::INT), self.element(of)]
            }
            TypeKind::Signature(id) => {
                let params = self.lowerer.store.sig(id).params;
                let yields = self.lowerer.store.objs(params).first().copied();
                let yields = yields.map(|obj| self.lowerer.store.obj_type(obj));
                let core = yields.map(|typ| self.lowerer.core(typ));
                let Some(TypeKind::Signature(id)) = core else {
                    return Vec::new();
                };
                let params = self.lowerer.store.sig(id).params;
                let params = self.lowerer.store.objs(params).to_vec();
                params.iter().map(|obj| self.of_variable(*obj)).collect()
            }
            TypeKind::Basic(basic) if basic.canonical() == go_types::Basic::String => {
                vec![Identity::own(TypeId::INT), Identity::own(TypeId::RUNE)]
            }
            _ => vec![of],
        }
    }

    fn switch(&mut self, stmt: StmtId) {
        let ast = self.lowerer.ast();
        let StmtKind::Switch {
            init, tag, clauses, ..
        } = ast.stmt(stmt).kind
        else {
            return;
        };
        self.optional(init);
        let clauses = ast.list(clauses);
        let chosen = self.lowerer.chosen_clause(tag, clauses);
        let (tag, clauses) = match &chosen {
            Some(chosen) => (None, chosen.as_slice()),
            None => (tag, clauses),
        };
        let tag_type = match tag {
            Some(tag) => self.of_value(tag),
            None => Identity::own(TypeId::BOOL),
        };
        let conversion = match chosen {
            Some(_) => None,
            None => match self.lowerer.case_type(tag_type.typ, clauses) {
                Ok(Some(typ)) if typ == tag_type.typ => Some(tag_type),
                Ok(Some(typ)) => Some(Identity::own(typ)),
                _ => None,
            },
        };
        if let Some(tag) = tag {
            self.implicit(conversion.or(Some(tag_type)), tag);
        }
        for clause in clauses {
            if let StmtKind::Case { exprs, body, .. } = ast.stmt(*clause).kind {
                if chosen.is_none() {
                    for case in ast.list(exprs) {
                        self.implicit(conversion, *case);
                    }
                }
                self.stmts(ast.list(body));
            }
        }
    }

    fn type_switch(&mut self, stmt: StmtId) {
        let ast = self.lowerer.ast();
        let StmtKind::TypeSwitch {
            init,
            guard,
            clauses,
            ..
        } = ast.stmt(stmt).kind
        else {
            return;
        };
        self.optional(init);
        let Some(parts) = ast.type_guard(guard) else {
            return;
        };
        let iface = self.of_value(parts.x);
        self.expr(parts.x);
        for clause in ast.list(clauses) {
            let StmtKind::Case { exprs, body, .. } = ast.stmt(*clause).kind else {
                continue;
            };
            let cases = ast.list(exprs);
            for case in cases {
                if !self.lowerer.is_nil(*case) {
                    self.asserted(Some(iface), *case);
                }
            }
            if let Some(obj) = self.lowerer.info().implicit(*clause) {
                let typ = match cases {
                    [one] if !self.lowerer.is_nil(*one) => self.of_type(*one),
                    _ => iface,
                };
                self.set_variable(obj, typ);
                self.declared(obj);
            }
            self.stmts(ast.list(body));
        }
    }
}
