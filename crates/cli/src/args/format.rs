//! Values of `--format` that several commands share.

use clap::ValueEnum;

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingFormat {
    Full,
    Concise,
    Json,
    Jsonl,
    Sarif,
    Github,
    Markdown,
    Gitlab,
    Checkstyle,
    Junit,
    Teamcity,
    Rdjson,
    Agent,
}

impl From<FindingFormat> for diag::Format {
    fn from(format: FindingFormat) -> Self {
        match format {
            FindingFormat::Full => Self::Full,
            FindingFormat::Concise => Self::Concise,
            FindingFormat::Json => Self::Json,
            FindingFormat::Jsonl => Self::Jsonl,
            FindingFormat::Sarif => Self::Sarif,
            FindingFormat::Github => Self::Github,
            FindingFormat::Markdown => Self::Markdown,
            FindingFormat::Gitlab => Self::Gitlab,
            FindingFormat::Checkstyle => Self::Checkstyle,
            FindingFormat::Junit => Self::Junit,
            FindingFormat::Teamcity => Self::Teamcity,
            FindingFormat::Rdjson => Self::Rdjson,
            FindingFormat::Agent => Self::Agent,
        }
    }
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

/// How tables are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    Text,
    Json,
}
