//! Shifts, of constants and of values whose type is still to come.

use go_syntax::{BinaryOp, ExprId};

use crate::constant::{Kind, Value};
use crate::operand::{Mode, Operand};
use crate::{Basic, Checker, Code, TypeId};

/// Largest shift count of constants: enough for the least float64.
const SHIFT_BOUND: u64 = 1023 - 1 + 52;

impl Checker<'_> {
    pub(super) fn shift(
        &mut self,
        x: &mut Operand,
        y: &mut Operand,
        expr: Option<ExprId>,
        op: BinaryOp,
    ) {
        let x_int = if x.is_const() {
            x.val.to_int()
        } else {
            Value::Unknown
        };
        let integer = self.store.all_basic(x.typ, Basic::is_integer);
        let becomes_integer = self.store.is_untyped(x.typ) && x_int.kind() == Kind::Int;
        if !integer && !becomes_integer {
            self.error_operand(
                x,
                Code::InvalidShiftOperand,
                "shifted operand must be integer",
            );
            x.invalidate();
            return;
        }
        if !self.shift_count(y) {
            x.invalidate();
            return;
        }
        if x.is_const() && y.is_const() {
            self.constant_shift(x, y, &x_int, expr, op);
            return;
        }
        if x.is_const() && self.store.is_untyped(x.typ) {
            // The type comes from where the result goes; it must be an integer then.
            if let Some(expr) = x.expr {
                self.set_untyped_lhs(expr);
            }
            x.mode = Mode::Value;
            return;
        }
        if !integer {
            self.error_operand(
                x,
                Code::InvalidShiftOperand,
                "shifted operand must be integer",
            );
            x.invalidate();
            return;
        }
        x.mode = Mode::Value;
    }

    pub(super) fn constant_shift(
        &mut self,
        x: &mut Operand,
        y: &Operand,
        x_int: &Value,
        expr: Option<ExprId>,
        op: BinaryOp,
    ) {
        let to_untyped_int = |checker: &mut Self, x: &mut Operand| {
            if !checker.store.is_basic(x.typ, Basic::is_integer) {
                x.typ = TypeId::UNTYPED_INT;
            }
        };
        if x.val.is_unknown() || y.val.is_unknown() {
            x.val = Value::Unknown;
            to_untyped_int(self, x);
            return;
        }
        let Some(count) = y
            .val
            .to_int()
            .as_u64()
            .filter(|count| *count <= SHIFT_BOUND)
        else {
            self.error_operand(y, Code::InvalidShiftCount, "invalid shift count");
            x.invalidate();
            return;
        };
        to_untyped_int(self, x);
        x.val = if op == BinaryOp::Shl {
            x_int.shl(count as u32)
        } else {
            x_int.shr(count as u32)
        };
        if expr.is_some() {
            x.expr = expr;
        }
        let at = x.expr.map_or(x.at, |expr| self.err_offset(expr));
        self.overflow(x, at);
    }

    /// Checks the right operand of a shift.
    pub(super) fn shift_count(&mut self, y: &mut Operand) -> bool {
        if y.is_const() {
            let count = y.val.to_int();
            if count.kind() == Kind::Int && count.signum() < 0 {
                self.error_operand(y, Code::InvalidShiftCount, "negative shift count");
                return false;
            }
            if self.store.is_untyped(y.typ) {
                // Representable, so the record keeps its untyped type until the end.
                self.representable(y, Basic::Uint);
                return y.is_valid();
            }
            return true;
        } else if self.store.all_basic(y.typ, Basic::is_integer) {
            return self.store.all_basic(y.typ, Basic::is_unsigned)
                || self.verify_version(y.at, 13, "signed shift count");
        } else if self.store.is_untyped(y.typ) {
            self.convert_untyped(y, TypeId::UINT);
            return y.is_valid();
        }
        self.error_operand(y, Code::InvalidShiftCount, "shift count must be integer");
        false
    }
}
