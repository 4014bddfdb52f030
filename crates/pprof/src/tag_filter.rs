//! `tagfocus` and `tagignore`: samples by their labels.

use profile::{Label, LabelValue, Strings, units};

use base::go_regexp::GoRegexpError;

use crate::go_regexp::GoRegexp;

/// A filter as the user wrote it, understood.
#[derive(Debug)]
pub(crate) struct TagFilter {
    /// Only labels of this key; `None`: all.
    key: Option<String>,
    /// What the values have to be.
    condition: Condition,
}

#[derive(Debug)]
enum Condition {
    Range(Range),
    Regexps(Vec<GoRegexp>),
}

impl TagFilter {
    /// Reads `[key=]range` or `[key=]regexp[,regexp…]`. The second value is the part that was
    /// taken for a range.
    pub(crate) fn parse(text: &str) -> Result<(Self, Option<&str>), GoRegexpError> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (Some(key), value),
            None => (None, text),
        };
        let key = key.filter(|key| !key.is_empty()).map(str::to_owned);
        if let Some(range) = Range::parse(value) {
            let condition = Condition::Range(range);
            return Ok((Self { key, condition }, Some(value)));
        }
        let regexps = value.split(',').map(GoRegexp::new);
        let condition = Condition::Regexps(regexps.collect::<Result<_, _>>()?);
        Ok((Self { key, condition }, None))
    }

    /// Whether a set of labels satisfies it. `unit` gives the unit of a numeric label's key.
    ///
    /// Several expressions must all match a label each; with a key, one that matches is enough.
    pub(crate) fn matches(
        &self,
        labels: &[Label],
        strings: &Strings,
        unit: &dyn Fn(&str) -> String,
    ) -> bool {
        let has_key = |label: &&Label| {
            let wanted = self.key.as_ref().map(String::as_bytes);
            wanted.is_none_or(|wanted| strings.get(label.key) == wanted)
        };
        let labels = labels.iter().filter(has_key);
        match &self.condition {
            Condition::Range(range) => labels.clone().any(|label| match label.value {
                LabelValue::Num { value, .. } => {
                    range.contains(value, &unit(&strings.text(label.key)))
                }
                LabelValue::Str(_) => false,
            }),
            Condition::Regexps(regexps) => {
                let any = |regexp: &GoRegexp| {
                    labels.clone().any(|label| match label.value {
                        LabelValue::Str(value) if self.key.is_some() => {
                            regexp.is_match(&strings.text(value))
                        }
                        LabelValue::Str(value) => {
                            let (key, value) = (strings.text(label.key), strings.text(value));
                            regexp.is_match(&format!("{key}:{value}"))
                        }
                        LabelValue::Num { .. } => false,
                    })
                };
                if self.key.is_some() {
                    regexps.iter().any(any)
                } else {
                    regexps.iter().all(any)
                }
            }
        }
    }
}

/// A range of values with a unit, both ends included.
#[derive(Debug)]
struct Range {
    unit: String,
    low: Option<f64>,
    high: Option<f64>,
}

impl Range {
    /// `32kb`, `:64kb`, `4mb:` or `12kb:64mb`.
    fn parse(text: &str) -> Option<Self> {
        let (low, high) = match text.split_once(':') {
            None => {
                let (value, unit) = quantity(text)?;
                let (value, unit) = units::scale(value, unit, unit);
                let unit = unit.to_owned();
                let (low, high) = (Some(value), Some(value));
                return Some(Self { unit, low, high });
            }
            Some((low, high)) => (low, high),
        };
        let single = |text: &str| {
            let (value, unit) = quantity(text)?;
            let (value, unit) = units::scale(value, unit, unit);
            Some((value, unit.to_owned()))
        };
        if high.is_empty() {
            let (low, unit) = single(low)?;
            let (low, high) = (Some(low), None);
            return Some(Self { unit, low, high });
        }
        if low.is_empty() {
            let (high, unit) = single(high)?;
            let (low, high) = (None, Some(high));
            return Some(Self { unit, low, high });
        }
        // 0 is the same in every unit.
        let low = match quantity(low)? {
            (0, "") => format!("0{}", quantity(high)?.1),
            _ => low.to_owned(),
        };
        let (low, unit) = single(&low)?;
        let (value, from) = quantity(high)?;
        let (high, high_unit) = units::scale(value, from, &unit);
        let same_unit = high_unit == unit;
        let (low, high) = (Some(low), Some(high));
        same_unit.then_some(Self { unit, low, high })
    }

    #[expect(
        clippy::float_cmp,
        reason = "a single value is compared for equality, as in pprof"
    )]
    fn contains(&self, value: i64, unit: &str) -> bool {
        let (value, unit) = units::scale(value, unit, &self.unit);
        let within = match (self.low, self.high) {
            (Some(low), Some(high)) if low == high => value == low,
            (low, high) => {
                low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high)
            }
        };
        unit == self.unit && within
    }
}

/// A whole number and the letters behind it, and nothing else.
fn quantity(text: &str) -> Option<(i64, &str)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let end = text.len() - unsigned.len() + digits;
    let unit = &text[end..];
    if digits == 0 || !unit.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    Some((text[..end].parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(filter: &str, texts: &[(&str, &str)], numbers: &[(&str, i64)]) -> bool {
        let mut strings = Strings::default();
        let mut labels = Vec::new();
        for (key, value) in texts {
            let [key, value] = [key, value].map(|it| strings.intern(it.as_bytes()));
            labels.push(Label::str(key, value));
        }
        for &(key, value) in numbers {
            let key = strings.intern(key.as_bytes());
            labels.push(Label::num(key, value, profile::StrId::EMPTY));
        }
        let (filter, _) = TagFilter::parse(filter).unwrap();
        filter.matches(&labels, &strings, &|key| key.to_owned())
    }

    #[test]
    fn commas_mean_and_without_a_key_and_or_with_one() {
        let labels = [("a", "x"), ("b", "y")];
        for (filter, expected) in [
            ("a:x,b:y", true),
            ("a:x,b:x", false),
            ("^x", false),
            ("a=^x", true),
            ("a=z,x", true),
            ("b=x", false),
            ("=x,y", true),
        ] {
            assert_eq!(matches(filter, &labels, &[]), expected, "{filter}");
        }
    }

    #[test]
    fn ranges_convert_units() {
        let labels = [("bytes", 2048)];
        for (filter, expected) in [
            ("2kb", true),
            ("2048b", true),
            ("2048", false),
            ("1kb:", true),
            (":1kb", false),
            ("1kb:1mb", true),
            ("bytes=2kb:", true),
            ("0:2kb", true),
            ("0:256B", false),
            ("other=2kb:", false),
            ("1s:", false),
        ] {
            assert_eq!(matches(filter, &[], &labels), expected, "{filter}");
        }
        for text in ["a1", "1kb:2s", "1.5kb", "", ":", "1:2:3"] {
            assert!(Range::parse(text).is_none(), "{text}");
        }
    }
}
