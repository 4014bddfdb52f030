//! Types.

use base::TextRange;

use super::Parser;
use crate::ast::{ChanDir, ExprId, ExprKind, Field, FieldId, List, LitKind, Signature};
use crate::token::{BinaryOp, Token, UnaryOp};

/// What `name [ … ]` was, where a name and a type may stand or a type alone.
pub(super) enum ArrayOrInstance {
    /// `name` is one, and this is its array or slice type.
    Array(ExprId),
    /// `name[A, B]` is a type.
    Instance(ExprId),
}

impl Parser<'_> {
    pub(super) fn type_expr(&mut self) -> ExprId {
        if let Some(ty) = self.try_type() {
            return ty;
        }
        let bad = self.bad_expr();
        self.unexpected("expected type");
        self.skip_to(&[
            Token::Comma,
            Token::Colon,
            Token::Semicolon,
            Token::RParen,
            Token::RBrack,
            Token::RBrace,
            Token::LBrace,
        ]);
        bad
    }

    /// Reads a type if one starts here.
    pub(super) fn try_type(&mut self) -> Option<ExprId> {
        if !self.enter() {
            self.leave();
            return Some(self.bad_expr());
        }
        let ty = match self.tok {
            Token::Ident => Some(self.type_name()),
            Token::LBrack => Some(self.array_type()),
            Token::Struct => Some(self.struct_type()),
            Token::Mul => Some(self.pointer_type()),
            Token::Func => Some(self.func_type()),
            Token::Interface => Some(self.interface_type()),
            Token::Map => Some(self.map_type()),
            Token::Chan | Token::Arrow => Some(self.chan_type()),
            Token::LParen => Some(self.paren_type()),
            _ => None,
        };
        self.leave();
        ty
    }

    fn type_name(&mut self) -> ExprId {
        let name = self.ident();
        self.type_name_rest(name)
    }

    /// `.Name` and type arguments behind a name.
    pub(super) fn type_name_rest(&mut self, name: ExprId) -> ExprId {
        let start = self.start(name);
        let mut ty = name;
        if self.tok == Token::Period {
            let pos = self.at();
            self.next();
            let sel = self.ident();
            let end = self.prev_end;
            ty = self.add_expr(ExprKind::Selector { x: name, sel }, start, end, pos);
        }
        if self.tok == Token::LBrack {
            ty = self.instance(ty);
        }
        ty
    }

    /// `x[A, B]`, from the bracket on.
    fn instance(&mut self, x: ExprId) -> ExprId {
        let (start, pos) = (self.start(x), self.at());
        self.next();
        let mark = self.mark::<ExprId>();
        if self.tok == Token::RBrack {
            self.problem(self.at(), "expected type argument list");
            let bad = self.bad_expr();
            self.push(bad);
        }
        let end = self.nested(|p| {
            p.separated(Token::Comma, Token::RBrack, "type argument list", |p| {
                let argument = p.type_expr();
                p.push(argument);
            })
        });
        let indices = self.list_since(mark);
        self.add_expr(ExprKind::Index { x, indices }, start, end, pos)
    }

    fn paren_type(&mut self) -> ExprId {
        let pos = self.at();
        self.next();
        let ty = self.nested(Self::type_expr);
        self.expect(Token::RParen, "");
        let end = self.prev_end;
        self.add_expr(ExprKind::Paren(ty), pos, end, pos)
    }

    fn pointer_type(&mut self) -> ExprId {
        let pos = self.at();
        self.next();
        let ty = self.type_expr();
        let end = self.end(ty);
        self.add_expr(ExprKind::Star(ty), pos, end, pos)
    }

    fn array_type(&mut self) -> ExprId {
        let pos = self.at();
        self.next();
        let len = self.array_len();
        self.array_type_rest(pos, len)
    }

    /// What stands in the brackets; `None` for a slice.
    fn array_len(&mut self) -> Option<ExprId> {
        match self.tok {
            Token::RBrack => None,
            Token::Ellipsis => {
                let range = self.range;
                self.next();
                let kind = ExprKind::Ellipsis(None);
                Some(self.add_expr(kind, range.start, range.end, range.start))
            }
            _ => Some(self.nested(Self::expr)),
        }
    }

    /// From the closing bracket on.
    pub(super) fn array_type_rest(&mut self, pos: u32, len: Option<ExprId>) -> ExprId {
        if self.tok == Token::Comma {
            self.unexpected("expected ]");
            self.next();
        }
        self.expect(Token::RBrack, "");
        let elem = self.type_expr();
        let end = self.end(elem);
        self.add_expr(ExprKind::ArrayType { len, elem }, pos, end, pos)
    }

    /// At the bracket behind `name`.
    pub(super) fn array_or_instance(&mut self, name: ExprId) -> ArrayOrInstance {
        let (start, pos) = (self.start(name), self.at());
        self.next();
        if matches!(self.tok, Token::RBrack | Token::Ellipsis) {
            let len = self.array_len();
            return ArrayOrInstance::Array(self.array_type_rest(pos, len));
        }
        let indices = self.nested(|p| {
            let first = p.expr();
            p.index_list(first)
        });
        self.expect(Token::RBrack, "");
        let end = self.prev_end;
        if let [len] = *self.ast.list(indices)
            && let Some(elem) = self.try_type()
        {
            let end = self.end(elem);
            let len = Some(len);
            let kind = ExprKind::ArrayType { len, elem };
            return ArrayOrInstance::Array(self.add_expr(kind, pos, end, pos));
        }
        let kind = ExprKind::Index { x: name, indices };
        ArrayOrInstance::Instance(self.add_expr(kind, start, end, pos))
    }

    fn map_type(&mut self) -> ExprId {
        let pos = self.at();
        self.next();
        self.expect(Token::LBrack, "");
        let key = self.nested(Self::type_expr);
        self.expect(Token::RBrack, "");
        let value = self.type_expr();
        let end = self.end(value);
        self.add_expr(ExprKind::MapType { key, value }, pos, end, pos)
    }

    fn chan_type(&mut self) -> ExprId {
        let pos = self.at();
        let mut dir = ChanDir::Both;
        if self.got(Token::Arrow) {
            self.expect(Token::Chan, "");
            dir = ChanDir::Recv;
        } else {
            self.next();
            if self.got(Token::Arrow) {
                dir = ChanDir::Send;
            }
        }
        let elem = self.type_expr();
        let end = self.end(elem);
        self.add_expr(ExprKind::ChanType { dir, elem }, pos, end, pos)
    }

    /// `func(…) …`
    pub(super) fn func_type(&mut self) -> ExprId {
        let start = self.at();
        self.next();
        let pos = self.at();
        if self.tok == Token::LBrack {
            self.problem(pos, "function type must have no type parameters");
            self.type_params();
        }
        self.signature(start, pos, None)
    }

    /// Parameters and results, as a function type that starts at `start`.
    pub(super) fn signature(
        &mut self,
        start: u32,
        pos: u32,
        type_params: Option<(List<FieldId>, TextRange)>,
    ) -> ExprId {
        let (params, params_range) = self.params();
        let mut results = List::EMPTY;
        let mut results_range = None;
        if self.tok == Token::LParen {
            let (list, range) = self.params();
            results = list;
            results_range = Some(range);
        } else if let Some(ty) = self.try_type() {
            let range = self.ast.expr(ty).range;
            let names = List::EMPTY;
            let field = self.add_field(names, ty, None, range);
            results = self.ast.add_list(&[field]);
            results_range = Some(range);
        }
        let end = results_range.unwrap_or(params_range).end;
        let signature = self.ast.add_signature(Signature {
            type_params: type_params.map_or(List::EMPTY, |(list, _)| list),
            type_params_range: type_params.map(|(_, range)| range),
            params,
            params_range,
            results,
            results_range,
        });
        self.add_expr(ExprKind::FuncType(signature), start, end, pos)
    }

    pub(super) fn add_field(
        &mut self,
        names: List<ExprId>,
        ty: ExprId,
        tag: Option<ExprId>,
        range: TextRange,
    ) -> FieldId {
        self.ast.add_field(Field {
            names,
            ty,
            tag,
            range,
        })
    }

    fn struct_type(&mut self) -> ExprId {
        let pos = self.at();
        let (fields, end) =
            self.type_body("struct type", "expected { after struct", Self::struct_field);
        self.add_expr(ExprKind::StructType(fields), pos, end, pos)
    }

    /// The braces after `struct` or `interface`, which stands at the current token, and where they end.
    fn type_body(
        &mut self,
        what: &str,
        missing: &str,
        one: fn(&mut Self) -> FieldId,
    ) -> (List<FieldId>, u32) {
        self.next();
        let mark = self.mark::<FieldId>();
        let mut end = self.prev_end;
        if self.tok == Token::LBrace {
            self.next();
            end = self.separated(Token::Semicolon, Token::RBrace, what, |p| {
                let field = one(p);
                p.push(field);
            });
        } else {
            self.unexpected(missing);
        }
        (self.list_since(mark), end)
    }

    fn struct_field(&mut self) -> FieldId {
        let start = self.at();
        let (names, ty) = match self.tok {
            Token::Ident => self.named_or_embedded(),
            Token::LParen | Token::Mul => (List::EMPTY, self.embedded_type()),
            _ => {
                self.unexpected("expected field name or embedded type");
                self.skip_to(&[Token::Semicolon, Token::RBrace]);
                (List::EMPTY, self.bad_expr())
            }
        };
        let tag = (self.tok == Token::String).then(|| self.basic_lit(LitKind::String));
        let end = self.end(tag.unwrap_or(ty));
        let range = TextRange::new(start, end.max(start));
        self.add_field(names, ty, tag, range)
    }

    fn named_or_embedded(&mut self) -> (List<ExprId>, ExprId) {
        let name = self.ident();
        match self.tok {
            Token::Period | Token::String | Token::Semicolon | Token::RBrace => {
                (List::EMPTY, self.type_name_rest(name))
            }
            Token::LBrack => match self.array_or_instance(name) {
                ArrayOrInstance::Array(ty) => (self.ast.add_list(&[name]), ty),
                ArrayOrInstance::Instance(ty) => (List::EMPTY, ty),
            },
            _ => {
                let mark = self.mark::<ExprId>();
                self.push(name);
                while self.got(Token::Comma) {
                    let name = self.ident();
                    self.push(name);
                }
                let names = self.list_since(mark);
                (names, self.type_expr())
            }
        }
    }

    /// `*T` or, wrongly, `(T)`.
    fn embedded_type(&mut self) -> ExprId {
        let ty = self.type_expr();
        let mut inner = ty;
        loop {
            match self.ast.expr(inner).kind {
                ExprKind::Star(x) => inner = x,
                ExprKind::Paren(_) => {
                    let at = self.start(inner);
                    self.problem(at, "cannot parenthesize embedded type");
                    return ty;
                }
                _ => return ty,
            }
        }
    }

    fn interface_type(&mut self) -> ExprId {
        let pos = self.at();
        let (elements, end) = self.type_body(
            "interface type",
            "expected { after interface",
            Self::interface_element,
        );
        self.add_expr(ExprKind::InterfaceType(elements), pos, end, pos)
    }

    fn interface_element(&mut self) -> FieldId {
        let start = self.at();
        if self.tok != Token::Ident {
            let ty = self.union(None);
            let range = TextRange::new(start, self.end(ty).max(start));
            return self.add_field(List::EMPTY, ty, None, range);
        }
        let name = self.ident();
        let ty = match self.tok {
            Token::LParen => return self.method(name),
            Token::LBrack => {
                let (bracket, depth) = (self.at(), self.nested_brackets_hold_params());
                if depth {
                    self.problem(bracket, "interface method must have no type parameters");
                    self.type_params();
                    return self.method(name);
                }
                self.instance(name)
            }
            _ => self.type_name_rest(name),
        };
        let ty = self.union(Some(ty));
        let range = TextRange::new(start, self.end(ty));
        self.add_field(List::EMPTY, ty, None, range)
    }

    /// Whether `[P C` with two consecutive operands, not `[T]` or `[A, B]`, stands here.
    fn nested_brackets_hold_params(&self) -> bool {
        let mut lexer = crate::lexer::Lexer::new(&self.src[self.range.end as usize..]);
        let is_name = lexer.next().token == Token::Ident;
        let behind = lexer.next().token;
        let ends_argument = matches!(
            behind,
            Token::RBrack | Token::Comma | Token::Period | Token::LBrack | Token::Semicolon
        );
        is_name && !ends_argument
    }

    /// Signature of an interface's method.
    fn method(&mut self, name: ExprId) -> FieldId {
        let pos = self.at();
        let ty = self.signature(pos, pos, None);
        let names = self.ast.add_list(&[name]);
        let range = TextRange::new(self.start(name), self.end(ty));
        self.add_field(names, ty, None, range)
    }

    /// `~A | B | …`, whose first term may have been read.
    pub(super) fn union(&mut self, first: Option<ExprId>) -> ExprId {
        let mut x = first.unwrap_or_else(|| self.union_term());
        while self.tok == Token::Or {
            let pos = self.at();
            self.next();
            let y = self.union_term();
            let (start, end) = (self.start(x), self.end(y));
            let op = BinaryOp::Or;
            x = self.add_expr(ExprKind::Binary { op, x, y }, start, end, pos);
        }
        x
    }

    fn union_term(&mut self) -> ExprId {
        if self.tok != Token::Tilde {
            return self.type_expr();
        }
        let pos = self.at();
        self.next();
        let x = self.type_expr();
        let end = self.end(x);
        let op = UnaryOp::Tilde;
        self.add_expr(ExprKind::Unary { op, x }, pos, end, pos)
    }
}
