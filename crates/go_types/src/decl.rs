//! Declarations, each checked on first use.

use go_syntax::BinaryOp;
use go_syntax::{DeclId, DeclKind, ExprId, ExprKind, FieldId, List, SpecId, SpecKind, UnaryOp};

use crate::check::Env;
use crate::constant::Value;
use crate::delayed::Action;
use crate::operand::Operand;
use crate::resolver::DeclInfoKind;
use crate::{
    Basic, Checker, Code, DeclState, Name, ObjId, ObjKind, ScopeId, Signature, TypeId, TypeKind,
    TypeList, VarKind,
};

impl Checker<'_> {
    /// Declares the object in the scope, visible from `scope_pos`, and records its definition.
    pub(crate) fn declare(
        &mut self,
        scope: ScopeId,
        ident: Option<ExprId>,
        obj: ObjId,
        scope_pos: u32,
    ) {
        let object = *self.store.obj(obj);
        if object.name != Name::BLANK {
            if self.store.insert(scope, obj).is_err() {
                let message = format!(
                    "{} redeclared in this block",
                    self.store.names.text(object.name)
                );
                self.error(object.pos, Code::DuplicateDecl, message);
                return;
            }
            self.store.objects[obj].scope_pos = scope_pos;
        }
        if let Some(ident) = ident {
            self.record_def(ident, Some(obj));
        }
    }

    /// Makes sure that the object has a type: checks its declaration unless done or in progress.
    pub(crate) fn obj_decl(&mut self, obj: ObjId) {
        let object = *self.store.obj(obj);
        if let DeclState::InProgress(start) = object.state {
            self.decl_in_progress(obj, start);
            return;
        }
        if object.typ.is_some() {
            return;
        }
        let Some(index) = self.decl_index(obj) else {
            if let ObjKind::Func {
                origin: Some(origin),
                ..
            } = object.kind
            {
                self.obj_decl(origin);
                self.store.expand_method(obj);
            }
            return;
        };
        if !self.descend(object.pos.offset) {
            self.store.objects[obj].typ = Some(TypeId::INVALID);
            return;
        }
        self.push(obj);
        let file = self.decls[index as usize].file;
        let version = self.store.files[self.file_ids[file]].go_version;
        let env = Env::new(file, self.env.scope, version);
        let saved = std::mem::replace(&mut self.env, env);
        self.env.scope = self.file_scope();
        match self.decls[index as usize].kind {
            DeclInfoKind::Const {
                typ,
                init,
                inherited,
            } => {
                self.env.decl = Some(index);
                self.const_decl(obj, typ, init, inherited);
            }
            DeclInfoKind::Var { ref lhs, typ, init } => {
                let lhs = lhs.clone();
                self.env.decl = Some(index);
                self.var_decl(obj, &lhs, typ, init);
            }
            DeclInfoKind::Type(spec) => {
                self.type_decl(obj, spec);
                self.collect_methods(obj);
            }
            DeclInfoKind::Func(func) => self.func_decl(obj, index, func),
        }
        self.env = saved;
        self.pop();
        self.ascend();
    }

    /// The object is met again while its declaration is checked.
    fn decl_in_progress(&mut self, obj: ObjId, start: u32) {
        let valid = self.valid_cycle(start as usize);
        let object = &mut self.store.objects[obj];
        match object.kind {
            ObjKind::Const { .. } | ObjKind::Var { .. } if !valid || object.typ.is_none() => {
                object.typ = Some(TypeId::INVALID);
            }
            ObjKind::TypeName if !valid => object.typ = Some(TypeId::INVALID),
            _ => {
                object.typ.get_or_insert(TypeId::INVALID);
            }
        }
    }

    /// Whether the cycle from this place of the path on is allowed: through type definitions, or through
    /// values alone, which initialisation order judges.
    fn valid_cycle(&mut self, start: usize) -> bool {
        let cycle: Vec<ObjId> = self.obj_path[start..].iter().map(|(obj, _)| *obj).collect();
        let (mut n_values, mut n_types) = (0, 0);
        for &obj in &cycle {
            let object = *self.store.obj(obj);
            match object.kind {
                ObjKind::Const { .. } | ObjKind::Var { .. } => n_values += 1,
                ObjKind::TypeName => {
                    if self.env.in_tparam_list
                        && object.typ.is_some_and(|typ| self.store.is_generic(typ))
                    {
                        return true;
                    }
                    let is_alias = object
                        .typ
                        .is_some_and(|typ| matches!(self.store.kind(typ), TypeKind::Alias(_)));
                    n_types += usize::from(!is_alias);
                }
                _ => {}
            }
        }
        if n_values == cycle.len() || (n_values == 0 && n_types > 0) {
            return true;
        }
        self.cycle_error(&cycle);
        false
    }

    pub(crate) fn cycle_error(&mut self, cycle: &[ObjId]) {
        let first = cycle
            .iter()
            .min_by_key(|obj| self.store.obj(**obj).pos)
            .copied();
        self.cycle_error_at(cycle, first);
    }

    /// Reports a cycle at one of its objects.
    pub(crate) fn cycle_error_at(&mut self, cycle: &[ObjId], first: Option<ObjId>) {
        let Some(first) = first else {
            return;
        };
        let object = *self.store.obj(first);
        if let Some(TypeKind::Alias(id)) = object.typ.map(|typ| self.store.kind(typ)) {
            self.store.alias_mut(id).rhs = Some(TypeId::INVALID);
        }
        let name = self.store.names.text(object.name);
        let message = match (object.kind, cycle.len()) {
            (ObjKind::TypeName, 1) => format!("invalid recursive type: {name} refers to itself"),
            (ObjKind::TypeName, _) => format!("invalid recursive type {name}"),
            (_, 1) => format!("invalid cycle in declaration: {name} refers to itself"),
            _ => format!("invalid cycle in declaration of {name}"),
        };
        self.error(object.pos, Code::InvalidDeclCycle, message);
    }

    pub(crate) fn const_decl(
        &mut self,
        obj: ObjId,
        typ: Option<ExprId>,
        init: Option<ExprId>,
        inherited: bool,
    ) {
        let ObjKind::Const { value } = self.store.obj(obj).kind else {
            return;
        };
        let iota = value.map(|id| self.store.value(id).clone());
        let saved = (
            std::mem::replace(&mut self.env.iota, iota),
            self.env.err_pos.take(),
        );
        self.set_const_value(obj, Value::Unknown);
        if self.const_type(obj, typ) {
            let mut x = Operand::invalid(self.store.obj(obj).pos.offset);
            if let Some(init) = init {
                if inherited {
                    self.env.err_pos = Some(self.store.obj(obj).pos.offset);
                }
                x = self.expr(None, init);
            }
            self.init_const(obj, x);
        }
        (self.env.iota, self.env.err_pos) = saved;
    }

    /// Sets the declared type of a constant; `false` if it cannot be one.
    fn const_type(&mut self, obj: ObjId, typ: Option<ExprId>) -> bool {
        let Some(expr) = typ else { return true };
        let typ = self.typ(expr);
        let valid = self.store.is_basic(typ, Basic::is_const_type);
        if !valid && self.store.under(typ) != TypeId::INVALID {
            self.error_expr(expr, Code::InvalidConstType, "invalid constant type");
        }
        self.store.objects[obj].typ = Some(if valid { typ } else { TypeId::INVALID });
        valid
    }

    pub(crate) fn set_const_value(&mut self, obj: ObjId, value: Value) {
        let id = self.store.new_value(value);
        if let ObjKind::Const { value } = &mut self.store.objects[obj].kind {
            *value = Some(id);
        }
    }

    pub(crate) fn var_decl(
        &mut self,
        obj: ObjId,
        lhs: &[ObjId],
        typ: Option<ExprId>,
        init: Option<ExprId>,
    ) {
        if let Some(typ) = typ {
            let typ = self.var_type(typ);
            self.store.objects[obj].typ = Some(typ);
        }
        let Some(init) = init else {
            self.store.objects[obj].typ.get_or_insert(TypeId::INVALID);
            return;
        };
        if lhs.len() <= 1 {
            let target = self.new_target(self.store.obj(obj).typ);
            let x = self.expr(target, init);
            self.init_var(obj, x, "variable declaration");
            return;
        }
        if typ.is_some() {
            let typ = self.store.obj(obj).typ;
            for &var in lhs {
                self.store.objects[var].typ = typ;
            }
        }
        self.init_vars(lhs, &[init], None);
    }

    pub(crate) fn type_decl(&mut self, obj: ObjId, spec: SpecId) {
        let SpecKind::Type {
            type_params,
            alias,
            ty,
            ..
        } = self.ast().spec(spec).kind
        else {
            return;
        };
        self.later(Action::ValidType { obj });
        let outer = self.env.scope;
        if !type_params.is_empty() {
            let at = self.ast().range(self.ast().list(type_params)[0]).start;
            let (minor, what) = if alias {
                (23, "generic type alias")
            } else {
                (18, "type parameter")
            };
            self.verify_version(at, minor, what);
        }
        if alias {
            self.verify_version(self.range(ty).start, 9, "type alias");
            let typ = self.store.new_alias(obj, None);
            if !type_params.is_empty() {
                let scope = self.open_scope(self.ast().range(spec));
                self.record_scope(spec, scope);
                self.collect_type_params(type_params, |checker, list| {
                    if let TypeKind::Alias(id) = checker.store.kind(typ) {
                        checker.store.alias_mut(id).tparams = list;
                    }
                });
            }
            let rhs = self.typ(ty);
            if let TypeKind::Alias(id) = self.store.kind(typ) {
                let alias = self.store.alias_mut(id);
                let tparams = alias.tparams;
                alias.rhs = Some(rhs);
                if self.store.types(tparams).contains(&rhs) {
                    self.store.alias_mut(id).rhs = Some(TypeId::INVALID);
                    self.error_expr(ty, Code::MisplacedTypeParam, "cannot use type parameter declared in alias declaration as its right-hand side");
                }
            }
        } else {
            let typ = self.store.new_named(obj, None);
            if !type_params.is_empty() {
                let scope = self.open_scope(self.ast().range(spec));
                self.record_scope(spec, scope);
                self.collect_type_params(type_params, |checker, list| {
                    if let TypeKind::Named(id) = checker.store.kind(typ) {
                        checker.store.named_mut(id).tparams = list;
                    }
                });
            }
            let mut rhs = self.typ(ty);
            if self.store.is_type_param(rhs) {
                self.error_expr(
                    ty,
                    Code::MisplacedTypeParam,
                    "cannot use a type parameter as right-hand side of a type declaration",
                );
                rhs = TypeId::INVALID;
            }
            if let TypeKind::Named(id) = self.store.kind(typ) {
                self.store.named_mut(id).from_rhs = Some(rhs);
            }
        }
        self.env.scope = outer;
    }

    /// Declares type parameters in the current scope and their bounds. `bind` gets the list before the
    /// bounds are known, since they may mention what is declared.
    pub(crate) fn collect_type_params(
        &mut self,
        fields: List<FieldId>,
        bind: impl FnOnce(&mut Self, TypeList),
    ) {
        let ast = self.ast();
        let fields = ast.list(fields);
        let scope_pos = fields.first().map_or(0, |field| ast.range(*field).start);
        let mut tparams = Vec::new();
        for field in fields {
            for &name in ast.list(ast.field(*field).names) {
                tparams.push(self.declare_type_param(name, tparams.len() as u32, scope_pos));
            }
        }
        let list = self.store.type_list(&tparams);
        bind(self, list);
        let saved = std::mem::replace(&mut self.env.in_tparam_list, true);
        let mut next = tparams.into_iter();
        for field in fields {
            let field = *ast.field(*field);
            let mut bound = self.bound(field.ty);
            if self.store.is_type_param(bound) {
                self.error_expr(
                    field.ty,
                    Code::MisplacedTypeParam,
                    "cannot use a type parameter as constraint",
                );
                bound = TypeId::INVALID;
            }
            for tparam in next.by_ref().take(field.names.len()) {
                if let TypeKind::TypeParam(id) = self.store.kind(tparam) {
                    self.store.type_param_mut(id).bound = Some(bound);
                }
            }
        }
        self.env.in_tparam_list = saved;
    }

    /// A constraint; `~T` and unions become the interface they stand for.
    fn bound(&mut self, expr: ExprId) -> TypeId {
        match self.ast().expr(expr).kind {
            ExprKind::Unary {
                op: UnaryOp::Tilde, ..
            }
            | ExprKind::Binary {
                op: BinaryOp::Or, ..
            } => self.implicit_interface(expr),
            _ => self.typ(expr),
        }
    }

    pub(crate) fn declare_type_param(
        &mut self,
        name: ExprId,
        index: u32,
        scope_pos: u32,
    ) -> TypeId {
        let obj = self.new_object(ObjKind::TypeName, name);
        let typ = self.store.new_type_param(obj, index, Some(TypeId::INVALID));
        self.store.objects[obj].state = DeclState::Done;
        self.declare(self.env.scope, Some(name), obj, scope_pos);
        typ
    }

    /// Attaches the methods that were set aside for a type name.
    pub(crate) fn collect_methods(&mut self, obj: ObjId) {
        let Some(methods) = self.methods.remove(&obj) else {
            return;
        };
        let typ = self.store.obj_type(obj);
        let Some(named) = self.store.as_named(typ) else {
            return;
        };
        self.later(Action::FieldUniqueness { typ });
        for method in methods {
            let object = *self.store.obj(method);
            let known = &self.store.named(named).methods;
            if known
                .iter()
                .any(|other| self.store.obj(*other).name == object.name)
            {
                let message = format!(
                    "method {} already declared",
                    self.store.names.text(object.name)
                );
                self.error(object.pos, Code::DuplicateMethod, message);
                continue;
            }
            self.store.named_mut(named).methods.push(method);
        }
    }

    pub(crate) fn check_field_uniqueness(&mut self, typ: TypeId) {
        let (Some(named), TypeKind::Struct(fields)) =
            (self.store.as_named(typ), self.store.under_kind(typ))
        else {
            return;
        };
        let methods = self.store.named(named).methods.clone();
        for &field in &self.store.objs(fields.fields).to_vec() {
            let name = self.store.obj(field).name;
            let same = methods
                .iter()
                .find(|method| self.store.obj(**method).name == name);
            if let Some(&method) = same.filter(|_| name != Name::BLANK) {
                let message = format!(
                    "field and method with the same name {}",
                    self.store.names.text(name)
                );
                let pos = self.store.obj(method).pos;
                self.error(pos, Code::DuplicateFieldAndMethod, message);
            }
        }
    }

    fn func_decl(&mut self, obj: ObjId, decl: u32, func: go_syntax::FuncDecl) {
        let sig = self.store.signature(Signature::default());
        // Set before the signature is known, to end cycles.
        self.store.objects[obj].typ = Some(sig);
        let recv = self.ast().list(func.recv).first().copied();
        let scope = self.func_type(sig, recv, func.ty);
        let has_tparams = self
            .ast()
            .func_type(func.ty)
            .is_some_and(|sig| !sig.type_params.is_empty());
        if self.ast().list(func.recv).len() > 1 {
            let at = self.ast().range(self.ast().list(func.recv)[1]).start;
            self.error_at(at, Code::InvalidRecv, "method has multiple receivers");
        }
        if has_tparams && func.body.is_none() {
            let at = self.range(func.name).start;
            self.soft_error_at(
                at,
                Code::BadDecl,
                "generic function is missing function body",
            );
        }
        if let Some(body) = func.body {
            self.later_body(Some(decl), sig, scope, body, None);
        }
    }

    /// A declaration inside a function.
    pub(crate) fn decl_stmt(&mut self, decl: DeclId) {
        let DeclKind::Gen { specs, .. } = self.ast().decl(decl).kind else {
            return;
        };
        for &spec in self.ast().list(specs) {
            let scope_pos = self.ast().range(spec).end;
            match self.ast().spec(spec).kind {
                SpecKind::Const { iota, .. } => self.local_consts(spec, iota, scope_pos),
                SpecKind::Var { .. } => self.local_vars(spec, scope_pos),
                SpecKind::Type { name, .. } => {
                    let obj = self.new_object(ObjKind::TypeName, name);
                    let scope_pos = self.range(name).start;
                    self.declare(self.env.scope, Some(name), obj, scope_pos);
                    self.push(obj);
                    self.type_decl(obj, spec);
                    self.pop();
                }
                SpecKind::Import { .. } => {}
            }
        }
    }

    fn local_consts(&mut self, spec: SpecId, iota: u32, scope_pos: u32) {
        let top = self.delayed.len();
        let Some(value_spec) = self.value_spec(spec) else {
            return;
        };
        let mut objs = Vec::new();
        for (index, &name) in value_spec.names.iter().enumerate() {
            let value = self.store.new_value(Value::Int(i64::from(iota)));
            let obj = self.new_object(ObjKind::Const { value: Some(value) }, name);
            let init = value_spec.values.get(index).copied();
            self.const_decl(obj, value_spec.typ, init, value_spec.inherited);
            objs.push(obj);
        }
        self.process_delayed(top);
        for (&name, obj) in value_spec.names.iter().zip(objs) {
            self.declare(self.env.scope, Some(name), obj, scope_pos);
        }
    }

    fn local_vars(&mut self, spec: SpecId, scope_pos: u32) {
        let top = self.delayed.len();
        let Some(value_spec) = self.value_spec(spec) else {
            return;
        };
        let (names, values) = (value_spec.names, value_spec.values);
        let objs: Vec<ObjId> = names
            .iter()
            .map(|name| self.new_var(VarKind::Local, *name))
            .collect();
        if values.len() == 1 && objs.len() > 1 {
            self.var_decl(objs[0], &objs, value_spec.typ, Some(values[0]));
        } else {
            for (index, &obj) in objs.iter().enumerate() {
                self.var_decl(obj, &[], value_spec.typ, values.get(index).copied());
            }
        }
        self.process_delayed(top);
        for (&name, obj) in names.iter().zip(objs) {
            self.declare(self.env.scope, Some(name), obj, scope_pos);
        }
    }

    /// Declares everything, types before aliases before the rest, each in source order.
    pub(crate) fn package_objects(&mut self) {
        let (mut aliases, mut others) = (Vec::new(), Vec::new());
        for obj in self.obj_list.clone() {
            match self.type_spec(obj) {
                Some((_, SpecKind::Type { alias: true, .. })) => aliases.push(obj),
                Some(_) => self.obj_decl(obj),
                None => others.push(obj),
            }
        }
        for obj in aliases.into_iter().chain(others) {
            self.obj_decl(obj);
        }
        self.methods.clear();
    }

    /// File and spec of a package-level type name.
    fn type_spec(&self, obj: ObjId) -> Option<(usize, SpecKind)> {
        let decl = &self.decls[self.decl_index(obj)? as usize];
        let DeclInfoKind::Type(spec) = decl.kind else {
            return None;
        };
        Some((decl.file, self.files[decl.file].ast.spec(spec).kind))
    }
}

