//! What tests and comparisons ask of trees, wherever they come from.

use base::TextRange;

use crate::ast::{DeclKind, ExprKind, Node, SpecKind, StmtKind};
use crate::file::File;
use crate::lexer::{Lexeme, Lexer};
use crate::token::Token;

/// All tokens of a text in order, without the one that ends it.
pub fn tokens(src: &str) -> Vec<Lexeme> {
    let mut lexer = Lexer::new(src);
    let next = || Some(lexer.next()).filter(|lexeme| lexeme.token != Token::Eof);
    std::iter::from_fn(next).collect()
}

/// Kinds, names, literals and operators of a tree in order; empty statements do not count. Equal for texts
/// that differ in layout alone.
pub fn shape(file: &File) -> Vec<String> {
    let ast = &file.ast;
    let mut shape = vec![file.package_name().to_string()];
    for decl in &file.decls {
        ast.walk(*decl, |node| {
            let part = match node {
                Node::Expr(id) => match ast.expr(id).kind {
                    ExprKind::Ident(name) => name.to_string(),
                    ExprKind::BasicLit(_) => file.expr_text(id).to_owned(),
                    ExprKind::Binary { op, .. } => op.text().to_owned(),
                    ExprKind::Unary { op, .. } => format!("unary {}", op.text()),
                    ExprKind::ChanType { dir, .. } => format!("{dir:?}"),
                    kind => kind.name().to_owned(),
                },
                Node::Stmt(id) => match ast.stmt(id).kind {
                    StmtKind::Empty => return true,
                    StmtKind::Assign { op, .. } => format!("{op:?}"),
                    kind => kind.name().to_owned(),
                },
                Node::Decl(_) => "decl".to_owned(),
                Node::Spec(id) => ast.spec(id).kind.name().to_owned(),
                Node::Field(id) => format!("field of {}", ast.field(id).names.len()),
            };
            shape.push(part);
            true
        });
    }
    shape
}

/// What is wrong with the ranges of a tree: children lie in their parents and, in a file without problems,
/// one behind the other.
pub fn misplaced(file: &File, has_problems: bool) -> Option<String> {
    let ast = &file.ast;
    let mut wrong = None;
    let mut children = Vec::new();
    for decl in &file.decls {
        ast.walk(*decl, |node| {
            let outer = ast.range(node);
            if outer.start > outer.end || outer.end as usize > file.src.len() {
                wrong = Some(format!("{node:?} at {outer:?}"));
            }
            children.clear();
            ast.push_children(node, &mut children);
            // The type of a declared function begins in front of its name.
            let in_order = !has_problems && !matches!(node, Node::Decl(_));
            let mut at = outer.start;
            for child in &children {
                let inner = ast.range(*child);
                if !outer.covers(inner) || in_order && inner.start < at {
                    wrong = Some(format!("{child:?} at {inner:?} in {node:?} at {outer:?}"));
                }
                at = inner.end;
            }
            wrong.is_none()
        });
    }
    wrong
}

/// Names declared at the top level, with what they are: `func f`, `value x`, `type T`; imports by path.
pub fn declared(file: &File) -> Vec<String> {
    let ast = &file.ast;
    let mut names = Vec::new();
    for decl in &file.decls {
        match ast.decl(*decl).kind {
            DeclKind::Bad => {}
            DeclKind::Func(func) => names.push(format!("func {}", ast.name(func.name))),
            DeclKind::Gen { specs, .. } => {
                for spec in ast.list(specs) {
                    match ast.spec(*spec).kind {
                        SpecKind::Import { path, .. } => {
                            names.push(file.expr_text(path).to_owned());
                        }
                        SpecKind::Const { names: list, .. } | SpecKind::Var { names: list, .. } => {
                            let list = ast.list(list).iter();
                            names.extend(list.map(|name| format!("value {}", ast.name(*name))));
                        }
                        SpecKind::Type { name, .. } => {
                            names.push(format!("type {}", ast.name(name)));
                        }
                    }
                }
            }
        }
    }
    names
}

/// A text with one token deleted, doubled, or swapped with the next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mutation {
    Delete,
    Double,
    Swap,
}

impl Mutation {
    pub const ALL: [Self; 3] = [Self::Delete, Self::Double, Self::Swap];

    /// The text with the token at `token` changed; `next` is the range of the one behind it.
    pub fn apply(self, src: &str, token: TextRange, next: TextRange) -> String {
        let (start, end) = (token.start as usize, token.end as usize);
        match self {
            Self::Delete => format!("{}{}", &src[..start], &src[end..]),
            Self::Double => format!("{} {}", &src[..end], &src[start..]),
            Self::Swap => {
                let (next_start, next_end) = (next.start as usize, next.end as usize);
                format!(
                    "{}{}{}{}{}",
                    &src[..start],
                    &src[next_start..next_end],
                    &src[end..next_start],
                    &src[start..end],
                    &src[next_end..]
                )
            }
        }
    }
}
