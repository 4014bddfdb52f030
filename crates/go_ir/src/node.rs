//! Nodes: what gc's intermediate representation has before the inliner runs.
//!
//! A [`Kind`] is one or several of gc's operations; its doc names them. Nodes are small and `Copy`; lists of
//! children lie in the [`Package`](crate::Package), and so do the statements that run before a node (its
//! *init*), which few nodes have. As in gc, one node may stand in several places only if it is a name.

use base::List;
use go_syntax::Symbol;
use go_types::{ObjId, Pos, TypeId};

use crate::func::{FuncId, VarId};

/// Declares ids whose `Option` takes no more room than they do.
macro_rules! small_ids {
    ($($(#[$attr:meta])* $name:ident,)*) => {$(
        $(#[$attr])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(std::num::NonZeroU32);

        impl base::Idx for $name {
            fn from_index(index: usize) -> Self {
                Self(std::num::NonZeroU32::MIN.saturating_add(index as u32))
            }
            fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }
    )*};
}
pub(crate) use small_ids;

small_ids! {
    /// A node of a package.
    NodeId,
    /// A call that was replaced by its callee's body.
    InlineId,
}

base::typed_id! {
    /// The value of a literal.
    pub struct LiteralId;
}

/// Children in order; resolved by [`Package::list`](crate::Package::list).
pub type Nodes = List<NodeId>;

/// An expression or statement.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    pub kind: Kind,
    /// Of an expression its type; [`TypeId::INVALID`] of statements and calls without result. A call with
    /// several results has a tuple.
    pub typ: TypeId,
    /// Where gc says that the node stands: in the callee, if it came with an inlined body.
    pub pos: Pos,
    /// The call with whose replacement it came. Messages name the outermost one
    /// ([`Package::position`](crate::Package::position)).
    pub inline: Option<InlineId>,
}

/// What a node is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// ONAME of a parameter, result, local or captured variable.
    Var(VarId),
    /// ONAME of a package-level variable.
    Global(ObjId),
    /// ONAME of a declared function.
    Func(ObjId),
    /// ONAME of an instance of a declared generic function: as callee the function of its shape, which takes a
    /// dictionary first, elsewhere the wrapper that passes it. The type is the instance's.
    Inst(ObjId),
    /// ONAME of a function of package runtime that no source mentions.
    Runtime(RuntimeFunc),
    /// OADDR of the ONAME of the dictionary of an instance.
    Dict(Option<ObjId>),
    /// ONAME `_`, only on left sides.
    Blank,
    /// OCLOSURE
    Closure(FuncId),
    /// OLITERAL
    Literal(LiteralId),
    /// ONIL
    Nil,
    /// OTYPE: the type is the node's.
    Type,
    /// ODYNAMICTYPE: a type that the word of a dictionary tells.
    DynamicType(NodeId),

    /// OADDR; implicit ones are not printed.
    Addr {
        x: NodeId,
        implicit: bool,
    },
    /// OPTRLIT: `&T{…}`
    PtrLit(NodeId),
    /// ODEREF; implicit ones are not printed.
    Deref {
        x: NodeId,
        implicit: bool,
    },
    /// ODOT, or ODOTPTR if the operand is a pointer. `field` counts the fields of the struct.
    Dot {
        x: NodeId,
        field: u32,
        pointer: bool,
    },
    /// ODOTINTER: a method of an interface, as callee.
    DotInter {
        x: NodeId,
        method: ObjId,
    },
    /// OMETHVALUE
    MethodValue {
        x: NodeId,
        method: ObjId,
    },
    /// OMETHEXPR; `x` is the receiver's type.
    MethodExpr {
        x: NodeId,
        method: ObjId,
    },
    /// OINDEX
    Index {
        x: NodeId,
        index: NodeId,
    },
    /// OINDEXMAP
    IndexMap {
        x: NodeId,
        key: NodeId,
    },
    /// OSLICE, OSLICEARR, OSLICESTR; OSLICE3 and OSLICE3ARR if `max` is there.
    Slice {
        x: NodeId,
        low: Option<NodeId>,
        high: Option<NodeId>,
        max: Option<NodeId>,
    },
    /// ODOTTYPE; ODOTTYPE2 if the second value is asked for. ODYNAMICDOTTYPE if the word of a dictionary tells the type:
    /// then `words` are the type of the operand and that word.
    TypeAssert {
        x: NodeId,
        comma_ok: bool,
        words: Nodes,
    },
    /// Conversions; implicit ones are not printed.
    Conv {
        op: ConvOp,
        x: NodeId,
        implicit: bool,
    },
    Unary {
        op: UnaryOp,
        x: NodeId,
    },
    Binary {
        op: BinaryOp,
        x: NodeId,
        y: NodeId,
    },
    /// OANDAND, OOROR
    Logical {
        and: bool,
        x: NodeId,
        y: NodeId,
    },
    /// OADDSTR
    AddStr(Nodes),
    /// OSTRUCTLIT, OARRAYLIT, OSLICELIT, OMAPLIT
    CompLit {
        op: LitOp,
        elems: Nodes,
    },
    /// OKEY
    Key {
        key: NodeId,
        value: NodeId,
    },
    /// OSTRUCTKEY; `field` counts the fields of the struct that has it.
    StructKey {
        field: u32,
        value: NodeId,
    },
    /// OCALLFUNC; OCALLINTER if `fun` is a [`Kind::DotInter`].
    Call {
        fun: NodeId,
        args: Nodes,
        /// The last argument is the variadic slice.
        spread: bool,
    },
    /// OINLCALL: a call replaced by its callee's body, as an expression.
    ///
    /// What runs before it ([`Package::init`](crate::Package::init)) are the call's own init statements and
    /// those of its callee, one [`Kind::AssignList`] from the arguments to fresh locals that are named like the
    /// parameters (blank ones are [`Kind::Blank`]; absent without parameters), declarations and zeroing of the
    /// results where these are not declared at the only `return`, and a [`Kind::InlineMark`].
    InlinedCall {
        /// Ends with the label to which each `return` goes: it has become a block that assigns the results and a
        /// `goto`.
        body: Nodes,
        /// The variables that hold the results.
        results: Nodes,
    },
    /// OINLMARK
    InlineMark(InlineId),
    /// Builtins with a list of arguments.
    Builtin {
        op: BuiltinOp,
        args: Nodes,
        spread: bool,
    },
    /// OMAKESLICE, OMAKEMAP, OMAKECHAN, as the type tells.
    Make {
        len: Option<NodeId>,
        cap: Option<NodeId>,
    },

    /// ODCL
    Declare(VarId),
    /// OAS; without `y` the variable becomes zero.
    Assign {
        x: NodeId,
        y: Option<NodeId>,
        /// Declares variables of its left side.
        define: bool,
    },
    /// OASOP
    AssignOp {
        op: BinaryOp,
        x: NodeId,
        y: NodeId,
        /// Written as `x++` or `x--`.
        inc_dec: bool,
    },
    /// OAS2, OAS2FUNC, OAS2MAPR, OAS2RECV, OAS2DOTTYPE, OSELRECV2
    AssignList {
        op: ListOp,
        lhs: Nodes,
        rhs: Nodes,
        define: bool,
    },
    /// OBLOCK
    Block(Nodes),
    /// OBREAK, OCONTINUE, OGOTO, OFALL
    Branch {
        kind: go_syntax::BranchKind,
        label: Option<Symbol>,
    },
    /// OLABEL
    Label(Symbol),
    /// OIF
    If {
        cond: NodeId,
        then: Nodes,
        els: Nodes,
    },
    /// OFOR
    For {
        cond: Option<NodeId>,
        post: Option<NodeId>,
        body: Nodes,
    },
    /// ORANGE
    Range {
        x: NodeId,
        key: Option<NodeId>,
        value: Option<NodeId>,
        body: Nodes,
    },
    /// ORETURN
    Return(Nodes),
    /// OSEND
    Send {
        chan: NodeId,
        value: NodeId,
    },
    /// OSELECT of [`Kind::Comm`]s.
    Select(Nodes),
    /// A clause of a select.
    Comm {
        comm: Option<NodeId>,
        body: Nodes,
    },
    /// OSWITCH of [`Kind::Case`]s.
    Switch {
        tag: Option<NodeId>,
        clauses: Nodes,
    },
    /// OCASE; without `exprs` the default.
    Case {
        /// Of a type switch with a variable.
        var: Option<VarId>,
        exprs: Nodes,
        body: Nodes,
    },
    /// OTYPESW: the tag of a type switch.
    TypeGuard {
        bind: Option<Symbol>,
        x: NodeId,
    },
    /// OGO
    Go(NodeId),
    /// ODEFER; `at` is the function whose deferred call it is, of one in a range over a function.
    Defer {
        call: NodeId,
        at: Option<NodeId>,
    },
    /// A statement that could not be lowered; the reason is its function's
    /// ([`Func::unsupported`](crate::Func::unsupported)).
    Unsupported,
}

