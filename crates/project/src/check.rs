//! The main job: from package patterns to ranked findings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use base::Cancelled;
use diag::{Annotation, Diagnostic, Severity};
use lint::{
    Attribution, CheckOptions, CheckedId, CheckedPackage, Fit, Heat, PackageFindings, PackageInput,
    PackageSet, Resource, Weights,
};
use rayon::prelude::*;

use crate::analysis::{Analysed, Analysis, Broken, analyse};
use crate::check_structs;
use crate::events::{Event, Events};
use crate::evidence::{self, EvidenceError, EvidenceRequest, NamedProfile};
use crate::workspace::{LoadError, PackageRequest, Workspace};

/// What to check.
#[derive(Clone, Debug)]
pub struct CheckRequest {
    pub packages: PackageRequest,
    pub evidence: EvidenceRequest,
    pub options: CheckOptions,
}

/// What was found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// About the run itself: stale profiles, packages that do not compile.
    pub about_run: Vec<Diagnostic>,
    /// Most expensive first.
    pub findings: Vec<Diagnostic>,
    /// Places without evidence that are not among the findings, by rule id.
    pub unbacked: BTreeMap<&'static str, usize>,
    /// Hot functions far above the inlining budget.
    pub too_big: usize,
    pub attribution: Attribution,
    /// Lines that allocate without a known cause, heaviest first: path, line, weights.
    pub unexplained: Vec<(PathBuf, u32, Weights)>,
    /// What all profiles measured.
    pub total: Weights,
    /// CPU time in these packages and in what they call, in nanoseconds.
    pub own_cpu: i64,
    /// Packages that were not checked and their part of what was measured (allocated bytes, or CPU), largest first.
    pub elsewhere: Vec<(String, f64)>,
    pub packages: usize,
    pub broken: usize,
    /// The benchmarks that were run, in words.
    pub bench: Option<String>,
    /// Packages whose benchmarks were requested and not, or not all, measured.
    pub unmeasured: usize,
}

impl CheckReport {
    /// Which resources were measured.
    pub fn measured(&self) -> impl Iterator<Item = Resource> + '_ {
        (Resource::ALL.into_iter()).filter(|resource| self.total[*resource] != 0)
    }
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

impl CheckError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Load(error) => error.hint(),
            Self::Evidence(_) | Self::Cancelled(_) => None,
        }
    }
}

/// Checks the packages of a request.
pub fn check(
    workspace: &Workspace,
    request: &CheckRequest,
    events: Events,
) -> Result<CheckReport, CheckError> {
    // Evidence that cannot be read should not be found out after a minute of compiling.
    let files = evidence::read_files(workspace.system, &workspace.dir, &request.evidence)?;
    let loaded = workspace.load(&request.packages)?;
    let Analysis {
        packages,
        analysed,
        broken,
    } = analyse(workspace, &loaded, &request.packages, events)?;
    let packages = PackageSet::new(packages);
    let n_files = files.len();
    let evidence = evidence::gather(workspace, &loaded, &request.evidence, files, events)?;
    let profiles: Arc<[NamedProfile]> = evidence.profiles.into();
    let heat = (!profiles.is_empty()).then(|| Heat::new(&packages, &profiles));
    let mut report = CheckReport {
        packages: packages.len(),
        broken: broken.len(),
        bench: evidence.bench.clone(),
        unmeasured: evidence.unmeasured,
        ..CheckReport::default()
    };
    report.about_run.extend(broken.iter().map(not_checked));
    report.about_run.extend(evidence.problems);
    let foreign = foreign(&analysed);
    events(Event::Begin {
        stage: "ranking",
        total: analysed.len(),
    });
    let minor = workspace.go_minor();
    let found: Vec<PackageFindings> = (analysed.par_iter())
        .map(|analysed| {
            let package = packages.get(analysed.id);
            let found = check_one(
                workspace,
                analysed,
                package,
                &foreign,
                heat.as_ref(),
                minor,
                &request.options,
            );
            events(Event::Step {
                what: &package.import_path,
            });
            found
        })
        .collect();
    workspace.cancel.check()?;
    for found in found {
        report.add(found);
    }
    if let Some(heat) = &heat {
        report.add_heat(heat, n_files);
    }
    check_structs::check(
        workspace,
        &loaded,
        request,
        &profiles,
        heat.as_ref(),
        &mut report,
    )?;
    let space =
        |weights: &Weights| weights[Resource::AllocSpace].max(weights[Resource::InuseSpace]);
    (report.unexplained).sort_by(|a, b| {
        space(&b.2)
            .cmp(&space(&a.2))
            .then_with(|| (&a.0, a.1).cmp(&(&b.0, b.1)))
    });
    diag::sort(&mut report.findings);
    Ok(report)
}

