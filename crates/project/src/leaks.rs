//! `leak check`: goroutines that cannot end and locks that are not released, found in source.

mod join;

use std::collections::BTreeSet;

use concurrency::{SourceFile, SourcePackage};
use diag::{Diagnostic, Severity};
use go_load::{LoadOptions, Loader};
use go_tool::{ListOptions, Package, PackageId, Products};
use go_types::with_stack;
use lint::rules::leaks;
use lint::{CheckOptions, RuleSelection};

use crate::analysis::Broken;
use crate::fix::checked_package;
use crate::go_program::Program;
use crate::structs::broken_of;
use crate::workspace::{LoadError, PackageRequest, Workspace, found, root};

pub use join::join;

/// Which packages are looked at, and for what.
#[derive(Clone, Debug, Default)]
pub struct LeakRequest {
    pub packages: PackageRequest,
    pub select: RuleSelection,
    pub loader: Loader,
}

/// What was found.
#[derive(Debug, Default)]
pub struct LeakReport {
    /// Errors first, then by place.
    pub findings: Vec<Diagnostic>,
    /// Packages that were asked for.
    pub packages: usize,
    /// Functions and literals that were read, also of packages that were not asked for.
    pub functions: usize,
    /// Functions too large to be read to their end.
    pub cut: usize,
    /// What does not type-check; the functions that do were looked at.
    pub broken: Vec<Broken>,
}

/// Looks for leaks in the packages of a request. What they import of the same module is read too, so that calls into
/// it are understood.
pub fn leaks(workspace: &Workspace, request: &LeakRequest) -> Result<LeakReport, LoadError> {
    let options = LoadOptions {
        list: ListOptions {
            products: Products::Generated,
            dir: workspace.dir.clone(),
            patterns: request.packages.patterns.clone(),
            tags: request.packages.tags.clone(),
            tests: request.packages.tests,
            flags: request.packages.flags.clone(),
            ..ListOptions::default()
        },
        loader: request.loader,
        ..LoadOptions::default()
    };
    let sources = go_load::read(&workspace.go, workspace.system, workspace.cancel, &options)?;
    let listing = &sources.listing;
    found(listing, &request.packages.patterns)?;
    let roots: BTreeSet<PackageId> = listing.roots.iter().copied().collect();
    let read: BTreeSet<PackageId> = (listing.packages.ids())
        .filter(|id| roots.contains(id) || is_own(&listing.packages[*id]))
        .filter(|id| !is_synthetic(&listing.packages[*id]))
        .filter(|id| !has_variant(listing, &roots, *id))
        .collect();
    let program = Program::load(workspace, &sources, &read);
    workspace.cancel.check().map_err(go_tool::Error::from)?;
    let mut report = LeakReport {
        packages: roots.iter().filter(|id| read.contains(id)).count(),
        ..LeakReport::default()
    };
    for id in roots.iter().filter(|id| read.contains(id)) {
        report.broken.extend(broken_of(&program, *id));
    }
    let found = suspects(workspace, &program, &read, &roots, &request.select);
    workspace.cancel.check().map_err(go_tool::Error::from)?;
    Ok(LeakReport {
        findings: found.findings,
        functions: found.functions,
        cut: found.cut,
        ..report
    })
}

/// What is found in the packages `roots` of a program, whose packages `read` have bodies. Comments silence findings.
pub(crate) fn suspects(
    workspace: &Workspace,
    program: &Program,
    read: &BTreeSet<PackageId>,
    roots: &BTreeSet<PackageId>,
    select: &RuleSelection,
) -> LeakReport {
    let packages = source_packages(program, read, roots);
    let suspects = with_stack(|| {
        let found = concurrency::find(program.view(), &packages, workspace.cancel);
        found.ok()
    });
    let suspects = suspects.unwrap_or_default();
    let mut findings: Vec<Diagnostic> = (suspects.all.iter())
        .filter(|suspect| leaks::rule_of(suspect).is_some_and(|rule| select.contains(rule)))
        .filter_map(leaks::finding)
        .collect();
    silence(program, roots, select, &mut findings);
    findings.sort_by(|a, b| {
        let place = |it: &Diagnostic| (it.severity, it.primary.path.clone(), it.primary.start);
        place(a).cmp(&place(b)).then_with(|| a.rule.cmp(&b.rule))
    });
    LeakReport {
        findings,
        functions: suspects.functions,
        cut: suspects.cut,
        ..LeakReport::default()
    }
}

/// Takes out what comments silence. Whether a comment silences anything is known to `check` alone.
fn silence(
    program: &Program,
    roots: &BTreeSet<PackageId>,
    select: &RuleSelection,
    findings: &mut Vec<Diagnostic>,
) {
    let options = CheckOptions {
        select: select.clone(),
        ..CheckOptions::default()
    };
    let loaded = program.loaded();
    for id in roots {
        let files = &loaded.packages[*id].files;
        let has = |it: &Diagnostic| files.iter().any(|file| file.path == it.primary.path);
        if !findings.iter().any(has) {
            continue;
        }
        if let Some(root) = root(&loaded.listing, *id) {
            let (package, trees) = checked_package(program, &root);
            lint::suppress(&package, &trees, &options, findings);
        }
    }
}

/// Whether a finding makes a run fail.
pub fn counts(finding: &Diagnostic) -> bool {
    matches!(finding.severity, Severity::Error | Severity::Warning)
}

/// Of a main module.
fn is_own(package: &Package) -> bool {
    package.module.as_ref().is_some_and(|module| module.main)
}

/// The program that runs the tests of a package.
fn is_synthetic(package: &Package) -> bool {
    package.import_path.strip_suffix(".test").is_some()
}

/// A package that is compiled once more with its tests is read with them.
fn has_variant(listing: &go_tool::Listing, roots: &BTreeSet<PackageId>, id: PackageId) -> bool {
    let path = &listing.packages[id].import_path;
    let variant = format!("{path} [{path}.test]");
    listing
        .find(&variant)
        .is_some_and(|variant| roots.contains(&variant))
}

fn source_packages<'a>(
    program: &'a Program,
    read: &BTreeSet<PackageId>,
    roots: &BTreeSet<PackageId>,
) -> Vec<SourcePackage<'a>> {
    let loaded = program.loaded();
    let package = |id: &PackageId| {
        let (listed, sources) = (&loaded.listing.packages[*id], &loaded.packages[*id]);
        let checked = program.package(*id);
        let files = sources.files.iter().enumerate();
        SourcePackage {
            import_path: listed.plain_path(),
            name: &listed.name,
            pkg: checked.pkg,
            files: files
                .filter_map(|(number, source)| {
                    // Files that cgo made are in nobody's source.
                    let is_source = source.path.extension().is_some_and(|it| it == "go");
                    let info = checked.file(number).filter(|_| is_source)?;
                    Some(SourceFile {
                        path: &source.path,
                        file: &source.file,
                        info,
                    })
                })
                .collect(),
            asked: roots.contains(id),
            go_minor: sources.lang.minor,
        }
    };
    read.iter().map(package).collect()
}
