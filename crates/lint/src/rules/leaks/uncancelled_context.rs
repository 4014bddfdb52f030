//! GL06: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL06",
    name: "uncancelled-context",
    summary: "a context that is not cancelled",
    since: None,
    until: None,
    doc: include_str!("uncancelled_context.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            match suspect.mistake {
                M::CancelDropped => {
                    "the context can never be cancelled: its cancel function is dropped".to_owned()
                }
                M::CancelNotOnPath => format!("`{subject}` is not called on every path"),
                M::CancelNeverCalled => format!("`{subject}` is stored and never called"),
                M::CancelOverwritten => format!(
                    "the cancel function in `{subject}` is overwritten without being called"
                ),
                _ => format!("`{subject}` is not called"),
            }
        },
        help: |suspect| match suspect.mistake {
            M::CancelOverwritten => "call the old one before the new one is stored".to_owned(),
            M::CancelNeverCalled => "call it where the value that holds it is closed".to_owned(),
            _ => "defer the call of the cancel function right after the context is made".to_owned(),
        },
        falsifier: |_| "the parent context ends soon, or nothing waits for this one".to_owned(),
    }),
};
