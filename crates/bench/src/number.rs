//! Numbers as Go reads and prints them.

use std::num::IntErrorKind;

/// The reason why a text is not a number, in Go's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NumberError {
    #[error("invalid syntax")]
    Syntax,
    #[error("value out of range")]
    Range,
}

/// A decimal integer with an optional sign, as `strconv.Atoi`.
pub fn parse_int(word: &[u8]) -> Result<i64, NumberError> {
    let text = std::str::from_utf8(word).map_err(|_| NumberError::Syntax)?;
    text.parse()
        .map_err(|error: std::num::ParseIntError| match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => NumberError::Range,
            _ => NumberError::Syntax,
        })
}

/// A floating-point number, as `strconv.ParseFloat`: decimal or hexadecimal, underscores between
/// digits, `inf` and `nan` in any case. Overflow is an error.
pub fn parse_float(word: &[u8]) -> Result<f64, NumberError> {
    // Most measurements are integers.
    if word.len() <= 15 && !word.is_empty() && word.iter().all(u8::is_ascii_digit) {
        let value = word
            .iter()
            .fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        return Ok(value as f64);
    }
    let plain = word.first().is_some_and(|byte| !byte.is_ascii_alphabetic())
        && word
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'));
    if plain {
        return finite(parse_decimal(word)?);
    }
    if let Some(value) = special(word) {
        return Ok(value);
    }
    if !underscores_separate_digits(word) {
        return Err(NumberError::Syntax);
    }
    let (negative, digits) = match word {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, word),
    };
    if let [b'0', b'x' | b'X', rest @ ..] = digits {
        let value = parse_hex(rest)?;
        return Ok(if negative { -value } else { value });
    }
    let digits: Vec<u8> = word.iter().copied().filter(|&byte| byte != b'_').collect();
    finite(parse_decimal(&digits)?)
}

fn finite(value: f64) -> Result<f64, NumberError> {
    if value.is_infinite() {
        Err(NumberError::Range)
    } else {
        Ok(value)
    }
}

/// Rust's own reader takes what Go's does, once words such as `inf` are out of the way.
fn parse_decimal(word: &[u8]) -> Result<f64, NumberError> {
    let shaped = word
        .iter()
        .all(|byte| !byte.is_ascii_alphabetic() || matches!(byte, b'e' | b'E'));
    let text = std::str::from_utf8(word).map_err(|_| NumberError::Syntax)?;
    if shaped {
        text.parse().map_err(|_| NumberError::Syntax)
    } else {
        Err(NumberError::Syntax)
    }
}

fn special(word: &[u8]) -> Option<f64> {
    let (sign, name) = match word {
        [b'-', rest @ ..] => (Some(-1.0), rest),
        [b'+', rest @ ..] => (Some(1.0), rest),
        _ => (None, word),
    };
    if name.eq_ignore_ascii_case(b"inf") || name.eq_ignore_ascii_case(b"infinity") {
        Some(f64::INFINITY * sign.unwrap_or(1.0))
    } else if sign.is_none() && name.eq_ignore_ascii_case(b"nan") {
        Some(f64::NAN)
    } else {
        None
    }
}

