//! Changes between revisions: what the compiler decides about the work tree, compared with what it decided about a
//! git revision of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::Cancelled;
use diag::Annotation;
use gc::{Calls, Change, ChangeKind, Compilation, Decisions, Existence, Expressions};
use lint::{ChangeWords, CheckedPackage, Direction};

use crate::analysis::{Analysis, Broken, analyse};
use crate::events::Events;
use crate::revision::{self, Revision, RevisionError};
use crate::workspace::{LoadError, PackageRequest, Workspace};

/// Which packages, and the revision they are compared with.
#[derive(Clone, Debug)]
pub struct ChangesRequest {
    pub packages: PackageRequest,
    /// As git takes it.
    pub revision: String,
    pub scope: ChangeScope,
    /// The go command that the user named.
    pub go: Option<PathBuf>,
    pub use_cache: bool,
}

/// Which changes are reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeScope {
    /// Values on the heap and parameters that leak.
    Escape,
    /// Verdicts of the inliner, and calls.
    Inline,
    All,
}

impl ChangeScope {
    fn includes(self, change: &Change) -> bool {
        match self {
            Self::Escape => change.kind.is_of_escape(),
            Self::Inline => !change.kind.is_of_escape(),
            Self::All => true,
        }
    }
}

/// What changed.
#[derive(Debug)]
pub struct ChangesReport {
    /// Abbreviated commit id of the revision.
    pub commit: String,
    /// The root of the repository.
    pub repository: PathBuf,
    /// By package, function, kind and subject.
    pub changes: Vec<PackageChange>,
    /// Packages of the work tree that do not compile.
    pub broken: Vec<Broken>,
    /// Packages of the revision that do not compile.
    pub broken_before: Vec<Broken>,
}

impl ChangesReport {
    /// The changes for the worse.
    pub fn worse(&self) -> impl Iterator<Item = &PackageChange> {
        (self.changes.iter()).filter(|change| change.words.direction == Direction::Worse)
    }

    /// The changes as findings, without those that are neither better nor worse.
    pub fn findings(&self) -> Vec<diag::Diagnostic> {
        (self.changes.iter())
            .filter_map(PackageChange::finding)
            .collect()
    }
}

/// A change of one package.
#[derive(Clone, Debug)]
pub struct PackageChange {
    /// Import path.
    pub package: String,
    pub change: Change,
    pub words: ChangeWords,
    /// In the work tree.
    pub location: Option<ChangeLocation>,
}

/// Where a change is: a path of the work tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeLocation {
    pub path: PathBuf,
    /// Line and column in the revision rather than in the work tree, where nothing of the change exists any more.
    pub in_revision: bool,
    pub line: u32,
    /// 0: unknown.
    pub col: u32,
}

impl PackageChange {
    /// The change as a finding; None for what is neither better nor worse.
    pub fn finding(&self) -> Option<diag::Diagnostic> {
        let primary = match &self.location {
            // A line of the revision is none of the work tree.
            Some(location) if location.in_revision => Annotation::at(&location.path, 0, 0),
            Some(location) => Annotation::at(&location.path, location.line, location.col),
            None => Annotation::at(PathBuf::new(), 0, 0),
        };
        lint::change_finding(&self.package, &self.change, &self.words, primary)
    }
}

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    #[error(transparent)]
    Revision(#[from] RevisionError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("at revision {commit}")]
    Before {
        commit: String,
        #[source]
        source: LoadError,
    },
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

impl ChangesError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Load(error) | Self::Before { source: error, .. } => error.hint(),
            Self::Revision(_) | Self::Cancelled(_) => None,
        }
    }
}

/// A checked-out revision and what of the request exists there.
pub(crate) struct Before<'a> {
    pub(crate) revision: Revision,
    pub(crate) workspace: Workspace<'a>,
    /// None: all of it was added since.
    pub(crate) packages: Option<PackageRequest>,
}

impl<'a> Before<'a> {
    pub(crate) fn open(
        workspace: &Workspace<'a>,
        request: &ChangesRequest,
    ) -> Result<Self, ChangesError> {
        let revision = revision::check_out(
            workspace.system,
            workspace.cancel,
            &workspace.dir,
            &request.revision,
        )?;
        let before = |source| ChangesError::Before {
            commit: revision.commit.clone(),
            source,
        };
        let old = Workspace::open(
            workspace.system,
            workspace.cancel,
            request.go.as_deref(),
            &revision.dir(),
            request.use_cache,
        )
        .map_err(before)?;
        let packages = existing(&old, &request.packages).map_err(before)?;
        Ok(Self {
            revision,
            workspace: old,
            packages,
        })
    }
}

/// Compares the work tree with a revision.
pub fn changes(
    workspace: &Workspace,
    request: &ChangesRequest,
    events: Events,
) -> Result<ChangesReport, ChangesError> {
    let before = Before::open(workspace, request)?;
    changes_since(workspace, &before, request, events)
}

