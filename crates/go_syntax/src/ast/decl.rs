//! Declarations, their specs, and fields.

use base::{List, TextRange};

use super::ids::{ExprId, FieldId, SpecId, StmtId};
use crate::pragma::Pragmas;

/// A declaration of a file, or of a function's body ([`StmtKind::Decl`](super::StmtKind::Decl)).
#[derive(Clone, Copy, Debug)]
pub struct Decl {
    pub kind: DeclKind,
    /// go/ast's `Pos` and `End`: from the keyword on, comments apart.
    pub range: TextRange,
    /// Of a function the token after `func` (its receiver's `(` or its name), else the keyword.
    pub pos: u32,
}

/// What a declaration is; go/ast's FuncDecl and GenDecl.
#[derive(Clone, Copy, Debug)]
pub enum DeclKind {
    /// Text that no declaration could be made of.
    Bad,
    Func(FuncDecl),
    Gen {
        keyword: GenKind,
        specs: List<SpecId>,
        /// The specs stand in parentheses.
        group: bool,
    },
}

/// The keyword of a declaration that is not a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GenKind {
    Import,
    Const,
    Type,
    Var,
}

/// `func (recv) name[type_params](params) results { body }`
#[derive(Clone, Copy, Debug)]
pub struct FuncDecl {
    /// What stands in the receiver's parentheses: one field with at most one name in correct code.
    /// Its type is `T`, `*T`, `T[A, B]`, `*T[A, B]`, possibly with parentheses.
    pub recv: List<FieldId>,
    /// The receiver's parentheses; `None` for functions, and `Some` for methods even if `recv` is
    /// empty in broken code.
    pub recv_range: Option<TextRange>,
    /// An identifier.
    pub name: ExprId,
    /// An [`ExprKind::FuncType`](super::ExprKind::FuncType); its range starts at `func`.
    pub ty: ExprId,
    /// A block; `None` for functions made elsewhere.
    pub body: Option<StmtId>,
    /// The `//go:` lines above it.
    pub pragmas: Pragmas,
}

/// One line of an `import`, `const`, `type` or `var` declaration.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub kind: SpecKind,
    /// go/ast's `Pos` and `End`; gc's position is the start.
    pub range: TextRange,
}

/// One import, constant, variable or type of a declaration.
#[derive(Clone, Copy, Debug)]
pub enum SpecKind {
    Import {
        /// An identifier; also `_`, and `.` as [`Symbol::DOT`](crate::Symbol::DOT).
        name: Option<ExprId>,
        /// A string literal; [`File::import_path`](crate::File::import_path) unquotes it.
        path: ExprId,
    },
    Const {
        names: List<ExprId>,
        ty: Option<ExprId>,
        values: List<ExprId>,
        /// Position in its declaration, from 0.
        iota: u32,
        /// The spec before it whose type and values this one repeats, because it has neither.
        inherited: Option<SpecId>,
    },
    Var {
        names: List<ExprId>,
        ty: Option<ExprId>,
        values: List<ExprId>,
    },
    Type {
        name: ExprId,
        type_params: List<FieldId>,
        /// `type name = ty`
        alias: bool,
        ty: ExprId,
        pragmas: Pragmas,
    },
}

impl SpecKind {
    /// The name of go/ast's node.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Import { .. } => "ImportSpec",
            Self::Const { .. } | Self::Var { .. } => "ValueSpec",
            Self::Type { .. } => "TypeSpec",
        }
    }
}

/// Parameters and results.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// Empty for functions that are not generic.
    pub type_params: List<FieldId>,
    /// The brackets of the type parameters, if there are any.
    pub type_params_range: Option<TextRange>,
    /// All with names or all without.
    pub params: List<FieldId>,
    /// The parentheses of the parameters.
    pub params_range: TextRange,
    /// All with names or all without.
    pub results: List<FieldId>,
    /// The parentheses of the results, or the one type that stands without.
    pub results_range: Option<TextRange>,
}

/// Names with one type: parameters, struct fields, type parameters; or an element of an interface.
///
/// In a parameter list either all fields have names or none. Type parameters have their constraint
/// as type. Grouped names (`a, b int`) share one field and one type node; so each name is an object
/// of its own with the type of the field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Identifiers; none for embedded fields, unnamed parameters and embedded elements.
    pub names: List<ExprId>,
    /// The type, or the constraint of a type parameter.
    pub ty: ExprId,
    /// A string literal.
    pub tag: Option<ExprId>,
    /// go/ast's `Pos` and `End`: from the first name or the type to the end of the type or tag.
    pub range: TextRange,
}
