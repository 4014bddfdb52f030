//! Parts of a benchmark's full name.

/// `Base/key=value/more-8`, without the word `Benchmark`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name<'a>(pub &'a str);

impl<'a> Name<'a> {
    /// Before the first `/`, or without `-N` if there is none.
    pub fn base(self) -> &'a str {
        match self.0.split_once('/') {
            Some((base, _)) => base,
            None => self.split_gomaxprocs().0,
        }
    }

    /// The base, and the parts that put together again give the name: `/key=value`, `/more`, `-8`.
    /// The base of `A-8/x=1` is `A-8`.
    pub fn parts(self) -> (&'a str, Vec<&'a str>) {
        let (rest, gomaxprocs) = self.split_gomaxprocs();
        let first = rest.find('/').unwrap_or(rest.len());
        let (base, mut rest) = rest.split_at(first);
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let end = rest[1..].find('/').map_or(rest.len(), |at| at + 1);
            parts.push(&rest[..end]);
            rest = &rest[end..];
        }
        parts.extend(gomaxprocs);
        (base, parts)
    }

    /// The value of the first `/key=` part. `/gomaxprocs` is also what follows the last `-`.
    pub fn part(self, key: &str) -> Option<&'a str> {
        let (_, parts) = self.parts();
        if key == "/gomaxprocs"
            && let Some(value) = parts.last().and_then(|part| part.strip_prefix('-'))
        {
            return Some(value);
        }
        (parts.iter()).find_map(|part| part.strip_prefix(key)?.strip_prefix('='))
    }

    /// Without the excluded parts: `/key`s, `.name` (the base becomes `*`).
    pub fn without(self, excluded: &[String]) -> String {
        let no_base = excluded.iter().any(|key| key == ".name");
        let no_gomaxprocs = excluded.iter().any(|key| key == "/gomaxprocs");
        let (base, parts) = self.parts();
        let mut name = if no_base { "*" } else { base }.to_owned();
        for part in parts {
            let named = |key: &String| {
                key.starts_with('/')
                    && part
                        .strip_prefix(key.as_str())
                        .is_some_and(|rest| rest.starts_with('='))
            };
            let dropped = excluded.iter().any(named) || no_gomaxprocs && part.starts_with('-');
            if !dropped {
                name.push_str(part);
            }
        }
        name
    }

    /// The name without `-N`, and `-N`.
    pub fn split_gomaxprocs(self) -> (&'a str, Option<&'a str>) {
        let stem = self.0.trim_end_matches(|rune: char| rune.is_ascii_digit());
        match stem.strip_suffix('-') {
            Some(name) if stem.len() < self.0.len() => (name, Some(&self.0[name.len()..])),
            _ => (self.0, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_parts() {
        for (name, base, rest) in [
            ("A", "A", vec![]),
            ("A-8", "A", vec!["-8"]),
            ("A-", "A-", vec![]),
            ("8", "8", vec![]),
            ("-8", "", vec!["-8"]),
            ("A/x=1/y-8", "A", vec!["/x=1", "/y", "-8"]),
            ("A-8/x=1", "A-8", vec!["/x=1"]),
            ("A//-8", "A", vec!["/", "/", "-8"]),
        ] {
            assert_eq!(Name(name).parts(), (base, rest), "{name}");
        }
        assert_eq!(Name("A-8").base(), "A");
        assert_eq!(Name("A-8/x").base(), "A-8");
    }

    #[test]
    fn gomaxprocs_has_two_spellings() {
        assert_eq!(Name("A/gomaxprocs=4").part("/gomaxprocs"), Some("4"));
        assert_eq!(Name("A/gomaxprocs=4-8").part("/gomaxprocs"), Some("8"));
        assert_eq!(Name("A/xy=1/x=2").part("/x"), Some("2"));
    }

    #[test]
    fn excluded_parts_leave_no_trace() {
        let excluded = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            Name("A/x=1/y=2-8").without(&excluded(&["/x", "pkg"])),
            "A/y=2-8"
        );
        assert_eq!(
            Name("A/x=1-8").without(&excluded(&["/gomaxprocs"])),
            "A/x=1"
        );
        assert_eq!(Name("A/x=1-8").without(&excluded(&[".name"])), "*/x=1-8");
    }
}
