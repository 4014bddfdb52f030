//! Why goroutines of a dump or test wait, as far as the source says it.

use std::collections::BTreeSet;
use std::path::Path;

use diag::{Diagnostic, Severity};
use leak::report::{Place, Reason};
use leak::{Group, package};

use super::join::{Nearness, is_waiting, nearness};
use super::{LeakRequest, leaks};
use crate::goroutines::SourceLines;
use crate::workspace::{LoadError, PackageRequest, Workspace};

/// Findings in the packages that goroutines wait in.
#[derive(Debug, Default)]
pub struct Reasons {
    findings: Vec<Diagnostic>,
}

/// Looks for the reasons of groups whose source is here: in the packages that they wait in and that started them.
/// `flags` are those of the go command that the program was built with.
pub fn reasons<'g>(
    workspace: &Workspace,
    groups: impl Iterator<Item = &'g Group>,
    sources: &SourceLines,
    flags: Vec<String>,
) -> Result<Reasons, LoadError> {
    let mut patterns = BTreeSet::new();
    let mut tests = false;
    for group in groups.filter(|group| has_source(group, sources)) {
        let creator = group.created_by.as_ref().map(|by| &by.frame);
        for frame in group.place().into_iter().chain(creator) {
            tests |= frame.file.ends_with("_test.go");
            patterns.extend(pattern(sources, &frame.function, &frame.file));
        }
    }
    if patterns.is_empty() {
        return Ok(Reasons::default());
    }
    let request = LeakRequest {
        packages: PackageRequest {
            patterns: patterns.into_iter().collect(),
            tests,
            flags,
            ..PackageRequest::default()
        },
        ..LeakRequest::default()
    };
    let report = leaks(workspace, &request)?;
    Ok(Reasons {
        findings: report.findings,
    })
}

/// Whether there are groups whose source is here.
pub fn have_sources<'g>(
    mut groups: impl Iterator<Item = &'g Group>,
    sources: &SourceLines,
) -> bool {
    groups.any(|group| has_source(group, sources))
}

/// What the go command is to be asked for: a package of the module by its path, a program by its folder.
fn pattern(sources: &SourceLines, function: &str, file: &str) -> Option<String> {
    let path = package(function);
    let path = path.strip_suffix("_test").unwrap_or(path);
    if sources.is_of_module(path) {
        return Some(path.to_owned());
    }
    let folder = sources.path(file).filter(|_| path == "main")?;
    Some(folder.parent()?.to_string_lossy().into_owned())
}

/// The goroutines wait in a function that is here as it was.
fn has_source(group: &Group, sources: &SourceLines) -> bool {
    let place = group.place().filter(|_| is_waiting(group));
    place.is_some_and(|frame| {
        let place = Place {
            file: &frame.file,
            line: frame.line,
            function: &frame.function,
        };
        sources.line(&place).is_some()
    })
}

impl Reasons {
    /// The nearest finding, of equally near ones the most certain.
    pub fn of(&self, group: &Group) -> Option<Reason> {
        if !is_waiting(group) {
            return None;
        }
        let near = (self.findings.iter())
            .filter(|finding| finding.severity != Severity::Hint)
            .filter_map(|finding| Some((nearness(finding, group)?, finding)));
        let (near, finding) = near.min_by_key(|(near, finding)| (*near, finding.severity))?;
        let at = &finding.primary;
        Some(Reason {
            rule: finding.rule.id.to_owned(),
            message: finding.message.clone(),
            file: name_of(&at.path),
            line: at.start.line,
            is_here: near == Nearness::Here,
        })
    }
}

fn name_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
