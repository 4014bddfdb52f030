//! A parsed file.

use std::sync::Arc;

use base::{LineIndex, TextRange};

use crate::ast::{Ast, DeclId, ExprId, ExprKind, SpecId, SpecKind};
use crate::directive::{Directives, Embed};
use crate::symbol::Symbol;

/// One Go source file: its text, its tree, and what stands beside the tree.
#[derive(Clone, Debug)]
pub struct File {
    /// The text. Bytes that are no UTF-8 have been replaced by `?` one by one, so that offsets are
    /// those of the file.
    pub src: Arc<str>,
    /// Where lines start.
    pub lines: LineIndex,
    /// All nodes.
    pub ast: Ast,
    /// The name in the package clause, an identifier; `None` if there is no package clause.
    pub package: Option<ExprId>,
    /// Offset of `package`: gc's position of the file.
    pub package_pos: u32,
    /// Top-level declarations in source order.
    pub decls: Vec<DeclId>,
    /// All imports, in source order; each is also part of a declaration.
    pub imports: Vec<SpecId>,
    /// All comments in source order, directives among them.
    pub comments: Vec<Comment>,
    /// Instructions to the toolchain in comments.
    pub directives: Directives,
    /// `//go:embed` lines, by the variable they belong to.
    pub embeds: Vec<Embed>,
}

/// A comment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// With `//` but without the newline, or from `/*` to `*/`.
    pub range: TextRange,
}

impl File {
    /// The text of a range; empty if it is none of this file.
    pub fn text(&self, range: TextRange) -> &str {
        let range = range.start as usize..range.end as usize;
        self.src.get(range).unwrap_or_default()
    }

    /// The text of an expression; of a literal: its spelling.
    pub fn expr_text(&self, id: ExprId) -> &str {
        self.text(self.ast.expr(id).range)
    }

    /// The comments that start in a range, in source order.
    pub fn comments_in(&self, range: TextRange) -> &[Comment] {
        let before = |offset| {
            self.comments
                .partition_point(|comment| comment.range.start < offset)
        };
        let (start, end) = (before(range.start), before(range.end));
        self.comments.get(start..end).unwrap_or_default()
    }

    /// The name in the package clause; empty if it is missing.
    pub fn package_name(&self) -> Symbol {
        self.package.map_or(Symbol::EMPTY, |id| self.ast.name(id))
    }

    /// The path of an import, unquoted; `None` if the spec is not an import or its path not a valid string.
    pub fn import_path(&self, spec: SpecId) -> Option<String> {
        let SpecKind::Import { path, .. } = self.ast.spec(spec).kind else {
            return None;
        };
        match self.ast.expr(path).kind {
            ExprKind::BasicLit(_) => {
                let value = crate::literal::unquote_string(self.expr_text(path))?;
                String::from_utf8(value).ok()
            }
            _ => None,
        }
    }
}
