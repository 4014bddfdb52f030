//! Tokens to a tree: recursive descent that never gives up.
//!
//! Where the text is wrong, a problem is noted (one per line), the parser skips to a token that can
//! follow, and a hole stands in the tree. Text that parses with problems is read a second time,
//! *split*: a declaration keyword in the first column then ends whatever is open, as formatted code
//! has its declarations there and nothing else; within a group in parentheses, so does a name behind
//! a single tab. So a brace too many or too few costs one declaration, not the rest of the file. The
//! reading that declares more is kept.

mod decl;
mod expr;
mod params;
mod stmt;
mod types;

use std::sync::Arc;

use base::{LineIndex, TextRange};
use rustc_hash::FxHashMap;

use crate::ast::{
    Ast, DeclId, Expr, ExprId, ExprKind, FieldId, List, ListItem, SpecId, Stmt, StmtId, StmtKind,
};
use crate::directive::Directives;
use crate::file::File;
use crate::lexer::{Lexeme, Lexer};
use crate::problem::{self, MAX_PROBLEMS, Problem};
use crate::symbol::Symbol;
use crate::token::Token;

/// Deeper nesting of expressions, types and statements is not read; a construct may count for up to
/// four.
pub const MAX_NESTING: u32 = 40_000;

/// Nesting that fits a stack of 2 MiB, also in an unoptimised build. What nests deeper is read once
/// more, on a stack of its own.
const SHALLOW: u32 = 500;

/// Stack for [`MAX_NESTING`] in an unoptimised build; reserved, not used.
const DEEP_STACK: usize = 512 << 20;

/// Reads a Go source file. At most [`MAX_PROBLEMS`] problems are returned.
///
/// ```
/// let (file, problems) = go_syntax::parse(b"package p\n\nfunc f() int { return 1 + 2 }\n");
/// assert!(problems.is_empty());
/// assert_eq!(file.package_name().as_str(), "p");
/// assert_eq!(file.decls.len(), 1);
/// ```
pub fn parse(src: &[u8]) -> (File, Vec<Problem>) {
    if u32::try_from(src.len()).is_err() {
        let problem = Problem::new(0, "file is larger than 4 GiB");
        let empty = parse_once(&Arc::from(""), &[], false, SHALLOW);
        return (empty.file, vec![problem]);
    }
    let (text, encoding) = to_utf8(src);
    let read = |max_nesting| read(&text, &encoding, max_nesting);
    let (file, problems, too_deep) = read(SHALLOW);
    if too_deep && let Some((file, problems, _)) = base::on_stack(DEEP_STACK, || read(MAX_NESTING))
    {
        return (file, problems);
    }
    (file, problems)
}

/// The better of two readings; also whether nesting went deeper than allowed.
fn read(text: &Arc<str>, encoding: &[Problem], max_nesting: u32) -> (File, Vec<Problem>, bool) {
    let whole = parse_once(text, encoding, false, max_nesting);
    if !whole.has_syntax_error || (whole.too_deep && max_nesting < MAX_NESTING) {
        return (whole.file, whole.problems, whole.too_deep);
    }
    let split = parse_once(text, encoding, true, max_nesting);
    let worth = |reading: &Reading| {
        (
            n_declared(&reading.file),
            std::cmp::Reverse(reading.problems.len()),
        )
    };
    let too_deep = whole.too_deep || split.too_deep;
    let better = if worth(&split) > worth(&whole) {
        split
    } else {
        whole
    };
    (better.file, better.problems, too_deep)
}

/// The text with each byte that is not UTF-8 replaced by `?`.
fn to_utf8(src: &[u8]) -> (Arc<str>, Vec<Problem>) {
    if let Ok(text) = std::str::from_utf8(src) {
        return (Arc::from(text), Vec::new());
    }
    let mut text = String::with_capacity(src.len());
    let mut problems = Vec::new();
    for chunk in src.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            problem::add(&mut problems, text.len() as u32, "invalid UTF-8 encoding");
        }
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    (Arc::from(text), problems)
}

/// Number of top-level functions and specs.
fn n_declared(file: &File) -> usize {
    let decls = file.decls.iter().map(|id| file.ast.decl(*id).kind);
    decls.map(decl::n_declared).sum()
}

/// What came of reading a text once.
struct Reading {
    file: File,
    problems: Vec<Problem>,
    /// A problem is one of syntax, not of encoding or within a literal.
    has_syntax_error: bool,
    /// Nesting went deeper than allowed.
    too_deep: bool,
}

