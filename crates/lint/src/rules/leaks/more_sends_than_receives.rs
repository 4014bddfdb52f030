//! GL03: wording.

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL03",
    name: "more-sends-than-receives",
    summary: "more sends on a channel than receives and room",
    since: None,
    until: None,
    doc: include_str!("more_sends_than_receives.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            format!("`{subject}` gets more values than are received and buffered")
        },
        help: |_| {
            "receive as often as is sent, or make the buffer as large as the number of sends"
                .to_owned()
        },
        falsifier: |_| {
            "the values that are missing are received by code that is not analysed".to_owned()
        },
    }),
};
