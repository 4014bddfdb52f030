//! `leak check`: goroutines that cannot end and locks that are not released, found in source.

mod join;
mod parts;
mod reasons;

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use concurrency::{Part, SourceFile, SourcePackage, Suspects};
use diag::{Diagnostic, Severity};
use go_load::{CheckedPackage, LoadOptions, Loader, Sources, WholePackage};
use go_tool::{ListOptions, Listing, Package, PackageId, Products};
use go_types::with_stack;
use lint::rules::leaks;
use lint::{CheckOptions, RuleSelection, Trees};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use self::parts::Parts;
use crate::analysis::{Broken, parsed_package};
use crate::fix::checked_package;
use crate::go_program::Program;
use crate::structs::package_errors;
use crate::workspace::{LoadError, PackageRequest, Root, Workspace, found, root};

pub use join::{Seen, join, seen};
pub(crate) use parts::KIND;
pub use reasons::{Reasons, have_sources, reasons};

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
    /// Their import paths, sorted.
    pub import_paths: Vec<String>,
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
        cgo: workspace.cgo.clone(),
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
    let asked = roots.iter().filter(|id| read.contains(id));
    let paths: BTreeSet<&str> = asked
        .clone()
        .map(|id| listing.packages[*id].plain_path())
        .collect();
    let mut report = LeakReport {
        packages: asked.count(),
        import_paths: paths.into_iter().map(str::to_owned).collect(),
        ..LeakReport::default()
    };
    let (functions, listing) = read_all(workspace, sources, &read, &mut report);
    let listing = &listing;
    workspace.cancel.check().map_err(go_tool::Error::from)?;
    let suspects = with_stack(|| {
        let text = |path: &Path| {
            let text = workspace.system.read_to_string(path).ok();
            text.map(Arc::from)
        };
        concurrency::find(functions, &text, workspace.cancel).ok()
    });
    workspace.cancel.check().map_err(go_tool::Error::from)?;
    let suspects = suspects.unwrap_or_default();
    let roots = roots.iter().filter_map(|id| root(listing, *id));
    let parsed = |root: &Root| parsed_package(workspace, root);
    Ok(LeakReport {
        findings: findings(&suspects, &request.select, roots, parsed),
        functions: suspects.functions,
        cut: suspects.cut,
        ..report
    })
}

/// Bodies of so many packages, for each thread, are held at a time.
const HELD: usize = 2;

/// The functions of the packages `read`, imports first: as an earlier run has kept them, else from source. What does not
/// type-check among the packages that were asked for goes to the report. Gives the listing back.
fn read_all(
    workspace: &Workspace,
    sources: Sources,
    read: &BTreeSet<PackageId>,
    report: &mut LeakReport,
) -> (concurrency::Program, Listing) {
    let mut parts = Parts::new(workspace, &sources, read);
    let mut functions = concurrency::Program::default();
    let roots = sources.listing.roots.clone();
    let is_asked = |id: PackageId| roots.contains(&id);
    let mut kept: VecDeque<(PackageId, Part)> = VecDeque::new();
    let mut missing: Vec<PackageId> = Vec::new();
    for id in read.iter().copied() {
        match parts.get(id) {
            // Up to the first that is missing they are added at once, the others when those before them are.
            Some(part) if missing.is_empty() => {
                functions.add(part, parts.take_paths(id), is_asked(id));
            }
            Some(part) => kept.push_back((id, part)),
            None => missing.push(id),
        }
    }
    if missing.is_empty() {
        return (functions, sources.into_listing());
    }
    let declarations = go_load::declare_cached(sources, workspace.system, workspace.types.as_ref());
    let loaded = declarations.loaded();
    for batch in missing.chunks(HELD * workspace.system.parallelism()) {
        if workspace.cancel.is_cancelled() {
            break;
        }
        let whole: Vec<Option<WholePackage>> = (batch.par_iter())
            .map(|id| declarations.with_bodies(*id))
            .collect();
        for (id, whole) in batch.iter().copied().zip(whole) {
            while let Some((id, part)) = kept.pop_front_if(|it| it.0 < id) {
                functions.add(part, parts.take_paths(id), is_asked(id));
            }
            let Some(mut whole) = whole else { continue };
            let listed = &loaded.listing.packages[id];
            let errors = package_errors(listed, &whole.files, &whole.package, &whole.store);
            let is_sound = errors.is_empty() && whole.package.problems.is_empty();
            if is_asked(id) {
                report.broken.extend(errors);
            }
            let go_minor = loaded.packages[id].lang.minor;
            let package =
                source_package(listed, &whole.files, &whole.package, go_minor, is_asked(id));
            let part = with_stack(|| {
                let part = functions.read_alone(&mut whole.store, &package, workspace.cancel);
                part.ok()
            });
            // A run that is cancelled ends soon.
            if let Some(part) = part {
                if is_sound {
                    parts.keep(id, &part);
                }
                functions.add(part, parts.take_paths(id), is_asked(id));
            }
        }
    }
    for (id, part) in kept {
        functions.add(part, parts.take_paths(id), is_asked(id));
    }
    for cache in workspace.types.iter().chain(&workspace.parts) {
        cache.prune(workspace.system);
    }
    (functions, declarations.into_listing())
}

