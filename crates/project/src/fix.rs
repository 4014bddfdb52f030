//! Making the fixes of findings, in memory: to a fixpoint, each round on sources that type-check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diag::{Diagnostic, Fix, Safety};
use gc::Decisions;
use go_load::LoadOptions;
use go_tool::{ListOptions, PackageId, Products};
use lint::fixes::{self, FileEdits};
use lint::rules::struct_size_class;
use lint::{CheckOptions, CheckedPackage, PackageInput, PackageSet, Rewrite, Trees};

use crate::analysis::Broken;
use crate::changed_files::{ChangedFiles, is_own, own_folder};
use crate::check::{CheckRequest, selects_leaks};
use crate::check_structs;
use crate::chosen_fixes::edited;
use crate::events::Events;
use crate::evidence::{self, EvidenceRequest};
use crate::go_program::Program;
use crate::leaks;
use crate::structs::{FixError, StructRequest, structs_of};
use crate::workspace::{Root, Workspace, found, root};

/// What making all fixes makes of the sources.
#[derive(Debug, Default)]
pub struct Fixed {
    pub files: ChangedFiles,
    /// What was fixed, as it was found.
    pub fixed: Vec<Diagnostic>,
    /// Findings whose fix is unsafe and was not asked for.
    pub withheld: usize,
    /// Findings without a fix.
    pub without: usize,
    /// Packages that do not type-check; they are left alone.
    pub broken: Vec<Broken>,
    pub packages: usize,
    /// What was counted by which benchmarks, in words.
    pub bench: Option<String>,
    /// Benchmarks that did not run, and what could not be counted.
    pub problems: Vec<Diagnostic>,
    /// Packages whose benchmarks did not, or did not all, run.
    pub unmeasured: usize,
}

/// A fix may bring another about; more rounds than this are not made.
const MAX_ROUNDS: usize = 10;

/// Makes the fixes of all findings of a request, the unsafe ones only where they are asked for. Nothing is written.
/// Some fixes need counts of statements: of the coverage profiles that are named, else of the benchmarks.
pub fn fix(
    workspace: &Workspace,
    request: &CheckRequest,
    unsafe_too: bool,
    events: Events,
) -> Result<Fixed, FixError> {
    let mut fixer = Fixer::new(workspace, request, unsafe_too, BTreeMap::new());
    let mut result = Fixed::default();
    fixer.coverage = counts(workspace, request, &mut result, events)?;
    let mut state = fixer.look()?;
    result.packages = state.packages;
    result.files.roots.clone_from(&state.own_folders);
    result.broken.clone_from(&state.broken);
    for _ in 0..MAX_ROUNDS {
        let Some((next, made)) = fixer.round(&state, result.broken.len())? else {
            break;
        };
        for (path, file) in &fixer.overlay {
            let before = read(workspace, path)?;
            result.files.set(path, before, file);
        }
        result.fixed.extend(made);
        state = next;
    }
    for finding in &state.findings {
        match &finding.fix {
            Some(fix) if fix.safety == Safety::Unsafe && !unsafe_too => result.withheld += 1,
            None => result.without += 1,
            Some(_) => {}
        }
    }
    Ok(result)
}

/// How often statements ran.
fn counts(
    workspace: &Workspace,
    request: &CheckRequest,
    result: &mut Fixed,
    events: Events,
) -> Result<Option<lint::Coverage>, FixError> {
    let named = evidence::read_coverage(workspace, &request.evidence)?;
    if named.is_some() || request.evidence.bench.is_none() {
        return Ok(named);
    }
    let loaded = workspace.load_sources(&request.packages)?;
    let wanted = EvidenceRequest {
        bench: request.evidence.bench.clone(),
        ..EvidenceRequest::default()
    };
    let mut evidence = evidence::gather(workspace, &loaded, &wanted, Vec::new(), events)?;
    let counted = evidence::count(workspace, &loaded, &wanted, &mut evidence, events)?;
    result.bench = evidence.bench;
    result.problems = evidence.problems;
    result.unmeasured = evidence.unmeasured;
    Ok(counted)
}

/// The findings of one state of the sources.
pub(crate) struct State {
    pub(crate) findings: Vec<Diagnostic>,
    /// Changes that only a measurement can justify, where they are asked for.
    pub(crate) rewrites: Vec<Rewrite>,
    pub(crate) broken: Vec<Broken>,
    packages: usize,
    /// Folders that may be written to.
    pub(crate) own_folders: BTreeSet<PathBuf>,
}

