//! Build constraints: `//go:build linux && !cgo`, and `// +build linux,!cgo` of old code.

use crate::directive::comment_text;
use crate::file::Comment;
use crate::version::GoVersion;

/// A condition on build tags.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Constraint {
    Tag(String),
    Not(Box<Constraint>),
    And(Box<Constraint>, Box<Constraint>),
    Or(Box<Constraint>, Box<Constraint>),
}

/// Parentheses and negations may nest so deep, and an expression may have so many tags: each is far
/// more than anyone writes.
const MAX_DEPTH: usize = 100;
const MAX_TAGS: usize = 1000;

impl Constraint {
    /// Reads the expression of a `//go:build` line; `None` if it is malformed.
    ///
    /// ```
    /// use go_syntax::Constraint;
    ///
    /// let constraint = Constraint::parse("(linux || darwin) && !cgo").unwrap();
    /// assert!(constraint.eval(&mut |tag| tag == "linux"));
    /// assert!(!constraint.eval(&mut |tag| tag == "linux" || tag == "cgo"));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::try_parse(text).ok()
    }

    /// As [`parse`](Self::parse); `Err` says what is wrong, as go/build/constraint words it.
    pub fn try_parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            rest: text.trim(),
            depth: 0,
            size: 0,
        };
        let constraint = reader.or()?;
        match reader.token()? {
            "" => Ok(constraint),
            token => Err(format!("unexpected token {token}")),
        }
    }

    /// Reads a `// +build` line of old code: `// +build a,b c` is `(a && b) || c`; `None` if it is none.
    pub fn parse_plus_build(line: &str) -> Option<Self> {
        plus_build(line)
    }

    /// Whether the condition holds, `is_set` telling which tags are.
    pub fn eval(&self, is_set: &mut dyn FnMut(&str) -> bool) -> bool {
        match self {
            Self::Tag(tag) => is_set(tag),
            Self::Not(x) => !x.eval(is_set),
            // Both sides, so that a caller can collect all tags.
            Self::And(x, y) => x.eval(is_set) & y.eval(is_set),
            Self::Or(x, y) => x.eval(is_set) | y.eval(is_set),
        }
    }

    /// The least Go version that the condition implies, if it does.
    pub fn go_version(&self) -> Option<GoVersion> {
        match self.least_minor(true) {
            -1 => None,
            minor => u16::try_from(minor)
                .ok()
                .map(|minor| GoVersion::new(1, minor)),
        }
    }

    /// Minor version implied by the condition (or its negation); -1 for none. Tags other than
    /// `go1.N` imply nothing.
    fn least_minor(&self, holds: bool) -> i32 {
        match self {
            Self::Tag(tag) => {
                if !holds {
                    return -1;
                }
                let Some(minor) = tag.strip_prefix("go1") else {
                    return -1;
                };
                match minor.strip_prefix('.') {
                    Some(minor) => minor.parse().unwrap_or(-1),
                    None if minor.is_empty() => 0,
                    None => -1,
                }
            }
            Self::Not(x) => x.least_minor(!holds),
            Self::And(x, y) | Self::Or(x, y) => {
                let (x_minor, y_minor) = (x.least_minor(holds), y.least_minor(holds));
                if matches!(self, Self::And(..)) == holds {
                    x_minor.max(y_minor)
                } else {
                    x_minor.min(y_minor)
                }
            }
        }
    }

    fn and(self, other: Self) -> Self {
        Self::And(Box::new(self), Box::new(other))
    }

    fn or(self, other: Self) -> Self {
        Self::Or(Box::new(self), Box::new(other))
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
    /// Tags and negations so far.
    size: usize,
}

impl<'a> Reader<'a> {
    fn or(&mut self) -> Result<Constraint, String> {
        let mut x = self.and()?;
        while self.got("||")? {
            x = x.or(self.and()?);
        }
        Ok(x)
    }

    fn and(&mut self) -> Result<Constraint, String> {
        let mut x = self.not()?;
        while self.got("&&")? {
            x = x.and(self.not()?);
        }
        Ok(x)
    }

    fn not(&mut self) -> Result<Constraint, String> {
        self.size += 1;
        if self.size > MAX_TAGS {
            return Err("build expression too large".to_owned());
        }
        if !self.got("!")? {
            return self.atom();
        }
        // A double negation must be written with parentheses.
        if self.token()? == "!" {
            return Err("double negation not allowed".to_owned());
        }
        Ok(Constraint::Not(Box::new(self.atom()?)))
    }

    fn atom(&mut self) -> Result<Constraint, String> {
        if self.got("(")? {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err("build expression too large".to_owned());
            }
            let unclosed = |message: String| match message.as_str() {
                "unexpected end of expression" => "missing close paren".to_owned(),
                _ => message,
            };
            let inner = self.or().map_err(unclosed)?;
            self.depth -= 1;
            if self.got(")")? {
                return Ok(inner);
            }
            return Err("missing close paren".to_owned());
        }
        match self.token()? {
            "" => Err("unexpected end of expression".to_owned()),
            token if token.starts_with(is_tag) => {
                self.rest = &self.rest[token.len()..];
                Ok(Constraint::Tag(token.to_owned()))
            }
            token => Err(format!("unexpected token {token}")),
        }
    }

    fn got(&mut self, wanted: &str) -> Result<bool, String> {
        let got = self.token()? == wanted;
        if got {
            self.rest = &self.rest[wanted.len()..];
        }
        Ok(got)
    }

    /// The next token, which stays; empty at the end.
    fn token(&mut self) -> Result<&'a str, String> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        let rest = self.rest;
        let Some(first) = rest.chars().next() else {
            return Ok("");
        };
        let len = match first {
            '(' | ')' | '!' => 1,
            '&' | '|' if rest[1..].starts_with(first) => 2,
            _ => rest.find(|c| !is_tag(c)).unwrap_or(rest.len()),
        };
        match len {
            0 => Err(format!("invalid syntax at {first}")),
            _ => Ok(&rest[..len]),
        }
    }
}

