//! GL13: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL13",
    name: "unreleased-resource",
    summary: "a body, rows, listener or transaction that is not released",
    since: None,
    until: None,
    doc: include_str!("unreleased_resource.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            let other = &suspect.other;
            match suspect.mistake {
                M::ReleaseNotOnPath => format!("{subject} is not released on every path: {other}"),
                _ => format!("{subject} is never released: {other}"),
            }
        },
        help: |_| "release it in a deferred call, right after the error is checked".to_owned(),
        falsifier: |_| "another function releases it".to_owned(),
    }),
};
