//! The main job: from package patterns to ranked findings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::Cancelled;
use base::system::TempDir;
use diag::{Diagnostic, Severity};
use go_tool::PackageId;
use lint::rules::stale_profile;
use lint::{
    Attribution, CheckOptions, CheckedId, Group, Heat, PackageFindings, PackageInput, PackageSet,
    Resource, RuleSelection, TooBig, Unexplained, Weights,
};
use rayon::prelude::*;

use crate::analysis::{Analysed, Analysis, Broken, analyse, unasked};
use crate::check_structs::{self, can_show};
use crate::decision_source::bounds_checks;
use crate::events::{Event, Events};
use crate::evidence::{self, EvidenceError, EvidenceRequest, NamedProfile};
use crate::go_program::{BodyTypes, KnownPackage, Program};
use crate::hit_packages;
use crate::leaks::{LeakRequest, leaks};
use crate::timed_code;
use crate::workspace::{LoadError, Loaded, PackageRequest, Workspace};

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
    /// Goroutines that cannot end and locks that are not released, where their rules are selected.
    pub leaks: Vec<Diagnostic>,
    /// Decisions of the compiler that are worse than in the revision compared with, if there is one.
    pub changed: Vec<Diagnostic>,
    /// Places without evidence that are not among the findings, by rule id.
    pub unbacked: BTreeMap<&'static str, usize>,
    /// Hot functions far above the inlining budget, hottest first.
    pub too_big: Vec<TooBig>,
    pub attribution: Attribution,
    /// What no finding names, heaviest first.
    pub unexplained: Vec<Unexplained>,
    /// What all profiles measured, as pprof prints it.
    pub total: Weights,
    /// What of it test files spent themselves.
    pub tests: Weights,
    /// What of it the testing package and the profiler spent.
    pub harness: Weights,
    /// What of it benchmarks spent before their loops or sub-benchmarks ran.
    pub setup: Weights,
    /// CPU time in these packages and in what they call, in nanoseconds.
    pub own_cpu: i64,
    /// Packages that were not checked and their part of what was measured (allocated bytes, or CPU), largest first.
    pub elsewhere: Vec<(String, f64)>,
    pub packages: usize,
    /// Import paths of the packages.
    pub import_paths: Vec<String>,
    pub broken: usize,
    /// A summary of the benchmarks that were run.
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
            Self::Evidence(error) => error.hint(),
            Self::Cancelled(_) => None,
        }
    }
}

/// Checks the packages of a request.
pub fn check(
    workspace: &Workspace,
    request: &CheckRequest,
    events: Events,
) -> Result<CheckReport, CheckError> {
    check_keeping(workspace, request, events).map(|(report, _)| report)
}

/// What a check looked at.
pub(crate) struct Checked {
    pub(crate) packages: PackageSet,
    pub(crate) analysed: Vec<Analysed>,
    /// None without profiles.
    pub(crate) heat: Option<Heat>,
    pub(crate) profiles: Arc<[NamedProfile]>,
    /// The programs that benchmarks were run with.
    pub(crate) binaries: Option<TempDir>,
}

/// As [`check`], with what it looked at.
pub(crate) fn check_keeping(
    workspace: &Workspace,
    request: &CheckRequest,
    events: Events,
) -> Result<(CheckReport, Checked), CheckError> {
    // Evidence that cannot be read should not be found out after a minute of compiling.
    let files = evidence::read_profiles(workspace, &request.evidence, events)?;
    check_with(workspace, request, files, events)
}

/// As [`check_keeping`], with the profiles that the request names.
pub(crate) fn check_with(
    workspace: &Workspace,
    request: &CheckRequest,
    files: Vec<NamedProfile>,
    events: Events,
) -> Result<(CheckReport, Checked), CheckError> {
    let mut loaded = if needs_log(request) {
        workspace.load(&request.packages)?
    } else {
        workspace.load_sources(&request.packages)?
    };
    let n_files = files.len();
    let named = evidence::read_coverage(workspace, &request.evidence)?;
    let mut evidence = evidence::gather(workspace, &loaded, &request.evidence, files, events)?;
    let n_named = loaded.roots.len();
    hit_packages::add(
        workspace,
        &request.packages,
        &evidence.profiles,
        &mut loaded,
    )?;
    let counted = evidence::count(workspace, &loaded, &request.evidence, &mut evidence, events)?;
    let subject = Subject {
        loaded: &loaded,
        n_named,
        profiles: evidence.profiles.into(),
        n_files,
        coverage: named.or(counted),
        types: &|bodies, at_once| {
            if at_once {
                BodyTypes::Whole(Program::listed(workspace, &loaded.listing, bodies))
            } else {
                BodyTypes::on_request(workspace, &loaded.listing)
            }
        },
    };
    let (mut report, mut checked) = check_loaded(workspace, request, &subject, events)?;
    checked.binaries = evidence.binaries;
    report.bench = evidence.bench;
    report.unmeasured = evidence.unmeasured;
    // What did not compile comes first, then what did not run.
    let at = report.broken;
    report.about_run.splice(at..at, evidence.problems);
    Ok((report, checked))
}

