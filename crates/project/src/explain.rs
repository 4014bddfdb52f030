//! Everything known about a line: the compiler's decisions, the values that flow through it, and what profiles
//! measured.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diag::Evidence;
use gc::{Decision, Decisions, Flows, Kind, Position};
use lint::{CheckedPackage, Heat, PackageSet};

use crate::analysis::{Analysis, Broken, analyse};
use crate::events::Events;
use crate::evidence::{self, EvidenceError, EvidenceRequest};
use crate::workspace::{LoadError, Loaded, PackageRequest, Workspace};

/// A line of a file, and the profiles to look it up in.
#[derive(Clone, Debug)]
pub struct ExplainRequest {
    /// Absolute.
    pub path: PathBuf,
    /// From 1.
    pub line: u32,
    /// Only decisions at this column, from 1 in bytes.
    pub col: Option<u32>,
    pub profiles: EvidenceRequest,
}

/// What is known about a line.
#[derive(Debug, Default)]
pub struct ExplainReport {
    /// The line's text.
    pub text: String,
    pub function: Option<LineFunction>,
    /// The decisions on the line, by column.
    pub decisions: Vec<LineDecision>,
    /// Values of other lines whose flows lead through this one, by line.
    pub passing: Vec<PassingValue>,
    /// The nearest line with a decision of the same function, where this one has none.
    pub nearest: Option<(u32, Vec<String>)>,
    /// A package of this build contains the file.
    pub is_in_build: bool,
    /// None without profiles.
    pub measured: Option<LineMeasured>,
    pub broken: Vec<Broken>,
}

/// The function around a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineFunction {
    pub name: String,
    /// Of its `func`.
    pub line: u32,
    /// Import path.
    pub package: String,
}

/// A decision on the line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineDecision {
    /// 0: unknown.
    pub col: u32,
    /// A sentence without full stop.
    pub words: String,
    /// Where the inlined code stands, from the call's own callee inwards.
    pub inlined_from: Vec<Location>,
    /// How the value gets to the heap.
    pub steps: Vec<(Location, String)>,
    /// What keeps the value alive in the end.
    pub end: Option<String>,
}

/// A value that is on the heap because of what happens on the line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PassingValue {
    /// Of the value.
    pub line: u32,
    /// What happens to it on the line: "returned".
    pub step: String,
    /// What was decided about it, with its line: "`buf` (line 12) is on the heap".
    pub words: String,
}

/// A position in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    pub path: PathBuf,
    pub line: u32,
    /// 0: unknown.
    pub col: u32,
}

/// What the profiles measured on a line; empty lists where they have no sample of it.
#[derive(Debug, Default)]
pub struct LineMeasured {
    pub own: Vec<Evidence>,
    /// With everything that the line calls.
    pub with_callees: Vec<Evidence>,
    /// The heaviest callees: name, whether it is inlined, evidence.
    pub callees: Vec<(String, bool, Evidence)>,
}

/// Why a line cannot be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    #[error("failed to read {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} has no line {line}")]
    NoLine { path: PathBuf, line: u32 },
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error("interrupted")]
    Cancelled(#[from] base::Cancelled),
}

impl ExplainError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Load(error) => error.hint(),
            Self::Evidence(error) => error.hint(),
            _ => None,
        }
    }
}

/// Callees listed with what was measured in them.
const CALLEES: usize = 5;

/// Explains a line of a file of the package in the workspace's folder.
pub fn explain(
    workspace: &Workspace,
    request: &ExplainRequest,
    events: Events,
) -> Result<ExplainReport, ExplainError> {
    line_text(workspace, request)?;
    let packages = PackageRequest {
        tests: request.path.to_string_lossy().ends_with("_test.go"),
        ..PackageRequest::default()
    };
    let profiles = evidence::read_profiles(workspace, &request.profiles, events)?;
    let loaded = workspace.load(&packages)?;
    explain_loaded(workspace, request, &packages, &loaded, &profiles, events)
}

