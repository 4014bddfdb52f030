//! Nodes by position, and the ancestors of nodes.
//!
//! A position is a byte offset; [`base::LineIndex::offset`] of [`File::lines`] converts a line and column. Answers are
//! paths: the nodes found and what encloses them, outermost first, so the innermost node is the last one.

use base::{IndexVec, TextRange};

use crate::ast::{Ast, DeclId, ExprId, FieldId, Node, SpecId, StmtId};
use crate::file::File;

impl Ast {
    /// The offset at which gc reports a node: the `(` of a call, the operator of a binary expression, the `.` of a
    /// selector. Specs and fields are reported at their start.
    pub fn gc_pos(&self, node: impl Into<Node>) -> u32 {
        match node.into() {
            Node::Expr(id) => self.expr(id).pos,
            Node::Stmt(id) => self.stmt(id).pos,
            Node::Decl(id) => self.decl(id).pos,
            Node::Spec(id) => self.spec(id).range.start,
            Node::Field(id) => self.field(id).range.start,
        }
    }
}

/// Expressions and statements of a file by gc's position of them ([`Ast::gc_pos`]).
#[derive(Clone, Debug)]
pub struct Positions {
    /// By offset; the outer one first where several share an offset.
    nodes: Vec<(u32, Node)>,
}

impl Positions {
    /// Of all nodes of the file's declarations.
    pub fn new(file: &File) -> Self {
        let mut nodes = Vec::new();
        for &decl in &file.decls {
            file.ast.walk(decl, |node| {
                if matches!(node, Node::Expr(_) | Node::Stmt(_)) {
                    nodes.push((file.ast.gc_pos(node), node));
                }
                true
            });
        }
        // Stable: a walk meets outer nodes first.
        nodes.sort_by_key(|(offset, _)| *offset);
        Self { nodes }
    }

    /// The nodes at an offset, the outer one first.
    pub fn at(&self, offset: u32) -> impl Iterator<Item = Node> {
        self.within(TextRange::new(offset, offset + 1))
    }

    /// The nodes whose positions are in a range, in their order.
    pub fn within(&self, range: TextRange) -> impl Iterator<Item = Node> {
        let first = self
            .nodes
            .partition_point(|(offset, _)| *offset < range.start);
        let nodes = self.nodes[first..].iter();
        nodes
            .take_while(move |(offset, _)| *offset < range.end)
            .map(|(_, node)| *node)
    }
}

impl File {
    /// The source text of a node.
    pub fn node_text(&self, node: impl Into<Node>) -> &str {
        self.text(self.ast.range(node))
    }

    /// The nodes whose range contains the byte at `offset`, each the parent of the next one. Empty between declarations
    /// and in the package clause.
    pub fn enclosing(&self, offset: u32) -> Vec<Node> {
        let mut path = Vec::new();
        self.visit_around(offset, |node, range| {
            if range.contains(offset) {
                path.push(node);
            }
        });
        path
    }

    /// The nodes whose range starts at `offset`, outermost first: of `a.b + c` at its start the sum, the selector and
    /// `a`.
    pub fn starting_at(&self, offset: u32) -> Vec<Node> {
        let mut found = Vec::new();
        self.visit_around(offset, |node, range| {
            if range.start == offset {
                found.push(node);
            }
        });
        found
    }

    /// The nodes that gc reports at `offset` ([`Ast::gc_pos`]), outermost first: an expression statement and its call
    /// share the `(`.
    pub fn at_gc_pos(&self, offset: u32) -> Vec<Node> {
        let mut found = Vec::new();
        self.visit_around(offset, |node, _| {
            if self.ast.gc_pos(node) == offset {
                found.push(node);
            }
        });
        found
    }

    /// Calls `visit` for each node whose range contains `offset` or ends there, parents first.
    fn visit_around(&self, offset: u32, mut visit: impl FnMut(Node, TextRange)) {
        for decl in &self.decls {
            self.ast.walk(*decl, |node| {
                let range = self.ast.range(node);
                let around = range.start <= offset && offset <= range.end;
                if around {
                    visit(node, range);
                }
                around
            });
        }
    }
}

/// The parent of each node of a file.
#[derive(Clone, Debug, Default)]
pub struct Parents {
    exprs: IndexVec<ExprId, Option<Node>>,
    stmts: IndexVec<StmtId, Option<Node>>,
    decls: IndexVec<DeclId, Option<Node>>,
    specs: IndexVec<SpecId, Option<Node>>,
    fields: IndexVec<FieldId, Option<Node>>,
}

impl Parents {
    /// Visits the whole file once.
    pub fn new(file: &File) -> Self {
        let ast = &file.ast;
        let mut parents = Self {
            exprs: none(ast.n_exprs()),
            stmts: none(ast.n_stmts()),
            decls: none(ast.n_decls()),
            specs: none(ast.n_specs()),
            fields: none(ast.n_fields()),
        };
        let mut children = Vec::new();
        for decl in &file.decls {
            ast.walk(*decl, |node| {
                ast.push_children(node, &mut children);
                for child in children.drain(..) {
                    *parents.entry(child) = Some(node);
                }
                true
            });
        }
        parents
    }