/// As [`check_keeping`] of the packages that are named and no others, with profiles that are read already.
pub(crate) fn check_named(
    workspace: &Workspace,
    request: &CheckRequest,
    profiles: &Arc<[NamedProfile]>,
    events: Events,
) -> Result<(CheckReport, Checked), CheckError> {
    let loaded = workspace.load(&request.packages)?;
    let subject = Subject {
        loaded: &loaded,
        n_named: loaded.roots.len(),
        profiles: Arc::clone(profiles),
        n_files: profiles.len(),
        coverage: evidence::read_coverage(workspace, &request.evidence)?,
        types: &|bodies, _| BodyTypes::Whole(Program::listed(workspace, &loaded.listing, bodies)),
    };
    check_loaded(workspace, request, &subject, events)
}

/// What a check works on.
pub(crate) struct Subject<'a> {
    pub(crate) loaded: &'a Loaded,
    /// So many of its roots were named; profiles led to those behind them.
    pub(crate) n_named: usize,
    pub(crate) profiles: Arc<[NamedProfile]>,
    /// So many profiles were read from files; benchmarks made those behind them.
    pub(crate) n_files: usize,
    /// How often statements ran.
    pub(crate) coverage: Option<lint::Coverage>,
    /// Types of the listing, with those in the bodies of these packages; whether all are needed at once.
    pub(crate) types: &'a dyn Fn(&BTreeSet<PackageId>, bool) -> BodyTypes,
}

/// Checks packages that are loaded, with evidence that is gathered.
pub(crate) fn check_loaded(
    workspace: &Workspace,
    request: &CheckRequest,
    subject: &Subject<'_>,
    events: Events,
) -> Result<(CheckReport, Checked), CheckError> {
    let (loaded, profiles) = (subject.loaded, &subject.profiles);
    let needs_log = needs_log(request);
    let Analysis {
        packages,
        analysed,
        mut broken,
    } = if needs_log {
        analyse(workspace, loaded, &request.packages, events)?
    } else {
        unasked(workspace, loaded)
    };
    let named: BTreeSet<&str> = (loaded.roots.iter().take(subject.n_named))
        .map(|root| root.import_path.as_str())
        .collect();
    broken.retain(|broken| named.contains(broken.import_path.as_str()));
    let packages = PackageSet::new(packages);
    let heat = (!profiles.is_empty()).then(|| {
        let timed = timed_code::read(workspace, loaded, profiles);
        Heat::new(&packages, profiles, &timed)
    });
    let mut report = CheckReport {
        packages: packages.len(),
        import_paths: (packages.iter())
            .map(|(_, package)| package.import_path.clone())
            .collect(),
        ..CheckReport::default()
    };
    let types = body_types(request, subject, &packages, heat.as_ref());
    let run = Run {
        workspace,
        request,
        loaded,
        packages: &packages,
        foreign: foreign(&analysed),
        heat: heat.as_ref(),
        coverage: subject.coverage.as_ref(),
        types,
        needs_log,
    };
    let mut calls = Vec::new();
    let mut has_promises = false;
    let mut unsound = BTreeSet::new();
    for (one, found) in analysed.iter().zip(run.check_all(&analysed, events)?) {
        match found {
            Ok(mut found) => {
                calls.append(&mut found.calls);
                has_promises |= found.has_promises;
                report.add(found);
            }
            Err(NotLooked::Broken(first)) => {
                unsound.insert(one.id);
                broken.push(first);
            }
            Err(NotLooked::Nothing) => {}
        }
    }
    let mut analysed = analysed;
    analysed.retain(|one| !unsound.contains(&one.id));
    report.broken = broken.len();
    report.about_run.extend(broken.iter().map(not_checked));
    if has_promises {
        report.findings.extend(run.broken_promises(&analysed));
    }
    if let Some(heat) = &heat {
        lint::join_packages(&mut report.findings, calls, &heat.total);
        report.add_heat(heat, subject.n_files);
    }
    run.check_structs(&analysed, profiles, &mut report)?;
    if selects_leaks(&request.options.select) {
        report.leaks = leaks(workspace, &leak_request(request))?.findings;
    }
    report.sort();
    drop(run);
    let checked = Checked {
        packages,
        analysed,
        heat,
        profiles: Arc::clone(profiles),
        binaries: None,
    };
    Ok((report, checked))
}

