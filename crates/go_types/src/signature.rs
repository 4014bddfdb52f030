//! Function types and receivers.

use go_syntax::{ExprId, ExprKind, FieldId, List};

use crate::delayed::Action;
use crate::{
    Basic, Checker, Code, ObjId, Object, ScopeId, SubstMap, TypeId, TypeKind, TypeList, VarKind,
};

/// Parameters or results, with their identifiers.
struct Params {
    names: Vec<Option<ExprId>>,
    objs: Vec<ObjId>,
    variadic: bool,
}

impl Checker<'_> {
    /// Fills in a signature from its syntax; answers the scope of its parameters.
    pub(crate) fn func_type(
        &mut self,
        sig: TypeId,
        recv: Option<FieldId>,
        expr: ExprId,
    ) -> ScopeId {
        let ast = self.ast();
        let range = self.range(expr);
        let outer = self.env.scope;
        let scope = self.open_scope(range);
        self.store.scopes[scope].is_func = true;
        self.record_scope(expr, scope);
        let Some(syntax) = ast.func_type(expr).copied() else {
            return scope;
        };
        let TypeKind::Signature(id) = self.store.kind(sig) else {
            return scope;
        };

        let receiver = recv.map(|field| self.collect_recv(field, range.start));
        if !syntax.type_params.is_empty() {
            self.collect_type_params(syntax.type_params, |checker, list| {
                checker.store.sig_mut(id).tparams = list;
            });
        }
        let params = self.collect_params(VarKind::Param, syntax.params);
        let results = self.collect_params(VarKind::Result, syntax.results);
        // Names of parameters are visible behind the signature alone.
        let scope_pos = range.end;
        if let (Some((obj, _)), Some(field)) = (&receiver, recv)
            && let Some(&name) = ast.list(ast.field(field).names).first()
        {
            self.declare(scope, Some(name), *obj, scope_pos);
        }
        self.declare_params(scope, &params, scope_pos);
        self.declare_params(scope, &results, scope_pos);
        let (params_list, results_list) = (
            self.store.obj_list(&params.objs),
            self.store.obj_list(&results.objs),
        );
        let signature = self.store.sig_mut(id);
        if let Some((obj, rparams)) = receiver {
            signature.recv = Some(obj);
            signature.rparams = rparams;
        }
        signature.params = params_list;
        signature.results = results_list;
        signature.variadic = params.variadic;
        self.env.scope = outer;
        scope
    }

    fn declare_params(&mut self, scope: ScopeId, params: &Params, scope_pos: u32) {
        for (&name, &obj) in params.names.iter().zip(&params.objs) {
            if name.is_some() {
                self.declare(scope, name, obj, scope_pos);
            }
        }
    }

    fn collect_params(&mut self, kind: VarKind, list: List<FieldId>) -> Params {
        let ast = self.ast();
        let fields = ast.list(list);
        let mut params = Params {
            names: Vec::new(),
            objs: Vec::new(),
            variadic: false,
        };
        for (index, &field_id) in fields.iter().enumerate() {
            let field = *ast.field(field_id);
            let mut ty = field.ty;
            if let ExprKind::Ellipsis(elem) = ast.expr(ty).kind {
                if kind == VarKind::Param && index + 1 == fields.len() && field.names.len() <= 1 {
                    params.variadic = elem.is_some();
                } else {
                    let at = self.range(ty).start;
                    self.soft_error_at(at, Code::InvalidSyntaxTree, "invalid use of ...");
                }
                ty = elem.unwrap_or(ty);
            }
            let mut typ = self.var_type(ty);
            if params.variadic {
                typ = self.store.slice(typ);
                self.record_type(field.ty, typ);
            }
            if field.names.is_empty() {
                let pos = self.pos(self.range(ty).start);
                let object =
                    Object::var(kind, pos, Some(self.pkg), crate::Name::EMPTY).with_type(typ);
                let obj = self.store.new_obj(object);
                self.record_implicit(field_id, obj);
                params.names.push(None);
                params.objs.push(obj);
            }
            for &name in ast.list(field.names) {
                let obj = self.new_var(kind, name);
                self.set_type(obj, typ);
                params.names.push(Some(name));
                params.objs.push(obj);
            }
        }
        params
    }

    /// Gives a variable its type.
    pub(crate) fn set_type(&mut self, obj: ObjId, typ: TypeId) {
        let object = &mut self.store.objects[obj];
        object.typ = Some(typ);
        object.state = crate::DeclState::Done;
    }

    /// The receiver, and the type parameters it declares.
    fn collect_recv(&mut self, field_id: FieldId, scope_pos: u32) -> (ObjId, TypeList) {
        let ast = self.ast();
        let field = *ast.field(field_id);
        let (ptr, base) = self.unpack_recv(field.ty);
        let tparam_exprs = self.recv_type_params(field.ty);
        let (recv_type, rparams) = match tparam_exprs {
            None => (self.plain_recv(field.ty, base), TypeList::EMPTY),
            Some(exprs) => self.generic_recv(field.ty, base, ptr, &exprs, scope_pos),
        };
        let names = ast.list(field.names);
        if let Some(&extra) = names.get(1) {
            self.error_expr(extra, Code::InvalidRecv, "method has multiple receivers");
        }
        let obj = if let Some(&name) = names.first() {
            let obj = self.new_var(VarKind::Recv, name);
            self.set_type(obj, recv_type);
            obj
        } else {
            let pos = self.pos(field.range.start);
            let object = Object::var(VarKind::Recv, pos, Some(self.pkg), crate::Name::EMPTY);
            let obj = self.store.new_obj(object.with_type(recv_type));
            self.record_implicit(field_id, obj);
            obj
        };
        self.later(Action::Receiver {
            expr: base,
            recv: obj,
        });
        (obj, rparams)
    }

    /// The identifiers between the brackets of a receiver type, if it has any.
    fn recv_type_params(&mut self, typ: ExprId) -> Option<Vec<ExprId>> {
        let ast = self.ast();
        let mut base = ast.unparen(typ);
        if let ExprKind::Star(inner) = ast.expr(base).kind {
            base = ast.unparen(inner);
        }
        match ast.expr(base).kind {
            ExprKind::Index { indices, .. } => Some(ast.list(indices).to_vec()),
            _ => None,
        }
    }

    fn plain_recv(&mut self, ty: ExprId, base: ExprId) -> TypeId {
        let typ = self.var_type(ty);
        // An alias of an instance cannot get methods.
        let mut next = self.unpointer(typ);
        while let TypeKind::Alias(id) = self.store.kind(next) {
            let Some(rhs) = self.store.alias(id).rhs else {
                break;
            };
            next = self.unpointer(rhs);
            let is_instance = match self.store.kind(next) {
                TypeKind::Named(id) => self.store.named(id).instance.is_some(),
                TypeKind::Alias(id) => !self.store.alias(id).targs.is_empty(),
                _ => false,
            };
            if is_instance {
                self.error_expr(
                    base,
                    Code::InvalidRecv,
                    "cannot define new methods on instantiated type",
                );
                return TypeId::INVALID;
            }
        }
        typ
    }

    fn unpointer(&self, typ: TypeId) -> TypeId {
        let mut typ = typ;
        while let TypeKind::Pointer(base) = self.store.kind(typ) {
            typ = base;
        }
        typ
    }

    /// `func (r *R[A, B])`: declares A and B, bounds taken from R's declaration.
    fn generic_recv(
        &mut self,
        ty: ExprId,
        base: ExprId,
        ptr: bool,
        exprs: &[ExprId],
        scope_pos: u32,
    ) -> (TypeId, TypeList) {
        let generic = self.generic_type(base);
        let named = match self.store.kind(generic) {
            TypeKind::Named(id) => Some(id),
            TypeKind::Alias(_) if self.store.is_valid(generic) => {
                self.error_expr(
                    base,
                    Code::InvalidRecv,
                    "cannot define new methods on generic alias type",
                );
                None
            }
            _ => None,
        };
        let mut tparams = Vec::new();
        for &expr in exprs {
            if self.ast().ident(expr).is_none() {
                self.error_expr(
                    expr,
                    Code::BadDecl,
                    "receiver type parameter must be an identifier",
                );
            }
            let tparam = self.declare_type_param(expr, tparams.len() as u32, scope_pos);
            if let TypeKind::TypeParam(id) = self.store.kind(tparam) {
                let obj = self.store.type_param(id).obj;
                self.record_use(expr, obj);
            }
            self.record_type(expr, tparam);
            tparams.push(tparam);
        }
        let list = self.store.type_list(&tparams);
        let Some(named) = named else {
            return (TypeId::INVALID, list);
        };
        let base_tparams = self.store.named(named).tparams;
        let base_tparams = self.store.types(base_tparams).to_vec();
        if base_tparams.len() == tparams.len() {
            let map = SubstMap::new(&base_tparams, &tparams);
            for (&base_tparam, &tparam) in base_tparams.iter().zip(&tparams) {
                let (TypeKind::TypeParam(from), TypeKind::TypeParam(to)) =
                    (self.store.kind(base_tparam), self.store.kind(tparam))
                else {
                    continue;
                };
                self.flows.record_canon(self.store, tparam, base_tparam);
                let bound = self.store.type_param(from).bound;
                let bound = bound.map(|bound| self.store.subst(bound, &map, self.context));
                self.store.type_param_mut(to).bound = bound;
            }
        } else {
            let message = format!(
                "receiver declares {} type parameters, but receiver base type declares {}",
                tparams.len(),
                base_tparams.len()
            );
            self.error_expr(base, Code::BadRecv, message);
        }
        let inst = self.store.instance(generic, list, self.context);
        self.record_instance(base, &tparams, inst);
        let typ = if ptr && self.store.is_valid(inst) {
            self.store.pointer(inst)
        } else {
            inst
        };
        self.record_recv_types(ty, typ);
        (typ, list)
    }

    /// Records the type of a generic receiver for its parentheses and pointer too.
    fn record_recv_types(&mut self, expr: ExprId, typ: TypeId) {
        let (mut expr, mut typ) = (expr, typ);
        loop {
            self.record_type(expr, typ);
            match self.ast().expr(expr).kind {
                ExprKind::Paren(x) => expr = x,
                ExprKind::Star(x) => {
                    let TypeKind::Pointer(base) = self.store.kind(typ) else {
                        return;
                    };
                    (expr, typ) = (x, base);
                }
                _ => return,
            }
        }
    }

    pub(crate) fn check_receiver(&mut self, expr: ExprId, recv: ObjId) {
        let (base, _) = self.store.deref(self.store.obj_type(recv));
        let typ = self.store.unalias(base);
        if !self.store.is_valid(typ) {
            return;
        }
        let why = match self.store.kind(typ) {
            TypeKind::Named(id) => {
                let obj = self.store.named(id).obj;
                if self.store.obj(obj).pkg == Some(self.pkg)
                    && !self.store.name(obj).starts_with("_Ctype_")
                {
                    match self.store.under_kind(typ) {
                        TypeKind::Basic(Basic::UnsafePointer) => {
                            "invalid receiver type (unsafe.Pointer)"
                        }
                        TypeKind::Pointer(_) | TypeKind::Interface(_) => {
                            "invalid receiver type (pointer or interface type)"
                        }
                        _ => return,
                    }
                } else {
                    "cannot define new methods on non-local type"
                }
            }
            TypeKind::Basic(_) => "cannot define new methods on non-local type",
            _ => "invalid receiver type",
        };
        self.error_expr(expr, Code::InvalidRecv, why);
    }
}