fn is_tag(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// The constraint of a file from the comments above its package clause. A `//go:build` line counts
/// alone; `// +build` lines count together and must have a blank line between them and the clause.
pub(crate) fn of_header(src: &str, comments: &[Comment]) -> Option<Constraint> {
    if let Some(line) = build_line(src, comments) {
        return Constraint::parse(line);
    }
    let lines = comments.iter().filter(|comment| {
        let behind = src.get(comment.range.end as usize..).unwrap_or_default();
        has_blank_line(behind)
    });
    let lines = lines.filter_map(|comment| plus_build(comment_text(src, *comment)));
    lines.reduce(Constraint::and)
}

/// The version that the `//go:build` line asks for. Old lines set no language version.
pub(crate) fn go_version_of_header(src: &str, comments: &[Comment]) -> Option<GoVersion> {
    Constraint::parse(build_line(src, comments)?)?.go_version()
}

/// What follows `//go:build`.
fn build_line<'s>(src: &'s str, comments: &[Comment]) -> Option<&'s str> {
    let mut texts = comments.iter().map(|comment| comment_text(src, *comment));
    texts.find_map(|text| {
        let rest = text.strip_prefix("//go:build")?;
        rest.starts_with([' ', '\t']).then_some(rest)
    })
}

/// Whether a blank line comes before the next text that is not a comment.
fn has_blank_line(text: &str) -> bool {
    let mut lines = text.lines().skip(1);
    loop {
        match lines.next().map(str::trim) {
            Some("") => return true,
            Some(line) if line.starts_with("//") => {}
            _ => return false,
        }
    }
}

/// `// +build a,b c`: `(a && b) || c`.
fn plus_build(comment: &str) -> Option<Constraint> {
    let rest = comment
        .strip_prefix("//")?
        .trim_start()
        .strip_prefix("+build")?;
    if !rest.starts_with([' ', '\t']) {
        return None;
    }
    let term = |word: &str| match word.strip_prefix('!') {
        Some(tag) => Constraint::Not(Box::new(Constraint::Tag(tag.to_owned()))),
        None => Constraint::Tag(word.to_owned()),
    };
    let words = rest.split_whitespace().take(MAX_TAGS);
    let alternatives = words.filter_map(|word| word.split(',').map(term).reduce(Constraint::and));
    alternatives.reduce(Constraint::or)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_implied() {
        let cases = [
            ("go1.21", Some(21)),
            ("go1.21 && linux", Some(21)),
            ("go1.21 || linux", None),
            ("go1.21 || go1.18", Some(18)),
            ("!go1.21", None),
            ("!(!go1.20 || linux)", Some(20)),
            ("go1.18 && go1.22", Some(22)),
            ("go1", Some(0)),
            ("linux", None),
        ];
        for (text, minor) in cases {
            let version = Constraint::parse(text).unwrap().go_version();
            assert_eq!(
                version,
                minor.map(|minor| GoVersion::new(1, minor)),
                "{text}"
            );
        }
    }

    #[test]
    fn malformed_lines_are_none() {
        let cases = [
            ("", "unexpected end of expression"),
            ("a b", "unexpected token b"),
            ("a &&", "unexpected end of expression"),
            ("a && )", "unexpected token )"),
            ("(a", "missing close paren"),
            ("(a ||", "missing close paren"),
            ("!!a", "double negation not allowed"),
            ("a & b", "invalid syntax at &"),
            ("a,b", "invalid syntax at ,"),
        ];
        for (text, message) in cases {
            assert_eq!(Constraint::parse(text), None, "{text}");
            assert_eq!(Constraint::try_parse(text).unwrap_err(), message, "{text}");
        }
        assert_eq!(Constraint::parse(&"(".repeat(100_000)), None);
        assert_eq!(Constraint::parse(&"a||".repeat(100_000)), None);
    }

    #[test]
    fn old_lines_are_anded_and_need_a_blank_line() {
        let holds = |src: &str, tags: &[&str]| {
            let (file, _) = crate::parse(src.as_bytes());
            let constraint = file.directives.constraint?;
            Some(constraint.eval(&mut |tag| tags.contains(&tag)))
        };
        let src = "// +build linux,!cgo darwin\n// +build amd64\n\npackage p\n";
        assert_eq!(holds(src, &["linux", "amd64"]), Some(true));
        assert_eq!(holds(src, &["linux", "cgo", "amd64"]), Some(false));
        assert_eq!(holds(src, &["darwin", "cgo"]), Some(false));
        assert_eq!(holds("// +build linux\npackage p\n", &[]), None);
    }
}
