//! Go source as the gc compiler 1.27 reads it: tokens, tree, positions.
//!
//! Reading never fails: broken text gives a tree with holes ([`ExprKind::Bad`], [`StmtKind::Bad`],
//! [`DeclKind::Bad`]) and a list of [`Problem`]s. One text at a time; no paths, no I/O.
//!
//! **The tree.** A [`File`] holds its text, lines, comments and an [`Ast`]: one arena per kind of
//! node. Nodes are small, `Copy`, and refer to each other by id; lists of children are [`List`]s
//! that [`Ast::list`] resolves:
//!
//! ```
//! use go_syntax::{Ast, ExprId, ExprKind};
//!
//! /// The function that a chain of calls starts with: `f` of `f(x)(y)`.
//! fn innermost_callee(ast: &Ast, id: ExprId) -> ExprId {
//!     match ast.expr(id).kind {
//!         ExprKind::Call { fun, args, .. } => {
//!             for _argument in ast.list(args) {}
//!             innermost_callee(ast, fun)
//!         }
//!         ExprKind::Paren(x) => innermost_callee(ast, x),
//!         _ => id,
//!     }
//! }
//! ```
//!
//! - Top-level declarations are [`File::decls`]; [`Ast::walk`] visits everything below a node.
//! - Ids count from 0 without gaps ([`base::Idx`]), so facts about nodes live in vectors by id:
//!   `IndexVec<ExprId, TypeId>` of length [`Ast::n_exprs`]. An id means something only together
//!   with its file.
//! - Types are expressions, and every occurrence of an identifier is one as well, also where it is
//!   declared: fields, parameters, labels, selectors, keys, the package name.
//! - Kinds and ranges are go/ast's. In addition each node has the position gc gives it
//!   ([`Expr::pos`], [`Stmt::pos`], [`Decl::pos`]). Specs and fields have gc's position at their
//!   start (a field with several names: one per name).
//! - Nodes are found by position with [`File::enclosing`], [`File::starting_at`] and [`File::at_gc_pos`];
//!   [`Parents`] leads from a node to what encloses it.
//! - Left-associative chains (`a + b + …`, `x.f().g()…`) are as deep as they are long. Nesting is
//!   limited by the parser, chains are not: go down the left side in a loop.

mod ast;
mod build_constraint;
mod directive;
mod file;
mod lexer;
mod literal;
mod locate;
pub mod module;
mod parser;
mod pragma;
mod print;
mod problem;
mod symbol;
pub mod testing;
mod token;
mod version;

pub use ast::{
    AssignOp, Ast, BranchKind, ChanDir, Decl, DeclId, DeclKind, Expr, ExprId, ExprKind, Field,
    FieldId, FuncDecl, GenKind, List, ListItem, LitKind, Node, SigId, Signature, Spec, SpecId,
    SpecKind, Stmt, StmtId, StmtKind, TypeGuard,
};
pub use build_constraint::Constraint;
pub use directive::{Directive, Directives, Embed, Linkname};
pub use file::{Comment, File};
pub use lexer::{Lexeme, Lexer};
pub use literal::{unquote_char, unquote_string};
pub use locate::{Parents, Positions};
pub use parser::{MAX_NESTING, parse};
pub use pragma::Pragmas;
pub use print::{align_columns, print, print_file};
pub use problem::{MAX_PROBLEMS, Problem};
pub use symbol::Symbol;
pub use token::{BinaryOp, Token, UnaryOp};
pub use version::GoVersion;
