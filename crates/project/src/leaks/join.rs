//! Findings and goroutines that were seen: where both are at one place, each confirms the other.

use std::path::Path;

use diag::{Annotation, Diagnostic, Evidence, Severity, Value};
use leak::dump::Snapshot;
use leak::{Group, Verdict};
use profile::goroutine::Frame;

/// What goroutines of a dump or profile say about findings. A finding where goroutines are proven to be leaked becomes an
/// error. Returned are the groups without a finding at their place; where a finding is in the same function, it gets
/// them as evidence all the same. `source` names the dump in the evidence.
pub fn join<'s>(
    findings: &mut [Diagnostic],
    snapshot: &'s Snapshot,
    source: &str,
) -> Vec<&'s Group> {
    let waits = |group: &&Group| matches!(group.verdict, Verdict::Proven | Verdict::Blocked);
    let mut rest = Vec::new();
    for group in snapshot.groups.iter().filter(waits) {
        let Some(frame) = group.place() else { continue };
        let mut is_explained = false;
        for finding in findings.iter_mut().filter(|it| stands_at(it, frame)) {
            confirm(finding, group, source, None);
            is_explained = true;
        }
        if is_explained {
            continue;
        }
        let near = findings.iter_mut().find(|it| is_in_function(it, frame));
        if let Some(finding) = near {
            confirm(finding, group, source, Some(frame.line));
        }
        rest.push(group);
    }
    findings.sort_by_key(|it| it.severity);
    rest
}

/// `elsewhere`: the line where they wait, if that is not the finding's.
fn confirm(finding: &mut Diagnostic, group: &Group, source: &str, elsewhere: Option<u32>) {
    let is_proven = group.verdict == Verdict::Proven;
    let n = group.count;
    let (goroutines, wait) = if n == 1 {
        ("goroutine", "waits")
    } else {
        ("goroutines", "wait")
    };
    let place = elsewhere.map_or_else(String::new, |line| {
        format!(" in the same function, at line {line}")
    });
    let verdict = group.verdict.name();
    finding.evidence.push(Evidence {
        source: if is_proven {
            "goroutineleak"
        } else {
            "goroutine"
        }
        .to_owned(),
        value: i64::try_from(n).unwrap_or(i64::MAX),
        unit: "count".to_owned(),
        share: 0.0,
        text: format!(
            "{verdict}: {n} {goroutines} {wait}{place} [{}] in {source}",
            group.state
        ),
    });
    if elsewhere.is_none() && is_proven {
        finding.severity = Severity::Error;
        finding
            .data
            .insert("verdict".to_owned(), Value::from(verdict));
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
                "BLOCKED: 1 goroutine waits in the same function, at line 20 [chan receive] in d.txt"
            ]
        );
        assert!(texts(&findings[1]).is_empty());
        assert_eq!(findings[1].severity, Severity::Warning);
        assert_eq!(rest.len(), 1);
    }
}
