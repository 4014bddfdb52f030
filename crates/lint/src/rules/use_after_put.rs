//! GP402: a pooled object that is used after its `Put`.

use diag::Severity;

use super::pools::{Wrappers, follow, has_pools, origins};
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule {
    id: "GP402",
    name: "use-after-put",
    summary: "a pooled object that is used, or put again, after it was put back",
    since: None,
    until: None,
    doc: include_str!("use_after_put.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::Package(check),
        severity: Severity::Error,
        reduction: 0.0,
        covers: &[],
        spent_in: &[],
    }),
};

fn check(sources: &[Source<'_>], found: &mut Vec<Found>) {
    let wrappers = Wrappers::of(sources);
    for source in sources {
        if !has_pools(source) && wrappers.is_empty() {
            continue;
        }
        for function in source.functions() {
            for origin in origins(source, function, &wrappers) {
                for at in follow(source, function, origin, &wrappers).late_uses {
                    found.push(finding(source, at));
                }
            }
        }
    }
    found.sort_by_key(|it| (it.file, it.range));
    found.dedup_by_key(|it| (it.file, it.range));
}

fn finding(source: &Source<'_>, at: base::TextRange) -> Found {
    let text = source.file.text(at);
    let text = text.lines().next().unwrap_or_default();
    Found {
        file: source.index,
        range: at,
        message: format!("`{text}` is used after it went back to the pool"),
        label: "another goroutine may have it by now",
        help: "put it back when it is no longer used, and only once".to_owned(),
        secondary: Vec::new(),
        costs: Vec::new(),
        fix: None,
        confidence: 1.0,
        data: Vec::new(),
        needs_evidence: false,
        needs_escape: false,
    }
}
