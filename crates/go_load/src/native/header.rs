//! The head of a Go file: build constraint, package clause, imports, and what it embeds.
//!
//! Only as much of the file is read as that takes. What is wrong with the head is worded as go/parser
//! words it, since the go command shows its errors.

use go_syntax::{Constraint, unquote_string};

/// What the start of a Go file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Empty if there is no package clause.
    pub(super) package: String,
    /// In source order, with the offset of the spec.
    pub(super) imports: Vec<(String, u32)>,
    /// Patterns of `//go:embed` lines with their offsets; only of files that import `embed`.
    pub(super) embeds: Vec<(String, u32)>,
    /// `#cgo` lines of the comment at `import "C"`.
    pub(super) cgo_lines: Vec<String>,
    /// The first thing that is wrong.
    pub(super) error: Option<HeaderError>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeaderError {
    /// Byte offset.
    pub(super) at: u32,
    pub(super) message: String,
}

impl HeaderError {
    /// Is one that the go command reports together with its position, as one text.
    pub(super) fn is_whole(&self) -> bool {
        self.message.contains("invalid import path: ")
    }
}

/// Reads the head of a file of which `src` is the start, or `all`. `None`: more of it is needed.
pub(super) fn read(src: &[u8], all: bool) -> Option<Header> {
    let mut reader = Reader {
        src,
        all,
        at: if src.starts_with(BOM) { BOM.len() } else { 0 },
        last_comments: 0..0,
    };
    let mut header = Header::default();
    match reader.read(&mut header) {
        Ok(()) => {}
        Err(Stop::More) => return None,
        // The wording may depend on what follows.
        Err(Stop::Wrong(_)) if !all => return None,
        Err(Stop::Wrong(error)) => {
            header.error = Some(error);
            header.imports.clear();
        }
    }
    if header.imports.iter().any(|(path, _)| path == "embed") {
        if !all {
            return None;
        }
        header.embeds = embeds(src);
    }
    Some(header)
}

const BOM: &[u8] = b"\xef\xbb\xbf";

enum Stop {
    /// The text ends where it must not.
    More,
    Wrong(HeaderError),
}

struct Reader<'s> {
    src: &'s [u8],
    all: bool,
    at: usize,
    /// The comments in front of the next token.
    last_comments: std::ops::Range<usize>,
}

impl<'s> Reader<'s> {
    fn read(&mut self, header: &mut Header) -> Result<(), Stop> {
        self.skip()?;
        let start = self.at;
        if self.word()? != b"package" {
            self.at = start;
            return Err(self.expected("'package'"));
        }
        self.skip()?;
        let start = self.at;
        let name = self.word()?;
        if name.is_empty() || name[0].is_ascii_digit() {
            self.at = start;
            return Err(self.expected("'IDENT'"));
        }
        if name == b"_" {
            return Err(wrong(start, "invalid package name _"));
        }
        header.package = String::from_utf8_lossy(name).into_owned();
        loop {
            let parted = self.skip()?;
            let start = self.at;
            // What follows the imports, and does not look like one, is not looked at.
            let word = self.word()?;
            if !word.starts_with(b"i") {
                return Ok(());
            }
            if !parted {
                self.at = start;
                return Err(self.expected("';'"));
            }
            if word != b"import" {
                return Ok(());
            }
            let doc = self.last_comments.clone();
            self.skip()?;
            if self.peek() == Some(b'(') {
                self.at += 1;
                self.group(header, doc)?;
            } else {
                self.spec(header, doc)?;
            }
        }
    }

