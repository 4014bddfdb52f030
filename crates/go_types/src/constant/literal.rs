//! Values of Go's literals, from their source text.

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::float::Float;
use super::{MAX_EXP, Value};

/// Literals with more bytes than this are refused, as gc does.
pub const MAX_LITERAL: usize = 10_000;

/// An integer literal with any prefix and `_`; `Unknown` if malformed.
pub fn int(text: &str) -> Value {
    parse_int(text).map_or(Value::Unknown, Value::from_big)
}

/// A float literal, decimal or hexadecimal; `Unknown` if malformed or beyond all exponents.
pub fn float(text: &str) -> Value {
    parse_float(text).unwrap_or(Value::Unknown)
}

/// An imaginary literal: any number literal followed by `i`.
pub fn imaginary(text: &str) -> Value {
    let Some(number) = text.strip_suffix('i') else {
        return Value::Unknown;
    };
    // `0755i` is decimal, for the sake of old programs; other prefixes hold.
    let prefixed = number
        .as_bytes()
        .get(1)
        .is_some_and(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E'));
    let value = if prefixed && !number.contains(['p', 'P', '.']) {
        int(number).to_float()
    } else {
        float(number)
    };
    match value {
        Value::Unknown => Value::Unknown,
        im => Value::complex(Value::Int(0), im),
    }
}

fn digits(text: &str, radix: u32) -> Option<UBig> {
    if text.len() > MAX_LITERAL {
        return None;
    }
    UBig::from_str_radix(&text.replace('_', ""), radix).ok()
}

fn parse_int(text: &str) -> Option<IBig> {
    let bytes = text.as_bytes();
    let (radix, body) = match (bytes.first(), bytes.get(1).map(u8::to_ascii_lowercase)) {
        (Some(b'0'), Some(b'x')) => (16, text.get(2..)?),
        (Some(b'0'), Some(b'b')) => (2, text.get(2..)?),
        (Some(b'0'), Some(b'o')) => (8, text.get(2..)?),
        (Some(b'0'), Some(_)) => (8, text.get(1..)?),
        _ => {
            if text.len() < 19 && bytes.iter().all(u8::is_ascii_digit) {
                return text.parse::<i64>().ok().map(IBig::from);
            }
            (10, text)
        }
    };
    digits(body, radix).map(IBig::from)
}

fn parse_float(text: &str) -> Option<Value> {
    let (radix, body) = match text.get(..2) {
        Some("0x" | "0X") => (16, text.get(2..)?),
        _ => (10, text),
    };
    let exp_marks: &[char] = if radix == 16 {
        &['p', 'P']
    } else {
        &['e', 'E']
    };
    let (mantissa, exp) = match body.split_once(exp_marks) {
        Some((mantissa, exp)) => (mantissa, parse_exp(exp)?),
        None => (body, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction_len = fraction.bytes().filter(|byte| *byte != b'_').count() as i64;
    let number = IBig::from(digits(&format!("{whole}{fraction}"), radix)?);
    if number == IBig::ZERO {
        return Some(Value::ratio(RBig::ZERO));
    }
    let (exp10, exp2) = if radix == 16 {
        (0, exp.checked_sub(4 * fraction_len)?)
    } else {
        (exp.checked_sub(fraction_len)?, 0)
    };
    let float = Float::from_decimal(&number, exp10, exp2)?;
    if float.is_zero() {
        return Some(Value::ratio(RBig::ZERO));
    }
    if !(-MAX_EXP < float.top() && float.top() < MAX_EXP) {
        return Some(Value::from_float(Some(float)));
    }
    // Small enough: exact. The exponents are bounded now by the literal's length and MAX_EXP.
    let ten = |exp: i64| UBig::from(10u8).pow(exp.unsigned_abs() as usize);
    let two = |exp: i64| UBig::ONE << exp.unsigned_abs() as usize;
    let (num_10, den_10) = if exp10 >= 0 {
        (ten(exp10), UBig::ONE)
    } else {
        (UBig::ONE, ten(exp10))
    };
    let (num_2, den_2) = if exp2 >= 0 {
        (two(exp2), UBig::ONE)
    } else {
        (UBig::ONE, two(exp2))
    };
    let num = number * IBig::from(num_10 * num_2);
    let den = den_10 * den_2;
    Some(Value::exact_ratio(RBig::from_parts(num, den)))
}

/// A decimal exponent, cut to ±10¹²: far beyond what any constant can hold.
fn parse_exp(text: &str) -> Option<i64> {
    const LIMIT: i64 = 1_000_000_000_000;
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let mut value: i64 = 0;
    for byte in body.bytes().filter(|byte| *byte != b'_') {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = (value * 10 + i64::from(byte - b'0')).min(LIMIT);
    }
    Some(if negative { -value } else { value })
}

/// A rune literal with its quotes; `Unknown` if malformed.
pub fn rune(text: &str) -> Value {
    let body = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    let value = body.and_then(|body| {
        let mut chars = Unquote {
            rest: body.as_bytes(),
            quote: b'\'',
        };
        let value = match chars.next()?? {
            Piece::Byte(byte) => i64::from(byte),
            Piece::Rune(rune) => i64::from(u32::from(rune)),
        };
        chars.rest.is_empty().then_some(value)
    });
    value.map_or(Value::Unknown, Value::Int)
}

/// A string literal with its quotes, raw or interpreted; `Unknown` if malformed.
pub fn string(text: &str) -> Value {
    unquote(text).map_or(Value::Unknown, |bytes| Value::string(&bytes))
}

/// The bytes a string literal stands for; `None` if malformed.
pub fn unquote(text: &str) -> Option<Vec<u8>> {
    if let Some(raw) = text.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return Some(raw.bytes().filter(|byte| *byte != b'\r').collect());
    }
    let body = text.strip_prefix('"')?.strip_suffix('"')?;
    if !body.contains('\\') {
        return (!body.contains(['"', '\n'])).then(|| body.as_bytes().to_vec());
    }
    let mut bytes = Vec::with_capacity(body.len());
    for piece in (Unquote {
        rest: body.as_bytes(),
        quote: b'"',
    }) {
        match piece? {
            Piece::Byte(byte) => bytes.push(byte),
            Piece::Rune(rune) => bytes.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Some(bytes)
}

enum Piece {
    Byte(u8),
    Rune(char),
}

/// Pieces of an interpreted literal's body; `None` items are malformed.
struct Unquote<'a> {
    rest: &'a [u8],
    quote: u8,
}

impl Iterator for Unquote<'_> {
    type Item = Option<Piece>;

    fn next(&mut self) -> Option<Option<Piece>> {
        let (&first, rest) = self.rest.split_first()?;
        if first == self.quote || first == b'\n' {
            self.rest = &[];
            return Some(None);
        }
        if first != b'\\' {
            let len = match first {
                0..0x80 => 1,
                0xc0..0xe0 => 2,
                0xe0..0xf0 => 3,
                _ => 4,
            };
            let piece = self
                .rest
                .get(..len)
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .and_then(|text| text.chars().next());
            self.rest = self.rest.get(len..).unwrap_or(&[]);
            return Some(piece.map(Piece::Rune));
        }
        let piece = self.escape(rest);
        if piece.is_none() {
            self.rest = &[];
        }
        Some(piece)
    }
}

impl<'a> Unquote<'a> {
    /// The escape whose backslash is gone already.
    fn escape(&mut self, after: &'a [u8]) -> Option<Piece> {
        let (&kind, rest) = after.split_first()?;
        self.rest = rest;
        let simple = match kind {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' => b'\\',
            b'\'' | b'"' if kind == self.quote => kind,
            b'x' => {
                return self
                    .number(rest, 2, 16)
                    .and_then(|value| u8::try_from(value).ok())
                    .map(Piece::Byte);
            }
            b'u' => {
                return self
                    .number(rest, 4, 16)
                    .and_then(char::from_u32)
                    .map(Piece::Rune);
            }
            b'U' => {
                return self
                    .number(rest, 8, 16)
                    .and_then(char::from_u32)
                    .map(Piece::Rune);
            }
            b'0'..=b'7' => {
                return self
                    .number(after, 3, 8)
                    .and_then(|value| u8::try_from(value).ok())
                    .map(Piece::Byte);
            }
            _ => return None,
        };
        Some(Piece::Byte(simple))
    }

    fn number(&mut self, from: &'a [u8], len: usize, radix: u32) -> Option<u32> {
        let text = std::str::from_utf8(from.get(..len)?).ok()?;
        self.rest = from.get(len..)?;
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(text, radix).ok()
    }
}
