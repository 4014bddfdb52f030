//! The source page and the list of findings as JSON.

use diag::Diagnostic;
use lint::{Resource, Weights};
use profile::units;
use project::inlining::Verdict;
use project::sources::{AnnotatedFile, Call, Fate, MeasuredLine};
use serde_json::{Value, json};

use super::{UiSite, fixes};

/// The findings, most expensive first.
pub(super) fn findings(site: &UiSite<'_>) -> Value {
    let report = &site.work.report.check;
    let findings = report.findings.iter().enumerate();
    let findings: Vec<Value> = findings
        .map(|(index, it)| finding(site, index, it))
        .collect();
    let about: Vec<Value> = report
        .about_run
        .iter()
        .map(|it| it.message.clone().into())
        .collect();
    json!({
        "resources": resources(site),
        "findings": findings,
        "about": about,
        "unbacked": report.unbacked.values().sum::<usize>(),
        "packages": report.packages,
    })
}

/// A file with all that is known of its lines; the hottest one without a name.
pub(super) fn file(site: &UiSite<'_>, name: &str) -> Result<Value, String> {
    let files = &site.work.report.files;
    let wanted = if name.is_empty() {
        hottest(site)
    } else {
        find(site, name)
    };
    let Some(wanted) = wanted else {
        return Err(if files.is_empty() {
            "no package was checked".to_owned()
        } else {
            format!("{name} is not a file of the packages that were checked")
        });
    };
    let mut list: Vec<Value> = Vec::new();
    for file in files {
        let own = sum(file);
        list.push(json!({ "path": site.display(&file.path), "own": values(site, &own) }));
    }
    Ok(json!({
        "resources": resources(site),
        "files": list,
        "file": annotated(site, wanted),
    }))
}

/// The file of a name: its path, or how the path ends.
pub(super) fn find<'s>(site: &'s UiSite<'_>, name: &str) -> Option<&'s AnnotatedFile> {
    let ends = |shown: &str| shown == name || shown.ends_with(&format!("/{name}"));
    (site.work.report.files.iter()).find(|it| ends(&site.display(&it.path)))
}

fn hottest<'s>(site: &'s UiSite<'_>) -> Option<&'s AnnotatedFile> {
    let report = &site.work.report;
    if let Some(first) = report
        .check
        .findings
        .iter()
        .find(|it| !it.evidence.is_empty())
        && let Some(file) = report.files.iter().find(|it| it.path == first.primary.path)
    {
        return Some(file);
    }
    let heat = |it: &&AnnotatedFile| {
        let own = sum(it);
        (own[Resource::AllocSpace], own[Resource::Cpu])
    };
    report.files.iter().rev().max_by_key(heat)
}

fn sum(file: &AnnotatedFile) -> Weights {
    let mut sum = Weights::default();
    for line in &file.lines {
        sum += line.own;
    }
    sum
}

/// What was measured: name, unit, total, and the total in words.
fn resources(site: &UiSite<'_>) -> Vec<Value> {
    let total = &site.work.report.check.total;
    let resource = |resource: Resource| {
        json!({
            "type": resource.sample_type(),
            "unit": resource.unit(),
            "total": total[resource],
            "label": units::label(total[resource], resource.unit(), "auto"),
        })
    };
    site.resources().into_iter().map(resource).collect()
}

fn values(site: &UiSite<'_>, weights: &Weights) -> Vec<i64> {
    site.resources().into_iter().map(|it| weights[it]).collect()
}

