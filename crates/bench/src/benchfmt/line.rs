//! What a single line is.

use crate::bytes::{decode_rune, split_field};

/// Splits `key: value`. The key starts with a lower case letter and holds no upper case letter and
/// no space; the value may be missing (`key:`), else a blank or tab must come before it.
pub(super) fn key_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = key_length(line)?;
    let (key, value) = (&line[..colon], &line[colon + 1..]);
    if value.is_empty() {
        return Some((key, value));
    }
    let blanks = value
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    (blanks > 0).then(|| (key, &value[blanks..]))
}

fn key_length(line: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < line.len() {
        let (rune, len) = decode_rune(&line[at..]);
        if at == 0 && !is_lower(rune) || rune.is_whitespace() || is_upper(rune) {
            return None;
        }
        if at > 0 && rune == ':' {
            return Some(at);
        }
        at += len;
    }
    None
}

/// Go's IsLower: category Ll alone. Rust's adds Other_Lowercase, which are the modifier and number
/// letters below.
fn is_lower(rune: char) -> bool {
    let other = matches!(rune,
        'ª' | 'º' | '\u{2b0}'..='\u{2b8}' | '\u{2c0}'..='\u{2c1}' | '\u{2e0}'..='\u{2e4}' | '\u{345}'
        | '\u{37a}' | '\u{10fc}' | '\u{1d2c}'..='\u{1d6a}' | '\u{1d78}' | '\u{1d9b}'..='\u{1dbf}'
        | '\u{2071}' | '\u{207f}' | '\u{2090}'..='\u{209c}' | '\u{2170}'..='\u{217f}'
        | '\u{24d0}'..='\u{24e9}' | '\u{2c7c}'..='\u{2c7d}' | '\u{a69c}'..='\u{a69d}' | '\u{a770}'
        | '\u{a7f1}'..='\u{a7f4}' | '\u{a7f8}'..='\u{a7f9}' | '\u{ab5c}'..='\u{ab5f}' | '\u{ab69}'
        | '\u{10780}' | '\u{10783}'..='\u{107ba}' | '\u{1e030}'..='\u{1e06d}');
    rune.is_lowercase() && !other
}

/// Go's IsUpper: category Lu alone, without Rust's Other_Uppercase.
fn is_upper(rune: char) -> bool {
    let other = matches!(rune,
        '\u{2160}'..='\u{216f}' | '\u{24b6}'..='\u{24cf}' | '\u{1f130}'..='\u{1f149}'
        | '\u{1f150}'..='\u{1f169}' | '\u{1f170}'..='\u{1f189}');
    rune.is_uppercase() && !other
}

/// What follows `Unit` if that is the whole first field.
pub(super) fn unit_line(line: &[u8]) -> Option<&[u8]> {
    let (first, rest) = split_field(line);
    (first == b"Unit").then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_lines_are_told_from_prose() {
        for (line, want) in [
            ("pkg: a/b ", Some(("pkg", "a/b "))),
            ("key:", Some(("key", ""))),
            ("key: \t", Some(("key", ""))),
            ("x:y", None),
            ("x:y: z", None),
            ("Pkg: a", None),
            ("pKg: a", None),
            ("p kg: a", None),
            (": a", None),
            ("é: a", Some(("é", "a"))),
            ("ª: a", None),
            ("aⅧ: x", Some(("aⅧ", "x"))),
            ("\u{feff}a: x", None),
        ] {
            let want = want.map(|(key, value): (&str, &str)| (key.as_bytes(), value.as_bytes()));
            assert_eq!(key_value(line.as_bytes()), want, "{line:?}");
        }
    }
}
