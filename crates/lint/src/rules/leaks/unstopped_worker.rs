//! GL12: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL12",
    name: "unstopped-worker",
    summary: "a value with a goroutine that its creator does not stop",
    since: None,
    until: None,
    doc: include_str!("unstopped_worker.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            let other = &suspect.other;
            match suspect.mistake {
                M::NeverStopped => format!("`{subject}` is never stopped: nothing calls `{other}`"),
                M::StopNotOnPath => {
                    format!("`{subject}` is not stopped on every path: `{other}` is skipped")
                }
                M::StopIgnored => {
                    format!("the function that stops the goroutine of `{subject}` is ignored")
                }
                _ => format!("`{subject}` is not stopped"),
            }
        },
        help: |suspect| {
            let other = &suspect.other;
            match suspect.mistake {
                M::StopIgnored => "keep the function and defer its call".to_owned(),
                _ => format!("defer the call of `{other}`"),
            }
        },
        falsifier: |_| "the goroutine ends in another way".to_owned(),
    }),
};
