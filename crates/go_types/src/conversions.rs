//! Conversions `T(x)`.

use crate::constant::{Kind, Value};
use crate::operand::{Mode, Operand};
use crate::{Basic, Checker, Code, TypeId, TypeKind};

impl Checker<'_> {
    /// Converts the operand to the type.
    pub(crate) fn conversion(&mut self, x: &mut Operand, target: TypeId) {
        if !self.store.is_valid(x.typ) {
            x.invalidate(); // the problem is noted where the type comes from
            return;
        }
        let constant = x.is_const();
        let to_const = self.store.is_basic(target, Basic::is_const_type);
        let ok = if constant && to_const {
            let value = self.convert_const(x, target);
            if value.is_none() && self.both_integers(x.typ, target) {
                let message = format!("constant overflows {}", self.describe(target));
                self.error_operand(x, Code::InvalidConversion, message);
                x.invalidate();
                return;
            }
            let ok = value.is_some();
            x.val = value.unwrap_or_default();
            ok
        } else if constant && self.store.is_type_param(target) {
            let types = self.store.specific_types(target);
            let ok = !types.is_empty()
                && types.into_iter().all(|(_, under)| {
                    (self.store.is_basic(x.typ, Basic::is_string) && self.is_bytes_or_runes(under))
                        || self.convert_const(x, under).is_some()
                });
            x.mode = Mode::Value;
            ok
        } else if self.convertible_to(x, target) {
            x.mode = Mode::Value;
            true
        } else {
            false
        };
        if !ok {
            let message = format!(
                "cannot convert {} to type {}",
                self.describe(x.typ),
                self.describe(target)
            );
            self.error_operand(x, Code::InvalidConversion, message);
            x.invalidate();
            return;
        }
        if self.store.is_untyped(x.typ) {
            let mut last = target;
            if self.store.is_non_type_param_interface(target)
                || (constant && !to_const)
                || x.is_nil()
            {
                last = self.store.default_type(x.typ);
            } else if x.mode == Mode::Const
                && self.store.is_basic(x.typ, Basic::is_integer)
                && self.store.all_basic(target, Basic::is_string)
            {
                last = x.typ;
            }
            self.update_expr_type(x.expr, last, true);
        }
        x.typ = target;
    }

    fn both_integers(&mut self, a: TypeId, b: TypeId) -> bool {
        self.store.is_basic(a, Basic::is_integer) && self.store.is_basic(b, Basic::is_integer)
    }

    /// A constant as one of the type; integers become strings of one rune.
    fn convert_const(&mut self, x: &Operand, target: TypeId) -> Option<Value> {
        let TypeKind::Basic(basic) = self.store.under_kind(target) else {
            return None;
        };
        if let Some(value) = self.representable_const(&x.val, basic) {
            return Some(value);
        }
        if !self.store.is_basic(x.typ, Basic::is_integer) || !basic.is_string() {
            return None;
        }
        debug_assert_eq!(x.val.kind(), Kind::Int, "an integer constant");
        let rune = x
            .val
            .as_u64()
            .and_then(|code| u32::try_from(code).ok())
            .and_then(char::from_u32);
        let rune = rune.unwrap_or(char::REPLACEMENT_CHARACTER);
        Some(Value::string(rune.encode_utf8(&mut [0; 4]).as_bytes()))
    }

    fn is_bytes_or_runes(&mut self, typ: TypeId) -> bool {
        let TypeKind::Slice(elem) = self.store.under_kind(typ) else {
            return false;
        };
        matches!(self.store.under_kind(elem), TypeKind::Basic(basic) if matches!(basic.canonical(), Basic::Uint8 | Basic::Int32))
    }

    fn convertible_to(&mut self, x: &Operand, target: TypeId) -> bool {
        if self.assignable_to(x, target) {
            return true;
        }
        let (typ, target) = (self.store.unalias(x.typ), self.store.unalias(target));
        let (from, to) = (self.store.under(typ), self.store.under(target));
        let is_tparam = self.store.is_type_param(typ);
        let target_is_tparam = self.store.is_type_param(target);
        if !is_tparam && !target_is_tparam && self.store.identical_ignore_tags(from, to) {
            return true;
        }
        if let (TypeKind::Pointer(base), TypeKind::Pointer(target_base)) =
            (self.store.kind(typ), self.store.kind(target))
        {
            let (base_under, target_under) =
                (self.store.under(base), self.store.under(target_base));
            if !self.store.is_type_param(base)
                && !self.store.is_type_param(target_base)
                && self.store.identical_ignore_tags(base_under, target_under)
            {
                return true;
            }
        }
        if self.basic_conversion(from, to) {
            return true;
        }
        match (is_tparam, target_is_tparam) {
            (false, false) => false,
            (true, _) => {
                let types = self.term_types(typ);
                !types.is_empty()
                    && types.into_iter().all(|typ| {
                        let x = Operand { typ, ..x.clone() };
                        if target_is_tparam {
                            self.converts_to_all(&x, target)
                        } else {
                            self.convertible_to(&x, target)
                        }
                    })
            }
            (false, true) => self.converts_to_all(x, target),
        }
    }

    fn converts_to_all(&mut self, x: &Operand, tparam: TypeId) -> bool {
        let types = self.term_types(tparam);
        !types.is_empty() && types.into_iter().all(|typ| self.convertible_to(x, typ))
    }

    /// Conversions between underlying types that are neither assignable nor identical.
    fn basic_conversion(&mut self, from: TypeId, to: TypeId) -> bool {
        let string = |checker: &mut Self, typ| checker.store.is_basic(typ, Basic::is_string);
        let numeric =
            |checker: &mut Self, typ| checker.store.is_basic(typ, Basic::is_integer_or_float);
        if numeric(self, from) && numeric(self, to) {
            return true;
        }
        if self.store.is_basic(from, Basic::is_complex)
            && self.store.is_basic(to, Basic::is_complex)
        {
            return true;
        }
        if string(self, to)
            && (self.store.is_basic(from, Basic::is_integer) || self.is_bytes_or_runes(from))
        {
            return true;
        }
        if string(self, from) && self.is_bytes_or_runes(to) {
            return true;
        }
        let address = |kind| matches!(kind, TypeKind::Pointer(_) | TypeKind::Basic(Basic::Uintptr));
        let unsafe_pointer = TypeKind::Basic(Basic::UnsafePointer);
        let (from_kind, to_kind) = (self.store.kind(from), self.store.kind(to));
        if (address(from_kind) && to_kind == unsafe_pointer)
            || (from_kind == unsafe_pointer && address(to_kind))
        {
            return true;
        }
        let TypeKind::Slice(elem) = from_kind else {
            return false;
        };
        match to_kind {
            TypeKind::Array { elem: other, .. } => {
                self.store.identical(elem, other) && self.allow_version(20)
            }
            TypeKind::Pointer(base) => match self.store.under_kind(base) {
                TypeKind::Array { elem: other, .. } => {
                    self.store.identical(elem, other) && self.allow_version(17)
                }
                _ => false,
            },
            _ => false,
        }
    }
}
