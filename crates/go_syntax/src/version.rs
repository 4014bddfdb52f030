//! Language versions.

use std::fmt;

/// A version of the language: `go1.22`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GoVersion {
    pub major: u16,
    pub minor: u16,
}

impl GoVersion {
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Of `go1.22`, `1.22`, `go1.22.3`, `1.22rc1`: what comes behind the minor number does not count.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("go").unwrap_or(text);
        let (major, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        Some(Self {
            major: major.parse().ok()?,
            minor: rest[..digits].parse().ok()?,
        })
    }

    /// The version of a file: what its build constraint asks for, but not below 1.21 (files could
    /// not choose before); else that of its package.
    #[must_use]
    pub fn of_file(self, constraint: Option<Self>) -> Self {
        constraint.map_or(self, |version| version.max(Self::new(1, 21)))
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "go{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let cases = [
            ("go1.22", Some((1, 22))),
            ("1.21.3", Some((1, 21))),
            ("1.22rc1", Some((1, 22))),
            ("go1", Some((1, 0))),
            ("go", None),
            ("1.x", None),
        ];
        for (text, version) in cases {
            let version = version.map(|(major, minor)| GoVersion::new(major, minor));
            assert_eq!(GoVersion::parse(text), version, "{text}");
        }
        assert_eq!(GoVersion::new(1, 27).to_string(), "go1.27");
    }

    #[test]
    fn a_file_goes_no_lower_than_1_21() {
        let package = GoVersion::new(1, 18);
        assert_eq!(package.of_file(None), package);
        assert_eq!(
            package.of_file(Some(GoVersion::new(1, 17))),
            GoVersion::new(1, 21)
        );
        assert_eq!(
            package.of_file(Some(GoVersion::new(1, 24))),
            GoVersion::new(1, 24)
        );
    }
}
