//! Regular expressions in the dialect of Go's `regexp` (RE2), on the `regex` crate.
//!
//! The two are close relatives, yet differ in what they accept, in the ASCII classes, and in the words
//! of their errors. [`compile`] checks an expression by Go's rules, reports errors in Go's words, and
//! rewrites what the crate reads otherwise.
//!
//! Source: regexp/syntax/parse.go, go1.27.3.

mod class;
mod escape;
mod group;
mod repeat;

use regex::{Regex, RegexBuilder};

/// What is wrong with an expression, as `regexp.Compile` says it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("error parsing regexp: {kind}: `{part}`")]
pub struct GoRegexpError {
    kind: &'static str,
    /// The piece of the expression at fault.
    part: String,
}

/// Compiles an unanchored expression. Matching is leftmost-first, as Go's.
pub fn compile(expression: &str) -> Result<Regex, GoRegexpError> {
    let pattern = translate(expression)?;
    let too_large = |_| error("expression too large", expression);
    // Go compiles what is a hundred times larger than the crate's own limit.
    RegexBuilder::new(&pattern)
        .size_limit(256 << 20)
        .nest_limit(1200)
        .build()
        .map_err(too_large)
}

fn error(kind: &'static str, part: &str) -> GoRegexpError {
    GoRegexpError {
        kind,
        part: part.to_owned(),
    }
}

/// The expression in the syntax of the `regex` crate.
pub fn translate(expression: &str) -> Result<String, GoRegexpError> {
    let mut translation = Translation {
        whole: expression,
        rest: expression,
        out: String::with_capacity(expression.len() + 16),
        groups: vec![Group::default()],
        last_repeat: None,
    };
    while !translation.rest.is_empty() {
        translation.step()?;
    }
    if translation.groups.len() > 1 {
        return Err(error("missing closing )", expression));
    }
    Ok(translation.out)
}

/// The most a piece may be repeated, nested repetitions multiplied.
const MAX_REPEAT: u64 = 1000;
/// Deepest nesting of groups.
const MAX_DEPTH: usize = 1000;

/// An expression on its way.
struct Translation<'a> {
    whole: &'a str,
    /// Still to read.
    rest: &'a str,
    out: String,
    /// Open groups, the whole expression first.
    groups: Vec<Group>,
    /// What was left to read before the repetition operator just read.
    last_repeat: Option<&'a str>,
}

/// What has been read in a group.
#[derive(Default)]
struct Group {
    /// Where in the output the last piece starts, and how often it repeats its inside; `None` after
    /// `(` and `|`.
    piece: Option<(usize, u64)>,
    /// The largest repetition in the group so far.
    repeat: u64,
}

impl<'a> Translation<'a> {
    fn step(&mut self) -> Result<(), GoRegexpError> {
        let before = self.rest;
        let Some(rune) = before.chars().next() else {
            return Ok(());
        };
        let repeated = self.last_repeat.take();
        match rune {
            '*' | '+' | '?' => {
                self.rest = &before[1..];
                self.repeat(before, &before[..1], 0, repeated)?;
            }
            '{' => match repeat::counts(before) {
                Some((low, high, after)) => {
                    self.rest = after;
                    self.counted(before, low, high, repeated)?;
                }
                None => self.literal(rune),
            },
            '(' => self.open_group()?,
            ')' => self.close_group()?,
            '|' => {
                self.take(1, "|");
                self.group().piece = None;
            }
            '[' => self.class()?,
            '\\' => self.backslash()?,
            '.' | '^' | '$' => {
                let text = &before[..1];
                self.piece(text);
                self.rest = &before[1..];
            }
            _ => self.literal(rune),
        }
        Ok(())
    }

    fn literal(&mut self, rune: char) {
        self.rest = &self.rest[rune.len_utf8()..];
        self.escaped(rune);
    }

    /// Adds a character that stands for itself.
    fn escaped(&mut self, rune: char) {
        self.piece(&regex::escape(rune.encode_utf8(&mut [0; 4])));
    }

    /// Adds something that can be repeated.
    fn piece(&mut self, text: &str) {
        let start = self.out.len();
        self.out.push_str(text);
        self.group().piece = Some((start, 1));
    }

