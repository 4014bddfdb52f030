//! Words, quoted words, regular expressions and operators.

use base::go_regexp;
use regex::Regex;

use super::QueryError;
use crate::{bytes, number::quote};

/// What a token is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// `(`, `)`, `:`, `@`, `,`; `-` and `*` where a word could begin.
    Operator(char),
    And,
    Or,
    Word,
    Regexp(Regex),
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Quoted words without quotes and escapes.
    pub(super) text: String,
    /// Where it begins, in bytes.
    pub(super) offset: usize,
}

impl Token {
    pub(super) fn is(&self, operator: char) -> bool {
        matches!(self.kind, Kind::Operator(own) if own == operator)
    }

    pub(super) fn is_word(&self) -> bool {
        matches!(self.kind, Kind::Word)
    }

    pub(super) fn is_end(&self) -> bool {
        matches!(self.kind, Kind::End)
    }

    pub(super) fn unexpected(&self) -> String {
        format!("unexpected {}", quote(&self.text))
    }
}

/// The query and the first thing wrong with it. A position is the rest of the query.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    query: &'a str,
    error: Option<QueryError>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(query: &'a str) -> Self {
        Self { query, error: None }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, QueryError> {
        self.error.map_or(Ok(value), Err)
    }

    /// Records an error, unless there is one already, and skips to the end.
    pub(super) fn fail(&mut self, at: &str, message: &str) -> &'a str {
        let offset = self.query.len() - at.len();
        self.error.get_or_insert_with(|| QueryError {
            query: self.query.to_owned(),
            offset,
            message: message.to_owned(),
        });
        ""
    }

    /// The token at `at`, which loses leading white space, and what follows. Regular expressions are
    /// read only where a value may stand.
    pub(super) fn next(&mut self, at: &mut &'a str, value: bool) -> (Token, &'a str) {
        *at = at.trim_start();
        let offset = self.query.len() - at.len();
        let Some(first) = at.chars().next() else {
            return (self.end(), "");
        };
        let token = |kind, text: &str| Token {
            kind,
            text: text.to_owned(),
            offset,
        };
        match first {
            '(' | ')' | ':' | '@' | ',' | '-' | '*' => {
                (token(Kind::Operator(first), &at[..1]), &at[1..])
            }
            '/' if value => self.regexp(at, offset),
            '"' => self.quoted(at, offset),
            _ => {
                let ends = |rune: char| {
                    rune.is_whitespace() || matches!(rune, '(' | ')' | ':' | '@' | ',')
                };
                let (word, rest) = at.split_at(at.find(ends).unwrap_or(at.len()));
                let kind = match word {
                    "AND" => Kind::And,
                    "OR" => Kind::Or,
                    _ => Kind::Word,
                };
                (token(kind, word), rest)
            }
        }
    }

    fn end(&self) -> Token {
        Token {
            kind: Kind::End,
            text: String::new(),
            offset: self.query.len(),
        }
    }

    fn failed(&mut self, at: &str, message: &str) -> (Token, &'a str) {
        let rest = self.fail(at, message);
        (self.end(), rest)
    }

    /// A quote ends the word unless a backslash stands before it, whatever that one belongs to.
    fn quoted(&mut self, at: &mut &'a str, offset: usize) -> (Token, &'a str) {
        let raw = at.as_bytes();
        let Some(end) = (1..raw.len()).find(|&end| raw[end] == b'"' && raw[end - 1] != b'\\')
        else {
            return self.failed(at, "missing end quote");
        };
        match unquote(&at[1..end]) {
            Some(text) => (
                Token {
                    kind: Kind::Word,
                    text,
                    offset,
                },
                &at[end + 1..],
            ),
            None => self.failed(at, "bad escape sequence"),
        }
    }

    fn regexp(&mut self, at: &mut &'a str, offset: usize) -> (Token, &'a str) {
        let Some(end) = closing_slash(&at[1..]) else {
            return self.failed(at, "missing close \"/\"");
        };
        let (expression, rest) = (&at[1..=end], &at[end + 2..]);
        let regexp = match go_regexp::compile(expression) {
            Ok(regexp) => regexp,
            Err(error) => return self.failed(at, &error.to_string()),
        };
        let separated = rest.chars().next().is_none_or(|rune| {
            rune.is_whitespace() || matches!(rune, '(' | ')' | ':' | '@' | ',' | '-' | '*')
        });
        if !separated {
            let message = "regexp must be followed by space or an operator (unescaped \"/\"?)";
            return self.failed(rest, message);
        }
        let token = Token {
            kind: Kind::Regexp(regexp),
            text: expression.to_owned(),
            offset,
        };
        (token, rest)
    }
}

/// Where the slash is that ends a regular expression: outside brackets and parentheses.
fn closing_slash(text: &str) -> Option<usize> {
    let (mut brackets, mut parens) = (0i64, 0i64);
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'/' if brackets == 0 && parens == 0 => return Some(at),
            b'[' => brackets += 1,
            // Legal without a partner.
            b']' => brackets = (brackets - 1).max(0),
            b'(' if brackets == 0 => parens += 1,
            b')' if brackets == 0 => parens -= 1,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

/// What stands between the quotes of a Go string.
fn unquote(text: &str) -> Option<String> {
    let mut raw = Vec::with_capacity(text.len());
    let mut runes = text.chars();
    while let Some(rune) = runes.next() {
        match rune {
            '\n' | '"' => return None,
            '\\' => unescape(&mut runes, &mut raw)?,
            _ => raw.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Some(bytes::decode(&raw).into_owned())
}

fn unescape(runes: &mut std::str::Chars<'_>, raw: &mut Vec<u8>) -> Option<()> {
    let rune = runes.next()?;
    let simple = match rune {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' => b'"',
        'x' => digits(runes, 0, 2, 16)? as u8,
        '0'..='7' => u8::try_from(digits(runes, rune.to_digit(8)?, 2, 8)?).ok()?,
        'u' | 'U' => {
            let count = if rune == 'u' { 4 } else { 8 };
            let rune = char::from_u32(digits(runes, 0, count, 16)?)?;
            raw.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(());
        }
        _ => return None,
    };
    raw.push(simple);
    Some(())
}

fn digits(runes: &mut std::str::Chars<'_>, first: u32, count: u32, radix: u32) -> Option<u32> {
    let mut value = first;
    for _ in 0..count {
        value = value
            .checked_mul(radix)?
            .checked_add(runes.next()?.to_digit(radix)?)?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_are_go_strings() {
        for (text, want) in [
            (r"a b", Some("a b")),
            (r#"a\"b\\c"#, Some("a\"b\\c")),
            (r"\x41\102\u2603", Some("AB☃")),
            (r"\z", None),
            (r"\'", None),
            (r"\400", None),
            (r"\ud800", None),
        ] {
            assert_eq!(unquote(text).as_deref(), want, "{text}");
        }
    }
}
