//! Statements.

use super::Printer;
use crate::ast::{AssignOp, BranchKind, ExprId, List, StmtId, StmtKind};

/// Bytes of the head of a function literal that `{}` may follow on the line.
pub(super) const LONGEST_LIT_HEAD: usize = 100;
/// The same of a declaration: go/printer counts the blank behind `func` twice there.
pub(super) const LONGEST_DECL_HEAD: usize = 99;

impl Printer<'_> {
    /// The body of a function whose head begins at `head` of the text: an empty one stays on the line
    /// of a head that is no longer than `longest`.
    /// Source: go/printer/nodes.go `funcBody`, go1.27.3.
    pub(super) fn func_body(&mut self, body: StmtId, head: usize, longest: usize) {
        let stmts = self.without_empty(body);
        let head = &self.out[head..];
        let fits = head.len() <= longest && !head.contains('\n');
        self.put(" ");
        if stmts.is_empty() && fits {
            self.put("{}");
        } else {
            self.block_of(&stmts, Self::stmt);
        }
    }

    fn block(&mut self, block: StmtId) {
        let stmts = self.without_empty(block);
        self.block_of(&stmts, Self::stmt);
    }

    /// The statements of a block that are worth a line.
    fn without_empty(&self, block: StmtId) -> Vec<StmtId> {
        let is_empty = |stmt: &&StmtId| matches!(self.ast.stmt(**stmt).kind, StmtKind::Empty);
        let stmts = self.ast.block(block).iter();
        stmts.filter(|stmt| !is_empty(stmt)).copied().collect()
    }

    pub(super) fn stmt(&mut self, id: StmtId) {
        self.deeper(id, |p| p.stmt_of_kind(id));
    }

    fn stmt_of_kind(&mut self, id: StmtId) {
        match self.ast.stmt(id).kind {
            StmtKind::Bad => {
                let text = self.file.text(self.ast.stmt(id).range);
                self.out.push_str(text);
            }
            StmtKind::Empty => {}
            StmtKind::Decl(decl) => self.decl(decl),
            StmtKind::Labeled { label, stmt } => self.labeled(label, stmt),
            StmtKind::Go(x) => self.with_keyword("go ", x),
            StmtKind::Defer(x) => self.with_keyword("defer ", x),
            StmtKind::Return(results) => self.return_stmt(self.ast.list(results)),
            StmtKind::Branch { kind, label } => self.branch(kind, label),
            StmtKind::Block(_) => self.block(id),
            StmtKind::If { .. } => self.if_chain(id),
            StmtKind::Switch {
                init, tag, clauses, ..
            } => {
                self.put("switch");
                self.header(init, |p| {
                    if let Some(tag) = tag {
                        p.put(" ");
                        p.expr(tag);
                    }
                });
                self.clauses(clauses);
            }
            StmtKind::TypeSwitch {
                init,
                guard,
                clauses,
                ..
            } => {
                self.put("switch");
                self.header(init, |p| {
                    p.put(" ");
                    p.stmt(guard);
                });
                self.clauses(clauses);
            }
            StmtKind::Select { clauses, .. } => {
                self.put("select");
                if clauses.is_empty() {
                    return self.put(" {}");
                }
                self.clauses(clauses);
            }
            StmtKind::Case {
                exprs,
                default,
                body,
                ..
            } => {
                if default {
                    self.put("default:");
                } else {
                    self.put("case ");
                    self.comma_list(self.ast.list(exprs), Self::expr);
                    self.put(":");
                }
                self.clause_body(body);
            }
            StmtKind::Comm { comm, body, .. } => {
                match comm {
                    Some(comm) => {
                        self.put("case ");
                        self.stmt(comm);
                        self.put(":");
                    }
                    None => self.put("default:"),
                }
                self.clause_body(body);
            }
            StmtKind::For {
                init,
                cond,
                post,
                body,
            } => self.for_loop(init, cond, post, body),
            StmtKind::Range {
                key,
                value,
                define,
                x,
                body,
                ..
            } => {
                self.put("for ");
                let names: Vec<ExprId> = key.into_iter().chain(value).collect();
                self.comma_list(&names, Self::expr);
                if key.is_some() {
                    self.put(if define { " := " } else { " = " });
                }
                self.with_keyword("range ", x);
                self.put(" ");
                self.block(body);
            }
            _ => self.simple(id),
        }
    }

    /// The label is one tab further left than its statement.
    fn labeled(&mut self, label: ExprId, stmt: StmtId) {
        if self.out.ends_with('\t') {
            self.out.pop();
        }
        self.name(label);
        self.put(":");
        if !matches!(self.ast.stmt(stmt).kind, StmtKind::Empty) {
            self.newline();
            self.stmt(stmt);
        }
    }

    fn branch(&mut self, kind: BranchKind, label: Option<ExprId>) {
        self.put(match kind {
            BranchKind::Break => "break",
            BranchKind::Continue => "continue",
            BranchKind::Goto => "goto",
            BranchKind::Fallthrough => "fallthrough",
        });
        if let Some(label) = label {
            self.put(" ");
            self.name(label);
        }
    }

    /// Results are indented where more than one has several lines.
    /// Source: go/printer/nodes.go `indentList`, go1.27.3.
    fn return_stmt(&mut self, results: &[ExprId]) {
        self.put("return");
        if results.is_empty() {
            return;
        }
        self.put(" ");
        let (start, indent) = (self.out.len(), self.indent);
        let mut n_broken = 0;
        self.comma_list(results, |p, x| {
            let start = p.out.len();
            p.expr(x);
            n_broken += usize::from(p.out[start..].contains('\n'));
        });
        if n_broken > 1 {
            self.out.truncate(start);
            self.indent += 1;
            self.comma_list(results, Self::expr);
            self.indent = indent;
        }
    }

    fn simple(&mut self, id: StmtId) {
        match self.ast.stmt(id).kind {
            StmtKind::Expr(x) => self.expr(x),
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.put(" <- ");
                self.expr(value);
            }
            StmtKind::IncDec { x, inc } => {
                self.expr_at(x, 2);
                self.put(if inc { "++" } else { "--" });
            }
            StmtKind::Assign { lhs, op, rhs } => {
                let (lhs, rhs) = (self.ast.list(lhs), self.ast.list(rhs));
                let depth = 1 + u32::from(lhs.len() > 1 && rhs.len() > 1);
                self.comma_list(lhs, |p, x| p.expr_at(x, depth));
                self.put(" ");
                match op {
                    AssignOp::Assign => {}
                    AssignOp::Define => self.put(":"),
                    AssignOp::Op(op) => self.put(op.text()),
                }
                self.put("= ");
                self.comma_list(rhs, |p, x| p.expr_at(x, depth));
            }
            _ => {}
        }
    }

    fn with_keyword(&mut self, keyword: &str, x: ExprId) {
        self.put(keyword);
        self.expr(x);
    }

    /// Printed in a loop, as chains may be long.
    fn if_chain(&mut self, id: StmtId) {
        let mut next = Some(id);
        while let Some(id) = next {
            let StmtKind::If {
                init,
                cond,
                then,
                els,
            } = self.ast.stmt(id).kind
            else {
                return self.block(id);
            };
            self.put("if");
            self.header(init, |p| {
                p.put(" ");
                p.expr(cond);
            });
            self.put(" ");
            self.block(then);
            if els.is_some() {
                self.put(" else ");
            }
            next = els;
        }
    }

    /// ` init; last`, both optional.
    fn header(&mut self, init: Option<StmtId>, last: impl FnOnce(&mut Self)) {
        if let Some(init) = init {
            self.put(" ");
            self.stmt(init);
            self.put(";");
        }
        last(self);
    }

    fn for_loop(
        &mut self,
        init: Option<StmtId>,
        cond: Option<ExprId>,
        post: Option<StmtId>,
        body: StmtId,
    ) {
        self.put("for ");
        let three = init.is_some() || post.is_some();
        if let Some(init) = init {
            self.stmt(init);
        }
        if three {
            self.put("; ");
        }
        if let Some(cond) = cond {
            self.expr(cond);
        }
        if three {
            self.put(";");
        }
        if let Some(post) = post {
            self.put(" ");
            self.stmt(post);
        }
        if three || cond.is_some() {
            self.put(" ");
        }
        self.block(body);
    }

    /// Clauses stand at the level of their statement.
    fn clauses(&mut self, clauses: List<StmtId>) {
        self.put(" {");
        for clause in self.ast.list(clauses) {
            self.newline();
            self.stmt(*clause);
        }
        self.newline();
        self.put("}");
    }

    fn clause_body(&mut self, body: List<StmtId>) {
        self.indent += 1;
        for stmt in self.ast.list(body) {
            if !matches!(self.ast.stmt(*stmt).kind, StmtKind::Empty) {
                self.newline();
                self.stmt(*stmt);
            }
        }
        self.indent -= 1;
    }
}
