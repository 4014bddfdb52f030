//! Decisions in the compiler's own words: the inverse of [`read_log`](crate::read_log).

use std::fmt::{self, Display, Write};

use crate::TextId;
use crate::catalogue::{self, FORMS, Part, Value};
use crate::decision::{Claim, Decision, Explanation, Position, Step};
use crate::decisions::{Decisions, Entry};
use crate::phrases;

impl Decisions {
    /// The log these decisions were read from, byte for byte.
    pub fn write_log(&self) -> Vec<u8> {
        let mut log = Vec::with_capacity(self.steps.len() * 96 + self.entries.len() * 128);
        let mut text = String::new();
        for entry in &self.entries {
            text.clear();
            match *entry {
                Entry::Unread(index) => log.extend_from_slice(self.unread(index)),
                Entry::Decision(id) => {
                    let decision = &self.items[id];
                    write_to(&mut text, &self.line(decision));
                }
                Entry::Explanation(id) => {
                    let explanation = &self.explanations[id];
                    write_to(&mut text, &self.lines(explanation));
                }
            }
            log.extend_from_slice(text.as_bytes());
            log.push(b'\n');
        }
        if !self.notation.final_newline {
            log.pop();
        }
        log
    }

    /// A decision as the compiler prints it: `POSITION: MESSAGE`.
    pub fn line<'a>(&'a self, decision: &'a Decision) -> impl Display + 'a {
        fmt::from_fn(move |f| {
            self.prefix(f, decision.position)?;
            self.write_message(f, decision)
        })
    }

    /// The message alone, such as `moved to heap: x`.
    pub fn message<'a>(&'a self, decision: &'a Decision) -> impl Display + 'a {
        fmt::from_fn(move |f| self.write_message(f, decision))
    }

    /// The head and the steps of an explanation, several lines without the last newline.
    pub fn lines<'a>(&'a self, explanation: &'a Explanation) -> impl Display + 'a {
        fmt::from_fn(move |f| {
            self.prefix(f, explanation.position)?;
            self.write_head(f, explanation)?;
            self.steps(explanation).try_for_each(|step| {
                f.write_char('\n')?;
                self.prefix(f, explanation.position)?;
                self.write_step(f, step)
            })
        })
    }

    /// `FILE:LINE:COL`, as the log spells it; nothing where there is no position.
    fn position(&self, f: &mut fmt::Formatter<'_>, position: Position) -> fmt::Result {
        let Some(file) = self.files.get(position.file) else {
            return Ok(());
        };
        f.write_str(self.text(file.spelled))?;
        if position.line != 0 {
            write!(f, ":{}", position.line)?;
        }
        if position.col != 0 {
            write!(f, ":{}", position.col)?;
        }
        Ok(())
    }

    fn prefix(&self, f: &mut fmt::Formatter<'_>, position: Position) -> fmt::Result {
        if position.file == Self::NO_FILE {
            return Ok(());
        }
        self.position(f, position)?;
        f.write_str(": ")
    }

    fn write_head(&self, f: &mut fmt::Formatter<'_>, explanation: &Explanation) -> fmt::Result {
        let subject = self.text(explanation.subject);
        match (explanation.claim, explanation.function) {
            (Claim::Escapes, None) => write!(f, "{subject} escapes to heap:"),
            (Claim::Escapes, Some(function)) => {
                write!(f, "{subject} escapes to heap in {}:", self.text(function))
            }
            (Claim::Leaks { to, derefs }, function) => {
                write!(f, "parameter {subject} leaks to {}", self.text(to))?;
                if let Some(function) = function {
                    write!(f, " for {}", self.text(function))?;
                }
                write!(f, " with derefs={derefs}:")
            }
        }
    }

    fn write_step(&self, f: &mut fmt::Formatter<'_>, step: Step) -> fmt::Result {
        match step {
            Step::Flow { to, derefs, from } => {
                let arrow = if self.notation.arrow { "←" } else { "=" };
                write!(f, "  flow: {} {arrow} ", self.text(to))?;
                match derefs {
                    -1 => f.write_char('&')?,
                    _ => (0..derefs).try_for_each(|_| f.write_char('*'))?,
                }
                write!(f, "{}:", self.text(from))
            }
            Step::From { node, why, at } => {
                let (node, why) = (self.text(node), self.text(why));
                write!(f, "    from {node} ({why}) at ")?;
                self.position(f, at)
            }
            Step::Truncated => f.write_str(phrases::TRUNCATED),
        }
    }

    fn write_message(&self, f: &mut fmt::Formatter<'_>, decision: &Decision) -> fmt::Result {
        let (form, values) = catalogue::form_of(decision.kind);
        let mut values = values.into_iter();
        let parts = FORMS.get(form).map_or(&[][..], |form| form.parts);
        parts.iter().try_for_each(|part| match part {
            Part::Words(words, _) => f.write_str(words),
            Part::Subject | Part::Selector => f.write_str(self.text(decision.subject)),
            Part::Function => f.write_str(self.text(decision.function.unwrap_or(TextId::EMPTY))),
            Part::Hidden(_) => {
                values.next();
                Ok(())
            }
            Part::Field(_) => self.write_value(f, values.next().unwrap_or(Value::None)),
        })
    }

    fn write_value(&self, f: &mut fmt::Formatter<'_>, value: Value) -> fmt::Result {
        match value {
            Value::None => Ok(()),
            Value::Text(text) => f.write_str(self.text(text)),
            Value::Number(number) => write!(f, "{number}"),
            Value::Signed(number) => write!(f, "{number}"),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Position(position) => self.inlined_into(f, position),
        }
    }

    fn inlined_into(&self, f: &mut fmt::Formatter<'_>, position: Position) -> fmt::Result {
        if position.file == Self::NO_FILE {
            return Ok(());
        }
        f.write_str(" (loop inlined into ")?;
        self.position(f, position)?;
        f.write_char(')')
    }
}

fn write_to(text: &mut String, what: &dyn Display) {
    // Writing to a `String` cannot fail.
    let _ = write!(text, "{what}");
}