pub(super) fn annotated(site: &UiSite<'_>, file: &AnnotatedFile) -> Value {
    let functions: Vec<Value> = (file.functions.iter())
        .map(|it| {
            json!({
                "name": it.name,
                "from": it.lines.0,
                "to": it.lines.1,
                "verdict": it.verdict.as_ref().map(verdict),
                "own": values(site, &it.own),
                "cum": values(site, &it.cum),
            })
        })
        .collect();
    let heap: Vec<Value> = (file.heap.iter())
        .map(|it| {
            let steps: Vec<Value> = (it.steps.iter())
                .map(|(at, what)| {
                    let elsewhere = (at.path != file.path).then(|| site.display(&at.path));
                    json!({ "line": at.line, "col": at.col, "what": what, "file": elsewhere })
                })
                .collect();
            json!({
                "line": it.at.line,
                "col": it.at.col,
                "subject": it.subject,
                "words": it.words,
                "steps": steps,
                "end": it.end,
            })
        })
        .collect();
    let calls: Vec<Value> = (file.calls.iter())
        .filter(|it| it.start.line == it.end.line)
        .map(|it| call(site, it))
        .collect();
    let findings = site.work.report.check.findings.iter().enumerate();
    let findings: Vec<Value> = findings
        .filter(|(_, it)| it.primary.path == file.path)
        .map(|(index, it)| finding(site, index, it))
        .collect();
    json!({
        "path": site.display(&file.path),
        "package": file.import_path,
        "text": file.text,
        "lines": measured(site, &file.lines),
        "functions": functions,
        "heap": heap,
        "calls": calls,
        "findings": findings,
    })
}

fn call(site: &UiSite<'_>, call: &Call) -> Value {
    let (fate, to) = match &call.fate {
        Fate::Inlined => ("inlined", None),
        Fate::Devirtualized { to } => ("devirt", Some(to)),
        Fate::Static => ("static", None),
        Fate::Dynamic => ("dynamic", None),
    };
    let target = call.target.as_ref();
    let mut value = json!({
        "line": call.start.line,
        "from": call.start.col,
        "to": call.end.col,
        "name": call.callee,
        "fate": fate,
        "devirt": to,
        "cost": call.cost,
        "why": call.why,
        "target": target.map(|(path, line)| json!([site.display(path), line])),
    });
    if let Some(here) = &call.here {
        value["here"] = json!({
            "own": values(site, &here.own),
            "cum": values(site, &here.cum),
            "lines": measured(site, &here.lines),
        });
    }
    value
}

/// Lines with what was measured on them.
fn measured(site: &UiSite<'_>, lines: &[MeasuredLine]) -> Value {
    let line = |it: &MeasuredLine| json!([it.line, values(site, &it.own), values(site, &it.cum)]);
    lines.iter().map(line).collect()
}

fn verdict(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Can { cost } => json!({ "can": true, "cost": cost }),
        Verdict::TooComplex { cost, budget } => json!({ "cost": cost, "budget": budget }),
        Verdict::Cannot { why } => json!({ "why": why }),
    }
}

pub(super) fn finding(site: &UiSite<'_>, index: usize, finding: &Diagnostic) -> Value {
    let of = |resource: &Resource| {
        let found = finding
            .evidence
            .iter()
            .find(|it| it.source == resource.sample_type());
        found.map_or(0, |it| it.value)
    };
    let notes: Vec<Value> = (finding.notes.iter())
        .map(|it| json!({ "kind": it.kind.name(), "text": it.text }))
        .collect();
    let evidence: Vec<&str> = finding.evidence.iter().map(|it| it.text.as_str()).collect();
    let original = |path: &std::path::Path| {
        let file = site.work.report.files.iter().find(|it| it.path == path);
        file.map(|it| it.text.as_str())
    };
    let chosen = site
        .chosen
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let fix = finding.fix.as_ref().map(|fix| {
        json!({
            "title": fix.title,
            "safe": fix.safety == diag::Safety::Safe,
            "diff": fixes::diff(fix, &original),
            "applied": chosen.contains(index),
        })
    });
    json!({
        "index": index,
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.severity.name(),
        "message": finding.message,
        "path": site.display(&finding.primary.path),
        "line": finding.primary.start.line,
        "col": finding.primary.start.col,
        "function": finding.function,
        "package": finding.package,
        "score": finding.score,
        "values": site.resources().iter().map(of).collect::<Vec<_>>(),
        "evidence": evidence,
        "notes": notes,
        "also": finding.secondary.iter().map(|it| json!({
            "path": site.display(&it.path),
            "line": it.start.line,
            "message": it.message,
        })).collect::<Vec<_>>(),
        "fix": fix,
    })
}
