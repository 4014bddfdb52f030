//! Files and declarations.

use base::TextRange;

use super::{Open, Parser, Top};
use crate::ast::{
    Decl, DeclId, DeclKind, ExprId, ExprKind, FuncDecl, GenKind, List, LitKind, Spec, SpecId,
    SpecKind,
};
use crate::directive::{self, Embed};
use crate::lexer::Lexer;
use crate::pragma::Pragmas;
use crate::symbol::Symbol;
use crate::token::{BinaryOp, Token};

const DECL_KEYWORDS: [Token; 5] = [
    Token::Import,
    Token::Const,
    Token::Type,
    Token::Var,
    Token::Func,
];

pub(super) fn starts_decl(token: Token) -> bool {
    DECL_KEYWORDS.contains(&token)
}

/// Number of functions or specs in a declaration.
pub(super) fn n_declared(decl: DeclKind) -> usize {
    match decl {
        DeclKind::Bad => 0,
        DeclKind::Func(_) => 1,
        DeclKind::Gen { specs, .. } => specs.len(),
    }
}

/// A declaration group while it is read.
struct Group {
    keyword: GenKind,
    /// Number of specs before this one.
    iota: u32,
    /// The constant whose type and values the next one repeats.
    repeats: Option<SpecId>,
    /// Pragmas in front of the keyword of a declaration without parentheses.
    pragmas: Pragmas,
}

