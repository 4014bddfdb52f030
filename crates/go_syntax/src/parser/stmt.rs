//! Statements.

use super::Parser;
use crate::ast::{AssignOp, BranchKind, ExprId, ExprKind, List, StmtId, StmtKind};
use crate::token::Token;

/// Keywords that start a statement and nothing else: where to go on after an error.
pub(super) const fn is_stmt_keyword(token: Token) -> bool {
    matches!(
        token,
        Token::Break
            | Token::Const
            | Token::Continue
            | Token::Defer
            | Token::Fallthrough
            | Token::For
            | Token::Go
            | Token::Goto
            | Token::If
            | Token::Return
            | Token::Select
            | Token::Switch
            | Token::Type
            | Token::Var
    )
}

/// A simple statement before it is known what it is part of.
enum Simple {
    Expr(ExprId),
    Stmt(StmtId),
    Range(RangeClause),
}

/// `key, value := range x`
struct RangeClause {
    key: Option<ExprId>,
    value: Option<ExprId>,
    define: bool,
    x: ExprId,
    range_pos: u32,
}

/// What stands between a keyword and `{`.
#[derive(Default)]
struct Header {
    init: Option<StmtId>,
    last: Option<Simple>,
}

/// One `if` of a chain.
struct IfLink {
    pos: u32,
    init: Option<StmtId>,
    cond: ExprId,
    then: StmtId,
}

