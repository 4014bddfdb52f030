//! Tokens and operators.

/// A kind of token. Literals and names have their text in the source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Token {
    Eof,
    /// Bytes that start no token; a problem was reported.
    Illegal,
    Ident,
    Int,
    Float,
    Imag,
    Char,
    String,

    Add,
    Sub,
    Mul,
    Quo,
    Rem,
    And,
    Or,
    Xor,
    Shl,
    Shr,
    AndNot,
    LAnd,
    LOr,
    Eql,
    Neq,
    Lss,
    Leq,
    Gtr,
    Geq,

    AddAssign,
    SubAssign,
    MulAssign,
    QuoAssign,
    RemAssign,
    AndAssign,
    OrAssign,
    XorAssign,
    ShlAssign,
    ShrAssign,
    AndNotAssign,

    Not,
    Tilde,
    Arrow,
    Inc,
    Dec,
    Assign,
    Define,
    Ellipsis,
    LParen,
    LBrack,
    LBrace,
    Comma,
    Period,
    RParen,
    RBrack,
    RBrace,
    /// A `;` in the source, or one that a newline or the end of the file stands for.
    Semicolon,
    Colon,

    Break,
    Case,
    Chan,
    Const,
    Continue,
    Default,
    Defer,
    Else,
    Fallthrough,
    For,
    Func,
    Go,
    Goto,
    If,
    Import,
    Interface,
    Map,
    Package,
    Range,
    Return,
    Select,
    Struct,
    Switch,
    Type,
    Var,
}

impl Token {
    /// As written in Go; for classes of tokens a word for them (`name`, `literal`, `EOF`).
    pub const fn text(self) -> &'static str {
        match self {
            Self::Eof => "EOF",
            Self::Illegal => "invalid character",
            Self::Ident => "name",
            Self::Int | Self::Float | Self::Imag | Self::Char | Self::String => "literal",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Quo => "/",
            Self::Rem => "%",
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
            Self::Shl => "<<",
            Self::Shr => ">>",
            Self::AndNot => "&^",
            Self::LAnd => "&&",
            Self::LOr => "||",
            Self::Eql => "==",
            Self::Neq => "!=",
            Self::Lss => "<",
            Self::Leq => "<=",
            Self::Gtr => ">",
            Self::Geq => ">=",
            Self::AddAssign => "+=",
            Self::SubAssign => "-=",
            Self::MulAssign => "*=",
            Self::QuoAssign => "/=",
            Self::RemAssign => "%=",
            Self::AndAssign => "&=",
            Self::OrAssign => "|=",
            Self::XorAssign => "^=",
            Self::ShlAssign => "<<=",
            Self::ShrAssign => ">>=",
            Self::AndNotAssign => "&^=",
            Self::Not => "!",
            Self::Tilde => "~",
            Self::Arrow => "<-",
            Self::Inc => "++",
            Self::Dec => "--",
            Self::Assign => "=",
            Self::Define => ":=",
            Self::Ellipsis => "...",
            Self::LParen => "(",
            Self::LBrack => "[",
            Self::LBrace => "{",
            Self::Comma => ",",
            Self::Period => ".",
            Self::RParen => ")",
            Self::RBrack => "]",
            Self::RBrace => "}",
            Self::Semicolon => ";",
            Self::Colon => ":",
            Self::Break => "break",
            Self::Case => "case",
            Self::Chan => "chan",
            Self::Const => "const",
            Self::Continue => "continue",
            Self::Default => "default",
            Self::Defer => "defer",
            Self::Else => "else",
            Self::Fallthrough => "fallthrough",
            Self::For => "for",
            Self::Func => "func",
            Self::Go => "go",
            Self::Goto => "goto",
            Self::If => "if",
            Self::Import => "import",
            Self::Interface => "interface",
            Self::Map => "map",
            Self::Package => "package",
            Self::Range => "range",
            Self::Return => "return",
            Self::Select => "select",
            Self::Struct => "struct",
            Self::Switch => "switch",
            Self::Type => "type",
            Self::Var => "var",
        }
    }

    pub const fn is_keyword(self) -> bool {
        self as u8 >= Self::Break as u8
    }

    pub const fn is_literal(self) -> bool {
        matches!(
            self,
            Self::Int | Self::Float | Self::Imag | Self::Char | Self::String
        )
    }

    /// The operator between two operands; `None` if this token is none.
    pub const fn binary(self) -> Option<BinaryOp> {
        Some(match self {
            Self::Add => BinaryOp::Add,
            Self::Sub => BinaryOp::Sub,
            Self::Mul => BinaryOp::Mul,
            Self::Quo => BinaryOp::Quo,
            Self::Rem => BinaryOp::Rem,
            Self::And => BinaryOp::And,
            Self::Or => BinaryOp::Or,
            Self::Xor => BinaryOp::Xor,
            Self::Shl => BinaryOp::Shl,
            Self::Shr => BinaryOp::Shr,
            Self::AndNot => BinaryOp::AndNot,
            Self::LAnd => BinaryOp::LAnd,
            Self::LOr => BinaryOp::LOr,
            Self::Eql => BinaryOp::Eql,
            Self::Neq => BinaryOp::Neq,
            Self::Lss => BinaryOp::Lss,
            Self::Leq => BinaryOp::Leq,
            Self::Gtr => BinaryOp::Gtr,
            Self::Geq => BinaryOp::Geq,
            _ => return None,
        })
    }

    /// The operator of `x op= y`.
    pub const fn assign_op(self) -> Option<BinaryOp> {
        Some(match self {
            Self::AddAssign => BinaryOp::Add,
            Self::SubAssign => BinaryOp::Sub,
            Self::MulAssign => BinaryOp::Mul,
            Self::QuoAssign => BinaryOp::Quo,
            Self::RemAssign => BinaryOp::Rem,
            Self::AndAssign => BinaryOp::And,
            Self::OrAssign => BinaryOp::Or,
            Self::XorAssign => BinaryOp::Xor,
            Self::ShlAssign => BinaryOp::Shl,
            Self::ShrAssign => BinaryOp::Shr,
            Self::AndNotAssign => BinaryOp::AndNot,
            _ => return None,
        })
    }

    /// The keyword that is spelled `text`.
    pub const fn keyword(text: &[u8]) -> Option<Self> {
        Some(match text {
            b"break" => Self::Break,
            b"case" => Self::Case,
            b"chan" => Self::Chan,
            b"const" => Self::Const,
            b"continue" => Self::Continue,
            b"default" => Self::Default,
            b"defer" => Self::Defer,
            b"else" => Self::Else,
            b"fallthrough" => Self::Fallthrough,
            b"for" => Self::For,
            b"func" => Self::Func,
            b"go" => Self::Go,
            b"goto" => Self::Goto,
            b"if" => Self::If,
            b"import" => Self::Import,
            b"interface" => Self::Interface,
            b"map" => Self::Map,
            b"package" => Self::Package,
            b"range" => Self::Range,
            b"return" => Self::Return,
            b"select" => Self::Select,
            b"struct" => Self::Struct,
            b"switch" => Self::Switch,
            b"type" => Self::Type,
            b"var" => Self::Var,
            _ => return None,
        })
    }
}

