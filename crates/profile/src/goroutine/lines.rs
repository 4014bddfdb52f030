//! Lines, and what log collectors put around them.

use super::block::MAX_PREFIX;
use super::header;

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
/// Digits match any number of digits, so that the next time stamp still matches.
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
            let inner_blanks = blanks(pattern);
            if first.is_ascii_digit() {
                let wanted = digits(pattern);
                let found = digits(line.get(at..)?);
                if found == 0 {
                    return None;
                }
                pattern = &pattern[wanted..];
                at += found;
            } else if (1..pattern.len()).contains(&inner_blanks) && line.get(at) == Some(&b' ') {
                // Days and levels are padded; blanks at the end may be part of the content.
                pattern = &pattern[inner_blanks..];
                at += blanks(&line[at..]);
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

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte == b' ').count()
}

/// What stands behind each line when a line ends like `header`: quotes and commas of CSV and JSON,
/// the `$` of `cat -A`. Empty for a plain header, `None` if the line cannot be a header.
pub(super) fn suffix(header: &[u8]) -> Option<&[u8]> {
    const MAX: usize = 3;
    let colon = header
        .iter()
        .rev()
        .take(MAX + 1)
        .position(|it| *it == b':')?;
    let suffix = &header[header.len() - colon..];
    let plain = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b',' | b'$' | b']');
    suffix.iter().all(plain).then_some(suffix)
}

/// What collectors and viewers turn a tab into.
const TABS: &[&[u8]] = &[b"#011", b"\\t", b"^I", b"\\x09", b"\\u0009"];

/// A line whose first tab has become other characters, with all such tabs as they were; `None` for
/// any other line.
pub(super) fn with_tabs(line: &[u8]) -> Option<Vec<u8>> {
    let comment = usize::from(line.first() == Some(&b'#') && !line.starts_with(b"#011"));
    let tab = TABS.iter().find(|tab| line[comment..].starts_with(tab))?;
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = memchr::memmem::find(rest, tab) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\t');
        rest = &rest[at + tab.len()..];
    }
    out.extend_from_slice(rest);
    Some(out)
}

/// A dump inside one string of a log line, `{"level":"error","stack":"goroutine 7 [running]:\n…"}`
/// or `stack="goroutine 7 [running]:\n…"`: the string, unescaped.
pub(super) fn embedded(line: &[u8]) -> Option<Vec<u8>> {
    // The line break behind a header or the first line of a profile, escaped once.
    let is_start = |at: usize| {
        let rest = &line[at..];
        let end = memchr::memmem::find(rest, b"\\n")?;
        // One line of a log in JSON is not a dump yet.
        if matches!(rest.get(end + 2), None | Some(b'"')) {
            return None;
        }
        let first = std::str::from_utf8(&rest[..end]).ok()?;
        let first = first.replace("\\\"", "\"");
        let known = header::goroutine(&first).is_some() || header::profile(&first).is_some();
        known.then_some(at)
    };
    let profiles = memchr::memmem::find_iter(line, b" profile: total ").map(|at| {
        let name = line[..at].iter().rev();
        at - name.take_while(|byte| byte.is_ascii_alphanumeric()).count()
    });
    let at = memchr::memmem::find_iter(line, b"goroutine ")
        .chain(profiles)
        .find_map(is_start)?;
    // Labels may hold any text.
    let start = memchr::memmem::find(line, b"goroutine ").unwrap_or(at);
    let end = line.len() - suffix(line).map_or(0, <[u8]>::len);
    let is_header = line
        .get(start..end)
        .is_some_and(|it| std::str::from_utf8(it).is_ok_and(|it| header::goroutine(it).is_some()));
    if is_header || memchr::memmem::find(&line[..at], b"# labels: {").is_some() {
        return None;
    }
    let is_open = |idx: &usize| {
        let before = line[..*idx].iter().rev();
        line[*idx] == b'"' && before.take_while(|byte| **byte == b'\\').count() % 2 == 0
    };
    let open = (0..at).rev().find(is_open)?;
    // A string that is cut off has what there is.
    let (Ok(text) | Err(text)) = unescaped(&line[open + 1..]);
    Some(text)
}

/// Keys of the line that log collectors and test runners wrap into JSON.
const KEYS: &[&[u8]] = &[
    b"\"Output\":",
    b"\"log\":",
    b"\"MESSAGE\":",
    b"\"message\":",
    b"\"msg\":",
    b"\"textPayload\":",
    b"\"text\":",
    b"\"line\":",
];

