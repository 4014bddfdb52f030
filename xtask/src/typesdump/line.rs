//! One record: a JSON object on a line, keys in the order given, no blanks.

use std::fmt::Write as _;

use super::writer::Kind;

pub(super) struct Line {
    text: String,
}

impl Line {
    pub(super) fn new(kind: &str) -> Self {
        let mut line = Self {
            text: String::with_capacity(160),
        };
        line.text.push_str("{\"k\":");
        line.quote(kind);
        line
    }

    pub(super) fn of(kind: Kind) -> Self {
        Self::new(kind.name())
    }

    pub(super) fn str(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        self.quote(value);
        self
    }

    pub(super) fn num(&mut self, key: &str, value: impl std::fmt::Display) -> &mut Self {
        self.key(key);
        let _ = write!(self.text, "{value}");
        self
    }

    pub(super) fn strs<'s>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = &'s str>,
    ) -> &mut Self {
        self.key(key);
        self.text.push('[');
        for (number, value) in values.into_iter().enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            self.quote(value);
        }
        self.text.push(']');
        self
    }

    pub(super) fn nums<N: std::fmt::Display>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = N>,
    ) -> &mut Self {
        self.key(key);
        self.text.push('[');
        for (number, value) in values.into_iter().enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            let _ = write!(self.text, "{value}");
        }
        self.text.push(']');
        self
    }

    pub(super) fn bool(&mut self, key: &str, value: bool) -> &mut Self {
        self.num(key, value)
    }

    /// The line with its newline.
    pub(super) fn end(mut self) -> String {
        self.text.push_str("}\n");
        self.text
    }

    fn key(&mut self, key: &str) {
        self.text.push(',');
        self.quote(key);
        self.text.push(':');
    }

    fn quote(&mut self, value: &str) {
        self.text.push('"');
        for c in value.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                '\0'..'\u{20}' => {
                    let _ = write!(self.text, "\\u{:04x}", u32::from(c));
                }
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}