    /// The specs in parentheses. A single one may have its comment outside.
    fn group(&mut self, header: &mut Header, outer: std::ops::Range<usize>) -> Result<(), Stop> {
        loop {
            self.skip()?;
            match self.peek() {
                Some(b')') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b';') => self.at += 1,
                None if self.all => return Err(self.expected("')'")),
                None => return Err(Stop::More),
                Some(_) => {
                    let own = self.last_comments.clone();
                    let doc = if own.is_empty() { outer.clone() } else { own };
                    self.spec(header, doc)?;
                    self.end_of_spec()?;
                }
            }
        }
    }

    fn spec(&mut self, header: &mut Header, doc: std::ops::Range<usize>) -> Result<(), Stop> {
        let start = self.at;
        match self.peek() {
            Some(b'.') => self.at += 1,
            Some(b'"' | b'`') | None => {}
            Some(_) => {
                self.word()?;
            }
        }
        self.after_blanks()?;
        let at = self.at;
        let Some(literal) = self.literal()? else {
            return Err(wrong(at, "missing import path"));
        };
        let path = std::str::from_utf8(literal).ok().and_then(unquote_string);
        let path = path.and_then(|path| String::from_utf8(path).ok());
        let path = path.unwrap_or_default();
        if !is_valid_import(&path) {
            return Err(wrong(start, format!("invalid import path: {path}")));
        }
        if path == "C" {
            let doc = String::from_utf8_lossy(&self.src[doc]);
            let lines = doc.lines().map(|line| line.trim_start_matches("//").trim());
            let is_cgo = |line: &&str| line.starts_with("#cgo ") || line.starts_with("#cgo\t");
            header
                .cgo_lines
                .extend(lines.filter(is_cgo).map(str::to_owned));
        }
        header.imports.push((path, start as u32));
        Ok(())
    }

    /// A string literal with its quotes.
    fn literal(&mut self) -> Result<Option<&'s [u8]>, Stop> {
        let start = self.at;
        let quote = match self.peek() {
            Some(quote @ (b'"' | b'`')) => quote,
            None if !self.all => return Err(Stop::More),
            _ => return Ok(None),
        };
        self.at += 1;
        loop {
            match self.peek() {
                None if !self.all => return Err(Stop::More),
                None if quote == b'`' => {
                    return Err(wrong(start, "raw string literal not terminated"));
                }
                None => return Err(wrong(start, "string literal not terminated")),
                Some(b'\n') if quote == b'"' => {
                    return Err(wrong(start, "string literal not terminated"));
                }
                Some(b'\\') if quote == b'"' => self.at += 2,
                Some(byte) => {
                    self.at += 1;
                    if byte == quote {
                        return Ok(Some(&self.src[start..self.at.min(self.src.len())]));
                    }
                }
            }
        }
    }

    /// A newline, a semicolon, the end or a closing parenthesis must follow.
    fn end_of_spec(&mut self) -> Result<(), Stop> {
        match self.after_blanks()? {
            None | Some(b'\n' | b';' | b'\r' | b')') => Ok(()),
            Some(_) => Err(self.expected("';'")),
        }
    }

    /// The next byte that is not a blank of this line and not in a comment.
    fn after_blanks(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\x0c') => self.at += 1,
                Some(b'/') if self.src.get(self.at + 1) == Some(&b'/') => self.comment()?,
                Some(b'/') if self.src.get(self.at + 1) == Some(&b'*') => {
                    let start = self.at;
                    self.comment()?;
                    // A comment over several lines ends the statement like a newline.
                    if self.src[start..self.at].contains(&b'\n') {
                        return Ok(Some(b'\n'));
                    }
                }
                None if !self.all => return Err(Stop::More),
                byte => return Ok(byte),
            }
        }
    }

    /// Skips blanks, newlines, semicolons and comments. Returns whether a statement ends here.
    fn skip(&mut self) -> Result<bool, Stop> {
        let mut comments: Option<std::ops::Range<usize>> = None;
        let mut newlines = 0;
        let mut parted = false;
        loop {
            match self.peek() {
                Some(b'\n') => {
                    self.at += 1;
                    newlines += 1;
                    parted = true;
                }
                Some(b';') => {
                    self.at += 1;
                    parted = true;
                }
                Some(b' ' | b'\t' | b'\r' | b'\x0c') => self.at += 1,
                Some(b'/') => {
                    if newlines > 1 {
                        comments = None;
                    }
                    let start = comments.as_ref().map_or(self.at, |range| range.start);
                    let from = self.at;
                    self.comment()?;
                    parted |= self.src[from..self.at].contains(&b'\n');
                    comments = Some(start..self.at);
                    newlines = 0;
                }
                None if !self.all => return Err(Stop::More),
                _ => break,
            }
        }
        // A blank line parts a comment from what follows it.
        let close = comments.filter(|_| newlines <= 1);
        self.last_comments = close.unwrap_or(self.at..self.at);
        Ok(parted)
    }

    fn comment(&mut self) -> Result<(), Stop> {
        let rest = &self.src[self.at..];
        let len = match rest.get(1) {
            Some(b'/') => memchr(b'\n', rest),
            Some(b'*') => find(&rest[2..], b"*/").map(|at| at + 4),
            None if !self.all => return Err(Stop::More),
            _ => {
                let error = self.expected(if self.at == 0 { "'package'" } else { "';'" });
                return Err(error);
            }
        };
        match len {
            Some(len) => self.at += len,
            None if !self.all => return Err(Stop::More),
            None if rest[1] == b'*' => return Err(wrong(self.at, "comment not terminated")),
            None => self.at = self.src.len(),
        }
        Ok(())
    }

    /// Letters and digits.
    fn word(&mut self) -> Result<&'s [u8], Stop> {
        let rest = &self.src[self.at..];
        let is_letter = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80;
        let len = rest.iter().take_while(|b| is_letter(b)).count();
        self.at += len;
        if self.at == self.src.len() && !self.all {
            return Err(Stop::More);
        }
        Ok(&rest[..len])
    }

    fn peek(&self) -> Option<u8> {
        self.src.get(self.at).copied()
    }

    /// What stands here is not what should.
    fn expected(&self, what: &str) -> Stop {
        if !self.all {
            return Stop::More;
        }
        let (at, found) = found(self.src, self.at);
        match found {
            Ok(found) => wrong(at, format!("expected {what}, found {found}")),
            Err(message) => wrong(at, message),
        }
    }
}