/// A function of package runtime that ranges over functions call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuntimeFunc {
    DeferRangeFunc,
    PanicRangeState,
}

impl RuntimeFunc {
    /// Its name without package.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeferRangeFunc => "deferrangefunc",
            Self::PanicRangeState => "panicrangestate",
        }
    }
}

/// What a conversion does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConvOp {
    /// OCONV: between numbers, with code.
    Number,
    /// OCONVNOP: no code.
    Nop,
    /// OCONVIFACE
    Iface,
    /// OBYTES2STR
    BytesToStr,
    /// ORUNES2STR
    RunesToStr,
    /// OSTR2BYTES
    StrToBytes,
    /// OSTR2RUNES
    StrToRunes,
    /// ORUNESTR
    RuneToStr,
    /// OSLICE2ARR
    SliceToArray,
    /// OSLICE2ARRPTR
    SliceToArrayPtr,
}

/// Operators and builtins of one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    Plus,
    Neg,
    Not,
    BitNot,
    Recv,
    Len,
    Cap,
    Clear,
    Close,
    Real,
    Imag,
    /// The operand is a type.
    New,
    Panic,
    StringData,
    SliceData,
    /// OCHECKNIL, made for `go` and `defer` of interface methods.
    CheckNil,
    /// OITAB
    Itab,
}

/// Operators and builtins of two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    And,
    Or,
    Xor,
    Shl,
    Shr,
    AndNot,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Copy,
    Complex,
    UnsafeAdd,
    UnsafeSlice,
    UnsafeString,
}

/// Builtins with a list of arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BuiltinOp {
    Append,
    Delete,
    Max,
    Min,
    Print,
    Println,
    Recover,
}

/// What a composite literal makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LitOp {
    Struct,
    Array,
    Slice,
    Map,
    /// A slice made of the variadic arguments of a call.
    Dots,
}

/// How several values are assigned at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListOp {
    /// OAS2: value by value.
    Each,
    /// OAS2FUNC
    Func,
    /// OAS2MAPR
    MapRead,
    /// OAS2RECV
    Recv,
    /// OAS2DOTTYPE
    TypeAssert,
    /// OSELRECV2: a receive of a select.
    SelectRecv,
}
