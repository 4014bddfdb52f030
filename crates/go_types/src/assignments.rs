//! Assignments, initialisations, and what may be assigned to what.

use go_syntax::{ExprId, ExprKind, StmtId};
use rustc_hash::FxHashSet;

use crate::operand::{Mode, Operand};
use crate::{ChanDir, Checker, Code, Name, ObjId, ObjKind, TypeId, TypeKind, VarKind};

impl Checker<'_> {
    /// Whether the operand may be assigned to a variable of the type.
    pub(crate) fn assignable_to(&mut self, x: &Operand, target: TypeId) -> bool {
        if !x.is_valid() || !self.store.is_valid(target) || !self.store.is_valid(x.typ) {
            return true;
        }
        let typ = self.store.unalias(x.typ);
        let target = self.store.unalias(target);
        if self.store.identical(typ, target) {
            return true;
        }
        let is_tparam = self.store.is_type_param(typ);
        let target_is_tparam = self.store.is_type_param(target);
        if self.store.is_untyped(typ) {
            if target_is_tparam {
                let types = self.term_types(target);
                return !types.is_empty()
                    && types
                        .into_iter()
                        .all(|typ| self.implicit_type_and_value(x, typ).is_ok());
            }
            return self.implicit_type_and_value(x, target).is_ok();
        }
        let (under, target_under) = (self.store.under(typ), self.store.under(target));
        let unnamed = !self.store.has_name(typ) || !self.store.has_name(target);
        if !is_tparam && !target_is_tparam && unnamed && self.store.identical(under, target_under) {
            return true;
        }
        if (self.store.is_interface(target) && !target_is_tparam)
            || self.store.is_interface_pointer(target_under)
        {
            if self.implements(typ, target, false).is_ok() {
                return true;
            }
            if !is_tparam {
                return false;
            }
        }
        if let (
            TypeKind::Chan {
                dir: ChanDir::Both,
                elem,
            },
            TypeKind::Chan {
                elem: target_elem, ..
            },
        ) = (self.store.kind(under), self.store.kind(target_under))
            && self.store.identical(elem, target_elem)
        {
            return unnamed;
        }
        if target_is_tparam && !self.store.has_name(typ) {
            let types = self.term_types(target);
            return !types.is_empty() && types.into_iter().all(|typ| self.assignable_to(x, typ));
        }
        if is_tparam && !self.store.has_name(target) {
            let types = self.term_types(typ);
            return !types.is_empty()
                && types
                    .into_iter()
                    .all(|typ| self.assignable_to(&Operand { typ, ..x.clone() }, target));
        }
        false
    }

    /// The types of the terms of a type parameter's constraint, as written.
    pub(crate) fn term_types(&mut self, tparam: TypeId) -> Vec<TypeId> {
        self.store
            .specific_types(tparam)
            .into_iter()
            .map(|(typ, _)| typ)
            .collect()
    }

    /// Checks the assignment of an operand to a variable of the type; without type, to one that takes the
    /// default type. Untyped operands get their type.
    pub(crate) fn assignment(&mut self, x: &mut Operand, target: Option<TypeId>, context: &str) {
        self.single_value(x);
        match x.mode {
            Mode::Invalid => return,
            Mode::Const
            | Mode::Var
            | Mode::MapIndex
            | Mode::Value
            | Mode::CommaOk
            | Mode::CommaErr => {}
            _ => {
                self.error_operand(
                    x,
                    Code::IncompatibleAssign,
                    format!("cannot assign in {context}"),
                );
                x.invalidate();
                return;
            }
        }
        if self.store.is_untyped(x.typ) && !self.assign_untyped(x, target, context) {
            x.invalidate();
            return;
        }
        let func_target = match self.store.kind(x.typ) {
            TypeKind::Signature(id) if !self.store.sig(id).tparams.is_empty() => {
                self.new_target(target)
            }
            _ => None,
        };
        self.non_generic(func_target, x);
        let Some(target) = target else { return };
        if x.is_valid() && !self.assignable_to(x, target) {
            let (from, to) = (self.describe(x.typ), self.describe(target));
            let code = self.assign_code(x, target);
            self.error_operand(
                x,
                code,
                format!("cannot use value of type {from} as {to} value in {context}"),
            );
            x.invalidate();
        }
    }

    fn assign_code(&mut self, x: &Operand, target: TypeId) -> Code {
        let untyped = self.store.is_untyped(x.typ);
        if !untyped
            && self.store.is_non_type_param_interface(target)
            && !self.store.is_type_param(x.typ)
        {
            return Code::InvalidIfaceAssign;
        }
        match (self.store.under_kind(x.typ), self.store.under_kind(target)) {
            (
                TypeKind::Chan {
                    dir: ChanDir::Both,
                    elem,
                },
                TypeKind::Chan { elem: other, .. },
            ) if self.store.identical(elem, other) => Code::InvalidChanAssign,
            _ => Code::IncompatibleAssign,
        }
    }

    /// Converts an untyped operand for an assignment; `false` and a problem if it cannot be.
    fn assign_untyped(&mut self, x: &mut Operand, target: Option<TypeId>, context: &str) -> bool {
        let target = match target {
            Some(target) if !self.store.is_non_type_param_interface(target) => target,
            None if x.typ == TypeId::UNTYPED_NIL => {
                self.error_operand(
                    x,
                    Code::UntypedNilUse,
                    format!("use of untyped nil in {context}"),
                );
                return false;
            }
            _ => self.store.default_type(x.typ),
        };
        match self.implicit_type_and_value(x, target) {
            Ok((typ, value)) => {
                self.set_implicit(x, typ, value);
                true
            }
            Err(code) => {
                let code = if matches!(code, Code::TruncatedFloat | Code::NumericOverflow) {
                    code
                } else {
                    Code::IncompatibleAssign
                };
                let (from, to) = (self.describe(x.typ), self.describe(target));
                self.error_operand(
                    x,
                    code,
                    format!("cannot use {from} value as {to} value in {context}"),
                );
                false
            }
        }
    }

    pub(crate) fn init_const(&mut self, obj: ObjId, x: Operand) {
        let mut x = x;
        if !self.can_init(obj, &x) {
            self.store.objects[obj].typ.get_or_insert(TypeId::INVALID);
            return;
        }
        if !x.is_const() {
            self.error_operand(&x, Code::InvalidConstInit, "not constant");
            self.store.objects[obj].typ.get_or_insert(TypeId::INVALID);
            return;
        }
        let typ = *self.store.objects[obj].typ.get_or_insert(x.typ);
        self.assignment(&mut x, Some(typ), "constant declaration");
        if x.is_valid() {
            self.set_const_value(obj, x.val);
        }
    }

    /// Whether both the operand and the declared type, if there is one, are known.
    fn can_init(&self, obj: ObjId, x: &Operand) -> bool {
        let declared = self.store.obj(obj).typ;
        x.is_valid()
            && self.store.is_valid(x.typ)
            && declared.is_none_or(|typ| self.store.is_valid(typ))
    }

    /// Initialises a variable, which takes its type from the operand if it has none yet.
    pub(crate) fn init_var(&mut self, obj: ObjId, x: Operand, context: &str) -> Operand {
        let mut x = x;
        if !self.can_init(obj, &x) {
            self.store.objects[obj].typ.get_or_insert(TypeId::INVALID);
            x.invalidate();
            return x;
        }
        let typ = match self.store.obj(obj).typ {
            Some(typ) => typ,
            None if x.typ == TypeId::UNTYPED_NIL => {
                self.error_operand(
                    &x,
                    Code::UntypedNilUse,
                    format!("use of untyped nil in {context}"),
                );
                self.set_type(obj, TypeId::INVALID);
                x.invalidate();
                return x;
            }
            None => self.store.default_type(x.typ),
        };
        self.store.objects[obj].typ = Some(typ);
        self.assignment(&mut x, Some(typ), context);
        x
    }

    /// The type of the left side of an assignment: `None` for `_`, invalid if it cannot be assigned to.
    fn lhs_var(&mut self, lhs: ExprId) -> Option<TypeId> {
        let ident = self.ast().unparen(lhs);
        let mut var = None;
        if let Some(symbol) = self.ast().ident(ident) {
            let name = self.name(symbol);
            if name == Name::BLANK {
                self.record_def(ident, None);
                return None;
            }
            // Being assigned to is no use.
            var = self.own_var(name).map(|obj| (obj, self.is_used(obj)));
        }
        let x = self.expr(None, lhs);
        if let Some((obj, used)) = var {
            self.set_used(obj, used);
        }
        if !x.is_valid() || !self.store.is_valid(x.typ) {
            return Some(TypeId::INVALID);
        }
        if matches!(x.mode, Mode::Var | Mode::MapIndex) {
            return Some(x.typ);
        }
        let mut code = Code::UnassignableOperand;
        if let Some(ExprKind::Selector { x: inner, .. }) =
            x.expr.map(|expr| self.ast().expr(expr).kind)
            && self.expr(None, inner).mode == Mode::MapIndex
        {
            code = Code::UnaddressableFieldAssign;
        }
        self.error_operand(
            &x,
            code,
            "cannot assign to operand (neither addressable nor a map index expression)",
        );
        Some(TypeId::INVALID)
    }

    /// The variable of this package that a name means.
    fn own_var(&self, name: Name) -> Option<ObjId> {
        let obj = self.lookup(name)?;
        let object = self.store.obj(obj);
        (matches!(object.kind, ObjKind::Var { .. }) && object.pkg == Some(self.pkg)).then_some(obj)
    }

    /// Assigns an expression, or an operand already checked.
    fn assign_expr(&mut self, lhs: ExprId, rhs: ExprId, context: &str) {
        let typ = self.lhs_var(lhs);
        if typ.is_some_and(|typ| !self.store.is_valid(typ)) {
            self.use_exprs(&[rhs]);
            return;
        }
        let target = match typ {
            Some(typ) if matches!(self.store.under_kind(typ), TypeKind::Signature(_)) => {
                self.new_target(Some(typ))
            }
            _ => None,
        };
        let mut x = self.expr(target, rhs);
        self.assignment(&mut x, typ, context);
    }

    pub(crate) fn assign_operand(&mut self, lhs: ExprId, x: &mut Operand, context: &str) {
        let typ = self.lhs_var(lhs);
        if typ.is_some_and(|typ| !self.store.is_valid(typ)) {
            x.invalidate();
            return;
        }
        self.assignment(x, typ, context);
    }

    fn assign_error(&mut self, rhs: &[ExprId], n_vars: usize, n_values: usize) {
        if let Some(&first) = rhs.first() {
            let message = format!("assignment mismatch: {n_vars} variables but {n_values} values");
            self.error_expr(first, Code::WrongAssignCount, message);
        }
    }

    fn return_error(&mut self, stmt: StmtId, lhs: &[ObjId], rhs: &[Operand]) {
        let (at, what) = if rhs.len() > lhs.len() {
            (rhs[lhs.len()].at, "too many")
        } else {
            let start = self.ast().range(stmt).start;
            (rhs.last().map_or(start, |x| x.at), "not enough")
        };
        self.error_at(at, Code::WrongResultCount, format!("{what} return values"));
    }

    fn is_call(&self, expr: ExprId) -> bool {
        let ast = self.ast();
        matches!(ast.expr(ast.unparen(expr)).kind, ExprKind::Call { .. })
    }

    /// Initialises variables, or checks the results of a return statement.
    pub(crate) fn init_vars(&mut self, lhs: &[ObjId], rhs: &[ExprId], return_stmt: Option<StmtId>) {
        let context = match return_stmt {
            Some(_) => "return statement",
            None if lhs.len() > 1 => "multiple assignment",
            None => "assignment",
        };
        let is_call = rhs.len() == 1 && self.is_call(rhs[0]);
        if lhs.len() == rhs.len() && !is_call {
            for (&obj, &expr) in lhs.iter().zip(rhs) {
                let target = self.new_target(self.store.obj(obj).typ);
                let x = self.expr(target, expr);
                self.init_var(obj, x, context);
            }
            return;
        }
        if rhs.len() != 1 {
            if self.use_exprs(rhs) {
                match return_stmt {
                    Some(stmt) => {
                        let values: Vec<Operand> =
                            rhs.iter().map(|expr| self.expr(None, *expr)).collect();
                        self.return_error(stmt, lhs, &values);
                    }
                    None => self.assign_error(rhs, lhs.len(), rhs.len()),
                }
            }
            self.invalidate_untyped_vars(lhs);
            return;
        }
        let (mut values, comma_ok) =
            self.multi_expr(rhs[0], lhs.len() == 2 && return_stmt.is_none());
        if values.len() == lhs.len() {
            for (&obj, value) in lhs.iter().zip(&mut values) {
                let x = std::mem::replace(value, Operand::invalid(0));
                *value = self.init_var(obj, x, context);
            }
            if comma_ok && values.iter().all(Operand::is_valid) {
                self.record_comma_ok(rhs[0], [values[0].typ, values[1].typ]);
            }
            return;
        }
        if values.first().is_none_or(Operand::is_valid) {
            match return_stmt {
                Some(stmt) => self.return_error(stmt, lhs, &values),
                None => self.assign_error(rhs, lhs.len(), values.len()),
            }
        }
        self.invalidate_untyped_vars(lhs);
    }

    fn invalidate_untyped_vars(&mut self, vars: &[ObjId]) {
        for &var in vars {
            self.store.objects[var].typ.get_or_insert(TypeId::INVALID);
        }
    }

    pub(crate) fn assign_vars(&mut self, lhs: &[ExprId], rhs: &[ExprId]) {
        let context = if lhs.len() > 1 {
            "multiple assignment"
        } else {
            "assignment"
        };
        let is_call = rhs.len() == 1 && self.is_call(rhs[0]);
        if lhs.len() == rhs.len() && !is_call {
            for (&lhs, &rhs) in lhs.iter().zip(rhs) {
                self.assign_expr(lhs, rhs, context);
            }
            return;
        }
        if rhs.len() != 1 {
            let lhs_ok = self.use_lhs(lhs);
            if self.use_exprs(rhs) && lhs_ok {
                self.assign_error(rhs, lhs.len(), rhs.len());
            }
            return;
        }
        let (mut values, comma_ok) = self.multi_expr(rhs[0], lhs.len() == 2);
        if values.len() == lhs.len() {
            for (&lhs, value) in lhs.iter().zip(&mut values) {
                self.assign_operand(lhs, value, context);
            }
            if comma_ok && values.iter().all(Operand::is_valid) {
                self.record_comma_ok(rhs[0], [values[0].typ, values[1].typ]);
            }
            return;
        }
        if values.first().is_none_or(Operand::is_valid) {
            self.assign_error(rhs, lhs.len(), values.len());
        }
        self.use_lhs(lhs);
    }

    /// `lhs := rhs`
    pub(crate) fn short_var_decl(&mut self, at: u32, lhs: &[ExprId], rhs: &[ExprId]) {
        let top = self.delayed.len();
        let scope = self.env.scope;
        let mut seen = FxHashSet::default();
        let (mut vars, mut new_vars) = (Vec::new(), Vec::new());
        let mut has_error = false;
        for &expr in lhs {
            let (var, ok) = self.short_var(scope, expr, &mut seen, &mut new_vars);
            has_error |= !ok;
            vars.push(if let Some(var) = var {
                var
            } else {
                let pos = self.pos(self.range(expr).start);
                let object = crate::Object::var(VarKind::Local, pos, Some(self.pkg), Name::BLANK);
                self.store.new_obj(object)
            });
        }
        self.init_vars(&vars, rhs, None);
        self.process_delayed(top);
        if new_vars.is_empty() && !has_error {
            self.soft_error_at(at, Code::NoNewVar, "no new variables on left side of :=");
            return;
        }
        let scope_pos = rhs.last().map_or(at, |expr| self.range(*expr).end);
        for var in new_vars {
            self.declare(scope, None, var, scope_pos);
        }
    }

    /// The variable a name left of `:=` stands for, a new one or one of this scope.
    fn short_var(
        &mut self,
        scope: crate::ScopeId,
        expr: ExprId,
        seen: &mut FxHashSet<Name>,
        new_vars: &mut Vec<ObjId>,
    ) -> (Option<ObjId>, bool) {
        let Some(symbol) = self.ast().ident(expr) else {
            self.use_lhs(&[expr]);
            self.error_expr(expr, Code::BadDecl, "non-name on left side of :=");
            return (None, false);
        };
        let name = self.name(symbol);
        if name != Name::BLANK && !seen.insert(name) {
            self.error_expr(
                expr,
                Code::RepeatedDecl,
                format!("{symbol} repeated on left side of :="),
            );
            return (None, false);
        }
        if let Some(other) = self.store.scopes[scope].get(name) {
            self.record_use(expr, other);
            if matches!(self.store.obj(other).kind, ObjKind::Var { .. }) {
                return (Some(other), true);
            }
            self.error_expr(
                expr,
                Code::UnassignableOperand,
                format!("cannot assign to {symbol}"),
            );
            return (None, false);
        }
        let var = self.new_var(VarKind::Local, expr);
        if name != Name::BLANK {
            new_vars.push(var);
        }
        self.record_def(expr, Some(var));
        (Some(var), true)
    }

    /// Checks expressions for their records alone; `false` if one is invalid.
    pub(crate) fn use_exprs(&mut self, exprs: &[ExprId]) -> bool {
        self.use_all(exprs, false)
    }

    /// As [`Self::use_exprs`]; variables that stand alone do not count as used.
    pub(crate) fn use_lhs(&mut self, exprs: &[ExprId]) -> bool {
        self.use_all(exprs, true)
    }

    fn use_all(&mut self, exprs: &[ExprId], lhs: bool) -> bool {
        let mut ok = true;
        for &expr in exprs {
            ok &= self.use_expr(expr, lhs);
        }
        ok
    }

    fn use_expr(&mut self, expr: ExprId, lhs: bool) -> bool {
        let inner = self.ast().unparen(expr);
        let Some(symbol) = self.ast().ident(inner) else {
            return self.raw_expr(None, expr, None, true).0.is_valid();
        };
        let name = self.name(symbol);
        if name == Name::BLANK {
            return true;
        }
        let var = if lhs {
            self.own_var(name).map(|obj| (obj, self.is_used(obj)))
        } else {
            None
        };
        let x = self.expr_or_type(inner, true);
        if let Some((obj, used)) = var {
            self.set_used(obj, used);
        }
        x.is_valid()
    }
}
