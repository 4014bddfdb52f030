//! Number literals.

use super::Lexer;
use crate::token::Token;

impl Lexer<'_> {
    /// Reads a number that starts with a digit or a period before one.
    pub(super) fn number(&mut self) -> Token {
        let start = self.at;
        let mut radix = 10;
        let mut legacy_octal = false;
        let mut token = Token::Int;
        let mut n_digits = 0;
        if self.peek() != b'.' {
            if self.peek() == b'0' {
                radix = match self.peek_at(1).to_ascii_lowercase() {
                    b'x' => 16,
                    b'o' => 8,
                    b'b' => 2,
                    _ => 10,
                };
                legacy_octal = radix == 10;
                self.at += if legacy_octal { 0 } else { 2 };
            }
            n_digits += self.digits(radix);
        }
        if self.peek() == b'.' {
            token = Token::Float;
            if radix == 8 || radix == 2 {
                self.problem(
                    self.at,
                    format!("invalid radix point in {}", literal_name(radix)),
                );
            }
            self.at += 1;
            n_digits += self.digits(radix);
        }
        if n_digits == 0 {
            self.problem(start, format!("{} has no digits", literal_name(radix)));
        }
        token = self.exponent(radix, token);
        if self.peek() == b'i' {
            self.at += 1;
            token = Token::Imag;
        }
        let literal = &self.src[start..self.at];
        if let Some(message) = digit_error(literal, radix, legacy_octal && token == Token::Int) {
            self.problem(start, message);
        }
        token
    }

    /// `e+10`, or `p-3` of a hexadecimal number, which needs one if it has a fraction.
    fn exponent(&mut self, radix: u32, token: Token) -> Token {
        let letter = self.peek();
        let is_exponent = match letter {
            b'e' | b'E' => radix == 10,
            b'p' | b'P' => true,
            _ => false,
        };
        if !is_exponent {
            if radix == 16 && token == Token::Float {
                self.problem(self.at, "hexadecimal mantissa requires a 'p' exponent");
            }
            return token;
        }
        if radix != 16 && letter.eq_ignore_ascii_case(&b'p') {
            let letter = char::from(letter);
            self.problem(
                self.at,
                format!("'{letter}' exponent requires hexadecimal mantissa"),
            );
        }
        self.at += 1;
        if matches!(self.peek(), b'+' | b'-') {
            self.at += 1;
        }
        if self.digits(10) == 0 {
            self.problem(self.at, "exponent has no digits");
        }
        Token::Float
    }

    /// Reads digits and `_`, and says how many digits there were. Digits too large for the radix
    /// are read too, to be reported; those above 9 only in hexadecimal numbers.
    fn digits(&mut self, radix: u32) -> usize {
        let start = self.at;
        let mut separators = 0;
        loop {
            let b = self.peek();
            let is_digit = if radix == 16 {
                b.is_ascii_hexdigit()
            } else {
                b.is_ascii_digit()
            };
            if b == b'_' {
                separators += 1;
            } else if !is_digit {
                return self.at - start - separators;
            }
            self.at += 1;
        }
    }
}

fn literal_name(radix: u32) -> &'static str {
    match radix {
        2 => "binary literal",
        8 => "octal literal",
        16 => "hexadecimal literal",
        _ => "decimal literal",
    }
}

/// What is wrong with digits and separators.
fn digit_error(literal: &str, radix: u32, legacy_octal: bool) -> Option<String> {
    let octal = legacy_octal && literal.len() > 1 && literal.starts_with('0');
    let radix = if octal { 8 } else { radix };
    if radix < 10 {
        let digits = if octal {
            literal
        } else {
            literal.get(2..).unwrap_or_default()
        };
        let invalid = digits
            .chars()
            .find(|c| c.is_ascii_digit() && !c.is_digit(radix));
        if let Some(digit) = invalid {
            return Some(format!(
                "invalid digit {digit:?} in {}",
                literal_name(radix)
            ));
        }
    }
    let separators_ok = {
        // A separator stands between digits, or behind the prefix of the radix.
        let bytes = literal.as_bytes();
        let prefixed = bytes.len() > 1 && bytes[0] == b'0' && bytes[1].is_ascii_alphabetic();
        let is_digit = |b: u8| {
            if radix == 16 {
                b.is_ascii_hexdigit()
            } else {
                b.is_ascii_digit()
            }
        };
        (0..bytes.len()).filter(|i| bytes[*i] == b'_').all(|i| {
            let before = i.checked_sub(1).map(|i| bytes[i]);
            let after = bytes.get(i + 1).copied();
            let starts = prefixed && i == 2;
            (starts || before.is_some_and(is_digit)) && after.is_some_and(is_digit)
        })
    };
    (!separators_ok).then(|| "'_' must separate successive digits".to_owned())
}