/// Go's rule for literals: an underscore stands between digits, or after the base prefix.
fn underscores_separate_digits(word: &[u8]) -> bool {
    if !word.contains(&b'_') {
        return true;
    }
    let digits = word
        .strip_prefix(b"-")
        .or_else(|| word.strip_prefix(b"+"))
        .unwrap_or(word);
    let prefixed = matches!(digits, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    let hex = matches!(digits, [b'0', b'x' | b'X', ..]);
    let (mut last, rest) = if prefixed {
        (b'0', &digits[2..])
    } else {
        (b'^', digits)
    };
    for &byte in rest {
        let class = match byte {
            b'_' => b'_',
            _ if byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit() => b'0',
            _ => b'!',
        };
        if class == b'_' && last != b'0' || class == b'!' && last == b'_' {
            return false;
        }
        last = class;
    }
    last != b'_'
}

/// The part of a hexadecimal number after `0x`: digits, point, and the `p` exponent Go demands.
fn parse_hex(word: &[u8]) -> Result<f64, NumberError> {
    let (mut mantissa, mut exponent, mut sticky) = (0u64, 0i64, false);
    let (mut seen_digit, mut seen_point) = (false, false);
    let mut at = 0;
    while let Some(&byte) = word.get(at) {
        match byte {
            b'_' => {}
            b'.' if !seen_point => seen_point = true,
            _ => {
                let Some(digit) = char::from(byte).to_digit(16) else {
                    break;
                };
                seen_digit = true;
                if mantissa >> 60 == 0 {
                    mantissa = mantissa << 4 | u64::from(digit);
                } else {
                    sticky |= digit != 0;
                    exponent += 4;
                }
                exponent -= if seen_point { 4 } else { 0 };
            }
        }
        at += 1;
    }
    if !seen_digit || !matches!(word.get(at), Some(b'p' | b'P')) {
        return Err(NumberError::Syntax);
    }
    exponent += parse_exponent(&word[at + 1..])?;
    assemble(mantissa, exponent, sticky)
}

fn parse_exponent(word: &[u8]) -> Result<i64, NumberError> {
    let (sign, digits) = match word {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        _ => (1, word),
    };
    if !digits.first().is_some_and(u8::is_ascii_digit) {
        return Err(NumberError::Syntax);
    }
    let mut value = 0i64;
    for &byte in digits {
        match byte {
            b'_' => {}
            // Far beyond any double; more digits change nothing.
            b'0'..=b'9' => value = (value * 10 + i64::from(byte - b'0')).min(100_000),
            _ => return Err(NumberError::Syntax),
        }
    }
    Ok(sign * value)
}

/// `mantissa · 2^exponent` rounded to the nearest double, ties to even. `sticky` says that something
/// below the mantissa was cut off.
fn assemble(mantissa: u64, exponent: i64, sticky: bool) -> Result<f64, NumberError> {
    if mantissa == 0 {
        return Ok(0.0);
    }
    let shift = i64::from(mantissa.leading_zeros());
    let mantissa = mantissa << shift;
    let exponent = exponent - shift + 63; // of the leading bit
    if exponent > 1023 {
        return Err(NumberError::Range);
    }
    // Below half of the smallest double.
    if exponent < -1075 {
        return Ok(0.0);
    }
    // Bits of the mantissa that fall away: 11 for a normal number, up to all 64 below the range.
    let cut = 11 + (-1022 - exponent).max(0) as u32;
    let wide = u128::from(mantissa) << 64 | u128::from(sticky);
    let kept = wide.checked_shr(64 + cut).unwrap_or(0) as u64;
    let rest = wide - u128::from(kept).checked_shl(64 + cut).unwrap_or(0);
    let half = 1u128 << (63 + cut);
    let up = rest > half || rest == half && kept & 1 == 1;
    let kept = kept + u64::from(up);
    // A carry out of the mantissa steps into the exponent field by itself.
    let biased = (exponent + 1022).max(0) as u64;
    let bits = if exponent < -1022 {
        kept
    } else {
        (biased << 52) + kept
    };
    finite(f64::from_bits(bits))
}

/// A double as Go's `%v` prints it: shortest digits, exponent form below 1e-4 and from 1e6.
pub fn format_v(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-4..1e6).contains(&magnitude) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// A double as Go's `%.Nf` prints it.
pub fn format_f(value: f64, decimals: usize) -> String {
    if value.is_finite() {
        format!("{value:.decimals$}")
    } else {
        format_v(value)
    }
}

/// A double as Go's `%+.Nf` prints it.
pub fn format_signed(value: f64, decimals: usize) -> String {
    if value.is_nan() {
        return "+NaN".to_owned();
    }
    if value.is_infinite() {
        return format_v(value);
    }
    format!("{value:+.decimals$}")
}

/// Text as Go's `%q` quotes it.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for rune in text.chars() {
        match rune {
            '"' | '\\' => quoted.extend(['\\', rune]),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            _ if rune.is_ascii_control() => {
                quoted.extend(["\\x", &format!("{:02x}", u32::from(rune))]);
            }
            _ if rune.is_control() || rune.is_whitespace() && rune != ' ' => {
                quoted.extend(["\\u", &format!("{:04x}", u32::from(rune))]);
            }
            _ => quoted.push(rune),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_read_as_by_strconv() {
        use NumberError::{Range, Syntax};
        for (word, want) in [
            ("1726", Ok(1726.0)),
            ("9007199254740993", Ok(9_007_199_254_740_992.0)),
            ("1.", Ok(1.0)),
            (".5", Ok(0.5)),
            ("+1e3", Ok(1000.0)),
            ("1E-3", Ok(0.001)),
            ("1_000", Ok(1000.0)),
            ("1_0.2_5e1_0", Ok(1.025e11)),
            ("_1", Err(Syntax)),
            ("1__0", Err(Syntax)),
            ("1_", Err(Syntax)),
            ("1_.5", Err(Syntax)),
            ("0x1p-2", Ok(0.25)),
            ("-0X_1.8p1", Ok(-3.0)),
            ("0x10", Err(Syntax)),
            ("0xp1", Err(Syntax)),
            ("0x1p", Err(Syntax)),
            ("0x1p1024", Err(Range)),
            ("0x1p-1074", Ok(5e-324)),
            ("0x1p-1075", Ok(0.0)),
            ("0x1.8p-1075", Ok(5e-324)),
            ("0x1.fffffffffffff8p0", Ok(2.0)),
            ("0x1.fffffffffffff7p0", Ok(1.999_999_999_999_999_8)),
            ("0x1.ffffffffffffffp-1023", Ok(f64::MIN_POSITIVE)),
            ("0x1.fffffffffffff8p1023", Err(Range)),
            ("1e309", Err(Range)),
            ("1e-400", Ok(0.0)),
            ("1e", Err(Syntax)),
            ("e1", Err(Syntax)),
            (".", Err(Syntax)),
            ("1.2.3", Err(Syntax)),
            ("Inf", Ok(f64::INFINITY)),
            ("-infinity", Ok(f64::NEG_INFINITY)),
            ("+nan", Err(Syntax)),
            ("infx", Err(Syntax)),
            ("", Err(Syntax)),
            ("--1", Err(Syntax)),
        ] {
            assert_eq!(parse_float(word.as_bytes()), want, "{word}");
        }
        assert!(parse_float(b"NaN").is_ok_and(f64::is_nan));
    }

    #[test]
    fn integers_are_read_as_by_strconv() {
        for (word, want) in [
            ("-12", Ok(-12)),
            ("+12", Ok(12)),
            ("9223372036854775808", Err(NumberError::Range)),
            ("1_000", Err(NumberError::Syntax)),
            ("1.0", Err(NumberError::Syntax)),
            ("", Err(NumberError::Syntax)),
        ] {
            assert_eq!(parse_int(word.as_bytes()), want, "{word}");
        }
    }

    #[test]
    fn doubles_print_as_with_percent_v() {
        for (value, want) in [
            (1.726e-6, "1.726e-06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (999_999.999_999_999_5, "999999.9999999995"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (-2.5e-100, "-2.5e-100"),
            (0.0, "0"),
            (-0.0, "-0"),
            (f64::INFINITY, "+Inf"),
            (12.5, "12.5"),
        ] {
            assert_eq!(format_v(value), want);
        }
    }
}
