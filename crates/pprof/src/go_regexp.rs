//! Regular expressions in the syntax of Go's `regexp` package (RE2).
//!
//! An expression is parsed by Go's rules and written anew in the syntax of the `regex` crate,
//! which has the same matching semantics. The two differ in what `\d \w \s \b` mean (ASCII in
//! Go), in brackets (no set operations or nesting in Go), in `{` (a literal in Go unless it opens
//! a repetition), in `\Q..\E`, `\C` and octal escapes, and in what they refuse. Groups do not
//! capture, as nothing here asks what they matched.
//!
//! Source: go1.27.3 `regexp/syntax/parse.go`.

use std::fmt::Write;

use regex::bytes::{Regex, RegexBuilder};

/// Why an expression was refused, as Go words it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("error parsing regexp: {kind}: `{part}`")]
pub struct RegexpError {
    kind: &'static str,
    /// The part of the expression it is about.
    part: String,
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct GoRegexp {
    text: String,
    regex: Regex,
}

impl GoRegexp {
    /// Compiles an expression.
    ///
    /// Where Go refuses it, the name of a method with a pointer receiver, such as
    /// `net.(*conn).Write`, is still taken for what it shows.
    pub fn new(text: &str) -> Result<Self, RegexpError> {
        let translated = translate(text).or_else(|error| match quote_receivers(text) {
            Some(quoted) => translate(&quoted).map_err(|_| error),
            None => Err(error),
        })?;
        let regex = RegexBuilder::new(&translated)
            .size_limit(64 << 20)
            .build()
            .map_err(|_| too_large(text))?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }

    /// Like [`is_match`](Self::is_match); bytes that are no UTF-8 match nothing but themselves.
    pub fn is_match_bytes(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }
}

fn too_large(text: &str) -> RegexpError {
    error("expression too large", text)
}

fn error(kind: &'static str, part: &str) -> RegexpError {
    RegexpError {
        kind,
        part: part.to_owned(),
    }
}

/// The expression with every `(*Name)` taken literally, if there is any.
fn quote_receivers(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("(*") {
        let name = &rest[start + 2..];
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
        out.push_str(&rest[..start]);
        if end > 0 && name[end..].starts_with(')') {
            write!(out, "\\(\\*{}\\)", &name[..end]).ok()?;
            rest = &name[end + 1..];
        } else {
            return None;
        }
    }
    (rest.len() < text.len()).then(|| out + rest)
}

/// Deeper nesting is refused, as in Go.
const MAX_DEPTH: usize = 1000;
const MAX_REPEAT: u32 = 1000;

/// The expression in the syntax of the `regex` crate.
fn translate(text: &str) -> Result<String, RegexpError> {
    let mut parser = Parser {
        text,
        rest: text,
        out: String::with_capacity(text.len() + 8),
        depth: 0,
        // Where the last operand starts in `text` once a repetition follows it.
        last_repeat: None,
        can_repeat: false,
    };
    parser.run()?;
    Ok(parser.out)
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    out: String,
    depth: usize,
    last_repeat: Option<usize>,
    can_repeat: bool,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), RegexpError> {
        while let Some(c) = self.rest.chars().next() {
            let start = self.position();
            let was_repeat = self.last_repeat.take();
            match c {
                '(' => self.group()?,
                ')' => self.close()?,
                '|' => {
                    self.skip(1);
                    self.out.push('|');
                    self.can_repeat = false;
                }
                '*' | '+' | '?' => {
                    self.skip(1);
                    self.repeat(start, was_repeat, &c.to_string())?;
                }
                '{' => match self.repeat_bounds() {
                    Some((low, high, len)) => {
                        self.skip(len);
                        let part = &self.text[start..self.position()];
                        if low > MAX_REPEAT
                            || high.is_some_and(|high| high > MAX_REPEAT || high < low)
                        {
                            return Err(error("invalid repeat count", part));
                        }
                        self.repeat(start, was_repeat, part)?;
                    }
                    None => self.literal('{'),
                },
                '[' => self.class()?,
                '.' | '^' | '$' => {
                    self.skip(1);
                    self.out.push(c);
                    self.can_repeat = true;
                }
                '\\' => self.escape()?,
                c => self.literal(c),
            }
        }
        if self.depth > 0 {
            return Err(error("missing closing )", self.text));
        }
        Ok(())
    }