/// What stands before the JSON of a log line, and the text inside it: `{"Action":"output",…,
/// "Output":"…\n"}` of `go test -json`, `{"log":"…\n",…}` of container engines, behind a time and a
/// tag where Fluentd prints it, `{"MESSAGE":"…",…}` of journald, which has a list of bytes for a text
/// with control characters. `None` if the line is none of them.
pub(super) fn unwrap_json(line: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    let at = memchr::memmem::find(line, b"{\"").filter(|at| *at <= MAX_PREFIX)?;
    let (prefix, object) = line.split_at(at);
    // Labels of a profile look the same.
    if prefix.ends_with(b"labels: ") {
        return None;
    }
    let text = KEYS.iter().find_map(|key| {
        let start = memchr::memmem::find(object, key)? + key.len();
        let value = object[start..].trim_ascii_start();
        match value.split_first()? {
            (b'"', string) => unescaped(string).ok(),
            (b'[', list) => bytes(list),
            _ => None,
        }
    })?;
    Some((prefix, text))
}

/// `101,115,115]`
fn bytes(list: &[u8]) -> Option<Vec<u8>> {
    let end = memchr::memchr(b']', list)?;
    let numbers = std::str::from_utf8(&list[..end]).ok()?.split(',');
    numbers.map(|number| number.trim().parse().ok()).collect()
}

/// A string up to its closing quote, unescaped; `Err` with what was read if it is cut off.
fn unescaped(string: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        match string.get(at) {
            None => return Err(out),
            Some(b'"') => return Ok(out),
            Some(b'\\') => {
                let used = string
                    .get(at + 1..)
                    .and_then(|it| json_escape(it, &mut out));
                match used {
                    Some(used) => at += 1 + used,
                    None => return Err(out),
                }
            }
            Some(byte) => {
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
            ("2026-01-02T03:04:05.9Z web[1]:   x", "  x"),
            ("other", "other"),
            ("", ""),
        ];
        for (line, want) in cases {
            let len = prefix.matched(line.as_bytes()).unwrap_or(0);
            assert_eq!(&line[len..], want, "{line}");
        }
    }

    #[test]
    fn padding_inside_a_prefix_may_differ() {
        let prefix = Prefix::learn(b"May  9 10:00:00 h app[9]: ");
        for (line, want) in [
            ("May 10 10:00:01 h app[9]:  x", " x"),
            ("May 9 10:00:01 h app[12]: x", "x"),
        ] {
            let len = prefix.matched(line.as_bytes()).unwrap_or(0);
            assert_eq!(&line[len..], want, "{line}");
        }
    }

    #[test]
    fn a_dump_in_one_string_is_unescaped() {
        let want = "panic: x\n\ngoroutine 7 [running] {k: \"v\"}:\nmain.f()\n\tf.go:1\n";
        let string = want
            .replace('"', "\\\"")
            .replace('\n', "\\n")
            .replace('\t', "\\t");
        for line in [
            format!("{{\"level\":\"error\",\"stack\":\"{string}\",\"n\":1}}"),
            format!("time=2026 level=ERROR msg=\"it \\\"failed\\\"\" stack=\"{string}\""),
            format!("x \"{string}"),
        ] {
            let got = embedded(line.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(got).unwrap(), want, "{line}");
        }
        for line in [
            "created by main.f in goroutine 7",
            "\"goroutine 7 runs\\n\"",
            "goroutine 7 [x]:\\n",
        ] {
            assert_eq!(embedded(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn json_lines_are_unwrapped() {
        let cases = [
            (
                r#"{"Action":"output","Output":"\tm.go:1 \u003c\n"}"#,
                Some(("", "\tm.go:1 <\n")),
            ),
            (
                r#"{"log":"\ud83d\ude00 \"q\"\n","stream":"stderr"}"#,
                Some(("", "😀 \"q\"\n")),
            ),
            (r#"{"log":"\ud83d x"}"#, Some(("", "\u{fffd} x"))),
            (r#"{"log":"cut"#, None),
            (r#"{"msg": "x"}"#, Some(("", "x"))),
            (r#"now tag: {"log":"x\n"}"#, Some(("now tag: ", "x\n"))),
            (r#"{"MESSAGE":[27,91,109,9]}"#, Some(("", "\u{1b}[m\t"))),
            (r#"{"MESSAGE":[27,256]}"#, None),
            (r#"{"MESSAGE":[]}"#, None),
            (r#"# labels: {"log":"x"}"#, None),
            (r#"{"name":"x"}"#, None),
            ("plain", None),
        ];
        for (line, want) in cases {
            let got = unwrap_json(line.as_bytes());
            let got = got
                .as_ref()
                .map(|(prefix, text)| (*prefix, text.as_slice()));
            assert_eq!(
                got,
                want.map(|(prefix, text)| (prefix.as_bytes(), text.as_bytes())),
                "{line}"
            );
        }
    }
}
