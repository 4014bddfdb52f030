//! Literals: basic, function and composite ones.

use go_syntax::{ExprId, ExprKind, LitKind, StmtId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::constant::{Kind, Value, literal};
use crate::lookup::Lookup;
use crate::operand::{Mode, Operand};
use crate::{Checker, Code, Name, ObjId, ObjKind, Struct, TypeId, TypeKind};

/// A constant that identifies a map key or switch case, whatever shape the value has.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ConstKey {
    Bool(bool),
    Bytes(Vec<u8>),
    Number(String),
}

impl ConstKey {
    pub(crate) fn new(value: &Value) -> Option<Self> {
        Some(match value.kind() {
            Kind::Unknown => return None,
            Kind::Bool => Self::Bool(value.as_bool()?),
            Kind::String => Self::Bytes(value.as_bytes()?),
            Kind::Int => Self::Number(value.int_text()),
            Kind::Float | Kind::Complex => {
                let int = value.to_int();
                Self::Number(if int.is_unknown() {
                    value.complex_text()
                } else {
                    int.int_text()
                })
            }
        })
    }
}

impl Checker<'_> {
    pub(crate) fn basic_lit(&mut self, expr: ExprId, kind: LitKind) -> Operand {
        let at = self.range(expr).start;
        let text = self.file().expr_text(expr);
        let is_number = matches!(kind, LitKind::Int | LitKind::Float | LitKind::Imag);
        if is_number {
            self.check_number_version(at, text, kind);
            if text.len() > literal::MAX_LITERAL {
                self.error_at(
                    at,
                    Code::InvalidConstVal,
                    format!("excessively long constant ({} chars)", text.len()),
                );
                return Operand::invalid(at);
            }
        }
        let (val, typ) = match kind {
            LitKind::Int => (literal::int(text), TypeId::UNTYPED_INT),
            LitKind::Float => (literal::float(text), TypeId::UNTYPED_FLOAT),
            LitKind::Imag => (literal::imaginary(text), TypeId::UNTYPED_COMPLEX),
            LitKind::Char => (literal::rune(text), TypeId::UNTYPED_RUNE),
            LitKind::String => (literal::string(text), TypeId::UNTYPED_STRING),
        };
        if val.is_unknown() {
            self.error_at(at, Code::InvalidConstVal, "malformed constant");
            return Operand::invalid(at);
        }
        let mut x = Operand {
            mode: Mode::Const,
            expr: Some(expr),
            typ,
            val,
            ..Operand::invalid(at)
        };
        self.overflow(&mut x, at);
        x
    }

    fn check_number_version(&mut self, at: u32, text: &str, kind: LitKind) {
        if text.len() <= 2 || self.allow_version(13) {
            return;
        }
        let prefix = text.as_bytes()[1].to_ascii_lowercase();
        let prefixed = text.starts_with('0');
        let new = text.contains('_')
            || prefixed
                && (matches!(prefix, b'b' | b'o') || prefix == b'x' && kind != LitKind::Int);
        if new {
            self.verify_version(at, 13, "number literal");
        }
    }

    pub(crate) fn func_lit(&mut self, at: u32, ty: ExprId, body: StmtId) -> Operand {
        let sig = self.store.signature(crate::Signature::default());
        let scope = self.func_type(sig, None, ty);
        self.record_type(ty, sig);
        self.later_body(self.env.decl, sig, scope, body, self.env.iota.clone());
        Operand::value(at, sig)
    }

    pub(crate) fn composite_lit(
        &mut self,
        expr: ExprId,
        ty: Option<ExprId>,
        elems: go_syntax::List<ExprId>,
        hint: Option<TypeId>,
    ) -> Operand {
        let at = self.range(expr).start;
        let elems = self.ast().list(elems);
        let (typ, base) = match (ty, hint) {
            (Some(ty), _) => {
                if let Some(elem) = self.open_array_elem(ty) {
                    let elem = self.var_type(elem);
                    let n = self.indexed_elems(elems, elem, -1);
                    let typ = self.store.array(elem, n);
                    self.record_type(ty, typ);
                    return Operand::value(at, typ);
                }
                let typ = self.typ(ty);
                (typ, typ)
            }
            (None, Some(hint)) => {
                let under = self.store.common_under(hint);
                let base = match under.map(|under| self.store.kind(under)) {
                    Some(TypeKind::Pointer(base)) => base,
                    _ => hint,
                };
                (hint, base)
            }
            (None, None) => {
                self.error_at(at, Code::UntypedLit, "missing type in composite literal");
                (TypeId::INVALID, TypeId::INVALID)
            }
        };
        if !self.is_complete(base) {
            return Operand::invalid(at);
        }
        let under = self.store.common_under(base);
        match under.map(|under| self.store.kind(under)) {
            Some(TypeKind::Struct(strukt)) => self.struct_lit(expr, elems, base, strukt),
            Some(TypeKind::Array { elem, len }) => {
                self.indexed_elems(elems, elem, len);
            }
            Some(TypeKind::Slice(elem)) => {
                self.indexed_elems(elems, elem, -1);
            }
            Some(TypeKind::Map { key, elem }) => self.map_lit(elems, key, elem),
            _ => {
                for &elem in elems {
                    let value = match self.ast().expr(elem).kind {
                        ExprKind::KeyValue { value, .. } => value,
                        _ => elem,
                    };
                    self.use_exprs(&[value]);
                }
                if under != Some(TypeId::INVALID) {
                    let message = format!("invalid composite literal type {}", self.describe(typ));
                    self.error_at(at, Code::InvalidLit, message);
                    return Operand::invalid(at);
                }
            }
        }
        Operand::value(at, typ)
    }

    /// The element type expression of `[...]T`.
    fn open_array_elem(&self, ty: ExprId) -> Option<ExprId> {
        let ExprKind::ArrayType {
            len: Some(len),
            elem,
        } = self.ast().expr(ty).kind
        else {
            return None;
        };
        matches!(self.ast().expr(len).kind, ExprKind::Ellipsis(None)).then_some(elem)
    }

    fn struct_lit(&mut self, expr: ExprId, elems: &[ExprId], base: TypeId, strukt: Struct) {
        let Some(&first) = elems.first() else { return };
        if matches!(self.ast().expr(first).kind, ExprKind::KeyValue { .. }) {
            self.keyed_struct_lit(elems, base);
        } else {
            self.positional_struct_lit(expr, elems, strukt);
        }
    }

    fn keyed_struct_lit(&mut self, elems: &[ExprId], base: TypeId) {
        let mut paths: Vec<Vec<u32>> = Vec::new();
        for &elem in elems {
            let ExprKind::KeyValue { key, value } = self.ast().expr(elem).kind else {
                self.error_expr(
                    elem,
                    Code::MixedStructLit,
                    "mixture of field:value and value elements in struct literal",
                );
                continue;
            };
            let mut x = self.generic_expr(value, None);
            let Some(symbol) = self.ast().ident(key) else {
                self.error_expr(
                    key,
                    Code::InvalidLitField,
                    "invalid field name in struct literal",
                );
                continue;
            };
            let name = self.name(symbol);
            let strukt = self.store.common_under(base).unwrap_or(TypeId::INVALID);
            let selected =
                match self
                    .store
                    .lookup_field_or_method(strukt, false, Some(self.pkg), name)
                {
                    Lookup::Found(selected) if name != Name::BLANK => selected,
                    _ => {
                        self.error_expr(
                            key,
                            Code::MissingLitField,
                            format!("unknown field {symbol} in struct literal"),
                        );
                        continue;
                    }
                };
            if !matches!(self.store.obj(selected.obj).kind, ObjKind::Var { .. }) {
                self.error_expr(
                    key,
                    Code::MissingLitField,
                    format!("{symbol} is not a field"),
                );
                continue;
            }
            let at = self.range(key).start;
            if selected.index.len() > 1
                && !self.verify_version(at, 27, "promoted field in struct literal")
            {
                continue;
            }
            if selected.indirect {
                self.error_expr(
                    key,
                    Code::InvalidLitField,
                    "invalid implicit pointer indirection",
                );
                continue;
            }
            self.record_use(key, selected.obj);
            self.record_lit_path(key, &selected.index);
            let typ = self.store.obj_type(selected.obj);
            self.assignment(&mut x, Some(typ), "struct literal");
            let overlaps = paths
                .iter()
                .any(|path| path.starts_with(&selected.index) || selected.index.starts_with(path));
            if overlaps {
                self.error_expr(
                    elem,
                    Code::DuplicateLitField,
                    format!("duplicate field name {symbol} in struct literal"),
                );
            }
            paths.push(selected.index);
        }
    }

    fn positional_struct_lit(&mut self, expr: ExprId, elems: &[ExprId], strukt: Struct) {
        let fields: Vec<ObjId> = self.store.objs(strukt.fields).to_vec();
        for (index, &elem) in elems.iter().enumerate() {
            if let ExprKind::KeyValue { value, .. } = self.ast().expr(elem).kind {
                self.error_expr(
                    elem,
                    Code::MixedStructLit,
                    "mixture of field:value and value elements in struct literal",
                );
                self.use_exprs(&[value]);
                continue;
            }
            let mut x = self.generic_expr(elem, None);
            let Some(&field) = fields.get(index) else {
                self.error_operand(
                    &x,
                    Code::InvalidStructLit,
                    "too many values in struct literal",
                );
                return;
            };
            let object = *self.store.obj(field);
            if object.pkg != Some(self.pkg) && !self.store.names.is_exported(object.name) {
                self.error_operand(
                    &x,
                    Code::UnexportedLitField,
                    "implicit assignment to unexported field",
                );
                continue;
            }
            self.assignment(&mut x, Some(self.store.obj_type(field)), "struct literal");
        }
        if elems.len() < fields.len() {
            let at = self.range(expr).end.saturating_sub(1);
            self.error_at(
                at,
                Code::InvalidStructLit,
                "too few values in struct literal",
            );
        }
    }

    fn map_lit(&mut self, elems: &[ExprId], key_type: TypeId, elem_type: TypeId) {
        let key_is_interface = self.store.is_non_type_param_interface(key_type);
        let mut seen: FxHashMap<ConstKey, Vec<TypeId>> = FxHashMap::default();
        for &elem in elems {
            let ExprKind::KeyValue { key, value } = self.ast().expr(elem).kind else {
                self.error_expr(elem, Code::MissingLitKey, "missing key in map literal");
                continue;
            };
            let mut x = self.generic_expr(key, Some(key_type));
            self.assignment(&mut x, Some(key_type), "map literal");
            if !x.is_valid() {
                continue;
            }
            if let Some(const_key) = ConstKey::new(&x.val).filter(|_| x.is_const()) {
                let types = seen.entry(const_key).or_default();
                let duplicate = types
                    .iter()
                    .any(|typ| !key_is_interface || self.store.identical(*typ, x.typ));
                types.push(x.typ);
                if duplicate {
                    self.error_operand(&x, Code::DuplicateLitKey, "duplicate key in map literal");
                    continue;
                }
            }
            let mut x = self.generic_expr(value, Some(elem_type));
            self.assignment(&mut x, Some(elem_type), "map literal");
        }
    }

    /// Elements of an array or slice literal; answers the length. A negative `len` is open.
    fn indexed_elems(&mut self, elems: &[ExprId], typ: TypeId, len: i64) -> i64 {
        let mut seen = FxHashSet::default();
        // Without keys no index can come twice.
        let keyed = elems
            .iter()
            .any(|elem| matches!(self.ast().expr(*elem).kind, ExprKind::KeyValue { .. }));
        let (mut index, mut max) = (0i64, 0i64);
        for &elem in elems {
            let mut valid = false;
            let mut value = elem;
            if let ExprKind::KeyValue {
                key,
                value: element,
            } = self.ast().expr(elem).kind
            {
                value = element;
                let (key_type, key_index) = self.index(key, len);
                if key_index >= 0 {
                    index = key_index;
                    valid = true;
                } else if self.store.is_valid(key_type) {
                    self.error_expr(
                        elem,
                        Code::InvalidLitIndex,
                        "index must be integer constant",
                    );
                }
            } else if len >= 0 && index >= len {
                self.error_expr(
                    elem,
                    Code::OversizeArrayLit,
                    format!("index {index} is out of bounds (>= {len})"),
                );
            } else {
                valid = true;
            }
            if keyed && valid && !seen.insert(index) {
                self.error_expr(
                    elem,
                    Code::DuplicateLitKey,
                    format!("duplicate index {index} in array or slice literal"),
                );
            }
            index = index.saturating_add(1);
            max = max.max(index);
            let mut x = self.generic_expr(value, Some(typ));
            self.assignment(&mut x, Some(typ), "array or slice literal");
        }
        max
    }
}