impl Parser<'_> {
    pub(super) fn file(&mut self) -> Top {
        let package_pos = self.at();
        let mut package = None;
        if self.got(Token::Package) {
            package = Some(self.ident());
            if !self.got(Token::Semicolon) && self.tok != Token::Eof {
                self.unexpected("after package clause");
                self.skip_to_decl();
            }
        } else {
            self.problem(package_pos, "package statement must be first");
        }
        let mut top = Top {
            package,
            package_pos,
            decls: Vec::new(),
            imports: Vec::new(),
        };
        self.top_level(&mut top);
        top
    }

    fn top_level(&mut self, top: &mut Top) {
        let mut only_imports = true;
        loop {
            self.resume();
            if self.tok == Token::Eof {
                return;
            }
            if !starts_decl(self.tok) {
                let bodyless = top
                    .decls
                    .last()
                    .copied()
                    .filter(|_| self.tok == Token::LBrace);
                if !bodyless.is_some_and(|last| self.late_body(last)) {
                    self.stray_text(top);
                }
                continue;
            }
            let is_import = self.tok == Token::Import;
            if is_import && !only_imports {
                self.problem(self.at(), "imports must appear before other declarations");
            }
            only_imports &= is_import;
            self.open = Open::Decl;
            let decl = self.top_level_decl();
            self.open = Open::Nothing;
            self.depth = 0;
            self.expr_level = 0;
            self.add_top(top, decl);
            if self.tok != Token::Eof && !self.got(Token::Semicolon) && !starts_decl(self.tok) {
                self.unexpected("after top level declaration");
                self.skip_to_decl();
            }
        }
    }

    fn add_top(&self, top: &mut Top, decl: DeclId) {
        top.decls.push(decl);
        if let DeclKind::Gen {
            keyword: GenKind::Import,
            specs,
            ..
        } = self.ast.decl(decl).kind
        {
            top.imports.extend_from_slice(self.ast.list(specs));
        }
    }

    fn top_level_decl(&mut self) -> DeclId {
        if self.tok == Token::Func {
            self.func_decl()
        } else {
            self.gen_decl()
        }
    }

    /// A body that stands below its function.
    fn late_body(&mut self, decl: DeclId) -> bool {
        let mut node = *self.ast.decl(decl);
        let DeclKind::Func(func) = &mut node.kind else {
            return false;
        };
        if func.body.is_some() {
            return false;
        }
        self.problem(self.at(), "unexpected semicolon or newline before {");
        self.open = Open::Decl;
        func.body = Some(self.func_body());
        self.open = Open::Nothing;
        node.range.end = self.prev_end;
        self.ast.replace_decl(decl, node);
        self.got(Token::Semicolon);
        true
    }

    fn stray_text(&mut self, top: &mut Top) {
        let start = self.at();
        if self.tok == Token::Semicolon {
            self.problem(start, "unexpected semicolon outside function body");
            self.next();
            return;
        }
        self.problem(start, "non-declaration statement outside function body");
        if self.tok == Token::LParen {
            let group = self.gen_decl();
            self.add_top(top, group);
            self.got(Token::Semicolon);
            return;
        }
        self.skip_to_decl();
        let range = TextRange::new(start, self.prev_end.max(start));
        let bad = Decl {
            kind: DeclKind::Bad,
            range,
            pos: start,
        };
        top.decls.push(self.ast.add_decl(bad));
    }

    /// Skips to a token that can start a top-level declaration.
    fn skip_to_decl(&mut self) {
        while self.tok != Token::Eof && !starts_decl(self.tok) {
            self.next();
        }
    }

    fn func_decl(&mut self) -> DeclId {
        let pragmas = self.pragmas();
        let start = self.at();
        self.keyword();
        let pos = self.at();
        let (mut recv, mut recv_range) = (List::EMPTY, None);
        if self.tok == Token::LParen {
            let (fields, range) = self.params();
            match fields.len() {
                0 => self.problem(range.start, "method has no receiver"),
                1 => {}
                _ => self.problem(range.start, "method has multiple receivers"),
            }
            recv = fields;
            recv_range = Some(range);
        }
        let name = self.ident();
        let signature_pos = self.at();
        let type_params = (self.tok == Token::LBrack).then(|| self.type_params());
        let ty = self.signature(start, signature_pos, type_params);
        let body = (self.tok == Token::LBrace).then(|| self.func_body());
        let func = FuncDecl {
            recv,
            recv_range,
            name,
            ty,
            body,
            pragmas,
        };
        let end = body.map_or(self.end(ty), |body| self.ast.stmt(body).range.end);
        self.ast.add_decl(Decl {
            kind: DeclKind::Func(func),
            range: TextRange::new(start, end.max(start)),
            pos,
        })
    }

    /// `import`, `const`, `type` or `var`, also in a function.
    pub(super) fn gen_decl(&mut self) -> DeclId {
        let (keyword, has_keyword) = match self.tok {
            Token::Import => (GenKind::Import, true),
            Token::Const => (GenKind::Const, true),
            Token::Type => (GenKind::Type, true),
            Token::Var => (GenKind::Var, true),
            _ => (self.guess_keyword(), false),
        };
        let mut group = Group {
            keyword,
            iota: 0,
            repeats: None,
            pragmas: self.pragmas(),
        };
        let comments_before_keyword = self.comments_before..self.lexer.comments.len();
        let start = self.at();
        if has_keyword {
            self.keyword();
        }
        let mark = self.mark::<SpecId>();
        let in_parens = self.tok == Token::LParen || self.lost_paren();
        let is_top = self.depth == 0 && self.open == Open::Decl;
        let mut end;
        if in_parens {
            self.expect(Token::LParen, "");
            end = self.separated(
                Token::Semicolon,
                Token::RParen,
                "grouped declarations",
                |p| loop {
                    group.pragmas = p.pragmas();
                    let comments = p.comments_before..p.lexer.comments.len();
                    if is_top {
                        p.open = Open::Spec;
                    }
                    p.spec(&mut group, comments);
                    if is_top {
                        p.open = Open::Decl;
                    }
                    if !p.resume_group() {
                        break;
                    }
                },
            );
        } else {
            end = self.prev_end;
            if let Some(spec) = self.spec(&mut group, comments_before_keyword) {
                end = self.ast.spec(spec).range.end;
            }
        }
        end = end.max(start);
        let specs = self.list_since(mark);
        let keyword = group.keyword;
        let kind = DeclKind::Gen {
            keyword,
            specs,
            group: in_parens,
        };
        let range = TextRange::new(start, end);
        let pos = start;
        self.ast.add_decl(Decl { kind, range, pos })
    }

    /// Reads the keyword of a declaration, even if it stands there twice.
    fn keyword(&mut self) {
        let keyword = self.tok;
        self.next();
        if self.tok == keyword {
            self.unexpected("expected name or (");
            self.next();
        }
    }

    /// A newline behind the keyword: formatted code has one behind `(` only.
    fn lost_paren(&self) -> bool {
        let between = self.prev_end as usize..self.range.start as usize;
        self.split && self.src[between].contains('\n')
    }

    /// What a group that starts with `(` declares, from its first line.
    fn guess_keyword(&self) -> GenKind {
        let rest = &self.src[self.range.end as usize..];
        let mut lexer = Lexer::new(rest);
        let (first, second) = (lexer.next().token, lexer.next().token);
        let line = rest.trim_start().lines().next().unwrap_or_default();
        match (first, second) {
            (Token::String, _) | (_, Token::String) => GenKind::Import,
            (_, Token::Struct | Token::Interface) => GenKind::Type,
            _ if line.contains("iota") => GenKind::Const,
            _ => GenKind::Var,
        }
    }

    fn spec(&mut self, group: &mut Group, comments: std::ops::Range<usize>) -> Option<SpecId> {
        if self.tok == Token::LParen {
            self.unexpected("expected name");
            self.next();
        }
        let start = self.at();
        let kind = match group.keyword {
            GenKind::Import => self.import_spec()?,
            GenKind::Const => self.const_spec(group),
            GenKind::Var => self.var_spec(),
            GenKind::Type => self.type_spec(group.pragmas),
        };
        let range = TextRange::new(start, self.prev_end.max(start));
        let spec = self.ast.add_spec(Spec { kind, range });
        match kind {
            SpecKind::Const { ty, values, .. } if ty.is_some() || !values.is_empty() => {
                group.repeats = Some(spec);
            }
            SpecKind::Var { .. } => {
                let comments = &self.lexer.comments[comments];
                let patterns = directive::embed_patterns(self.src, comments);
                if !patterns.is_empty() {
                    self.embeds.push(Embed { spec, patterns });
                }
            }
            _ => {}
        }
        group.iota += 1;
        self.push(spec);
        Some(spec)
    }

    fn import_spec(&mut self) -> Option<SpecKind> {
        let name = match self.tok {
            Token::Ident => Some(self.ident()),
            Token::Period => {
                let range = self.range;
                self.next();
                let kind = ExprKind::Ident(Symbol::DOT);
                Some(self.add_expr(kind, range.start, range.end, range.start))
            }
            _ => None,
        };
        if self.tok == Token::String {
            let path = self.basic_lit(LitKind::String);
            return Some(SpecKind::Import { name, path });
        }
        if self.tok.is_literal() {
            self.problem(self.at(), "import path must be a string");
            self.next();
        } else {
            self.unexpected("expected import path");
            self.skip_to(&[Token::Semicolon, Token::RParen]);
        }
        None
    }

    fn const_spec(&mut self, group: &Group) -> SpecKind {
        let names = self.ident_list();
        let ty = self.value_type();
        let values = self.value_list();
        let missing = values.is_empty() && (ty.is_some() || group.repeats.is_none());
        if missing {
            self.unexpected("expected = and a constant expression");
        }
        let repeats = ty.is_none() && values.is_empty();
        SpecKind::Const {
            names,
            ty,
            values,
            iota: group.iota,
            inherited: group.repeats.filter(|_| repeats),
        }
    }

    fn var_spec(&mut self) -> SpecKind {
        let names = self.ident_list();
        let ty = self.value_type();
        let values = self.value_list();
        if ty.is_none() && values.is_empty() {
            self.unexpected("expected type");
            self.skip_to(&[Token::Semicolon, Token::RParen, Token::RBrace]);
        }
        SpecKind::Var { names, ty, values }
    }

    fn value_type(&mut self) -> Option<ExprId> {
        if matches!(self.tok, Token::Assign | Token::Semicolon | Token::RParen) {
            return None;
        }
        self.try_type()
    }

    fn value_list(&mut self) -> List<ExprId> {
        if self.got(Token::Assign) {
            self.expr_list()
        } else {
            List::EMPTY
        }
    }

    fn type_spec(&mut self, pragmas: Pragmas) -> SpecKind {
        let name = self.ident();
        let (mut type_params, mut array) = (List::EMPTY, None);
        if self.tok == Token::LBrack {
            let bracket = self.at();
            self.next();
            match self.tok {
                Token::Ident => match self.array_len_or_type_param() {
                    Ok(len) => array = Some(self.array_type_rest(bracket, Some(len))),
                    Err(first) => type_params = self.type_params_rest(bracket, Some(first)).0,
                },
                Token::RBrack => array = Some(self.array_type_rest(bracket, None)),
                Token::Ellipsis => {
                    let range = self.range;
                    self.next();
                    let kind = ExprKind::Ellipsis(None);
                    let len = self.add_expr(kind, range.start, range.end, range.start);
                    array = Some(self.array_type_rest(bracket, Some(len)));
                }
                _ => {
                    let len = self.nested(Self::expr);
                    array = Some(self.array_type_rest(bracket, Some(len)));
                }
            }
        }
        let alias = array.is_none() && self.got(Token::Assign);
        let ty = array.unwrap_or_else(|| self.type_expr());
        SpecKind::Type {
            name,
            type_params,
            alias,
            ty,
            pragmas,
        }
    }

    /// After `type T [`, at a name: reads an expression and decides by what it is and what follows
    /// whether it is an array length or (`Err`) the first type parameter with its constraint, as far
    /// as that was read.
    fn array_len_or_type_param(&mut self) -> Result<ExprId, (ExprId, Option<ExprId>)> {
        let name = self.ident();
        let mut x = name;
        if self.tok != Token::LBrack {
            x = self.nested(|p| {
                let operand = p.primary_expr(Some(name));
                p.binary_expr(Some(operand), 0)
            });
        }
        if x == name {
            let is_len = self.tok == Token::RBrack;
            return if is_len { Ok(name) } else { Err((name, None)) };
        }
        let is_list = self.tok == Token::Comma;
        match self.as_constraint(x, name, is_list) {
            Some(constraint) => Err((name, Some(constraint))),
            None => Ok(x),
        }
    }

    /// Reads `name *T`, `name (T)` and `name *A | B` as a name and its constraint, if that is what
    /// they must be (`force`), or what they can only be. The nodes are changed accordingly.
    fn as_constraint(&mut self, x: ExprId, name: ExprId, force: bool) -> Option<ExprId> {
        let (mut force, mut first) = (force, x);
        let mut operators = Vec::new();
        while let ExprKind::Binary {
            op: BinaryOp::Or,
            x: left,
            y,
        } = self.ast.expr(first).kind
        {
            operators.push(first);
            force |= self.ast.is_type_element(y);
            first = left;
        }
        let node = *self.ast.expr(first);
        let (kind, operand) = match node.kind {
            ExprKind::Binary {
                op: BinaryOp::Mul,
                x: left,
                y,
            } if left == name => (ExprKind::Star(y), y),
            ExprKind::Call {
                fun,
                args,
                spread: false,
            } if fun == name => {
                let [argument] = *self.ast.list(args) else {
                    return None;
                };
                (ExprKind::Paren(argument), argument)
            }
            _ => return None,
        };
        if !force && !self.ast.is_type_element(operand) {
            return None;
        }
        // The name is not part of the constraint: all start behind it now.
        let start = node.pos;
        let end = node.range.end;
        self.ast.replace_expr(first, kind, start, end, start);
        for operator in operators {
            let node = *self.ast.expr(operator);
            let end = node.range.end;
            self.ast
                .replace_expr(operator, node.kind, start, end, node.pos);
        }
        Some(x)
    }

    /// The pragmas in the comments in front of the current token.
    fn pragmas(&self) -> Pragmas {
        let comments = &self.lexer.comments[self.comments_before..];
        directive::pragmas(self.src, comments)
    }
}