    /// The parent of a node; `None` for top-level declarations and nodes outside of them.
    pub fn parent(&self, node: impl Into<Node>) -> Option<Node> {
        match node.into() {
            Node::Expr(id) => self.exprs[id],
            Node::Stmt(id) => self.stmts[id],
            Node::Decl(id) => self.decls[id],
            Node::Spec(id) => self.specs[id],
            Node::Field(id) => self.fields[id],
        }
    }

    /// The ancestors of a node, its parent first, its top-level declaration last.
    pub fn ancestors(&self, node: impl Into<Node>) -> impl Iterator<Item = Node> + '_ {
        std::iter::successors(self.parent(node), |node| self.parent(*node))
    }

    fn entry(&mut self, node: Node) -> &mut Option<Node> {
        match node {
            Node::Expr(id) => &mut self.exprs[id],
            Node::Stmt(id) => &mut self.stmts[id],
            Node::Decl(id) => &mut self.decls[id],
            Node::Spec(id) => &mut self.specs[id],
            Node::Field(id) => &mut self.fields[id],
        }
    }
}

fn none<I: base::Idx>(len: usize) -> IndexVec<I, Option<Node>> {
    (0..len).map(|_| None).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "package p

func f(a, b int) (r int) {
	r = g.h(a+b)[1]
	func() { k(&T{x: a}) }()
	return r
}

type T struct{ x int }
";

    fn file() -> File {
        crate::parse(TEXT.as_bytes()).0
    }

    /// The texts of nodes, each on one line.
    fn texts(file: &File, nodes: &[Node]) -> Vec<String> {
        let text = |node: &Node| file.node_text(*node).replace("\n\t", " ");
        nodes.iter().map(text).collect()
    }

    /// The offset of the first `needle` behind the first `after`.
    fn offset(after: &str, needle: &str) -> u32 {
        let start = TEXT.find(after).unwrap();
        (start + TEXT[start..].find(needle).unwrap()) as u32
    }

    #[test]
    fn nodes_are_found_by_start() {
        let file = file();
        let found = file.starting_at(offset("r = g", "g"));
        assert_eq!(
            texts(&file, &found),
            ["g.h(a+b)[1]", "g.h(a+b)", "g.h", "g"]
        );
        let line_col = file.lines.line_col(offset("return", "r"));
        let back = file.lines.offset(line_col).unwrap();
        assert_eq!(texts(&file, &file.starting_at(back)), ["return r"]);
        assert!(file.starting_at(offset("return", "eturn")).is_empty());
    }

    #[test]
    fn nodes_are_found_where_gc_reports_them() {
        let file = file();
        let cases = [
            (offset("g.h", "("), vec!["g.h(a+b)"]),
            (offset("g.h", "+"), vec!["a+b"]),
            (offset("g.h", "."), vec!["g.h"]),
            (offset("g.h", "["), vec!["g.h(a+b)[1]"]),
            (offset("r = g", "="), vec!["r = g.h(a+b)[1]"]),
            (offset("k(&T", "("), vec!["k(&T{x: a})", "k(&T{x: a})"]),
            (offset("k(&T", "&"), vec!["&T{x: a}"]),
            (offset("k(&T", "{"), vec!["T{x: a}"]),
            (offset("k(&T", ":"), vec!["x: a"]),
        ];
        for (at, expected) in cases {
            assert_eq!(texts(&file, &file.at_gc_pos(at)), expected, "{at}");
        }
    }

    #[test]
    fn every_node_is_found_at_both_of_its_positions() {
        let file = file();
        for decl in &file.decls {
            file.ast.walk(*decl, |node| {
                assert!(
                    file.at_gc_pos(file.ast.gc_pos(node)).contains(&node),
                    "{node:?}"
                );
                let start = file.ast.range(node).start;
                assert!(file.starting_at(start).contains(&node), "{node:?}");
                true
            });
        }
    }

    #[test]
    fn paths_and_parents_agree() {
        let file = file();
        let parents = Parents::new(&file);
        let path = file.enclosing(offset("k(&T", "a"));
        let innermost = *path.last().unwrap();
        assert_eq!(file.node_text(innermost), "a");
        let mut ancestors: Vec<Node> = parents.ancestors(innermost).collect();
        ancestors.reverse();
        assert_eq!(path[..path.len() - 1], ancestors);
        assert_eq!(ancestors.first(), Some(&Node::Decl(file.decls[0])));
        assert_eq!(parents.parent(file.decls[0]), None);
        assert!(file.enclosing(0).is_empty());
    }
}
