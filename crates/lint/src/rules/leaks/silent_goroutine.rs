//! GL04: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL04",
    name: "silent-goroutine",
    summary: "a goroutine that can end without the answer its owner waits for",
    since: None,
    until: None,
    doc: include_str!("silent_goroutine.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            match suspect.mistake {
                M::EndsWithoutClosing => {
                    format!("the goroutine can end without closing `{subject}`")
                }
                M::TurnWithoutSending => {
                    format!("the goroutine can skip sending on `{subject}` in a turn of its loop")
                }
                _ => format!("the goroutine can end without sending on `{subject}`"),
            }
        },
        help: |suspect| match suspect.mistake {
            M::EndsWithoutClosing => "close it in a deferred call".to_owned(),
            M::TurnWithoutSending => "send in every turn, or count what was sent".to_owned(),
            _ => "send on every path, or close the channel in a deferred call".to_owned(),
        },
        falsifier: |_| "the path that skips it is never taken".to_owned(),
    }),
};
