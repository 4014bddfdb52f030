//! Expressions. Types may stand wherever expressions may: the checker distinguishes them.

use super::Parser;
use crate::ast::{ChanDir, ExprId, ExprKind, List, LitKind};
use crate::lexer::Lexer;
use crate::token::{Token, UnaryOp};

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> ExprId {
        self.binary_expr(None, 0)
    }

    /// Expressions with commas between them; at least one.
    pub(super) fn expr_list(&mut self) -> List<ExprId> {
        let first = self.expr();
        self.expr_list_from(first)
    }

    pub(super) fn expr_list_from(&mut self, first: ExprId) -> List<ExprId> {
        let mark = self.mark::<ExprId>();
        self.push(first);
        while self.got(Token::Comma) {
            let x = self.expr();
            self.push(x);
        }
        self.list_since(mark)
    }

    /// An expression in brackets, where `{` is a composite literal again.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.expr_level += 1;
        let value = read(self);
        self.expr_level -= 1;
        value
    }

    /// Operators that bind closer than `min`; the left operand may have been read.
    pub(super) fn binary_expr(&mut self, lhs: Option<ExprId>, min: u8) -> ExprId {
        let mut x = lhs.unwrap_or_else(|| self.unary_expr());
        while let Some(op) = self.tok.binary() {
            let precedence = op.precedence();
            if precedence <= min {
                break;
            }
            let pos = self.at();
            self.next();
            let y = self.binary_expr(None, precedence);
            let (start, end) = (self.start(x), self.end(y));
            x = self.add_expr(ExprKind::Binary { op, x, y }, start, end, pos);
        }
        x
    }

    pub(super) fn unary_expr(&mut self) -> ExprId {
        let op = match self.tok {
            Token::Add => UnaryOp::Add,
            Token::Sub => UnaryOp::Sub,
            Token::Not => UnaryOp::Not,
            Token::Xor => UnaryOp::Xor,
            Token::And => UnaryOp::And,
            Token::Tilde => UnaryOp::Tilde,
            Token::Arrow => UnaryOp::Arrow,
            Token::Mul => return self.star_expr(),
            _ => return self.primary_expr(None),
        };
        if !self.enter() {
            self.leave();
            return self.bad_expr();
        }
        let pos = self.at();
        self.next();
        let x = self.unary_expr();
        self.leave();
        if op == UnaryOp::Arrow && matches!(self.ast.expr(x).kind, ExprKind::ChanType { .. }) {
            self.receive_type(x, pos);
            return x;
        }
        let end = self.end(x);
        self.add_expr(ExprKind::Unary { op, x }, pos, end, pos)
    }

    fn star_expr(&mut self) -> ExprId {
        if !self.enter() {
            self.leave();
            return self.bad_expr();
        }
        let pos = self.at();
        self.next();
        let x = self.unary_expr();
        self.leave();
        let end = self.end(x);
        self.add_expr(ExprKind::Star(x), pos, end, pos)
    }

    /// What was read as `<-(chan T)` is the type `(<-chan T)`: the arrow moves to the channel. That
    /// of `chan<- T` in it then belongs to `T`, which must be a channel type as well.
    fn receive_type(&mut self, channel: ExprId, arrow: u32) {
        let mut channel = channel;
        let mut arrow = arrow;
        loop {
            let node = *self.ast.expr(channel);
            let ExprKind::ChanType { dir, elem } = node.kind else {
                self.problem(arrow, "unexpected <-, expected chan");
                return;
            };
            let own_arrow = self.send_arrow(node.range.start);
            let kind = ExprKind::ChanType {
                dir: ChanDir::Recv,
                elem,
            };
            self.ast
                .replace_expr(channel, kind, arrow, node.range.end, arrow);
            match dir {
                ChanDir::Both => return,
                ChanDir::Recv => {
                    self.problem(arrow, "unexpected <-, expected chan");
                    return;
                }
                ChanDir::Send => {
                    channel = elem;
                    arrow = own_arrow;
                }
            }
        }
    }

    /// Offset of the arrow of the `chan<-` at `start`.
    fn send_arrow(&self, start: u32) -> u32 {
        let mut lexer = Lexer::new(&self.src[start as usize..]);
        lexer.next();
        start + lexer.next().range.start
    }

    /// An operand (which may have been read) and what follows it.
    pub(super) fn primary_expr(&mut self, operand: Option<ExprId>) -> ExprId {
        if !self.enter() {
            self.leave();
            return self.bad_expr();
        }
        let mut x = operand.unwrap_or_else(|| self.operand());
        loop {
            match self.tok {
                Token::Period => x = self.selector_or_assertion(x),
                Token::LBrack => x = self.index_or_slice(x),
                Token::LParen => x = self.call(x),
                Token::LBrace if self.may_be_literal_type(x) => {
                    let inner = self.ast.unparen(x);
                    if inner != x {
                        let at = self.start(inner);
                        self.problem(at, "cannot parenthesize type in composite literal");
                    }
                    let start = self.start(x);
                    x = self.composite_lit(Some(x), start);
                }
                _ => break,
            }
        }
        self.leave();
        x
    }

    fn operand(&mut self) -> ExprId {
        let kind = match self.tok {
            Token::Ident => return self.ident(),
            Token::Int => LitKind::Int,
            Token::Float => LitKind::Float,
            Token::Imag => LitKind::Imag,
            Token::Char => LitKind::Char,
            Token::String => LitKind::String,
            Token::LParen => return self.paren_expr(),
            Token::Func => return self.func_type_or_lit(),
            Token::LBrack | Token::Struct | Token::Map | Token::Chan | Token::Interface => {
                return self.type_expr();
            }
            _ => {
                let bad = self.bad_expr();
                self.unexpected("expected expression");
                self.skip_to(&[
                    Token::RParen,
                    Token::RBrack,
                    Token::RBrace,
                    Token::Semicolon,
                    Token::Comma,
                ]);
                return bad;
            }
        };
        self.basic_lit(kind)
    }

    pub(super) fn basic_lit(&mut self, kind: LitKind) -> ExprId {
        let range = self.range;
        self.next();
        self.add_expr(
            ExprKind::BasicLit(kind),
            range.start,
            range.end,
            range.start,
        )
    }

    fn paren_expr(&mut self) -> ExprId {
        let pos = self.at();
        self.next();
        let x = self.nested(Self::expr);
        self.expect(Token::RParen, "");
        let end = self.prev_end;
        self.add_expr(ExprKind::Paren(x), pos, end, pos)
    }

    fn func_type_or_lit(&mut self) -> ExprId {
        let ty = self.func_type();
        if self.tok != Token::LBrace {
            return ty;
        }
        let body = self.func_body();
        let (start, end) = (self.start(ty), self.ast.stmt(body).range.end);
        self.add_expr(ExprKind::FuncLit { ty, body }, start, end, start)
    }

    fn selector_or_assertion(&mut self, x: ExprId) -> ExprId {
        let (start, pos) = (self.start(x), self.at());
        self.next();
        if self.tok != Token::LParen {
            if self.tok != Token::Ident {
                self.unexpected("expected name or (");
            }
            let sel = if self.tok == Token::Ident {
                self.ident()
            } else {
                self.bad_expr()
            };
            let end = self.prev_end;
            return self.add_expr(ExprKind::Selector { x, sel }, start, end, pos);
        }
        self.next();
        let ty = if self.got(Token::Type) {
            None
        } else {
            Some(self.nested(Self::type_expr))
        };
        self.expect(Token::RParen, "");
        let end = self.prev_end;
        self.add_expr(ExprKind::TypeAssert { x, ty }, start, end, pos)
    }

    fn index_or_slice(&mut self, x: ExprId) -> ExprId {
        let (start, pos) = (self.start(x), self.at());
        self.next();
        if self.tok == Token::RBrack {
            self.problem(self.at(), "expected operand");
            let bad = self.bad_expr();
            self.next();
            let indices = self.ast.add_list(&[bad]);
            let end = self.prev_end;
            return self.add_expr(ExprKind::Index { x, indices }, start, end, pos);
        }
        let kind = self.nested(|p| {
            let first = (p.tok != Token::Colon).then(|| p.expr());
            match first {
                Some(first) if p.tok != Token::Colon => {
                    let indices = p.index_list(first);
                    ExprKind::Index { x, indices }
                }
                lo => p.slice_rest(x, lo),
            }
        });
        self.expect(Token::RBrack, "");
        let end = self.prev_end;
        self.add_expr(kind, start, end, pos)
    }

    /// The indices or type arguments behind the first; a comma may stand at the end.
    pub(super) fn index_list(&mut self, first: ExprId) -> List<ExprId> {
        let mark = self.mark::<ExprId>();
        self.push(first);
        while self.got(Token::Comma) && self.tok != Token::RBrack {
            let x = self.expr();
            self.push(x);
        }
        self.list_since(mark)
    }

    /// From the first colon on.
    fn slice_rest(&mut self, x: ExprId, lo: Option<ExprId>) -> ExprKind {
        self.next();
        let ends = |tok| matches!(tok, Token::Colon | Token::RBrack | Token::Eof);
        let hi = (!ends(self.tok)).then(|| self.expr());
        let three = self.tok == Token::Colon;
        let mut max = None;
        if three {
            if hi.is_none() {
                self.problem(self.at(), "middle index required in 3-index slice");
            }
            self.next();
            if ends(self.tok) {
                self.problem(self.at(), "final index required in 3-index slice");
            } else {
                max = Some(self.expr());
            }
        }
        ExprKind::Slice {
            x,
            lo,
            hi,
            max,
            three,
        }
    }

    fn call(&mut self, fun: ExprId) -> ExprId {
        let (start, pos) = (self.start(fun), self.at());
        self.next();
        let mark = self.mark::<ExprId>();
        let mut spread = false;
        let end = self.nested(|p| {
            p.separated(Token::Comma, Token::RParen, "argument list", |p| {
                let argument = p.expr();
                p.push(argument);
                spread |= p.got(Token::Ellipsis);
            })
        });
        let args = self.list_since(mark);
        self.add_expr(ExprKind::Call { fun, args, spread }, start, end, pos)
    }

    /// Whether `x {` starts a composite literal here.
    fn may_be_literal_type(&self, x: ExprId) -> bool {
        match self.ast.expr(self.ast.unparen(x)).kind {
            ExprKind::Ident(_) | ExprKind::Selector { .. } | ExprKind::Index { .. } => {
                self.expr_level >= 0
            }
            ExprKind::ArrayType { .. } | ExprKind::StructType(_) | ExprKind::MapType { .. } => true,
            _ => false,
        }
    }

    /// From the `{` on.
    fn composite_lit(&mut self, ty: Option<ExprId>, start: u32) -> ExprId {
        if !self.enter() {
            self.leave();
            return self.bad_expr();
        }
        let pos = self.at();
        self.next();
        let mark = self.mark::<ExprId>();
        let end = self.nested(|p| {
            p.separated(Token::Comma, Token::RBrace, "composite literal", |p| {
                let element = p.literal_element();
                p.push(element);
            })
        });
        self.leave();
        let elems = self.list_since(mark);
        self.add_expr(ExprKind::CompositeLit { ty, elems }, start, end, pos)
    }

    fn literal_element(&mut self) -> ExprId {
        let key = self.literal_value();
        if self.tok != Token::Colon {
            return key;
        }
        let pos = self.at();
        self.next();
        let value = self.literal_value();
        let (start, end) = (self.start(key), self.end(value));
        self.add_expr(ExprKind::KeyValue { key, value }, start, end, pos)
    }

    fn literal_value(&mut self) -> ExprId {
        if self.tok == Token::LBrace {
            let start = self.at();
            self.composite_lit(None, start)
        } else {
            self.expr()
        }
    }
}
