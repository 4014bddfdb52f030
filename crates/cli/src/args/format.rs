//! Values of `--format` that several commands share.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Reads the name of a format of findings.
pub(crate) fn finding_format() -> impl TypedValueParser<Value = diag::Format> {
    PossibleValuesParser::new(diag::Format::ALL.map(diag::Format::name))
        .try_map(|name| name.parse::<diag::Format>())
}

/// How lists of decisions are printed, and what changed in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Text,
    Json,
    Github,
    Markdown,
    Sarif,
}

impl ListFormat {
    /// The format of findings that changes are printed in; `None` for those of lists.
    pub(crate) fn of_findings(self) -> Option<diag::Format> {
        match self {
            Self::Text | Self::Json => None,
            Self::Github => Some(diag::Format::Github),
            Self::Markdown => Some(diag::Format::Markdown),
            Self::Sarif => Some(diag::Format::Sarif),
        }
    }
}

/// Who says what the compiler decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineChoice {
    /// The compiler, until the native engine answers for every function
    #[default]
    Auto,
    /// The installed compiler
    Gc,
    /// goperf's model of it, which builds and compiles nothing; says where it has no answer
    Native,
    /// Where the two differ
    Both,
}

/// How tables are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    Text,
    Json,
}