/// The next token as go/parser calls it; `Err` is what the scanner says of it.
fn found(src: &[u8], at: usize) -> (usize, Result<String, String>) {
    let text = String::from_utf8_lossy(&src[at..]).into_owned();
    let Some(first) = text.chars().next() else {
        return (at, Ok("'EOF'".to_owned()));
    };
    let word: String = (text.chars())
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let found = match first {
        '\n' => "newline".to_owned(),
        '"' | '`' | '\'' => {
            let end = text[1..]
                .find([first, '\n'])
                .map_or(text.len(), |end| end + 2);
            text[..end].to_owned()
        }
        _ if KEYWORDS.contains(&word.as_str()) => format!("'{word}'"),
        _ if !word.is_empty() => word,
        '#' | '$' | '?' | '@' | '\\' => {
            return (
                at,
                Err(format!(
                    "illegal character U+{:04X} '{first}'",
                    first as u32
                )),
            );
        }
        '\0' => return (at, Err("illegal character NUL".to_owned())),
        _ => {
            let known = OPERATORS
                .iter()
                .find(|operator| text.starts_with(**operator));
            if let Some(operator) = known {
                format!("'{operator}'")
            } else {
                let code = first as u32;
                return (at, Err(format!("illegal character U+{code:04X} '{first}'")));
            }
        }
    };
    (at, Ok(found))
}

/// Longest first.
const OPERATORS: &[&str] = &[
    "&^=", "<<=", ">>=", "...", "&&", "||", "<-", "++", "--", "==", "!=", "<=", ">=", ":=", "+=",
    "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "&^", "+", "-", "*", "/", "%", "&", "|",
    "^", "<", ">", "=", "!", "~", "(", ")", "[", "]", "{", "}", ",", ";", ".", ":",
];

const KEYWORDS: &[&str] = &[
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

fn wrong(at: usize, message: impl Into<String>) -> Stop {
    Stop::Wrong(HeaderError {
        at: at as u32,
        message: message.into(),
    })
}

fn memchr(byte: u8, text: &[u8]) -> Option<usize> {
    memchr::memchr(byte, text)
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, needle)
}

/// The stricter rule of compilers: graphic characters, none of a list.
fn is_valid_import(path: &str) -> bool {
    let is_bad = |c: char| {
        c.is_whitespace() || c.is_control() || "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{fffd}".contains(c)
    };
    !path.is_empty() && !path.contains(is_bad)
}

/// Does the header let the file into the build? The constraint must stand before a blank line in
/// front of the first text that is no `//` comment; `Err` says what is wrong with it.
pub(super) fn should_build(
    src: &[u8],
    holds: &dyn Fn(&Constraint) -> bool,
) -> Result<bool, String> {
    let (leading, build_line) = build_lines(src)?;
    if let Some(line) = build_line {
        let text = String::from_utf8_lossy(line);
        let expression = text.trim().strip_prefix("//go:build").unwrap_or_default();
        let constraint = Constraint::try_parse(expression)
            .map_err(|message| format!("parsing //go:build line: {message}"))?;
        return Ok(holds(&constraint));
    }
    // Most files have none.
    if find(leading, b"+build").is_none() {
        return Ok(true);
    }
    let leading = String::from_utf8_lossy(leading);
    let mut constraints = (leading.lines()).filter_map(|line| plus_build(line.trim()));
    Ok(constraints.all(|constraint| holds(&constraint)))
}

