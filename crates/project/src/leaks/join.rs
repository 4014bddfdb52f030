//! Findings and goroutines that were seen: where both are at one place, each confirms the other.

use std::collections::BTreeMap;
use std::path::Path;

use base::{Cancellation, System};
use diag::{Annotation, Diagnostic, Evidence, Severity, Value};
use leak::dump::Snapshot;
use leak::{Group, Sighting, Verdict, sighting};
use profile::goroutine::Frame;

use crate::events::Events;
use crate::goroutines::{self, SnapshotError, SnapshotRequest};

/// Goroutines that were seen at one place.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Goroutines.
    pub total: u64,
    /// Goroutines by state, as the runtime prints it.
    pub states: BTreeMap<String, u64>,
    pub sightings: Vec<Sighting>,
}

impl Seen {
    /// Of a report, which lists groups alone.
    fn of_sightings(sightings: Vec<Sighting>) -> Self {
        let mut states: BTreeMap<String, u64> = BTreeMap::new();
        for one in &sightings {
            *states.entry(one.group.state.clone()).or_default() += one.group.count;
        }
        Self {
            total: states.values().sum(),
            states,
            sightings,
        }
    }
}

impl From<Snapshot> for Seen {
    fn from(snapshot: Snapshot) -> Self {
        Self {
            total: snapshot.total,
            states: snapshot.states,
            sightings: sighting::of_groups(snapshot.groups),
        }
    }
}

/// Reads goroutines that were seen: a dump, a profile, a running service, or what `leak test` or `leak dump` wrote as
/// JSON.
pub fn seen(
    system: &dyn System,
    cancel: &Cancellation,
    source: &str,
    events: Events,
) -> Result<Seen, SnapshotError> {
    // Reports are small; of a dump, which may be large, only the first bytes are looked at.
    if let Some(report) = goroutines::report_text(system, source)
        && let Some(seen) = sighting::of_report(&report)
    {
        return Ok(Seen::of_sightings(seen));
    }
    let request = SnapshotRequest {
        sources: vec![source.to_owned()],
        ..SnapshotRequest::default()
    };
    let report = goroutines::snapshot(system, cancel, &request, events)?;
    Ok(Seen::from(report.snapshot))
}

/// How near a finding is to where goroutines wait.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Nearness {
    /// At the line, or at a step that blocks.
    Here,
    /// In the function that they wait in.
    SameFunction,
    /// In a function that called it, or that started the goroutine.
    OnTheWay,
}

/// What sightings say about findings. A finding where goroutines are proven to be leaked becomes an error. Returned are
/// the sightings without a finding at their place; the nearest finding gets them as evidence all the same. `source` names
/// the dump in the evidence.
pub fn join<'s>(
    findings: &mut [Diagnostic],
    seen: &'s [Sighting],
    source: &str,
) -> Vec<&'s Sighting> {
    let mut rest = Vec::new();
    for one in seen.iter().filter(|one| is_waiting(&one.group)) {
        let mut nearest: Option<(Nearness, usize)> = None;
        for (index, finding) in findings.iter_mut().enumerate() {
            match nearness(finding, &one.group) {
                Some(Nearness::Here) => {
                    confirm(finding, one, source, true);
                    nearest = Some((Nearness::Here, index));
                }
                Some(near) if nearest.is_none_or(|(known, _)| near < known) => {
                    nearest = Some((near, index));
                }
                _ => {}
            }
        }
        match nearest {
            Some((Nearness::Here, _)) => continue,
            Some((_, index)) => confirm(&mut findings[index], one, source, false),
            None => {}
        }
        rest.push(one);
    }
    findings.sort_by_key(|it| it.severity);
    rest
}

/// Goroutines that a finding may explain.
pub(super) fn is_waiting(group: &Group) -> bool {
    matches!(group.verdict, Verdict::Proven | Verdict::Blocked) && group.place().is_some()
}

/// How near a finding is to where the goroutines wait; `None` if it has nothing to do with them.
pub(super) fn nearness(finding: &Diagnostic, group: &Group) -> Option<Nearness> {
    let place = group.place()?;
    if stands_at(finding, place) {
        return Some(Nearness::Here);
    }
    if is_in_function(finding, place) {
        return Some(Nearness::SameFunction);
    }
    let callers = group.frames.iter().skip(group.user + 1);
    let creator = group.created_by.as_ref().map(|by| &by.frame);
    let mut on_the_way = callers.chain(creator);
    (on_the_way.any(|frame| is_in_function(finding, frame))).then_some(Nearness::OnTheWay)
}

fn confirm(finding: &mut Diagnostic, one: &Sighting, source: &str, is_here: bool) {
    let group = &one.group;
    let is_proven = group.verdict == Verdict::Proven;
    let n = group.count;
    let (goroutines, wait) = if n == 1 {
        ("goroutine", "waits")
    } else {
        ("goroutines", "wait")
    };
    let place = match group.place().filter(|_| !is_here) {
        Some(frame) => format!(" nearby, in `{}` at line {}", frame.function, frame.line),
        None => String::new(),
    };
    let after = match &one.test {
        Some(test) => format!(" after {test}"),
        None => String::new(),
    };
    let (verdict, state) = (&one.verdict, &group.state);
    let kind = match (&one.test, is_proven) {
        (Some(_), _) => "leak-test",
        (None, true) => "goroutineleak",
        (None, false) => "goroutine",
    };
    finding.evidence.push(Evidence {
        source: kind.to_owned(),
        value: i64::try_from(n).unwrap_or(i64::MAX),
        unit: "count".to_owned(),
        share: 0.0,
        text: format!("{verdict}: {n} {goroutines} {wait}{place} [{state}]{after} in {source}"),
    });
    if is_here && is_proven {
        finding.severity = Severity::Error;
        finding
            .data
            .insert("verdict".to_owned(), Value::from(group.verdict.name()));
    }
}

