//! Calls of builtin functions, those of package unsafe among them.

mod memory;

use go_syntax::{BinaryOp, ExprId, ExprKind};

use crate::constant::{Binary, Compare, Value};
use crate::operand::{Mode, Operand};
use crate::{Basic, Builtin, ChanDir, Checker, Code, Object, Signature, TypeId, TypeKind, VarKind};

/// A call of a builtin while it is checked.
struct BuiltinCall<'a> {
    call: ExprId,
    fun: ExprId,
    builtin: Builtin,
    exprs: &'a [ExprId],
    /// Checked arguments; none for builtins that take types or selectors.
    args: Vec<Operand>,
    spread: bool,
}

impl Checker<'_> {
    /// Checks the call and leaves its result in `x`; `false` if it is invalid.
    pub(crate) fn builtin(&mut self, x: &mut Operand, call: ExprId, builtin: Builtin) -> bool {
        let ExprKind::Call { fun, args, spread } = self.ast().expr(call).kind else {
            return false;
        };
        let exprs = self.ast().list(args);
        let close = self.range(call).end.saturating_sub(1);
        if spread && builtin != Builtin::Append {
            self.error_at(
                close,
                Code::InvalidDotDotDot,
                format!("invalid use of ... with built-in {}", builtin.name()),
            );
            self.use_exprs(exprs);
            return false;
        }
        let saved = self.env.has_call_or_recv;
        let is_len = matches!(builtin, Builtin::Len | Builtin::Cap);
        if is_len {
            self.env.has_call_or_recv = false;
        }
        let ok = self.builtin_args(
            x,
            BuiltinCall {
                call,
                fun,
                builtin,
                exprs,
                args: Vec::new(),
                spread,
            },
        );
        if is_len {
            self.env.has_call_or_recv = saved;
        }
        ok
    }

    fn builtin_args(&mut self, x: &mut Operand, call: BuiltinCall<'_>) -> bool {
        let mut call = call;
        let mut n_args = call.exprs.len();
        if !matches!(
            call.builtin,
            Builtin::Make | Builtin::New | Builtin::Offsetof
        ) {
            call.args = self.expr_list(call.exprs);
            n_args = call.args.len();
            if call.args.iter().any(|arg| !arg.is_valid()) {
                return false;
            }
            if let Some(first) = call.args.first() {
                *x = first.clone();
            }
        }
        let (min, variadic) = arity(call.builtin);
        if n_args < min || (!variadic && n_args > min) {
            let what = if n_args < min {
                "not enough"
            } else {
                "too many"
            };
            let at = self.range(call.call).end.saturating_sub(1);
            let message = format!(
                "{what} arguments for {} (expected {min}, found {n_args})",
                call.builtin.name()
            );
            self.error_at(at, Code::WrongArgCount, message);
            return false;
        }
        match call.builtin {
            Builtin::Append => self.builtin_append(x, call),
            Builtin::Cap | Builtin::Len => self.builtin_len(x, &call),
            Builtin::Clear => self.builtin_clear(x, &call),
            Builtin::Close => self.builtin_close(x, &call),
            Builtin::Complex => self.builtin_complex(x, call),
            Builtin::Copy => self.builtin_copy(x, &call),
            Builtin::Delete => self.builtin_delete(x, call),
            Builtin::Imag | Builtin::Real => self.builtin_part(x, &call),
            Builtin::Make => self.builtin_make(x, &call),
            Builtin::Max | Builtin::Min => self.builtin_min_max(x, call),
            Builtin::New => self.builtin_new(x, &call),
            Builtin::Panic => self.builtin_panic(x, &call),
            Builtin::Print | Builtin::Println => self.builtin_print(x, call),
            Builtin::Recover => {
                x.mode = Mode::Value;
                x.typ = self.store.universe.empty_interface;
                self.record_builtin_call(call.fun, Some(x.typ), &[]);
                true
            }
            _ => self.builtin_unsafe(x, call),
        }
    }

    /// Records the signature made for this call.
    fn record_builtin_call(&mut self, fun: ExprId, result: Option<TypeId>, params: &[TypeId]) {
        let sig = self.make_sig(result, params, false);
        self.record_builtin(fun, sig);
    }

    fn make_sig(&mut self, result: Option<TypeId>, params: &[TypeId], variadic: bool) -> TypeId {
        let params: Vec<_> = params
            .iter()
            .map(|typ| {
                let typ = self.store.default_type(*typ);
                self.new_param(typ)
            })
            .collect();
        let params = self.store.obj_list(&params);
        let results: Vec<_> = result
            .map(|typ| {
                let object = Object::var(
                    VarKind::Result,
                    crate::Pos::none(),
                    None,
                    crate::Name::EMPTY,
                );
                self.store.new_obj(object.with_type(typ))
            })
            .into_iter()
            .collect();
        let results = self.store.obj_list(&results);
        self.store.signature(Signature {
            params,
            results,
            variadic,
            ..Signature::default()
        })
    }

    /// The element type that all slices of the operand's type have.
    fn slice_elem(&mut self, x: &Operand) -> Option<TypeId> {
        let mut elem = None;
        for (_, under) in self.store.specific_types(x.typ) {
            let TypeKind::Slice(next) = self.store.kind(under) else {
                return None;
            };
            match elem {
                Some(elem) if !self.store.identical(elem, next) => return None,
                Some(_) => {}
                None => elem = Some(next),
            }
        }
        elem
    }

    /// For each type of the operand: byte slices and strings only; whether there is a string among them.
    fn bytes_or_strings(&mut self, x: &Operand) -> Option<bool> {
        let mut has_string = false;
        let types = self.store.specific_types(x.typ);
        if types.is_empty() {
            return None;
        }
        for (_, under) in types {
            match self.store.kind(under) {
                TypeKind::Slice(elem) if self.store.identical(elem, TypeId::BYTE) => {}
                TypeKind::Basic(basic) if basic.is_string() => has_string = true,
                _ => return None,
            }
        }
        Some(has_string)
    }

    fn is_byte_slice(&mut self, x: &Operand) -> bool {
        let bytes = self.store.slice(TypeId::BYTE);
        self.assignable_to(x, bytes)
    }

    fn builtin_append(&mut self, x: &mut Operand, call: BuiltinCall<'_>) -> bool {
        let Some(elem) = self.slice_elem(x) else {
            if self.store.is_valid(x.typ) {
                self.error_operand(
                    x,
                    Code::InvalidAppend,
                    "invalid append: argument must be a slice",
                );
            }
            return false;
        };
        let slice = x.typ;
        let mut sig = None;
        if call.args.len() == 2
            && call.spread
            && self.is_byte_slice(x)
            && self.bytes_or_strings(&call.args[1]) == Some(true)
        {
            sig = Some(self.make_sig(Some(slice), &[slice, call.args[1].typ], true));
        }
        let sig = if let Some(sig) = sig {
            sig
        } else {
            let rest = self.store.slice(elem);
            let sig = self.make_sig(Some(slice), &[slice, rest], true);
            self.builtin_arguments(call.call, sig, call.args, call.spread);
            sig
        };
        self.record_builtin(call.fun, sig);
        x.mode = Mode::Value;
        x.typ = slice;
        true
    }

    /// The array a pointer points to, or the type itself.
    pub(crate) fn array_ptr_deref(&mut self, typ: TypeId) -> TypeId {
        if let TypeKind::Pointer(base) = self.store.unaliased(typ) {
            let under = self.store.under(base);
            if matches!(self.store.kind(under), TypeKind::Array { .. }) {
                return under;
            }
        }
        typ
    }

    fn builtin_len(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        let is_len = call.builtin == Builtin::Len;
        let under = self.store.under(x.typ);
        let deref = self.array_ptr_deref(under);
        let mut val = Value::Unknown;
        let mode = match self.store.kind(deref) {
            TypeKind::Basic(basic) if basic.is_string() && is_len => {
                if x.is_const() {
                    val = x
                        .val
                        .string_len()
                        .map_or(Value::Unknown, |len| Value::Int(len as i64));
                    Mode::Const
                } else {
                    Mode::Value
                }
            }
            TypeKind::Array { len, .. } => {
                if self.env.has_call_or_recv {
                    Mode::Value
                } else {
                    val = if len >= 0 {
                        Value::Int(len)
                    } else {
                        Value::Unknown
                    };
                    Mode::Const
                }
            }
            TypeKind::Slice(_) | TypeKind::Chan { .. } => Mode::Value,
            TypeKind::Map { .. } if is_len => Mode::Value,
            TypeKind::Interface(_) if self.store.is_type_param(x.typ) => {
                let types = self.store.specific_types(x.typ);
                let ok = !types.is_empty()
                    && types
                        .into_iter()
                        .all(|(_, under)| self.has_len(under, is_len));
                if ok { Mode::Value } else { Mode::Invalid }
            }
            _ => Mode::Invalid,
        };
        if mode == Mode::Invalid {
            if under != TypeId::INVALID {
                let code = if is_len {
                    Code::InvalidLen
                } else {
                    Code::InvalidCap
                };
                self.error_operand(
                    x,
                    code,
                    format!("invalid argument for built-in {}", call.builtin.name()),
                );
            }
            return false;
        }
        if mode != Mode::Const {
            self.record_builtin_call(call.fun, Some(TypeId::INT), &[x.typ]);
        }
        x.mode = mode;
        x.typ = TypeId::INT;
        x.val = val;
        true
    }

    fn has_len(&mut self, under: TypeId, is_len: bool) -> bool {
        let deref = self.array_ptr_deref(under);
        match self.store.kind(deref) {
            TypeKind::Basic(basic) => basic.is_string() && is_len,
            TypeKind::Array { .. } | TypeKind::Slice(_) | TypeKind::Chan { .. } => true,
            TypeKind::Map { .. } => is_len,
            _ => false,
        }
    }

    fn builtin_clear(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        self.verify_version(self.range(call.fun).start, 21, "clear");
        let ok = self.store.under_is(x.typ, |store, under| {
            matches!(store.kind(under), TypeKind::Map { .. } | TypeKind::Slice(_))
        });
        if !ok {
            self.error_operand(
                x,
                Code::InvalidClear,
                "argument of clear must be (or constrained by) map or slice",
            );
            return false;
        }
        x.mode = Mode::NoValue;
        self.record_builtin_call(call.fun, None, &[x.typ]);
        true
    }

    fn builtin_close(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        let ok = self.store.under_is(x.typ, |store, under| {
            matches!(
                store.kind(under),
                TypeKind::Chan {
                    dir: ChanDir::Both | ChanDir::Send,
                    ..
                }
            )
        });
        if !ok {
            self.error_operand(
                x,
                Code::InvalidClose,
                "cannot close non-channel or receive-only channel",
            );
            return false;
        }
        x.mode = Mode::NoValue;
        self.record_builtin_call(call.fun, None, &[x.typ]);
        true
    }

    fn builtin_complex(&mut self, x: &mut Operand, call: BuiltinCall<'_>) -> bool {
        let Some(mut y) = call.args.into_iter().nth(1) else {
            return false;
        };
        match (self.store.is_untyped(x.typ), self.store.is_untyped(y.typ)) {
            (false, false) => {}
            (true, false) => self.convert_untyped(x, y.typ),
            (false, true) => self.convert_untyped(&mut y, x.typ),
            (true, true) if x.is_const() && y.is_const() => {
                for operand in [&mut *x, &mut y] {
                    if self.store.is_basic(operand.typ, Basic::is_numeric)
                        && operand.val.imaginary_part().signum() == 0
                    {
                        operand.typ = TypeId::UNTYPED_FLOAT;
                    }
                }
            }
            (true, true) => {
                self.convert_untyped(x, TypeId::FLOAT64);
                self.convert_untyped(&mut y, TypeId::FLOAT64);
            }
        }
        if !x.is_valid() || !y.is_valid() {
            return false;
        }
        if !self.store.identical(x.typ, y.typ) {
            self.error_operand(
                x,
                Code::InvalidComplex,
                "mismatched types of arguments to complex",
            );
            return false;
        }
        let result = match self.store.under_kind(x.typ) {
            TypeKind::Basic(Basic::Float32) => TypeId::basic(Basic::Complex64),
            TypeKind::Basic(Basic::Float64) => TypeId::COMPLEX128,
            TypeKind::Basic(Basic::UntypedFloat) => TypeId::UNTYPED_COMPLEX,
            _ => {
                self.error_operand(
                    x,
                    Code::InvalidComplex,
                    "arguments of complex must be floating-point",
                );
                return false;
            }
        };
        if x.is_const() && y.is_const() {
            x.val = x
                .val
                .to_float()
                .binary(Binary::Add, &Value::imaginary(y.val.to_float()));
        } else {
            x.mode = Mode::Value;
            self.record_builtin_call(call.fun, Some(result), &[x.typ, x.typ]);
        }
        x.typ = result;
        true
    }

    fn builtin_part(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        let is_real = call.builtin == Builtin::Real;
        if self.store.is_untyped(x.typ) {
            if x.is_const() {
                if self.store.is_basic(x.typ, Basic::is_numeric) {
                    x.typ = TypeId::UNTYPED_COMPLEX;
                }
            } else {
                self.convert_untyped(x, TypeId::COMPLEX128);
                if !x.is_valid() {
                    return false;
                }
            }
        }
        let result = match self.store.under_kind(x.typ) {
            TypeKind::Basic(Basic::Complex64) => TypeId::basic(Basic::Float32),
            TypeKind::Basic(Basic::Complex128) => TypeId::FLOAT64,
            TypeKind::Basic(Basic::UntypedComplex) => TypeId::basic(Basic::UntypedFloat),
            _ => {
                let code = if is_real {
                    Code::InvalidReal
                } else {
                    Code::InvalidImag
                };
                self.error_operand(x, code, "argument must be complex");
                return false;
            }
        };
        if x.is_const() {
            x.val = if is_real {
                x.val.real_part()
            } else {
                x.val.imaginary_part()
            };
        } else {
            x.mode = Mode::Value;
            self.record_builtin_call(call.fun, Some(result), &[x.typ]);
        }
        x.typ = result;
        true
    }

    fn builtin_copy(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        let y = &call.args[1];
        let Some(dst) = self.slice_elem(x) else {
            self.error_operand(
                x,
                Code::InvalidCopy,
                "invalid copy: argument must be a slice",
            );
            return false;
        };
        if !(self.is_byte_slice(x) && self.bytes_or_strings(y).is_some()) {
            let src = match self.slice_elem(y) {
                Some(src) => src,
                None if self.store.all_basic(y.typ, Basic::is_string) => TypeId::BYTE,
                None => {
                    self.error_operand(
                        y,
                        Code::InvalidCopy,
                        "invalid copy: argument must be a slice",
                    );
                    return false;
                }
            };
            if !self.store.identical(dst, src) {
                self.error_operand(
                    x,
                    Code::InvalidCopy,
                    "invalid copy: arguments have different element types",
                );
                return false;
            }
        }
        self.record_builtin_call(call.fun, Some(TypeId::INT), &[x.typ, y.typ]);
        x.mode = Mode::Value;
        x.typ = TypeId::INT;
        true
    }

    fn builtin_delete(&mut self, x: &mut Operand, call: BuiltinCall<'_>) -> bool {
        let map = x.typ;
        let mut key = None;
        for (_, under) in self.store.specific_types(map) {
            let TypeKind::Map { key: next, .. } = self.store.kind(under) else {
                key = None;
                break;
            };
            match key {
                Some(other) if !self.store.identical(other, next) => {
                    key = None;
                    break;
                }
                _ => key = Some(next),
            }
        }
        let Some(key) = key else {
            self.error_operand(x, Code::InvalidDelete, "argument of delete must be a map");
            return false;
        };
        let Some(arg) = call.args.into_iter().nth(1) else {
            return false;
        };
        *x = arg;
        self.assignment(x, Some(key), "argument to delete");
        if !x.is_valid() {
            return false;
        }
        x.mode = Mode::NoValue;
        self.record_builtin_call(call.fun, None, &[map, key]);
        true
    }

    fn builtin_make(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        let arg = call.exprs[0];
        let typ = self.var_type(arg);
        if !self.store.is_valid(typ) {
            return false;
        }
        let under = self.store.common_under(typ);
        let min = match under.map(|under| self.store.kind(under)) {
            Some(TypeKind::Slice(_)) => 2,
            Some(TypeKind::Map { .. } | TypeKind::Chan { .. }) => 1,
            _ => {
                if under != Some(TypeId::INVALID) {
                    self.error_expr(
                        arg,
                        Code::InvalidMake,
                        "cannot make: type must be slice, map, or channel",
                    );
                }
                return false;
            }
        };
        let n_args = call.exprs.len();
        if n_args < min || min + 1 < n_args {
            self.error_expr(
                call.call,
                Code::WrongArgCount,
                format!(
                    "make expects {min} or {} arguments; found {n_args}",
                    min + 1
                ),
            );
            return false;
        }
        let mut types = vec![typ];
        let mut sizes = Vec::new();
        for &expr in &call.exprs[1..] {
            let (typ, size) = self.index(expr, -1);
            types.push(typ);
            if size >= 0 {
                sizes.push(size);
            }
        }
        if let [len, cap] = sizes[..]
            && len > cap
        {
            self.error_expr(
                call.exprs[1],
                Code::SwappedMakeArgs,
                "length and capacity swapped",
            );
        }
        *x = Operand::value(x.at, typ);
        self.record_builtin_call(call.fun, Some(typ), &types);
        true
    }

    fn builtin_min_max(&mut self, x: &mut Operand, call: BuiltinCall<'_>) -> bool {
        self.verify_version(self.range(call.fun).start, 21, call.builtin.name());
        let op = if call.builtin == Builtin::Max {
            Compare::Gt
        } else {
            Compare::Lt
        };
        let mut args = call.args;
        for (index, arg) in args.iter_mut().enumerate() {
            if !self.store.all_basic(arg.typ, Basic::is_ordered) {
                self.error_operand(
                    arg,
                    Code::InvalidMinMaxOperand,
                    "argument cannot be ordered",
                );
                return false;
            }
            if index == 0 {
                continue;
            }
            self.match_types(x, arg);
            if !x.is_valid() {
                return false;
            }
            if !self.store.identical(x.typ, arg.typ) {
                self.error_operand(arg, Code::MismatchedTypes, "mismatched types of arguments");
                return false;
            }
            if x.is_const() && arg.is_const() {
                if arg.val.compare(op, &x.val) {
                    *x = arg.clone();
                }
            } else {
                x.mode = Mode::Value;
            }
        }
        if x.mode != Mode::Const {
            x.mode = Mode::Value;
            // What is still untyped takes its default type.
            let any = self.store.universe.empty_interface;
            self.assignment(x, Some(any), "argument");
            if !x.is_valid() {
                return false;
            }
        }
        for arg in &args {
            self.update_expr_type(arg.expr, x.typ, true);
        }
        if x.mode != Mode::Const {
            let types = vec![x.typ; args.len()];
            self.record_builtin_call(call.fun, Some(x.typ), &types);
        }
        true
    }

    fn builtin_new(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        let arg = call.exprs[0];
        *x = self.expr_or_type(arg, false);
        match x.mode {
            Mode::Invalid => return false,
            Mode::Builtin => {
                self.error_operand(x, Code::UncalledBuiltin, "builtin must be called");
                return false;
            }
            Mode::Type => self.valid_var_type(arg, x.typ),
            _ => {
                if self.store.is_untyped(x.typ) {
                    self.assignment(x, None, "argument to new");
                    if !x.is_valid() {
                        return false;
                    }
                }
                self.verify_version(self.range(call.fun).start, 26, "new with an expression");
            }
        }
        let typ = x.typ;
        x.mode = Mode::Value;
        x.typ = self.store.pointer(typ);
        self.record_builtin_call(call.fun, Some(x.typ), &[typ]);
        true
    }

    fn builtin_panic(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        self.env.panics.insert(call.call);
        let any = self.store.universe.empty_interface;
        self.assignment(x, Some(any), "argument to panic");
        if !x.is_valid() {
            return false;
        }
        x.mode = Mode::NoValue;
        self.record_builtin_call(call.fun, None, &[any]);
        true
    }

    fn builtin_print(&mut self, x: &mut Operand, call: BuiltinCall<'_>) -> bool {
        let mut types = Vec::new();
        for mut arg in call.args {
            self.assignment(&mut arg, None, "argument to print");
            if !arg.is_valid() {
                return false;
            }
            types.push(arg.typ);
        }
        x.mode = Mode::NoValue;
        self.record_builtin_call(call.fun, None, &types);
        true
    }
}

/// Least number of arguments, and whether there may be more.
fn arity(builtin: Builtin) -> (usize, bool) {
    match builtin {
        Builtin::Recover => (0, false),
        Builtin::Print | Builtin::Println => (0, true),
        Builtin::Append | Builtin::Make | Builtin::Max | Builtin::Min => (1, true),
        Builtin::Complex
        | Builtin::Copy
        | Builtin::Delete
        | Builtin::Add
        | Builtin::Slice
        | Builtin::String => (2, false),
        _ => (1, false),
    }
}

/// The operator of `x++` or `x--`.
pub(crate) fn inc_dec_op(inc: bool) -> BinaryOp {
    if inc { BinaryOp::Add } else { BinaryOp::Sub }
}