fn leak_request(request: &CheckRequest) -> LeakRequest {
    LeakRequest {
        packages: request.packages.clone(),
        select: request.options.select.clone(),
        ..LeakRequest::default()
    }
}

/// Whether the compiler has to be asked: there is evidence to explain, or a rule reads its log.
fn needs_log(request: &CheckRequest) -> bool {
    let evidence = &request.evidence;
    let has_evidence = evidence.bench.is_some()
        || !evidence.cpu_profiles.is_empty()
        || !evidence.mem_profiles.is_empty()
        || !evidence.block_profiles.is_empty()
        || !evidence.mutex_profiles.is_empty();
    let select = &request.options.select;
    has_evidence
        || (lint::rules::RULES.iter()).any(|rule| rule.needs_log() && select.contains(rule))
}

/// Whether a rule about leaks is asked for by its name: they look at all bodies, which takes time.
pub(crate) fn selects_leaks(select: &RuleSelection) -> bool {
    !select.select.is_empty()
        && (lint::rules::RULES.iter())
            .any(|rule| rule.group() == Group::Leaks && select.contains(rule))
}

type Foreign = BTreeMap<CheckedId, Vec<lint::ForeignCandidate>>;

fn foreign(analysed: &[Analysed]) -> Foreign {
    let mut by_owner: Foreign = BTreeMap::new();
    for (owner, candidate) in analysed.iter().flat_map(|analysed| &analysed.foreign) {
        by_owner.entry(*owner).or_default().push(candidate.clone());
    }
    by_owner
}

/// Types of the packages that rules look into: those that were named and those that a profile names.
fn body_types(
    request: &CheckRequest,
    subject: &Subject<'_>,
    packages: &PackageSet,
    heat: Option<&Heat>,
) -> Option<BodyTypes> {
    let loaded = subject.loaded;
    let hot: BTreeSet<CheckedId> = heat
        .into_iter()
        .flat_map(|heat| heat.lines.iter().map(|line| line.package))
        .collect();
    let mut bodies: BTreeSet<PackageId> = (packages.iter())
        .filter(|(id, _)| request.options.all || hot.contains(id))
        .map(|(id, _)| loaded.roots[base::Idx::index(id)].id)
        .collect();
    let looks = |rule: &&lint::Rule| rule.needs_bodies() && request.options.select.contains(rule);
    // Whether a struct may change depends on what other packages do with it.
    let structs = can_show(request, heat);
    if structs || lint::rules::RULES.iter().any(looks) {
        bodies.extend(&loaded.listing.roots);
    }
    (!bodies.is_empty()).then(|| (subject.types)(&bodies, structs))
}

/// What the checks of all packages share.
struct Run<'a> {
    workspace: &'a Workspace<'a>,
    request: &'a CheckRequest,
    loaded: &'a Loaded,
    packages: &'a PackageSet,
    foreign: Foreign,
    heat: Option<&'a Heat>,
    coverage: Option<&'a lint::Coverage>,
    types: Option<BodyTypes>,
    /// Without, the checker says which packages are broken instead of the compiler.
    needs_log: bool,
}

/// Why rules did not look at a package.
enum NotLooked {
    /// Cancelled, or there are no decisions about it.
    Nothing,
    /// It does not compile; the first error.
    Broken(Broken),
}

