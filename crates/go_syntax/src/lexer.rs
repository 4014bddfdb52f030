//! Bytes to tokens. Comments and problems are collected beside.

mod number;
mod quoted;
mod unicode;

use base::TextRange;

use crate::file::Comment;
use crate::problem::{self, Problem};
use crate::token::Token;

/// A token and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lexeme {
    /// Its kind.
    pub token: Token,
    /// Empty for the end of the file and for semicolons that are not written.
    pub range: TextRange,
}

/// Reads one text from front to back. [`Lexer::next`] gives [`Token::Eof`] for ever at the end.
pub struct Lexer<'a> {
    src: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// A newline here is a semicolon.
    ends_stmt: bool,
    /// In source order, as far as the text has been read.
    pub comments: Vec<Comment>,
    /// What is wrong with tokens so far.
    pub problems: Vec<Problem>,
}

impl<'a> Lexer<'a> {
    /// The text must be shorter than 4 GiB.
    pub fn new(src: &'a str) -> Self {
        let at = if src.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        };
        Self {
            src,
            bytes: src.as_bytes(),
            at,
            ends_stmt: false,
            comments: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The next token.
    #[expect(
        clippy::should_implement_trait,
        reason = "a lexer never ends, it says Eof"
    )]
    /// Returns the next token; at the end of the text `Eof`, again and again.
    pub fn next(&mut self) -> Lexeme {
        loop {
            match self.peek() {
                b'\n' if self.ends_stmt => return self.implicit_semicolon(self.at),
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'/' if matches!(self.peek_at(1), b'/' | b'*') => {
                    let start = self.at;
                    let has_newline = self.comment();
                    if has_newline && self.ends_stmt {
                        return self.implicit_semicolon(start);
                    }
                }
                _ => break,
            }
        }
        let start = self.at;
        if start >= self.bytes.len() {
            return if self.ends_stmt {
                self.implicit_semicolon(start)
            } else {
                self.lexeme(Token::Eof, start)
            };
        }
        let token = self.token();
        self.ends_stmt = ends_statement(token) || (token == Token::Illegal && self.ends_stmt);
        self.lexeme(token, start)
    }

    fn lexeme(&self, token: Token, start: usize) -> Lexeme {
        let range = TextRange::new(start as u32, self.at as u32);
        Lexeme { token, range }
    }

    /// The newline is read again, as blank.
    fn implicit_semicolon(&mut self, at: usize) -> Lexeme {
        self.ends_stmt = false;
        let range = TextRange::empty(at as u32);
        Lexeme {
            token: Token::Semicolon,
            range,
        }
    }

    /// The byte at the reading position; 0 at the end.
    fn peek(&self) -> u8 {
        self.peek_at(0)
    }

    fn peek_at(&self, n: usize) -> u8 {
        self.bytes.get(self.at + n).copied().unwrap_or(0)
    }

    fn problem(&mut self, at: usize, message: impl Into<String>) {
        problem::add(&mut self.problems, at as u32, message);
    }

    /// Reads a comment and says whether a newline is in it or ends it.
    fn comment(&mut self) -> bool {
        let start = self.at;
        let rest = &self.bytes[start + 2..];
        let line_comment = self.bytes[start + 1] == b'/';
        let (end, has_newline) = if line_comment {
            let len = rest.iter().position(|b| *b == b'\n');
            let mut end = start + 2 + len.unwrap_or(rest.len());
            // A carriage return before the newline is not part of the comment.
            if len.is_some() && self.bytes[end - 1] == b'\r' {
                end -= 1;
            }
            // The newline itself is read next.
            (end, false)
        } else if let Some(len) = self.src[start + 2..].find("*/") {
            (start + 4 + len, rest[..len].contains(&b'\n'))
        } else {
            self.problem(start, "comment not terminated");
            (self.bytes.len(), rest.contains(&b'\n'))
        };
        self.at = end;
        let range = TextRange::new(start as u32, end as u32);
        self.check_comment_bytes(start, end);
        self.comments.push(Comment { range });
        has_newline
    }

    /// NUL and byte order marks are errors wherever they stand.
    fn check_comment_bytes(&mut self, start: usize, end: usize) {
        let text = &self.bytes[start..end];
        if text.contains(&0) {
            self.problem(start, "invalid NUL character");
        }
        if text.contains(&0xef) && self.src[start..end].contains(BYTE_ORDER_MARK) {
            self.problem(start, "invalid BOM in the middle of the file");
        }
    }

    fn token(&mut self) -> Token {
        let first = self.peek();
        match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'0'..=b'9' => self.number(),
            b'.' if self.peek_at(1).is_ascii_digit() => self.number(),
            b'"' => self.interpreted_string(),
            b'\'' => self.char_literal(),
            b'`' => self.raw_string(),
            0x80.. => self.wide_character(),
            _ => self.operator(first),
        }
    }

    fn word(&mut self) -> Token {
        let start = self.at;
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        while is_word(self.peek()) {
            self.at += 1;
        }
        if self.peek() >= 0x80 {
            self.unicode_word_rest();
            return Token::Ident;
        }
        let text = &self.bytes[start..self.at];
        let may_be_keyword = text.len() >= 2 && text.len() <= 11 && text[0].is_ascii_lowercase();
        let keyword = may_be_keyword.then(|| Token::keyword(text)).flatten();
        keyword.unwrap_or(Token::Ident)
    }

    /// The rest of an identifier that is not in ASCII alone.
    fn unicode_word_rest(&mut self) {
        let rest = &self.src[self.at..];
        let end = rest.find(|c: char| !(is_letter(c) || is_digit(c)));
        self.at += end.unwrap_or(rest.len());
    }

    fn wide_character(&mut self) -> Token {
        let start = self.at;
        let first = self.src[start..].chars().next().unwrap_or('\0');
        self.at += first.len_utf8();
        if is_letter(first) {
            self.unicode_word_rest();
            return Token::Ident;
        }
        let message = match first {
            BYTE_ORDER_MARK => "invalid BOM in the middle of the file".to_owned(),
            _ if is_digit(first) => format!("identifier cannot begin with digit {first:?}"),
            _ => format!("invalid character U+{:04X} {first:?}", u32::from(first)),
        };
        self.problem(start, message);
        Token::Illegal
    }

    fn operator(&mut self, first: u8) -> Token {
        let (len, token) = match (first, self.peek_at(1), self.peek_at(2)) {
            (b'&', b'^', b'=') => (3, Token::AndNotAssign),
            (b'<', b'<', b'=') => (3, Token::ShlAssign),
            (b'>', b'>', b'=') => (3, Token::ShrAssign),
            (b'.', b'.', b'.') => (3, Token::Ellipsis),
            (b'&', b'&', _) => (2, Token::LAnd),
            (b'&', b'^', _) => (2, Token::AndNot),
            (b'&', b'=', _) => (2, Token::AndAssign),
            (b'|', b'|', _) => (2, Token::LOr),
            (b'|', b'=', _) => (2, Token::OrAssign),
            (b'+', b'+', _) => (2, Token::Inc),
            (b'+', b'=', _) => (2, Token::AddAssign),
            (b'-', b'-', _) => (2, Token::Dec),
            (b'-', b'=', _) => (2, Token::SubAssign),
            (b'*', b'=', _) => (2, Token::MulAssign),
            (b'/', b'=', _) => (2, Token::QuoAssign),
            (b'%', b'=', _) => (2, Token::RemAssign),
            (b'^', b'=', _) => (2, Token::XorAssign),
            (b'<', b'<', _) => (2, Token::Shl),
            (b'<', b'=', _) => (2, Token::Leq),
            (b'<', b'-', _) => (2, Token::Arrow),
            (b'>', b'>', _) => (2, Token::Shr),
            (b'>', b'=', _) => (2, Token::Geq),
            (b'=', b'=', _) => (2, Token::Eql),
            (b'!', b'=', _) => (2, Token::Neq),
            (b':', b'=', _) => (2, Token::Define),
            (b'+', ..) => (1, Token::Add),
            (b'-', ..) => (1, Token::Sub),
            (b'*', ..) => (1, Token::Mul),
            (b'/', ..) => (1, Token::Quo),
            (b'%', ..) => (1, Token::Rem),
            (b'&', ..) => (1, Token::And),
            (b'|', ..) => (1, Token::Or),
            (b'^', ..) => (1, Token::Xor),
            (b'<', ..) => (1, Token::Lss),
            (b'>', ..) => (1, Token::Gtr),
            (b'=', ..) => (1, Token::Assign),
            (b'!', ..) => (1, Token::Not),
            (b'~', ..) => (1, Token::Tilde),
            (b'(', ..) => (1, Token::LParen),
            (b'[', ..) => (1, Token::LBrack),
            (b'{', ..) => (1, Token::LBrace),
            (b',', ..) => (1, Token::Comma),
            (b'.', ..) => (1, Token::Period),
            (b')', ..) => (1, Token::RParen),
            (b']', ..) => (1, Token::RBrack),
            (b'}', ..) => (1, Token::RBrace),
            (b';', ..) => (1, Token::Semicolon),
            (b':', ..) => (1, Token::Colon),
            _ => (1, Token::Illegal),
        };
        if token == Token::Illegal {
            let message = match first {
                0 => "invalid NUL character".to_owned(),
                _ => format!("invalid character U+{first:04X} {:?}", char::from(first)),
            };
            self.problem(self.at, message);
        }
        self.at += len;
        token
    }
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Whether a newline behind the token is a semicolon.
const fn ends_statement(token: Token) -> bool {
    token.is_literal()
        || matches!(
            token,
            Token::Ident
                | Token::Break
                | Token::Continue
                | Token::Fallthrough
                | Token::Return
                | Token::Inc
                | Token::Dec
                | Token::RParen
                | Token::RBrack
                | Token::RBrace
        )
}

/// A Unicode letter (categories L*) or `_`. Rust's `is_alphabetic` takes more.
fn is_letter(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || is_in(unicode::LETTERS, c)
}

/// A decimal digit of any script (category Nd).
fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || is_in(unicode::DIGITS, c)
}

fn is_in(ranges: &[(u32, u32)], c: char) -> bool {
    let c = u32::from(c);
    let after = ranges.partition_point(|(first, _)| *first <= c);
    after > 0 && c <= ranges[after - 1].1
}

#[cfg(test)]
mod tests;
