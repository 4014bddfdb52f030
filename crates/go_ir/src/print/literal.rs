//! Constants as go/constant's `String` gives them.

use go_types::constant::{Value, quote_ascii};

/// Longer texts are cut.
const MAX_TEXT: usize = 72;

/// A constant in short form; numbers that are no integers with six digits.
pub(super) fn constant_text(value: &Value) -> String {
    match value {
        Value::Str(text) => {
            let quoted = quote(&text.to_vec());
            if quoted.chars().count() <= MAX_TEXT {
                return quoted;
            }
            let head = quoted.chars().take(MAX_TEXT - 3);
            head.chain("...".chars()).collect()
        }
        Value::Bool(value) => value.to_string(),
        Value::Int(_) | Value::Big(_) => value.int_text(),
        Value::Ratio(_) | Value::Float(_) => float_text(value),
        Value::Complex(_) => format!(
            "({} + {}i)",
            float_text(&value.real_part()),
            float_text(&value.imaginary_part())
        ),
        Value::Unknown => "unknown".to_owned(),
    }
}

/// C's `%.6g`.
pub(super) fn float_text(value: &Value) -> String {
    const DIGITS: i32 = 6;
    let Some(float) = value.as_f64() else {
        return value.exact_text();
    };
    if float == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{float:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..DIGITS).contains(&exponent) {
        let decimals = usize::try_from(DIGITS - 1 - exponent).unwrap_or_default();
        return without_zeros(&format!("{float:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// A rune in single quotes, as Go's `%q`.
pub(super) fn quoted_rune(code: u32) -> String {
    match char::from_u32(code) {
        Some('\'') => "'\\''".to_owned(),
        Some('"') => "'\"'".to_owned(),
        Some(rune) => {
            let quoted = quote(rune.to_string().as_bytes());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
        None => "'\u{fffd}'".to_owned(),
    }
}

/// Bytes in double quotes, as Go's `strconv.Quote`: what can be printed stays.
pub(crate) fn quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for rune in chunk.valid().chars() {
            if rune.is_ascii() || rune.is_control() || rune.is_whitespace() || is_private(rune) {
                let mut buffer = [0; 4];
                let quoted = quote_ascii(rune.encode_utf8(&mut buffer).as_bytes());
                out.push_str(&quoted[1..quoted.len() - 1]);
            } else {
                out.push(rune);
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

/// Runes without a meaning of their own, which are not printed.
fn is_private(rune: char) -> bool {
    matches!(
        rune,
        '\u{d7fc}'..='\u{f8ff}' | '\u{fffe}'..='\u{ffff}' | '\u{f0000}'..='\u{10ffff}'
    )
}
