//! Numbers as pprof prints them.

use std::borrow::Cow;

/// The share of `value` in `total` as pprof prints it: five columns and a percent sign, never
/// negative, two significant digits below 1 %. A total of 0 gives 0 %.
pub fn percentage(value: i64, total: i64) -> String {
    let ratio = if total == 0 {
        0.0
    } else {
        (value as f64 / total as f64).abs() * 100.0
    };
    if (99.95..=100.05).contains(&ratio) {
        "  100%".to_owned()
    } else if ratio >= 1.0 {
        format!("{ratio:5.2}%")
    } else {
        format!("{:>5}%", significant(ratio, 2))
    }
}

/// A number with at most `digits` significant digits and no trailing zeros, in exponential form
/// when it is below 0.0001 or does not fit: `%.2g` in C and Go.
fn significant(value: f64, digits: usize) -> String {
    let text = format!("{value:.*e}", digits - 1);
    general(&text, digits as i32)
}

/// A float as Go's `fmt.Print` shows it: the shortest text that reads back as the same number.
pub(crate) fn shortest(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    if value.is_nan() {
        return "NaN".to_owned();
    }
    general(&format!("{value:e}"), 21)
}

/// From Rust's `d.ddde±x` to `%g`: plain digits for exponents from -4 to below `limit`.
fn general(exponential: &str, limit: i32) -> String {
    let (mantissa, exponent) = exponential.split_once('e').unwrap_or((exponential, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let mut digits: String = mantissa.chars().filter(|&c| c != '.').collect();
    digits.truncate(digits.trim_end_matches('0').len().max(1));
    let n_digits = digits.len() as i32;
    let limit = if limit > n_digits && n_digits > exponent && limit < 21 {
        n_digits.max(1)
    } else {
        limit
    };
    if exponent < -4 || exponent >= limit {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!(
            "{sign}{first}{point}{rest}e{exponent_sign}{:02}",
            exponent.abs()
        );
    }
    if exponent < 0 {
        let zeros = "0".repeat((-exponent - 1) as usize);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        let zeros = "0".repeat(whole - digits.len());
        format!("{sign}{digits}{zeros}")
    } else {
        format!("{sign}{}.{}", &digits[..whole], &digits[whole..])
    }
}

/// To an integer as Go does on amd64, where whatever does not fit becomes the smallest one.
pub(crate) fn to_integer(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

/// A duration in nanoseconds as Go prints it: `1m30s`, `2.5ms`, `0s`.
pub(crate) fn duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let fraction = |unit: u64, name: &str| {
        let digits = unit.ilog10() as usize;
        let text = format!("{}.{:0digits$}", nanos / unit, nanos % unit);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        format!("{sign}{text}{name}")
    };
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{nanos}ns"),
        1_000..1_000_000 => fraction(1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(1_000_000, "ms"),
        _ => {
            let minutes = nanos / 60_000_000_000;
            let seconds = nanos % 60_000_000_000;
            let text = format!("{}.{:09}", seconds / 1_000_000_000, seconds % 1_000_000_000);
            let seconds = text.trim_end_matches('0').trim_end_matches('.');
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// A text in double quotes with Go's escapes (`%q`).
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let escape: Cow<'_, str> = match c {
            '"' => "\\\"".into(),
            '\\' => "\\\\".into(),
            '\x07' => "\\a".into(),
            '\x08' => "\\b".into(),
            '\x0c' => "\\f".into(),
            '\n' => "\\n".into(),
            '\r' => "\\r".into(),
            '\t' => "\\t".into(),
            '\x0b' => "\\v".into(),
            c if (c as u32) < 0x20 || c == '\x7f' => format!("\\x{:02x}", c as u32).into(),
            c if c.is_control() => format!("\\u{:04x}", c as u32).into(),
            c => {
                out.push(c);
                continue;
            }
        };
        out.push_str(&escape);
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_two_digits() {
        let cases = [
            (0, 0, "    0%"),
            (0, 10, "    0%"),
            (1, 1, "  100%"),
            (9_996, 10_000, "  100%"),
            (9_994, 10_000, "99.94%"),
            (-1, 2, "50.00%"),
            (3, 2, "150.00%"),
            (1, 500, "  0.2%"),
            (12, 100_000, "0.012%"),
            (12, 100_000_000, "1.2e-05%"),
            (1, 100_000_000, "1e-06%"),
            (9_999, 1_000_000, "    1%"),
            (999, 100_000, "    1%"),
            (994, 100_000, " 0.99%"),
            (99_999, 10_000_000_000, "0.001%"),
        ];
        for (value, total, expected) in cases {
            assert_eq!(percentage(value, total), expected, "{value} of {total}");
        }
    }

    #[test]
    fn floats_print_shortest() {
        let cases = [
            (1.0, "1"),
            (0.005, "0.005"),
            (-2.5, "-2.5"),
            (1e-5, "1e-05"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (123_456.0, "123456"),
            (0.0, "0"),
        ];
        for (value, expected) in cases {
            assert_eq!(shortest(value), expected);
        }
    }

    #[test]
    fn durations_print_as_in_go() {
        let cases = [
            (0, "0s"),
            (15, "15ns"),
            (1_500, "1.5µs"),
            (2_000_000, "2ms"),
            (1_100_000_000, "1.1s"),
            (90_000_000_000, "1m30s"),
            (3_600_000_000_000, "1h0m0s"),
            (-5_000_000_000, "-5s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ];
        for (nanos, expected) in cases {
            assert_eq!(duration(nanos), expected);
        }
    }
}
