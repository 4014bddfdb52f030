//! Names of files, functions and labels on terminals: they may hold anything.

use std::borrow::Cow;

/// Whether a character acts on a terminal, or on the order in which text is shown, instead of
/// being shown.
pub fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with characters that act written as escapes.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped() {
        let cases = [
            ("main.(*T).f[...]", "main.(*T).f[...]"),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\nb\u{9b}c\u{202e}d", "a\\u{a}b\\u{9b}c\\u{202e}d"),
            ("größe…", "größe…"),
        ];
        for (text, expected) in cases {
            assert_eq!(visible(text), expected);
        }
    }
}