/// Finds and makes fixes on texts that are not saved.
pub(crate) struct Fixer<'a> {
    workspace: &'a Workspace<'a>,
    request: &'a CheckRequest,
    unsafe_too: bool,
    /// Look for changes too that only a measurement can justify.
    pub(crate) with_rewrites: bool,
    coverage: Option<lint::Coverage>,
    /// Changed texts.
    overlay: BTreeMap<PathBuf, Arc<[u8]>>,
    /// Fixes that did not type-check together with others or alone: rule and file.
    refused: BTreeSet<(&'static str, PathBuf)>,
}

impl<'a> Fixer<'a> {
    pub(crate) fn new(
        workspace: &'a Workspace<'a>,
        request: &'a CheckRequest,
        unsafe_too: bool,
        overlay: BTreeMap<PathBuf, Arc<[u8]>>,
    ) -> Self {
        Self {
            workspace,
            request,
            unsafe_too,
            coverage: None,
            with_rewrites: false,
            overlay,
            refused: BTreeSet::new(),
        }
    }

    /// Makes what fits together of the fixes of a state. If the result does not type-check, rules are tried one by one,
    /// and those that break a file are not made there. `None` if nothing is left to make.
    fn round(
        &mut self,
        state: &State,
        n_broken: usize,
    ) -> Result<Option<(State, Vec<Diagnostic>)>, FixError> {
        let candidates: Vec<&Diagnostic> = (state.findings.iter())
            .filter(|finding| self.is_wanted(finding))
            .collect();
        if candidates.is_empty() {
            return Ok(None);
        }
        if let Some(done) = self.attempt(&candidates, n_broken)? {
            return Ok(Some(done));
        }
        let rules: BTreeSet<&'static str> = candidates.iter().map(|it| it.rule.id).collect();
        for rule in rules {
            let of_rule: Vec<&Diagnostic> = (candidates.iter().copied())
                .filter(|it| it.rule.id == rule)
                .collect();
            if let Some(done) = self.attempt(&of_rule, n_broken)? {
                return Ok(Some(done));
            }
            let paths: BTreeSet<&Path> = of_rule.iter().map(|it| &*it.primary.path).collect();
            for path in paths {
                let of_file: Vec<&Diagnostic> = (of_rule.iter().copied())
                    .filter(|it| it.primary.path == path)
                    .collect();
                if let Some(done) = self.attempt(&of_file, n_broken)? {
                    return Ok(Some(done));
                }
                self.refused.insert((rule, path.to_owned()));
            }
        }
        Ok(None)
    }

    fn is_wanted(&self, finding: &Diagnostic) -> bool {
        let key = (finding.rule.id, finding.primary.path.clone());
        (finding.fix.as_ref()).is_some_and(|fix| self.unsafe_too || fix.safety == Safety::Safe)
            && !self.refused.contains(&key)
    }

    /// Makes fixes and looks at the result; the sources stay as they were if it does not type-check.
    fn attempt(
        &mut self,
        findings: &[&Diagnostic],
        n_broken: usize,
    ) -> Result<Option<(State, Vec<Diagnostic>)>, FixError> {
        let all: Vec<&Fix> = findings.iter().filter_map(|it| it.fix.as_ref()).collect();
        let chosen = fixes::compatible(&all);
        let made: Vec<&Fix> = chosen.iter().map(|at| all[*at]).collect();
        let before = self.overlay.clone();
        for (path, edits) in fixes::by_file(&made) {
            let Some(text) = self.changed(&path, &edits)? else {
                self.overlay = before;
                return Ok(None);
            };
            self.overlay.insert(path, Arc::from(text.into_bytes()));
        }
        let state = self.look()?;
        if state.broken.len() > n_broken {
            self.overlay = before;
            return Ok(None);
        }
        let made = chosen.into_iter().map(|at| findings[at].clone()).collect();
        Ok(Some((state, made)))
    }

    /// The text of a file with edits made, in gofmt's form if it was in that before.
    pub(crate) fn changed(
        &self,
        path: &Path,
        edits: &FileEdits<'_>,
    ) -> Result<Option<String>, FixError> {
        let bytes = match self.overlay.get(path) {
            Some(text) => Arc::clone(text),
            None => read(self.workspace, path)?,
        };
        let Ok(before) = std::str::from_utf8(&bytes) else {
            return Ok(None);
        };
        Ok(edited(self.workspace, before, edits))
    }

