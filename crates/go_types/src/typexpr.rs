//! Identifiers and type expressions.

use go_syntax::{ChanDir as SyntaxDir, ExprId, ExprKind};

use crate::constant::Kind;
use crate::delayed::Action;
use crate::operand::{Mode, Operand};
use crate::resolver::is_valid_name;
use crate::{Basic, ChanDir, Checker, Code, Name, ObjId, ObjKind, TypeId, TypeKind};

impl Checker<'_> {
    /// What an identifier stands for; with `want_type` anything but a type is an error.
    pub(crate) fn ident(&mut self, expr: ExprId, want_type: bool) -> Operand {
        let at = self.range(expr).start;
        let mut x = Operand {
            expr: Some(expr),
            ..Operand::invalid(at)
        };
        let symbol = self.ast().name(expr);
        let name = self.name(symbol);
        let Some((scope, obj)) = self.lookup_scope(name) else {
            if name == Name::BLANK {
                self.error_at(at, Code::InvalidBlank, "cannot use _ as value or type");
            } else if is_valid_name(symbol) {
                self.error_at(at, Code::UndeclaredName, format!("undefined: {symbol}"));
            }
            return x;
        };
        if !self.allow_version(18) && self.is_constraint_name(obj) {
            self.verify_version(at, 18, "predeclared any or comparable");
            return x;
        }
        self.record_use(expr, obj);
        let kind = self.store.obj(obj).kind;
        let is_type = matches!(kind, ObjKind::TypeName);
        if want_type && !is_type {
            self.error_at(at, Code::NotAType, format!("{symbol} is not a type"));
            self.mark_used(obj);
            return x;
        }
        let object = self.store.obj(obj);
        if object.typ.is_none() || (is_type && want_type && object.pkg == Some(self.pkg)) {
            self.obj_decl(obj);
        }
        if !self.dot_imports.is_empty()
            && let Some(&pkg_name) = self.dot_imports.get(&(scope, name))
        {
            self.mark_used(pkg_name);
        }
        let typ = self.store.obj_type(obj);
        match self.store.obj(obj).kind {
            ObjKind::PkgName { .. } => {
                self.error_at(
                    at,
                    Code::InvalidPkgUse,
                    format!("use of package {symbol} not in selector"),
                );
                return x;
            }
            ObjKind::Const { value } => {
                self.add_decl_dep(obj);
                if !self.store.is_valid(typ) {
                    return x;
                }
                if obj == self.store.universe.iota {
                    let Some(iota) = self.env.iota.clone() else {
                        self.error_at(
                            at,
                            Code::InvalidIota,
                            "cannot use iota outside constant declaration",
                        );
                        return x;
                    };
                    x.val = iota;
                } else if let Some(value) = value {
                    x.val = self.store.value(value).clone();
                }
                x.mode = Mode::Const;
            }
            ObjKind::TypeName => x.mode = Mode::Type,
            ObjKind::Var { .. } => {
                self.mark_used(obj);
                self.add_decl_dep(obj);
                if !self.store.is_valid(typ) {
                    return x;
                }
                x.mode = Mode::Var;
            }
            ObjKind::Func { .. } => {
                self.add_decl_dep(obj);
                x.mode = Mode::Value;
            }
            ObjKind::Builtin(builtin) => {
                x.builtin = Some(builtin);
                x.mode = Mode::Builtin;
            }
            ObjKind::Nil => x.mode = Mode::Value,
            ObjKind::Label => return x,
        }
        x.typ = typ;
        x
    }

    /// `any` or `comparable` of the universe.
    fn is_constraint_name(&self, obj: ObjId) -> bool {
        let universe = &self.store.universe;
        let typ = self.store.obj(obj).typ;
        typ == Some(universe.any) || typ == Some(universe.comparable)
    }

    /// The type an expression stands for. Generic types need arguments here.
    pub(crate) fn typ(&mut self, expr: ExprId) -> TypeId {
        let mut typ = self.type_internal(expr);
        if self.store.is_generic(typ) {
            self.error_expr(
                expr,
                Code::WrongTypeArgCount,
                "cannot use generic type without instantiation",
            );
            typ = TypeId::INVALID;
        }
        self.record_type(expr, typ);
        typ
    }

    /// The type of a variable: no constraint interface.
    pub(crate) fn var_type(&mut self, expr: ExprId) -> TypeId {
        let typ = self.typ(expr);
        self.valid_var_type(expr, typ);
        typ
    }

    pub(crate) fn valid_var_type(&mut self, expr: ExprId, typ: TypeId) {
        // Only a named type or an interface can turn out to be a constraint.
        match self.store.kind(typ) {
            TypeKind::Named(_) | TypeKind::Alias(_) | TypeKind::Interface(_) => {
                self.later(Action::VarType { expr, typ });
            }
            _ => {}
        }
    }

    pub(crate) fn check_var_type(&mut self, expr: ExprId, typ: TypeId) {
        if self.store.is_type_param(typ) {
            return;
        }
        let Some(id) = self.store.under_interface(typ) else {
            return;
        };
        let set = self.type_set_of(id);
        if !set.is_method_set() {
            let at = self.range(expr).start;
            let why = if set.comparable {
                "interface is (or embeds) comparable"
            } else {
                "interface contains type constraints"
            };
            self.soft_error_at(
                at,
                Code::MisplacedConstraintIface,
                format!("cannot use type outside a type constraint: {why}"),
            );
        }
    }

    /// The generic type an expression stands for; invalid (and a problem) if it stands for another one.
    pub(crate) fn generic_type(&mut self, expr: ExprId) -> TypeId {
        let mut typ = self.type_internal(expr);
        if self.store.is_valid(typ) && !self.store.is_generic(typ) {
            self.error_expr(expr, Code::NotAGenericType, "not a generic type");
            typ = TypeId::INVALID;
        }
        self.record_type(expr, typ);
        typ
    }

    fn type_internal(&mut self, expr: ExprId) -> TypeId {
        if !self.descend(self.range(expr).start) {
            return TypeId::INVALID;
        }
        let typ = self.type_of_kind(expr);
        self.ascend();
        typ
    }

    fn type_of_kind(&mut self, expr: ExprId) -> TypeId {
        match self.ast().expr(expr).kind {
            ExprKind::Bad => TypeId::INVALID,
            ExprKind::Ident(_) => {
                let x = self.ident(expr, true);
                self.type_operand(expr, &x)
            }
            ExprKind::Selector { x, sel } => {
                let x = self.selector(expr, x, sel, true);
                self.type_operand(expr, &x)
            }
            ExprKind::Index { x, indices } => {
                let at = self.ast().expr(expr).pos;
                self.verify_version(at, 18, "type instantiation");
                self.instantiated_type(expr, x, self.ast().list(indices))
            }
            ExprKind::Paren(inner) => self.typ(inner),
            ExprKind::ArrayType { len: None, elem } => {
                let elem = self.var_type(elem);
                self.store.slice(elem)
            }
            ExprKind::ArrayType {
                len: Some(len),
                elem,
            } => {
                let len = if let ExprKind::Ellipsis(_) = self.ast().expr(len).kind {
                    self.error_expr(
                        len,
                        Code::BadDotDotDotSyntax,
                        "invalid use of [...] array (outside a composite literal)",
                    );
                    -1
                } else {
                    self.array_length(len)
                };
                let elem = self.var_type(elem);
                if len >= 0 {
                    self.store.array(elem, len)
                } else {
                    TypeId::INVALID
                }
            }
            ExprKind::Ellipsis(_) => {
                self.error_expr(expr, Code::InvalidSyntaxTree, "invalid use of ...");
                TypeId::INVALID
            }
            ExprKind::StructType(fields) => self.struct_type(fields),
            ExprKind::Star(base) => {
                let base = self.var_type(base);
                if self.store.is_valid(base) {
                    self.store.pointer(base)
                } else {
                    TypeId::INVALID
                }
            }
            ExprKind::FuncType(_) => {
                let sig = self.store.signature(crate::Signature::default());
                self.func_type(sig, None, expr);
                sig
            }
            ExprKind::InterfaceType(fields) => self.interface_type(expr, fields),
            ExprKind::MapType { key, value } => {
                let (key_type, elem) = (self.var_type(key), self.var_type(value));
                self.later(Action::MapKey {
                    expr: key,
                    key: key_type,
                });
                self.store.map(key_type, elem)
            }
            ExprKind::ChanType { dir, elem } => {
                let elem = self.var_type(elem);
                let dir = match dir {
                    SyntaxDir::Both => ChanDir::Both,
                    SyntaxDir::Send => ChanDir::Send,
                    SyntaxDir::Recv => ChanDir::Recv,
                };
                self.store.chan(dir, elem)
            }
            _ => {
                self.error_expr(expr, Code::NotAType, "not a type");
                self.use_exprs(&[expr]);
                TypeId::INVALID
            }
        }
    }

    fn type_operand(&mut self, expr: ExprId, x: &Operand) -> TypeId {
        match x.mode {
            Mode::Type => return x.typ,
            Mode::Invalid => {}
            _ => self.error_expr(expr, Code::NotAType, "not a type"),
        }
        TypeId::INVALID
    }

    pub(crate) fn check_map_key(&mut self, expr: ExprId, key: TypeId) {
        if self.store.is_valid(key) && !self.store.comparable(key, true) {
            self.error_expr(expr, Code::IncomparableMapKey, "invalid map key type");
        }
    }

    fn instantiated_type(&mut self, expr: ExprId, generic: ExprId, indices: &[ExprId]) -> TypeId {
        let origin = self.generic_type(generic);
        if !self.store.is_valid(origin) {
            // Types of the arguments are recorded only where there is something to instantiate.
            return TypeId::INVALID;
        }
        let Some(targs) = self.type_args(indices) else {
            return TypeId::INVALID;
        };
        let list = self.store.type_list(&targs);
        let inst = self.store.instance(origin, list, self.context);
        if !self.store.is_valid(inst) {
            self.verify_type_arg_count(expr, indices, origin);
        }
        self.later(Action::VerifyType {
            expr,
            indices: indices.to_vec(),
            targs,
            inst,
        });
        inst
    }

    /// Reports too few or too many arguments of an alias, which cannot be instantiated then.
    fn verify_type_arg_count(&mut self, expr: ExprId, indices: &[ExprId], origin: TypeId) {
        let TypeKind::Alias(id) = self.store.kind(origin) else {
            return;
        };
        let want = self.store.alias(id).tparams.len();
        if want != indices.len() {
            let at = indices.get(want).copied().unwrap_or(expr);
            let message = format!("got {} type arguments but want {want}", indices.len());
            self.error_expr(at, Code::WrongTypeArgCount, message);
        }
    }

    /// Records an instance of a type and checks its arguments against their constraints.
    pub(crate) fn verify_type(
        &mut self,
        expr: ExprId,
        indices: &[ExprId],
        targs: &[TypeId],
        inst: TypeId,
    ) {
        self.record_instance(expr, targs, inst);
        let tparams = match self.store.kind(inst) {
            TypeKind::Named(id) => self.store.named(id).tparams,
            TypeKind::Alias(id) => {
                let origin = self.store.alias(id).origin;
                match self.store.kind(origin) {
                    TypeKind::Alias(origin) => self.store.alias(origin).tparams,
                    _ => return,
                }
            }
            _ => return,
        };
        let tparams = self.store.types(tparams).to_vec();
        let at = self.ast().expr(expr).range.start;
        if tparams.len() == targs.len() {
            self.verify_func(at, indices, &tparams, targs);
        } else {
            let at = indices
                .get(tparams.len())
                .map_or(at, |extra| self.range(*extra).start);
            let message = format!(
                "got {} type arguments but want {}",
                targs.len(),
                tparams.len()
            );
            self.error_at(at, Code::WrongTypeArgCount, message);
        }
    }

    /// Checks type arguments against the constraints of their parameters.
    pub(crate) fn verify_func(
        &mut self,
        at: u32,
        exprs: &[ExprId],
        tparams: &[TypeId],
        targs: &[TypeId],
    ) {
        if let Err((index, cause)) = self.verify(tparams, targs) {
            let why = self.cause_text(cause);
            let at = exprs.get(index).map_or(at, |expr| self.range(*expr).start);
            self.soft_error_at(at, Code::InvalidTypeArg, why);
        } else {
            self.record_instantiation(tparams, targs);
        }
    }

    /// The length an array type's expression stands for; -1 (and a problem) if it stands for none.
    fn array_length(&mut self, expr: ExprId) -> i64 {
        if let Some(symbol) = self.ast().ident(expr) {
            let name = self.name(symbol);
            let is_const = self
                .lookup(name)
                .map(|obj| matches!(self.store.obj(obj).kind, ObjKind::Const { .. }));
            if is_const != Some(true) {
                let what = if is_const.is_none() {
                    "undefined array length"
                } else {
                    "invalid array length"
                };
                self.error_expr(expr, Code::InvalidArrayLen, format!("{what} {symbol}"));
                return -1;
            }
        }
        let x = self.expr(None, expr);
        if !x.is_const() {
            if x.is_valid() {
                self.error_expr(expr, Code::InvalidArrayLen, "array length must be constant");
            }
            return -1;
        }
        if self.store.is_untyped(x.typ) || self.store.is_basic(x.typ, Basic::is_integer) {
            let len = x.val.to_int();
            if len.kind() == Kind::Int
                && self.representable_const(&len, Basic::Int).is_some()
                && let Some(len) = len.as_i64().filter(|len| *len >= 0)
            {
                return len;
            }
            if len.is_unknown() && x.val.is_unknown() {
                return -1;
            }
        }
        self.error_expr(expr, Code::InvalidArrayLen, "invalid array length");
        -1
    }

    /// Type arguments; `None` if any is invalid.
    pub(crate) fn type_args(&mut self, exprs: &[ExprId]) -> Option<Vec<TypeId>> {
        let types: Vec<TypeId> = exprs.iter().map(|expr| self.var_type(*expr)).collect();
        types
            .iter()
            .all(|typ| self.store.is_valid(*typ))
            .then_some(types)
    }
}