type Foreign = BTreeMap<CheckedId, Vec<lint::ForeignCandidate>>;

fn foreign(analysed: &[Analysed]) -> Foreign {
    let mut by_owner: Foreign = BTreeMap::new();
    for (owner, candidate) in analysed.iter().flat_map(|analysed| &analysed.foreign) {
        by_owner.entry(*owner).or_default().push(candidate.clone());
    }
    by_owner
}

fn check_one(
    workspace: &Workspace,
    analysed: &Analysed,
    package: &CheckedPackage,
    foreign: &Foreign,
    heat: Option<&Heat>,
    go_minor: u32,
    options: &CheckOptions,
) -> PackageFindings {
    if workspace.cancel.is_cancelled() {
        return PackageFindings::default();
    }
    let Some(decisions) = analysed.decisions(workspace) else {
        return PackageFindings::default();
    };
    let sources: Vec<Option<String>> = (package.files.iter())
        .map(|file| workspace.system.read_to_string(&file.path).ok())
        .collect();
    lint::check_package(
        &PackageInput {
            id: analysed.id,
            package,
            decisions: &decisions,
            foreign: foreign.get(&analysed.id).map_or(&[], Vec::as_slice),
            heat,
            sources: &sources,
            go_minor,
        },
        options,
    )
}

impl CheckReport {
    fn add(&mut self, found: PackageFindings) {
        self.findings.extend(found.findings);
        for (rule, count) in found.unbacked {
            *self.unbacked.entry(rule).or_default() += count;
        }
        self.too_big += found.too_big;
        self.attribution.merge(found.attribution);
        self.unexplained.extend(found.unexplained);
    }

    fn add_heat(&mut self, heat: &Heat, n_files: usize) {
        self.total = heat.total;
        self.own_cpu = heat
            .lines
            .iter()
            .map(|line| {
                (line.flat[Resource::Cpu]).saturating_add(line.below(|_| true)[Resource::Cpu])
            })
            .sum();
        let stale =
            (heat.fits.iter().enumerate()).filter_map(|(index, fit)| stale(fit, index < n_files));
        self.about_run.extend(stale);
        let resource = if heat.total[Resource::AllocSpace] > 0 {
            Resource::AllocSpace
        } else {
            Resource::Cpu
        };
        self.elsewhere = (heat.elsewhere.iter())
            .filter(|(package, _)| !package.is_empty())
            .map(|(package, weights)| (package.clone(), weights.share(resource, &heat.total)))
            .filter(|(_, share)| *share >= 0.01)
            .collect();
        (self.elsewhere).sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }
}

/// Below this share of matched weight a profile is reported.
const STALE: f64 = 0.95;

/// `given`: by the user, so that it should have something to say.
fn stale(fit: &Fit, given: bool) -> Option<Diagnostic> {
    let what = &fit.profile;
    let message = match fit.share_matched() {
        Some(share) if share >= STALE => return None,
        None if !given => return None,
        Some(share) => {
            let unknown: Vec<String> = fit.unknown.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "profile `{what}` was taken from other sources: {} of its weight in these packages was found; not \
                 found were {}",
                lint::percent(share),
                unknown.join(", ")
            )
        }
        None => format!("profile `{what}` has no samples in these packages"),
    };
    let rule = lint::rule_ref(&lint::rules::STALE_PROFILE);
    let primary = Annotation::at(PathBuf::from(what), 0, 0);
    Some(Diagnostic::new(rule, Severity::Warning, message, primary))
}

fn not_checked(broken: &Broken) -> Diagnostic {
    let rule = lint::rule_ref(&lint::rules::PACKAGE_NOT_CHECKED);
    let message = format!(
        "package `{}` does not compile: {}",
        broken.import_path, broken.message
    );
    let primary = Annotation::at(broken.path.clone(), broken.line, broken.col);
    let mut diagnostic = Diagnostic::new(rule, Severity::Error, message, primary);
    diagnostic.package = Some(broken.import_path.clone());
    diagnostic
}