fn parse_once(src: &Arc<str>, encoding: &[Problem], split: bool, max_nesting: u32) -> Reading {
    let lines = LineIndex::new(src.as_bytes());
    let mut parser = Parser::new(src, &lines, split, max_nesting);
    parser.next();
    let top = parser.file();
    let Parser {
        lexer,
        mut ast,
        embeds,
        mut problems,
        too_deep,
        ..
    } = parser;
    let has_syntax_error = !problems.is_empty();
    if has_syntax_error {
        ast.widen_ranges(&top.decls);
    }
    problems.extend(lexer.problems);
    problems.extend_from_slice(encoding);
    problems.sort_by_key(|problem| problem.at);
    problems.dedup_by_key(|problem| problem.at);
    problems.truncate(MAX_PROBLEMS);
    let comments = lexer.comments;
    let directives = Directives::read(src, &comments, top.package_pos);
    let file = File {
        lines,
        ast,
        package: top.package,
        package_pos: top.package_pos,
        decls: top.decls,
        imports: top.imports,
        comments,
        directives,
        embeds,
        src: Arc::clone(src),
    };
    Reading {
        file,
        problems,
        has_syntax_error,
        too_deep: too_deep > 0,
    }
}

/// What a file is made of, beside the tree.
struct Top {
    package: Option<ExprId>,
    package_pos: u32,
    decls: Vec<DeclId>,
    imports: Vec<SpecId>,
}

struct Parser<'a> {
    src: &'a str,
    lines: &'a LineIndex,
    lexer: Lexer<'a>,
    /// The token to be read next, and where it stands.
    tok: Token,
    range: TextRange,
    /// End of the token before it.
    prev_end: u32,
    /// Number of comments in front of the token before it.
    comments_before: usize,
    ast: Ast,
    symbols: FxHashMap<&'a str, Symbol>,
    embeds: Vec<crate::directive::Embed>,
    problems: Vec<Problem>,
    last_problem_line: u32,
    /// Below 0 in the header of `if`, `for`, `switch`, where `{` starts a block; each bracket adds 1.
    expr_level: i32,
    depth: u32,
    max_nesting: u32,
    /// The depth that was more than `max_nesting`, once it was; else 0.
    too_deep: u32,
    /// End what is open at a declaration keyword in the first column.
    split: bool,
    open: Open,
    /// The keyword or name that ended a declaration early.
    held: Option<Lexeme>,
    /// Nesting is too deep: nothing more is read of this declaration, or (not `split`) of the file.
    stopped: bool,
    scratch: Scratch,
}

/// What of the top level is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Decl,
    /// A line of a group.
    Spec,
}

/// Lists under construction, innermost last.
#[derive(Default)]
struct Scratch {
    exprs: Vec<ExprId>,
    stmts: Vec<StmtId>,
    specs: Vec<SpecId>,
    fields: Vec<FieldId>,
}

/// The parser's own stack for a kind of list.
trait Stacked: ListItem {
    fn stack<'p>(parser: &'p mut Parser<'_>) -> (&'p mut Vec<Self>, &'p mut Ast);
}

macro_rules! stacked {
    ($($id:ident in $stack:ident,)*) => {$(
        impl Stacked for $id {
            fn stack<'p>(parser: &'p mut Parser<'_>) -> (&'p mut Vec<Self>, &'p mut Ast) {
                (&mut parser.scratch.$stack, &mut parser.ast)
            }
        }
    )*};
}

stacked! { ExprId in exprs, StmtId in stmts, SpecId in specs, FieldId in fields, }

impl<'a> Parser<'a> {
    fn new(src: &'a str, lines: &'a LineIndex, split: bool, max_nesting: u32) -> Self {
        Self {
            src,
            lines,
            lexer: Lexer::new(src),
            tok: Token::Eof,
            range: TextRange::empty(0),
            prev_end: 0,
            comments_before: 0,
            ast: Ast::with_capacity_for(src.len()),
            symbols: FxHashMap::default(),
            embeds: Vec::new(),
            problems: Vec::new(),
            last_problem_line: 0,
            expr_level: 0,
            depth: 0,
            max_nesting,
            too_deep: 0,
            split,
            open: Open::Nothing,
            held: None,
            stopped: false,
            scratch: Scratch::default(),
        }
    }

    // Tokens.