impl Parser<'_> {
    /// The body of a function: nothing of what is around it matters.
    pub(super) fn func_body(&mut self) -> StmtId {
        let level = std::mem::replace(&mut self.expr_level, 0);
        let body = self.block("");
        self.expr_level = level;
        body
    }

    pub(super) fn block(&mut self, context: &str) -> StmtId {
        let pos = self.at();
        if self.tok != Token::LBrace {
            self.unexpected(&format!("expected {{{context}"));
            let at = self.prev_end;
            return self.add_stmt(StmtKind::Block(List::EMPTY), at, at, at);
        }
        self.next();
        let stmts = self.stmt_list();
        self.expect(Token::RBrace, "");
        let end = self.prev_end;
        self.add_stmt(StmtKind::Block(stmts), pos, end, pos)
    }

    fn stmt_list(&mut self) -> List<StmtId> {
        let mark = self.mark::<StmtId>();
        while !matches!(
            self.tok,
            Token::Eof | Token::RBrace | Token::Case | Token::Default
        ) {
            let before = self.at();
            let stmt = self.stmt();
            self.push(stmt);
            if !self.got(Token::Semicolon) && self.tok != Token::RBrace {
                self.unexpected("at end of statement");
                self.skip_to(&[Token::Semicolon, Token::RBrace, Token::Case, Token::Default]);
                self.got(Token::Semicolon);
                if self.at() == before && self.tok != Token::RBrace {
                    self.next();
                }
            }
        }
        self.list_since(mark)
    }

    pub(super) fn stmt(&mut self) -> StmtId {
        let pos = self.at();
        if !self.enter() {
            self.leave();
            return self.add_stmt(StmtKind::Bad, pos, pos, pos);
        }
        let stmt = match self.tok {
            Token::Semicolon => {
                let end = self.range.end;
                self.add_stmt(StmtKind::Empty, pos, end, pos)
            }
            Token::RBrace => self.add_stmt(StmtKind::Empty, pos, pos, pos),
            Token::LBrace => self.block(""),
            Token::Var | Token::Const | Token::Type => self.decl_stmt(),
            Token::If => self.if_stmt(),
            Token::For => self.for_stmt(),
            Token::Switch => self.switch_stmt(),
            Token::Select => self.select_stmt(),
            Token::Go | Token::Defer => self.call_stmt(),
            Token::Return => self.return_stmt(),
            Token::Break | Token::Continue | Token::Goto | Token::Fallthrough => self.branch_stmt(),
            _ => self.labeled_or_simple(),
        };
        self.leave();
        stmt
    }

    fn decl_stmt(&mut self) -> StmtId {
        let pos = self.at();
        let decl = self.gen_decl();
        let end = self.ast.decl(decl).range.end;
        self.add_stmt(StmtKind::Decl(decl), pos, end, pos)
    }

    fn labeled_or_simple(&mut self) -> StmtId {
        let first = self.expr();
        if self.tok == Token::Colon && self.ast.ident(first).is_some() {
            let pos = self.at();
            self.next();
            if matches!(self.tok, Token::Case | Token::Default | Token::Eof) {
                self.problem(self.at(), "missing statement after label");
            }
            let stmt = self.stmt();
            let (start, end) = (self.start(first), self.ast.stmt(stmt).range.end);
            let kind = StmtKind::Labeled { label: first, stmt };
            return self.add_stmt(kind, start, end, pos);
        }
        let simple = self.simple_from(first, false);
        self.simple_to_stmt(simple)
    }

    fn simple_to_stmt(&mut self, simple: Simple) -> StmtId {
        match simple {
            Simple::Stmt(stmt) => stmt,
            Simple::Expr(x) => self.expr_stmt(x),
            Simple::Range(clause) => {
                self.problem(clause.range_pos, "unexpected range, expected expression");
                self.expr_stmt(clause.x)
            }
        }
    }

    fn expr_stmt(&mut self, x: ExprId) -> StmtId {
        let expr = *self.ast.expr(x);
        let (start, end) = (expr.range.start, expr.range.end);
        self.add_stmt(StmtKind::Expr(x), start, end, expr.pos)
    }

    /// A simple statement of a header; `range` only where a loop asks for it.
    fn simple(&mut self, range_ok: bool) -> Simple {
        if range_ok && self.tok == Token::Range {
            return Simple::Range(self.range_clause(List::EMPTY, false));
        }
        let first = self.expr();
        self.simple_from(first, range_ok)
    }

    fn simple_from(&mut self, first: ExprId, range_ok: bool) -> Simple {
        let start = self.start(first);
        let pos = self.at();
        match self.tok {
            Token::Arrow => {
                self.next();
                let value = self.expr();
                let end = self.end(value);
                let kind = StmtKind::Send { chan: first, value };
                return Simple::Stmt(self.add_stmt(kind, start, end, pos));
            }
            Token::Inc | Token::Dec => {
                let inc = self.tok == Token::Inc;
                self.next();
                let end = self.prev_end;
                let kind = StmtKind::IncDec { x: first, inc };
                return Simple::Stmt(self.add_stmt(kind, start, end, pos));
            }
            _ => {}
        }
        let is_list = self.tok == Token::Comma;
        if !is_list && self.assign_op().is_none() {
            return Simple::Expr(first);
        }
        let lhs = self.expr_list_from(first);
        let pos = self.at();
        let Some(op) = self.assign_op() else {
            self.unexpected("expected := or = or comma");
            return Simple::Stmt(self.add_stmt(StmtKind::Bad, start, self.prev_end, start));
        };
        self.next();
        if range_ok && self.tok == Token::Range && !matches!(op, AssignOp::Op(_)) {
            return Simple::Range(self.range_clause(lhs, op == AssignOp::Define));
        }
        let rhs = self.expr_list();
        let end = self
            .ast
            .list(rhs)
            .last()
            .map_or(pos, |last| self.end(*last));
        let kind = StmtKind::Assign { lhs, op, rhs };
        Simple::Stmt(self.add_stmt(kind, start, end, pos))
    }

    fn assign_op(&self) -> Option<AssignOp> {
        match self.tok {
            Token::Assign => Some(AssignOp::Assign),
            Token::Define => Some(AssignOp::Define),
            token => token.assign_op().map(AssignOp::Op),
        }
    }

    /// From `range` on.
    fn range_clause(&mut self, lhs: List<ExprId>, define: bool) -> RangeClause {
        let range_pos = self.at();
        self.next();
        let x = self.expr();
        let lhs = self.ast.list(lhs);
        let (key, value) = (lhs.first().copied(), lhs.get(1).copied());
        if let Some(third) = lhs.get(2) {
            let at = self.start(*third);
            self.problem(at, "range clause permits at most two iteration variables");
        }
        RangeClause {
            key,
            value,
            define,
            x,
            range_pos,
        }
    }

    /// Reads a header, in which `{` starts the body.
    fn header<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let level = std::mem::replace(&mut self.expr_level, -1);
        let value = read(self);
        self.expr_level = level;
        value
    }

    /// `init; last` of `if` and `switch`, both optional.
    fn init_and_last(&mut self) -> Header {
        let mut header = Header::default();
        if self.tok == Token::LBrace {
            return header;
        }
        if self.tok == Token::Var {
            self.problem(self.at(), "var declaration not allowed in this initializer");
            self.next();
        }
        if self.tok != Token::Semicolon {
            header.last = Some(self.simple(false));
        }
        if self.tok == Token::Semicolon && !self.newline_before_body() {
            self.next();
            header.init = header.last.take().map(|init| self.simple_to_stmt(init));
            if self.tok != Token::LBrace {
                header.last = Some(self.simple(false));
            }
        }
        header
    }

    /// Reports and skips a newline in front of the `{` of a body.
    fn newline_before_body(&mut self) -> bool {
        if !self.at_newline() || !self.src[self.at() as usize..].trim_start().starts_with('{') {
            return false;
        }
        self.unexpected("expected { at the end of the header");
        self.next();
        true
    }

    /// A chain of `else if` is read in a loop, since it may be long.
    fn if_stmt(&mut self) -> StmtId {
        let mut links = vec![self.if_link()];
        let mut els = None;
        while self.got(Token::Else) {
            match self.tok {
                Token::If => links.push(self.if_link()),
                Token::LBrace => {
                    els = Some(self.block(""));
                    break;
                }
                _ => {
                    self.unexpected("expected if statement or block after else");
                    self.skip_to(&[Token::Semicolon, Token::RBrace]);
                    break;
                }
            }
        }
        let last = els.or(links.last().map(|link| link.then));
        let end = last.map_or(self.prev_end, |stmt| self.ast.stmt(stmt).range.end);
        let mut stmt = els;
        for link in links.into_iter().rev() {
            let kind = StmtKind::If {
                init: link.init,
                cond: link.cond,
                then: link.then,
                els: stmt,
            };
            stmt = Some(self.add_stmt(kind, link.pos, end, link.pos));
        }
        stmt.unwrap_or_else(|| self.add_stmt(StmtKind::Bad, end, end, end))
    }

    /// `if init; cond { … }`
    fn if_link(&mut self) -> IfLink {
        let pos = self.at();
        self.next();
        let header = self.header(Self::init_and_last);
        let cond = match header.last {
            Some(Simple::Expr(cond)) => cond,
            None => {
                self.problem(self.at(), "missing condition in if statement");
                self.bad_expr()
            }
            Some(other) => {
                let stmt = self.simple_to_stmt(other);
                let range = self.ast.stmt(stmt).range;
                self.problem(range.start, "cannot use statement as value");
                self.add_expr(ExprKind::Bad, range.start, range.end, range.start)
            }
        };
        IfLink {
            pos,
            init: header.init,
            cond,
            then: self.block(" after if clause"),
        }
    }

    fn for_stmt(&mut self) -> StmtId {
        let pos = self.at();
        self.next();
        let (header, post) = self.header(Self::for_header);
        let range = match header.last {
            Some(Simple::Range(clause)) => {
                let body = self.block(" after for clause");
                let end = self.ast.stmt(body).range.end;
                let kind = StmtKind::Range {
                    key: clause.key,
                    value: clause.value,
                    define: clause.define,
                    x: clause.x,
                    body,
                    range_pos: clause.range_pos,
                };
                return self.add_stmt(kind, pos, end, pos);
            }
            other => other,
        };
        let cond = match range {
            None => None,
            Some(Simple::Expr(cond)) => Some(cond),
            Some(other) => {
                let stmt = self.simple_to_stmt(other);
                let range = self.ast.stmt(stmt).range;
                self.problem(range.start, "expected for loop condition");
                Some(self.add_expr(ExprKind::Bad, range.start, range.end, range.start))
            }
        };
        let body = self.block(" after for clause");
        let end = self.ast.stmt(body).range.end;
        let kind = StmtKind::For {
            init: header.init,
            cond,
            post,
            body,
        };
        self.add_stmt(kind, pos, end, pos)
    }

    /// `init; cond; post`, `cond`, or a range clause.
    fn for_header(&mut self) -> (Header, Option<StmtId>) {
        let mut header = Header::default();
        if self.tok == Token::LBrace {
            return (header, None);
        }
        if self.tok == Token::Var {
            self.problem(self.at(), "var declaration not allowed in for initializer");
            self.next();
        }
        if self.tok != Token::Semicolon {
            header.last = Some(self.simple(true));
        }
        let is_range = matches!(header.last, Some(Simple::Range(_)));
        if is_range || self.tok != Token::Semicolon || self.newline_before_body() {
            return (header, None);
        }
        self.next();
        header.init = header.last.take().map(|init| self.simple_to_stmt(init));
        if self.tok == Token::LBrace {
            self.problem(self.at(), "expected for loop condition");
            return (header, None);
        }
        if self.tok != Token::Semicolon {
            header.last = Some(self.simple(false));
        }
        let mut post = None;
        if self.got(Token::Semicolon) {
            if self.tok != Token::LBrace {
                let simple = self.simple(false);
                let stmt = self.simple_to_stmt(simple);
                if let StmtKind::Assign {
                    op: AssignOp::Define,
                    ..
                } = self.ast.stmt(stmt).kind
                {
                    let at = self.ast.stmt(stmt).pos;
                    self.problem(at, "cannot declare in post statement of for loop");
                }
                post = Some(stmt);
            }
        } else {
            self.unexpected("expected for loop condition and post statement");
        }
        (header, post)
    }

    fn switch_stmt(&mut self) -> StmtId {
        let pos = self.at();
        self.next();
        let header = self.header(Self::init_and_last);
        let init = header.init;
        let (tag, guard) = match header.last {
            None => (None, None),
            Some(Simple::Expr(x)) if self.is_type_guard(x) => (None, Some(self.expr_stmt(x))),
            Some(Simple::Expr(tag)) => (Some(tag), None),
            Some(other) => {
                let stmt = self.simple_to_stmt(other);
                if self.ast.type_guard(stmt).is_some() {
                    self.check_type_guard(stmt);
                    (None, Some(stmt))
                } else {
                    let range = self.ast.stmt(stmt).range;
                    self.problem(range.start, "cannot use statement as value");
                    let start = range.start;
                    (
                        Some(self.add_expr(ExprKind::Bad, start, range.end, start)),
                        None,
                    )
                }
            }
        };
        let (clauses, lbrace) = self.clauses(Self::case_clause, " after switch clause");
        let end = self.prev_end;
        let kind = match guard {
            Some(guard) => StmtKind::TypeSwitch {
                init,
                guard,
                clauses,
                lbrace,
            },
            None => StmtKind::Switch {
                init,
                tag,
                clauses,
                lbrace,
            },
        };
        self.add_stmt(kind, pos, end, pos)
    }

    fn is_type_guard(&self, x: ExprId) -> bool {
        matches!(self.ast.expr(x).kind, ExprKind::TypeAssert { ty: None, .. })
    }

    /// `x := y.(type)` declares one name.
    fn check_type_guard(&mut self, guard: StmtId) {
        if let StmtKind::Assign { lhs, op, rhs } = self.ast.stmt(guard).kind {
            let at = self.ast.stmt(guard).pos;
            if op != AssignOp::Define {
                self.problem(at, "expected := in type switch guard");
            } else if lhs.len() != 1 || rhs.len() != 1 {
                self.problem(at, "type switch guard declares one variable");
            }
        }
    }

    fn select_stmt(&mut self) -> StmtId {
        let pos = self.at();
        self.next();
        let (clauses, lbrace) = self.clauses(Self::comm_clause, " after select clause");
        let end = self.prev_end;
        self.add_stmt(StmtKind::Select { clauses, lbrace }, pos, end, pos)
    }

    /// `{ clauses }`; also gives the offset of the `{`.
    fn clauses(
        &mut self,
        clause: impl Fn(&mut Self) -> StmtId,
        context: &str,
    ) -> (List<StmtId>, u32) {
        let lbrace = self.at();
        if self.tok != Token::LBrace {
            self.unexpected(&format!("expected {{{context}"));
            return (List::EMPTY, self.prev_end);
        }
        self.next();
        let mark = self.mark::<StmtId>();
        while !matches!(self.tok, Token::Eof | Token::RBrace) {
            if matches!(self.tok, Token::Case | Token::Default) {
                let clause = clause(self);
                self.push(clause);
                continue;
            }
            self.unexpected("expected case or default or }");
            // What stands here is read as statements, and dropped.
            let before = self.at();
            self.stmt_list();
            if self.at() == before {
                self.next();
            }
        }
        self.expect(Token::RBrace, "");
        (self.list_since(mark), lbrace)
    }

    fn case_clause(&mut self) -> StmtId {
        let pos = self.at();
        let default = self.tok == Token::Default;
        self.next();
        let exprs = if default {
            List::EMPTY
        } else {
            self.expr_list()
        };
        let (colon, body, end) = self.clause_body();
        let kind = StmtKind::Case {
            exprs,
            default,
            body,
            colon,
        };
        self.add_stmt(kind, pos, end, pos)
    }

    fn comm_clause(&mut self) -> StmtId {
        let pos = self.at();
        let default = self.tok == Token::Default;
        self.next();
        let comm = (!default).then(|| {
            let simple = self.simple(false);
            self.simple_to_stmt(simple)
        });
        let (colon, body, end) = self.clause_body();
        let kind = StmtKind::Comm { comm, body, colon };
        self.add_stmt(kind, pos, end, pos)
    }

    /// The colon, the statements, and where they end.
    fn clause_body(&mut self) -> (u32, List<StmtId>, u32) {
        let colon = self.at();
        if self.tok != Token::Colon {
            self.unexpected("expected :");
            self.skip_to(&[Token::Colon, Token::Case, Token::Default, Token::RBrace]);
        }
        self.got(Token::Colon);
        let behind_colon = self.prev_end;
        let body = self.stmt_list();
        let last = self.ast.list(body).last();
        let end = last.map_or(behind_colon, |last| self.ast.stmt(*last).range.end);
        (colon, body, end)
    }

    /// `go` and `defer`.
    fn call_stmt(&mut self) -> StmtId {
        let pos = self.at();
        let is_go = self.tok == Token::Go;
        let keyword = self.tok.text();
        self.next();
        let x = self.expr();
        let inner = self.ast.unparen(x);
        let at = self.start(x);
        match self.ast.expr(inner).kind {
            ExprKind::Call { .. } | ExprKind::Bad if inner == x => {}
            ExprKind::Call { .. } => {
                self.problem(
                    at,
                    format!("expression in {keyword} must not be parenthesized"),
                );
            }
            _ => self.problem(at, format!("expression in {keyword} must be function call")),
        }
        let end = self.end(x);
        let kind = if is_go {
            StmtKind::Go(x)
        } else {
            StmtKind::Defer(x)
        };
        self.add_stmt(kind, pos, end, pos)
    }

    fn return_stmt(&mut self) -> StmtId {
        let pos = self.at();
        self.next();
        let mut results = List::EMPTY;
        let mut end = self.prev_end;
        if !matches!(self.tok, Token::Semicolon | Token::RBrace | Token::Eof) {
            results = self.expr_list();
            end = self
                .ast
                .list(results)
                .last()
                .map_or(end, |last| self.end(*last));
        }
        self.add_stmt(StmtKind::Return(results), pos, end, pos)
    }

    fn branch_stmt(&mut self) -> StmtId {
        let pos = self.at();
        let kind = match self.tok {
            Token::Break => BranchKind::Break,
            Token::Continue => BranchKind::Continue,
            Token::Goto => BranchKind::Goto,
            _ => BranchKind::Fallthrough,
        };
        self.next();
        let takes_label = match kind {
            BranchKind::Goto => true,
            BranchKind::Fallthrough => false,
            _ => self.tok == Token::Ident,
        };
        let label = takes_label.then(|| self.ident());
        let end = self.prev_end;
        self.add_stmt(StmtKind::Branch { kind, label }, pos, end, pos)
    }
}
