//! Expressions, types and identifiers.

use base::{List, TextRange};

use super::ids::{ExprId, FieldId, SigId, StmtId};
use crate::symbol::Symbol;
use crate::token::{BinaryOp, UnaryOp};

/// An expression, type or identifier.
#[derive(Clone, Copy, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    /// From its first to behind its last byte: go/ast's `Pos` and `End`.
    pub range: TextRange,
    /// Offset of the token where gc's parser sees the node: the operator of a binary expression,
    /// `.` of a selector, `(` of a call, `[` of an index, `{` of a composite literal; the token
    /// after `func` of a function type (after the name in a declaration).
    pub pos: u32,
}

/// What an expression is, types included; go/ast's kinds. Children are ids in the same `Ast`.
#[derive(Clone, Copy, Debug)]
pub enum ExprKind {
    /// Stands where an expression is missing or cannot be read.
    Bad,
    Ident(Symbol),
    /// Its text is that of its range.
    BasicLit(LitKind),
    /// `func(…) … { … }`
    FuncLit {
        /// A [`Self::FuncType`].
        ty: ExprId,
        /// A block.
        body: StmtId,
    },
    /// `T{…}`, or `{…}` as element of another literal. `pos` is the `{`, the `}` is its last byte.
    CompositeLit {
        ty: Option<ExprId>,
        /// Among them [`Self::KeyValue`]s.
        elems: List<ExprId>,
    },
    Paren(ExprId),
    /// `x.sel`, also a qualified identifier.
    Selector {
        x: ExprId,
        /// An identifier.
        sel: ExprId,
    },
    /// `x[i]`, `x[T]`, `x[A, B]`: an index or an instance. At least one index.
    Index {
        x: ExprId,
        indices: List<ExprId>,
    },
    /// `x[lo:hi]`, `x[lo:hi:max]`.
    Slice {
        x: ExprId,
        lo: Option<ExprId>,
        hi: Option<ExprId>,
        max: Option<ExprId>,
        /// Has two colons.
        three: bool,
    },
    /// `x.(T)`; without `ty`: `x.(type)`.
    TypeAssert {
        x: ExprId,
        ty: Option<ExprId>,
    },
    /// A call or conversion. `pos` is the `(`, the `)` is its last byte.
    Call {
        fun: ExprId,
        args: List<ExprId>,
        /// The last argument is followed by `...`.
        spread: bool,
    },
    /// `*x`: indirection or pointer type.
    Star(ExprId),
    Unary {
        op: UnaryOp,
        x: ExprId,
    },
    /// Also a union of constraints (`|`).
    Binary {
        op: BinaryOp,
        x: ExprId,
        y: ExprId,
    },
    /// `key: value` of a composite literal. `pos` is the `:`.
    KeyValue {
        key: ExprId,
        value: ExprId,
    },
    /// `...T` of the last parameter; without a type the length of `[...]T`.
    Ellipsis(Option<ExprId>),
    /// `[len]elem`; without `len` a slice; `len` is an [`Self::Ellipsis`] in `[...]T`.
    ArrayType {
        len: Option<ExprId>,
        elem: ExprId,
    },
    /// Fields without name are embedded.
    StructType(List<FieldId>),
    FuncType(SigId),
    /// Methods are fields with a name and a [`Self::FuncType`]; elements without name are embedded
    /// types and unions.
    InterfaceType(List<FieldId>),
    MapType {
        key: ExprId,
        value: ExprId,
    },
    ChanType {
        dir: ChanDir,
        elem: ExprId,
    },
}

impl ExprKind {
    /// The name of go/ast's node.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bad => "BadExpr",
            Self::Ident(_) => "Ident",
            Self::BasicLit(_) => "BasicLit",
            Self::FuncLit { .. } => "FuncLit",
            Self::CompositeLit { .. } => "CompositeLit",
            Self::Paren(_) => "ParenExpr",
            Self::Selector { .. } => "SelectorExpr",
            Self::Index { indices, .. } if indices.len() > 1 => "IndexListExpr",
            Self::Index { .. } => "IndexExpr",
            Self::Slice { .. } => "SliceExpr",
            Self::TypeAssert { .. } => "TypeAssertExpr",
            Self::Call { .. } => "CallExpr",
            Self::Star(_) => "StarExpr",
            Self::Unary { .. } => "UnaryExpr",
            Self::Binary { .. } => "BinaryExpr",
            Self::KeyValue { .. } => "KeyValueExpr",
            Self::Ellipsis(_) => "Ellipsis",
            Self::ArrayType { .. } => "ArrayType",
            Self::StructType(_) => "StructType",
            Self::FuncType(_) => "FuncType",
            Self::InterfaceType(_) => "InterfaceType",
            Self::MapType { .. } => "MapType",
            Self::ChanType { .. } => "ChanType",
        }
    }
}

/// Kind of a literal, by its spelling.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LitKind {
    Int,
    Float,
    Imag,
    Char,
    String,
}

/// What one may do with a channel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChanDir {
    /// `chan T`
    Both,
    /// `chan<- T`
    Send,
    /// `<-chan T`
    Recv,
}