pub(crate) fn changes_since(
    workspace: &Workspace,
    before: &Before,
    request: &ChangesRequest,
    events: Events,
) -> Result<ChangesReport, ChangesError> {
    let revision = &before.revision;
    let old = match &before.packages {
        Some(packages) => {
            let loaded = before.workspace.load(packages);
            let loaded = loaded.map_err(|source| ChangesError::Before {
                commit: revision.commit.clone(),
                source,
            })?;
            analyse(&before.workspace, &loaded, packages, events)?
        }
        None => Analysis::default(),
    };
    let loaded = workspace.load(&request.packages)?;
    let new = analyse(workspace, &loaded, &request.packages, events)?;
    let mut changes = compare((&before.workspace, &old), (workspace, &new), request.scope);
    for change in &mut changes {
        if let Some(location) = &mut change.location {
            location.path = in_work_tree(revision, &location.path);
        }
    }
    Ok(ChangesReport {
        commit: revision.commit.clone(),
        repository: revision.repository.clone(),
        changes,
        broken: new.broken,
        broken_before: old.broken,
    })
}

/// The path of the work tree that a path of the checked-out revision stands for.
fn in_work_tree(revision: &Revision, path: &Path) -> PathBuf {
    match path.strip_prefix(revision.root()) {
        Ok(below) => revision.repository.join(below),
        Err(_) => path.to_owned(),
    }
}

/// The part of a request that exists in a revision: packages that the work tree added match nothing there.
fn existing(
    workspace: &Workspace,
    request: &PackageRequest,
) -> Result<Option<PackageRequest>, LoadError> {
    match workspace.load(request) {
        Ok(_) => return Ok(Some(request.clone())),
        Err(LoadError::NotFound(_) | LoadError::NoGoFiles(_)) => {}
        Err(error) => return Err(error),
    }
    let with = |patterns| PackageRequest {
        patterns,
        ..request.clone()
    };
    let exists = |pattern: &&String| workspace.load(&with(vec![(*pattern).clone()])).is_ok();
    let patterns: Vec<String> = request.patterns.iter().filter(exists).cloned().collect();
    Ok((!patterns.is_empty()).then(|| with(patterns)))
}

/// Compares two analyses of the same packages. Places are paths of the side they are on.
pub fn compare(
    old: (&Workspace, &Analysis),
    new: (&Workspace, &Analysis),
    scope: ChangeScope,
) -> Vec<PackageChange> {
    let before: BTreeMap<&str, (&CheckedPackage, Arc<Decisions>)> = decided(old)
        .map(|(package, decisions)| (package.import_path.as_str(), (package, decisions)))
        .collect();
    let mut found = Vec::new();
    for (package, decisions) in decided(new) {
        let new_calls = calls(new.0, package);
        let empty = Decisions::default();
        let (old_decisions, old_calls) = match before.get(package.import_path.as_str()) {
            Some((package, decisions)) => (&**decisions, calls(old.0, package)),
            None => (&empty, Calls::default()),
        };
        let old_side = Compilation {
            decisions: old_decisions,
            calls: &old_calls,
        };
        let new_side = Compilation {
            decisions: &decisions,
            calls: &new_calls,
        };
        let mut changes = gc::diff(old_side, new_side);
        drop_repeated(&mut changes);
        let shown = changes.into_iter().filter(|change| scope.includes(change));
        found.extend(shown.map(|change| PackageChange {
            package: package.import_path.clone(),
            words: lint::change_words(&change, &decisions),
            location: change.location.as_ref().map(|location| ChangeLocation {
                path: PathBuf::from(&location.path),
                in_revision: location.is_old,
                line: location.at.line,
                col: location.at.col,
            }),
            change,
        }));
    }
    found.sort_by(|a, b| (&a.package, &a.change).cmp(&(&b.package, &b.change)));
    found
}

fn decided<'a>(
    side: (&'a Workspace, &'a Analysis),
) -> impl Iterator<Item = (&'a CheckedPackage, Arc<Decisions>)> {
    let (workspace, analysis) = side;
    analysis.analysed.iter().filter_map(move |analysed| {
        let decisions = analysed.decisions(workspace)?;
        let package = analysis.packages.get(base::Idx::index(analysed.id))?;
        Some((package, decisions))
    })
}

fn calls(workspace: &Workspace, package: &CheckedPackage) -> Calls {
    let mut calls = Calls::default();
    for file in &package.files {
        if let Ok(text) = workspace.system.read(&file.path) {
            calls.add(&file.path.to_string_lossy(), &Expressions::new(&text));
        }
    }
    calls
}

/// A function that is new or gone takes all its decisions with it: only what allocates is reported. A call that is no
/// longer inlined as its callee cannot be is said once, at the callee.
fn drop_repeated(changes: &mut Vec<Change>) {
    let verdicts: BTreeSet<String> = (changes.iter())
        .filter(|change| {
            matches!(
                change.kind,
                ChangeKind::NoLongerInlinable | ChangeKind::NowInlinable
            )
        })
        .map(|change| change.function.clone())
        .collect();
    changes.retain(|change| match change.kind {
        ChangeKind::NowEscapes => true,
        ChangeKind::CallNoLongerInlined | ChangeKind::CallNowInlined => {
            change.function_is == Existence::OnBothSides && !verdicts.contains(&change.subject)
        }
        _ => change.function_is == Existence::OnBothSides,
    });
}
