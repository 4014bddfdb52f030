//! Units of measurements: tidying, and scaling values for people.
//!
//! Source: golang.org/x/perf/benchunit.

mod scale;

use std::borrow::Cow;

pub use scale::{Scaler, common_scale, scale};

/// By which steps values of a unit are scaled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitClass {
    /// By 1000: k, M, G, …
    Decimal,
    /// By 1024: Ki, Mi, Gi, …
    Binary,
}

/// The unit in base units and the factor that brings a value there: `ns/op` is `sec/op` times 1e-9,
/// `MB/s` is `B/s` times 1e6. Only the numerator is changed.
pub fn tidy(unit: &str) -> (Cow<'_, str>, f64) {
    match unit {
        "ns/op" => return (Cow::Borrowed("sec/op"), 1e-9),
        "MB/s" => return (Cow::Borrowed("B/s"), 1e6),
        _ => {}
    }
    let (mut factor, mut tidied, mut done) = (1.0, String::new(), 0);
    for token in tokens(unit).filter(|token| !token.denominator) {
        let base = match token.text {
            "ns" => {
                factor /= 1e9;
                "sec"
            }
            "MB" => {
                factor *= 1e6;
                "B"
            }
            _ => continue,
        };
        tidied.push_str(&unit[done..token.start]);
        tidied.push_str(base);
        done = token.start + token.text.len();
    }
    if done == 0 {
        return (Cow::Borrowed(unit), 1.0);
    }
    tidied.push_str(&unit[done..]);
    (Cow::Owned(tidied), factor)
}

/// Binary if bytes are counted in the numerator.
pub fn class_of(unit: &str) -> UnitClass {
    let binary =
        tokens(unit).any(|token| !token.denominator && matches!(token.text, "B" | "MB" | "bytes"));
    if binary {
        UnitClass::Binary
    } else {
        UnitClass::Decimal
    }
}

struct Token<'a> {
    text: &'a str,
    /// Byte offset in the unit.
    start: usize,
    denominator: bool,
}

/// The words of a unit: cut at `-`, `*`, `/` and white space; after `/` follows the denominator,
/// after `*` the numerator again.
fn tokens(unit: &str) -> impl Iterator<Item = Token<'_>> {
    let separates = |rune: char| matches!(rune, '-' | '*' | '/') || rune.is_whitespace();
    let (mut at, mut denominator) = (0, false);
    std::iter::from_fn(move || {
        loop {
            let rest = &unit[at..];
            let rune = rest.chars().next()?;
            if !separates(rune) {
                let text = &rest[..rest.find(separates).unwrap_or(rest.len())];
                let start = at;
                at += text.len();
                return Some(Token {
                    text,
                    start,
                    denominator,
                });
            }
            denominator = match rune {
                '/' => true,
                '*' => false,
                _ => denominator,
            };
            at += rune.len_utf8();
        }
    })
}

/// Which way an improvement goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Better {
    Lower,
    Higher,
    Unknown,
}

/// What is known of a unit without metadata: those of the testing package, and those of Sweet (golang.org/x/benchmarks).
pub fn better_by_default(unit: &str) -> Better {
    match unit {
        "ns/op"
        | "sec/op"
        | "B/op"
        | "allocs/op"
        | crate::ab::INSTRUCTIONS
        | "p50-latency-sec"
        | "p90-latency-sec"
        | "p99-latency-sec"
        | "average-RSS-bytes"
        | "peak-RSS-bytes"
        | "peak-VM-bytes" => Better::Lower,
        "MB/s" | "B/s" | "ops/s" => Better::Higher,
        _ => Better::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tidying_changes_the_numerator_alone() {
        for (unit, want, factor) in [
            ("ns/op", "sec/op", 1e-9),
            ("MB/s", "B/s", 1e6),
            ("B/op", "B/op", 1.0),
            ("op/ns", "op/ns", 1.0),
            ("p99-ns", "p99-sec", 1.0 / 1e9),
            ("a/b*ns", "a/b*sec", 1.0 / 1e9),
            ("ns*MB", "sec*B", 1.0 / 1e9 * 1e6),
            ("bans/op", "bans/op", 1.0),
        ] {
            assert_eq!(tidy(unit), (Cow::Borrowed(want), factor), "{unit}");
        }
    }

    #[test]
    fn directions_are_known_of_what_testing_and_sweet_print() {
        for (unit, better) in [
            ("sec/op", Better::Lower),
            ("allocs/op", Better::Lower),
            ("B/s", Better::Higher),
            ("ops/s", Better::Higher),
            (&*tidy("p99-latency-ns").0, Better::Lower),
            ("peak-RSS-bytes", Better::Lower),
            ("widgets/op", Better::Unknown),
        ] {
            assert_eq!(better_by_default(unit), better, "{unit}");
        }
    }

    #[test]
    fn bytes_in_the_numerator_are_binary() {
        for (unit, class) in [
            ("B/op", UnitClass::Binary),
            ("heap-bytes", UnitClass::Binary),
            ("op/B", UnitClass::Decimal),
            ("sec/op", UnitClass::Decimal),
        ] {
            assert_eq!(class_of(unit), class, "{unit}");
        }
    }
}
