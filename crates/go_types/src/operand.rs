//! Operands: what an expression is while it is checked.

use go_syntax::ExprId;

use crate::constant::Value;
use crate::{Builtin, TypeId};

/// What kind of thing an expression stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// An error was reported.
    Invalid,
    /// A call without results.
    NoValue,
    Builtin,
    Type,
    Const,
    /// Addressable.
    Var,
    /// May be assigned to, and read with two values.
    MapIndex,
    Value,
    /// May be read with two values, the second a boolean.
    CommaOk,
    /// May be read with two values, the second an error: a call of a C function.
    CommaErr,
    CgoFunc,
}

#[derive(Clone, Debug)]
pub(crate) struct Operand {
    pub(crate) mode: Mode,
    /// `None` for what has no syntax of its own (a result of a call with several).
    pub(crate) expr: Option<ExprId>,
    /// Offset for problems.
    pub(crate) at: u32,
    pub(crate) typ: TypeId,
    /// Of a constant.
    pub(crate) val: Value,
    pub(crate) builtin: Option<Builtin>,
}

impl Operand {
    pub(crate) fn invalid(at: u32) -> Self {
        Self {
            mode: Mode::Invalid,
            expr: None,
            at,
            typ: TypeId::INVALID,
            val: Value::Unknown,
            builtin: None,
        }
    }

    /// A value without syntax.
    pub(crate) fn value(at: u32, typ: TypeId) -> Self {
        Self {
            mode: Mode::Value,
            typ,
            ..Self::invalid(at)
        }
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.mode != Mode::Invalid
    }

    pub(crate) fn is_const(&self) -> bool {
        self.mode == Mode::Const
    }

    pub(crate) fn invalidate(&mut self) {
        self.mode = Mode::Invalid;
    }

    pub(crate) fn is_nil(&self) -> bool {
        self.mode == Mode::Value && self.typ == TypeId::UNTYPED_NIL
    }
}
