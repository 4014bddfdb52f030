//! Trees to text, in the form gofmt gives it: for code that a fix puts in place of other code.
//!
//! Lines are broken where the syntax asks for it (blocks, clauses, types with several members) and
//! nowhere else; comments are not printed, so a fix splices what is printed into the text around it. What is printed parses to the same tree and is left alone
//! by gofmt. Holes in broken code print as nothing.

mod decl;
mod expr;
mod stmt;
mod table;
mod types;

pub use table::align as align_columns;

use crate::ast::{Ast, ExprId, Node};
use crate::file::File;

/// The text of a node, without indentation in front of its first line; the lines after it have
/// `indent` tabs more than they need.
///
/// ```
/// let (file, _) = go_syntax::parse(b"package p\nvar x = a*( b+c )+f( 1,2 )\n");
/// assert_eq!(go_syntax::print(&file, file.decls[0], 0), "var x = a*(b+c) + f(1, 2)");
/// ```
pub fn print(file: &File, node: impl Into<Node>, indent: usize) -> String {
    let mut printer = Printer {
        file,
        ast: &file.ast,
        out: String::new(),
        indent,
        nesting: 0,
    };
    match node.into() {
        Node::Expr(id) => printer.expr(id),
        Node::Stmt(id) => printer.stmt(id),
        Node::Decl(id) => printer.decl(id),
        Node::Spec(id) => printer.spec(id),
        Node::Field(id) => printer.field(id),
    }
    printer.out
}

/// The text of a whole file.
pub fn print_file(file: &File) -> String {
    let mut text = format!("package {}\n", file.package_name());
    for decl in &file.decls {
        text.push('\n');
        text.push_str(&print(file, *decl, 0));
        text.push('\n');
    }
    text
}

struct Printer<'a> {
    file: &'a File,
    ast: &'a Ast,
    out: String,
    /// Tabs in front of a line.
    indent: usize,
    /// Expressions and statements around the node.
    nesting: u32,
}

/// What nests deeper is printed as it was written.
const MAX_NESTING: u32 = 200;

impl Printer<'_> {
    /// Prints a node a level deeper with `write`.
    fn deeper(&mut self, node: impl Into<Node>, write: impl FnOnce(&mut Self)) {
        if self.nesting < MAX_NESTING {
            self.nesting += 1;
            write(self);
            self.nesting -= 1;
        } else {
            let text = self.file.text(self.ast.range(node));
            self.put(text);
        }
    }

    /// Appends a token, with a blank if it would run together with the one before.
    fn put(&mut self, token: &str) {
        let last = self.out.as_bytes().last().copied().unwrap_or(b' ');
        let first = token.as_bytes().first().copied().unwrap_or(b' ');
        let runs_together = matches!(
            (last, first),
            (b'+', b'+') | (b'-', b'-') | (b'/', b'*') | (b'<', b'-' | b'<') | (b'&', b'&' | b'^')
        );
        if runs_together {
            self.out.push(' ');
        }
        self.out.push_str(token);
    }

    fn newline(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n('\t', self.indent));
    }

    /// What `write` appends, taken off again.
    fn rendered(&mut self, write: impl FnOnce(&mut Self)) -> String {
        let start = self.out.len();
        write(self);
        self.out.split_off(start)
    }

    /// `{`, each item on a line of its own, `}`.
    fn block_of<T: Copy>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, T)) {
        self.out.push('{');
        self.indent += 1;
        for item in items {
            self.newline();
            write(self, *item);
        }
        self.indent -= 1;
        self.newline();
        self.out.push('}');
    }

    /// Items with commas between them.
    fn comma_list<T: Copy>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, T)) {
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                self.out.push_str(", ");
            }
            write(self, *item);
        }
    }

    fn name(&mut self, id: ExprId) {
        let name = self.ast.name(id);
        self.out.push_str(name.as_str());
    }

    fn names(&mut self, ids: &[ExprId]) {
        self.comma_list(ids, Self::name);
    }
}
