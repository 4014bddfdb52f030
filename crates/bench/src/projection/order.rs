//! Orders of values.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use crate::number::parse_float;

/// How values of a field are ordered.
#[derive(Clone, Debug)]
pub(super) enum Order {
    /// By first observation.
    First(FxHashMap<String, u32>),
    /// Meant as by first observation, which is not recorded for the parts of `.config`: all are
    /// equal, so that bytes decide.
    Unobserved,
    /// By place in a list.
    Fixed(FxHashMap<String, u32>),
    /// As bytes.
    Alpha,
    /// As numbers.
    Num,
}

impl Order {
    pub(super) fn new(name: &str, fixed: &[String]) -> Option<Self> {
        Some(match name {
            "first" => Self::first(),
            "alpha" => Self::Alpha,
            "num" => Self::Num,
            "fixed" => Self::Fixed(fixed.iter().cloned().zip(0..).collect()),
            _ => return None,
        })
    }

    pub(super) fn first() -> Self {
        Self::First(FxHashMap::default())
    }

    /// The same for a part of a tuple.
    pub(super) fn unobserved(&self) -> Self {
        match self {
            Self::First(_) => Self::Unobserved,
            other => other.clone(),
        }
    }

    pub(super) fn observe(&mut self, value: &str) {
        if let Self::First(seen) = self
            && !seen.contains_key(value)
        {
            let place = seen.len() as u32;
            seen.insert(value.to_owned(), place);
        }
    }

    pub(super) fn compare(&self, a: &str, b: &str) -> Ordering {
        match self {
            Self::First(places) | Self::Fixed(places) => {
                let place = |value| places.get(value).copied().unwrap_or(0);
                place(a).cmp(&place(b))
            }
            Self::Unobserved => Ordering::Equal,
            Self::Alpha => a.cmp(b),
            Self::Num => compare_numbers(number(a), number(b)),
        }
    }
}

/// Numbers before NaN before what is not a number.
fn compare_numbers(a: Option<f64>, b: Option<f64>) -> Ordering {
    let class = |number: Option<f64>| number.map_or(2, |number| u8::from(number.is_nan()));
    class(a)
        .cmp(&class(b))
        .then_with(|| a.partial_cmp(&b).unwrap_or(Ordering::Equal))
}

/// A number, or one with a decimal or binary prefix: `2k`, `-1.5MiB`, `10B`. The whole text must be one.
///
/// Source: golang.org/x/perf/benchproc/sort.go `parseNum`, v0.0.0-20260908200009.
fn number(text: &str) -> Option<f64> {
    if let Ok(number) = parse_float(text.as_bytes()) {
        return Some(number);
    }
    let text = text.strip_suffix(['b', 'B']).unwrap_or(text);
    let (text, base) = match text.strip_suffix('i') {
        Some(prefixed) => (prefixed, 1024.0f64),
        None => (text, 1000.0),
    };
    let (digits, power) = match text.chars().next_back().and_then(power) {
        Some(power) => (&text[..text.len() - 1], power),
        // An `i` belongs to a prefix.
        None if base > 1000.0 => return None,
        None => (text, 0),
    };
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let number = parse_float(digits.as_bytes()).ok()?;
    (unsigned.bytes().all(plain)).then(|| number * base.powi(power))
}

fn power(prefix: char) -> Option<i32> {
    let prefix = if prefix == 'k' { 'K' } else { prefix };
    "KMGTPEZY".find(prefix).map(|at| at as i32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_size() {
        let mut words = [
            "z", "0x10", "1Mi", "2k", "NaN", "10", "1e3", "9", "-1", "1.5KiB", "1500B", "i", "a",
            "-1k", "v2", "100ms", "1e3B", "+2Mi", "infB", "1K", "5iB",
        ];
        let order = Order::Num;
        words.sort_by(|a, b| order.compare(a, b).then_with(|| a.cmp(b)));
        assert_eq!(
            words.join(" "),
            "-1k -1 9 10 1K 1e3 1500B 1.5KiB 2k 1Mi +2Mi NaN 0x10 100ms 1e3B 5iB a i infB v2 z"
        );
    }
}
