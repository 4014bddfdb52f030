//! What a check finds that is new since a git revision: the gate of a change.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use base::TextRange;
use diag::{Diagnostic, Fingerprint};
use go_syntax::{DeclKind, File};

use crate::changes::{
    self, ChangeScope, ChangesError, ChangesReport, ChangesRequest, PackageChange,
};
use crate::check::{CheckError, CheckReport, CheckRequest, Checked, check_with};
use crate::events::Events;
use crate::evidence::{self, EvidenceError};
use crate::revision::Revision;
use crate::workspace::Workspace;

/// The revision that a check is compared with.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// As git takes it.
    pub revision: String,
    /// The go command that the user named.
    pub go: Option<PathBuf>,
    pub use_cache: bool,
}

/// What is new since a revision.
#[derive(Debug)]
pub struct CheckDiff {
    /// The check of the work tree, with the findings that the revision does not have.
    pub report: CheckReport,
    /// Findings that the revision has as well.
    pub known: usize,
    /// Changed decisions of the compiler.
    pub changes: ChangesReport,
}

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
pub enum CheckDiffError {
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error("at revision {commit}")]
    Before {
        commit: String,
        #[source]
        source: CheckError,
    },
    #[error(transparent)]
    Changes(#[from] ChangesError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
}

impl CheckDiffError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Check(error) | Self::Before { source: error, .. } => error.hint(),
            Self::Changes(error) => error.hint(),
            Self::Evidence(error) => error.hint(),
        }
    }
}

/// Checks the work tree and a revision with the same evidence: profiles count for both, benchmarks run on both.
pub fn check_diff(
    workspace: &Workspace,
    request: &CheckRequest,
    baseline: &Baseline,
    events: Events,
) -> Result<CheckDiff, CheckDiffError> {
    check_diff_keeping(workspace, request, baseline, events).map(|(diff, _)| diff)
}

/// As [`check_diff`], with what the check of the work tree looked at.
pub(crate) fn check_diff_keeping(
    workspace: &Workspace,
    request: &CheckRequest,
    baseline: &Baseline,
    events: Events,
) -> Result<(CheckDiff, Checked), CheckDiffError> {
    let evidence = evidence::read_profiles(workspace, &request.evidence, events)?;
    let changes_request = ChangesRequest {
        packages: request.packages.clone(),
        revision: baseline.revision.clone(),
        scope: ChangeScope::All,
        go: baseline.go.clone(),
        use_cache: baseline.use_cache,
    };
    let old = changes::Before::open(workspace, &changes_request)?;
    let changes = changes::changes_since(workspace, &old, &changes_request, events)?;
    let before = |source| CheckDiffError::Before {
        commit: old.revision.commit.clone(),
        source,
    };
    let old_request = CheckRequest {
        packages: old.packages.clone().unwrap_or_default(),
        evidence: request.evidence.clone(),
        options: request.options.clone(),
    };
    let old_findings = match &old.packages {
        Some(_) => {
            check_with(&old.workspace, &old_request, evidence.clone(), events)
                .map_err(before)?
                .0
                .findings
        }
        None => Vec::new(),
    };
    let (mut report, checked) = check_with(workspace, request, evidence, events)?;
    let sources = |path: &Path| workspace.system.read_to_string(path).ok();
    let mut known = drop_known(&old_findings, &mut report.findings, &sources);
    let mut functions = Functions::new(workspace, &old.revision);
    report.findings.retain(|finding| {
        let is_unchanged = functions.is_unchanged(finding);
        known += usize::from(is_unchanged);
        !is_unchanged
    });
    report.changed = (changes.worse())
        .filter_map(PackageChange::finding)
        .collect();
    // Places that nothing was measured of are not compared, so their number says nothing about the change.
    report.unbacked.clear();
    // One value is one finding: of those that nothing was measured of, the change says more.
    let is_changed = |finding: &Diagnostic| {
        (report.changed.iter()).any(|changed| {
            changed.primary.path == finding.primary.path
                && changed.primary.start == finding.primary.start
        })
    };
    (report.findings).retain(|finding| !finding.evidence.is_empty() || !is_changed(finding));
    let diff = CheckDiff {
        report,
        known,
        changes,
    };
    Ok((diff, checked))
}

