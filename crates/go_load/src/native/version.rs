//! Versions of modules and of Go, compared.

use std::cmp::Ordering;

/// Semantic versions with `v`; what is none comes before all that are. Build metadata
/// (`+incompatible`) does not count.
pub(crate) fn compare_versions(a: &str, b: &str) -> Ordering {
    match (Version::parse(a), Version::parse(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Is a complete version as go.mod files record it: `v1.2.3`, `v2.0.0+incompatible`?
pub(super) fn is_canonical(version: &str) -> bool {
    let complete = |version: &str| {
        let numbers = version.split(['-', '+']).next().unwrap_or(version);
        numbers.split('.').count() == 3
    };
    let metadata = version.split_once('+').map(|(_, metadata)| metadata);
    Version::parse(version).is_some()
        && complete(version)
        && metadata.is_none_or(|metadata| metadata == "incompatible")
}

struct Version<'a> {
    numbers: [&'a str; 3],
    pre: &'a str,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('v')?;
        let text = text.split('+').next().unwrap_or(text);
        let (numbers, pre) = text.split_once('-').unwrap_or((text, ""));
        let mut parts = numbers.split('.');
        let mut number = || match parts.next() {
            None => Some("0"),
            Some(part) => is_number(part).then_some(part),
        };
        let numbers = [number()?, number()?, number()?];
        parts.next().is_none().then_some(Self { numbers, pre })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let numbers = self.numbers.iter().zip(&other.numbers);
        let mut orders = numbers.map(|(a, b)| compare_numbers(a, b));
        (orders.find(|order| order.is_ne())).unwrap_or_else(|| compare_pre(self.pre, other.pre))
    }
}

/// Digits without leading zeros.
fn is_number(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

fn compare_numbers(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Dot-separated words; a release comes after all its pre-releases.
fn compare_pre(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (x, y) = match (a.next(), b.next()) {
            (Some(x), Some(y)) => (x, y),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        };
        let order = match (is_number(x), is_number(y)) {
            (true, true) => compare_numbers(x, y),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => x.cmp(y),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Go versions without `go`: `1.21` (the language) comes before `1.21rc1`, that before `1.21.0`.
pub(crate) fn compare_go_versions(a: &str, b: &str) -> Ordering {
    let (a, b) = (GoVersion::parse(a), GoVersion::parse(b));
    let numbers = a.numbers().cmp(&b.numbers());
    numbers
        .then_with(|| a.kind.cmp(b.kind))
        .then_with(|| a.pre.cmp(&b.pre))
}

#[derive(Default)]
struct GoVersion<'a> {
    major: u64,
    minor: u64,
    /// `None` for a language version.
    patch: Option<u64>,
    /// `beta`, `rc`, or empty.
    kind: &'a str,
    pre: u64,
}

impl<'a> GoVersion<'a> {
    fn parse(text: &'a str) -> Self {
        let text = text.split('-').next().unwrap_or(text);
        let at = text.find(|c: char| c.is_ascii_alphabetic());
        let (numbers, pre) = text.split_at(at.unwrap_or(text.len()));
        let digits = pre.find(|c: char| c.is_ascii_digit()).unwrap_or(pre.len());
        let mut numbers = numbers.split('.').map(|number| number.parse().unwrap_or(0));
        Self {
            major: numbers.next().unwrap_or(0),
            minor: numbers.next().unwrap_or(0),
            patch: numbers.next(),
            kind: &pre[..digits],
            pre: pre[digits..].parse().unwrap_or(0),
        }
    }

    /// The patch of a language version, or of a pre-release of its first, comes before 0.
    fn numbers(&self) -> (u64, u64, u64) {
        // Before 1.21 the language version is the first release.
        let is_old = (self.major, self.minor) < (1, 21);
        let patch = match self.patch {
            Some(patch) => patch + 1,
            None if is_old && self.kind.is_empty() => 1,
            None => 0,
        };
        (self.major, self.minor, patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_versions_in_order() {
        let versions = [
            "none",
            "v0.0.0-20200101000000-abcdefabcdef",
            "v0.0.1",
            "v1.0.0-alpha",
            "v1.0.0-alpha.1",
            "v1.0.0-alpha.beta",
            "v1.0.0-rc.2",
            "v1.0.0-rc.10",
            "v1.0.0",
            "v1.9.0",
            "v1.10.0",
            "v2.0.0+incompatible",
            "v10.0.0",
        ];
        let sorted = versions.is_sorted_by(|a, b| compare_versions(a, b).is_lt());
        assert!(sorted);
        for good in ["v1.2.3", "v2.0.0+incompatible", "v1.0.0-rc.1"] {
            assert!(is_canonical(good), "{good}");
        }
        for bad in ["v1", "v1.2", "1.2.3", "v1.02.3", "master", "v1.2.3+meta"] {
            assert!(!is_canonical(bad), "{bad}");
        }
    }

    #[test]
    fn go_versions_in_order() {
        let versions = [
            "1.4", "1.18", "1.18.1", "1.20.14", "1.21", "1.21rc1", "1.21rc3", "1.21.0", "1.21.1",
            "1.22", "1.27.3", "2.0",
        ];
        let sorted = versions.is_sorted_by(|a, b| compare_go_versions(a, b).is_lt());
        assert!(sorted);
        assert!(compare_go_versions("1.18", "1.18.0").is_eq());
    }
}
