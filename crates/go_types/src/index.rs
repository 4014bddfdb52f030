//! Index and slice expressions.

use go_syntax::ExprId;

use crate::operand::{Mode, Operand};
use crate::{Basic, Checker, Code, TypeId, TypeKind};

/// What indexing one type of a type set gives.
#[derive(Clone, Copy)]
struct Indexed {
    elem: TypeId,
    key: Option<TypeId>,
    mode: Mode,
    /// -1 if not known.
    len: i64,
}

impl Checker<'_> {
    /// `x[indices]`; true if it is a generic function that wants to be instantiated.
    pub(crate) fn index_expr(
        &mut self,
        expr: ExprId,
        base: ExprId,
        indices: &[ExprId],
    ) -> (Operand, bool) {
        let mut x = self.expr_or_type(base, true);
        match x.mode {
            Mode::Invalid => {
                self.use_exprs(indices);
                return (x, false);
            }
            Mode::Type => {
                let typ = self.var_type(expr);
                x.typ = typ;
                x.mode = if self.store.is_valid(typ) {
                    Mode::Type
                } else {
                    Mode::Invalid
                };
                return (x, false);
            }
            Mode::Value => {
                if let TypeKind::Signature(id) = self.store.under_kind(x.typ)
                    && !self.store.sig(id).tparams.is_empty()
                {
                    return (x, true);
                }
            }
            _ => {}
        }
        self.non_generic(None, &mut x);
        if x.is_valid() && !self.parts_complete(x.typ) {
            x.invalidate();
        }
        if x.is_valid() {
            self.index_value(expr, &mut x, indices);
        }
        (x, false)
    }

    /// The type, and what a pointer or map of it holds, are not being declared right now.
    fn parts_complete(&mut self, typ: TypeId) -> bool {
        self.is_complete(typ)
            && match self.store.under_kind(typ) {
                TypeKind::Pointer(part) | TypeKind::Map { elem: part, .. } => {
                    self.is_complete(part)
                }
                _ => true,
            }
    }

    fn index_value(&mut self, expr: ExprId, x: &mut Operand, indices: &[ExprId]) {
        let indexed = self.indexed_type(x);
        let Some(indexed) = indexed else {
            if self.store.is_valid(x.typ) || x.mode == Mode::Builtin {
                let message = format!("cannot index value of type {}", self.describe(x.typ));
                self.error_operand(x, Code::NonIndexableOperand, message);
            }
            self.use_exprs(indices);
            x.invalidate();
            return;
        };
        if let Some(&extra) = indices.get(1) {
            self.error_expr(extra, Code::InvalidIndex, "more than one index");
        }
        let Some(&index) = indices.first() else {
            x.invalidate();
            return;
        };
        if let Some(key) = indexed.key {
            let mut key_operand = self.generic_expr(index, None);
            self.assignment(&mut key_operand, Some(key), "map index");
            x.expr = Some(expr);
        } else {
            self.index(index, indexed.len);
        }
        x.mode = indexed.mode;
        x.typ = indexed.elem;
    }

    fn indexed_type(&mut self, x: &Operand) -> Option<Indexed> {
        let is_tparam = self.store.is_type_param(x.typ);
        if !is_tparam {
            let under = self.store.under(x.typ);
            let mut indexed = self.indexed_under(x, under)?;
            if x.is_const() {
                indexed.len = x.val.string_len().map_or(-1, |len| len as i64);
            }
            return Some(indexed);
        }
        let mut common: Option<Indexed> = None;
        for (_, under) in self.store.specific_types(x.typ) {
            let next = self.indexed_under(x, under)?;
            common = Some(match common {
                None => next,
                Some(seen) => {
                    let same_keys = match (seen.key, next.key) {
                        (None, None) => true,
                        (Some(key), Some(other)) => self.store.identical(key, other),
                        _ => false,
                    };
                    if !same_keys || !self.store.identical(seen.elem, next.elem) {
                        return None;
                    }
                    let len = if next.len >= 0 && next.len < seen.len {
                        next.len
                    } else {
                        seen.len
                    };
                    let mode = if next.mode == Mode::Value {
                        Mode::Value
                    } else {
                        seen.mode
                    };
                    Indexed { mode, len, ..seen }
                }
            });
        }
        common
    }

    fn indexed_under(&mut self, x: &Operand, under: TypeId) -> Option<Indexed> {
        let of_array = |elem, mode, len| {
            Some(Indexed {
                elem,
                key: None,
                mode,
                len,
            })
        };
        let array_mode = if x.mode == Mode::Var {
            Mode::Var
        } else {
            Mode::Value
        };
        match self.store.kind(under) {
            TypeKind::Basic(basic) if basic.is_string() => of_array(TypeId::BYTE, Mode::Value, -1),
            TypeKind::Array { elem, len } => of_array(elem, array_mode, len),
            TypeKind::Pointer(base) => match self.store.under_kind(base) {
                TypeKind::Array { elem, len } => of_array(elem, Mode::Var, len),
                _ => None,
            },
            TypeKind::Slice(elem) => of_array(elem, Mode::Var, -1),
            TypeKind::Map { key, elem } => Some(Indexed {
                elem,
                key: Some(key),
                mode: Mode::MapIndex,
                len: -1,
            }),
            _ => None,
        }
    }

    pub(crate) fn slice_expr(
        &mut self,
        expr: ExprId,
        base: ExprId,
        bounds: [Option<ExprId>; 3],
        three: bool,
    ) -> Operand {
        let mut x = self.expr(None, base);
        if !x.is_valid() {
            for bound in bounds.into_iter().flatten() {
                self.use_exprs(&[bound]);
            }
            return x;
        }
        if let TypeKind::Pointer(base) = self.store.under_kind(x.typ)
            && !self.is_complete(base)
        {
            x.invalidate();
            return x;
        }
        let Some(common) = self.sliced_type(x.typ) else {
            if self.store.is_valid(x.typ) {
                self.error_operand(
                    &x,
                    Code::NonSliceableOperand,
                    "cannot slice: no common type",
                );
            }
            x.invalidate();
            return x;
        };
        let mut len = -1;
        let ok = match self.store.kind(common) {
            TypeKind::Basic(basic) if basic.is_string() => {
                if three {
                    let at = bounds[2].unwrap_or(expr);
                    self.error_expr(at, Code::InvalidSliceExpr, "3-index slice of string");
                    x.invalidate();
                    return x;
                }
                if x.is_const() {
                    len = x.val.string_len().map_or(-1, |len| len as i64);
                }
                if self.store.is_untyped(x.typ) {
                    x.typ = TypeId::STRING;
                }
                true
            }
            TypeKind::Array {
                elem,
                len: array_len,
            } => {
                if x.mode != Mode::Var {
                    self.error_operand(
                        &x,
                        Code::NonSliceableOperand,
                        "cannot slice unaddressable value",
                    );
                    x.invalidate();
                    return x;
                }
                len = array_len;
                x.typ = self.store.slice(elem);
                true
            }
            TypeKind::Pointer(base) => match self.store.under_kind(base) {
                TypeKind::Array {
                    elem,
                    len: array_len,
                } => {
                    len = array_len;
                    x.typ = self.store.slice(elem);
                    true
                }
                _ => false,
            },
            TypeKind::Slice(_) => true,
            _ => false,
        };
        if !ok {
            if self.store.is_valid(x.typ) {
                self.error_operand(&x, Code::NonSliceableOperand, "cannot slice");
            }
            x.invalidate();
            return x;
        }
        x.mode = Mode::Value;
        if three && (bounds[1].is_none() || bounds[2].is_none()) {
            let at = self.range(expr).end.saturating_sub(1);
            self.error_at(
                at,
                Code::InvalidSyntaxTree,
                "2nd and 3rd index required in 3-index slice",
            );
            x.invalidate();
            return x;
        }
        self.slice_bounds(bounds, len);
        x
    }

    /// The underlying type common to all that may be sliced; strings and byte slices mix.
    fn sliced_type(&mut self, typ: TypeId) -> Option<TypeId> {
        let mut has_string = false;
        let mut common: Option<TypeId> = None;
        for (_, under) in self.store.specific_types(typ) {
            let mut under = under;
            if self.store.is_basic(under, Basic::is_string) {
                has_string = true;
                under = self.store.slice(TypeId::BYTE);
            }
            match common {
                Some(common) if !self.store.identical(common, under) => return None,
                Some(_) => {}
                None => common = Some(under),
            }
        }
        if !has_string {
            return common;
        }
        Some(if self.store.is_type_param(typ) {
            TypeId::STRING
        } else {
            self.store.under(typ)
        })
    }

    fn slice_bounds(&mut self, bounds: [Option<ExprId>; 3], len: i64) {
        let mut values = [-1i64; 3];
        for (index, bound) in bounds.into_iter().enumerate() {
            values[index] = match bound {
                Some(expr) => {
                    self.index(expr, if len >= 0 { len.saturating_add(1) } else { -1 })
                        .1
                }
                None if index == 0 => 0,
                None => len,
            };
        }
        for first in 0..2 {
            for second in first + 1..3 {
                if values[first] > 0 && values[second] >= 0 && values[second] < values[first] {
                    if let Some(at) = bounds[second].or(bounds[first]) {
                        self.error_expr(at, Code::SwappedSliceIndices, "invalid slice indices");
                    }
                    return;
                }
            }
        }
    }

    /// Type and, if constant, value (else -1) of an index below `max` (unless negative).
    pub(crate) fn index(&mut self, expr: ExprId, max: i64) -> (TypeId, i64) {
        let mut x = self.expr(None, expr);
        if !self.is_valid_index(&mut x, Code::InvalidIndex, "index", false) {
            return (TypeId::INVALID, -1);
        }
        if !x.is_const() {
            return (x.typ, -1);
        }
        let Some(value) = x.val.as_i64() else {
            return (TypeId::INVALID, -1);
        };
        if max >= 0 && value >= max {
            self.error_operand(
                &x,
                Code::InvalidIndex,
                format!("index {value} out of bounds [0:{max}]"),
            );
            return (TypeId::INVALID, -1);
        }
        (x.typ, value)
    }

    pub(crate) fn is_valid_index(
        &mut self,
        x: &mut Operand,
        code: Code,
        what: &str,
        allow_negative: bool,
    ) -> bool {
        if !x.is_valid() {
            return false;
        }
        self.convert_untyped(x, TypeId::INT);
        if !x.is_valid() {
            return false;
        }
        if !self.store.all_basic(x.typ, Basic::is_integer) {
            self.error_operand(x, code, format!("{what} must be integer"));
            return false;
        }
        if x.is_const() {
            if !allow_negative && x.val.signum() < 0 {
                self.error_operand(x, code, format!("{what} must not be negative"));
                return false;
            }
            let Some(value) = self.representable_const(&x.val, Basic::Int) else {
                self.error_operand(x, code, format!("{what} overflows int"));
                return false;
            };
            x.val = value;
        }
        true
    }
}
