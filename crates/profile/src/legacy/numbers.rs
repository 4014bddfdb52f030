//! Numbers as Go's `strconv` reads them, and the estimate behind a sampled one.

use regex::bytes::Regex;

use super::{LegacyError, Result, pattern};
use crate::scale::to_integer;

/// A decimal number.
pub(super) fn decimal(digits: &[u8]) -> Result<i64, String> {
    parse(digits, 10)
}

/// A number whose base follows from its prefix, as in Go's source code.
pub(super) fn prefixed(text: &[u8]) -> Result<i64, String> {
    let (sign, digits) = match text {
        [b'-', rest @ ..] => ("-", rest),
        [b'+', rest @ ..] => ("", rest),
        _ => ("", text),
    };
    let (base, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', b'b' | b'B', rest @ ..] => (2, rest),
        [b'0', b'o' | b'O', rest @ ..] => (8, rest),
        [b'0', rest @ ..] if !rest.is_empty() => (8, rest),
        _ => (10, digits),
    };
    if digits.first().is_none_or(|byte| !byte.is_ascii_hexdigit()) {
        return Err(message(text, "invalid syntax"));
    }
    let signed = [sign.as_bytes(), digits].concat();
    parse(&signed, base).map_err(|err| {
        let range = err.ends_with("out of range");
        message(
            text,
            if range {
                "value out of range"
            } else {
                "invalid syntax"
            },
        )
    })
}

fn parse(digits: &[u8], base: u32) -> Result<i64, String> {
    let invalid = || message(digits, "invalid syntax");
    let text = std::str::from_utf8(digits).map_err(|_| invalid())?;
    i64::from_str_radix(text, base).map_err(|err| match err.kind() {
        std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
            message(digits, "value out of range")
        }
        _ => invalid(),
    })
}

fn message(text: &[u8], reason: &str) -> String {
    let text = String::from_utf8_lossy(text);
    format!("strconv.ParseInt: parsing {text:?}: {reason}")
}

/// Hexadecimal digits without prefix.
pub(super) fn hex(digits: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Finds addresses of the form `0x1f` in lines.
pub(super) struct Addresses(Regex);

impl Addresses {
    pub(super) fn new() -> Self {
        Self(pattern("0x([0-9a-f]+)"))
    }

    /// All addresses in `text`, which is part of `line`.
    pub(super) fn find(&self, text: &[u8], line: &[u8]) -> Result<Vec<u64>> {
        let address = |found: regex::bytes::Captures<'_>| {
            hex(&found[1]).ok_or_else(|| {
                let number = String::from_utf8_lossy(&found[0]).into_owned();
                malformed(
                    line,
                    &format!("failed to parse as hex 64-bit number: {number}"),
                )
            })
        };
        self.0.captures_iter(text).map(address).collect()
    }
}

pub(super) fn malformed(line: &[u8], reason: &str) -> LegacyError {
    let line = String::from_utf8_lossy(line);
    LegacyError::Broken(format!("malformed sample: {line}: {reason}"))
}

/// Count and size of all allocations behind those that were sampled, where one in `rate` bytes
/// is: a block of size s is sampled with the probability 1 − e^(−s/rate).
pub(super) fn unsample(count: i64, size: i64, rate: i64) -> (i64, i64) {
    if count == 0 || size == 0 {
        return (0, 0);
    }
    if rate <= 1 {
        return (count, size);
    }
    let mean = size as f64 / count as f64;
    let scale = 1.0 / (1.0 - (-mean / rate as f64).exp());
    (
        to_integer(count as f64 * scale),
        to_integer(size as f64 * scale),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_choose_the_base() {
        let cases = [
            ("12", Ok(12)),
            ("-0x1f", Ok(-31)),
            ("010", Ok(8)),
            ("0b11", Ok(3)),
            ("0", Ok(0)),
            (
                "08",
                Err("strconv.ParseInt: parsing \"08\": invalid syntax"),
            ),
            ("", Err("strconv.ParseInt: parsing \"\": invalid syntax")),
            (
                "--1",
                Err("strconv.ParseInt: parsing \"--1\": invalid syntax"),
            ),
            (
                "9223372036854775808",
                Err("strconv.ParseInt: parsing \"9223372036854775808\": value out of range"),
            ),
        ];
        for (text, expected) in cases {
            let number = prefixed(text.as_bytes());
            assert_eq!(number.as_ref().copied().map_err(|it| &it[..]), expected);
        }
    }

    #[test]
    fn small_blocks_stand_for_more_than_large_ones() {
        assert_eq!(unsample(1, 1024, 524_288), (512, 524_800));
        assert_eq!(unsample(1, 1 << 30, 524_288), (1, 1 << 30));
        assert_eq!(unsample(3, 100, 1), (3, 100));
        assert_eq!(unsample(0, 100, 4096), (0, 0));
    }
}