/// The goroutine waits at the finding's place, or at a step of it that blocks.
fn stands_at(finding: &Diagnostic, frame: &Frame<'_>) -> bool {
    let here = |at: &Annotation| {
        let last = at.end.map_or(at.start.line, |end| end.line);
        (at.start.line..=last).contains(&frame.line) && is_file(&at.path, &frame.file)
    };
    let blocks = |at: &&Annotation| at.message == lint::rules::leaks::BLOCKS;
    here(&finding.primary) || finding.secondary.iter().filter(blocks).any(here)
}

/// Dumps may come from another machine: the last two parts of the paths are compared.
fn is_file(path: &Path, file: &str) -> bool {
    let mut own = path.iter().rev();
    let mut seen = file.rsplit(['/', '\\']);
    (0..2).all(|_| match (own.next(), seen.next()) {
        (Some(own), Some(seen)) => own == seen,
        _ => true,
    })
}

fn is_in_function(finding: &Diagnostic, frame: &Frame<'_>) -> bool {
    let (Some(package), Some(function)) = (&finding.package, &finding.function) else {
        return false;
    };
    let rest = (frame.function.strip_prefix(package.as_str()))
        .and_then(|rest| rest.strip_prefix('.')?.strip_prefix(function.as_str()));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(".func"))
}

#[cfg(test)]
mod tests {
    use leak::{Ownership, dump};

    use super::*;

    fn finding(line: u32) -> Diagnostic {
        let rule = diag::RuleRef {
            id: "GL02",
            name: "abandoned-sender",
        };
        let at = Annotation::at("/src/ex/shop/shop.go", line, 3);
        let mut finding = Diagnostic::new(rule, Severity::Warning, "m".to_owned(), at);
        finding.package = Some("ex/shop".to_owned());
        finding.function = Some("Ask".to_owned());
        finding
    }

    #[test]
    fn goroutines_at_the_place_of_a_finding_confirm_it() {
        let text = "goroutine 7 [chan send (leaked)]:\nex/shop.Ask.func1()\n\t/build/shop/shop.go:12 +0x1\n\n\
                    goroutine 8 [chan receive]:\nex/shop.Ask()\n\t/build/shop/shop.go:20 +0x1\n\n";
        let seen = dump::read(&mut text.as_bytes(), Ownership::default()).unwrap();
        let seen = sighting::of_groups(seen.groups);
        let mut findings = [finding(12), finding(40)];
        let rest = join(&mut findings, &seen, "d.txt");
        let texts = |finding: &Diagnostic| -> Vec<String> {
            finding.evidence.iter().map(|it| it.text.clone()).collect()
        };
        assert_eq!(findings[0].severity, Severity::Error);
        assert_eq!(
            texts(&findings[0]),
            [
                "PROVEN: 1 goroutine waits [chan send] in d.txt",
                "BLOCKED: 1 goroutine waits nearby, in `ex/shop.Ask` at line 20 [chan receive] in d.txt"
            ]
        );
        assert!(texts(&findings[1]).is_empty());
        assert_eq!(findings[1].severity, Severity::Warning);
        assert_eq!(rest.len(), 1);
    }

    #[test]
    fn what_a_test_left_names_the_test() {
        let text = r#"{"groups": [{"verdict": "PROVEN", "state": "chan send", "count": 2, "test": "TestAsk/slow",
            "function": "ex/shop.Ask.func1", "line": 12, "entry": "ex/shop.Ask.func1",
            "frames": [{"function": "ex/shop.Ask.func1", "file": "/b/shop/shop.go", "line": 12}]}]}"#;
        let seen = sighting::of_report(text.as_bytes()).unwrap();
        let mut findings = [finding(12)];
        assert!(join(&mut findings, &seen, "t.json").is_empty());
        let evidence = &findings[0].evidence[0];
        assert_eq!(evidence.source, "leak-test");
        assert_eq!(
            evidence.text,
            "PROVEN: 2 goroutines wait [chan send] after TestAsk/slow in t.json"
        );
        assert_eq!(findings[0].severity, Severity::Error);
    }

    #[test]
    fn the_creator_leads_to_the_nearest_finding() {
        let text = "goroutine 7 [chan send (leaked)]:\nex/queue.Put()\n\t/b/queue/q.go:3 +0x1\n\
                    created by ex/shop.Ask in goroutine 1\n\t/b/shop/shop.go:30 +0x1\n\n";
        let seen = dump::read(&mut text.as_bytes(), Ownership::default()).unwrap();
        let seen = sighting::of_groups(seen.groups);
        let mut findings = [finding(12)];
        assert_eq!(join(&mut findings, &seen, "d").len(), 1);
        assert_eq!(
            findings[0].evidence[0].text,
            "PROVEN: 1 goroutine waits nearby, in `ex/queue.Put` at line 3 [chan send] in d"
        );
        assert_eq!(findings[0].severity, Severity::Warning);
    }
}
