//! One file per output format; all of them read the same [`Report`].

mod agent;
mod checkstyle;
mod concise;
mod full;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod rdjson;
mod sarif;
mod schema;
mod teamcity;
mod xml;

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use crate::diagnostic::{Annotation, Diagnostic, RuleInfo, Value};
use crate::paths::{PathNames, display_path};
use crate::sources::{SourceCache, Sources};

pub use json::JSON_SCHEMA_VERSION;
pub use schema::json_schema;

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// Source line, carets, evidence and help.
    #[default]
    Full,
    /// One line a finding.
    Concise,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning services.
    Sarif,
    /// Workflow commands that GitHub Actions turns into annotations.
    Github,
    /// For a comment on a change, or a report.
    Markdown,
    /// GitLab's Code Quality report.
    Gitlab,
    /// Checkstyle's XML.
    Checkstyle,
    /// JUnit's XML: each finding is a failed case.
    Junit,
    /// Service messages of TeamCity.
    Teamcity,
    /// reviewdog's diagnostics.
    Rdjson,
    /// One line a finding, with advice, for programs that edit code.
    Agent,
}

impl Format {
    pub const ALL: [Self; 13] = [
        Self::Full,
        Self::Concise,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Markdown,
        Self::Gitlab,
        Self::Checkstyle,
        Self::Junit,
        Self::Teamcity,
        Self::Rdjson,
        Self::Agent,
    ];

    /// As `--format` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Gitlab => "gitlab",
            Self::Checkstyle => "checkstyle",
            Self::Junit => "junit",
            Self::Teamcity => "teamcity",
            Self::Rdjson => "rdjson",
            Self::Agent => "agent",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        (Self::ALL.into_iter())
            .find(|format| format.name() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("unknown format `{text}`; known are {names}")
            })
    }
}

/// What is written.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// In the order in which they are shown.
    pub diagnostics: &'a [Diagnostic],
    /// All rules that ran, silent ones too. Used by SARIF.
    pub rules: &'a [RuleInfo],
    /// Totals of the run, for the formats that programs read.
    pub summary: Option<&'a BTreeMap<String, Value>>,
}

impl<'a> Report<'a> {
    pub const fn new(diagnostics: &'a [Diagnostic]) -> Self {
        Self {
            diagnostics,
            rules: &[],
            summary: None,
        }
    }
}

/// How it is written.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub sources: &'a dyn Sources,
    /// The formats for people show paths by these names; the others take only the current folder
    /// from it, so that whatever reads them can open what they name.
    pub paths: &'a PathNames,
    /// ANSI colours; only [`Format::Full`] has any.
    pub color: bool,
    /// In columns; longer source lines are cut around what is underlined.
    pub width: usize,
}

const NO_NAMES: &PathNames = &PathNames {
    current_dir: None,
    named: Vec::new(),
};

impl<'a> Options<'a> {
    /// No colours, paths as they are, 120 columns.
    pub const fn new(sources: &'a dyn Sources) -> Self {
        Self {
            sources,
            paths: NO_NAMES,
            color: false,
            width: 120,
        }
    }
}

/// The whole report as text that ends in a newline, or empty text if the format has nothing to say
/// about no findings.
pub fn render(format: Format, report: &Report<'_>, options: &Options<'_>) -> String {
    let ctx = Context {
        format,
        report,
        options,
        sources: SourceCache::new(options.sources),
    };
    match format {
        Format::Full => full::render(&ctx),
        Format::Concise => concise::render(&ctx),
        Format::Json => json::document(&ctx),
        Format::Jsonl => json::lines(&ctx),
        Format::Sarif => sarif::render(&ctx),
        Format::Github => github::render(&ctx),
        Format::Markdown => markdown::render(&ctx),
        Format::Gitlab => gitlab::render(&ctx),
        Format::Checkstyle => checkstyle::render(&ctx),
        Format::Junit => junit::render(&ctx),
        Format::Teamcity => teamcity::render(&ctx),
        Format::Rdjson => rdjson::render(&ctx),
        Format::Agent => agent::render(&ctx),
    }
}

/// What every format reads.
struct Context<'a> {
    format: Format,
    report: &'a Report<'a>,
    options: &'a Options<'a>,
    sources: SourceCache<'a>,
}

impl Context<'_> {
    fn path(&self, path: &Path) -> String {
        match self.format {
            Format::Full | Format::Markdown => self.options.paths.show(path),
            _ => display_path(path, self.current_dir()),
        }
    }

    fn current_dir(&self) -> Option<&Path> {
        self.options.paths.current_dir.as_deref()
    }

    /// `path:line:col`, or just the path if no line is known.
    fn place(&self, annotation: &Annotation) -> String {
        let path = self.path(&annotation.path);
        match (annotation.start.line, annotation.start.col) {
            (0, _) => path,
            (line, 0) => format!("{path}:{line}"),
            (line, col) => format!("{path}:{line}:{col}"),
        }
    }
}

/// The evidence in one line; `None` if there is none.
fn evidence(diagnostic: &Diagnostic) -> Option<String> {
    let texts: Vec<&str> = (diagnostic.evidence.iter())
        .map(|evidence| evidence.text.as_str())
        .collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// The message, and the evidence in brackets.
fn with_evidence(diagnostic: &Diagnostic) -> String {
    let evidence = evidence(diagnostic).map_or(String::new(), |text| format!(" [{text}]"));
    format!("{}{evidence}", diagnostic.message)
}

#[cfg(test)]
mod tests;
