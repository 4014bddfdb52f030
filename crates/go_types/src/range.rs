//! Range clauses.

use go_syntax::{ExprId, StmtId};

use crate::operand::{Mode, Operand};
use crate::{Basic, ChanDir, Checker, Code, Name, ObjId, Object, TypeId, TypeKind, VarKind};

/// Types of the iteration variables, `None` where there is none; or why there are none at all.
type RangeTypes = Result<[Option<TypeId>; 2], &'static str>;

impl Checker<'_> {
    /// The operand and variables of a range statement, in the scope it opens for them.
    pub(crate) fn range_clause(
        &mut self,
        stmt: StmtId,
        vars: [Option<ExprId>; 2],
        define: bool,
        expr: ExprId,
        body: StmtId,
    ) {
        let ast = self.ast();
        let mut x = self.expr(None, expr);
        let mut types = [None, None];
        if x.is_valid() {
            match self.range_key_val(x.typ) {
                Err(why) => {
                    types = [Some(TypeId::INVALID); 2];
                    if self.store.is_valid(x.typ) {
                        let at = self.err_offset(expr);
                        let message = format!(
                            "cannot range over value of type {}: {why}",
                            self.describe(x.typ)
                        );
                        self.soft_error_at(at, Code::InvalidRangeExpr, message);
                    }
                }
                Ok(found) => {
                    types = found;
                    for (var, typ) in vars.iter().zip(types) {
                        if let (Some(var), None) = (var, typ) {
                            let at = self.range(*var).start;
                            self.soft_error_at(
                                at,
                                Code::InvalidIterVar,
                                "range permits fewer iteration variables",
                            );
                            break;
                        }
                    }
                }
            }
        }
        let range = ast.range(stmt);
        let scope = self.open_scope(range);
        self.record_scope(stmt, scope);
        let over_int = self.store.is_basic(x.typ, Basic::is_integer) && x.is_valid();
        if define {
            let mut new_vars = Vec::new();
            for (index, var) in vars.into_iter().enumerate() {
                let Some(expr) = var else { continue };
                self.define_range_var(
                    expr,
                    types[index],
                    over_int.then_some(&mut x),
                    &mut new_vars,
                );
            }
            if new_vars.is_empty() {
                let at = ast.stmt(stmt).pos;
                self.error_at(at, Code::NoNewVar, "no new variables on left side of :=");
            }
            let scope_pos = ast.range(body).start;
            for var in new_vars {
                self.declare(scope, None, var, scope_pos);
            }
        } else if vars[0].is_some() {
            for (index, var) in vars.into_iter().enumerate() {
                let (Some(lhs), Some(typ)) = (var, types[index]) else {
                    continue;
                };
                if !self.store.is_valid(typ) {
                    continue;
                }
                if over_int {
                    self.assign_operand(lhs, &mut x, "range clause");
                    if x.is_valid() && !self.store.is_basic(x.typ, Basic::is_integer) {
                        let at = self.range(lhs).start;
                        self.soft_error_at(
                            at,
                            Code::InvalidRangeExpr,
                            "cannot use iteration variable of this type",
                        );
                    }
                } else {
                    let mut y = Operand {
                        expr: Some(lhs),
                        ..Operand::value(self.range(lhs).start, typ)
                    };
                    self.assign_operand(lhs, &mut y, "assignment");
                }
            }
        } else if over_int {
            self.assignment(&mut x, None, "range clause");
        }
    }

    /// Declares a variable left of `:= range`; `int` is the operand of a range over an integer.
    fn define_range_var(
        &mut self,
        expr: ExprId,
        typ: Option<TypeId>,
        int: Option<&mut Operand>,
        new_vars: &mut Vec<ObjId>,
    ) {
        let at = self.range(expr).start;
        let obj = if self.ast().ident(expr).is_some() {
            let obj = self.new_var(VarKind::Local, expr);
            self.record_def(expr, Some(obj));
            if self.store.obj(obj).name != Name::BLANK {
                new_vars.push(obj);
            }
            obj
        } else {
            self.error_at(at, Code::InvalidSyntaxTree, "cannot declare non-name");
            let object = Object::var(VarKind::Local, self.pos(at), Some(self.pkg), Name::BLANK);
            self.store.new_obj(object)
        };
        let Some(typ) = typ.filter(|typ| self.store.is_valid(*typ)) else {
            self.set_type(obj, TypeId::INVALID);
            self.mark_used(obj);
            return;
        };
        if let Some(x) = int {
            *x = self.init_var(obj, x.clone(), "range clause");
        } else {
            let y = Operand {
                mode: Mode::Value,
                typ,
                ..Operand::invalid(at)
            };
            self.init_var(obj, y, "assignment");
        }
    }

    fn range_key_val(&mut self, typ: TypeId) -> RangeTypes {
        let send_only = self
            .store
            .specific_types(typ)
            .into_iter()
            .any(|(_, under)| {
                matches!(
                    self.store.kind(under),
                    TypeKind::Chan {
                        dir: ChanDir::Send,
                        ..
                    }
                )
            });
        if send_only {
            return Err("receive from send-only channel");
        }
        let Some(under) = self.store.common_under(typ) else {
            return Err("no common type");
        };
        let under = self.array_ptr_deref(under);
        match self.store.kind(under) {
            TypeKind::Basic(basic) if basic.is_string() => {
                Ok([Some(TypeId::INT), Some(TypeId::RUNE)])
            }
            TypeKind::Basic(basic) if basic.is_integer() => {
                if self.allow_version(22) {
                    Ok([Some(typ), None])
                } else {
                    Err("requires go1.22 or later")
                }
            }
            TypeKind::Array { elem, .. } | TypeKind::Slice(elem) => {
                Ok([Some(TypeId::INT), Some(elem)])
            }
            TypeKind::Map { key, elem } => Ok([Some(key), Some(elem)]),
            TypeKind::Chan { elem, .. } => Ok([Some(elem), None]),
            TypeKind::Signature(_) => {
                if self.allow_version(23) {
                    self.range_func(under)
                } else {
                    Err("requires go1.23 or later")
                }
            }
            _ => Err("not iterable"),
        }
    }

    /// `func(yield func(K, V) bool)`
    fn range_func(&mut self, func: TypeId) -> RangeTypes {
        const SHAPE: &str = "func must be func(yield func(...) bool)";
        let sig = self.signature_of(func);
        let &[param] = self.store.objs(sig.params) else {
            return Err(SHAPE);
        };
        if !sig.results.is_empty() {
            return Err(SHAPE);
        }
        let yield_type = self.store.obj_type(param);
        let Some(under) = self.store.common_under(yield_type) else {
            return Err(SHAPE);
        };
        let TypeKind::Signature(id) = self.store.kind(under) else {
            return Err(SHAPE);
        };
        let yield_sig = self.store.sig(id);
        let params = self.store.objs(yield_sig.params).to_vec();
        let &[result] = self.store.objs(yield_sig.results) else {
            return Err(SHAPE);
        };
        let result = self.store.obj_type(result);
        if params.len() > 2 || yield_sig.variadic || !self.store.identical(result, TypeId::BOOL) {
            return Err(SHAPE);
        }
        let typ = |index: usize| params.get(index).map(|param| self.store.obj_type(*param));
        Ok([typ(0), typ(1)])
    }
}
