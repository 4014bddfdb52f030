//! The data model: what was found, where, on which evidence, and what to do.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::PathBuf;

use base::{LineCol, TextRange};

/// A rule by its two names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RuleRef {
    /// `GP601`; never changes its meaning.
    pub id: &'static str,
    /// `hot-boxing`; finishes the sentence "allow …".
    pub name: &'static str,
}

/// What an output that lists all rules says of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleInfo {
    pub rule: RuleRef,
    /// One sentence.
    pub summary: String,
    /// Of its findings, unless one says otherwise.
    pub severity: Severity,
    /// The rule's page.
    pub url: Option<String>,
}

/// How much a finding asks for attention, most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The program is wrong or could not be analysed.
    Error,
    /// It costs, and there is evidence.
    Warning,
    /// Worth knowing.
    Info,
    /// May cost; nothing was measured.
    Hint,
}

impl Severity {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Hint => "hint",
        }
    }
}

/// One finding.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagnostic {
    pub rule: RuleRef,
    pub severity: Severity,
    /// A sentence without full stop; code in backticks.
    pub message: String,
    pub primary: Annotation,
    /// Other places that explain the finding, in reading order; may lie in other files.
    pub secondary: Vec<Annotation>,
    pub notes: Vec<Note>,
    /// Most telling first.
    pub evidence: Vec<Evidence>,
    /// Estimated gain, 0 to 100.
    pub score: f64,
    /// As the profile names it: `example.com/m/store.(*Store).Put`.
    pub function: Option<String>,
    /// Import path.
    pub package: Option<String>,
    /// What a program wants to read without parsing the message.
    pub data: BTreeMap<String, Value>,
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding with a message and a place, and nothing else yet.
    pub fn new(
        rule: RuleRef,
        severity: Severity,
        message: impl Into<String>,
        primary: Annotation,
    ) -> Self {
        Self {
            rule,
            severity,
            message: message.into(),
            primary,
            secondary: Vec::new(),
            notes: Vec::new(),
            evidence: Vec::new(),
            score: 0.0,
            function: None,
            package: None,
            data: BTreeMap::new(),
            fix: None,
        }
    }

    /// A total order for showing: score descending, then path, line, column, rule, message.
    pub fn cmp_rank(&self, other: &Self) -> Ordering {
        (other.score.total_cmp(&self.score))
            .then_with(|| self.cmp_place(other))
            .then_with(|| self.message.cmp(&other.message))
    }

    /// Path, line, column, rule.
    pub(crate) fn cmp_place(&self, other: &Self) -> Ordering {
        (self.primary.path.cmp(&other.primary.path))
            .then_with(|| self.primary.start.cmp(&other.primary.start))
            .then_with(|| self.rule.cmp(&other.rule))
    }
}

/// Most expensive first; ties by place, so the order never depends on how the findings were made.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(Diagnostic::cmp_rank);
}

/// A place in a source file and what is to be said about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Annotation {
    /// Absolute, or as the compiler or profile gave it.
    pub path: PathBuf,
    /// Line 0 means that only the file is known.
    pub start: LineCol,
    /// One past the last byte; `None` takes the word at `start`.
    pub end: Option<LineCol>,
    /// A few words beside the carets; may be empty.
    pub message: String,
}

impl Annotation {
    /// The word at a line and column (both from 1, the column in bytes).
    pub fn at(path: impl Into<PathBuf>, line: u32, col: u32) -> Self {
        Self {
            path: path.into(),
            start: LineCol { line, col },
            end: None,
            message: String::new(),
        }
    }

    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }
}

/// A remark below the snippet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub kind: NoteKind,
    pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NoteKind {
    /// Background.
    Note,
    /// What to do.
    Help,
}

impl NoteKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Help => "help",
        }
    }
}

/// One measured quantity that stands behind a finding.
#[derive(Clone, PartialEq, Debug)]
pub struct Evidence {
    /// `cpu`, `alloc_space`, `alloc_objects`, `inuse_space`, `inuse_objects`, …
    pub source: String,
    /// In `unit`.
    pub value: i64,
    /// `bytes`, `count`, `nanoseconds`.
    pub unit: String,
    /// Part of the whole profile, 0 to 1.
    pub share: f64,
    /// For people, complete in itself: `34 % of alloc_space (120 MB)`.
    pub text: String,
}

/// A datum of [`Diagnostic::data`].
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl From<BTreeMap<String, Value>> for Value {
    fn from(values: BTreeMap<String, Value>) -> Self {
        Self::Map(values)
    }
}

/// A change of the source that removes the finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    pub title: String,
    pub safety: Safety,
    /// Without overlap within a file.
    pub edits: Vec<Edit>,
    /// Import paths that the edited files need; what they no longer need is for the code that applies the fix to drop.
    pub imports: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Safety {
    /// Behaviour is kept for every input.
    Safe,
    /// Behavior may change as the message says.
    Unsafe,
}

impl Safety {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// Replaces the bytes of `range` by `text`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    pub path: PathBuf,
    pub range: TextRange,
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_score_then_place_then_rule() {
        let make = |score, path: &str, line, id| {
            let rule = RuleRef { id, name: "x" };
            let primary = Annotation::at(path, line, 1);
            let mut diagnostic = Diagnostic::new(rule, Severity::Hint, "m", primary);
            diagnostic.score = score;
            diagnostic
        };
        let sorted = [
            make(9.5, "z.go", 9, "GP999"),
            make(1.0, "a.go", 2, "GP101"),
            make(1.0, "a.go", 10, "GP101"),
            make(1.0, "a.go", 10, "GP201"),
            make(1.0, "b.go", 1, "GP101"),
            make(0.0, "a.go", 1, "GP101"),
        ];
        let mut shuffled = [3, 0, 5, 1, 4, 2].map(|index: usize| sorted[index].clone());
        sort(&mut shuffled);
        assert_eq!(shuffled, sorted);
    }
}
