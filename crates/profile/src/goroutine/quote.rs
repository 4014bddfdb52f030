//! Labels as the runtime and `strconv.Quote` print them.

use std::borrow::Cow;

use super::Labels;

/// Reads `"k": "v", "k2": "v2"` or, bare where no quotes are needed, `k: v, k2: v2`, up to and
/// with the closing `}`; `text` starts behind the opening one. Gives the rest of the text.
///
/// Blanks around `:` and `,` are optional: debug=1 prints `"k":"v", "k2":"v2"`.
pub(super) fn labels(text: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Labels::new();
    let mut rest = text;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((labels, rest));
    }
    loop {
        let (key, after_key) = word(rest, b":")?;
        let after_colon = after_key.strip_prefix(':')?;
        let (value, after_value) = word(skip_blank(after_colon), b",}")?;
        labels.push((key, value));
        if let Some(rest) = after_value.strip_prefix('}') {
            return Some((labels, rest));
        }
        rest = skip_blank(after_value.strip_prefix(',')?);
    }
}

fn skip_blank(text: &str) -> &str {
    text.strip_prefix(' ').unwrap_or(text)
}

/// A quoted word, or a bare one that ends before one of `ends`.
fn word<'a>(text: &'a str, ends: &[u8]) -> Option<(Cow<'a, str>, &'a str)> {
    if text.starts_with('"') {
        return quoted(text);
    }
    let end = text.bytes().position(|byte| ends.contains(&byte))?;
    Some((Cow::Borrowed(&text[..end]), &text[end..]))
}

/// A double-quoted Go string at the start of `text`, unquoted, and what follows it.
pub(super) fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let body = text.strip_prefix('"')?;
    let bytes = body.as_bytes();
    let mut end = 0;
    let mut escaped = false;
    loop {
        match bytes.get(end)? {
            b'"' => break,
            b'\\' => {
                escaped = true;
                end += 2;
            }
            _ => end += 1,
        }
    }
    // A backslash before a byte inside a character leaves `end` inside it.
    let (inner, rest) = (body.get(..end)?, body.get(end + 1..)?);
    let value = if escaped {
        Cow::Owned(unescape(inner))
    } else {
        Cow::Borrowed(inner)
    };
    Some((value, rest))
}

/// Undoes Go's escapes. Bytes that make no UTF-8 become U+FFFD; unknown escapes stay as they are.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' || at + 1 == bytes.len() {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let code = bytes[at + 1];
        at += 2;
        match code {
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'x' | b'u' | b'U' => at += numeric(code, &bytes[at..], &mut out),
            b'"' | b'\\' | b'\'' | b'/' => out.push(code),
            _ => out.extend([b'\\', code]),
        }
    }
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// `\xHH`, `\uHHHH`, `\UHHHHHHHH`; `digits` starts behind the letter. Gives the digits used.
fn numeric(code: u8, digits: &[u8], out: &mut Vec<u8>) -> usize {
    let width = match code {
        b'x' => 2,
        b'u' => 4,
        _ => 8,
    };
    let value = digits
        .get(..width)
        .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(value) = value else {
        out.extend([b'\\', code]);
        return 0;
    };
    if code == b'x' {
        out.push(value as u8);
    } else {
        let char = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend(char.encode_utf8(&mut [0; 4]).bytes());
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_all_three_styles_are_unquoted() {
        let cases = [
            (
                "path: /v1, tenant: blue}:",
                vec![("path", "/v1"), ("tenant", "blue")],
                ":",
            ),
            (
                r#"q: "a \"b\" ]: {x}", user: "ann lee"}"#,
                vec![("q", r#"a "b" ]: {x}"#), ("user", "ann lee")],
                "",
            ),
            (
                r#""path": "/v1", "a": ""}]:"#,
                vec![("path", "/v1"), ("a", "")],
                "]:",
            ),
            (
                r#""k":"v\x01\u00e9", "k2":"\n"}"#,
                vec![("k", "v\u{1}é"), ("k2", "\n")],
                "",
            ),
            ("empty: }:", vec![("empty", "")], ":"),
            ("}", vec![], ""),
        ];
        for (text, want, want_rest) in cases {
            let (labels, rest) = labels(text).unwrap();
            let labels: Vec<_> = labels
                .iter()
                .map(|(k, v)| (k.as_ref(), v.as_ref()))
                .collect();
            assert_eq!((labels, rest), (want, want_rest), "{text}");
        }
    }

    #[test]
    fn broken_labels_are_refused() {
        for text in [
            "",
            "k",
            "k:",
            r#""k": "v"#,
            r#""k": "v\"#,
            "k: v",
            r#""k" "v"}"#,
            "\"\\é: v}",
        ] {
            assert_eq!(labels(text), None, "{text}");
        }
    }

    #[test]
    fn odd_escapes_do_no_harm() {
        let cases = [
            (r#""\q""#, r"\q"),
            (r#""\x4""#, r"\x4"),
            (r#""\xff""#, "\u{fffd}"),
            (r#""\ud800""#, "\u{fffd}"),
        ];
        for (text, want) in cases {
            assert_eq!(quoted(text).unwrap().0, want, "{text}");
        }
    }
}
