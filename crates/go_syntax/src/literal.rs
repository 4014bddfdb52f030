//! Values of string and rune literals.

/// The bytes of a string literal, interpreted or raw. They need not be UTF-8. `None` if the literal
/// is malformed.
pub fn unquote_string(literal: &str) -> Option<Vec<u8>> {
    if let Some(raw) = literal.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return Some(raw.bytes().filter(|b| *b != b'\r').collect());
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        match unquote_one(&mut rest, '"')? {
            Unquoted::Char(c) => value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Unquoted::Byte(b) => value.push(b),
        }
    }
    Some(value)
}

/// The code point (or, from `\x` and octal escapes, the byte) of a rune literal. `None` if the
/// literal is malformed.
pub fn unquote_char(literal: &str) -> Option<u32> {
    let mut rest = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let value = match unquote_one(&mut rest, '\'')? {
        Unquoted::Char(c) => u32::from(c),
        Unquoted::Byte(b) => u32::from(b),
    };
    rest.is_empty().then_some(value)
}

enum Unquoted {
    Char(char),
    Byte(u8),
}

/// Takes one character or escape off the front of `rest`.
fn unquote_one(rest: &mut &str, quote: char) -> Option<Unquoted> {
    let mut chars = rest.chars();
    let first = chars.next()?;
    if first == quote || first == '\n' {
        return None;
    }
    if first != '\\' {
        *rest = chars.as_str();
        return Some(Unquoted::Char(first));
    }
    let escape = chars.next()?;
    let after = chars.as_str();
    let (digits, n, radix) = match escape {
        'x' => (after, 2, 16),
        'u' => (after, 4, 16),
        'U' => (after, 8, 16),
        '0'..='7' => (&rest[1..], 3, 8),
        _ => {
            *rest = after;
            let byte = simple_escape(escape, quote)?;
            return Some(Unquoted::Char(char::from(byte)));
        }
    };
    *rest = digits.get(n..)?;
    let digits = &digits[..n];
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    if n < 4 {
        u8::try_from(code).ok().map(Unquoted::Byte)
    } else {
        char::from_u32(code).map(Unquoted::Char)
    }
}

/// What `\c` stands for, if it is one character long.
pub(crate) fn simple_escape(c: char, quote: char) -> Option<u8> {
    Some(match c {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        _ if c == quote => quote as u8,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        let cases: &[(&str, Option<&[u8]>)] = &[
            (r#""a\tb""#, Some(b"a\tb")),
            (
                r#""\x41\101\u00e4\U0001F600\"""#,
                Some("AA\u{e4}\u{1f600}\"".as_bytes()),
            ),
            (r#""\xff""#, Some(b"\xff")),
            ("`a\\n\r\nb`", Some(b"a\\n\nb")),
            (r#""\'""#, None),
            (r#""\400""#, None),
            (r#""\ud800""#, None),
            (r#""\x4""#, None),
            (r#""\u+041""#, None),
            ("\"", None),
            ("`", None),
        ];
        for (literal, value) in cases {
            assert_eq!(unquote_string(literal).as_deref(), *value, "{literal}");
        }
    }

    #[test]
    fn runes() {
        let cases = [
            ("'a'", Some(97)),
            ("'ä'", Some(0xe4)),
            (r"'\''", Some(39)),
            (r"'\xff'", Some(255)),
            (r"'\377'", Some(255)),
            (r"'\U0010ffff'", Some(0x0010_ffff)),
            ("''", None),
            ("'ab'", None),
            (r#"'\"'"#, None),
        ];
        for (literal, value) in cases {
            assert_eq!(unquote_char(literal), value, "{literal}");
        }
    }
}
