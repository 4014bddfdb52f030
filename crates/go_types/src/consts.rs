//! Constants and their types: representability, overflow, and what untyped operands become.

use crate::constant::{Binary, Kind, Value};
use crate::operand::{Mode, Operand};
use crate::{Basic, Checker, Code, TypeId, TypeKind};

/// Untyped integers with more bits overflow.
const MAX_BITS: usize = 512;
/// Longer strings are refused: no object file could hold them.
const MAX_STRING: u64 = 2_000_000_000;

/// What an untyped operand becomes for a target type, with the value rounded to it.
pub(crate) type Implicit = Result<(TypeId, Option<Value>), Code>;

impl Checker<'_> {
    /// Checks the result of a constant operation against the limits of its type.
    pub(crate) fn overflow(&mut self, x: &mut Operand, op_at: u32) {
        if x.val.is_unknown() {
            self.error_at(
                op_at,
                Code::InvalidConstVal,
                "constant result is not representable",
            );
            return;
        }
        if self.store.is_typed(x.typ) {
            if let TypeKind::Basic(basic) = self.store.under_kind(x.typ) {
                self.representable(x, basic);
            }
            return;
        }
        if x.val.kind() == Kind::Int && x.val.bit_len() > MAX_BITS {
            self.error_at(op_at, Code::InvalidConstVal, "constant overflow");
            x.val = Value::Unknown;
        } else if x.val.string_len().is_some_and(|len| len > MAX_STRING) {
            self.error_at(op_at, Code::InvalidConstVal, "constant string too long");
            x.val = Value::Unknown;
        }
    }

    /// Rounds a constant to a basic type; invalid (and a problem) if it does not fit.
    pub(crate) fn representable(&mut self, x: &mut Operand, basic: Basic) {
        match self.representation(x, basic) {
            Ok(value) => x.val = value,
            Err(code) => {
                self.invalid_conversion(code, x, TypeId::basic(basic));
                x.invalidate();
            }
        }
    }

    fn representation(&mut self, x: &Operand, basic: Basic) -> Result<Value, Code> {
        if let Some(value) = self.representable_const(&x.val, basic) {
            return Ok(value);
        }
        let numeric = self.store.is_basic(x.typ, Basic::is_numeric) && basic.is_numeric();
        Err(if !numeric {
            Code::InvalidConstVal
        } else if !self.store.is_basic(x.typ, Basic::is_integer) && basic.is_integer() {
            Code::TruncatedFloat
        } else {
            Code::NumericOverflow
        })
    }

    pub(crate) fn invalid_conversion(&mut self, code: Code, x: &Operand, target: TypeId) {
        let target = self.describe(target);
        let message = match code {
            Code::TruncatedFloat => format!("constant truncated to {target}"),
            Code::NumericOverflow => format!("constant overflows {target}"),
            _ => format!("cannot convert to type {target}"),
        };
        self.error_operand(x, code, message);
    }

    /// The constant as a value of the basic type, rounded; `None` if it has none.
    pub(crate) fn representable_const(&mut self, value: &Value, basic: Basic) -> Option<Value> {
        if value.is_unknown() {
            return Some(Value::Unknown);
        }
        let basic = basic.canonical();
        if basic.is_integer() {
            let int = value.to_int();
            return (int.kind() == Kind::Int && self.fits_integer(&int, basic)).then_some(int);
        }
        if basic.is_float() {
            let float = value.to_float();
            return match basic {
                _ if float.kind() != Kind::Float => None,
                Basic::Float32 => float.round_float32(),
                Basic::Float64 => float.round_float64(),
                // Not rounded, so not converted either.
                _ => Some(value.clone()),
            };
        }
        if basic.is_complex() {
            let complex = value.to_complex();
            if complex.kind() != Kind::Complex {
                return None;
            }
            let (re, im) = (complex.real_part(), complex.imaginary_part());
            let (re, im) = match basic {
                Basic::Complex64 => (re.round_float32()?, im.round_float32()?),
                Basic::Complex128 => (re.round_float64()?, im.round_float64()?),
                _ => return Some(value.clone()),
            };
            return Some(re.binary(Binary::Add, &Value::imaginary(im)));
        }
        let fits = if basic.is_string() {
            value.kind() == Kind::String
        } else {
            basic.is_boolean() && value.kind() == Kind::Bool
        };
        fits.then(|| value.clone())
    }

    fn fits_integer(&mut self, int: &Value, basic: Basic) -> bool {
        if basic.is_untyped() {
            return true;
        }
        let bits = self.size_of(TypeId::basic(basic)) as usize * 8;
        if basic.is_unsigned() {
            return int.signum() >= 0 && int.bit_len() <= bits;
        }
        match int.as_i64() {
            Some(value) => {
                bits >= 64 || (-1i64 << (bits - 1) <= value && value < 1i64 << (bits - 1))
            }
            None => false,
        }
    }

    /// Gives an untyped operand the target's type, if it may have it.
    pub(crate) fn convert_untyped(&mut self, x: &mut Operand, target: TypeId) {
        if let Err(code) = self.try_convert_untyped(x, target) {
            self.invalid_conversion(code, x, target);
            x.invalidate();
        }
    }

    pub(crate) fn try_convert_untyped(
        &mut self,
        x: &mut Operand,
        target: TypeId,
    ) -> Result<(), Code> {
        let (typ, value) = self.implicit_type_and_value(x, target)?;
        self.set_implicit(x, typ, value);
        Ok(())
    }

    pub(crate) fn set_implicit(&mut self, x: &mut Operand, typ: TypeId, value: Option<Value>) {
        if let Some(value) = value {
            self.update_expr_val(x.expr, &value);
            x.val = value;
        }
        if typ != x.typ {
            x.typ = typ;
            self.update_expr_type(x.expr, typ, false);
        }
    }

    /// What an untyped operand becomes where the target type is wanted.
    pub(crate) fn implicit_type_and_value(&mut self, x: &Operand, target: TypeId) -> Implicit {
        if !x.is_valid() || self.store.is_typed(x.typ) || !self.store.is_valid(target) {
            return Ok((x.typ, None));
        }
        if self.store.is_untyped(target) {
            let joined = self.store.max_type(x.typ, target);
            return joined
                .map(|typ| (typ, None))
                .ok_or(Code::InvalidUntypedConversion);
        }
        match self.store.under_kind(target) {
            TypeKind::Basic(basic) => self.implicit_basic(x, target, basic),
            TypeKind::Interface(_) if self.store.is_type_param(target) => {
                let types = self.store.specific_types(target);
                let ok = !types.is_empty()
                    && types
                        .into_iter()
                        .all(|(_, under)| self.implicit_type_and_value(x, under).is_ok());
                if !ok {
                    return Err(Code::InvalidUntypedConversion);
                }
                Ok((
                    if x.is_nil() {
                        TypeId::UNTYPED_NIL
                    } else {
                        target
                    },
                    None,
                ))
            }
            TypeKind::Interface(id) => {
                if x.is_nil() {
                    return Ok((TypeId::UNTYPED_NIL, None));
                }
                if !self.store.type_set(id).is_all() {
                    return Err(Code::InvalidUntypedConversion);
                }
                Ok((self.store.default_type(x.typ), None))
            }
            TypeKind::Pointer(_)
            | TypeKind::Signature(_)
            | TypeKind::Slice(_)
            | TypeKind::Map { .. }
            | TypeKind::Chan { .. }
                if x.is_nil() =>
            {
                Ok((TypeId::UNTYPED_NIL, None))
            }
            _ => Err(Code::InvalidUntypedConversion),
        }
    }

    fn implicit_basic(&mut self, x: &Operand, target: TypeId, basic: Basic) -> Implicit {
        if x.mode == Mode::Const {
            return self
                .representation(x, basic)
                .map(|value| (target, Some(value)));
        }
        let TypeKind::Basic(untyped) = self.store.kind(x.typ) else {
            return Err(Code::InvalidUntypedConversion);
        };
        let ok = match untyped {
            Basic::UntypedBool => basic.is_boolean(),
            Basic::UntypedInt
            | Basic::UntypedRune
            | Basic::UntypedFloat
            | Basic::UntypedComplex => basic.is_numeric(),
            Basic::UntypedString => basic.is_string(),
            Basic::UntypedNil if self.store.has_nil(target) => {
                return Ok((TypeId::UNTYPED_NIL, None));
            }
            _ => false,
        };
        if ok {
            Ok((target, None))
        } else {
            Err(Code::InvalidUntypedConversion)
        }
    }
}
