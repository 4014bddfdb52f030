//! Lines, and what log collectors put around them.

/// Lines of a text without their line ends; faster than `str::lines` on long stacks.
pub(super) struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = match memchr::memchr(b'\n', self.rest.as_bytes()) {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, ""),
        };
        self.rest = rest;
        Some(line)
    }
}

/// What a log collector puts before each line, learned from a header line.
///
/// Digits match any number of digits, so that a time stamp that moves on still matches.
#[derive(Debug, Default)]
pub(super) struct Prefix {
    pattern: Vec<u8>,
}

impl Prefix {
    pub(super) fn learn(prefix: &[u8]) -> Self {
        Self {
            pattern: prefix.to_owned(),
        }
    }

    /// The length of the prefix of `line`; `None` where it does not start with it.
    pub(super) fn matched(&self, line: &[u8]) -> Option<usize> {
        let len = self.pattern.len();
        // A count, not a search: it has no branches, and this is asked for each line of a log.
        let differ = |(wanted, found): &(&u8, &u8)| {
            let digits = wanted.is_ascii_digit() && found.is_ascii_digit();
            wanted != found && !digits
        };
        // Most collectors print times of one width; then no number can be longer than here.
        if len > 0
            && !self.pattern[len - 1].is_ascii_digit()
            && let Some(start) = line.get(..len)
            && self.pattern.iter().zip(start).filter(differ).count() == 0
        {
            return Some(len);
        }
        self.matched_loosely(line)
    }

    fn matched_loosely(&self, line: &[u8]) -> Option<usize> {
        if self.pattern.is_empty() {
            return None;
        }
        let mut at = 0;
        let mut pattern = self.pattern.as_slice();
        while let Some(first) = pattern.first() {
            if first.is_ascii_digit() {
                let wanted = digits(pattern);
                let found = digits(line.get(at..)?);
                if found == 0 {
                    return None;
                }
                pattern = &pattern[wanted..];
                at += found;
            } else if line.get(at) == Some(first) {
                pattern = &pattern[1..];
                at += 1;
            } else {
                // Collectors may trim the blanks of an empty line.
                let trimmed = at == line.len() && pattern.iter().all(u8::is_ascii_whitespace);
                return trimmed.then_some(at);
            }
        }
        Some(at)
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// The text inside a JSON log line: `{"Action":"output",…,"Output":"…\n"}` of `go test -json`,
/// `{"log":"…\n",…}` of container engines. `None` if the line is neither.
pub(super) fn unwrap_json(line: &[u8]) -> Option<Vec<u8>> {
    if line.first() != Some(&b'{') {
        return None;
    }
    let start = [&b"\"Output\":\""[..], b"\"log\":\""]
        .iter()
        .find_map(|key| memchr::memmem::find(line, key).map(|at| at + key.len()))?;
    let mut out = Vec::new();
    let mut at = start;
    loop {
        match line.get(at)? {
            b'"' => return Some(out),
            b'\\' => at += 1 + json_escape(line.get(at + 1..)?, &mut out)?,
            byte => {
                out.push(*byte);
                at += 1;
            }
        }
    }
}

/// `escape` starts behind the backslash. Gives the bytes used.
fn json_escape(escape: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    out.push(match escape.first()? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        b'u' => return json_unicode(escape, out),
        other => *other,
    });
    Some(1)
}

fn json_unicode(escape: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let unit = |at: usize| {
        let digits = std::str::from_utf8(escape.get(at..at + 4)?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(1)?;
    let second = (escape.get(5..7) == Some(b"\\u"))
        .then(|| unit(7))
        .flatten();
    let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    let (char, used) = match (char::from_u32(u32::from(first)), pair) {
        (Some(char), _) => (char, 5),
        (None, Some(char)) => (char, 11),
        (None, None) => (char::REPLACEMENT_CHARACTER, 5),
    };
    out.extend(char.encode_utf8(&mut [0; 4]).bytes());
    Some(used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_matches_whatever_its_digits_are() {
        let prefix = Prefix::learn(b"2026-01-02T03:04:05.9Z web[1]: ");
        let cases = [
            ("2026-01-02T03:04:05.9Z web[1]: main.f()", "main.f()"),
            ("2026-01-02T03:04:06.123Z web[12]: \tm.go:1", "\tm.go:1"),
            (
                "2026-01-02T03:04:06Z web[1]: x",
                "2026-01-02T03:04:06Z web[1]: x",
            ),
            ("2026-01-02T03:04:05.9Z web[1]:", ""),
            ("other", "other"),
            ("", ""),
        ];
        for (line, want) in cases {
            let len = prefix.matched(line.as_bytes()).unwrap_or(0);
            assert_eq!(&line[len..], want, "{line}");
        }
    }

    #[test]
    fn json_lines_are_unwrapped() {
        let cases = [
            (
                r#"{"Action":"output","Output":"\tm.go:1 \u003c\n"}"#,
                Some("\tm.go:1 <\n"),
            ),
            (
                r#"{"log":"\ud83d\ude00 \"q\"\n","stream":"stderr"}"#,
                Some("😀 \"q\"\n"),
            ),
            (r#"{"log":"\ud83d x"}"#, Some("\u{fffd} x")),
            (r#"{"log":"cut"#, None),
            (r#"{"msg":"x"}"#, None),
            ("plain", None),
        ];
        for (line, want) in cases {
            let got = unwrap_json(line.as_bytes());
            assert_eq!(got.as_deref(), want.map(str::as_bytes), "{line}");
        }
    }
}
