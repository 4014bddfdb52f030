//! Comparisons, and what brings two operands to one type.

use go_syntax::BinaryOp;

use crate::constant::{Compare, Value};
use crate::operand::{Mode, Operand};
use crate::{Basic, Checker, Code, TypeId, TypeKind};

impl Checker<'_> {
    /// Converts untyped operands to the type of the other one, where that may be.
    pub(crate) fn match_types(&mut self, x: &mut Operand, y: &mut Operand) {
        if !self.may_convert(x, y) {
            return;
        }
        let mismatch = |checker: &mut Self, x: &mut Operand, y: &Operand| {
            let at = x.expr.map_or(x.at, |expr| checker.err_offset(expr));
            let message = format!(
                "mismatched types {} and {}",
                checker.describe(x.typ),
                checker.describe(y.typ)
            );
            checker.error_at(at, Code::MismatchedTypes, message);
            x.invalidate();
        };
        if self.try_convert_untyped(x, y.typ).is_err() {
            mismatch(self, x, y);
            return;
        }
        if self.try_convert_untyped(y, x.typ).is_err() {
            mismatch(self, x, y);
        }
    }

    pub(super) fn may_convert(&mut self, x: &Operand, y: &Operand) -> bool {
        let store = &mut *self.store;
        if store.is_typed(x.typ) && store.is_typed(y.typ) {
            return false;
        }
        if store.all_basic(x.typ, Basic::is_numeric) != store.all_basic(y.typ, Basic::is_numeric) {
            return false;
        }
        if store.is_non_type_param_interface(x.typ) || store.is_non_type_param_interface(y.typ) {
            return true;
        }
        if store.all_basic(x.typ, Basic::is_boolean) != store.all_basic(y.typ, Basic::is_boolean)
            || store.all_basic(x.typ, Basic::is_string) != store.all_basic(y.typ, Basic::is_string)
        {
            return false;
        }
        if x.is_nil() {
            return store.has_nil(y.typ);
        }
        if y.is_nil() {
            return store.has_nil(x.typ);
        }
        !matches!(store.under_kind(x.typ), TypeKind::Pointer(_))
            && !matches!(store.under_kind(y.typ), TypeKind::Pointer(_))
    }

    pub(crate) fn comparison(
        &mut self,
        x: &mut Operand,
        y: &mut Operand,
        op: BinaryOp,
        switch_case: bool,
    ) {
        if !self.store.is_valid(x.typ) || !self.store.is_valid(y.typ) {
            x.invalidate();
            return;
        }
        if let Err((code, at_y, why)) = self.comparable_operands(x, y, op) {
            let culprit = if at_y && !switch_case { y } else { &*x };
            self.error_operand(culprit, code, why);
            x.invalidate();
            return;
        }
        if x.is_const() && y.is_const() {
            let op = match op {
                BinaryOp::Eql => Compare::Eq,
                BinaryOp::Neq => Compare::Ne,
                BinaryOp::Lss => Compare::Lt,
                BinaryOp::Leq => Compare::Le,
                BinaryOp::Gtr => Compare::Gt,
                _ => Compare::Ge,
            };
            x.val = Value::Bool(x.val.compare(op, &y.val));
        } else {
            x.mode = Mode::Value;
            // Operands that are still untyped get no type from a comparison: they take their default.
            for operand in [&*x, &*y] {
                let typ = self.store.default_type(operand.typ);
                self.update_expr_type(operand.expr, typ, true);
            }
        }
        x.typ = TypeId::UNTYPED_BOOL;
    }

    /// Whether the operands can be compared so; if not: why, and whether it is the right one's fault.
    pub(super) fn comparable_operands(
        &mut self,
        x: &Operand,
        y: &Operand,
        op: BinaryOp,
    ) -> Result<(), (Code, bool, String)> {
        if !self.assignable_to(x, y.typ) && !self.assignable_to(y, x.typ) {
            let why = format!(
                "mismatched types {} and {}",
                self.describe(x.typ),
                self.describe(y.typ)
            );
            return Err((Code::MismatchedTypes, true, why));
        }
        let undefined = |at_y: bool| {
            Err((
                Code::UndefinedOp,
                at_y,
                format!("operator {} not defined on operand", op.text()),
            ))
        };
        if matches!(op, BinaryOp::Eql | BinaryOp::Neq) {
            if x.is_nil() || y.is_nil() {
                let typ = if x.is_nil() { y.typ } else { x.typ };
                return if self.store.has_nil(typ) {
                    Ok(())
                } else {
                    undefined(true)
                };
            }
            if !self.store.comparable(x.typ, true) {
                return undefined(false);
            }
            if !self.store.comparable(y.typ, true) {
                return undefined(true);
            }
        } else {
            if !self.store.all_basic(x.typ, Basic::is_ordered) {
                return undefined(false);
            }
            if !self.store.all_basic(y.typ, Basic::is_ordered) {
                return undefined(true);
            }
        }
        Ok(())
    }
}