/// Cycles of declarations.
impl Checker<'_> {
    /// Finds type names that stand for themselves: `type A B; type B A`.
    pub(crate) fn direct_cycles(&mut self) {
        let mut done = vec![false; self.obj_list.len()];
        for start in self.obj_list.clone() {
            let mut path: Vec<ObjId> = Vec::new();
            let mut next = Some(start);
            while let Some(obj) = next {
                let index = self.store.obj(obj).order as usize - 1;
                if done[index] {
                    break;
                }
                if let Some(first) = path.iter().position(|other| *other == obj) {
                    self.store.objects[obj].typ = Some(TypeId::INVALID);
                    let cycle = path[first..].to_vec();
                    self.cycle_error(&cycle);
                    break;
                }
                path.push(obj);
                next = self.direct_rhs(obj);
            }
            for obj in path {
                done[self.store.obj(obj).order as usize - 1] = true;
            }
        }
    }

    /// The package's type name that alone is the right-hand side of another one's declaration.
    fn direct_rhs(&mut self, obj: ObjId) -> Option<ObjId> {
        let (file, SpecKind::Type { ty, .. }) = self.type_spec(obj)? else {
            return None;
        };
        let symbol = self.files[file].ast.ident(ty)?;
        let name = self.name(symbol);
        let scope = self.store.packages[self.pkg].scope;
        let rhs = self.store.scopes[scope].get(name)?;
        (self.store.obj(rhs).is_type_name() && self.decl_index(rhs).is_some()).then_some(rhs)
    }

    /// Whether the type is not being declared right now, which an operation on it would need.
    pub(crate) fn is_complete(&mut self, typ: TypeId) -> bool {
        let mut typ = typ;
        loop {
            let (obj, rhs) = match self.store.kind(typ) {
                TypeKind::Alias(id) => (self.store.alias(id).obj, self.store.alias(id).rhs),
                TypeKind::Named(id) => (self.store.named(id).obj, self.store.named(id).from_rhs),
                _ => return true,
            };
            if let DeclState::InProgress(start) = self.store.obj(obj).state {
                let cycle: Vec<ObjId> = self.obj_path[start as usize..]
                    .iter()
                    .map(|(obj, _)| *obj)
                    .collect();
                self.cycle_error(&cycle);
                return false;
            }
            let Some(rhs) = rhs else { return true };
            typ = rhs;
        }
    }
}
