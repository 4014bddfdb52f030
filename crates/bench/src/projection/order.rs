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

/// Numbers before NaN before what is no number.
fn compare_numbers(a: Option<f64>, b: Option<f64>) -> Ordering {
    let class = |number: Option<f64>| number.map_or(2, |number| u8::from(number.is_nan()));
    class(a)
        .cmp(&class(b))
        .then_with(|| a.partial_cmp(&b).unwrap_or(Ordering::Equal))
}

/// A number, or the first stretch of digits and points with the decimal or binary prefix behind it:
/// `2k`, `1.5MiB`, `v3`.
fn number(text: &str) -> Option<f64> {
    if let Ok(number) = parse_float(text.as_bytes()) {
        return Some(number);
    }
    let digits = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let start = text.bytes().position(|byte| digits(&byte))?;
    let len = text.bytes().skip(start).take_while(digits).count();
    let (number, rest) = text[start..].split_at(len);
    let number = parse_float(number.as_bytes()).ok()?;
    let Some(power) = rest.chars().next().and_then(power) else {
        return Some(number);
    };
    let base = if rest[1..].starts_with('i') {
        1024.0f64
    } else {
        1000.0
    };
    Some(number * base.powi(power))
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
        ];
        let order = Order::Num;
        words.sort_by(|a, b| order.compare(a, b).then_with(|| a.cmp(b)));
        assert_eq!(
            words.join(" "),
            "-1 0x10 9 10 1e3 1500B 1.5KiB 2k 1Mi NaN a i z"
        );
    }
}