    fn next(&mut self) {
        self.prev_end = self.range.end;
        if self.stopped || self.held.is_some() {
            return;
        }
        self.comments_before = self.lexer.comments.len();
        let lexeme = loop {
            let lexeme = self.lexer.next();
            if lexeme.token != Token::Illegal {
                break lexeme;
            }
        };
        if self.split && self.ends_what_is_open(lexeme) {
            self.held = Some(lexeme);
            self.tok = Token::Eof;
            self.range = TextRange::empty(lexeme.range.start);
        } else {
            self.tok = lexeme.token;
            self.range = lexeme.range;
        }
    }

    /// A declaration keyword in the first column; a name in the second, or a closing parenthesis in
    /// the first, where a line of a group is read.
    fn ends_what_is_open(&self, lexeme: Lexeme) -> bool {
        let before = &self.src.as_bytes()[..lexeme.range.start as usize];
        let starts_line = |before: &[u8]| matches!(before, [] | [.., b'\n']);
        match (self.open, lexeme.token) {
            (Open::Nothing, _) => false,
            (Open::Spec, Token::RParen) => starts_line(before),
            (Open::Spec, Token::Ident) => before.strip_suffix(b"\t").is_some_and(starts_line),
            (_, token) => decl::starts_decl(token) && starts_line(before),
        }
    }

    /// Takes up reading at the line of a group that ended the one before; whether there is one.
    fn resume_group(&mut self) -> bool {
        let in_group = |lexeme: &Lexeme| !decl::starts_decl(lexeme.token);
        if self.held.as_ref().is_none_or(|held| !in_group(held)) {
            return false;
        }
        self.resume();
        self.tok == Token::Ident
    }

    /// Takes up reading at what ended the declaration before, if something did.
    fn resume(&mut self) {
        if let Some(lexeme) = self.held.take() {
            self.tok = lexeme.token;
            self.range = lexeme.range;
            self.stopped = false;
        }
    }

    /// Offset of the current token.
    fn at(&self) -> u32 {
        self.range.start
    }

    fn got(&mut self, token: Token) -> bool {
        let is = self.tok == token;
        if is {
            self.next();
        }
        is
    }

    /// Reads `token`, or reports that it is missing. Returns where it is or should be.
    fn expect(&mut self, token: Token, context: &str) -> u32 {
        let at = self.at();
        if self.tok == token {
            self.next();
        } else {
            self.unexpected(&format!("{context}expected {}", token.text()));
        }
        at
    }

    /// A `;` that a newline stands for.
    fn at_newline(&self) -> bool {
        self.tok == Token::Semicolon && self.range.is_empty()
    }

    // Problems.

    /// Notes a problem unless the line has one already.
    fn problem(&mut self, at: u32, message: impl Into<String>) {
        let line = self.lines.line_col(at).line;
        if line != self.last_problem_line {
            self.last_problem_line = line;
            problem::add(&mut self.problems, at, message);
        }
    }

    /// Reports the current token: `unexpected newline, expected name`.
    fn unexpected(&mut self, rest: &str) {
        let text = &self.src[self.range.start as usize..self.range.end as usize];
        let token = match self.tok {
            Token::Semicolon if self.at_newline() => "newline".to_owned(),
            Token::Semicolon => "semicolon".to_owned(),
            Token::Comma => "comma".to_owned(),
            Token::Ident => format!("name {text}"),
            token if token.is_literal() => format!("literal {text}"),
            token if token.is_keyword() => format!("keyword {text}"),
            token => token.text().to_owned(),
        };
        let joint = if rest.starts_with("expected") {
            ","
        } else {
            ""
        };
        self.problem(self.at(), format!("unexpected {token}{joint} {rest}"));
    }

    /// Skips to a token of `follow`, or a keyword that starts a statement; over brackets as a whole.
    fn skip_to(&mut self, follow: &[Token]) {
        let mut n_open = 0_u32;
        while self.tok != Token::Eof {
            let stops = follow.contains(&self.tok) || stmt::is_stmt_keyword(self.tok);
            if n_open == 0 && stops {
                return;
            }
            match self.tok {
                Token::LParen | Token::LBrack | Token::LBrace => n_open += 1,
                Token::RParen | Token::RBrack | Token::RBrace => n_open = n_open.saturating_sub(1),
                _ => {}
            }
            self.next();
        }
    }