/// The line of the request, without the space around it.
fn line_text(workspace: &Workspace, request: &ExplainRequest) -> Result<String, ExplainError> {
    let path = &request.path;
    let read = workspace.system.read_to_string(path);
    let source = read.map_err(|source| ExplainError::Read {
        path: path.clone(),
        source,
    })?;
    let line = (source.lines()).nth((request.line as usize).saturating_sub(1));
    let line = line.ok_or_else(|| ExplainError::NoLine {
        path: path.clone(),
        line: request.line,
    })?;
    Ok(line.trim().to_owned())
}

/// Explains a line of a file of packages that are loaded.
pub(crate) fn explain_loaded(
    workspace: &Workspace,
    request: &ExplainRequest,
    packages: &PackageRequest,
    loaded: &Loaded,
    profiles: &[evidence::NamedProfile],
    events: Events,
) -> Result<ExplainReport, ExplainError> {
    let path = &request.path;
    let text = line_text(workspace, request)?;
    let packages = PackageRequest {
        inline_chains: true,
        ..packages.clone()
    };
    let analysis = analyse(workspace, loaded, &packages, events)?;
    let mut report = ExplainReport {
        text,
        ..ExplainReport::default()
    };
    for analysed in &analysis.analysed {
        let Some(package) = analysis.packages.get(base::Idx::index(analysed.id)) else {
            continue;
        };
        let Some(file) = package.files.iter().position(|file| file.path == *path) else {
            continue;
        };
        let Some(decisions) = analysed.decisions(workspace) else {
            continue;
        };
        report.is_in_build = true;
        Line {
            request,
            package,
            decisions: &decisions,
            flows: Flows::new(&decisions),
            file,
            declared: decisions.functions(),
        }
        .add_to(&mut report);
    }
    if !profiles.is_empty() {
        report.measured = Some(measured(&analysis, profiles, request));
    }
    report.broken = analysis.broken;
    Ok(report)
}

/// The line in one package.
struct Line<'a> {
    request: &'a ExplainRequest,
    package: &'a CheckedPackage,
    decisions: &'a Decisions,
    flows: Flows<'a>,
    /// Position of the file in the package.
    file: usize,
    declared: gc::Functions,
}

