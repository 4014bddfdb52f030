//! String and rune literals.

use super::Lexer;
use crate::literal;
use crate::token::Token;

impl Lexer<'_> {
    pub(super) fn interpreted_string(&mut self) -> Token {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Token::String;
                }
                b'\\' => self.escape('"'),
                b'\n' => {
                    self.problem(start, "newline in string");
                    return Token::String;
                }
                0 if self.at >= self.bytes.len() => {
                    self.problem(start, "string not terminated");
                    return Token::String;
                }
                _ => self.quoted_byte(),
            }
        }
    }

    pub(super) fn raw_string(&mut self) -> Token {
        let start = self.at;
        self.at += 1;
        let rest = &self.src[self.at..];
        if let Some(len) = rest.find('`') {
            self.at += len + 1;
        } else {
            self.at = self.bytes.len();
            self.problem(start, "string not terminated");
        }
        if self.bytes[start..self.at].contains(&0) {
            self.problem(start, "invalid NUL character");
        }
        Token::String
    }

    pub(super) fn char_literal(&mut self) -> Token {
        let start = self.at;
        self.at += 1;
        let n_problems = self.problems.len();
        let mut n_chars = 0;
        loop {
            match self.peek() {
                b'\'' => {
                    self.at += 1;
                    break;
                }
                b'\\' => self.escape('\''),
                b'\n' => {
                    self.problem(start, "newline in rune literal");
                    return Token::Char;
                }
                0 if self.at >= self.bytes.len() => {
                    self.problem(start, "rune literal not terminated");
                    return Token::Char;
                }
                _ => {
                    let c = self.src[self.at..].chars().next().unwrap_or('\0');
                    self.at += c.len_utf8().max(1);
                }
            }
            n_chars += 1;
        }
        if n_chars != 1 && self.problems.len() == n_problems {
            let what = if n_chars == 0 {
                "empty rune literal or unescaped '"
            } else {
                "more than one character in rune literal"
            };
            self.problem(start, what);
        }
        Token::Char
    }

    /// One byte of a string that is not a quote, escape or newline.
    fn quoted_byte(&mut self) {
        if self.peek() == 0 {
            self.problem(self.at, "invalid NUL character");
        }
        self.at += 1;
    }

    /// Reads `\…`; where it is malformed, only the backslash and what was understood.
    fn escape(&mut self, quote: char) {
        let start = self.at;
        self.at += 1;
        let (n, radix, max) = match self.peek() {
            b'x' => (2, 16, 255),
            b'u' => (4, 16, u32::from(char::MAX)),
            b'U' => (8, 16, u32::from(char::MAX)),
            b'0'..=b'7' => (3, 8, 255),
            _ => {
                let c = self.src[self.at..].chars().next().unwrap_or('\0');
                if literal::simple_escape(c, quote).is_some() {
                    self.at += 1;
                } else if c != '\n' && c != '\0' {
                    self.problem(start, "unknown escape");
                }
                return;
            }
        };
        self.at += usize::from(radix == 16);
        let mut value: u32 = 0;
        for _ in 0..n {
            let Some(digit) = char::from(self.peek()).to_digit(radix) else {
                let name = if radix == 16 { "hex" } else { "octal" };
                self.problem(self.at, format!("invalid character in {name} escape"));
                return;
            };
            value = value.saturating_mul(radix).saturating_add(digit);
            self.at += 1;
        }
        if value > max && radix == 8 {
            self.problem(start, format!("octal escape value {value} > 255"));
        } else if value > max || (n >= 4 && char::from_u32(value).is_none()) {
            self.problem(start, "escape is invalid Unicode code point");
        }
    }
}
