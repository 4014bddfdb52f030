//! Go release versions.

use std::cmp::Ordering;
use std::fmt;

/// The oldest release whose output we read: major and minor.
pub const OLDEST: (u32, u32) = (1, 24);

/// A Go release, as `go env GOVERSION` names it: `go1.27.3`, `go1.28rc1`, `devel go1.29-ab12 …`.
///
/// Ordered as releases are: betas, then release candidates, then the release and its patches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GoVersion {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
    pub pre: Pre,
    /// The whole text, which names experiments and development commits too.
    pub text: String,
}

/// How finished a version is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Pre {
    Devel,
    Beta(u32),
    Candidate(u32),
    Release,
}

impl GoVersion {
    /// `None` if the text names no version.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let devel = text.starts_with("devel");
        let word = text.split_whitespace().find_map(|w| w.strip_prefix("go"))?;
        let (word, devel) = match word.split_once('-') {
            Some((word, _)) => (word, true),
            None => (word, devel),
        };
        let (numbers, pre) = if let Some((numbers, n)) = word.split_once("rc") {
            (numbers, Pre::Candidate(n.parse().ok()?))
        } else if let Some((numbers, n)) = word.split_once("beta") {
            (numbers, Pre::Beta(n.parse().ok()?))
        } else {
            (word, if devel { Pre::Devel } else { Pre::Release })
        };
        let mut numbers = numbers.split('.').map(str::parse::<u32>);
        Some(Self {
            major: numbers.next()?.ok()?,
            minor: numbers.next()?.ok()?,
            patch: numbers.next().unwrap_or(Ok(0)).ok()?,
            pre,
            text: text.to_owned(),
        })
    }

    /// At least the first release (or any pre-release) of `major.minor`.
    pub fn at_least(&self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }

    /// The language version, as `-lang` takes it: `go1.27`.
    pub fn lang(&self) -> String {
        format!("go{}.{}", self.major, self.minor)
    }

    fn key(&self) -> (u32, u32, u32, Pre, &str) {
        (self.major, self.minor, self.patch, self.pre, &self.text)
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Ord for GoVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for GoVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The language version of a module's go line (`1.25.3` → `go1.25`), if it is one.
pub(crate) fn lang_of_module(go_line: &str) -> Option<GoVersion> {
    GoVersion::parse(&format!("go{go_line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_ordered() {
        let texts = [
            "go1.21",
            "go1.24.11",
            "devel go1.27-3f5c2d1 Tue Jan 6 10:00:00 2026 +0000",
            "go1.27beta1",
            "go1.27rc1",
            "go1.27rc2",
            "go1.27.0",
            "go1.27.3 X:simd",
            "go1.28-devel_ab12",
        ];
        let versions: Vec<GoVersion> = (texts.iter())
            .map(|text| GoVersion::parse(text).unwrap())
            .collect();
        assert!(versions.is_sorted(), "{versions:#?}");
        assert_eq!(versions[7].patch, 3);
        assert_eq!(versions[2].pre, Pre::Devel);
        assert_eq!(versions[8].lang(), "go1.28");
        for broken in ["", "1.27", "go", "gopher", "go1", "go1.x", "go1.27rc"] {
            assert_eq!(GoVersion::parse(broken), None, "{broken}");
        }
    }
}