    /// The findings of the sources as they are now.
    pub(crate) fn look(&self) -> Result<State, FixError> {
        let packages = &self.request.packages;
        let options = LoadOptions {
            list: ListOptions {
                products: Products::Generated,
                dir: self.workspace.dir.clone(),
                patterns: packages.patterns.clone(),
                tags: packages.tags.clone(),
                tests: packages.tests,
                flags: packages.flags.clone(),
                ..ListOptions::default()
            },
            overlay: self.overlay.clone(),
            cgo: self.workspace.cgo.clone(),
            ..LoadOptions::default()
        };
        let workspace = self.workspace;
        let sources = go_load::read(&workspace.go, workspace.system, workspace.cancel, &options);
        let sources = sources.map_err(|error| FixError::Load(error.into()))?;
        found(&sources.listing, &packages.patterns)?;
        let roots: BTreeSet<PackageId> = sources.listing.roots.iter().copied().collect();
        let program = Program::load(workspace, &sources, &roots);
        let mut state = State {
            findings: Vec::new(),
            rewrites: Vec::new(),
            broken: Vec::new(),
            packages: roots.len(),
            own_folders: BTreeSet::new(),
        };
        let mut sound = Vec::new();
        for id in &program.loaded().listing.roots {
            let own = own_folder(workspace, &program.loaded().listing.packages[*id]);
            state.own_folders.extend(own.map(Path::to_owned));
            let broken = program.known(*id).errors();
            if broken.is_empty() {
                sound.push(*id);
            }
            state.broken.extend(broken);
        }
        (state.findings, state.rewrites) = self.findings(&program, &sound)?;
        Ok(state)
    }

    fn findings(
        &self,
        program: &Program,
        ids: &[PackageId],
    ) -> Result<(Vec<Diagnostic>, Vec<Rewrite>), FixError> {
        let listing = &program.loaded().listing;
        let ours: Vec<PackageId> = (ids.iter().copied())
            .filter(|id| is_own(self.workspace, &listing.packages[*id]))
            .collect();
        let roots: Vec<Root> = ours.iter().filter_map(|id| root(listing, *id)).collect();
        let (packages, trees): (Vec<CheckedPackage>, Vec<Trees>) =
            (roots.iter().map(|root| checked_package(program, root))).unzip();
        let packages = PackageSet::new(packages);
        let options = CheckOptions {
            all: true,
            ..self.request.options.clone()
        };
        let go_minor = self.workspace.go_minor();
        let (mut findings, mut rewrites) = (Vec::new(), Vec::new());
        for (id, package) in packages.iter() {
            let root = &roots[base::Idx::index(id)];
            let input = PackageInput {
                id,
                packages: &packages,
                trees: &trees[base::Idx::index(id)],
                decisions: &Decisions::default(),
                foreign: &[],
                heat: None,
                types: Some(program.known(root.id).typed(package, go_minor)),
                module_of: &|_| None,
                go_minor,
                coverage: self.coverage.as_ref(),
                bounds_checks: None,
            };
            findings.extend(lint::check_patterns(&input, &options));
            if self.with_rewrites {
                rewrites.extend(lint::rewrites(&input));
            }
        }
        let mut structs = self.structs(program)?;
        for (id, package) in packages.iter() {
            let quiet = CheckOptions {
                all: false,
                ..options.clone()
            };
            let trees = &trees[base::Idx::index(id)];
            lint::suppress(package, trees, &quiet, &mut structs);
        }
        findings.append(&mut structs);
        if selects_leaks(&options.select) {
            let roots: BTreeSet<PackageId> = ours.iter().copied().collect();
            let found = leaks::leaks_of(self.workspace, program, &roots, &options.select);
            findings.extend(found);
        }
        // A file of a package and of its test variant is found twice.
        findings.sort_by(Diagnostic::cmp_rank);
        findings.dedup_by(|a, b| a.rule == b.rule && a.primary == b.primary && a.fix == b.fix);
        Ok((findings, rewrites))
    }

    fn structs(&self, program: &Program) -> Result<Vec<Diagnostic>, FixError> {
        if !(self.request.options.select).contains(&struct_size_class::RULE) {
            return Ok(Vec::new());
        }
        let packages = &self.request.packages;
        let request = StructRequest {
            patterns: packages.patterns.clone(),
            without_tests: !packages.tests,
            overlay: self.overlay.clone(),
            ..StructRequest::default()
        };
        let report = structs_of(self.workspace, &request, program)?;
        Ok(check_structs::without_evidence(&report))
    }
}

/// A package with the trees that its types were found for.
pub(crate) fn checked_package(program: &Program, root: &Root) -> (CheckedPackage, Trees) {
    let sources = &program.loaded().packages[root.id].files;
    let own = sources.iter().filter(|it| root.files.contains(&it.path));
    let (paths, trees): (Vec<PathBuf>, Trees) = own
        .map(|source| (source.path.clone(), Some(Arc::new(source.file.clone()))))
        .unzip();
    let package = CheckedPackage::new(
        root.import_path.clone(),
        root.name.clone(),
        root.dir.clone(),
        paths,
        &trees,
    );
    (package, trees)
}

fn read(workspace: &Workspace, path: &Path) -> Result<Arc<[u8]>, FixError> {
    let text = workspace.system.read(path);
    text.map(Arc::from).map_err(|source| FixError::Read {
        path: path.to_owned(),
        source,
    })
}