/// The functions of both sides by their text. A measurement differs from run to run, so a finding in a function that
/// nobody edited is not new; a decision of the compiler that differs is a change of its own.
struct Functions<'a> {
    workspace: &'a Workspace<'a>,
    revision: &'a Revision,
    /// Old and new source by path of the work tree.
    files: HashMap<PathBuf, Option<[File; 2]>>,
}

impl<'a> Functions<'a> {
    fn new(workspace: &'a Workspace<'a>, revision: &'a Revision) -> Self {
        Self {
            workspace,
            revision,
            files: HashMap::new(),
        }
    }

    fn is_unchanged(&mut self, finding: &Diagnostic) -> bool {
        let path = &finding.primary.path;
        let (workspace, revision) = (self.workspace, self.revision);
        let files = (self.files.entry(path.clone())).or_insert_with(|| {
            let below = path.strip_prefix(&revision.repository).ok()?;
            let read = |path: &Path| workspace.system.read(path).ok();
            let texts = [read(&revision.root().join(below))?, read(path)?];
            Some(texts.map(|text| go_syntax::parse(&text).0))
        });
        let Some([old, new]) = files else {
            return false;
        };
        let Some(text) = function_at(new, finding.primary.start.line) else {
            return false;
        };
        functions(old).any(|(_, other)| other == text)
    }
}

/// The text of the declared function around a line.
fn function_at(file: &File, line: u32) -> Option<&str> {
    let found = functions(file).find(|(range, _)| {
        let line_of = |offset| file.lines.line_col(offset).line;
        (line_of(range.start)..=line_of(range.end)).contains(&line)
    });
    found.map(|(_, text)| text)
}

fn functions(file: &File) -> impl Iterator<Item = (TextRange, &str)> {
    (file.decls.iter())
        .filter(|id| matches!(file.ast.decl(**id).kind, DeclKind::Func(_)))
        .map(|id| {
            let range = file.ast.range(*id);
            (range, file.text(range))
        })
}

/// Drops the findings that `old` has as well, by their fingerprints, and returns how many those are.
pub fn drop_known(
    old: &[Diagnostic],
    new: &mut Vec<Diagnostic>,
    sources: &dyn diag::Sources,
) -> usize {
    let mut known: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    for print in diag::fingerprints(old, sources) {
        *known.entry(print).or_default() += 1;
    }
    let before = new.len();
    let mut prints = diag::fingerprints(new, sources).into_iter();
    new.retain(|_| {
        let print = prints.next();
        let count = print.and_then(|print| known.get_mut(&print));
        match count {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        }
    });
    before - new.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use diag::{Annotation, Severity};

    fn finding(path: &str, line: u32) -> Diagnostic {
        let rule = lint::rule_ref(lint::rules::RULES[0]);
        let mut finding =
            Diagnostic::new(rule, Severity::Warning, "m", Annotation::at(path, line, 1));
        finding.package = Some("m/p".into());
        finding.function = Some("F".into());
        finding
    }

    /// Code that moves keeps its findings; one more of equal lines is one new finding.
    #[test]
    fn findings_are_known_by_their_line_and_function() {
        let sources = |path: &Path| match path.to_str() {
            Some("/old/a.go") => Some("x := make([]int, n)\ny := 1\n".to_owned()),
            Some("/new/a.go") => {
                Some("\n\tx := make([]int, n)\nx := make([]int, n)\nz := 2\n".to_owned())
            }
            _ => None,
        };
        let old = [finding("/old/a.go", 1), finding("/old/a.go", 2)];
        let mut new = vec![
            finding("/new/a.go", 2),
            finding("/new/a.go", 3),
            finding("/new/a.go", 4),
        ];
        assert_eq!(drop_known(&old, &mut new, &sources), 1);
        let lines: Vec<u32> = new.iter().map(|new| new.primary.start.line).collect();
        assert_eq!(lines, [3, 4]);
    }

    #[test]
    fn functions_are_found_by_line() {
        let (file, _) = go_syntax::parse(b"package p\n\nfunc F() {\n\tx()\n}\n\nvar y = 1\n");
        assert_eq!(function_at(&file, 4), Some("func F() {\n\tx()\n}"));
        assert_eq!(function_at(&file, 7), None);
    }
}
