//! Statements and clauses.

use base::{List, TextRange};

use super::ids::{DeclId, ExprId, StmtId};
use crate::token::BinaryOp;

/// A statement or clause.
#[derive(Clone, Copy, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    /// go/ast's `Pos` and `End`.
    pub range: TextRange,
    /// Offset of the token where gc's parser sees the node: the keyword, the operator of an
    /// assignment, `:` of a label, `{` of a block; an expression statement has that of its expression.
    pub pos: u32,
}

/// What a statement is; go/ast's kinds. Children are ids in the same `Ast`.
#[derive(Clone, Copy, Debug)]
pub enum StmtKind {
    Bad,
    Empty,
    /// `const`, `type` or `var` in a function.
    Decl(DeclId),
    Labeled {
        /// An identifier.
        label: ExprId,
        stmt: StmtId,
    },
    Expr(ExprId),
    Send {
        chan: ExprId,
        value: ExprId,
    },
    /// `x++`, `x--`
    IncDec {
        x: ExprId,
        inc: bool,
    },
    Assign {
        lhs: List<ExprId>,
        op: AssignOp,
        rhs: List<ExprId>,
    },
    Go(ExprId),
    Defer(ExprId),
    Return(List<ExprId>),
    Branch {
        kind: BranchKind,
        /// An identifier.
        label: Option<ExprId>,
    },
    Block(List<StmtId>),
    If {
        init: Option<StmtId>,
        cond: ExprId,
        /// A block.
        then: StmtId,
        /// A block or another `if`.
        els: Option<StmtId>,
    },
    Switch {
        init: Option<StmtId>,
        tag: Option<ExprId>,
        /// [`Self::Case`]s.
        clauses: List<StmtId>,
        /// Offset of the `{`; the `}` is the last byte of the range.
        lbrace: u32,
    },
    TypeSwitch {
        init: Option<StmtId>,
        /// `x := y.(type)` or `y.(type)`; see [`Ast::type_guard`](super::Ast::type_guard).
        guard: StmtId,
        /// [`Self::Case`]s.
        clauses: List<StmtId>,
        /// Offset of the `{`; the `}` is the last byte of the range.
        lbrace: u32,
    },
    Select {
        /// [`Self::Comm`]s.
        clauses: List<StmtId>,
        /// Offset of the `{`; the `}` is the last byte of the range.
        lbrace: u32,
    },
    /// `case exprs: body` or `default: body` of a switch.
    Case {
        /// None in the default clause.
        exprs: List<ExprId>,
        default: bool,
        body: List<StmtId>,
        colon: u32,
    },
    /// A clause of a select.
    Comm {
        /// A send, expression or assignment; `None` in the default clause.
        comm: Option<StmtId>,
        body: List<StmtId>,
        colon: u32,
    },
    For {
        init: Option<StmtId>,
        cond: Option<ExprId>,
        post: Option<StmtId>,
        /// A block.
        body: StmtId,
    },
    /// `for key, value := range x { … }`
    Range {
        key: Option<ExprId>,
        value: Option<ExprId>,
        /// `:=`; else `=`, or no variables at all.
        define: bool,
        x: ExprId,
        /// A block.
        body: StmtId,
        /// Offset of `range`.
        range_pos: u32,
    },
}

impl StmtKind {
    /// The name of go/ast's node.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bad => "BadStmt",
            Self::Empty => "EmptyStmt",
            Self::Decl(_) => "DeclStmt",
            Self::Labeled { .. } => "LabeledStmt",
            Self::Expr(_) => "ExprStmt",
            Self::Send { .. } => "SendStmt",
            Self::IncDec { .. } => "IncDecStmt",
            Self::Assign { .. } => "AssignStmt",
            Self::Go(_) => "GoStmt",
            Self::Defer(_) => "DeferStmt",
            Self::Return(_) => "ReturnStmt",
            Self::Branch { .. } => "BranchStmt",
            Self::Block(_) => "BlockStmt",
            Self::If { .. } => "IfStmt",
            Self::Switch { .. } => "SwitchStmt",
            Self::TypeSwitch { .. } => "TypeSwitchStmt",
            Self::Select { .. } => "SelectStmt",
            Self::Case { .. } => "CaseClause",
            Self::Comm { .. } => "CommClause",
            Self::For { .. } => "ForStmt",
            Self::Range { .. } => "RangeStmt",
        }
    }
}

/// How the right side reaches the left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AssignOp {
    /// `=`
    Assign,
    /// `:=`
    Define,
    /// `op=`
    Op(BinaryOp),
}

/// The keyword of a branch statement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BranchKind {
    Break,
    Continue,
    Goto,
    Fallthrough,
}

/// The parts of `bind := x.(type)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeGuard {
    /// An identifier.
    pub bind: Option<ExprId>,
    /// `x.(type)`, an [`ExprKind::TypeAssert`](super::ExprKind::TypeAssert).
    pub assert: ExprId,
    /// The operand.
    pub x: ExprId,
}