    fn position(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    fn skip(&mut self, n_bytes: usize) {
        self.rest = self.rest.get(n_bytes..).unwrap_or_default();
    }

    fn literal(&mut self, c: char) {
        self.skip(c.len_utf8());
        push_literal(&mut self.out, c);
        self.can_repeat = true;
    }

    fn repeat(
        &mut self,
        start: usize,
        previous: Option<usize>,
        operator: &str,
    ) -> Result<(), RegexpError> {
        let lazy = self.rest.starts_with('?');
        if lazy {
            self.skip(1);
        }
        let end = self.position();
        if let Some(previous) = previous {
            let part = &self.text[previous..end];
            return Err(error("invalid nested repetition operator", part));
        }
        if !self.can_repeat {
            let part = &self.text[start..end];
            return Err(error("missing argument to repetition operator", part));
        }
        self.out.push_str(operator);
        if lazy {
            self.out.push('?');
        }
        self.last_repeat = Some(start);
        Ok(())
    }

    /// `{n}`, `{n,}` or `{n,m}` at the current place, and its length; `None` for a literal `{`.
    fn repeat_bounds(&self) -> Option<(u32, Option<u32>, usize)> {
        let end = self.rest.find('}')?;
        let number = |text: &str| -> Option<u32> {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let canonical = text == "0" || !text.starts_with('0');
            (plain && canonical).then(|| text.parse().unwrap_or(u32::MAX))
        };
        let (low, high) = match self.rest[1..end].split_once(',') {
            None => {
                let count = number(&self.rest[1..end])?;
                (count, Some(count))
            }
            Some((low, "")) => (number(low)?, None),
            Some((low, high)) => (number(low)?, Some(number(high)?)),
        };
        Some((low, high, end + 1))
    }

    fn group(&mut self) -> Result<(), RegexpError> {
        if self.rest.starts_with("(?") {
            return self.special_group();
        }
        self.skip(1);
        self.open("(?:")
    }

    fn open(&mut self, text: &str) -> Result<(), RegexpError> {
        self.out.push_str(text);
        self.can_repeat = false;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(error("expression nests too deeply", self.text));
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), RegexpError> {
        if self.depth == 0 {
            return Err(error("unexpected )", self.text));
        }
        self.skip(1);
        self.depth -= 1;
        self.out.push(')');
        self.can_repeat = true;
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)` and `(?flags:`.
    fn special_group(&mut self) -> Result<(), RegexpError> {
        let name_start = ["(?P<", "(?<"]
            .into_iter()
            .find(|it| self.rest.starts_with(it));
        if let Some(prefix) = name_start {
            let Some(end) = self.rest.find('>') else {
                return Err(error("invalid named capture", self.rest));
            };
            let name = &self.rest[prefix.len()..end];
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(is_word) {
                return Err(error("invalid named capture", &self.rest[..=end]));
            }
            self.skip(end + 1);
            return self.open("(?:");
        }
        let bad = |rest: &str, len: usize| {
            let part = rest.get(..len).unwrap_or(rest);
            error("invalid or unsupported Perl syntax", part)
        };
        let whole = self.rest;
        let mut negative = false;
        let mut flags_since_sign = 0;
        for (at, c) in whole.char_indices().skip(2) {
            match c {
                'i' | 'm' | 's' | 'U' => flags_since_sign += 1,
                '-' if !negative => {
                    negative = true;
                    flags_since_sign = 0;
                }
                ':' | ')' if !(negative && flags_since_sign == 0) => {
                    self.skip(at + 1);
                    if c == ':' {
                        return self.open(&whole[..=at]);
                    }
                    // `(?)` sets nothing, and the `regex` crate refuses it.
                    if at > 2 {
                        self.out.push_str(&whole[..=at]);
                    }
                    self.can_repeat = false;
                    return Ok(());
                }
                c => return Err(bad(whole, at + c.len_utf8())),
            }
        }
        Err(error("missing closing )", self.text))
    }

    fn escape(&mut self) -> Result<(), RegexpError> {
        let mut after = self.rest.chars();
        after.next();
        let Some(c) = after.next() else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        self.can_repeat = true;
        let class = match c {
            'A' | 'z' => Some(format!("\\{c}")),
            'b' => Some("(?-u:\\b)".to_owned()),
            'B' => Some("(?-u:\\B)".to_owned()),
            'C' => return Err(error("invalid escape sequence", "\\C")),
            'Q' => {
                self.quoted();
                return Ok(());
            }
            _ => None,
        };
        if let Some(class) = class {
            self.skip(2);
            self.out.push_str(&class);
            return Ok(());
        }
        if let Some(ranges) = perl_class(c) {
            self.skip(2);
            let negation = if c.is_ascii_uppercase() { "^" } else { "" };
            write!(self.out, "[{negation}{ranges}]").ok();
            return Ok(());
        }
        if let Some(class) = self.unicode_class()? {
            self.out.push_str(&class);
            return Ok(());
        }
        let c = self.escaped_char()?;
        push_literal(&mut self.out, c);
        Ok(())
    }

    /// `\Q..\E`: everything in between literally.
    fn quoted(&mut self) {
        self.skip(2);
        let (text, skip) = match self.rest.find("\\E") {
            Some(end) => (&self.rest[..end], end + 2),
            None => (self.rest, self.rest.len()),
        };
        for c in text.chars() {
            push_literal(&mut self.out, c);
        }
        self.skip(skip);
    }

    /// `\pL`, `\p{Greek}`, `\P{^Lu}` in the same words; `None` if there is none here.
    fn unicode_class(&mut self) -> Result<Option<String>, RegexpError> {
        let rest = self.rest;
        if !rest.starts_with("\\p") && !rest.starts_with("\\P") {
            return Ok(None);
        }
        let mut negative = rest.starts_with("\\P");
        let Some(first) = rest[2..].chars().next() else {
            return Err(error("invalid character class range", rest));
        };
        let (mut name, len) = if first == '{' {
            let Some(end) = rest.find('}') else {
                return Err(error("invalid character class range", rest));
            };
            (&rest[3..end], end + 1)
        } else {
            let len = 2 + first.len_utf8();
            (&rest[2..len], len)
        };
        if let Some(inner) = name.strip_prefix('^') {
            negative = !negative;
            name = inner;
        }
        let class = format!("\\{}{{{name}}}", if negative { 'P' } else { 'p' });
        if name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            || Regex::new(&class).is_err()
        {
            return Err(error("invalid character class range", &rest[..len]));
        }
        self.skip(len);
        Ok(Some(class))
    }

    /// An escape that stands for one character.
    fn escaped_char(&mut self) -> Result<char, RegexpError> {
        let rest = self.rest;
        let mut chars = rest.char_indices().skip(1);
        let Some((_, c)) = chars.next() else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        let invalid =
            |len: usize| error("invalid escape sequence", rest.get(..len).unwrap_or(rest));
        let plain = match c {
            'a' => Some('\x07'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(c),
            _ => None,
        };
        if let Some(plain) = plain {
            self.skip(1 + c.len_utf8());
            return Ok(plain);
        }
        let is_octal = |b: &u8| (b'0'..=b'7').contains(b);
        let bytes = rest.as_bytes();
        match c {
            '0' | '1'..='7' => {
                // One digit that is not 0 would be a back reference.
                if c != '0' && !bytes.get(2).is_some_and(is_octal) {
                    return Err(invalid(2));
                }
                let digits = bytes[1..]
                    .iter()
                    .take(3)
                    .take_while(|b| is_octal(b))
                    .count();
                let code = u32::from_str_radix(&rest[1..=digits], 8).unwrap_or(0);
                self.skip(1 + digits);
                char::from_u32(code).ok_or_else(|| invalid(1 + digits))
            }
            'x' => {
                let (digits, len) = match rest[2..].strip_prefix('{') {
                    Some(braced) => match braced.find('}') {
                        Some(end) => (&braced[..end], 4 + end),
                        None => return Err(invalid(rest.len())),
                    },
                    None => (rest.get(2..4).ok_or_else(|| invalid(rest.len()))?, 4),
                };
                let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
                let code = u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal);
                let c = code.and_then(char::from_u32).ok_or_else(|| invalid(len))?;
                self.skip(len);
                Ok(c)
            }
            c => Err(invalid(1 + c.len_utf8())),
        }
    }

    fn class(&mut self) -> Result<(), RegexpError> {
        let whole = self.rest;
        let missing = || error("missing closing ]", whole);
        self.skip(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.skip(1);
            self.out.push('^');
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            let Some(c) = self.rest.chars().next() else {
                return Err(missing());
            };
            first = false;
            if self.class_in_class(c)? {
                continue;
            }
            let start = self.rest;
            let low = self.class_char(whole)?;
            let mut high = low;
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() > 1 {
                self.skip(1);
                high = self.class_char(whole)?;
                if high < low {
                    let part = &start[..start.len() - self.rest.len()];
                    return Err(error("invalid character class range", part));
                }
            }
            let (low, high) = (u32::from(low), u32::from(high));
            write!(self.out, "\\x{{{low:x}}}-\\x{{{high:x}}}").ok();
        }
        self.skip(1);
        self.out.push(']');
        self.can_repeat = true;
        Ok(())
    }

    /// `[:alpha:]`, `\d` or `\pL` within brackets.
    fn class_in_class(&mut self, c: char) -> Result<bool, RegexpError> {
        if self.rest.starts_with("[:")
            && let Some(end) = self.rest[2..].find(":]")
        {
            let name = &self.rest[..end + 4];
            if !POSIX_CLASSES.contains(&name[2..end + 2].trim_start_matches('^')) {
                return Err(error("invalid character class range", name));
            }
            self.out.push_str(name);
            self.skip(name.len());
            return Ok(true);
        }
        if c != '\\' {
            return Ok(false);
        }
        let escaped = self.rest[1..].chars().next().unwrap_or(' ');
        if let Some(ranges) = perl_class(escaped) {
            self.skip(2);
            if escaped.is_ascii_uppercase() {
                write!(self.out, "[^{ranges}]").ok();
            } else {
                self.out.push_str(ranges);
            }
            return Ok(true);
        }
        match self.unicode_class()? {
            Some(class) => {
                self.out.push_str(&class);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn class_char(&mut self, whole: &str) -> Result<char, RegexpError> {
        match self.rest.chars().next() {
            None => Err(error("missing closing ]", whole)),
            Some('\\') => self.escaped_char(),
            Some(c) => {
                self.skip(c.len_utf8());
                Ok(c)
            }
        }
    }
}

const POSIX_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// The ranges of `\d`, `\s`, `\w`, also for their negations.
fn perl_class(c: char) -> Option<&'static str> {
    match c {
        'd' | 'D' => Some("0-9"),
        's' | 'S' => Some("\\t\\n\\x{c}\\r\\x{20}"),
        'w' | 'W' => Some("0-9A-Za-z_"),
        _ => None,
    }
}

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        write!(out, "\\x{{{:x}}}", u32::from(c)).ok();
    } else {
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_match_as_in_go() {
        let cases: [(&str, &[&str], &[&str]); 20] = [
            ("main", &["main.main", "xmainx"], &["Main"]),
            ("(?i)MAIN$", &["a.main"], &["main "]),
            (r"^\w+$", &["a_9"], &["é", "a b"]),
            (r"\d", &["7"], &["\u{663}"]),
            (r"a\b", &["a.", "aé"], &["ab"]),
            (r"[^\s-]", &["x"], &["-", " "]),
            ("a{,2}", &["a{,2}"], &["aa"]),
            ("a{2}", &["aa"], &["a"]),
            (r"\Q(*T)\E.f", &["(*T).f"], &["T.f"]),
            ("[]a]", &["]", "a"], &["b"]),
            ("[a&&b]", &["&"], &["c"]),
            ("[[:alpha:]_]+", &["a_"], &["1"]),
            (r"\x41\x{42}\103", &["ABC"], &["abc"]),
            (r"\pL\p{Greek}", &["aα"], &["α1"]),
            ("(?P<n>a)(?<m>b)", &["ab"], &["a"]),
            ("a.b", &["axb"], &["a\nb"]),
            ("(?s)a.b", &["a\nb"], &["ab"]),
            ("", &["", "x"], &[]),
            (
                "net.(*conn).Write",
                &["net.(*conn).Write"],
                &["net.conn.Write"],
            ),
            (r"[\]\-a]", &["]", "-", "a"], &["\\"]),
        ];
        for (text, yes, no) in cases {
            let regexp = GoRegexp::new(text).unwrap();
            assert!(yes.iter().all(|it| regexp.is_match(it)), "{text}");
            assert!(!no.iter().any(|it| regexp.is_match(it)), "{text}");
        }
    }

    #[test]
    fn errors_read_as_in_go() {
        let cases = [
            ("(", "missing closing ): `(`"),
            ("a)", "unexpected ): `a)`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("a|*", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("[", "missing closing ]: `[`"),
            ("x[a", "missing closing ]: `[a`"),
            ("[b-a]", "invalid character class range: `b-a`"),
            ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{2,1}", "invalid repeat count: `{2,1}`"),
            (r"\C", r"invalid escape sequence: `\C`"),
            (r"\1", r"invalid escape sequence: `\1`"),
            (r"a\", "trailing backslash at end of expression: ``"),
            ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            (r"\p{Foo}", r"invalid character class range: `\p{Foo}`"),
            ("(?P<a", "invalid named capture: `(?P<a`"),
        ];
        for (text, expected) in cases {
            let message = GoRegexp::new(text).unwrap_err().to_string();
            assert_eq!(message, format!("error parsing regexp: {expected}"));
        }
        let deep = "(".repeat(2000);
        let message = GoRegexp::new(&deep).unwrap_err().to_string();
        assert!(message.contains("nests too deeply"), "{message}");
    }
}