/// `// +build a,b c`
fn plus_build(line: &str) -> Option<Constraint> {
    Constraint::parse_plus_build(line)
}

/// The run of `//` comments and blank lines at the start up to its last blank line; and the
/// `//go:build` line.
fn build_lines(src: &[u8]) -> Result<(&[u8], Option<&[u8]>), String> {
    let mut end = 0;
    let mut at = 0;
    let mut ended = false;
    let mut in_comment = false;
    let mut build_line = None;
    while at < src.len() {
        let len = memchr(b'\n', &src[at..]).map_or(src.len() - at, |len| len + 1);
        let mut line = src[at..at + len].trim_ascii();
        at += len;
        if line.is_empty() && !ended {
            end = at;
            continue;
        }
        ended |= !line.starts_with(b"//");
        if !in_comment && is_build_line(line) && build_line.replace(line).is_some() {
            return Err("multiple //go:build comments".to_owned());
        }
        loop {
            if in_comment {
                let Some(close) = find(line, b"*/") else {
                    break;
                };
                in_comment = false;
                line = line[close + 2..].trim_ascii();
            } else if line.starts_with(b"/*") {
                in_comment = true;
                line = line[2..].trim_ascii();
            } else if line.is_empty() || line.starts_with(b"//") {
                break;
            } else {
                return Ok((&src[..end], build_line));
            }
        }
    }
    Ok((&src[..end], build_line))
}

fn is_build_line(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b"//go:build");
    rest.is_some_and(|rest| rest.is_empty() || rest[0].is_ascii_whitespace())
}

/// Is the run of comments and blanks at the start of `src` over before its end?
pub(super) fn has_all_comments(src: &[u8]) -> bool {
    let mut reader = Reader {
        src,
        all: false,
        at: 0,
        last_comments: 0..0,
    };
    !matches!(reader.skip(), Err(Stop::More))
}

/// The patterns of all `//go:embed` comments with their offsets. Malformed lines do not count: the
/// compiler reports them.
fn embeds(src: &[u8]) -> Vec<(String, u32)> {
    let mut patterns = Vec::new();
    let mut at = 0;
    while at < src.len() {
        let rest = &src[at..];
        at += match rest {
            [b'/', b'/', ..] => {
                let len = memchr(b'\n', rest).unwrap_or(rest.len());
                if let Some(list) = rest[..len].strip_prefix(b"//go:embed") {
                    patterns.extend(embed_line(list, at + 10).unwrap_or_default());
                }
                len
            }
            [b'/', b'*', ..] => find(&rest[2..], b"*/").map_or(rest.len(), |len| len + 4),
            [b'`', ..] => memchr(b'`', &rest[1..]).map_or(rest.len(), |len| len + 2),
            [quote @ (b'"' | b'\''), ..] => quoted_len(rest, *quote),
            _ => 1,
        };
    }
    patterns
}

/// Up to the closing quote or the end of the line.
fn quoted_len(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        at += if byte == b'\\' { 2 } else { 1 };
        if byte == quote || byte == b'\n' {
            break;
        }
    }
    at.min(text.len())
}