impl Line<'_> {
    fn add_to(&self, report: &mut ExplainReport) {
        let line = self.request.line;
        let around = self.package.function_around(self.file, line);
        let function = around.map(|(name, first)| LineFunction {
            name: name.to_owned(),
            line: first,
            package: self.package.import_path.clone(),
        });
        report.function = report.function.take().or(function);
        let mut found = self.line_decisions();
        // Instances of generic code and copies of inlined bodies repeat decisions.
        found.retain(|one| !report.decisions.contains(one));
        report.decisions.extend(found);
        report.decisions.sort_by_key(|decision| decision.col);
        report.decisions.dedup();
        let mut passing: BTreeSet<PassingValue> = report.passing.drain(..).collect();
        passing.extend(self.passing());
        report.passing = passing.into_iter().collect();
        let is_silent = report.decisions.is_empty() && report.passing.is_empty();
        if is_silent && report.nearest.is_none() {
            report.nearest = self.nearest();
        }
    }

    fn is_in_file(&self, position: Position) -> bool {
        Path::new(self.decisions.path(position.file)) == self.request.path
    }

    fn line_decisions(&self) -> Vec<LineDecision> {
        let request = self.request;
        (self.decisions.iter())
            .filter(|(_, decision)| {
                let at = decision.position;
                at.line == request.line
                    && self.is_in_file(at)
                    && !self.is_of_wrapper(decision)
                    && (request.col).is_none_or(|col| at.col == 0 || at.col == col)
            })
            .filter_map(|(id, decision)| {
                let words = lint::decision_words(&self.flows, self.decisions, id)?;
                let flow = lint::flow(&self.flows, id);
                let chain = self.decisions.inline_chain(id);
                let steps = (flow.steps.into_iter())
                    .map(|step| (self.location(step.at), step.what))
                    .collect();
                Some(LineDecision {
                    col: decision.position.col,
                    words,
                    inlined_from: chain.iter().map(|at| self.location(*at)).collect(),
                    steps,
                    end: flow.end,
                })
            })
            .collect()
    }

    /// The compiler wraps instances of generic functions. What it decides about a wrapper repeats the function's
    /// decisions at the position of its name.
    fn is_of_wrapper(&self, decision: &Decision) -> bool {
        let at = decision.position;
        let is_declaration =
            (self.declared.enclosing(at)).is_some_and(|function| function.start == at.line_col());
        let name = self.decisions.text(decision.subject);
        match decision.kind {
            Kind::CanInline { .. } | Kind::CannotInline { .. } => {
                is_declaration && name.contains('[') && !name.contains("go.shape.")
            }
            _ => is_declaration,
        }
    }

    fn location(&self, position: Position) -> Location {
        Location {
            path: PathBuf::from(self.decisions.path(position.file)),
            line: position.line,
            col: position.col,
        }
    }

    /// Values of other lines whose flows have a step here.
    fn passing(&self) -> Vec<PassingValue> {
        let mut passing = Vec::new();
        for (id, decision) in self.decisions.iter() {
            let kind = decision.kind;
            let elsewhere =
                decision.position.line != self.request.line && self.is_in_file(decision.position);
            let is_value = kind.is_escape() || kind.is_leak();
            if !elsewhere || !is_value || self.is_of_wrapper(decision) {
                continue;
            }
            let flow = lint::flow(&self.flows, id);
            let mut here = (flow.steps.iter())
                .filter(|step| step.at.line == self.request.line && self.is_in_file(step.at));
            // The last step on the line says what leads on from it.
            if let Some(step) = here.next_back()
                && let Some(words) = lint::decision_words_with_line(&self.flows, self.decisions, id)
            {
                passing.push(PassingValue {
                    line: decision.position.line,
                    step: step.what.clone(),
                    words,
                });
            }
        }
        passing
    }

    /// The nearest line with decisions in the same function, else in the file.
    fn nearest(&self) -> Option<(u32, Vec<String>)> {
        let line = self.request.line;
        let function = self.package.function_around(self.file, line);
        let mut lines: Vec<(bool, u32, u32)> = (self.decisions.iter())
            .filter(|(id, decision)| {
                self.is_in_file(decision.position)
                    && !self.is_of_wrapper(decision)
                    && lint::decision_words(&self.flows, self.decisions, *id).is_some()
            })
            .map(|(_, decision)| {
                let at = decision.position.line;
                let is_other =
                    function.is_some() && self.package.function_around(self.file, at) != function;
                (is_other, at.abs_diff(line), at)
            })
            .collect();
        lines.sort_unstable();
        let (_, _, nearest) = *lines.first()?;
        let mut words: Vec<String> = Vec::new();
        for (id, decision) in self.decisions.iter() {
            let is_there = decision.position.line == nearest && self.is_in_file(decision.position);
            let sentence = lint::decision_words(&self.flows, self.decisions, id);
            if let Some(sentence) = sentence.filter(|one| is_there && !words.contains(one)) {
                words.push(sentence);
            }
        }
        Some((nearest, words))
    }
}

fn measured(
    analysis: &Analysis,
    profiles: &[evidence::NamedProfile],
    request: &ExplainRequest,
) -> LineMeasured {
    let set = PackageSet::new(analysis.packages.clone());
    let heat = Heat::new(&set, profiles, &lint::TimedCode::default());
    let hot = set.iter().find_map(|(id, package)| {
        let file = (package.files.iter()).position(|file| file.path == request.path)?;
        heat.line(id, file, request.line)
    });
    let Some(hot) = hot else {
        return LineMeasured::default();
    };
    let first = |weights| lint::evidence_of(weights, &heat.total).into_iter().next();
    LineMeasured {
        own: lint::evidence_of(&hot.own(), &heat.total),
        with_callees: lint::evidence_of(&hot.cum, &heat.total),
        callees: (hot.callees.iter().take(CALLEES))
            .filter_map(|callee| {
                let evidence = first(&callee.weights)?;
                Some((callee.function.clone(), callee.inlined, evidence))
            })
            .collect(),
    }
}