    /// Adds what cannot be repeated.
    fn take(&mut self, len: usize, text: &str) {
        self.rest = &self.rest[len..];
        self.out.push_str(text);
    }

    fn group(&mut self) -> &mut Group {
        if self.groups.is_empty() {
            self.groups.push(Group::default());
        }
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    /// What has been read since `before`.
    fn read_since(&self, before: &'a str) -> &'a str {
        &before[..before.len() - self.rest.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(expression: &str, text: &str) -> bool {
        compile(expression).is_ok_and(|regex| regex.is_match(text))
    }

    #[test]
    fn errors_are_worded_as_by_go() {
        for (expression, message) in [
            ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
            ("(a", "missing closing ): `(a`"),
            ("a)", "unexpected ): `a)`"),
            ("[a", "missing closing ]: `[a`"),
            ("x[", "missing closing ]: `[`"),
            ("[b-a]", "invalid character class range: `b-a`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("(|*)", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{2,1}", "invalid repeat count: `{2,1}`"),
            ("((a{100}){100}){100}", "invalid repeat count: `{100}`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("\\8", "invalid escape sequence: `\\8`"),
            ("\\y", "invalid escape sequence: `\\y`"),
            ("a\\Eb", "invalid escape sequence: `\\E`"),
            ("\\C", "invalid escape sequence: `\\C`"),
            ("\\xg0", "invalid escape sequence: `\\xg0`"),
            ("\\x{110000}", "invalid escape sequence: `\\x{110000`"),
            ("\\pX", "invalid character class range: `\\pX`"),
            ("\\p{No", "invalid character class range: `\\p{No`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?i", "invalid or unsupported Perl syntax: `(?i`"),
            ("(?", "invalid or unsupported Perl syntax: `(?`"),
            ("(?P<n", "invalid named capture: `(?P<n`"),
            ("(?P<a b>x)", "invalid named capture: `(?P<a b>`"),
        ] {
            let got = compile(expression).map_err(|error| error.to_string());
            let want = format!("error parsing regexp: {message}");
            assert_eq!(got.map(|_| ()), Err(want), "{expression}");
        }
    }

    #[test]
    fn what_go_accepts_means_the_same() {
        for (expression, yes, no) in [
            (r"^\Qa.b\E$", "a.b", "axb"),
            (r"^a{$", "a{", "a"),
            (r"^a{,2}$", "a{,2}", "aa"),
            (r"^[[a]$", "[", "b"),
            (r"^[a&&b]+$", "a&b", "c"),
            (r"^[+--]+$", "+,-", "b"),
            (r"^[]a]+$", "]a", "b"),
            (r"^[^a]$", "\n", "a"),
            (r"^.$", "é", "\n"),
            (r"^(?s).$", "\n", ""),
            (r"^\d$", "7", "٣"),
            (r"^\D$", "٣", "7"),
            (r"^\w+$", "az_9", "é"),
            (r"^[\w-]+$", "a-b", "é"),
            (r"^[^\W]$", "a", "é"),
            (r"^\s$", "\t", "\u{b}"),
            (r"\bé", "aé", "é"),
            (r"^\x41\x{e9}\101$", "AéA", "A"),
            (r"^[[:alpha:]]+$", "abc", "é"),
            (r"^[[:^alpha:]]$", "é", "a"),
            (r"^\pL\p{Greek}\p{^Greek}\PL$", "aαa1", "aa"),
            (r"^(?i)straße$", "STRAßE", "x"),
            (r"^(?i:a)b$", "Ab", "AB"),
            (r"^a+?(?:b|)$", "aab", "c"),
            (r"^(?P<x>a)(?<y>b)$", "ab", "a"),
            (r"^\_\-$", "_-", "a"),
            (r"^#~&$", "#~&", "a"),
            (r"a\z", "ba", "ab"),
            (r"^()*$", "", "a"),
        ] {
            assert!(matches(expression, yes), "{expression} matches {yes:?}");
            assert!(!matches(expression, no), "{expression} matches not {no:?}");
        }
    }
}