/// What is found in packages of a program that have bodies. Comments silence findings.
pub(crate) fn leaks_of(
    workspace: &Workspace,
    program: &Program,
    packages: &BTreeSet<PackageId>,
    select: &RuleSelection,
) -> Vec<Diagnostic> {
    let loaded = program.loaded();
    let suspects = with_stack(|| {
        let mut store = program.view();
        let mut functions = concurrency::Program::default();
        for id in packages {
            let sources = &loaded.packages[*id];
            let package = source_package(
                &loaded.listing.packages[*id],
                &sources.files,
                program.package(*id),
                sources.lang.minor,
                true,
            );
            functions
                .read(&mut store, &package, workspace.cancel)
                .ok()?;
        }
        let files = packages.iter().flat_map(|id| &loaded.packages[*id].files);
        let texts: FxHashMap<&Path, &Arc<str>> = files
            .map(|source| (source.path.as_path(), &source.file.src))
            .collect();
        let text = |path: &Path| texts.get(path).map(|text| Arc::clone(text));
        concurrency::find(functions, &text, workspace.cancel).ok()
    });
    let roots = packages.iter().filter_map(|id| root(&loaded.listing, *id));
    let parsed = |root: &Root| checked_package(program, root);
    findings(&suspects.unwrap_or_default(), select, roots, parsed)
}

/// What the rules say, errors first, then by place, without what comments in the packages `roots` silence. Whether a comment
/// silences anything is known to `check` alone.
fn findings(
    suspects: &Suspects,
    select: &RuleSelection,
    roots: impl Iterator<Item = Root>,
    parsed: impl Fn(&Root) -> (lint::CheckedPackage, Trees),
) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = (suspects.all.iter())
        .filter(|suspect| leaks::rule_of(suspect).is_some_and(|rule| select.contains(rule)))
        .filter_map(leaks::finding)
        .collect();
    let options = CheckOptions {
        select: select.clone(),
        ..CheckOptions::default()
    };
    for root in roots {
        let has = |it: &Diagnostic| root.files.contains(&it.primary.path);
        if findings.iter().any(has) {
            let (package, trees) = parsed(&root);
            lint::suppress(&package, &trees, &options, &mut findings);
        }
    }
    findings.sort_by(|a, b| {
        let place = |it: &Diagnostic| (it.severity, it.primary.path.clone(), it.primary.start);
        place(a).cmp(&place(b)).then_with(|| a.rule.cmp(&b.rule))
    });
    findings
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

fn source_package<'a>(
    listed: &'a Package,
    files: &'a [Arc<go_load::SourceFile>],
    checked: &'a CheckedPackage,
    go_minor: u16,
    asked: bool,
) -> SourcePackage<'a> {
    let files = files.iter().enumerate();
    SourcePackage {
        import_path: listed.plain_path(),
        name: &listed.name,
        pkg: checked.pkg,
        files: files
            .filter_map(|(number, source)| {
                let info = (checked.file(number)).filter(|_| parts::is_source(&source.path))?;
                Some(SourceFile {
                    path: &source.path,
                    file: &source.file,
                    info,
                })
            })
            .collect(),
        asked,
        go_minor,
    }
}
