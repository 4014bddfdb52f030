//! Expressions.
//!
//! They are checked top down. An untyped expression (constants mostly, also comparisons and shifts of
//! untyped operands) is recorded with a mark; when context gives it a type, [`Checker::update_expr_type`]
//! walks the tree again and records the final type, so that everybody sees the types values have at run
//! time. A `hint` is the element type of an outer composite literal, for elements without a type.

mod comparison;
mod shift;

use go_syntax::{BinaryOp, ExprId, ExprKind, UnaryOp};

use crate::constant::{Binary, Unary, Value};
use crate::operand::{Mode, Operand};
use crate::{Basic, Checker, Code, TypeId, TypeKind};

/// How an expression may be used as a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    Conversion,
    Expression,
    Statement,
}

/// The function type that a generic function is assigned or passed to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) sig: TypeId,
}

impl Checker<'_> {
    /// A target for inference if the type is a function type.
    pub(crate) fn new_target(&mut self, typ: Option<TypeId>) -> Option<Target> {
        let under = self.store.common_under(typ?)?;
        matches!(self.store.kind(under), TypeKind::Signature(_)).then_some(Target { sig: under })
    }

    /// A single value.
    pub(crate) fn expr(&mut self, target: Option<Target>, expr: ExprId) -> Operand {
        let (mut x, _) = self.raw_expr(target, expr, None, false);
        self.exclude_non_values(&mut x);
        self.single_value(&mut x);
        x
    }

    /// A single value, possibly a generic function.
    pub(crate) fn generic_expr(&mut self, expr: ExprId, hint: Option<TypeId>) -> Operand {
        let (mut x, _) = self.raw_expr(None, expr, hint, true);
        self.exclude_non_values(&mut x);
        self.single_value(&mut x);
        x
    }

    /// A single value or a type.
    pub(crate) fn expr_or_type(&mut self, expr: ExprId, allow_generic: bool) -> Operand {
        let (mut x, _) = self.raw_expr(None, expr, None, allow_generic);
        if x.mode == Mode::NoValue {
            self.error_at(
                x.at,
                Code::TooManyValues,
                "call without result used as value or type",
            );
            x.invalidate();
        }
        self.single_value(&mut x);
        x
    }

    /// All values of a call, or a single one; two for a comma-ok expression if allowed: then also true.
    pub(crate) fn multi_expr(
        &mut self,
        expr: ExprId,
        allow_comma_ok: bool,
    ) -> (Vec<Operand>, bool) {
        let (mut x, _) = self.raw_expr(None, expr, None, false);
        self.exclude_non_values(&mut x);
        let at = self.range(expr).start;
        if x.is_valid()
            && let TypeKind::Tuple(vars) = self.store.kind(x.typ)
        {
            let vars = self.store.objs(vars).to_vec();
            let values = vars
                .into_iter()
                .map(|var| Operand::value(at, self.store.obj_type(var)));
            return (values.collect(), false);
        }
        if allow_comma_ok {
            let second = match x.mode {
                Mode::MapIndex | Mode::CommaOk => Some(TypeId::UNTYPED_BOOL),
                Mode::CommaErr => Some(self.store.universe.error),
                _ => None,
            };
            if let Some(second) = second {
                return (vec![x, Operand::value(at, second)], true);
            }
        }
        (vec![x], false)
    }

    /// Reports what is not a value: a call without result, a builtin, a type.
    pub(crate) fn exclude_non_values(&mut self, x: &mut Operand) {
        let (code, why) = match x.mode {
            Mode::NoValue => (Code::TooManyValues, "call without result used as value"),
            Mode::Builtin => (Code::UncalledBuiltin, "builtin must be called"),
            Mode::Type => (Code::NotAnExpr, "type is not an expression"),
            _ => return,
        };
        self.error_operand(x, code, why);
        x.invalidate();
    }

    pub(crate) fn single_value(&mut self, x: &mut Operand) {
        if x.mode == Mode::Value && matches!(self.store.kind(x.typ), TypeKind::Tuple(_)) {
            self.error_operand(
                x,
                Code::TooManyValues,
                "multiple-value in single-value context",
            );
            x.invalidate();
        }
    }

    pub(crate) fn error_operand(&mut self, x: &Operand, code: Code, message: impl Into<String>) {
        let at = x.expr.map_or(x.at, |expr| self.err_offset(expr));
        self.error_at(at, code, message);
    }

    /// Checks and records an expression of any kind.
    pub(crate) fn raw_expr(
        &mut self,
        target: Option<Target>,
        expr: ExprId,
        hint: Option<TypeId>,
        allow_generic: bool,
    ) -> (Operand, Use) {
        let at = self.range(expr).start;
        if !self.descend(at) {
            return (
                Operand {
                    expr: Some(expr),
                    ..Operand::invalid(at)
                },
                Use::Statement,
            );
        }
        let (mut x, usage) = self.expr_internal(target, expr, hint);
        self.ascend();
        x.at = at;
        if !allow_generic {
            self.non_generic(target, &mut x);
        }
        self.record(&x);
        (x, usage)
    }

    /// Something generic needs type arguments here, or a target to infer them from.
    pub(crate) fn non_generic(&mut self, target: Option<Target>, x: &mut Operand) {
        if !x.is_valid() || x.mode == Mode::NoValue {
            return;
        }
        let what = match self.store.kind(x.typ) {
            TypeKind::Alias(_) | TypeKind::Named(_) if self.store.is_generic(x.typ) => "type",
            TypeKind::Signature(id) if !self.store.sig(id).tparams.is_empty() => {
                if target.is_some() {
                    self.func_inst(target, x, None, true);
                    return;
                }
                "function"
            }
            _ => return,
        };
        self.error_operand(
            x,
            Code::WrongTypeArgCount,
            format!("cannot use generic {what} without instantiation"),
        );
        x.invalidate();
        x.typ = TypeId::INVALID;
    }

    fn expr_internal(
        &mut self,
        target: Option<Target>,
        expr: ExprId,
        hint: Option<TypeId>,
    ) -> (Operand, Use) {
        let at = self.range(expr).start;
        let mut usage = Use::Expression;
        let mut x = match self.ast().expr(expr).kind {
            ExprKind::Bad => Operand::invalid(at),
            ExprKind::Ident(_) => return (self.ident(expr, false), Use::Expression),
            ExprKind::BasicLit(kind) => self.basic_lit(expr, kind),
            ExprKind::FuncLit { ty, body } => self.func_lit(at, ty, body),
            ExprKind::CompositeLit { ty, elems } => self.composite_lit(expr, ty, elems, hint),
            ExprKind::Paren(inner) => {
                let (mut x, usage) = self.raw_expr(None, inner, None, false);
                x.expr = Some(expr);
                return (x, usage);
            }
            ExprKind::Selector { x, sel } => {
                return (self.selector(expr, x, sel, false), Use::Expression);
            }
            ExprKind::Index { x, indices } => {
                let indices = self.ast().list(indices);
                let (mut x, is_inst) = self.index_expr(expr, x, indices);
                if is_inst {
                    self.func_inst(target, &mut x, Some((expr, indices)), true);
                }
                x
            }
            ExprKind::Slice {
                x,
                lo,
                hi,
                max,
                three,
            } => self.slice_expr(expr, x, [lo, hi, max], three),
            ExprKind::TypeAssert { x, ty } => self.type_assert(expr, x, ty),
            ExprKind::Call { .. } => return self.call_expr(expr),
            ExprKind::Star(inner) => self.star_expr(inner),
            ExprKind::Unary { op, x } => {
                if op == UnaryOp::Arrow {
                    usage = Use::Statement;
                }
                self.unary(expr, op, x)
            }
            ExprKind::Binary { .. } => self.binary_chain(expr),
            ExprKind::KeyValue { .. } => {
                self.error_at(at, Code::InvalidSyntaxTree, "no key:value expected");
                Operand::invalid(at)
            }
            ExprKind::Ellipsis(_) => {
                self.error_at(at, Code::InvalidSyntaxTree, "invalid use of ...");
                Operand::invalid(at)
            }
            ExprKind::ArrayType { .. }
            | ExprKind::StructType(_)
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType(_)
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. } => {
                let typ = self.typ(expr);
                Operand {
                    mode: Mode::Type,
                    typ,
                    ..Operand::invalid(at)
                }
            }
        };
        x.expr = Some(expr);
        if x.is_valid() {
            (x, usage)
        } else {
            (x, Use::Statement)
        }
    }

    fn type_assert(&mut self, expr: ExprId, inner: ExprId, ty: Option<ExprId>) -> Operand {
        let mut x = self.expr(None, inner);
        if !x.is_valid() {
            return x;
        }
        let Some(ty) = ty else {
            self.error_expr(
                expr,
                Code::BadTypeKeyword,
                "use of .(type) outside type switch",
            );
            x.invalidate();
            return x;
        };
        if self.store.is_type_param(x.typ) || !self.store.is_interface(x.typ) {
            self.error_operand(
                &x,
                Code::InvalidAssert,
                "type assertion of what is not an interface",
            );
            x.invalidate();
            return x;
        }
        let typ = self.var_type(ty);
        if !self.store.is_valid(typ) || !self.is_complete(typ) {
            x.invalidate();
            return x;
        }
        self.type_assertion(expr, &x, typ, false);
        x.mode = Mode::CommaOk;
        x.typ = typ;
        x
    }

    /// Reports an assertion that cannot succeed.
    pub(crate) fn type_assertion(
        &mut self,
        expr: ExprId,
        x: &Operand,
        typ: TypeId,
        type_switch: bool,
    ) {
        if self.assertable_to(x.typ, typ).is_ok() {
            return;
        }
        let what = if type_switch {
            "impossible type switch case"
        } else {
            "impossible type assertion"
        };
        self.error_expr(expr, Code::ImpossibleAssert, what);
    }

    fn star_expr(&mut self, inner: ExprId) -> Operand {
        let mut x = self.expr_or_type(inner, false);
        match x.mode {
            Mode::Invalid => {}
            Mode::Type => {
                self.valid_var_type(inner, x.typ);
                x.typ = self.store.pointer(x.typ);
            }
            _ => {
                let mut base = None;
                for (_, under) in self.store.specific_types(x.typ) {
                    let TypeKind::Pointer(elem) = self.store.kind(under) else {
                        base = None;
                        break;
                    };
                    match base {
                        Some(other) if !self.store.identical(other, elem) => {
                            base = None;
                            break;
                        }
                        _ => base = Some(elem),
                    }
                }
                match base {
                    None => {
                        if !x.is_nil() || self.store.is_valid(x.typ) {
                            self.error_operand(&x, Code::InvalidIndirection, "cannot indirect");
                        }
                        x.invalidate();
                    }
                    Some(base) if !self.is_complete(base) => x.invalidate(),
                    Some(base) => {
                        x.mode = Mode::Var;
                        x.typ = base;
                    }
                }
            }
        }
        x
    }

    fn unary(&mut self, expr: ExprId, op: UnaryOp, inner: ExprId) -> Operand {
        let mut x = self.expr(None, inner);
        if !x.is_valid() {
            return x;
        }
        let at = self.range(expr).start;
        match op {
            UnaryOp::And => {
                let unparen = self.ast().unparen(inner);
                let literal =
                    matches!(self.ast().expr(unparen).kind, ExprKind::CompositeLit { .. });
                if !literal && x.mode != Mode::Var {
                    self.error_operand(&x, Code::UnaddressableOperand, "cannot take address");
                    x.invalidate();
                    return x;
                }
                x.mode = Mode::Value;
                x.typ = self.store.pointer(x.typ);
                return x;
            }
            UnaryOp::Arrow => {
                match self.chan_elem(&x, true) {
                    Some(elem) if self.is_complete(elem) => {
                        x.mode = Mode::CommaOk;
                        x.typ = elem;
                        self.env.has_call_or_recv = true;
                    }
                    _ => x.invalidate(),
                }
                return x;
            }
            UnaryOp::Tilde => {
                self.error_at(
                    at,
                    Code::UndefinedOp,
                    "cannot use ~ outside of interface or type constraint",
                );
                if !self.store.all_basic(x.typ, Basic::is_integer) {
                    x.invalidate();
                    return x;
                }
            }
            _ => {}
        }
        let defined = match op {
            UnaryOp::Add | UnaryOp::Sub => self.store.all_basic(x.typ, Basic::is_numeric),
            UnaryOp::Not => self.store.all_basic(x.typ, Basic::is_boolean),
            _ => self.store.all_basic(x.typ, Basic::is_integer),
        };
        if !defined {
            self.error_operand(
                &x,
                Code::UndefinedOp,
                format!("operator {} not defined", op.text()),
            );
            x.invalidate();
            return x;
        }
        if !x.is_const() {
            x.mode = Mode::Value;
            return x;
        }
        if x.val.is_unknown() {
            return x;
        }
        let op = match op {
            UnaryOp::Add => Unary::Plus,
            UnaryOp::Sub => Unary::Minus,
            UnaryOp::Not => Unary::Not,
            _ => {
                let unsigned = self.store.is_basic(x.typ, Basic::is_unsigned);
                let bits = if unsigned {
                    Some(self.size_of(x.typ) as u32 * 8)
                } else {
                    None
                };
                Unary::BitNot { bits }
            }
        };
        x.val = x.val.unary(op);
        x.expr = Some(expr);
        self.overflow(&mut x, at);
        x
    }

    /// The element type of a channel that can be received from or sent to.
    pub(crate) fn chan_elem(&mut self, x: &Operand, recv: bool) -> Option<TypeId> {
        use crate::ChanDir;
        let mut ok = true;
        for (_, under) in self.store.specific_types(x.typ) {
            ok &= match self.store.kind(under) {
                TypeKind::Chan { dir, .. } => {
                    dir != if recv { ChanDir::Send } else { ChanDir::Recv }
                }
                _ => false,
            };
        }
        if ok
            && let Some(under) = self.store.common_under(x.typ)
            && let TypeKind::Chan { elem, .. } = self.store.kind(under)
        {
            return Some(elem);
        }
        if self.store.is_valid(x.typ) {
            let (code, what) = if recv {
                (Code::InvalidReceive, "cannot receive from")
            } else {
                (Code::InvalidSend, "cannot send to")
            };
            self.error_operand(
                x,
                code,
                format!("{what} non-channel or channel of wrong direction"),
            );
        }
        None
    }

    /// A binary expression. Chains (`a + b + …`) can be longer than any nesting, so the left side is walked
    /// in a loop.
    fn binary_chain(&mut self, expr: ExprId) -> Operand {
        let ast = self.ast();
        let mut chain = Vec::new();
        let mut left = expr;
        while let ExprKind::Binary { op, x, y } = ast.expr(left).kind {
            chain.push((left, op, y));
            left = x;
        }
        let mut x = self.expr(None, left);
        while let Some((node, op, right)) = chain.pop() {
            let y = self.expr(None, right);
            let at = ast.range(node).start;
            x = self.binary_operands(Some(node), x, y, op, ast.expr(node).pos);
            x.at = at;
            if !chain.is_empty() {
                x.expr = Some(node);
                self.record(&x);
            }
        }
        x
    }

    /// `x op= y`, and `x++` if there is no `rhs`.
    pub(crate) fn binary(
        &mut self,
        lhs: ExprId,
        rhs: Option<ExprId>,
        op: BinaryOp,
        op_at: u32,
    ) -> Operand {
        let x = self.expr(None, lhs);
        let y = match rhs {
            Some(rhs) => self.expr(None, rhs),
            None => Operand {
                mode: Mode::Const,
                typ: TypeId::UNTYPED_INT,
                val: Value::Int(1),
                ..Operand::invalid(x.at)
            },
        };
        self.binary_operands(None, x, y, op, op_at)
    }

    fn binary_operands(
        &mut self,
        expr: Option<ExprId>,
        x: Operand,
        y: Operand,
        op: BinaryOp,
        op_at: u32,
    ) -> Operand {
        let (mut x, mut y) = (x, y);
        if !x.is_valid() {
            return x;
        }
        if !y.is_valid() {
            y.at = x.at;
            return y;
        }
        if op.is_shift() {
            self.shift(&mut x, &mut y, expr, op);
            return x;
        }
        self.match_types(&mut x, &mut y);
        if !x.is_valid() {
            return x;
        }
        if op.is_comparison() {
            self.comparison(&mut x, &mut y, op, false);
            return x;
        }
        if !self.store.identical(x.typ, y.typ) {
            if self.store.is_valid(x.typ) && self.store.is_valid(y.typ) {
                let at = if expr.is_some() { op_at } else { x.at };
                let message = format!(
                    "mismatched types {} and {}",
                    self.describe(x.typ),
                    self.describe(y.typ)
                );
                self.error_at(at, Code::MismatchedTypes, message);
            }
            x.invalidate();
            return x;
        }
        self.arithmetic(&mut x, &y, expr, op, op_at);
        x
    }

    fn arithmetic(
        &mut self,
        x: &mut Operand,
        y: &Operand,
        expr: Option<ExprId>,
        op: BinaryOp,
        op_at: u32,
    ) {
        let (defined, constant_op) = match op {
            BinaryOp::Add => (
                self.store.all_basic(x.typ, Basic::is_numeric_or_string),
                Binary::Add,
            ),
            BinaryOp::Sub => (self.store.all_basic(x.typ, Basic::is_numeric), Binary::Sub),
            BinaryOp::Mul => (self.store.all_basic(x.typ, Basic::is_numeric), Binary::Mul),
            BinaryOp::Quo => (self.store.all_basic(x.typ, Basic::is_numeric), Binary::Quo),
            BinaryOp::Rem => (self.store.all_basic(x.typ, Basic::is_integer), Binary::Rem),
            BinaryOp::And => (self.store.all_basic(x.typ, Basic::is_integer), Binary::And),
            BinaryOp::Or => (self.store.all_basic(x.typ, Basic::is_integer), Binary::Or),
            BinaryOp::Xor => (self.store.all_basic(x.typ, Basic::is_integer), Binary::Xor),
            BinaryOp::AndNot => (
                self.store.all_basic(x.typ, Basic::is_integer),
                Binary::AndNot,
            ),
            BinaryOp::LAnd => (
                self.store.all_basic(x.typ, Basic::is_boolean),
                Binary::LogicalAnd,
            ),
            _ => (
                self.store.all_basic(x.typ, Basic::is_boolean),
                Binary::LogicalOr,
            ),
        };
        if !defined {
            let message = format!(
                "operator {} not defined on {}",
                op.text(),
                self.describe(x.typ)
            );
            self.error_operand(x, Code::UndefinedOp, message);
            x.invalidate();
            return;
        }
        if matches!(op, BinaryOp::Quo | BinaryOp::Rem) && y.is_const() && self.is_zero_divisor(x, y)
        {
            self.error_operand(y, Code::DivByZero, "division by zero");
            x.invalidate();
            return;
        }
        if !(x.is_const() && y.is_const()) {
            x.mode = Mode::Value;
            return;
        }
        if x.val.is_unknown() || y.val.is_unknown() {
            x.val = Value::Unknown;
            return;
        }
        let integers = op == BinaryOp::Quo && self.store.is_basic(x.typ, Basic::is_integer);
        x.val = x.val.binary(
            if integers {
                Binary::IntQuo
            } else {
                constant_op
            },
            &y.val,
        );
        if expr.is_some() {
            x.expr = expr;
        }
        self.overflow(x, op_at);
    }

    fn is_zero_divisor(&mut self, x: &Operand, y: &Operand) -> bool {
        if y.val.is_unknown() {
            return false;
        }
        if (x.is_const() || self.store.all_basic(x.typ, Basic::is_integer)) && y.val.signum() == 0 {
            return true;
        }
        x.is_const()
            && self.store.is_basic(x.typ, Basic::is_complex)
            && [y.val.real_part(), y.val.imaginary_part()]
                .iter()
                .all(|part| part.binary(Binary::Mul, part).signum() == 0)
    }

    /// Gives an untyped expression, and the untyped tree below it, a type.
    pub(crate) fn update_expr_type(&mut self, expr: Option<ExprId>, typ: TypeId, is_final: bool) {
        let Some(expr) = expr else { return };
        let Some(old) = self.untyped(expr) else {
            return;
        };
        match self.ast().expr(expr).kind {
            ExprKind::Paren(x) => self.update_expr_type(Some(x), typ, is_final),
            // Operands of constants keep their types: the value alone counts.
            ExprKind::Unary { x, .. } if old.value.is_none() => {
                self.update_expr_type(Some(x), typ, is_final);
            }
            ExprKind::Binary { op, x, y } if old.value.is_none() && !op.is_comparison() => {
                self.update_expr_type(Some(x), typ, is_final);
                if !op.is_shift() {
                    self.update_expr_type(Some(y), typ, is_final);
                }
            }
            _ => {}
        }
        if !is_final && self.store.is_untyped(typ) {
            let under = self.store.under(typ);
            self.set_untyped_type(expr, under);
            return;
        }
        self.forget_untyped(expr);
        if old.is_lhs && !self.store.all_basic(typ, Basic::is_integer) {
            let message = format!(
                "shifted operand (type {}) must be integer",
                self.describe(typ)
            );
            self.error_expr(expr, Code::InvalidShiftOperand, message);
            return;
        }
        let value = old.value.map(|id| self.store.value(id).clone());
        if let Some(val) = &value {
            let mut x = Operand {
                mode: old.mode,
                expr: Some(expr),
                typ: old.typ,
                val: val.clone(),
                ..Operand::invalid(self.range(expr).start)
            };
            self.convert_untyped(&mut x, typ);
            if !x.is_valid() {
                return;
            }
            // What is recorded is the value before rounding to the type.
        }
        self.record_type_and_value(expr, old.mode, typ, value);
    }
}