/// An operator between two operands; also that of `x op= y`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Quo,
    Rem,
    And,
    Or,
    Xor,
    Shl,
    Shr,
    AndNot,
    LAnd,
    LOr,
    Eql,
    Neq,
    Lss,
    Leq,
    Gtr,
    Geq,
}

impl BinaryOp {
    /// 1 (`||`) to 5 (`*`); all operators are left-associative.
    pub const fn precedence(self) -> u8 {
        match self {
            Self::LOr => 1,
            Self::LAnd => 2,
            Self::Eql | Self::Neq | Self::Lss | Self::Leq | Self::Gtr | Self::Geq => 3,
            Self::Add | Self::Sub | Self::Or | Self::Xor => 4,
            Self::Mul
            | Self::Quo
            | Self::Rem
            | Self::Shl
            | Self::Shr
            | Self::And
            | Self::AndNot => 5,
        }
    }

    pub const fn is_comparison(self) -> bool {
        self.precedence() == 3
    }

    pub const fn is_shift(self) -> bool {
        matches!(self, Self::Shl | Self::Shr)
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Quo => "/",
            Self::Rem => "%",
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
            Self::Shl => "<<",
            Self::Shr => ">>",
            Self::AndNot => "&^",
            Self::LAnd => "&&",
            Self::LOr => "||",
            Self::Eql => "==",
            Self::Neq => "!=",
            Self::Lss => "<",
            Self::Leq => "<=",
            Self::Gtr => ">",
            Self::Geq => ">=",
        }
    }
}

/// An operator before its operand. `*x` is [`ExprKind::Star`](crate::ExprKind::Star).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    Add,
    Sub,
    Not,
    Xor,
    /// `&x`
    And,
    /// `<-c`
    Arrow,
    /// `~T` of a constraint.
    Tilde,
}

impl UnaryOp {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Not => "!",
            Self::Xor => "^",
            Self::And => "&",
            Self::Arrow => "<-",
            Self::Tilde => "~",
        }
    }
}
