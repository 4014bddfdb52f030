//! Regular expressions as users write them: in Go's syntax, method names taken as such.

use std::fmt::Write;

use base::go_regexp::{GoRegexpError, compile};
use regex::Regex;

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
    pub fn new(text: &str) -> Result<Self, GoRegexpError> {
        let quoted = || quote_receivers(text).and_then(|quoted| compile(&quoted).ok());
        let regex = compile(text).or_else(|error| quoted().ok_or(error))?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    /// The expression as the text that it is, not as a pattern; `None` if that is the same.
    ///
    /// `main.Map[...]`, as pprof prints the name of a generic function, matches nothing as a
    /// pattern.
    pub(crate) fn literal(&self) -> Option<Self> {
        let quoted = regex::escape(&self.text);
        (quoted != self.text).then_some(())?;
        Some(Self {
            text: self.text.clone(),
            regex: Regex::new(&quoted).ok()?,
        })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Like [`is_match`](Self::is_match); as in Go, invalid UTF-8 counts as U+FFFD.
    pub fn is_match_bytes(&self, text: &[u8]) -> bool {
        self.regex.is_match(&String::from_utf8_lossy(text))
    }
}

/// The expression with every `(*Name)` taken literally; `None` if there is none.
fn quote_receivers(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("(*") {
        let name = &rest[start + 2..];
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
        if end == 0 || !name[end..].starts_with(')') {
            return None;
        }
        out.push_str(&rest[..start]);
        write!(out, "\\(\\*{}\\)", &name[..end]).ok()?;
        rest = &name[end + 1..];
    }
    (rest.len() < text.len()).then(|| out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_names_are_taken_for_what_they_show() {
        let write = GoRegexp::new("net.(*conn).Write").unwrap();
        assert!(write.is_match("net.(*conn).Write"));
        assert!(!write.is_match("net.conn.Write"));
        let message = |text| GoRegexp::new(text).unwrap_err().to_string();
        assert_eq!(
            message("(*"),
            "error parsing regexp: missing argument to repetition operator: `*`"
        );
        assert_eq!(message("("), "error parsing regexp: missing closing ): `(`");
    }

    #[test]
    fn expressions_can_be_taken_literally() {
        let name = "main.Map[...]";
        let pattern = GoRegexp::new(name).unwrap();
        assert!(!pattern.is_match(name));
        assert!(pattern.literal().unwrap().is_match(name));
        assert!(GoRegexp::new("main").unwrap().literal().is_none());
    }

    #[test]
    fn bytes_that_are_no_text_match_as_replacement_characters() {
        let any = GoRegexp::new("^a.b$").unwrap();
        assert!(any.is_match_bytes(b"a\xffb"));
    }
}