impl Run<'_> {
    fn check_all(
        &self,
        analysed: &[Analysed],
        events: Events,
    ) -> Result<Vec<Result<PackageFindings, NotLooked>>, Cancelled> {
        events(Event::Begin {
            stage: "ranking",
            total: analysed.len(),
        });
        let found = (analysed.par_iter())
            .map(|analysed| {
                let found = self.check_one(analysed);
                events(Event::Step {
                    what: &self.packages.get(analysed.id).import_path,
                });
                found
            })
            .collect();
        self.workspace.cancel.check()?;
        Ok(found)
    }

    fn check_one(&self, analysed: &Analysed) -> Result<PackageFindings, NotLooked> {
        self.with_input(analysed, |input| {
            lint::check_package(input, &self.request.options)
        })
    }

    /// Functions that promise not to allocate, and do.
    fn broken_promises(&self, analysed: &[Analysed]) -> Vec<Diagnostic> {
        let functions: Vec<Vec<lint::FunctionAllocs>> = (analysed.par_iter())
            .filter_map(|analysed| {
                self.with_input(analysed, |input| {
                    lint::function_allocs(input, &self.request.options.limits)
                })
                .ok()
            })
            .collect();
        lint::broken_promises(&functions.concat())
    }

    /// A package as rules look at it.
    fn with_input<R>(
        &self,
        analysed: &Analysed,
        ask: impl FnOnce(&PackageInput) -> R,
    ) -> Result<R, NotLooked> {
        if self.workspace.cancel.is_cancelled() {
            return Err(NotLooked::Nothing);
        }
        let decisions = (analysed.decisions(self.workspace)).ok_or(NotLooked::Nothing)?;
        let root = &self.loaded.roots[base::Idx::index(analysed.id)];
        let package = self.packages.get(analysed.id);
        let bounds_checks = || {
            let request = &self.request.packages;
            bounds_checks(self.workspace, self.loaded, root, request).map_err(|it| it.message)
        };
        let go_minor = self.workspace.go_minor();
        let ask = |known: Option<KnownPackage<'_>>| {
            if let Some(known) = known.as_ref().filter(|_| !self.needs_log)
                && let Some(first) = known.errors().into_iter().next()
            {
                return Err(NotLooked::Broken(first));
            }
            Ok(ask(&PackageInput {
                id: analysed.id,
                packages: self.packages,
                trees: &analysed.trees(self.workspace, package),
                decisions: &decisions,
                foreign: self.foreign.get(&analysed.id).map_or(&[], Vec::as_slice),
                heat: self.heat,
                types: known.map(|known| known.typed(package, go_minor)),
                module_of: &|path| self.module_of(path),
                go_minor,
                coverage: self.coverage,
                bounds_checks: Some(&bounds_checks),
            }))
        };
        match &self.types {
            Some(types) => types.with(root.id, ask),
            None => ask(None),
        }
    }

    /// Adds findings about structs of the whole program, where there is something to show.
    fn check_structs(
        &self,
        analysed: &[Analysed],
        profiles: &Arc<[NamedProfile]>,
        report: &mut CheckReport,
    ) -> Result<(), CheckError> {
        let shown = |_: &&Program| can_show(self.request, self.heat);
        let program = self.types.as_ref().and_then(BodyTypes::whole);
        let Some(program) = program.filter(shown) else {
            return Ok(());
        };
        check_structs::check(
            self.workspace,
            program,
            self.request,
            profiles,
            self.heat,
            report,
        )?;
        // Unused comments were looked for when the packages' other findings were.
        let quiet = CheckOptions {
            all: false,
            ..self.request.options.clone()
        };
        for one in analysed {
            let package = self.packages.get(one.id);
            let trees = one.trees(self.workspace, package);
            lint::suppress(package, &trees, &quiet, &mut report.findings);
        }
        Ok(())
    }

    /// `example.com/mod v1.2.3` of a package of another module.
    fn module_of(&self, import_path: &str) -> Option<String> {
        let listing = &self.loaded.listing;
        let module = listing.packages[listing.find(import_path)?]
            .module
            .as_ref()?;
        let version = module.version.as_ref().map(|version| format!(" {version}"));
        (!module.main).then(|| format!("{}{}", module.path, version.unwrap_or_default()))
    }
}

impl CheckReport {
    fn add(&mut self, found: PackageFindings) {
        self.findings.extend(found.findings);
        for (rule, count) in found.unbacked {
            *self.unbacked.entry(rule).or_default() += count;
        }
        self.too_big.extend(found.too_big);
        self.attribution.merge(found.attribution);
        self.unexplained.extend(found.unexplained);
    }

    fn sort(&mut self) {
        let space =
            |weights: &Weights| weights[Resource::AllocSpace].max(weights[Resource::InuseSpace]);
        self.unexplained.sort_by(|a, b| {
            (space(&b.weights).cmp(&space(&a.weights)))
                .then_with(|| (&a.path, a.line, &a.callee).cmp(&(&b.path, b.line, &b.callee)))
        });
        self.too_big.sort_by(|a, b| {
            (b.weights[Resource::Cpu].cmp(&a.weights[Resource::Cpu]))
                .then_with(|| (&a.path, a.line).cmp(&(&b.path, b.line)))
        });
        diag::sort(&mut self.findings);
        // What is wrong comes before what is slow.
        (self.findings).sort_by_key(|finding| !is_wrong(finding));
    }

    fn add_heat(&mut self, heat: &Heat, n_files: usize) {
        self.total = heat.total;
        self.tests = heat.tests;
        self.harness = heat.harness;
        self.setup = heat.setup;
        self.own_cpu = heat
            .lines
            .iter()
            .map(|line| line.spent()[Resource::Cpu])
            .sum();
        let stale = (heat.fits.iter().enumerate())
            .filter_map(|(index, fit)| stale_profile::finding(fit, index < n_files));
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

/// Whether a finding says that the program is wrong, whatever it costs.
pub fn is_wrong(finding: &Diagnostic) -> bool {
    finding.severity == Severity::Error
        || finding.evidence.is_empty() && finding.severity == Severity::Warning
}

fn not_checked(broken: &Broken) -> Diagnostic {
    lint::rules::package_not_checked::finding(
        &broken.import_path,
        &broken.path,
        broken.line,
        broken.col,
        &broken.message,
    )
}
