//! Bytes as Go treats them: runes, white space, and text that need not be UTF-8.

use std::borrow::Cow;

/// The code point from which bytes that are not UTF-8 are kept inside a `String`: byte `b` becomes this plus `b`. The
/// range is in a private plane, so no real text is hit.
const ESCAPE: u32 = 0x0010_FE00;

/// The first rune and its length; a byte that starts no valid rune counts as U+FFFD of length 1.
pub fn decode_rune(bytes: &[u8]) -> (char, usize) {
    let Some(&first) = bytes.first() else {
        return (char::REPLACEMENT_CHARACTER, 0);
    };
    if first < 0x80 {
        return (char::from(first), 1);
    }
    let longest = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(longest) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&longest[..error.valid_up_to()]).unwrap_or_default(),
    };
    valid
        .chars()
        .next()
        .map_or((char::REPLACEMENT_CHARACTER, 1), |rune| {
            (rune, rune.len_utf8())
        })
}

/// Splits off the first field and the white space after it.
pub fn split_field(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = find_space(bytes);
    (&bytes[..end], trim_start(&bytes[end..]))
}

/// The length of the part before the first white space.
fn find_space(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x80 {
            if is_ascii_space(byte) {
                break;
            }
            at += 1;
        } else {
            let (rune, len) = decode_rune(&bytes[at..]);
            if rune.is_whitespace() {
                break;
            }
            at += len;
        }
    }
    at
}

/// Without leading white space.
pub fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let Some(&byte) = bytes.first() {
        let (space, len) = if byte < 0x80 {
            (is_ascii_space(byte), 1)
        } else {
            let (rune, len) = decode_rune(bytes);
            (rune.is_whitespace(), len)
        };
        if !space {
            break;
        }
        bytes = &bytes[len..];
    }
    bytes
}

/// Tab, LF, VT, FF, CR and blank.
pub fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// Bytes as text without loss: what is not UTF-8 is kept in private characters, which [`encode`]
/// turns back.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(
            (chunk.invalid().iter()).filter_map(|&byte| char::from_u32(ESCAPE + u32::from(byte))),
        );
    }
    Cow::Owned(text)
}

/// The bytes [`decode`] read.
pub fn encode(text: &str) -> Cow<'_, [u8]> {
    // The byte that begins all of the private plane.
    if memchr::memchr(0xf4, text.as_bytes()).is_none() {
        return Cow::Borrowed(text.as_bytes());
    }
    let escaped = |rune: char| {
        let offset = u32::from(rune).wrapping_sub(ESCAPE);
        u8::try_from(offset).ok()
    };
    let mut bytes = Vec::with_capacity(text.len());
    for rune in text.chars() {
        match escaped(rune) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_end_at_any_unicode_space() {
        for (line, field, rest) in [
            ("a b", "a", "b"),
            ("a \t\u{b}b c", "a", "b c"),
            ("a\u{a0}\u{2003}b", "a", "b"),
            ("é", "é", ""),
            ("", "", ""),
            (" a", "", "a"),
        ] {
            let got = split_field(line.as_bytes());
            assert_eq!(got, (field.as_bytes(), rest.as_bytes()), "{line:?}");
        }
    }

    #[test]
    fn broken_utf8_survives_the_way_through_text() {
        for bytes in [&b"abc"[..], b"a\xffb\xc3", "π\u{10ffff}".as_bytes(), b""] {
            assert_eq!(encode(&decode(bytes)), bytes);
        }
    }
}