    /// Goes one level deeper; false if that is too deep, and then everything open ends.
    fn enter(&mut self) -> bool {
        self.depth += 1;
        if self.depth <= self.max_nesting {
            return true;
        }
        self.too_deep = self.depth;
        if !self.stopped {
            self.problem(self.at(), "nesting is too deep");
            if self.split {
                self.hold_next_decl();
            } else {
                self.stopped = true;
            }
            self.tok = Token::Eof;
            self.range = TextRange::empty(self.at());
        }
        false
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Skips to the next declaration in the first column.
    fn hold_next_decl(&mut self) {
        while self.held.is_none() && self.tok != Token::Eof {
            self.next();
        }
    }

    /// Skips to the next line of the group that is read, or its end.
    fn skip_to_group_line(&mut self) {
        self.open = Open::Spec;
        self.hold_next_decl();
        self.open = Open::Decl;
        self.resume_group();
    }

    // Lists.

    fn mark<T: Stacked>(&mut self) -> usize {
        T::stack(self).0.len()
    }

    fn push<T: Stacked>(&mut self, item: T) {
        T::stack(self).0.push(item);
    }

    /// What was pushed since `mark`.
    fn list_since<T: Stacked>(&mut self, mark: usize) -> List<T> {
        let (stack, ast) = T::stack(self);
        let list = ast.add_list(&stack[mark..]);
        stack.truncate(mark);
        list
    }

    /// Reads elements with `separator` between them, and after the last if one likes, up to and
    /// with `close`. Returns the end of `close`.
    fn separated(
        &mut self,
        separator: Token,
        close: Token,
        context: &str,
        mut element: impl FnMut(&mut Self),
    ) -> u32 {
        while self.tok != Token::Eof && self.tok != close {
            let before = self.at();
            element(self);
            if self.got(separator) || self.tok == close {
                continue;
            }
            let (text, closing) = (separator.text(), close.text());
            self.unexpected(&format!(
                "in {context}; possibly missing {text} or {closing}"
            ));
            let is_group = close == Token::RParen && separator == Token::Semicolon;
            if is_group && self.split && self.depth == 0 {
                self.skip_to_group_line();
                continue;
            }
            self.skip_to(&[
                Token::RParen,
                Token::RBrack,
                Token::RBrace,
                Token::Semicolon,
            ]);
            // Lines are independent of each other: go on with the next.
            if separator == Token::Semicolon && self.got(separator) {
                continue;
            }
            if self.tok != close {
                return self.prev_end.max(before);
            }
        }
        if self.tok != close {
            let closing = close.text();
            self.unexpected(&format!("expected {closing} to end {context}"));
            return self.prev_end;
        }
        self.next();
        self.prev_end
    }

    // Nodes.

    fn add_expr(&mut self, kind: ExprKind, start: u32, end: u32, pos: u32) -> ExprId {
        let range = TextRange::new(start, end.max(start));
        self.ast.add_expr(Expr { kind, range, pos })
    }

    fn add_stmt(&mut self, kind: StmtKind, start: u32, end: u32, pos: u32) -> StmtId {
        let range = TextRange::new(start, end.max(start));
        self.ast.add_stmt(Stmt { kind, range, pos })
    }

    fn bad_expr(&mut self) -> ExprId {
        let at = self.at();
        self.add_expr(ExprKind::Bad, at, at, at)
    }

    fn start(&self, id: ExprId) -> u32 {
        self.ast.expr(id).range.start
    }

    fn end(&self, id: ExprId) -> u32 {
        self.ast.expr(id).range.end
    }

    /// Reads an identifier; a hole if there is none.
    fn ident(&mut self) -> ExprId {
        if self.tok != Token::Ident {
            self.unexpected("expected name");
            return self.bad_expr();
        }
        let TextRange { start, end } = self.range;
        let symbol = self.symbol(start, end);
        self.next();
        self.add_expr(ExprKind::Ident(symbol), start, end, start)
    }

    fn symbol(&mut self, start: u32, end: u32) -> Symbol {
        let text = &self.src[start as usize..end as usize];
        *(self.symbols.entry(text)).or_insert_with(|| Symbol::intern(text))
    }

    /// Reads identifiers with commas between them.
    fn ident_list(&mut self) -> List<ExprId> {
        let mark = self.mark::<ExprId>();
        loop {
            let name = self.ident();
            self.push(name);
            if !self.got(Token::Comma) {
                return self.list_since(mark);
            }
        }
    }
}
