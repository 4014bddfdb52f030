//! Terminating statements: whether a function can reach its end.

use go_syntax::{BranchKind, ExprKind, StmtId, StmtKind, Symbol};

use crate::Checker;

impl Checker<'_> {
    /// Whether control never leaves the statement at its end. `label` is that of the statement.
    pub(crate) fn is_terminating(&self, stmt: StmtId, label: Option<Symbol>) -> bool {
        let ast = self.ast();
        let mut stmt = stmt;
        while let StmtKind::If {
            then,
            els: Some(els),
            ..
        } = ast.stmt(stmt).kind
        {
            if !self.is_terminating(then, None) {
                return false;
            }
            stmt = els;
        }
        match ast.stmt(stmt).kind {
            StmtKind::Labeled { label, stmt } => self.is_terminating(stmt, ast.ident(label)),
            StmtKind::Expr(x) => {
                let call = ast.unparen(x);
                matches!(ast.expr(call).kind, ExprKind::Call { .. })
                    && self.env.panics.contains(&call)
            }
            StmtKind::Return(_) => true,
            StmtKind::Branch { kind, .. } => {
                matches!(kind, BranchKind::Goto | BranchKind::Fallthrough)
            }
            StmtKind::Block(stmts) => self.is_terminating_list(ast.list(stmts)),
            StmtKind::Switch { clauses, .. } | StmtKind::TypeSwitch { clauses, .. } => {
                let clauses = ast.list(clauses);
                let has_default = clauses.iter().any(|clause| {
                    matches!(ast.stmt(*clause).kind, StmtKind::Case { default: true, .. })
                });
                has_default && self.clauses_terminate(clauses, label)
            }
            StmtKind::Select { clauses, .. } => self.clauses_terminate(ast.list(clauses), label),
            StmtKind::For {
                cond: None, body, ..
            } => !self.has_break(body, label, true),
            _ => false,
        }
    }

    fn is_terminating_list(&self, stmts: &[StmtId]) -> bool {
        let ast = self.ast();
        let last = stmts
            .iter()
            .rfind(|stmt| !matches!(ast.stmt(**stmt).kind, StmtKind::Empty));
        last.is_some_and(|last| self.is_terminating(*last, None))
    }

    fn clauses_terminate(&self, clauses: &[StmtId], label: Option<Symbol>) -> bool {
        let ast = self.ast();
        clauses.iter().all(|clause| match ast.stmt(*clause).kind {
            StmtKind::Case { body, .. } | StmtKind::Comm { body, .. } => {
                let body = ast.list(body);
                self.is_terminating_list(body) && !self.has_break_list(body, label, true)
            }
            _ => true,
        })
    }

    /// Whether a `break` leaves the statement around this one: an unlabelled one if `implicit`, or one with
    /// the label.
    fn has_break(&self, stmt: StmtId, label: Option<Symbol>, implicit: bool) -> bool {
        let ast = self.ast();
        let mut stmt = stmt;
        while let StmtKind::If { then, els, .. } = ast.stmt(stmt).kind {
            if self.has_break(then, label, implicit) {
                return true;
            }
            let Some(els) = els else {
                return false;
            };
            stmt = els;
        }
        match ast.stmt(stmt).kind {
            StmtKind::Labeled { stmt, .. } => self.has_break(stmt, label, implicit),
            StmtKind::Branch {
                kind: BranchKind::Break,
                label: None,
            } => implicit,
            StmtKind::Branch {
                kind: BranchKind::Break,
                label: Some(target),
            } => label.is_some() && ast.ident(target) == label,
            StmtKind::Block(stmts) => self.has_break_list(ast.list(stmts), label, implicit),
            StmtKind::Case { body, .. } | StmtKind::Comm { body, .. } => {
                self.has_break_list(ast.list(body), label, implicit)
            }
            StmtKind::Switch { clauses, .. }
            | StmtKind::TypeSwitch { clauses, .. }
            | StmtKind::Select { clauses, .. } => {
                label.is_some() && self.has_break_list(ast.list(clauses), label, false)
            }
            StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                label.is_some() && self.has_break(body, label, false)
            }
            _ => false,
        }
    }

    fn has_break_list(&self, stmts: &[StmtId], label: Option<Symbol>, implicit: bool) -> bool {
        stmts
            .iter()
            .any(|stmt| self.has_break(*stmt, label, implicit))
    }
}
