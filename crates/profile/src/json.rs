//! JSON as far as writing needs it.

use std::fmt::Display;

/// Writes a text with its quotes.
pub(crate) fn put_str(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                out.push_str("\\u00");
                let digit = |value: u32| char::from_digit(value, 16).unwrap_or('0');
                out.push(digit(control as u32 >> 4));
                out.push(digit(control as u32 & 15));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Writes a list, each element by `put`.
pub(crate) fn put_list<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    mut put: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        put(out, item);
    }
    out.push(']');
}

/// Writes a list of numbers, or of whatever prints as JSON.
pub(crate) fn put_numbers<T: Display>(out: &mut String, items: impl IntoIterator<Item = T>) {
    use std::fmt::Write;
    put_list(out, items, |out, item| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{item}");
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let mut out = String::new();
        put_str(&mut out, "a\"\\\n\u{1}é\u{1f}");
        assert_eq!(out, "\"a\\\"\\\\\\n\\u0001é\\u001f\"");
        let text: String = serde_json::from_str(&out).unwrap();
        assert_eq!(text, "a\"\\\n\u{1}é\u{1f}");
    }
}