/// Words and quoted strings behind `//go:embed`; `start` is where they are in the file.
fn embed_line(list: &[u8], start: usize) -> Option<Vec<(String, u32)>> {
    let text = std::str::from_utf8(list).ok()?;
    if !text.starts_with([' ', '\t']) {
        return None;
    }
    let mut patterns = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let at = start + text.len() - rest.len();
        let len = match first {
            '`' => rest[1..].find('`')? + 2,
            '"' => quoted_len(rest.as_bytes(), b'"'),
            _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        let (word, behind) = rest.split_at(len);
        let pattern = match first {
            '`' | '"' => String::from_utf8(unquote_string(word)?).ok()?,
            _ => word.to_owned(),
        };
        if !behind.is_empty() && !behind.starts_with(char::is_whitespace) {
            return None;
        }
        patterns.push((pattern, at as u32));
        rest = behind.trim_start();
    }
    Some(patterns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(src: &str) -> String {
        let header = read(src.as_bytes(), true).unwrap();
        if let Some(error) = header.error {
            return format!("{}: {}", error.at, error.message);
        }
        let imports = header
            .imports
            .iter()
            .map(|(path, at)| format!(" {path}@{at}"));
        header.package + &imports.collect::<String>()
    }

    #[test]
    fn clause_and_imports() {
        let cases = [
            ("package p", "p"),
            ("// c\n\n/* d */ package p // e\nvar x int", "p"),
            ("\u{feff}package p\n", "p"),
            ("package p; import \"a\"; import b `b/c`\n", "p a@18 b/c@30"),
            (
                "package p\nimport (\n\t. \"a\" // x\n\t_ \"b\"; \"c\"\n)\n",
                "p a@20 b@32 c@39",
            ),
            ("package p\nimport ()\nfunc f() {}", "p"),
            ("", "0: expected 'package', found 'EOF'"),
            ("func f", "0: expected 'package', found 'func'"),
            ("x y", "0: expected 'package', found x"),
            ("package\n", "8: expected 'IDENT', found 'EOF'"),
            ("package p\nimport a", "18: missing import path"),
            (
                "package p\nimport \"a b\"\n",
                "17: invalid import path: a b",
            ),
            (
                "package p\nimport \"a\n",
                "17: string literal not terminated",
            ),
            ("package p x", "p"),
            ("package p import \"a\"", "10: expected ';', found 'import'"),
            ("package p\nimport \"a\" func", "p a@17"),
            ("package p\nimport \"a\" if", "21: expected ';', found 'if'"),
            (
                "package p\nimport (\"a\" \"b\")",
                "22: expected ';', found \"b\"",
            ),
            ("#!/bin/sh", "0: illegal character U+0023 '#'"),
        ];
        for (src, expected) in cases {
            assert_eq!(show(src), expected, "{src:?}");
        }
    }

    #[test]
    fn every_prefix_asks_for_more_or_answers_the_same() {
        let src = b"// c\npackage p\n\nimport (\n\t\"a\"\n\tx \"b/c\"\n)\n\nimport \"d\"\n\nfunc f() {}\n";
        let whole = read(src, true).unwrap();
        for len in 0..src.len() {
            if let Some(header) = read(&src[..len], false) {
                assert_eq!(header, whole, "{len}");
            }
        }
        assert!(read(&src[..src.len() - 3], false).is_some());
    }

    #[test]
    fn constraints_count_where_they_may_stand() {
        let holds = |constraint: &Constraint| constraint.eval(&mut |tag| tag == "linux");
        let cases = [
            ("package p", Ok(true)),
            ("//go:build linux\n\npackage p", Ok(true)),
            ("//go:build windows\n\npackage p", Ok(false)),
            ("//go:build windows\npackage p", Ok(false)),
            ("/* x */\n//go:build windows\n\npackage p", Ok(false)),
            ("// +build windows\n\npackage p", Ok(false)),
            ("// +build windows\npackage p", Ok(true)),
            (
                "// +build windows linux\n// +build !cgo\n\npackage p",
                Ok(true),
            ),
            ("package p\n//go:build windows\n", Ok(true)),
            ("/*\n//go:build windows\n*/\npackage p", Ok(true)),
            (
                "//go:build a\n//go:build b\n\npackage p",
                Err("multiple //go:build comments".to_owned()),
            ),
        ];
        for (src, expected) in cases {
            assert_eq!(should_build(src.as_bytes(), &holds), expected, "{src:?}");
        }
    }

    #[test]
    fn embedded_patterns_are_found_in_comments_only() {
        let src = "package p\nimport _ \"embed\"\n//go:embed a/* \"b c\" `d`\nvar x = \"//go:embed no\"\n\
                   const c = '\"' //go:embed e\n//go:embedded f\n/*\n//go:embed no\n*/\n";
        let header = read(src.as_bytes(), true).unwrap();
        let patterns: Vec<&str> = header.embeds.iter().map(|(p, _)| p.as_str()).collect();
        assert_eq!(patterns, ["a/*", "b c", "d", "e"]);
        assert_eq!(header.embeds[0].1, 38);
    }
}
